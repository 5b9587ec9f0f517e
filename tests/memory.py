"""Memory whose neighbours can be neither read nor written: who strays from it ends the process."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any, Final, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"

_NOTHING_ALLOWED: Final = 0


class Guarded:
    """Pages between two that can be neither read nor written.

    Args:
        size: the bytes that are wanted; there are as many as whole pages have.
    """

    def __init__(self, size: int) -> None:
        page = mmap.PAGESIZE
        self.room = -(-max(size, 1) // page) * page
        self.pages = mmap.mmap(-1, self.room + 2 * page)
        self.first = ctypes.addressof(ctypes.c_char.from_buffer(self.pages)) + page
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for address in (self.first - page, self.first + self.room):
            assert 0 == protect(address, page, _NOTHING_ALLOWED)

    def array(self, shape: tuple[int, ...], dtype: Any, *, at_end: bool) -> Array:
        """Return an array of these pages that begins where they do, or ends where they do."""
        count = int(np.prod(shape))
        offset = mmap.PAGESIZE + (self.room - count * np.dtype(dtype).itemsize if at_end else 0)
        return np.frombuffer(self.pages, dtype, count, offset).reshape(shape)


def guarded(values: Array, *, at_end: bool) -> Array:
    """Return a copy with the same strides, whose elements lie close to pages that cannot be touched.

    Args:
        values: the array.
        at_end: whether the last of its bytes lies before such a page, and not the first behind one.
    """
    if not values.size:
        return values.copy()
    reach = [(size - 1) * stride for size, stride in zip(values.shape, values.strides, strict=True)]
    low, high = sum(min(0, each) for each in reach), sum(max(0, each) for each in reach) + values.itemsize
    room = Guarded(high - low).array((high - low,), np.uint8, at_end=at_end)
    room[:] = 0xFF
    copied: Array = np.ndarray(values.shape, values.dtype, room.data, -low, values.strides)
    copied[...] = values
    return copied
