"""The errors of a map against sums written out sample by sample, and against MiniSom 2.3.6."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import Bubble, Coordinates, Gaussian, Graph, Hexagonal, Manhattan, Rectangular
from nets.som.quality import distortion, quantization_error, topographic_error
from shapedmat import Matrix, ShapeError

CODEBOOK = np.array(
    [
        [0.0, 0.3, -0.27],
        [-0.89, -0.45, -0.99],
        [0.06, 1.34, -0.49],
        [-0.62, 0.49, 0.36],
        [0.11, -0.93, -0.03],
        [0.7, -1.34, -0.46],
        [-1.9, -1.29, -1.84],
        [-0.24, -1.27, 0.27],
        [0.16, -0.19, -2.52],
        [-0.54, -0.05, 0.11],
        [-1.53, -0.48, -0.98],
        [-0.81, 1.06, -0.81],
    ]
)
SAMPLES = np.random.default_rng(7).normal(size=(32, 3)).round(2)[12:]  # what is drawn first is the codebook
QUANTIZATION_ERROR = 0.7958587182951656  # of MiniSom(3, 4, 3), as all numbers here that no sum is given for
TOPOGRAPHIC_ERROR = 0.75


def drawn(seed: int, neurons: int, samples: int, features: int, missing: float = 0.0) -> tuple[Any, Any]:
    """Return a codebook, and samples of which a share of the features is missing, though never all of one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, features))
    x[:, 1:][rng.random((samples, features - 1)) < missing] = np.nan
    return rng.normal(size=(neurons, features)), x


def as_minisom_has_it(codebook: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the codebook of a hexagonal map of MiniSom(3, 4) in the order of `Hexagonal(4, 3)`, its mirror image."""
    mirrored: np.ndarray[Any, Any] = codebook.reshape(3, 4, -1)[::-1].transpose(1, 0, 2).reshape(12, -1)
    return mirrored


def squared_distances(sample: np.ndarray[Any, Any], codebook: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the squared distance of each row from a sample by the features that are there, scaled to all of them."""
    present = ~np.isnan(sample)
    squares: np.ndarray[Any, Any] = ((codebook[:, present] - sample[present]) ** 2).sum(axis=1)
    squares *= len(sample) / present.sum()
    return squares


def test_samples_are_those_of_minisom() -> None:
    """The codebook is what the seed of the golden numbers draws."""
    np.testing.assert_array_equal(CODEBOOK, np.random.default_rng(7).normal(size=(12, 3)).round(2))


def test_quantization_error_is_minisoms() -> None:
    """The mean distance is MiniSom's."""
    assert QUANTIZATION_ERROR == pytest.approx(quantization_error(CODEBOOK, SAMPLES), rel=1e-12)


def test_topographic_error_is_minisoms_on_a_rectangular_lattice() -> None:
    """It counts neurons that touch at a corner as neighbours, as `diagonals` does."""
    assert TOPOGRAPHIC_ERROR == topographic_error(CODEBOOK, SAMPLES, Rectangular(3, 4, diagonals=True))


def test_topographic_error_is_minisoms_on_a_hexagonal_lattice() -> None:
    """It is the same number for the mirror image."""
    assert TOPOGRAPHIC_ERROR == topographic_error(as_minisom_has_it(CODEBOOK), SAMPLES, Hexagonal(4, 3))


def test_topographic_error_of_a_hexagonal_lattice_is_not_that_of_its_rows_and_columns() -> None:
    """Neuron (0, 1) is next to (1, 0) and not to (1, 2), though both touch it at a corner in rows and columns."""
    codebook = np.array([[90.0], [0.0], [90.0], [1.0], [90.0], [-1.0]])
    left, right = np.array([[0.4]]), np.array([[-0.4]])
    assert 0.0 == topographic_error(codebook, left, Hexagonal(2, 3))
    assert 1.0 == topographic_error(codebook, right, Hexagonal(2, 3))
    assert 0.0 == topographic_error(codebook, right, Rectangular(2, 3, diagonals=True))


def test_topographic_error_goes_round_a_torus() -> None:
    """The two ends of a row are neighbours on a torus only."""
    codebook = np.array([[0.0], [50.0], [70.0], [1.0]])
    sample = np.array([[0.4]])
    assert 1.0 == topographic_error(codebook, sample, Rectangular(1, 4))
    assert 0.0 == topographic_error(codebook, sample, Rectangular(1, 4, toroidal=True))


def test_topographic_error_follows_the_edges_of_a_graph() -> None:
    """Neurons are neighbours where an edge joins them."""
    codebook = np.array([[0.0], [50.0], [1.0]])
    assert 0.0 == topographic_error(codebook, np.array([[0.4]]), Graph(3, [(0, 2), (1, 2)]))
    assert 1.0 == topographic_error(codebook, np.array([[0.4]]), Graph(3, [(0, 1), (1, 2)]))


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.4]))
def test_quantization_error_is_the_mean_of_smallest_distances(seed: int, missing: float) -> None:
    """With features missing too."""
    codebook, samples = drawn(seed, 6, 9, 3, missing)
    nearest = [np.sqrt(squared_distances(sample, codebook).min()) for sample in samples]
    assert np.mean(nearest) == pytest.approx(quantization_error(codebook, samples))


@given(st.integers(0, 10_000))
def test_quantization_error_by_another_metric(seed: int) -> None:
    """It is of the distances that the metric gives."""
    codebook, samples = drawn(seed, 6, 9, 3)
    nearest = np.abs(samples[:, None] - codebook).sum(axis=2).min(axis=1)
    assert nearest.mean() == pytest.approx(quantization_error(codebook, samples, Manhattan()))


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.4]), st.sampled_from([Gaussian(), Bubble()]))
def test_distortion_is_the_sum_over_samples_and_neurons(seed: int, missing: float, neighbourhood: Any) -> None:
    """The grouped sums are the double sum that the docstring writes."""
    codebook, samples = drawn(seed, 6, 20, 3, missing)
    topology = Hexagonal(2, 3)
    total = 0.0
    for sample in samples:
        squares = squared_distances(sample, codebook)
        apart = topology.distances_from([int(squares.argmin())])
        total += float(neighbourhood.strengths(apart, 0.8).numpy()[0] @ squares)
    assert total / 20 == pytest.approx(distortion(codebook, samples, topology, neighbourhood, 0.8))


def test_distortion_does_not_cancel() -> None:
    """Far from zero, it is what it is near zero."""
    codebook, samples = drawn(0, 6, 50, 3)
    near = distortion(codebook, samples, Rectangular(2, 3))
    far = distortion(codebook + 1e6, samples + 1e6, Rectangular(2, 3))
    assert near == pytest.approx(far, rel=1e-6)


@given(st.integers(0, 10_000))
def test_weights_are_repetitions(seed: int) -> None:
    """A sample of weight 2 counts as two samples do, and one of weight 0 not at all."""
    codebook, samples = drawn(seed, 6, 7, 2)
    weights = np.random.default_rng(seed).integers(0, 4, 7)
    weights[0] = 1
    repeated = np.repeat(samples, weights, axis=0)
    lattice = Rectangular(2, 3)
    assert quantization_error(codebook, repeated) == pytest.approx(
        quantization_error(codebook, samples, weights=weights)
    )
    assert topographic_error(codebook, repeated, lattice) == pytest.approx(
        topographic_error(codebook, samples, lattice, weights=weights)
    )
    assert distortion(codebook, repeated, lattice) == pytest.approx(
        distortion(codebook, samples, lattice, weights=weights)
    )


def test_more_neurons_than_samples() -> None:
    """A map may have more neurons than there are samples."""
    codebook = np.arange(10.0)[:, None]
    assert 0.25 == quantization_error(codebook, np.array([[3.25]]))


def test_float32_is_measured() -> None:
    """A codebook in float32 has the same errors up to rounding."""
    single, samples = CODEBOOK.astype(np.float32), SAMPLES.astype(np.float32)
    assert QUANTIZATION_ERROR == pytest.approx(quantization_error(single, samples), rel=1e-6)


@pytest.mark.parametrize("measure", ["quantization_error", "topographic_error", "distortion"])
def test_no_samples(measure: str) -> None:
    """There is no mean of nothing."""
    nothing = np.empty((0, 1))
    codebook, lattice = np.array([[1.0], [2.0]]), Rectangular(1, 2)
    calls: dict[str, Any] = {
        "quantization_error": lambda: quantization_error(codebook, nothing),
        "topographic_error": lambda: topographic_error(codebook, nothing, lattice),
        "distortion": lambda: distortion(codebook, nothing, lattice),
    }
    with pytest.raises(ValueError, match=r"^there are no samples to measure the map with: one or more are wanted$"):
        calls[measure]()


def test_another_number_of_neurons() -> None:
    """A topology of other neurons than the codebook's is refused, with both numbers."""
    sentence = "the codebook has shape (12, 3), but the topology has 4 neurons: one row for every neuron is wanted"
    with pytest.raises(ShapeError, match=re.escape(sentence)):
        topographic_error(CODEBOOK, SAMPLES, Coordinates(Matrix.eye(4, dtype=np.float64)))


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_weights_that_are_none(weights: list[float]) -> None:
    """Weights that give no mean are refused."""
    with pytest.raises(ValueError, match=r"^weights of samples must be finite, not negative, and not all zero$"):
        quantization_error(np.zeros((1, 1)), np.zeros((2, 1)), weights=np.array(weights))


def test_weights_of_other_samples() -> None:
    """There is one weight for each sample."""
    with pytest.raises(ShapeError, match=re.escape("the weights have shape (3,), but (2,), one for each sample,")):
        quantization_error(np.zeros((1, 1)), np.zeros((2, 1)), weights=np.ones(3))
