"""Self-organizing maps whose neurons, features, latent dimensions or element types do not fit."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from nets.som import Coordinates, Online, Rectangular, SelfOrganizingMap, sampled_codebook, train
from shapedmat import Matrix

f32 = np.float32

codebook = Matrix[f32, L[6], L[3]].ones()
latent = Matrix[f32, L[6], L[2]].ones()
samples = Matrix[f32, L[40], L[3]].ones()
lattice: Rectangular[L[6]] = Rectangular(2, 3)
som: SelfOrganizingMap[f32, L[6], L[3], L[2]] = SelfOrganizingMap(codebook, latent)


def latent_coordinates_of_other_neurons() -> None:
    # E: Cannot infer value of type parameter "Neurons" of "SelfOrganizingMap" [misc]
    # R: ShapeError: the codebook has shape (6, 3) and the latent coordinates (5, 2): one row of each for every neuron
    SelfOrganizingMap(codebook, Matrix[f32, L[5], L[2]].ones())


def transposed_codebook() -> None:
    # E: Cannot infer value of type parameter "Neurons" of "SelfOrganizingMap" [misc]
    # R: ShapeError: the codebook has shape (3, 6) and the latent coordinates (6, 2): one row of each for every neuron
    SelfOrganizingMap(codebook.T, latent)


def codebook_and_coordinates_exchanged() -> None:
    # E: Argument 1 to "SelfOrganizingMap" has incompatible type "Matrix[float32, 6, 2]" [arg-type]
    # E: Argument 2 to "SelfOrganizingMap" has incompatible type "Matrix[float32, 6, 3]" [arg-type]
    # R: nothing
    exchanged: SelfOrganizingMap[f32, L[6], L[3], L[2]] = SelfOrganizingMap(latent, codebook)


def coordinates_of_another_type() -> None:
    # E: Cannot infer value of type parameter "Real" of "SelfOrganizingMap" [misc]
    # R: DTypeError: the codebook is float32 and the latent coordinates are float64
    SelfOrganizingMap(codebook, Matrix[np.float64, L[6], L[2]].ones())


def topology_of_other_neurons() -> None:
    larger: Rectangular[L[9]] = Rectangular(3, 3)
    # E: Cannot infer value of type parameter "N" of "on" of "SelfOrganizingMap" [misc]
    # R: ShapeError: the codebook has shape (6, 3) and the latent coordinates (9, 2): one row of each for every neuron
    SelfOrganizingMap.on(larger, codebook)


def topology_of_another_dimension() -> None:
    line: Coordinates[L[6], L[1]] = Coordinates(Matrix[np.float64, L[6], L[1]].ones())
    # E: Cannot infer value of type parameter "Latent" of "SelfOrganizingMap" [misc]
    # R: ShapeError: the latent coordinates have shape (6, 2), but the topology's positions (6, 1)
    SelfOrganizingMap(codebook, latent, topology=line)


def start_for_another_map() -> None:
    larger: Rectangular[L[9]] = Rectangular(3, 3)
    # E: Argument 1 to "sampled_codebook" has incompatible type "Rectangular[9]"; expected "Topology[6, Any]" [arg-type]
    # R: nothing
    start: Matrix[f32, L[6], L[3]] = sampled_codebook(larger, samples)


def sample_is_a_column() -> None:
    # E: incompatible type "Matrix[float32, 3, 1]"; expected "Matrix[float32, 1, 3]" [arg-type]
    # R: ShapeError: cannot compare the rows of (6, 3) with (3, 1): a point of (1, 3) is wanted
    som.best_matching_unit(samples.row(0).T)


def sample_with_too_few_features() -> None:
    # E: incompatible type "Matrix[float32, 1, 2]"; expected "Matrix[float32, 1, 3]" [arg-type]
    # R: ShapeError: cannot compare the rows of (6, 3) with (1, 2): a point of (1, 3) is wanted
    som.adapt(Matrix[f32, L[1], L[2]].ones(), rate=0.5, influence=1.0)


def samples_instead_of_one() -> None:
    # E: incompatible type "Matrix[float32, 40, 3]"; expected "Matrix[float32, 1, 3]" [arg-type]
    # R: ShapeError: cannot compare the rows of (6, 3) with (40, 3): a point of (1, 3) is wanted
    som.distances(samples)


def sample_of_another_type() -> None:
    # E: incompatible type "Matrix[float64, 1, 3]"; expected "Matrix[float32, 1, 3]" [arg-type]
    # R: DTypeError: cannot take the differences of float32 and float64
    som.differences(Matrix[np.float64, L[1], L[3]].ones())


def training_on_columns() -> None:
    # E: Cannot infer value of type parameter "Features" of "train" [misc]
    # R: ShapeError: the samples have shape (3, 40), but the codebook (6, 3): 3 features in each sample are wanted
    train(som, samples.T)


def weights_of_other_samples() -> None:
    # E: Cannot infer value of type parameter "Samples" of "train" [misc]
    # R: ShapeError: the weights have shape (39, 1), but there are 40 samples: (40, 1) is wanted
    train(som, samples, weights=Matrix[f32, L[39], L[1]].ones())


def weights_are_a_row() -> None:
    # E: Argument "weights" to "train" has incompatible type "Matrix[float32, 1, 40]" [arg-type]
    # R: ShapeError: the weights have shape (1, 40), but there are 40 samples: (40, 1) is wanted
    train(som, samples, rule=Online(), weights=Matrix[f32, L[1], L[40]].ones())


def neighbourhood_is_a_column() -> None:
    # E: expression has type "Matrix[float32, 6, 1]", variable has type "Matrix[float32, 6, 3]" [assignment]
    # R: nothing
    strengths: Matrix[f32, L[6], L[3]] = som.neighbourhood(0, 1.0)


def distances_against_the_latent_space() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 6, 1]" and "Matrix[float32, 6, 2]") [operator]
    # R: ShapeError: cannot multiply (6, 1) by (6, 2): inner dimensions 1 and 6 differ
    som.distances(samples.row(0)) @ som.latent
