"""Graphs whose variables do not fit."""

from __future__ import annotations

from typing import Any
from typing import Literal as L

import numpy as np

from nets.graph_layers import dense_biased, mean_squared_error, softmax_cross_entropy
from nets.recurrent import LSTMCell, LSTMState, RecurrentCell
from shapedmat import Matrix, sigmoid
from shapedmat.graph import Execution, Graph, Variable, normal

f32 = np.float32
f64 = np.float64

graph = Graph()
x = graph.input("x", Matrix[f32, L[4], L[3]])
y = graph.input("y", Matrix[f32, L[4], L[5]])
wide = graph.input("wide", Matrix[f64, L[4], L[3]])
w = graph.parameter("w", Matrix[f32, L[3], L[5]], normal())
b = graph.parameter("b", Matrix[f32, L[1], L[5]], normal())
cell: RecurrentCell[f32, L[3], L[2]] = RecurrentCell.added(graph, 3, 2, name="cell", dtype=f32)
lstm: LSTMCell[f32, L[3], L[2]] = LSTMCell.added(graph, 3, 2, name="lstm", dtype=f32)
h = graph.constant("h", Matrix[f32, L[4], L[2]].zeros())


def product_the_wrong_way_round() -> None:
    # E: Unsupported operand types for @ ("Variable[float32, 3, 5]" and "Variable[float32, 4, 3]") [operator]
    # R: ShapeError: node 'matmul': cannot multiply (3, 5) by (4, 3): inner dimensions 5 and 4 differ
    w @ x


def forgotten_transpose() -> None:
    # E: Unsupported operand types for @ ("Variable[float32, 4, 3]" and "Variable[float32, 4, 5]") [operator]
    # R: ShapeError: node 'matmul': cannot multiply (4, 3) by (4, 5): inner dimensions 3 and 4 differ
    x @ y


def bias_of_the_inputs_length() -> None:
    # E: Unsupported operand types for + ("Variable[float32, 4, 3]" and "Variable[float32, 1, 5]") [operator]
    # R: ShapeError: node 'add': cannot add (4, 3) and (1, 5): sizes 3 and 5 on axis -1 differ and neither is 1
    x + b


def difference_of_two_sizes() -> None:
    # E: Unsupported operand types for - ("Variable[float32, 4, 3]" and "Variable[float32, 4, 5]") [operator]
    # R: ShapeError: node 'subtract': cannot subtract (4, 5) from (4, 3): sizes 3 and 5 on axis -1 differ and neither is 1
    x - y


def mixed_element_types() -> None:
    # E: Unsupported operand types for * ("Variable[float32, 4, 3]" and "Variable[float64, 4, 3]") [operator]
    # R: DTypeError: node 'multiply': cannot multiply float32 and float64: convert one with .astype(np.float32)
    x * wide


def matrix_that_is_no_variable() -> None:
    # E: Unsupported operand types for @ ("Variable[float32, 4, 3]" and "Matrix[float32, 3, 5]") [operator]
    # R: TypeError: unsupported operand type(s) for @: 'Variable' and 'Matrix'
    x @ Matrix[f32, L[3], L[5]].zeros()


def hadamard_product_of_a_row() -> None:
    # E: Argument 1 to "hadamard" of "Variable" has incompatible type "Variable[float32, 1, 5]"; expected "Variable[float32, 4, 5]" [arg-type]
    # R: ShapeError: node 'hadamard': cannot take the Hadamard product of (4, 5) and (1, 5): the shapes differ
    y.hadamard(b)


def activation_keeps_the_shape() -> None:
    # E: Incompatible types in assignment (expression has type "Variable[float32, 4, 3]", variable has type "Variable[float32, 4, 5]") [assignment]
    # R: nothing
    activation: Variable[f32, L[4], L[5]] = x.apply(sigmoid)


def sum_over_the_other_axis() -> None:
    # E: Incompatible types in assignment (expression has type "Variable[float32, 4, 1]", variable has type "Variable[float32, 1, 3]") [assignment]
    # R: nothing
    sums: Variable[f32, L[1], L[3]] = x.sum(axis=1)


def target_of_another_size() -> None:
    # E: Cannot infer value of type parameter "Outputs" of "mean_squared_error" [misc]
    # R: ShapeError: cannot take the squared error of (4, 5) and (4, 3): the shapes differ
    mean_squared_error(x @ w, x)


def labels_of_another_size() -> None:
    # E: Cannot infer value of type parameter "Outputs" of "softmax_cross_entropy" [misc]
    # R: ShapeError: node 'hadamard': cannot take the Hadamard product of (4, 5) and (4, 3): the shapes differ
    softmax_cross_entropy(x @ w, x)


def layer_of_another_size() -> None:
    # E: Argument 3 to "dense_biased" has incompatible type "7"; expected "8" [arg-type]
    # R: nothing
    hidden: Variable[f32, L[4], L[8]] = dense_biased(graph, x, 7, name="hidden")


def fed_another_batch() -> None:
    # E: Argument 1 to "feed" of "Variable" has incompatible type "Matrix[float32, 5, 3]"; expected "Matrix[float32, 4, 3]" [arg-type]
    # R: ShapeError: input 'x' takes (4, 3), but (5, 3) was fed
    x.feed(Matrix[f32, L[5], L[3]].zeros())


def fed_another_element_type() -> None:
    # E: Argument 1 to "feed" of "Variable" has incompatible type "Matrix[float64, 4, 3]"; expected "Matrix[float32, 4, 3]" [arg-type]
    # R: DTypeError: input 'x' takes float32, but float64 was fed: convert it with .astype(np.float32)
    x.feed(Matrix[f64, L[4], L[3]].zeros())


def value_of_another_shape() -> None:
    product = x @ w
    # E: Argument 1 to "run" of "Execution" has incompatible type "Variable[float32, 4, 5]"; expected "Variable[float32, 5, 4]" [arg-type]
    # R: nothing
    values: Matrix[f32, L[5], L[4]] = Execution(graph).run(product, x.feed(Matrix[f32, L[4], L[3]].zeros()))


def gradient_is_as_large_as_its_variable() -> None:
    gradients = graph.backward((x @ w).sum())
    # E: Invalid index type "Variable[float32, 3, 5]" for "Gradients"; expected type "Variable[float32, 5, 3]" [index]
    # R: nothing
    by_w: Variable[f32, L[5], L[3]] = gradients[w]


def input_of_another_cell() -> None:
    # E: Argument 1 to "__call__" of "RecurrentCell" has incompatible type "Variable[float32, 4, 5]"; expected "Variable[float32, 4, 3]" [arg-type]
    # R: ShapeError: node 'cell/matmul': cannot multiply (4, 5) by (3, 2): inner dimensions 5 and 3 differ
    cell(y, h)


def state_of_another_size() -> None:
    # E: Argument 1 to "LSTMState" has incompatible type "Variable[float32, 4, 5]"; expected "Variable[float32, 4, 2]" [arg-type]
    # R: ShapeError: node 'lstm/matmul_2': cannot multiply (4, 5) by (2, 8): inner dimensions 5 and 2 differ
    lstm(x, LSTMState(y, h))
