"""The threads that compiled code runs on, and how many of them.

They are ours and not those of Numba's prange: its workqueue layer ends the process when two Python threads use it at
once, and its OpenMP layer fails in a forked child.
"""

from __future__ import annotations

import functools
import operator
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, SupportsIndex

from shapedmat.errors import BackendError

VARIABLE: Final = "SHAPEDMAT_NUM_THREADS"

# Threads that wait for one another within compiled code must all be running: only one program at a time gets several.
_together = threading.Lock()


def number_of_threads() -> int:
    """Return how many threads a large computation may use.

    It is the environment variable ``SHAPEDMAT_NUM_THREADS``, else the number of processors this process may run on.

    Raises:
        BackendError: the variable is not a whole number of at least 1.
    """
    setting = os.environ.get(VARIABLE, "")
    if not setting:
        return processors()
    if not (setting.isascii() and setting.isdecimal()) or int(setting) < 1:
        raise BackendError(f"{VARIABLE} is {setting!r}: set it to a whole number of threads, 1 or more")
    return int(setting)


def processors() -> int:
    """Return how many processors this process may run on.

    Where a container or taskset allows fewer than there are, threads beyond them only get in the way: those that run
    wait for those that do not.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked(threads: SupportsIndex | None) -> int | None:
    """Return a number of threads that was asked for, or None, which asks for `number_of_threads`.

    Raises:
        ValueError: it is not a whole number of at least 1.
    """
    if threads is None:
        return None
    try:
        count = 0 if isinstance(threads, bool) else operator.index(threads)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(
            f"threads is {threads!r}: give a whole number of threads, 1 or more, or None for all processors"
        )
    return count


@functools.cache
def pool() -> ThreadPoolExecutor:
    """Return the threads for parts of work that do not wait for one another."""
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="shapedmat")


@functools.cache
def _companions(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=count, thread_name_prefix="shapedmat-together")


def run_together(function: Callable[[int, int], Any], threads: int) -> None:
    """Call ``function(thread, threads)`` in so many threads at once, which may wait for one another.

    They are fewer, namely one, while another Python thread has such a call going on, or the interpreter exits; and
    where the others cannot be started, of which a `RuntimeWarning` tells.
    """
    if threads == 1 or not _together.acquire(blocking=False):
        function(0, 1)
        return
    try:
        with _uninterrupted():
            _run_in_all(function, threads)
    finally:
        _together.release()


def _run_in_all(function: Callable[[int, int], Any], threads: int) -> None:
    gate = threading.Event()
    started: list[Any] = []

    def companion(thread: int) -> None:
        gate.wait()
        if len(started) == threads - 1:
            function(thread, threads)

    try:
        started.extend(_companions(threads - 1).submit(companion, thread) for thread in range(1, threads))
    except RuntimeError as error:
        gate.set()
        # What it was given last stays in its queue, and makes it take a thread for idle that is not there.
        _companions(threads - 1).shutdown(wait=False)
        _companions.cache_clear()
        if threading.main_thread().is_alive():  # else the interpreter exits, and threads take no more work
            warnings.warn(
                f"one thread computes what {threads} were to share, as the others could not be started ({error}): ask "
                "for fewer, or let the process have more",
                RuntimeWarning,
                stacklevel=1,
            )
        function(0, 1)
        return
    gate.set()
    function(0, threads)
    for each in started:
        each.result()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: a thread that the others wait for has to come."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread alone
        return
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):
        yield  # it is ignored, or not Python that handles it
        return
    interrupts: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *interrupt: interrupts.append(interrupt))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupts:
            before(*interrupts[-1])


def _after_fork() -> None:
    # Threads do not survive a fork, and another one may have held the lock.
    global _together  # noqa: PLW0603  # the one place that replaces it
    pool.cache_clear()
    _companions.cache_clear()
    _together = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
