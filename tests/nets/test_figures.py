"""What figures share: where they can be drawn at all, and losses as curves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from nets import figures, graph_plots, regression_plots
from nets.figures import INK, SECOND_INK, can_draw, loss_curves, loss_figure

pytest.importorskip("matplotlib", reason="figures need matplotlib")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the axes of what is saved, in place of writing files."""
    axes: list[Any] = []
    for module in (figures, regression_plots):
        monkeypatch.setattr(module, "save_figure", lambda figure, path: axes.append(figure.axes[0]))
    return axes


def curves(axes: Any) -> dict[str, tuple[list[float], list[float]]]:
    """Return what is drawn by its name in the legend."""
    assert [line.get_label() for line in axes.lines] == [text.get_text() for text in axes.get_legend().get_texts()]
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}


@pytest.mark.parametrize(("found", "expected"), [(None, False), ("a module", True)])
def test_whether_figures_can_be_drawn(found: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where matplotlib is not installed, that is said, and else nothing."""
    monkeypatch.setattr(figures, "find_spec", lambda name: found)
    said = io.StringIO()
    assert expected == can_draw(Console(file=said))
    assert ("" if expected else "no figures: they need matplotlib, install shapedmat[plot]\n") == said.getvalue()


def test_losses_are_drawn(tmp_path: Path) -> None:
    """The losses of several runs, and of none, are PNG files."""
    loss_curves(tmp_path / "some.png", {"a": (range(1, 3), [1.0, 0.1]), "b": ([1, 2], [0.5, 0.2])}, xlabel="epoch")
    loss_curves(tmp_path / "none.png", {"a": ([], [])}, xlabel="epoch")
    for name in ("some", "none"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_axes_of_losses() -> None:
    """Losses are on a logarithmic axis, and both axes are named."""
    _, axes = loss_figure({"training": ([1, 2], [1.0, 0.1])}, xlabel="epoch", ylabel="squared error")
    assert ("log", "linear") == (axes.get_yscale(), axes.get_xscale())
    assert ("epoch", "squared error") == (axes.get_xlabel(), axes.get_ylabel())
    assert {"training": ([1, 2], [1.0, 0.1])} == curves(axes)


def test_curves_have_colours_of_their_own() -> None:
    """Eight curves have eight colours, of which the first two are those of all figures."""
    _, axes = loss_figure({str(place): ([1], [1.0]) for place in range(8)}, xlabel="epoch")
    colors = [line.get_color() for line in axes.lines]
    assert 8 == len(set(colors))
    assert [INK, SECOND_INK] == colors[:2]


def test_few_points_are_marked() -> None:
    """Points are marked as long as the marks do not run into one another."""
    _, axes = loss_figure({"few": (range(100), [1.0] * 100), "many": (range(101), [1.0] * 101)}, xlabel="epoch")
    assert ["o", ""] == [line.get_marker() for line in axes.lines]


def test_losses_of_a_regression(drawn: list[Any], tmp_path: Path) -> None:
    """Epochs that double are drawn from none on, at like distances."""
    regression_plots.losses(tmp_path / "loss.png", [0, 1, 2, 4], [4.0, 2.0, 1.0, 0.5])
    assert "symlog" == drawn[0].get_xscale()
    assert 0 == drawn[0].get_xlim()[0]
    assert {"training": ([0, 1, 2, 4], [4.0, 2.0, 1.0, 0.5])} == curves(drawn[0])


def test_losses_of_a_graph(drawn: list[Any], tmp_path: Path) -> None:
    """The loss of each step is drawn with the mean of the last twentieth of the steps."""
    losses = [float(40 - step) for step in range(40)]
    graph_plots.draw_losses(tmp_path / "loss.png", losses)
    expected = {
        "each step": (list(range(1, 41)), losses),
        "mean of 2": (list(range(2, 41)), [39.5 - i for i in range(39)]),
    }
    assert expected == curves(drawn[0])
