"""Variables, nodes and names: what a graph takes, what it refuses, and how it is drawn."""

from __future__ import annotations

from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import pytest

from shapedmat import DTypeError, Matrix, ShapeError, ops, sigmoid
from shapedmat.graph import Execution, Graph, Variable, array, constant, he, normal, uniform, xavier

AnyVariable: TypeAlias = Variable[Any, Any, Any]

f32 = np.float32
f64 = np.float64


@pytest.fixture
def graph() -> Graph:
    """An empty graph."""
    return Graph()


def test_variables_are_indexed(graph: Graph) -> None:
    """Inputs, parameters, constants and results are numbered as they come."""
    x = graph.input("x", 2, 2)
    w = graph.parameter("w", 2, 2, constant(1.0))
    one = graph.constant("one", Matrix.ones(2, 2))
    y = x @ w + one
    assert [0, 1, 2, 4] == [each.index for each in (x, w, one, y)]
    assert ["input", "parameter", "constant", "result", "result"] == [each.role for each in graph.variables]


def test_node_holds_the_operation(graph: Graph) -> None:
    """A node is an operation of the table, its inputs, its parameters and its output."""
    x = graph.input("x", 2, 3)
    y = x.softmax(axis=1)
    (node,) = graph.nodes
    assert (ops.SOFTMAX, (x,), {"axis": 1}, y) == (node.op, node.inputs, node.parameters, node.output)


def test_numbers_are_inputs_too(graph: Graph) -> None:
    """A number stands among the inputs of its node, NumPy's as Python's."""
    x = graph.input("x", 2, 3)
    _ = f64(2) * x
    _ = 2 * x
    assert [(2.0, x), (2, x)] == [node.inputs for node in graph.nodes]


def test_shape_from_the_type(graph: Graph) -> None:
    """A matrix type gives the element type and the sizes."""
    x = graph.input("x", Matrix[f64, L[4], L[2]])
    w = graph.parameter("w", Matrix[f32, L[2], L[3]], constant(0.0))
    assert [(4, 2, np.dtype(f64)), (2, 3, np.dtype(f32))] == [(*each.shape, each.dtype) for each in (x, w)]


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (np.dtype(np.bool_), lambda x: x.run(ops.LESS, 0.0)),
        (np.dtype(np.int64), lambda x: x.run(ops.ARGMAX, axis=1)),
        (np.dtype(np.float64), lambda x: x.run(ops.CAST, dtype=np.dtype(f64))),
        (np.dtype(np.float32), lambda x: x.sum()),
    ],
    ids=["comparison", "position", "cast", "sum"],
)
def test_element_type_of_a_result(graph: Graph, expected: np.dtype[Any], given: Any) -> None:
    """The element type of a variable is that of its value."""
    x = graph.input("x", 2, 3)
    y = given(x)
    value = Execution(graph).run(y, x.feed(Matrix.ones(2, 3)))
    assert (expected, expected) == (y.dtype, value.dtype)


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_are_made(graph: Graph) -> None:
    """A node without a name has its operation's, with a number where it is taken."""
    x = graph.input("x", 2, 2)
    assert ["matmul", "matmul_2", "add"] == [each.name for each in (x @ x, x @ x, x + x)]


def test_names_are_given(graph: Graph) -> None:
    """A node's output has the name that the node was given."""
    x = graph.input("x", 2, 2)
    assert "square of x" == graph.add_node(ops.MATMUL, [x, x], name="square of x").name


def test_scopes_nest(graph: Graph) -> None:
    """Within scopes, names begin with them; afterwards they do not."""
    x = graph.input("x", 2, 2)
    with graph.scope("network"), graph.scope("hidden"):
        w = graph.parameter("w", 2, 2, constant(0.0))
        y = x @ w
    assert ["network/hidden/w", "network/hidden/matmul", "add"] == [each.name for each in (w, y, y + y)]


def test_name_is_taken_once(graph: Graph) -> None:
    """A name that is given must be new."""
    x = graph.input("x", 2, 2)
    with pytest.raises(ValueError, match=r"^the graph has a variable 'x' already: choose another name$"):
        graph.add_node(ops.ADD, [x, x], name="x")


def test_repr(graph: Graph) -> None:
    """A variable shows its type and its name."""
    assert "Variable[float32, 4, 2]('x')" == repr(graph.input("x", 4, 2))


def test_repr_of_a_graph(graph: Graph) -> None:
    """A graph shows how large it is."""
    x = graph.input("x", 4, 2)
    _ = x + x
    assert "Graph of 2 variables and 1 nodes" == repr(graph)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_wrong_shape_is_refused_when_the_node_is_added(graph: Graph) -> None:
    """The message names the node and both shapes, in the words of the shape rule, and nothing is added."""
    x, w = graph.input("x", 4, 3), graph.input("w", 2, 5)
    expected = r"^node 'hidden/matmul': cannot multiply \(4, 3\) by \(2, 5\): inner dimensions 3 and 2 differ$"
    with graph.scope("hidden"), pytest.raises(ShapeError, match=expected):
        _ = x @ w
    assert ([], [x, w]) == (graph.nodes, graph.variables)


def test_wrong_shape_with_a_given_name(graph: Graph) -> None:
    """The name that was given is in the message."""
    x, b = graph.input("x", 4, 3), graph.input("b", 1, 2)
    expected = r"^node 'add the bias': cannot add \(4, 3\) and \(1, 2\): sizes 3 and 2 on axis -1 differ "
    with pytest.raises(ShapeError, match=expected):
        graph.add_node(ops.ADD, [x, b], name="add the bias")


def test_mixed_element_types_are_refused(graph: Graph) -> None:
    """Element types do not mix, in the words of `Matrix`."""
    x, b = graph.input("x", 2, 2), graph.input("b", 2, 2, dtype=f64)
    expected = r"^node 'add': cannot add float32 and float64: convert one with \.astype\(np\.float32\)$"
    with pytest.raises(DTypeError, match=expected):
        _ = x + b  # type: ignore[operator]  # wrong on purpose


def test_wrong_element_type_is_refused(graph: Graph) -> None:
    """An operation on floating-point numbers takes no integers."""
    x = graph.input("x", 2, 2, dtype=np.int64)
    expected = r"^node 'sigmoid': cannot take the sigmoid of int64: convert with \.astype\(np\.float32\)$"
    with pytest.raises(DTypeError, match=expected):
        x.apply(sigmoid)


def test_variable_of_another_graph_is_refused(graph: Graph) -> None:
    """The inputs of a node belong to its graph."""
    x, y = graph.input("x", 2, 2), Graph().input("y", 2, 2)
    with pytest.raises(ValueError, match=r"^node 'add': 'y' belongs to another graph$"):
        _ = x + y


def test_foreign_operands_are_refused(graph: Graph) -> None:
    """A matrix is no variable: it becomes one as a constant."""
    x = graph.input("x", 2, 2)
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = x @ Matrix.ones(2, 2)  # type: ignore[operator]  # wrong on purpose


def test_assignment_is_refused(graph: Graph) -> None:
    """An operation that writes to its operand has no place in a graph."""
    x = graph.input("x", 2, 2)
    expected = r"^node 'assign': a graph cannot assign to a variable, as every value is computed once$"
    with pytest.raises(ValueError, match=expected):
        x.run(ops.ASSIGN, 1.0, key=(slice(None), slice(None)))


def test_shape_that_depends_on_values_is_refused(graph: Graph) -> None:
    """A static graph has no results whose shape only a run would tell."""
    x = graph.input("x", 2, 2)
    expected = r"^node 'index': the shape of the result depends on values: index by places, not by a mask$"
    with pytest.raises(ShapeError, match=expected):
        x.run(ops.INDEX, key=(np.array([True, False]), slice(None)))


def test_negative_size_is_refused(graph: Graph) -> None:
    """Sizes are not negative."""
    with pytest.raises(ShapeError, match="-1"):
        graph.input("x", 2, -1)


def test_open_size_is_refused(graph: Graph) -> None:
    """A graph is static: a matrix type says both sizes."""
    with pytest.raises(ShapeError, match="does not say how many cols to make"):
        graph.input("x", Matrix[f32, L[2], Any])


# --- how parameters start ---------------------------------------------------------------------------------------------


def started(initializer: Any, seed: int = 0) -> Any:
    """Return how a parameter of 40×50 float64 starts."""
    graph = Graph()
    graph.parameter("w", 40, 50, initializer, dtype=f64)
    return Execution(graph, seed=seed).parameters["w"].numpy()


def test_constant() -> None:
    """A constant start is one value everywhere."""
    assert {0.25} == set(started(constant(0.25)).ravel())


def test_array() -> None:
    """An array start is the array."""
    numbers = np.arange(2000.0).reshape(40, 50)
    np.testing.assert_array_equal(started(array(numbers)), numbers)


def test_array_of_another_shape_is_refused() -> None:
    """An array does not broadcast to a parameter."""
    expected = r"^parameter 'w' has shape \(40, 50\), but its initializer gives \(1, 2\)$"
    with pytest.raises(ShapeError, match=expected):
        started(array([[1, 2]]))


def test_uniform() -> None:
    """A uniform start lies between its limits, and fills the range."""
    numbers = started(uniform(-2, 3))
    assert (True, True) == (-2 <= numbers.min() < -1.9, 2.9 < numbers.max() < 3)


def test_normal() -> None:
    """A normal start has its mean and its deviation."""
    numbers = started(normal(5, 0.1))
    assert pytest.approx([5, 0.1], rel=0.1) == [numbers.mean(), numbers.std()]


def test_xavier() -> None:
    """Glorot and Bengio's start is uniform up to √(6 / (inputs + outputs))."""
    assert pytest.approx((6 / 90) ** 0.5, rel=0.01) == np.abs(started(xavier())).max()


def test_he() -> None:
    """He's start has the deviation √(2 / inputs), where inputs are rows."""
    assert pytest.approx((2 / 40) ** 0.5, rel=0.1) == started(he()).std()


def test_seed() -> None:
    """The same seed gives the same start, and another one another."""
    assert (True, False) == (
        (started(normal(), 1) == started(normal(), 1)).all(),
        (started(normal(), 1) == started(normal(), 2)).all(),
    )


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_dot(graph: Graph) -> None:
    """The text has a line for each variable, with name, numbers and shape, and one for each edge."""
    x = graph.input("x", 4, 2)
    w = graph.parameter('the "w"', 2, 3, constant(0.0))
    _ = 2 * (x @ w)
    expected = r"""digraph {
  rankdir=LR
  v0 [label="x\n(4, 2)", shape=box]
  v1 [label="the \"w\"\n(2, 3)", shape=box, style=rounded]
  v2 [label="matmul\n(4, 3)", shape=ellipse]
  v3 [label="multiply\n2\n(4, 3)", shape=ellipse]
  v0 -> v2
  v1 -> v2
  v2 -> v3
}
"""
    assert expected == graph.to_dot()
