"""What a compiled function does on a GPU: its phases, and what runs at the same time in each."""

from __future__ import annotations

from collections.abc import Iterator

from shapedmat.compiler.cuda.phases import Strand
from shapedmat.compiler.cuda.plan import DevicePlan
from shapedmat.compiler.formulas import Formulas, counted, kind_of, size_of
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import Value


def describe_phases(function: str, plan: DevicePlan) -> str:
    """Return what a compiled function does: its phases, between which all blocks of threads wait for one another.

    Within a phase run strands, each of which says which part of its work a block does. The groups of a strand follow
    one another in each block. Cycles are estimates, by which the plan was chosen.

    Args:
        function: the function's name.
        plan: its plan.
    """
    return "\n".join(_Report(plan).lines(function))


class _Report:
    def __init__(self, plan: DevicePlan) -> None:
        self.plan = plan
        self.words = Formulas(plan.groups, plan.fusion.inlined)

    def lines(self, function: str) -> Iterator[str]:
        plan, count = self.plan, len(self.plan.groups)
        yield f"{function}: {counted(count, 'group')} in {counted(len(plan.phases), 'phase')} on a GPU"
        yield from self.words.totals(plan.groups, [each for each in plan.inputs if each.place in plan.gathered])
        yield f"cycles: about {sum(phase.cycles for phase in plan.phases):,.0f}"
        yield (
            f"memory: {plan.storage.arena_bytes:,} bytes between groups, "
            f"{sum(each.bytes for each in plan.results):,} of results"
        )
        number = 0
        for index, phase in enumerate(plan.phases):
            yield f"\nphase {index + 1}, about {phase.cycles:,.0f} cycles"
            for strand in phase.strands:
                yield f"  {self.shared(strand)}"
                for group, _ in strand.groups:
                    number += 1
                    yield from self.group(number, group)

    def shared(self, strand: Strand) -> str:
        """Return which part of a strand a block does."""
        cycles = f"about {strand.cycles:,.0f} cycles"
        if strand.is_alone:
            return f"shared by tiles: {cycles}"
        if not strand.extent:
            return f"one block does all: {cycles}"
        axes = {axis for _, axis in strand.groups}
        parts = "columns" if axes == {1} else "rows" if axes == {0} else "rows or columns"
        return f"{counted(strand.items, 'block')} with {strand.width} of {strand.extent} {parts} each: {cycles}"

    def group(self, number: int, group: Group) -> Iterator[str]:
        """Yield the lines on a group."""
        yield f"  {number}. {kind_of(group)} of {size_of(group.domain)}"
        for formula in self.words.formulas(group):
            yield f"     computes {formula}"
        for value in group.stored:
            yield f"     stores {self.stored(group, value)}"

    def stored(self, group: Group, value: Value) -> str:
        """Return where a value of a group is stored."""
        place = self.plan.storage.place(value)
        target = group.targets.get(value.number)
        if target is not None:
            where = f"in place of {target.name}"
        else:
            where = f"as result {place.index + 1}" if place.kind == "result" else f"at byte {place.start:,}"
        return f"{self.words.name(value)} {where}: {value.bytes:,} bytes of {value.dtype.name}"
