"""Layers and losses as nodes: values, gradients, names, and what they refuse."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from nets.graph_layers import dense, dense_biased, mean_squared_error, softmax_cross_entropy
from shapedmat import Matrix, ShapeError, relu
from shapedmat.backends import Backend
from shapedmat.graph import Execution, Graph, Variable, array, constant

f64 = np.float64


@pytest.fixture
def graph() -> Graph:
    """An empty graph."""
    return Graph()


def parameter(graph: Graph, name: str, rows: list[list[float]]) -> Variable[np.float64, Any, Any]:
    """Return a parameter of float64 that starts with these numbers."""
    return graph.parameter(name, len(rows), len(rows[0]), array(rows), dtype=f64)


def test_dense(graph: Graph) -> None:
    """A dense layer is a product with its weights."""
    x = parameter(graph, "x", [[1, 2]])
    y = dense(graph, x, 2, name="layer", weights=array([[1, 0], [3, -1]]))
    assert [[7, -2]] == Execution(graph).run(y).numpy().tolist()


def test_dense_biased(graph: Graph) -> None:
    """A layer with biases adds them to each row, and then applies its activation."""
    x = parameter(graph, "x", [[1, 2], [0, 0]])
    y = dense_biased(graph, x, 2, name="layer", activation=relu, weights=array([[1, 0], [3, -1]]), biases=constant(1.0))
    assert [[8, 0], [1, 1]] == Execution(graph).run(y).numpy().tolist()


def test_names_of_a_layer(graph: Graph) -> None:
    """A layer's parameters and nodes are named for it."""
    x = graph.input("x", 4, 2)
    dense_biased(graph, x, 3, name="hidden", activation=relu)
    expected = ["x", "hidden/w", "hidden/matmul", "hidden/b", "hidden/add", "hidden/relu"]
    assert expected == [variable.name for variable in graph.variables]


def test_layer_has_the_type_of_its_input(graph: Graph) -> None:
    """A layer of a float64 input has float64 weights."""
    y = dense_biased(graph, graph.input("x", 4, 2, dtype=f64), 3, name="hidden")
    assert {np.dtype(f64)} == {variable.dtype for variable in (y, *graph.parameters)}


def test_mean_squared_error(graph: Graph) -> None:
    """The mean of the squares 1, 4, 0 and 9 is 3.5."""
    p, y = parameter(graph, "p", [[1, 2], [3, 4]]), parameter(graph, "y", [[0, 0], [3, 1]])
    assert 3.5 == float(Execution(graph).run(mean_squared_error(p, y))[0, 0])


def test_gradient_of_the_mean_squared_error(graph: Graph) -> None:
    """By the prediction, it is 2 (p − y) over the number of elements."""
    p, y = parameter(graph, "p", [[1, 2], [3, 4]]), parameter(graph, "y", [[0, 0], [3, 1]])
    gradients = graph.backward(mean_squared_error(p, y))
    assert [[0.5, 1.0], [0.0, 1.5]] == Execution(graph).run(gradients[p]).numpy().tolist()


def test_squared_error_does_not_broadcast(graph: Graph) -> None:
    """A column of targets is not taken for a target of each output."""
    p: Any = graph.input("p", 4, 3)
    expected = r"^cannot take the squared error of \(4, 3\) and \(4, 1\): the shapes differ$"
    with pytest.raises(ShapeError, match=expected):
        mean_squared_error(p, graph.input("y", 4, 1))


def test_cross_entropy_does_not_broadcast(graph: Graph) -> None:
    """Labels have the shape of the logits."""
    z: Any = graph.input("z", 4, 3)
    expected = "node 'hadamard': cannot take the Hadamard product of (4, 3) and (1, 3): the shapes differ"
    with pytest.raises(ShapeError, match=re.escape(expected)):
        softmax_cross_entropy(z, graph.input("y", 1, 3))


def test_cross_entropy_of_ignorance(graph: Graph, backend: Backend) -> None:
    """Where all classes are as likely, the cross-entropy is the logarithm of their number."""
    z = graph.input("z", 2, 4, dtype=f64)
    y = graph.constant("y", Matrix.from_rows([[1, 0, 0, 0], [0, 0, 1, 0]], dtype=f64))
    zeros = Matrix.zeros(2, 4, dtype=f64).to(backend.device_type)
    execution = Execution(graph, device=backend.device_type)
    value = execution.run(softmax_cross_entropy(z, y), z.feed(zeros)).numpy()
    assert pytest.approx(np.log(4)) == value[0, 0]


def test_gradient_of_the_cross_entropy(graph: Graph) -> None:
    """By the logits, it is the softmax minus the labels, over the batch."""
    logits = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]
    labels = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    z = parameter(graph, "z", logits)
    gradients = graph.backward(softmax_cross_entropy(z, graph.constant("y", Matrix.from_array(labels))))
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Execution(graph).run(gradients[z]).numpy(), (softmax - labels) / 2)


def test_cross_entropy_is_stable(graph: Graph) -> None:
    """Where the softmax underflows to 0, the cross-entropy and its gradient are exact."""
    z = parameter(graph, "z", [[0.0, 2000.0]])
    loss = softmax_cross_entropy(z, graph.constant("y", Matrix.from_rows([[1, 0]], dtype=f64)))
    value, gradient = Execution(graph).run([loss, graph.backward(loss)[z]])
    assert ([[2000.0]], [[-1.0, 1.0]]) == (value.numpy().tolist(), gradient.numpy().tolist())
