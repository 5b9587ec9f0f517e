"""Dimensions and shapes as mypy types, and back.

A dimension is, inside of a shape's ``tuple[...]``:

* ``Literal[3]`` where it is a number;
* a type variable where it is a name that the parameters of the function bind (`scopes`);
* a literal of our own making for any other name or expression, which is equal to itself and a subtype of ``int``;
* ``Any`` where it is unknown.

A *value* that is known to be such a size (``x.shape[0]``) is a ``Size[...]`` (`shapedmat._size`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from mypy import types as mypy_types
from mypy.types import (
    AnyType,
    Instance,
    LiteralType,
    ProperType,
    TupleType,
    Type,
    TypeOfAny,
    TypeVarType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from shapedmat.dimensions import UNKNOWN, Dim, Unknown, evaluate, read, symbol, symbols
from shapedmat.shapes import ANY_AXES, Shape, axes_named, is_variadic

MARK: Final = "~dim"
"""What the full names of our literals and type variables begin with; no Python name does."""

SCOPE_MARK: Final = "~~"
"""What stands between the text of a literal and the function that it belongs to, where mypy prints both."""

SIZE: Final = "shapedmat._size.Size"
NUMBER: Final = "shapedmat._size.Number"

# mypy 1.19 has no such class; there, a literal holds the text itself.
_SentinelValue: Any = getattr(mypy_types, "SentinelValue", None)


@dataclass(frozen=True)
class Names:
    """The names of sizes that have a meaning at one place of a program.

    `variables` are bound by the parameters of the enclosing functions, as are `axes`, each with its star; `fields`
    belong to the enclosing class, and `functions` are the full names of the enclosing functions. Anywhere else a name
    means nothing, and is unknown. Names that are `loose` may be equal to others, or nothing may bind them.
    """

    variables: dict[str, TypeVarType] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    axes: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()
    loose: frozenset[str] = frozenset()
    rigid: bool = True
    # The types of the shapes, and the dimensions, that were asked for, as a function has few of them in many places.
    types: dict[Shape, TupleType] = field(default_factory=dict, compare=False, repr=False)
    _placed: dict[Dim, Dim] = field(default_factory=dict, compare=False, repr=False)

    def known(self, name: str) -> bool:
        """Say whether a name means something here."""
        return name in self.variables or name in self.fields

    def placed(self, dim: Dim) -> Dim:
        """Return a dimension with its names as rigid as they are here; unknown where one of them means nothing."""
        found = self._placed.get(dim)
        if found is None:
            found = self._placed[dim] = self._place(dim)
        return found

    def _place(self, dim: Dim) -> Dim:
        used = symbols(dim)
        if not all(self.known(each.name) for each in used):
            return UNKNOWN
        if self.rigid and not any(each.name in self.loose for each in used):
            return dim
        kept = {each.name: symbol(each.name, rigid=self.rigid and each.name not in self.loose) for each in used}
        return evaluate(dim, kept)


def any_type() -> AnyType:
    """Return the type of what is unknown, which mypy's options against ``Any`` leave alone."""
    return AnyType(TypeOfAny.special_form)


def is_number(t: Type) -> bool:
    """Say whether a type is the one of the numbers that NumPy's stubs call ``Any``."""
    proper = get_proper_type(t)
    return isinstance(proper, Instance) and proper.type.fullname == NUMBER


def literal(text: str, int_type: Instance, *, scope: str = "") -> LiteralType:
    """Return our literal for a name or an expression in names, of a function's scope where it is an expression."""
    name = f"{MARK}@{scope}:{text}"
    printed = f"{text}{SCOPE_MARK}{scope}" if scope else text
    value = _SentinelValue(name, printed) if _SentinelValue is not None else name
    return LiteralType(value, int_type)


def literal_text(t: ProperType) -> tuple[str, str] | None:
    """Return scope and text of one of our literals, None for any other type."""
    if not isinstance(t, LiteralType):
        return None
    value: Any = t.value
    name = value if isinstance(value, str) else getattr(value, "fullname", "")
    if not name.startswith(MARK):
        return None
    scope, _, text = name[len(MARK) + 1 :].partition(":")
    return scope, text


def is_ours(variable: TypeVarType) -> bool:
    """Say whether a type variable stands for a name of a shape."""
    return variable.fullname.startswith(MARK)


def is_size(variable: TypeVarType) -> bool:
    """Say whether a type variable of the program stands for a size, as those of `Matrix` do."""
    bound = get_proper_type(variable.upper_bound)
    return isinstance(bound, Instance) and bound.type.fullname == "builtins.int" and not variable.values


def dim_of(t: Type, names: Names) -> Dim:
    """Return the dimension that a type stands for in a shape, or that a value of this type has."""
    proper = get_proper_type(t)
    if isinstance(proper, Instance):
        if proper.type.fullname == SIZE:
            return dim_of(proper.args[0], names)
        if proper.last_known_value is None:
            return UNKNOWN
        proper = proper.last_known_value
    if isinstance(proper, TypeVarType):
        bound = names.variables.get(proper.name)
        return names.placed(symbol(proper.name)) if bound is not None and bound.id == proper.id else UNKNOWN
    if not isinstance(proper, LiteralType):
        return UNKNOWN
    if isinstance(proper.value, int) and not isinstance(proper.value, bool):
        return proper.value
    ours = literal_text(proper)
    return UNKNOWN if ours is None else _dim_in_scope(*ours, names)


def _dim_in_scope(scope: str, text: str, names: Names) -> Dim:
    if scope and scope not in names.functions:
        return UNKNOWN
    return names.placed(read(text))


def type_of_dim(dim: Dim, names: Names, int_type: Instance) -> Type:
    """Return the type that stands for a dimension inside of a shape."""
    if isinstance(dim, Unknown):
        return any_type()
    if isinstance(dim, int):
        return LiteralType(dim, int_type)
    text = str(dim)
    if text in names.variables:
        return names.variables[text]
    scope = names.functions[0] if names.functions and any(s.name in names.variables for s in symbols(dim)) else ""
    return literal(text, int_type, scope=scope)


def shape_of(t: Type, names: Names) -> Shape | None:
    """Return the shape that the first argument of an array type stands for; None where nothing of it is known.

    It may have an entry for any number of axes (`shapedmat.shapes.variadic`).
    """
    proper = get_proper_type(t)
    if not isinstance(proper, TupleType):
        return None
    return tuple(_entry(get_proper_type(item), names) for item in proper.items)


def _entry(t: ProperType, names: Names) -> Dim:
    if not isinstance(t, UnpackType):
        return dim_of(t, names)
    inner = get_proper_type(t.type)
    ours = literal_text(get_proper_type(inner.args[0])) if isinstance(inner, Instance) and inner.args else None
    known = ours is not None and ours[1] in names.axes
    return axes_named(ours[1] if ours is not None and known else ANY_AXES)


def type_of_shape(shape: Shape | None, names: Names, int_type: Instance, tuple_type: Instance) -> Type:
    """Return the first argument of the type of an array of this shape."""
    if shape is None:
        return tuple_type.copy_modified(args=[any_type()])
    found = names.types.get(shape)
    if found is None:
        items = [_entry_type(dim, names, int_type, tuple_type) for dim in shape]
        found = names.types[shape] = TupleType(items, tuple_type.copy_modified(args=[int_type]))
    return found


def _entry_type(dim: Dim, names: Names, int_type: Instance, tuple_type: Instance) -> Type:
    if not is_variadic(dim):
        return type_of_dim(dim, names, int_type)
    name = str(dim)
    item = any_type() if name == ANY_AXES else literal(name, int_type)
    return UnpackType(tuple_type.copy_modified(args=[item]))


def value_dim(t: Type, names: Names) -> Dim:
    """Return the size that a value of this type is known to be."""
    proper = get_proper_type(t)
    if isinstance(proper, UnionType):
        dims = {dim_of(item, names) for item in proper.items}
        return dims.pop() if len(dims) == 1 else UNKNOWN
    return dim_of(proper, names)
