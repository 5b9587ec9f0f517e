"""What ``Matrix[np.float32, Literal[5], Literal[2]]`` is when a program runs.

A type checker reads the subscript as type arguments. At run time it makes a class, cached for its arguments, of which a
matrix is an instance when its element type and shape fit. The shape is checked by jaxtyping, so that a size named by a
``TypeVar`` is bound by name within one call of a `shapechecked` function: its first matrix fixes it for the others.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, get_args, get_origin, no_type_check

import numpy as np
from jaxtyping import Shaped

from shapedmat.errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from shapedmat.matrix import Matrix

SUPPORTED_KINDS: Final = "fiub"  # floating, signed, unsigned, boolean

Extent: TypeAlias = int | str | None
"""One size of an annotation: a number, the name of a type variable, or None where any size will do."""


@dataclass(frozen=True, slots=True)
class Specification:
    """The element type, which may be abstract such as `np.floating`, and the sizes that a subscript asks for."""

    scalar: type[np.generic]
    rows: Extent
    cols: Extent

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The element type, or None where it is abstract."""
        return None if self.scalar in _ABSTRACT else np.dtype(self.scalar)

    def __str__(self) -> str:
        if self == ANYTHING:
            return "Matrix"
        dtype = "Any" if self.scalar is np.generic else self.scalar.__name__
        return f"Matrix[{dtype}, {_show(self.rows)}, {_show(self.cols)}]"

    def size(self, axis: Literal["rows", "cols"]) -> int:
        """Return a size that must be known.

        Raises:
            ShapeError: the subscript leaves it open.
        """
        extent: Extent = getattr(self, axis)
        if isinstance(extent, int):
            return extent
        raise ShapeError(
            f"{self} does not say how many {axis} to make: give Literal sizes, or pass the rows and columns"
        )


_ABSTRACT: Final = (np.generic, np.number, np.integer, np.signedinteger, np.unsignedinteger, np.inexact, np.floating)
ANYTHING: Final = Specification(np.generic, None, None)  # type: ignore[type-abstract]  # it is compared, not made
"""What `Matrix` without a subscript asks for."""


class SpecializedType(type):
    """The class of ``Matrix[...]``: an ``isinstance`` check looks at element type and shape."""

    base: type[Matrix[Any, Any, Any]]
    specification: Specification
    pattern: Any

    # To the import hook a check is no function to check: within one of its own, it would bind sizes to no effect.
    @no_type_check
    def __instancecheck__(cls, instance: object) -> bool:
        return not cls.__instancecheck_str__(instance)

    @no_type_check
    def __instancecheck_str__(cls, instance: Any) -> str:
        """Say why the instance does not fit, in words that beartype puts into its report; nothing where it fits."""
        if not isinstance(instance, cls.base):
            return f"it is a {type(instance).__name__}, not a Matrix"
        scalar = cls.specification.scalar
        if not issubclass(instance.dtype.type, scalar):
            return f"its element type is {instance.dtype.name}, where {scalar.__name__} is wanted"
        if not isinstance(instance, cls.pattern):
            wanted = f"({_show(cls.specification.rows)}, {_show(cls.specification.cols)})"
            return f"its shape is {instance.shape}, where {wanted} is wanted"
        return ""

    def __call__(cls, array: Any) -> Any:
        """Make a matrix of the array and check it."""
        return cls.from_array(array)  # type: ignore[attr-defined]  # every class of this type derives from Matrix

    def __repr__(cls) -> str:
        return str(cls.specification)


@lru_cache(maxsize=4096, typed=True)  # True is 1, but no size
def specialize(base: type[Matrix[Any, Any, Any]], *arguments: Hashable) -> type:
    """Return the class for ``base[arguments]``.

    Raises:
        TypeError: the arguments are not an element type and two sizes.
    """
    if len(arguments) != 3:
        raise TypeError(f"Matrix takes an element type, rows and columns, not {len(arguments)} arguments")
    dtype, rows, cols = arguments
    specification = Specification(_scalar(dtype), _extent(rows), _extent(cols))
    subscriptable: Any = Shaped  # to a type checker, a subscript of Shaped itself is an annotation
    sizes = " ".join("_" if each is None else str(each) for each in (specification.rows, specification.cols))
    namespace = {
        "__slots__": (),
        "__module__": base.__module__,
        "base": base,
        "specification": specification,
        "pattern": subscriptable[base, sizes],
    }
    return SpecializedType(str(specification), (base,), namespace)


def specification_of(cls: type) -> Specification:
    """Return what a class asks for: nothing, if it is `Matrix` without a subscript."""
    return cls.specification if isinstance(cls, SpecializedType) else ANYTHING


def checked_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the element type, in the machine's byte order.

    Raises:
        DTypeError: a matrix cannot hold it.
    """
    result = np.dtype(dtype)
    if result.kind not in SUPPORTED_KINDS or result == np.float16 or result.itemsize > 8:
        raise DTypeError(f"a matrix cannot hold {result}: use float32, float64, an integer type or bool")
    native: np.dtype[Any] = result.newbyteorder("=")
    return native


def _scalar(argument: Hashable) -> type[np.generic]:
    if argument is Any:
        return np.generic
    if isinstance(argument, TypeVar):
        return np.generic if argument.__bound__ is None else _scalar(argument.__bound__)
    scalar = get_origin(argument) or argument  # np.floating for np.floating[Any]
    if not (isinstance(scalar, type) and issubclass(scalar, np.generic)):
        raise TypeError(f"the element type of a Matrix is a NumPy scalar type such as np.float32, not {argument!r}")
    if scalar not in _ABSTRACT:
        checked_dtype(scalar)
    return scalar


def _extent(argument: Hashable) -> Extent:
    if argument is Any or argument is int:
        return None
    if isinstance(argument, TypeVar):
        return argument.__name__
    if get_origin(argument) is Literal:
        values = get_args(argument)
        argument = values[0] if len(values) == 1 else argument
    if isinstance(argument, int) and not isinstance(argument, bool) and argument >= 0:
        return argument
    raise TypeError(f"a size of a Matrix is Literal[5], a TypeVar, int or Any, not {argument!r}")


def _show(extent: Extent) -> str:
    return "int" if extent is None else str(extent)
