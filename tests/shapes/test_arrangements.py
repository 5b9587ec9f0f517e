"""The shapes of arrangements by a pattern against those of einops, and the sentences of their errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, Dim, floor_divide, multiply
from shapedmat.shapes import arrangements
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import k, m, n, searched, sentence

SIZES = {"a": 2, "b": 3, "c": 1, "long_name": 4, "2": 2, "5": 5, "1": 1}
BATCH = (6, 7)


def joined(groups: list[list[str]]) -> str:
    """Return one side of a pattern."""
    return " ".join(group[0] if len(group) == 1 else f"({' '.join(group)})" for group in groups)


@st.composite
def groups(draw: st.DrawFn, names: list[str]) -> list[list[str]]:
    """Return names in groups, some of which may be empty; an ellipsis is never in one with others."""
    result: list[list[str]] = []
    for name in names:
        if result and "..." not in (*result[-1], name) and draw(st.booleans()):
            result[-1].append(name)
        else:
            result.append([name])
    if draw(st.integers(0, 5)) == 0:
        result.insert(draw(st.integers(0, len(result))), [])
    return result


@st.composite
def uses(draw: st.DrawFn, *, action: str) -> tuple[str, tuple[int, ...], dict[str, int]]:
    """Return a pattern, a shape and sizes of names, which fit in most cases."""
    numbers = {"rearrange": [[], ["1"]], "repeat": [[], ["1"], ["1", "5"]], "reduce": [[], ["1"], ["1", "2"]]}[action]
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "long_name", "..."]), unique=True))
    some = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    extra = draw(st.sampled_from(numbers))
    left = names if action != "repeat" else some
    right = names if action != "reduce" else some
    sides = [draw(groups(draw(st.permutations([*side, *more])))) for side, more in ((left, extra), (right, extra))]
    if action == "repeat":
        sides[0] = draw(groups(left))
    if action == "reduce":
        sides[1] = draw(groups(right))
    shape: list[int] = []
    for group in sides[0]:
        shape += BATCH if group == ["..."] else [prod(SIZES[name] for name in group)]
    if shape and draw(st.integers(0, 6)) == 0:
        shape[draw(st.integers(0, len(shape) - 1))] = draw(st.sampled_from([0, 1, 5]))
    wanted = [name for group in sides[0] for name in group[1:] if name.isidentifier()]
    wanted += [name for name in names if name not in left and name != "..."]
    if draw(st.integers(0, 6)) == 0:
        wanted = draw(st.lists(st.sampled_from(["a", "b", "c", "long_name", "other"]), unique=True))
    given = {name: SIZES.get(name, 3) for name in wanted}
    if given and draw(st.integers(0, 6)) == 0:
        given[wanted[0]] = draw(st.integers(-2, 4))
    pattern = " -> ".join(map(joined, sides))
    if draw(st.integers(0, 6)) == 0:
        place = draw(st.integers(0, len(pattern)))
        pattern = pattern[:place] + draw(st.sampled_from([*" a().,-1_", "", "->", "...", "0"])) + pattern[place + 1 :]
    return pattern, tuple(shape), given


@pytest.mark.parametrize("action", ["rearrange", "repeat", "reduce"])
@settings(searched, max_examples=250)
@given(data=st.data())
def test_an_arrangement_agrees_with_einops(holds: Callable[..., None], action: str, data: st.DataObject) -> None:
    """A pattern gives the shape that einops gives, and is refused where einops refuses it, whatever is unknown."""
    einops = pytest.importorskip("einops", reason="the patterns are those of einops")
    pattern, shape, given = data.draw(uses(action=action))
    unknown = {name: data.draw(st.sampled_from([size, UNKNOWN])) for name, size in given.items()}
    rule: Callable[..., Shape] = getattr(arrangements, action if action == "rearrange" else f"{action}_pattern")
    reduction: Any = [data.draw(st.sampled_from(["sum", "max", "prod", "median"]))] if action == "reduce" else []
    holds(
        lambda x: rule(x, pattern, *reduction, **(given if x == shape else unknown)),
        lambda x: getattr(einops, action)(x, pattern, *reduction, **given),
        (shape,),
        data,
        rigid=False,
    )


@settings(searched, max_examples=300)
@given(data=st.data())
def test_einsum_agrees_with_einops(holds: Callable[..., None], data: st.DataObject) -> None:
    """A pattern of words gives the shape that einops gives, and is refused where einops refuses it."""
    einops = pytest.importorskip("einops", reason="the patterns are those of einops")
    names = st.lists(st.sampled_from(["a", "b", "long_name", "_", "..."]), max_size=3)
    sizes = {**SIZES, "_": 4}
    sides = data.draw(st.lists(names, min_size=2, max_size=4))
    operands = tuple(
        tuple(size for name in side for size in (BATCH if name == "..." else (sizes[name],))) for side in sides[:-1]
    )
    pattern = ", ".join(map(" ".join, sides[:-1])) + data.draw(
        st.sampled_from([" -> "] * 4 + ["", " -> 1", " -> (a b) "])
    )
    pattern += " ".join(sides[-1])
    holds(
        partial(arrangements.einops_einsum, pattern),
        lambda *each: einops.einsum(*each, pattern),
        operands,
        data,
    )


@pytest.mark.parametrize(
    ("expected", "pattern", "shape", "sizes"),
    [
        ((multiply(n, m), 3), "a b c -> (a b) c", (n, m, 3), {}),
        ((n, m), "(a b) -> a b", (multiply(n, m),), {"b": m}),
        ((floor_divide(n, 2), 2), "(a b) -> a b", (n,), {"b": 2}),
        ((UNKNOWN, 2), "(a b) -> a b", (UNKNOWN,), {"b": 2}),
        ((2, 3), "(a b) -> a b", (6,), {"a": UNKNOWN, "b": 3}),
        ((UNKNOWN, UNKNOWN), "(a b) -> a b", (6,), {"a": UNKNOWN, "b": UNKNOWN}),
        ((m, n, multiply(2, k)), "a ... b -> b a (...)", (n, 2, k, m), {}),
    ],
)
def test_an_arrangement_of_names(expected: Shape, pattern: str, shape: Shape, sizes: dict[str, Dim]) -> None:
    """Groups multiply and divide names."""
    assert expected == arrangements.rearrange(shape, pattern, **sizes)


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            'cannot rearrange (2, 3) by "a b": one "->" is wanted',
            lambda: arrangements.rearrange((2, 3), "a b"),
        ),
        (
            'cannot rearrange (2, 3) by "a -> a": it has 2 axes and 1 is named',
            lambda: arrangements.rearrange((2, 3), "a -> a"),
        ),
        (
            'cannot rearrange (3,) by "a b ... -> a b ...": it has 1 axis and 2 are named',
            lambda: arrangements.rearrange((3,), "a b ... -> a b ..."),
        ),
        (
            'cannot rearrange (2, 3) by "a b -> a": "b" is not on the right',
            lambda: arrangements.rearrange((2, 3), "a b -> a"),
        ),
        (
            'cannot rearrange (3,) by "a -> a b": "b" is not on the left',
            lambda: arrangements.rearrange((3,), "a -> a b"),
        ),
        (
            'cannot rearrange (3,) by "a -> a ...": "..." is not on the left',
            lambda: arrangements.rearrange((3,), "a -> a ..."),
        ),
        (
            'cannot rearrange (3, 3) by "a a -> a": "a" is twice on one side',
            lambda: arrangements.rearrange((3, 3), "a a -> a"),
        ),
        (
            'cannot rearrange (3,) by "(a ...) -> a ...": "..." cannot be split',
            lambda: arrangements.rearrange((3,), "(a ...) -> a ..."),
        ),
        (
            'cannot rearrange (3,) by "a .. -> a": dots are for one "..." on each side',
            lambda: arrangements.rearrange((3,), "a .. -> a"),
        ),
        (
            'cannot rearrange (3,) by "(a -> a": the brackets do not match',
            lambda: arrangements.rearrange((3,), "(a -> a"),
        ),
        (
            'cannot rearrange (3,) by "((a)) -> a": the brackets do not match',
            lambda: arrangements.rearrange((3,), "((a)) -> a"),
        ),
        (
            'cannot rearrange (3,) by "a, -> a": "a," is no name for an axis',
            lambda: arrangements.rearrange((3,), "a, -> a"),
        ),
        (
            'cannot rearrange (3,) by "a -> a 2": an axis of 2 needs a name',
            lambda: arrangements.rearrange((3,), "a -> a 2"),
        ),
        (
            'cannot rearrange (3,) by "1 ->": size 3 is not 1',
            lambda: arrangements.rearrange((3,), "1 ->"),
        ),
        (
            'cannot rearrange (3,) by "a -> a": "a" is 3 and 4',
            lambda: arrangements.rearrange((3,), "a -> a", a=4),
        ),
        (
            'cannot rearrange (12,) by "(a b) -> a b": "a b" is 12 and 10',
            lambda: arrangements.rearrange((12,), "(a b) -> a b", a=2, b=5),
        ),
        (
            'cannot rearrange (12,) by "(a b) -> a b": "a b" is 12, which is not a multiple of 5',
            lambda: arrangements.rearrange((12,), "(a b) -> a b", a=5),
        ),
        (
            'cannot rearrange (0,) by "(a b) -> a b": "b" cannot be found beside a size of 0',
            lambda: arrangements.rearrange((0,), "(a b) -> a b", a=0),
        ),
        (
            'cannot rearrange (12,) by "(a b) -> a b": of "a" and "b", all but one need a size',
            lambda: arrangements.rearrange((12,), "(a b) -> a b"),
        ),
        (
            'cannot rearrange (3,) by "a -> a": no axis is named "b"',
            lambda: arrangements.rearrange((3,), "a -> a", b=2),
        ),
        (
            'cannot repeat (3,) by "a -> a b": "b" cannot be -1',
            lambda: arrangements.repeat_pattern((3,), "a -> a b", b=-1),
        ),
        (
            'cannot repeat (3,) by "a -> a b": the new axis "b" needs a size',
            lambda: arrangements.repeat_pattern((3,), "a -> a b"),
        ),
        (
            'cannot repeat (3,) by "a -> b": "a" is not on the right',
            lambda: arrangements.repeat_pattern((3,), "a -> b", b=2),
        ),
        (
            'cannot reduce (3,) by "a -> b": "b" is not on the left',
            lambda: arrangements.reduce_pattern((3,), "a -> b", "sum"),
        ),
        (
            'cannot reduce (3,) by "a ->": "median" is none of min, max, sum, mean, prod, any, all',
            lambda: arrangements.reduce_pattern((3,), "a ->", "median"),
        ),
        (
            'cannot reduce (0, 3) by "a b -> b": there is nothing to take the maximum of',
            lambda: arrangements.reduce_pattern((0, 3), "a b -> b", "max"),
        ),
        (
            'cannot contract (n, m) and (k, 2) by "a b, b c -> a c": "b" is m and k',
            lambda: arrangements.einops_einsum("a b, b c -> a c", (n, m), (k, 2)),
        ),
        (
            'cannot contract (6,) by "(a b) -> a": every axis needs one name',
            lambda: arrangements.einops_einsum("(a b) -> a", (6,)),
        ),
    ],
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shape, the pattern and what does not fit."""
    assert expected == sentence(refused)
