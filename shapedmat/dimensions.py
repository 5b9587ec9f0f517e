"""Dimensions: what is known of one size of an array.

A dimension is one of

* an ``int``;
* a `Size`: an integer expression in named symbols, in a normal form, so that ``n + 1 + 1`` is ``n + 2`` and ``n + n``
  is ``2*n``;
* `UNKNOWN`.

Like `shapedmat.shapes`, whose rules compute with dimensions, this module needs the standard library alone, so that a
type checker can load it at no cost.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from shapedmat.errors import ShapeError


class Unknown:
    """The dimension of which nothing is known."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a question mark, as messages show it."""
        return "?"


UNKNOWN: Final = Unknown()
"""The one instance of `Unknown`."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A size that has a name.

    A *rigid* symbol stands for every size at once, as a name in a function's annotation does inside that function: it
    equals itself and nothing else. A symbol that is not rigid stands for one size that is not known yet, and may turn
    out to be equal to any other dimension.
    """

    name: str
    rigid: bool = True

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Quotient:
    """The floor of a division that is not exact for every size, such as ``n // 2``."""

    numerator: Size
    denominator: Size

    def __str__(self) -> str:
        return f"{_bracketed(self.numerator)}//{_bracketed(self.denominator)}"


Atom: TypeAlias = Symbol | Quotient
Monomial: TypeAlias = tuple[tuple[Atom, int], ...]  # atoms with their powers, sorted; the empty one is the constant 1


@dataclass(frozen=True, slots=True)
class Size:
    """A polynomial in symbols and quotients with integer coefficients, in normal form.

    `terms` are sorted and hold no coefficient of zero. The functions of this module return an ``int`` for a constant.
    """

    terms: tuple[tuple[Monomial, int], ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.terms))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return _written(self.terms)


Dim: TypeAlias = int | Size | Unknown


class Equality(enum.Enum):
    """What can be said of two dimensions."""

    SAME = "same"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@lru_cache(maxsize=4096)
def symbol(name: str, *, rigid: bool = True) -> Size:
    """Return the dimension that is called `name`.

    >>> n = symbol("n")
    >>> str(add(add(n, 1), 1)), add(n, n) == multiply(2, n)
    ('n + 2', True)
    """
    return Size(((((Symbol(name, rigid), 1),), 1),))


def add(a: Dim, b: Dim) -> Dim:
    """Return ``a + b``."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    return _sum(a, b)


def subtract(a: Dim, b: Dim) -> Dim:
    """Return ``a - b``."""
    return add(a, multiply(-1, b))


def multiply(a: Dim, b: Dim) -> Dim:
    """Return ``a * b``; zero times anything is zero."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 0 or b == 0:
        return 0
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    return _product(a, b)


def floor_divide(a: Dim, b: Dim) -> Dim:
    """Return ``a // b``, exact where it can be: ``(2*n*m) // m`` is ``2*n`` and ``(2*n + 3) // 2`` is ``n + 1``.

    Raises:
        ShapeError: `b` is zero.
    """
    if b == 0:
        raise ShapeError(f"cannot divide the size {a} by zero")
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    exact = _exact_quotient(a, b)
    if exact is not None:
        return exact
    if isinstance(b, int) and b > 0:
        # Whole multiples come out of the floor, whatever the sizes are.
        whole = _reduced((monomial, coefficient // b) for monomial, coefficient in _terms(a))
        rest = _reduced((monomial, coefficient % b) for monomial, coefficient in _terms(a))
        return add(whole, rest // b if isinstance(rest, int) else _quotient(rest, b))
    return _quotient(a, b)


def compare(a: Dim, b: Dim) -> Equality:
    """Say whether two dimensions are equal: for all sizes of their symbols, for not all of them, or undecided.

    >>> n, m = symbol("n"), symbol("m")
    >>> compare(add(n, n), multiply(2, n)).value, compare(n, add(n, 1)).value, compare(n, m).value
    ('same', 'different', 'different')
    >>> compare(symbol("n", rigid=False), m).value, compare(n, UNKNOWN).value
    ('undecided', 'undecided')
    """
    if isinstance(a, int) and isinstance(b, int):
        return Equality.SAME if a == b else Equality.DIFFERENT
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Equality.UNDECIDED
    return _compare(a, b)


def evaluate(dim: Dim, sizes: Mapping[str, Dim]) -> Dim:
    """Return `dim` with each symbol that `sizes` names replaced.

    >>> str(evaluate(add(symbol("n"), symbol("m")), {"n": 3}))
    'm + 3'

    Raises:
        ShapeError: the sizes make a divisor zero.
    """
    if not isinstance(dim, Size):
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        product: Dim = coefficient
        for atom, power in monomial:
            if isinstance(atom, Symbol):
                value = sizes.get(atom.name, Size(((((atom, 1),), 1),)))
            else:
                value = floor_divide(evaluate(atom.numerator, sizes), evaluate(atom.denominator, sizes))
            for _ in range(power):
                product = multiply(product, value)
        total = add(total, product)
    return total


_OPERATORS: Final[dict[type[ast.operator], Callable[[Dim, Dim], Dim]]] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.FloorDiv: floor_divide,
}


@lru_cache(maxsize=4096)
def read(text: str) -> Dim:
    """Return the dimension that is written as an integer expression; what is no such expression is `UNKNOWN`.

    >>> read("n+1") == add(symbol("n"), 1), str(read("(n + 1)*n")), read("n.size")
    (True, 'n**2 + n', ?)
    """
    try:
        return _evaluated(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ShapeError, RecursionError, ValueError, MemoryError):
        return UNKNOWN


def _evaluated(node: ast.expr) -> Dim:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            return symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return multiply(-1, _evaluated(operand))
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))) if 0 < power < _LARGEST_POWER:
            return _power(_evaluated(left), power)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_evaluated(left), _evaluated(right))
        case _:
            return UNKNOWN


def _power(base: Dim, exponent: int) -> Dim:
    if isinstance(base, Size) and len(base.terms) > 1 and exponent > _LARGEST_POWER_OF_A_SUM:
        return UNKNOWN
    result = base
    for _ in range(exponent - 1):
        result = multiply(result, base)
    return result


# Powers are multiplied out, which makes sums long.
_LARGEST_POWER: Final = 16
_LARGEST_POWER_OF_A_SUM: Final = 4


def minimum(dim: Dim) -> int:
    """Return a number that an axis of this size is never shorter than, as every named size is at least 1.

    >>> n = symbol("n")
    >>> minimum(n), minimum(add(multiply(2, n), 3)), minimum(floor_divide(n, 2)), minimum(UNKNOWN)
    (1, 5, 0, 0)
    """
    # Counted from 1, a named size may be any number from 0 up: a sum of such numbers is least where each of them is 0.
    counted = evaluate(dim, {each.name: add(symbol(each.name, rigid=each.rigid), 1) for each in symbols(dim)})
    if isinstance(counted, Size):
        return dict(counted.terms).get((), 0) if _never_negative(counted) else 0
    return max(counted, 0) if isinstance(counted, int) else 0


def symbols(dim: Dim) -> frozenset[Symbol]:
    """Return the symbols that occur in a dimension."""
    return _symbols_in(dim) if isinstance(dim, Size) else frozenset()


@lru_cache(maxsize=4096)
def _symbols_in(size: Size) -> frozenset[Symbol]:
    found: set[Symbol] = set()
    for monomial, _ in size.terms:
        for atom, _ in monomial:
            found |= {atom} if isinstance(atom, Symbol) else symbols(atom.numerator) | symbols(atom.denominator)
    return frozenset(found)


# Sizes at which two expressions are tried. Some are coprime and some are highly composite, since floors of divisions
# are what makes expressions of different normal form equal at some sizes and not at others.
_TRIED_SIZES: Final = (2, 3, 5, 7, 11, 16, 24, 97, 210, 1009)


@lru_cache(maxsize=4096)
def _compare(a: int | Size, b: int | Size) -> Equality:
    difference = subtract(a, b)
    if isinstance(difference, int):
        return Equality.SAME if difference == 0 else Equality.DIFFERENT
    names = sorted(symbols(difference), key=lambda each: each.name)
    if not all(each.rigid for each in names):
        return Equality.UNDECIDED
    for start in _TRIED_SIZES:
        sizes = {each.name: start + place * (1 + start % 5) for place, each in enumerate(names)}
        try:
            value = evaluate(difference, sizes)
        except ShapeError:
            continue
        if value != 0:
            return Equality.DIFFERENT
    return Equality.UNDECIDED


@lru_cache(maxsize=4096)
def _written(terms: tuple[tuple[Monomial, int], ...]) -> str:
    text = ""
    for monomial, coefficient in sorted(terms, key=lambda term: (-_degree(term[0]), _monomial_key(term[0]))):
        factors = [f"{_bracketed(atom)}**{power}" if power > 1 else _bracketed(atom) for atom, power in monomial]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, str(abs(coefficient)))
        sign = ("-" if coefficient < 0 else "") if not text else (" - " if coefficient < 0 else " + ")
        if _degree(monomial) == abs(coefficient) == 1 and sign != "-":
            factors = [str(atom) for atom, _ in monomial]  # a term of its own needs no brackets
        text += sign + "*".join(factors)
    return text


@lru_cache(maxsize=4096)
def _sum(a: int | Size, b: int | Size) -> int | Size:
    return _reduced((*_terms(a), *_terms(b)))


@lru_cache(maxsize=4096)
def _product(a: int | Size, b: int | Size) -> int | Size:
    return _reduced((_monomial_product(left, right), p * q) for left, p in _terms(a) for right, q in _terms(b))


def _reduced(terms: Iterable[tuple[Monomial, int]]) -> int | Size:
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = {monomial: coefficient for monomial, coefficient in total.items() if coefficient}
    if not kept.keys() - {()}:
        return kept.get((), 0)
    return Size(tuple(sorted(kept.items(), key=lambda term: _monomial_key(term[0]))))


def _terms(dim: int | Size) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(dim, Size):
        return dim.terms
    return (((), dim),) if dim else ()


def _quotient(a: int | Size, b: int | Size) -> Size:
    return Size(((((Quotient(Size(_terms(a)), Size(_terms(b))), 1),), 1),))


def _exact_quotient(a: int | Size, b: int | Size) -> int | Size | None:
    divisor = _terms(b)
    if len(divisor) > 1:  # a sum divides its own integer multiples, and no more is tried
        ratio = _terms(a)[0][1] // divisor[0][1] if _terms(a) else 0
        multiple = multiply(ratio, b)
        return ratio if multiple == a else None
    by, scale = next(iter(divisor))
    quotient: list[tuple[Monomial, int]] = []
    for monomial, coefficient in _terms(a):
        powers = dict(monomial)
        for atom, power in by:
            powers[atom] = powers.get(atom, 0) - power
        if coefficient % scale or any(power < 0 for power in powers.values()):
            return None
        kept = [(atom, power) for atom, power in powers.items() if power]
        quotient.append((tuple(sorted(kept, key=lambda item: _atom_key(item[0]))), coefficient // scale))
    return _reduced(quotient)


def _monomial_product(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(powers.items(), key=lambda item: _atom_key(item[0])))


def _atom_key(atom: Atom) -> tuple[bool, str]:
    if isinstance(atom, Symbol):
        return False, f"{atom.name}:{atom.rigid}"
    return True, repr(atom)  # which tells rigid names from others


def _monomial_key(monomial: Monomial) -> tuple[tuple[tuple[bool, str], int], ...]:
    return tuple((_atom_key(atom), -power) for atom, power in monomial)


def _degree(monomial: Monomial) -> int:
    return sum(power for _, power in monomial)


def _never_negative(size: Size) -> bool:
    """Say whether all is added and nothing subtracted."""
    quotients = [atom for monomial, _ in size.terms for atom, _ in monomial if isinstance(atom, Quotient)]
    parts = [part for quotient in quotients for part in (quotient.numerator, quotient.denominator)]
    return all(coefficient > 0 for _, coefficient in size.terms) and all(map(_never_negative, parts))


def _bracketed(part: Size | Atom) -> str:
    text = str(part)
    return text if isinstance(part, Symbol) or text.isidentifier() or text.isdecimal() else f"({text})"
