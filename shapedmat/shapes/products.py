"""Rules for products that sum over an axis, and for outer products."""

from __future__ import annotations

from itertools import combinations

from shapedmat.dimensions import UNKNOWN, Dim, Equality, compare, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast_pair
from shapedmat.shapes.shape import Shape, show


def matmul(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``a @ b``, by NumPy's rules for any number of axes.

    >>> matmul((128, 784), (784, 10))
    (128, 10)
    >>> matmul((5, 2), (3, 3))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot multiply (5, 2) by (3, 3): inner dimensions 2 and 3 differ

    Raises:
        ShapeError: the inner dimensions differ, an operand is a scalar, or the leading axes do not broadcast.
    """
    if len(a) == len(b) == 2 and a[1] == b[0]:  # nearly every product
        return a[0], b[1]
    refusal = f"cannot multiply {show(a)} by {show(b)}"
    if not a or not b:
        raise ShapeError(f"{refusal}: a scalar has no inner dimension, use * instead")
    inner = a[-1], b[-min(2, len(b))]
    if compare(*inner) is Equality.DIFFERENT:
        raise ShapeError(f"{refusal}: inner dimensions {inner[0]} and {inner[1]} differ")
    try:
        batch = broadcast_pair(a[:-2], b[:-2], last_axis=-3)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: {error}") from None
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def outer(a: Shape, b: Shape) -> Shape:
    """Return the shape of the product of every element of one vector with every element of another.

    A vector is a row or a column.

    Raises:
        ShapeError: an operand is neither a row nor a column.
    """
    action = "take the outer product of"
    return _vector_length(a, action), _vector_length(b, action)


def diagonal(shape: Shape) -> Shape:
    """Return the shape of the square matrix that has a vector on its diagonal.

    Raises:
        ShapeError: the operand is neither a row, a column nor a plain vector.
    """
    length = _vector_length(shape, "make a diagonal of")
    return length, length


def _vector_length(shape: Shape, action: str) -> Dim:
    long = [dim for dim in shape if dim != 1]
    if not shape or any(
        compare(multiply(subtract(a, 1), subtract(b, 1)), 0) is Equality.DIFFERENT for a, b in combinations(long, 2)
    ):
        raise ShapeError(f"cannot {action} {show(shape)}: a row or a column is wanted")
    # Of several sizes that are not known to be 1, a number settles that the others are.
    numbers = [dim for dim in long if isinstance(dim, int)]
    return (numbers or long or [1])[0] if numbers or len(long) < 2 else UNKNOWN
