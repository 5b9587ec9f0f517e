"""Batch training of a self-organizing map in PyTorch, on the CPU or a GPU, beside ours.

Both do the same: from the same codebook, in epoch t the neighbourhood's standard deviation is s · (e/s)^(t/epochs), the
best matching units are those of Euclidean distances, and the neurons become the averages of the samples, weighted by a
Gaussian of the latent distance from their units.

    python -m tests.benchmarks.contest.torch_map --device cuda --samples 480000 --features 34 --side 30
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
import tyro

from nets.som import Batch, Exponential, Rectangular, SelfOrganizingMap, best_matching_units, train
from shapedmat import Matrix
from tests.benchmarks.contest.task import Array

CHUNK_BYTES: Final = (16 << 20, 64 << 20, 512 << 20, 4 << 30)
"""How much memory the scores of samples and neurons take at once; the fastest counts."""


@dataclass(frozen=True)
class Arguments:
    """Time an epoch of batch training, ours and PyTorch's."""

    device: str = "cpu"
    """cpu or cuda."""
    samples: int = 20_000
    """Samples of fifty clusters."""
    features: int = 34
    """Of each sample."""
    side: int = 30
    """Rows and columns of the map."""
    epochs: int = 10
    """Epochs of a training."""
    rounds: int = 5
    """How often each training is timed."""


class TorchMap:
    """A map whose samples, codebook and latent distances are tensors on one device.

    Args:
        samples: of shape (samples, features).
        codebook: of shape (neurons, features).
        apart: the latent distances, of shape (neurons, neurons).
        device: where it trains.
        chunk_bytes: how much memory the scores of samples and neurons take at once.
    """

    def __init__(self, samples: Array, codebook: Array, apart: Array, device: str, chunk_bytes: int) -> None:
        self.samples = torch.from_numpy(samples).to(device)
        self.codebook = torch.from_numpy(codebook).to(device, copy=True)
        self.squared_apart = torch.from_numpy(apart).to(device).square()
        self.rows = max(1, chunk_bytes // (self.codebook.element_size() * len(codebook)))
        self.sums: Any = torch.empty_like(self.codebook)
        self.counts: Any = torch.empty_like(self.codebook[:, 0])
        self.ones: Any = torch.ones_like(self.samples[: self.rows, 0])

    def epoch(self, influence: float) -> None:
        """Move every neuron to the average of the samples near it."""
        w = self.codebook
        norms = w.square().sum(1)
        self.sums.zero_()
        self.counts.zero_()
        for chunk in self.samples.split(self.rows):
            units = torch.addmm(norms, chunk, w.T, alpha=-2).argmin(1)
            self.sums.index_add_(0, units, chunk)
            self.counts.index_add_(0, units, self.ones[: len(chunk)])
        strengths = (self.squared_apart * (-0.5 / influence**2)).exp_()
        totals, counts = strengths @ self.sums, (strengths @ self.counts)[:, None]
        self.codebook = torch.where(counts > 0, totals / counts, w)

    def train(self, influences: list[float]) -> None:
        """Train for an epoch with each influence."""
        with torch.inference_mode():
            for influence in influences:
                self.epoch(influence)


def drawn(arguments: Arguments) -> Array:
    """Return samples in fifty clusters."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.normal(size=(50, arguments.features))
    noise = rng.normal(size=(arguments.samples, arguments.features))
    x: Array = (centres[rng.integers(50, size=arguments.samples)] + noise).astype(np.float32)
    return x


def seconds(run: Callable[[], None], wait: Callable[[], object], rounds: int) -> float:
    """Return the median time of some runs, after one that compiles and loads what it needs."""
    times = []
    for _ in range(rounds + 1):
        wait()
        begun = time.perf_counter()
        run()
        wait()
        times.append(time.perf_counter() - begun)
    return statistics.median(times[1:])


def main(arguments: Arguments) -> None:
    """Train both, compare the maps, and print the times."""
    x, device, epochs = drawn(arguments), arguments.device, arguments.epochs
    start, lattice = x[: arguments.side**2].copy(), Rectangular(arguments.side, arguments.side)
    influence = Exponential(arguments.side / 4, 0.5)
    influences = [float(influence.at(epoch / epochs)) for epoch in range(epochs)]
    apart = lattice.distances.numpy().astype(np.float32)
    samples: Matrix[Any, Any, Any] = Matrix.from_array(x).to(device)
    on_device: Matrix[Any, Any, Any] = Matrix.from_array(start).to(device)
    maps: list[Any] = []

    def ours() -> None:
        som: Any = SelfOrganizingMap.on(lattice, on_device)
        train(som, samples, rule=Batch(), epochs=epochs, influence=influence)
        maps[:] = [som]

    times = {"ours": seconds(ours, lambda: maps and maps[0].codebook.synchronize(), arguments.rounds)}
    codebooks = {"ours": maps[0].codebook.numpy()}
    wait: Callable[[], object] = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    for chunk_bytes in CHUNK_BYTES:
        torch_map = TorchMap(x, start, apart, device, chunk_bytes)
        if torch_map.rows >= 2 * len(x):
            break

        def theirs(torch_map: TorchMap = torch_map) -> None:
            torch_map.codebook = torch.from_numpy(start).to(device, copy=True)
            torch_map.train(influences)

        name = f"PyTorch, {chunk_bytes >> 20} MiB"
        times[name] = seconds(theirs, wait, arguments.rounds)
        codebooks[name] = torch_map.codebook.cpu().numpy()
    print(f"{arguments.samples:,} × {arguments.features} on {arguments.side} × {arguments.side}, {device}")
    for name, taken in times.items():
        error = best_matching_units(codebooks[name], x)[1].mean(dtype=np.float64)
        apart_from_ours = np.abs(codebooks[name] - codebooks["ours"]).max()
        print(
            f"{name:>18}: {1000 * taken / epochs:9.3f} ms an epoch, quantization error {error:.6f}, "
            f"at most {apart_from_ours:.1e} from ours"
        )


if __name__ == "__main__":
    main(tyro.cli(Arguments))
