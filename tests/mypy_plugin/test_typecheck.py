"""mypy with the plugin reports what typecheck/plugin says that it reports, and nothing else."""

from __future__ import annotations

import builtins
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from mypy.version import __version__ as mypy_version

from shapedmat import install_import_hook
from typecheck import cases
from typecheck.cases import Case, Report

CASES = [case for path in cases.files("plugin/fail") for case in cases.read_cases(path)]
each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_program = pytest.mark.parametrize("path", cases.files("plugin/pass"), ids=lambda path: path.stem)
each_revealing = pytest.mark.parametrize("path", cases.files("plugin/reveal"), ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def reports() -> dict[Path, list[Report]]:
    """Every file's errors and revealed types by mypy with the plugin."""
    return cases.mypy_reports("plugin/pass", "plugin/fail", "plugin/reveal", settings="plugin/mypy.ini")


@pytest.fixture(scope="session")
def failures() -> dict[str, dict[str, str]]:
    """What every case raises, by file and name."""
    command = [sys.executable, "-m", "typecheck.cases", "plugin/fail"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cases.FOLDER.parent)
    assert run.returncode == 0, run.stderr
    raised: dict[str, dict[str, str]] = json.loads(run.stdout)
    return raised


@each_case
def test_the_bug_is_reported(case: Case, reports: dict[Path, list[Report]]) -> None:
    """Each planted bug is reported once, on its line and in the expected words."""
    assert cases.compare_mypy(case.expectations, cases.reports_in(case.lines, reports[case.path])) == []


@each_case
def test_the_bug_fails_when_run(case: Case, failures: dict[str, dict[str, str]]) -> None:
    """A program with the bug raises the expected exception at the sizes that stand for its names."""
    assert case.failure in failures[case.path.stem][case.name]


@pytest.mark.parametrize("path", cases.files("plugin/fail"), ids=lambda path: path.stem)
def test_nothing_is_reported_beside_the_bugs(path: Path, reports: dict[Path, list[Report]]) -> None:
    """In the files of bugs, the code around the cases is correct."""
    of_cases = {line for case in cases.read_cases(path) for line in case.lines}
    assert [report for report in reports[path] if report.line not in of_cases] == []


@each_program
def test_no_false_alarm(path: Path, reports: dict[Path, list[Report]]) -> None:
    """Nothing is reported about a correct program."""
    found = reports[path]
    if mypy_version < "2" and path.stem == "functions":
        # mypy 1 does not narrow a parameter that was None by giving it an array of another shape.
        found = [report for report in found if "| None" not in report.message]
    assert found == []


@each_program
def test_program_runs_when_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correct program runs with every annotation checked by jaxtyping and beartype."""
    monkeypatch.syspath_prepend(path.parent)
    with install_import_hook(path.stem):
        module = importlib.import_module(path.stem)
    monkeypatch.delitem(sys.modules, path.stem)
    module.main()


@each_revealing
def test_shapes_are_revealed(path: Path, reports: dict[Path, list[Report]]) -> None:
    """The expected types are inferred, and no error is reported."""
    expected = [Report(each.line, each.mypy) for each in cases.read_revealed(path)]
    found = sorted(reports[path], key=lambda report: report.line)
    if not np.__version__.startswith("2.4."):  # for whose stubs the element types are written
        expected, found = list(map(of_any_element, expected)), list(map(of_any_element, found))
    assert expected == found


def of_any_element(report: Report) -> Report:
    """Return a revealed type without element types, which differ with the version of NumPy's stubs."""
    message = re.sub(r"\w+(?=\[ndarray, ')", "Shaped", report.message)
    return Report(
        report.line, re.sub(r"(?:complex)?floating\[\w+\]|float64|complex128", "number", message), report.code
    )


@each_revealing
def test_values_have_the_revealed_shapes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said before a program runs is true when it runs."""
    if path.stem == "numpy_types" and np.__version__ >= "2.5":
        pytest.skip("jaxtyping does not take the NDArray of NumPy 2.5, which is a type alias of Python 3.12")
    values: dict[int, list[Any]] = {}

    def record(value: Any) -> None:
        values.setdefault(sys._getframe(1).f_lineno, []).append(value)

    monkeypatch.setattr(builtins, "reveal_type", record, raising=False)
    module = cases.load(path)
    for function in vars(module).values():
        if isinstance(function, FunctionType) and function.__module__ == module.__name__ and _takes_nothing(function):
            function()
    revealed = cases.read_revealed(path)
    assert [each.line for each in revealed] == sorted(values)
    wrong = [(each, value) for each in revealed for value in values[each.line] if not cases.holds(each.mypy, value)]
    assert wrong == []


def _takes_nothing(function: FunctionType) -> bool:
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    return True
