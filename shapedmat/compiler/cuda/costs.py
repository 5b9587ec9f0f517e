"""About how many cycles the work of groups takes on a GPU, to choose between ways to share it.

The rates are rough ones of a multiprocessor of the generations since 2018. They only have to tell what a barrier among
all multiprocessors is worth; what is decided by them is measured where it matters.
"""

from __future__ import annotations

from typing import Final

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import SLOW, Product
from shapedmat.kernels.cuda.tiling_costs import MULTIPROCESSORS, cycles
from shapedmat.kernels.cuda.tilings import choose

THREADS: Final = 256
"""The threads of every block."""

BARRIER: Final = 2500.0
"""What it takes until all blocks know that all have come, or until the next launch in a graph begins."""

_START: Final = 1000.0
"""Until the first elements are there from the second cache, and the last ones on the way back to it."""
_BYTES_PER_CYCLE: Final = 40.0
_OPERATIONS_PER_CYCLE: Final = 40.0
_SLOW_OPERATIONS: Final = 16
_BLOCK: Final = 8.0
"""What a block costs the others, which the work of other strands is waiting for."""


def of_part(group: Group, rows: int, columns: int) -> float:
    """Return the cycles that one block takes for a part of a group's domain.

    Args:
        group: the group.
        rows: the rows of the part.
        columns: its columns.
    """
    root = group.root
    if isinstance(root, Product):
        inner = root.a.shape[1]
        tiling = choose(rows, inner, columns, root.dtype, threads=THREADS, is_region=True)
        return cycles(tiling, rows, inner, columns, None) + _of_elements(group, rows * columns)
    return _START + _of_elements(group, rows * columns)


def _of_elements(group: Group, size: int) -> float:
    """Return the cycles that a block takes for what is done element by element, of so many elements."""
    itemsize = max(each.dtype.itemsize for each in group.computes)
    operations = size * sum(_SLOW_OPERATIONS if each.op in SLOW else 1 for each in group.maps)
    touched = size * (len(group.stored) + len(group.maps))
    if not isinstance(group.root, Product):
        operations += size
        touched += size * max(1, len(group.reads))
    return touched * itemsize / _BYTES_PER_CYCLE + operations / _OPERATIONS_PER_CYCLE


def alone(group: Group) -> float:
    """Return the cycles that a group takes on all multiprocessors, cut as it suits."""
    rows, columns = group.domain
    elements = _of_elements(group, -(-rows * columns // MULTIPROCESSORS))
    root = group.root
    if not isinstance(root, Product):
        return _START + elements
    inner = root.a.shape[1]
    return cycles(choose(rows, inner, columns, root.dtype, threads=THREADS), rows, inner, columns) + elements


def along(groups: list[tuple[Group, int]], extent: int, width: int) -> float:
    """Return the cycles that groups take that share their rows or columns among blocks.

    Args:
        groups: the groups, each with the axis of its domain along which it is cut.
        extent: the number of rows or columns in all.
        width: how many of them a block takes.
    """
    blocks = -(-extent // width)
    waves = -(-blocks // MULTIPROCESSORS)
    each = sum(
        of_part(group, *((width, group.domain[1]) if axis == 0 else (group.domain[0], width))) for group, axis in groups
    )
    return waves * each


def best_width(groups: list[tuple[Group, int]], extent: int) -> int:
    """Return how many rows or columns a block best takes."""
    widths = {1 << power for power in range(8)} | {-(-extent // MULTIPROCESSORS)}

    def cost(width: int) -> tuple[float, int]:
        return along(groups, extent, width) + _BLOCK * -(-extent // width), width

    return min((width for width in widths if width <= extent), key=cost)
