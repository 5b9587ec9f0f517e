"""Rules for arrays whose elements are repeated: each of them, or all in order."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Dim, Equality, add, compare, minimum, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.indexing import Indices
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, count, normalize_axis, show


def repeat(shape: Shape, repeats: Dim | Shape | Indices, axis: int | None = None) -> Shape:
    """Return the shape of an array each entry of which is repeated, along an axis or flattened.

    `repeats` is one number, one for each entry, or what is known of an array of them.

    >>> repeat((2, 3), 2), repeat((2, 3), 2, 0), repeat((2, 3), (1, 4), 0), repeat((2, 3), Indices((2,)), 0)
    ((12,), (4, 3), (5, 3), (?, 3))

    Raises:
        ShapeError: there is no such axis, there is not one number for each entry, or a number is negative.
    """
    vector = (count(shape),) if axis is None else shape or (1,)  # NumPy lets a scalar pass for a vector here
    place = normalize_axis(vector, axis or 0, action="repeat")
    dim = vector[place]
    numbers = repeats if isinstance(repeats, tuple) else () if isinstance(repeats, Indices) else (repeats,)
    given = repeats.shape if isinstance(repeats, Indices) else (len(repeats),) if isinstance(repeats, tuple) else ()
    refusal = f"cannot repeat {show(shape)}" if axis is None else f"cannot repeat {show(shape)} over axis {axis}"
    if len(given) > 1 or (given and _misfit(given[0], dim)):
        wanted = show((dim,))
        raise ShapeError(f"{refusal} by numbers of {show(given)}: one number or numbers of {wanted} are wanted")
    if any(at_most(number, -1) for number in numbers) and minimum(dim):
        raise ShapeError(f"{refusal}: a number of times cannot be negative")
    if dim == 0:
        repeated: Dim = 0
    elif isinstance(repeats, Indices):
        repeated = UNKNOWN
    elif len(numbers) == 1:
        repeated = multiply(dim, numbers[0])
    else:
        repeated = 0
        for number in numbers:
            repeated = add(repeated, number)
    return (*vector[:place], repeated, *vector[place + 1 :])


def _misfit(given: Dim, wanted: Dim) -> bool:
    """Say whether a number of elements that is not 1 certainly differs from the one that is wanted."""
    return compare(multiply(subtract(given, wanted), subtract(given, 1)), 0) is Equality.DIFFERENT


def tile(shape: Shape, reps: Dim | Shape) -> Shape:
    """Return the shape of copies of an array, set side by side along each axis; missing axes are put in front.

    >>> tile((2, 3), 2), tile((3,), (4, 2)), tile((2, 3), (4, 1, 1))
    ((2, 6), (4, 6), (4, 2, 3))

    Raises:
        ShapeError: a number of copies is negative.
    """
    reps = reps if isinstance(reps, tuple) else (reps,)
    if any(at_most(number, -1) for number in reps) and minimum(count(shape)):
        raise ShapeError(f"cannot tile {show(shape)} by {show(reps)}: a number of copies cannot be negative")
    rank = max(len(shape), len(reps))
    pairs = zip((1,) * (rank - len(shape)) + shape, (1,) * (rank - len(reps)) + reps, strict=True)
    return tuple(multiply(dim, number) for dim, number in pairs)


def resize(shape: Shape, new: Dim | Shape) -> Shape:
    """Return the shape of an array whose elements are repeated or left out to fill a shape.

    >>> resize((2, 3), (4, 4)), resize((2, 3), 5)
    ((4, 4), (5,))

    Raises:
        ShapeError: a size is negative.
    """
    new = new if isinstance(new, tuple) else (new,)
    if any(at_most(dim, -1) for dim in new):
        raise ShapeError(f"cannot resize {show(shape)} to {show(new)}: a size cannot be negative")
    return new
