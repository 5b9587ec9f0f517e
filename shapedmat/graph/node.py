"""`Node`, one application of an operation in a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapedmat.graph.variable import Variable
from shapedmat.ops import Op


@dataclass(frozen=True, slots=True, eq=False)  # two nodes are the same only if they are one
class Node:
    """One application of an operation.

    Attributes:
        op: the operation.
        inputs: the variables and numbers that it is applied to.
        parameters: what the operation takes beside them, such as the axis of a reduction.
        output: the variable that it computes, which has the node's name.
    """

    op: Op
    inputs: tuple[Variable[Any, Any, Any] | float, ...]
    parameters: Mapping[str, Any]
    output: Variable[Any, Any, Any]

    @property
    def name(self) -> str:
        """The node's name."""
        return self.output.name

    @property
    def variables(self) -> list[Variable[Any, Any, Any]]:
        """The inputs that are variables."""
        return [each for each in self.inputs if isinstance(each, Variable)]


def needed_for(outputs: Iterable[Variable[Any, Any, Any]], nodes: Sequence[Node]) -> set[Variable[Any, Any, Any]]:
    """Return the variables that some outputs are computed from, with the outputs; the nodes are in running order."""
    needed = set(outputs)
    for node in reversed(nodes):
        if node.output in needed:
            needed.update(node.variables)
    return needed


def on_paths(
    sources: Iterable[Variable[Any, Any, Any]], output: Variable[Any, Any, Any], nodes: Sequence[Node]
) -> set[Variable[Any, Any, Any]]:
    """Return the variables on paths from some sources to an output, with both ends; the nodes are in running order.

    Paths lead through floating-point numbers alone: what is none, such as the result of a comparison, changes in steps
    and passes no gradient on.
    """
    floating = [node for node in nodes if node.output.dtype.kind == "f"]
    reached = {source for source in sources if source.dtype.kind == "f"}
    for node in floating:
        if not reached.isdisjoint(node.variables):
            reached.add(node.output)
    return reached & needed_for([output], floating)
