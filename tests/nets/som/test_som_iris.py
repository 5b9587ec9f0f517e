"""The example som_iris: what it prints and draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.examples import som_iris

pytest.importorskip("matplotlib")


def test_it_prints_its_errors_and_draws_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small run does all that the program does."""
    som_iris.main(["--epochs", "3", "--out", str(tmp_path / "out")])
    assert "of the flowers are of the commonest species" in capsys.readouterr().out
    assert {"u_matrix.png", "components.png", "hits.png", "classes.png", "clusters.png"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }
