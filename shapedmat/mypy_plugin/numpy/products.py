"""Products: ``dot``, ``inner``, ``outer``, ``tensordot``, ``kron``, ``cross`` and their like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Final, TypeAlias

from mypy.nodes import ListExpr, TupleExpr

from shapedmat import shapes
from shapedmat.mypy_plugin.promotion import Element, promote, settled
from shapedmat.mypy_plugin.results import Result, Typed
from shapedmat.mypy_plugin.rules import Call, Rule, known
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Shape

Contracted: TypeAlias = int | tuple[int | Sequence[int], int | Sequence[int]]


def together(*operands: Element) -> Element:
    """Return the element type of a product of several arrays; a number among them is an array too."""
    return reduce(promote, map(settled, operands))


def _product(rule: Callable[[Shape, Shape], Shape | None], a: str = "a", b: str = "b") -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        return Typed(rule(call.shape(a), call.shape(b)), call.promoted(together, a, b))

    return find


def _tensordot(a: str, b: str) -> Callable[[Call], Result]:
    return lambda call: _product(partial(shapes.tensordot, axes=_contracted(call)), a, b)(call)


def _contracted(call: Call) -> Contracted:
    """Return the axes that are summed over: how many there are, or which they are of each array."""
    given = call.given("axes")
    if isinstance(given, ListExpr | TupleExpr) and len(given.items) == 2:
        of_a, of_b = (known(call.site.dims(item)) for item in given.items)
        return of_a, of_b
    axes = call.axes("axes", 2)
    if isinstance(axes, int):
        return axes
    if axes is not None and len(axes) == 2:
        return axes[0], axes[1]
    raise Untracked


def _cross(call: Call) -> Result:
    axis = call.axes("axis")
    if isinstance(axis, tuple):
        raise Untracked
    places = [call.integer(name, -1) for name in ("axisa", "axisb", "axisc")]
    return _product(lambda a, b: shapes.cross(a, b, places[0], places[1], places[2], axis))(call)


def _cross_in_space(call: Call) -> Result:
    axis = call.integer("axis", -1)
    return _product(partial(shapes.cross, axis=axis, planar=False), "x1", "x2")(call)


FUNCTIONS: Final[dict[str, Rule]] = {
    "dot": Rule("a b out", _product(shapes.dot)),
    "inner": Rule("a b", _product(shapes.inner)),
    "vdot": Rule("a b", _product(shapes.vdot)),
    "outer": Rule("a b out", _product(shapes.outer_product)),
    "kron": Rule("a b", _product(shapes.kron)),
    "tensordot": Rule("a b axes", _tensordot("a", "b")),
    "cross": Rule("a b axisa axisb axisc axis", _cross),
    "_linalg.outer": Rule("x1 x2", _product(partial(shapes.outer_product, vectors=True), "x1", "x2")),
    "_linalg.matmul": Rule("x1 x2", _product(shapes.matmul, "x1", "x2")),
    "_linalg.tensordot": Rule("x1 x2 * axes", _tensordot("x1", "x2")),
    "_linalg.cross": Rule("x1 x2 * axis", _cross_in_space),
}
METHODS: Final[dict[str, Rule]] = {"dot": Rule("a b out", _product(shapes.dot))}
