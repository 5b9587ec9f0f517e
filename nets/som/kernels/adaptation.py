"""What training does with samples and their best matching units: sums for a batch, and steps one by one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from nets.som.kernels.comparison import EUCLIDEAN, SQUARED_EUCLIDEAN, compare, present
from nets.som.kernels.compiling import compiled
from nets.som.kernels.minima import first_smallest
from nets.som.kernels.tiles import move, move_and_compare
from shapedmat.kernels.elementwise import exponential

GAUSSIAN: Final = 0
VARIANCE_GAUSSIAN: Final = 1
BUBBLE: Final = 2
TRIANGLE: Final = 3
MEXICAN_HAT: Final = 4

NEGLIGIBLE: Final = -80.0
"""Exponents below are raised to it: the results would be denormal, with which processors are slow."""


@compiled
def gather(samples: Any, units: Any, weights: Any, sums: Any, counts: Any) -> None:
    """Add each complete sample, times its weight, to the sums of its unit, and the weight to the unit's count."""
    for i in range(samples.shape[0]):
        sample, weight, total = samples[i], weights[i], sums[units[i, 0]]
        counts[units[i, 0]] += weight
        for f in range(sample.size):
            total[f] += weight * sample[f]


@compiled
def gather_present(samples: Any, units: Any, weights: Any, sums: Any, counts: Any) -> None:
    """Add what is there of each sample, times its weight, to the sums of its unit, and the weight to their counts."""
    for i in range(samples.shape[0]):
        sample, weight, total, count = samples[i], weights[i], sums[units[i, 0]], counts[units[i, 0]]
        for f in range(sample.size):
            if not np.isnan(sample[f]):
                total[f] += weight * sample[f]
                count[f] += weight


@compiled
def _strengthen(apart: Any, neighbourhood: Any, influence: Any, scale: Any, least: Any, strengths: Any) -> None:
    """Store the neighbourhood function of the distances, times `scale`, and 0 where that is less than `least`."""
    kind = apart.dtype.type
    factor, one, zero = kind(scale), kind(1), kind(0)
    if neighbourhood in (GAUSSIAN, VARIANCE_GAUSSIAN):
        exponent = kind(-0.5 / (influence if neighbourhood == VARIANCE_GAUSSIAN else influence * influence))
        for k in range(apart.size):
            strengths[k] = factor * exponential(max(apart[k] * apart[k] * exponent, kind(NEGLIGIBLE)))
    elif neighbourhood == BUBBLE:
        reach = kind(influence)
        for k in range(apart.size):
            strengths[k] = factor if apart[k] <= reach else zero
    elif neighbourhood == TRIANGLE:
        slope = kind(1 / influence)
        for k in range(apart.size):
            strengths[k] = factor * max(zero, one - apart[k] * slope)
    else:
        inverse, half = kind(1 / (influence * influence)), kind(-0.5)
        for k in range(apart.size):
            squared = apart[k] * apart[k] * inverse
            strengths[k] = factor * (one - squared) * exponential(max(squared * half, kind(NEGLIGIBLE)))
    for k in range(apart.size):
        strengths[k] = strengths[k] if abs(strengths[k]) >= least else zero


@compiled
def adapt_to_each(
    samples: Any,
    order: Any,
    rates: Any,
    influences: Any,
    transposed: Any,
    apart: Any,
    metric: Any,
    neighbourhood: Any,
    least_strength: Any,
) -> None:
    """Adapt the codebook to samples one after another.

    Args:
        samples: of shape (samples, features); NaN are missing features, which do not move.
        order: the samples to adapt to.
        rates: at each step, the rate times the sample's weight.
        influences: at each step.
        transposed: the codebook, of shape (features, width).
        apart: the latent distances, of shape (neurons, neurons).
        metric: its number.
        neighbourhood: the number of the neighbourhood function.
        least_strength: a neuron stays where it is if it is to be moved by less.
    """
    neurons, width = apart.shape[1], transposed.shape[1]
    features = np.empty(samples.shape[1] + 1, np.int64)
    scores, norms = np.empty(width, transposed.dtype), np.empty(width, transposed.dtype)
    strengths = np.zeros(width, transposed.dtype)
    is_euclidean = metric in (EUCLIDEAN, SQUARED_EUCLIDEAN)
    is_compared = False
    for step in range(order.size):
        sample, rate = samples[order[step]], min(rates[step], 1.0)
        count = present(sample, features)
        if not is_compared:
            compare(sample, features, count, transposed, metric, scores, norms)
        unit = first_smallest(scores[:neurons])
        _strengthen(apart[unit], neighbourhood, influences[step], rate, least_strength, strengths[:neurons])
        following = samples[order[min(step + 1, order.size - 1)]]
        is_compared = is_euclidean and count == sample.size and step + 1 < order.size
        is_compared = is_compared and present(following, features) == sample.size
        if is_compared:
            move_and_compare(sample, following, features, count, transposed, strengths, scores)
        else:
            count = present(sample, features)
            move(sample, features, count, transposed, strengths)
