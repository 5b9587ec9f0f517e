"""Matrix products on one thread: the numba backend, the numpy backend (OpenBLAS) and, where installed, PyTorch (MKL).

The first group are the eight products of one training step of the 784-128-64-10 network, with the layouts that they
have there; the rest are squares. Contestants take turns, after a warm-up, and the median counts. Each is called from
Python and allocates its result.

    python tests/benchmarks/products.py --batch 32
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SHAPEDMAT_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy and PyTorch read them

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from shapedmat import backends
from shapedmat.ops import MATMUL


@dataclass(frozen=True)
class Arguments:
    """Time products of each contestant."""

    batch: int = 32
    """Images a step, for the network's products."""
    dtype: L["f32", "f64"] = "f32"
    """The element type."""
    rounds: int = 15
    """How often each contestant is timed."""


def cases(batch: int) -> list[tuple[str, tuple[int, int, int], tuple[bool, bool]]]:
    """Return names, (rows, inner, columns), and whether each operand is a transposed view."""
    network = [
        ("w1 @ x", (128, 784, batch), (False, True)),
        ("w2 @ a1", (64, 128, batch), (False, False)),
        ("w3 @ a2", (10, 64, batch), (False, False)),
        ("w3.T @ dz3", (64, 10, batch), (True, False)),
        ("w2.T @ dz2", (128, 64, batch), (True, False)),
        ("dz3 @ a2.T", (10, batch, 64), (False, True)),
        ("dz2 @ a1.T", (64, batch, 128), (False, True)),
        ("dz1 @ x.T", (128, batch, 784), (False, False)),
    ]
    squares = [(f"{size} squared", (size, size, size), (False, False)) for size in (4, 16, 64, 256, 1024)]
    return network + squares


def contestants(a: Any, b: Any) -> dict[str, Callable[[], Any]]:
    """Return the contestants by name."""
    numba, numpy = backends.get("numba"), backends.get("numpy")
    result: dict[str, Callable[[], Any]] = {
        "numba": lambda: numba.run(MATMUL, a, b),
        "numpy": lambda: numpy.run(MATMUL, a, b),
    }
    try:
        import torch
    except ImportError:
        return result
    torch.set_num_threads(1)
    left, right = torch.from_numpy(a), torch.from_numpy(b)
    return {**result, "PyTorch": lambda: torch.matmul(left, right)}


def main(arguments: Arguments) -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    dtype = np.float32 if arguments.dtype == "f32" else np.float64
    table = Table("product", "rows x inner · inner x columns", title=f"GFLOP/s, {arguments.dtype}, one thread")
    ratios: list[float] = []
    for name, (rows, inner, columns), (a_transposed, b_transposed) in cases(arguments.batch):
        a = rng.random((inner, rows) if a_transposed else (rows, inner)).astype(dtype)
        b = rng.random((columns, inner) if b_transposed else (inner, columns)).astype(dtype)
        timed = contestants(a.T if a_transposed else a, b.T if b_transposed else b)
        repeats = max(1, int(2e8 / (2 * rows * inner * columns + 2e4)))
        seconds: dict[str, list[float]] = {contestant: [] for contestant in timed}
        for turn in range(arguments.rounds + 1):
            for contestant, call in timed.items():
                start = time.perf_counter()
                for _ in range(repeats):
                    call()
                if turn:  # the first is the warm-up
                    seconds[contestant].append((time.perf_counter() - start) / repeats)
        medians = {contestant: statistics.median(measured) for contestant, measured in seconds.items()}
        if not table.rows:
            for contestant in timed:
                table.add_column(contestant, justify="right")
            table.add_column("numba / numpy", justify="right")
        ratios.append(medians["numpy"] / medians["numba"])
        rates = [f"{2 * rows * inner * columns / median / 1e9:.1f}" for median in medians.values()]
        table.add_row(name, f"{rows}x{inner} · {inner}x{columns}", *rates, f"{ratios[-1]:.2f}")
    console = Console(width=110)
    console.print(table)
    console.print(f"geometric mean of numba / numpy: {statistics.geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main(tyro.cli(Arguments))
