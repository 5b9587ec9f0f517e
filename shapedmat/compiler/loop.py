"""`MiniBatchLoop`: a step of training, compiled together with the loop over shuffled mini-batches around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

import numpy as np

from shapedmat import shapes
from shapedmat.compiler.arguments import Signature, parameter_names, read
from shapedmat.compiler.compilation import plan_of
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.plan import GatheredRows
from shapedmat.compiler.step import Step
from shapedmat.compiler.tracing import Trace, trace
from shapedmat.errors import DeviceError, JitError, ShapeError
from shapedmat.matrix import Matrix
from shapedmat.ops import Array

State = TypeVar("State")

Order: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

_CHUNK_SECONDS: Final = 0.1
_MOST: Final = 32
"""The code for so many sizes of mini-batches, and kinds of state, is kept at most."""
_MANY_STEPS: Final = 1000
"""How often a step runs, about: what is laid out anew once for all of them may take so many times as long."""


@dataclass(frozen=True, slots=True)
class _Program:
    """The code for mini-batches of one size.

    Attributes:
        trace: what a step does.
        executable: the code.
        laid_out: the places of the inputs that the code wants by columns, or by rows, where they are the other way.
    """

    trace: Trace
    executable: Executable
    laid_out: tuple[int, ...]


class MiniBatchLoop(Generic[State]):
    """A step of training that runs for one shuffled mini-batch after the other, without returning to Python.

    The step is called as ``step(state, *samples, *numbers)``. The state is what a compiled function may be given: a
    matrix, or a dataclass, tuple, list or dict of matrices, which the step changes in place. Of each data set the
    step gets a mini-batch, one sample a row; of each series of numbers, such as learning rates, the number of its step.
    It returns its loss: a number, or a matrix of shape (1, 1).

    >>> w = Matrix[np.float32, 1, 1].zeros()
    >>> def step(w, x, y, rate):  # fits y = w x
    ...     error = x @ w - y
    ...     w -= rate * (x.T @ error) / x.rows
    ...     return error.hadamard(error).sum() / x.rows
    >>> x = Matrix.from_rows([[1.0], [2.0], [3.0], [4.0]], dtype=np.float32)
    >>> losses = MiniBatchLoop(step).run(w, [x, 3 * x], np.arange(4), 2, [[0.1, 0.1]])
    >>> [round(float(loss), 2) for loss in losses], round(float(w[0, 0]), 2)
    ([22.5, 63.28], 3.56)

    Args:
        step: the step.
        threads: how many threads may share the work; without it, as many as there are processors.
    """

    def __init__(self, step: Step[State], *, threads: int | None = None) -> None:
        self._step = step
        self._threads = threads
        self._programs: dict[tuple[Signature, int, Any], _Program] = {}

    def run(
        self,
        state: State,
        data: Sequence[Matrix[Any, Any, Any]],
        order: Order | Sequence[Order],
        batch_size: int,
        numbers: Sequence[Any] = (),
        *,
        notice: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """Take a step for every mini-batch, and return their losses.

        It ends behind a step whose loss is not a finite number; then there are fewer losses.

        Args:
            state: what the step changes.
            data: matrices with as many rows, one sample a row.
            order: the rows of all mini-batches, one behind the other; the last mini-batch may be smaller. One order
                serves all data sets, or each has its own.
            batch_size: the rows of a mini-batch.
            numbers: sequences of as many numbers as there are mini-batches.
            notice: called about ten times a second with the number of steps taken and their losses.

        Raises:
            ShapeError: a place of an order is none of a row, or orders or numbers are not as many as they have to be.
            JitError: the step cannot be compiled.
            DeviceError: something is on a GPU.
        """
        orders = [
            np.ascontiguousarray(each, np.int64) for each in ([order] if isinstance(order, np.ndarray) else order)
        ]
        arrays = _checked(data, orders, batch_size)
        rows = len(orders[0])
        steps = -(-rows // batch_size)
        series = [np.ascontiguousarray(each, np.float64) for each in numbers]
        for each in series:
            if each.shape != (steps,):
                raise ShapeError(f"numbers of shape {shapes.show(each.shape)} are given, where {steps} are wanted")
        losses: Array = np.zeros(0)
        whole = rows // batch_size
        for first, last, size in ((0, whole, batch_size), (whole, steps, rows - whole * batch_size)):
            if first == last:
                continue
            program, leaves = self._program(state, arrays, len(orders), size, len(series))
            count = len(leaves) - len(arrays) - len(series)
            if not losses.size:
                losses = np.zeros(steps, program.executable.plan.results[0].dtype)
            given = [*leaves[:count], *arrays, *(each[first:] for each in series)]
            rest, part = [each[first * batch_size :] for each in orders], losses[first:]
            done = 0
            for done in _chunks(program, given, rest, part, last - first):
                if notice is not None:
                    notice(first + done, losses[: first + done])
            if done < last - first or not np.isfinite(losses[first + done - 1]):
                return losses[: first + done]
        return losses

    def plan(self) -> str:
        """Return what a step does in machine code, for each size of mini-batches that it was run with."""
        from shapedmat.compiler.report import describe_plan  # noqa: PLC0415  # only who asks for it waits for it

        return "\n\n".join(describe_plan(each.trace, each.executable) for each in self._programs.values())

    def _program(
        self, state: Any, arrays: Sequence[Array], orders: int, size: int, numbers: int
    ) -> tuple[_Program, list[Any]]:
        samples = [Matrix.from_array(array[:size]) for array in arrays]
        arguments = (state, *samples, *([0.0] * numbers))
        name = getattr(self._step, "__name__", "step")
        reading = read(name, arguments, {}, parameter_names(self._step))
        key = reading.signature, orders, tuple(array.strides for array in arrays)
        program = self._programs.get(key)
        if program is None:
            program = self._compiled(arguments, arrays, orders, numbers)
            while len(self._programs) >= _MOST:
                del self._programs[next(iter(self._programs))]
            self._programs[key] = program
        return program, reading.leaves

    def _compiled(self, arguments: tuple[Any, ...], arrays: Sequence[Array], orders: int, numbers: int) -> _Program:
        traced = trace(self._step, arguments, {})
        if traced.device != "cpu":
            raise DeviceError(f"a loop is compiled for the CPU, but its arguments are on {traced.device}")
        if len(traced.outputs) != 1 or traced.outputs[0].shape != (1, 1) or traced.outputs[0].dtype.kind != "f":
            raise JitError(f"{traced.function} is to return its loss alone, a number or a matrix of shape (1, 1)")
        if traced.returns.rebindings:
            raise JitError(f"{traced.function} is to change its state in place: write w -= ..., not state.w = ...")
        count = len(traced.inputs) - len(arrays) - numbers
        gathered = {
            count + i: GatheredRows(min(i, orders - 1), array.strides[0] // array.itemsize)
            for i, array in enumerate(arrays)
        }
        changed = [place for place in traced.updates if place >= count]
        if changed:
            raise JitError(f"{traced.function} changes {traced.names[changed[0]]}, of which it gets a copy")
        plan = plan_of(
            traced,
            self._threads,
            free=range(count),
            has_steps=True,
            gathered=gathered,
            stepped=set(range(count + len(arrays), len(traced.inputs))),
            stops=True,
            steps=_MANY_STEPS,
        )
        return _Program(traced, Executable(plan), tuple(range(count)))


def _checked(data: Sequence[Matrix[Any, Any, Any]], orders: Sequence[Order], batch_size: int) -> list[Array]:
    if batch_size < 1 or not data or len(orders) not in (1, len(data)) or not len(orders[0]):
        raise ShapeError(
            f"{len(data)} data sets, {len(orders)} orders of rows and mini-batches of {batch_size} are given: one "
            "order or one for each data set, and at least 1 row, data set and sample are wanted"
        )
    arrays = []
    for i, matrix in enumerate(data):
        order = orders[min(i, len(orders) - 1)]
        if matrix.device != "cpu":
            raise DeviceError(f"a loop is compiled for the CPU, but its data are on {matrix.device}")
        if len(order) != len(orders[0]):
            raise ShapeError(f"orders of {len(order)} and of {len(orders[0])} rows are given: as many are wanted")
        lowest, highest = int(order.min()), int(order.max())
        if lowest < 0 or highest >= matrix.rows:
            raise ShapeError(f"the order has rows {lowest} to {highest}, but the data have rows 0 to {matrix.rows - 1}")
        arrays.append(matrix.numpy())
    return arrays


def _chunks(program: _Program, leaves: list[Any], orders: Sequence[Order], losses: Array, steps: int) -> Iterator[int]:
    """Take steps, about as many at once as a tenth of a second has time for; yield how many have been taken."""
    executable, plan = program.executable, program.executable.plan
    done, at_once = 0, 1
    while done < steps:
        end = min(steps, done + at_once)
        given = list(leaves)
        for place in program.laid_out:
            given[place] = _laid_out(leaves[place], plan.storage.layouts[plan.inputs[place].number])
        start = time.perf_counter()
        try:
            reached = executable.run(given, [losses], orders, (done, end))
        finally:
            # Also where the user interrupts: that is noticed behind the last of these steps.
            for place in program.laid_out:
                if given[place] is not leaves[place] and place in program.trace.updates:
                    leaves[place][...] = given[place]
        seconds = time.perf_counter() - start
        at_once = max(1, int((reached - done) * _CHUNK_SECONDS / max(seconds, 1e-9)))
        done = reached
        yield done
        if done < end or not np.isfinite(losses[done - 1]):
            return


def _laid_out(leaf: Any, layout: Layout) -> Any:
    """Return a matrix as the code wants it: itself if it lies so, else a copy."""
    if not isinstance(leaf, np.ndarray):
        return leaf
    strides = tuple(step * leaf.itemsize for step in (layout.row, layout.column))
    if all(size == 1 or a == b for size, a, b in zip(leaf.shape, leaf.strides, strides, strict=True)):
        return leaf
    memory = np.empty(layout.bytes(leaf.shape, leaf.itemsize), np.uint8)
    copy = np.ndarray(leaf.shape, leaf.dtype, memory, strides=strides)
    copy[...] = leaf
    return copy
