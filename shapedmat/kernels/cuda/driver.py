"""What the GPU is told: to compile and launch kernels, to capture launches in a graph, to tell times.

All of it goes through CuPy, on its current device and stream. CuPy keeps compiled kernels on disk, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

from shapedmat import backends

Argument: TypeAlias = Any  # an int, a float or an array of cupy: no type describes that

OPTIONS: Final = ("--std=c++17",)
"""How all kernels are compiled: products and sums may be contracted to fused multiply-adds, as NVRTC does by itself."""

STATIC_SHARED_BYTES: Final = 48 << 10
"""The shared memory that a block may have without being asked (CUDA C++ Programming Guide, "Compute Capabilities")."""


class Kernel:
    """A kernel that can be launched.

    Args:
        source: CUDA C++ that includes nothing.
        name: the kernel's name, an ``extern "C"`` one. Every parameter is 8 bytes wide: a pointer, long long or double.
        shared_bytes: the dynamic shared memory of a block.
        cooperative: whether all blocks of a launch must run at once, since they wait for one another.
    """

    def __init__(self, source: str, name: str, *, shared_bytes: int, cooperative: bool) -> None:
        self._kernel = _module(source, cooperative, device()).get_function(name)
        self._shared_bytes = shared_bytes
        if shared_bytes > STATIC_SHARED_BYTES:
            self._kernel.max_dynamic_shared_size_bytes = shared_bytes

    def __call__(self, grid: Sequence[int], threads: int, arguments: Sequence[Argument]) -> None:
        """Launch the kernel on the current stream.

        Args:
            grid: the number of blocks, along one axis or two.
            threads: the threads of a block.
            arguments: the kernel's arguments.
        """
        self._kernel(tuple(grid), (threads,), tuple(arguments), shared_mem=self._shared_bytes)

    def resident_blocks(self, threads: int) -> int:
        """Return how many blocks of so many threads the current device runs at once."""
        cupy = _cupy()
        each = cupy.cuda.driver.occupancyMaxActiveBlocksPerMultiprocessor(
            self._kernel.kernel.ptr, threads, self._shared_bytes
        )
        return int(each) * multiprocessors()


def kernel(source: str, name: str, *, shared_bytes: int = 0, cooperative: bool = False) -> Kernel:
    """Return a kernel for the current device, which is compiled if it was not yet; see `Kernel`."""
    return _kernel(source, name, shared_bytes, cooperative, device())


@lru_cache(maxsize=512)
def _kernel(source: str, name: str, shared_bytes: int, cooperative: bool, _device: int) -> Kernel:
    return Kernel(source, name, shared_bytes=shared_bytes, cooperative=cooperative)


@lru_cache(maxsize=128)
def _module(source: str, cooperative: bool, _device: int) -> Any:
    return _cupy().RawModule(code=source, options=OPTIONS, enable_cooperative_groups=cooperative)


def device() -> int:
    """Return the number of the current device."""
    return int(_cupy().cuda.Device().id)


def multiprocessors() -> int:
    """Return how many multiprocessors the current device has."""
    return _attribute(device(), "MultiProcessorCount")


@cache
def _attribute(number: int, name: str) -> int:
    return int(_cupy().cuda.Device(number).attributes[name])  # cupy asks for all of them


def compute_capability(number: int | None = None) -> tuple[int, int]:
    """Return the compute capability of a device, the current one if none is named, such as (9, 0)."""
    digits = _cupy().cuda.Device(number).compute_capability
    return int(digits[:-1]), int(digits[-1])


def device_name() -> str:
    """Return the name of the current device, such as "NVIDIA H200"."""
    return _name(device())


@cache
def _name(number: int) -> str:
    name: bytes = _cupy().cuda.runtime.getDeviceProperties(number)["name"]
    return name.decode()


def is_capturing() -> bool:
    """Tell whether launches on the current stream are being captured."""
    return bool(_cupy().cuda.get_current_stream().is_capturing())


def captured(launch: Callable[[], None]) -> Callable[[], None]:
    """Return a function that repeats, by one call of the driver, all launches that a function makes.

    It launches on the current stream of its own call. The addresses that the kernels were given are repeated, too.

    Args:
        launch: launches kernels, and neither allocates nor moves anything.
    """
    stream = _cupy().cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        try:
            launch()
        except BaseException:
            with suppress(Exception):  # the capture has ended already if the launch has broken it
                stream.end_capture()
            raise
        graph = stream.end_capture()
    replay: Callable[[], None] = graph.launch
    return replay


def seconds(launch: Callable[[], None]) -> float:
    """Return how long the device takes for what a function launches; waits for it."""
    cupy = _cupy()
    start, end = cupy.cuda.Event(), cupy.cuda.Event()
    start.record()
    launch()
    end.record()
    end.synchronize()
    return float(cupy.cuda.get_elapsed_time(start, end)) / 1000


def _cupy() -> Any:
    return backends.get("cupy").namespace
