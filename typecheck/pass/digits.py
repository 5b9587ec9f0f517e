"""Training, evaluation and saving with the network of nets/mnist.py, on batches whose last one is shorter."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.mnist import Network
from shapedmat import Matrix, sigmoid

f32 = np.float32
Batch = TypeVar("Batch", bound=int)


def epoch(net: Network[f32], x: Matrix[f32, L[784], Any], y: Matrix[f32, L[10], Any], size: int, rate: float) -> float:
    losses = []
    for start in range(0, x.cols, size):
        batch = slice(start, start + size)
        losses.append(float(net.step(x[:, batch], y[:, batch], rate)))
    return sum(losses) / len(losses)


def accuracy(net: Network[f32], x: Matrix[f32, L[784], Batch], y: Matrix[f32, L[10], Batch]) -> float:
    right = net.predict(x).argmax(axis=0) == y.argmax(axis=0)
    return float(right.astype(f32).mean())


def first_layer(net: Network[f32], x: Matrix[f32, L[784], Batch]) -> Matrix[f32, L[128], Batch]:
    return sigmoid(net.w1 @ x + net.b1)


def main() -> None:
    rng = np.random.default_rng(1)
    net = Network[f32].initialized(rng, f32)
    x = Matrix[f32, L[784], L[10]].random(rng)
    y = Matrix[f32, L[10], L[10]].one_hot(range(10))
    losses = [epoch(net, x, y, 4, 1.0) for _ in range(3)]
    assert losses[-1] < losses[0]
    assert 0 <= accuracy(net, x, y) <= 1
    assert first_layer(net, x).allclose(net.forward(x).a1)
    rows = Matrix[f32, L[10], L[784]](x.T.numpy())
    assert net.predict(rows.T).shape == (10, 10)
    one: Matrix[f32, L[784], L[1]] = x.col(3)
    assert 0 <= net.predict(one).argmax() < 10
    double = Network[np.float64].initialized(rng, np.float64)
    double.load(net.parameters)
    assert double.predict(x.astype(np.float64)).astype(f32).allclose(net.predict(x), rtol=1e-3)
    norms = {name: float(parameter.norm()) for name, parameter in net.parameters.items()}
    assert norms["w1"] > 0
