"""Rules for the lengths of axes: how many elements there are at least, and of which arrays it is asked."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Dim
from shapedmat.errors import ShapeError
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, show


def larger(a: Dim, b: Dim) -> Dim:
    """Return the larger of two dimensions."""
    if at_most(a, b):
        return b
    return a if at_most(b, a) else UNKNOWN


def at_least_zero(dim: Dim) -> Dim:
    """Return a number of elements, where a number below zero means none.

    >>> from shapedmat.dimensions import subtract, symbol
    >>> n = symbol("n")
    >>> at_least_zero(-2), str(at_least_zero(subtract(n, 1))), at_least_zero(subtract(n, 2))
    (0, 'n - 1', ?)
    """
    return larger(dim, 0)


def sizes(shape: Shape, *, action: str = "make an array of") -> Shape:
    """Return the shape of a new array.

    >>> sizes((2, -3))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot make an array of (2, -3): a size cannot be negative

    Raises:
        ShapeError: a size is negative.
    """
    if any(at_most(dim, -1) for dim in shape):
        raise ShapeError(f"cannot {action} {show(shape)}: a size cannot be negative")
    return shape


def vector_length(shape: Shape, *, action: str) -> Dim:
    """Return the length of an array that must have one axis.

    Raises:
        ShapeError: it has none, or more than one.
    """
    if len(shape) != 1:
        raise ShapeError(f"cannot {action} {show(shape)}: a vector is wanted")
    return shape[0]
