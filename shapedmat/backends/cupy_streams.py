"""The streams of GPUs, and what waits for what where a matrix goes from one to another.

CUDA does the work on one stream in its order, and that of different streams in any. So it is noted here for each piece
of memory which stream wrote it last and which have read it since; before something else reads or writes it on another
stream, that stream waits, on the device, by an event (CUDA C++ Programming Guide, "Streams" and "Events"). Streams tell
how far they are by counting what was put on them, so that nobody waits twice for the same.

Memory that is freed goes back to the stream it was allocated on, which may use it again at once (CuPy's memory pool has
an arena for each stream). What another stream uses is therefore kept until that stream is done with it.

Nothing of this happens, or costs anything, until the first stream is made.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import cupy

Array: TypeAlias = Any  # a cupy.ndarray, which has no types

_MOST_USES: Final = 4096
"""Of so much memory it is known who used it; then all streams wait for one another, and nothing needs to be known."""

_MOST_BORROWED: Final = 64
"""Of so much memory a stream keeps hold before it is looked which of it is done with."""
_MOST_BORROWED_BYTES: Final = 64 << 20
"""Likewise, in bytes: a few large matrices may be all that there is room for."""


class Timeline:
    """What was put on one stream, counted, and what of other streams is known to be done before what comes next.

    Args:
        stream: CuPy's stream.
        number: the device's.
    """

    def __init__(self, stream: Any, number: int) -> None:
        self.stream = stream
        self.number = number
        self.count = 0
        self._seen: weakref.WeakKeyDictionary[Timeline, int] = weakref.WeakKeyDictionary()
        self._borrowed: dict[int, Any] = {}
        self._borrowed_bytes = 0

    def wait_for(self, other: Timeline, count: int) -> None:
        """Let what comes next wait for the first so many things on another stream."""
        if other is self or self._seen.get(other, 0) >= count:
            return
        event = other.event()
        with cupy.cuda.Device(self.number):  # whose default stream it may be
            self.stream.wait_event(event)
        for each, known in other._seen.items():
            self._seen[each] = max(known, self._seen.get(each, 0))
        # Not all that other threads have counted by now need be on that stream before the event.
        self._seen[other] = count

    def event(self) -> Any:
        """Return an event that comes after all that is on the stream now."""
        with cupy.cuda.Device(self.number):
            event = cupy.cuda.Event(disable_timing=True)
            event.record(self.stream)
        return event

    def borrow(self, memory: Any) -> None:
        """Keep memory of another stream, that is about to be used, until this one is done with it."""
        if len(self._borrowed) >= _MOST_BORROWED:
            self.settle()
        if memory.ptr not in self._borrowed:
            self._borrowed_bytes += memory.size
        self._borrowed[memory.ptr] = memory

    def settle_much(self) -> None:
        """Settle if what is borrowed is large, as what uses it is on the stream by now; let go of what is done with."""
        if self._borrowed_bytes >= _MOST_BORROWED_BYTES:
            self.settle()
        elif _kept:
            _release()

    def settle(self) -> None:
        """Keep what is borrowed until what is on the stream now is done."""
        borrowed, self._borrowed = self._borrowed, {}
        self._borrowed_bytes = 0
        if borrowed:
            _kept[next(_numbers)] = self.event(), borrowed
        _release()

    def synchronize(self) -> None:
        """Wait until all work on the stream is done."""
        with _noting:
            self.settle()
        with cupy.cuda.Device(self.number):
            self.stream.synchronize()
        _release()


class _Uses:
    """Who uses a piece of memory.

    Attributes:
        home: the stream on which it was allocated, or None where that is not known.
        writer: the stream that wrote it last, and when.
        readers: the streams that have read it since, and when each last did.
    """

    __slots__ = ("home", "readers", "writer")

    def __init__(self, home: Timeline, count: int) -> None:
        self.home: Timeline | None = home
        self.writer = home, count
        self.readers: dict[Timeline, int] = {}


class CudaStream:
    """A stream of a device, beside all others and beside CUDA's default stream."""

    def __init__(self, number: int) -> None:
        with cupy.cuda.Device(number):
            # What is on the default stream already was written before anything was noted.
            self._timeline = Timeline(cupy.cuda.Stream(non_blocking=True), number)
            key = number, self._timeline.stream.ptr
        with _noting:
            _timelines[key] = self._timeline
            default = _default(number)
            default.count += 1
            self._timeline.wait_for(default, default.count)
        weakref.finalize(self, _timelines.pop, key).atexit = False

    def enter(self) -> None:
        """Let the work of this thread on the device go to this stream."""
        with cupy.cuda.Device(self._timeline.number):
            self._timeline.stream.__enter__()

    def leave(self) -> None:
        """Let it go again where it went before."""
        with cupy.cuda.Device(self._timeline.number):
            self._timeline.stream.__exit__(None, None, None)
            with _noting:
                self._timeline.settle()

    def wait_for(self, other: CudaStream) -> None:
        """Let what comes on this stream wait for what is on another one now; the host does not wait."""
        with _noting:
            other._timeline.count += 1
            self._timeline.wait_for(other._timeline, other._timeline.count)

    def synchronize(self) -> None:
        """Wait until all work on the stream is done."""
        self._timeline.synchronize()


_timelines: Final[dict[tuple[int, int], Timeline]] = {}
"""Every stream in use, by its device and its address."""
_uses: Final[dict[int, _Uses]] = {}
"""Who uses which memory, by where CuPy's allocation begins: views of one array have it in common."""
_kept: Final[dict[int, tuple[Any, dict[int, Any]]]] = {}
"""Memory that streams have borrowed, with the events after which they are done with it."""
_numbers: Final = itertools.count()
_noting: Final = threading.RLock()
_has_forgotten: bool = False
"""Whether it was forgotten of some memory who used it, and where it was allocated."""


def await_uses(reads: Iterable[Array], writes: Iterable[Array], number: int) -> None:
    """Let the current stream of the current device wait for what else is done to arrays that it is about to use.

    Args:
        reads: the arrays.
        writes: those of them that it changes.
        number: the device's.
    """
    if not _timelines:
        return
    with _noting:
        here = _current(number)
        here.count += 1
        for array in reads:
            memory = array.data.mem
            uses = _known(memory, number)
            here.wait_for(*uses.writer)
            uses.readers[here] = here.count
            if uses.home is not here:
                here.borrow(memory)
        for array in writes:
            uses = _known(array.data.mem, number)
            here.wait_for(*uses.writer)
            for reader, count in uses.readers.items():
                here.wait_for(reader, count)
            uses.writer = here, here.count
            uses.readers = {}


def note_made(result: Array, operands: Iterable[Array], number: int) -> None:
    """Note that the current stream of the current device has made an array, if it is no view of an operand."""
    if not _timelines:
        return
    memory = result.data.mem
    with _noting:
        here = _current(number)
        if all(memory.ptr != operand.data.mem.ptr for operand in operands):
            if len(_uses) >= _MOST_USES:
                _meet()
            here.count += 1
            _uses[memory.ptr] = _Uses(here, here.count)
        here.settle_much()


def note_given(array: Array, number: int) -> None:
    """Note that an array is a matrix from now on, which is ready on the current stream of the current device."""
    if not _timelines:
        return
    memory = array.data.mem
    with _noting:
        if memory.ptr not in _uses:
            _known(memory, number).home = None  # on whichever stream CuPy or another library has made it
        await_uses((array,), (array,), number)


def settle() -> None:
    """Wait for all streams, and let go of all memory that one has kept for another."""
    with _noting:
        timelines = tuple(_noted())
    for timeline in timelines:
        timeline.synchronize()
    with _noting:
        _forget()  # what goes back to the device comes back for any stream


def _release() -> None:
    """Let go of the memory that nothing uses any more."""
    for number, (event, _) in tuple(_kept.items()):
        if event.done:
            _kept.pop(number, None)  # by another thread, perhaps


def _known(memory: Any, number: int) -> _Uses:
    uses = _uses.get(memory.ptr)
    if uses is None:
        # It is older than the streams, or was forgotten.
        default = _default(number)
        default.count += 1
        uses = _uses[memory.ptr] = _Uses(default, default.count)
        if _has_forgotten:
            uses.home = None
    return uses


def _current(number: int) -> Timeline:
    return _timeline(cupy.cuda.get_current_stream(), number)


def _default(number: int) -> Timeline:
    return _timeline(cupy.cuda.Stream.null, number)


def _timeline(stream: Any, number: int) -> Timeline:
    key = number, stream.ptr
    timeline = _timelines.get(key)
    if timeline is None:
        timeline = _timelines.setdefault(key, Timeline(stream, number))
    return timeline


def _meet() -> None:
    """Let all streams wait for one another, and forget who used what."""
    timelines = tuple(_noted())
    for timeline in timelines:
        for other in timelines:
            other.count += 1
            timeline.wait_for(other, other.count)
    _forget()


def _noted() -> Iterator[Timeline]:
    """Yield all streams, also those that were deleted before they had done their work."""
    noted = dict.fromkeys(_timelines.values())
    for uses in _uses.values():
        noted.update(dict.fromkeys((uses.writer[0], *uses.readers)))
    yield from noted


def _forget() -> None:
    global _has_forgotten  # noqa: PLW0603 -- where it was allocated is known of all other memory
    _has_forgotten = _has_forgotten or bool(_uses)
    _uses.clear()
