"""How exactly a device computes: one step beside float64, an epoch beside the CPU, and how well it learns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from rich.console import Console

from nets.data import Dataset, load
from nets.mnist import Network
from nets.training import Settings, evaluate, train
from shapedmat import Matrix, jit, use_backend
from tests.benchmarks.contest.device_worker import Case, Formulation, Results


def loss_and_gradients(network: Any, x: Any, y: Any) -> Any:
    """Return the mean loss of a mini-batch, and the gradients."""
    activations = network.forward(x)
    error = activations.a3 - y
    return error.hadamard(error).sum() / x.cols, network.gradients(x, y, activations)


class Accuracy:
    """`nets.mnist` on a device, on the CPU, and in float64."""

    def __init__(self, case: Case) -> None:
        self.device, self.epochs, self.batch = case["device"], case["epochs"], case["batch"]
        self.dataset = load(case["data"] or "digits")
        images = case["images"]
        data = self.dataset
        self.dataset = Dataset(
            data.name, data.train_images[:images], data.train_labels[:images], data.test_images, data.test_labels
        )

    def seconds(self) -> float:
        return 0.0  # nothing of it is timed

    def results(self) -> Results:
        found = {f"step {name}": np.asarray(error) for name, error in self.step_errors().items()}
        on_device, on_cpu = (self.trained(device, 1) for device in (self.device, "cpu"))
        apart = [
            np.abs(mine.numpy() - other.numpy()).max()
            for mine, other in zip(on_device.parameters.values(), on_cpu.parameters.values(), strict=True)
        ]
        found["epoch weights"] = np.asarray(max(apart))
        for name, device in (("device", self.device), ("cpu", "cpu")):
            network = self.trained(device, self.epochs)
            evaluation = evaluate(network, self.dataset.test_images, self.dataset.test_labels)
            found[f"accuracy {name}"] = np.asarray(evaluation.accuracy)
        return found

    def note(self) -> str:
        count = len(self.dataset.train_images)
        return f"{self.dataset.name}, {count:,} images, {self.epochs} epochs, mini-batches of {self.batch}"

    def trained(self, device: str, epochs: int) -> Network[Any]:
        """Return a network from the seed 0 after some epochs."""
        network: Network[Any] = Network.initialized(np.random.default_rng(0), np.float32, device=device)
        settings = Settings(epochs=epochs, batch_size=self.batch, seed=0)
        train(network, self.dataset, settings, console=Console(quiet=True))
        return network

    def step_errors(self) -> dict[str, float]:
        """Return how far loss and gradients of one mini-batch are from float64, relative to the largest of each."""
        pixels = self.dataset.train_images[: self.batch].reshape(-1, 784).T / np.float64(255)
        codes = np.eye(10)[self.dataset.train_labels[: self.batch]].T
        computed = {}
        for name, device, dtype in (
            ("device", self.device, np.float32),
            ("cpu", "cpu", np.float32),
            ("exact", "cpu", np.float64),
        ):
            # The same numbers for all: those of float32.
            network: Network[Any] = Network.initialized(np.random.default_rng(0), np.float32)
            parameters = [each.astype(dtype).to(device) for each in network.parameters.values()]
            x, y = (
                Matrix.from_array(np.ascontiguousarray(each.astype(np.float32).astype(dtype))).to(device)
                for each in (pixels, codes)
            )
            if name == "exact":
                with use_backend("numpy"):
                    computed[name] = loss_and_gradients(Network(*parameters), x, y)
            else:
                computed[name] = jit(loss_and_gradients)(Network(*parameters), x, y)
        loss, gradients = computed["exact"]
        errors = {}
        for name in ("device", "cpu"):
            own_loss, own = computed[name]
            errors[f"{name} loss"] = abs(float(own_loss) - float(loss)) / float(loss)
            for field in fields(gradients):
                exact = getattr(gradients, field.name).numpy()
                error = np.abs(getattr(own, field.name).numpy() - exact).max()
                errors[f"{name} {field.name}"] = float(error / np.abs(exact).max())
        return errors


def accuracy(case: Case) -> Iterator[tuple[str, Callable[[], Formulation]]]:
    """Yield the one way that there is."""
    yield "nets.mnist", lambda: Accuracy(case)
