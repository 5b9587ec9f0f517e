"""Wrong dimensions in the network of nets/mnist.py: each case is a few of its lines with one mistake.

The network is imported with its annotations checked, as a program would import it that wants them enforced.
"""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from shapedmat import Matrix, install_import_hook, shapechecked, sigmoid, sigmoid_derivative

with install_import_hook("nets"):
    from nets.mnist import Activations, Gradients, Network

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
Other = TypeVar("Other", bound=int)

net = Network[f32].initialized(np.random.default_rng(1), f32)
x = Matrix[f32, L[784], L[4]].random(2)
y = Matrix[f32, L[10], L[4]].one_hot([7, 2, 1, 0])


def forgotten_transpose_of_the_weights() -> None:
    a = net.forward(x)
    dz3 = 2 * (a.a3 - y) * sigmoid_derivative(a.a3)
    # E: Unsupported operand types for @ ("Matrix[float32, 10, 64]" and "Matrix[float32, 10, 4]") [operator]
    # E: Unsupported operand types for * ("Matrix[float32, 10, 4]" and "Matrix[float32, 64, 4]") [operator]
    # R: ShapeError: cannot multiply (10, 64) by (10, 4): inner dimensions 64 and 10 differ
    net.w3 @ dz3 * sigmoid_derivative(a.a2)


def forgotten_transpose_of_the_input() -> None:
    @shapechecked
    def dw1(dz1: Matrix[f32, L[128], Batch], x: Matrix[f32, L[784], Batch]) -> Matrix[f32, L[128], L[784]]:
        # E: Unsupported operand types for @ ("Matrix[float32, 128, Batch]" and "Matrix[float32, 784, Batch]") [operator]
        # R: ShapeError: cannot multiply (128, 4) by (784, 4): inner dimensions 4 and 784 differ
        return dz1 @ x

    dw1(net.forward(x).a1, x)


def swapped_layers() -> None:
    @shapechecked
    def forward(x: Matrix[f32, L[784], Batch]) -> Matrix[f32, L[10], Batch]:
        a1 = sigmoid(net.w1 @ x + net.b1)
        # E: Unsupported operand types for @ ("Matrix[float32, 10, 64]" and "Matrix[float32, 128, Batch]") [operator]
        # R: ShapeError: cannot multiply (10, 64) by (128, 4): inner dimensions 64 and 128 differ
        return sigmoid(net.w3 @ a1 + net.b3)

    forward(x)


def input_of_another_layer() -> None:
    @shapechecked
    def forward(x: Matrix[f32, L[784], Batch]) -> Matrix[f32, L[64], Batch]:
        # E: Unsupported operand types for @ ("Matrix[float32, 64, 128]" and "Matrix[float32, 784, Batch]") [operator]
        # R: ShapeError: cannot multiply (64, 128) by (784, 4): inner dimensions 128 and 784 differ
        return sigmoid(net.w2 @ x + net.b2)

    forward(x)


def wrong_hidden_size() -> None:
    w2 = Matrix[f32, L[100], L[128]].xavier(3)
    # E: Argument 2 to "Network" has incompatible type "Matrix[float32, 100, 128]"; expected "Matrix[float32, 64, 128]" [arg-type]
    # R: Actual value: Matrix[float32, 100, 128]
    wrong = Network(net.w1, w2, net.w3, net.b1, net.b2, net.b3)


def wrong_hidden_size_by_arguments() -> None:
    # E: Argument 1 to "xavier" of "Constructors" has incompatible type "100"; expected "128" [arg-type]
    # R: nothing
    w1: Matrix[f32, L[128], L[784]] = Matrix.xavier(100, 784)


def weights_given_in_the_wrong_order() -> None:
    # E: Argument 1 to "Network" has incompatible type "Matrix[float32, 10, 64]"; expected "Matrix[float32, 128, 784]" [arg-type]
    # E: Argument 3 to "Network" has incompatible type "Matrix[float32, 128, 784]"; expected "Matrix[float32, 10, 64]" [arg-type]
    # R: Actual value: Matrix[float32, 10, 64]
    Network(net.w3, net.w2, net.w1, net.b1, net.b2, net.b3)


def bias_of_another_layer() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 128, 4]" and "Matrix[float32, 64, 1]") [operator]
    # R: ShapeError: cannot add (128, 4) and (64, 1): sizes 128 and 64 on axis -2 differ and neither is 1
    net.w1 @ x + net.b2


def bias_that_is_a_row() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 128, 4]" and "Matrix[float32, 1, 128]") [operator]
    # R: ShapeError: cannot add (128, 4) and (1, 128): sizes 4 and 128 on axis -1 differ and neither is 1
    net.w1 @ x + net.b1.T


def wrong_size_of_the_result() -> None:
    @shapechecked
    def predict(x: Matrix[f32, L[784], Batch]) -> Matrix[f32, L[10], Batch]:
        # E: Incompatible return value type (got "Matrix[float32, 64, Batch]", expected "Matrix[float32, 10, Batch]") [return-value]
        # R: Matrix[float32, 10, Batch]
        return net.forward(x).a2

    predict(x)


def activations_in_the_wrong_order() -> None:
    a = net.forward(x)
    # E: Argument 1 to "Activations" has incompatible type "Matrix[float32, 10, 4]"; expected "Matrix[float32, 128, 4]" [arg-type]
    # E: Argument 3 to "Activations" has incompatible type "Matrix[float32, 128, 4]"; expected "Matrix[float32, 10, 4]" [arg-type]
    # R: Actual value: Matrix[float32, 10, 4]
    Activations(a.a3, a.a2, a.a1)


def gradient_of_another_weight() -> None:
    a = net.forward(x)
    g = net.gradients(x, y, a)
    # E: Argument "dw2" to "Gradients" has incompatible type "Matrix[float32, 10, 64]"; expected "Matrix[float32, 64, 128]" [arg-type]
    # R: Actual value: Matrix[float32, 10, 64]
    Gradients(dw1=g.dw1, dw2=g.dw3, dw3=g.dw3, db1=g.db1, db2=g.db2, db3=g.db3)


def gradient_transposed() -> None:
    a = net.forward(x)
    g = net.gradients(x, y, a)
    dz3 = 2 * (a.a3 - y) * sigmoid_derivative(a.a3)
    dw3 = a.a2 @ dz3.T
    # E: Argument "dw3" to "Gradients" has incompatible type "Matrix[float32, 64, 10]"; expected "Matrix[float32, 10, 64]" [arg-type]
    # R: Actual value: Matrix[float32, 64, 10]
    Gradients(dw1=g.dw1, dw2=g.dw2, dw3=dw3, db1=g.db1, db2=g.db2, db3=g.db3)


def gradient_of_the_bias_over_the_wrong_axis() -> None:
    a = net.forward(x)
    g = net.gradients(x, y, a)
    # E: Argument "db3" to "Gradients" has incompatible type "Matrix[float32, 1, 4]"; expected "Matrix[float32, 10, 1]" [arg-type]
    # R: Actual value: Matrix[float32, 1, 4]
    Gradients(dw1=g.dw1, dw2=g.dw2, dw3=g.dw3, db1=g.db1, db2=g.db2, db3=a.a3.sum(axis=0))


def derivative_of_another_layer() -> None:
    a = net.forward(x)
    dz3 = a.a3 - y
    # E: Unsupported operand types for * ("Matrix[float32, 64, 4]" and "Matrix[float32, 128, 4]") [operator]
    # R: ShapeError: cannot multiply (64, 4) by (128, 4): sizes 64 and 128 on axis -2 differ and neither is 1
    net.w3.T @ dz3 * sigmoid_derivative(a.a1)


def update_with_a_swapped_gradient() -> None:
    gradients = net.gradients(x, y, net.forward(x))
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float32, 64, 128]"; expected "Matrix[float32, 128, 784] | [arg-type]
    # R: ShapeError: cannot subtract (64, 128) from (128, 784): sizes 784 and 128 on axis -1 differ and neither is 1
    net.w1 -= 0.1 * gradients.dw2


def update_of_a_bias_with_a_weight_gradient() -> None:
    gradients = net.gradients(x, y, net.forward(x))
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float32, 10, 64]"; expected "Matrix[float32, 10, 1] | [arg-type]
    # R: ShapeError: cannot subtract (10, 64) from (10, 1) in place: sizes 64 and 1 on axis -1 differ
    net.b3 -= 0.1 * gradients.dw3


def one_hot_of_too_few_classes() -> None:
    labels = Matrix[f32, L[9], L[4]].one_hot([7, 2, 1, 0])
    # E: Argument 2 to "step" of "Network" has incompatible type "Matrix[float32, 9, 4]"; expected "Matrix[float32, 10, 4]" [arg-type]
    # R: Actual value: Matrix[float32, 9, 4]
    net.step(x, labels, 0.1)


def images_and_labels_of_two_batches() -> None:
    @shapechecked
    def epoch(x: Matrix[f32, L[784], Batch], y: Matrix[f32, L[10], Other]) -> float:
        # E: Cannot infer value of type parameter "Batch" of "step" of "Network" [misc]
        # R: Actual value: Matrix[float32, 10, 3]
        return float(net.step(x, y, 0.1))

    epoch(x, Matrix[f32, L[10], L[3]].zeros())


def batch_sizes_that_differ() -> None:
    # E: Cannot infer value of type parameter "Batch" of "step" of "Network" [misc]
    # R: Actual value: Matrix[float32, 10, 3]
    net.step(x, Matrix[f32, L[10], L[3]].zeros(), 0.1)


def images_that_are_rows() -> None:
    images = Matrix[f32, L[4], L[784]].random(3)
    # E: Argument 1 to "predict" of "Network" has incompatible type "Matrix[float32, 4, 784]"; expected "Matrix[float32, 784, 784]" [arg-type]
    # R: Actual value: Matrix[float32, 4, 784]
    net.predict(images)


def image_that_is_not_flattened() -> None:
    image = Matrix[f32, L[28], L[28]].random(3)
    # E: Argument 1 to "forward" of "Network" has incompatible type "Matrix[float32, 28, 28]"; expected "Matrix[float32, 784, 28]" [arg-type]
    # R: Actual value: Matrix[float32, 28, 28]
    net.forward(image)


def labels_for_images() -> None:
    # E: Argument 1 to "step" of "Network" has incompatible type "Matrix[float32, 10, 4]"; expected "Matrix[float32, 784, 4]" [arg-type]
    # E: Argument 2 to "step" of "Network" has incompatible type "Matrix[float32, 784, 4]"; expected "Matrix[float32, 10, 4]" [arg-type]
    # R: Actual value: Matrix[float32, 10, 4]
    net.step(y, x, 0.1)


def error_against_the_hidden_layer() -> None:
    a = net.forward(x)
    # E: Unsupported operand types for - ("Matrix[float32, 64, 4]" and "Matrix[float32, 10, 4]") [operator]
    # R: ShapeError: cannot subtract (10, 4) from (64, 4): sizes 64 and 10 on axis -2 differ and neither is 1
    a.a2 - y


def element_type_of_the_images() -> None:
    images = x.astype(np.float64)
    # E: Argument 1 to "forward" of "Network" has incompatible type "Matrix[float64, 784, 4]"; expected "Matrix[float32, 784, 4]" [arg-type]
    # R: float32 and float64: convert one with .astype(np.float32)
    net.forward(images)


def weights_replaced_by_another_layers() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 128, 784]", variable has type "Matrix[float32, 64, 128]") [assignment]
    # R: nothing
    Network(net.w1, net.w2, net.w3, net.b1, net.b2, net.b3).w2 = net.w1


def prediction_of_the_largest_over_the_wrong_axis() -> None:
    @shapechecked
    def digits(x: Matrix[f32, L[784], Batch]) -> Matrix[np.int64, L[1], Batch]:
        # E: Incompatible return value type (got "Matrix[int64, 10, 1]", expected "Matrix[int64, 1, Batch]") [return-value]
        # R: Matrix[int64, 1, Batch]
        return net.predict(x).argmax(axis=1)

    digits(x)
