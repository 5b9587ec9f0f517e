"""Rules for counting values and for how variables vary together."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Dim, Equality, add, compare, minimum, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import hadamard
from shapedmat.shapes.joining import concatenate
from shapedmat.shapes.lengths import at_least_zero, sizes, vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, show


def bincount(shape: Shape, weights: Shape | None = None, minlength: Dim = 0) -> Shape:
    """Return the shape of the numbers of times that each integer occurs, which is as long as the largest one asks for.

    Raises:
        ShapeError: the array is not a vector, its weights have another shape, or `minlength` is negative.
    """
    length = vector_length(shape, action="count the values of")
    sizes((minlength,), action="count values into at least")
    if length == 0:
        return (minlength,)
    if weights is not None and at_most(1, length):
        hadamard(shape, weights, action="pair values and weights of")
    return (UNKNOWN,)


def histogram(shape: Shape, bins: Dim | Shape = 10, weights: Shape | None = None) -> tuple[Shape, Shape]:
    """Return the shapes of the numbers of values in bins, and of the edges of the bins.

    `bins` is the number of the bins, or the shape of their edges.

    >>> histogram((100, 3), 5), histogram((100, 3), (5,))
    (((5,), (6,)), ((4,), (5,)))

    Raises:
        ShapeError: there is no bin, the edges have more than one axis, or the weights have another shape.
    """
    refusal = f"cannot take the histogram of {show(shape)}"
    if weights is not None:
        hadamard(shape, weights, action="pair values and weights of")
    if not isinstance(bins, tuple):
        if at_most(bins, 0):
            raise ShapeError(f"{refusal} with {bins} bins: at least 1 is wanted")
        return (bins,), (add(bins, 1),)
    if not bins:  # an array that holds the number of bins
        return (UNKNOWN,), (UNKNOWN,)
    edges = vector_length(bins, action="take the histogram between the edges")
    return (at_least_zero(subtract(edges, 1)),), (edges,)


def cov(
    shape: Shape, y: Shape | None = None, *, rowvar: bool = True, action: str = "take the covariance of"
) -> Shape | None:
    """Return the shape of the covariances, or correlations, of variables, one a row; a vector is one variable.

    The one covariance of a single variable is a scalar: None is returned where it is not known whether there is more
    than one variable.

    >>> cov((3, 100)), cov((3, 100), rowvar=False), cov((100,)), cov((100,), (100,)), cov((UNKNOWN, 100))
    ((3, 3), (100, 100), (), (2, 2), None)

    Raises:
        ShapeError: an array has more than two axes, or the numbers of observations differ.
    """
    for each in (shape, y or ()):
        if len(each) > 2:
            raise ShapeError(f"cannot {action} {show(each)}: a vector or a matrix is wanted")
    variables = shape[::-1] if len(shape) == 2 and not rowvar else _matrix(shape)
    total = variables[0]
    at_least_two = False
    if y is not None and total != 0:
        more = _matrix(y)
        if not rowvar:
            # A single row is taken for one variable even so.
            row = compare(more[0], 1)
            more = more if row is Equality.SAME else more[::-1] if row is Equality.DIFFERENT else (UNKNOWN, UNKNOWN)
        joined = concatenate([variables, more], action=action) if minimum(total) else (UNKNOWN,)
        total, at_least_two = joined[0], minimum(more[0]) > 0
    single = compare(total, 1)
    if at_least_two or single is Equality.DIFFERENT:
        return total, total
    return () if single is Equality.SAME else None


def _matrix(shape: Shape) -> Shape:
    return (1,) * (2 - len(shape)) + shape
