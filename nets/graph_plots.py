"""Pictures of graphs and of their training, as PNG files; they need matplotlib (``pip install shapedmat[plot]``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from nets.figures import INK, SECOND_INK, loss_curves, new_figure, save_figure
from shapedmat.graph import Graph, Variable

_COLORS: Final = {"input": SECOND_INK, "parameter": INK, "constant": "#888888", "result": "black"}
_SWEEPS: Final = 8  # over the layers, to bring what is connected to one height
_WIDTH: Final = 1.0  # of a layer, in inches
_HEIGHT: Final = 0.6  # of a variable, in inches


def draw_graph(path: Path, graph: Graph) -> None:
    """Draw the variables of a graph from left to right, each behind what it is computed from, with its name and shape.

    It is the picture that `Graph.to_dot` describes: inputs are orange boxes, parameters blue ones, nodes black.

    Args:
        path: the PNG file to write.
        graph: the graph, of up to some hundred nodes.
    """
    places = layout(graph)
    width = max((x for x, _ in places.values()), default=0.0) + 1
    height = max((y for _, y in places.values()), default=0.0) + 1
    figure = new_figure(_WIDTH * width, max(1.5, _HEIGHT * height))
    axes = figure.subplots()
    axes.set(xlim=(-0.6, width - 0.4), ylim=(-0.6, height - 0.4))
    axes.axis("off")
    for node in graph.nodes:
        for each in node.variables:
            arrow = {"arrowstyle": "->", "color": "#999999", "shrinkA": 12, "shrinkB": 12, "linewidth": 0.6}
            axes.annotate("", places[node.output], places[each], arrowprops=arrow)
    for variable, (x, y) in places.items():
        color = _COLORS[variable.role]
        frame = {"boxstyle": "round" if variable.role == "parameter" else "square", "fc": "white", "ec": color}
        axes.text(x, y, _label(variable), ha="center", va="center", fontsize=5, color=color, bbox=frame)
    save_figure(figure, path)


def draw_losses(path: Path, losses: Sequence[float], *, unit: str = "step") -> None:
    """Draw a loss, one number a step, on a logarithmic axis, with the mean of the last twentieth of the steps.

    Args:
        path: the PNG file to write.
        losses: the losses in their order.
        unit: what lies between two of them.
    """
    window = max(1, len(losses) // 20)
    means = np.convolve(losses, np.full(window, 1 / window), mode="valid").tolist()
    curves = {
        f"each {unit}": (range(1, len(losses) + 1), losses),
        f"mean of {window}": (range(window, len(losses) + 1), means),
    }
    loss_curves(path, curves, xlabel=unit)


def _label(variable: Variable[Any, Any, Any]) -> str:
    name = variable.name.replace("/", "/\n")
    return f"{name}\n{variable.shape[0]}×{variable.shape[1]}"


def layout(graph: Graph) -> Mapping[Variable[Any, Any, Any], tuple[float, float]]:
    """Return a place for each variable: the column is its longest path from a source, and rows are apart by 1 or more.

    The rows of a column are ordered by the mean row of their neighbours, in sweeps to and fro, so that few edges cross
    (Sugiyama, Tagawa & Toda, 1981).
    """
    column: dict[Variable[Any, Any, Any], int] = dict.fromkeys(graph.variables, 0)
    neighbours: dict[Variable[Any, Any, Any], list[Variable[Any, Any, Any]]] = defaultdict(list)
    for node in graph.nodes:
        column[node.output] = 1 + max((column[each] for each in node.variables), default=0)
        for each in node.variables:
            neighbours[node.output].append(each)
            neighbours[each].append(node.output)
    for variable in graph.variables:
        if variable.role != "result" and neighbours[variable]:
            # A source stands right before the first node that takes it.
            column[variable] = min(column[each] for each in neighbours[variable]) - 1
    columns: dict[int, list[Variable[Any, Any, Any]]] = defaultdict(list)
    for variable, place in column.items():
        columns[place].append(variable)
    tallest = max(map(len, columns.values()), default=1)
    row = {each: float(place) for members in columns.values() for place, each in enumerate(members)}
    for sweep in range(_SWEEPS):
        for place in sorted(columns, reverse=sweep % 2 == 1):
            members = columns[place]
            means = {
                each: sum(row[other] for other in neighbours[each]) / len(neighbours[each]) if neighbours[each] else 0.0
                for each in members
            }
            members.sort(key=means.__getitem__)
            first = (tallest - len(members)) / 2
            row.update({each: first + position for position, each in enumerate(members)})
    return {variable: (float(column[variable]), row[variable]) for variable in graph.variables}
