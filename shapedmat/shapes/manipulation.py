"""Rules for operations that lay the elements of an array out anew: reshape, broadcast, flip, rotate."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Equality, Unknown, compare, floor_divide, multiply
from shapedmat.errors import ShapeError
from shapedmat.shapes.axes import places
from shapedmat.shapes.broadcasting import assign, broadcast, broadcast_pair
from shapedmat.shapes.lengths import sizes
from shapedmat.shapes.shape import Axes, Shape, count, normalize_axis, show


def reshape(shape: Shape, new: Shape) -> Shape:
    """Return the shape of a reshape; one dimension of `new` may be -1, and is found from the others.

    NumPy happens to take every negative size for -1; here only -1 is.

    >>> reshape((6, 4), (8, -1))
    (8, 3)

    Raises:
        ShapeError: the numbers of elements differ, or more than one dimension is -1.
    """
    refusal = f"cannot reshape {show(shape)} to {show(new)}"
    total = count(shape)
    inferred = [place for place, dim in enumerate(new) if dim == -1]
    if any(isinstance(dim, int) and dim < -1 for dim in new):
        raise ShapeError(f"{refusal}: a size cannot be negative")
    if len(inferred) > 1:
        raise ShapeError(f"{refusal}: only one dimension can be -1")
    if inferred:
        rest = count(tuple(dim for dim in new if dim != -1))
        if rest == 0:
            raise ShapeError(f"{refusal}: -1 cannot be found beside a size of 0")
        if isinstance(total, int) and isinstance(rest, int) and total % rest:
            raise ShapeError(f"{refusal}: the number of elements, {total}, is not a multiple of {rest}")
        return tuple(floor_divide(total, rest) if dim == -1 else dim for dim in new)
    if compare(total, count(new)) is Equality.DIFFERENT:
        raise ShapeError(f"{refusal}: the numbers of elements, {total} and {count(new)}, differ")
    return new


def view(shape: Shape, own: int | Unknown, other: int | Unknown) -> Shape:
    """Return the shape of an array whose memory is read as elements of another size, in bytes: the last axis changes.

    >>> view((5, 4), 2, 8), view((5, 4), 8, 4)
    ((5, 1), (5, 8))

    Raises:
        ShapeError: the last axis is not a multiple of the new size, or there is none.
    """
    if isinstance(own, Unknown) or isinstance(other, Unknown):
        return (*shape[:-1], UNKNOWN) if shape else shape
    if own == other:
        return shape
    refusal = f"cannot view {show(shape)} of {own} bytes each as elements of {other} bytes"
    if not shape:
        raise ShapeError(f"{refusal}: there is no axis that could change")
    length = multiply(shape[-1], own)
    if isinstance(length, int) and length % other:
        raise ShapeError(f"{refusal}: the last axis has {length} bytes, which is not a multiple")
    return (*shape[:-1], floor_divide(length, other))


def ravel(shape: Shape) -> Shape:
    """Return the shape of all elements in a row."""
    return (count(shape),)


def broadcast_to(shape: Shape, new: Shape) -> Shape:
    """Return the shape of an array that is broadcast to a shape.

    >>> broadcast_to((5, 1), (5, 2))
    (5, 2)

    Raises:
        ShapeError: the array does not broadcast to the shape, or a size is negative.
    """
    return assign(sizes(new, action="broadcast to"), shape, action="broadcast")


def broadcast_arrays(*shapes: Shape) -> tuple[Shape, ...]:
    """Return the shapes of arrays that are broadcast together.

    Raises:
        ShapeError: two sizes on one axis differ and neither is 1.
    """
    return (broadcast(*shapes),) * len(shapes)


def flip(shape: Shape, axis: Axes = None) -> Shape:
    """Return the shape of an array whose elements are in reverse order along all axes, or along those that are given.

    Raises:
        ShapeError: there is no such axis, or one is given twice.
    """
    if axis is not None:
        places(shape, axis, action="flip")
    return shape


def roll(shape: Shape, shift: Shape = (), axis: Axes = None) -> Shape:
    """Return the shape of an array whose elements are moved along axes; `shift` is the shape of how far they are.

    Raises:
        ShapeError: there is no such axis, or there is not one number for each.
    """
    axes = () if axis is None else (axis,) if isinstance(axis, int) else axis
    for each in axes:
        normalize_axis(shape, each, action="roll")
    refusal = f"cannot roll {show(shape)} by numbers of {show(shift)}"
    if len(shift) > 1:
        raise ShapeError(f"{refusal}: a number or a vector is wanted")
    if isinstance(axis, tuple):
        try:
            broadcast_pair(shift, (len(axes),), last_axis=-1)
        except ShapeError:
            raise ShapeError(f"{refusal} over axes {show(axes)}: one number for each axis is wanted") from None
    return shape


def rot90(shape: Shape, k: int | Unknown = 1, axes: tuple[int, int] = (0, 1)) -> Shape:
    """Return the shape of an array that is turned `k` times from one axis towards another.

    >>> rot90((5, 2)), rot90((5, 2), 2)
    ((2, 5), (5, 2))

    Raises:
        ShapeError: there is no such axis, or one is given twice.
    """
    first, second = places(shape, axes, action="rotate")
    result = list(shape)
    if isinstance(k, Unknown):
        if compare(shape[first], shape[second]) is not Equality.SAME:
            result[first] = result[second] = UNKNOWN
    elif k % 2:
        result[first], result[second] = shape[second], shape[first]
    return tuple(result)
