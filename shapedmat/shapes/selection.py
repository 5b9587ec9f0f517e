"""Rules for choosing elements: by their places, by conditions, and each value once."""

from __future__ import annotations

from collections.abc import Sequence

from shapedmat.dimensions import UNKNOWN, Dim
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast, broadcast_pair
from shapedmat.shapes.lengths import vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, count, normalize_axis, show


def take(shape: Shape, indices: Shape, axis: int | None = None) -> Shape:
    """Return the shape of elements taken at `indices`, which take the place of the axis, or of all axes.

    >>> take((5, 4), (2, 3)), take((5, 4), (2, 3), axis=1), take((5, 4), (), axis=1)
    ((2, 3), (5, 2, 3), (5,))

    Raises:
        ShapeError: there is no such axis, or no element to take.
    """
    vector = (count(shape),) if axis is None else shape or (1,)  # NumPy lets a scalar pass for a vector here
    place = normalize_axis(vector, axis or 0, action="take from")
    result = vector[:place] + indices + vector[place + 1 :]
    # NumPy looks at the indices once for each entry of the axes before.
    if vector[place] == 0 and at_most(1, count(vector[:place] + indices)):
        where = "" if axis is None else f" over axis {axis}"
        raise ShapeError(f"cannot take {show(indices)} from {show(shape)}{where}: there is nothing to take")
    return result


def take_along_axis(shape: Shape, indices: Shape, axis: int | None = -1) -> Shape:
    """Return the shape of elements taken along an axis, by their own index in each place of the other axes.

    >>> take_along_axis((5, 4), (5, 1), axis=1), take_along_axis((5, 4), (7,), axis=None)
    ((5, 1), (7,))

    Raises:
        ShapeError: there is no such axis, the ranks differ, the other axes do not broadcast, or there is no element to
            take.
    """
    refusal = f"cannot take {show(indices)} along axis {axis} of {show(shape)}"
    if axis is None:
        if len(indices) != 1:
            raise ShapeError(f"{refusal}: a vector is wanted")
        if count(shape) == 0 and at_most(1, indices[0]):
            raise ShapeError(f"{refusal}: there is nothing to take")
        return indices
    place = normalize_axis(shape, axis, action="take along")
    if len(indices) != len(shape):
        raise ShapeError(f"{refusal}: the numbers of axes, {len(indices)} and {len(shape)}, differ")
    try:
        others = broadcast_pair(*((*each[:place], 1, *each[place + 1 :]) for each in (shape, indices)), last_axis=-1)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: {error}") from None
    result = others[:place] + indices[place : place + 1] + others[place + 1 :]
    if shape[place] == 0 and at_most(1, count(result)):
        raise ShapeError(f"{refusal}: there is nothing to take")
    return result


def where(condition: Shape, x: Shape, y: Shape) -> Shape:
    """Return the shape of elements chosen from one array where a condition holds, and from another elsewhere.

    >>> where((5, 1), (4,), ())
    (5, 4)

    Raises:
        ShapeError: the condition and the arrays do not broadcast.
    """
    return broadcast(condition, x, y, action="choose from")


def choose(indices: Shape, choices: Sequence[Shape]) -> Shape:
    """Return the shape of elements, each chosen from one of several arrays.

    Raises:
        ShapeError: there is nothing to choose from, or the indices and the arrays do not broadcast.
    """
    if not choices:
        raise ShapeError("cannot choose from nothing: at least one array is wanted")
    return broadcast(indices, *choices, action="choose from")


def select(conditions: Sequence[Shape], choices: Sequence[Shape], default: Shape = ()) -> Shape:
    """Return the shape of elements, each chosen from the array that goes with the first condition that holds.

    Raises:
        ShapeError: there is no condition, not one array for each, or the conditions and the arrays do not broadcast.
    """
    if len(conditions) != len(choices):
        numbers = f"{len(conditions)} and {len(choices)}"
        raise ShapeError(f"cannot select by conditions: the numbers of conditions and of choices, {numbers}, differ")
    return broadcast(choose((), conditions), choose((), [*choices, default]), action="choose from")


def compress(condition: Shape, shape: Shape, axis: int | None = None) -> Shape:
    """Return the shape of the entries of an axis, or of all elements, for which a condition holds.

    Raises:
        ShapeError: there is no such axis, or the condition is not a vector.
    """
    length = vector_length(condition, action="compress by the condition")
    vector = (UNKNOWN,) if axis is None else shape or (1,)  # NumPy lets a scalar pass for a vector here
    place = normalize_axis(vector, axis or 0, action="compress")
    kept: Dim = 0 if length == 0 else UNKNOWN
    return (*vector[:place], kept, *vector[place + 1 :])


def extract(condition: Shape, shape: Shape) -> Shape:
    """Return the shape of the elements for which a condition holds; the two need not be of one size."""
    return (0,) if count(condition) == 0 or count(shape) == 0 else (UNKNOWN,)


def nonzero(shape: Shape) -> tuple[Shape, ...]:
    """Return the shapes of the indices of all elements that are not zero: one vector for each axis.

    >>> nonzero((5, 4))
    ((?,), (?,))

    Raises:
        ShapeError: the array is a scalar.
    """
    if not shape:
        raise ShapeError(f"cannot find what is not zero in {show(shape)}: at least 1 axis is wanted")
    return (flatnonzero(shape),) * len(shape)


def flatnonzero(shape: Shape) -> Shape:
    """Return the shape of the indices, in the flattened array, of all elements that are not zero."""
    return (0,) if count(shape) == 0 else (UNKNOWN,)


def argwhere(shape: Shape) -> Shape:
    """Return the shape of the indices of all elements that are not zero: one row for each element."""
    return *flatnonzero(shape), len(shape)


def unique(
    shape: Shape,
    axis: int | None = None,
    *,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
) -> tuple[Shape, ...]:
    """Return the shapes of the distinct elements, or entries of an axis, and of what else is asked for.

    The inverse has the shape of the array, or the length of the axis, as it has since NumPy 2.1.

    >>> unique((5, 4), return_inverse=True), unique((5, 4), 0, return_counts=True)
    (((?,), (5, 4)), ((?, 4), (?,)))

    Raises:
        ShapeError: there is no such axis.
    """
    inverse = shape if axis is None else (shape[normalize_axis(shape, axis, action="find the unique entries of")],)
    total = count(inverse)
    found: Dim = total if total in (0, 1) else UNKNOWN
    place = 0 if axis is None else axis % len(shape)
    values = (found,) if axis is None else (*shape[:place], found, *shape[place + 1 :])
    extras = (((found,), return_index), (inverse, return_inverse), ((found,), return_counts))
    return values, *(extra for extra, wanted in extras if wanted)
