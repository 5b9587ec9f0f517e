"""A process in which one contestant trains, and the other end of its pipe.

It is pinned to as many processors as it has threads, and told by environment variables, before anything is imported,
how many threads that are. Between its turns it waits for the next line.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tests.benchmarks.contest.task import Contestant, Samples, Task, training_samples

ROOT: Final = Path(__file__).parents[3]

CONTESTANTS: Final = {
    "shapedmat": ("ours", "compiled"),
    "shapedmat, eager": ("ours", "eager"),
    "JAX": ("jax_networks", "scans"),
    "PyTorch": ("torch_networks", "modules"),
    "PyTorch by hand": ("torch_networks", "by_hand"),
    "torch.compile": ("torch_networks", "compiled"),
}
"""By its name, the module and the function of each contestant."""

PACKAGES: Final = {"JAX": "jax", "PyTorch": "torch", "PyTorch by hand": "torch", "torch.compile": "torch"}
"""What must be installed for a contestant."""

_VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SHAPEDMAT_NUM_THREADS", "NPROC")
_ONE_THREAD_OF_XLA: Final = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
_TRIALS: Final = 5
_TRIAL_SECONDS: Final = 3.0

Make = Callable[[Task, Samples, int], Iterator[tuple[str, Contestant]]]


class ContestantError(Exception):
    """A contestant ended, or cannot do a task."""


@dataclass(frozen=True)
class Preparation:
    """What a contestant trains with.

    Attributes:
        formulation: the fastest of its formulations.
        trials: seconds of a step with each formulation, the least of some trials.
        failures: what formulations that cannot be run say.
        first: seconds until the fastest one had done its first part, compilation included.
    """

    formulation: str
    trials: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    first: float = 0.0


def environment(threads: int) -> dict[str, str]:
    """Return the variables of a process that may use so many threads."""
    variables = {**os.environ, **dict.fromkeys(_VARIABLES, str(threads)), "JAX_PLATFORMS": "cpu"}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    if threads == 1:
        variables["XLA_FLAGS"] = " ".join(filter(None, [os.environ.get("XLA_FLAGS"), _ONE_THREAD_OF_XLA]))
    return variables


def pin(process: int, threads: int) -> None:
    """Pin a process that has just been started to the last processors, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, sorted(os.sched_getaffinity(0))[-threads:])


class Worker:
    """A contestant in its own process.

    Args:
        name: one of `CONTESTANTS`.
        threads: how many threads it has.
        data: a folder of IDX files, or None for random bytes.
    """

    def __init__(self, name: str, threads: int, data: Path | None) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # as long as the process, which writes to it
        command = [sys.executable, "-m", "tests.benchmarks.contest.worker", name, str(threads), str(data or "")]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment(threads),
        )
        pin(self._process.pid, threads)

    def prepare(self, task: Task, seconds: float, path: Path) -> Preparation:
        """Let it compile, choose its fastest formulation, and save what some steps give.

        Args:
            task: what to train.
            seconds: how long a timed run should take, about.
            path: the .npz file for losses and parameters.

        Raises:
            ContestantError: it cannot do the task.
        """
        return Preparation(**self._ask({"task": asdict(task), "seconds": seconds, "path": str(path)}))

    def time(self) -> tuple[float, float]:
        """Let it train, and return the seconds of a step by the clock, and those that the processor worked.

        Raises:
            ContestantError: the process ended.
        """
        reply = self._ask({})
        return reply["seconds"], reply["processor"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._errors.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return parsed_reply(self.name, exchange(self._process, request), self._errors)


def exchange(process: subprocess.Popen[str], request: dict[str, Any]) -> str:
    """Send a contestant's process a request, and return the line with its reply; nothing where it has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except BrokenPipeError:
        return ""


def parsed_reply(name: str, line: str, errors: IO[str]) -> dict[str, Any]:
    """Return what a contestant has replied.

    Args:
        name: the contestant's name.
        line: what its process has written; nothing where it has ended.
        errors: what it has written of errors.

    Raises:
        ContestantError: the process ended, or replied with an error.
    """
    if not line:
        errors.seek(0)
        raise ContestantError(f"{name} ended: {errors.read()[-2000:]}")
    found: dict[str, Any] = json.loads(line)
    if "error" in found:
        raise ContestantError(f"{name}: {found['error']}")
    return found


class _Turn:
    """A contestant with a task, in its process."""

    def __init__(self, make: Make, task: Task, samples: Samples, threads: int) -> None:
        self.task, self.threads = task, threads
        self.count = len(samples.images)
        self.order = task.order(self.count, task.part)
        self.formulations = dict(make(task, samples, threads))
        self.failures: dict[str, str] = {}
        self.firsts: dict[str, float] = {}
        self.trials: dict[str, float] = {}

    def prepare(self, seconds: float, path: Path) -> Preparation:
        for name, contestant in list(self.formulations.items()):
            try:
                self.firsts[name] = self._train(contestant)[0]
            except Exception as error:  # whatever a compiler raises, other formulations may work
                self.failures[name] = (str(error).strip().splitlines() or [repr(error)])[0][:300]
                del self.formulations[name]
        if not self.formulations:
            raise ContestantError("; ".join(self.failures.values()))
        self._try_all()
        best = min(self.trials, key=self.trials.__getitem__)
        self.best = self.formulations[best]
        self.formulations = {best: self.best}
        self.best.start()
        losses = self.best.train(self.order)
        np.savez(path, losses, *self.best.parameters())
        parts = max(1, math.ceil(seconds / (self.trials[best] * self.task.part)))
        self.order = self.task.order(self.count, parts * self.task.part, seed=3)
        return Preparation(best, self.trials, self.failures, self.firsts[best])

    def time(self) -> dict[str, float]:
        seconds, processor = self._train(self.best)
        return {"seconds": seconds / len(self.order), "processor": processor / len(self.order)}

    def _try_all(self) -> None:
        begun = time.perf_counter()
        for _ in range(_TRIALS):
            for name, contestant in self.formulations.items():
                seconds, processor = self._train(contestant)
                # Of one thread, what the processor worked does not depend on what else it does.
                taken = (processor if self.threads == 1 else seconds) / len(self.order)
                self.trials[name] = min(taken, self.trials.get(name, math.inf))
            if len(self.formulations) == 1 or time.perf_counter() - begun > _TRIAL_SECONDS:
                return

    def _train(self, contestant: Contestant) -> tuple[float, float]:
        contestant.start()
        begun, worked = time.perf_counter(), time.process_time()
        contestant.train(self.order)
        return time.perf_counter() - begun, time.process_time() - worked


def main(name: str, threads: int, data: str) -> None:
    """Answer each line of the standard input by one of the standard output."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that nothing that a library prints gets between the lines
    module, function = CONTESTANTS[name]
    make = getattr(importlib.import_module(f"tests.benchmarks.contest.{module}"), function)
    samples = training_samples(Path(data) if data else None)
    turn: _Turn | None = None
    for line in sys.stdin:
        request = json.loads(line)
        reply: dict[str, Any]
        if "task" in request:
            turn = None  # its memory is free for the next one
            task = request["task"]
            try:
                turn = _Turn(make, Task(**{**task, "sizes": tuple(task["sizes"])}), samples, threads)
                reply = asdict(turn.prepare(request["seconds"], Path(request["path"])))
            except ContestantError as error:
                reply = {"error": str(error)}
        else:
            assert turn is not None
            reply = turn.time()
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
