"""What the checker knows at one expression: shapes of array-likes, sizes, constants.

A rule asks a `Site` for what it needs and gives up by `Untracked`, which leaves the result's shape unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    CallExpr,
    ComparisonExpr,
    Expression,
    FloatExpr,
    GeneratorExpr,
    ListComprehension,
    ListExpr,
    NameExpr,
    RefExpr,
    StarExpr,
    StrExpr,
    TupleExpr,
    Var,
)
from mypy.types import (
    Instance,
    LiteralType,
    NoneType,
    ProperType,
    TupleType,
    Type,
    TypeVarType,
    UnionType,
    get_proper_type,
)

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, Unknown, symbols
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.comparisons import Comparisons
from shapedmat.mypy_plugin.constants import Constants
from shapedmat.mypy_plugin.dims import (
    Names,
    any_type,
    dim_of,
    is_number,
    literal_text,
    shape_of,
    value_dim,
)
from shapedmat.mypy_plugin.inference import is_forgotten
from shapedmat.mypy_plugin.names import ARRAYS, MATRIX
from shapedmat.mypy_plugin.reshaped import Reshaped
from shapedmat.mypy_plugin.source import Source
from shapedmat.mypy_plugin.types import Types, is_array, is_integer
from shapedmat.shapes import Shape

Constant: TypeAlias = int | float | str | bool | None

_SCALARS: Final = frozenset({"builtins.int", "builtins.float", "builtins.complex", "builtins.bool"})
_SEQUENCES: Final = frozenset({"builtins.list", "builtins.tuple", "typing.Sequence", "collections.abc.Sequence"})


class Untracked(Exception):  # noqa: N818 (no error, a way out)
    """Something that decides a shape is not known to the checker."""


@dataclass(frozen=True)
class Alike:
    """A number of arrays of one shape."""

    item: Shape
    number: Dim


class Memory:
    """The types of expressions that were looked at, for as long as mypy has learned nothing new."""

    _LIMIT: Final = 4096

    def __init__(self) -> None:
        source = Source()
        self.constants = Constants(source)
        self.comparisons = Comparisons(source)
        self.reshaped = Reshaped(source)
        self._types: dict[Expression, tuple[int, ProperType]] = {}
        self._tree: object = None

    def type_of(self, expression: Expression, checker: TypeChecker) -> ProperType:
        """Return the type of an expression, without mypy's messages about it: they come when mypy gets to it."""
        if self._tree is not checker.tree or len(self._types) > self._LIMIT:
            self._types.clear()
            self._tree = checker.tree
        version = checker.binder.version
        known = self._types.get(expression)
        if known is not None and known[0] == version:
            return known[1]
        with checker.msg.filter_errors():
            found = get_proper_type(checker.get_expression_type(expression))
        if checker.binder.version == version:
            self._types[expression] = version, found
        return found


class Site:
    """One expression that is being checked."""

    def __init__(self, checker: TypeChecker, names: Names, memory: Memory) -> None:
        self.checker = checker
        self.names = names
        self._memory = memory
        self.types = Types(checker, names)

    def type_of(self, expression: Expression) -> ProperType:
        """Return the type of an expression."""
        return self._memory.type_of(expression, self.checker)

    def type_of_items(self, expression: Expression) -> ProperType:
        """Return the type of an expression; of a list as of a tuple, since what its items have in common says less."""
        if not isinstance(expression, ListExpr | TupleExpr) or any(isinstance(e, StarExpr) for e in expression.items):
            return self.type_of(expression)
        return TupleType([self.type_of_items(item) for item in expression.items], self.types.tuple_type)

    def looked_at(self, expressions: Sequence[Expression]) -> None:
        """Let mypy use what it found for expressions again, where they are arguments that may be anything."""
        cache: dict[object, object] = getattr(self.checker.expr_checker, "expr_cache", {})
        for each in expressions:
            found = cache.get((each, None))
            if found is not None:
                cache[each, any_type()] = found

    # Shapes.

    def shape_of_type(self, t: Type) -> Shape:
        """Return the shape of a value of this type; of a number it is ``()``.

        Raises:
            Untracked: it is not known, not even the rank.
        """
        return closed(self.open_shape_of_type(t))

    def open_shape_of_type(self, t: Type) -> Shape:
        """Return the shape of a value of this type, which may have any number of axes at one place.

        Raises:
            Untracked: nothing is known of it.
        """
        proper = get_proper_type(t)
        if isinstance(proper, Instance):
            shape = self._shape_of_instance(proper)
        elif isinstance(proper, TupleType):
            shape = shapes.array_of([self.shape_of_type(item) for item in proper.items])
        elif isinstance(proper, UnionType):
            found = {self.open_shape_of_type(item) for item in proper.items}
            shape = found.pop() if len(found) == 1 else None
        elif isinstance(proper, TypeVarType) and not proper.values:
            shape = self.open_shape_of_type(proper.upper_bound)
        elif isinstance(proper, LiteralType):
            shape = ()
        else:
            shape = None
        if shape is None:
            raise Untracked
        return shape

    def _shape_of_instance(self, instance: Instance) -> Shape | None:
        info = instance.type
        if info.fullname in ARRAYS:
            return shape_of(instance.args[0], self.names) if len(instance.args) == 2 else None
        if info.fullname == MATRIX:
            return dim_of(instance.args[1], self.names), dim_of(instance.args[2], self.names)
        if (
            info.fullname in _SCALARS
            or is_number(instance)
            or info.has_base("builtins.int")
            or info.has_base("numpy.generic")
        ):
            return ()
        if info.fullname in _SEQUENCES and instance.args:
            return UNKNOWN, *self.shape_of_type(instance.args[0])
        return None

    def shape(self, expression: Expression) -> Shape:
        """Return the shape that NumPy makes of an array-like.

        Raises:
            Untracked: it is not known, not even the rank.
        """
        return closed(self.open_shape(expression))

    def open_shape(self, expression: Expression) -> Shape:
        """Return the shape that NumPy makes of an array-like, which may have any number of axes at one place.

        Raises:
            Untracked: nothing is known of it.
        """
        if isinstance(expression, ListExpr | TupleExpr):
            return shapes.array_of(self.shapes(expression))
        if isinstance(expression, ListComprehension):
            found = self.sequence(expression)
            if isinstance(found, Alike) and found.number != 0:
                return found.number, *found.item
            return shapes.array_of([] if isinstance(found, Alike) else found)
        return self.open_receiver_shape(expression, self.type_of(expression))

    def receiver_shape(self, expression: Expression | None, receiver: Type) -> Shape:
        """Return the shape of what has a method or an attribute, by its expression and by its type.

        Raises:
            Untracked: it is not known, not even the rank.
        """
        return closed(self.open_receiver_shape(expression, receiver))

    def open_receiver_shape(self, expression: Expression | None, receiver: Type) -> Shape:
        """Return the shape of what has a method or an attribute, which may have any number of axes at one place.

        Raises:
            Untracked: nothing is known of it.
        """
        return (
            self._compared_shape(expression, receiver)
            if isinstance(expression, RefExpr)
            else self.open_shape_of_type(receiver)
        )

    def _compared_shape(self, expression: RefExpr, receiver: Type) -> Shape:
        """Return the shape of a variable, with what the comparisons tell of it that hold where it stands."""
        comparisons, tree = self._memory.comparisons, self.checker.tree
        shape: Shape | None = None
        if not is_forgotten(expression.node) and not self._memory.reshaped.has(expression, tree):
            with suppress(Untracked):
                shape = self.open_shape_of_type(receiver)
        if shape is None:
            if not is_array(get_proper_type(receiver)) or not comparisons.tell_of(expression, tree):
                raise Untracked
            shape = (shapes.axes_named(shapes.ANY_AXES),)
        return comparisons.narrowed(shape, expression, tree)

    def shapes(self, expression: Expression) -> list[Shape]:
        """Return the shapes of the arrays in a list or a tuple of arrays.

        Raises:
            Untracked: how many there are is not known, or the rank of one.
        """
        found = self.sequence(expression)
        if isinstance(found, Alike):
            raise Untracked
        return found

    def sequence(self, expression: Expression) -> list[Shape] | Alike:
        """Return the shapes of the arrays in a sequence; one for all where it is not known how many there are.

        Raises:
            Untracked: the rank of one is not known.
        """
        if isinstance(expression, ListExpr | TupleExpr):
            return self._sequence_of(expression.items)
        if isinstance(expression, ListComprehension):
            t = self.type_of(expression)
            item = self.shape_of_type(t.args[0]) if isinstance(t, Instance) and t.args else None
            if item is None:
                raise Untracked
            return Alike(item, self._number_of(expression.generator))
        return self._sequence_of_type(self.type_of(expression), expression)

    def _sequence_of(self, items: list[Expression]) -> list[Shape] | Alike:
        found: list[Shape] = []
        counted = True
        for item in items:
            inner = self.sequence(item.expr) if isinstance(item, StarExpr) else [self.shape(item)]
            counted = counted and not isinstance(inner, Alike)
            found += [inner.item] if isinstance(inner, Alike) else inner
        if counted:
            return found
        common = shapes.merge(found)
        if common is None:
            raise Untracked
        return Alike(common, UNKNOWN)

    def _sequence_of_type(self, t: ProperType, expression: Expression) -> list[Shape] | Alike:
        if isinstance(t, TupleType):
            return [self.shape_of_type(item) for item in t.items]
        if not is_array(t) and not (isinstance(t, Instance) and t.type.fullname in _SEQUENCES):
            raise Untracked
        number, *item = self.receiver_shape(expression, t) or (UNKNOWN,)
        return Alike(tuple(item), number)

    def _number_of(self, generator: GeneratorExpr) -> Dim:
        """Return how many items a comprehension has."""
        if len(generator.sequences) > 1 or any(generator.condlists):
            return UNKNOWN
        return self._number_in(generator.sequences[0])

    def _number_in(self, expression: Expression) -> Dim:
        """Return how many items there are in what is iterated over."""
        if isinstance(expression, CallExpr) and {*expression.arg_kinds} <= {ARG_POS, ARG_NAMED}:
            callee = expression.callee.fullname if isinstance(expression.callee, NameExpr) else ""
            given = zip(expression.args, expression.arg_kinds, strict=True)
            arguments = [argument for argument, kind in given if kind == ARG_POS]
            if callee == "builtins.range" and len(arguments) < 3:
                return shapes.arange(*(self.dim(each) for each in arguments))[0]
            if callee in ("builtins.enumerate", "builtins.reversed") and arguments:
                return self._number_in(arguments[0])
            if callee == "builtins.zip":
                numbers = {self._number_in(each) for each in arguments}
                return numbers.pop() if len(numbers) == 1 else UNKNOWN
        try:
            found = self.sequence(expression)
        except (Untracked, ShapeError):  # what is iterated over need not be what an array can be made of
            return UNKNOWN
        return found.number if isinstance(found, Alike) else len(found)

    def types_in(self, expression: Expression) -> list[Type]:
        """Return the types of the arrays in a sequence, or of an array."""
        if isinstance(expression, StarExpr):
            return self.types_in(expression.expr)
        if isinstance(expression, ListExpr | TupleExpr):
            return [t for item in expression.items for t in self.types_in(item)]
        t = self.type_of(expression)
        if isinstance(t, TupleType):
            return [*t.items]
        return [t.args[0]] if isinstance(t, Instance) and t.type.fullname in _SEQUENCES and t.args else [t]

    # Sizes and constants.

    def dim(self, expression: Expression) -> Dim:
        """Return an int as a dimension, `UNKNOWN` where its value is not known.

        Raises:
            Untracked: it may be something other than an int.
        """
        t = self.type_of(expression)
        found = value_dim(t, self.names)
        if not isinstance(found, Unknown):
            return self.compared_size(found, expression)
        if not is_integer(t):
            raise Untracked
        value = self.number(expression)  # late, as above
        return self._product(expression) if value is None else value

    def compared_size(self, size: Dim, expression: Expression) -> Dim:
        """Return a size with what the comparisons tell of names that hold at an expression."""
        return self._memory.comparisons.narrowed((size,), expression, self.checker.tree)[0] if symbols(size) else size

    def compare(self, comparison: ComparisonExpr) -> None:
        """Take note of the sizes that a comparison compares."""
        self._memory.comparisons.take(
            comparison, [self._sizes_compared(each) for each in comparison.operands], self.checker.tree
        )

    def _sizes_compared(self, operand: Expression) -> Shape | None:
        try:
            return self.dims(operand)
        except Untracked:
            return None

    def _product(self, expression: Expression) -> Dim:
        """Return what ``np.prod(x.shape)`` is, the type of which is an integer of NumPy's."""
        if not isinstance(expression, CallExpr) or expression.arg_kinds != [ARG_POS]:
            return UNKNOWN
        callee = expression.callee.fullname if isinstance(expression.callee, RefExpr) else ""
        if not (callee.startswith("numpy.") and callee.endswith(".prod")):
            return UNKNOWN
        try:
            return shapes.count(self.dims(expression.args[0]))
        except Untracked:
            return UNKNOWN

    def number(self, expression: Expression) -> int | None:
        """Return the value of an expression in integers and in names for them, None where it is not known."""
        return self._memory.constants.number(expression, self.checker.tree)

    def dims(self, expression: Expression) -> Shape:
        """Return an int, or a sequence of ints, as a shape.

        Raises:
            Untracked: it may be something else, or its length is not known.
        """
        if isinstance(expression, ListExpr | TupleExpr):
            return tuple(dim for item in expression.items for dim in self._dims_of_item(item))
        found = self.dims_of_type(self.type_of(expression))
        if not any(isinstance(dim, Unknown) for dim in found):
            return found
        value = self.number(expression)  # looked for late, since it takes reading the program
        if value is not None:
            return (value,)
        if isinstance(expression, RefExpr):
            values = self._memory.constants.value(expression, self.checker.tree)
            if isinstance(values, tuple) and len(values) == len(found):
                pairs = zip(found, values, strict=True)
                return tuple(dim if value is None or dim is not UNKNOWN else value for dim, value in pairs)
            return found
        return (self._product(expression),) if len(found) == 1 else found

    def _dims_of_item(self, item: Expression) -> Shape:
        return self.dims(item.expr) if isinstance(item, StarExpr) else (self.dim(item),)

    def dims_of_type(self, t: Type) -> Shape:
        """Return what is known of a value of this type that is an int or a tuple of ints."""
        proper = get_proper_type(t)
        if isinstance(proper, TupleType):
            if not all(is_integer(get_proper_type(item)) for item in proper.items):
                raise Untracked
            return tuple(value_dim(item, self.names) for item in proper.items)
        if not is_integer(proper):
            raise Untracked
        return (value_dim(proper, self.names),)

    def constant(self, expression: Expression) -> Constant:
        """Return the value of a constant.

        Raises:
            Untracked: the value is not known.
        """
        if isinstance(expression, FloatExpr | StrExpr):
            return expression.value
        truth = _truth(expression)
        value = self.number(expression) if truth is None else truth
        if value is not None or (isinstance(expression, NameExpr) and expression.fullname == "builtins.None"):
            return value
        t = self.type_of(expression)
        if isinstance(t, NoneType):
            return None
        if isinstance(t, Instance) and t.last_known_value is not None:
            t = t.last_known_value
        if isinstance(t, LiteralType) and isinstance(t.value, int | str) and literal_text(t) is None:
            return t.value
        found = value_dim(t, self.names)
        if isinstance(found, int):
            return found
        raise Untracked


def _truth(expression: Expression) -> bool | None:
    """Return a truth value as it stands in the program, None for anything else."""
    if isinstance(expression, NameExpr) and expression.fullname in ("builtins.True", "builtins.False"):
        return expression.name == "True"
    final: Any = (
        expression.node.final_value if isinstance(expression, RefExpr) and isinstance(expression.node, Var) else None
    )
    return final if isinstance(final, bool) else None


def closed(shape: Shape) -> Shape:
    """Return a shape whose rank is known.

    Raises:
        Untracked: it is not.
    """
    if shapes.variadic_axis(shape) is not None:
        raise Untracked
    return shape
