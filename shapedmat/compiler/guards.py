"""A guard tells whether a call has a known signature, and collects its arrays and numbers if it has.

It runs in every call of a compiled function, before the code does, and is generated as Python source for its signature:
a loop over the forms would take longer than a small network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from inspect import getattr_static
from keyword import iskeyword
from typing import Any, TypeAlias

import numpy as np

from shapedmat.compiler.arguments import (
    LAYOUT_FLAGS,
    ContainerForm,
    Form,
    MatrixForm,
    NumberForm,
    SharedForm,
    Signature,
    StaticForm,
    layout,
)
from shapedmat.compiler.containers import cached_names, field_names, further_slots, has_attributes, is_mutable
from shapedmat.compiler.static_values import identities, identity
from shapedmat.matrix import Matrix

Guard: TypeAlias = Callable[[Sequence[Any], Mapping[str, Any]], tuple[Any, ...] | None]
"""Returns the leaves of the arguments by place and by name if they have the signature, else None."""


def guard(signature: Signature) -> Guard:
    """Return the guard of a signature."""
    return _Source(signature).compiled()


class _Source:
    """The source of one guard, as it grows."""

    def __init__(self, signature: Signature) -> None:
        self.lines: list[str] = []
        self.values: dict[str, Any] = {
            "Matrix": Matrix,
            "ndarray": np.ndarray,
            "layout": layout,
            "identity": identity,
            "identities": identities,
        }
        self.arrays: dict[int, MatrixForm] = {}
        self.leaves: dict[int, str] = {}
        self.containers: dict[int, str] = {}
        self._count = 0
        self._require(f"len(arguments) == {len(signature.positional)}")
        self._require(f"len(keywords) == {len(signature.keywords)}" if signature.keywords else "not keywords")
        for place, form in enumerate(signature.positional):
            self._value(form, f"arguments[{place}]")
        self._names(signature)
        for name, form in signature.keywords:
            self._value(form, f"keywords[{name!r}]")
        self._require_different(self.arrays, self.leaves)
        self._require_different_containers(signature)

    def compiled(self) -> Guard:
        leaves = "".join(f"{self.leaves[place]}, " for place in range(len(self.leaves)))
        body = "\n        ".join([*self.lines, f"return ({leaves})"])
        # What is run is made of the names below alone: values are given to it, and not written into it.
        source = f"""
def check(arguments, keywords):
    try:
        {body}
    except (AttributeError, KeyError):  # an object of a known class lacks an attribute
        return None
"""
        exec(source, self.values)  # noqa: S102
        found: Guard = self.values["check"]
        return found

    def _names(self, signature: Signature) -> None:
        """Require the names of keywords, and the order of those whose order the function can tell."""
        names, ordered = [name for name, _ in signature.keywords], list(signature.ordered)
        if len(ordered) == len(names) > 1:
            self._require(f"[*keywords] == {self._named(ordered)}")
            return
        for name in names:
            self._require(f"{name!r} in keywords")
        if len(ordered) > 1:
            order = self._named(ordered)
            self._require(f"[name for name in keywords if name in {order}] == {order}")

    def _require(self, condition: str) -> None:
        self.lines.append(f"if not ({condition}): return None")

    def _named(self, value: Any) -> str:
        """Return the name under which the source finds a value."""
        name = f"known_{len(self.values)}"
        self.values[name] = value
        return name

    def _value(self, form: Form, expression: str) -> None:
        name = f"value_{self._count}"
        self._count += 1
        self.lines.append(f"{name} = {expression}")
        if isinstance(form, MatrixForm):
            self._matrix(form, name)
        elif isinstance(form, NumberForm):
            self._require(f"type({name}) is {self._named(form.kind)}")
            self.leaves[form.place] = name
        elif isinstance(form, StaticForm):
            self._static(name, form.kind, form.value, form.identity)
        elif isinstance(form, SharedForm):
            self._require(f"{name} is {self.containers[form.number]}")
        else:
            self._container(form, name)

    def _static(self, name: str, kind: type, value: Any, told_by: Any) -> None:
        known = self._named(value)
        is_equal = f"{name} == {known}" if told_by is value else f"identity({name}) == {self._named(told_by)}"
        self._require(f"{name} is {known} or (type({name}) is {self._named(kind)} and {is_equal})")

    def _matrix(self, form: MatrixForm, name: str) -> None:
        self._require(f"type({name}) is Matrix")
        known = self.leaves.get(form.place)
        if known is not None:
            self._require(f"{name}._array is {known}")
            return
        array = f"array_{form.place}"
        self.lines.append(f"{array} = {name}._array")
        conditions = [f"{array}.shape == {form.shape!r}", f"{array}.dtype == {self._named(form.dtype)}"]
        if form.device != "cpu":
            conditions.append(f"type({array}) is not ndarray and {name}.device == {form.device!r}")
            conditions.append(f"layout({array}) == {(form.flags, form.strides)!r}")
        else:
            conditions.insert(0, f"type({array}) is ndarray")
            conditions.append(f"{array}.flags.num & {LAYOUT_FLAGS} == {form.flags}")
            if form.strides:
                conditions.append(f"{array}.strides == {form.strides!r}")
        self._require(" and ".join(conditions))
        self.arrays[form.place], self.leaves[form.place] = form, array

    def _container(self, form: ContainerForm, name: str) -> None:
        self._require(f"type({name}) is {self._named(form.kind)}")
        self.containers[form.number] = name
        if form.kind is dict:
            self._keys(form, name)
        elif form.kind in (tuple, list):
            self._require(f"len({name}) == {len(form.items)}")
        elif form.attributes is not None or dataclasses.is_dataclass(form.kind):
            self._attributes(form, name)
        held = f"{name}_held" if _are_all_held(form) else None
        for key, item in zip(form.names, form.items, strict=True):
            self._value(item, f"{held}[{key!r}]" if held else self._member(form.kind, name, key))

    def _keys(self, form: ContainerForm, name: str) -> None:
        self._require(f"len({name}) == {len(form.names)}")
        if not all(identity(key) is key for key in form.names):
            self._require(f"identities({name}) == {self._named(form.keys)}")
        elif form.names:
            keys = [f"{name}_key_{place}" for place in range(len(form.names))]
            self.lines.append(f"[{', '.join(keys)}] = {name}")
            for key, known in zip(keys, form.names, strict=True):
                self._static(key, type(known), known, known)

    def _attributes(self, form: ContainerForm, name: str) -> None:
        """Require that an object holds beside its fields what it held before."""
        kind = form.kind
        fields = field_names(kind) if has_attributes(kind) else ()
        if form.attributes is not None:
            self.lines.append(f"{name}_held = {name}.__dict__")
            known, free = self._named(frozenset(form.attributes)), self._named(cached_names(kind).union(fields))
            # If all that is wanted is found in it, and it holds no more, the names need not be compared.
            fast = f"len({name}_held) == {len(form.names)} or " if _are_all_held(form) else ""
            self._require(f"{fast}not ({name}_held.keys() ^ {known}) - {free}")
        for slot in further_slots(kind) if fields else ():
            if slot not in form.names:
                self._require(f"not hasattr({name}, {slot!r})")

    def _member(self, kind: type, name: str, key: Any) -> str:
        if not has_attributes(kind):
            return f"{name}[{repr(key) if type(key) in (int, str) else self._named(key)}]"
        # Any text may be the name of an attribute; Python's parser changes some letters.
        is_written = key.isascii() and key.isidentifier() and not iskeyword(key)
        return f"{name}.{key}" if is_written else f"getattr({name}, {key!r})"

    def _require_different(self, forms: Mapping[int, MatrixForm], names: Mapping[int, str]) -> None:
        """Require that arrays that were different ones, and can be one by their shape and type, are so again."""
        alike: dict[Any, list[str]] = {}
        for place, form in forms.items():
            alike.setdefault((form.shape, form.dtype, form.flags, form.strides), []).append(names[place])
        for group in alike.values():
            self._require_all_different(group)

    def _require_different_containers(self, signature: Signature) -> None:
        alike: dict[type, list[str]] = {}
        for form in signature.forms:
            if isinstance(form, ContainerForm) and is_mutable(form.kind):
                alike.setdefault(form.kind, []).append(self.containers[form.number])
        for group in alike.values():
            self._require_all_different(group)

    def _require_all_different(self, names: Sequence[str]) -> None:
        if len(names) in (2, 3):
            pairs = [(a, b) for place, a in enumerate(names) for b in names[:place]]
            self._require(" and ".join(f"{a} is not {b}" for a, b in pairs))
        elif len(names) > 3:
            ids = ", ".join(f"id({name})" for name in names)
            self._require(f"len({{{ids}}}) == {len(names)}")


def _are_all_held(form: ContainerForm) -> bool:
    """Tell whether all that is read of an object is in its ``__dict__``, and Python takes it from there, too."""
    kind = form.kind
    if form.attributes is None or not {*form.names} <= {*form.attributes}:
        return False
    is_plain = getattr_static(kind, "__getattribute__") is getattr_static(object, "__getattribute__")
    return is_plain and not any(hasattr(getattr_static(kind, str(name), None), "__set__") for name in form.names)
