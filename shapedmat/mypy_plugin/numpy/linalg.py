"""Linear algebra: the module ``numpy.linalg`` without its products."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from mypy.nodes import Expression, RefExpr, UnaryExpr

from shapedmat import shapes
from shapedmat.mypy_plugin.numpy.products import together
from shapedmat.mypy_plugin.promotion import FLOAT, INDEX, Element, dtype_of, magnitude, same, total
from shapedmat.mypy_plugin.results import Result, Several, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Axes, Shape

Find: TypeAlias = Callable[[Call], Result]


# Element types.


def _linear(*operands: Element) -> Element:
    """Return the element type of linear algebra, for which all integers are float64."""
    return together(*(FLOAT if each.kind in ("bool", "int", "uint") else each for each in operands))


def _real(*operands: Element) -> Element:
    """Return the element type of what is real also for complex matrices: singular values, norms and the like."""
    return magnitude(_linear(*operands))


def _power(element: Element) -> Element | None:
    """Return the element type of the powers of matrices; those of integers may be integers or fractions."""
    return element if element.kind in ("float", "complex") else None


def _complex(element: Element) -> Element | None:
    """Return the element type of eigenvalues; those of real matrices may be real or complex."""
    return element if element.kind == "complex" else None


# Functions of one array.


def _matrices(call: Call, name: str = "a") -> Shape:
    """Return the shape of matrices, of which there may be any number."""
    shape = call.open_shape(name)
    if len(shape) > shapes.trailing(shape) < 2:
        raise Untracked
    return shape


def _counted(call: Call, name: str, axis: Axes) -> Shape:
    """Return the shape of an array where it is known which axes are meant, though it may have any number of others."""
    shape = call.open_shape(name)
    if not shapes.counted_from_an_end(shape, axis):
        raise Untracked
    return shape


def _of_matrices(rule: Callable[[Shape], Shape], element: Callable[..., Element | None], name: str = "a") -> Find:
    return lambda call: Typed(rule(_matrices(call, name)), call.promoted(element, name))


def _several(rule: Callable[[Shape], Sequence[Shape]], elements: Sequence[Callable[..., Element | None]]) -> Find:
    def find(call: Call) -> Result:
        found = rule(_matrices(call))
        return Several(
            tuple(Typed(shape, call.promoted(each, "a")) for shape, each in zip(found, elements, strict=True))
        )

    return find


def _singular_values(shape: Shape) -> Shape:
    return shapes.svd(shape, compute_uv=False)[0]


def _matrix_rank(call: Call) -> Result:
    return Typed(shapes.matrix_rank(_matrices(call, "A")), dtype_of(INDEX, call.site))


def _svd(call: Call) -> Result:
    full = call.flag("full_matrices", default=True)
    found = shapes.svd(_matrices(call), full, call.flag("compute_uv", default=True))
    elements = (_real,) if len(found) == 1 else (_linear, _real, _linear)
    items = tuple(Typed(shape, call.promoted(each, "a")) for shape, each in zip(found, elements, strict=True))
    return items[0] if len(items) == 1 else Several(items)


def _qr(call: Call) -> Result:
    found = shapes.qr(_matrices(call), call.text("mode", "reduced"))
    items = tuple(Typed(shape, call.promoted(_linear, "a")) for shape in found)
    return items[0] if len(items) == 1 else Several(items)


def _diagonal(call: Call) -> Result:
    found = shapes.diagonal_of(_matrices(call, "x"), call.integer("offset", 0), -2, -1)
    return Typed(found, call.promoted(same, "x"))


def _trace(call: Call) -> Result:
    found = shapes.trace(_matrices(call, "x"), call.integer("offset", 0), -2, -1)
    return Typed(found, call.promoted(total, "x"))


# Equations.


def _solve(call: Call) -> Result:
    a, b = _matrices(call), call.open_shape("b")
    if not shapes.aligned(a[:-2], b[:-2]) or shapes.trailing(b) < min(2, len(b)):
        raise Untracked
    return Typed(shapes.solve(a, b), call.promoted(_linear, "a", "b"))


def _lstsq(call: Call) -> Result:
    solution, residuals, rank, values = shapes.lstsq(call.shape("a"), call.shape("b"))
    fraction, real = (call.promoted(each, "a", "b") for each in (_linear, _real))
    return Several((Typed(solution, fraction), Typed(residuals, real), rank, Typed(values, real)))


def _multi_dot(call: Call) -> Result:
    return shapes.multi_dot(call.shapes("arrays"))


# Norms.


def _norm(call: Call) -> Result:
    order, axis = _order(call, "ord"), call.axes("axis")
    shape = shapes.norm(_counted(call, "x", axis), order, axis, call.flag("keepdims"))
    return Typed(shape, call.promoted(_real, "x"))


def _vector_norm(call: Call) -> Result:
    call.given("ord")
    axis = call.axes("axis")
    found = shapes.reduce(_counted(call, "x", axis), axis, keepdims=call.flag("keepdims"), action="take the norm of")
    return Typed(found, call.promoted(_real, "x"))


def _matrix_norm(call: Call) -> Result:
    shape = shapes.norm(_matrices(call, "x"), _order(call, "ord"), (-2, -1), call.flag("keepdims"))
    return Typed(shape, call.promoted(_real, "x"))


def _cond(call: Call) -> Result:
    return Typed(shapes.cond(_matrices(call, "x"), _order(call, "p")), call.promoted(_real, "x"))


def _order(call: Call, name: str) -> float | str | None:
    """Return which norm is wanted; None also where that is not known."""
    given = call.given(name)
    if given is None:
        return None
    if isinstance(given, UnaryExpr) and given.op == "-" and _is_infinity(given.expr):
        return -math.inf
    if _is_infinity(given):
        return math.inf
    try:
        return call.site.constant(given)
    except Untracked:
        return None


def _is_infinity(expression: Expression) -> bool:
    if not isinstance(expression, RefExpr):
        return False
    module, _, name = expression.fullname.rpartition(".")
    return name == "inf" and module.partition(".")[0] in ("numpy", "math")


FUNCTIONS: Final[dict[str, Rule]] = {
    f"_linalg.{name}": rule
    for name, rule in {
        "inv": Rule("a", _of_matrices(shapes.inv, _linear)),
        "pinv": Rule("a rcond hermitian * rtol", _of_matrices(shapes.pinv, _linear)),
        "cholesky": Rule("a * upper", _of_matrices(shapes.cholesky, _linear)),
        "matrix_power": Rule("a n", _of_matrices(shapes.matrix_power, _power)),
        "det": Rule("a", _of_matrices(shapes.det, _linear)),
        "slogdet": Rule("a", _several(shapes.slogdet, (_linear, _real))),
        "eig": Rule("a", _several(shapes.eig, (_complex, _complex))),
        "eigh": Rule("a UPLO", _several(shapes.eig, (_real, _linear))),
        "eigvals": Rule("a", _of_matrices(shapes.eigvals, _complex)),
        "eigvalsh": Rule("a UPLO", _of_matrices(shapes.eigvals, _real)),
        "svd": Rule("a full_matrices compute_uv hermitian", _svd),
        "svdvals": Rule("x", _of_matrices(_singular_values, _real, "x")),
        "qr": Rule("a mode", _qr),
        "solve": Rule("a b", _solve),
        "lstsq": Rule("a b rcond", _lstsq),
        "multi_dot": Rule("arrays * out", _multi_dot, element="arrays"),
        "matrix_rank": Rule("A tol hermitian * rtol", _matrix_rank),
        "norm": Rule("x ord axis keepdims", _norm),
        "vector_norm": Rule("x * axis keepdims ord", _vector_norm),
        "matrix_norm": Rule("x * keepdims ord", _matrix_norm),
        "cond": Rule("x p", _cond),
        "diagonal": Rule("x * offset", _diagonal),
        "trace": Rule("x * offset dtype", _trace),
    }.items()
}

FIELDS: Final = {
    f"numpy.linalg._linalg.{name}": fields.split()
    for name, fields in {
        "EigResult": "eigenvalues eigenvectors",
        "EighResult": "eigenvalues eigenvectors",
        "QRResult": "Q R",
        "SlogdetResult": "sign logabsdet",
        "SVDResult": "U S Vh",
    }.items()
}
"""The fields of NumPy's named tuples, in their order."""
