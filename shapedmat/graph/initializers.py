"""How the parameters of a graph start: each function returns what draws the elements for a shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from shapedmat import initializers
from shapedmat.construction import Numbers

Initializer: TypeAlias = Callable[[tuple[int, int], np.random.Generator], np.ndarray[Any, np.dtype[Any]]]
"""Takes a shape and a generator of random numbers, and returns as many elements."""


def constant(value: float) -> Initializer:
    """Start with one value everywhere."""
    return lambda shape, _: np.full(shape, value)


def array(rows: Numbers) -> Initializer:
    """Start with these numbers, row by row."""
    return lambda _shape, _rng: np.array(rows)


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Draw from the uniform distribution on [low, high)."""
    return lambda shape, rng: initializers.uniform(shape, rng, low, high)


def normal(mean: float = 0.0, std: float = 1.0) -> Initializer:
    """Draw from the normal distribution N(mean, std²)."""
    return lambda shape, rng: initializers.normal(shape, rng, mean, std)


def xavier(gain: float = 1.0) -> Initializer:
    """Draw by `shapedmat.initializers.xavier`, which treats inputs and outputs alike."""
    return lambda shape, rng: initializers.xavier(shape, rng, gain)


def he() -> Initializer:
    """Draw by `shapedmat.initializers.he` for weights of shape (inputs, outputs): from N(0, 2 / inputs)."""
    return lambda shape, rng: initializers.he((shape[1], shape[0]), rng).T
