"""Which values are computed together, in one pass: groups of operations element by element with what feeds them.

A group computes everything that it can for an element while that element is in a register: behind a product, its bias,
activation, factor, update and sums; elsewhere, whole chains of operations. A group is a matrix product, a pass over all
elements, a reduction or a rearrangement, with the maps and sums that have joined it.

A map joins a group that computes one of its operands, if nothing else that it needs depends on that group. A cheap map
whose operands are few belongs to no group: it is computed again wherever it is used, which costs less than to store it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from shapedmat.compiler.values import (
    CHEAP,
    SLOW,
    Copy,
    Input,
    Map,
    Product,
    Rearrangement,
    Reduction,
    Shape,
    Value,
    View,
    base_of,
    is_number,
)

_FEW: Final = 2
"""The most matrices that a cheap map, computed wherever it is used, may read."""
_LONGEST: Final = 144
"""The most operations of a pass, a slow one counted as so many; LLVM's time grows faster than their number."""
_LONGEST_OF_TILE: Final = 24
"""The most behind a product, whose code has each of them for every vector of a tile."""
_SLOW_COUNT: Final = 6
_SHORT: Final = 12
"""The most operations that are computed again wherever their result is used."""

Root: TypeAlias = Product | Reduction | Rearrangement | Copy


@dataclass(eq=False)
class Group:
    """Values that are computed in one pass.

    Attributes:
        number: its place among all groups, in the order in which they were begun.
        domain: the numbers of rows and columns of what is passed over.
        root: what the group begins with; none if it is operations element by element alone.
        maps: the operations element by element.
        sums: the sums that are taken on the way, along one axis.
        stored: what of these is kept in memory, for other groups or as a result.
        reads: what is read from memory.
        targets: the inputs into whose memory values are written, by the values' numbers.
        replaced: what a product takes in place of its first (False) and second operand (True).
    """

    number: int
    domain: Shape
    root: Root | None = None
    maps: list[Map] = field(default_factory=list)
    sums: list[Reduction] = field(default_factory=list)
    stored: list[Value] = field(default_factory=list)
    reads: list[Value] = field(default_factory=list)
    targets: dict[int, Input] = field(default_factory=dict)
    replaced: dict[bool, Copy] = field(default_factory=dict)

    @property
    def computes(self) -> list[Value]:
        """All values of the group."""
        return [*([self.root] if self.root else []), *self.maps, *self.sums]

    def factors(self, *, flip: bool) -> tuple[Value, Value]:
        """Return the operands of a product in running order; those of the transpose are to be transposed."""
        assert isinstance(self.root, Product)
        a, b = self.replaced.get(False, self.root.a), self.replaced.get(True, self.root.b)
        return (b, a) if flip else (a, b)


@dataclass(frozen=True, slots=True)
class Rules:
    """What joins what, which is not the same on a CPU, whose threads are few, and on a GPU, whose are many.

    Attributes:
        sums_join: whether sums are taken on the way of the groups that compute what is added up.
        factors_are_inlined: whether a product computes cheap maps as it reads its operands.
    """

    sums_join: bool
    factors_are_inlined: bool


ON_CPU: Final = Rules(sums_join=True, factors_are_inlined=False)
ON_GPU: Final = Rules(sums_join=False, factors_are_inlined=True)
"""A sum is over elements that many threads compute, which would have to wait for one another; and a product of which
many threads read the operands hardly notices what else they do on the way, while a pass of its own would take as long
as a barrier."""


@dataclass(eq=False)
class Fusion:
    """The groups in the order in which they run, and why maps did not join one.

    Attributes:
        groups: the groups.
        inlined: the maps that are computed wherever they are used.
        reasons: for each map that began a group of its own, why it joined no other one, by its number.
        updated: the inputs that are written to, each with the value that it holds in the end.
        copied: why some of them, by their numbers, get their value by a copy at the end.
    """

    groups: list[Group]
    inlined: Set[int]
    reasons: Mapping[int, str]
    updated: Mapping[Input, Value]
    copied: Mapping[int, str]


def fuse(
    values: Sequence[Value],
    kept: Iterable[Value],
    updated: Mapping[Input, Value],
    numbers: Iterator[int],
    rules: Rules,
) -> Fusion:
    """Return the groups that compute some values.

    Args:
        values: all values, each behind those that it is computed from.
        kept: what has to be in memory at the end.
        updated: the inputs whose memory holds another value at the end.
        numbers: numbers for new values.
        rules: what joins what.
    """
    fusing = _Fusing(values, {*kept, *updated.values()}, rules)
    for value in values:
        fusing.place(value)
    fusing.settle()
    copied = fusing.update(updated, numbers)
    return Fusion(fusing.groups, fusing.inlined, fusing.reasons, updated, copied)


class _Fusing:
    def __init__(self, values: Sequence[Value], kept: set[Value], rules: Rules) -> None:
        self.rules = rules
        self.kept = {base_of(each) for each in kept} | kept
        self.groups: list[Group] = []
        self.inlined: set[int] = set()
        self.reasons: dict[int, str] = {}
        self._group_of: dict[int, Group] = {}
        self._leaves: dict[int, list[Value]] = {}  # those of the maps that are inlined
        self._operations: dict[int, int] = {}  # of these, how many operations they are
        self._before: dict[int, set[int]] = {}  # the groups that must have run before one
        self._users: dict[int, list[Value]] = defaultdict(list)
        for value in values:
            for source in value.sources:
                self._users[source.number].append(value)

    # --- who joins which group ----------------------------------------------------------------------------------------

    def place(self, value: Value) -> None:
        """Let a value join a group, begin one, or be computed wherever it is used."""
        if isinstance(value, (Product, Rearrangement, Copy)):
            self._begin(value.shape, value)
        elif isinstance(value, Reduction):
            self._place_reduction(value)
        elif isinstance(value, Map):
            self._place_map(value)

    def _place_reduction(self, value: Reduction) -> None:
        if _is_joined(value):
            for group in self._candidates([value.x], value.x.shape) if self.rules.sums_join else ():
                other_axis = any(each.axis != value.axis for each in group.sums)
                if not other_axis and self._may_join(group, [value.x]):
                    self._join(group, value, [value.x])
                    group.sums.append(value)
                    return
            group = self._begin(value.x.shape, None)
            self._join(group, value, [value.x])
            group.sums.append(value)
            return
        self._begin(value.x.shape, value)

    def _place_map(self, value: Map) -> None:
        is_operand = all(isinstance(user, Map) for user in self._users[value.number])
        if (is_number(value) and is_operand and value not in self.kept) or self._is_inlined(value):
            operations = 1 + sum(self._operations.get(source.number, 0) for source in value.sources)
            if operations <= _SHORT:
                self._operations[value.number] = operations
                self._leaves[value.number] = self.leaves(value)
                self.inlined.add(value.number)
                return
        reason = "none of its operands is computed over the same elements"
        for group in self._candidates(value.sources, value.shape):
            if _is_full(group):
                reason = "the group that computes an operand has as many operations as one may have"
            elif self._may_join(group, value.sources):
                self._join(group, value, value.sources)
                group.maps.append(value)
                return
            else:
                reason = "another operand depends on the group that computes one"
        self.reasons[value.number] = reason
        group = self._begin(value.shape, None)
        self._join(group, value, value.sources)
        group.maps.append(value)

    def _is_inlined(self, value: Map) -> bool:
        if value.op not in CHEAP or value in self.kept:
            return False
        users = self._users[value.number]
        fits = all(self._computes_operand(user, value) for user in users)
        large = [leaf for leaf in self.leaves(value) if leaf.size > 1]
        return bool(users) and fits and len(large) <= _FEW

    def _computes_operand(self, user: Value, operand: Map) -> bool:
        """Whether a value can compute an operand of it anew, wherever it needs an element of it."""
        if isinstance(user, Map):
            return user.shape == operand.shape
        if isinstance(user, Reduction):
            return _is_joined(user)
        if not self.rules.factors_are_inlined:
            return False
        if isinstance(user, View):
            return user.is_regular and all(
                isinstance(each, Product) or (isinstance(each, Map) and each.shape == user.shape)
                for each in self._users[user.number]
            )
        return isinstance(user, Product)

    def _candidates(self, sources: Iterable[Value], domain: Shape) -> list[Group]:
        found = {
            self._group_of[leaf.number].number: self._group_of[leaf.number]
            for source in sources
            for leaf in self.leaves(source)
            if leaf.number in self._group_of
        }
        # The last group first: it may have all of the operands.
        return [found[n] for n in sorted(found, reverse=True) if found[n].domain == domain and _takes_maps(found[n])]

    def leaves(self, value: Value) -> list[Value]:
        """Return what has to be in memory, or computed in the group, for a value: it, unless it is inlined."""
        value = base_of(value) if base_of(value).number in self._leaves else value
        if value.number in self._leaves:
            return self._leaves[value.number]
        if isinstance(value, Map) and value.number not in self._group_of:  # not placed yet: its operands are
            found = [leaf for source in value.sources for leaf in self.leaves(source)]
            return list({leaf.number: leaf for leaf in found}.values())
        return [value]

    def _moved(self, value: Value, *, is_moved: bool = False) -> Iterator[Value]:
        """Yield what a value needs elements of that are at other places than its own."""
        if isinstance(value, View):
            yield from self._moved(value.base, is_moved=True)
        elif value.number in self._leaves:
            for source in value.sources:
                yield from self._moved(source, is_moved=is_moved)
        elif is_moved:
            yield value

    def _may_join(self, group: Group, sources: Iterable[Value]) -> bool:
        for source in sources:
            moved = {each.number for each in self._moved(source)}
            for leaf in self.leaves(source):
                other = self._group_of.get(base_of(leaf).number) or self._group_of.get(leaf.number)
                if other is None:
                    continue
                if other is group:
                    if isinstance(leaf, Reduction) or base_of(leaf).number in moved:
                        return False  # a sum is known when the group has ended, and so is an element of another place
                elif group.number in self._before[other.number]:
                    return False
        return True

    def _begin(self, domain: Shape, root: Root | None) -> Group:
        group = Group(len(self._before), domain, root)
        self.groups.append(group)
        self._before[group.number] = set()
        if root is not None:
            self._join(group, root, root.sources)
        return group

    def _join(self, group: Group, value: Value, sources: Iterable[Value]) -> None:
        added = set()
        for source in sources:
            for leaf in self.leaves(source):
                other = self._group_of.get(leaf.number) or self._group_of.get(base_of(leaf).number)
                if other is not None and other is not group:
                    added |= {other.number, *self._before[other.number]}
        self._group_of[value.number] = group
        self._run_behind(group, added)

    def _run_behind(self, group: Group, others: Set[int]) -> None:
        """Note that a group, and so all that run behind it, must run behind others."""
        for number, before in self._before.items():
            if number == group.number or group.number in before:
                before.update(others)

    # --- what is read and stored --------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Find out what each group reads from memory, and what of it others need."""
        needed: set[int] = set()
        for group in self.groups:
            read: dict[int, Value] = {}
            for value in group.computes:
                for source in value.sources:
                    for leaf in self.leaves(source):
                        if self._group_of.get(leaf.number) is not group:
                            read[leaf.number] = leaf
            group.reads = list(read.values())
            needed.update(n for leaf in group.reads for n in (leaf.number, base_of(leaf).number))
        needed.update(each.number for each in self.kept)
        for group in self.groups:
            group.stored = [each for each in group.computes if each.number in needed]
        self.groups = [group for group in self.groups if group.stored]

    def update(self, updated: Mapping[Input, Value], numbers: Iterator[int]) -> dict[int, str]:
        """Let groups write into inputs, and put all groups in an order in which nothing is lost.

        An input gets its value directly from the group that computes it, where everything that reads the old one can
        run before that; else by a copy behind all groups.
        """
        late = {target: reason for target, value in updated.items() if (reason := self._obstacle(target, value))}
        saved: dict[Input, Value] = {}
        for target in late:
            # What is no group's result may be overwritten before the copies are made.
            value = updated[target]
            saved[target] = value if value.number in self._group_of else self._copy(value, numbers)
        self._target({target: value for target, value in updated.items() if target not in late}, late)
        for target in late:
            saved.setdefault(target, updated[target])
        self._sort()
        for target, value in saved.items():
            group = self._group_of[self._copy(value, numbers).number]
            group.targets[group.stored[0].number] = target
        return {target.number: reason for target, reason in late.items()}

    def _obstacle(self, target: Input, value: Value) -> str:
        """Return why a group cannot write an input's value as it computes it, or nothing if it can."""
        group = self._group_of.get(value.number)
        if group is None:
            return "no operation computes its new elements: they are there already"
        if isinstance(value, Reduction):
            return "its new elements are sums, of which memory holds parts before they are whole"
        if isinstance(group.root, (Rearrangement, Copy, Reduction)):
            return "elements are moved to other places, so that old ones would be lost"
        # What is read in the same pass may have been overwritten already.
        factors = group.root.sources if isinstance(group.root, Product) else ()
        if any(base_of(leaf) is target for factor in factors for leaf in self.leaves(factor)):
            return "the old elements are an operand of the product that computes the new ones"
        operands = [source for value in group.computes for source in value.sources]
        if any(each is target for source in operands for each in self._moved(source)):
            return "the new elements are computed from old ones at other places"
        return ""

    def _target(self, updated: Mapping[Input, Value], late: dict[Input, str]) -> None:
        """Let each group that computes an input's value write it there, behind all that read the old one."""
        for target, value in updated.items():
            group = self._group_of[value.number]
            readers = [
                other
                for other in self.groups
                if other is not group and any(base_of(each) is target for each in other.reads)
            ]
            if value.number in group.targets:
                late[target] = f"the same is computed in the memory of {group.targets[value.number].name}"
                continue
            if any(group.number in self._before[other.number] for other in readers):
                late[target] = "what reads the old elements needs the new ones, too"
                continue
            group.targets[value.number] = target
            added = {n for other in readers for n in (other.number, *self._before[other.number])}
            self._run_behind(group, added)

    def _copy(self, value: Value, numbers: Iterator[int]) -> Copy:
        copy = Copy(number=next(numbers), shape=value.shape, dtype=value.dtype, name=value.name, x=value)
        group = self._begin(value.shape, copy)
        group.stored, group.reads = [copy], [value]
        base = base_of(value)
        producer = self._group_of.get(base.number)
        if producer is not None and base not in producer.stored:
            producer.stored.append(base)
        return copy

    def _sort(self) -> None:
        """Put the groups in an order in which each runs behind those that it has to."""
        alive = {group.number for group in self.groups}
        waiting, done = list(self.groups), set[int]()
        self.groups = []
        while waiting:
            group = next(each for each in waiting if (self._before[each.number] & alive) <= done)
            waiting.remove(group)
            done.add(group.number)
            self.groups.append(group)


def _is_joined(reduction: Reduction) -> bool:
    """Whether a reduction is taken on the way of a pass or a product."""
    return reduction.op == "sum" and reduction.dtype.kind == "f"


def _is_full(group: Group) -> bool:
    """Whether no more operations are to join a group."""
    count = sum(_SLOW_COUNT if each.op in SLOW else 1 for each in group.maps)
    return count >= (_LONGEST_OF_TILE if isinstance(group.root, Product) else _LONGEST)


def _takes_maps(group: Group) -> bool:
    return group.root is None or isinstance(group.root, Product)
