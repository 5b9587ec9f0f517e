"""`TracedArray`, what a traced `Matrix` holds, and the backend that computes with it by adding nodes to a graph.

A graph's values never change, and matrices do. So a traced array looks its variable up in a `Storage`, which stands for
the memory: a change in place gives the storage another variable, and what shares the memory (a transpose, a row, a
slice) is computed anew from it when it is next used. A change through such a view is a change of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np

from shapedmat import ops, shapes
from shapedmat.backends import Backend, Traced
from shapedmat.compiler.numbers import TracedNumber
from shapedmat.compiler.recording import AnyVariable, Recorder
from shapedmat.matrix import Matrix
from shapedmat.ops import Array, Op

Layout: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
"""An array with the strides, in elements, that the real one will have; its elements are never looked at."""

_EVERYTHING: Final = (slice(None), slice(None))
_NUMBERS: Final = (float, int)
_ADVICE: Final = "compute with shapedmat's operations, or return it"


class Storage:
    """Memory that traced arrays share, and the variable that it holds at the moment.

    Attributes:
        variable: what the memory holds.
        version: how often that has changed.
        read_only: the name of an argument that cannot be changed, or nothing.
    """

    __slots__ = ("read_only", "variable", "version")

    def __init__(self, variable: AnyVariable, read_only: str = "") -> None:
        self.variable = variable
        self.version = 0
        self.read_only = read_only


@dataclass(frozen=True, slots=True)
class View:
    """How a view is taken from another array.

    Attributes:
        of: the other array.
        op: the operation that takes it.
        parameters: the operation's parameters.
        is_certain: whether it surely shares memory; a reshape copies where the elements do not lie in order.
    """

    of: TracedArray
    op: Op
    parameters: dict[str, Any]
    is_certain: bool


class TracedArray(Traced):
    """A two-dimensional array without elements.

    Attributes:
        storage: the memory.
        shape: the numbers of rows and columns.
        dtype: the element type.
        layout: how the elements lie in memory, or None where that is not known.
        view: how it is taken from another array, if it is.
    """

    __slots__ = ("_backend", "_variable", "_version", "device", "dtype", "layout", "shape", "storage", "view")

    def __init__(
        self, backend: TracingBackend, storage: Storage, device: str, layout: Layout | None, *, view: View | None = None
    ) -> None:
        self._backend = backend
        self.device = device
        self.storage = storage
        self.layout = layout
        self.view = view
        self._version = -1
        self.shape, self.dtype = self.variable.shape, self.variable.dtype

    @property
    def backend(self) -> TracingBackend:
        """The backend of the function being traced."""
        return self._backend

    @property
    def recorder(self) -> Recorder:
        """The function being traced."""
        return self.backend.recorder

    @property
    def variable(self) -> AnyVariable:
        """What the array holds at the moment.

        Raises:
            JitError: it may or may not share memory that has been changed since.
        """
        if self._version != self.storage.version:
            if self.view is None:
                self._variable = self.storage.variable
            else:
                if self._version >= 0:
                    self._require_certain(self.view)
                self._variable = self.recorder.record(self.view.op, (self.view.of.variable,), self.view.parameters)
            self._version = self.storage.version
        return self._variable

    def write(self, variable: AnyVariable) -> None:
        """Change the memory, so that the array holds another variable.

        Raises:
            JitError: the memory is not to be changed, or may be that of another array or not.
        """
        if self.storage.read_only:
            raise self.recorder.error(
                f"cannot change {self.storage.read_only} in place, as its array is read-only: pass a copy of it"
            )
        if self.view is None:
            self.storage.variable = variable
            self.storage.version += 1
        else:
            self._require_certain(self.view)
            self.view.of.write(_whole(self.recorder, self.view, variable))
        self._variable, self._version = variable, self.storage.version

    def _require_certain(self, view: View) -> None:
        if not view.is_certain:
            raise self.recorder.error(
                f"a matrix of shape {shapes.show(self.shape)} may share the memory of the one that it was reshaped "
                "from, or not, and one of them has changed in place: reshape a .copy() of it"
            )

    def viewed(self, op: Op, parameters: dict[str, Any], layout: Layout | None, *, is_certain: bool) -> TracedArray:
        """Return an array that shares this one's memory."""
        view = View(self, op, parameters, is_certain)
        return TracedArray(self.backend, self.storage, self.device, layout, view=view)

    # --- what Matrix asks of an array ---------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self.shape[0] * self.shape[1])

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return 2

    def copy(self, order: str = "C") -> TracedArray:
        """Return an array with memory of its own, row after row; nothing is computed for it."""
        del order
        return TracedArray(self.backend, Storage(self.variable), self.device, _row_after_row(self.shape))

    def element(self, *, python: bool) -> TracedNumber:
        """Return the only element as a number."""
        kind = _PYTHON_TYPES[self.dtype.kind] if python else self.dtype.type
        return TracedNumber(self.recorder, self.variable, kind)

    def to_host(self) -> NoReturn:
        """Raise an error, as there are no elements.

        Raises:
            JitError: always.
        """
        raise self.recorder.valueless(f"read the elements of a matrix of shape {shapes.show(self.shape)}", _ADVICE)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        self.to_host()

    def __dlpack__(self, **_: Any) -> NoReturn:
        self.to_host()

    def __dlpack_device__(self) -> NoReturn:
        self.to_host()


_PYTHON_TYPES: Final = {"f": float, "i": int, "u": int, "b": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingBackend(Backend):
    """The backend that is chosen while a function is traced: instead of computing an operation, it records it."""

    recorder: Recorder

    def run(self, op: Op, *arrays: Array, out: Array | None = None, **parameters: Any) -> TracedArray:
        """Add an operation to the graph, and return an array that stands for its result.

        Raises:
            JitError: an operand is a matrix from elsewhere, or the operation cannot be compiled.
        """
        recorder = self.recorder
        recorder.require_open()
        if op is ops.MAP:
            raise recorder.error(
                f"cannot compile a Python function that is applied to every element in {recorder.function}: "
                "use one of shapedmat's, such as shapedmat.sigmoid"
            )
        for name, parameter in parameters.items():
            if type(parameter) is TracedNumber:
                raise recorder.valueless(f"{op.action} a matrix by a number as {name}", "use one that is not traced")
        operands = [each for each in arrays if isinstance(each, TracedArray)]
        for each in arrays:
            self._require_known(each)
        first = operands[0]
        if op in _VIEWS:
            return self._view(op, first, parameters)
        inputs = tuple(self._input(op, each, first.dtype) for each in arrays)
        if op is ops.ASSIGN:
            self._assign(first, arrays[1], inputs, parameters)
            return first
        if out is not None:
            first.write(recorder.record(op, inputs, parameters))
            return first
        in_order = all(each.layout is not None and each.layout.flags.c_contiguous for each in operands)
        result = Storage(recorder.record(op, inputs, parameters))
        return TracedArray(self, result, first.device, _row_after_row(result.variable.shape) if in_order else None)

    def _assign(
        self, target: TracedArray, value: Any, inputs: tuple[AnyVariable | float, ...], parameters: dict[str, Any]
    ) -> None:
        if isinstance(value, TracedArray) and value.view and value.view.of is target:
            taken = value.view
            if taken.op is ops.INDEX and _are_slices(parameters["key"]) and taken.parameters == parameters:
                return  # the last step of `m[0:2] += 1`, which has changed the memory already
        whole = _are_slices(parameters["key"]) and parameters["key"] == _EVERYTHING and _is_like(*inputs)
        changed: Any = inputs[1] if whole else self.recorder.record(ops.ASSIGN, inputs, parameters)
        target.write(changed)

    def require_values(self, action: str) -> None:
        """Raise an error for what cannot be done without values.

        Raises:
            JitError: always.
        """
        reason, advice = _REFUSED[action]
        raise self.recorder.error(f"cannot {action} while {self.recorder.function} is compiled, {reason}: {advice}")

    def require_written(self, numbers: Any) -> None:
        """Raise an error for an array, or a list of arrays, whose numbers would be those of the first call forever.

        Raises:
            JitError: it is one.
        """
        rows = numbers if isinstance(numbers, list | tuple) else [numbers]
        if any(isinstance(row, np.ndarray | Matrix) for row in rows):
            self.require_values("copy an array")

    def _require_known(self, array: Any) -> None:
        if isinstance(array, TracedArray):
            array.recorder.require_open()
        elif type(array) is not TracedNumber and not isinstance(array, _NUMBERS):
            raise self.recorder.error(self.foreign(array))

    def foreign(self, array: Any) -> str:
        """Say what is wrong with a matrix from elsewhere, whose values would be those of the first call forever."""
        return (
            f"a matrix of shape {shapes.show(array.shape)} is neither an argument of {self.recorder.function} "
            "nor made from them: pass it as an argument"
        )

    def _input(self, op: Op, operand: Any, dtype: np.dtype[Any]) -> AnyVariable | float:
        if isinstance(operand, TracedArray):
            return operand.variable
        if type(operand) is not TracedNumber:
            return operand  # type: ignore[no-any-return]  # a Python number
        if dtype.kind != "f" and not np.can_cast(operand.variable.dtype, dtype, "safe"):
            raise self.recorder.error(
                f"cannot {op.action} {dtype.name} and a number of type {operand.variable.dtype.name} in "
                f"{self.recorder.function}, as it may not fit: convert the matrix with .astype(np.float64)"
            )
        return self.recorder.cast(operand.variable, dtype)

    def _view(self, op: Op, array: TracedArray, parameters: dict[str, Any]) -> TracedArray:
        if op is ops.INDEX and not _are_slices(parameters["key"]):
            result = Storage(self.recorder.record(op, (array.variable,), parameters))
            return TracedArray(self, result, array.device, None)
        if array.layout is None:
            return array.viewed(op, parameters, None, is_certain=op is not ops.RESHAPE)
        layout = op.kernel(np, array.layout, **parameters)
        if array.size == 0 or np.may_share_memory(layout, array.layout):
            return array.viewed(op, parameters, layout, is_certain=True)
        result = Storage(self.recorder.record(op, (array.variable,), parameters))
        return TracedArray(self, result, array.device, layout)


_VIEWS: Final = (ops.TRANSPOSE, ops.RESHAPE, ops.INDEX)

_REFUSED: Final = {
    "draw random numbers": ("as every call would get the same ones", "pass the matrix as an argument"),
    "copy an array": ("as every call would get the numbers of the first", "pass it as an argument, or write a list"),
    "choose a backend": ("as it is compiled for the CPU by no backend", "call the function within use_backend"),
    "index by an array": ("as every call would get the places of the first", "index by slices, or a list of places"),
}


def tracing_backend(recorder: Recorder, device_type: str) -> TracingBackend:
    """Return the backend for a function being traced, under which what constructors make is a constant of the graph."""

    def constant(array: np.ndarray[Any, np.dtype[Any]], number: int) -> TracedArray:
        graph = recorder.graph
        variable = graph.constant(f"constant {len(graph.constants) + 1}", Matrix.from_array(array))
        device = device_type if device_type == "cpu" else f"{device_type}:{number}"
        return TracedArray(backend, Storage(variable), device, _row_after_row(array.shape))

    backend = TracingBackend(
        name="tracing", namespace=np, device_type=device_type, from_host=constant, recorder=recorder
    )
    return backend


def traced_argument(backend: TracingBackend, variable: AnyVariable, array: Array, device: str) -> TracedArray:
    """Return what stands for the array of an argument."""
    layout = None
    if array.flags.c_contiguous:
        layout = _row_after_row(array.shape)
    elif array.flags.f_contiguous:
        layout = _row_after_row(array.shape[::-1]).T
    # cupy's arrays have no such flag, and all can be changed.
    writeable = not isinstance(array, np.ndarray) or array.flags.writeable
    return TracedArray(backend, Storage(variable, "" if writeable else variable.name), device, layout)


def _whole(recorder: Recorder, view: View, changed: AnyVariable) -> AnyVariable:
    """Return what the whole holds after a view of it has changed."""
    if view.op is ops.TRANSPOSE:
        return recorder.record(ops.TRANSPOSE, (changed,), {})
    if view.op is ops.RESHAPE:
        return recorder.record(ops.RESHAPE, (changed,), {"shape": view.of.shape})
    return recorder.record(ops.ASSIGN, (view.of.variable, changed), view.parameters)


def _are_slices(key: tuple[Any, ...]) -> bool:
    return all(isinstance(entry, slice) for entry in key)


def _is_like(target: Any, value: Any) -> bool:
    return isinstance(value, type(target)) and target.shape == value.shape


def _row_after_row(shape: tuple[int, int]) -> Layout:
    return np.empty(shape, np.bool_)
