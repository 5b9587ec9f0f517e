"""Rules for grids: arrays of coordinates, one for each axis."""

from __future__ import annotations

from typing import Literal

from shapedmat.shapes.lengths import sizes, vector_length
from shapedmat.shapes.shape import Shape, count


def meshgrid(*shapes: Shape, indexing: Literal["xy", "ij"] = "xy", sparse: bool = False) -> tuple[Shape, ...]:
    """Return the shapes of the coordinates of a grid, the first two axes of which are swapped unless indexed ``"ij"``.

    >>> meshgrid((3,), (4,)), meshgrid((3,), (4,), indexing="ij", sparse=True)
    (((4, 3), (4, 3)), ((3, 1), (1, 4)))
    """
    lengths = tuple(count(shape) for shape in shapes)
    if indexing == "xy":
        lengths = lengths[1::-1] + lengths[2:]
    if not sparse:
        return (lengths,) * len(lengths)
    grids = _open_grid(lengths)
    return grids[1::-1] + grids[2:] if indexing == "xy" else grids


def indices(dimensions: Shape) -> Shape:
    """Return the shape of the indices of all elements of an array: one array of its shape for each axis.

    >>> indices((5, 4))
    (2, 5, 4)

    Raises:
        ShapeError: a size is negative.
    """
    return len(dimensions), *sizes(dimensions)


def ix_(*shapes: Shape) -> tuple[Shape, ...]:
    """Return the shapes of vectors that are laid along one axis each, so that together they index a grid.

    A vector of booleans is as long as the number of those that hold. These are also the shapes of sparse indices.

    >>> ix_((3,), (4,))
    ((3, 1), (1, 4))

    Raises:
        ShapeError: an array is not a vector.
    """
    return _open_grid(tuple(vector_length(shape, action="lay along an axis an array of") for shape in shapes))


def _open_grid(lengths: Shape) -> tuple[Shape, ...]:
    rank = len(lengths)
    return tuple((*(1,) * place, dim, *(1,) * (rank - place - 1)) for place, dim in enumerate(lengths))
