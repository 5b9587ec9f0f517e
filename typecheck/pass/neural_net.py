"""Networks of layers: sequences of up to eight, longer ones, ones whose sizes only the program knows, and training."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.activations import Activation
from nets.layers import AnyLayer, Layer, Linear, Normalization
from nets.losses import CategoricalCrossEntropy
from nets.neural_net import NeuralNet
from nets.schedules import Cosine
from nets.sequential import Sequential
from shapedmat import Matrix

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
Size = TypeVar("Size", bound=int)

Classifier = NeuralNet[f32, L[2], L[3]]


def classifier(seed: int) -> Classifier:
    rng = np.random.default_rng(seed)
    return NeuralNet(
        Sequential(
            Normalization(),
            Linear[f32, L[2], L[16]].initialized(seed=rng),
            Activation("relu"),
            Linear[f32, L[16], L[8]].initialized(seed=rng, start="he"),
            Activation("relu"),
            Linear[f32, L[8], L[3]].initialized(seed=rng, bias=False),
            Activation("softmax"),
        )
    )


def eight_layers() -> Sequential[f32, L[2], L[2]]:
    return Sequential(
        Linear[f32, L[2], L[3]].initialized(),
        Linear[f32, L[3], L[4]].initialized(),
        Linear[f32, L[4], L[5]].initialized(),
        Linear[f32, L[5], L[6]].initialized(),
        Linear[f32, L[6], L[5]].initialized(),
        Linear[f32, L[5], L[4]].initialized(),
        Linear[f32, L[4], L[3]].initialized(),
        Linear[f32, L[3], L[2]].initialized(),
    )


def block(layer: Linear[f32, Size, Size]) -> Sequential[f32, Size, Size]:
    return Sequential(layer, Normalization(), Activation("tanh"))


def ten_layers() -> Sequential[f32, L[2], L[2]]:
    return eight_layers().then(Activation("tanh")).then(Linear[f32, L[2], L[2]].initialized())


def of_sizes(sizes: list[int]) -> NeuralNet[f32, Any, Any]:
    layers: list[AnyLayer] = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [Linear.initialized(inputs, outputs, seed=0), Activation("sigmoid")]
    return NeuralNet(Sequential.of(layers))


def widths(
    first: Layer[f32, L[2], Size], second: Layer[f32, Size, L[2]], x: Matrix[f32, L[2], Batch]
) -> Matrix[f32, L[2], Batch]:
    return Sequential(first, Activation("sin"), second).forward(x)


class SwapRows(Layer[f32, L[2], L[2]]):
    """A layer of one's own."""

    @property
    def inputs(self) -> L[2]:
        return 2

    @property
    def outputs(self) -> L[2]:
        return 2

    @property
    def description(self) -> dict[str, Any]:
        return {"layer": "SwapRows"}

    def forward(self, x: Matrix[f32, L[2], Batch]) -> Matrix[f32, L[2], Batch]:
        return self._swap @ x

    def backward(
        self, x: Matrix[f32, L[2], Batch], a: Matrix[f32, L[2], Batch], gradient: Matrix[f32, L[2], Batch]
    ) -> Matrix[f32, L[2], Batch]:
        return self._swap @ gradient

    def to(self, device: str) -> SwapRows:
        return self

    _swap = Matrix[f32, L[2], L[2]].from_rows([[0, 1], [1, 0]])


def other_arrangements(x: Matrix[f32, L[2], Batch]) -> None:
    a, b, c = (Linear[f32, L[2], L[2]].initialized(seed=seed) for seed in range(3))
    f = Activation("tanh")
    for net in (
        Sequential(a, f, f, b, c),
        Sequential(a, b, f, c, f),
        Sequential(f, a, b, f, c, f),
        Sequential(f, f, a, f, b, c, f),
        Sequential(a, f, b, c, f, a, f, f),
        Sequential(a, f, b, f, c, f, a, f, b),
        Sequential(a, f, b, f, c, f, a, f, b, f, c, f),
    ):
        assert net.forward(x).shape == x.shape


def main() -> None:
    x = Matrix[f32, L[2], L[6]].from_rows([[0, 0, 5, 5, -5, -5], [5, 4, 0, 1, 0, -1]])
    y = Matrix[f32, L[3], L[6]].one_hot([0, 0, 1, 1, 2, 2])
    net = classifier(1)
    told: list[float] = []
    net.fit(
        x,
        y,
        epochs=100,
        learning_rate=0.5,
        loss=CategoricalCrossEntropy(),
        schedule=Cosine(0.1),
        batch_size=3,
        callback=lambda epoch, loss, learning_rate, net: told.append(loss),
    )
    assert told[-1] < told[0]
    predicted: Matrix[f32, L[3], L[6]] = net.predict(x)
    assert (predicted.argmax(axis=0) == y.argmax(axis=0)).all()
    one: Matrix[f32, L[3], L[1]] = net.predict(x.col(0))
    assert one.shape == (3, 1)

    other_arrangements(x)
    assert eight_layers().forward(x).shape == (2, 6)
    assert ten_layers().forward(x).shape == (2, 6)
    runtime_sized = of_sizes([2, 5, 4])
    assert runtime_sized.predict(x).shape == (4, 6)
    runtime_sized.add(Linear.initialized(4, 1))
    assert widths(Linear[f32, L[2], L[7]].initialized(), Linear[f32, L[7], L[2]].initialized(), x).shape == (2, 6)
    whole = Sequential(SwapRows(), Linear[f32, L[2], L[2]].initialized(seed=0))
    assert Sequential(SwapRows(), SwapRows()).forward(x).allclose(x)
    NeuralNet(whole).fit(x, x, epochs=2, learning_rate=0.01)
    square = block(Linear[f32, L[2], L[2]].initialized())
    NeuralNet(Sequential(square, square)).fit(x, x, epochs=1, learning_rate=0.1)
    untyped = NeuralNet()
    untyped.add(Linear.initialized(2, 3))
    untyped.add(Activation("tanh"))
    assert untyped.predict(x).shape == (3, 6)
