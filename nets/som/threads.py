"""Work on many rows, shared by threads that each take rows next to one another."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from threadpoolctl import ThreadpoolController

from shapedmat.kernels.threads import number_of_threads

Result = TypeVar("Result")

_WORK_PER_THREAD: Final = 20_000_000
"""The multiplications for which a thread pays."""


@functools.cache
def _controller() -> Any:
    return ThreadpoolController()


def own_threads_alone() -> AbstractContextManager[Any]:
    """Return a context in which BLAS has one thread: its others would wait busily on the processors that ours need."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return context


def shared(rows: int, work: int, function: Callable[[slice], Result]) -> list[Result]:
    """Call a function with slices that make up all rows, each in a thread, and return the results in their order.

    How many there are depends on the work, a number of multiplications, and on ``SHAPEDMAT_NUM_THREADS`` alone, so that
    sums over their results are the same in every run.
    """
    count = max(1, min(number_of_threads(), work // _WORK_PER_THREAD, rows))
    parts = [slice(rows * i // count, rows * (i + 1) // count) for i in range(count)]
    if count == 1:
        return [function(parts[0])]
    with ThreadPoolExecutor(count, thread_name_prefix="som") as pool:
        return list(pool.map(function, parts))
