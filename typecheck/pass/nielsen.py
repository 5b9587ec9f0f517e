"""The network of nets/nielsen.py: trained on samples of both element types, and its gradients used by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.nielsen import Cost, LabelledSample, Network, Sample
from shapedmat import Matrix

f32 = np.float32
f64 = np.float64
Batch = TypeVar("Batch", bound=int)


def samples(count: int) -> list[Sample[f64]]:
    rng = np.random.default_rng(1)
    inputs: list[Matrix[f64, Any, L[1]]] = [Matrix.random(4, 1, rng, dtype=f64) for _ in range(count)]
    return [(x, Matrix.one_hot([int(x.argmax())], 4, dtype=f64)) for x in inputs]


def labelled(data: Sequence[Sample[f64]]) -> list[LabelledSample[f64]]:
    return [(x, int(y.argmax())) for x, y in data]


def outputs(network: Network[f64], x: Matrix[f64, L[4], Batch]) -> Matrix[np.int64, L[1], Batch]:
    return network.feedforward(x).argmax(axis=0)


def descended(network: Network[f64], x: Matrix[f64, L[4], Batch], y: Matrix[f64, L[4], Batch], eta: float) -> None:
    nabla_b, nabla_w = network.backprop(x, y)
    for b, db in zip(network.biases, nabla_b, strict=True):
        b -= eta / x.cols * db
    for w, dw in zip(network.weights, nabla_w, strict=True):
        w -= eta / x.cols * dw


def main() -> None:
    data = samples(40)
    costs: tuple[Cost, Cost] = ("quadratic", "cross-entropy")
    for cost in costs:
        network = Network([4, 6, 4], cost=cost, start="scaled", seed=1)
        before = network.total_cost(data)
        right = network.SGD(data, 5, 8, 1.0, labelled(data), lmbda=0.01, patience=3, report=lambda line: None)
        assert len(right) <= 5
        assert network.total_cost(data) < before
    network = Network([4, 4], start="scaled", seed=2)
    x: Matrix[f64, L[4], L[3]] = Matrix.random(4, 3, 2, dtype=f64)
    y: Matrix[f64, L[4], L[3]] = Matrix.one_hot([0, 1, 2], 4, dtype=f64)
    descended(network, x, y, 0.5)
    assert outputs(network, x).shape == (1, 3)
    assert network.evaluate(labelled(data)) <= 40
    bias: Matrix[f64, Any, L[1]] = network.biases[0]
    assert bias.shape == (4, 1)
    single = Network([4, 2], dtype=f32)
    pairs = [(a.astype(f32), Matrix.one_hot([0], 2)) for a, _ in data]
    single.SGD(pairs, 1, 10, 0.5, report=lambda line: None)
    output: Matrix[f32, Any, L[1]] = single.feedforward(pairs[0][0])
    assert output.dtype == f32
