"""Linear and logistic regression with nets/regression.py: fits, predictions and gradients of one's own, in two types."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.regression import Fit, LinearRegression, LogisticRegression, Standardization
from shapedmat import Matrix

f32 = np.float32
f64 = np.float64
Real = TypeVar("Real", bound=np.floating[Any])
Samples = TypeVar("Samples", bound=int)
Features = TypeVar("Features", bound=int)


def residuals(
    model: LinearRegression[Real, Features], x: Matrix[Real, Samples, Features], y: Matrix[Real, Samples, L[1]]
) -> Matrix[Real, Samples, L[1]]:
    return y - model.predict(x)


def gradient(
    model: LogisticRegression[f64, Features], x: Matrix[f64, Samples, Features], y: Matrix[f64, Samples, L[1]]
) -> Matrix[f64, Features, L[1]]:
    return (1 / x.rows) * (x.T @ (model.predict(x) - y))


def fitted(x: Matrix[f64, Samples, L[3]], y: Matrix[f64, Samples, L[1]]) -> tuple[LinearRegression[f64, L[3]], Fit]:
    model: LinearRegression[f64, L[3]] = LinearRegression.zeros(3, dtype=f64)
    return model, model.fit(x, y)


def main() -> None:
    x: Matrix[f64, L[50], L[3]] = Matrix.normal(50, 3, 1, dtype=f64)
    truth: Matrix[f64, L[3], L[1]] = Matrix.from_rows([[1.0], [-2.0], [0.5]], dtype=f64)
    y = x @ truth + 3
    model, fit = fitted(x, y)
    assert fit.converged
    assert model.weights.allclose(truth, atol=1e-3)
    assert residuals(model, x, y).norm() < 1e-3
    few = x[:7]
    assert model.predict(few).shape == (7, 1)

    labels = (y > 3).astype(f64)
    scaling = Standardization.of(x)
    scaled = scaling.apply(x)
    classifier = LogisticRegression(Matrix[f64, L[3], L[1]].zeros(), Matrix[f64, L[1], L[1]].zeros())
    ended = classifier.fit(scaled, labels, l2=0.1)
    assert ended.loss == classifier.loss(scaled, labels, 0.1)
    assert classifier.accuracy(scaled, labels) > 0.9
    assert gradient(classifier, scaled, labels).shape == (3, 1)
    is_one: Matrix[np.bool_, L[50], L[1]] = classifier.classify(scaled)
    assert is_one.shape == (50, 1)

    features = int(x.cols)
    single = LinearRegression.zeros(features, dtype=f32)
    single.fit(Matrix.from_array(x.numpy().astype(f32)), Matrix.from_array(y.numpy().astype(f32)), tolerance=1e-3)
    assert single.weights.dtype == f32
