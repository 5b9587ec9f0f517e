"""Programs with matrices that were written for mypy alone mean the same with the plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from typecheck import cases
from typecheck.cases import Report

each_file_of_bugs = pytest.mark.parametrize("path", cases.files("fail"), ids=lambda path: path.stem)
each_program = pytest.mark.parametrize("path", cases.files("pass"), ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def reports() -> dict[Path, list[Report]]:
    """Every file's errors by mypy with the plugin."""
    return cases.mypy_reports("fail", "pass", settings="plugin/mypy.ini")


@each_file_of_bugs
def test_each_bug_is_reported_once(path: Path, reports: dict[Path, list[Report]]) -> None:
    """What mypy alone reports, it reports with the plugin too, by one message a line, and nothing else."""
    bugs = {expected.line for case in cases.read_cases(path) for expected in case.expectations}
    assert sorted(bugs) == sorted(report.line for report in reports[path])


@each_program
def test_no_false_alarm(path: Path, reports: dict[Path, list[Report]]) -> None:
    """What mypy alone lets pass, it lets pass with the plugin too."""
    assert reports[path] == []


def test_shapes_that_do_not_fit_are_reported_in_the_words_of_the_rules() -> None:
    """Where mypy alone prints two types, the plugin says what ShapeError says when the program runs."""
    path = cases.FOLDER / "fail" / "products.py"
    said = {report.line: report.message for report in cases.mypy_reports("fail", settings="plugin/mypy.ini")[path]}
    for case in cases.read_cases(path):
        if "known" not in case.name:
            assert case.failure == f"ShapeError: {said[case.expectations[0].line]}"


@pytest.mark.slow
def test_the_packages_themselves_are_clean(tmp_path: Path) -> None:
    """The plugin has nothing to say about shapedmat and nets, which mypy alone checks without an error."""
    settings = tmp_path / "pyproject.toml"
    own = (cases.FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    settings.write_text(
        own.replace("[tool.mypy]\n", '[tool.mypy]\nplugins = ["shapedmat.mypy_plugin"]\n', 1), encoding="utf-8"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path / "cache")]
    run = subprocess.run(
        [*command, "shapedmat", "nets"], capture_output=True, text=True, check=False, cwd=cases.FOLDER.parent
    )
    assert (0, "") == (run.returncode, run.stderr), run.stdout
