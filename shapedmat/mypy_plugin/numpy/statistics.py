"""Searching in sorted values, differences, slopes and convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.promotion import Element, index, promote, same, same_number, wide_fraction
from shapedmat.mypy_plugin.results import Result, Several
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Axes, Shape


def _digitize(call: Call) -> Result:
    return shapes.digitize(call.shape("x"), call.shape("bins"))


def _searchsorted(call: Call) -> Result:
    return shapes.searchsorted(call.shape("a"), call.shape("v"), call.optional_shape("sorter"))


def _diff(call: Call) -> Result:
    prepend, append = call.optional_shape("prepend"), call.optional_shape("append")
    times, axis = call.integer("n", 1), call.integer("axis", -1)
    return shapes.diff(call.shape("a"), times, axis, prepend=prepend, append=append)


def _ediff1d(call: Call) -> Result:
    ends = (call.optional_shape("to_begin"), call.optional_shape("to_end"))
    return shapes.ediff1d(call.shape("ary"), *((0,) if each is None else each for each in ends))


def _gradient(call: Call) -> Result:
    axis: Axes = call.axes("axis")
    try:
        spacing = [call.site.shape(each) for each in call.starred]
    except Untracked:
        spacing = []
    edge_order = call.integer("edge_order", 1)
    if edge_order not in (1, 2):
        raise Untracked
    slopes = shapes.gradient(call.shape("f"), spacing, axis, edge_order=2 if edge_order == 2 else 1)
    return slopes[0] if len(slopes) == 1 else Several(slopes)


def _slide(rule: Callable[..., Shape], default: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        mode = call.text("mode", default)
        if mode not in ("full", "same", "valid"):
            raise Untracked
        return rule(call.shape("a"), call.shape("v"), mode)

    return find


def _slope(element: Element) -> Element | None:
    return None if element.kind == "bool" else wide_fraction(element)


FUNCTIONS: Final[dict[str, Rule]] = {
    "digitize": Rule("x bins right", _digitize, element="x", promotion=index, number=True),
    "searchsorted": Rule("a v side sorter", _searchsorted, element="v", promotion=index, number=True),
    "diff": Rule("a n axis prepend append", _diff, element="a", promotion=same),
    "ediff1d": Rule("ary to_end to_begin", _ediff1d, element="ary", promotion=same_number),
    "gradient": Rule("f *varargs * axis edge_order", _gradient, element="f", promotion=_slope),
    "convolve": Rule("a v mode", _slide(shapes.convolve, "full"), element="a v", promotion=promote),
    "correlate": Rule("a v mode", _slide(shapes.correlate, "valid"), element="a v", promotion=promote),
}

METHODS: Final[dict[str, Rule]] = {"searchsorted": FUNCTIONS["searchsorted"]}
