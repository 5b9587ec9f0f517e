"""The rules of sorting against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.shapes import sorting
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

AXES = st.none() | st.integers(-3, 2)


def sort_case(draw: Draw, pool: Pool) -> Case:
    """Sorted arrays."""
    axis = draw(AXES)
    return Case(partial(sorting.sort, axis=axis), on_arrays(partial(np.sort, axis=axis)), (draw(operand(pool)),))


def argsort_case(draw: Draw, pool: Pool) -> Case:
    """Indices that sort."""
    axis = draw(AXES)
    return Case(partial(sorting.argsort, axis=axis), on_arrays(partial(np.argsort, axis=axis)), (draw(operand(pool)),))


PLACES = st.integers(-4, 4) | st.lists(st.integers(-4, 4), min_size=1, max_size=2)


def partition_case(draw: Draw, pool: Pool) -> Case:
    """Partitioned arrays."""
    options = {"kth": draw(PLACES), "axis": draw(AXES)}
    return Case(
        partial(sorting.partition, **options), on_arrays(partial(np.partition, **options)), (draw(operand(pool)),)
    )


def argpartition_case(draw: Draw, pool: Pool) -> Case:
    """Indices that partition."""
    options = {"kth": draw(PLACES), "axis": draw(AXES)}
    return Case(
        partial(sorting.argpartition, **options), on_arrays(partial(np.argpartition, **options)), (draw(operand(pool)),)
    )


def lexsort_case(draw: Draw, pool: Pool) -> Case:
    """Indices that sort by several keys."""
    axis = draw(st.integers(-3, 2))
    key = draw(operand(pool))
    return Case(
        lambda *keys: sorting.lexsort(keys, axis),
        on_arrays(lambda *keys: np.lexsort(keys, axis)),
        tuple(draw(st.lists(st.just(key) | operand(pool, len(key), len(key)) | operand(pool), max_size=3))),
    )


def searchsorted_case(draw: Draw, pool: Pool) -> Case:
    """Places in a sorted vector."""
    return Case(
        sorting.searchsorted,
        on_arrays(np.searchsorted),
        (draw(size(pool) | operand(pool)), draw(operand(pool))),
    )


def searchsorted_in_order_case(draw: Draw, pool: Pool) -> Case:
    """Places in a vector that another one sorts."""
    return Case(
        sorting.searchsorted,
        lambda a, v, sorter: np.searchsorted(np.zeros(a), np.zeros(v), sorter=np.zeros(sorter, int)),
        (draw(size(pool)), draw(operand(pool)), draw(size(pool) | operand(pool))),
    )


def digitize_case(draw: Draw, pool: Pool) -> Case:
    """Numbers of bins."""
    return Case(sorting.digitize, on_arrays(np.digitize), (draw(operand(pool)), draw(size(pool) | operand(pool))))


for_each_rule = for_each(
    sort_case,
    argsort_case,
    partition_case,
    argpartition_case,
    lexsort_case,
    searchsorted_case,
    searchsorted_in_order_case,
    digitize_case,
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
    ("expected", "refused"),
    [
        ("cannot sort () over axis -1: it has 0 axes", lambda: sorting.sort(())),
        ("cannot sort () over axis 1: it has 0 axes", lambda: sorting.argsort((), 1)),
        ("cannot partition (3, 4) over axis 2: it has 2 axes", lambda: sorting.partition((3, 4), 0, 2)),
        (
            "cannot partition (n, 4) at 4 over axis -1: its size is 4",
            lambda: sorting.partition((n, 4), (0, 4)),
        ),
        (
            "cannot partition (4,) at -5 over axis 0: its size is 4",
            lambda: sorting.argpartition((4,), -5, 0),
        ),
        ("cannot sort by nothing: at least one key is wanted", lambda: sorting.lexsort([])),
        (
            "cannot sort by the keys (n,) and (m,): the shapes differ",
            lambda: sorting.lexsort([(n,), (m,)]),
        ),
        ("cannot sort by keys of (3,) over axis 1: it has 1 axis", lambda: sorting.lexsort([(3,)], 1)),
        ("cannot search in (3, 4): a vector is wanted", lambda: sorting.searchsorted((3, 4), ())),
        (
            "cannot search in the order of (): a vector is wanted",
            lambda: sorting.searchsorted((3,), (), ()),
        ),
        (
            "cannot search in (3,) in the order of (4,): the lengths differ",
            lambda: sorting.searchsorted((3,), (), (4,)),
        ),
        (
            "cannot find the bins between the edges (3, 4): a vector is wanted",
            lambda: sorting.digitize((5,), (3, 4)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
