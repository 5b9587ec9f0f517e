"""Copies, transposes and sums that compiled code makes of vectors, against NumPy."""

from __future__ import annotations

import ctypes
from typing import Any, Final

import numpy as np
import pytest
from llvmlite import ir

from shapedmat.kernels import machine_code, target
from shapedmat.kernels.blocking import Strides
from shapedmat.kernels.emission import POINTER, VOID, Emitter, element_type, vector_of
from shapedmat.kernels.packing import emit_copy, totals

CHOSEN: Final = target.named("host")


def run(write: Any, *arrays: Any) -> None:
    """Compile what is written for the addresses of arrays, and run it."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER] * len(arrays)), "run")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block()), CHOSEN)
    write(emitter, *function.args)
    emitter.builder.ret_void()
    code = machine_code.load(machine_code.compile_module(str(module), CHOSEN, optimization=0))
    kind: Any = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(arrays))
    code.function("run", kind)(*(array.ctypes.data for array in arrays))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (3, 70), (70, 3), (33, 47), (64, 64)])
@pytest.mark.parametrize("layout", ["row-major", "column-major", "every second"])
def test_a_copy_has_the_elements_and_then_zeros(layout: str, shape: tuple[int, int], dtype: Any) -> None:
    """The copy has contiguous rows, and what is left of a row's last vector is 0, whatever the source's strides."""
    values = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    source = np.full((2 * shape[0], 2 * shape[1]), np.nan, dtype)[::2, ::2] if layout == "every second" else values
    source = np.asfortranarray(source) if layout == "column-major" else source
    source[:] = values
    lanes = CHOSEN.lanes(values.itemsize)
    row = -(-shape[1] // lanes) * lanes + lanes
    copied = np.full((shape[0], row), 7, dtype)
    strides = Strides(*(stride // values.itemsize for stride in source.strides))
    run(lambda emitter, a, b: emit_copy(emitter, values.dtype, *shape, a, strides, b, row), source, copied)
    expected = np.full_like(copied, 7)
    expected[:, : row - lanes] = 0
    expected[:, : shape[1]] = values
    np.testing.assert_array_equal(expected, copied)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("log", range(5))
def test_the_lanes_of_several_vectors_are_summed(log: int, dtype: Any) -> None:
    """The first lanes of the result are the sums of the vectors, in their order."""
    lanes = CHOSEN.lanes(np.dtype(dtype).itemsize)
    count = min(1 << log, lanes)
    values = np.random.default_rng(0).integers(-99, 99, (count, lanes)).astype(dtype)
    sums = np.empty(lanes, dtype)

    def write(emitter: Emitter, a: Any, b: Any) -> None:
        vector = vector_of(element_type(values.dtype), lanes)
        vectors = [emitter.load(emitter.at(a, i * values.strides[0]), vector) for i in range(count)]
        emitter.store(totals(emitter, vectors), b)

    run(write, values, sums)
    np.testing.assert_array_equal(values.sum(axis=1), sums[:count])
