"""Time series: windows, spectra, smoothing, resampling and batches of examples."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Complex, Float, Int, Shaped
from numpy.lib.stride_tricks import sliding_window_view


@runtime_checkable
class Transform(Protocol):
    """Anything that maps a batch of series to one of the same shape."""

    def __call__(self, x: Float[np.ndarray, "batch time channel"]) -> Float[np.ndarray, "batch time channel"]: ...


class Scaling(NamedTuple):
    """Means and deviations of channels."""

    mean: Float[np.ndarray, " channel"]
    std: Float[np.ndarray, " channel"]


class Examples(NamedTuple):
    """What is known, and what is to be predicted."""

    inputs: Float[np.ndarray, "batch past channel"]
    targets: Float[np.ndarray, "batch future channel"]


def fit_scaling(x: Float[np.ndarray, "batch time channel"]) -> Scaling:
    """Measure each channel over all series and times."""
    x = x.reshape(-1, x.shape[-1])
    return Scaling(x.mean(axis=0), x.std(axis=0) + 1e-12)


def standardize(
    x: Float[np.ndarray, "batch time channel"],
    mean: Float[np.ndarray, " channel"],
    std: Float[np.ndarray, " channel"],
) -> Float[np.ndarray, "batch time channel"]:
    """Give each channel mean 0 and deviation 1."""
    return (x - mean) / std


def detrend(x: Float[np.ndarray, "batch time channel"]) -> Float[np.ndarray, "batch time channel"]:
    """Subtract the straight line that fits each series best."""
    time = x.shape[1]
    t = np.linspace(-1.0, 1.0, time)
    level = x.mean(axis=1, keepdims=True)
    slope = np.einsum("t,btc->bc", t, x) / (t**2).sum()
    return x - level - slope[:, None, :] * t[None, :, None]


def apply_all(
    x: Float[np.ndarray, "batch time channel"], transforms: list[Transform]
) -> Float[np.ndarray, "batch time channel"]:
    """Apply one transform after the other."""
    for transform in transforms:
        x = transform(x)
    return x


def differences(x: Float[np.ndarray, "batch time channel"]) -> Float[np.ndarray, "batch time-1 channel"]:
    """Return the steps of each series."""
    return x[:, 1:] - x[:, :-1]


def moving_average(x: Float[np.ndarray, " time"], width: int) -> Float[np.ndarray, " time"]:
    """Average over a window around each time."""
    weights = np.ones(width) / width
    return np.convolve(x, weights, mode="same")


def exponential_smoothing(x: Float[np.ndarray, "time channel"], alpha: float) -> Float[np.ndarray, "time channel"]:
    """Forget the past exponentially."""
    smooth = np.empty_like(x)
    state = x[0]
    for t in range(x.shape[0]):
        state = alpha * x[t] + (1.0 - alpha) * state
        smooth[t] = state
    return smooth


def windows(
    x: Float[np.ndarray, "time channel"], width: int, step: int = 1
) -> Float[np.ndarray, "window width channel"]:
    """Cut a series into windows that overlap."""
    views = sliding_window_view(x, width, axis=0)
    views = views[::step]
    return np.swapaxes(views, 1, 2)


def frames(x: Float[np.ndarray, " time"], width: int, hop: int) -> Float[np.ndarray, "frame width"]:
    """Cut one channel into frames, by an array of indices."""
    starts = np.arange(0, len(x) - width + 1, hop)
    indices = starts[:, None] + np.arange(width)[None, :]
    return x[indices]


def hann(width: int) -> Float[np.ndarray, " width"]:
    """Return a raised cosine."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(width) / width)


def spectrum(x: Float[np.ndarray, "frame width"]) -> Complex[np.ndarray, "frame width//2+1"]:
    """Transform windowed frames."""
    window = hann(x.shape[1])
    return np.fft.rfft(x * window, axis=1)


def power(spectra: Complex[np.ndarray, "frame bin"]) -> Float[np.ndarray, "frame bin"]:
    """Return the squared magnitudes."""
    return spectra.real**2 + spectra.imag**2


def filterbank(bins: int, bands: int) -> Float[np.ndarray, "bins bands"]:
    """Return triangles of equal width."""
    centers = np.linspace(0.0, bins - 1.0, bands + 2)[1:-1]
    spacing = (bins - 1.0) / (bands + 1.0)
    distance = np.abs(np.arange(bins)[:, None] - centers)
    return np.maximum(0.0, 1.0 - distance / spacing)


def log_bands(
    powers: Float[np.ndarray, "frame bin"], bank: Float[np.ndarray, "bin band"]
) -> Float[np.ndarray, "frame band"]:
    """Return the logarithms of the power in each band."""
    return np.log(powers @ bank + 1e-10)


def lowpass(x: Float[np.ndarray, "batch time"], cutoff: int) -> Float[np.ndarray, "batch time"]:
    """Remove high frequencies."""
    spectra = np.fft.rfft(x)
    spectra[:, cutoff:] = 0.0
    return np.fft.irfft(spectra, n=x.shape[1])


def autocorrelation(x: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Return the correlation with the shifted series, for all shifts."""
    centered = x - x.mean()
    full = np.correlate(centered, centered, mode="full")
    half = full[len(x) - 1 :]
    return half / half[0]


def cross_correlation(x: Float[np.ndarray, "time channel"]) -> Float[np.ndarray, "channel channel"]:
    """Return the correlations of the channels."""
    return np.corrcoef(x, rowvar=False)


def resample(
    x: Float[np.ndarray, "old channel"], times: Float[np.ndarray, " old"], new_times: Float[np.ndarray, " new"]
) -> Float[np.ndarray, "new channel"]:
    """Interpolate each channel at new times."""
    columns = [np.interp(new_times, times, column) for column in x.T]
    return np.stack(columns, axis=-1)


def make_examples(x: Float[np.ndarray, "time channel"], past: int, future: int) -> Examples:
    """Return every stretch of a series, parted in past and future."""
    cut = windows(x, past + future)
    return Examples(cut[:, :past], cut[:, past:])


def minibatches(
    examples: Examples, size: int, rng: np.random.Generator
) -> Iterator[tuple[Float[np.ndarray, "b past channel"], Float[np.ndarray, "b future channel"]]]:
    """Yield the examples in random order."""
    order: Int[np.ndarray, " batch"] = rng.permutation(len(examples.inputs))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        yield examples.inputs[chosen], examples.targets[chosen]


def persistence(
    inputs: Float[np.ndarray, "batch past channel"], future: int
) -> Float[np.ndarray, "batch future channel"]:
    """Predict that nothing changes."""
    return np.repeat(inputs[:, -1:, :], future, axis=1)


def mean_absolute_error(
    predicted: Float[np.ndarray, "*shape"],
    wanted: Float[np.ndarray, "*shape"],
    mask: Bool[np.ndarray, "*shape"] | None = None,
) -> float:
    """Average the errors, of those in the mask if there is one."""
    errors = np.abs(predicted - wanted)
    if mask is not None:
        errors = errors[mask]
    return float(errors.mean())


def pad_batch(
    series: list[Float[np.ndarray, "_ channel"]],
) -> tuple[Float[np.ndarray, "batch time channel"], Bool[np.ndarray, "batch time"]]:
    """Put series of several lengths into one array, and say where it is filled."""
    lengths = np.array([len(each) for each in series])
    time = int(lengths.max())
    batch = np.zeros((len(series), time, series[0].shape[1]))
    for i, each in enumerate(series):
        batch[i, : len(each)] = each
    return batch, np.arange(time) < lengths[:, None]


def take_last(
    x: Shaped[np.ndarray, "batch time *rest"], lengths: Int[np.ndarray, " batch"]
) -> Shaped[np.ndarray, " batch *rest"]:
    """Return the last filled step of each series."""
    return x[np.arange(x.shape[0]), lengths - 1]


def row_norms(x: Float[np.ndarray, "time channel"]) -> Float[np.ndarray, " time"]:
    """Return the length of each row."""
    return np.linalg.norm(x, axis=1)


def cumulative_energy(
    x: Float[np.ndarray, "time channel"],
    norm: Callable[[Float[np.ndarray, "time channel"]], Float[np.ndarray, " time"]] | None = None,
) -> Float[np.ndarray, " time"]:
    """Add up the squared lengths of the steps."""
    if norm is None:
        norm = row_norms
    return np.cumsum(norm(x) ** 2)


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4, 32, 3)) + np.arange(32.0)[None, :, None]
    mean, std = fit_scaling(x)
    scaled = apply_all(x, [detrend, partial(standardize, mean=mean, std=std)])
    assert scaled.shape == x.shape
    assert np.abs(detrend(x).mean(axis=1)).max() < 1e-9
    assert np.allclose(np.cumsum(differences(x), axis=1) + x[:, :1], x[:, 1:])

    series = x[0]
    assert np.allclose(moving_average(np.ones(9), 3)[1:-1], 1.0)
    assert np.allclose(exponential_smoothing(series, 1.0), series)
    assert np.allclose(windows(series, 8, 4)[1], series[4:12])
    tone = np.sin(2.0 * np.pi * np.arange(128) / 8.0)
    cut = frames(tone, 16, 4)
    powers = power(spectrum(cut))
    assert powers.shape == (29, 9)
    assert (powers.argmax(axis=1) == 2).all()
    assert log_bands(powers, filterbank(9, 4)).shape == (29, 4)
    assert np.allclose(lowpass(tone[None], 10), 0.0, atol=1e-9)
    assert np.isclose(autocorrelation(tone)[8], 120 / 128, atol=1e-2)
    assert np.allclose(np.diag(cross_correlation(series)), 1.0)
    assert np.allclose(resample(series, np.arange(32.0), np.arange(0.0, 31.0, 2.0)), series[:31:2])

    examples = make_examples(series, 6, 2)
    assert examples.inputs.shape == (25, 6, 3)
    total = sum(len(past) for past, _ in minibatches(examples, 10, rng))
    assert total == 25
    guess = persistence(examples.inputs, 2)
    error = mean_absolute_error(guess, examples.targets)
    assert error > mean_absolute_error(guess, examples.targets, np.abs(guess - examples.targets) < error)
    batch, filled = pad_batch([series[:5], series[:9]])
    assert filled.sum(axis=1).tolist() == [5, 9]
    assert np.allclose(take_last(batch, np.array([5, 9])), series[[4, 8]])
    assert np.allclose(cumulative_energy(series)[-1], (series**2).sum())
    assert np.allclose(cumulative_energy(series, lambda steps: steps[:, 0])[-1], (series[:, 0] ** 2).sum())
