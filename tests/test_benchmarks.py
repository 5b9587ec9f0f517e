"""The benchmarks' own parts that need no peers: what they refuse, and that our contestants train alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shapedmat.kernels import target
from tests.benchmarks import training
from tests.benchmarks.contest import machine, ours
from tests.benchmarks.contest.task import MNIST_SIZES, Samples, Task


@pytest.mark.parametrize("threads", [(2,), (2, 4)])
def test_clock_of_the_processor_is_for_one_thread(threads: tuple[int, ...]) -> None:
    """Processor seconds of several threads are not printed, which is said before anything is measured."""
    with pytest.raises(SystemExit, match=r"^--clock processor is for --threads 1$"):
        training.main(training.Arguments(threads=threads, clock="processor"))


@pytest.mark.parametrize("sizes", [MNIST_SIZES, (784, 16, 8, 10)])
def test_our_contestants_train_alike(sizes: tuple[int, ...]) -> None:
    """The compiled loop and the operations one by one give the same losses and weights, to rounding."""
    rng = np.random.default_rng(0)
    samples = Samples.of(rng.integers(0, 256, (64, 784), dtype=np.uint8), rng.integers(0, 10, 64))
    task = Task(sizes=sizes, batch=16)
    order = task.order(64, 6)
    results = []
    for contestant in (ours.Compiled(task, samples, 1), ours.Eager(task, samples)):
        contestant.start()
        results.append([contestant.train(order), *contestant.parameters()])
    for compiled, eager in zip(*results, strict=True):
        np.testing.assert_allclose(compiled, eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multiply_adds_of_the_peak(dtype: Any) -> None:
    """A time is one multiply-add, two operations, for each element of 12 or 16 vectors."""
    run, operations = machine.multiply_adds(np.dtype(dtype))
    run(10)
    lanes = target.chosen().lanes(np.dtype(dtype).itemsize)
    assert operations / (2 * lanes) in (12, 16)
