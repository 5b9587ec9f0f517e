"""CUDA code for compiled functions against single operations of the graph, in an emulator of CUDA's threads."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiler.device_agreement import disagreement, loop_disagreement
from tests.compiler.random_programs import APPLICATIONS, program

DTYPES = ["float32", "float64"]


@pytest.mark.parametrize("name", APPLICATIONS)
def test_an_operation_and_its_neighbours(name: str) -> None:
    """Each operation computes what NumPy does, beside itself, a tanh and a sum."""
    number = list(APPLICATIONS).index(name)
    drawn = program(number, 4, DTYPES[number % 2], only=(name, name, "tanh", "add"))
    assert "" == disagreement(drawn, resident=False)


@pytest.mark.parametrize("seed", range(12))
def test_random_programs_agree(seed: int) -> None:
    """Values and updates are those of single operations, by launches and by blocks that stay, in both orders."""
    drawn = program(seed, 12, DTYPES[seed % 2], is_special=seed % 3 == 0, gradients=seed % 3 == 1)
    assert "" == disagreement(drawn, resident=False, backwards=seed % 4 < 2)
    assert "" == disagreement(drawn, resident=True, backwards=seed % 4 >= 2)


@pytest.mark.parametrize("seed", range(6))
def test_random_loops_agree(seed: int) -> None:
    """A loop over mini-batches is step after step, with rows in random orders and a state that each step changes."""
    drawn = program(seed, 8, DTYPES[seed % 2], states=2)
    assert "" == loop_disagreement(drawn, 2, resident=seed % 4 < 2)


@pytest.mark.slow
@pytest.mark.parametrize(("is_special", "gradients"), [(False, False), (True, False), (False, True)])
def test_hundreds_of_random_programs_agree(is_special: bool, gradients: bool) -> None:
    """So do hundreds, with the seeds that name them if they do not."""
    rng = np.random.default_rng(0)
    for seed in range(100):
        length = int(rng.integers(1, 16))
        drawn = program(seed, length, DTYPES[seed % 2], is_special=is_special, gradients=gradients)
        for resident in (False, True):
            assert "" == disagreement(drawn, resident=resident, backwards=seed % 4 > 1), seed


@pytest.mark.slow
def test_a_hundred_random_loops_agree() -> None:
    """So do loops over mini-batches."""
    for seed in range(100):
        drawn = program(seed, 8, DTYPES[seed % 2], states=2)
        assert "" == loop_disagreement(drawn, 2, resident=seed % 2 == 0), seed
