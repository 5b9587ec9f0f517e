"""A process in which one contestant computes on a device, and the other end of its pipe.

Each package has its memory pool, its settings and, where it fails, its CUDA context for itself. All are told to
multiply float32 matrices in full precision. Between its turns a process waits for the next line and leaves the device
alone.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from tests.benchmarks.contest.task import Array
from tests.benchmarks.contest.worker import ROOT, ContestantError, exchange, parsed_reply

Case: TypeAlias = dict[str, Any]
"""What is to be computed, and on which device, in types of JSON."""

Results: TypeAlias = dict[str, Array]

FULL_PRECISION: Final = {"NVIDIA_TF32_OVERRIDE": "0", "CUPY_TF32": "0", "JAX_DEFAULT_MATMUL_PRECISION": "highest"}
"""The environment of all contestants: NVIDIA's libraries, CuPy and JAX multiply float32 in full precision."""

_TURN_SECONDS: Final = 60.0
"""A turn that takes longer hangs, and its process is ended."""
_PREPARATION_SECONDS: Final = 180.0
_TRIALS: Final = 2


class Formulation(Protocol):
    """One way in which a contestant computes a case."""

    def seconds(self) -> float:
        """Compute once to warm up, then again, and return the seconds of one unit of the work: a step, say."""
        ...

    def results(self) -> Results:
        """Return what is computed from the beginning, by name."""
        ...

    def note(self) -> str:
        """Return what there is to say about how it computed, or nothing."""
        ...


Make: TypeAlias = Callable[[Case], Iterator[tuple[str, Callable[[], Formulation]]]]
"""Yields the formulations of a case by name, the most promising first; each is made, and compiled, by a call."""


@dataclass(frozen=True)
class Contestant:
    """Who takes part.

    Attributes:
        name: what tables call it.
        make: the module within `tests.benchmarks.contest`, a colon, and the function that yields its formulations.
        package: what must be installed for it besides this package, or nothing.
    """

    name: str
    make: str
    package: str = ""


@dataclass(frozen=True)
class Preparation:
    """What a contestant computes with.

    Attributes:
        formulation: the fastest of its formulations.
        note: what that has to say.
        trials: seconds of a unit with each formulation.
        failures: what formulations that cannot be run say.
        left_out: formulations for which there was no time.
    """

    formulation: str
    note: str = ""
    trials: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def environment(device: str) -> dict[str, str]:
    """Return the variables of a process that computes on a device."""
    return {
        **os.environ,
        **FULL_PRECISION,
        "JAX_PLATFORMS": "cuda" if device.startswith("cuda") else "cpu",  # or JAX would take the CPU unasked
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # or nothing would be left for the others
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }


class Worker:
    """A contestant in its own process, which is started anew where it has ended.

    Args:
        contestant: who.
        device: "cuda", or "cpu".
        patience: after so many seconds no other formulation of a case is tried.
    """

    def __init__(self, contestant: Contestant, device: str, patience: float) -> None:
        self.contestant, self._device, self._patience = contestant, device, patience
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # as long as the worker
        self._process = self._started()

    def prepare(self, case: Case, path: Path) -> Preparation:
        """Let it compile, choose its fastest formulation, and save what that gives.

        Args:
            case: what to compute.
            path: the .npz file for the results.

        Raises:
            ContestantError: it cannot do it, or takes too long.
        """
        if self._process.poll() is not None:
            self._process.communicate()
            self._process = self._started()
        request = {"case": case, "path": str(path), "patience": self._patience}
        return Preparation(**self._ask(request, _PREPARATION_SECONDS))

    def time(self) -> float:
        """Let it compute, and return the seconds of a unit.

        Raises:
            ContestantError: the process ended, or takes too long.
        """
        return float(self._ask({}, _TURN_SECONDS)["seconds"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._errors.close()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.benchmarks.contest.device_worker", self.contestant.make]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=self._errors, text=True, env=environment(self._device)
        )

    def _ask(self, request: dict[str, Any], most: float) -> dict[str, Any]:
        timer = threading.Timer(most, self._process.kill)
        begun = time.monotonic()
        timer.start()
        try:
            line = exchange(self._process, request)
        finally:
            timer.cancel()
        if not line:
            self._process.wait()
            if time.monotonic() - begun >= most:
                raise ContestantError(f"{self.contestant.name} was ended after {most:.0f} seconds")
        return parsed_reply(self.contestant.name, line, self._errors)


class _Turn:
    """The formulation of a contestant that is the fastest for a case."""

    def __init__(self, make: Make, case: Case, patience: float) -> None:
        begun = time.monotonic()
        best: tuple[str, Formulation] | None = None
        trials: dict[str, float] = {}
        failures: dict[str, str] = {}
        left_out: list[str] = []
        for name, build in make(case):
            if trials and time.monotonic() - begun > patience:
                left_out.append(name)
                continue
            try:
                formulation = build()
                taken = min(formulation.seconds() for _ in range(_TRIALS))
            except Exception as error:  # whatever a compiler raises, other formulations may work
                failures[name] = summary(error)
                continue
            if taken < min(trials.values(), default=math.inf):
                best = name, formulation
            trials[name] = taken
        if best is None:
            raise ContestantError("; ".join(failures.values()) or "there is no formulation of this case")
        name, self.best = best
        self.preparation = Preparation(name, self.best.note(), trials, failures, left_out)


def summary(error: Exception) -> str:
    """Return the beginning of what an error says."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:300]}"


def main(name: str) -> None:
    """Answer each line of the standard input by one of the standard output."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # so that nothing that a library prints gets between the lines
    module, function = name.split(":")
    turn: _Turn | None = None
    for line in sys.stdin:
        request = json.loads(line)
        reply: dict[str, Any]
        try:
            if "case" in request:
                turn = None  # its memory is free for the next one
                make: Make = getattr(importlib.import_module(f"tests.benchmarks.contest.{module}"), function)
                turn = _Turn(make, request["case"], request["patience"])
                np.savez(request["path"], **turn.best.results())  # type: ignore[arg-type]  # names are no settings
                reply = asdict(turn.preparation)
            else:
                assert turn is not None
                reply = {"seconds": turn.best.seconds()}
        except ContestantError as error:
            reply = {"error": str(error)}
        except Exception as error:  # the other end says it, and goes on with others
            reply = {"error": summary(error)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1])
