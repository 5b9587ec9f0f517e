"""How fast self-organizing maps train, beside fastersom, XPySom and MiniSom, on one thread and on two.

All begin with the same codebook and shrink the neighbourhood by the same numbers: in epoch t of batch training by
s · (e/s)^(t/epochs), in step t of T online by s / (1 + 2 t/T). What comes out is compared by the quantization error,
the mean distance of the samples from the nearest codebook vector, computed for all by one function. Each number of
threads has a process of its own. Contestants take turns after a warm-up, and medians count. Memory is what a process,
in which freed memory goes back to the system at once, holds more at its fullest than before; it is measured on one
thread. A peer that is not installed is left out, which is said.

    python tests/benchmarks/som.py --rounds 5
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from nets.som import (
    Batch,
    Exponential,
    Inverse,
    Online,
    Rectangular,
    SelfOrganizingMap,
    best_matching_units,
    train,
)
from shapedmat import Matrix

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Contestant: TypeAlias = Callable[[], Array]

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SHAPEDMAT_NUM_THREADS")
PEERS = ("fastersom", "XPySom", "MiniSom")


@dataclass(frozen=True)
class Arguments:
    """Time the training of maps."""

    threads: tuple[int, ...] = (1, 2)
    """The numbers of threads."""
    rounds: int = 5
    """How often each contestant is timed."""
    epochs: int = 10
    """Epochs of batch training."""
    worker: L["no", "time", "memory"] = "no"
    """What to measure in this process, with the threads that the environment says, and to print as JSON."""


@dataclass(frozen=True)
class Case:
    """One training: so many samples with so many features on a square map."""

    samples: int
    features: int
    side: int
    online: bool = False
    dtype: type = np.float32

    def __str__(self) -> str:
        kind = f"online, {np.dtype(self.dtype)}" if self.online else "batch"
        return f"{kind}: {self.samples:,} × {self.features} on {self.side} × {self.side}"


CASES = (
    Case(20_000, 32, 20),
    Case(20_000, 784, 20),
    Case(100_000, 4, 30),
    Case(20_000, 32, 20, online=True),
    Case(20_000, 32, 20, online=True, dtype=np.float64),
)


def drawn(case: Case) -> Array:
    """Return samples in fifty clusters."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(50, case.features))
    x: Array = centres[rng.integers(50, size=case.samples)] + rng.normal(size=(case.samples, case.features))
    return x.astype(case.dtype)


def batch_contestants(case: Case, x: Array, start: Array, epochs: int) -> Iterator[tuple[str, Contestant]]:
    """Yield what trains the batch map, by name."""
    widest, narrowest, side = case.side / 4, 0.5, case.side

    def ours() -> Array:
        som: SelfOrganizingMap[Any, Any, Any, Any] = SelfOrganizingMap.on(Rectangular(side, side), Matrix(start))
        train(som, Matrix(x), rule=Batch(), epochs=epochs, influence=Exponential(widest, narrowest))
        return som.codebook.numpy()

    yield "ours", ours
    with contextlib.suppress(ImportError):
        fastersom: Any = importlib.import_module("fastersom")
        yield (
            "fastersom",
            lambda: fastersom.SOM(side, side, epochs, widest, narrowest, init=start, device="cpu").fit(x).weights_,
        )
    with contextlib.suppress(ImportError), contextlib.redirect_stdout(io.StringIO()):
        xpysom_module: Any = importlib.import_module("xpysom")

        def xpysom() -> Array:
            # Its widths are halved before they are used: `std_coeff` is 0.5.
            som = xpysom_module.XPySom(side, side, case.features, sigma=2 * widest, sigmaN=2 * narrowest, xp=np)
            som._weights = start.reshape(side, side, -1).copy()
            som.train(x, epochs)
            return np.asarray(som.get_weights()).reshape(side * side, -1)

        yield "XPySom", xpysom


def online_contestants(case: Case, x: Array, start: Array) -> Iterator[tuple[str, Contestant]]:
    """Yield what trains the map by single samples, by name."""
    width, rate, side = case.side / 4, 0.5, case.side

    def ours() -> Array:
        som: SelfOrganizingMap[Any, Any, Any, Any] = SelfOrganizingMap.on(Rectangular(side, side), Matrix(start))
        decays: dict[str, Any] = {"rate": Inverse(rate, rate / 3), "influence": Inverse(width, width / 3)}
        train(som, Matrix(x), rule=Online(shuffle=False), epochs=1, **decays)
        return som.codebook.numpy()

    yield "ours", ours
    with contextlib.suppress(ImportError):
        minisom_module: Any = importlib.import_module("minisom")

        def minisom() -> Array:
            som = minisom_module.MiniSom(side, side, case.features, sigma=width, learning_rate=rate)
            som._weights[...] = start.reshape(side, side, -1)
            som.train(x, len(x))
            return np.asarray(som.get_weights()).reshape(side * side, -1)

        yield "MiniSom", minisom


@contextlib.contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Give, when it ends, how many MiB the process held more at its fullest than before."""
    statistics_file, page, stop, found = Path("/proc/self/statm"), os.sysconf("SC_PAGE_SIZE"), threading.Event(), [0.0]

    def resident() -> int:
        return int(statistics_file.read_text(encoding="ascii").split()[1]) * page

    before = resident()

    def watch() -> None:
        while not stop.wait(0.002):
            found[0] = max(found[0], (resident() - before) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        stop.set()
        watcher.join()


def contestants(case: Case, epochs: int) -> tuple[Array, dict[str, Contestant]]:
    """Return the samples of a case, and what trains on them."""
    x = drawn(case)
    start = x[: case.side**2].copy()
    return x, dict(online_contestants(case, x, start) if case.online else batch_contestants(case, x, start, epochs))


def timed(case: Case, rounds: int, epochs: int) -> dict[str, dict[str, float]]:
    """Return seconds and quantization error of each contestant."""
    x, trainers = contestants(case, epochs)
    found: dict[str, dict[str, float]] = {}
    for name, trainer in trainers.items():  # which also compiles and loads what it needs
        distances = best_matching_units(trainer().astype(case.dtype), x)[1]
        found[name] = {"error": float(distances.mean(dtype=np.float64))}
    times: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(rounds):
        for name, trainer in trainers.items():
            time.sleep(0.5)  # until the threads of the one before no longer wait busily
            begun = time.perf_counter()
            trainer()
            times[name].append(time.perf_counter() - begun)
    for name, seconds in times.items():
        found[name]["seconds"] = statistics.median(seconds)
    return found


def filled(case: Case) -> dict[str, float]:
    """Return the memory that each contestant takes in an epoch."""
    _, trainers = contestants(case, 1)
    found = {}
    for name, trainer in trainers.items():
        trainer()  # compiles and loads what it needs
        with peak_memory() as memory:
            trainer()
        found[name] = memory[0]
    return found


def work(arguments: Arguments) -> None:
    """Measure all cases, and print them as JSON."""
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(int(os.environ[VARIABLES[0]]))
    if arguments.worker == "memory":
        print(json.dumps([filled(case) for case in CASES]))
    else:
        print(json.dumps([timed(case, arguments.rounds, arguments.epochs) for case in CASES]))


def worked(arguments: Arguments, worker: str, threads: int) -> list[Any]:
    """Return what a process with so many threads measures."""
    command = [sys.executable, __file__, "--worker", worker, "--rounds", str(arguments.rounds)]
    command += ["--epochs", str(arguments.epochs)]
    environment = {**os.environ, **dict.fromkeys(VARIABLES, str(threads))}
    if worker == "memory":
        environment["MALLOC_MMAP_THRESHOLD_"] = "65536"
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        sys.exit(run.stderr)
    found: list[Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def table_of(title: str, columns: tuple[str, ...], rows: list[list[str]]) -> Table:
    """Return a table, the first column of which is text."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="right" if table.columns else "left")
    for row in rows:
        table.add_row(*row)
    return table


def main(arguments: Arguments) -> None:
    """Measure in a process for each number of threads, and print the tables."""
    if arguments.worker != "no":
        work(arguments)
        return
    console = Console(width=140)
    found: set[str] = set()
    for threads in arguments.threads:
        rows = []
        for case, results in zip(CASES, worked(arguments, "time", threads), strict=True):
            found |= results.keys()
            ours = results["ours"]["seconds"]
            ratios = [f"{results[name]['seconds'] / ours:.1f} ×" if name in results else "-" for name in PEERS]
            errors = " ".join(f"{result['error']:.4f}" for result in results.values())
            rows.append([str(case), f"{1000 * ours:.0f} ms", *ratios, errors])
        title = f"{threads} thread{'s' * (threads > 1)}, times as long as ours; {arguments.epochs} epochs, online 1"
        console.print(table_of(title, ("case", "ours", *PEERS, "quantization errors"), rows))
    rows = [
        [str(case), *(f"{results[name]:.1f}" if name in results else "-" for name in ("ours", *PEERS))]
        for case, results in zip(CASES, worked(arguments, "memory", 1), strict=True)
    ]
    console.print(table_of("most memory beyond the samples, MiB", ("case", "ours", *PEERS), rows))
    for name in PEERS:
        if name not in found:
            print(f"{name} is not installed, and left out: pip install {name.lower()}")


if __name__ == "__main__":
    main(tyro.cli(Arguments))
