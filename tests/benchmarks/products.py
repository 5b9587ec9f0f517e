"""Matrix products on one thread, in GFLOP/s: ours, Intel's MKL (that of PyTorch) and OpenBLAS (that of SciPy).

The products are squares and the nine of one training step of the 784-128-64-10 network, samples as columns.

"compiled" calls each from a loop of machine code, so that no interpreter takes part: ours as code for the product's
very sizes; MKL and OpenBLAS by their function ``sgemm`` or ``dgemm``. For ours, the order of the elements is what a
compiler of the whole step may choose: row-major or column-major operands, and the transposed product; for the others,
operands are contiguous, and each may be transposed. Of these each contestant has what is fastest for it.
"python" calls ``a @ b`` on matrices under the numba backend, ``numpy.matmul`` and ``torch.matmul`` from Python, with
row-major operands.

Contestants take turns, after a warm-up, and the medians count; the ratios are medians of those within a turn. The peak
is that of multiply-adds that need no memory, measured in the same turns.

    pip install -e '.[bench]'
    python -m tests.benchmarks.products
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SHAPEDMAT_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy and PyTorch read them

import ctypes
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from typing import Literal as L

import numpy as np
import scipy.linalg.cython_blas
import tyro
from llvmlite import ir
from rich.console import Console
from rich.table import Table

from shapedmat.kernels import blocking, target, tiles
from shapedmat.kernels.emission import I64, POINTER, VOID, Emitter
from tests.benchmarks.contest import machine

Call = Callable[[int], None]
"""Computes a product so many times."""

SQUARES: Final = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
BATCHES: Final = (1, 10, 32, 64, 128, 1024)
_PEAK_TIMES: Final = 500_000


@dataclass(frozen=True)
class Arguments:
    """Time products of each contestant."""

    calls: L["compiled", "python"] = "compiled"
    """Where the contestants are called from."""
    batches: tuple[int, ...] = BATCHES
    """Samples a step, for the network's products."""
    squares: tuple[int, ...] = SQUARES
    """The sizes of the squares."""
    dtype: L["f32", "f64"] = "f32"
    """The element type."""
    rounds: int = 25
    """How often each contestant is timed."""
    plans: bool = False
    """Print how ours are cut, too."""


def cases(arguments: Arguments) -> list[tuple[str, int, int, int]]:
    """Return names, rows, inner dimension and columns."""
    found = [(f"{size} squared", size, size, size) for size in arguments.squares]
    for n in arguments.batches:
        found += [
            (f"w1 · x, {n}", 128, 784, n),
            (f"w2 · a1, {n}", 64, 128, n),
            (f"w3 · a2, {n}", 10, 64, n),
            (f"w3ᵀ · dz3, {n}", 64, 10, n),
            (f"w2ᵀ · dz2, {n}", 128, 64, n),
            (f"w1ᵀ · dz1, {n}", 784, 128, n),
            (f"dz3 · a2ᵀ, {n}", 10, n, 64),
            (f"dz2 · a1ᵀ, {n}", 64, n, 128),
            (f"dz1 · xᵀ, {n}", 128, n, 784),
        ]
    return found


def aligned(shape: tuple[int, int], dtype: Any) -> Any:
    """Return an array that begins with a cache line; its elements are random numbers from a normal distribution."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    array = memory[start : start + size].view(dtype).reshape(shape)
    array[:] = np.random.default_rng(0).standard_normal(shape)
    return array


def ours(a: Any, b: Any, c: Any) -> tuple[Call, blocking.Tiling]:
    """Return our product for these very sizes and strides."""
    chosen = target.chosen()
    dtype, (rows, inner), columns = a.dtype, a.shape, b.shape[1]
    left, right = (blocking.Strides(*(step // x.itemsize for step in x.strides)) for x in (a, b))
    product = blocking.Product(rows, inner, columns, dtype, left, right)
    lanes = chosen.lanes(dtype.itemsize)
    tiling = blocking.choose_tiling(product, lanes, chosen.vector_registers)
    memory = aligned((1, max(1, tiles.scratch_bytes(product, tiling, lanes, partial=True) // dtype.itemsize)), dtype)
    module = ir.Module()
    run = ir.Function(module, ir.FunctionType(VOID, [POINTER] * 4 + [I64]), "run")
    emitter = Emitter(ir.IRBuilder(run.append_basic_block()), chosen)
    p, q, result, own, times = run.args
    with emitter.loop(I64(0), times):
        store = tiles.storing(emitter, product, result, columns)
        tiles.emit_product(emitter, product, tiling, p, q, store, memory=own, partial=(result, columns))
    emitter.builder.ret_void()
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, ctypes.c_int64)
    call = machine.compiled(module).function("run", prototype)
    operands = (a, b, c, memory)
    return lambda times: call(*(x.ctypes.data for x in operands), times), tiling


def blas(address: int, a: Any, b: Any, c: Any) -> Call:
    """Return the product of a BLAS library, called from compiled code; c is row-major, so cᵀ = bᵀ · aᵀ is computed."""
    module = ir.Module()
    run = ir.Function(module, ir.FunctionType(VOID, [I64, POINTER, I64]), "run")
    emitter = Emitter(ir.IRBuilder(run.append_basic_block()), target.chosen())
    builder = emitter.builder
    place, arguments, times = run.args
    callee = builder.inttoptr(place, ir.FunctionType(VOID, [POINTER] * 13).as_pointer())
    pointers = [emitter.load(emitter.at(arguments, 8 * i), POINTER) for i in range(13)]
    with emitter.loop(I64(0), times):
        builder.call(callee, pointers)
    builder.ret_void()
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
    call = machine.compiled(module).function("run", prototype)

    (rows, inner), columns = a.shape, b.shape[1]
    plain = a.strides[1] == a.itemsize, b.strides[1] == b.itemsize
    leading = [x.shape[1] if is_plain else x.shape[0] for x, is_plain in zip((a, b), plain, strict=True)]
    real = ctypes.c_float if a.itemsize == 4 else ctypes.c_double
    integer = ctypes.c_int
    kept = [
        ctypes.c_char(b"N" if plain[1] else b"T"),
        ctypes.c_char(b"N" if plain[0] else b"T"),
        *map(integer, (columns, rows, inner)),
        real(1),
        b.ctypes.data,
        integer(leading[1]),
        a.ctypes.data,
        integer(leading[0]),
        real(0),
        c.ctypes.data,
        integer(columns),
    ]
    packed = (ctypes.c_void_p * 13)(*(x if isinstance(x, int) else ctypes.addressof(x) for x in kept))
    operands = (a, b, c, kept)  # which the closure keeps alive

    def multiply(times: int) -> None:
        assert operands
        call(address, ctypes.addressof(packed), times)

    return multiply


def mkl(dtype: Any) -> int | None:
    """Return the address of MKL's function, or None where PyTorch is not installed or has none."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    library = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    try:
        found = getattr(ctypes.CDLL(str(library)), "SGEMM" if dtype.itemsize == 4 else "DGEMM")
    except (OSError, AttributeError):
        return None
    return ctypes.cast(found, ctypes.c_void_p).value


def openblas(dtype: Any) -> int:
    """Return the address of the function that SciPy has."""
    capsule = scipy.linalg.cython_blas.__pyx_capi__["sgemm" if dtype.itemsize == 4 else "dgemm"]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer(capsule, name(capsule)))


def seconds(call: Call, count: int) -> float:
    """Return the seconds of one product, with its operands in the caches as far as they fit.

    They are those of the processor in this thread: what others do meanwhile takes none of them.
    """
    call(1)
    start = time.thread_time()
    call(count)
    return (time.thread_time() - start) / count


def fastest(calls: list[Call], count: int) -> int:
    """Return the number of the call that takes the least time."""
    medians = [statistics.median(seconds(call, count) for _ in range(5)) for call in calls]
    return medians.index(min(medians))


def compiled(rows: int, inner: int, columns: int, dtype: Any, count: int) -> tuple[dict[str, Call], str]:
    """Return the contestants that are called from compiled code, each in its best layout, and how ours is cut."""
    a, b, c = aligned((rows, inner), dtype), aligned((inner, columns), dtype), aligned((rows, columns), dtype)
    expected = a.astype(np.float64) @ b.astype(np.float64)

    def other_order(x: Any) -> Any:
        copied = aligned(x.T.shape, dtype)
        copied[:] = x.T
        return copied.T

    lefts, rights = (a, other_order(a)), (b, other_order(b))
    right = np.abs(expected).max() * 1e-3

    def check(call: Call, result: Any, wanted: Any) -> Call:
        result[:] = np.nan
        call(1)
        np.testing.assert_allclose(wanted, result, rtol=0, atol=right)
        return call

    transposed_c = aligned((columns, rows), dtype)
    options = [(x, y, c, expected) for x in lefts for y in rights]
    options += [(y.T, x.T, transposed_c, expected.T) for x in lefts for y in rights]
    made = [ours(x, y, result) for x, y, result, _ in options]
    mine = [check(call, result, wanted) for (call, _), (_, _, result, wanted) in zip(made, options, strict=True)]
    best = fastest(mine, count)
    x, y, _, _ = options[best]
    layout = "".join("r" if z.strides[1] == z.itemsize else "c" for z in (x, y))
    found = {"ours": mine[best]}
    for name, address in (("MKL", mkl(dtype)), ("OpenBLAS", openblas(dtype))):
        if address is not None:
            calls = [check(blas(address, x, y, c), c, expected) for x in lefts for y in rights]
            found[name] = calls[fastest(calls, count)]
    return found, f"{'Cᵀ' if best >= 4 else 'C'} {layout}: {made[best][1]}"


def from_python(rows: int, inner: int, columns: int, dtype: Any, _count: int) -> tuple[dict[str, Call], str]:
    """Return the contestants that are called from Python."""
    from shapedmat import Matrix, backends

    a, b = aligned((rows, inner), dtype), aligned((inner, columns), dtype)
    left, right = Matrix.from_array(a), Matrix.from_array(b)

    def repeated(product: Callable[[], Any]) -> Call:
        def run(times: int) -> None:
            for _ in range(times):
                product()

        return run

    def multiply(times: int) -> None:
        with backends.use_backend("numba"):
            for _ in range(times):
                left @ right

    found: dict[str, Call] = {"ours": multiply}
    try:
        import torch

        torch.set_num_threads(1)
        p, q = torch.from_numpy(a), torch.from_numpy(b)
        found["PyTorch"] = repeated(lambda: torch.matmul(p, q))
    except ImportError:
        pass
    found["NumPy"] = repeated(lambda: np.matmul(a, b))
    return found, ""


def main(arguments: Arguments) -> None:
    """Print the table."""
    dtype = np.dtype(np.float32 if arguments.dtype == "f32" else np.float64)
    title = f"GFLOP/s, {arguments.dtype}, one thread, called from {arguments.calls} code"
    table = Table("product", "rows × inner × columns", title=title)
    ratios: dict[str, list[float]] = {}
    multiply_adds, operations_at_once = machine.multiply_adds(dtype)
    plans = []
    for name, rows, inner, columns in cases(arguments):
        operations = 2 * rows * inner * columns
        count = max(1, int(2e8 / (operations + 4e3)))
        make = compiled if arguments.calls == "compiled" else from_python
        contestants, plan = make(rows, inner, columns, dtype, count)
        plans.append(f"{name}: {plan}")
        measured: dict[str, list[float]] = {contestant: [] for contestant in [*contestants, "peak"]}
        for turn in range(arguments.rounds + 1):
            for contestant, call in contestants.items():
                taken = seconds(call, count)
                if turn:  # the first is the warm-up
                    measured[contestant].append(taken)
            if turn:
                measured["peak"].append(seconds(multiply_adds, _PEAK_TIMES) / operations_at_once * operations)
        if not table.rows:
            for contestant in contestants:
                table.add_column(contestant, justify="right")
            table.add_column("of the peak", justify="right")
            for contestant in [*contestants][1:]:
                table.add_column(f"ours / {contestant}", justify="right")
        rates = [f"{operations / statistics.median(measured[contestant]) / 1e9:.1f}" for contestant in contestants]
        share = statistics.median(most / own for most, own in zip(measured["peak"], measured["ours"], strict=True))
        row = []
        for contestant in [*contestants][1:]:
            pairs = zip(measured[contestant], measured["ours"], strict=True)
            ratio = statistics.median(theirs / own for theirs, own in pairs)
            ratios.setdefault(contestant, []).append(ratio)
            row.append(f"{ratio:.2f}")
        table.add_row(name, f"{rows} × {inner} × {columns}", *rates, f"{share:.0%}", *row)
    console = Console(width=120)
    console.print(table)
    for contestant, values in ratios.items():
        mean = statistics.geometric_mean(values)
        console.print(f"ours / {contestant}: geometric mean {mean:.2f}, least {min(values):.2f}")
    if arguments.plans:
        console.print("\n".join(plans))


if __name__ == "__main__":
    main(tyro.cli(Arguments))
