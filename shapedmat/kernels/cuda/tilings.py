"""How a matrix product is cut among the threads of a GPU: the tilings of ``product.cuh``, and the choice of one.

Nothing here needs a GPU. The choice counts cycles by a rough model; `possible` returns the best few by it, for those
who can measure.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any, Final

import numpy as np

from shapedmat.errors import DTypeError, ShapeError
from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.precision import Precision

ELEMENT_TYPES: Final = {
    "float32": "float",
    "float64": "double",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned",
    "uint64": "unsigned long long",
}
"""The element types that a tile can have, and their names in CUDA."""

STATIC_SHARED_BYTES: Final = 48 << 10
"""The shared memory that a block has without asking for more."""

MULTIPROCESSORS: Final = 132
"""Those of an H100 or H200, for which tilings are chosen unless told otherwise."""

_MATHS: Final[dict[Precision, str]] = {"full": "FullPrecision", "tf32": "TensorFloat32", "bf16": "BFloat16"}
_WARP: Final = 32
_MOST_THREADS: Final = 256
_MOST_PARTS: Final = 64
_LARGEST_SIZE: Final = 2**31 - 2**16  # the kernel's row and column numbers are ints, a tile beyond the end included

# The sides that a block's tile can have, each with those of a thread's part.
_SIDES: Final = {1: (1,), 2: (2,), 4: (4, 2), 8: (4, 2), 16: (4, 2), 32: (8, 4, 2), 64: (8, 4), 128: (8,)}
_INNER_SIDES: Final = (8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class ProductTiling:
    """One way to cut a product: the arguments of the template ``ProductTile``, and the parts of the inner dimension.

    Attributes:
        tile_rows: the rows of the tile that a block computes.
        tile_cols: its columns.
        tile_inner: how much of the inner dimension is in shared memory at a time, which is a stage.
        thread_rows: the rows of a thread's part of the tile; on tensor cores an eighth of a warp's.
        thread_cols: its columns; on tensor cores a quarter of a warp's.
        slices: how many groups of threads share the inner indices of a stage.
        parts: how many blocks share the inner dimension of a tile.
        itemsize: the bytes of an element.
        precision: how elements are multiplied.
    """

    tile_rows: int
    tile_cols: int
    tile_inner: int
    thread_rows: int
    thread_cols: int
    slices: int = 1
    parts: int = 1
    itemsize: int = 4
    precision: Precision = "full"

    @property
    def threads(self) -> int:
        """How many threads of a block compute."""
        return self.tile_rows // self.thread_rows * (self.tile_cols // self.thread_cols) * self.slices

    @property
    def shared_bytes(self) -> int:
        """The bytes of shared memory that a block needs: two stages of both operands, or sums that are handed over."""
        widest = WIDEST_BYTES // self.itemsize
        if self.precision == "full":
            stage = self.tile_inner * (self.tile_rows + self.tile_cols + 2 * widest) * self.itemsize
            pieces = self.thread_rows // min(self.thread_rows, widest)
            pitch = self.tile_cols + widest
        else:
            words = self.tile_inner if self.precision == "tf32" else self.tile_inner // 2
            stage = (self.tile_rows + self.tile_cols) * (words + 4) * 4
            pieces = self.thread_rows // 2
            pitch = self.tile_cols + 8
        return max(2 * stage, self.slices * (self.tile_rows // pieces) * pitch * self.itemsize)

    def tiles(self, rows: int, cols: int) -> int:
        """Return how many tiles cover a result."""
        return _ceil_divide(rows, self.tile_rows) * _ceil_divide(cols, self.tile_cols)

    def template(self, element: str, *, a_down: bool, a_width: int, b_down: bool, b_width: int) -> str:
        """Return the type of the tile in CUDA C++.

        >>> ProductTiling(64, 32, 16, 4, 4).template("float", a_down=False, a_width=4, b_down=True, b_width=1)
        'shapedmat::ProductTile<shapedmat::FullPrecision, float, 64, 32, 16, 4, 4, 1, false, 4, true, 1>'
        """
        sizes = (self.tile_rows, self.tile_cols, self.tile_inner, self.thread_rows, self.thread_cols, self.slices)
        operands = (str(a_down).lower(), str(a_width), str(b_down).lower(), str(b_width))
        arguments = (f"shapedmat::{_MATHS[self.precision]}", element, *map(str, sizes), *operands)
        return f"shapedmat::ProductTile<{', '.join(arguments)}>"


def choose(
    rows: int,
    inner: int,
    cols: int,
    dtype: np.dtype[Any],
    *,
    precision: Precision = "full",
    threads: int | None = None,
    parts_allowed: bool = True,
    max_shared_bytes: int = STATIC_SHARED_BYTES,
    multiprocessors: int = MULTIPROCESSORS,
    is_region: bool = False,
) -> ProductTiling:
    """Choose the tiling of a product of ``rows`` × ``inner`` by ``inner`` × ``cols`` that takes the fewest cycles.

    A large result gets large tiles, which read the operands less often; a small one gets small tiles whose threads
    share the inner dimension, and parts of it, so that there are blocks for the whole GPU.

    Args:
        rows: the rows of the result, or of the region of it that is computed at once.
        inner: the inner dimension.
        cols: the columns of the result.
        dtype: the element type.
        precision: how elements are multiplied.
        threads: the most threads that a block may compute with, or None for any number up to 256.
        parts_allowed: whether several blocks may share the inner dimension of a tile.
        max_shared_bytes: the most shared memory that a block may have.
        multiprocessors: how many multiprocessors the device has.
        is_region: whether one block computes all tiles, one after the other, and no part of the inner dimension is left
            to others.

    >>> choose(4096, 4096, 4096, np.dtype(np.float32)).threads
    256
    >>> choose(16, 100_000, 16, np.dtype(np.float32)).parts > 1
    True

    Raises:
        DTypeError: the element type has no products on a GPU, or none in this precision.
        ShapeError: a size is zero, or too large.
        ValueError: no tiling fits the threads and the shared memory.
    """
    return possible(
        rows,
        inner,
        cols,
        dtype,
        precision=precision,
        threads=threads,
        parts_allowed=parts_allowed,
        max_shared_bytes=max_shared_bytes,
        multiprocessors=multiprocessors,
        is_region=is_region,
        count=1,
    )[0]


@lru_cache(maxsize=1024)
def possible(
    rows: int,
    inner: int,
    cols: int,
    dtype: np.dtype[Any],
    *,
    precision: Precision = "full",
    threads: int | None = None,
    parts_allowed: bool = True,
    max_shared_bytes: int = STATIC_SHARED_BYTES,
    multiprocessors: int = MULTIPROCESSORS,
    is_region: bool = False,
    count: int = 6,
) -> tuple[ProductTiling, ...]:
    """Return the best few tilings for a product, the one that `choose` chooses first.

    No two of them differ in the number of parts, or in the depth of a stage, alone.

    Args:
        rows: as `choose`.
        inner: as `choose`.
        cols: as `choose`.
        dtype: as `choose`.
        precision: as `choose`.
        threads: as `choose`.
        parts_allowed: as `choose`.
        max_shared_bytes: as `choose`.
        multiprocessors: as `choose`.
        is_region: as `choose`.
        count: the most tilings that are returned.

    Raises:
        DTypeError: the element type has no products on a GPU, or none in this precision.
        ShapeError: a size is zero, or too large.
        ValueError: no tiling fits the threads and the shared memory.
    """
    _require_element_type(dtype, precision)
    _require_sizes(rows, inner, cols)
    threads = _MOST_THREADS if threads is None else threads
    best: dict[tuple[int, ...], tuple[tuple[float, ...], ProductTiling]] = {}
    for tiling in _tilings(dtype.itemsize, precision):
        if tiling.threads > threads or tiling.shared_bytes > max_shared_bytes or not _suits(tiling, rows, inner, cols):
            continue
        shape = (tiling.tile_rows, tiling.tile_cols, tiling.thread_rows, tiling.thread_cols)
        several = parts_allowed and not is_region
        for parts in _possible_parts(tiling, rows, inner, cols, multiprocessors) if several else (1,):
            candidate = replace(tiling, parts=parts)
            covered = candidate.tiles(rows, cols) * candidate.tile_rows * candidate.tile_cols
            taken = cycles(candidate, rows, inner, cols, None if is_region else multiprocessors)
            cost = taken, covered, parts, candidate.shared_bytes  # the others settle ties
            if shape not in best or cost < best[shape][0]:
                best[shape] = cost, candidate
    if not best:
        raise ValueError(
            f"no tiling of a product of ({rows}, {inner}) by ({inner}, {cols}) has at most {threads} threads "
            f"and {max_shared_bytes} bytes of shared memory: allow 64 threads and {STATIC_SHARED_BYTES} bytes"
        )
    return tuple(tiling for _, tiling in heapq.nsmallest(count, best.values(), key=lambda pair: pair[0]))


def _require_element_type(dtype: np.dtype[Any], precision: Precision) -> None:
    if dtype.name not in ELEMENT_TYPES:
        raise DTypeError(f"CUDA products take {', '.join(ELEMENT_TYPES)}, not {dtype.name}")
    if precision != "full" and dtype.name != "float32":
        raise DTypeError(f"products in {precision} take float32, not {dtype.name}: compute it in full precision")


def _require_sizes(rows: int, inner: int, cols: int) -> None:
    if 0 in (rows, inner, cols):
        raise ShapeError(f"cannot tile the product of ({rows}, {inner}) by ({inner}, {cols}): it is empty")
    if max(rows, inner, cols) > _LARGEST_SIZE:
        raise ShapeError(
            f"cannot tile the product of ({rows}, {inner}) by ({inner}, {cols}): "
            f"sizes up to {_LARGEST_SIZE} have numbers of 32 bits"
        )


def is_tiling(tiling: ProductTiling) -> bool:
    """Tell whether a tiling is one of those to choose from."""
    return replace(tiling, parts=1) in _tilings(tiling.itemsize, tiling.precision) and tiling.parts <= _MOST_PARTS


# --- the tilings ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _tilings(itemsize: int, precision: Precision) -> tuple[ProductTiling, ...]:
    """Return all tilings with whole inner dimensions."""
    return tuple(_full_tilings(itemsize) if precision == "full" else _tensor_core_tilings(precision))


def _full_tilings(itemsize: int) -> Iterator[ProductTiling]:
    words = max(itemsize // 4, 1)
    for (tile_rows, row_sides), (tile_cols, col_sides) in product(_SIDES.items(), repeat=2):
        for thread_rows, thread_cols, tile_inner in product(row_sides, col_sides, _INNER_SIDES):
            group = tile_rows // thread_rows * (tile_cols // thread_cols)
            for threads in (64, 128, 256):
                slices, rest = divmod(threads, group)
                # A thread moves one element of a stage at least, and at most what 16 registers hold.
                moved = (tile_rows + tile_cols) * tile_inner / threads
                if rest or slices < 1 or slices > tile_inner or slices * max(tile_rows, tile_cols) > 1024:
                    continue
                if 1 <= moved <= 16 / words and thread_rows * thread_cols * words <= 64:
                    yield ProductTiling(
                        tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, itemsize=itemsize
                    )


def _tensor_core_tilings(precision: Precision) -> Iterator[ProductTiling]:
    step = 8 if precision == "tf32" else 16
    for tile_rows, tile_cols, thread_rows, thread_cols in product(
        (16, 32, 64, 128), (8, 16, 32, 64, 128), (2, 4, 8), (2, 4, 8)
    ):
        if tile_rows % (8 * thread_rows) or tile_cols % (4 * thread_cols):
            continue
        group = tile_rows // thread_rows * (tile_cols // thread_cols)
        for threads, tile_inner in product((64, 128, 256), (16, 32, 64, 128)):
            slices, rest = divmod(threads, group)
            moved = (tile_rows + tile_cols) * tile_inner / threads
            if not rest and slices >= 1 and tile_inner % (step * slices) == 0 and 1 <= moved <= 16:
                yield ProductTiling(
                    tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, precision=precision
                )


def _suits(tiling: ProductTiling, rows: int, inner: int, cols: int) -> bool:
    """Tell whether no smaller tile covers as much, and no larger one is obviously better."""
    smallest = 1 if tiling.precision == "full" else 16
    for side, size in ((tiling.tile_rows, rows), (tiling.tile_cols, cols)):
        if not min(8, _power_of_two(size)) <= side <= max(_power_of_two(size), smallest):
            return False
    return tiling.tile_inner <= max(_power_of_two(inner), 2 * _INNER_SIDES[0], tiling.slices)


def _possible_parts(tiling: ProductTiling, rows: int, inner: int, cols: int, multiprocessors: int) -> set[int]:
    """Return numbers of parts up to two blocks for each multiprocessor, none of which leaves a part empty."""
    stages = _ceil_divide(inner, tiling.tile_inner)
    room = 2 * multiprocessors // tiling.tiles(rows, cols)
    wanted = {1, room // 2, room, *(2**power for power in range(1, max(room, 1).bit_length()))}
    return {
        _ceil_divide(stages, _ceil_divide(stages, parts)) for parts in wanted if 1 <= parts <= min(room or 1, 64)
    } | {1}


def _power_of_two(size: int) -> int:
    return 1 << (size - 1).bit_length()


# --- their cost -------------------------------------------------------------------------------------------------------

# Rough rates of one multiprocessor of compute capability 8.0 to 9.0, in a cycle, and latencies in cycles (NVIDIA,
# "NVIDIA H100 Tensor Core GPU Architecture", 2022; W. Luo et al., "Benchmarking and Dissecting the Nvidia Hopper GPU
# Architecture via Microbenchmarking", 2024). They have to tell a good tiling from one that leaves the GPU idle.
_SCHEDULERS: Final = 4
_FRAGMENTS_MULTIPLIED: Final[dict[Precision, int]] = {"tf32": 512, "bf16": 1024}
_SHARED_BYTES: Final = 128
_GLOBAL_BYTES: Final = 32
_LOAD_LATENCY: Final = 500
_READ_STALL: Final = 12
_BARRIER_CYCLES: Final = 30
_START_CYCLES: Final = 1000
_TICKET_CYCLES: Final = 1500
_REGISTERS: Final = 65536
_RESIDENT_THREADS: Final = 2048
_RESIDENT_SHARED_BYTES: Final = 160 << 10


def cycles(
    tiling: ProductTiling, rows: int, inner: int, cols: int, multiprocessors: int | None = MULTIPROCESSORS
) -> float:
    """Return about how many cycles a product takes.

    Args:
        tiling: how it is cut.
        rows: the rows of the result.
        inner: the inner dimension.
        cols: the columns of the result.
        multiprocessors: how many multiprocessors share the tiles; None where one block computes them in turn.
    """
    tiles = tiling.tiles(rows, cols)
    elements = tiling.tile_rows * tiling.tile_cols
    stages = _ceil_divide(_ceil_divide(inner, tiling.tile_inner), tiling.parts)
    handed_over = 2 * tiling.slices * elements * tiling.itemsize / _SHARED_BYTES
    finish = handed_over + elements * tiling.itemsize / _GLOBAL_BYTES
    if multiprocessors is None:
        return tiles * (_LOAD_LATENCY + stages * _stage_cycles(tiling, 1) + finish)
    busiest = _ceil_divide(tiles * tiling.parts, multiprocessors)
    waves, rest = divmod(busiest, _resident_blocks(tiling))
    total = 0.0
    for blocks, times in ((_resident_blocks(tiling), waves), (rest, 1)):
        if blocks and times:
            total += times * (_START_CYCLES + stages * _stage_cycles(tiling, blocks) + blocks * finish)
    if tiling.parts > 1:
        rounds = _ceil_divide(elements, tiling.threads) * _ceil_divide(tiling.parts, 8)
        moved = 2 * tiles * tiling.parts * elements * tiling.itemsize / (_GLOBAL_BYTES * multiprocessors)
        total += _TICKET_CYCLES + rounds * _LOAD_LATENCY + moved
    return total


def _stage_cycles(tiling: ProductTiling, blocks: int) -> float:
    """Return the cycles of a stage of so many blocks of a multiprocessor at once."""
    sides = tiling.tile_rows + tiling.tile_cols
    words = max(tiling.itemsize / 4, 1)
    warps = blocks * tiling.threads / _WARP
    inner = tiling.tile_inner / tiling.slices
    if tiling.precision == "full":
        packs = max(WIDEST_BYTES // tiling.itemsize, 1)
        reads = _ceil_divide(tiling.thread_rows, packs) + _ceil_divide(tiling.thread_cols, packs)
        # Each scheduler issues one instruction of a warp a cycle; few warps with few sums leave it waiting.
        issued = words * tiling.thread_rows * tiling.thread_cols + reads + 1
        computed = inner * max(warps / _SCHEDULERS * issued, issued + _READ_STALL)
        read = warps * inner * (tiling.thread_rows + tiling.thread_cols) * tiling.itemsize * _distinct(tiling)
    else:
        size = 4 if tiling.precision == "tf32" else 2
        computed = blocks * tiling.tile_rows * tiling.tile_cols * tiling.tile_inner
        computed /= _FRAGMENTS_MULTIPLIED[tiling.precision] * min(1.0, warps / 8)
        read = warps * inner * (8 * tiling.thread_rows + 4 * tiling.thread_cols) * size
    shared = (read + 2 * blocks * sides * tiling.tile_inner * tiling.itemsize) / _SHARED_BYTES
    loaded = blocks * sides * tiling.tile_inner * tiling.itemsize / _GLOBAL_BYTES
    # What is not the bottleneck is not quite free.
    return max(computed, shared, loaded, _LOAD_LATENCY) + 0.1 * (computed + shared + loaded) + _BARRIER_CYCLES


def _distinct(tiling: ProductTiling) -> float:
    """Return how many of a warp's threads read different elements from shared memory, on average over both operands."""
    across = min(tiling.tile_cols // tiling.thread_cols, _WARP)
    down = min(max(_WARP // across, 1), tiling.tile_rows // tiling.thread_rows)
    slices = _WARP / (across * down)
    return (
        slices * (tiling.thread_rows * down + tiling.thread_cols * across) / (tiling.thread_rows + tiling.thread_cols)
    )


def _resident_blocks(tiling: ProductTiling) -> int:
    """Return how many blocks a multiprocessor can run at once."""
    words = max(tiling.itemsize / 4, 1)
    sides = tiling.thread_rows + tiling.thread_cols
    moved = (tiling.tile_rows + tiling.tile_cols) * tiling.tile_inner / tiling.threads
    registers = words * (tiling.thread_rows * tiling.thread_cols + 1.5 * sides + moved) + 28
    return max(
        1,
        min(
            int(_REGISTERS // (registers * tiling.threads)),
            _RESIDENT_THREADS // tiling.threads,
            _RESIDENT_SHARED_BYTES // tiling.shared_bytes,
        ),
    )


def _ceil_divide(a: int, b: int) -> int:
    return -(-a // b)
