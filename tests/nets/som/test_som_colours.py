"""The example som_colours: what it prints and draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.examples import som_colours

pytest.importorskip("matplotlib")


def test_it_prints_its_errors_and_draws_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small run does all that the program does."""
    som_colours.main(
        ["--rows", "4", "--columns", "6", "--colours", "200", "--epochs", "3", "--out", str(tmp_path / "out")]
    )
    assert "quantization error: " in capsys.readouterr().out
    assert {"colours.png"} == {path.name for path in (tmp_path / "out").iterdir()}
