"""Batch training on a GPU, where samples and codebook lie.

Within an epoch nothing but numbers moves between host and GPU; before it, in mini-batches, the order of the samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np

from nets.som.kernels import blocks, cuda
from nets.som.map import SelfOrganizingMap
from nets.som.metrics import Metric
from nets.som.search import check_features
from shapedmat import Matrix, backends, use_backend

Array: TypeAlias = Any  # a numpy.ndarray or a cupy.ndarray: no type describes both
Namespace: TypeAlias = Any  # the module numpy or cupy, for the same reason

_ROWS_AT_ONCE: Final = 256
"""The neurons whose latent distances from all others are moved to the device together."""

_CHECKED_AT_ONCE: Final = 2**20
"""As many numbers are looked at together."""


def on_device(matrix: Matrix[Any, Any, Any]) -> tuple[Namespace, Array]:
    """Return the module of a matrix's array, NumPy or CuPy, and the array, over the same memory."""
    if matrix.device == "cpu":
        return np, matrix.numpy()
    xp = backends.get("cupy").namespace
    return xp, xp.from_dlpack(matrix)


@dataclass(frozen=True)
class SearchBuffers:
    """What a search writes: what the parts of the neurons have found, how many have, and the units of the samples."""

    best: Array
    found: Array
    tickets: Array
    units: Array


class DeviceSearch:
    """A codebook on a GPU made ready to be compared with samples that lie there.

    The distances of samples and neurons are never stored: each sample's smallest one stays in registers. Euclidean ones
    of complete samples are taken relative to a point amid the samples, so that what they have in common, and would lose
    digits to, is small.

    Args:
        codebook: of shape (neurons, features).
        samples: of shape (samples, features), row after row, where NaN are missing features.
        metric: how far a sample is from a codebook vector.
        is_complete: whether no feature is missing.

    Attributes:
        plan: what is compiled and launched.
        multiprocessors: of the GPU.

    Raises:
        ValueError: the metric is none of those of `nets.som`.
    """

    def __init__(self, codebook: Array, samples: Array, metric: Metric, *, is_complete: bool) -> None:
        if type(metric) not in cuda.METRICS:
            name = type(metric).__name__
            raise ValueError(f"{name} is not computed on a GPU: train on the CPU, or take a metric of nets.som")
        neurons, features = codebook.shape
        self.plan = cuda.Plan(neurons, features, codebook.dtype, type(metric), is_complete=is_complete)
        self.multiprocessors: int = _driver().multiprocessors()
        self._xp = backends.get("cupy").namespace
        self._codebook, self._samples = codebook, samples
        self._source = self.plan.source
        self._centre = self._centre_of_samples()
        self._table = self._xp.empty(self.plan.padded_neurons * self.plan.features, codebook.dtype)
        self._offsets = self._xp.empty(self.plan.padded_neurons, codebook.dtype)
        threads = cuda.constant("CODEBOOK_THREADS")
        grid = cuda.warps_for(self.plan.padded_neurons, threads)
        self.launch("enter_codebook", grid, threads, [codebook, self._centre, self.plan.neurons, *self._entries])

    def buffers(self, count: int) -> SearchBuffers:
        """Return what a search of so many samples writes."""
        xp, (tiles, parts) = self._xp, self.plan.search_grid(count, self.multiprocessors)
        return SearchBuffers(
            best=xp.empty((parts, count), self._codebook.dtype),
            found=xp.empty((parts, count), np.int32),
            tickets=xp.zeros(tiles, np.uint32),
            units=xp.empty(count, np.int32),
        )

    def find(self, order: Array | None, buffers: SearchBuffers) -> Array:
        """Return the nearest neuron of each sample, or of those with some numbers, in the buffers' memory."""
        count = len(buffers.units)
        self.launch(
            "find_units",
            self.plan.search_grid(count, self.multiprocessors),
            cuda.constant("SEARCH_THREADS"),
            [
                *(self._samples, pointer(order), count, self._centre, *self._entries, self.plan.neurons),
                *(buffers.best, buffers.found, buffers.tickets, buffers.units),
            ],
        )
        return buffers.units

    def measure(self, units: Array) -> Array:
        """Return how far each sample is from its unit."""
        distances, threads = self._xp.empty(len(units), self._codebook.dtype), cuda.constant("DISTANCE_THREADS")
        grid = cuda.warps_for(len(units), threads)
        self.launch("measure", grid, threads, [self._samples, len(units), self._codebook, units, distances])
        return distances

    def move(self, totals: Array, rate: float | None) -> None:
        """Move the neurons to their averages, or by the share that the rate says, and be ready to search again.

        Args:
            totals: sums of samples and, after them, their counts, of shape (neurons, columns).
            rate: of the rule, or None for the whole way.
        """
        threads = cuda.constant("CODEBOOK_THREADS")
        self.launch(
            "move_to_averages" if rate is None else "move_by_rate",
            cuda.warps_for(self.plan.neurons, threads),
            threads,
            [
                *([totals] if rate is None else [totals, rate]),
                *(self._codebook, self._centre, self.plan.neurons, *self._entries),
            ],
        )

    def launch(self, name: str, grid: tuple[int, ...], threads: int, arguments: list[Any]) -> None:
        """Launch one of the plan's kernels."""
        _driver().kernel(self._source, name)(grid, threads, arguments)

    @property
    def _entries(self) -> tuple[Array, Array]:
        return self._table, self._offsets

    def _centre_of_samples(self) -> Array:
        """Return a point amid the samples, where one is needed; see `nets.som.kernels.blocks.centre_of`."""
        if self.plan.kind != "EuclideanByProduct":
            return self._xp.zeros(self.plan.features, self._codebook.dtype)
        some = self._samples[:: -(-len(self._samples) // blocks.LOOKED_AT)]
        return self._xp.asarray(blocks.centre_of(self._xp.asnumpy(some)))


class DeviceBatch:
    """Batch training of one map on samples, all on the same GPU.

    The samples of each unit are summed up in double precision, in the same order in every run and on every GPU; the
    strengths of the neighbourhood times these sums are a product of matrices; and the codebook moves in place. The
    results are those of the CPU but for rounding.

    Args:
        som: the map.
        samples: of shape (samples, features), where NaN are missing features.
        weights: of shape (samples,).
        is_complete: whether no feature is missing.

    Raises:
        ValueError: the metric is none of those of `nets.som`.
        DeviceMemoryError: the GPU has not enough memory.
    """

    def __init__(
        self,
        som: SelfOrganizingMap[Any, Any, Any, Any],
        samples: Matrix[Any, Any, Any],
        weights: np.ndarray[Any, np.dtype[np.float64]],
        *,
        is_complete: bool,
    ) -> None:
        self._som = som
        self._attempt = f"train {som.codebook.rows} neurons on samples of shape {samples.shape}"
        self._buffers: dict[int, tuple[SearchBuffers, Array]] = {}
        with at_work(som.codebook.device, self._attempt):
            self._xp, self._codebook = contiguous(som.codebook)
            _, self._samples = contiguous(samples)
            self._weights = self._xp.asarray(weights)
            self._search = DeviceSearch(self._codebook, self._samples, som.metric, is_complete=is_complete)

    def moved(self, order: np.ndarray[Any, np.dtype[np.int64]]) -> Array:
        """Return the numbers of samples on the device."""
        with at_work(self._som.codebook.device, self._attempt):
            return self._xp.asarray(order)

    def average(self, order: Array | None, influence: float, rate: float | None) -> None:
        """Move the neurons to the averages of samples, or by the share that the rate says.

        Args:
            order: the numbers of the samples on the device, or None for all.
            influence: of the neighbourhood function.
            rate: of the rule, or None for the whole way.
        """
        with at_work(self._som.codebook.device, self._attempt):
            sums, strengths = self._sums(order), self._strengths(influence)
            # As it is known on which stream their memory is, none of it is kept longer for another.
            backends.get("cupy").made([sums, strengths], (), sums.device.id)
            # The product that is chosen by times could be another one in another run.
            with use_backend("cupy-tiled"):
                totals = Matrix(strengths) @ Matrix(sums)
            self._search.move(contiguous(totals)[1], rate)
            # What is done on other streams waits for this from now on.
            self._som.codebook = Matrix(self._codebook)

    def _sums(self, order: Array | None) -> Array:
        """Return the sums of some samples by unit and, after them, their counts, of shape (neurons, columns)."""
        plan, count = self._search.plan, len(self._samples) if order is None else len(order)
        grid, column_slices = plan.sum_grid(count, self._search.multiprocessors)
        if count not in self._buffers:
            partial = self._xp.empty((grid[0], plan.neurons, plan.columns), np.float64)
            self._buffers[count] = self._search.buffers(count), partial
        buffers, partial = self._buffers[count]
        units = self._search.find(order, buffers)
        self._search.launch(
            "sum_by_unit",
            grid,
            cuda.constant("SUM_THREADS"),
            [
                *(self._samples, pointer(order), count, self._weights, units),
                *(plan.part_samples(count), plan.neurons, column_slices, partial),
            ],
        )
        sums, threads = self._xp.empty(partial.shape[1:], self._samples.dtype), cuda.constant("ADD_THREADS")
        grid_of_sums = cuda.blocks_for(sums.size, threads)
        self._search.launch("add_parts", grid_of_sums, threads, [partial, grid[0], sums.size, sums])
        return sums

    def _strengths(self, influence: float) -> Array:
        """Return how strongly each neuron follows each unit, of shape (neurons, neurons)."""
        xp, function, apart = self._xp, self._som.neighbourhood_function, self._apart
        limits = np.finfo(apart.dtype)
        # Sums of what is denormal would have few digits.
        least = float(limits.tiny / limits.eps)
        if type(function) not in cuda.NEIGHBOURHOODS:
            _, strengths = on_device(function.strengths(Matrix(apart), influence))
            return xp.where(strengths > least, strengths, apart.dtype.type(0))
        strengths, threads = xp.empty_like(apart), cuda.constant("STRENGTH_THREADS")
        kernel = _driver().kernel(cuda.neighbourhood_source(type(function), apart.dtype), "strengthen")
        kernel(cuda.blocks_for(apart.size, threads), threads, [apart, apart.size, influence, least, strengths])
        return strengths

    @cached_property
    def _apart(self) -> Array:
        """The latent distances of all neurons, of which a part at a time is on the host."""
        neurons, topology, dtype = self._search.plan.neurons, self._som.topology, self._samples.dtype
        apart = self._xp.empty((neurons, neurons), dtype)
        for start in range(0, neurons, _ROWS_AT_ONCE):
            rows = range(start, min(start + _ROWS_AT_ONCE, neurons))
            apart[start : rows.stop] = self._xp.asarray(topology.distances_from(rows).numpy().astype(dtype))
        return apart


def best_matching_units(
    codebook: Matrix[Any, Any, Any], samples: Matrix[Any, Any, Any], metric: Metric
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[Any]]]:
    """Return the neuron nearest to each sample and how far it is, both of shape (samples,), on the host.

    Of neurons equally near, the first counts. Missing features count as in `nets.som.best_matching_units`.

    Args:
        codebook: of shape (neurons, features), on a GPU.
        samples: of shape (samples, features), on the same GPU; NaN are missing features.
        metric: how far a sample is from a codebook vector.

    Raises:
        ValueError: the metric is none of those of `nets.som`, or a sample has an infinite feature, or none at all.
    """
    with at_work(codebook.device, f"compare samples of shape {samples.shape} with {codebook.rows} neurons"):
        (_, w), (xp, x) = contiguous(codebook), contiguous(samples)
        search = DeviceSearch(w, x, metric, is_complete=is_complete(samples))
        units = search.find(None, search.buffers(len(x)))
        return xp.asnumpy(units).astype(np.int64), xp.asnumpy(search.measure(units))


def is_complete(samples: Matrix[Any, Any, Any]) -> bool:
    """Tell whether all features of samples, on any device, are there.

    Raises:
        ValueError: a feature is infinite, or a sample has none.
    """
    xp, x = on_device(samples)
    rows, found = max(1, _CHECKED_AT_ONCE // max(1, samples.cols)), True
    with at_work(samples.device, f"check samples of shape {samples.shape}"):
        for start in range(0, len(x), rows):
            part = slice(start, start + rows)
            if not xp.isfinite(x[part]).all():
                found &= check_features(samples[part].numpy(), start)
    return found


@contextmanager
def at_work(device: str, attempt: str) -> Iterator[None]:
    """Make a GPU the current one within a ``with`` block, and say what could not be done on it if memory runs out.

    On the CPU nothing has to be done.

    Raises:
        DeviceMemoryError: the GPU has not enough memory.
    """
    if device == "cpu":
        yield
        return
    from shapedmat.backends.cupy_errors import explaining  # noqa: PLC0415  # which needs cupy

    number = backends.parse_device(device)[1]
    with explaining(number, f"{attempt} on {device}"), backends.get("cupy").namespace.cuda.Device(number):
        yield


def contiguous(matrix: Matrix[Any, Any, Any]) -> tuple[Namespace, Array]:
    """Return the module of a matrix's array and the array, row after row: a copy, if it does not lie so."""
    xp, array = on_device(matrix)
    return xp, xp.ascontiguousarray(array)


def pointer(order: Array | None) -> Array | int:
    """Return what a kernel gets for an array that may be left out."""
    return 0 if order is None else order


def _driver() -> Any:
    from shapedmat.kernels.cuda import driver  # noqa: PLC0415  # training on the CPU needs none

    return driver
