"""Fourier transforms over axes that are not there."""

import numpy as np
from jaxtyping import Complex128, Float64

from typecheck.plugin.arrays import array


def axis(x: Float64[np.ndarray, "n t"] = array("n t")) -> None:
    # E: cannot take the Fourier transform of (n, t) over axis 2: it has 2 axes [shape]
    # R: IndexError: tuple index out of range
    np.fft.fft(x, axis=2)


def no_points(x: Float64[np.ndarray, "n t"] = array("n t")) -> None:
    # E: cannot take the Fourier transform of (n, t) over axis 1: it is of 0 points [shape]
    # R: ValueError: Invalid number of FFT data points (0)
    np.fft.rfft(x, 0)


def two_axes(x: Float64[np.ndarray, "t"] = array("t")) -> None:
    # E: cannot take the Fourier transform of (t,) over axis -2: it has 1 axis [shape]
    # R: IndexError: index -2 is out of bounds for axis 0 with size 1
    np.fft.fft2(x)


def sizes_and_axes(x: Float64[np.ndarray, "n t"] = array("n t")) -> None:
    # E: cannot take the Fourier transform of (n, t): the numbers of sizes and of axes, 1 and 2, differ [shape]
    # R: ValueError: Shape and axes have different lengths
    np.fft.fftn(x, s=(8,), axes=(0, 1))


def real_without_axes(x: Float64[np.ndarray, "n t"] = array("n t")) -> None:
    # E: cannot take the Fourier transform of (n, t) as real numbers: at least 1 axis is wanted [shape]
    # R: IndexError
    np.fft.rfftn(x, axes=())


def shift(x: Float64[np.ndarray, "n t"] = array("n t")) -> None:
    # E: cannot shift the frequencies of (n, t) over axis 3: it has 2 axes [shape]
    # R: IndexError
    np.fft.fftshift(x, axes=3)


def frequencies() -> None:
    # E: cannot make the frequencies of 0 points: at least 1 is wanted [shape]
    # R: ZeroDivisionError
    np.fft.fftfreq(0)


def lost_half(
    x: Float64[np.ndarray, "n 9"] = array("n 9"), h: Complex128[np.ndarray, "9"] = array("9", complex)
) -> None:
    # E: cannot multiply (n, 5) by (9,): sizes 5 and 9 on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together
    np.fft.rfft(x) * h
