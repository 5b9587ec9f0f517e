"""Rules for splitting an array into several along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from shapedmat.dimensions import Dim, add, floor_divide, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.indexing import slice_length
from shapedmat.shapes.shape import Shape, normalize_axis, show

Sections: TypeAlias = int | Sequence[Dim]
"""The number of parts, or the indices between them."""


def split(shape: Shape, sections: Sections, axis: int = 0, *, action: str = "split") -> tuple[Shape, ...]:
    """Return the shapes of parts of one size, or of what lies between indices.

    A named size is taken to divide, as NumPy raises where it does not.

    >>> split((6, 2), 3), split((6, 2), (1, 4))
    (((2, 2), (2, 2), (2, 2)), ((1, 2), (3, 2), (2, 2)))
    >>> split((7, 2), 3)
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot split (7, 2) into 3 parts over axis 0: its size is 7

    Raises:
        ShapeError: there is no such axis, no part, or the number of parts does not divide the size.
    """
    if not isinstance(sections, int):
        return array_split(shape, sections, axis, action=action)
    place = normalize_axis(shape, axis, action=action)
    _check_number(shape, sections, axis, action)
    size = floor_divide(shape[place], sections)
    rest = subtract(shape[place], multiply(size, sections))
    if isinstance(rest, int) and rest:
        refusal = f"cannot {action} {show(shape)} into {sections} parts over axis {axis}"
        raise ShapeError(f"{refusal}: its size is {shape[place]}")
    return ((*shape[:place], size, *shape[place + 1 :]),) * sections


def array_split(shape: Shape, sections: Sections, axis: int = 0, *, action: str = "split") -> tuple[Shape, ...]:
    """Return the shapes of parts of which the first may be larger by one, or of what lies between indices.

    >>> array_split((7, 2), 3)
    ((3, 2), (2, 2), (2, 2))

    Raises:
        ShapeError: there is no such axis, or no part.
    """
    place = normalize_axis(shape, axis, action=action)
    dim = shape[place]
    if isinstance(sections, int):
        _check_number(shape, sections, axis, action)
        sizes = [floor_divide(add(dim, extra), sections) for extra in reversed(range(sections))]
    else:
        sizes = [slice_length(dim, slice(*bounds)) for bounds in pairwise((None, *sections, None))]
    return tuple((*shape[:place], size, *shape[place + 1 :]) for size in sizes)


def _check_number(shape: Shape, sections: int, axis: int, action: str) -> None:
    if sections < 1:
        refusal = f"cannot {action} {show(shape)} into {sections} parts over axis {axis}"
        raise ShapeError(f"{refusal}: at least 1 is wanted")


def hsplit(shape: Shape, sections: Sections) -> tuple[Shape, ...]:
    """Return the shapes of parts that lie side by side, or of parts of a vector.

    Raises:
        ShapeError: the array is a scalar, there is no part, or the number of parts does not divide the size.
    """
    return split(shape, sections, 1 if len(shape) > 1 else 0, action="hsplit")


def vsplit(shape: Shape, sections: Sections) -> tuple[Shape, ...]:
    """Return the shapes of parts that lie one below the other.

    Raises:
        ShapeError: there are fewer than 2 axes, there is no part, or the number of parts does not divide the size.
    """
    return _split_of_rank(2, shape, sections, 0, "vsplit")


def dsplit(shape: Shape, sections: Sections) -> tuple[Shape, ...]:
    """Return the shapes of parts that lie one behind the other.

    Raises:
        ShapeError: there are fewer than 3 axes, there is no part, or the number of parts does not divide the size.
    """
    return _split_of_rank(3, shape, sections, 2, "dsplit")


def _split_of_rank(rank: int, shape: Shape, sections: Sections, axis: int, action: str) -> tuple[Shape, ...]:
    if len(shape) < rank:
        raise ShapeError(f"cannot {action} {show(shape)}: at least {rank} axes are wanted")
    return split(shape, sections, axis, action=action)


def unstack(shape: Shape, axis: int = 0) -> Shape:
    """Return the shape of each of the arrays into which an axis falls apart; they are as many as its size.

    >>> unstack((5, 2)), unstack((5, 2), 1)
    ((2,), (5,))

    Raises:
        ShapeError: there is no such axis.
    """
    place = normalize_axis(shape, axis, action="unstack")
    return shape[:place] + shape[place + 1 :]
