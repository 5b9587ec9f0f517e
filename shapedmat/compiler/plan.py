"""`Plan`: what a compiled function does, in which order and memory; code is written from it, and reports read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from shapedmat.compiler import carrying
from shapedmat.compiler import layouts as laying
from shapedmat.compiler import storage as storing
from shapedmat.compiler.carrying import Carried
from shapedmat.compiler.computation import computation_of
from shapedmat.compiler.fusion import ON_CPU, Fusion, Group
from shapedmat.compiler.layouts import Layout, Layouts, by_rows, spread, tiling_of
from shapedmat.compiler.storage import Storage
from shapedmat.compiler.values import SLOW, Constant, Input, Product, Value, base_of
from shapedmat.graph.graph import Graph
from shapedmat.graph.variable import Variable
from shapedmat.kernels.target import Target
from shapedmat.kernels.tiles import Product as TiledProduct
from shapedmat.kernels.tiles import Tiling, scratch_bytes

NUMBERS_BYTES: Final = 512
"""The bytes of memory for numbers that each thread has."""

_SHARED_CYCLES: Final = 2500
"""A group that takes fewer cycles than so many is done by one thread: to wait for others would take as long."""

_WAITED_CYCLES: Final = 25_000
"""What it takes, each time that threads wait for one another, until each has read what others have written."""

_WOKEN_CYCLES: Final = 300_000
"""What it takes to wake threads for one call."""


@dataclass(frozen=True, slots=True)
class GatheredRows:
    """Which rows of a data set a mini-batch takes.

    Attributes:
        order: the number of the order, of those that a call is given, in which the rows are taken.
        stride: how many elements lie between neighbouring rows of the data set.
    """

    order: int
    stride: int


@dataclass(eq=False)
class Plan:
    """What a compiled function does.

    Attributes:
        inputs: the inputs, of which some may not be used.
        results: what is returned, in memory of its own.
        constants: what is the same in every call.
        fusion: the groups, and what became of other operations.
        layouts: which way groups run, and the groups in their order.
        storage: where everything is kept.
        threads: how many threads at most share the work.
        shared: the positions of the groups whose work is shared.
        waits: the positions of the groups before which threads wait for one another.
        has_steps: whether the program runs for many mini-batches.
        gathered: the inputs of which each mini-batch takes other rows, with where those are.
        stepped: the inputs of which each mini-batch has its own.
        stops: whether the program ends behind a mini-batch whose first result is not a finite number.
        target: the processor.
        tilings: the products that are computed in tiles, and how, by the positions of their groups.
        product_bytes: the bytes of memory of its own that each thread needs for the products themselves.
        memory_bytes: those with what it needs for what is done with their sums.
        carried: the updates that are carried over to the next step.
    """

    inputs: list[Input]
    results: list[Value]
    constants: list[Constant]
    fusion: Fusion
    layouts: Layouts
    storage: Storage
    threads: int
    shared: set[int]
    waits: set[int]
    has_steps: bool
    gathered: Mapping[int, GatheredRows]
    stepped: set[int]
    stops: bool
    target: Target
    tilings: dict[int, tuple[TiledProduct, Tiling]] = field(default_factory=dict)
    product_bytes: int = 0
    memory_bytes: int = 0
    carried: list[Carried] = field(default_factory=list)

    def cycles(self, position: int) -> float:
        """Return about how many cycles a group takes."""
        group = self.groups[position]
        size = group.domain[0] * group.domain[1]
        total = size * 0.3 * (1 + sum(4 if each.op in SLOW else 1 for each in group.maps))
        if position in self.tilings:
            return total + self.tilings[position][1].cycles
        return total + (size * group.root.a.shape[1] if isinstance(group.root, Product) else 0)

    @property
    def orders(self) -> int:
        """The number of orders in which rows are taken."""
        return 1 + max((each.order for each in self.gathered.values()), default=-1)

    @property
    def laid_by_columns(self) -> Set[int]:
        """The numbers of the inputs that lie by columns as that suits the groups."""
        return self.layouts.by_columns

    def described(self, function: str) -> str:
        """Return what a function of that name does by this plan."""
        from shapedmat.compiler.report import describe_plan  # noqa: PLC0415  # only who asks for it waits for it

        return describe_plan(function, self)

    @property
    def groups(self) -> list[Group]:
        """The groups in the order in which they run."""
        return self.layouts.groups


def make_plan(
    graph: Graph,
    inputs: Sequence[Variable[Any, Any, Any]],
    outputs: Sequence[Variable[Any, Any, Any]],
    updates: Mapping[int, Variable[Any, Any, Any]],
    given: Mapping[int, Layout],
    target: Target,
    *,
    threads: int = 1,
    has_steps: bool = False,
    gathered: Mapping[int, GatheredRows] | None = None,
    stepped: set[int] | None = None,
    stops: bool = False,
    steps: int = 1,
) -> Plan:
    """Plan the computation of some outputs of a graph, and of new values of inputs.

    Args:
        graph: the graph.
        inputs: its inputs, in the order in which they are given.
        outputs: what is returned.
        updates: what inputs hold at the end, by their places.
        given: the layouts of the inputs by their places; the others may lie as it suits.
        target: the processor.
        threads: how many threads at most share the work.
        has_steps: whether the program runs for many mini-batches.
        gathered: the places of inputs of which each mini-batch takes other rows, with where those are.
        stepped: the places of inputs of which each mini-batch has its own.
        stops: whether the program ends behind a mini-batch whose first result is not a finite number.
        steps: about how many mini-batches there are.
    """
    computation = computation_of(graph, inputs, outputs, updates, ON_CPU)
    fusion, all_inputs = computation.fusion, computation.inputs
    results, constants = computation.results, computation.constants
    known = {all_inputs[place].number: layout for place, layout in given.items()}
    free: list[Value] = [*constants, *(each for each in all_inputs if each.number not in known)]
    gathered = gathered or {}

    def is_gathered(value: Value) -> bool:
        base = base_of(value)
        return isinstance(base, Input) and base.place in gathered

    fixed = known | {each.number: by_rows(each.shape) for each in results}
    layouts = laying.choose(
        fusion, fixed, free, target, steps=steps, is_gathered=is_gathered, numbers=computation.numbers
    )
    placed = {
        each.number: known.get(each.number)
        or spread(each.shape, each.dtype.itemsize, by_columns=each.number in layouts.by_columns)
        for each in all_inputs
    }
    memory = {each.number: (index, by_rows(each.shape)) for index, each in enumerate(results)}
    storage = storing.allocate(layouts, placed, memory, all_inputs, constants)
    plan = Plan(
        all_inputs,
        results,
        constants,
        fusion,
        layouts,
        storage,
        threads,
        set(),
        set(),
        has_steps,
        gathered,
        stepped or set(),
        stops,
        target,
    )
    _cut(plan)
    if threads > 1:
        plan.shared = {n for n in range(len(plan.groups)) if plan.cycles(n) > _SHARED_CYCLES}
        plan.waits = _waits(plan)
        if not _sharing_pays(plan):
            plan.threads, plan.shared, plan.waits = 1, set(), set()
            _cut(plan)
    if has_steps and plan.threads == 1:
        plan.carried = carrying.find(plan.groups, fusion, storage)
        kept = carrying.kept(plan.carried, plan.groups, storage)
        plan.storage = storing.allocate(layouts, placed, memory, all_inputs, constants, kept.keys())
    return plan


def _cut(plan: Plan) -> None:
    """Cut all products into tiles, and find out how much memory they need."""
    plan.tilings = {n: _tiled(plan, group) for n, group in enumerate(plan.groups) if _is_tiled(group)}
    if plan.tilings:
        target = plan.target
        plan.product_bytes = max(_memory_bytes(*each, target) for each in plan.tilings.values())
        # A tile's sums fit the registers.
        tile_bytes = target.vector_registers * target.vector_bytes
        plan.memory_bytes = plan.product_bytes + tile_bytes + NUMBERS_BYTES


def _sharing_pays(plan: Plan) -> bool:
    """Whether threads that share the work are done sooner than one."""
    alone = sum(map(plan.cycles, range(len(plan.groups))))
    shared = sum(map(plan.cycles, plan.shared))
    waiting = _WAITED_CYCLES * (len(plan.waits) + 1) + (0 if plan.has_steps else _WOKEN_CYCLES)
    return shared / plan.threads + (alone - shared) + waiting < alone


def _is_tiled(group: Group) -> bool:
    return isinstance(group.root, Product) and group.root.dtype.kind == "f" and all(group.domain)


def _tiled(plan: Plan, group: Group) -> tuple[TiledProduct, Tiling]:
    """Return a group's product as the kernels see it, and how it is cut into tiles."""
    root = group.root
    assert isinstance(root, Product)
    flip = plan.layouts.is_flipped(group)
    strides = []
    for operand in group.factors(flip=flip):
        layout = plan.storage.layout(operand)
        strides.append((layout.transposed if flip else layout).strides)
    rows, columns = group.domain[::-1] if flip else group.domain
    product = TiledProduct(rows, root.a.shape[1], columns, root.dtype, strides[0], strides[1])
    return product, tiling_of(product, plan.target, plan.threads)


def _memory_bytes(product: TiledProduct, tiling: Tiling, target: Target) -> int:
    size = scratch_bytes(product, tiling, target.lanes(product.dtype.itemsize))
    return storing.aligned(size)


def _waits(plan: Plan) -> set[int]:
    """Return the groups before which threads have to wait: something that they need was written since the last wait."""
    waits: set[int] = set()
    read: list[storing.Place] = []
    written: list[storing.Place] = []
    for position, group in enumerate(plan.groups):
        reads = [plan.storage.place(each) for each in group.reads]
        writes = [plan.storage.place(each) for each in group.stored]
        conflicts = any(a.overlaps(b) for a in reads for b in written) or any(
            a.overlaps(b) for a in writes for b in [*written, *read]
        )
        if conflicts:
            waits.add(position)
            read, written = [], []
        read += reads
        written += writes
    return waits
