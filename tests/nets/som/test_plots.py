"""Figures: PNG files of the right size, in which what they should show is seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nets.som import Coordinates, Graph, Hexagonal, Rectangular, plots
from nets.som.views import class_map
from shapedmat import Matrix, ShapeError

pytest.importorskip("matplotlib")

RING = [(each, (each + 1) % 12) for each in range(12)]
TOPOLOGIES: list[Any] = [
    Rectangular(3, 4),
    Hexagonal(4, 3, toroidal=True),
    Graph(12, RING),
    Coordinates(Matrix.from_rows(np.arange(12)[:, None], dtype=np.float64)),
]


def pixels(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the colours of a PNG file, of shape (height, width, 3)."""
    with Image.open(path) as image:
        assert "PNG" == image.format
        return np.asarray(image.convert("RGB"))


def colors(image: np.ndarray[Any, np.dtype[np.uint8]]) -> set[tuple[int, ...]]:
    """Return the colours that fill an area, and not an edge alone."""
    found, counts = np.unique(image.reshape(-1, 3), axis=0, return_counts=True)
    return {tuple(each.tolist()) for each, count in zip(found, counts, strict=True) if count > 400}


@pytest.mark.parametrize(
    ("topology", "kind"),
    [
        *((TOPOLOGIES[1], kind) for kind in ("u_matrix", "hit_map", "component_planes", "class_map", "clusters")),
        *((topology, "hit_map") for topology in TOPOLOGIES if topology is not TOPOLOGIES[1]),
    ],
)
def test_every_figure_and_every_topology(tmp_path: Path, topology: Any, kind: str) -> None:
    """It is a PNG file with as many colours as there are different values, at least."""
    path = tmp_path / "figure.png"
    values: dict[str, Any] = {
        "u_matrix": np.arange(12.0),
        "hit_map": np.arange(12),
        "component_planes": np.arange(24.0).reshape(12, 2),
        "class_map": class_map(np.arange(12), np.arange(12), 12),
        "clusters": np.arange(12),
    }
    getattr(plots, kind)(path, topology, values[kind])
    image = pixels(path)
    assert min(image.shape[:2]) > 300
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 12
    assert [path] == list(tmp_path.iterdir())


def test_size_of_a_figure(tmp_path: Path) -> None:
    """A figure of 6 by 5 inches has 150 pixels an inch."""
    plots.u_matrix(tmp_path / "u.png", Hexagonal(3, 3), np.arange(9.0))
    assert (750, 900, 3) == pixels(tmp_path / "u.png").shape


def test_planes_stand_side_by_side(tmp_path: Path) -> None:
    """With more features a figure grows, in as many columns as rows."""
    for features in (1, 4):
        codebook = np.random.default_rng(0).normal(size=(6, features))
        plots.component_planes(tmp_path / f"{features}.png", Rectangular(2, 3), codebook)
    one, four = (pixels(tmp_path / f"{features}.png").shape for features in (1, 4))
    assert four[0] > 1.5 * one[0]
    assert four[1] > 1.5 * one[1]


def test_the_first_row_is_on_top(tmp_path: Path) -> None:
    """A value in the first row is drawn above one in the last."""
    plots.clusters(tmp_path / "c.png", Rectangular(2, 1), np.array([0, 1]))
    image = pixels(tmp_path / "c.png")[:, :400]  # without the legend
    first, second = (
        np.argwhere((image == color).all(axis=2)).mean(axis=0) for color in ((31, 119, 180), (255, 127, 14))
    )
    assert first[0] < second[0]


def test_neurons_without_hits_are_grey(tmp_path: Path) -> None:
    """The class map has a grey cell where no sample is, and none where each neuron is hit."""
    for hit in (1, 0):
        found = class_map(np.array([0, 1]), np.array([0, hit]), 2)
        plots.class_map(tmp_path / f"{hit}.png", Rectangular(1, 2), found)
    grey = (0xDD,) * 3
    assert grey not in colors(pixels(tmp_path / "1.png"))
    assert grey in colors(pixels(tmp_path / "0.png"))


def test_many_classes(tmp_path: Path) -> None:
    """There are colours for more classes than a palette has."""
    found = class_map(np.arange(40), np.arange(40), 40)
    plots.class_map(tmp_path / "c.png", Rectangular(5, 8), found)
    assert len(colors(pixels(tmp_path / "c.png"))) >= 40


def test_names_are_not_formulas(tmp_path: Path) -> None:
    """A name with dollar signs or a backslash is drawn as it is."""
    plots.component_planes(tmp_path / "p.png", Rectangular(1, 2), np.array([[1.0], [2.0]]), [r"price in $\{$"])
    found = class_map(np.array([r"$\{$"]), np.array([0]), 2)
    plots.class_map(tmp_path / "c.png", Rectangular(1, 2), found)
    assert pixels(tmp_path / "p.png").min() < 128


def test_codebook_images(tmp_path: Path) -> None:
    """Vectors are images, dark where they are large; rows of a hexagonal lattice are moved."""
    codebook = np.zeros((4, 6))
    codebook[0] = 1
    for lattice in (Rectangular(2, 2), Hexagonal(2, 2)):
        plots.codebook_images(tmp_path / "images.png", lattice, codebook, (2, 3))
        image = pixels(tmp_path / "images.png")
        dark = np.argwhere(image.max(axis=2) < 20)
        assert (dark.mean(axis=0) < np.array(image.shape[:2]) / 2).all()


def test_colours(tmp_path: Path) -> None:
    """Each neuron has the colour that it stands for."""
    plots.colours(tmp_path / "c.png", Hexagonal(1, 3), np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 2]]))
    assert {(255, 0, 0), (0, 255, 0), (0, 0, 255)} <= colors(pixels(tmp_path / "c.png"))


def test_a_map_of_equal_values(tmp_path: Path) -> None:
    """A constant plane, and a U-matrix of zeros, are drawn."""
    plots.component_planes(tmp_path / "p.png", Rectangular(2, 2), np.ones((4, 1)))
    plots.u_matrix(tmp_path / "u.png", Rectangular(1, 1), np.zeros(1))
    assert pixels(tmp_path / "p.png").min() < 128


def test_too_many_dimensions(tmp_path: Path) -> None:
    """A latent space of three dimensions has no figure."""
    topology = Coordinates(Matrix.eye(3, dtype=np.float64))
    sentence = "neurons with 3 latent coordinates cannot be drawn: a figure has two dimensions"
    with pytest.raises(ValueError, match=sentence):
        plots.u_matrix(tmp_path / "u.png", topology, np.ones(3))
    assert [] == list(tmp_path.iterdir())


def test_wrong_shapes(tmp_path: Path) -> None:
    """Each is one sentence."""
    lattice, path = Rectangular(2, 2), tmp_path / "f.png"
    with pytest.raises(ShapeError, match=re.escape("the values have shape (3,), but (4,), one a neuron, is wanted")):
        plots.u_matrix(path, lattice, np.ones(3))
    with pytest.raises(ShapeError, match=re.escape("the codebook has shape (4, 2), but there are 1 names, not 2")):
        plots.component_planes(path, lattice, np.ones((4, 2)), ["a"])
    with pytest.raises(ShapeError, match=re.escape("the codebook has shape (4, 2), but images of 28 × 28 pixels are")):
        plots.codebook_images(path, lattice, np.ones((4, 2)))
    with pytest.raises(ShapeError, match=re.escape("the codebook has shape (4, 2), but red, green and blue of each")):
        plots.colours(path, lattice, np.ones((4, 2)))
