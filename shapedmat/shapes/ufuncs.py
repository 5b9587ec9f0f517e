"""Rules for the methods of universal functions, and for results that are written into an array that exists."""

from __future__ import annotations

from shapedmat.dimensions import Equality, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import assign, broadcast_pair, hadamard
from shapedmat.shapes.lengths import vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.products import matmul
from shapedmat.shapes.shape import Shape, along, count, normalize_axis, plural, show


def accumulate(shape: Shape, axis: int = 0) -> Shape:
    """Return the shape of ``ufunc.accumulate``, which takes no scalar.

    Raises:
        ShapeError: there is no such axis.
    """
    return along(shape, axis, action="accumulate")


def reduceat(shape: Shape, indices: Shape, axis: int = 0) -> Shape:
    """Return the shape of ``ufunc.reduceat``, which reduces one part of an axis for each index.

    >>> reduceat((5, 4), (3,)), reduceat((5, 4), (3,), axis=1)
    ((3, 4), (5, 3))

    Raises:
        ShapeError: there is no such axis, or nothing on it, or the indices are not a vector.
    """
    place = normalize_axis(shape, axis, action="reduce parts of")
    parts = vector_length(indices, action="reduce the parts that begin at")
    if shape[place] == 0 and at_most(1, parts):
        raise ShapeError(f"cannot reduce parts of {show(shape)} over axis {axis}: its size is 0")
    return (*shape[:place], parts, *shape[place + 1 :])


def ufunc_outer(a: Shape, b: Shape) -> Shape:
    """Return the shape of ``ufunc.outer``: every element of one array with every element of another."""
    return a + b


def output(result: Shape, out: Shape, *, core: int | None = None) -> Shape:
    """Return the shape of an output array that a result is broadcast into, which must not make the output larger.

    So do universal functions. The last `core` axes of the result of a product of matrices or of vectors are not
    broadcast, and leading axes of size 1 may be left out of its output.

    >>> output((3,), (2, 3)), output((1, 5, 3), (5, 3), core=2)
    ((2, 3), (5, 3))
    >>> output((5, 2), (5, 1))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot write a result of (5, 2) to (5, 1) in place: sizes 2 and 1 on axis -1 differ

    Raises:
        ShapeError: the result does not broadcast to the output's shape, or its last axes differ from the output's.
    """
    if core is None:
        return assign(out, result, action="write a result of")
    refusal = f"cannot write a result of {show(result)} to {show(out)} in place"
    for axis in range(-min(core, len(out)), 0):
        if compare(result[axis], out[axis]) is Equality.DIFFERENT:
            raise ShapeError(f"{refusal}: sizes {result[axis]} and {out[axis]} on axis {axis} differ")
    extra = max(len(result) - len(out), 0)
    if any(compare(dim, 1) is Equality.DIFFERENT for dim in result[:extra]):
        raise ShapeError(f"{refusal}: {extra} {plural(extra, 'axis', 'axes')} too many")
    return assign(out, result[extra:], action="write a result of")


def masked(result: Shape, where: Shape) -> Shape:
    """Return the shape of a result that is written only where a mask holds, which broadcasts with the operands.

    >>> masked((5, 2), (5, 1))
    (5, 2)

    Raises:
        ShapeError: the mask does not broadcast to the result.
    """
    try:
        return broadcast_pair(result, where, last_axis=-1)
    except ShapeError as error:
        raise ShapeError(f"cannot mask a result of {show(result)} by {show(where)}: {error}") from None


def matmul_in_place(a: Shape, b: Shape) -> Shape:
    """Return the shape of `a` after ``a @= b``, which must keep it.

    >>> matmul_in_place((5, 2), (2, 2))
    (5, 2)

    Raises:
        ShapeError: the product is none, or of another shape, or `b` is no matrix.
    """
    if not a or len(b) < 2:
        raise ShapeError(f"cannot multiply {show(a)} by {show(b)} in place: a matrix is wanted on the right")
    return output(matmul(a, b), a, core=min(2, len(a)))


def scan_output(result: Shape, out: Shape) -> Shape:
    """Return the shape of an output array of a cumulative function along an axis, which NumPy checks less strictly.

    It broadcasts to the first axes of an output that has more, and takes any for a result of no elements. Where the
    output is too short, NumPy may write past its end.

    >>> scan_output((5, 1), (5, 2))
    (5, 2)

    Raises:
        ShapeError: the result does not broadcast to as many axes of the output.
    """
    if len(out) <= len(result) and count(result) != 0:
        assign(out, result, action="write a result of")
    return out


def exact_output(result: Shape, out: Shape) -> Shape:
    """Return the shape of an output array that must have the shape of the result.

    So it is for reductions, for joining arrays, and for ``dot``, ``take`` and ``argmax``.

    >>> exact_output((5, 1), (5, 2))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot write a result of (5, 1) to (5, 2): the shapes differ

    Raises:
        ShapeError: the shapes differ.
    """
    try:
        return hadamard(out, result)
    except ShapeError:
        raise ShapeError(f"cannot write a result of {show(result)} to {show(out)}: the shapes differ") from None
