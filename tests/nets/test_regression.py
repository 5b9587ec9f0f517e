"""Regression against scikit-learn, on the two published data sets, and the messages word for word."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import numpy as np
import pytest
from sklearn import linear_model

from nets.regression import LinearRegression, LogisticRegression, Standardization
from shapedmat import Matrix, ShapeError
from tests.nets.published import PUBLISHED

DATA = PUBLISHED / "iron_learn"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the regression sets are not there; SHAPEDMAT_DATA_DIR names the folder above theirs"
)
f64 = np.float64


def published(name: str) -> tuple[Matrix[f64, Any, Any], ...]:
    """Return x, y, the test x and the test y, standardized by the training samples."""
    content = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    features, found = content["n"], []
    for suffix in ("", "_test"):
        found += [
            Matrix.from_rows(np.reshape(content[f"x{suffix}"], (-1, features)), dtype=f64),
            Matrix.from_rows(np.reshape(content[f"y{suffix}"], (-1, 1)), dtype=f64),
        ]
    scaling = Standardization.of(found[0])
    return scaling.apply(found[0]), found[1], scaling.apply(found[2]), found[3]


def drawn(samples: int, features: int, seed: int = 0) -> tuple[Matrix[f64, Any, Any], Matrix[f64, Any, Any]]:
    """Return random samples, and labels that depend on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, features))
    y = (x @ rng.normal(size=(features, 1)) + rng.normal(size=(samples, 1)) > 0).astype(f64)
    return Matrix.from_rows(x, dtype=f64), Matrix.from_rows(y, dtype=f64)


@needs_data
@pytest.mark.parametrize("l2", [0.0, 20.0])
def test_linear_is_the_closed_form(l2: float) -> None:
    """Coefficients and intercept are within 1e-3 of scikit-learn's."""
    x, y, test_x, test_y = published("linear")
    assert x.shape == (321, 6)
    model = LinearRegression.zeros(6, dtype=f64)
    fit = model.fit(x, y, l2=l2)
    reference = linear_model.Ridge(alpha=l2).fit(x.numpy(), y.numpy().ravel())
    assert fit.converged
    np.testing.assert_allclose(model.weights.numpy().ravel(), reference.coef_, atol=1e-3)
    assert float(model.bias.numpy()[0, 0]) == pytest.approx(reference.intercept_, abs=1e-3)
    np.testing.assert_allclose(model.predict(test_x).numpy().ravel(), reference.predict(test_x.numpy()), atol=1e-2)
    assert model.loss(test_x, test_y) == pytest.approx(
        float(np.mean((reference.predict(test_x.numpy()) - test_y.numpy().ravel()) ** 2)), rel=1e-3
    )


@needs_data
def test_logistic_is_the_converged_one() -> None:
    """Coefficients and intercept are within 1e-3 of scikit-learn's, and at least 93 % of the test labels are right."""
    x, y, test_x, test_y = published("logistic")
    assert x.shape == (3530, 19)
    model = LogisticRegression.zeros(19, dtype=f64)
    fit = model.fit(x, y, l2=1.0)
    reference = linear_model.LogisticRegression(C=1.0, max_iter=10_000, tol=1e-10).fit(x.numpy(), y.numpy().ravel())
    assert fit.converged
    np.testing.assert_allclose(model.weights.numpy().ravel(), reference.coef_[0], atol=1e-3)
    assert float(model.bias.numpy()[0, 0]) == pytest.approx(reference.intercept_[0], abs=1e-3)
    assert model.accuracy(test_x, test_y) == reference.score(test_x.numpy(), test_y.numpy().ravel()) >= 0.93


@pytest.mark.parametrize("kind", [LinearRegression, LogisticRegression])
def test_the_gradient_is_the_numerical_one(kind: Any) -> None:
    """One step with the rate r changes the weights and the bias by −r times the central differences of the loss."""
    x, y = drawn(20, 3)
    model = kind(Matrix.normal(3, 1, 1, dtype=f64), Matrix.normal(1, 1, 2, dtype=f64))
    parameters: list[Any] = [model.weights.numpy(), model.bias.numpy()]
    differences = []
    for values in parameters:
        for place in np.ndindex(values.shape):
            kept = values[place]
            around = []
            for step in (1e-6, -1e-6):
                values[place] = kept + step
                around.append(model.loss(x, y, l2=0.7))
            values[place] = kept
            differences.append((around[0] - around[1]) / 2e-6)
    before = np.concatenate([values.ravel() for values in parameters])
    model.fit(x, y, l2=0.7, learning_rate=0.5, epochs=1)
    after = np.concatenate([model.weights.numpy().ravel(), model.bias.numpy().ravel()])
    np.testing.assert_allclose((before - after) / 0.5, differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", [LinearRegression, LogisticRegression])
def test_every_step_lowers_the_loss(kind: Any) -> None:
    """The rate that is taken where none is given is small enough."""
    x, y = drawn(50, 4)
    model = kind.zeros(4, dtype=f64)
    losses = [model.fit(x, y, epochs=1, l2=0.3).loss for _ in range(40)]
    assert losses == sorted(losses, reverse=True)


def test_float32() -> None:
    """The elements stay what they are."""
    x, y = (each.astype(np.float32) for each in drawn(30, 2))
    model = LogisticRegression.zeros(2, dtype=np.float32)
    fit = model.fit(x, y, l2=1.0, tolerance=1e-4)
    assert fit.converged
    assert model.weights.dtype == np.float32


def test_an_unfinished_fit_says_so() -> None:
    """After too few epochs it has not converged, and goes on from there when called again."""
    x, y = drawn(30, 2)
    model = LinearRegression.zeros(2, dtype=f64)
    first = model.fit(x, y, epochs=2)
    second = model.fit(x, y)
    assert (first.epochs, first.converged, second.converged) == (2, False, True)
    assert second.loss < first.loss


def test_standardization() -> None:
    """Samples get mean 0 and deviation 1; a constant feature is only centred."""
    x = Matrix.from_rows([[1, 5, 2], [3, 5, 6]], dtype=f64)
    assert Standardization.of(x).apply(x).numpy().tolist() == [[-1, 0, -1], [1, 0, 1]]


def test_wrong_shapes() -> None:
    """They are said before anything is computed, or by the product that fails."""
    x, y = drawn(5, 2)
    fit = inspect.unwrap(LinearRegression.fit)  # without the checks of the annotations, which say it in other words
    with pytest.raises(ShapeError, match=re.escape("y has shape (3, 1), but x has 5 rows: (5, 1) is wanted")):
        fit(LinearRegression.zeros(2, dtype=f64), x, y[:3])
    with pytest.raises(ShapeError, match=re.escape("cannot multiply (5, 2) by (4, 1)")):
        LinearRegression.zeros(4, dtype=f64).fit(x, y)


@pytest.mark.parametrize("changes", [{"learning_rate": -1.0}, {"tolerance": 0.0}, {"l2": -2.0}])
def test_wrong_numbers(changes: dict[str, float]) -> None:
    """Each is one sentence."""
    x, y = drawn(5, 2)
    given: dict[str, Any] = {"learning_rate": 0.1, "tolerance": 1e-6, "l2": 0.0} | changes
    sentence = (
        "learning_rate and tolerance must be positive and l2 not negative: "
        f"{given['learning_rate']}, {given['tolerance']} and {given['l2']} were given"
    )
    with pytest.raises(ValueError, match=re.escape(sentence)):
        LinearRegression.zeros(2, dtype=f64).fit(x, y, **given)
