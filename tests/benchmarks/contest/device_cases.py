"""What is computed on a device: steps of training, products of matrices, and maps, the same for all contestants."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from tests.benchmarks.contest.device_worker import Case
from tests.benchmarks.contest.task import Array, Samples, Task, training_samples
from tests.benchmarks.som import Case as MapCase
from tests.benchmarks.som import drawn

STEPS_OF_GRAPH: Final = 32
"""Of the graphs of several steps, ours and others'."""

LAUNCHES: Final = 64
"""The products in one graph."""

PRODUCT_SECONDS: Final = 5e-3
"""How long the products of one turn take, about."""


# --- steps ------------------------------------------------------------------------------------------------------------


def task_of(case: Case) -> Task:
    """Return the network and the mini-batches of a case."""
    return Task(batch=case["batch"], rate=case["rate"])


def samples_of(case: Case) -> Samples:
    """Return the images of a case; of few images, the first ones."""
    samples = _samples(case["data"])
    return Samples(samples.images[: case["images"]], samples.targets[: case["images"]])


@cache
def _samples(data: str) -> Samples:
    return training_samples(Path(data) if data else None)


def order_of(case: Case, epochs: int) -> Array:
    """Return the rows of the mini-batches of some epochs, of shape (steps, batch): as many steps in each epoch."""
    task, images = task_of(case), case["images"]
    steps = images // task.batch
    return np.concatenate([task.order(images, steps, seed=2 + epoch) for epoch in range(epochs)])


# --- products ---------------------------------------------------------------------------------------------------------


def operands_of(case: Case) -> tuple[Array, Array]:
    """Return the operands of a product, in float32, each row-major or column-major."""
    rng = np.random.default_rng(0)
    rows, inner, columns = case["shape"]
    a = rng.standard_normal((rows, inner)).astype(np.float32)
    b = rng.standard_normal((inner, columns)).astype(np.float32)
    left, right = ("F" if layout == "columns" else "C" for layout in case["layouts"])
    return np.asarray(a, order=left), np.asarray(b, order=right)  # type: ignore[call-overload]  # one of two words


def seconds_of_product(timed: Callable[[int], float]) -> float:
    """Return how long one product takes.

    Args:
        timed: multiplies so many times `LAUNCHES` matrices, and returns the seconds.
    """
    once = min(timed(1) for _ in range(2))
    times = max(1, round(PRODUCT_SECONDS / max(once, 1e-9)))
    return timed(times) / (times * LAUNCHES)


# --- maps -------------------------------------------------------------------------------------------------------------


def map_samples(case: Case) -> Array:
    """Return the samples that all maps are trained on."""
    return drawn(MapCase(case["samples"], case["features"], case["side"]))


# --- time -------------------------------------------------------------------------------------------------------------


def clocked(run: Callable[[], object], wait: Callable[[], object], begin: Callable[[], object] = lambda: None) -> float:
    """Return how long something takes by the clock, from when the device has nothing to do until it has nothing more.

    Args:
        run: does it; it is done once before, to warm up.
        wait: waits for the device.
        begin: is called before each time, and takes no part in it.
    """
    begin()
    run()
    begin()
    wait()
    begun = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - begun
