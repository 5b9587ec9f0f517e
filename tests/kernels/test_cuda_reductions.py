"""Reductions as CUDA code: compiled for GPUs, and run on the CPU against NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.errors import DTypeError
from shapedmat.kernels.cuda.operations import element_type, reduction
from shapedmat.kernels.cuda.sources import source
from shapedmat.ops import OPS
from tests.cuda.emulation import Program, emulated
from tests.cuda.nvrtc import ARCHITECTURES, Architecture, compiled
from tests.kernels.operands import EVERY, FLOATS, SIGNED, UNSIGNED, Array, rows

NUMBERS: Final = [*FLOATS, *SIGNED, *UNSIGNED]
REDUCTIONS: Final = ["sum", "max", "min", "argmax", "argmin", "all", "any"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to share lines among threads.

    Attributes:
        name: its name.
        function: the C++ function, with its template arguments.
        threads: the threads of a block.
        lines: the lines that a block reduces.
        is_down: whether the lines are the columns of a row-major matrix, and not its rows.
    """

    name: str
    function: str
    threads: int
    lines: int
    is_down: bool = False

    @property
    def threads_per_line(self) -> int:
        """How many threads share a line."""
        return self.threads // self.lines

    def shared_bytes(self, value_bytes: int) -> int:
        """Return the shared memory that a block needs for values of so many bytes."""
        warps = self.threads // 32 if self.name == "block" else 0
        return value_bytes * (self.threads if self.is_down else warps)


WAYS: Final = [
    *(Way(f"{lanes}_lanes", f"reduce_line<{lanes}>", 32, 32 // lanes) for lanes in (1, 2, 4, 8, 16, 32)),
    Way("block", "reduce_line<96>", 96, 1),
    Way("neighbours", "reduce_lines<64, 16>", 64, 16, is_down=True),
]
"""A line for some lanes of a warp, one for a block of three warps, and neighbours for a block of two."""

WAYS_OF_EVERY_TYPE: Final = [way for way in WAYS if way.name in {"8_lanes", "block"}]
"""Those in which lanes exchange values; in all of them floating-point numbers alone are reduced."""

ways = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
ways_of_every_type = pytest.mark.parametrize("way", WAYS_OF_EVERY_TYPE, ids=lambda way: way.name)


def result_type(name: str, dtype: str) -> np.dtype[Any]:
    """Return the element type of a reduction's result."""
    return np.dtype("int64" if name.startswith("arg") else "bool" if name in {"all", "any"} else dtype)


def value_bytes(name: str, dtype: str) -> int:
    """Return the bytes of what threads exchange: an element and its place, a truth value, or an element."""
    return 16 if name.startswith("arg") else result_type(name, dtype).itemsize


def kernel(name: str, dtype: str, way: Way) -> str:
    """Return the CUDA source of a kernel, each of whose threads writes what it is told of its lines in two matrices.

    There are two, as the memory that is shared for the first one must be free for the second.
    """
    monoid, result = reduction(name, np.dtype(dtype)), element_type(result_type(name, dtype))
    line = f"thread % {way.lines}" if way.is_down else f"thread / {way.threads_per_line}"
    place = "place * lines + line" if way.is_down else "line * length + place"
    size = way.shared_bytes(value_bytes(name, dtype))
    bytes_of = "LINES_BYTES" if way.is_down else "BLOCK_BYTES"
    check = f"static_assert({bytes_of}<{monoid}, {way.threads}> == {size});" if size else ""
    call = f"{way.function}({monoid}{{}}, size, load{', shared_memory()' if size else ''})"
    return f"""
extern "C" __global__ void {name}_{dtype}_{way.name}(const {element_type(np.dtype(dtype))}* x, {result}* y,
                                                     long long lines, long long length) {{
  using namespace shapedmat;
  using namespace shapedmat::reductions;
  {check}
  const int thread = threadIdx.x;
  const long long line = (long long)(blockIdx.x) * {way.lines} + {line};
  const long long size = line < lines ? length : 0;
  {result}* const own = y + ((long long)(blockIdx.x) * {way.threads} + thread) * 2;
#pragma unroll 1
  for (int each = 0; each < 2; ++each) {{
    const auto load = [&](long long place) {{ return x[each * lines * length + {place}]; }};
    own[each] = {monoid}::result({call});
  }}
}}
"""


@cache
def kernels() -> dict[str, str]:
    """Return the sources of all kernels by their names."""
    types = {name: EVERY if name in {"all", "any"} else NUMBERS for name in REDUCTIONS}
    return {
        f"{name}_{dtype}_{way.name}": kernel(name, dtype, way)
        for name in REDUCTIONS
        for dtype in types[name]
        for way in (WAYS if dtype in FLOATS else WAYS_OF_EVERY_TYPE)
    }


@pytest.fixture(scope="module")
def program() -> Program:
    """Return all kernels, compiled for the CPU."""
    return emulated(source("reductions.cuh") + "".join(kernels().values()))


def reduced(program: Program, name: str, way: Way, lines: Array, *, backwards: bool = False) -> Array:
    """Return what each thread of each line is told, one line a row; also of lines that are not there, at the end.

    The second matrix has the same lines in the opposite order, and must have the same results.
    """
    count, length = lines.shape
    blocks = -(-count // way.lines)
    dtype = lines.dtype.name
    x = np.ascontiguousarray([each.T if way.is_down else each for each in (lines, lines[::-1])])
    y = np.empty((blocks, way.threads, 2), result_type(name, dtype))
    shared_bytes = way.shared_bytes(value_bytes(name, dtype))
    kernel_name, arguments = f"{name}_{dtype}_{way.name}", [x, y, count, length]
    program.launch(kernel_name, blocks, way.threads, arguments, shared_bytes=shared_bytes, backwards=backwards)
    if way.is_down:
        y = y.reshape(blocks, way.threads_per_line, way.lines, 2).swapaxes(1, 2)
    first, second = np.moveaxis(y.reshape(blocks * way.lines, way.threads_per_line, 2), 2, 0)
    np.testing.assert_array_equal(first[:count], second[:count][::-1])
    return first


def table(name: str, lines: Array) -> Array:
    """Return the results of the op table's kernel, one a row."""
    with np.errstate(all="ignore"):
        result: Array = OPS[name].kernel(np, lines, axis=1)
    return result


def most_additions(length: int, threads: int) -> int:
    """Return in how many additions a term of a line takes part at most."""
    terms = math.ceil(length / threads)
    return (terms - 1 if terms <= 64 else 126 + terms // 4096) + math.ceil(math.log2(threads))


def assert_sums_are_close(lines: Array, sums: Array, threads: int) -> None:
    """Compare sums with exact ones, by the bound that is stated for so many threads a line."""
    unit = np.finfo(lines.dtype).eps / 2
    additions = most_additions(lines.shape[1], threads)
    for line, told in zip(lines.astype(np.float64), sums.astype(np.float64), strict=True):
        error = max(abs(math.fsum([*line, -each])) for each in told)
        assert error <= additions * unit / (1 - additions * unit) * math.fsum(abs(line))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_compile_without_spills(architecture: Architecture) -> None:
    """NVIDIA's compiler accepts reductions for each architecture, warns of nothing, and needs no spills."""
    chosen = {name: text for name, text in kernels().items() if "_float64_" in name or name.endswith("int8_block")}
    report = compiled(source("reductions.cuh") + "".join(chosen.values()), architecture)
    assert "" == report.log
    assert set(chosen) == set(report.kernels)
    assert {0} == {each.spilled_bytes for each in report.kernels.values()}


@ways_of_every_type
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin", "all", "any"])
@given(data=st.data(), backwards=st.booleans())
def test_reductions_are_exact(name: str, way: Way, data: st.DataObject, backwards: bool, program: Program) -> None:
    """Extremes, places and truths of every element type are NumPy's, and every thread of a line is told them."""
    lines = data.draw(rows(5, EVERY if name in {"all", "any"} else NUMBERS))
    expected = np.broadcast_to(table(name, lines), (5, way.threads_per_line))
    actual = reduced(program, name, way, lines, backwards=backwards)[:5]
    np.testing.assert_array_equal(expected, actual, strict=True)


@ways_of_every_type
@given(lines=rows(5, [*SIGNED, *UNSIGNED]))
def test_whole_sums_wrap_around(way: Way, lines: Array, program: Program) -> None:
    """Sums of integers are of their own type, and beyond its range NumPy's."""
    expected = np.broadcast_to(table("sum", lines), (5, way.threads_per_line))
    np.testing.assert_array_equal(expected, reduced(program, "sum", way, lines)[:5], strict=True)


@ways
@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("length", [1, 31, 33, 200])
def test_lines_of_any_length_and_number(name: str, length: int, way: Way, program: Program) -> None:
    """Every way to share a line gives NumPy's results, for lines that end before some of their threads begin, too."""
    lines = np.random.default_rng(length).integers(-3, 4, (37, length)).astype(np.float32)
    expected = np.broadcast_to(table(name, lines), (37, way.threads_per_line))
    np.testing.assert_array_equal(expected, reduced(program, name, way, lines)[:37], strict=True)


@ways
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("length", [1, 64, 65, 1000, 4097])
def test_sums_err_little(length: int, dtype: str, way: Way, program: Program) -> None:
    """The error of a sum is within the bound that is stated for its terms and threads, and all threads have one sum."""
    lines = np.random.default_rng(length).normal(1, 1, (3, length)).astype(dtype)
    sums = reduced(program, "sum", way, lines)[:3]
    np.testing.assert_array_equal(np.broadcast_to(sums[:, :1], sums.shape), sums)
    assert_sums_are_close(lines, sums, way.threads_per_line)


def test_a_long_sum_of_one_thread_errs_little(program: Program) -> None:
    """A sum of half a million terms by one thread has a bound that adding one after the other exceeds."""
    lines = np.full((1, 500_000), 0.1, np.float32)
    naive = np.add.accumulate(lines, axis=1, dtype=np.float32)[:, -1:]
    with pytest.raises(AssertionError):
        assert_sums_are_close(lines, naive, 1)
    assert_sums_are_close(lines, reduced(program, "sum", WAYS[0], lines)[:1], 1)


@ways
def test_sums_do_not_depend_on_the_grid(way: Way, program: Program) -> None:
    """A line has the same sum, to the last bit, alone and among others, and in whatever order threads run."""
    lines = np.random.default_rng(0).normal(size=(70, 300)).astype(np.float32)
    together = reduced(program, "sum", way, lines, backwards=True)[:70]
    alone = np.concatenate([reduced(program, "sum", way, line[None])[:1] for line in lines[::23]])
    np.testing.assert_array_equal(together[::23], alone, strict=True)


@ways
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_first_nan_is_the_extreme(dtype: str, way: Way, program: Program) -> None:
    """NaN is larger and smaller than any number, and the first one's place is told; sums are NaN too."""
    line = np.ones((1, 200), dtype)
    line[0, [3, 50, 51]] = np.inf, -np.inf, 7
    line[0, [77, 150]] = np.nan
    told = {name: np.unique(reduced(program, name, way, line)[0]).tolist() for name in REDUCTIONS}
    assert [77] == told["argmax"] == told["argmin"]
    assert [[True]] * 3 == [np.isnan(told[name]).tolist() for name in ("max", "min", "sum")]
    assert [True] == told["all"] == told["any"]


@ways
@pytest.mark.parametrize("name", ["max", "min"])
def test_threads_agree_on_the_sign_of_zero(name: str, way: Way, program: Program) -> None:
    """Of zeros of both signs all threads of a line are told the same one."""
    line = np.zeros((1, 200), np.float32)
    line[0, ::3] = -0.0
    assert 1 == len(set(np.signbit(reduced(program, name, way, line)[0]).tolist()))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sum", 0),
        ("max", -np.inf),
        ("min", np.inf),
        ("argmax", 2**63 - 1),
        ("argmin", 2**63 - 1),
        ("all", True),
        ("any", False),
    ],
)
@ways
def test_an_empty_line_gives_what_changes_nothing(name: str, expected: float, way: Way, program: Program) -> None:
    """A line without elements, and threads without a line, have the value that changes none that it meets."""
    assert [expected] == np.unique(reduced(program, name, way, np.empty((3, 0), np.float32))).tolist()


@pytest.mark.parametrize(("name", "action"), [("sum", "sum"), ("argmax", "take the argmax of")])
def test_reductions_of_truth_values_are_refused(name: str, action: str) -> None:
    """Sums and extremes of truth values are refused, in the words of the matrix's operation."""
    with pytest.raises(DTypeError, match=rf"^cannot {action} bool: convert with \.astype\(np\.float32\)$"):
        reduction(name, np.dtype(bool))


def test_other_element_types_are_refused() -> None:
    """Element types for which there is no code are refused."""
    with pytest.raises(
        DTypeError, match=r"^no code can be generated for float16: convert with \.astype\(np\.float32\)$"
    ):
        reduction("sum", np.dtype(np.float16))
