"""Shapes with any number of axes: ``*batch n 3`` and ``... 3``.

Such a shape is a tuple like any other, in which one entry, a name that begins with ``*`` or ``.``, stands for any
number of axes. Most rules give the right result for it as long as only axes after that entry, or before it, matter; the
functions here say when this is so.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from shapedmat.dimensions import Dim, Size, symbol, symbols
from shapedmat.shapes.shape import Axes, Shape

ANY_AXES: Final = "..."
"""The name of any number of axes that have none; they need not be the same in two shapes."""


def axes_named(name: str) -> Size:
    """Return the entry of a shape that stands for any number of axes."""
    return symbol(name)


def is_variadic(dim: Dim) -> bool:
    """Say whether an entry of a shape stands for any number of axes."""
    return isinstance(dim, Size) and _names_any_axes(dim)


@lru_cache(maxsize=4096)
def _names_any_axes(size: Size) -> bool:
    return any(each.name.startswith(("*", ".")) for each in symbols(size))


def variadic_axis(shape: Shape) -> int | None:
    """Return the place of the entry that stands for any number of axes; None where there is none."""
    return next((place for place, dim in enumerate(shape) if is_variadic(dim)), None)


def trailing(shape: Shape) -> int:
    """Return the number of axes that can be counted from the end."""
    place = variadic_axis(shape)
    return len(shape) if place is None else len(shape) - place - 1


def aligned(a: Shape, b: Shape) -> bool:
    """Say whether it is known which axes of two shapes meet in broadcasting.

    >>> batch = axes_named("*batch")
    >>> aligned((batch, 5, 3), (5, 3)), aligned((batch, 5, 3), (batch, 5, 3)), aligned((batch, 3), (5, 3))
    (True, True, False)
    """
    places = variadic_axis(a), variadic_axis(b)
    if places[0] is None and places[1] is None:
        return True
    if None in places:
        open_one, other = (a, b) if places[1] is None else (b, a)
        return len(other) <= trailing(open_one)
    same = a[places[0] or 0] == b[places[1] or 0] != axes_named(ANY_AXES)
    return same and places == (0, 0) and len(a) == len(b)


def same_but_for_others(a: Shape, b: Shape) -> bool:
    """Say whether two shapes have the same any number of axes, and different numbers of others.

    >>> rest = axes_named("*rest")
    >>> same_but_for_others((5, 3, rest), (5, rest)), same_but_for_others((5, rest), (rest, 5))
    (True, False)
    """
    places = variadic_axis(a), variadic_axis(b)
    if places[0] is None or places[1] is None or len(a) == len(b):
        return False
    return a[places[0]] == b[places[1]] != axes_named(ANY_AXES)


def counted_from_an_end(shape: Shape, axis: Axes) -> bool:
    """Say whether axes are known, though others are any number: counted from the end that they are at."""
    place = variadic_axis(shape)
    if place is None:
        return True
    if axis is None:
        return False
    axes = (axis,) if isinstance(axis, int) else axis
    return all(0 <= each < place or -trailing(shape) <= each < 0 for each in axes)
