"""mypy with the plugin reports nothing about the projects under typecheck/projects, and every bug that is planted."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy.version import __version__ as mypy_version

from tests.test_projects import BUGS, PROJECTS, Bug
from typecheck import cases
from typecheck.cases import Report

each_project = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.stem)
each_bug = pytest.mark.parametrize("bug", BUGS, ids=str)


def copy_name(bug: Bug) -> str:
    """Return the name of the copy of a project that has a bug."""
    return f"{bug.project.stem}_{BUGS.index(bug)}"


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Report]]:
    """Every project's errors, and those of every copy with a bug, by mypy in one run."""
    folder = tmp_path_factory.mktemp("projects")
    for project in PROJECTS:
        (folder / project.name).write_text(project.read_text(encoding="utf-8"), encoding="utf-8")
    for bug in BUGS:
        (folder / f"{copy_name(bug)}.py").write_text(bug.source, encoding="utf-8")
    found = cases.mypy_reports_of(sorted(folder.glob("*.py")), settings="plugin/mypy.ini")
    return {path.stem: each for path, each in found.items()}


@each_project
def test_project_has_no_report(project: Path, reports: dict[str, list[Report]]) -> None:
    """A correct project is silent."""
    assert [] == reports[project.stem]


@each_bug
def test_the_bug_is_reported(bug: Bug, reports: dict[str, list[Report]]) -> None:
    """A planted bug is reported on the line that is wrong."""
    if mypy_version < "2" and str(bug) == "windows-scale of each time":
        pytest.skip("to mypy 1 a parameter that is given an array of another rank has an unknown shape from there on")
    found = reports[copy_name(bug)]
    assert [report for report in found if report.line in bug.lines], found
