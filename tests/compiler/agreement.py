"""Runs programs as machine code in guarded memory, and compares what they compute with one operation after another."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from shapedmat.compiler.executable import Executable, _Workspace
from shapedmat.compiler.layouts import Layout, by_rows
from shapedmat.compiler.memory import block_of
from shapedmat.compiler.plan import GatheredRows, Plan, make_plan
from shapedmat.kernels.target import Target, named
from tests.compiler.random_programs import Program
from tests.memory import Array, Guarded, guarded

_TOLERANCES: Final = {"float32": 2e-3, "float64": 1e-9}
_UNKNOWN: Final = 0xFF
"""What memory holds that nothing was written to: as floating-point numbers, NaN."""


def layout_of(array: Array) -> Layout:
    """Return how an array lies in memory, as the compiler is told of arguments."""
    if array.flags.c_contiguous:
        return by_rows((array.shape[0], array.shape[1]))
    if array.flags.f_contiguous:
        return by_rows((array.shape[0], array.shape[1]), by_columns=True)
    return Layout(0, array.strides[0] // array.itemsize, array.strides[1] // array.itemsize)


def plan_of(program: Program, target: Target | None = None, threads: int = 1) -> Plan:
    """Return the plan of a program."""
    given = {place: layout_of(value) for place, value in enumerate(program.values)}
    return make_plan(
        program.graph,
        program.inputs,
        program.outputs,
        program.updates,
        given,
        target or named("host"),
        threads=threads,
    )


def guard(executable: Executable, *, at_end: bool) -> None:
    """Let the next call use memory whose neighbours can be neither read nor written, and that holds no numbers yet."""
    plan, places = executable.plan, block_of(executable.plan)
    executable._constants = [guarded(each, at_end=at_end) for each in executable._constants]
    sizes = plan.storage.arena_bytes, plan.memory_bytes * plan.threads, 128
    rooms = [Guarded(size).array((size,), np.uint8, at_end=at_end) for size in sizes]
    for room in rooms[:2]:
        room[:] = _UNKNOWN
    numbers = np.zeros(max(1, len(plan.inputs)))
    block = (ctypes.c_int64 * places.size)()
    for place, room in zip((places.arena, places.memory, places.waiting), rooms, strict=True):
        block[place] = room.ctypes.data
    for place in range(places.inputs):
        block[place] = numbers.ctypes.data + 8 * place
    for place, constant in enumerate(executable._constants, places.inputs + places.results):
        block[place] = constant.ctypes.data
    workspace: Any = _Workspace(block, numbers, np.zeros(0, np.uint8))
    workspace.rooms = rooms  # as long as it is used
    executable._free.append(workspace)


def run(executable: Executable, values: Sequence[Any], *, at_end: bool = True) -> tuple[list[Array], list[Any]]:
    """Return the results, and the inputs as they are then, of a call in guarded memory; inputs may be numbers."""
    guard(executable, at_end=at_end)
    given = [guarded(each, at_end=at_end) if isinstance(each, np.ndarray) else each for each in values]
    results = []
    for value in executable.plan.results:
        result = guarded(np.zeros(value.shape, value.dtype), at_end=at_end)
        if result.size:
            result.view(np.uint8)[...] = _UNKNOWN if value.dtype.kind != "b" else 1
        results.append(result)
    executable.run(given, results)
    return results, given


def disagreement(program: Program, executable: Executable, *, at_end: bool = True) -> str:
    """Return what differs between compiled code and single operations, or nothing."""
    return disagreement_of(program, *run(executable, program.values, at_end=at_end))


def disagreement_of(program: Program, results: Sequence[Array], given: Sequence[Any]) -> str:
    """Return what differs between a program's results, and its inputs after it, and single operations, or nothing."""
    expected = program.expected()
    wanted = [*program.outputs, *program.updates.values()]
    found = [*results, *(given[place] for place in program.updates)]
    tolerance = max(_TOLERANCES.get(each.dtype.name, 0) for each in program.graph.variables)
    for number, (variable, one, other) in enumerate(zip(wanted, expected, found, strict=True)):
        if one.shape != other.shape or one.dtype != other.dtype:
            return f"{number}, {variable!r}: {other.dtype}{other.shape}"
        if not _is_same(one, other, 0 if variable in program.exact else tolerance):
            return f"{number}, {variable!r}: expected\n{one}\nbut found\n{other}"
    for place, (before, after) in enumerate(zip(program.values, given, strict=True)):
        if place not in program.updates and not np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
            return f"input {place} has changed"
    return ""


def _is_same(expected: Array, actual: Array, tolerance: float) -> bool:
    if expected.dtype.kind != "f" or not tolerance:
        return np.array_equal(expected, actual, equal_nan=expected.dtype.kind == "f")
    finite = np.abs(expected[np.isfinite(expected)])
    return np.allclose(
        actual, expected, rtol=tolerance, atol=tolerance * max(1.0, finite.max(initial=0)), equal_nan=True
    )


STEPS: Final = 3
_SAMPLES: Final = 9


@dataclass(frozen=True)
class Loop:
    """A program as a step of training.

    Attributes:
        program: the program. Its first inputs are its state. Of the others, two are rows of data sets in random orders,
            some are the same in all steps, and one is another one in each step.
        states: the number of inputs that are its state.
        values: the inputs for all steps.
        orders: the rows of all mini-batches, in each of the two orders.
        layouts: how the inputs lie in memory.
        gathered: the inputs that are gathered.
        stepped: the input of which each step has its own.
    """

    program: Program
    states: int
    values: list[Array]
    orders: list[Array]
    layouts: dict[int, Layout]
    gathered: dict[int, GatheredRows]
    stepped: int

    def empty_results(self) -> list[Array]:
        """Return memory for the results of all steps."""
        return [np.zeros((STEPS, *each.shape), each.dtype) for each in self.program.outputs]

    def disagreement(self, results: Sequence[Array], actual: Sequence[Array]) -> str:
        """Return what differs between results, and the state in the end, and single operations, or nothing."""
        program, values = self.program, list(self.values)
        tolerance = 5 * max(_TOLERANCES.get(each.dtype.name, 0) for each in program.graph.variables)
        for step in range(STEPS):
            batch = list(values)
            for number, place in enumerate(self.gathered):
                rows = program.inputs[place].shape[0]
                batch[place] = values[place][self.orders[number][step * rows : (step + 1) * rows]]
            batch[self.stepped] = values[self.stepped][step]
            expected = replace(program, values=batch).expected()
            for number, (one, other) in enumerate(zip(expected, [each[step] for each in results], strict=False)):
                if not _is_same(one, other, tolerance):
                    return f"step {step}, result {number}: expected\n{one}\nbut found\n{other}"
            for place, value in zip(program.updates, expected[len(program.outputs) :], strict=True):
                values[place] = value
        for place in range(self.states):
            if not _is_same(values[place], actual[place], tolerance):
                return f"state {place}: expected\n{values[place]}\nbut found\n{actual[place]}"
        return ""


def loop_of(program: Program, states: int) -> Loop:
    """Return a program as a step of training."""
    rng = np.random.default_rng(0)
    gathered_places, stepped = [states, states + 1], len(program.inputs) - 1
    shapes = [(each.shape[0], each.shape[1]) for each in program.inputs]
    values = [each.copy() for each in program.values]
    orders = [rng.integers(0, _SAMPLES, STEPS * shapes[place][0]) for place in gathered_places]
    layouts = {place: layout_of(value) for place, value in enumerate(values)}
    gathered = {}
    for number, place in enumerate(gathered_places):
        data = np.resize(values[place], (_SAMPLES, shapes[place][1])).astype(values[place].dtype)
        data = data if number else np.asfortranarray(data)
        values[place] = data
        gathered[place] = GatheredRows(number, data.strides[0] // data.itemsize)
        layouts[place] = Layout(0, data.strides[0] // data.itemsize, data.strides[1] // data.itemsize)
    values[stepped] = np.ascontiguousarray(np.stack([values[stepped]] * STEPS))
    layouts[stepped] = by_rows(shapes[stepped])
    return Loop(program, states, values, orders, layouts, gathered, stepped)


def loop_disagreement(program: Program, states: int, threads: int = 1) -> str:
    """Return what differs between a loop over mini-batches and single operations step after step, or nothing."""
    loop = loop_of(program, states)
    plan = make_plan(
        program.graph,
        program.inputs,
        program.outputs,
        program.updates,
        loop.layouts,
        named("host"),
        threads=threads,
        has_steps=True,
        gathered=loop.gathered,
        stepped={loop.stepped},
        steps=STEPS,
    )
    executable = Executable(plan)
    guard(executable, at_end=True)
    actual = [guarded(each, at_end=True) if each.ndim == 2 else each for each in loop.values]
    results = loop.empty_results()
    kept = [guarded(each.reshape(1, -1), at_end=True)[0] for each in loop.orders]
    executable.run(actual, results, kept, (0, STEPS))
    return loop.disagreement(results, actual)
