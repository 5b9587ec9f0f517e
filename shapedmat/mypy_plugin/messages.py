"""mypy's own messages about array types, put into the plugin's words.

Some expressions have no hook: the name in ``return x``, the value of an assignment. There mypy compares the types
itself and prints both. Every message passes through here before it is recorded: where two shapes differ, the sentence
becomes that of the shape rule; where nothing is certain (a size that is not known, an element type that may be the
wanted one) the message is dropped; all other messages show arrays as jaxtyping writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from mypy.errors import ErrorInfo, Errors, ErrorWatcher

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, read, symbols
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin import elements
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import MARK, Names, flexible
from shapedmat.shapes import Shape

_GIVEN: Final = r'"(?P<given>[^"]+)"'
_WANTED: Final = r'"(?P<wanted>[^"]+)"'
_PARAMETER: Final = "(?:parameter|argument)"
# The messages that compare two types, each with what it is about.
_COMPARISONS: Final = tuple(
    (re.compile(pattern), subject)
    for pattern, subject in (
        (rf"Incompatible return value type \(got {_GIVEN}, expected {_WANTED}\)", "the returned value"),
        (
            rf"Incompatible types in assignment \(expression has type {_GIVEN}, \w+ has type {_WANTED}\)",
            "the assigned value",
        ),
        (
            rf'Incompatible default for {_PARAMETER} "(?P<name>[^"]+)" '  # noqa: ISC004
            rf"\(default has type {_GIVEN}, {_PARAMETER} has type {_WANTED}\)",
            'the default of "{name}"',
        ),
        (
            r'Argument (?P<name>"?[\w*]+"?) to "(?P<callee>[^"]+)"(?: of "[^"]+")? '  # noqa: ISC004
            rf"has incompatible type {_GIVEN}; expected {_WANTED}",
            'argument {name} of "{callee}"',
        ),
        (rf"\w+ item (?P<name>\d+) has incompatible type {_GIVEN}; expected {_WANTED}", "item {name}"),
        (rf'Incompatible types in "yield" \(actual type {_GIVEN}, expected type {_WANTED}\)', "the yielded value"),
        (
            rf'Dict entry (?P<name>\d+) has incompatible type "[^"]+": {_GIVEN}; expected "[^"]+": {_WANTED}',
            "entry {name}",
        ),
        (
            rf'Return type {_GIVEN} of "(?P<name>[^"]+)" incompatible with return type {_WANTED} in supertype "[^"]+"',
            'the result of "{name}"',
        ),
    )
)
_VARIABLE: Final = re.compile(r"\b([A-Za-z_]\w*)`-1\d{3}(?:@\w+)?")
_TEXT_LITERAL: Final = re.compile(rf"Literal\['{re.escape(MARK)}@[^:']*:([^']*)'\]")
_ARRAY: Final = re.compile(r"(?:numpy\.)?ndarray\[")
_SIZE: Final = re.compile(r"(?:shapedmat\._size\.)?Size\[")
_NUMBER: Final = re.compile(r"Literal\[(-?\d+)\]\??")


class Messages:
    """Reads every message before mypy records it."""

    def __init__(self) -> None:
        self._watcher: ErrorWatcher | None = None
        self._dropped: list[ErrorInfo] = []
        self.names: Callable[[], Names] = Names

    def watch(self, errors: Errors) -> None:
        """Begin to read the messages that are reported to `errors`; doing it again changes nothing."""
        watchers = errors._watchers
        if not watchers or watchers[0] is not self._watcher:
            self._watcher = ErrorWatcher(errors, filter_errors=self.drops)
            # Below all others, so that only messages that would be recorded come here.
            watchers.insert(0, self._watcher)

    def drops(self, file: str, info: ErrorInfo) -> bool:
        """Put a message into our words, or say that it is dropped."""
        del file
        if info.code is SHAPE:
            return False
        if info.parent_error is not None and any(info.parent_error is each for each in self._dropped):
            return True
        if "ndarray[" not in info.message and "Size[" not in info.message:
            return False
        message = readable(info.message)
        for pattern, subject in _COMPARISONS:
            found = pattern.fullmatch(message)
            if found is None:
                continue
            try:
                verdict = self._compare(found["given"], found["wanted"], subject.format(**found.groupdict()))
            except ShapeError as error:
                info.message, info.code = str(error), SHAPE
                return False
            if verdict:
                self._dropped = [*self._dropped[-20:], info]
                return True
        info.message = jaxtyping_style(message)
        return False

    def _compare(self, given: str, wanted: str, subject: str) -> bool:
        """Say whether all in which two types differ is what is not certain; raise where their shapes differ.

        A value of one of several types is wrong for certain only if it is with each of them.
        """
        given, wanted = sizes_as_ints(given), sizes_as_ints(wanted)
        items = split(given, " | ")
        mistakes = []
        for item in items:
            try:
                if not self._fits(item, wanted, subject):
                    return False
            except ShapeError as error:
                mistakes.append(error)
        if len(mistakes) == len(items):
            raise mistakes[0]
        return True

    def _fits(self, given: str, wanted: str, subject: str) -> bool:
        if given in split(wanted, " | ") or given in ("Any", wanted):
            return True
        wanted = _alternative(given, wanted)
        own, other = arrays(given), arrays(wanted)
        if not own or len(own) != len(other) or _without(given, own) != _without(wanted, other):
            return False
        certain = True
        for a, b in zip(own, other, strict=True):
            overlapping = elements.overlap(a.element, b.element)
            if overlapping:
                self._fit(a, b, subject)
            certain = certain and bool(overlapping)
        return certain

    def _fit(self, given: ArrayText, wanted: ArrayText, subject: str) -> None:
        names = self.names()
        a, b = given.shape(names), wanted.shape(names)
        if a is not None and b is not None and shapes.aligned(a, b):
            shapes.fit(a, b, subject=subject)


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


def readable(message: str) -> str:
    """Return a message with our names as they were written."""
    return _TEXT_LITERAL.sub(r"\1", _VARIABLE.sub(r"\1", message))


def jaxtyping_style(message: str) -> str:
    r"""Return a message with its arrays as jaxtyping writes them.

    >>> jaxtyping_style('"ndarray[tuple[n, Literal[3]], dtype[float64]]"')
    '"Float64[ndarray, \'n 3\']"'
    """
    for array in reversed(arrays(message)):
        message = message[: array.start] + str(array) + message[array.end :]
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
    match = _ARRAY.search(text)
    while match:
        end = _closing(text, match.end())
        found.append(ArrayText(match.start(), end, split(text[match.end() : end - 1])))
        match = _ARRAY.search(text, end)
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
    dim = UNKNOWN if axis == "_" else read(axis)
    if not all(names.known(each.name) for each in symbols(dim)):
        return UNKNOWN
    return dim if names.rigid else flexible(dim)


def _alternative(given: str, wanted: str) -> str:
    """Return the one item of a union that is an array like the given one."""
    items = split(wanted, " | ")
    kinds = [item for item in items if _ARRAY.match(item)]
    return kinds[0] if len(items) > 1 and len(kinds) == 1 and _ARRAY.match(given) else wanted


def _without(text: str, found: list[ArrayText]) -> str:
    for array in reversed(found):
        text = f"{text[: array.start]}ndarray{text[array.end :]}"
    return text
