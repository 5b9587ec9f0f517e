"""`MiniBatchLoop`: a step of training, compiled together with the loop over shuffled mini-batches around it."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, SupportsIndex, TypeAlias, TypeVar

import numpy as np

from shapedmat import shapes
from shapedmat.compiler.arguments import parameter_names, read
from shapedmat.compiler.code import Code
from shapedmat.compiler.compilation import plan_of
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.overlaps import may_share_memory
from shapedmat.compiler.plan import GatheredRows
from shapedmat.compiler.step import Step
from shapedmat.compiler.tracing import Trace, trace
from shapedmat.errors import JitError, ShapeError
from shapedmat.kernels import threads as kernel_threads
from shapedmat.matrix import Matrix
from shapedmat.ops import Array
from shapedmat.precision import current_precision

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
        laid_out: the places of the inputs that the code wants to lie in a way of its own, and how.
    """

    trace: Trace
    executable: Code
    laid_out: Mapping[int, Layout]


class MiniBatchLoop(Generic[State]):
    """A step of training that runs for one shuffled mini-batch after the other, without returning to Python.

    The step is called as ``step(state, *samples, *numbers)``. The state is what a compiled function may be given: a
    matrix, or a dataclass, tuple, list or dict of matrices, which the step changes in place. Of each data set the
    step gets a mini-batch, one sample a row; of each series of numbers, such as learning rates, the number of its step.
    It returns its loss: a number, or a matrix of shape (1, 1). Where the state and the data sets are on a GPU, steps
    are taken there, and no number goes there or back between two of them.

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
        threads: how many threads may share the work, at most as many as there are processors; without it, as many as
            the environment variable ``SHAPEDMAT_NUM_THREADS`` says, else as there are processors.

    Raises:
        TypeError: the step is no function.
        ValueError: ``threads`` is not a whole number of at least 1.
    """

    def __init__(self, step: Step[State], *, threads: SupportsIndex | None = None) -> None:
        if not callable(step):
            raise TypeError(
                f"MiniBatchLoop is given a value of type {type(step).__name__}: a function is wanted, of a state, "
                "mini-batches and numbers"
            )
        self._step = step
        self._threads = kernel_threads.checked(threads)
        self._programs: dict[tuple[Any, ...], _Program] = {}

    def run(
        self,
        state: State,
        data: Sequence[Matrix[Any, Any, Any]],
        order: Order | Sequence[Order],
        batch_size: SupportsIndex,
        numbers: Sequence[Any] = (),
        *,
        notice: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """Take a step for every mini-batch, and return their losses.

        It ends behind a step whose loss is not a finite number; then there are fewer losses. The state has its new
        elements when the run ends, also where it is interrupted; before that they may lie elsewhere.

        Args:
            state: what the step changes, in memory that none of the data sets is in.
            data: matrices with as many rows, one sample a row.
            order: the rows of all mini-batches, one behind the other; the last mini-batch may be smaller. One order
                serves all data sets, or each has its own.
            batch_size: the rows of a mini-batch.
            numbers: sequences of as many numbers as there are mini-batches.
            notice: called about ten times a second with the number of steps taken and their losses.

        Raises:
            TypeError: ``data`` are not matrices.
            ValueError: ``batch_size`` is not a whole number of at least 1.
            ShapeError: an order is not one row of whole numbers, a place of an order is none of a row, or orders or
                numbers are not as many as they have to be.
            JitError: the step cannot be compiled, or not for this state and these data sets.
            BackendError: the package that a GPU needs is not installed.
        """
        batch_size = _size(batch_size)
        orders = [_places(each) for each in ([order] if isinstance(order, np.ndarray) else order)]
        arrays = self._arrays(data, orders)
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
            with _laid_out(program, given) as laid_out:
                for done in _chunks(program.executable.steps(laid_out, part, rest), part, last - first):
                    if notice is not None:
                        notice(first + done, losses[: first + done])
            if done < last - first or not np.isfinite(losses[first + done - 1]):
                return losses[: first + done]
        return losses

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what it is copied and pickled as: the step, to be compiled anew."""
        return partial(MiniBatchLoop, threads=self._threads), (self._step,)

    def plan(self) -> str:
        """Return what a step does in machine code, for each size of mini-batches that it was run with."""
        return "\n\n".join(each.executable.plan.described(each.trace.function) for each in self._programs.values())

    def _arrays(self, data: Any, orders: Sequence[Order]) -> list[Array]:
        """Return the arrays of data sets that rows can be taken of in these orders."""
        if isinstance(data, Matrix):
            raise TypeError("data is a Matrix: give a list of matrices, one for each data set")
        if not data or len(orders) not in (1, len(data)) or not len(orders[0]):
            raise ShapeError(
                f"the number of data sets is {len(data)}, and that of orders {len(orders)}: one order or one for each "
                "data set, and at least 1 row and data set are wanted"
            )
        arrays = []
        for i, matrix in enumerate(data):
            order = orders[min(i, len(orders) - 1)]
            if not isinstance(matrix, Matrix):
                raise TypeError(
                    f"{self._named(i)} is of type {type(matrix).__name__}: pass it as a Matrix, by Matrix.from_array"
                )
            if len(order) != len(orders[0]):
                raise ShapeError(f"orders of {len(order)} and of {len(orders[0])} rows are given: as many are wanted")
            lowest, highest = int(order.min()), int(order.max())
            if lowest < 0 or highest >= matrix.rows:
                raise ShapeError(
                    f"the order has rows {lowest} to {highest}, but the data have rows 0 to {matrix.rows - 1}"
                )
            arrays.append(self._whole_elements(matrix._array, i))
        return arrays

    def _whole_elements(self, array: Array, number: int) -> Array:
        # A mini-batch of one row may be contiguous where the data set is not, so it does not show this.
        rows, columns = array.strides
        if any(size > 1 and step % array.itemsize for size, step in zip(array.shape, array.strides, strict=True)):
            raise JitError(
                f"the rows and columns of {self._named(number)} are {rows} and {columns} bytes apart, no multiples of "
                f"its elements' {array.itemsize}: pass a .copy() of it"
            )
        return array

    def _named(self, number: int) -> str:
        """Return what a data set is called as a parameter of the step."""
        names = parameter_names(self._step)[1:]
        return f"the data set {names[number]}" if number < len(names) else f"data set {number + 1}"

    def _program(
        self, state: Any, arrays: Sequence[Array], orders: int, size: int, numbers: int
    ) -> tuple[_Program, list[Any]]:
        samples = [Matrix.from_array(array[:size]) for array in arrays]
        arguments = (state, *samples, *([0.0] * numbers))
        name = getattr(self._step, "__name__", "step")
        reading = read(name, arguments, {}, parameter_names(self._step))
        unaligned = _unaligned_places(reading.leaves)
        key = reading.signature, orders, tuple(array.strides for array in arrays), unaligned, current_precision()
        program = self._programs.get(key)
        if program is None:
            program = self._compiled(arguments, arrays, orders, numbers, unaligned)
            while len(self._programs) >= _MOST:
                del self._programs[next(iter(self._programs))]
            self._programs[key] = program
        program.trace.require_apart(reading.leaves)
        self._require_apart(program.trace, reading.leaves, arrays)
        return program, reading.leaves

    def _require_apart(self, traced: Trace, leaves: Sequence[Any], arrays: Sequence[Array]) -> None:
        """Raise an error if the step changes memory of a data set, of which a trace sees a few rows."""
        for place in traced.updates:
            for number, array in enumerate(arrays):
                if may_share_memory(leaves[place], array):
                    raise JitError(
                        f"{traced.function} changes {traced.names[place]} in place, which shares memory with "
                        f"{self._named(number)}: pass a copy of one of them"
                    )

    def _compiled(
        self,
        arguments: tuple[Any, ...],
        arrays: Sequence[Array],
        orders: int,
        numbers: int,
        unaligned: tuple[int, ...],
    ) -> _Program:
        traced = trace(self._step, arguments, {})
        if traced.returns.rebindings:
            raise JitError(f"{traced.function} is to change its state in place: write w -= ..., not state.w = ...")
        if len(traced.outputs) != 1 or traced.outputs[0].shape != (1, 1) or traced.outputs[0].dtype.kind != "f":
            raise JitError(f"{traced.function} is to return its loss alone, a number or a matrix of shape (1, 1)")
        count = len(traced.inputs) - len(arrays) - numbers
        gathered = {
            count + i: GatheredRows(min(i, orders - 1), array.strides[0] // array.itemsize)
            for i, array in enumerate(arrays)
        }
        changed = [place for place in traced.updates if place >= count]
        if changed:
            raise JitError(f"{traced.function} changes {traced.names[changed[0]]}, of which it gets a copy")
        stepped = set(range(count + len(arrays), len(traced.inputs)))
        if traced.device != "cpu":
            from shapedmat.compiler.cuda.compilation import compiled_for_device  # noqa: PLC0415  # only for a GPU

            executable = compiled_for_device(
                traced,
                has_steps=True,
                gathered=gathered,
                stepped=frozenset(stepped),
                stops=True,
                unaligned=frozenset(unaligned),
            )
            return _Program(traced, executable, {})
        plan = plan_of(
            traced,
            self._threads,
            free=range(count),
            has_steps=True,
            gathered=gathered,
            stepped=stepped,
            stops=True,
            steps=_MANY_STEPS,
        )
        layouts = {place: plan.storage.layouts[plan.inputs[place].number] for place in range(count)}
        return _Program(traced, Executable(plan), layouts)


def _unaligned_places(leaves: Sequence[Any]) -> tuple[int, ...]:
    """Return the places of the matrices for which code for a GPU cannot rely on where they begin."""
    if all(isinstance(leaf, (float, np.floating, np.ndarray)) for leaf in leaves):
        return ()
    from shapedmat.compiler.cuda.compilation import unaligned_places  # noqa: PLC0415  # only for a GPU

    return unaligned_places(leaves)


def _size(batch_size: SupportsIndex) -> int:
    try:
        size = operator.index(batch_size)
    except TypeError:
        size = 0
    if size < 1:
        raise ValueError(f"batch_size is {batch_size!r}: give a whole number of rows, 1 or more")
    return size


def _places(order: Any) -> Order:
    given = np.asarray(order)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        mask = ", such as np.flatnonzero of a mask gives" if given.dtype.kind == "b" else ""
        raise ShapeError(
            f"an order of shape {shapes.show(given.shape)} and type {given.dtype} is given: one row of whole numbers "
            f"is wanted{mask}"
        )
    return np.ascontiguousarray(given, np.int64)


def _chunks(take: Callable[[int, int], int], losses: Array, steps: int) -> Iterator[int]:
    """Take steps, about as many at once as a tenth of a second has time for; yield how many have been taken."""
    done, at_once = 0, 1
    while done < steps:
        end = min(steps, done + at_once)
        start = time.perf_counter()
        reached = take(done, end)
        seconds = time.perf_counter() - start
        at_once = max(1, int((reached - done) * _CHUNK_SECONDS / max(seconds, 1e-9)))
        done = reached
        yield done
        if done < end or not np.isfinite(losses[done - 1]):
            return


@contextmanager
def _laid_out(program: _Program, leaves: list[Any]) -> Iterator[list[Any]]:
    """Give the leaves as the code wants them, some as copies, from which the state gets its new elements at the end.

    That is also where the user interrupts, which is noticed behind a step.
    """
    given = list(leaves)
    for place, layout in program.laid_out.items():
        given[place] = _as_laid_out(leaves[place], layout)
    try:
        yield given
    finally:
        for place in program.laid_out:
            if given[place] is not leaves[place] and place in program.trace.updates:
                leaves[place][...] = given[place]


def _as_laid_out(leaf: Any, layout: Layout) -> Any:
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
