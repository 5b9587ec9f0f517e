"""A network of two layers that is trained by a compiled step, on batches of several sizes, and by a compiled loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, MiniBatchLoop, jit, sigmoid, sigmoid_derivative

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


def fit(w: Matrix[Real, L[2], L[1]], x: Matrix[Real, Batch, L[2]], y: Matrix[Real, Batch, L[1]], rate: float) -> Real:
    error = x @ w - y
    w -= rate / x.rows * (x.T @ error)
    return error.hadamard(error).sum()


@dataclass
class Descent:
    rate: float

    def step(self, w: Matrix[f32, L[2], L[1]], x: Matrix[f32, Batch, L[2]], y: Matrix[f32, Batch, L[1]]) -> f32:
        return fit(w, x, y, self.rate)


def train(network: Network[f32, L[4]], x: Matrix[f32, Batch, L[2]], y: Matrix[f32, Batch, L[1]], rate: float) -> f32:
    return network.step(x.T, y.T, rate)


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
    order, rates = np.arange(4), [np.full(2, 2.0)]
    loop = MiniBatchLoop(train, threads=1)
    assert len(loop.run(network, [x.T, y.T], order, 2, rates)) == 2
    w = Matrix[f32, L[2], L[1]].zeros()
    by_function = MiniBatchLoop(fit)
    by_method = MiniBatchLoop(Descent(0.5).step)
    by_lambda = MiniBatchLoop(lambda w, x, y: fit(w, x, y, 0.5))
    by_compiled = MiniBatchLoop(jit(fit))
    by_function.run(w, [x.T, y.T], order, 2, rates)
    by_method.run(w, [x.T, y.T], order, 2)
    by_lambda.run(w, [x.T, y.T], order, 2)
    by_compiled.run(w, [x.T, y.T], order, 2, rates)
    assert "matmul" in by_method.plan()
