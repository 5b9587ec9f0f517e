"""What comparisons tell of shapes: true of every shape for which they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, add
from shapedmat.shapes import ANY_AXES, Shape, axes_named, is_variadic, narrowing
from tests.shapes.agreement import m, n, searched

ANY = axes_named(ANY_AXES)
BATCH = axes_named("*batch")
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def known_of(draw: st.DrawFn, shape: Shape) -> Shape:
    """Return what may be known of a shape: some sizes, and some axes only by there being any number."""
    known: list[Dim] = [draw(st.sampled_from([dim, UNKNOWN])) for dim in shape]
    if draw(st.booleans()):
        start = draw(st.integers(0, len(shape)))
        known[start : draw(st.integers(start, len(shape)))] = [draw(st.sampled_from([ANY, BATCH]))]
    return tuple(known)


def holds(known: Shape | None, shape: Shape) -> bool:
    """Say whether what is known of a shape is true of it."""
    if known is None:
        return False
    place = shapes.variadic_axis(known)
    if place is not None:
        after = len(known) - place - 1
        if len(shape) < len(known) - 1:
            return False
        known, shape = known[:place] + known[place + 1 :], shape[:place] + shape[len(shape) - after :]
    return len(known) == len(shape) and all(a in (UNKNOWN, b) for a, b in zip(known, shape, strict=True))


@searched
@given(data=st.data(), shape=SHAPES)
def test_what_a_comparison_tells_is_true_and_no_less_than_before(data: st.DataObject, shape: Shape) -> None:
    """Of a shape for which a comparison holds, all is true that is known after it; a known size stays known."""
    known = data.draw(known_of(shape))
    start = data.draw(st.integers(-len(shape), len(shape)))
    stop = data.draw(st.integers(start, 0 if start < 0 else len(shape)))
    sizes = shape[start : stop if start >= 0 else stop or None]
    told = [
        narrowing.with_rank(known, len(shape)),
        narrowing.with_sizes(known, shape),
        narrowing.with_sizes_from(known, start, sizes),
    ]
    assert holds(known, shape)
    assert holds(told[0], shape)
    assert told[1] == shape
    if told[2] is not None:
        assert holds(told[2], shape)
        assert sum(isinstance(dim, int) for dim in known) <= sum(isinstance(dim, int) for dim in told[2])
    elif sizes:
        assert any(map(is_variadic, known))


@pytest.mark.parametrize(
    ("expected", "known", "sizes"),
    [
        ((5, 3), (n, m), (5, 3)),
        ((n, m), (n, UNKNOWN), (m, m)),
        ((n, m), (n, m), (m, n)),
        (None, (4, 3), (5, 3)),
        (None, (4, 3), (4, 3, 2)),
        ((UNKNOWN, 3), (BATCH, 3), (UNKNOWN, 3)),
    ],
)
def test_whole_shapes(expected: Shape | None, known: Shape, sizes: Shape) -> None:
    """A number says more than a name, which says more than nothing; other numbers cannot be equal."""
    assert expected == narrowing.with_sizes(known, sizes)


@pytest.mark.parametrize(
    ("expected", "known", "start"),
    [
        ((5, ANY), (ANY,), 0),
        ((UNKNOWN, 5, ANY), (ANY,), 1),
        ((ANY, 5, UNKNOWN), (ANY,), -2),
        (None, (ANY, 3), 0),
        ((ANY, 5, 3), (ANY, 3), -2),
        (None, (BATCH,), 0),
        ((5, BATCH), (n, BATCH), 0),
        (None, (n, m), 2),
        (None, (n, m), -3),
    ],
)
def test_one_size(expected: Shape | None, known: Shape, start: int) -> None:
    """An axis that is counted from one end is known where no axis counted from the other end may be the same."""
    assert expected == narrowing.with_sizes_from(known, start, (5,))


def test_names() -> None:
    """A name with a size has it in each expression."""
    assert narrowing.with_names((n, add(n, 1), m, BATCH), {"n": 4}) == (4, 5, m, BATCH)
