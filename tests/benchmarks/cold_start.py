"""From the start of a process to 97 % on MNIST's test images: this package, JAX and PyTorch, on one thread.

A process imports what it needs, reads the data, compiles, and trains the 784-128-64-10 network by mini-batches of 32
with one learning rate, from the same weights and in the same order for all. It tests on the 10,000 test images every
quarter of an epoch, and ends when 97 % are right. This package runs with an empty cache of compiled code and with one
that an earlier process has filled, and so does JAX. A contestant has a new process in every round, and medians count.

"first step" is what the first step takes beyond a later one: tracing, compiling, loading. Memory is the most that the
process ever had resident (VmHWM), and what it had after its imports. ::

    pip install -e '.[bench]'
    python -m tests.benchmarks.cold_start --data FOLDER --json cold_start.json   # FOLDER has MNIST's four files
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import tyro
from rich.console import Console
from rich.table import Table

from tests.benchmarks.contest import machine
from tests.benchmarks.contest.cold import Run, Setting
from tests.benchmarks.contest.rounds import installed, load_average
from tests.benchmarks.contest.worker import ROOT, environment, pin

CACHES: Final = {"shapedmat": "SHAPEDMAT_CACHE", "JAX": "JAX_COMPILATION_CACHE_DIR"}
"""The variable that names the folder for compiled code."""

_KEEP_ALL: Final = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


@dataclass(frozen=True)
class Arguments:
    """Time the training to an accuracy, from the start of a process."""

    data: Path
    """A folder with MNIST's IDX files."""
    contestants: tuple[str, ...] = ("shapedmat", "JAX", "PyTorch", "PyTorch by hand")
    """Who takes part; the first is compared with the others."""
    batch: int = 32
    """The samples of a mini-batch."""
    rate: float = 2.0
    """The learning rate."""
    accuracy: float = 0.97
    """The share of the test images at which training ends."""
    epochs: int = 15
    """After how many epochs it ends in any case."""
    rounds: int = 5
    """How often each contestant has its turn."""
    quick: bool = False
    """One round."""
    json: Path | None = None
    """Where to write all that was measured."""


def trained(name: str, arguments: Arguments, cache: Path | None) -> Run:
    """Train in a new process, with a folder for compiled code where the contestant has one.

    Raises:
        SystemExit: the process failed.
    """
    variables = {**environment(1), **_KEEP_ALL}
    if cache is not None:
        variables[CACHES[name]] = str(cache)
    setting = Setting(
        str(arguments.data.resolve()), arguments.batch, arguments.rate, arguments.accuracy, arguments.epochs
    )
    command = [sys.executable, "-m", "tests.benchmarks.contest.cold", name, json.dumps(asdict(setting))]
    begun = time.monotonic()
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command, repr(begun)], stdout=pipe, stderr=pipe, text=True, env=variables, cwd=ROOT
    ) as process:
        pin(process.pid, 1)
        written, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{name} failed:\n{errors[-2000:]}")
    return Run(**json.loads(written.splitlines()[-1]))


def rounds(arguments: Arguments, names: list[str], folder: Path) -> Iterator[tuple[str, Run]]:
    """Yield what each contestant does in each round, by its name and the state of its cache."""
    for turn in range(arguments.rounds):
        for name in names:
            if name not in CACHES:
                yield name, trained(name, arguments, None)
                continue
            cache = folder / f"{name}{turn}"
            cache.mkdir()
            for state in ("empty cache", "filled cache"):
                yield f"{name}, {state}", trained(name, arguments, cache)


ATTRIBUTES: Final = tuple(field.name for field in fields(Run))


def print_table(console: Console, found: dict[str, list[Run]], arguments: dict[str, Any]) -> None:
    """Print the medians."""
    title = f"seconds to {arguments['accuracy']:.0%}, batch {arguments['batch']}, learning rate {arguments['rate']}"
    columns = (
        "imports",
        "data",
        "first step",
        "µs a step",
        "epochs",
        "reached",
        "least",
        "processor",
        "ratio",
        "MiB",
        "of imports",
    )
    table = Table("contestant", title=title)
    for column in columns:
        table.add_column(column, justify="right")
    first = next(iter(found.values()))
    for name, runs in found.items():
        medians = {attribute: statistics.median(getattr(run, attribute) for run in runs) for attribute in ATTRIBUTES}
        times = statistics.median(run.reached / own.reached for run, own in zip(runs, first, strict=True))
        table.add_row(
            name,
            f"{medians['imported']:.2f}",
            f"{statistics.median(run.loaded - run.imported for run in runs):.2f}",
            f"{medians['first_step']:.3f}",
            f"{1e6 * medians['step']:.0f}",
            f"{medians['epochs']:.2f}" if min(run.accuracy for run in runs) >= arguments["accuracy"] else "not reached",
            f"{medians['reached']:.2f}",
            f"{min(run.reached for run in runs):.2f}",
            f"{medians['processor']:.2f}",
            f"{times:.2f}",
            f"{medians['peak'] / 2**20:.0f}",
            f"{medians['resident'] / 2**20:.0f}",
        )
    console.print(table)


def main(arguments: Arguments) -> None:
    """Let all train in turn, and print the table."""
    console = Console(width=150)
    before = load_average()
    names = installed(arguments.contestants, print)
    if arguments.quick:
        arguments = Arguments(**{**asdict(arguments), "rounds": 1})
    found: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, run in rounds(arguments, names, Path(folder)):
            found.setdefault(name, []).append(run)
    about = {"machine": machine.describe(), "rounds": arguments.rounds, "load average before": before}
    about |= {name: getattr(arguments, name) for name in ("batch", "rate", "accuracy")}
    if arguments.json is not None:
        content = {**about, "runs": {name: [asdict(run) for run in runs] for name, runs in found.items()}}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print_table(console, found, about)
    console.print(about)


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
