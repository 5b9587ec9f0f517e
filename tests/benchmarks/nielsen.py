"""How fast the book's network trains: sample by sample, as its code does, and by matrices, beside plain NumPy.

One thread of BLAS. The variants take turns in one run, and the medians of several rounds are printed.
``python tests/benchmarks/nielsen.py --data-dir FOLDER --rounds 5``
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import tyro
from threadpoolctl import threadpool_limits

from nets.nielsen import Network, Sample, load_data


@dataclass
class Settings:
    """What is trained, and how often."""

    data: str = "mnist"
    data_dir: Path | None = None
    sizes: tuple[int, ...] = (784, 30, 10)
    samples: int = 5000
    mini_batch_size: int = 10
    rounds: int = 5


def plain(sizes: tuple[int, ...], samples: list[Sample[np.float64]], size: int) -> Callable[[], None]:
    """Return an epoch of the same steps in NumPy alone, one sample after another, as the book's code takes them."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(y, x)) for x, y in pairwise(sizes)]
    biases = [rng.normal(size=(y, 1)) for y in sizes[1:]]
    pairs = [(x.numpy(), y.numpy()) for x, y in samples]

    def epoch() -> None:
        for first in range(0, len(pairs), size):
            batch = pairs[first : first + size]
            nabla_b, nabla_w = [np.zeros_like(b) for b in biases], [np.zeros_like(w) for w in weights]
            for x, y in batch:
                activations = [x]
                for b, w in zip(biases, weights, strict=True):
                    activations.append(1.0 / (1.0 + np.exp(-(w @ activations[-1] + b))))
                delta = activations[-1] - y
                for layer in range(len(weights) - 1, -1, -1):
                    a = activations[layer + 1]
                    delta = delta * a * (1 - a)
                    nabla_b[layer] += delta
                    nabla_w[layer] += delta @ activations[layer].T
                    delta = weights[layer].T @ delta
            for layer in range(len(weights)):
                weights[layer] -= 3.0 / len(batch) * nabla_w[layer]
                biases[layer] -= 3.0 / len(batch) * nabla_b[layer]

    return epoch


def main(settings: Settings) -> None:
    """Time the variants in turn, and print the medians."""
    samples = load_data(settings.data, settings.data_dir).training[: settings.samples]

    def trained(*, vectorized: bool) -> Callable[[], None]:
        network = Network(settings.sizes)
        return lambda: _quietly(network, samples, settings.mini_batch_size, vectorized=vectorized)

    variants = {
        "by matrices": trained(vectorized=True),
        "sample by sample": trained(vectorized=False),
        "sample by sample, NumPy alone": plain(settings.sizes, samples, settings.mini_batch_size),
    }
    times: dict[str, list[float]] = {name: [] for name in variants}
    with threadpool_limits(1):
        for turn in range(settings.rounds + 1):  # the first is to warm up
            for name, epoch in variants.items():
                start = time.perf_counter()
                epoch()
                if turn:
                    times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, seconds in medians.items():
        ratio = seconds / medians["by matrices"]
        print(f"{name:30} {1e6 * seconds / len(samples):8.1f} µs a sample   {ratio:5.2f} times as long as by matrices")


def _quietly(network: Network[np.float64], samples: list[Sample[np.float64]], size: int, *, vectorized: bool) -> None:
    network.SGD(samples, 1, size, 3.0, vectorized=vectorized, report=lambda line: None)


if __name__ == "__main__":
    main(tyro.cli(Settings))
