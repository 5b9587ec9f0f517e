"""Contestants that take turns, and what is measured."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.benchmarks.contest.task import Array, Task
from tests.benchmarks.contest.worker import CONTESTANTS, PACKAGES, ContestantError, Preparation, Worker

TOLERANCE: Final = 1e-3
"""How far losses and parameters may be from those of the first contestant, after a part of an epoch."""

_QUIET_SECONDS: Final = 0.1
_OWN_SHARE: Final = 0.95


@dataclass(frozen=True)
class Measurement:
    """How long a contestant takes for a task.

    Attributes:
        contestant: one of `CONTESTANTS`.
        threads: how many it has.
        task: what it trains.
        preparation: what it trains with.
        seconds: of a step, in each round, by the clock.
        processor: of a step, in each round, those that the processor worked for it.
        difference: how far it is from the first contestant after a part of an epoch.
    """

    contestant: str
    threads: int
    task: Task
    preparation: Preparation
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    difference: float = 0.0

    @property
    def median(self) -> float:
        """The median of the rounds, in seconds."""
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        """The shortest round, in seconds."""
        return min(self.seconds)


def ratio(other: Measurement, own: Measurement) -> float:
    """Return how many times as long another one takes: the median of the ratios within a round."""
    return statistics.median(theirs / ours for theirs, ours in zip(other.seconds, own.seconds, strict=True))


def installed(names: Sequence[str], say: Callable[[str], None]) -> list[str]:
    """Return the contestants whose packages are installed, and say which are left out."""
    found = []
    for name in names:
        if name not in CONTESTANTS:
            raise SystemExit(f"{name} is no contestant: choose from {'; '.join(CONTESTANTS)}")
        package = PACKAGES.get(name)
        if package is None or importlib.util.find_spec(package) is not None:
            found.append(name)
        else:
            say(f"{name} is left out, as {package} is not installed: pip install -e '.[bench]'")
    return found


@contextmanager
def workers(names: Sequence[str], threads: int, data: Path | None) -> Iterator[list[Worker]]:
    """Start a process for each contestant, and end them all."""
    with ExitStack() as stack:
        started = []
        for name in names:
            started.append(Worker(name, threads, data))
            stack.callback(started[-1].close)
        yield started


def measure(
    tasks: Sequence[Task],
    names: Sequence[str],
    threads: int,
    *,
    rounds: int,
    seconds: float,
    data: Path | None,
    say: Callable[[str], None],
) -> list[Measurement]:
    """Let all contestants take turns at each task.

    Args:
        tasks: what to train.
        names: the contestants.
        threads: how many each of them has.
        rounds: how often each has its turn.
        seconds: how long a turn takes, about.
        data: a folder of IDX files, or None for random bytes.
        say: takes a line for each contestant that cannot do a task, and one for each task that is done.

    Raises:
        SystemExit: contestants train to different results.
        ContestantError: a process ended.
    """
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory() as folder, workers(names, threads, data) as started:
        for task in tasks:
            begun = time.perf_counter()
            turns: list[tuple[Worker, Measurement]] = []
            first: list[Array] | None = None
            for worker in started:
                path = Path(folder) / "results.npz"
                try:
                    preparation = worker.prepare(task, seconds, path)
                except ContestantError as error:
                    say(f"{task}, {threads} threads: {error}")
                    continue
                for name, failure in preparation.failures.items():
                    say(f"{task}, {threads} threads: {worker.name} cannot run {name}: {failure}")
                results = _results(path)
                first = results if first is None else first
                difference = _difference(first, results)
                if difference > TOLERANCE:
                    raise SystemExit(f"{task}: {worker.name} differs by {difference:.1g} from {turns[0][0].name}")
                measurement = Measurement(worker.name, threads, task, preparation, difference=difference)
                turns.append((worker, measurement))
            for _ in range(rounds):
                for worker, measurement in turns:
                    if threads > 1:
                        time.sleep(_QUIET_SECONDS)  # until the threads of the one before no longer wait busily
                    seconds_of_step, processor = worker.time()
                    measurement.seconds.append(seconds_of_step)
                    measurement.processor.append(processor)
            found += [measurement for _, measurement in turns]
            say(f"{task}, {threads} thread{'s' * (threads > 1)}: {time.perf_counter() - begun:.0f} s")
    return found


def _results(path: Path) -> list[Array]:
    with np.load(path) as file:
        return [file[name] for name in file.files]


def _difference(expected: list[Array], actual: list[Array]) -> float:
    """Return the largest difference of losses, relative to the largest loss, and of parameters."""
    scale = max(1.0, float(np.abs(expected[0]).max()))
    parts = [float(np.abs(a - b).max()) for a, b in zip(expected, actual, strict=True)]
    worst = max(parts[0] / scale, *parts[1:])
    return worst if np.isfinite(worst) else np.inf


def save(path: Path, about: dict[str, Any], measurements: Sequence[Measurement]) -> None:
    """Write what was measured, and on what, as JSON."""
    content = {**about, "measurements": [asdict(each) for each in measurements]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[dict[str, Any], list[Measurement]]:
    """Read what `save` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    measurements = [
        Measurement(
            **{
                **each,
                "task": Task(**{**each["task"], "sizes": tuple(each["task"]["sizes"])}),
                "preparation": Preparation(**each["preparation"]),
            }
        )
        for each in content.pop("measurements")
    ]
    return content, measurements


def by_processor(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Return what was measured on one thread, by the seconds that the processor worked in place of the clock's."""
    return [replace(each, seconds=each.processor) for each in measurements if each.threads == 1]


def warning(measurements: Sequence[Measurement]) -> str | None:
    """Return what is to be said where processes on one thread did not have their processor for themselves."""
    shares = [sum(each.processor) / sum(each.seconds) for each in measurements if each.threads == 1]
    if not shares or statistics.median(shares) > _OWN_SHARE:
        return None
    return (
        f"The processor worked for the contestants {statistics.median(shares):.0%} of the time: the machine was busy, "
        "and times by the clock mean little; measure again, or see --clock processor."
    )


def load_average() -> float | None:
    """Return how many processes wanted a processor in the last minute, where the system says it."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
