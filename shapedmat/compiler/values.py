"""The values that a plan computes: a graph's variables in fewer kinds, each of which code is generated for in one way.

A value is an input, a constant, a view of another one, the result of an operation element by element (`Map`), a matrix
product, a reduction, or a rearrangement. Everything has two axes. A `Map` broadcasts its operands to its own shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, int]
Number: TypeAlias = float | int | bool
Operand: TypeAlias = "Value | Number"
Picked: TypeAlias = "range | tuple[int, ...]"
"""Which places along an axis are taken, in order."""


@dataclass(eq=False, kw_only=True)
class Value:
    """A matrix that a plan computes or is given.

    Attributes:
        number: its place among the plan's values.
        shape: its numbers of rows and columns.
        dtype: its element type.
        name: what reports call it: the name of the graph's variable.
    """

    number: int
    shape: Shape
    dtype: np.dtype[Any]
    name: str

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.shape[0] * self.shape[1]

    @property
    def bytes(self) -> int:
        """The bytes of its elements."""
        return self.size * self.dtype.itemsize

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return ()

    @property
    def sources(self) -> list[Value]:
        """The values that it is computed from."""
        return [each for each in self.operands if isinstance(each, Value)]


@dataclass(eq=False, kw_only=True)
class Input(Value):
    """What a call gives: the place says which input it is."""

    place: int


@dataclass(eq=False, kw_only=True)
class Constant(Value):
    """What is the same in every call."""

    array: np.ndarray[Any, np.dtype[Any]]


@dataclass(eq=False, kw_only=True)
class View(Value):
    """Some rows and columns of another value, or of its transpose, in that value's memory.

    Attributes:
        base: the value, which is no view.
        rows: the rows of the base that are taken.
        columns: the columns of the base that are taken.
        transposed: whether rows and columns are exchanged after that.
    """

    base: Value
    rows: Picked
    columns: Picked
    transposed: bool

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return (self.base,)

    @property
    def is_regular(self) -> bool:
        """Whether the elements lie at regular distances."""
        return isinstance(self.rows, range) and isinstance(self.columns, range)


@dataclass(eq=False, kw_only=True)
class Map(Value):
    """An operation element by element, by its name in the op table.

    Attributes:
        op: the operation.
        inputs: its operands, which broadcast to its shape.
        parameters: what it takes beside them.
        is_number: whether it is a single number, computed from such alone.
    """

    op: str
    inputs: tuple[Operand, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_number: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find out whether it is a number, once: a chain of them is asked for each of its links."""
        self.is_number = self.shape == (1, 1) and all(map(is_number, self.sources))

    def dtype_of(self, operand: Operand) -> np.dtype[Any]:
        """Return the element type in which an operand takes part: a number has that of the matrices beside it."""
        if isinstance(operand, Value):
            return operand.dtype
        return next((each.dtype for each in self.inputs if isinstance(each, Value)), self.dtype)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return self.inputs


@dataclass(eq=False, kw_only=True)
class Product(Value):
    """A matrix product."""

    a: Value
    b: Value

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return self.a, self.b


ReductionName: TypeAlias = Literal["sum", "max", "min", "argmax", "argmin", "all", "any"]


@dataclass(eq=False, kw_only=True)
class Reduction(Value):
    """A reduction along one axis, which stays with size 1."""

    op: ReductionName
    axis: Literal[0, 1]
    x: Value

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return (self.x,)


@dataclass(eq=False, kw_only=True)
class Rearrangement(Value):
    """Elements in another arrangement: "reshape", "stack" along an axis, "scatter" into zeros, "assign" to a part.

    Attributes:
        op: which of them.
        parts: what is rearranged; for "assign" the whole, and what takes the place of the part.
        axis: along which axis parts are stacked.
        rows: to which rows elements are scattered or assigned.
        columns: to which columns.
    """

    op: Literal["reshape", "stack", "scatter", "assign"]
    parts: tuple[Value, ...]
    axis: Literal[0, 1] = 0
    rows: Picked = range(0)
    columns: Picked = range(0)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return self.parts


@dataclass(eq=False, kw_only=True)
class Copy(Value):
    """The same elements in memory of their own, by rows or by columns as a product wants them."""

    x: Value

    @property
    def operands(self) -> tuple[Operand, ...]:
        """What it is computed from."""
        return (self.x,)


CHEAP: Final = frozenset({
    "add", "subtract", "multiply", "negative", "absolute", "square", "relu", "sigmoid_derivative", "tanh_derivative",
    "relu_derivative", "cast", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
})  # fmt: skip
"""Operations that take less time than storing and loading their result."""


SLOW: Final = frozenset({"divide", "sqrt", "exp", "log", "sin", "cos", "sigmoid", "tanh", "power"})
"""Operations that are many instructions, or one that takes as long."""


def base_of(value: Value) -> Value:
    """Return the value in whose memory a value lies: its base if it is a view, else itself."""
    return value.base if isinstance(value, View) else value


def is_number(value: Value) -> bool:
    """Whether a value is a single number that is given, or computed from such alone."""
    if isinstance(value, Map):
        return value.is_number
    return value.shape == (1, 1) and isinstance(value, (Input, Constant))
