"""The rules of splitting arrays against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shapedmat.dimensions import add, floor_divide, multiply
from shapedmat.shapes import splitting
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
    several,
)

SECTIONS = st.integers(-1, 4) | st.lists(st.integers(-8, 8), max_size=3)


def options(draw: Draw) -> dict[str, Any]:
    """Return how an array is split."""
    return {"sections": draw(SECTIONS), "axis": draw(st.integers(-4, 3))}


def split_case(draw: Draw, pool: Pool) -> Case:
    """Parts of one size, or between indices."""
    sections, axis = options(draw).values()
    return Case(
        several(partial(splitting.split, sections=sections, axis=axis)),
        on_arrays(lambda a: np.split(a, sections, axis)),
        (draw(operand(pool)),),
    )


def array_split_case(draw: Draw, pool: Pool) -> Case:
    """Parts of nearly one size, or between indices."""
    sections, axis = options(draw).values()
    return Case(
        several(partial(splitting.array_split, sections=sections, axis=axis)),
        on_arrays(lambda a: np.array_split(a, sections, axis)),
        (draw(operand(pool)),),
    )


def hsplit_case(draw: Draw, pool: Pool) -> Case:
    """Parts that lie side by side."""
    sections = draw(SECTIONS)
    return Case(
        several(partial(splitting.hsplit, sections=sections)),
        on_arrays(lambda a: np.hsplit(a, sections)),
        (draw(operand(pool)),),
    )


def vsplit_case(draw: Draw, pool: Pool) -> Case:
    """Parts that lie one below the other."""
    sections = draw(SECTIONS)
    return Case(
        several(partial(splitting.vsplit, sections=sections)),
        on_arrays(lambda a: np.vsplit(a, sections)),
        (draw(operand(pool)),),
    )


def dsplit_case(draw: Draw, pool: Pool) -> Case:
    """Parts that lie one behind the other."""
    sections = draw(SECTIONS)
    return Case(
        several(partial(splitting.dsplit, sections=sections)),
        on_arrays(lambda a: np.dsplit(a, sections)),
        (draw(operand(pool)),),
    )


def unstack_case(draw: Draw, pool: Pool) -> Case:
    """The items of an axis."""
    axis = draw(st.integers(-4, 3))

    def item(a: NDArray[Any]) -> NDArray[Any]:
        items = np.unstack(a, axis=axis)
        return items[0] if items else np.moveaxis(a, axis, 0).sum(axis=0)

    return Case(partial(splitting.unstack, axis=axis), on_arrays(item), (draw(operand(pool)),))


for_each_rule = for_each(
    split_case,
    array_split_case,
    hsplit_case,
    vsplit_case,
    dsplit_case,
    unstack_case,
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


def test_a_name_is_taken_to_divide() -> None:
    """NumPy raises where the number of parts does not divide the size, so that parts are of one size."""
    expected = ((floor_divide(n, 3), m),) * 3
    assert expected == splitting.split((n, m), 3)


def test_parts_of_nearly_one_size_in_names() -> None:
    """The first parts are larger by one where the number of parts does not divide the size."""
    expected = ((floor_divide(add(n, 1), 2),), (floor_divide(n, 2),))
    assert expected == splitting.array_split((n,), 2)


def test_parts_between_indices_in_names() -> None:
    """Indices may be names too; a part is of known size where they certainly lie on the axis."""
    expected = ((n,), (m,))
    assert expected == splitting.split((add(n, m),), [n])


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot split (7, 2) into 3 parts over axis 0: its size is 7",
            lambda: splitting.split((7, 2), 3),
        ),
        (
            "cannot split (2*n + 1,) into 2 parts over axis 0: its size is 2*n + 1",
            lambda: splitting.split((add(multiply(2, n), 1),), 2),
        ),
        (
            "cannot split (6,) into 0 parts over axis 0: at least 1 is wanted",
            lambda: splitting.split((6,), 0),
        ),
        (
            "cannot split (6,) into -2 parts over axis -1: at least 1 is wanted",
            lambda: splitting.array_split((6,), -2, -1),
        ),
        (
            "cannot split (6,) over axis 1: it has 1 axis",
            lambda: splitting.split((6,), (1, 2), 1),
        ),
        (
            "cannot hsplit () over axis 0: it has 0 axes",
            lambda: splitting.hsplit((), 1),
        ),
        (
            "cannot vsplit (6,): at least 2 axes are wanted",
            lambda: splitting.vsplit((6,), 1),
        ),
        (
            "cannot dsplit (6, 4): at least 3 axes are wanted",
            lambda: splitting.dsplit((6, 4), 1),
        ),
        (
            "cannot unstack () over axis 0: it has 0 axes",
            lambda: splitting.unstack(()),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
