"""Topologies: positions, distances and neighbours, against what is counted and measured by hand."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import Coordinates, Graph, Hexagonal, Rectangular, Topology
from shapedmat import Matrix, ShapeError

sizes = st.integers(1, 6)
lattices = st.builds(
    lambda kind, rows, columns, toroidal: kind(2 * rows if toroidal else rows, columns, toroidal=toroidal),
    st.sampled_from((Rectangular, Hexagonal)),
    sizes,
    sizes,
    st.booleans(),
)


def points(rows: Any) -> Matrix[np.float64, Any, Any]:
    """Return coordinates."""
    return Matrix.from_rows(rows, dtype=np.float64)


@given(lattices)
def test_distances_are_a_metric(lattice: Topology[Any, Any]) -> None:
    """Latent distances are symmetric, zero on the diagonal alone, and obey the triangle inequality."""
    apart = lattice.distances.numpy()
    np.testing.assert_allclose(apart, apart.T, atol=1e-12)
    assert (np.diag(apart) == 0).all()
    assert (apart[~np.eye(len(apart), dtype=bool)] > 0).all()
    assert (apart[:, :, None] + apart[None] >= apart[:, None] - 1e-9).all()


@given(lattices)
def test_neighbours_are_mutual(lattice: Topology[Any, Any]) -> None:
    """Adjacency is symmetric, and no neuron is its own neighbour."""
    near = lattice.adjacency.numpy()
    assert (near == near.T).all()
    assert not near.diagonal().any()


@pytest.mark.parametrize(
    ("lattice", "neighbours"),
    [
        (Rectangular(5, 5), 4),
        (Rectangular(5, 5, diagonals=True), 8),
        (Hexagonal(5, 5), 6),
        (Hexagonal(6, 5), 6),
    ],
)
def test_inner_neurons_have_all_neighbours(lattice: Any, neighbours: int) -> None:
    """Inside of a lattice, squares have 4 or 8 neighbours and hexagons 6, in even rows and odd ones."""
    counts = lattice.adjacency.numpy().sum(axis=1).reshape(lattice.rows, lattice.columns)
    assert (counts[1:-1, 1:-1] == neighbours).all()


@pytest.mark.parametrize(
    ("lattice", "neighbours"),
    [
        (Rectangular(4, 5, toroidal=True), 4),
        (Rectangular(4, 5, toroidal=True, diagonals=True), 8),
        (Hexagonal(4, 5, toroidal=True), 6),
    ],
)
def test_a_torus_has_no_border(lattice: Topology[Any, Any], neighbours: int) -> None:
    """On a torus every neuron has all neighbours."""
    assert (lattice.adjacency.numpy().sum(axis=1) == neighbours).all()


def test_a_torus_goes_the_shortest_way_round() -> None:
    """On a torus of 10 × 10, the first row is 1 from the last, and opposite corners are √2 apart."""
    apart = Rectangular(10, 10, toroidal=True).distances.numpy()
    assert 1 == apart[0, 90]
    assert 2**0.5 == apart[0, 99]
    assert 5 == apart[0, 5]


def test_neurons_are_numbered_row_after_row() -> None:
    """Neuron row · columns + column is at (row, column)."""
    assert [2.0, 1.0] == Rectangular(3, 4).positions.numpy()[2 * 4 + 1].tolist()


def test_hexagons_of_odd_rows_are_moved_right() -> None:
    """Rows are √3/2 apart, and odd ones moved right by a half."""
    np.testing.assert_allclose([3**0.5 / 2, 1.5], Hexagonal(3, 4).positions.numpy()[4 + 1])


@given(lattices, st.data())
def test_distances_from_some_are_rows_of_all(lattice: Topology[Any, Any], data: st.DataObject) -> None:
    """`distances_from` gives the rows of `distances`."""
    units = data.draw(st.lists(st.integers(0, lattice.neurons - 1), min_size=1, max_size=4))
    assert (lattice.distances.numpy()[units] == lattice.distances_from(units).numpy()).all()


def test_graph_counts_edges() -> None:
    """In a ring of 6 with a chord, distances are the edges of the shortest paths."""
    ring = Graph(6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3)])
    assert [0, 1, 2, 1, 2, 1] == ring.distances.numpy()[0].tolist()
    assert [1, 3, 5] == np.flatnonzero(ring.adjacency.numpy()[0]).tolist()


def test_graph_places_a_path_on_a_line() -> None:
    """Classical scaling recovers the distances of a path exactly, in one dimension."""
    path = Graph(5, [(i, i + 1) for i in range(4)])
    places = path.positions.numpy()
    np.testing.assert_allclose(path.distances.numpy(), np.abs(places[:, :1] - places[:, 0]), atol=1e-7)


def test_graph_keeps_given_positions() -> None:
    """Positions that are given are the latent coordinates."""
    places = points([[0, 0], [1, 5]])
    assert places is Graph(2, [(0, 1)], places).positions


def test_coordinates_of_any_dimension() -> None:
    """Four coordinates a neuron give Euclidean distances in four dimensions."""
    line = Coordinates(points([[0, 0, 0, 0], [1, 1, 1, 1], [3, 3, 3, 3]]))
    np.testing.assert_allclose([0, 2, 6], line.distances.numpy()[0])
    assert [[False, True, False], [True, False, False], [False, False, False]] == line.adjacency.numpy().tolist()


def test_reach_widens_the_neighbourhood() -> None:
    """Neighbours are all within the reach."""
    line = Coordinates(points([[0], [1], [3]]), reach=2)
    assert [False, True, False] == line.adjacency.numpy()[0].tolist()
    assert [True, False, True] == line.adjacency.numpy()[1].tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rectangular(0, 3), "a lattice of 0 × 3 has no neurons: 1 × 1 is the smallest"),
        (
            lambda: Hexagonal(3, 2, toroidal=True),
            "a hexagonal torus has an even number of rows, not 3: add or drop one",
        ),
        (
            lambda: Graph(3, [(0, 3)]),
            "there is no edge (0, 3) among 3 neurons: two different numbers from 0 to 2 are wanted",
        ),
        (
            lambda: Graph(3, [(0, 1)]),
            "no path joins neurons 0 and 2: a map needs a connected graph, or one map for each part",
        ),
        (
            lambda: Coordinates(Matrix.zeros(0, 2, dtype=np.float64)),
            "there are no coordinates: one row for each neuron",
        ),
        (lambda: Coordinates(points([[np.inf]])), "coordinates of neurons must be finite numbers"),
    ],
)
def test_impossible_topologies(make: Any, message: str) -> None:
    """What cannot be a topology is refused in one sentence."""
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_positions_of_other_neurons(unchecked: None) -> None:
    """A graph wants a position for each neuron."""
    make: Any = inspect.unwrap(Graph.__init__)
    with pytest.raises(ShapeError, match="there are 1 positions of 2 neurons: one each is wanted"):
        make(object.__new__(Graph), 2, [(0, 1)], points([[0, 0]]))
