"""The rules of diagonals against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, subtract
from shapedmat.shapes import Shape, diagonals
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
)

AXES = st.integers(-3, 2)
OFFSETS = st.integers(-4, 4)


def diag_case(draw: Draw, pool: Pool) -> Case:
    """Diagonal matrices, and diagonals of matrices."""
    offset = draw(OFFSETS)
    return Case(partial(diagonals.diag, k=offset), on_arrays(partial(np.diag, k=offset)), (draw(operand(pool)),))


def diagonal_of_case(draw: Draw, pool: Pool) -> Case:
    """Diagonals of two axes."""
    options = {"offset": draw(OFFSETS), "axis1": draw(AXES), "axis2": draw(AXES)}
    return Case(
        partial(diagonals.diagonal_of, **options), on_arrays(partial(np.diagonal, **options)), (draw(operand(pool)),)
    )


def trace_case(draw: Draw, pool: Pool) -> Case:
    """Sums of diagonals."""
    options = {"offset": draw(OFFSETS), "axis1": draw(AXES), "axis2": draw(AXES)}
    return Case(partial(diagonals.trace, **options), on_arrays(partial(np.trace, **options)), (draw(operand(pool)),))


def triangle_case(draw: Draw, pool: Pool) -> Case:
    """Triangles of matrices."""
    return Case(diagonals.triangle, on_arrays(draw(st.sampled_from([np.tril, np.triu]))), (draw(operand(pool)),))


def fill_diagonal_case(draw: Draw, pool: Pool) -> Case:
    """Arrays whose diagonal is overwritten."""

    def fill(a: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> object:
        np.fill_diagonal(a, 1)
        return a

    return Case(diagonals.fill_diagonal, on_arrays(fill), (draw(operand(draw(st.just(pool) | st.just(pool[:1])))),))


for_each_rule = for_each(diag_case, diagonal_of_case, trace_case, triangle_case, fill_diagonal_case)


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
        ((n,), diagonals.diagonal_of((n, n))),
        ((n,), diagonals.diagonal_of((n, add(n, 2)))),
        ((n,), diagonals.diagonal_of((n, add(n, 2)), 2)),
        ((subtract(n, 1),), diagonals.diagonal_of((n, n), -1)),
        ((UNKNOWN,), diagonals.diagonal_of((n, n), 2)),
        ((UNKNOWN,), diagonals.diagonal_of((n, m))),
        ((1,), diagonals.diagonal_of((1, m))),
        ((m, n), diagonals.diagonal_of((n, m, n), 0, 0, 2)),
        ((m,), diagonals.trace((n, m, k), 0, 0, 2)),
        ((add(n, 2),) * 2, diagonals.diag((n,), -2)),
        ((n, n), diagonals.triangle((n,))),
    ],
)
def test_diagonals_of_names(expected: Shape, actual: Shape) -> None:
    """The length of a diagonal is known where it is known which axis ends first."""
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        ("cannot take the diagonal of (): a vector or a matrix is wanted", lambda: diagonals.diag(())),
        ("cannot take the diagonal of (3,): at least 2 axes are wanted", lambda: diagonals.diagonal_of((3,))),
        (
            "cannot take the diagonal of (3, 4) over axis 2: it has 2 axes",
            lambda: diagonals.diagonal_of((3, 4), 0, 0, 2),
        ),
        (
            "cannot take the diagonal of (3, 4) over axes (0, -2): one axis is given twice",
            lambda: diagonals.diagonal_of((3, 4), 0, 0, -2),
        ),
        ("cannot take the trace of (3,): at least 2 axes are wanted", lambda: diagonals.trace((3,))),
        ("cannot take the triangle of (): at least 1 axis is wanted", lambda: diagonals.triangle(())),
        ("cannot fill the diagonal of (3,): at least 2 axes are wanted", lambda: diagonals.fill_diagonal((3,))),
        (
            "cannot fill the diagonal of (n, n, m): sizes n and m differ",
            lambda: diagonals.fill_diagonal((n, n, m)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
