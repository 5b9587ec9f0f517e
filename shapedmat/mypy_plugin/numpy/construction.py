"""Arrays made from sizes, from bounds, and from lists; grids; and counts and covariances of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy.nodes import Expression, TupleExpr

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim
from shapedmat.mypy_plugin.numpy import dtypes
from shapedmat.mypy_plugin.promotion import FLOAT, INDEX, Element, Elements, dtype_of, elements_of
from shapedmat.mypy_plugin.results import Each, Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Site, Untracked, closed
from shapedmat.mypy_plugin.types import is_array, is_integer
from shapedmat.shapes import Shape

Find = Callable[[Call], Result]


def optional_dim(call: Call, name: str) -> Dim | None:
    """Return an int that may be left out or ``None``."""
    call.given(name)
    return call.dim(name) if call.gives(name) else None


# From sizes.


def _new(call: Call) -> Result:
    _ignore(call, "order", "device")
    return Typed(_unless_untracked(lambda: shapes.full(call.dims("shape"))), dtypes.asked(call, FLOAT))


def _filled(call: Call) -> Result:
    _ignore(call, "order", "device")
    shape = _unless_untracked(lambda: shapes.full(call.dims("shape"), _fill(call)))
    if call.gives("dtype"):
        return Typed(shape, dtypes.asked(call))
    return Typed(shape, dtypes.of_items(call.site, call.expression("fill_value")))


def _like(call: Call) -> Result:
    call.given("shape")
    if call.gives("shape"):
        return shapes.full(call.dims("shape"), _fill(call))
    own, fill = call.open_shape("a"), _fill(call)
    return shapes.full(closed(own), fill) if fill else own


def _ignore(call: Call, *names: str) -> None:
    """Take note of parameters that change nothing of the type."""
    for name in names:
        call.given(name)


def _unless_untracked(find: Callable[[], Shape]) -> Shape | None:
    try:
        return find()
    except Untracked:
        return None


def _fill(call: Call) -> Shape:
    try:
        return call.optional_shape("fill_value") or ()
    except Untracked:
        return ()


def _matrix(rule: Callable[[Dim, Dim | None], Shape]) -> Find:
    def find(call: Call) -> Result:
        _ignore(call, "k", "order", "device")
        return Typed(rule(call.dim("N"), optional_dim(call, "M")), dtypes.asked(call, FLOAT))

    return find


# From bounds.


def _arange(call: Call) -> Result:
    names = ["start", "stop", "step"]
    given = [each for name in names if (each := call.given(name)) is not None and call.gives(name)]
    dtype = dtypes.asked(call) if call.gives("dtype") else dtypes.of_items(call.site, TupleExpr(given))
    if call.given("start") is None or not call.gives("stop"):
        return Typed(_count(call, (), "stop" if call.given("start") is None else "start"), dtype)
    return Typed(_count(call, ("start",), "stop"), dtype)


def _count(call: Call, start: tuple[str, ...], stop: str) -> Shape:
    """Return the shape of the numbers up to a stop, which is a vector in any case."""
    try:
        bounds = [call.dim(name) for name in (*start, stop)]
        step = call.dim("step", 1)
    except Untracked:
        return _count_of_fractions(call, start, stop)
    first, last = bounds if start else (0, *bounds)
    return shapes.arange(first, last, step)


def _count_of_fractions(call: Call, start: tuple[str, ...], stop: str) -> Shape:
    try:
        numbers = [call.site.constant(call.expression(name)) for name in (*start, stop)]
        step = 1 if call.given("step") is None else call.site.constant(call.expression("step"))
    except Untracked:
        return (UNKNOWN,)
    first, last = numbers if start else (0, *numbers)
    if not (isinstance(first, int | float) and isinstance(last, int | float) and isinstance(step, int | float)):
        return (UNKNOWN,)
    return shapes.arange_of_fractions(first, last, step)


def _spaced(call: Call) -> Result:
    if call.given("base") is not None and call.shape("base") != ():
        raise Untracked
    numbers = shapes.linspace(call.shape("start"), call.shape("stop"), call.dim("num", 50), call.integer("axis", 0))
    return Several((numbers, None)) if call.flag("retstep") else numbers


# From arrays and lists.


def _array(name: str, *, least_rank: int = 0) -> Find:
    def find(call: Call) -> Result:
        if call.given("ndmin") is not None or call.given("ndmax") is not None:
            raise Untracked
        items = not is_array(call.site.type_of(call.expression(name)))
        if items and not dtypes.is_plain(call):
            raise Untracked
        shape = shapes.atleast(call.shape(name), least_rank) if least_rank else call.open_shape(name)
        if call.gives("dtype"):
            return Typed(shape, dtypes.asked(call))
        if items and shape == (0,):  # whatever the items would have been
            return Typed(shape, dtype_of(frozenset({FLOAT}), call.site))
        return Typed(shape, dtypes.of_items(call.site, call.expression(name)))

    return find


def _vector(call: Call) -> Result:
    """Return the shape of what is read from a buffer or an iterator."""
    if not dtypes.is_plain(call):
        raise Untracked
    count = call.dim("count", -1)
    return (UNKNOWN if count == -1 else count,)


# Windows.


def _window(call: Call) -> Result:
    length = call.dim("M")
    if call.gives("beta"):
        call.shape("beta")
    return Typed((max(length, 0) if isinstance(length, int) else length,), dtype_of(frozenset({FLOAT}), call.site))


# Grids.


def _meshgrid(call: Call) -> Result:
    sparse = call.flag("sparse")
    indexing = call.text("indexing", "xy")
    try:
        vectors = [_shape_or_vector(call.site, each) for each in call.starred]
    except Untracked:
        return Each((shapes.axes_named(shapes.ANY_AXES),))
    return Several(shapes.meshgrid(*vectors, indexing="ij" if indexing == "ij" else "xy", sparse=sparse))


def _shape_or_vector(site: Site, expression: Expression) -> Shape:
    try:
        return site.shape(expression)
    except Untracked:
        return (UNKNOWN,)  # for which any array is taken here


def _indices(call: Call) -> Result:
    if is_integer(call.site.type_of(call.expression("dimensions"))):
        raise Untracked
    sizes = call.dims("dimensions")
    return Several(shapes.ix_(*((size,) for size in sizes))) if call.flag("sparse") else shapes.indices(sizes)


def _ix(call: Call) -> Result:
    given = [(call.site.shape(each), elements_of(call.site.type_of(each))) for each in call.starred]
    vectors = [(UNKNOWN,) if len(shape) == 1 and _may_be_mask(found) else shape for shape, found in given]
    # Of a mask NumPy returns the places, though the stubs say that it returns a mask.
    places = dtype_of(INDEX, call.site)
    pairs = zip(shapes.ix_(*vectors), given, strict=True)
    return Several(tuple(Typed(shape, places if _is_place(found) else None) for shape, (_, found) in pairs))


def _is_place(found: Elements | None) -> bool:
    """Say whether a vector becomes one of NumPy's indices: one of truth values, or of Python's integers."""
    return found is not None and all(each.kind == "bool" or each == Element("int", 0) for each in found)


def _may_be_mask(found: Elements | None) -> bool:
    return found is None or any(each.kind == "bool" for each in found)


# Counts and covariances.


def _bincount(call: Call) -> Result:
    try:
        minlength = call.dim("minlength", 0)
    except Untracked:
        minlength = UNKNOWN
    return shapes.bincount(call.shape("x"), call.optional_shape("weights"), minlength)


def _histogram(call: Call) -> Result:
    shape = _shape_or_vector(call.site, call.expression("a"))
    return Several(shapes.histogram(shape, _bins(call), call.optional_shape("weights")))


def _bins(call: Call) -> Dim | Shape:
    bins = call.given("bins")
    if bins is None:
        return 10
    try:
        return call.dim("bins") if is_integer(call.site.type_of(bins)) else call.shape("bins")
    except Untracked:
        return ()  # what finds their number by the values


def _histogram_bin_edges(call: Call) -> Result:
    found = _histogram(call)
    return found.items[1] if isinstance(found, Several) else None


def _covariances(name: str, action: str) -> Find:
    def find(call: Call) -> Result:
        shape = shapes.cov(
            call.shape(name), call.optional_shape("y"), rowvar=call.flag("rowvar", default=True), action=action
        )
        return shape or None

    return find


_SHAPED: Final = Rule("shape dtype order * device like", _new)
_ARRAY: Final = "a dtype order * device copy like"
_LIKE: Final = "a dtype order subok shape * device"

FUNCTIONS: Final[dict[str, Rule]] = {
    **dict.fromkeys(("zeros", "ones", "empty"), _SHAPED),
    "full": Rule("shape fill_value dtype order * device like", _filled),
    **dict.fromkeys(("zeros_like", "ones_like"), Rule(_LIKE, _like, element="a")),
    "empty_like": Rule(_LIKE, _like, element="a"),
    "full_like": Rule("a fill_value dtype order subok shape * device", _like, element="a"),
    "eye": Rule("N M k dtype order * device like", _matrix(shapes.eye)),
    "identity": Rule("n dtype * like", lambda call: Typed(shapes.eye(call.dim("n")), dtypes.asked(call, FLOAT))),
    "tri": Rule("N M k dtype * like", _matrix(shapes.tri)),
    "vander": Rule("x N increasing", lambda call: shapes.vander(call.shape("x"), optional_dim(call, "N"))),
    "arange": Rule("start stop step dtype * device like", _arange),
    "linspace": Rule("start stop num endpoint retstep dtype axis * device", _spaced),
    "logspace": Rule("start stop num endpoint base dtype axis", _spaced),
    "geomspace": Rule("start stop num endpoint dtype axis", _spaced),
    "array": Rule("object dtype * copy order subok ndmin ndmax like", _array("object")),
    **dict.fromkeys(("asarray", "asanyarray"), Rule(_ARRAY, _array("a"))),
    "asarray_chkfinite": Rule("a dtype order", _array("a")),
    **dict.fromkeys(("ascontiguousarray", "asfortranarray"), Rule("a dtype * like", _array("a", least_rank=1))),
    "copy": Rule("a order subok", _array("a")),
    "frombuffer": Rule("buffer dtype count offset * like", _vector),
    "fromiter": Rule("iter dtype count * like", _vector),
    **dict.fromkeys(("bartlett", "blackman", "hamming", "hanning"), Rule("M", _window)),
    "kaiser": Rule("M beta", _window),
    "meshgrid": Rule("*xi * copy sparse indexing", _meshgrid),
    "indices": Rule("dimensions dtype sparse", _indices),
    "ix_": Rule("*args", _ix),
    "bincount": Rule("x weights minlength", _bincount),
    "histogram": Rule("a bins range density weights", _histogram),
    "histogram_bin_edges": Rule("a bins range weights", _histogram_bin_edges),
    "cov": Rule("m y rowvar bias ddof fweights aweights * dtype", _covariances("m", "take the covariance of")),
    "corrcoef": Rule("x y rowvar * dtype", _covariances("x", "take the correlation of")),
}

CALLS: Final[dict[str, Rule]] = {"numpy._core.multiarray._ConstructorEmpty.__call__": _SHAPED}
"""Where the stubs have instances of a class in place of functions: the methods that are called then."""
