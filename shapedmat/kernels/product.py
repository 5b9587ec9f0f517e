"""The matrix product for the CPU: blocks of the operands packed into panels, and tiles that are summed in registers.

The blocking is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS 34, 2008):
a panel of the second operand stays in the cache while tiles of the result, as large as the registers hold, pass over
it. An operand is packed only where that pays. The first can be read where it lies with any strides; the second only if
its rows are contiguous, and it is so read if it is narrow or few rows pass over it.

Each element of the result is the chain of multiply-adds over k = 0, 1, 2, ... in equal blocks of at most `DEPTH`,
whatever tile it falls into. So its bits depend on neither the tiling nor the number of threads, and are those of the
code that `tiles` emits for one shape.

`tile` and what moves vectors are emitted as LLVM's vector code, for the processor that LLVM finds: a loop that LLVM
vectorises by itself keeps no block of sums in registers, and uses half of the width that AVX-512 offers.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import config

from shapedmat.kernels.blocking import DEPTH
from shapedmat.kernels.compiling import compiled, emitted, specialise

# Numba compiles for the processor that it runs on, unless its user names another one, such as "generic".
_FEATURES: Final = {} if getattr(config, "CPU_NAME", None) else binding.get_host_cpu_features()
_HEIGHTS: tuple[int, ...]
if _FEATURES.get("avx512f"):
    VECTOR_BYTES, _HEIGHTS = 64, (14, 14, 8, 6)
elif _FEATURES.get("avx2"):
    VECTOR_BYTES, _HEIGHTS = 32, (6, 6)
elif _FEATURES.get("neon"):
    VECTOR_BYTES, _HEIGHTS = 16, (8, 8, 8)
else:
    VECTOR_BYTES, _HEIGHTS = 16, (4, 4)

WIDTH: Final = len(_HEIGHTS)
"""The vectors in a full row of a tile."""
HEIGHTS: Final = np.array((0, *_HEIGHTS))
"""The rows of the tallest tile, by the vectors in its row: as many as leave registers for a row of the panel."""
ROWS: Final = 252
"""The rows that pass over all panels before the next ones do: as many rows of a block of A fit the second cache."""
COLUMNS: Final = 512
"""The columns of the second operand that are packed at once."""
PACKED_ROWS: Final = 96
"""From so many rows on, packing the second operand costs less than reading rows that lie apart."""
PACKED_COLUMNS: Final = 128
"""From so many columns on, packing a first operand whose rows are not contiguous costs less than reading it."""
PACKED_STRIDE: Final = 2048
"""The bytes from column to column from which on that holds: below, the columns share cache lines and pages."""

_I64: Final = ir.IntType(64)
_I32: Final = ir.IntType(32)


def _pointer(builder: Any, address: Any, offset: Any, kind: Any) -> Any:
    base = builder.inttoptr(address, ir.IntType(8).as_pointer())
    return builder.bitcast(builder.gep(base, [offset]), kind.as_pointer())


def _vector_type(element: Any) -> Any:
    lane = ir.FloatType() if element == types.float32 else ir.DoubleType()
    return ir.VectorType(lane, VECTOR_BYTES * 8 // element.bitwidth)


def _first_lanes(builder: Any, count: Any, lanes: int) -> Any:
    index = ir.VectorType(_I32, lanes)
    return builder.icmp_signed(
        "<", ir.Constant(index, list(range(lanes))), _splat(builder, builder.trunc(count, _I32), lanes)
    )


def _splat(builder: Any, scalar: Any, lanes: int) -> Any:
    undefined = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    first = builder.insert_element(undefined, scalar, _I32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes))


def _declared(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    return builder.module.globals.get(name) or ir.Function(builder.module, ir.FunctionType(result, arguments), name)


def _masked_load(builder: Any, pointer: Any, mask: Any) -> Any:
    vector = pointer.type.pointee
    size = VECTOR_BYTES // vector.count
    name = f"llvm.masked.load.v{vector.count}f{size * 8}.p0"
    load = _declared(builder, name, vector, [pointer.type, _I32, mask.type, vector])
    return builder.call(load, [pointer, _I32(size), mask, ir.Constant(vector, [0.0] * vector.count)])


def _masked_store(builder: Any, value: Any, pointer: Any, mask: Any) -> None:
    vector = pointer.type.pointee
    size = VECTOR_BYTES // vector.count
    name = f"llvm.masked.store.v{vector.count}f{size * 8}.p0"
    store = _declared(builder, name, ir.VoidType(), [vector, pointer.type, _I32, mask.type])
    builder.call(store, [value, pointer, _I32(size), mask])


@emitted
def _address(_typing_context: Any, array: Any) -> Any:
    """Return the address of an array's first element."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, _I64)

    return types.int64(array), codegen


@emitted
def _move(_typing_context: Any, like: Any, source: Any, target: Any) -> Any:
    """Copy a vector of elements from one address to another."""
    vector = _vector_type(like.dtype)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        size = VECTOR_BYTES // vector.count
        value = builder.load(_pointer(builder, arguments[1], _I64(0), vector), align=size)
        builder.store(value, _pointer(builder, arguments[2], _I64(0), vector), align=size)
        return context.get_dummy_value()

    return types.void(like, source, target), codegen


@emitted
def _move_some(_typing_context: Any, like: Any, source: Any, target: Any, count: Any) -> Any:
    """Copy `count` elements from one address to another, and fill the rest of the vector with zeros."""
    vector = _vector_type(like.dtype)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lanes, size = vector.count, VECTOR_BYTES // vector.count
        mask = _first_lanes(builder, arguments[3], lanes)
        value = _masked_load(builder, _pointer(builder, arguments[1], _I64(0), vector), mask)
        builder.store(value, _pointer(builder, arguments[2], _I64(0), vector), align=size)
        return context.get_dummy_value()

    return types.void(like, source, target, count), codegen


@emitted
def _transpose(
    _typing_context: Any, like: Any, source: Any, source_stride: Any, target: Any, target_stride: Any
) -> Any:
    """Transpose a square block, as many vectors as a vector has elements, by log2 perfect shuffles of its rows."""
    vector = _vector_type(like.dtype)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        lanes, size = vector.count, VECTOR_BYTES // vector.count
        _, source_address, source_step, target_address, target_step = arguments
        rows = [
            builder.load(_pointer(builder, source_address, builder.mul(source_step, _I64(i)), vector), align=size)
            for i in range(lanes)
        ]
        half = lanes // 2
        pairs = ir.VectorType(_I32, lanes)
        low = ir.Constant(pairs, [i // 2 + lanes * (i % 2) for i in range(lanes)])
        high = ir.Constant(pairs, [half + i // 2 + lanes * (i % 2) for i in range(lanes)])
        for _ in range(lanes.bit_length() - 1):
            rows = [
                builder.shuffle_vector(rows[i], rows[i + half], order) for i in range(half) for order in (low, high)
            ]
        for i, row in enumerate(rows):
            builder.store(row, _pointer(builder, target_address, builder.mul(target_step, _I64(i)), vector), align=size)
        return context.get_dummy_value()

    return types.void(like, source, source_stride, target, target_stride), codegen


@emitted
def tile(
    _typing_context: Any,
    like: Any,
    height: Any,
    vectors: Any,
    depth: Any,
    a: Any,
    a_strides: Any,
    b: Any,
    b_stride: Any,
    c: Any,
    c_stride: Any,
    last: Any,
    add: Any,
) -> Any:
    """Compute one tile of the result, `height` rows by `vectors` vectors of columns, in registers.

    This is the one function to replace where the shape is known when the product is compiled.

    Args:
        like: an array of the element type.
        height: the number of rows, from 1 to ``HEIGHTS[vectors]``.
        vectors: the number of vectors in a row, from 1 to `WIDTH`.
        depth: the number of products in each sum, at least 1.
        a: the address of the first row's first element.
        a_strides: the bytes from row to row, and from column to column.
        b: the address of a panel, whose rows are `vectors` vectors.
        b_stride: the bytes from row to row of the panel.
        c: the address of the tile in the result.
        c_stride: the bytes from row to row of the result.
        last: the number of elements of the last vector that are columns of the result.
        add: whether the tile is added to the result, rather than stored there.
    """
    vector = _vector_type(like.dtype)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        height, vectors = arguments[1:3]
        end, nowhere = builder.append_basic_block(), builder.append_basic_block()
        choice = builder.switch(builder.add(builder.mul(height, _I64(WIDTH + 1)), vectors), nowhere)
        builder.position_at_end(nowhere)
        builder.unreachable()
        for width, tallest in enumerate(_HEIGHTS, start=1):
            for rows in range(1, tallest + 1):
                block = builder.append_basic_block()
                choice.add_case(_I64(rows * (WIDTH + 1) + width), block)
                builder.position_at_end(block)
                _emit_tile(builder, vector, rows, width, *arguments[3:])
                builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(like, height, vectors, depth, a, a_strides, b, b_stride, c, c_stride, last, add), codegen


def _emit_tile(
    builder: Any,
    vector: Any,
    rows: int,
    width: int,
    depth: Any,
    a: Any,
    a_strides: Any,
    b: Any,
    b_stride: Any,
    c: Any,
    c_stride: Any,
    last: Any,
    add: Any,
) -> None:
    lanes, byte = vector.count, ir.IntType(8).as_pointer()
    size = VECTOR_BYTES // lanes
    # One instruction where the processor has it, as those with vectors of 32 bytes and more do.
    multiply_add = _declared(builder, f"llvm.fmuladd.v{lanes}f{size * 8}", vector, [vector] * 3)
    row_stride, column_stride = builder.extract_value(a_strides, 0), builder.extract_value(a_strides, 1)

    # Three rows share a pointer: x86 reaches the others as base + stride and base + 2 strides without another register.
    bases = [_pointer(builder, a, builder.mul(row_stride, _I64(i)), ir.IntType(8)) for i in range(0, rows, 3)]
    panel = _pointer(builder, b, _I64(0), ir.IntType(8))
    start, loop, done = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    k, b_k = builder.phi(_I64), builder.phi(byte)
    a_k = [builder.phi(byte) for _ in bases]
    sums = [[builder.phi(vector) for _ in range(width)] for _ in range(rows)]
    right = [
        builder.load(builder.bitcast(builder.gep(b_k, [_I64(v * VECTOR_BYTES)]), vector.as_pointer()), align=size)
        for v in range(width)
    ]
    totals = []
    for i in range(rows):
        element = builder.gep(a_k[i // 3], [builder.mul(row_stride, _I64(i % 3))])
        left = _splat(builder, builder.load(builder.bitcast(element, vector.element.as_pointer()), align=size), lanes)
        totals.append([builder.call(multiply_add, [left, right[v], sums[i][v]]) for v in range(width)])
    following = builder.add(k, _I64(1))
    advanced = [builder.gep(pointer, [column_stride]) for pointer in a_k]
    b_advanced = builder.gep(b_k, [b_stride])
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, done)
    zero = ir.Constant(vector, [0.0] * lanes)
    values = [(k, _I64(0), following), (b_k, panel, b_advanced), *zip(a_k, bases, advanced, strict=True)]
    values += [(sums[i][v], zero, totals[i][v]) for i in range(rows) for v in range(width)]
    for phi, first, later in values:
        phi.add_incoming(first, start)
        phi.add_incoming(later, loop)

    builder.position_at_end(done)
    mask = _first_lanes(builder, last, lanes)
    for i in range(rows):
        for v in range(width):
            place = _pointer(builder, c, builder.add(builder.mul(c_stride, _I64(i)), _I64(v * VECTOR_BYTES)), vector)
            total, stored = totals[i][v], mask if v == width - 1 else ir.Constant(mask.type, [1] * lanes)
            earlier = _masked_load(builder, place, builder.and_(stored, _splat(builder, add, lanes)))
            # Where nothing is added, not even a zero is: it would change the sign of another one.
            value = builder.select(_splat(builder, add, lanes), builder.fadd(earlier, total), total)
            _masked_store(builder, value, place, stored)


@compiled
def _pack(b: Any, k_start: int, k_stop: int, j_start: int, j_stop: int, panel: Any, first: int, row: int) -> None:
    """Copy a block of b to `panel[first:]`, a row every `row` elements; its last vector is filled with zeros."""
    size = b.itemsize
    lanes = VECTOR_BYTES // size
    vectors = (j_stop - j_start + lanes - 1) // lanes
    whole = (j_stop - j_start) // lanes
    row_stride, column_stride = b.strides
    width = row * size
    source = _address(b) + k_start * row_stride + j_start * column_stride
    target = _address(panel) + first * size
    if column_stride == size:
        for k in range(k_stop - k_start):
            for v in range(whole):
                _move(b, source + k * row_stride + v * VECTOR_BYTES, target + k * width + v * VECTOR_BYTES)
            if whole < vectors:
                offset = whole * VECTOR_BYTES
                count = j_stop - j_start - whole * lanes
                _move_some(b, source + k * row_stride + offset, target + k * width + offset, count)
        return
    k_whole = j_whole = 0
    if row_stride == size:
        j_whole = whole * lanes
        k_whole = (k_stop - k_start) // lanes * lanes
        for v in range(whole):
            for k in range(0, k_whole, lanes):
                _transpose(
                    b,
                    source + v * lanes * column_stride + k * size,
                    column_stride,
                    target + k * width + v * VECTOR_BYTES,
                    width,
                )
    for k in range(k_stop - k_start):
        for j in range(j_whole if k < k_whole else 0, j_stop - j_start):
            panel[first + k * row + j] = b[k_start + k, j_start + j]
        for j in range(j_stop - j_start, vectors * lanes):
            panel[first + k * row + j] = 0


@compiled
def multiply(a: Any, b: Any, c: Any) -> None:
    """Store a @ b in c.

    Args:
        a: shape (M, K), with any strides.
        b: shape (K, N), with any strides.
        c: shape (M, N), whose rows are contiguous and which shares no memory with a and b.
    """
    rows, depth = a.shape
    columns = b.shape[1]
    if depth == 0:
        c[:] = 0
        return
    size = a.itemsize
    lanes = VECTOR_BYTES // size
    panel_columns = WIDTH * lanes
    a_packs = a.strides[1] != size and columns >= PACKED_COLUMNS and abs(a.strides[1]) >= PACKED_STRIDE
    b_packs = b.strides[1] != size or (rows >= PACKED_ROWS and abs(b.strides[0]) > WIDTH * VECTOR_BYTES)
    blocks = (depth + DEPTH - 1) // DEPTH
    step = (depth + blocks - 1) // blocks
    # A vector more than a row needs, so that rows do not fall into the same sets of the cache.
    a_row = ((step + lanes - 1) // lanes + 1) * lanes
    a_packed = np.empty(min(rows, ROWS) * a_row if a_packs else 1, a.dtype)
    b_width = min(columns, COLUMNS) + lanes if b_packs else panel_columns
    b_packed = np.empty(step * b_width + lanes, a.dtype)
    b_aligned = (-_address(b_packed) % VECTOR_BYTES) // size
    for k in range(0, depth, step):
        k_count = min(step, depth - k)
        for j_block in range(0, columns, COLUMNS):
            j_stop = min(j_block + COLUMNS, columns)
            for j in range(j_block, j_stop, panel_columns):
                count = min(panel_columns, j_stop - j)
                # A panel is packed in any case if its last vector is not whole: beyond it there may be no memory.
                if b_packs or count % lanes:
                    place = b_aligned + k_count * (j - j_block) if b_packs else b_aligned
                    _pack(b, k, k + k_count, j, j + count, b_packed, place, (count + lanes - 1) // lanes * lanes)
            for i_block in range(0, rows, ROWS):
                i_count = min(ROWS, rows - i_block)
                if a_packs:
                    _pack(a, i_block, i_block + i_count, k, k + k_count, a_packed, 0, a_row)
                    a_block = _address(a_packed)
                    a_strides = (a_row * size, size)
                else:
                    a_block = _address(a) + i_block * a.strides[0] + k * a.strides[1]
                    a_strides = a.strides
                for j in range(j_block, j_stop, panel_columns):
                    count = min(panel_columns, j_stop - j)
                    vectors = (count + lanes - 1) // lanes
                    if b_packs or count % lanes:
                        place = b_aligned + k_count * (j - j_block) if b_packs else b_aligned
                        panel = _address(b_packed) + place * size
                        panel_stride = vectors * VECTOR_BYTES
                    else:
                        panel = _address(b) + k * b.strides[0] + j * size
                        panel_stride = b.strides[0]
                    c_block = _address(c) + i_block * c.strides[0] + j * size
                    last = count - (vectors - 1) * lanes
                    # Tiles of nearly equal heights: a few rows left over would leave most of the registers idle.
                    tiles = (i_count + HEIGHTS[vectors] - 1) // HEIGHTS[vectors]
                    for t in range(tiles):
                        i = t * i_count // tiles
                        height = (t + 1) * i_count // tiles - i
                        a_tile = a_block + i * a_strides[0]
                        c_tile = c_block + i * c.strides[0]
                        operands = (a_tile, a_strides, panel, panel_stride)
                        tile(a, height, vectors, k_count, *operands, c_tile, c.strides[0], last, k > 0)


def prepare(dtype: np.dtype[Any]) -> None:
    """Compile `multiply` for one element type; the same code serves every layout.

    Otherwise Numba would compile it for each combination of layouts and of read-only and writeable operands.
    """
    element = types.float32 if dtype.itemsize == 4 else types.float64
    operand = types.Array(element, 2, "A", readonly=True)
    specialise(multiply, operand, operand, types.Array(element, 2, "A"))


def panel_columns(dtype: np.dtype[Any]) -> int:
    """Return how many columns a full tile has."""
    return WIDTH * VECTOR_BYTES // dtype.itemsize
