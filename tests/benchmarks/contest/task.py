"""What all contestants do: the network, its samples, its first weights, and the order of the samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from nets.data import load

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MNIST_SIZES: Final = (784, 128, 64, 10)
_SAMPLES_A_PART: Final = 8192
_OPERATIONS_A_PART: Final = 2e10
_STEPS_A_PART: Final = (4, 512)


@dataclass(frozen=True)
class Task:
    """A network of sigmoid layers, trained by gradient descent on the squared error, in float32.

    A step gathers a shuffled mini-batch out of all images, bytes that it divides by 255; computes a layer's
    a = σ(w · a + b); changes weights and biases by the mean of the gradients over the mini-batch; and gives the mean of
    the losses Σ (a − y)² before that change.

    Attributes:
        sizes: inputs, neurons of the hidden layers, outputs.
        batch: the samples of a mini-batch.
        rate: the learning rate.
    """

    sizes: tuple[int, ...] = MNIST_SIZES
    batch: int = 32
    rate: float = 0.1

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}"

    @property
    def part(self) -> int:
        """The steps of a part of an epoch: what is trained on in one call."""
        least, most = _STEPS_A_PART
        return max(least, min(most, _SAMPLES_A_PART // self.batch, int(_OPERATIONS_A_PART / self.operations)))

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(out * (inputs + 1) for inputs, out in zip(self.sizes, self.sizes[1:], strict=False))

    @property
    def operations(self) -> int:
        """The multiplications and additions of a step's matrix products; the first layer's input has no gradient."""
        products = [inputs * out for inputs, out in zip(self.sizes, self.sizes[1:], strict=False)]
        return 2 * self.batch * (3 * sum(products) - products[0])

    def initial(self) -> list[tuple[Array, Array]]:
        """Return the weights, of shape (outputs, inputs), and biases of each layer that all begin with."""
        rng = np.random.default_rng(1)
        return [
            ((rng.standard_normal((out, inputs)) * inputs**-0.5).astype(np.float32), np.zeros(out, np.float32))
            for inputs, out in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def order(self, samples: int, steps: int, seed: int = 2) -> Array:
        """Return the samples of so many mini-batches, of shape (steps, batch), shuffled anew for each epoch."""
        rng = np.random.default_rng(seed)
        epochs = -(-steps * self.batch // samples)
        shuffled = np.concatenate([rng.permutation(samples) for _ in range(epochs)])
        return shuffled[: steps * self.batch].reshape(steps, self.batch)


@dataclass(frozen=True, eq=False)
class Samples:
    """Images and their classes.

    Attributes:
        images: bytes of shape (samples, 784).
        targets: ones and zeros in float32, of shape (samples, 10).
    """

    images: Array
    targets: Array

    @classmethod
    def of(cls, images: Array, labels: Array) -> Samples:
        """Return the samples of images of any shape and the numbers of their classes."""
        return cls(np.ascontiguousarray(images.reshape(len(images), -1)), np.eye(10, dtype=np.float32)[labels])


def training_samples(folder: Path | None) -> Samples:
    """Return the training images in a folder of IDX files, or, without a folder, as many as MNIST's of random bytes."""
    if folder is not None:
        dataset = load(str(folder))
        return Samples.of(dataset.train_images, dataset.train_labels)
    rng = np.random.default_rng(0)
    return Samples.of(rng.integers(0, 256, (60_000, 784), np.uint8), rng.integers(0, 10, 60_000))


class Contestant(Protocol):
    """A network of a task, and how it is trained."""

    def start(self) -> None:
        """Take the task's first weights and biases."""
        ...

    def train(self, order: Array) -> Array:
        """Take a step for each row of an order, whose rows are whole parts of the task, and return the losses."""
        ...

    def parameters(self) -> list[Array]:
        """Return weights, of shape (outputs, inputs), and biases, layer by layer."""
        ...

    def outputs(self, images: Array) -> Array:
        """Return the outputs, of shape (samples, 10), for pixels from 0 to 1 in float32, of shape (samples, 784)."""
        ...
