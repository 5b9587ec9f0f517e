"""Compiled code against the graph's operations one after another, over programs that are drawn at random."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat import ops
from shapedmat.compiler import plan as planning
from shapedmat.compiler.executable import Executable
from shapedmat.kernels.target import Target
from tests.compiler.agreement import disagreement, loop_disagreement, plan_of, run
from tests.compiler.random_programs import APPLICATIONS, program
from tests.targets import TARGETS

DTYPES = ["float32", "float64"]

seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(1, 14)
types = st.sampled_from(DTYPES)


@pytest.fixture
def _everything_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads share even the smallest work."""
    monkeypatch.setattr(planning, "_SHARED_CYCLES", 0)
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)


def test_every_operation_is_drawn() -> None:
    """Every operation of the table but those on Python's functions is among those that are drawn."""
    assert set(ops.OPS) - {"map"} == set(APPLICATIONS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", APPLICATIONS)
@pytest.mark.usefixtures("_everything_is_shared")
def test_an_operation_and_its_neighbours(name: str, dtype: str) -> None:
    """Each operation computes what NumPy does, beside itself, a tanh and a sum, on one thread and on several."""
    for seed in range(3):
        drawn = program(seed, 4, dtype, only=(name, name, "tanh", "add"))
        assert "" == disagreement(drawn, Executable(plan_of(drawn, threads=1 + seed)))


@settings(max_examples=30)
@given(seeds, lengths, types, st.booleans(), st.booleans(), st.sampled_from(TARGETS))
def test_random_programs_agree(
    seed: int, length: int, dtype: str, is_special: bool, at_end: bool, target: Target
) -> None:
    """Values and updates are those of single operations, for each target, and nothing else in memory is touched."""
    drawn = program(seed, length, dtype, is_special=is_special)
    assert "" == disagreement(drawn, Executable(plan_of(drawn, target)), at_end=at_end)


@settings(max_examples=20)
@given(seeds, lengths, types, st.booleans())
def test_random_gradients_agree(seed: int, length: int, dtype: str, at_end: bool) -> None:
    """The gradients that a graph adds are those of single operations."""
    drawn = program(seed, length, dtype, gradients=True)
    assert "" == disagreement(drawn, Executable(plan_of(drawn)), at_end=at_end)


@pytest.mark.usefixtures("_everything_is_shared")
@settings(max_examples=10)
@given(seeds, lengths, types, st.booleans())
def test_the_number_of_threads_changes_no_bit(seed: int, length: int, dtype: str, gradients: bool) -> None:
    """One thread, two and three compute the same bits, and what single operations do."""
    drawn = program(seed, length, dtype, gradients=gradients)
    found = []
    for threads in (1, 2, 3):
        executable = Executable(plan_of(drawn, threads=threads))
        results, values = run(executable, drawn.values)
        found.append([each.tobytes() for each in (*results, *values)])
    assert found[0] == found[1] == found[2]
    assert "" == disagreement(drawn, executable)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.usefixtures("_everything_is_shared")
@settings(max_examples=12)
@given(seeds, lengths, types)
def test_random_loops_agree(threads: int, seed: int, length: int, dtype: str) -> None:
    """A loop over mini-batches is step after step, with rows in random orders and a state that each step changes."""
    drawn = program(seed, length, dtype, states=2)
    assert "" == loop_disagreement(drawn, 2, threads)


@pytest.mark.slow
@pytest.mark.parametrize(("is_special", "gradients"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.usefixtures("_everything_is_shared")
def test_thousands_of_random_programs_agree(threads: int, is_special: bool, gradients: bool) -> None:
    """So do thousands, with the seeds that name them if they do not."""
    rng = np.random.default_rng(0)
    for seed, target in zip(range(500), itertools.cycle(TARGETS), strict=False):
        dtype = DTYPES[seed % 2]
        drawn = program(seed, int(rng.integers(1, 16)), dtype, is_special=is_special, gradients=gradients)
        assert "" == disagreement(drawn, Executable(plan_of(drawn, target, threads)), at_end=seed % 3 > 0), seed
