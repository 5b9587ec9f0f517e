"""A plan in words that say all that its code depends on, by which the code is found again in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.values import (
    Constant,
    Input,
    Map,
    Operand,
    Rearrangement,
    Reduction,
    Value,
    View,
    base_of,
    is_number,
)


def describe(plan: Plan) -> str:
    """Return a text that is the same for two plans only if their code is."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    yield f"threads {plan.threads} steps {plan.has_steps} {plan.stops} {sorted(plan.stepped)}"
    yield f"gathered {sorted(plan.gathered.items())}"
    yield f"shared {sorted(plan.shared)} waits {sorted(plan.waits)} memory {plan.memory_bytes}"
    yield f"results {[each.number for each in plan.results]}"
    for each in plan.inputs:
        yield f"input {each.number} {each.shape} {each.dtype.str} {plan.storage.layouts[each.number]}"
    yield f"constants {[each.number for each in plan.constants]}"
    yield f"carried {[(each.update, each.reader, each.target.number, each.value.number) for each in plan.carried]}"
    yield f"doubled {sorted(plan.storage.doubled.items())}"
    seen: dict[int, Value] = {}
    for position, group in enumerate(plan.groups):
        for value in [*group.reads, *group.computes, *group.stored]:
            _collect(value, seen)
        yield _group(plan, position, group)
    for number in sorted(seen):
        value = seen[number]
        place = plan.storage.places.get(number)
        layout = plan.storage.layout(value) if place is not None else None
        inlined = number in plan.fusion.inlined
        yield f"{number} {_value(value)} {value.shape} {value.dtype.str} {inlined} {place} {layout}"


def _group(plan: Plan, position: int, group: Group) -> str:
    parts: list[Any] = [
        group.domain,
        group.root and group.root.number,
        [each.number for each in group.maps],
        [each.number for each in group.sums],
        [each.number for each in group.stored],
        [each.number for each in group.reads],
        sorted((key, value.number) for key, value in group.targets.items()),
        sorted((key, value.number) for key, value in group.replaced.items()),
        plan.layouts.is_flipped(group),
        plan.tilings.get(position),
    ]
    return f"group {parts}"


def describe_group(plan: Plan, position: int) -> str:
    """Return a text that is the same for two groups of a plan only if their code is, but for addresses.

    Values are called by the order in which the text comes to them, and those in memory by how they lie there.
    """
    group = plan.groups[position]
    names: dict[int, int] = {}
    waiting: list[Value] = []
    computed = {each.number for each in group.computes}

    def name(value: Value) -> int:
        if value.number not in names:
            names[value.number] = len(names)
            waiting.append(value)
        return names[value.number]

    def operand(each: Operand) -> Any:
        return name(each) if isinstance(each, Value) else repr(each)

    def words(value: Value) -> list[Any]:
        inlined = value.number in plan.fusion.inlined
        base = base_of(value)
        parts: list[Any] = [name(value), value.shape, value.dtype.str, inlined, is_number(value)]
        if inlined or value.number in computed:
            parts += [type(value).__name__, [operand(each) for each in value.operands], _settings(value)]
        elif isinstance(value, View):
            parts += ["view", name(base), _settings(value)]
        elif isinstance(value, Constant) and value.shape == (1, 1):
            parts += _settings(value)
        elif isinstance(value, Input) and value.place in plan.gathered:
            parts += ["gathered", value.place]
        in_memory = base.number in plan.storage.places
        return [*parts, plan.storage.layout(value) if in_memory else None]

    lines: list[Any] = [
        group.domain,
        [[name(each) for each in values] for values in (group.reads, group.stored, group.maps, group.sums)],
        group.root and name(group.root),
        sorted((key, name(value)) for key, value in group.replaced.items()),
        plan.layouts.is_flipped(group),
        plan.tilings.get(position),
        position in plan.shared,
    ]
    while waiting:
        lines.append(words(waiting.pop()))
    return str(lines)


def _collect(value: Value, seen: dict[int, Value]) -> None:
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if found.number not in seen:
            seen[found.number] = found
            waiting += found.sources


def _value(value: Value) -> str:
    """Return what a value is and what it is computed from; numbers as Python writes them, to the last bit."""
    operands = [each.number if isinstance(each, Value) else repr(each) for each in value.operands]
    return f"{type(value).__name__} {operands} {_settings(value)}"


def _settings(value: Value) -> list[Any]:
    match value:
        case Input():
            return [value.place]
        case Constant(shape=(1, 1)):
            return [repr(value.array[0, 0])]  # it is written into the code
        case View():
            return [value.rows, value.columns, value.transposed]
        case Rearrangement():
            return [value.op, value.axis, value.rows, value.columns]
        case Map():
            return [value.op, sorted((key, repr(each)) for key, each in value.parameters.items())]
    return [value.op, value.axis] if isinstance(value, Reduction) else []
