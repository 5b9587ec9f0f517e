"""Contestants on a device that take turns, and what is measured."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from tests.benchmarks.contest.device_worker import Case, Contestant, Preparation, Results, Worker
from tests.benchmarks.contest.worker import ContestantError

Judge: TypeAlias = Callable[[Case, Results, Results], dict[str, float]]
"""Returns, by name, how far a contestant's results are from what is right or from the first contestant's."""

Say: TypeAlias = Callable[[str], None]


@dataclass
class Measurement:
    """How long a contestant takes for a case, and what it computes.

    Attributes:
        label: what tables call the case.
        case: the case.
        contestant: the contestant's name.
        preparation: what it computes with.
        errors: what the judge says of its results.
        seconds: of a unit of the work, in each round.
    """

    label: str
    case: Case
    contestant: str
    preparation: Preparation
    errors: dict[str, float]
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the rounds, in seconds."""
        return statistics.median(self.seconds)


def ratio(other: Measurement, own: Measurement) -> float:
    """Return how many times as long another one takes: the median of the ratios within a round."""
    return statistics.median(theirs / ours for theirs, ours in zip(other.seconds, own.seconds, strict=True))


def found(measurements: Sequence[Measurement], label: str, contestant: str) -> Measurement | None:
    """Return the measurement of a contestant in a case, if there is one."""
    return next((each for each in measurements if (each.label, each.contestant) == (label, contestant)), None)


def labels(measurements: Sequence[Measurement]) -> list[str]:
    """Return the names of the cases."""
    return list(dict.fromkeys(each.label for each in measurements))


def installed(contestants: Sequence[Contestant], say: Say) -> list[Contestant]:
    """Return those whose packages are installed, and say who is left out."""
    here = []
    for each in contestants:
        if each.package and importlib.util.find_spec(each.package) is None:
            say(f"{each.name} is left out, as {each.package} is not installed")
        else:
            here.append(each)
    return here


def measure(
    cases: Sequence[tuple[str, Case]],
    contestants: Sequence[Contestant],
    judge: Judge,
    *,
    device: str,
    rounds: int,
    patience: float,
    say: Say,
) -> list[Measurement]:
    """Let all contestants take turns at each case.

    Args:
        cases: what to compute, and what to call it.
        contestants: who computes; errors are those from the results of the first.
        judge: compares results.
        device: "cuda", or "cpu".
        rounds: how often each has its turn.
        patience: after so many seconds no other formulation of a contestant's is tried for a case.
        say: takes a line for each that cannot compute a case, or is not tried.
    """
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory() as folder, _workers(contestants, device, patience) as workers:
        for label, case in cases:
            turns: list[tuple[Worker, Measurement]] = []
            first: Results | None = None
            for worker in workers:
                path = Path(folder) / "results.npz"
                try:
                    preparation = worker.prepare(case, path)
                except ContestantError as error:
                    say(f"{label}: {error}")
                    continue
                name = worker.contestant.name
                for formulation, failure in preparation.failures.items():
                    say(f"{label}: {name} cannot run {formulation}: {failure}")
                for formulation in preparation.left_out:
                    say(f"{label}: {name} is not tried with {formulation}, as the others have taken {patience:g} s")
                results = _results(path)
                first = results if first is None else first
                errors = judge(case, results, first)
                turns.append((worker, Measurement(label, case, name, preparation, errors)))
            for _ in range(rounds):
                for turn in list(turns):
                    worker, measurement = turn
                    try:
                        measurement.seconds.append(worker.time())
                    except ContestantError as error:
                        say(f"{label}: {error}")
                        turns.remove(turn)
            measurements += [measurement for _, measurement in turns]
            say(f"{label}: measured")
    return measurements


@contextmanager
def _workers(contestants: Sequence[Contestant], device: str, patience: float) -> Iterator[list[Worker]]:
    """Start a process for each contestant, and end them all."""
    with ExitStack() as stack:
        started = []
        for each in contestants:
            started.append(Worker(each, device, patience))
            stack.callback(started[-1].close)
        yield started


def _results(path: Path) -> Results:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}
