"""`Executable`: a plan as machine code, with the memory that it needs, ready to be called."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from shapedmat.compiler import program
from shapedmat.compiler.description import describe
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.memory import block_of
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.storage import ALIGNMENT, aligned
from shapedmat.kernels import machine_code, threads
from shapedmat.kernels.addresses import address_of
from shapedmat.ops import Array

_FUNCTION: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
_WAITING_BYTES: Final = 128

SYMBOLS: Final = (
    "memcpy", "memset", "sinf", "sin", "cosf", "cos", "powf", "pow", "expf", "exp", "logf", "log", "sched_yield",
)  # fmt: skip
"""The functions of the C library that the code may call, by itself or because LLVM writes them."""


@dataclass(eq=False)
class _Workspace:
    """The memory of one call: the block of addresses, the numbers, the arena, and what threads have of their own."""

    block: Any
    numbers: np.ndarray[Any, np.dtype[np.float64]]
    memory: np.ndarray[Any, np.dtype[np.uint8]]


class Executable:
    """A plan that can be called.

    Args:
        plan: the plan.

    Attributes:
        plan: the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        code = machine_code.compiled(
            describe(plan), plan.target, lambda: program.build(plan, plan.target), symbols=_symbols(plan)
        )
        self._function = code.function(program.FUNCTION, _FUNCTION)
        self._places = block_of(plan)
        self._constants = [
            _laid_out(constant.array, plan.storage.layouts[constant.number]) for constant in plan.constants
        ]
        # The memory of calls that have ended; one in another Python thread has its own.
        self._free: deque[_Workspace] = deque()

    def __call__(self, leaves: Sequence[Any]) -> list[Array]:
        """Compute the results, and change the inputs that the plan changes.

        Args:
            leaves: an array or a number for each input.
        """
        results = [np.empty(value.shape, value.dtype) for value in self.plan.results]
        self.run(leaves, results)
        return results

    def steps(
        self,
        leaves: Sequence[Any],
        losses: Array,
        orders: Sequence[np.ndarray[Any, np.dtype[np.int64]]],
    ) -> Callable[[int, int], int]:
        """Return a function that takes steps, from a number to before another, and returns how many were taken in all.

        Args:
            leaves: an array or a number for each input.
            losses: where the first result of each step is put.
            orders: the rows of all mini-batches, in each of the orders that the plan's data sets are gathered in.
        """
        return lambda first, last: self.run(leaves, [losses], orders, (first, last))

    def run(
        self,
        leaves: Sequence[Any],
        results: Sequence[Array],
        orders: Sequence[np.ndarray[Any, np.dtype[np.int64]]] = (),
        steps: tuple[int, int] = (0, 1),
    ) -> int:
        """Compute into given arrays, for one mini-batch or for several, and return how many steps were done in all.

        Args:
            leaves: an array or a number for each input.
            results: an array for each result.
            orders: the rows of all mini-batches, in each of the orders that the plan's data sets are gathered in.
            steps: the number of the first step, and that behind the last.
        """
        try:
            workspace = self._free.pop()
        except IndexError:
            workspace = self._workspace()
        block, places = workspace.block, self._places
        for place, leaf in enumerate(leaves):
            if isinstance(leaf, np.ndarray):
                block[place] = address_of(leaf)
            elif self.plan.inputs[place].dtype.itemsize == 8:
                workspace.numbers[place] = leaf
            else:
                workspace.numbers[place : place + 1].view(np.float32)[0] = leaf
        for place, result in enumerate(results, places.inputs):
            block[place] = address_of(result)
        for place, order in enumerate(orders, places.order):
            block[place] = address_of(order)
        block[places.first_step], block[places.last_step] = steps
        address = ctypes.addressof(block)
        if self.plan.threads == 1:
            self._function(address, 0, 1)
        else:
            function = self._function
            threads.run_together(lambda thread, count: function(address, thread, count), self.plan.threads)
        done = int(block[places.steps_done])
        self._free.append(workspace)
        return done

    def _workspace(self) -> _Workspace:
        plan, places = self.plan, self._places
        inputs, results = places.inputs, places.results
        sizes = [plan.storage.arena_bytes, plan.memory_bytes * plan.threads, _WAITING_BYTES]
        memory = np.zeros(sum(map(aligned, sizes)) + ALIGNMENT, np.uint8)
        numbers = np.zeros(max(1, len(plan.inputs)))
        block = (ctypes.c_int64 * places.size)()
        start = aligned(memory.ctypes.data)
        for place, size in zip((places.arena, places.memory, places.waiting), sizes, strict=True):
            block[place] = start
            start += aligned(size)
        for place in range(inputs):
            block[place] = numbers.ctypes.data + 8 * place
        for place, constant in enumerate(self._constants, inputs + results):
            block[place] = constant.ctypes.data
        return _Workspace(block, numbers, memory)


def _symbols(plan: Plan) -> list[str]:
    return [name for name in SYMBOLS if name != "sched_yield" or plan.threads > 1]


def _laid_out(array: Array, layout: Layout) -> Array:
    by_columns = layout.row == 1 and layout.column != 1
    return np.asfortranarray(array) if by_columns else np.ascontiguousarray(array)
