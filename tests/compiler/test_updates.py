"""Inputs that are changed in place: whatever reads the old elements gets them, in every order of what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from shapedmat import Matrix, ops
from shapedmat.compiler import plan as planning
from shapedmat.compiler.executable import Executable
from shapedmat.graph import Graph
from tests.compiler.agreement import disagreement, plan_of
from tests.compiler.random_programs import AnyVariable, Program

Changes = tuple[list[AnyVariable], dict[int, AnyVariable]]
Case = Callable[[Graph, Any, Any, Any, Any], Changes]

SIZE: Final = 20


def constant(graph: Graph) -> AnyVariable:
    """Return a constant."""
    return graph.constant("constant", Matrix.from_array(np.arange(float(SIZE * SIZE)).reshape(SIZE, SIZE)))


# Of three square inputs and a row; each case gives outputs and, by their places, the inputs' new values.
CASES: Final[dict[str, Case]] = {
    "two are exchanged": lambda g, x, y, z, b: ([x + y], {0: y, 1: x}),
    "three go round": lambda g, x, y, z, b: ([x @ z], {0: y, 1: z, 2: x}),
    "two exchanged results": lambda g, x, y, z, b: ([], {0: (y * z).run(ops.TANH), 1: (x + z).run(ops.EXP)}),
    "two get the same": lambda g, x, y, z, b: ([], {0: x - y @ z, 1: x - y @ z}),
    "two get another": lambda g, x, y, z, b: ([z], {0: z, 1: z}),
    "one gets another that is changed": lambda g, x, y, z, b: ([], {0: y, 1: y - x @ z}),
    "its own transpose": lambda g, x, y, z, b: ([x], {0: x.run(ops.TRANSPOSE)}),
    "its own rows backwards": lambda g, x, y, z, b: (
        [],
        {0: x.run(ops.INDEX, key=(slice(None, None, -1), slice(None)))},
    ),
    "its own square": lambda g, x, y, z, b: ([], {0: x @ x}),
    "itself times another": lambda g, x, y, z, b: ([], {0: x @ y, 1: (x @ y).run(ops.TANH)}),
    "a sum of its transpose": lambda g, x, y, z, b: ([], {0: (x + x.run(ops.TRANSPOSE)).run(ops.TANH)}),
    "a part of it": lambda g, x, y, z, b: ([], {0: x + x.run(ops.INDEX, key=(slice(1), slice(None)))}),
    "a product reads the old": lambda g, x, y, z, b: ([x @ y], {0: x - 0.5}),
    "a product reads the old and the new": lambda g, x, y, z, b: ([(x - y @ z) @ x], {0: x - y @ z}),
    "a product of its transpose reads the old": lambda g, x, y, z, b: ([y @ x.run(ops.TRANSPOSE)], {0: x - z}),
    "a part of the old is read": lambda g, x, y, z, b: (
        [x.run(ops.INDEX, key=(slice(3, 9), slice(None))).run(ops.EXP)],
        {0: x * y},
    ),
    "listed columns of the old are read": lambda g, x, y, z, b: (
        [y @ x.run(ops.INDEX, key=(slice(None), np.array([3, 1, 1])))],
        {0: x * y},
    ),
    "the same pass reads the old": lambda g, x, y, z, b: ([(y.run(ops.EXP) * x).run(ops.TANH)], {0: y.run(ops.EXP)}),
    "a sum in the same pass reads the old": lambda g, x, y, z, b: (
        [(y.run(ops.EXP) * x).run(ops.SUM, axis=0)],
        {0: y.run(ops.EXP)},
    ),
    "the same product's rest reads the old": lambda g, x, y, z, b: (
        [((y @ z).run(ops.TANH) * x).run(ops.EXP), (y @ z * x).run(ops.SUM, axis=1)],
        {0: (y @ z).run(ops.TANH)},
    ),
    "a maximum of the old": lambda g, x, y, z, b: ([x.run(ops.MAX, axis=None)], {0: x - y @ z}),
    "the old, its copy and the new": lambda g, x, y, z, b: ([x, x, x + y], {0: x + y}),
    "a row gets a sum": lambda g, x, y, z, b: ([b + 1], {3: (x @ y).run(ops.SUM, axis=0)}),
    "a row gets itself less a sum": lambda g, x, y, z, b: ([x + b], {3: b - x.run(ops.SUM, axis=0)}),
    "a constant": lambda g, x, y, z, b: ([x * y], {0: constant(g)}),
    "a broadcast row": lambda g, x, y, z, b: ([x], {0: b.run(ops.BROADCAST, shape=(SIZE, SIZE))}),
    "everything": lambda g, x, y, z, b: ([x + b], {0: x - y, 1: y - z, 2: z - x, 3: b + x.run(ops.SUM, axis=0)}),
}


def drawn(case: Case, order: str) -> Program:
    """Return the program of a case whose inputs lie by rows ("C") or by columns ("F")."""
    graph, rng = Graph(), np.random.default_rng(0)
    shapes = [(SIZE, SIZE)] * 3 + [(1, SIZE)]
    inputs: list[Any] = [
        graph.input(name, *shape, dtype=np.float64) for name, shape in zip("xyzb", shapes, strict=True)
    ]
    values = [np.array(rng.uniform(-1, 1, shape), order=order) for shape in shapes]  # type: ignore[call-overload]  # "C" or "F"
    outputs, updates = case(graph, inputs[0], inputs[1], inputs[2], inputs[3])
    return Program(graph, inputs, values, outputs, updates)


@pytest.mark.parametrize(("order", "threads"), [("C", 2), ("F", 1)])
@pytest.mark.parametrize("name", CASES)
def test_changes_in_place(name: str, order: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values and changed inputs are those of operations that change nothing."""
    monkeypatch.setattr(planning, "_SHARED_CYCLES", 0)
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)
    program = drawn(CASES[name], order)
    assert "" == disagreement(program, Executable(plan_of(program, threads=threads)))
