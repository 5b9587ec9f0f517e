"""How the time of a training step grows with the mini-batch and with the network, beside what the processor could do.

The step is that of `training`, on one thread: of 784-128-64-10 for mini-batches of 1 to 4096, and of 784-H-64-10 for
hidden layers of 64 to 4096 neurons and mini-batches of 64. The bound is the larger one of two times: that of the
matrix products' operations at the rate of multiply-adds that need no memory, and that of the bytes that a step has to
move, which are all weights twice read (forward, and when they are changed) and once written, at the rate at which
as many bytes as the weights have are read again and again, and the mini-batch's images, at the rate at which all images
are. Both rates are measured, on one processor, by compiled loops that do nothing else. ::

    pip install -e '.[bench,plot]'
    python -m tests.benchmarks.growth --data FOLDER --json growth.json     # FOLDER has MNIST's four files
    python -m tests.benchmarks.growth --read growth.json                   # draws the figure again
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from typing import Literal as L

import tyro
from rich.console import Console
from rich.table import Table

from nets.figures import INK, SECOND_INK, new_figure, save_figure
from tests.benchmarks.contest import machine
from tests.benchmarks.contest.machine import Roofline
from tests.benchmarks.contest.rounds import (
    Measurement,
    by_processor,
    installed,
    load_average,
    measure,
    read,
    save,
    warning,
)
from tests.benchmarks.contest.task import MNIST_SIZES, Task
from tests.benchmarks.contest.worker import ROOT

WIDTHS_BATCH: Final = 64
IMAGES: Final = 60_000

_STYLES: Final[dict[str, dict[str, Any]]] = {
    "shapedmat": {"color": INK, "linewidth": 2, "marker": "o"},
    "shapedmat, eager": {"color": INK, "linestyle": ":", "marker": "."},
    "JAX": {"color": SECOND_INK, "marker": "s"},
    "PyTorch": {"color": "#7b2d8b", "marker": "^"},
    "PyTorch by hand": {"color": "#7b2d8b", "linestyle": ":", "marker": "."},
    "torch.compile": {"color": "#7b2d8b", "linestyle": "--", "marker": "v"},
}


@dataclass(frozen=True)
class Arguments:
    """Time steps of growing size."""

    data: Path | None = None
    """A folder with MNIST's IDX files; without it the images are random bytes."""
    batches: tuple[int, ...] = (1, 4, 16, 64, 256, 1024, 4096)
    """The samples of a mini-batch, for 784-128-64-10."""
    widths: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048, 4096)
    """The neurons H of 784-H-64-10."""
    contestants: tuple[str, ...] = ("shapedmat", "shapedmat, eager", "JAX", "PyTorch", "PyTorch by hand")
    """Who takes part."""
    rounds: int = 7
    """How often each contestant has its turn."""
    seconds: float = 0.1
    """How long a turn takes, about."""
    clock: L["wall", "processor"] = "wall"
    """Which seconds are printed and drawn: processor time is of use on a busy machine."""
    quick: bool = False
    """Three sizes of each, in two rounds."""
    json: Path | None = None
    """Where to write all that was measured."""
    figure: Path = ROOT / "docs" / "figures" / "growth.png"
    """Where to draw it."""
    read: Path | None = None
    """Print and draw what an earlier run wrote, and measure nothing."""


def bound(task: Task, roofline: Roofline) -> float:
    """Return the seconds that a step takes at least."""
    weights = 4 * task.parameter_count
    images = task.sizes[0] * task.batch / roofline.reading(task.sizes[0] * IMAGES)
    return max(task.operations / roofline.operations, 3 * weights / roofline.reading(weights) + images)


def width(task: Task) -> int:
    """Return H of 784-H-64-10."""
    return task.sizes[1]


def batch(task: Task) -> int:
    """Return the samples of a mini-batch."""
    return task.batch


def halves(measurements: Sequence[Measurement]) -> list[tuple[str, Callable[[Task], int], list[Measurement]]]:
    """Return what grows with the batch and what grows with the width: a title, what grows, and the measurements."""
    by_batch = [each for each in measurements if each.task.sizes == MNIST_SIZES]
    by_width = [each for each in measurements if each.task.batch == WIDTHS_BATCH]
    return [
        ("784-128-64-10, samples a mini-batch", batch, by_batch),
        (f"784-H-64-10, batch {WIDTHS_BATCH}, neurons H", width, by_width),
    ]


def print_tables(console: Console, measurements: Sequence[Measurement], roofline: Roofline) -> None:
    """Print the medians, and how near ours comes to the bound."""
    names = list(dict.fromkeys(each.contestant for each in measurements))
    for title, size, half in halves(measurements):
        table = Table(title.split(", ")[-1], title=f"microseconds a step, one thread: {title}")
        for name in (*names, "bound", f"bound / {names[0]}"):
            table.add_column(name, justify="right")
        found = {(size(each.task), each.contestant): each for each in half}
        for task in sorted({each.task for each in half}, key=size):
            measured = [found.get((size(task), name)) for name in names]
            least = bound(task, roofline)
            cells = [f"{1e6 * each.median:.1f}" if each else "-" for each in measured]
            share = f"{least / measured[0].median:.0%}" if measured[0] else "-"
            table.add_row(str(size(task)), *cells, f"{1e6 * least:.1f}", share)
        console.print(table)


def draw(path: Path, measurements: Sequence[Measurement], roofline: Roofline) -> None:
    """Draw the medians and the bound, the batch on the left and the width on the right.

    Args:
        path: the PNG file to write.
        measurements: what was measured.
        roofline: of the same processor.
    """
    figure = new_figure(9, 4)
    names = list(dict.fromkeys(each.contestant for each in measurements))
    for axes, (title, size, half) in zip(figure.subplots(1, 2), halves(measurements), strict=True):
        for name in names:
            line = sorted((size(each.task), 1e6 * each.median) for each in half if each.contestant == name)
            axes.plot(*zip(*line, strict=True), label=name, markersize=4, **_STYLES[name])
        tasks = sorted({each.task for each in half}, key=size)
        bounds = [1e6 * bound(task, roofline) for task in tasks]
        axes.plot([size(task) for task in tasks], bounds, label="bound", color="black", linestyle="--", linewidth=1)
        axes.set_xscale("log", base=2)
        axes.set(xlabel=title, yscale="log", ylabel="µs a step")
        axes.grid(which="major", alpha=0.25)
    figure.axes[0].legend(fontsize=8)
    save_figure(figure, path)


def main(arguments: Arguments) -> None:
    """Measure, or read what was measured, print it and draw it."""
    console = Console(width=150)
    if arguments.read is not None:
        found, measurements = read(arguments.read)
        rates = found["roofline"]
        roofline = Roofline(rates["operations"], {int(size): rate for size, rate in rates["bandwidth"].items()})
    else:
        before, begun = load_average(), time.perf_counter()
        names = installed(arguments.contestants, print)
        batches, widths, rounds = arguments.batches, arguments.widths, arguments.rounds
        if arguments.quick:
            batches, widths, rounds = (1, 64, 1024), (64, 128, 1024), 2
        tasks = [Task(batch=each) for each in batches]
        tasks += [Task(sizes=(784, each, 64, 10), batch=WIDTHS_BATCH) for each in widths]
        roofline = machine.roofline()
        measurements = measure(
            list(dict.fromkeys(tasks)),
            names,
            1,
            rounds=rounds,
            seconds=arguments.seconds,
            data=arguments.data,
            say=lambda line: print(line, file=sys.stderr),
        )
        found = {
            "machine": machine.describe(),
            "images": "MNIST's files" if arguments.data else "random bytes",
            "rounds": rounds,
            "load average before": before,
            "seconds in all": time.perf_counter() - begun,
            "roofline": asdict(roofline),
        }
        if arguments.json is not None:
            save(arguments.json, found, measurements)
    if arguments.clock == "processor":
        measurements = by_processor(measurements)
    print_tables(console, measurements, roofline)
    draw(arguments.figure, measurements, roofline)
    console.print(found)
    console.print(warning(measurements) or "")
    console.print(f"drawn to {arguments.figure}")


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
