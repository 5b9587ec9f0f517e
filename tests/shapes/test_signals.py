"""The rules of signals against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, multiply, subtract
from shapedmat.shapes import Shape, signals
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

AXES = st.integers(-3, 2)


def diff_case(draw: Draw, pool: Pool) -> Case:
    """Differences of neighbours."""
    options = {"n": draw(st.integers(-1, 3)), "axis": draw(AXES)}
    return Case(partial(signals.diff, **options), on_arrays(partial(np.diff, **options)), (draw(operand(pool)),))


def extended_diff_case(draw: Draw, pool: Pool) -> Case:
    """Differences of neighbours of an array that is made longer first."""
    order, axis = draw(st.integers(0, 2)), draw(AXES)
    shape = draw(operand(pool, 1))
    around = st.just(()) | st.just((*shape[:-1], 1)) | operand(pool, len(shape), len(shape)) | operand(pool)
    return Case(
        lambda shape, before, after: signals.diff(shape, order, axis, prepend=before, append=after),
        on_arrays(lambda a, before, after: np.diff(a, order, axis, before, after)),
        (shape, draw(around), draw(around)),
    )


def ediff1d_case(draw: Draw, pool: Pool) -> Case:
    """Differences of neighbours in the flattened array."""
    return Case(
        signals.ediff1d,
        on_arrays(lambda a, *around: np.ediff1d(a, **dict(zip(["to_begin", "to_end"], around, strict=False)))),
        tuple(draw(st.lists(operand(pool), min_size=1, max_size=3))),
    )


def gradient_case(draw: Draw, pool: Pool) -> Case:
    """Slopes along axes."""
    axis: Any = draw(st.none() | AXES | st.lists(AXES, max_size=2).map(tuple))
    order: Any = draw(st.sampled_from([1, 2]))

    def gradient(a: Any, *spacing: Any) -> Any:
        steps = [each + np.arange(each.size).reshape(each.shape) + 1 for each in spacing]
        result = np.gradient(a, *steps, axis=axis, edge_order=order)
        return result if isinstance(result, tuple) else [result]

    shape = draw(operand(pool))
    fitting = st.just(tuple((dim,) for dim in shape))
    spacing = (
        st.just(()) | st.just(((),)) | fitting | st.lists(st.just(()) | size(pool) | operand(pool, high=2), max_size=3)
    )
    return Case(
        lambda shape, *spacing: list(signals.gradient(shape, spacing, axis, edge_order=order)),
        on_arrays(gradient),
        (shape, *draw(spacing)),
    )


def convolve_case(draw: Draw, pool: Pool) -> Case:
    """Convolutions."""
    mode: Any = draw(st.sampled_from(["full", "same", "valid"]))
    vectors = size(pool) | operand(pool, high=2)
    return Case(
        partial(signals.convolve, mode=mode), on_arrays(partial(np.convolve, mode=mode)), (draw(vectors), draw(vectors))
    )


def correlate_case(draw: Draw, pool: Pool) -> Case:
    """Correlations."""
    mode: Any = draw(st.sampled_from(["full", "same", "valid"]))
    vectors = size(pool) | operand(pool, high=2)
    return Case(
        partial(signals.correlate, mode=mode),
        on_arrays(partial(np.correlate, mode=mode)),
        (draw(vectors), draw(vectors)),
    )


def interp_case(draw: Draw, pool: Pool) -> Case:
    """Interpolations."""
    vectors = size(pool[:1]) | size(pool) | operand(pool, high=2)
    return Case(signals.interp, on_arrays(np.interp), (draw(operand(pool)), draw(vectors), draw(vectors)))


def sliding_window_view_case(draw: Draw, pool: Pool) -> Case:
    """Windows."""
    axis: Any = draw(st.none() | AXES | st.lists(AXES, max_size=3).map(tuple))
    shape = draw(operand(pool))
    length = len(shape) if axis is None else 1 if isinstance(axis, int) else len(axis)
    return Case(
        partial(signals.sliding_window_view, axis=axis),
        lambda shape, window: np.lib.stride_tricks.sliding_window_view(np.zeros(shape), window, axis),
        (shape, draw(operand(pool, length, length) | operand(pool))),
    )


def window_of_one_axis_case(draw: Draw, pool: Pool) -> Case:
    """Windows whose size is a number."""
    return Case(
        lambda shape, window: signals.sliding_window_view(shape, window[0]),
        lambda shape, window: np.lib.stride_tricks.sliding_window_view(np.zeros(shape), window[0]),
        (draw(size(pool) | operand(pool)), draw(size(pool))),
    )


for_each_rule = for_each(
    diff_case,
    extended_diff_case,
    ediff1d_case,
    gradient_case,
    convolve_case,
    correlate_case,
    interp_case,
    sliding_window_view_case,
    window_of_one_axis_case,
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
        ((subtract(n, 1),), signals.diff((n,))),
        ((UNKNOWN,), signals.diff((n,), 2)),
        ((subtract(n, 1),), signals.diff((add(n, 1),), 2)),
        ((n,), signals.diff((n,), prepend=())),
        ((m, subtract(n, 1)), signals.diff((m, n))),
        ((subtract(multiply(n, m), 1),), signals.ediff1d((n, m))),
        ((add(n, 2),), signals.convolve((n,), (3,))),
        ((n,), signals.convolve((n,), (1,), "valid")),
        ((UNKNOWN,), signals.convolve((n,), (3,), "same")),
        ((add(n, 3),), signals.correlate((4,), (add(n, 3),), "same")),
        ((n,), signals.correlate((3,), (add(n, 2),))),
        ((subtract(n, 2), 3), signals.sliding_window_view((n,), 3)),
        ((add(subtract(n, m), 1), m), signals.sliding_window_view((n,), m)),
    ],
)
def test_signals_of_names(expected: Shape, actual: Shape) -> None:
    """A length is known where it is known which of two is the larger one."""
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot take the differences of (3,) -1 times: the number of times cannot be negative",
            lambda: signals.diff((3,), -1),
        ),
        ("cannot take the differences of () over axis -1: it has 0 axes", lambda: signals.diff(())),
        (
            "cannot concatenate (2, 1) and (3, 4) on axis 1: sizes 2 and 3 on axis 0 differ",
            lambda: signals.diff((3, 4), prepend=(2, 1)),
        ),
        (
            "cannot take the gradient of (3, 1) over axis 1: its size is 1 and at least 2 is wanted",
            lambda: signals.gradient((3, 1)),
        ),
        (
            "cannot take the gradient of (2,) over axis 0: its size is 2 and at least 3 is wanted",
            lambda: signals.gradient((2,), edge_order=2),
        ),
        ("cannot take the gradient of (3, 4) over axis 2: it has 2 axes", lambda: signals.gradient((3, 4), axis=2)),
        (
            "cannot take the gradient of (3, 4) over axes (0, -2): one axis is given twice",
            lambda: signals.gradient((3, 4), axis=(0, -2)),
        ),
        (
            "cannot take the gradient of (3, 4) with 1 spacing: 2 are wanted",
            lambda: signals.gradient((3, 4), [(3,)]),
        ),
        (
            "cannot take the gradient of (n, 4) with a spacing of (m,): a scalar or (n,) is wanted",
            lambda: signals.gradient((n, 4), [(m,), ()]),
        ),
        ("cannot convolve (3, 4): a vector is wanted", lambda: signals.convolve((3, 4), (3,))),
        ("cannot convolve (n,) and (0,): one of them is empty", lambda: signals.convolve((n,), (0,))),
        ("cannot correlate (): a vector is wanted", lambda: signals.correlate((3,), ())),
        (
            "cannot interpolate between (2, 2): a vector is wanted",
            lambda: signals.interp((5,), (2, 2), (2, 2)),
        ),
        (
            "cannot interpolate between points (n,) of values (m,): the lengths differ",
            lambda: signals.interp((5,), (n,), (m,)),
        ),
        ("cannot interpolate between (0,): it is empty", lambda: signals.interp((5,), (0,), (0,))),
        (
            "cannot slide a window of (3,) over (5, 4): 2 sizes are wanted",
            lambda: signals.sliding_window_view((5, 4), 3),
        ),
        (
            "cannot slide a window of (3, 3) over (5, 4): 1 size is wanted",
            lambda: signals.sliding_window_view((5, 4), (3, 3), 0),
        ),
        (
            "cannot slide a window of (-1,) over (5,): a size cannot be negative",
            lambda: signals.sliding_window_view((5,), -1),
        ),
        (
            "cannot slide a window of (n + 1,) over (n,): size n + 1 is larger than n on axis 0",
            lambda: signals.sliding_window_view((n,), add(n, 1)),
        ),
        (
            "cannot slide a window over (5,) over axis 1: it has 1 axis",
            lambda: signals.sliding_window_view((5,), 1, 1),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
