"""Metrics: how far a sample is from each row of the codebook.

Missing features of a sample, which are NaN, are left out, where `best_matching_units` and `train` compute with a
metric: a sum over the others is scaled up by features / present features, so that distances of samples with more and
with fewer features compare. Maxima and cosines are of the present features, and not scaled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

Real = TypeVar("Real", bound=np.floating[Any])
Points = TypeVar("Points", bound=int)
Features = TypeVar("Features", bound=int)


class Metric(ABC):
    """A distance in the space of features.

    A subclass of one's own works wherever a metric does, though not in compiled code, and for complete samples alone.
    """

    @abstractmethod
    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return the distance of each row of `points` from one point.

        Raises:
            ShapeError: the point is not one row as long as the rows.
        """


@dataclass(frozen=True)
class Euclidean(Metric):
    """√(Σ (xᵢ − yᵢ)²)."""

    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return √(Σ (xᵢ − yᵢ)²) of each row x."""
        return points.distances(point)


@dataclass(frozen=True)
class SquaredEuclidean(Metric):
    """Σ (xᵢ − yᵢ)²: the same best matching units as `Euclidean`."""

    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return Σ (xᵢ − yᵢ)² of each row x."""
        differences = points.differences(point)
        return (differences * differences).sum(axis=1)


@dataclass(frozen=True)
class Cosine(Metric):
    """1 − x·y / (‖x‖ ‖y‖), from 0 to 2; 1 where x or y is zero, which has no direction."""

    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return 1 − x·y / (‖x‖ ‖y‖) of each row x."""
        norms = points.row_norms() * float(point.norm())
        return 1 - points @ point.T / (norms + (norms == 0).astype(points.dtype.type))


@dataclass(frozen=True)
class Manhattan(Metric):
    """Σ |xᵢ − yᵢ|."""

    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return Σ |xᵢ − yᵢ| of each row x."""
        return abs(points.differences(point)).sum(axis=1)


@dataclass(frozen=True)
class Chebyshev(Metric):
    """max |xᵢ − yᵢ|."""

    def distances(
        self, points: Matrix[Real, Points, Features], point: Matrix[Real, L[1], Features]
    ) -> Matrix[Real, Points, L[1]]:
        """Return max |xᵢ − yᵢ| of each row x."""
        return abs(points.differences(point)).max(axis=1)
