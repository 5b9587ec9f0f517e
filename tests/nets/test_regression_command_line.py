"""The command line of the regressions: what it reads, prints and writes, and its errors word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn import linear_model

from nets import figures, regression_command_line, regression_plots
from nets.neural_net import NeuralNet
from nets.regression import Fit, LinearRegression
from nets.regression_command_line import main
from nets.regression_data import read_samples
from shapedmat import FileFormatError, Matrix
from shapedmat.files import load_matrices
from tests.nets.published import PUBLISHED

DATA = PUBLISHED / "iron_learn"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the regression sets are not there; SHAPEDMAT_DATA_DIR names the folder above theirs"
)


def drawn(seed: int, samples: int = 60) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return samples of two features on unlike scales, and a number that depends on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal([5, -100], [1, 30], (samples, 2))
    return x, x @ [[2.0], [-0.1]] + 7 + rng.normal(0, 0.5, (samples, 1))


def write_json(path: Path, *, labels: bool = False) -> None:
    """Write a set of the form of the published ones."""
    content: dict[str, Any] = {"n": 2}
    for suffix, seed in (("", 0), ("_test", 1)):
        x, y = drawn(seed)
        content[f"x{suffix}"] = x.ravel().tolist()
        content[f"y{suffix}"] = ((y > 27).astype(float) if labels else y).ravel().tolist()
    path.write_text(json.dumps(content), encoding="utf-8")


def write_csv(path: Path, header: str = "age,weight,size") -> None:
    """Write a set with names of columns, of which the last depends on the others."""
    x, y = drawn(0)
    rows = [",".join(map(repr, row)) for row in np.hstack([x, y]).tolist()]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the JSON object that is all of standard output."""
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return loaded


def test_linear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the coefficients of the features as they are, the loss, and how good it is on the test samples."""
    write_json(tmp_path / "linear.json")
    assert 0 == main(["linear", str(tmp_path)])
    printed = capsys.readouterr().out
    x, y = drawn(0)
    reference = linear_model.LinearRegression().fit(x, y)
    for name, value in (
        ("1", reference.coef_[0, 0]),
        ("2", reference.coef_[0, 1]),
        ("intercept", reference.intercept_[0]),
    ):
        (found,) = re.findall(rf"│ {name} +│ (\S+) ", printed)
        assert float(found) == pytest.approx(value, abs=1e-3)
    test_x, test_y = drawn(1)
    assert f"R² {reference.score(test_x, test_y):.4f}" in printed
    assert f"60 samples of 2 features and 60 to test on, from {tmp_path / 'linear.json'}, on cpu" in printed
    assert re.search(r"^converged after \d+ epochs at a loss of 0\.\d+$", printed, re.MULTILINE)


def test_logistic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Coefficients are within 1e-3 of scikit-learn's on standardized features, and so the accuracy is the same."""
    write_json(tmp_path / "logistic.json", labels=True)
    assert 0 == main(["logistic", str(tmp_path / "logistic.json"), "--l2", "1", "--json"])
    found = summary(capsys)
    samples = read_samples(tmp_path / "logistic.json")
    mean, deviation = samples.x.mean(axis=0), samples.x.std(axis=0)
    reference = linear_model.LogisticRegression(C=1.0, tol=1e-10).fit((samples.x - mean) / deviation, samples.y.ravel())
    assert found["standardized_coefficients"] == pytest.approx(reference.coef_[0].tolist(), abs=1e-3)
    assert found["standardized_intercept"] == pytest.approx(reference.intercept_[0], abs=1e-3)
    accuracy = reference.score((samples.test_x - mean) / deviation, samples.test_y.ravel())
    assert (True, accuracy) == (found["converged"], found["test_accuracy"])


@needs_data
@pytest.mark.parametrize(
    ("model", "measure", "least"), [("linear", "test_r2", 0.6), ("logistic", "test_accuracy", 0.93)]
)
def test_published_sets(model: str, measure: str, least: float, capsys: pytest.CaptureFixture[str]) -> None:
    """The set of the model's name in a folder is taken."""
    assert 0 == main([model, str(DATA), "--l2", "1", "--tolerance", "1e-4", "--json"])
    assert summary(capsys)[measure] > least


def test_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last column is predicted, or the one that is named, and a share of the rows is for testing."""
    write_csv(tmp_path / "people.csv")
    assert 0 == main(["linear", str(tmp_path / "people.csv")])
    printed = capsys.readouterr().out
    assert "48 samples of 2 features and 12 to test on" in printed
    assert re.findall(r"│ (\w+) +│", printed) == ["age", "weight", "intercept"]
    assert 0 == main(["linear", str(tmp_path / "people.csv"), "--target", "age", "--test-fraction", "0.5"])
    printed = capsys.readouterr().out
    assert "30 samples of 2 features and 30 to test on" in printed
    assert re.findall(r"│ (\w+) +│", printed) == ["weight", "size", "intercept"]


def test_every_sample_is_trained_or_tested_on(tmp_path: Path) -> None:
    """The split takes every row once, and another seed takes others."""
    write_csv(tmp_path / "people.csv")
    splits = [read_samples(tmp_path / "people.csv", seed=seed) for seed in (0, 0, 1)]
    for each in splits:
        together = np.vstack([np.hstack([each.x, each.y]), np.hstack([each.test_x, each.test_y])])
        np.testing.assert_array_equal(np.sort(together, axis=0), np.sort(np.hstack(drawn(0)), axis=0))
    np.testing.assert_array_equal(splits[0].test_x, splits[1].test_x)
    assert not np.array_equal(splits[0].test_x, splits[2].test_x)


@pytest.mark.parametrize(
    ("model", "figures"),
    [
        ("linear", ["coefficients.png", "fit.png", "loss.png"]),
        ("logistic", ["coefficients.png", "loss.png", "regions.png", "roc.png"]),
    ],
)
def test_files(model: str, figures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder gets figures that are not blank, and a network that predicts from features as they are."""
    write_json(tmp_path / "data.json", labels=model == "logistic")
    out = tmp_path / "out"
    assert 0 == main([model, str(tmp_path / "data.json"), "--l2", "1", "--out", str(out)])
    assert f"wrote {out / 'model.safetensors'}" in capsys.readouterr().out
    assert sorted([*figures, "model.safetensors"]) == sorted(path.name for path in out.iterdir())
    for name in figures:
        with Image.open(out / name) as image:
            assert len(np.unique(np.asarray(image.convert("L")))) > 10
    network: NeuralNet[Any, Any, Any] = NeuralNet.load(out / "model.safetensors")
    x, y = drawn(1)
    predictions = network.predict(Matrix.from_array(x.T.copy())).numpy()[0]
    if model == "linear":
        assert np.abs(predictions - y[:, 0]).mean() < 1
    else:
        assert ((predictions > 0.5) == (y[:, 0] > 27)).mean() > 0.8


def test_no_figures_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where matplotlib is not installed, the run says so and writes the model alone."""
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    write_json(tmp_path / "data.json")
    assert 0 == main(["linear", str(tmp_path / "data.json"), "--out", str(tmp_path / "out")])
    assert "no figures: they need matplotlib, install shapedmat[plot]\n" in capsys.readouterr().out
    assert ["model.safetensors"] == [path.name for path in (tmp_path / "out").iterdir()]


def interrupt_at(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fit be interrupted in one of its parts, counted from 1, in the middle of a step."""
    fit, calls = LinearRegression.fit, []

    def counted(model: LinearRegression[Any, Any], *arguments: Any, **settings: Any) -> Fit:
        calls.append(arguments)
        if len(calls) == part:
            model.weights += 1.0
            raise KeyboardInterrupt
        return fit(model, *arguments, **settings)

    monkeypatch.setattr(LinearRegression, "fit", counted)


def test_interrupted_fit_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C the model of the last epochs at which the loss was known is tested, written and drawn."""
    write_json(tmp_path / "data.json")
    settings = ["linear", str(tmp_path / "data.json"), "--tolerance", "1e-15"]
    assert 0 == main([*settings, "--epochs", "4", "--out", str(tmp_path / "whole")])
    whole = capsys.readouterr().out
    interrupt_at(4, monkeypatch)
    assert 130 == main([*settings, "--out", str(tmp_path / "part")])
    captured = capsys.readouterr()
    assert "interrupted: the model is the one after 4 epochs\n" == captured.err
    assert whole.replace("whole", "part") == captured.out
    expected, kept = (load_matrices(tmp_path / name / "model.safetensors")[0] for name in ("whole", "part"))
    for name, matrix in expected.items():
        np.testing.assert_array_equal(matrix.numpy(), kept[name].numpy())
    assert "loss.png" in {path.name for path in (tmp_path / "part").iterdir()}


def test_interrupted_fit_prints_no_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What reads the JSON object is not told of a fit that the user ended."""
    write_json(tmp_path / "data.json")
    interrupt_at(4, monkeypatch)
    assert 130 == main(["linear", str(tmp_path / "data.json"), "--json"])
    assert "" == capsys.readouterr().out


def test_fit_that_is_interrupted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no epoch has ended, there is no model, and that is said."""
    write_json(tmp_path / "data.json")
    interrupt_at(1, monkeypatch)
    assert 130 == main(["linear", str(tmp_path / "data.json"), "--out", str(tmp_path / "out")])
    assert "interrupted before the first epoch ended\n" == capsys.readouterr().err
    assert [] == list((tmp_path / "out").iterdir())


def test_folder_is_looked_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file, or a folder that cannot be made, is refused for --out before anything is fitted."""
    monkeypatch.delattr(regression_command_line, "fit")
    write_json(tmp_path / "data.json")
    path = tmp_path / "out"
    path.touch()
    settings = ["linear", str(tmp_path / "data.json"), "--out"]
    assert 1 == main([*settings, str(path)])
    assert f"error: {path} is a file, but a folder is wanted; name another one with --out\n" == capsys.readouterr().err
    assert 1 == main([*settings, str(path / "deeper")])
    assert capsys.readouterr().err.startswith(f"error: cannot make the folder {path / 'deeper'} (")


@pytest.mark.parametrize("model", ["linear", "logistic"])
def test_backends_fit_alike(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps operation by operation and in machine code end with the same model, to rounding."""
    write_json(tmp_path / "data.json", labels=model == "logistic")
    found = []
    for backend in ("numpy", "numba"):
        settings = ["--l2", "1", "--epochs", "50", "--tolerance", "1e-15", "--backend", backend, "--json"]
        assert 0 == main([model, str(tmp_path / "data.json"), *settings])
        found.append(summary(capsys))
    assert found[0]["epochs"] == found[1]["epochs"] == 50
    assert found[0]["standardized_coefficients"] == pytest.approx(found[1]["standardized_coefficients"], rel=1e-11)


def test_float32(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In float32 the coefficients are the same to some digits."""
    write_json(tmp_path / "data.json")
    found = []
    for arguments in (["--tolerance", "1e-4"], ["--tolerance", "1e-4", "--dtype", "f32"]):
        assert 0 == main(["linear", str(tmp_path / "data.json"), "--json", *arguments])
        found.append(summary(capsys)["standardized_coefficients"])
    assert found[0] == pytest.approx(found[1], rel=1e-3)


def test_a_fit_that_is_not_finished_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The epochs are the most that are taken, whatever the parts are in which the loss is looked at."""
    write_json(tmp_path / "data.json", labels=True)
    assert 0 == main(["logistic", str(tmp_path / "data.json"), "--epochs", "7"])
    assert "stopped before it converged, after 7 epochs at a loss of " in capsys.readouterr().out


def test_a_test_set_of_one_label_has_no_roc_curve(tmp_path: Path) -> None:
    """With one label alone there are no shares of the other one."""
    write_json(tmp_path / "data.json", labels=True)
    content = json.loads((tmp_path / "data.json").read_text())
    content["y_test"] = [1.0] * 60
    (tmp_path / "data.json").write_text(json.dumps(content))
    assert 0 == main(["logistic", str(tmp_path / "data.json"), "--l2", "1", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out" / "roc.png").exists()


def test_decision_regions_of_a_feature_that_is_constant(tmp_path: Path) -> None:
    """The plane has a width where the samples have none."""
    x = np.array([[0.0, 1.0], [0.0, 2.0]])
    regression_plots.decision_regions(
        tmp_path / "regions.png", lambda points: (points[:, 1] - 1).clip(0, 1), x, np.array([0, 1])
    )
    assert (tmp_path / "regions.png").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "PATH does not hold n, x, y, x_test and y_test as numbers (JSONDecodeError("),
        (
            '{"n": 2}',
            "PATH does not hold n, x, y, x_test and y_test as numbers (KeyError('x')); check which file this is",
        ),
        ('{"n": 0, "x": [], "y": [], "x_test": [], "y_test": []}', "PATH does not hold n, x, y, x_test and y_test as"),
        (
            '{"n": 1, "x": [1, 2], "y": [1], "x_test": [1], "y_test": [1]}',
            (
                "PATH holds x of 2 and y of 1 samples, and for testing 1 and 1: as many of each are wanted, and one or "
                "more; check which file this is"
            ),
        ),
        (
            '{"n": 1, "x": [1, NaN], "y": [1, 2], "x_test": [1], "y_test": [1]}',
            "PATH holds a number that is not finite; check it",
        ),
    ],
    ids=["no JSON", "no samples", "no features", "unlike numbers", "not finite"],
)
def test_wrong_json(content: str, sentence: str, tmp_path: Path) -> None:
    """What is no set of samples is refused in one sentence."""
    path = tmp_path / "data.json"
    path.write_text(content)
    with pytest.raises(FileFormatError, match="^" + re.escape(sentence.replace("PATH", str(path)))):
        read_samples(path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["linear", "none.json"], "error: none.json does not exist; check the path"),
        (["linear", "."], "error: linear.json does not exist; check the path"),
        (["linear", "data.json", "--epochs", "0"], "error: epochs is 0, but 1 or more is wanted"),
        (
            ["logistic", "data.json"],
            r"error: data.json has the label \S+, but a logistic regression takes the labels 0 and 1",
        ),
        (
            ["linear", "data.json", "--device", "gpu"],
            "error: there is no device 'gpu': write 'cpu', 'cuda' or 'cuda:1'",
        ),
        (
            ["linear", "data.json", "--learning-rate", "10", "--epochs", "1000"],
            r"error: the loss is (inf|nan) after \d+ epochs: lower the learning rate",
        ),
        (
            ["linear", "data.json", "--l2", "-1"],
            r"error: learning_rate and tolerance must be positive and l2 not negative: None, 1e-07 and -1.0 were given",
        ),
        (
            ["linear", "people.csv", "--target", "height"],
            "error: people.csv has no column 'height' beside others to predict: there are age, weight, size",
        ),
        (
            ["linear", "people.csv", "--test-fraction", "1"],
            r"error: test_fraction 1\.0 of 60 samples is 60: 1 to 59 are wanted",
        ),
        (
            ["linear", "missing.csv"],
            (
                "error: missing.csv, sample 2, column 'b': the value is missing, but a regression needs them all; "
                "give one or drop the sample"
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake of the user ends with status 1 and one sentence on standard error."""
    monkeypatch.chdir(tmp_path)
    write_json(tmp_path / "data.json")
    write_csv(tmp_path / "people.csv")
    (tmp_path / "missing.csv").write_text("a,b\n1,2\n3,\n")
    assert 1 == main(arguments)
    assert re.fullmatch(f"{sentence}\n", capsys.readouterr().err)
