"""The layout of arrays: reshaping, axes, flips, repetition, padding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mypy.nodes import DictExpr, Expression, ListExpr, StarExpr, TupleExpr
from mypy.types import NoneType, get_proper_type

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN
from shapedmat.mypy_plugin.indexing import key_of
from shapedmat.mypy_plugin.results import Result, Several
from shapedmat.mypy_plugin.rules import Call, Rule, known
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.types import is_array, is_integer
from shapedmat.shapes import Axes, Index, Shape, Width, Widths


def axis_of(call: Call, name: str, default: int | None = None) -> int | None:
    """Return an axis, or None where there is none.

    Raises:
        Untracked: it is not known which one.
    """
    axis = call.axes(name, default)
    if isinstance(axis, tuple):
        raise Untracked
    return axis


def some_axes(call: Call, name: str) -> int | tuple[int, ...]:
    """Return one axis or several.

    Raises:
        Untracked: it is not known which ones.
    """
    axes = call.axes(name)
    if axes is None:
        raise Untracked
    return axes


def _reshape(call: Call) -> Result:
    return shapes.reshape(call.shape("a"), call.dims("shape"))


def _reshape_method(call: Call) -> Result:
    return shapes.reshape(call.shape("a"), _in_one_or_several(call))


def _in_one_or_several(call: Call) -> Shape:
    """Return ints that are given as one argument, a tuple, or each as an argument of its own."""
    given = call.rest
    single = len(given.items) == 1 and not isinstance(given.items[0], StarExpr)
    return call.site.dims(given.items[0] if single else given)


def _transpose(call: Call) -> Result:
    shape, axes = call.shape("a"), call.axes("axes")
    if axes is None:
        return shapes.transpose(shape)
    return shapes.permute(shape, (axes,) if isinstance(axes, int) else axes)


def _transpose_method(call: Call) -> Result:
    given = call.rest.items
    if not given or (len(given) == 1 and isinstance(call.site.type_of(given[0]), NoneType)):
        return shapes.transpose(call.shape("a"))
    return shapes.permute(call.shape("a"), known(_in_one_or_several(call)))


def _expand_dims(call: Call) -> Result:
    return shapes.expand_dims(call.shape("a"), some_axes(call, "axis"))


def _squeeze(call: Call) -> Result:
    return shapes.squeeze(call.shape("a"), call.axes("axis"))


def _moveaxis(call: Call) -> Result:
    return shapes.moveaxis(call.shape("a"), some_axes(call, "source"), some_axes(call, "destination"))


def _swapaxes(call: Call) -> Result:
    return shapes.swapaxes(call.shape("a"), call.integer("axis1"), call.integer("axis2"))


def _rollaxis(call: Call) -> Result:
    return shapes.rollaxis(call.shape("a"), call.integer("axis"), call.integer("start", 0))


def _atleast(rank: int) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        found = [shapes.atleast(shape, rank) for shape in call.site.shapes(call.rest)]
        return found[0] if len(found) == 1 else Several(tuple(found))

    return find


def _broadcast_to(call: Call) -> Result:
    return shapes.broadcast_to(call.shape("array"), call.dims("shape"))


def _broadcast_arrays(call: Call) -> Result:
    return Several(shapes.broadcast_arrays(*call.site.shapes(call.rest)))


def _broadcast_shapes(call: Call) -> Result:
    shapes.broadcast(*(call.site.dims(each) for each in call.starred))
    return None


def _flip(call: Call) -> Result:
    return shapes.flip(call.shape("m"), _axes_if_known(call))


def _flip_axis(axis: int) -> Callable[[Call], Result]:
    return lambda call: shapes.flip(call.shape("m"), axis)


def _roll(call: Call) -> Result:
    return shapes.roll(call.shape("a"), call.shape("shift"), _axes_if_known(call))


def _axes_if_known(call: Call) -> Axes:
    """Return the axes along which elements are moved; None where they are not known, which do not change the shape."""
    try:
        return call.axes("axis")
    except Untracked:
        return None


def _rot90(call: Call) -> Result:
    turns, axes = call.dim("k", 1), call.axes("axes", (0, 1))
    if not isinstance(axes, tuple) or len(axes) != 2:
        raise Untracked
    return shapes.rot90(call.shape("m"), turns if isinstance(turns, int) else UNKNOWN, axes)


def _repeat(call: Call) -> Result:
    expression = call.expression("repeats")
    axis = axis_of(call, "axis")
    if isinstance(expression, ListExpr | TupleExpr):
        return shapes.repeat(call.shape("a"), call.site.dims(expression), axis)
    if is_integer(call.site.type_of(expression)):
        return shapes.repeat(call.shape("a"), call.site.dim(expression), axis)
    return shapes.repeat(call.shape("a"), shapes.Indices(call.site.shape(expression)), axis)


def _tile(call: Call) -> Result:
    return shapes.tile(call.shape("A"), call.dims("reps"))


def _resize(call: Call) -> Result:
    return shapes.resize(call.shape("a"), call.dims("new_shape"))


def _delete(call: Call) -> Result:
    return shapes.delete(call.shape("arr"), _place(call), axis_of(call, "axis"))


def _insert(call: Call) -> Result:
    return shapes.insert(call.shape("arr"), _place(call), call.shape("values"), axis_of(call, "axis"))


def _place(call: Call) -> Index:
    """Return the index of what is taken out or of where something is put in; a tuple is a sequence of indices."""
    expression = call.expression("obj")
    if isinstance(expression, TupleExpr):
        return shapes.Indices((len(call.site.dims(expression)),))
    key = key_of(expression, call.site)
    if len(key) != 1 or key[0] in (None, ..., shapes.Mask(())):
        raise Untracked
    return key[0]


def _pad(call: Call) -> Result:
    try:
        mode = call.text("mode", "constant")
    except Untracked:
        mode = "constant"  # for which no size is too small
    return shapes.pad(call.shape("array"), _widths(call.expression("pad_width"), call.site), mode)


def _widths(expression: Expression, site: Site) -> Widths:
    if isinstance(expression, DictExpr):
        return _widths_by_axis(expression, site)
    if isinstance(expression, ListExpr | TupleExpr):
        widths = [_width(item, site) for item in expression.items]
        pairs = tuple(each for each in widths if isinstance(each, tuple))
        numbers = tuple(each for each in widths if not isinstance(each, tuple))
        if pairs and numbers:
            raise Untracked
        return pairs or numbers
    return _width(expression, site)


def _width(expression: Expression, site: Site) -> Width:
    if isinstance(expression, ListExpr | TupleExpr):
        return site.dims(expression)
    dims = site.dims(expression)
    return dims[0] if is_integer(site.type_of(expression)) else dims


def _widths_by_axis(expression: DictExpr, site: Site) -> Mapping[int, Width]:
    widths = {}
    for key, value in expression.items:
        axis = site.constant(key) if key is not None else None
        if not isinstance(axis, int):
            raise Untracked
        widths[axis] = _width(value, site)
    return widths


def _ravel(call: Call) -> Result:
    try:
        return shapes.ravel(call.shape("a"))
    except Untracked:
        return (UNKNOWN,) if is_array(get_proper_type(call.type_of("a"))) else None


def _matrix_transpose(call: Call) -> Result:
    return shapes.matrix_transpose(call.shape("x"))


def _sliding_window_view(call: Call) -> Result:
    return shapes.sliding_window_view(call.shape("x"), call.dims("window_shape"), call.axes("axis"))


FUNCTIONS: Final[dict[str, Rule]] = {
    "reshape": Rule("a shape order * copy", _reshape, element="a"),
    "ravel": Rule("a order", _ravel, element="a"),
    "transpose": Rule("a axes", _transpose, element="a"),
    "permute_dims": Rule("a axes", _transpose, element="a"),
    "matrix_transpose": Rule("x", _matrix_transpose, element="x"),
    "swapaxes": Rule("a axis1 axis2", _swapaxes, element="a"),
    "moveaxis": Rule("a source destination", _moveaxis, element="a"),
    "rollaxis": Rule("a axis start", _rollaxis, element="a"),
    "expand_dims": Rule("a axis", _expand_dims, element="a"),
    "squeeze": Rule("a axis", _squeeze, element="a"),
    "broadcast_to": Rule("array shape subok", _broadcast_to, element="array"),
    "broadcast_arrays": Rule("*args * subok", _broadcast_arrays, element="args"),
    "broadcast_shapes": Rule("*args", _broadcast_shapes),
    **{f"atleast_{rank}d": Rule("*arys", _atleast(rank), element="arys") for rank in (1, 2, 3)},
    "flip": Rule("m axis", _flip, element="m"),
    "flipud": Rule("m", _flip_axis(0), element="m"),
    "fliplr": Rule("m", _flip_axis(1), element="m"),
    "roll": Rule("a shift axis", _roll, element="a"),
    "rot90": Rule("m k axes", _rot90, element="m"),
    "repeat": Rule("a repeats axis", _repeat, element="a"),
    "tile": Rule("A reps", _tile, element="A"),
    "resize": Rule("a new_shape", _resize, element="a"),
    "delete": Rule("arr obj axis", _delete, element="arr"),
    "insert": Rule("arr obj values axis", _insert, element="arr"),
    "pad": Rule("array pad_width mode", _pad, element="array"),
    "sliding_window_view": Rule("x window_shape axis * subok writeable", _sliding_window_view, element="x"),
}

METHODS: Final[dict[str, Rule]] = {
    "reshape": Rule("a *shape * order copy", _reshape_method, element="a"),
    "ravel": FUNCTIONS["ravel"],
    "flatten": FUNCTIONS["ravel"],
    "transpose": Rule("a *axes", _transpose_method, element="a"),
    "swapaxes": FUNCTIONS["swapaxes"],
    "squeeze": FUNCTIONS["squeeze"],
    "repeat": FUNCTIONS["repeat"],
}
