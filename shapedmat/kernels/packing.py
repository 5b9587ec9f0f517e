"""Copies of parts of matrices into memory where a product reads them one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from shapedmat.kernels.blocking import Strides
from shapedmat.kernels.emission import I32, Emitter, Index, constant, element_type, vector_of


def emit_copy(
    emitter: Emitter,
    dtype: np.dtype[Any],
    rows: int,
    columns: int,
    source: Any,
    strides: Strides,
    target: Any,
    target_row: int,
) -> None:
    """Write the code that copies a matrix to one whose rows are contiguous and have room for whole vectors.

    What is left of a row's last vector becomes 0.

    Args:
        emitter: where the code goes on.
        dtype: the element type of both.
        rows: the rows of both.
        columns: the columns of both.
        source: the address of the first element.
        strides: the strides there.
        target: the address of the copy.
        target_row: the elements from row to row of the copy: a multiple of a vector's.
    """
    size = dtype.itemsize
    vector = vector_of(element_type(dtype), emitter.target.lanes(size))

    def place(base: Any, row: Index, row_stride: int, column: Index, column_stride: int) -> Any:
        offset = emitter.multiply(row, row_stride * size)
        return emitter.at(emitter.at(base, offset), emitter.multiply(column, column_stride * size))

    def copy_block(row: Index, column: Index, high: int, wide: int) -> None:
        begin = place(source, row, strides.row, column, strides.column)
        end = place(target, row, target_row, column, 1)
        if strides.column == 1:
            read = [emitter.load_first(emitter.at(begin, i * strides.row * size), vector, wide) for i in range(high)]
        elif strides.row == 1:
            steps = [emitter.at(begin, j * strides.column * size) for j in range(wide)]
            read = transposed(emitter, [emitter.load_first(step, vector, high) for step in steps])
        else:
            read = [gathered(emitter.at(begin, i * strides.row * size), wide) for i in range(high)]
        for i in range(high):
            emitter.store(read[i], emitter.at(end, i * target_row * size))

    def gathered(address: Any, count: int) -> Any:
        result = constant(vector, 0)
        for j in range(count):
            element = emitter.load(emitter.at(address, j * strides.column * size), vector.element)
            result = emitter.builder.insert_element(result, element, I32(j))
        return result

    high = vector.count if strides.row == 1 and strides.column != 1 else min(rows, 4)

    def copy_rows(row: Index, high: int) -> None:
        whole, left = divmod(columns, vector.count)
        if whole:
            emitter.repeat(0, whole * vector.count, vector.count, lambda j: copy_block(row, j, high, vector.count))
        if left:
            copy_block(row, whole * vector.count, high, left)

    whole, left = divmod(rows, high)
    if whole:
        emitter.repeat(0, whole * high, high, lambda i: copy_rows(i, high))
    if left:
        copy_rows(whole * high, left)


def transposed(emitter: Emitter, vectors: list[Any]) -> list[Any]:
    """Write the code that transposes a square of elements, by log2 perfect shuffles of its rows.

    Rows that are not given are zeros.
    """
    kind = vectors[0].type
    lanes, half = kind.count, kind.count // 2
    rows = vectors + [constant(kind, 0)] * (lanes - len(vectors))
    low, high = _interleaving(lanes)
    for _ in range(lanes.bit_length() - 1):
        rows = [
            emitter.builder.shuffle_vector(rows[i], rows[i + half], order) for i in range(half) for order in (low, high)
        ]
    return rows


def totals(emitter: Emitter, vectors: list[Any]) -> Any:
    """Write the code that sums the lanes of each vector; return a vector whose first lanes are the sums.

    The number of vectors is a power of 2, up to that of lanes.
    """
    lanes, builder = vectors[0].type.count, emitter.builder
    low, high = _interleaving(lanes)
    count = len(vectors)
    # Interleaving puts vectors that come together late into neighbouring lanes, so they have to begin far apart.
    rows = [vectors[_reversed_bits(i, count)] for i in range(count)]
    while len(rows) > 1:
        rows = [
            builder.fadd(*(builder.shuffle_vector(rows[i], rows[i + 1], order) for order in (low, high)))
            for i in range(0, len(rows), 2)
        ]
    result = rows[0]
    undefined = ir.Constant(result.type, ir.Undefined)
    left = lanes
    while left > count:
        left //= 2
        order = [left + i if i < left else i for i in range(lanes)]
        upper = builder.shuffle_vector(result, undefined, ir.Constant(vector_of(I32, lanes), order))
        result = builder.fadd(result, upper)
    return result


def _interleaving(lanes: int) -> tuple[Any, Any]:
    """Return the orders that interleave the first and the second halves of two vectors."""
    half, kind = lanes // 2, vector_of(I32, lanes)
    low = ir.Constant(kind, [i // 2 + lanes * (i % 2) for i in range(lanes)])
    high = ir.Constant(kind, [half + i // 2 + lanes * (i % 2) for i in range(lanes)])
    return low, high


def _reversed_bits(number: int, count: int) -> int:
    """Return the number whose binary digits, as many as count - 1 has, are those of `number` in reverse."""
    result = 0
    while count > 1:
        result, number, count = 2 * result + number % 2, number // 2, count // 2
    return result
