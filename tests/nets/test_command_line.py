"""The command line of the network, from the arguments to the files and the lines that it prints."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageDraw

from nets import command_line, data, figures
from nets.export import load_network
from nets.mnist import Network
from shapedmat import Matrix

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the default command has trained on the bundled digits, into runs/digits-1."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert command_line.main(["--data", "digits", "--epochs", "12", "--batch-size", "8"]) == 0
    return folder


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the JSON object on the last line of standard output."""
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return loaded


def test_training_writes_weights_history_checkpoint_and_figures(trained: Path) -> None:
    """A run leaves its weights, its history, its last checkpoint and four figures in a folder of its own."""
    expected = {
        "checkpoint.safetensors",
        "confusion_matrix.png",
        "first_layer.png",
        "history.csv",
        "learning_curves.png",
        "misclassified.png",
        "model.safetensors",
    }
    assert expected == {path.name for path in (trained / "runs" / "digits-1").iterdir()}


@pytest.mark.parametrize("name", ["learning_curves", "confusion_matrix", "misclassified", "first_layer"])
def test_figures_are_pictures(trained: Path, name: str) -> None:
    """Each figure is a PNG that is not blank."""
    with Image.open(trained / "runs" / "digits-1" / f"{name}.png") as image:
        assert "PNG" == image.format
        assert len(np.unique(np.asarray(image.convert("L")))) > 10


def test_history_has_a_row_for_each_epoch(trained: Path) -> None:
    """The history is a CSV file with one row an epoch."""
    with (trained / "runs" / "digits-1" / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [str(epoch) for epoch in range(1, 13)] == [row["epoch"] for row in rows]


def test_eval_tests_the_newest_weights(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a model, eval takes the newest run's, which has learned the digits."""
    monkeypatch.chdir(trained)
    assert command_line.main(["eval", "--data", "digits", "--json"]) == 0
    summary = last_line(capsys)
    assert {"dataset", "test_accuracy", "test_loss"} == summary.keys()
    assert summary["test_accuracy"] > 0.9


def test_backends_agree(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The numba backend evaluates to the same accuracy as numpy, and to the same loss up to rounding."""
    monkeypatch.chdir(trained)
    summaries = []
    for backend in ("numpy", "numba"):
        command_line.main(["eval", "--data", "digits", "--backend", backend, "--json"])
        summaries.append(last_line(capsys))
    assert summaries[0]["test_accuracy"] == summaries[1]["test_accuracy"]
    assert summaries[0]["test_loss"] == pytest.approx(summaries[1]["test_loss"], rel=1e-5)


def test_predict_reads_a_picture(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pictures of test digits, in the size of the data set, are read as their labels nearly always."""
    monkeypatch.chdir(trained)
    dataset = data.load("digits")
    right = 0
    for index in range(20):
        picture = tmp_path / f"{index}.png"
        Image.fromarray(dataset.test_images[index]).save(picture)
        assert command_line.main(["predict", str(picture), "--json"]) == 0
        right += last_line(capsys)["digit"] == dataset.test_labels[index]
    assert right >= 17


def test_predict_prints_ten_outputs(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The digit is the one with the largest of ten outputs."""
    monkeypatch.chdir(trained)
    Image.fromarray(data.load("digits").test_images[0]).save(tmp_path / "digit.png")
    command_line.main(["predict", str(tmp_path / "digit.png"), "--json"])
    summary = last_line(capsys)
    assert 10 == len(summary["outputs"])
    assert int(np.argmax(summary["outputs"])) == summary["digit"]


def drawing(*, dark_on_light: bool) -> Image.Image:
    """Return a large picture of a one, off the centre."""
    ink, paper = (0, 255) if dark_on_light else (255, 0)
    image = Image.new("L", (300, 200), paper)
    ImageDraw.Draw(image).line([(60, 30), (60, 150)], fill=ink, width=14)
    return image


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_pictures_are_normalised(tmp_path: Path, dark_on_light: bool) -> None:
    """A drawing of any size and either polarity becomes light on dark, 20 pixels high, centred in 28 by 28."""
    drawing(dark_on_light=dark_on_light).save(tmp_path / "one.png")
    image = command_line.read_picture(tmp_path / "one.png").astype(float)
    rows = np.flatnonzero(image.any(axis=1))
    assert (28, 28) == image.shape
    assert 20 == rows[-1] - rows[0] + 1
    centre = [(image.sum(axis=1 - axis) * np.arange(28)).sum() / image.sum() for axis in (0, 1)]
    assert [13.5, 13.5] == pytest.approx(centre, abs=1.0)


def test_show_describes_the_weights(
    trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Show prints a row for each weight and bias with its shape."""
    monkeypatch.chdir(trained)
    assert command_line.main(["show"]) == 0
    printed = capsys.readouterr().out
    for shape in ("128×784", "64×128", "10×64", "128×1", "64×1", "10×1"):
        assert shape in printed


def test_export_to_onnx(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest weights become a model that gives onnxruntime the outputs of the network."""
    monkeypatch.chdir(trained)
    path = tmp_path / "digits.onnx"
    assert 0 == command_line.main(["export", str(path)])
    assert f"wrote runs/digits-1/model.safetensors as {path}\n" == capsys.readouterr().out
    x = (data.load("digits").test_images[:5].reshape(5, 784) / 255).astype(np.float32)
    (outputs,) = onnxruntime.InferenceSession(path).run(["y"], {"x": x})
    network = command_line.load_network(None)
    np.testing.assert_allclose(network.predict(Matrix.from_array(x.T.copy())).numpy().T, outputs, atol=1e-5)


def test_export_to_safetensors(trained: Path, tmp_path: Path) -> None:
    """Weights are written by the places of their layers, and loaded back into the network."""
    path = tmp_path / "digits.safetensors"
    assert 0 == command_line.main(["export", str(path), "--model", str(trained / "runs" / "digits-1")])
    trained_network = command_line.load_network(trained / "runs" / "digits-1")
    network: Network[np.float32] = Network.initialized(np.random.default_rng(1), np.float32)
    load_network(path, network)
    assert all((each == network.parameters[name]).all() for name, each in trained_network.parameters.items())


def test_json_is_the_last_line_and_alone_on_standard_output(tmp_path: Path) -> None:
    """With --json, standard output is one object with what the run is known by."""
    run = subprocess.run(
        [sys.executable, "-m", "nets.mnist", "--data", "digits", "--epochs", "1", "--json", "--out", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    summary = json.loads(run.stdout)
    expected = {
        "dataset": "digits",
        "epochs": 1,
        "batch_size": 32,
        "backend": "numba",
        "seed": 0,
        "parameters": 109_386,
        "dtype": "f32",
    }
    assert expected == {name: summary[name] for name in expected}
    assert 0 <= summary["test_accuracy"] <= 1
    assert summary["train_seconds_per_epoch"] > 0


def test_same_seed_same_weights(tmp_path: Path) -> None:
    """Two runs with one seed write the same weights, bit for bit; another seed writes others."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        arguments = ["--data", "digits", "--epochs", "2", "--seed", str(seed), "--out", str(tmp_path / name)]
        assert command_line.main(arguments) == 0
    a, b, c = (command_line.load_network(tmp_path / name).w1 for name in "abc")
    assert (a == b).all()
    assert not (a == c).all()


def test_runs_do_not_overwrite_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --out, each run makes the next folder."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert command_line.main(["--data", "digits", "--epochs", "1"]) == 0
    assert ["digits-1", "digits-2"] == sorted(path.name for path in (tmp_path / "runs").iterdir())


def test_resume_goes_on_in_the_newest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run that is resumed has nothing left to train, and keeps its weights."""
    monkeypatch.chdir(tmp_path)
    arguments = ["--data", "digits", "--epochs", "2"]
    command_line.main(arguments)
    before = command_line.load_network(None).w1
    assert command_line.main([*arguments, "--resume"]) == 0
    assert (before == command_line.load_network(None).w1).all()
    assert ["digits-1"] == [path.name for path in (tmp_path / "runs").iterdir()]


def interrupt_at(number: int, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the call of so high a number of a method of the display be interrupted, and each after it."""
    calls: list[Any] = []

    def counted(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) >= number:
            raise KeyboardInterrupt

    monkeypatch.setattr(f"nets.progress.TrainingDisplay.{name}", counted)


def test_interrupted_run_says_how_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said after Ctrl-C goes on with this run, not with one that had ended before it, to the same weights."""
    monkeypatch.chdir(tmp_path)
    arguments = ["--data", "digits", "--epochs", "2"]
    assert 0 == command_line.main(arguments)
    with monkeypatch.context() as patch:
        interrupt_at(1, patch, "epoch_ends")
        assert 130 == command_line.main(arguments)
    captured = capsys.readouterr()
    assert "interrupted: go on with --resume --out runs/digits-2\n" == captured.err
    assert 0 == command_line.main([*arguments, "--resume", "--out", "runs/digits-2"])
    assert "resuming from runs/digits-2/checkpoint.safetensors, after epoch 1/2" in capsys.readouterr().out
    expected, resumed = (command_line.load_network(Path("runs") / name).w1 for name in ("digits-1", "digits-2"))
    assert (expected == resumed).all()


def test_interrupted_run_without_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing was saved, there is nothing to go on with."""
    interrupt_at(1, monkeypatch, "epoch_begins")
    assert 130 == command_line.main(["--data", "digits", "--epochs", "2", "--out", str(tmp_path / "out")])
    assert "interrupted, no epoch was saved\n" == capsys.readouterr().err


def test_interrupted_run_in_a_folder_with_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A shell takes what is said as it stands there."""
    interrupt_at(1, monkeypatch, "epoch_ends")
    assert 130 == command_line.main(["--data", "digits", "--epochs", "2", "--out", str(tmp_path / "my run")])
    assert f"interrupted: go on with --resume --out '{tmp_path / 'my run'}'\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["eval", "--data", "digits"], ["predict", "digit.png"], ["show"], ["export", "digits.onnx"]],
    ids=lambda arguments: arguments[0],
)
def test_interrupted_commands_that_cannot_be_resumed(
    arguments: list[str], trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of what has no --resume, it is said that it was interrupted."""

    def interrupted(path: Path | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(trained)
    monkeypatch.setattr(command_line, "load_network", interrupted)
    assert 130 == command_line.main(arguments)
    assert "interrupted\n" == capsys.readouterr().err


def test_a_file_is_no_folder_for_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is refused for --out before anything is trained."""
    path = tmp_path / "out"
    path.touch()
    assert 1 == command_line.main(["--data", "digits", "--epochs", "1", "--out", str(path)])
    captured = capsys.readouterr()
    assert f"error: {path} is a file, but a folder is wanted; name another one with --out\n" == captured.err
    assert "" == captured.out


def test_backends_train_to_the_same_weights(tmp_path: Path) -> None:
    """Training operation by operation gives the weights of training in machine code, to rounding."""
    weights = []
    for backend in ("numpy", "numba"):
        arguments = ["--data", "digits", "--epochs", "1", "--dtype", "f64", "--backend", backend]
        assert 0 == command_line.main([*arguments, "--out", str(tmp_path / backend)])
        weights.append(command_line.load_network(tmp_path / backend).parameters)
    for name, matrix in weights[0].items():
        np.testing.assert_allclose(weights[1][name].numpy(), matrix.numpy(), rtol=0, atol=1e-11)


def test_double_precision(tmp_path: Path) -> None:
    """With --dtype f64 the weights are of that type."""
    assert command_line.main(["--data", "digits", "--epochs", "1", "--dtype", "f64", "--out", str(tmp_path)]) == 0
    assert np.float64 == command_line.load_network(tmp_path).w1.dtype


def test_no_figures_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where matplotlib is not installed, the run says so and draws nothing."""
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    assert command_line.main(["--data", "digits", "--epochs", "1", "--out", str(tmp_path)]) == 0
    assert "no figures: they need matplotlib, install shapedmat[plot]" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["eval", "--data", "digits", "--model", "nothing.safetensors"],
            "error: there are no weights at nothing.safetensors: train first, or name another file with --model",
        ),
        (["show"], "error: there are no weights under runs: train first, or name a file with --model"),
        (
            ["--data", "digits", "--resume"],
            "error: there is no run of digits under runs to resume: name its folder with --out",
        ),
        (
            ["export", "model.onnx", "--model", "nothing.safetensors"],
            "error: there are no weights at nothing.safetensors: train first, or name another file with --model",
        ),
        (["--data", "digits", "--threads", "0"], "error: threads is 0, but 1 or more is wanted"),
        (["--data", "digits", "--epochs", "0"], "error: epochs is 0, but 1 or more is wanted"),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake of the user ends with status 1 and one sentence on standard error."""
    monkeypatch.chdir(tmp_path)
    assert command_line.main(arguments) == 1
    assert f"{message}\n" == capsys.readouterr().err


def test_export_to_another_kind_of_file(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of the file says what is written; one that says nothing of it is refused."""
    path = tmp_path / "digits.pt"
    assert 1 == command_line.main(["export", str(path), "--model", str(trained / "runs" / "digits-1")])
    assert f'error: {path} ends in ".pt", but .onnx or .safetensors is wanted\n' == capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 64])
def test_a_file_that_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    """What Pillow cannot read is an error that names the file."""
    path = tmp_path / "digit.png"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"^cannot read .*digit\.png as a picture: a PNG or JPEG of one digit is wanted$"
    ):
        command_line.read_picture(path)


def test_an_empty_picture_is_refused(tmp_path: Path) -> None:
    """A picture with nothing on it is an error that says so."""
    path = tmp_path / "blank.png"
    Image.new("L", (100, 100), 255).save(path)
    with pytest.raises(ValueError, match=r"^cannot find a digit on .*blank\.png: a picture of one digit on a plain"):
        command_line.read_picture(path)
