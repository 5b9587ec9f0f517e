"""Joining arrays into one, and splitting one into several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from mypy.nodes import Expression, ListExpr, StarExpr, TupleExpr

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN
from shapedmat.mypy_plugin.numpy.manipulation import axis_of
from shapedmat.mypy_plugin.rules import Call, Each, Result, Rule, Several
from shapedmat.mypy_plugin.sites import Alike, Site, Untracked, is_integer
from shapedmat.shapes import Blocks, Sections, Shape

_Join: TypeAlias = Callable[[Sequence[Shape]], Shape]
_Split: TypeAlias = Callable[[Shape, Sections, int], tuple[Shape, ...]]


def _joined(call: Call, name: str, join: _Join) -> Shape:
    """Join the arrays of a sequence, of which it need not be known how many they are."""
    arrays = call.site.sequence(call.expression(name))
    if isinstance(arrays, Alike):
        return shapes.join_alike(join, arrays.item, arrays.number)
    return join(arrays)


def _concatenate(call: Call) -> Result:
    axis = axis_of(call, "axis", 0)
    return _joined(call, "arrays", lambda arrays: shapes.concatenate(arrays, axis))


def _stack(call: Call) -> Result:
    axis = call.integer("axis", 0)
    return _joined(call, "arrays", lambda arrays: shapes.stack(arrays, axis))


def _along_fixed_axis(join: Callable[..., Shape]) -> Callable[[Call], Result]:
    return lambda call: _joined(call, "tup", lambda arrays: join(*arrays))


def _append(call: Call) -> Result:
    return shapes.append(call.shape("arr"), call.shape("values"), axis_of(call, "axis"))


def _block(call: Call) -> Result:
    return shapes.block(_blocks(call.expression("arrays"), call.site))


def _blocks(expression: Expression, site: Site) -> Blocks:
    if isinstance(expression, ListExpr):
        return [_blocks(each, site) for each in expression.items]
    if isinstance(expression, StarExpr | TupleExpr) or not site.is_single(expression):
        raise Untracked
    return site.shape(expression)


def _sections(call: Call) -> Sections | None:
    """Return the number of parts or what is between them; None if that many parts are not known to be a number."""
    expression = call.expression("indices_or_sections")
    if isinstance(expression, ListExpr | TupleExpr):
        return call.site.dims(expression)
    dims = call.site.dims(expression)
    if not is_integer(call.site.type_of(expression)):
        return dims
    return dims[0] if isinstance(dims[0], int) else None


def _split(split: _Split) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        shape, axis = call.shape("ary"), call.integer("axis", 0)
        sections = _sections(call)
        if sections is not None:
            return Several(split(shape, sections, axis))
        return Each(split(shape, 1, axis)[0][:0] or shape)

    return find


def _unstack(call: Call) -> Result:
    shape, axis = call.shape("x"), call.integer("axis", 0)
    item = shapes.unstack(shape, axis)
    number = shape[axis]
    return Several((item,) * number) if isinstance(number, int) else Each(item)
