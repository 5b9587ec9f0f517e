"""Schedules: a rate or an influence as a function of the progress of training, which goes from 0 to 1."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

Progress = TypeVar("Progress", float, np.ndarray[Any, np.dtype[np.float64]])


class Schedule(ABC):
    """A positive number that changes with the progress of training.

    The progress of sample i in epoch e is (e · samples + i) / (epochs · samples); where all samples of an epoch count
    at once, it is e / epochs. It begins at 0 and does not quite reach 1.
    """

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: one is not finite and positive.
        """
        for field in fields(self):  # type: ignore[arg-type]  # the schedules are dataclasses
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{type(self).__name__} takes {field.name} above 0, not {value}")

    @abstractmethod
    def at(self, progress: Progress) -> Progress:
        """Return the value at a progress from 0 to 1, or at each of an array of them."""


@dataclass(frozen=True)
class Exponential(Schedule):
    """start · (end/start)^progress.

    >>> Exponential(4.0, 1.0).at(0.5)
    2.0
    """

    start: float
    end: float

    def at(self, progress: Progress) -> Progress:
        """Return start · (end/start)^progress."""
        ratio: Any = (self.end / self.start) ** progress
        value: Progress = self.start * ratio
        return value


@dataclass(frozen=True)
class Linear(Schedule):
    """start + (end − start) · progress.

    >>> Linear(4.0, 1.0).at(0.5)
    2.5
    """

    start: float
    end: float

    def at(self, progress: Progress) -> Progress:
        """Return start + (end − start) · progress."""
        return self.start + (self.end - self.start) * progress


@dataclass(frozen=True)
class Inverse(Schedule):
    """start / (1 + (start/end − 1) · progress), a part of a hyperbola.

    >>> Inverse(4.0, 1.0).at(0.5)
    1.6
    """

    start: float
    end: float

    def at(self, progress: Progress) -> Progress:
        """Return start / (1 + (start/end − 1) · progress)."""
        return self.start / (1 + (self.start / self.end - 1) * progress)


@dataclass(frozen=True)
class Constant(Schedule):
    """The same value throughout."""

    value: float

    def at(self, progress: Progress) -> Progress:
        """Return the value."""
        return self.value + 0 * progress
