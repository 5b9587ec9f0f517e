"""Best matching units: every metric and layout against plain NumPy, missing features, chunks and messages."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import (
    Chebyshev,
    Cosine,
    Euclidean,
    Manhattan,
    Metric,
    SquaredEuclidean,
    best_matching_units,
)
from nets.som.kernels.minima import first_smallest, first_smallest_difference
from nets.som.search import distances
from shapedmat import Matrix, ShapeError

METRICS = (Euclidean(), SquaredEuclidean(), Cosine(), Manhattan(), Chebyshev())
TOLERANCES = {np.float32: 2e-4, np.float64: 1e-9}
each_metric = pytest.mark.parametrize("metric", METRICS, ids=repr)
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


class MinkowskiThree(Metric):
    """A metric that nets.som has not."""

    def distances(self, points: Any, point: Any) -> Any:
        """Return ∛(Σ |xᵢ − yᵢ|³)."""
        cubes = abs(points.differences(point)).numpy() ** 3
        return Matrix.from_array(cubes.sum(axis=1, keepdims=True) ** (1 / 3))


def plain(metric: Metric, codebook: np.ndarray[Any, Any], samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the distances, of shape (samples, neurons), one after another."""
    rows = []
    for sample in samples:
        known = ~np.isnan(sample)
        w, x, scale = codebook[:, known], sample[known], len(sample) / known.sum()
        if isinstance(metric, Cosine):
            norms = np.linalg.norm(w, axis=1) * np.linalg.norm(x)
            rows.append(1 - np.divide(w @ x, norms, out=np.zeros(len(w)), where=norms > 0))
        elif isinstance(metric, Chebyshev):
            rows.append(np.abs(w - x).max(axis=1))
        elif isinstance(metric, Manhattan):
            rows.append(np.abs(w - x).sum(axis=1) * scale)
        else:
            squares = ((w - x) ** 2).sum(axis=1) * scale
            rows.append(squares if isinstance(metric, SquaredEuclidean) else np.sqrt(squares))
    return np.array(rows)


@each_metric
@each_dtype
@given(
    neurons=st.integers(2, 150),
    features=st.integers(1, 40),
    samples=st.integers(0, 20),
    missing=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_nearest_neurons(
    metric: Metric, dtype: Any, neurons: int, features: int, samples: int, missing: bool, seed: int
) -> None:
    """Both nearest neurons, and their distances, are those of plain NumPy, with and without missing features."""
    rng = np.random.default_rng(seed)
    codebook, x = rng.normal(size=(neurons, features)).astype(dtype), rng.normal(size=(samples, features)).astype(dtype)
    if missing:
        holes = rng.random(x.shape) < 0.3
        holes[:, 0] = False
        x[holes] = np.nan
    units, apart = best_matching_units(codebook, x, metric, count=2)
    assert (units.shape, apart.shape, apart.dtype) == ((samples, 2), (samples, 2), np.dtype(dtype))
    if samples:
        expected = plain(metric, codebook.astype(float), x.astype(float))
        np.testing.assert_allclose(
            np.sort(expected, axis=1)[:, :2], apart, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype]
        )
        np.testing.assert_allclose(
            np.take_along_axis(expected, units, axis=1), apart, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype]
        )


@each_metric
@each_dtype
@pytest.mark.parametrize("neurons", [1, 40])
def test_all_distances(metric: Metric, dtype: Any, neurons: int) -> None:
    """The distances from all neurons are those of plain NumPy, and each row is the same alone."""
    rng = np.random.default_rng(0)
    codebook, x = rng.normal(size=(neurons, 7)).astype(dtype), rng.normal(size=(600, 7)).astype(dtype)
    x[::3, 2] = np.nan
    found = distances(codebook, x, metric)
    expected = plain(metric, codebook.astype(float), x.astype(float))
    np.testing.assert_allclose(expected, found, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype])
    assert (found[5:6] == distances(codebook, x[5:6], metric)).all()


@each_metric
def test_chunks_change_nothing(metric: Metric) -> None:
    """Whatever memory is allowed, the units and distances are the same."""
    rng = np.random.default_rng(0)
    codebook, x = rng.normal(size=(30, 20)), rng.normal(size=(700, 20))
    whole = best_matching_units(codebook, x, metric)
    small = best_matching_units(codebook, x, metric, chunk_bytes=8 * 30)
    assert (whole[0] == small[0]).all()
    np.testing.assert_allclose(whole[1], small[1], rtol=1e-12)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread and several find the same."""
    rng = np.random.default_rng(0)
    codebook, x = rng.normal(size=(200, 50)), rng.normal(size=(9000, 50))
    monkeypatch.setenv("SHAPEDMAT_NUM_THREADS", "1")
    alone = best_matching_units(codebook, x)
    monkeypatch.setenv("SHAPEDMAT_NUM_THREADS", "3")
    shared = best_matching_units(codebook, x)
    assert (alone[0] == shared[0]).all()
    assert (alone[1] == shared[1]).all()


@pytest.mark.parametrize("features", [3, 30, 300])
def test_the_first_of_equals(features: int) -> None:
    """Of neurons at the same place the one with the lowest number is the best matching unit."""
    codebook = np.ones((70, features), np.float32)
    codebook[[5, 40, 64]] = 0
    units, apart = best_matching_units(codebook, np.zeros((3, features), np.float32), count=2)
    assert [[5, 40]] * 3 == units.tolist()
    assert (apart == 0).all()


def test_far_from_the_origin() -> None:
    """Samples and codebook around 1,000 with differences around 1 are told apart in single precision."""
    rng = np.random.default_rng(0)
    codebook = (rng.normal(size=(50, 64)) + 1000).astype(np.float32)
    x = (rng.normal(size=(200, 64)) + 1000).astype(np.float32)
    units, _ = best_matching_units(codebook, x)
    expected = plain(Euclidean(), codebook.astype(float), x.astype(float))
    found = np.take_along_axis(expected, units, axis=1)[:, 0]
    np.testing.assert_allclose(expected.min(axis=1), found, rtol=1e-4)


def test_a_metric_of_ones_own() -> None:
    """A metric that nets.som has not is called for each sample."""
    rng = np.random.default_rng(0)
    codebook, x = rng.normal(size=(20, 3)), rng.normal(size=(10, 3))
    expected = (np.abs(x[:, None] - codebook) ** 3).sum(axis=2) ** (1 / 3)
    np.testing.assert_allclose(expected, distances(codebook, x, MinkowskiThree()))
    units, apart = best_matching_units(codebook, x, MinkowskiThree(), count=2)
    assert (np.argsort(expected, axis=1)[:, :2] == units).all()
    np.testing.assert_allclose(np.sort(expected, axis=1)[:, :2], apart)


def test_layouts_and_element_types() -> None:
    """Samples may be transposed, strided or integers; distances have the codebook's type."""
    codebook = np.asfortranarray(np.arange(12.0, dtype=np.float32).reshape(4, 3))
    x = np.arange(24).reshape(3, 8).T[::2]
    units, apart = best_matching_units(codebook, x)
    expected = np.linalg.norm(x[:, None] - codebook, axis=2)
    assert (expected.argmin(axis=1) == units[:, 0]).all()
    assert np.float32 == apart.dtype


@given(st.lists(st.integers(0, 9), min_size=1, max_size=90), st.sampled_from((np.float32, np.float64)))
def test_smallest_of_many(numbers: list[int], dtype: Any) -> None:
    """The vector search for the first smallest element is NumPy's argmin."""
    scores = np.array(numbers, dtype)
    assert scores.argmin() == first_smallest(scores)
    offsets = scores[::-1].copy()
    assert (offsets - scores).argmin() == first_smallest_difference(offsets, scores)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1, np.inf], "feature 1 of sample 1 is inf: finite numbers are wanted, or NaN where a feature is missing"),
        ([-np.inf, np.nan], "feature 0 of sample 1 is -inf: finite numbers are wanted, or NaN where a feature is"),
        ([np.nan, np.nan], "sample 1 has no features, only NaN: leave it out"),
    ],
)
def test_samples_that_cannot_be_compared(row: list[float], message: str) -> None:
    """Infinite features and empty samples are refused by number."""
    with pytest.raises(ValueError, match=re.escape(message)):
        best_matching_units(np.zeros((2, 2)), np.array([[0, 0], row]))


def test_too_few_neurons() -> None:
    """Two nearest neurons want two neurons."""
    message = "a codebook of shape (1, 2) has no 2 nearest neurons: take count=1"
    with pytest.raises(ValueError, match=re.escape(message)):
        best_matching_units(np.zeros((1, 2)), np.zeros((3, 2)), count=2)


def test_samples_of_another_width(unchecked: None) -> None:
    """Samples have as many columns as the codebook."""
    message = "the samples have shape (3, 4), but the codebook (1, 2): 2 features in each sample are wanted"
    with pytest.raises(ShapeError, match=re.escape(message)):
        inspect.unwrap(best_matching_units)(np.zeros((1, 2)), np.zeros((3, 4)))
