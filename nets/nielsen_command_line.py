"""The command line of `nets.nielsen`: train the book's network, test it and draw it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from threadpoolctl import threadpool_limits

from nets import plots
from nets.command_line import MODEL
from nets.export import save_network
from nets.nielsen import Cost, Data, LabelledSample, Network, Sample, Start, load_data
from shapedmat import Matrix, ShapedmatError, use_backend

F64: TypeAlias = np.float64


@dataclass(frozen=True)
class Train:
    """Train a network of sigmoid neurons by stochastic gradient descent, as in Nielsen's book."""

    sizes: tuple[int, ...] = (784, 30, 10)
    """The numbers of neurons, inputs first."""
    epochs: int = 30
    """How often to go through the training images."""
    mini_batch_size: int = 10
    """Images a step."""
    eta: float = 3.0
    """The learning rate."""
    lmbda: float = 0.0
    """The L2 regularization."""
    cost: Cost = "quadratic"
    """What is made small."""
    start: Start = "normal"
    """How the weights start: all alike, or scaled by their number."""
    patience: int = 0
    """Stop after so many epochs without a better result on the validation images; 0 never stops early."""
    per_sample: bool = False
    """Go through a mini-batch image after image, as the book's code does, and not by matrices."""
    backend: L["numpy", "numba"] = "numba"
    """Who computes: numba trains in machine code that is made for the sizes, numpy one operation after the other."""
    seed: int = 0
    """Same seed, same machine: same result."""
    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""
    out: Path | None = None
    """The folder for the weights and the figures; without it, nothing is written."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the status of the process: 0, or 1 after an error that is said in one sentence."""
    command = tyro.cli(Train, args=arguments, prog="python -m nets.nielsen")
    try:
        with threadpool_limits(1), use_backend(command.backend):  # the products are too small for more threads to pay
            _train(command)
    except (ShapedmatError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(command: Train) -> None:
    data = load_data(command.data, command.data_dir)
    network = Network(command.sizes, cost=command.cost, start=command.start, seed=command.seed)
    errors = None if command.out is None else _Errors(network, data)

    def report(line: str) -> None:
        print(line)
        if errors is not None:
            errors.measure()

    network.SGD(
        data.training,
        command.epochs,
        command.mini_batch_size,
        command.eta,
        data.validation,
        lmbda=command.lmbda,
        patience=command.patience,
        vectorized=not command.per_sample,
        report=report,
    )
    print(f"test: {network.evaluate(data.test)} / {len(data.test)}")
    if command.out is not None and errors is not None:
        command.out.mkdir(parents=True, exist_ok=True)
        save_network(command.out / MODEL, network)
        print(f"wrote {command.out / MODEL}")
        _draw(command.out, network, data, errors.after)


class _Errors:
    """The squared error ‖a − y‖² of one image, after each epoch: of what is validated, and of as much that is trained.

    Attributes:
        after: the errors by the name of the images.
    """

    def __init__(self, network: Network[F64], data: Data[F64]) -> None:
        count = len(data.validation)
        self._network = network
        self._images = {
            "training": _side_by_side(data.training[:count]),
            "validation": _side_by_side([(x, _code(label)) for x, label in data.validation]),
        }
        self.after: dict[str, list[float]] = {name: [] for name in self._images}

    def measure(self) -> None:
        for name, (x, y) in self._images.items():
            error = self._network.feedforward(x) - y
            self.after[name].append(float((error * error).sum()) / x.cols)


def _draw(out: Path, network: Network[F64], data: Data[F64], errors: dict[str, list[float]]) -> None:
    if find_spec("matplotlib") is None:
        print("no figures: they need matplotlib, install shapedmat[plot]")
        return
    plots.learning_curves(out / "learning_curves.png", range(len(errors["training"])), errors)
    plots.confusion_matrix(out / "confusion_matrix.png", _confusion(network, data.test))
    plots.first_layer(out / "first_layer.png", network.weights[0].numpy())
    print(f"drew learning curves, confusion matrix and first layer in {out}")


def _confusion(network: Network[F64], samples: Sequence[LabelledSample[F64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return how often each class (rows) was taken for each class (columns)."""
    outputs = network.feedforward(Matrix.hstack(*(x for x, _ in samples)))
    counts = np.zeros((outputs.rows, outputs.rows), np.int64)
    labels = np.array([label for _, label in samples])
    np.add.at(counts, (labels, outputs.numpy().argmax(axis=0)), 1)
    return counts


def _side_by_side(samples: Sequence[Sample[F64]]) -> tuple[Matrix[F64, Any, Any], Matrix[F64, Any, Any]]:
    return Matrix.hstack(*(x for x, _ in samples)), Matrix.hstack(*(y for _, y in samples))


def _code(label: int) -> Matrix[F64, Any, Any]:
    return Matrix.one_hot([label], 10, dtype=np.float64)
