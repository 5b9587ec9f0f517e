"""The time of one training step of the 784-128-64-10 network: this package, JAX and PyTorch.

All take the same step: a mini-batch of shuffled rows out of 60,000 images of bytes, sigmoids, squared error, plain
gradient descent, and the loss, in float32 (`contest.task.Task`). From the same first weights and in the same order, all
must come to the same losses and weights, to 1e-3, or nothing is printed. The contestants:

shapedmat           `MiniBatchLoop` with `nets.mnist.Network`: gather, conversion, step, loss in one compiled function.
shapedmat, eager    the same network, one operation after the other, by NumPy.
JAX                 one `jit` over a `lax.scan` of the steps of a part of an epoch, weights donated, `value_and_grad`.
PyTorch             modules, autograd and optimiser, eager.
PyTorch by hand     the gradients as equations without autograd, eager.
torch.compile       the same, the whole step compiled; it needs a C++ compiler.

JAX, PyTorch and torch.compile are tried in several formulations for every batch. For JAX these are both orientations of
the weights and samples as columns, with the rows of all steps of a call gathered before the first or each step's in it;
for PyTorch, images as bytes or as float32; for torch.compile, its modes. What is fastest competes, and is printed. Each
contestant has its own process, pinned to as many processors as it has threads. They take turns, and medians count; a
ratio is the median of those within a round. ::

    pip install -e '.[bench]'
    python -m tests.benchmarks.training --data FOLDER --json training.json   # FOLDER has MNIST's four files
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Literal as L

import tyro
from rich.console import Console
from rich.table import Table

from tests.benchmarks.contest import machine
from tests.benchmarks.contest.rounds import (
    Measurement,
    by_processor,
    installed,
    load_average,
    measure,
    ratio,
    read,
    save,
    warning,
)
from tests.benchmarks.contest.task import Task
from tests.benchmarks.contest.worker import CONTESTANTS


@dataclass(frozen=True)
class Arguments:
    """Time a training step of each contestant."""

    data: Path | None = None
    """A folder with MNIST's IDX files; without it the images are random bytes."""
    batches: tuple[int, ...] = (1, 10, 32, 64, 128, 1024)
    """The samples of a mini-batch."""
    threads: tuple[int, ...] = (1,)
    """The numbers of threads."""
    contestants: tuple[str, ...] = tuple(CONTESTANTS)
    """Who takes part; the first is compared with the others."""
    rounds: int = 11
    """How often each contestant has its turn."""
    seconds: float = 0.1
    """How long a turn takes, about."""
    clock: L["wall", "processor"] = "wall"
    """Which seconds are printed: processor time is of use on a busy machine, and printed for one thread alone."""
    quick: bool = False
    """Only batches of 1 and 32 on one thread, without torch.compile, in three short rounds."""
    json: Path | None = None
    """Where to write all that was measured."""
    read: Path | None = None
    """Print what an earlier run wrote, and measure nothing."""


def tables(console: Console, measurements: Sequence[Measurement]) -> None:
    """Print the times, the ratios and the formulations."""
    for threads in sorted({each.threads for each in measurements}):
        of_threads = [each for each in measurements if each.threads == threads]
        names = list(dict.fromkeys(each.contestant for each in of_threads))
        found = {(each.task.batch, each.contestant): each for each in of_threads}
        batches = sorted({each.task.batch for each in of_threads})
        plural = f"{threads} thread{'s' * (threads > 1)}"
        times = Table("batch", title=f"microseconds a step, median (least), {plural}")
        ratios = Table("batch", title=f"times as long as {names[0]}, {plural}")
        choices = Table("contestant", "formulation of each batch", title=f"fastest formulations, {plural}")
        for name in names:
            times.add_column(name, justify="right")
            choices.add_row(name, "; ".join(_choices([found.get((batch, name)) for batch in batches])))
        for name in names[1:]:
            ratios.add_column(name, justify="right")
        collected: dict[str, list[float]] = {name: [] for name in names[1:]}
        for batch in batches:
            measured = [found.get((batch, name)) for name in names]
            times.add_row(str(batch), *(_time(each) for each in measured))
            own, *others = measured
            cells = []
            for other in others:
                if own is None or other is None:
                    cells.append("-")
                    continue
                collected[other.contestant].append(ratio(other, own))
                cells.append(f"{collected[other.contestant][-1]:.2f}")
            ratios.add_row(str(batch), *cells)
        means = [f"{statistics.geometric_mean(values):.2f}" if values else "-" for values in collected.values()]
        ratios.add_section()
        ratios.add_row("geometric mean", *means)
        for table in (times, ratios, choices):
            console.print(table)


def _time(measurement: Measurement | None) -> str:
    if measurement is None:
        return "-"
    return f"{1e6 * measurement.median:.1f} ({1e6 * measurement.least:.1f})"


def _choices(measurements: Sequence[Measurement | None]) -> list[str]:
    """Return formulations, each with the batches that it is the fastest one for."""
    batches: dict[str, list[str]] = {}
    for each in measurements:
        if each is not None:
            batches.setdefault(each.preparation.formulation, []).append(str(each.task.batch))
    if len(batches) == 1:
        return list(batches)
    return [f"{formulation}: {', '.join(sizes)}" for formulation, sizes in batches.items()]


def about(arguments: Arguments, before: float | None) -> dict[str, Any]:
    """Return what was measured on, and how."""
    return {
        "machine": machine.describe(),
        "images": "MNIST's files" if arguments.data else "random bytes",
        "rounds": arguments.rounds,
        "seconds of a turn": arguments.seconds,
        "load average before": before,
    }


def check_clock(clock: L["wall", "processor"], threads: Collection[int]) -> None:
    """Refuse to print the processor's seconds where nothing is measured on one thread.

    Raises:
        SystemExit: nothing is.
    """
    if clock == "processor" and 1 not in threads:
        raise SystemExit("--clock processor is for --threads 1")


def main(arguments: Arguments) -> None:
    """Measure, or read what was measured, and print it."""
    console = Console(width=150)
    if arguments.read is not None:
        found, measurements = read(arguments.read)
        check_clock(arguments.clock, {each.threads for each in measurements})
    else:
        check_clock(arguments.clock, {1} if arguments.quick else arguments.threads)
        before = load_average()
        names = installed(arguments.contestants, print)
        batches, threads, rounds = arguments.batches, arguments.threads, arguments.rounds
        if arguments.quick:
            batches, threads, rounds = (1, 32), (1,), 3
            names = [name for name in names if name != "torch.compile"]
        begun = time.perf_counter()
        measurements = []
        for count in threads:
            measurements += measure(
                [Task(batch=batch) for batch in batches],
                names,
                count,
                rounds=rounds,
                seconds=arguments.seconds,
                data=arguments.data,
                say=lambda line: print(line, file=sys.stderr),
            )
        found = {**about(arguments, before), "rounds": rounds, "seconds in all": time.perf_counter() - begun}
        if arguments.json is not None:
            save(arguments.json, found, measurements)
    if arguments.clock == "wall":
        tables(console, measurements)
        console.print(warning(measurements) or "")
    else:
        tables(console, by_processor(measurements))
    console.print(found)


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
