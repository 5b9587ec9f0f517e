"""Handwritten digits by a graph of 784, 300 and 10 neurons, trained by Adam on the softmax's cross-entropy.

``python -m nets.examples.graph_mnist`` trains it on MNIST and tests it after each epoch. The graph is static, so that
the test has a graph of its own, as large as its batch, which takes over the parameters.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from typing import Literal as L

import numpy as np
import tyro
from rich.progress import track

from nets import console, data
from nets.batches import TrainingBatches, in_order
from nets.graph_layers import dense_biased, softmax_cross_entropy
from nets.graph_plots import draw_graph, draw_losses
from nets.trainers import Adam
from shapedmat import relu
from shapedmat.graph import Execution, Graph, Variable, he

f32 = np.float32
Batch = TypeVar("Batch", bound=int)

BATCH_SIZE: Final = 100


@dataclass(frozen=True)
class GraphMnist:
    """Train the 784-300-10 network as a graph."""

    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""
    epochs: int = 3
    """How often to go through the training images."""
    learning_rate: float = 0.001
    """η of Adam."""
    seed: int = 0
    """Of the weights and of the order of the images."""
    device: str = "cpu"
    """Where it is computed: cpu or cuda."""
    figure: Path | None = None
    """A folder for pictures of the losses and of the graph."""


def network(graph: Graph, x: Variable[f32, Batch, L[784]]) -> Variable[f32, Batch, L[10]]:
    """Add the two layers, and return the logits of the ten digits, one image a row."""
    hidden: Variable[f32, Batch, L[300]] = dense_biased(graph, x, 300, name="hidden", activation=relu, weights=he())
    return dense_biased(graph, hidden, 10, name="output")


def accuracy(execution: Execution, dataset: data.Dataset) -> float:
    """Return the share of the test images that are read right."""
    count = len(dataset.test_images)
    graph = Graph()
    x: Variable[f32, Any, L[784]] = graph.input("x", count, 784)
    logits = network(graph, x)
    test = Execution(graph, device=execution.device)
    test.load(execution.parameters)
    (batch,) = in_order(dataset.test_images, dataset.test_labels, batch_size=count, dtype=f32, device=execution.device)
    predicted = test.run(logits, x.feed(batch.x.T)).argmax(axis=1).numpy()
    return float((predicted[:, 0] == dataset.test_labels).mean())


def run(settings: GraphMnist) -> float:
    """Train, print a line after each epoch, and return the accuracy on the test images."""
    dataset = data.load(settings.data, settings.data_dir)
    if settings.figure is not None:
        console.make_folder(settings.figure, "--figure")
    graph = Graph()
    x: Variable[f32, L[100], L[784]] = graph.input("x", BATCH_SIZE, 784)
    y: Variable[f32, L[100], L[10]] = graph.input("y", BATCH_SIZE, 10)
    loss = softmax_cross_entropy(network(graph, x), y)
    gradients = graph.backward(loss)
    execution = Execution(graph, seed=settings.seed, device=settings.device)
    trainer = Adam(learning_rate=settings.learning_rate)
    batches = TrainingBatches(
        dataset.train_images,
        dataset.train_labels,
        batch_size=BATCH_SIZE,
        shift=0,
        dtype=f32,
        device=settings.device,
    )
    rng = np.random.default_rng(settings.seed)
    losses: list[float] = []
    reached = 0.0
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        # The images that are left over make no whole batch; in the next epoch they are others.
        whole = dataset.train_images.shape[0] // BATCH_SIZE
        for _, batch in zip(
            track(range(whole), f"epoch {epoch}", transient=True, disable=not sys.stdout.isatty()),
            batches.epoch(rng),
            strict=False,
        ):
            losses.append(trainer.step(execution, loss, gradients, x.feed(batch.x.T), y.feed(batch.y.T)))
        seconds = time.perf_counter() - started
        reached = accuracy(execution, dataset)
        mean = np.mean(losses[-whole:])
        print(f"epoch {epoch}/{settings.epochs}  loss {mean:.4f}  test accuracy {reached:.2%}  {seconds:.1f} s")
    if settings.figure is not None:
        draw_losses(settings.figure / "loss.png", losses)
        draw_graph(settings.figure / "graph.png", graph)
    return reached


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(GraphMnist, args=arguments, prog="python -m nets.examples.graph_mnist", description=__doc__)
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
