"""The backends: who computes an operation, and where.

A matrix on a GPU is always computed with cupy. A matrix on the CPU is computed with the backend that is chosen: by an
argument where a method takes one, else by `use_backend`, else by the environment variable ``SHAPEDMAT_BACKEND`` (read
once), else ``numpy``. Nothing moves between devices unless it is told to.

A new backend is one module, with a `Backend` in it, and one line in `_MODULES`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
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
        from_host: takes a NumPy array and a device's number to an array on that device.
        to_host: takes an array to a NumPy array.
        device_number: the number of the device that an array lies on.
        synchronize: waits until all work on the device is done.
    """

    name: str
    namespace: Namespace
    device_type: str
    kernels: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    from_host: Callable[[np.ndarray[Any, np.dtype[Any]], int], Array] = lambda array, _number: array
    to_host: Callable[[Array], np.ndarray[Any, np.dtype[Any]]] = lambda array: array
    device_number: Callable[[Array], int] = lambda _array: 0
    synchronize: Callable[[], None] = lambda: None

    def run(self, op: Op, *arrays: Array, **parameters: Any) -> Array:
        """Compute one operation with this backend's kernel or, where it has none, with the table's."""
        return self.kernels.get(op.name, op.kernel)(self.namespace, *arrays, **parameters)


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
    """
    token = _chosen.set(get(name))
    try:
        yield get(name)
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
    chosen = current()
    return chosen if chosen.device_type == "cuda" else get("cupy")


def device_of(array: Array) -> str:
    """Return where an array lies: "cpu", or "cuda:0" and so on."""
    if isinstance(array, np.ndarray):
        return "cpu"
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
    host = array if isinstance(array, np.ndarray) else get("cupy").to_host(array)
    return host if kind == "cpu" else get("cupy").from_host(host, number)
