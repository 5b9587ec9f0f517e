"""The backends on NVIDIA GPUs: cupy's arrays, with products by cuBLAS or by this package's own tiled kernel.

Every operation runs on the device on which its operands lie, whichever device is current. The results are those of
NumPy up to rounding, with two differences that GPUs bring: float32 numbers below the smallest normal one may count as
zero, and a sum that an index array scatters may round differently from run to run, since its additions have no fixed
order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, Final

import numpy as np

from shapedmat.backends import Backend
from shapedmat.errors import BackendError, DeviceError
from shapedmat.kernels.cuda import ELEMENT_TYPES, Layout, ProductPlan, find_layout, plan_product, product_source
from shapedmat.ops import OPS, POWER, SCATTER, Array, Namespace

try:
    import cupy
except ImportError as error:
    raise BackendError(
        "the cupy backend needs the package cupy: install shapedmat[cuda13] or shapedmat[cuda12]"
    ) from error

# --- devices ----------------------------------------------------------------------------------------------------------

# Waiting for a device that nothing ran on would start it, which takes seconds and memory on each GPU of a machine.
_devices_at_work: Final[set[int]] = set()


def _on_device(kernel: Callable[..., Array]) -> Callable[..., Array]:
    """Make a kernel run on the device on which its operands lie: cupy itself runs it on the current one."""

    @wraps(kernel)
    def run(xp: Namespace, *arrays: Array, **parameters: Any) -> Array:
        number, *others = sorted({array.device.id for array in arrays if isinstance(array, cupy.ndarray)})
        if others:
            raise DeviceError(
                f"the operands lie on cuda:{number} and cuda:{others[0]}: move one with .to('cuda:{number}')"
            )
        _devices_at_work.add(number)
        with cupy.cuda.Device(number):
            return kernel(xp, *arrays, **parameters)

    return run


def _from_host(array: np.ndarray[Any, Any], number: int) -> Array:
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise DeviceError(f"there is no CUDA device here: {error}") from error
    if number >= count:
        devices = "device" if count == 1 else "devices"
        raise DeviceError(f"there is no device 'cuda:{number}': this machine has {count} CUDA {devices}")
    _devices_at_work.add(number)
    with cupy.cuda.Device(number):
        return cupy.asarray(array)


def _to_host(array: Array) -> np.ndarray[Any, Any]:
    host: np.ndarray[Any, Any] = cupy.asnumpy(array)
    return host


def _device_number(array: Array) -> int:
    return int(array.device.id)


def _synchronize() -> None:
    for number in tuple(_devices_at_work):
        cupy.cuda.Device(number).synchronize()


# --- kernels that one pass over memory is enough for ------------------------------------------------------------------

# Where exp(-x) overflows to infinity, the quotient is the limit, 0.
_SIGMOID: Final = cupy.ElementwiseKernel("T x", "T y", "y = T(1) / (T(1) + exp(-x))", "shapedmat_sigmoid")
_SIGMOID_DERIVATIVE: Final = cupy.ElementwiseKernel("T x", "T y", "y = x - x * x", "shapedmat_sigmoid_derivative")
_TANH_DERIVATIVE: Final = cupy.ElementwiseKernel("T x", "T y", "y = T(1) - x * x", "shapedmat_tanh_derivative")
_RELU_DERIVATIVE: Final = cupy.ElementwiseKernel("T x", "T y", "y = T(x > T(0))", "shapedmat_relu_derivative")
_SHIFTED_EXP: Final = cupy.ElementwiseKernel("T x, T shift", "T y", "y = exp(x - shift)", "shapedmat_shifted_exp")
_DISTANCES: Final = cupy.ReductionKernel(
    "T x, T origin",
    "T distance",
    "(x - origin) * (x - origin)",
    "a + b",
    "distance = sqrt(a)",
    "0",
    "shapedmat_distances",
)


def _softmax(xp: Namespace, x: Array, *, axis: int) -> Array:
    # Shifted by the maximum, so that exp never overflows.
    y = _SHIFTED_EXP(x, xp.max(x, axis=axis, keepdims=True))
    y /= xp.sum(y, axis=axis, keepdims=True)
    return y


# --- kernels for which cupy is not NumPy ------------------------------------------------------------------------------


def _power(xp: Namespace, x: Array, *, exponent: float) -> Array:
    if x.dtype.kind in "iu" and isinstance(exponent, int) and exponent < 0:
        # cupy would return 0; the words are NumPy's.
        raise ValueError("Integers to negative integer powers are not allowed.")
    # A square by cupy's power is a call of pow, which rounds more and takes longer than a product.
    return xp.square(x) if exponent == 2 and x.dtype.kind == "f" else POWER.kernel(xp, x, exponent=exponent)


def _refuse_function(_xp: Namespace, x: Array, **_parameters: Any) -> Array:
    raise DeviceError(
        f"a Python function cannot run on cuda:{x.device.id}: "
        "use an operation such as sigmoid, or move the matrix with .to('cpu')"
    )


def _index(_xp: Namespace, x: Array, *, key: tuple[Any, ...]) -> Array:
    _check_places(key, x.shape)
    return x[key]


def _scatter(xp: Namespace, x: Array, *, key: tuple[Any, ...], shape: tuple[int, int]) -> Array:
    _check_places(key, shape)
    # Atomic additions exist for few integer types, but the low bits of a sum are those of a sum in 64 bits.
    terms = x.astype(xp.uint64) if x.dtype.kind in "iu" else x
    return SCATTER.kernel(xp, terms, key=key, shape=shape).astype(x.dtype, copy=False)


def _check_places(key: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """Refuse places outside the matrix, which cupy would wrap around to the other end.

    Places that are on a GPU already are not read back for it.

    Raises:
        IndexError: an index array in host memory holds such a place; the words are NumPy's.
    """
    for axis, (entry, size) in enumerate(zip(key, shape, strict=False)):
        if isinstance(entry, np.ndarray) and entry.dtype.kind in "iu" and entry.size:
            for place in (entry.min(), entry.max()):
                if not -size <= place < size:
                    raise IndexError(f"index {place} is out of bounds for axis {axis} with size {size}")


# --- the tiled product ------------------------------------------------------------------------------------------------


def _tiled_matmul(xp: Namespace, a: Array, b: Array) -> Array:
    rows, inner = a.shape
    cols = b.shape[1]
    if a.dtype != b.dtype or a.dtype.name not in ELEMENT_TYPES or 0 in (rows, inner, cols):
        return xp.matmul(a, b)
    (a, a_layout), (b, b_layout) = _laid_out(a), _laid_out(b)
    plan, kernel = _compiled_product(rows, inner, cols, a.dtype, a_layout=a_layout, b_layout=b_layout)
    partial = xp.empty((plan.parts, rows, cols), a.dtype)
    kernel(plan.grid, plan.block, (a, b, partial))
    return partial[0] if plan.parts == 1 else partial.sum(axis=0)


def _laid_out(array: Array) -> tuple[Array, Layout]:
    """Return a matrix and how it lies in memory; it is copied if the kernel cannot read it as it lies."""
    layout = find_layout(array.shape, array.strides, array.itemsize)
    if layout is None:
        return cupy.ascontiguousarray(array), Layout(column_major=False, stride=array.shape[1])
    return array, layout


@lru_cache(maxsize=256)
def _compiled_product(
    rows: int, inner: int, cols: int, dtype: np.dtype[Any], *, a_layout: Layout, b_layout: Layout
) -> tuple[ProductPlan, Callable[..., None]]:
    plan = plan_product(rows, inner, cols, dtype, a_layout=a_layout, b_layout=b_layout)
    return plan, cupy.RawKernel(product_source(), "matmul", plan.options)


# --- the backends -----------------------------------------------------------------------------------------------------

_KERNELS: Final[dict[str, Callable[..., Array]]] = {
    "sigmoid": lambda _, x: _SIGMOID(x),
    "sigmoid_derivative": lambda _, x: _SIGMOID_DERIVATIVE(x),
    "tanh_derivative": lambda _, x: _TANH_DERIVATIVE(x),
    "relu_derivative": lambda _, x: _RELU_DERIVATIVE(x),
    "softmax": _softmax,
    "distances": lambda _, points, point: _DISTANCES(points, point, axis=1, keepdims=True),
    "power": _power,
    "map": _refuse_function,
    "index": _index,
    "scatter": _scatter,
}


def _backend(name: str, kernels: Mapping[str, Callable[..., Array]]) -> Backend:
    return Backend(
        name=name,
        namespace=cupy,
        device_type="cuda",
        kernels={op: _on_device(kernels.get(op, entry.kernel)) for op, entry in OPS.items()},
        from_host=_from_host,
        to_host=_to_host,
        device_number=_device_number,
        synchronize=_synchronize,
    )


BACKEND: Final = _backend("cupy", _KERNELS)
TILED_BACKEND: Final = _backend("cupy-tiled", {**_KERNELS, "matmul": _tiled_matmul})
