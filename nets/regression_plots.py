"""Figures of a regression, as PNG files; they need matplotlib (``pip install shapedmat[plot]``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nets.figures import INK, SECOND_INK, loss_figure, new_figure, save_figure

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_GRID = 200
"""The points along each axis of a plane."""


def losses(path: Path, epochs: Sequence[int], values: Sequence[float]) -> None:
    """Draw the loss after some epochs, from none on.

    Args:
        path: the PNG file to write.
        epochs: how many there had been.
        values: the loss then.
    """
    figure, axes = loss_figure({"training": (epochs, values)}, xlabel="epochs")
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=0)
    save_figure(figure, path)


def coefficients(path: Path, names: Sequence[str], values: Sequence[float]) -> None:
    """Draw the coefficient of each feature as a bar.

    Args:
        path: the PNG file to write.
        names: of the features.
        values: the coefficients, of standardized features if they are to be compared.
    """
    figure = new_figure(6, 1 + 0.28 * len(names))
    axes = figure.subplots()
    axes.barh(range(len(names)), values, color=[INK if value >= 0 else SECOND_INK for value in values])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="coefficient of the standardized feature", yticks=range(len(names)), yticklabels=names)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.25)
    save_figure(figure, path)


def fit_and_residuals(path: Path, truth: Array, predictions: Array) -> None:
    """Draw predictions against true values, and residuals y − p against predictions.

    Args:
        path: the PNG file to write.
        truth: the true values y, as many as there are samples.
        predictions: what was predicted, p.
    """
    y, p = truth.ravel(), predictions.ravel()
    figure = new_figure(9, 4.2)
    fit, residuals = figure.subplots(1, 2)
    ends = [float(min(y.min(), p.min())), float(max(y.max(), p.max()))]
    fit.plot(ends, ends, color=SECOND_INK, linewidth=1)
    fit.scatter(y, p, s=10, color=INK, alpha=0.6)
    fit.set(xlabel="true", ylabel="predicted")
    residuals.axhline(0, color=SECOND_INK, linewidth=1)
    residuals.scatter(p, y - p, s=10, color=INK, alpha=0.6)
    residuals.set(xlabel="predicted", ylabel="true − predicted")
    for axes in (fit, residuals):
        axes.grid(alpha=0.25)
    save_figure(figure, path)


def roc_curve(path: Path, labels: Array, probabilities: Array) -> None:
    """Draw how many of label 1 are found against how many of label 0 are taken for it, and both labels' probabilities.

    The area under the curve is the probability that a sample of label 1 gets the larger one of two samples'
    probabilities (Fawcett, "An introduction to ROC analysis", 2006).

    Args:
        path: the PNG file to write.
        labels: 0 or 1, as many as there are samples, and both of them.
        probabilities: of the label 1.
    """
    from sklearn import metrics  # noqa: PLC0415  # it takes seconds to import

    y, p = labels.ravel(), probabilities.ravel()
    false_positives, true_positives, _ = metrics.roc_curve(y, p)
    figure = new_figure(9, 4.2)
    curve, shares = figure.subplots(1, 2)
    curve.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--")
    curve.plot(false_positives, true_positives, color=INK)
    curve.set(
        xlabel="share of label 0 that is taken for 1",
        ylabel="share of label 1 that is found",
        title=f"area {metrics.auc(false_positives, true_positives):.4f}",
    )
    both = [p[y == label] for label in (0, 1)]
    shares.hist(both, bins=20, range=(0, 1), color=[SECOND_INK, INK], label=["label 0", "label 1"])
    shares.set(xlabel="probability of label 1", ylabel="samples")
    shares.legend()
    for axes in (curve, shares):
        axes.grid(alpha=0.25)
    save_figure(figure, path)


def decision_regions(
    path: Path, probability: Callable[[Array], Array], x: Array, labels: Array, names: Sequence[str] = ("1", "2")
) -> None:
    """Draw the probability of label 1 over the plane of two features, with samples and the line of one half.

    Args:
        path: the PNG file to write.
        probability: takes points, of shape (points, 2), to the probability of label 1 at each.
        x: the samples, of shape (samples, 2).
        labels: 0 or 1, as many as there are samples.
        names: of the two features.
    """
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1)
    first, second = (np.linspace(a, b, _GRID) for a, b in zip(low - margin, high + margin, strict=True))
    plane = np.stack(np.meshgrid(first, second), axis=-1)
    values = probability(plane.reshape(-1, 2)).reshape(_GRID, _GRID)
    figure = new_figure(6, 5)
    axes = figure.subplots()
    ends = (first[0], first[-1], second[0], second[-1])
    image = axes.imshow(values, cmap="PuOr", vmin=0, vmax=1, origin="lower", extent=ends, aspect="auto", alpha=0.7)
    axes.contour(first, second, values, levels=[0.5], colors="black", linewidths=1)
    for label, color in ((0, SECOND_INK), (1, INK)):
        chosen = labels.ravel() == label
        points = x[chosen]
        axes.scatter(
            points[:, 0], points[:, 1], s=12, color=color, edgecolor="white", linewidth=0.4, label=f"label {label}"
        )
    axes.set(xlabel=names[0], ylabel=names[1])
    axes.legend()
    figure.colorbar(image, label="probability of label 1", shrink=0.8)
    save_figure(figure, path)
