"""The command that tells how many arrays have a known shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapedmat.mypy_plugin.__main__ import main

PROGRAM = """\
from typing import Any

import numpy as np
from jaxtyping import Float64


def known(x: Float64[np.ndarray, "n 3"]) -> None:
    x + 1


def partly(x: Float64[np.ndarray, "n 3"], k: int) -> None:
    x[:k]


def unknown(x: np.ndarray[Any, Any]) -> None:
    x + 1
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with three functions: one whose arrays are known, one where a size is not, one where nothing is."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def test_arrays_are_counted(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each array expression counts once, by what is known of its shape, and the last entry is the sum."""
    assert 0 == main(["coverage", "--json", str(program)])
    own, total = json.loads(capsys.readouterr().out)
    assert {"known": 3, "partly": 1, "unknown": 2} == {kind: own[kind] for kind in ("known", "partly", "unknown")}
    assert 0.5 == own["share"] == total["share"]


def test_table_lists_the_lines(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table names the file, the percentage, and on demand the lines where nothing is known."""
    assert 0 == main(["coverage", "--lines", str(program)])
    row = next(line for line in capsys.readouterr().out.splitlines() if "program.py" in line)
    assert ["6", "3", "1", "2", "50.0", "16"] == [cell.strip() for cell in row.split("│")[2:-1]]


@pytest.mark.parametrize(("percent", "status"), [("50", 0), ("50.1", 1)])
def test_too_little_fails(program: Path, percent: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Less than the wanted percentage is an exit status of 1."""
    assert status == main(["coverage", "--fail-under", percent, str(program)])
    capsys.readouterr()


def test_unreadable_file_is_named(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What mypy cannot read is an exit status of 2, with mypy's message."""
    program.write_text("def f(:\n", encoding="utf-8")
    assert 2 == main(["coverage", str(program)])
    assert "program.py:1: error: " in capsys.readouterr().err
