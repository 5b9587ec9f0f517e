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
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from shapedmat.errors import BackendError, DeviceError
from shapedmat.ops import Array, Namespace, Op

_MODULES: Final = {
    "numpy": ("shapedmat.backends.numpy", "BACKEND"),
    "numba": ("shapedmat.backends.numba", "BACKEND"),
    "cupy": ("shapedmat.backends.cupy", "BACKEND"),
    "cupy-tiled": ("shapedmat.backends.cupy", "TILED_BACKEND"),
}


@dataclass(frozen=True, slots=True)
class Backend:
    """One way to compute the operations of the table.

    Attributes:
        name: the name in the registry.
        namespace: the array namespace that the table's own kernels are called with.
        device_type: "cpu" or "cuda".
        kernels: what this backend does better than the table, by the operation's name; called like the table's kernels.
        known_product: takes two NumPy arrays, of which nothing is checked, to their matrix product if one of operands
            with the same element types, shapes and strides was computed in the same way before, else to None.
        from_host: takes a NumPy array and a device's number to an array on that device.
        to_host: takes an array to a NumPy array.
        device_number: the number of the device that an array lies on.
        synchronize: waits until all work on the device is done.
    """

    name: str
    namespace: Namespace
    device_type: str
    kernels: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    known_product: Callable[[Array, Array], Array | None] | None = None
    from_host: Callable[[np.ndarray[Any, np.dtype[Any]], int], Array] = lambda array, _number: array
    to_host: Callable[[Array], np.ndarray[Any, np.dtype[Any]]] = lambda array: array
    device_number: Callable[[Array], int] = lambda _array: 0
    synchronize: Callable[[], None] = lambda: None

    def run(self, op: Op, *arrays: Array, **parameters: Any) -> Array:
        """Compute one operation with this backend's kernel or, where it has none, with the table's."""
        return self.kernels.get(op.name, op.kernel)(self.namespace, *arrays, **parameters)

    def require_values(self, action: str) -> None:
        """Raise an error if values are not computed yet, for what cannot be done without them, as "draw numbers"."""

    def require_written(self, numbers: Any) -> None:
        """Raise an error if values are not computed yet, for numbers that do not stand in the program, as an array."""


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
    host = to_host(array)
    return host if kind == "cpu" else get("cupy").from_host(host, number)


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
