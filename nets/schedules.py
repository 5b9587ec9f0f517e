"""Learning-rate schedules: by what the rate of each step of a training run is multiplied."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int, int], float]
"""Takes a step, counted from 0, and the number of all steps; returns the fraction of the first learning rate."""


@dataclass(frozen=True)
class Constant:
    """The same learning rate in every step."""

    def __call__(self, step: int, steps: int) -> float:  # noqa: ARG002  # as every schedule is called
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Cosine:
    """A learning rate that falls along half a cosine, from 1 in the first step to `final` in the last.

    In step i of n it is f + (1 − f) (1 + cos(π i / (n − 1))) / 2, with f for `final` (Loshchilov & Hutter, "SGDR:
    Stochastic Gradient Descent with Warm Restarts", 2017, with no restart).

    >>> [round(Cosine(0.1)(step, 5), 3) for step in range(5)]
    [1.0, 0.868, 0.55, 0.232, 0.1]

    Raises:
        ValueError: `final` is not a fraction from 0 to 1.
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        """Check the fraction."""
        if not 0 <= self.final <= 1:
            raise ValueError(f"final is {self.final}, but a fraction from 0 to 1 is wanted")

    def __call__(self, step: int, steps: int) -> float:
        """Return the fraction of the first learning rate."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * step / max(steps - 1, 1))) / 2
