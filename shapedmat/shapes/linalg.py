"""Rules for linear algebra: inverses, decompositions, linear equations and norms."""

from __future__ import annotations

import math

from shapedmat.dimensions import UNKNOWN, Dim, Equality, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast_pair
from shapedmat.shapes.order import at_most, shared, smaller
from shapedmat.shapes.reductions import reduce, reduce_nonempty
from shapedmat.shapes.shape import Axes, Shape, show


def square(shape: Shape, *, action: str) -> Shape:
    """Return the shape of an operation on square matrices that keeps their shape, such as a Cholesky decomposition.

    >>> square((2, 3), action="invert")
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot invert (2, 3): a square matrix is wanted, and 2 and 3 differ

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    rows, columns = _matrix(shape, action)
    if compare(rows, columns) is Equality.DIFFERENT:
        raise ShapeError(f"cannot {action} {show(shape)}: a square matrix is wanted, and {rows} and {columns} differ")
    size = shared(rows, columns)
    return (*shape[:-2], size, size)


def inv(shape: Shape) -> Shape:
    """Return the shape of the inverses of matrices.

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    return square(shape, action="invert")


def cholesky(shape: Shape) -> Shape:
    """Return the shape of the Cholesky factors of matrices.

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    return square(shape, action="take the Cholesky factor of")


def matrix_power(shape: Shape) -> Shape:
    """Return the shape of the powers of matrices, whatever the exponent is.

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    return square(shape, action="take a power of")


def det(shape: Shape) -> Shape:
    """Return the shape of the determinants of matrices.

    >>> det((5, 3, 3))
    (5,)

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    return square(shape, action="take the determinant of")[:-2]


def slogdet(shape: Shape) -> tuple[Shape, Shape]:
    """Return the shapes of the signs and of the logarithms of the determinants of matrices.

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    result = det(shape)
    return result, result


def eig(shape: Shape) -> tuple[Shape, Shape]:
    """Return the shapes of the eigenvalues and of the eigenvectors of matrices, symmetric or not.

    >>> eig((5, 3, 3))
    ((5, 3), (5, 3, 3))

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    vectors = square(shape, action="take the eigenvectors of")
    return vectors[:-1], vectors


def eigvals(shape: Shape) -> Shape:
    """Return the shape of the eigenvalues of matrices, symmetric or not.

    Raises:
        ShapeError: there is no matrix, or it is not square.
    """
    return square(shape, action="take the eigenvalues of")[:-1]


def pinv(shape: Shape) -> Shape:
    """Return the shape of the pseudo-inverses of matrices.

    Raises:
        ShapeError: there is no matrix.
    """
    rows, columns = _matrix(shape, "take the pseudo-inverse of")
    return (*shape[:-2], columns, rows)


def svd(shape: Shape, full_matrices: bool = True, compute_uv: bool = True) -> tuple[Shape, ...]:
    """Return the shapes of the singular value decomposition: U, S and Vh, or S alone.

    >>> svd((5, 3)), svd((5, 3), full_matrices=False), svd((5, 3), compute_uv=False)
    (((5, 5), (3,), (3, 3)), ((5, 3), (3,), (3, 3)), ((3,),))

    Raises:
        ShapeError: there is no matrix.
    """
    rows, columns = _matrix(shape, "take the singular values of")
    batch, rank = shape[:-2], smaller(rows, columns)
    values = (*batch, rank)
    if not compute_uv:
        return (values,)
    left, right = (rows, columns) if full_matrices else (rank, rank)
    return (*batch, rows, left), values, (*batch, right, columns)


def qr(shape: Shape, mode: str = "reduced") -> tuple[Shape, ...]:
    """Return the shapes of the QR decomposition: Q and R, or R alone; or h and tau where `mode` is ``"raw"``.

    >>> qr((5, 3)), qr((5, 3), "complete"), qr((5, 3), "r"), qr((5, 3), "raw")
    (((5, 3), (3, 3)), ((5, 5), (5, 3)), ((3, 3),), ((3, 5), (3,)))

    Raises:
        ShapeError: there is no matrix, or no such mode.
    """
    modes = {"full": "reduced", "f": "reduced", "e": "economic"}  # which NumPy discourages
    mode = modes.get(mode, mode)
    action = "take the QR decomposition of"
    if mode not in ("reduced", "complete", "r", "raw", "economic"):
        raise ShapeError(f'cannot {action} {show(shape)}: "{mode}" is none of "reduced", "complete", "r" and "raw"')
    rows, columns = _matrix(shape, action)
    batch, rank = shape[:-2], smaller(rows, columns)
    if mode == "economic":
        return (shape,)
    if mode == "raw":
        return (*batch, columns, rows), (*batch, rank)
    if mode == "r":
        return ((*batch, rank, columns),)
    size = rows if mode == "complete" else rank
    return (*batch, rows, size), (*batch, size, columns)


def solve(a: Shape, b: Shape) -> Shape:
    """Return the shape of the solutions x of ``a @ x = b``; `b` is a vector where it has one axis, else matrices.

    >>> solve((3, 3), (3,)), solve((5, 3, 3), (3, 2))
    ((3,), (5, 3, 2))

    Raises:
        ShapeError: `a` is not square, `b` has not as many rows, or the leading axes do not broadcast.
    """
    matrix = square(a, action="solve equations of")
    refusal = f"cannot solve {show(a)} for {show(b)}"
    if not b:
        raise ShapeError(f"{refusal}: a vector or a matrix is wanted")
    _check_rows(matrix[-2], b[-min(2, len(b))], refusal)
    try:
        batch = broadcast_pair(matrix[:-2], b[:-2], last_axis=-3)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: {error}") from None
    return batch + matrix[-1:] + (b[-1:] if len(b) > 1 else ())


def lstsq(a: Shape, b: Shape) -> tuple[Shape, Shape, Shape, Shape]:
    """Return the shapes of a least-squares solution: x, the residuals, the rank and the singular values of `a`.

    There are residuals only where the rank is that of the columns and there are more rows.

    >>> lstsq((5, 3), (5, 2))
    ((3, 2), (?,), (), (3,))

    Raises:
        ShapeError: `a` is no matrix, `b` is neither a vector nor a matrix, or `b` has not as many rows.
    """
    refusal = f"cannot solve {show(a)} for {show(b)}"
    if len(a) != 2:
        raise ShapeError(f"{refusal}: {show(a)} is not a matrix")
    if len(b) not in (1, 2):
        raise ShapeError(f"{refusal}: {show(b)} is neither a vector nor a matrix")
    _check_rows(a[0], b[0], refusal)
    residuals = 0 if at_most(a[0], a[1]) else UNKNOWN
    return a[1:] + b[1:], (residuals,), (), (smaller(*a),)


def norm(shape: Shape, order: float | str | None = None, axis: Axes = None, keepdims: bool = False) -> Shape:
    """Return the shape of the norms of vectors, which lie along one axis, or of matrices, which lie along two.

    With neither an order nor an axis it is the norm of all elements. The order None also stands for one that is not
    known, as it is the one that fits every array.

    >>> norm((5, 3)), norm((5, 3), axis=1), norm((5, 3, 2), "fro", (1, 2), keepdims=True)
    ((), (5,), (5, 1, 1))

    Raises:
        ShapeError: there is no such axis, there are more than two, the order is not one of theirs, or there are no
            elements to take the smallest of.
    """
    action = "take the norm of"
    if axis is None:
        if order is None:
            return reduce(shape, None, keepdims=keepdims, action=action)
        places = tuple(range(len(shape)))
    else:
        places = (axis,) if isinstance(axis, int) else axis
    if len(places) not in (1, 2):
        raise ShapeError(f"cannot {action} {show(shape)} over {len(places)} axes: one or two are wanted")
    result = reduce(shape, places, keepdims=keepdims, action=action)
    orders = (None, 1, -1, 2, -2, math.inf, -math.inf, "fro", "f", "nuc")
    if order not in orders if len(places) == 2 else isinstance(order, str):
        name, kind = f'"{order}"' if isinstance(order, str) else order, "vector" if len(places) == 1 else "matrix"
        raise ShapeError(f"cannot {action} {show(shape)}: a {kind} has no norm of order {name}")
    smallest_of: dict[object, tuple[int, ...]] = {-math.inf: places[:1]}
    if len(places) == 2:
        smallest_of |= {-1: places[1:], -2: places}
    for place in smallest_of.get(order, ()):
        reduce_nonempty(shape, place, action=action)
    return result


def cond(shape: Shape, order: float | str | None = None) -> Shape:
    """Return the shape of the condition numbers of matrices.

    Raises:
        ShapeError: there is no matrix, it is empty, or it is not square and its order needs an inverse.
    """
    action = "take the condition number of"
    if 0 in _matrix(shape, action):
        raise ShapeError(f"cannot {action} {show(shape)}: a matrix without elements has none")
    if order not in (None, 2, -2):
        square(shape, action=action)
    return shape[:-2]


def matrix_rank(shape: Shape) -> Shape:
    """Return the shape of the ranks of matrices; a vector or a scalar has one rank.

    >>> matrix_rank((5, 3, 2)), matrix_rank((3,))
    ((5,), ())
    """
    return shape[:-2]


def _matrix(shape: Shape, action: str) -> tuple[Dim, Dim]:
    if len(shape) < 2:
        raise ShapeError(f"cannot {action} {show(shape)}: a matrix is wanted")
    return shape[-2], shape[-1]


def _check_rows(a: Dim, b: Dim, refusal: str) -> None:
    if compare(a, b) is Equality.DIFFERENT:
        raise ShapeError(f"{refusal}: the numbers of rows, {a} and {b}, differ")
