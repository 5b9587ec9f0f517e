"""The example som_digits: what it prints and draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.examples import som_digits

pytest.importorskip("matplotlib")


def test_it_prints_its_errors_and_draws_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small run does all that the program does."""
    som_digits.main(
        [
            "--data",
            "digits",
            "--images",
            "300",
            "--rows",
            "6",
            "--columns",
            "6",
            "--epochs",
            "3",
            "--out",
            str(tmp_path / "out"),
        ]
    )
    assert "test images are of the class" in capsys.readouterr().out
    assert {"map.safetensors", "images.png", "classes.png", "hits.png", "u_matrix.png"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }
