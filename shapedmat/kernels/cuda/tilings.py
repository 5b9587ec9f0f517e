"""How a matrix product is cut among the threads of a GPU: the tilings of ``product.cuh``, and the choice of one.

Nothing here needs a GPU. The choice counts cycles by a rough model; `possible` returns the best few by it, for those
who can measure.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any, Final

import numpy as np

from shapedmat.errors import DTypeError, ShapeError
from shapedmat.kernels.cuda.driver import STATIC_SHARED_BYTES
from shapedmat.kernels.cuda.operations import ELEMENT_TYPES
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tiling_costs import MULTIPROCESSORS, cycles
from shapedmat.precision import Precision

PRODUCT_TYPES: Final = tuple(name for name in ELEMENT_TYPES if name != "bool")
"""The element types that a tile can have."""

_MOST_THREADS: Final = 256
_MOST_PARTS: Final = 64
_LARGEST_SIZE: Final = 2**31 - 2**16  # the kernel's row and column numbers are ints, a tile beyond the end included

# The sides that a block's tile can have, each with those of a thread's part.
_SIDES: Final = {1: (1,), 2: (2,), 4: (4, 2), 8: (4, 2), 16: (4, 2), 32: (8, 4, 2), 64: (8, 4), 128: (8,)}
_INNER_SIDES: Final = (8, 16, 32, 64, 128, 256)


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
    if dtype.name not in PRODUCT_TYPES:
        raise DTypeError(f"CUDA products take {', '.join(PRODUCT_TYPES)}, not {dtype.name}")
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
                if rest or slices < 1 or slices > min(tile_inner, 256 // words):
                    continue
                if slices * max(tile_rows, tile_cols) > 1024:
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


def _ceil_divide(a: int, b: int) -> int:
    return -(-a // b)
