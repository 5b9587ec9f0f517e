"""Linear models: least squares, ridge, lasso, logistic and softmax regression, with scaling and validation."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Integer


@runtime_checkable
class Regressor(Protocol):
    """Anything that learns numbers from rows."""

    def fit(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"]) -> Self: ...

    def predict(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]: ...


M = TypeVar("M", bound=Regressor)


def add_intercept(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d+1"]:
    """Put a column of ones before the others."""
    return np.hstack((np.ones((x.shape[0], 1)), x))


def polynomial_features(x: Float[np.ndarray, " n"], degree: int) -> Float[np.ndarray, "n {degree}+1"]:
    """Return the powers of numbers as columns."""
    return np.stack([x**power for power in range(degree + 1)], axis=1)


def interactions(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d*d"]:
    """Return the products of all pairs of columns."""
    n, d = x.shape
    return (x[:, :, None] * x[:, None, :]).reshape(n, d * d)


@dataclass
class Scaler:
    """Means and deviations of columns."""

    mean: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]

    @classmethod
    def of(cls, x: Float[np.ndarray, "n d"]) -> Self:
        """Measure the columns; one that is constant is left as it is."""
        scale = x.std(axis=0)
        scale[scale == 0.0] = 1.0
        return cls(x.mean(axis=0), scale)

    def transform(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Scale columns."""
        return (x - self.mean) / self.scale

    def inverse(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Undo it."""
        return x * self.scale + self.mean


@dataclass
class Ridge:
    """Least squares with a cost for large weights."""

    cost: float = 1.0
    weights: Float[np.ndarray, " d"] | None = None
    intercept: float = 0.0

    def fit(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"]) -> Self:
        """Solve the normal equations."""
        x_mean, y_mean = x.mean(axis=0), y.mean()
        centered = x - x_mean
        gram = centered.T @ centered + self.cost * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, centered.T @ (y - y_mean))
        self.weights = weights
        self.intercept = float(y_mean - x_mean @ weights)
        return self

    def predict(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Return the values of a plane."""
        if self.weights is None:
            raise RuntimeError("fit it first")
        return x @ self.weights + self.intercept


@dataclass
class Lasso:
    """Least squares with a cost for weights that are not zero."""

    cost: float
    weights: Float[np.ndarray, " d"]

    def fit(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], steps: int = 100) -> Self:
        """Adjust one weight after the other."""
        squares = (x**2).sum(axis=0)
        for _ in range(steps):
            for j in range(x.shape[1]):
                rest = y - x @ self.weights + x[:, j] * self.weights[j]
                slope = x[:, j] @ rest
                self.weights[j] = np.sign(slope) * max(abs(slope) - self.cost, 0.0) / squares[j]
        return self

    def predict(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """Return the values of a plane."""
        return x @ self.weights

    @property
    def support(self) -> Bool[np.ndarray, " d"]:
        """Which weights are not zero."""
        return np.abs(self.weights) > 1e-9


@dataclass(frozen=True)
class Softmax:
    """A classifier of many classes."""

    weights: Float64[np.ndarray, "d c"]
    bias: Float64[np.ndarray, " c"]

    def logits(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """Return a score for each class."""
        return x @ self.weights + self.bias

    def probabilities(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n c"]:
        """Return how likely each class is."""
        scores = self.logits(x)
        likely = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        return likely / np.sum(likely, axis=1, keepdims=True)

    def loss(self, x: Float[np.ndarray, "n d"], labels: Integer[np.ndarray, " n"]) -> float:
        """Return the mean of the negative logarithms of the right classes' probabilities."""
        right = self.probabilities(x)[np.arange(len(labels)), labels]
        return float(-np.log(right).mean())

    def stepped(self, x: Float[np.ndarray, "n d"], labels: Integer[np.ndarray, " n"], rate: float) -> Softmax:
        """Go one step down the gradient."""
        wanted = np.eye(len(self.bias))[labels]
        errors = (self.probabilities(x) - wanted) / len(labels)
        gradient = x.T @ errors
        return dataclasses.replace(
            self, weights=self.weights - rate * gradient, bias=self.bias - rate * errors.sum(axis=0)
        )


def least_squares(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "d k"]:
    """Solve for several targets at once."""
    solution, _, _, _ = np.linalg.lstsq(x, y, rcond=None)
    return solution


def weighted_least_squares(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], w: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " d"]:
    """Solve with a weight for each row."""
    return np.linalg.solve((x * w[:, None]).T @ x, x.T @ (w * y))


def hat_matrix(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    """Return the matrix that maps the targets to the fitted values."""
    q, _ = np.linalg.qr(x)
    return q @ q.T


def standard_errors(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], beta: Float[np.ndarray, " d"]
) -> Float[np.ndarray, " d"]:
    """Return how exactly weights are known."""
    n, d = x.shape
    residuals = y - x @ beta
    variance = residuals @ residuals / (n - d)
    return np.sqrt(variance * np.diag(np.linalg.pinv(x.T @ x)))


def folds(n: int, k: int) -> Iterator[tuple[Int[np.ndarray, " train"], Int[np.ndarray, " test"]]]:
    """Yield the numbers of the rows to learn from and of those to test."""
    parts = np.array_split(np.arange(n), k)
    for i, test in enumerate(parts):
        yield np.concatenate([part for j, part in enumerate(parts) if j != i]), test


def cross_validate(
    model: M, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], k: int = 4
) -> Float[np.ndarray, " n"]:
    """Predict each row by a model that has not seen it."""
    predicted = np.empty_like(y)
    for train, test in folds(len(y), k):
        predicted[test] = model.fit(x[train], y[train]).predict(x[test])
    return predicted


def explained(y: Float[np.ndarray, " n"], predicted: Float[np.ndarray, " n"]) -> float:
    """Return the part of the variance that is explained."""
    return float(1.0 - np.sum((y - predicted) ** 2) / np.sum((y - y.mean()) ** 2))


def ensemble(
    models: list[Regressor], x: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return mean and spread of what several models predict."""
    predictions = np.vstack([model.predict(x) for model in models])
    return predictions.mean(axis=0), predictions.std(axis=0)


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(40, 5))
    truth = np.array([2.0, 0.0, -1.0, 0.0, 0.0])
    y = x @ truth + 3.0 + 0.01 * rng.normal(size=40)

    scaler = Scaler.of(x)
    assert np.allclose(scaler.transform(x).std(axis=0), 1.0)
    assert np.allclose(scaler.inverse(scaler.transform(x)), x)
    ridge = Ridge(0.1).fit(x, y)
    assert abs(ridge.intercept - 3.0) < 0.1
    assert explained(y, cross_validate(ridge, x, y)) > 0.99
    lasso = Lasso(2.0, np.zeros(5)).fit(x, y - 3.0)
    assert lasso.support.tolist() == [True, False, True, False, False]
    mean, spread = ensemble([ridge, lasso], x)
    assert spread.max() > 0.0
    assert explained(y, mean + 1.5) > 0.9

    columns = add_intercept(x)
    both = least_squares(columns, np.stack([y, -y], axis=1))
    assert np.allclose(both[:, 0], -both[:, 1])
    beta = weighted_least_squares(columns, y, np.ones(40))
    assert np.allclose(beta, both[:, 0])
    assert np.allclose(hat_matrix(columns) @ y, columns @ beta)
    assert standard_errors(columns, y, beta).max() < 0.01
    assert np.allclose(interactions(x)[:, 1], x[:, 0] * x[:, 1])
    powers = polynomial_features(np.arange(6.0), 2)
    assert np.allclose(np.linalg.lstsq(powers, np.arange(6.0) ** 2, rcond=None)[0], [0.0, 0.0, 1.0])

    labels = np.argmax(x[:, :3], axis=1)
    model = Softmax(np.zeros((5, 3)), np.zeros(3))
    before = model.loss(x, labels)
    for _ in range(200):
        model = model.stepped(x, labels, 1.0)
    assert model.loss(x, labels) < before / 3.0
    assert (model.probabilities(x).argmax(axis=1) == labels).mean() > 0.9
