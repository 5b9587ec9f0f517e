"""The rules of reductions against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, multiply
from shapedmat.shapes import reductions
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

AXES = st.none() | st.integers(-4, 3)
SEVERAL_AXES = AXES | st.lists(st.integers(-4, 3), max_size=3).map(tuple)


def options(draw: Draw) -> dict[str, Any]:
    """Return an axis or several, and whether they are kept."""
    return {"axis": draw(SEVERAL_AXES), "keepdims": draw(st.booleans())}


def reductions_of(rule: Callable[..., Shape], function: Callable[..., Any], axes: st.SearchStrategy[Any]) -> Cases:
    """Return cases of a reduction, named as its function is."""

    def case(draw: Draw, pool: Pool) -> Case:
        chosen = {"axis": draw(axes), "keepdims": draw(st.booleans())}
        return Case(partial(rule, **chosen), on_arrays(partial(function, **chosen)), (draw(operand(pool)),))

    case.__name__ = f"{function.__name__}_case"
    return case


def quantile_case(draw: Draw, pool: Pool) -> Case:
    """Quantiles."""
    chosen = options(draw)
    if chosen["axis"] == ():  # NumPy cannot reshape an empty array then
        pool = [dim for dim in pool if dim != 0]
    return Case(
        partial(reductions.quantile, **chosen),
        on_arrays(partial(np.quantile, **chosen)),
        (draw(operand(pool)), draw(operand([dim for dim in pool if dim != 0]))),
    )


def nanquantile_case(draw: Draw, pool: Pool) -> Case:
    """Quantiles of what is not NaN."""
    chosen = options(draw)
    return Case(
        partial(reductions.nanquantile, **chosen),
        on_arrays(partial(np.nanquantile, **chosen)),
        (draw(operand(pool)), draw(operand([dim for dim in pool if dim != 0]))),
    )


def average_case(draw: Draw, pool: Pool) -> Case:
    """Averages with weights."""
    chosen = options(draw)
    shape = draw(operand([dim for dim in pool if dim != 0], 1))
    some = st.permutations(shape).map(lambda dims: tuple(dims[:1])) | st.permutations(shape).map(tuple)
    return Case(
        partial(reductions.average, **chosen),
        lambda a, b: np.average(np.zeros(a), weights=np.ones(b), **chosen),
        (shape, draw(st.just(shape) | some | operand([dim for dim in pool if dim != 0]))),
    )


def scan_case(draw: Draw, pool: Pool) -> Case:
    """Sums so far."""
    axis = draw(AXES)
    return Case(partial(reductions.scan, axis=axis), on_arrays(partial(np.cumsum, axis=axis)), (draw(operand(pool)),))


def cumulative_case(draw: Draw, pool: Pool) -> Case:
    """Sums so far, which may begin with that of nothing."""
    chosen = {"axis": draw(AXES), "include_initial": draw(st.booleans())}
    return Case(
        partial(reductions.cumulative, **chosen),
        on_arrays(partial(np.cumulative_sum, **chosen)),
        (draw(operand(pool)),),
    )


def trapezoid_case(draw: Draw, pool: Pool) -> Case:
    """Integrals along an axis."""
    axis = draw(st.integers(-4, 3))
    pool = [dim for dim in pool if dim != 2]  # between which there is one gap, which broadcasts
    shape = draw(operand(pool))
    points = st.sampled_from([*((dim,) for dim in shape), ()]) | st.just(shape) | operand(pool)
    return Case(
        partial(reductions.trapezoid, axis=axis),
        on_arrays(partial(np.trapezoid, axis=axis)),
        (shape, draw(points)) if draw(st.booleans()) else (shape,),
    )


for_each_rule = for_each(
    reductions_of(reductions.reduce, np.sum, SEVERAL_AXES),
    reductions_of(reductions.reduce, np.any, SEVERAL_AXES),
    reductions_of(reductions.reduce, np.count_nonzero, SEVERAL_AXES),
    reductions_of(reductions.reduce, np.nansum, SEVERAL_AXES),
    reductions_of(reductions.reduce_nonempty, np.max, SEVERAL_AXES),
    reductions_of(reductions.reduce_nonempty, np.ptp, SEVERAL_AXES),
    reductions_of(reductions.reduce_nonempty, np.nanmin, SEVERAL_AXES),
    reductions_of(reductions.reduce_nonempty, np.argmax, AXES),
    quantile_case,
    average_case,
    scan_case,
    cumulative_case,
    trapezoid_case,
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


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of which NumPy gives one where there is no element
@searched
@given(data=st.data())
def test_quantiles_of_what_is_not_nan_agree_with_numpy(data: st.DataObject) -> None:
    """Where NumPy puts two axes of the fractions elsewhere, nothing is known of the sizes."""
    check_numbers(nanquantile_case, data, selects=True)


@pytest.mark.parametrize(
    ("expected", "reduced"),
    [
        ((3, m), reductions.quantile((n, m), (3,), 0)),
        ((m,), reductions.average((n, m), (UNKNOWN,), 0)),
        ((m,), reductions.average((n, m), (n,), 0)),
        ((m,), reductions.trapezoid((n, m), (n,), 0)),
        ((multiply(n, m),), reductions.scan((n, m))),
        ((add(n, 1),), reductions.cumulative((n,), include_initial=True)),
    ],
    ids=str,
)
def test_reducing_names(expected: Shape, reduced: Shape) -> None:
    """Names are left where they are not reduced away."""
    assert expected == reduced


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot sum (5, 2) over axes (0, 0): one axis is given twice",
            lambda: reductions.reduce((5, 2), (0, 0), action="sum"),
        ),
        (
            "cannot take the quantile of (5, 2) over axis 2: it has 2 axes",
            lambda: reductions.quantile((5, 2), (), 2),
        ),
        (
            "cannot take the quantile of (0, 2) over axis 0: its size is 0",
            lambda: reductions.quantile((0, 2), (3,), 0),
        ),
        (
            "cannot take the quantile of (5, 2) at (1, 1, 1): at most 2 axes are wanted",
            lambda: reductions.nanquantile((5, 2), (1, 1, 1)),
        ),
        (
            "cannot take the average of (n, m) with weights of (m,): weights of (n, m) or (n,) are wanted",
            lambda: reductions.average((n, m), (m,), 0),
        ),
        (
            "cannot take the average of (n, m) with weights of (m,): weights of (n, m) are wanted",
            lambda: reductions.average((n, m), (m,)),
        ),
        (
            "cannot take the average of (5,) with weights of (4,): weights of (5,) are wanted",
            lambda: reductions.average((5,), (4,), 0),
        ),
        (
            "cannot take the cumulative sum of (5, 2) over axis 2: it has 2 axes",
            lambda: reductions.scan((5, 2), 2),
        ),
        (
            "cannot take the cumulative sum of (5, 2) over no axis: it has 2 axes",
            lambda: reductions.cumulative((5, 2)),
        ),
        (
            "cannot integrate (5, 2) over axis 2: it has 2 axes",
            lambda: reductions.trapezoid((5, 2), axis=2),
        ),
        (
            (
                "cannot integrate (5, 3) over axis -1 between points of (4,): "
                "of the gaps, sizes 3 and 2 on axis -1 differ and neither is 1"
            ),
            lambda: reductions.trapezoid((5, 3), (4,)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
