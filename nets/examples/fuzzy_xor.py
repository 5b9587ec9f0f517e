"""Fuzzy exclusive or: a graph of two layers learns x ⊕ y from inputs that are near 0 and 1, but not on them.

``python -m nets.examples.fuzzy_xor`` trains it on fresh noise in every step, and shows what it answers.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from typing import Literal as L

import numpy as np
import tyro

from nets import console
from nets.graph_layers import dense_biased, mean_squared_error
from nets.graph_plots import draw_graph, draw_losses
from nets.trainers import Adam
from shapedmat import Matrix, sigmoid, tanh
from shapedmat.graph import Execution, Graph, Variable

f32 = np.float32
Inputs = Matrix[f32, L[32], L[2]]
Targets = Matrix[f32, L[32], L[1]]

BATCH: Final = 32
STEPS_BETWEEN_LINES: Final = 100


@dataclass(frozen=True)
class FuzzyXor:
    """Train a network of one hidden layer on exclusive or with noise."""

    steps: int = 600
    """How many batches of 32 samples are trained on."""
    noise: float = 0.1
    """The standard deviation of the inputs around 0 and 1."""
    hidden: int = 8
    """The size of the hidden layer."""
    learning_rate: float = 0.05
    """η of Adam."""
    seed: int = 0
    """Of the weights and of the samples."""
    device: str = "cpu"
    """Where it is computed: cpu or cuda."""
    figure: Path | None = None
    """A folder for pictures of the losses and of the graph."""


def samples(rng: np.random.Generator, settings: FuzzyXor) -> tuple[Inputs, Targets]:
    """Return pairs of numbers around 0 and 1, and whether exactly one of the two is around 1."""
    bits = rng.integers(0, 2, (BATCH, 2))
    x = bits + rng.normal(0, settings.noise, bits.shape)
    targets = Targets.from_rows(bits.sum(axis=1, keepdims=True) % 2)
    return Inputs.from_rows(x).to(settings.device), targets.to(settings.device)


def run(settings: FuzzyXor) -> float:
    """Train, print the loss on the way, and return the share of 3,200 new samples that are answered right."""
    if settings.figure is not None:
        console.make_folder(settings.figure, "--figure")
    graph = Graph()
    x = graph.input("x", Inputs)
    y = graph.input("y", Targets)
    hidden = dense_biased(graph, x, settings.hidden, name="hidden", activation=tanh)
    output: Variable[f32, L[32], L[1]] = dense_biased(graph, hidden, 1, name="output", activation=sigmoid)
    loss = mean_squared_error(output, y)
    gradients = graph.backward(loss)
    execution = Execution(graph, seed=settings.seed, device=settings.device)
    trainer = Adam(learning_rate=settings.learning_rate)
    rng = np.random.default_rng(settings.seed)
    losses = []
    for step in range(1, settings.steps + 1):
        inputs, targets = samples(rng, settings)
        losses.append(trainer.step(execution, loss, gradients, x.feed(inputs), y.feed(targets)))
        if step % STEPS_BETWEEN_LINES == 0:
            print(f"step {step:5}  loss {np.mean(losses[-STEPS_BETWEEN_LINES:]):.4f}")
    right = []
    for _ in range(100):
        inputs, targets = samples(rng, settings)
        answers = execution.run(output, x.feed(inputs)) > 0.5
        right.append(float((answers == (targets > 0.5)).astype(f32).mean()))
    print(f"right on new samples: {np.mean(right):.2%}")
    if settings.figure is not None:
        draw_losses(settings.figure / "loss.png", losses)
        draw_graph(settings.figure / "graph.png", graph)
    return float(np.mean(right))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(FuzzyXor, args=arguments, prog="python -m nets.examples.fuzzy_xor", description=__doc__)
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
