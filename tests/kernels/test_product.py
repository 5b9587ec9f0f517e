"""The matrix product of the numba backend, against NumPy in float64."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import partial
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat.backends import numba as backend
from shapedmat.errors import BackendError
from shapedmat.kernels import blocking, compiling, product
from shapedmat.kernels import threads as thread_pool

Array = np.ndarray[Any, np.dtype[Any]]

matmul: Final = partial(backend.BACKEND.kernels["matmul"], np)
sizes = st.one_of(st.integers(0, 70), st.integers(0, 300))
dtypes = st.sampled_from([np.float32, np.float64])
layouts = st.sampled_from(["C", "F", "transposed", "reversed", "every second", "every third, backwards", "repeated"])


def laid_out(values: Array, layout: str) -> Array:
    """Return an array of these values that lies in memory as the layout says."""
    rows, columns = values.shape
    match layout:
        case "C":
            return np.ascontiguousarray(values)
        case "F":
            return np.asfortranarray(values)
        case "transposed":
            return np.ascontiguousarray(values.T).T
        case "reversed":
            return np.ascontiguousarray(values[::-1, ::-1])[::-1, ::-1]
        case "every second":
            view = np.full((2 * rows, 2 * columns), np.nan, values.dtype)[::2, ::2]
        case "every third, backwards":
            view = np.full((3 * rows, 3 * columns), np.nan, values.dtype)[::-3, ::-3]
        case _:
            return np.broadcast_to(values[:1], values.shape) if rows else values
    view[:] = values
    return view


def operands(rows: int, inner: int, columns: int, dtype: Any = np.float32, seed: int = 0) -> tuple[Array, Array]:
    """Return two random matrices that can be multiplied."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, inner)).astype(dtype), rng.standard_normal((inner, columns)).astype(dtype)


def excess(actual: Array, a: Array, b: Array) -> float:
    """Return how far the error is beyond the bound K ε |a||b| of a sum of K products; at most 0 if it keeps to it."""
    wide = np.longdouble if a.dtype == np.float64 else np.float64
    a, b = a.astype(wide), b.astype(wide)
    bound = (a.shape[1] + 1) * np.finfo(actual.dtype).eps * (np.abs(a) @ np.abs(b))
    return float(np.max(np.abs(actual - a @ b) - bound, initial=-np.inf))


@pytest.fixture
def many_threads(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Split every product, however small, over the threads that the environment variable allows."""
    monkeypatch.setattr(backend, "_WORK_PER_THREAD", 1)
    monkeypatch.setenv(thread_pool.VARIABLE, "3")
    return monkeypatch


@settings(max_examples=200, deadline=None)
@given(sizes, sizes, sizes, layouts, layouts, dtypes, st.sampled_from(["1", "3"]))
def test_product_keeps_to_the_error_bound(
    rows: int, inner: int, columns: int, left: str, right: str, dtype: Any, threads: str
) -> None:
    """Each element is within K ε |a||b| of the product in wider numbers, whatever the shapes, layouts and threads."""
    a, b = operands(rows, inner, columns, dtype)
    a, b = laid_out(a, left), laid_out(b, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "_WORK_PER_THREAD", 1)
        patch.setenv(thread_pool.VARIABLE, threads)
        actual = matmul(a, b)
    assert excess(actual, a, b) <= 0


@pytest.mark.parametrize("layout", ["CC", "FF", "CF", "FC"])
def test_product_of_several_blocks_keeps_to_the_error_bound(layout: str) -> None:
    """A product that exceeds the block sizes in every dimension keeps to the error bound."""
    a, b = operands(product.ROWS + 31, 2 * blocking.DEPTH + 5, product.COLUMNS + 77)
    a, b = laid_out(a, layout[0]), laid_out(b, layout[1])
    assert excess(matmul(a, b), a, b) <= 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", range(1, 5 * product.VECTOR_BYTES // 4, 3))
def test_every_tile_is_right(columns: int, dtype: Any) -> None:
    """Tiles of every height and width compute what NumPy does, exactly where all sums are small whole numbers."""
    rng = np.random.default_rng(columns)
    b = rng.integers(-9, 9, (5, columns)).astype(dtype)
    product.prepare(b.dtype)
    for rows in range(1, 32):
        a = rng.integers(-9, 9, (rows, 5)).astype(dtype)
        c = np.empty((rows, columns), dtype)
        product.multiply(a, b, c)
        np.testing.assert_array_equal(a @ b, c)


def test_result_is_a_new_c_contiguous_array() -> None:
    """The result lies in row-major order even where both operands lie in column-major order."""
    a, b = operands(5, 6, 7)
    assert matmul(np.asfortranarray(a), np.asfortranarray(b)).flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_result_keeps_the_element_type(dtype: Any) -> None:
    """The product of two matrices of one element type has that element type."""
    assert np.dtype(dtype) == matmul(*operands(5, 6, 7, dtype)).dtype


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint8])
def test_integers_multiply_as_in_numpy(dtype: Any) -> None:
    """Products of integers, which wrap around, equal NumPy's."""
    a, b = (np.arange(12).reshape(3, 4) * 9).astype(dtype), (np.arange(20).reshape(4, 5) * 9).astype(dtype)
    np.testing.assert_array_equal(np.matmul(a, b), matmul(a, b), strict=True)


def test_mixed_element_types_multiply_as_in_numpy() -> None:
    """A float32 and a float64 matrix give NumPy's float64 product."""
    a, b = operands(3, 4, 5)
    np.testing.assert_array_equal(np.matmul(a, b.astype(np.float64)), matmul(a, b.astype(np.float64)), strict=True)


def test_shapes_that_do_not_fit_are_refused() -> None:
    """Operands whose inner dimensions differ raise an error and read no foreign memory."""
    with pytest.raises(ValueError, match="mismatch"):
        matmul(np.ones((5, 2), np.float32), np.ones((3, 3), np.float32))


def test_a_sum_of_no_products_is_zero() -> None:
    """A product over an inner dimension of 0 is a matrix of zeros."""
    np.testing.assert_array_equal(np.zeros((3, 4), np.float32), matmul(*operands(3, 0, 4)), strict=True)


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_special_values_propagate(special: float, side: int) -> None:
    """NaN and infinities, also times zero, reach just the elements that they reach in NumPy."""
    a, b = operands(20, 9, 40)
    a[:, ::2] = 0
    (a, b)[side][4, 7] = special
    with np.errstate(invalid="ignore"):
        expected = np.where(np.isfinite(a @ b), 0, a @ b)
    actual = matmul(a, b)
    np.testing.assert_array_equal(expected, np.where(np.isfinite(actual), 0, actual))


def test_denormals_are_kept() -> None:
    """A product that is a denormal number is not flushed to zero."""
    a, b = np.full((3, 1), 1e-30, np.float32), np.full((1, 20), 1e-12, np.float32)
    np.testing.assert_array_equal(np.matmul(a, b), matmul(a, b))


def test_operands_are_unchanged() -> None:
    """Neither operand is written to."""
    a, b = operands(70, 50, 90)
    before = a.copy(), b.copy()
    matmul(a, b)
    np.testing.assert_array_equal(before[0], a)
    np.testing.assert_array_equal(before[1], b)


def test_memory_between_the_elements_of_a_view_is_unused() -> None:
    """What lies between and around the elements of strided operands has no influence on the result."""
    a, b = operands(33, 47, 51)
    views = laid_out(a, "every second"), laid_out(b, "every third, backwards")
    np.testing.assert_array_equal(matmul(a, b), matmul(*views))


@pytest.mark.parametrize("columns", [1, 15, 17, 50, 63])
def test_nothing_is_written_beside_the_result(columns: int) -> None:
    """A result whose rows lie in a wider array leaves the rest of that array as it was."""
    a, b = operands(13, 300, columns)
    frame = np.full((15, columns + 40), 7, np.float32)
    product.prepare(frame.dtype)
    product.multiply(a, b, frame[1:14, 20 : 20 + columns])
    frame[1:14, 20 : 20 + columns] = 7
    np.testing.assert_array_equal(np.full_like(frame, 7), frame)


def test_read_only_operands_are_taken() -> None:
    """Operands that may not be written to are multiplied."""
    a, b = operands(9, 8, 7)
    expected = matmul(a, b)
    a.flags.writeable = b.flags.writeable = False
    np.testing.assert_array_equal(expected, matmul(a, b))


def test_foreign_byte_order_is_taken() -> None:
    """Big-endian operands give the product in the machine's byte order."""
    a, b = operands(9, 8, 7)
    np.testing.assert_array_equal(matmul(a, b), matmul(a.astype(">f4"), b.astype(">f4")), strict=True)


def test_unaligned_operands_are_taken() -> None:
    """Operands whose elements lie at odd addresses are multiplied."""
    a, b = operands(9, 8, 7)
    odd = np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(np.float32).reshape(9, 8)
    np.testing.assert_array_equal(matmul(a, b), matmul(odd, b))


@pytest.mark.parametrize("shape", [(300, 70, 40), (40, 70, 300), (257, 300, 259), (7, 9, 11)])
@pytest.mark.parametrize("threads", ["2", "3"])
def test_bits_do_not_depend_on_the_threads(
    shape: tuple[int, int, int], threads: str, many_threads: pytest.MonkeyPatch
) -> None:
    """A product over several threads is bit for bit that of one."""
    a, b = operands(*shape)
    many_threads.setenv(thread_pool.VARIABLE, "1")
    expected = matmul(a, b)
    many_threads.setenv(thread_pool.VARIABLE, threads)
    assert expected.tobytes() == matmul(a, b).tobytes()


@pytest.mark.usefixtures("many_threads")
def test_two_python_threads_multiply_at_once() -> None:
    """Products that two threads start together over the same pool are all right."""
    a, b = operands(200, 100, 150)
    expected = matmul(a, b).tobytes()
    results: list[bytes] = []

    def multiply_often() -> None:
        results.extend(matmul(a, b).tobytes() for _ in range(30))

    threads = [threading.Thread(target=multiply_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [expected] * 60 == results


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a new process, with the environment extended."""
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )


MULTIPLY: Final = """
import os
import numpy as np
from shapedmat.backends import numba as backend

backend._WORK_PER_THREAD = 1
a = np.ones((200, 100), np.float32)

def multiply():
    return float(backend.BACKEND.kernels["matmul"](np, a, a.T).sum())
"""


def test_every_processor_is_served() -> None:
    """Code for a processor with the shortest vectors gives the product too."""
    assert "4000000.0\n" == run(MULTIPLY + "print(multiply())", NUMBA_CPU_NAME="generic").stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_multiplies() -> None:
    """A child that is forked after the threads were started starts its own."""
    program = """
multiply()
child = os.fork()
if child == 0:
    os._exit(multiply() != 4e6)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), multiply())
"""
    assert "0 4000000.0\n" == run(MULTIPLY + program, SHAPEDMAT_NUM_THREADS="3").stdout


def test_a_product_while_the_interpreter_exits() -> None:
    """A product in an exit handler, when threads take no more work, is still computed."""
    program = """
import atexit
multiply()
atexit.register(lambda: print(multiply()))
"""
    assert "4000000.0\n" == run(MULTIPLY + program, SHAPEDMAT_NUM_THREADS="3").stdout


@pytest.mark.parametrize("setting", ["0", "-1", "two", "1.5", "²", " "])
def test_a_wrong_number_of_threads_is_reported(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number of threads that is not a whole number of at least 1 raises an error that says so."""
    monkeypatch.setenv(thread_pool.VARIABLE, setting)
    with pytest.raises(BackendError) as raised:
        thread_pool.number_of_threads()
    expected = f"SHAPEDMAT_NUM_THREADS is {setting!r}: set it to a whole number of threads, 1 or more"
    assert expected == str(raised.value)


def test_a_wrong_number_of_threads_is_reported_on_import() -> None:
    """The backend does not load with a number of threads that it cannot use."""
    assert "SHAPEDMAT_NUM_THREADS is 'many'" in run(MULTIPLY, SHAPEDMAT_NUM_THREADS="many").stderr


def test_threads_default_to_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a setting there are as many threads as processors that the process may use."""
    monkeypatch.delenv(thread_pool.VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert 3 == thread_pool.number_of_threads()


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 2000), st.integers(1, 9), st.integers(1, 64))
def test_parts_cover_a_range_once(length: int, count: int, unit: int) -> None:
    """The parts of a range, one after the other, are the range."""
    parts = backend._split(length, count, unit)
    assert list(range(length)) == [i for part in parts for i in range(length)[part]]


def test_kernels_compile_where_no_cache_can_be_written() -> None:
    """Where Numba finds no folder for its cache, a function is compiled all the same, and one warning says so."""
    namespace: dict[str, Any] = {}
    exec("def successor(n): return n + 1", namespace)  # no file, so no folder for a cache
    compiling._warn_once.cache_clear()
    with pytest.warns(RuntimeWarning, match="set NUMBA_CACHE_DIR"):
        compiling.compiled(namespace["successor"])
    function = compiling.compiled(namespace["successor"])  # a second warning would be an error
    assert 3 == function(2)
