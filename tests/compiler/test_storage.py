"""Where values are kept: what lives at the same time shares no memory, and what does not, does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat import ops
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.storage import ALIGNMENT, Place
from shapedmat.compiler.values import Value, base_of
from shapedmat.graph import Graph
from tests.compiler.agreement import plan_of
from tests.compiler.random_programs import Program, program


def lifetimes(plan: Plan) -> list[tuple[Value, int, int]]:
    """Return the values in the arena, each with the group that stores it and the last one that reads it."""
    stored = {
        each.number: (each, position)
        for position, group in enumerate(plan.groups)
        for each in group.stored
        if plan.storage.place(each).kind == "arena"
    }
    last = {number: position for number, (_, position) in stored.items()}
    for position, group in enumerate(plan.groups):
        for each in group.reads:
            number = base_of(each).number
            if number in last:
                last[number] = max(last[number], position)
    return [(value, first, last[number]) for number, (value, first) in stored.items()]


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25))
def test_values_that_are_needed_at_once_share_no_memory(seed: int, length: int) -> None:
    """Two matrices of the arena overlap only if the one is last read before the other is stored."""
    assert_apart(plan_of(program(seed, length, "float32")))


def test_what_a_view_is_taken_of_is_kept() -> None:
    """A matrix is needed as long as its transpose, or a part of it, is."""
    graph = Graph()
    x = graph.input("x", 16, 16, dtype=np.float32)
    first = x.run(ops.EXP)
    y = (first @ x).run(ops.TANH)
    for _ in range(3):
        y = (y @ x).run(ops.TANH)
    y = (y @ first.run(ops.TRANSPOSE)) @ first.run(ops.INDEX, key=(slice(None, None, -1), slice(None)))
    plan = plan_of(Program(graph, [x], [np.zeros((16, 16), np.float32)], [y], {}))
    assert_apart(plan)
    assert (first.name, 0, len(plan.groups) - 1) in [(value.name, *steps) for value, *steps in lifetimes(plan)]


def assert_apart(plan: Plan) -> None:
    """Check that what is needed at once shares no memory, and that all of it is in the arena."""
    found = lifetimes(plan)
    for i, (one, first, last) in enumerate(found):
        place = plan.storage.place(one)
        assert 0 == place.start % ALIGNMENT
        assert place.start + place.bytes <= plan.storage.arena_bytes
        for other, other_first, other_last in found[:i]:
            if first <= other_last and other_first <= last:
                assert not place.overlaps(plan.storage.place(other))


def test_memory_is_used_again() -> None:
    """A chain of products needs the memory of two results, however long it is."""
    graph = Graph()
    x = graph.input("x", 16, 16, dtype=np.float32)
    y = x
    for _ in range(10):
        y = (y @ x).run(ops.TANH)
    plan = plan_of(Program(graph, [x], [np.zeros((16, 16), np.float32)], [y], {}))
    assert (2 * 1024, 9 * 1024) == (plan.storage.arena_bytes, plan.storage.unshared_bytes)


def test_places_overlap_in_the_same_memory_alone() -> None:
    """Bytes of two inputs are different ones."""
    place = Place("arena", 0, 128, 64)
    assert place.overlaps(Place("arena", 0, 191, 10))
    assert not place.overlaps(Place("arena", 0, 192, 10))
    assert not place.overlaps(Place("input", 0, 128, 64))
    assert not Place("input", 1, 0, 64).overlaps(Place("input", 0, 0, 64))
