"""The shapes of einsum against NumPy's, and the sentences of its errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, add, symbol
from shapedmat.shapes import patterns
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import k, m, n, searched, sentence

SIZES = {"a": 2, "b": 3, "C": 4}


@st.composite
def contractions(draw: st.DrawFn, *, broken: bool = False) -> tuple[str, tuple[tuple[int, ...], ...]]:
    """Return a pattern and shapes, which fit in most cases; some of the patterns may be broken."""
    batch = draw(st.sampled_from([(), (5,), (6, 5)]))
    terms, operands = [], []
    for _ in range(draw(st.integers(1, 3))):
        letters = draw(st.lists(st.sampled_from("abC"), max_size=3))
        sizes = [SIZES[letter] for letter in letters]
        if draw(st.booleans()):
            place = draw(st.integers(0, len(letters)))
            letters.insert(place, "...")
            sizes[place:place] = batch[draw(st.integers(0, len(batch))) :]
        if sizes and draw(st.integers(0, 3)) == 0:
            # On a diagonal NumPy takes a first size of 0 for one that it has not seen, and then reads past the array.
            odd = [1, 1, 1, 7] if len(set(letters)) < len(letters) else [0, 1, 1, 1, 7]
            sizes[draw(st.integers(0, len(sizes) - 1))] = draw(st.sampled_from(odd))
        terms.append("".join(letters))
        operands.append(tuple(sizes))
    pattern = ",".join(terms)
    if draw(st.booleans()):
        known = sorted({letter for letter in pattern if letter.isalpha()})
        output = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        if "." in pattern and draw(st.integers(0, 4)):
            output.insert(draw(st.integers(0, len(output))), "...")
        pattern += "->" + "".join(output)
    if broken and draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(pattern)))
        pattern = pattern[:place] + draw(st.sampled_from([*" a.,-1", "", "->", "..."])) + pattern[place + 1 :]
    return pattern, tuple(operands)


@settings(searched, max_examples=600)
@given(data=st.data(), contraction=contractions(broken=True))
def test_einsum_agrees_with_numpy(
    holds: Callable[..., None], data: st.DataObject, contraction: tuple[str, tuple[tuple[int, ...], ...]]
) -> None:
    """A pattern gives the shape that NumPy gives, and is refused where NumPy refuses it."""
    pattern, operands = contraction
    holds(partial(patterns.einsum, pattern), partial(np.einsum, pattern), operands, data)


@settings(searched, max_examples=300)
@given(contraction=contractions())
def test_einsum_refuses_nothing_that_an_optimized_path_lets_pass(
    contraction: tuple[str, tuple[tuple[int, ...], ...]],
) -> None:
    """With a path that is optimized, the axes of an ellipsis may be summed over."""
    pattern, operands = contraction
    try:
        expected = np.einsum(pattern, *map(np.zeros, operands), optimize=True).shape
    except (ValueError, IndexError, KeyError):
        return
    assert expected == patterns.einsum(pattern, *operands, optimize=True)


@pytest.mark.parametrize(
    ("expected", "pattern", "operands"),
    [
        ((n, k), "ij,jk->ik", ((n, m), (m, k))),
        ((m, n), "ba", ((n, m),)),
        ((k, m, n), "...ij->...ji", ((k, n, m),)),
        ((n,), "ii->i", ((UNKNOWN, n),)),
        ((n, m), "...i,...i->...i", ((n, 1), (m,))),
        ((UNKNOWN,), "i,i->i", ((n,), (UNKNOWN,))),
        ((3,), "i,i->i", ((symbol("n", rigid=False),), (3,))),
    ],
)
def test_einsum_of_names(expected: Shape, pattern: str, operands: tuple[Shape, ...]) -> None:
    """The result has the names of the operands."""
    assert expected == patterns.einsum(pattern, *operands)


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            'cannot contract (2, 3) and (4, 5) by "ij,jk->ik": "j" is 3 and 4',
            lambda: patterns.einsum("ij,jk->ik", (2, 3), (4, 5)),
        ),
        (
            'cannot contract (n, m) and (n + 1, k) by "ij,ik": "i" is n and n + 1',
            lambda: patterns.einsum("ij,ik", (n, m), (add(n, 1), k)),
        ),
        (
            'cannot contract (3, 1) by "ii": "i" is 3 and 1',
            lambda: patterns.einsum("ii", (3, 1)),
        ),
        (
            'cannot contract (2, 3) by "i": (2, 3) has 2 axes and 1 is named',
            lambda: patterns.einsum("i", (2, 3)),
        ),
        (
            'cannot contract (3,) by "ij...": (3,) has 1 axis and 2 are named',
            lambda: patterns.einsum("ij...", (3,)),
        ),
        (
            'cannot contract (3,) by "i,j": 2 operands are named and 1 is given',
            lambda: patterns.einsum("i,j", (3,)),
        ),
        (
            'cannot contract nothing by "i": 1 operand is named and 0 are given',
            lambda: patterns.einsum("i"),
        ),
        (
            'cannot contract (3,) by "i->j": no operand has "j"',
            lambda: patterns.einsum("i->j", (3,)),
        ),
        (
            'cannot contract (3,) by "i->ii": the output has "i" twice',
            lambda: patterns.einsum("i->ii", (3,)),
        ),
        (
            'cannot contract (2, 3) by "...i->i": the output has no "..." for (2,)',
            lambda: patterns.einsum("...i->i", (2, 3)),
        ),
        (
            'cannot contract (2,) and (4,) by "...,...": of "...", sizes 2 and 4 on axis -1 differ and neither is 1',
            lambda: patterns.einsum("...,...", (2,), (4,)),
        ),
        (
            'cannot contract (2, 3) by "i1": "1" is not a letter',
            lambda: patterns.einsum("i1", (2, 3)),
        ),
        (
            'cannot contract (2, 3) by "i..": "." is not a letter',
            lambda: patterns.einsum("i..", (2, 3)),
        ),
    ],
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes, the pattern and what does not fit."""
    assert expected == sentence(refused)
