"""Joining arrays into one, and splitting one into several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from mypy.nodes import Expression, ListExpr, StarExpr, TupleExpr

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN
from shapedmat.mypy_plugin.numpy.manipulation import axis_of
from shapedmat.mypy_plugin.promotion import common, promoted, settled
from shapedmat.mypy_plugin.results import Each, Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Alike, Site, Untracked
from shapedmat.mypy_plugin.types import is_array, is_integer
from shapedmat.shapes import Blocks, Sections, Shape

_Join: TypeAlias = Callable[[Sequence[Shape]], Shape]
_Split: TypeAlias = Callable[[Sections], tuple[Shape, ...]]

_MOST: Final = 32
"""Up to how many arrays are told apart in a tuple."""


def _joined(call: Call, name: str, join: _Join) -> Shape:
    """Join the arrays of a sequence, of which it need not be known how many they are."""
    arrays = call.site.sequence(call.expression(name))
    if isinstance(arrays, Alike):
        return shapes.join_alike(join, arrays.item, arrays.number)
    return join(arrays)


def _typed(call: Call, shape: Shape, *names: str) -> Result:
    """Return what all arrays are joined into, whose elements can hold those of each."""
    types = [t for name in names for t in call.site.types_in(call.expression(name))]
    if call.gives("dtype") or call.gives("out") or not types:
        return shape
    return Typed(shape, promoted(lambda *each: common(*map(settled, each)), types, call.site))


def _concatenate(call: Call) -> Result:
    axis = axis_of(call, "axis", 0)
    return _typed(call, _joined(call, "arrays", lambda arrays: shapes.concatenate(arrays, axis)), "arrays")


def _stack(call: Call) -> Result:
    arrays, axis = call.site.sequence(call.expression("arrays")), call.integer("axis", 0)
    if isinstance(arrays, Alike):
        return _typed(call, shapes.stack_alike(arrays.item, arrays.number, axis), "arrays")
    return _typed(call, shapes.stack(arrays, axis), "arrays")


def _stack_over_fixed_axis(join: Callable[..., Shape]) -> Callable[[Call], Result]:
    return lambda call: _typed(call, _joined(call, "tup", lambda arrays: join(*arrays)), "tup")


def _append(call: Call) -> Result:
    shape = shapes.append(call.shape("arr"), call.shape("values"), axis_of(call, "axis"))
    return _typed(call, shape, "arr", "values")


def _block(call: Call) -> Result:
    return _typed(call, shapes.block(_blocks(call.expression("arrays"), call.site)), "arrays")


def _blocks(expression: Expression, site: Site) -> Blocks:
    if isinstance(expression, ListExpr):
        return [_blocks(each, site) for each in expression.items]
    shape = () if isinstance(expression, StarExpr) else site.shape(expression)
    if isinstance(expression, StarExpr) or (shape and not is_array(site.type_of(expression))):
        raise Untracked
    return shape


def _sections(call: Call) -> Sections | None:
    """Return the number of parts, or the indices between them; None where it is a number that is not known."""
    expression = call.expression("indices_or_sections")
    dims = call.site.dims(expression)
    if isinstance(expression, ListExpr | TupleExpr) or not is_integer(call.site.type_of(expression)):
        return dims
    return dims[0] if isinstance(dims[0], int) else None


def _parts(call: Call, split: _Split) -> Result:
    sections = _sections(call)
    if sections is None:
        return Each(split((UNKNOWN,))[0])
    return Several(split(sections))


def _split(rule: Callable[..., tuple[Shape, ...]]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        shape, axis = call.shape("ary"), call.integer("axis", 0)
        return _parts(call, lambda sections: rule(shape, sections, axis))

    return find


def _split_over_fixed_axis(rule: Callable[..., tuple[Shape, ...]]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        shape = call.shape("ary")
        return _parts(call, lambda sections: rule(shape, sections))

    return find


def _unstack(call: Call) -> Result:
    shape, axis = call.shape("x"), call.integer("axis", 0)
    item = shapes.unstack(shape, axis)
    number = shape[axis]
    return Several((item,) * number) if isinstance(number, int) and number <= _MOST else Each(item)


_STACKS: Final = {
    "vstack": shapes.vstack,
    "row_stack": shapes.vstack,
    "hstack": shapes.hstack,
    "dstack": shapes.dstack,
    "column_stack": shapes.column_stack,
}

FUNCTIONS: Final[dict[str, Rule]] = {
    "concatenate": Rule("arrays axis out * dtype casting", _concatenate, element="arrays"),
    "concat": Rule("arrays axis out * dtype casting", _concatenate, element="arrays"),
    "stack": Rule("arrays axis out * dtype casting", _stack, element="arrays"),
    **{
        name: Rule("tup * dtype casting", _stack_over_fixed_axis(rule), element="tup") for name, rule in _STACKS.items()
    },
    "append": Rule("arr values axis", _append, element="arr values"),
    "block": Rule("arrays", _block, element="arrays"),
    "split": Rule("ary indices_or_sections axis", _split(shapes.split), element="ary"),
    "array_split": Rule("ary indices_or_sections axis", _split(shapes.array_split), element="ary"),
    "hsplit": Rule("ary indices_or_sections", _split_over_fixed_axis(shapes.hsplit), element="ary"),
    "vsplit": Rule("ary indices_or_sections", _split_over_fixed_axis(shapes.vsplit), element="ary"),
    "dsplit": Rule("ary indices_or_sections", _split_over_fixed_axis(shapes.dsplit), element="ary"),
    "unstack": Rule("x * axis", _unstack, element="x"),
}
