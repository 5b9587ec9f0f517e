"""Groups: what is computed together, what is computed again, and what begins a group of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapedmat import ops
from shapedmat.compiler.formulas import Formulas
from shapedmat.compiler.layouts import by_rows
from shapedmat.compiler.plan import Plan, make_plan
from shapedmat.compiler.values import Product
from shapedmat.graph import Graph
from shapedmat.kernels.target import named
from tests.compiler.random_programs import AnyVariable


@pytest.fixture
def graph() -> Graph:
    """Return an empty graph."""
    return Graph()


def matrices(graph: Graph, count: int, rows: int = 20, columns: int = 20) -> list[Any]:
    """Return some inputs."""
    first = len(graph.variables)
    return [graph.input(f"x{first + i}", rows, columns, dtype=np.float32) for i in range(count)]


def planned(graph: Graph, *outputs: AnyVariable, **updates: AnyVariable) -> Plan:
    """Return the plan for some outputs and for the new values of inputs, by their names."""
    inputs = [each for each in graph.variables if each.role == "input"]
    places = {each.name: place for place, each in enumerate(inputs)}
    given = {place: by_rows(each.shape) for place, each in enumerate(inputs)}
    changes = {places[name]: value for name, value in updates.items()}
    return make_plan(graph, inputs, outputs, changes, given, named("host"))


def described(plan: Plan) -> list[list[str]]:
    """Return the names of what each group computes."""
    return [[each.name for each in group.computes] for group in plan.groups]


def test_bias_and_activation_join_the_product(graph: Graph) -> None:
    """What works on the elements of a product is computed while they are in registers; a sum joins, too."""
    w, x = matrices(graph, 2)
    (bias,) = matrices(graph, 1, 20, 1)
    a = (w @ x + bias).run(ops.SIGMOID)
    assert [["matmul", "sigmoid", "sum"]] == described(planned(graph, a, a.run(ops.SUM, axis=1)))


def test_a_gradient_is_never_stored(graph: Graph) -> None:
    """The update of a weight joins the product that is its gradient, and is stored in the weight's place."""
    w, delta, x = matrices(graph, 3)
    plan = planned(graph, x0=w - 0.1 * (delta @ x))
    (group,) = plan.groups
    assert ["subtract"] == [each.name for each in group.stored]
    assert ["x0"] == [each.name for each in group.targets.values()]


def test_cheap_operations_are_computed_again(graph: Graph) -> None:
    """What costs less than memory is computed wherever it is used."""
    x, y = matrices(graph, 2)
    difference = x - y
    plan = planned(graph, difference.run(ops.SUM, axis=0), difference.run(ops.MAX, axis=0), difference.run(ops.EXP))
    assert ["subtract", "max", "exp", "sum"] == sorted(
        {name for names in described(plan) for name in names}, key=["subtract", "max", "exp", "sum"].index
    )
    plan = planned(graph, difference.run(ops.EXP).run(ops.MAX, axis=0), (difference * x).run(ops.SUM, axis=1))
    assert all("subtract" not in names for names in described(plan))


def test_sums_along_both_axes_are_two_passes(graph: Graph) -> None:
    """A pass sums along one axis."""
    (x,) = matrices(graph, 1)
    assert [["sum"], ["sum_2"]] == described(planned(graph, x.run(ops.SUM, axis=0), x.run(ops.SUM, axis=1)))


def test_what_needs_a_whole_row_begins_a_group(graph: Graph) -> None:
    """An operation on a sum of the group that it would join waits for that group, and says so."""
    (x,) = matrices(graph, 1)
    e = x.run(ops.EXP)
    plan = planned(graph, e / e.run(ops.SUM, axis=1))
    assert [["exp", "sum"], ["divide"]] == described(plan)
    assert "another operand depends on the group that computes one" in plan.fusion.reasons.values()


def test_long_chains_are_cut(graph: Graph) -> None:
    """A group has so many operations that LLVM's time stays short; behind a product fewer."""
    x, y = matrices(graph, 2)
    for _ in range(100):
        x = x.run(ops.TANH)
    plan = planned(graph, x)
    assert [24, 24, 24, 24, 4] == [len(group.maps) for group in plan.groups]
    product = y @ y
    for _ in range(6):
        product = product.run(ops.TANH)
    plan = planned(graph, product)
    assert [4, 2] == [len(group.maps) for group in plan.groups]
    assert {"the group that computes an operand has as many operations as one may have"} == set(
        plan.fusion.reasons.values()
    )


def test_many_cheap_operations_are_stored_once(graph: Graph) -> None:
    """A chain that is longer than it may be computed again is stored between groups."""
    (x,) = matrices(graph, 1)
    for _ in range(30):
        x = x * 0.5 + 0.25
    plan = planned(graph, x.run(ops.SUM, axis=0), x.run(ops.SUM, axis=1))
    words = Formulas(plan.groups, plan.fusion.inlined)
    assert min(len(words.inlined_in(group)) for group in plan.groups) <= 12


def test_plans_of_long_programs_take_no_deep_recursion(graph: Graph) -> None:
    """Thousands of operations in a row, and numbers that fork again and again, are planned."""
    (x,) = matrices(graph, 1, 3, 3)
    (number,) = matrices(graph, 1, 1, 1)
    for _ in range(1500):
        x = x.run(ops.TANH) + number
        number = (number + number) * 0.5
    plan = planned(graph, x)
    assert len(plan.groups) > 1


def test_products_of_whole_numbers_are_not_tiled(graph: Graph) -> None:
    """Tiles are for floating-point numbers; a product of whole ones is a pass."""
    a = graph.input("a", 4, 5, dtype=np.int32)
    plan = planned(graph, a @ a.run(ops.TRANSPOSE))
    assert isinstance(plan.groups[0].root, Product)
    assert {} == plan.tilings


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda x, y: y, "no operation computes its new elements: they are there already"),
        (lambda x, y: x @ y, "the old elements are an operand of the product that computes the new ones"),
        (
            lambda x, y: (x + x.run(ops.TRANSPOSE)).run(ops.TANH),
            "the new elements are computed from old ones at other places",
        ),
        (
            lambda x, y: x.run(ops.RESHAPE, shape=(10, 40)).run(ops.RESHAPE, shape=(20, 20)),
            "elements are moved to other places, so that old ones would be lost",
        ),
    ],
)
def test_why_inputs_get_copies(graph: Graph, change: Any, reason: str) -> None:
    """An input whose group cannot write to it directly gets a copy, with the reason."""
    x, y = matrices(graph, 2)
    plan = planned(graph, x0=change(x, y))
    assert [reason] == list(plan.fusion.copied.values())


def test_an_input_is_written_behind_its_readers(graph: Graph) -> None:
    """A group that changes an input runs behind those that read the old elements."""
    x, y, z = matrices(graph, 3)
    plan = planned(graph, y @ x, x0=x - y.run(ops.EXP) * z)
    assert [["matmul"], ["exp", "subtract"]] == [
        [each.name for each in group.computes if each.name != "multiply"] for group in plan.groups
    ]
    assert {} == plan.fusion.copied
