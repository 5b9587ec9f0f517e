"""Rules for arrays that are made from sizes, from bounds, or from other arrays as their items."""

from __future__ import annotations

import math
from collections.abc import Sequence

from shapedmat.dimensions import UNKNOWN, Dim, add, floor_divide, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import assign, broadcast, hadamard
from shapedmat.shapes.lengths import at_least_zero, sizes, vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, normalize_axis


def full(shape: Shape, fill: Shape = ()) -> Shape:
    """Return the shape of a new array that is filled with a value, or with an array that is broadcast to it.

    Raises:
        ShapeError: a size is negative, or the value does not broadcast to the shape.
    """
    return assign(sizes(shape), fill)


def eye(rows: Dim, columns: Dim | None = None) -> Shape:
    """Return the shape of a matrix with ones on a diagonal, which is square unless it has its own number of columns.

    Raises:
        ShapeError: a size is negative.
    """
    return sizes((rows, rows if columns is None else columns))


def tri(rows: Dim, columns: Dim | None = None) -> Shape:
    """Return the shape of a matrix with ones in a triangle, for which NumPy takes a negative size for zero."""
    return at_least_zero(rows), at_least_zero(rows if columns is None else columns)


def vander(shape: Shape, columns: Dim | None = None) -> Shape:
    """Return the shape of the matrix whose columns are powers of a vector.

    Raises:
        ShapeError: the array is not a vector, or the number of columns is negative.
    """
    return eye(vector_length(shape, action="make a Vandermonde matrix of"), columns)


def arange(start: Dim, stop: Dim | None = None, step: Dim = 1) -> Shape:
    """Return the shape of the integers from a start to before a stop; the only bound that is given is the stop.

    >>> from shapedmat.dimensions import symbol
    >>> n = symbol("n")
    >>> arange(2, 10, 3), arange(3, 3), arange(n) == (n,), arange(subtract(n, 1), -1, -1) == (n,), arange(5, n)
    ((3,), (0,), True, True, (?,))

    Raises:
        ShapeError: the step is zero.
    """
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ShapeError(f"cannot count from {start} to {stop} in steps of 0")
    if at_most(step, -1):
        start, stop, step = stop, start, multiply(-1, step)
    if not at_most(1, step):
        return (UNKNOWN,)
    distance = at_least_zero(subtract(stop, start))
    whole = floor_divide(distance, step)
    if multiply(whole, step) == distance:
        return (whole,)
    return (floor_divide(add(distance, subtract(step, 1)), step),)


def arange_of_fractions(start: float, stop: float, step: float = 1.0) -> Shape:
    """Return the shape of the numbers from a start to before a stop, where one of the three is no integer.

    >>> arange_of_fractions(0.0, 1.0, 0.3), arange_of_fractions(2.5, 0.0)
    ((4,), (0,))

    Raises:
        ShapeError: the step is zero.
    """
    if step == 0:
        raise ShapeError(f"cannot count from {start} to {stop} in steps of 0")
    length = (stop - start) / step  # in this precision, as NumPy counts them
    return (max(0, math.ceil(length)) if math.isfinite(length) else UNKNOWN,)


def linspace(start: Shape, stop: Shape, num: Dim = 50, axis: int = 0) -> Shape:
    """Return the shape of numbers evenly spaced between two arrays, with a new axis for the numbers.

    >>> linspace((), (), 11), linspace((3, 1), (4,), 11, axis=-1)
    ((11,), (3, 4, 11))

    Raises:
        ShapeError: the arrays do not broadcast, the number is negative, or the result has no such axis.
    """
    ends = broadcast(start, stop, action="space numbers between")
    (number,) = sizes((num,), action="space numbers in an axis of")
    place = normalize_axis((number, *ends), axis, action="space numbers in")
    return (*ends[:place], number, *ends[place:])


def array_of(items: Sequence[Shape]) -> Shape:
    """Return the shape of an array that is made from a sequence of arrays or of numbers, which must have one shape.

    >>> array_of([(), (), ()]), array_of([(2, 3), (2, 3)])
    ((3,), (2, 2, 3))
    >>> array_of([(3,), (4,)])
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot make an array of (3,) and (4,): the shapes differ

    Raises:
        ShapeError: the shapes of two items differ.
    """
    common = items[0] if items else ()
    for item in items[1:]:
        common = hadamard(common, item, action="make an array of")
    return len(items), *common
