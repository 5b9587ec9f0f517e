"""Rules for sampled signals: differences, convolution, interpolation, windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from shapedmat.dimensions import Dim, Equality, add, compare, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.joining import concatenate
from shapedmat.shapes.lengths import at_least_zero, larger, vector_length
from shapedmat.shapes.order import at_most, smaller
from shapedmat.shapes.shape import Axes, Shape, count, normalize_axis, plural, show

Mode: TypeAlias = Literal["full", "same", "valid"]


def diff(
    shape: Shape, n: int = 1, axis: int = -1, *, prepend: Shape | None = None, append: Shape | None = None
) -> Shape:
    """Return the shape of the differences of neighbours on an axis, taken `n` times.

    >>> diff((5, 4)), diff((5, 4), 2, axis=0), diff((2,), 3)
    ((5, 3), (3, 4), (0,))

    Raises:
        ShapeError: there is no such axis, `n` is negative, or what is put before or after does not fit.
    """
    action = "take the differences of"
    if n < 0:
        raise ShapeError(f"cannot {action} {show(shape)} {n} times: the number of times cannot be negative")
    if n == 0:
        return shape
    place = normalize_axis(shape, axis, action=action)
    one = (*shape[:place], 1, *shape[place + 1 :])  # a scalar is repeated along the other axes
    joined = concatenate([each or one for each in (prepend, shape, append) if each is not None], place)
    return (*joined[:place], at_least_zero(subtract(joined[place], n)), *joined[place + 1 :])


def ediff1d(shape: Shape, to_begin: Shape = (0,), to_end: Shape = (0,)) -> Shape:
    """Return the shape of the differences of neighbours in the flattened array, and of what is put around them."""
    differences = at_least_zero(subtract(count(shape), 1))
    return (add(differences, add(count(to_begin), count(to_end))),)


def gradient(
    shape: Shape, spacing: Sequence[Shape] = (), axis: Axes = None, *, edge_order: Literal[1, 2] = 1
) -> tuple[Shape, ...]:
    """Return the shapes of the slopes, one array for each axis; NumPy returns the array itself if it is only one.

    >>> gradient((5, 4)), gradient((5, 4), axis=1)
    (((5, 4), (5, 4)), ((5, 4),))

    Raises:
        ShapeError: there is no such axis, one is given twice or is too short, or the spacing does not fit.
    """
    action = "take the gradient of"
    refusal = f"cannot {action} {show(shape)}"
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    places = [normalize_axis(shape, each, action=action) for each in axes]
    if len(set(places)) < len(places):
        raise ShapeError(f"{refusal} over axes {show(tuple(axes))}: one axis is given twice")
    if len(spacing) not in (0, len(places)) and not (len(spacing) == 1 and spacing[0] == ()):
        given = f"{len(spacing)} {plural(len(spacing), 'spacing', 'spacings')}"
        raise ShapeError(f"{refusal} with {given}: {len(places)} are wanted")
    for place, distances in zip(places, spacing, strict=False):
        if len(distances) > 1 or (distances and compare(distances[0], shape[place]) is Equality.DIFFERENT):
            wanted = show((shape[place],))
            raise ShapeError(f"{refusal} with a spacing of {show(distances)}: a scalar or {wanted} is wanted")
    for place in places:
        if at_most(shape[place], edge_order):
            size = f"its size is {shape[place]} and at least {edge_order + 1} is wanted"
            raise ShapeError(f"{refusal} over axis {place}: {size}")
    return (shape,) * len(places)


def convolve(a: Shape, v: Shape, mode: Mode = "full") -> Shape:
    """Return the shape of the convolution of two vectors, for which a scalar passes for a vector.

    >>> convolve((7,), (3,)), convolve((7,), (3,), "same"), convolve((7,), (3,), "valid")
    ((9,), (7,), (5,))

    Raises:
        ShapeError: an operand has more than one axis, or is empty.
    """
    return _slide(a or (1,), v or (1,), mode, "convolve")


def correlate(a: Shape, v: Shape, mode: Mode = "valid") -> Shape:
    """Return the shape of the cross-correlation of two vectors.

    Raises:
        ShapeError: an operand is not a vector, or is empty.
    """
    return _slide(a, v, mode, "correlate")


def _slide(a: Shape, v: Shape, mode: Mode, action: str) -> Shape:
    left, right = (vector_length(shape, action=action) for shape in (a, v))
    if left == 0 or right == 0:
        raise ShapeError(f"cannot {action} {show(a)} and {show(v)}: one of them is empty")
    if mode == "full":
        return (subtract(add(left, right), 1),)
    if mode == "same":
        return (larger(left, right),)
    return (add(subtract(larger(left, right), smaller(left, right)), 1),)


def interp(x: Shape, xp: Shape, fp: Shape) -> Shape:
    """Return the shape of values at `x`, interpolated between the points `xp`, where the values are `fp`.

    Raises:
        ShapeError: the points or their values are not a vector, differ in length, or are empty.
    """
    points, values = (vector_length(shape, action="interpolate between") for shape in (xp, fp))
    if compare(points, values) is Equality.DIFFERENT:
        raise ShapeError(f"cannot interpolate between points {show(xp)} of values {show(fp)}: the lengths differ")
    if 0 in (points, values):
        raise ShapeError(f"cannot interpolate between {show(xp)}: it is empty")
    return x


def sliding_window_view(shape: Shape, window: Dim | Shape, axis: Axes = None) -> Shape:
    """Return the shape of all windows of an array, whose own axes are the last ones of the result.

    >>> sliding_window_view((6,), 3), sliding_window_view((6, 4), (3, 2)), sliding_window_view((6, 4), 2, axis=0)
    ((4, 3), (4, 3, 3, 2), (5, 4, 2))

    Raises:
        ShapeError: there is no such axis, there is not one size for each axis, or a size is negative or too large.
    """
    window = window if isinstance(window, tuple) else (window,)
    refusal = f"cannot slide a window of {show(window)} over {show(shape)}"
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    if len(window) != len(axes):
        wanted = f"{len(axes)} {plural(len(axes), 'size is', 'sizes are')} wanted"
        raise ShapeError(f"{refusal}: {wanted}")
    if any(at_most(dim, -1) for dim in window):
        raise ShapeError(f"{refusal}: a size cannot be negative")
    result = list(shape)
    for each, dim in zip(axes, window, strict=True):
        place = normalize_axis(shape, each, action="slide a window over")
        if at_most(add(result[place], 1), dim):
            raise ShapeError(f"{refusal}: size {dim} is larger than {result[place]} on axis {place}")
        result[place] = add(subtract(result[place], dim), 1)
    return (*result, *window)
