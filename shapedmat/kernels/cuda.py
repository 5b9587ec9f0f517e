"""The plan of a CUDA matrix product: how ``matmul.cu`` is compiled and launched for one static shape.

Nothing here needs a GPU, or a package that talks to one: the cupy backend launches what is planned here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product
from typing import Any, Final

import numpy as np

from shapedmat.errors import DTypeError, ShapeError

ELEMENT_TYPES: Final = {"float32": "float", "float64": "double"}
"""The element types that the kernel takes, and their names in CUDA."""

THREAD_SIDES: Final = {16: 2, 32: 4, 64: 4, 128: 8}
"""The sides that a block's tile may have, each with that of a thread's part: a block always has 64 to 256 threads."""

# Shared memory holds this many bytes of each row of A at a time: two of the 32-byte sectors that memory is read in.
_DEPTH_BYTES: Final = 64

# What ranks the tilings: rough rates of one multiprocessor, from the data sheets of GPUs since 2020. They only have to
# tell a good tiling from one that leaves most of the GPU idle.
_MULTIPROCESSORS: Final = 108
_MULTIPLICATIONS_PER_CYCLE: Final = 128
_WORDS_MOVED_PER_CYCLE: Final = 12
_LATENCY_CYCLES: Final = 600
_LAUNCH_CYCLES: Final = 4000

_INT_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """How a matrix lies in memory.

    Attributes:
        column_major: whether neighbours in memory are neighbours in a column; else they are neighbours in a row.
        stride: the number of elements from the start of one row (column-major: column) to the start of the next.
    """

    column_major: bool
    stride: int


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """How the CUDA kernel ``matmul`` is compiled and launched for one static shape.

    Attributes:
        options: the options for the compiler; they fix the shape, the layouts and the tiles.
        grid: the number of blocks: the tiles of the result, and the parts that the inner dimension is cut into.
        block: the number of threads in a block.
    """

    options: tuple[str, ...]
    grid: tuple[int, int]
    block: tuple[int]

    @property
    def parts(self) -> int:
        """How many partial results of ``rows * cols`` elements the kernel writes, one after the other, to be added."""
        return self.grid[1]


@cache
def product_source() -> str:
    """Return the CUDA source of the matrix product."""
    return resources.files("shapedmat.kernels").joinpath("matmul.cu").read_text(encoding="utf-8")


def find_layout(shape: tuple[int, int], strides: tuple[int, int], itemsize: int) -> Layout | None:
    """Return how a matrix lies in memory, or None if the kernel must be given a copy.

    Args:
        shape: the numbers of rows and columns, neither zero.
        strides: the bytes from one row to the next, and from one column to the next.
        itemsize: the bytes of an element.

    >>> find_layout((2, 3), (12, 4), 4)
    Layout(column_major=False, stride=3)
    >>> find_layout((2, 3), (4, 8), 4)
    Layout(column_major=True, stride=2)
    >>> find_layout((2, 3), (0, 4), 4) is None  # both rows are the same memory
    True
    """
    rows, cols = shape
    # The step along an axis of one element is never taken, and may be any number.
    row_step = strides[0] if rows > 1 else cols * itemsize
    col_step = strides[1] if cols > 1 else itemsize
    if col_step == itemsize and row_step >= cols * itemsize and row_step % itemsize == 0:
        return Layout(column_major=False, stride=row_step // itemsize)
    row_step = strides[0] if rows > 1 else itemsize
    if row_step == itemsize and col_step >= rows * itemsize and col_step % itemsize == 0:
        return Layout(column_major=True, stride=col_step // itemsize)
    return None


def plan_product(
    rows: int, inner: int, cols: int, dtype: np.dtype[Any], *, a_layout: Layout, b_layout: Layout
) -> ProductPlan:
    """Plan the product of a ``rows`` × ``inner`` and an ``inner`` × ``cols`` matrix.

    Tiles are chosen by the shape. A large result gets large tiles, which read the operands less often; a small one gets
    small tiles, and parts of the inner dimension, so that there are blocks for the whole GPU.

    >>> images, weights = Layout(column_major=False, stride=784), Layout(column_major=False, stride=128)
    >>> plan_product(10, 784, 128, np.dtype(np.float32), a_layout=images, b_layout=weights).grid
    (8, 10)

    Raises:
        DTypeError: the element type is not float32 or float64.
        ShapeError: a size is zero.
    """
    if dtype.name not in ELEMENT_TYPES:
        raise DTypeError(f"the tiled CUDA product takes float32 and float64, not {dtype.name}")
    if 0 in (rows, inner, cols):
        raise ShapeError(f"cannot tile the product of ({rows}, {inner}) by ({inner}, {cols}): it is empty")
    tile_inner = _DEPTH_BYTES // dtype.itemsize
    tiling = min(
        _possible_tilings(rows, inner, cols, tile_inner), key=lambda tiling: tiling.cycles(inner, dtype.itemsize)
    )
    thread_rows, thread_cols = THREAD_SIDES[tiling.rows], THREAD_SIDES[tiling.cols]
    widest = _largest_offset(rows, inner, cols, tiling.parts, a_layout=a_layout, b_layout=b_layout)
    macros = {
        "ELEMENT": ELEMENT_TYPES[dtype.name],
        "WIDE_OFFSETS": int(widest > _INT_MAX),
        "ROWS": rows,
        "INNER": inner,
        "COLS": cols,
        "A_COLUMN_MAJOR": int(a_layout.column_major),
        "A_STRIDE": a_layout.stride,
        "B_COLUMN_MAJOR": int(b_layout.column_major),
        "B_STRIDE": b_layout.stride,
        "TILE_ROWS": tiling.rows,
        "TILE_COLS": tiling.cols,
        "TILE_INNER": tile_inner,
        "THREAD_ROWS": thread_rows,
        "THREAD_COLS": thread_cols,
        "PARTS": tiling.parts,
    }
    return ProductPlan(
        options=("--std=c++17", *(f"-D{name}={value}" for name, value in macros.items())),
        grid=(tiling.tiles, tiling.parts),
        block=(tiling.rows // thread_rows * (tiling.cols // thread_cols),),
    )


@dataclass(frozen=True, slots=True)
class _Tiling:
    """One way to share a product among the blocks: the sides of a tile, the number of tiles, and of parts."""

    rows: int
    cols: int
    tiles: int
    parts: int

    def cycles(self, inner: int, itemsize: int) -> tuple[float, int]:
        """Return about how long the product takes, and, to settle ties, how many elements the tiles cover."""
        tile_inner = _DEPTH_BYTES // itemsize
        words = itemsize / 4
        covered = self.tiles * self.rows * self.cols
        multiplied = self.rows * self.cols * words / _MULTIPLICATIONS_PER_CYCLE
        moved = (self.rows + self.cols) * words / _WORDS_MOVED_PER_CYCLE
        step = max(tile_inner * (multiplied + moved), _LATENCY_CYCLES)
        steps = _ceil_divide(_ceil_divide(inner, tile_inner), self.parts)
        cycles = _ceil_divide(self.tiles * self.parts, _MULTIPROCESSORS) * steps * step
        if self.parts > 1:
            added_up = covered * (self.parts + 1) * words
            cycles += _LAUNCH_CYCLES + added_up / _WORDS_MOVED_PER_CYCLE / _MULTIPROCESSORS
        return cycles, covered


def _possible_tilings(rows: int, inner: int, cols: int, tile_inner: int) -> Iterator[_Tiling]:
    """Yield the tilings to choose from: every tile, with the inner dimension whole, and cut for the whole GPU.

    A part is at least four steps long, so that it computes more than it starts and ends.
    """
    steps = _ceil_divide(inner, tile_inner)
    for tile_rows, tile_cols in product(THREAD_SIDES, repeat=2):
        tiles = _ceil_divide(rows, tile_rows) * _ceil_divide(cols, tile_cols)
        wanted = max(1, min(_ceil_divide(_MULTIPROCESSORS, tiles), steps // 4))
        # Parts of whole steps and of one length may be fewer than wanted, or the last ones would be empty.
        for parts in {1, _ceil_divide(steps, _ceil_divide(steps, wanted))}:
            yield _Tiling(tile_rows, tile_cols, tiles, parts)


def _largest_offset(rows: int, inner: int, cols: int, parts: int, *, a_layout: Layout, b_layout: Layout) -> int:
    """Return a bound of the offsets that the kernel computes, the places just outside the matrices included."""
    side = max(THREAD_SIDES)
    return max(
        a_layout.stride * ((inner if a_layout.column_major else rows) + side),
        b_layout.stride * ((cols if b_layout.column_major else inner) + side),
        (parts * rows + side) * cols,
        max(rows, inner, cols) + side,
    )


def _ceil_divide(a: int, b: int) -> int:
    return -(-a // b)
