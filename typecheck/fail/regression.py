"""Samples, targets and parameters that do not belong together in the models of nets/regression.py."""

from __future__ import annotations

from typing import Literal as L
from typing import TypeVar

import numpy as np

from nets.regression import LinearRegression, LogisticRegression, Standardization
from shapedmat import Matrix, shapechecked

f32 = np.float32
f64 = np.float64
Samples = TypeVar("Samples", bound=int)
Features = TypeVar("Features", bound=int)

x = Matrix[f64, L[50], L[3]].random(1)
y = Matrix[f64, L[50], L[1]].random(2)
fewer = Matrix[f64, L[40], L[1]].random(3)
wider = Matrix[f64, L[50], L[4]].random(4)
single = Matrix[f32, L[50], L[3]].random(5)
w = Matrix[f64, L[3], L[1]].zeros()
b = Matrix[f64, L[1], L[1]].zeros()
linear = LinearRegression(w, b)
logistic = LogisticRegression(w, b)


def samples_of_other_features() -> None:
    # E: Argument 1 to "predict" of "LinearRegression" has incompatible type "Matrix[float64, 50, 4]"; expected "Matrix[float64, 50, 3]" [arg-type]
    # R: ShapeError: cannot multiply (50, 4) by (3, 1): inner dimensions 4 and 3 differ
    linear.predict(wider)


def samples_that_are_columns() -> None:
    # E: Argument 1 to "predict" of "LogisticRegression" has incompatible type "Matrix[float64, 3, 50]"; expected "Matrix[float64, 3, 3]" [arg-type]
    # R: ShapeError: cannot multiply (3, 50) by (3, 1): inner dimensions 50 and 3 differ
    logistic.predict(x.T)


def fit_to_samples_of_other_features() -> None:
    # E: Argument 1 to "fit" of "_Regression" has incompatible type "Matrix[float64, 50, 4]"; expected "Matrix[float64, 50, 3]" [arg-type]
    # R: ShapeError: cannot multiply (50, 4) by (3, 1): inner dimensions 4 and 3 differ
    linear.fit(wider, y)


def targets_that_are_a_row() -> None:
    # E: Cannot infer value of type parameter "Samples" of "fit" of "_Regression" [misc]
    # E: Argument 2 to "fit" of "_Regression" has incompatible type "Matrix[float64, 1, 50]"; expected "Matrix[float64, Any, 1]" [arg-type]
    # R: ShapeError: y has shape (1, 50), but x has 50 rows: (50, 1) is wanted
    linear.fit(x, y.T)


def targets_of_other_samples() -> None:
    # E: Cannot infer value of type parameter "Samples" of "fit" of "_Regression" [misc]
    # R: ShapeError: y has shape (40, 1), but x has 50 rows: (50, 1) is wanted
    linear.fit(x, fewer)


def samples_and_targets_swapped() -> None:
    # E: Argument 1 to "fit" of "_Regression" has incompatible type "Matrix[float64, 50, 1]"; expected "Matrix[float64, 50, 3]" [arg-type]
    # E: Argument 2 to "fit" of "_Regression" has incompatible type "Matrix[float64, 50, 3]"; expected "Matrix[float64, 50, 1]" [arg-type]
    # R: ShapeError: y has shape (50, 3), but x has 50 rows: (50, 1) is wanted
    logistic.fit(y, x)


def labels_of_other_samples() -> None:
    # E: Cannot infer value of type parameter "Samples" of "loss" of "LogisticRegression" [misc]
    # R: ValueError: operands could not be broadcast together
    logistic.loss(x, fewer)


def element_type_of_the_samples() -> None:
    # E: Argument 1 to "predict" of "LinearRegression" has incompatible type "Matrix[float32, 50, 3]"; expected "Matrix[float64, 50, 3]" [arg-type]
    # R: DTypeError: cannot multiply float32 and float64: convert one with .astype(np.float32)
    linear.predict(single)


def element_type_of_the_targets() -> None:
    # E: Argument 2 to "fit" of "_Regression" has incompatible type "Matrix[float32, 50, 1]"; expected "Matrix[float64, 50, 1]" [arg-type]
    # R: DTypeError: cannot subtract float64 and float32: convert one with .astype(np.float64)
    linear.fit(x, Matrix[f32, L[50], L[1]].zeros())


def model_of_another_element_type() -> None:
    # E: Argument "dtype" to "zeros" of "_Regression" has incompatible type "type[float32]"; expected "type[float64]" [arg-type]
    # R: nothing
    LinearRegression[f64, L[3]].zeros(3, dtype=f32)


def model_of_other_features() -> None:
    # E: Argument 1 to "zeros" of "_Regression" has incompatible type "4"; expected "3" [arg-type]
    # R: nothing
    LinearRegression[f64, L[3]].zeros(4, dtype=f64)


def weights_that_are_a_row() -> None:
    # E: Argument 1 to "LinearRegression" has incompatible type "Matrix[float64, 1, 3]"; expected "Matrix[float64, 1, 1]" [arg-type]
    # R: nothing
    LinearRegression(w.T, b)


def bias_for_each_feature() -> None:
    # E: Argument 2 to "LogisticRegression" has incompatible type "Matrix[float64, 3, 1]"; expected "Matrix[float64, 1, 1]" [arg-type]
    # R: nothing
    LogisticRegression(w, w)


def standardization_of_other_features() -> None:
    # E: Argument 1 to "apply" of "Standardization" has incompatible type "Matrix[float64, 50, 4]"; expected "Matrix[float64, 50, 3]" [arg-type]
    # R: ShapeError: cannot subtract (1, 3) from (50, 4): sizes 4 and 3 on axis -1 differ and neither is 1
    Standardization[f64, L[3]].of(x).apply(wider)


def standardization_of_each_sample() -> None:
    # E: Argument 1 to "Standardization" has incompatible type "Matrix[float64, 50, 1]"; expected "Matrix[float64, 1, 1]" [arg-type]
    # E: Argument 2 to "Standardization" has incompatible type "Matrix[float64, 50, 1]"; expected "Matrix[float64, 1, 1]" [arg-type]
    # R: nothing
    Standardization(x.mean(axis=1), x.mean(axis=1))


def prediction_as_a_row() -> None:
    @shapechecked
    def predicted(x: Matrix[f64, Samples, L[3]]) -> Matrix[f64, L[1], Samples]:
        # E: Incompatible return value type (got "Matrix[float64, 1, 1]", expected "Matrix[float64, 1, Samples]") [return-value]
        # E: Argument 1 to "predict" of "LinearRegression" has incompatible type "Matrix[float64, Samples, 3]"; expected "Matrix[float64, 1, 3]" [arg-type]
        # R: Matrix[float64, 1, Samples]
        return linear.predict(x)

    predicted(x)


def classes_taken_for_probabilities() -> None:
    @shapechecked
    def probabilities(x: Matrix[f64, Samples, L[3]]) -> Matrix[f64, Samples, L[1]]:
        # E: Incompatible return value type (got "Matrix[bool_, Samples, 1]", expected "Matrix[float64, Samples, 1]") [return-value]
        # R: Matrix[float64, Samples, 1]
        return logistic.classify(x)

    probabilities(x)


def residuals_of_other_samples() -> None:
    # E: Unsupported operand types for - ("Matrix[float64, 40, 1]" and "Matrix[float64, 50, 1]") [operator]
    # R: ShapeError: cannot subtract (50, 1) from (40, 1): sizes 40 and 50 on axis -2 differ and neither is 1
    fewer - linear.predict(x)


def gradient_with_a_forgotten_transpose() -> None:
    error = linear.predict(x) - y
    # E: Unsupported operand types for @ ("Matrix[float64, 50, 3]" and "Matrix[float64, 50, 1]") [operator]
    # R: ShapeError: cannot multiply (50, 3) by (50, 1): inner dimensions 3 and 50 differ
    x @ error


def step_along_the_error() -> None:
    error = linear.predict(x) - y
    # E: Argument 1 to "__isub__" of "Matrix" has incompatible type "Matrix[float64, 50, 1]"; expected "Matrix[float64, 3, 1] | [arg-type]
    # R: ShapeError: cannot subtract (50, 1) from (3, 1): sizes 3 and 50 on axis -2 differ and neither is 1
    linear.weights -= 0.1 * error


def model_of_any_features() -> None:
    @shapechecked
    def predicted(model: LinearRegression[f64, Features], x: Matrix[f64, Samples, L[4]]) -> Matrix[f64, Samples, L[1]]:
        # E: Argument 1 to "predict" of "LinearRegression" has incompatible type "Matrix[float64, Samples, 4]"; expected "Matrix[float64, Samples, Features]" [arg-type]
        # R: ShapeError: cannot multiply (50, 4) by (3, 1): inner dimensions 4 and 3 differ
        return model.predict(x)

    predicted(linear, wider)


def linear_model_that_classifies() -> None:
    # E: "LinearRegression[float64, 3]" has no attribute "classify" [attr-defined]
    # R: AttributeError: 'LinearRegression' object has no attribute 'classify'
    linear.classify(x)
