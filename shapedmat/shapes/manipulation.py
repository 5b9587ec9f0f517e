"""Rules for operations that arrange the elements of arrays anew: reshape, transpose, join."""

from __future__ import annotations

from collections.abc import Sequence

from shapedmat.dimensions import Equality, Unknown, add, compare, floor_divide
from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Shape, count, normalize_axis, plural, show


def transpose(shape: Shape) -> Shape:
    """Return the shape with its axes in reverse order."""
    return shape[::-1]


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


def concatenate(shapes: Sequence[Shape], axis: int = 0, *, action: str = "concatenate") -> Shape:
    """Return the shape of arrays joined along an axis.

    >>> concatenate([(5, 2), (3, 2)])
    (8, 2)
    >>> concatenate([(5, 2), (3, 4)])
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot concatenate (5, 2) and (3, 4) on axis 0: sizes 2 and 4 on axis 1 differ

    Raises:
        ShapeError: there is nothing to join, the ranks differ, or sizes on another axis differ.
    """
    if not shapes:
        raise ShapeError(f"cannot {action} nothing: at least one array is wanted")
    first = shapes[0]
    axis = normalize_axis(first, axis, action=action)
    joined, result = first[axis], list(first)
    origins = [first] * len(first)  # the shape that each size of the result was taken from
    for other in shapes[1:]:
        if len(other) != len(first):
            ranks = f"{len(first)} {plural(len(first), 'axis', 'axes')} and the other {len(other)}"
            raise ShapeError(f"cannot {action} {show(first)} and {show(other)} on axis {axis}: one has {ranks}")
        for place, (left, right) in enumerate(zip(result, other, strict=True)):
            if place != axis and compare(left, right) is Equality.DIFFERENT:
                raise ShapeError(
                    f"cannot {action} {show(origins[place])} and {show(other)} on axis {axis}: "
                    f"sizes {left} and {right} on axis {place} differ"
                )
            if isinstance(left, Unknown):
                result[place], origins[place] = right, other
        joined = add(joined, other[axis])
    result[axis] = joined
    return tuple(result)


def hstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set side by side, or of vectors set end to end."""
    vectors = len(shapes) > 0 and len(shapes[0]) < 2
    return concatenate([shape or (1,) for shape in shapes], 0 if vectors else 1, action="hstack")


def vstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set one below the other, where a vector is a row."""
    rows = [shape if len(shape) > 1 else (1, *(shape or (1,))) for shape in shapes]
    return concatenate(rows, 0, action="vstack")
