"""How compiled functions are planned for a GPU: phases and strands, memory, source and reports."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nets.mnist import Network
from shapedmat import Matrix, ops
from shapedmat.compiler.compilation import layouts_of
from shapedmat.compiler.cuda.plan import DevicePlan, make_device_plan
from shapedmat.compiler.cuda.program import write_program
from shapedmat.compiler.layouts import Layout, by_rows
from shapedmat.compiler.plan import GatheredRows
from shapedmat.compiler.tracing import trace
from shapedmat.compiler.values import Product
from shapedmat.graph import Graph
from shapedmat.precision import Precision
from tests.cuda.nvrtc import Architecture, compiled

ARCHITECTURES: list[Architecture] = ["sm_75", "sm_80", "sm_90"]


def training_plan(batch: int, precision: Precision = "full") -> DevicePlan:
    """Return the plan of steps of training the MNIST network, on images that are bytes."""

    def step(network: Network[Any], images: Any, codes: Any, rate: float) -> Any:
        return network.step((images.astype(np.float32) * (1 / 255)).T, codes.T, rate)

    network = Network.initialized(np.random.default_rng(0), np.float32)
    images = Matrix.from_array(np.zeros((batch, 784), np.uint8))
    codes = Matrix.from_array(np.zeros((batch, 10), np.float32))
    traced = trace(step, (network, images, codes, 0.1), {})
    return make_device_plan(
        traced.graph,
        traced.inputs,
        traced.outputs,
        traced.updates,
        layouts_of(traced),
        numbers=frozenset({8}),
        has_steps=True,
        gathered={6: GatheredRows(0, 784), 7: GatheredRows(0, 10)},
        stepped=frozenset({8}),
        stops=True,
        precision=precision,
    )


def plan_of(function: Any, *arguments: Any) -> DevicePlan:
    """Return the plan of a function."""
    traced = trace(function, arguments, {})
    return make_device_plan(traced.graph, traced.inputs, traced.outputs, traced.updates, layouts_of(traced))


def matrix(rows: int, columns: int) -> Matrix[Any, Any, Any]:
    """Return a matrix of zeros."""
    return Matrix.from_array(np.zeros((rows, columns), np.float32))


# --- phases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("batch", "phases"), [(1, 3), (64, 3), (256, 3), (1024, 3)])
def test_a_step_of_training_has_few_phases(batch: int, phases: int) -> None:
    """The first layer is one, all others forward and backward another, and the updates of all weights the last."""
    assert phases == len(training_plan(batch).phases)


def test_layers_are_one_strand_of_samples() -> None:
    """From the second layer on, a block computes everything for its samples up to the gradients of all layers."""
    (strand,) = training_plan(64).phases[1].strands
    assert (64, [1, 1, 1, 1]) == (strand.extent, [axis for _, axis in strand.groups])


def test_updates_of_all_layers_run_at_once() -> None:
    """The weights' gradients, which are sums over all samples, are products of one phase that change the weights."""
    plan = training_plan(64)
    products = [
        group
        for strand in plan.phases[-1].strands
        for group, _ in strand.groups
        if isinstance(group.root, Product) and group.targets
    ]
    assert {"network.w1", "network.w2", "network.w3"} == {
        target.name for group in products for target in group.targets.values()
    }


def test_a_group_waits_for_what_it_needs_of_other_blocks() -> None:
    """A product of a product of which every block needs all runs in a later phase."""
    plan = plan_of(lambda a, b, c: c @ (a @ b), matrix(512, 512), matrix(512, 512), matrix(512, 512))
    assert 2 == len(plan.phases)


def test_what_is_overwritten_has_been_read_before() -> None:
    """A group that writes into an argument runs in a phase behind all that read its old elements."""

    def function(a: Any, b: Any) -> Any:
        product = a @ b
        a.__iadd__(1.0)
        return product

    plan = plan_of(function, matrix(512, 512), matrix(512, 512))
    writers = [
        number
        for number, phase in enumerate(plan.phases)
        for strand in phase.strands
        for group, _ in strand.groups
        if group.targets
    ]
    assert ([1], 2) == (writers, len(plan.phases))


def test_small_groups_are_done_by_one_block() -> None:
    """What takes less time than a barrier follows in the same block, though it needs all elements."""
    plan = plan_of(lambda a: (a / a.sum()) @ a, matrix(8, 8))
    assert [1] == [len(phase.strands) for phase in plan.phases]


def test_cheap_maps_are_computed_as_a_product_reads_them() -> None:
    """Pixels become numbers where the first product reads them; no phase converts them."""
    plan = training_plan(64)
    first = plan.phases[0].strands[0].groups[0][0]
    assert isinstance(first.root, Product)
    assert "network.w1" in {each.name for each in first.reads}
    assert np.dtype(np.uint8) in {each.dtype for each in first.reads}


def test_values_share_no_memory() -> None:
    """Groups that run at the same time write to places of their own."""
    storage = training_plan(64).storage
    places = sorted(
        (place.start, place.start + place.bytes) for place in storage.places.values() if place.kind == "arena"
    )
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


# --- sources ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch", "architecture"), [(1, "sm_80"), *((64, each) for each in ARCHITECTURES), (1024, "sm_90")]
)
def test_steps_of_training_compile_for_all_generations(batch: int, architecture: Architecture) -> None:
    """Both programs compile without a warning, and keep everything in registers."""
    program = write_program(training_plan(batch))
    for source in (program.launched, program.resident):
        report = compiled(source, architecture)
        assert "" == report.log
        assert {(0, 0)} == {(each.spilled_bytes, each.stack_bytes) for each in report.kernels.values()}


@pytest.mark.parametrize(("precision", "architecture"), [("tf32", "sm_80"), ("bf16", "sm_90")])
def test_steps_on_tensor_cores_compile(precision: Precision, architecture: Architecture) -> None:
    """So does the program whose products run on tensor cores."""
    source = write_program(training_plan(64, precision)).launched
    assert "mma.sync" in source
    assert "" == compiled(source, architecture).log


def test_numbers_of_large_matrices_have_64_bits() -> None:
    """Where an element may be further from the first one than an int tells, its distance is a wider number."""
    graph = Graph()
    x = graph.input("x", 1 << 16, 1 << 16, dtype=np.float32)
    reversed_rows = graph.add_node(ops.INDEX, [x], key=(slice(None, None, -1), slice(None)))
    listed = graph.add_node(ops.INDEX, [x], key=(np.array([0, 65535]), slice(None)))
    outputs = [graph.add_node(ops.RESHAPE, [x], shape=(1 << 15, 1 << 17)), reversed_rows + 1.0, listed + 1.0]
    for output in outputs:
        source = write_program(make_device_plan(graph, [x], [output], {}, {0: by_rows((1 << 16, 1 << 16))})).launched
        group = source[source.index("run_phase_0") :]
        assert "static_cast<long long>" in group


def test_columns_of_large_data_sets_have_64_bits() -> None:
    """A data set that lies by columns may be so large that a column is further away than an int tells."""
    graph = Graph()
    x = graph.input("x", 8, 784, dtype=np.float32)
    gathered = {0: GatheredRows(0, 1)}
    for rows, is_wide in ((60_000, False), (10_000_000, True)):
        plan = make_device_plan(graph, [x], [x + 1.0], {}, {0: Layout(0, 1, rows)}, has_steps=True, gathered=gathered)
        assert is_wide == (f"static_cast<long long>(column)) * {rows}" in write_program(plan).launched)


# --- reports ----------------------------------------------------------------------------------------------------------


def test_plan_tells_phases_and_shares() -> None:
    """A plan says what runs at the same time, and which part of it a block does."""
    text = plan_of(lambda a: (a / a.sum()) @ a, matrix(8, 8)).described("normalized")
    lines = text.splitlines()
    assert "normalized: 4 groups in 1 phase on a GPU" == lines[0]
    assert any(line.startswith("  one block does all: about ") for line in lines)
