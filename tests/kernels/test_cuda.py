"""The matrix product in CUDA: its plan, its compilation, and its arithmetic, emulated on the CPU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
import pytest

from shapedmat.kernels.cuda import tilings
from shapedmat.kernels.cuda.driver import STATIC_SHARED_BYTES
from shapedmat.kernels.cuda.matmul import ProductPlan, plan_product
from shapedmat.kernels.cuda.operands import find_layout
from shapedmat.kernels.cuda.sources import source
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose
from shapedmat.ops import Array
from shapedmat.precision import Precision
from tests.cuda.emulation import Program, emulated
from tests.cuda.nvrtc import ARCHITECTURES, Architecture, compiled

F32: np.dtype[Any] = np.dtype(np.float32)
F64: np.dtype[Any] = np.dtype(np.float64)
PRECISIONS: tuple[Precision, ...] = ("full", "tf32", "bf16")

# Rows, inner, columns: whole tiles; remainders of one and of all but one in each dimension; vectors both ways.
SHAPES = [(16, 16, 16), (33, 15, 31), (15, 33, 47), (65, 17, 129), (10, 784, 128), (1, 300, 1), (1, 1, 70), (70, 5, 1)]
LAYOUTS = [(False, False), (False, True), (True, False), (True, True)]
Shape = tuple[int, int, int]


# --- the plan ---------------------------------------------------------------------------------------------------------


def plan_of(
    shape: Shape, dtype: np.dtype[Any], tiling: ProductTiling, columns: tuple[bool, bool] = (False, False), gap: int = 0
) -> ProductPlan:
    """Plan a product whose operands are row-major or column-major, with a gap after each row or column."""
    rows, inner, cols = shape
    layouts = []
    for lines, length, by_column in ((rows, inner, columns[0]), (inner, cols, columns[1])):
        stride = (lines if by_column else length) + gap
        strides = np.array([1, stride] if by_column else [stride, 1]) * dtype.itemsize
        layouts.append(find_layout((lines, length), tuple(strides.tolist()), dtype.itemsize, 1024))
    a_layout, b_layout = layouts
    assert a_layout is not None
    assert b_layout is not None
    return plan_product(*shape, dtype, a_layout=a_layout, b_layout=b_layout, tiling=tiling)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("shape", [*SHAPES, (1000, 1000, 1000), (60000, 784, 128)])
def test_plan_has_one_block_for_each_tile_and_part(shape: Shape, precision: Precision) -> None:
    """The grid's first number is the tiles that cover the result, and its second is the parts."""
    tiling = choose(*shape, F32, precision=precision)
    plan = plan_of(shape, F32, tiling)
    tiles = -(-shape[0] // tiling.tile_rows) * -(-shape[2] // tiling.tile_cols)
    assert ((tiles, tiling.parts), tiling.threads) == (plan.grid, plan.threads)


def test_plan_without_parts_has_no_scratch_memory() -> None:
    """Scratch memory and tickets are for parts of the inner dimension."""
    plan = plan_of((64, 64, 64), F32, ProductTiling(32, 32, 16, 4, 4))
    assert (0, 0) == (plan.scratch, plan.tickets)


def test_plan_with_parts_has_scratch_memory_for_each_tile() -> None:
    """Each part of each tile has room for its sums, and each tile has a ticket."""
    plan = plan_of((65, 64, 64), F32, ProductTiling(32, 32, 16, 4, 4, parts=3))
    assert (3 * 2 * 3 * 32 * 32, 3 * 2) == (plan.scratch, plan.tickets)


@pytest.mark.parametrize("shape", [(70_000, 2, 70_000), (70_000, 40_000, 1), (1, 40_000, 70_000)])
def test_offsets_are_wide_where_a_matrix_has_over_two_billion_elements(shape: Shape) -> None:
    """Offsets have 64 bits where an operand or the result does not fit 32."""
    assert ", long long>(" in plan_of(shape, F32, choose(*shape, F32)).source


def test_offsets_are_narrow_elsewhere() -> None:
    """Offsets have 32 bits where everything fits them."""
    assert ", int>(" in plan_of((1000, 1000, 1000), F32, choose(1000, 1000, 1000, F32)).source


# --- many kernels in one source ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One product: its shape, element type, tiling, and which operands are column-major."""

    shape: Shape
    dtype: np.dtype[Any]
    tiling: ProductTiling
    columns: tuple[bool, bool] = (False, False)
    gap: int = 0

    @property
    def plan(self) -> ProductPlan:
        return plan_of(self.shape, self.dtype, self.tiling, self.columns, self.gap)


def together(cases: Sequence[Case]) -> str:
    """Return one source with the kernels matmul_0, matmul_1 and so on."""
    kernels = [case.plan.source.removeprefix(source("matmul.cu")) for case in cases]
    named = [re.sub(r"\b(Tile|matmul)\b", rf"\1_{number}", kernel) for number, kernel in enumerate(kernels)]
    return source("matmul.cu") + "".join(named)


def varied(precision: Precision, dtype: np.dtype[Any], step: int, shape: Shape) -> Iterator[Case]:
    """Yield cases with different tilings, one in so many, layouts, parts, and widths of the loads."""
    layouts, gaps = cycle(LAYOUTS), cycle([0, 0, 4, 4, 3])
    for number, tiling in enumerate(tilings._tilings(dtype.itemsize, precision)[::step]):
        parts = 1 if number % 2 else min(3, -(-shape[1] // tiling.tile_inner))
        yield Case(shape, dtype, replace(tiling, parts=parts), next(layouts), next(gaps))


# --- compiled ---------------------------------------------------------------------------------------------------------


LARGEST = [
    Case((4096, 4096, 4096), F32, ProductTiling(128, 128, 16, 8, 8), (False, True)),
    Case((4097, 4095, 4093), F32, ProductTiling(128, 128, 16, 8, 8), (True, False)),
    Case((70_000, 40_000, 70_000), F32, ProductTiling(128, 128, 8, 8, 8)),
    Case((10, 784, 128), F32, ProductTiling(8, 8, 256, 2, 2, slices=16, parts=3)),
    Case((512, 512, 512), F64, ProductTiling(64, 64, 16, 4, 4, itemsize=8, parts=2)),
]
LARGEST_ON_TENSOR_CORES = [
    Case((4096, 4096, 4096), F32, ProductTiling(128, 128, 16, 8, 8, precision="tf32")),
    Case((4097, 4095, 4093), F32, ProductTiling(128, 128, 16, 8, 8, precision="bf16", parts=2), (True, True)),
    Case((1000, 784, 1000), F32, ProductTiling(64, 128, 16, 4, 8, precision="bf16")),
]


def test_largest_tilings_can_be_chosen() -> None:
    """What is compiled below are tilings to choose from."""
    assert [True] * 8 == [tilings.is_tiling(case.tiling) for case in LARGEST + LARGEST_ON_TENSOR_CORES]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_compile_without_spills(architecture: Architecture) -> None:
    """NVIDIA's compiler warns of nothing, and finds registers for the largest tiles, wherever they run."""
    report = compiled(together(LARGEST + (LARGEST_ON_TENSOR_CORES if architecture != "sm_75" else [])), architecture)
    assert ("", [0], [0]) == (
        report.log,
        sorted({kernel.spilled_bytes for kernel in report.kernels.values()}),
        sorted({kernel.stack_bytes for kernel in report.kernels.values()}),
    )


def test_all_shared_memory_is_left_to_the_tile() -> None:
    """What a kernel in parts has besides takes none of what a block has without asking, all of which its tile needs."""
    case = Case((4, 2048, 4), F64, choose(4, 2048, 4, F64))
    assert case.tiling.parts > 1
    assert STATIC_SHARED_BYTES == case.tiling.shared_bytes
    assert 0 == compiled(together([case]), "sm_90").kernels["matmul_0"].shared_bytes


@pytest.mark.parametrize("architecture", ARCHITECTURES[1:])
def test_two_blocks_with_the_largest_tile_share_a_multiprocessor(architecture: Architecture) -> None:
    """The tile of large products leaves registers for a second block, as its cost is counted."""
    report = compiled(together([Case((4096, 4096, 4096), F32, choose(4096, 4096, 4096, F32))]), architecture)
    assert report.kernels["matmul_0"].registers <= 128


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("precision", "dtype"), [("full", F32), ("full", F64), ("tf32", F32), ("bf16", F32)])
def test_every_tiling_compiles_without_spills(
    precision: Precision, dtype: np.dtype[Any], architecture: Architecture
) -> None:
    """No tiling that can be chosen needs more registers than a thread has."""
    if architecture == "sm_75" and precision != "full":
        pytest.skip("tensor cores multiply such numbers from compute capability 8.0 on")
    cases = list(varied(precision, dtype, 1, (1000, 1024, 1024)))
    spilling = {}
    for start in range(0, len(cases), 50):
        report = compiled(together(cases[start : start + 50]), architecture)
        assert "" == report.log
        for name, resources in report.kernels.items():
            if resources.spilled_bytes or resources.stack_bytes:
                spilling[cases[start + int(name.removeprefix("matmul_"))].tiling] = resources
    assert {} == spilling


# --- emulated on the CPU ----------------------------------------------------------------------------------------------

VARIED = [
    *varied("full", F32, 67, (67, 70, 72)),
    *varied("full", F64, 131, (67, 70, 72)),
    *varied("tf32", F32, 41, (67, 70, 72)),
    *varied("bf16", F32, 31, (67, 70, 72)),
    *[
        Case(shape, dtype, choose(*shape, dtype, multiprocessors=1000), LAYOUTS[number % 4])
        for number, (shape, dtype) in enumerate(zip(SHAPES, [F32, F64, F32, F32] * 2, strict=True))
    ],
]
INTEGERS = [
    Case((33, 40, 36), np.dtype(name), ProductTiling(32, 16, 16, 4, 4, 2, itemsize=np.dtype(name).itemsize, parts=2))
    for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
]


@cache
def program(which: str) -> Program:
    """Return the emulated kernels of all cases of one kind, and one that tells the sizes of their tiles."""
    cases = {"varied": VARIED, "integers": INTEGERS}[which]
    lines = "".join(
        f"  sizes[{2 * number}] = Tile_{number}::THREADS;\n  sizes[{2 * number + 1}] = Tile_{number}::SHARED_BYTES;\n"
        for number in range(len(cases))
    )
    return emulated(together(cases) + f'\nextern "C" __global__ void tell_sizes(long long* sizes) {{\n{lines}}}\n')


def surrounded(matrix: Array, *, column_major: bool, gap: int) -> Array:
    """Return the matrix as a view of memory that holds NaN before it, after it, and in the gap after each line."""
    lines = matrix.T if column_major else matrix
    margin, pitch = 64, lines.shape[1] + gap
    size = 2 * margin + lines.shape[0] * pitch
    # Aligned as memory on a GPU is.
    place = np.empty(size * matrix.itemsize + 256, np.uint8)
    memory = place[-place.ctypes.data % 256 :][: size * matrix.itemsize].view(matrix.dtype)
    memory[:] = np.nan if matrix.dtype.kind == "f" else 99
    view = memory[margin : len(memory) - margin].reshape(lines.shape[0], pitch)[:, : lines.shape[1]]
    view[:] = lines
    return view.T if column_major else view


def small_integers(shape: tuple[int, int], dtype: np.dtype[Any], seed: int) -> Array:
    """Return numbers whose products and sums are exact, whatever the order they are added in."""
    return np.random.default_rng(seed).integers(-4 if dtype.kind != "u" else 0, 5, shape).astype(dtype)


def launched(
    kernels: Program, name: str, case: Case, a: Array, b: Array, *, backwards: bool = False, more_threads: int = 0
) -> Array:
    """Return the product by an emulated kernel, which may write nothing else and leaves its tickets zero."""
    plan, dtype = case.plan, case.dtype
    operands = [
        surrounded(x, column_major=by_column, gap=case.gap) for x, by_column in zip((a, b), case.columns, strict=True)
    ]
    guard = np.full(64, 123, dtype)
    memory = np.concatenate([guard, np.zeros(a.shape[0] * b.shape[1], dtype), guard])
    scratch = np.full(max(plan.scratch, 1), np.nan if dtype.kind == "f" else 99, dtype)
    tickets = np.zeros(max(plan.tickets, 1), np.uint32)
    kernels.launch(
        name,
        plan.grid,
        plan.threads + more_threads,
        [*operands, memory[64:-64], scratch, tickets],
        shared_bytes=plan.shared_bytes,
        backwards=backwards,
    )
    np.testing.assert_array_equal(memory[:64], guard)
    np.testing.assert_array_equal(memory[-64:], guard)
    assert not tickets.any()
    return memory[64:-64].reshape(a.shape[0], b.shape[1])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("number", range(len(VARIED)))
def test_emulated_product_is_exact(number: int, backwards: bool) -> None:
    """Every kind of tiling gives NumPy's product of whole numbers, and reads only the operands."""
    case = VARIED[number]
    rows, inner, cols = case.shape
    a, b = small_integers((rows, inner), case.dtype, 0), small_integers((inner, cols), case.dtype, 1)
    product = launched(program("varied"), f"matmul_{number}", case, a, b, backwards=backwards)
    np.testing.assert_array_equal(product, a @ b)


@pytest.mark.parametrize("number", range(0, len(VARIED), 3))
def test_more_threads_than_needed_do_no_harm(number: int) -> None:
    """A block may have more threads than its tile."""
    case = VARIED[number]
    rows, inner, cols = case.shape
    a, b = small_integers((rows, inner), case.dtype, 0), small_integers((inner, cols), case.dtype, 1)
    product = launched(program("varied"), f"matmul_{number}", case, a, b, more_threads=64)
    np.testing.assert_array_equal(product, a @ b)


@pytest.mark.parametrize("number", range(len(INTEGERS)))
def test_emulated_product_of_integers_wraps_around(number: int) -> None:
    """Integers overflow as NumPy's do."""
    case = INTEGERS[number]
    rows, inner, cols = case.shape
    generator, limits = np.random.default_rng(0), np.iinfo(case.dtype)
    a, b = (
        generator.integers(limits.min, limits.max, size, case.dtype, endpoint=True)
        for size in ((rows, inner), (inner, cols))
    )
    np.testing.assert_array_equal(launched(program("integers"), f"matmul_{number}", case, a, b), a @ b)


@pytest.mark.parametrize("number", [number for number, case in enumerate(VARIED) if case.tiling.parts > 1][:6])
def test_product_has_the_same_bits_in_every_order_of_blocks(number: int) -> None:
    """Parts are added in their order, whichever block comes last."""
    case = VARIED[number]
    rows, inner, cols = case.shape
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=size).astype(case.dtype) for size in ((rows, inner), (inner, cols)))
    forwards, backwards = (
        launched(program("varied"), f"matmul_{number}", case, a, b, backwards=way) for way in (False, True)
    )
    np.testing.assert_array_equal(forwards, backwards)


@pytest.mark.parametrize("number", range(0, len(VARIED), 5))
def test_error_is_within_its_bound(number: int) -> None:
    """An element differs from the exact one by what the rounding of operands and of sums can amount to."""
    case = VARIED[number]
    rows, inner, cols = case.shape
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=size).astype(case.dtype) for size in ((rows, inner), (inner, cols)))
    product = launched(program("varied"), f"matmul_{number}", case, a, b)
    exact, sizes = a.astype(np.longdouble) @ b.astype(np.longdouble), np.abs(a) @ np.abs(b)
    operands = {"full": 0.0, "tf32": 2.0**-11, "bf16": 2.0**-8}[case.tiling.precision]
    bound = (2 * operands + operands**2 + inner * float(np.finfo(case.dtype).eps)) * sizes
    assert bool((np.abs(product - exact) <= bound).all())


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_reduced_precision_is_used(precision: Precision) -> None:
    """Numbers with more bits than the precision has are rounded."""
    number, case = next(pair for pair in enumerate(VARIED) if pair[1].tiling.precision == precision)
    rows, inner, cols = case.shape
    a, b = np.full((rows, inner), 1 + 2**-12, np.float32), np.eye(inner, cols, dtype=np.float32)
    product = launched(program("varied"), f"matmul_{number}", case, a, b)
    np.testing.assert_array_equal(product, np.ones((rows, inner), np.float32) @ b)


def test_threads_and_shared_memory_are_those_of_the_kernel() -> None:
    """The sizes that a launch is given are those that the kernel's tile states."""
    sizes = np.zeros((len(VARIED), 2), np.int64)
    program("varied").launch("tell_sizes", 1, 1, [sizes])
    assert [[case.tiling.threads, case.tiling.shared_bytes] for case in VARIED] == sizes.tolist()


def test_product_with_wide_offsets_is_exact() -> None:
    """The kernel with 64-bit offsets, whose matrices are too large for a test, is right for a small one."""
    case = Case((33, 35, 31), F32, ProductTiling(16, 16, 16, 4, 4, slices=4))
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    kernels = emulated(case.plan.source.replace(", int>(", ", long long>("))
    np.testing.assert_array_equal(launched(kernels, "matmul", case, a, b), a @ b)


def test_emulator_notices_a_missing_barrier() -> None:
    """Without its barriers the kernel gives another result, so the tests above would fail."""
    case = Case((33, 35, 31), F32, ProductTiling(16, 16, 16, 4, 4, slices=4))
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    kernels = emulated(case.plan.source, ["-DEMULATOR_WITHOUT_BARRIERS"])
    assert not np.array_equal(launched(kernels, "matmul", case, a, b), a @ b)
