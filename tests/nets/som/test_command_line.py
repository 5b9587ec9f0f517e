"""The command line, from the arguments to the files, the lines that it prints, and its errors."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_iris

from nets import figures
from nets.som import SOM, Hexagonal, best_matching_units, command_line, load_map, quantization_error
from nets.tables import read_table
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device as device  # noqa: PLC0414  # a fixture

ROOT = Path(__file__).resolve().parents[3]
IRIS: Any = load_iris()


@pytest.fixture
def iris(tmp_path: Path) -> Path:
    """Return a CSV file of iris flowers with their species."""
    path = tmp_path / "iris.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["sepal length", "sepal width", "petal length", "petal width", "species"])
        writer.writerows([*row, IRIS.target_names[kind]] for row, kind in zip(IRIS.data, IRIS.target, strict=True))
    return path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out, which take longer than all else."""
    monkeypatch.setattr(figures, "find_spec", lambda name: None)


def run(*arguments: object) -> int:
    """Run the command with a small map."""
    return command_line.main([str(each) for each in arguments] + ["--rows", "4", "--columns", "5", "--epochs", "5"])


def report(folder: Path) -> dict[str, Any]:
    """Return the report of a run."""
    found: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


def test_a_table_makes_a_map_and_its_figures(iris: Path, tmp_path: Path) -> None:
    """With labels and clusters, all that belongs to a table is written, and the figures are pictures."""
    out = tmp_path / "out"
    assert 0 == run(iris, "--label-column", "species", "--clusters", 3, "--topology", "hexagonal", "--out", out)
    assert set(command_line.FILES) - {"images.png"} == names(out)
    for path in out.glob("*.png"):
        with Image.open(path) as image:
            assert "PNG" == image.format
            assert len(np.unique(np.asarray(image.convert("L")))) > 10


@pytest.mark.usefixtures("undrawn")
def test_the_map_is_that_of_the_estimator(iris: Path, tmp_path: Path) -> None:
    """The file holds the map that the same settings give in Python, and the report its errors."""
    assert 0 == run(iris, "--label-column", "species", "--topology", "hexagonal", "--out", tmp_path / "out")
    som = SOM(4, 5, topology="hexagonal", epochs=5).fit(IRIS.data)
    loaded, found = load_map(tmp_path / "out" / "map.safetensors"), report(tmp_path / "out")
    np.testing.assert_array_equal(som.codebook_, loaded.codebook.numpy())
    assert Hexagonal(4, 5) == loaded.topology
    assert som.quantization_error_ == found["quantization_error"]
    assert som.topographic_error(IRIS.data) == found["topographic_error"]
    assert 0.8 < found["purity"] <= 1
    assert (150, 20, "float64") == (found["samples"], found["neurons"], found["dtype"])
    assert ["sepal length", "sepal width", "petal length", "petal width"] == found["features"]


@pytest.mark.usefixtures("undrawn")
def test_units_of_the_samples(iris: Path, tmp_path: Path) -> None:
    """A CSV file has the best matching unit of each sample, its place and its cluster."""
    assert 0 == run(iris, "--label-column", "species", "--clusters", 2, "--out", tmp_path / "out")
    table = read_table(tmp_path / "out" / "units.csv")
    units = best_matching_units(load_map(tmp_path / "out" / "map.safetensors").codebook.numpy(), IRIS.data)[0][:, 0]
    assert ("sample", "unit", "row", "column", "cluster") == table.names
    np.testing.assert_array_equal(
        np.column_stack([np.arange(1, 151), units, units // 5, units % 5]), table.values[:, :4]
    )
    assert {0, 1} == set(table.values[:, 4])


def test_the_settings_are_those_of_the_estimator() -> None:
    """Every parameter of the estimator that is a setting has an option of its name, with the same default."""
    defaults = {field.name: field.default for field in fields(command_line.Train)}
    own = {"n_clusters", "random_state", "chunk_bytes", "progress"}
    parameters = {name: value for name, value in SOM().get_params().items() if name not in own}
    assert parameters == {name: defaults[name] for name in parameters}


@pytest.mark.usefixtures("undrawn")
def test_standardized_columns(iris: Path, tmp_path: Path) -> None:
    """The map is of scaled columns, and the report says by what."""
    assert 0 == run(iris, "--label-column", "species", "--standardize", "--out", tmp_path / "out")
    scaling = report(tmp_path / "out")["standardization"]
    np.testing.assert_allclose(scaling["means"], IRIS.data.mean(axis=0))
    scaled = (IRIS.data - scaling["means"]) / scaling["deviations"]
    codebook = load_map(tmp_path / "out" / "map.safetensors").codebook.numpy()
    assert report(tmp_path / "out")["quantization_error"] == pytest.approx(quantization_error(codebook, scaled))


def test_numpy_files(tmp_path: Path) -> None:
    """float32 stays, unless another type is asked for."""
    np.save(tmp_path / "data.npy", IRIS.data.astype(np.float32))
    for options, dtype in (((), np.float32), (("--dtype", "f64"), np.float64)):
        assert 0 == run(tmp_path / "data.npy", "--out", tmp_path / f"{len(options)}", *options)
        assert dtype == load_map(tmp_path / f"{len(options)}" / "map.safetensors").codebook.dtype
    assert {"map.safetensors", "report.json", "units.csv", "u_matrix.png", "hits.png", "components.png"} == names(
        tmp_path / "0"
    )


def test_images(tmp_path: Path) -> None:
    """A map of images draws its codebook as images, and the classes that they have."""
    assert 0 == run("digits", "--images", 200, "--out", tmp_path / "out")
    expected = {"map.safetensors", "report.json", "units.csv", "u_matrix.png", "hits.png", "images.png", "classes.png"}
    assert expected == names(tmp_path / "out")
    assert (20, 784) == load_map(tmp_path / "out" / "map.safetensors").codebook.shape
    assert 200 == report(tmp_path / "out")["samples"]


def test_more_features_than_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first component planes are drawn, and the command says so."""
    monkeypatch.setattr(command_line, "MAXIMUM_PLANES", 2)
    np.save(tmp_path / "data.npy", np.random.default_rng(0).normal(size=(30, 5)))
    assert 0 == run(tmp_path / "data.npy", "--out", tmp_path / "out")
    assert "of 5 component planes the first 2 are drawn\n" in capsys.readouterr().out


@pytest.mark.usefixtures("undrawn")
def test_what_is_said_of_the_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing cells, constant columns and few samples are no errors, but are said."""
    (tmp_path / "data.csv").write_text("a,b,c\n1,5,2\n3,5,\n2,5,4\n", encoding="utf-8")
    assert 0 == run(tmp_path / "data.csv", "--out", tmp_path / "out")
    printed = capsys.readouterr().out
    assert "1 of 9 cells are missing, and are left out of the distances\n" in printed
    assert "column 'b' is the same in all samples, and tells none apart\n" in printed
    assert "there are more neurons (20) than samples (3): many will have no samples\n" in printed


@pytest.mark.usefixtures("undrawn")
def test_same_seed_same_files(iris: Path, tmp_path: Path) -> None:
    """Two runs with one seed write the same map bit for bit; another seed writes another."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        arguments = ("--label-column", "species", "--start", "random", "--rule", "online", "--seed", seed)
        assert 0 == run(iris, *arguments, "--out", tmp_path / name)
    a, b, c = ((tmp_path / name / "map.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.usefixtures("undrawn")
def test_runs_do_not_overwrite_each_other(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --out each makes a new folder, and with it, the files of another are replaced only when that is said."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert 0 == run(iris, "--label-column", "species")
    assert {"som-iris-1", "som-iris-2"} == names(tmp_path / "runs")
    capsys.readouterr()
    before = (tmp_path / "runs" / "som-iris-1" / "map.safetensors").read_bytes()
    again = (iris, "--label-column", "species", "--metric", "manhattan", "--out", "runs/som-iris-1")
    assert 1 == run(*again)
    assert (
        "error: runs/som-iris-1 holds map.safetensors of another run; "
        "name another folder with --out, or replace it with --overwrite\n"
    ) == capsys.readouterr().err
    assert before == (tmp_path / "runs" / "som-iris-1" / "map.safetensors").read_bytes()
    assert 0 == run(*again, "--overwrite")
    assert before != (tmp_path / "runs" / "som-iris-1" / "map.safetensors").read_bytes()


def test_nothing_of_the_other_run_stays(iris: Path, tmp_path: Path) -> None:
    """A run that replaces another leaves no figure of the other one, and touches no other file."""
    out = tmp_path / "out"
    assert 0 == run(iris, "--label-column", "species", "--clusters", 2, "--out", out)
    (out / "notes.txt").touch()
    assert 0 == run(iris, "--label-column", "species", "--out", out, "--overwrite")
    assert "clusters.png" not in names(out)
    assert {"classes.png", "notes.txt"} <= names(out)


def test_json_is_alone_on_standard_output(iris: Path, tmp_path: Path) -> None:
    """``python -m nets.som`` with --json prints one object there, which is the report."""
    done = subprocess.run(
        [sys.executable, "-m", "nets.som", iris, "--label-column", "species", "--json", "--out", tmp_path / "out"],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert report(tmp_path / "out") == json.loads(done.stdout)


def test_no_figures_without_matplotlib(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where matplotlib is not installed, the run says so and draws nothing."""
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    assert 0 == run(iris, "--label-column", "species", "--out", tmp_path / "out")
    assert "no figures: they need matplotlib, install shapedmat[plot]" in capsys.readouterr().out
    assert [] == list((tmp_path / "out").glob("*.png"))


def test_help_describes_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Each option has a sentence."""
    with pytest.raises(SystemExit) as ended:
        command_line.main(["--help"])
    assert 0 == ended.value.code
    printed = capsys.readouterr().out
    for field in fields(command_line.Train):
        assert field.name.replace("_", "-").upper() in printed.upper()
    assert "Same seed, same machine: same result." in printed


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (
            "a,b\n1,2\n3,abc\n",
            (),
            (
                "data.csv, line 3, column 'b': 'abc' is not a number; leave the cell empty if the value is missing, "
                "and name a column of classes as the label column"
            ),
        ),
        ("", (), "data.csv is empty, but one sample or more is wanted; check which file this is"),
        ("a,b\n1,2\n", ("--label-column", "c"), "data.csv has no column 'c' for labels: there are a, b"),
        ("a,b\n1,\n2,\n", (), "data.csv, column 'b' has no values; leave the column out"),
        ("a,b\n1,2\n,\n", (), "data.csv, sample 2 has no values, only missing cells; leave the row out"),
        ("a\n1\n2\n", ("--images", "5"), "--images goes with images, but data.csv is a table; leave it out"),
        ("a\n1\n2\n", ("--neighbourhood", "mexican-hat"), "MexicanHat has negative strengths"),
        ("a\n1\n2\n", ("--clusters", "99"), "99 clusters of 20 neurons were asked for: 1 to 20 are possible"),
        ("a\n1\n2\n", ("--radius-end", "-1"), "above 0, not -1.0"),
        ("a\n1\n2\n", ("--out", "data.csv"), "data.csv is a file, but a folder is wanted; name another one with --out"),
    ],
)
def test_errors_are_one_line(
    content: str,
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake of the user ends with status 1, one line on standard error, and no folder."""
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(content, encoding="utf-8")
    assert 1 == run("data.csv", *arguments)
    assert re.fullmatch(rf"error: .*{re.escape(message)}.*\n", capsys.readouterr().err)
    assert {"data.csv"} == names(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.csv",), "none.csv does not exist; check the path"),
        (
            ("nowhere",),
            "nowhere is not a folder; give mnist, fashion, digits or a folder that holds the four IDX files",
        ),
        (
            ("digits", "--label-column", "a"),
            "--label-column and --header go with tables, but digits is none; leave them",
        ),
        (("digits", "--images", "0"), "images is 0, but 1 or more is wanted"),
        (("digits", "--data-dir", "."), "data_dir is ., but only mnist and fashion are read from it"),
    ],
)
def test_errors_of_files(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is not there, or does not go together, is one line too."""
    monkeypatch.chdir(tmp_path)
    assert 1 == run(*arguments)
    assert re.fullmatch(rf"error: {re.escape(message)}.*\n", capsys.readouterr().err)


def test_the_device_is_passed_on(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no such device, its error is one line."""
    assert 1 == run(iris, "--label-column", "species", "--device", "abacus", "--out", tmp_path / "out")
    assert re.fullmatch(r"error: .*abacus.*\n", capsys.readouterr().err)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("rule", ["batch", "mini-batch"])
def test_the_map_is_trained_on_the_device(device: Machine, iris: Path, tmp_path: Path, rule: str) -> None:
    """On a GPU, or a stand-in for one, the command comes to the same map as on the CPU, by kernels of its own."""
    settings = "--label-column", "species", "--rule", rule, "--dtype", "f32"
    for where in ("cpu", "cuda"):
        assert 0 == run(iris, *settings, "--device", where, "--out", tmp_path / where)
    expected, actual = (load_map(tmp_path / where / "map.safetensors").codebook.numpy() for where in ("cpu", "cuda"))
    np.testing.assert_allclose(actual, expected, rtol=1e-4)
    assert "find_units" in {launch.name for launch in device.launches}


def test_interruption(
    iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends the command without a traceback, and writes nothing."""

    def interrupted(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SOM, "fit", interrupted)
    assert 130 == run(iris, "--label-column", "species", "--out", tmp_path / "out")
    assert "interrupted\n" == capsys.readouterr().err
    assert not (tmp_path / "out").exists()
