"""How good a map is: how near its codebook is to samples, and whether it keeps neighbours together.

All functions take NumPy arrays, of which NaN in samples are missing features, and a topology. Weights are how much each
sample counts; without them, all count alike.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np

from nets.som.metrics import Euclidean, Metric
from nets.som.neighbourhoods import Gaussian, Neighbourhood
from nets.som.search import best_matching_units
from nets.som.topologies import Topology
from shapedmat import ShapeError

Real = TypeVar("Real", np.float32, np.float64)

Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[Real]]"
Samples: TypeAlias = np.ndarray[tuple[int, int], np.dtype[Any]]
Weights: TypeAlias = np.ndarray[tuple[int], np.dtype[Any]]


def quantization_error(
    codebook: Floats[Real],
    samples: Samples,
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
    *,
    weights: Weights | None = None,
) -> float:
    """Return the mean distance of samples from their best matching units.

    >>> quantization_error(np.array([[0.0], [10.0]]), np.array([[1.0], [7.0], [10.0]]))
    1.3333333333333333

    Args:
        codebook: of shape (neurons, features).
        samples: of shape (samples, features).
        metric: how far a sample is from a codebook vector.
        weights: of shape (samples,).

    Raises:
        ShapeError: the samples have not as many columns as the codebook, or the weights are not one for each sample.
        ValueError: there are no samples, or a sample has an infinite feature or none at all, or no weight is positive.
    """
    _, distances = best_matching_units(codebook, samples, metric)
    return _mean(distances[:, 0], weights)


def topographic_error(
    codebook: Floats[Real],
    samples: Samples,
    topology: Topology[Any, Any],
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
    *,
    weights: Weights | None = None,
) -> float:
    """Return the share of samples whose two best matching units are not neighbours in the topology.

    It is 0 where the map keeps all neighbours together (Kiviluoto, "Topology preservation in self-organizing maps",
    ICNN 1996). On a rectangular lattice it depends on whether neurons that touch at a corner are neighbours.

    >>> from nets.som.topologies import Rectangular
    >>> topographic_error(np.array([[0.0], [9.0], [1.0]]), np.array([[0.4], [6.0]]), Rectangular(1, 3))
    0.5

    Args:
        codebook: of shape (neurons, features), with 2 neurons or more.
        samples: of shape (samples, features).
        topology: which neurons are neighbours.
        metric: how far a sample is from a codebook vector.
        weights: of shape (samples,).

    Raises:
        ShapeError: the samples have not as many columns as the codebook, the topology has another number of neurons, or
            the weights are not one for each sample.
        ValueError: there is one neuron only, there are no samples, a sample has an infinite feature or none at all, or
            no weight is positive.
    """
    check_neurons(codebook, topology)
    units, _ = best_matching_units(codebook, samples, metric, count=2)
    adjacent = topology.adjacency.numpy()[units[:, 0], units[:, 1]]
    return _mean(~adjacent, weights)


def distortion(
    codebook: Floats[Real],
    samples: Samples,
    topology: Topology[Any, Any],
    neighbourhood: Neighbourhood = Gaussian(),  # noqa: B008  # it holds nothing that changes
    influence: float = 1.0,
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
    *,
    weights: Weights | None = None,
) -> float:
    """Return the energy that training lowers: the mean over samples x of Σₖ h(d(c, k), influence) ‖x − wₖ‖².

    c is the best matching unit of x by the metric; the distance in the sum is Euclidean, whatever the metric. A sample
    with missing features counts as the others do, scaled by features / present features (Lampinen and Oja, "Clustering
    properties of hierarchical self-organizing maps", Journal of Mathematical Imaging and Vision 2, 1992; Heskes,
    "Energy functions for self-organizing maps", in "Kohonen Maps", 1999).

    Args:
        codebook: of shape (neurons, features).
        samples: of shape (samples, features).
        topology: how far neurons are from one another.
        neighbourhood: h.
        influence: how far the neighbourhood reaches.
        metric: how far a sample is from a codebook vector, which chooses the best matching units.
        weights: of shape (samples,).

    Raises:
        ShapeError: the samples have not as many columns as the codebook, the topology has another number of neurons, or
            the weights are not one for each sample.
        ValueError: there are no samples, a sample has an infinite feature or none at all, or no weight is positive.
    """
    check_neurons(codebook, topology)
    units = best_matching_units(codebook, samples, metric)[0][:, 0]
    counted = _checked(weights, len(samples))
    # For the samples of one unit and one feature, Σ s (x − w)² = Σ s (x − m)² + (Σ s) (m − w)², with their mean m: the
    # sums are of the size of the map and not of samples times neurons, and no large numbers cancel.
    vectors = codebook.astype(np.float64)
    total = 0.0
    order = np.argsort(units, kind="stable")
    bounds = np.flatnonzero(np.diff(units[order])) + 1
    for members in np.split(order, bounds):
        x = samples[members].astype(np.float64)
        present = ~np.isnan(x)
        scales = present * (counted[members] * x.shape[1] / present.sum(axis=1))[:, None]
        sums = scales.sum(axis=0)
        filled = np.where(present, x, 0)
        means = (scales * filled).sum(axis=0) / np.where(sums > 0, sums, 1)
        within = float((scales * (filled - means) ** 2).sum())
        apart = topology.distances_from([int(units[members[0]])])
        following = neighbourhood.strengths(apart, influence).numpy()[0]
        total += float(following @ ((vectors - means) ** 2 @ sums)) + within * float(following.sum())
    return total / float(counted.sum())


def check_neurons(codebook: np.ndarray[Any, Any], topology: Topology[Any, Any]) -> None:
    """Check that a codebook has a vector for each neuron.

    Raises:
        ShapeError: it has not.
    """
    if len(codebook) != topology.neurons:
        raise ShapeError(
            f"the codebook has shape {codebook.shape}, but the topology has {topology.neurons} neurons: "
            "one row for every neuron is wanted"
        )


def _mean(values: np.ndarray[Any, np.dtype[Any]], weights: Weights | None) -> float:
    return float(np.average(values.astype(np.float64), weights=_checked(weights, len(values))))


def _checked(weights: Weights | None, samples: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if samples == 0:
        raise ValueError("there are no samples to measure the map with: one or more are wanted")
    if weights is None:
        return np.ones(samples)
    if weights.shape != (samples,):
        raise ShapeError(f"the weights have shape {weights.shape}, but ({samples},), one for each sample, is wanted")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("weights of samples must be finite, not negative, and not all zero")
    return weights.astype(np.float64)
