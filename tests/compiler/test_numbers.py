"""Numbers that are traced become numbers of the types, and with the values, that Python and NumPy give."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import DTypeError, JitError, Matrix, shapechecked
from shapedmat.compiler import trace
from tests.compiler.comparison import assert_traced_is_eager

NUMBERS = st.one_of(
    st.floats(0.5, 8),
    st.floats(0.5, 8).map(np.float64),
    st.floats(0.5, 8, width=32).map(np.float32),
    st.integers(1, 8),
    st.integers(1, 8).map(np.int64),
)
ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv]


@pytest.mark.parametrize("function", ARITHMETIC)
@given(a=NUMBERS, b=NUMBERS)
def test_arithmetic(function: Callable[[Any, Any], Any], a: Any, b: Any) -> None:
    """Two numbers, each given as an argument or known, make a number of the same type and value."""
    assert_traced_is_eager(function, a, b)
    assert_traced_is_eager(lambda x: function(x, b), a)
    assert_traced_is_eager(lambda x: function(b, x), a)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int32, np.bool_])
@pytest.mark.parametrize("function", ARITHMETIC)
@given(number=NUMBERS)
def test_arithmetic_with_elements(function: Callable[[Any, Any], Any], dtype: Any, number: Any) -> None:
    """An element of a matrix is a NumPy scalar, and computes as one."""

    def program(m: Any, n: Any) -> Any:
        return [function(m[0, 0], n), function(n, m[0, 1])]

    assert_traced_is_eager(program, Matrix.from_array(np.array([[1, 3]], dtype)), number)


def test_difference_of_booleans() -> None:
    """NumPy does not subtract booleans, and says so while a function is traced."""
    matrix = Matrix.from_rows([[1, 0]], dtype=np.bool_)
    for function in (lambda m: m[0, 0] - m[0, 1], lambda m: m[0, 1] - np.True_):
        with pytest.raises(TypeError, match="numpy boolean subtract"):
            trace(function, (matrix,), {})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [*ARITHMETIC, operator.lt, operator.eq])
@given(number=NUMBERS)
def test_number_meets_matrix(function: Callable[[Any, Any], Any], dtype: Any, number: Any) -> None:
    """A number takes on the element type of a matrix, from either side, whatever its own type is."""
    matrix = Matrix.from_array(np.array([[1, 2.5]], dtype))
    assert_traced_is_eager(lambda m, n: (function(m, n), function(n, m)), matrix, number)
    assert_traced_is_eager(lambda m, n: (function(m, n + m.sum()), function(m.max() * n, m)), matrix, number)


def test_in_place() -> None:
    """A matrix changes in place by a number, and keeps its type."""

    def program(m: Any, rate: float) -> None:
        m *= rate
        m -= rate / m.cols
        m[0] = rate

    assert_traced_is_eager(program, Matrix.ones(2, 3), 0.1)


def test_changes() -> None:
    """A number is negated, made absolute and raised to a power."""
    program = lambda x, m: (-x, +x, abs(-x), x**2, x**2.0, x**-1, x**0.5, -m.sum(), m.sum() ** 2, m[0, 0] ** 3)  # noqa: E731
    assert_traced_is_eager(program, 2.0, Matrix.full(2, 2, 1.5))
    assert_traced_is_eager(program, np.float32(2), Matrix.full(2, 2, 1.5, dtype=np.float64))


def test_integers_and_booleans() -> None:
    """Places and truths are Python's ints and bools, and elements of integers are NumPy's."""
    program = lambda m: (m.argmax(), m.argmax() + 1, m.argmin() / 2, (m > 1).all(), (m > 1).any() + 1, m.sum(), m[0, 0])  # noqa: E731
    assert_traced_is_eager(program, Matrix.from_rows([[1, 5, 2]], dtype=np.int32))
    assert_traced_is_eager(program, Matrix.from_rows([[1, 5, 2]]))
    assert_traced_is_eager(lambda m: m * m.argmax(), Matrix.from_rows([[1, 5, 2]]))
    assert_traced_is_eager(lambda m: m * m.argmax() + m[0, 1], Matrix.from_rows([[1, 5, 2]], dtype=np.int64))


def test_numbers_are_returned() -> None:
    """What is returned has the type that it would have."""
    assert_traced_is_eager(
        lambda x, y, m: [x, y, x + 1, y + 1, m.sum(), 3, 2.5, None, "a", True, np.float32(2), x * 0],
        0.5,
        np.float32(0.5),
        Matrix.ones(1, 1),
    )


def test_one_cast_serves_all() -> None:
    """A number that meets several matrices is converted once."""
    traced = trace(lambda rate, a, b: (rate * a, b * rate, a / rate), (0.5, Matrix.ones(1, 2), Matrix.ones(2, 1)), {})
    assert 1 == sum(node.op.name == "cast" for node in traced.graph.nodes)


def test_float_in_integers() -> None:
    """A float does not meet a matrix of integers, traced or not."""
    with pytest.raises(DTypeError, match=r"cannot multiply int32 and a float: convert with .astype\(np.float64\)"):
        trace(lambda m, x: m * x, (Matrix.ones(1, 1, dtype=np.int32), 0.5), {})


def test_wide_integer_in_narrow_matrix() -> None:
    """An integer that may not fit is an error, as it would be one if it did not."""
    with pytest.raises(
        JitError, match="cannot multiply int8 and a number of type int64 in <lambda>, as it may not fit"
    ):
        trace(lambda m: m * m.argmax(), (Matrix.ones(1, 1, dtype=np.int8),), {})


def test_annotations_hold() -> None:
    """To annotations that are checked when the program runs, a number is of the type that it stands for."""

    @shapechecked
    def program(rate: float, scale: np.float32, total: np.floating[Any], place: int, truth: bool) -> float:
        assert isinstance(rate, float)
        assert isinstance(scale, np.float32)
        assert isinstance(place, int)
        assert isinstance(truth, bool)
        return rate * 2

    def caller(rate: float, m: Any) -> Any:
        return program(rate, m.sum(), m.mean(), m.argmax(), m.all())

    assert_traced_is_eager(caller, 0.5, Matrix.ones(2, 2))


def test_representation() -> None:
    """A debugger shows the type."""
    seen = []
    trace(lambda x, m: seen.append((repr(x), repr(m.sum()))), (0.5, Matrix.ones(1, 1)), {})
    assert [("float(traced)", "float32(traced)")] == seen


def test_copies() -> None:
    """A copy of a number is the number, as it cannot change."""
    assert_traced_is_eager(lambda x, m: [copy.copy(x) * 2, copy.deepcopy([x, m.sum()])], 0.5, Matrix.ones(1, 2))
