"""Many samples, a few at once: as many as are asked for, or fewer where a GPU has no memory for so many."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, TypeVar

from shapedmat import DeviceMemoryError, backends

Result = TypeVar("Result")

_is_within: Final[ContextVar[bool]] = ContextVar("in_chunks")


def in_chunks(compute: Callable[[slice], Result], count: int, at_once: int) -> list[Result]:
    """Return what a function gives for one part of some samples after the other, in their order.

    Where a part is too large for the memory of a GPU, the parts become half as large from there on, as often as it
    takes, memory that is only kept is given back, and a warning says so at the end. Where such calls stand within one
    another, the outermost does that.

    >>> in_chunks(lambda part: list(range(10))[part], 10, 4)
    [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]

    Args:
        compute: takes the slice of the samples; it must change nothing, as it is called again where it fails.
        count: how many samples there are; of none, the one part is empty.
        at_once: the most samples of a part.

    Raises:
        DeviceMemoryError: there is not enough memory for a single sample.
    """
    results: list[Result] = []
    size, start = at_once, 0
    while start < count or not results:
        stop = min(start + size, count)
        token = _is_within.set(True)
        try:
            results.append(compute(slice(start, stop)))
        except DeviceMemoryError:
            if stop - start <= 1 or token.old_value is True:
                raise
        else:
            start = stop
            continue
        finally:
            _is_within.reset(token)
        # The error holds what the attempt had computed until then, so this is after the error.
        size = (stop - start) // 2
        backends.release_memory()
    if size < at_once:
        warnings.warn(
            f"the GPU has no memory for {min(at_once, count)} samples at once: {size} were taken at once", stacklevel=3
        )
    return results
