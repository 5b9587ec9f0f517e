"""What all figures share: their colours, and how they are made and saved; they need matplotlib.

It is an extra (``pip install shapedmat[plot]``) and takes long to import, so that only those who draw import it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shapedmat.atomic import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK: Final = "#1b4965"
SECOND_INK: Final = "#ca6702"
_DOTS_PER_INCH: Final = 150


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
