"""Rules for diagonals and triangles."""

from __future__ import annotations

from shapedmat.dimensions import Equality, add, compare, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.lengths import at_least_zero
from shapedmat.shapes.order import smaller
from shapedmat.shapes.shape import Shape, normalize_axis, show


def diag(shape: Shape, k: int = 0) -> Shape:
    """Return the shape of the matrix that has a vector on its diagonal, or of the diagonal of a matrix.

    >>> diag((5,), 1), diag((5, 4))
    ((6, 6), (4,))

    Raises:
        ShapeError: the array is neither a vector nor a matrix.
    """
    if len(shape) not in (1, 2):
        raise ShapeError(f"cannot take the diagonal of {show(shape)}: a vector or a matrix is wanted")
    return (add(shape[0], abs(k)),) * 2 if len(shape) == 1 else diagonal_of(shape, k)


def diagonal_of(
    shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1, *, action: str = "take the diagonal of"
) -> Shape:
    """Return the shape of the diagonals of two axes, which are the last axis of the result.

    >>> diagonal_of((5, 4)), diagonal_of((2, 5, 4), 1, 1, 2)
    ((4,), (2, 3))

    Raises:
        ShapeError: there are not two such axes.
    """
    refusal = f"cannot {action} {show(shape)}"
    if len(shape) < 2:
        raise ShapeError(f"{refusal}: at least 2 axes are wanted")
    first, second = (normalize_axis(shape, axis, action=action) for axis in (axis1, axis2))
    if first == second:
        raise ShapeError(f"{refusal} over axes {show((axis1, axis2))}: one axis is given twice")
    # Each end of the diagonal is where the rows or the columns end.
    rows, columns = subtract(shape[first], max(-offset, 0)), subtract(shape[second], max(offset, 0))
    length = at_least_zero(smaller(rows, columns))
    return (*(dim for place, dim in enumerate(shape) if place not in (first, second)), length)


def trace(shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Shape:
    """Return the shape of the sums of the diagonals of two axes.

    Raises:
        ShapeError: there are not two such axes.
    """
    return diagonal_of(shape, offset, axis1, axis2, action="take the trace of")[:-1]


def triangle(shape: Shape) -> Shape:
    """Return the shape of the triangle of matrices, of which a vector is each row.

    >>> triangle((5, 4)), triangle((3,))
    ((5, 4), (3, 3))

    Raises:
        ShapeError: the array is a scalar.
    """
    if not shape:
        raise ShapeError(f"cannot take the triangle of {show(shape)}: at least 1 axis is wanted")
    return shape * 2 if len(shape) == 1 else shape


def fill_diagonal(shape: Shape) -> Shape:
    """Return the shape of an array after its main diagonal is overwritten, for which values of any shape do.

    Raises:
        ShapeError: there are fewer than 2 axes, or more than 2 whose sizes differ.
    """
    refusal = f"cannot fill the diagonal of {show(shape)}"
    if len(shape) < 2:
        raise ShapeError(f"{refusal}: at least 2 axes are wanted")
    if len(shape) > 2:
        for dim in shape[1:]:
            if compare(shape[0], dim) is Equality.DIFFERENT:
                raise ShapeError(f"{refusal}: sizes {shape[0]} and {dim} differ")
    return shape
