"""Shape rules beside what NumPy computes, and the facts in which the two must agree for random shapes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, Dim, Unknown, add, evaluate, floor_divide, multiply, subtract, symbol
from shapedmat.errors import ShapeError
from shapedmat.shapes import Shape

Pool: TypeAlias = Sequence[Dim]
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Result: TypeAlias = Shape | list[Shape] | None

NAMES: Final = ("n", "m", "k")
n, m, k = map(symbol, NAMES)

# Whether a case is possible is known only after it is drawn.
searched = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


_SIZES: Final = {f"size{number}": number for number in range(2, 7)}
_NAMED: Final[dict[Dim, Dim]] = {number: symbol(name) for name, number in _SIZES.items()}


@dataclass(frozen=True)
class Case:
    """A shape rule with its operands, beside what NumPy computes for arrays of these shapes.

    A rule that returns several shapes returns them in a list here. A size that is no array's is an operand of one
    dimension.
    """

    rule: Callable[..., Any]
    numpy: Callable[..., Any]
    operands: tuple[Shape, ...]

    def by_rule(self, operands: tuple[Shape, ...]) -> Result:
        """Return the rule's shape or shapes, or None where it raises."""
        try:
            return self.rule(*operands)  # type: ignore[no-any-return]  # as the test says
        except ShapeError:
            return None

    def by_numpy(self) -> Result:
        """Return the shapes of NumPy's arrays, or None where it raises."""
        try:
            result = self.numpy(*self.operands)
        except (ValueError, IndexError, TypeError, ZeroDivisionError):
            return None
        return [np.shape(each) for each in result] if isinstance(result, tuple | list) else np.shape(result)


Cases: TypeAlias = Callable[[Draw, Pool], Case]


def for_each(*cases: Cases) -> pytest.MarkDecorator:
    """Return a mark that runs a test with each rule."""
    return pytest.mark.parametrize("cases", cases, ids=lambda each: each.__name__.removesuffix("_case"))


def operand(pool: Pool, low: int = 0, high: int = 3) -> st.SearchStrategy[Shape]:
    """Return shapes with dimensions from a pool, which is small so that operands often fit."""
    return st.lists(st.sampled_from([*pool, 1]), min_size=low, max_size=high).map(tuple)


def size(pool: Pool) -> st.SearchStrategy[Shape]:
    """Return operands that are one size."""
    return operand(pool, 1, 1)


def on_arrays(function: Callable[..., Any], dtype: type = float) -> Callable[..., Any]:
    """Return a function that takes shapes in place of arrays of zeros."""
    return lambda *given: function(*(np.zeros(shape, dtype) for shape in given))


def several(rule: Callable[..., tuple[Shape, ...]]) -> Callable[..., list[Shape]]:
    """Return a rule that lists its shapes."""
    return lambda *given, **options: list(rule(*given, **options))


def _shapes(result: Shape | list[Shape]) -> list[Shape]:
    return result if isinstance(result, list) else [result]


def _known(actual: Shape | list[Shape], expected: Shape | list[Shape]) -> list[Shape]:
    """Return shapes with what is unknown filled in."""
    assert type(actual) is type(expected)
    return [
        tuple(right if isinstance(left, Unknown) else left for left, right in zip(one, other, strict=True))
        for one, other in zip(_shapes(actual), _shapes(expected), strict=True)
    ]


def _pools(dims: st.SearchStrategy[Dim]) -> st.SearchStrategy[list[Dim]]:
    return st.lists(dims, min_size=1, max_size=3)


def check_numbers(cases: Cases, data: st.DataObject, *, selects: bool = False) -> None:
    """Check that a rule gives NumPy's shapes and raises where NumPy does; only what selects by value gives unknowns.

    Where NumPy does not raise, the rule is right too where each size has a name of its own.
    """
    case = cases(data.draw, data.draw(_pools(st.integers(0, 6))))
    expected, actual = case.by_numpy(), case.by_rule(case.operands)
    assert (expected is None) == (actual is None), (expected, actual, case.operands)
    if expected is not None and actual is not None:
        assert selects or not any(UNKNOWN in shape for shape in _shapes(actual))
        assert _shapes(expected) == _known(actual, expected)
        named = tuple(tuple(_NAMED.get(dim, dim) for dim in shape) for shape in case.operands)
        symbolic = case.by_rule(named)
        assert symbolic is not None, named
        assert _fits(symbolic, expected, _SIZES), named


def _expressions(*, rigid: bool) -> st.SearchStrategy[Dim]:
    """Return dimensions in n, m and k, simple ones more often."""
    names: list[Dim] = [symbol(name, rigid=rigid) for name in NAMES]
    simple = [*names, 0, 1, 2, 3, 4]
    combined = [rule(a, b) for rule in (add, multiply) for a in names for b in simple]
    combined += [subtract(a, 1) for a in combined if a != 0]
    combined += [floor_divide(a, b) for a in combined for b in (2, 3)]
    return st.sampled_from(names) | st.sampled_from(simple) | st.sampled_from(combined)


_RIGID: Final = _expressions(rigid=True)
_FREE: Final = _expressions(rigid=False)
_ASSIGNMENTS: Final = st.fixed_dictionaries({name: st.integers(1, 7) for name in NAMES})
# The order is that in which sizes are likely to tell expressions apart.
_TRIED: Final = [dict(zip(NAMES, sizes, strict=True)) for sizes in product((3, 2, 5, 1, 4, 7, 12), repeat=3)]


def _at(operands: tuple[Shape, ...], sizes: dict[str, int]) -> tuple[Shape, ...] | None:
    """Return shapes at given sizes, or None if no array can have them."""
    there = tuple(tuple(evaluate(dim, sizes) for dim in shape) for shape in operands)
    return there if all(isinstance(dim, int) and dim >= 0 for shape in there for dim in shape) else None


def _filled(operands: tuple[Shape, ...], data: st.DataObject) -> tuple[Shape, ...]:
    """Return shapes with a number drawn for each unknown dimension."""
    return tuple(
        tuple(data.draw(st.integers(0, 4)) if isinstance(dim, Unknown) else dim for dim in shape) for shape in operands
    )


def check_rigid_names(cases: Cases, data: st.DataObject) -> None:
    """Check that a shape in names is the shape at any sizes, and an error in names an error at some sizes.

    Dimensions that are unknown may have any size.
    """
    case = cases(data.draw, data.draw(_pools(_RIGID | st.just(UNKNOWN))))
    sizes = data.draw(_ASSIGNMENTS)
    symbolic = case.by_rule(case.operands)
    operands = _filled(case.operands, data)
    if symbolic is None:
        possible = (there for tried in _TRIED if (there := _at(operands, tried)))
        first = next(possible, None)
        assume(first is not None)
        assert first is not None
        assert any(case.by_rule(there) is None for there in chain([first], possible)), case.operands
    else:
        there = _at(operands, sizes)
        assume(there is not None)
        assert there is not None
        assert _fits(symbolic, case.by_rule(there), sizes), case.operands


def _fits(symbolic: Shape | list[Shape], expected: Result, sizes: dict[str, int]) -> bool:
    """Say whether shapes in names are those that are expected, if any are, save where they are unknown."""
    if expected is None:
        return True
    known = [tuple(evaluate(dim, sizes) for dim in shape) for shape in _known(symbolic, expected)]
    return _shapes(expected) == _known(known if isinstance(expected, list) else known[0], expected)


def check_other_names(cases: Cases, data: st.DataObject) -> None:
    """Check that a shape in names that are not rigid, or beside unknown sizes, is right, and an error one at all sizes.

    Such names may be equal to anything.
    """
    case = cases(data.draw, data.draw(_pools(_FREE | st.just(UNKNOWN))))
    sizes = data.draw(_ASSIGNMENTS)
    there = _at(_filled(case.operands, data), sizes)
    assume(there is not None)
    assert there is not None
    symbolic, expected = case.by_rule(case.operands), case.by_rule(there)
    if symbolic is None:
        assert expected is None, case.operands
    else:
        assert _fits(symbolic, expected, sizes), case.operands


def sentence(refused: Callable[[], object]) -> str:
    """Return the sentence of the error that a call raises."""
    with pytest.raises(ShapeError) as caught:
        refused()
    return str(caught.value)
