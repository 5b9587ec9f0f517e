"""The element-wise operations as written code, against the op table's kernels."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.errors import BackendError, DTypeError
from shapedmat.kernels.operations import emit_op, number, register_type
from shapedmat.kernels.supported import COMPARISONS, NAMES
from shapedmat.kernels.target import NAMES as TARGETS
from shapedmat.kernels.target import Target, named
from shapedmat.ops import OPS
from tests.kernels.emitted import Array, apply, assembly, operation
from tests.kernels.operands import EVERY, EXACT, FLOATS, OPERANDS, SIGNED, UNSIGNED, WHOLE, rows, table

LANES: Final = st.sampled_from([0, 4, None])


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    """Run the test for each target that this processor can run."""
    try:
        named(request.param)
    except BackendError as error:
        pytest.skip(str(error))
    name: str = request.param
    return name


def test_the_tables_operations_are_covered() -> None:
    """There is code for every operation of the table that is computed element by element, but a Python function's.

    Some are one of these by another name, or several of them.
    """
    named_otherwise = "hadamard differences accumulate"
    others = "softmax log_softmax map matmul outer sum mean max min argmax argmin all any norm row_norms distances"
    moved = "transpose reshape broadcast hstack vstack index scatter assign"
    assert set(OPS) - NAMES <= set(f"{named_otherwise} {others} {moved}".split())
    assert NAMES <= set(OPS)


@pytest.mark.parametrize("name", EXACT)
@given(operands=rows(2, FLOATS), lanes=LANES)
def test_operations_on_floats_are_exact(name: str, operands: Array, lanes: int | None, target: str) -> None:
    """Operations that round once give NumPy's results to the last bit, for NaN, infinities and denormals too."""
    operands = operands[: OPERANDS.get(name, 1)]
    expected = table(name, *operands)
    actual = apply(name, *operands, target=target, lanes=lanes)
    np.testing.assert_array_equal(expected, actual, strict=True)
    is_number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(expected[is_number]), np.signbit(actual[is_number]))


@pytest.mark.parametrize("name", WHOLE)
@given(operands=rows(2, [*SIGNED, *UNSIGNED]), lanes=LANES)
def test_operations_on_integers_wrap_around(name: str, operands: Array, lanes: int | None, target: str) -> None:
    """Operations on integers of all sizes give NumPy's results, beyond their ranges too."""
    operands = operands[: OPERANDS.get(name, 1)]
    np.testing.assert_array_equal(
        table(name, *operands), apply(name, *operands, target=target, lanes=lanes), strict=True
    )


@pytest.mark.parametrize("name", COMPARISONS)
@given(operands=rows(2, EVERY), lanes=LANES)
def test_comparisons(name: str, operands: Array, lanes: int | None, target: str) -> None:
    """Comparisons of every element type give NumPy's truth values, for NaN and numbers of both signs too."""
    np.testing.assert_array_equal(
        table(name, *operands), apply(name, *operands, target=target, lanes=lanes), strict=True
    )


@given(
    operands=rows(2, EVERY),
    lanes=LANES,
    tolerances=st.sampled_from([(1e-5, 1e-8), (0.0, 0.0), (0.5, 1), (1e300, 0.0)]),
)
def test_is_close(operands: Array, lanes: int | None, tolerances: tuple[float, float], target: str) -> None:
    """Closeness is NumPy's, whole numbers and truth values included."""
    rtol, atol = tolerances
    expected = table("is_close", *operands, rtol=rtol, atol=atol)
    actual = apply("is_close", *operands, target=target, lanes=lanes, rtol=rtol, atol=atol)
    np.testing.assert_array_equal(expected, actual, strict=True)


@pytest.mark.parametrize("name", ["relu", "relu_derivative", "sigmoid_derivative", "tanh_derivative"])
@given(operands=rows(1, FLOATS), lanes=LANES)
def test_activations_of_products(name: str, operands: Array, lanes: int | None, target: str) -> None:
    """ReLU and the derivatives of activations are the table's, but that a product may not be rounded before a sum."""
    a = operands[0]
    expected, actual = table(name, a), apply(name, a, target=target, lanes=lanes)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(expected[~finite], actual[~finite], strict=True)
    a, expected, actual = a[finite], expected[finite], actual[finite]
    tolerance = np.finfo(a.dtype).eps * (1 + a * a) if name in {"sigmoid_derivative", "tanh_derivative"} else 0
    assert np.all(np.abs(expected - actual) <= tolerance)


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "sigmoid", "tanh", "sqrt"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_functions(name: str, dtype: str, target: str) -> None:
    """The elementary functions are the table's within 5 units in the last place."""
    x = np.linspace(0.01, 9, 999).astype(dtype)
    np.testing.assert_array_max_ulp(table(name, x), apply(name, x, target=target), maxulp=5)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, 100, True])
@given(operands=rows(1, [*SIGNED, *UNSIGNED]), lanes=LANES)
def test_power_of_integers(exponent: int, operands: Array, lanes: int | None, target: str) -> None:
    """Whole powers of integers wrap around as NumPy's do."""
    expected = table("power", operands[0], exponent=exponent)
    np.testing.assert_array_equal(
        expected, apply("power", operands[0], target=target, lanes=lanes, exponent=exponent), strict=True
    )


@pytest.mark.parametrize("exponent", [2, 0.5, -1.0])
def test_power_of_floats(exponent: float, target: str) -> None:
    """A power is NumPy's, whether the exponent is whole or not."""
    x = np.linspace(0.5, 4, 99, dtype=np.float32)
    np.testing.assert_array_max_ulp(
        table("power", x, exponent=exponent), apply("power", x, target=target, exponent=exponent), maxulp=1
    )


@pytest.mark.parametrize("dtype", EVERY)
@given(operands=rows(1, EVERY), lanes=LANES)
def test_cast(dtype: str, operands: Array, lanes: int | None, target: str) -> None:
    """A cast is NumPy's astype, wherever that is defined."""
    x = operands[0]
    if x.dtype.kind == "f" and np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        low, high = (np.array(limit, x.dtype) for limit in (limits.min, limits.max))
        x = np.where((x >= low) & (x < high), x, 0)
    with np.errstate(over="ignore"):
        expected = x.astype(dtype)
    np.testing.assert_array_equal(expected, apply("cast", x, target=target, lanes=lanes, dtype=dtype), strict=True)


@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("dtype", [*SIGNED, *UNSIGNED])
@pytest.mark.parametrize("lanes", [0, None])
def test_cast_beyond_the_range(source: str, dtype: str, lanes: int | None, target: str) -> None:
    """What an integer cannot hold gives the nearest one that it can, and NaN gives 0."""
    x = np.array([1e30, np.inf, -1e30, -np.inf, np.nan], source)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    expected = np.array([high, high, low, low, 0], dtype)
    np.testing.assert_array_equal(expected, apply("cast", x, target=target, lanes=lanes, dtype=dtype), strict=True)


@pytest.mark.parametrize("dtype", EVERY)
def test_cast_takes_types_in_every_form(dtype: str) -> None:
    """The parameter of a cast may be a NumPy scalar type, as in ``astype(np.float32)``."""
    x = np.ones(3, np.int32)
    np.testing.assert_array_equal(x.astype(dtype), apply("cast", x, dtype=np.dtype(dtype).type), strict=True)


@pytest.mark.parametrize("source", EVERY)
@pytest.mark.parametrize("dtype", EVERY)
def test_casts_for_arm(source: str, dtype: str) -> None:
    """There is machine code of every cast for 64-bit ARM, which calls nothing."""
    arm = Target("arm", "generic", "", 16, 32)
    write = operation("cast", (np.dtype(source),), (("dtype", dtype),))
    code = assembly(write, np.dtype(source), arm, "aarch64-unknown-linux-gnu", result=np.dtype(dtype))
    assert "\tret" in code
    assert "\tbl\t" not in code


def test_numba_stays_unimported() -> None:
    """What writes code is loaded without Numba, whose import takes longer than to write and to compile a function."""
    program = "import sys, shapedmat.kernels.operations; sys.exit('numba' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", program], check=False).returncode


def test_register_types() -> None:
    """Truth values are single bits in registers, and numbers what they are in memory."""
    kinds = [str(register_type(np.dtype(dtype), lanes)) for dtype, lanes in (("bool", 8), ("uint8", 0), ("float64", 2))]
    assert ["<8 x i1>", "i8", "<2 x double>"] == kinds


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [("float32", 1e300, np.inf), ("float32", 0.1, float(np.float32(0.1))), ("uint8", 255, 255), ("int8", -128, -128)],
)
def test_numbers_are_rounded_as_by_numpy(dtype: str, value: float, expected: float) -> None:
    """A number becomes the nearest one of the element type."""
    assert expected == number(np.dtype(dtype), value).constant


def test_a_number_beyond_the_integers_is_refused() -> None:
    """A Python integer that an element type cannot hold is refused, in NumPy's words."""
    with pytest.raises(OverflowError, match="Python integer 300 out of bounds for uint8"):
        number(np.dtype(np.uint8), 300)


@pytest.mark.parametrize("exponent", [-1, -2])
def test_negative_power_of_integers_is_refused(exponent: int) -> None:
    """A negative power of integers is refused, in NumPy's words."""
    with pytest.raises(ValueError, match=r"^Integers to negative integer powers are not allowed\.$"):
        apply("power", np.ones(1, np.int32), exponent=exponent)


def test_power_of_integers_that_is_not_whole_is_refused() -> None:
    """A power of integers that is not whole is refused."""
    with pytest.raises(
        ValueError, match=r"^cannot raise int32 to the power 0\.5: convert with \.astype\(np\.float64\)$"
    ):
        apply("power", np.ones(1, np.int32), exponent=0.5)


@pytest.mark.parametrize(("name", "action"), [("exp", "take the exp of"), ("divide", "divide")])
def test_functions_of_integers_are_refused(name: str, action: str) -> None:
    """An operation on floating-point numbers refuses integers, in the words of the matrix's operation."""
    with pytest.raises(DTypeError, match=rf"^cannot {action} int64: convert with \.astype\(np\.float32\)$"):
        apply(name, *[np.ones(1, np.int64)] * OPERANDS.get(name, 1))


@pytest.mark.parametrize("dtype", ["float16", "complex64"])
@pytest.mark.parametrize(("name", "parameters"), [("add", {}), ("equal", {}), ("is_close", {"rtol": 0, "atol": 0})])
def test_other_element_types_are_refused(name: str, parameters: dict[str, Any], dtype: str) -> None:
    """Element types for which there is no code are refused."""
    with pytest.raises(
        DTypeError, match=rf"^no code can be generated for {dtype}: convert with \.astype\(np\.float32\)$"
    ):
        emit_op(None, name, [None, None], [np.dtype(dtype)] * 2, parameters)  # type: ignore[arg-type]  # before any code
