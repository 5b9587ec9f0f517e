"""What is known of the lengths of axes."""

import pytest

from shapedmat.dimensions import UNKNOWN, Dim, add, subtract, symbol
from shapedmat.shapes import lengths
from tests.shapes.agreement import m, n, sentence


@pytest.mark.parametrize(
    ("expected", "a", "b"),
    [
        (5, 3, 5),
        (n, n, n),
        (add(n, 1), n, add(n, 1)),
        (n, n, 1),
        (n, 0, n),
        (UNKNOWN, n, m),
        (UNKNOWN, n, 2),
        (UNKNOWN, n, UNKNOWN),
        (UNKNOWN, n, symbol("n", rigid=False)),
    ],
    ids=str,
)
def test_the_larger_size(expected: Dim, a: Dim, b: Dim) -> None:
    """It is known where one is certainly not larger than the other."""
    assert (expected, expected) == (lengths.larger(a, b), lengths.larger(b, a))


@pytest.mark.parametrize(
    ("expected", "dim"),
    [(3, 3), (0, -3), (subtract(n, 1), subtract(n, 1)), (UNKNOWN, subtract(n, 2)), (UNKNOWN, subtract(n, m))],
    ids=str,
)
def test_there_are_at_least_zero_elements(expected: Dim, dim: Dim) -> None:
    """A number below zero means none."""
    assert expected == lengths.at_least_zero(dim)


def test_the_sentence_for_a_negative_size() -> None:
    """It is an error where it is negative whatever the names stand for."""
    expected = "cannot make an array of (n, -n): a size cannot be negative"
    assert expected == sentence(lambda: lengths.sizes((n, subtract(0, n))))


def test_the_sentence_for_what_is_no_vector() -> None:
    """A scalar is no vector."""
    expected = "cannot sum up (): a vector is wanted"
    assert expected == sentence(lambda: lengths.vector_length((), action="sum up"))
