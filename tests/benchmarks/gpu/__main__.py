"""Measure this package on a GPU, beside cuBLAS, PyTorch, JAX and XPySom, and print a report in Markdown.

step      a training step of 784-128-64-10 on 60,000 images that lie on the GPU: `MiniBatchLoop` in each of its ways,
          PyTorch in CUDA graphs and by torch.compile, JAX by `jit` and `lax.scan`; all must come to the same losses.

products  the products of such steps: the kernel that is measured to be the fastest, the one for which fewest cycles
          are counted, cuBLAS as CuPy and PyTorch call it, and ours in tf32 and bf16, with errors against float64.

map       batch training of a map of 30 x 30 neurons on 480,000 samples: ours, PyTorch and XPySom.

accuracy  nets.mnist on the GPU and on the CPU, and the errors of one step against float64.

Everything is float32 in full precision, save where tf32 and bf16 are named: NVIDIA_TF32_OVERRIDE=0,
allow_tf32=False, jax_default_matmul_precision=highest. Each contestant has its own process and competes with the
fastest of its formulations. They take turns, each after a warm-up of its own, and medians count; a ratio is the median
of those within a round. What is not installed, fails or is not tried is said on the error output. What our code
chooses by measuring is measured anew in each run.

    pip install -e '.[cuda13,bench]' xpysom 'jax[cuda13]'
    python -m tests.benchmarks.gpu --data FOLDER --json gpu.json   # FOLDER has MNIST's four files
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import tyro

from shapedmat import Matrix, ShapedmatError
from shapedmat.atomic import write_atomically
from tests.benchmarks.contest.device_worker import FULL_PRECISION, Contestant
from tests.benchmarks.gpu import accuracy, hardware, maps, products, steps
from tests.benchmarks.gpu.report import Section, report

PARTS: Final = ("step", "products", "map", "accuracy")

_BEGUN: Final = time.monotonic()


@dataclass(frozen=True)
class Arguments:
    """Measure on the current GPU."""

    data: Path | None = None
    """A folder with MNIST's IDX files; without it steps are taken on random bytes, and accuracy is that of digits."""
    only: str = ",".join(PARTS)
    """What to measure, with commas between."""
    batches: tuple[int, ...] = (64, 256, 1024)
    """The samples of a mini-batch, for steps and products."""
    rounds: int = 9
    """How often each contestant has its turn."""
    epochs: int = 8
    """The epochs of one turn of training steps."""
    patience: float = 20.0
    """After so many seconds no other formulation of a contestant is tried for a case."""
    quick: bool = False
    """Only the first batch, in three rounds, with less patience and without torch.compile."""
    json: Path | None = None
    """Where to write all that was measured, after each part."""


def parts_of(only: str) -> list[str]:
    """Return the names of parts that stand between commas.

    Raises:
        SystemExit: one is no part's.
    """
    names = [name.strip() for name in only.split(",")]
    for name in names:
        if name not in PARTS:
            raise SystemExit(f"--only {only}: there is no {name!r}; choose from {', '.join(PARTS)}")
    return names


def require_gpu() -> None:
    """End the program, with one sentence and the exit code 1, where nothing can be computed on a GPU.

    Raises:
        SystemExit: nothing can.
    """
    try:
        Matrix.zeros(1, 1).to("cuda").synchronize()
    except ShapedmatError as error:
        raise SystemExit(f"there is no GPU to measure: {error}") from error


def say(line: str) -> None:
    """Print a line on the error output, with the seconds since the program began."""
    print(f"{time.monotonic() - _BEGUN:6.0f} s  {line}", file=sys.stderr, flush=True)


def measured(arguments: Arguments, names: Sequence[str]) -> Iterator[Section]:
    """Measure the parts, one after the other."""
    batches, rounds, patience = arguments.batches, arguments.rounds, arguments.patience
    step_contestants: tuple[Contestant, ...] = steps.CONTESTANTS
    accuracy_epochs = 3
    if arguments.quick:
        batches, rounds, patience, accuracy_epochs = batches[:1], 3, 8.0, 1
        step_contestants = tuple(each for each in step_contestants if each.name != "torch.compile")
        say("torch.compile is left out by --quick")
    shared: dict[str, Any] = {"device": "cuda", "rounds": rounds, "patience": patience, "say": say}
    if "step" in names:
        cases = steps.cases(batches, data=arguments.data, epochs=arguments.epochs, device="cuda")
        yield steps.section(cases, contestants=step_contestants, **shared)
    if "products" in names:
        yield products.section(products.cases(batches, device="cuda"), **shared)
    if "map" in names:
        cases = maps.cases(samples=480_000, features=34, side=30, epochs=10, device="cuda")
        yield maps.section(cases, **shared)
    if "accuracy" in names:
        cases = accuracy.cases(data=arguments.data, epochs=accuracy_epochs, batch=64, device="cuda")
        yield accuracy.section(cases, device="cuda", patience=patience, say=say)


def main(arguments: Arguments) -> None:
    """Measure, print the report, and keep all numbers."""
    names = parts_of(arguments.only)
    require_gpu()
    sections: list[Section] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHAPEDMAT_CACHE"] = folder  # without the choices of earlier runs
        for section in measured(arguments, names):
            sections.append(section)
            if arguments.json is not None:
                save(arguments.json, described(arguments), sections)
    print(report(described(arguments), sections), end="")


def described(arguments: Arguments) -> dict[str, str]:
    """Return what was measured on, and how, by name."""
    return {
        **hardware.describe(),
        "precision": ", ".join(f"{name}={value}" for name, value in FULL_PRECISION.items()),
        "images": "MNIST's files" if arguments.data else "random bytes, and digits for accuracy",
        "run": f"{' '.join(sys.argv[1:]) or 'default settings'}, {time.monotonic() - _BEGUN:.0f} s",
    }


def save(path: Path, about: dict[str, str], sections: Sequence[Section]) -> None:
    """Write what was measured, and on what, as JSON."""
    content = {**about, "sections": [asdict(section) for section in sections]}
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main(tyro.cli(Arguments, description=__doc__))
