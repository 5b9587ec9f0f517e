"""The shapes of random numbers are NumPy's, and what NumPy refuses is refused."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, evaluate, symbol
from shapedmat.errors import ShapeError
from shapedmat.shapes import Shape

GENERATOR = np.random.default_rng(0)
shapes_of_arrays = st.lists(st.integers(1, 3), max_size=3).map(tuple)
sizes = st.none() | shapes_of_arrays

Ints: TypeAlias = tuple[int, ...]


def shape_of(call: Any) -> Shape | None:
    """Return the shape of what NumPy makes, None where it raises."""
    try:
        found: Shape = np.shape(call())
    except (ValueError, IndexError):
        return None
    return found


def rule_of(call: Any) -> Shape | None:
    """Return the shape that a rule gives, None where it raises."""
    try:
        found: Shape = call()
    except ShapeError:
        return None
    return found


@given(sizes, shapes_of_arrays, shapes_of_arrays)
def test_draws_have_numpys_shapes(size: Ints | None, mean: Ints, deviation: Ints) -> None:
    """Parameters broadcast to each other and to the size, exactly where NumPy's do."""
    expected = shape_of(lambda: GENERATOR.normal(np.zeros(mean), np.ones(deviation), size))
    assert expected == rule_of(lambda: shapes.draw(size, mean, deviation))


@given(sizes, shapes_of_arrays.filter(len), shapes_of_arrays)
def test_draws_of_vectors_have_numpys_shapes(size: Ints | None, parameters: Ints, counts: Ints) -> None:
    """The last axis of the parameters is that of the vectors, and all others broadcast."""
    expected = shape_of(lambda: GENERATOR.multinomial(np.ones(counts, int), np.full(parameters, 1e-3), size))
    assert expected == rule_of(lambda: shapes.draw_vectors(size, parameters, counts, action="draw"))


@given(sizes, shapes_of_arrays, shapes_of_arrays)
def test_normal_vectors_have_numpys_shapes(size: Ints | None, mean: Ints, covariance: Ints) -> None:
    """A mean is a vector and a covariance is square and as large, or both NumPy and the rule refuse."""
    matrix = np.eye(*covariance) if len(covariance) == 2 else np.ones(covariance)
    expected = shape_of(lambda: GENERATOR.multivariate_normal(np.zeros(mean), matrix, size))
    assert expected == rule_of(lambda: shapes.multivariate_normal(mean, covariance, size))


@given(sizes, shapes_of_arrays)
def test_distributions_have_numpys_shapes(size: Ints | None, parameters: Ints) -> None:
    """A distribution over categories is drawn with one vector."""
    if parameters:
        expected = shape_of(lambda: GENERATOR.dirichlet(np.ones(parameters), size))
        assert expected == rule_of(lambda: shapes.draw_distributions(size, parameters, action="draw"))


@given(
    shapes_of_arrays.filter(len),
    sizes,
    st.booleans(),
    st.none() | shapes_of_arrays.filter(len),
    st.integers(-3, 2),
)
def test_samples_have_numpys_shapes(
    population: Ints, size: Ints | None, replace: bool, probabilities: Ints | None, axis: int
) -> None:
    """The sample takes the place of the axis that is chosen from, exactly where NumPy can choose."""
    p: Any = None if probabilities is None else np.full(probabilities, 1 / np.prod(probabilities))
    expected = shape_of(lambda: GENERATOR.choice(np.zeros(population), size, replace, p, axis))
    actual = rule_of(lambda: shapes.choice(population, size, replace=replace, probabilities=probabilities, axis=axis))
    assert expected == actual


@given(sizes, shapes_of_arrays, shapes_of_arrays, st.integers(0, 5))
def test_unknown_sizes_are_never_refused(size: Ints | None, mean: Ints, deviation: Ints, place: int) -> None:
    """A size that is not known passes where a known one does."""
    if rule_of(lambda: shapes.draw(size, mean, deviation)) is None:
        return
    for hidden in (mean, deviation):
        unknown = tuple(UNKNOWN if axis == place else dim for axis, dim in enumerate(hidden))
        other = deviation if hidden is mean else mean
        assert rule_of(lambda: shapes.draw(size, unknown, other)) is not None  # noqa: B023


def test_named_sizes_pass_through() -> None:
    """A sample of named sizes has them, and its numbers are NumPy's."""
    n, m, k = symbol("n"), symbol("m"), symbol("k")
    found = shapes.choice((n, m), (k, 3), axis=1)
    assert (n, k, 3) == found
    assert (5, 2, 3) == tuple(evaluate(dim, {"n": 5, "m": 7, "k": 2}) for dim in found)
    assert (k, n) == shapes.multivariate_normal((n,), (n, n), (k,))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: shapes.draw((2, -1)), "cannot draw numbers of shape (2, -1): a size cannot be negative"),
        (
            lambda: shapes.draw(None, (2,), (3,)),
            "cannot draw numbers with parameters of (2,) and (3,): sizes 2 and 3 on axis -1 differ and neither is 1",
        ),
        (lambda: shapes.draw((3,), (2,)), "cannot broadcast (2,) to (3,): sizes 2 and 3 on axis -1 differ"),
        (lambda: shapes.draw_vectors(None, (), action="draw"), "cannot draw (): it has no axes"),
        (
            lambda: shapes.draw_distributions(None, (2, 3), action="draw from"),
            "cannot draw from (2, 3): a vector is wanted",
        ),
        (
            lambda: shapes.multivariate_normal((2, 2), (2, 2)),
            "cannot draw around the mean (2, 2): a vector is wanted",
        ),
        (
            lambda: shapes.multivariate_normal((2,), (3, 3)),
            "cannot draw around the mean (2,) with the covariance (3, 3): (2, 2) is wanted",
        ),
        (lambda: shapes.choice((3,), (5,), replace=False), "cannot choose 5 of 3 without replacement: too few"),
        (lambda: shapes.choice((0,), (5,)), "cannot choose 5 of 0: too few"),
        (lambda: shapes.choice((3,), axis=1), "cannot choose from (3,) over axis 1: it has 1 axis"),
        (
            lambda: shapes.choice((3,), probabilities=(2,)),
            "cannot choose from 3 with 2 probabilities: the numbers differ",
        ),
        (
            lambda: shapes.choice((3,), probabilities=(3, 1)),
            "cannot choose with probabilities (3, 1): a vector is wanted",
        ),
    ],
)
def test_sentences(call: Any, sentence: str) -> None:
    """What is wrong is said in these words."""
    with pytest.raises(ShapeError) as caught:
        call()
    assert sentence == str(caught.value)
