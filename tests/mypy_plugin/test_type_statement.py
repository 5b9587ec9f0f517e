"""Aliases by the ``type`` statement of Python 3.12, also from another module, in a cold and in a warm cache."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 is the first with a type statement")

ALIASES = """\
import numpy as np
from jaxtyping import Float64

type Points = Float64[np.ndarray, "n 3"]
type Pairs = tuple[Points, Points]
"""
MAIN = """\
import numpy as np
from jaxtyping import Float64

from aliases import Pairs, Points

type Row = Float64[np.ndarray, "m"]


def lengths(points: Points) -> Float64[np.ndarray, "n"]:
    return np.sqrt((points * points).sum(axis=1))


def use(points: Float64[np.ndarray, "k 3"], row: Row, pixels: Float64[np.ndarray, "k 2"]) -> Pairs:
    reveal_type(lengths(points))
    reveal_type(np.outer(row, row))
    lengths(pixels)
    return points, points
"""
REPORTS = [
    "main.py:14: note: Revealed type is \"Float64[ndarray, 'k']\"",
    "main.py:15: note: Revealed type is \"Float64[ndarray, 'm m']\"",
    (
        'main.py:16: error: argument "points" of "lengths" has shape (k, 2), but (n, 3) is wanted: '
        "sizes 2 and 3 on axis 1 differ  [shape]"
    ),
    "Found 1 error in 1 file (checked 2 source files)",
]


def test_a_type_statement_is_an_alias(tmp_path: Path) -> None:
    """It means what an alias by assignment means, however often mypy is run."""
    (tmp_path / "aliases.py").write_text(ALIASES)
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = shapedmat.mypy_plugin\n")
    for _ in range(2):
        command = [sys.executable, "-m", "mypy", "--cache-dir", "cache", "aliases.py", "main.py"]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert REPORTS == run.stdout.splitlines()
        (tmp_path / "main.py").write_text(MAIN + "\n")
