"""How much faster networks train in machine code than operation by operation: microseconds a step, on one thread.

``OPENBLAS_NUM_THREADS=1 python tests/benchmarks/compiling.py``
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tyro
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from nets.activations import Activation
from nets.estimators import MLPClassifier
from nets.examples import char_lstm
from nets.examples.graph_mnist import network as graph_of_two_layers
from nets.graph_layers import softmax_cross_entropy
from nets.layers import Linear
from nets.losses import CategoricalCrossEntropy
from nets.neural_net import NeuralNet
from nets.nielsen import Network, Sample
from nets.regression import LogisticRegression
from nets.sequential import Sequential
from nets.trainers import Adam
from shapedmat import Matrix, use_backend
from shapedmat.graph import Execution, Feed, Graph, Variable

Training: TypeAlias = Callable[[], None]
AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Contest: TypeAlias = tuple[str, int, Callable[[], Training]]
"""What is trained, in how many steps, and what makes the training."""


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    rounds: int = 9
    """How often each is timed; the backends take turns, and the shortest times are printed."""


def images(count: int, dtype: Any) -> tuple[AnyMatrix, AnyMatrix]:
    """Return random images and one-hot codes, one a column."""
    rng = np.random.default_rng(0)
    return Matrix.from_rows(rng.random((784, count)), dtype=dtype), Matrix.one_hot(
        rng.integers(0, 10, count), 10, dtype=dtype
    )


def nielsen() -> Training:
    """Return an epoch of the book's network."""
    x, y = images(1000, np.float64)
    data: list[Sample[np.float64]] = [(x[:, i].copy(), y[:, i].copy()) for i in range(1000)]
    network = Network([784, 30, 10])

    def train() -> None:
        network.SGD(data, 10, 10, 3.0, report=lambda _: None)

    return train


def layers() -> Training:
    """Return two epochs of a network of layers."""
    x, y = images(2048, np.float32)
    net: NeuralNet[Any, Any, Any] = NeuralNet(
        Sequential(
            Linear.initialized(784, 128, seed=0),
            Activation("relu"),
            Linear.initialized(128, 64, seed=1),
            Activation("relu"),
            Linear.initialized(64, 10, seed=2),
            Activation("softmax"),
        )
    )

    def train() -> None:
        net.fit(x, y, epochs=4, learning_rate=0.01, batch_size=32, loss=CategoricalCrossEntropy())

    return train


def xor() -> Training:
    """Return many epochs of four samples."""
    x: AnyMatrix = Matrix.from_rows([[0, 0, 1, 1], [0, 1, 0, 1]])
    y: AnyMatrix = Matrix.from_rows([[0, 1, 1, 0]])
    net: NeuralNet[Any, Any, Any] = NeuralNet(
        Sequential(
            Linear.initialized(2, 4, seed=0),
            Activation("tanh"),
            Linear.initialized(4, 1, seed=1),
            Activation("sigmoid"),
        )
    )

    def train() -> None:
        net.fit(x, y, epochs=1000, learning_rate=0.1)

    return train


def classifier() -> Training:
    """Return twenty epochs of the estimator with its default settings."""
    x, y = load_digits(return_X_y=True)

    def train() -> None:
        MLPClassifier(epochs=20, patience=0, random_state=0).fit(x, y)

    return train


def graph() -> Training:
    """Return steps of a graph of two layers, by Adam."""
    made = Graph()
    x: Variable[Any, Any, Any] = made.input("x", 100, 784)
    y: Variable[Any, Any, Any] = made.input("y", 100, 10)
    columns = images(100, np.float32)
    feeds = [x.feed(columns[0].T.copy()), y.feed(columns[1].T.copy())]
    return steps(made, softmax_cross_entropy(graph_of_two_layers(made, x), y), feeds, 30)


def memory() -> Training:
    """Return steps of a long short-term memory that is unrolled over 32 letters, by Adam."""
    letters = char_lstm.Letters(char_lstm.POEM, "cpu")
    length, batch, known = char_lstm.LENGTH, char_lstm.BATCH, len(letters.known)
    reader = char_lstm.Reader(char_lstm.CharLstm(), known, length=length, batch=batch)
    target: Variable[Any, Any, Any] = reader.graph.input("target", length * batch, known)
    feeds = [x.feed(letters.codes(char_lstm.POEM[i : i + batch])) for i, x in enumerate(reader.xs)]
    feeds.append(target.feed(letters.codes(char_lstm.POEM[: length * batch])))
    feeds += [reader.start.h.feed(reader.resting), reader.start.c.feed(reader.resting)]
    return steps(reader.graph, softmax_cross_entropy(reader.logits, target), feeds, 10)


def steps(made: Graph, loss: Variable[Any, Any, Any], feeds: list[Feed], count: int) -> Training:
    """Return so many steps of a graph."""
    gradients, execution, trainer = made.backward(loss), Execution(made), Adam()

    def train() -> None:
        for _ in range(count):
            trainer.step(execution, loss, gradients, *feeds)

    return train


def regression() -> Training:
    """Return steps of a logistic regression."""
    rng = np.random.default_rng(0)
    x: AnyMatrix = Matrix.from_rows(rng.normal(size=(3530, 19)), dtype=np.float64)
    y: AnyMatrix = Matrix.from_rows(rng.integers(0, 2, (3530, 1)), dtype=np.float64)
    model = LogisticRegression.zeros(19, dtype=np.float64)

    def train() -> None:
        model.fit(x, y, epochs=300, tolerance=1e-30)

    return train


CONTESTS: tuple[Contest, ...] = (
    ("nets.nielsen, [784, 30, 10], batch 10, float64", 1000, nielsen),
    ("NeuralNet, 784-128-64-10, batch 32", 256, layers),
    ("NeuralNet, 2-4-1, all 4 samples", 1000, xor),
    ("MLPClassifier, digits, batch 200, float64", 180, classifier),
    ("graph, 784-300-10, batch 100, Adam", 30, graph),
    ("graph, LSTM of 32 letters, batch 16, Adam", 10, memory),
    ("LogisticRegression, 3,530 × 19, float64", 300, regression),
)


def measured(contest: Contest, rounds: int) -> Iterator[float]:
    """Yield the microseconds of a step on the numpy and on the numba backend."""
    _, count, make = contest
    trainings = {}
    for backend in ("numpy", "numba"):
        with use_backend(backend):
            trainings[backend] = make()
            trainings[backend]()
    best = dict.fromkeys(trainings, float("inf"))
    for _ in range(rounds):
        for backend, train in trainings.items():
            with use_backend(backend):
                begun = time.perf_counter()
                train()
                best[backend] = min(best[backend], time.perf_counter() - begun)
    yield from (seconds / count * 1e6 for seconds in best.values())


def main(settings: Settings) -> None:
    """Print the table."""
    print("| | numpy, µs | numba, compiled, µs | times as fast |\n|---|--:|--:|--:|")
    with threadpool_limits(1):
        for contest in CONTESTS:
            eager, compiled = measured(contest, settings.rounds)
            print(f"| {contest[0]} | {eager:,.0f} | {compiled:,.0f} | {eager / compiled:.1f} |", flush=True)


if __name__ == "__main__":
    main(tyro.cli(Settings, description=__doc__))
