"""How shape rules are compared with the functions whose shapes they give."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, Dim, Unknown, evaluate, symbol
from shapedmat.errors import ShapeError

Shapes: TypeAlias = tuple[tuple[Dim, ...], ...]
Holds: TypeAlias = Callable[..., None]

ERRORS = (ValueError, IndexError, TypeError, RuntimeError, ZeroDivisionError)
SIZES = {f"size{size}": size for size in range(1, 50)}


def shapes_of(result: Any) -> Shapes:
    """Return the shapes of one array or of several."""
    return tuple(map(np.shape, result)) if isinstance(result, tuple) else (np.shape(result),)


def by_rule(rule: Callable[..., Any], operands: Shapes) -> Shapes | None:
    """Return what a rule gives, one shape or several, or None where it raises."""
    try:
        result = rule(*operands)
    except ShapeError:
        return None
    return result if any(isinstance(each, tuple) for each in result) else (result,)


def fits(known: Shapes, expected: Shapes) -> bool:
    """Say whether shapes are those that are expected, save where they are unknown."""
    return list(map(len, known)) == list(map(len, expected)) and all(
        isinstance(left, Unknown) or evaluate(left, SIZES) == right
        for one, other in zip(known, expected, strict=True)
        for left, right in zip(one, other, strict=True)
    )


def check(
    rule: Callable[..., Any],
    function: Callable[..., Any],
    operands: tuple[tuple[int, ...], ...],
    data: st.DataObject,
    *,
    rigid: bool = True,
    complete: bool = True,
) -> None:
    """Compare a rule with a function of arrays.

    On numbers the rule gives the very shapes, all of them known where they are `complete`, and raises where the
    function does. Where it does not, neither does the rule when some sizes are unknown, or are names that may stand for
    any size, or are each a name of its own, unless the rule computes with sizes and `rigid` is false. What it then
    knows is right.
    """
    try:
        expected = shapes_of(function(*[np.zeros(shape) for shape in operands]))
    except ERRORS:
        expected = None
    actual = by_rule(rule, operands)
    if expected is None or actual is None:
        assert expected == actual
        return
    assert fits(actual, expected), (expected, actual)
    assert not complete or UNKNOWN not in reduce(operator.add, actual, ())

    def free(size: int) -> Dim:
        names: list[Dim] = [symbol(f"size{size}", rigid=False)] if size in SIZES.values() else []
        return data.draw(st.sampled_from([size, UNKNOWN, *names]))

    named = {
        size: data.draw(st.sampled_from([size, size if size < 2 else symbol(f"size{size}"), UNKNOWN]))
        for shape in operands
        for size in shape
    }
    blurred = [tuple(tuple(map(free, shape)) for shape in operands)]
    if rigid:
        blurred.append(tuple(tuple(named[size] for size in shape) for shape in operands))
    for each in blurred:
        partly = by_rule(rule, each)
        assert partly is not None, each
        assert fits(partly, expected), (each, expected, partly)


@pytest.fixture(scope="session")
def holds() -> Holds:
    """Return the comparison of a rule with a function."""
    return check
