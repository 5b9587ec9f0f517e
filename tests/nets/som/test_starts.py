"""Codebooks to begin with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.som import (
    Coordinates,
    Rectangular,
    principal_codebook,
    random_codebook,
    sampled_codebook,
)
from shapedmat import Matrix

START = (random_codebook, sampled_codebook, principal_codebook)
each_start = pytest.mark.parametrize("start", START, ids=lambda start: start.__name__)


def drawn(samples: int, features: int, dtype: Any = np.float64) -> Matrix[Any, Any, Any]:
    """Return random samples."""
    return Matrix.from_array(np.random.default_rng(0).normal(size=(samples, features)).astype(dtype))


@each_start
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_for_each_neuron(start: Any, dtype: Any) -> None:
    """Starts have a row for each neuron, are of the samples' element type, and the same every time."""
    topology, samples = Rectangular(4, 5), drawn(9, 3, dtype)
    first, again = start(topology, samples), start(topology, samples)
    assert (20, 3) == first.shape
    assert dtype == first.dtype
    assert (first == again).all()
    assert np.isfinite(first.numpy()).all()


def test_random_stays_in_the_ranges() -> None:
    """Random vectors are within the range of each feature, and another seed draws others."""
    x = drawn(50, 3)
    start = random_codebook(Rectangular(10, 10), x).numpy()
    assert (start >= x.numpy().min(axis=0)).all()
    assert (start <= x.numpy().max(axis=0)).all()
    assert not (start == random_codebook(Rectangular(10, 10), x, seed=1).numpy()).any()


def test_samples_are_drawn_once() -> None:
    """With as many samples as neurons each is drawn once; with fewer, some are drawn again."""
    x = drawn(6, 2)
    start = sampled_codebook(Rectangular(2, 3), x).numpy()
    assert sorted(map(tuple, x.numpy())) == sorted(map(tuple, start))
    many = sampled_codebook(Rectangular(4, 3), x).numpy()
    assert set(map(tuple, many)) <= set(map(tuple, x.numpy()))


def test_principal_components_span_the_start() -> None:
    """Samples on a plane in five dimensions give a start on that plane, two deviations wide."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    x = Matrix.from_array(rng.normal(size=(500, 2)) * (5, 2) @ directions + 7)
    start = principal_codebook(Rectangular(3, 9), x).numpy() - x.numpy().mean(axis=0)
    np.testing.assert_allclose(start @ directions.T @ directions, start, atol=1e-9)
    assert pytest.approx(20, rel=0.1) == np.ptp(start @ directions[0])  # along the nine columns
    assert pytest.approx(8, rel=0.1) == np.ptp(start @ directions[1])


@pytest.mark.parametrize("shape", [(40, 3), (4, 9)])
def test_a_weight_of_two_is_a_sample_twice(shape: tuple[int, int]) -> None:
    """Weights stand for samples that are there so often, with some features missing."""
    x = drawn(*shape).numpy().copy()
    x[2, 1] = np.nan
    often = np.array([1, 3] * (shape[0] // 2))
    repeated = principal_codebook(Rectangular(3, 4), Matrix.from_array(np.repeat(x, often, axis=0)))
    weights: Matrix[np.float64, Any, Any] = Matrix.from_array(often[:, None].astype(np.float64))
    weighted = principal_codebook(Rectangular(3, 4), Matrix.from_array(x), weights=weights)
    np.testing.assert_allclose(repeated.numpy(), weighted.numpy(), atol=1e-7)


@pytest.mark.parametrize("shape", [(1, 3), (4, 1)])
def test_few_components(shape: tuple[int, int]) -> None:
    """One sample, or one feature, has fewer components than the map has dimensions."""
    assert (6, shape[1]) == principal_codebook(Rectangular(2, 3), drawn(*shape)).shape


def test_three_latent_dimensions() -> None:
    """A cube of neurons is laid out along three components."""
    cube = Coordinates(Matrix.from_rows(np.indices((2, 2, 2)).reshape(3, -1).T, dtype=np.float64))
    assert 3 == np.linalg.matrix_rank(principal_codebook(cube, drawn(50, 4)).numpy() - drawn(50, 4).numpy().mean(0))


@each_start
def test_missing_features(start: Any) -> None:
    """Missing features are left out, or their mean is put in."""
    x = drawn(50, 3).numpy().copy()
    x[::3, 1] = np.nan
    assert np.isfinite(start(Rectangular(3, 3), Matrix.from_array(x)).numpy()).all()


@each_start
def test_constant_features_stay(start: Any) -> None:
    """A feature that is the same in all samples is that number in every vector."""
    x = drawn(20, 3).numpy().copy()
    x[:, 2] = 4.0
    np.testing.assert_allclose(4.0, start(Rectangular(3, 3), Matrix.from_array(x)).numpy()[:, 2])


@each_start
def test_nothing_to_begin_with(start: Any) -> None:
    """No samples, and a feature that no sample has, are refused."""
    with pytest.raises(ValueError, match="there are no samples to make a codebook of"):
        start(Rectangular(2, 2), Matrix.zeros(0, 3))
    with pytest.raises(ValueError, match="feature 1 is missing in all samples: leave the column out"):
        start(Rectangular(2, 2), Matrix.from_rows([[1, np.nan], [2, np.nan]], dtype=np.float64))
