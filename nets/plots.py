"""Figures of a trained network, as PNG files; they need matplotlib (``pip install shapedmat[plot]``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nets.figures import new_figure, save_figure


def confusion_matrix(path: Path, counts: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    """Draw how often images of one class (rows) were taken for another (columns).

    Args:
        path: the PNG file to write.
        counts: of shape (classes, classes).
    """
    figure = new_figure(6, 5.5)
    axes = figure.subplots()
    errors = counts * (1 - np.eye(len(counts), dtype=counts.dtype))
    image = axes.imshow(errors, cmap="Blues")
    for row, col in np.ndindex(*counts.shape):
        dark = errors[row, col] > errors.max() / 2
        color = "#888888" if row == col else "white" if dark else "black"
        axes.text(col, row, str(counts[row, col]), ha="center", va="center", fontsize=8, color=color)
    axes.set(xlabel="predicted", ylabel="true", xticks=range(len(counts)), yticks=range(len(counts)))
    figure.colorbar(image, label="errors", shrink=0.8)
    save_figure(figure, path)


def misclassified(
    path: Path,
    images: np.ndarray[Any, np.dtype[np.uint8]],
    labels: np.ndarray[Any, Any],
    predictions: np.ndarray[Any, Any],
) -> None:
    """Draw up to 40 of the images that were taken for another class, with what they are and what they were taken for.

    Args:
        path: the PNG file to write.
        images: of shape (n, 28, 28).
        labels: the n true classes.
        predictions: the n predicted classes.
    """
    wrong = np.flatnonzero(labels != predictions)[:40]
    figure = new_figure(8, 5.5)
    for place, index in enumerate(wrong):
        axes = figure.add_subplot(5, 8, place + 1)
        axes.imshow(images[index], cmap="gray_r")
        axes.set_title(f"{labels[index]} taken for {predictions[index]}", fontsize=6, pad=2)
        axes.axis("off")
    if not len(wrong):
        figure.text(0.5, 0.5, "no image was misclassified", ha="center")
    save_figure(figure, path)


def first_layer(path: Path, weights: np.ndarray[tuple[int, int], Any]) -> None:
    """Draw the weights of each neuron of the first layer as an image: blue where ink excites it, red where it inhibits.

    Args:
        path: the PNG file to write.
        weights: of shape (neurons, 784).
    """
    columns = 16
    rows = -(-len(weights) // columns)
    sheet = np.full((rows * 29, columns * 29), np.nan)
    for place, neuron in enumerate(weights):
        row, column = divmod(place, columns)
        sheet[row * 29 : row * 29 + 28, column * 29 : column * 29 + 28] = neuron.reshape(28, 28)
    limit = float(np.percentile(np.abs(weights), 99.5)) or 1.0
    figure = new_figure(8, 8 * rows / columns + 0.3)
    axes = figure.subplots()
    image = axes.imshow(sheet, cmap="RdBu", vmin=-limit, vmax=limit)
    axes.axis("off")
    figure.colorbar(image, label="weight", shrink=0.8)
    save_figure(figure, path)
