"""A picture as a function of its coordinates, learned by a network: `python -m nets.examples.picture`.

The network takes a place (x, y), from −1 to 1 each, and gives the grey there. Layers of sines learn fine detail, if the
weights of the first one start large enough (Sitzmann et al., "Implicit Neural Representations with Periodic Activation
Functions", 2020).
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from PIL import Image

from nets import console, network_plots
from nets.activations import Activation
from nets.layers import Linear
from nets.network_plots import Picture
from nets.neural_net import NeuralNet
from nets.schedules import Cosine
from nets.sequential import Sequential
from shapedmat import Matrix

f32 = np.float32
PictureNet: TypeAlias = NeuralNet[f32, L[2], L[1]]

FREQUENCY = 30.0
"""By which the paper multiplies what comes into its first sines; here the weights are so much larger."""


@dataclass(frozen=True)
class FitPicture:
    """Learn a picture."""

    image: Path | None = None
    """A picture of any kind, which is made grey and square; without it, one of a temple that scikit-learn brings."""
    side: int = 64
    """Its height and width, in pixels."""
    epochs: int = 300
    """How often to go through the pixels."""
    batch_size: int = 64
    """Pixels a step."""
    learning_rate: float = 0.1
    """Of the first step; it falls along a cosine."""
    seed: int = 0
    """Of the weights and of the order of the pixels."""
    figure: Path | None = None
    """A PNG file for the picture and what was learned, side by side."""


def read(path: Path | None, side: int) -> Picture:
    """Return the middle of a picture, grey from 0 to 1, of shape (side, side)."""
    if path is None:
        from sklearn.datasets import load_sample_image  # noqa: PLC0415  # it takes seconds to import

        picture = Image.fromarray(load_sample_image("china.jpg"))
    else:
        picture = Image.open(path)
    width, height = picture.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    square = picture.convert("L").crop((left, top, left + edge, top + edge)).resize((side, side))
    return np.asarray(square, f32) / 255


def coordinates(side: int) -> Matrix[f32, L[2], Any]:
    """Return the middle of each pixel, row after row, one a column."""
    middles = (np.arange(side, dtype=f32) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(middles, middles)
    return Matrix[f32, L[2], Any].from_rows(np.stack([x.ravel(), y.ravel()]))


def network(seed: int) -> PictureNet:
    """Return a network that has learned nothing; its weights start as in the paper, and its phases anywhere."""
    rng = np.random.default_rng(seed)
    first, second, last = FREQUENCY / 2, math.sqrt(6 / 128), 0.1 * math.sqrt(6 / 64)
    return NeuralNet(
        Sequential(
            Linear(
                Matrix[f32, L[128], L[2]].uniform(rng, low=-first, high=first),
                Matrix[f32, L[128], L[1]].uniform(rng, low=-math.pi, high=math.pi),
            ),
            Activation("sin"),
            Linear(
                Matrix[f32, L[64], L[128]].uniform(rng, low=-second, high=second),
                Matrix[f32, L[64], L[1]].uniform(rng, low=-math.pi, high=math.pi),
            ),
            Activation("sin"),
            Linear(Matrix[f32, L[1], L[64]].uniform(rng, low=-last, high=last), Matrix[f32, L[1], L[1]].zeros()),
        )
    )


def peak_signal_to_noise_ratio(original: Picture, other: Picture) -> float:
    """Return −10 log₁₀ of the mean squared difference of pixels from 0 to 1, in decibels."""
    return -10 * math.log10(float(np.square(original - other).mean()))


def run(settings: FitPicture) -> None:
    """Learn a picture, and print how near what was learned is to it."""
    original = read(settings.image, settings.side)
    x, y = coordinates(settings.side), Matrix[f32, L[1], Any].from_rows(original.reshape(1, -1))
    net = network(settings.seed)

    def report(epoch: int, loss: float, learning_rate: float, _: NeuralNet[Any, Any, Any]) -> None:
        if epoch % max(1, settings.epochs // 10) == 0:
            print(f"epoch {epoch}/{settings.epochs}: loss {loss:.5f} at a learning rate of {learning_rate:.4f}")

    net.fit(
        x,
        y,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        schedule=Cosine(0.01),
        batch_size=settings.batch_size,
        seed=settings.seed,
        callback=report,
    )
    learned = net.predict(x).numpy().reshape(settings.side, settings.side)
    ratio = peak_signal_to_noise_ratio(original, learned)
    numbers = sum(parameter.size for parameter in net.parameters.values())
    print(f"{original.size:,} pixels as {numbers:,} weights: peak signal-to-noise ratio {ratio:.1f} dB")
    if settings.figure is not None:
        network_plots.pictures(settings.figure, {"picture": original, f"learned, {ratio:.1f} dB": learned.clip(0, 1)})


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(FitPicture, args=arguments, prog="python -m nets.examples.picture")
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
