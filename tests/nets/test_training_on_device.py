"""Training on a GPU, on a stand-in for cupy whose kernels run in an emulator: the same runs as on the CPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from nets import command_line, data, training
from nets.compiling import is_compiled
from nets.data import Dataset
from nets.mnist import Network
from nets.training import Result, Settings, train
from shapedmat import use_backend
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device as device  # noqa: PLC0414  # a fixture

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


@pytest.mark.parametrize(
    ("where", "backend", "expected"),
    [("cpu", "numpy", False), ("cpu", "numba", True), ("cuda:0", "numpy", False), ("cuda:0", "numba", True)],
)
def test_the_backend_says_whether_steps_are_compiled(where: str, backend: str, expected: bool) -> None:
    """The numpy backend takes one operation after the other, wherever the network is; others compile."""
    with use_backend(backend):
        assert expected == is_compiled(where)


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
