"""Rules for ``array[key]``."""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType
from typing import TypeAlias

from shapedmat.dimensions import UNKNOWN, Dim, Equality, add, compare, floor_divide, minimum
from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Shape, plural, show


@dataclass(frozen=True, slots=True)
class Indices:
    """An index that is a one-dimensional array of `count` integers."""

    count: Dim


@dataclass(frozen=True, slots=True)
class Mask:
    """An index that is a one-dimensional array of booleans."""

    count: Dim


Index: TypeAlias = int | slice | EllipsisType | Indices | Mask | None


def index(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return the shape of ``array[key]``; at most one entry of the key may be an array.

    The array's axis takes the place of the axis that it indexes; but where something stands between the array and an
    integer of the key, NumPy moves the array's axis to the front, and so does this rule. A mask is as long as its axis;
    NumPy also lets an empty mask pass for an axis of size 1.

    >>> index((5, 4), (slice(1, None), 0)), index((5, 4), (Indices(7),)), index((5, 4), (None, ..., -1))
    ((4,), (7, 4), (1, 5))

    Raises:
        ShapeError: an integer is out of range, an array of integers indexes an empty axis, a mask has the wrong length,
            the step of a slice is zero, or the key has too many entries.
    """
    taken = sum(each is not None and each is not Ellipsis for each in key)
    if taken > len(shape):
        indices, axes = plural(taken, "index", "indices"), plural(len(shape), "axis", "axes")
        raise ShapeError(f"cannot index {show(shape)} with {taken} {indices}: it has {len(shape)} {axes}")
    if sum(each is Ellipsis for each in key) > 1:
        raise ShapeError(f"cannot index {show(shape)} with more than one ellipsis")
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    result: list[Dim] = []
    axis = 0
    for each in key:
        if each is None:
            result.append(1)
        elif isinstance(each, EllipsisType):
            rest = len(shape) - taken
            result += shape[axis : axis + rest]
            axis += rest
        else:
            if isinstance(each, Indices | Mask) and _separated(key):
                result[:0] = _index_axis(shape, axis, each)
            else:
                result += _index_axis(shape, axis, each)
            axis += 1
    return tuple(result)


def _separated(key: tuple[Index, ...]) -> bool:
    """Say whether something other than integers and arrays stands between two of them."""
    places = [place for place, each in enumerate(key) if isinstance(each, int | Indices | Mask)]
    return places[-1] - places[0] >= len(places)


def _index_axis(shape: Shape, axis: int, key: int | slice | Indices | Mask) -> Shape:
    dim = shape[axis]
    if isinstance(key, Indices):
        if dim == 0 and isinstance(key.count, int) and key.count > 0:
            raise ShapeError(f"cannot index {show(shape)} with {key.count} integers on axis {axis}: its size is 0")
        return (key.count,)
    if isinstance(key, Mask):
        if compare(key.count, dim) is Equality.DIFFERENT:
            raise ShapeError(
                f"cannot index {show(shape)} with a mask of {key.count} on axis {axis}: a mask of {dim} is wanted"
            )
        return (UNKNOWN,)
    if isinstance(key, slice):
        return (slice_length(dim, key),)
    if isinstance(dim, int) and not -dim <= key < dim:
        raise ShapeError(f"cannot index {show(shape)} with {key} on axis {axis}: its size is {dim}")
    return ()


def slice_length(dim: Dim, key: slice) -> Dim:
    """Return the number of elements that a slice takes from an axis.

    A named size is at least 1; any more is not assumed, so that of ``n`` elements ``[1:]`` takes ``n - 1`` and ``[2:]``
    an unknown number.

    Raises:
        ShapeError: the step is zero.
    """
    step = 1 if key.step is None else key.step
    if step == 0:
        raise ShapeError("cannot slice with a step of 0")
    if isinstance(dim, int):
        return len(range(*key.indices(dim)))
    if step < 0:
        if not key.start is key.stop is None:
            return UNKNOWN
        step = -step  # everything backwards is as much as everything forwards
    length = _contiguous_length(dim, key.start or 0, key.stop)
    return floor_divide(add(length, step - 1), step)


def _contiguous_length(dim: Dim, start: int, stop: int | None) -> Dim:
    least = minimum(dim)
    if abs(start) > least or abs(stop or 0) > least:
        return UNKNOWN  # a bound may lie outside of the axis
    taken = (stop or 0) - start
    stops_at_end = stop is None or stop < 0
    if stops_at_end == (start < 0):  # both bounds are counted from one end
        return max(taken, 0)
    if stops_at_end:
        return add(dim, taken) if -taken <= least else UNKNOWN
    return 0 if taken <= least else UNKNOWN
