"""What programs do every day: numbers out of arrays, defaults, loops."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int64

from typecheck.plugin.arrays import array

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.floating]]
Table: TypeAlias = Float[Floats, "n m"]
Row: TypeAlias = Float[np.ndarray[Any, np.dtype[np.float64]], " m"]


def numbers(x: Float64[np.ndarray, "n m"] = array("n m"), v: Float64[np.ndarray, "m"] = array("m")) -> None:
    mean = x.mean()
    reveal_type(mean)  # T: Number[Float64]
    reveal_type(np.max(x))  # T: Number[Float64]
    reveal_type(v @ v)  # T: Number[Float64]
    reveal_type(x[0, 1])  # T: Number[Float64]
    reveal_type(np.sqrt(2.0))  # T: Number[Float64]
    reveal_type(-mean)  # T: Number[Float64]
    reveal_type(abs(mean))  # T: Number[Float64]
    reveal_type(2 * mean - 1.0)  # T: Number[Float64]
    reveal_type(mean / mean)  # T: Number[Float64]
    reveal_type(round(mean, 2))  # T: Number[Float64]
    reveal_type(max(mean, 0.0))  # T: Number[Float64]


def numbers_and_arrays(
    x: Float64[np.ndarray, "n m"] = array("n m"), f: Float32[np.ndarray, "n"] = array("n", np.float32)
) -> None:
    reveal_type((x - x.mean()) / x.std())  # T: Float64[ndarray, 'n m']
    reveal_type(x.mean() * x)  # T: Float64[ndarray, 'n m']
    reveal_type(-x.mean() - x[0])  # T: Float64[ndarray, 'm']
    reveal_type(np.sqrt(2.0) / x.sum() * x)  # T: Float64[ndarray, 'n m']
    reveal_type(f * x.mean())  # T: Float64[ndarray, 'n']
    reveal_type(f.max() * f)  # T: Float32[ndarray, 'n']
    reveal_type(np.diag([x.mean(), x.std(), 1.0]))  # T: Float64[ndarray, '3 3']
    reveal_type(x > x.mean())  # T: Bool[ndarray, 'n m']


def numbers_as_indices(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    places: Int64[np.ndarray, "k"] = array("k", np.int64),
    chosen: Bool[np.ndarray, "n"] = array("n", np.bool_),
) -> None:
    reveal_type(places[0])  # T: Number[Int64]
    reveal_type(x[places[0]])  # T: Float64[ndarray, 'm']
    reveal_type(x[places.min() + 1])  # T: Float64[ndarray, 'm']
    reveal_type(x[1, chosen[:3].sum()])  # T: Number[Float64]


def default(x: Float[np.ndarray, "n 3"] = array("n 3"), center: Float[np.ndarray, "3"] | None = None) -> None:
    if center is None:
        center = np.zeros(3)
    reveal_type(center)  # T: Float[ndarray, '3']
    reveal_type(x - center)  # T: Float[ndarray, 'n 3']


def loop(step: Float[np.ndarray, "n n"] = array("n n"), start: Float[np.ndarray, "n"] = array("n")) -> None:
    x = start
    states = []
    for _ in range(3):
        x = step @ x + np.ones(len(start))
        states.append(x)
    reveal_type(x)  # T: Float[ndarray, 'n']
    reveal_type(states[-1])  # T: Float[ndarray, 'n']


def aliases(table: Table = array("n m"), row: Row = array("m")) -> None:
    reveal_type(table)  # T: Float[ndarray, 'n m']
    reveal_type(row)  # T: Float64[ndarray, 'm']
    reveal_type(table * row)  # T: Float64[ndarray, 'n m']


def windows(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    reveal_type(np.hanning(len(x)))  # T: Float64[ndarray, 'n']
    reveal_type(np.hamming(8))  # T: Float64[ndarray, '8']
    reveal_type(np.blackman(len(x)) * x)  # T: Float64[ndarray, 'n']
    reveal_type(np.bartlett(-3))  # T: Float64[ndarray, '0']
    reveal_type(np.kaiser(len(x), 8.6))  # T: Float64[ndarray, 'n']


def grids(low: Float64[np.ndarray, "k"] = array("k")) -> None:
    axes = [np.linspace(a, a + 1.0, 2) for a in low[:3]]
    grid = np.meshgrid(*axes)
    reveal_type([each.ravel() for each in grid])  # T: list[Shaped[ndarray, '_']]


def open_key(x: Float64[np.ndarray, "n m *rest"] = array("n m k")) -> None:
    reveal_type(x[np.arange(len(x)), 0])  # T: Float64[ndarray, 'n *rest']
    reveal_type(x[:, 0])  # T: Float64[ndarray, 'n *rest']
    reveal_type(x[:, :2])  # T: Float64[ndarray, 'n _ *rest']
