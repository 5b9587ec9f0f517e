"""The rules of axes against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, floor_divide, multiply, subtract
from shapedmat.shapes import axes as axes_rules
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
)

AXES = st.integers(-4, 3)
SEVERAL_AXES = AXES | st.lists(AXES, max_size=3).map(tuple)


def permute_case(draw: Draw, pool: Pool) -> Case:
    """Axes in a given order."""
    shape = draw(operand(pool))
    axes = draw(st.permutations(range(-1, len(shape) - 1)) | st.lists(AXES, max_size=3))
    return Case(partial(axes_rules.permute, axes=axes), on_arrays(partial(np.transpose, axes=axes)), (shape,))


def matrix_transpose_case(draw: Draw, pool: Pool) -> Case:
    """The last two axes swapped."""
    return Case(axes_rules.matrix_transpose, on_arrays(np.matrix_transpose), (draw(operand(pool)),))


def swapaxes_case(draw: Draw, pool: Pool) -> Case:
    """Two axes swapped."""
    options = {"axis1": draw(AXES), "axis2": draw(AXES)}
    return Case(
        partial(axes_rules.swapaxes, **options), on_arrays(partial(np.swapaxes, **options)), (draw(operand(pool)),)
    )


def moveaxis_case(draw: Draw, pool: Pool) -> Case:
    """Axes moved to other places."""
    shape = draw(operand(pool))
    some = st.permutations(range(-1, len(shape) - 1)).map(lambda axes: tuple(axes[:2]))
    options = {"source": draw(some | SEVERAL_AXES), "destination": draw(some | SEVERAL_AXES)}
    return Case(partial(axes_rules.moveaxis, **options), on_arrays(partial(np.moveaxis, **options)), (shape,))


def rollaxis_case(draw: Draw, pool: Pool) -> Case:
    """An axis moved to before another."""
    options = {"axis": draw(AXES), "start": draw(AXES)}
    return Case(
        partial(axes_rules.rollaxis, **options), on_arrays(partial(np.rollaxis, **options)), (draw(operand(pool)),)
    )


def expand_dims_case(draw: Draw, pool: Pool) -> Case:
    """Axes of size 1 put in."""
    axis = draw(SEVERAL_AXES)
    return Case(
        partial(axes_rules.expand_dims, axis=axis),
        on_arrays(partial(np.expand_dims, axis=axis)),
        (draw(operand(pool)),),
    )


def squeeze_case(draw: Draw, pool: Pool) -> Case:
    """Axes of size 1 taken out."""
    axis = draw(SEVERAL_AXES)
    return Case(
        partial(axes_rules.squeeze, axis=axis),
        on_arrays(partial(np.squeeze, axis=axis)),
        (draw(operand([*pool, 1, 1])),),
    )


def atleast_case(draw: Draw, pool: Pool) -> Case:
    """Axes of size 1 added up to a number of axes."""
    rank = draw(st.integers(1, 3))
    function = [np.atleast_1d, np.atleast_2d, np.atleast_3d][rank - 1]
    return Case(partial(axes_rules.atleast, rank=rank), on_arrays(function), (draw(operand(pool)),))


for_each_rule = for_each(
    permute_case,
    matrix_transpose_case,
    swapaxes_case,
    moveaxis_case,
    rollaxis_case,
    expand_dims_case,
    squeeze_case,
    atleast_case,
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


@searched
@given(shape=operand([1, 0, 1, 5]))
def test_squeezing_numbers_agrees_with_numpy(shape: tuple[int, ...]) -> None:
    """Of numbers it is known which are 1."""
    expected = np.zeros(shape).squeeze().shape
    assert expected == axes_rules.squeeze(shape)


@pytest.mark.parametrize(
    ("expected", "shape", "axis"),
    [
        (None, (n, 1), None),
        (None, (UNKNOWN,), None),
        (None, (subtract(n, 1),), None),
        (None, (floor_divide(n, 2), 3), None),
        ((add(n, 1), 3), (add(n, 1), 1, 3), None),
        ((multiply(2, n),), (multiply(2, n), 1), None),
        ((3,), (n, 3), 0),
        ((), (n, m), (0, 1)),
        ((3,), (UNKNOWN, 3), 0),
        ((3,), (subtract(n, 1), 3), -2),
    ],
)
def test_squeezing_names(expected: Shape | None, shape: Shape, axis: int | tuple[int, ...] | None) -> None:
    """A named size may be 1, so that it may be squeezed, but where it is not said to be, the rank is not known."""
    assert expected == axes_rules.squeeze(shape, axis)


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot transpose (2, 3) over axes (0,): 2 axes are wanted",
            lambda: axes_rules.permute((2, 3), (0,)),
        ),
        (
            "cannot transpose (2,) over axes (): 1 axis is wanted",
            lambda: axes_rules.permute((2,), ()),
        ),
        (
            "cannot transpose (2, 3) over axes (0, -2): one axis is given twice",
            lambda: axes_rules.permute((2, 3), (0, -2)),
        ),
        (
            "cannot transpose (2, 3) over axis 2: it has 2 axes",
            lambda: axes_rules.permute((2, 3), (0, 2)),
        ),
        (
            "cannot transpose the matrices of (2,): at least 2 axes are wanted",
            lambda: axes_rules.matrix_transpose((2,)),
        ),
        (
            "cannot swap axes of (2, 3) over axis 2: it has 2 axes",
            lambda: axes_rules.swapaxes((2, 3), 0, 2),
        ),
        (
            "cannot move axes of (2, 3) over axis 2: it has 2 axes",
            lambda: axes_rules.moveaxis((2, 3), 0, 2),
        ),
        (
            "cannot move axes of (2, 3): the numbers of axes and of places, 2 and 1, differ",
            lambda: axes_rules.moveaxis((2, 3), (0, 1), 0),
        ),
        (
            "cannot roll an axis of (2, 3) over axis 3: it has 2 axes",
            lambda: axes_rules.rollaxis((2, 3), 0, 3),
        ),
        (
            "cannot add axes to get (2, 3, 1) over axis 3: it has 3 axes",
            lambda: axes_rules.expand_dims((2, 3), 3),
        ),
        (
            "cannot add axes to get (2, 3, 1, 1) over axes (0, 0): one axis is given twice",
            lambda: axes_rules.expand_dims((2, 3), (0, 0)),
        ),
        (
            "cannot squeeze (5, 2) over axis 1: its size is 2 and not 1",
            lambda: axes_rules.squeeze((5, 2), 1),
        ),
        (
            "cannot squeeze (5, 0) over axis 1: its size is 0 and not 1",
            lambda: axes_rules.squeeze((5, 0), -1),
        ),
        (
            "cannot squeeze (n + 1, 2) over axis 0: its size is n + 1 and not 1",
            lambda: axes_rules.squeeze((add(n, 1), 2), 0),
        ),
        (
            "cannot squeeze (1, 1) over axes (0, -2): one axis is given twice",
            lambda: axes_rules.squeeze((1, 1), (0, -2)),
        ),
        (
            "cannot squeeze (1, 1) over axis 2: it has 2 axes",
            lambda: axes_rules.squeeze((1, 1), 2),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
