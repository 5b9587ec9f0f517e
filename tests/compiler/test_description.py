"""The description by which code is found again: two plans have the same one only if their code is the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pytest
from llvmlite import ir

from shapedmat import Matrix, ops
from shapedmat.compiler import plan as planning
from shapedmat.compiler import program as program_code
from shapedmat.compiler.description import describe, describe_group
from shapedmat.compiler.layouts import Layout, by_rows
from shapedmat.compiler.plan import GatheredRows, Plan, make_plan
from shapedmat.compiler.program import build
from shapedmat.graph import Graph
from shapedmat.kernels.target import named
from tests.compiler.agreement import plan_of
from tests.compiler.random_programs import program

_BY_ROWS: Final = Layout(0, 20, 1)


@dataclass(frozen=True)
class Setting:
    """What a plan is made of; each test changes one thing."""

    constant: tuple[float, ...] = (1.0, 2.0)
    single: float = 1.5
    number: float = 0.5
    exponent: float = 1.5
    axis: int = 0
    dtype: Any = np.float32
    op: Any = ops.EXP
    columns: int = 20
    part: tuple[int, int] = (1, 11)
    rows: tuple[int, ...] = (0, 5, 3)
    layout: Layout = _BY_ROWS
    threads: int = 1
    steps: bool = False
    stops: bool = False
    stepped: bool = False
    gathered: GatheredRows | None = None
    unread_rows: int = 3
    swapped: bool = False
    updates: bool = True


def planned(given: Setting) -> Plan:
    """Return the plan of a setting."""
    graph = Graph()
    x = graph.input("x", 20, given.columns, dtype=given.dtype)
    w = graph.input("w", given.columns, 20, dtype=given.dtype)
    unread = graph.input("unread", given.unread_rows, 7, dtype=given.dtype)
    rate = graph.input("rate", 1, 1, dtype=given.dtype)
    row = graph.constant("row", Matrix.from_array(np.resize(np.array(given.constant, given.dtype), (1, 20))))
    nothing = graph.constant("nothing", Matrix.from_array(np.array([[given.single]], given.dtype)))
    y = ((x @ w) * given.number + row).run(given.op) * rate + nothing
    z = (y * y + 1).run(ops.POWER, exponent=given.exponent).run(ops.SUM, axis=given.axis)
    part = y.run(ops.INDEX, key=(slice(*given.part), slice(None))).run(
        ops.INDEX, key=(np.array(given.rows), slice(None))
    )
    outputs = [z.run(ops.SUM, axis=None), part] + [z] * (not given.updates)
    layouts = {0: given.layout, 1: by_rows((given.columns, 20)), 2: by_rows(unread.shape), 3: by_rows((1, 1))}
    return make_plan(
        graph,
        [x, w, unread, rate],
        outputs[::-1] if given.swapped else outputs,
        {1: w * 2} if given.updates and given.columns == 20 else {},
        layouts,
        named("host"),
        threads=given.threads,
        has_steps=given.steps,
        stops=given.stops,
        stepped={3} if given.stepped else set(),
        gathered={0: given.gathered, 2: GatheredRows(0, 7)} if given.gathered else None,
    )


LOOP: Final = Setting(steps=True, gathered=GatheredRows(0, 20))

CHANGES: Final[dict[str, Callable[[Setting], Setting]]] = {
    "a number": lambda s: replace(s, number=0.25),
    "a constant of one element": lambda s: replace(s, single=2.5),
    "a parameter": lambda s: replace(s, exponent=2.5),
    "an axis": lambda s: replace(s, axis=1),
    "an element type": lambda s: replace(s, dtype=np.float64),
    "an operation": lambda s: replace(s, op=ops.TANH),
    "a size": lambda s: replace(s, columns=21, layout=by_rows((20, 21))),
    "a part": lambda s: replace(s, part=(2, 12)),
    "listed rows": lambda s: replace(s, rows=(0, 5, 4)),
    "a layout": lambda s: replace(s, layout=Layout(0, 1, 20)),
    "strides": lambda s: replace(s, layout=Layout(0, 24, 1)),
    "threads": lambda s: replace(s, threads=2),
    "more threads": lambda s: replace(s, threads=3),
    "the order of outputs": lambda s: replace(s, swapped=True),
    "what is changed": lambda s: replace(s, updates=False),
}
LOOP_CHANGES: Final[dict[str, Callable[[Setting], Setting]]] = {
    "steps": lambda s: replace(s, steps=False, gathered=None),
    "an end": lambda s: replace(s, stops=True),
    "a number for each step": lambda s: replace(s, stepped=True),
    "the distance of rows": lambda s: replace(s, gathered=GatheredRows(0, 24)),
    "another order": lambda s: replace(s, gathered=GatheredRows(1, 20)),
    "rows that are not read": lambda s: replace(s, unread_rows=4),
}


@pytest.fixture(autouse=True)
def _everything_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads share even the smallest work."""
    monkeypatch.setattr(planning, "_SHARED_CYCLES", 0)
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        *((Setting(), each) for each in CHANGES.values()),
        *((LOOP, each) for each in (CHANGES | LOOP_CHANGES).values()),
    ],
    ids=[*CHANGES, *(f"{name}, in a loop" for name in CHANGES | LOOP_CHANGES)],
)
def test_plans_that_differ_have_other_descriptions(before: Setting, change: Callable[[Setting], Setting]) -> None:
    """Whatever one thing is changed, the descriptions differ, or the code is the same."""
    one, other = planned(before), planned(change(before))
    assert describe(one) != describe(other) or build(one, named("host")) == build(other, named("host"))


def test_the_elements_of_a_larger_constant_are_no_part_of_the_code() -> None:
    """A constant of many elements is read from memory: others have the same code."""
    one, other = planned(Setting()), planned(Setting(constant=(1.0, 3.0)))
    assert describe(one) == describe(other)
    assert build(one, named("host")) == build(other, named("host"))


def test_descriptions_are_the_same_each_time() -> None:
    """The same program has the same description, and the same code."""
    for seed in range(20):
        one, other = (plan_of(program(seed, 10, "float32")) for _ in range(2))
        assert describe(one) == describe(other)
        assert build(one, named("host")) == build(other, named("host"))


# --- groups -----------------------------------------------------------------------------------------------------------


def code_of_group(plan: Plan, position: int) -> str:
    """Return the code of one group, whatever its place among others is."""
    module = ir.Module("group")
    return re.sub(r'@"group_\d+"', "@group", str(program_code._group_function(module, plan, plan.target, position)))


def recurrent(steps: int) -> Plan:
    """Return the plan of a recurrent network and its gradients, unrolled over some steps."""
    graph = Graph()
    w = graph.parameter("w", 6, 6, lambda shape, _: np.zeros(shape))
    h = graph.input("h", 6, 3, dtype=np.float32)
    xs = [graph.input(f"x{i}", 6, 3, dtype=np.float32) for i in range(steps)]
    state: Any = h
    for x in xs:
        state = (w @ state + x).run(ops.TANH)
    gradients = graph.backward(state.run(ops.SUM, axis=None))
    inputs = [w, h, *xs]
    layouts = {place: by_rows(each.shape) for place, each in enumerate(inputs)}
    return make_plan(graph, inputs, [gradients[w]], {}, layouts, named("host"))


def test_groups_that_are_described_alike_have_the_same_code() -> None:
    """In random programs and in an unrolled network, the same description stands for the same code."""
    count = shared = 0
    plans = [plan_of(program(seed, 16, "float32", gradients=seed % 2 == 0)) for seed in range(25)]
    for plan in (*plans, recurrent(12)):
        found: dict[str, str] = {}
        for position in range(len(plan.groups)):
            code = code_of_group(plan, position)
            shared += describe_group(plan, position) in found
            assert code == found.setdefault(describe_group(plan, position), code)
            count += 1
    assert 0 < shared < count


def test_an_unrolled_network_has_few_functions() -> None:
    """The steps of a recurrent network share their code: twice as many steps add calls alone."""
    short, long = recurrent(12), recurrent(24)
    assert len(short.groups) < len(long.groups)
    assert build(short, named("host")).count("define ") == build(long, named("host")).count("define ")
