"""Best matching units of samples with many features, found from a few of their coordinates.

Codebook vectors of a map are averages of many samples, so they lie near a subspace of few dimensions. There most of
x·w is computed; how much the rest can be at most is known from how far sample and vector are from the subspace. That
rules out nearly all neurons, and the others are compared in full: the result is exact. The bounds are those of nearest
neighbour search by projections, from the inequality of Cauchy and Schwarz; the subspace comes from one step of the
randomized power method (Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 53, 2011).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from nets.som.kernels.narrowing import narrowed
from shapedmat.kernels import product

Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.floating[Any]]]"
Units: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]

FEATURES: Final = 128
"""With fewer features, the whole product costs little more."""
NEURONS: Final = 64
"""And so it does with fewer neurons."""

_DIMENSIONS: Final = (32, 64)
"""The subspaces that are tried."""
_TRIED: Final = 32
"""The samples that they are tried on."""
_COST_OF_ONE: Final = 4
"""A product of one sample and one vector takes so many times its share of a matrix product."""
_WORTH_IT: Final = 0.7
"""The share of the whole product's work below which a subspace is taken."""
_ROUNDING_UNITS: Final = 32
"""How many units of rounding the bounds allow for."""


class Subspace:
    """A codebook, relative to its mean, split into its part in a subspace and the length of the rest."""

    def __init__(self, codebook: Floats, dimensions: int) -> None:
        exact = codebook.astype(np.float64)
        mean = exact.mean(axis=0)
        exact -= mean
        start = np.random.default_rng(0).normal(size=(exact.shape[1], dimensions))
        basis, _ = np.linalg.qr(exact.T @ (exact @ start))
        within = exact @ basis
        squares = np.einsum("kf,kf->k", exact, exact)

        def rounded(array: np.ndarray[Any, Any]) -> Any:
            return np.ascontiguousarray(array, codebook.dtype)

        self._mean, self._basis, self._offset = rounded(mean), rounded(basis), rounded(mean @ basis)
        self._within, self._centred, self._halves = rounded(within.T), rounded(exact), rounded(squares / 2)
        rest = np.sqrt((squares - np.einsum("kd,kd->k", within, within)).clip(min=0))
        self._residuals = rounded(rest)
        self._origin = codebook.dtype.type(np.linalg.norm(mean))
        self._rounding = codebook.dtype.type(_ROUNDING_UNITS * np.finfo(codebook.dtype).eps)

    def nearest(self, samples: Floats, units: Units) -> int:
        """Store the nearest neuron of each complete sample; return how many were compared in full."""
        shares = np.empty((len(samples), self._basis.shape[1]), self._mean.dtype)
        products = np.empty((len(samples), len(self._halves)), self._mean.dtype)
        product.multiply(samples, self._basis, shares)
        shares -= self._offset
        product.multiply(shares, self._within, products)
        compared: int = narrowed(
            samples,
            self._mean,
            shares,
            products,
            self._centred,
            self._halves,
            self._residuals,
            self._origin,
            self._rounding,
            units,
        )
        return compared


def worthwhile_subspace(codebook: Floats, samples: np.ndarray[tuple[int, int], np.dtype[Any]]) -> Subspace | None:
    """Return a subspace in which it takes less work to find the units of such samples, or None.

    A few samples, at equal distances, are tried; so the choice is the same in every run.
    """
    neurons, features = codebook.shape
    tried = np.ascontiguousarray(samples[:: -(-len(samples) // _TRIED)], codebook.dtype)
    tried = tried[np.isfinite(tried).all(axis=1)]
    if not len(tried):
        return None
    units = np.empty((len(tried), 1), np.int64)
    for dimensions in _DIMENSIONS:
        subspace = Subspace(codebook, dimensions)
        compared = subspace.nearest(tried, units) / len(tried)
        work = dimensions * (features + neurons) + _COST_OF_ONE * compared * features
        if work < _WORTH_IT * features * neurons:
            return subspace
    return None
