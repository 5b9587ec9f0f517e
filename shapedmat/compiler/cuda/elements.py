"""What is computed of single elements, as C++ statements: each value once, by constants of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shapedmat.compiler.cuda.memory import INT_MAX, Memory
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import Copy, Map, Operand, Picked, Rearrangement, Value, View
from shapedmat.kernels.cuda.operations import element_type, expression, literal


class Elements:
    """Writes the statements that compute elements of a group's values at some places.

    Args:
        memory: where elements are.
        group: the group.
        letter: what the names of the constants begin with.

    Attributes:
        lines: the statements.
    """

    def __init__(self, memory: Memory, group: Group, letter: str = "v") -> None:
        self.memory = memory
        self.letter = letter
        self.lines: list[str] = []
        self._maps = {value.number for value in group.maps}
        self._known: dict[tuple[int, str, str], str] = {}

    def know(self, value: Value, row: str, column: str, name: str) -> None:
        """Note what an element is called that is computed already."""
        self._known[value.number, *_place(value, row, column)] = name

    def operand(self, operand: Operand, dtype: np.dtype[Any], row: str, column: str) -> str:
        """Return the expression of an element of a value that broadcasts, or of a number of an element type."""
        if not isinstance(operand, Value):
            return literal(operand, dtype)
        return self.element(operand, row, column)

    def element(self, value: Value, row: str, column: str) -> str:
        """Return the expression of an element of a value that broadcasts, after the statements that compute it."""
        row, column = _place(value, row, column)
        key = value.number, row, column
        if key not in self._known:
            self._known[key] = self._computed(value, row, column)
        return self._known[key]

    def _computed(self, value: Value, row: str, column: str) -> str:
        memory = self.memory
        if isinstance(value, View) and memory.plan.is_inlined(value.base):
            row, column = (column, row) if value.transposed else (row, column)
            return self.element(value.base, memory.picked(value.rows, row), memory.picked(value.columns, column))
        if isinstance(value, Map) and (value.number in self._maps or memory.plan.is_inlined(value)):
            kinds = [value.dtype_of(each) for each in value.inputs]
            operands = [self.operand(each, kind, row, column) for each, kind in zip(value.inputs, kinds, strict=True)]
            return self._named(value, expression(value.op, operands, kinds, value.parameters))
        return self._named(value, memory.load(value, row, column))

    def root(self, root: Copy | Rearrangement, row: str, column: str) -> str:
        """Return the expression of an element of what is made of elements of other places."""
        if isinstance(root, Copy):
            return self.element(root.x, row, column)
        if root.op == "reshape":
            first = f"static_cast<long long>({row})" if root.size > INT_MAX else row
            number = f"({first} * {root.shape[1]} + {column})"
            (part,) = root.parts
            return self._named(
                root, self.memory.load(part, f"{number} / {part.shape[1]}", f"{number} % {part.shape[1]}")
            )
        if root.op == "stack":
            return self._named(root, self._stacked(root, row, column))
        if root.op == "assign":
            return self._named(root, self._assigned(root, row, column))
        return self._scattered(root, row, column)

    def _stacked(self, root: Rearrangement, row: str, column: str) -> str:
        along = row if root.axis == 0 else column
        text, end = "", root.shape[root.axis]
        for part in reversed(root.parts):
            start = end - part.shape[root.axis]
            place = f"({along} - {start})" if start else along
            load = self.memory.load(part, *((place, column) if root.axis == 0 else (row, place)))
            text = f"({along} < {end} ? {load} : {text})" if text else load
            end = start
        return text

    def _assigned(self, root: Rearrangement, row: str, column: str) -> str:
        whole, part = root.parts
        conditions, places = [], []
        for index, picked, size in (row, root.rows, root.shape[0]), (column, root.columns, root.shape[1]):
            last = [-1] * size  # of places that are assigned to more than once, the last one counts
            for i, place in enumerate(picked):
                last[place] = i
            condition, place_of = self._inverse(tuple(last), picked, index)
            conditions += condition
            places.append(place_of)
        new, old = self.memory.load(part, *places), self.memory.load(whole, row, column)
        return f"({' && '.join(conditions)} ? {new} : {old})" if conditions else new

    def _inverse(self, last: tuple[int, ...], picked: Picked, index: str) -> tuple[list[str], str]:
        """Return the conditions that a place is among those that are picked, and which of them it is."""
        if isinstance(picked, range) and picked.step == 1:
            conditions = [f"{index} >= {picked.start}"] if picked.start else []
            conditions += [f"{index} < {picked.stop}"] if picked.stop < len(last) else []
            return conditions, f"({index} - {picked.start})" if picked.start else index
        name = f"{self.memory.table(last)}[{index}]"
        return ([f"{name} >= 0"] if -1 in last else []), name

    def _scattered(self, root: Rearrangement, row: str, column: str) -> str:
        """Write the sum of all elements that go to a place, in their order."""
        (part,) = root.parts
        kind, name = element_type(root.dtype), f"v{root.number}"
        loops, places = [], []
        for index, picked, size, counter in (
            (row, root.rows, root.shape[0], "i"),
            (column, root.columns, root.shape[1], "j"),
        ):
            sources: list[list[int]] = [[] for _ in range(size)]
            for i, place in enumerate(picked):
                sources[place].append(i)
            starts = self.memory.table(tuple(np.cumsum([0, *map(len, sources)]).tolist()))
            listed = self.memory.table(tuple(i for each in sources for i in each) or (0,))
            loops.append(f"for (int {counter} = {starts}[{index}]; {counter} < {starts}[{index} + 1]; ++{counter})")
            places.append(f"{listed}[{counter}]")
        plus = expression("add", [name, self.memory.load(part, *places)], [root.dtype] * 2, {})
        self.lines += [f"{kind} {name} = {literal(0, root.dtype)};", f"{' '.join(loops)} {name} = {plus};"]
        return name

    def _named(self, value: Value, text: str) -> str:
        name = f"{self.letter}{value.number}_{len(self.lines)}"
        self.lines.append(f"const {element_type(value.dtype)} {name} = {text};")
        return name

    def store(self, values: Sequence[Value], row: str, column: str) -> None:
        """Write the statements that store elements of values, all of which are computed before any is stored."""
        elements = [self.element(each, row, column) for each in values]  # old ones may be in the same memory
        for value, element in zip(values, elements, strict=True):
            self.lines.append(f"{self.memory.element(value, row, column)} = {element};")


def _place(value: Value, row: str, column: str) -> tuple[str, str]:
    """Return the place of an element of a value that broadcasts."""
    rows, columns = value.shape
    return "0" if rows == 1 else row, "0" if columns == 1 else column
