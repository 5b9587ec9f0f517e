"""The types of layers, of sequences of them, and of networks."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from nets.activations import Activation
from nets.layers import Linear, Normalization
from nets.losses import BinaryCrossEntropy, MeanSquaredError
from nets.neural_net import NeuralNet
from nets.sequential import Sequential
from shapedmat import Matrix

f32 = np.float32
Batch = TypeVar("Batch", bound=int)

x = Matrix[f32, L[2], L[5]].random(1)
hidden = Linear[f32, L[2], L[4]].initialized(seed=2)
last = Linear[f32, L[4], L[1]].initialized(seed=3)
tanh = Activation("tanh")
net = NeuralNet(Sequential(hidden, tanh, last, Activation("sigmoid")))
y = net.predict(x)

reveal_type(hidden)  # T: Linear[float32, 2, 4]
reveal_type(Linear(Matrix[f32, L[4], L[2]].zeros()))  # T: Linear[float32, 2, 4]
reveal_type(Linear[np.float64, L[2], L[4]].initialized())  # T: Linear[float64, 2, 4]
reveal_type(Linear.initialized(2, 4))  # T: Linear[float32, int, int]
reveal_type(hidden.weights)  # T: Matrix[float32, 4, 2]
reveal_type(hidden.inputs)  # T: 2
reveal_type(hidden.outputs)  # T: 4
reveal_type(hidden.forward(x))  # T: Matrix[float32, 4, 5]
reveal_type(hidden.backward(x, hidden.forward(x), hidden.forward(x)))  # T: Matrix[float32, 2, 5]
reveal_type(tanh.forward(x))  # T: Matrix[float32, 2, 5]
reveal_type(Sequential(hidden))  # T: Sequential[float32, 2, 4]
reveal_type(Sequential(hidden, last))  # T: Sequential[float32, 2, 1]
reveal_type(Sequential(hidden, tanh))  # T: Sequential[float32, 2, 4]
reveal_type(Sequential(tanh, hidden))  # T: Sequential[float32, 2, 4]
reveal_type(Sequential(hidden, tanh, tanh, last))  # T: Sequential[float32, 2, 1]
reveal_type(Sequential(Normalization(), hidden, tanh, last, tanh))  # T: Sequential[float32, 2, 1]
reveal_type(Sequential(Sequential(hidden, tanh), Sequential(last, tanh)))  # T: Sequential[float32, 2, 1]
reveal_type(Sequential(hidden).then(tanh).then(last).then(tanh))  # T: Sequential[float32, 2, 1]
reveal_type(Sequential(hidden, tanh, last).forward(x))  # T: Matrix[float32, 1, 5]
reveal_type(net)  # T: NeuralNet[float32, 2, 1]
reveal_type(net.to("cpu"))  # T: NeuralNet[float32, 2, 1]
reveal_type(net.predict(x))  # T: Matrix[float32, 1, 5]
reveal_type(net.loss(x, y))  # T: float
reveal_type(BinaryCrossEntropy().derivative(y, y))  # T: Matrix[float32, 1, 5]
reveal_type(MeanSquaredError().value(y, y))  # T: Matrix[float32, 1, 1]
reveal_type(NeuralNet[f32, L[2], L[1]]())  # T: NeuralNet[float32, 2, 1]


def generic(x: Matrix[f32, L[2], Batch]) -> None:
    reveal_type(net.predict(x))  # T: Matrix[float32, 1, Batch]
    reveal_type(tanh.forward(x))  # T: Matrix[float32, 2, Batch]


generic(x)
