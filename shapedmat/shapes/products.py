"""Rules for products that sum over an axis, and for outer products."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import TypeAlias

from shapedmat.dimensions import UNKNOWN, Dim, Equality, compare, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast_pair
from shapedmat.shapes.shape import Shape, count, normalize_axis, plural, show

ContractedAxes: TypeAlias = int | tuple[int | Sequence[int], int | Sequence[int]]


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
    _check_inner(a[-1], b[-min(2, len(b))], refusal)
    try:
        batch = broadcast_pair(a[:-2], b[:-2], last_axis=-3)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: {error}") from None
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def dot(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``np.dot(a, b)``, which sums over the last axis of `a` and the last but one of `b`.

    >>> dot((2, 3), (5, 3, 4)), dot((3,), (3,)), dot((), (5, 4))
    ((2, 5, 4), (), (5, 4))

    Raises:
        ShapeError: the sizes of the axes that are summed over differ.
    """
    if not a or not b:
        return a or b
    _check_inner(a[-1], b[-min(2, len(b))], f"cannot take the dot product of {show(a)} and {show(b)}")
    return a[:-1] + (b[:-2] + b[-1:] if len(b) > 1 else ())


def inner(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``np.inner(a, b)``, which sums over the last axis of both.

    >>> inner((2, 3), (5, 4, 3))
    (2, 5, 4)

    Raises:
        ShapeError: the sizes of the last axes differ.
    """
    if not a or not b:
        return a or b
    _check_inner(a[-1], b[-1], f"cannot take the inner product of {show(a)} and {show(b)}")
    return a[:-1] + b[:-1]


def vdot(a: Shape, b: Shape) -> Shape:
    """Return the shape of the dot product of all elements, in order: a scalar.

    Raises:
        ShapeError: the numbers of elements differ.
    """
    sizes = count(a), count(b)
    if compare(*sizes) is Equality.DIFFERENT:
        raise ShapeError(
            f"cannot take the dot product of all elements of {show(a)} and {show(b)}: "
            f"the numbers of elements, {sizes[0]} and {sizes[1]}, differ"
        )
    return ()


def vecdot(a: Shape, b: Shape, axis: int = -1) -> Shape:
    """Return the shape of the dot products of vectors that lie along an axis; the other axes broadcast.

    >>> vecdot((5, 1, 3), (4, 3))
    (5, 4)

    Raises:
        ShapeError: an operand does not have the axis, its sizes differ, or the other axes do not broadcast.
    """
    refusal = f"cannot take the dot products of {show(a)} and {show(b)}"
    at_a, at_b = (normalize_axis(each, axis, action="take the dot products of") for each in (a, b))
    _check_inner(a[at_a], b[at_b], refusal)
    return _batch(a[:at_a] + a[at_a + 1 :], b[:at_b] + b[at_b + 1 :], refusal)


def matvec(a: Shape, b: Shape) -> Shape:
    """Return the shape of the products of matrices with vectors; the leading axes broadcast.

    >>> matvec((5, 2, 3), (3,))
    (5, 2)

    Raises:
        ShapeError: there is no matrix or no vector, the inner dimensions differ, or the leading axes do not broadcast.
    """
    refusal = f"cannot multiply {show(a)} by {show(b)}"
    _check_ranks(a, 2, b, 1, refusal)
    _check_inner(a[-1], b[-1], refusal)
    return _batch(a[:-2], b[:-1], refusal) + a[-2:-1]


def vecmat(a: Shape, b: Shape) -> Shape:
    """Return the shape of the products of vectors with matrices; the leading axes broadcast.

    >>> vecmat((2,), (5, 2, 3))
    (5, 3)

    Raises:
        ShapeError: there is no matrix or no vector, the inner dimensions differ, or the leading axes do not broadcast.
    """
    refusal = f"cannot multiply {show(a)} by {show(b)}"
    _check_ranks(a, 1, b, 2, refusal)
    _check_inner(a[-1], b[-2], refusal)
    return _batch(a[:-1], b[:-2], refusal) + b[-1:]


def multi_dot(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of the product of a chain of matrices; the first and the last may be vectors.

    >>> multi_dot([(2, 3), (3, 4), (4,)])
    (2,)

    Raises:
        ShapeError: there are fewer than two arrays, one is not a matrix, or inner dimensions differ.
    """
    if len(shapes) < 2:
        arrays = plural(len(shapes), "array", "arrays")
        raise ShapeError(f"cannot multiply a chain of {len(shapes)} {arrays}: at least two are wanted")
    if len(shapes) == 2:
        return dot(*shapes)
    for place, shape in enumerate(shapes):
        if len(shape) != 2 and not (len(shape) == 1 and place in (0, len(shapes) - 1)):
            chain = " and ".join(map(show, shapes))
            raise ShapeError(f"cannot multiply {chain} in a chain: {show(shape)} is not a matrix")
    for pair in pairwise(shapes):
        matmul(*pair)
    return shapes[0][:-1] + shapes[-1][1:]


def tensordot(a: Shape, b: Shape, axes: ContractedAxes = 2) -> Shape:
    """Return the shape of a product that sums over pairs of axes.

    `axes` are those of `a` and those of `b`, or the number of the last of `a` and the first of `b`.

    >>> tensordot((2, 3, 4), (3, 4, 5)), tensordot((2, 3, 4), (3, 5), (1, 0)), tensordot((2,), (3,), 0)
    ((2, 5), (2, 4, 5), (2, 3))

    Raises:
        ShapeError: there is no such axis, one is given twice, not as many are given of each, or the sizes differ.
    """
    action = "contract"
    refusal = f"cannot {action} {show(a)} with {show(b)}"
    if isinstance(axes, int):
        if axes > min(len(a), len(b)):
            short = min(a, b, key=len)
            raise ShapeError(
                f"{refusal} over {axes} axes: {show(short)} has {len(short)} {plural(len(short), 'axis', 'axes')}"
            )
        axes = range(-axes, 0), range(axes)
    of_a, of_b = ([each] if isinstance(each, int) else [*each] for each in axes)
    at_a = [normalize_axis(a, each, action=action) for each in of_a]
    at_b = [normalize_axis(b, each, action=action) for each in of_b]
    over = f"{refusal} over axes {show(of_a)} and {show(of_b)}"
    if len(at_a) != len(at_b):
        raise ShapeError(f"{over}: their numbers differ")
    for left, right in zip(at_a, at_b, strict=True):
        if compare(a[left], b[right]) is Equality.DIFFERENT:
            raise ShapeError(f"{over}: sizes {a[left]} and {b[right]} differ")
    if len({*at_a}) < len(at_a) or len({*at_b}) < len(at_b):
        raise ShapeError(f"{over}: one axis is given twice")
    kept_a = tuple(dim for place, dim in enumerate(a) if place not in at_a)
    return kept_a + tuple(dim for place, dim in enumerate(b) if place not in at_b)


def kron(a: Shape, b: Shape) -> Shape:
    """Return the shape of the Kronecker product, whose sizes are the products of the operands' sizes.

    >>> kron((2, 3), (4,))
    (2, 12)
    """
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    return tuple(multiply(left, right) for left, right in pairs)


def cross(
    a: Shape,
    b: Shape,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
    *,
    planar: bool = True,
) -> Shape | None:
    """Return the shape of the cross products of vectors of 3 elements or, as ``np.cross`` still lets pass, of 2.

    The cross product of two vectors of 2 is a number; where it is not known that one of them is of 3, not even the
    number of axes of the result is known, and there is no shape to return. Vectors of 2 are refused unless `planar`.

    >>> cross((5, 3), (3,)), cross((5, 2), (5, 2)), cross((5, UNKNOWN), (5, 2))
    ((5, 3), (5,), None)

    Raises:
        ShapeError: there is no such axis, a vector is not of 2 or 3, or the other axes do not broadcast.
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    action = "take the cross product of"
    refusal = f"cannot {action} {show(a)} and {show(b)}"
    at_a, at_b = normalize_axis(a, axisa, action=action), normalize_axis(b, axisb, action=action)
    lengths = a[at_a], b[at_b]
    for each in lengths:
        missing = multiply(subtract(each, 2) if planar else 1, subtract(each, 3))
        if compare(missing, 0) is Equality.DIFFERENT:
            raise ShapeError(f"{refusal}: vectors of 3 are wanted, not of {each}")
    result = _batch(a[:at_a] + a[at_a + 1 :], b[:at_b] + b[at_b + 1 :], refusal)
    if lengths == (2, 2):
        return result
    if planar and 3 not in lengths:
        return None
    place = normalize_axis((*result, 3), axisc, action=action)
    return (*result[:place], 3, *result[place:])


def outer_product(a: Shape, b: Shape, *, vectors: bool = False) -> Shape:
    """Return the shape of ``np.outer(a, b)``: every element of one array times every element of another.

    >>> outer_product((2, 3), (5,))
    (6, 5)

    Raises:
        ShapeError: an operand has not one axis, where `vectors` are wanted, as by ``np.linalg.outer``.
    """
    for shape in (a, b):
        if vectors and len(shape) != 1:
            raise ShapeError(f"cannot take the outer product of {show(a)} and {show(b)}: {show(shape)} is not a vector")
    return count(a), count(b)


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


def _check_ranks(a: Shape, least_a: int, b: Shape, least_b: int, refusal: str) -> None:
    for shape, least in ((a, least_a), (b, least_b)):
        if len(shape) < least:
            raise ShapeError(f"{refusal}: {show(shape)} is not a {'matrix' if least > 1 else 'vector'}")


def _check_inner(a: Dim, b: Dim, refusal: str) -> None:
    if compare(a, b) is Equality.DIFFERENT:
        raise ShapeError(f"{refusal}: inner dimensions {a} and {b} differ")


def _batch(a: Shape, b: Shape, refusal: str) -> Shape:
    """Return the shape of the axes that are not summed over, broadcast together.

    Raises:
        ShapeError: two sizes on one axis differ and neither is 1.
    """
    try:
        return broadcast_pair(a, b, last_axis=-1)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: of the other axes, {error}") from None
