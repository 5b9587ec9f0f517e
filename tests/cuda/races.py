"""What CUDA does not say: whether work on different streams uses one piece of memory in an order that nothing holds.

The stand-in does all work when it is issued. Here it is noted what each stream, and the host, knows to be done by then:
a vector clock for each (Fidge, "Timestamps in message-passing systems that preserve the partial ordering", 1988), which
events carry from one to another.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any, TypeAlias

import pytest

from tests.cuda import streams
from tests.cuda.machine import Machine

Queue: TypeAlias = tuple[int, int]
"""The number of a device and the address of a stream."""
Clock: TypeAlias = dict[Queue, int]


class Races:
    """Finds uses of memory that are in no order.

    Attributes:
        found: a sentence for each of them.
    """

    def __init__(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[str] = []
        self._machine = machine
        self._clocks: dict[Queue, Clock] = {}
        self._host: Clock = {}
        self._uses: dict[int, _Uses] = {}
        races = self

        def record(event: Any, stream: Any = None) -> None:
            queue = races._queue(machine.current_stream() if stream is None else stream)
            clock = races._clock(queue)
            clock[queue] = clock.get(queue, 0) + 1
            event.clock = dict(clock)

        def wait_event(stream: Any, event: Any) -> None:
            _merge(races._clock(races._queue(stream)), event.clock)

        def synchronize(stream: Any) -> None:
            _merge(races._host, races._clock(races._queue(stream)))

        monkeypatch.setattr(streams.Event, "record", record)
        monkeypatch.setattr(streams.Event, "done", property(lambda event: _includes(races._host, event.clock)))
        monkeypatch.setattr(streams.Stream, "wait_event", wait_event)
        monkeypatch.setattr(streams.Stream, "synchronize", synchronize)

    def ran(
        self,
        device: int,
        *,
        reads: Iterable[Any] = (),
        writes: Iterable[Any] = (),
        makes: Any = None,
        before_event: bool = False,
    ) -> None:
        """Note what was just issued on the current stream of a device.

        Args:
            device: its number.
            reads: the arrays that were read.
            writes: those that were written.
            makes: the one that was made.
            before_event: whether the last event on the stream was recorded after that.
        """
        queue = self._queue(self._machine.current_stream(device), device)
        clock = self._clock(queue)
        clock[queue] = clock.get(queue, 0) + (0 if before_event else 1)
        now = {queue: clock[queue]}
        for array in reads:
            uses = self._uses[array.data.mem.ptr]
            self._require(uses.written, clock, f"{queue} reads what {uses.written} writes")
            _merge(uses.read, now)
        for array in writes:
            uses = self._uses[array.data.mem.ptr]
            self._require(uses.written, clock, f"{queue} writes what {uses.written} writes")
            self._require(uses.read, clock, f"{queue} writes what {uses.read} read")
            uses.written, uses.read = now, {}
        if makes is not None:
            memory = makes.data.mem
            uses = self._uses[memory.ptr] = _Uses(queue, now)
            weakref.finalize(memory, self._freed, uses).atexit = False

    def host_waited(self, device: int) -> None:
        """Note that the host has waited for the current stream of a device."""
        _merge(self._host, self._clock(self._queue(self._machine.current_stream(device), device)))

    def _freed(self, uses: _Uses) -> None:
        # The stream on which it was allocated may write it at once.
        known = dict(self._clock(uses.home))
        _merge(known, self._host)
        self._require(uses.written, known, f"{uses.home} gets memory that {uses.written} writes")
        self._require(uses.read, known, f"{uses.home} gets memory that {uses.read} read")

    def _require(self, used: Clock, known: Clock, sentence: str) -> None:
        if not _includes(known, used):
            self.found.append(sentence)

    def _queue(self, stream: Any, device: int | None = None) -> Queue:
        number = self._machine.current if device is None else device
        if stream is None or stream.ptr == 0:
            return number, 0
        return stream.device_id, stream.ptr

    def _clock(self, queue: Queue) -> Clock:
        return self._clocks.setdefault(queue, {})


class _Uses:
    """Where a piece of memory was allocated, when it was written last, and when it was read since."""

    def __init__(self, home: Queue, written: Clock) -> None:
        self.home, self.written = home, written
        self.read: Clock = {}


def _merge(clock: Clock, other: Clock) -> None:
    for queue, count in other.items():
        clock[queue] = max(count, clock.get(queue, 0))


def _includes(clock: Clock, other: Clock) -> bool:
    return all(clock.get(queue, 0) >= count for queue, count in other.items())
