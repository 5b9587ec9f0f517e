"""Online training in blocks of samples: as one step after another, wherever the samples lie, and however many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import Constant, Gaussian, Online, Rectangular, SelfOrganizingMap, train
from nets.som.kernels.blocks import SAMPLES, centre_of, in_tiles, out_of_tiles
from shapedmat import Matrix

_SQUARE = Rectangular(5, 5)


def by_steps(
    w: np.ndarray[Any, Any], x: np.ndarray[Any, Any], apart: np.ndarray[Any, Any], rate: float
) -> np.ndarray[Any, Any]:
    """Return the codebook after a step for each sample in float64, with a Gaussian of width 1.5."""
    w = w.astype(np.float64)
    for sample in x.astype(np.float64):
        unit = ((w - sample) ** 2).sum(axis=1).argmin()
        w += rate * np.exp(-(apart[unit] ** 2) / (2 * 1.5**2))[:, None] * (sample - w)
    return w


def trained(x: np.ndarray[Any, Any], start: np.ndarray[Any, Any], rate: float, topology: Any = _SQUARE) -> Any:
    """Return a map of five by five neurons, or on another topology, after an epoch."""
    som: Any = SelfOrganizingMap.on(topology, Matrix.from_array(start))
    train(som, Matrix.from_array(x), rule=Online(shuffle=False), epochs=1, rate=Constant(rate), influence=Constant(1.5))
    return som


@pytest.mark.parametrize("count", [1, SAMPLES - 1, SAMPLES, SAMPLES + 1, 5 * SAMPLES + 3])
def test_any_number_of_samples(count: int) -> None:
    """Blocks that are full, and a last one that is not, make the steps of single samples."""
    x, start = np.random.default_rng(0).normal(size=(count, 3)), np.random.default_rng(1).normal(size=(25, 3))
    som = trained(x, start, 0.4)
    expected = by_steps(start, x, som.topology.distances.numpy(), 0.4)
    np.testing.assert_allclose(som.codebook.numpy(), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-15)])
def test_samples_far_from_the_origin(dtype: Any, tolerance: float) -> None:
    """Samples that have much in common are told apart as well as the element type can, and so are their neurons."""
    rng = np.random.default_rng(2)
    x, start = (rng.normal(size=(rows, 4)) + np.array([1e4, -3e5, 0, 7]) for rows in (200, 25))
    x, start = x.astype(dtype), start.astype(dtype)
    som = trained(x, start, 0.3)
    expected = by_steps(start, x, som.topology.distances.numpy(), 0.3)
    np.testing.assert_allclose(som.codebook.numpy(), expected, rtol=tolerance, atol=3e5 * tolerance)


def test_a_rate_of_one_reaches_the_sample() -> None:
    """A step of strength 1 puts the nearest neuron where the sample is, also within a block."""
    x = np.random.default_rng(3).normal(size=(20, 3))
    som = trained(x, np.random.default_rng(4).normal(size=(25, 3)), 1.0)
    assert np.abs(som.codebook.numpy() - x[-1]).max(axis=1).min() < 1e-14


def test_neurons_that_fill_up_vectors_are_never_nearest() -> None:
    """Where the three neurons are far from the samples, zeros that fill their vector up are not nearer."""
    rng = np.random.default_rng(5)
    x, start = rng.normal(size=(20, 2)) * 0.01, rng.normal(size=(3, 2)) + 10
    som = trained(x, start, 0.1, Rectangular(1, 3))
    expected = by_steps(start, x, som.topology.distances.numpy(), 0.1)
    np.testing.assert_allclose(som.codebook.numpy(), expected, rtol=1e-11)


def test_a_feature_without_spread_stays_what_it_is() -> None:
    """A feature that is 0.1 in all samples and all neurons stays exactly 0.1."""
    x = np.random.default_rng(6).normal(size=(100, 3))
    x[:, 1] = 0.1
    som = trained(x, x[:25].copy(), 0.5)
    assert {0.1} == set(som.codebook.numpy()[:, 1].tolist())


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20),
    st.floats(-1e6, 1e6, width=32),
    st.sampled_from([np.float32, np.float64]),
)
def test_centre_is_amid_the_samples(numbers: list[float], offset: float, dtype: Any) -> None:
    """Relative to the centre, no sample is further from 0 than twice the spread."""
    x = (np.array(numbers)[:, None] + offset).astype(dtype)
    spread = float(x.max()) - float(x.min())
    assert np.abs(x.astype(np.float64) - centre_of(x)).max() <= 2 * spread


def test_centre_of_samples_about_zero_is_zero() -> None:
    """Where 0 is amid the samples, nothing is subtracted from them."""
    assert [0.0, 0.0] == centre_of(np.array([[-1.0, 3.0], [2.0, -2.0]])).tolist()


@given(st.integers(1, 40), st.integers(1, 9), st.sampled_from([np.float32, np.float64]))
def test_tiles_hold_the_codebook(neurons: int, features: int, dtype: Any) -> None:
    """A codebook that was taken apart into tiles comes out of them again."""
    codebook = np.arange(neurons * features, dtype=dtype).reshape(neurons, features)
    zeros = np.zeros(features, dtype)
    np.testing.assert_array_equal(codebook, out_of_tiles(in_tiles(codebook, zeros), zeros, neurons))


def test_gaussian_is_that_of_the_neighbourhood_function() -> None:
    """One step moves each neuron by the strength that the neighbourhood function says."""
    start = np.random.default_rng(7).normal(size=(25, 3))
    som = trained(start[7:8].copy(), start, 0.5)
    strengths = Gaussian().strengths(som.topology.distances_from([7]), 1.5).numpy().T
    np.testing.assert_allclose(
        som.codebook.numpy(), start + 0.5 * strengths * (start[7] - start), rtol=1e-14, atol=1e-15
    )
