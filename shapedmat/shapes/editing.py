"""Rules for arrays of which entries are taken out, or into which some are put."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

from shapedmat.dimensions import UNKNOWN, Dim, Equality, Size, Unknown, add, compare, minimum, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import assign
from shapedmat.shapes.indexing import Index, Indices, Mask, slice_length
from shapedmat.shapes.lengths import vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, count, normalize_axis, show

Width: TypeAlias = Dim | tuple[Dim, ...]
Widths: TypeAlias = Width | tuple[tuple[Dim, ...], ...] | Mapping[int, Width]
"""How many elements are put before and after each axis: one number, a pair, one of these for each axis, or for some."""


def delete(shape: Shape, index: Index, axis: int | None = None) -> Shape:
    """Return the shape of an array without the entries of an axis, or of all elements, that an index takes.

    >>> delete((5, 2), 0, 0), delete((5, 2), slice(2), 0), delete((5, 2), Indices((3,)), 0)
    ((4, 2), (3, 2), (?, 2))

    Raises:
        ShapeError: there is no such axis, no such place on it, or a mask has another length.
    """
    vector, place = _axis(shape, axis, "delete from")
    dim = vector[place]
    refusal = _refusal("delete from", shape, axis)
    kept: Dim = UNKNOWN
    if isinstance(index, slice):
        kept = subtract(dim, slice_length(dim, index))
    elif isinstance(index, Indices):
        taken = count(index.shape)
        if taken in (0, 1):  # of several indices some may be the same
            kept = subtract(dim, taken)
    elif isinstance(index, Mask):
        if compare(vector_length(index.shape, action="delete by a mask of"), dim) is Equality.DIFFERENT:
            raise ShapeError(f"{refusal} by a mask of {show(index.shape)}: a mask of {show((dim,))} is wanted")
    elif _is_integer(index):
        if dim == 0 or at_most(dim, index) or at_most(add(add(index, dim), 1), 0):
            raise ShapeError(f"{refusal} at {index}: its size is {dim}")
        kept = subtract(dim, 1)
    return (*vector[:place], kept, *vector[place + 1 :])


def insert(shape: Shape, index: Index, values: Shape, axis: int | None = None) -> Shape:
    """Return the shape of an array into which values are put before an index, or before each of several.

    >>> insert((5, 2), 0, (2,), 0), insert((5, 2), 0, (3, 2), 0), insert((5,), Indices((3,)), ())
    ((6, 2), (8, 2), (8,))

    Raises:
        ShapeError: there is no such axis, no such place on it, or the values do not broadcast along the other axes.
    """
    vector, place = _axis(shape, axis, "insert into")
    dim = vector[place]
    refusal = _refusal("insert into", shape, axis)
    places: Shape = (UNKNOWN,)
    if isinstance(index, slice):
        places = (slice_length(dim, index),)
    elif isinstance(index, Indices):
        places = index.shape
    elif _is_integer(index):
        if at_most(add(dim, 1), index) or at_most(add(add(index, dim), 1), 0):
            raise ShapeError(f"{refusal} at {index}: its size is {dim}")
        places = ()
    if len(places) > 1:
        raise ShapeError(f"{refusal} at places of {show(places)}: a vector is wanted")
    moved = (1,) * (len(vector) - len(values)) + values
    if not places:  # what is put before a single index lies along the first axis
        moved = (*moved[1 : place + 1], moved[0], *moved[place + 1 :])
    number = count(places)
    if compare(number, 1) is Equality.SAME:
        number = moved[place]
    elif number != 0 and minimum(number) < 2:  # it may be a single one
        number = number if compare(moved[place], number) is Equality.SAME else UNKNOWN
    inserted = (*vector[:place], number, *vector[place + 1 :])
    # Nothing put at no places of a vector may have any shape.
    nothing = bool(places) and len(vector) == 1 and not minimum(count(places)) and not minimum(count(values))
    try:
        if not nothing:
            assign(inserted, moved)
    except ShapeError:
        raise ShapeError(f"{refusal} values of {show(values)}: they do not broadcast to {show(inserted)}") from None
    return (*vector[:place], add(dim, number), *vector[place + 1 :])


def _axis(shape: Shape, axis: int | None, action: str) -> tuple[Shape, int]:
    """Return the shape that is worked on, which is flattened if no axis is given, and the axis from the front."""
    vector = (count(shape),) if axis is None else shape
    return vector, normalize_axis(vector, axis or 0, action=action)


def _refusal(action: str, shape: Shape, axis: int | None) -> str:
    return f"cannot {action} {show(shape)}" + ("" if axis is None else f" over axis {axis}")


def _is_integer(index: Index) -> TypeGuard[Dim]:
    return isinstance(index, int | Size | Unknown) and not isinstance(index, bool)


def pad(shape: Shape, widths: Widths, mode: str = "constant") -> Shape:
    """Return the shape of an array that is made longer at both ends of its axes.

    >>> pad((5, 2), 1), pad((5, 2), (0, 3)), pad((5, 2), ((1, 1), (0, 3))), pad((5, 2), {-1: 4})
    ((7, 4), (8, 5), (7, 5), (5, 10))

    Raises:
        ShapeError: there is no such axis, there is not a pair for each, a width is negative, or there is nothing on an
            axis to fill its ends with.
    """
    pairs = _pairs(shape, widths)
    if any(at_most(width, -1) for pair in pairs for width in pair):
        raise ShapeError(f"cannot pad {show(shape)}: a width cannot be negative")
    for place, (dim, pair) in enumerate(zip(shape, pairs, strict=False)):
        if dim == 0 and mode not in ("constant", "empty") and any(at_most(1, width) for width in pair):
            raise ShapeError(f"cannot pad {show(shape)} over axis {place} in mode {mode!r}: its size is 0")
    return tuple(add(dim, add(before, after)) for dim, (before, after) in zip(shape, pairs, strict=False))


def _pairs(shape: Shape, widths: Widths) -> list[tuple[Dim, Dim]]:
    """Return the widths before and after each axis."""
    if isinstance(widths, Mapping):
        given: dict[int, Width] = {normalize_axis(shape, axis, action="pad"): each for axis, each in widths.items()}
        return [_pair(shape, given.get(place, 0)) for place in range(len(shape))]
    if not isinstance(widths, tuple):
        return [(widths, widths)] * max(len(shape), 1)
    each_axis = [width for width in widths if isinstance(width, tuple)]
    if not each_axis:
        return [_pair(shape, tuple(width for width in widths if not isinstance(width, tuple)))] * max(len(shape), 1)
    if len(each_axis) not in (1, len(shape)):
        raise ShapeError(f"cannot pad {show(shape)} with {len(each_axis)} pairs of widths: one for each axis is wanted")
    return [_pair(shape, each) for each in each_axis] * (max(len(shape), 1) // len(each_axis))


def _pair(shape: Shape, width: Width) -> tuple[Dim, Dim]:
    if not isinstance(width, tuple):
        return width, width
    if len(width) not in (1, 2):
        raise ShapeError(f"cannot pad {show(shape)} with widths of {show(width)}: one or a pair is wanted")
    return width[0], width[-1]
