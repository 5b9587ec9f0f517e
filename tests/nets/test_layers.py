"""Layers: what they compute, their derivatives, their run-time types, and sequences of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.activations import Activation
from nets.layers import AnyLayer, Linear, Normalization
from nets.regression import Standardization
from nets.sequential import Sequential
from shapedmat import DTypeError, Matrix, ShapeError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

f32 = np.float32
f64 = np.float64
each_dtype = pytest.mark.parametrize("dtype", [f32, f64])


def drawn(rows: int, cols: int, seed: int = 0, dtype: Any = f64) -> Matrix[Any, Any, Any]:
    """Return numbers from N(0, 1)."""
    return Matrix.normal(rows, cols, seed, dtype=dtype)


def measured() -> Normalization:
    """Return a normalization of three rows of unlike scales."""
    layer = Normalization()
    layer.measure(drawn(3, 10) * Matrix.from_rows([[1], [3], [0.5]], dtype=f64) + 0.3)
    return layer


def central_differences(function: Callable[[], float], array: Array, step: float = 1e-6) -> Array:
    """Return the derivative of a function by each element of an array that it reads."""
    derivative = np.empty_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + step
        above = function()
        array[place] = kept - step
        below = function()
        array[place] = kept
        derivative[place] = (above - below) / (2 * step)
    return derivative


LAYERS: dict[str, Callable[[], AnyLayer]] = {
    "linear": lambda: Linear(drawn(4, 3, 1), drawn(4, 1, 2)),
    "linear without bias": lambda: Linear(drawn(4, 3, 1)),
    "normalization": measured,
    "sequential": lambda: Sequential(
        measured(), Linear(drawn(4, 3, 1), drawn(4, 1, 2)), Activation("tanh"), Linear(drawn(2, 4, 3))
    ),
}
each_layer = pytest.mark.parametrize("name", LAYERS)


# --- derivatives ------------------------------------------------------------------------------------------------------


@each_layer
def test_backward_is_the_numerical_derivative_by_the_input(name: str) -> None:
    """With a loss Σ g a, `backward` gives the central differences of it by each element of the input."""
    layer, x = LAYERS[name](), drawn(3, 5, 7)
    a = layer.forward(x)
    g = drawn(a.rows, a.cols, 8)
    expected = central_differences(lambda: float((g * layer.forward(x)).sum()), x.numpy())
    assert (np.abs(expected) > 1e-3).any(axis=0).all()
    np.testing.assert_allclose(layer.backward(x, a, g).numpy(), expected, rtol=1e-6, atol=1e-7)


@each_layer
def test_parameter_gradients_are_the_numerical_derivatives(name: str) -> None:
    """With a loss Σ g a, `parameter_gradients` gives the central differences of it by each parameter."""
    layer, x = LAYERS[name](), drawn(3, 5, 7)
    a = layer.forward(x)
    g = drawn(a.rows, a.cols, 8)
    found = layer.parameter_gradients(x, a, g)
    assert list(layer.parameters) == sorted(found, key=list(layer.parameters).index)
    for key, parameter in layer.parameters.items():
        expected = central_differences(lambda: float((g * layer.forward(x)).sum()), parameter.numpy())
        assert (np.abs(expected) > 1e-3).any()
        np.testing.assert_allclose(found[key].numpy(), expected, rtol=1e-6, atol=1e-7)


@each_layer
@each_dtype
def test_derivatives_keep_shape_and_element_type(name: str, dtype: Any) -> None:
    """A derivative is like what it is by, in float32 as in float64."""
    layer, x = LAYERS[name](), drawn(3, 5, 7, dtype)
    if dtype is f32:
        layer = in_float32(layer)
    a = layer.forward(x)
    by_input = layer.backward(x, a, a)
    by_parameters = layer.parameter_gradients(x, a, a)
    assert (x.shape, np.dtype(dtype)) == (by_input.shape, by_input.dtype)
    for key, parameter in layer.parameters.items():
        assert (parameter.shape, np.dtype(dtype)) == (by_parameters[key].shape, by_parameters[key].dtype)


def in_float32(layer: AnyLayer) -> AnyLayer:
    """Return the layer with its numbers as float32."""
    match layer:
        case Linear(weights=weights, bias=bias):
            return Linear(weights.astype(f32), None if bias is None else bias.astype(f32))
        case Normalization(standardization=Standardization(mean=mean, deviation=deviation)):
            return Normalization(Standardization(mean.astype(f32), deviation.astype(f32)))
        case Sequential(layers=layers):
            return Sequential.of(map(in_float32, layers))
        case _:
            return layer


# --- linear layers ----------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_linear_is_numpys(inputs: int, outputs: int, batch: int, seed: int) -> None:
    """A linear layer gives w x + b."""
    w, b, x = drawn(outputs, inputs, seed), drawn(outputs, 1, seed + 1), drawn(inputs, batch, seed + 2)
    np.testing.assert_allclose(Linear(w, b).forward(x).numpy(), w.numpy() @ x.numpy() + b.numpy(), rtol=1e-12)


def test_golden_product() -> None:
    """Inputs 1.4 and 0.3, by weights [[.5, .6], [.3, .7], [.2, .7]], give .88, .63 and .49."""
    layer = Linear(Matrix.from_rows([[0.5, 0.6], [0.3, 0.7], [0.2, 0.7]], dtype=f64))
    x = Matrix.from_rows([[1.4], [0.3]], dtype=f64)
    assert pytest.approx([0.88, 0.63, 0.49]) == layer.forward(x).numpy()[:, 0].tolist()


def test_golden_gradient() -> None:
    """With the output's gradient 1, −1 and .5, the weights' is [[1.4, .3], [−1.4, −.3], [.7, .15]]."""
    layer = Linear(drawn(3, 2), drawn(3, 1))
    x, g = Matrix.from_rows([[1.4], [0.3]], dtype=f64), Matrix.from_rows([[1], [-1], [0.5]], dtype=f64)
    found = layer.parameter_gradients(x, layer.forward(x), g)
    np.testing.assert_allclose(found["weights"].numpy(), [[1.4, 0.3], [-1.4, -0.3], [0.7, 0.15]])
    np.testing.assert_allclose(found["bias"].numpy(), g.numpy())


@pytest.mark.parametrize("start", ["normal", "xavier", "he", "uniform"])
@each_dtype
def test_starts_are_those_of_matrices(start: Any, dtype: Any) -> None:
    """Weights are drawn as `Matrix` draws them, and the bias is 0."""
    expected = getattr(Matrix, start)(4, 3, 5, dtype=dtype)
    layer = Linear.initialized(3, 4, seed=5, start=start, dtype=dtype)
    np.testing.assert_array_equal(layer.weights.numpy(), expected.numpy())
    assert np.dtype(dtype) == layer.weights.dtype
    assert layer.bias is not None
    assert [[0.0]] * 4 == layer.bias.numpy().tolist()


def test_class_gives_sizes_and_element_type() -> None:
    """A subscripted class says what is drawn, and draws the same as the arguments do."""
    layer = Linear[f64, L[3], L[4]].initialized(seed=5)
    expected = Linear.initialized(3, 4, seed=5, dtype=f64)
    assert (3, 4) == (layer.inputs, layer.outputs)
    np.testing.assert_array_equal(layer.weights.numpy(), expected.weights.numpy())


def test_layer_without_bias() -> None:
    """Without a bias, there are only weights."""
    layer = Linear[f32, L[3], L[4]].initialized(seed=5, bias=False)
    assert layer.bias is None
    assert ["weights"] == list(layer.parameters)
    assert "Linear(3, 4, bias=False)" == repr(layer)


def test_layers_are_instances_of_their_class() -> None:
    """A layer is an instance of the class with its element type and sizes, and of no other."""
    layer: Any = Linear.initialized(3, 4)
    fitting: list[Any] = [Linear[f32, L[3], L[4]], Linear[f32, L[3], Any]]
    others: list[Any] = [Linear[f32, L[4], L[3]], Linear[f64, L[3], L[4]]]
    assert [True, True, False, False] == [isinstance(layer, each) for each in fitting + others]
    assert not isinstance(layer.weights, fitting[0])


def test_subscripted_class_checks_weights() -> None:
    """A subscripted class takes no weights of other sizes."""
    words = r"^Linear\[float32, 3, 4\] takes weights that are a Matrix\[float32, 4, 3\], not a Matrix\[float32, 3, 4\]$"
    transposed: Any = Matrix.zeros(3, 4)
    with pytest.raises(ShapeError, match=words):
        Linear[f32, L[3], L[4]](transposed)


def test_subscripted_class_takes_weights() -> None:
    """A subscripted class makes a layer of weights of its sizes."""
    assert "Linear(3, 4, bias=False)" == repr(Linear[f32, L[3], L[4]](Matrix[f32, L[4], L[3]].zeros()))


def test_sizes_that_nothing_gives() -> None:
    """Weights cannot be drawn if neither the class nor the arguments say how many."""
    with pytest.raises(ShapeError, match=r"does not say how many rows to make"):
        Linear.initialized()


def test_bias_of_another_layer(unchecked: None) -> None:
    """A bias has a row for each output."""
    words = r"^the bias has shape \(3, 1\), but the weights \(4, 3\): \(4, 1\) is wanted$"
    with pytest.raises(ShapeError, match=words):
        Linear(Matrix.zeros(4, 3), Matrix.zeros(3, 1))


def test_load_of_another_element_type() -> None:
    """A layer takes over numbers in its own element type, in place."""
    layer, other = Linear.initialized(3, 4, seed=0), Linear.initialized(3, 4, seed=1, dtype=f64)
    weights = layer.weights
    layer.load(other.state)
    assert layer.weights is weights
    np.testing.assert_array_equal(weights.numpy(), other.weights.numpy().astype(f32))


# --- normalization ----------------------------------------------------------------------------------------------------


@each_dtype
def test_normalized_rows_have_mean_zero_and_deviation_one(dtype: Any) -> None:
    """What was measured comes out with mean 0 and standard deviation 1 in each row."""
    layer, x = Normalization(), drawn(3, 50, 1, dtype) * 7 + 3
    layer.measure(x)
    a = layer.forward(x).numpy()
    np.testing.assert_allclose(a.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(a.std(axis=1), 1, rtol=1e-5)
    assert a.dtype == dtype


def test_normalization_of_a_sample_does_not_depend_on_the_others() -> None:
    """A sample comes out the same alone as among others."""
    layer, x = measured(), drawn(3, 6)
    np.testing.assert_array_equal(layer.forward(x)[:, 2:3].numpy(), layer.forward(x[:, 2:3]).numpy())


def test_row_of_equal_numbers_is_centred() -> None:
    """A row that is the same in all samples becomes 0, not NaN."""
    layer, x = Normalization(), Matrix.from_rows([[4.0, 4.0], [1.0, 3.0]])
    layer.measure(x)
    assert [[0.0, 0.0], [-1.0, 1.0]] == layer.forward(x).numpy().tolist()


def test_normalization_that_has_measured_nothing() -> None:
    """Before anything is measured, there is nothing to normalize by."""
    words = r"^the Normalization has measured nothing yet: fit the network, or call measure$"
    with pytest.raises(ValueError, match=words):
        Normalization().forward(drawn(2, 2))


# --- sequences --------------------------------------------------------------------------------------------------------


def linear(inputs: int, outputs: int) -> Linear[Any, Any, Any]:
    """Return a layer of these sizes."""
    return Linear.initialized(inputs, outputs, seed=0)


def test_sequence_is_one_layer_after_another() -> None:
    """A sequence gives what the last layer makes of what the one before gives, and so on."""
    first, last, x = linear(3, 4), linear(4, 2), drawn(3, 5, 0, f32)
    expected = last.forward(Activation("tanh").forward(first.forward(x)))
    actual = Sequential(first, Activation("tanh"), last).forward(x)
    np.testing.assert_array_equal(expected.numpy(), actual.numpy())


def test_sequences_in_a_sequence_are_taken_apart() -> None:
    """A sequence of sequences has the layers of both."""
    inner = Sequential(linear(3, 4), Activation("relu"))
    whole = Sequential(inner, Sequential(linear(4, 2), Activation("softmax")))
    assert "Linear Activation Linear Activation" == " ".join(type(layer).__name__ for layer in whole.layers)
    assert (3, 2) == (whole.inputs, whole.outputs)


def test_parameters_are_numbered_from_one() -> None:
    """A parameter has the number of its layer, counting those without parameters."""
    whole = Sequential(Normalization(), linear(3, 4), Activation("relu"), linear(4, 2))
    assert ["2.weights", "2.bias", "4.weights", "4.bias"] == list(whole.parameters)


@given(st.lists(st.integers(1, 3), min_size=3, max_size=12), st.data())
def test_chains_are_checked_at_any_length(sizes: list[int], data: st.DataObject) -> None:
    """A chain of any length is refused exactly if two neighbours with sizes disagree."""
    layers: list[AnyLayer] = []
    for inputs, outputs in zip(sizes[::2], sizes[1::2], strict=False):
        layers.append(linear(inputs, outputs))
        layers += [Activation("tanh")] * data.draw(st.integers(0, 2))
    if all(a.outputs == b.inputs for a, b in pairwise(layer for layer in layers if isinstance(layer, Linear))):
        assert len(layers) == len(Sequential.of(layers).layers)
    else:
        with pytest.raises(ShapeError, match=r"^layer \d+, Linear\(.*\), takes \d inputs, but layer \d+, Linear"):
            Sequential.of(layers)


def test_each_layer_of_a_long_chain_is_compared_with_the_one_before() -> None:
    """Twelve layers whose neighbours agree fit, and one that only agrees with the first does not."""
    layers = [linear(size, size + 1) for size in range(1, 13)]
    whole = Sequential.of(layers)
    assert (1, 13) == (whole.inputs, whole.outputs)
    with pytest.raises(ShapeError, match=r"^layer 13, Linear\(2, 1\), takes 2 inputs, but layer 12, Linear\(12, 13\),"):
        whole.then(linear(2, 1))


def test_words_for_sizes_that_disagree() -> None:
    """Both layers are named, with their places and both sizes."""
    words = r"^layer 3, Linear\(5, 1\), takes 5 inputs, but layer 1, Linear\(2, 4\), gives 4 outputs$"
    with pytest.raises(ShapeError, match=words):
        Sequential.of([linear(2, 4), Activation("tanh"), linear(5, 1)])


def test_words_for_what_is_no_layer(unchecked: None) -> None:
    """What is no layer is refused."""
    words = r"^a network is made of layers, such as Linear and Activation, not of str$"
    not_layers: Any = [linear(2, 4), "tanh"]
    with pytest.raises(TypeError, match=words):
        Sequential.of(not_layers)


def test_words_for_a_sequence_without_sizes() -> None:
    """A sequence of layers that keep every size has none itself."""
    words = r"^no layer of the network has a size: add one that has, such as Linear$"
    with pytest.raises(ShapeError, match=words):
        _ = Sequential.of([Activation("tanh")]).inputs


def test_words_for_samples_of_another_size(unchecked: None) -> None:
    """Samples of another size than the inputs are refused."""
    words = r"^x has 2 rows, but the network takes 3 inputs: a sample is a column$"
    with pytest.raises(ShapeError, match=words):
        Sequential(linear(3, 4)).forward(drawn(2, 5, 0, f32))


def test_then_checks_sizes() -> None:
    """A layer that does not take what a sequence gives is not added to it."""
    with pytest.raises(ShapeError, match=r"^layer 2, Linear\(5, 1\), takes 5 inputs"):
        Sequential(linear(3, 4)).then(linear(5, 1))


def test_inputs_of_the_first_parameters_are_not_differentiated_by() -> None:
    """What no parameter needs is not computed: the gradients of a network stop at its first layer with parameters."""

    class Untouchable(Linear[Any, Any, Any]):
        def backward(self, x: Any, a: Any, gradient: Any) -> Any:
            raise AssertionError

    whole: Any = Sequential(Activation("tanh"), Untouchable(drawn(3, 2)), Linear(drawn(4, 3), drawn(4, 1)))
    activations = whole.activations(drawn(2, 5, 0, f64))
    assert ["3.weights", "3.bias", "2.weights"] == list(whole.gradients(activations, activations[-1]))


def test_element_types_do_not_mix() -> None:
    """Samples of another element type are refused."""
    with pytest.raises(DTypeError, match="float32 and float64"):
        Sequential.of([linear(3, 4)]).forward(drawn(3, 5, 0, f64))
