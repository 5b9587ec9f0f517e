"""Rules for ``array[key]``, and for what else takes parts of an array."""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType
from typing import TypeAlias

from shapedmat.dimensions import (
    UNKNOWN,
    Dim,
    Equality,
    Size,
    Unknown,
    add,
    compare,
    floor_divide,
    minimum,
    multiply,
    subtract,
)
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import assign, broadcast_pair
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, count, plural, show


@dataclass(frozen=True, slots=True)
class Indices:
    """An index that is an array of integers."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Mask:
    """An index that is an array of booleans; it takes as many axes as it has itself."""

    shape: Shape


Index: TypeAlias = Dim | slice | EllipsisType | Indices | Mask | None
"""An entry of a key: what it indexes with, or what is known of it.

An integer, and each bound of a slice, may be any dimension. ``True`` and ``False`` are the masks that have no axis.
"""


def index(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return the shape of ``array[key]``.

    The arrays of the key are broadcast together, and their axes take the place of the axes that they index; but where
    something stands between two of them, integers included, NumPy moves their axes to the front, and so does this rule.
    A mask has the sizes of the axes that it takes; NumPy also lets a mask pass that is empty.

    >>> index((5, 4), (slice(1, None), 0)), index((5, 4), (Indices((7,)),)), index((5, 4), (None, ..., -1))
    ((4,), (7, 4), (1, 5))
    >>> index((5, 4, 3), (Indices((7, 1)), slice(None), Indices((2,)))), index((5, 4, 3), (Mask((5, 4)),))
    ((7, 2, 4), (?, 3))

    Raises:
        ShapeError: an integer is out of range, an array of integers indexes an empty axis, arrays do not broadcast, a
            mask has the wrong shape, the step of a slice is zero, or the key has too many entries.
    """
    taken = sum(map(_axes_taken, key))
    if taken > len(shape):
        indices, axes = plural(taken, "index", "indices"), plural(len(shape), "axis", "axes")
        raise ShapeError(f"cannot index {show(shape)} with {taken} {indices}: it has {len(shape)} {axes}")
    ellipses = [place for place, each in enumerate(key) if isinstance(each, EllipsisType)]
    if len(ellipses) > 1:
        raise ShapeError(f"cannot index {show(shape)} with more than one ellipsis")
    rest = ellipses[0] if ellipses else len(key)
    full = (*key[:rest], *[slice(None)] * (len(shape) - taken), *key[rest + 1 :])
    joint = _joint_shape(shape, full)
    # An ellipsis separates arrays even where it stands for no axis.
    at_front = _separated(key)
    result: list[Dim] = []
    front: Shape = joint if at_front else ()
    placed = at_front
    axis = 0
    for each in full:
        if each is None:
            result.append(1)
        elif isinstance(each, slice):
            result.append(slice_length(shape[axis], each))
        elif not placed:
            result += joint
            placed = True
        axis += _axes_taken(each)
    return (*front, *result)


def _axes_taken(entry: Index) -> int:
    if isinstance(entry, Mask):
        return len(entry.shape)
    return 0 if entry is None or isinstance(entry, EllipsisType | bool) else 1


def _separated(key: tuple[Index, ...]) -> bool:
    """Say whether something other than integers and arrays stands between two of them."""
    places = [place for place, each in enumerate(key) if not isinstance(each, slice | EllipsisType | None)]
    return len(places) > 0 and places[-1] - places[0] >= len(places)


def _joint_shape(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return the shape that the integers and the arrays of a key have together."""
    joint: Shape = ()
    indexed: list[tuple[int, Indices]] = []
    axis = 0
    for each in key:
        own: Shape = ()
        if isinstance(each, bool):
            own = (int(each),)
        elif isinstance(each, Mask):
            _check_mask(shape, axis, each)
            own = (UNKNOWN,)
        elif isinstance(each, Indices):
            indexed.append((axis, each))
            own = each.shape
        elif isinstance(each, int | Size | Unknown):
            _check_integer(shape, axis, each)
        try:
            joint = broadcast_pair(joint, own, last_axis=-1)
        except ShapeError as error:
            raise ShapeError(
                f"cannot index {show(shape)} with arrays of {show(joint)} and {show(own)}: {error}"
            ) from None
        axis += _axes_taken(each)
    for place, each in indexed:
        # NumPy looks at no integers of arrays that are empty together; but an array without axes is an integer itself.
        if shape[place] == 0 and (not each.shape or minimum(count(joint)) > 0):
            number = count(each.shape)
            integers = "1 integer" if number == 1 else f"{number} integers"
            raise ShapeError(f"cannot index {show(shape)} with {integers} on axis {place}: its size is 0")
    return joint


def _check_mask(shape: Shape, axis: int, mask: Mask) -> None:
    wanted = shape[axis : axis + len(mask.shape)]
    # NumPy does not compare an axis of a mask that is empty.
    pairs = ((given, dim) for given, dim in zip(mask.shape, wanted, strict=True) if given != 0)
    if any(compare(given, dim) is Equality.DIFFERENT for given, dim in pairs):
        given, sizes, axes = _sizes(mask.shape), _sizes(wanted), f"axis {axis}"
        if len(wanted) > 1:
            axes = f"axes {axis} to {axis + len(wanted) - 1}"
        raise ShapeError(f"cannot index {show(shape)} with a mask of {given} on {axes}: a mask of {sizes} is wanted")


def _sizes(shape: Shape) -> str:
    return str(shape[0]) if len(shape) == 1 else show(shape)


def _check_integer(shape: Shape, axis: int, key: Dim) -> None:
    dim = shape[axis]
    if at_most(dim, key) or at_most(add(key, add(dim, 1)), 0):
        raise ShapeError(f"cannot index {show(shape)} with {key} on axis {axis}: its size is {dim}")


def slice_length(dim: Dim, key: slice) -> Dim:
    """Return the number of elements that a slice takes from an axis; its bounds and its step may be any dimension.

    A named size is at least 1; any more is not assumed, so that of ``n`` elements ``[1:]`` takes ``n - 1`` and ``[2:]``
    an unknown number.

    Raises:
        ShapeError: the step is zero.
    """
    step: Dim = 1 if key.step is None else key.step
    if step == 0:
        raise ShapeError("cannot slice with a step of 0")
    if isinstance(dim, int) and all(each is None or isinstance(each, int) for each in (key.start, key.stop, step)):
        return len(range(*key.indices(dim)))
    if isinstance(step, int) and step < 0:
        if not key.start is key.stop is None:
            return UNKNOWN
        step = -step  # everything backwards is as much as everything forwards
    if not at_most(1, step):
        return UNKNOWN
    length = _contiguous_length(dim, key.start, key.stop)
    whole = floor_divide(length, step)
    if compare(multiply(whole, step), length) is Equality.SAME:
        return whole
    return floor_divide(add(length, subtract(step, 1)), step)


def _contiguous_length(dim: Dim, start: Dim | None, stop: Dim | None) -> Dim:
    first = 0 if start is None else _position(dim, start)
    last = dim if stop is None else _position(dim, stop)
    if at_most(first, last):
        return subtract(last, first)
    if at_most(last, first):
        return 0
    return subtract(last, first) if first == 0 else UNKNOWN


def _position(dim: Dim, bound: Dim) -> Dim:
    """Return where on an axis a bound of a slice lies, counted from the front."""
    if bound == 0:
        return 0
    if at_most(0, bound):
        return bound if at_most(bound, dim) else dim if at_most(dim, bound) else UNKNOWN
    if at_most(bound, -1):
        place = add(dim, bound)
        return place if at_most(0, place) else 0 if at_most(place, 0) else UNKNOWN
    return UNKNOWN


def assign_index(shape: Shape, key: tuple[Index, ...], value: Shape) -> Shape:
    """Return the shape of an array after ``array[key] = value``.

    >>> assign_index((5, 4), (slice(2),), (3, 4))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot assign (3, 4) to (2, 4): sizes 3 and 2 on axis -2 differ

    Raises:
        ShapeError: the key does not fit the array, or the value does not broadcast to what the key takes.
    """
    assign(index(shape, key), value)
    return shape


def iterate(shape: Shape) -> Shape:
    """Return the shape of each item of ``for item in array``.

    Raises:
        ShapeError: the array is a scalar.
    """
    if not shape:
        raise ShapeError("cannot iterate over (): a scalar has no axis")
    return shape[1:]


def length(shape: Shape) -> Dim:
    """Return ``len(array)``.

    Raises:
        ShapeError: the array is a scalar.
    """
    if not shape:
        raise ShapeError("cannot take the length of (): a scalar has no axis")
    return shape[0]
