"""Activations: what they compute, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.activations import Activation, Name
from shapedmat import Matrix

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

REFERENCES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "sin": np.sin,
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(axis=0),
}
each_name = pytest.mark.parametrize("name", REFERENCES)
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def drawn(rows: int, cols: int, seed: int, dtype: Any = np.float64) -> Matrix[Any, Any, Any]:
    """Return numbers from N(0, 4), of which none is so near 0 that a kink would be between central differences."""
    x = np.random.default_rng(seed).normal(0, 2, (rows, cols))
    return Matrix.from_array((x + np.where(np.abs(x) < 1e-3, 0.1, 0)).astype(dtype))


def test_every_activation_is_tested() -> None:
    """There is a reference for each name."""
    assert set(get_args(Name)) == set(REFERENCES)


@each_name
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_forward_is_numpys(name: Name, rows: int, cols: int, seed: int) -> None:
    """An activation gives what its formula gives."""
    x = drawn(rows, cols, seed)
    np.testing.assert_allclose(Activation(name).forward(x).numpy(), REFERENCES[name](x.numpy()), rtol=1e-12)


@each_name
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_backward_is_the_numerical_derivative(name: Name, rows: int, cols: int, seed: int) -> None:
    """With a loss Σ g a, `backward` gives the central differences of it by each element of the input."""
    layer, x, g = Activation(name), drawn(rows, cols, seed), drawn(rows, cols, seed + 1)
    expected, values, step = np.empty((rows, cols)), x.numpy(), 1e-6
    for place in np.ndindex(rows, cols):
        kept = values[place]
        values[place] = kept + step
        above = float((g * layer.forward(x)).sum())
        values[place] = kept - step
        expected[place] = (above - float((g * layer.forward(x)).sum())) / (2 * step)
        values[place] = kept
    np.testing.assert_allclose(layer.backward(x, layer.forward(x), g).numpy(), expected, rtol=1e-5, atol=1e-7)


@each_name
@each_dtype
def test_shape_and_element_type_stay(name: Name, dtype: Any) -> None:
    """What comes out, and the derivative, are like what comes in."""
    x = drawn(3, 4, 0, dtype)
    a = Activation(name).forward(x)
    g = Activation(name).backward(x, a, a)
    assert [((3, 4), np.dtype(dtype))] * 2 == [(each.shape, each.dtype) for each in (a, g)]


@each_name
def test_float32_derivative_is_near_that_in_float64(name: Name) -> None:
    """In float32 the derivative is that of float64 to rounding."""
    layer, x = Activation(name), drawn(3, 4, 0)
    exact = layer.backward(x, layer.forward(x), x)
    x32 = x.astype(np.float32)
    np.testing.assert_allclose(
        layer.backward(x32, layer.forward(x32), x32).numpy(), exact.numpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "value", "derivative"),
    [("sigmoid", 0.5, 0.25), ("tanh", 0.0, 1.0), ("relu", 0.0, 0.0), ("sin", 0.0, 1.0), ("softmax", 1.0, 0.0)],
)
def test_golden_values_at_zero(name: Name, value: float, derivative: float) -> None:
    """σ(0) = 1/2 and σ'(0) = 1/4; tanh and sin have the slope 1 at 0; relu has none; softmax of one number is 1."""
    layer, zero = Activation(name), Matrix.zeros(1, 1)
    a = layer.forward(zero)
    assert [[value]] == a.numpy().tolist()
    assert [[derivative]] == layer.backward(zero, a, Matrix.ones(1, 1)).numpy().tolist()


def test_softmax_columns_are_probabilities() -> None:
    """Each column of a softmax sums to 1, also where e^x would overflow."""
    a = Activation("softmax").forward(drawn(4, 3, 0) * 1000).numpy()
    np.testing.assert_allclose(a.sum(axis=0), 1)


def test_words_for_an_unknown_name(unchecked: None) -> None:
    """An activation that there is not is refused, with those that there are."""
    unknown: Any = "gelu"
    with pytest.raises(ValueError, match=r"^'gelu' is no activation: sigmoid, tanh, relu, sin, softmax are$"):
        Activation(unknown)
