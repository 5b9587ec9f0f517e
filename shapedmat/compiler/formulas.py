"""`Formulas`: what the groups of a plan compute, in words for reports.

A number of operations counts each operation of the op table once for each element, and a product of M×K by K×N as 2MNK.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import (
    Copy,
    Input,
    Map,
    Operand,
    Product,
    Rearrangement,
    Reduction,
    Value,
    View,
)
from shapedmat.kernels.supported import COMPARISONS

_LONGEST: Final = 60
"""The most characters of an operand that is written out; of a longer one, the name is."""

_INFIX: Final[Mapping[str, str]] = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", **COMPARISONS}


class Formulas:
    """Words for what groups compute.

    Args:
        groups: all groups of a plan.
        inlined: the numbers of the maps that are computed wherever they are used.

    Attributes:
        inlined: these numbers.
        names: what the values that are computed are called, by their numbers.
    """

    def __init__(self, groups: Sequence[Group], inlined: Set[int]) -> None:
        self.inlined = inlined
        self.names = self._names(groups)

    def operations(self, group: Group) -> tuple[int, int]:
        """Return how many operations on numbers a group's products, and all else that it computes, are."""
        root = group.root
        in_products = 2 * root.size * root.a.shape[1] if isinstance(root, Product) else 0
        maps = [*group.maps, *self.inlined_in(group)]
        reduced = [each.x for each in (*group.sums, root) if isinstance(each, Reduction)]
        return in_products, sum(each.size for each in (*maps, *reduced))

    def totals(self, groups: Sequence[Group], gathered: Sequence[Input]) -> Iterator[str]:
        """Yield the lines on all groups: which data sets their rows come from, if any, and how much there is to do."""
        if gathered:
            names = " and ".join(each.name for each in gathered)
            yield f"for each mini-batch, whose rows are read from {names} where they lie"
        products, others = map(sum, zip((0, 0), *map(self.operations, groups), strict=True))
        yield f"operations: {products:,} in products, {others:,} element by element"

    def formulas(self, group: Group) -> Iterator[str]:
        """Yield what is computed, each value by its name; what is computed where it is used stands in parentheses."""
        if group.root is not None:
            yield f"{self.name(group.root)} = {self.root(group)}"
        for each in group.maps:
            yield f"{self.name(each)} = {self.formula(each)}"
        for total in group.sums:
            yield f"{self.name(total)} = {self.reduction(total)}"

    def root(self, group: Group) -> str:
        """Return the formula of what a group begins with."""
        root = group.root
        if isinstance(root, Product):
            a, b = group.factors(flip=False)
            return f"{self.operand(a)} @ {self.operand(b)}"
        if isinstance(root, Reduction):
            return self.reduction(root)
        if isinstance(root, Copy):
            return f"{self.operand(root.x)}, copied"
        assert isinstance(root, Rearrangement)
        return f"{root.op} of {', '.join(map(self.operand, root.parts))}"

    def reduction(self, value: Reduction) -> str:
        """Return the formula of a reduction."""
        return f"{value.op}({self.operand(value.x, is_alone=True)}, axis={value.axis})"

    def formula(self, value: Map) -> str:
        """Return the formula of an operation element by element."""
        sign = _INFIX.get(value.op)
        if sign is not None and len(value.inputs) == 2:
            return f" {sign} ".join(map(self.operand, value.inputs))
        parameters = [f"{name}={each}" for name, each in value.parameters.items()]
        return f"{value.op}({', '.join([*(self.operand(each, is_alone=True) for each in value.inputs), *parameters])})"

    def operand(self, operand: Operand, *, is_alone: bool = False) -> str:
        """Return an operand by its name, or by its formula if it is computed where it is used."""
        if not isinstance(operand, Value):
            return f"{operand:g}"
        if isinstance(operand, View):
            return self.view(operand)
        if isinstance(operand, Map) and operand.number in self.inlined:
            text = self.formula(operand)
            if len(text) <= _LONGEST:
                return text if is_alone or operand.op not in _INFIX else f"({text})"
        return self.name(operand)

    def name(self, value: Value) -> str:
        """Return what a value is called: what its variable is, with what it is of it if there are several."""
        return self.names.get(value.number, value.name)

    def view(self, view: View) -> str:
        """Return the formula of a view."""
        is_whole = view.is_regular and (len(view.rows), len(view.columns)) == view.base.shape
        return f"{self.name(view.base)}{'' if is_whole else '[part]'}{'.T' if view.transposed else ''}"

    def inlined_in(self, group: Group) -> list[Map]:
        """Return the maps that are computed in a group because something that they are an operand of is."""
        found: dict[int, Map] = {}
        waiting = list(group.computes)
        while waiting:
            for source in waiting.pop().sources:
                if isinstance(source, Map) and source.number in self.inlined and source.number not in found:
                    found[source.number] = source
                    waiting.append(source)
        return [found[number] for number in sorted(found)]

    def _names(self, groups: Sequence[Group]) -> dict[int, str]:
        """Return what the values that are computed are called, by their numbers: each by a name of its own."""
        computed = {each.number: each for group in groups for each in (*group.computes, *self.inlined_in(group))}
        names: dict[int, str] = {}
        taken: set[str] = set()
        for number in sorted(computed, reverse=True):  # the last has the name of the variable
            value = computed[number]
            name = f"{value.name}.copy" if isinstance(value, Copy) else value.name
            if name in taken:
                name = f"{value.name}.{_operation(value)}"
            while name in taken:
                name += "'"
            taken.add(name)
            names[number] = name
        return names


def kind_of(group: Group) -> str:
    """Return what kind of group it is."""
    root = group.root
    if root is None:
        return "pass over elements" if group.maps else "sums"
    return {Product: "product", Reduction: "reduction", Rearrangement: "rearrangement", Copy: "copy"}[type(root)]


def size_of(shape: tuple[int, int]) -> str:
    """Return a shape as it is written in reports."""
    return f"{shape[0]}×{shape[1]}"


def counted(number: int, thing: str) -> str:
    """Return a number of things."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _operation(value: Value) -> str:
    if isinstance(value, (Map, Reduction, Rearrangement)):
        return value.op
    return type(value).__name__.lower()
