"""What is compiled once is compiled anew when it has to be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

INNER = """
from shapedmat.kernels.compiling import compiled

@compiled
def number():
    return {number}
"""
OUTER = """
import inner
from shapedmat.kernels.compiling import compiled

@compiled
def twice():
    return 2 * inner.number()

print(twice(), sum(twice.stats.cache_hits.values()))
"""


def run(folder: Path) -> str:
    """Return what the program prints: its result, and how many functions came from the disk."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "outer.py"], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_change_of_an_inlined_function_is_seen(tmp_path: Path) -> None:
    """Machine code is kept for later processes, but not when a function that was inlined into it has changed."""
    (tmp_path / "inner.py").write_text(INNER.format(number=3), encoding="utf-8")
    (tmp_path / "outer.py").write_text(OUTER, encoding="utf-8")
    assert "6 0" == run(tmp_path)
    assert "6 1" == run(tmp_path)
    (tmp_path / "inner.py").write_text(INNER.format(number=4), encoding="utf-8")
    assert "8 0" == run(tmp_path)
