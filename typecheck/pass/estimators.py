"""Estimators of nets/estimators.py on arrays, and their networks with matrices whose sizes are known."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets import mnist, nielsen
from nets.estimators import MLPClassifier, MLPRegressor
from nets.export import layers_of, load_network, save_network
from nets.neural_net import NeuralNet
from shapedmat import Matrix

f64 = np.float64
Batch = TypeVar("Batch", bound=int)


def probabilities(network: NeuralNet[f64, L[2], L[3]], x: Matrix[f64, L[2], Batch]) -> Matrix[f64, L[3], Batch]:
    return network.predict(x)


def main() -> None:
    rng = np.random.default_rng(1)
    x: np.ndarray[Any, np.dtype[np.float64]] = rng.normal(size=(60, 2))
    labels = np.array(["left", "middle", "right"])[np.digitize(x[:, 0], [-0.5, 0.5])]
    classifier = MLPClassifier((8,), epochs=30, random_state=0).fit(x, labels)
    losses: list[float] = classifier.loss_curve_
    assert losses[-1] < losses[0]
    columns: Matrix[f64, L[2], L[60]] = Matrix.from_array(x.T.copy())
    assert np.allclose(probabilities(classifier.network_, columns).numpy().T, classifier.predict_proba(x))
    going_on: MLPClassifier = classifier.partial_fit(x, labels)
    assert going_on.n_iter_ == 31
    regressor = MLPRegressor((4,), activation="tanh", trainer="SGD", learning_rate=0.1, epochs=5, random_state=0)
    assert regressor.fit(x, x[:, 0]).predict(x).shape == (60,)
    network = mnist.Network[np.float32].initialized(rng, np.float32)
    assert len(layers_of(network).layers) == 6
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        save_network(path, nielsen.Network([2, 3], seed=1))
        other = nielsen.Network([2, 3], seed=2)
        load_network(path, other)
        assert other.weights[0].allclose(nielsen.Network([2, 3], seed=1).weights[0])
