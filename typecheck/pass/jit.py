"""A network of two layers that is trained by a compiled step, on batches of several sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, jit, sigmoid, sigmoid_derivative

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
Hidden = TypeVar("Hidden", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])


@dataclass
class Network(Generic[Real, Hidden]):
    w1: Matrix[Real, Hidden, L[2]]
    w2: Matrix[Real, L[1], Hidden]
    b1: Matrix[Real, Hidden, L[1]]
    b2: Matrix[Real, L[1], L[1]]

    def forward(self, x: Matrix[Real, L[2], Batch]) -> tuple[Matrix[Real, Hidden, Batch], Matrix[Real, L[1], Batch]]:
        a1 = sigmoid(self.w1 @ x + self.b1)
        return a1, sigmoid(self.w2 @ a1 + self.b2)

    @jit
    def predict(self, x: Matrix[Real, L[2], Batch]) -> Matrix[Real, L[1], Batch]:
        return self.forward(x)[1]

    @jit(threads=1)
    def step(self, x: Matrix[Real, L[2], Batch], y: Matrix[Real, L[1], Batch], rate: float) -> Real:
        a1, a2 = self.forward(x)
        error = a2 - y
        dz2 = 2 * error * sigmoid_derivative(a2)
        dz1 = self.w2.T @ dz2 * sigmoid_derivative(a1)
        rate = rate / x.cols
        self.w2 -= rate * (dz2 @ a1.T)
        self.w1 -= rate * (dz1 @ x.T)
        self.b2 -= rate * dz2.sum(axis=1)
        self.b1 -= rate * dz1.sum(axis=1)
        return error.hadamard(error).sum()


def plain_mean(m: Matrix[f32, Hidden, Batch]) -> Matrix[f32, Hidden, L[1]]:
    return m.mean(axis=1)


mean = jit(plain_mean)


def applied(
    function: Callable[[Matrix[f32, L[2], Batch]], Matrix[f32, L[2], L[1]]], m: Matrix[f32, L[2], Batch]
) -> Matrix[f32, L[2], L[1]]:
    return function(m)


def main() -> None:
    rng = np.random.default_rng(0)
    network = Network(
        Matrix[f32, L[4], L[2]].xavier(rng),
        Matrix[f32, L[1], L[4]].xavier(rng),
        Matrix[f32, L[4], L[1]].zeros(),
        Matrix[f32, L[1], L[1]].zeros(),
    )
    x = Matrix[f32, L[2], L[4]].from_rows([[0, 0, 1, 1], [0, 1, 0, 1]])
    y = Matrix[f32, L[1], L[4]].from_rows([[0, 1, 1, 1]])
    losses = [network.step(x, y, 2.0) for _ in range(50)]
    losses.append(network.step(x[:, :2], y[:, :2], rate=2.0))
    assert losses[49] < losses[0]
    assert network.predict(x).shape == (1, 4)
    assert applied(mean, x).shape == (2, 1)
    assert "matmul" in network.step.plan()
    assert network.step.explain()
