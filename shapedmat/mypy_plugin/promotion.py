"""NumPy's promotion of element types: what the elements of a result are, by what those of the operands are.

An element type is a kind and a width in bits; a Python number has no width of its own, and takes that of the array that
it meets. Where an operand may have one of several element types, so may the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from mypy.expandtype import expand_type
from mypy.lookup import lookup_fully_qualified
from mypy.nodes import Expression, StrExpr, TypeInfo
from mypy.nodes import TypeAlias as AliasNode
from mypy.typeops import get_all_type_vars
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    Overloaded,
    TupleType,
    Type,
    TypeVarId,
    TypeVarType,
    UnionType,
    get_proper_type,
)

from shapedmat.mypy_plugin import elements
from shapedmat.mypy_plugin.dims import NUMBER, any_type, is_number
from shapedmat.mypy_plugin.names import ARRAYS, DTYPE
from shapedmat.mypy_plugin.sites import Site


class Element(NamedTuple):
    """An element type; the width of a Python number is 0."""

    kind: str
    width: int


Elements: TypeAlias = frozenset[Element]

_WIDTHS: Final = {
    "bool": (8,),
    "uint": (8, 16, 32, 64),
    "int": (8, 16, 32, 64),
    "float": (16, 32, 64),
    "complex": (64, 128),
}
_ORDER: Final = tuple(_WIDTHS)
_ABSTRACT: Final = {
    "uint": "unsignedinteger",
    "int": "signedinteger",
    "float": "floating",
    "complex": "complexfloating",
}
_KINDS: Final = {stub: kind for kind, stub in _ABSTRACT.items()}
_NUMBERS: Final = {
    "builtins.bool": Element("bool", 8),
    "builtins.int": Element("int", 0),
    "builtins.float": Element("float", 0),
    "builtins.complex": Element("complex", 0),
}
_SEQUENCES: Final = ("builtins.list", "builtins.tuple")

BOOL: Final = frozenset({Element("bool", 8)})
INDEX: Final = frozenset({Element("int", 64)})
FLOAT: Final = Element("float", 64)


# Types as element types, and back.


def elements_of(t: Type) -> Elements | None:
    """Return what the elements of a value of this type may be; None where that is not known."""
    proper = get_proper_type(t)
    if isinstance(proper, UnionType):
        found = [elements_of(item) for item in proper.items]
        known = [each for each in found if each is not None]
        return frozenset[Element]().union(*known) if len(known) == len(found) else None
    if isinstance(proper, TypeVarType) and not proper.values:
        return elements_of(proper.upper_bound)
    if isinstance(proper, TupleType):
        return _joined([elements_of(item) for item in proper.items])
    if isinstance(proper, LiteralType):
        proper = proper.fallback
    if isinstance(proper, Instance) and is_number(proper):
        return elements_of(proper.args[0])
    return _of_instance(proper) if isinstance(proper, Instance) else None


def _of_instance(proper: Instance) -> Elements | None:
    info = proper.type
    if info.fullname in ARRAYS:
        dtype = get_proper_type(proper.args[1]) if len(proper.args) == 2 else None
        return elements_of(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else None
    if info.has_base("numpy.generic"):
        return _of_scalar(str(proper))
    if info.fullname in _SEQUENCES and proper.args:
        found_inside = elements_of(proper.args[0])
        return None if found_inside is None else frozenset(map(settled, found_inside))
    integer = info.has_base("builtins.int") and info.fullname != "builtins.bool"
    number = _NUMBERS.get("builtins.int" if integer else info.fullname)
    return None if number is None else frozenset({number})


@lru_cache(maxsize=1024)
def _of_scalar(text: str) -> Elements | None:
    names = elements.scalars(text)
    if names is None:
        return None
    found = set()
    for name in names:
        stub = name.rstrip("0123456789")
        kind, width = _KINDS.get(stub, stub), int(name[len(stub) :] or 8)
        if width in _WIDTHS[kind]:
            found.add(Element(kind, width))
    return frozenset(found) or None


def _joined(items: Sequence[Elements | None]) -> Elements | None:
    """Return what the elements of an array are that is made of these items."""
    known = [each for each in items if each is not None]
    if not known or len(known) < len(items):
        return None
    joined = known[0]
    for each in known[1:]:
        joined = frozenset(promote(a, b) for a, b in product(joined, each))
    return frozenset(map(settled, joined))


def dtype_of(found: Elements | None, site: Site) -> Type | None:
    """Return the ``dtype[...]`` of an array with one of these element types; None where there is no class for them."""
    if not found:
        return None
    kinds = {element.kind for element in found}
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    if len(found) == 1:
        name = "bool" if kind == "bool" else f"{kind}{next(iter(found)).width}"
    elif len(found) == len(_WIDTHS[kind]):
        name = _ABSTRACT[kind]
    else:
        return None
    scalar = _scalar_type(name, site)
    return None if scalar is None else site.types.of_class(DTYPE, [scalar])


def requested(expression: Expression, site: Site) -> Type | None:
    """Return the ``dtype[...]`` that an argument asks for; None where it is not known."""
    if isinstance(expression, StrExpr):
        kind = expression.value.rstrip("0123456789")
        width = expression.value[len(kind) :]
        known = kind in _WIDTHS and width.isdecimal() and int(width) in _WIDTHS[kind]
        return dtype_of(frozenset({Element(kind, int(width))}), site) if known else None
    t = site.type_of(expression)
    if isinstance(t, Overloaded):
        t = t.items[0]
    found = elements_of(t.ret_type) if isinstance(t, CallableType) and t.is_type_obj() else None
    if isinstance(t, Instance) and t.type.fullname == DTYPE:
        return t
    return None if found is None else dtype_of(frozenset(map(settled, found)), site)


def may_be_number(stub: Type) -> bool:
    """Say whether NumPy's stubs say that a result is a number, or leave it open."""
    t = get_proper_type(stub)
    if isinstance(t, TypeVarType):
        t = get_proper_type(t.upper_bound)
    if isinstance(t, UnionType):
        return all(map(may_be_number, t.items))
    return isinstance(t, AnyType) or (isinstance(t, Instance) and t.type.has_base("numpy.generic"))


def number_of(dtype: Type | None, stub: Type, site: Site) -> Type:
    """Return the type of a number with a ``dtype[...]`` or, where that is not known, of what NumPy's stubs say.

    Its own type is one that any number fits, as a program that puts 0.5 beside the mean of an array in a list means no
    NumPy scalar. It is ``Any`` for what may be no number.
    """
    own, said = get_proper_type(dtype) if dtype is not None else None, get_proper_type(stub)
    scalar = own.args[0] if isinstance(own, Instance) and own.args else None
    if scalar is None and isinstance(said, Instance) and said.type.has_base("numpy.generic"):
        scalar = said
    known = scalar is not None and elements_of(scalar) is not None
    # mypy does not know the class where shapedmat is not installed for the code that it checks.
    return (site.types.of_class(NUMBER, [scalar, any_type()]) if scalar is not None and known else None) or any_type()


def of_numbers(signature: CallableType, arguments: Sequence[Sequence[Expression]], site: Site) -> CallableType:
    """Return a signature that says what the element types are of arguments that are numbers.

    mypy finds none in the type of our numbers, as one may stand for anything.
    """
    found: dict[TypeVarId, Type] = {}
    if signature.variables:
        for formal, expressions in zip(signature.arg_types, arguments, strict=True):
            variables = get_all_type_vars(formal) if expressions else []
            numbers = [t for t in map(site.type_of, expressions) if is_number(t)] if variables else []
            if numbers and isinstance(numbers[0], Instance):
                found.update((each.id, numbers[0].args[0]) for each in variables)
    if not found:
        return signature
    variables_left = [each for each in signature.variables if each.id not in found]
    return expand_type(signature, found).copy_modified(variables=variables_left)


# Promotion.


Promotion: TypeAlias = Callable[..., Element | None]
"""Element types of operands to that of the result; to None where NumPy has no such operation."""


def promote(a: Element, b: Element) -> Element:
    """Return the element type of arithmetic on two.

    >>> promote(Element("int", 32), Element("float", 32)), promote(Element("float", 32), Element("float", 0))
    (Element(kind='float', width=64), Element(kind='float', width=32))
    """
    low, high = sorted((a, b), key=lambda element: _ORDER.index(element.kind))
    if low.kind == high.kind:
        return max(low, high)
    if low.width == 0:
        return high
    if high.width == 0:
        return _meet_number(low, high)
    return high if low.kind == "bool" else _meet(low, high)


def common(element: Element, *others: Element) -> Element:
    """Return the element type of an operation on any number of operands."""
    for other in others:
        element = promote(element, other)
    return element


def _meet_number(low: Element, number: Element) -> Element:
    """Return the element type of an array with a Python number of a higher kind."""
    if number.kind == "int" and low.kind != "bool":
        return low
    if low.kind == "float":
        return Element("complex", max(64, 2 * low.width))
    return settled(number)


def _meet(low: Element, high: Element) -> Element:
    """Return the element type that holds numbers of two kinds."""
    if high.kind == "int":
        width = max(2 * low.width, high.width)
        return Element("int", width) if width in _WIDTHS["int"] else FLOAT
    width = low.width if low.kind == "float" else min(64, 2 * low.width)
    return Element(high.kind, max(high.width, width * (1 + (high.kind == "complex"))))


def settled(element: Element) -> Element:
    """Return the element type that an array of these has."""
    if element.width:
        return element
    return Element(element.kind, 128 if element.kind == "complex" else 64)


def quotient(a: Element, b: Element) -> Element:
    """Return the element type of a division, for which integers are float64."""
    found = promote(a, b)
    return FLOAT if found.kind in ("bool", "int", "uint") else found


def numeric(a: Element, *others: Element) -> Element:
    """Return the element type of an operation for which truth values are the smallest integers."""
    found = promote(a, *others) if others else a
    return Element("int", 8) if found.kind == "bool" else found


def difference(a: Element, b: Element) -> Element | None:
    """Return the element type of a subtraction, which truth values have not."""
    found = promote(a, b)
    return None if found.kind == "bool" else found


def remainder(a: Element, b: Element) -> Element | None:
    """Return the element type of a division that leaves a remainder, which complex numbers have not."""
    found = numeric(a, b)
    return None if found.kind == "complex" else found


def bits(*operands: Element) -> Element | None:
    """Return the element type of an operation on bits, which fractions have not."""
    found = common(*operands)
    return None if found.kind in ("float", "complex") else found


def shifted(a: Element, b: Element) -> Element | None:
    """Return the element type of a shift of bits, for which truth values are the smallest integers."""
    found = numeric(a, b)
    return None if found.kind in ("float", "complex") else found


def written_into(rule: Promotion) -> Promotion:
    """Return the element type of an operation in place, which is the target's if that holds results of their kind."""

    def in_place(target: Element, value: Element) -> Element | None:
        found = rule(target, value)
        return target if found is not None and _ORDER.index(found.kind) <= _ORDER.index(target.kind) else None

    return in_place


def truth(*operands: Element) -> Element:
    """Return the element type of a comparison."""
    del operands
    return Element("bool", 8)


def same(element: Element) -> Element:
    """Return the element type of an operation that keeps it."""
    return element


def real(element: Element) -> Element | None:
    """Return the element type of an operation that keeps it, and takes no complex numbers."""
    return None if element.kind == "complex" else element


def real_truth(element: Element) -> Element | None:
    """Return the element type of a question that complex numbers do not answer."""
    return None if element.kind == "complex" else truth()


def magnitude(element: Element) -> Element:
    """Return the element type of an absolute value, which is no complex number."""
    return Element("float", element.width // 2) if element.kind == "complex" else element


def fraction(*operands: Element) -> Element:
    """Return the element type of a function that has fractions as its values, for which small integers are short ones.

    >>> fraction(Element("int", 8)), fraction(Element("int", 64)), fraction(Element("float", 32))
    (Element(kind='float', width=16), Element(kind='float', width=64), Element(kind='float', width=32))
    """
    found = common(*operands)
    if found.kind in ("float", "complex"):
        return found
    return Element("float", 16 if found.kind == "bool" else max(16, min(64, 2 * found.width)))


def real_fraction(*operands: Element) -> Element | None:
    """Return the element type of a function that has fractions as its values and takes no complex numbers."""
    numbers = any(each.width == 0 for each in operands)
    found = fraction(*operands) if numbers else common(*map(fraction, operands))
    return None if found.kind == "complex" else found


def double(a: Element, b: Element) -> Element:
    """Return the element type of an operation that is done in double precision."""
    return promote(promote(a, b), FLOAT)


def divisor(a: Element, b: Element) -> Element | None:
    """Return the element type of an operation on integers."""
    found = promote(a, b)
    return found if found.kind in ("int", "uint") else None


def same_number(element: Element) -> Element | None:
    """Return the element type of an operation that keeps it, and takes no truth values."""
    return None if element.kind == "bool" else element


def bit_count(element: Element) -> Element | None:
    """Return the element type of a number of bits."""
    return Element("uint", 8) if element.kind in ("bool", "int", "uint") else None


def index(*operands: Element) -> Element:
    """Return the element type of places and of numbers of elements."""
    del operands
    return Element("int", 64)


def wide_fraction(*operands: Element) -> Element:
    """Return the element type of means and their like, for which all integers are float64."""
    found = fraction(*operands)
    return found if any(each.kind in ("float", "complex") for each in operands) else FLOAT


def total(element: Element) -> Element:
    """Return the element type of a sum, which is at least as wide as the platform's integers."""
    if element.kind in ("bool", "int"):
        return Element("int", 64)
    return Element("uint", 64) if element.kind == "uint" else element


def promoted(rule: Promotion, operands: Sequence[Type], site: Site) -> Type | None:
    """Return the ``dtype[...]`` of a result by the types of the operands; None where it is not certain."""
    if not operands:
        return None
    found = [elements_of(each) for each in operands]
    known = [each for each in found if each is not None]
    if len(known) == len(found):
        if all(element.width == 0 for each in known for element in each):  # numbers of Python's alone
            known = [frozenset(map(settled, each)) for each in known]
        return dtype_of(_combined(rule, tuple(known)), site)
    if not all(each is not None or _is_any_array(t) for each, t in zip(found, operands, strict=True)):
        return None
    return dtype_of(BOOL, site) if rule is truth else site.types.of_class(DTYPE, [any_type()])


@lru_cache(maxsize=1024)
def _combined(rule: Promotion, operands: tuple[Elements, ...]) -> Elements | None:
    results = [rule(*each) for each in product(*operands)]
    certain = frozenset(each for each in results if each is not None)
    return certain if None not in results else None


def _is_any_array(t: Type) -> bool:
    """Say whether a type is one of arrays of any elements."""
    proper = get_proper_type(t)
    if not isinstance(proper, Instance) or proper.type.fullname not in ARRAYS or len(proper.args) != 2:
        return False
    dtype = get_proper_type(proper.args[1])
    return isinstance(dtype, Instance) and bool(dtype.args) and isinstance(get_proper_type(dtype.args[0]), AnyType)


def _scalar_type(name: str, site: Site) -> Type | None:
    """Return the class of NumPy's scalars of this name, which may be an alias of another class."""
    symbol = lookup_fully_qualified(f"numpy.{name}", site.checker.modules)
    node = symbol.node if symbol is not None else None
    if isinstance(node, AliasNode):
        return get_proper_type(node.target)
    return Instance(node, [any_type() for _ in node.defn.type_vars]) if isinstance(node, TypeInfo) else None
