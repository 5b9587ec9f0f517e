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

from mypy.checker import TypeChecker
from mypy.checker_state import checker_state
from mypy.errorcodes import NO_ANY_RETURN, OPERATOR
from mypy.errors import ErrorInfo, Errors, ErrorWatcher
from mypy.nodes import ImportFrom
from mypy.version import __version__

from shapedmat import shapes
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin import elements
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import Names
from shapedmat.mypy_plugin.inference import forgets, speaks_of_default, speaks_of_forgotten
from shapedmat.mypy_plugin.joins import speaks_of_joined
from shapedmat.mypy_plugin.members import classes_named, may_implement, may_override, result_of_call
from shapedmat.mypy_plugin.written import (
    ARRAY,
    SCALAR,
    ArrayText,
    arrays,
    jaxtyping_style,
    mentions_arrays,
    readable,
    sizes_as_ints,
    split,
)

_UNKNOWN_FUNCTION: Final = "Cannot call function of unknown type"
_ASSIGNED: Final = "the assigned value"
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
            _ASSIGNED,
        ),
        (
            rf'Incompatible default for {_PARAMETER} "(?P<name>[^"]+)" '  # noqa: ISC004
            rf"\(default has type {_GIVEN}, {_PARAMETER} has type {_WANTED}\)",
            'the default of "{name}"',
        ),
        (
            r'Argument (?P<name>"?[\w*]+"?)(?: to (?P<callee>"[^"]+"))?(?: of "[^"]+")? '  # noqa: ISC004
            rf"has incompatible type {_GIVEN}; expected {_WANTED}",
            "argument {name} of {callee}",
        ),
        (rf'Invalid index type {_GIVEN} for "[^"]+"; expected type {_WANTED}', "the index"),
        (rf"\w+ item (?P<name>\d+) has incompatible type {_GIVEN}; expected {_WANTED}", "item {name}"),
        (rf'Incompatible types in "yield" \(actual type {_GIVEN}, expected type {_WANTED}\)', "the yielded value"),
        (rf'Incompatible types in "yield from" \(actual type {_GIVEN}, expected type {_WANTED}\)', "the yielded value"),
        (
            r"(?:List|Set) comprehension has incompatible type "  # noqa: ISC004
            r"\w+\[(?P<given>.+)\]; expected \w+\[(?P<wanted>.+)\]",
            "an item",
        ),
        (
            r"\w+ expression in dictionary comprehension has incompatible type "  # noqa: ISC004
            rf"{_GIVEN}; expected type {_WANTED}",
            "an entry",
        ),
        (rf"Generator has incompatible item type {_GIVEN}; expected {_WANTED}", "an item"),
        (
            rf'Dict entry (?P<name>\d+) has incompatible type "[^"]+": {_GIVEN}; expected "[^"]+": {_WANTED}',
            "entry {name}",
        ),
        (
            rf"Incompatible types \(expression has type {_GIVEN}, "  # noqa: ISC004
            rf'TypedDict item "(?P<name>[^"]+)" has type {_WANTED}\)',
            'item "{name}"',
        ),
        (
            rf'Return type {_GIVEN} of "(?P<name>[^"]+)" incompatible with return type {_WANTED} in supertype "[^"]+"',
            'the result of "{name}"',
        ),
    )
)
# Those that compare a method with the one that it overrides.
_OVERRIDES: Final = re.compile(
    r'(?:Argument \d+|Return type "[^"]+"|Signature) of "(?P<name>\w+)" (?:is )?incompatible with .*supertype .*'
)
# Notes that do not say which message they belong to, which is the last one.
_FURTHER: Final = re.compile(
    r"This violates the Liskov|See https://mypy\.|\s*<\d+ more conflict"
    r"|Possible overload variants:|\s+def |(?:Left|Right) operand is of type|\"[\w.]+\" has type \"def "
)
_UNPACKED: Final = re.compile(r"\*\*?\w+\[(.*)\]")
# A method that takes matrices of some shapes alone, with the rule that says which.
_SELF: Final = re.compile(rf'Invalid self argument {_GIVEN} to attribute function "(?P<name>\w+)" with type .*')
_SELVES: Final = {"outer": lambda shape: shapes.outer(shape, (1,))}


class Messages:
    """Reads every message before mypy records it."""

    def __init__(self, *, debug: bool = False, redefinition: bool = True) -> None:
        self._debug = debug
        self._redefinition = redefinition
        self._watcher: ErrorWatcher | None = None
        self._dropped: list[ErrorInfo] = []
        self._last: ErrorInfo | None = None
        self._mistaken: dict[str, set[int]] = {}
        self.names: Callable[[], Names] = Names

    def watch(self, errors: Errors) -> None:
        """Begin to read the messages that are reported to `errors`; doing it again changes nothing."""
        watchers = errors._watchers
        if not watchers or watchers[0] is not self._watcher:
            self._watcher = ErrorWatcher(errors, filter_errors=self._guarded)
            # Below all others, so that only messages that would be recorded come here.
            watchers.insert(0, self._watcher)

    def _guarded(self, file: str, info: ErrorInfo) -> bool:
        try:
            return self.drops(file, info)
        except Exception:
            if self._debug:
                raise
            return False

    def drops(self, file: str, info: ErrorInfo) -> bool:
        """Put a message into our words, or say that it is dropped."""
        if info.code is SHAPE:
            self._mistaken.setdefault(file, set()).add(info.line)
            return False
        if info.parent_error is not None or (self._dropped and _FURTHER.match(info.message)):
            of = info.parent_error or self._last
            if any(of is each for each in self._dropped):
                return True
        elif (
            self._is_settled(file, info)
            or self._is_of_default(file, info)
            or self._is_of_joined_functions(file, info)
            or _is_of_joined(info)
            or self._may_be_self(info)
            or self._is_open(info)
        ):
            self._dropped = [*self._dropped[-20:], info]
            self._last = info
            return True
        self._last = info
        if info.code is OPERATOR and "Matrix[" in info.message:
            self._mistaken.setdefault(file, set()).add(info.line)
        if mentions_arrays(info.message) or SCALAR.search(info.message):
            info.message = jaxtyping_style(readable(info.message, self.names()))
        return False

    def _is_settled(self, file: str, info: ErrorInfo) -> bool:
        """Say whether a message is about the result of an expression that a message about shapes is about already."""
        lines = self._mistaken.get(file, ())
        return info.code is NO_ANY_RETURN and any(info.line <= line <= max(info.line, info.end_line) for line in lines)

    def _is_of_default(self, file: str, info: ErrorInfo) -> bool:
        """Say whether a message takes a parameter for ``None`` that was given an array.

        mypy 1 does not narrow it where that is not certainly one of the annotated shape.
        """
        if '"None"' not in info.message or not __version__.startswith("1.") or not _is_given_default(info.line):
            return False
        self._mistaken.setdefault(file, set()).add(info.line)
        return True

    def _is_of_joined_functions(self, file: str, info: ErrorInfo) -> bool:
        """Say whether a message is about a call of one of several functions, whose arrays may have other shapes.

        mypy finds no common type for them, as it would for functions of arrays without shapes.
        """
        checker = checker_state.type_checker
        if info.message != _UNKNOWN_FUNCTION or not isinstance(checker, TypeChecker):
            return False
        self._mistaken.setdefault(file, set()).add(info.line)
        return any(isinstance(each, ImportFrom) and each.id == "jaxtyping" for each in checker.tree.imports)

    def _is_open(self, info: ErrorInfo) -> bool:
        """Say whether all that a message is about is what is not certain; put it into our words where it is shapes."""
        override = _OVERRIDES.fullmatch(info.message)
        if override is not None and _may_override(override["name"]):
            return True
        message = readable(info.message, self.names())
        matches = ((pattern.fullmatch(message), subject) for pattern, subject in _COMPARISONS)
        found, subject = next(((found, subject) for found, subject in matches if found), (None, ""))
        if found is None:
            return False
        if not mentions_arrays(message) or found["given"].startswith("partial["):
            given, wanted = found["given"], found["wanted"]
            # A number that NumPy's stubs call ``Any`` is wanted by chance: because one was given first.
            return bool(SCALAR.search(wanted)) or _may_implement(given, wanted) or self._may_return(given, wanted)
        # The names of a method of another class are others.
        names = Names() if override is not None else self.names()
        try:
            return self._compare(found["given"], found["wanted"], _subject(subject, found), names)
        except ShapeError as error:
            if self._redefinition and ((subject == _ASSIGNED and _forgets(info.line)) or _is_forgotten(info.line)):
                return True
            info.message, info.code = str(error), SHAPE
            return False

    def _may_be_self(self, info: ErrorInfo) -> bool:
        """Say whether a matrix may have a method, as far as its shape is known; put the message into our words."""
        found = _SELF.fullmatch(readable(info.message, self.names()))
        matrices = arrays(found["given"]) if found is not None and found["name"] in _SELVES else []
        shape = matrices[0].shape(self.names()) if matrices else None
        if found is None or shape is None:
            return False
        try:
            _SELVES[found["name"]](shape)
        except ShapeError as error:
            info.message, info.code = str(error), SHAPE
            return False
        return True

    def _compare(self, given: str, wanted: str, subject: str, names: Names) -> bool:
        """Say whether all in which two types differ is what is not certain; raise where their shapes differ.

        A value of one of several types is wrong for certain only if it is with each of them.
        """
        given, wanted = sizes_as_ints(_item_of(given)), sizes_as_ints(wanted)
        items = split(given, " | ")
        mistakes = []
        for item in items:
            try:
                if not self._fits(item, wanted, subject, names):
                    return False
            except ShapeError as error:
                mistakes.append(error)
        if len(mistakes) == len(items):
            raise mistakes[0]
        return True

    def _may_return(self, partial: str, wanted: str) -> bool:
        """Say whether a function with some arguments given may return what is wanted."""
        given = partial.removeprefix("partial[").removesuffix("]")
        try:
            return given != partial and any(self._fits(given, result, "it", Names()) for result in _results(wanted))
        except ShapeError:
            return False

    def _fits(self, given: str, wanted: str, subject: str, names: Names) -> bool:
        if given in split(wanted, " | ") or given in ("Any", wanted):
            return True
        wanted = _alternative(given, wanted)
        own, other = arrays(given), arrays(wanted)
        if not own or len(own) != len(other) or _without(given, own) != _without(wanted, other):
            return False
        of_functions = "Callable[" in given or "def " in given
        certain = True
        for a, b in zip(own, other, strict=True):
            overlapping = elements.overlap(a.element, b.element)
            if overlapping and of_functions:
                certain = certain and _may_fit(a, b)
            elif overlapping:
                _fit(a, b, subject if ARRAY.match(given) else f"an array in {subject}", names)
            certain = certain and bool(overlapping)
        return certain


def _fit(given: ArrayText, wanted: ArrayText, subject: str, names: Names) -> None:
    a, b = given.shape(names), wanted.shape(names)
    if a is not None and b is not None and (shapes.aligned(a, b) or shapes.same_but_for_others(a, b)):
        shapes.fit(a, b, subject=subject)


def _may_fit(given: ArrayText, wanted: ArrayText) -> bool:
    """Say whether two arrays of functions may be of one shape; the names of functions are their own."""
    try:
        _fit(given, wanted, "", Names())
    except ShapeError:
        return False
    return True


def _subject(subject: str, found: re.Match[str]) -> str:
    return subject.format(**{name: each or "the callee" for name, each in found.groupdict().items()})


def _may_override(name: str) -> bool:
    checker = checker_state.type_checker
    info = checker.scope.active_class() if isinstance(checker, TypeChecker) else None
    return info is not None and may_override(info, name)


def _forgets(line: int) -> bool:
    checker = checker_state.type_checker
    return isinstance(checker, TypeChecker) and forgets(checker.tree, line)


def _is_forgotten(line: int) -> bool:
    checker = checker_state.type_checker
    return isinstance(checker, TypeChecker) and speaks_of_forgotten(checker.tree, line)


def _is_given_default(line: int) -> bool:
    checker = checker_state.type_checker
    return isinstance(checker, TypeChecker) and speaks_of_default(checker.tree, line)


def _is_of_joined(info: ErrorInfo) -> bool:
    checker = checker_state.type_checker
    return isinstance(checker, TypeChecker) and speaks_of_joined(info.message, checker, info.line)


def _results(wanted: str) -> list[str]:
    """Return what a callable returns, or a protocol of callables."""
    if wanted.startswith("Callable["):
        return [split(wanted.removeprefix("Callable[").removesuffix("]"))[-1]]
    if "def " in wanted:
        return [wanted.rpartition(" -> ")[2]]
    checker = checker_state.type_checker
    found = classes_named(wanted, checker.modules) if isinstance(checker, TypeChecker) and wanted.isidentifier() else []
    return [str(result) for each in found if each.is_protocol and (result := result_of_call(each)) is not None]


def _may_implement(given: str, wanted: str) -> bool:
    """Say whether a class, by its name, may have what a protocol asks for."""
    checker = checker_state.type_checker
    if not isinstance(checker, TypeChecker) or not given.isidentifier():
        return False
    protocols = [
        each
        for item in split(wanted, " | ")
        if item.isidentifier()
        for each in classes_named(item, checker.modules)
        if each.is_protocol
    ]
    classes = classes_named(given, checker.modules) if protocols else []
    return any(may_implement(each, protocol) for each in classes for protocol in protocols)


def _item_of(given: str) -> str:
    """Return what ``*`` or ``**`` takes from a container, whichever of its items it is."""
    unpacked = _UNPACKED.fullmatch(given)
    if unpacked is None:
        return given
    items = [each for each in split(unpacked[1]) if each != "..."]
    return items[-1] if given.startswith("**") else " | ".join(dict.fromkeys(items))


def _alternative(given: str, wanted: str) -> str:
    """Return the one item of a union that is an array like the given one."""
    items = split(wanted, " | ")
    kinds = [item for item in items if ARRAY.match(item)]
    return kinds[0] if len(items) > 1 and len(kinds) == 1 and ARRAY.match(given) else wanted


def _without(text: str, found: list[ArrayText]) -> str:
    for array in reversed(found):
        text = f"{text[: array.start]}{type(array).__name__}{text[array.end :]}"
    return text
