"""Training on a GPU, on a stand-in for cupy whose kernels run in an emulator: the same runs as on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from sklearn.datasets import load_iris

from nets import command_line, data, training
from nets.activations import Activation
from nets.data import Dataset
from nets.estimators import MLPClassifier
from nets.graph_layers import dense_biased, softmax_cross_entropy
from nets.layers import Linear
from nets.losses import CategoricalCrossEntropy
from nets.mnist import Network
from nets.neural_net import NeuralNet
from nets.regression import LogisticRegression
from nets.sequential import Sequential
from nets.trainers import Adam
from nets.training import Result, Settings, train
from shapedmat import Matrix, tanh, use_backend
from shapedmat.graph import Execution, Graph, Variable
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device as device  # noqa: PLC0414  # a fixture
from tests.memory import Array

Weights = dict[str, Array]

SILENT = Console(quiet=True)
SETTINGS = Settings(epochs=2, batch_size=16, shift=1, learning_rate=1.0)


def random_dataset() -> Dataset:
    """Return a data set of random images."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28), np.uint8), rng.integers(0, 10, 60, np.uint8)
    return Dataset("random", images[:50], labels[:50], images[50:], labels[50:])


def trained(where: str, backend: str = "numba") -> tuple[Network[np.float32], Result]:
    """Return a network that was trained on a device, and how it went."""
    with use_backend(backend):
        network = Network.initialized(np.random.default_rng(0), np.float32, device=where)
        return network, train(network, random_dataset(), SETTINGS, console=SILENT)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_training_agrees_with_the_cpu(device: Machine, backend: str) -> None:
    """Moved images, mini-batches, losses and weights are those of the CPU, compiled and operation by operation."""
    expected, history = trained("cpu")
    actual, other = trained("cuda", backend)
    losses = [[record.train_loss for record in each.history] for each in (history, other)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    for name, parameter in expected.parameters.items():
        np.testing.assert_allclose(actual.parameters[name].numpy(), parameter.numpy(), atol=1e-4)


def test_images_move_once(device: Machine) -> None:
    """Windows of the framed images are views on the device, where the images take no more memory than they are."""
    trained("cuda")
    dataset = random_dataset()
    assert device.used(0) < 3 * dataset.train_images.nbytes + 4 * 109_386 + 2**20


def test_evaluation_on_the_device_agrees_with_the_cpu(device: Machine) -> None:
    """Loss and predictions of a network are the same on both."""
    network = Network.initialized(np.random.default_rng(0), np.float32)
    other = Network.initialized(np.random.default_rng(0), np.float32, device="cuda")
    dataset = random_dataset()
    expected = training.evaluate(network, dataset.train_images, dataset.train_labels)
    with use_backend("numba"):
        actual = training.evaluate(other, dataset.train_images, dataset.train_labels)
    assert expected.predictions.tolist() == actual.predictions.tolist()
    np.testing.assert_allclose(actual.loss, expected.loss, rtol=1e-5)


def test_command_trains_on_the_device(
    device: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m nets.mnist --device cuda` trains there, says so, and tests its weights there."""
    monkeypatch.setattr(data, "load", lambda *_: random_dataset())
    out = ["--out", str(tmp_path)]
    assert 0 == command_line.main(["--device", "cuda", "--epochs", "1", "--batch-size", "32", *out])
    assert "compiled kernels on cuda" in capsys.readouterr().out
    assert {"program"} <= {launch.name for launch in device.launches}
    assert 0 == command_line.main(["eval", "--device", "cuda", "--backend", "numba", "--model", str(tmp_path)])


# --- other networks ---------------------------------------------------------------------------------------------------


def of_layers(where: str) -> Weights:
    """Train layers with a softmax and a normalization, by mini-batches of which the last is smaller."""
    rng = np.random.default_rng(0)
    x = Matrix.from_array(rng.random((6, 23), np.float32)).to(where)
    y = Matrix.from_array(np.eye(3, dtype=np.float32)[:, rng.integers(0, 3, 23)]).to(where)
    layers = (
        Linear.initialized(6, 8, seed=0),
        Activation("relu"),
        Linear.initialized(8, 3, seed=1),
        Activation("softmax"),
    )
    net: NeuralNet[Any, Any, Any] = NeuralNet(Sequential(*layers)).to(where)
    net.fit(x, y, epochs=2, learning_rate=0.1, batch_size=8, loss=CategoricalCrossEntropy())
    return {name: each.numpy() for name, each in net.parameters.items()}


def estimator(where: str) -> Weights:
    """Fit an estimator of scikit-learn's kind, which predicts there, too."""
    x, y = load_iris(return_X_y=True)
    fitted = MLPClassifier(hidden_layer_sizes=(5,), epochs=2, patience=0, random_state=0, device=where).fit(x, y)
    return {"probabilities": fitted.predict_proba(x)}


def graph(where: str) -> Weights:
    """Train a graph of two layers by Adam."""
    made = Graph()
    x: Variable[Any, Any, Any] = made.input("x", 10, 12)
    y: Variable[Any, Any, Any] = made.input("y", 10, 3)
    hidden = dense_biased(made, x, 8, name="hidden", activation=tanh)
    loss = softmax_cross_entropy(dense_biased(made, hidden, 3, name="output"), y)
    rng = np.random.default_rng(0)
    feeds = [
        x.feed(Matrix.from_array(rng.random((10, 12), np.float32)).to(where)),
        y.feed(Matrix.from_array(np.eye(3, dtype=np.float32)[rng.integers(0, 3, 10)]).to(where)),
    ]
    gradients, execution, trainer = made.backward(loss), Execution(made, device=where), Adam()
    for _ in range(3):
        trainer.step(execution, loss, gradients, *feeds)
    return {name: each.numpy() for name, each in execution.parameters.items()}


def regression(where: str) -> Weights:
    """Fit a logistic regression."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 4)), rng.integers(0, 2, (40, 1)).astype(np.float64)
    model = LogisticRegression.zeros(4, dtype=np.float64, device=where)
    fit = model.fit(Matrix.from_array(x).to(where), Matrix.from_array(y).to(where), epochs=25, tolerance=1e-30)
    return {"weights": model.weights.numpy(), "loss": np.array(fit.loss)}


@pytest.mark.parametrize("train_on", [of_layers, estimator, graph, regression])
def test_networks_of_all_kinds_train_on_the_device(device: Machine, train_on: Callable[[str], Weights]) -> None:
    """Compiled for the GPU, they come to what they do compiled for the CPU."""
    with use_backend("numba"):
        expected, actual = train_on("cpu"), train_on("cuda")
    assert any(launch.name in {"program", "phase_0"} for launch in device.launches)
    for name, value in expected.items():
        np.testing.assert_allclose(actual[name], value, rtol=1e-3, atol=1e-4, err_msg=name)
