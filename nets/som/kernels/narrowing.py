"""Finding best matching units among candidates, where bounds rule out the other neurons."""

from __future__ import annotations

from typing import Any

import numpy as np

from nets.som.kernels.compiling import compiled, reducing
from nets.som.kernels.minima import first_smallest


@reducing
def _centred_square(x: Any, mean: Any) -> Any:
    total = x.dtype.type(0)
    for f in range(x.size):
        total += (x[f] - mean[f]) * (x[f] - mean[f])
    return total


@reducing
def _centred_product(x: Any, mean: Any, w: Any) -> Any:
    total = x.dtype.type(0)
    for f in range(x.size):
        total += (x[f] - mean[f]) * w[f]
    return total


@reducing
def _square(x: Any) -> Any:
    total = x.dtype.type(0)
    for f in range(x.size):
        total += x[f] * x[f]
    return total


@compiled
def narrowed(
    samples: Any,
    mean: Any,
    shares: Any,
    products: Any,
    centred: Any,
    halves: Any,
    residuals: Any,
    origin: Any,
    rounding: Any,
    units: Any,
) -> Any:
    """Store the nearest neuron of each sample, and return how many neurons were compared in full.

    With x relative to the mean, and w = p + r in the subspace and across it, |w|²/2 − x·w, which is smallest for the
    nearest neuron, is at least |w|²/2 − x·p − |x across| |r|. Only neurons for which that is below the smallest found
    so far are compared in full.

    Args:
        samples: of shape (samples, features).
        mean: of the codebook, of shape (features,).
        shares: the samples relative to the mean, in the coordinates of the subspace.
        products: x·p, of shape (samples, neurons); overwritten.
        centred: the codebook relative to the mean, of shape (neurons, features).
        halves: |w|²/2.
        residuals: |r|.
        origin: the length of the mean.
        rounding: how far the bounds may be off, relative to the lengths of a sample and the longest vector.
        units: of shape (samples, 1).
    """
    compared = 0
    zero, more = mean.dtype.type(0), mean.dtype.type(1) + rounding
    longest = np.sqrt(halves.max() + halves.max())
    for i in range(samples.shape[0]):
        x, bounds = samples[i], products[i]
        squared = _centred_square(x, mean)
        across = np.sqrt(max(zero, squared * more - _square(shares[i])))
        slack = rounding * longest * (np.sqrt(squared) + origin)
        for k in range(bounds.size):
            bounds[k] = halves[k] - bounds[k] - across * residuals[k] - slack
        unit = first_smallest(bounds)
        smallest = halves[unit] - _centred_product(x, mean, centred[unit])
        compared += 1
        bounds[unit] = np.inf
        for k in range(bounds.size):
            if bounds[k] <= smallest:
                exact = halves[k] - _centred_product(x, mean, centred[k])
                compared += 1
                if exact < smallest or (exact == smallest and k < unit):
                    smallest, unit = exact, k
        units[i, 0] = unit
    return compared
