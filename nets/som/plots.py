"""Figures of a map, as PNG files; they need matplotlib (``pip install shapedmat[plot]``).

A lattice is drawn as squares or hexagons, with its first row on top; neurons elsewhere as circles, with lines between
neighbours, by their first two latent coordinates. On a torus, cells of opposite edges are next to each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nets.figures import new_figure, save_figure
from nets.som.quality import check_neurons
from nets.som.topologies import Hexagonal, Rectangular, Topology
from nets.som.views import NOBODY, ClassMap
from shapedmat import ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Patch

_NOBODY_COLOR: Final = "#dddddd"
_LARGEST_WITH_NUMBERS: Final = 400
"""The most neurons whose hits are written into their cells."""

Values = np.ndarray[tuple[int], np.dtype[Any]]


def u_matrix(path: Path, topology: Topology[Any, Any], values: Values) -> None:
    """Draw the mean distance of each neuron from its neighbours: light borders between dark clusters.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        values: one for each neuron, as `nets.som.views.u_matrix` returns them.

    Raises:
        ShapeError: there is not a value for each neuron.
        ValueError: the latent space has more than two dimensions.
    """
    _neuron_values(path, topology, values, "U-matrix", "mean distance from neighbours", "cividis")


def hit_map(path: Path, topology: Topology[Any, Any], hits: Values) -> None:
    """Draw how many samples hit each neuron, with the numbers where they can be read.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        hits: one number for each neuron, as `nets.som.views.hit_map` returns them.

    Raises:
        ShapeError: there is not a number for each neuron.
        ValueError: the latent space has more than two dimensions.
    """
    _neuron_values(path, topology, hits, "hits", "samples", "Blues", written=len(hits) <= _LARGEST_WITH_NUMBERS)


def component_planes(
    path: Path,
    topology: Topology[Any, Any],
    codebook: np.ndarray[tuple[int, int], Any],
    names: Sequence[str] | None = None,
) -> None:
    """Draw the value of each feature across the map, each with a scale of its own.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        codebook: of shape (neurons, features).
        names: of the features; without them, they are numbered from 1.

    Raises:
        ShapeError: the codebook has not a row for each neuron, or there is not a name for each feature.
        ValueError: the latent space has more than two dimensions.
    """
    check_neurons(codebook, topology)
    features = codebook.shape[1]
    names = [str(number) for number in range(1, features + 1)] if names is None else names
    if len(names) != features:
        raise ShapeError(f"the codebook has shape {codebook.shape}, but there are {len(names)} names, not {features}")
    across = math.ceil(math.sqrt(features))
    figure = new_figure(2.8 * across + 0.4, 2.4 * math.ceil(features / across) + 0.3)
    for place, name in enumerate(names):
        axes = figure.add_subplot(math.ceil(features / across), across, place + 1)
        cells = _draw(axes, topology)
        cells.set(array=codebook[:, place], cmap="viridis")
        # A name in a file is no formula, so that a dollar sign in it is one.
        axes.set_title(name, fontsize=9, parse_math=False)
        figure.colorbar(cells, ax=axes, shrink=0.8)
    save_figure(figure, path)


def class_map(path: Path, topology: Topology[Any, Any], classes: ClassMap) -> None:
    """Draw the class that hits each neuron most often, in grey where none does; the paler, the more others do.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        classes: as `nets.som.views.class_map` returns it.

    Raises:
        ShapeError: there is not a row of counts for each neuron.
        ValueError: the latent space has more than two dimensions.
    """
    counts = classes.counts
    shares = counts.max(axis=1, initial=0) / np.maximum(1, counts.sum(axis=1))
    _groups(path, topology, classes.majority, [str(each) for each in classes.classes], "classes", shares)


def clusters(path: Path, topology: Topology[Any, Any], labels: Values) -> None:
    """Draw the cluster of each neuron.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        labels: one for each neuron, numbered from 0, as `nets.som.views.cluster_labels` returns them.

    Raises:
        ShapeError: there is not a label for each neuron.
        ValueError: the latent space has more than two dimensions.
    """
    names = [str(each) for each in range(int(labels.max(initial=0)) + 1)]
    _groups(path, topology, labels, names, "clusters", np.ones(len(labels)))


def codebook_images(
    path: Path,
    lattice: Rectangular[Any] | Hexagonal[Any],
    codebook: np.ndarray[tuple[int, int], Any],
    shape: tuple[int, int] = (28, 28),
) -> None:
    """Draw each codebook vector as an image, dark where it is large, in the rows and columns of the lattice.

    Every second row of a hexagonal lattice is moved right by half an image.

    Args:
        path: the PNG file to write.
        lattice: its rows and columns.
        codebook: of shape (neurons, pixels).
        shape: the height and the width of an image.

    Raises:
        ShapeError: the codebook has not a row for each neuron, or the images another number of pixels.
    """
    check_neurons(codebook, lattice)
    height, width = shape
    if codebook.shape[1] != height * width:
        raise ShapeError(f"the codebook has shape {codebook.shape}, but images of {height} × {width} pixels are wanted")
    shift = width // 2 if isinstance(lattice, Hexagonal) else 0
    sheet = np.full((lattice.rows * (height + 1), lattice.columns * (width + 1) + shift), np.nan)
    for neuron, vector in enumerate(codebook):
        row, column = divmod(neuron, lattice.columns)
        top, left = row * (height + 1), column * (width + 1) + shift * (row % 2)
        sheet[top : top + height, left : left + width] = vector.reshape(shape)
    figure = new_figure(8, max(1.0, 8 * sheet.shape[0] / sheet.shape[1]))
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray_r")
    axes.axis("off")
    save_figure(figure, path)


def colours(path: Path, topology: Topology[Any, Any], codebook: np.ndarray[tuple[int, int], Any]) -> None:
    """Draw each neuron in the colour that its codebook vector is, cut to numbers from 0 to 1.

    Args:
        path: the PNG file to write.
        topology: where the neurons lie.
        codebook: of shape (neurons, 3), red, green and blue.

    Raises:
        ShapeError: the codebook has not a row of three numbers for each neuron.
        ValueError: the latent space has more than two dimensions.
    """
    check_neurons(codebook, topology)
    if codebook.shape[1] != 3:
        raise ShapeError(f"the codebook has shape {codebook.shape}, but red, green and blue of each neuron are wanted")
    figure = new_figure(6, 5)
    drawn: Any = codebook.clip(0, 1)
    _draw(figure.subplots(), topology).set_facecolor(drawn)
    save_figure(figure, path)


def _neuron_values(
    path: Path,
    topology: Topology[Any, Any],
    values: Values,
    title: str,
    label: str,
    color_map: str,
    *,
    written: bool = False,
) -> None:
    _check_values(values, topology)
    figure = new_figure(6, 5)
    axes = figure.subplots()
    cells = _draw(axes, topology)
    cells.set(array=values, cmap=color_map)
    axes.set_title(title)
    figure.colorbar(cells, ax=axes, label=label, shrink=0.8)
    if written:
        for (right, down), value in zip(_places(topology), values, strict=True):
            color = "white" if value > values.max() / 2 else "black"
            axes.text(right, down, str(value), ha="center", va="center", fontsize=5, color=color)
    save_figure(figure, path)


def _groups(
    path: Path, topology: Topology[Any, Any], places: Values, names: Sequence[str], title: str, shares: Values
) -> None:
    """Draw neurons in the colours of their groups, paler with a smaller share."""
    from matplotlib import colormaps  # noqa: PLC0415  # it is an extra, and takes long to import
    from matplotlib.colors import to_rgb  # noqa: PLC0415  # as above
    from matplotlib.patches import Patch  # noqa: PLC0415  # as above

    _check_values(places, topology)
    if len(names) <= 20:
        colors = np.array([colormaps["tab10" if len(names) <= 10 else "tab20"](each)[:3] for each in range(len(names))])
    else:
        colors = colormaps["turbo"](np.linspace(0, 1, len(names)))[:, :3]
    # One place more, which is also the last, for neurons of no group.
    colors = np.vstack([colors.reshape(-1, 3), to_rgb(_NOBODY_COLOR)])
    kept = np.where(places == NOBODY, 1.0, 0.3 + 0.7 * shares)[:, None]
    figure = new_figure(6.5, 5)
    axes = figure.subplots()
    faces: Any = kept * colors[places] + (1 - kept)
    _draw(axes, topology).set_facecolor(faces)
    axes.set_title(title)
    patches = [Patch(facecolor=tuple(color), label=name) for name, color in zip(names, colors, strict=False)]
    if (places == NOBODY).any():
        patches.append(Patch(facecolor=_NOBODY_COLOR, label="no samples"))
    if patches:
        legend = axes.legend(handles=patches, loc="center left", bbox_to_anchor=(1, 0.5), ncols=-(-len(names) // 25))
        for text in legend.get_texts():
            text.set_parse_math(False)
    save_figure(figure, path)


def _draw(axes: Axes, topology: Topology[Any, Any]) -> PatchCollection:
    """Draw the cells of the neurons, still without colours."""
    from matplotlib.collections import LineCollection, PatchCollection  # noqa: PLC0415  # it is an extra, and slow

    places = _places(topology)
    if not isinstance(topology, Rectangular | Hexagonal):
        first, second = np.nonzero(np.triu(topology.adjacency.numpy()))
        axes.add_collection(
            LineCollection(list(np.stack([places[first], places[second]], axis=1)), color="#888888", zorder=0)
        )
    cells = PatchCollection(_cells(topology, places), edgecolor="#cccccc", linewidth=0.3)
    axes.add_collection(cells)
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.axis("off")
    return cells


def _places(topology: Topology[Any, Any]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return how far right and how far down each neuron is drawn, of shape (neurons, 2)."""
    positions = topology.positions.numpy()
    if not 1 <= positions.shape[1] <= 2:
        raise ValueError(
            f"neurons with {positions.shape[1]} latent coordinates cannot be drawn: a figure has two dimensions"
        )
    if positions.shape[1] == 1:
        return np.column_stack([positions[:, 0], np.zeros(len(positions))])
    return positions[:, ::-1]


def _cells(topology: Topology[Any, Any], places: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[Patch]:
    from matplotlib.patches import Circle, Rectangle, RegularPolygon  # noqa: PLC0415  # it is an extra, and slow

    centres = [(float(right), float(down)) for right, down in places]
    if isinstance(topology, Rectangular):
        return [Rectangle((right - 0.5, down - 0.5), 1, 1) for right, down in centres]
    if isinstance(topology, Hexagonal):
        return [RegularPolygon(centre, 6, radius=1 / math.sqrt(3)) for centre in centres]
    apart = np.sqrt(((places[:, None] - places) ** 2).sum(axis=2))
    smallest = float(apart[apart > 0].min(initial=np.inf))
    return [Circle(centre, radius=0.4 * smallest if math.isfinite(smallest) else 0.4) for centre in centres]


def _check_values(values: Values, topology: Topology[Any, Any]) -> None:
    if values.shape != (topology.neurons,):
        raise ShapeError(f"the values have shape {values.shape}, but ({topology.neurons},), one a neuron, is wanted")
