"""Rules for putting elements in order, and for searching in what is in order."""

from __future__ import annotations

from collections.abc import Sequence

from shapedmat.dimensions import Equality, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import hadamard
from shapedmat.shapes.lengths import vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, along, count, normalize_axis, show


def sort(shape: Shape, axis: int | None = -1, *, action: str = "sort") -> Shape:
    """Return the shape of an array that is sorted along an axis, or flattened and sorted.

    >>> sort((5, 4)), sort((5, 4), None)
    ((5, 4), (20,))

    Raises:
        ShapeError: there is no such axis.
    """
    return (count(shape),) if axis is None else along(shape, axis, action=action)


def argsort(shape: Shape, axis: int | None = -1, *, action: str = "sort") -> Shape:
    """Return the shape of the indices that sort an array, for which a scalar passes for a vector.

    Raises:
        ShapeError: there is no such axis.
    """
    return (1,) if not shape and axis in (0, -1) else sort(shape, axis, action=action)


def partition(shape: Shape, kth: int | Sequence[int], axis: int | None = -1) -> Shape:
    """Return the shape of an array in which those elements are in place that sorting puts at `kth`.

    Raises:
        ShapeError: there is no such axis, or no such place on it.
    """
    result = sort(shape, axis, action="partition")
    _check_places(result, kth, -1 if axis is None else axis)
    return result


def argpartition(shape: Shape, kth: int | Sequence[int], axis: int | None = -1) -> Shape:
    """Return the shape of the indices that partition an array, for which a scalar passes for a vector.

    Raises:
        ShapeError: there is no such axis, or no such place on it.
    """
    result = argsort(shape, axis, action="partition")
    _check_places(result, kth, -1 if axis is None else axis)
    return result


def _check_places(shape: Shape, kth: int | Sequence[int], axis: int) -> None:
    if not at_most(1, count(shape)):  # where there is nothing to move, NumPy does not look
        return
    dim = shape[axis]
    for each in [kth] if isinstance(kth, int) else kth:
        if isinstance(dim, int) and not -dim <= each < dim:
            raise ShapeError(f"cannot partition {show(shape)} at {each} over axis {axis}: its size is {dim}")


def lexsort(keys: Sequence[Shape], axis: int = -1) -> Shape:
    """Return the shape of the indices that sort by several keys, the last of which decides first.

    Raises:
        ShapeError: there is no key, the shapes of the keys differ, or there is no such axis.
    """
    if not keys:
        raise ShapeError("cannot sort by nothing: at least one key is wanted")
    result = keys[0]
    for key in keys[1:]:
        result = hadamard(result, key, action="sort by the keys")
    if result or axis not in (0, -1):  # NumPy lets a scalar pass for a vector here
        normalize_axis(result, axis, action="sort by keys of")
    return result


def searchsorted(ordered: Shape, values: Shape, sorter: Shape | None = None, *, action: str = "search in") -> Shape:
    """Return the shape of the places at which values would be inserted into a sorted vector.

    >>> searchsorted((5,), (2, 3))
    (2, 3)

    Raises:
        ShapeError: what is searched is not a vector, or its order has another length.
    """
    length = vector_length(ordered, action=action)
    if sorter is not None:
        places = vector_length(sorter, action="search in the order of")
        if compare(places, length) is Equality.DIFFERENT:
            raise ShapeError(f"cannot search in {show(ordered)} in the order of {show(sorter)}: the lengths differ")
    return values


def digitize(values: Shape, bins: Shape) -> Shape:
    """Return the shape of the numbers of the bins into which values fall.

    Raises:
        ShapeError: the edges of the bins are not a vector.
    """
    return searchsorted(bins, values, action="find the bins between the edges")
