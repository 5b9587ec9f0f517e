"""The task in JAX: one `jit` over a `lax.scan` of steps, whose weights are donated, in several formulations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from typing import Literal as L

import jax
import jax.numpy as jnp
import numpy as np

from tests.benchmarks.contest.task import Array, Contestant, Samples, Task

Orientation = L["x · w", "x · wᵀ", "w · x"]

_UNROLLED_BATCH: Final = 16  # from larger mini-batches on, four steps in a row gain nothing


class Scan:
    """Parts of an epoch, each one call of a compiled function.

    Args:
        task: the task.
        images: bytes.
        targets: of the images.
        orientation: how weights lie, and whether a sample is a row or a column.
        at_once: whether the rows of all mini-batches are gathered before the first step, or those of each in its step.
        unroll: how many steps are written one behind the other.
        steps: the steps of one call.
    """

    def __init__(
        self,
        task: Task,
        images: Any,
        targets: Any,
        orientation: Orientation,
        *,
        at_once: bool,
        unroll: int,
        steps: int,
    ) -> None:
        self.task, self.steps = task, steps
        self.images, self.targets = images, targets
        self.orientation: Orientation = orientation
        self.transposed = orientation == "x · w"
        self.layers: list[Any] = []

        def part(layers: Any, images: Any, targets: Any, order: Any, rate: Any) -> Any:
            def gathered(rows: Any) -> Any:
                return tuple(each.at[rows].get(mode="promise_in_bounds") for each in (images, targets))

            def step(layers: Any, given: Any) -> Any:
                loss, gradients = jax.value_and_grad(self._loss)(layers, *(given if at_once else gathered(given)))
                return jax.tree.map(lambda each, gradient: each - rate * gradient, layers, gradients), loss

            return jax.lax.scan(step, layers, gathered(order) if at_once else order, unroll=unroll)

        self.part: Any = jax.jit(part, donate_argnums=0)
        self.forward: Any = jax.jit(self._forward)

    def _forward(self, layers: Any, x: Any) -> Any:
        """Return the outputs, one sample a row, for one sample a row."""
        a: Any = x.astype(jnp.float32) / 255 if x.dtype == jnp.uint8 else x
        if self.orientation == "w · x":
            a = a.T
            for w, b in layers:
                a = jax.nn.sigmoid(w @ a + b[:, None])
            return a.T
        for w, b in layers:
            a = jax.nn.sigmoid(a @ (w if self.transposed else w.T) + b)
        return a

    def _loss(self, layers: Any, x: Any, y: Any) -> Any:
        return jnp.sum((self._forward(layers, x) - y) ** 2) / len(y)

    def start(self) -> None:
        self.layers = [(jnp.array(w.T if self.transposed else w), jnp.array(b)) for w, b in self.task.initial()]

    def train(self, order: Array) -> Array:
        losses = []
        for first in range(0, len(order), self.steps):
            rows = jnp.asarray(order[first : first + self.steps].astype(np.int32))
            self.layers, loss = self.part(self.layers, self.images, self.targets, rows, self.task.rate)
            losses.append(loss)
        return np.concatenate([np.asarray(loss) for loss in losses])

    def parameters(self) -> list[Array]:
        jax.block_until_ready(self.layers)
        return [np.asarray(each) for w, b in self.layers for each in (w.T if self.transposed else w, b)]

    def outputs(self, images: Array) -> Array:
        return np.asarray(self.forward(self.layers, jnp.asarray(images)))


def scans(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the formulations: three orientations, and two places of the gather, small mini-batches unrolled too.

    The threads are set where the process begins.
    """
    images, targets = jnp.asarray(samples.images), jnp.asarray(samples.targets)
    orientations: tuple[Orientation, ...] = ("x · w", "x · wᵀ", "w · x")
    for unroll in (1, 4) if task.batch <= _UNROLLED_BATCH else (1,):
        for at_once in (True, False):
            for orientation in orientations:
                gather = "gathered at once" if at_once else "gathered each step"
                name = f"{orientation}, {gather}{', 4 steps unrolled' if unroll == 4 else ''}"
                yield name, Scan(task, images, targets, orientation, at_once=at_once, unroll=unroll, steps=task.part)
