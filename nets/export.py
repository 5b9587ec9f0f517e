"""Trained networks as files for other programs: ONNX to run them, safetensors to keep their numbers.

Every network is first seen as a `Sequential` of layers, which share its matrices. `layers_of` says how, and takes a
network of one's own after ``@layers_of.register``. In an ONNX model each sample is a row, where in the networks of this
package it is a column: a layer w x + b becomes a Gemm of x and wᵀ (https://onnx.ai/onnx/operators/onnx__Gemm.html).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import singledispatch
from pathlib import Path
from typing import Any, Final, TypeAlias

from nets import mnist, nielsen, regression
from nets.activations import Activation
from nets.layers import AnyLayer, Linear, Normalization
from nets.neural_net import NeuralNet
from nets.onnx_models import OnnxModel, Value
from nets.sequential import Sequential
from shapedmat import ShapeError

AnySequential: TypeAlias = Sequential[Any, Any, Any]

_SIGMOID: Final = Activation("sigmoid")


@singledispatch
def layers_of(network: Any) -> AnySequential:
    """Return the layers of a network, which share its parameters.

    It takes what `nets.mnist`, `nets.nielsen`, `nets.neural_net` and `nets.regression` have, `Sequential` itself, and
    fitted estimators of `nets.estimators`.

    >>> layers_of(nielsen.Network([784, 30, 10]))
    Sequential(Linear(784, 30), Activation('sigmoid'), Linear(30, 10), Activation('sigmoid'))

    Raises:
        TypeError: it is nothing of these.
    """
    raise TypeError(
        f"a {type(network).__name__} is no network that can be exported: give one of nets.mnist, nets.nielsen, "
        "nets.neural_net or nets.regression, or a Sequential"
    )


@layers_of.register(Sequential)
def _(network: AnySequential) -> AnySequential:
    return network


@layers_of.register(NeuralNet)
def _(network: NeuralNet[Any, Any, Any]) -> AnySequential:
    return Sequential.of(network.layers)


@layers_of.register(mnist.Network)
def _(network: mnist.Network[Any]) -> AnySequential:
    return _sigmoid_layers(
        Linear(network.w1, network.b1), Linear(network.w2, network.b2), Linear(network.w3, network.b3)
    )


@layers_of.register(nielsen.Network)
def _(network: nielsen.Network[Any]) -> AnySequential:
    return _sigmoid_layers(*map(Linear, network.weights, network.biases))


@layers_of.register(regression.LinearRegression)
def _(model: regression.LinearRegression[Any, Any]) -> AnySequential:
    return Sequential.of([Linear(model.weights.T, model.bias)])


@layers_of.register(regression.LogisticRegression)
def _(model: regression.LogisticRegression[Any, Any]) -> AnySequential:
    return Sequential.of([Linear(model.weights.T, model.bias), _SIGMOID])


def _sigmoid_layers(*layers: Linear[Any, Any, Any]) -> AnySequential:
    return Sequential.of([each for layer in layers for each in (layer, _SIGMOID)])


# --- safetensors ------------------------------------------------------------------------------------------------------


def save_network(path: Path, network: Any) -> None:
    """Save the numbers of a network as a safetensors file, in the format that `NeuralNet.load` reads.

    Its matrices are named by the place of the layer, from 1: ``1.weights`` of shape (outputs, inputs) and ``1.bias`` of
    shape (outputs, 1), as PyTorch has them too; activations are counted.

    Raises:
        TypeError: `layers_of` does not take the network.
        OSError: the file cannot be written.
    """
    NeuralNet(layers_of(network)).save(path)


def load_network(path: Path, network: Any) -> None:
    """Load the numbers of a network of the same layers, in place: in its element type, and where it lies.

    Raises:
        TypeError: `layers_of` does not take the network.
        FileNotFoundError: there is no such file.
        FileFormatError: it holds no network.
        ShapeError: it holds another one.
    """
    layers = layers_of(network)
    stored = layers_of(NeuralNet.load(path))
    if stored.description != layers.description:
        raise ShapeError(f"{path} holds {stored}, but the numbers of {layers} are wanted")
    own = NeuralNet(layers)
    layers.load({name: each.astype(own.dtype.type).to(own.device) for name, each in stored.state.items()})


# --- ONNX -------------------------------------------------------------------------------------------------------------


def save_onnx(path: Path, network: Any, *, metadata: Mapping[str, str] | None = None) -> None:
    """Save a network as an ONNX model, which `write_atomically` writes.

    The model takes ``x`` of shape (batch, inputs), for any batch, to ``y`` of shape (batch, outputs), in the element
    type of the network. Its metadata say the network, the shapes and the element type.

    Args:
        path: the file.
        network: what `layers_of` takes.
        metadata: more texts by name.

    Raises:
        BackendError: the package onnx is not installed.
        TypeError: `layers_of` does not take the network.
        ValueError: a layer is of a kind that has no operators here, or a normalization has measured nothing.
        OSError: the file cannot be written.
    """
    model = OnnxModel()
    layers = layers_of(network)
    dtype = NeuralNet(layers).dtype
    x, last = "x", len(layers.layers)
    for place, layer in enumerate(layers.layers, start=1):
        x = _add(model, layer, f"layer_{place}", x, "y" if place == last else f"layer_{place}")
    given, found = Value("x", ("batch", layers.inputs), dtype), Value("y", ("batch", layers.outputs), dtype)
    model.save(
        path,
        [given],
        [found],
        description=f"{layers}; each row of x is a sample.",
        metadata={
            "network": f"{type(network).__module__}.{type(network).__qualname__}",
            "layers": json.dumps(layers.description["layers"]),
            **{each.name: f"({each.shape[0]}, {each.shape[1]})" for each in (given, found)},
            "element_type": str(dtype),
            **(metadata or {}),
        },
    )


def _add(model: OnnxModel, layer: AnyLayer, name: str, x: str, y: str) -> str:
    """Add the operators of a layer that takes x to y, and return y."""
    match layer:
        case Linear():
            inputs = [x, model.number(f"{name}.weights", layer.weights.numpy())]
            if layer.bias is not None:
                inputs.append(model.number(f"{name}.bias", layer.bias.numpy()[:, 0]))
            return model.add("Gemm", inputs, y, transB=1)
        case Activation():
            # The names are ONNX's, but for the capital letter.
            settings = {"axis": 1} if layer.name == "softmax" else {}
            return model.add(layer.name.capitalize(), [x], y, **settings)
        case Normalization():
            measured = layer.standardization
            if measured is None:
                raise ValueError("the Normalization has measured nothing yet: fit the network before it is exported")
            mean = model.number(f"{name}.mean", measured.mean.numpy())
            deviation = model.number(f"{name}.deviation", measured.deviation.numpy())
            return model.add("Div", [model.add("Sub", [x, mean], f"{name}.centred"), deviation], y)
        case _:
            raise ValueError(f"{layer} has no operators in ONNX here: Linear, Activation and Normalization have")
