"""The acceptance test of the article's map: uniform points spread evenly over the neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.som import Rectangular, SelfOrganizingMap, best_matching_units, random_codebook
from nets.som.estimator import SOM
from nets.som.views import hit_map
from shapedmat import Matrix


def points(seed: int, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
    """Return 5,000 points that lie evenly in a square."""
    return np.random.default_rng(seed).uniform(size=(5000, 2)).astype(dtype)


def deviation(hits: np.ndarray[Any, Any]) -> float:
    """Return the mean relative deviation of the hits of 100 neurons from 50."""
    return float(np.abs(hits - 50).mean() / 50)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_hits_deviate_by_less_than_a_fifth(seed: int, dtype: Any) -> None:
    """A map of 10 by 10 neurons that starts at random, trained for 5 epochs by `batch` with its defaults."""
    samples: Matrix[Any, Any, Any] = Matrix.from_array(points(seed, dtype))
    lattice = Rectangular(10, 10)
    som = SelfOrganizingMap.on(lattice, random_codebook(lattice, samples, seed=seed))
    som.batch(samples, epochs=5)
    units = best_matching_units(som.codebook.numpy(), samples.numpy())[0][:, 0]
    assert deviation(hit_map(units, 100)) < 0.2


@pytest.mark.parametrize("rule", ["online", "mini-batch"])
@pytest.mark.parametrize("seed", range(5))
def test_so_do_those_of_the_estimator(seed: int, rule: Any) -> None:
    """In 5 epochs from the principal components."""
    assert deviation(SOM(rule=rule, epochs=5, random_state=seed).fit(points(seed)).hits_) < 0.2


@pytest.mark.parametrize("seed", range(5))
def test_and_those_of_batch_training(seed: int) -> None:
    """Which takes more epochs, as it moves the neurons but once in each."""
    assert deviation(SOM(epochs=20, radius_end=0.3).fit(points(seed)).hits_) < 0.2
