"""Annotations: what jaxtyping's strings of axes, such as ``"*batch n+1 #m"``, and its names of element types mean.

A string holds the axes of a shape between blanks. Each is a number, a name, an expression such as ``n+1``, or ``...``.
Before a name may stand, in any order, ``#`` (the axis may also have size 1), ``*`` (any number of axes), ``?`` (a name
of its own for each leaf of a PyTree) and ``_`` (the name is for readers alone). What stands before an equals sign is
for readers alone as well: ``rows=4`` is ``4``.

Like the dimensions that it is read into, a string is read by the standard library alone. What is malformed is what
jaxtyping refuses as well, and nothing else: much that looks odd, such as ``n>=4`` for ``4``, is not.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from shapedmat.dimensions import UNKNOWN, Dim, read, symbol
from shapedmat.errors import AnnotationError


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a pattern, or any number of them.

    Attributes:
        dim: the size; unknown for ``_``, for an axis that is many, and for what is no integer expression in names.
        broadcastable: whether the size may also be 1.
        variadic: whether this stands for any number of axes.
        name: the name that the size, or the sizes of a variadic axis, are bound to; empty where there is none. A
            variadic axis and another one of the same name have nothing to do with each other.
        per_leaf: whether the name is another one in each leaf of a PyTree.
    """

    dim: Dim
    broadcastable: bool = False
    variadic: bool = False
    name: str = ""
    per_leaf: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """The axes of an annotated shape, with the string as written."""

    text: str
    axes: tuple[Axis, ...]

    @property
    def binding_names(self) -> frozenset[str]:
        """The names that axes are bound to."""
        return frozenset(axis.name for axis in self.axes if axis.name)

    @property
    def names(self) -> frozenset[str]:
        """The names of axes that occur, in expressions too.

        >>> sorted(parse("*batch n max(n,k)").names)
        ['batch', 'k', 'n']
        """
        expressions = (_read(token).expression for token in self.text.split())
        return self.binding_names.union(*map(_names_in, expressions))

    @property
    def variadic(self) -> int | None:
        """The place of the axis that stands for any number of axes, of which there is at most one."""
        return next((place for place, axis in enumerate(self.axes) if axis.variadic), None)


@lru_cache(maxsize=4096)
def parse(text: str) -> Pattern:
    """Return the pattern that a string of axes means.

    >>> pattern = parse("... #n 2*n+1 rows=4")
    >>> [str(axis.dim) for axis in pattern.axes], pattern.axes[1].broadcastable, pattern.variadic
    (['?', 'n', '2*n + 1', '4'], True, 0)
    >>> parse("n, 1")
    Traceback (most recent call last):
    shapedmat.errors.AnnotationError: malformed shape "n, 1": axes are separated by blanks, not commas; write "n 1"

    Raises:
        AnnotationError: the string is malformed; exactly where jaxtyping raises.
    """
    tokens = text.split()
    try:
        _check_characters(text)
        _check_commas(tokens)
        for token in tokens:
            _check_token(token)
        axes = tuple(_axis(_read(token)) for token in tokens)
        _check_variadic([token for token, axis in zip(tokens, axes, strict=True) if axis.variadic])
    except AnnotationError as error:
        raise AnnotationError(f'malformed shape "{_shown(text)}": {error}') from None
    return Pattern(text, axes)


_ELLIPSIS: Final = "..."
_BROADCASTABLE, _VARIADIC, _ANONYMOUS, _PER_LEAF = _MARKERS = "#*_?"
_COMMAS: Final = str.maketrans(",", " ")


@dataclass(frozen=True, slots=True)
class _Token:
    """What stands between two blanks, with its markers taken off and all up to an equals sign left out."""

    markers: str
    rest: str

    @property
    def number(self) -> int | None:
        """The number that this is."""
        try:
            return int(self.rest)
        except ValueError:
            return None

    @property
    def is_name(self) -> bool:
        """Whether this is a name; as jaxtyping has it, an empty one is one too."""
        return not self.rest or self.rest.isidentifier()

    @property
    def expression(self) -> str:
        """The expression that this is, or nothing."""
        return "" if self.is_name or self.number is not None else self.rest


def _read(text: str) -> _Token:
    if text == _ELLIPSIS:
        return _Token(_VARIADIC + _ANONYMOUS, "")
    markers, rest = "", text
    while rest:
        if rest[0] in _MARKERS:
            markers, rest = markers + rest[0], rest[1:]
        elif rest.count("=") == 1:
            rest = rest.partition("=")[2]
        else:
            break
    return _Token(markers, rest)


def _axis(token: _Token) -> Axis:
    broadcastable = _BROADCASTABLE in token.markers
    if token.number is not None:
        return Axis(token.number, broadcastable)
    if not token.is_name:
        return Axis(UNKNOWN if _is_formatted(token.rest) else read(token.rest), broadcastable)
    variadic = _VARIADIC in token.markers
    if _ANONYMOUS in token.markers:
        return Axis(UNKNOWN, variadic=variadic)
    dim = symbol(token.rest) if token.rest and not variadic else UNKNOWN
    return Axis(dim, broadcastable, variadic, token.rest, _PER_LEAF in token.markers)


def _is_formatted(expression: str) -> bool:
    """Say whether jaxtyping, which evaluates an expression as the text of an f-string, finds another text in it."""
    return not set("{}'\"\\").isdisjoint(expression)


def _names_in(expression: str) -> set[str]:
    if _is_formatted(expression):
        return set()
    try:
        nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return {node.id for node in nodes if isinstance(node, ast.Name) and node not in called}


def _shown(text: str) -> str:
    """Return a text as a message can hold it: in one line, and in characters that can be printed."""
    line = " ".join(text.split())
    return line if line.isprintable() else ascii(line)[1:-1]


def _check_characters(text: str) -> None:
    # The annotation's class is called after its text.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise AnnotationError("a shape cannot hold a null character or half a surrogate pair; leave it out")


def _check_commas(tokens: list[str]) -> None:
    # In a token with a bracket, commas are taken for those of a call.
    parted = [token if "(" in token else token.translate(_COMMAS) for token in tokens]
    if parted != tokens:
        wanted = " ".join(parted)
        raise AnnotationError(f'axes are separated by blanks, not commas; write "{_shown(wanted)}"')


def _check_token(text: str) -> None:
    token = _read(text)
    if text.endswith(_BROADCASTABLE):
        repaired = _repaired(_BROADCASTABLE + text.strip(_BROADCASTABLE))
        raise AnnotationError(f'"#" stands before a name, not after it; write "{_shown(repaired)}"')
    if _ELLIPSIS in text and text != _ELLIPSIS:
        raise AnnotationError(f'"..." stands on its own, with blanks around it; write "{_shown(_repaired(text))}"')
    reason = _misplaced_marker(text, token)
    if reason:
        raise AnnotationError(f'{reason}; write "{_shown(_repaired(text))}"')


def _misplaced_marker(text: str, token: _Token) -> str:
    """Return why the markers of a token cannot stand there together, or nothing."""
    shown = f'"{_shown(text)}"'
    for marker in token.markers:
        if token.markers.count(marker) > 1:
            return f'{shown} has "{marker}" more than once'
        if not token.is_name and marker != _BROADCASTABLE:
            kind = "an expression" if token.number is None else "a number"
            return f'"{marker}" stands before names alone, and "{_shown(token.rest)}" is {kind}'
    if token.is_name and {_ANONYMOUS, _BROADCASTABLE} <= set(token.markers):
        return f'{shown} is an axis of any size, which may be 1 without "#"'
    return ""


def _check_variadic(tokens: list[str]) -> None:
    if len(tokens) > 1:
        shown = " and ".join(f'"{_shown(token)}"' for token in tokens)
        raise AnnotationError(f"{shown} each stand for any number of axes, which one may do; keep one of them")


def _binds(token: str) -> bool:
    return token.isidentifier() and not token.startswith(_ANONYMOUS)


def _repaired(text: str) -> str:
    """Return the token that is likely meant by one that is malformed."""
    if _ELLIPSIS in text:
        before, _, after = (part if _binds(part) else "" for part in text.partition(_ELLIPSIS))
        return f"{before} ... {after}".strip()
    token = _read(text)
    markers = "".join(dict.fromkeys(token.markers))
    if not token.is_name:
        return (_BROADCASTABLE if _BROADCASTABLE in markers else "") + token.rest
    if _ANONYMOUS in markers:
        return markers.replace(_BROADCASTABLE, "") + token.rest
    return markers + (token.rest or "n")


_WIDTHS: Final = (8, 16, 32, 64)

DTYPES: Final[Mapping[str, tuple[str, ...] | None]] = MappingProxyType(
    {
        "Shaped": (),
        "Bool": ("bool",),
        "Num": ("number",),
        "Real": ("floating", "integer"),
        "Inexact": ("inexact",),
        "Integer": ("integer",),
        "Int": ("signedinteger",),
        "UInt": ("unsignedinteger",),
        "Float": ("floating",),
        "Complex": ("complexfloating",),
        **{f"Int{width}": (f"int{width}",) for width in _WIDTHS},
        **{f"UInt{width}": (f"uint{width}",) for width in _WIDTHS},
        **{f"Float{width}": (f"float{width}",) for width in (16, 32, 64)},
        **{f"Complex{width}": (f"complex{width}",) for width in (64, 128)},
        "Key": None,
        "BFloat16": None,
        **{f"{kind}{width}": None for kind in ("Int", "UInt") for width in (2, 4)},
        "Float4e2m1fn": None,
        **{f"Float8{layout}": None for layout in ("e4m3b11fnuz", "e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz")},
    }
)
"""NumPy's scalar classes that the arrays of each element type of jaxtyping hold.

The tuple is empty where any class will do, and there is None in its place where NumPy has no such class. The abstract
ones are the narrowest that there are: they hold beside it what jaxtyping refuses, which is ``longdouble`` and
``clongdouble``, integers that go by the name of a type in C, and ``timedelta64``.
"""
