"""`Emitter`, which writes LLVM code: loops, addresses, vectors of which a part may be outside of a matrix.

Sizes are known when code is written, so indices are Python numbers wherever they can be, and LLVM values elsewhere;
what computes with them takes both, and computes at once with numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import numpy as np
from llvmlite import ir

from shapedmat.kernels.target import Target

Index: TypeAlias = "int | ir.Value"
"""A number that is known now, or when the code runs."""

I8: Final = ir.IntType(8)
I32: Final = ir.IntType(32)
I64: Final = ir.IntType(64)
BOOL: Final = ir.IntType(1)
POINTER: Final = ir.PointerType()
VOID: Final = ir.VoidType()

CONTRACT: Final = ("contract",)
"""A product and a sum may become one multiply-add, which rounds once; nothing else about numbers is left to LLVM."""


def element_type(dtype: np.dtype[Any]) -> Any:
    """Return LLVM's type of an element in memory; a truth value is one byte there."""
    if dtype.kind == "f":
        return ir.FloatType() if dtype.itemsize == 4 else ir.DoubleType()
    return ir.IntType(8 * dtype.itemsize)


def vector_of(element: Any, lanes: int) -> Any:
    """Return the type of a vector of so many elements."""
    return ir.VectorType(element, lanes)


def constant(kind: Any, value: float) -> Any:
    """Return a constant of a type; every lane of a vector has the value."""
    if isinstance(kind, ir.VectorType):
        element = constant(kind.element, value)
        return _spelled(kind, f"splat ({element.type} {element.get_reference()})")
    if isinstance(kind, ir.FloatType):
        with np.errstate(over="ignore"):
            return ir.Constant(kind, float(np.float32(value)))
    return ir.Constant(kind, float(value) if isinstance(kind, ir.DoubleType) else int(value))


def _spelled(kind: Any, text: str) -> Any:
    """Return a constant in LLVM's short words: a tenth of the text of all lanes, and so of the time to read it."""
    spelled = ir.FormattedConstant(kind, "")
    spelled.constant = text
    return spelled


class Emitter:
    """Writes the code of one function for one target.

    Attributes:
        builder: LLVM's builder, at the place where the code goes on.
        target: the processor that the code is for.
    """

    def __init__(self, builder: Any, target: Target) -> None:
        self.builder = builder
        self.target = target

    # --- indices and addresses ----------------------------------------------------------------------------------------

    def index(self, value: Index) -> Any:
        """Return an index as an LLVM value."""
        return I64(value) if isinstance(value, int) else value

    def add(self, a: Index, b: Index) -> Index:
        """Return a + b."""
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(a, int):
            a, b = b, a
        return a if isinstance(b, int) and b == 0 else self.builder.add(a, self.index(b))

    def subtract(self, a: Index, b: Index) -> Index:
        """Return a - b."""
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        return a if isinstance(b, int) and b == 0 else self.builder.sub(self.index(a), self.index(b))

    def multiply(self, a: Index, b: Index) -> Index:
        """Return a · b."""
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        if isinstance(a, int):
            a, b = b, a
        if isinstance(b, int) and b in (0, 1):
            return a if b else 0
        return self.builder.mul(a, self.index(b))

    def divide(self, a: Index, b: Index) -> Index:
        """Return ⌊a / b⌋ of numbers that are not negative."""
        if isinstance(a, int) and isinstance(b, int):
            return a // b
        return self.builder.udiv(self.index(a), self.index(b))

    def smaller(self, a: Index, b: Index) -> Index:
        """Return the smaller one."""
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        a, b = self.index(a), self.index(b)
        return self.builder.select(self.builder.icmp_signed("<", a, b), a, b)

    def at(self, pointer: Any, offset: Index) -> Any:
        """Return the address so many bytes behind another one."""
        if isinstance(offset, int) and offset == 0:
            return pointer
        return self.builder.gep(pointer, [self.index(offset)], source_etype=I8)

    # --- control flow -------------------------------------------------------------------------------------------------

    @contextmanager
    def loop(self, start: Index, stop: Index, step: int = 1) -> Iterator[Any]:
        """Repeat what is written within for every index from start on, below stop; at least once if both are known."""
        builder = self.builder
        entry = builder.block
        body, end = builder.append_basic_block("loop"), builder.append_basic_block("end")
        if isinstance(start, int) and isinstance(stop, int):
            builder.branch(body)
        else:
            builder.cbranch(builder.icmp_signed("<", self.index(start), self.index(stop)), body, end)
        builder.position_at_end(body)
        index = builder.phi(I64)
        index.add_incoming(self.index(start), entry)
        yield index
        following = builder.add(index, I64(step))
        index.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, self.index(stop)), body, end)
        builder.position_at_end(end)

    def fold(
        self,
        start: Index,
        stop: Index,
        step: int,
        initial: Sequence[Any],
        body: Callable[[Index, list[Any]], list[Any]],
    ) -> list[Any]:
        """Write a loop that carries values: the body gets those of the step before, and returns the next ones."""
        builder = self.builder
        if isinstance(start, int) and isinstance(stop, int) and stop - start <= step:
            return body(start, list(initial)) if start < stop else list(initial)
        entry = builder.block
        loop, end = builder.append_basic_block("fold"), builder.append_basic_block("folded")
        is_known = isinstance(start, int) and isinstance(stop, int)
        if is_known:
            builder.branch(loop)
        else:
            builder.cbranch(builder.icmp_signed("<", self.index(start), self.index(stop)), loop, end)
        builder.position_at_end(loop)
        index = builder.phi(I64)
        carried = [builder.phi(value.type) for value in initial]
        following = body(index, list(carried))
        next_index = builder.add(index, I64(step))
        last = builder.block
        builder.cbranch(builder.icmp_signed("<", next_index, self.index(stop)), loop, end)
        index.add_incoming(self.index(start), entry)
        index.add_incoming(next_index, last)
        for phi, first, later in zip(carried, initial, following, strict=True):
            phi.add_incoming(first, entry)
            phi.add_incoming(later, last)
        builder.position_at_end(end)
        if is_known:
            return following
        results = [builder.phi(value.type) for value in initial]
        for phi, first, later in zip(results, initial, following, strict=True):
            phi.add_incoming(first, entry)
            phi.add_incoming(later, last)
        return results

    def repeat(self, start: Index, stop: Index, step: int, body: Callable[[Index], None]) -> None:
        """Write a loop as `loop` does, but none where there is nothing to repeat or only once."""
        if isinstance(start, int) and isinstance(stop, int):
            count = max(0, -(-(stop - start) // step))
            if count <= 1:
                if count:
                    body(start)
                return
        with self.loop(start, stop, step) as index:
            body(index)

    @contextmanager
    def when(self, condition: Any) -> Iterator[None]:
        """Do what is written within only if a condition holds."""
        builder = self.builder
        body, end = builder.append_basic_block("then"), builder.append_basic_block("end")
        builder.cbranch(condition, body, end)
        builder.position_at_end(body)
        yield
        builder.branch(end)
        builder.position_at_end(end)

    # --- memory -------------------------------------------------------------------------------------------------------

    def load(self, pointer: Any, kind: Any) -> Any:
        """Load one element, or a whole vector whose address is a multiple of its elements' size."""
        return self.builder.load(pointer, typ=kind, align=_alignment(kind))

    def store(self, value: Any, pointer: Any) -> None:
        """Store one element or a whole vector."""
        self.builder.store(value, pointer, align=_alignment(value.type))

    def load_first(self, pointer: Any, kind: Any, count: int) -> Any:
        """Load the first lanes of a vector; the others are 0, and their memory is not touched."""
        if count == kind.count:
            return self.load(pointer, kind)
        zeros = constant(kind, 0)
        name = f"llvm.masked.load.{type_name(kind)}.p0"
        arguments = [POINTER, I32, vector_of(BOOL, kind.count), kind]
        return self.call(name, kind, arguments, [pointer, I32(_alignment(kind)), first_lanes(kind.count, count), zeros])

    def store_first(self, value: Any, pointer: Any, count: int) -> None:
        """Store the first lanes of a vector; the memory of the others is not touched."""
        kind = value.type
        if count == kind.count:
            self.store(value, pointer)
            return
        name = f"llvm.masked.store.{type_name(kind)}.p0"
        arguments = [kind, POINTER, I32, vector_of(BOOL, kind.count)]
        self.call(name, VOID, arguments, [value, pointer, I32(_alignment(kind)), first_lanes(kind.count, count)])

    def prefetch(self, pointer: Any) -> None:
        """Ask for the cache line of an address, which need not be one that may be read."""
        self.call("llvm.prefetch.p0", VOID, [POINTER, I32, I32, I32], [pointer, I32(0), I32(3), I32(1)])

    # --- vectors ------------------------------------------------------------------------------------------------------

    def splat(self, scalar: Any, lanes: int) -> Any:
        """Return a vector with a scalar in every lane."""
        unknown = _spelled(vector_of(scalar.type, lanes), "poison")
        first = self.builder.insert_element(unknown, scalar, I32(0))
        return self.builder.shuffle_vector(first, unknown, ir.Constant(vector_of(I32, lanes), [0] * lanes))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a · b + c of floating-point vectors or scalars, rounded once where the processor can do that."""
        return self.call(f"llvm.fmuladd.{type_name(a.type)}", a.type, [a.type] * 3, [a, b, c])

    def total(self, vector: Any) -> Any:
        """Return the sum of a floating-point vector's lanes, added in pairs."""
        lanes = vector.type.count
        undefined = ir.Constant(vector.type, ir.Undefined)
        while lanes > 1:
            lanes //= 2
            order = [lanes + i if i < lanes else 0 for i in range(vector.type.count)]
            upper = self.builder.shuffle_vector(vector, undefined, ir.Constant(vector_of(I32, len(order)), order))
            vector = self.builder.fadd(vector, upper)
        return self.builder.extract_element(vector, I32(0))

    def keep_first(self, vector: Any, count: int, other: float = 0) -> Any:
        """Return a vector with another number in the lanes behind the first ones."""
        if count == vector.type.count:
            return vector
        return self.builder.select(first_lanes(vector.type.count, count), vector, constant(vector.type, other))

    # --- functions ----------------------------------------------------------------------------------------------------

    def call(self, name: str, result: Any, kinds: Sequence[Any], arguments: Sequence[Any]) -> Any:
        """Call a function by its name: an intrinsic of LLVM, or one of the C library."""
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(module, ir.FunctionType(result, kinds), name)
        return self.builder.call(function, arguments)


def first_lanes(lanes: int, count: int) -> Any:
    """Return the mask of the first lanes."""
    return ir.Constant(vector_of(BOOL, lanes), [int(i < count) for i in range(lanes)])


def type_name(kind: Any) -> str:
    """Return how intrinsics name a type: ``v16f32``, ``f64``, ``v8i64``."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{type_name(kind.element)}"
    return {"float": "f32", "double": "f64"}.get(str(kind), str(kind))


def _alignment(kind: Any) -> int:
    element = kind.element if isinstance(kind, ir.VectorType) else kind
    if isinstance(element, ir.PointerType):
        return 8
    return {"float": 4, "double": 8}.get(str(element)) or max(1, element.width // 8)
