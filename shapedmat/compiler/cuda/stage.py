"""`Stage`: what many steps of a program need on a device, in memory that stays where it is from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from shapedmat.kernels.cuda import driver
from shapedmat.ops import Array

_MOST_GRAPHS: Final = 8
"""So many captured graphs are kept; each repeats the addresses of one state and one data set."""


class Stage:
    """What many steps of a program need on the current device, and the graphs that were captured with it.

    Args:
        xp: the module cupy.

    Attributes:
        inputs: an array or a number for each input of the program; the numbers of all steps are one array.
        orders: the rows of all mini-batches.
        losses: the first result of each step, NaN where it is not computed yet.
        wanted: where those of the run that is laid out are put in the end.
        steps: the number of the next step, and that behind the last.
    """

    def __init__(self, xp: Any) -> None:
        self._xp = xp
        self.inputs: list[Any] = []
        self.orders: list[Array] = []
        self.losses: Array = xp.empty(0, np.float32)
        self.wanted: Array | None = None
        self.steps: Array = xp.zeros(2, np.int64)
        self._moved: dict[str, Array] = {}
        self._sent: list[Array] = []  # what may still be on its way to the device
        self._graphs: dict[tuple[float, ...], Callable[[], None]] = {}

    def lay_out(self, leaves: Sequence[Any], losses: Array, orders: Sequence[Array], taken: int = 0) -> None:
        """Move what a run needs to the device, in place of what another one of as many steps has needed.

        Args:
            leaves: an array on the device for each input, and one of the host for the numbers of all steps.
            losses: where the losses are put in the end.
            orders: the rows of all mini-batches.
            taken: the number of steps that it has taken already, whose losses are there.
        """
        self.wanted = losses
        self.inputs = [self._input(place, leaf) for place, leaf in enumerate(leaves)]
        self.orders = [self._moved_to_device(f"order {number}", order) for number, order in enumerate(orders)]
        if (self.losses.shape, self.losses.dtype) != (losses.shape, losses.dtype):
            self.losses = self._xp.empty(losses.shape, losses.dtype)
        self.losses.fill(np.nan)
        if taken:
            self._send(self.losses[:taken], losses[:taken])

    def _input(self, place: int, leaf: Any) -> Any:
        if isinstance(leaf, (float, np.floating)):
            return float(leaf)
        return self._moved_to_device(f"input {place}", leaf) if isinstance(leaf, np.ndarray) else leaf

    def _moved_to_device(self, name: str, array: np.ndarray[Any, np.dtype[Any]]) -> Array:
        kept = self._moved.get(name)
        if kept is None or (kept.shape, kept.dtype) != (array.shape, array.dtype):
            kept = self._moved[name] = self._xp.empty(array.shape, array.dtype)
        self._send(kept, np.ascontiguousarray(array))
        return kept

    def _send(self, target: Array, array: Array) -> None:
        self._sent.append(array)
        target.set(array)

    def begin(self, first: int, last: int) -> None:
        """Say which steps are to be taken: from a number to before another."""
        self._send(self.steps, np.array([first, last], np.int64))

    def is_finite(self, step: int) -> bool:
        """Wait for a step, and tell whether its loss is a finite number."""
        return bool(np.isfinite(self.losses[step : step + 1].get()).all())

    def collect(self, losses: Array, first: int, last: int) -> int:
        """Wait for steps, put their losses where they are wanted, and return how many steps have been taken in all."""
        losses[first:last] = self.losses[first:last].get()
        self._sent.clear()
        finite = np.isfinite(losses[first:last])
        return last if finite.all() else first + int(np.argmin(finite)) + 1

    def graph(self, length: int, arguments: Sequence[Any], launch: Callable[[], None]) -> Callable[[], None]:
        """Return a captured graph of so many steps, which an earlier run may have captured for the same arguments.

        Args:
            length: the number of steps.
            arguments: what the kernels are given.
            launch: launches the steps.
        """
        key = length, *(each if isinstance(each, float) else each.data.ptr for each in arguments)
        if key not in self._graphs:
            while len(self._graphs) >= _MOST_GRAPHS:
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = driver.captured(launch)
        return self._graphs[key]
