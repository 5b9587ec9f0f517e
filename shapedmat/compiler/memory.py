"""Where a program finds what it is given: the block of addresses, and the memory of each group's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from llvmlite import ir

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.values import Input, Value, base_of
from shapedmat.kernels.emission import I64, POINTER, Emitter, Index

_ROWS_AHEAD: Final = 16
"""A row of a data set is fetched while so many before it are converted: memory takes that long to answer."""
_LINE: Final = 64


@dataclass(frozen=True)
class Block:
    """The places of what a program is given.

    Attributes:
        inputs: the number of inputs, whose addresses come first.
        results: the number of results, whose addresses follow; those of constants come behind them.
        arena: the place of the arena's address.
        waiting: that of the address of two int32 at which threads wait: how many have come, and how often all have.
        first_step: that of the number of the first step.
        last_step: that of the number behind that of the last step.
        memory: that of the address of the threads' own memory.
        steps_done: that where the program puts the number behind that of the last step that it has done.
        order: that of the address of the first order, an int64 for each row of all mini-batches; others follow.
        size: how many places there are.
    """

    inputs: int
    results: int
    arena: int
    waiting: int
    first_step: int
    last_step: int
    memory: int
    steps_done: int
    order: int
    size: int


def block_of(plan: Plan) -> Block:
    """Return the places of what a plan's program is given."""
    arena = len(plan.inputs) + len(plan.results) + len(plan.constants)
    return Block(
        inputs=len(plan.inputs),
        results=len(plan.results),
        arena=arena,
        waiting=arena + 1,
        first_step=arena + 2,
        last_step=arena + 3,
        memory=arena + 4,
        steps_done=arena + 5,
        order=arena + 6,
        size=arena + 6 + plan.orders,
    )


def in_memory(plan: Plan, group: Group) -> list[Value]:
    """Return the values whose addresses a group's function is given, in this order."""
    bases = {base_of(value).number: base_of(value) for value in [*group.reads, *group.stored]}
    return [each for each in bases.values() if not (isinstance(each, Input) and each.place in plan.gathered)]


def addresses_of(plan: Plan, emitter: Emitter, block: Any, group: Group, step: Index) -> list[Any]:
    """Write the addresses that a group's function is given in a step: those in the block, and what comes behind."""
    places, result = block_of(plan), []
    for value in in_memory(plan, group):
        place = plan.storage.place(value)
        index = {
            "input": place.index,
            "result": places.inputs + place.index,
            "constant": places.inputs + places.results + place.index,
            "arena": places.arena,
        }[place.kind]
        address = emitter.at(emitter.load(emitter.at(block, 8 * index), POINTER), place.start)
        if value.place in plan.stepped if isinstance(value, Input) else plan.has_steps and place.kind == "result":
            # There is one for each step, behind one another.
            address = emitter.at(address, emitter.multiply(step, value.bytes))
        elif value.number in plan.storage.doubled:
            is_odd = emitter.builder.and_(emitter.index(step), I64(1))
            address = emitter.at(address, emitter.multiply(is_odd, plan.storage.doubled[value.number]))
        result.append(address)
    return result


class GroupMemory:
    """Where the values of a group are while its function is written."""

    def __init__(self, plan: Plan, group: Group, arguments: Sequence[Any], addresses: Sequence[Any]) -> None:
        """Begin with a group.

        Args:
            plan: the plan.
            group: the group.
            arguments: the function's first arguments: the block, the thread, the number of threads and the step.
            addresses: those that it is given.
        """
        self.plan = plan
        self.block, _, _, self.step = arguments
        self.tables: dict[tuple[int, ...], Any] = {}
        values = in_memory(plan, group)
        self._addresses = {value.number: each for value, each in zip(values, addresses, strict=True)}

    def layout(self, value: Value) -> Layout:
        """Return how a value lies in memory."""
        return self.plan.storage.layout(value)

    def address(self, value: Value) -> Any:
        """Return the address of the memory that a value lies in."""
        return self._addresses[base_of(value).number]

    def is_gathered(self, value: Value) -> bool:
        """Whether every row of the memory that a value lies in has an address of its own."""
        base = base_of(value)
        return isinstance(base, Input) and base.place in self.plan.gathered

    def row_address(self, emitter: Emitter, value: Value, row: Index) -> Any:
        """Return the address of such a row of the mini-batch."""
        base = base_of(value)
        assert isinstance(base, Input)
        return self._gathered_address(emitter, base, emitter.add(emitter.multiply(self.step, base.shape[0]), row))

    def _gathered_address(self, emitter: Emitter, base: Input, place: Index) -> Any:
        """Return the address of the row that stands at a place of the order."""
        rows = self.plan.gathered[base.place]
        order = emitter.load(emitter.at(self.block, 8 * (block_of(self.plan).order + rows.order)), POINTER)
        number = emitter.load(emitter.at(order, emitter.multiply(place, 8)), I64)
        start = emitter.load(emitter.at(self.block, 8 * base.place), POINTER)
        return emitter.at(start, emitter.multiply(number, rows.stride * base.dtype.itemsize))

    def prefetch(self, emitter: Emitter, row: Index, read: Sequence[Value]) -> None:
        """Fetch rows of the data sets into the cache: some that are read soon, and those that the mini-batch needs."""
        inputs = [each for each in self.plan.inputs if each.place in self.plan.gathered]
        is_read = {base_of(value).number for value in read}
        for base in inputs:
            rows = base.shape[0]
            ahead = _ROWS_AHEAD if base.number in is_read else 0
            place = emitter.add(emitter.add(emitter.multiply(self.step, rows), row), ahead)
            last_step = emitter.load(emitter.at(self.block, 8 * block_of(self.plan).last_step), I64)
            last = emitter.subtract(emitter.multiply(last_step, rows), 1)
            address = self._gathered_address(emitter, base, emitter.smaller(place, last))
            bytes_of_row = base.shape[1] * self.layout(base).column * base.dtype.itemsize
            for start in range(0, bytes_of_row + _LINE, _LINE):
                emitter.prefetch(emitter.at(address, min(start, max(0, bytes_of_row - 1))))

    def is_inlined(self, value: Value) -> bool:
        """Whether a value is computed wherever it is used."""
        return value.number in self.plan.fusion.inlined

    def table(self, emitter: Emitter, places: tuple[int, ...]) -> Any:
        """Return the address of a table of int64, the same one for the same numbers."""
        if places not in self.tables:
            module = emitter.builder.module
            kind = ir.ArrayType(I64, len(places))
            table: Any = ir.GlobalVariable(module, kind, f"table_{len(module.globals)}")
            table.linkage, table.global_constant = "internal", True
            table.initializer = ir.Constant(kind, list(places))
            self.tables[places] = table
        return self.tables[places]
