"""Batch training on a GPU: what is compiled and launched for one map. Nothing here needs a GPU.

An epoch is six launches: the search for best matching units (`search.cuh`), the sums of the samples by unit in parts
and the sum of the parts (`sums.cuh`), the strengths of the neighbourhood (`neighbourhoods.cuh`), their product with the
sums, which is one of matrices, and the move of the codebook (`codebook.cuh`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from nets.som.metrics import Chebyshev, Cosine, Euclidean, Manhattan, Metric, SquaredEuclidean
from nets.som.neighbourhoods import Bubble, Gaussian, Neighbourhood, Triangle, VarianceGaussian
from shapedmat.kernels.cuda.sources import source

METRICS: Final[dict[type[Metric], tuple[str, str]]] = {
    Euclidean: ("EuclideanByProduct", "Euclidean"),
    SquaredEuclidean: ("EuclideanByProduct", "Euclidean"),
    Cosine: ("CosineByProduct", "Cosine"),
    Manhattan: ("Manhattan", "Manhattan"),
    Chebyshev: ("Chebyshev", "Chebyshev"),
}
"""By each metric its name in `metrics.cuh`, for complete samples and for others."""

NEIGHBOURHOODS: Final[dict[type[Neighbourhood], str]] = {
    Gaussian: "Gaussian",
    VarianceGaussian: "VarianceGaussian",
    Bubble: "Bubble",
    Triangle: "Triangle",
}
"""By each neighbourhood function that has averages its name in `neighbourhoods.cuh`."""

_PACKAGE: Final = "nets.som.kernels"
_CONSTANTS: Final = re.compile(r"^constexpr int (\w+) = (\d+);", re.MULTILINE)


@cache
def constant(name: str) -> int:
    """Return a number that the sources define.

    Raises:
        KeyError: they define no number of this name.

    >>> constant("SEARCH_THREADS")
    128
    """
    sources = source("codebook.cuh", "sums.cuh", "neighbourhoods.cuh", "distances.cuh", package=_PACKAGE)
    found = dict(_CONSTANTS.findall(sources))
    return int(found[name])


_LEAST_PART: Final = 1024
"""As many samples are summed up together at least."""
_MOST_PARTS: Final = 1024
_PARTIAL_BYTES: Final = 2**28
"""The most memory that the sums of all parts take, if there is more than one."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the search for best matching units is shared among blocks and threads.

    Attributes:
        thread_samples: the samples of a thread.
        thread_neurons: the neurons that it compares each of them with at once.
        blocks: how many blocks a multiprocessor is to have registers for.
    """

    thread_samples: int
    thread_neurons: int
    blocks: int

    @property
    def samples(self) -> int:
        """The samples of a block."""
        return constant("SEARCH_THREADS") // constant("ACROSS") * self.thread_samples

    @property
    def neurons(self) -> int:
        """The neurons that a block compares with at once."""
        return constant("ACROSS") * self.thread_neurons


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compiled and launched to train one map on samples of one kind.

    Attributes:
        neurons: of the map.
        features: of each sample.
        dtype: float32 or float64.
        metric: of the map, one of `METRICS`.
        is_complete: whether no feature is missing.
    """

    neurons: int
    features: int
    dtype: np.dtype[Any]
    metric: type[Metric]
    is_complete: bool

    @property
    def element(self) -> str:
        """The element type in CUDA."""
        return element_type(self.dtype)

    @property
    def kind(self) -> str:
        """The metric's name in `metrics.cuh`."""
        return METRICS[self.metric][0 if self.is_complete else 1]

    @property
    def columns(self) -> int:
        """The columns of the sums: those of the features, and one of weights, or one of them for each feature."""
        return self.features + (1 if self.is_complete else self.features)

    @property
    def tiling(self) -> Tiling:
        """How the search is shared."""
        # Cosines of incomplete samples have two sums for each pair of sample and neuron.
        has_two_sums = self.kind == "Cosine"
        if self.dtype == np.float32:
            is_resident = self.features * self.dtype.itemsize <= constant("RESIDENT_BYTES")
            return Tiling(8, 4 if has_two_sums else 8, 3 if is_resident else 2)
        return Tiling(4 if has_two_sums else 8, 4, 2)

    @property
    def padded_neurons(self) -> int:
        """The neurons, and what fills up the last tile of them."""
        return _ceil_divide(self.neurons, self.tiling.neurons) * self.tiling.neurons

    @property
    def source(self) -> str:
        """The CUDA source of the kernels."""
        tiling = self.tiling
        constants = (
            f"using Element = {self.element};\n"
            f"using Metric = shapedmat::som::{self.kind}<Element>;\n"
            f"using Distance = shapedmat::som::{self.metric.__name__}Distance;\n"
            f"using Tile = shapedmat::som::Tiling<Element, {self.features}, {tiling.thread_samples}, "
            f"{tiling.thread_neurons}>;\n"
            f"constexpr bool COMPLETE = {str(self.is_complete).lower()};\n"
            f"constexpr int SEARCH_BLOCKS = {tiling.blocks};\n\n"
        )
        headers = source("codebook.cuh", "sums.cuh", "distances.cuh", package=_PACKAGE)
        return headers + constants + source("training.cu", package=_PACKAGE)

    def search_grid(self, samples: int, multiprocessors: int) -> tuple[int, int]:
        """Return the blocks of the search: tiles of samples, and parts of the neurons, of which few samples have more.

        The units do not depend on the parts.
        """
        tiles = _ceil_divide(samples, self.tiling.samples)
        neuron_tiles = self.padded_neurons // self.tiling.neurons
        return tiles, max(1, min(neuron_tiles, self.tiling.blocks * multiprocessors // tiles))

    def part_samples(self, samples: int) -> int:
        """Return how many samples are summed up together, which decides the order of additions.

        The sums of a part are written and read again: parts are as large as makes that cost less than their samples.
        """
        wanted = min(constant("SORTED"), max(_LEAST_PART, 3 * self.neurons))
        most = max(1, min(_MOST_PARTS, _PARTIAL_BYTES // (8 * self.neurons * self.columns)))
        return _ceil_divide(samples, min(most, _ceil_divide(samples, wanted)))

    def sum_grid(self, samples: int, multiprocessors: int) -> tuple[tuple[int, int], int]:
        """Return the blocks that sum up samples, and how many of them share the columns of the same samples."""
        parts = _ceil_divide(samples, self.part_samples(samples))
        unit_slices = _ceil_divide(self.neurons, constant("UNITS_A_BLOCK"))
        most = _ceil_divide(self.columns, constant("WARP") * constant("LANE_COLUMNS"))
        column_slices = max(1, min(most, 2 * multiprocessors // (parts * unit_slices)))
        return (parts, unit_slices * column_slices), column_slices


@cache
def neighbourhood_source(function: type[Neighbourhood], dtype: np.dtype[Any]) -> str:
    """Return the CUDA source of the kernel of a neighbourhood function, one of `NEIGHBOURHOODS`."""
    constants = (
        f"using Element = {element_type(dtype)};\n"
        f"using Neighbourhood = shapedmat::som::{NEIGHBOURHOODS[function]}<Element>;\n\n"
    )
    headers = source("neighbourhoods.cuh", package=_PACKAGE)
    return headers + constants + source("neighbourhood.cu", package=_PACKAGE)


def element_type(dtype: np.dtype[Any]) -> str:
    """Return an element type's name in CUDA."""
    return "float" if dtype == np.float32 else "double"


def blocks_for(size: int, threads: int) -> tuple[int]:
    """Return the blocks of so many threads that have a thread for each of some elements."""
    return (_ceil_divide(size, threads),)


def warps_for(size: int, threads: int) -> tuple[int]:
    """Return the blocks of so many threads that have a warp for each of some vectors."""
    return (_ceil_divide(size * constant("WARP"), threads),)


def _ceil_divide(a: int, b: int) -> int:
    return -(-a // b)
