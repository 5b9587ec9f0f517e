"""The examples of networks of layers: they run, learn, and draw.

What has to learn runs in a process of its own, as a user runs it: with every annotation checked it takes minutes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from nets.examples import approximation, picture, xor
from shapedmat import FileFormatError
from tests.nets.published import PUBLISHED

ROOT = Path(__file__).parents[3]
POINTS = PUBLISHED / "iron_learn" / "neural_net_2.json"


def output(example: str, *arguments: str) -> str:
    """Run an example as a command, and return what it prints."""
    command = [sys.executable, "-W", "error", "-m", f"nets.examples.{example}", *arguments]
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=settings)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_xor_is_solved_from_every_seed() -> None:
    """The exclusive or is learned from five of five starts."""
    assert "solved for 5 of 5 seeds" == output("xor").splitlines()[-1]


@pytest.mark.skipif(not POINTS.exists(), reason=f"{POINTS} is not there")
def test_points_of_the_article() -> None:
    """All six test points of the article are right from five of five starts, and with normalization not from all."""
    plain, normalized = output("approximation", "--points", str(POINTS)).split("points normalized:")
    assert ["6/6"] * 5 == re.findall(r"(\d/6) test points", plain)
    assert min(re.findall(r"(\d/6) test points", normalized)) < "6/6"


def test_picture_is_learned() -> None:
    """A small picture is learned to 30 dB."""
    last = output("picture", "--side", "16", "--epochs", "100", "--batch-size", "8").splitlines()[-1]
    (ratio,) = re.findall(r"peak signal-to-noise ratio ([\d.]+) dB$", last)
    assert float(ratio) > 30


@pytest.mark.parametrize(
    ("example", "arguments"),
    [(xor, ["--seeds", "0"]), (approximation, ["--seeds", "0"]), (picture, ["--side", "8"])],
    ids=["xor", "approximation", "picture"],
)
def test_annotations_hold_and_figures_are_drawn(
    example: ModuleType, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each example runs with its annotations checked, and draws its figure."""
    pytest.importorskip("matplotlib")
    figure = tmp_path / "figure.png"
    example.main([*arguments, "--epochs", "3", "--figure", str(figure)])
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out


def test_losses_are_drawn(tmp_path: Path) -> None:
    """The losses of a run are drawn too."""
    pytest.importorskip("matplotlib")
    xor.main(["--seeds", "0", "1", "--epochs", "3", "--losses", str(tmp_path / "losses.png")])
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"x": [1, 2, 3], "y": [1]}', '{"x": [1, 2], "y": [1]}'])
def test_file_without_points(tmp_path: Path, content: str) -> None:
    """A file that does not hold the points to train and to test with is refused."""
    path = tmp_path / "points.json"
    path.write_text(content)
    with pytest.raises(FileFormatError, match=r"points.json holds no points \(.*\); check which file this is$"):
        approximation.read(path)


def test_labels_of_drawn_points() -> None:
    """A point has the label 1 if it is between the x axis and the curve."""
    points = approximation.drawn(100, seed=3)
    for (x, y), label in zip(points.x.numpy().T, points.y.numpy()[0], strict=True):
        a = x + 1 / x + 1 / x**2 + 1 / x**3
        assert label == (0 < y < a or a < y < 0)


def test_picture_is_cut_to_its_middle(tmp_path: Path) -> None:
    """A picture that is wider than high loses its sides, and becomes grey from 0 to 1."""
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 255
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    np.testing.assert_array_equal(picture.read(tmp_path / "wide.png", 5), np.ones((5, 5)))


def test_coordinates_are_the_middles_of_pixels() -> None:
    """Pixels go row after row, from −1 to 1 along each side."""
    expected = [[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5]]
    assert expected == picture.coordinates(2).numpy().tolist()
