"""The plan of a matrix product on a GPU: how ``matmul.cu`` is compiled and launched for one static shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from shapedmat.kernels.cuda.operands import Layout
from shapedmat.kernels.cuda.operations import ELEMENT_TYPES
from shapedmat.kernels.cuda.sources import source
from shapedmat.kernels.cuda.tiling import ProductTiling

KERNEL: Final = "matmul"
"""The kernel's name. Its parameters are A, B, C, the scratch elements and the tickets."""

_INT_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """How a matrix product is compiled and launched.

    Attributes:
        source: the CUDA source, whose kernel `KERNEL` computes products of one shape and layout.
        grid: the number of blocks: the tiles of the result, and the parts that the inner dimension is cut into.
        threads: the number of threads in a block.
        shared_bytes: the dynamic shared memory of a block.
        scratch: the number of elements that the parts are kept in.
        tickets: the number of unsigned 32-bit numbers that count a tile's parts: zero before a launch, and after it.
    """

    source: str
    grid: tuple[int, int]
    threads: int
    shared_bytes: int
    scratch: int
    tickets: int


def plan_product(
    rows: int,
    inner: int,
    cols: int,
    dtype: np.dtype[Any],
    *,
    a_layout: Layout,
    b_layout: Layout,
    tiling: ProductTiling,
) -> ProductPlan:
    """Plan the product of a ``rows`` × ``inner`` and an ``inner`` × ``cols`` matrix by a tiling that was chosen for it.

    >>> images, weights = Layout(False, stride=784, width=4), Layout(False, stride=128, width=4)
    >>> tiling = ProductTiling(16, 32, 32, 4, 4, slices=2, parts=3)
    >>> plan = plan_product(10, 784, 128, np.dtype(np.float32), a_layout=images, b_layout=weights, tiling=tiling)
    >>> plan.grid, plan.threads, plan.scratch, plan.tickets
    ((4, 3), 64, 6144, 4)
    """
    element = ELEMENT_TYPES[dtype.name]
    tile = tiling.template(
        element,
        a_down=a_layout.column_major,
        a_width=min(a_layout.width, tiling.tile_rows if a_layout.column_major else tiling.tile_inner),
        b_down=b_layout.column_major,
        b_width=min(b_layout.width, tiling.tile_inner if b_layout.column_major else tiling.tile_cols),
    )
    offset = "long long" if _largest_offset(rows, inner, cols, a_layout, b_layout) > _INT_MAX else "int"
    sizes = f"{tiling.parts}, {rows}, {inner}, {cols}, {a_layout.stride}, {b_layout.stride}"
    # One block must fit a multiprocessor, and no more is asked for: else the compiler keeps registers short for others.
    kernel = f"""
using Tile = {tile};

extern "C" __global__ void __launch_bounds__(Tile::THREADS, 1)
    {KERNEL}(const {element}* a, const {element}* b, {element}* c, {element}* partial, unsigned* tickets) {{
  shapedmat::multiply_matrices<Tile, {sizes}, {offset}>(a, b, c, partial, tickets);
}}
"""
    tiles = tiling.tiles(rows, cols)
    in_parts = tiling.parts > 1
    return ProductPlan(
        source=source("matmul.cu") + kernel,
        grid=(tiles, tiling.parts),
        threads=tiling.threads,
        shared_bytes=tiling.shared_bytes,
        scratch=tiles * tiling.parts * tiling.tile_rows * tiling.tile_cols if in_parts else 0,
        tickets=tiles if in_parts else 0,
    )


def _largest_offset(rows: int, inner: int, cols: int, a_layout: Layout, b_layout: Layout) -> int:
    """Return a bound of the offsets that the kernel computes: it looks at no place outside of the matrices."""
    return max(
        a_layout.stride * (inner if a_layout.column_major else rows),
        b_layout.stride * (cols if b_layout.column_major else inner),
        rows * cols,
    )
