"""The 784-128-64-10 network for handwritten digits, written out in full, so that its shapes are what a reader sees.

Every column of the input x is one image, and every column of y the one-hot code of its label. The activation is the
sigmoid σ, the loss of one image the squared error Σ (a3 − y)². Run ``python -m nets.mnist`` to train it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeAlias, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, ShapeError, sigmoid, sigmoid_derivative

Real = TypeVar("Real", bound=np.floating[Any])
Batch = TypeVar("Batch", bound=int)

Initializer: TypeAlias = L["xavier", "he", "normal", "uniform"]


@dataclass(frozen=True)
class Activations(Generic[Real, Batch]):
    """The outputs of the three layers for a batch of images, one image a column."""

    a1: Matrix[Real, L[128], Batch]
    a2: Matrix[Real, L[64], Batch]
    a3: Matrix[Real, L[10], Batch]


@dataclass(frozen=True)
class Gradients(Generic[Real]):
    """The derivatives of the loss, summed over a batch, by each weight and bias."""

    dw1: Matrix[Real, L[128], L[784]]
    dw2: Matrix[Real, L[64], L[128]]
    dw3: Matrix[Real, L[10], L[64]]
    db1: Matrix[Real, L[128], L[1]]
    db2: Matrix[Real, L[64], L[1]]
    db3: Matrix[Real, L[10], L[1]]


@dataclass
class Network(Generic[Real]):
    """The weights and biases of the three layers.

    A layer computes a = σ(w @ x + b): weights have a row for each of its neurons and a column for each input, and the
    bias, one number for each neuron, is added to every column.
    """

    w1: Matrix[Real, L[128], L[784]]
    w2: Matrix[Real, L[64], L[128]]
    w3: Matrix[Real, L[10], L[64]]
    b1: Matrix[Real, L[128], L[1]]
    b2: Matrix[Real, L[64], L[1]]
    b3: Matrix[Real, L[10], L[1]]

    @classmethod
    def initialized(
        cls, rng: np.random.Generator, dtype: type[Real], init: Initializer = "xavier", device: str = "cpu"
    ) -> Network[Real]:
        """Return a network with weights drawn by `init` and biases of zero.

        "xavier" and "he" are `Matrix.xavier` and `Matrix.he`; "normal" draws from N(0, 1 / fan_in) and "uniform" from
        U[−1, 1) / √fan_in (LeCun et al., 1998).
        """

        def draw(rows: int, cols: int) -> Matrix[Real, Any, Any]:
            scale = cols**-0.5
            if init == "normal":
                return Matrix.normal(rows, cols, rng, std=scale, dtype=dtype, device=device)
            if init == "uniform":
                return Matrix.uniform(rows, cols, rng, low=-scale, high=scale, dtype=dtype, device=device)
            draw_by_fan = Matrix.xavier if init == "xavier" else Matrix.he
            return draw_by_fan(rows, cols, rng, dtype=dtype, device=device)

        def zeros(rows: int) -> Matrix[Real, Any, L[1]]:
            return Matrix.zeros(rows, 1, dtype=dtype, device=device)

        return cls(draw(128, 784), draw(64, 128), draw(10, 64), zeros(128), zeros(64), zeros(10))

    def forward(self, x: Matrix[Real, L[784], Batch]) -> Activations[Real, Batch]:
        """Return the activations of all layers for a batch of images with values from 0 to 1."""
        z1 = self.w1 @ x + self.b1
        a1 = sigmoid(z1)
        z2 = self.w2 @ a1 + self.b2
        a2 = sigmoid(z2)
        z3 = self.w3 @ a2 + self.b3
        a3 = sigmoid(z3)
        return Activations(a1, a2, a3)

    def gradients(
        self, x: Matrix[Real, L[784], Batch], y: Matrix[Real, L[10], Batch], a: Activations[Real, Batch]
    ) -> Gradients[Real]:
        """Return the gradients by backpropagation, from the activations that `forward` gave for x.

        With δ for the derivative by a layer's z: δ3 = 2 (a3 − y) ∘ σ'(z3), δ2 = (w3ᵀ @ δ3) ∘ σ'(z2) and
        δ1 = (w2ᵀ @ δ2) ∘ σ'(z1), where σ'(z) = a (1 − a); a weight's gradient is δ @ inputᵀ, a bias's the sum of δ over
        the batch (Nielsen, *Neural Networks and Deep Learning*, chapter 2, equations BP1 to BP4).
        """
        dz3 = 2 * (a.a3 - y) * sigmoid_derivative(a.a3)
        dz2 = self.w3.T @ dz3 * sigmoid_derivative(a.a2)
        dz1 = self.w2.T @ dz2 * sigmoid_derivative(a.a1)
        return Gradients(
            dw1=dz1 @ x.T,
            dw2=dz2 @ a.a1.T,
            dw3=dz3 @ a.a2.T,
            db1=dz1.sum(axis=1),
            db2=dz2.sum(axis=1),
            db3=dz3.sum(axis=1),
        )

    def update(self, gradients: Gradients[Real], rate: float) -> None:
        """Take a step of gradient descent in place: w −= rate · dw."""
        self.w1 -= rate * gradients.dw1
        self.w2 -= rate * gradients.dw2
        self.w3 -= rate * gradients.dw3
        self.b1 -= rate * gradients.db1
        self.b2 -= rate * gradients.db2
        self.b3 -= rate * gradients.db3

    def step(
        self, x: Matrix[Real, L[784], Batch], y: Matrix[Real, L[10], Batch], learning_rate: float
    ) -> np.floating[Any]:
        """Train on one mini-batch with the mean of its gradients, and return its mean loss before the step."""
        a = self.forward(x)
        self.update(self.gradients(x, y, a), learning_rate / x.cols)
        error = a.a3 - y
        return error.hadamard(error).sum() / x.cols

    def predict(self, x: Matrix[Real, L[784], Batch]) -> Matrix[Real, L[10], Batch]:
        """Return the ten outputs for each image; the largest is the digit."""
        return self.forward(x).a3

    @property
    def parameters(self) -> dict[str, Matrix[Real, Any, Any]]:
        """The weights and biases by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases: 109,386."""
        return sum(parameter.size for parameter in self.parameters.values())

    def load(self, parameters: Mapping[str, Matrix[Any, Any, Any]]) -> None:
        """Take over weights and biases by name, converted to this network's element type and device.

        Raises:
            ShapeError: a name is missing, or a shape differs.
        """
        for name, own in self.parameters.items():
            if name not in parameters or parameters[name].shape != own.shape:
                given = parameters[name].shape if name in parameters else "nothing"
                raise ShapeError(f"{name} of the network has shape {own.shape}, but {given} is given")
        for name, own in self.parameters.items():
            setattr(self, name, parameters[name].astype(own.dtype.type).to(own.device))


if __name__ == "__main__":
    import sys

    from nets.command_line import main

    sys.exit(main())
