"""Neighbourhood functions: how strongly a neuron follows the best matching unit, by its latent distance d from it.

All are 1 at the unit itself. The influence says how far they reach; schedules shrink it while a map is trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from shapedmat import Matrix, exp, relu

Real = TypeVar("Real", bound=np.floating[Any])
Units = TypeVar("Units", bound=int)
Neurons = TypeVar("Neurons", bound=int)


class Neighbourhood(ABC):
    """A function of the latent distance and the influence, for every element of a matrix of distances.

    A subclass of one's own works in every training rule, though not in compiled code, which knows the ones here.

    Attributes:
        has_negative_strengths: whether it pushes some neurons away, so that there are no averages by it.
    """

    has_negative_strengths: ClassVar[bool] = False

    @abstractmethod
    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return the strength at each of the distances."""

    def influence_of(self, radius: float) -> float:
        """Return the influence that makes this function as wide as a Gaussian with that standard deviation."""
        return radius


@dataclass(frozen=True)
class Gaussian(Neighbourhood):
    """The bell curve exp(−d² / (2 influence²)): the influence is its standard deviation.

    >>> Gaussian().strengths(Matrix.from_rows([[0.0, 2.0]], dtype=np.float64), 2.0).numpy().round(4)
    array([[1.    , 0.6065]])
    """

    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return exp(−d² / (2 influence²))."""
        return exp(distances * distances * (-0.5 / influence**2))


@dataclass(frozen=True)
class VarianceGaussian(Neighbourhood):
    """The bell curve exp(−d² / (2 influence)): the influence is its variance.

    >>> VarianceGaussian().strengths(Matrix.from_rows([[0.0, 2.0]], dtype=np.float64), 4.0).numpy().round(4)
    array([[1.    , 0.6065]])
    """

    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return exp(−d² / (2 influence))."""
        return exp(distances * distances * (-0.5 / influence))

    def influence_of(self, radius: float) -> float:
        """Return the square of the radius."""
        return radius**2


@dataclass(frozen=True)
class Bubble(Neighbourhood):
    """1 as far as the influence reaches, d ≤ influence, and 0 beyond."""

    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return 1 where d ≤ influence, else 0."""
        return (distances <= influence).astype(distances.dtype.type)


@dataclass(frozen=True)
class Triangle(Neighbourhood):
    """The cone max(0, 1 − d / influence)."""

    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return max(0, 1 − d / influence)."""
        return relu(1 - distances * (1 / influence))


@dataclass(frozen=True)
class MexicanHat(Neighbourhood):
    """The Ricker wavelet (1 − d²/influence²) exp(−d² / (2 influence²)).

    It is negative beyond the influence: neurons there are pushed away from the sample. The averages of batch training
    allow for no negative weights, so `Batch` and `MiniBatch` refuse it.
    """

    has_negative_strengths = True

    def strengths(self, distances: Matrix[Real, Units, Neurons], influence: float) -> Matrix[Real, Units, Neurons]:
        """Return (1 − d²/influence²) exp(−d² / (2 influence²))."""
        squared = distances * distances * (1 / influence**2)
        return (1 - squared) * exp(squared * -0.5)
