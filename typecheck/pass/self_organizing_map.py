"""A self-organizing map: neurons, features and latent dimensions in its type, and parts that fit together."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.som import (
    Batch,
    Coordinates,
    Exponential,
    Gaussian,
    Linear,
    Manhattan,
    MiniBatch,
    Online,
    Rectangular,
    SelfOrganizingMap,
    Topology,
    VarianceGaussian,
    principal_codebook,
    sampled_codebook,
    train,
)
from shapedmat import Matrix

f32 = np.float32
Neurons = TypeVar("Neurons", bound=int)
Features = TypeVar("Features", bound=int)
Latent = TypeVar("Latent", bound=int)

Colors = SelfOrganizingMap[f32, L[6], L[3], L[2]]


def moved(som: Colors, color: Matrix[f32, L[1], L[3]]) -> Matrix[f32, L[6], L[3]]:
    before = som.codebook.copy()
    som.adapt(color, rate=0.5, influence=1.0)
    return som.codebook - before


def widest(som: SelfOrganizingMap[f32, Neurons, Features, Latent]) -> Matrix[f32, L[1], Features]:
    return som.codebook.max(axis=0) - som.codebook.min(axis=0)


def started(
    topology: Topology[Neurons, Latent], samples: Matrix[f32, Any, Features]
) -> SelfOrganizingMap[f32, Neurons, Features, Latent]:
    codebook = principal_codebook(topology, samples)
    return SelfOrganizingMap.on(topology, codebook, metric=Manhattan(), neighbourhood_function=Gaussian())


def main() -> None:
    samples = Matrix[f32, L[40], L[3]].uniform(seed=1)
    lattice: Rectangular[L[6]] = Rectangular(2, 3)
    som: Colors = SelfOrganizingMap.on(lattice, sampled_codebook(lattice, samples))
    train(som, samples, rule=Batch(), epochs=2, influence=Exponential(2.0, 0.5))
    train(som, samples, rule=Online(), epochs=2, rate=Linear(0.5, 0.1), weights=Matrix[f32, L[40], L[1]].ones())
    train(som, samples, rule=MiniBatch(size=10), epochs=1)

    color = samples.row(0)
    differences: Matrix[f32, L[6], L[3]] = som.differences(color)
    distances: Matrix[f32, L[6], L[1]] = som.distances(color)
    strengths: Matrix[f32, L[6], L[1]] = som.neighbourhood(som.best_matching_unit(color), 1.0)
    assert (strengths * differences).shape == moved(som, color).shape
    assert distances.rows == lattice.positions.rows
    assert widest(som).shape == (1, 3)
    assert widest(started(lattice, samples)).shape == (1, 3)

    corners = Matrix[np.float64, L[8], L[3]].from_rows(np.indices((2, 2, 2)).reshape(3, 8).T)
    cube: Coordinates[L[8], L[3]] = Coordinates(corners)
    codebook = Matrix[np.float64, L[8], L[5]].normal(seed=2)
    inside = SelfOrganizingMap(codebook, corners, neighbourhood_function=VarianceGaussian(), topology=cube)
    inside.batch(Matrix[np.float64, L[20], L[5]].normal(seed=3), epochs=1)
    assert inside.latent.shape == (8, 3)
