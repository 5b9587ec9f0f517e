"""Whatever fails inside of the plugin, mypy goes on as it would without."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

from shapedmat.mypy_plugin.guard import Guard
from shapedmat.mypy_plugin.sites import Site

PROGRAM = """\
import numpy as np
from jaxtyping import Float64


def product(x: Float64[np.ndarray, "n m"]) -> None:
    reveal_type(x @ x.T)
    x @ x
"""


def check(folder: Path, *, debug: bool = False) -> tuple[str, str]:
    """Return what mypy prints about the program, and what it says of failures."""
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    settings = "[shapedmat]\ndebug = true\n" if debug else ""
    (folder / "mypy.ini").write_text(f"[mypy]\nplugins = shapedmat.mypy_plugin\n{settings}", encoding="utf-8")
    out, err, _ = api.run(
        ["--config-file", str(folder / "mypy.ini"), "--cache-dir", str(folder / "cache"), str(folder / "program.py")]
    )
    return out.replace(f"{folder}/", ""), err


def fail(*_: object, **__: object) -> None:
    """Fail as no rule should."""
    raise RuntimeError("a rule failed")


def test_the_program_has_a_bug(tmp_path: Path) -> None:
    """The program of these tests is one that the plugin reports on."""
    out, err = check(tmp_path)
    assert "Revealed type is \"Float64[ndarray, 'n n']\"" in out
    assert "program.py:7: error: cannot multiply (n, m) by (n, m): inner dimensions m and n differ  [shape]" in out
    assert err == ""


def test_failing_hook_leaves_the_default_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a hook raises, mypy has its own type, reports nothing and says nothing."""
    monkeypatch.setattr(Site, "open_receiver_shape", fail)
    out, err = check(tmp_path)
    assert out.splitlines() == [
        "program.py:6: note: Revealed type is \"Float64[ndarray, '...']\"",
        "Success: no issues found in 1 source file",
    ]
    assert err == ""


def test_failing_hook_is_shown_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With `debug`, the traceback of what failed is shown, and mypy goes on all the same."""
    monkeypatch.setattr(Site, "open_receiver_shape", fail)
    out, err = check(tmp_path, debug=True)
    shown = err + capfd.readouterr().err
    assert "shapedmat.mypy_plugin: a hook failed, and mypy goes on without it" in shown
    assert "RuntimeError: a rule failed" in shown
    assert "Success" in out


def test_guard_returns_what_the_hook_returns() -> None:
    """A hook that does not fail is called once, and its result is the result."""
    assert 3 == Guard(debug=False)(len, lambda _: 0)("abc")
