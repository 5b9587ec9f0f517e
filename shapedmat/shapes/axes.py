"""Rules for the axes of arrays: their order, and axes of size 1 that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from shapedmat.dimensions import Dim
from shapedmat.errors import ShapeError
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Axes, Shape, normalize_axis, plural, show

SomeAxes: TypeAlias = int | Sequence[int]


def places(shape: Shape, axes: SomeAxes, *, action: str) -> list[int]:
    """Return axes counted from the front, none of them twice.

    Raises:
        ShapeError: there is no such axis, or one is given twice.
    """
    given = [axes] if isinstance(axes, int) else [*axes]
    found = [normalize_axis(shape, axis, action=action) for axis in given]
    if len({*found}) < len(found):
        raise ShapeError(f"cannot {action} {show(shape)} over axes {show(given)}: one axis is given twice")
    return found


def transpose(shape: Shape) -> Shape:
    """Return the shape with its axes in reverse order."""
    return shape[::-1]


def permute(shape: Shape, axes: Sequence[int]) -> Shape:
    """Return the shape with its axes in a given order.

    >>> permute((2, 3, 4), (1, 2, 0))
    (3, 4, 2)

    Raises:
        ShapeError: there is no such axis, one is given twice, or not all are given.
    """
    found = places(shape, axes, action="transpose")
    if len(found) < len(shape):
        wanted = f"{len(shape)} {plural(len(shape), 'axis is', 'axes are')} wanted"
        raise ShapeError(f"cannot transpose {show(shape)} over axes {show(axes)}: {wanted}")
    return tuple(shape[place] for place in found)


def matrix_transpose(shape: Shape) -> Shape:
    """Return the shape with its last two axes swapped.

    Raises:
        ShapeError: there are fewer than 2 axes.
    """
    if len(shape) < 2:
        raise ShapeError(f"cannot transpose the matrices of {show(shape)}: at least 2 axes are wanted")
    return (*shape[:-2], shape[-1], shape[-2])


def swapaxes(shape: Shape, axis1: int, axis2: int) -> Shape:
    """Return the shape with two axes swapped.

    >>> swapaxes((2, 3, 4), 0, -1)
    (4, 3, 2)

    Raises:
        ShapeError: there is no such axis.
    """
    first, second = (normalize_axis(shape, axis, action="swap axes of") for axis in (axis1, axis2))
    swapped = {first: second, second: first}
    return tuple(shape[swapped.get(place, place)] for place in range(len(shape)))


def moveaxis(shape: Shape, source: SomeAxes, destination: SomeAxes) -> Shape:
    """Return the shape with axes moved to other places, and the rest in their order.

    >>> moveaxis((2, 3, 4), 0, -1), moveaxis((2, 3, 4), (0, 1), (-1, 0))
    ((3, 4, 2), (3, 4, 2))

    Raises:
        ShapeError: there is no such axis, one is given twice, or there is not one place for each.
    """
    sources, destinations = (places(shape, axes, action="move axes of") for axes in (source, destination))
    if len(sources) != len(destinations):
        numbers = f"{len(sources)} and {len(destinations)}"
        raise ShapeError(f"cannot move axes of {show(shape)}: the numbers of axes and of places, {numbers}, differ")
    order = [place for place in range(len(shape)) if place not in sources]
    for place, moved in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, moved)
    return tuple(shape[place] for place in order)


def rollaxis(shape: Shape, axis: int, start: int = 0) -> Shape:
    """Return the shape with an axis moved to before another, or to the end.

    >>> rollaxis((2, 3, 4), 2), rollaxis((2, 3, 4), 0, 3)
    ((4, 2, 3), (3, 4, 2))

    Raises:
        ShapeError: there is no such axis.
    """
    place = normalize_axis(shape, axis, action="roll an axis of")
    before = start if start == len(shape) else normalize_axis(shape, start, action="roll an axis of")
    return moveaxis(shape, place, before - 1 if place < before else before)


def expand_dims(shape: Shape, axis: SomeAxes) -> Shape:
    """Return the shape with axes of size 1 put in, whose places are counted in the result.

    >>> expand_dims((5,), 0), expand_dims((5,), (0, -1))
    ((1, 5), (1, 5, 1))

    Raises:
        ShapeError: the result has no such axis, or one is given twice.
    """
    number = 1 if isinstance(axis, int) else len(axis)
    added = places((*shape, *(1,) * number), axis, action="add axes to get")
    kept = iter(shape)
    return tuple(1 if place in added else next(kept) for place in range(len(shape) + number))


def squeeze(shape: Shape, axis: Axes = None) -> Shape | None:
    """Return the shape without axes of size 1: without all of them, or without those that are given.

    A named size may be 1. None is returned where it is not known which sizes are, so that not even the number of axes
    of the result is.

    >>> from shapedmat.dimensions import symbol
    >>> n = symbol("n")
    >>> squeeze((5, 1, 2)), squeeze((n, 1)), squeeze((n, 1), 1) == (n,)
    ((5, 2), None, True)

    Raises:
        ShapeError: there is no such axis, one is given twice, or its size is certainly not 1.
    """
    if axis is None:
        long = tuple(dim for dim in shape if dim != 1)
        return long if all(map(_never_one, long)) else None
    if not shape and axis in (0, -1):  # NumPy lets a scalar pass for a vector here
        return ()
    removed = places(shape, axis, action="squeeze")
    for place in removed:
        if _never_one(shape[place]):
            raise ShapeError(f"cannot squeeze {show(shape)} over axis {place}: its size is {shape[place]} and not 1")
    return tuple(dim for place, dim in enumerate(shape) if place not in removed)


def _never_one(dim: Dim) -> bool:
    return at_most(dim, 0) or at_most(2, dim)


def atleast(shape: Shape, rank: int) -> Shape:
    """Return the shape with axes of size 1 added up to a number of axes, which is at most 3, where NumPy adds them.

    >>> atleast((), 1), atleast((5,), 2), atleast((5,), 3), atleast((5, 2), 3)
    ((1,), (1, 5), (1, 5, 1), (5, 2, 1))
    """
    if len(shape) >= rank:
        return shape
    if rank == 3 and len(shape) == 2:
        return (*shape, 1)
    return (1,) * rank if not shape else (1, *shape, 1)[:rank]
