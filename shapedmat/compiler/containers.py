"""Containers, which arguments and results are looked into: how they are read, and made anew.

They are tuples, lists, dicts, slices, named tuples and dataclasses. What a dataclass holds beside its fields, as
``__post_init__`` may set it, is in it as the fields are, save the values of cached properties: they follow from the
rest, and are computed anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from functools import cache, cached_property
from types import MemberDescriptorType
from typing import Any, Final

DEEPEST: Final = 50
"""How many containers may stand within one another."""


def is_container(kind: type) -> bool:
    """Tell whether values of a type are looked into."""
    return kind in (tuple, list, dict, slice) or _is_named_tuple(kind) or dataclasses.is_dataclass(kind)


def is_mutable(kind: type) -> bool:
    """Tell whether a function can put other values into a container of a type."""
    return kind in (list, dict) or (dataclasses.is_dataclass(kind) and not _parameters(kind).frozen)


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def _parameters(kind: Any) -> Any:
    return kind.__dataclass_params__


@cache
def has_attributes(kind: type) -> bool:
    """Tell whether what is in a container of a type is read as an attribute, as in a dataclass."""
    return kind is slice or dataclasses.is_dataclass(kind)


@cache
def field_names(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass."""
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def cached_names(kind: type) -> frozenset[str]:
    """Return the names of the cached properties of a class."""
    names = {name for base in kind.__mro__ for name in vars(base)}
    return frozenset(name for name in names if isinstance(getattr(kind, name, None), cached_property))


@cache
def further_slots(kind: type) -> tuple[str, ...]:
    """Return the names of the slots of a dataclass that are for none of its fields."""
    return tuple(
        name
        for base in kind.__mro__
        for name, each in vars(base).items()
        if isinstance(each, MemberDescriptorType) and name not in field_names(kind)
    )


def attributes(container: Any) -> tuple[str, ...] | None:
    """Return the names in an object's ``__dict__``, in their order; None where it has none."""
    held = getattr(container, "__dict__", None)
    return None if held is None else tuple(held)


def member_names(container: Any) -> tuple[Hashable, ...]:
    """Return the names of what a dataclass or a slice holds, or the places or keys of another container."""
    kind = type(container)
    if kind is dict:
        return tuple(container)
    if kind is slice:
        return "start", "stop", "step"
    if not dataclasses.is_dataclass(kind):
        return tuple(range(len(container)))
    fields = field_names(kind)
    slots = (name for name in further_slots(kind) if hasattr(container, name))
    passed = cached_names(kind).union(fields)
    return *fields, *slots, *(name for name in attributes(container) or () if name not in passed)


def member(kind: type, container: Any, name: Any) -> Any:
    """Return what a container of a type has in an attribute, in a place or under a key."""
    return getattr(container, name) if has_attributes(kind) else container[name]


def obstacle(container: Any) -> str:
    """Say why a container cannot be made anew of what is in it, or nothing where it can."""
    kind: type = type(container)
    if _is_named_tuple(kind):
        further = [name for name in attributes(container) or () if name not in cached_names(kind)]
        if further:
            return f"a named tuple that holds {further[0]!r} beside its fields: make its class a dataclass"
    if dataclasses.is_dataclass(kind) and not _can_be_empty(kind):
        base = [each for each in kind.__mro__ if not _can_be_empty(each)][-1]
        return f"a dataclass that is a {base.__name__}, too: pass what is in it"
    return ""


@cache
def _can_be_empty(kind: type) -> bool:
    try:
        object.__new__(kind)
    except TypeError:  # what is no attribute would be missing
        return False
    return True


def assembled(kind: type, names: Sequence[Any], items: Sequence[Any]) -> Any:
    """Return a new container; that of a dataclass is made without ``__init__`` and ``__post_init__``."""
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
