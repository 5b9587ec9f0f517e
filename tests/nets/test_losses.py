"""Losses: what they measure, their derivatives, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, MeanSquaredError, SquaredError
from shapedmat import Matrix, ShapeError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def binary_cross_entropy(z: Array, a: Array) -> float:
    """Return the formula in the probabilities."""
    p = 1 / (1 + np.exp(-z))
    return float(-(a * np.log(p) + (1 - a) * np.log(1 - p)).mean())


def categorical_cross_entropy(z: Array, a: Array) -> float:
    """Return the formula in the probabilities."""
    p = np.exp(z) / np.exp(z).sum(axis=0)
    return float(-(a * np.log(p)).sum() / z.shape[1])


REFERENCES: list[tuple[Loss, Callable[[Array, Array], float]]] = [
    (MeanSquaredError(), lambda z, a: float(((z - a) ** 2).sum() / z.size)),
    (SquaredError(), lambda z, a: float(((z - a) ** 2).sum() / z.shape[1])),
    (BinaryCrossEntropy(), binary_cross_entropy),
    (CategoricalCrossEntropy(), categorical_cross_entropy),
]
each_loss = pytest.mark.parametrize(
    ("loss", "reference"), [pytest.param(*each, id=type(each[0]).__name__) for each in REFERENCES]
)
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def drawn(
    rows: int, cols: int, seed: int, dtype: Any = np.float64
) -> tuple[Matrix[Any, Any, Any], Matrix[Any, Any, Any]]:
    """Return outputs from N(0, 4), and targets whose columns are probabilities."""
    rng = np.random.default_rng(seed)
    target = rng.uniform(0.01, 1, (rows, cols))
    target /= target.sum(axis=0)
    return Matrix.from_array(rng.normal(0, 2, (rows, cols)).astype(dtype)), Matrix.from_array(target.astype(dtype))


@each_loss
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_value_is_the_formula(loss: Loss, reference: Any, rows: int, cols: int, seed: int) -> None:
    """A loss is what its formula gives in NumPy."""
    z, target = drawn(rows, cols, seed)
    assert pytest.approx(reference(z.numpy(), target.numpy()), rel=1e-10, abs=1e-12) == loss(z, target)


@each_loss
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_derivative_is_the_numerical_one(loss: Loss, reference: Any, rows: int, cols: int, seed: int) -> None:
    """The derivative is the central difference of the loss by each output."""
    z, target = drawn(rows, cols, seed)
    expected, values, step = np.empty((rows, cols)), z.numpy(), 1e-5
    for place in np.ndindex(rows, cols):
        kept = values[place]
        values[place] = kept + step
        above = loss(z, target)
        values[place] = kept - step
        expected[place] = (above - loss(z, target)) / (2 * step)
        values[place] = kept
    np.testing.assert_allclose(loss.derivative(z, target).numpy(), expected, rtol=1e-6, atol=1e-8)


@each_loss
@each_dtype
def test_element_type_stays(loss: Loss, reference: Any, dtype: Any) -> None:
    """Value and derivative are of the element type of the outputs, and near those in float64."""
    z, target = drawn(3, 4, 0, dtype)
    value, derivative = loss.value(z, target), loss.derivative(z, target)
    assert [((1, 1), np.dtype(dtype)), ((3, 4), np.dtype(dtype))] == [(m.shape, m.dtype) for m in (value, derivative)]
    exact = drawn(3, 4, 0)
    assert pytest.approx(loss(*exact), rel=1e-5) == loss(z, target)
    np.testing.assert_allclose(derivative.numpy(), loss.derivative(*exact).numpy(), rtol=1e-4, atol=1e-6)


def row(*numbers: float) -> Matrix[Any, Any, Any]:
    """Return one row."""
    return Matrix.from_rows([numbers], dtype=np.float64)


def test_golden_mean_squared_error() -> None:
    """Predictions 0.5 and 0.8 for 1 and 1 are wrong by (0.25 + 0.04) / 2, with derivatives −0.5 and −0.2."""
    p, a = row(0.5, 0.8), row(1, 1)
    assert pytest.approx(0.145) == MeanSquaredError()(p, a)
    np.testing.assert_allclose(MeanSquaredError().derivative(p, a).numpy(), [[-0.5, -0.2]])


def test_golden_binary_cross_entropy() -> None:
    """A network that cannot tell, p = 1/2, has the loss ln 2."""
    assert pytest.approx(math.log(2)) == BinaryCrossEntropy()(row(0, 0), row(0, 1))


def test_golden_categorical_cross_entropy() -> None:
    """A network that cannot tell ten classes apart has the loss ln 10."""
    assert pytest.approx(math.log(10), rel=1e-6) == CategoricalCrossEntropy()(
        Matrix.zeros(10, 3), Matrix.one_hot([1, 5, 9], 10)
    )


@each_dtype
@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), CategoricalCrossEntropy()])
def test_cross_entropies_are_finite_where_probabilities_round_to_zero(loss: Loss, dtype: Any) -> None:
    """Where a network is sure and wrong, the loss is how sure it is, not infinity, and the derivative not 0."""
    z = Matrix.from_rows([[2000.0], [-2000.0]], dtype=dtype)
    a = Matrix.from_rows([[0.0], [1.0]], dtype=dtype)
    sure = {"BinaryCrossEntropy": 2000.0, "CategoricalCrossEntropy": 4000.0}[type(loss).__name__]
    assert pytest.approx(sure) == loss(z, a)
    assert (abs(loss.derivative(z, a)) > 0.1).all()


@pytest.mark.parametrize(
    ("loss", "activation"),
    [(MeanSquaredError(), None), (BinaryCrossEntropy(), "sigmoid"), (CategoricalCrossEntropy(), "softmax")],
)
def test_activation_that_a_loss_takes_in(loss: Loss, activation: str | None) -> None:
    """The cross-entropies take in the last activation, and the squared error none."""
    assert activation == loss.activation


def test_words_for_targets_of_another_shape(unchecked: None) -> None:
    """Targets of another shape are refused, also where they would broadcast."""
    words = r"^the target has shape \(1, 4\), but the network gives \(3, 4\)$"
    with pytest.raises(ShapeError, match=words):
        MeanSquaredError()(Matrix.zeros(3, 4), Matrix.zeros(1, 4))


def test_words_for_targets_that_are_no_probabilities() -> None:
    """Targets of yes and no are from 0 to 1."""
    with pytest.raises(ValueError, match=r"^binary cross-entropy takes targets from 0 to 1, not from -1 to 3$"):
        BinaryCrossEntropy().check(row(-1, 0, 3))


@pytest.mark.parametrize("column", [[0.5, 0.6], [1.5, -0.5]])
def test_words_for_columns_that_are_no_probabilities(column: list[float]) -> None:
    """Targets of classes are columns of probabilities."""
    words = r"^categorical cross-entropy takes columns of numbers from 0 on that sum to 1, such as one-hot codes$"
    with pytest.raises(ValueError, match=words):
        CategoricalCrossEntropy().check(row(*column).T)


def test_squared_error_takes_any_target() -> None:
    """The squared error has a meaning for every target."""
    MeanSquaredError().check(row(-1, 7))
