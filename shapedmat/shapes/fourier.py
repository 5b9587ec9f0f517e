"""Rules for discrete Fourier transforms.

A transform of real numbers keeps only the half of its result that the other half mirrors: ``n//2 + 1`` of `n` numbers.
Its inverse cannot know whether `n` was even, and takes it to be: ``2*(m - 1)`` numbers of `m`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from shapedmat.dimensions import Dim, add, floor_divide, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.lengths import at_least_zero
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Axes, Shape, normalize_axis, show

Points: TypeAlias = Sequence[Dim | None]

_ACTION = "take the Fourier transform of"


def fft(shape: Shape, n: Dim | None = None, axis: int = -1) -> Shape:
    """Return the shape of the transform of an axis, or of its inverse: `n` numbers, or as many as there are.

    >>> fft((5, 8)), fft((5, 8), 16), fft((5, 8), 16, axis=0)
    ((5, 8), (5, 16), (16, 8))

    Raises:
        ShapeError: there is no such axis, or the number of points is not at least 1.
    """
    place = normalize_axis(shape, axis, action=_ACTION)
    points = shape[place] if n is None else n
    return _along(shape, place, points, points)


def rfft(shape: Shape, n: Dim | None = None, axis: int = -1) -> Shape:
    """Return the shape of the transform of real numbers on an axis: ``n//2 + 1`` numbers.

    >>> rfft((5, 8)), rfft((5, 9))
    ((5, 5), (5, 5))

    Raises:
        ShapeError: there is no such axis, or the number of points is not at least 1.
    """
    place = normalize_axis(shape, axis, action=_ACTION)
    points = shape[place] if n is None else n
    return _along(shape, place, points, _half(points))


def irfft(shape: Shape, n: Dim | None = None, axis: int = -1) -> Shape:
    """Return the shape of the inverse transform to real numbers on an axis: `n` numbers, or ``2*(m - 1)`` of `m`.

    >>> irfft((5, 5)), irfft((5, 5), 9)
    ((5, 8), (5, 9))

    Raises:
        ShapeError: there is no such axis, or the number of points is not at least 1.
    """
    place = normalize_axis(shape, axis, action=_ACTION)
    points = _whole(shape[place]) if n is None else n
    return _along(shape, place, points, points)


def _half(points: Dim) -> Dim:
    return add(floor_divide(points, 2), 1)


def _whole(points: Dim) -> Dim:
    return multiply(2, subtract(points, 1))


def _along(shape: Shape, place: int, points: Dim, length: Dim) -> Shape:
    if at_most(points, 0):
        raise ShapeError(f"cannot {_ACTION} {show(shape)} over axis {place}: it is of {points} points")
    return (*shape[:place], length, *shape[place + 1 :])


def fftn(shape: Shape, s: Points | None = None, axes: Sequence[int] | None = None) -> Shape:
    """Return the shape of the transform of several axes, or of its inverse.

    A number of points that is None or -1 is the size of the axis.

    >>> fftn((2, 5, 8)), fftn((2, 5, 8), (4, 16), (0, 2))
    ((2, 5, 8), (4, 5, 16))

    Raises:
        ShapeError: there is no such axis, there is not one number of points for each, or one is not at least 1.
    """
    for n, axis in reversed(_numbers_of_points(shape, s, axes)):
        shape = fft(shape, n, axis)
    return shape


def rfftn(shape: Shape, s: Points | None = None, axes: Sequence[int] | None = None) -> Shape:
    """Return the shape of the transform of several axes of real numbers, of which the last is halved.

    >>> rfftn((2, 5, 8))
    (2, 5, 5)

    Raises:
        ShapeError: there is no such axis, none at all, there is not one number of points for each, or one is not at
            least 1.
    """
    *others, (n, axis) = _some(shape, _numbers_of_points(shape, s, axes))
    shape = rfft(shape, n, axis)
    for n, axis in reversed(others):
        shape = fft(shape, n, axis)
    return shape


def irfftn(shape: Shape, s: Points | None = None, axes: Sequence[int] | None = None) -> Shape:
    """Return the shape of the inverse transform of several axes to real numbers, for which the last is doubled.

    >>> irfftn((2, 5, 5))
    (2, 5, 8)

    Raises:
        ShapeError: there is no such axis, none at all, there is not one number of points for each, or one is not at
            least 1.
    """
    *others, (n, axis) = _some(shape, _numbers_of_points(shape, s, axes))
    last = _whole(n) if s is None else n
    for points, each in others:
        shape = fft(shape, points, each)
    return irfft(shape, last, axis)


def _numbers_of_points(shape: Shape, s: Points | None, axes: Sequence[int] | None) -> list[tuple[Dim, int]]:
    """Return the number of points of each axis, in the order of the axes."""
    if axes is None:
        axes = range(-len(shape if s is None else s), 0)
    places = [normalize_axis(shape, axis, action=_ACTION) for axis in axes]
    if s is None:
        s = [None] * len(axes)
    if len(s) != len(axes):
        numbers = f"{len(s)} and {len(axes)}"
        raise ShapeError(f"cannot {_ACTION} {show(shape)}: the numbers of sizes and of axes, {numbers}, differ")
    return [(shape[place] if n is None or n == -1 else n, place) for n, place in zip(s, places, strict=True)]


def _some(shape: Shape, axes: list[tuple[Dim, int]]) -> list[tuple[Dim, int]]:
    if not axes:
        raise ShapeError(f"cannot {_ACTION} {show(shape)} as real numbers: at least 1 axis is wanted")
    return axes


def fftshift(shape: Shape, axes: Axes = None) -> Shape:
    """Return the shape of a transform whose zero frequency is moved to the middle of axes, or back.

    Raises:
        ShapeError: there is no such axis, or the array is a scalar.
    """
    if not shape:
        raise ShapeError(f"cannot shift the frequencies of {show(shape)}: at least 1 axis is wanted")
    for axis in () if axes is None else [axes] if isinstance(axes, int) else axes:
        normalize_axis(shape, axis, action="shift the frequencies of")
    return shape


def fftfreq(n: Dim) -> Shape:
    """Return the shape of the frequencies of a transform.

    Raises:
        ShapeError: the number of points is not at least 1.
    """
    if at_most(n, 0):
        raise ShapeError(f"cannot make the frequencies of {n} points: at least 1 is wanted")
    return (n,)


def rfftfreq(n: Dim) -> Shape:
    """Return the shape of the frequencies of a transform of real numbers; NumPy has none for negative numbers.

    Raises:
        ShapeError: the number of points is zero.
    """
    if n == 0:
        raise ShapeError(f"cannot make the frequencies of {n} points: at least 1 is wanted")
    return (at_least_zero(_half(n)),)
