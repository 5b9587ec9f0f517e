"""Elementary functions as vector code, against wider numbers, for every target that this processor can run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shapedmat.errors import BackendError
from shapedmat.kernels import vector_math
from shapedmat.kernels.target import NAMES, Target, named
from tests.kernels.emitted import Array, assembly, run
from tests.kernels.ulps import WIDER, double_has_a_reference, error_in_ulps, exact_sigmoid, samples

ELEMENTARY: Final[dict[str, tuple[Callable[..., Any], Callable[[Array], Array], float]]] = {
    "exponential": (vector_math.exponential, np.exp, 2),
    "logarithm": (vector_math.logarithm, np.log, 2),
    "sigmoid": (vector_math.sigmoid, exact_sigmoid, 3),
    "tanh": (vector_math.tanh, np.tanh, 2),
    "square_root": (vector_math.square_root, np.sqrt, 0.5),
}
"""The functions that are vector code: what writes them, what they are in wider numbers, the ulps they may err by."""

elementary = pytest.mark.parametrize("name", ELEMENTARY)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest) -> str:
    """Run the test for each target that this processor can run."""
    try:
        named(request.param)
    except BackendError as error:
        pytest.skip(str(error))
    name: str = request.param
    return name


@cache
def exact(name: str, dtype: Any) -> Array:
    """Return the function's values at the samples, in wider numbers."""
    with np.errstate(all="ignore"):
        return ELEMENTARY[name][1](samples(dtype).astype(WIDER[dtype]))


@elementary
@dtypes
def test_vectors_err_by_few_ulps(name: str, dtype: Any, target: str) -> None:
    """Over the whole range, denormal results included, vectors are within the bound that the function states."""
    if dtype is np.float64 and not double_has_a_reference:
        pytest.skip("long double is no wider than double here")
    write, _, bound = ELEMENTARY[name]
    assert error_in_ulps(run(write, samples(dtype), target=target), exact(name, dtype)) <= bound


@elementary
@dtypes
def test_scalars_err_by_few_ulps(name: str, dtype: Any, target: str) -> None:
    """Scalars are within the same bound."""
    if dtype is np.float64 and not double_has_a_reference:
        pytest.skip("long double is no wider than double here")
    write, _, bound = ELEMENTARY[name]
    assert error_in_ulps(run(write, samples(dtype), target=target, lanes=0), exact(name, dtype)) <= bound


@elementary
@dtypes
@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 8, 16, 32])
def test_lanes_are_as_scalars(name: str, dtype: Any, lanes: int, target: str) -> None:
    """A lane of a vector, be it shorter or longer than a register, is what the scalar would be."""
    write = ELEMENTARY[name][0]
    x = samples(dtype)[::97]
    expected = run(write, x, target=target, lanes=0)
    np.testing.assert_array_equal(expected, run(write, x, target=target, lanes=lanes))


@pytest.mark.slow
@elementary
def test_many_float32_err_by_few_ulps(name: str, target: str) -> None:
    """Every seventh of all float32 is within the bound."""
    write, reference, bound = ELEMENTARY[name]
    for start in range(0, 2**32, 2**26):
        x = np.arange(start, start + 2**26, 7, dtype=np.uint64).astype(np.uint32).view(np.float32)
        x = x[np.isfinite(x)]
        if x.size:
            with np.errstate(all="ignore"):
                wide = reference(x.astype(np.float64))
            assert error_in_ulps(run(write, x, target=target), wide) <= bound


@elementary
@dtypes
@pytest.mark.parametrize("lanes", [0, None])
def test_special_values(name: str, dtype: Any, lanes: int | None, target: str) -> None:
    """Zeros of both signs, infinities, NaN and the outermost numbers give what NumPy gives, signs of zeros included."""
    write, reference, _ = ELEMENTARY[name]
    largest, tiny = np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, largest, -largest, 1, -1e30, 1e30], dtype)
    with np.errstate(all="ignore"):
        expected = reference(x)
    actual = run(write, x, target=target, lanes=lanes)
    np.testing.assert_array_max_ulp(expected, actual, maxulp=1)
    np.testing.assert_array_equal(np.signbit(expected[x == 0]), np.signbit(actual[x == 0]))
    smallest = run(write, np.array([tiny, -tiny], dtype), target=target, lanes=lanes)
    if name in {"exponential", "sigmoid", "tanh"}:
        np.testing.assert_array_equal(reference(np.array([tiny, -tiny], dtype)), smallest)


@dtypes
@pytest.mark.parametrize("payload", [1, 0x1FF, 0x3FFFFF])
@pytest.mark.parametrize("name", ["exponential", "logarithm", "sigmoid", "tanh"])
def test_every_nan_stays_nan(name: str, dtype: Any, payload: int, target: str) -> None:
    """A NaN stays one whatever bits it has besides."""
    bits = np.array([np.nan, -np.nan], dtype).view(f"u{np.dtype(dtype).itemsize}")
    x = (bits | bits.dtype.type(payload)).view(dtype)
    assert np.isnan(run(ELEMENTARY[name][0], x, target=target)).all()


@dtypes
def test_exponential_overflows_where_it_must(dtype: Any, target: str) -> None:
    """The exponential is finite just below the logarithm of the largest number, and infinite just above it."""
    limit = np.log(np.array(np.finfo(dtype).max, WIDER[dtype])).astype(dtype)
    edges = np.array([np.nextafter(limit, dtype(0)), np.nextafter(limit, dtype(np.inf))])
    assert [True, False] == np.isfinite(run(vector_math.exponential, edges, target=target)).tolist()


@dtypes
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_large_arguments_give_the_limit(name: str, dtype: Any, target: str) -> None:
    """Far from 0 the sigmoid is exactly 1 or 0, and the hyperbolic tangent 1 or -1."""
    y = run(ELEMENTARY[name][0], np.array([50, -1000, np.inf, -np.inf], dtype), target=target)
    low = 0 if name == "sigmoid" else -1
    np.testing.assert_array_equal(np.array([1, low, 1, low], dtype), y)


@dtypes
def test_tanh_is_odd(dtype: Any, target: str) -> None:
    """The hyperbolic tangent of -x is minus that of x, to the last bit."""
    x = samples(dtype)
    np.testing.assert_array_equal(
        -run(vector_math.tanh, x, target=target), run(vector_math.tanh, -x, target=target), strict=True
    )


@dtypes
@pytest.mark.parametrize("name", ["exponential", "logarithm", "sigmoid", "tanh", "square_root"])
def test_nothing_is_called(name: str, dtype: Any, target: str) -> None:
    """The machine code of the elementary functions calls no function."""
    code = assembly(ELEMENTARY[name][0], np.dtype(dtype), named(target))
    assert "call" not in code


@pytest.mark.parametrize("name", ["exponential", "logarithm", "sigmoid", "tanh", "square_root"])
@dtypes
def test_code_for_arm(name: str, dtype: Any) -> None:
    """The same functions are vector code on 64-bit ARM, without calls."""
    arm = Target("arm", "generic", "", 16, 32)
    code = assembly(ELEMENTARY[name][0], np.dtype(dtype), arm, "aarch64-unknown-linux-gnu")
    assert "\tbl\t" not in code
    assert (".4s" if dtype is np.float32 else ".2d") in code


@cache
def power_of(exponent: float) -> Callable[..., Any]:
    """Return what writes a power."""
    return partial(vector_math.power, exponent=exponent)


@dtypes
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, 0.5, -0.5, -2, 5, 1.5, -3.25, 1 / 3, 1e300, -1e300])
@pytest.mark.parametrize("lanes", [0, None])
def test_power(exponent: float, dtype: Any, lanes: int | None, target: str) -> None:
    """Powers are within 2 units in the last place of NumPy's, of special values too."""
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 1e-30, 1e30, -1e30, -8]
    x = np.concatenate([special, np.linspace(0, 9, 1001)[1:]]).astype(dtype)
    with np.errstate(all="ignore"):
        expected = np.power(x, exponent)
    actual = run(power_of(exponent), x, target=target, lanes=lanes)
    np.testing.assert_array_max_ulp(expected, actual, maxulp=2)


@pytest.mark.parametrize(("write", "reference"), [(vector_math.maximum, np.maximum), (vector_math.minimum, np.minimum)])
@given(
    pair=st.sampled_from([np.float32, np.float64]).flatmap(
        lambda dtype: arrays.arrays(dtype, (2, 24), elements=st.floats(width=32), fill=st.just(np.nan))
    ),
    lanes=st.sampled_from([0, 4, None]),
)
def test_extrema(write: Any, reference: Any, pair: Array, lanes: int | None, target: str) -> None:
    """The larger and the smaller one are NumPy's, and NaN where one of both is."""
    np.testing.assert_array_equal(reference(*pair), run(write, *pair, target=target, lanes=lanes), strict=True)
