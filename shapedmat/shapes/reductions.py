"""Rules for reductions: what is left when axes are summed away."""

from __future__ import annotations

from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Axes, Shape, normalize_axis, show


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
