"""Seconds per epoch of the 784-128-64-10 network, beside PyTorch in eager mode, on one thread.

Both train on the same images of random bytes (the time does not depend on what is on them), with shuffled mini-batches
gathered from the bytes, sigmoid, squared error and plain gradient descent. Rounds alternate between the contestants,
after a warm-up of each, and the median counts.

    python tests/benchmarks/epoch.py --batch-sizes 10 64 --rounds 5
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
import torch
import tyro
from rich.console import Console
from rich.table import Table

from nets.mnist import Network
from shapedmat import Matrix, use_backend


@dataclass(frozen=True)
class Arguments:
    """Time an epoch of each contestant."""

    batch_sizes: tuple[int, ...] = (10, 64)
    """Images a step."""
    rounds: int = 5
    """How often each contestant is timed."""
    fraction: float = 0.1
    """The share of an epoch that is timed and scaled up."""


def ours(backend: str, images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], batch: int) -> Callable[[], float]:
    """Return a function that trains on all images once, with the explicit network."""
    rng = np.random.default_rng(0)
    network = Network.initialized(rng, np.float32)

    def epoch() -> float:
        with use_backend(backend):
            order = rng.permutation(len(images))
            loss = 0.0
            for start in range(0, len(order), batch):
                places = order[start : start + batch]
                pixels = images[places].astype(np.float32)
                pixels /= 255
                x: Matrix[np.float32, L[784], Any] = Matrix.from_array(pixels).T
                y = Matrix[np.float32, L[10], Any].one_hot(labels[places])
                loss += network.step(x, y, 0.1)
            return loss

    return epoch


def pytorch(images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], batch: int) -> Callable[[], float]:
    """Return the same with PyTorch's modules, autograd and optimiser."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(784, 128),
        torch.nn.Sigmoid(),
        torch.nn.Linear(128, 64),
        torch.nn.Sigmoid(),
        torch.nn.Linear(64, 10),
        torch.nn.Sigmoid(),
    )
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    pixels, targets = torch.from_numpy(images), torch.from_numpy(labels).long()

    def epoch() -> float:
        order = torch.randperm(len(pixels))
        loss = 0.0
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            x = pixels[places].float() / 255
            y = torch.nn.functional.one_hot(targets[places], 10).float()
            optimizer.zero_grad()
            error = ((network(x) - y) ** 2).sum() / len(places)
            error.backward()
            optimizer.step()
            loss += error.item()
        return loss

    return epoch


def main(arguments: Arguments) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    count = round(60_000 * arguments.fraction)
    images = rng.integers(0, 256, (count, 784), np.uint8)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    table = Table("batch", "contestant", "seconds per epoch", "times PyTorch's speed", title="one thread, float32")
    for batch in arguments.batch_sizes:
        contestants = {
            "PyTorch eager": pytorch(images, labels, batch),
            "shapedmat, numpy": ours("numpy", images, labels, batch),
            "shapedmat, numba": ours("numba", images, labels, batch),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for turn in range(arguments.rounds + 1):
            for name, epoch in contestants.items():
                start = time.perf_counter()
                epoch()
                if turn:  # the first is the warm-up
                    seconds[name].append((time.perf_counter() - start) / arguments.fraction)
        peer = statistics.median(seconds["PyTorch eager"])
        for name, measured in seconds.items():
            median = statistics.median(measured)
            table.add_row(str(batch), name, f"{median:.2f}", f"{peer / median:.2f}")
    console = Console(width=100)
    console.print(table)
    console.print(f"PyTorch {torch.__version__}, NumPy {np.__version__}, {os.cpu_count()} processors in all")


if __name__ == "__main__":
    main(tyro.cli(Arguments))
