"""Lay out handwritten digits on a map, and read others by it: ``python -m nets.examples.som_digits``.

Every neuron becomes an image. Neurons are named after the digit that hits them most often; a digit that the map has not
seen is then taken for the name of its best matching unit.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from nets import console, data
from nets.som import SOM, class_map, load_map, plots, save_map, u_matrix
from nets.som.views import NOBODY


@dataclass(frozen=True)
class Settings:
    """Train a map on MNIST digits, and test how well it tells them apart."""

    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""
    images: int = 5000
    """How many of the images to train on."""
    rows: int = 20
    """The rows of the map."""
    columns: int = 20
    """The columns of the map."""
    epochs: int = 15
    """How often every image is presented."""
    device: str = "cpu"
    """Where to train: cpu, cuda or cuda:1."""
    out: Path = Path("runs/som-digits")
    """The folder for the map and its figures."""


def run(settings: Settings) -> None:
    """Train a map, save it, load it again, and test it."""
    dataset = data.load(settings.data, settings.data_dir)
    console.make_folder(settings.out)
    train_images, test_images = (_pixels(each) for each in (dataset.train_images, dataset.test_images))
    train_images, train_labels = train_images[: settings.images], dataset.train_labels[: settings.images]

    som = SOM(settings.rows, settings.columns, epochs=settings.epochs, device=settings.device, progress=True)
    som.fit(train_images)
    save_map(settings.out / "map.safetensors", som.map_)
    reader = SOM.of(load_map(settings.out / "map.safetensors"))

    classes = class_map(train_labels, som.labels_, len(som.codebook_))
    # A neuron without training images has no name, and whatever hits it counts as misread.
    named = np.where(classes.majority == NOBODY, NOBODY, classes.classes[classes.majority].astype(np.int64))
    right = named[reader.predict(test_images)] == dataset.test_labels
    print(f"{len(train_images):,} images of {dataset.name} on {settings.rows} × {settings.columns} neurons")
    print(
        f"quantization error {som.quantization_error_:.3f}, topographic error {som.topographic_error(train_images):.1%}"
    )
    print(f"{right.mean():.1%} of {len(right):,} test images are of the class that their neuron is named after")

    topology: Any = som.map_.topology
    plots.codebook_images(settings.out / "images.png", topology, som.codebook_)
    plots.class_map(settings.out / "classes.png", topology, classes)
    plots.hit_map(settings.out / "hits.png", topology, som.hits_)
    plots.u_matrix(settings.out / "u_matrix.png", topology, u_matrix(som.codebook_, topology))
    print(f"saved the map and drew the figures in {settings.out}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(Settings, args=arguments, prog="python -m nets.examples.som_digits")
    return console.run(lambda: run(settings))


def _pixels(images: data.Images) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


if __name__ == "__main__":
    sys.exit(main())
