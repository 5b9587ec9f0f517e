"""The functions of neural networks, applied to every element of a matrix; its type stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from shapedmat import ops
from shapedmat.construction import C, D, R
from shapedmat.matrix import Matrix, apply_op
from shapedmat.ops import Op


@dataclass(frozen=True, slots=True)
class Function:
    """A function of every element that is an operation of the table; `Matrix.apply` takes it too."""

    op: Op

    def __call__(self, matrix: Matrix[D, R, C]) -> Matrix[D, R, C]:
        """Return the function of every element.

        Raises:
            DTypeError: the elements are not floating-point numbers.
        """
        return apply_op(self.op, matrix)


sigmoid: Final = Function(ops.SIGMOID)
"""The logistic function σ(z) = 1 / (1 + e⁻ᶻ)."""
sigmoid_derivative: Final = Function(ops.SIGMOID_DERIVATIVE)
"""The derivative of `sigmoid` from its output: σ'(z) = a (1 - a) with a = σ(z)."""
tanh: Final = Function(ops.TANH)
"""The hyperbolic tangent."""
tanh_derivative: Final = Function(ops.TANH_DERIVATIVE)
"""The derivative of `tanh` from its output: 1 - a² with a = tanh(z)."""
relu: Final = Function(ops.RELU)
"""The rectified linear unit max(z, 0)."""
relu_derivative: Final = Function(ops.RELU_DERIVATIVE)
"""The derivative of `relu` from its output: 1 where it is positive, else 0."""
exp: Final = Function(ops.EXP)
"""The exponential function."""
log: Final = Function(ops.LOG)
"""The natural logarithm."""
sqrt: Final = Function(ops.SQRT)
"""The square root."""
square: Final = Function(ops.SQUARE)
"""The square."""
sin: Final = Function(ops.SIN)
"""The sine of an angle in radians."""
cos: Final = Function(ops.COS)
"""The cosine of an angle in radians."""


def softmax(matrix: Matrix[D, R, C], axis: Literal[0, 1] = 0) -> Matrix[D, R, C]:
    """Return e^zᵢ / Σ e^zⱼ along an axis; by default down each column, where each column is one sample.

    Raises:
        DTypeError: the elements are not floating-point numbers.
    """
    return apply_op(ops.SOFTMAX, matrix, axis=axis)


def log_softmax(matrix: Matrix[D, R, C], axis: Literal[0, 1] = 0) -> Matrix[D, R, C]:
    """Return the logarithm of `softmax`, zᵢ - log Σ e^zⱼ along an axis; finite also where the softmax underflows to 0.

    Raises:
        DTypeError: the elements are not floating-point numbers.
    """
    return apply_op(ops.LOG_SOFTMAX, matrix, axis=axis)
