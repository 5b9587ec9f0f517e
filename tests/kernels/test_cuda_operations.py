"""The element-wise operations as CUDA code: compiled for GPUs, and run on the CPU against the op table's kernels."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.errors import DTypeError
from shapedmat.kernels.cuda.operations import element_type, expression, literal
from shapedmat.kernels.cuda.sources import source
from shapedmat.kernels.operations import emit_op, number
from shapedmat.kernels.supported import COMPARISONS, NAMES, check_operation
from tests.cuda.emulation import Program, emulated
from tests.cuda.nvrtc import ARCHITECTURES, Architecture, compiled
from tests.kernels.operands import EVERY, EXACT, FLOATS, OPERANDS, SIGNED, UNSIGNED, WHOLE, Array, rows, table
from tests.kernels.ulps import WIDER, double_has_a_reference, error_in_ulps, exact_sigmoid, samples

WHOLE_POWERS: Final = [0, 1, 2, 3, 7, 100, True]
POWERS: Final = [0, 1, 2, 3, 4, -1, 0.5, -0.5, -2, 5, 1.5, -3.25, 1 / 3, 1e30, np.inf, -np.inf]
TOLERANCES: Final = [(1e-5, 1e-8), (0.0, 0.0), (0.5, 1), (1e300, 0.0)]

FUNCTIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "sigmoid": exact_sigmoid,
}
"""What the functions are in wider numbers."""

NUMBERS: Final[dict[str, list[Any]]] = {
    "f": [0.0, -0.0, 0.1, -1.5, 1e-40, 5e-324, 1e300, -1e300, 2.0**24 + 1, np.pi, np.inf, -np.inf, np.nan],
    "i": [0, 1, -1, -128, 127],
    "u": [0, 1, 255],
    "b": [False, True, 0, 3],
}

Key = tuple[str, str, tuple[tuple[str, Any], ...]]


def parameters_of(name: str, dtype: str) -> list[dict[str, Any]]:
    """Return the parameters that an operation is tried with."""
    if name == "cast":
        return [{"dtype": target} for target in EVERY]
    if name == "is_close":
        return [{"rtol": rtol, "atol": atol} for rtol, atol in TOLERANCES]
    if name == "power":
        return [{"exponent": exponent} for exponent in (POWERS if dtype in FLOATS else WHOLE_POWERS)]
    return [{}]


def takes(name: str, dtype: str) -> bool:
    """Return whether an operation takes an element type."""
    try:
        check_operation(name, np.dtype(dtype))
    except DTypeError:
        return False
    return True


def result_type(name: str, dtype: str, parameters: Mapping[str, Any]) -> np.dtype[Any]:
    """Return the element type of an operation's result."""
    target: str = parameters.get("dtype", dtype)
    return np.dtype(bool if name in {*COMPARISONS, "is_close"} else target)


def numbers_of(dtype: str) -> list[Any]:
    """Return numbers that are written as literals: special ones, and the outermost of the element type."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return NUMBERS[kind]
    limits = np.finfo(dtype) if kind == "f" else np.iinfo(dtype)
    return [*NUMBERS[kind], *(np.dtype(dtype).type(each).item() for each in (limits.min, limits.max))]


def kernel(number: int, name: str, dtype: str, parameters: Mapping[str, Any]) -> str:
    """Return the CUDA source of a kernel that computes an operation for some elements."""
    count = OPERANDS.get(name, 1)
    kind, result = element_type(np.dtype(dtype)), element_type(result_type(name, dtype, parameters))
    pointers = ", ".join(f"const {kind}* {each}" for each in "ab"[:count])
    text = expression(name, [f"{each}[i]" for each in "ab"[:count]], [np.dtype(dtype)] * count, parameters)
    return f"""
extern "C" __global__ void kernel_{number}({pointers}, {result}* y, long long count) {{
  for (long long i = threadIdx.x; i < count; i += 32) {{
    y[i] = {text};
  }}
}}
"""


@cache
def kernels() -> dict[Key, tuple[str, str]]:
    """Return the names and sources of kernels for all operations, element types and parameters."""
    every = [(name, dtype) for name, dtype in product(sorted(NAMES), EVERY) if takes(name, dtype)]
    keys = [(name, dtype, each) for name, dtype in every for each in parameters_of(name, dtype)]
    return {
        (name, dtype, tuple(each.items())): (f"kernel_{number}", kernel(number, name, dtype, each))
        for number, (name, dtype, each) in enumerate(keys)
    }


@cache
def literals() -> dict[str, str]:
    """Return the sources of kernels that write numbers of each element type, by the types' names."""

    def stores(dtype: str) -> str:
        return " ".join(f"y[{i}] = {literal(each, np.dtype(dtype))};" for i, each in enumerate(numbers_of(dtype)))

    return {
        dtype: f'extern "C" __global__ void numbers_{dtype}({element_type(np.dtype(dtype))}* y) {{ {stores(dtype)} }}\n'
        for dtype in EVERY
    }


@pytest.fixture(scope="module")
def program() -> Program:
    """Return all kernels, compiled for the CPU."""
    texts = [text for _, text in kernels().values()]
    return emulated("".join([source("operations.cuh"), *texts, *literals().values()]))


def apply(program: Program, name: str, *operands: Array, **parameters: Any) -> Array:
    """Return the result of an operation on arrays of one shape."""
    dtype = operands[0].dtype.name
    flat = [np.ascontiguousarray(each).reshape(-1) for each in operands]
    y = np.empty(flat[0].size, result_type(name, dtype, parameters))
    kernel_name, _ = kernels()[name, dtype, tuple(parameters.items())]
    program.launch(kernel_name, 1, 32, [*flat, y, y.size])
    return y.reshape(operands[0].shape)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_compile_without_spills(architecture: Architecture) -> None:
    """NVIDIA's compiler accepts the operations for each architecture, warns of nothing, and needs no spills."""
    chosen = [each for (_, dtype, _), each in kernels().items() if dtype in {"float32", "float64", "int64", "uint8"}]
    texts = [text for _, text in chosen]
    report = compiled("".join([source("operations.cuh"), *texts, *literals().values()]), architecture)
    assert "" == report.log
    assert {*(name for name, _ in chosen), *(f"numbers_{dtype}" for dtype in EVERY)} == set(report.kernels)
    assert {0} == {each.spilled_bytes for each in report.kernels.values()}


@pytest.mark.parametrize("name", EXACT)
@given(operands=rows(2, FLOATS))
def test_operations_on_floats_are_exact(name: str, operands: Array, program: Program) -> None:
    """Operations that round once give NumPy's results to the last bit, for NaN, infinities and denormals too."""
    operands = operands[: OPERANDS.get(name, 1)]
    expected, actual = table(name, *operands), apply(program, name, *operands)
    np.testing.assert_array_equal(expected, actual, strict=True)
    is_number = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(expected[is_number]), np.signbit(actual[is_number]))


@pytest.mark.parametrize("name", [*EXACT, *COMPARISONS, "is_close", "relu", "relu_derivative"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values_of_exact_operations(name: str, dtype: Any, program: Program) -> None:
    """Every pair of zeros, infinities, NaN, denormals and outermost numbers gives NumPy's result, with NumPy's sign."""
    limits = np.finfo(dtype)
    sizes = [0.0, 1.0, 1.5, limits.smallest_subnormal, limits.tiny, limits.max, np.inf]
    values = np.array([*sizes, *np.negative(sizes), np.nan], dtype)
    operands = np.array([each.reshape(-1) for each in np.meshgrid(values, values)])[: OPERANDS.get(name, 1)]
    parameters = {"rtol": 1e-5, "atol": 1e-8} if name == "is_close" else {}
    expected, actual = table(name, *operands, **parameters), apply(program, name, *operands, **parameters)
    np.testing.assert_array_equal(expected, actual, strict=True)
    has_sign = ~np.isnan(expected) & ((expected != 0) | (name != "relu"))  # the larger one of two zeros is either
    np.testing.assert_array_equal(np.copysign(1, expected[has_sign]), np.copysign(1, actual[has_sign]))


@pytest.mark.parametrize("name", WHOLE)
@given(operands=rows(2, [*SIGNED, *UNSIGNED]))
def test_operations_on_integers_wrap_around(name: str, operands: Array, program: Program) -> None:
    """Operations on integers of all sizes give NumPy's results, beyond their ranges too."""
    operands = operands[: OPERANDS.get(name, 1)]
    np.testing.assert_array_equal(table(name, *operands), apply(program, name, *operands), strict=True)


@pytest.mark.parametrize("name", COMPARISONS)
@given(operands=rows(2, EVERY))
def test_comparisons(name: str, operands: Array, program: Program) -> None:
    """Comparisons of every element type give NumPy's truth values, for NaN and numbers of both signs too."""
    np.testing.assert_array_equal(table(name, *operands), apply(program, name, *operands), strict=True)


@given(operands=rows(2, EVERY), tolerances=st.sampled_from(TOLERANCES))
def test_is_close(operands: Array, tolerances: tuple[float, float], program: Program) -> None:
    """Closeness is NumPy's, whole numbers and truth values included."""
    rtol, atol = tolerances
    expected = table("is_close", *operands, rtol=rtol, atol=atol)
    np.testing.assert_array_equal(expected, apply(program, "is_close", *operands, rtol=rtol, atol=atol), strict=True)


@pytest.mark.parametrize("name", ["relu", "relu_derivative", "sigmoid_derivative", "tanh_derivative"])
@given(operands=rows(1, FLOATS))
def test_activations_of_products(name: str, operands: Array, program: Program) -> None:
    """ReLU and the derivatives of activations are the table's, but that a product may not be rounded before a sum."""
    a = operands[0]
    expected, actual = table(name, a), apply(program, name, a)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(expected[~finite], actual[~finite], strict=True)
    a, expected, actual = a[finite], expected[finite], actual[finite]
    tolerance = np.finfo(a.dtype).eps * (1 + a * a) if name in {"sigmoid_derivative", "tanh_derivative"} else 0
    assert np.all(np.abs(expected - actual) <= tolerance)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_err_by_few_ulps(name: str, dtype: Any, program: Program) -> None:
    """Over the whole range, denormal results included, functions made of the C library's err by 2½ ulps at most."""
    if dtype is np.float64 and not double_has_a_reference:
        pytest.skip("long double is no wider than double here")
    with np.errstate(all="ignore"):
        exact = FUNCTIONS[name](samples(dtype).astype(WIDER[dtype]))
    bound = 0.5 if name == "sqrt" else 2.5
    assert error_in_ulps(apply(program, name, samples(dtype)), exact) <= bound


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_special_values(name: str, dtype: Any, program: Program) -> None:
    """Zeros of both signs, infinities, NaN and the outermost numbers give what NumPy gives, signs of zeros included."""
    largest = np.finfo(dtype).max
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, largest, -largest, 1, -1e30, 1e30], dtype)
    with np.errstate(all="ignore"):
        expected = FUNCTIONS[name](x)
    actual = apply(program, name, x)
    np.testing.assert_array_max_ulp(expected, actual, maxulp=1)
    np.testing.assert_array_equal(np.signbit(expected[x == 0]), np.signbit(actual[x == 0]))


@pytest.mark.parametrize("exponent", WHOLE_POWERS)
@given(operands=rows(1, [*SIGNED, *UNSIGNED]))
def test_power_of_integers(exponent: int, operands: Array, program: Program) -> None:
    """Whole powers of integers wrap around as NumPy's do."""
    expected = table("power", operands[0], exponent=exponent)
    np.testing.assert_array_equal(expected, apply(program, "power", operands[0], exponent=exponent), strict=True)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("exponent", POWERS)
def test_power_of_floats(exponent: float, dtype: str, program: Program) -> None:
    """Powers are within 2 units in the last place of NumPy's, of special values too."""
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 1e-30, 1e30, -1e30, -8]
    x = np.concatenate([special, np.linspace(0, 9, 1001)[1:]]).astype(dtype)
    expected = table("power", x, exponent=exponent)
    np.testing.assert_array_max_ulp(expected, apply(program, "power", x, exponent=exponent), maxulp=2)


@pytest.mark.parametrize("dtype", EVERY)
@given(operands=rows(1, EVERY))
def test_cast(dtype: str, operands: Array, program: Program) -> None:
    """A cast is NumPy's astype, wherever that is defined."""
    x = operands[0]
    if x.dtype.kind == "f" and np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        low, high = (np.array(limit, x.dtype) for limit in (limits.min, limits.max))
        x = np.where((x >= low) & (x < high), x, 0)
    with np.errstate(over="ignore"):
        expected = x.astype(dtype)
    np.testing.assert_array_equal(expected, apply(program, "cast", x, dtype=dtype), strict=True)


@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("dtype", [*SIGNED, *UNSIGNED])
def test_cast_at_and_beyond_the_limits(source: str, dtype: str, program: Program) -> None:
    """Fractions are cut off; what an integer cannot hold gives the nearest one that it can, and NaN gives 0."""
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    edges = np.array([low - 1, low, high, high + 1, -1, 0, 1], source)
    near = [np.nextafter(edges, edges.dtype.type(side)) for side in (-np.inf, np.inf)]
    x = np.concatenate([edges, *near, np.array([-0.5, 0.5, 1e30, -1e30], source)])
    expected = np.array([min(max(int(each), low), high) for each in x.tolist()], dtype)
    np.testing.assert_array_equal(expected, apply(program, "cast", x, dtype=dtype), strict=True)
    outside = apply(program, "cast", np.array([np.nan, np.inf, -np.inf], source), dtype=dtype)
    np.testing.assert_array_equal(np.array([0, high, low], dtype), outside, strict=True)


@pytest.mark.parametrize("dtype", EVERY)
def test_literals_are_exact(dtype: str, program: Program) -> None:
    """Numbers are written to the last bit, as NumPy rounds them, and so are infinities, NaN and the outermost ones."""
    with np.errstate(over="ignore"):
        expected = np.array([np.dtype(dtype).type(each) for each in numbers_of(dtype)])
    actual = np.empty_like(expected)
    program.launch(f"numbers_{dtype}", 1, 1, [actual])
    np.testing.assert_array_equal(expected, actual, strict=True)
    np.testing.assert_array_equal(np.signbit(expected), np.signbit(actual))


@given(value=st.floats(allow_nan=False, allow_infinity=False), dtype=st.sampled_from(FLOATS))
def test_floating_literals_hold_every_bit(value: float, dtype: str) -> None:
    """The digits of a floating-point number are those of the nearest one of the element type."""
    with np.errstate(over="ignore"):
        expected = float(np.dtype(dtype).type(value))
    if np.isfinite(expected):
        assert expected == float.fromhex(literal(value, np.dtype(dtype)).strip("()f"))


@pytest.mark.parametrize(
    ("name", "dtype", "parameters"),
    [
        ("exp", "int64", {}),
        ("divide", "int32", {}),
        ("add", "bool", {}),
        ("add", "float16", {}),
        ("equal", "complex64", {}),
        ("is_close", "float16", {"rtol": 0.0, "atol": 0.0}),
        ("power", "int32", {"exponent": -1}),
        ("power", "uint8", {"exponent": 0.5}),
        ("power", "uint8", {"exponent": 300}),
    ],
)
def test_refusals_are_those_of_the_processors_code(name: str, dtype: str, parameters: dict[str, Any]) -> None:
    """What the code for the processor refuses is refused with the same error and the same words."""
    dtypes = [np.dtype(dtype)] * 2
    with pytest.raises((DTypeError, ValueError, OverflowError)) as expected:
        emit_op(None, name, [None, None], dtypes, parameters)  # type: ignore[arg-type]  # it is refused before any code
    with pytest.raises(type(expected.value)) as actual:
        expression(name, ["a", "b"], dtypes, parameters)
    assert str(expected.value) == str(actual.value)


def test_a_cast_to_another_element_type_is_refused() -> None:
    """There is no cast to an element type for which there is no code."""
    with pytest.raises(
        DTypeError, match=r"^no code can be generated for float16: convert with \.astype\(np\.float32\)$"
    ):
        expression("cast", ["x"], [np.dtype(np.float32)], {"dtype": np.float16})


def test_a_number_beyond_the_integers_is_refused() -> None:
    """A Python integer that an element type cannot hold is refused as by the code for the processor."""
    with pytest.raises(OverflowError) as expected:
        number(np.dtype(np.uint8), 300)
    with pytest.raises(OverflowError) as actual:
        literal(300, np.dtype(np.uint8))
    assert str(expected.value) == str(actual.value)


def test_llvm_stays_unimported() -> None:
    """What writes CUDA code needs no LLVM."""
    program = "import sys, shapedmat.kernels.cuda.operations; sys.exit('llvmlite' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", program], check=False).returncode
