"""Rules for joining arrays: end to end, along a new axis, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from shapedmat.dimensions import Dim, Equality, Unknown, add, compare, multiply
from shapedmat.errors import ShapeError
from shapedmat.shapes.axes import atleast
from shapedmat.shapes.broadcasting import hadamard
from shapedmat.shapes.shape import Shape, count, normalize_axis, plural, show

Blocks: TypeAlias = Shape | list["Blocks"]


def concatenate(shapes: Sequence[Shape], axis: int | None = 0, *, action: str = "concatenate") -> Shape:
    """Return the shape of arrays joined along an axis, or flattened and joined.

    >>> concatenate([(5, 2), (3, 2)]), concatenate([(5, 2), (3,)], None)
    ((8, 2), (13,))
    >>> concatenate([(5, 2), (3, 4)])
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot concatenate (5, 2) and (3, 4) on axis 0: sizes 2 and 4 on axis 1 differ

    Raises:
        ShapeError: there is nothing to join, the ranks differ, or sizes on another axis differ.
    """
    if not shapes:
        raise ShapeError(f"cannot {action} nothing: at least one array is wanted")
    if axis is None:
        shapes, axis = [(count(shape),) for shape in shapes], 0
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


def join_alike(join: Callable[[Sequence[Shape]], Shape], shape: Shape, number: Dim) -> Shape:
    """Return the shape of a number of arrays of one shape, joined by a rule for several of any shapes.

    >>> join_alike(concatenate, (5, 2), 4)
    (20, 2)

    Raises:
        ShapeError: there is nothing to join, or such arrays cannot be joined.
    """
    if number == 0:
        return join([])
    once, twice = join([shape]), join([shape, shape])
    return tuple(dim if dim == other else multiply(dim, number) for dim, other in zip(once, twice, strict=True))


def append(shape: Shape, values: Shape, axis: int | None = None) -> Shape:
    """Return the shape of two arrays joined along an axis, or flattened and joined.

    Raises:
        ShapeError: there is no such axis, the ranks differ, or sizes on another axis differ.
    """
    return concatenate([shape, values], axis, action="append")


def hstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set side by side, or of vectors set end to end."""
    vectors = len(shapes) > 0 and len(shapes[0]) < 2
    return concatenate([atleast(shape, 1) for shape in shapes], 0 if vectors else 1, action="hstack")


def vstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set one below the other, where a vector is a row."""
    return concatenate([atleast(shape, 2) for shape in shapes], 0, action="vstack")


def dstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set one behind the other, where a vector is a row.

    >>> dstack((5, 2), (5, 2)), dstack((5,), (5,))
    ((5, 2, 2), (1, 5, 2))

    Raises:
        ShapeError: there is nothing to join, or sizes on another axis than the last differ.
    """
    return concatenate([atleast(shape, 3) for shape in shapes], 2, action="dstack")


def column_stack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set side by side, where a vector is a column.

    >>> column_stack((5,), (5, 2))
    (5, 3)

    Raises:
        ShapeError: there is nothing to join, or sizes on another axis differ.
    """
    columns = [shape if len(shape) > 1 else (*atleast(shape, 1), 1) for shape in shapes]
    return concatenate(columns, 1, action="column_stack")


def stack(shapes: Sequence[Shape], axis: int = 0) -> Shape:
    """Return the shape of arrays of one shape joined along a new axis.

    >>> stack([(5, 2), (5, 2), (5, 2)]), stack([(5, 2), (5, 2), (5, 2)], -1)
    ((3, 5, 2), (5, 2, 3))

    Raises:
        ShapeError: there is nothing to join, the shapes differ, or the result has no such axis.
    """
    if not shapes:
        raise ShapeError("cannot stack nothing: at least one array is wanted")
    common = shapes[0]
    for other in shapes[1:]:
        common = hadamard(common, other, action="stack")
    return stack_alike(common, len(shapes), axis)


def stack_alike(shape: Shape, number: Dim, axis: int = 0) -> Shape:
    """Return the shape of a number of arrays of one shape joined along a new axis.

    >>> stack_alike((5, 2), 4, -1)
    (5, 2, 4)

    Raises:
        ShapeError: the result has no such axis.
    """
    place = normalize_axis((number, *shape), axis, action="stack arrays to get")
    return (*shape[:place], number, *shape[place:])


def block(blocks: Blocks) -> Shape:
    """Return the shape of an array made of blocks: lists of blocks are joined on the last axis, lists of lists before.

    >>> block([[(2, 2), (2, 3)], [(4, 5)]]), block([(2,), ()])
    ((6, 5), (3,))

    Raises:
        ShapeError: a list is empty, lists are nested to different depths, or the blocks do not fit.
    """
    depths = _depths(blocks)
    if len(set(depths)) > 1:
        raise ShapeError(f"cannot block arrays in lists of depths {min(depths)} and {max(depths)}: one depth is wanted")
    return _joined(blocks, depths[0], max(depths[0], _rank(blocks)))


def _depths(blocks: Blocks) -> list[int]:
    """Return how many lists each block is in."""
    if isinstance(blocks, tuple):
        return [0]
    if not blocks:
        raise ShapeError("cannot block nothing: at least one array in each list is wanted")
    return [depth + 1 for each in blocks for depth in _depths(each)]


def _rank(blocks: Blocks) -> int:
    return len(blocks) if isinstance(blocks, tuple) else max(map(_rank, blocks))


def _joined(blocks: Blocks, depth: int, rank: int) -> Shape:
    if isinstance(blocks, tuple):
        return (1,) * (rank - len(blocks)) + blocks
    return concatenate([_joined(each, depth - 1, rank) for each in blocks], -depth, action="block")
