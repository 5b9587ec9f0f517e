"""The rules of statistics against NumPy, on names, and their sentences word for word."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, subtract, symbol
from shapedmat.shapes import Shape, statistics
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


def bincount_case(draw: Draw, pool: Pool) -> Case:
    """Numbers of occurrences."""
    return Case(
        lambda x, length: statistics.bincount(x, None, length[0]),
        lambda x, length: np.bincount(np.zeros(x, int), None, length[0]),
        (draw(size(pool) | operand(pool)), draw(size(pool))),
    )


def weighted_bincount_case(draw: Draw, pool: Pool) -> Case:
    """Sums of weights of occurrences."""
    vectors = size(pool) | operand(pool)
    return Case(
        statistics.bincount,
        lambda x, weights: np.bincount(np.zeros(x, int), np.zeros(weights)),
        (draw(vectors), draw(vectors)),
    )


def histogram_case(draw: Draw, pool: Pool) -> Case:
    """Histograms of a number of bins."""
    return Case(
        lambda shape, bins: list(statistics.histogram(shape, bins[0])),
        lambda shape, bins: np.histogram(np.zeros(shape), bins[0]),
        (draw(operand(pool)), draw(size(pool))),
    )


def weighted_histogram_case(draw: Draw, pool: Pool) -> Case:
    """Histograms between edges, of weights."""
    shape = draw(operand(pool))
    return Case(
        several(statistics.histogram),
        on_arrays(lambda a, bins, weights: np.histogram(a, bins, weights=weights)),
        (shape, draw(size(pool) | operand(pool, 1)), draw(st.just(shape) | operand(pool))),
    )


def matrix(shape: Shape | None) -> Shape:
    """Return covariances as a matrix, even if there is only one or how many there are is unknown."""
    return (UNKNOWN, UNKNOWN) if shape is None else shape or (1, 1)


def cov_case(draw: Draw, pool: Pool) -> Case:
    """Covariances of the variables of one array or two."""
    function: Any = draw(st.sampled_from([np.cov, np.corrcoef]))
    rowvar = draw(st.booleans())

    def cov(*given: Any) -> Any:
        with warnings.catch_warnings(action="ignore"):  # about what has too few observations
            return np.atleast_2d(function(*given, rowvar=rowvar))

    return Case(
        lambda *given: matrix(statistics.cov(*given, rowvar=rowvar)),
        on_arrays(cov),
        tuple(draw(st.lists(operand(pool), min_size=1, max_size=2))),
    )


for_each_rule = for_each(histogram_case, weighted_histogram_case, cov_case)


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


@for_each(bincount_case, weighted_bincount_case)
@searched
@given(data=st.data())
def test_what_is_known_of_counts_agrees_with_numpy(cases: Cases, data: st.DataObject) -> None:
    """The largest value is unknown, and all else agrees."""
    check_numbers(cases, data, selects=True)
    check_rigid_names(cases, data)
    check_other_names(cases, data)


@pytest.mark.parametrize("rowvar", [True, False])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (1, 5), (5, 1), (1, 1), (0, 5), (5, 0), (2, 3)], ids=str)
@pytest.mark.parametrize("function", [np.cov, np.corrcoef])
@pytest.mark.filterwarnings("ignore")
def test_the_covariance_of_one_variable_is_a_scalar(function: Any, shape: tuple[int, ...], rowvar: bool) -> None:
    """NumPy takes both axes away where there is one variable."""
    assert np.shape(function(np.zeros(shape), rowvar=rowvar)) == statistics.cov(shape, rowvar=rowvar)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ((n, n), statistics.cov((n, m))),
        ((m, m), statistics.cov((n, m), rowvar=False)),
        ((add(n, 1),) * 2, statistics.cov((n, m), (m,))),
        (None, statistics.cov((UNKNOWN, m))),
        (None, statistics.cov((symbol("batch", rigid=False), m))),
        ((UNKNOWN, UNKNOWN), statistics.cov((UNKNOWN, m), (m,))),
        ((m, m), statistics.histogram((n,), m)[0] * 2),
        ((subtract(m, 1),), statistics.histogram((n,), (m,))[0]),
        ((UNKNOWN,), statistics.histogram((n,), ())[0]),
        ((UNKNOWN,), statistics.bincount((n,), minlength=10)),
    ],
)
def test_statistics_of_names(expected: Shape | None, actual: Shape | None) -> None:
    """A name stands for more than one variable; where the number is unknown, so is the rank of the covariances."""
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        ("cannot count the values of (2, 2): a vector is wanted", lambda: statistics.bincount((2, 2))),
        (
            "cannot count values into at least (-1,): a size cannot be negative",
            lambda: statistics.bincount((n,), minlength=-1),
        ),
        (
            "cannot pair values and weights of (n,) and (m,): the shapes differ",
            lambda: statistics.bincount((n,), (m,)),
        ),
        (
            "cannot take the histogram of (3, 4) with 0 bins: at least 1 is wanted",
            lambda: statistics.histogram((3, 4), 0),
        ),
        (
            "cannot take the histogram between the edges (2, 2): a vector is wanted",
            lambda: statistics.histogram((3, 4), (2, 2)),
        ),
        (
            "cannot take the covariance of (2, 3, 4): a vector or a matrix is wanted",
            lambda: statistics.cov((2, 3, 4)),
        ),
        (
            "cannot correlate (3, n) and (2, m) on axis 0: sizes n and m on axis 1 differ",
            lambda: statistics.cov((3, n), (2, m), action="correlate"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
