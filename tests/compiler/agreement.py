"""Runs programs as machine code in guarded memory, and compares what they compute with one operation after another."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import replace
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
    results, given = run(executable, program.values, at_end=at_end)
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


_STEPS: Final = 3
_SAMPLES: Final = 9


def loop_disagreement(program: Program, states: int, threads: int = 1) -> str:
    """Return what differs between a loop over mini-batches and single operations step after step, or nothing.

    The first inputs of the program are its state. Of the others, some are rows of data sets in random orders, some are
    the same in all steps, and one is another one in each step.
    """
    rng = np.random.default_rng(0)
    count = len(program.inputs)
    gathered_places, stepped = [states, states + 1], count - 1
    shapes = [(each.shape[0], each.shape[1]) for each in program.inputs]
    values = [each.copy() for each in program.values]
    orders = [rng.integers(0, _SAMPLES, _STEPS * shapes[place][0]) for place in gathered_places]
    given = {place: layout_of(value) for place, value in enumerate(values)}
    gathered = {}
    for number, place in enumerate(gathered_places):
        data = np.resize(values[place], (_SAMPLES, shapes[place][1])).astype(values[place].dtype)
        data = data if number else np.asfortranarray(data)
        values[place] = data
        gathered[place] = GatheredRows(number, data.strides[0] // data.itemsize)
        given[place] = Layout(0, data.strides[0] // data.itemsize, data.strides[1] // data.itemsize)
    values[stepped] = np.ascontiguousarray(np.stack([values[stepped]] * _STEPS))
    given[stepped] = by_rows(shapes[stepped])
    plan = make_plan(
        program.graph,
        program.inputs,
        program.outputs,
        program.updates,
        given,
        named("host"),
        threads=threads,
        has_steps=True,
        gathered=gathered,
        stepped={stepped},
        steps=_STEPS,
    )
    executable = Executable(plan)
    guard(executable, at_end=True)
    actual = [guarded(each, at_end=True) if each.ndim == 2 else each for each in values]
    results = [np.zeros((_STEPS, *value.shape), value.dtype) for value in plan.results]
    kept = [guarded(each.reshape(1, -1), at_end=True)[0] for each in orders]
    executable.run(actual, results, kept, (0, _STEPS))
    tolerance = 5 * max(_TOLERANCES.get(each.dtype.name, 0) for each in program.graph.variables)
    for step in range(_STEPS):
        batch = list(values)
        for number, place in enumerate(gathered_places):
            rows = orders[number][step * shapes[place][0] : (step + 1) * shapes[place][0]]
            batch[place] = values[place][rows]
        batch[stepped] = values[stepped][step]
        expected = replace(program, values=batch).expected()
        for number, (one, other) in enumerate(zip(expected, [each[step] for each in results], strict=False)):
            if not _is_same(one, other, tolerance):
                return f"step {step}, result {number}: expected\n{one}\nbut found\n{other}"
        for place, value in zip(program.updates, expected[len(program.outputs) :], strict=True):
            values[place] = value
    for place in range(states):
        if not _is_same(values[place], actual[place], tolerance):
            return f"state {place}: expected\n{values[place]}\nbut found\n{actual[place]}"
    return ""
