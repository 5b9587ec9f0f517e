"""Universal functions: what they do to shapes and to element types, as calls and by their methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.indexing import key_of
from shapedmat.mypy_plugin.promotion import (
    Element,
    Promotion,
    bit_count,
    bits,
    difference,
    divisor,
    double,
    dtype_of,
    fraction,
    magnitude,
    numeric,
    promote,
    quotient,
    real,
    real_fraction,
    real_truth,
    remainder,
    same,
    same_number,
    shifted,
    total,
    truth,
)
from shapedmat.mypy_plugin.results import Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Shape

_OF_ONE: Final[Mapping[Promotion, str]] = {
    fraction: "arccos arccosh arcsin arcsinh arctan arctanh cos cosh exp exp2 expm1 log log10 log1p log2 rint sin sinh"
    " sqrt tan tanh",
    real_fraction: "cbrt deg2rad degrees fabs rad2deg radians spacing",
    real: "ceil floor trunc",
    bits: "invert",
    same_number: "negative positive sign",
    numeric: "conjugate reciprocal square",
    magnitude: "absolute",
    truth: "isfinite isinf isnan isnat logical_not",
    real_truth: "signbit",
    bit_count: "bitwise_count",
}
_OF_TWO: Final[Mapping[str, tuple[str, Promotion]]] = {
    "add": ("add", promote),
    "subtract": ("subtract", difference),
    "multiply": ("multiply", promote),
    "divide": ("divide", quotient),
    "floor_divide": ("divide", remainder),
    "remainder": ("take the remainder of", remainder),
    "fmod": ("take the remainder of", remainder),
    "power": ("raise", numeric),
    "float_power": ("raise", double),
    "maximum": ("take the maximum of", promote),
    "fmax": ("take the maximum of", promote),
    "minimum": ("take the minimum of", promote),
    "fmin": ("take the minimum of", promote),
    "arctan2": ("take the arctangent of", real_fraction),
    "hypot": ("take the hypotenuse of", real_fraction),
    "logaddexp": ("add the exponentials of", real_fraction),
    "logaddexp2": ("add the exponentials of", real_fraction),
    "heaviside": ("take the step function of", real_fraction),
    "copysign": ("copy signs between", real_fraction),
    "nextafter": ("step between", real_fraction),
    "gcd": ("take the common divisor of", divisor),
    "lcm": ("take the common multiple of", divisor),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), ("combine", bits)),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), ("combine", truth)),
    **dict.fromkeys(("left_shift", "right_shift"), ("shift", shifted)),
    **dict.fromkeys(("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"), ("compare", truth)),
}
_PRODUCTS: Final[Mapping[str, Callable[[Shape, Shape], Shape]]] = {
    "matmul": shapes.matmul,
    "vecdot": shapes.vecdot,
    "matvec": shapes.matvec,
    "vecmat": shapes.vecmat,
}
# What a reduction is called, where it isn't called what the operation is; and its element type.
_REDUCTIONS: Final[Mapping[str, tuple[str, Promotion]]] = {
    "add": ("sum", total),
    "multiply": ("multiply", total),
    **{name: (_OF_TWO[name][0], same) for name in ("maximum", "fmax", "minimum", "fmin")},
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), ("reduce", bits)),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), ("reduce", truth)),
}
_WITH_IDENTITY: Final = (
    *("add", "multiply", "bitwise_and", "bitwise_or", "bitwise_xor", "logical_and", "logical_or", "logical_xor"),
    *("hypot", "logaddexp", "logaddexp2", "gcd"),
)


def _written(call: Call, result: Shape) -> Shape:
    """Return the shape of a result that may be written where a mask holds, and into an output."""
    where = call.optional_shape("where")
    if where is not None:
        result = shapes.masked(result, where)
    return _output(call, result)


def _output(call: Call, result: Shape, *, core: int | None = None) -> Shape:
    return call.written(result, partial(shapes.output, core=core))


def _of_one(call: Call) -> Result:
    if not call.gives("where") and not call.gives("out"):
        return call.open_shape("x1")
    return _written(call, call.shape("x1"))


def _of_two(action: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        a, b = call.open_shape("x1"), call.open_shape("x2")
        if not shapes.aligned(a, b):
            raise Untracked
        result = shapes.broadcast(a, b, action=action)
        return _written(call, result) if call.gives("where") or call.gives("out") else result

    return find


def _pair(find: Callable[[Call], Result]) -> Callable[[Call], Result]:
    """Return a rule for two results of one shape."""

    def find_both(call: Call) -> Result:
        if call.gives("out1") or call.gives("out2") or call.gives("out"):
            return None
        result = find(call)
        return Several((result, result)) if result else None

    return find_both


def _mantissa_and_exponent(call: Call) -> Result:
    found = _pair(_of_one)(call)
    if not isinstance(found, Several) or call.gives("dtype"):
        return found
    exponent = dtype_of(frozenset({Element("int", 32)}), call.site)
    dtypes = (call.promoted(real_fraction, "x1"), exponent)
    shape = call.open_shape("x1")
    return Several(tuple(Typed(shape, dtype) for dtype in dtypes))


def _product(name: str, rule: Callable[[Shape, Shape], Shape]) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        if call.gives("axes") or call.gives("axis") or call.gives("keepdims"):
            return None
        a, b = call.shape("x1"), call.shape("x2")
        core = (len(a) > 1) + (len(b) > 1) if name == "matmul" else int(name != "vecdot")
        return _output(call, rule(a, b), core=core)

    return find


def _reduce(name: str, action: str) -> Callable[[Call], Result]:
    def find(call: Call) -> Result:
        needs_elements = name not in _WITH_IDENTITY and not call.gives("initial")
        rule = shapes.reduce_nonempty if needs_elements else shapes.reduce
        return call.written(
            rule(call.shape("array"), call.axes("axis", 0), keepdims=call.flag("keepdims"), action=action),
            shapes.exact_output,
        )

    return find


def _accumulate(call: Call) -> Result:
    return shapes.accumulate(call.shape("array"), call.integer("axis", 0))


def _reduceat(call: Call) -> Result:
    return shapes.reduceat(call.shape("array"), call.shape("indices"), call.integer("axis", 0))


def _at(call: Call) -> Result:
    shapes.assign_index(call.shape("a"), key_of(call.expression("indices"), call.site), call.shape("b"))
    return None


def _outer(call: Call) -> Result:
    return _written(call, shapes.ufunc_outer(call.shape("A"), call.shape("B")))


def _twice(promotion: Promotion) -> Promotion:
    """Return what an operation on two makes of one."""

    def of_one(element: Element) -> Element | None:
        return promotion(element, element)

    return of_one


_CALLS_OF_ONE: Final = {
    name: Rule("x1 out * where dtype", _of_one, element="x1", promotion=promotion, number=True)
    for promotion, names in _OF_ONE.items()
    for name in names.split()
}
_CALLS_OF_TWO: Final = {
    name: Rule("x1 x2 out * where dtype", _of_two(action), element="x1 x2", promotion=promotion, number=True)
    for name, (action, promotion) in {**_OF_TWO, "ldexp": ("scale", real_fraction)}.items()
}
_BY_REDUCTION: Final = {name: _REDUCTIONS.get(name, ("reduce", _twice(rule))) for name, (_, rule) in _OF_TWO.items()}

_METHODS_OF_TWO: Final[Mapping[str, Mapping[str, Rule]]] = {
    "__call__": _CALLS_OF_TWO,
    "reduce": {
        name: Rule(
            "array axis dtype out keepdims initial where",
            _reduce(name, action),
            element="array",
            promotion=promotion,
            number=True,
        )
        for name, (action, promotion) in _BY_REDUCTION.items()
    },
    "accumulate": {
        name: Rule("array axis dtype out", _accumulate, element="array", promotion=promotion)
        for name, (_, promotion) in _BY_REDUCTION.items()
    },
    "reduceat": {
        name: Rule("array indices axis dtype out", _reduceat, element="array", promotion=promotion)
        for name, (_, promotion) in _BY_REDUCTION.items()
    },
    "at": dict.fromkeys(_OF_TWO, Rule("a indices b", _at)),
    "outer": {
        name: Rule("A B * out where dtype", _outer, element="A B", promotion=promotion, number=True)
        for name, (_, promotion) in _OF_TWO.items()
    },
}

_CLASS: Final = "numpy._typing._ufunc."

UFUNCS: Final[dict[str, Mapping[str, Rule]]] = {
    f"{_CLASS}_UFunc_Nin1_Nout1.__call__": _CALLS_OF_ONE,
    **{f"{_CLASS}_UFunc_Nin2_Nout1.{method}": rules for method, rules in _METHODS_OF_TWO.items()},
    f"{_CLASS}_UFunc_Nin1_Nout2.__call__": {
        "modf": Rule("x1 out1 out2 * out where dtype", _pair(_of_one), element="x1", promotion=real_fraction),
        "frexp": Rule("x1 out1 out2 * out where dtype", _mantissa_and_exponent),
    },
    f"{_CLASS}_UFunc_Nin2_Nout2.__call__": {
        "divmod": Rule(
            "x1 x2 out1 out2 * out where dtype", _pair(_of_two("divide")), element="x1 x2", promotion=remainder
        ),
    },
    f"{_CLASS}_GUFunc_Nin2_Nout1.__call__": {
        name: Rule(
            "x1 x2 out * dtype axes axis keepdims",
            _product(name, rule),
            element="x1 x2",
            promotion=promote,
            number=True,
        )
        for name, rule in _PRODUCTS.items()
    },
}
"""Rules by the full name of a method of NumPy's classes of universal functions, and by the name of the function."""
