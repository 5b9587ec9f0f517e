"""Regression with Gaussian processes: kernels as objects, prediction, sampling and choice of parameters."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.floating]]
Inputs: TypeAlias = Float[Floats, "n d"]
Targets: TypeAlias = Float[Floats, " n"]


def squared_distances(a: Float[Floats, "n d"], b: Float[Floats, "m d"]) -> Float[Floats, "n m"]:
    """Return the squared distances of all pairs of rows."""
    a_squares = np.sum(a**2, axis=1, keepdims=True)
    b_squares = np.sum(b**2, axis=1)
    return np.maximum(a_squares + b_squares - 2.0 * (a @ b.T), 0.0)


class Kernel(ABC):
    """A covariance of function values."""

    @abstractmethod
    def __call__(self, a: Float[Floats, "n d"], b: Float[Floats, "m d"]) -> Float[Floats, "n m"]:
        """Return the covariances of all pairs of points."""

    def diagonal(self, a: Inputs) -> Targets:
        """Return the variance at each point."""
        return np.array([self(row[None], row[None])[0, 0] for row in a])

    def __add__(self, other: Kernel) -> Kernel:
        return Sum(self, other)


@dataclass(frozen=True)
class SquaredExponential(Kernel):
    """The kernel of smooth functions."""

    length: float = 1.0
    variance: float = 1.0

    def __call__(self, a: Float[Floats, "n d"], b: Float[Floats, "m d"]) -> Float[Floats, "n m"]:
        """Return the covariances of all pairs of points."""
        return self.variance * np.exp(-0.5 * squared_distances(a / self.length, b / self.length))

    def diagonal(self, a: Inputs) -> Targets:
        """Return the variance, which is the same everywhere."""
        return np.full(len(a), self.variance)


@dataclass(frozen=True)
class Linear(Kernel):
    """The kernel of planes, with a weight for each direction."""

    weights: Float[Floats, " d"]

    def __call__(self, a: Float[Floats, "n d"], b: Float[Floats, "m d"]) -> Float[Floats, "n m"]:
        """Return the covariances of all pairs of points."""
        return np.einsum("nd,d,md->nm", a, self.weights, b)


@dataclass(frozen=True)
class Sum(Kernel):
    """The kernel of sums of functions."""

    first: Kernel
    second: Kernel

    def __call__(self, a: Float[Floats, "n d"], b: Float[Floats, "m d"]) -> Float[Floats, "n m"]:
        """Return the covariances of all pairs of points."""
        return self.first(a, b) + self.second(a, b)


@runtime_checkable
class Mean(Protocol):
    """A function that is expected before anything is known."""

    def __call__(self, x: Float[Floats, "n d"]) -> Float[Floats, " n"]: ...


def zero_mean(x: Float[Floats, "n d"]) -> Float[Floats, " n"]:
    """Expect zero everywhere."""
    return np.zeros(x.shape[0])


class GaussianProcess:
    """A process that has seen some values."""

    x: Float[Floats, "n d"]
    factor: Float[Floats, "n n"]
    alpha: Float[Floats, " n"]

    def __init__(self, kernel: Kernel, x: Inputs, y: Targets, noise: float = 1e-6, mean: Mean = zero_mean) -> None:
        self.kernel = kernel
        self.mean = mean
        covariance = kernel(x, x) + noise * np.eye(len(x))
        self.x = x
        self.y = y
        self.factor = np.linalg.cholesky(covariance)
        centered = y - mean(x)
        self.alpha = np.linalg.solve(self.factor.T, np.linalg.solve(self.factor, centered))

    @property
    def log_likelihood(self) -> float:
        """The logarithm of how likely the seen values were."""
        fit = -0.5 * (self.y - self.mean(self.x)) @ self.alpha
        complexity = np.log(np.diag(self.factor)).sum()
        return float(fit - complexity - 0.5 * len(self.y) * np.log(2.0 * np.pi))

    def predict(self, queries: Float[Floats, "q d"]) -> tuple[Float[Floats, " q"], Float[Floats, " q"]]:
        """Return mean and variance at new points."""
        cross = self.kernel(queries, self.x)
        mean = self.mean(queries) + cross @ self.alpha
        v = np.linalg.solve(self.factor, cross.T)
        variance = self.kernel.diagonal(queries) - (v**2).sum(axis=0)
        return mean, np.maximum(variance, 0.0)

    def posterior_covariance(self, queries: Float[Floats, "q d"]) -> Float[Floats, "q q"]:
        """Return the covariance of the values at new points."""
        v = np.linalg.solve(self.factor, self.kernel(self.x, queries))
        return self.kernel(queries, queries) - v.T @ v

    def sample(self, queries: Float[Floats, "q d"], count: int, rng: np.random.Generator) -> Float[Floats, "count q"]:
        """Draw functions, as their values at new points."""
        mean, _ = self.predict(queries)
        covariance = self.posterior_covariance(queries) + 1e-9 * np.eye(len(queries))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return mean + rng.standard_normal((count, len(values))) @ root.T


def grid(low: Float[Floats, " d"], high: Float[Floats, " d"], count: int) -> Float[Floats, "g d"]:
    """Return evenly spaced points of a box."""
    axes = [np.linspace(a, b, count) for a, b in zip(low, high, strict=True)]
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.stack(mesh, axis=-1).reshape(-1, len(axes))


def leave_one_out(kernel: Kernel, x: Inputs, y: Targets, noise: float) -> Targets:
    """Return the residual of each value, predicted from all others."""
    inverse = np.linalg.inv(kernel(x, x) + noise * np.eye(x.shape[0]))
    return (inverse @ y) / np.diag(inverse)


def sparse_features(
    kernel: Kernel, x: Inputs, inducing: Float[Floats, "m d"], jitter: float = 1e-8
) -> Float[Floats, "n m"]:
    """Return features whose products approximate the kernel."""
    k_mm = kernel(inducing, inducing) + jitter * np.eye(len(inducing))
    k_nm = kernel(x, inducing)
    values, vectors = np.linalg.eigh(k_mm)
    return k_nm @ (vectors / np.sqrt(values)) @ vectors.T


def bayesian_linear(
    features: Float[Floats, "n m"], y: Targets, noise: float
) -> tuple[Float[Floats, " m"], Float[Floats, "m m"]]:
    """Return mean and covariance of the weights of features."""
    precision = features.T @ features / noise + np.eye(features.shape[1])
    covariance = np.linalg.inv(precision)
    return covariance @ (features.T @ y) / noise, covariance


def expected_improvement(mean: Float[Floats, " q"], variance: Float[Floats, " q"], best: float) -> Float[Floats, " q"]:
    """Return how much lower than the best a value is likely to be, by a logistic approximation of the normal."""
    deviation = np.sqrt(variance) + 1e-12
    z = (best - mean) / deviation
    cumulative = 0.5 + 0.5 * np.tanh(0.851 * z)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return (best - mean) * cumulative + deviation * density


def propose(process: GaussianProcess, candidates: Float[Floats, "q d"], count: int) -> Int[np.ndarray, " count"]:
    """Return the candidates from which most is hoped."""
    mean, variance = process.predict(candidates)
    hope = expected_improvement(mean, variance, float(process.y.min()))
    return np.argsort(-hope)[:count]


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-2.0, 2.0, size=(30, 2))
    y = np.sin(x[:, 0]) + 0.5 * x[:, 1]
    assert np.isclose(squared_distances(x, x[:12])[3, 5], ((x[3] - x[5]) ** 2).sum())
    kernel = SquaredExponential(1.0, 2.0) + Linear(np.array([1.0, 0.5]))
    process = GaussianProcess(kernel, x, y)
    mean, variance = process.predict(x[:20])
    assert np.abs(mean - y[:20]).max() < 1e-2
    assert variance.max() < 1e-3
    assert process.log_likelihood > GaussianProcess(SquaredExponential(0.1), x, y).log_likelihood

    queries = grid(np.array([-1.0, -1.0]), np.array([1.0, 1.0]), 3)
    assert queries.shape == (9, 2)
    assert np.allclose(np.diag(process.posterior_covariance(queries)), process.predict(queries)[1], atol=1e-6)
    samples = process.sample(queries, 5, rng)
    assert np.abs(samples - process.predict(queries)[0]).max() < 0.5
    centered = GaussianProcess(SquaredExponential(), x, y, mean=lambda points: points @ np.array([0.0, 0.5]))
    assert np.allclose(centered.predict(queries)[0], samples[0], atol=0.5)

    assert leave_one_out(kernel, x, y, 1e-6).shape == (30,)
    smooth = SquaredExponential()
    features = sparse_features(smooth, x, x[:12])
    assert np.allclose((features @ features.T)[:12, :12], smooth(x[:12], x[:12]), atol=1e-4)
    weights, covariance = bayesian_linear(features, y, 1e-4)
    assert np.abs(features @ weights - y).mean() < 0.2
    assert covariance.shape == (12, 12)
    assert len(set(propose(process, queries, 4))) == 4
