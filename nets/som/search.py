"""The search for best matching units on the CPU, in pieces that bound its memory."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, TypeVar

import numpy as np

from nets.som import narrowing
from nets.som.kernels import comparison
from nets.som.kernels.tiles import filled_up
from nets.som.metrics import Chebyshev, Cosine, Euclidean, Manhattan, Metric, SquaredEuclidean
from nets.som.threads import own_threads_alone, shared
from shapedmat import Matrix, ShapeError
from shapedmat.kernels import product

Real = TypeVar("Real", np.float32, np.float64)

Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[np.floating[Any]]]"
Units: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]

CHUNK_BYTES: Final = 64 * 2**20
"""The most memory that distances take at once, unless another number is given."""

COMPILED_METRICS: Final[dict[type[Metric], int]] = {
    Euclidean: comparison.EUCLIDEAN,
    SquaredEuclidean: comparison.SQUARED_EUCLIDEAN,
    Cosine: comparison.COSINE,
    Manhattan: comparison.MANHATTAN,
    Chebyshev: comparison.CHEBYSHEV,
}

_CACHE_BYTES: Final = 2**20
"""What is taken of the second cache by the samples that are multiplied at once, and their products."""

_ROWS: Final = 252
"""As few rows are multiplied efficiently; see `shapedmat.kernels.product.ROWS`."""

_FEW_FEATURES: Final = 16
"""Of so many features, differences are squared and summed as fast as a matrix product is computed."""


_MANY_SAMPLES: Final = 2000
"""With fewer samples it takes longer to look for a shorter way than to go the long one."""


class Search:
    """A codebook made ready to be compared with many samples.

    Euclidean distances of complete samples come from one matrix product: |x − w|² = |x|² − 2 (x·w − |w|²/2), whose
    smallest is where x·w − |w|²/2 is largest. The vectors are taken relative to their mean, so that what the products
    have in common, and would lose digits to, is small.
    """

    def __init__(self, codebook: Floats, metric: Metric) -> None:
        self.codebook = np.ascontiguousarray(codebook)
        self.metric = metric
        self._code = COMPILED_METRICS.get(type(metric))
        self._transposed = filled_up(self.codebook)
        self._subspace: narrowing.Subspace | None = None
        self._by_products = self._code in (comparison.EUCLIDEAN, comparison.SQUARED_EUCLIDEAN) and (
            codebook.shape[1] > _FEW_FEATURES
        )
        if self._by_products:
            product.prepare(codebook.dtype)
            exact = self.codebook.astype(np.float64)
            mean = exact.mean(axis=0)
            exact -= mean
            self._columns = np.ascontiguousarray(exact.T.astype(codebook.dtype))
            self._offsets = (0.5 * np.einsum("kf,kf->k", exact, exact) + exact @ mean).astype(codebook.dtype)

    def prepare_for(self, samples: np.ndarray[tuple[int, int], np.dtype[Any]]) -> None:
        """Take a shorter way to the units of so many samples like these, if there is one."""
        neurons, features = self.codebook.shape
        many = neurons >= narrowing.NEURONS and features >= narrowing.FEATURES
        if self._by_products and many and len(samples) >= _MANY_SAMPLES:
            self._subspace = narrowing.worthwhile_subspace(self.codebook, samples)

    def rows_at_once(self, chunk_bytes: int) -> int:
        """Return how many samples to search for at once, so that their products take no more memory than that."""
        bytes_of_a_row: int = self.codebook.itemsize * sum(self.codebook.shape)
        in_cache = max(1, _CACHE_BYTES // bytes_of_a_row // _ROWS) * _ROWS
        return max(1, min(in_cache, chunk_bytes // bytes_of_a_row))

    def nearest(self, samples: Floats, units: Units, distances: Floats | None, *, is_complete: bool) -> None:
        """Store the nearest neurons of each sample, as many as `units` has columns, and how far they are."""
        if self._code is None:
            self._by_metric(samples, units, distances)
        elif is_complete and self._by_products:
            if self._subspace is not None and units.shape[1] == 1:
                self._subspace.nearest(samples, units)
            else:
                products = np.empty((len(samples), len(self.codebook)), self.codebook.dtype)
                product.multiply(samples, self._columns, products)
                comparison.least(products, self._offsets, units)
            if distances is not None:
                is_squared = self._code == comparison.SQUARED_EUCLIDEAN
                comparison.measure(samples, self.codebook, units, is_squared, distances)
        else:
            apart = np.empty(units.shape, self.codebook.dtype) if distances is None else distances
            comparison.nearest(samples, self._transposed, len(self.codebook), self._code, units, apart)

    def all_distances(self, samples: Floats, distances: Floats) -> None:
        """Store how far each sample is from each neuron; no row depends on another."""
        if self._code is None:
            points: Matrix[Any, Any, Any] = Matrix.from_array(self.codebook)
            for i in range(len(samples)):
                distances[i] = self.metric.distances(points, Matrix.from_array(samples[i : i + 1])).numpy()[:, 0]
        else:
            comparison.all_distances(samples, self._transposed, self._code, distances)

    def _by_metric(self, samples: Floats, units: Units, distances: Floats | None) -> None:
        """Search with a metric of one's own, sample by sample."""
        points: Matrix[Any, Any, Any] = Matrix.from_array(self.codebook)
        for i in range(len(samples)):
            apart = self.metric.distances(points, Matrix.from_array(samples[i : i + 1])).numpy()[:, 0]
            units[i] = np.argsort(apart, kind="stable")[: units.shape[1]]
            if distances is not None:
                distances[i] = apart[units[i]]


def best_matching_units(
    codebook: np.ndarray[tuple[int, int], np.dtype[Real]],
    samples: np.ndarray[tuple[int, int], np.dtype[Any]],
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
    *,
    count: Literal[1, 2] = 1,
    chunk_bytes: int = CHUNK_BYTES,
) -> tuple[Units, np.ndarray[tuple[int, int], np.dtype[Real]]]:
    """Return the neurons nearest to each sample, the nearest first, and how far they are.

    >>> codebook = np.array([[0.0, 0.0], [4.0, 0.0]])
    >>> units, distances = best_matching_units(codebook, np.array([[3.0, 0.0], [1.0, np.nan]]))
    >>> units[:, 0], distances[:, 0].round(3)
    (array([1, 0]), array([1.   , 1.414]))

    Args:
        codebook: of shape (neurons, features).
        samples: of shape (samples, features); NaN are missing features.
        metric: how far a sample is from a codebook vector.
        count: how many neurons of each sample.
        chunk_bytes: the most memory that the distances of samples from all neurons may take at once, in each thread.

    Returns:
        Neurons and distances, both of shape (samples, count). Of neurons equally near, the first counts.

    Raises:
        ShapeError: the samples have not as many columns as the codebook.
        ValueError: there are fewer neurons than `count`, or a sample has an infinite feature, or none at all.
    """
    _require_features(codebook, samples)
    if len(codebook) < count:
        raise ValueError(
            f"a codebook of shape {codebook.shape} has no {count} nearest neurons: take count={len(codebook)}"
        )
    with own_threads_alone():
        search = Search(codebook, metric)
        if count == 1:
            search.prepare_for(samples)
    units = np.empty((len(samples), count), np.int64)
    distances = np.empty((len(samples), count), codebook.dtype)
    rows = search.rows_at_once(chunk_bytes)

    def find(part: slice) -> None:
        for start in range(part.start, part.stop, rows):
            piece = slice(start, min(start + rows, part.stop))
            chunk = np.ascontiguousarray(samples[piece], codebook.dtype)
            is_complete = check_features(chunk, start)
            search.nearest(chunk, units[piece], distances[piece], is_complete=is_complete)

    shared(len(samples), samples.size * len(codebook), find)
    return units, distances


def distances(
    codebook: np.ndarray[tuple[int, int], np.dtype[Real]],
    samples: np.ndarray[tuple[int, int], np.dtype[Any]],
    metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
) -> np.ndarray[tuple[int, int], np.dtype[Real]]:
    """Return how far each sample is from each neuron, of shape (samples, neurons).

    Missing features count as in `best_matching_units`. A row depends on no other sample.

    Args:
        codebook: of shape (neurons, features).
        samples: of shape (samples, features); NaN are missing features.
        metric: how far a sample is from a codebook vector.

    Raises:
        ShapeError: the samples have not as many columns as the codebook.
        ValueError: a sample has an infinite feature, or none at all.
    """
    _require_features(codebook, samples)
    search = Search(codebook, metric)
    found = np.empty((len(samples), len(codebook)), codebook.dtype)
    rows = search.rows_at_once(CHUNK_BYTES)

    def compare(part: slice) -> None:
        for start in range(part.start, part.stop, rows):
            piece = slice(start, min(start + rows, part.stop))
            chunk = np.ascontiguousarray(samples[piece], codebook.dtype)
            check_features(chunk, start)
            search.all_distances(chunk, found[piece])

    shared(len(samples), samples.size * len(codebook), compare)
    return found


def _require_features(codebook: Floats, samples: np.ndarray[Any, np.dtype[Any]]) -> None:
    if samples.ndim != 2 or samples.shape[1] != codebook.shape[1]:
        raise ShapeError(
            f"the samples have shape {samples.shape}, but the codebook {codebook.shape}: "
            f"{codebook.shape[1]} features in each sample are wanted"
        )


def check_features(samples: Floats, first: int) -> bool:
    """Tell whether all features of some samples are there; the first sample has the number `first`.

    Raises:
        ValueError: a feature is infinite, or a sample has none.
    """
    if np.isfinite(samples).all():
        return True
    infinite = np.isinf(samples)
    if infinite.any():
        row, column = map(int, np.argwhere(infinite)[0])
        raise ValueError(
            f"feature {column} of sample {first + row} is {samples[row, column]}: finite numbers are wanted, "
            "or NaN where a feature is missing"
        )
    empty = np.isnan(samples).all(axis=1)
    if empty.any():
        raise ValueError(f"sample {first + int(np.argmax(empty))} has no features, only NaN: leave it out")
    return False
