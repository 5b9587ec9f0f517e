"""Reports on compiled functions: what is computed in which order, and what became of each line of the source.

A number of operations counts each operation of the op table once for each element, and a product of M×K by K×N as 2MNK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from shapedmat.compiler.executable import Executable
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.lowering import lower
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.recording import AnyVariable
from shapedmat.compiler.tracing import Trace
from shapedmat.compiler.values import (
    Constant,
    Copy,
    Input,
    Map,
    Operand,
    Product,
    Rearrangement,
    Reduction,
    Value,
    View,
)
from shapedmat.kernels.operations import COMPARISONS

_LONGEST: Final = 60
"""The most characters of an operand that is written out; of a longer one, the name is."""

_INFIX: Final[Mapping[str, str]] = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", **COMPARISONS}


# --- the plan ---------------------------------------------------------------------------------------------------------


def describe_plan(trace: Trace, executable: Executable) -> str:
    """Return what a compiled function does: its groups in running order, with their memory, operations and cycles.

    Each group says what it computes and stores, by rows or by columns; how its product is cut; and on how many threads
    it runs, with where they wait for one another. Cycles are estimates, by which the plan was chosen.

    Args:
        trace: what the function does.
        executable: its code.
    """
    plan = executable.plan
    report = _Report(plan)
    groups = [report.group(position) for position in range(len(plan.groups))]
    return "\n".join([*report.summary(trace.function), *(f"\n{group}" for group in groups)])


class _Report:
    """Words for the groups of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = _names(plan)

    # --- totals -------------------------------------------------------------------------------------------------------

    def summary(self, function: str) -> Iterator[str]:
        """Yield the lines on the whole."""
        plan, storage = self.plan, self.plan.storage
        count = len(plan.groups)
        products, others = (sum(numbers) for numbers in zip((0, 0), *map(self.operations, plan.groups), strict=True))
        yield f"{function}: {_counted(count, 'group')} on {_counted(plan.threads, 'thread')}"
        if plan.has_steps:
            names = [each.name for each in plan.inputs if each.place in plan.gathered]
            yield f"for each mini-batch, whose rows are read from {' and '.join(names)} where they lie"
        yield f"operations: {products:,} in products, {others:,} element by element"
        yield f"cycles: about {sum(plan.cycles(position) for position in range(count)):,.0f}"
        yield (
            f"memory: {storage.arena_bytes:,} bytes between groups, which would be {storage.unshared_bytes:,} if none "
            f"took another's place; {plan.memory_bytes:,} for each thread; "
            f"{sum(each.bytes for each in plan.results):,} of results"
        )

    def operations(self, group: Group) -> tuple[int, int]:
        """Return how many operations on numbers a group's products, and all else that it computes, are."""
        root = group.root
        in_products = 2 * root.size * root.a.shape[1] if isinstance(root, Product) else 0
        maps = [*group.maps, *inlined_in(self.plan, group)]
        reduced = [each.x for each in (*group.sums, root) if isinstance(each, Reduction)]
        return in_products, sum(each.size for each in (*maps, *reduced))

    # --- one group ----------------------------------------------------------------------------------------------------

    def group(self, position: int) -> str:
        """Return the lines on a group."""
        plan = self.plan
        group = plan.groups[position]
        products, others = self.operations(group)
        operations = [f"{products:,} in the product"] * bool(products) + [f"{others:,} element by element"]
        lines = [
            f"{position + 1}. {self.title(group)}",
            *(f"computes {each}" for each in self.formulas(group)),
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
        return f"{_kind(group)} of {_size(group.domain)}, by {direction}"

    def formulas(self, group: Group) -> Iterator[str]:
        """Yield what is computed, each value by its name; what is computed where it is used stands in parentheses."""
        if group.root is not None:
            yield f"{self.name(group.root)} = {self.root(group)}"
        for each in group.maps:
            yield f"{self.name(each)} = {self.formula(each)}"
        for total in group.sums:
            yield f"{self.name(total)} = {self.reduction(total)}"

    def root(self, group: Group) -> str:
        """Return the formula of what a group begins with."""
        root = group.root
        if isinstance(root, Product):
            a, b = group.factors(flip=False)
            return f"{self.operand(a)} @ {self.operand(b)}"
        if isinstance(root, Reduction):
            return self.reduction(root)
        if isinstance(root, Copy):
            return f"{self.operand(root.x)}, copied"
        assert isinstance(root, Rearrangement)
        return f"{root.op} of {', '.join(map(self.operand, root.parts))}"

    def reduction(self, value: Reduction) -> str:
        """Return the formula of a reduction."""
        return f"{value.op}({self.operand(value.x, is_alone=True)}, axis={value.axis})"

    def formula(self, value: Map) -> str:
        """Return the formula of an operation element by element."""
        sign = _INFIX.get(value.op)
        if sign is not None and len(value.inputs) == 2:
            return f" {sign} ".join(map(self.operand, value.inputs))
        parameters = [f"{name}={each}" for name, each in value.parameters.items()]
        return f"{value.op}({', '.join([*(self.operand(each, is_alone=True) for each in value.inputs), *parameters])})"

    def operand(self, operand: Operand, *, is_alone: bool = False) -> str:
        """Return an operand by its name, or by its formula if it is computed where it is used."""
        if not isinstance(operand, Value):
            return f"{operand:g}"
        if isinstance(operand, View):
            return self.view(operand)
        if isinstance(operand, Map) and operand.number in self.plan.fusion.inlined:
            text = self.formula(operand)
            if len(text) <= _LONGEST:
                return text if is_alone or operand.op not in _INFIX else f"({text})"
        return self.name(operand)

    def name(self, value: Value) -> str:
        """Return what a value is called: what its variable is, with what it is of it if there are several."""
        return self.names.get(value.number, value.name)

    def view(self, view: View) -> str:
        """Return the formula of a view."""
        is_whole = view.is_regular and (len(view.rows), len(view.columns)) == view.base.shape
        return f"{self.name(view.base)}{'' if is_whole else '[part]'}{'.T' if view.transposed else ''}"

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
        return f"{self.name(value)} {where}: {value.bytes:,} bytes of {value.dtype.name}"

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


def _is_product(group: Group) -> bool:
    return isinstance(group.root, Product)


def _kind(group: Group) -> str:
    root = group.root
    if root is None:
        return "pass over elements" if group.maps else "sums"
    return {Product: "product", Reduction: "reduction", Rearrangement: "rearrangement", Copy: "copy"}[type(root)]


def _names(plan: Plan) -> dict[int, str]:
    """Return what the values that are computed are called, by their numbers: each by a name of its own."""
    computed = {each.number: each for group in plan.groups for each in (*group.computes, *inlined_in(plan, group))}
    names: dict[int, str] = {}
    taken: set[str] = set()
    for number in sorted(computed, reverse=True):  # the last has the name of the variable
        value = computed[number]
        name = f"{value.name}.copy" if isinstance(value, Copy) else value.name
        if name in taken:
            name = f"{value.name}.{_operation(value)}"
        while name in taken:
            name += "'"
        taken.add(name)
        names[number] = name
    return names


def _size(shape: tuple[int, int]) -> str:
    return f"{shape[0]}×{shape[1]}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def inlined_in(plan: Plan, group: Group) -> list[Map]:
    """Return the maps that are computed in a group because something that they are an operand of is."""
    found: dict[int, Map] = {}
    waiting = list(group.computes)
    while waiting:
        for source in waiting.pop().sources:
            if isinstance(source, Map) and source.number in plan.fusion.inlined and source.number not in found:
                found[source.number] = source
                waiting.append(source)
    return [found[number] for number in sorted(found)]


# --- the source -------------------------------------------------------------------------------------------------------


def explain(trace: Trace, executable: Executable) -> str:
    """Return for each line of the source what became of its operations, and what of the arguments that it changes.

    An operation is a part of a group of `describe_plan`, or is computed again wherever it is used, or nothing at all
    is left of it: it is the same as another one, a view, a constant, or not needed.

    Args:
        trace: what the function does.
        executable: its code.
    """
    return "\n".join(_Explanation(trace, executable.plan).lines())


class _Explanation:
    """Words for what became of a graph's variables."""

    def __init__(self, trace: Trace, plan: Plan) -> None:
        self.trace = trace
        self.plan = plan
        self.report = _Report(plan)
        # The same values as the plan's, with the same numbers.
        lowered = lower(trace.graph, trace.inputs, [*trace.outputs, *trace.updates.values()])
        self.found = lowered.found
        self.parts: dict[str, list[Value]] = {}
        for value in lowered.values:
            if not isinstance(value, Input):
                self.parts.setdefault(value.name, []).append(value)
        self.computed = {each.number: each for group in plan.groups for each in group.computes}
        self.position: dict[int, int] = {}
        self.users: dict[int, list[int]] = {}
        for position, group in enumerate(plan.groups):
            self.position.update((each.number, position) for each in group.computes)
            for each in inlined_in(plan, group):
                self.users.setdefault(each.number, []).append(position)

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        yield self.trace.function
        by_line: dict[str, list[AnyVariable]] = {}
        for variable, source in self.trace.sources.items():
            by_line.setdefault(str(source), []).append(variable)
        for source_line, variables in by_line.items():
            yield f"  {source_line}"
            for variable in variables:
                yield from (f"    {each}" for each in self.fate(variable))
        yield from self.changes()
        yield from self.inputs()

    def fate(self, variable: AnyVariable) -> Iterator[str]:
        """Yield what became of an operation, which may be several."""
        name = variable.name
        if variable not in self.found:
            yield f"{name}: left out, as nothing needs it"
            return
        value, parts = self.found[variable], self.parts.get(name, [])
        if not parts:
            yield f"{name}: {self.alias(value)}"
        for part in parts:
            yield f"{self.report.name(part)}: {self.of(part)}"

    def alias(self, value: Value) -> str:
        """Return what is said of an operation whose result is there already."""
        if isinstance(value, Input):
            return f"{value.name} itself"
        if isinstance(value, View):
            return f"{self.report.view(value)}, a view"
        if isinstance(value, Constant):
            return "computed before the first call, as all of it is known"
        return f"the same as {self.report.name(value)}, computed once"

    def of(self, value: Value) -> str:
        """Return where a value is computed, and where it is then."""
        if isinstance(value, Constant):
            return "computed before the first call, as all of it is known"
        if isinstance(value, View):
            return f"{self.report.view(value)}, a view"
        if value.number in self.plan.fusion.inlined:
            groups = self.users.get(value.number, [])
            return f"computed wherever it is used, in {_groups(groups)}" if groups else "left out, as nothing needs it"
        if value.number not in self.position:
            return "left out, as nothing needs it"
        return self.in_group(self.computed[value.number], self.position[value.number])

    def in_group(self, value: Value, position: int) -> str:
        """Return how a group computes a value."""
        group = self.plan.groups[position]
        first = self.report.name(group.computes[0])
        number = position + 1
        reason = self.plan.fusion.reasons.get(value.number)
        if value is group.root:
            text = f"group {number}, a {_kind(group)}{self.copies(group)}"
        elif reason is not None:
            text = f"begins group {number}, as {reason}"
        elif isinstance(value, Reduction):
            is_first = group.computes[0] is value
            text = f"group {number}, {_kind(group)}" if is_first else f"added up in group {number} on the way"
        else:
            text = f"joins {'the product ' if _is_product(group) else ''}{first} in group {number}"
        return text if value in group.stored else f"{text}, in registers alone"

    def copies(self, group: Group) -> str:
        """Return which operands a product takes copies of."""
        names = [self.report.operand(each.x) for each in group.replaced.values()]
        return f", of copies of {' and '.join(names)}, whose elements lie at irregular distances" if names else ""

    def changes(self) -> Iterator[str]:
        """Yield what became of the arguments that are changed."""
        fusion = self.plan.fusion
        for target, value in fusion.updated.items():
            reason = fusion.copied.get(target.number)
            if reason is not None:
                yield f"  {target.name} is changed by a copy of {self.report.operand(value)} at the end: {reason}"
            else:
                yield f"  {target.name} is changed in place by group {self.position[value.number] + 1}"

    def inputs(self) -> Iterator[str]:
        """Yield which inputs lie by columns."""
        for value in self.plan.inputs:
            if value.number in self.plan.layouts.by_columns:
                yield f"  {value.name} lies by columns, which suits the groups that use it"


def _operation(value: Value) -> str:
    if isinstance(value, (Map, Reduction, Rearrangement)):
        return value.op
    return type(value).__name__.lower()


def _groups(positions: Sequence[int]) -> str:
    numbers = [str(position + 1) for position in positions]
    if len(numbers) == 1:
        return f"group {numbers[0]}"
    return f"groups {', '.join(numbers[:-1])} and {numbers[-1]}"
