"""Random starts for weight matrices, drawn in float64 on the host, so that a seed gives the same on every backend.

A weight matrix of shape (rows, cols) maps cols inputs to rows outputs: its fan-in is cols and its fan-out is rows.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

Seed: TypeAlias = np.random.Generator | int | None
"""A generator, or a seed for a new one; None seeds from the operating system."""

Draw: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def normal(shape: tuple[int, int], seed: Seed, mean: float, std: float) -> Draw:
    """Draw from the normal distribution N(mean, std²)."""
    return np.random.default_rng(seed).normal(mean, std, shape)


def uniform(shape: tuple[int, int], seed: Seed, low: float, high: float) -> Draw:
    """Draw from the uniform distribution on [low, high)."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def xavier(shape: tuple[int, int], seed: Seed, gain: float) -> Draw:
    """Draw from U[-a, a) with a = gain · √(6 / (fan_in + fan_out)).

    It keeps the variance of activations and of gradients from layer to layer (Glorot & Bengio, 2010, eq. 16).
    """
    limit = gain * math.sqrt(6 / max(1, sum(shape)))
    return uniform(shape, seed, -limit, limit)


def he(shape: tuple[int, int], seed: Seed) -> Draw:
    """Draw from N(0, 2 / fan_in), which suits rectified linear units (He et al., 2015, eq. 10)."""
    return normal(shape, seed, 0.0, math.sqrt(2 / max(1, shape[1])))
