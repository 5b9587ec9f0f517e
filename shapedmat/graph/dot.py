"""The text of a graph in the DOT language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shapedmat.graph.node import Node
from shapedmat.graph.variable import Role, Variable

_SHAPES: Final[Mapping[Role, str]] = {
    "input": "box",
    "parameter": "box, style=rounded",
    "constant": "plaintext",
    "result": "ellipse",
}


def to_dot(variables: Sequence[Variable[Any, Any, Any]], nodes: Sequence[Node]) -> str:
    """Return the graph as DOT: a box for each input, a rounded one for each parameter, an ellipse for each node.

    A node shows its name and the shape of its output; where it takes a number, the number is in it too.
    """
    lines = ["digraph {", "  rankdir=LR"]
    numbers = {node.output: [each for each in node.inputs if not isinstance(each, Variable)] for node in nodes}
    for variable in variables:
        label = "\\n".join([_escaped(variable.name), *map(str, numbers.get(variable, [])), str(variable.shape)])
        lines.append(f'  v{variable.index} [label="{label}", shape={_SHAPES[variable.role]}]')
    lines += [f"  v{each.index} -> v{node.output.index}" for node in nodes for each in node.variables]
    return "\n".join([*lines, "}", ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
