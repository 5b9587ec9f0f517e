"""Pictures of graphs: where variables are placed, and that files are written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from nets.graph_plots import draw_graph, draw_losses, layout
from shapedmat import sin
from shapedmat.graph import Graph, normal


@pytest.fixture
def graph() -> Graph:
    """A graph with a fork, its gradients, and a source that only a late node takes."""
    graph = Graph()
    x = graph.parameter("x", 2, 2, normal())
    late = graph.input("late", 1, 1)
    graph.backward(x.apply(sin).hstack(x).sum() + late)
    return graph


def test_results_stand_behind_what_they_need(graph: Graph) -> None:
    """Every node is to the right of its inputs."""
    places = layout(graph)
    assert all(places[each][0] < places[node.output][0] for node in graph.nodes for each in node.variables)


def test_places_are_apart(graph: Graph) -> None:
    """No two variables of a column are nearer than 1."""
    places = layout(graph)
    columns: dict[float, list[float]] = {}
    for x, y in places.values():
        columns.setdefault(x, []).append(y)
    for rows in columns.values():
        rows.sort()
        assert all(below - above >= 1 for above, below in pairwise(rows))


def test_source_stands_before_its_first_node(graph: Graph) -> None:
    """A source that only a late node takes stands right before it."""
    places = {variable.name: place for variable, place in layout(graph).items()}
    assert places["late"][0] == places["add"][0] - 1


def test_every_variable_has_a_place(graph: Graph) -> None:
    """The picture has the variables that the DOT text has."""
    assert list(graph.variables) == list(layout(graph))


@pytest.mark.parametrize("empty", [False, True])
def test_graph_is_drawn(graph: Graph, empty: bool, tmp_path: Path) -> None:
    """The picture is a PNG file, also of a graph of nothing."""
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    draw_graph(tmp_path / "graph.png", Graph() if empty else graph)
    assert b"\x89PNG" == (tmp_path / "graph.png").read_bytes()[:4]


@pytest.mark.parametrize("count", [1, 100])
def test_losses_are_drawn(count: int, tmp_path: Path) -> None:
    """The picture of some losses is a PNG file."""
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    draw_losses(tmp_path / "loss.png", [1 / (step + 1) for step in range(count)])
    assert b"\x89PNG" == (tmp_path / "loss.png").read_bytes()[:4]
