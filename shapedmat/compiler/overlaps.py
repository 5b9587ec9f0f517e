"""Whether memory that a compiled function changes is also that of another argument, or of another element."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import gcd
from typing import Any, Final

import numpy as np

from shapedmat import backends
from shapedmat.compiler.arguments import MatrixForm, Signature
from shapedmat.kernels.addresses import address_of
from shapedmat.ops import Array

_WORK: Final = 10_000
"""How many steps NumPy may take to find out whether two arrays share an element, before it counts as if they did."""


class Overlaps:
    """Looks for changed arrays that share memory with others, in the leaves of calls of one signature.

    Args:
        signature: the signature.
        changed: the places of the leaves that change.
    """

    def __init__(self, signature: Signature, changed: Collection[int]) -> None:
        self._changed = frozenset(changed)
        forms = {form.place: form for form in signature.forms if isinstance(form, MatrixForm)}
        self._spans = [(place, *_span(form)) for place, form in forms.items() if 0 not in form.shape]

    def found(self, leaves: Sequence[Any]) -> tuple[int, int] | None:
        """Return the places of a changed array and of another one that shares memory with it, if there are any.

        Args:
            leaves: the arrays and numbers of a call.
        """
        if not self._changed:
            return None
        addresses = [_address(leaf) for leaf in leaves]
        spans = sorted([(addresses[place] + low, addresses[place] + high, place) for place, low, high in self._spans])
        end = -1
        for start, stop, _ in spans:
            if start < end:
                return self._pair(spans, leaves)
            end = max(end, stop)
        return None

    def _pair(self, spans: Sequence[tuple[int, int, int]], leaves: Sequence[Any]) -> tuple[int, int] | None:
        for start, stop, place in spans:
            for other_start, other_stop, other in spans:
                near = place != other and start < other_stop and other_start < stop
                if near and place in self._changed and may_share_memory(leaves[place], leaves[other]):
                    return place, other
        return None


def overlaps_itself(form: MatrixForm) -> bool:
    """Tell whether two elements of a matrix are in the same place of memory."""
    steps = sorted((abs(step), size) for step, size in zip(form.strides, form.shape, strict=False) if size > 1)
    if 0 in form.shape or not steps:
        return False
    (small, many), (large, few) = steps[0], steps[-1]
    if small == 0 or len(steps) == 1:
        return small == 0
    # They are, where `small · i = large · j` with other i and j than 0; the least of them are these.
    return large // gcd(small, large) < many and small // gcd(small, large) < few


def _address(leaf: Any) -> int:
    if isinstance(leaf, np.ndarray):
        return address_of(leaf)
    return 0 if isinstance(leaf, float | np.floating) else int(leaf.data.ptr)


def _span(form: MatrixForm) -> tuple[int, int]:
    """Return where the memory of a matrix begins and ends, in bytes from its first element."""
    itemsize = form.dtype.itemsize
    if not form.strides:
        return 0, form.shape[0] * form.shape[1] * itemsize
    reach = [(size - 1) * stride for size, stride in zip(form.shape, form.strides, strict=True)]
    return sum(min(0, each) for each in reach), sum(max(0, each) for each in reach) + itemsize


def may_share_memory(a: Array, b: Array) -> bool:
    """Tell whether two arrays share an element, or might: it may take too long to find out for strided ones.

    Of arrays on a GPU only where their memory begins and ends is looked at.
    """
    if not isinstance(a, np.ndarray):
        return bool(backends.for_array(a).namespace.may_share_memory(a, b))
    try:
        return np.shares_memory(a, b, max_work=_WORK)  # type: ignore[arg-type]  # it takes any number
    except np.exceptions.TooHardError:
        return True
