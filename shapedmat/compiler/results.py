"""What a compiled function gives back: its result, and what it has put into its arguments.

A result is made anew in each call: matrices that own their memory, numbers, and the containers around them. Where the
function returns an argument, or a part of one, it is the caller's own object.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from shapedmat import backends
from shapedmat.compiler.arguments import STRUCTURES, ContainerForm, Form, Path, SharedForm, StaticForm
from shapedmat.compiler.arrays import TracedArray, TracingBackend
from shapedmat.compiler.containers import (
    DEEPEST,
    assembled,
    has_attributes,
    is_container,
    member,
    member_names,
    obstacle,
)
from shapedmat.compiler.numbers import TracedNumber
from shapedmat.compiler.recording import AnyVariable
from shapedmat.compiler.static_values import is_static
from shapedmat.errors import JitError
from shapedmat.matrix import Matrix, _wrap
from shapedmat.ops import Array


@dataclass(frozen=True, slots=True, eq=False)
class OutputMatrix:
    """A new matrix: its place among the outputs."""

    place: int


@dataclass(frozen=True, slots=True, eq=False)
class OutputNumber:
    """A number: its place among the outputs, where it is an array of one element, and its type."""

    place: int
    kind: type


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value that is the same in each call."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The caller's own matrix or container."""

    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """A new container, by its type, the names of what is in it, and its items."""

    kind: type
    names: tuple[Any, ...]
    items: tuple[Result, ...]


Result: TypeAlias = OutputMatrix | OutputNumber | Constant | Given | Assembly
"""How a result, or a part of one, is made from the outputs of the code and the arguments of the call."""


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What the function has bound to an attribute of a dataclass, or put into a list or a dict, of its arguments.

    Attributes:
        path: where the container is.
        kind: its type.
        attribute: the name of the attribute; None for a list or a dict, all of whose contents are replaced.
        value: the new value, or the new contents.
    """

    path: Path
    kind: type
    attribute: str | None
    value: Result


@dataclass(frozen=True, slots=True)
class Returns:
    """What is made of the outputs of the code.

    Attributes:
        result: the result.
        rebindings: what is put into the caller's objects.
    """

    result: Result
    rebindings: tuple[Rebinding, ...]

    def finish(self, arguments: Sequence[Any], keywords: Mapping[str, Any], outputs: Sequence[Array]) -> Any:
        """Return the result, and put into the caller's objects what the function has put into them.

        Args:
            arguments: the arguments of the call by place.
            keywords: the arguments of the call by name.
            outputs: an array with memory of its own for each output.
        """
        making = _Making(arguments, keywords, outputs)
        # All is looked up before anything changes.
        result = making.made(self.result)
        changes = [(each, each.path.of(arguments, keywords), making.made(each.value)) for each in self.rebindings]
        for each, container, value in changes:
            if each.attribute is not None:
                object.__setattr__(container, each.attribute, value)
            elif each.kind is list:
                container[:] = value
            else:
                container.clear()
                container.update(value)
        return result


class _Making:
    """Makes the results of one call, each matrix and container once."""

    def __init__(self, arguments: Sequence[Any], keywords: Mapping[str, Any], outputs: Sequence[Array]) -> None:
        self.arguments = arguments
        self.keywords = keywords
        self.outputs = outputs
        self._made: dict[Result, Any] = {}

    def made(self, result: Result) -> Any:
        if isinstance(result, Constant):
            return result.value
        if isinstance(result, OutputNumber):
            return backends.element(self.outputs[result.place], python=result.kind in (float, int, bool))
        if result not in self._made:
            self._made[result] = self._new(result)
        return self._made[result]

    def _new(self, result: Result) -> Any:
        if isinstance(result, OutputMatrix):
            return _wrap(self.outputs[result.place])
        if isinstance(result, Given):
            return result.path.of(self.arguments, self.keywords)
        assert isinstance(result, Assembly)
        return assembled(result.kind, result.names, [self.made(item) for item in result.items])


class Copies:
    """The arguments as the function gets them: traced matrices and numbers, in copies of the containers.

    Attributes:
        leaves: what stands for each array and number.
        given: by the identity of what the function gets, where the caller's object is; held, so that none is reused.
    """

    def __init__(self, leaves: Sequence[TracedArray | TracedNumber]) -> None:
        self.leaves = leaves
        self.given: dict[int, tuple[Any, Path]] = {}
        self._matrices: dict[int, Matrix[Any, Any, Any]] = {}
        self._containers: dict[int, tuple[Any, ContainerForm, tuple[Any, ...], Path]] = {}

    def copy(self, form: Form, original: Any, path: Path) -> Any:
        """Return what the function gets for an argument or a part of one."""
        if isinstance(form, StaticForm):
            return form.value
        if isinstance(form, SharedForm):
            return self._containers[form.number][0]
        if isinstance(form, ContainerForm):
            return self._container(form, original, path)
        leaf = self.leaves[form.place]
        if isinstance(leaf, TracedNumber):
            return leaf
        if id(original) not in self._matrices:
            matrix = _wrap(leaf)
            self._matrices[id(original)] = matrix
            self.given[id(matrix)] = matrix, path
        return self._matrices[id(original)]

    def _container(self, form: ContainerForm, original: Any, path: Path) -> Any:
        kind = form.kind
        items = tuple(
            self.copy(item, member(kind, original, name), path.then(kind, name))
            for name, item in zip(form.names, form.items, strict=True)
        )
        container = assembled(kind, form.names, items)
        self._containers[form.number] = container, form, items, path
        if form.names:  # () is one object wherever it stands
            self.given[id(container)] = container, path
        return container

    def rebindings(self, results: Results) -> tuple[Rebinding, ...]:
        """Return what the function has put into its copies."""
        found: list[Rebinding] = []
        for container, form, items, path in self._containers.values():
            kind = form.kind
            names = member_names(container)
            if kind in (list, dict):
                now = tuple(member(kind, container, name) for name in names)
                if not _are_same(names, form.names) or not _are_same(now, items):
                    found.append(Rebinding(path, kind, None, results.assembly(container)))
            elif has_attributes(kind) and kind is not slice:
                before = dict(zip(form.names, items, strict=True))
                for name in {**before, **dict.fromkeys(names)}:
                    now_bound = results.member(container, name)
                    if name not in before or now_bound is not before[name]:
                        found.append(Rebinding(path, kind, str(name), results.of(now_bound)))
        return tuple(found)


def _are_same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))


class Results:
    """Reads what the function returns and has put into its arguments.

    Attributes:
        outputs: the variables that the code has to compute, each once.
    """

    def __init__(self, backend: TracingBackend, copies: Copies, where: str) -> None:
        self.function = backend.recorder.function
        self.outputs: list[AnyVariable] = []
        self._backend = backend
        self._copies = copies
        self._where = where
        self._open: set[int] = set()
        self._read: dict[int, tuple[Any, Result]] = {}

    def of(self, value: Any) -> Result:
        """Return how a value is made.

        Raises:
            JitError: a compiled function cannot return it.
        """
        given = self._copies.given.get(id(value))
        if given is not None:
            return Given(given[1])
        if id(value) in self._open:
            raise self.error(f"{self.function} cannot return a {type(value).__name__} that contains itself")
        if len(self._open) > DEEPEST:
            raise self.error(
                f"{self.function} cannot return a value in which more than {DEEPEST} containers stand within one "
                "another"
            )
        if id(value) not in self._read:
            self._open.add(id(value))
            self._read[id(value)] = value, self._new(value)
            self._open.discard(id(value))
        return self._read[id(value)][1]

    def _new(self, value: Any) -> Result:
        kind = type(value)
        if kind is Matrix:
            array = value._array
            if not isinstance(array, TracedArray):
                raise self.error(self._backend.foreign(array))
            array.recorder.require_open()
            self.outputs.append(array.variable)
            return OutputMatrix(len(self.outputs) - 1)
        if kind is TracedNumber:
            self.outputs.append(value.variable)
            return OutputNumber(len(self.outputs) - 1, value.kind)
        if is_container(kind):
            return self.assembly(value)
        if isinstance(value, float | np.floating) or is_static(value):
            return Constant(value)
        raise self.error(
            f"{self.function} cannot return a value of type {kind.__name__}: a compiled function returns {STRUCTURES}"
        )

    def assembly(self, container: Any) -> Result:
        """Return how a container is made.

        Raises:
            JitError: it cannot be made anew, or holds what a compiled function cannot return.
        """
        kind, names, reason = type(container), member_names(container), obstacle(container)
        if reason:
            raise self.error(f"{self.function} cannot return a value of type {kind.__name__}, {reason}")
        return Assembly(kind, names, tuple(self.of(self.member(container, name)) for name in names))

    def member(self, container: Any, name: Any) -> Any:
        """Return what a container has in an attribute, in a place or under a key.

        Raises:
            JitError: there is no such attribute any more, or no such field yet.
        """
        try:
            return member(type(container), container, name)
        except AttributeError as error:
            raise self.error(
                f"{self.function} leaves a {type(container).__name__} without {name!r}: set it, to None if need be"
            ) from error

    def error(self, message: str) -> JitError:
        """Return an error that names the function."""
        return JitError(f"{self._where}: {message}")
