"""What a compiled function is given: matrices and numbers in dataclasses, tuples, lists and dicts, and static values.

The `Signature` of a call says all that the code for it may depend on: the structure of the arguments, the shapes,
element types and memory layouts of the matrices, which of them are one and the same, the types of the numbers, and the
static values themselves. A float is no part of it, nor are the elements of matrices.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import BuiltinFunctionType, EllipsisType, FunctionType, MethodType, ModuleType, NoneType
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat import backends
from shapedmat.compiler.source import current_line
from shapedmat.errors import JitError
from shapedmat.matrix import Matrix
from shapedmat.ops import Array

NUMBER_TYPES: Final = (float, np.float32, np.float64)
"""The types of the numbers that may be other ones in each call."""

_CONTIGUITY: Final = 0x1 | 0x2
LAYOUT_FLAGS: Final = _CONTIGUITY | 0x100 | 0x400
"""The bits of ``ndarray.flags.num`` that count: C- and F-contiguous, aligned, writeable."""

_STATIC_TYPES: Final = (NoneType, EllipsisType, bool, int, complex, str, bytes, range)
_STATIC_CLASSES: Final = (enum.Enum, np.dtype, type, FunctionType, partial, np.integer, np.bool_)
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
    """A value that the code may depend on; its type stands beside it, since 1, 1.0 and True are equal."""

    kind: type
    value: Hashable


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """A dataclass, tuple, named tuple, list, dict or slice.

    Attributes:
        number: its number among the containers.
        kind: its type.
        names: the names of the fields, the places or the keys.
        items: what is in it, in the same order.
    """

    number: int
    kind: type
    names: tuple[Hashable, ...]
    items: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class SharedForm:
    """A container that stands in another place of the arguments already: its number."""

    number: int


Form: TypeAlias = MatrixForm | NumberForm | StaticForm | ContainerForm | SharedForm
"""What one argument, or a part of one, is."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What the code for a call may depend on: the forms of its arguments, and of its keywords by their sorted names."""

    positional: tuple[Form, ...]
    keywords: tuple[tuple[str, Form], ...]

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
        containers: the containers, each once, with where they are.
        matrices: the matrices, each once, with where they are.
    """

    signature: Signature
    leaves: list[Any]
    paths: list[Path]
    containers: list[tuple[Any, Path]]
    matrices: list[tuple[Matrix[Any, Any, Any], Path]]


def read(function: str, arguments: Sequence[Any], keywords: Mapping[str, Any], parameters: Sequence[str]) -> Reading:
    """Read the arguments of a call.

    Args:
        function: the name of the function, for errors.
        arguments: the arguments by place.
        keywords: the arguments by name.
        parameters: the names of the function's parameters, for errors.

    Raises:
        JitError: an argument is of a type that a compiled function does not take.
    """
    reader = _Reader(function, parameters)
    positional = tuple(reader.form(argument, Path(place)) for place, argument in enumerate(arguments))
    named = tuple((name, reader.form(keywords[name], Path(name))) for name in sorted(keywords))
    containers = list(reader.containers.values())
    return Reading(
        Signature(positional, named), reader.leaves, reader.paths, containers, list(reader.matrices.values())
    )


class _Reader:
    """Walks through arguments, and numbers what it meets."""

    def __init__(self, function: str, parameters: Sequence[str]) -> None:
        self.function = function
        self.parameters = parameters
        self.leaves: list[Any] = []
        self.paths: list[Path] = []
        self.containers: dict[int, tuple[Any, Path]] = {}
        self.matrices: dict[int, tuple[Matrix[Any, Any, Any], Path]] = {}
        self._open: set[int] = set()
        self._places: dict[int, int] = {}
        self._numbers: dict[int, int] = {}

    def form(self, value: Any, path: Path) -> Form:
        kind = type(value)
        if kind is Matrix:
            return self._matrix(value, path)
        if kind in NUMBER_TYPES:
            return NumberForm(self._place(value, path), kind)
        if is_container(kind):
            return self._container(value, kind, path)
        if is_static(value):
            return StaticForm(kind, value)
        raise JitError(f"{current_line()}: {self._refusal(value, path)}")

    def _matrix(self, matrix: Matrix[Any, Any, Any], path: Path) -> MatrixForm:
        array = matrix._array
        if not array.dtype.isnative:
            raise JitError(
                f"{current_line()}: {path.named(self.parameters)} of {self.function} is not in this machine's byte "
                f"order: convert it with .astype(np.{array.dtype.name})"
            )
        self.matrices.setdefault(id(matrix), (matrix, path))
        place = self._places.get(id(array))
        if place is None:
            place = self._places[id(array)] = self._place(array, path)
        flags, strides = layout(array)
        return MatrixForm(place, array.shape, array.dtype, backends.device_of(array), flags, strides)

    def _place(self, leaf: Any, path: Path) -> int:
        self.leaves.append(leaf)
        self.paths.append(path)
        return len(self.leaves) - 1

    def _container(self, value: Any, kind: type, path: Path) -> Form:
        if id(value) in self._open:
            name = path.named(self.parameters)
            raise JitError(f"{current_line()}: {self.function} cannot take {name}, which contains itself")
        number = self._numbers.get(id(value))
        if number is not None:
            return SharedForm(number)
        number = len(self.containers)
        self.containers[id(value)] = value, path
        if is_mutable(kind):  # tuples may be one by chance
            self._numbers[id(value)] = number
        names = member_names(value)
        self._open.add(id(value))
        items = tuple(self.form(self._member(kind, value, name, path), path.then(kind, name)) for name in names)
        self._open.discard(id(value))
        return ContainerForm(number, kind, names, items)

    def _member(self, kind: type, value: Any, name: Any, path: Path) -> Any:
        try:
            return member(kind, value, name)
        except AttributeError as error:
            raise JitError(
                f"{current_line()}: {self.function} cannot take {path.named(self.parameters)}, which is of type "
                f"{kind.__name__} and lacks {name!r}, a field of the dataclass: let __init__ set it, as "
                "super().__init__ does"
            ) from error

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
        flags = LAYOUT_FLAGS & ~_CONTIGUITY | array.flags.c_contiguous * 0x1 | array.flags.f_contiguous * 0x2
    return flags, () if flags & _CONTIGUITY else array.strides


# --- containers -------------------------------------------------------------------------------------------------------


def is_container(kind: type) -> bool:
    """Tell whether values of a type are looked into."""
    named = issubclass(kind, tuple) and hasattr(kind, "_fields")
    return kind in (tuple, list, dict, slice) or named or dataclasses.is_dataclass(kind)


def is_mutable(kind: type) -> bool:
    """Tell whether a function can put other values into a container of a type."""
    return kind in (list, dict) or (dataclasses.is_dataclass(kind) and not _parameters(kind).frozen)


def _parameters(kind: Any) -> Any:
    return kind.__dataclass_params__


def is_static(value: Any) -> bool:
    """Tell whether the code for a call may depend on a value: it cannot change, or is a class or a function."""
    if isinstance(value, BuiltinFunctionType):
        return isinstance(value.__self__, ModuleType | NoneType)  # a method of a list may do anything
    if type(value) in _STATIC_TYPES or isinstance(value, _STATIC_CLASSES):
        return True
    # What hashes by where it is in memory may hold anything, and change.
    own_hash: Any = type(value).__hash__
    if own_hash is None or own_hash is object.__hash__:
        return False
    try:
        hash(value)
    except TypeError:
        return False
    return not isinstance(value, float | np.floating | MethodType)


def member_names(container: Any) -> tuple[Hashable, ...]:
    """Return the names of a container's fields, or its places or keys."""
    kind = type(container)
    if kind is dict:
        return tuple(container)
    if kind is slice:
        return "start", "stop", "step"
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return tuple(range(len(container)))


@cache
def has_attributes(kind: type) -> bool:
    """Tell whether what is in a container of a type is read as an attribute, as in a dataclass."""
    return kind is slice or dataclasses.is_dataclass(kind)


def member(kind: type, container: Any, name: Any) -> Any:
    """Return what a container of a type has in a field, in a place or under a key."""
    return getattr(container, name) if has_attributes(kind) else container[name]


def holds_beside_fields(container: Any, name: str | None) -> bool:
    """Tell whether an attribute was set on a dataclass that is none of its fields, so that no copy has it."""
    if not dataclasses.is_dataclass(container):
        return False
    return name in getattr(container, "__dict__", ()) and name not in member_names(container)


def assembled(kind: type, names: Sequence[Any], items: Sequence[Any]) -> Any:
    """Return a new container; a dataclass is made of its fields alone, without ``__init__`` and ``__post_init__``."""
    if kind in (tuple, list):
        return kind(items)
    if kind is dict:
        return dict(zip(names, items, strict=True))
    if kind is slice:
        return slice(*items)
    if has_attributes(kind):
        container: Any = object.__new__(kind)
        for name, item in zip(names, items, strict=True):
            object.__setattr__(container, name, item)
        return container
    named: Any = kind
    return named._make(items)


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters that are given by place, as far as they are known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD))
