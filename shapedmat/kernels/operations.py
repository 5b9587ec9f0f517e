"""The element-wise operations of the op table as LLVM code, for values in registers.

Numbers are values, or vectors, of their own type; truth values, which are bytes in memory, are single bits. Results are
NumPy's: integers wrap around, comparisons with NaN are false but for "not equal", and what is cast is converted as by
``astype``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from llvmlite import ir

from shapedmat.kernels import trigonometry, vector_math
from shapedmat.kernels.emission import BOOL, CONTRACT, Emitter, constant, element_type, type_name, vector_of
from shapedmat.kernels.supported import COMPARISONS, check_element_type, check_operation, rounded, whole_exponent

Write: TypeAlias = Callable[..., Any]
"""Called with an emitter and the operands, writes the code of one operation and returns its result."""


def emit_op(
    emitter: Emitter,
    name: str,
    operands: Sequence[Any],
    dtypes: Sequence[np.dtype[Any]],
    parameters: Mapping[str, Any],
) -> Any:
    """Write the code of one operation, and return its result.

    Args:
        emitter: where the code goes on.
        name: the operation's name in the op table, one of `supported.NAMES`.
        operands: all scalars, or all vectors of one length; see `register_type`.
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
        return converted(emitter, operands[0], dtype, np.dtype(parameters["dtype"]))
    if name == "is_close":
        return _is_close(emitter, operands[0], operands[1], dtype, **parameters)
    if name in COMPARISONS:
        return _compared(emitter, COMPARISONS[name], operands[0], operands[1], dtype)
    if name == "power" and dtype.kind in "iu":
        return _whole_power(emitter, operands[0], dtype, parameters["exponent"])
    return _WRITERS[dtype.kind][name](emitter, *operands, **parameters)


def register_type(dtype: np.dtype[Any], lanes: int = 0) -> Any:
    """Return the type of values in registers: of a vector of so many elements, or of one element without lanes.

    Raises:
        DTypeError: there is no code for the element type.
    """
    check_element_type(dtype)
    element = BOOL if dtype.kind == "b" else element_type(dtype)
    return vector_of(element, lanes) if lanes else element


def number(dtype: np.dtype[Any], value: float, lanes: int = 0) -> Any:
    """Return a number as an operand of an element type, rounded to it as NumPy rounds a Python number.

    Raises:
        DTypeError: there is no code for the element type.
        OverflowError: a whole number is not one of the element type's.
    """
    return constant(register_type(dtype, lanes), rounded(dtype, value))


def converted(emitter: Emitter, x: Any, source: np.dtype[Any], target: np.dtype[Any]) -> Any:
    """Return x in another element type, as ``astype`` does.

    What an integer type cannot hold, for which NumPy gives any number, gives the nearest one it can, and NaN gives 0.

    Raises:
        DTypeError: there is no code for one of the element types.
    """
    builder = emitter.builder
    lanes = x.type.count if isinstance(x.type, ir.VectorType) else 0
    check_element_type(source)
    kind = register_type(target, lanes)
    before, after = source.kind, target.kind
    if source == target:
        return x
    if after == "b":
        return _compared(emitter, "!=", x, constant(x.type, 0), source)
    if before == "f" and after != "f":
        name = f"llvm.fpto{'s' if after == 'i' else 'u'}i.sat.{type_name(kind)}.{type_name(x.type)}"
        return emitter.call(name, kind, [x.type], [x])
    widens = before == "b" or target.itemsize > source.itemsize
    if before == "f":
        convert = builder.fpext if widens else builder.fptrunc
    elif after == "f":
        convert = builder.sitofp if before == "i" else builder.uitofp
    elif widens:
        convert = builder.sext if before == "i" else builder.zext
    else:
        convert = builder.trunc if target.itemsize < source.itemsize else builder.bitcast
    return convert(x, kind)


# --- floating-point numbers -------------------------------------------------------------------------------------------


def _add(emitter: Emitter, a: Any, b: Any) -> Any:
    return emitter.builder.fadd(a, b, flags=CONTRACT)


def _subtract(emitter: Emitter, a: Any, b: Any) -> Any:
    return emitter.builder.fsub(a, b, flags=CONTRACT)


def _multiply(emitter: Emitter, a: Any, b: Any) -> Any:
    return emitter.builder.fmul(a, b, flags=CONTRACT)


def _relu_derivative(emitter: Emitter, a: Any) -> Any:
    zero = constant(a.type, 0)
    return emitter.builder.select(emitter.builder.fcmp_ordered(">", a, zero), constant(a.type, 1), zero)


_FLOATING: Final[Mapping[str, Write]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": lambda emitter, a, b: emitter.builder.fdiv(a, b),
    "negative": lambda emitter, x: emitter.builder.fneg(x),
    "absolute": vector_math.absolute,
    "sign": vector_math.sign,
    "square": lambda emitter, x: _multiply(emitter, x, x),
    "sqrt": vector_math.square_root,
    "exp": vector_math.exponential,
    "log": vector_math.logarithm,
    "sin": trigonometry.sine,
    "cos": trigonometry.cosine,
    "sigmoid": vector_math.sigmoid,
    "tanh": vector_math.tanh,
    "relu": vector_math.relu,
    "sigmoid_derivative": lambda emitter, a: _subtract(emitter, a, _multiply(emitter, a, a)),
    "tanh_derivative": lambda emitter, a: _subtract(emitter, constant(a.type, 1), _multiply(emitter, a, a)),
    "relu_derivative": _relu_derivative,
    "power": vector_math.power,
}


# --- whole numbers ----------------------------------------------------------------------------------------------------


def _sign_of_signed(emitter: Emitter, x: Any) -> Any:
    builder, zero = emitter.builder, constant(x.type, 0)
    below = builder.select(builder.icmp_signed("<", x, zero), constant(x.type, -1), zero)
    return builder.select(builder.icmp_signed(">", x, zero), constant(x.type, 1), below)


def _sign_of_unsigned(emitter: Emitter, x: Any) -> Any:
    zero = constant(x.type, 0)
    return emitter.builder.select(emitter.builder.icmp_unsigned(">", x, zero), constant(x.type, 1), zero)


def _absolute_of_signed(emitter: Emitter, x: Any) -> Any:
    # The lowest number, which has no positive one, is its own absolute value.
    return emitter.call(f"llvm.abs.{type_name(x.type)}", x.type, [x.type, BOOL], [x, BOOL(0)])


def _whole_power(emitter: Emitter, x: Any, dtype: np.dtype[Any], exponent: int) -> Any:
    whole = whole_exponent(dtype, exponent)
    return vector_math.whole_power(emitter.builder.mul, constant(x.type, 1), x, whole)


_WHOLE: Final[Mapping[str, Write]] = {
    "add": lambda emitter, a, b: emitter.builder.add(a, b),
    "subtract": lambda emitter, a, b: emitter.builder.sub(a, b),
    "multiply": lambda emitter, a, b: emitter.builder.mul(a, b),
    "negative": lambda emitter, x: emitter.builder.sub(constant(x.type, 0), x),
    "square": lambda emitter, x: emitter.builder.mul(x, x),
}
_WRITERS: Final[Mapping[str, Mapping[str, Write]]] = {
    "f": _FLOATING,
    "i": {**_WHOLE, "absolute": _absolute_of_signed, "sign": _sign_of_signed},
    "u": {**_WHOLE, "absolute": lambda _emitter, x: x, "sign": _sign_of_unsigned},
}


# --- comparisons ------------------------------------------------------------------------------------------------------


def _compared(emitter: Emitter, comparison: str, a: Any, b: Any, dtype: np.dtype[Any]) -> Any:
    builder, kind = emitter.builder, dtype.kind
    if kind == "f":
        compare = builder.fcmp_unordered if comparison == "!=" else builder.fcmp_ordered
    else:
        compare = builder.icmp_signed if kind == "i" else builder.icmp_unsigned
    return compare(comparison, a, b)


def _is_close(emitter: Emitter, a: Any, b: Any, dtype: np.dtype[Any], *, rtol: float, atol: float) -> Any:
    """Write |a - b| ≤ atol + rtol |b| for finite b, or a = b; whole numbers are compared as float64, as by NumPy."""
    builder = emitter.builder
    if dtype.kind != "f":
        double = np.dtype(np.float64)
        a, b = (converted(emitter, each, dtype, double) for each in (a, b))
        dtype = double
    lanes = a.type.count if isinstance(a.type, ir.VectorType) else 0
    size = vector_math.absolute(emitter, b)
    bound = builder.fadd(number(dtype, atol, lanes), builder.fmul(number(dtype, rtol, lanes), size))
    difference = vector_math.absolute(emitter, builder.fsub(a, b))
    is_near = builder.fcmp_ordered("<=", difference, bound)
    is_finite = builder.fcmp_ordered("<", size, constant(size.type, np.inf))
    return builder.or_(builder.and_(is_near, is_finite), builder.fcmp_ordered("==", a, b))
