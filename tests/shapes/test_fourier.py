"""The rules of Fourier transforms against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, floor_divide, multiply
from shapedmat.shapes import Shape, fourier
from tests.shapes.agreement import (
    Case,
    Cases,
    Draw,
    Pool,
    check_numbers,
    check_other_names,
    check_rigid_names,
    for_each,
    k,
    m,
    n,
    on_arrays,
    operand,
    searched,
    sentence,
    size,
)

AXES = st.integers(-3, 2)
ONE_AXIS = (
    (fourier.fft, np.fft.fft),
    (fourier.fft, np.fft.ifft),
    (fourier.rfft, np.fft.rfft),
    (fourier.rfft, np.fft.ihfft),
    (fourier.irfft, np.fft.irfft),
    (fourier.irfft, np.fft.hfft),
)
SEVERAL_AXES = (
    (fourier.fftn, np.fft.fftn),
    (fourier.fftn, np.fft.ifftn),
    (fourier.rfftn, np.fft.rfftn),
    (fourier.irfftn, np.fft.irfftn),
)
TWO_AXES = (
    (fourier.fftn, np.fft.fft2),
    (fourier.fftn, np.fft.ifft2),
    (fourier.rfftn, np.fft.rfft2),
    (fourier.irfftn, np.fft.irfft2),
)


def whole_axis_case(draw: Draw, pool: Pool) -> Case:
    """Transforms of one axis."""
    rule, function = draw(st.sampled_from(ONE_AXIS))
    axis = draw(AXES)
    return Case(partial(rule, axis=axis), on_arrays(partial(function, axis=axis)), (draw(operand(pool)),))


def points_case(draw: Draw, pool: Pool) -> Case:
    """Transforms of one axis of which a number of points is taken."""
    rule, function = draw(st.sampled_from(ONE_AXIS))
    axis = draw(AXES)
    return Case(
        lambda shape, points: rule(shape, points[0], axis),
        lambda shape, points: function(np.zeros(shape), points[0], axis),
        (draw(operand(pool)), draw(size(pool))),
    )


def several_axes_case(draw: Draw, pool: Pool) -> Case:
    """Transforms of several axes."""
    rule, function = draw(st.sampled_from(SEVERAL_AXES))
    axes = draw(st.none() | st.lists(AXES, max_size=3).map(tuple))
    return Case(partial(rule, axes=axes), on_arrays(partial(function, axes=axes)), (draw(operand(pool)),))


def two_axes_case(draw: Draw, pool: Pool) -> Case:
    """Transforms of the last two axes."""
    rule, function = draw(st.sampled_from(TWO_AXES))
    return Case(partial(rule, axes=(-2, -1)), on_arrays(function), (draw(operand(pool)),))


def several_points_case(draw: Draw, pool: Pool) -> Case:
    """Transforms of several axes of which numbers of points are taken, or all for -1."""
    rule, function = draw(st.sampled_from(SEVERAL_AXES))
    axes = draw(st.lists(AXES, max_size=3).map(tuple))
    whole = draw(st.lists(st.booleans(), min_size=3, max_size=3))

    def numbers(points: Any) -> Any:
        return [-1 if each else n for each, n in zip(whole, points, strict=False)]

    return Case(
        lambda shape, points: rule(shape, numbers(points), axes),
        lambda shape, points: function(np.zeros(shape), numbers(points), axes),
        (draw(operand(pool)), draw(operand(pool, len(axes), len(axes)) | operand(pool))),
    )


def fftshift_case(draw: Draw, pool: Pool) -> Case:
    """Frequencies moved to the middle."""
    axes = draw(st.none() | AXES | st.lists(AXES, max_size=2).map(tuple))
    return Case(
        partial(fourier.fftshift, axes=axes), on_arrays(partial(np.fft.fftshift, axes=axes)), (draw(operand(pool)),)
    )


def fftfreq_case(draw: Draw, pool: Pool) -> Case:
    """Frequencies."""
    return Case(
        lambda points: fourier.fftfreq(points[0]), lambda points: np.fft.fftfreq(points[0]), (draw(size(pool)),)
    )


def rfftfreq_case(draw: Draw, pool: Pool) -> Case:
    """Frequencies of the transform of real numbers."""
    return Case(
        lambda points: fourier.rfftfreq(points[0]), lambda points: np.fft.rfftfreq(points[0]), (draw(size(pool)),)
    )


for_each_rule = for_each(
    whole_axis_case,
    points_case,
    several_axes_case,
    two_axes_case,
    several_points_case,
    fftshift_case,
    fftfreq_case,
    rfftfreq_case,
)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_agrees_with_numpy(cases: Cases, data: st.DataObject) -> None:
    """On numbers a rule gives the shape of NumPy's result, and raises where NumPy does."""
    check_numbers(cases, data)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_on_rigid_names_holds_for_all_sizes(cases: Cases, data: st.DataObject) -> None:
    """A shape in names is the shape at any sizes, and an error in names is an error at some sizes."""
    check_rigid_names(cases, data)


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_on_other_names_refuses_what_no_sizes_allow(cases: Cases, data: st.DataObject) -> None:
    """An error in names that are not rigid is an error at all sizes, whatever else is unknown."""
    check_other_names(cases, data)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ((n, add(floor_divide(m, 2), 1)), fourier.rfft((n, m))),
        ((n, add(m, 1)), fourier.rfft((n, multiply(2, m)))),
        ((n, multiply(2, m)), fourier.irfft((n, add(m, 1)))),
        ((n, m), fourier.irfft((n, add(floor_divide(m, 2), 1)), m)),
        ((n, k), fourier.fftn((n, m), (None, k))),
        ((n, UNKNOWN), fourier.rfft((n, UNKNOWN))),
        ((add(floor_divide(n, 2), 1),), fourier.rfftfreq(n)),
    ],
)
def test_transforms_of_names(expected: Shape, actual: Shape) -> None:
    """A transform of real numbers halves a name, and its inverse doubles it."""
    assert expected == actual


def test_there_are_no_frequencies_of_fewer_than_no_points() -> None:
    """NumPy has an empty array of them for real numbers."""
    expected = np.fft.rfftfreq(-5).shape
    assert expected == fourier.rfftfreq(-5)


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        ("cannot take the Fourier transform of () over axis -1: it has 0 axes", lambda: fourier.fft(())),
        (
            "cannot take the Fourier transform of (3, 0) over axis 1: it is of 0 points",
            lambda: fourier.fft((3, 0)),
        ),
        (
            "cannot take the Fourier transform of (3, 4) over axis 0: it is of -2 points",
            lambda: fourier.rfft((3, 4), -2, 0),
        ),
        (
            "cannot take the Fourier transform of (n, 1) over axis 1: it is of 0 points",
            lambda: fourier.irfft((n, 1)),
        ),
        (
            "cannot take the Fourier transform of (3, 4): the numbers of sizes and of axes, 1 and 2, differ",
            lambda: fourier.fftn((3, 4), (5,), (0, 1)),
        ),
        (
            "cannot take the Fourier transform of () as real numbers: at least 1 axis is wanted",
            lambda: fourier.rfftn(()),
        ),
        ("cannot shift the frequencies of (): at least 1 axis is wanted", lambda: fourier.fftshift(())),
        ("cannot shift the frequencies of (3,) over axis 1: it has 1 axis", lambda: fourier.fftshift((3,), 1)),
        ("cannot make the frequencies of 0 points: at least 1 is wanted", lambda: fourier.fftfreq(0)),
        ("cannot make the frequencies of 0 points: at least 1 is wanted", lambda: fourier.rfftfreq(0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
