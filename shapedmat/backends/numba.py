"""The compiled CPU backend: our own matrix product over threads, and fused element-wise loops.

An operation has a kernel here only where it was measured to be faster than NumPy's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat import precision
from shapedmat.backends import Backend
from shapedmat.kernels import addresses, eager, elementwise, product, threads
from shapedmat.ops import OPS, Array, Namespace

_WORK_PER_THREAD: Final = 24_000_000
"""The multiplications for which waking a thread pays: about 300 µs on one core, against tens to hand the work over."""

_FEW: Final = 8
"""As many columns leave most of a vector idle, and NumPy's product, which sums along rows, is up to 7 times as fast."""

_TINY: Final = 2048
"""So many multiplications take less time than NumPy takes to begin, however few columns there are."""

_REMEMBERED: Final = 4096
"""Of so many different products it is counted how often they came up."""


@functools.cache
def _prepare(dtype: np.dtype[Any]) -> None:
    product.prepare(dtype)


def _readable(array: Array) -> Array:
    """Return the array, or a copy where its elements are not aligned or not in this machine's byte order."""
    if array.flags.aligned and array.dtype.isnative:
        return array
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def _is_float(dtype: np.dtype[Any]) -> bool:
    return dtype.char in "fd"


_Known: TypeAlias = "tuple[Hashable, ...]"

_products: Final[dict[_Known, eager.Multiply]] = {}
"""What computes the products that came up often, by their element types, shapes and strides."""
_met: Final[dict[_Known, int]] = {}
"""How often a product came up before."""


def _known_product(a: Array, b: Array) -> Array | None:
    """Return the product by the code for operands like these, or None where there is none."""
    if precision.reduced_blocks:
        precision.require_full_on_cpu(a, b)
    multiply = _products.get((a.dtype, b.dtype, a.shape, b.shape, a.strides, b.strides))
    return None if multiply is None else multiply(a, b)


def _matmul(xp: Namespace, a: Array, b: Array) -> Array:
    """Multiply matrices of shapes (M, K) and (K, N).

    NumPy multiplies integers, mixed element types, and at most `_FEW` columns unless the product is tiny.
    """
    c = _known_product(a, b)
    return _multiply(xp, a, b) if c is None else c


def _multiply(xp: Namespace, a: Array, b: Array) -> Array:
    dtype, columns = a.dtype, b.shape[-1]
    if not (dtype.char in "fd" and dtype == b.dtype and a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0]):
        return xp.matmul(a, b)
    work = a.size * columns
    is_numpys = columns <= _FEW and work > _TINY
    if _comes_up_often(a, b, work):
        known = (dtype, b.dtype, a.shape, b.shape, a.strides, b.strides)
        multiply = _products[known] = xp.matmul if is_numpys else eager.compiled_product(a, b)
        if (c := multiply(a, b)) is not None:
            return c
    if is_numpys:
        return xp.matmul(a, b)
    a, b = _readable(a), _readable(b)
    _prepare(a.dtype)
    c = np.empty((a.shape[0], columns), a.dtype)
    if work < 2 * _WORK_PER_THREAD:
        product.multiply(a, b, c)
    else:
        _multiply_in_parts(a, b, c, min(threads.number_of_threads(), work // _WORK_PER_THREAD))
    return c


def _comes_up_often(a: Array, b: Array, work: int) -> bool:
    """Count a product, and say whether it is time to make code for it: code that one thread runs."""
    known = (a.dtype, b.dtype, a.shape, b.shape, a.strides, b.strides)
    if len(_met) >= _REMEMBERED:
        _met.clear()
    times = _met[known] = _met.get(known, 0) + 1
    if times < eager.OFTEN or len(_products) >= eager.MOST or known in _products:
        return False
    return (
        0 < work < eager.LARGEST
        and (work < 2 * _WORK_PER_THREAD or threads.number_of_threads() == 1)
        and all(array.dtype.isnative for array in (a, b))
        and not any(stride % array.itemsize for array in (a, b) for stride in array.strides)
        and addresses.are_known()
    )


def _multiply_in_parts(a: Array, b: Array, c: Array, count: int) -> None:
    """Multiply with several threads, each of which computes some columns or some rows of the result."""
    rows, columns = c.shape
    if columns >= rows:
        parts = [(a, b[:, part], c[:, part]) for part in _split(columns, count, product.panel_columns(a.dtype))]
    else:
        parts = [(a[part], b, c[part]) for part in _split(rows, count, int(product.HEIGHTS[-1]))]
    try:
        futures = [threads.pool().submit(product.multiply, *part) for part in parts[1:]]
    except RuntimeError:  # no thread can be started, or the interpreter exits
        # What is queued may not write into the result after it has been returned.
        threads.pool().shutdown(cancel_futures=True)
        threads.pool.cache_clear()
        product.multiply(a, b, c)
        return
    product.multiply(*parts[0])
    for future in futures:
        future.result()


def _split(length: int, count: int, unit: int) -> list[slice]:
    """Cut a range into at most `count` parts of nearly equal lengths that begin at multiples of the unit."""
    units = -(-length // unit)
    count = min(count, units)
    return [slice(units * i // count * unit, min(units * (i + 1) // count * unit, length)) for i in range(count)]


def _loop(name: str, function: Callable[[Array, Array], None]) -> Callable[..., Array]:
    """Return the kernel that runs a loop over all elements in the order in which they lie in memory."""
    default = OPS[name].kernel

    def kernel(xp: Namespace, x: Array) -> Array:
        if not _is_float(x.dtype):
            return default(xp, x)
        x = _readable(x)
        if x.flags.c_contiguous:
            function(x, y := np.empty_like(x))
        elif x.flags.f_contiguous:
            y = np.empty_like(x)
            function(x.T, y.T)
        else:
            function(np.ascontiguousarray(x), y := np.empty(x.shape, x.dtype))
        return y

    return kernel


def _softmax(xp: Namespace, x: Array, *, axis: int) -> Array:
    if not (_is_float(x.dtype) and x.size and axis in (0, 1)):
        return OPS["softmax"].kernel(xp, x, axis=axis)
    x = _readable(x)
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        return _softmax(xp, x.T, axis=1 - axis).T
    y = np.empty(x.shape, x.dtype)
    softmax = elementwise.softmax_of_columns if axis == 0 else elementwise.softmax_of_rows
    softmax(np.ascontiguousarray(x), y)
    return y


def _row_norms(xp: Namespace, x: Array) -> Array:
    if not _is_float(x.dtype):
        return OPS["row_norms"].kernel(xp, x)
    x = np.ascontiguousarray(_readable(x))
    norms = np.empty((x.shape[0], 1), x.dtype)
    elementwise.row_norms(x, norms)
    return norms


def _distances(xp: Namespace, points: Array, point: Array) -> Array:
    if not (_is_float(points.dtype) and points.dtype == point.dtype and point.shape == (1, points.shape[1])):
        return OPS["distances"].kernel(xp, points, point)
    points, point = np.ascontiguousarray(_readable(points)), np.ascontiguousarray(_readable(point))
    distances = np.empty((points.shape[0], 1), points.dtype)
    elementwise.distances(points, point, distances)
    return distances


threads.number_of_threads()  # a setting that cannot be used is reported when the backend is chosen, not later

BACKEND: Final = Backend(
    name="numba",
    namespace=np,
    device_type="cpu",
    known_product=_known_product,
    kernels={
        "matmul": _matmul,
        "sigmoid": _loop("sigmoid", elementwise.sigmoid),
        "sigmoid_derivative": _loop("sigmoid_derivative", elementwise.sigmoid_derivative),
        "tanh_derivative": _loop("tanh_derivative", elementwise.tanh_derivative),
        "relu_derivative": _loop("relu_derivative", elementwise.relu_derivative),
        "softmax": _softmax,
        "row_norms": _row_norms,
        "distances": _distances,
    },
)
