"""What the network of nets/nielsen.py is given that is of another type, another batch or not what it asks for."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.nielsen import Network
from shapedmat import Matrix, shapechecked

f32 = np.float32
f64 = np.float64
Batch = TypeVar("Batch", bound=int)
Other = TypeVar("Other", bound=int)

network = Network([4, 3, 2], seed=1)
x = Matrix[f64, L[4], L[5]].random(1)
y = Matrix[f64, L[2], L[5]].one_hot([0, 1, 0, 1, 0])
single = Matrix[f32, L[4], L[5]].random(1)
sample = (x.col(0), y.col(0))
labelled = (x.col(0), 0)


def element_type_of_the_input() -> None:
    # E: Argument 1 to "feedforward" of "Network" has incompatible type "Matrix[float32, 4, 5]"; expected "Matrix[float64, Any, 5]" [arg-type]
    # R: DTypeError: cannot multiply float64 and float32: convert one with .astype(np.float64)
    network.feedforward(single)


def element_type_of_the_target() -> None:
    # E: Argument 2 to "backprop" of "Network" has incompatible type "Matrix[float32, 2, 5]"; expected "Matrix[float64, Any, 5]" [arg-type]
    # R: DTypeError: cannot subtract float64 and float32
    network.backprop(x, Matrix[f32, L[2], L[5]].zeros())


def network_of_another_element_type() -> None:
    # E: Argument "dtype" to "Network" has incompatible type "type[float32]"; expected "type[float64]" [arg-type]
    # R: nothing
    double: Network[f64] = Network([4, 2], dtype=f32)


def targets_of_another_batch() -> None:
    # E: Cannot infer value of type parameter "Batch" of "backprop" of "Network" [misc]
    # R: ShapeError: cannot subtract (2, 4) from (2, 5): sizes 5 and 4 on axis -1 differ and neither is 1
    network.backprop(x, Matrix[f64, L[2], L[4]].zeros())


def output_of_another_batch() -> None:
    @shapechecked
    def outputs(x: Matrix[f64, L[4], Batch], y: Matrix[f64, L[2], Other]) -> Matrix[f64, Any, Other]:
        # E: Argument 1 to "feedforward" of "Network" has incompatible type "Matrix[float64, 4, Batch]"; expected "Matrix[float64, Any, Other]" [arg-type]
        # R: Actual value: Matrix[float64, 2, 5]
        return network.feedforward(x)

    outputs(x, y.col(0))


def derivative_of_another_batch() -> None:
    # E: Cannot infer value of type parameter "Batch" of "cost_derivative" of "Network" [misc]
    # R: nothing
    network.cost_derivative(network.feedforward(x), y.col(0))


def outputs_as_one_number_each() -> None:
    @shapechecked
    def largest(x: Matrix[f64, L[4], Batch]) -> Matrix[np.int64, L[1], Batch]:
        # E: Incompatible return value type (got "Matrix[int64, Any, 1]", expected "Matrix[int64, 1, Batch]") [return-value]
        # R: Actual value: Matrix[int64, 2, 1]
        return network.feedforward(x).argmax(axis=1)

    largest(x)


def bias_that_is_a_row() -> None:
    # E: Argument 1 to "append" of "list" has incompatible type "Matrix[float64, 1, 4]"; expected "Matrix[float64, Any, 1]" [arg-type]
    # R: nothing
    Network([4, 3, 2]).biases.append(x.col(0).T)


def weights_of_another_element_type() -> None:
    # E: Argument 1 to "append" of "list" has incompatible type "Matrix[float32, 4, 5]"; expected "Matrix[float64, Any, Any]" [arg-type]
    # R: nothing
    Network([4, 3, 2]).weights.append(single)


def labels_to_train_on() -> None:
    # E: List item 0 has incompatible type "tuple[Matrix[float64, 4, 1], int]"; expected "tuple[Matrix[float64, Any, Any], Matrix[float64, Any, Any]]" [list-item]
    # R: TypeError: cannot hstack 0: a Matrix is wanted
    Network([4, 3, 2]).SGD([labelled], 1, 1, 1.0)


def codes_to_test_on() -> None:
    # E: List item 0 has incompatible type "tuple[Matrix[float64, 4, 1], Matrix[float64, 2, 1]]"; expected "tuple[Matrix[float64, Any, Any], int]" [list-item]
    # R: nothing
    network.evaluate([sample])


def samples_of_another_element_type() -> None:
    # E: List item 0 has incompatible type "tuple[Matrix[float64, 4, 1], Matrix[float64, 2, 1]]"; expected "tuple[Matrix[float32, Any, Any], Matrix[float32, Any, Any]]" [list-item]
    # R: DTypeError
    Network([4, 2], dtype=f32).SGD([sample], 1, 1, 1.0)


def input_without_a_target() -> None:
    # E: List item 0 has incompatible type "Matrix[float64, 4, 1]"; expected "tuple[Matrix[float64, Any, Any], Matrix[float64, Any, Any]]" [list-item]
    # R: ValueError
    network.total_cost([x.col(0)])


def sizes_that_are_fractions() -> None:
    # E: List item 1 has incompatible type "float"; expected "int" [list-item]
    # R: ShapeError: cannot make a matrix of shape (392.0, 1): sizes are integers, 0 or more
    Network([784, 784 / 2, 10])


def cost_that_is_not_known() -> None:
    # E: No overload variant of "Network" matches argument types "list[int]", "str" [call-overload]
    # R: nothing
    Network([4, 2], cost="hinge")


def start_that_is_not_known() -> None:
    # E: No overload variant of "Network" matches argument types "list[int]", "str" [call-overload]
    # R: nothing
    Network([4, 2], start="xavier")


def report_that_takes_nothing() -> None:
    def report() -> None: ...

    # E: Argument "report" to "SGD" of "Network" has incompatible type "Callable[[], None]"; expected "Callable[[str], None]" [arg-type]
    # R: TypeError
    Network([4, 3, 2]).SGD([sample], 1, 1, 1.0, report=report)


def count_taken_for_a_share() -> None:
    # E: Argument 3 to "SGD" of "Network" has incompatible type "float"; expected "int" [arg-type]
    # R: ValueError: mini_batch_size must be 1 or more: 0.1 was given
    Network([4, 3, 2]).SGD([sample], 1, 0.1, 1.0)
