"""Elements chosen by places, by conditions and by order; diagonals, triangles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy.types import Instance, Type, get_proper_type

from shapedmat import shapes
from shapedmat.mypy_plugin.numpy.manipulation import axis_of
from shapedmat.mypy_plugin.promotion import promote, same
from shapedmat.mypy_plugin.results import Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule, known
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.mypy_plugin.types import element_type, is_integer
from shapedmat.shapes import Shape


def _take(call: Call) -> Result:
    expression = call.expression("indices")
    if is_integer(call.site.type_of(expression)):
        indices: Shape = ()
    else:
        indices = _integers(call, "indices")
    return shapes.take(call.shape("a"), indices, axis_of(call, "axis"))


def _integers(call: Call, name: str) -> Shape:
    """Return the shape of an array of integers.

    Raises:
        Untracked: it may be one of something else, of which the stubs know best.
    """
    shape = call.shape(name)
    if not all(_has_integers(t) for t in call.site.types_in(call.expression(name))):
        raise Untracked
    return shape


def _has_integers(t: Type) -> bool:
    dtype = get_proper_type(element_type(t, inexact=False) or t)
    scalar = get_proper_type(dtype.args[0]) if isinstance(dtype, Instance) and dtype.args else dtype
    return is_integer(scalar)


def _take_along_axis(call: Call) -> Result:
    return shapes.take_along_axis(call.shape("arr"), call.shape("indices"), axis_of(call, "axis", -1))


def _put_along_axis(call: Call) -> Result:
    taken = shapes.take_along_axis(call.shape("arr"), call.shape("indices"), axis_of(call, "axis"))
    shapes.assign(taken, call.shape("values"))
    return None


def _choose(call: Call) -> Result:
    return shapes.choose(call.shape("a"), call.shapes("choices"))


def _select(call: Call) -> Result:
    default = call.shape("default") if call.gives("default") else ()
    return shapes.select(call.shapes("condlist"), call.shapes("choicelist"), default)


def _compress(call: Call) -> Result:
    return shapes.compress(call.shape("condition"), call.shape("a"), axis_of(call, "axis"))


def _extract(call: Call) -> Result:
    return shapes.extract(call.shape("condition"), call.shape("arr"))


def _nonzero(call: Call) -> Result:
    return Several(shapes.nonzero(call.shape("a")))


def _where(call: Call) -> Result:
    if call.given("x") is None and call.given("y") is None:
        return Several(shapes.nonzero(call.shape("condition")))
    found = shapes.where(call.shape("condition"), call.shape("x"), call.shape("y"))
    return Typed(found, call.promoted(promote, "x", "y"))


def _unique(call: Call) -> Result:
    extras = {name: call.flag(name) for name in ("return_index", "return_inverse", "return_counts")}
    found = shapes.unique(call.shape("ar"), axis_of(call, "axis"), **extras)
    return Several(found) if any(extras.values()) else found[0]


def _unique_extras(*extras: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        return Several(shapes.unique(call.shape("x"), None, **dict.fromkeys(extras, True)))

    return find


def _unique_values(call: Call) -> Result:
    return shapes.unique(call.shape("x"))[0]


def _in_order(rule: Callable[[Shape, int | None], Shape]) -> Callable[[Call], Result]:
    return lambda call: rule(call.shape("a"), _axis_of_order(call))


def _axis_of_order(call: Call) -> int | None:
    """Return the axis that is put in order; an unknown one changes the shape no more than the last."""
    axis = call.given("axis")
    if axis is not None and is_integer(call.site.type_of(axis)) and not isinstance(call.dim("axis"), int):
        return -1
    return axis_of(call, "axis", -1)


def _partition(rule: Callable[..., Shape]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        shape, axis = call.shape("a"), _axis_of_order(call)
        try:
            places = known(call.dims("kth"))
        except Untracked:
            places = ()
        return rule(shape, places, axis)

    return find


def _lexsort(call: Call) -> Result:
    keys = call.site.sequence(call.expression("keys"))
    axis = call.integer("axis", -1)
    return shapes.lexsort(keys if isinstance(keys, list) else [keys.item], axis)


def _diag(call: Call) -> Result:
    return shapes.diag(call.shape("v"), call.integer("k", 0))


def _diagflat(call: Call) -> Result:
    return shapes.diag(shapes.ravel(call.shape("v")), call.integer("k", 0))


def _diagonal(rule: Callable[[Shape, int, int, int], Shape]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        offset, axis1, axis2 = (call.integer(name, default) for name, default in _DIAGONAL)
        return rule(call.shape("a"), offset, axis1, axis2)

    return find


_DIAGONAL: Final = (("offset", 0), ("axis1", 0), ("axis2", 1))


def _last_diagonal(rule: Callable[[Shape, int, int, int], Shape]) -> Callable[[Call], Result]:
    return lambda call: rule(call.shape("x"), call.integer("offset", 0), -2, -1)


def _triangle(call: Call) -> Result:
    return shapes.triangle(call.shape("m"))


def _fill_diagonal(call: Call) -> Result:
    shapes.fill_diagonal(call.shape("a"))
    return None


def _diag_indices(call: Call) -> Result:
    return Several(((call.dim("n"),),) * call.integer("ndim", 2))


def _diag_indices_from(call: Call) -> Result:
    shape = shapes.fill_diagonal(call.shape("arr"))
    return Several((shape[:1],) * len(shape))


FUNCTIONS: Final[dict[str, Rule]] = {
    "take": Rule("a indices axis out mode", _take, element="a"),
    "take_along_axis": Rule("arr indices axis", _take_along_axis),
    "put_along_axis": Rule("arr indices values axis", _put_along_axis),
    "choose": Rule("a choices out mode", _choose, element="choices"),
    "compress": Rule("condition a axis out", _compress, element="a"),
    "extract": Rule("condition arr", _extract, element="arr"),
    "select": Rule("condlist choicelist default", _select),
    "nonzero": Rule("a", _nonzero),
    "argwhere": Rule("a", lambda call: shapes.argwhere(call.shape("a"))),
    "flatnonzero": Rule("a", lambda call: shapes.flatnonzero(call.shape("a"))),
    "where": Rule("condition x y", _where),
    "unique": Rule("ar return_index return_inverse return_counts axis * equal_nan sorted", _unique, element="ar"),
    "unique_all": Rule("x", _unique_extras("return_index", "return_inverse", "return_counts")),
    "unique_counts": Rule("x", _unique_extras("return_counts")),
    "unique_inverse": Rule("x", _unique_extras("return_inverse")),
    "unique_values": Rule("x", _unique_values, element="x"),
    "sort": Rule("a axis kind order * stable", _in_order(shapes.sort), element="a"),
    "argsort": Rule("a axis kind order * stable", _in_order(shapes.argsort)),
    "partition": Rule("a kth axis kind order", _partition(shapes.partition), element="a"),
    "argpartition": Rule("a kth axis kind order", _partition(shapes.argpartition)),
    "lexsort": Rule("keys axis", _lexsort),
    "diag": Rule("v k", _diag, element="v", promotion=same),
    "diagflat": Rule("v k", _diagflat, element="v"),
    "diagonal": Rule("a offset axis1 axis2", _diagonal(shapes.diagonal_of), element="a"),
    "trace": Rule("a offset axis1 axis2 dtype out", _diagonal(shapes.trace), fraction="a"),
    "_linalg.diagonal": Rule("x * offset", _last_diagonal(shapes.diagonal_of), element="x"),
    "_linalg.trace": Rule("x * offset dtype", _last_diagonal(shapes.trace), fraction="x"),
    "tril": Rule("m k", _triangle, element="m"),
    "triu": Rule("m k", _triangle, element="m"),
    "fill_diagonal": Rule("a val wrap", _fill_diagonal),
    "diag_indices": Rule("n ndim", _diag_indices),
    "diag_indices_from": Rule("arr", _diag_indices_from),
}

METHODS: Final[dict[str, Rule]] = {
    **{
        name: FUNCTIONS[name]
        for name in ("argpartition", "argsort", "choose", "diagonal", "nonzero", "partition", "sort", "take", "trace")
    },
    "compress": Rule("a condition axis out", _compress, element="a"),
}
