"""The shapes of Fourier transforms, and what their elements are."""

import numpy as np
from jaxtyping import Complex64, Complex128, Float, Float32, Float64, Int64

from typecheck.plugin.arrays import array


def transforms(
    x: Float64[np.ndarray, "n 16"] = array("n 16"),
    named: Float64[np.ndarray, "n t"] = array("n t"),
    z: Complex128[np.ndarray, "n 9"] = array("n 9", np.complex128),
    even: Complex128[np.ndarray, "n t+1"] = array("n t+1", np.complex128),
    batch: Float64[np.ndarray, "*batch t"] = array("b t"),
) -> None:
    reveal_type(np.fft.fft(x))  # T: Complex128[ndarray, 'n 16']
    reveal_type(np.fft.fft(x, axis=0))  # T: Complex128[ndarray, 'n 16']
    reveal_type(np.fft.fft(x, 32))  # T: Complex128[ndarray, 'n 32']
    reveal_type(np.fft.fft(x, n=None, norm="ortho"))  # T: Complex128[ndarray, 'n 16']
    reveal_type(np.fft.fft(x, n=2 * x.shape[0]))  # T: Complex128[ndarray, 'n 2*n']
    reveal_type(np.fft.ifft(z))  # T: Complex128[ndarray, 'n 9']
    reveal_type(np.fft.rfft(x))  # T: Complex128[ndarray, 'n 9']
    reveal_type(np.fft.rfft(x, axis=0))  # T: Complex128[ndarray, 'n//2+1 16']
    reveal_type(np.fft.rfft(x, n=20))  # T: Complex128[ndarray, 'n 11']
    reveal_type(np.fft.irfft(z))  # T: Float64[ndarray, 'n 16']
    reveal_type(np.fft.irfft(even))  # T: Float64[ndarray, 'n 2*t']
    reveal_type(np.fft.irfft(z, n=17))  # T: Float64[ndarray, 'n 17']
    reveal_type(np.fft.irfft(np.fft.rfft(named), n=named.shape[-1]))  # T: Float64[ndarray, 'n t']
    reveal_type(np.fft.hfft(z))  # T: Float64[ndarray, 'n 16']
    reveal_type(np.fft.hfft(z, 5, 0))  # T: Float64[ndarray, '5 9']
    reveal_type(np.fft.ihfft(x))  # T: Complex128[ndarray, 'n 9']
    reveal_type(np.fft.fft(batch))  # T: Complex128[ndarray, '*batch t']
    reveal_type(np.fft.rfft(batch, n=8))  # T: Complex128[ndarray, '*batch 5']


def transforms_of_several_axes(
    images: Float64[np.ndarray, "b 8 16"] = array("b 8 16"),
    z: Complex128[np.ndarray, "b 8 9"] = array("b 8 9", np.complex128),
) -> None:
    reveal_type(np.fft.fft2(images))  # T: Complex128[ndarray, 'b 8 16']
    reveal_type(np.fft.ifft2(z))  # T: Complex128[ndarray, 'b 8 9']
    reveal_type(np.fft.fft2(images, s=(32, 32)))  # T: Complex128[ndarray, 'b 32 32']
    reveal_type(np.fft.fft2(images, axes=(0, 1)))  # T: Complex128[ndarray, 'b 8 16']
    reveal_type(np.fft.rfft2(images))  # T: Complex128[ndarray, 'b 8 9']
    reveal_type(np.fft.rfft2(images, s=(4, 6)))  # T: Complex128[ndarray, 'b 4 4']
    reveal_type(np.fft.irfft2(z))  # T: Float64[ndarray, 'b 8 16']
    reveal_type(np.fft.irfft2(z, s=(8, 17)))  # T: Float64[ndarray, 'b 8 17']
    reveal_type(np.fft.fftn(images))  # T: Complex128[ndarray, 'b 8 16']
    reveal_type(np.fft.ifftn(z, axes=[1]))  # T: Complex128[ndarray, 'b 8 9']
    reveal_type(np.fft.fftn(images, s=[5, -1], axes=[0, 1]))  # T: Complex128[ndarray, '5 8 16']
    reveal_type(np.fft.rfftn(images))  # T: Complex128[ndarray, 'b 8 9']
    reveal_type(np.fft.rfftn(images, axes=(2, 1)))  # T: Complex128[ndarray, 'b 5 16']
    reveal_type(np.fft.irfftn(z))  # T: Float64[ndarray, 'b 8 16']
    reveal_type(np.fft.irfftn(z, s=(8, 16), axes=(1, 2)))  # T: Float64[ndarray, 'b 8 16']


def frequencies(
    x: Float32[np.ndarray, "n t"] = array("n t", np.float32),
) -> None:
    reveal_type(np.fft.fftfreq(16))  # T: Float64[ndarray, '16']
    reveal_type(np.fft.fftfreq(x.shape[1], d=0.1))  # T: Float64[ndarray, 't']
    reveal_type(np.fft.rfftfreq(16, 1 / 44_100))  # T: Float64[ndarray, '9']
    reveal_type(np.fft.rfftfreq(n=len(x)))  # T: Float64[ndarray, 'n//2+1']
    reveal_type(np.fft.fftshift(x))  # T: Float32[ndarray, 'n t']
    reveal_type(np.fft.fftshift(np.fft.fft2(x), axes=(0,)))  # T: Complex64[ndarray, 'n t']
    reveal_type(np.fft.ifftshift(x, axes=1))  # T: Float32[ndarray, 'n t']
    reveal_type(np.fft.fftshift(np.fft.fftfreq(x.shape[0])))  # T: Float64[ndarray, 'n']
    reveal_type(np.abs(np.fft.rfft(x)) ** 2)  # T: Float32[ndarray, 'n t//2+1']


def elements(
    single: Float32[np.ndarray, "n t"] = array("n t", np.float32),
    any_float: Float[np.ndarray, "n t"] = array("n t"),
    whole: Int64[np.ndarray, "n t"] = array("n t", np.int64),
    complex_: Complex64[np.ndarray, "n t"] = array("n t", np.complex64),
) -> None:
    reveal_type(np.fft.fft(single))  # T: Complex64[ndarray, 'n t']
    reveal_type(np.fft.fft(any_float))  # T: Complex[ndarray, 'n t']
    reveal_type(np.fft.fft(whole))  # T: Complex128[ndarray, 'n t']
    reveal_type(np.fft.fft(complex_))  # T: Complex64[ndarray, 'n t']
    reveal_type(np.fft.ifft(complex_, norm="forward"))  # T: Complex64[ndarray, 'n t']
    reveal_type(np.fft.rfft(single))  # T: Complex64[ndarray, 'n t//2+1']
    reveal_type(np.fft.irfft(complex_, 8))  # T: Float32[ndarray, 'n 8']
    reveal_type(np.fft.irfft2(complex_))  # T: Float32[ndarray, 'n 2*t-2']
    reveal_type(np.fft.irfft(any_float))  # T: Float[ndarray, 'n 2*t-2']
    reveal_type(np.fft.fft([1.0, 2.0, 3.0]))  # T: Complex128[ndarray, '3']
