"""What there is to see in a map, against NumPy and MiniSom 2.3.6."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import Chebyshev, Coordinates, Graph, Hexagonal, Rectangular, best_matching_units
from nets.som.views import as_grid, class_map, cluster_labels, component_planes, full_u_matrix, hit_map, u_matrix
from shapedmat import Matrix, ShapeError
from tests.nets.som.test_quality import CODEBOOK, SAMPLES

# MiniSom(3, 4, 3).distance_map("mean"), which divides by the largest element, activation_response and labels_map.
RECTANGULAR = [
    [0.570776, 0.649712, 0.968993, 0.812266],
    [0.562794, 0.821905, 0.995349, 0.915507],
    [1.0, 0.768747, 0.688736, 0.92036],
]
HEXAGONAL = [
    [0.508796, 0.649712, 0.905955, 0.812266],
    [0.596666, 0.80216, 0.973992, 0.879495],
    [1.0, 0.79254, 0.688736, 0.840527],
]
HITS = [5, 1, 4, 6, 2, 0, 0, 1, 0, 0, 0, 1]
CLASSES = {0: [3, 2, 0], 1: [1, 0, 0], 2: [1, 2, 1], 3: [2, 1, 3], 4: [0, 1, 1], 7: [0, 1, 0], 11: [0, 0, 1]}


def units() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the best matching units of the samples."""
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = best_matching_units(CODEBOOK, SAMPLES)[0][:, 0]
    return found


def test_u_matrix_is_minisoms_on_a_rectangular_lattice() -> None:
    """With diagonals, as there."""
    values = u_matrix(CODEBOOK, Rectangular(3, 4, diagonals=True))
    np.testing.assert_allclose((values / values.max()).reshape(3, 4), RECTANGULAR, atol=1e-6)


def test_u_matrix_is_minisoms_on_a_hexagonal_lattice() -> None:
    """Its columns are rows here; its distance map moves the odd ones right, unlike its coordinates."""
    values = u_matrix(CODEBOOK.reshape(3, 4, 3).transpose(1, 0, 2).reshape(12, 3), Hexagonal(4, 3))
    np.testing.assert_allclose((values / values.max()).reshape(4, 3), np.transpose(HEXAGONAL), atol=1e-6)


@pytest.mark.parametrize(
    "topology",
    [
        Rectangular(3, 4),
        Rectangular(3, 4, toroidal=True),
        Hexagonal(4, 3, toroidal=True),
        Graph(12, [(0, each) for each in range(1, 12)]),
        Coordinates(Matrix.from_rows(np.indices((3, 2, 2)).reshape(3, -1).T, dtype=np.float64)),
    ],
    ids=["lattice", "torus", "hexagonal-torus", "star", "cuboid"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_u_matrix_is_the_mean_over_neighbours(topology: Any, dtype: Any) -> None:
    """On every topology, in the type of the codebook, and by another metric too."""
    codebook = CODEBOOK.astype(dtype)
    adjacency = topology.adjacency.numpy()
    expected = [np.linalg.norm(codebook[adjacency[k]] - codebook[k], axis=1).mean() for k in range(12)]
    largest = [np.abs(codebook[adjacency[k]] - codebook[k]).max(axis=1).mean() for k in range(12)]
    values = u_matrix(codebook, topology)
    assert dtype == values.dtype
    np.testing.assert_allclose(expected, values, rtol=1e-5)
    np.testing.assert_allclose(largest, u_matrix(codebook, topology, Chebyshev()), rtol=1e-5)


def test_u_matrix_of_one_neuron() -> None:
    """It has no neighbours to be far from."""
    assert [0.0] == u_matrix(np.ones((1, 3)), Rectangular(1, 1)).tolist()


def test_full_u_matrix() -> None:
    """Cells between neurons are their distances, and those of neurons the means of the cells next to them."""
    codebook = np.array([[0.0], [1.0], [3.0], [7.0]])
    expected = [[2.0, 1.0, 3.5], [3.0, (7.0 + 2.0) / 2, 6.0], [3.5, 4.0, 5.0]]
    assert expected == full_u_matrix(codebook, Rectangular(2, 2)).tolist()


def test_full_u_matrix_of_one_row() -> None:
    """A map of one row has cells in between along it alone."""
    assert [[1.0, 1.0, 2.5, 4.0, 4.0]] == full_u_matrix(np.array([[0.0], [1.0], [5.0]]), Rectangular(1, 3)).tolist()


def test_hits_are_minisoms() -> None:
    """As many samples hit each neuron."""
    assert HITS == hit_map(units(), 12).tolist()


def test_classes_are_minisoms() -> None:
    """As many samples of each class hit each neuron."""
    found = class_map(np.arange(20) % 3, units(), 12)
    assert CLASSES == {int(k): found.counts[k].tolist() for k in np.flatnonzero(found.counts.any(axis=1))}


def test_majority() -> None:
    """It is the commonest class, of several the first, and −1 where no sample is."""
    found = class_map(np.array(["b", "a", "b", "c", "a"]), np.array([0, 0, 0, 1, 1]), 3)
    assert ["a", "b", "c"] == found.classes.tolist()
    assert [1, 0, -1] == found.majority.tolist()


def test_purity() -> None:
    """It is the share of samples whose class is the one of their neuron."""
    assert 0.6 == class_map(np.array([5, 5, 6, 6, 7]), np.array([0, 0, 0, 1, 1]), 2).purity


def test_component_planes() -> None:
    """Each feature has a plane of rows and columns."""
    planes = component_planes(CODEBOOK, Rectangular(3, 4))
    assert (3, 3, 4) == planes.shape
    assert CODEBOOK[1 * 4 + 2, 0] == planes[0, 1, 2]


@given(st.integers(0, 1000), st.sampled_from(["agglomerative", "k-means"]))
def test_clusters_that_are_apart_are_found(seed: int, method: Any) -> None:
    """Two halves of a map far from each other are two clusters, the one with more hits first."""
    codebook = np.random.default_rng(seed).normal(size=(12, 2))
    codebook[:6] += 50
    hits = np.array([1] * 6 + [2] * 6)
    assert [1] * 6 + [0] * 6 == cluster_labels(codebook, Rectangular(2, 6), 2, method=method, hits=hits).tolist()


def test_clusters_are_connected_on_the_map() -> None:
    """Neurons that are alike but lie apart on the map are of different clusters unless the codebook alone counts."""
    codebook = np.array([[0.0], [5.0], [0.1]])
    assert [1, 2, 0] == cluster_labels(codebook, Rectangular(1, 3), 3, hits=np.array([2, 1, 3])).tolist()
    assert 2 == len(set(cluster_labels(codebook, Rectangular(1, 3), 2)[[0, 2]].tolist()))
    assert 1 == len(set(cluster_labels(codebook, Rectangular(1, 3), 2, method="k-means")[[0, 2]].tolist()))


def test_one_neuron_is_a_cluster() -> None:
    """The smallest map has one cluster."""
    assert [0] == cluster_labels(np.ones((1, 2)), Rectangular(1, 1), 1).tolist()


@pytest.mark.parametrize("clusters", [0, 13])
def test_a_number_of_clusters_that_there_is_not(clusters: int) -> None:
    """There are as many clusters as neurons at most."""
    sentence = f"{clusters} clusters of 12 neurons were asked for: 1 to 12 are possible"
    with pytest.raises(ValueError, match=sentence):
        cluster_labels(CODEBOOK, Rectangular(3, 4), clusters)


@pytest.mark.usefixtures("unchecked")
def test_a_method_that_there_is_not() -> None:
    """The two that there are are named."""
    with pytest.raises(ValueError, match=r'no method "ward" to find clusters: "agglomerative" or "k-means" is wanted'):
        cluster_labels(CODEBOOK, Rectangular(3, 4), 2, method="ward")  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("unit", [-1, 4])
def test_a_unit_that_there_is_not(unit: int) -> None:
    """Units are numbered from 0 to the number of neurons minus 1."""
    with pytest.raises(ValueError, match=f"^there is no neuron {unit} among 4: they are numbered from 0 to 3$"):
        hit_map(np.array([1, unit]), 4)


def test_wrong_shapes() -> None:
    """Each is one sentence with both shapes."""
    with pytest.raises(ShapeError, match=re.escape("the codebook has shape (12, 3), but the topology has 4 neurons")):
        u_matrix(CODEBOOK, Rectangular(2, 2))
    with pytest.raises(ShapeError, match=re.escape("the labels have shape (2,), but (3,), one for each sample, is")):
        class_map(np.array([1, 2]), np.array([0, 0, 0]), 1)
    with pytest.raises(ShapeError, match=re.escape("the hits have shape (3,), but (12,), one a neuron, is wanted")):
        cluster_labels(CODEBOOK, Rectangular(3, 4), 2, hits=np.ones(3, np.int64))
    with pytest.raises(ShapeError, match=re.escape("the values have shape (3,), but (12,), one a neuron, is wanted")):
        as_grid(np.ones(3), Rectangular(3, 4))
