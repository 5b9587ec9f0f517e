"""The rules of taking entries out and putting some in against NumPy, on names, and their sentences."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, subtract
from shapedmat.shapes import editing
from shapedmat.shapes.indexing import Indices, Mask
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
    on_arrays,
    operand,
    searched,
    sentence,
    size,
)

AXES = st.none() | st.integers(-4, 3)
BOUNDS = st.none() | st.integers(-6, 6)
SLICES = st.builds(slice, BOUNDS, BOUNDS, st.sampled_from([None, 1, 2, -1, -2]))


def delete_case(draw: Draw, pool: Pool) -> Case:
    """Entries taken out at a place."""
    index, axis = draw(st.integers(-8, 8)), draw(AXES)
    return Case(
        partial(editing.delete, index=index, axis=axis),
        on_arrays(lambda a: np.delete(a, index, axis)),
        (draw(operand(pool)),),
    )


def delete_slice_case(draw: Draw, pool: Pool) -> Case:
    """Entries taken out by a slice."""
    index, axis = draw(SLICES), draw(AXES)
    return Case(
        partial(editing.delete, index=index, axis=axis),
        on_arrays(lambda a: np.delete(a, index, axis)),
        (draw(operand(pool)),),
    )


def delete_mask_case(draw: Draw, pool: Pool) -> Case:
    """Entries taken out by a mask."""
    axis = draw(AXES)
    return Case(
        lambda shape, mask: editing.delete(shape, Mask(mask), axis),
        lambda shape, mask: np.delete(np.zeros(shape), np.arange(np.prod(mask)).reshape(mask) % 3 > 0, axis),
        (draw(operand(pool)), draw(size(pool) | operand(pool))),
    )


def insert_case(draw: Draw, pool: Pool) -> Case:
    """Values put in at a place."""
    index, axis = draw(st.integers(-2, 2) | st.integers(-8, 8)), draw(AXES)
    shape = draw(operand(pool))
    one = st.just((*shape[1:],)) | st.just((1, *shape[1:])) | st.just(shape[:1])
    return Case(
        lambda shape, values: editing.insert(shape, index, values, axis),
        on_arrays(lambda a, b: np.insert(a, index, b, axis)),
        (shape, draw(one | operand(pool))),
    )


def insert_at_several_case(draw: Draw, pool: Pool) -> Case:
    """Values put in at the places that an array holds."""
    axis = draw(AXES)
    shape = draw(operand(pool))
    one = st.just((*shape[1:],)) | st.just(shape) | st.just(shape[:1])
    # Without elements in the values, NumPy has its own mind about putting them at no places.
    values = (one | operand(pool)).filter(lambda each: 0 not in each)
    return Case(
        lambda shape, places, values: editing.insert(shape, Indices(places), values, axis),
        lambda shape, places, values: np.insert(np.zeros(shape), np.zeros(places, int), np.zeros(values), axis),
        (shape, draw(size(pool) | operand(pool)), draw(values)),
    )


def insert_at_slice_case(draw: Draw, pool: Pool) -> Case:
    """Values put in at the places that a slice takes."""
    index, axis = draw(SLICES), draw(AXES)
    return Case(
        lambda shape, values: editing.insert(shape, index, values, axis),
        on_arrays(lambda a, b: np.insert(a, index, b, axis)),
        (draw(operand(pool)), draw(operand([dim for dim in pool if dim != 0]))),
    )


def pad_case(draw: Draw, pool: Pool) -> Case:
    """Axes made longer by one number, by a pair, or by one or a pair for each."""
    width = st.integers(-1, 3) | st.integers(0, 3)
    one = width.map(lambda each: (each,))
    pair = st.tuples(width, width)
    shape = draw(operand(pool))
    number = st.sampled_from([1, len(shape), len(shape), 2]).filter(bool)
    each_axis = st.tuples(number, st.sampled_from([one, pair])).flatmap(
        lambda drawn: st.lists(drawn[1], min_size=drawn[0], max_size=drawn[0]).map(tuple)
    )
    some_axes = st.dictionaries(st.integers(-len(shape), len(shape) - 1), width | pair) if shape else width
    widths = draw(width | one | pair | each_axis | some_axes)
    mode = draw(st.sampled_from(["constant", "empty", "edge", "wrap"]))
    return Case(
        partial(editing.pad, widths=widths, mode=mode), on_arrays(lambda a: np.pad(a, widths, mode=mode)), (shape,)
    )


def pad_by_names_case(draw: Draw, pool: Pool) -> Case:
    """Axes made longer by any sizes."""
    return Case(
        lambda shape, widths: editing.pad(shape, (widths[0], widths[-1])),
        lambda shape, widths: np.pad(np.zeros(shape), (widths[0], widths[-1])),
        (draw(operand(pool)), draw(size(pool))),
    )


for_each_rule = for_each(
    delete_case,
    delete_slice_case,
    insert_case,
    insert_at_several_case,
    insert_at_slice_case,
    pad_case,
    pad_by_names_case,
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


@for_each(delete_mask_case)
@searched
@given(data=st.data())
def test_deleting_by_a_mask(cases: Cases, data: st.DataObject) -> None:
    """How many elements a mask takes is not known, but it is as long as the axis."""
    check_numbers(cases, data, selects=True)


@pytest.mark.parametrize(
    ("expected", "edited"),
    [
        ((subtract(n, 1), m), editing.delete((n, m), 0, 0)),
        ((subtract(n, 1), m), editing.delete((n, m), UNKNOWN, 0)),
        ((1, m), editing.delete((n, m), slice(1, None), 0)),
        ((UNKNOWN, m), editing.delete((n, m), Indices((2,)), 0)),
        ((add(n, 1), m), editing.insert((n, m), n, (m,), 0)),
        ((add(n, 3), m), editing.insert((n, m), Indices((3,)), (m,), 0)),
        ((UNKNOWN, m), editing.insert((n, m), Mask((n,)), (m,), 0)),
        ((add(n, 2), add(m, 2)), editing.pad((n, m), 1)),
        ((add(n, m), m), editing.pad((n, m), ((m, 0), (0, 0)))),
        ((UNKNOWN, m), editing.pad((n, m), {0: UNKNOWN})),
    ],
    ids=str,
)
def test_editing_names(expected: Shape, edited: Shape) -> None:
    """Sizes are added and taken away where their number is known."""
    assert expected == edited


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot delete from (5, 2) over axis 0 at 5: its size is 5",
            lambda: editing.delete((5, 2), 5, 0),
        ),
        (
            "cannot delete from (5, 2) at -11: its size is 10",
            lambda: editing.delete((5, 2), -11),
        ),
        (
            "cannot delete from (0, 2) over axis 0 at ?: its size is 0",
            lambda: editing.delete((0, 2), UNKNOWN, 0),
        ),
        (
            "cannot delete from (n,) over axis 0 by a mask of (m,): a mask of (n,) is wanted",
            lambda: editing.delete((n,), Mask((m,)), 0),
        ),
        (
            "cannot delete by a mask of (n, n): a vector is wanted",
            lambda: editing.delete((n,), Mask((n, n)), 0),
        ),
        (
            "cannot delete from (5, 2) over axis 2: it has 2 axes",
            lambda: editing.delete((5, 2), 0, 2),
        ),
        (
            "cannot insert into (5, 2) over axis 0 at 6: its size is 5",
            lambda: editing.insert((5, 2), 6, (), 0),
        ),
        (
            "cannot insert into (5, 2) over axis 0 values of (3,): they do not broadcast to (1, 2)",
            lambda: editing.insert((5, 2), 0, (3,), 0),
        ),
        (
            "cannot insert into (5,) at places of (2, 1): a vector is wanted",
            lambda: editing.insert((5,), Indices((2, 1)), ()),
        ),
        (
            "cannot insert into (5, 2) over axis 2: it has 2 axes",
            lambda: editing.insert((5, 2), 0, (), 2),
        ),
        (
            "cannot pad (5, 2): a width cannot be negative",
            lambda: editing.pad((5, 2), -1),
        ),
        (
            "cannot pad (5, 2) with 3 pairs of widths: one for each axis is wanted",
            lambda: editing.pad((5, 2), ((1, 1),) * 3),
        ),
        (
            "cannot pad (5, 2) with widths of (1, 2, 3): one or a pair is wanted",
            lambda: editing.pad((5, 2), (1, 2, 3)),
        ),
        (
            "cannot pad (5, 0) over axis 1 in mode 'edge': its size is 0",
            lambda: editing.pad((5, 0), 1, "edge"),
        ),
        (
            "cannot pad (5, 2) over axis 2: it has 2 axes",
            lambda: editing.pad((5, 2), {2: 1}),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
