"""The op table: each operation's shape rule, its kernel over an array namespace, and its derivative.

A new operation is one entry here and one typed method on `Matrix`. Every value is two-dimensional: reductions keep
their axis with size 1, and a reduction over everything gives 1×1. Operands that are Python numbers have the shape
``()``.

A kernel is called as ``kernel(xp, *arrays, **parameters)``, where ``xp`` is the array namespace (``numpy``, ``cupy``);
a backend that does better has a kernel of its own under the same name.

A derivative is a vector-Jacobian product, called as ``vjp(gradient, output, *operands, **parameters)``; it returns one
gradient for each operand, written in operations of the same table, so that gradients run wherever values do. For a loss
L, output y and operand x, it computes ∂L/∂x = (∂y/∂x)ᵀ · ∂L/∂y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

from shapedmat import shapes
from shapedmat.shapes import Shape

Array: TypeAlias = Any  # a numpy.ndarray or a cupy.ndarray: no type describes both
Result: TypeAlias = Literal["operand", "bool", "int64", "dtype"]
Namespace: TypeAlias = Any  # the module numpy or cupy, for the same reason


@runtime_checkable
class Operand(Protocol):
    """What derivatives compute with: the part of `Matrix`, and of a graph's variables, that they use.

    The transpose is not in it: a run-time check looks at every property, and a graph makes a node of each transpose.
    """

    @property
    def shape(self) -> tuple[Any, Any]:
        """The numbers of rows and columns."""
        ...

    @property
    def dtype(self) -> Any:
        """The element type."""
        ...

    def __add__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: float, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: float, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __pow__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...
    def run(self, op: Op, *others: Operand | float, **parameters: Any) -> Any:
        """Apply an operation to this operand and others."""
        ...


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the table.

    Attributes:
        name: its name, under which backends register kernels.
        shape: the rule of `shapedmat.shapes`, called with the operands' shapes and the parameters.
        kernel: the computation over an array namespace.
        vjp: the derivative, or None where there is none (comparisons, positions, arbitrary Python functions).
        operands: the element types that it takes; "floating" is float32 and float64, "number" also the integers.
        action: what it does, as in "cannot take the sigmoid of int64".
        result: the element type that it gives: its operands', always the same, or what its parameter `dtype` says.
    """

    name: str
    shape: Callable[..., Shape]
    kernel: Callable[..., Array]
    vjp: Callable[..., tuple[Operand | None, ...]] | None = None
    operands: Literal["floating", "number", "any"] = "number"
    action: str = ""
    result: Result = "operand"


OPS: Final[dict[str, Op]] = {}
"""Every operation by its name."""


def _op(
    name: str,
    shape: Callable[..., Shape],
    kernel: Callable[..., Array],
    vjp: Callable[..., tuple[Operand | None, ...]] | None = None,
    *,
    operands: Literal["floating", "number", "any"] = "number",
    action: str | None = None,
    result: Result = "operand",
) -> Op:
    op = Op(name, shape, kernel, vjp, operands, action or f"take the {name.replace('_', ' ')} of", result)
    OPS[name] = op
    return op


def unbroadcast(gradient: Operand, operand: Operand | float) -> Operand | None:
    """Sum a gradient over the axes along which its operand was broadcast; a number gets none."""
    if isinstance(operand, (int, float)):
        return None
    for axis in (0, 1):
        if operand.shape[axis] == 1 and gradient.shape[axis] != 1:
            gradient = gradient.run(SUM, axis=axis)
    return gradient


# --- element by element, two operands ---------------------------------------------------------------------------------


def _two_operands(function: str) -> Callable[..., Array]:
    def kernel(xp: Namespace, a: Array, b: Array, *, out: Array | None = None) -> Array:
        compute = getattr(xp, function)
        return compute(a, b) if out is None else compute(a, b, out=out)

    return kernel


def _binary(name: str, function: str, vjp: Callable[..., Any], operands: Any = "number") -> Op:
    rule = partial(shapes.broadcast, action=name)
    return _op(name, rule, _two_operands(function), vjp, operands=operands, action=name)


def _comparison(name: str) -> Op:
    rule = partial(shapes.broadcast, action="compare")
    return _op(name, rule, _two_operands(name), operands="any", action="compare", result="bool")


def _accumulate(xp: Namespace, first: Array, *terms: Array) -> Array:
    # One array for the sum of all terms, where a chain of additions makes one for each.
    y = first.copy()
    for term in terms:
        y += term
    return y


ADD: Final[Op] = _binary("add", "add", lambda g, y, a, b: (unbroadcast(g, a), unbroadcast(g, b)))
SUBTRACT: Final[Op] = _binary("subtract", "subtract", lambda g, y, a, b: (unbroadcast(g, a), unbroadcast(-g, b)))
MULTIPLY: Final[Op] = _binary("multiply", "multiply", lambda g, y, a, b: (unbroadcast(g * b, a), unbroadcast(g * a, b)))
DIVIDE: Final[Op] = _binary(
    "divide",
    "true_divide",
    lambda g, y, a, b: (unbroadcast(g / b, a), unbroadcast(-(g * y) / b, b)),
    operands="floating",
)
HADAMARD: Final[Op] = _op(
    "hadamard",
    shapes.hadamard,
    lambda xp, a, b: xp.multiply(a, b),
    lambda g, y, a, b: (g * b, g * a),
    action="take the Hadamard product of",
)
ACCUMULATE: Final[Op] = _op(
    "accumulate",
    lambda *terms: reduce(partial(shapes.hadamard, action="add"), terms),
    _accumulate,
    lambda g, y, *terms: (g,) * len(terms),
    action="add",
)
EQUAL: Final[Op] = _comparison("equal")
NOT_EQUAL: Final[Op] = _comparison("not_equal")
LESS: Final[Op] = _comparison("less")
LESS_EQUAL: Final[Op] = _comparison("less_equal")
GREATER: Final[Op] = _comparison("greater")
GREATER_EQUAL: Final[Op] = _comparison("greater_equal")
IS_CLOSE: Final[Op] = _op(
    "is_close",
    lambda a, b, *, rtol, atol: shapes.broadcast(a, b, action="compare"),
    lambda xp, a, b, *, rtol, atol: xp.isclose(a, b, rtol=rtol, atol=atol),
    operands="any",
    action="compare",
    result="bool",
)


# --- element by element, one operand ----------------------------------------------------------------------------------


def _unary(
    name: str,
    kernel: Callable[[Namespace, Array], Array],
    vjp: Callable[..., Any],
    operands: Literal["floating", "number", "any"] = "floating",
) -> Op:
    return _op(name, shapes.same, kernel, lambda g, y, x: (vjp(g, y, x),), operands=operands)


def _sigmoid(xp: Namespace, x: Array) -> Array:
    # One array throughout; where exp(-x) overflows to infinity, the quotient is the limit, 0.
    y = xp.negative(x)
    with xp.errstate(over="ignore"):
        xp.exp(y, out=y)
    y += 1
    return xp.reciprocal(y, out=y)


def _softmax(xp: Namespace, x: Array, *, axis: int) -> Array:
    # Shifted by the maximum, so that exp never overflows.
    y = x - xp.max(x, axis=axis, keepdims=True) if x.size else x.copy()
    xp.exp(y, out=y)
    y /= xp.sum(y, axis=axis, keepdims=True)
    return y


def _log_softmax(xp: Namespace, x: Array, *, axis: int) -> Array:
    # Shifted by the maximum as the softmax is, so that one term of the sum is 1 and its logarithm is finite.
    if not x.size:
        return x.copy()
    y = x - xp.max(x, axis=axis, keepdims=True)
    y -= xp.log(xp.sum(xp.exp(y), axis=axis, keepdims=True))
    return y


NEGATIVE: Final[Op] = _unary("negative", lambda xp, x: xp.negative(x), lambda g, y, x: -g, "number")
ABSOLUTE: Final[Op] = _unary("absolute", lambda xp, x: xp.absolute(x), lambda g, y, x: g * x.run(SIGN), "number")
SIGN: Final[Op] = _unary("sign", lambda xp, x: xp.sign(x), lambda g, y, x: g * 0.0, "number")
SQUARE: Final[Op] = _unary("square", lambda xp, x: xp.square(x), lambda g, y, x: g * x * 2, "number")
SQRT: Final[Op] = _unary("sqrt", lambda xp, x: xp.sqrt(x), lambda g, y, x: g / (2 * y))
EXP: Final[Op] = _unary("exp", lambda xp, x: xp.exp(x), lambda g, y, x: g * y)
LOG: Final[Op] = _unary("log", lambda xp, x: xp.log(x), lambda g, y, x: g / x)
SIN: Final[Op] = _unary("sin", lambda xp, x: xp.sin(x), lambda g, y, x: g * x.run(COS))
COS: Final[Op] = _unary("cos", lambda xp, x: xp.cos(x), lambda g, y, x: -(g * x.run(SIN)))
SIGMOID: Final[Op] = _unary("sigmoid", _sigmoid, lambda g, y, x: g * y.run(SIGMOID_DERIVATIVE))
TANH: Final[Op] = _unary("tanh", lambda xp, x: xp.tanh(x), lambda g, y, x: g * y.run(TANH_DERIVATIVE))
RELU: Final[Op] = _unary("relu", lambda xp, x: xp.maximum(x, 0), lambda g, y, x: g * y.run(RELU_DERIVATIVE))
# The derivatives of the activations take the activation's output a, not its input z: σ'(z) = a (1 - a).
SIGMOID_DERIVATIVE: Final[Op] = _unary("sigmoid_derivative", lambda xp, a: a - a * a, lambda g, y, a: g - g * a * 2)
TANH_DERIVATIVE: Final[Op] = _unary("tanh_derivative", lambda xp, a: 1 - a * a, lambda g, y, a: g * a * -2)
RELU_DERIVATIVE: Final[Op] = _unary("relu_derivative", lambda xp, a: (a > 0).astype(a.dtype), lambda g, y, a: g * 0.0)
SOFTMAX: Final[Op] = _op(
    "softmax",
    lambda x, *, axis: shapes.along(x, axis, action="take the softmax of"),
    _softmax,
    lambda g, y, x, *, axis: (y * (g - (g * y).run(SUM, axis=axis)),),
    operands="floating",
)
LOG_SOFTMAX: Final[Op] = _op(
    "log_softmax",
    lambda x, *, axis: shapes.along(x, axis, action="take the log softmax of"),
    _log_softmax,
    lambda g, y, x, *, axis: (g - y.run(EXP) * g.run(SUM, axis=axis),),
    operands="floating",
)
POWER: Final[Op] = _op(
    "power",
    lambda x, *, exponent: x,
    lambda xp, x, *, exponent: xp.power(x, exponent),
    # The power 0 is constant, also at x = 0, where x⁻¹ is infinite.
    lambda g, y, x, *, exponent: (g * x ** (exponent - 1) * exponent if exponent else g * 0.0,),
)
CAST: Final[Op] = _op(
    "cast",
    lambda x, *, dtype: x,
    lambda xp, x, *, dtype: x.astype(dtype),
    lambda g, y, x, *, dtype: (g.run(CAST, dtype=x.dtype),),
    operands="any",
    result="dtype",
)


def _map(xp: Namespace, x: Array, *, function: Callable[[Any], Any]) -> Array:
    y = xp.empty(x.shape, x.dtype)
    y.reshape(-1)[:] = [function(element) for element in x.reshape(-1).tolist()]
    return y


MAP: Final[Op] = _op("map", lambda x, *, function: x, _map, operands="any")


# --- products ---------------------------------------------------------------------------------------------------------

MATMUL: Final[Op] = _op(
    "matmul",
    shapes.matmul,
    lambda xp, a, b: xp.matmul(a, b),
    lambda g, y, a, b: (g @ b.run(TRANSPOSE), a.run(TRANSPOSE) @ g),
    action="multiply",
)
OUTER: Final[Op] = _op(
    "outer",
    shapes.outer,
    lambda xp, a, b: xp.outer(a, b),
    lambda g, y, a, b: (
        (g @ b.run(RESHAPE, shape=(y.shape[1], 1))).run(RESHAPE, shape=a.shape),
        (g.run(TRANSPOSE) @ a.run(RESHAPE, shape=(y.shape[0], 1))).run(RESHAPE, shape=b.shape),
    ),
    action="take the outer product of",
)


# --- reductions: the axis stays, with size 1 --------------------------------------------------------------------------

Axis: TypeAlias = Literal[0, 1] | None


def _reduction(
    name: str,
    vjp: Callable[..., Any] | None,
    operands: Literal["floating", "number", "any"] = "number",
    *,
    rule: Callable[..., Shape] = shapes.reduce,
    action: str | None = None,
    kernel: Callable[..., Array] | None = None,
    result: Result = "operand",
) -> Op:
    action = action or name

    def shape(x: Shape, *, axis: Axis) -> Shape:
        return rule(x, axis, keepdims=True, action=action)

    def namesake(xp: Namespace, x: Array, *, axis: Axis) -> Array:
        return getattr(xp, name)(x, axis=axis, keepdims=True)

    return _op(name, shape, kernel or namesake, vjp, operands=operands, action=action, result=result)


def _sum(xp: Namespace, x: Array, *, axis: Axis) -> Array:
    # A matrix keeps its element type, where NumPy would sum small integers in wider ones.
    return x.sum(axis=axis, dtype=x.dtype, keepdims=True)


def _extremum_vjp(g: Operand, y: Operand, x: Operand, *, axis: Axis) -> tuple[Operand]:
    # Elements that tie for the extremum share its gradient.
    chosen = x.run(EQUAL, y).run(CAST, dtype=y.dtype)
    return (chosen * (g / chosen.run(SUM, axis=axis)),)


def _norm_vjp(g: Operand, y: Operand, x: Operand) -> tuple[Operand]:
    # x / ‖x‖; at 0, where there is no derivative, the subgradient 0.
    is_zero = y.run(EQUAL, 0.0).run(CAST, dtype=y.dtype)
    return (x * (g / (y + is_zero)),)


SUM: Final[Op] = _reduction("sum", lambda g, y, x, *, axis: (g.run(BROADCAST, shape=x.shape),), kernel=_sum)
MEAN: Final[Op] = _reduction(
    "mean",
    lambda g, y, x, *, axis: (
        g.run(BROADCAST, shape=x.shape) * (y.shape[0] * y.shape[1] / max(1, x.shape[0] * x.shape[1])),
    ),
    "floating",
    rule=shapes.reduce_nonempty,
    action="take the mean of",
)
MAX: Final[Op] = _reduction("max", _extremum_vjp, rule=shapes.reduce_nonempty, action="take the maximum of")
MIN: Final[Op] = _reduction("min", _extremum_vjp, rule=shapes.reduce_nonempty, action="take the minimum of")
ARGMAX: Final[Op] = _reduction("argmax", None, rule=shapes.reduce_nonempty, action="take the argmax of", result="int64")
ARGMIN: Final[Op] = _reduction("argmin", None, rule=shapes.reduce_nonempty, action="take the argmin of", result="int64")
ALL: Final[Op] = _reduction("all", None, "any", action="reduce", result="bool")
ANY: Final[Op] = _reduction("any", None, "any", action="reduce", result="bool")

NORM: Final[Op] = _op(
    "norm",
    partial(shapes.reduce, keepdims=True),
    lambda xp, x: xp.sqrt(xp.sum(xp.square(x), keepdims=True)),
    _norm_vjp,
    operands="floating",
)


# --- shape ------------------------------------------------------------------------------------------------------------

TRANSPOSE: Final[Op] = _op(
    "transpose", shapes.transpose, lambda xp, x: x.T, lambda g, y, x: (g.run(TRANSPOSE),), operands="any"
)
RESHAPE: Final[Op] = _op(
    "reshape",
    lambda x, *, shape: shapes.reshape(x, shape),
    lambda xp, x, *, shape: x.reshape(shape),
    lambda g, y, x, *, shape: (g.run(RESHAPE, shape=x.shape),),
    operands="any",
)
BROADCAST: Final[Op] = _op(
    "broadcast",
    lambda x, *, shape: shapes.assign(shape, x, action="broadcast"),
    lambda xp, x, *, shape: xp.broadcast_to(x, shape).copy(),
    lambda g, y, x, *, shape: (unbroadcast(g, x),),
    operands="any",
)


def _stack_vjp(axis: Literal[0, 1]) -> Callable[..., tuple[Operand, ...]]:
    def vjp(g: Operand, y: Operand, *operands: Operand) -> tuple[Operand, ...]:
        parts, start = [], 0
        for operand in operands:
            part = slice(start, start + operand.shape[axis])
            parts.append(g.run(INDEX, key=(part, slice(None)) if axis == 0 else (slice(None), part)))
            start = part.stop
        return tuple(parts)

    return vjp


HSTACK: Final[Op] = _op(
    "hstack",
    shapes.hstack,
    lambda xp, *xs: xp.concatenate(xs, axis=1),
    _stack_vjp(1),
    operands="any",
    action="hstack",
)
VSTACK: Final[Op] = _op(
    "vstack",
    shapes.vstack,
    lambda xp, *xs: xp.concatenate(xs, axis=0),
    _stack_vjp(0),
    operands="any",
    action="vstack",
)


def _index_shape(x: Shape, *, key: tuple[Any, ...]) -> Shape:
    return shapes.index(x, tuple(map(index_entry, key)))


def index_entry(entry: Any) -> shapes.Index:
    """Return what the shape rule is told of one entry of an index: an array's shape and kind, else the entry."""
    if not hasattr(entry, "dtype"):
        return entry  # type: ignore[no-any-return]  # an int or a slice
    return shapes.Mask(entry.shape) if entry.dtype.kind == "b" else shapes.Indices(entry.shape)


def _scatter_shape(x: Shape, *, key: tuple[Any, ...], shape: tuple[int, int]) -> Shape:
    shapes.assign(_index_shape(shape, key=key), x, action="scatter")
    return shape


def _scatter(xp: Namespace, x: Array, *, key: tuple[Any, ...], shape: tuple[int, int]) -> Array:
    y = xp.zeros(shape, x.dtype)
    if all(isinstance(entry, slice) for entry in key):
        y[key] = x
    else:
        xp.add.at(y, key, x)  # adds where an index occurs more than once, which `y[key] += x` does not
    return y


INDEX: Final[Op] = _op(
    "index",
    _index_shape,
    lambda xp, x, *, key: x[key],
    lambda g, y, x, *, key: (g.run(SCATTER, key=key, shape=x.shape),),
    operands="any",
)
SCATTER: Final[Op] = _op(
    "scatter",
    _scatter_shape,
    _scatter,
    lambda g, y, x, *, key, shape: (g.run(INDEX, key=key),),
)


def _assign_shape(x: Shape, value: Shape, *, key: tuple[Any, ...]) -> Shape:
    shapes.assign(_index_shape(x, key=key), value)
    return x


def _assign(xp: Namespace, x: Array, value: Array, *, key: tuple[Any, ...]) -> Array:
    x[key] = value
    return x


# In place, so that there is no output beside the operand by which to differentiate.
ASSIGN: Final[Op] = _op("assign", _assign_shape, _assign, operands="any", action="assign")


# --- point sets: each row is a point ----------------------------------------------------------------------------------


def _row_norms(xp: Namespace, x: Array) -> Array:
    return xp.sqrt(xp.sum(xp.square(x), axis=1, keepdims=True))


ROW_NORMS: Final[Op] = _op("row_norms", shapes.row_norms, _row_norms, _norm_vjp, operands="floating")
DIFFERENCES: Final[Op] = _op(
    "differences",
    shapes.differences,
    lambda xp, points, point: points - point,
    lambda g, y, points, point: (g, -g.run(SUM, axis=0)),
)
DISTANCES: Final[Op] = _op(
    "distances",
    shapes.distances,
    lambda xp, points, point: _row_norms(xp, points - point),
    lambda g, y, points, point: DIFFERENCES.vjp(*_norm_vjp(g, y, points.run(DIFFERENCES, point)), y, points, point),  # type: ignore[misc]  # it has one
    operands="floating",
)
