"""Sine and cosine as written code, against wider numbers, for every target that this processor can run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from shapedmat.errors import BackendError
from shapedmat.kernels import trigonometry
from shapedmat.kernels.target import NAMES, named
from tests.kernels.emitted import Array, assembly, run

WAVES: Final[list[tuple[Callable[..., Any], Callable[[Array], Array]]]] = [
    (trigonometry.sine, np.sin),
    (trigonometry.cosine, np.cos),
]

waves = pytest.mark.parametrize(("write", "reference"), WAVES)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
lanes_or_not = pytest.mark.parametrize("lanes", [0, 3, None])


@pytest.fixture(params=NAMES)
def target(request: pytest.FixtureRequest) -> str:
    """Run the test for each target that this processor can run."""
    try:
        named(request.param)
    except BackendError as error:
        pytest.skip(str(error))
    name: str = request.param
    return name


@waves
@lanes_or_not
def test_float32_err_by_one_ulp(write: Any, reference: Any, lanes: int | None, target: str) -> None:
    """Sine and cosine of float32 are within a unit in the last place, of multiples of π/2 and of large numbers too."""
    bits = np.arange(0, 2**31, 26_407, dtype=np.uint64).astype(np.uint32).view(np.float32)
    near = np.concatenate([np.linspace(-20, 20, 40_001), np.arange(650_000) * (np.pi / 2)]).astype(np.float32)
    x = np.concatenate([near, bits[np.isfinite(bits)]])
    exact = reference(x.astype(np.float64))
    actual = run(write, x, target=target, lanes=lanes)
    unit = np.spacing(np.abs(exact.astype(np.float32))).astype(np.float64)
    assert np.max(np.abs(actual - exact) / unit) <= 1


@waves
@lanes_or_not
def test_float64_err_by_few_ulps(write: Any, reference: Any, lanes: int | None, target: str) -> None:
    """Sine and cosine of float64 are NumPy's within 2 units in the last place."""
    x = np.concatenate([np.linspace(-20, 20, 4001), [1e5, -1e9, 1e300]])
    np.testing.assert_array_max_ulp(reference(x), run(write, x, target=target, lanes=lanes), maxulp=2)


@waves
@dtypes
@lanes_or_not
def test_large_lanes_leave_others_alone(write: Any, reference: Any, dtype: Any, lanes: int | None, target: str) -> None:
    """Lanes beside one that is computed otherwise, because it is large, are correct too."""
    x = np.where(np.arange(200) % 7 == 3, 1e30, np.linspace(-9, 9, 200)).astype(dtype)
    expected = reference(x.astype(np.float64)).astype(dtype)
    np.testing.assert_array_max_ulp(expected, run(write, x, target=target, lanes=lanes), maxulp=2)


@waves
@dtypes
@lanes_or_not
def test_infinities_give_nan(write: Any, reference: Any, dtype: Any, lanes: int | None, target: str) -> None:
    """Sine and cosine of infinities and NaN are NaN, and those of the lanes beside them are not."""
    x = np.array([np.inf, 1, -np.inf, 2, np.nan, 3], dtype)
    np.testing.assert_array_equal(~np.isfinite(x), np.isnan(run(write, x, target=target, lanes=lanes)))


@dtypes
@lanes_or_not
def test_zeros(dtype: Any, lanes: int | None, target: str) -> None:
    """The sine of a zero has its sign, and the cosine is exactly 1."""
    zeros = np.array([0.0, -0.0], dtype)
    assert [False, True] == np.signbit(run(trigonometry.sine, zeros, target=target, lanes=lanes)).tolist()
    assert [1, 1] == run(trigonometry.cosine, zeros, target=target, lanes=lanes).tolist()


@waves
@pytest.mark.parametrize("count", [1, 5])
def test_code_is_written_once(write: Any, reference: Any, count: int, target: str) -> None:
    """However often a function is used, its code is in the module once."""

    def repeated(emitter: Any, x: Any) -> Any:
        for _ in range(count):
            x = write(emitter, x)
        return x

    def length(write: Any) -> int:
        return len(assembly(write, np.dtype(np.float32), named(target)).splitlines())

    assert length(repeated) < length(write) + 40 * count
