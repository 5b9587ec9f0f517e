"""Shapes themselves: how they are written, their axes, and the rules that leave them as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from shapedmat.dimensions import Dim, multiply
from shapedmat.errors import ShapeError

Shape: TypeAlias = tuple[Dim, ...]


Axes: TypeAlias = int | tuple[int, ...] | None


def show(shape: Sequence[Dim]) -> str:
    """Return a shape as Python writes it.

    >>> from shapedmat.dimensions import UNKNOWN
    >>> show((5, 2)), show((5,)), show((UNKNOWN, 3))
    ('(5, 2)', '(5,)', '(?, 3)')
    """
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def count(shape: Shape) -> Dim:
    """Return the number of elements of an array of this shape."""
    total: Dim = 1
    for dim in shape:
        total = multiply(total, dim)
    return total


def normalize_axis(shape: Shape, axis: int, *, action: str) -> int:
    """Return an axis counted from the front.

    Raises:
        ShapeError: there is no such axis.
    """
    rank = len(shape)
    if not -rank <= axis < rank:
        axes = plural(rank, "axis", "axes")
        raise ShapeError(f"cannot {action} {show(shape)} over axis {axis}: it has {rank} {axes}")
    return axis % rank


def along(shape: Shape, axis: int, *, action: str) -> Shape:
    """Return the shape of an operation that works along one axis and keeps its size, such as softmax.

    Raises:
        ShapeError: there is no such axis.
    """
    normalize_axis(shape, axis, action=action)
    return shape


def same(shape: Shape) -> Shape:
    """Return the shape of an operation that works on each element by itself."""
    return shape


def plural(number: int, one: str, many: str) -> str:
    """Return the noun that goes with a number."""
    return one if number == 1 else many
