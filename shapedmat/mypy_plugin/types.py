"""The types that the plugin gives to mypy for what it has found, and what it asks of types."""

from __future__ import annotations

from typing import Final

from mypy.checker import TypeChecker
from mypy.lookup import lookup_fully_qualified
from mypy.nodes import TypeInfo
from mypy.types import AnyType, Instance, LiteralType, ProperType, TupleType, Type, UnionType, get_proper_type

from shapedmat.dimensions import Dim
from shapedmat.mypy_plugin.dims import Names, any_type, is_number, literal_text, type_of_dim, type_of_shape
from shapedmat.mypy_plugin.names import ARRAYS, DTYPE, MATRIX, NDARRAY
from shapedmat.shapes import Shape


class Types:
    """Makes types for one expression, in whose function the names of sizes mean something."""

    def __init__(self, checker: TypeChecker, names: Names) -> None:
        self._checker = checker
        self._names = names
        self.int_type: Final = checker.named_type("builtins.int")
        self.tuple_type: Final = checker.named_generic_type("builtins.tuple", [any_type()])

    def of_class(self, full_name: str, arguments: list[Type]) -> Instance | None:
        """Return the type of a class, None where mypy does not know it."""
        symbol = lookup_fully_qualified(full_name, self._checker.modules)
        node = symbol.node if symbol is not None else None
        return Instance(node, arguments) if isinstance(node, TypeInfo) else None

    def of_array(self, shape: Shape | None, dtype: Type | None = None) -> Type:
        """Return the type of an array."""
        if dtype is None:
            dtype = self.of_class(DTYPE, [any_type()]) or any_type()
        return self.of_class(NDARRAY, [self.of_shape(shape), dtype]) or any_type()

    def of_shape(self, shape: Shape | None) -> Type:
        """Return the type of a shape, which is the first argument of an array's type."""
        return type_of_shape(shape, self._names, self.int_type, self.tuple_type)

    def of_entries(self, shape: Shape) -> list[Type]:
        """Return the types of the entries of a shape."""
        t = get_proper_type(self.of_shape(shape))
        return t.items if isinstance(t, TupleType) else []

    def of_dim(self, dim: Dim) -> Type:
        """Return the type that stands for a dimension inside of a shape."""
        return type_of_dim(dim, self._names, self.int_type)


def element_type(t: Type, *, inexact: bool) -> Type | None:
    """Return the ``dtype[...]`` of an array type; None where it is not known, or not one of fractions as asked."""
    proper = get_proper_type(t)
    if not isinstance(proper, Instance) or proper.type.fullname not in ARRAYS or len(proper.args) != 2:
        return None
    dtype = get_proper_type(proper.args[1])
    scalar = get_proper_type(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else None
    if inexact and not (isinstance(scalar, Instance) and scalar.type.has_base("numpy.inexact")):
        return None
    return dtype


def is_integer(t: ProperType) -> bool:
    """Say whether every value of a type is an integer."""
    if isinstance(t, UnionType):
        return all(is_integer(get_proper_type(item)) for item in t.items)
    if isinstance(t, LiteralType):
        return isinstance(t.value, int) or literal_text(t) is not None
    if isinstance(t, Instance) and is_number(t):
        return is_integer(get_proper_type(t.args[0]))
    return isinstance(t, Instance) and (t.type.has_base("builtins.int") or t.type.has_base("numpy.integer"))


def is_array(t: ProperType) -> bool:
    """Say whether a type is one of arrays."""
    return isinstance(t, Instance) and t.type.fullname in (*ARRAYS, MATRIX)


def may_hold_objects(array: Type) -> bool:
    """Say whether the elements of an array may be any objects, such as sequences."""
    dtype = get_proper_type(element_type(array, inexact=False))
    scalar = get_proper_type(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else dtype
    return isinstance(scalar, AnyType) or (isinstance(scalar, Instance) and scalar.type.fullname == "numpy.object_")
