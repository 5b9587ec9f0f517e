"""Sort random colours on a map: ``python -m nets.examples.som_colours``.

The samples are points in the cube of red, green and blue. A map of two dimensions cannot keep all neighbours in three
together, but it keeps most: similar colours end up next to each other.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from nets import console
from nets.som import (
    Batch,
    Hexagonal,
    SelfOrganizingMap,
    principal_codebook,
    quantization_error,
    topographic_error,
    train,
)
from nets.som.plots import colours
from shapedmat import Matrix


@dataclass(frozen=True)
class Settings:
    """Sort random colours on a hexagonal map."""

    colours: int = 5000
    """How many colours are drawn."""
    rows: int = 20
    """The rows of the map."""
    columns: int = 30
    """The columns of the map."""
    epochs: int = 30
    """How often every colour is presented."""
    seed: int = 0
    """Same seed, same colours."""
    out: Path = Path("runs/som-colours")
    """The folder for the figure."""


def run(settings: Settings) -> None:
    """Draw colours, train a map on them, and write it as a figure."""
    console.make_folder(settings.out)
    drawn = np.random.default_rng(settings.seed).uniform(size=(settings.colours, 3)).astype(np.float32)
    samples: Matrix[np.float32, Any, Any] = Matrix.from_array(drawn)

    lattice = Hexagonal(settings.rows, settings.columns)
    som = SelfOrganizingMap.on(lattice, principal_codebook(lattice, samples))
    before = quantization_error(som.codebook.numpy(), drawn)
    train(som, samples, rule=Batch(), epochs=settings.epochs, progress=True)

    codebook = som.codebook.numpy()
    colours(settings.out / "colours.png", lattice, codebook)
    print(f"quantization error: {before:.3f} at the start, {quantization_error(codebook, drawn):.3f} after training")
    print(f"topographic error: {topographic_error(codebook, drawn, lattice):.1%} of the colours")
    print(f"drew {settings.out / 'colours.png'}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(Settings, args=arguments, prog="python -m nets.examples.som_colours")
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
