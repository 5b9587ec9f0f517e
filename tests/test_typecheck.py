"""mypy and pyright, with no plugin, report what typecheck/ says that they report, and nothing else.

Each checker runs once for all tests; the marker keeps these tests in one worker of pytest-xdist.
"""

from __future__ import annotations

import builtins
import doctest
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from shapedmat import install_import_hook
from typecheck import cases
from typecheck.cases import Case, Expectation, Report

Reports: TypeAlias = dict[Path, list[Report]]

CASES = [case for path in cases.files("fail") for case in cases.read_cases(path)]
each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_program = pytest.mark.parametrize("path", cases.files("pass"), ids=lambda path: path.stem)
each_revealing = pytest.mark.parametrize("path", cases.files("reveal"), ids=lambda path: path.stem)


# --- what the checkers report -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mypy_reports() -> Reports:
    """Every file's errors and revealed types by mypy."""
    return cases.mypy_reports("pass", "fail", "reveal")


@pytest.fixture(scope="session")
def pyright_reports() -> Reports:
    """Every file's errors and revealed types by pyright, which needs no network: its wheel holds the JavaScript."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYRIGHT_PYTHON_")}
    command = ["pyright", "--outputjson", "--project", str(cases.FOLDER), "--pythonpath", sys.executable]
    run = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, env=settings)
    if run.returncode not in (0, 1):
        reason = f"pyright does not run; install pyright[nodejs]: {run.stderr[-500:]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    reports: Reports = {path: [] for folder in ("pass", "fail", "reveal") for path in cases.files(folder)}
    for entry in json.loads(run.stdout)["generalDiagnostics"]:
        _, is_revealed, revealed = entry["message"].partition('" is "')
        is_revealed = is_revealed and entry["severity"] == "information"
        if entry["severity"] == "error" or is_revealed:
            message = revealed.rstrip('"') if is_revealed else entry["message"]
            line = entry["range"]["start"]["line"] + 1
            reports[Path(entry["file"]).resolve()].append(
                Report(line, cases.normalized(message), entry.get("rule", ""))
            )
    return reports


@pytest.fixture(scope="session")
def failures() -> dict[str, dict[str, str]]:
    """What every case raises, by file and name, in a process where only what the cases decorate is checked."""
    command = [sys.executable, "-W", "error", "-m", "typecheck.cases"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cases.FOLDER.parent)
    assert run.returncode == 0, run.stderr
    raised: dict[str, dict[str, str]] = json.loads(run.stdout)
    return raised


# --- bugs -------------------------------------------------------------------------------------------------------------


@each_case
def test_mypy_reports_the_bug(case: Case, mypy_reports: Reports) -> None:
    """Mypy reports each planted bug on its line, in the expected words, and nothing else there."""
    assert cases.compare_mypy(case.expectations, cases.reports_in(case.lines, mypy_reports[case.path])) == []


@each_case
def test_pyright_reports_the_bug(case: Case, pyright_reports: Reports) -> None:
    """Pyright reports each planted bug on its line, save where a case says otherwise, and nothing else there."""
    assert cases.compare_pyright(case.expectations, cases.reports_in(case.lines, pyright_reports[case.path])) == []


@each_case
def test_the_bug_fails_when_run(case: Case, failures: dict[str, dict[str, str]]) -> None:
    """A program with the bug raises the expected exception, or is known to raise nothing."""
    assert case.failure in failures[case.path.stem][case.name]


@pytest.mark.parametrize("path", cases.files("fail"), ids=lambda path: path.stem)
def test_nothing_is_reported_beside_the_bugs(path: Path, mypy_reports: Reports, pyright_reports: Reports) -> None:
    """In the files of bugs, the code around the cases is correct to both checkers."""
    of_cases = {line for case in cases.read_cases(path) for line in case.lines}
    reports = mypy_reports[path] + pyright_reports[path]
    assert [report for report in reports if report.line not in of_cases] == []


# --- correct programs -------------------------------------------------------------------------------------------------


@each_program
def test_mypy_has_no_false_alarm(path: Path, mypy_reports: Reports) -> None:
    """Mypy reports nothing about a correct program."""
    assert mypy_reports[path] == []


@each_program
def test_pyright_has_no_false_alarm(path: Path, pyright_reports: Reports) -> None:
    """Pyright reports nothing about a correct program."""
    assert pyright_reports[path] == []


@each_program
def test_program_runs(path: Path) -> None:
    """A program that passes the checkers runs."""
    cases.load(path).main()


@each_program
def test_program_runs_when_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that passes the checkers runs with every annotation checked by jaxtyping and beartype."""
    monkeypatch.syspath_prepend(path.parent)
    with install_import_hook(path.stem):
        module = importlib.import_module(path.stem)
    monkeypatch.delitem(sys.modules, path.stem)
    module.main()


# --- revealed types ---------------------------------------------------------------------------------------------------


@each_revealing
def test_mypy_reveals(path: Path, mypy_reports: Reports) -> None:
    """Mypy infers the expected types, and reports no error."""
    expected = [Report(each.line, each.mypy) for each in cases.read_revealed(path)]
    assert expected == sorted(mypy_reports[path], key=lambda report: report.line)


@each_revealing
def test_pyright_reveals(path: Path, pyright_reports: Reports) -> None:
    """Pyright infers the expected types, and reports no error."""
    expected = [Report(each.line, each.pyright) for each in cases.read_revealed(path)]
    assert expected == sorted(pyright_reports[path], key=lambda report: report.line)


@each_revealing
def test_values_have_the_revealed_types(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said before a program runs is true when it runs."""
    values: dict[int, Any] = {}

    def record(value: Any) -> None:
        values[sys._getframe(1).f_lineno] = value

    monkeypatch.setattr(builtins, "reveal_type", record, raising=False)
    cases.load(path)
    revealed = cases.read_revealed(path)
    assert [each.line for each in revealed] == sorted(values)
    assert [each for each in revealed if not cases.holds(each.mypy, values[each.line])] == []


# --- the comparison itself --------------------------------------------------------------------------------------------

EXPECTED = Expectation(3, "Unsupported operand types for @", "operator")
REPORTED = Report(
    3, 'Unsupported operand types for @ ("Matrix[float32, 5, 2]" and "Matrix[float32, 5, 2]")', "operator"
)
BY_PYRIGHT = Report(3, 'Operator "@" not supported', "reportOperatorIssue")


def test_comparison_accepts_the_expected_report() -> None:
    """A report on the line, with the code, that contains the message, is what was expected of mypy."""
    assert cases.compare_mypy([EXPECTED], [REPORTED]) == []


@pytest.mark.parametrize(
    "report",
    [
        Report(4, REPORTED.message, "operator"),
        Report(3, REPORTED.message, "misc"),
        Report(3, "Unsupported operand types for +", "operator"),
    ],
    ids=["line", "code", "message"],
)
def test_comparison_detects_another_report(report: Report) -> None:
    """A report on another line, with another code or in other words is missing and superfluous at once."""
    assert cases.compare_mypy([EXPECTED], [report]) == [f"not reported: {EXPECTED}", f"not expected: {report}"]


def test_comparison_detects_silence() -> None:
    """A bug that mypy does not report is detected."""
    assert cases.compare_mypy([EXPECTED], []) == [f"not reported: {EXPECTED}"]


def test_comparison_detects_a_second_report() -> None:
    """A second report on the line of a bug is detected."""
    assert cases.compare_mypy([EXPECTED], [REPORTED, REPORTED]) == [f"not expected: {REPORTED}"]


def test_comparison_accepts_the_rule_of_pyright() -> None:
    """Pyright reports the same bug under the rule that corresponds to mypy's code."""
    assert cases.compare_pyright([EXPECTED], [BY_PYRIGHT]) == []


@pytest.mark.parametrize(
    ("report", "superfluous"),
    [
        (Report(4, BY_PYRIGHT.message, "reportOperatorIssue"), True),
        (Report(3, BY_PYRIGHT.message, "reportUndefinedVariable"), False),
    ],
    ids=["line", "rule"],
)
def test_comparison_detects_another_report_of_pyright(report: Report, superfluous: bool) -> None:
    """A report on another line, or for another reason, is not the expected one."""
    expected = [f"not reported: {EXPECTED}", *([f"not expected: {report}"] if superfluous else [])]
    assert expected == cases.compare_pyright([EXPECTED], [report])


def test_comparison_detects_a_report_that_pyright_was_not_to_make() -> None:
    """A case that says `# P: no` fails when pyright learns to report it."""
    unseen = Expectation(3, EXPECTED.message, "operator", pyright=False)
    assert cases.compare_pyright([unseen], [BY_PYRIGHT]) == [f"not expected: {BY_PYRIGHT}"]


def test_case_without_expectation_is_refused(tmp_path: Path) -> None:
    """A case that does not say how it fails when run is a mistake in the case."""
    path = tmp_path / "products.py"
    path.write_text("def bug():\n    # E: Unsupported operand types for @ [operator]\n    a @ a\n")
    with pytest.raises(ValueError, match=r"products.py: bug needs both # E: and # R:"):
        cases.read_cases(path)


def test_expectation_outside_of_a_case_is_refused(tmp_path: Path) -> None:
    """An expectation that no case would look at is a mistake."""
    path = tmp_path / "products.py"
    path.write_text("# E: Unsupported operand types for @ [operator]\na @ a\n")
    with pytest.raises(ValueError, match="is expected outside of a function"):
        cases.read_cases(path)


def test_reveal_type_without_type_is_refused(tmp_path: Path) -> None:
    """A call of reveal_type that says no type would not be looked at."""
    path = tmp_path / "products.py"
    path.write_text("reveal_type(a)\n")
    with pytest.raises(ValueError, match=r"products.py, line 1: '# T: type' is wanted"):
        cases.read_revealed(path)


def test_holds_detects_a_false_type() -> None:
    """A size that is another one at run time is detected."""
    from shapedmat import Matrix

    assert not cases.holds("Matrix[float32, 5, 3]", Matrix.zeros(5, 2))


def test_readme_counts_the_cases() -> None:
    """The table of typecheck/README.md has the numbers of bugs, and of those that each checker and a run report."""
    rows = []
    for path in cases.files("fail"):
        here = [case for case in CASES if case.path == path]
        by_pyright = sum(any(each.pyright for each in case.expectations) for case in here)
        at_run_time = sum(case.failure != "nothing" for case in here)
        topic = f"[{path.stem.replace('_', ' ')}](fail/{path.name})"
        rows.append(f"| {topic} | {len(here)} | {len(here)} | {by_pyright} | {at_run_time} |")
    readme = (cases.FOLDER / "README.md").read_text(encoding="utf-8")
    assert rows == [line for line in readme.splitlines() if "](fail/" in line]


def test_examples_of_the_notation() -> None:
    """The doctests of typecheck/cases.py, which lies outside of the folders that pytest searches, hold."""
    assert doctest.testmod(cases).failed == 0
