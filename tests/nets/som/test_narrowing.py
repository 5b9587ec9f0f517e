"""The shorter way to best matching units of samples with many features: it is exact, and taken where it is shorter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import best_matching_units
from nets.som.metrics import Euclidean
from nets.som.narrowing import Subspace, worthwhile_subspace
from nets.som.search import Search
from shapedmat.kernels import product


def plain(codebook: np.ndarray[Any, Any], samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return squared distances in double precision, of shape (samples, neurons)."""
    w, x = codebook.astype(float), samples.astype(float)
    distances: np.ndarray[Any, Any] = ((x[:, None] - w) ** 2).sum(axis=2)
    return distances


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(
    rank=st.integers(0, 60),
    noise=st.sampled_from((0.0, 1e-3, 0.3)),
    offset=st.sampled_from((0.0, 100.0)),
    dimensions=st.sampled_from((1, 8, 32)),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_nearer_neuron_is_ruled_out(
    dtype: Any, rank: int, noise: float, offset: float, dimensions: int, seed: int
) -> None:
    """Near a subspace or not, around the origin or far from it, the unit is the nearest one, up to rounding."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(rank, 90))
    codebook = rng.normal(size=(70, rank)) @ directions + noise * rng.normal(size=(70, 90)) + offset
    samples = rng.normal(size=(20, rank)) @ directions + rng.normal(size=(20, 90)) + offset
    codebook, samples = codebook.astype(dtype), samples.astype(dtype)
    product.prepare(np.dtype(dtype))
    units = np.empty((20, 1), np.int64)
    Subspace(codebook, dimensions).nearest(samples, units)
    expected = plain(codebook, samples)
    found = np.take_along_axis(expected, units, axis=1)[:, 0]
    smallest = expected.min(axis=1)
    spread = np.abs(samples.astype(float) - codebook.mean(axis=0)).max() ** 2
    assert (found - smallest <= 1e3 * np.finfo(dtype).eps * (smallest + spread)).all()


def test_most_neurons_are_ruled_out() -> None:
    """Where the codebook lies in a subspace, one or two neurons are compared in full."""
    rng = np.random.default_rng(0)
    codebook = (rng.normal(size=(400, 10)) @ rng.normal(size=(10, 300))).astype(np.float32)
    samples = codebook[rng.integers(400, size=500)] + rng.normal(size=(500, 300)).astype(np.float32)
    product.prepare(codebook.dtype)
    units = np.empty((500, 1), np.int64)
    assert Subspace(codebook, 32).nearest(samples, units) < 2 * 500
    assert isinstance(worthwhile_subspace(codebook, samples), Subspace)


def test_noise_has_no_subspace() -> None:
    """Where bounds rule nothing out, the whole product is computed."""
    rng = np.random.default_rng(0)
    assert worthwhile_subspace(*(rng.normal(size=(n, 300)) for n in (400, 500))) is None


def test_the_shorter_way_is_taken() -> None:
    """Many samples with many features, some of them missing, get the same units on both ways."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(5, 150))
    codebook, x = rng.normal(size=(100, 5)) @ mixing, rng.normal(size=(2500, 5)) @ mixing
    x[::500, 3] = np.nan
    search = Search(codebook, Euclidean())
    search.prepare_for(x)
    assert search._subspace is not None
    short, _ = best_matching_units(codebook, x)
    long, _ = best_matching_units(codebook, x, count=2)
    assert (short[:, 0] == long[:, 0]).all()


def test_samples_that_are_all_missing_something() -> None:
    """Without a complete sample there is nothing to try a subspace on."""
    x = np.full((2000, 150), np.nan)
    x[:, 0] = 1
    assert worthwhile_subspace(np.ones((100, 150)), x) is None
