"""A stand-in for CuPy made of NumPy and the emulator, so that whole programs run where there is no GPU.

It refuses what CuPy and CUDA refuse: arrays that NumPy takes unasked, operands on another device than the current one,
copying and waiting while launches are captured, launches that are too large, more memory than there is. It is stricter
in two things: it lets nothing be allocated during a capture, as a graph would not keep that memory, and no operand lie
on another device, as not all devices read each other's memory. It does all work when it is issued, so it shows no race
between streams. Names and behaviour are those of CuPy 14.2; where
a class says nothing else, the documentation is https://docs.cupy.dev/en/v14.2.0/reference/.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any, Final, cast

import numpy as np
import pytest

from tests.cuda import streams
from tests.cuda.device_array import DeviceArray, computed, unwrapped
from tests.cuda.launching import CompileException, ElementwiseKernel, RawKernel, RawModule, ReductionKernel
from tests.cuda.machine import CUDADriverError, HostArray, Machine, OutOfMemoryError

# What NumPy has at its top level and CuPy 14.2 has not, as far as our code could meet it.
_MISSING: Final = {
    "block",
    "errstate",
    "frompyfunc",
    "geomspace",
    "insert",
    "matvec",
    "ndenumerate",
    "nditer",
    "seterr",
    "unstack",
    "vecdot",
    "vecmat",
}


class StandIn(ModuleType):
    """The module ``cupy``, with what is computed by NumPy on the arrays of a machine's devices.

    Attributes:
        machine: what a test sets, and what it can look at after.
    """

    ndarray = DeviceArray
    __version__ = "14.2.0"

    def __init__(self, machine: Machine) -> None:
        super().__init__("cupy")
        self.__spec__ = ModuleSpec("cupy", None)  # asked for where packages are looked for
        self.machine = machine
        self.cuda = _cuda(machine)
        self.RawModule = _bound(RawModule, machine)
        self.RawKernel = _bound(RawKernel, machine)
        self.ElementwiseKernel = _bound(ElementwiseKernel, machine)
        self.ReductionKernel = _bound(ReductionKernel, machine)

    def __getattr__(self, name: str) -> Any:
        if name in _MISSING or name.startswith("__"):
            raise AttributeError(f"module 'cupy' has no attribute {name!r}")
        return _taken(self.machine, getattr(np, name))

    def array(self, obj: Any, dtype: Any = None, copy: bool | None = True, order: str = "K", **_more: Any) -> Any:
        """Return an array on the current device; a copy, unless ``copy`` is false or None and there is one."""
        host = unwrapped(obj)
        wanted = np.dtype(dtype) if dtype is not None else None
        here = isinstance(obj, DeviceArray) and obj.device.id == self.machine.current
        if here and not copy and wanted in (None, obj.dtype):
            return obj
        self.machine.require_running()
        return DeviceArray(self.machine, np.array(host, wanted, order=order))  # type: ignore[call-overload]

    def asarray(self, a: Any, dtype: Any = None, order: str = "K", *, copy: bool | None = None, **_more: Any) -> Any:
        """Return an array on the current device, itself if it lies there."""
        return self.array(a, dtype, copy, order)

    def ascontiguousarray(self, a: Any, dtype: Any = None) -> Any:
        """Return an array on the current device whose rows follow one another in memory, itself if it is one."""
        on_device = self.asarray(a, dtype)
        return on_device if on_device.flags.c_contiguous else self.array(on_device, order="C")

    def asnumpy(self, a: Any, stream: Any = None, order: str = "C", out: HostArray | None = None, **_more: Any) -> Any:
        """Return a copy on the host."""
        return a.get(stream, order, out) if isinstance(a, DeviceArray) else np.asarray(a, order=order)  # type: ignore[call-overload]

    def from_dlpack(self, array: Any, *, device: Any = None, copy: bool | None = None) -> DeviceArray:
        """Return an array that shares the memory of another package's array on a GPU."""
        kind, number = array.__dlpack_device__()
        if kind != 2:  # kDLCUDA in dlpack.h
            raise BufferError(f"the array lies on a device of type {kind}, and not on a GPU")
        stream = self.machine.current_stream(number)
        # 1 is the default stream (`__dlpack__` in the Python array API standard).
        settings: dict[str, Any] = {"stream": getattr(stream, "ptr", 0) or 1}
        try:
            capsule = array.__dlpack__(**settings, max_version=(1, 0), copy=copy)
        except TypeError:  # an exporter of before DLPack 1.0
            if copy is not None:
                raise
            capsule = array.__dlpack__(**settings)
        return DeviceArray(self.machine, np.from_dlpack(cast("Any", _Capsule(capsule))), number)

    def get_default_memory_pool(self) -> SimpleNamespace:
        """Return the pool that keeps freed memory."""
        machine = self.machine

        def set_limit(size: int | None = None, fraction: float | None = None) -> None:
            machine.pool_limit = int(machine.memory_bytes * fraction) if fraction else size or 0

        return SimpleNamespace(
            free_all_blocks=lambda stream=None: machine.free_pool(),
            free_bytes=lambda: machine.cached(machine.current),
            get_limit=lambda: machine.pool_limit,
            set_limit=set_limit,
            total_bytes=lambda: machine.used(machine.current) + machine.cached(machine.current),
            used_bytes=lambda: machine.used(machine.current),
        )

    def get_array_module(self, *arrays: Any) -> ModuleType:
        """Return this module where one of the arrays is on a device, else NumPy."""
        return self if any(isinstance(array, DeviceArray) for array in arrays) else np


class _Capsule:
    """Lets NumPy take a capsule of an array that says it lies on a GPU."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __dlpack__(self, **_parameters: Any) -> object:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # kDLCPU


class _Function:
    """A function of NumPy for arrays on devices, with its methods such as ``at``."""

    def __init__(self, machine: Machine, function: Callable[..., Any]) -> None:
        self._machine, self._function = machine, function

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        return computed(self._machine, self._function, inputs, parameters)

    def __getattr__(self, name: str) -> Any:
        return _taken(self._machine, getattr(self._function, name))


class _Namespace:
    """A module within NumPy, such as ``linalg``."""

    def __init__(self, machine: Machine, module: ModuleType) -> None:
        self._machine, self._module = machine, module

    def __getattr__(self, name: str) -> Any:
        return _taken(self._machine, getattr(self._module, name))


def _taken(machine: Machine, value: Any) -> Any:
    """Return what CuPy has under the name of something in NumPy."""
    if isinstance(value, ModuleType):
        return _Namespace(machine, value)
    return _Function(machine, value) if callable(value) and not isinstance(value, type) else value


def _bound(kind: type[Any], machine: Machine) -> Any:
    """Return a class of CuPy's, whose objects belong to a machine."""

    def initialize(self: Any, *arguments: Any, **settings: Any) -> None:
        cast("Any", kind).__init__(self, machine, *arguments, **settings)

    namespace = {"__init__": initialize}
    return type(kind.__name__, (kind,), namespace)


def _cuda(machine: Machine) -> SimpleNamespace:
    def occupancy(_function: int, threads: int, shared_bytes: int) -> int:
        return machine.resident_blocks(threads, shared_bytes)

    stream = _bound(streams.Stream, machine)
    stream.null = null = stream(null=True)
    return SimpleNamespace(
        Device=_bound(streams.Device, machine),
        Event=_bound(streams.Event, machine),
        Graph=streams.Graph,
        Stream=stream,
        compiler=SimpleNamespace(CompileException=CompileException),
        driver=SimpleNamespace(CUDADriverError=CUDADriverError, occupancyMaxActiveBlocksPerMultiprocessor=occupancy),
        get_current_stream=lambda device_id=-1: machine.current_stream(None if device_id == -1 else device_id) or null,
        get_elapsed_time=streams.elapsed_time,
        is_available=lambda: not isinstance(machine.device_count, Exception) and machine.device_count > 0,
        memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        runtime=streams.runtime(machine),
    )


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Let a machine with one GPU stand in for CuPy and CUDA within a test; set the machine before the first use."""
    from shapedmat import backends

    machine = Machine()
    monkeypatch.setattr(
        backends, "_loaded", {name: x for name, x in backends._loaded.items() if x.device_type == "cpu"}
    )
    with _loaded_anew("shapedmat.backends.cupy"):
        monkeypatch.setitem(sys.modules, "cupy", StandIn(machine))
        _forget_kernels()
        yield machine
        _forget_kernels()


@contextlib.contextmanager
def _loaded_anew(prefix: str) -> Iterator[None]:
    """Load modules whose names begin so anew within a ``with`` block, and have those of before again after it."""

    def taken_out() -> dict[str, ModuleType]:
        found = {name: module for name, module in sys.modules.items() if name.startswith(prefix)}
        for name in found:
            package, _, attribute = name.rpartition(".")
            del sys.modules[name]
            # `from package import module` looks here first.
            vars(sys.modules[package]).pop(attribute, None)
        return found

    before = taken_out()
    try:
        yield
    finally:
        taken_out()
        sys.modules.update(before)
        for name, module in before.items():
            package, _, attribute = name.rpartition(".")
            setattr(sys.modules[package], attribute, module)


def _forget_kernels() -> None:
    """Empty the caches in which kernels of another machine may be."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("shapedmat.kernels.cuda", "shapedmat.compiler.cuda", "nets.som.kernels.cuda")):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
