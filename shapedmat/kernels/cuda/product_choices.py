"""Who multiplies two matrices fastest on a GPU, cuBLAS or our kernel with one of its tilings: measured, and kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np

from shapedmat import backends
from shapedmat.kernels.cuda import driver
from shapedmat.kernels.cuda.choices import is_on, key, read, write
from shapedmat.kernels.cuda.matmul import KERNEL, ProductPlan, plan_product
from shapedmat.kernels.cuda.operands import Layout
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose, is_tiling, possible
from shapedmat.ops import Array
from shapedmat.precision import Precision

_CANDIDATES: Final = 4
_WARM_UPS: Final = 2
_TIMES: Final = 5
_SECONDS: Final = 2e-4  # much longer than what an event's time is off by
_MOST_LAUNCHES: Final = 50
_CUBLAS: Final = "cublas"


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """What computes a matrix product.

    Attributes:
        tiling: that of our kernel, or None for cuBLAS.
        is_measured: whether it was the fastest when it was measured, or there was no memory to measure it; else nothing
            was measured yet.
    """

    tiling: ProductTiling | None
    is_measured: bool


def product(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    layouts: tuple[Layout, Layout],
    precision: Precision = "full",
    *,
    operands: tuple[Array, Array] | None = None,
    measure: bool = True,
) -> ProductChoice:
    """Choose what computes a matrix product on the current device: cuBLAS, or our kernel with one of its best tilings.

    Unless the choice is known, it is measured, which takes some hundredths of a second and the compilation of a few
    kernels: each candidate multiplies the same matrices many times in a row on the current stream, as a program that
    calls it does, and the median of several such times decides. Where nothing may be measured, the choice is cuBLAS in
    full precision, and the tiling of the fewest counted cycles in others, which cuBLAS never computes here. It is also
    that where there is no memory to measure.

    Args:
        shape: the rows, the inner dimension and the columns.
        dtype: the element type, float32 or float64.
        layouts: how the operands lie in memory.
        precision: how elements are multiplied.
        operands: matrices with these shapes and layouts, which are read; without them, scratch matrices are made.
        measure: whether it may be measured now; it never is while the current stream is captured.
    """
    known = product_key(shape, dtype, layouts, precision)
    written = read(known)
    tiling = None if written is None else _tiling(written, dtype, precision)
    if written is not None and (tiling is not None or (written == _CUBLAS and precision == "full")):
        return ProductChoice(tiling, is_measured=True)
    if not (measure and is_on()) or driver.is_capturing():
        counted = None if precision == "full" else _counted(shape, dtype, precision)
        return ProductChoice(counted, is_measured=False)
    try:
        tiling = _fastest(shape, dtype, layouts, precision, operands)
    except MemoryError:
        # What some candidates need besides the result is not there, but the product itself may well be computed. It is
        # not measured again in this process, nor kept for others, which may have more memory.
        return ProductChoice(None if precision == "full" else _counted(shape, dtype, precision), is_measured=True)
    write(known, _CUBLAS if tiling is None else _text(tiling))
    return ProductChoice(tiling, is_measured=True)


def product_key(
    shape: tuple[int, int, int], dtype: np.dtype[Any], layouts: tuple[Layout, Layout], precision: Precision
) -> str:
    """Return the key of the choice of a product."""
    return key("product", shape, dtype.name, *layouts, precision)


def _counted(shape: tuple[int, int, int], dtype: np.dtype[Any], precision: Precision) -> ProductTiling:
    return choose(*shape, dtype, precision=precision, multiprocessors=driver.multiprocessors())


def _fastest(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    layouts: tuple[Layout, Layout],
    precision: Precision,
    operands: tuple[Array, Array] | None,
) -> ProductTiling | None:
    """Return the tiling with which matrices are multiplied in the least time, or None where cuBLAS is faster."""
    xp = backends.get("cupy").namespace
    shapes = shape[:2], shape[1:]
    a, b = operands or (_scratch(xp, each, dtype, layout) for each, layout in zip(shapes, layouts, strict=True))
    candidates: list[ProductTiling | None] = [None] if precision == "full" else []
    candidates += possible(
        *shape, dtype, precision=precision, multiprocessors=driver.multiprocessors(), count=_CANDIDATES
    )

    def launcher(tiling: ProductTiling | None) -> Callable[[], object]:
        if tiling is None:
            return lambda: xp.matmul(a, b)
        plan = plan_product(*shape, dtype, a_layout=layouts[0], b_layout=layouts[1], tiling=tiling)
        tickets = xp.zeros(plan.tickets, np.uint32) if plan.tickets else 0
        return lambda: launch_product(xp, plan, a, b, tickets)

    return min(candidates, key=lambda tiling: seconds(launcher(tiling)))


def seconds(launch: Callable[[], object]) -> float:
    """Return how long one launch of many in a row takes: the median of several times, after some to warm up."""

    def several(count: int) -> float:
        def repeat() -> None:
            for _ in range(count):
                launch()

        return driver.seconds(repeat) / count

    once = [several(1) for _ in range(_WARM_UPS)][-1]
    count = max(1, min(_MOST_LAUNCHES, round(_SECONDS / max(once, 1e-9))))
    return median(several(count) for _ in range(_TIMES))


def launch_product(xp: Any, plan: ProductPlan, a: Array, b: Array, tickets: Array | int) -> Array:
    """Return a matrix product that is computed as planned, by one launch on the current stream.

    Args:
        xp: the array namespace.
        plan: how it is computed.
        a: the left operand, as the plan's layout says.
        b: the right operand, likewise.
        tickets: at least the plan's tickets, all zero, which no other stream uses meanwhile; 0 if it has none.
    """
    c = xp.empty((a.shape[0], b.shape[1]), a.dtype)
    scratch = xp.empty(plan.scratch, a.dtype) if plan.scratch else 0
    kernel = driver.kernel(plan.source, KERNEL, shared_bytes=plan.shared_bytes)
    kernel(plan.grid, plan.threads, (a, b, c, scratch, tickets))
    return c


def _scratch(xp: Any, shape: tuple[int, int], dtype: np.dtype[Any], layout: Layout) -> Array:
    """Return a matrix of small numbers that lies in memory as another one does."""
    lines, length = shape[::-1] if layout.column_major else shape
    memory = (xp.arange(lines * layout.stride) % 61).astype(dtype).reshape(lines, layout.stride)[:, :length]
    return memory.T if layout.column_major else memory


def _text(tiling: ProductTiling) -> str:
    sizes = (tiling.tile_rows, tiling.tile_cols, tiling.tile_inner, tiling.thread_rows, tiling.thread_cols)
    return " ".join(map(str, (*sizes, tiling.slices, tiling.parts)))


def _tiling(text: str, dtype: np.dtype[Any], precision: Precision) -> ProductTiling | None:
    """Return the tiling that a text stands for, or None where it stands for none that can be used."""
    if not re.fullmatch(r"[1-9]\d{0,3}( [1-9]\d{0,3}){6}", text):
        return None
    tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, parts = map(int, text.split(" "))
    tiling = ProductTiling(
        tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, parts, dtype.itemsize, precision
    )
    return tiling if is_tiling(tiling) else None
