"""The command line of `nets.nielsen`: train the book's network, test it and draw it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from threadpoolctl import threadpool_limits

from nets import plots
from nets.command_line import MODEL
from nets.console import make_folder, run
from nets.export import save_network
from nets.figures import can_draw, loss_curves
from nets.nielsen import Cost, Data, LabelledSample, Network, Start, load_data, side_by_side
from shapedmat import Matrix, use_backend

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
    """Run the command, and return the status of the process, as `nets.console.run` gives it."""
    command = tyro.cli(Train, args=arguments, prog="python -m nets.nielsen")

    def train_on_backend() -> None:
        with threadpool_limits(1), use_backend(command.backend):  # the products are too small for more threads to pay
            _train(command)

    return run(train_on_backend)


def _train(command: Train) -> None:
    data = load_data(command.data, command.data_dir)
    network = Network(command.sizes, cost=command.cost, start=command.start, seed=command.seed)
    if command.out is None:
        _fit(command, network, data, print)
        _test(network, data)
        return
    make_folder(command.out)
    finished = _Finished(network, data)

    def report(line: str) -> None:
        finished.epoch_ends()
        print(line)

    ending = ""
    try:
        _fit(command, network, data, report)
    except KeyboardInterrupt:
        if not finished.epochs:
            raise KeyboardInterrupt(", no epoch was saved") from None
        ending = f": the network is the one after {finished.epochs} of {command.epochs} epochs"
    network, errors = finished.kept
    _test(network, data)
    save_network(command.out / MODEL, network)
    print(f"wrote {command.out / MODEL}")
    _draw(command.out, network, data, errors)
    if ending:
        raise KeyboardInterrupt(ending)


def _fit(command: Train, network: Network[F64], data: Data[F64], report: Callable[[str], None]) -> None:
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


def _test(network: Network[F64], data: Data[F64]) -> None:
    print(f"test: {network.evaluate(data.test)} / {len(data.test)}")


class _Finished:
    """What there is after the last epoch that was finished: an interruption leaves the network within the next one.

    Attributes:
        kept: a copy of the network, and the squared errors ‖a − y‖² of one image after each epoch by the name of the
            images: those that are validated, and as many of those that are trained on.
    """

    def __init__(self, network: Network[F64], data: Data[F64]) -> None:
        count = len(data.validation)
        self._network = network
        self._images = {
            "training": side_by_side(data.training[:count]),
            "validation": side_by_side([(x, _code(label)) for x, label in data.validation]),
        }
        self.kept = copy.deepcopy(network), {name: list[float]() for name in self._images}

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.kept[1]["training"])

    def epoch_ends(self) -> None:
        """Measure the errors, and keep them with the network."""
        errors = {name: [*values, self._error(name)] for name, values in self.kept[1].items()}
        # At once, so that no interruption comes between the two.
        self.kept = copy.deepcopy(self._network), errors

    def _error(self, name: str) -> float:
        x, y = self._images[name]
        error = self._network.feedforward(x) - y
        return float((error * error).sum() / x.cols)


def _draw(out: Path, network: Network[F64], data: Data[F64], errors: dict[str, list[float]]) -> None:
    if not can_draw(Console()):
        return
    curves = {name: (range(len(values)), values) for name, values in errors.items()}
    loss_curves(out / "learning_curves.png", curves, xlabel="epoch", ylabel="squared error of one image")
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


def _code(label: int) -> Matrix[F64, Any, Any]:
    return Matrix.one_hot([label], 10, dtype=np.float64)
