"""Reductions and scans: ``sum``, ``mean``, ``max``, ``cumsum`` and their like, as functions and as methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.promotion import (
    FLOAT,
    Element,
    Promotion,
    index,
    magnitude,
    promote,
    same,
    same_number,
    total,
    truth,
    wide_fraction,
)
from shapedmat.mypy_plugin.results import Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Axes, Shape


def _operand(call: Call, axis: Axes, *, keepdims: bool = False) -> Shape:
    """Return the shape of an array, as far as it is known which of its axes are meant."""
    shape = call.open_shape("a")
    if not shapes.counted_from_an_end(shape, axis) and (axis is not None or keepdims):
        raise Untracked
    return shape


def _reduction(action: str, *, nonempty: bool = False, broadcasts: bool = False) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        axis, keepdims = call.axes("axis"), call.flag("keepdims")
        rule = shapes.reduce_nonempty if nonempty and not call.gives("initial") else shapes.reduce
        shape = _operand(call, axis, keepdims=keepdims)
        result = rule(shape, axis, keepdims=keepdims, action=action)
        return call.written(result, shapes.output if broadcasts else shapes.exact_output)

    return find


def _quantile(rule: Callable[..., Shape], action: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        keepdims = call.flag("keepdims")
        result = rule(call.shape("a"), call.shape("q"), call.axes("axis"), keepdims=keepdims, action=action)
        # Some methods choose elements, and others compute new ones; of nothing, the nan of an element type is taken.
        typeless = call.gives("method") or (rule is shapes.nanquantile and shapes.count(call.shape("a")) == 0)
        written = call.written(result, shapes.output)
        return Typed(written, None) if typeless else written

    return find


def _scan(action: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        axis = call.axes("axis")
        if isinstance(axis, tuple):
            raise Untracked
        return call.written(shapes.scan(_operand(call, axis, keepdims=True), axis, action=action), shapes.scan_output)

    return find


def _cumulative(action: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        axis = call.axes("axis")
        if isinstance(axis, tuple) or call.gives("out"):
            raise Untracked
        initial = call.flag("include_initial")
        return shapes.cumulative(call.shape("a"), axis, include_initial=initial, action=action)

    return find


def _average(call: Call) -> Result:
    weights, keepdims = call.optional_shape("weights"), call.flag("keepdims")
    result = shapes.average(call.shape("a"), weights, call.axes("axis"), keepdims=keepdims)
    return Several((result, result)) if call.flag("returned") else result


def _trapezoid(call: Call) -> Result:
    if call.gives("dx") and call.shape("dx") != ():
        raise Untracked
    return shapes.trapezoid(call.shape("y"), call.optional_shape("x"), call.integer("axis", -1))


def _spread(element: Element) -> Element:
    return magnitude(wide_fraction(element))


def _at_quantiles(element: Element, q: Element) -> Element | None:
    if element.kind in ("bool", "complex") or q.width not in (0, FLOAT.width):
        return None
    return wide_fraction(element) if q.width == 0 else FLOAT


def _averaged(element: Element, weight: Element | None = None) -> Element:
    found = wide_fraction(element)
    return found if weight is None else promote(found, weight)


def _integrated(element: Element, place: Element | None = None) -> Element:
    return wide_fraction(element if place is None else promote(element, place))


_SUM: Final = "a axis dtype out keepdims initial where"
_MEAN: Final = "a axis dtype out keepdims * where"
_DEVIATION: Final = "a axis dtype out ddof keepdims * where mean correction"
_CHOICE: Final = "a axis out keepdims initial where"
_PLACE: Final = "a axis out * keepdims"
_TEST: Final = "a axis out keepdims * where"
_MEDIAN: Final = "a axis out overwrite_input keepdims"
_QUANTILE: Final = "a q axis out overwrite_input method keepdims * weights interpolation"
_SCAN: Final = "a axis dtype out"

_REDUCTIONS: Final[dict[str, tuple[str, str, Promotion]]] = {
    "sum": (_SUM, "sum", total),
    "prod": (_SUM, "multiply", total),
    "mean": (_MEAN, "average", wide_fraction),
    "std": (_DEVIATION, "take the deviation of", _spread),
    "var": (_DEVIATION, "take the variance of", _spread),
    "any": (_TEST, "test", truth),
    "all": (_TEST, "test", truth),
    "median": (_MEDIAN, "take the median of", wide_fraction),
    "nansum": (_SUM, "sum", total),
    "nanprod": (_SUM, "multiply", total),
    "nanmean": (_MEAN, "average", wide_fraction),
    "nanstd": (_DEVIATION, "take the deviation of", _spread),
    "nanvar": (_DEVIATION, "take the variance of", _spread),
    "nanmedian": (_MEDIAN, "take the median of", wide_fraction),
    "count_nonzero": ("a axis * keepdims", "count", index),
}
_NONEMPTY: Final[dict[str, tuple[str, str, Promotion]]] = {
    **dict.fromkeys(("max", "amax", "nanmax"), (_CHOICE, "take the maximum of", same)),
    **dict.fromkeys(("min", "amin", "nanmin"), (_CHOICE, "take the minimum of", same)),
    **dict.fromkeys(("argmax", "nanargmax"), (_PLACE, "find the maximum of", index)),
    **dict.fromkeys(("argmin", "nanargmin"), (_PLACE, "find the minimum of", index)),
    "ptp": ("a axis out keepdims", "take the range of", same_number),
}
QUANTILES: Final = {
    "quantile": (shapes.quantile, "take the quantile of"),
    "percentile": (shapes.quantile, "take the percentile of"),
    "nanquantile": (shapes.nanquantile, "take the quantile of"),
    "nanpercentile": (shapes.nanquantile, "take the percentile of"),
}
_SUMS_SO_FAR: Final = "take the cumulative sum of"
_PRODUCTS_SO_FAR: Final = "take the cumulative product of"

FUNCTIONS: Final[dict[str, Rule]] = {
    **{
        name: Rule(
            parameters,
            _reduction(action, broadcasts=name == "nanmedian"),  # which alone assigns to its `out`
            element="a",
            promotion=promotion,
            number=True,
        )
        for name, (parameters, action, promotion) in _REDUCTIONS.items()
    },
    **{
        name: Rule(parameters, _reduction(action, nonempty=True), element="a", promotion=promotion, number=True)
        for name, (parameters, action, promotion) in _NONEMPTY.items()
    },
    **{
        name: Rule(_QUANTILE, _quantile(rule, action), element="a q", promotion=_at_quantiles, number=True)
        for name, (rule, action) in QUANTILES.items()
    },
    **{
        name: Rule(_SCAN, _scan(action), element="a", promotion=total)
        for action, names in ((_SUMS_SO_FAR, ("cumsum", "nancumsum")), (_PRODUCTS_SO_FAR, ("cumprod", "nancumprod")))
        for name in names
    },
    **{
        name: Rule("a * axis dtype out include_initial", _cumulative(action), element="a", promotion=total)
        for name, action in (("cumulative_sum", _SUMS_SO_FAR), ("cumulative_prod", _PRODUCTS_SO_FAR))
    },
    "average": Rule(
        "a axis weights returned * keepdims", _average, element="a weights", promotion=_averaged, number=True
    ),
    "trapezoid": Rule("y x dx axis", _trapezoid, element="y x", promotion=_integrated, number=True),
}

METHODS: Final[dict[str, Rule]] = {
    name: FUNCTIONS[name]
    for name in (
        *("sum", "prod", "mean", "std", "var", "any", "all", "max", "min", "argmax", "argmin"),
        *("cumsum", "cumprod"),
    )
}
