"""The types of the network in nets/mnist.py, for a batch of four images and for every batch."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from nets.mnist import Network
from shapedmat import Matrix, sigmoid, sigmoid_derivative

f32 = np.float32
Batch = TypeVar("Batch", bound=int)

net = Network[f32].initialized(np.random.default_rng(1), f32)
x = Matrix[f32, L[784], L[4]].random(2)
y = Matrix[f32, L[10], L[4]].one_hot([7, 2, 1, 0])
activations = net.forward(x)
gradients = net.gradients(x, y, activations)


def forward(x: Matrix[f32, L[784], Batch], y: Matrix[f32, L[10], Batch]) -> None:
    reveal_type(net.w1 @ x)  # T: Matrix[float32, 128, Batch]
    a1 = sigmoid(net.w1 @ x + net.b1)
    a2 = sigmoid(net.w2 @ a1 + net.b2)
    a3 = sigmoid(net.w3 @ a2 + net.b3)
    reveal_type(a1)  # T: Matrix[float32, 128, Batch]
    reveal_type(a2)  # T: Matrix[float32, 64, Batch]
    reveal_type(a3)  # T: Matrix[float32, 10, Batch]
    dz3 = 2 * (a3 - y) * sigmoid_derivative(a3)
    dz2 = net.w3.T @ dz3 * sigmoid_derivative(a2)
    dz1 = net.w2.T @ dz2 * sigmoid_derivative(a1)
    reveal_type(dz3)  # T: Matrix[float32, 10, Batch]
    reveal_type(dz2)  # T: Matrix[float32, 64, Batch]
    reveal_type(dz1)  # T: Matrix[float32, 128, Batch]
    reveal_type(dz1 @ x.T)  # T: Matrix[float32, 128, 784]
    reveal_type(dz1.sum(axis=1))  # T: Matrix[float32, 128, 1]
    reveal_type(net.predict(x))  # T: Matrix[float32, 10, Batch]
    reveal_type(net.predict(x).argmax(axis=0))  # T: Matrix[int64, 1, Batch]


forward(x, y)
reveal_type(net.w1)  # T: Matrix[float32, 128, 784]
reveal_type(net.b3)  # T: Matrix[float32, 10, 1]
reveal_type(activations)  # T: Activations[float32, 4]
reveal_type(activations.a1)  # T: Matrix[float32, 128, 4]
reveal_type(activations.a3)  # T: Matrix[float32, 10, 4]
reveal_type(gradients.dw1)  # T: Matrix[float32, 128, 784]
reveal_type(gradients.dw3)  # T: Matrix[float32, 10, 64]
reveal_type(gradients.db2)  # T: Matrix[float32, 64, 1]
reveal_type(net.predict(x))  # T: Matrix[float32, 10, 4]
reveal_type(net.step(x, y, 0.1))  # T: floating[Any]
reveal_type(net.parameters)  # T: dict[str, Matrix[float32, Any, Any]]
