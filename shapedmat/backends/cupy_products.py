"""Matrix products on GPUs: by cuBLAS, by this package's own kernels, or by whichever was measured to be faster.

The backend ``cupy`` begins with cuBLAS. When the same product (device, shape, element type, memory layout, precision)
comes up for the 16th time in a process, cuBLAS and our best few tilings are measured on the stream that is current, and
the fastest computes it from then on, in later processes from the start; nothing is measured while a stream is captured.
The two round differently, so the last bits of a product may change at that moment. The environment variable
``SHAPEDMAT_MEASURE=0`` turns measuring off, and cuBLAS computes every product in full precision. ``cupy-tiled`` always
uses our kernels, with the tilings that the fewest cycles are counted for, and ``cupy-cublas`` always cuBLAS: each of
them gives the same bits every time on one device, ours by a fixed order of additions, cuBLAS as its documentation says
("Results reproducibility").

Under `shapedmat.precision.use_precision` with less than full precision, products of float32 matrices are computed by
our kernels alone. In full precision cuBLAS is called with ``CUBLAS_COMPUTE_32F``, which computes with all bits of
float32 (cuBLAS documentation, ``cublasComputeType_t``); where the environment has it use fewer (``CUPY_TF32``,
``NVIDIA_TF32_OVERRIDE``), it multiplies no float32 matrices here.

What is captured is computed by our kernels, as CuPy refuses to have cuBLAS captured, and without parts of the inner
dimension, which need memory that only one launch may use.

Integers, mixed element types and empty matrices are multiplied by cupy.
"""

from __future__ import annotations

import os
import threading
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np

from shapedmat.errors import BackendError
from shapedmat.kernels.cuda import driver, product_choices
from shapedmat.kernels.cuda.matmul import ProductPlan, plan_product
from shapedmat.kernels.cuda.operands import Layout, find_layout
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose
from shapedmat.ops import Array, Namespace
from shapedmat.precision import Precision, current_precision, require_tensor_cores

OFTEN: Final = 16
"""A product is measured when it comes up so many times."""

_REMEMBERED: Final = 4096
_PER_THREAD_STREAM: Final = 2  # cudaStreamPerThread: another stream in each thread

_met: Final[dict[tuple[Any, ...], int]] = {}
_measured: Final[dict[tuple[Any, ...], ProductTiling | None]] = {}
_tickets: Final[dict[tuple[int, int, int], Array]] = {}


def measured_product(xp: Namespace, a: Array, b: Array) -> Array:
    """Multiply by cuBLAS or by our kernel, whichever is faster."""
    if not _is_ours(a, b):
        return xp.matmul(a, b)
    precision = _precision(a)
    if precision == "full" and not _cublas_is_full(a.dtype):
        return tiled_product(xp, a, b)
    (a, a_layout), (b, b_layout) = _laid_out(xp, a), _laid_out(xp, b)
    tiling = _tiling(a, b, (a_layout, b_layout), precision)
    if (tiling is None or tiling.parts > 1) and driver.is_capturing():
        tiling = _counted(a, b, precision)
    if tiling is None:
        return xp.matmul(a, b)
    return _multiply(xp, a, b, (a_layout, b_layout), tiling)


def tiled_product(xp: Namespace, a: Array, b: Array) -> Array:
    """Multiply by our kernel."""
    if not _is_ours(a, b):
        return xp.matmul(a, b)
    precision = _precision(a)
    (a, a_layout), (b, b_layout) = _laid_out(xp, a), _laid_out(xp, b)
    return _multiply(xp, a, b, (a_layout, b_layout), _counted(a, b, precision))


def cublas_product(xp: Namespace, a: Array, b: Array) -> Array:
    """Multiply by cuBLAS.

    Raises:
        BackendError: cuBLAS would compute less precisely than was chosen, or is not to compute so precisely.
    """
    precision = _precision(a) if _is_ours(a, b) else "full"
    if precision != "full":
        raise BackendError(
            f"the cupy-cublas backend computes in full precision, but {precision} is chosen: use the backend cupy"
        )
    if not _cublas_is_full(a.dtype):
        raise BackendError(
            "CUPY_TF32 or NVIDIA_TF32_OVERRIDE has cuBLAS multiply float32 in tf32, but full precision is chosen: "
            "unset them, or use the backend cupy"
        )
    return xp.matmul(a, b)


# --- what is multiplied -----------------------------------------------------------------------------------------------


def _is_ours(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and a.dtype.char in "fd" and bool(a.size and b.size)


def _precision(a: Array) -> Precision:
    """Return the precision that is chosen for products of such matrices.

    Raises:
        DeviceError: the device does not have it.
    """
    precision = current_precision() if a.dtype.char == "f" else "full"
    if precision != "full":
        require_tensor_cores(precision, driver.compute_capability(), f"cuda:{driver.device()}")
    return precision


def _laid_out(xp: Namespace, array: Array) -> tuple[Array, Layout]:
    """Return a matrix and how it lies in memory; it is copied if the kernel cannot read it as it lies."""
    layout = find_layout(array.shape, array.strides, array.itemsize, array.data.ptr)
    if layout is not None:
        return array, layout
    copied = xp.ascontiguousarray(array)
    layout = find_layout(copied.shape, copied.strides, copied.itemsize, copied.data.ptr)
    assert layout is not None, "an array that is contiguous has a layout"
    return copied, layout


@lru_cache(maxsize=2)
def _cublas_is_full(dtype: np.dtype[Any]) -> bool:
    """Tell whether cuBLAS is not told by the environment to compute with fewer bits; CuPy reads it once, too."""
    override = os.environ.get("NVIDIA_TF32_OVERRIDE") == "1" or os.environ.get("CUPY_TF32", "0") not in {"", "0"}
    return dtype.char != "f" or not override


# --- what multiplies --------------------------------------------------------------------------------------------------


def _tiling(a: Array, b: Array, layouts: tuple[Layout, Layout], precision: Precision) -> ProductTiling | None:
    """Return the tiling of our kernel, or None for cuBLAS."""
    product = (driver.device(), a.dtype.char, a.shape, b.shape, *layouts, precision)
    if product in _measured:
        return _measured[product]
    if len(_met) >= _REMEMBERED:
        _met.clear()
    times = _met[product] = _met.get(product, 0) + 1
    shape = (*a.shape, b.shape[1])
    choice = product_choices.product(shape, a.dtype, layouts, precision, operands=(a, b), measure=times >= OFTEN)
    if choice.is_measured:
        _measured[product] = choice.tiling
    return choice.tiling


def _counted(a: Array, b: Array, precision: Precision) -> ProductTiling:
    rows, inner = a.shape
    return choose(
        rows,
        inner,
        b.shape[1],
        a.dtype,
        precision=precision,
        parts_allowed=not driver.is_capturing(),
        multiprocessors=_multiprocessors(driver.device()),
    )


@cache
def _multiprocessors(_device: int) -> int:
    return driver.multiprocessors()


def _multiply(xp: Namespace, a: Array, b: Array, layouts: tuple[Layout, Layout], tiling: ProductTiling) -> Array:
    plan = _plan((*a.shape, b.shape[1]), a.dtype, *layouts, tiling)
    return product_choices.launch_product(xp, plan, a, b, _zero_tickets(xp, plan.tickets) if plan.tickets else 0)


@lru_cache(maxsize=1024)
def _plan(
    shape: tuple[int, int, int], dtype: np.dtype[Any], a_layout: Layout, b_layout: Layout, tiling: ProductTiling
) -> ProductPlan:
    return plan_product(*shape, dtype, a_layout=a_layout, b_layout=b_layout, tiling=tiling)


def _zero_tickets(xp: Namespace, count: int) -> Array:
    """Return tickets that no other stream uses.

    A launch leaves its tickets zero, so those of a stream serve one launch after the other.
    """
    stream = xp.cuda.get_current_stream().ptr
    owner = (driver.device(), stream, threading.get_ident() if stream == _PER_THREAD_STREAM else 0)
    tickets = _tickets.get(owner)
    if tickets is None or tickets.size < count:
        tickets = _tickets[owner] = xp.zeros(max(count, 1024), np.uint32)
    return tickets
