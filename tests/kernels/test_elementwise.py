"""The fused loops of the numba backend, against wider numbers and against the op table's kernels."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shapedmat.backends import numba as backend
from shapedmat.kernels import elementwise
from shapedmat.ops import OPS

Array = np.ndarray[Any, np.dtype[Any]]

WIDER: Final = {np.float32: np.float64, np.float64: np.longdouble}
LOOPS: Final = ["sigmoid", "sigmoid_derivative", "tanh_derivative", "relu_derivative"]

dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
double_has_a_reference = np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]  # Numba publishes types from some version on
def _exponential_of_each(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = elementwise.exponential(x[i])


def exponential(x: Array) -> Array:
    """Return e to the power of each element of a vector."""
    y = np.empty_like(x)
    _exponential_of_each(x, y)
    return y


def apply(name: str, *operands: Array, **parameters: Any) -> Array:
    """Run a kernel of the backend."""
    result: Array = backend.BACKEND.kernels[name](np, *operands, **parameters)
    return result


def table(name: str, *operands: Array, **parameters: Any) -> Array:
    """Run the op table's kernel, without its warnings."""
    with np.errstate(all="ignore"):
        result: Array = OPS[name].kernel(np, *operands, **parameters)
    return result


def samples(dtype: Any) -> Array:
    """Return numbers that cover the range of eˣ from underflow to overflow densely, and the neighbourhood of 0."""
    low, high = (-110, 92) if dtype is np.float32 else (-750, 712)
    small = np.logspace(np.log10(np.finfo(dtype).smallest_subnormal) + 0.1, 0, 20_001)
    return np.concatenate([np.linspace(low, high, 500_001), np.linspace(-1, 1, 100_001), small, -small]).astype(dtype)


def error_in_ulps(actual: Array, exact: Array) -> float:
    """Return the largest error in units in the last place of the rounded exact result, where that is finite."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = exact.astype(actual.dtype)
    finite = np.isfinite(rounded)
    unit = np.spacing(np.abs(rounded[finite])).astype(exact.dtype)
    return float(np.max(np.abs(actual[finite] - exact[finite]) / unit))


@dtypes
def test_exponential_errs_by_two_ulps_at_most(dtype: Any) -> None:
    """Over the whole range, denormal results included, eˣ is within 2 units in the last place."""
    if dtype is np.float64 and not double_has_a_reference:
        pytest.skip("long double is no wider than double here")
    x = samples(dtype)
    with np.errstate(all="ignore"):
        exact = np.exp(x.astype(WIDER[dtype]))
    assert error_in_ulps(exponential(x), exact) <= 2


@dtypes
def test_exponential_of_special_values(dtype: Any) -> None:
    """Zeros of both signs give exactly 1, and infinities, NaN and numbers beyond the range what NumPy gives."""
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, np.finfo(dtype).max, np.finfo(dtype).min], dtype)
    with np.errstate(all="ignore"):
        expected = np.exp(x)
    np.testing.assert_array_equal(expected, exponential(x))


@dtypes
def test_exponential_overflows_where_it_must(dtype: Any) -> None:
    """The exponential is finite just below the logarithm of the largest number, and infinite just above it."""
    limit = np.log(np.array(np.finfo(dtype).max, WIDER[dtype]))
    above = np.nextafter(limit.astype(dtype), dtype(np.inf))
    below = np.nextafter(limit.astype(dtype), dtype(0))
    edges = np.array([below, above], dtype)
    assert [True, False] == np.isfinite(exponential(edges)).tolist()


@dtypes
def test_sigmoid_errs_by_three_ulps_at_most(dtype: Any) -> None:
    """Over the whole range, denormal results included, the sigmoid is within 3 units in the last place."""
    if dtype is np.float64 and not double_has_a_reference:
        pytest.skip("long double is no wider than double here")
    x = samples(dtype)
    wide = x.astype(WIDER[dtype])
    e = np.exp(-np.abs(wide))
    exact = np.where(wide < 0, e, 1) / (1 + e)
    assert error_in_ulps(apply("sigmoid", x.reshape(1, -1))[0], exact) <= 3


@dtypes
@pytest.mark.parametrize("name", LOOPS)
def test_special_values_are_as_in_the_table(name: str, dtype: Any) -> None:
    """Zeros, infinities and NaN give what the op table's kernel gives."""
    x = np.array([[0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1]], dtype)
    np.testing.assert_array_max_ulp(table(name, x), apply(name, x), maxulp=3)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([*LOOPS, "softmax0", "softmax1", "row_norms"]),
    st.sampled_from([np.float32, np.float64]).flatmap(
        lambda dtype: arrays.arrays(
            dtype,
            arrays.array_shapes(min_dims=2, max_dims=2, max_side=200),
            elements=st.floats(-20, 20, width=32),
            fill=st.floats(-20, 20, width=32),
        )
    ),
)
def test_results_are_the_tables(name: str, x: Array) -> None:
    """Results have the shape and element type of the op table's, and are what it computes in wider numbers, rounded."""
    parameters = {"axis": int(name[-1])} if name[-1] in "01" else {}
    name = name.rstrip("01")
    tolerance = 40 * np.finfo(x.dtype).eps
    expected = table(name, x.astype(WIDER[x.dtype.type]), **parameters).astype(x.dtype)
    scale = float(np.max(np.abs(x), initial=1)) ** 2 if name.endswith("derivative") else 1e-6
    actual = apply(name, x, **parameters)
    np.testing.assert_allclose(expected, actual, rtol=tolerance, atol=tolerance * scale, strict=True)


@pytest.mark.parametrize("name", [*LOOPS, "row_norms"])
@pytest.mark.parametrize("step", [1, -1, 2])
def test_every_layout_gives_the_same(name: str, step: int) -> None:
    """A transposed, reversed or strided view gives the result of a copy of it."""
    base = np.random.default_rng(0).standard_normal((40, 30)).astype(np.float32)
    for view in (base[::step, ::step], base.T[::step, ::step]):
        np.testing.assert_array_equal(apply(name, view.copy(order="C")), apply(name, view))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("step", [1, -1, 2])
def test_softmax_of_every_layout_is_the_same(axis: int, step: int) -> None:
    """The softmax of a transposed, reversed or strided view is, but for rounding, that of a copy of it."""
    base = np.random.default_rng(0).standard_normal((40, 30)).astype(np.float32)
    for view in (base[::step, ::step], base.T[::step, ::step]):
        expected = apply("softmax", view.copy(order="C"), axis=axis)
        np.testing.assert_array_max_ulp(expected, apply("softmax", view, axis=axis), maxulp=8)


@pytest.mark.parametrize("name", LOOPS)
def test_operand_is_unchanged(name: str) -> None:
    """A loop writes to a new array only."""
    x = np.random.default_rng(0).standard_normal((9, 7))
    before = x.copy()
    apply(name, x)
    np.testing.assert_array_equal(before, x)


@pytest.mark.parametrize("name", LOOPS)
def test_read_only_operand_is_taken(name: str) -> None:
    """An operand that may not be written to is computed with."""
    x = np.random.default_rng(0).standard_normal((9, 7))
    expected = apply(name, x)
    x.flags.writeable = False
    np.testing.assert_array_equal(expected, apply(name, x))


@pytest.mark.parametrize("name", LOOPS)
def test_foreign_byte_order_is_taken(name: str) -> None:
    """A big-endian operand gives the result in the machine's byte order."""
    x = np.random.default_rng(0).standard_normal((9, 7))
    np.testing.assert_array_equal(apply(name, x), apply(name, x.astype(">f8")), strict=True)


@pytest.mark.parametrize("name", [*LOOPS, "row_norms"])
def test_other_element_types_are_left_to_the_table(name: str) -> None:
    """Half precision, for which nothing is compiled, gives the op table's result."""
    x = np.linspace(-3, 3, 12, dtype=np.float16).reshape(3, 4)
    np.testing.assert_array_equal(table(name, x), apply(name, x), strict=True)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 200), (200, 4), (30, 500)])
@pytest.mark.parametrize("axis", [0, 1])
def test_softmax_sums_to_one(shape: tuple[int, int], axis: int) -> None:
    """Each row or column of a softmax sums to 1, also where eˣ itself would overflow."""
    x = np.random.default_rng(0).standard_normal(shape) * 1000
    np.testing.assert_allclose(1, apply("softmax", x, axis=axis).sum(axis=axis), rtol=1e-14)


@pytest.mark.parametrize("size", [5, 200])
@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("axis", [0, 1])
def test_softmax_spreads_nan(size: int, special: float, axis: int) -> None:
    """A NaN or an infinity makes its whole row or column NaN, and no other."""
    x = np.zeros((size, size), np.float32)
    x[3, 4] = special
    np.testing.assert_array_equal(np.isnan(table("softmax", x, axis=axis)), np.isnan(apply("softmax", x, axis=axis)))


@pytest.mark.parametrize("columns", [0, 1, 10, 784, 3 * elementwise.BLOCK + 5])
@dtypes
def test_distances_are_accurate(columns: int, dtype: Any) -> None:
    """Distances are within a few units in the last place of those in wider numbers, however long the points are."""
    rng = np.random.default_rng(0)
    points, point = (rng.standard_normal((rows, columns)).astype(dtype) for rows in (7, 1))
    wide = (points - point).astype(WIDER[dtype])
    expected = np.sqrt(np.sum(wide * wide, axis=1, keepdims=True)).astype(dtype)
    np.testing.assert_allclose(expected, apply("distances", points, point), rtol=16 * np.finfo(dtype).eps, strict=True)


def test_distances_of_close_points_do_not_cancel() -> None:
    """The distance of points that lie close together, far from the origin, is that of their difference."""
    points = np.full((2, 64), 1e6, np.float32)
    points[1] += 1
    np.testing.assert_array_equal([[0], [8]], apply("distances", points, points[:1]))


def test_distances_of_strided_points() -> None:
    """Points that are a view with gaps give the distances of a copy."""
    base = np.random.default_rng(0).standard_normal((40, 30))
    expected = apply("distances", base[::2, ::3].copy(), base[1:2, ::3].copy())
    np.testing.assert_array_equal(expected, apply("distances", base[::2, ::3], base[1:2, ::3]))


def test_distances_of_mixed_element_types_are_left_to_the_table() -> None:
    """A float32 and a float64 operand give the op table's result."""
    points, point = np.ones((3, 4), np.float32), np.zeros((1, 4))
    np.testing.assert_array_equal(table("distances", points, point), apply("distances", points, point), strict=True)
