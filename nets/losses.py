"""Losses: how far what a network predicts is from what it should, with derivatives.

Of a network without its last activation, z is the output, p the prediction and a the target, each of shape (outputs,
batch). The cross-entropies take in the last activation: `activation` names the one that the network has to end in, and
`value` and `derivative` are functions of z. So computed, the logarithm is never one of a rounded 0, and the derivative
by z is simply (p − a) / N, with no division by a small p (Bishop, *Pattern Recognition and Machine Learning*, chapter
4.3.6). The squared errors take the network as it is: p = z.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from typing import Literal as L

import numpy as np
from typing_extensions import override

from shapedmat import Matrix, ShapeError, exp, log, log_softmax, relu, sigmoid, softmax

Real = TypeVar("Real", bound=np.floating[Any])
Outputs = TypeVar("Outputs", bound=int)
Batch = TypeVar("Batch", bound=int)

_TOLERANCE = 1e-4
"""By how much the sum of float32 probabilities may differ from 1."""


class Loss(ABC):
    """A function of predictions and targets that training makes small."""

    activation: ClassVar[L["sigmoid", "softmax"] | None] = None
    """The activation that the network has to end in, and that the loss takes in, or None."""

    def __call__(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> float:
        """Return the loss as a number.

        Raises:
            ShapeError: the two have not one shape.
        """
        if z.shape != target.shape:
            raise ShapeError(f"the target has shape {target.shape}, but the network gives {z.shape}")
        return float(self.value(z, target).numpy()[0, 0])

    @abstractmethod
    def value(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> Matrix[Real, L[1], L[1]]:
        """Return the loss, on the device."""

    @abstractmethod
    def derivative(
        self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Outputs, Batch]:
        """Return the derivative of the loss by z."""

    def check(self, target: Matrix[Any, Any, Any]) -> None:  # noqa: B027  # most targets are numbers of any kind
        """Check that the loss has a meaning for all elements of a target.

        Raises:
            ValueError: it has none.
        """


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """Σ (p − a)² / N, over all N elements.

    >>> p = Matrix.from_rows([[1, 2], [3, 4]])
    >>> MeanSquaredError()(p, Matrix.zeros(2, 2))
    7.5
    """

    @override
    def value(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> Matrix[Real, L[1], L[1]]:
        """Return Σ (p − a)² / N."""
        error = z - target
        return error.hadamard(error).mean(axis=0).mean(axis=1)

    @override
    def derivative(
        self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Outputs, Batch]:
        """Return 2 (p − a) / N."""
        return (2 / z.size) * (z - target)


@dataclass(frozen=True)
class SquaredError(Loss):
    """Σ (p − a)² / N for N samples, as in `nets.mnist`: not divided by the number of outputs.

    >>> SquaredError()(Matrix.from_rows([[1, 2], [3, 4]]), Matrix.zeros(2, 2))
    15.0
    """

    @override
    def value(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> Matrix[Real, L[1], L[1]]:
        """Return Σ (p − a)² / N."""
        error = z - target
        return error.hadamard(error).sum(axis=0).mean(axis=1)

    @override
    def derivative(
        self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Outputs, Batch]:
        """Return 2 (p − a) / N."""
        return (2 / z.cols) * (z - target)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """−Σ (a ln p + (1 − a) ln(1 − p)) / N, over all N elements, where p = σ(z): each output is a yes or a no.

    >>> round(BinaryCrossEntropy()(Matrix.from_rows([[0.0, 100.0]]), Matrix.from_rows([[1.0, 0.0]])), 4)
    50.3466
    """

    activation = "sigmoid"

    @override
    def value(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> Matrix[Real, L[1], L[1]]:
        """Return Σ (ln(1 + e^z) − a z) / N, where ln(1 + e^z) = max(z, 0) + ln(1 + e^−|z|)."""
        entropy = relu(z) + log(exp(-abs(z)) + 1) - target * z
        return entropy.mean(axis=0).mean(axis=1)

    @override
    def derivative(
        self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Outputs, Batch]:
        """Return (σ(z) − a) / N."""
        return (1 / z.size) * (sigmoid(z) - target)

    @override
    def check(self, target: Matrix[Any, Any, Any]) -> None:
        """Check that every element of a target is from 0 to 1.

        Raises:
            ValueError: one is not.
        """
        low, high = float(target.min()), float(target.max())
        if not 0 <= low <= high <= 1:
            raise ValueError(f"binary cross-entropy takes targets from 0 to 1, not from {low:g} to {high:g}")


@dataclass(frozen=True)
class CategoricalCrossEntropy(Loss):
    """−Σ a ln p / N for N samples, where p = softmax(z) down each column: each sample is of one class.

    >>> z = Matrix.from_rows([[0.0], [0.0], [0.0], [0.0]])
    >>> round(CategoricalCrossEntropy()(z, Matrix.one_hot([2], 4)), 4)  # ln 4
    1.3863
    """

    activation = "softmax"

    @override
    def value(self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]) -> Matrix[Real, L[1], L[1]]:
        """Return −Σ a (z − ln Σ e^z) / N."""
        return -(target * log_softmax(z)).sum(axis=0).mean(axis=1)

    @override
    def derivative(
        self, z: Matrix[Real, Outputs, Batch], target: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Outputs, Batch]:
        """Return (softmax(z) − a) / N."""
        return (1 / z.cols) * (softmax(z) - target)

    @override
    def check(self, target: Matrix[Any, Any, Any]) -> None:
        """Check that every column of a target holds probabilities, such as a one-hot code.

        Raises:
            ValueError: an element is negative, or a column's sum is not 1.
        """
        sums = target.sum(axis=0)
        if float(target.min()) < 0 or float(abs(sums - 1).max()) > _TOLERANCE:
            raise ValueError(
                "categorical cross-entropy takes columns of numbers from 0 on that sum to 1, such as one-hot codes"
            )
