"""Matrix products whose sizes and layouts are known when their code is written: tiles of the result held in registers.

A tile of C = A·B, some rows by some vectors of columns, is summed over the inner dimension in registers: for each k a
row of B is loaded and multiplied by one element of each row of A (Goto and van de Geijn, "Anatomy of high-performance
matrix multiplication", ACM TOMS 34, 2008). That is `microkernel`'s; here are the loops around it. What is then done
with the sums, while they still are in registers, is the caller's: store them, add a bias and take the sigmoid, subtract
a multiple from a weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from shapedmat.kernels.blocking import Product, Strides, Tiling, choose_tiling, scratch
from shapedmat.kernels.emission import I64, Emitter, Index
from shapedmat.kernels.microkernel import Microkernel, Operand, Sums
from shapedmat.kernels.packing import emit_copy

__all__ = [
    "Finish",
    "Product",
    "Strides",
    "Tile",
    "Tiling",
    "choose_tiling",
    "emit_product",
    "scratch_bytes",
    "storing",
]


@dataclass(frozen=True, slots=True)
class Tile:
    """The sums of one tile, in registers.

    Attributes:
        row: the tile's first row.
        column: its first column.
        sums: a vector for each vector of columns, for each row.
        lanes: for each vector of columns, how many of its lanes are columns of the result.
    """

    row: Index
    column: Index
    sums: Sums
    lanes: list[int]


Finish: TypeAlias = Callable[[Tile], None]

Share: TypeAlias = "tuple[Index, Index]"
"""The first of those that are computed, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the operands of the tiles are read that one block of the inner dimension has.

    Attributes:
        product: the product of this block alone.
        a: the address of A's first element.
        b: the address of B's.
        finish: what is done with the sums.
    """

    product: Product
    a: Any
    b: Any
    finish: Finish


class _ProductEmitter:
    """Writes the code of one product."""

    def __init__(self, emitter: Emitter, product: Product, tiling: Tiling, memory: Any, *, partial: bool) -> None:
        self.emitter = emitter
        self.tiling = tiling
        self.memory = memory
        self.size = product.dtype.itemsize
        self.microkernel = Microkernel(emitter, product.dtype)
        self.lanes = self.microkernel.vector.count
        self.scratch = scratch(product, tiling, self.lanes, partial=partial)

    def panels(self, block: _Block, panels: Share, rows: Share) -> None:
        """Write the tiles of some panels and some rows of tiles."""
        emitter, tiling = self.emitter, self.tiling
        step = tiling.block or len(tiling.heights)

        def rows_at_once(first: Index) -> None:
            end = emitter.smaller(rows[1], emitter.add(first, step))
            if tiling.packs_a:
                self.pack_a(block, first, end)
            self.all_panels(panels, lambda number, lanes: self.panel(block, number, lanes, (first, end)))

        if tiling.packs_b and tiling.block:
            self.all_panels(panels, lambda number, lanes: self.pack_b(block, number, lanes))

        if step >= len(tiling.heights):
            rows_at_once(rows[0])
        else:
            emitter.repeat(rows[0], rows[1], step, rows_at_once)

    def all_panels(self, panels: Share, visit: Callable[[Index, list[int]], None]) -> None:
        """Write the loop over the panels, of which the last one may be narrower."""
        emitter, tiling = self.emitter, self.tiling
        first, end = panels
        inner = tiling.kernel == "inner"
        lanes = self.tiling.panel_columns if inner else self.lanes
        whole = tiling.panels - (tiling.last_width != tiling.width or tiling.last_lanes != lanes)

        def panel(number: Index, width: int, last: int) -> None:
            visit(number, [lanes] * (width - 1) + [last])

        if whole:
            emitter.repeat(first, emitter.smaller(end, whole), 1, lambda number: panel(number, tiling.width, lanes))
        if whole == tiling.panels:
            return
        if isinstance(end, int) and isinstance(first, int):
            if first <= whole < end:
                panel(whole, tiling.last_width, tiling.last_lanes)
            return
        compare = emitter.builder.icmp_signed
        is_mine = emitter.builder.and_(
            compare("<=", emitter.index(first), I64(whole)), compare("<", I64(whole), emitter.index(end))
        )
        with emitter.when(is_mine):
            panel(whole, tiling.last_width, tiling.last_lanes)

    def panel(self, block: _Block, number: Index, lanes: list[int], rows: Share) -> None:
        """Write the tiles of one panel."""
        emitter, product, size = self.emitter, block.product, self.size
        column = emitter.multiply(number, self.tiling.panel_columns)
        if self.tiling.packs_b:
            if not self.tiling.block:
                self.pack_b(block, number, lanes)
            b, strides = self.packed_b(number), Strides(self.tiling.panel_columns, 1)
            lanes_read = [self.lanes] * len(lanes)
        else:
            b, strides, lanes_read = self.panel_of_b(block, number), product.b, lanes

        def tile(i: Index, row: Index, height: int) -> None:
            if self.tiling.packs_a:
                place = emitter.multiply(emitter.subtract(i, rows[0]), self.scratch.a_tile)
                a = emitter.at(emitter.at(self.memory, self.scratch.a), place)
                a_strides = self.scratch.a_strides
            else:
                a, a_strides = emitter.at(block.a, emitter.multiply(row, product.a.row * size)), product.a
            sums = self.sums(product.inner, height, lanes_read, Operand(a, a_strides), Operand(b, strides))
            block.finish(Tile(row, column, sums, lanes))

        self.rows(rows, tile)

    def panel_of_b(self, block: _Block, number: Index) -> Any:
        """Return the address of a panel of B, where it is not copied."""
        step = self.tiling.panel_columns * block.product.b.column * self.size
        return self.emitter.at(block.b, self.emitter.multiply(number, step))

    def packed_b(self, number: Index) -> Any:
        """Return the address of the copy of a panel of B."""
        place = self.emitter.multiply(number, self.scratch.b_panel)
        return self.emitter.at(self.emitter.at(self.memory, self.scratch.b), place)

    def pack_b(self, block: _Block, number: Index, lanes: list[int]) -> None:
        """Write the copy of a panel of B."""
        product, panel = block.product, self.panel_of_b(block, number)
        shape = product.inner, sum(lanes)
        emit_copy(
            self.emitter, product.dtype, *shape, panel, product.b, self.packed_b(number), self.tiling.panel_columns
        )

    def rows(self, share: Share, tile: Callable[[Index, Index, int], None]) -> None:
        """Write a loop over rows of tiles; the tile is told its number, its first row and its height."""
        emitter, heights = self.emitter, self.tiling.heights
        height, higher = heights[0], heights.count(heights[0])
        begin, end = share
        emitter.repeat(begin, emitter.smaller(end, higher), 1, lambda i: tile(i, emitter.multiply(i, height), height))
        if higher < len(heights):
            # Each of the others begins so many rows later than if all were as low.
            emitter.repeat(
                _larger(emitter, begin, higher),
                end,
                1,
                lambda i: tile(i, emitter.add(emitter.multiply(i, height - 1), higher), height - 1),
            )

    def pack_a(self, block: _Block, first: Index, end: Index) -> None:
        """Write the copies of some rows of tiles."""
        emitter, product = self.emitter, block.product
        target = emitter.at(self.memory, self.scratch.a)
        by_columns = self.scratch.a_strides.row == 1

        def pack(i: Index, row: Index, height: int) -> None:
            a = emitter.at(block.a, emitter.multiply(row, product.a.row * self.size))
            place = emitter.at(target, emitter.multiply(emitter.subtract(i, first), self.scratch.a_tile))
            if by_columns:
                shape, strides, step = (product.inner, height), product.a.transposed, self.scratch.a_strides.column
            else:
                shape, strides, step = (height, product.inner), product.a, self.scratch.a_strides.row
            emit_copy(emitter, product.dtype, *shape, a, strides, place, step)

        self.rows((first, end), pack)

    def sums(self, inner: int, rows: int, lanes: list[int], a: Operand, b: Operand) -> Sums:
        """Write the sums of one tile."""
        if self.tiling.kernel == "inner":
            return self.microkernel.along_inner(inner, rows, lanes[0], a, b)
        return self.microkernel.along_columns(inner, rows, lanes, a, b)


def emit_product(
    emitter: Emitter,
    product: Product,
    tiling: Tiling,
    a: Any,
    b: Any,
    finish: Finish,
    *,
    panels: Share | None = None,
    rows: Share | None = None,
    memory: Any = None,
    partial: tuple[Any, int] | None = None,
) -> None:
    """Write the code that computes a product, tile by tile.

    Args:
        emitter: where the code goes on.
        product: the product.
        tiling: how it is cut.
        a: the address of A's first element.
        b: the address of B's.
        finish: writes what is done with a tile's sums.
        panels: the first of the tiles beside each other that are computed, and the one behind the last; all of them
            without it.
        rows: likewise of the tiles below each other.
        memory: the address of `scratch_bytes` bytes, a multiple of 64, that no one else uses meanwhile; only needed if
            there are any.
        partial: where the sums of the inner dimension's blocks so far are kept, the address and the elements from row
            to row; without it, in `memory`.
    """
    writer = _ProductEmitter(emitter, product, tiling, memory, partial=partial is not None)
    tiles = panels or (0, tiling.panels), rows or (0, len(tiling.heights))
    depth, size = tiling.depth, product.dtype.itemsize
    if not depth:
        writer.panels(_Block(product, a, b, finish), *tiles)
        return
    place, stride = partial or (memory, writer.scratch.partial_row)
    last = -(-product.inner // depth) - 1

    def block(number: Index, inner: int, finish: Finish) -> None:
        k = emitter.multiply(number, depth * size)
        a_block = emitter.at(a, emitter.multiply(k, product.a.column))
        b_block = emitter.at(b, emitter.multiply(k, product.b.row))
        writer.panels(_Block(replace(product, inner=inner), a_block, b_block, finish), *tiles)

    def added(tile: Tile) -> Tile:
        earlier = _stored(emitter, product, place, stride, tile)
        sums = [
            [emitter.builder.fadd(old, new) for old, new in zip(*pair, strict=True)]
            for pair in zip(earlier, tile.sums, strict=True)
        ]
        return replace(tile, sums=sums)

    store = storing(emitter, product, place, stride)
    block(0, depth, store)
    emitter.repeat(1, last, 1, lambda number: block(number, depth, lambda tile: store(added(tile))))
    block(last, product.inner - last * depth, lambda tile: finish(added(tile)))


def scratch_bytes(product: Product, tiling: Tiling, lanes: int, *, partial: bool = False) -> int:
    """Return how many bytes of memory of its own the code of a product needs, for each thread.

    Args:
        product: the product.
        tiling: how it is cut.
        lanes: the elements of a vector.
        partial: whether `emit_product` is given a place for the sums of the blocks so far.
    """
    return scratch(product, tiling, lanes, partial=partial).size


def storing(emitter: Emitter, product: Product, c: Any, row_stride: int) -> Finish:
    """Return what stores a product's tiles in a matrix whose rows are contiguous."""

    def finish(tile: Tile) -> None:
        for sums, places in zip(tile.sums, _places(emitter, product, c, row_stride, tile), strict=True):
            for value, place, lanes in zip(sums, places, tile.lanes, strict=True):
                emitter.store_first(value, place, lanes)

    return finish


def _stored(emitter: Emitter, product: Product, c: Any, row_stride: int, tile: Tile) -> Sums:
    """Load what a matrix whose rows are contiguous has in the place of a tile."""
    return [
        [
            emitter.load_first(place, value.type, lanes)
            for value, place, lanes in zip(sums, places, tile.lanes, strict=True)
        ]
        for sums, places in zip(tile.sums, _places(emitter, product, c, row_stride, tile), strict=True)
    ]


def _places(emitter: Emitter, product: Product, c: Any, row_stride: int, tile: Tile) -> list[list[Any]]:
    """Return the address of each vector of a tile."""
    size = product.dtype.itemsize
    first = emitter.at(
        emitter.at(c, emitter.multiply(tile.row, row_stride * size)), emitter.multiply(tile.column, size)
    )
    return [
        [emitter.at(first, (i * row_stride + v * value.type.count) * size) for v, value in enumerate(sums)]
        for i, sums in enumerate(tile.sums)
    ]


def _larger(emitter: Emitter, a: Index, b: Index) -> Index:
    if isinstance(a, int) and isinstance(b, int):
        return max(a, b)
    a, b = emitter.index(a), emitter.index(b)
    return emitter.builder.select(emitter.builder.icmp_signed(">", a, b), a, b)
