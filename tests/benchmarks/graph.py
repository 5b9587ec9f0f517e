"""What a run of a graph costs beside the same operations written out, with `Matrix` and with NumPy alone.

Each computes the loss and gradients of a sigmoid layer and the softmax cross-entropy, for a batch of random numbers.
One thread of BLAS. The three take turns, and the medians of the rounds are printed.
``OPENBLAS_NUM_THREADS=1 python tests/benchmarks/graph.py --rounds 200``
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tyro
from threadpoolctl import threadpool_limits

from nets.graph_layers import dense_biased, softmax_cross_entropy
from shapedmat import Matrix, exp, log_softmax, sigmoid, sigmoid_derivative
from shapedmat.graph import Execution, Graph

SIZES = {"batch 32: 2, 8, 2": (32, 2, 8, 2), "batch 100: 784, 300, 10": (100, 784, 300, 10)}


@dataclass
class Settings:
    """How often each is run."""

    rounds: int = 200


def variants(batch: int, inputs: int, hidden: int, outputs: int) -> dict[str, Callable[[], Any]]:
    """Return the three ways to compute one loss and its gradients."""
    graph = Graph()
    x, y = graph.input("x", batch, inputs), graph.input("y", batch, outputs)
    logits = dense_biased(graph, dense_biased(graph, x, hidden, name="1", activation=sigmoid), outputs, name="2")
    loss = softmax_cross_entropy(logits, y)
    wanted = [loss, *graph.backward(loss).variables.values()]
    execution = Execution(graph)
    samples, labels = Matrix.random(batch, inputs, 1), Matrix.full(batch, outputs, 1 / outputs)
    feeds = x.feed(samples), y.feed(labels)
    w1, b1, w2, b2 = (execution.parameters[name] for name in ("1/w", "1/b", "2/w", "2/b"))

    def written_out() -> list[Any]:
        a = sigmoid(samples @ w1 + b1)
        log_p = log_softmax(a @ w2 + b2, 1)
        dz2 = (labels.sum(axis=1) * exp(log_p) - labels) * (1 / batch)
        dz1 = dz2 @ w2.T * sigmoid_derivative(a)
        mean = -(labels.hadamard(log_p).sum() / batch)
        return [mean, samples.T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)]

    def numpy_alone() -> list[Any]:
        xs, ys, v1, c1, v2, c2 = (each.numpy() for each in (samples, labels, w1, b1, w2, b2))
        a = 1 / (1 + np.exp(-(xs @ v1 + c1)))
        z = a @ v2 + c2
        z = z - z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        dz2 = (ys.sum(axis=1, keepdims=True) * np.exp(log_p) - ys) / batch
        dz1 = dz2 @ v2.T * (a * (1 - a))
        mean = -(ys * log_p).sum() / batch
        return [mean, xs.T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)]

    return {"graph": lambda: execution.run(wanted, *feeds), "Matrix": written_out, "NumPy": numpy_alone}


def main(settings: Settings) -> None:
    """Time the variants in turn, and print the medians."""
    with threadpool_limits(1):
        for name, sizes in SIZES.items():
            functions = variants(*sizes)
            results = [[float(np.sum(np.asarray(each))) for each in function()] for function in functions.values()]
            np.testing.assert_allclose(results[0], results[1], rtol=1e-3, atol=1e-4)
            np.testing.assert_allclose(results[0], results[2], rtol=1e-3, atol=1e-4)
            times: dict[str, list[float]] = {variant: [] for variant in functions}
            for _ in range(settings.rounds):
                for variant, function in functions.items():
                    start = time.perf_counter()
                    function()
                    times[variant].append(time.perf_counter() - start)
            for variant, each in times.items():
                print(f"{name:26} {variant:8} {1e6 * statistics.median(each):9.1f} µs")


if __name__ == "__main__":
    main(tyro.cli(Settings))
