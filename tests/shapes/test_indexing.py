"""The shapes of what an index takes against NumPy's, and the sentences of its errors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, Dim, Unknown, add, evaluate, floor_divide, multiply, subtract, symbol
from shapedmat.errors import ShapeError
from shapedmat.shapes import Index, Indices, Mask, Shape, indexing
from tests.shapes.agreement import NAMES, k, m, n, operand, searched, sentence

BOUNDS = st.none() | st.integers(-4, 4)
BASIC: st.SearchStrategy[Any] = st.one_of(
    st.integers(-3, 2),
    st.builds(slice, BOUNDS, BOUNDS, st.none() | st.integers(-2, 2)),
    st.just(slice(None)),
    st.none(),
)


@st.composite
def keys(draw: st.DrawFn, shape: Shape) -> tuple[list[Any], list[Shape]]:
    """Return a key that has a class in place of each array, and the shapes of these arrays."""
    key: list[Any] = []
    arrays: list[Shape] = []
    axis = 0
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from([None, Indices, Mask]))
        key.append(kind or draw(BASIC | st.booleans()))
        if kind is Indices:
            arrays.append(draw(operand([2], high=2) | operand([0, 3], high=2)))
            axis += 1
        elif kind is Mask:
            rank = draw(st.integers(0, 2))
            arrays.append(shape[axis : axis + rank] if draw(st.integers(0, 6)) else draw(operand([2, 3], high=2)))
            axis += len(arrays[-1])
        elif not isinstance(key[-1], bool | None):
            axis += 1
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        key.insert(draw(st.integers(0, len(key))), ...)
    return key, arrays


def filled(key: list[Any], make: Callable[[Any, Any], Any], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key with arrays in place of their classes."""
    rest = iter(arrays)
    return tuple(make(entry, next(rest)) if isinstance(entry, type) else entry for entry in key)


def array(kind: type, zeros: Any) -> Any:
    """Return an array of integers, or one of booleans of which every other is true."""
    return zeros.astype(int) if kind is Indices else np.arange(zeros.size).reshape(zeros.shape) % 2 == 0


def entry(kind: type, shape: Shape) -> Index:
    """Return what a rule is told of an array."""
    return Indices(shape) if kind is Indices else Mask(shape)


@settings(searched, max_examples=600)
@given(data=st.data())
def test_an_index_takes_what_numpy_takes(holds: Callable[..., None], data: st.DataObject) -> None:
    """A key of integers, slices and several arrays takes the shape that NumPy takes, and is refused where it refuses.

    How many elements a mask takes its shape does not tell, nor whether they broadcast or are none.
    """
    shape: Any = data.draw(operand([2, 3]) | operand([0, 2]))
    key, arrays = data.draw(keys(shape))
    kinds = [each for each in key if isinstance(each, type)]
    masks = Mask in kinds

    def take(x: Any, *given: Any) -> Any:
        try:
            return x[filled(key, array, given)]
        except IndexError as error:
            assume(not masks or not any(words in str(error) for words in ("broadcast", "size 0")))
            raise

    holds(
        lambda x, *given: indexing.index(x, filled(key, entry, given)),
        take,
        (shape, *arrays),
        data,
        complete=not masks,
    )


@settings(searched, max_examples=400)
@given(data=st.data())
def test_an_assignment_to_an_index(holds: Callable[..., None], data: st.DataObject) -> None:
    """A value is broadcast to what a key of integers and slices takes.

    Where that is one element, NumPy has changed its mind about values that are not scalars.
    """
    shape: Any = data.draw(operand([2, 3], high=3))
    key = tuple(data.draw(st.lists(BASIC | st.just(...), max_size=3)))
    value: Any = data.draw(operand([2, 3], high=3))

    def assign(x: Any, y: Any) -> Any:
        x[key] = y
        return x

    assume(value == () or any(isinstance(each, slice | None) or each is ... for each in key) or len(key) < len(shape))
    holds(lambda x, y: indexing.assign_index(x, key, y), assign, (shape, value), data)


@pytest.mark.parametrize(
    ("expected", "shape", "key"),
    [
        ((7, 2, 3), (4, 5, 3), (Indices((7, 1)), Indices((2,)))),
        ((7, 2, 5), (4, 5, 3), (Indices((7, 1)), slice(None), Indices((2,)))),
        ((n, m, 3), (4, 5, 3), (Indices((n, 1)), Indices((m,)))),
        ((UNKNOWN, 3), (n, m, 3), (Mask((n, m)),)),
        ((n, UNKNOWN), (n, m, 3), (..., Mask((m, 3)))),
        ((2,), (n, m), (Mask((n,)), Indices((2,)))),
        ((1, n, m), (n, m), (True,)),
        ((0, n, m), (n, m), (False,)),
        ((m,), (n, m), (k,)),
        ((n,), (n, m), (..., UNKNOWN)),
        ((m,), (n, m), (subtract(n, 1),)),
    ],
)
def test_an_index_of_names(expected: Shape, shape: Shape, key: tuple[Index, ...]) -> None:
    """Arrays broadcast by name, and an integer may have any name, or none."""
    assert expected == indexing.index(shape, key)


EXPRESSIONS: list[Dim] = [
    *(rule(a, b) for a in (n, m, multiply(2, n), add(n, m)) for rule in (add, subtract) for b in (0, 1, 3, n)),
    *(subtract(0, a) for a in (n, add(n, 1), m)),
    floor_divide(n, 2),
    multiply(n, m),
]
ANY = st.sampled_from(EXPRESSIONS) | st.integers(-4, 4)
TRIED = [dict(zip(NAMES, sizes, strict=True)) for sizes in product(range(1, 8), repeat=3)]


@settings(searched, max_examples=400)
@given(dim=ANY, start=st.none() | ANY, stop=st.none() | ANY, step=st.none() | st.integers(-2, 3) | ANY)
@example(dim=UNKNOWN, start=0, stop=3, step=None)
def test_a_slice_between_names(dim: Dim, start: Dim | None, stop: Dim | None, step: Dim | None) -> None:
    """Whatever is said of a slice whose bounds are expressions holds at all sizes."""
    assume(step != 0 and (not isinstance(dim, int) or dim >= 0))
    length = indexing.slice_length(dim, slice(start, stop, step))
    if isinstance(length, Unknown):
        return
    for sizes in TRIED:
        size = evaluate(dim, sizes)
        bounds = [None if each is None else evaluate(each, sizes) for each in (start, stop, step)]
        if isinstance(size, int) and size >= 0 and bounds[2] != 0:
            expected = len(range(*slice(*bounds).indices(size)))
            assert expected == evaluate(length, sizes)


@settings(searched, max_examples=500)
@given(dim=ANY, key=ANY)
def test_an_integer_with_a_name_is_refused_only_if_it_is_never_in_range(dim: Dim, key: Dim) -> None:
    """An error of an index that is an expression is an error at all sizes."""
    try:
        indexing.index((dim,), (key,))
    except ShapeError:
        for sizes in TRIED:
            size, place = evaluate(dim, sizes), evaluate(key, sizes)
            assert isinstance(size, int)
            assert isinstance(place, int)
            assert not -size <= place < size


@pytest.mark.parametrize(
    ("expected", "dim", "key"),
    [
        (n, add(n, 2), slice(n)),
        (n, n, slice(n)),
        (subtract(n, 1), n, slice(1, n)),
        (2, add(n, 2), slice(n, None)),
        (0, n, slice(n, None)),
        (1, n, slice(subtract(n, 1), None)),
        (m, add(n, m), slice(n, None)),
        (m, add(n, m), slice(n, add(n, m))),
        (n, add(n, m), slice(None, subtract(0, m))),
        (m, add(n, m), slice(subtract(0, m), None)),
        (n, n, slice(None, add(n, 3))),
        (n, multiply(2, n), slice(None, None, 2)),
        (m, multiply(n, m), slice(None, None, n)),
        (UNKNOWN, n, slice(m)),
        (UNKNOWN, n, slice(UNKNOWN)),
        (UNKNOWN, n, slice(UNKNOWN, None)),
        (UNKNOWN, 5, slice(UNKNOWN, UNKNOWN)),
        (UNKNOWN, 5, slice(None, None, UNKNOWN)),
        (UNKNOWN, n, slice(n, None, -1)),
        (0, UNKNOWN, slice(0)),
        (UNKNOWN, UNKNOWN, slice(3)),
        (symbol("k", rigid=False), add(symbol("k", rigid=False), 1), slice(1, None)),
    ],
    ids=str,
)
def test_slice_length(expected: Dim, dim: Dim, key: slice) -> None:
    """A slice has a known length where its bounds are certain to lie on the axis, in order."""
    assert expected == indexing.slice_length(dim, key)


@pytest.mark.parametrize("shape", [(n, 3), (5,), (UNKNOWN, 2, 3)])
def test_an_item_has_all_axes_but_the_first(shape: Shape) -> None:
    """Iteration takes the items of the first axis, which is as long as the array."""
    assert shape == (indexing.length(shape), *indexing.iterate(shape))


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot index (5, 4) with 4 indices: it has 2 axes",
            lambda: indexing.index((5, 4), (Mask((5, 4)), Indices((2,)), 0)),
        ),
        (
            "cannot index (5, 4) with arrays of (3,) and (2,): sizes 3 and 2 on axis -1 differ and neither is 1",
            lambda: indexing.index((5, 4), (Indices((3,)), Indices((2,)))),
        ),
        (
            "cannot index (5, 4, 3) with a mask of (4, 4) on axes 0 to 1: a mask of (5, 4) is wanted",
            lambda: indexing.index((5, 4, 3), (Mask((4, 4)),)),
        ),
        (
            "cannot index (n, m) with a mask of n on axis 1: a mask of m is wanted",
            lambda: indexing.index((n, m), (slice(None), Mask((n,)))),
        ),
        (
            "cannot index (0, 4) with 6 integers on axis 0: its size is 0",
            lambda: indexing.index((0, 4), (Indices((2, 3)),)),
        ),
        (
            "cannot index (4, 0) with 1 integer on axis 1: its size is 0",
            lambda: indexing.index((4, 0), (Indices((2,)), Indices(()))),
        ),
        (
            "cannot index (n, 3) with n on axis 0: its size is n",
            lambda: indexing.index((n, 3), (n,)),
        ),
        (
            "cannot index (n, 3) with -n - 1 on axis 0: its size is n",
            lambda: indexing.index((n, 3), (subtract(-1, n),)),
        ),
        (
            "cannot assign (3, 4) to (2, 4): sizes 3 and 2 on axis -2 differ",
            lambda: indexing.assign_index((5, 4), (slice(2),), (3, 4)),
        ),
        ("cannot iterate over (): a scalar has no axis", lambda: indexing.iterate(())),
        ("cannot take the length of (): a scalar has no axis", lambda: indexing.length(())),
    ],
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)


def test_an_empty_mask_fits_any_axis() -> None:
    """NumPy does not compare an axis of a mask that is empty; the others it does."""
    assert (UNKNOWN, 3) == indexing.index((5, 3), (Mask((0,)),))
    assert "cannot index (5, 3) with a mask of (0, 4) on axes 0 to 1: a mask of (5, 3) is wanted" == sentence(
        lambda: indexing.index((5, 3), (Mask((0, 4)),))
    )
