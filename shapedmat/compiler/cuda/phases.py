"""Which groups run at the same time: phases, between which all blocks of threads wait for one another.

A barrier among all multiprocessors takes as long as a small product, so there are to be few. Within a phase run strands
that do not depend on one another. The groups of one strand do: its work is cut so that each block needs only what it
has computed itself, and waits for nobody else. Thus all layers of a network can be one strand, of which each block
computes some samples, and the gradients of all its weights, which are sums over the samples, another phase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shapedmat.compiler.cuda import costs
from shapedmat.compiler.cuda.accesses import Axis, axes_of, read_by, reads_of, writes_of
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.values import Value
from shapedmat.kernels.cuda.tiling_costs import MULTIPROCESSORS


@dataclass(eq=False)
class Strand:
    """Groups that one block after the other computes a part of, without waiting for other blocks.

    Attributes:
        groups: the groups in their order, each with the axis of its domain that is shared. A group that is alone is cut
            as it suits, and one block computes all of several groups that have no axis.
        extent: the number of rows or columns that are shared; 0 without an axis.
        width: how many of them a block takes; 0 without an axis.
        multiprocessors: how many multiprocessors it gets beside the other strands of its phase.
    """

    groups: list[tuple[Group, Axis | None]]
    extent: int = 0
    width: int = 0
    multiprocessors: int = MULTIPROCESSORS

    @property
    def is_alone(self) -> bool:
        """Whether its only group is cut as it suits."""
        return len(self.groups) == 1 and self.extent == 0

    @property
    def items(self) -> int:
        """The number of its parts, if its only group is not cut as it suits."""
        return -(-self.extent // self.width) if self.extent else 1

    @property
    def best_width(self) -> int:
        """How many rows or columns a block best takes."""
        return costs.best_width(self._shared, self.extent)

    @property
    def _shared(self) -> list[tuple[Group, Axis]]:
        return [(group, axis or 0) for group, axis in self.groups]

    @property
    def cycles(self) -> float:
        """About how many cycles it takes."""
        if self.is_alone:
            return costs.alone(self.groups[0][0])
        if self.extent:
            return costs.along(self._shared, self.extent, self.width or self.best_width)
        return sum(costs.of_part(group, *group.domain) for group, _ in self.groups)


@dataclass(eq=False)
class Phase:
    """Strands that run at the same time."""

    strands: list[Strand] = field(default_factory=list)

    @property
    def cycles(self) -> float:
        """About how many cycles it takes: as many as the strand that takes longest, as all have blocks of their own."""
        return max((strand.cycles for strand in self.strands), default=0.0)


def schedule(groups: Sequence[Group], is_inlined: Callable[[Value], bool]) -> list[Phase]:
    """Return the phases that groups run in.

    Args:
        groups: the groups in an order in which they can run.
        is_inlined: whether a value is computed wherever it is used.
    """
    scheduling = _Scheduling(is_inlined)
    for group in groups:
        scheduling.place(group)
    for phase in scheduling.phases:
        for strand in phase.strands:
            if strand.extent:
                strand.width = strand.best_width
        _divide(phase)
        # What takes long begins first.
        phase.strands.sort(key=lambda strand: -strand.cycles)
    return scheduling.phases


def _divide(phase: Phase) -> None:
    """Give each strand of a phase multiprocessors by the work that it has."""
    work = [sum(costs.of_part(group, *group.domain) for group, _ in strand.groups) for strand in phase.strands]
    for strand, own in zip(phase.strands, work, strict=True):
        strand.multiprocessors = max(1, round(MULTIPROCESSORS * own / sum(work)))


class _Scheduling:
    def __init__(self, is_inlined: Callable[[Value], bool]) -> None:
        self.is_inlined = is_inlined
        self.phases: list[Phase] = []
        self._placed: list[tuple[Group, int, Strand]] = []

    def place(self, group: Group) -> None:
        """Put a group into the phase, and the strand, in which it is done soonest."""
        before = [(number, strand) for other, number, strand in self._placed if _must_follow(group, other)]
        earliest = 1 + max((number for number, _ in before), default=-1)
        alone = Strand([(group, None)])
        if earliest < len(self.phases):
            best = max(0.0, alone.cycles - self.phases[earliest].cycles)
        else:
            best = alone.cycles + (costs.BARRIER if self.phases else 0)
        chosen, replaced = alone, None
        last = {id(strand): strand for number, strand in before if number == earliest - 1}
        if len(last) == 1:  # what it needs last is in one strand, which it may join
            (strand,) = last.values()
            before_it = self.phases[earliest - 1].cycles
            for longer in self._extended(strand, group):
                cycles = max(0.0, longer.cycles - before_it)
                if cycles < best:
                    best, chosen, replaced = cycles, longer, strand
        if replaced is None:
            if earliest == len(self.phases):
                self.phases.append(Phase())
            self.phases[earliest].strands.append(alone)
            self._placed.append((group, earliest, alone))
        else:
            replaced.groups, replaced.extent = chosen.groups, chosen.extent
            self._placed.append((group, earliest - 1, replaced))

    def _extended(self, strand: Strand, group: Group) -> list[Strand]:
        """Return the ways in which a strand can go on with a group."""
        found = [Strand([*((each, None) for each, _ in strand.groups), (group, None)])]
        beginnings: list[tuple[Sequence[tuple[Group, Axis | None]], int]] = []
        if strand.extent:
            beginnings.append((strand.groups, strand.extent))
        elif strand.is_alone:
            first = strand.groups[0][0]
            beginnings += [([(first, axis)], first.domain[axis]) for axis in axes_of(first)]
        for groups, extent in beginnings:
            found += [
                Strand([*groups, (group, axis)], extent)
                for axis in axes_of(group)
                if group.domain[axis] == extent > 1 and self._is_local(groups, group, axis)
            ]
        return found

    def _is_local(self, groups: Sequence[tuple[Group, Axis | None]], group: Group, axis: Axis) -> bool:
        """Whether a part of a group needs only the same parts of what groups before it have computed."""
        made = {value.number: each for other, each in groups for value in other.stored}
        if any(number in read_by(other) for other, _ in groups for number in _targets(group)):
            return False  # another block may still have to read what this one would overwrite
        return all(
            along == made[value.number]
            for value, along in reads_of(group, axis, self.is_inlined)
            if value.number in made
        )


def _must_follow(group: Group, other: Group) -> bool:
    """Whether a group must run behind another one, which comes before it."""
    needs = read_by(group) & writes_of(other)
    overwrites = _targets(group) & (read_by(other) | _targets(other))
    return bool(needs or overwrites)


def _targets(group: Group) -> set[int]:
    return {each.number for each in group.targets.values()}
