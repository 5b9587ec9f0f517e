"""Random graphs over the op table with inputs, outputs and updates, and what they compute one operation at a time.

Compiled code rounds in another order than NumPy. So that nothing else can differ, operations that jump, such as
comparisons, are applied only to variables whose values no rounding has touched: every variable is followed by a bound
of its elements and by how many binary digits they have behind the point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat import DTypeError, Matrix, ShapeError, ops, use_backend
from shapedmat.graph import Execution, Graph, Variable
from shapedmat.ops import Op
from tests.memory import Array

AnyVariable: TypeAlias = Variable[Any, Any, Any]
Draw: TypeAlias = Callable[["_Builder", "Term"], "Term"]

_DIGITS: Final = {"float32": 24, "float64": 53}
_LARGEST: Final = 6000
"""The most elements of a variable."""


@dataclass(frozen=True)
class Term:
    """A variable, and what is known of its elements.

    Attributes:
        variable: the variable.
        bound: no element is larger than this.
        digits: how many binary digits behind the point an element has; None where elements are rounded.
    """

    variable: AnyVariable
    bound: float
    digits: int | None

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns."""
        return self.variable.shape

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.shape[0] * self.shape[1]

    @property
    def kind(self) -> str:
        """The kind of its elements."""
        return self.variable.dtype.kind

    @property
    def is_exact(self) -> bool:
        """Whether no rounding has touched it."""
        if self.kind != "f":
            return True
        limit = _DIGITS[self.variable.dtype.name]
        return self.digits is not None and self.bound * 2.0**self.digits <= 2.0**limit


@dataclass
class Program:
    """A graph, what it is given and what is wanted of it.

    Attributes:
        graph: the graph.
        inputs: its inputs.
        values: their values, whose strides are all kinds of strides.
        outputs: what is returned.
        updates: what inputs hold at the end, by their places.
        exact: the variables that have to be the same to the last bit.
    """

    graph: Graph
    inputs: list[AnyVariable]
    values: list[Array]
    outputs: list[AnyVariable]
    updates: dict[int, AnyVariable]
    exact: set[AnyVariable] = field(default_factory=set)

    def expected(self) -> list[Array]:
        """Return the outputs and the updates as NumPy computes them, one operation after the other."""
        feeds = [
            variable.feed(Matrix.from_array(value.copy()))
            for variable, value in zip(self.inputs, self.values, strict=True)
        ]
        with use_backend("numpy"), np.errstate(all="ignore"):
            found = Execution(self.graph).run([*self.outputs, *self.updates.values()], *feeds)
        return [each.numpy() for each in found]


@dataclass
class _Builder:
    rng: np.random.Generator
    graph: Graph
    is_smooth: bool
    is_special: bool
    terms: list[Term] = field(default_factory=list)

    def one_of(self, things: Any) -> Any:
        return things[int(self.rng.integers(len(things)))]

    def partner(self, x: Term, fits: Callable[[Term], bool]) -> Term:
        """Return another variable of the same type."""
        fitting = [each for each in self.terms if each.variable.dtype == x.variable.dtype and fits(each)]
        return self.one_of(fitting) if fitting else x

    def run(
        self, op: Op, *operands: Term | float, bound: float = 1.0, digits: int | None = None, **parameters: Any
    ) -> Term:
        given = [each.variable if isinstance(each, Term) else each for each in operands]
        if op is ops.ASSIGN:
            return Term(self.graph.add_checked_node(op, tuple(given), parameters), bound, digits)
        return Term(self.graph.add_node(op, given, **parameters), bound, digits)

    def small(self, x: Term, bound: float) -> Term:
        """Return a variable that is not larger than a bound."""
        return x if x.bound <= bound or x.kind != "f" else self.run(ops.TANH, x, bound=1.0)

    def positive(self, x: Term) -> Term:
        """Return a variable with numbers from 1/2 on."""
        x = self.small(x, 4)
        square = self.run(ops.SQUARE, x, bound=x.bound**2)
        return self.run(ops.ADD, square, 0.5, bound=x.bound**2 + 0.5)

    def exact(self, x: Term) -> Term:
        """Return a variable of the same shape that is not rounded."""
        if x.is_exact:
            return x
        found = [each for each in self.terms if each.is_exact and each.kind == x.kind]
        if not found:
            raise ShapeError("there is none")
        chosen: Term = self.one_of(found)
        return chosen

    def key(self, shape: tuple[int, int]) -> tuple[Any, Any]:
        return self._entry(shape[0]), self._entry(shape[1])

    def _entry(self, size: int) -> Any:
        kind = int(self.rng.integers(6))
        if kind == 0 and size:
            return self.rng.integers(-size, size, int(self.rng.integers(1, 8)))
        if kind == 1:
            start, stop = sorted(int(each) for each in self.rng.integers(0, size + 1, 2))
            return slice(start, stop)
        if kind == 2:
            return slice(None, None, int(self.one_of([-1, 2, -3])))
        if kind == 3 and size > 1:
            return slice(1, None)
        return slice(None)


def _digits(*terms: Term, at_least: int = 0, extra: int = 0) -> int | None:
    found = [each.digits for each in terms if each.digits is not None]
    return None if len(found) < len(terms) else max(at_least, *found) + extra


def _sum_of_digits(*terms: Term) -> int | None:
    found = [each.digits for each in terms if each.digits is not None]
    return None if len(found) < len(terms) else sum(found)


def _broadcasts(x: Term) -> Callable[[Term], bool]:
    return lambda each: all(a == b or 1 in (a, b) for a, b in zip(each.shape, x.shape, strict=True))


# --- how each operation is applied ------------------------------------------------------------------------------------


def _additive(op: Op) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        if build.rng.random() < 0.3:
            number = build.one_of([1, 0.5, -2.0] if x.kind == "f" else [1, 2, 3])
            operands = [x, number] if build.rng.random() < 0.5 else [number, x]
            return build.run(op, *operands, bound=x.bound + 3, digits=_digits(x, at_least=1))
        y = build.partner(x, _broadcasts(x))
        pair = [x, y] if build.rng.random() < 0.5 else [y, x]
        return build.run(op, *pair, bound=x.bound + y.bound, digits=_digits(x, y))

    return draw


def _multiply(build: _Builder, x: Term) -> Term:
    if build.rng.random() < 0.3:
        number = build.one_of([1.0, 0.5, -2.0, 0.0] if x.kind == "f" else [1, 2, 0])
        return build.run(ops.MULTIPLY, number, x, bound=2 * x.bound, digits=_digits(x, extra=1))
    y = build.partner(x, _broadcasts(x))
    return build.run(ops.MULTIPLY, x, y, bound=x.bound * y.bound, digits=_sum_of_digits(x, y))


def _divide(build: _Builder, x: Term) -> Term:
    return build.run(ops.DIVIDE, x, build.positive(build.partner(x, _broadcasts(x))), bound=2 * x.bound)


def _hadamard(build: _Builder, x: Term) -> Term:
    y = build.partner(x, lambda each: each.shape == x.shape)
    return build.run(ops.HADAMARD, x, y, bound=x.bound * y.bound, digits=_sum_of_digits(x, y))


def _accumulate(build: _Builder, x: Term) -> Term:
    terms = [x, *(build.partner(x, lambda each: each.shape == x.shape) for _ in range(build.rng.integers(3)))]
    return build.run(ops.ACCUMULATE, *terms, bound=sum(each.bound for each in terms), digits=_digits(*terms))


def _comparison(op: Op, **parameters: float) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        x = build.exact(x)
        y = build.exact(build.partner(x, lambda each: _broadcasts(x)(each) and each.is_exact))
        if x.kind != "b" and build.rng.random() < 0.3:
            return build.run(op, x, 1, digits=0, **parameters)
        return build.run(op, x, y, digits=0, **parameters)

    return draw


def _same(op: Op, factor: int = 1) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        return build.run(op, x, bound=x.bound**factor, digits=_sum_of_digits(*[x] * factor))

    return draw


def _jump(op: Op, *, is_smooth: bool = False) -> Draw:
    """An operation whose value, or else whose derivative, jumps."""

    def draw(build: _Builder, x: Term) -> Term:
        x = x if is_smooth and not build.is_smooth else build.exact(x)
        return build.run(op, x, bound=max(1.0, x.bound), digits=x.digits)

    return draw


def _bounded(op: Op, largest: float, result: float, **parameters: Any) -> Draw:
    return lambda build, x: build.run(op, build.small(x, largest), bound=result, **parameters)


def _of_positive(op: Op, result: float, **parameters: Any) -> Draw:
    return lambda build, x: build.run(op, build.positive(x), bound=result, **parameters)


def _polynomial(op: Op) -> Draw:
    return lambda build, x: build.run(op, x, bound=1 + x.bound + x.bound**2, digits=_sum_of_digits(x, x))


def _power(build: _Builder, x: Term) -> Term:
    if x.kind != "f" or build.rng.random() < 0.6:
        exponent = build.one_of([0, 1, 2, 3])
        x = build.small(x, 16)
        return build.run(
            ops.POWER, x, bound=max(1.0, x.bound**exponent), digits=_sum_of_digits(*[x] * exponent), exponent=exponent
        )
    return build.run(ops.POWER, build.positive(x), bound=5.0, exponent=build.one_of([-1, 0.5, -2.0, 1.5]))


def _cast(build: _Builder, x: Term) -> Term:
    wanted = build.one_of(["float32", "float64", "int32", "int64", "uint8", "bool"])
    if x.kind == "f" and wanted in {"int32", "int64", "bool"}:
        x = build.exact(x)
    if (wanted == "uint8" and x.kind != "b") or (wanted.startswith("int") and x.kind == "f" and build.is_special):
        wanted = "float64"  # what NumPy makes of negative numbers, or of NaN, depends on the processor
    digits = x.digits if wanted.startswith("float") else 0
    return build.run(ops.CAST, x, bound=max(1.0, x.bound), digits=digits, dtype=np.dtype(wanted))


def _matmul(build: _Builder, x: Term) -> Term:
    y = build.partner(x, lambda each: each.shape[0] == x.shape[1])
    if y.shape[0] != x.shape[1]:
        y = build.partner(x, lambda each: each.shape[1] == x.shape[1])
        y = replace(y, variable=y.variable.run(ops.TRANSPOSE))
    pair = x, y
    if build.rng.random() < 0.4:  # transposes and products are computed together
        pair = tuple(replace(each, variable=each.variable.run(ops.TRANSPOSE)) for each in (y, x))  # type: ignore[assignment]  # two
    inner = max(1, x.shape[1])
    return build.run(ops.MATMUL, *pair, bound=inner * x.bound * y.bound, digits=_sum_of_digits(x, y))


def _outer(build: _Builder, x: Term) -> Term:
    y = build.partner(x, lambda each: each.size * x.size <= _LARGEST)
    if y.size * x.size > _LARGEST:
        raise ShapeError("it would be too large")
    return build.run(ops.OUTER, x, y, bound=x.bound * y.bound, digits=_sum_of_digits(x, y))


def _axis(build: _Builder) -> Any:
    return build.one_of([0, 1, None])


def _sum(build: _Builder, x: Term) -> Term:
    return build.run(ops.SUM, x, axis=_axis(build), bound=max(1, x.size) * x.bound, digits=x.digits)


def _reduction(op: Op, *, is_exact: bool, digits: bool = False) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        x = build.exact(x) if is_exact else x
        bound = x.bound if op in (ops.MAX, ops.MIN, ops.MEAN) else float(max(1, x.size))
        return build.run(op, x, axis=_axis(build), bound=bound, digits=x.digits if digits else None)

    return draw


def _extremum(op: Op) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        x = build.exact(x) if build.is_smooth else x  # elements that tie share a gradient
        return build.run(op, x, axis=_axis(build), bound=x.bound, digits=x.digits)

    return draw


def _norm(op: Op) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        x = build.positive(x) if build.is_smooth else x
        return build.run(op, x, bound=max(1, x.size) * x.bound)

    return draw


def _with_point(op: Op) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        point = build.partner(x, lambda each: each.shape == (1, x.shape[1]))
        if point.shape != (1, x.shape[1]):
            point = build.run(ops.SUM, x, axis=0, bound=max(1, x.size) * x.bound, digits=x.digits)
        if op is ops.DISTANCES and build.is_smooth:
            point = build.positive(point)
            x = build.run(ops.NEGATIVE, build.positive(x), bound=x.bound**2 + 1)
        digits = _digits(x, point) if op is ops.DIFFERENCES else None
        return build.run(op, x, point, bound=(x.bound + point.bound) * max(1, x.shape[1]), digits=digits)

    return draw


def _reshape(build: _Builder, x: Term) -> Term:
    divisors = [n for n in range(1, x.size + 1) if x.size % n == 0] or [x.shape[1] or 1]
    columns = build.one_of(divisors)
    shape = (x.size // columns, columns)
    return build.run(ops.RESHAPE, x, bound=x.bound, digits=x.digits, shape=shape)


def _broadcast(build: _Builder, x: Term) -> Term:
    if 1 not in x.shape:
        x = build.run(ops.SUM, x, axis=build.one_of([0, 1]), bound=max(1, x.size) * x.bound, digits=x.digits)
    shape = tuple(build.one_of([2, 5, 17, 33]) if size == 1 else size for size in x.shape)
    return build.run(ops.BROADCAST, x, bound=x.bound, digits=x.digits, shape=shape)


def _stack(op: Op, axis: int) -> Draw:
    def draw(build: _Builder, x: Term) -> Term:
        parts = [x, *(build.partner(x, lambda each: each.shape[1 - axis] == x.shape[1 - axis]) for _ in range(2))]
        return build.run(op, *parts, bound=max(each.bound for each in parts), digits=_digits(*parts))

    return draw


def _index(build: _Builder, x: Term) -> Term:
    key = build.key(x.shape)
    if not all(isinstance(each, slice) for each in key) and not any(isinstance(each, slice) for each in key):
        key = (key[0], slice(None))  # NumPy would pair the places of two lists
    return build.run(ops.INDEX, x, key=key, bound=x.bound, digits=x.digits)


def _scatter(build: _Builder, x: Term) -> Term:
    shape = x.shape[0] + 2, x.shape[1] + 1
    rows = build.one_of([slice(1, -1), slice(x.shape[0], None, -1)]) if x.shape[0] else slice(1, 1)
    places: Any = rows if build.rng.random() < 0.5 else build.rng.integers(0, shape[0], x.shape[0])
    return build.run(
        ops.SCATTER,
        x,
        key=(places, slice(1, None)),
        shape=shape,
        bound=max(1, x.shape[0]) * x.bound,
        digits=x.digits,
    )


def _assign(build: _Builder, x: Term) -> Term:
    key = (build.key(x.shape)[0], slice(None)) if build.rng.random() < 0.5 else (slice(None), build.key(x.shape)[1])
    if x.kind != "b" and build.rng.random() < 0.3:
        return build.run(ops.ASSIGN, x, 1, key=key, bound=max(1.0, x.bound), digits=x.digits)
    part = build.run(ops.INDEX, x, key=key, bound=x.bound, digits=x.digits)
    value = build.partner(part, lambda each: all(a in (1, b) for a, b in zip(each.shape, part.shape, strict=True)))
    return build.run(ops.ASSIGN, x, value, key=key, bound=max(x.bound, value.bound), digits=_digits(x, value))


APPLICATIONS: Final[dict[str, Draw]] = {
    "add": _additive(ops.ADD),
    "subtract": _additive(ops.SUBTRACT),
    "multiply": _multiply,
    "divide": _divide,
    "hadamard": _hadamard,
    "accumulate": _accumulate,
    **{op.name: _comparison(op) for op in (ops.EQUAL, ops.NOT_EQUAL, ops.LESS, ops.LESS_EQUAL)},
    **{op.name: _comparison(op) for op in (ops.GREATER, ops.GREATER_EQUAL)},
    "is_close": _comparison(ops.IS_CLOSE, rtol=0.25, atol=0.25),
    "negative": _same(ops.NEGATIVE),
    "absolute": _jump(ops.ABSOLUTE, is_smooth=True),
    "sign": _jump(ops.SIGN),
    "square": _same(ops.SQUARE, 2),
    "sqrt": _of_positive(ops.SQRT, 5),
    "exp": _bounded(ops.EXP, 3, 21),
    "log": _of_positive(ops.LOG, 3),
    "sin": _bounded(ops.SIN, 16, 1),
    "cos": _bounded(ops.COS, 16, 1),
    "sigmoid": _bounded(ops.SIGMOID, np.inf, 1),
    "tanh": _bounded(ops.TANH, np.inf, 1),
    "relu": _jump(ops.RELU, is_smooth=True),
    "sigmoid_derivative": _polynomial(ops.SIGMOID_DERIVATIVE),
    "tanh_derivative": _polynomial(ops.TANH_DERIVATIVE),
    "relu_derivative": _jump(ops.RELU_DERIVATIVE),
    "softmax": lambda build, x: build.run(ops.SOFTMAX, build.small(x, 16), axis=build.one_of([0, 1])),
    "log_softmax": lambda build, x: build.run(ops.LOG_SOFTMAX, build.small(x, 16), axis=build.one_of([0, 1]), bound=64),
    "power": _power,
    "cast": _cast,
    "matmul": _matmul,
    "outer": _outer,
    "sum": _sum,
    "mean": _reduction(ops.MEAN, is_exact=False),
    "max": _extremum(ops.MAX),
    "min": _extremum(ops.MIN),
    "argmax": _reduction(ops.ARGMAX, is_exact=True),
    "argmin": _reduction(ops.ARGMIN, is_exact=True),
    "all": _reduction(ops.ALL, is_exact=True),
    "any": _reduction(ops.ANY, is_exact=True),
    "norm": _norm(ops.NORM),
    "row_norms": _norm(ops.ROW_NORMS),
    "transpose": lambda build, x: build.run(ops.TRANSPOSE, x, bound=x.bound, digits=x.digits),
    "reshape": _reshape,
    "broadcast": _broadcast,
    "hstack": _stack(ops.HSTACK, 1),
    "vstack": _stack(ops.VSTACK, 0),
    "index": _index,
    "scatter": _scatter,
    "assign": _assign,
    "differences": _with_point(ops.DIFFERENCES),
    "distances": _with_point(ops.DISTANCES),
}
"""How each operation is applied to a variable, by its name."""

_NOT_SMOOTH: Final = {"assign", "cast", "argmax", "argmin", "all", "any", "sign", "relu_derivative", "is_close"}
_COMPARISONS: Final = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}


# --- programs ---------------------------------------------------------------------------------------------------------

_SIZES: Final = (1, 2, 3, 5, 8, 10, 15, 16, 17, 33, 40)
_RARE_SIZES: Final = (0, 1, 64, 130, 530)


def program(
    seed: int,
    nodes: int,
    dtype: str,
    *,
    is_special: bool = False,
    gradients: bool = False,
    states: int = 0,
    only: tuple[str, ...] = (),
) -> Program:
    """Return a random program.

    Args:
        seed: from which everything is drawn.
        nodes: how many operations are applied, about.
        dtype: the element type of most inputs.
        is_special: whether there are NaN, infinities and denormal numbers among the inputs' elements.
        gradients: whether the gradients of a loss are wanted, and not values and updates.
        states: so many of the first inputs, and no others, are updated, with small numbers.
        only: the operations that are applied; all without it.
    """
    rng = np.random.default_rng(seed)
    build = _Builder(rng, Graph(), gradients, is_special)
    sizes = [int(rng.choice(_RARE_SIZES if rng.random() < 0.1 else _SIZES)) for _ in range(3)]
    types = [dtype] * 4 if gradients else [dtype] * 4 + [build.one_of(["int32", "int64", "uint8", "bool", "float64"])]
    values: list[Array] = []
    for i, each in enumerate(types):
        shape = build.one_of(sizes), build.one_of(sizes)
        values.append(_strided(rng, _elements(rng, shape, np.dtype(each), is_special=is_special)))
        variable = build.graph.input(f"x{i}", *shape, dtype=np.dtype(each).type)
        build.terms.append(Term(variable, 255.0 if each == "uint8" else 2.0, 1))
    inputs = [each.variable for each in build.terms]
    build.terms[:states] = [Term(each.variable, 4.0, None) for each in build.terms[:states]]
    if rng.random() < 0.3:
        build.terms.append(_constant(build, sizes, dtype))
    names = [name for name in only or APPLICATIONS if not gradients or name not in _NOT_SMOOTH | _COMPARISONS]
    for _ in range(nodes):
        _apply(build, names)
    if gradients:
        return Program(build.graph, inputs, values, list(_gradients(build, inputs)), {})
    outputs, updates = _outputs(build, inputs, states)
    exact = set() if is_special else {each.variable for each in build.terms if each.is_exact}
    return Program(build.graph, inputs, values, outputs, updates, exact)


def _apply(build: _Builder, names: list[str]) -> None:
    for _ in range(8):
        x = build.one_of(build.terms[-6:] if build.rng.random() < 0.6 else build.terms)
        try:
            term = APPLICATIONS[build.one_of(names)](build, x)
        except (ShapeError, DTypeError):
            continue
        if term.size <= _LARGEST:
            build.terms.append(build.small(term, 1e3) if not term.is_exact else term)
        return


def _elements(rng: np.random.Generator, shape: tuple[int, int], dtype: np.dtype[Any], *, is_special: bool) -> Array:
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind != "f":
        return rng.integers(0 if dtype.kind == "u" else -2, 3, shape).astype(dtype)
    values = rng.integers(-4, 5, shape) / 2
    if is_special:
        smallest = np.finfo(dtype).tiny / 8
        special = rng.choice([np.nan, np.inf, -np.inf, smallest, -smallest, -0.0], shape)
        values = np.where(rng.random(shape) < 0.05, special, values)
    return values.astype(dtype)


def _strided(rng: np.random.Generator, values: Array) -> Array:
    """Return a copy by rows, by columns, with gaps, backwards, or as a part of something larger."""
    rows, columns = values.shape
    way = int(rng.integers(6))
    if way < 2:
        return np.array(values, order="C" if way else "F")
    whole = np.zeros((2 * rows + 3, 3 * columns + 2), values.dtype)
    if way == 5:
        whole = np.asfortranarray(whole)
    steps = {2: (2, 3), 3: (-2, -3), 4: (1, 1), 5: (1, 1)}[way]
    part = whole[1:-1, 1:-1][:: steps[0], :: steps[1]][:rows, :columns]
    part[...] = values
    return part


def _constant(build: _Builder, sizes: list[int], dtype: str) -> Term:
    shape = build.one_of([(1, 1), (build.one_of(sizes), 1), (build.one_of(sizes), build.one_of(sizes))])
    numbers = build.one_of([np.full(shape, 0.5), build.rng.integers(-4, 5, shape) / 2]).astype(dtype)
    return Term(build.graph.constant("constant", Matrix.from_array(numbers)), 2.0, 1)


def _outputs(
    build: _Builder, inputs: list[AnyVariable], states: int
) -> tuple[list[AnyVariable], dict[int, AnyVariable]]:
    rng, variables = build.rng, [each.variable for each in build.terms]
    outputs = [build.one_of(variables[-5:]), *(build.one_of(variables) for _ in range(rng.integers(3)))]
    updates: dict[int, AnyVariable] = {}
    for place, variable in enumerate(inputs[: states or None]):
        fitting = [
            each for each in build.terms if each.shape == variable.shape and each.variable.dtype == variable.dtype
        ]
        chosen = build.one_of(fitting)
        if chosen.variable is not variable and rng.random() < 0.6:
            updates[place] = (build.small(chosen, 4) if states else chosen).variable
    return outputs, updates


def _gradients(build: _Builder, inputs: list[AnyVariable]) -> Iterator[AnyVariable]:
    floating = [each for each in build.terms if each.kind == "f" and each.variable.role == "result"]
    if not floating:
        yield inputs[0]
        return
    last = build.small(floating[-1], 16).variable
    loss = (last * last).sum() if build.rng.random() < 0.5 else last.sum()
    yield loss
    for each in inputs:
        try:
            yield build.graph.backward(loss, [each])[each]
        except ValueError:  # the loss does not depend on it
            continue
