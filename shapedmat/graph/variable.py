"""`Variable`, what stands in a graph for a matrix that is yet to be computed; its type has the same three arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, final, overload

import numpy as np

from shapedmat import ops
from shapedmat.construction import C, D, R
from shapedmat.errors import DTypeError, ShapeError
from shapedmat.matrix import Matrix, NamedFunction, One, Scalar
from shapedmat.ops import Op
from shapedmat.specialization import checked_dtype

DType = TypeVar("DType", bound=np.generic)
Rows = TypeVar("Rows", bound=int)
Cols = TypeVar("Cols", bound=int)

Role: TypeAlias = Literal["input", "parameter", "constant", "result"]
"""Where a variable's value comes from: it is fed, trained, always the same, or a node's output."""

# What an operator takes on its right: the same shape, a column, a row or a single element that broadcasts, or a number.
Broadcasts: TypeAlias = "Variable[D, R, C] | Variable[D, R, One] | Variable[D, One, C] | Variable[D, One, One] | Scalar"


class Nodes(Protocol):
    """What a variable needs of its graph."""

    def add_node(
        self, op: Op, inputs: tuple[Variable[Any, Any, Any] | Scalar, ...], **parameters: Any
    ) -> Variable[Any, Any, Any]:
        """Apply an operation to variables and numbers, and return its output."""
        ...


@dataclass(frozen=True, slots=True)
class Feed:
    """The value of an input for one run."""

    variable: Variable[Any, Any, Any]
    value: Matrix[Any, Any, Any]


@final
class Variable(Generic[DType, Rows, Cols]):
    """A matrix of ``Rows`` × ``Cols`` elements of type ``DType`` in a graph: an input, a parameter, a node's output.

    Operators and methods are those of `shapedmat.Matrix`, with the same types and the same rules for shapes; each adds
    a node to the graph. Reductions keep their axes: a sum over everything is 1×1.

    Attributes:
        index: its place among the graph's variables.
        name: its name, which no other variable of the graph has.
        role: where its value comes from.
        shape: its numbers of rows and columns.
        dtype: its element type.
    """

    __slots__ = ("dtype", "graph", "index", "name", "role", "shape")

    def __init__(
        self,
        graph: Nodes,
        index: int,
        name: str,
        role: Role,
        shape: tuple[Rows, Cols],
        dtype: np.dtype[DType],
    ) -> None:
        self.graph = graph
        self.index = index
        self.name = name
        self.role: Role = role
        self.shape = shape
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"Variable[{self.dtype}, {self.rows}, {self.cols}]({self.name!r})"

    @property
    def rows(self) -> Rows:
        """The number of rows."""
        return self.shape[0]

    @property
    def cols(self) -> Cols:
        """The number of columns."""
        return self.shape[1]

    def feed(self, value: Matrix[DType, Rows, Cols]) -> Feed:
        """Return a value for this input, to be given to a run.

        Raises:
            ShapeError: the value has another shape.
            DTypeError: the value has another element type.
            ValueError: this is no input.
        """
        if self.role != "input":
            raise ValueError(f"{self.name!r} is a {self.role}, and only inputs are fed")
        if value.shape != self.shape:
            raise ShapeError(f"input {self.name!r} takes {self.shape}, but {value.shape} was fed")
        if value.dtype != self.dtype:
            raise DTypeError(
                f"input {self.name!r} takes {self.dtype}, but {value.dtype} was fed: "
                f"convert it with .astype(np.{self.dtype})"
            )
        return Feed(self, value)

    def run(self, op: Op, *others: Variable[Any, Any, Any] | Scalar, **parameters: Any) -> Variable[Any, Any, Any]:
        """Apply an operation of the table to this variable and others."""
        return self.graph.add_node(op, (self, *others), **parameters)

    def _with(self, op: Op, left: Any, right: Any) -> Variable[Any, Any, Any] | Any:
        if isinstance(left, _OPERANDS) and isinstance(right, _OPERANDS):
            return self.graph.add_node(op, (left, right))
        return NotImplemented  # what operators return for foreign operands

    def astype(self, dtype: type[D]) -> Variable[D, Rows, Cols]:
        """Return this with another element type."""
        return self.run(ops.CAST, dtype=checked_dtype(dtype))

    # --- arithmetic: the signatures are those of `Matrix` -------------------------------------------------------------

    @overload
    def __add__(self, other: Broadcasts[DType, Rows, Cols], /) -> Variable[DType, Rows, Cols]: ...
    @overload
    def __add__(self: Variable[D, R, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __add__(self: Variable[D, One, C], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __add__(self: Variable[D, One, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __add__(self: Variable[D, R, One], other: Variable[D, One, C], /) -> Variable[D, R, C]: ...
    @overload
    def __add__(self: Variable[D, One, C], other: Variable[D, R, One], /) -> Variable[D, R, C]: ...
    def __add__(self, other: Any, /) -> Any:
        return self._with(ops.ADD, self, other)

    def __radd__(self, other: Scalar, /) -> Variable[DType, Rows, Cols]:
        return self._with(ops.ADD, other, self)

    @overload
    def __sub__(self, other: Broadcasts[DType, Rows, Cols], /) -> Variable[DType, Rows, Cols]: ...
    @overload
    def __sub__(self: Variable[D, R, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __sub__(self: Variable[D, One, C], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __sub__(self: Variable[D, One, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __sub__(self: Variable[D, R, One], other: Variable[D, One, C], /) -> Variable[D, R, C]: ...
    @overload
    def __sub__(self: Variable[D, One, C], other: Variable[D, R, One], /) -> Variable[D, R, C]: ...
    def __sub__(self, other: Any, /) -> Any:
        return self._with(ops.SUBTRACT, self, other)

    def __rsub__(self, other: Scalar, /) -> Variable[DType, Rows, Cols]:
        return self._with(ops.SUBTRACT, other, self)

    @overload
    def __mul__(self, other: Broadcasts[DType, Rows, Cols], /) -> Variable[DType, Rows, Cols]: ...
    @overload
    def __mul__(self: Variable[D, R, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __mul__(self: Variable[D, One, C], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __mul__(self: Variable[D, One, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __mul__(self: Variable[D, R, One], other: Variable[D, One, C], /) -> Variable[D, R, C]: ...
    @overload
    def __mul__(self: Variable[D, One, C], other: Variable[D, R, One], /) -> Variable[D, R, C]: ...
    def __mul__(self, other: Any, /) -> Any:
        return self._with(ops.MULTIPLY, self, other)

    def __rmul__(self, other: Scalar, /) -> Variable[DType, Rows, Cols]:
        return self._with(ops.MULTIPLY, other, self)

    @overload
    def __truediv__(self, other: Broadcasts[DType, Rows, Cols], /) -> Variable[DType, Rows, Cols]: ...
    @overload
    def __truediv__(self: Variable[D, R, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __truediv__(self: Variable[D, One, C], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __truediv__(self: Variable[D, One, One], other: Variable[D, R, C], /) -> Variable[D, R, C]: ...
    @overload
    def __truediv__(self: Variable[D, R, One], other: Variable[D, One, C], /) -> Variable[D, R, C]: ...
    @overload
    def __truediv__(self: Variable[D, One, C], other: Variable[D, R, One], /) -> Variable[D, R, C]: ...
    def __truediv__(self, other: Any, /) -> Any:
        return self._with(ops.DIVIDE, self, other)

    def __rtruediv__(self, other: Scalar, /) -> Variable[DType, Rows, Cols]:
        return self._with(ops.DIVIDE, other, self)

    def __neg__(self) -> Variable[DType, Rows, Cols]:
        return self.run(ops.NEGATIVE)

    def __abs__(self) -> Variable[DType, Rows, Cols]:
        return self.run(ops.ABSOLUTE)

    def __pow__(self, exponent: float, /) -> Variable[DType, Rows, Cols]:
        return self.run(ops.POWER, exponent=exponent)

    def __matmul__(self, other: Variable[DType, Cols, C], /) -> Variable[DType, Rows, C]:
        return self._with(ops.MATMUL, self, other)

    def hadamard(self, other: Variable[DType, Rows, Cols], /) -> Variable[DType, Rows, Cols]:
        """Return the element-wise product of two variables of one shape: like ``*``, but nothing broadcasts.

        Raises:
            ShapeError: the shapes differ.
        """
        return self.run(ops.HADAMARD, other)

    def apply(self, function: NamedFunction) -> Variable[DType, Rows, Cols]:
        """Return this with a function of shapedmat, such as `shapedmat.sigmoid`, applied to every element.

        Raises:
            DTypeError: the elements are not floating-point numbers.
        """
        return self.run(function.op)

    def softmax(self, axis: Literal[0, 1]) -> Variable[DType, Rows, Cols]:
        """Return e^zᵢ / Σ e^zⱼ along an axis: 1 where each row is one sample, 0 where each column is."""
        return self.run(ops.SOFTMAX, axis=axis)

    def log_softmax(self, axis: Literal[0, 1]) -> Variable[DType, Rows, Cols]:
        """Return the logarithm of the softmax along an axis, finite also where the softmax underflows to 0."""
        return self.run(ops.LOG_SOFTMAX, axis=axis)

    # --- reductions: over an axis to a row or a column, over everything to 1×1 ----------------------------------------

    @overload
    def sum(self, axis: None = None) -> Variable[DType, One, One]: ...
    @overload
    def sum(self, axis: Literal[0]) -> Variable[DType, One, Cols]: ...
    @overload
    def sum(self, axis: Literal[1]) -> Variable[DType, Rows, One]: ...
    def sum(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the sum over all elements, down each column (axis 0), or along each row (axis 1)."""
        return self.run(ops.SUM, axis=axis)

    @overload
    def mean(self, axis: None = None) -> Variable[DType, One, One]: ...
    @overload
    def mean(self, axis: Literal[0]) -> Variable[DType, One, Cols]: ...
    @overload
    def mean(self, axis: Literal[1]) -> Variable[DType, Rows, One]: ...
    def mean(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the mean; see `sum` for the axis."""
        return self.run(ops.MEAN, axis=axis)

    # --- shape --------------------------------------------------------------------------------------------------------

    @property
    def T(self) -> Variable[DType, Cols, Rows]:  # noqa: N802  # NumPy's name
        """The transpose."""
        return self.run(ops.TRANSPOSE)

    def reshape(self, rows: R, cols: C, /) -> Variable[DType, R, C]:
        """Return the same elements, row after row, in another shape.

        Raises:
            ShapeError: the numbers of elements differ.
        """
        return self.run(ops.RESHAPE, shape=(rows, cols))

    def hstack(self, *others: Variable[DType, Rows, Any]) -> Variable[DType, Rows, Any]:
        """Return this variable and others side by side.

        Raises:
            ShapeError: the numbers of rows differ.
        """
        return self.run(ops.HSTACK, *others)

    def vstack(self, *others: Variable[DType, Any, Cols]) -> Variable[DType, Any, Cols]:
        """Return this variable with others below it.

        Raises:
            ShapeError: the numbers of columns differ.
        """
        return self.run(ops.VSTACK, *others)

    def take_rows(self, rows: slice) -> Variable[DType, Any, Cols]:
        """Return some rows."""
        return self.run(ops.INDEX, key=(rows, slice(None)))

    def take_columns(self, columns: slice) -> Variable[DType, Rows, Any]:
        """Return some columns."""
        return self.run(ops.INDEX, key=(slice(None), columns))


_OPERANDS = (Variable, float, int, np.number, np.bool_)
