"""`DeviceExecutable`: a plan as kernels, with the memory that they need, ready to be called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from shapedmat import backends
from shapedmat.compiler.cuda.costs import THREADS
from shapedmat.compiler.cuda.plan import DevicePlan
from shapedmat.compiler.cuda.program import ADVANCE, PROGRAM, phase_name, write_program
from shapedmat.compiler.cuda.stage import Stage
from shapedmat.compiler.cuda.ways import LAUNCHES, OPERATIONS, RESIDENT, Ways
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import Product
from shapedmat.kernels.cuda import driver
from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.ops import Array

STEPS_OF_GRAPH: Final = 32
"""The most steps that one launch of a graph takes."""
_PER_THREAD: Final = 2  # cudaStreamPerThread: another stream in each thread
_LARGE_PRODUCT: Final = 1 << 27
"""A product of more multiplications takes so long that it may pay to leave it to cuBLAS, and each operation to CuPy."""


@dataclass(eq=False)
class _Workspace:
    """The memory of the calls on one stream.

    Attributes:
        arena: what lies between groups.
        tickets: numbers of blocks that have come, zero between calls.
        barrier: the same for barriers among all blocks.
        stage: what many steps need.
    """

    arena: Array
    tickets: Array
    barrier: Array
    stage: Stage


class DeviceExecutable:
    """A plan that can be called.

    Args:
        plan: the plan.
        function: the name of the function.
        device: the number of the device.
        operations: computes the same by one operation of the cupy backend after the other, if it may.

    Attributes:
        plan: the plan.
    """

    def __init__(
        self,
        plan: DevicePlan,
        function: str,
        device: int,
        operations: Callable[[Sequence[Any]], list[Array]] | None = None,
    ) -> None:
        self.plan = plan
        self._device = device
        self._operations = operations
        self._action = f"run {function}"
        self._backend = backends.get("cupy")
        self._xp = self._backend.namespace
        self._program = write_program(plan)
        self._workspaces: dict[int, _Workspace] = {}
        self._lock = threading.Lock()
        with self._using([]):
            self._constants = [self._xp.asarray(np.ascontiguousarray(each.array)) for each in plan.constants]
            self._ways = Ways(self._program.launched, self._possible_ways())
            if self._ways.can_be(RESIDENT) and not self._blocks:
                self._ways.rule_out(RESIDENT)

    def _possible_ways(self) -> list[str]:
        """Return the ways in which the program may be run fastest."""
        ways = [RESIDENT] if len(self._program.items) > 1 or self.plan.has_steps else []
        is_large = max(map(_multiplications, self.plan.groups), default=0) > _LARGE_PRODUCT
        return [*ways, LAUNCHES, *([OPERATIONS] if is_large and self._operations is not None else [])]

    @cached_property
    def _phases(self) -> list[driver.Kernel]:
        """The kernels of the phases; they are compiled if the program is run by them."""
        names = map(phase_name, range(len(self._program.items)))
        return [self._kernel(self._program.launched, name) for name in names]

    @cached_property
    def _advance(self) -> driver.Kernel:
        """The kernel that goes on to later steps."""
        return driver.kernel(self._program.launched, ADVANCE)

    @cached_property
    def _resident(self) -> driver.Kernel:
        """The kernel of all phases; it is compiled if the program is run by it."""
        return self._kernel(self._program.resident, PROGRAM, cooperative=True)

    @cached_property
    def _blocks(self) -> int:
        """How many blocks of that kernel can wait for one another, as far as there is work for them."""
        return min(self._resident.resident_blocks(THREADS), max(self._program.items, default=1))

    def _kernel(self, source: str, name: str, *, cooperative: bool = False) -> driver.Kernel:
        return driver.kernel(source, name, shared_bytes=self._program.shared_bytes, cooperative=cooperative)

    def __call__(self, leaves: Sequence[Any]) -> list[Array]:
        """Compute the results, and change the inputs that the plan changes.

        Args:
            leaves: an array on the device, or a number, for each input.
        """
        results: list[Array] = []

        def call(way: str) -> None:
            results[:] = self._call(way, leaves)

        with self._lock, self._using(leaves):
            self._ways.run(call)
            self._backend.made(results, _arrays(leaves), self._device)
        return results

    def _using(self, leaves: Sequence[Any]) -> AbstractContextManager[None]:
        """Return the context in which kernels are launched that are given these arrays and numbers."""
        written = [leaves[place] for place in self._updated] if leaves else []
        return self._backend.using(_arrays(leaves), written, self._device, self._action)

    def _call(self, way: str, leaves: Sequence[Any]) -> list[Array]:
        if way == OPERATIONS:
            assert self._operations is not None
            return self._operations(leaves)
        results = [self._xp.empty(value.shape, value.dtype) for value in self.plan.results]
        workspace, given = self._workspace(), [self._aligned(place, leaf) for place, leaf in enumerate(leaves)]
        self._launch(way, [*given, *results, *self._constants, workspace.arena, workspace.tickets], workspace)
        for place in self._updated:
            if given[place] is not leaves[place]:
                leaves[place][...] = given[place]
        return results

    def _aligned(self, place: int, leaf: Any) -> Any:
        """Return a matrix that begins where the widest access may begin, if it has to: itself, or a copy."""
        if isinstance(leaf, (float, np.floating)):
            return float(leaf)
        if leaf.data.ptr % WIDEST_BYTES == 0 or place in self.plan.unaligned:
            return leaf
        return leaf.copy(order="K")  # it is contiguous, as all are that have to begin there, and so is the copy

    def _launch(self, way: str, arguments: Sequence[Any], workspace: _Workspace, further: Sequence[Any] = ()) -> None:
        if way == RESIDENT:
            self._resident((self._blocks,), THREADS, [*arguments, workspace.barrier, *further])
            return
        for kernel, items in zip(self._phases, self._program.items, strict=True):
            kernel((items,), THREADS, [*arguments, *further])

    @property
    def _updated(self) -> frozenset[int]:
        return frozenset(each.place for each in self.plan.fusion.updated)

    def _workspace(self) -> _Workspace:
        """Return the memory for the current stream, whose calls come one after the other."""
        stream = self._xp.cuda.get_current_stream().ptr
        if stream == _PER_THREAD:
            stream = -threading.get_ident()
        if stream not in self._workspaces:
            program, xp = self._program, self._xp
            self._workspaces[stream] = _Workspace(
                arena=xp.empty(max(1, program.arena_bytes), np.uint8),
                tickets=xp.zeros(max(1, program.tickets), np.uint32),
                barrier=xp.zeros(2, np.uint32),
                stage=Stage(xp),
            )
        return self._workspaces[stream]

    def steps(
        self, leaves: Sequence[Any], losses: Array, orders: Sequence[np.ndarray[Any, np.dtype[np.int64]]]
    ) -> Callable[[int, int], int]:
        """Return a function that takes steps, from a number to before another, and returns how many were taken in all.

        Everything that a step needs is moved to the device now, and the losses come back when the steps are done.

        Args:
            leaves: an array on the device for each input, and one of the host for the numbers of all steps.
            losses: where the first result of each step is put.
            orders: the rows of all mini-batches, in each of the orders that the plan's data sets are gathered in.
        """
        with self._lock, self._using(leaves):
            workspace = self._workspace()
            workspace.stage.lay_out(leaves, losses, orders)

        def advance(first: int, last: int) -> int:
            with self._lock, self._using(leaves):
                if workspace.stage.wanted is not losses:  # another run was laid out in between
                    workspace.stage.lay_out(leaves, losses, orders, first)
                self._take(workspace, first, last)
                return workspace.stage.collect(losses, first, last)

        return advance

    def _take(self, workspace: _Workspace, first: int, last: int) -> None:
        """Take steps; the first ones in each way in turn, as long as it is not known which is the fastest."""
        for way in self._ways.untried:
            if last - first < 2 * STEPS_OF_GRAPH:
                break
            # The first ones load the kernels, and capture the graph.
            self._take_in(way, workspace, first, first + STEPS_OF_GRAPH)
            first += STEPS_OF_GRAPH
            while way in self._ways.untried and last - first >= STEPS_OF_GRAPH:
                start, first = first, first + STEPS_OF_GRAPH
                seconds = driver.seconds(partial(self._take_in, way, workspace, start, first))
                if not workspace.stage.is_finite(first - 1):
                    return  # the loop has ended, after fewer steps than were timed
                self._ways.note(way, seconds)
        if first < last:
            self._take_in(self._ways.best, workspace, first, last)

    def _take_in(self, way: str, workspace: _Workspace, first: int, last: int) -> None:
        """Take steps in one way."""
        stage = workspace.stage
        arguments = [
            *stage.inputs, stage.losses, *self._constants, *stage.orders, workspace.arena, workspace.tickets,
        ]  # fmt: skip
        stage.begin(first, last)
        if way == RESIDENT:
            self._launch(way, arguments, workspace, [stage.steps])
            return
        length = STEPS_OF_GRAPH if last - first >= STEPS_OF_GRAPH else 1
        advance, _ = self._advance, self._phases  # loaded before launches are captured

        def launch() -> None:
            for offset in range(length):
                self._launch(way, arguments, workspace, [stage.steps, offset])
            advance((1,), 1, [stage.steps, length])

        replay = stage.graph(length, arguments, launch)
        for _ in range(-(-(last - first) // length)):  # steps behind the last one do nothing
            replay()


def _multiplications(group: Group) -> int:
    """Return how many multiplications of numbers a group's product is."""
    return group.root.size * group.root.a.shape[1] if isinstance(group.root, Product) else 0


def _arrays(leaves: Sequence[Any]) -> list[Array]:
    """Return the arrays on the device."""
    return [each for each in leaves if not isinstance(each, (float, np.floating, np.ndarray))]
