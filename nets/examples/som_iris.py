"""Find the species of iris flowers without being told them: ``python -m nets.examples.som_iris``.

The map sees four measurements of each flower. Its U-matrix shows a border between two groups, clusters of its codebook
divide the flowers, and the species, which it never saw, are on the class map.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nets import console
from nets.som import SOM, class_map, plots, u_matrix


@dataclass(frozen=True)
class Settings:
    """Train a map on Fisher's iris flowers, and compare its clusters with the species."""

    rows: int = 8
    """The rows of the map."""
    columns: int = 8
    """The columns of the map."""
    epochs: int = 50
    """How often every flower is presented."""
    clusters: int = 3
    """How many clusters to divide the flowers into."""
    out: Path = Path("runs/som-iris")
    """The folder for the figures."""


def run(settings: Settings) -> None:
    """Train a map in a pipeline, print how well clusters and species agree, and draw what it has learned."""
    console.make_folder(settings.out)
    iris: Any = load_iris()
    som = SOM(
        settings.rows, settings.columns, topology="hexagonal", epochs=settings.epochs, n_clusters=settings.clusters
    )
    pipeline = make_pipeline(StandardScaler(), som).fit(iris.data)
    scaled = pipeline[:-1].transform(iris.data)

    species = iris.target_names[iris.target]
    classes = class_map(species, som.best_matching_units(scaled), len(som.codebook_))
    print(f"quantization error {som.quantization_error_:.3f}, topographic error {som.topographic_error(scaled):.1%}")
    print(f"{classes.purity:.1%} of the flowers are of the commonest species of their neuron")
    print(f"clusters and species agree with a Rand index of {adjusted_rand_score(species, som.labels_):.2f}, adjusted")

    topology = som.map_.topology
    centimetres = pipeline[0].inverse_transform(som.codebook_)
    plots.u_matrix(settings.out / "u_matrix.png", topology, u_matrix(som.codebook_, topology))
    plots.component_planes(settings.out / "components.png", topology, centimetres, iris.feature_names)
    plots.hit_map(settings.out / "hits.png", topology, som.hits_)
    plots.class_map(settings.out / "classes.png", topology, classes)
    plots.clusters(settings.out / "clusters.png", topology, som.neuron_labels_)
    print(f"drew the figures in {settings.out}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    settings = tyro.cli(Settings, args=arguments, prog="python -m nets.examples.som_iris")
    return console.run(lambda: run(settings))


if __name__ == "__main__":
    sys.exit(main())
