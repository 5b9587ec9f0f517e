"""The rules of joining arrays against NumPy, on names, and their sentences word for word."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, multiply
from shapedmat.errors import ShapeError
from shapedmat.shapes import joining
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
)

AXES = st.none() | st.integers(-4, 3)


def on_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes several shapes in place of a list of arrays."""
    return lambda *given: function([np.zeros(shape) for shape in given])


def fitting(draw: Draw, pool: Pool, axis: int) -> tuple[Shape, ...]:
    """Return up to three shapes that often differ on one axis alone."""
    first = draw(operand(pool))
    other = st.sampled_from([*pool, 1]).map(lambda dim: (*first[:axis], dim, *first[axis + 1 :]))
    others = draw(st.lists(st.just(first) | other | operand(pool), max_size=2))
    return tuple(draw(st.permutations([first, *others]))) if draw(st.integers(0, 9)) else ()


def concatenate_case(draw: Draw, pool: Pool) -> Case:
    """Arrays joined along an axis or flattened."""
    axis = draw(AXES)
    return Case(
        lambda *given: joining.concatenate(given, axis),
        on_lists(partial(np.concatenate, axis=axis)),
        fitting(draw, pool, axis or 0),
    )


def append_case(draw: Draw, pool: Pool) -> Case:
    """An array appended to another."""
    axis = draw(AXES)
    operands = (*fitting(draw, pool, axis or 0), draw(operand(pool)), draw(operand(pool)))[:2]
    return Case(partial(joining.append, axis=axis), on_arrays(partial(np.append, axis=axis)), operands)


def stack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays joined along a new axis."""
    axis = draw(st.integers(-4, 3))
    shape = draw(operand(pool))
    return Case(
        lambda *given: joining.stack(given, axis),
        on_lists(partial(np.stack, axis=axis)),
        tuple(draw(st.lists(st.just(shape), max_size=3) | st.lists(operand(pool), max_size=3))),
    )


def hstack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays set side by side."""
    return Case(joining.hstack, on_lists(np.hstack), fitting(draw, pool, 1))


def vstack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays set one below the other."""
    return Case(joining.vstack, on_lists(np.vstack), fitting(draw, pool, 0))


def dstack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays set one behind the other."""
    return Case(joining.dstack, on_lists(np.dstack), fitting(draw, pool, 2))


def column_stack_case(draw: Draw, pool: Pool) -> Case:
    """Columns and matrices set side by side."""
    return Case(joining.column_stack, on_lists(np.column_stack), fitting(draw, pool, 1))


# Each takes four blocks; the last three are nested to different depths, or have an empty list.
NESTINGS: tuple[Callable[..., Any], ...] = (
    lambda a, b, c, d: a,
    lambda a, b, c, d: [a, b, c],
    lambda a, b, c, d: [[a, b], [c, d]],
    lambda a, b, c, d: [[a], [b, c]],
    lambda a, b, c, d: [[[a], [b]], [[c], [d]]],
    lambda a, b, c, d: [[[a, b]]],
    lambda a, b, c, d: [a, [b]],
    lambda a, b, c, d: [[a], [[b]]],
    lambda a, b, c, d: [[a], []],
)


def block_case(draw: Draw, pool: Pool) -> Case:
    """Blocks in nested lists."""
    nest = draw(st.sampled_from(NESTINGS))
    left, right, above, below = (draw(st.sampled_from([*pool, 1])) for _ in range(4))
    blocks = ((above, left), (above, right), (below, left), (below, right))
    operands = draw(st.just(blocks) | st.tuples(*[operand(pool)] * 4))
    return Case(lambda *given: joining.block(nest(*given)), on_arrays(lambda *given: np.block(nest(*given))), operands)


for_each_rule = for_each(
    concatenate_case,
    append_case,
    stack_case,
    hstack_case,
    vstack_case,
    dstack_case,
    column_stack_case,
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
def test_blocks_agree_with_numpy(data: st.DataObject) -> None:
    """Blocks give the shape of NumPy's result, and raise where NumPy does."""
    case = block_case(data.draw, data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=3)))
    assert case.by_numpy() == case.by_rule(case.operands)


@searched
@given(data=st.data())
def test_blocks_of_other_names_refuse_what_no_sizes_allow(data: st.DataObject) -> None:
    """An error in names that are not rigid, or beside unknown sizes, is an error at all sizes."""
    check_other_names(block_case, data)


@pytest.mark.parametrize(
    ("expected", "joined"),
    [
        ((add(n, m), 4), joining.concatenate([(n, UNKNOWN), (m, 4)])),
        ((add(multiply(4, n), 3),), joining.concatenate([(n, 4), (3,)], None)),
        ((2, n, 4), joining.stack([(n, UNKNOWN), (UNKNOWN, 4)])),
        ((n, add(m, 1)), joining.column_stack((n,), (n, m))),
        ((add(n, 1), add(m, 1)), joining.block([[(n, m), (n, 1)], [(1, m), ()]])),
    ],
    ids=str,
)
def test_joining_names(expected: Shape, joined: Shape) -> None:
    """Sizes on the axis are added, and a known size completes an unknown one."""
    assert expected == joined


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot concatenate nothing: at least one array is wanted",
            lambda: joining.concatenate([], None),
        ),
        (
            "cannot append (5, 2) and (3, 4) on axis 0: sizes 2 and 4 on axis 1 differ",
            lambda: joining.append((5, 2), (3, 4), 0),
        ),
        (
            "cannot dstack (5, 2, 1) and (5, 3, 1) on axis 2: sizes 2 and 3 on axis 1 differ",
            lambda: joining.dstack((5, 2), (5, 3)),
        ),
        (
            "cannot column_stack (n, 1) and (m, 2) on axis 1: sizes n and m on axis 0 differ",
            lambda: joining.column_stack((n,), (m, 2)),
        ),
        (
            "cannot stack nothing: at least one array is wanted",
            lambda: joining.stack([]),
        ),
        (
            "cannot stack (n,) and (m,): the shapes differ",
            lambda: joining.stack([(n,), (m,)]),
        ),
        (
            "cannot stack arrays to get (2, 5) over axis 2: it has 2 axes",
            lambda: joining.stack([(5,), (5,)], 2),
        ),
        (
            "cannot block (2, 2) and (2, 3) on axis 0: sizes 2 and 3 on axis 1 differ",
            lambda: joining.block([[(2, 2)], [(2, 3)]]),
        ),
        (
            "cannot block nothing: at least one array in each list is wanted",
            lambda: joining.block([[(2, 2)], []]),
        ),
        (
            "cannot block arrays in lists of depths 1 and 2: one depth is wanted",
            lambda: joining.block([(2,), [(2,)]]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)


@pytest.mark.parametrize(
    "join", [joining.concatenate, lambda shapes: joining.vstack(*shapes), lambda shapes: joining.hstack(*shapes)]
)
@pytest.mark.parametrize("shape", [(5,), (5, 2), (0, 2), (5, 2, 3)])
@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_arrays_of_one_shape_are_joined_as_several(
    join: Callable[[Sequence[Shape]], Shape], shape: Shape, number: int
) -> None:
    """A number of arrays of one shape are joined, or refused, like a list of that many."""

    def outcome(joined: Callable[[], Shape]) -> Shape | str:
        try:
            return joined()
        except ShapeError as error:
            return str(error)

    assert outcome(lambda: join([shape] * number)) == outcome(lambda: joining.join_alike(join, shape, number))


def test_as_many_arrays_as_a_size_says_are_joined() -> None:
    """A named number of arrays makes the axis that many times as long, and an unknown one makes it unknown."""
    assert (multiply(5, n), 2) == joining.join_alike(joining.concatenate, (5, 2), n)
    assert (UNKNOWN, 2) == joining.join_alike(joining.concatenate, (5, 2), UNKNOWN)
    assert (5, n, 2) == joining.stack_alike((5, 2), n, 1)


def test_stacking_a_number_of_arrays_names_the_result() -> None:
    """Where the result lacks the axis, it is shown with the number of arrays."""
    expected = "cannot stack arrays to get (n, 3) over axis 2: it has 2 axes"
    assert expected == sentence(lambda: joining.stack_alike((3,), n, 2))
