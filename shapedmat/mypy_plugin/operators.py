"""Which shape rule belongs to which operator's method."""

from __future__ import annotations

from functools import partial
from typing import Final

from mypy.types import Instance, Type, get_proper_type

from shapedmat import shapes
from shapedmat.mypy_plugin.checks import Elements, Operation
from shapedmat.mypy_plugin.dims import any_type
from shapedmat.mypy_plugin.names import DTYPE
from shapedmat.mypy_plugin.sites import Site

_ACTIONS: Final = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "divide",
    "mod": "take the remainder of",
    "pow": "raise",
    "and": "combine",
    "or": "combine",
    "xor": "combine",
    "lshift": "shift",
    "rshift": "shift",
    "divmod": "divide",
}
_COMPARISONS: Final = ("lt", "le", "gt", "ge", "eq", "ne")

BINARY: Final[dict[str, Operation]] = {
    **{f"__{name}__": partial(shapes.broadcast, action=action) for name, action in _ACTIONS.items()},
    **{f"__{name}__": partial(shapes.broadcast, action="compare") for name in _COMPARISONS},
    "__matmul__": shapes.matmul,
}
REFLECTED: Final[dict[str, Operation]] = {
    **{f"__r{name}__": partial(shapes.broadcast, action=action) for name, action in _ACTIONS.items()},
    "__rmatmul__": shapes.matmul,
}
IN_PLACE: Final[dict[str, Operation]] = {
    f"__i{name}__": partial(shapes.assign, action=action) for name, action in _ACTIONS.items() if name != "divmod"
}


def common_fraction(a: Type, b: Type, site: Site) -> Type | None:
    """Return the ``dtype[...]`` of arithmetic on fractions of one type, or of such an array and a Python number."""
    own = site.element_type(a, inexact=True)
    if own is None:
        return None
    other = get_proper_type(b)
    if isinstance(other, Instance) and (other.type.fullname in _NUMBERS or other.type.has_base("builtins.int")):
        return own
    return own if site.element_type(b, inexact=True) == own else None


def truth(a: Type, b: Type, site: Site) -> Type | None:
    """Return the ``dtype[...]`` of comparisons of numbers."""
    if common_fraction(a, b, site) is None:
        return None
    scalar = site.named_type("numpy.bool", [any_type()])
    return site.named_type(DTYPE, [scalar]) if scalar is not None else None


_NUMBERS: Final = ("builtins.int", "builtins.float", "builtins.bool")


def element_of(name: str) -> Elements:
    """Return what says the ``dtype[...]`` of an operator's method."""
    return truth if name.strip("_") in _COMPARISONS else common_fraction
