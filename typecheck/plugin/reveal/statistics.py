"""What searching, differences, slopes and convolutions make of shapes and of element types."""

import numpy as np
from jaxtyping import Complex128, Float32, Float64, Int64

from typecheck.plugin.arrays import array


def searches(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    edges: Float64[np.ndarray, "k"] = np.sort(array("k")),
    order: Int64[np.ndarray, "k"] = np.arange(11),
) -> None:
    reveal_type(np.digitize(x, edges))  # T: Int64[ndarray, 'n m']
    reveal_type(np.searchsorted(edges, x))  # T: Int64[ndarray, 'n m']
    reveal_type(np.searchsorted(edges, [1, 2, 3], side="right"))  # T: Int64[ndarray, '3']
    reveal_type(np.searchsorted(edges, x, sorter=order))  # T: Int64[ndarray, 'n m']
    reveal_type(edges.searchsorted(x))  # T: Int64[ndarray, 'n m']


def differences(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float64[np.ndarray, "9 4"] = array("9 4"),
    row: Float64[np.ndarray, "m+1"] = array("m+1"),
    count: Int64[np.ndarray, "n"] = array("n", np.int64),
) -> None:
    reveal_type(np.diff(x))  # T: Float64[ndarray, 'n m-1']
    reveal_type(np.diff(x, axis=0))  # T: Float64[ndarray, 'n-1 m']
    reveal_type(np.diff(y, n=2, axis=0))  # T: Float64[ndarray, '7 4']
    reveal_type(np.diff(y, 2))  # T: Float64[ndarray, '9 2']
    reveal_type(np.diff(row))  # T: Float64[ndarray, 'm']
    reveal_type(np.diff(count, prepend=0))  # T: Int64[ndarray, 'n']
    reveal_type(np.diff(count, append=[1, 2]))  # T: Int64[ndarray, 'n+1']
    reveal_type(np.ediff1d(y))  # T: Float64[ndarray, '35']
    reveal_type(np.ediff1d(count, to_begin=0, to_end=[1, 2]))  # T: Int64[ndarray, 'n+2']


def slopes(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float64[np.ndarray, "n"] = np.arange(5.0),
    count: Int64[np.ndarray, "k"] = array("k", np.int64),
) -> None:
    reveal_type(np.gradient(y))  # T: Float64[ndarray, 'n']
    reveal_type(np.gradient(y[:, None, None] + x, axis=(0, 2)))  # T: tuple[Float64[ndarray, 'n n m'], Float64[ndarray, 'n n m']]
    reveal_type(np.gradient(x))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(np.gradient(x, axis=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.gradient(x, np.apply_along_axis(np.sum, 1, x), axis=0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.gradient(x, 0.5))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(np.gradient(x, y, 0.5))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'n m']]
    reveal_type(np.gradient(y, y))  # T: Float64[ndarray, 'n']
    reveal_type(np.gradient(count, 2.0, edge_order=2))  # T: Float64[ndarray, 'k']


def convolutions(
    signal: Float64[np.ndarray, "n"] = array("n"),
    other: Float64[np.ndarray, "m"] = array("m"),
    samples: Float64[np.ndarray, "9"] = array("9"),
    single: Float32[np.ndarray, "9"] = array("9", np.float32),
    wave: Complex128[np.ndarray, "3"] = array("3", np.complex128),
) -> None:
    reveal_type(np.convolve(signal, other))  # T: Float64[ndarray, 'm+n-1']
    reveal_type(np.convolve(signal, [1, 2, 1]))  # T: Float64[ndarray, 'n+2']
    reveal_type(np.convolve(samples, [1, 2, 1], mode="valid"))  # T: Float64[ndarray, '7']
    reveal_type(np.convolve(samples, [1, 2, 1], "same"))  # T: Float64[ndarray, '9']
    reveal_type(np.convolve(single, single))  # T: Float32[ndarray, '17']
    reveal_type(np.convolve(samples, wave))  # T: Complex128[ndarray, '11']
    reveal_type(np.correlate(samples, samples))  # T: Float64[ndarray, '1']
    reveal_type(np.correlate(samples, [1, 2, 1], mode="full"))  # T: Float64[ndarray, '11']
