"""`DevicePlan`: what a compiled function does on a GPU, in which phases and memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from shapedmat.compiler import storage as storing
from shapedmat.compiler.computation import Computation, computation_of
from shapedmat.compiler.cuda.phases import Phase, schedule
from shapedmat.compiler.fusion import ON_GPU, Fusion, Group
from shapedmat.compiler.layouts import Layout, Layouts, by_rows
from shapedmat.compiler.plan import GatheredRows
from shapedmat.compiler.storage import Storage
from shapedmat.compiler.values import Constant, Input, Value
from shapedmat.graph.graph import Graph
from shapedmat.graph.variable import Variable
from shapedmat.precision import Precision


@dataclass(eq=False)
class DevicePlan:
    """What a compiled function does on a GPU.

    Attributes:
        computation: the groups.
        phases: which of them run at the same time, and how each is cut.
        storage: where everything is kept.
        numbers: the places of the inputs that are numbers of the host's, and no matrices.
        has_steps: whether the program runs for many mini-batches.
        gathered: the inputs of which each mini-batch takes other rows, with where those are.
        stepped: the inputs of which each mini-batch has its own.
        stops: whether the program ends behind a mini-batch whose first result is not a finite number.
        unaligned: the places of the inputs that may begin anywhere.
        precision: how products of float32 matrices are computed.
    """

    computation: Computation
    phases: list[Phase]
    storage: Storage
    numbers: frozenset[int]
    has_steps: bool = False
    gathered: Mapping[int, GatheredRows] = field(default_factory=dict)
    stepped: frozenset[int] = frozenset()
    stops: bool = False
    unaligned: frozenset[int] = frozenset()
    precision: Precision = "full"

    @property
    def fusion(self) -> Fusion:
        """The groups, and what became of other operations."""
        return self.computation.fusion

    @property
    def laid_by_columns(self) -> Set[int]:
        """The numbers of the inputs that lie by columns as that suits the groups: none, they lie as they are given."""
        return frozenset()

    def described(self, function: str) -> str:
        """Return what a function of that name does by this plan."""
        from shapedmat.compiler.cuda.report import describe_phases  # noqa: PLC0415  # only who asks for it waits for it

        return describe_phases(function, self)

    @property
    def inputs(self) -> list[Input]:
        """The inputs, of which some may not be used."""
        return self.computation.inputs

    @property
    def results(self) -> list[Value]:
        """What is returned, in memory of its own."""
        return self.computation.results

    @property
    def constants(self) -> list[Constant]:
        """What is the same in every call."""
        return self.computation.constants

    @property
    def groups(self) -> list[Group]:
        """The groups, phase by phase."""
        return [group for phase in self.phases for strand in phase.strands for group, _ in strand.groups]

    @property
    def orders(self) -> int:
        """The number of orders in which rows are taken."""
        return 1 + max((each.order for each in self.gathered.values()), default=-1)

    def is_number(self, value: Input) -> bool:
        """Whether an input is a number that is given with the call itself."""
        return value.place in self.numbers and value.place not in self.stepped

    def is_gathered(self, value: Value) -> bool:
        """Whether each mini-batch has other rows of a value that is in memory."""
        return isinstance(value, Input) and value.place in self.gathered

    def is_aligned(self, value: Value) -> bool:
        """Whether a value that is in memory begins at a multiple of the bytes of the widest access."""
        return not isinstance(value, Input) or not (value.place in self.unaligned or value.place in self.gathered)

    def is_inlined(self, value: Value) -> bool:
        """Whether a value is computed wherever it is used."""
        return value.number in self.fusion.inlined


def make_device_plan(
    graph: Graph,
    inputs: Sequence[Variable[Any, Any, Any]],
    outputs: Sequence[Variable[Any, Any, Any]],
    updates: Mapping[int, Variable[Any, Any, Any]],
    given: Mapping[int, Layout],
    *,
    numbers: frozenset[int] = frozenset(),
    has_steps: bool = False,
    gathered: Mapping[int, GatheredRows] | None = None,
    stepped: frozenset[int] = frozenset(),
    stops: bool = False,
    unaligned: frozenset[int] = frozenset(),
    precision: Precision = "full",
) -> DevicePlan:
    """Plan the computation of some outputs of a graph, and of new values of inputs, on a GPU.

    Args:
        graph: the graph.
        inputs: its inputs, in the order in which they are given.
        outputs: what is returned.
        updates: what inputs hold at the end, by their places.
        given: the layouts of the inputs by their places.
        numbers: the places of the inputs that are numbers of the host's, and no matrices.
        has_steps: whether the program runs for many mini-batches.
        gathered: the places of inputs of which each mini-batch takes other rows, with where those are.
        stepped: the places of inputs of which each mini-batch has its own.
        stops: whether the program ends behind a mini-batch whose first result is not a finite number.
        unaligned: the places of the inputs that may begin anywhere, and not at a multiple of 16 bytes.
        precision: how products of float32 matrices are computed.
    """
    computation = computation_of(graph, inputs, outputs, updates, ON_GPU)
    fusion = computation.fusion
    empty = [group for group in fusion.groups if 0 in group.domain]
    phases = schedule(
        [group for group in fusion.groups if group not in empty], lambda value: value.number in fusion.inlined
    )
    ordered = [group for phase in phases for strand in phase.strands for group, _ in strand.groups]
    # What blocks share by columns lies by columns, so that each has its part in one piece.
    by_columns = {
        group.number for phase in phases for strand in phase.strands for group, axis in strand.groups if axis == 1
    }
    storage = storing.allocate(
        Layouts(by_columns, set(), {}, [*ordered, *empty], 0.0),
        {each.number: given[each.place] for each in computation.inputs},
        {each.number: (index, by_rows(each.shape)) for index, each in enumerate(computation.results)},
        computation.inputs,
        computation.constants,
        is_shared=False,
    )
    return DevicePlan(
        computation, phases, storage, numbers, has_steps, gathered or {}, stepped, stops, unaligned, precision
    )
