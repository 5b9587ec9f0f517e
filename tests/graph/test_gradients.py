"""The gradients that a graph adds: against central differences, again, and with sums where variables fork alone."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given

from shapedmat import DTypeError, Matrix, ShapeError, ops, sin, square
from shapedmat.backends import Backend
from shapedmat.graph import Execution, Feed, Graph, Variable, array, constant, normal
from shapedmat.graph.node import on_paths
from tests.graph.random_graphs import Recipe, recipes

AnyVariable: TypeAlias = Variable[Any, Any, Any]

f64 = np.float64
STEP = 1e-5


def value(execution: Execution, variable: AnyVariable, *feeds: Feed) -> Any:
    """Return what a variable is, as an array of NumPy."""
    return execution.run(variable, *feeds).numpy()


def central_differences(execution: Execution, loss: AnyVariable, name: str, *feeds: Feed) -> Any:
    """Return the gradient of a loss by a parameter, by moving each element a little up and down."""
    parameter = execution.parameters[name].numpy()
    differences = np.empty_like(parameter)
    for place in np.ndindex(parameter.shape):
        start = parameter[place]
        parameter[place] = start + STEP
        above = value(execution, loss, *feeds)[0, 0]
        parameter[place] = start - STEP
        below = value(execution, loss, *feeds)[0, 0]
        parameter[place] = start
        differences[place] = (above - below) / (2 * STEP)
    return differences


def count(graph: Graph, name: str) -> int:
    """Return how many nodes have an operation."""
    return sum(node.op.name == name for node in graph.nodes)


@given(recipe=recipes)
def test_gradients_of_random_graphs(recipe: Recipe) -> None:
    """On random graphs with forks, gradients are what central differences give."""
    case = recipe.made(f64)
    gradients = case.graph.backward(case.loss)
    execution = Execution(case.graph, seed=1)
    for parameter in case.graph.parameters:
        expected = central_differences(execution, case.loss, parameter.name, *case.feeds)
        actual = value(execution, gradients[parameter], *case.feeds)
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@given(recipe=recipes)
def test_second_derivatives_of_random_graphs(recipe: Recipe) -> None:
    """The sum of the squares of a gradient can be differentiated in turn."""
    case = recipe.made(f64)
    loss = case.graph.backward(case.loss)[case.graph.parameters[0]].apply(square).sum()
    second = case.graph.backward(loss)
    execution = Execution(case.graph, seed=1)
    for parameter, gradient in second.variables.items():
        expected = central_differences(execution, loss, parameter.name, *case.feeds)
        np.testing.assert_allclose(value(execution, gradient, *case.feeds), expected, rtol=1e-4, atol=1e-5)


@given(recipe=recipes)
def test_float32_gradients_are_those_of_float64(recipe: Recipe) -> None:
    """In float32, gradients are those of float64 up to rounding."""
    found = []
    for dtype in (np.float32, f64):
        case = recipe.made(dtype)
        gradients = case.graph.backward(case.loss)
        gradient = gradients[case.graph.parameters[0]]
        found.append(value(Execution(case.graph, seed=1), gradient, *case.feeds))
        assert np.dtype(dtype) == found[-1].dtype
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-4)


@given(recipe=recipes)
def test_sums_stand_only_where_variables_fork(recipe: Recipe) -> None:
    """There is a sum of gradients for each variable on a path to the loss that nodes there take more than once."""
    case = recipe.made(f64)
    forward = list(case.graph.nodes)
    paths = on_paths(case.graph.parameters, case.loss, forward)
    uses = Counter(each for node in forward if node.output in paths for each in node.variables if each in paths)
    case.graph.backward(case.loss)
    expected = [f"gradient/{variable.name}/accumulate" for variable, times in uses.items() if times > 1]
    assert sorted(expected) == sorted(node.name for node in case.graph.nodes if node.op.name == "accumulate")


@pytest.fixture
def layer() -> tuple[Graph, AnyVariable, AnyVariable, AnyVariable]:
    """A graph of an input, weights and their product, with numbers that are known by hand."""
    graph = Graph()
    x = graph.input("x", 1, 2, dtype=f64)
    w = graph.parameter("w", 2, 3, array([[0.5, 0.3, 0.2], [0.6, 0.7, 0.7]]), dtype=f64)
    return graph, x, w, x @ w


def fed(x: AnyVariable, device: str = "cpu") -> Feed:
    """Return the input that is known by hand."""
    return x.feed(Matrix.from_rows([[1.4, 0.3]], dtype=f64).to(device))


def test_golden_product(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable], backend: Backend) -> None:
    """[1.4, 0.3] times [[.5, .3, .2], [.6, .7, .7]] is [.88, .63, .49]."""
    graph, x, _, y = layer
    execution = Execution(graph, device=backend.device_type)
    np.testing.assert_allclose(value(execution, y, fed(x, backend.device_type)), [[0.88, 0.63, 0.49]])


def test_golden_gradient(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable], backend: Backend) -> None:
    """With the output's gradient [1, -1, .5], the weights' gradient is [[1.4, -1.4, .7], [.3, -.3, .15]]."""
    graph, x, w, y = layer
    given_gradient = graph.constant("by y", Matrix.from_rows([[1, -1, 0.5]], dtype=f64))
    gradients = graph.backward(y, gradient=given_gradient)
    execution = Execution(graph, device=backend.device_type)
    actual = value(execution, gradients[w], fed(x, backend.device_type))
    np.testing.assert_allclose(actual, [[1.4, -1.4, 0.7], [0.3, -0.3, 0.15]])


def test_gradient_by_an_input(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """A loss can be differentiated by what is fed: of the sum of x w that is the sum of each row of w."""
    graph, x, _, y = layer
    gradients = graph.backward(y.sum(), [x])
    np.testing.assert_allclose(value(Execution(graph), gradients[x], fed(x)), [[1.0, 2.0]])


def test_gradient_by_a_result(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """A loss can be differentiated by what lies between: of the sum of y² that is 2 y."""
    graph, x, _, y = layer
    gradients = graph.backward(y.apply(square).sum(), [y])
    np.testing.assert_allclose(value(Execution(graph), gradients[y], fed(x)), [[1.76, 1.26, 0.98]])


def test_gradient_by_itself() -> None:
    """The gradient of a loss by itself is 1."""
    graph = Graph()
    w = graph.parameter("w", 1, 1, constant(3.0))
    assert [[1.0]] == value(Execution(graph), graph.backward(w)[w]).tolist()


def test_derivatives_of_a_cube() -> None:
    """At x = 2 the derivatives of x³ are 12, 12, 6 and 0."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, constant(2.0), dtype=f64)
    y: AnyVariable = x**3
    derivatives = []
    for _ in range(4):
        y = graph.backward(y, [x])[x]
        derivatives.append(float(value(Execution(graph), y)[0, 0]))
    assert [12.0, 12.0, 6.0, 0.0] == derivatives


@pytest.mark.parametrize("uses", [1, 2, 5])
def test_gradients_are_summed_where_a_variable_forks(uses: int) -> None:
    """A variable that one node takes has no sum of gradients; one that several take has one, however many they are."""
    graph = Graph()
    x = graph.parameter("x", 2, 2, normal())
    parts = [x.apply(sin) for _ in range(uses)]
    graph.backward(parts[0].hstack(*parts[1:]).sum())
    assert (uses > 1) == count(graph, "accumulate")


def test_sum_is_named_for_its_variable() -> None:
    """The sum of what flows back to a variable bears the variable's name."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, normal())
    gradients = graph.backward(x * x)
    assert "gradient/x/accumulate" == gradients[x].name


def test_twice_in_one_node_is_a_fork() -> None:
    """The gradient of x ∘ x is 2 x, from one node that takes x twice."""
    graph = Graph()
    x = graph.parameter("x", 1, 2, array([[3.0, 4.0]]), dtype=f64)
    gradients = graph.backward(x.hadamard(x).sum())
    assert [[6.0, 8.0]] == value(Execution(graph), gradients[x]).tolist()


def test_nothing_is_added_for_what_is_not_wanted(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """Nodes for the gradient by the input, which the product's derivative gives too, are not kept."""
    graph, _, w, y = layer
    before = len(graph.nodes)
    gradients = graph.backward(y.sum(), [w])
    assert {"sum", "broadcast", "transpose", "matmul"} == {node.op.name for node in graph.nodes[before:]}
    assert gradients[w].shape == (2, 3)


def test_indices_are_places(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """After nodes are added and discarded, each variable's index is its place, and each name is there once."""
    graph, _, _, y = layer
    graph.backward(y.sum())
    assert list(range(len(graph.variables))) == [variable.index for variable in graph.variables]
    assert len({variable.name for variable in graph.variables}) == len(graph.variables)


def test_nodes_stand_in_running_order() -> None:
    """Each node stands behind those whose outputs it takes."""
    graph = Graph()
    x = graph.parameter("x", 2, 2, normal())
    graph.backward(((x @ x) * x).apply(sin).sum())
    known = {x, *graph.constants}
    for node in graph.nodes:
        assert set(node.variables) <= known
        known.add(node.output)


def test_comparisons_pass_no_gradient() -> None:
    """The gradient of a maximum, which is computed by a comparison, can be differentiated again."""
    graph = Graph()
    x = graph.parameter("x", 1, 3, array([[1.0, 3.0, 2.0]]), dtype=f64)
    y = x.apply(square).run(ops.MAX, axis=None)
    first = graph.backward(y)
    second = graph.backward(first[x].sum(), [x])
    execution = Execution(graph)
    assert [[[0.0, 6.0, 0.0]], [[0.0, 2.0, 0.0]]] == [value(execution, each[x]).tolist() for each in (first, second)]


def test_only_a_number_has_gradients_by_itself(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """An output that is not 1×1 needs a gradient of its own."""
    graph, _, _, y = layer
    expected = (
        r"^'matmul' has shape \(1, 3\), where a loss of shape \(1, 1\) is wanted: "
        r"reduce it to one, or give the gradient of it$"
    )
    with pytest.raises(ShapeError, match=expected):
        graph.backward(y)


def test_gradient_of_another_shape_is_refused(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """A given gradient has the shape of the output."""
    graph, x, _, y = layer
    with pytest.raises(ShapeError, match=r"^'matmul' has shape \(1, 3\), but its gradient has \(1, 2\)$"):
        graph.backward(y, gradient=x)


def test_gradient_of_another_type_is_refused(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """A given gradient has the element type of the output."""
    graph, _, _, y = layer
    narrow = graph.constant("narrow", Matrix.ones(1, 3))
    with pytest.raises(DTypeError, match=r"^'matmul' has type float64, but its gradient has float32$"):
        graph.backward(y, gradient=narrow)


def test_gradient_of_another_graph_is_refused(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """A given gradient is a variable of the same graph."""
    graph, _, _, y = layer
    with pytest.raises(ValueError, match=r"^'g' belongs to another graph$"):
        graph.backward(y, gradient=Graph().input("g", 1, 3, dtype=f64))


def test_only_nodes_on_the_way_are_differentiated() -> None:
    """What lies before the variable that a loss is differentiated by needs no derivative."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, constant(2.4), dtype=f64)
    y = graph.add_node(ops.MAP, [x], function=round)
    gradients = graph.backward(y.apply(square), [y])
    assert [[4.0]] == value(Execution(graph), gradients[y]).tolist()


def test_gradient_through_a_conversion() -> None:
    """The gradient of what is converted to float64 is converted back."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, constant(3.0))
    gradients = graph.backward(x.astype(f64).apply(square))
    gradient = Execution(graph).run(gradients[x])
    assert (np.dtype(np.float32), 6.0) == (gradient.dtype, float(gradient[0, 0]))


def test_independent_output_is_refused(layer: tuple[Graph, AnyVariable, AnyVariable, AnyVariable]) -> None:
    """There is no gradient by what the output does not depend on."""
    graph, x, w, _ = layer
    with pytest.raises(ValueError, match=r"^'sum' has no gradient by 'w': it does not depend on it$"):
        graph.backward(x.sum(), [w])


def test_missing_derivative_is_refused() -> None:
    """An arbitrary Python function cannot be differentiated, and the node is named."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, normal())
    y = graph.add_node(ops.MAP, [x], name="rounding", function=round)
    with pytest.raises(ValueError, match=r"^node 'rounding' cannot be differentiated: map has no derivative$"):
        graph.backward(y)


def test_nothing_is_left_of_what_fails() -> None:
    """A graph is as it was after a backward that fails halfway."""
    graph = Graph()
    x = graph.parameter("x", 1, 1, normal())
    y = graph.add_node(ops.MAP, [x.apply(sin)], function=round).apply(sin)
    before = (list(graph.variables), list(graph.nodes))
    with pytest.raises(ValueError, match="map has no derivative"):
        graph.backward(y)
    assert before == (graph.variables, graph.nodes)
