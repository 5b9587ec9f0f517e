"""A machine with GPUs that are not there: what its devices have, what was asked of them, and who uses their memory."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

HostArray = np.ndarray[Any, np.dtype[Any]]

STATIC_SHARED_BYTES: Final = 48 << 10  # what a block may have without being asked
SHARED_BYTES: Final = 227 << 10  # what a block may have; "Compute Capabilities" in the CUDA C++ Programming Guide
MULTIPROCESSOR_THREADS: Final = 2048
MULTIPROCESSOR_BLOCKS: Final = 32
MULTIPROCESSOR_REGISTERS: Final = 65536
MULTIPROCESSOR_SHARED_BYTES: Final = 228 << 10

# The names of the errors that CUDA's runtime and its driver return, and their sentences ("cudaError_t" in the CUDA
# Runtime API).
_RUNTIME_ERRORS: Final = {
    2: "cudaErrorMemoryAllocation: out of memory",
    35: "cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version",
    100: "cudaErrorNoDevice: no CUDA-capable device is detected",
    101: "cudaErrorInvalidDevice: invalid device ordinal",
    400: "cudaErrorInvalidResourceHandle: invalid resource handle",
    900: "cudaErrorStreamCaptureUnsupported: operation not permitted when stream is capturing",
    901: "cudaErrorStreamCaptureInvalidated: operation failed due to a previous error during capture",
}
_DRIVER_ERRORS: Final = {
    1: "CUDA_ERROR_INVALID_VALUE: invalid argument",
}


class CUDARuntimeError(RuntimeError):
    """An error of CUDA's runtime, with its number, as CuPy raises it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(_RUNTIME_ERRORS[status])


class CUDADriverError(RuntimeError):
    """An error of CUDA's driver, with its number, as CuPy raises it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(_DRIVER_ERRORS[status])


class OutOfMemoryError(MemoryError):
    """What CuPy raises where a device has too little memory, in its words."""

    def __init__(self, size: int, total: int, limit: int = 0) -> None:
        limits = f", limit set to: {limit:,} bytes" if limit else ""
        super().__init__(f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes{limits}).")


class Memory:
    """A piece of a device's memory, which is freed with the last array in it.

    Attributes:
        owner: the host memory that stands for it.
        device_id: the number of the device.
        ptr: its address.
        size: its bytes.
    """

    def __init__(self, owner: HostArray, device_id: int) -> None:
        self.owner, self.device_id = owner, device_id
        self.ptr, self.size = owner.ctypes.data, owner.nbytes


@dataclass(frozen=True, slots=True)
class Launch:
    """A kernel that ran: its name and where it ran, and how it was launched.

    Attributes:
        name: the kernel's name.
        grid: the number of blocks.
        block: the number of threads in each.
        shared_bytes: the dynamic shared memory of a block.
        cooperative: whether all blocks were resident at once.
        options: how it was compiled.
        device: the number of the device.
        stream: the stream's address.
        replayed: whether a graph launched it.
    """

    name: str
    grid: tuple[int, ...]
    block: tuple[int, ...]
    shared_bytes: int
    cooperative: bool
    options: tuple[str, ...]
    device: int
    stream: int
    replayed: bool


@dataclass(eq=False)
class Machine:
    """What a test sets, and what it can look at after.

    Attributes:
        device_count: the number of GPUs, or the error that CUDA starts with.
        name: what each of them is called.
        compute_capability: of each of them, as "90" for 9.0.
        multiprocessors: of each of them; few, so that the emulator has few blocks to run.
        registers: how many registers each thread is taken to need, which limits how many blocks run at once.
        memory_bytes: of each of them.
        peers: whether they read each other's memory.
        backwards: whether kernels run with the last block and thread first.
        runtime_version: of CUDA.
        driver_version: the newest CUDA that the driver supports.
        current: the current device.
        entered: the devices that became current in a ``with`` block, in order.
        synchronized: the devices that were waited for, in order.
        launches: the raw kernels that ran, in order.
        freed: how often the memory pool was emptied.
        milliseconds: what events record: each launch takes one.
    """

    device_count: int | Exception = 1
    name: str = "Stand-in"
    compute_capability: str = "90"
    multiprocessors: int = 4
    registers: int = 128
    memory_bytes: int = 8 << 30
    peers: bool = True
    backwards: bool = False
    runtime_version: int = 13000
    driver_version: int = 13000
    current: int = 0
    entered: list[int] = field(default_factory=list)
    synchronized: list[int] = field(default_factory=list)
    launches: list[Launch] = field(default_factory=list)
    freed: int = 0
    milliseconds: float = 0.0
    pool_limit: int = 0
    streams: dict[int, list[Any]] = field(default_factory=dict)
    _used: dict[int, int] = field(default_factory=dict)
    _cached: dict[int, int] = field(default_factory=dict)
    _memories: weakref.WeakValueDictionary[int, Memory] = field(default_factory=weakref.WeakValueDictionary)

    def count(self) -> int:
        """Return the number of devices, or raise what CUDA starts with."""
        if isinstance(self.device_count, Exception):
            raise self.device_count
        return self.device_count

    def require_device(self, number: int) -> None:
        """Raise CUDA's error where there is no device of that number."""
        if not 0 <= number < self.count():
            raise CUDARuntimeError(101)

    # --- memory -------------------------------------------------------------------------------------------------------

    def memory_of(self, host: HostArray, number: int | None = None) -> Memory:
        """Return the memory that an array lies in; a device's is allocated for an array that has none yet.

        Raises:
            OutOfMemoryError: the device has no room for it.
        """
        owner = owner_of(host)
        memory = self._memories.get(id(owner))
        if memory is None:
            memory = Memory(owner, self.current if number is None else number)
            self._allocate(memory)
            self._memories[id(owner)] = memory
        return memory

    def _allocate(self, memory: Memory) -> None:
        device, size = memory.device_id, memory.size
        used = self.used(device)
        room = min(self.memory_bytes, self.pool_limit or self.memory_bytes)
        if used + size > room:
            raise OutOfMemoryError(size, used, self.pool_limit)
        # CuPy's pool keeps what is freed, and gives it away again; what does not suffice, it returns to the device.
        cached = max(0, self.cached(device) - size)
        self._cached[device] = min(cached, room - used - size)
        self._used[device] = used + size
        weakref.finalize(memory, self._free, device, size).atexit = False

    def _free(self, device: int, size: int) -> None:
        self._used[device] -= size
        self._cached[device] = self.cached(device) + size

    def used(self, number: int) -> int:
        """Return how many bytes of a device's memory arrays take."""
        return self._used.get(number, 0)

    def cached(self, number: int) -> int:
        """Return how many bytes of a device's memory the pool keeps for later."""
        return self._cached.get(number, 0)

    def free_pool(self) -> None:
        """Return to the devices what the pool keeps."""
        self.freed += 1
        self._cached.clear()

    # --- streams ------------------------------------------------------------------------------------------------------

    def require_running(self) -> None:
        """Raise CUDA's error, and spoil the capture, where the current stream only records what it is told."""
        stream = self.current_stream()
        if stream is not None and stream.captured is not None:
            stream.spoiled = True
            raise CUDARuntimeError(900)

    def current_stream(self, number: int | None = None) -> Any:
        """Return the current stream of a device, or None for the default one."""
        streams = self.streams.get(self.current if number is None else number)
        return streams[-1] if streams else None

    # --- launches -----------------------------------------------------------------------------------------------------

    def resident_blocks(self, threads: int, shared_bytes: int) -> int:
        """Return how many blocks one multiprocessor runs at once; each takes 1 KB of shared memory for CUDA itself."""
        return min(
            MULTIPROCESSOR_BLOCKS,
            MULTIPROCESSOR_THREADS // threads,
            MULTIPROCESSOR_REGISTERS // (self.registers * threads),
            MULTIPROCESSOR_SHARED_BYTES // (shared_bytes + 1024),
        )


def owner_of(host: HostArray) -> HostArray:
    """Return the array whose memory this one is a view of."""
    while True:
        base = host.base
        if not isinstance(base, np.ndarray):
            # What `as_strided` puts between a view and its array.
            base = getattr(base, "base", None)
        if not isinstance(base, np.ndarray):
            return host
        host = base
