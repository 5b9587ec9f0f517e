"""Products compiled for one shape, against NumPy in float64, on memory that ends where the matrices do."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llvmlite import binding, ir

from shapedmat.kernels import machine_code, product, target
from shapedmat.kernels.blocking import DEPTH, Product, Strides, Tiling, choose_tiling
from shapedmat.kernels.emission import I64, POINTER, VOID, Emitter
from shapedmat.kernels.target import Target
from shapedmat.kernels.tiles import emit_product, scratch_bytes, storing
from tests.memory import Array, Guarded, guarded
from tests.targets import TARGETS

F32: Final = np.dtype(np.float32)
F64: Final = np.dtype(np.float64)

# --- compiling --------------------------------------------------------------------------------------------------------

Run = Callable[..., None]


@cache
def compiled(product: Product, tiling: Tiling, chosen: Target, row_stride: int) -> Run:
    """Return the function of the addresses of A, B, C and memory, and of the shares of panels and rows of tiles."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER] * 4 + [I64] * 4), "multiply")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block()), chosen)
    a, b, c, memory, *shares = function.args
    emit_product(
        emitter,
        product,
        tiling,
        a,
        b,
        storing(emitter, product, c, row_stride),
        panels=(shares[0], shares[1]),
        rows=(shares[2], shares[3]),
        memory=memory,
    )
    emitter.builder.ret_void()
    code = machine_code.load(machine_code.compile_module(str(module), chosen, optimization=0))
    kind: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 4)
    run: Run = code.function("multiply", kind)
    return run


def described(a: Array, b: Array) -> Product:
    """Return the product of two arrays as the compiler sees it."""
    left, right = (Strides(*(stride // array.itemsize for stride in array.strides)) for array in (a, b))
    return Product(a.shape[0], a.shape[1], b.shape[1], a.dtype, left, right)


def chosen_tiling(a: Array, b: Array, chosen: Target, *, chained: bool = False) -> Tiling:
    """Return the tiling that is chosen for two arrays."""
    return choose_tiling(described(a, b), chosen.lanes(a.itemsize), chosen.vector_registers, chained=chained)


def multiply(a: Array, b: Array, c: Array, chosen: Target, tiling: Tiling | None = None) -> None:
    """Store a @ b in c."""
    what = described(a, b)
    tiling = tiling or chosen_tiling(a, b, chosen)
    run = compiled(what, tiling, chosen, c.strides[0] // c.itemsize)
    size = scratch_bytes(what, tiling, chosen.lanes(c.itemsize))
    memory = Guarded(size).array((size,), np.uint8, at_end=True) if size else None
    address = memory.ctypes.data if memory is not None else 0
    run(a.ctypes.data, b.ctypes.data, c.ctypes.data, address, 0, tiling.panels, 0, len(tiling.heights))


def placed(values: Array, layout: str, *, at_end: bool) -> Array:
    """Return a copy of a row-major array in guarded memory, row-major ("r") or column-major ("c")."""
    return guarded(values if layout == "r" else values.T.copy().T, at_end=at_end)


def operands(rows: int, inner: int, columns: int, dtype: Any = F32, seed: int = 0) -> tuple[Array, Array]:
    """Return two random matrices that can be multiplied."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, inner)).astype(dtype), rng.standard_normal((inner, columns)).astype(dtype)


def excess(actual: Array, a: Array, b: Array) -> float:
    """Return how far the error is beyond the bound K ε |a||b| of a sum of K products; at most 0 if it keeps to it."""
    wide = np.longdouble if a.dtype == np.float64 else np.float64
    a, b = a.astype(wide), b.astype(wide)
    bound = (a.shape[1] + 1) * np.finfo(actual.dtype).eps * (np.abs(a) @ np.abs(b))
    return float(np.max(np.abs(actual - a @ b) - bound, initial=-np.inf))


def check(rows: int, inner: int, columns: int, dtype: Any, layouts: str, chosen: Target, *, at_end: bool) -> None:
    """Assert that a product on guarded memory keeps to the error bound."""
    a, b = operands(rows, inner, columns, dtype)
    left, right = placed(a, layouts[0], at_end=at_end), placed(b, layouts[1], at_end=at_end)
    c = guarded(np.full((rows, columns), np.nan, dtype), at_end=at_end)
    multiply(left, right, c, chosen)
    assert excess(c, a, b) <= 0


# --- what is computed -------------------------------------------------------------------------------------------------

sizes = st.one_of(st.integers(1, 20), st.integers(1, 70), st.integers(1, 150))


@settings(max_examples=60)
@given(
    sizes,
    sizes,
    sizes,
    st.sampled_from([F32, F64]),
    st.sampled_from(["rr", "rc", "cr", "cc"]),
    st.sampled_from(TARGETS),
    st.booleans(),
)
def test_product_keeps_to_the_error_bound_and_to_its_memory(
    rows: int, inner: int, columns: int, dtype: Any, layouts: str, chosen: Target, at_end: bool
) -> None:
    """Whatever the shape, each element is within K ε |a||b|, and nothing outside of the matrices is touched."""
    check(rows, inner, columns, dtype, layouts, chosen, at_end=at_end)


def sweep(count: int, seed: int) -> None:
    """Check so many random products."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        rows, inner, columns = (int(size) for size in np.exp(rng.uniform(0, np.log(200), 3)))
        dtype, layouts = (F32, F64)[rng.integers(2)], ("rr", "rc", "cr", "cc")[rng.integers(4)]
        check(rows, inner, columns, dtype, layouts, TARGETS[rng.integers(len(TARGETS))], at_end=bool(rng.integers(2)))


def test_dozens_of_random_products() -> None:
    """Products of random shapes, layouts, element types and targets keep to the error bound and to their memory."""
    sweep(60, 1)


@pytest.mark.slow
def test_thousands_of_random_products() -> None:
    """So do thousands."""
    sweep(3000, 2)


@pytest.mark.parametrize("chosen", TARGETS, ids=lambda each: each.name)
@pytest.mark.parametrize("layouts", ["rr", "rc", "cr", "cc"])
@pytest.mark.parametrize("shape", [(129, 2100, 70), (5, 3000, 1), (300, 1, 300), (1, 784, 128)])
def test_products_that_are_cut_into_blocks(shape: tuple[int, int, int], layouts: str, chosen: Target) -> None:
    """Products whose inner dimension or operands are cut into blocks keep to the error bound."""
    check(*shape, F32, layouts, chosen, at_end=True)


def forced(what: Product, width: int, chosen: Target, **settings: Any) -> Tiling:
    """Return a tiling of some vectors' width with settings that are not chosen."""
    lanes = chosen.lanes(what.dtype.itemsize)
    vectors = -(-what.columns // lanes)
    whole, left = divmod(what.rows, 4)
    return Tiling(
        heights=(4,) * whole + ((left,) if left else ()),
        width=width,
        last_width=vectors % width or width,
        panels=-(-vectors // width),
        last_lanes=what.columns - (vectors - 1) * lanes,
        panel_columns=width * lanes,
        **settings,
    )


@pytest.mark.parametrize("depth", [0, 13])
@pytest.mark.parametrize("block", [0, 1, 3])
@pytest.mark.parametrize(("packs_a", "packs_b"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("layouts", ["rr", "cr"])
def test_every_order_and_every_copy(layouts: str, packs_a: bool, packs_b: bool, block: int, depth: int) -> None:
    """Whether operands are copied, rows taken in blocks, or the inner dimension, the product is the same."""
    chosen = TARGETS[0]
    a, b = operands(19, 31, 70)
    left, right = placed(a, layouts[0], at_end=True), placed(b, layouts[1], at_end=True)
    what = described(left, right)
    tiling = forced(what, 2, chosen, packs_a=packs_a, packs_b=packs_b, block=block, depth=depth)
    c = guarded(np.full((19, 70), np.nan, F32), at_end=True)
    multiply(left, right, c, chosen, tiling)
    assert excess(c, a, b) <= 0


@pytest.mark.parametrize("layouts", ["rr", "cr", "rc"])
def test_general_strides(layouts: str) -> None:
    """Operands whose elements lie apart in both directions, or in reverse, are multiplied."""
    a, b = operands(20, 33, 45)
    frames = [np.full((3 * x.shape[0], 2 * x.shape[1]), np.nan, F32) for x in (a, b)]
    left, right = frames[0][::-3, ::2], frames[1][::3, ::-2]
    left[:], right[:] = a, b
    c = np.empty((20, 45), F32)
    multiply(left, right, c, TARGETS[0])
    assert excess(c, a, b) <= 0


@pytest.mark.parametrize("shape", [(60, 40, 200), (200, 700, 40), (7, 1100, 33), (64, 1024, 128)])
@pytest.mark.parametrize("layouts", ["rr", "cc"])
def test_shares_make_up_the_whole(shape: tuple[int, int, int], layouts: str) -> None:
    """A product that is computed share by share has the bits of the whole one."""
    chosen = TARGETS[0]
    a, b = operands(*shape)
    left, right = placed(a, layouts[0], at_end=True), placed(b, layouts[1], at_end=True)
    what, tiling = described(left, right), chosen_tiling(left, right, chosen)
    whole, parts = np.empty((2, shape[0], shape[2]), F32)
    multiply(left, right, whole, chosen)
    run = compiled(what, tiling, chosen, shape[2])
    memory = np.empty(scratch_bytes(what, tiling, chosen.lanes(4)) + 64, np.uint8)
    address = memory.ctypes.data + -memory.ctypes.data % 64
    panels, rows = tiling.panels // 2, len(tiling.heights) // 3
    for panel_share in ((0, panels), (panels, tiling.panels)):
        for row_share in ((0, rows), (rows, rows), (rows, len(tiling.heights))):
            run(left.ctypes.data, right.ctypes.data, parts.ctypes.data, address, *panel_share, *row_share)
    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("columns", [1, 15, 17, 50, 63])
def test_nothing_is_written_beside_the_result(columns: int) -> None:
    """A result whose rows lie in a wider array leaves the rest of that array as it was."""
    a, b = operands(13, 1200, columns)
    frame = np.full((15, columns + 40), 7, F32)
    multiply(a, b, frame[1:14, 20 : 20 + columns], TARGETS[0])
    assert excess(frame[1:14, 20 : 20 + columns], a, b) <= 0
    frame[1:14, 20 : 20 + columns] = 7
    np.testing.assert_array_equal(np.full_like(frame, 7), frame)


# --- bits -------------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(
    sizes,
    st.one_of(sizes, st.integers(DEPTH - 2, 3 * DEPTH)),
    sizes,
    st.sampled_from([F32, F64]),
    st.sampled_from(["rr", "rc", "cr", "cc"]),
)
def test_chained_products_have_the_bits_of_the_general_kernel(
    rows: int, inner: int, columns: int, dtype: Any, layouts: str
) -> None:
    """A chained product has the bits of the kernel for all shapes, whatever the tiling of either."""
    chosen = target.named("host")
    a, b = operands(rows, inner, columns, dtype)
    left, right = placed(a, layouts[0], at_end=False), placed(b, layouts[1], at_end=False)
    expected, actual = np.empty((2, rows, columns), dtype)
    product.prepare(dtype)
    product.multiply(left, right, expected)
    multiply(left, right, actual, chosen, chosen_tiling(left, right, chosen, chained=True))
    assert expected.tobytes() == actual.tobytes()


@pytest.mark.parametrize("chosen", TARGETS, ids=lambda each: each.name)
@pytest.mark.parametrize("layouts", ["rr", "rc"])
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_special_values_propagate(special: float, side: int, layouts: str, chosen: Target) -> None:
    """NaN and infinities, also times zero, reach just the elements that they reach in NumPy."""
    a, b = operands(20, 9, 40)
    a[:, ::2] = 0
    (a, b)[side][4, 7] = special
    with np.errstate(invalid="ignore"):
        expected = np.where(np.isfinite(a @ b), 0, a @ b)
    c = np.empty((20, 40), F32)
    multiply(placed(a, layouts[0], at_end=True), placed(b, layouts[1], at_end=True), c, chosen)
    np.testing.assert_array_equal(expected, np.where(np.isfinite(c), 0, c))


@pytest.mark.parametrize("chosen", TARGETS, ids=lambda each: each.name)
def test_denormals_are_kept(chosen: Target) -> None:
    """A product that is a denormal number is not flushed to zero."""
    a, b = np.full((3, 1), 1e-30, F32), np.full((1, 20), 1e-12, F32)
    c = np.empty((3, 20), F32)
    multiply(a, b, c, chosen)
    np.testing.assert_array_equal(np.matmul(a, b), c)


# --- code for other processors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("strides", [Strides(50, 1), Strides(1, 30)])
def test_code_for_arm(dtype: Any, strides: Strides) -> None:
    """For 64-bit ARM, tiles become that processor's vector multiply-adds."""
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    chosen = Target("arm", "generic", "+neon", 16, 32)
    what = Product(20, 30, 50, dtype, Strides(30, 1), strides)
    tiling = choose_tiling(what, chosen.lanes(dtype.itemsize), chosen.vector_registers)
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER] * 4), "multiply")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block()), chosen)
    a, b, c, memory = function.args
    emit_product(emitter, what, tiling, a, b, storing(emitter, what, c, 50), memory=memory)
    emitter.builder.ret_void()
    machine: Any = binding.Target.from_triple("aarch64-unknown-linux-gnu").create_target_machine(
        cpu=chosen.cpu, features=chosen.features, opt=3
    )
    assert "fmla" in machine.emit_assembly(binding.parse_assembly(str(module)))
