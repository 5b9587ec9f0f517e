"""Runs of a graph: values, what is run and what is not, feeds, and parameters."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given

from shapedmat import DTypeError, Matrix, ShapeError, ops, sigmoid, use_backend
from shapedmat.backends import Backend
from shapedmat.graph import Execution, Graph, Variable, constant, normal
from tests.graph.random_graphs import Recipe, recipes

AnyVariable: TypeAlias = Variable[Any, Any, Any]


@pytest.fixture
def graph() -> Graph:
    """An empty graph."""
    return Graph()


def counting(calls: list[str], name: str) -> Any:
    """Return an operation that says when it runs."""

    def kernel(xp: Any, x: Any) -> Any:
        calls.append(name)
        return x + 1

    return dataclasses.replace(ops.NEGATIVE, name=f"counting {name}", kernel=kernel)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(recipe=recipes)
def test_run_gives_what_matrices_give(dtype: Any, recipe: Recipe) -> None:
    """A run gives what the same operations on matrices give, bit for bit."""
    case = recipe.made(dtype)
    execution = Execution(case.graph)
    assert case.reference(execution) == float(execution.run(case.loss, *case.feeds)[0, 0])


def test_run_on_every_backend(graph: Graph, backend: Backend) -> None:
    """A graph runs on the backend that is chosen."""
    x = graph.input("x", 2, 3)
    w = graph.parameter("w", 3, 2, normal())
    execution = Execution(graph, device=backend.device_type)
    matrix = Matrix.random(2, 3, 1).to(backend.device_type)
    expected = sigmoid(matrix @ execution.parameters["w"]).numpy()
    actual = execution.run((x @ w).apply(sigmoid), x.feed(matrix))
    np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-5)


def test_backend_can_change_between_runs(graph: Graph) -> None:
    """Each run uses the backend that is chosen then."""
    x = graph.input("x", 2, 2)
    y = x.apply(sigmoid)
    execution = Execution(graph)
    values = []
    for name in ("numpy", "numba"):
        with use_backend(name):
            values.append(execution.run(y, x.feed(Matrix.ones(2, 2))).numpy())
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


def test_several_outputs(graph: Graph) -> None:
    """Several variables are computed in one run, in the order in which they are asked for."""
    x = graph.input("x", 1, 1)
    y, z = x * 2, x * 3
    values = Execution(graph).run([z, x, y], x.feed(Matrix.ones(1, 1)))
    assert [3.0, 1.0, 2.0] == [float(value[0, 0]) for value in values]


def test_what_is_not_needed_is_not_run(graph: Graph) -> None:
    """A run computes what its outputs need, and each node once."""
    calls: list[str] = []
    x = graph.input("x", 1, 1)
    y = x.run(counting(calls, "needed"))
    x.run(counting(calls, "dead"))
    z = y + y
    Execution(graph).run(z, x.feed(Matrix.ones(1, 1)))
    assert ["needed"] == calls


def test_constants_are_computed_once(graph: Graph) -> None:
    """What depends on constants alone is computed for the first run and kept."""
    calls: list[str] = []
    one = graph.constant("one", Matrix.ones(1, 1))
    x = graph.input("x", 1, 1)
    y = one.run(counting(calls, "constant")) + x
    execution = Execution(graph)
    values = [float(execution.run(y, x.feed(Matrix.full(1, 1, value)))[0, 0]) for value in (1.0, 5.0)]
    assert ([3.0, 7.0], ["constant"]) == (values, calls)


def test_nodes_can_be_added_between_runs(graph: Graph) -> None:
    """What is added to the graph after a run can be run too."""
    x = graph.input("x", 1, 1)
    y = x * 2
    execution = Execution(graph)
    execution.run(y, x.feed(Matrix.ones(1, 1)))
    z = y * 2
    assert 4.0 == float(execution.run(z, x.feed(Matrix.ones(1, 1)))[0, 0])


def test_trained_parameters_are_used(graph: Graph) -> None:
    """A run sees what was changed in place in a parameter."""
    w = graph.parameter("w", 1, 1, constant(1.0))
    y = w * 2
    execution = Execution(graph)
    execution.run(y)
    execution.parameters["w"] += 1.0
    assert 4.0 == float(execution.run(y)[0, 0])


def test_executions_are_apart(graph: Graph) -> None:
    """Two executions of one graph have parameters of their own."""
    graph.parameter("w", 2, 2, normal())
    one, other = Execution(graph, seed=1), Execution(graph, seed=1)
    one.parameters["w"] += 1.0
    assert not one.parameters["w"].allclose(other.parameters["w"])


# --- feeds ------------------------------------------------------------------------------------------------------------


def test_wrong_shape_is_refused(graph: Graph, unchecked: None) -> None:
    """A feed has the shape of its input, whose name is in the message."""
    x = graph.input("images", 32, 784)
    wrong: Any = Matrix.zeros(31, 784)
    with pytest.raises(ShapeError, match=r"^input 'images' takes \(32, 784\), but \(31, 784\) was fed$"):
        x.feed(wrong)


def test_wrong_element_type_is_refused(graph: Graph, unchecked: None) -> None:
    """A feed has the element type of its input."""
    x = graph.input("x", 1, 1)
    wrong: Any = Matrix.zeros(1, 1, dtype=np.float64)
    expected = r"^input 'x' takes float32, but float64 was fed: convert it with \.astype\(np\.float32\)$"
    with pytest.raises(DTypeError, match=expected):
        x.feed(wrong)


def test_missing_feed_is_refused(graph: Graph) -> None:
    """Every input that is needed has a value."""
    x, y = graph.input("x", 1, 1), graph.input("y", 1, 1)
    expected = r"^input 'y' has no value: give the run a feed of it, as in y\.feed\(matrix\)$"
    with pytest.raises(ValueError, match=expected):
        Execution(graph).run(x + y, x.feed(Matrix.ones(1, 1)))


def test_input_that_is_not_needed_may_be_fed(graph: Graph) -> None:
    """One set of feeds serves outputs that need fewer."""
    x, y = graph.input("x", 1, 1), graph.input("y", 1, 1)
    value = Execution(graph).run(x * 2, x.feed(Matrix.ones(1, 1)), y.feed(Matrix.ones(1, 1)))
    assert 2.0 == float(value[0, 0])


def test_only_inputs_are_fed(graph: Graph) -> None:
    """A result cannot be fed."""
    x = graph.input("x", 1, 1)
    with pytest.raises(ValueError, match=r"^'multiply' is a result, and only inputs are fed$"):
        (x * 2).feed(Matrix.ones(1, 1))


def test_output_of_another_graph_is_refused(graph: Graph) -> None:
    """An execution runs its own graph."""
    x = Graph().input("x", 1, 1)
    with pytest.raises(ValueError, match=r"^'x' belongs to another graph$"):
        Execution(graph).run(x, x.feed(Matrix.ones(1, 1)))


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.fixture
def execution(graph: Graph) -> Execution:
    """An execution with one parameter of 2×3."""
    graph.parameter("w", 2, 3, constant(0.0))
    return Execution(graph)


def test_load_copies(execution: Execution) -> None:
    """Loaded parameters are used, and what they were loaded from is not trained."""
    given_values: dict[str, Matrix[Any, Any, Any]] = {"w": Matrix.ones(2, 3)}
    execution.load(given_values)
    execution.parameters["w"] += 1.0
    assert (2.0, 1.0) == (float(execution.parameters["w"][0, 0]), float(given_values["w"][0, 0]))


@pytest.mark.parametrize(
    ("error", "expected", "values"),
    [
        (ShapeError, r"^parameter 'w' has shape \(2, 3\), but no value is given$", {}),
        (ShapeError, r"^parameter 'w' has shape \(2, 3\), but \(3, 2\) is given$", {"w": Matrix.ones(3, 2)}),
        (
            DTypeError,
            r"^parameter 'w' has type float32, but float64 is given$",
            {"w": Matrix.ones(2, 3, dtype=np.float64)},
        ),
    ],
    ids=["missing", "shape", "type"],
)
def test_wrong_parameters_are_refused(
    execution: Execution, error: type[Exception], expected: str, values: dict[str, Any]
) -> None:
    """Loaded parameters are those of the graph, each with its shape and type."""
    with pytest.raises(error, match=expected):
        execution.load(values)
