"""From a graph to values: the op table's operations in terms of few, the same ones once, and constants computed now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np

from shapedmat import ops
from shapedmat.compiler.values import (
    Constant,
    Input,
    Map,
    Operand,
    Picked,
    Product,
    Rearrangement,
    Reduction,
    Shape,
    Value,
    View,
)
from shapedmat.errors import JitError
from shapedmat.graph.graph import Graph
from shapedmat.graph.node import Node, needed_for
from shapedmat.graph.variable import Variable
from shapedmat.kernels.supported import COMPARISONS, NAMES

V = TypeVar("V", bound=Value)
AnyVariable = Variable[Any, Any, Any]

_REDUCTIONS: Final = frozenset({"sum", "max", "min", "argmax", "argmin", "all", "any"})


@dataclass(eq=False)
class Lowered:
    """The values of a graph.

    Attributes:
        values: every value that is needed, each behind those that it is computed from.
        inputs: the inputs, in the order in which they were given.
        outputs: the values of the outputs, in their order.
        found: the value of each variable.
        returned: the values that are results already.
    """

    values: list[Value]
    inputs: list[Value]
    outputs: list[Value]
    found: Mapping[AnyVariable, Value]
    returned: list[Value] = field(default_factory=list)


def lower(graph: Graph, inputs: Sequence[AnyVariable], outputs: Sequence[AnyVariable]) -> Lowered:
    """Return the values that some outputs of a graph need.

    Raises:
        JitError: an operation is none that code can be generated for.
    """
    lowering = _Lowering()
    for node in graph.nodes:
        if node.op.name == "sum" and node.parameters["axis"] is not None:
            lowering.summed_along[node.variables[0].shape] = node.parameters["axis"]
    given = [lowering.input(variable, place) for place, variable in enumerate(inputs)]
    found: dict[AnyVariable, Value] = dict(zip(inputs, given, strict=True))
    needed = needed_for(outputs, graph.nodes)
    for variable, matrix in graph.constants.items():
        if variable in needed:
            found[variable] = lowering.constant(np.asarray(matrix.numpy()), variable.name)
    for node in graph.nodes:
        if node.output in needed and node.output not in found:
            operands = tuple(found[each] if isinstance(each, Variable) else each for each in node.inputs)
            found[node.output] = lowering.node(node, operands)
    results = [found[variable] for variable in outputs]
    return Lowered(_needed(lowering.values, [*given, *results]), list(given), results, found)


def _needed(values: Sequence[Value], roots: Sequence[Value]) -> list[Value]:
    needed = set(map(id, roots))
    for value in reversed(values):
        if id(value) in needed:
            needed.update(map(id, value.sources))
    return [value for value in values if id(value) in needed]


@dataclass(eq=False)
class _Lowering:
    values: list[Value] = field(default_factory=list)
    name: str = ""
    # A sum of everything begins along the axis along which other sums of that shape go: one pass may do for both.
    summed_along: dict[Shape, int] = field(default_factory=dict)
    _known: dict[Any, Value] = field(default_factory=dict)
    _broadcast_from: dict[int, Value] = field(default_factory=dict)

    # --- making values: the same one only once ------------------------------------------------------------------------

    def new(self, key: Any, make: Callable[..., V], shape: Shape, dtype: Any, **fields: Any) -> V:
        if key is not None and key in self._known:
            return self._known[key]  # type: ignore[return-value]  # the key begins with the kind
        value = make(number=len(self.values), shape=shape, dtype=np.dtype(dtype), name=self.name, **fields)
        self.values.append(value)
        if key is not None:
            self._known[key] = value
        return value

    def input(self, variable: AnyVariable, place: int) -> Value:
        self.name = variable.name
        return self.new(None, Input, variable.shape, variable.dtype, place=place)

    def constant(self, array: np.ndarray[Any, np.dtype[Any]], name: str) -> Value:
        self.name = name
        array = np.ascontiguousarray(array)
        key = "constant", array.shape, array.dtype.str, array.tobytes()
        return self.new(key, Constant, (array.shape[0], array.shape[1]), array.dtype, array=array)

    def map(self, op: str, shape: Shape, dtype: Any, /, *inputs: Operand, **parameters: Any) -> Value:
        """Return an operation element by element; of constants alone it is computed now."""
        # A map broadcasts by itself, from what there was before it was broadcast.
        inputs = tuple(
            self._broadcast_from.get(each.number, each) if isinstance(each, Value) else each for each in inputs
        )
        simple = tuple(map(_as_number, inputs))
        if op == "cast" and isinstance(inputs[0], Value) and (inputs[0].dtype, inputs[0].shape) == (dtype, shape):
            return inputs[0]
        if op == "multiply":
            for one, other in (simple, simple[::-1]):
                is_one = isinstance(one, (int, float)) and one == 1
                if is_one and isinstance(other, Value) and other.shape == shape:
                    return other
        if all(not isinstance(each, Value) or isinstance(each, Constant) for each in inputs):
            arrays = [each.array if isinstance(each, Constant) else each for each in inputs]
            with np.errstate(all="ignore"):  # as at run time, where nothing warns
                result = np.asarray(ops.OPS[op].kernel(np, *arrays, **parameters))
            return self.constant(np.broadcast_to(result, shape).astype(dtype, copy=False), self.name)
        if op in COMPARISONS and any(_is_beyond(one, other) for one, other in (simple, simple[::-1])):
            # No element can hold such a number, so whatever the elements are, the answer is the same.
            elements = [np.zeros((1, 1), each.dtype) if isinstance(each, Value) else each for each in simple]
            return self.constant(np.broadcast_to(ops.OPS[op].kernel(np, *elements), shape), self.name)
        key = "map", op, shape, tuple(map(_identity, simple)), tuple(map(repr, parameters.items()))
        return self.new(key, Map, shape, dtype, op=op, inputs=simple, parameters=parameters)

    def reduction(self, op: Any, x: Value, axis: int | None) -> Value:
        if axis is None:
            if op in ("argmax", "argmin"):
                return self.reduction(op, self.reshape(x, (1, x.size)), 1)
            first = self.summed_along.get(x.shape, 0)
            return self.reduction(op, self.reduction(op, x, first), 1 - first)
        shape = (1, x.shape[1]) if axis == 0 else (x.shape[0], 1)
        if x.shape[axis] == 1 and op in ("sum", "max", "min"):
            return x
        dtype = {"argmax": np.int64, "argmin": np.int64, "all": np.bool_, "any": np.bool_}.get(op, x.dtype)
        if not x.shape[axis]:
            return self.constant(np.full(shape, op == "all", dtype), self.name)
        return self.new(("reduce", op, axis, x.number), Reduction, shape, dtype, op=op, axis=axis, x=x)

    def view(self, x: Value, rows: Picked, columns: Picked, *, transposed: bool) -> Value:
        """Return rows and columns of a value, exchanged afterwards if told to; views of views are one view."""
        if isinstance(x, View):
            if x.transposed:
                rows, columns = columns, rows
            rows, columns = _picked(x.rows, rows), _picked(x.columns, columns)
            transposed = transposed != x.transposed
            x = x.base
        is_all = rows == range(x.shape[0]) and columns == range(x.shape[1])
        if is_all and (not transposed or x.shape == (1, 1)):
            return x
        shape = (len(columns), len(rows)) if transposed else (len(rows), len(columns))
        key = "view", x.number, rows, columns, transposed
        return self.new(key, View, shape, x.dtype, base=x, rows=rows, columns=columns, transposed=transposed)

    def transpose(self, x: Value) -> Value:
        return self.view(x, range(x.shape[0]), range(x.shape[1]), transposed=True)

    def reshape(self, x: Value, shape: Shape) -> Value:
        if x.shape == shape:
            return x
        if 1 in shape and x.shape == shape[::-1]:
            return self.transpose(x)
        key = "reshape", x.number, shape
        return self.new(key, Rearrangement, shape, x.dtype, op="reshape", parts=(x,))

    def product(self, a: Value, b: Value) -> Value:
        shape = a.shape[0], b.shape[1]
        if a.shape[1] == 0:
            return self.constant(np.zeros(shape, a.dtype), self.name)
        return self.new(("product", a.number, b.number), Product, shape, a.dtype, a=a, b=b)

    # --- the operations of the table ----------------------------------------------------------------------------------

    def node(self, node: Node, operands: tuple[Any, ...]) -> Value:
        """Return the value of a node's output."""
        self.name = node.name
        op, output, parameters = node.op.name, node.output, node.parameters
        shape, dtype = output.shape, output.dtype
        x = operands[0]
        if not all(shape):
            return self.constant(np.zeros(shape, dtype), node.name)
        if op in NAMES:
            return self.map(op, shape, dtype, *operands, **parameters)
        if op in _REDUCTIONS:
            return self.reduction(op, x, parameters["axis"])
        rewrite = _REWRITES.get(op)
        if rewrite is None:
            raise JitError(f"node {node.name!r}: no code can be generated for {op}")
        return rewrite(self, operands, parameters, shape, dtype)


def _picked(outer: Picked, inner: Picked) -> Picked:
    if isinstance(outer, range) and isinstance(inner, range):
        return outer[inner.start : inner.stop : inner.step] if inner.step > 0 else _range_of(outer, inner)
    return tuple(outer[i] for i in inner)


def _range_of(outer: range, inner: range) -> Picked:
    places = [outer[i] for i in inner]
    if len(places) < 2:
        return range(places[0], places[0] + 1) if places else range(0)
    step = places[1] - places[0]
    return range(places[0], places[-1] + step, step)


def _as_number(operand: Operand) -> Operand:
    """Return a constant whose elements are all the same as that number."""
    if isinstance(operand, Constant) and operand.size:
        first = operand.array[0, 0]
        is_same = operand.array == first
        if operand.dtype.kind == "f":
            is_same &= np.signbit(operand.array) == np.signbit(first)  # 0 and -0 are equal
        if is_same.all():
            return first.item()  # type: ignore[no-any-return]  # a Python number
    return operand


def _is_beyond(number: Operand, other: Operand) -> bool:
    """Whether a whole number is none that the elements of a matrix can be."""
    if not isinstance(number, int) or not isinstance(other, Value) or other.dtype.kind == "f":
        return False
    if other.dtype.kind == "b":
        return number not in (0, 1)
    limits = np.iinfo(other.dtype)
    return not limits.min <= number <= limits.max


def _identity(operand: Operand) -> Any:
    # Numbers that are equal may differ in kind or in the sign of zero.
    return operand.number if isinstance(operand, Value) else (type(operand).__name__, repr(operand))


# --- operations that are several --------------------------------------------------------------------------------------

_Rewrite = Callable[[_Lowering, tuple[Any, ...], Mapping[str, Any], Shape, Any], Value]


def _softmax(
    low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    shifted = low.map("subtract", shape, dtype, operands[0], low.reduction("max", operands[0], parameters["axis"]))
    powers = low.map("exp", shape, dtype, shifted)
    return low.map("divide", shape, dtype, powers, low.reduction("sum", powers, parameters["axis"]))


def _log_softmax(
    low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    shifted = low.map("subtract", shape, dtype, operands[0], low.reduction("max", operands[0], parameters["axis"]))
    total = low.reduction("sum", low.map("exp", shape, dtype, shifted), parameters["axis"])
    return low.map("subtract", shape, dtype, shifted, low.map("log", total.shape, dtype, total))


def _mean(low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], shape: Shape, dtype: Any) -> Value:
    x, axis = operands[0], parameters["axis"]
    count = x.size if axis is None else x.shape[axis]
    return low.map("divide", shape, dtype, low.reduction("sum", x, axis), float(count))


def _norm(low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, dtype: Any) -> Value:
    x = operands[0]
    axis = None if shape == (1, 1) and x.shape[0] != 1 else 1
    return low.map("sqrt", shape, dtype, low.reduction("sum", low.map("square", x.shape, dtype, x), axis))


def _distances(
    low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    points, point = operands
    squares = low.map("square", points.shape, dtype, low.map("subtract", points.shape, dtype, points, point))
    return low.map("sqrt", shape, dtype, low.reduction("sum", squares, 1))


def _accumulate(
    low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    total: Value = operands[0]
    for term in operands[1:]:
        total = low.map("add", shape, dtype, total, term)
    return total


def _outer(
    low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    column, row = low.reshape(operands[0], (shape[0], 1)), low.reshape(operands[1], (1, shape[1]))
    return low.map("multiply", shape, dtype, column, row)


def _broadcast(
    low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, _dtype: Any
) -> Value:
    x: Value = operands[0]
    if x.shape == shape:
        return x
    spread = low.map("cast", shape, x.dtype, x, dtype=x.dtype)
    low._broadcast_from[spread.number] = x
    return spread


def _index(
    low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], _shape: Shape, _dtype: Any
) -> Value:
    x = operands[0]
    rows, columns = _places(parameters["key"], x.shape)
    return low.view(x, rows, columns, transposed=False)


def _scatter(
    low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    rows, columns = _places(parameters["key"], shape)
    part = _broadcast(low, operands, {}, (len(rows), len(columns)), dtype)
    return low.new(None, Rearrangement, shape, dtype, op="scatter", parts=(part,), rows=rows, columns=columns)


def _assign(
    low: _Lowering, operands: tuple[Any, ...], parameters: Mapping[str, Any], shape: Shape, dtype: Any
) -> Value:
    rows, columns = _places(parameters["key"], shape)
    part_shape = len(rows), len(columns)
    value = operands[1]
    if not isinstance(value, Value):
        with np.errstate(over="ignore"):
            value = low.constant(np.full(part_shape, value, dtype), low.name)
    value = _broadcast(low, (value,), {}, part_shape, dtype)
    return low.new(
        None, Rearrangement, shape, dtype, op="assign", parts=(operands[0], value), rows=rows, columns=columns
    )


def _places(key: tuple[Any, Any], shape: Shape) -> tuple[Picked, Picked]:
    """Return the rows and the columns that a key takes.

    Raises:
        JitError: two arrays are paired place by place, and do not take whole rows and columns.
        IndexError: a place is outside of the matrix.
    """
    shapes = [np.shape(entry) for entry in key if not isinstance(entry, slice)]
    if len(shapes) == 2 and (shapes[0][1:], shapes[1][:1]) != ((1,), (1,)):
        raise JitError("cannot compile an index by two arrays, whose places NumPy pairs: index by one after the other")
    rows, columns = (
        range(size)[entry] if isinstance(entry, slice) else tuple(np.arange(size)[entry].ravel().tolist())
        for entry, size in zip(key, shape, strict=True)
    )
    return rows, columns


def _stack(axis: int) -> _Rewrite:
    def stack(
        low: _Lowering, operands: tuple[Any, ...], _parameters: Mapping[str, Any], shape: Shape, dtype: Any
    ) -> Value:
        return low.new(None, Rearrangement, shape, dtype, op="stack", parts=operands, axis=axis)

    return stack


_REWRITES: Final[Mapping[str, _Rewrite]] = {
    "matmul": lambda low, operands, *_: low.product(*operands),
    "hadamard": lambda low, operands, _, shape, dtype: low.map("multiply", shape, dtype, *operands),
    "differences": lambda low, operands, _, shape, dtype: low.map("subtract", shape, dtype, *operands),
    "transpose": lambda low, operands, *_: low.transpose(operands[0]),
    "reshape": lambda low, operands, _, shape, _dtype: low.reshape(operands[0], shape),
    "accumulate": _accumulate,
    "outer": _outer,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "mean": _mean,
    "norm": _norm,
    "row_norms": _norm,
    "distances": _distances,
    "broadcast": _broadcast,
    "index": _index,
    "scatter": _scatter,
    "assign": _assign,
    "hstack": _stack(1),
    "vstack": _stack(0),
}
