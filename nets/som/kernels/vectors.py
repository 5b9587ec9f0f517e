"""`Vectors`: LLVM's vector code in a function of Numba, as the tiles and the blocks of the maps need it."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils

from shapedmat.kernels.product import VECTOR_BYTES

_I32: Final = ir.IntType(32)


class Vectors:
    """Emits the code for vectors of one element type.

    Attributes:
        builder: LLVM's builder, at the place where the code goes on.
        size: the bytes of an element.
        lanes: the elements of a vector.
        vector: LLVM's type of a vector.
    """

    def __init__(self, builder: Any, element: Any) -> None:
        self.builder = builder
        self.size = element.bitwidth // 8
        self.lanes = VECTOR_BYTES // self.size
        self.vector = ir.VectorType(ir.FloatType() if element == types.float32 else ir.DoubleType(), self.lanes)

    def place(self, array: Any, index: Any) -> Any:
        """Return the address of the vector that begins at an element of an array."""
        return self.builder.bitcast(self.builder.gep(array.data, [index]), self.vector.as_pointer())

    def everywhere(self, array: Any, index: Any) -> Any:
        """Return an element of an array in every lane of a vector."""
        element = self.builder.load(self.builder.gep(array.data, [index]))
        undefined = ir.Constant(self.vector, ir.Undefined)
        lanes = ir.Constant(ir.VectorType(_I32, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(self.builder.insert_element(undefined, element, _I32(0)), undefined, lanes)

    def load(self, place: Any) -> Any:
        """Load a vector, which may begin at any element."""
        return self.builder.load(place, align=self.size)

    def store(self, value: Any, place: Any) -> None:
        """Store a vector, which may begin at any element."""
        self.builder.store(value, place, align=self.size)

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a · b + c, by one instruction where the processor has it."""
        name, module = f"llvm.fmuladd.v{self.lanes}f{self.size * 8}", self.builder.module
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        return self.builder.call(module.globals.get(name) or ir.Function(module, kind, name), [a, b, c])

    def sums(self, count: int) -> list[Any]:
        """Return the places of some sums, all zero; they become registers."""
        places = [cgutils.alloca_once(self.builder, self.vector) for _ in range(count)]  # type: ignore[no-untyped-call]  # Numba has no types
        for place in places:
            self.builder.store(ir.Constant(self.vector, [0.0] * self.lanes), place)
        return places

    def add(self, a: Any, b: Any, total: Any) -> None:
        """Add a · b to a sum."""
        self.builder.store(self.multiply_add(a, b, self.builder.load(total)), total)
