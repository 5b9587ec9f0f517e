"""The backends: who computes an operation, and where.

A matrix on a GPU is always computed with cupy. A matrix on the CPU is computed with the backend that is chosen: by an
argument where a method takes one, else by `use_backend`, else by the environment variable ``SHAPEDMAT_BACKEND`` (read
once), else ``numpy``. Nothing moves between devices unless it is told to.

A new backend is one module, with a `Backend` in it, and one line in `_MODULES`. While a function is traced, a backend
of its own is chosen, whose arrays are `Traced`: they have no elements yet.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from shapedmat.errors import BackendError, DeviceError
from shapedmat.ops import Array, Namespace, Op

_MODULES: Final = {
    "numpy": ("shapedmat.backends.numpy", "BACKEND"),
    "numba": ("shapedmat.backends.numba", "BACKEND"),
    "cupy": ("shapedmat.backends.cupy", "BACKEND"),
    "cupy-tiled": ("shapedmat.backends.cupy", "TILED_BACKEND"),
    "cupy-cublas": ("shapedmat.backends.cupy", "CUBLAS_BACKEND"),
}


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to compute the operations of the table, and where its arrays go; backends on GPUs override the latter.

    Attributes:
        name: the name in the registry.
        namespace: the array namespace that the table's own kernels are called with.
        device_type: "cpu" or "cuda".
        kernels: what this backend does better than the table, by the operation's name; called like the table's kernels.
        known_product: takes two NumPy arrays, of which nothing is checked, to their matrix product if one of operands
            with the same element types, shapes and strides was computed in the same way before, else to None.
        from_host: takes a NumPy array and a device's number to an array on that device.
    """

    name: str
    namespace: Namespace
    device_type: str
    kernels: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    known_product: Callable[[Array, Array], Array | None] | None = None
    from_host: Callable[[np.ndarray[Any, np.dtype[Any]], int], Array] = lambda array, _number: array

    def run(self, op: Op, *arrays: Array, **parameters: Any) -> Array:
        """Compute one operation with this backend's kernel or, where it has none, with the table's."""
        return self.kernels.get(op.name, op.kernel)(self.namespace, *arrays, **parameters)

    def to_host(self, array: Array) -> np.ndarray[Any, np.dtype[Any]]:
        """Return the elements as an array of NumPy."""
        host: np.ndarray[Any, np.dtype[Any]] = array
        return host

    def to_device(self, array: Array, number: int) -> Array:  # noqa: ARG002  # of GPUs
        """Return a copy of an array on another device that this backend computes on, not by way of the host."""
        return array

    def copy(self, array: Array) -> Array:
        """Return a copy on the array's own device, row after row."""
        return array.copy(order="C")

    @contextlib.contextmanager
    def using(self, reads: Sequence[Array], writes: Sequence[Array], number: int, action: str) -> Iterator[None]:  # noqa: ARG002  # of GPUs
        """Let a ``with`` block launch kernels of its own on a device, where all others have done with its arrays.

        Args:
            reads: all arrays on the device that the kernels are given.
            writes: those of them that are changed.
            number: the device's.
            action: what is done, for errors, as "run step".
        """
        yield

    def made(self, results: Sequence[Array], operands: Sequence[Array], number: int) -> None:
        """Note that such kernels have made arrays of others, on the current stream of a device."""

    def adopt(self, array: Array) -> Array:
        """Return an array that was made by the namespace itself or by another library, and is a matrix from now on."""
        return array

    def from_dlpack(self, array: Any) -> Array:
        """Return an array over the memory of an array of any library."""
        return self.namespace.from_dlpack(array)

    def to_dlpack(self, array: Array, settings: Mapping[str, Any]) -> object:
        """Return the capsule by which another library takes over an array's memory."""
        capsule: object = array.__dlpack__(**settings)
        return capsule

    def device_number(self, array: Array) -> int:  # noqa: ARG002  # there is one CPU
        """Return the number of the device that an array lies on."""
        return 0

    def synchronize(self, number: int | None = None) -> None:
        """Wait until all work on a device is done, or on all devices."""

    def stream(self, number: int) -> DeviceStream:
        """Return a new stream of a device.

        Raises:
            DeviceError: there is no such device.
        """
        raise DeviceError(f"the {self.name} backend has no streams: cuda:{number} was asked for one")

    def release_memory(self) -> None:
        """Give the memory back that is kept, but not used, for arrays to come."""

    def require_values(self, action: str) -> None:
        """Raise an error if values are not computed yet, for what cannot be done without them, as "draw numbers"."""

    def require_written(self, numbers: Any) -> None:
        """Raise an error if values are not computed yet, for numbers that do not stand in the program, as an array."""


@runtime_checkable
class DeviceStream(Protocol):
    """A queue of work on a device, in which one thing is done after the other."""

    def enter(self) -> None:
        """Let the work of this thread on the device go to this stream."""
        ...

    def leave(self) -> None:
        """Let it go again where it went before."""
        ...

    def wait_for(self, other: Any) -> None:
        """Let what comes on this stream wait for what is on another one now; the host does not wait."""
        ...

    def synchronize(self) -> None:
        """Wait until all work on the stream is done."""
        ...


class Traced:
    """An array that has no elements yet, as the function that computes them is being traced.

    Attributes:
        device: where its elements will lie: "cpu", or "cuda:0" and so on.
    """

    __slots__ = ()
    device: str

    @property
    @abstractmethod
    def backend(self) -> Backend:
        """The backend that computes with it, whichever is chosen."""

    @abstractmethod
    def element(self, *, python: bool) -> Any:
        """Return what stands for the only element, which will be a Python number or a NumPy scalar."""

    @abstractmethod
    def to_host(self) -> np.ndarray[Any, np.dtype[Any]]:
        """Raise an error, as there are no elements to return."""


# DLDeviceType of the DLPack specification (dlpack.h): kDLCPU and kDLCUDAHost; kDLCUDA and kDLCUDAManaged.
_HOST_MEMORY: Final = (1, 3)
_CUDA_MEMORY: Final = (2, 13)


def names() -> tuple[str, ...]:
    """Return the names of all backends, whether or not what they need is installed."""
    return tuple(_MODULES)


_loaded: dict[str, Backend] = {}
_chosen: ContextVar[Backend | None] = ContextVar("shapedmat_backend", default=None)


def get(name: str) -> Backend:
    """Return a backend by its name; its module, and what that imports, is loaded on the first call.

    Raises:
        BackendError: there is no backend of that name, or the package that it needs is not installed.
    """
    try:
        return _loaded[name]
    except KeyError:
        pass
    if name not in _MODULES:
        raise BackendError(f"there is no backend {name!r}: choose one of {', '.join(names())}")
    module, attribute = _MODULES[name]
    backend: Backend = getattr(importlib.import_module(module), attribute)
    return _loaded.setdefault(name, backend)


def current() -> Backend:
    """Return the backend that is chosen: by `use_backend`, else by ``SHAPEDMAT_BACKEND``, else numpy.

    Raises:
        BackendError: the environment variable names no backend.
    """
    return _chosen.get() or _default()


@functools.cache
def _default() -> Backend:
    # Read once: a look into the environment costs more than a small operation.
    return get(os.environ.get("SHAPEDMAT_BACKEND", "numpy"))


@contextlib.contextmanager
def use_backend(name: str) -> Iterator[Backend]:
    """Choose the backend within a ``with`` block, or within a function that this decorates.

    The choice holds in the current thread or task alone, and ends with the block.

    >>> with use_backend("numba") as backend:
    ...     current().name
    'numba'

    Raises:
        BackendError: there is no backend of that name, or the package that it needs is not installed.
        JitError: a function is being traced, whose operations are compiled by no backend.
    """
    backend = get(name)
    chosen = _chosen.get()
    if chosen is not None:
        chosen.require_values("choose a backend")
    with choose(backend):
        yield backend


@contextlib.contextmanager
def choose(backend: Backend) -> Iterator[None]:
    """Choose a backend that need not be in the registry within a ``with`` block."""
    token = _chosen.set(backend)
    try:
        yield
    finally:
        _chosen.reset(token)


def for_array(array: Array) -> Backend:
    """Return the backend that computes with this array.

    Raises:
        DeviceError: a CPU array under a backend that computes on a GPU.
    """
    if type(array) is np.ndarray:
        backend = current()
        if backend.device_type != "cpu":
            raise DeviceError(
                f"the {backend.name} backend computes on a GPU, but the matrix is on the cpu: move it with .to('cuda')"
            )
        return backend
    if isinstance(array, Traced):
        return array.backend
    chosen = current()
    return chosen if chosen.device_type == "cuda" else get("cupy")


def device_of(array: Array) -> str:
    """Return where an array lies: "cpu", or "cuda:0" and so on."""
    if isinstance(array, np.ndarray):
        return "cpu"
    if isinstance(array, Traced):
        return array.device
    return f"cuda:{get('cupy').device_number(array)}"


def parse_device(device: str) -> tuple[str, int]:
    """Split the name of a device into its type and number: "cuda:1" is a device of type "cuda" with number 1.

    Raises:
        DeviceError: the name is not "cpu", "cuda" or "cuda:N".
    """
    kind, colon, number = device.partition(":")
    if device == "cpu" or (kind == "cuda" and (not colon or number.isdecimal())):
        return kind, int(number or 0)
    raise DeviceError(f"there is no device {device!r}: write 'cpu', 'cuda' or 'cuda:1'")


def to_device(array: Array, device: str) -> Array:
    """Return the array on a device: itself if it lies there, else a copy.

    Raises:
        DeviceError: the name is not a device's, or there is no such device.
        BackendError: the package that the device needs is not installed.
    """
    kind, number = parse_device(device)
    if device_of(array) == (kind if kind == "cpu" else f"{kind}:{number}"):
        return array
    if kind == "cpu":
        return to_host(array)
    if isinstance(array, (np.ndarray, Traced)):
        host = to_host(array)
        return get("cupy").from_host(host, number)
    return get("cupy").to_device(array, number)


def to_host(array: Array) -> np.ndarray[Any, np.dtype[Any]]:
    """Return the elements as an array of NumPy: the array itself if it is one, else a copy.

    Raises:
        JitError: the array is traced, and has no elements yet.
    """
    if isinstance(array, np.ndarray):
        return array
    return array.to_host() if isinstance(array, Traced) else get("cupy").to_host(array)


def element(array: Array, *, python: bool = False) -> Any:
    """Return the only element as a NumPy scalar or a Python number, or for a traced array what stands for it."""
    if isinstance(array, Traced):
        return array.element(python=python)
    scalar = to_host(array)[0, 0]
    return scalar.item() if python else scalar


def copy(array: Array) -> Array:
    """Return a copy on the array's own device, row after row."""
    return _keeper(array).copy(array)


def adopt(array: Array) -> Array:
    """Return an array that is no array of NumPy, and is a matrix from now on.

    Raises:
        TypeError: it is no array of CuPy either.
    """
    if isinstance(array, Traced):
        return array
    cupy = sys.modules.get("cupy")
    if cupy is None or not isinstance(array, cupy.ndarray):
        raise TypeError(
            f"a Matrix holds an array of NumPy or CuPy, not a {type(array).__name__}: use Matrix.from_dlpack"
        )
    return get("cupy").adopt(array)


def from_dlpack(array: Any) -> Array:
    """Return an array over the memory of an array of any library that speaks DLPack.

    Raises:
        DeviceError: it lies neither on the CPU nor on an NVIDIA GPU.
        BackendError: it lies on a GPU, and cupy is not installed.
    """
    kind, _ = array.__dlpack_device__()
    if kind in _HOST_MEMORY:
        return np.from_dlpack(array)
    if kind in _CUDA_MEMORY:
        return get("cupy").from_dlpack(array)
    raise DeviceError(
        f"an array on a device of DLPack's type {int(kind)} cannot be a matrix, "
        "only one on the CPU or on an NVIDIA GPU: copy it there first"
    )


def to_dlpack(array: Array, settings: Mapping[str, Any]) -> object:
    """Return the capsule by which another library takes over an array's memory.

    Args:
        array: the array.
        settings: what that library passes to ``__dlpack__``, as the stream on which it will use the memory.
    """
    return _keeper(array).to_dlpack(array, settings)


def synchronize(device: str | None = None) -> None:
    """Wait until all work on a device is done, or on every device that something runs on; on the CPU it always is.

    Raises:
        DeviceError: the name is not "cpu", "cuda" or "cuda:N".
    """
    kind, number = ("cuda", None) if device is None else parse_device(device)
    if kind == "cuda":
        for backend in tuple(_loaded.values()):
            backend.synchronize(number)


def release_memory() -> None:
    """Give the memory of GPUs back that is kept, but not used, for matrices to come; waits for the work on them."""
    for backend in tuple(_loaded.values()):
        backend.release_memory()


def _keeper(array: Array) -> Backend:
    """Return the backend of the device that an array lies on, whichever is chosen."""
    if isinstance(array, Traced):
        return array.backend
    return get("numpy" if isinstance(array, np.ndarray) else "cupy")


def adopted(array: np.ndarray[Any, np.dtype[Any]], device: str | None) -> Array:
    """Return an array that was just made on the host where it belongs: on a device, or where the backend computes.

    Raises:
        DeviceError: the name is not a device's, or there is no such device.
        BackendError: the package that the device needs is not installed.
    """
    backend = current()
    kind, number = parse_device(backend.device_type if device is None else device)
    if kind == backend.device_type:
        return backend.from_host(array, number)
    return to_device(array, f"{kind}:{number}" if kind != "cpu" else kind)
