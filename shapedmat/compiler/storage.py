"""Where each value is kept: in the memory of inputs and results, or at a place of one arena that many share in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, Literal

from shapedmat.compiler.fusion import Group
from shapedmat.compiler.layouts import Layout, Layouts, by_rows, of_part, spread
from shapedmat.compiler.values import Constant, Input, Value, View, base_of

ALIGNMENT: Final = 128
"""The bytes at whose multiples matrices begin in the arena: two cache lines, which some processors fetch together."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a matrix is kept.

    Attributes:
        kind: in whose memory: an input's, a result's, a constant's, or the arena's.
        index: which input, result or constant.
        start: the first byte, counted from the start of that memory.
        bytes: how many bytes it takes there.
    """

    kind: Literal["input", "result", "constant", "arena"]
    index: int
    start: int
    bytes: int

    def overlaps(self, other: Place) -> bool:
        """Whether two matrices share memory."""
        is_same = (self.kind, self.index) == (other.kind, other.index)
        return is_same and self.start < other.start + other.bytes and other.start < self.start + self.bytes


@dataclass(eq=False)
class Storage:
    """The places and layouts of all values.

    Attributes:
        places: the place of each value that is in memory, by its number.
        layouts: its layout there.
        arena_bytes: the size of the arena.
        unshared_bytes: how large it would be if every value had a place of its own.
        doubled: the values that have two places behind each other, for even and odd steps, by their numbers, with the
            bytes from one to the other.
    """

    places: dict[int, Place]
    layouts: dict[int, Layout]
    arena_bytes: int
    unshared_bytes: int
    doubled: dict[int, int] = field(default_factory=dict)

    def place(self, value: Value) -> Place:
        """Return where a value, or what it is a part of, is kept."""
        return self.places[base_of(value).number if value.number not in self.places else value.number]

    def layout(self, value: Value) -> Layout:
        """Return how a value lies there."""
        found = self.layouts.get(value.number)
        if found is None:
            assert isinstance(value, View)
            found = of_part(self.layouts[value.base.number], value.rows, value.columns, transposed=value.transposed)
            self.layouts[value.number] = found
        return found


def allocate(
    layouts: Layouts,
    given: Mapping[int, Layout],
    results: Mapping[int, tuple[int, Layout]],
    inputs: Sequence[Input],
    constants: Sequence[Constant],
    doubled: Set[int] = frozenset(),
    *,
    is_shared: bool = True,
) -> Storage:
    """Give every value that is stored a place.

    Args:
        layouts: the groups in their order, and their directions.
        given: the layouts of inputs, by the values' numbers.
        results: the values that are stored in memory of their own: which result they are, and its layout.
        inputs: the inputs.
        constants: the constants.
        doubled: the numbers of values that are still needed in the next step, where new ones take another place.
        is_shared: whether a value takes the place of another one that is needed no more; groups that run at the same
            time must not.
    """
    storage = Storage({}, {}, 0, 0)
    for source in inputs:
        storage.layouts[source.number] = given[source.number]
        storage.places[source.number] = Place("input", source.place, 0, source.bytes)
    for index, constant in enumerate(constants):
        storage.layouts[constant.number] = by_rows(constant.shape, by_columns=constant.number in layouts.by_columns)
        storage.places[constant.number] = Place("constant", index, 0, constant.bytes)
    groups = layouts.groups
    last_use = _last_uses(groups)
    free_from: list[tuple[Place, int]] = []  # places of the arena, each with the last group that needs it

    def place_in_arena(value: Value, group: Group, first: int) -> None:
        layout = spread(value.shape, value.dtype.itemsize, by_columns=layouts.is_flipped(group))
        size = layout.bytes(value.shape, value.dtype.itemsize)
        if value.number in doubled:
            storage.doubled[value.number] = aligned(size)
            size += aligned(size)
        place = _first_fit(size, [place for place, last in free_from if last >= first or not is_shared])
        free_from.append((place, last_use.get(value.number, first) if value.number not in doubled else len(groups)))
        storage.places[value.number] = place
        storage.layouts[value.number] = layout
        storage.arena_bytes = max(storage.arena_bytes, aligned(place.start + place.bytes))
        storage.unshared_bytes += aligned(place.bytes)

    for group in groups:
        for value in group.stored:
            if value.number in doubled:
                place_in_arena(value, group, 0)
    for step, group in enumerate(groups):
        for value in group.stored:
            target = group.targets.get(value.number)
            if target is not None:
                storage.places[value.number] = storage.places[target.number]
                storage.layouts[value.number] = storage.layouts[target.number]
            elif value.number in results:
                index, layout = results[value.number]
                storage.places[value.number] = Place("result", index, 0, value.bytes)
                storage.layouts[value.number] = layout
            elif value.number not in doubled:
                place_in_arena(value, group, step)
    return storage


def _last_uses(groups: Sequence[Group]) -> dict[int, int]:
    last: dict[int, int] = {}
    for step, group in enumerate(groups):
        for value in group.reads:
            last[value.number] = last[base_of(value).number] = step
    return last


def _first_fit(size: int, taken: Sequence[Place]) -> Place:
    start = 0
    for place in sorted(taken, key=lambda each: each.start):
        if start + size <= place.start:
            break
        start = max(start, aligned(place.start + place.bytes))
    return Place("arena", 0, start, size)


def aligned(size: int) -> int:
    """Return the least multiple of `ALIGNMENT` that is not below a size."""
    return -(-size // ALIGNMENT) * ALIGNMENT
