"""Threads that run together: all of them come, whoever else runs and whatever interrupts."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from shapedmat.kernels import threads


def test_all_threads_run_at_once() -> None:
    """Threads that wait for one another all come."""
    barrier = threading.Barrier(3, timeout=30)
    seen: list[tuple[int, int]] = []

    def function(thread: int, count: int) -> None:
        barrier.wait()
        seen.append((thread, count))

    threads.run_together(function, 3)
    assert [(0, 3), (1, 3), (2, 3)] == sorted(seen)


def test_a_call_within_a_call_runs_on_one_thread() -> None:
    """While one program has several threads, another one has one."""
    seen: list[tuple[int, int]] = []

    def function(thread: int, count: int) -> None:
        if thread == 0:
            threads.run_together(lambda *call: seen.append(call), 2)

    threads.run_together(function, 2)
    assert [(0, 1)] == seen


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal there")
def test_an_interrupt_waits_until_all_threads_are_done() -> None:
    """Ctrl-C does not leave threads waiting for one that never comes; it is raised when they are done."""
    barrier = threading.Barrier(2, timeout=30)
    done: list[int] = []

    def function(thread: int, count: int) -> None:
        if thread == 0:
            os.kill(os.getpid(), signal.SIGINT)
        barrier.wait()
        done.append(thread)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        threads.run_together(function, 2)
    assert [0, 1] == sorted(done)
    assert before is signal.getsignal(signal.SIGINT)
    threads.run_together(lambda thread, count: done.append(thread), 2)
    assert 4 == len(done)
