"""The command that tells how many arrays have a known shape."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from shapedmat.mypy_plugin.__main__ import main
from shapedmat.mypy_plugin.coverage import FileCoverage, Knowledge, measure

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


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> list[FileCoverage]:
    """What mypy knows of a program with three functions: one for each degree of knowledge."""
    path = tmp_path_factory.mktemp("coverage") / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return measure([str(path)])


def test_arrays_are_counted(measured: list[FileCoverage]) -> None:
    """Each array expression counts once, by what is known of its shape."""
    (own,) = measured
    assert {"known": 3, "partly": 1, "unknown": 2} == dict(own.counts)
    assert (6, 0.5, {16}) == (own.total, own.share, own.unknown_lines)


def test_nothing_to_know_is_all_known() -> None:
    """A file without arrays lacks nothing."""
    assert 1.0 == FileCoverage("empty.py").share


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """The command on two files whose arrays are counted already."""
    many: Counter[Knowledge] = Counter({"known": 3, "partly": 1, "unknown": 2})
    files = [FileCoverage("b.py", many, {16, 4}), FileCoverage("a.py", Counter({"known": 1}))]
    monkeypatch.setattr("shapedmat.mypy_plugin.__main__.measure", lambda _: list(files))

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["coverage", *arguments, "a.py", "b.py"])
        return status, capsys.readouterr().out

    return run


def test_table_lists_the_lines(run: Callable[..., tuple[int, str]]) -> None:
    """The table has a row for each file, in order, and their sum; on demand the lines where nothing is known."""
    status, out = run("--lines")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if line.startswith("│")]
    assert 0 == status
    assert [
        ["a.py", "1", "1", "0", "0", "100.0", ""],
        ["b.py", "6", "3", "1", "2", "50.0", "4 16"],
        ["total", "7", "4", "1", "2", "57.1", ""],
    ] == rows


def test_json_has_the_same_numbers(run: Callable[..., tuple[int, str]]) -> None:
    """As JSON, each file and their sum are objects."""
    status, out = run("--json")
    assert 0 == status
    assert {"path": "b.py", "known": 3, "partly": 1, "unknown": 2, "share": 0.5} == json.loads(out)[1]
    assert ["a.py", "b.py", "total"] == [each["path"] for each in json.loads(out)]


@pytest.mark.parametrize(("percent", "wanted"), [("57", 0), ("58", 1)])
def test_too_little_fails(run: Callable[..., tuple[int, str]], percent: str, wanted: int) -> None:
    """Less than the wanted percentage of all arrays is an exit status of 1."""
    assert wanted == run("--fail-under", percent)[0]


def test_unreadable_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What mypy cannot read is an exit status of 2, with mypy's message."""
    path = tmp_path / "program.py"
    path.write_text("def f(:\n", encoding="utf-8")
    assert 2 == main(["coverage", str(path)])
    assert "program.py:1: error: " in capsys.readouterr().err
