"""A network as a computation graph: layers that are generic in their sizes, a loss, its gradients, and its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from nets.graph_layers import dense, dense_biased, mean_squared_error, softmax_cross_entropy
from nets.recurrent import LSTMCell, LSTMState, RecurrentCell, unroll
from nets.trainers import Adam, Momentum
from shapedmat import Matrix, sigmoid, tanh
from shapedmat.graph import Execution, Graph, Variable, constant, normal, uniform

f32 = np.float32
Inputs = TypeVar("Inputs", bound=int)
Outputs = TypeVar("Outputs", bound=int)
Batch = TypeVar("Batch", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])


@dataclass(frozen=True)
class Linear(Generic[Real, Inputs, Outputs]):
    w: Variable[Real, Inputs, Outputs]
    b: Variable[Real, L[1], Outputs]

    def __call__(self, x: Variable[Real, Batch, Inputs]) -> Variable[Real, Batch, Outputs]:
        return x @ self.w + self.b


def ridge(loss: Variable[Real, L[1], L[1]], w: Variable[Real, Inputs, Outputs]) -> Variable[Real, L[1], L[1]]:
    return loss + 0.01 * (w * w).sum()


def explicit() -> float:
    graph = Graph()
    x = graph.input("x", Matrix[f32, L[4], L[2]])
    y = graph.input("y", Matrix[f32, L[4], L[1]])
    hidden: Linear[f32, L[2], L[8]] = Linear(
        graph.parameter("w1", Matrix[f32, L[2], L[8]], uniform()),
        graph.parameter("b1", Matrix[f32, L[1], L[8]], constant(0.0)),
    )
    output: Linear[f32, L[8], L[1]] = Linear(
        graph.parameter("w2", Matrix[f32, L[8], L[1]], normal()),
        graph.parameter("b2", Matrix[f32, L[1], L[1]], constant(0.0)),
    )
    prediction: Variable[f32, L[4], L[1]] = output(hidden(x).apply(tanh)).apply(sigmoid)
    loss: Variable[f32, L[1], L[1]] = ridge(mean_squared_error(prediction, y), output.w)
    gradients = graph.backward(loss)
    by_w: Variable[f32, L[2], L[8]] = gradients[hidden.w]
    execution = Execution(graph, seed=1)
    xor = Matrix[f32, L[4], L[2]].from_rows([[0, 0], [0, 1], [1, 0], [1, 1]])
    feeds = x.feed(xor), y.feed(Matrix[f32, L[4], L[1]].from_rows([[0], [1], [1], [0]]))
    of_w: Matrix[f32, L[2], L[8]] = execution.run(by_w, *feeds)
    assert of_w.shape == (2, 8)
    trainer = Adam(learning_rate=0.05)
    losses = [trainer.step(execution, loss, gradients, *feeds) for _ in range(50)]
    assert losses[-1] < losses[0]
    result: Matrix[f32, L[4], L[1]] = execution.run(prediction, x.feed(xor))
    return float(result.mean())


def by_declared_sizes() -> None:
    graph = Graph()
    x: Variable[f32, L[4], L[2]] = graph.input("x", 4, 2)
    y: Variable[f32, L[4], L[3]] = graph.input("y", 4, 3)
    hidden: Variable[f32, L[4], L[8]] = dense(graph, x, 8, name="hidden", activation=sigmoid)
    logits: Variable[f32, L[4], L[3]] = dense_biased(graph, hidden, 3, name="logits")
    loss = softmax_cross_entropy(logits, y)
    gradients = graph.backward(loss)
    execution = Execution(graph)
    Momentum(learning_rate=0.1).step(
        execution,
        loss,
        gradients,
        x.feed(Matrix[f32, L[4], L[2]].random(1)),
        y.feed(Matrix[f32, L[4], L[3]].full(1 / 3)),
    )


def recurrent() -> None:
    graph = Graph()
    xs = [graph.input(f"x{step}", Matrix[f32, L[2], L[3]]) for step in range(4)]
    start = graph.constant("start", Matrix[f32, L[2], L[5]].zeros())
    simple: RecurrentCell[f32, L[3], L[5]] = RecurrentCell.added(graph, 3, 5, name="simple", dtype=f32)
    states: list[Variable[f32, L[2], L[5]]] = unroll(simple, xs, start)
    lstm: LSTMCell[f32, L[3], L[5]] = LSTMCell.added(graph, 3, 5, name="lstm", dtype=f32)
    last: LSTMState[f32, L[2], L[5]] = unroll(lstm, xs, LSTMState(start, start))[-1]
    feeds = [x.feed(Matrix[f32, L[2], L[3]].ones()) for x in xs]
    values: Matrix[f32, L[2], L[5]] = Execution(graph).run(states[-1] + last.h, *feeds)
    assert values.shape == (2, 5)


def main() -> None:
    assert 0 < explicit() < 1
    by_declared_sizes()
    recurrent()
