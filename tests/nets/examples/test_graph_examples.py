"""The examples of graphs: what they learn, what they print, and the pictures that they draw.

What has to learn runs in a process of its own, as a user runs it: with every annotation checked it takes longer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nets.examples import char_lstm, fuzzy_xor

ROOT = Path(__file__).parents[3]
PNG = b"\x89PNG"


def losses(printed: str) -> list[float]:
    """Return the losses that were printed, in their order."""
    return [float(number) for number in re.findall(r"loss (\d+\.\d+)", printed)]


def output(example: str, *arguments: str) -> str:
    """Run an example as a command, and return what it prints."""
    command = [sys.executable, "-W", "error", "-m", f"nets.examples.{example}", *arguments]
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=settings)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_fuzzy_xor_is_learned() -> None:
    """Exclusive or with noise is learned, nearly without a mistake."""
    printed = output("fuzzy_xor")
    assert losses(printed)[-1] < 0.01 < losses(printed)[0]
    assert 99 < float(printed.splitlines()[-1].removeprefix("right on new samples: ").removesuffix("%"))


def test_fuzzy_xor_is_the_same_for_a_seed() -> None:
    """The same seed prints the same, and another seed other losses."""
    printed = [output("fuzzy_xor", "--steps", "100", "--seed", seed) for seed in "334"]
    assert (True, False) == (printed[0] == printed[1], printed[0] == printed[2])


def test_fuzzy_xor_draws(tmp_path: Path) -> None:
    """The command line draws the losses and the graph."""
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    assert 0 == fuzzy_xor.main(["--steps", "20", "--figure", str(tmp_path)])
    pictures = {path.name: path.read_bytes()[:4] for path in tmp_path.iterdir()}
    assert {"graph.png": PNG, "loss.png": PNG} == pictures


def test_digits_are_read() -> None:
    """The 784-300-10 network reads more than nine of ten of the bundled digits after six epochs."""
    printed = output("graph_mnist", "--data", "digits", "--epochs", "6")
    accuracies = [float(number) for number in re.findall(r"accuracy (\d+\.\d+)%", printed)]
    assert 90 < accuracies[-1]
    assert (6, sorted(losses(printed), reverse=True)) == (len(accuracies), losses(printed))


def test_poem_is_learned() -> None:
    """The loss of a small memory falls, and the sample has its prompt and as many letters as are asked for."""
    printed = output("char_lstm", "--steps", "200", "--hidden", "24", "--sampled", "30", "--learning-rate", "0.02")
    first, second = losses(printed)
    assert second < first < 3.5
    sample = printed.partition("\n\n")[2]
    assert (True, len("Tyger ") + 30) == (sample.startswith("Tyger "), len(sample.removesuffix("\n")))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--prompt", "quiz"], "'q' does not occur in the text, from which every letter is learned"),
        (
            ["--prompt", ""],
            "a prompt of at least one letter and a positive temperature are wanted: '' and 0.5 were given",
        ),
    ],
    ids=["unknown letters", "no prompt"],
)
def test_wrong_setting_is_refused(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be sampled is refused before training, in one sentence."""
    assert 1 == char_lstm.main(arguments)
    assert expected in capsys.readouterr().err


def test_short_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A text has more letters than one piece of it."""
    path = tmp_path / "text.txt"
    path.write_text("short")
    assert 1 == char_lstm.main(["--text", str(path)])
    assert "error: the text has 5 letters, but more than 32 are wanted\n" == capsys.readouterr().err
