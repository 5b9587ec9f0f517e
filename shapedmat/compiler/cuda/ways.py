"""Which of the ways to run a program is the fastest: measured as it runs, and kept for the next process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from shapedmat.kernels.cuda import choices, driver

RESIDENT: Final = "resident"
"""One kernel runs everything, by blocks that stay and wait for one another."""
LAUNCHES: Final = "launches"
"""Each phase is a launch of its own."""
OPERATIONS: Final = "operations"
"""Each operation is one of the cupy backend, which multiplies large matrices by cuBLAS where that is faster."""

TIMES: Final = 5
"""How often each way is timed."""


class Ways:
    """The ways to run a program, and what is known of how long they take.

    Args:
        source: the program.
        possible: the ways to choose from; where nothing is measured, the first one.
    """

    def __init__(self, source: str, possible: Sequence[str]) -> None:
        self._key = choices.key("program", source, *possible)
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._called: set[str] = set()
        known = choices.read(self._key)
        self._left = list(possible) if choices.is_on() else [possible[0]]
        if known is not None and known in possible:
            self._left = [known]

    def can_be(self, way: str) -> bool:
        """Tell whether a way may turn out to be the fastest."""
        return way in self._left

    def rule_out(self, way: str) -> None:
        """Note that the device cannot run the program in a way."""
        self._left = [each for each in self._left if each != way] or [LAUNCHES]

    @property
    def best(self) -> str:
        """The way that is the fastest as far as is known."""
        return min(self._left, key=lambda way: median(self._seconds[way] or [0.0]))

    @property
    def untried(self) -> tuple[str, ...]:
        """The ways that have to be timed before it is known which is the fastest."""
        if len(self._left) == 1:
            return ()
        return tuple(way for way in self._left if len(self._seconds[way]) < TIMES)

    def note(self, way: str, seconds: float) -> None:
        """Note how long a way has taken, for as many steps as other ways; when all were tried it is settled."""
        self._seconds[way].append(seconds)
        if not self.untried:
            self._settle()

    def run(self, launch: Callable[[str], None]) -> None:
        """Run the program in one way: each is timed for some calls, until it is known which is the fastest.

        Args:
            launch: runs it in the way that it is given.
        """
        if len(self._left) == 1:
            launch(self._left[0])
            return
        if driver.is_capturing():  # nothing can be timed, nor memory be allocated
            launch(LAUNCHES)
            return
        way = min(self._left, key=lambda each: len(self._seconds[each]))
        if way not in self._called:  # the first call loads the kernel
            self._called.add(way)
            launch(way)
            return
        self._seconds[way].append(driver.seconds(lambda: launch(way)))
        if all(len(self._seconds[each]) >= TIMES for each in self._left):
            self._settle()

    def _settle(self) -> None:
        self._left = [self.best]
        choices.write(self._key, self._left[0])
