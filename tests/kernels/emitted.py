"""What runs written code over arrays: a loop around it, compiled in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from llvmlite import binding, ir

from shapedmat.kernels.emission import I64, POINTER, VOID, Emitter, constant, element_type, vector_of
from shapedmat.kernels.operations import emit_op, register_type
from shapedmat.kernels.target import Target, named

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Write: TypeAlias = Callable[..., Any]

_PADDING = 64
"""The number of elements is made a multiple of this, and so of the lanes of most vectors."""


def loop(write: Write, dtypes: Sequence[np.dtype[Any]], result: np.dtype[Any], target: Target, lanes: int) -> str:
    """Return the LLVM code of a function that writes to its last array what `write` makes of the others' elements."""
    module = ir.Module()
    kinds = [POINTER] * (len(dtypes) + 1) + [I64]
    function = ir.Function(module, ir.FunctionType(VOID, kinds), "run")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block()), target)
    *sources, destination, count = function.args
    with emitter.loop(I64(0), count, max(1, lanes)) as index:
        operands = []
        for pointer, dtype in zip(sources, dtypes, strict=True):
            place = emitter.at(pointer, emitter.multiply(index, dtype.itemsize))
            value = emitter.load(place, _in_memory(dtype, lanes))
            if dtype.kind == "b":
                value = emitter.builder.icmp_unsigned("!=", value, constant(value.type, 0))
            operands.append(value)
        value = write(emitter, *operands)
        assert register_type(result, lanes) == value.type
        if result.kind == "b":
            value = emitter.builder.zext(value, _in_memory(result, lanes))
        emitter.store(value, emitter.at(destination, emitter.multiply(index, result.itemsize)))
    emitter.builder.ret_void()
    return str(module)


def run(
    write: Write, *operands: Array, target: str = "host", lanes: int | None = None, result: np.dtype[Any] | None = None
) -> Array:
    """Return what written code makes of each element of vectors of one length.

    Args:
        write: writes the code.
        *operands: the vectors.
        target: for which processor.
        lanes: how many elements at once; 0 is one as a scalar, and as many as a register has without it.
        result: the element type of the result; the operands' without it.
    """
    dtypes = tuple(operand.dtype for operand in operands)
    count = operands[0].size
    padded = [np.concatenate([operand, np.ones(-count % _lot(lanes), operand.dtype)]) for operand in operands]
    y = np.empty(padded[0].size, result or dtypes[0])
    pointers = [array.ctypes.data for array in (*padded, y)]
    _compiled(write, dtypes, y.dtype, target, lanes)[1](*pointers, y.size)
    return y[:count]


def apply(name: str, *operands: Array, target: str = "host", lanes: int | None = None, **parameters: Any) -> Array:
    """Return the result of an operation of the op table on vectors of one length."""
    dtypes = tuple(operand.dtype for operand in operands)
    result = np.dtype(parameters["dtype"]) if name == "cast" else dtypes[0]
    if name.startswith(("equal", "not_equal", "less", "greater", "is_close")):
        result = np.dtype(bool)
    write = operation(name, dtypes, tuple(parameters.items()))
    return run(write, *operands, target=target, lanes=lanes, result=result)


@cache
def operation(name: str, dtypes: tuple[np.dtype[Any], ...], parameters: tuple[tuple[str, Any], ...]) -> Write:
    """Return what writes an operation of the op table; the same for the same arguments."""
    return lambda emitter, *operands: emit_op(emitter, name, operands, dtypes, dict(parameters))


def assembly(
    write: Write,
    dtype: np.dtype[Any],
    target: Target,
    triple: str | None = None,
    *,
    result: np.dtype[Any] | None = None,
) -> str:
    """Return the machine code, as text, of a loop around written code with one operand, for whole registers."""
    text = loop(write, [dtype], result or dtype, target, target.lanes(dtype.itemsize))
    code: str = _machine(target, triple).emit_assembly(binding.parse_assembly(text))
    return code


@cache
def _compiled(
    write: Write, dtypes: tuple[np.dtype[Any], ...], result: np.dtype[Any], target: str, lanes: int | None
) -> tuple[Any, Any]:
    processor = named(target)
    at_once = processor.lanes(max(dtype.itemsize for dtype in dtypes)) if lanes is None else lanes
    module = binding.parse_assembly(loop(write, dtypes, result, processor, at_once))
    module.verify()
    engine = binding.create_mcjit_compiler(module, _machine(processor, None))
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (len(dtypes) + 1), ctypes.c_int64)
    return engine, prototype(engine.get_function_address("run"))  # the engine owns the code


@cache
def _machine(target: Target, triple: str | None) -> Any:
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    origin = binding.Target.from_triple(triple) if triple else binding.Target.from_default_triple()
    return origin.create_target_machine(cpu=target.cpu, features=target.features, opt=3, jit=triple is None)


def _in_memory(dtype: np.dtype[Any], lanes: int) -> Any:
    return vector_of(element_type(dtype), lanes) if lanes else element_type(dtype)


def _lot(lanes: int | None) -> int:
    return _PADDING * (lanes or 1)
