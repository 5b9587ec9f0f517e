"""Which part of a matrix is touched where a group computes some rows, or some columns, of what it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import Copy, Map, Product, Reduction, Value, View, base_of

Axis: TypeAlias = int
"""0 where rows are shared, 1 where columns are."""

Access: TypeAlias = tuple[Value, Axis | None]
"""A matrix in memory, and the axis along which only the part with the same numbers is touched; None if any is."""


def reads_of(group: Group, axis: Axis, is_inlined: Callable[[Value], bool]) -> Iterator[Access]:
    """Yield what a group reads from memory to compute a part of its domain.

    Args:
        group: the group.
        axis: the axis of the domain along which the part is cut.
        is_inlined: whether a value is computed wherever it is used.
    """
    computed = {each.number for each in group.computes}

    def touched(value: Value, along: Axis | None) -> Iterator[Access]:
        if value.number in computed:
            return
        if isinstance(value, View):
            part = value.rows if (along == 0) != value.transposed else value.columns
            own = None if along is None else 1 - along if value.transposed else along
            is_same = own is not None and part == range(value.base.shape[own])
            yield from touched(value.base, own if is_same else None)
        elif isinstance(value, Map) and is_inlined(value):
            yield from operands_of(value, along)
        else:
            yield value, along

    def operands_of(value: Map, along: Axis | None) -> Iterator[Access]:
        for source in value.sources:
            is_broadcast = along is not None and source.shape[along] == 1 != value.shape[along]
            yield from touched(source, None if is_broadcast else along)

    root = group.root
    if isinstance(root, Product):
        yield from touched(root.a, 0 if axis == 0 else None)
        yield from touched(root.b, 1 if axis == 1 else None)
    elif isinstance(root, (Reduction, Copy)):
        yield from touched(root.sources[0], axis)
    elif root is not None:
        for part in root.sources:
            yield from touched(part, None)
    for each in group.maps:
        yield from operands_of(each, axis)
    for total in group.sums:
        yield from touched(total.x, axis)


def axes_of(group: Group) -> list[Axis]:
    """Return the axes along which the work of a group can be shared: a reduction needs whole lines."""
    reduced = {each.axis for each in (*group.sums, group.root) if isinstance(each, Reduction)}
    return [axis for axis in (0, 1) if axis not in reduced]


def writes_of(group: Group) -> set[int]:
    """Return the numbers of the values, and of the inputs, whose memory a group writes to."""
    return {each.number for each in group.stored} | {each.number for each in group.targets.values()}


def read_by(group: Group) -> set[int]:
    """Return the numbers of the values whose memory a group reads."""
    return {base_of(each).number for each in group.reads}
