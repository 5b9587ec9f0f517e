"""The rules of universal functions against NumPy, on names, and their sentences word for word."""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shapedmat.dimensions import UNKNOWN, add
from shapedmat.shapes import ufuncs
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
    size,
)

AXES = st.integers(-4, 3)


def accumulate_case(draw: Draw, pool: Pool) -> Case:
    """Results so far."""
    axis = draw(AXES)
    return Case(
        partial(ufuncs.accumulate, axis=axis), on_arrays(lambda a: np.add.accumulate(a, axis)), (draw(operand(pool)),)
    )


def reduceat_case(draw: Draw, pool: Pool) -> Case:
    """Parts reduced."""
    axis = draw(AXES)
    return Case(
        partial(ufuncs.reduceat, axis=axis),
        lambda shape, indices: np.add.reduceat(np.zeros(shape), np.zeros(indices, int), axis),
        (draw(operand(pool)), draw(size(pool) | operand(pool))),
    )


def ufunc_outer_case(draw: Draw, pool: Pool) -> Case:
    """Every element with every other."""
    return Case(ufuncs.ufunc_outer, on_arrays(np.add.outer), (draw(operand(pool)), draw(operand(pool))))


def output_case(draw: Draw, pool: Pool) -> Case:
    """The output of a universal function."""
    function = on_arrays(lambda a, out: np.negative(a, out=out))
    return Case(ufuncs.output, function, (draw(operand(pool)), draw(operand(pool))))


def output_of_matrices_case(draw: Draw, pool: Pool) -> Case:
    """The output of a product of matrices."""
    a, b, c = (draw(st.sampled_from([*pool, 1])) for _ in range(3))
    batch = draw(operand(pool))
    fitting = st.just((*batch, a, c)) | operand(pool).map(lambda some: (*some, a, c))
    return Case(
        lambda left, right, out: ufuncs.output((*left[:-1], *right[-1:]), out, core=2),
        on_arrays(lambda left, right, out: np.matmul(left, right, out=out)),
        ((*batch, a, b), (b, c), draw(fitting | operand(pool, 1))),
    )


def output_of_vectors_case(draw: Draw, pool: Pool) -> Case:
    """The output of dot products."""
    shape = draw(operand(pool, 1))
    return Case(
        lambda left, out: ufuncs.output(left[:-1], out, core=0),
        on_arrays(lambda left, out: np.vecdot(left, left, out=out)),
        (shape, draw(st.just(shape[:-1]) | operand(pool))),
    )


def masked_case(draw: Draw, pool: Pool) -> Case:
    """A mask for the result."""
    function = on_arrays(lambda a, where: np.positive(a, where=where.astype(bool), out=None))
    return Case(ufuncs.masked, function, (draw(operand(pool)), draw(operand(pool))))


def matmul_in_place_case(draw: Draw, pool: Pool) -> Case:
    """A product of matrices that takes the place of the left one."""
    shape, b = draw(operand(pool)), draw(st.sampled_from([*pool, 1]))
    fitting = st.just((*shape[-1:], *shape[-1:])) | st.just((*shape[-1:], b))
    return Case(
        ufuncs.matmul_in_place,
        on_arrays(operator.imatmul),
        (shape, draw(fitting | operand(pool))),
    )


def exact_output_case(draw: Draw, pool: Pool) -> Case:
    """The output of a rule that needs the very shape."""
    shape = draw(operand(pool, 1))
    return Case(
        ufuncs.exact_output,
        on_arrays(lambda a, out: np.concatenate([a], out=out)),
        (shape, draw(st.just(shape) | operand(pool))),
    )


for_each_rule = for_each(
    accumulate_case,
    reduceat_case,
    ufunc_outer_case,
    output_case,
    output_of_matrices_case,
    output_of_vectors_case,
    masked_case,
    matmul_in_place_case,
    exact_output_case,
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
    "function",
    [
        lambda a, out: np.sum(a, axis=0, out=out),
        lambda a, out: np.max(a, axis=0, out=out),
        lambda a, out: np.mean(a, axis=0, out=out),
        lambda a, out: np.any(a, axis=0, out=out),
        lambda a, out: np.argmax(a, axis=0, out=out.astype(int)),
        lambda a, out: np.take(a, 0, axis=0, out=out),
    ],
    ids=["sum", "max", "mean", "any", "argmax", "take"],
)
@searched
@given(data=st.data())
def test_the_output_of_a_reduction_has_its_shape(
    function: Callable[[NDArray[Any], NDArray[Any]], Any], data: st.DataObject
) -> None:
    """No output is made larger, and none is broadcast to."""
    pool = [*range(1, 5)]
    shape = data.draw(operand(pool, 1))
    out = data.draw(st.just(shape[1:]) | operand(pool))
    case = Case(lambda a, b: ufuncs.exact_output(a[1:], b), on_arrays(function), (shape, out))
    assert (case.by_numpy() is None) == (case.by_rule(case.operands) is None)


@searched
@given(data=st.data())
def test_the_output_of_a_cumulative_function_is_broadcast_to(data: st.DataObject) -> None:
    """What the rule refuses NumPy refuses."""
    pool = [*range(5)]
    shape = data.draw(operand(pool, 1))
    # NumPy may write past the end of an output that is shorter.
    out = tuple(data.draw(st.sampled_from([dim, dim, add(dim, 2)])) for dim in shape) + data.draw(operand([2, 3], 0, 1))
    axis = data.draw(st.integers(0, len(shape) - 1))
    case = Case(ufuncs.scan_output, on_arrays(lambda a, b: np.cumsum(a, axis=axis, out=b)), (shape, out))
    assert case.by_numpy() is None or case.by_rule(case.operands) is not None


@searched
@given(data=st.data())
def test_an_output_that_numpy_takes_is_not_refused(data: st.DataObject) -> None:
    """So it is with joined arrays and with dot products too."""
    pool = [*range(4)]
    left, right = data.draw(operand(pool, 2, 2)), data.draw(operand(pool, 2, 2))
    out = data.draw(st.just((*left[:-1], *right[1:])) | operand(pool))
    dot = on_arrays(lambda a, b, c: np.dot(a, b, out=c))
    case = Case(lambda a, b, c: ufuncs.exact_output((*a[:-1], *b[1:]), c), dot, (left, right, out))
    assert case.by_numpy() is None or case.by_rule(case.operands) is not None
    concatenate = on_arrays(lambda a, b, c: np.concatenate([a, b], out=c))
    joined = lambda a, b, c: ufuncs.exact_output((a[0] + b[0], *a[1:]), c)  # noqa: E731
    case = Case(joined, concatenate, (left, right, out))
    assert case.by_numpy() is None or case.by_rule(case.operands) is not None


def test_an_output_completes_what_is_known() -> None:
    """A size that is not known of the result is known of the output, and the other way round."""
    expected = (n, 3)
    assert expected == ufuncs.exact_output((UNKNOWN, 3), (n, UNKNOWN))


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot accumulate () over axis 0: it has 0 axes",
            lambda: ufuncs.accumulate(()),
        ),
        (
            "cannot reduce parts of () over axis 0: it has 0 axes",
            lambda: ufuncs.reduceat((), (3,)),
        ),
        (
            "cannot reduce the parts that begin at (3, 1): a vector is wanted",
            lambda: ufuncs.reduceat((5,), (3, 1)),
        ),
        (
            "cannot reduce parts of (5, 0) over axis -1: its size is 0",
            lambda: ufuncs.reduceat((5, 0), (3,), -1),
        ),
        (
            "cannot write a result of (5, 2) to (5, 1) in place: sizes 2 and 1 on axis -1 differ",
            lambda: ufuncs.output((5, 2), (5, 1)),
        ),
        (
            "cannot write a result of (1, 2) to (2,) in place: 1 axis too many",
            lambda: ufuncs.output((1, 2), (2,)),
        ),
        (
            "cannot write a result of (n, m) to (n, n) in place: sizes m and n on axis -1 differ",
            lambda: ufuncs.output((n, m), (n, n), core=2),
        ),
        (
            "cannot write a result of (5, 2) to (2,) in place: 1 axis too many",
            lambda: ufuncs.output((5, 2), (2,), core=2),
        ),
        (
            "cannot write a result of (7, 6, 5, 2) to (5, 2) in place: 2 axes too many",
            lambda: ufuncs.output((7, 6, 5, 2), (5, 2), core=2),
        ),
        (
            "cannot mask a result of (5, 2) by (5,): sizes 2 and 5 on axis -1 differ and neither is 1",
            lambda: ufuncs.masked((5, 2), (5,)),
        ),
        (
            "cannot multiply (5, 2) by (2,) in place: a matrix is wanted on the right",
            lambda: ufuncs.matmul_in_place((5, 2), (2,)),
        ),
        (
            "cannot write a result of (5, 3) to (5, 2) in place: sizes 3 and 2 on axis -1 differ",
            lambda: ufuncs.matmul_in_place((5, 2), (2, 3)),
        ),
        (
            "cannot write a result of (5, 2) to (5, 3) in place: sizes 2 and 3 on axis -1 differ",
            lambda: ufuncs.scan_output((5, 2), (5, 3)),
        ),
        (
            "cannot write a result of (5, 1) to (5, 2): the shapes differ",
            lambda: ufuncs.exact_output((5, 1), (5, 2)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
