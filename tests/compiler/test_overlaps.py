"""Arrays that change and share memory with others are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from shapedmat import JitError, Matrix
from shapedmat.compiler import trace
from shapedmat.compiler.arguments import read
from shapedmat.compiler.overlaps import Overlaps, overlaps_itself

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


steps = st.integers(-6, 6)
sizes = st.integers(0, 4)


@given(rows=sizes, cols=sizes, row=steps, column=steps)
def test_overlaps_itself(rows: int, cols: int, row: int, column: int) -> None:
    """A matrix overlaps itself exactly if two of its elements have one place."""
    array = as_strided(np.zeros(64)[32:], (rows, cols), (8 * row, 8 * column))
    form: Any = read("f", [Matrix.from_array(array)], {}, ()).signature.positional[0]
    places = [i * row + j * column for i in range(rows) for j in range(cols)]
    assert (len({*places}) < len(places)) == overlaps_itself(form)


def test_changed_matrix_that_overlaps_itself() -> None:
    """What overlaps itself is read, and does not change in place."""

    def double(w: Any) -> None:
        w *= 2

    overlapping = Matrix.from_array(as_strided(np.arange(4.0), (3, 2), (8, 8)))
    with pytest.raises(JitError) as caught:
        trace(double, (overlapping,), {})
    line = double.__code__.co_firstlineno + 1
    assert (
        f'test_overlaps.py, line {line}, in double: "w *= 2": double changes w in place, whose elements share memory '
        "with one another: pass a .copy() of it"
    ) == str(caught.value)
    trace(lambda w: w * 2, (overlapping,), {})
    trace(double, (Matrix.from_array(np.zeros((6, 6))[::2, ::3]),), {})
