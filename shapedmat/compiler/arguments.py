"""What a compiled function is given: matrices and numbers in dataclasses, tuples, lists and dicts, and static values.

The `Signature` of a call says all that the code for it may depend on: the structure of the arguments, the shapes,
element types and memory layouts of the matrices, which of them are one and the same, the types of the numbers, and the
static values themselves. A float is no part of it, nor are the elements of matrices.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat import backends
from shapedmat.compiler.arrays import TracedArray
from shapedmat.compiler.containers import (
    DEEPEST,
    attributes,
    has_attributes,
    is_container,
    is_mutable,
    member,
    member_names,
    obstacle,
)
from shapedmat.compiler.numbers import TracedNumber
from shapedmat.compiler.source import current_line
from shapedmat.compiler.static_values import identities, identity, is_key, is_static
from shapedmat.errors import JitError
from shapedmat.matrix import Matrix
from shapedmat.ops import Array

NUMBER_TYPES: Final = (float, np.float32, np.float64)
"""The types of the numbers that may be other ones in each call."""

BY_ROWS: Final = 0x1
BY_COLUMNS: Final = 0x2
LAYOUT_FLAGS: Final = BY_ROWS | BY_COLUMNS | 0x100 | 0x400
"""The bits of ``ndarray.flags.num`` that count: C- and F-contiguous, aligned, writeable."""

STRUCTURES: Final = (
    "matrices, numbers, dataclasses, tuples, lists and dicts of them, and static values such as int and str"
)


@dataclass(frozen=True, slots=True)
class MatrixForm:
    """A matrix among the arguments.

    Attributes:
        place: the place of its array among the leaves, the same for matrices that hold the same array.
        shape: its numbers of rows and columns.
        dtype: its element type.
        device: where it lies.
        flags: whether it is contiguous, aligned and writeable, as bits of `LAYOUT_FLAGS`.
        strides: the bytes from row to row and from column to column where it is not contiguous, else nothing.
    """

    place: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    device: str
    flags: int
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A number whose value may be another one in each call: its place among the leaves, and its type."""

    place: int
    kind: type


@dataclass(frozen=True, slots=True)
class StaticForm:
    """A value that the code may depend on.

    Attributes:
        kind: its type, since 1, 1.0 and True are equal.
        value: the value.
        identity: what tells it from other values of its type.
    """

    kind: type
    value: Hashable = field(compare=False)
    identity: Hashable


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """A dataclass, tuple, named tuple, list, dict or slice.

    Attributes:
        number: its number among the containers.
        kind: its type.
        names: the names of the attributes, the places or the keys.
        items: what is in it, in the same order.
        keys: what tells the keys of a dict from others that are equal.
        attributes: the names in the ``__dict__`` of the first call's object, if it has one.
    """

    number: int
    kind: type
    names: tuple[Hashable, ...]
    items: tuple[Form, ...]
    keys: tuple[Hashable, ...] = ()
    attributes: tuple[str, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SharedForm:
    """A container that stands in another place of the arguments already: its number."""

    number: int


Form: TypeAlias = MatrixForm | NumberForm | StaticForm | ContainerForm | SharedForm
"""What one argument, or a part of one, is."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What the code for a call may depend on.

    Attributes:
        positional: the forms of the arguments by place.
        keywords: those of the arguments by name.
        ordered: the names among these whose order the function can tell, as those that its ``**`` parameter gathers.
    """

    positional: tuple[Form, ...]
    keywords: tuple[tuple[str, Form], ...]
    ordered: tuple[str, ...] = ()

    @property
    def forms(self) -> Iterator[Form]:
        """All forms, each container before what is in it."""
        pending = [*self.positional, *(form for _, form in self.keywords)]
        while pending:
            form = pending.pop(0)
            yield form
            if isinstance(form, ContainerForm):
                pending[:0] = form.items


@dataclass(frozen=True, slots=True)
class Path:
    """Where something is among the arguments.

    Attributes:
        keyword: the name of the argument if it was given by name, else its place.
        steps: from the argument to it, the type of each container, and the name of a field, a place or a key.
    """

    keyword: str | int
    steps: tuple[tuple[type, Any], ...] = ()

    def then(self, kind: type, name: Any) -> Path:
        """Return the path to what is in the container that this path leads to."""
        return Path(self.keyword, (*self.steps, (kind, name)))

    def of(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Return what the path leads to."""
        found = arguments[self.keyword] if isinstance(self.keyword, int) else keywords[self.keyword]
        for kind, name in self.steps:
            found = member(kind, found, name)
        return found

    def named(self, parameters: Sequence[str]) -> str:
        """Return the path as it is written in the function, such as ``network.w1``, by the names of its parameters."""
        text = self.keyword
        if isinstance(text, int):
            text = parameters[text] if text < len(parameters) else f"argument_{text}"
        for kind, name in self.steps:
            text += f".{name}" if has_attributes(kind) else f"[{name!r}]"
        return text


@dataclass(frozen=True, slots=True)
class Reading:
    """The arguments of one call, read.

    Attributes:
        signature: what the code may depend on.
        leaves: the arrays and the numbers, each array once.
        paths: where each leaf is; of an array in several matrices, the first.
    """

    signature: Signature
    leaves: list[Any]
    paths: list[Path]


def read(
    function: str,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    parameters: Sequence[str],
    unordered: Collection[str] = (),
) -> Reading:
    """Read the arguments of a call.

    Args:
        function: the name of the function, for errors.
        arguments: the arguments by place.
        keywords: the arguments by name.
        parameters: the names of the function's parameters, for errors.
        unordered: the names of those that may be given by name in any order.

    Raises:
        JitError: an argument is of a type that a compiled function does not take.
    """
    reader = _Reader(function, parameters)
    positional = tuple(reader.form(argument, Path(place)) for place, argument in enumerate(arguments))
    named = tuple((name, reader.form(value, Path(name))) for name, value in keywords.items())
    ordered = tuple(name for name in keywords if name not in unordered)
    return Reading(Signature(positional, named, ordered), reader.leaves, reader.paths)


class _Reader:
    """Walks through arguments, and numbers what it meets."""

    def __init__(self, function: str, parameters: Sequence[str]) -> None:
        self.function = function
        self.parameters = parameters
        self.leaves: list[Any] = []
        self.paths: list[Path] = []
        self._open: set[int] = set()
        self._places: dict[int, int] = {}
        self._count = 0
        self._numbers: dict[int, int] = {}

    def form(self, value: Any, path: Path) -> Form:
        kind = type(value)
        if kind is Matrix:
            return self._matrix(value, path)
        if kind in NUMBER_TYPES:
            return NumberForm(self._place(value, path), kind)
        if kind is TracedNumber:
            raise self._traced(value, path)
        if is_container(kind):
            return self._container(value, kind, path)
        if is_static(value):
            return StaticForm(kind, value, identity(value))
        raise self._error(self._refusal(value, path))

    def _matrix(self, matrix: Matrix[Any, Any, Any], path: Path) -> MatrixForm:
        array = matrix._array
        if isinstance(array, TracedArray):
            raise self._traced(array, path)
        itemsize = array.dtype.itemsize
        if not array.dtype.isnative:
            raise self._error(
                f"{path.named(self.parameters)} of {self.function} is not in this machine's byte order: "
                f"convert it with .astype(np.{array.dtype.name})"
            )
        flags, strides = layout(array)
        if any(size > 1 and step % itemsize for size, step in zip(array.shape, strides, strict=False)):
            raise self._error(
                f"the rows and columns of {path.named(self.parameters)} are {strides[0]} and {strides[1]} bytes apart, "
                f"no multiples of its elements' {itemsize}: pass a .copy() of it"
            )
        place = self._places.get(id(array))
        if place is None:
            place = self._places[id(array)] = self._place(array, path)
        return MatrixForm(place, array.shape, array.dtype, backends.device_of(array), flags, strides)

    def _traced(self, value: TracedArray | TracedNumber, path: Path) -> JitError:
        value.recorder.require_open()
        return self._error(
            f"{self.function} cannot take {path.named(self.parameters)}, which has no value yet, as "
            f"{value.recorder.function} is being compiled: call it outside of that"
        )

    def _place(self, leaf: Any, path: Path) -> int:
        self.leaves.append(leaf)
        self.paths.append(path)
        return len(self.leaves) - 1

    def _container(self, value: Any, kind: type, path: Path) -> Form:
        self._require_sound(value, kind, path)
        number = self._numbers.get(id(value))
        if number is not None:
            return SharedForm(number)
        number = self._count
        self._count += 1
        if is_mutable(kind):  # tuples may be one by chance
            self._numbers[id(value)] = number
        names = member_names(value)
        self._open.add(id(value))
        items = tuple(self.form(self._member(kind, value, name, path), path.then(kind, name)) for name in names)
        self._open.discard(id(value))
        return ContainerForm(number, kind, names, items, identities(value) if kind is dict else (), attributes(value))

    def _require_sound(self, value: Any, kind: type, path: Path) -> None:
        given = f"{self.function} cannot take"
        if id(value) in self._open:
            raise self._error(f"{given} {path.named(self.parameters)}, which contains itself")
        if len(path.steps) >= DEEPEST:
            whole = Path(path.keyword).named(self.parameters)
            raise self._error(f"{given} {whole}, in which more than {DEEPEST} containers stand within one another")
        reason = obstacle(value)
        if reason:
            raise self._error(f"{given} {path.named(self.parameters)}, which is of type {kind.__name__}, {reason}")
        strange = [type(key).__name__ for key in value if not is_key(key)] if kind is dict else ()
        if strange:
            raise self._error(
                f"{given} {path.named(self.parameters)}, a dict with a key of type {strange[0]}: use keys such as int "
                "and str"
            )

    def _member(self, kind: type, value: Any, name: Any, path: Path) -> Any:
        try:
            return member(kind, value, name)
        except AttributeError as error:
            raise self._error(
                f"{self.function} cannot take {path.named(self.parameters)}, which is of type {kind.__name__} and "
                f"lacks {name!r}, a field of the dataclass: let __init__ set it, as super().__init__ does"
            ) from error

    def _error(self, message: str) -> JitError:
        return JitError(f"{current_line()}: {message}")

    def _refusal(self, value: Any, path: Path) -> str:
        name, kind = path.named(self.parameters), type(value)
        given = f"{self.function} cannot take {name}, which is of type {kind.__name__}"
        if isinstance(value, np.ndarray):
            return f"{given}: pass it as a Matrix, by Matrix.from_array"
        if isinstance(value, float | np.floating):
            return f"{given}: pass it as a float"
        return f"{given}: a compiled function takes {STRUCTURES}, so make its class a dataclass, or pass what is in it"


def layout(array: Array) -> tuple[int, tuple[int, ...]]:
    """Return the flags of an array's layout, and the strides where it is not contiguous."""
    if isinstance(array, np.ndarray):
        flags = array.flags.num & LAYOUT_FLAGS
    else:
        contiguous = array.flags.c_contiguous * BY_ROWS | array.flags.f_contiguous * BY_COLUMNS
        flags = LAYOUT_FLAGS & ~(BY_ROWS | BY_COLUMNS) | contiguous
    return flags, () if flags & (BY_ROWS | BY_COLUMNS) else array.strides


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters that are given by place, as far as they are known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD))


def unordered_names(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of a function's parameters whose order in a call it cannot tell; none where they are not known.

    A function that wraps another one and gathers keywords can tell their order, whatever the other's parameters are.
    """
    inner = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(inner, FunctionType):
        return frozenset()
    code = inner.__code__
    return frozenset(code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount])
