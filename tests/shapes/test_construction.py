"""The rules of construction against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, floor_divide, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes import Shape, construction
from tests.shapes.agreement import (
    Case,
    Cases,
    Draw,
    Pool,
    check_numbers,
    check_other_names,
    check_rigid_names,
    for_each,
    k,
    m,
    n,
    on_arrays,
    operand,
    searched,
    sentence,
    size,
)


def full_case(draw: Draw, pool: Pool) -> Case:
    """Filled arrays."""
    return Case(
        construction.full,
        lambda shape, fill: np.full(shape, np.zeros(fill)),
        (draw(operand(pool)), draw(operand(pool))),
    )


def eye_case(draw: Draw, pool: Pool) -> Case:
    """Ones on a diagonal, of a square or with a number of columns."""
    return Case(
        lambda shape: construction.eye(*shape), lambda shape: np.eye(*shape), (draw(operand(pool, low=1, high=2)),)
    )


def tri_case(draw: Draw, pool: Pool) -> Case:
    """Ones in a triangle, for which a size may be negative."""
    return Case(
        lambda shape: construction.tri(subtract(shape[0], 2), *shape[1:]),
        lambda shape: np.tri(shape[0] - 2, *shape[1:]),
        (draw(operand(pool, low=1, high=2)),),
    )


def vander_case(draw: Draw, pool: Pool) -> Case:
    """Powers of a vector."""
    return Case(
        lambda x, columns: construction.vander(x, columns[0]),
        lambda x, columns: np.vander(np.zeros(x), columns[0]),
        (draw(size(pool) | operand(pool)), draw(size(pool))),
    )


def square_vander_case(draw: Draw, pool: Pool) -> Case:
    """As many powers of a vector as it has elements."""
    return Case(construction.vander, on_arrays(np.vander), (draw(size(pool) | operand(pool)),))


def arange_case(draw: Draw, pool: Pool) -> Case:
    """Integers up to a bound, and from one bound to another, up or down."""
    back = draw(st.integers(-2, 4))
    sign = draw(st.sampled_from([1, -1]))
    return Case(
        lambda start, stop, step: construction.arange(subtract(start[0], back), stop[0], multiply(sign, step[0])),
        lambda start, stop, step: np.arange(start[0] - back, stop[0], sign * step[0]),
        (draw(size(pool)), draw(size(pool)), draw(st.just((1,)) | size(pool))),
    )


def arange_to_case(draw: Draw, pool: Pool) -> Case:
    """Integers up to a bound."""
    return Case(lambda stop: construction.arange(stop[0]), lambda stop: np.arange(stop[0]), (draw(size(pool)),))


def linspace_case(draw: Draw, pool: Pool) -> Case:
    """Numbers between arrays."""
    axis = draw(st.integers(-4, 3))
    return Case(
        lambda start, stop, num: construction.linspace(start, stop, num[0], axis),
        lambda start, stop, num: np.linspace(np.zeros(start), np.zeros(stop), num[0], axis=axis),
        (draw(operand(pool, high=2)), draw(operand(pool, high=2)), draw(size(pool))),
    )


def array_of_case(draw: Draw, pool: Pool) -> Case:
    """Arrays made of arrays."""
    item = draw(operand(pool))
    return Case(
        lambda *items: construction.array_of(items),
        on_arrays(lambda *items: np.array(items)),
        tuple(draw(st.lists(st.just(item) | operand(pool, len(item), len(item)) | operand(pool), max_size=3))),
    )


for_each_rule = for_each(
    full_case,
    eye_case,
    tri_case,
    vander_case,
    square_vander_case,
    arange_case,
    arange_to_case,
    linspace_case,
    array_of_case,
)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_agrees_with_numpy(cases: Cases, data: st.DataObject) -> None:
    """On numbers a rule gives the shape of NumPy's result, and raises where NumPy does."""
    check_numbers(cases, data)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_on_rigid_names_holds_for_all_sizes(cases: Cases, data: st.DataObject) -> None:
    """A shape in names is the shape at any sizes, and an error in names is an error at some sizes."""
    check_rigid_names(cases, data)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_on_other_names_refuses_what_no_sizes_allow(cases: Cases, data: st.DataObject) -> None:
    """An error in names that are not rigid is an error at all sizes, whatever else is unknown."""
    check_other_names(cases, data)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ((n,), construction.arange(n)),
        ((subtract(n, 1),), construction.arange(1, n)),
        ((UNKNOWN,), construction.arange(2, n)),
        ((UNKNOWN,), construction.arange(k, n)),
        ((n,), construction.arange(m, add(m, n))),
        ((n,), construction.arange(0, multiply(n, m), m)),
        ((floor_divide(add(n, 1), 2),), construction.arange(0, n, 2)),
        ((0,), construction.arange(n, 0)),
        ((UNKNOWN,), construction.arange(0, n, UNKNOWN)),
        ((UNKNOWN,), construction.arange(UNKNOWN)),
        ((2, 3), construction.array_of([(UNKNOWN,), (3,)])),
        ((2, n, m), construction.array_of([(n, UNKNOWN), (UNKNOWN, m)])),
        ((UNKNOWN, UNKNOWN), construction.tri(UNKNOWN)),
        ((n, n), construction.eye(n)),
    ],
)
def test_constructions_of_names(expected: Shape, actual: Shape) -> None:
    """Names of sizes go through, and a range has a known length where its bounds are certainly in order."""
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        ("cannot make an array of (2, -3): a size cannot be negative", lambda: construction.full((2, -3))),
        (
            "cannot assign (4,) to (2, 3): sizes 4 and 3 on axis -1 differ",
            lambda: construction.full((2, 3), (4,)),
        ),
        ("cannot make an array of (-1, -1): a size cannot be negative", lambda: construction.eye(-1)),
        (
            "cannot make a Vandermonde matrix of (3, 3): a vector is wanted",
            lambda: construction.vander((3, 3)),
        ),
        ("cannot make an array of (n, -1): a size cannot be negative", lambda: construction.vander((n,), -1)),
        ("cannot count from 0 to n in steps of 0", lambda: construction.arange(0, n, 0)),
        (
            "cannot space numbers between (n,) and (m,): sizes n and m on axis -1 differ and neither is 1",
            lambda: construction.linspace((n,), (m,)),
        ),
        (
            "cannot space numbers in an axis of (-1,): a size cannot be negative",
            lambda: construction.linspace((), (), -1),
        ),
        (
            "cannot space numbers in (5, 3) over axis 2: it has 2 axes",
            lambda: construction.linspace((3,), (), 5, 2),
        ),
        (
            "cannot make an array of (n,) and (m,): the shapes differ",
            lambda: construction.array_of([(n,), (m,)]),
        ),
        (
            "cannot make an array of (3,) and (): the shapes differ",
            lambda: construction.array_of([(3,), ()]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)


bounds_of_fractions = st.floats(-9, 9, allow_nan=False)


@given(bounds_of_fractions, bounds_of_fractions, st.floats(0.01, 3) | st.floats(-3, -0.01))
def test_fractions_are_counted_as_numpy_counts_them(start: float, stop: float, step: float) -> None:
    """The number of fractions between two bounds is NumPy's, with its rounding."""
    assert np.arange(start, stop, step).shape == construction.arange_of_fractions(start, stop, step)


def test_no_step_between_fractions() -> None:
    """A step of zero is refused."""
    with pytest.raises(ShapeError, match=r"^cannot count from 0\.5 to 2\.0 in steps of 0$"):
        construction.arange_of_fractions(0.5, 2.0, 0)
