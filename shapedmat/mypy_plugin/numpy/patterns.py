"""Patterns that name axes: ``np.einsum``, and the functions of the library einops."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Final

from mypy.types import Type, get_proper_type

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim
from shapedmat.mypy_plugin.numpy.products import together
from shapedmat.mypy_plugin.promotion import BOOL, Element, dtype_of, promoted, same, total
from shapedmat.mypy_plugin.results import Result, Typed
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.mypy_plugin.types import is_array
from shapedmat.shapes import Shape


def _einsum(call: Call) -> Result:
    pattern = call.text("subscripts")
    operands = call.starred
    shape = shapes.einsum(
        pattern, *_matched(pattern, [*map(call.site.open_shape, operands)]), optimize=_optimizes(call)
    )
    types = [call.site.type_of(each) for each in operands]
    return Typed(shape, None if call.gives("dtype") else promoted(together, types, call.site))


def _matched(pattern: str, operands: list[Shape]) -> list[Shape]:
    """Return the shapes where it is known which of their axes are named, though there may be any number of others.

    Raises:
        Untracked: it is not known.
    """
    rests = []
    for term, shape in zip(pattern.partition("->")[0].replace(" ", "").split(","), operands, strict=False):
        before, dots, after = term.partition("...")
        place = shapes.variadic_axis(shape)
        if place is not None and not (dots and len(before) <= place and len(after) <= shapes.trailing(shape)):
            raise Untracked
        rests += [shape[len(before) : len(shape) - len(after)]] if dots else []
    if not all(shapes.aligned(a, b) for a, b in combinations(rests, 2)):
        raise Untracked
    return operands


def _optimizes(call: Call) -> bool:
    """Say whether NumPy may take the operands in another order; where that is not known, as then it lets more pass."""
    given = call.given("optimize")
    try:
        return given is not None and bool(call.site.constant(given))
    except Untracked:
        return True


FUNCTIONS: Final[dict[str, Rule]] = {
    "einsum": Rule("subscripts *operands * out dtype order casting optimize", _einsum),
}


# einops


def _arrangement(rule: Callable[..., Shape]) -> Callable[[Call], Result]:
    def shape(call: Call) -> Shape:
        return rule(call.shape("tensor"), call.text("pattern"), **_sizes(call))

    return _of_arrays(shape, lambda call: _promoted(call, same))


def _reduction(call: Call) -> Shape:
    reduction = _name_of_reduction(call) or _some_function
    return shapes.reduce_pattern(call.shape("tensor"), call.text("pattern"), reduction, **_sizes(call))


def _element_of_reduction(call: Call) -> Type | None:
    name = _name_of_reduction(call)
    if name in ("any", "all"):
        return dtype_of(BOOL, call.site)
    promotion = _PROMOTIONS.get(name)
    return _promoted(call, promotion) if promotion is not None else None


def _name_of_reduction(call: Call) -> str:
    try:
        return call.text("reduction")
    except Untracked:
        return ""


def _mean(element: Element) -> Element | None:
    return element if element.kind == "float" else None


_PROMOTIONS: Final[dict[str, Callable[[Element], Element | None]]] = {
    "min": same,
    "max": same,
    "sum": total,
    "prod": total,
    "mean": _mean,
}


def _some_function(*arguments: object) -> None:
    del arguments


def _contraction(call: Call) -> Shape:
    *operands, pattern = call.starred
    text = call.site.constant(pattern)
    if not isinstance(text, str):
        raise Untracked
    return shapes.einops_einsum(text, *map(call.site.shape, operands))


def _element_of_contraction(call: Call) -> Type | None:
    return promoted(together, [call.site.type_of(each) for each in call.starred[:-1]], call.site)


def _of_arrays(shape: Callable[[Call], Shape], element: Callable[[Call], Type | None]) -> Callable[[Call], Result]:
    """Return what finds the result where the operands are arrays; einops takes tensors of other libraries too.

    Its annotations say that the result is of the operand's type, which has the operand's shape; so an unknown shape has
    to be told too.
    """

    def find(call: Call) -> Result:
        if not all(is_array(get_proper_type(t)) for t in _operands(call)):
            return None
        try:
            return Typed(shape(call) if call.complete else None, element(call))
        except Untracked:
            return Typed(None, None)

    return find


def _operands(call: Call) -> list[Type]:
    if call.named:
        return call.site.types_in(call.expression("tensor"))
    return [call.site.type_of(each) for each in call.starred[:-1]]


def _promoted(call: Call, rule: Callable[[Element], Element | None]) -> Type | None:
    found = {promoted(rule, [t], call.site) for t in call.site.types_in(call.expression("tensor"))}
    return found.pop() if len(found) == 1 else None


def _sizes(call: Call) -> dict[str, Dim]:
    return {name: _size(call, name) for name in call.named if name not in ("tensor", "pattern", "reduction")}


def _size(call: Call, name: str) -> Dim:
    try:
        return call.dim(name)
    except Untracked:
        return UNKNOWN


EINOPS: Final[dict[str, Rule]] = {
    f"einops.einops.{name}": rule
    for name, rule in {
        "rearrange": Rule("tensor pattern", _arrangement(shapes.rearrange), partial=True),
        "repeat": Rule("tensor pattern", _arrangement(shapes.repeat_pattern), partial=True),
        "reduce": Rule("tensor pattern reduction", _of_arrays(_reduction, _element_of_reduction), partial=True),
        "einsum": Rule("*tensors_and_pattern", _of_arrays(_contraction, _element_of_contraction), partial=True),
    }.items()
}
"""Rules by full name."""
