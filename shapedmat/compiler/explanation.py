"""What became of each line of the source of a compiled function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapedmat.compiler.code import AnyPlan
from shapedmat.compiler.formulas import Formulas, kind_of
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.lowering import lower
from shapedmat.compiler.recording import AnyVariable
from shapedmat.compiler.tracing import Trace
from shapedmat.compiler.values import Constant, Input, Product, Reduction, Value, View


def explain(trace: Trace, plan: AnyPlan) -> str:
    """Return for each line of the source what became of its operations, and what of the arguments that it changes.

    An operation is a part of a group of `describe_plan`, or is computed again wherever it is used, or nothing at all
    is left of it: it is the same as another one, a view, a constant, or not needed.

    Args:
        trace: what the function does.
        plan: its plan.
    """
    return "\n".join(_Explanation(trace, plan).lines())


class _Explanation:
    """Words for what became of a graph's variables."""

    def __init__(self, trace: Trace, plan: AnyPlan) -> None:
        self.trace = trace
        self.plan = plan
        self.words = Formulas(plan.groups, plan.fusion.inlined)
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
            for each in self.words.inlined_in(group):
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
            yield f"{self.words.name(part)}: {self.of(part)}"

    def alias(self, value: Value) -> str:
        """Return what is said of an operation whose result is there already."""
        if isinstance(value, Input):
            return f"{value.name} itself"
        if isinstance(value, View):
            return f"{self.words.view(value)}, a view"
        if isinstance(value, Constant):
            return "computed before the first call, as all of it is known"
        return f"the same as {self.words.name(value)}, computed once"

    def of(self, value: Value) -> str:
        """Return where a value is computed, and where it is then."""
        if isinstance(value, Constant):
            return "computed before the first call, as all of it is known"
        if isinstance(value, View):
            return f"{self.words.view(value)}, a view"
        if value.number in self.plan.fusion.inlined:
            groups = self.users.get(value.number, [])
            return f"computed wherever it is used, in {_groups(groups)}" if groups else "left out, as nothing needs it"
        if value.number not in self.position:
            return "left out, as nothing needs it"
        return self.in_group(self.computed[value.number], self.position[value.number])

    def in_group(self, value: Value, position: int) -> str:
        """Return how a group computes a value."""
        group = self.plan.groups[position]
        first = self.words.name(group.computes[0])
        number = position + 1
        reason = self.plan.fusion.reasons.get(value.number)
        if value is group.root:
            text = f"group {number}, a {kind_of(group)}{self.copies(group)}"
        elif reason is not None:
            text = f"begins group {number}, as {reason}"
        elif isinstance(value, Reduction):
            is_first = group.computes[0] is value
            text = f"group {number}, {kind_of(group)}" if is_first else f"added up in group {number} on the way"
        else:
            text = f"joins {'the product ' if isinstance(group.root, Product) else ''}{first} in group {number}"
        return text if value in group.stored else f"{text}, in registers alone"

    def copies(self, group: Group) -> str:
        """Return which operands a product takes copies of."""
        names = [self.words.operand(each.x) for each in group.replaced.values()]
        return f", of copies of {' and '.join(names)}, whose elements lie at irregular distances" if names else ""

    def changes(self) -> Iterator[str]:
        """Yield what became of the arguments that are changed."""
        fusion = self.plan.fusion
        for target, value in fusion.updated.items():
            reason = fusion.copied.get(target.number)
            if reason is not None:
                yield f"  {target.name} is changed by a copy of {self.words.operand(value)} at the end: {reason}"
            else:
                yield f"  {target.name} is changed in place by group {self.position[value.number] + 1}"

    def inputs(self) -> Iterator[str]:
        """Yield which inputs lie by columns."""
        for value in self.plan.inputs:
            if value.number in self.plan.laid_by_columns:
                yield f"  {value.name} lies by columns, which suits the groups that use it"


def _groups(positions: Sequence[int]) -> str:
    numbers = [str(position + 1) for position in positions]
    if len(numbers) == 1:
        return f"group {numbers[0]}"
    return f"groups {', '.join(numbers[:-1])} and {numbers[-1]}"
