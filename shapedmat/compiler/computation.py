"""`Computation`: what a graph computes, as groups of values, before it is decided where and how it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from shapedmat.compiler.fusion import Fusion, Rules, fuse
from shapedmat.compiler.lowering import Lowered, lower
from shapedmat.compiler.values import Constant, Copy, Input, Value, View
from shapedmat.graph.graph import Graph
from shapedmat.graph.variable import Variable


@dataclass(frozen=True, eq=False)
class Computation:
    """Some outputs of a graph, and new values of inputs, as groups of values.

    Attributes:
        inputs: the inputs, of which some may not be used.
        results: what is returned, in memory of its own.
        constants: what is the same in every call.
        fusion: the groups, and what became of other operations.
        numbers: numbers for new values.
    """

    inputs: list[Input]
    results: list[Value]
    constants: list[Constant]
    fusion: Fusion
    numbers: count[int]


def computation_of(
    graph: Graph,
    inputs: Sequence[Variable[Any, Any, Any]],
    outputs: Sequence[Variable[Any, Any, Any]],
    updates: Mapping[int, Variable[Any, Any, Any]],
    rules: Rules,
) -> Computation:
    """Return the groups that compute some outputs of a graph, and new values of inputs.

    Args:
        graph: the graph.
        inputs: its inputs, in the order in which they are given.
        outputs: what is returned.
        updates: what inputs hold at the end, by their places.
        rules: what joins what.
    """
    lowered = lower(graph, inputs, [*outputs, *updates.values()])
    lowered.returned += lowered.outputs[len(outputs) :]  # what inputs hold is copied where it is returned, too
    numbers = count(1 + max((value.number for value in lowered.values), default=0))
    results = [_result(lowered, value, numbers) for value in lowered.outputs[: len(outputs)]]
    updated = {
        _as_input(lowered.inputs[place]): value
        for place, value in zip(updates, lowered.outputs[len(outputs) :], strict=True)
    }
    return Computation(
        inputs=[_as_input(each) for each in lowered.inputs],
        results=results,
        constants=[value for value in lowered.values if isinstance(value, Constant)],
        fusion=fuse(lowered.values, results, updated, numbers, rules),
        numbers=numbers,
    )


def _as_input(value: Value) -> Input:
    assert isinstance(value, Input)
    return value


def _result(lowered: Lowered, value: Value, numbers: count[int]) -> Value:
    """Return a value that a group computes: what is an input, a part of something, or returned twice is copied."""
    if not isinstance(value, (Input, Constant, View)) and value not in lowered.returned:
        lowered.returned.append(value)
        return value
    copy = Copy(number=next(numbers), shape=value.shape, dtype=value.dtype, name=value.name, x=value)
    lowered.values.append(copy)
    return copy
