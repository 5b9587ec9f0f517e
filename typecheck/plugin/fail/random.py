"""Random numbers of sizes that do not fit."""

# ruff: noqa: NPY002 (the older functions are checked too)

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def parameters_that_do_not_broadcast(
    mean: Float64[np.ndarray, "n"] = array("n"), deviation: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot draw numbers with parameters of (n,) and (m,): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: shape mismatch
    np.random.default_rng(0).normal(mean, deviation)


def parameters_larger_than_the_size(mean: Float64[np.ndarray, "n"] = array("n")) -> None:
    generator = np.random.default_rng(0)
    # E: cannot broadcast (n,) to (3,): sizes n and 3 on axis -1 differ [shape]
    # R: ValueError: shape mismatch
    generator.normal(mean, 1.0, size=3)


def negative_size() -> None:
    # E: cannot draw numbers of shape (-1, 2): a size cannot be negative [shape]
    # R: ValueError: negative dimensions are not allowed
    np.random.rand(-1, 2)


def covariance_of_another_size(mean: Float64[np.ndarray, "n"] = array("n")) -> None:
    generator = np.random.default_rng(0)
    # E: cannot draw around the mean (n,) with the covariance (3, 3): (n, n) is wanted [shape]
    # R: ValueError: mean and cov must have same length
    generator.multivariate_normal(mean, np.eye(3))


def mean_that_is_no_vector(mean: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot draw around the mean (n, m): a vector is wanted [shape]
    # R: ValueError: mean must be 1 dimensional
    np.random.multivariate_normal(mean, np.eye(3))


def too_few_to_choose_from() -> None:
    generator = np.random.default_rng(0)
    # E: cannot choose 5 of 3 without replacement: too few [shape]
    # R: ValueError: Cannot take a larger sample than population
    generator.choice(3, 5, replace=False)


def probabilities_of_another_number(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    generator = np.random.default_rng(0)
    # E: cannot choose from n with m probabilities: the numbers differ [shape]
    # R: ValueError: a and p must have same size
    generator.choice(x, 2, p=x[0])


def probabilities_that_are_no_vector(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot choose with probabilities (n, m): a vector is wanted [shape]
    # R: ValueError: 'p' must be 1-dimensional
    np.random.choice(3, 2, p=x)


def choosing_along_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    generator = np.random.default_rng(0)
    # E: cannot choose from (n, m) over axis 2: it has 2 axes [shape]
    # R: IndexError: tuple index out of range
    generator.choice(x, 3, axis=2)


def permuting_along_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    generator = np.random.default_rng(0)
    # E: cannot permute (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds
    generator.permutation(x, axis=2)


def categories_in_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot draw from categories with (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.random.multinomial(5, x)


def concentrations_in_a_matrix(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot draw from the Dirichlet distribution of (n, m): a vector is wanted [shape]
    # R: ValueError: object too deep for desired array
    np.random.default_rng(0).dirichlet(x)
