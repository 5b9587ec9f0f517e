"""The rules of grids against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.shapes import grids
from tests.shapes.agreement import (
    Case,
    Cases,
    Draw,
    Pool,
    check_numbers,
    check_other_names,
    check_rigid_names,
    for_each,
    on_arrays,
    operand,
    searched,
    sentence,
    several,
    size,
)


def meshgrid_case(draw: Draw, pool: Pool) -> Case:
    """Coordinates of grids."""
    options = {"indexing": draw(st.sampled_from(["xy", "ij"])), "sparse": draw(st.booleans())}
    return Case(
        several(partial(grids.meshgrid, **options)),
        on_arrays(partial(np.meshgrid, **options)),
        tuple(draw(st.lists(size(pool) | operand(pool, high=2), max_size=3))),
    )


def indices_case(draw: Draw, pool: Pool) -> Case:
    """Indices of all elements."""
    return Case(grids.indices, np.indices, (draw(operand(pool)),))


def sparse_indices_case(draw: Draw, pool: Pool) -> Case:
    """Indices that broadcast to those of all elements."""
    return Case(
        lambda *lengths: list(grids.ix_(*lengths)),
        lambda *lengths: np.indices([each[0] for each in lengths], sparse=True),
        tuple(draw(st.lists(size(pool), max_size=3))),
    )


def ix_case(draw: Draw, pool: Pool) -> Case:
    """Vectors along one axis each."""
    return Case(
        several(grids.ix_),
        on_arrays(np.ix_, int),
        tuple(draw(st.lists(size(pool) | operand(pool, high=2), max_size=3))),
    )


for_each_rule = for_each(meshgrid_case, indices_case, sparse_indices_case, ix_case)


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
        ("cannot make an array of (2, -3): a size cannot be negative", lambda: grids.indices((2, -3))),
        ("cannot lay along an axis an array of (2, 2): a vector is wanted", lambda: grids.ix_((3,), (2, 2))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
