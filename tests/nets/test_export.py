"""ONNX models give what the networks give, and safetensors files give the networks back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from safetensors.numpy import load_file

from nets import mnist, nielsen
from nets.activations import Activation
from nets.export import layers_of, load_network, save_network, save_onnx
from nets.layers import AnyLayer, Linear, Normalization, SizeKeeping
from nets.neural_net import NeuralNet
from nets.onnx_models import IR_VERSION, OPSET
from nets.regression import LinearRegression, LogisticRegression, Standardization
from nets.sequential import Sequential
from shapedmat import BackendError, FileFormatError, Matrix, ShapeError

AnyMatrix = Matrix[Any, Any, Any]


def drawn(rows: int, cols: int, seed: int, dtype: Any) -> AnyMatrix:
    """Return a matrix of N(0, 1)."""
    return Matrix.normal(rows, cols, seed, dtype=dtype)


def layered(dtype: Any, *layers: Any) -> NeuralNet[Any, Any, Any]:
    """Return a network of layers, and of a number for each linear one: its outputs, for what comes before it."""
    made: list[AnyLayer] = []
    inputs = 5
    for place, layer in enumerate(layers):
        if isinstance(layer, int):
            made.append(Linear(drawn(layer, inputs, place, dtype), drawn(layer, 1, place + 100, dtype)))
            inputs = layer
        else:
            made.append(layer)
    return NeuralNet(Sequential.of(made))


def normalized(dtype: Any) -> NeuralNet[Any, Any, Any]:
    """Return a network whose inputs are standardized by features of unlike scales."""
    x = drawn(50, 5, 7, dtype) * Matrix.from_rows([[1, 10, 100, 1, 0]], dtype=dtype) + 3
    return layered(dtype, Normalization(Standardization.of(x)), 4, Activation("tanh"), 1)


def explicit(dtype: Any) -> mnist.Network[Any]:
    """Return the network of `nets.mnist`, with biases that are not zero."""
    network: mnist.Network[Any] = mnist.Network.initialized(np.random.default_rng(3), dtype)
    for bias in (network.b1, network.b2, network.b3):
        bias[:, :] = drawn(bias.rows, 1, 4, dtype)
    return network


KINDS: dict[str, Callable[[Any], Any]] = {
    "mnist": explicit,
    "nielsen": lambda dtype: nielsen.Network([6, 5, 3], seed=1, dtype=dtype),
    "linear regression": lambda dtype: LinearRegression(drawn(4, 1, 1, dtype), drawn(1, 1, 2, dtype)),
    "logistic regression": lambda dtype: LogisticRegression(drawn(4, 1, 1, dtype), drawn(1, 1, 2, dtype)),
    "sigmoid": lambda dtype: layered(dtype, 4, Activation("sigmoid"), 2, Activation("sigmoid")),
    "tanh": lambda dtype: layered(dtype, 4, Activation("tanh"), 2),
    "relu": lambda dtype: layered(dtype, 4, Activation("relu"), 2),
    "sin": lambda dtype: layered(dtype, 4, Activation("sin"), 2),
    "softmax": lambda dtype: layered(dtype, 4, Activation("relu"), 3, Activation("softmax")),
    "softmax inside": lambda dtype: layered(dtype, Activation("softmax"), 3),
    "normalized": normalized,
    "no bias": lambda dtype: NeuralNet(Sequential.of([Linear(drawn(3, 5, 1, dtype)), Activation("tanh")])),
    "sequential": lambda dtype: layers_of(layered(dtype, 4, Activation("tanh"), 2)),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def predicted(network: Any, x: AnyMatrix) -> np.ndarray[Any, Any]:
    """Return what a network itself gives for samples, one a row."""
    match network:
        case LinearRegression() | LogisticRegression():
            outputs: AnyMatrix = network.predict(x)
            return outputs.numpy()
        case nielsen.Network():
            return network.feedforward(x.T).numpy().T
        case Sequential():
            return network.forward(x.T).numpy().T
        case _:
            outputs = network.predict(x.T)
            return outputs.numpy().T


def parameters(network: Any) -> list[np.ndarray[Any, Any]]:
    """Return copies of all numbers of a network."""
    return [each.numpy().copy() for each in layers_of(network).state.values()]


@each_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch", [1, 7])
def test_onnxruntime_gives_the_same(kind: str, dtype: Any, batch: int, tmp_path: Path) -> None:
    """For any batch the outputs are ours to 1e-5, in the element type of the network."""
    network = KINDS[kind](dtype)
    save_onnx(tmp_path / "model.onnx", network)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    x = drawn(batch, layers_of(network).inputs, 11, dtype)
    (y,) = session.run(["y"], {"x": x.numpy()})
    assert dtype == y.dtype
    np.testing.assert_allclose(y, predicted(network, x), rtol=1e-5, atol=1e-5)


@each_kind
def test_the_model_says_what_it_is(kind: str, tmp_path: Path) -> None:
    """Inputs and outputs have a batch of any size, and the metadata say what they are and who made the model."""
    network = KINDS[kind](np.float32)
    layers = layers_of(network)
    save_onnx(tmp_path / "model.onnx", network, metadata={"accuracy": "0.98"})
    model = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    shapes = [
        (each.name, [size.dim_param or size.dim_value for size in each.type.tensor_type.shape.dim])
        for each in (*model.graph.input, *model.graph.output)
    ]
    assert [("x", ["batch", layers.inputs]), ("y", ["batch", layers.outputs])] == shapes
    assert ("shapedmat", version("shapedmat")) == (model.producer_name, model.producer_version)
    assert ([("", OPSET)], IR_VERSION) == (
        [(each.domain, each.version) for each in model.opset_import],
        model.ir_version,
    )
    properties = {each.key: each.value for each in model.metadata_props}
    assert layers.description["layers"] == json.loads(properties.pop("layers"))
    assert {
        "network": f"{type(network).__module__}.{type(network).__qualname__}",
        "x": f"(batch, {layers.inputs})",
        "y": f"(batch, {layers.outputs})",
        "element_type": "float32",
        "accuracy": "0.98",
    } == properties


def test_operators_of_the_digit_network(tmp_path: Path) -> None:
    """A layer is one Gemm with the weights as they are, and one activation."""
    network = explicit(np.float32)
    save_onnx(tmp_path / "model.onnx", network)
    model = onnx.load(tmp_path / "model.onnx")
    assert ["Gemm", "Sigmoid"] * 3 == [node.op_type for node in model.graph.node]
    numbers = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    np.testing.assert_array_equal(network.w1.numpy(), numbers["layer_1.weights"])
    np.testing.assert_array_equal(network.b1.numpy()[:, 0], numbers["layer_1.bias"])


def test_onnx_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package onnx nothing is written, and the sentence says what to install."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    sentence = "ONNX models need the package onnx: install shapedmat[onnx]"
    with pytest.raises(BackendError, match=f"^{re.escape(sentence)}$"):
        save_onnx(tmp_path / "model.onnx", explicit(np.float32))
    assert [] == list(tmp_path.iterdir())


class Doubling(SizeKeeping):
    """A layer of one's own."""

    def forward(self, x: AnyMatrix) -> AnyMatrix:
        return 2 * x

    def backward(self, x: AnyMatrix, a: AnyMatrix, gradient: AnyMatrix) -> AnyMatrix:
        return 2 * gradient

    @property
    def description(self) -> dict[str, Any]:
        return {"layer": "Doubling"}

    def to(self, device: str) -> Doubling:
        return self

    def __repr__(self) -> str:
        return "Doubling()"


@pytest.mark.parametrize(
    ("network", "error", "sentence"),
    [
        (
            [1, 2],
            TypeError,
            (
                "a list is no network that can be exported: give one of nets.mnist, nets.nielsen, nets.neural_net or "
                "nets.regression, or a Sequential"
            ),
        ),
        (
            layered(np.float32, Normalization(), 2),
            ValueError,
            "the Normalization has measured nothing yet: fit the network before it is exported",
        ),
        (
            layered(np.float32, 2, Doubling()),
            ValueError,
            "Doubling() has no operators in ONNX here: Linear, Activation and Normalization have",
        ),
        (NeuralNet(), ValueError, "the network has no parameters: add a layer that has, such as Linear"),
    ],
    ids=["no network", "nothing measured", "another layer", "no layers"],
)
def test_what_cannot_be_exported(network: Any, error: type[Exception], sentence: str, tmp_path: Path) -> None:
    """It is refused in one sentence, and nothing is written."""
    with pytest.raises(error, match=f"^{re.escape(sentence)}$"):
        save_onnx(tmp_path / "model.onnx", network)
    assert [] == list(tmp_path.iterdir())


def test_a_network_of_one_s_own(tmp_path: Path) -> None:
    """A class that `layers_of` is told of is exported as the others are."""

    class Autoencoder:
        def __init__(self) -> None:
            self.code = Linear(drawn(2, 6, 0, np.float64))
            self.output = Linear(drawn(6, 2, 1, np.float64))

    @layers_of.register(Autoencoder)
    def _(network: Any) -> Sequential[Any, Any, Any]:
        return Sequential.of([network.code, Activation("tanh"), network.output])

    save_onnx(tmp_path / "model.onnx", Autoencoder())
    assert ["Gemm", "Tanh", "Gemm"] == [node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node]


@each_kind
def test_layers_share_the_parameters(kind: str) -> None:
    """What is done to the layers is done to the network."""
    network = KINDS[kind](np.float64)
    x = drawn(3, layers_of(network).inputs, 5, np.float64)
    for matrix in layers_of(network).parameters.values():
        matrix[:, :] = 0.25
    np.testing.assert_allclose(layers_of(network).forward(x.T).numpy().T, predicted(network, x), rtol=1e-12)
    assert all((matrix == 0.25).all() for matrix in layers_of(network).parameters.values())


@each_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saved_numbers_are_loaded_bit_for_bit(kind: str, dtype: Any, tmp_path: Path) -> None:
    """A network of the same layers gets the numbers of the file, in place."""
    network = KINDS[kind](dtype)
    kept, x = parameters(network), drawn(3, layers_of(network).inputs, 5, dtype)
    outputs = predicted(network, x)
    save_network(tmp_path / "model.safetensors", network)
    for matrix in layers_of(network).parameters.values():
        matrix[:, :] = 0
    load_network(tmp_path / "model.safetensors", network)
    for expected, actual in zip(kept, parameters(network), strict=True):
        np.testing.assert_array_equal(expected, actual)
    np.testing.assert_array_equal(outputs, predicted(network, x))


def test_saved_numbers_have_the_names_of_the_layers(tmp_path: Path) -> None:
    """Other programs find weights of shape (outputs, inputs) and biases by the place of their layer."""
    save_network(tmp_path / "model.safetensors", explicit(np.float32))
    shapes = {name: array.shape for name, array in load_file(tmp_path / "model.safetensors").items()}
    assert {
        "1.weights": (128, 784),
        "1.bias": (128, 1),
        "3.weights": (64, 128),
        "3.bias": (64, 1),
        "5.weights": (10, 64),
        "5.bias": (10, 1),
    } == shapes


def test_any_saved_network_is_loaded_as_layers(tmp_path: Path) -> None:
    """`NeuralNet.load` needs not know what kind of network it was."""
    network = nielsen.Network([6, 5, 3], seed=1)
    save_network(tmp_path / "model.safetensors", network)
    loaded: NeuralNet[Any, Any, Any] = NeuralNet.load(tmp_path / "model.safetensors")
    x = drawn(6, 4, 2, np.float64)
    np.testing.assert_array_equal(network.feedforward(x).numpy(), loaded.predict(x).numpy())


def test_numbers_are_converted(tmp_path: Path) -> None:
    """A network of float32 takes the numbers of one of float64, also those of its normalization."""
    save_network(tmp_path / "model.safetensors", normalized(np.float64))
    network = normalized(np.float32)
    load_network(tmp_path / "model.safetensors", network)
    assert {np.dtype(np.float32)} == {each.dtype for each in layers_of(network).state.values()}


def test_another_network_is_refused(tmp_path: Path) -> None:
    """The numbers of other layers are not taken over, and neither is a file that holds no network."""
    path = tmp_path / "model.safetensors"
    save_network(path, nielsen.Network([6, 3]))
    sentence = (
        f"{path} holds Sequential(Linear(6, 3), Activation('sigmoid')), "
        "but the numbers of Sequential(Linear(4, 1)) are wanted"
    )
    with pytest.raises(ShapeError, match=f"^{re.escape(sentence)}$"):
        load_network(path, LinearRegression.zeros(4, dtype=np.float64))
    path.write_bytes(b"nothing")
    with pytest.raises(FileFormatError):
        load_network(path, nielsen.Network([6, 3]))
