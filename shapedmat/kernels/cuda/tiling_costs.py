"""About how many cycles a matrix product takes on a GPU with one tiling or another."""

from __future__ import annotations

from typing import Final

from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.precision import Precision

MULTIPROCESSORS: Final = 132
"""Those of an H100 or H200, for which tilings are chosen unless told otherwise."""

_WARP: Final = 32

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
