"""Figures of small networks, as PNG files: what they make of points in the plane, and of pictures.

They need matplotlib (``pip install shapedmat[plot]``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nets.figures import INK, SECOND_INK, new_figure, save_figure
from shapedmat import Matrix

Points: TypeAlias = Matrix[Any, Any, Any]
Picture: TypeAlias = np.ndarray[tuple[int, int], np.dtype[Any]]

_SIDE = 200  # pixels


def decision_regions(
    path: Path,
    predict: Callable[[Points], Points],
    samples: Mapping[str, tuple[Points, Points]],
    boundary: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]] | None = None,
) -> None:
    """Draw the probability of the label 1 over the plane, with samples of both labels.

    Args:
        path: the PNG file to write.
        predict: takes points of shape (2, n), and returns the probabilities of shape (1, n).
        samples: by their name, points of shape (2, n) and their labels, 0 or 1, of shape (1, n).
        boundary: the curve that is to be learned: the second number as a function of the first.
    """
    shown = np.hstack([points.numpy() for points, _ in samples.values()])
    low, high = shown.min(axis=1), shown.max(axis=1)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    first, second = np.meshgrid(*(np.linspace(*ends, _SIDE) for ends in zip(low, high, strict=True)))
    plane = np.stack([first.ravel(), second.ravel()]).astype(shown.dtype)
    probabilities = predict(Matrix.from_array(plane)).numpy().reshape(_SIDE, _SIDE)
    figure = new_figure(6, 5)
    axes = figure.subplots()
    image = axes.imshow(
        probabilities, extent=(low[0], high[0], low[1], high[1]), origin="lower", cmap="PuOr", vmin=0, vmax=1,
        aspect="auto", alpha=0.7,
    )  # fmt: skip
    axes.contour(first, second, probabilities, levels=[0.5], colors="black", linewidths=1)
    if boundary is not None:
        along = np.linspace(low[0], high[0], 10 * _SIDE)
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = boundary(along)
        curve[(curve < low[1]) | (curve > high[1])] = np.nan
        axes.plot(along, curve, color="black", linestyle=":", label="to be learned")
    for (name, (points, labels)), marker in zip(samples.items(), ("o", "*"), strict=False):
        x, y = points.numpy(), labels.numpy()[0] > 0.5
        for label, color in ((True, INK), (False, SECOND_INK)):
            chosen = y == label
            axes.scatter(
                x[0, chosen],
                x[1, chosen],
                color=color,
                edgecolors="white",
                marker=marker,
                s=60,
                label=f"{name}, {label:d}",
            )
    axes.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    figure.colorbar(image, label="probability of the label 1", shrink=0.8)
    save_figure(figure, path)


def pictures(path: Path, images: Mapping[str, Picture]) -> None:
    """Draw grey pictures side by side, with 0 as black and 1 as white.

    Args:
        path: the PNG file to write.
        images: pictures of shape (height, width) by their titles.
    """
    figure = new_figure(4 * len(images), 4.3)
    for place, (title, image) in enumerate(images.items(), start=1):
        axes = figure.add_subplot(1, len(images), place)
        axes.imshow(image, cmap="gray", vmin=0, vmax=1)
        axes.set_title(title)
        axes.axis("off")
    save_figure(figure, path)
