"""Bugs in calls of compiled functions, methods and loops, and in what they return: a compiled function keeps its type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, MiniBatchLoop, jit, sigmoid

f32 = np.float32
f64 = np.float64
Batch = TypeVar("Batch", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])

w = Matrix[f32, L[3], L[2]].ones()
x = Matrix[f32, L[2], L[4]].ones()
wide = Matrix[f32, L[2], L[5]].ones()


@jit
def layer(w: Matrix[Real, L[3], L[2]], x: Matrix[Real, L[2], Batch], scale: float = 1.0) -> Matrix[Real, L[3], Batch]:
    return sigmoid(w @ x) * scale


@jit(threads=2)
def error(y: Matrix[f32, L[3], Batch], t: Matrix[f32, L[3], Batch]) -> Matrix[f32, L[3], Batch]:
    return y - t


def plain(x: Matrix[f32, L[2], Batch]) -> Matrix[f32, Batch, L[2]]:
    return x.T


transposed = jit(plain)


@dataclass
class Model(Generic[Real]):
    w: Matrix[Real, L[3], L[2]]

    @jit
    def forward(self, x: Matrix[Real, L[2], Batch]) -> Matrix[Real, L[3], Batch]:
        return self.w @ x

    @jit(threads=1)
    def update(self, gradient: Matrix[Real, L[3], L[2]], rate: float) -> None:
        self.w -= rate * gradient


model = Model(w)


def fit(w: Matrix[f32, L[2], L[1]], x: Matrix[f32, Batch, L[2]]) -> f32:
    loss = x @ w
    w -= x.sum(axis=0).T
    return loss.sum()


def fit_any(w: Matrix[Real, L[2], L[1]], x: Matrix[Real, Batch, L[2]]) -> Real:
    return (x @ w).sum()


class Descent:
    def step(self, model: Model[f32], x: Matrix[f32, Batch, L[2]]) -> f32:
        return model.forward(x.T).sum()


def without_state() -> f32:
    return w.sum()


v = Matrix[f32, L[2], L[1]].ones()
order = np.arange(4)


def arguments_exchanged() -> None:
    # E: Argument 1 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 2, 4]"; expected "Matrix[float32, 3, 2]" [arg-type]
    # E: Argument 2 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 3, 2]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: ShapeError: cannot multiply (2, 4) by (3, 2): inner dimensions 4 and 3 differ
    layer(x, w)


def transpose_forgotten() -> None:
    # E: Argument 2 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 4, 2]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: ShapeError: cannot multiply (3, 2) by (4, 2): inner dimensions 2 and 4 differ
    layer(w, x.T)


def argument_missing() -> None:
    # E: Missing positional argument "x" in call to "__call__" of "Compiled" [call-arg]
    # R: TypeError: layer() missing 1 required positional argument: 'x'
    layer(w)


def argument_too_many() -> None:
    # E: Too many arguments for "__call__" of "Compiled" [call-arg]
    # R: TypeError: layer() takes from 2 to 3 positional arguments but 4 were given
    layer(w, x, 1.0, 2.0)


def unknown_keyword() -> None:
    # E: Unexpected keyword argument "factor" for "__call__" of "Compiled" [call-arg]
    # R: TypeError: layer() got an unexpected keyword argument 'factor'
    layer(w, x, factor=2.0)


def text_for_a_number() -> None:
    # E: Argument 3 to "__call__" of "Compiled" has incompatible type "str"; expected "float" [arg-type]
    # R: TypeError: can't multiply sequence by non-int of type 'Matrix'
    layer(w, x, "1")


def element_types_mixed() -> None:
    # E: Cannot infer value of type parameter "Real" of "__call__" of "Compiled" [misc]
    # R: DTypeError: cannot multiply float32 and float64: convert one with .astype(np.float32)
    layer(w, x.astype(f64))


def batches_mixed_up() -> None:
    # E: Cannot infer value of type parameter "Batch" of "__call__" of "Compiled" [misc]
    # R: ShapeError: cannot subtract (3, 5) from (3, 4): sizes 4 and 5 on axis -1 differ and neither is 1
    error(layer(w, x), layer(w, wide))


def result_used_wrongly() -> None:
    # E: Unsupported operand types for @ ("Matrix[float32, 3, 4]" and "Matrix[float32, 3, 4]") [operator]
    # R: ShapeError: cannot multiply (3, 4) by (3, 4): inner dimensions 4 and 3 differ
    layer(w, x) @ layer(w, x)


def result_of_a_function_given_to_jit() -> None:
    # E: Incompatible types in assignment (expression has type "Matrix[float32, 2, 2]", variable has type "Matrix[float32, 2, 4]") [assignment]
    # E: Argument 1 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 2, 4]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: nothing
    result: Matrix[f32, L[2], L[4]] = transposed(x)


def method_given_another_shape() -> None:
    # E: Argument 1 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 3, 2]"; expected "Matrix[float32, 2, 2]" [arg-type]
    # R: ShapeError: cannot multiply (3, 2) by (3, 2): inner dimensions 2 and 3 differ
    model.forward(w)


def method_given_a_matrix_for_a_number() -> None:
    # E: Argument 2 to "__call__" of "Compiled" has incompatible type "Matrix[float32, 3, 2]"; expected "float" [arg-type]
    # R: nothing
    Model(w.copy()).update(w, w)


def result_of_a_method_used_wrongly() -> None:
    # E: Unsupported operand types for + ("Matrix[float32, 3, 4]" and "Matrix[float32, 3, 5]") [operator]
    # R: ShapeError: cannot add (3, 4) and (3, 5): sizes 4 and 5 on axis -1 differ and neither is 1
    model.forward(x) + model.forward(wide)


def bug_within_a_compiled_function() -> None:
    @jit
    def gram(x: Matrix[f32, L[2], Batch]) -> Matrix[f32, Batch, Batch]:
        # E: Unsupported operand types for @ ("Matrix[float32, 2, Batch]" and "Matrix[float32, 2, Batch]") [operator]
        # E: Incompatible return value type (got "Matrix[float32, 2, Batch]", expected "Matrix[float32, Batch, Batch]") [return-value]
        # R: ShapeError: cannot multiply (2, 4) by (2, 4): inner dimensions 4 and 2 differ
        return x @ x

    gram(x)


def unknown_option() -> None:
    # E: Unexpected keyword argument "thread" for overloaded function "jit"; did you mean "threads"? [call-overload]
    # R: TypeError: jit() got an unexpected keyword argument 'thread'
    jit(thread=2)


def plan_as_a_number() -> None:
    # E: Incompatible types in assignment (expression has type "str", variable has type "int") [assignment]
    # R: nothing
    count: int = layer.plan()


def loop_given_another_shape() -> None:
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Matrix[float32, 3, 2]"; expected "Matrix[float32, 2, 1]" [arg-type]
    # R: ShapeError: cannot multiply (2, 2) by (3, 2): inner dimensions 2 and 3 differ
    MiniBatchLoop(fit).run(w, [x.T], order, 2)


def loop_in_a_variable_given_another_shape() -> None:
    loop = MiniBatchLoop(fit)
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Matrix[float32, 1, 2]"; expected "Matrix[float32, 2, 1]" [arg-type]
    # R: ShapeError: cannot multiply (2, 2) by (1, 2): inner dimensions 2 and 1 differ
    loop.run(v.T, [x.T], order, 2)


def loop_of_a_generic_function_given_another_shape() -> None:
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Matrix[float32, 3, 2]"; expected "Matrix[Any, 2, 1]" [arg-type]
    # R: ShapeError: cannot multiply (2, 2) by (3, 2): inner dimensions 2 and 3 differ
    MiniBatchLoop(fit_any).run(w, [x.T], order, 2)


def loop_of_a_compiled_function_given_another_shape() -> None:
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Matrix[float32, 3, 2]"; expected "Matrix[float32, 2, 1]" [arg-type]
    # R: ShapeError: cannot multiply (2, 2) by (3, 2): inner dimensions 2 and 3 differ
    MiniBatchLoop(jit(fit)).run(w, [x.T], order, 2)


def loop_of_a_method_given_what_is_in_its_state() -> None:
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Matrix[float32, 3, 2]"; expected "Model[float32]" [arg-type]
    # R: AttributeError: 'Matrix' object has no attribute 'forward'
    MiniBatchLoop(Descent().step).run(w, [x.T], order, 2)


def loop_of_a_method_without_its_object() -> None:
    # E: Argument 1 to "run" of "MiniBatchLoop" has incompatible type "Model[float32]"; expected "Descent" [arg-type]
    # R: TypeError: Descent.step() missing 1 required positional argument: 'x'
    MiniBatchLoop(Descent.step).run(model, [x.T], order, 2)


def loop_declared_for_another_state() -> None:
    # E: Argument 1 to "MiniBatchLoop" has incompatible type "Callable[[Matrix[float32, 2, 1], Matrix[float32, Batch, 2]], float32]"; expected "Step[Model[float32]]" [arg-type]
    # R: nothing
    loop: MiniBatchLoop[Model[f32]] = MiniBatchLoop(fit)


def loop_of_a_step_without_a_state() -> None:
    # E: Argument 1 to "MiniBatchLoop" has incompatible type "Callable[[], float32]"; expected "Step[Never]" [arg-type]
    # R: nothing
    MiniBatchLoop(without_state)


def loop_of_no_function() -> None:
    # E: Argument 1 to "MiniBatchLoop" has incompatible type "Model[float32]"; expected "Step[Never]" [arg-type]
    # R: TypeError: MiniBatchLoop is given a value of type Model: a function is wanted, of a state, mini-batches and numbers
    MiniBatchLoop(model)
