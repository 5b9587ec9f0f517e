"""Layers that do not fit: in sequences of two to eight, with and without activations, and in what a network is given."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from nets.activations import Activation
from nets.layers import Linear, Normalization
from nets.neural_net import NeuralNet
from nets.sequential import Sequential
from shapedmat import Matrix

f32 = np.float32

a23 = Linear[f32, L[2], L[3]].initialized(seed=1)
a34 = Linear[f32, L[3], L[4]].initialized(seed=2)
a45 = Linear[f32, L[4], L[5]].initialized(seed=3)
a56 = Linear[f32, L[5], L[6]].initialized(seed=4)
a67 = Linear[f32, L[6], L[7]].initialized(seed=5)
a78 = Linear[f32, L[7], L[8]].initialized(seed=6)
a89 = Linear[f32, L[8], L[9]].initialized(seed=7)
other = Linear[f32, L[11], L[12]].initialized(seed=8)
tanh = Activation("tanh")
scale = Normalization()
net = NeuralNet(Sequential(a23, tanh, a34))
x = Matrix[f32, L[2], L[5]].random(9)
y = Matrix[f32, L[4], L[5]].random(10)


def two_layers() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 2, Linear(11, 12), takes 11 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(a23, other)


def three_layers() -> None:
    # E: Cannot infer value of type parameter "After2" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(11, 12), takes 11 inputs, but layer 2, Linear(3, 4), gives 4 outputs
    Sequential(a23, a34, other)


def four_layers() -> None:
    # E: Cannot infer value of type parameter "After3" of "Sequential" [misc]
    # R: ShapeError: layer 4, Linear(11, 12), takes 11 inputs, but layer 3, Linear(4, 5), gives 5 outputs
    Sequential(a23, a34, a45, other)


def five_layers() -> None:
    # E: Cannot infer value of type parameter "After4" of "Sequential" [misc]
    # R: ShapeError: layer 5, Linear(11, 12), takes 11 inputs, but layer 4, Linear(5, 6), gives 6 outputs
    Sequential(a23, a34, a45, a56, other)


def six_layers() -> None:
    # E: Cannot infer value of type parameter "After5" of "Sequential" [misc]
    # R: ShapeError: layer 6, Linear(11, 12), takes 11 inputs, but layer 5, Linear(6, 7), gives 7 outputs
    Sequential(a23, a34, a45, a56, a67, other)


def seven_layers() -> None:
    # E: Cannot infer value of type parameter "After6" of "Sequential" [misc]
    # R: ShapeError: layer 7, Linear(11, 12), takes 11 inputs, but layer 6, Linear(7, 8), gives 8 outputs
    Sequential(a23, a34, a45, a56, a67, a78, other)


def eight_layers() -> None:
    # E: Cannot infer value of type parameter "After7" of "Sequential" [misc]
    # R: ShapeError: layer 8, Linear(11, 12), takes 11 inputs, but layer 7, Linear(8, 9), gives 9 outputs
    Sequential(a23, a34, a45, a56, a67, a78, a89, other)


def three_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(11, 12), takes 11 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(a23, tanh, other)


def four_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(11, 12), takes 11 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(a23, tanh, other, tanh)


def five_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After3" of "Sequential" [misc]
    # R: ShapeError: layer 5, Linear(11, 12), takes 11 inputs, but layer 3, Linear(3, 4), gives 4 outputs
    Sequential(a23, tanh, a34, tanh, other)


def six_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After3" of "Sequential" [misc]
    # R: ShapeError: layer 5, Linear(11, 12), takes 11 inputs, but layer 3, Linear(3, 4), gives 4 outputs
    Sequential(a23, tanh, a34, tanh, other, tanh)


def seven_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After5" of "Sequential" [misc]
    # R: ShapeError: layer 7, Linear(11, 12), takes 11 inputs, but layer 5, Linear(4, 5), gives 5 outputs
    Sequential(a23, tanh, a34, tanh, a45, tanh, other)


def eight_layers_with_activations() -> None:
    # E: Cannot infer value of type parameter "After5" of "Sequential" [misc]
    # R: ShapeError: layer 7, Linear(11, 12), takes 11 inputs, but layer 5, Linear(4, 5), gives 5 outputs
    Sequential(a23, tanh, a34, tanh, a45, tanh, other, tanh)


def four_layers_after_a_normalization() -> None:
    # E: Cannot infer value of type parameter "After2" of "Sequential" [misc]
    # R: ShapeError: layer 4, Linear(11, 12), takes 11 inputs, but layer 2, Linear(2, 3), gives 3 outputs
    Sequential(scale, a23, tanh, other)


def five_layers_after_a_normalization() -> None:
    # E: Cannot infer value of type parameter "After2" of "Sequential" [misc]
    # R: ShapeError: layer 4, Linear(11, 12), takes 11 inputs, but layer 2, Linear(2, 3), gives 3 outputs
    Sequential(scale, a23, tanh, other, tanh)


def six_layers_after_a_normalization() -> None:
    # E: Cannot infer value of type parameter "After4" of "Sequential" [misc]
    # R: ShapeError: layer 6, Linear(11, 12), takes 11 inputs, but layer 4, Linear(3, 4), gives 4 outputs
    Sequential(scale, a23, tanh, a34, tanh, other)


def seven_layers_after_a_normalization() -> None:
    # E: Cannot infer value of type parameter "After4" of "Sequential" [misc]
    # R: ShapeError: layer 6, Linear(11, 12), takes 11 inputs, but layer 4, Linear(3, 4), gives 4 outputs
    Sequential(scale, a23, tanh, a34, tanh, other, tanh)


def eight_layers_after_a_normalization() -> None:
    # E: Cannot infer value of type parameter "After6" of "Sequential" [misc]
    # R: ShapeError: layer 8, Linear(11, 12), takes 11 inputs, but layer 6, Linear(4, 5), gives 5 outputs
    Sequential(scale, a23, tanh, a34, tanh, a45, tanh, other)


def first_layer_of_eight() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(3, 4), takes 3 inputs, but layer 1, Linear(11, 12), gives 12 outputs
    Sequential(other, tanh, a34, tanh, a45, tanh, a56, tanh)


def swapped_layers() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(2, 3), takes 2 inputs, but layer 1, Linear(3, 4), gives 4 outputs
    Sequential(a34, tanh, a23)


def forgotten_layer() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(4, 5), takes 4 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(a23, tanh, a45, tanh)


def layer_behind_two_activations() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 4, Linear(11, 12), takes 11 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(a23, scale, tanh, other)


def layer_that_is_added_later() -> None:
    # E: Argument 1 to "then" of "Sequential" has incompatible type "Linear[float32, 11, 12]"; expected "Layer[float32, 4, 12]" [arg-type]
    # R: ShapeError: layer 4, Linear(11, 12), takes 11 inputs, but layer 2, Linear(3, 4), gives 4 outputs
    Sequential(a23, a34).then(tanh).then(other)


def sequences_that_do_not_fit() -> None:
    # E: Cannot infer value of type parameter "After1" of "Sequential" [misc]
    # R: ShapeError: layer 3, Linear(11, 12), takes 11 inputs, but layer 1, Linear(2, 3), gives 3 outputs
    Sequential(Sequential(a23, tanh), Sequential(other, tanh))


def number_among_the_layers() -> None:
    # E: No overload variant of "Sequential" matches argument types "Linear[float32, 2, 3]", "int" [call-overload]
    # R: TypeError: a network is made of layers, such as Linear and Activation, not of int
    Sequential(a23, 3)


def float64_among_the_layers() -> None:
    # E: Cannot infer value of type parameter "D" of "Sequential" [misc]
    # R: DTypeError: cannot multiply float64 and float32: convert one with .astype(np.float64)
    Sequential(a23, Linear[np.float64, L[3], L[4]].initialized(seed=1)).forward(x)


def samples_of_another_width() -> None:
    # E: Argument 1 to "predict" of "NeuralNet" has incompatible type "Matrix[float32, 3, 5]"; expected "Matrix[float32, 2, 5]" [arg-type]
    # R: ShapeError: x has 3 rows, but the network takes 2 inputs: a sample is a column
    net.predict(Matrix[f32, L[3], L[5]].random(1))


def samples_in_rows() -> None:
    # E: Argument 1 to "predict" of "NeuralNet" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: ShapeError: x has 5 rows, but the network takes 2 inputs: a sample is a column
    net.predict(x.T)


def samples_of_another_element_type() -> None:
    # E: Argument 1 to "astype" of "Matrix" has incompatible type "type[float64]"; expected "type[float32]" [arg-type]
    # R: DTypeError: cannot multiply float32 and float64: convert one with .astype(np.float32)
    net.predict(x.astype(np.float64))


def targets_of_another_size() -> None:
    # E: Argument 2 to "fit" of "NeuralNet" has incompatible type "Matrix[float32, 3, 5]"; expected "Matrix[float32, 4, 5]" [arg-type]
    # R: ShapeError: y has shape (3, 5), but the network gives 4 outputs for the 5 columns of x: (4, 5) is wanted
    net.fit(x, Matrix[f32, L[3], L[5]].random(1), epochs=1, learning_rate=0.1)


def targets_for_other_samples() -> None:
    # E: Cannot infer value of type parameter "Batch" of "fit" of "NeuralNet" [misc]
    # R: ShapeError: y has shape (4, 6), but the network gives 4 outputs for the 5 columns of x: (4, 5) is wanted
    net.fit(x, Matrix[f32, L[4], L[6]].random(1), epochs=1, learning_rate=0.1)


def predictions_taken_for_something_else() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 4, 5]", variable has type "Matrix[float32, 3, 5]") [assignment]
    # R: nothing
    wrong: Matrix[f32, L[3], L[5]] = net.predict(x)


def network_of_another_type() -> None:
    # E: Argument 3 to "Sequential" has incompatible type "Linear[float32, 3, 4]"; expected "Layer[float32, 3, 5]" [arg-type]
    # R: nothing
    wrong: NeuralNet[f32, L[2], L[5]] = NeuralNet(Sequential(a23, tanh, a34))


def weights_of_another_layer() -> None:
    # E: Argument 1 to "Linear" has incompatible type "Matrix[float32, 2, 3]"; expected "Matrix[float32, 3, 2]" [arg-type]
    # R: ShapeError: Linear[float32, 2, 3] takes weights that are a Matrix[float32, 3, 2], not a Matrix[float32, 2, 3]
    Linear[f32, L[2], L[3]](Matrix[f32, L[2], L[3]].zeros())


def bias_of_another_layer() -> None:
    # E: Cannot infer value of type parameter "Outputs" of "Linear" [misc]
    # R: ShapeError: the bias has shape (2, 1), but the weights (3, 2): (3, 1) is wanted
    Linear(Matrix[f32, L[3], L[2]].zeros(), Matrix[f32, L[2], L[1]].zeros())


def activation_that_there_is_not() -> None:
    # E: Argument 1 to "Activation" has incompatible type "Literal['gelu']"; expected "Literal['sigmoid', 'tanh', 'relu', 'sin', 'softmax']" [arg-type]
    # R: ValueError: 'gelu' is no activation: sigmoid, tanh, relu, sin, softmax are
    Activation("gelu")
