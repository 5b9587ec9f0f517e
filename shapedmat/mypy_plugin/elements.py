"""Element types as mypy prints NumPy's: which can hold a common value, and what jaxtyping calls them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ANY_WIDTH: Final = "*"
_WIDTHS: Final = {
    "floating": ("16", "32", "64", "80", "96", "128", "256"),
    "signedinteger": ("8", "16", "32", "64"),
    "unsignedinteger": ("8", "16", "32", "64"),
    "complexfloating": ("64", "128", "160", "192", "256", "512"),
    "bool": ("",),
}
_KINDS: Final = {
    "inexact": ("floating", "complexfloating"),
    "integer": ("signedinteger", "unsignedinteger"),
    "number": ("floating", "complexfloating", "signedinteger", "unsignedinteger"),
    "generic": tuple(_WIDTHS),
}
_JAXTYPING: Final = {
    "floating": "Float",
    "signedinteger": "Int",
    "unsignedinteger": "UInt",
    "complexfloating": "Complex",
    "bool": "Bool",
}
_CONCRETE: Final = {
    "float": "floating",
    "int": "signedinteger",
    "uint": "unsignedinteger",
    "complex": "complexfloating",
}
_ABSTRACT: Final = {"inexact": "Inexact", "integer": "Integer", "number": "Num", "generic": "Shaped"}
_PLATFORM_WIDTHS: Final = re.compile(r"(?:[\w.]+\.)?_32Bit \| (?:[\w.]+\.)?_64Bit")
"""What the width of NumPy's default integer is said to be."""
_PLATFORM: Final = {"int_": "int64", "intp": "int64", "uint": "uint64", "uintp": "uint64", "bool_": "bool"}


@lru_cache(maxsize=1024)
def scalars(text: str) -> frozenset[str] | None:
    """Return the scalar types that an element type may be; None where it is not one of numbers.

    >>> sorted(scalars("floating[_32Bit]") or ()), scalars("float64") == scalars("floating[_64Bit]"), scalars("str_")
    (['floating32'], True, None)
    """
    found: set[str] = set()
    for part in _PLATFORM_WIDTHS.sub("_64Bit", text).split(" | "):
        name, _, arguments = part.replace("numpy.", "").partition("[")
        name = _PLATFORM.get(name, name)
        concrete = re.fullmatch(r"(float|int|uint|complex)(\d+)", name)
        if concrete:
            found.add(_CONCRETE[concrete[1]] + concrete[2])
            continue
        width = re.search(r"_(\d+)Bit", arguments)
        kinds = _KINDS.get(name, (name,))
        if not all(kind in _WIDTHS for kind in kinds):
            return None
        for kind in kinds:
            # The width of a complex number is that of both of its parts.
            wanted = str(int(width[1]) * (1 + (kind == "complexfloating"))) if width else _ANY_WIDTH
            found |= {kind + each for each in _WIDTHS[kind] if wanted in (_ANY_WIDTH, each)}
    return frozenset(found)


def overlap(a: str, b: str) -> bool | None:
    """Say whether a value can have both element types; None where that is not known."""
    if a == b or "Any" in (*a.split(" | "), *b.split(" | ")):
        return True
    first, second = scalars(a), scalars(b)
    return None if first is None or second is None else bool(first & second)


@lru_cache(maxsize=1024)
def jaxtyping_name(text: str) -> str | None:
    """Return what jaxtyping calls an element type, None where it has no name for it.

    >>> jaxtyping_name("floating[_32Bit]"), jaxtyping_name("float64"), jaxtyping_name("Any"), jaxtyping_name("str_")
    ('Float32', 'Float64', 'Shaped', None)
    """
    if text == "Any":
        return "Shaped"
    text = text.removesuffix(" | Any")  # by which NumPy's stubs mean what is not worth a type of its own
    bare = text.replace("numpy.", "").partition("[")[0]
    if bare in _ABSTRACT and "_" not in text.partition("[")[2]:
        return _ABSTRACT[bare]
    found = scalars(text)
    if not found:
        return None
    kinds = {kind for kind in _WIDTHS if any(each.startswith(kind) for each in found)}
    if len(kinds) != 1:
        return "Real" if found == scalars("floating | integer") else None
    kind = kinds.pop()
    if len(found) == len(_WIDTHS[kind]):
        return _JAXTYPING[kind]
    return _JAXTYPING[kind] + next(iter(found)).removeprefix(kind) if len(found) == 1 else None
