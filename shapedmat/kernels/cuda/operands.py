"""How the operands of a matrix product lie in the memory of a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Final

WIDEST_BYTES: Final = 16
"""The most that one access to memory moves for a thread."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a matrix lies in memory.

    Attributes:
        column_major: whether neighbours in memory are neighbours in a column; else they are neighbours in a row.
        stride: the number of elements from the start of one row (column-major: column) to the start of the next.
        width: how many neighbours one access can read wherever in the matrix it begins at a multiple of as many.
    """

    column_major: bool
    stride: int
    width: int = 1


def find_layout(shape: tuple[int, int], strides: tuple[int, int], itemsize: int, address: int = 1) -> Layout | None:
    """Return how a matrix lies in memory, or None if a product must be given a copy.

    Args:
        shape: the numbers of rows and columns, neither zero.
        strides: the bytes from one row to the next, and from one column to the next.
        itemsize: the bytes of an element.
        address: where the matrix begins; no more than one element is read at a time unless this is given.

    >>> find_layout((2, 3), (12, 4), 4)
    Layout(column_major=False, stride=3, width=1)
    >>> find_layout((2, 8), (4, 8), 4, address=256)
    Layout(column_major=True, stride=2, width=2)
    >>> find_layout((2, 3), (0, 4), 4) is None  # both rows are the same memory
    True
    """
    rows, cols = shape
    # The step along an axis of one element is never taken, and may be any number.
    row_step = strides[0] if rows > 1 else cols * itemsize
    col_step = strides[1] if cols > 1 else itemsize
    if col_step == itemsize and row_step >= cols * itemsize and row_step % itemsize == 0:
        return Layout(False, row_step // itemsize, _width(cols, row_step, itemsize, address))
    row_step = strides[0] if rows > 1 else itemsize
    if row_step == itemsize and col_step >= rows * itemsize and col_step % itemsize == 0:
        return Layout(True, col_step // itemsize, _width(rows, col_step, itemsize, address))
    return None


def _width(length: int, step: int, itemsize: int, address: int) -> int:
    """Return the elements of the widest access that length and step of the lines and the address are multiples of."""
    aligned = gcd(length * itemsize, step, address, WIDEST_BYTES)
    return max(aligned // itemsize, 1)
