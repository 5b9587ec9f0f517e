"""The projects under typecheck/projects run with their annotations checked, and with a planted bug they do not."""

from __future__ import annotations

import importlib
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from shapedmat import install_import_hook

FOLDER = Path(__file__).parents[1] / "typecheck" / "projects"
PROJECTS = sorted(FOLDER.glob("*.py"))


@dataclass(frozen=True)
class Bug:
    """A change of a project's text that makes a shape wrong."""

    project: Path
    name: str
    old: str
    """What is replaced; it stands in the project once."""
    new: str
    raises: str
    """The name of the exception when the changed project runs."""
    at: str = ""
    """What stands on the line that is wrong, where that is another line than the changed one."""

    def __str__(self) -> str:
        return f"{self.project.stem}-{self.name}"

    @property
    def source(self) -> str:
        """The text of the changed project."""
        return self.project.read_text(encoding="utf-8").replace(self.old, self.new)

    @property
    def lines(self) -> set[int]:
        """The numbers of the lines on which the bug may be reported: those that are changed, and `at`."""
        start = self.project.read_text(encoding="utf-8").index(self.old)
        spans = [(start, start + len(self.new))]
        if self.at:
            start = self.source.index(self.at)
            spans.append((start, start + len(self.at)))
        return {
            line
            for start, end in spans
            for line in range(self.source.count("\n", 0, start) + 1, self.source.count("\n", 0, end) + 2)
        }


def bugs_of(project: Path) -> list[Bug]:
    """Return the bugs to plant in a project, which stand in the TOML file beside it."""
    with project.with_suffix(".toml").open("rb") as file:
        return [Bug(project, **each) for each in tomllib.load(file)["bug"]]


BUGS = [bug for project in PROJECTS for bug in bugs_of(project)]
each_project = pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.stem)
each_bug = pytest.mark.parametrize("bug", BUGS, ids=str)


def load_checked(name: str) -> ModuleType:
    """Import a module with every annotation checked by jaxtyping and beartype.

    Its name must be new: by it beartype remembers the classes that annotations name.
    """
    with install_import_hook(name):
        return importlib.import_module(name)


@each_project
def test_project_runs_when_checked(project: Path) -> None:
    """Each project runs through with its annotations checked."""
    load_checked(f"typecheck.projects.{project.stem}").main()


@each_bug
def test_the_bug_fails_when_run(bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bug planted, a project raises the stated exception, when it is imported or when it runs."""
    name = tmp_path.name  # a new one for each test
    (tmp_path / f"{name}.py").write_text(bug.source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.raises(Exception) as caught:  # noqa: PT011, a bug's own exception
        load_checked(name).main()
    assert bug.raises == type(caught.value).__name__


@each_bug
def test_the_bug_has_one_place(bug: Bug) -> None:
    """What a bug replaces stands in its project once, and so does the beginning of its wrong line."""
    assert bug.project.read_text(encoding="utf-8").count(bug.old) == 1
    if bug.at:
        assert bug.source.count(bug.at) == 1


@each_project
def test_bugs_have_names_of_their_own(project: Path) -> None:
    """No two bugs of a project have one name."""
    names = [bug.name for bug in BUGS if bug.project == project]
    assert sorted(set(names)) == sorted(names)
