"""JAX's contestant on a device: a `jit` over a `lax.scan` over the steps of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import jax
import jax.numpy as jnp

from tests.benchmarks.contest.device_cases import clocked, order_of, samples_of, task_of
from tests.benchmarks.contest.device_worker import Case, Formulation, Results
from tests.benchmarks.contest.jax_networks import Orientation, Scan


class Steps:
    """`jax_networks.Scan` of one epoch a call.

    Args:
        case: the network, the images, and the epochs of a turn.
        orientation: how weights lie, and whether a sample is a row or a column.
        at_once: whether the rows of an epoch are gathered before its first step.
        unroll: how many steps are written one behind the other.
    """

    def __init__(self, case: Case, orientation: Orientation, *, at_once: bool, unroll: int) -> None:
        samples = samples_of(case)
        self.epoch, self.turn = order_of(case, 1), order_of(case, case["epochs"])
        images, targets = jnp.asarray(samples.images), jnp.asarray(samples.targets)
        self.scan = Scan(
            task_of(case), images, targets, orientation, at_once=at_once, unroll=unroll, steps=len(self.epoch)
        )

    def seconds(self) -> float:
        def wait() -> object:
            return jax.block_until_ready(self.scan.layers)

        return clocked(lambda: self.scan.train(self.turn), wait, self.scan.start) / len(self.turn)

    def results(self) -> Results:
        self.scan.start()
        losses = self.scan.train(self.epoch)
        names = ("w1", "b1", "w2", "b2", "w3", "b3")
        return {"losses": losses, **dict(zip(names, self.scan.parameters(), strict=True))}

    def note(self) -> str:
        return ""


def steps(case: Case) -> Iterator[tuple[str, Callable[[], Formulation]]]:
    """Yield two orientations, two places of the gather, and one step or several written behind one another."""
    for unroll in (8, 1):
        for at_once in (False, True):
            for orientation in ("x · w", "w · x"):
                gather = "gathered at once" if at_once else "gathered each step"
                name = f"{orientation}, {gather}, {unroll} step{'s' * (unroll > 1)} a round"
                yield name, partial(Steps, case, orientation, at_once=at_once, unroll=unroll)
