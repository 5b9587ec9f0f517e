"""The shapes of random numbers, drawn by a generator and by the older functions."""

# ruff: noqa: NPY002 (the older functions are checked too)

import numpy as np
from jaxtyping import Float32, Float64, Int64

from typecheck.plugin.arrays import array


def of_a_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    generator = np.random.default_rng(0)
    reveal_type(generator.normal(size=(n, m)))  # T: Float64[ndarray, 'n m']
    reveal_type(generator.normal(0.0, 1.0, 4))  # T: Float64[ndarray, '4']
    reveal_type(generator.standard_normal(x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(generator.standard_normal((n, 3), dtype=np.float32))  # T: Float32[ndarray, 'n 3']
    reveal_type(generator.random((2, m)))  # T: Float64[ndarray, '2 m']
    reveal_type(generator.uniform(-1.0, 1.0, (m, n)))  # T: Float64[ndarray, 'm n']
    reveal_type(generator.integers(10, size=n))  # T: Int64[ndarray, 'n']
    reveal_type(generator.integers(0, high=10, size=(n, 2)))  # T: Int64[ndarray, 'n 2']
    reveal_type(generator.exponential(size=[n, m]))  # T: Float64[ndarray, 'n m']
    reveal_type(generator.poisson(3.0, n))  # T: Int64[ndarray, 'n']
    reveal_type(generator.binomial(10, 0.5, size=n + 1))  # T: Int64[ndarray, 'n+1']
    reveal_type(generator.gamma(2.0, size=(*x.shape, 3)))  # T: Float64[ndarray, 'n m 3']
    reveal_type(generator.standard_gamma(2.0, n))  # T: Float64[ndarray, 'n']
    reveal_type(generator.standard_exponential(m))  # T: Float64[ndarray, 'm']
    reveal_type(np.random.default_rng(0).beta(1.0, 2.0, size=n))  # T: Float64[ndarray, 'n']
    reveal_type(generator.normal())  # T: float
    reveal_type(generator.uniform(0.0, 1.0))  # T: float


def of_parameters(
    mean: Float64[np.ndarray, "n 1"] = array("n 1"), deviation: Float64[np.ndarray, "m"] = array("m")
) -> None:
    generator = np.random.default_rng(0)
    reveal_type(generator.normal(mean, deviation))  # T: Float64[ndarray, 'n m']
    reveal_type(generator.normal(mean, 1.0))  # T: Float64[ndarray, 'n 1']
    reveal_type(generator.normal(deviation, size=(3, len(deviation))))  # T: Float64[ndarray, '3 m']
    reveal_type(generator.poisson(deviation))  # T: Int64[ndarray, 'm']


def from_populations(
    x: Float32[np.ndarray, "n m"] = array("n m", np.float32), labels: Int64[np.ndarray, "n"] = array("n", np.int64)
) -> None:
    generator = np.random.default_rng(0)
    n, m = x.shape
    reveal_type(generator.choice(n, size=3))  # T: Int64[ndarray, '3']
    reveal_type(generator.choice(labels, (2, 4)))  # T: Int64[ndarray, '2 4']
    reveal_type(generator.choice(x, 3))  # T: Float32[ndarray, '3 m']
    reveal_type(generator.choice(x, size=(2, 3), axis=1))  # T: Float32[ndarray, 'n 2 3']
    reveal_type(generator.choice(x))  # T: Float32[ndarray, 'm']
    reveal_type(generator.choice(n, n, replace=False, p=np.full(n, 1 / n)))  # T: Int64[ndarray, 'n']
    reveal_type(generator.permutation(n))  # T: Int64[ndarray, 'n']
    reveal_type(generator.permutation(x))  # T: Float32[ndarray, 'n m']
    reveal_type(generator.permutation(x, axis=1))  # T: Float32[ndarray, 'n m']
    reveal_type(generator.permuted(x, axis=0))  # T: Float32[ndarray, 'n m']
    reveal_type(generator.permuted(x))  # T: Float32[ndarray, 'n m']


def of_vectors(mean: Float64[np.ndarray, "k"] = array("k"), weights: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    generator = np.random.default_rng(0)
    k = len(mean)
    p = weights / weights.sum(axis=1, keepdims=True)
    reveal_type(generator.multivariate_normal(mean, np.eye(k), 5))  # T: Float64[ndarray, '5 k']
    reveal_type(generator.multivariate_normal(mean, np.eye(k), size=(2, 3)))  # T: Float64[ndarray, '2 3 k']
    reveal_type(generator.multivariate_normal(mean, np.eye(k)))  # T: Float64[ndarray, 'k']
    reveal_type(generator.dirichlet(mean, 4))  # T: Float64[ndarray, '4 k']
    reveal_type(generator.multinomial(10, p))  # T: Int64[ndarray, 'n k']
    reveal_type(generator.multinomial(10, p[0], size=3))  # T: Int64[ndarray, '3 k']
    reveal_type(generator.multivariate_hypergeometric([3, 4, 5], 2, 4))  # T: Int64[ndarray, '4 3']


def by_older_functions(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    reveal_type(np.random.rand(n, m))  # T: Float64[ndarray, 'n m']
    reveal_type(np.random.randn(*x.shape))  # T: Float64[ndarray, 'n m']
    reveal_type(np.random.randn(2, *x.shape[1:]))  # T: Float64[ndarray, '2 m']
    reveal_type(np.random.random((n, 3)))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.random.random_sample(size=n))  # T: Float64[ndarray, 'n']
    reveal_type(np.random.normal(0.0, 1.0, (n, m)))  # T: Float64[ndarray, 'n m']
    reveal_type(np.random.standard_normal(m))  # T: Float64[ndarray, 'm']
    reveal_type(np.random.uniform(size=(m, 2)))  # T: Float64[ndarray, 'm 2']
    reveal_type(np.random.normal(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.random.randint(0, 10, size=(n,)))  # T: Int64[ndarray, 'n']
    reveal_type(np.random.choice(n, 3))  # T: Int64[ndarray, '3']
    reveal_type(np.random.choice(x[0], size=(n, 2), replace=True))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.random.permutation(n))  # T: Int64[ndarray, 'n']
    reveal_type(np.random.permutation(x))  # T: Float64[ndarray, 'n m']
    reveal_type(np.random.multivariate_normal([0.0, 0.0], np.eye(2), n))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.random.dirichlet([1.0, 2.0], 3))  # T: Float64[ndarray, '3 2']
    reveal_type(np.random.multinomial(5, [0.5, 0.5], size=n))  # T: Int64[ndarray, 'n 2']
    reveal_type(np.random.RandomState(0).rand(n))  # T: Float64[ndarray, 'n']
    reveal_type(np.random.rand())  # T: float
