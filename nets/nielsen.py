"""The network of *Neural Networks and Deep Learning* (Nielsen, 2015): sigmoid layers of any sizes, trained by SGD.

Inputs and targets are columns, weights have a row for each neuron and a column for each input, and biases are columns.
`Network.backprop` is the book's, one sample at a time; a mini-batch is trained on at once by the same equations over
matrices with a column a sample, which is the exercise of chapter 2 and gives the same weights to rounding.

Chapter 3 adds the cross-entropy cost, L2 regularization, smaller initial weights and early stopping; they are options
here, all off by default.

On the numba backend, an epoch of mini-batches that are gone through by matrices is compiled (see `nets.compiling`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, overload
from typing import Literal as L

import numpy as np

from nets import data
from nets.chunks import in_chunks
from nets.compiling import THREADS, is_compiled
from shapedmat import Matrix, MiniBatchLoop, ShapeError, sigmoid, sigmoid_derivative

Real = TypeVar("Real", bound=np.floating[Any])
Batch = TypeVar("Batch", bound=int)

Sample: TypeAlias = tuple[Matrix[Real, Any, Any], Matrix[Real, Any, Any]]
"""An input of shape (sizes[0], 1) and what the output, of shape (sizes[-1], 1), should be."""
LabelledSample: TypeAlias = tuple[Matrix[Real, Any, Any], int]
"""An input of shape (sizes[0], 1) and the row of the output that should be the largest."""
Cost: TypeAlias = L["quadratic", "cross-entropy"]
Start: TypeAlias = L["normal", "scaled"]

_FEWEST_LAYERS: Final = 2


class Data(NamedTuple, Generic[Real]):
    """What a network is trained on, what tells when to stop or which settings to take, and what it is judged by."""

    training: list[Sample[Real]]
    validation: list[LabelledSample[Real]]
    test: list[LabelledSample[Real]]


class Network(Generic[Real]):
    """Layers of sigmoid neurons, a' = σ(w a + b), of which `sizes` gives the numbers of neurons, inputs first.

    Args:
        sizes: at least two sizes, all positive.
        cost: "quadratic" is ½ ‖a − y‖² (chapter 1), "cross-entropy" −Σ (y ln a + (1 − y) ln(1 − a)) (chapter 3).
        start: weights and biases are drawn from N(0, 1); with "scaled", weights from N(0, 1 / number of inputs).
        seed: of the first weights, and of the order of the samples.
        dtype: float64 as in the book, or float32.

    Raises:
        ShapeError: there are fewer than two sizes, or one is not positive.
    """

    @overload
    def __init__(
        self: Network[np.float64], sizes: Sequence[int], *, cost: Cost = ..., start: Start = ..., seed: int = ...
    ) -> None: ...

    @overload
    def __init__(
        self, sizes: Sequence[int], *, cost: Cost = ..., start: Start = ..., seed: int = ..., dtype: type[Real]
    ) -> None: ...

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        cost: Cost = "quadratic",
        start: Start = "normal",
        seed: int = 0,
        dtype: Any = np.float64,
    ) -> None:
        if len(sizes) < _FEWEST_LAYERS or any(size < 1 for size in sizes):
            given = ", ".join(map(str, sizes))
            raise ShapeError(f"sizes must be two or more positive numbers, such as [784, 30, 10]: [{given}] was given")
        self.num_layers = len(sizes)
        self.sizes = list(sizes)
        self.cost = cost
        self._rng = np.random.default_rng(seed)
        self.biases: list[Matrix[Real, Any, L[1]]] = [
            Matrix.normal(y, 1, self._rng, dtype=dtype) for y in self.sizes[1:]
        ]
        self.weights: list[Matrix[Real, Any, Any]] = [
            Matrix.normal(y, x, self._rng, std=1.0 if start == "normal" else x**-0.5, dtype=dtype)
            for x, y in pairwise(self.sizes)
        ]

    def feedforward(self, a: Matrix[Real, Any, Batch]) -> Matrix[Real, Any, Batch]:
        """Return the output for an input, or for several side by side.

        Raises:
            ShapeError: the input has not `sizes[0]` rows.
        """
        for b, w in zip(self.biases, self.weights, strict=True):
            a = sigmoid(w @ a + b)
        return a

    def SGD(  # noqa: N802 (the book's name)
        self,
        training_data: Sequence[Sample[Real]],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Sequence[LabelledSample[Real]] | None = None,
        *,
        lmbda: float = 0.0,
        patience: int = 0,
        vectorized: bool = True,
        report: Callable[[str], None] = print,
    ) -> list[int]:
        """Train by stochastic gradient descent, and return how many of the test data were right after each epoch.

        After each epoch a line is reported: ``Epoch j: k / n``, or ``Epoch j complete`` without test data. Every sample
        is trained on in every epoch; where the last mini-batch has fewer samples, it is a smaller one.

        Args:
            training_data: inputs with what the output should be.
            epochs: how often to go through them, in a new order each time.
            mini_batch_size: samples whose gradients make one step.
            eta: the learning rate η.
            test_data: inputs with the row of the output that should be the largest.
            lmbda: λ of the L2 regularization λ/2n Σ w² (chapter 3).
            patience: stop after so many epochs without a better result on the test data; 0 never stops early.
            vectorized: go through a mini-batch by matrices; else one sample after another, as the book's code does.
            report: takes each line.

        Raises:
            ValueError: there is nothing to train on, a number is out of its range, or `patience` has no test data.
            ShapeError: a sample has not the sizes of the first and the last layer.
            JitError: on the numba backend, a method of a class derived from this one cannot be compiled.
        """
        _require(bool(training_data), "training_data is empty: at least one sample is wanted")
        _require(epochs >= 0, f"epochs must be 0 or more: {epochs} was given")
        _require(mini_batch_size >= 1, f"mini_batch_size must be 1 or more: {mini_batch_size} was given")
        _require(not patience or bool(test_data), "patience needs test_data, by which it knows which epoch is better")
        n = len(training_data)
        # A sample a row, as rows that lie in one piece are gathered faster than columns.
        rows = [each.T.copy() for each in side_by_side(training_data)] if vectorized else []
        loop = self._compiled(lmbda / n) if vectorized and is_compiled(rows[0].device) else None
        right: list[int] = []
        for epoch in range(epochs):
            order = self._rng.permutation(n)
            if loop is not None:
                etas = np.full(-(-n // mini_batch_size), float(eta))
                loop.run((self.weights, self.biases), rows, order, mini_batch_size, [etas])
            else:
                for first in range(0, n, mini_batch_size):
                    chosen = order[first : first + mini_batch_size]
                    if vectorized:
                        x, y = (each[chosen].T for each in rows)
                        self._descend(*self.backprop(x, y), len(chosen), eta, lmbda / n)
                    else:
                        self.update_mini_batch([training_data[place] for place in chosen], eta, lmbda / n)
            if test_data is None:
                report(f"Epoch {epoch} complete")
                continue
            right.append(self.evaluate(test_data))
            report(f"Epoch {epoch}: {right[-1]} / {len(test_data)}")
            if patience and len(right) - 1 - right.index(max(right)) >= patience:
                break
        return right

    def update_mini_batch(self, mini_batch: Sequence[Sample[Real]], eta: float, decay: float = 0.0) -> None:
        """Take one step of gradient descent by the gradients of a mini-batch, one sample after another.

        w ← (1 − η λ/n) w − η/m Σ ∂C/∂w for m samples, where `decay` is λ/n (chapter 3).
        """
        gradients = [self.backprop(x, y) for x, y in mini_batch]
        nabla_b = [reduce(Matrix.__add__, each) for each in zip(*(b for b, _ in gradients), strict=True)]
        nabla_w = [reduce(Matrix.__add__, each) for each in zip(*(w for _, w in gradients), strict=True)]
        self._descend(nabla_b, nabla_w, len(mini_batch), eta, decay)

    def _compiled(self, decay: float) -> MiniBatchLoop[tuple[Any, Any]]:
        """Return the loop over mini-batches that trains the weights and the biases by this network's methods."""

        def step(
            state: tuple[list[Matrix[Real, Any, Any]], list[Matrix[Real, Any, L[1]]]],
            x: Matrix[Real, Any, Any],
            y: Matrix[Real, Any, Any],
            eta: float,
        ) -> Matrix[Real, L[1], L[1]]:
            network = copy.copy(self)
            network.weights, network.biases = state
            network._descend(*network.backprop(x.T, y.T), x.rows, eta, decay)
            # A loop wants a loss, but nothing shows it: SGD and the command report how many images are right, and the
            # command draws errors that it measures after each epoch.
            return Matrix.zeros(1, 1, dtype=x.dtype.type)

        return MiniBatchLoop(step, threads=THREADS)

    def _descend(
        self,
        nabla_b: Sequence[Matrix[Real, Any, L[1]]],
        nabla_w: Sequence[Matrix[Real, Any, Any]],
        samples: int,
        eta: float,
        decay: float,
    ) -> None:
        for w, dw in zip(self.weights, nabla_w, strict=True):
            if decay:
                w *= 1 - eta * decay  # noqa: PLW2901 (in place)
            w -= (eta / samples) * dw  # noqa: PLW2901 (in place)
        for b, db in zip(self.biases, nabla_b, strict=True):
            b -= (eta / samples) * db  # noqa: PLW2901 (in place)

    def backprop(
        self, x: Matrix[Real, Any, Batch], y: Matrix[Real, Any, Batch]
    ) -> tuple[list[Matrix[Real, Any, L[1]]], list[Matrix[Real, Any, Any]]]:
        """Return the gradients of the cost by the biases and by the weights, layer by layer.

        For several samples side by side they are the sums over the samples. With δ for the derivative by a layer's
        weighted input z = w a + b (chapter 2): δ = ∇C ∘ σ'(z) for the last layer (BP1), δ = (wᵀ δ) ∘ σ'(z) with the
        weights and the δ of the next (BP2), ∂C/∂b = δ (BP3) and ∂C/∂w = δ aᵀ with the activations before it (BP4).

        Raises:
            ShapeError: the input or the target has not the size of the first or of the last layer.
        """
        activations = [x]
        for b, w in zip(self.biases, self.weights, strict=True):
            activations.append(sigmoid(w @ activations[-1] + b))
        delta = self.cost_derivative(activations[-1], y)
        if self.cost == "quadratic":
            delta = delta * sigmoid_derivative(activations[-1])
        deltas = [delta]
        for w, a in zip(self.weights[:0:-1], activations[-2:0:-1], strict=True):
            deltas.append(w.T @ deltas[-1] * sigmoid_derivative(a))
        deltas.reverse()
        nabla_w = [each @ a.T for each, a in zip(deltas, activations, strict=False)]
        return [each.sum(axis=1) for each in deltas], nabla_w

    def cost_derivative(
        self, output_activations: Matrix[Real, Any, Batch], y: Matrix[Real, Any, Batch]
    ) -> Matrix[Real, Any, Batch]:
        """Return a − y: of the quadratic cost the derivative by the output, of the cross-entropy by its weighted input.

        Raises:
            ShapeError: the two have not one shape.
        """
        return output_activations - y

    def evaluate(self, test_data: Sequence[LabelledSample[Real]]) -> int:
        """Return for how many samples the largest output is in the row that the label says."""
        if not test_data:
            return 0

        def right_of(part: slice) -> int:
            x = Matrix.hstack(*(sample for sample, _ in test_data[part]))
            return int((self.feedforward(x).numpy().argmax(axis=0) == [label for _, label in test_data[part]]).sum())

        return sum(in_chunks(right_of, len(test_data), len(test_data)))

    def total_cost(self, samples: Sequence[Sample[Real]], lmbda: float = 0.0) -> float:
        """Return the mean cost of some samples, with λ/2n Σ w² for n of them."""

        def cost_of(part: slice) -> Any:
            x, y = side_by_side(samples[part])
            a, target = self.feedforward(x).numpy(), y.numpy()
            if self.cost == "quadratic":
                return 0.5 * np.sum((a - target) ** 2)
            with np.errstate(divide="ignore", invalid="ignore"):
                # Where a neuron is saturated at its target, 0 ln 0 is 0.
                return np.sum(np.nan_to_num(-target * np.log(a) - (1 - target) * np.log(1 - a), posinf=np.inf))

        cost = sum(in_chunks(cost_of, len(samples), len(samples)))
        return float(cost + 0.5 * lmbda * sum(float((w * w).sum()) for w in self.weights)) / len(samples)


@overload
def load_data(name_or_folder: str = ..., data_dir: Path | None = ...) -> Data[np.float64]: ...
@overload
def load_data(name_or_folder: str = ..., data_dir: Path | None = ..., *, dtype: type[Real]) -> Data[Real]: ...
def load_data(name_or_folder: str = "mnist", data_dir: Path | None = None, *, dtype: Any = np.float64) -> Data[Any]:
    """Return training, validation and test data of images whose pixels are from 0 to 1, as the book's loader does.

    The last sixth of the training images is for validation: of MNIST's 60,000, 50,000 are trained on.

    Args:
        name_or_folder: what `nets.data.load` takes.
        data_dir: a folder to read it from.
        dtype: the type of the elements.

    Raises:
        FileNotFoundError: the folder, or one of its files, is not there.
        FileFormatError: a file is not what it should be.
    """
    dataset = data.load(name_or_folder, data_dir)
    trained = len(dataset.train_labels) - len(dataset.train_labels) // 6
    columns = [_columns(images, dtype) for images in (dataset.train_images, dataset.test_images)]
    targets = [Matrix.one_hot([int(label)], 10, dtype=dtype) for label in dataset.train_labels[:trained]]
    held_out = zip(columns[0][trained:], map(int, dataset.train_labels[trained:]), strict=True)
    return Data(
        list(zip(columns[0][:trained], targets, strict=True)),
        list(held_out),
        list(zip(columns[1], map(int, dataset.test_labels), strict=True)),
    )


def _columns(images: data.Images, dtype: type[Real]) -> list[Matrix[Real, Any, L[1]]]:
    values = images.reshape(len(images), -1, 1).astype(dtype) / dtype(255)
    return [Matrix.from_array(each) for each in values]


def side_by_side(samples: Sequence[Sample[Real]]) -> tuple[Matrix[Real, Any, Any], Matrix[Real, Any, Any]]:
    """Return the inputs of some samples as the columns of a matrix, and what the outputs should be as those of another.

    Raises:
        ShapeError: the samples are not all of one size.
    """
    return Matrix.hstack(*(x for x, _ in samples)), Matrix.hstack(*(y for _, y in samples))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


if __name__ == "__main__":
    import sys

    from nets.nielsen_command_line import main

    sys.exit(main())
