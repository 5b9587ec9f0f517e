"""Updates that are carried over to the next step, whose product with a vector reads the matrix anyway.

With mini-batches of one sample, the gradient of a layer's weights is an outer product, and its forward pass a product
with a vector: to read the weights takes longer than to compute with them. Where nothing else needs the new weights
before the next step's product, that product updates each element as it reads it: w ← w - r·δxᵀ, z ← z + w·x'. Weights
are then read once in each step, and not twice.

The last step of a call has no next one; its updates run by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shapedmat.compiler.fusion import Fusion, Group
from shapedmat.compiler.storage import Storage
from shapedmat.compiler.values import Constant, Input, Product, Value, View, base_of
from shapedmat.kernels.blocking import FIRST_CACHE

_LEAST_BYTES: Final = FIRST_CACHE
"""A matrix of fewer bytes is read from the first cache, which takes no time."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An update that the next step's product does.

    Attributes:
        update: the position of the group that updates.
        reader: the position of the group whose product reads the matrix, before the update in the order of a step.
        target: the matrix.
        value: its new elements.
    """

    update: int
    reader: int
    target: Input
    value: Value


def find(groups: Sequence[Group], fusion: Fusion, storage: Storage) -> list[Carried]:
    """Return the updates that can be carried over.

    Args:
        groups: the groups in their order.
        fusion: which inputs are updated.
        storage: where values are kept.
    """
    found: dict[int, Carried] = {}
    for position, group in enumerate(groups):
        carried = _carried(position, group, groups, fusion, storage)
        if carried is not None:
            found.setdefault(carried.reader, carried)
    return list(found.values())


def _carried(position: int, group: Group, groups: Sequence[Group], fusion: Fusion, storage: Storage) -> Carried | None:
    if not _is_outer_product(group):
        return None
    users = [n for n in range(len(groups)) if n != position and _needs_new(groups[n], group)]
    readers = {target: _readers(target, position, groups) for target in group.targets.values()}
    read = [target for target, positions in readers.items() if positions]
    if users or len(read) != 1 or not all(_stays(each, group, fusion, storage) for each in group.reads):
        return None
    [target] = read
    reader = readers[target][0]
    layout = storage.layout(target)
    is_line = layout.rows is None and layout.columns is None and 1 in (layout.row, layout.column)
    if target.bytes < _LEAST_BYTES or not is_line or not _multiplies_vector(groups[reader], target):
        return None
    [value] = [each for each in group.stored if group.targets[each.number] is target]
    return Carried(position, reader, target, value)


def _is_outer_product(group: Group) -> bool:
    """Whether a group computes nothing but new elements of inputs, from an outer product."""
    root = group.root
    return (
        isinstance(root, Product)
        and root.dtype.kind == "f"
        and root.a.shape[1] == 1
        and not group.sums
        and all(each.number in group.targets and each.dtype == root.dtype for each in group.stored)
    )


def _needs_new(other: Group, group: Group) -> bool:
    """Whether another group of the same step needs what a group stores."""
    stored = {each.number for each in group.stored}
    return any(base_of(each).number in stored for each in other.reads)


def _readers(target: Input, position: int, groups: Sequence[Group]) -> list[int]:
    """Return the positions of the other groups that read an input."""
    return [n for n, each in enumerate(groups) if n != position and any(base_of(r) is target for r in each.reads)]


def _stays(value: Value, group: Group, fusion: Fusion, storage: Storage) -> bool:
    """Whether what an update reads can still be had in the next step: in one of two places of the arena, or unchanged.

    What lies behind one another for all steps, or is gathered, can be.
    """
    base = base_of(value)
    if isinstance(base, Input):
        return base not in fusion.updated or base in group.targets.values()
    return isinstance(base, Constant) or storage.place(base).kind == "arena"


def _multiplies_vector(group: Group, matrix: Input) -> bool:
    """Whether a group multiplies a matrix, or its transpose, by a vector, and reads it for nothing else."""
    root = group.root
    if not isinstance(root, Product) or root.dtype != matrix.dtype:
        return False
    if [base_of(each) for each in group.reads].count(matrix) != 1:
        return False
    if base_of(root.a) is matrix:
        return root.shape[1] == 1 and _is_whole(root.a)
    return base_of(root.b) is matrix and root.shape[0] == 1 and _is_whole(root.b)


def _is_whole(value: Value) -> bool:
    if not isinstance(value, View):
        return True
    rows, columns = value.base.shape
    return value.rows == range(rows) and value.columns == range(columns)


def kept(carried: Sequence[Carried], groups: Sequence[Group], storage: Storage) -> Mapping[int, Value]:
    """Return the values of the arena that updates read a step later, by their numbers: they have two places each."""
    bases = [base_of(value) for each in carried for value in groups[each.update].reads]
    return {base.number: base for base in bases if storage.place(base).kind == "arena"}
