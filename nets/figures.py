"""What all figures share: their colours, how they are made and saved, and losses as curves; they need matplotlib.

It is an extra (``pip install shapedmat[plot]``) and takes long to import, so that only those who draw import it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from nets.progress import say
from shapedmat.atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#1b4965"
SECOND_INK: Final = "#ca6702"
_DOTS_PER_INCH: Final = 150
_COLORS: Final = (INK, SECOND_INK, "tab:green", "tab:red", "tab:purple", "tab:brown", "tab:pink", "tab:gray")
_MARKED: Final = 100
"""A curve of so many points, or fewer, has a mark at each."""


def can_draw(console: Console) -> bool:
    """Tell whether matplotlib is there to draw figures; if not, the console says that there are none."""
    if find_spec("matplotlib") is None:
        say(console, "no figures: they need matplotlib, install shapedmat[plot]")
        return False
    return True


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, path: Path) -> None:
    """Save a figure as a PNG file, which replaces an older one whole.

    Raises:
        OSError: the file cannot be written.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    write_atomically(path, buffer.getvalue())


def loss_curves(
    path: Path,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    xlabel: str,
    ylabel: str = "loss",
) -> None:
    """Draw losses, on a logarithmic axis, against what was trained until then.

    Args:
        path: the PNG file to write.
        curves: by their names, how much had been trained, and the loss then.
        xlabel: what is counted, such as epochs.
        ylabel: the loss.

    Raises:
        OSError: the file cannot be written.
    """
    save_figure(loss_figure(curves, xlabel=xlabel, ylabel=ylabel)[0], path)


def loss_figure(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, xlabel: str, ylabel: str = "loss"
) -> tuple[Figure, Axes]:
    """Return the figure of `loss_curves`, and its axes, for those who want another axis or line than others do."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # as all of matplotlib

    figure = new_figure(6, 4)
    axes = figure.subplots()
    axes.set_prop_cycle(color=_COLORS)
    for name, (x, values) in curves.items():
        axes.plot(x, values, label=name, linewidth=1, marker="o" if len(x) <= _MARKED else "", markersize=3)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(which="both", alpha=0.25)
    axes.legend()
    return figure, axes
