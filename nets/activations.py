"""Activations: functions of every element as layers, which keep every size.

Where the derivative can be had from the output a = f(x), it is, as that costs no further function: σ' = a (1 − a),
tanh' = 1 − a², relu' = 1 where a > 0. The sine needs the input: sin' = cos x. The softmax goes down each column, and
its derivative is that of all rows together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, get_args
from typing import Literal as L

from typing_extensions import override

from nets.layers import Batch, D, Size, SizeKeeping
from shapedmat import (
    Matrix,
    cos,
    relu,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    sin,
    softmax,
    tanh,
    tanh_derivative,
)

Name: TypeAlias = L["sigmoid", "tanh", "relu", "sin", "softmax"]

Elementwise: TypeAlias = Callable[[Matrix[Any, Any, Any]], Matrix[Any, Any, Any]]

_FUNCTIONS: Final[dict[str, Elementwise]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "sin": sin,
    "softmax": softmax,
}
_DERIVATIVES_BY_OUTPUT: Final[dict[str, Elementwise]] = {
    "sigmoid": sigmoid_derivative,
    "tanh": tanh_derivative,
    "relu": relu_derivative,
}
_DERIVATIVES_BY_INPUT: Final[dict[str, Elementwise]] = {"sin": cos}


@dataclass(repr=False, eq=False)
class Activation(SizeKeeping):
    """The function of that name, applied to every element, or, as the softmax, to every column.

    >>> from shapedmat import Matrix
    >>> Activation("relu").forward(Matrix.from_rows([[-1, 2]]))
    Matrix[float32, 1, 2]([[0., 2.]])

    Raises:
        ValueError: there is no such function.
    """

    name: Name

    def __post_init__(self) -> None:
        if self.name not in _FUNCTIONS:
            raise ValueError(f"{self.name!r} is no activation: {', '.join(get_args(Name))} are")

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"

    @property
    def description(self) -> dict[str, Any]:
        """The name."""
        return {"layer": "Activation", "name": self.name}

    @override
    def forward(self, x: Matrix[D, Size, Batch]) -> Matrix[D, Size, Batch]:
        """Return the function of x."""
        return _FUNCTIONS[self.name](x)

    @override
    def backward(
        self, x: Matrix[D, Size, Batch], a: Matrix[D, Size, Batch], gradient: Matrix[D, Size, Batch]
    ) -> Matrix[D, Size, Batch]:
        """Return g ∘ f', and for the softmax a ∘ (g − Σ g a) with the sum down each column."""
        if self.name in _DERIVATIVES_BY_OUTPUT:
            return gradient * _DERIVATIVES_BY_OUTPUT[self.name](a)
        if self.name in _DERIVATIVES_BY_INPUT:
            return gradient * _DERIVATIVES_BY_INPUT[self.name](x)
        return a * (gradient - (gradient * a).sum(axis=0))

    @override
    def to(self, device: str) -> Activation:
        """Return the activation itself, which lies nowhere."""
        return self
