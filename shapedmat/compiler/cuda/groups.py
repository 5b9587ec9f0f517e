"""The code of one group: what one block of threads does for a part of the group's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import indent
from typing import Final

import numpy as np

from shapedmat.compiler.cuda.accesses import Axis
from shapedmat.compiler.cuda.costs import THREADS
from shapedmat.compiler.cuda.elements import Elements
from shapedmat.compiler.cuda.memory import Memory
from shapedmat.compiler.cuda.phases import Strand
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.storage import aligned
from shapedmat.compiler.values import Copy, Map, Product, Rearrangement, Reduction, Value, View, is_number
from shapedmat.kernels.cuda.operations import element_type, reduction
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose

_ELEMENTS_A_THREAD: Final = 4
_WARP: Final = 32
_LONG_LINE: Final = 2048
_FEW_LINES: Final = 512
_REDUCTION_BYTES: Final = 16 * THREADS
"""The shared memory of a reduction: at most a value and its place for each thread."""


@dataclass(frozen=True)
class GroupCode:
    """The code of a group.

    Attributes:
        statements: what one block does: for the part `item` of a group that is alone, else from `first` to before
            `last` of the shared rows or columns, or for everything.
        items: into how many parts the work of a group that is alone is cut.
        shared_bytes: the shared memory that it needs.
        tickets: how many tickets it needs.
        scratch_bytes: how much memory it needs for parts of sums.
    """

    statements: str
    items: int = 1
    shared_bytes: int = 0
    tickets: int = 0
    scratch_bytes: int = 0


class GroupWriter:
    """Writes the code of one group.

    Args:
        memory: where elements are.
        group: the group.
        axis: the axis of its domain that blocks share, if they do.
        strand: the strand that it is in.
        tickets: the number of the first ticket that is free.
        scratch: the first byte of the arena that is free for parts of sums.
    """

    def __init__(
        self, memory: Memory, group: Group, axis: Axis | None, strand: Strand, *, tickets: int, scratch: int
    ) -> None:
        self.memory = memory
        self.group = group
        self.axis = axis
        self.strand = strand
        self.tickets = tickets
        self.scratch = scratch
        # What is the same for all elements is computed once, before the loops.
        self._numbers = Elements(memory, group, "n")
        self._known = {value: self._numbers.element(value, "0", "0") for value in self._used_numbers()}

    def code(self) -> GroupCode:
        """Return the code."""
        code = self._code()
        numbers = [f"[[maybe_unused]] {line}" for line in self._numbers.lines]
        return replace(code, statements=block([*numbers, code.statements]) if numbers else code.statements)

    def _used_numbers(self) -> list[Value]:
        """Return the numbers that the group needs, and does not compute from elements."""
        found: dict[int, Value] = {}
        computed = {each.number for each in self.group.computes}
        waiting = [source for each in self.group.computes for source in each.sources]
        while waiting:
            value = waiting.pop()
            is_map = isinstance(value, Map) and self.memory.plan.is_inlined(value)
            if value.number in computed or isinstance(value, View):
                continue
            if value.shape == (1, 1) and not self.memory.plan.is_gathered(value) and (is_number(value) or not is_map):
                found[value.number] = value
            elif is_map:
                waiting += value.sources
        return [found[number] for number in sorted(found)]

    def _elements(self) -> Elements:
        """Return what writes statements on elements, and knows the numbers."""
        elements = Elements(self.memory, self.group)
        for value, name in self._known.items():
            elements.know(value, "0", "0", name)
        return elements

    def _code(self) -> GroupCode:
        root = self.group.root
        if isinstance(root, Product):
            return self._product(root)
        reductions = [*self.group.sums, *([root] if isinstance(root, Reduction) else [])]
        return self._reduction(reductions[0]) if reductions else self._pass()

    def _extent(self, axis: Axis) -> tuple[str, str]:
        """Return where the part of the domain that a block computes begins along an axis, and where it ends."""
        return ("first", "last") if axis == self.axis else ("0", str(self.group.domain[axis]))

    # --- element by element -------------------------------------------------------------------------------------------

    def _pass(self) -> GroupCode:
        rows, columns = self.group.domain
        root, elements = self.group.root, self._elements()
        if isinstance(root, (Copy, Rearrangement)):
            elements.know(root, "row", "column", elements.root(root, "row", "column"))
        elements.store(self.group.stored, "row", "column")
        # Threads side by side take elements that are side by side in memory.
        first_row, first_column = (f"{self._extent(axis)[0]} + " if axis == self.axis else "" for axis in (0, 1))
        if self.axis == 1:
            place = f"[[maybe_unused]] const int column = {first_column}int(i / {rows}), row = int(i % {rows});"
        else:
            place = f"[[maybe_unused]] const int row = {first_row}int(i / {columns}), column = int(i % {columns});"
        items, start, end = 1, "0", f"{rows * columns}ll"
        if self.strand.is_alone:
            chunk = THREADS * _ELEMENTS_A_THREAD
            items = -(-rows * columns // chunk)
            start, end = f"item * {chunk}ll", f"smaller((item + 1) * {chunk}ll, {end})"
        elif self.axis is not None:
            end = f"(last - first) * {rows if self.axis == 1 else columns}ll"
        kind = "long long" if rows * columns >= 1 << 30 else "int"
        body = indented([place, *elements.lines])
        return GroupCode(f"for ({kind} i = {start} + threadIdx.x; i < {end}; i += THREADS) {{\n{body}\n}}", items)

    # --- reductions ---------------------------------------------------------------------------------------------------

    def _reduction(self, root: Reduction) -> GroupCode:
        length, lines = root.x.shape[root.axis], root.x.shape[1 - root.axis]
        monoid = reduction(root.op, root.x.dtype)
        row, column = ("int(place)", "line") if root.axis == 0 else ("line", "int(place)")
        elements = self._elements()
        element = elements.element(root.x, row, column)
        load = f"[&]([[maybe_unused]] long long place) {{\n{indented([*elements.lines, f'return {element};'])}\n}}"
        result = ("0", "line") if root.axis == 0 else ("line", "0")
        store = f"{self.memory.element(root, *result)} = {monoid}::result(value);"
        along = self.memory.direction(root.x) == root.axis
        width = self.strand.width if self.axis is not None else lines
        namespace = "shapedmat::reductions"
        if along and lines <= _FEW_LINES and length >= _LONG_LINE:
            at_once, line, is_first = 1, "start", "threadIdx.x == 0"
            call = f"{namespace}::reduce_line<THREADS>({monoid}(), {length}, {load}, shared)"
        elif along:
            threads = min(_WARP, _power_of_two(length))
            at_once, line = THREADS // threads, f"start + int(threadIdx.x) / {threads}"
            is_first = f"threadIdx.x % {threads} == 0"
            call = f"{namespace}::reduce_line<{threads}>({monoid}(), inside ? {length} : 0, {load})"
        else:
            at_once = min(THREADS if length < _WARP else _WARP, _power_of_two(width))
            line, is_first = f"start + int(threadIdx.x) % {at_once}", f"threadIdx.x < {at_once}"
            call = f"{namespace}::reduce_lines<THREADS, {at_once}>({monoid}(), inside ? {length} : 0, {load}, shared)"
        body = [
            f"const int line = {line};",
            f"const bool inside = line < {self._last_line(lines)};",
            f"const auto value = {call};",
            f"if (inside && {is_first}) {{",
            f"  {store}",
            "}",
        ]
        if self.strand.is_alone:
            statements = block([f"const int start = item * {at_once};", *body])
            return GroupCode(statements, -(-lines // at_once), _REDUCTION_BYTES)
        start = "first" if self.axis is not None else "0"
        loop = f"for (int start = {start}; start < {self._last_line(lines)}; start += {at_once}) {block(body)}"
        return GroupCode(loop, 1, _REDUCTION_BYTES)

    def _last_line(self, lines: int) -> str:
        return "last" if self.axis is not None else str(lines)

    # --- products -----------------------------------------------------------------------------------------------------

    def _product(self, root: Product) -> GroupCode:
        rows, columns = root.shape
        inner = root.a.shape[1]
        width = self.strand.width
        tiling = choose(
            width if self.axis == 0 else rows,
            inner,
            width if self.axis == 1 else columns,
            root.dtype,
            precision=self.memory.plan.precision if root.dtype == np.float32 else "full",
            threads=THREADS,
            multiprocessors=self.strand.multiprocessors,
            is_region=not self.strand.is_alone,
        )
        (a_down, a_width), (b_down, b_width) = self._packs(root.a, 0, tiling), self._packs(root.b, 1, tiling)
        element = element_type(root.dtype)
        template = tiling.template(element, a_down=a_down, a_width=a_width, b_down=b_down, b_width=b_width)
        tile = f"using Tile = {template};"
        a = f"const auto a = {self._factor(root.a, 'row', 'k', a_width)};"
        b = f"const auto b = {self._factor(root.b, 'k', 'column', b_width)};"
        elements = self._elements()
        elements.know(root, "row", "column", "sum")
        elements.store(self.group.stored, "row", "column")
        body = indented(elements.lines)
        parameters = f"[[maybe_unused]] int row, [[maybe_unused]] int column, {element} sum"
        finish = f"const auto finish = [&]({parameters}) {{\n{body}\n}};"
        (top, bottom), (left, right) = self._extent(0), self._extent(1)
        if not self.strand.is_alone:
            call = f"Tile::multiply(shared, threadIdx.x, top, left, {bottom}, {right}, 0, {inner}, a, b, finish);"
            loops = (
                f"for (int top = {top}; top < {bottom}; top += {tiling.tile_rows})\n"
                f"  for (int left = {left}; left < {right}; left += {tiling.tile_cols})\n    {call}"
            )
            return GroupCode(block([tile, a, b, finish, loops]), 1, tiling.shared_bytes)
        return self._tiles(tiling, [tile, a, b, finish], root)

    def _tiles(self, tiling: ProductTiling, definitions: list[str], root: Product) -> GroupCode:
        """Return the code of a product whose tiles are shared among all blocks."""
        rows, columns = root.shape
        inner, parts = root.a.shape[1], tiling.parts
        across = -(-columns // tiling.tile_cols)
        tiles = -(-rows // tiling.tile_rows) * across
        places = [
            f"const int tile = item / {parts};",
            f"const int top = tile / {across} * {tiling.tile_rows}, left = tile % {across} * {tiling.tile_cols};",
        ]
        end = f"top, left, {rows}, {columns}"
        if parts == 1:
            call = f"Tile::multiply(shared, threadIdx.x, {end}, 0, {inner}, a, b, finish);"
            return GroupCode(block([*definitions, *places, call]), tiles, tiling.shared_bytes)
        kind, size = element_type(root.dtype), parts * tiling.tile_rows * tiling.tile_cols
        scratch = f"reinterpret_cast<{kind}*>(memory.arena + {self.scratch}ll) + tile * {size}ll"
        call = (
            f"Tile::template multiply_in_parts<{parts}>(shared, threadIdx.x, item % {parts}, {scratch}, "
            f"memory.tickets + {self.tickets} + tile, {end}, {inner}, a, b, finish);"
        )
        scratch_bytes = aligned(tiles * size * root.dtype.itemsize)
        return GroupCode(block([*definitions, *places, call]), tiles * parts, tiling.shared_bytes, tiles, scratch_bytes)

    def _packs(self, factor: Value, own_axis: int, tiling: ProductTiling) -> tuple[bool, int]:
        """Return whether a factor is read along the rows (of the first) or down the inner index, and how widely.

        Args:
            factor: the first or second operand of the product.
            own_axis: its axis that is not the inner one.
            tiling: the tiles.
        """
        axis = self.memory.direction(factor)
        width = self.memory.pack_width(factor, axis) if self._is_in_memory(factor) else 1
        tile = (tiling.tile_rows if own_axis == 0 else tiling.tile_cols) if axis == own_axis else tiling.tile_inner
        starts = self.strand.width if axis == own_axis and self.axis == own_axis else 0
        while width > 1 and (tile % width or starts % width):
            width //= 2
        return axis == 0, width

    def _is_in_memory(self, value: Value) -> bool:
        base = value.base if isinstance(value, View) else value
        return not (isinstance(base, Map) and self.memory.plan.is_inlined(base))

    def _factor(self, factor: Value, row: str, column: str, width: int) -> str:
        """Return the function that reads a pack of a factor."""
        pack = f"shapedmat::Pack<{element_type(factor.dtype)}, {width}>"
        if width == 1:
            elements = self._elements()
            element = elements.element(factor, row, column)
            body = [*elements.lines, f"return {pack}{{{{{element}}}}};"]
        else:
            body = [f"return *reinterpret_cast<const {pack}*>(&{self.memory.element(factor, row, column)});"]
        return f"[&]([[maybe_unused]] int {row}, [[maybe_unused]] int {column}) {{\n{indented(body)}\n}}"


def block(lines: Sequence[str]) -> str:
    """Return statements in braces."""
    return f"{{\n{indented(lines)}\n}}"


def indented(lines: Sequence[str]) -> str:
    """Return statements further to the right."""
    return indent("\n".join(lines), "  ")


def _power_of_two(number: int) -> int:
    """Return the least power of two that is not below a number."""
    return 1 << (number - 1).bit_length()
