"""`Frame`: the values of one group while code is written for it, each read, computed or stored a vector at a time.

A frame looks at the group's domain by rows, or, where the group computes the transpose, by columns: row i and column j
of the frame are then column i and row j of the matrices. Vectors go along the frame's rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.memory import GroupMemory
from shapedmat.compiler.plan import NUMBERS_BYTES
from shapedmat.compiler.values import Constant, Map, Operand, Picked, Product, Value, View, base_of, is_number
from shapedmat.kernels.emission import I8, I32, I64, Emitter, Index, constant, element_type, vector_of
from shapedmat.kernels.operations import emit_op, number


@dataclass(slots=True)
class Spot:
    """One vector of the frame: its row, its first column, and how many of its lanes there are.

    Attributes:
        row: the row.
        column: the column of the first lane.
        lanes: the lanes of the vector.
        count: how many of them are columns of the frame.
        known: the values that have been computed for it, by their numbers.
        of_row: values of one column, for the row.
        of_column: values of one row, for the columns.
    """

    row: Index
    column: Index
    lanes: int
    count: int
    known: dict[int, Any] = field(default_factory=dict)
    of_row: dict[int, Any] = field(default_factory=dict)
    of_column: dict[int, Any] = field(default_factory=dict)


class Frame:
    """Reads, computes and stores the values of a group."""

    def __init__(self, emitter: Emitter, memory: GroupMemory, group: Group, *, flip: bool, numbers: Any = None) -> None:
        """Begin with a group.

        Args:
            emitter: where the code goes on.
            memory: where values are.
            group: the group.
            flip: whether the frame looks at the transpose.
            numbers: the address of `NUMBERS_BYTES` of memory in which numbers are kept between their uses, where
                registers are better used for sums.
        """
        self.emitter = emitter
        self.memory = memory
        self.group = group
        self.flip = flip
        self.rows, self.columns = self.oriented(group.domain)
        self.is_flat = False
        self._members = {value.number for value in group.maps}
        self._numbers: dict[int, Any] = {}
        self._numbers_memory = numbers
        self._slots: dict[int, Any] = {}
        largest = max(
            [each.dtype.itemsize for each in [*group.computes, *group.reads] if each.dtype.kind == "f"] or [8]
        )
        self.lanes = emitter.target.lanes(largest)

    def oriented(self, pair: tuple[int, int]) -> tuple[int, int]:
        """Return two numbers, for rows and columns, as the frame looks at them."""
        return (pair[1], pair[0]) if self.flip else pair

    def layout(self, value: Value) -> Layout:
        """Return how a value lies in memory, as the frame looks at it."""
        layout = self.memory.layout(value)
        return layout.transposed if self.flip else layout

    def prepare(self) -> None:
        """Write what is the same for the whole group: numbers that are computed from numbers alone."""
        for value in [*self.group.reads, *self._numbers_in(self.group)]:
            if value.shape == (1, 1) and not self.memory.is_gathered(value):
                self._keep(value)

    def _keep(self, value: Value) -> None:
        """Compute a number, and keep it in memory if there is any for it."""
        scalar = self.number(value)
        if self._numbers_memory is None or value.dtype.kind != "f" or 8 * len(self._slots) >= NUMBERS_BYTES:
            return
        slot = self.emitter.at(self._numbers_memory, 8 * len(self._slots))
        self._slots.setdefault(value.number, slot)
        self.emitter.store(scalar, self._slots[value.number])

    def _splat_number(self, value: Value, lanes: int) -> Any:
        scalar = self.number(value)
        slot = self._slots.get(value.number)
        if slot is not None:
            # Read again from memory, to which every store might have gone: it stays in no register for long.
            scalar = self.emitter.load(slot, scalar.type)
        return self.emitter.splat(scalar, lanes)

    def _numbers_in(self, group: Group) -> list[Value]:
        """Return what a group computes from numbers alone, in running order."""
        found: dict[int, Value] = {each.number: each for each in group.maps}
        waiting = list(group.computes)
        while waiting:
            for source in waiting.pop().sources:
                if isinstance(source, Map) and self.memory.is_inlined(source) and source.number not in found:
                    found[source.number] = source
                    waiting.append(source)
        return sorted(filter(is_number, found.values()), key=lambda each: each.number)

    def of_row(self, row: Index, lanes: int) -> dict[int, Any]:
        """Return the vectors of what is read and is the same along a row, by the values' numbers."""
        found: dict[int, Any] = {}
        if not self.is_flat and self.columns != 1:
            spot = Spot(row, 0, lanes, lanes, of_row=found)
            for value in self.group.reads:
                rows, columns = self.oriented(value.shape)
                if columns == 1 and (rows != 1 or self.memory.is_gathered(value)) and self.is_element_wise(value):
                    self.load(value, spot)
        return found

    def is_element_wise(self, value: Value) -> bool:
        """Whether what is read is not an operand of the group's product."""
        root = self.group.root
        return not (isinstance(root, Product) and value in (root.a, root.b))

    # --- numbers ------------------------------------------------------------------------------------------------------

    def number(self, value: Value) -> Any:
        """Return a 1×1 value that is in memory, or computed from such alone, as a scalar."""
        if value.number not in self._numbers:
            if isinstance(value, Map) and self._is_computed(value):
                kinds = [value.dtype_of(each) for each in value.inputs]
                operands = [
                    self.number(each) if isinstance(each, Value) else number(kind, each)
                    for each, kind in zip(value.inputs, kinds, strict=True)
                ]
                result = emit_op(self.emitter, value.op, operands, kinds, value.parameters)
            else:
                result = self.element(value, 0, 0)
            self._numbers[value.number] = result
        return self._numbers[value.number]

    def _is_computed(self, value: Value) -> bool:
        """Whether the group computes a map, and does not read it."""
        return value.number in self._members or self.memory.is_inlined(value)

    # --- reading ------------------------------------------------------------------------------------------------------

    def element_address(self, value: Value, row: Index, column: Index) -> Any:
        """Return the address of an element."""
        rows, columns = self.oriented(value.shape)
        if not self.is_flat:
            row = 0 if rows == 1 else row
            column = 0 if columns == 1 else column
        if self.memory.is_gathered(value):
            return self._gathered_address(value, *((column, row) if self.flip else (row, column)))
        return self._address_in(value, self.layout(value), row, column)

    def foreign_address(self, value: Value, row: Index, column: Index) -> Any:
        """Return the address of an element by the matrix's own row and column, whichever way the frame looks."""
        if self.memory.is_gathered(value):
            return self._gathered_address(value, row, column)
        return self._address_in(value, self.memory.layout(value), row, column)

    def _address_in(self, value: Value, layout: Layout, row: Index, column: Index) -> Any:
        emitter = self.emitter
        distance: Index = emitter.add(layout.offset, self._distance(row, layout.row, layout.rows))
        distance = emitter.add(distance, self._distance(column, layout.column, layout.columns))
        return emitter.at(self.memory.address(value), emitter.multiply(distance, value.dtype.itemsize))

    def _gathered_address(self, value: Value, row: Index, column: Index) -> Any:
        """Return the address of an element by the matrix's own row and column, where its base's rows are anywhere."""
        if isinstance(value, View):
            row, column = (column, row) if value.transposed else (row, column)
            row, column = self.picked(value.rows, row), self.picked(value.columns, column)
        base = base_of(value)
        address = self.memory.row_address(self.emitter, base, row)
        distance = self.emitter.multiply(column, self.memory.layout(base).column * value.dtype.itemsize)
        return self.emitter.at(address, distance)

    def picked(self, places: Picked, index: Index) -> Index:
        """Return the place of an index."""
        if not isinstance(places, range):
            return self._distance(index, 1, places)
        return self.emitter.add(self.emitter.multiply(index, places.step), places.start)

    def _distance(self, index: Index, stride: int, listed: tuple[int, ...] | None) -> Index:
        if listed is None:
            return self.emitter.multiply(index, stride)
        if isinstance(index, int):
            return listed[index] * stride
        table = self.memory.table(self.emitter, listed)
        place = self.emitter.load(self.emitter.at(table, self.emitter.multiply(index, 8)), I64)
        return self.emitter.multiply(place, stride)

    def element(self, value: Value, row: Index, column: Index) -> Any:
        """Return an element of a value that is in memory."""
        loaded = self.emitter.load(self.element_address(value, row, column), element_type(value.dtype))
        return self.emitter.builder.icmp_unsigned("!=", loaded, I8(0)) if value.dtype.kind == "b" else loaded

    def _is_contiguous(self, value: Value, spot: Spot) -> bool:
        """Whether the elements of a vector are neighbours in memory."""
        layout = self.layout(value)
        if self.memory.is_gathered(value) and self.flip != (isinstance(value, View) and value.transposed):
            return False  # a vector goes down the rows
        if layout.column != 1:
            return False
        if layout.columns is None:
            return True
        if not isinstance(spot.column, int):
            return False
        first = layout.columns[spot.column]
        return layout.columns[spot.column : spot.column + spot.count] == tuple(range(first, first + spot.count))

    def load(self, value: Value, spot: Spot) -> Any:
        """Return the vector of a value that is in memory, which broadcasts to the frame."""
        rows, columns = self.oriented(value.shape)
        if self.is_flat and value.shape != (1, 1):
            return self.vector(value, spot)
        if columns == 1 and self.columns != 1:
            if rows == 1 and not self.memory.is_gathered(value):
                return self._splat_number(value, spot.lanes)
            if value.number not in spot.of_row:
                spot.of_row[value.number] = self.emitter.splat(self.element(value, spot.row, 0), spot.lanes)
            return spot.of_row[value.number]
        if rows == 1 and self.rows != 1:
            if value.number not in spot.of_column:
                spot.of_column[value.number] = self.vector(value, spot)
            return spot.of_column[value.number]
        if value.shape == (1, 1) and not self.memory.is_gathered(value):
            return self._splat_number(value, spot.lanes)
        return self.vector(value, spot)

    def vector(self, value: Value, spot: Spot) -> Any:
        """Return a vector of a matrix at its own row and columns, as the frame looks at it."""
        emitter, element = self.emitter, element_type(value.dtype)
        kind = vector_of(element, spot.lanes)
        if self._is_contiguous(value, spot):
            vector = emitter.load_first(self.element_address(value, spot.row, spot.column), kind, spot.count)
        else:
            vector = constant(kind, 0)
            for lane in range(spot.count):
                address = self.element_address(value, spot.row, emitter.add(spot.column, lane))
                vector = emitter.builder.insert_element(vector, emitter.load(address, element), I32(lane))
        return emitter.builder.icmp_unsigned("!=", vector, constant(kind, 0)) if value.dtype.kind == "b" else vector

    # --- computing ----------------------------------------------------------------------------------------------------

    def compute(self, operand: Operand, spot: Spot, dtype: np.dtype[Any]) -> Any:
        """Return the vector of a value or number at a spot: known, computed there, or read."""
        if not isinstance(operand, Value):
            return number(dtype, operand, spot.lanes)
        value = operand
        if value.number not in spot.known:
            spot.known[value.number] = self._computed(value, spot)
        return spot.known[value.number]

    def _computed(self, value: Value, spot: Spot) -> Any:
        if isinstance(value, Map) and self._is_computed(value):
            if value.is_number:
                return self._splat_number(value, spot.lanes)
            kinds = [value.dtype_of(each) for each in value.inputs]
            operands = [self.compute(each, spot, kind) for each, kind in zip(value.inputs, kinds, strict=True)]
            return emit_op(self.emitter, value.op, operands, kinds, value.parameters)
        if isinstance(value, Constant) and value.shape == (1, 1):
            return number(value.dtype, value.array[0, 0].item(), spot.lanes)
        return self.load(value, spot)

    # --- storing ------------------------------------------------------------------------------------------------------

    def store(self, value: Value, vector: Any, spot: Spot) -> None:
        """Store the vector of a value at a spot."""
        emitter = self.emitter
        if value.dtype.kind == "b":
            vector = emitter.builder.zext(vector, vector_of(I8, spot.lanes))
        if self._is_contiguous(value, spot):
            emitter.store_first(vector, self.element_address(value, spot.row, spot.column), spot.count)
            return
        for lane in range(spot.count):
            element = emitter.builder.extract_element(vector, I32(lane))
            emitter.store(element, self.element_address(value, spot.row, emitter.add(spot.column, lane)))

    def store_all(self, spot: Spot) -> None:
        """Compute what the group has to, of the elements at a spot, and store what it keeps, but for sums."""
        # Everything before anything is stored: that may be in the memory of an input that is read.
        for each in (*self.group.maps, *(each.x for each in self.group.sums)):
            self.compute(each, spot, each.dtype)
        sums = {each.number for each in self.group.sums}
        for value in self.group.stored:
            if value.number not in sums:
                self.store(value, self.compute(value, spot, value.dtype), spot)
