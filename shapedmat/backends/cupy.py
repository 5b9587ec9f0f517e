"""The backends on NVIDIA GPUs: cupy's arrays, with products by cuBLAS or by this package's own tiled kernel.

Every operation runs on the device on which its operands lie, whichever device is current. The results are those of
NumPy up to rounding, with two differences that GPUs bring: float32 numbers below the smallest normal one may count as
zero, and a sum that an index array scatters may round differently from run to run, since its additions have no fixed
order.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import numpy as np
from typing_extensions import override

from shapedmat.backends import Backend, DeviceStream
from shapedmat.errors import BackendError, DeviceError
from shapedmat.ops import ASSIGN, OPS, POWER, SCATTER, Array, Namespace, Op

try:
    import cupy
except ImportError as error:
    raise BackendError(
        "the cupy backend needs the package cupy: install shapedmat[cuda13] or shapedmat[cuda12]"
    ) from error

from shapedmat.backends import cupy_products
from shapedmat.backends.cupy_errors import FAILURES, described, explained, explaining, without_device
from shapedmat.backends.cupy_streams import CudaStream, await_uses, note_given, note_made, settle

# --- devices ----------------------------------------------------------------------------------------------------------

# Waiting for a device that nothing ran on would start it, which takes seconds and memory on each GPU of a machine.
_devices_at_work: Final[set[int]] = set()


def _on_device(op: Op, kernel: Callable[..., Array]) -> Callable[..., Array]:
    """Make a kernel run on the device on which its operands lie: cupy itself runs it on the current one."""
    writes_first = op is ASSIGN

    @wraps(kernel)
    def run(xp: Namespace, *arrays: Array, **parameters: Any) -> Array:
        operands = [array for array in arrays if isinstance(array, cupy.ndarray)]
        number, *others = sorted({array.device.id for array in operands})
        if others:
            raise DeviceError(
                f"the operands lie on cuda:{number} and cuda:{others[0]}: move one with .to('cuda:{number}')"
            )
        _devices_at_work.add(number)
        try:
            with cupy.cuda.Device(number):
                written = operands[:1] if writes_first or "out" in parameters else ()
                await_uses(operands, written, number)
                result = kernel(xp, *arrays, **parameters)
                note_made(result, operands, number)
                return result
        except FAILURES as error:
            attempt = f"{op.action} {described(operands)} on cuda:{number}"
            explanation = explained(error, number, attempt)
            if explanation is None:
                raise
            raise explanation from error

    return run


def _require_device(number: int) -> None:
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise without_device(error) from error
    if number >= count:
        devices = "device" if count == 1 else "devices"
        raise DeviceError(f"there is no device 'cuda:{number}': this machine has {count} CUDA {devices}")
    _devices_at_work.add(number)


def _from_host(array: np.ndarray[Any, Any], number: int) -> Array:
    _require_device(number)
    attempt = f"move {described([array])} to cuda:{number}"
    with explaining(number, attempt), cupy.cuda.Device(number):
        moved = cupy.asarray(array)
        note_made(moved, (), number)
    return moved


@dataclass(frozen=True, slots=True)
class CupyBackend(Backend):
    """A backend that computes on GPUs by cupy."""

    @override
    def to_host(self, array: Array) -> np.ndarray[Any, Any]:
        number = self.device_number(array)
        attempt = f"move {described([array])} to the cpu"  # which lays it out row after row first
        with explaining(number, attempt), cupy.cuda.Device(number):
            await_uses((array,), (), number)
            host: np.ndarray[Any, Any] = cupy.asnumpy(array)
        return host

    @override
    def to_device(self, array: Array, number: int) -> Array:
        _require_device(number)
        home = self.device_number(array)
        attempt = f"move {described([array])} to cuda:{number}"
        # A copy between devices is on a stream of the one that it goes to, and waits for nothing on the other.
        with explaining(home, attempt), cupy.cuda.Device(home):
            await_uses((array,), (), home)
            whole = array if array.flags.c_contiguous or array.flags.f_contiguous else cupy.ascontiguousarray(array)
            there = cupy.cuda.get_current_stream()
            is_ready = there.record(cupy.cuda.Event(disable_timing=True))
        with explaining(number, attempt), cupy.cuda.Device(number):
            here = cupy.cuda.get_current_stream()
            here.wait_event(is_ready)
            moved = whole.copy(order="A")
            note_made(moved, (), number)
            is_done = here.record(cupy.cuda.Event(disable_timing=True))
        with cupy.cuda.Device(home):
            # The memory that was copied from may be written, or freed and used for something else, from now on.
            there.wait_event(is_done)
        return moved

    @override
    def copy(self, array: Array) -> Array:
        number = self.device_number(array)
        attempt = f"copy {described([array])} on cuda:{number}"
        with explaining(number, attempt), cupy.cuda.Device(number):
            await_uses((array,), (), number)
            copied = array.copy(order="C")
            note_made(copied, (), number)
        return copied

    @override
    @contextlib.contextmanager
    def using(self, reads: Sequence[Array], writes: Sequence[Array], number: int, action: str) -> Iterator[None]:
        _devices_at_work.add(number)
        with explaining(number, f"{action} on cuda:{number}"), cupy.cuda.Device(number):
            await_uses(reads, writes, number)
            yield

    @override
    def made(self, results: Sequence[Array], operands: Sequence[Array], number: int) -> None:
        for each in results:
            note_made(each, operands, number)

    @override
    def adopt(self, array: Array) -> Array:
        number = self.device_number(array)
        with cupy.cuda.Device(number):
            note_given(array, number)
        return array

    @override
    def to_dlpack(self, array: Array, settings: Mapping[str, Any]) -> object:
        number = self.device_number(array)
        with cupy.cuda.Device(number):
            # cupy lets the other library's stream wait for the current one.
            await_uses((array,), (), number)
            capsule: object = array.__dlpack__(**settings)
        return capsule

    @override
    def device_number(self, array: Array) -> int:
        return int(array.device.id)

    @override
    def synchronize(self, number: int | None = None) -> None:
        for each in tuple(_devices_at_work):
            if number in (None, each):
                cupy.cuda.Device(each).synchronize()

    @override
    def stream(self, number: int) -> DeviceStream:
        _require_device(number)
        return CudaStream(number)

    @override
    def release_memory(self) -> None:
        gc.collect()  # errors and what they hold make cycles
        settle()
        for number in tuple(_devices_at_work):
            with cupy.cuda.Device(number):  # the pool has a part for each
                cupy.get_default_memory_pool().free_all_blocks()


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
    return CupyBackend(
        name=name,
        namespace=cupy,
        device_type="cuda",
        kernels={op: _on_device(entry, kernels.get(op, entry.kernel)) for op, entry in OPS.items()},
        from_host=_from_host,
    )


BACKEND: Final = _backend("cupy", {**_KERNELS, "matmul": cupy_products.measured_product})
TILED_BACKEND: Final = _backend("cupy-tiled", {**_KERNELS, "matmul": cupy_products.tiled_product})
CUBLAS_BACKEND: Final = _backend("cupy-cublas", {**_KERNELS, "matmul": cupy_products.cublas_product})
