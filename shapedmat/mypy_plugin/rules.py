"""How a call is paired with a shape rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mypy.nodes import ARG_NAMED, ARG_POS, ARG_STAR, CallExpr, Expression, MemberExpr, StarExpr, TupleExpr
from mypy.types import (
    NoneType,
    Type,
)

from shapedmat.dimensions import Dim
from shapedmat.mypy_plugin.promotion import Promotion, promoted, requested
from shapedmat.mypy_plugin.results import Result
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.types import element_type, is_array
from shapedmat.shapes import Axes, Shape

_REST: Final = "*"


class Call:
    """A call with its arguments by the names of its parameters.

    What is asked for and not known raises `Untracked`. A call is not `complete` if some arguments are given by ``*`` or
    ``**``, so that it is not known what they are.
    """

    def __init__(
        self, site: Site, arguments: dict[str, Expression], starred: Sequence[Expression] = (), *, complete: bool = True
    ) -> None:
        self.site = site
        self.complete = complete
        self._arguments = arguments
        self._starred = tuple(starred)
        self._receivers: dict[str, tuple[Expression | None, Type]] = {}
        self._read: set[str] = set()

    def take_receiver(self, name: str, expression: Expression | None, t: Type) -> None:
        """Take what has the method that is called as the argument of a parameter."""
        self._receivers[name] = expression, t

    @property
    def understood(self) -> bool:
        """Whether the rule has read every argument, so that NumPy's stubs have nothing left to check."""
        return (not self._starred or _REST in self._read) and self._read.issuperset(self._arguments)

    @property
    def starred(self) -> tuple[Expression, ...]:
        """The positional arguments beyond the named parameters."""
        if any(isinstance(each, StarExpr) for each in self._starred):
            raise Untracked
        self._read.add(_REST)
        return self._starred

    @property
    def named(self) -> tuple[str, ...]:
        """The names of the parameters that are given."""
        return tuple(self._arguments)

    @property
    def rest(self) -> TupleExpr:
        """The positional arguments beyond the named parameters as a tuple, which may have starred items."""
        self._read.add(_REST)
        return TupleExpr([*self._starred])

    def _argument(self, name: str) -> Expression | None:
        self._read.add(name)
        return self._arguments.get(name)

    def given(self, name: str) -> Expression | None:
        """Return an argument's expression, None where it is left out or is ``None`` as written."""
        return self._argument(name)

    def expression(self, name: str) -> Expression:
        """Return an argument's expression."""
        found = self._argument(name)
        if found is None:
            raise Untracked
        return found

    def shape(self, name: str) -> Shape:
        """Return the shape of an array-like."""
        if name in self._receivers:
            return self.site.receiver_shape(*self._receivers[name])
        return self.site.shape(self.expression(name))

    def open_shape(self, name: str) -> Shape:
        """Return the shape of an array-like that may have any number of axes at one place."""
        if name in self._receivers:
            return self.site.open_receiver_shape(*self._receivers[name])
        return self.site.open_shape(self.expression(name))

    def optional_shape(self, name: str) -> Shape | None:
        """Return the shape of an array-like that may be left out or ``None``."""
        found = self._argument(name)
        return None if found is None or self._is_none(found) else self.site.shape(found)

    def output(self, name: str) -> Shape | None:
        """Return the shape of an array that the result is written into; None where none is given."""
        found = self._arguments.get(name)
        if isinstance(found, TupleExpr) and len(found.items) == 1:
            found = found.items[0]
        if found is None or self._is_none(found):
            return None
        if not is_array(self.site.type_of(found)):
            raise Untracked
        return self.site.shape(found)

    def shapes(self, name: str) -> list[Shape]:
        """Return the shapes of a sequence of arrays."""
        return self.site.shapes(self.expression(name))

    def dims(self, name: str) -> Shape:
        """Return an int or a tuple of ints."""
        return self.site.dims(self.expression(name))

    def dim(self, name: str, default: Dim | None = None) -> Dim:
        """Return an int that may be unknown."""
        found = self._argument(name)
        if found is None and default is not None:
            return default
        return self.site.dim(self.expression(name))

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an int that has to be known."""
        found = self._argument(name)
        if found is None and default is not None:
            return default
        value = self.site.constant(self.expression(name))
        if not isinstance(value, int):
            raise Untracked
        return value

    def axes(self, name: str, default: Axes = None) -> Axes:
        """Return an axis, a tuple of them, or None."""
        found = self._argument(name)
        if found is None:
            return default
        if self._is_none(found):
            return None
        try:
            value = self.site.constant(found)
        except Untracked:
            dims = self.site.dims(found)
            known = tuple(dim for dim in dims if isinstance(dim, int))
            if len(known) < len(dims):
                raise
            return known
        if not isinstance(value, int):
            raise Untracked
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        found = self._argument(name)
        if found is None:
            return default
        value = self.site.constant(found)
        if not isinstance(value, bool | int):
            raise Untracked
        return bool(value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string."""
        found = self._argument(name)
        if found is None and default is not None:
            return default
        value = self.site.constant(self.expression(name))
        if not isinstance(value, str):
            raise Untracked
        return value

    def element_type(self, rule: Rule) -> Type | None:
        """Return the ``dtype[...]`` that a rule takes over from an argument, None where there is none."""
        if self.gives("dtype"):
            return requested(self._arguments["dtype"], self.site) if rule.promotion is not None else None
        if rule.promotion is not None:
            return promoted(rule.promotion, self._operands(rule.element), self.site)
        types = [t for name in (rule.element or rule.fraction).split() for t in self._types(name, rule)]
        found = {element_type(t, inexact=not rule.element) for t in types}
        return found.pop() if len(found) == 1 else None

    def _operands(self, names: str) -> list[Type]:
        return [
            self._receivers[name][1] if name in self._receivers else self.site.type_of_items(self._arguments[name])
            for name in names.split()
            if name in self._receivers or self.gives(name)
        ]

    def written(self, result: Shape, rule: Callable[[Shape, Shape], Shape]) -> Shape:
        """Return the shape of the ``out`` that a result goes into by a rule, or the result's where there is none."""
        out = self.output("out")
        return result if out is None else rule(result, out)

    def promoted(self, rule: Promotion, *names: str) -> Type | None:
        """Return the ``dtype[...]`` of the result by those of arguments; None where it is not certain, or asked for."""
        if "dtype" in self._arguments:
            return None
        return promoted(rule, [self.type_of(name) for name in names], self.site)

    def type_of(self, name: str) -> Type:
        """Return the type of an argument."""
        if name in self._receivers:
            return self._receivers[name][1]
        return self.site.type_of(self.expression(name))

    def _types(self, name: str, rule: Rule) -> list[Type]:
        """Return the types of the arrays in an argument."""
        if name in self._receivers:
            return [self._receivers[name][1]]
        if name == rule.rest:
            return self.site.types_in(self.rest)
        found = self._arguments.get(name)
        return [] if found is None else self.site.types_in(found)

    def gives(self, name: str) -> bool:
        """Say whether an argument is given that is not ``None``."""
        found = self._arguments.get(name)
        return found is not None and not self._is_none(found)

    def _is_none(self, expression: Expression) -> bool:
        return isinstance(self.site.type_of(expression), NoneType)


@dataclass(frozen=True)
class Rule:
    """The parameters of a function in NumPy's order, and what finds the shape of its result.

    `parameters` are names with blanks between them; those after ``*`` are given by name only, and a name that begins
    with ``*`` takes all further positional arguments.

    Where NumPy's stubs say ``Any``, the result has the element type of the parameter `element`; of `fraction`, only if
    that is one of fractions, since a sum of integers is wider and a mean of them a fraction. Of several parameters, or
    of a sequence of arrays, it is the element type that all have. With a `promotion` it is what that says of the
    parameters `element`.

    A result with no axes is a number where `number` says so, as of all that works on elements. A `partial` rule is
    applied also to a call that is not complete.
    """

    parameters: str
    find: Callable[[Call], Result]
    element: str = ""
    fraction: str = ""
    promotion: Promotion | None = None
    number: bool = False
    partial: bool = False
    names: tuple[str, ...] = field(init=False)
    rest: str | None = field(init=False)

    def __post_init__(self) -> None:
        positional = self.parameters.split(" * ")[0].removeprefix("* ").split()
        object.__setattr__(self, "names", tuple(name for name in positional if not name.startswith("*")))
        rest = [name[1:] for name in positional if name.startswith("*")]
        object.__setattr__(self, "rest", rest[0] if rest else None)


def bind(rule: Rule, site: Site, expression: CallExpr, receiver: Type | None = None) -> Call:
    """Return a call with its arguments by name; a method's receiver is the argument of the first parameter."""
    names = iter(rule.names)
    arguments: dict[str, Expression] = {}
    rest: list[Expression] = []
    complete = True
    first = next(names) if receiver is not None else ""
    for argument, kind, name in zip(expression.args, expression.arg_kinds, expression.arg_names, strict=True):
        if kind == ARG_NAMED and name is not None:
            arguments[name] = argument
        elif kind == ARG_POS:
            place = next(names, None)
            if place is not None:
                arguments[place] = argument
            elif rule.rest is not None:
                rest.append(argument)
            else:
                complete = False
        elif kind == ARG_STAR and rule.rest is not None and next(names, None) is None:
            rest.append(StarExpr(argument))
        else:
            complete = False
    call = Call(site, arguments, rest, complete=complete)
    if receiver is not None:
        callee = expression.callee
        call.take_receiver(first, callee.expr if isinstance(callee, MemberExpr) else None, receiver)
    return call


def known(dims: Sequence[Dim]) -> tuple[int, ...]:
    """Return dimensions as ints.

    Raises:
        Untracked: one of them is not a number.
    """
    found = tuple(dim for dim in dims if isinstance(dim, int))
    if len(found) < len(dims):
        raise Untracked
    return found
