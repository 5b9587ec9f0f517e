"""The element type that a call asks for by its ``dtype``, or that the items of a list have."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from mypy.nodes import Expression, FloatExpr, ListExpr, RefExpr, StrExpr, TupleExpr, UnaryExpr
from mypy.types import FunctionLike, Instance, NoneType, ProperType, Type, TypeType, UnionType, get_proper_type

from shapedmat.dimensions import UNKNOWN, Unknown
from shapedmat.mypy_plugin.dims import any_type, is_number
from shapedmat.mypy_plugin.names import DTYPE, NDARRAY
from shapedmat.mypy_plugin.promotion import FLOAT, Element, Elements, dtype_of, elements_of, promote, settled
from shapedmat.mypy_plugin.rules import Call
from shapedmat.mypy_plugin.sites import Site
from shapedmat.mypy_plugin.types import element_type, is_array

_PYTHON: Final = {
    "builtins.bool": Element("bool", 8),
    "builtins.int": Element("int", 64),
    "builtins.float": FLOAT,
    "builtins.complex": Element("complex", 128),
}
_WRITTEN: Final = re.compile(r"(?P<kind>float|u?int|complex)(?P<width>\d+)")
_CODE: Final = re.compile(r"[<=]?(?P<kind>[iufc])(?P<bytes>[1248]|16)")
_KINDS: Final = {"i": "int", "u": "uint", "f": "float", "c": "complex"}


def asked(call: Call, default: Element | None = None) -> Type | None:
    """Return the ``dtype[...]`` that a call asks for; None where it is not known."""
    expression = call.given("dtype")
    if expression is None or isinstance(t := call.site.type_of(expression), NoneType):
        return dtype_of(frozenset({default}), call.site) if default is not None else None
    if isinstance(expression, StrExpr):
        named = _named(expression.value)
        return dtype_of(frozenset({named}), call.site) if named is not None else None
    if isinstance(t, Instance):
        return t if t.type.fullname == DTYPE and t.args else None
    scalar = _scalar(t)
    if scalar is None:
        return None
    python = _PYTHON.get(scalar.type.fullname)
    if python is not None:
        return dtype_of(frozenset({python}), call.site)
    return call.site.types.of_class(DTYPE, [scalar]) if scalar.type.has_base("numpy.generic") else None


def _named(name: str) -> Element | None:
    """Return the element type of a name such as ``"float32"``, or of a code such as ``"f4"``."""
    if written := _WRITTEN.fullmatch(name):
        return Element(written["kind"], int(written["width"]))
    if code := _CODE.fullmatch(name):
        return Element(_KINDS[code["kind"]], 8 * int(code["bytes"]))
    return _PYTHON.get(f"builtins.{name}")


def item_size(elements: Elements | None) -> int | Unknown:
    """Return how many bytes each element has."""
    widths = {each.width for each in elements or ()}
    return widths.pop() // 8 if len(widths) == 1 else UNKNOWN


def asks_for_class(call: Call) -> bool:
    """Say whether a call names, in place of an element type, a class of arrays."""
    expression = call.given("dtype")
    t = get_proper_type(call.site.type_of(expression)) if expression is not None else None
    made = get_proper_type(t.items[0].ret_type) if isinstance(t, FunctionLike) and t.is_type_obj() else None
    return isinstance(made, Instance) and made.type.has_base(NDARRAY)


def _scalar(t: Type) -> Instance | None:
    proper = get_proper_type(t)
    found: Type | None = None
    if isinstance(proper, FunctionLike) and proper.is_type_obj():
        found = get_proper_type(proper.items[0].ret_type)
    elif isinstance(proper, TypeType):
        found = proper.item
    return found if isinstance(found, Instance) else None


def is_plain(call: Call) -> bool:
    """Say whether the items of lists become elements; those of some ``dtype`` are lists or tuples themselves."""
    dtype = call.given("dtype")
    if dtype is None:
        return True
    if isinstance(dtype, StrExpr):
        return re.fullmatch(r"[<>=|]?(?:\?|[iufc]\d|bool|u?int\d*|float\d*|complex\d*)", dtype.value) is not None
    return _is_plain_type(call.site.type_of(dtype))


def _is_plain_type(t: Type) -> bool:
    proper = get_proper_type(t)
    if isinstance(proper, UnionType):
        return all(_is_plain_type(item) for item in proper.items)
    if isinstance(proper, Instance) and proper.type.fullname == DTYPE:
        scalar = get_proper_type(proper.args[0])
        return isinstance(scalar, Instance) and _is_number(scalar)
    found = _scalar(proper)
    return isinstance(proper, NoneType) if found is None else _is_number(found)


def _is_number(instance: Instance) -> bool:
    info = instance.type
    return info.fullname in _PYTHON or any(info.has_base(base) for base in ("numpy.number", "numpy.bool"))


def of_items(site: Site, expression: Expression) -> Type | None:
    """Return the ``dtype[...]`` of the array that is made of an array, a number, or a list; None where not certain."""
    if not isinstance(expression, ListExpr | TupleExpr) and is_array(t := site.type_of(expression)):
        return element_type(t, inexact=False)
    found = _elements(site, expression)
    if found is None and _holds_numbers(site.type_of(expression)):  # which, to the stubs, may be Python's floats
        return site.types.of_class(DTYPE, [any_type()])
    return dtype_of(found, site)


def _holds_numbers(t: Type) -> bool:
    proper = get_proper_type(t)
    return isinstance(proper, Instance) and (is_number(proper) or any(map(_holds_numbers, proper.args)))


def _elements(site: Site, expression: Expression) -> Elements | None:
    if isinstance(expression, ListExpr | TupleExpr):
        return _of_all(site, expression.items)
    if isinstance(expression, FloatExpr):
        return frozenset({FLOAT})
    if isinstance(expression, UnaryExpr):
        return _elements(site, expression.expr) if expression.op in ("-", "+") else None
    return _of_value(expression, site.type_of(expression))


def _of_value(expression: Expression, t: ProperType) -> Elements | None:
    found = elements_of(t)
    if found is None or is_array(t) or (isinstance(t, Instance) and t.type.has_base("numpy.generic")):
        return found
    if not (isinstance(t, Instance) and t.type.fullname in ("builtins.float", "builtins.complex")):
        # A sequence of floats may hold integers alone.
        return None if any(each.kind in ("float", "complex") for each in found) else frozenset(map(settled, found))
    if isinstance(expression, RefExpr) and expression.fullname.startswith("numpy."):
        return frozenset({FLOAT})  # np.pi and its like
    return frozenset({_PYTHON["builtins.int"], *map(settled, found)})  # which is what mypy takes a float for


def _of_all(site: Site, items: list[Expression]) -> Elements | None:
    joined: Elements | None = None
    for item in items:
        found = _elements(site, item)
        if found is None:
            return None
        joined = found if joined is None else frozenset(promote(a, b) for a, b in product(joined, found))
    return joined
