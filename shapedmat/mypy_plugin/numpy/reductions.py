"""Reductions: ``sum``, ``mean``, ``max`` and their like, as functions and as methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.rules import Call, Result, Rule
from shapedmat.shapes import Shape


def _reduction(action: str, rule: Callable[..., Shape]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        return rule(call.shape("a"), call.axes("axis"), keepdims=call.flag("keepdims"), action=action)

    return find


_SUMS: Final = {"sum": "sum", "prod": "multiply", "mean": "average", "std": "take the deviation of"}
_CHOICES: Final = {"max": "take the maximum of", "min": "take the minimum of"}

FUNCTIONS: Final[dict[str, Rule]] = {
    **{
        name: Rule("a axis dtype out * keepdims initial where", _reduction(action, shapes.reduce), fraction="a")
        for name, action in _SUMS.items()
    },
    **{
        name: Rule("a axis out keepdims initial where", _reduction(action, shapes.reduce_nonempty), element="a")
        for name, action in _CHOICES.items()
    },
}
METHODS: Final = FUNCTIONS
