"""The exclusive or, which no single layer can learn: `python -m nets.examples.xor`.

Two layers with four hidden neurons learn it by gradient descent from any of the starts that are tried.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal as L
from typing import TypeAlias

import numpy as np
import tyro

from nets import console, network_plots
from nets.activations import Activation
from nets.figures import loss_curves
from nets.layers import Linear
from nets.neural_net import NeuralNet
from nets.schedules import Cosine
from nets.sequential import Sequential
from shapedmat import Matrix

f32 = np.float32
XorNet: TypeAlias = NeuralNet[f32, L[2], L[1]]

x = Matrix[f32, L[2], L[4]].from_rows([[0, 0, 1, 1], [0, 1, 0, 1]])  # a sample is a column
y = Matrix[f32, L[1], L[4]].from_rows([[0, 1, 1, 0]])


@dataclass(frozen=True)
class Xor:
    """Learn the exclusive or from several starts."""

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """From each of these the weights are drawn once."""
    epochs: int = 2000
    """Steps of gradient descent, each by all four samples."""
    learning_rate: float = 2.0
    """Of the first step; it falls along a cosine."""
    device: str = "cpu"
    """Where the network and the samples are: cpu or cuda."""
    figure: Path | None = None
    """A PNG file for what the first network makes of the plane."""
    losses: Path | None = None
    """A PNG file for the losses."""


def train(settings: Xor, seed: int) -> tuple[XorNet, list[float]]:
    """Return a trained network, and its loss in each epoch."""
    rng = np.random.default_rng(seed)
    net = NeuralNet(
        Sequential(
            Linear[f32, L[2], L[4]].initialized(seed=rng),
            Activation("tanh"),
            Linear[f32, L[4], L[1]].initialized(seed=rng),
            Activation("sigmoid"),
        )
    ).to(settings.device)
    history = net.fit(
        x.to(settings.device),
        y.to(settings.device),
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        schedule=Cosine(0.1),
    )
    return net, [record.train_loss for record in history]


def is_solved(net: XorNet) -> bool:
    """Tell whether each of the four predictions is nearer to what it should be."""
    return ((net.predict(x.to(net.device)) > 0.5) == (y.to(net.device) > 0.5)).all()


def run(settings: Xor) -> None:
    """Train a network from each seed, and print what it predicts for (0, 0), (0, 1), (1, 0) and (1, 1)."""
    trained = {seed: train(settings, seed) for seed in settings.seeds}
    for seed, (net, losses) in trained.items():
        predictions = "  ".join(f"{each:.3f}" for each in net.predict(x.to(net.device)).numpy()[0])
        print(f"seed {seed}: loss {losses[-1]:.5f}, predictions {predictions}")
    solved = sum(is_solved(net) for net, _ in trained.values())
    print(f"solved for {solved} of {len(trained)} seeds")
    if settings.losses is not None:
        curves = {f"seed {seed}": (range(1, len(losses) + 1), losses) for seed, (_, losses) in trained.items()}
        loss_curves(settings.losses, curves, xlabel="epoch")
    if settings.figure is not None:
        net, _ = trained[settings.seeds[0]]
        network_plots.decision_regions(settings.figure, net.to("cpu").predict, {"sample": (x, y)})


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(Xor, args=arguments, prog="python -m nets.examples.xor")
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
