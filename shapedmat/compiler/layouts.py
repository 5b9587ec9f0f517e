"""How each matrix lies in memory: by rows or by columns, whichever makes the whole cheapest.

A product is summed in vectors along the rows of its result, which is best where the rows of its second operand are
contiguous; or it is computed as the transpose, Cᵀ = Bᵀ·Aᵀ, with a result by columns. Which way each group runs is found
by changing one group after the other as long as the estimated number of cycles falls, from both all by rows and all by
columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final

from shapedmat.compiler.fusion import Fusion, Group
from shapedmat.compiler.values import Constant, Copy, Input, Picked, Product, Value, View, base_of
from shapedmat.kernels.target import Target
from shapedmat.kernels.tiles import Product as TiledProduct
from shapedmat.kernels.tiles import Strides, Tiling, choose_tiling

# Cycles per element, about: a block that is transposed by shuffles; single elements collected into a vector.
_COPY_CYCLES: Final = 0.5
_COLLECT_CYCLES: Final = 1.5
_MAP_CYCLES: Final = 0.25


_HALF_PAGE: Final = 2048
_LINE: Final = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the elements of a matrix lie, counted in elements from the start of its memory.

    Attributes:
        offset: the place of the first element.
        row: the distance from one row to the next.
        column: the distance from one column to the next.
        rows: the rows' places in the memory's own rows where they do not lie at regular distances, else None.
        columns: likewise the columns' places.
    """

    offset: int
    row: int
    column: int
    rows: tuple[int, ...] | None = None
    columns: tuple[int, ...] | None = None

    @property
    def transposed(self) -> Layout:
        """The layout of the transpose."""
        return Layout(self.offset, self.column, self.row, self.columns, self.rows)

    def bytes(self, shape: tuple[int, int], itemsize: int) -> int:
        """Return how much memory a matrix takes that lies so from the start of it on."""
        rows, columns = shape
        return ((rows - 1) * self.row + (columns - 1) * self.column + 1) * itemsize if rows and columns else 0

    @property
    def strides(self) -> Strides:
        """The distances alone."""
        return Strides(self.row, self.column)


def by_rows(shape: tuple[int, int], *, by_columns: bool = False) -> Layout:
    """Return the layout of a contiguous matrix."""
    rows, columns = shape
    return Layout(0, 1, rows) if by_columns else Layout(0, columns, 1)


def spread(shape: tuple[int, int], itemsize: int, *, by_columns: bool = False) -> Layout:
    """Return the layout of a matrix in memory that may be larger than it.

    Where rows would lie a multiple of half a page apart, the same place of all of them would fall into few sets of the
    caches; there a cache line is left free behind each row.
    """
    count, length = shape[::-1] if by_columns else shape
    if count > 1 and length * itemsize % _HALF_PAGE == 0:
        length += _LINE // itemsize
    return Layout(0, 1, length) if by_columns else Layout(0, length, 1)


def of_part(base: Layout, rows: Picked, columns: Picked, *, transposed: bool) -> Layout:
    """Return the layout of some rows and columns of a matrix, exchanged afterwards if told to."""
    offset, row, column = base.offset, base.row, base.column
    listed_rows = listed_columns = None
    if isinstance(rows, range):
        offset, row = offset + (rows.start * row if len(rows) else 0), row * rows.step
    else:
        listed_rows = rows
    if isinstance(columns, range):
        offset, column = offset + (columns.start * column if len(columns) else 0), column * columns.step
    else:
        listed_columns = columns
    layout = Layout(offset, row, column, listed_rows, listed_columns)
    return layout.transposed if transposed else layout


@dataclass(eq=False)
class Layouts:
    """The directions of groups and of inputs that may lie either way.

    Attributes:
        flipped: the numbers of the groups that compute the transpose.
        by_columns: the numbers of the inputs and constants that are to lie by columns.
        copies: the copies that products take in place of an operand, by the operand's number and whether by columns.
        groups: all groups in order, with those that copy.
        cycles: how many cycles all of it is estimated to take.
    """

    flipped: set[int]
    by_columns: set[int]
    copies: dict[tuple[int, bool], Copy]
    groups: list[Group]
    cycles: float

    def is_flipped(self, group: Group) -> bool:
        """Whether a group computes the transpose."""
        return group.number in self.flipped


class _Search:
    def __init__(
        self, fusion: Fusion, given: Mapping[int, Layout], free: Sequence[Value], steps: int, target: Target
    ) -> None:
        self.fusion = fusion
        self.given = given
        self.free = free
        self.steps = steps
        self.target = target
        self.group_of = {value.number: group for group in fusion.groups for value in group.stored}
        self.flipped: set[int] = set()
        self.by_columns: set[int] = set()

    def layout(self, value: Value) -> Layout:
        if isinstance(value, View):
            return of_part(self.layout(value.base), value.rows, value.columns, transposed=value.transposed)
        given = self.given.get(value.number)
        if given is not None:
            return given
        if isinstance(value, Constant):
            return by_rows(value.shape, by_columns=value.number in self.by_columns)
        if isinstance(value, Input):
            return spread(value.shape, value.dtype.itemsize, by_columns=value.number in self.by_columns)
        group = self.group_of[value.number]
        target = group.targets.get(value.number)
        if target is not None:
            return self.layout(target)
        return spread(value.shape, value.dtype.itemsize, by_columns=group.number in self.flipped)

    def _input_cost(self, value: Value) -> float:
        """Return the cycles that it takes to lay a free input out by columns, if it is to lie so."""
        is_laid_out = isinstance(value, Input) and value.number in self.by_columns
        return 2 * value.size * _COPY_CYCLES / self.steps if is_laid_out else 0.0

    def _group_cost(self, group: Group) -> float:
        flip = group.number in self.flipped
        size = group.domain[0] * group.domain[1]
        total = size * _MAP_CYCLES * (1 + len(group.maps)) * (0.2 if group.root else 1)
        if isinstance(group.root, Product):
            total += self._product_cycles(group.root, flip=flip)
        results = [each for each in group.stored if each.number in self.given]
        for read in (*group.reads, *group.targets.values(), *results):
            if isinstance(group.root, Product) and read in (group.root.a, group.root.b) and not group.targets:
                continue
            if read.shape != group.domain:
                continue
            layout = self.layout(read)
            if (layout.row if flip else layout.column) != 1 and (group.domain[0] if flip else group.domain[1]) > 1:
                total += read.size * _COLLECT_CYCLES
        return total

    def _product_cycles(self, root: Product, *, flip: bool) -> float:
        a, b = oriented(root, flip=flip)
        if root.dtype.kind != "f":
            return float(a.size * root.shape[1])
        rows, columns = root.shape[::-1] if flip else root.shape
        layouts = [self.layout(each).transposed if flip else self.layout(each) for each in (a, b)]
        product = TiledProduct(rows, root.a.shape[1], columns, root.dtype, layouts[0].strides, layouts[1].strides)
        return tiling_of(product, self.target).cycles

    def descend(self) -> float:
        """Turn groups and free matrices around as long as that saves cycles, and return how many are left."""
        costs = {group.number: self._group_cost(group) for group in self.fusion.groups}
        best = sum(costs.values()) + sum(map(self._input_cost, self.free))
        affected = self._affected()
        improved = True
        while improved:
            improved = False
            for chosen, turned, groups in affected:
                free = turned if isinstance(turned, Value) else None
                before = sum(costs[each.number] for each in groups) + (self._input_cost(free) if free else 0)
                chosen ^= {turned.number}
                changed = {each.number: self._group_cost(each) for each in groups}
                after = sum(changed.values()) + (self._input_cost(free) if free else 0)
                if after < before - best * 1e-9:
                    best, improved = best - before + after, True
                    costs.update(changed)
                else:
                    chosen ^= {turned.number}
        return best

    def _affected(self) -> list[tuple[set[int], Group | Value, list[Group]]]:
        """Return what can be turned around, with the set that says whether it is, and the groups whose cost changes."""
        users: dict[int, list[Group]] = defaultdict(list)
        for group in self.fusion.groups:
            for number in {base_of(each).number for each in (*group.reads, *group.targets.values())}:
                users[number].append(group)
        choices: list[tuple[set[int], Group | Value, list[Group]]] = []
        for group in self.fusion.groups:
            own = [each.number for each in group.stored if each.number not in group.targets]
            found = {group.number: group} | {user.number: user for number in own for user in users[number]}
            choices.append((self.flipped, group, list(found.values())))
        for value in self.free:
            # Who reads what is stored in an input's memory is affected, too.
            stored = [n for group in users[value.number] for n, target in group.targets.items() if target is value]
            found = {user.number: user for number in (value.number, *stored) for user in users[number]}
            choices.append((self.by_columns, value, list(found.values())))
        return choices


@cache
def tiling_of(product: TiledProduct, target: Target, shares: int = 1) -> Tiling:
    """Return how a product is cut into tiles, which leave two registers for what is done with the sums."""
    return choose_tiling(product, target.lanes(product.dtype.itemsize), target.vector_registers - 2, shares=shares)


def oriented(product: Product, *, flip: bool) -> tuple[Value, Value]:
    """Return the operands in the order in which they are multiplied; those of the transpose are to be transposed."""
    return (product.b, product.a) if flip else (product.a, product.b)


def choose(
    fusion: Fusion,
    given: Mapping[int, Layout],
    free: Sequence[Value],
    target: Target,
    *,
    steps: int = 1,
    is_gathered: Callable[[Value], bool],
    numbers: count[int],
) -> Layouts:
    """Return the directions that should take the fewest cycles, and the groups with the copies that products need.

    Args:
        fusion: the groups.
        given: the layouts of the inputs and results whose layout is given, by their numbers.
        free: the inputs and constants that are laid out as it suits.
        target: the processor.
        steps: how often the groups run in one call; inputs are laid out anew once.
        is_gathered: whether the rows of a value do not lie at regular distances, as each mini-batch takes others.
        numbers: numbers for new values and groups.
    """
    found: list[tuple[float, set[int], set[int]]] = []
    for everything in (False, True):
        search = _Search(fusion, given, free, steps, target)
        if everything:
            search.flipped = {group.number for group in fusion.groups}
            search.by_columns = {value.number for value in free}
        cost = search.descend()
        found.append((cost, search.flipped, search.by_columns))
    cost, flipped, by_columns = min(found, key=lambda each: each[0])
    search = _Search(fusion, given, free, steps, target)
    search.flipped, search.by_columns = flipped, by_columns
    layouts = Layouts(flipped, by_columns, {}, [], cost)
    for group in fusion.groups:
        if isinstance(group.root, Product):
            _add_copies(group, search, layouts, is_gathered, numbers)
        layouts.groups.append(group)
    return layouts


def _add_copies(
    group: Group, search: _Search, layouts: Layouts, is_gathered: Callable[[Value], bool], numbers: count[int]
) -> None:
    """Let a product take copies of operands that the kernels cannot read as they lie."""
    assert isinstance(group.root, Product)
    flip = layouts.is_flipped(group)
    for is_second, operand in enumerate(oriented(group.root, flip=flip)):
        layout = search.layout(operand)
        if layout.rows is None and layout.columns is None and not is_gathered(operand):
            continue
        key = operand.number, flip
        if key not in layouts.copies:
            copy = Copy(number=next(numbers), shape=operand.shape, dtype=operand.dtype, name=operand.name, x=operand)
            layouts.copies[key] = copy
            made = Group(-next(numbers), operand.shape, copy)  # a number that no other group has
            made.stored, made.reads = [copy], [operand]
            if flip:
                layouts.flipped.add(made.number)
            layouts.groups.append(made)
        group.reads = [*group.reads, layouts.copies[key]]
        group.replaced[bool(is_second) != flip] = layouts.copies[key]
