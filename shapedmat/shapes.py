"""The shape rules: one function for each, over dimensions that may be ints, expressions in names, or unknown.

A shape is a tuple of dimensions (`shapedmat.dimensions`). A rule takes shapes and returns a shape, or raises
`ShapeError` with one sentence. `Matrix` calls the rules with ints when a program runs; a static checker calls the same
rules with symbols, so that both say the same words. A rule raises only when the shapes are certainly wrong; whatever is
unknown passes, and what cannot be known of the result is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, zip_longest
from types import EllipsisType
from typing import Final, TypeAlias

from shapedmat.dimensions import (
    UNKNOWN,
    Dim,
    Equality,
    Unknown,
    add,
    compare,
    floor_divide,
    minimum,
    multiply,
    subtract,
)
from shapedmat.errors import ShapeError

Shape: TypeAlias = tuple[Dim, ...]
Axes: TypeAlias = int | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Indices:
    """An index that is a one-dimensional array of `count` integers."""

    count: Dim


@dataclass(frozen=True, slots=True)
class Mask:
    """An index that is a one-dimensional array of booleans."""

    count: Dim


Index: TypeAlias = int | slice | EllipsisType | Indices | Mask | None


def show(shape: Sequence[Dim]) -> str:
    """Return a shape as Python writes it.

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


# Operations on two operands whose sentence is not that of the rest.
_SENTENCES: Final = {
    "subtract": "cannot subtract {b} from {a}",
    "multiply": "cannot multiply {a} by {b}",
    "divide": "cannot divide {a} by {b}",
}


def _refusal(sentence: str, a: Shape, b: Shape, action: str) -> str:
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
            result = _broadcast_pair(result, other, last_axis=-1)
        except ShapeError as error:
            raise ShapeError(f"{_refusal('cannot {action} {a} and {b}', result, other, action)}: {error}") from None
    return result


def _broadcast_pair(a: Shape, b: Shape, *, last_axis: int) -> Shape:
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
        raise ShapeError(f"{_refusal('cannot {action} {b} to {a}', target, value, action)}{place}: {obstacle}")
    return target


def _obstacle(target: Shape, value: Shape, *, leading_ones: bool) -> str | None:
    for axis, (given, wanted) in enumerate(zip(reversed(value), reversed(target), strict=False), 1):
        if given not in (1, wanted) and _overflow(given, wanted):
            return f"sizes {given} and {wanted} on axis {-axis} differ"
    extra = len(value) - len(target)
    if extra > 0 and (not leading_ones or any(_overflow(dim, 1) for dim in value[:extra])):
        return f"{extra} {_plural(extra, 'axis', 'axes')} too many"
    return None


def _overflow(given: Dim, wanted: Dim) -> bool:
    """Say whether a size that is not 1 certainly differs from the one that it must broadcast to."""
    return compare(multiply(subtract(given, wanted), subtract(given, 1)), 0) is Equality.DIFFERENT


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
        batch = _broadcast_pair(a[:-2], b[:-2], last_axis=-3)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: {error}") from None
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def transpose(shape: Shape) -> Shape:
    """Return the shape with its axes in reverse order."""
    return shape[::-1]


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


def normalize_axis(shape: Shape, axis: int, *, action: str) -> int:
    """Return an axis counted from the front.

    Raises:
        ShapeError: there is no such axis.
    """
    rank = len(shape)
    if not -rank <= axis < rank:
        axes = _plural(rank, "axis", "axes")
        raise ShapeError(f"cannot {action} {show(shape)} over axis {axis}: it has {rank} {axes}")
    return axis % rank


def reduce(shape: Shape, axis: Axes = None, *, keepdims: bool = False, action: str = "reduce") -> Shape:
    """Return the shape that is left when axes are summed (or otherwise reduced) away.

    >>> reduce((5, 2), 0), reduce((5, 2), 1, keepdims=True), reduce((5, 2))
    ((2,), (5, 1), ())

    Raises:
        ShapeError: there is no such axis, or one is given twice.
    """
    if axis is None:
        return (1,) * len(shape) if keepdims else ()
    if isinstance(axis, int):
        if not shape and axis in (0, -1):  # NumPy lets a scalar pass for a vector here
            return ()
        place = normalize_axis(shape, axis, action=action)
        return shape[:place] + ((1,) if keepdims else ()) + shape[place + 1 :]
    places = {normalize_axis(shape, each, action=action) for each in axis}
    if len(places) < len(axis):
        raise ShapeError(f"cannot {action} {show(shape)} over axes {show(axis)}: one axis is given twice")
    return tuple(1 if place in places else dim for place, dim in enumerate(shape) if keepdims or place not in places)


def reduce_nonempty(shape: Shape, axis: Axes = None, *, keepdims: bool = False, action: str = "reduce") -> Shape:
    """Return the shape of a reduction that has no value for no elements, such as a maximum.

    >>> reduce_nonempty((0, 3), 0, action="take the maximum of")
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot take the maximum of (0, 3) over axis 0: its size is 0

    Raises:
        ShapeError: there is no such axis, one is given twice, or there is nothing to choose from.
    """
    result = reduce(shape, axis, keepdims=keepdims, action=action)
    if 0 in shape:
        given = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
        for each in given:
            if shape[each] == 0:
                raise ShapeError(f"cannot {action} {show(shape)} over axis {each}: its size is 0")
    return result


def reshape(shape: Shape, new: Shape) -> Shape:
    """Return the shape of a reshape; one dimension of `new` may be -1, and is found from the others.

    NumPy happens to take every negative size for -1; here only -1 is.

    >>> reshape((6, 4), (8, -1))
    (8, 3)

    Raises:
        ShapeError: the numbers of elements differ, or more than one dimension is -1.
    """
    refusal = f"cannot reshape {show(shape)} to {show(new)}"
    total = count(shape)
    inferred = [place for place, dim in enumerate(new) if dim == -1]
    if any(isinstance(dim, int) and dim < -1 for dim in new):
        raise ShapeError(f"{refusal}: a size cannot be negative")
    if len(inferred) > 1:
        raise ShapeError(f"{refusal}: only one dimension can be -1")
    if inferred:
        rest = count(tuple(dim for dim in new if dim != -1))
        if rest == 0:
            raise ShapeError(f"{refusal}: -1 cannot be found beside a size of 0")
        if isinstance(total, int) and isinstance(rest, int) and total % rest:
            raise ShapeError(f"{refusal}: the number of elements, {total}, is not a multiple of {rest}")
        return tuple(floor_divide(total, rest) if dim == -1 else dim for dim in new)
    if compare(total, count(new)) is Equality.DIFFERENT:
        raise ShapeError(f"{refusal}: the numbers of elements, {total} and {count(new)}, differ")
    return new


def concatenate(shapes: Sequence[Shape], axis: int = 0, *, action: str = "concatenate") -> Shape:
    """Return the shape of arrays joined along an axis.

    >>> concatenate([(5, 2), (3, 2)])
    (8, 2)
    >>> concatenate([(5, 2), (3, 4)])
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot concatenate (5, 2) and (3, 4) on axis 0: sizes 2 and 4 on axis 1 differ

    Raises:
        ShapeError: there is nothing to join, the ranks differ, or sizes on another axis differ.
    """
    if not shapes:
        raise ShapeError(f"cannot {action} nothing: at least one array is wanted")
    first = shapes[0]
    axis = normalize_axis(first, axis, action=action)
    joined, result = first[axis], list(first)
    origins = [first] * len(first)  # the shape that each size of the result was taken from
    for other in shapes[1:]:
        if len(other) != len(first):
            ranks = f"{len(first)} {_plural(len(first), 'axis', 'axes')} and the other {len(other)}"
            raise ShapeError(f"cannot {action} {show(first)} and {show(other)} on axis {axis}: one has {ranks}")
        for place, (left, right) in enumerate(zip(result, other, strict=True)):
            if place != axis and compare(left, right) is Equality.DIFFERENT:
                raise ShapeError(
                    f"cannot {action} {show(origins[place])} and {show(other)} on axis {axis}: "
                    f"sizes {left} and {right} on axis {place} differ"
                )
            if isinstance(left, Unknown):
                result[place], origins[place] = right, other
        joined = add(joined, other[axis])
    result[axis] = joined
    return tuple(result)


def hstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set side by side, or of vectors set end to end."""
    vectors = len(shapes) > 0 and len(shapes[0]) < 2
    return concatenate([shape or (1,) for shape in shapes], 0 if vectors else 1, action="hstack")


def vstack(*shapes: Shape) -> Shape:
    """Return the shape of matrices set one below the other, where a vector is a row."""
    rows = [shape if len(shape) > 1 else (1, *(shape or (1,))) for shape in shapes]
    return concatenate(rows, 0, action="vstack")


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
        indices, axes = _plural(taken, "index", "indices"), _plural(len(shape), "axis", "axes")
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


def differences(points: Shape, point: Shape) -> Shape:
    """Return the shape of the differences of each of `points`, one a row, from one point.

    >>> differences((100, 3), (1, 3))
    (100, 3)

    Raises:
        ShapeError: the point is not one row as long as the rows of the points.
    """
    refusal = f"cannot compare the rows of {show(points)} with {show(point)}"
    if len(points) != 2:
        raise ShapeError(f"{refusal}: a matrix of points is wanted")
    wanted = (1, points[1])
    if len(point) != 2 or any(compare(*pair) is Equality.DIFFERENT for pair in zip(point, wanted, strict=True)):
        raise ShapeError(f"{refusal}: a point of {show(wanted)} is wanted")
    return points


def row_norms(points: Shape) -> Shape:
    """Return the shape of the Euclidean norms of the rows: one column.

    Raises:
        ShapeError: the points are not the rows of a matrix.
    """
    if len(points) != 2:
        raise ShapeError(f"cannot take the norms of the rows of {show(points)}: a matrix of points is wanted")
    return points[0], 1


def distances(points: Shape, point: Shape) -> Shape:
    """Return the shape of the distances of each of `points` from one point: one column.

    Raises:
        ShapeError: the point is not one row as long as the rows of the points.
    """
    return row_norms(differences(points, point))


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


def _plural(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
