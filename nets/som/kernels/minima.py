"""Where the smallest of many numbers is, found with a vector of minima and a vector of their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils

from nets.som.kernels.compiling import compiled, emitted
from shapedmat.kernels.product import VECTOR_BYTES

_I64: Final = ir.IntType(64)
_I32: Final = ir.IntType(32)


def emit_first_smallest(builder: Any, element: Any, count: Any, value: Callable[[Any], Any]) -> Any:
    """Emit a loop over vectors, and return the place of the first smallest of their elements.

    Args:
        builder: LLVM's builder.
        element: Numba's type of an element.
        count: how many vectors there are.
        value: emits the code for a vector, and is told its first place.
    """
    lanes = VECTOR_BYTES * 8 // element.bitwidth
    scalar = ir.FloatType() if element == types.float32 else ir.DoubleType()
    integer = ir.IntType(element.bitwidth)
    vector, places = ir.VectorType(scalar, lanes), ir.VectorType(integer, lanes)
    smallest, where, here = (cgutils.alloca_once(builder, kind) for kind in (vector, places, places))  # type: ignore[no-untyped-call]  # Numba has no types
    builder.store(ir.Constant(vector, [float("inf")] * lanes), smallest)
    builder.store(ir.Constant(places, [0] * lanes), where)
    builder.store(ir.Constant(places, list(range(lanes))), here)
    with cgutils.for_range(builder, count) as loop:
        found = value(builder.mul(loop.index, _I64(lanes)))
        current = builder.load(here)
        is_less = builder.fcmp_ordered("<", found, builder.load(smallest))
        builder.store(builder.select(is_less, found, builder.load(smallest)), smallest)
        builder.store(builder.select(is_less, current, builder.load(where)), where)
        builder.store(builder.add(current, ir.Constant(places, [lanes] * lanes)), here)
    values, indices = builder.load(smallest), builder.load(where)
    least = _reduced(builder, f"fmin.v{lanes}f{element.bitwidth}", scalar, values)
    undefined = ir.Constant(vector, ir.Undefined)
    first_lane = builder.insert_element(undefined, least, _I32(0))
    everywhere = builder.shuffle_vector(first_lane, undefined, ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes))
    last = ir.Constant(places, [2 ** (element.bitwidth - 1) - 1] * lanes)
    candidates = builder.select(builder.fcmp_ordered("==", values, everywhere), indices, last)
    index = _reduced(builder, f"smin.v{lanes}i{element.bitwidth}", integer, candidates)
    return builder.sext(index, _I64) if element.bitwidth < _I64.width else index


def _emit(context: Any, builder: Any, signature: Any, arguments: Any, value: Callable[[list[Any]], Any]) -> Any:
    """Emit the search among the whole vectors that `value` makes of a vector of each array; return the first place."""
    element = signature.args[0].dtype
    lanes, size = VECTOR_BYTES * 8 // element.bitwidth, element.bitwidth // 8
    vector = ir.VectorType(ir.FloatType() if element == types.float32 else ir.DoubleType(), lanes)
    arrays = [
        context.make_array(kind)(context, builder, argument).data
        for kind, argument in zip(signature.args, arguments[:-1], strict=False)
    ]

    def of(start: Any) -> Any:
        pointers = [builder.bitcast(builder.gep(array, [start]), vector.as_pointer()) for array in arrays]
        return value([builder.load(pointer, align=size) for pointer in pointers])

    return emit_first_smallest(builder, element, arguments[-1], of)


def _reduced(builder: Any, name: str, result: Any, vector: Any) -> Any:
    name, module = f"llvm.vector.reduce.{name}", builder.module
    function = module.globals.get(name) or ir.Function(module, ir.FunctionType(result, [vector.type]), name)
    return builder.call(function, [vector])


@emitted
def _place(_typing_context: Any, scores: Any, vectors: Any) -> Any:
    """Return the place of the first smallest element among whole vectors."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit(context, builder, signature, arguments, lambda vectors: vectors[0])

    return types.int64(scores, vectors), codegen


@emitted
def _place_of_difference(_typing_context: Any, offsets: Any, products: Any, vectors: Any) -> Any:
    """Return the place of the first smallest element of offsets − products among whole vectors."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit(context, builder, signature, arguments, lambda vectors: builder.fsub(vectors[0], vectors[1]))

    return types.int64(offsets, products, vectors), codegen


@compiled
def first_smallest(scores: Any) -> Any:
    """Return the place of the first smallest element of contiguous scores."""
    lanes = VECTOR_BYTES // scores.itemsize
    best = _place(scores, scores.size // lanes)
    for k in range(scores.size // lanes * lanes, scores.size):
        if scores[k] < scores[best]:
            best = k
    return best


@compiled
def first_smallest_difference(offsets: Any, products: Any) -> Any:
    """Return the place of the first smallest element of offsets − products, which are contiguous."""
    lanes = VECTOR_BYTES // offsets.itemsize
    best = _place_of_difference(offsets, products, offsets.size // lanes)
    for k in range(offsets.size // lanes * lanes, offsets.size):
        if offsets[k] - products[k] < offsets[best] - products[best]:
            best = k
    return best
