"""What a compiled function does on the CPU: what is computed in which order, and how."""

from __future__ import annotations

from collections.abc import Iterator

from shapedmat.compiler.formulas import Formulas, counted, kind_of, size_of
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.values import Value


def describe_plan(function: str, plan: Plan) -> str:
    """Return what a compiled function does: its groups in running order, with their memory, operations and cycles.

    Each group says what it computes and stores, by rows or by columns; how its product is cut; and on how many threads
    it runs, with where they wait for one another. Cycles are estimates, by which the plan was chosen.

    Args:
        function: the function's name.
        plan: its plan.
    """
    report = _Report(plan)
    groups = [report.group(position) for position in range(len(plan.groups))]
    return "\n".join([*report.summary(function), *(f"\n{group}" for group in groups)])


class _Report:
    """Words for the groups of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.words = Formulas(plan.groups, plan.fusion.inlined)

    # --- totals -------------------------------------------------------------------------------------------------------

    def summary(self, function: str) -> Iterator[str]:
        """Yield the lines on the whole."""
        plan, storage = self.plan, self.plan.storage
        count = len(plan.groups)
        yield f"{function}: {counted(count, 'group')} on {counted(plan.threads, 'thread')}"
        yield from self.words.totals(plan.groups, [each for each in plan.inputs if each.place in plan.gathered])
        yield f"cycles: about {sum(plan.cycles(position) for position in range(count)):,.0f}"
        yield (
            f"memory: {storage.arena_bytes:,} bytes between groups, which would be {storage.unshared_bytes:,} if none "
            f"took another's place; {plan.memory_bytes:,} for each thread; "
            f"{sum(each.bytes for each in plan.results):,} of results"
        )

    # --- one group ----------------------------------------------------------------------------------------------------

    def group(self, position: int) -> str:
        """Return the lines on a group."""
        plan = self.plan
        group = plan.groups[position]
        products, others = self.words.operations(group)
        operations = [f"{products:,} in the product"] * bool(products) + [f"{others:,} element by element"]
        lines = [
            f"{position + 1}. {self.title(group)}",
            *(f"computes {each}" for each in self.words.formulas(group)),
            *(f"stores {self.stored(group, each)}" for each in group.stored),
        ]
        readers = {each.reader for each in plan.carried}
        if position in plan.tilings and position not in readers:
            lines.append(str(plan.tilings[position][1]).partition(": about")[0])
        lines += self.carried(position)
        lines.append(f"{', '.join(operations)}; about {plan.cycles(position):,.0f} cycles{self.threads(position)}")
        return "\n     ".join(lines)

    def title(self, group: Group) -> str:
        """Return what kind of group it is, with its size and direction."""
        direction = "columns" if self.plan.layouts.is_flipped(group) else "rows"
        return f"{kind_of(group)} of {size_of(group.domain)}, by {direction}"

    def stored(self, group: Group, value: Value) -> str:
        """Return where a value of a group is stored."""
        place = self.plan.storage.place(value)
        target = group.targets.get(value.number)
        if target is not None:
            where = f"in place of {target.name}"
        elif place.kind == "result":
            where = f"as result {place.index + 1}"
        else:
            where = f"at byte {place.start:,}"
        return f"{self.words.name(value)} {where}: {value.bytes:,} bytes of {value.dtype.name}"

    def carried(self, position: int) -> Iterator[str]:
        """Yield what a group does for one of the step before, or leaves to the next step."""
        for each in self.plan.carried:
            if each.reader == position:
                yield f"updates {each.target.name} on the way, as group {each.update + 1} of the step before says"
            if each.update == position:
                yield f"done by group {each.reader + 1} of the next step on the way, and here behind the last step"

    def threads(self, position: int) -> str:
        """Return on which threads a group runs, if there are several."""
        plan = self.plan
        if plan.threads == 1:
            return ""
        shared = "shared by the threads" if position in plan.shared else "on one thread"
        return f"; {shared}{', which wait for one another before' if position in plan.waits else ''}"
