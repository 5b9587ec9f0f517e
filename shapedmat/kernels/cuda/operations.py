"""How generated CUDA code spells element types, numbers, element-wise operations and reductions.

The operations are those of ``operations.cuh``, the reductions those of ``reductions.cuh``. Operands are expressions of
C++, all of one element type. Truth values are ``bool`` in memory too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from shapedmat.kernels.supported import (
    check_element_type,
    check_operation,
    refusal,
    rounded,
    whole_exponent,
)

_OPERATIONS: Final = "shapedmat::operations"
_REDUCTIONS: Final = "shapedmat::reductions"

ELEMENT_TYPES: Final = {
    "float32": "float",
    "float64": "double",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned int",
    "uint64": "unsigned long long",
    "bool": "bool",
}
"""The element types, and their names in CUDA."""

_MONOIDS: Final = {
    "sum": "Sum",
    "max": "Max",
    "min": "Min",
    "argmax": "ArgMax",
    "argmin": "ArgMin",
    "all": "All",
    "any": "Any",
}
_LONGEST_PRODUCT: Final = 4
"""Up to this power floating-point numbers are multiplied; beyond it, the power function errs by less."""


def element_type(dtype: np.dtype[Any]) -> str:
    """Return the name of an element type.

    >>> element_type(np.dtype(np.uint8))
    'unsigned char'

    Raises:
        DTypeError: there is no code for the element type.
    """
    check_element_type(dtype)
    return ELEMENT_TYPES[dtype.name]


def literal(value: float, dtype: np.dtype[Any]) -> str:
    """Return a number of an element type, to the last bit; it is rounded to it as NumPy rounds a Python number.

    >>> literal(0.1, np.dtype(np.float32)), literal(-1, np.dtype(np.int64)), literal(float("nan"), np.dtype(np.float64))
    ('0x1.99999a0000000p-4f', 'static_cast<long long>(-1LL)', 'shapedmat::operations::not_a_number<double>()')

    Raises:
        DTypeError: there is no code for the element type.
        OverflowError: a whole number is not one of the element type's.
    """
    number = rounded(dtype, value)
    kind = element_type(dtype)
    if dtype.kind == "b":
        return "true" if number else "false"
    if dtype.kind == "f":
        return _floating_literal(number, kind)
    return _whole_literal(int(number), kind)


def expression(
    name: str, operands: Sequence[str], dtypes: Sequence[np.dtype[Any]], parameters: Mapping[str, Any]
) -> str:
    """Return the expression of one operation.

    >>> expression("add", ["a", "b"], [np.dtype(np.float32)] * 2, {})
    'shapedmat::operations::add(a, b)'
    >>> expression("power", ["x"], [np.dtype(np.int32)], {"exponent": 3})
    'shapedmat::operations::whole_power<3>(x)'

    Args:
        name: the operation's name in the op table, one of `supported.NAMES`.
        operands: the operands' expressions.
        dtypes: their element types, which are one, as the op table demands.
        parameters: the operation's parameters.

    Raises:
        DTypeError: the operation does not take the element type, or there is no code for it.
        ValueError: a whole number is to be raised to a power that is negative or not whole.
        OverflowError: the exponent for whole numbers is not a number of their type.
    """
    dtype = dtypes[0]
    check_operation(name, dtype)
    if name == "cast":
        return _cast(operands[0], np.dtype(parameters["dtype"]))
    if name == "is_close":
        return _is_close(operands, dtype, **parameters)
    if name == "power":
        return _power(operands[0], dtype, parameters["exponent"])
    return _call(name, *operands)


def reduction(name: str, dtype: np.dtype[Any]) -> str:
    """Return the type of a reduction of elements of a type.

    >>> reduction("argmax", np.dtype(np.float64))
    'shapedmat::reductions::ArgMax<double>'

    Raises:
        DTypeError: the reduction does not take the element type, or there is no code for it.
    """
    kind = element_type(dtype)
    if dtype.kind == "b" and name not in {"all", "any"}:
        raise refusal(name, dtype)
    return f"{_REDUCTIONS}::{_MONOIDS[name]}<{kind}>"


def _call(function: str, *operands: str) -> str:
    return f"{_OPERATIONS}::{function}({', '.join(operands)})"


def _cast(operand: str, target: np.dtype[Any]) -> str:
    return _call(f"cast<{element_type(target)}>", operand)


def _is_close(operands: Sequence[str], dtype: np.dtype[Any], *, rtol: float, atol: float) -> str:
    if dtype.kind != "f":
        # Whole numbers are compared as float64, as by NumPy.
        dtype = np.dtype(np.float64)
        operands = [_cast(each, dtype) for each in operands]
    return _call("is_close", *operands, literal(rtol, dtype), literal(atol, dtype))


def _power(operand: str, dtype: np.dtype[Any], exponent: float) -> str:
    if dtype.kind != "f":
        return _call(f"whole_power<{whole_exponent(dtype, exponent)}>", operand)
    exponent = rounded(dtype, exponent)
    if exponent in range(_LONGEST_PRODUCT + 1):
        return _call(f"whole_power<{int(exponent)}>", operand)
    functions = {-1.0: "reciprocal", 0.5: "sqrt", -0.5: "reciprocal_root"}
    if exponent in functions:
        return _call(functions[exponent], operand)
    return _call("power", operand, literal(exponent, dtype))


def _floating_literal(number: float, kind: str) -> str:
    if math.isnan(number):
        return f"{_OPERATIONS}::not_a_number<{kind}>()"
    digits = abs(number).hex() + "f" * (kind == "float")
    text = f"{_OPERATIONS}::infinity<{kind}>()" if math.isinf(number) else digits
    return f"(-{text})" if math.copysign(1, number) < 0 else text


def _whole_literal(number: int, kind: str) -> str:
    suffix = {"long long": "LL", "unsigned long long": "ULL"}.get(kind, "U" * kind.startswith("unsigned"))
    # C++ has no negative literals, and the lowest number without its sign is in no type.
    text = f"{number + 1}{suffix} - 1" if number == np.iinfo(np.int64).min else f"{number}{suffix}"
    return f"static_cast<{kind}>({text})"
