"""This package's contestants: the step compiled together with its loop, and the same step on NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nets.mnist import Network
from shapedmat import Matrix, sigmoid, sigmoid_derivative, use_backend
from tests.benchmarks.contest.task import MNIST_SIZES, Array, Contestant, Samples, Task

Mat = Matrix[np.float32, Any, Any]


@dataclass
class Layers:
    """A network with two hidden layers of any widths; `nets.mnist.Network` for other sizes."""

    w1: Mat
    w2: Mat
    w3: Mat
    b1: Mat
    b2: Mat
    b3: Mat

    def step(self, x: Mat, y: Mat, rate: float) -> Any:
        """Train on one mini-batch, one sample a column, and return its mean loss before the step."""
        a1 = sigmoid(self.w1 @ x + self.b1)
        a2 = sigmoid(self.w2 @ a1 + self.b2)
        a3 = sigmoid(self.w3 @ a2 + self.b3)
        error = a3 - y
        dz3 = 2 * error * sigmoid_derivative(a3)
        dz2 = self.w3.T @ dz3 * sigmoid_derivative(a2)
        dz1 = self.w2.T @ dz2 * sigmoid_derivative(a1)
        rate = rate / x.cols
        self.w1 -= rate * (dz1 @ x.T)
        self.w2 -= rate * (dz2 @ a1.T)
        self.w3 -= rate * (dz3 @ a2.T)
        self.b1 -= rate * dz1.sum(axis=1)
        self.b2 -= rate * dz2.sum(axis=1)
        self.b3 -= rate * dz3.sum(axis=1)
        return error.hadamard(error).sum() / x.cols

    def predict(self, x: Mat) -> Mat:
        """Return the outputs for each sample."""
        return sigmoid(self.w3 @ sigmoid(self.w2 @ sigmoid(self.w1 @ x + self.b1) + self.b2) + self.b3)


class _Ours:
    """The matrices of a network, and the samples.

    The network of MNIST's sizes is `nets.mnist.Network`.
    """

    def __init__(self, task: Task, samples: Samples) -> None:
        self.task = task
        self.images = samples.images
        self.targets = samples.targets
        initial = task.initial()
        weights: list[Any] = [Matrix.from_array(w.copy()) for w, _ in initial]
        biases: list[Any] = [Matrix.from_array(b[:, None].copy()) for _, b in initial]
        self.matrices = [*weights, *biases]
        self.network: Any = (Network if task.sizes == MNIST_SIZES else Layers)(*weights, *biases)

    def start(self) -> None:
        initial = self.task.initial()
        for matrix, array in zip(
            self.matrices, [w for w, _ in initial] + [b[:, None] for _, b in initial], strict=True
        ):
            matrix.numpy()[...] = array

    def parameters(self) -> list[Array]:
        layers = len(self.matrices) // 2
        pairs = zip(self.matrices[:layers], self.matrices[layers:], strict=True)
        return [array for w, b in pairs for array in (w.numpy(), b.numpy()[:, 0])]

    def outputs(self, images: Array) -> Array:
        outputs: Array = self.network.predict(Matrix.from_array(images).T).T.numpy()
        return outputs


class Compiled(_Ours):
    """`MiniBatchLoop`: shuffled rows of bytes, conversion, step and loss in one compiled function."""

    def __init__(self, task: Task, samples: Samples, threads: int) -> None:
        from shapedmat.compiler.loop import MiniBatchLoop

        super().__init__(task, samples)

        def step(network: Any, images: Any, targets: Any, rate: Any) -> Any:
            return network.step((images.astype(np.float32) / 255).T, targets.T, rate)

        self.loop: Any = MiniBatchLoop(step, threads=threads)
        self.data: list[Any] = [Matrix.from_array(samples.images), Matrix.from_array(samples.targets)]

    def train(self, order: Array) -> Array:
        rates = np.full(len(order), self.task.rate)
        losses: Array = self.loop.run(self.network, self.data, order.reshape(-1), self.task.batch, [rates])
        return losses


class Eager(_Ours):
    """The same step, one operation after the other, by NumPy."""

    def train(self, order: Array) -> Array:
        losses = np.empty(len(order))
        with use_backend("numpy"):
            for place, rows in enumerate(order):
                pixels = self.images[rows].astype(np.float32)
                pixels /= 255
                x, y = Matrix.from_array(pixels).T, Matrix.from_array(self.targets[rows]).T
                losses[place] = self.network.step(x, y, self.task.rate)
        return losses


def compiled(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the one way that there is: layouts are the compiler's choice."""
    yield "MiniBatchLoop", Compiled(task, samples, threads)


def eager(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the one way that there is; the threads are NumPy's."""
    yield "operations of Matrix", Eager(task, samples)
