"""The rules that lay out elements anew against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN
from shapedmat.shapes import manipulation
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import (
    Case,
    Cases,
    Draw,
    Pool,
    check_numbers,
    check_other_names,
    check_rigid_names,
    for_each,
    m,
    n,
    on_arrays,
    operand,
    searched,
    sentence,
    several,
)

AXES = st.integers(-4, 3)
SEVERAL_AXES = st.none() | AXES | st.lists(AXES, max_size=3).map(tuple)


def ravel_case(draw: Draw, pool: Pool) -> Case:
    """All elements in a row."""
    return Case(manipulation.ravel, on_arrays(np.ravel), (draw(operand(pool)),))


def broadcast_to_case(draw: Draw, pool: Pool) -> Case:
    """Broadcasting to a shape."""
    return Case(
        manipulation.broadcast_to,
        lambda shape, new: np.broadcast_to(np.zeros(shape), new),
        (draw(operand(pool)), draw(operand([*pool, *pool, -1]))),
    )


def broadcast_arrays_case(draw: Draw, pool: Pool) -> Case:
    """Arrays broadcast together."""
    return Case(
        several(manipulation.broadcast_arrays),
        on_arrays(np.broadcast_arrays),
        tuple(draw(st.lists(operand(pool), max_size=3))),
    )


def flip_case(draw: Draw, pool: Pool) -> Case:
    """Elements in reverse order."""
    axis = draw(SEVERAL_AXES)
    return Case(partial(manipulation.flip, axis=axis), on_arrays(partial(np.flip, axis=axis)), (draw(operand(pool)),))


def roll_case(draw: Draw, pool: Pool) -> Case:
    """Elements moved along axes."""
    axis = draw(SEVERAL_AXES)
    shift = tuple(draw(st.lists(st.integers(0, 3), max_size=1) | st.lists(st.integers(1, 3), max_size=2)))
    return Case(
        partial(manipulation.roll, shift=shift, axis=axis),
        on_arrays(lambda a: np.roll(a, np.zeros(shift, int), axis)),
        (draw(operand(pool, 1 if axis == () else 0)),),  # a scalar over no axes is an error in NumPy alone
    )


def rot90_case(draw: Draw, pool: Pool) -> Case:
    """Arrays turned."""
    options = {"k": draw(st.integers(-3, 5)), "axes": draw(st.tuples(AXES, AXES))}
    return Case(
        partial(manipulation.rot90, **options), on_arrays(partial(np.rot90, **options)), (draw(operand(pool, 1)),)
    )


for_each_rule = for_each(
    ravel_case,
    broadcast_to_case,
    broadcast_arrays_case,
    flip_case,
    roll_case,
    rot90_case,
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
    """An error in names that are not rigid, or beside unknown sizes, is an error at all sizes."""
    check_other_names(cases, data)


@pytest.mark.parametrize(
    ("expected", "turned"),
    [
        ((m, n), manipulation.rot90((n, m))),
        ((UNKNOWN, UNKNOWN), manipulation.rot90((n, m), UNKNOWN)),
        ((n, n, 3), manipulation.rot90((n, n, 3), UNKNOWN)),
        ((m, UNKNOWN, UNKNOWN), manipulation.rot90((m, n, 3), UNKNOWN, (1, 2))),
    ],
    ids=str,
)
def test_turning_an_unknown_number_of_times(expected: Shape, turned: Shape) -> None:
    """An axis keeps its size or takes that of the other one."""
    assert expected == turned


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot broadcast (5, 2) to (5, 3): sizes 2 and 3 on axis -1 differ",
            lambda: manipulation.broadcast_to((5, 2), (5, 3)),
        ),
        (
            "cannot broadcast to (-1, 2): a size cannot be negative",
            lambda: manipulation.broadcast_to((5, 2), (-1, 2)),
        ),
        (
            "cannot broadcast (n,) and (m,): sizes n and m on axis -1 differ and neither is 1",
            lambda: manipulation.broadcast_arrays((n,), (m,)),
        ),
        (
            "cannot flip (5, 2) over axis 2: it has 2 axes",
            lambda: manipulation.flip((5, 2), 2),
        ),
        (
            "cannot flip (5, 2) over axes (1, -1): one axis is given twice",
            lambda: manipulation.flip((5, 2), (1, -1)),
        ),
        (
            "cannot roll (5, 2) over axis 2: it has 2 axes",
            lambda: manipulation.roll((5, 2), axis=2),
        ),
        (
            "cannot roll (5, 2) by numbers of (1, 1): a number or a vector is wanted",
            lambda: manipulation.roll((5, 2), (1, 1)),
        ),
        (
            "cannot roll (5, 2) by numbers of (3,) over axes (0, 1): one number for each axis is wanted",
            lambda: manipulation.roll((5, 2), (3,), (0, 1)),
        ),
        (
            "cannot rotate (5,) over axis 1: it has 1 axis",
            lambda: manipulation.rot90((5,)),
        ),
        (
            "cannot rotate (5, 2) over axes (0, -2): one axis is given twice",
            lambda: manipulation.rot90((5, 2), axes=(0, -2)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
