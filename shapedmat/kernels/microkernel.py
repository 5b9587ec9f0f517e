"""The sums of one tile of a matrix product, in registers: the innermost loops, which BLIS calls the micro-kernel.

See Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS functionality" (ACM TOMS 41, 2015).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from llvmlite import ir

from shapedmat.kernels.blocking import Strides, unrolled
from shapedmat.kernels.emission import I64, POINTER, VOID, Emitter, constant, element_type, vector_of
from shapedmat.kernels.packing import totals

Sums: TypeAlias = list[list[Any]]
"""For each row of a tile, its vectors of columns."""


@dataclass(frozen=True, slots=True)
class Operand:
    """Where a tile reads one of its operands.

    Attributes:
        address: the address of the first element.
        strides: the strides there.
    """

    address: Any
    strides: Strides


class Microkernel:
    """Writes the sums of tiles.

    Attributes:
        vector: the type of the vectors.
    """

    def __init__(self, emitter: Emitter, dtype: np.dtype[Any]) -> None:
        """Begin with an element type.

        Args:
            emitter: where the code goes on.
            dtype: the element type of the operands, float32 or float64.
        """
        self.vector = vector_of(element_type(dtype), emitter.target.lanes(dtype.itemsize))
        self._emitter = emitter
        self._size = dtype.itemsize

    def along_columns(self, inner: int, rows: int, lanes: list[int], a: Operand, b: Operand) -> Sums:
        """Write the sums of a tile whose vectors run along the columns of the result; elements of A are broadcast.

        Args:
            inner: the length of the sums.
            rows: the rows of the tile.
            lanes: for each of its vectors of columns, how many of its lanes may be read.
            a: the tile's rows of A.
            b: the tile's columns of B, whose rows are contiguous.
        """
        emitter, size, vector = self._emitter, self._size, self.vector
        width = len(lanes)

        def step(a_k: Any, b_k: Any, sums: Sums) -> Sums:
            right = [
                emitter.load_first(emitter.at(b_k, v * vector.count * size), vector, lanes[v]) for v in range(width)
            ]
            result = []
            for i in range(rows):
                element = emitter.load(emitter.at(a_k, i * a.strides.row * size), vector.element)
                left = emitter.splat(element, vector.count)
                result.append([emitter.multiply_add(left, right[v], sums[i][v]) for v in range(width)])
            return result

        zeros = [[constant(vector, 0)] * width for _ in range(rows)]
        steps = unrolled(rows, width, inner)
        return self._repeated(
            inner, steps, (a.address, a.strides.column * size), (b.address, b.strides.row * size), zeros, step
        )

    def along_inner(self, inner: int, rows: int, columns: int, a: Operand, b: Operand) -> Sums:
        """Write the sums of a tile whose vectors run along the inner dimension, and whose lanes are added at the end.

        Args:
            inner: the length of the sums.
            rows: the rows of the tile.
            columns: its columns, at most as many as a vector has lanes.
            a: the tile's rows of A, which are contiguous.
            b: the tile's columns of B, which are contiguous.
        """
        emitter, size, vector = self._emitter, self._size, self.vector

        def step(a_k: Any, b_k: Any, sums: Sums, count: int = vector.count) -> Sums:
            left = [emitter.load_first(emitter.at(a_k, i * a.strides.row * size), vector, count) for i in range(rows)]
            result: Sums = [[] for _ in range(rows)]
            for j in range(columns):
                right = emitter.load_first(emitter.at(b_k, j * b.strides.column * size), vector, count)
                for i in range(rows):
                    result[i].append(emitter.multiply_add(left[i], right, sums[i][j]))
            return result

        zero = constant(vector, 0)
        sums = [[zero] * columns for _ in range(rows)]
        whole, left = divmod(inner, vector.count)
        if whole:
            steps = unrolled(rows, columns, whole)
            stride = vector.count * size
            sums = self._repeated(whole, steps, (a.address, stride), (b.address, stride), sums, step)
        if left:
            offset = whole * vector.count * size
            sums = step(emitter.at(a.address, offset), emitter.at(b.address, offset), sums, left)
        padding = [zero] * ((1 << (columns - 1).bit_length()) - columns)
        return [[totals(emitter, row + padding)] for row in sums]

    def _repeated(
        self,
        count: int,
        steps: int,
        a: tuple[Any, int],
        b: tuple[Any, int],
        sums: Sums,
        step: Callable[[Any, Any, Sums], Sums],
    ) -> Sums:
        """Write the loop that adds to sums, given the first address and the step of each operand."""
        emitter, builder = self._emitter, self._emitter.builder
        (a_k, a_step), (b_k, b_step) = a, b

        def several(a_k: Any, b_k: Any, sums: Sums, repeats: int) -> Sums:
            for k in range(repeats):
                sums = step(emitter.at(a_k, k * a_step), emitter.at(b_k, k * b_step), sums)
                # Loads that the scheduler moves ahead of it would need more registers than there are.
                _keep_order(emitter)
            return sums

        whole = count // steps
        if whole > 1:
            start, loop, end = builder.block, builder.append_basic_block("sum"), builder.append_basic_block("summed")
            builder.branch(loop)
            builder.position_at_end(loop)
            k, a_phi, b_phi = builder.phi(I64), builder.phi(POINTER), builder.phi(POINTER)
            phis = [[builder.phi(value.type) for value in row] for row in sums]
            following = several(a_phi, b_phi, phis, steps)
            k_next = builder.add(k, I64(1))
            a_next, b_next = emitter.at(a_phi, steps * a_step), emitter.at(b_phi, steps * b_step)
            builder.cbranch(builder.icmp_signed("<", k_next, I64(whole)), loop, end)
            values = [(k, I64(0), k_next), (a_phi, a_k, a_next), (b_phi, b_k, b_next)]
            for phi_row, first_row, later_row in zip(phis, sums, following, strict=True):
                values += zip(phi_row, first_row, later_row, strict=True)
            for phi, first, later in values:
                phi.add_incoming(first, start)
                phi.add_incoming(later, loop)
            builder.position_at_end(end)
            sums, a_k, b_k = following, a_next, b_next
        else:
            whole = 0
        return several(a_k, b_k, sums, count - whole * steps)


def _keep_order(emitter: Emitter) -> None:
    """Let no load or store move over this place."""
    nothing = ir.FunctionType(VOID, [])
    emitter.builder.call(ir.InlineAsm(nothing, "", "~{memory}", side_effect=True), [])
