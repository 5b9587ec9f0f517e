"""Runs programs as CUDA code in an emulator, and compares what they compute with one operation after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapedmat.compiler.cuda.costs import THREADS
from shapedmat.compiler.cuda.plan import DevicePlan, make_device_plan
from shapedmat.compiler.cuda.program import PROGRAM, phase_name, write_program
from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from tests.compiler.agreement import STEPS, disagreement_of, layout_of, loop_of
from tests.compiler.random_programs import Program
from tests.cuda.emulation import emulated
from tests.memory import Array, guarded

_UNKNOWN = 0xFF
_BLOCKS = 3


def device_plan_of(program: Program) -> DevicePlan:
    """Return the plan of a program."""
    given = {place: layout_of(value) for place, value in enumerate(program.values)}
    return make_device_plan(program.graph, program.inputs, program.outputs, program.updates, given)


@dataclass(eq=False)
class Run:
    """A program and its memory, which has guards around it as far as alignment allows.

    Attributes:
        plan: the plan.
        given: the inputs.
        results: the results, which are unknown at first.
        orders: the rows of all mini-batches.
    """

    plan: DevicePlan
    given: Sequence[Array]
    results: Sequence[Array]
    orders: Sequence[Array] = ()

    def __post_init__(self) -> None:
        """Write the program, and lay its memory out."""
        self.code = write_program(self.plan)
        self.given = [_guarded(value) for value in self.given]
        self.results = [_guarded(value) for value in self.results]
        for result in self.results:
            if result.size:
                result.view(np.uint8)[...] = _UNKNOWN if result.dtype.kind != "b" else 1

    def run(self, *, resident: bool, backwards: bool = False) -> None:
        """Run the program.

        Args:
            resident: whether one kernel runs all phases, by blocks that stay.
            backwards: whether the last thread runs first.
        """
        constants = [_guarded(np.ascontiguousarray(each.array)) for each in self.plan.constants]
        arena = _guarded(np.full((1, self.code.arena_bytes), _UNKNOWN, np.uint8))
        tickets = np.zeros(max(1, self.code.tickets), np.uint32)
        arguments: list[Any] = [*self.given, *self.results, *constants, *self.orders, arena, tickets]
        steps = [np.array([0, STEPS])] if self.plan.has_steps else []
        shared = self.code.shared_bytes
        program = emulated(self.code.resident if resident else self.code.launched)
        if resident:
            arguments += [np.zeros(2, np.uint32), *steps]
            program.launch(
                PROGRAM, _BLOCKS, THREADS, arguments, shared_bytes=shared, cooperative=True, backwards=backwards
            )
            return
        for offset in range(STEPS if steps else 1):
            further = [*steps, *([offset] if steps else [])]
            for number, items in enumerate(self.code.items):
                name = phase_name(number)
                program.launch(name, items, THREADS, [*arguments, *further], shared_bytes=shared, backwards=backwards)


def _guarded(array: Array) -> Array:
    """Return a copy whose neighbours in memory can be neither read nor written, as far as its alignment allows."""
    if array.ndim != 2:
        return array.copy()
    return guarded(array, at_end=array.nbytes % WIDEST_BYTES == 0)


def disagreement(program: Program, *, resident: bool, backwards: bool = False) -> str:
    """Return what differs between CUDA code and single operations, or nothing."""
    plan = device_plan_of(program)
    run = Run(plan, program.values, [np.zeros(value.shape, value.dtype) for value in plan.results])
    run.run(resident=resident, backwards=backwards)
    return disagreement_of(program, run.results, run.given)


def loop_disagreement(program: Program, states: int, *, resident: bool) -> str:
    """Return what differs between a loop over mini-batches and single operations step after step, or nothing."""
    loop = loop_of(program, states)
    plan = make_device_plan(
        program.graph,
        program.inputs,
        program.outputs,
        program.updates,
        loop.layouts,
        has_steps=True,
        gathered=loop.gathered,
        stepped=frozenset({loop.stepped}),
    )
    run = Run(plan, loop.values, loop.empty_results(), loop.orders)
    run.run(resident=resident)
    return loop.disagreement(run.results, run.given)
