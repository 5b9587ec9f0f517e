"""The map itself: one sample and the steps of the article, against NumPy; and what does not fit together."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import (
    Bubble,
    Coordinates,
    Gaussian,
    Graph,
    Hexagonal,
    Manhattan,
    Rectangular,
    SelfOrganizingMap,
    VarianceGaussian,
)
from shapedmat import DTypeError, Matrix, ShapeError

f64 = np.float64
AnyMap = SelfOrganizingMap[Any, Any, Any, Any]


def drawn(*shape: int, seed: int = 0, dtype: Any = f64) -> Matrix[Any, Any, Any]:
    """Return a matrix of random numbers."""
    return Matrix.from_array(np.random.default_rng(seed).normal(size=shape).astype(dtype))


@given(st.integers(1, 8), st.integers(1, 5), st.integers(1, 4), st.sampled_from((np.float32, f64)))
def test_one_step_is_the_published_rule(neurons: int, features: int, latent: int, dtype: Any) -> None:
    """`adapt` is w − rate · h(d) · (w − x) with the nearest neuron's latent distances, in any number of dimensions."""
    codebook, places, sample = (
        drawn(neurons, features, dtype=dtype),
        drawn(neurons, latent, seed=1, dtype=dtype),
        drawn(1, features, seed=2, dtype=dtype),
    )
    som: AnyMap = SelfOrganizingMap(codebook, places)
    som.adapt(sample, rate=0.3, influence=0.8)
    w, z, x = codebook.numpy(), places.numpy(), sample.numpy()
    unit = np.linalg.norm(w - x, axis=1).argmin()
    strength = np.exp(-(np.linalg.norm(z - z[unit], axis=1) ** 2) / (2 * 0.8**2))[:, None]
    np.testing.assert_allclose(w - 0.3 * strength * (w - x), som.codebook.numpy(), rtol=1e-4, atol=1e-5)
    assert dtype == som.codebook.dtype


def test_parts_of_a_step() -> None:
    """Differences, distances, best matching unit and neighbourhood are those of the codebook and the latent places."""
    som: AnyMap = SelfOrganizingMap(drawn(6, 3), drawn(6, 2, seed=1), neighbourhood_function=VarianceGaussian())
    sample = drawn(1, 3, seed=2)
    differences = som.codebook.numpy() - sample.numpy()
    np.testing.assert_allclose(differences, som.differences(sample).numpy())
    distances = np.linalg.norm(differences, axis=1, keepdims=True)
    np.testing.assert_allclose(distances, som.distances(sample).numpy())
    assert distances.argmin() == som.best_matching_unit(sample)
    apart = np.linalg.norm(som.latent.numpy() - som.latent.numpy()[2], axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(-(apart**2) / (2 * 1.5)), som.neighbourhood(2, 1.5).numpy())


def test_metric_and_neighbourhood_are_parts() -> None:
    """Another metric chooses another unit, and a bubble moves those within it alone."""
    codebook = Matrix.from_rows([[3.0, 0.0], [2.0, 2.0]], dtype=f64)
    latent = Matrix.from_rows([[0.0], [1.0]], dtype=f64)
    origin: Matrix[f64, Any, Any] = Matrix.zeros(1, 2, dtype=f64)
    euclidean: AnyMap = SelfOrganizingMap(codebook, latent)
    manhattan: AnyMap = SelfOrganizingMap(codebook, latent, metric=Manhattan(), neighbourhood_function=Bubble())
    assert (1, 0) == (euclidean.best_matching_unit(origin), manhattan.best_matching_unit(origin))
    manhattan.adapt(origin, rate=1.0, influence=0.5)
    assert [[0, 0], [2, 2]] == manhattan.codebook.numpy().tolist()


@pytest.mark.parametrize(
    "topology",
    [
        Rectangular(2, 3, toroidal=True),
        Hexagonal(2, 3),
        Graph(6, [(i, i + 1) for i in range(5)]),
        Coordinates(drawn(6, 3)),
    ],
    ids=lambda topology: type(topology).__name__,
)
def test_topology_decides_the_neighbourhood(topology: Any) -> None:
    """A map on a topology takes its latent distances from there, and its coordinates as they are."""
    som: AnyMap = SelfOrganizingMap.on(topology, drawn(6, 2, dtype=np.float32))
    expected = Gaussian().strengths(topology.distances_from([4]), 1.2).numpy().T
    np.testing.assert_allclose(expected, som.neighbourhood(4, 1.2).numpy(), rtol=1e-5)
    np.testing.assert_allclose(topology.positions.numpy(), som.latent.numpy(), rtol=1e-6)
    assert np.float32 == som.latent.dtype


def test_the_codebook_given_stays() -> None:
    """A map copies the codebook that it begins with."""
    codebook = drawn(4, 2)
    before = codebook.copy()
    som: AnyMap = SelfOrganizingMap(codebook, drawn(4, 2))
    som.adapt(drawn(1, 2, seed=3), 0.5, 1.0)
    assert before.allclose(codebook)
    assert not before.allclose(som.codebook)


def test_batch_is_one_step_after_another() -> None:
    """`batch` adapts to the samples in their order, with rate and influence s · (e/s)^progress."""
    samples, codebook, latent = drawn(30, 3), drawn(12, 3, seed=1), Rectangular(3, 4).positions
    whole: AnyMap = SelfOrganizingMap(codebook, latent, neighbourhood_function=VarianceGaussian())
    single: AnyMap = SelfOrganizingMap(codebook, latent, neighbourhood_function=VarianceGaussian())
    whole.batch(samples, epochs=2, rates=(0.9, 0.01), influences=(2.5, 0.15))
    for epoch in range(2):
        for i in range(30):
            progress = (epoch * 30 + i) / 60
            rate, influence = 0.9 * (0.01 / 0.9) ** progress, 2.5 * (0.15 / 2.5) ** progress
            single.adapt(samples.row(i), rate, influence)
    np.testing.assert_allclose(single.codebook.numpy(), whole.codebook.numpy(), rtol=1e-9)


def test_uniform_samples_are_shared_out_evenly() -> None:
    """The original's test: 10 × 10 neurons, 5,000 uniform points, 5 epochs; mean deviation of hits below 20 %."""
    rng = np.random.default_rng(31)
    samples = Matrix.from_array(rng.uniform(0, 9, (5000, 2)))
    som: AnyMap = SelfOrganizingMap(
        Matrix.from_array(rng.uniform(0, 10, (100, 2))),
        Rectangular(10, 10).positions,
        neighbourhood_function=VarianceGaussian(),
    )
    som.batch(samples, epochs=5, rates=(0.9, 0.01), influences=(2.5, 0.15))
    nearest = [som.best_matching_unit(samples.row(i)) for i in range(5000)]
    hits = np.bincount(nearest, minlength=100)
    assert np.abs(hits - 50).mean() / 50 < 0.2


# --- what does not fit together ---------------------------------------------------------------------------------------


def test_a_row_for_every_neuron(unchecked: None) -> None:
    """Codebook, latent coordinates and topology are of the same neurons, and the former two of one element type."""
    make: Any = inspect.unwrap(SelfOrganizingMap.__init__)
    som = object.__new__(SelfOrganizingMap)
    with pytest.raises(
        ShapeError,
        match=re.escape(
            "the codebook has shape (4, 2) and the latent coordinates (3, 2): "
            "one row of each for every neuron is wanted"
        ),
    ):
        make(som, drawn(4, 2), drawn(3, 2))
    with pytest.raises(
        ShapeError,
        match=re.escape(
            "the latent coordinates have shape (4, 2), but the topology's positions (6, 2): "
            "give those, or call SelfOrganizingMap.on"
        ),
    ):
        make(som, drawn(4, 2), drawn(4, 2), topology=Rectangular(2, 3))
    message = "the codebook is float32 and the latent coordinates are float64: convert one with .astype(np.float32)"
    with pytest.raises(DTypeError, match=re.escape(message)):
        make(som, drawn(4, 2, dtype=np.float32), drawn(4, 2))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_codebooks_are_finite(bad: float) -> None:
    """A codebook with NaN or infinity is refused."""
    with pytest.raises(ValueError, match="the codebook has numbers that are not finite: begin with finite ones"):
        SelfOrganizingMap(Matrix.from_rows([[bad]], dtype=f64), drawn(1, 1))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_single_samples_are_complete(bad: float) -> None:
    """One sample with NaN or infinity has no best matching unit, and says who takes it."""
    som: AnyMap = SelfOrganizingMap(drawn(3, 2), drawn(3, 2))
    with pytest.raises(ValueError, match="the sample has features that are not finite: train and best_matching_units"):
        som.adapt(Matrix.from_rows([[bad, 1.0]], dtype=f64), 0.5, 1.0)


def test_samples_of_another_width(unchecked: None) -> None:
    """A sample with another number of features is refused in the words of the shape rule."""
    som: AnyMap = SelfOrganizingMap(drawn(3, 2), drawn(3, 2))
    message = "cannot compare the rows of (3, 2) with (1, 4): a point of (1, 2) is wanted"
    with pytest.raises(ShapeError, match=re.escape(message)):
        som.best_matching_unit(drawn(1, 4))
