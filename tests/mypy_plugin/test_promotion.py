"""The element types that the plugin gives to results are those that NumPy gives."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pytest

from shapedmat.mypy_plugin import operators
from shapedmat.mypy_plugin.numpy import elementwise, reductions, statistics, ufuncs
from shapedmat.mypy_plugin.promotion import Element, Promotion, common
from shapedmat.mypy_plugin.rules import Rule

KINDS: Final = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}
DTYPES: Final = [np.dtype(character) for character in "?bhiqBHIQefdFD"]
NUMBERS: Final = {Element("int", 0): 1, Element("float", 0): 1.5, Element("complex", 0): 1j}


def element(dtype: np.dtype[Any]) -> Element:
    """Return what the plugin knows of a dtype."""
    return Element(KINDS[dtype.kind], 8 * dtype.itemsize)


def ones(shape: tuple[int, ...]) -> list[tuple[Any, Element]]:
    """Return an array of every dtype."""
    return [(np.ones(shape, dtype), element(dtype)) for dtype in DTYPES]


def operands(shape: tuple[int, ...]) -> list[tuple[Any, Element]]:
    """Return an array of every dtype, and Python's numbers."""
    return [*ones(shape), *((number, each) for each, number in NUMBERS.items())]


def wrong(
    function: Callable[..., Any], promotion: Promotion | None, arguments: Sequence[tuple[tuple[Any, Element], ...]]
) -> list[str]:
    """Say for which arguments NumPy's element type is another one than the plugin's, where that has one."""
    found = []
    for each in arguments:
        expected = promotion(*(own for _, own in each)) if promotion else None
        if expected is None:
            continue
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                actual = element(function(*(value for value, _ in each)).dtype)
        except ValueError:
            continue  # a value that has no result
        if expected != actual:
            found.append(f"{[own for _, own in each]}: expected {expected}, actual {actual}")
    return found


def pairs(shape: tuple[int, ...]) -> list[tuple[tuple[Any, Element], ...]]:
    """Return all pairs of operands of which one is an array."""
    return [pair for pair in itertools.product(operands(shape), repeat=2) if any(own.width for _, own in pair)]


def singles(shape: tuple[int, ...]) -> list[tuple[tuple[Any, Element], ...]]:
    """Return an array of every dtype as the only argument."""
    return [(each,) for each in ones(shape)]


def of(rules: Mapping[str, Rule], *without: str) -> pytest.MarkDecorator:
    """Run a test for the rules that say an element type."""
    names = [name for name, rule in rules.items() if rule.promotion is not None and name not in without]
    return pytest.mark.parametrize("name", names)


_CLASS = "numpy._typing._ufunc."
OF_ONE = ufuncs.UFUNCS[f"{_CLASS}_UFunc_Nin1_Nout1.__call__"]
OF_TWO = ufuncs.UFUNCS[f"{_CLASS}_UFunc_Nin2_Nout1.__call__"]
REDUCE = ufuncs.UFUNCS[f"{_CLASS}_UFunc_Nin2_Nout1.reduce"]
ACCUMULATE = ufuncs.UFUNCS[f"{_CLASS}_UFunc_Nin2_Nout1.accumulate"]
WITHOUT_REDUCTION = ("ldexp", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal")


@of(OF_ONE, "isnat")
def test_universal_functions_of_one(name: str) -> None:
    """A universal function of one array."""
    assert wrong(getattr(np, name), OF_ONE[name].promotion, singles((3,))) == []


@of(OF_TWO, "ldexp")
def test_universal_functions_of_two(name: str) -> None:
    """A universal function of two arrays, or of an array and a number."""
    assert wrong(getattr(np, name), OF_TWO[name].promotion, pairs((3,))) == []


@of(REDUCE, *WITHOUT_REDUCTION)
@pytest.mark.parametrize("method", ["reduce", "accumulate"])
def test_methods_of_universal_functions(name: str, method: str) -> None:
    """A reduction by a universal function."""
    rules = {"reduce": REDUCE, "accumulate": ACCUMULATE}[method]
    assert wrong(getattr(getattr(np, name), method), rules[name].promotion, singles((3, 2))) == []


@of(reductions.FUNCTIONS, *reductions.QUANTILES)
def test_reductions(name: str) -> None:
    """A reduction, or a scan."""
    function = partial(getattr(np, name), axis=0)
    assert wrong(function, reductions.FUNCTIONS[name].promotion, singles((3, 2))) == []


@pytest.mark.parametrize("name", reductions.QUANTILES)
def test_quantiles(name: str) -> None:
    """Quantiles at a number and at arrays."""
    fractions = [
        (0.5, Element("float", 0)),
        *((np.array([0.5], dtype), element(dtype)) for dtype in map(np.dtype, "fd")),
    ]
    arguments = list(itertools.product(ones((3, 2)), fractions))
    assert wrong(partial(getattr(np, name), axis=0), reductions.FUNCTIONS[name].promotion, arguments) == []


def test_averages_and_integrals() -> None:
    """An average with weights, and an integral between points."""
    arguments = list(itertools.product(ones((3, 2)), ones((3,))))
    average, trapezoid = (reductions.FUNCTIONS[name].promotion for name in ("average", "trapezoid"))
    assert wrong(lambda a, weights: np.average(a, 0, weights), average, arguments) == []
    assert wrong(lambda y, x: np.trapezoid(y, x, axis=0), trapezoid, arguments) == []


@of(elementwise.FUNCTIONS, "clip", "isclose", "interp", "astype")
def test_functions_of_elements(name: str) -> None:
    """A function of the elements of one array."""
    assert wrong(getattr(np, name), elementwise.FUNCTIONS[name].promotion, singles((3,))) == []


def test_clip_and_interp() -> None:
    """Bounds take part in the promotion, and values at points decide what is between them."""
    arguments = [pair for pair in pairs((3,)) if pair[0][1].width]
    assert wrong(lambda a, low: np.clip(a, low, None), common, arguments) == []
    points = np.arange(3.0)
    interp = elementwise.FUNCTIONS["interp"].promotion
    assert wrong(lambda values: np.interp(points, points, values), interp, singles((3,))) == []


@of(statistics.FUNCTIONS, "digitize", "searchsorted")
def test_signals(name: str) -> None:
    """Differences and slopes of one array, and convolutions of two."""
    arguments = list(itertools.product(ones((3,)), ones((2,)))) if name in ("convolve", "correlate") else singles((3,))
    assert wrong(getattr(np, name), statistics.FUNCTIONS[name].promotion, arguments) == []


@pytest.mark.parametrize("name", operators.ELEMENTS)
def test_operators(name: str) -> None:
    """An operator, whose operands are arrays or numbers."""

    def apply(a: Any, b: Any) -> Any:
        found = getattr(np.array(a, copy=True), name)(b)
        if found is NotImplemented:
            raise ValueError
        return found[0] if isinstance(found, tuple) else found

    arguments = [pair for pair in pairs((2, 2)) if isinstance(pair[0][0], np.ndarray)]
    if "matmul" in name:
        arguments = [pair for pair in arguments if isinstance(pair[1][0], np.ndarray)]
    assert wrong(apply, operators.ELEMENTS[name], arguments) == []
