"""Arrays that change and share memory with others are found."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import Matrix
from shapedmat.compiler.arguments import read
from shapedmat.compiler.overlaps import Overlaps

# Parts of a 6×6 array, and of another one.
parts = st.tuples(st.integers(0, 1), st.slices(6), st.slices(6), st.booleans())


@given(st.lists(parts, min_size=1, max_size=5), st.data())
def test_overlaps(taken: list[tuple[int, slice, slice, bool]], data: st.DataObject) -> None:
    """A pair is found exactly where NumPy finds that one of those that change shares memory with another."""
    wholes = np.zeros((6, 6)), np.zeros((6, 6))
    arrays: list[Any] = []
    for whole, rows, cols, transposed in taken:
        part = wholes[whole][rows, cols]
        arrays.append(part.T if transposed else part)
    reading = read("f", [Matrix.from_array(array) for array in arrays], {}, ())
    leaves = reading.leaves
    changed = data.draw(st.sets(st.sampled_from(range(len(leaves)))))
    sharing = {
        (place, other)
        for place in changed
        for other in range(len(leaves))
        if place != other and np.shares_memory(leaves[place], leaves[other])
    }
    overlaps = Overlaps(reading.signature, changed)
    found = overlaps.found(leaves)
    assert (found in sharing) if sharing else found is None
    assert found == overlaps.found(leaves, [array.ctypes.data for array in leaves])


def test_interleaved() -> None:
    """Every second row shares no memory with the rows between."""
    whole = np.zeros((6, 6))
    matrices = [Matrix.from_array(whole[::2]), Matrix.from_array(whole[1::2]), 1.5]
    reading = read("f", matrices, {}, ())
    assert Overlaps(reading.signature, {0, 1}).found(reading.leaves) is None


def test_unchanged() -> None:
    """What does not change may share memory."""
    whole = np.zeros((6, 6))
    reading = read("f", [Matrix.from_array(whole), Matrix.from_array(whole[1:])], {}, ())
    assert Overlaps(reading.signature, ()).found(reading.leaves) is None
    assert (0, 1) == Overlaps(reading.signature, {0}).found(reading.leaves)
