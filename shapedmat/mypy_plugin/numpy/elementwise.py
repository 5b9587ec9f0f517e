"""Functions and methods that work element by element, beside the universal functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy.types import Instance, get_proper_type

from shapedmat import shapes
from shapedmat.mypy_plugin.numpy.dtypes import asked, asks_for_class, item_size
from shapedmat.mypy_plugin.promotion import (
    Element,
    common,
    elements_of,
    magnitude,
    promote,
    real,
    real_truth,
    same,
    truth,
    wide_fraction,
)
from shapedmat.mypy_plugin.results import Result
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked


def _same(name: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        return call.open_shape(name)

    return find


def _written(name: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        return call.written(call.open_shape(name), shapes.output)

    return find


def _rounded(call: Call) -> Result:
    return call.written(call.open_shape("a"), shapes.exact_output)


def _clip(lowest: str, highest: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        bounds = (call.optional_shape(name) for name in dict.fromkeys((lowest, highest, "min", "max")))
        given = [bound for bound in bounds if bound is not None]
        shape = call.shape("a") if any(given) else call.open_shape("a")
        return call.written(shapes.broadcast(shape, *given, action="clip"), shapes.output)

    return find


def _close(call: Call) -> Result:
    tolerances = [call.optional_shape(name) for name in ("rtol", "atol")]
    if any(tolerances):
        raise Untracked
    a, b = call.open_shape("a"), call.open_shape("b")
    if not shapes.aligned(a, b):
        raise Untracked
    return shapes.broadcast(a, b, action="compare")


def _all_close(call: Call) -> Result:
    _close(call)
    return None


def _copy_to(call: Call) -> Result:
    target = shapes.assign(call.shape("dst"), call.shape("src"))
    where = call.optional_shape("where")
    if where is not None:
        shapes.assign(target, where, action="broadcast")
    return None


def _interp(call: Call) -> Result:
    return shapes.interp(call.shape("x"), call.shape("xp"), call.shape("fp"))


def _unwrap(call: Call) -> Result:
    return shapes.along(call.shape("p"), call.integer("axis", -1), action="unwrap")


def _angle(element: Element) -> Element | None:
    return magnitude(wide_fraction(element)) if element.kind in ("float", "complex") or element.width == 64 else None


def _interpolated(element: Element) -> Element:
    return promote(Element("float", 64), element)


def _real_fraction(element: Element) -> Element | None:
    return None if element.kind == "complex" else wide_fraction(element)


def _rounding(element: Element) -> Element:
    return Element("float", 16) if element.kind == "bool" else element


def _view(call: Call) -> Result:
    shape = call.shape("a")
    if not call.gives("dtype") or asks_for_class(call):
        return shape
    dtype = get_proper_type(asked(call))
    other = elements_of(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else None
    return shapes.view(shape, item_size(elements_of(call.type_of("a"))), item_size(other))


_ROUND: Final = Rule("a decimals out", _rounded, element="a", promotion=_rounding, number=True)

FUNCTIONS: Final[dict[str, Rule]] = {
    "clip": Rule(
        "a a_min a_max out * min max where dtype",
        _clip("a_min", "a_max"),
        element="a a_min a_max min max",
        promotion=common,
        number=True,
    ),
    "nan_to_num": Rule("x copy nan posinf neginf", _same("x"), element="x", promotion=same, number=True),
    "isclose": Rule("a b rtol atol equal_nan", _close, element="a b", promotion=truth, number=True),
    "allclose": Rule("a b rtol atol equal_nan", _all_close),
    "real": Rule("val", _same("val"), element="val", promotion=magnitude),
    "imag": Rule("val", _same("val"), element="val", promotion=magnitude),
    "angle": Rule("z deg", _same("z"), element="z", promotion=_angle, number=True),
    "real_if_close": Rule("a tol", _same("a")),
    **dict.fromkeys(("round", "around"), _ROUND),
    "fix": Rule("x out", _written("x"), element="x", promotion=real, number=True),
    "sinc": Rule("x", _same("x"), element="x", promotion=wide_fraction, number=True),
    "i0": Rule("x", _same("x"), element="x", promotion=_real_fraction),
    **dict.fromkeys(
        ("isposinf", "isneginf"), Rule("x out", _written("x"), element="x", promotion=real_truth, number=True)
    ),
    **dict.fromkeys(("iscomplex", "isreal"), Rule("x", _same("x"), element="x", promotion=truth, number=True)),
    "interp": Rule("x xp fp left right period", _interp, element="fp", promotion=_interpolated, number=True),
    "unwrap": Rule("p discont axis * period", _unwrap, element="p", promotion=_real_fraction),
    "copyto": Rule("dst src casting where", _copy_to),
    "astype": Rule("x dtype * copy device", _same("x"), element="x", promotion=same),
}

METHODS: Final[dict[str, Rule]] = {
    "clip": Rule(
        "a min max out * where dtype", _clip("min", "max"), element="a min max", promotion=common, number=True
    ),
    "round": _ROUND,
    "astype": Rule("a dtype order casting subok copy", _same("a"), element="a", promotion=same),
    "copy": Rule("a order", _same("a"), element="a"),
    "conj": Rule("a", _same("a"), element="a"),
    "conjugate": Rule("a", _same("a"), element="a"),
    "byteswap": Rule("a inplace", _same("a"), element="a"),
    "view": Rule("a dtype type", _view),
}
