"""What there is to see in a map: hits, distances between neurons, planes of features, clusters and classes.

The functions take NumPy arrays and give one value for each neuron, in the order of the neurons; `as_grid` lays them out
in the rows and columns of a lattice. Figures of them are in `nets.som.plots`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar

import numpy as np

from nets.som.metrics import Euclidean, Metric
from nets.som.quality import check_neurons
from nets.som.topologies import Hexagonal, Rectangular, Topology
from shapedmat import Matrix, ShapeError

Real = TypeVar("Real", np.float32, np.float64)
Element = TypeVar("Element", bound=np.generic)

Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[Real]]"
Units: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Counts: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

NOBODY: Final = -1
"""The place of a class where a neuron has none, since no sample hit it."""


def hit_map(units: Units, neurons: int) -> Counts:
    """Return how many samples each neuron is the best matching unit of.

    >>> hit_map(np.array([2, 0, 2]), 4)
    array([1, 0, 2, 0])

    Args:
        units: the best matching unit of each sample, of shape (samples,).
        neurons: how many there are.

    Raises:
        ValueError: a unit is not one of the neurons.
    """
    _check_units(units, neurons)
    return np.bincount(units, minlength=neurons).astype(np.int64)


def u_matrix(
    codebook: Floats[Real],
    topology: Topology[Any, Any],
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
) -> np.ndarray[tuple[int], np.dtype[Real]]:
    """Return the unified distance matrix: the mean distance of each codebook vector from those of its neighbours.

    Large values are borders, between clusters of small ones (Ultsch and Siemon, "Kohonen's self-organizing feature maps
    for exploratory data analysis", INNC 1990). A neuron without neighbours has 0.

    >>> u_matrix(np.array([[0.0], [1.0], [4.0]]), Rectangular(1, 3))
    array([1., 2., 3.])

    Args:
        codebook: of shape (neurons, features).
        topology: which neurons are neighbours.
        metric: how far codebook vectors are apart.

    Raises:
        ShapeError: the codebook has not a row for each neuron.
    """
    check_neurons(codebook, topology)
    first, second = np.nonzero(topology.adjacency.numpy())
    totals = np.bincount(first, _apart(codebook, first, second, metric), minlength=len(codebook))
    neighbours = np.bincount(first, minlength=len(codebook))
    return (totals / np.maximum(neighbours, 1)).astype(codebook.dtype)


def full_u_matrix(
    codebook: Floats[Real],
    lattice: Rectangular[Any],
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
) -> Floats[Real]:
    """Return the distance matrix with a cell between neurons too, of shape (2 rows − 1, 2 columns − 1).

    Between two neurons of a row or a column stands their distance; between four, the mean of their two diagonals; and
    at a neuron the mean of the cells beside, above and below it. Links around a torus are left out.

    Args:
        codebook: of shape (neurons, features).
        lattice: its rows and columns.
        metric: how far codebook vectors are apart.

    Raises:
        ShapeError: the codebook has not a row for each neuron.
    """
    check_neurons(codebook, lattice)
    neurons = np.arange(len(codebook)).reshape(lattice.rows, lattice.columns)

    def between(some: np.ndarray[Any, Any], others: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return _apart(codebook, some.ravel(), others.ravel(), metric).reshape(some.shape)

    full = np.zeros((2 * lattice.rows - 1, 2 * lattice.columns - 1))
    full[::2, 1::2] = between(neurons[:, :-1], neurons[:, 1:])
    full[1::2, ::2] = between(neurons[:-1], neurons[1:])
    falling = between(neurons[:-1, :-1], neurons[1:, 1:])
    rising = between(neurons[1:, :-1], neurons[:-1, 1:])
    full[1::2, 1::2] = (falling + rising) / 2
    # With a frame around it, every cell has four others next to it, of which those that are there count.
    framed, there = np.pad(full, 1), np.pad(np.ones_like(full), 1)
    sums, counts = (
        each[:-2:2, 1:-1:2] + each[2::2, 1:-1:2] + each[1:-1:2, :-2:2] + each[1:-1:2, 2::2] for each in (framed, there)
    )
    full[::2, ::2] = sums / np.maximum(counts, 1)
    return full.astype(codebook.dtype)


def component_planes(
    codebook: Floats[Real], lattice: Rectangular[Any] | Hexagonal[Any]
) -> np.ndarray[Any, np.dtype[Real]]:
    """Return the value of each feature across the map, of shape (features, rows, columns).

    Raises:
        ShapeError: the codebook has not a row for each neuron.
    """
    check_neurons(codebook, lattice)
    return codebook.T.reshape(-1, lattice.rows, lattice.columns)


def as_grid(
    values: np.ndarray[tuple[int], np.dtype[Element]], lattice: Rectangular[Any] | Hexagonal[Any]
) -> np.ndarray[tuple[int, int], np.dtype[Element]]:
    """Return a value for each neuron in rows and columns, as the lattice has them.

    >>> as_grid(np.arange(6), Rectangular(2, 3))
    array([[0, 1, 2],
           [3, 4, 5]])

    Raises:
        ShapeError: there is not a value for each neuron.
    """
    if values.shape != (lattice.neurons,):
        raise ShapeError(f"the values have shape {values.shape}, but ({lattice.neurons},), one a neuron, is wanted")
    return values.reshape(lattice.rows, lattice.columns)


def cluster_labels(
    codebook: Floats[Real],
    topology: Topology[Any, Any],
    clusters: int,
    *,
    method: Literal["agglomerative", "k-means"] = "agglomerative",
    hits: Counts | None = None,
    seed: int = 0,
) -> Units:
    """Return the cluster of each neuron, numbered from 0; that of a sample is the one of its best matching unit.

    Clustering a map's codebook instead of samples is faster and less noisy (Vesanto and Alhoniemi, "Clustering of the
    self-organizing map", IEEE Transactions on Neural Networks 11, 2000). Either method is scikit-learn's:
    "agglomerative" joins neighbours by Ward's criterion, so that clusters are connected on the map, and "k-means" looks
    at the codebook alone.

    >>> cluster_labels(np.array([[0.0], [1.0], [8.0], [9.0], [9.5]]), Rectangular(1, 5), 2)
    array([1, 1, 0, 0, 0])

    Args:
        codebook: of shape (neurons, features).
        topology: which neurons are neighbours.
        clusters: how many.
        method: how they are found.
        hits: how many samples each neuron has; clusters are numbered by how many they have together, the largest
            first. Without them, by their numbers of neurons.
        seed: for the starts of k-means.

    Raises:
        ShapeError: the codebook has not a row, or the hits not a number, for each neuron.
        ValueError: the number of clusters is not from 1 to that of neurons, or there is no such method.
    """
    from sklearn.cluster import AgglomerativeClustering, KMeans  # noqa: PLC0415  # they take a second to import

    check_neurons(codebook, topology)
    neurons = len(codebook)
    if not 1 <= clusters <= neurons:
        raise ValueError(f"{clusters} clusters of {neurons} neurons were asked for: 1 to {neurons} are possible")
    if hits is not None and hits.shape != (neurons,):
        raise ShapeError(f"the hits have shape {hits.shape}, but ({neurons},), one a neuron, is wanted")
    if method == "agglomerative":
        found = _joined(AgglomerativeClustering, codebook, topology, clusters)
    elif method == "k-means":
        found = _k_means(KMeans, codebook, clusters, seed)
    else:
        raise ValueError(f'there is no method "{method}" to find clusters: "agglomerative" or "k-means" is wanted')
    sizes = np.bincount(found, hits, minlength=clusters)
    places = np.empty(clusters, np.int64)
    places[np.argsort(-sizes, kind="stable")] = np.arange(clusters)
    return places[found]


@dataclass(frozen=True)
class ClassMap:
    """How many samples of each class hit each neuron.

    Attributes:
        classes: the labels that there are, sorted, of shape (classes,).
        counts: of shape (neurons, classes).
    """

    classes: np.ndarray[tuple[int], np.dtype[Any]]
    counts: np.ndarray[tuple[int, int], np.dtype[np.int64]]

    @property
    def majority(self) -> Units:
        """The place in `classes` of the class that hits each neuron most often, or −1 where no sample does."""
        return np.where(self.counts.any(axis=1), self.counts.argmax(axis=1), NOBODY)

    @property
    def purity(self) -> float:
        """The share of samples that are of the class of their best matching unit."""
        return float(self.counts.max(axis=1, initial=0).sum() / max(1, self.counts.sum()))


def class_map(labels: np.ndarray[tuple[int], np.dtype[Any]], units: Units, neurons: int) -> ClassMap:
    """Count the classes that hit each neuron.

    >>> found = class_map(np.array(["b", "a", "b"]), np.array([1, 1, 1]), 2)
    >>> found.classes[found.majority[1]], found.majority[0], round(found.purity, 2)
    (np.str_('b'), np.int64(-1), 0.67)

    Args:
        labels: the class of each sample, of shape (samples,).
        units: the best matching unit of each sample, of shape (samples,).
        neurons: how many there are.

    Raises:
        ShapeError: there is not a label for each sample.
        ValueError: a unit is not one of the neurons.
    """
    if labels.shape != units.shape:
        raise ShapeError(f"the labels have shape {labels.shape}, but {units.shape}, one for each sample, is wanted")
    _check_units(units, neurons)
    classes, places = np.unique(labels, return_inverse=True)
    counts = np.bincount(units * len(classes) + places, minlength=neurons * len(classes))
    return ClassMap(classes, counts.reshape(neurons, len(classes)).astype(np.int64))


def _check_units(units: Units, neurons: int) -> None:
    if units.size and not 0 <= units.min() <= units.max() < neurons:
        wrong = units.min() if units.min() < 0 else units.max()
        raise ValueError(f"there is no neuron {wrong} among {neurons}: they are numbered from 0 to {neurons - 1}")


def _apart(
    codebook: np.ndarray[Any, Any], first: np.ndarray[Any, Any], second: np.ndarray[Any, Any], metric: Metric
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the distance of each of the first neurons from the second one in the same place."""
    vectors = codebook.astype(np.float64)
    apart = np.empty(len(first))
    order = np.argsort(first, kind="stable")
    for here in np.split(order, np.flatnonzero(np.diff(first[order])) + 1):
        if not len(here):
            continue
        neuron = first[here[0]]
        others = Matrix.from_array(vectors[second[here]])
        apart[here] = metric.distances(others, Matrix.from_array(vectors[neuron : neuron + 1])).numpy()[:, 0]
    return apart


def _k_means(clustering: Any, codebook: np.ndarray[Any, Any], clusters: int, seed: int) -> Units:
    found: Units = clustering(clusters, n_init=10, random_state=seed).fit_predict(codebook).astype(np.int64)
    return found


def _joined(
    clustering: Any, codebook: np.ndarray[Any, Any], topology: Topology[Any, Any], clusters: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Join neighbours by Ward's criterion."""
    from scipy.sparse import csr_array  # noqa: PLC0415  # for clusters alone

    if len(codebook) == 1:
        return np.zeros(1, np.int64)
    links = csr_array(topology.adjacency.numpy())
    found: Units = clustering(clusters, connectivity=links).fit_predict(codebook).astype(np.int64)
    return found
