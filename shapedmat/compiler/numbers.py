"""`TracedNumber`, what stands for a number that a compiled function is given or computes from matrices."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, NoReturn

import numpy as np

from shapedmat import ops
from shapedmat.compiler.recording import AnyVariable, Recorder
from shapedmat.ops import Op

_OF_ARRAYS: Final = ("dtype", "shape", "ndim", "size")
_NUMBERS: Final = (float, int, np.number, np.bool_)


def _refused(action: str, advice: str) -> Callable[..., NoReturn]:
    def refuse(number: TracedNumber, *_: object, **__: object) -> NoReturn:
        raise number.recorder.valueless(action, advice)

    return refuse


_COMPUTE: Final = "compute with the number itself, or return it"
_UNSUPPORTED: Final = "of numbers + - * / ** and abs are compiled"


def _require_real(number: TracedNumber, other: object) -> None:
    if isinstance(other, complex | np.complexfloating):
        number.recorder.require_open()
        raise number.recorder.error(
            f"cannot compute with a complex number in {number.recorder.function}: of numbers, real ones are compiled"
        )


def _compare(number: TracedNumber, other: object) -> Any:
    _require_real(number, other)
    if not isinstance(other, _NUMBERS):
        return NotImplemented  # a matrix compares with a number, and all else is another
    raise number.recorder.valueless(
        "compare a number", "compare in the caller, or compare matrices, which gives a matrix"
    )


class TracedNumber:
    """A number without a value yet: a variable of one element, and the type that the number will have.

    Arithmetic gives the types that NumPy gives: a Python number takes on the type of a NumPy scalar that it meets, and
    any number that of a matrix. A division by zero gives an infinity, also where Python's own would raise. To
    ``isinstance``, and so to annotations that are checked, it is of the type that it stands for. What would need the
    value raises `JitError`.

    Attributes:
        recorder: the function being traced.
        variable: the number, 1×1.
        kind: float, int or bool, or the type of a NumPy scalar.
    """

    __slots__ = ("kind", "recorder", "variable")

    def __init__(self, recorder: Recorder, variable: AnyVariable, kind: type) -> None:
        self.recorder = recorder
        self.variable = variable
        self.kind = kind

    @property  # type: ignore[misc]  # an isinstance check asks for it
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # nothing sets it
        return self.kind

    def __repr__(self) -> str:
        return f"{self.kind.__name__}(traced)"

    # --- arithmetic ---------------------------------------------------------------------------------------------------

    def __add__(self, other: object) -> Any:
        return _combined(operator.add, ops.ADD, self, other)

    def __radd__(self, other: object) -> Any:
        return _combined(operator.add, ops.ADD, other, self)

    def __sub__(self, other: object) -> Any:
        return _combined(operator.sub, ops.SUBTRACT, self, other)

    def __rsub__(self, other: object) -> Any:
        return _combined(operator.sub, ops.SUBTRACT, other, self)

    def __mul__(self, other: object) -> Any:
        return _combined(operator.mul, ops.MULTIPLY, self, other)

    def __rmul__(self, other: object) -> Any:
        return _combined(operator.mul, ops.MULTIPLY, other, self)

    def __truediv__(self, other: object) -> Any:
        return _combined(operator.truediv, ops.DIVIDE, self, other)

    def __rtruediv__(self, other: object) -> Any:
        return _combined(operator.truediv, ops.DIVIDE, other, self)

    def __pow__(self, exponent: object, modulus: object = None) -> Any:
        if modulus is not None:
            raise self.recorder.valueless("take the remainder of a number", _UNSUPPORTED)
        _require_real(self, exponent)
        if type(exponent) is TracedNumber:
            raise self.recorder.valueless("raise to the power of a number", "use an exponent that is not traced")
        if not isinstance(exponent, _NUMBERS):
            return NotImplemented
        kind = _kind(operator.pow, self, exponent)
        base = self.recorder.cast(self.variable, np.dtype(kind))
        parameters = {"exponent": _python_number(exponent)}
        return TracedNumber(self.recorder, self.recorder.record(ops.POWER, (base,), parameters), kind)

    __rpow__ = _refused("raise to the power of a number", "use an exponent that is not traced")

    def __neg__(self) -> TracedNumber:
        return _changed(operator.neg, ops.NEGATIVE, self)

    def __abs__(self) -> TracedNumber:
        return _changed(operator.abs, ops.ABSOLUTE, self)

    def __pos__(self) -> TracedNumber:
        return self

    def __copy__(self) -> TracedNumber:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> TracedNumber:
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        # `np.float32(2) * number` comes here, too.
        reflected = _BY_UFUNC.get(ufunc)
        if reflected and method == "__call__" and not settings and all(isinstance(each, _NUMBERS) for each in inputs):
            return _combined(*reflected, *inputs)
        raise self.recorder.valueless(f"take np.{ufunc.__name__} of a number", _COMPUTE)

    def __getattr__(self, name: str) -> NoReturn:
        # What an array has is looked for in anything, to see if it is one.
        if name.startswith("_") or name in _OF_ARRAYS or not hasattr(self.kind, name):
            raise AttributeError(f"a traced {self.kind.__name__} has no attribute {name!r}")
        raise self.recorder.valueless(f"take .{name} of a number", _COMPUTE)

    # --- what needs the value -----------------------------------------------------------------------------------------

    __bool__ = _refused("take the truth of a number", "leave the branch to the caller, or multiply by a comparison")
    __float__ = _refused("make a float of a number", _COMPUTE)
    __int__ = _refused("make an int of a number", _COMPUTE)
    __complex__ = _refused("make a complex number of a number", _COMPUTE)
    __index__ = _refused("index or count by a number", "pass it as an int, for each of which the function is compiled")
    __array__ = _refused("make an array of a number", _COMPUTE)
    __reduce_ex__ = _refused("pickle a number", "pickle what the function returns")
    __str__ = _refused("print a number", "print what the function returns")
    __format__ = _refused("format a number", "format what the function returns")
    __hash__ = _refused("hash a number", _COMPUTE)
    __eq__ = _compare
    __ne__ = _compare
    __lt__ = _compare
    __le__ = _compare
    __gt__ = _compare
    __ge__ = _compare
    __round__ = _refused("round a number", _UNSUPPORTED)
    __trunc__ = _refused("round a number", _UNSUPPORTED)
    __floor__ = _refused("round a number", _UNSUPPORTED)
    __ceil__ = _refused("round a number", _UNSUPPORTED)
    __floordiv__ = __rfloordiv__ = _refused("take the floor of a quotient of a number", _UNSUPPORTED)
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _refused(
        "combine the bits of a number", _UNSUPPORTED
    )
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _refused("shift the bits of a number", _UNSUPPORTED)
    __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _refused("take the remainder of a number", _UNSUPPORTED)


_BY_UFUNC: Final[dict[np.ufunc, tuple[Callable[[Any, Any], Any], Op]]] = {
    np.add: (operator.add, ops.ADD),
    np.subtract: (operator.sub, ops.SUBTRACT),
    np.multiply: (operator.mul, ops.MULTIPLY),
    np.true_divide: (operator.truediv, ops.DIVIDE),
}


def _example(number: Any) -> Any:
    """Return a number of the type, by which Python and NumPy tell the type of a result."""
    return number.kind(1) if type(number) is TracedNumber else number


def _kind(function: Callable[..., Any], *numbers: Any) -> type:
    with np.errstate(all="ignore"):
        return type(function(*map(_example, numbers)))


def _python_number(number: Any) -> Any:
    return number.item() if isinstance(number, np.generic) else number


def _operand(recorder: Recorder, number: Any, dtype: np.dtype[Any]) -> Any:
    return recorder.cast(number.variable, dtype) if type(number) is TracedNumber else dtype.type(number).item()


def _combined(function: Callable[[Any, Any], Any], op: Op, left: Any, right: Any) -> Any:
    traced: Any = left if type(left) is TracedNumber else right
    _require_real(traced, right if traced is left else left)
    if not all(isinstance(each, _NUMBERS) for each in (left, right)):
        return NotImplemented  # a matrix computes with a number of its own type
    recorder = traced.recorder
    kind = _kind(function, left, right)
    inputs = tuple(_operand(recorder, each, np.dtype(kind)) for each in (left, right))
    return TracedNumber(recorder, recorder.record(op, inputs, {}), kind)


def _changed(function: Callable[[Any], Any], op: Op, number: TracedNumber) -> TracedNumber:
    kind = _kind(function, number)
    base = number.recorder.cast(number.variable, np.dtype(kind))
    return TracedNumber(number.recorder, number.recorder.record(op, (base,), {}), kind)
