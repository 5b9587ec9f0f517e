"""Types as they stand in mypy's messages, and as jaxtyping writes them."""

from __future__ import annotations

import re
from typing import Final

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, read, symbols
from shapedmat.mypy_plugin import elements
from shapedmat.mypy_plugin.dims import MARK, SCOPE_MARK, Names
from shapedmat.shapes import Shape

_VARIABLE: Final = re.compile(r"\b([A-Za-z_]\w*)`-1\d{3}(?:@\w+)?")
_TEXT_LITERAL: Final = re.compile(rf"Literal\['{re.escape(MARK)}@(?P<scope>[^:']*):(?P<text>[^']*)'\]")
_SCOPED: Final = re.compile(rf"(?P<text>(?! )[^,\[\]\"]+?){re.escape(SCOPE_MARK)}(?P<scope>[\w.<>]+)")
_BOUND: Final = re.compile(r"\b(\w+): int \| (?:Literal\['[^']*:)?\1\b(?:'\])?")
ARRAY: Final = re.compile(r"\b(?:numpy\.)?ndarray\[(?!')|\b(?:shapedmat\.matrix\.)?(?P<matrix>Matrix)\[")
_OWNED: Final = re.compile(r"`-?\d+(?:@[\w.]+)?")
_SIZE: Final = re.compile(r"(?:shapedmat\._size\.)?Size\[")
SCALAR: Final = re.compile(r"(?:shapedmat\._size\.)?Number\[(?=[^'\]]*(?:\[[^\]]*\])?[^'\]]*, Any\])")
_NUMBER: Final = re.compile(r"Literal\[(-?\d+)\]\??")


class ArrayText:
    """An array type as it stands in a message."""

    def __init__(self, start: int, end: int, arguments: list[str]) -> None:
        self.start = start
        self.end = end
        self._shape = arguments[0] if arguments else "Any"
        dtype = arguments[1] if len(arguments) > 1 else "Any"
        inner = re.fullmatch(r"(?:numpy\.)?dtype\[(.*)\]", dtype)
        self.element = inner[1] if inner else dtype

    @property
    def axes(self) -> list[str] | None:
        """The axes as jaxtyping writes them; None for any number of them."""
        inner = re.fullmatch(r"(?:builtins\.)?tuple\[(.*)\]", self._shape)
        if inner is None:
            return None
        if inner[1] == "()":
            return []
        parts = split(inner[1])
        return None if parts[-1] == "..." else [_axis(part) for part in parts]

    def shape(self, names: Names) -> Shape | None:
        """Return the shape; None where the rank is not known."""
        axes = self.axes
        return None if axes is None else tuple(_dim(each, names) for each in axes)

    def __str__(self) -> str:
        axes = self.axes
        text = "..." if axes is None else " ".join(axes)
        name = elements.jaxtyping_name(self.element)
        return f"{name}[ndarray, '{text}']" if name else f"ndarray['{text}', {self.element}]"


class MatrixText(ArrayText):
    """A `Matrix` as it stands in a message."""

    def __init__(self, start: int, end: int, arguments: list[str]) -> None:
        super().__init__(start, end, ["Any", arguments[0]])
        self._sizes = [_OWNED.sub("", each) for each in arguments[1:]]

    @property
    def axes(self) -> list[str]:
        """The axes as jaxtyping writes them."""
        return [each if each.isdigit() else _axis(each) for each in self._sizes]

    def __str__(self) -> str:
        name = elements.jaxtyping_name(self.element) or ""
        element = name.lower() if name == "Bool" or name[-1:].isdigit() else self.element.replace("numpy.", "")
        sizes = [size if axis == "_" else axis for axis, size in zip(self.axes, self._sizes, strict=True)]
        return f"Matrix[{element}, {', '.join(sizes)}]"


def readable(message: str, names: Names) -> str:
    """Return a message with our names as they were written, but unknown sizes for those of other functions."""
    of_functions = "Callable[" in message or "def " in message

    def written(found: re.Match[str]) -> str:
        return found["text"] if of_functions or found["scope"] in ("", *names.functions) else "Any"

    message = _VARIABLE.sub(r"\1", _BOUND.sub(r"\1: int", message))
    return _SCOPED.sub(written, _TEXT_LITERAL.sub(written, message))


def jaxtyping_style(message: str) -> str:
    r"""Return a message with its arrays as jaxtyping writes them.

    >>> jaxtyping_style('"ndarray[tuple[n, Literal[3]], dtype[float64]]"')
    '"Float64[ndarray, \'n 3\']"'
    """
    for array in reversed(arrays(message)):
        message = message[: array.start] + str(array) + message[array.end :]
    found = SCALAR.search(message)
    while found:
        end = _closing(message, found.end())
        element = message[found.end() : end - 1].removesuffix(", Any")
        message = f"{message[: found.start()]}Number[{elements.jaxtyping_name(element) or element}]{message[end:]}"
        found = SCALAR.search(message)
    return message.replace("shapedmat._size.Size[", "Size[")


def sizes_as_ints(text: str) -> str:
    """Return a type with the sizes that are values as plain ints."""
    found = _SIZE.search(text)
    while found:
        end = _closing(text, found.end())
        text = f"{text[: found.start()]}int{text[end:]}"
        found = _SIZE.search(text)
    return " | ".join(dict.fromkeys(split(text, " | ")))


def arrays(text: str) -> list[ArrayText]:
    """Return the arrays in a type or a message, in order."""
    found = []
    match = ARRAY.search(text)
    while match:
        end = _closing(text, match.end())
        arguments = split(text[match.end() : end - 1])
        if match["matrix"] is None:
            found.append(ArrayText(match.start(), end, arguments))
        elif len(arguments) == 3:
            found.append(MatrixText(match.start(), end, arguments))
        match = ARRAY.search(text, end)
    return found


def split(text: str, separator: str = ", ") -> list[str]:
    """Return the parts of a text between separators that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "[(") - (character in "])")
        if depth == 0 and text.startswith(separator, place):
            parts.append(text[start:place])
            start = place + len(separator)
    return [*parts, text[start:]]


def _closing(text: str, start: int) -> int:
    """Return the place after the bracket that closes the one before `start`."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if depth == 0:
            return place + 1
    return len(text)


def _axis(text: str) -> str:
    number = _NUMBER.fullmatch(text)
    if number:
        return number[1]
    unpacked = re.fullmatch(r"(?:\*|(?:typing\.)?Unpack\[)(?:builtins\.)?tuple\[(.*), \.\.\.\]\]?", text)
    if unpacked:
        return "..." if unpacked[1] in ("Any", "int") else unpacked[1]
    if text.startswith("#") or (symbols(read(text)) and text not in ("Any", "int", "Never")):
        return text.replace(" ", "")
    return "_"


def _dim(axis: str, names: Names) -> Dim:
    if axis == shapes.ANY_AXES or axis.startswith("*"):
        return shapes.axes_named(axis if axis in names.axes else shapes.ANY_AXES)
    return UNKNOWN if axis == "_" else names.placed(read(axis))


def mentions_arrays(message: str) -> bool:
    """Say whether a message has a type in it that the plugin knows more of than mypy prints."""
    return "ndarray[" in message or "Size[" in message or "Matrix[" in message
