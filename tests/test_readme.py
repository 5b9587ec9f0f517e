"""The README: its blocks run, its excerpt is what mypy prints, and its commands are the ones that are run."""

import doctest
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from shapedmat.mypy_plugin.settings import Settings
from tests.test_projects import BUGS
from typecheck import cases

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


PLUGIN_PAGE = (ROOT / "docs" / "mypy-plugin.md").read_text(encoding="utf-8")


def blocks(language: str, page: str = README) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def test_tutorial_runs() -> None:
    """Every example of the tutorial prints what the README says."""
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 20
    assert result.failed == 0


def test_excerpt_is_what_mypy_prints(tmp_path: Path) -> None:
    """The excerpt on the first screen is the output of mypy for the program above it."""
    program = blocks("python")[0]
    command, *expected = blocks("console")[0].splitlines()
    name = program.splitlines()[0].removeprefix("# ")
    assert f"$ mypy --strict {name}" == command
    (tmp_path / name).write_text(program, encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), name],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected == checked.stdout.splitlines()


def test_continuous_integration_runs_the_test_command() -> None:
    """The script that continuous integration runs holds the README's test command, word for word."""
    train, test = (block for block in blocks("sh") if block.startswith("python3 -m venv"))
    assert train.strip().endswith("-m nets.mnist")
    assert test.strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "language"), [(README, "toml"), (PLUGIN_PAGE, "toml"), (PLUGIN_PAGE, "ini")])
def test_plugin_reports_what_the_pages_show(tmp_path: Path, page: str, language: str) -> None:
    """The program that shows the plugin has the reports that stand below it, with the one line of configuration."""
    program = next(block for block in blocks("python", page) if block.startswith("# model.py"))
    command, *expected = next(block for block in blocks("console", page) if "model.py:" in block).splitlines()
    assert command == "$ mypy model.py"
    (tmp_path / "model.py").write_text(program, encoding="utf-8")
    configuration = {"toml": "pyproject.toml", "ini": "mypy.ini"}[language]
    (tmp_path / configuration).write_text(blocks(language, page)[0], encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "model.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert expected == checked.stdout.splitlines()


def test_plugin_page_lists_the_default_settings() -> None:
    """The settings on the plugin's page are all that there are, with their defaults."""
    listed = tomllib.loads(blocks("toml", PLUGIN_PAGE)[1])["tool"]["shapedmat"]
    assert Settings().as_json() == listed


def test_readme_counts_what_is_proved() -> None:
    """The README has the numbers of planted bugs, of revealed shapes and of bugs in projects."""
    planted = sum(len(cases.read_cases(path)) for path in cases.files("plugin/fail"))
    revealed = sum(len(cases.read_revealed(path)) for path in cases.files("plugin/reveal"))
    assert f"proves it: {planted} planted bugs, each reported once" in README
    assert f"{revealed:,} revealed shapes" in " ".join(README.split())
    assert f"{len(BUGS)} bugs found" in README
