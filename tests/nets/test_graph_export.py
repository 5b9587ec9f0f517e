"""Graphs give in onnxruntime what `Execution.run` gives, operation by operation and as whole networks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from nets.graph_export import _CONVERSIONS, save_graph
from nets.graph_layers import dense_biased, softmax_cross_entropy
from nets.recurrent import LSTMCell, LSTMState, unroll
from shapedmat import Matrix, ops, sigmoid, square, tanh
from shapedmat.graph import Execution, Graph, Variable, normal

AnyVariable = Variable[Any, Any, Any]

UNARY = ("negative", "absolute", "sign", "square", "sqrt", "exp", "log", "sin", "cos", "sigmoid", "tanh", "relu")
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
BINARY = ("add", "subtract", "multiply", "divide", "hadamard", "accumulate", *COMPARISONS)
REDUCTIONS = ("sum", "mean", "max", "min", "argmax", "argmin")
OPERATIONS: dict[str, Callable[[AnyVariable, AnyVariable], AnyVariable]] = {
    **{name: lambda x, y, name=name: x.run(ops.OPS[name]) for name in (*UNARY, "norm", "row_norms", "transpose")},  # type: ignore[misc]  # a lambda in a loop
    **{name: lambda x, y, name=name: x.run(ops.OPS[name], y) for name in (*BINARY, "hstack", "vstack")},  # type: ignore[misc]
    **{
        f"{name}-{axis}": lambda x, y, name=name, axis=axis: x.run(ops.OPS[name], axis=axis)  # type: ignore[misc]
        for name in REDUCTIONS
        for axis in (None, 0, 1)
    },
    **{
        f"{name}-{axis}": lambda x, y, name=name, axis=axis: x.run(ops.OPS[name], axis=axis)  # type: ignore[misc]
        for name in ("softmax", "log_softmax")
        for axis in (0, 1)
    },
    "add-number": lambda x, y: 1.5 + x,
    "subtract-number": lambda x, y: 2 - x,
    "add-column": lambda x, y: x + y.sum(axis=1),
    "power": lambda x, y: x**3,
    "power-fraction": lambda x, y: x**0.5,
    "cast": lambda x, y: x.run(ops.GREATER, y).run(ops.CAST, dtype=x.dtype),
    "matmul": lambda x, y: x @ y.T,
    "differences": lambda x, y: x.run(ops.DIFFERENCES, y.take_rows(slice(1))),
    "distances": lambda x, y: x.run(ops.DISTANCES, y.take_rows(slice(1))),
    "reshape": lambda x, y: x.reshape(3, 4),
    "broadcast": lambda x, y: x.sum(axis=0).run(ops.BROADCAST, shape=(5, 3)),
    "index": lambda x, y: x.take_rows(slice(1, 3)),
    "index-columns": lambda x, y: x.take_columns(slice(None, None, 2)),
    "index-backwards": lambda x, y: x.take_rows(slice(None, None, -1)),
}


def run(path: Path, feeds: dict[str, np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Return what onnxruntime makes of a model."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: list[np.ndarray[Any, Any]] = session.run(None, feeds)
    return found


def test_every_conversion_is_tested() -> None:
    """There is a case for each operation that has operators in ONNX."""
    assert set(_CONVERSIONS) == {name.partition("-")[0] for name in OPERATIONS}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(name: str, dtype: Any, tmp_path: Path) -> None:
    """Each operation of the table gives the same, in the same shape and element type."""
    graph = Graph()
    x: AnyVariable = graph.input("x", 4, 3, dtype=dtype)
    y: AnyVariable = graph.input("y", 4, 3, dtype=dtype)
    output = OPERATIONS[name](x, y)
    values = [Matrix.uniform(4, 3, seed, low=0.1, high=2.0, dtype=dtype) for seed in (1, 2)]
    execution = Execution(graph)
    save_graph(tmp_path / "graph.onnx", execution, [output])
    given = {each.name for each in onnx.load(tmp_path / "graph.onnx").graph.input}
    feeds = {variable.name: value.numpy() for variable, value in zip((x, y), values, strict=True)}
    (found,) = run(tmp_path / "graph.onnx", {key: feeds[key] for key in given})
    expected = execution.run(output, x.feed(values[0]), y.feed(values[1])).numpy()
    assert (expected.shape, expected.dtype) == (found.shape, found.dtype)
    np.testing.assert_allclose(expected, found, rtol=1e-5, atol=1e-5)


def test_a_network_with_its_loss(tmp_path: Path) -> None:
    """Parameters are in the model, and several outputs are given by their names."""
    graph = Graph()
    x: AnyVariable = graph.input("x", 8, 5)
    target: AnyVariable = graph.input("target", 8, 3)
    hidden = dense_biased(graph, x, 4, name="hidden", biases=normal()).apply(tanh)
    logits = dense_biased(graph, hidden, 3, name="logits", biases=normal())
    loss = softmax_cross_entropy(logits, target)
    graph.backward(loss)
    execution = Execution(graph, seed=3)
    save_graph(tmp_path / "graph.onnx", execution, [logits, loss], metadata={"epochs": "20"})
    model = onnx.load(tmp_path / "graph.onnx")
    assert ["x", "target"] == [each.name for each in model.graph.input]
    assert [logits.name, loss.name] == [each.name for each in model.graph.output]
    assert set(execution.parameters) <= {each.name for each in model.graph.initializer}
    assert {"epochs": "20"} == {each.key: each.value for each in model.metadata_props}
    values = Matrix.normal(8, 5, 1), Matrix.one_hot([0, 1, 2, 0, 1, 2, 0, 1], 3).T.copy()
    found = run(tmp_path / "graph.onnx", {"x": values[0].numpy(), "target": values[1].numpy()})
    for expected, actual in zip(
        execution.run([logits, loss], x.feed(values[0]), target.feed(values[1])), found, strict=True
    ):
        np.testing.assert_allclose(expected.numpy(), actual, rtol=1e-5, atol=1e-5)


def test_a_recurrent_network(tmp_path: Path) -> None:
    """An LSTM that is unrolled over four steps gives the same last state."""
    graph = Graph()
    inputs: list[AnyVariable] = [graph.input(f"x{step}", 2, 3) for step in range(4)]
    cell: Any = LSTMCell.added(graph, 3, 5, name="cell", dtype=np.float32)
    zero: Any = Matrix.zeros(2, 5)
    start = LSTMState(graph.constant("h", zero), graph.constant("c", zero))
    last = unroll(cell, inputs, start)[-1].h
    execution = Execution(graph, seed=1)
    save_graph(tmp_path / "graph.onnx", execution, [last])
    values: list[Matrix[Any, Any, Any]] = [Matrix.normal(2, 3, step) for step in range(4)]
    (found,) = run(tmp_path / "graph.onnx", {each.name: x.numpy() for each, x in zip(inputs, values, strict=True)})
    expected = execution.run(last, *(each.feed(x) for each, x in zip(inputs, values, strict=True))).numpy()
    np.testing.assert_allclose(expected, found, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    """An operation without operators, an index that is no slice and a variable that no node computes are refused."""
    graph = Graph()
    x: AnyVariable = graph.input("x", 4, 3)
    outer = x.take_columns(slice(1)).run(ops.OUTER, x.take_columns(slice(1)))
    element = x.run(ops.INDEX, key=(slice(None), np.array([0, 2])))
    other = Graph().input("x", 4, 3).apply(sigmoid)
    execution = Execution(graph)
    for output, sentence in (
        (outer, "node 'outer' cannot be exported: outer has no operators in ONNX here"),
        (element, f"node '{element.name}' cannot be exported: only slices have operators in ONNX here"),
        (x, "'x' is not computed by the graph: give outputs of its nodes"),
        (other, "'sigmoid' is not computed by the graph: give outputs of its nodes"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            save_graph(tmp_path / "graph.onnx", execution, [output])
    assert [] == list(tmp_path.iterdir())


def test_only_what_is_needed_is_exported(tmp_path: Path) -> None:
    """Nodes that the outputs do not depend on may be of any kind."""
    graph = Graph()
    x: AnyVariable = graph.input("x", 2, 2)
    graph.input("unused", 2, 2)
    x.apply(sigmoid)
    save_graph(tmp_path / "graph.onnx", Execution(graph), [x.apply(square)])
    model = onnx.load(tmp_path / "graph.onnx")
    assert (["x"], ["Mul"]) == ([each.name for each in model.graph.input], [each.op_type for each in model.graph.node])
