"""The CUDA product: its plan, its compilation, and its arithmetic, emulated on the CPU."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat.errors import DTypeError, ShapeError
from shapedmat.kernels.cuda import THREAD_SIDES, Layout, ProductPlan, find_layout, plan_product, product_source
from shapedmat.ops import Array

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)

# Rows, inner, columns: whole tiles; remainders of one and of all but one in each dimension; the inner dimension in
# parts; vectors both ways.
SHAPES = [(16, 16, 16), (33, 15, 31), (15, 33, 47), (65, 17, 129), (10, 784, 128), (1, 300, 1), (1, 1, 70), (70, 5, 1)]
LAYOUTS = [(False, False), (False, True), (True, False), (True, True)]
TILES = list(product(THREAD_SIDES, repeat=2))


def plan_of(
    shape: tuple[int, int, int], dtype: np.dtype[Any], columns: tuple[bool, bool] = (False, False), gap: int = 0
) -> ProductPlan:
    """Plan a product whose operands are row-major or column-major, with a gap after each row or column."""
    rows, inner, cols = shape
    a_layout = Layout(columns[0], (rows if columns[0] else inner) + gap)
    b_layout = Layout(columns[1], (inner if columns[1] else cols) + gap)
    return plan_product(rows, inner, cols, dtype, a_layout=a_layout, b_layout=b_layout)


def macros_of(plan: ProductPlan) -> dict[str, str]:
    """Return the macros that a plan defines."""
    return dict(option.removeprefix("-D").split("=") for option in plan.options if option.startswith("-D"))


def tiled(plan: ProductPlan, tile: tuple[int, int], parts: int) -> ProductPlan:
    """Return the plan with another tile and number of parts than it chose."""
    macros = macros_of(plan)
    threads = (THREAD_SIDES[tile[0]], THREAD_SIDES[tile[1]])
    names = ("TILE_ROWS", "TILE_COLS", "THREAD_ROWS", "THREAD_COLS", "PARTS")
    macros |= {name: str(value) for name, value in zip(names, (*tile, *threads, parts), strict=True)}
    tiles = -(-int(macros["ROWS"]) // tile[0]) * -(-int(macros["COLS"]) // tile[1])
    options = tuple(f"-D{name}={value}" for name, value in macros.items())
    return ProductPlan(options, (tiles, parts), (tile[0] // threads[0] * (tile[1] // threads[1]),))


# --- the plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("shape", [*SHAPES, (1000, 1000, 1000), (60000, 784, 128)])
def test_grid_has_one_block_for_each_tile_and_part(shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
    """The grid's first number is the tiles that cover the result, and its second is the parts."""
    plan = plan_of(shape, dtype)
    macros = macros_of(plan)
    tiles_down = -(-shape[0] // int(macros["TILE_ROWS"]))
    tiles_across = -(-shape[2] // int(macros["TILE_COLS"]))
    assert (tiles_down * tiles_across, int(macros["PARTS"])) == plan.grid


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("shape", [*SHAPES, (1000, 1000, 1000), (60000, 784, 128)])
def test_block_has_one_thread_for_each_register_tile(shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
    """A block's threads times the elements that each computes are the block's tile."""
    plan = plan_of(shape, dtype)
    macros = {name: value for name, value in macros_of(plan).items() if name.startswith(("TILE_", "THREAD_"))}
    sizes = {name: int(value) for name, value in macros.items()}
    per_thread = sizes["THREAD_ROWS"] * sizes["THREAD_COLS"]
    assert (sizes["TILE_ROWS"] * sizes["TILE_COLS"],) == (plan.block[0] * per_thread,)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("inner", [1, 63, 64, 100, 784, 999, 100_000])
def test_no_part_is_empty(inner: int, dtype: np.dtype[Any]) -> None:
    """Each part of the inner dimension has at least one step, however the steps divide."""
    macros = macros_of(plan_of((10, inner, 10), dtype))
    steps, parts = -(-inner // int(macros["TILE_INNER"])), int(macros["PARTS"])
    assert (parts - 1) * -(-steps // parts) < steps


def test_small_result_with_long_inner_dimension_gets_many_blocks() -> None:
    """A batch of 10 images times the first layer's weights keeps most of a GPU's processors busy."""
    tiles, parts = plan_of((10, 784, 128), F32).grid
    assert tiles * parts >= 64


def test_large_result_gets_large_tiles() -> None:
    """A product with more tiles than processors uses the tiles that read memory the least."""
    macros = macros_of(plan_of((4096, 4096, 4096), F32))
    assert ("128", "128") == (macros["TILE_ROWS"], macros["TILE_COLS"])


def test_options_fix_shape_and_layout() -> None:
    """The options define the sizes, the layouts and the element type as macros."""
    macros = macros_of(plan_of((2, 3, 5), F64, (True, False), gap=1))
    expected = {
        "ELEMENT": "double",
        "WIDE_OFFSETS": "0",
        "ROWS": "2",
        "INNER": "3",
        "COLS": "5",
        "A_COLUMN_MAJOR": "1",
        "A_STRIDE": "3",
        "B_COLUMN_MAJOR": "0",
        "B_STRIDE": "6",
    }
    assert expected == {name: macros[name] for name in expected}


@pytest.mark.parametrize("shape", [(70_000, 2, 70_000), (70_000, 40_000, 1), (1, 40_000, 70_000)])
def test_offsets_are_wide_where_a_matrix_has_over_two_billion_elements(shape: tuple[int, int, int]) -> None:
    """Offsets have 64 bits where an operand or the result does not fit 32."""
    assert "1" == macros_of(plan_of(shape, F32))["WIDE_OFFSETS"]


def test_plan_refuses_integers() -> None:
    """The kernel is for floating-point numbers, and the plan says so."""
    with pytest.raises(DTypeError, match=r"^the tiled CUDA product takes float32 and float64, not int32$"):
        plan_of((2, 3, 5), np.dtype(np.int32))


def test_plan_refuses_empty_products() -> None:
    """A product without elements or terms has no tiles, and the plan says so with both shapes."""
    with pytest.raises(ShapeError, match=r"^cannot tile the product of \(2, 0\) by \(0, 5\): it is empty$"):
        plan_of((2, 0, 5), F32)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (lambda x: x, Layout(False, 6)),
        (lambda x: x.T, Layout(True, 6)),
        (lambda x: x[1:3, 2:5], Layout(False, 6)),
        (lambda x: x[1:3, 2:5].T, Layout(True, 6)),
        (lambda x: x[::2], Layout(False, 12)),
        (lambda x: x[:, ::2], None),
        (lambda x: x[::-1], None),
        (lambda x: np.broadcast_to(x[:1], (4, 6)), None),
        (lambda x: x[:1], Layout(False, 6)),
        (lambda x: x[:1, ::2], Layout(True, 2)),
        (lambda x: x[:, :1], Layout(False, 6)),
        (lambda x: x[:, :1].T, Layout(True, 6)),
    ],
)
def test_layout_is_found_from_strides(view: Callable[[Array], Array], expected: Layout | None) -> None:
    """Views with one unit stride and one that is no shorter than a line have a layout; others must be copied."""
    matrix = view(np.zeros((4, 6), np.float32))
    assert expected == find_layout(matrix.shape, matrix.strides, matrix.itemsize)


# --- compiled ---------------------------------------------------------------------------------------------------------


@cache
def compiler() -> Callable[[tuple[str, ...]], str] | None:
    """Return a function that compiles the product for an A100 and returns the compiler's complaints, or None."""
    library = find_nvrtc()
    if library is not None:
        return lambda options: compile_with_nvrtc(library, options)
    nvcc = shutil.which("nvcc")
    return None if nvcc is None else lambda options: compile_with_nvcc(nvcc, options)


def find_nvrtc() -> ctypes.CDLL | None:
    """Return the run-time compiler of the package nvidia-cuda-nvrtc, if that is installed."""
    package = importlib.util.find_spec("nvidia")
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in Path(folder).glob("**/libnvrtc.so.*[0-9]"):
            return ctypes.CDLL(str(path))
    return None


def compile_with_nvrtc(library: ctypes.CDLL, options: tuple[str, ...]) -> str:
    """Compile to machine code in memory."""
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    source = product_source().encode()
    assert 0 == library.nvrtcCreateProgram(ctypes.byref(program), source, b"matmul.cu", 0, None, None)
    arguments = [option.encode() for option in (*options, "--gpu-architecture=sm_80")]
    failed = library.nvrtcCompileProgram(program, len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
    assert 0 == library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    assert 0 == library.nvrtcGetProgramLog(program, log)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return log.value.decode() or ("failed without a word" if failed else "")


def compile_with_nvcc(nvcc: str, options: tuple[str, ...]) -> str:
    """Compile to machine code that is thrown away."""
    with resources.as_file(resources.files("shapedmat.kernels") / "matmul.cu") as source:
        command = [nvcc, "-cubin", "-arch=sm_80", "-o", "/dev/null", *options, str(source)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr or ("failed without a word" if result.returncode else "")


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        ((10, 784, 128), (False, False)),
        ((784, 10, 128), (True, False)),
        ((10, 128, 784), (False, True)),
        ((1, 1, 1), (True, True)),
        ((500, 77, 511), (False, True)),
        ((4096, 4096, 4096), (False, False)),
        ((4097, 4095, 4093), (True, True)),
        ((70_000, 40_000, 70_000), (False, False)),
    ],
)
def test_kernel_compiles_without_a_complaint(
    shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """NVIDIA's compiler accepts the kernel for small, odd, large and huge shapes, and warns of nothing."""
    compile_product = compiler()
    if compile_product is None:
        pytest.skip("neither the package nvidia-cuda-nvrtc nor nvcc is here")
    assert "" == compile_product(plan_of(shape, dtype, columns).options)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("tile", TILES)
def test_every_tile_compiles_without_a_complaint(tile: tuple[int, int], dtype: np.dtype[Any]) -> None:
    """Each tile fits the registers and the shared memory that a block may have."""
    compile_product = compiler()
    if compile_product is None:
        pytest.skip("neither the package nvidia-cuda-nvrtc nor nvcc is here")
    assert "" == compile_product(("--std=c++17", *tiled(plan_of((1000, 1000, 1000), dtype), tile, 2).options))


# --- emulated on the CPU ----------------------------------------------------------------------------------------------

Emulate = Callable[[tuple[str, ...]], Any]

GAP = 3  # elements between the end of one row or column and the start of the next


def surrounded(matrix: Array, *, column_major: bool, gap: int) -> Array:
    """Return the matrix as a view of memory that holds NaN before it, after it, and in the gap after each line."""
    lines = matrix.T if column_major else matrix
    margin, pitch = 64, lines.shape[1] + gap
    memory = np.full(2 * margin + lines.shape[0] * pitch, np.nan, matrix.dtype)
    view = memory[margin : len(memory) - margin].reshape(lines.shape[0], pitch)[:, : lines.shape[1]]
    view[:] = lines
    return view.T if column_major else view


def small_integers(shape: tuple[int, int], dtype: np.dtype[Any], seed: int) -> Array:
    """Return numbers whose products and sums are exact, whatever the order they are added in."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


def assert_emulated_exactly(
    emulate: Emulate, plan: ProductPlan, shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """Run the kernel with its threads in both orders, on operands with gaps, and compare with NumPy."""
    rows, inner, cols = shape
    a, b = small_integers((rows, inner), dtype, 0), small_integers((inner, cols), dtype, 1)
    operands = [surrounded(x, column_major=by_column, gap=GAP) for x, by_column in zip((a, b), columns, strict=True)]
    guard = np.full(64, 12345, dtype)
    for backwards in (False, True):
        memory = np.concatenate([guard, np.full(plan.parts * rows * cols, np.nan, dtype), guard])
        result = memory[64:-64]
        pointers = [array.ctypes.data for array in (*operands, result)]
        assert emulate(plan.options)(*pointers, *plan.grid, *plan.block, backwards)
        np.testing.assert_array_equal(result.reshape(plan.parts, rows, cols).sum(axis=0), a @ b)
        np.testing.assert_array_equal(memory[:64], guard)
        np.testing.assert_array_equal(memory[-64:], guard)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(("shape", "columns"), [(shape, LAYOUTS[i % 4]) for i, shape in enumerate(SHAPES)])
def test_emulated_kernel_is_exact(
    emulate: Emulate, shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """The kernel gives NumPy's product of whole numbers, reads only the operands, and writes only the result."""
    assert_emulated_exactly(emulate, plan_of(shape, dtype, columns, GAP), shape, columns, dtype)


@pytest.mark.parametrize(
    ("tile", "columns", "dtype"), [(tile, LAYOUTS[i % 4], (F32, F64)[i // 4 % 2]) for i, tile in enumerate(TILES)]
)
def test_emulated_kernel_is_exact_for_every_tile(
    emulate: Emulate, tile: tuple[int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """Each tile gives the same product, with remainders in every dimension and the inner one in two parts."""
    shape = (131, 35, 145)
    plan = tiled(plan_of(shape, dtype, columns, GAP), tile, 2)
    assert_emulated_exactly(emulate, plan, shape, columns, dtype)


def test_emulated_kernel_with_wide_offsets_is_exact(emulate: Emulate) -> None:
    """The kernel with 64-bit offsets, whose matrices are too large for a test, is right for a small one."""
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    plan, result = plan_of((33, 35, 31), F32), np.empty((33, 31), np.float32)
    options = tuple(option.replace("WIDE_OFFSETS=0", "WIDE_OFFSETS=1") for option in plan.options)
    emulate(options)(a.ctypes.data, b.ctypes.data, result.ctypes.data, *plan.grid, *plan.block, False)
    np.testing.assert_array_equal(result, a @ b)


def test_emulator_notices_a_missing_barrier(emulate: Emulate) -> None:
    """Without its barriers the kernel gives another result, so the tests above would fail."""
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    plan, result = plan_of((33, 35, 31), F32), np.empty((33, 31), np.float32)
    run = emulate((*plan.options, "-DWITHOUT_BARRIERS"))
    run(a.ctypes.data, b.ctypes.data, result.ctypes.data, *plan.grid, *plan.block, False)
    assert not np.array_equal(result, a @ b)
