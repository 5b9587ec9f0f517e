"""`Code`: what a trace is compiled to, on whichever device."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any, Protocol

import numpy as np

from shapedmat.compiler.fusion import Fusion, Group
from shapedmat.compiler.values import Input, Value
from shapedmat.ops import Array


class AnyPlan(Protocol):
    """What plans for all devices say."""

    @property
    def groups(self) -> list[Group]:
        """The groups in the order in which they run."""
        ...

    @property
    def fusion(self) -> Fusion:
        """The groups, and what became of other operations."""
        ...

    @property
    def inputs(self) -> list[Input]:
        """The inputs, of which some may not be used."""
        ...

    @property
    def results(self) -> list[Value]:
        """What is returned, in memory of its own."""
        ...

    @property
    def laid_by_columns(self) -> Set[int]:
        """The numbers of the inputs that lie by columns as that suits the groups."""
        ...

    def described(self, function: str) -> str:
        """Return what a function of that name does by this plan."""
        ...


class Code(Protocol):
    """What computes the outputs of a trace from its leaves, and updates them."""

    @property
    def plan(self) -> AnyPlan:
        """How it does that."""
        ...

    def __call__(self, leaves: Sequence[Any]) -> list[Array]:
        """Compute the results, and change the inputs that are to be changed.

        Args:
            leaves: an array or a number for each input.
        """
        ...

    def steps(
        self, leaves: Sequence[Any], losses: Array, orders: Sequence[np.ndarray[Any, np.dtype[np.int64]]]
    ) -> Callable[[int, int], int]:
        """Return a function that takes steps, from a number to before another, and returns how many were taken in all.

        Args:
            leaves: an array or a number for each input, and one of the host for the numbers of all steps.
            losses: where the first result of each step is put.
            orders: the rows of all mini-batches, in each of the orders that the plan's data sets are gathered in.
        """
        ...
