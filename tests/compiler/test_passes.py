"""Sums and other passes over elements: how exact they are, and where elements are read one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapedmat import Matrix, ops
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.program import build
from shapedmat.graph import Graph
from shapedmat.kernels.target import named
from tests.compiler.agreement import disagreement, plan_of, run
from tests.compiler.random_programs import Program
from tests.memory import Array


def input_of(graph: Graph, array: Array) -> Any:
    """Return an input for an array."""
    return graph.input(f"x{len(graph.variables)}", *array.shape, dtype=array.dtype.type)


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("shape", [(3, 100_003), (100_003, 3), (1, 300_000), (700, 700)])
def test_long_sums_are_exact(shape: tuple[int, int], axis: Any) -> None:
    """Rounding errors of a float32 sum of many numbers stay as small as those of sums in pairs."""
    values = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    graph = Graph()
    x = input_of(graph, values)
    drawn = Program(graph, [x], [values], [x.run(ops.SUM, axis=axis), x.run(ops.MEAN, axis=axis)], {})
    results, _ = run(Executable(plan_of(drawn)), drawn.values)
    expected = values.sum(axis=axis, dtype=np.float64, keepdims=True)
    np.testing.assert_allclose(results[0], expected, rtol=2e-6)
    np.testing.assert_allclose(results[1], expected * expected.size / values.size, rtol=2e-6)


def test_sums_behind_a_product_are_exact() -> None:
    """So do those that are added up tile after tile."""
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0, 1, (20_000, 4)).astype(np.float32), rng.uniform(0, 1, (4, 20)).astype(np.float32)
    graph = Graph()
    x, y = input_of(graph, a), input_of(graph, b)
    drawn = Program(graph, [x, y], [a, b], [(x @ y).run(ops.SUM, axis=0)], {})
    results, _ = run(Executable(plan_of(drawn)), drawn.values)
    np.testing.assert_allclose(results[0], (a.astype(float) @ b).sum(axis=0, keepdims=True), rtol=1e-5)


def test_many_listed_columns_are_little_code() -> None:
    """A pass over columns in any order reads elements one by one in a loop, and is not written out for each."""
    values = np.random.default_rng(0).standard_normal((5, 784)).astype(np.float32)
    graph = Graph()
    x = input_of(graph, values)
    places = np.random.default_rng(1).permutation(784)
    sigmoid = x.run(ops.INDEX, key=(slice(None), places)).run(ops.SIGMOID)
    drawn = Program(graph, [x], [values], [sigmoid], {})
    plan = plan_of(drawn)
    assert len(build(plan, named("host"))) < 100_000
    assert "" == disagreement(drawn, Executable(plan))


def test_a_broadcast_column_is_little_code() -> None:
    """What is broadcast to many columns and then summed or multiplied is not written out for each."""
    values = np.arange(5, dtype=np.float32).reshape(5, 1)
    graph = Graph()
    x = input_of(graph, values)
    wide = x.run(ops.BROADCAST, shape=(5, 4000))
    drawn = Program(graph, [x], [values], [wide.run(ops.SUM, axis=1), wide @ wide.run(ops.TRANSPOSE)], {})
    plan = plan_of(drawn)
    assert len(build(plan, named("host"))) < 100_000
    assert "" == disagreement(drawn, Executable(plan))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "uint64"])
def test_products_of_whole_numbers(dtype: str) -> None:
    """They wrap around as in NumPy, and what follows them joins them."""
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 127, shape).astype(dtype) for shape in ((17, 9), (9, 17)))
    graph = Graph()
    x, y = input_of(graph, a), input_of(graph, b)
    product = x @ y + x @ y.run(ops.INDEX, key=(slice(None), np.array([0] * 17)))
    outputs = [product, product.run(ops.SUM, axis=0), product.run(ops.TRANSPOSE) @ x]
    drawn = Program(graph, [x, y], [a, b], outputs, {})
    assert "" == disagreement(drawn, Executable(plan_of(drawn)))


@pytest.mark.parametrize(("dtype", "number"), [("bool", 2), ("uint8", 300), ("uint8", -1), ("int16", 1 << 40)])
def test_comparisons_with_numbers_that_no_element_can_be(dtype: str, number: int) -> None:
    """They give what NumPy does, in every row and column."""
    values = np.arange(6).reshape(2, 3).astype(dtype)
    graph = Graph()
    x = input_of(graph, values)
    comparisons = (ops.EQUAL, ops.NOT_EQUAL, ops.LESS, ops.LESS_EQUAL, ops.GREATER, ops.GREATER_EQUAL)
    drawn = Program(graph, [x], [values], [x.run(op, number) for op in comparisons], {})
    assert "" == disagreement(drawn, Executable(plan_of(drawn)))


def test_constants_in_both_signs_of_zero() -> None:
    """A quotient by -0 is negative infinity, beside one by 0."""
    graph = Graph()
    x = graph.input("x", 1, 2, dtype=np.float32)
    zeros = graph.constant("zeros", Matrix.from_array(np.array([[0.0, -0.0]], np.float32)))
    drawn = Program(graph, [x], [np.ones((1, 2), np.float32)], [x / zeros], {})
    assert "" == disagreement(drawn, Executable(plan_of(drawn)))
