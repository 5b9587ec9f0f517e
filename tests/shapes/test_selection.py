"""The rules of selection against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN
from shapedmat.shapes import Shape, selection
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
    size,
)

AXES = st.none() | st.integers(-3, 2)


def take_case(draw: Draw, pool: Pool) -> Case:
    """Elements at places."""
    axis = draw(AXES)
    return Case(
        partial(selection.take, axis=axis),
        lambda shape, indices: np.take(np.zeros(shape), np.zeros(indices, int), axis),
        (draw(operand(pool)), draw(operand(pool, high=2))),
    )


def take_along_axis_case(draw: Draw, pool: Pool) -> Case:
    """Elements at places of their own along an axis."""
    axis = draw(AXES)
    shape = draw(operand(pool, 1))
    return Case(
        partial(selection.take_along_axis, axis=axis),
        lambda shape, indices: np.take_along_axis(np.zeros(shape), np.zeros(indices, int), axis),
        (shape, draw(operand(pool) | operand(pool, len(shape), len(shape)) | size(pool))),
    )


def where_case(draw: Draw, pool: Pool) -> Case:
    """Choices between two arrays."""
    return Case(selection.where, on_arrays(np.where), tuple(draw(operand(pool)) for _ in range(3)))


def choose_case(draw: Draw, pool: Pool) -> Case:
    """Choices from several arrays."""
    return Case(
        lambda indices, *choices: selection.choose(indices, choices),
        on_arrays(lambda indices, *choices: np.choose(indices, choices), int),
        (draw(operand(pool)), *draw(st.lists(operand(pool), max_size=2))),
    )


def select_case(draw: Draw, pool: Pool) -> Case:
    """Choices by several conditions."""
    count = draw(st.integers(0, 2))
    return Case(
        lambda default, *given: selection.select(given[:count], given[count:], default),
        on_arrays(lambda default, *given: np.select(given[:count], given[count:], default), bool),
        (
            draw(operand(pool, high=2)),
            *draw(st.lists(operand(pool, high=2), min_size=2 * count, max_size=2 * count + 1)),
        ),
    )


def compress_case(draw: Draw, pool: Pool) -> Case:
    """Entries for which a condition holds, which may be longer than the axis if it holds for none of the rest."""
    axis = draw(AXES)
    return Case(
        partial(selection.compress, axis=axis),
        on_arrays(partial(np.compress, axis=axis), bool),
        (draw(operand(pool, 1, 1) | operand(pool)), draw(operand(pool))),
    )


def extract_case(draw: Draw, pool: Pool) -> Case:
    """Elements for which a condition holds."""
    return Case(selection.extract, on_arrays(np.extract), (draw(operand(pool)), draw(operand(pool))))


def nonzero_case(draw: Draw, pool: Pool) -> Case:
    """Indices of what is not zero, an array for each axis."""
    return Case(several(selection.nonzero), on_arrays(np.nonzero), (draw(operand(pool)),))


def flatnonzero_case(draw: Draw, pool: Pool) -> Case:
    """Indices of what is not zero in the flattened array."""
    return Case(selection.flatnonzero, on_arrays(np.flatnonzero), (draw(operand(pool)),))


def argwhere_case(draw: Draw, pool: Pool) -> Case:
    """Indices of what is not zero, a row for each element."""
    return Case(selection.argwhere, on_arrays(np.argwhere), (draw(operand(pool)),))


def unique_case(draw: Draw, pool: Pool) -> Case:
    """Distinct elements, with all that can be asked for beside them."""
    axis = draw(AXES)
    return Case(
        several(partial(selection.unique, axis=axis, return_index=True, return_inverse=True, return_counts=True)),
        on_arrays(lambda a: tuple(np.unique(a, axis=axis, return_index=True, return_inverse=True, return_counts=True))),
        (draw(operand(pool)),),
    )


for_each_rule = for_each(take_case, take_along_axis_case, where_case, choose_case, select_case)


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


for_each_selection = for_each(compress_case, extract_case, nonzero_case, flatnonzero_case, argwhere_case, unique_case)


@for_each_selection
@searched
@given(data=st.data())
def test_a_selection_by_value_agrees_with_numpy(cases: Cases, data: st.DataObject) -> None:
    """What is known of the shape of a selection is right, and it raises where NumPy does."""
    check_numbers(cases, data, selects=True)


@for_each_selection
@searched
@given(data=st.data())
def test_a_selection_by_value_on_names_holds_for_all_sizes(cases: Cases, data: st.DataObject) -> None:
    """What is known in names of the shape of a selection is right at any sizes."""
    check_rigid_names(cases, data)
    check_other_names(cases, data)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ((n,), selection.take((n, 4), (), axis=1)),
        ((n, m, 3), selection.take((n, 4), (m, 3), axis=1)),
        ((n, m), selection.where((n, 1), (m,), ())),
        ((UNKNOWN, 7), selection.take_along_axis((n, m), (UNKNOWN, 7), axis=1)),
        ((UNKNOWN, 2), selection.argwhere((n, m))),
        ((UNKNOWN, m), selection.compress((n,), (n, m), axis=0)),
    ],
)
def test_selections_of_names(expected: Shape, actual: Shape) -> None:
    """Names of sizes go through, and numbers of selected elements are unknown."""
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot take (2,) from (0, 3): there is nothing to take",
            lambda: selection.take((0, 3), (2,)),
        ),
        (
            "cannot take (2,) from (0, 3) over axis 0: there is nothing to take",
            lambda: selection.take((0, 3), (2,), axis=0),
        ),
        ("cannot take from (3,) over axis 1: it has 1 axis", lambda: selection.take((3,), (2,), axis=1)),
        (
            "cannot take (2, 2) along axis None of (3, 4): a vector is wanted",
            lambda: selection.take_along_axis((3, 4), (2, 2), axis=None),
        ),
        (
            "cannot take (2,) along axis None of (0, 4): there is nothing to take",
            lambda: selection.take_along_axis((0, 4), (2,), axis=None),
        ),
        (
            "cannot take along () over axis 0: it has 0 axes",
            lambda: selection.take_along_axis((), (), axis=0),
        ),
        (
            "cannot take (3,) along axis 1 of (3, 4): the numbers of axes, 1 and 2, differ",
            lambda: selection.take_along_axis((3, 4), (3,), axis=1),
        ),
        (
            "cannot take (m, 7) along axis 1 of (n, 4): sizes n and m on axis -2 differ and neither is 1",
            lambda: selection.take_along_axis((n, 4), (m, 7), axis=1),
        ),
        (
            "cannot take (2, 4) along axis 0 of (0, 4): there is nothing to take",
            lambda: selection.take_along_axis((0, 4), (2, 4), axis=0),
        ),
        (
            "cannot choose from (3,) and (4,): sizes 3 and 4 on axis -1 differ and neither is 1",
            lambda: selection.where((3,), (4,), ()),
        ),
        ("cannot choose from nothing: at least one array is wanted", lambda: selection.choose((3,), [])),
        (
            "cannot select by conditions: the numbers of conditions and of choices, 2 and 1, differ",
            lambda: selection.select([(3,), (3,)], [(3,)]),
        ),
        (
            "cannot compress by the condition (3, 4): a vector is wanted",
            lambda: selection.compress((3, 4), (3, 4)),
        ),
        ("cannot compress (3, 4) over axis 2: it has 2 axes", lambda: selection.compress((3,), (3, 4), axis=2)),
        (
            "cannot find what is not zero in (): at least 1 axis is wanted",
            lambda: selection.nonzero(()),
        ),
        (
            "cannot find the unique entries of (3, 4) over axis 2: it has 2 axes",
            lambda: selection.unique((3, 4), axis=2),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
