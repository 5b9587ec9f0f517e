"""Attributes, and classes that are generic in a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, shapechecked

f32 = np.float32
Batch = TypeVar("Batch", bound=int)
Inputs = TypeVar("Inputs", bound=int)
Outputs = TypeVar("Outputs", bound=int)

a = Matrix[f32, L[5], L[2]].ones()


@shapechecked
@dataclass
class Layer:
    w: Matrix[f32, L[3], L[2]]
    b: Matrix[f32, L[3], L[1]]
    scale: ClassVar[Matrix[f32, L[1], L[1]]]


@shapechecked
@dataclass
class Linear(Generic[Inputs, Outputs]):
    w: Matrix[f32, Outputs, Inputs]
    b: Matrix[f32, Outputs, L[1]]

    def __call__(self, x: Matrix[f32, Inputs, Batch]) -> Matrix[f32, Outputs, Batch]:
        return self.w @ x + self.b


class Pair(NamedTuple):
    x: Matrix[f32, L[2], L[4]]
    y: Matrix[f32, L[3], L[4]]


class Centroids(Generic[Inputs]):
    def __init__(self, centroids: Matrix[f32, L[3], Inputs]) -> None:
        self.centroids = centroids


def layer() -> Layer:
    return Layer(Matrix[f32, L[3], L[2]].ones(), Matrix[f32, L[3], L[1]].ones())


def linear() -> Linear[L[2], L[3]]:
    return Linear(Matrix[f32, L[3], L[2]].ones(), Matrix[f32, L[3], L[1]].ones())


def field_of_another_shape() -> None:
    # E: Argument 1 to "Layer" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 3, 2]" [arg-type]
    # R: Matrix[float32, 3, 2]
    Layer(a, Matrix[f32, L[3], L[1]].ones())


def fields_that_differ() -> None:
    # E: Cannot infer value of type parameter "Outputs" of "Linear" [misc]
    # R: Matrix[float32, Outputs, 1]
    Linear(a, Matrix[f32, L[3], L[1]].ones())


def assignment_to_a_field() -> None:
    net = layer()
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 2]", variable has type "Matrix[float32, 3, 2]") [assignment]
    # R: nothing
    net.w = a


def bias_assigned_to_the_weights() -> None:
    net = layer()
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 3, 1]", variable has type "Matrix[float32, 3, 2]") [assignment]
    # R: nothing
    net.w = net.b


def assignment_to_a_class_attribute() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 5, 2]", variable has type "Matrix[float32, 1, 1]") [assignment]
    # R: nothing
    Layer.scale = a


def update_with_a_transposed_step() -> None:
    net = layer()
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float32, 2, 3]"; expected "Matrix[float32, 3, 2] | [arg-type]
    # R: ShapeError: cannot subtract (2, 3) from (3, 2): sizes 2 and 3 on axis -1 differ and neither is 1
    net.w -= 0.1 * net.w.T


def input_of_another_generic_layer() -> None:
    second = Linear[L[3], L[4]](Matrix[f32, L[4], L[3]].ones(), Matrix[f32, L[4], L[1]].ones())
    # E: Argument 1 to "__call__" of "Linear" has incompatible type "Matrix[float32, 2, 4]"; expected "Matrix[float32, 3, 4]" [arg-type]
    # R: ShapeError: cannot multiply (4, 3) by (2, 4): inner dimensions 3 and 2 differ
    second(Matrix[f32, L[2], L[4]].ones())


def argument_of_a_generic_layer() -> None:
    # E: Argument 1 to "__call__" of "Linear" has incompatible type "Matrix[float32, 5, 2]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: ShapeError: cannot multiply (3, 2) by (5, 2): inner dimensions 2 and 5 differ
    linear()(a)


def generic_class_declared_otherwise() -> None:
    # E: Incompatible types in assignment (expression has type "Linear[2, 3]", variable has type "Linear[3, 2]") [assignment]
    # R: nothing
    reversed_layer: Linear[L[3], L[2]] = linear()


def item_of_a_named_tuple() -> None:
    # E: Argument 2 to "Pair" has incompatible type "Matrix[float32, 2, 4]"; expected "Matrix[float32, 3, 4]" [arg-type]
    # R: nothing
    Pair(Matrix[f32, L[2], L[4]].ones(), Matrix[f32, L[2], L[4]].ones())


def attribute_of_a_generic_class() -> None:
    model = Centroids(Matrix[f32, L[3], L[2]].ones())
    # E: Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 3, 2]") [operator]
    # R: ShapeError: cannot multiply (5, 2) by (3, 2): inner dimensions 2 and 3 differ
    a @ model.centroids


def method_overridden_with_another_shape() -> None:
    class Wider(Linear[L[2], L[3]]):
        # E: Return type "Matrix[float32, 4, Batch]" of "__call__" incompatible with return type "Matrix[float32, 3, Batch]" in supertype "Linear" [override]
        # R: nothing
        def __call__(self, x: Matrix[f32, L[2], Batch]) -> Matrix[f32, L[4], Batch]:
            return Matrix[f32, L[4], L[3]].ones() @ super().__call__(x)


def attribute_that_does_not_exist() -> None:
    # E: "Matrix[float32, 5, 2]" has no attribute "columns" [attr-defined]
    # R: AttributeError: 'Matrix' object has no attribute 'columns'
    a.columns


def size_that_cannot_be_assigned() -> None:
    # E: Property "rows" defined in "Matrix" is read-only [misc]
    # R: AttributeError: property 'rows' of 'Matrix' object has no setter
    a.rows = 5
