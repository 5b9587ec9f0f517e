"""Comparing samples with the codebook: the nearest neurons, and their distances."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from nets.som.kernels.compiling import compiled, reducing
from nets.som.kernels.minima import first_smallest, first_smallest_difference
from nets.som.kernels.tiles import squared_distances

EUCLIDEAN: Final = 0
SQUARED_EUCLIDEAN: Final = 1
COSINE: Final = 2
MANHATTAN: Final = 3
CHEBYSHEV: Final = 4


@compiled
def present(sample: Any, features: Any) -> Any:
    """List the features of a sample that are there, and return how many they are."""
    count = 0
    for feature in range(sample.size):
        features[count] = feature
        count += not np.isnan(sample[feature])
    return count


@compiled
def compare(sample: Any, features: Any, count: Any, transposed: Any, metric: Any, scores: Any, norms: Any) -> None:
    """Store for each neuron a score that orders them as the metric does."""
    neurons = scores.size
    if metric in (EUCLIDEAN, SQUARED_EUCLIDEAN):
        squared_distances(sample, features, count, transposed, scores)
        return
    scores[:] = 0
    norms[:] = 0
    for place in range(count):
        x, row = sample[features[place]], transposed[features[place]]
        if metric == MANHATTAN:
            for k in range(neurons):
                scores[k] += abs(row[k] - x)
        elif metric == CHEBYSHEV:
            for k in range(neurons):
                scores[k] = max(scores[k], abs(row[k] - x))
        else:
            for k in range(neurons):
                scores[k] -= row[k] * x
                norms[k] += row[k] * row[k]
    if metric == COSINE:
        for k in range(neurons):
            scores[k] = scores[k] / np.sqrt(norms[k]) if norms[k] > 0 else norms[k]


@compiled
def _length(sample: Any, features: Any, count: Any) -> Any:
    total = 0.0
    for place in range(count):
        total += sample[features[place]] * sample[features[place]]
    return np.sqrt(total)


@compiled
def _distance(score: Any, scale: Any, length: Any, metric: Any) -> Any:
    """Return the distance that a score stands for.

    Args:
        score: as `compare` makes them.
        scale: the number of features over the number of those that are there.
        length: of the sample.
        metric: its number.
    """
    if metric == EUCLIDEAN:
        return np.sqrt(score * scale)
    if metric in (SQUARED_EUCLIDEAN, MANHATTAN):
        return score * scale
    if metric == CHEBYSHEV:
        return score * 1.0
    return 1 + score / length if length > 0 else 1.0


@compiled
def nearest(samples: Any, transposed: Any, neurons: Any, metric: Any, units: Any, distances: Any) -> None:
    """Store the nearest one or two neurons of each sample, as many as `units` has columns, and their distances."""
    width, wanted = transposed.shape[1], units.shape[1]
    features = np.empty(samples.shape[1] + 1, np.int64)
    scores, norms = np.empty(width, transposed.dtype), np.empty(width, transposed.dtype)
    for i in range(samples.shape[0]):
        sample = samples[i]
        count = present(sample, features)
        compare(sample, features, count, transposed, metric, scores, norms)
        scale = sample.size / max(count, 1)
        length = _length(sample, features, count) if metric == COSINE else 0.0
        for place in range(wanted):
            best = first_smallest(scores[:neurons])
            units[i, place] = best
            distances[i, place] = _distance(scores[best], scale, length, metric)
            scores[best] = np.inf


@compiled
def all_distances(samples: Any, transposed: Any, metric: Any, distances: Any) -> None:
    """Store the distance of each sample from each neuron, of shape (samples, neurons)."""
    width = transposed.shape[1]
    features = np.empty(samples.shape[1] + 1, np.int64)
    scores, norms = np.empty(width, transposed.dtype), np.empty(width, transposed.dtype)
    for i in range(samples.shape[0]):
        sample = samples[i]
        count = present(sample, features)
        compare(sample, features, count, transposed, metric, scores, norms)
        scale = sample.size / max(count, 1)
        length = _length(sample, features, count) if metric == COSINE else 0.0
        for k in range(distances.shape[1]):
            distances[i, k] = _distance(scores[k], scale, length, metric)


@compiled
def least(products: Any, offsets: Any, units: Any) -> None:
    """Store the places of the smallest elements of offsets − products in each row; `products` may be overwritten."""
    for i in range(products.shape[0]):
        row = products[i]
        for place in range(units.shape[1]):
            best = first_smallest_difference(offsets, row)
            units[i, place] = best
            row[best] = -np.inf


@reducing
def _squared_distance(x: Any, y: Any) -> Any:
    total = x.dtype.type(0)
    for i in range(x.size):
        total += (x[i] - y[i]) * (x[i] - y[i])
    return total


@compiled
def measure(samples: Any, codebook: Any, units: Any, is_squared: Any, distances: Any) -> None:
    """Store the Euclidean distances, or their squares, of complete samples from the neurons in `units`."""
    for i in range(samples.shape[0]):
        for place in range(units.shape[1]):
            squared = _squared_distance(samples[i], codebook[units[i, place]])
            distances[i, place] = squared if is_squared else np.sqrt(squared)
