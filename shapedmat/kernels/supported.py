"""Which element-wise operations code is written for, of which element types, and what is refused, in any language."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from shapedmat.errors import DTypeError
from shapedmat.ops import OPS

COMPARISONS: Final = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
"""The comparisons, and the signs for them."""

_OF_ANYTHING: Final = frozenset({*COMPARISONS, "is_close", "cast"})
_OF_NUMBERS: Final = _OF_ANYTHING | {"add", "subtract", "multiply", "negative", "absolute", "sign", "square", "power"}
_ACTIVATIONS: Final = frozenset({"sigmoid", "tanh", "relu", "sigmoid_derivative", "tanh_derivative", "relu_derivative"})
_OF_FLOATS: Final = _OF_NUMBERS | _ACTIVATIONS | {"divide", "sqrt", "exp", "log", "sin", "cos"}
_BY_KIND: Final = {"f": _OF_FLOATS, "i": _OF_NUMBERS, "u": _OF_NUMBERS, "b": _OF_ANYTHING}

NAMES: Final = _OF_FLOATS
"""The operations that can be written; others that work element by element are one of these by another name."""


def check_element_type(dtype: np.dtype[Any]) -> None:
    """Refuse an element type for which there is no code.

    Raises:
        DTypeError: it is none of float32, float64, the integers and bool.
    """
    if dtype.kind not in "iub" and not (dtype.kind == "f" and dtype.itemsize in {4, 8}):
        raise DTypeError(f"no code can be generated for {dtype.name}: convert with .astype(np.float32)")


def check_operation(name: str, dtype: np.dtype[Any]) -> None:
    """Refuse an operation that does not take an element type.

    Raises:
        DTypeError: the operation does not take the element type, or there is no code for it.
    """
    check_element_type(dtype)
    if name not in _BY_KIND[dtype.kind]:
        raise refusal(name, dtype)


def refusal(name: str, dtype: np.dtype[Any]) -> DTypeError:
    """Return the error of an operation of the op table that does not take an element type."""
    return DTypeError(f"cannot {OPS[name].action} {dtype.name}: convert with .astype(np.float32)")


def rounded(dtype: np.dtype[Any], value: float) -> float:
    """Return a number rounded to an element type as NumPy rounds a Python number: a float, an int or a bool.

    >>> rounded(np.dtype(np.float32), 0.1)
    0.10000000149011612

    Raises:
        DTypeError: there is no code for the element type.
        OverflowError: a whole number is not one of the element type's.
    """
    check_element_type(dtype)
    with np.errstate(over="ignore", under="ignore"):
        number: float = dtype.type(value).item()
    return number


def whole_exponent(dtype: np.dtype[Any], exponent: float) -> int:
    """Return the exponent of a power of whole numbers.

    Raises:
        ValueError: it is negative or not whole.
        OverflowError: it is not a number of the integer type.
    """
    if int(exponent) != exponent:
        raise ValueError(f"cannot raise {dtype.name} to the power {exponent}: convert with .astype(np.float64)")
    if exponent < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")  # as NumPy says it
    return int(dtype.type(exponent))
