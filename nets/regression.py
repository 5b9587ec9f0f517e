"""Linear and logistic regression by gradient descent, on whichever device the samples are.

Samples are rows: x has the shape (samples, features) and y (samples, 1). With z = x w + b, the linear model predicts z
and the logistic one σ(z). For the predictions p of N samples, and λ given as `l2`, they make small

* linear: Σ(p − y)²/N + λ ‖w‖²/N, which is ridge regression,
* logistic: −Σ(y ln p + (1 − y) ln(1 − p))/N + λ ‖w‖²/2N, for labels 0 and 1 (Bishop, *Pattern Recognition and Machine
  Learning*, chapters 3.1 and 4.3.2).

Of either the gradient by w is proportional to xᵀ(p − y) + λ w.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Self, TypeVar
from typing import Literal as L

import numpy as np

from nets.compiling import THREADS, is_compiled
from shapedmat import Matrix, ShapeError, jit, sigmoid, sqrt

Real = TypeVar("Real", bound=np.floating[Any])
Samples = TypeVar("Samples", bound=int)
Features = TypeVar("Features", bound=int)

_EPOCHS_BETWEEN_LOOKS: Final = 20  # at the gradient, for which a device has to hand a number over


@dataclass(frozen=True)
class Standardization(Generic[Real, Features]):
    """The mean and the standard deviation of each feature, by which samples are centred and scaled."""

    mean: Matrix[Real, L[1], Features]
    deviation: Matrix[Real, L[1], Features]

    @classmethod
    def of(cls, x: Matrix[Real, Any, Features]) -> Standardization[Real, Features]:
        """Measure some samples; a feature that is the same in all of them is only centred."""
        mean = x.mean(axis=0)
        deviation = sqrt(((x - mean) ** 2).mean(axis=0))
        return cls(mean, deviation + (deviation == 0).astype(x.dtype.type))

    def apply(self, x: Matrix[Real, Samples, Features]) -> Matrix[Real, Samples, Features]:
        """Return samples of mean 0 and deviation 1, as far as they are like those that were measured."""
        return (x - self.mean) / self.deviation


@dataclass(frozen=True)
class Fit:
    """How a fit ended: after how many epochs, at which loss, and whether the gradient had become small enough."""

    epochs: int
    loss: float
    converged: bool


@dataclass(eq=False, repr=False)
class _Regression(Generic[Real, Features]):
    _GRADIENT: ClassVar[float]  # by which xᵀ(p − y)/N is multiplied
    _CURVATURE: ClassVar[float]  # by which the largest eigenvalue of xᵀx/N bounds that of the Hessian

    weights: Matrix[Real, Features, L[1]]
    bias: Matrix[Real, L[1], L[1]]

    @classmethod
    def zeros(cls, features: Features, *, dtype: type[Real], device: str = "cpu") -> Self:
        """Return a model that has learned nothing."""
        return cls(
            Matrix.zeros(features, 1, dtype=dtype, device=device),
            Matrix.zeros(1, 1, dtype=dtype, device=device),
        )

    def predict(self, x: Matrix[Real, Samples, Features]) -> Matrix[Real, Samples, L[1]]:
        """Return the predictions, one a row."""
        raise NotImplementedError

    def loss(self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]], l2: float = 0.0) -> float:
        """Return what a fit makes small."""
        raise NotImplementedError

    def fit(
        self,
        x: Matrix[Real, Samples, Features],
        y: Matrix[Real, Samples, L[1]],
        *,
        l2: float = 0.0,
        learning_rate: float | None = None,
        epochs: int = 100_000,
        tolerance: float = 1e-7,
    ) -> Fit:
        """Descend along the gradient of all samples, in place, until no entry of it is above `tolerance`.

        On the numba backend, on the CPU, a step is compiled for the shapes of x and y (see `nets.compiling`).

        Args:
            x: the samples, best standardized: the more alike the features' scales are, the fewer epochs it takes.
            y: what to predict.
            l2: λ; the bias is not regularized.
            learning_rate: without it, 1 over a bound of the curvature, at which every step lowers the loss.
            epochs: the most steps that are taken.
            tolerance: of the gradient.

        Raises:
            ShapeError: y has not a row for each row of x, or x not a column for each weight.
            ValueError: the learning rate or the tolerance is not positive, or `l2` is negative.
        """
        if y.shape != (x.rows, 1):
            raise ShapeError(f"y has shape {y.shape}, but x has {x.rows} rows: ({x.rows}, 1) is wanted")
        rate = self._steepest(x, l2) if learning_rate is None else learning_rate
        if rate <= 0 or tolerance <= 0 or l2 < 0:
            raise ValueError(
                "learning_rate and tolerance must be positive and l2 not negative: "
                f"{learning_rate}, {tolerance} and {l2} were given"
            )
        descend = self._compiled_descent if is_compiled(x.device) else self._descend
        for epoch in range(epochs):
            if epoch % _EPOCHS_BETWEEN_LOOKS == 0 and _largest(*self._gradients(x, y, l2)) <= tolerance:
                return Fit(epoch, self.loss(x, y, l2), converged=True)
            descend(x, y, float(l2), float(rate))
        return Fit(epochs, self.loss(x, y, l2), converged=False)

    def _gradients(
        self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]], l2: float
    ) -> tuple[Matrix[Real, Features, L[1]], Matrix[Real, L[1], L[1]]]:
        """Return the gradients by the weights and by the bias."""
        error = self.predict(x) - y
        scale = self._GRADIENT / x.rows
        return scale * (x.T @ error + l2 * self.weights), scale * error.sum(axis=0)

    def _descend(
        self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]], l2: float, rate: float
    ) -> None:
        by_weights, by_bias = self._gradients(x, y, l2)
        self.weights -= rate * by_weights
        self.bias -= rate * by_bias

    _compiled_descent = jit(threads=THREADS)(_descend)

    def _steepest(self, x: Matrix[Real, Samples, Features], l2: float) -> float:
        # With a column of ones for the bias; the moments are few numbers, whatever the device.
        ones = Matrix.ones(x.rows, 1, dtype=x.dtype.type, device=x.device)
        columns = x.hstack(ones)
        moments = (columns.T @ columns).numpy()
        return float(x.rows / (self._CURVATURE * np.linalg.eigvalsh(moments)[-1] + self._GRADIENT * l2))


class LinearRegression(_Regression[Real, Features]):
    """A number predicted as a weighted sum of features: p = x w + b."""

    _GRADIENT = 2.0
    _CURVATURE = 2.0

    def predict(self, x: Matrix[Real, Samples, Features]) -> Matrix[Real, Samples, L[1]]:
        """Return x w + b.

        Raises:
            ShapeError: x has not a column for each weight.
        """
        return x @ self.weights + self.bias

    def loss(self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]], l2: float = 0.0) -> float:
        """Return Σ(p − y)²/N + λ ‖w‖²/N."""
        error = self.predict(x) - y
        return float((error * error).sum() + l2 * (self.weights * self.weights).sum()) / x.rows


class LogisticRegression(_Regression[Real, Features]):
    """The probability of the label 1: p = σ(x w + b)."""

    _GRADIENT = 1.0
    _CURVATURE = 0.25  # the largest slope of the sigmoid

    def predict(self, x: Matrix[Real, Samples, Features]) -> Matrix[Real, Samples, L[1]]:
        """Return the probabilities σ(x w + b).

        Raises:
            ShapeError: x has not a column for each weight.
        """
        return sigmoid(x @ self.weights + self.bias)

    def classify(self, x: Matrix[Real, Samples, Features]) -> Matrix[np.bool_, Samples, L[1]]:
        """Return whether the label 1 is the likelier one."""
        return self.predict(x) > 0.5

    def accuracy(self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]]) -> float:
        """Return the share of samples whose label is the likelier one."""
        return float((self.classify(x).numpy() == (y.numpy() > 0.5)).mean())

    def loss(self, x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]], l2: float = 0.0) -> float:
        """Return −Σ(y ln p + (1 − y) ln(1 − p))/N + λ ‖w‖²/2N, computed from z so that no logarithm is of zero."""
        z, labels = (x @ self.weights + self.bias).numpy(), y.numpy()
        entropy = np.sum(np.logaddexp(0, z) - labels * z)
        return float(entropy + 0.5 * l2 * (self.weights * self.weights).sum()) / x.rows


def _largest(*gradients: Matrix[Real, Any, Any]) -> float:
    return max(float(np.abs(each.numpy()).max()) for each in gradients)


if __name__ == "__main__":
    import sys

    from nets.regression_command_line import main

    sys.exit(main())
