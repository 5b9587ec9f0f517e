"""Rules for the order of dimensions: which of two is certainly not larger."""

from __future__ import annotations

from shapedmat.dimensions import UNKNOWN, Dim, Equality, add, compare, minimum, subtract, symbols


def at_most(a: Dim, b: Dim) -> bool:
    """Say whether `a` is certainly not larger than `b`, as every named size is at least 1.

    >>> from shapedmat.dimensions import symbol
    >>> n = symbol("n")
    >>> at_most(n, add(n, 1)), at_most(1, n), at_most(2, n), at_most(n, UNKNOWN)
    (True, True, False, False)
    """
    if isinstance(a, int) and isinstance(b, int):
        return a <= b
    if compare(a, b) is Equality.SAME:
        return True
    difference = subtract(b, a)
    names = symbols(difference)
    # A rigid name and one that is not, spelled alike, may stand for different sizes.
    return len({each.name for each in names}) == len(names) and minimum(add(difference, 1)) > 0


def smaller(a: Dim, b: Dim) -> Dim:
    """Return the smaller of two dimensions."""
    if at_most(a, b):
        return a
    return b if at_most(b, a) else UNKNOWN


def shared(a: Dim, b: Dim) -> Dim:
    """Return what is known of a size that two axes have in common: a number, an expression, or nothing."""
    return min(a, b, key=_ignorance)


def _ignorance(dim: Dim) -> int:
    return 0 if isinstance(dim, int) else 2 if dim is UNKNOWN else 1
