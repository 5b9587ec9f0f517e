"""Rules for reductions: what is left when axes are summed away, and what there is along the way."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Equality, add, compare, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast_pair
from shapedmat.shapes.lengths import at_least_zero
from shapedmat.shapes.shape import Axes, Shape, along, count, normalize_axis, show


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


def quantile(
    shape: Shape, q: Shape, axis: Axes = None, *, keepdims: bool = False, action: str = "take the quantile of"
) -> Shape:
    """Return the shape of quantiles, whose axes come before those that are left.

    >>> quantile((5, 2), (3,), 0), quantile((5, 2), (), 1, keepdims=True)
    ((3, 2), (5, 1))

    Raises:
        ShapeError: there is no such axis, one is given twice, there is nothing to choose from, or `q` has more than two
            axes.
    """
    _check_fractions(shape, q, action)
    return q + reduce_nonempty(shape, _listed(axis), keepdims=keepdims, action=action)


def _listed(axis: Axes) -> tuple[int, ...] | None:
    """Return an axis as one of several, for functions that do not let a scalar pass for a vector."""
    return (axis,) if isinstance(axis, int) else axis


def nanquantile(
    shape: Shape, q: Shape, axis: Axes = None, *, keepdims: bool = False, action: str = "take the quantile of"
) -> Shape:
    """Return the shape of quantiles of what is not NaN.

    NumPy takes the mean in place of them where there are no elements, and puts the axes of `q` elsewhere where they are
    two and several axes are reduced.

    Raises:
        ShapeError: there is no such axis, one is given twice, or `q` has more than two axes.
    """
    result = reduce(shape, _listed(axis), keepdims=keepdims, action=action)
    if 0 in shape:
        return result
    _check_fractions(shape, q, action)
    several = isinstance(axis, tuple) and len(axis) != 1
    return (UNKNOWN,) * (2 + len(result)) if several and len(q) == 2 else q + result


def _check_fractions(shape: Shape, q: Shape, action: str) -> None:
    if len(q) > 2:
        raise ShapeError(f"cannot {action} {show(shape)} at {show(q)}: at most 2 axes are wanted")


def average(shape: Shape, weights: Shape | None = None, axis: Axes = None, *, keepdims: bool = False) -> Shape:
    """Return the shape of an average, with one weight for each element or, in the order of `axis`, for each place.

    >>> average((5, 2), (5,), 0), average((5, 2, 3), (3, 5), (2, 0)), average((5, 2), (5, 2))
    ((2,), (2,), ())

    Raises:
        ShapeError: there is no such axis, one is given twice, or the weights have another shape.
    """
    action = "take the average of"
    axes = _listed(axis)
    result = reduce(shape, axes, keepdims=keepdims, action=action)
    if weights is not None and _differ(shape, weights):
        wanted = tuple(shape[each] for each in axes or ())
        if axis is None or _differ(wanted, weights):
            choice = show(shape) if axis is None or wanted == shape else f"{show(shape)} or {show(wanted)}"
            given = f"with weights of {show(weights)}"
            raise ShapeError(f"cannot {action} {show(shape)} {given}: weights of {choice} are wanted")
    return result


def _differ(a: Shape, b: Shape) -> bool:
    return len(a) != len(b) or any(compare(*pair) is Equality.DIFFERENT for pair in zip(a, b, strict=True))


def scan(shape: Shape, axis: int | None = None, *, action: str = "take the cumulative sum of") -> Shape:
    """Return the shape of the results so far along an axis, or along all elements in order.

    >>> scan((5, 2), 0), scan((5, 2)), scan(())
    ((5, 2), (10,), (1,))

    Raises:
        ShapeError: there is no such axis.
    """
    if axis is None:
        return (count(shape),)
    if not shape and axis in (0, -1):  # NumPy lets a scalar pass for a vector here
        return (1,)
    return along(shape, axis, action=action)


def cumulative(
    shape: Shape,
    axis: int | None = None,
    *,
    include_initial: bool = False,
    action: str = "take the cumulative sum of",
) -> Shape:
    """Return the shape of the results so far along an axis, which may begin with the result of nothing.

    >>> cumulative((5, 2), 0), cumulative((5, 2), 1, include_initial=True)
    ((5, 2), (5, 3))

    Raises:
        ShapeError: there is no such axis, or more than one to choose from.
    """
    if axis is None and len(shape) > 1:
        raise ShapeError(f"cannot {action} {show(shape)} over no axis: it has {len(shape)} axes")
    vector = shape or (1,)  # NumPy lets a scalar pass for a vector here
    place = normalize_axis(vector, axis or 0, action=action)
    return (*vector[:place], add(vector[place], int(include_initial)), *vector[place + 1 :])


def trapezoid(shape: Shape, x: Shape | None = None, axis: int = -1) -> Shape:
    """Return the shape of integrals along an axis, between points at `x` where that is given.

    >>> trapezoid((5, 2)), trapezoid((5, 2), (5,), 0)
    ((5,), (2,))

    Raises:
        ShapeError: there is no such axis, or the points do not fit the values.
    """
    action = "integrate"
    values = _gaps(shape, axis, action)
    if x is None:
        return reduce(values, axis, action=action)
    refusal = f"cannot {action} {show(shape)} over axis {axis} between points of {show(x)}"
    widths = _gaps(x, 0 if len(x) == 1 else axis, action)
    if len(x) == 1:
        widths = (*widths, *(1,) * (len(shape) - normalize_axis(shape, axis, action=action) - 1))
    try:
        return reduce(broadcast_pair(widths, values, last_axis=-1), axis, action=action)
    except ShapeError as error:
        raise ShapeError(f"{refusal}: of the gaps, {error}") from None


def _gaps(shape: Shape, axis: int, action: str) -> Shape:
    """Return the shape of what lies between neighbours on an axis."""
    place = normalize_axis(shape, axis, action=action)
    return (*shape[:place], at_least_zero(subtract(shape[place], 1)), *shape[place + 1 :])
