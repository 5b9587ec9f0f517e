"""The command line of `nets.nielsen`: train the book's network and test it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro
from threadpoolctl import threadpool_limits

from nets.nielsen import Cost, Network, Start, load_data
from shapedmat import ShapedmatError


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
    seed: int = 0
    """Same seed, same machine: same result."""
    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the status of the process: 0, or 1 after an error that is said in one sentence."""
    command = tyro.cli(Train, args=arguments, prog="python -m nets.nielsen")
    try:
        with threadpool_limits(1):  # the products are too small for more threads to pay
            _train(command)
    except (ShapedmatError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _train(command: Train) -> None:
    data = load_data(command.data, command.data_dir)
    network = Network(command.sizes, cost=command.cost, start=command.start, seed=command.seed)
    network.SGD(
        data.training,
        command.epochs,
        command.mini_batch_size,
        command.eta,
        data.validation,
        lmbda=command.lmbda,
        patience=command.patience,
        vectorized=not command.per_sample,
    )
    print(f"test: {network.evaluate(data.test)} / {len(data.test)}")
