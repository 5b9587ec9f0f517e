"""The plugin with mypy's ways to save time: the cache, the daemon, parallel workers; and what must undo them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy.version import __version__ as mypy_version

CONFIGURATION = """\
[tool.mypy]
plugins = ["shapedmat.mypy_plugin"]
strict = true
"""
ALIASES = """\
import numpy as np
from jaxtyping import Float64

Points = Float64[np.ndarray, "n 3"]
"""
GEOMETRY = """\
import numpy as np
from dataclasses import dataclass
from jaxtyping import Float64

from aliases import Points


def norms(points: Points) -> Float64[np.ndarray, "n"]:
    return np.sqrt((points * points).sum(axis=1))


@dataclass
class Cloud:
    points: Points
    weights: Float64[np.ndarray, "n"]
"""
MAIN = """\
import numpy as np
from jaxtyping import Float64

from geometry import Cloud, norms


def use(points: Float64[np.ndarray, "k 3"], pixels: Float64[np.ndarray, "k 2"]) -> None:
    reveal_type(norms(points))
    norms(pixels)
    Cloud(points, norms(points[1:]))
"""
REPORTS = [
    "main.py:8: note: Revealed type is \"Float64[ndarray, 'k']\"",
    (
        'main.py:9: error: argument "points" of "norms" has shape (k, 2), but (n, 3) is wanted: '
        "sizes 2 and 3 on axis 1 differ  [shape]"
    ),
    (
        'main.py:10: error: argument "weights" of "Cloud": '
        'dimension "n" is k from argument "points" but k - 1 here  [shape]'
    ),
]


DISTINCT = """\
def add(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "m"]) -> None:
    x + y
"""


class Project:
    """A project on disk, with mypy's cache beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written = time.time() - 1000
        for name, text in {
            "pyproject.toml": CONFIGURATION,
            "aliases.py": ALIASES,
            "geometry.py": GEOMETRY,
            "main.py": MAIN,
        }.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a file, which is some seconds younger than the last: the daemon looks at whole seconds."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        self._written += 5
        os.utime(path, (self._written, self._written))

    def run(self, *command: str) -> list[str]:
        """Return the lines that a tool of mypy's prints."""
        run = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=self.folder
        )
        assert run.returncode in (0, 1), run.stdout + run.stderr
        lines = [line for line in run.stdout.splitlines() if line.partition(":")[0].endswith(".py")]
        return sorted(lines, key=lambda line: (line.partition(":")[0], int(line.split(":")[1])))

    def check(self, *arguments: str) -> list[str]:
        """Return mypy's messages."""
        return self.run("mypy", "--no-error-summary", *arguments, "main.py", "geometry.py", "aliases.py")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that mypy has not seen."""
    return Project(tmp_path)


def test_warm_cache_reports_the_same(project: Project) -> None:
    """A second run says from the cache what the first has said, and so does one for which a file was touched."""
    assert REPORTS == project.check()
    assert REPORTS == project.check()
    project.write("main.py", MAIN + "\n")
    assert REPORTS == project.check()


def test_alias_change_is_followed(project: Project) -> None:
    """Where an alias in another module changes, what uses it is checked again."""
    project.check()
    project.write("aliases.py", ALIASES.replace("n 3", "n 2"))
    wanted = "but (n, 2) is wanted: sizes 3 and 2 on axis 1 differ  [shape]"
    assert [
        f'main.py:8: error: argument "points" of "norms" has shape (k, 3), {wanted}',
        "main.py:8: note: Revealed type is \"Shaped[ndarray, '...']\"",
        f'main.py:10: error: argument "points" of "Cloud" has shape (k, 3), {wanted}',
        f'main.py:10: error: argument "points" of "norms" has shape (k - 1, 3), {wanted}',
    ] == sorted(project.check(), key=lambda line: (int(line.split(":")[1]), line))


def test_settings_are_part_of_the_cache(project: Project) -> None:
    """A setting that changes what is reported is not answered from a cache of another one."""
    project.write("main.py", "import numpy as np\nfrom jaxtyping import Float\n\n\n" + DISTINCT)
    strict = project.check()
    project.write("pyproject.toml", CONFIGURATION + '\n[tool.shapedmat]\ndistinct_names = "allow"\n')
    assert [
        ["main.py:6: error: cannot add (n,) and (m,): sizes n and m on axis -1 differ and neither is 1  [shape]"],
        [],
    ] == [strict, project.check()]


def test_redefinition_can_be_refused(project: Project) -> None:
    """By default a parameter takes an array of another shape; a setting makes it an error, as mypy has it."""
    redefinition = 'def turn(x: Float[np.ndarray, "n 3"]) -> None:\n    x = x.T\n    x.sum(axis=1)\n'
    project.write("main.py", "import numpy as np\nfrom jaxtyping import Float\n\n\n" + redefinition)
    lenient = project.check()
    project.write("pyproject.toml", CONFIGURATION + "\n[tool.shapedmat]\nredefinition = false\n")
    wanted = (
        "main.py:6: error: the assigned value has shape (3, n), but (n, 3) is wanted: sizes 3 and n on axis 0 differ"
    )
    assert [[], [f"{wanted}  [shape]"]] == [lenient, project.check()]


def test_unknown_setting_is_refused(project: Project) -> None:
    """A setting that does not exist is named, with those that do."""
    project.write("pyproject.toml", CONFIGURATION + '\n[tool.shapedmat]\ndistinct_name = "allow"\n')
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "main.py"], capture_output=True, text=True, check=False, cwd=project.folder
    )
    assert run.returncode == 2
    wanted = "[tool.shapedmat]: unknown setting 'distinct_name', known are debug, distinct_names, redefinition"
    assert wanted in run.stdout + run.stderr


@pytest.mark.skipif(mypy_version < "2", reason="mypy has parallel workers from version 2 on")
def test_parallel_workers_report_the_same(project: Project) -> None:
    """Two workers say what one process says."""
    assert REPORTS == project.check("-n", "2")
    assert REPORTS == project.check("-n", "2")


@pytest.fixture
def daemon(project: Project) -> Iterator[Project]:
    """A project with mypy's daemon running."""
    try:
        yield project
    finally:
        project.run("mypy.dmypy", "stop")


def test_daemon_follows_changes(daemon: Project) -> None:
    """The daemon reports the same as mypy, and follows a changed alias there and back."""
    files = ("main.py", "geometry.py", "aliases.py")
    assert REPORTS == daemon.run("mypy.dmypy", "run", "--", *files)
    daemon.write("aliases.py", ALIASES.replace("n 3", "n 2"))
    changed = daemon.run("mypy.dmypy", "run", "--", *files)
    assert any("has shape (k, 3), but (n, 2) is wanted" in line for line in changed)
    daemon.write("aliases.py", ALIASES)
    assert REPORTS == daemon.run("mypy.dmypy", "run", "--", *files)
