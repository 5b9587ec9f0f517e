"""Topologies: where the neurons of a map lie, how far apart they are there, and which of them are neighbours.

The distances decide how strongly a neuron follows the best matching unit; the neighbours are what the unified distance
matrix and the topographic error look at. The static types carry the number of neurons and of latent dimensions; the
number of neurons of a lattice is said by an annotation, as in ``lattice: Rectangular[L[100]] = Rectangular(10, 10)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeAlias
from typing import Literal as L

import numpy as np
from typing_extensions import TypeVar

from shapedmat import Matrix, ShapeError

Neurons = TypeVar("Neurons", bound=int, default=Any)
Latent = TypeVar("Latent", bound=int, default=Any)

Units: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]] | Sequence[int]"

_ROUNDING: Final = 1e-6
"""How much longer than a link a distance may come out, relative to it."""

_ROWS: Final = 256
"""The neurons whose distances from all others are looked at together."""


class Topology(ABC, Generic[Neurons, Latent]):
    """The latent space of a map: positions, distances and neighbours of its neurons."""

    @abstractmethod
    def compute_positions(self) -> Matrix[np.float64, Neurons, Latent]:
        """Return the latent coordinates of the neurons."""

    @abstractmethod
    def compute_adjacency(self) -> Matrix[np.bool_, Neurons, Neurons]:
        """Return which neurons are neighbours."""

    @abstractmethod
    def distances_from(self, units: Units) -> Matrix[np.float64, Any, Neurons]:
        """Return the latent distances of all neurons from some of them, of shape (units, neurons)."""

    @cached_property
    def positions(self) -> Matrix[np.float64, Neurons, Latent]:
        """The latent coordinates of the neurons, of shape (neurons, latent dimensions)."""
        return self.compute_positions()

    @cached_property
    def adjacency(self) -> Matrix[np.bool_, Neurons, Neurons]:
        """Which neurons are neighbours; symmetric, and no neuron is its own neighbour."""
        return self.compute_adjacency()

    @property
    def neurons(self) -> Neurons:
        """The number of neurons."""
        return self.positions.rows

    @cached_property
    def distances(self) -> Matrix[np.float64, Neurons, Neurons]:
        """The latent distances of all neurons from one another, of shape (neurons, neurons)."""
        return self.distances_from(range(self.neurons))


class _Lattice(Topology[Neurons, L[2]]):
    """Neurons in rows and columns, numbered row after row."""

    rows: int
    columns: int
    toroidal: bool

    def _check(self) -> None:
        if self.rows < 1 or self.columns < 1:
            raise ValueError(f"a lattice of {self.rows} × {self.columns} has no neurons: 1 × 1 is the smallest")

    @property
    @abstractmethod
    def _periods(self) -> tuple[float, float]:
        """After which length the lattice repeats itself, where it is a torus, down and across."""

    @property
    @abstractmethod
    def _reach(self) -> float:
        """The distance of the furthest neighbours."""

    def distances_from(self, units: Units) -> Matrix[np.float64, Any, Neurons]:
        """Return the Euclidean distances, on a torus the shortest way round, of shape (units, neurons)."""
        positions = self.positions.numpy()
        return _euclidean(positions[np.asarray(units)], positions, self._periods if self.toroidal else None)

    def compute_adjacency(self) -> Matrix[np.bool_, Neurons, Neurons]:
        """Return which neurons are next to each other on the lattice."""
        return _within(self, self._reach)


@dataclass(frozen=True)
class Rectangular(_Lattice[Neurons]):
    """Neurons at the corners of squares: at (row, column).

    >>> Rectangular(2, 3).positions.numpy()[4]
    array([1., 1.])

    Attributes:
        rows: the number of rows.
        columns: the number of columns.
        toroidal: whether the last row and column are next to the first ones.
        diagonals: whether a neuron has 8 neighbours (Moore) and not the 4 that are 1 apart (von Neumann).

    Raises:
        ValueError: there are no rows or no columns.
    """

    rows: int
    columns: int
    toroidal: bool = False
    diagonals: bool = False

    def __post_init__(self) -> None:
        self._check()

    def compute_positions(self) -> Matrix[np.float64, Neurons, L[2]]:
        """Return row and column of each neuron."""
        return Matrix.from_array(np.indices((self.rows, self.columns), np.float64).reshape(2, -1).T.copy())

    @property
    def _periods(self) -> tuple[float, float]:
        return float(self.rows), float(self.columns)

    @property
    def _reach(self) -> float:
        return 2**0.5 if self.diagonals else 1.0


@dataclass(frozen=True)
class Hexagonal(_Lattice[Neurons]):
    """Neurons at the centres of hexagons, each 1 apart from up to six neighbours.

    Rows are √3/2 apart, and every second one is moved right by a half: neuron (row, column) is at
    (row √3/2, column + ½ (row mod 2)).

    >>> Hexagonal(5, 5).adjacency.numpy()[12].sum()
    np.int64(6)

    Attributes:
        rows: the number of rows; on a torus an even number, as the rows would not fit together otherwise.
        columns: the number of columns.
        toroidal: whether the last row and column are next to the first ones.

    Raises:
        ValueError: there are no rows or no columns, or an odd number of rows on a torus.
    """

    rows: int
    columns: int
    toroidal: bool = False

    def __post_init__(self) -> None:
        self._check()
        if self.toroidal and self.rows % 2:
            raise ValueError(f"a hexagonal torus has an even number of rows, not {self.rows}: add or drop one")

    def compute_positions(self) -> Matrix[np.float64, Neurons, L[2]]:
        """Return the centres of the hexagons: how far down, and how far right."""
        row, column = np.indices((self.rows, self.columns), np.float64).reshape(2, -1)
        return Matrix.from_array(np.stack([row * _ROW_HEIGHT, column + row % 2 / 2], axis=1))

    @property
    def _periods(self) -> tuple[float, float]:
        return self.rows * _ROW_HEIGHT, float(self.columns)

    @property
    def _reach(self) -> float:
        return 1.0


_ROW_HEIGHT: Final = 3**0.5 / 2


class Coordinates(Topology[Neurons, Latent]):
    """Neurons at any coordinates of any dimension, with the Euclidean distances between them.

    Neurons are neighbours if they are no further apart than `reach`; without it, than the two nearest ones are.

    >>> cube = Coordinates(Matrix.from_rows(np.indices((3, 3, 3)).reshape(3, -1).T, dtype=np.float64))
    >>> cube.adjacency.numpy()[13].sum()
    np.int64(6)

    Raises:
        ValueError: there are no neurons, or a coordinate is not finite.
    """

    def __init__(self, positions: Matrix[np.float64, Neurons, Latent], reach: float | None = None) -> None:
        if positions.rows < 1:
            raise ValueError("there are no coordinates: one row for each neuron is wanted")
        if not np.isfinite(positions.numpy()).all():
            raise ValueError("coordinates of neurons must be finite numbers")
        self._given = positions
        self._reach = reach

    def compute_positions(self) -> Matrix[np.float64, Neurons, Latent]:
        """Return the coordinates that were given."""
        return self._given

    @property
    def reach(self) -> float:
        """The largest distance of neighbours."""
        if self._reach is not None:
            return self._reach
        apart = self.distances.numpy()
        apart = apart[apart > 0]
        return float(apart.min()) if apart.size else 0.0

    def distances_from(self, units: Units) -> Matrix[np.float64, Any, Neurons]:
        """Return the Euclidean distances, of shape (units, neurons)."""
        positions = self.positions.numpy()
        return _euclidean(positions[np.asarray(units)], positions, None)

    def compute_adjacency(self) -> Matrix[np.bool_, Neurons, Neurons]:
        """Return which neurons are within reach of each other."""
        return _within(self, self.reach)


class Graph(Topology[Neurons, Latent]):
    """Neurons joined by edges; the distance of two is the number of edges on the shortest path between them.

    >>> ring = Graph(6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)])
    >>> ring.distances.numpy()[0]
    array([0., 1., 2., 3., 2., 1.])

    Without positions, which only drawings and the start along principal components look at, the neurons are placed in
    the plane so that distances there are near the numbers of edges (classical scaling; Torgerson, "Multidimensional
    scaling", Psychometrika 17, 1952).

    Args:
        neurons: how many there are.
        edges: pairs of neurons, numbered from 0, in any order.
        positions: the latent coordinates of the neurons.

    Raises:
        ValueError: an edge joins a neuron with itself or one that is not there, or the graph is not connected.
        ShapeError: there is not a position for each neuron.
    """

    def __init__(
        self,
        neurons: Neurons,
        edges: Sequence[tuple[int, int]],
        positions: Matrix[np.float64, Neurons, Latent] | None = None,
    ) -> None:
        linked = np.zeros((neurons, neurons), np.bool_)
        for first, second in edges:
            if first == second or not (0 <= first < neurons and 0 <= second < neurons):
                raise ValueError(
                    f"there is no edge ({first}, {second}) among {neurons} neurons: "
                    f"two different numbers from 0 to {neurons - 1} are wanted"
                )
            linked[first, second] = linked[second, first] = True
        if positions is not None and positions.rows != neurons:
            raise ShapeError(f"there are {positions.rows} positions of {neurons} neurons: one each is wanted")
        self._linked = linked
        self._hops = _path_lengths(linked)
        self._given = positions

    def compute_positions(self) -> Matrix[np.float64, Neurons, Latent]:
        """Return the positions that were given, else some in the plane."""
        return _scaled_classically(self._hops) if self._given is None else self._given

    def compute_adjacency(self) -> Matrix[np.bool_, Neurons, Neurons]:
        """Return which neurons an edge joins."""
        return Matrix.from_array(self._linked)

    def distances_from(self, units: Units) -> Matrix[np.float64, Any, Neurons]:
        """Return the numbers of edges on the shortest paths, of shape (units, neurons)."""
        return Matrix.from_array(self._hops[np.asarray(units)])


def _euclidean(
    some: np.ndarray[Any, np.dtype[np.float64]],
    positions: np.ndarray[Any, np.dtype[np.float64]],
    periods: tuple[float, float] | None,
) -> Matrix[np.float64, Any, Any]:
    squared = np.zeros((len(some), len(positions)))
    for axis in range(positions.shape[1]):
        apart = np.abs(some[:, axis, None] - positions[:, axis])
        if periods is not None:
            apart = np.minimum(apart, periods[axis] - apart)
        squared += apart**2
    return Matrix.from_array(np.sqrt(squared))


def _within(topology: Topology[Neurons, Any], reach: float) -> Matrix[np.bool_, Neurons, Neurons]:
    neurons: int = topology.neurons
    near = np.zeros((neurons, neurons), np.bool_)
    for start in range(0, neurons, _ROWS):  # all distances at once would take eight times the memory and more
        rows = range(start, min(start + _ROWS, neurons))
        near[start : start + _ROWS] = topology.distances_from(rows).numpy() <= reach * (1 + _ROUNDING)
    np.fill_diagonal(near, val=False)
    return Matrix.from_array(near)


def _path_lengths(linked: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    from scipy.sparse import csgraph, csr_array  # noqa: PLC0415  # for graphs alone: it takes a tenth of a second

    hops: np.ndarray[Any, np.dtype[np.float64]] = csgraph.shortest_path(csr_array(linked), unweighted=True)
    if np.isinf(hops).any():
        apart = int(np.argmax(np.isinf(hops[0])))
        raise ValueError(
            f"no path joins neurons 0 and {apart}: a map needs a connected graph, or one map for each part"
        )
    return hops


def _scaled_classically(distances: np.ndarray[Any, np.dtype[np.float64]]) -> Matrix[np.float64, Any, Any]:
    squared = distances**2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    largest = values[::-1][:2].clip(min=0)
    return Matrix.from_array(vectors[:, ::-1][:, :2] * np.sqrt(largest))
