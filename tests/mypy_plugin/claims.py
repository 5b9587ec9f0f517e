"""What a revealed type claims of the value that comes of the expression, and in what it is wrong."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import numpy as np

from shapedmat.annotations import DTYPES, parse
from shapedmat.dimensions import UNKNOWN, evaluate


class Known(Enum):
    """How much mypy knows of a shape."""

    FULLY = "known"
    PARTLY = "partly"
    NOT = "unknown"
    NO_ARRAY = "no array"


_ARRAY: Final = re.compile(r"(?P<element>\w+)\[ndarray, '(?P<axes>[^']*)'\]|ndarray\['(?P<other>[^']*)', .*\]")
_AXES: Final = re.compile(r"ndarray(?:, |\[)'(?P<axes>[^']*)'")
_SIZE: Final = re.compile(r"(?:[\w.]+\.)?Size\[(?:Literal\[)?(?P<dim>[^]]*)\]*\??")
_SEQUENCE: Final = re.compile(r"(?:builtins\.)?(?P<kind>tuple|list)\[(?P<items>.*?)(?:, fallback=[\w.]+(?:\[.*\])?)?\]")
_NUMBER: Final = re.compile(r"(?:\w+\.)*(?:list|float|u?int|signedinteger|floating|bool|complex)\w*(?:\[.*\])?")


def knowledge(revealed: str) -> Known:
    """Return how much a revealed type says of the shapes of its arrays.

    >>> knowledge("tuple[Float64[ndarray, 'n 3'], Float64[ndarray, '_']]")
    <Known.PARTLY: 'partly'>
    """
    shapes = [parse(found["axes"]) for found in _AXES.finditer(revealed)]
    if any(shape.variadic is not None for shape in shapes) or (not shapes and "Any" in revealed):
        return Known.NOT
    if not shapes:
        return Known.NO_ARRAY
    return Known.PARTLY if any(axis.dim is UNKNOWN for shape in shapes for axis in shape.axes) else Known.FULLY


def difference(revealed: str, value: object, sizes: dict[str, int]) -> str:
    """Return in what a value is not of a revealed type, or nothing.

    An array without axes and a number pass for one another, as they do in NumPy.

    >>> difference("Float64[ndarray, 'n 3']", np.zeros((7, 4)), {"n": 7})
    'wrong shape: (7, 3) revealed, (7, 4) in truth'
    """
    alternatives = split(revealed, " | ")
    if len(alternatives) > 1:
        found = [difference(each, value, sizes) for each in alternatives]
        return "" if "" in found else found[0]
    array, size, sequence = (pattern.fullmatch(revealed) for pattern in (_ARRAY, _SIZE, _SEQUENCE))
    if array is not None:
        return _of_array(array, value, sizes)
    if size is not None and isinstance(value, int):
        wanted = evaluate(parse(size["dim"].replace(" ", "")).axes[0].dim, sizes)
        return f"wrong size: {wanted} revealed, {value} in truth" if isinstance(wanted, int) and wanted != value else ""
    if sequence is not None and isinstance(value, tuple | list):
        return _of_sequence(sequence, value, sizes)
    if isinstance(value, np.ndarray) and value.ndim and _NUMBER.fullmatch(revealed):
        return f"wrong kind: {revealed} revealed, an array of shape {value.shape} in truth"
    return ""


def _of_array(array: re.Match[str], value: object, sizes: dict[str, int]) -> str:
    shape = parse(array["other"] if array["axes"] is None else array["axes"])
    if isinstance(value, tuple | list) and shape.axes:
        return f"wrong kind: an array revealed, a {type(value).__name__} in truth"
    if not isinstance(value, np.ndarray) and (not shape.axes or not isinstance(value, np.generic)):
        return ""
    if shape.variadic is None:
        dims = [evaluate(axis.dim, sizes) for axis in shape.axes]
        pairs = zip(dims, value.shape, strict=False)
        if len(dims) != value.ndim or any(isinstance(dim, int) and dim != size for dim, size in pairs):
            return f"wrong shape: ({', '.join(map(str, dims))}) revealed, {value.shape} in truth"
    kinds = DTYPES.get(array["element"] or "") or ()
    if kinds and not any(issubclass(value.dtype.type, getattr(np, kind)) for kind in kinds):
        return f"wrong dtype: {array['element']} revealed, {value.dtype} in truth"
    return ""


def _of_sequence(sequence: re.Match[str], value: tuple[object, ...] | list[object], sizes: dict[str, int]) -> str:
    items = split(sequence["items"], ", ")
    if items == ["()"]:
        items = []
    if any(item.startswith("*") or "Unpack" in item for item in items):
        return ""
    if sequence["kind"] == "list" or items[-1:] == ["..."]:
        items = items[:1] * len(value)
    if len(items) != len(value):
        return f"wrong number: {len(items)} items revealed, {len(value)} in truth"
    return next(filter(None, (difference(each, own, sizes) for each, own in zip(items, value, strict=True))), "")


def split(text: str, separator: str) -> list[str]:
    """Return the parts of a type between separators that stand in no brackets or quotes."""
    parts, depth, start, quoted = [], 0, 0, False
    for place, character in enumerate(text):
        quoted ^= character == "'"
        depth += (character in "[(") - (character in "])")
        if not depth and not quoted and text.startswith(separator, place):
            parts.append(text[start:place])
            start = place + len(separator)
    return [*parts, text[start:]]
