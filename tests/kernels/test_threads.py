"""Threads that run together: all of them come, whoever else runs and whatever interrupts; and how many they may be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat.kernels import threads

ROOT = Path(__file__).parents[2]


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


def test_a_thread_that_cannot_be_started_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second of two threads cannot be started, one thread computes alone, and a warning says so."""
    with pytest.warns(RuntimeWarning) as warned:
        assert [(0, 1)] == without_second_start(monkeypatch)
    expected = (
        "one thread computes what 3 were to share, as the others could not be started (can't start new thread): ask "
        "for fewer, or let the process have more"
    )
    assert [expected] == [str(each.message) for each in warned]


@pytest.mark.filterwarnings("ignore:one thread computes:RuntimeWarning")
def test_all_threads_come_after_one_could_not_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call after one whose threads could not all be started has them all, and does not wait for one for ever."""
    without_second_start(monkeypatch)
    for _ in range(3):
        test_all_threads_run_at_once()


def without_second_start(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the calls in three threads, of which the process can start one beside the first."""
    threads._companions.cache_clear()
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def start_once(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    seen: list[tuple[int, int]] = []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start_once)
        threads.run_together(lambda *call: seen.append(call), 3)
    return seen


@pytest.mark.parametrize(
    "program",
    [
        "atexit.register(compute)",
        "threading.Thread(target=lambda: (threading.main_thread().join(), compute())).start()",
    ],
)
def test_one_thread_computes_while_the_interpreter_exits(program: str) -> None:
    """An exit handler, and a thread that outlives the main one, compute on one thread, without a warning."""
    start = """
import atexit, threading
from shapedmat.kernels.threads import run_together
def compute():
    run_together(lambda *call: print(call), 2)
run_together(lambda *call: None, 2)
"""
    run = subprocess.run(
        [sys.executable, "-c", start + program], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert (0, "(0, 1)\n", "") == (run.returncode, run.stdout, run.stderr)


@pytest.mark.parametrize("asked", [1, 3, np.int64(2), np.uint8(7)])
def test_numbers_of_threads(asked: Any) -> None:
    """Any whole number of at least 1 is a number of threads, also one of NumPy's."""
    found = threads.checked(asked)
    assert (int, asked) == (type(found), found)


def test_no_number_of_threads() -> None:
    """None stays None: as many threads as a setting or the processors allow."""
    assert threads.checked(None) is None


@pytest.mark.parametrize("asked", [-1, 0, 2.5, 2.0, "2", True, np.ones(2)])
def test_what_is_no_number_of_threads_is_refused(asked: Any) -> None:
    """The error says what was given and what is wanted."""
    with pytest.raises(ValueError, match=r"^threads is ") as raised:
        threads.checked(asked)
    expected = f"threads is {asked!r}: give a whole number of threads, 1 or more, or None for all processors"
    assert expected == str(raised.value)


def test_processors_are_those_that_the_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processors that taskset or a container leaves out do not count; where nobody can tell, all do."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert 3 == threads.processors()
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert 7 == threads.processors()
