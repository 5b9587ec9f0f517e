"""Products of two arrays by code for their very shapes, strides and element type, where such a product comes up often.

Before, and for what that code does not take, the general kernel is used; both compute the same bits.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from llvmlite import ir

from shapedmat.kernels import addresses, machine_code, target
from shapedmat.kernels.blocking import Product, Strides, Tiling, choose_tiling
from shapedmat.kernels.emission import I32, I64, POINTER, Emitter
from shapedmat.kernels.tiles import emit_product, scratch_bytes, storing

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Multiply: TypeAlias = Callable[[Array, Array], "Array | None"]
"""Returns the product, or None where the elements of an operand are not aligned."""

OFTEN: Final = 32
"""So many times a product has come up when it is compiled: some 10,000 small ones win back the time that this takes."""
MOST: Final = 256
"""For so many products there is code at most."""
LARGEST: Final = 1 << 31
"""The multiplications from which on the general kernel serves as well, without as much memory of its own."""

_LEAST_WITHOUT_LOCK: Final = 1 << 15
"""The multiplications from which on other Python threads may run meanwhile; to let them costs as much as some."""

_ALIGNMENT: Final = 64

_own = threading.local()


def _memory(size: int) -> int:
    """Return the address of this thread's own memory, which has at least so many bytes."""
    held: Array | None = getattr(_own, "memory", None)
    if held is None or held.size < size + _ALIGNMENT:
        held = _own.memory = np.empty(size + _ALIGNMENT, np.uint8)
    address = addresses.address_of(held)
    return address + -address % _ALIGNMENT


def compiled_product(a: Array, b: Array) -> Multiply:
    """Return the function that multiplies arrays like these: of their element type, shapes and strides.

    The element type is float32 or float64 in the machine's byte order, and no size is 0.
    """
    chosen = target.chosen()
    dtype = a.dtype
    lanes = chosen.lanes(dtype.itemsize)
    left, right = (Strides(*(step // dtype.itemsize for step in array.strides)) for array in (a, b))
    product = Product(a.shape[0], a.shape[1], b.shape[1], dtype, left, right)
    tiling = choose_tiling(product, lanes, chosen.vector_registers, chained=True)
    code = machine_code.compiled(f"product {product}", chosen, lambda: _module(product, tiling, chosen), optimization=0)
    prototype = ctypes.PYFUNCTYPE if product.operations < 2 * _LEAST_WITHOUT_LOCK else ctypes.CFUNCTYPE
    shape, size = (product.rows, product.columns), scratch_bytes(product, tiling, lanes, partial=True)
    run: Any = code.function("multiply", prototype(ctypes.c_int32, *[ctypes.c_void_p] * (4 if size else 3)))
    empty = np.empty

    if size:

        def multiply(a: Array, b: Array) -> Array | None:
            c = empty(shape, dtype)
            return None if run(id(a), id(b), id(c), _memory(size)) else c

    else:

        def multiply(a: Array, b: Array) -> Array | None:
            c = empty(shape, dtype)
            return None if run(id(a), id(b), id(c)) else c

    return multiply


def _module(product: Product, tiling: Tiling, chosen: target.Target) -> str:
    """Return the module of a function of three arrays and, if need be, memory; it returns 0 if it has multiplied."""
    module = ir.Module()
    lanes = chosen.lanes(product.dtype.itemsize)
    arguments = [POINTER] * (4 if scratch_bytes(product, tiling, lanes, partial=True) else 3)
    function = ir.Function(module, ir.FunctionType(I32, arguments), "multiply")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block()), chosen)
    builder = emitter.builder
    a, b, c = (emitter.load(emitter.at(array, addresses.OFFSET), POINTER) for array in function.args[:3])
    memory = function.args[3] if len(arguments) > 3 else None
    low = builder.or_(builder.ptrtoint(a, I64), builder.ptrtoint(b, I64))
    is_unaligned = builder.icmp_unsigned("!=", builder.and_(low, I64(product.dtype.itemsize - 1)), I64(0))
    refused, aligned = builder.append_basic_block("refused"), builder.append_basic_block("aligned")
    builder.cbranch(is_unaligned, refused, aligned)
    builder.position_at_end(refused)
    builder.ret(I32(1))
    builder.position_at_end(aligned)
    store = storing(emitter, product, c, product.columns)
    emit_product(emitter, product, tiling, a, b, store, memory=memory, partial=(c, product.columns))
    builder.ret(I32(0))
    return str(module)
