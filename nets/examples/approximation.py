"""Which points lie under a curve, learned from some of them: `python -m nets.examples.approximation`.

One hidden layer of enough neurons approximates every continuous function (Cybenko, "Approximation by superpositions of
a sigmoidal function", 1989). Here it learns from points of the plane which ones are between the x axis and the curve
a(x) = (x² + x³ + x⁴ + x⁶) / x⁵, and is tested with points that it has not seen.

The points are drawn at random, or those of a file: a JSON object with the points "x" and "x_test", one coordinate after
another, and their labels "y" and "y_test", as the article *Iron Learn* has them. Each network is trained twice, with
the points as they are and with a `Normalization` before the first layer, which is not always for the better.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from typing import Literal as L

import numpy as np
import tyro

from nets import console, network_plots
from nets.activations import Activation
from nets.figures import loss_curves
from nets.layers import Linear, Normalization
from nets.neural_net import NeuralNet
from nets.schedules import Cosine
from nets.sequential import Sequential
from shapedmat import FileFormatError, Matrix

f64 = np.float64
PointsNet: TypeAlias = NeuralNet[f64, L[2], L[1]]


class Points(NamedTuple):
    """Points of the plane, one a column, and whether each is of the class that is to be recognized: 1, else 0."""

    x: Matrix[f64, L[2], Any]
    y: Matrix[f64, L[1], Any]


@dataclass(frozen=True)
class Approximation:
    """Learn which points lie under a curve."""

    points: Path | None = None
    """A JSON file with the points; without it, 200 to learn from and 100 to test with are drawn at random."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """From each of these the weights are drawn once."""
    epochs: int = 3000
    """Steps of gradient descent, each by all points."""
    learning_rate: float = 0.3
    """Of the first step; it falls along a cosine."""
    figure: Path | None = None
    """A PNG file for what the first network, without normalization, makes of the plane."""
    losses: Path | None = None
    """A PNG file for the losses of the first network, without and with normalization."""


def curve(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a(x) = (x² + x³ + x⁴ + x⁶) / x⁵."""
    a: np.ndarray[Any, Any] = (x**2 + x**3 + x**4 + x**6) / x**5
    return a


def drawn(count: int, seed: int) -> Points:
    """Return points between −12 and 12, of which those between the x axis and the curve have the label 1."""
    x = np.random.default_rng(seed).uniform(-12, 12, (2, count))
    share = x[1] / curve(x[0])
    return Points(Matrix.from_array(x), Matrix.from_rows([(share > 0) & (share < 1)], dtype=f64))


def read(path: Path) -> tuple[Points, Points]:
    """Return the points of a file to train with, and those to test with.

    Raises:
        FileFormatError: it does not hold two numbers and a label for each point.
    """
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
        training, test = (
            Points(
                Matrix[f64, L[2], Any].from_rows(np.reshape(numbers[f"x{part}"], (-1, 2)).T),
                Matrix[f64, L[1], Any].from_rows([numbers[f"y{part}"]]),
            )
            for part in ("", "_test")
        )
    except (LookupError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path} holds no points ({error!r}); check which file this is") from error
    return training, test


def train(settings: Approximation, points: Points, seed: int, *, normalized: bool) -> tuple[PointsNet, list[float]]:
    """Return a trained network, and its loss in each epoch."""
    rng = np.random.default_rng(seed)
    layers = Sequential(
        Linear[f64, L[2], L[8]].initialized(seed=rng),
        Activation("tanh"),
        Linear[f64, L[8], L[1]].initialized(seed=rng),
        Activation("sigmoid"),
    )
    net = NeuralNet(Sequential(Normalization(), layers) if normalized else layers)
    history = net.fit(
        points.x, points.y, epochs=settings.epochs, learning_rate=settings.learning_rate, schedule=Cosine(0.01)
    )
    return net, [record.train_loss for record in history]


def right(net: PointsNet, points: Points) -> int:
    """Return how many points are given their label."""
    return int(((net.predict(points.x) > 0.5) == (points.y > 0.5)).astype(f64).sum())


def run(settings: Approximation) -> None:
    """Train networks from each seed, and print for how many points each is right."""
    training, test = (drawn(200, seed=0), drawn(100, seed=1)) if settings.points is None else read(settings.points)
    runs = {}
    for name, normalized in (("as they are", False), ("normalized", True)):
        print(f"points {name}:")
        for seed in settings.seeds:
            net, losses = runs[name, seed] = train(settings, training, seed, normalized=normalized)
            print(
                f"  seed {seed}: loss {losses[-1]:.5f}, right for {right(net, training)}/{training.x.cols} points "
                f"and {right(net, test)}/{test.x.cols} test points"
            )
    first = settings.seeds[0]
    if settings.losses is not None:
        of_first = {name: losses for (name, seed), (_, losses) in runs.items() if seed == first}
        curves = {name: (range(1, len(losses) + 1), losses) for name, losses in of_first.items()}
        loss_curves(settings.losses, curves, xlabel="epoch")
    if settings.figure is not None:
        net, _ = runs["as they are", first]
        network_plots.decision_regions(settings.figure, net.predict, {"trained": training, "tested": test}, curve)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(Approximation, args=arguments, prog="python -m nets.examples.approximation")
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
