"""A plan in words that say all that its code depends on, by which the code is found again in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.values import Constant, Input, Map, Rearrangement, Reduction, Value, View


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
