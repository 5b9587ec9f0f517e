"""What a comparison tells of a shape: its rank, all of its sizes, or some of them.

Each rule takes what is known of a shape and returns what is known of it where the comparison holds, None where it
cannot hold. A shape may have any number of axes at one place (`shapedmat.shapes.variadic`).
"""

from __future__ import annotations

from collections.abc import Mapping

from shapedmat.dimensions import UNKNOWN, Dim, Unknown, evaluate, symbols
from shapedmat.shapes.shape import Shape
from shapedmat.shapes.variadic import ANY_AXES, axes_named, is_variadic, trailing, variadic_axis


def with_rank(shape: Shape, rank: int) -> Shape | None:
    """Return a shape of which the number of axes is known.

    >>> with_rank((axes_named(ANY_AXES), 3), 2), with_rank((5, 3), 3)
    ((?, 3), None)
    """
    place = variadic_axis(shape)
    if place is None:
        return shape if len(shape) == rank else None
    more = rank - len(shape) + 1
    return None if more < 0 else (*shape[:place], *(UNKNOWN,) * more, *shape[place + 1 :])


def with_sizes(shape: Shape, sizes: Shape) -> Shape | None:
    """Return a shape of which all sizes are compared.

    >>> with_sizes((axes_named(ANY_AXES),), (5, UNKNOWN)), with_sizes((UNKNOWN, 3), (5, 4))
    ((5, ?), None)
    """
    ranked = with_rank(shape, len(sizes))
    return None if ranked is None else with_sizes_from(ranked, 0, sizes)


def with_sizes_from(shape: Shape, start: int, sizes: Shape) -> Shape | None:
    """Return a shape of which the sizes of some axes are compared, from one that is counted from either end on.

    >>> with_sizes_from((UNKNOWN, 3), 0, (5,)), with_sizes_from((axes_named(ANY_AXES),), -2, (5, 3))
    ((5, 3), (..., 5, 3))
    """
    dims = _reached(shape, start, start + len(sizes))
    if dims is None:
        return None
    for place, size in enumerate(sizes, start):
        both = _both(dims[place], size)
        if both is None:
            return None
        dims[place] = both
    return tuple(dims)


def with_names(shape: Shape, sizes: Mapping[str, Dim]) -> Shape:
    """Return a shape in which some names have a size.

    >>> from shapedmat.dimensions import add, symbol
    >>> n = symbol("n")
    >>> with_names((n, add(n, 1), 3), {"n": 4})
    (4, 5, 3)
    """
    return tuple(evaluate(dim, sizes) if any(each.name in sizes for each in symbols(dim)) else dim for dim in shape)


def _reached(shape: Shape, start: int, stop: int) -> list[Dim] | None:
    """Return the entries of a shape with those that are asked for, None where it cannot be known which they are."""
    place = variadic_axis(shape)
    if place is None:
        return list(shape) if -len(shape) <= start and stop <= (len(shape) if start >= 0 else 0) else None
    own, wanted = (place, stop) if start >= 0 else (trailing(shape), -start)
    if wanted <= own:
        return list(shape)
    # Axes of others are reached only where no other name is theirs, and none is counted from the other end.
    if shape[place] != axes_named(ANY_AXES) or len(shape) - 1 > own or (start < 0 < stop):
        return None
    more = (UNKNOWN,) * (wanted - own)
    return [*shape[:place], *more, shape[place]] if start >= 0 else [shape[place], *more, *shape[place + 1 :]]


def _both(known: Dim, size: Dim) -> Dim | None:
    """Return what is known of a size that is equal to another, None where that cannot be."""
    if isinstance(known, int) and isinstance(size, int) and known != size:
        return None
    if isinstance(known, Unknown) or (isinstance(size, int) and not is_variadic(known)):
        return size
    return known
