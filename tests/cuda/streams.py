"""Devices, streams, events and graphs that are not there; work is done when it is issued, save while it is captured."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

from tests.cuda.machine import SHARED_BYTES, STATIC_SHARED_BYTES, CUDARuntimeError, Machine

CAPTURE_RELAXED: Final = 2  # cudaStreamCaptureModeRelaxed, which CuPy's begin_capture takes by itself


class Device:
    """A device of CuPy, by its number."""

    def __init__(self, machine: Machine, device: int | Device | None = None) -> None:
        self._machine = machine
        machine.count()
        self.id = machine.current if device is None else int(device)
        self._before: list[int] = []

    def __int__(self) -> int:
        return self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self) -> int:
        return self.id

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"

    def use(self) -> None:
        self._machine.require_device(self.id)
        self._machine.current = self.id

    def __enter__(self) -> Device:
        self._before.append(self._machine.current)
        self.use()
        self._machine.entered.append(self.id)
        return self

    def __exit__(self, *_error: object) -> None:
        self._machine.current = self._before.pop()

    def synchronize(self) -> None:
        self._machine.require_device(self.id)
        stream = self._machine.current_stream(self.id)
        if stream is not None and stream.captured is not None:
            stream.spoiled = True
            raise CUDARuntimeError(900)
        self._machine.synchronized.append(self.id)

    @property
    def compute_capability(self) -> str:
        return self._machine.compute_capability

    @property
    def attributes(self) -> dict[str, int]:
        machine = self._machine
        return {
            "ComputeCapabilityMajor": int(machine.compute_capability[:-1]),
            "ComputeCapabilityMinor": int(machine.compute_capability[-1]),
            "CooperativeLaunch": 1,
            "MaxSharedMemoryPerBlock": STATIC_SHARED_BYTES,
            "MaxSharedMemoryPerBlockOptin": SHARED_BYTES,
            "MaxThreadsPerBlock": 1024,
            "MultiProcessorCount": machine.multiprocessors,
            "WarpSize": 32,
        }

    @property
    def mem_info(self) -> tuple[int, int]:
        return memory_info(self._machine, self.id)


def memory_info(machine: Machine, number: int) -> tuple[int, int]:
    """Return how many bytes of a device's memory are free, and how many there are."""
    return machine.memory_bytes - machine.used(number) - machine.cached(number), machine.memory_bytes


class Event:
    """A moment on a stream."""

    def __init__(
        self, machine: Machine, block: bool = False, disable_timing: bool = False, interprocess: bool = False
    ) -> None:
        self._machine = machine
        self.timed = not disable_timing
        self.milliseconds: float | None = None
        self.captured = False

    @property
    def done(self) -> bool:
        return True

    def record(self, stream: Stream | None = None) -> None:
        current = self._machine.current_stream() if stream is None else stream
        self.captured = current is not None and current.captured is not None
        self.milliseconds = self._machine.milliseconds

    def synchronize(self) -> None:
        if self.captured:
            raise CUDARuntimeError(900)


def elapsed_time(start: Event, end: Event) -> float:
    """Return the milliseconds between two events."""
    if start.milliseconds is None or end.milliseconds is None or not (start.timed and end.timed):
        raise CUDARuntimeError(400)
    return end.milliseconds - start.milliseconds


class Graph:
    """Launches that were captured."""

    def __init__(self, machine: Machine, work: list[Callable[[Any], None]]) -> None:
        self._machine, self._work = machine, work

    def launch(self, stream: Stream | None = None) -> None:
        chosen = self._machine.current_stream() if stream is None else stream
        if chosen is not None and chosen.captured is not None:
            chosen.captured.extend(self._work)
            return
        for each in self._work:
            each(chosen)

    def upload(self, stream: Stream | None = None) -> None: ...


class Stream:
    """A stream of CuPy.

    Attributes:
        ptr: its address.
        device_id: the number of the device on which it was made, or -1.
        captured: what was recorded since a capture began, or None where none did.
        spoiled: whether something was done during the capture that CUDA does not allow.
    """

    _addresses: Final = itertools.count(0x1000)

    def __init__(
        self,
        machine: Machine,
        null: bool = False,
        non_blocking: bool = False,
        ptds: bool = False,
        priority: int | None = None,
    ) -> None:
        self._machine = machine
        self.ptr = 0 if null else next(self._addresses)
        self.device_id = -1 if null else machine.current
        self.is_non_blocking = non_blocking
        self.captured: list[Callable[[Any], None]] | None = None
        self.spoiled = False
        self.synchronizations = 0
        self.waited: list[Event] = []
        self._entered: list[int] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.ptr == other.ptr

    def __hash__(self) -> int:
        return self.ptr

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.ptr

    def _number(self) -> int:
        current = self._machine.current
        if self.device_id not in (-1, current):
            raise RuntimeError(
                f"The device that the stream is created on ({self.device_id}) "
                f"does not match with the current device ({current})"
            )
        return current

    def __enter__(self) -> Stream:
        number = self._number()
        self._machine.streams.setdefault(number, []).append(self)
        self._entered.append(number)
        return self

    def __exit__(self, *_error: object) -> None:
        self._machine.streams[self._entered.pop()].pop()

    def use(self) -> Stream:
        streams = self._machine.streams.setdefault(self._number(), [])
        streams[-1:] = [self]
        return self

    @property
    def done(self) -> bool:
        return self.captured is None

    def synchronize(self) -> None:
        if self.captured is not None:
            self.spoiled = True
            raise CUDARuntimeError(900)
        self.synchronizations += 1

    def record(self, event: Event | None = None) -> Event:
        recorded = Event(self._machine) if event is None else event
        recorded.record(self)
        return recorded

    def wait_event(self, event: Event) -> None:
        self.waited.append(event)

    def begin_capture(self, mode: int | None = None) -> None:
        if self.ptr == 0:
            raise RuntimeError("cannot capture on the default (legacy) stream")
        self.captured, self.spoiled = [], False

    def end_capture(self) -> Graph:
        work, self.captured = self.captured, None
        if work is None:
            raise RuntimeError("the stream captures nothing")
        if self.spoiled:
            raise CUDARuntimeError(901)
        return Graph(self._machine, work)

    def is_capturing(self) -> bool:
        return self.captured is not None


def runtime(machine: Machine) -> SimpleNamespace:
    """Return what the backends use of ``cupy.cuda.runtime``."""

    def properties(number: int) -> dict[str, Any]:
        machine.require_device(number)
        attributes = Device(machine, number).attributes
        return {
            "name": machine.name.encode(),
            "major": attributes["ComputeCapabilityMajor"],
            "minor": attributes["ComputeCapabilityMinor"],
            "multiProcessorCount": machine.multiprocessors,
            "sharedMemPerBlock": STATIC_SHARED_BYTES,
            "sharedMemPerBlockOptin": SHARED_BYTES,
            "totalGlobalMem": machine.memory_bytes,
            "warpSize": 32,
        }

    return SimpleNamespace(
        CUDARuntimeError=CUDARuntimeError,
        deviceCanAccessPeer=lambda device, peer: int(machine.peers and device != peer),
        deviceEnablePeerAccess=machine.require_device,
        deviceSynchronize=lambda: Device(machine).synchronize(),
        driverGetVersion=lambda: machine.driver_version,
        getDevice=lambda: machine.current,
        getDeviceCount=machine.count,
        getDeviceProperties=properties,
        is_hip=False,
        memGetInfo=lambda: memory_info(machine, machine.current),
        runtimeGetVersion=lambda: machine.runtime_version,
        setDevice=lambda number: Device(machine, number).use(),
        streamCaptureModeGlobal=0,
        streamCaptureModeRelaxed=CAPTURE_RELAXED,
        streamCaptureModeThreadLocal=1,
    )
