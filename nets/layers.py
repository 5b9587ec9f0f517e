"""Layers of neural networks: functions with parameters, and with explicit derivatives.

A sample is a column: a layer maps a matrix of shape (inputs, batch) to one of shape (outputs, batch), for every batch.
It remembers nothing of what it was applied to. `forward` gives the output a for an input x; with g for the derivative
of the loss by a, `backward` gives that by x, and `parameter_gradients` those by the parameters (Rumelhart, Hinton &
Williams, "Learning representations by back-propagating errors", 1986).

Layers are dataclasses, so that a function that is compiled can take them; see `nets.compiling`.

A `Layer` has a number of inputs and one of outputs, which are part of its type. A layer that is `SizeKeeping` gives as
many outputs as inputs come in; `nets.activations` has the functions of every element.
"""

from __future__ import annotations

from abc import ABC, ABCMeta, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin, overload
from typing import Literal as L

import numpy as np
from typing_extensions import override

from nets.regression import Standardization
from shapedmat import Matrix, ShapeError
from shapedmat.initializers import Seed

Real = TypeVar("Real", bound=np.floating[Any])
Inputs = TypeVar("Inputs", bound=int)
Outputs = TypeVar("Outputs", bound=int)
Batch = TypeVar("Batch", bound=int)
# The same for methods that introduce other ones than the class's.
D = TypeVar("D", bound=np.floating[Any])
Size = TypeVar("Size", bound=int)
From = TypeVar("From", bound=int)
To = TypeVar("To", bound=int)

Start: TypeAlias = L["normal", "xavier", "he", "uniform"]
"""How weights are drawn: by `Matrix.normal`, that is from N(0, 1), `Matrix.xavier`, `Matrix.he` or `Matrix.uniform`."""

Parameters: TypeAlias = dict[str, Matrix[Any, Any, Any]]
"""Matrices by name."""


class AnyLayer(ABC):
    """A function of samples, of which each is a column, with its derivatives."""

    @abstractmethod
    def forward(self, x: Matrix[Any, Any, Any]) -> Matrix[Any, Any, Any]:
        """Return the output for a batch of samples."""

    @abstractmethod
    def backward(
        self, x: Matrix[Any, Any, Any], a: Matrix[Any, Any, Any], gradient: Matrix[Any, Any, Any]
    ) -> Matrix[Any, Any, Any]:
        """Return the derivative of the loss by the input x, from that by the output a = forward(x)."""

    def parameter_gradients(
        self,
        x: Matrix[Any, Any, Any],  # noqa: ARG002  # for layers that have parameters
        a: Matrix[Any, Any, Any],  # noqa: ARG002
        gradient: Matrix[Any, Any, Any],  # noqa: ARG002
    ) -> Parameters:
        """Return the derivatives of the loss by the parameters, from that by the output a = forward(x)."""
        return {}

    @property
    def parameters(self) -> Parameters:
        """What is learned by gradient descent, which changes these matrices in place."""
        return {}

    @property
    def state(self) -> Parameters:
        """All numbers of the layer, which a file has to keep: the parameters, unless the layer has others."""
        return self.parameters

    def load(self, state: Parameters) -> None:
        """Take over the numbers of another layer's `state`, in this layer's element type and on its device.

        Raises:
            KeyError: a name is missing.
            ShapeError: a shape differs.
        """
        for name, own in self.state.items():
            own[:, :] = state[name].astype(own.dtype.type).to(own.device)

    @property
    @abstractmethod
    def description(self) -> dict[str, Any]:
        """What the layer is, without its numbers, in terms of JSON: ``{"layer": its class, ...}``."""

    @abstractmethod
    def to(self, device: str) -> AnyLayer:
        """Return the layer on a device: itself if it lies there, or nowhere."""


class Layer(AnyLayer, Generic[Real, Inputs, Outputs]):
    """A layer with a number of inputs and a number of outputs, which are part of its type."""

    @property
    @abstractmethod
    def inputs(self) -> Inputs:
        """The number of rows that it takes."""

    @property
    @abstractmethod
    def outputs(self) -> Outputs:
        """The number of rows that it gives."""

    @abstractmethod
    def forward(self, x: Matrix[Real, Inputs, Batch]) -> Matrix[Real, Outputs, Batch]:
        """Return the output for a batch of samples."""

    @abstractmethod
    def backward(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], gradient: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Inputs, Batch]:
        """Return the derivative of the loss by the input x, from that by the output a = forward(x)."""


class SizeKeeping(AnyLayer):
    """A layer that gives as many outputs as it is given inputs, however many."""

    @abstractmethod
    def forward(self, x: Matrix[D, Size, Batch]) -> Matrix[D, Size, Batch]:
        """Return the output for a batch of samples."""

    @abstractmethod
    def backward(
        self, x: Matrix[D, Size, Batch], a: Matrix[D, Size, Batch], gradient: Matrix[D, Size, Batch]
    ) -> Matrix[D, Size, Batch]:
        """Return the derivative of the loss by the input x, from that by the output a = forward(x)."""


@dataclass(init=False, repr=False, eq=False)
class Linear(Layer[Real, Inputs, Outputs]):
    """The weighted sums a = w x + b of the inputs, with weights of shape (outputs, inputs), and a bias or none.

    >>> layer = Linear(Matrix[np.float32, L[4], L[2]].xavier(0), Matrix[np.float32, L[4], L[1]].zeros())
    >>> layer  # for a type checker: Linear[float32, Literal[2], Literal[4]]
    Linear(2, 4)
    >>> layer.forward(Matrix[np.float32, L[2], L[3]].zeros()).shape
    (4, 3)

    `initialized` draws the weights, for sizes that the class or its arguments give.

    Raises:
        ShapeError: the bias has not one row for each row of the weights.
    """

    weights: Matrix[Real, Outputs, Inputs]
    bias: Matrix[Real, Outputs, L[1]] | None

    def __init__(self, weights: Matrix[Real, Outputs, Inputs], bias: Matrix[Real, Outputs, L[1]] | None = None) -> None:
        if bias is not None and bias.shape != (weights.rows, 1):
            raise ShapeError(
                f"the bias has shape {bias.shape}, but the weights {weights.shape}: ({weights.rows}, 1) is wanted"
            )
        self.weights = weights
        self.bias = bias

    if not TYPE_CHECKING:

        def __class_getitem__(cls, arguments):
            """Return the class of layers with this element type and these sizes."""
            if isinstance(arguments, tuple) and any(get_origin(each) is Literal for each in arguments):
                return _sized(*arguments)
            return super().__class_getitem__(arguments)

    @overload
    @classmethod
    def initialized(
        cls, *, seed: Seed = ..., start: Start = ..., bias: bool = ..., device: str = ...
    ) -> Linear[Real, Inputs, Outputs]: ...
    @overload
    @classmethod
    def initialized(
        cls, inputs: From, outputs: To, /, *, seed: Seed = ..., start: Start = ..., bias: bool = ..., device: str = ...
    ) -> Linear[np.float32, From, To]: ...
    @overload
    @classmethod
    def initialized(
        cls,
        inputs: From,
        outputs: To,
        /,
        *,
        seed: Seed = ...,
        start: Start = ...,
        bias: bool = ...,
        device: str = ...,
        dtype: type[D],
    ) -> Linear[D, From, To]: ...
    @classmethod
    def initialized(
        cls,
        *sizes: int,
        seed: Seed = None,
        start: Start = "xavier",
        bias: bool = True,
        device: str = "cpu",
        dtype: Any = None,
    ) -> Any:
        """Return a layer whose weights are drawn, and whose bias is 0.

        >>> Linear[np.float64, L[784], L[128]].initialized(seed=0)
        Linear(784, 128)
        >>> Linear.initialized(784, 128, seed=0, start="he", bias=False)
        Linear(784, 128, bias=False)

        Args:
            sizes: inputs and outputs, where the class does not give them.
            seed: a generator, or a seed for a new one; None seeds from the operating system.
            start: how the weights are drawn.
            bias: whether there is one.
            device: where the layer lies.
            dtype: the element type, where the class does not give it; without either, float32.

        Raises:
            ShapeError: neither the class nor the arguments give the sizes.
        """
        matrices: Any = getattr(cls, "weights_class", Matrix)
        typed = {} if dtype is None else {"dtype": dtype}
        weights = getattr(matrices, start)(*reversed(sizes), seed, device=device, **typed)
        zeros: Any = Matrix.zeros(weights.rows, 1, dtype=weights.dtype.type, device=device) if bias else None
        return Linear(weights, zeros)

    def __repr__(self) -> str:
        return f"Linear({self.inputs}, {self.outputs}{'' if self.bias is not None else ', bias=False'})"

    @property
    def inputs(self) -> Inputs:
        """The number of columns of the weights."""
        return self.weights.cols

    @property
    def outputs(self) -> Outputs:
        """The number of rows of the weights."""
        return self.weights.rows

    @property
    def parameters(self) -> Parameters:
        """The weights, and the bias where there is one."""
        return {"weights": self.weights} if self.bias is None else {"weights": self.weights, "bias": self.bias}

    @property
    def description(self) -> dict[str, Any]:
        """The sizes, and whether there is a bias."""
        return {"layer": "Linear", "inputs": self.inputs, "outputs": self.outputs, "bias": self.bias is not None}

    @override
    def forward(self, x: Matrix[Real, Inputs, Batch]) -> Matrix[Real, Outputs, Batch]:
        """Return w x + b.

        Raises:
            ShapeError: x has not a row for each input.
        """
        z = self.weights @ x
        return z if self.bias is None else z + self.bias

    @override
    def backward(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], gradient: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Inputs, Batch]:
        """Return wᵀ g."""
        return self.weights.T @ gradient

    @override
    def parameter_gradients(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], gradient: Matrix[Real, Outputs, Batch]
    ) -> Parameters:
        """Return g xᵀ for the weights and, for the bias, the sum of g over the batch."""
        by_weights: Parameters = {"weights": gradient @ x.T}
        return by_weights if self.bias is None else {**by_weights, "bias": gradient.sum(axis=1)}

    @override
    def to(self, device: str) -> Linear[Real, Inputs, Outputs]:
        """Return the layer on a device: itself if it lies there, else a copy."""
        if self.weights.to(device) is self.weights:
            return self
        return Linear(self.weights.to(device), None if self.bias is None else self.bias.to(device))


class _SizedType(ABCMeta):
    """The class of ``Linear[np.float32, Literal[2], Literal[4]]``: ``isinstance`` looks at the weights."""

    weights_class: Any

    def __call__(cls, weights: Matrix[Any, Any, Any], bias: Matrix[Any, Any, Any] | None = None) -> Any:
        """Make a layer of weights that have the element type and the sizes of the class."""
        if not isinstance(weights, cls.weights_class):
            given = f"Matrix[{weights.dtype}, {weights.rows}, {weights.cols}]"
            raise ShapeError(f"{cls} takes weights that are a {cls.weights_class}, not a {given}")
        return Linear(weights, bias)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Linear) and isinstance(instance.weights, cls.weights_class)

    def __repr__(cls) -> str:
        return cls.__name__


@lru_cache(maxsize=1024)
def _sized(dtype: Any, inputs: Any, outputs: Any) -> Any:
    weights_class: Any = Matrix
    weights_class = weights_class[dtype, outputs, inputs]
    sizes = [get_args(size)[0] if get_origin(size) is Literal else size for size in (inputs, outputs)]
    name = f"Linear[{', '.join(getattr(each, '__name__', str(each)) for each in (dtype, *sizes))}]"
    return _SizedType(name, (Linear,), {"weights_class": weights_class})


@dataclass(init=False, repr=False, eq=False)
class Normalization(SizeKeeping):
    """Inputs moved and scaled to mean 0 and standard deviation 1: a = (x − μ) / σ, row by row.

    μ and σ are measured once, on all the samples of the first fit, and stay: the layer is one function of each sample
    alone, the same in training as in prediction. (Batch normalization, Ioffe & Szegedy 2015, is another one for each
    batch.) It is a layer of its own, which nothing puts into a network unasked, since it isn't always good: it helps
    where features are of unlike scales, but in `nets.examples.approximation` it presses most points together, since a
    few lie far from them, and fewer test points come out right.

    Raises:
        ValueError: it is used before it has measured anything.
    """

    standardization: Standardization[Any, Any] | None

    def __init__(self, standardization: Standardization[Any, Any] | None = None) -> None:
        self.standardization = standardization

    def __repr__(self) -> str:
        return "Normalization()"

    @property
    def state(self) -> Parameters:
        """μ and σ, of shape (1, size), when they are measured."""
        measured = self.standardization
        return {} if measured is None else {"mean": measured.mean, "deviation": measured.deviation}

    @property
    def description(self) -> dict[str, Any]:
        """Nothing but the class."""
        return {"layer": "Normalization"}

    @override
    def load(self, state: Parameters) -> None:
        """Take over μ and σ as they are, or that nothing is measured yet."""
        self.standardization = Standardization(state["mean"], state["deviation"]) if state else None

    def measure(self, x: Matrix[Any, Any, Any]) -> None:
        """Take μ and σ from samples, one a column; a row that is the same in all of them is only centred."""
        self.standardization = Standardization.of(x.T)

    @override
    def forward(self, x: Matrix[D, Size, Batch]) -> Matrix[D, Size, Batch]:
        """Return (x − μ) / σ.

        Raises:
            ShapeError: what was measured has not as many rows.
        """
        return self._measured.apply(x.T).T

    @override
    def backward(
        self, x: Matrix[D, Size, Batch], a: Matrix[D, Size, Batch], gradient: Matrix[D, Size, Batch]
    ) -> Matrix[D, Size, Batch]:
        """Return g / σ."""
        return gradient / self._measured.deviation.T

    @override
    def to(self, device: str) -> Normalization:
        """Return the layer on a device: itself if it lies there, or has measured nothing."""
        measured = self.standardization
        if measured is None or measured.mean.to(device) is measured.mean:
            return self
        return Normalization(Standardization(measured.mean.to(device), measured.deviation.to(device)))

    @property
    def _measured(self) -> Standardization[Any, Any]:
        if self.standardization is None:
            raise ValueError("the Normalization has measured nothing yet: fit the network, or call measure")
        return self.standardization
