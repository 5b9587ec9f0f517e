"""The rules of repeating elements against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, multiply
from shapedmat.shapes import repetition
from shapedmat.shapes.indexing import Indices
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import (
    Case,
    Cases,
    Draw,
    Pool,
    check_numbers,
    check_other_names,
    check_rigid_names,
    for_each,
    m,
    n,
    operand,
    searched,
    sentence,
    size,
)

AXES = st.none() | st.integers(-4, 3)


def repeat_case(draw: Draw, pool: Pool) -> Case:
    """Every entry repeated by one number."""
    axis = draw(AXES)
    return Case(
        lambda shape, times: repetition.repeat(shape, times[0], axis),
        lambda shape, times: np.repeat(np.zeros(shape), times[0], axis),
        (draw(operand(pool)), draw(size(pool))),
    )


def repeat_by_numbers_case(draw: Draw, pool: Pool) -> Case:
    """Entries repeated by known numbers."""
    axis = draw(AXES)
    numbers = draw(st.lists(st.integers(-1, 3) | st.integers(0, 3), max_size=4).map(tuple))
    lengths = [*pool, len(numbers), len(numbers)]
    return Case(
        partial(repetition.repeat, repeats=numbers, axis=axis),
        lambda shape: np.repeat(np.zeros(shape), np.array(numbers, int), axis),
        (draw(operand(lengths)),),
    )


def repeat_by_array_case(draw: Draw, pool: Pool) -> Case:
    """Entries repeated by the numbers of an array."""
    axis = draw(AXES)
    return Case(
        lambda shape, numbers: repetition.repeat(shape, Indices(numbers), axis),
        lambda shape, numbers: np.repeat(np.zeros(shape), np.ones(numbers, int), axis),
        (draw(operand(pool)), draw(size(pool) | operand(pool))),
    )


def tile_case(draw: Draw, pool: Pool) -> Case:
    """Copies along axes."""
    return Case(
        repetition.tile, lambda shape, reps: np.tile(np.zeros(shape), reps), (draw(operand(pool)), draw(operand(pool)))
    )


def negative_tile_case(draw: Draw, pool: Pool) -> Case:
    """Less than no copies of arrays that are not empty."""
    reps = tuple(draw(st.lists(st.integers(-2, 2), max_size=3)))
    shape = draw(operand([dim for dim in pool if dim != 0]))
    return Case(partial(repetition.tile, reps=reps), lambda shape: np.tile(np.zeros(shape), reps), (shape,))


def resize_case(draw: Draw, pool: Pool) -> Case:
    """Arrays filled with what there is."""
    return Case(
        repetition.resize, lambda a, b: np.resize(np.zeros(a), b), (draw(operand(pool)), draw(operand([*pool, -1])))
    )


for_each_rule = for_each(
    repeat_case,
    tile_case,
    negative_tile_case,
    resize_case,
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
    """An error in names that are not rigid, or beside unknown sizes, is an error at all sizes."""
    check_other_names(cases, data)


@searched
@given(data=st.data())
def test_repeating_by_known_numbers_agrees_with_numpy(data: st.DataObject) -> None:
    """There is one number for each entry, or one for all."""
    case = repeat_by_numbers_case(data.draw, data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    assert case.by_numpy() == case.by_rule(case.operands)


@for_each(repeat_by_numbers_case, repeat_by_array_case)
@searched
@given(data=st.data())
def test_repeating_unknown_sizes_refuses_what_no_sizes_allow(cases: Cases, data: st.DataObject) -> None:
    """An error in names that are not rigid, or beside unknown sizes, is an error at all sizes."""
    check_other_names(cases, data)


@searched
@given(data=st.data())
def test_repeating_by_an_array_agrees_with_numpy(data: st.DataObject) -> None:
    """Of an array of numbers only the shape is known."""
    check_numbers(repeat_by_array_case, data, selects=True)


@pytest.mark.parametrize(
    ("expected", "repeated"),
    [
        ((multiply(n, m), 3), repetition.repeat((n, 3), m, 0)),
        ((add(n, m), 3), repetition.repeat((2, 3), (n, m), 0)),
        ((UNKNOWN, 3), repetition.repeat((n, 3), Indices((n,)), 0)),
        ((UNKNOWN, 3), repetition.repeat((n, 3), UNKNOWN, 0)),
        ((0, 3), repetition.repeat((0, 3), UNKNOWN, 0)),
        ((m, multiply(2, n)), repetition.tile((n,), (m, 2))),
        ((n, UNKNOWN), repetition.resize((5, 2), (n, UNKNOWN))),
    ],
    ids=str,
)
def test_repeating_names(expected: Shape, repeated: Shape) -> None:
    """Names are multiplied and added; numbers of times that only the array knows leave the size unknown."""
    assert expected == repeated


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot repeat (5, 2) over axis 0 by numbers of (3,): one number or numbers of (5,) are wanted",
            lambda: repetition.repeat((5, 2), (1, 2, 3), 0),
        ),
        (
            "cannot repeat (5, 2) by numbers of (n,): one number or numbers of (10,) are wanted",
            lambda: repetition.repeat((5, 2), Indices((n,))),
        ),
        (
            "cannot repeat (5, 2) over axis 0 by numbers of (5, 1): one number or numbers of (5,) are wanted",
            lambda: repetition.repeat((5, 2), Indices((5, 1)), 0),
        ),
        (
            "cannot repeat (5, 2): a number of times cannot be negative",
            lambda: repetition.repeat((5, 2), -1),
        ),
        (
            "cannot repeat (5, 2) over axis 2: it has 2 axes",
            lambda: repetition.repeat((5, 2), 2, 2),
        ),
        (
            "cannot tile (5, 2) by (-1,): a number of copies cannot be negative",
            lambda: repetition.tile((5, 2), -1),
        ),
        (
            "cannot resize (5, 2) to (3, -1): a size cannot be negative",
            lambda: repetition.resize((5, 2), (3, -1)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
