"""Which shape rule, and which rule for the elements, belongs to which operator's method."""

from __future__ import annotations

from functools import partial
from typing import Final

from mypy.types import Type

from shapedmat import shapes
from shapedmat.mypy_plugin.checks import Elements, Operation
from shapedmat.mypy_plugin.promotion import (
    Promotion,
    bits,
    difference,
    numeric,
    promote,
    promoted,
    quotient,
    remainder,
    shifted,
    truth,
    written_into,
)
from shapedmat.mypy_plugin.results import Several
from shapedmat.mypy_plugin.sites import Site, closed
from shapedmat.shapes import Shape

_OPERATORS: Final[dict[str, tuple[str, Promotion]]] = {
    "add": ("add", promote),
    "sub": ("subtract", difference),
    "mul": ("multiply", promote),
    "truediv": ("divide", quotient),
    "floordiv": ("divide", remainder),
    "mod": ("take the remainder of", remainder),
    "pow": ("raise", numeric),
    "and": ("combine", bits),
    "or": ("combine", bits),
    "xor": ("combine", bits),
    "lshift": ("shift", shifted),
    "rshift": ("shift", shifted),
}
COMPARISONS: Final = ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__")


def _quotient_and_remainder(a: Shape, b: Shape) -> Several:
    return Several((shapes.broadcast(a, b, action="divide"),) * 2)


def _product_in_place(a: Shape, b: Shape) -> Shape:
    return shapes.matmul_in_place(closed(a), closed(b))


BINARY: Final[dict[str, Operation]] = {
    **{f"__{name}__": partial(shapes.broadcast, action=action) for name, (action, _) in _OPERATORS.items()},
    **{name: partial(shapes.broadcast, action="compare") for name in COMPARISONS},
    "__divmod__": _quotient_and_remainder,
    "__matmul__": shapes.matmul,
}
REFLECTED: Final[dict[str, Operation]] = {
    **{f"__r{name}__": partial(shapes.broadcast, action=action) for name, (action, _) in _OPERATORS.items()},
    "__rdivmod__": _quotient_and_remainder,
    "__rmatmul__": shapes.matmul,
}
IN_PLACE: Final[dict[str, Operation]] = {
    **{f"__i{name}__": partial(shapes.assign, action=action) for name, (action, _) in _OPERATORS.items()},
    "__imatmul__": _product_in_place,
}

ELEMENTS: Final[dict[str, Promotion]] = {
    **{
        f"__{prefix}{name}__": written_into(rule) if prefix == "i" else rule
        for name, (_, rule) in {**_OPERATORS, "matmul": ("", promote)}.items()
        for prefix in ("", "r", "i")
    },
    **dict.fromkeys(("__divmod__", "__rdivmod__"), remainder),
    **dict.fromkeys(COMPARISONS, truth),
}


def element_of(name: str) -> Elements:
    """Return what says the ``dtype[...]`` of an operator's method."""
    rule = ELEMENTS[name]

    def element(a: Type, b: Type, site: Site) -> Type | None:
        return promoted(rule, (a, b), site)

    return element


def arithmetic() -> dict[str, Promotion]:
    """Return the operators' methods, with their rules for the elements, that give a number where they take two."""
    return {f"__{prefix}{name}__": rule for name, (_, rule) in _OPERATORS.items() for prefix in ("", "r")}
