"""Fourier transforms of which not everything is known."""

from typing import Any

import numpy as np
from jaxtyping import Complex, Complex64, Complex128, Float, Float32, Float64, Shaped
from numpy.typing import NDArray


def filtered(x: Float64[np.ndarray, "n t"], gains: Float64[np.ndarray, " t//2+1"]) -> Float64[np.ndarray, "n t"]:
    return np.fft.irfft(np.fft.rfft(x) * gains, n=x.shape[-1])


def single(x: Float32[np.ndarray, "n t"]) -> Complex64[np.ndarray, "n t"]:
    return np.fft.fft(x)


def single_of_unknown_shape(x: Float32[np.ndarray, "..."]) -> Complex64[np.ndarray, "..."]:
    return np.fft.fft(x)


def of_any_precision(x: Float[np.ndarray, "n t"]) -> Complex[np.ndarray, "n t"]:
    return np.fft.fftn(x)


def padded(x: Float64[np.ndarray, " t"], points: int) -> Complex128[np.ndarray, " k"]:
    return np.fft.fft(x, points)


def maybe_padded(x: Float64[np.ndarray, " t"], points: int | None = None) -> Complex128[np.ndarray, " k"]:
    return np.fft.fft(x, points)


def on_axis(x: Shaped[np.ndarray, "n t"], axis: int) -> Shaped[np.ndarray, "n t"]:
    return np.fft.fft(x, axis=axis)


def spectrum(image: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log1p(np.abs(np.fft.fftshift(np.fft.fft2(image))))


def convolved(a: Float64[np.ndarray, " n"], b: Float64[np.ndarray, " m"]) -> Float64[np.ndarray, " n+m-1"]:
    size = len(a) + len(b) - 1
    return np.fft.irfft(np.fft.rfft(a, size) * np.fft.rfft(b, size), size)


def written(x: Float64[np.ndarray, "n t"]) -> Complex128[np.ndarray, "n t"]:
    result = np.empty(x.shape, dtype=np.complex128)
    return np.fft.fft(x, out=result)


def frequencies(n: int, spacing: float) -> Any:
    return np.fft.fftfreq(n, d=spacing), np.fft.rfftfreq(n, spacing), np.fft.fftfreq(3, np.ones(3))


def main() -> None:
    x = np.ones((2, 8))
    filtered(x, np.ones(5))
    single(x.astype(np.float32))
    single_of_unknown_shape(x.astype(np.float32))
    of_any_precision(x)
    padded(x[0], 16)
    maybe_padded(x[0])
    on_axis(x, 0)
    spectrum(x)
    assert convolved(np.ones(3), np.ones(4)).shape == (6,)
    written(x)
    frequencies(8, 0.1)
