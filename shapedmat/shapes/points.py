"""Rules for sets of points, one a row."""

from __future__ import annotations

from shapedmat.dimensions import Equality, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Shape, show


def differences(points: Shape, point: Shape) -> Shape:
    """Return the shape of the differences of each of `points`, one a row, from one point.

    >>> differences((100, 3), (1, 3))
    (100, 3)

    Raises:
        ShapeError: the point is not one row as long as the rows of the points.
    """
    refusal = f"cannot compare the rows of {show(points)} with {show(point)}"
    if len(points) != 2:
        raise ShapeError(f"{refusal}: a matrix of points is wanted")
    wanted = (1, points[1])
    if len(point) != 2 or any(compare(*pair) is Equality.DIFFERENT for pair in zip(point, wanted, strict=True)):
        raise ShapeError(f"{refusal}: a point of {show(wanted)} is wanted")
    return points


def row_norms(points: Shape) -> Shape:
    """Return the shape of the Euclidean norms of the rows: one column.

    Raises:
        ShapeError: the points are not the rows of a matrix.
    """
    if len(points) != 2:
        raise ShapeError(f"cannot take the norms of the rows of {show(points)}: a matrix of points is wanted")
    return points[0], 1


def distances(points: Shape, point: Shape) -> Shape:
    """Return the shape of the distances of each of `points` from one point: one column.

    Raises:
        ShapeError: the point is not one row as long as the rows of the points.
    """
    return row_norms(differences(points, point))
