"""Layers that are generic in their sizes, checked dataclasses, a network that is composed of them, and its training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, shapechecked, sigmoid, sigmoid_derivative, softmax

f32 = np.float32
Inputs = TypeVar("Inputs", bound=int)
Outputs = TypeVar("Outputs", bound=int)
Batch = TypeVar("Batch", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])


@shapechecked
@dataclass
class Linear(Generic[Real, Inputs, Outputs]):
    w: Matrix[Real, Outputs, Inputs]
    b: Matrix[Real, Outputs, L[1]]

    def __call__(self, x: Matrix[Real, Inputs, Batch]) -> Matrix[Real, Outputs, Batch]:
        return sigmoid(self.w @ x + self.b)

    def backward(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], da: Matrix[Real, Outputs, Batch]
    ) -> tuple[Linear[Real, Inputs, Outputs], Matrix[Real, Inputs, Batch]]:
        dz = da * sigmoid_derivative(a)
        return Linear(dz @ x.T, dz.sum(axis=1)), self.w.T @ dz

    def update(self, gradient: Linear[Real, Inputs, Outputs], rate: float) -> None:
        self.w -= rate * gradient.w
        self.b -= rate * gradient.b


@dataclass
class Network:
    classes: ClassVar[int] = 3
    first: Linear[f32, L[2], L[8]] = field(
        default_factory=lambda: Linear(Matrix[f32, L[8], L[2]].xavier(1), Matrix[f32, L[8], L[1]].zeros())
    )
    second: Linear[f32, L[8], L[3]] = field(
        default_factory=lambda: Linear(Matrix[f32, L[3], L[8]].xavier(2), Matrix[f32, L[3], L[1]].zeros())
    )

    def predict(self, x: Matrix[f32, L[2], Batch]) -> Matrix[np.int64, L[1], Batch]:
        return softmax(self.second(self.first(x))).argmax(axis=0)

    def step(self, x: Matrix[f32, L[2], Batch], y: Matrix[f32, L[3], Batch], rate: float) -> float:
        hidden = self.first(x)
        output = self.second(hidden)
        error = output - y
        second, dhidden = self.second.backward(hidden, output, 2 / x.cols * error)
        first, _ = self.first.backward(x, hidden, dhidden)
        self.second.update(second, rate)
        self.first.update(first, rate)
        return float((error**2).sum()) / x.cols


def accuracy(predicted: Matrix[np.int64, L[1], Batch], labels: Matrix[np.int64, L[1], Batch]) -> float:
    return float((predicted == labels).astype(f32).mean())


def main() -> None:
    x = Matrix[f32, L[2], L[6]].from_rows([[0, 0, 5, 5, -5, -5], [5, 4, 0, 1, 0, -1]])
    y = Matrix[f32, L[3], L[6]].one_hot([0, 0, 1, 1, 2, 2])
    labels = Matrix[np.int64, L[1], L[6]].from_rows([[0, 0, 1, 1, 2, 2]])
    net = Network()
    losses = [net.step(x, y, 1.0) for _ in range(300)]
    assert losses[-1] < losses[0]
    assert accuracy(net.predict(x), labels) > 0.9
    double: Linear[np.float64, L[2], L[8]] = Linear(net.first.w.astype(np.float64), net.first.b.astype(np.float64))
    assert double(x.astype(np.float64)).allclose(net.first(x).astype(np.float64), rtol=1e-4)
    one_image: Matrix[f32, L[2], L[1]] = x.col(0)
    assert net.predict(one_image).shape == (1, 1)
    some: Matrix[f32, L[2], Any] = x[:, 2:4]
    assert net.predict(some).shape == (1, 2)
