"""Random graphs with forks, drawn by Hypothesis: chains of operations whose operands are any variables so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

from shapedmat import Matrix, ShapeError, ops
from shapedmat.graph import Execution, Feed, Graph, Variable, uniform
from shapedmat.matrix import apply_op
from shapedmat.ops import Op

AnyVariable: TypeAlias = Variable[Any, Any, Any]

sizes = st.integers(1, 3)

# Operations whose values and slopes stay small, so that central differences are accurate.
UNARY: tuple[tuple[Op, dict[str, Any]], ...] = (
    (ops.SIN, {}),
    (ops.TANH, {}),
    (ops.SIGMOID, {}),
    (ops.NEGATIVE, {}),
    (ops.TRANSPOSE, {}),
    (ops.SOFTMAX, {"axis": 0}),
    (ops.LOG_SOFTMAX, {"axis": 1}),
    (ops.SUM, {"axis": 0}),
    (ops.MEAN, {"axis": 1}),
    (ops.HSTACK, {}),
)
BINARY: tuple[Op, ...] = (ops.ADD, ops.SUBTRACT, ops.MULTIPLY, ops.MATMUL, ops.VSTACK)


@dataclass
class RandomGraph:
    """A graph with a loss, and what its input is fed."""

    graph: Graph
    loss: AnyVariable
    feeds: list[Feed]

    def reference(self, execution: Execution) -> float:
        """Return the loss by the same operations on matrices, one after another."""
        values = {feed.variable: feed.value for feed in self.feeds} | self.graph.constants
        values |= {each: execution.parameters[each.name] for each in self.graph.parameters}
        for node in self.graph.nodes:
            if node.output.index <= self.loss.index:
                operands = [values[each] if isinstance(each, Variable) else each for each in node.inputs]
                values[node.output] = apply_op(node.op, *operands, **node.parameters)
        return float(values[self.loss].numpy()[0, 0])


@dataclass(frozen=True)
class Recipe:
    """Of what a random graph is made: three sizes, and which of all the operations that fit comes next."""

    sizes: tuple[int, int, int]
    choices: tuple[int, ...]

    def made(self, dtype: type[np.floating[Any]]) -> RandomGraph:
        """Return a graph of one input, two parameters and the operations, whose loss is made of sums of all ends."""
        rows, cols, more = self.sizes
        graph = Graph()
        x = graph.input("x", rows, cols, dtype=dtype)
        variables: list[AnyVariable] = [
            x,
            graph.parameter("v", rows, cols, uniform(), dtype=dtype),
            graph.parameter("w", cols, more, uniform(), dtype=dtype),
        ]
        for choice in self.choices:
            fitting = list(applications(variables))
            op, operands, parameters = fitting[choice % len(fitting)]
            variables.append(graph.add_node(op, operands, **parameters))
        used = {each for node in graph.nodes for each in node.variables}
        first, *others = (each.sum() for each in variables if each not in used or each.role == "parameter")
        loss = first * first
        for each in others:
            loss = loss + each
        numbers = np.random.default_rng(sum(self.choices)).uniform(-1, 1, (rows, cols))
        return RandomGraph(graph, loss, [x.feed(Matrix.from_array(numbers.astype(dtype)))])


# The graphs are made outside of the strategy: the run-time type checks of what they call draw random numbers.
recipes = st.builds(
    Recipe, st.tuples(sizes, sizes, sizes), st.lists(st.integers(0, 10_000), min_size=1, max_size=8).map(tuple)
)


def applications(variables: list[AnyVariable]) -> Iterator[tuple[Op, list[AnyVariable | float], dict[str, Any]]]:
    """Yield every operation with operands that fit it, and its parameters."""
    for a in variables:
        yield ops.MULTIPLY, [a, 0.5], {}
        for op, parameters in UNARY:
            yield op, [a], parameters
        for op in BINARY:
            for b in variables:
                try:
                    op.shape(a.shape, b.shape)
                except ShapeError:
                    continue
                yield op, [a, b], {}
