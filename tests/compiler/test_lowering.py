"""From graphs to values: what is left of operations that are the same, constant, views or not needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapedmat import JitError, Matrix, ops
from shapedmat.compiler.lowering import Lowered, lower
from shapedmat.compiler.values import Constant, Input, Map, Product, Rearrangement, Reduction, View, is_number
from shapedmat.graph import Graph
from tests.compiler.random_programs import AnyVariable


@pytest.fixture
def graph() -> Graph:
    """Return an empty graph."""
    return Graph()


@pytest.fixture
def x(graph: Graph) -> Any:
    """Return an input of shape (4, 6)."""
    return graph.input("x", 4, 6, dtype=np.float32)


def lowered(graph: Graph, *outputs: AnyVariable) -> Lowered:
    """Return the values for some outputs, of a graph whose inputs are all given."""
    return lower(graph, [each for each in graph.variables if each.role == "input"], outputs)


def constant(graph: Graph, numbers: Any) -> Any:
    """Return a constant."""
    array = np.array(numbers, np.float32)
    return graph.constant(f"c{len(graph.variables)}", Matrix.from_array(array))


def kinds(found: Lowered) -> list[str]:
    """Return the names of the values' kinds."""
    return [type(each).__name__ for each in found.values]


def test_the_same_operation_is_computed_once(graph: Graph, x: Any) -> None:
    """Two operations of the same kind on the same operands are one value."""
    found = lowered(graph, x.run(ops.EXP), x.run(ops.EXP), x.run(ops.MAX, axis=0), x.run(ops.MAX, axis=0))
    assert found.outputs[0] is found.outputs[1]
    assert found.outputs[2] is found.outputs[3]


def test_numbers_of_another_sign_are_others(graph: Graph, x: Any) -> None:
    """Zero and minus zero are different operands."""
    one, other = lowered(graph, x * 0.0, x * -0.0).outputs
    assert one is not other


def test_what_nothing_needs_is_left_out(graph: Graph, x: Any) -> None:
    """Operations that no output depends on are no values."""
    x.run(ops.EXP)
    assert ["Input", "Map"] == kinds(lowered(graph, x.run(ops.TANH)))


def test_constants_are_computed_at_once(graph: Graph) -> None:
    """What depends on constants alone is a constant."""
    c = constant(graph, [[1, 2], [3, 4]])
    (value,) = lowered(graph, (c + c).sum(axis=0)).outputs
    assert isinstance(value, Reduction)
    assert isinstance(value.x, Constant)
    assert [[2, 4], [6, 8]] == value.x.array.tolist()


def test_a_constant_of_equal_elements_is_a_number(graph: Graph, x: Any) -> None:
    """An operand with the same element everywhere is that number."""
    (value,) = lowered(graph, x + constant(graph, np.full((4, 6), 0.5))).outputs
    assert isinstance(value, Map)
    assert 0.5 == value.inputs[1]


def test_a_constant_of_zeros_of_both_signs_is_none(graph: Graph, x: Any) -> None:
    """0 and -0 are equal, but not the same number."""
    (value,) = lowered(graph, x / constant(graph, [[0.0], [-0.0], [0.0], [0.0]])).outputs
    assert isinstance(value, Map)
    assert isinstance(value.inputs[1], Constant)


@pytest.mark.parametrize(
    ("dtype", "number"),
    [(np.bool_, 2), (np.bool_, -1), (np.uint8, 256), (np.uint8, -1), (np.int8, -129), (np.int64, 2**63)],
)
@pytest.mark.parametrize("op", [ops.EQUAL, ops.NOT_EQUAL, ops.LESS, ops.LESS_EQUAL, ops.GREATER, ops.GREATER_EQUAL])
def test_comparisons_with_numbers_that_no_element_can_be(graph: Graph, dtype: Any, op: ops.Op, number: int) -> None:
    """A comparison with a number beyond the element type is known at once, and NumPy's, on either side."""
    x = graph.input("x", 2, 3, dtype=dtype)
    numbers = np.zeros((2, 3), dtype)
    for operands, arrays in (((x, number), (numbers, number)), ((number, x), (number, numbers))):
        (value,) = lowered(graph, graph.add_node(op, operands)).outputs
        assert isinstance(value, Constant)
        np.testing.assert_array_equal(op.kernel(np, *arrays), value.array, strict=True)


@pytest.mark.parametrize(
    ("dtype", "number"), [(np.uint8, 0), (np.uint8, 255), (np.int8, -128), (np.bool_, True), (np.float32, 10**30)]
)
def test_comparisons_with_numbers_that_an_element_can_be(graph: Graph, dtype: Any, number: int) -> None:
    """A comparison with a number of the element type is computed."""
    x = graph.input("x", 2, 3, dtype=dtype)
    (value,) = lowered(graph, graph.add_node(ops.LESS, (x, number))).outputs
    assert isinstance(value, Map)


def test_a_product_with_one_is_its_operand(graph: Graph, x: Any) -> None:
    """Multiplication by 1 is none, unless it broadcasts."""
    column = graph.input("column", 4, 1, dtype=np.float32)
    found = lowered(graph, 1 * x, column * constant(graph, np.ones((4, 6))))
    assert found.outputs[0] is found.inputs[0]
    assert isinstance(found.outputs[1], Map)


def test_views_of_views_are_views(graph: Graph, x: Any) -> None:
    """A part of a transpose of a part is one view of what they are taken from."""
    part = x.run(ops.INDEX, key=(slice(1, None), slice(None, None, 2))).run(ops.TRANSPOSE)
    (value,) = lowered(graph, part.run(ops.INDEX, key=(slice(None, None, -1), slice(1, 2)))).outputs
    assert isinstance(value, View)
    assert (range(2, 3), range(4, -2, -2), True) == (value.rows, value.columns, value.transposed)


def test_a_transpose_of_a_transpose_is_the_matrix(graph: Graph, x: Any) -> None:
    """Nothing is left of what is undone."""
    found = lowered(graph, x.run(ops.TRANSPOSE).run(ops.TRANSPOSE), x.run(ops.RESHAPE, shape=(4, 6)))
    assert [found.inputs[0]] * 2 == found.outputs


def test_a_column_as_a_row_is_a_transpose(graph: Graph) -> None:
    """To reshape a column to a row, nothing is moved."""
    column = graph.input("column", 5, 1, dtype=np.float32)
    (value,) = lowered(graph, column.run(ops.RESHAPE, shape=(1, 5))).outputs
    assert isinstance(value, View)


@pytest.mark.parametrize(("op", "expected"), [(ops.SUM, 0), (ops.ALL, True), (ops.ANY, False)])
def test_reductions_of_nothing_are_constants(graph: Graph, op: ops.Op, expected: float) -> None:
    """What is reduced along an empty axis is the neutral element."""
    empty = graph.input("empty", 0, 3, dtype=np.float32)
    (value,) = lowered(graph, empty.run(op, axis=0)).outputs
    assert isinstance(value, Constant)
    assert [[expected] * 3] == value.array.tolist()


def test_a_product_over_nothing_is_zero(graph: Graph) -> None:
    """A product whose inner dimension is empty is a constant of zeros."""
    a, b = graph.input("a", 2, 0), graph.input("b", 0, 3)
    (value,) = lowered(graph, a @ b).outputs
    assert isinstance(value, Constant)
    assert not value.array.any()


def test_a_broadcast_operand_is_read_where_it_is(graph: Graph, x: Any) -> None:
    """An operation element by element takes what there was before it was broadcast."""
    row = graph.input("row", 1, 6, dtype=np.float32)
    found = lowered(graph, x + row.run(ops.BROADCAST, shape=(4, 6)))
    (value,) = found.outputs
    assert isinstance(value, Map)
    assert found.inputs == list(value.inputs)


def test_the_softmax_is_five_operations(graph: Graph, x: Any) -> None:
    """The softmax is shifted by the maximum: max, subtract, exp, sum, divide, with its name."""
    found = lowered(graph, x.run(ops.SOFTMAX, axis=1))
    assert ["max", "subtract", "exp", "sum", "divide"] == [
        each.op for each in found.values if isinstance(each, (Map, Reduction))
    ]
    assert {"x", "softmax"} == {each.name for each in found.values}


def test_a_product_with_a_transpose_takes_a_view(graph: Graph, x: Any) -> None:
    """A transposed operand is read where it lies."""
    (value,) = lowered(graph, x @ x.run(ops.TRANSPOSE)).outputs
    assert isinstance(value, Product)
    assert isinstance(value.b, View)


def test_a_scattered_row_fills_all_places(graph: Graph) -> None:
    """What is scattered broadcasts to the places, as in NumPy."""
    row = graph.input("row", 1, 3, dtype=np.float32)
    scattered = row.run(ops.SCATTER, key=(slice(0, 2), slice(None)), shape=(4, 3))
    (value,) = lowered(graph, scattered).outputs
    assert isinstance(value, Rearrangement)
    assert (2, 3) == value.parts[0].shape


def test_numbers_are_what_is_computed_from_numbers(graph: Graph, x: Any) -> None:
    """A 1×1 input, and an operation on such, is a number; a sum is none."""
    rate = graph.input("rate", 1, 1, dtype=np.float32)
    found = lowered(graph, rate, rate * 2 + rate, rate + x.sum(), x)
    assert [True, True, False, False] == [is_number(each) for each in found.outputs]
    assert isinstance(found.outputs[0], Input)


def test_operations_on_python_functions_are_refused(graph: Graph, x: Any) -> None:
    """There is no code for an arbitrary Python function."""
    output = x.run(ops.MAP, function=abs)
    with pytest.raises(JitError) as caught:
        lowered(graph, output)
    assert "node 'map': no code can be generated for map" == str(caught.value)


def test_pairs_of_places_are_refused(graph: Graph, x: Any) -> None:
    """Two arrays of places that NumPy pairs are no rows and columns."""
    places = np.array([[0, 1], [1, 0]])
    output = x.run(ops.INDEX, key=(places, places))
    with pytest.raises(JitError) as caught:
        lowered(graph, output)
    expected = "cannot compile an index by two arrays, whose places NumPy pairs: index by one after the other"
    assert expected == str(caught.value)


def test_places_outside_are_refused(graph: Graph, x: Any) -> None:
    """A place that there is not is an error, as in NumPy."""
    output = x.run(ops.INDEX, key=(np.array([4]), slice(None)))
    with pytest.raises(IndexError, match="index 4 is out of bounds for axis 0 with size 4"):
        lowered(graph, output)
