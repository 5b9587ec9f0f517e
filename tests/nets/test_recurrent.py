"""Unrolled recurrent cells against PyTorch's cells: outputs, and gradients through five steps."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest

from nets.recurrent import LSTMCell, LSTMState, RecurrentCell, unroll
from shapedmat import Matrix, ShapeError
from shapedmat.backends import Backend
from shapedmat.graph import Execution, Feed, Graph, Variable
from tests.nets import torch_references
from tests.nets.torch_references import BATCH, HIDDEN, INPUTS, LENGTH

AnyVariable: TypeAlias = Variable[Any, Any, Any]

f64 = np.float64

each_kind = pytest.mark.parametrize("kind", ["rnn", "lstm"])
each_type = pytest.mark.parametrize("dtype", [np.float32, np.float64])


class Unrolled:
    """The problem of `torch_references.recurrent_problem` as a graph."""

    def __init__(self, kind: str, dtype: Any, device: str) -> None:
        self.numbers = torch_references.recurrent_problem(4 if kind == "lstm" else 1)
        self.graph = graph = Graph()
        self.dtype = dtype
        self.device = device
        self.feeds: list[Feed] = []
        self.xs = [self.fed(f"x{step}", numbers) for step, numbers in enumerate(self.numbers["x"])]
        h, c = self.fed("h", self.numbers["h"]), self.fed("c", self.numbers["c"])
        self.cell: Any
        if kind == "lstm":
            self.cell = LSTMCell.added(graph, INPUTS, HIDDEN, name="cell", dtype=dtype)
            states = unroll(self.cell, self.xs, LSTMState(h, c))
            self.hs = [state.h for state in states]
            self.c = states[-1].c
        else:
            self.cell = RecurrentCell.added(graph, INPUTS, HIDDEN, name="cell", dtype=dtype)
            self.hs = unroll(self.cell, self.xs, h)
        weights = [self.fed(f"by_h{step}", numbers) for step, numbers in enumerate(self.numbers["by_h"])]
        loss = self.hs[0].hadamard(weights[0]).sum()
        for each, weight in zip(self.hs[1:], weights[1:], strict=True):
            loss = loss + each.hadamard(weight).sum()
        if kind == "lstm":
            loss = loss + self.c.hadamard(self.fed("by_c", self.numbers["by_c"])).sum()
        self.by: dict[str, AnyVariable] = {"w": self.cell.w, "u": self.cell.u, "b": self.cell.b, "h": h}
        self.by |= {x.name: x for x in self.xs}
        if kind == "lstm":
            self.by["c"] = c
        self.gradients = graph.backward(loss, list(self.by.values()))
        self.execution = Execution(graph, device=device)
        self.execution.load({f"cell/{name}": self.matrix(self.numbers[name]) for name in "wub"})

    def matrix(self, numbers: Any) -> Matrix[Any, Any, Any]:
        """Return numbers as a matrix where the graph runs."""
        return Matrix.from_array(numbers.astype(self.dtype)).to(self.device)

    def fed(self, name: str, numbers: Any) -> AnyVariable:
        """Return an input that is fed these numbers."""
        variable = self.graph.input(name, *numbers.shape, dtype=self.dtype)
        self.feeds.append(variable.feed(self.matrix(numbers)))
        return variable

    def run(self, variable: AnyVariable) -> Any:
        """Return the value of a variable."""
        return self.execution.run(variable, *self.feeds).numpy()


def tolerance(dtype: Any) -> float:
    """Return how far results may be from PyTorch's in float64."""
    return 1e-5 if dtype is np.float32 else 1e-10


@each_kind
@each_type
def test_outputs(kind: str, dtype: Any, backend: Backend) -> None:
    """The output of each of five steps is that of PyTorch's cell."""
    unrolled = Unrolled(kind, dtype, backend.device_type)
    for expected, h in zip(torch_references.stored()[kind]["h"], unrolled.hs, strict=True):
        np.testing.assert_allclose(unrolled.run(h), expected, rtol=0, atol=tolerance(dtype))


@each_type
def test_memory(dtype: Any, backend: Backend) -> None:
    """The memory after five steps is that of PyTorch's cell."""
    unrolled = Unrolled("lstm", dtype, backend.device_type)
    expected = torch_references.stored()["lstm"]["c"]
    np.testing.assert_allclose(unrolled.run(unrolled.c), expected, rtol=0, atol=tolerance(dtype))


@each_kind
@each_type
def test_gradients(kind: str, dtype: Any, backend: Backend) -> None:
    """The gradients through five steps, by weights, inputs and first state, are those of PyTorch."""
    unrolled = Unrolled(kind, dtype, backend.device_type)
    expected = torch_references.stored()[kind]["gradients"]
    assert sorted(expected) == sorted(unrolled.by)
    for name, variable in unrolled.by.items():
        actual = unrolled.run(unrolled.gradients[variable])
        np.testing.assert_allclose(actual, expected[name], rtol=0, atol=tolerance(dtype))


@each_kind
def test_stored_values_are_pytorchs(kind: str) -> None:
    """What is stored is what PyTorch computes, where it is installed."""
    pytest.importorskip("torch", reason="PyTorch is not installed; what it gave is stored")
    expected, actual = torch_references.recurrent(kind), torch_references.stored()[kind]
    np.testing.assert_allclose(actual["h"], expected["h"], rtol=1e-12)
    for name, gradient in expected["gradients"].items():
        np.testing.assert_allclose(actual["gradients"][name], gradient, rtol=1e-9)


def test_unrolling_shares_the_weights() -> None:
    """However long a sequence is, there is one set of weights, and one sum of its gradients for each."""
    unrolled = Unrolled("rnn", f64, "cpu")
    sums = {node.name for node in unrolled.graph.nodes if node.op.name == "accumulate"}
    assert ["cell/w", "cell/u", "cell/b"] == [each.name for each in unrolled.graph.parameters]
    assert {f"gradient/cell/{name}/accumulate" for name in "wub"} <= sums


def test_forget_gate_starts_open() -> None:
    """The biases of the forget gate start at 1 and the others at 0."""
    graph = Graph()
    LSTMCell.added(graph, 3, 2, name="cell", dtype=f64)
    assert [[0, 0, 1, 1, 0, 0, 0, 0]] == Execution(graph).parameters["cell/b"].numpy().tolist()


def test_input_of_another_size_is_refused() -> None:
    """An input that the cell's weights do not fit is reported with the node's name, and both shapes."""
    graph = Graph()
    cell = RecurrentCell.added(graph, INPUTS, HIDDEN, name="cell", dtype=f64)
    h = graph.input("h", BATCH, HIDDEN, dtype=f64)
    wrong: Any = graph.input("x", BATCH, INPUTS + 1, dtype=f64)
    expected = r"^node 'cell/matmul': cannot multiply \(3, 3\) by \(2, 4\): inner dimensions 3 and 2 differ$"
    with pytest.raises(ShapeError, match=expected):
        unroll(cell, [wrong] * LENGTH, h)
