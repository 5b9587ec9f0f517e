"""Predictions for more samples than a GPU has memory for at once."""

from __future__ import annotations

import warnings
import weakref
from typing import Any

import numpy as np
import pytest

from nets import nielsen
from nets.activations import Activation
from nets.chunks import in_chunks
from nets.estimators import MLPRegressor
from nets.layers import Linear
from nets.mnist import Network
from nets.neural_net import NeuralNet
from nets.sequential import Sequential
from nets.training import evaluate
from shapedmat import DeviceMemoryError, Matrix
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device

__all__ = ["device"]


class Limited:
    """A function that has memory for so many samples at once, and keeps the parts that it was called with."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.parts: list[tuple[int, int]] = []

    def __call__(self, part: slice) -> int:
        self.parts.append((part.start, part.stop))
        samples: int = part.stop - part.start
        if samples > self.most:
            raise DeviceMemoryError("no memory")
        return samples


def test_parts() -> None:
    """The samples are gone through in parts, of which the last may be smaller."""
    compute = Limited(10)
    assert ([4, 4, 2], [(0, 4), (4, 8), (8, 10)]) == (in_chunks(compute, 10, 4), compute.parts)


def test_no_samples() -> None:
    """Of no samples there is one part, which is empty."""
    assert [0] == in_chunks(Limited(1), 0, 4)


def test_parts_become_smaller() -> None:
    """A part that does not fit is halved until it does, and the parts stay as small."""
    compute = Limited(3)
    sentence = r"^the GPU has no memory for 8 samples at once: 2 were taken at once$"
    with pytest.warns(UserWarning, match=sentence) as warned:
        in_chunks(compute, 10, 8)
    assert [(0, 8), (0, 4), (0, 2), (2, 4), (4, 6), (6, 8), (8, 10)] == compute.parts
    assert 1 == len(warned)


def test_last_part_is_halved() -> None:
    """The half is that of the part, where there were fewer samples than were asked for."""
    compute = Limited(3)
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 5 samples at once: 2 were taken at once$"):
        in_chunks(compute, 5, 100)
    assert [(0, 5), (0, 2), (2, 4), (4, 5)] == compute.parts


def test_outermost_parts_become_smaller() -> None:
    """Of calls within one another, the outer one alone makes its parts smaller, and says so."""
    compute = Limited(3)
    sentence = r"^the GPU has no memory for 8 samples at once: 2 were taken at once$"
    with pytest.warns(UserWarning, match=sentence) as warned:
        in_chunks(lambda part: in_chunks(compute, part.stop - part.start, 8), 8, 8)
    assert [(0, 8), (0, 4), (0, 2), (0, 2), (0, 2), (0, 2)] == compute.parts
    assert 1 == len(warned)


def test_single_sample_does_not_fit() -> None:
    """Where there is no memory for one sample, that is an error."""
    compute = Limited(0)
    with pytest.raises(DeviceMemoryError, match=r"^no memory$"):
        in_chunks(compute, 3, 3)
    assert [(0, 3), (0, 1)] == compute.parts


def test_other_errors_pass() -> None:
    """Another error is no reason to try again."""
    with pytest.raises(ZeroDivisionError):
        in_chunks(lambda part: part.start // 0, 3, 3)


def test_what_an_attempt_made_is_freed() -> None:
    """What an attempt that fails had made is there no more when the next one begins."""
    kept: list[weakref.ref[Any]] = []

    def compute(part: slice) -> int:
        assert all(each() is None for each in kept)
        made = np.zeros(3)
        kept.append(weakref.ref(made))
        if part.stop > 1:
            raise DeviceMemoryError("no memory")
        return 0

    with warnings.catch_warnings(action="ignore"):
        in_chunks(compute, 1, 8)
        with pytest.raises(DeviceMemoryError):
            in_chunks(compute, 8, 8)


# --- on a GPU that has little memory ----------------------------------------------------------------------------------


def room_for(machine: Machine, more: int) -> None:
    """Leave so many bytes of memory on the GPU."""
    machine.memory_bytes = machine.used(0) + more


def test_evaluation(device: Machine) -> None:
    """Images that a GPU has no memory for at once are classified a few at a time, with the same result."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28), np.uint8), rng.integers(0, 10, 60).astype(np.uint8)
    network = Network.initialized(np.random.default_rng(0), dtype=np.float64)
    expected = evaluate(network, images, labels)
    there = Network.initialized(np.random.default_rng(0), dtype=np.float64, device="cuda")
    room_for(device, 200_000)
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 60 samples at once: 15 were taken at once$"):
        actual = evaluate(there, images, labels)
    assert expected.predictions.tolist() == actual.predictions.tolist()
    assert pytest.approx(expected.loss) == actual.loss
    assert expected.accuracy == actual.accuracy


def test_network(device: Machine) -> None:
    """What a network's layers give for all samples need not fit, if the predictions do."""
    network = NeuralNet(Sequential(Linear.initialized(2, 500), Activation("tanh"), Linear.initialized(500, 1)))
    x = Matrix.random(2, 100, 0)
    there, x_there = network.to("cuda"), x.to("cuda")
    room_for(device, 150_000)
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 100 samples at once: 25 were taken at once$"):
        actual = there.predict(x_there)
    assert "cuda:0" == actual.device
    np.testing.assert_allclose(network.predict(x).numpy(), actual.numpy(), rtol=1e-5, atol=1e-6)


def test_estimator(device: Machine) -> None:
    """An estimator predicts for samples that do not fit into the memory of its GPU at once."""
    x = np.random.default_rng(0).normal(size=(200, 3))
    regressor = MLPRegressor((4,), epochs=1, random_state=0).fit(x[:20], x[:20, 0])
    expected = regressor.predict(x)
    regressor.network_ = regressor.network_.to("cuda")
    room_for(device, 3600)
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 200 samples at once: \d+ were taken at once$"):
        actual = regressor.predict(x)
    np.testing.assert_allclose(expected, actual)


def test_nielsen_s_network(device: Machine) -> None:
    """The network of Nielsen's book counts what is right, and takes its cost, a few samples at a time."""
    network = nielsen.Network([2, 100, 3])
    rng = np.random.default_rng(0)
    inputs = [Matrix.from_array(rng.normal(size=(2, 1))) for _ in range(40)]
    targets = [Matrix.one_hot([place % 3], 3, dtype=np.float64) for place in range(40)]
    labels = [place % 3 for place in range(40)]
    right = network.evaluate(list(zip(inputs, labels, strict=True)))
    cost = network.total_cost(list(zip(inputs, targets, strict=True)), 0.1)
    network.weights = [each.to("cuda") for each in network.weights]
    network.biases = [each.to("cuda") for each in network.biases]
    inputs, targets = [each.to("cuda") for each in inputs], [each.to("cuda") for each in targets]
    room_for(device, 20_000)
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 40 samples at once: \d+ were taken at once$"):
        assert right == network.evaluate(list(zip(inputs, labels, strict=True)))
    with pytest.warns(UserWarning, match=r"^the GPU has no memory for 40 samples at once: \d+ were taken at once$"):
        assert pytest.approx(cost) == network.total_cost(list(zip(inputs, targets, strict=True)), 0.1)
