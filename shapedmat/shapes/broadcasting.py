"""Rules for operations on the elements of several arrays: broadcasting, and where it is not wanted."""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest
from typing import Final

from shapedmat.dimensions import UNKNOWN, Dim, Equality, Unknown, compare, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Shape, plural, show

# Operations on two operands whose sentence is not that of the rest.
_SENTENCES: Final = {
    "subtract": "cannot subtract {b} from {a}",
    "multiply": "cannot multiply {a} by {b}",
    "divide": "cannot divide {a} by {b}",
    "take the remainder of": "cannot take the remainder of {a} by {b}",
    "raise": "cannot raise {a} to the power of {b}",
    "shift": "cannot shift {a} by {b}",
    "combine": "cannot combine {a} and {b}",
}


def refusal(sentence: str, a: Shape, b: Shape, action: str) -> str:
    """Return what a message begins with: which operation is impossible on which two shapes."""
    return _SENTENCES.get(action, sentence).format(a=show(a), b=show(b), action=action)


def broadcast(*shapes: Shape, action: str = "broadcast") -> Shape:
    """Return the shape of an element-wise operation, by NumPy's broadcasting rules.

    >>> broadcast((5, 1), (2,))
    (5, 2)
    >>> broadcast((5, 2), (3, 3), action="add")
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot add (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1

    Raises:
        ShapeError: two sizes on one axis differ and neither is 1.
    """
    if not shapes:
        return ()
    result, *others = shapes
    for other in others:
        try:
            result = broadcast_pair(result, other, last_axis=-1)
        except ShapeError as error:
            raise ShapeError(f"{refusal('cannot {action} {a} and {b}', result, other, action)}: {error}") from None
    return result


def broadcast_pair(a: Shape, b: Shape, *, last_axis: int) -> Shape:
    """Return the shape of two broadcast together; `last_axis` is what a message calls their last axis.

    Raises:
        ShapeError: two sizes on one axis differ and neither is 1.
    """
    if a == b or not b:
        return a
    if not a:
        return b
    dims: list[Dim] = []
    for left, right in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if right in (left, 1):
            dims.append(left)
        elif left == 1:
            dims.append(right)
        elif _clash(left, right):
            axis = last_axis - len(dims)
            raise ShapeError(f"sizes {left} and {right} on axis {axis} differ and neither is 1")
        # A size that may be 1 leaves the other one; only a number other than 1 decides what the result must be.
        elif isinstance(left, int):
            dims.append(left)
        else:
            dims.append(right if isinstance(right, int) else UNKNOWN)
    return tuple(reversed(dims))


@lru_cache(maxsize=4096)
def _clash(a: Dim, b: Dim) -> bool:
    """Say whether two dimensions certainly differ where neither is 1: whether (a - b)(a - 1)(b - 1) is not zero."""
    product = multiply(subtract(a, b), multiply(subtract(a, 1), subtract(b, 1)))
    return compare(product, 0) is Equality.DIFFERENT


def assign(target: Shape, value: Shape, *, action: str = "assign") -> Shape:
    """Return the shape of `target` after `value` is broadcast into it, which must not make it larger.

    An assignment lets leading axes of size 1 pass that the target does not have; operations in place do not.

    >>> assign((5, 1), (5, 2), action="add")
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot add (5, 2) to (5, 1) in place: sizes 2 and 1 on axis -1 differ

    Raises:
        ShapeError: the value does not broadcast to the target's shape.
    """
    if target == value or not value:
        return target
    obstacle = _obstacle(target, value, leading_ones=action == "assign")
    if obstacle:
        place = "" if action in ("assign", "broadcast") else " in place"
        raise ShapeError(f"{refusal('cannot {action} {b} to {a}', target, value, action)}{place}: {obstacle}")
    return target


def _obstacle(target: Shape, value: Shape, *, leading_ones: bool) -> str | None:
    for axis, (given, wanted) in enumerate(zip(reversed(value), reversed(target), strict=False), 1):
        if given not in (1, wanted) and _overflow(given, wanted):
            return f"sizes {given} and {wanted} on axis {-axis} differ"
    extra = len(value) - len(target)
    if extra > 0 and (not leading_ones or any(_overflow(dim, 1) for dim in value[:extra])):
        return f"{extra} {plural(extra, 'axis', 'axes')} too many"
    return None


@lru_cache(maxsize=4096)
def _overflow(given: Dim, wanted: Dim) -> bool:
    """Say whether a size that is not 1 certainly differs from the one that it must broadcast to."""
    return compare(multiply(subtract(given, wanted), subtract(given, 1)), 0) is Equality.DIFFERENT


def hadamard(a: Shape, b: Shape, *, action: str = "take the Hadamard product of") -> Shape:
    """Return the shape of the element-wise product of two arrays of one shape, with no broadcasting.

    >>> hadamard((5, 2), (5, 1))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot take the Hadamard product of (5, 2) and (5, 1): the shapes differ

    Raises:
        ShapeError: the shapes differ.
    """
    if len(a) != len(b) or any(compare(*pair) is Equality.DIFFERENT for pair in zip(a, b, strict=True)):
        raise ShapeError(f"cannot {action} {show(a)} and {show(b)}: the shapes differ")
    return tuple(right if isinstance(left, Unknown) else left for left, right in zip(a, b, strict=True))
