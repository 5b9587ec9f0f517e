"""The book's network: its equations, its training loop, and the later chapters' improvements."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nets import figures, nielsen_command_line
from nets.export import load_network
from nets.nielsen import Cost, LabelledSample, Network, Sample, Start, load_data
from nets.nielsen_command_line import main
from shapedmat import Matrix, ShapeError
from tests.nets.published import PUBLISHED

MNIST = PUBLISHED / "mnist"
ROOT = Path(__file__).parents[2]


def samples(sizes: tuple[int, int], count: int, seed: int = 0) -> list[Sample[np.float64]]:
    """Return random inputs, with one-hot targets."""
    rng = np.random.default_rng(seed)
    inputs = [Matrix.from_rows(rng.normal(size=(sizes[0], 1)), dtype=np.float64) for _ in range(count)]
    return [(x, Matrix.one_hot([int(rng.integers(sizes[1]))], sizes[1], dtype=np.float64)) for x in inputs]


def labelled(data: list[Sample[np.float64]]) -> list[LabelledSample[np.float64]]:
    """Return the same inputs with labels."""
    return [(x, int(y.numpy().argmax())) for x, y in data]


def parameters(network: Network[np.float64]) -> list[np.ndarray[Any, Any]]:
    """Return copies of the weights and the biases."""
    return [each.numpy().copy() for each in [*network.weights, *network.biases]]


def quiet(line: str) -> None:
    """Report nothing."""


@pytest.mark.parametrize("cost", ["quadratic", "cross-entropy"])
def test_gradients_are_the_numerical_ones(cost: Cost) -> None:
    """Backpropagation gives the central differences of the cost by every weight and bias."""
    network = Network([3, 4, 2], cost=cost, seed=1)
    data = samples((3, 2), 1)
    nabla_b, nabla_w = network.backprop(*data[0])
    for matrices, gradients in ((network.biases, nabla_b), (network.weights, nabla_w)):
        for matrix, gradient in zip(matrices, gradients, strict=True):
            values: Any = matrix.numpy()
            for place in np.ndindex(values.shape):
                kept = values[place]
                values[place] = kept + 1e-6
                above = network.total_cost(data)
                values[place] = kept - 1e-6
                below = network.total_cost(data)
                values[place] = kept
                assert (above - below) / 2e-6 == pytest.approx(gradient.numpy()[place], rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("cost", ["quadratic", "cross-entropy"])
@given(
    seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12), size=st.integers(1, 5), lmbda=st.sampled_from([0.0, 2.5])
)
def test_matrices_give_the_weights_of_single_samples(
    cost: Cost, seed: int, count: int, size: int, lmbda: float
) -> None:
    """Training on a mini-batch at once is training on its samples one after another, to rounding."""
    data = samples((5, 3), count, seed)
    networks = [Network([5, 4, 3], cost=cost, seed=seed) for _ in range(2)]
    for network, vectorized in zip(networks, (True, False), strict=True):
        network.SGD(data, 2, size, 0.7, lmbda=lmbda, vectorized=vectorized, report=quiet)
    for a, b in zip(*map(parameters, networks), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_one_step_is_the_formula() -> None:
    """A mini-batch makes the step w ← (1 − η λ/n) w − η/m Σ ∂C/∂w and b ← b − η/m Σ ∂C/∂b."""
    network, data = Network([2, 3, 2], seed=3), samples((2, 2), 4)
    sums = network.backprop(Matrix.hstack(*(x for x, _ in data)), Matrix.hstack(*(y for _, y in data)))
    steps = [0.5 / 4 * each.numpy() for each in (*sums[1], *sums[0])]
    before = parameters(network)
    kept = [each * (1 - 0.5 * 0.2 / 4) for each in before[:2]] + before[2:]
    network.update_mini_batch(data, 0.5, decay=0.2 / 4)
    for old, step, found in zip(kept, steps, parameters(network), strict=True):
        np.testing.assert_allclose(old - step, found, rtol=1e-12)


@pytest.mark.parametrize("vectorized", [True, False])
def test_the_last_mini_batch_may_be_smaller(vectorized: bool) -> None:
    """Of seven samples in mini-batches of three, the last one makes a step of its own."""
    data = samples((2, 2), 7)
    steps: list[int] = []

    class Counting(Network[np.float64]):
        def backprop(self, x: Any, y: Any) -> Any:
            steps.append(x.cols)
            return super().backprop(x, y)

    Counting([2, 2]).SGD(data, 1, 3, 1.0, vectorized=vectorized, report=quiet)
    assert steps == ([3, 3, 1] if vectorized else [1] * 7)


def test_every_sample_is_trained_on_in_a_new_order() -> None:
    """An epoch goes through all samples once, each in another order than the one before."""
    data = samples((1, 2), 20)
    orders: list[list[float]] = []

    class Recording(Network[np.float64]):
        def update_mini_batch(self, mini_batch: Any, eta: float, decay: float = 0.0) -> None:
            orders.append([float(x.numpy()[0, 0]) for x, _ in mini_batch])
            super().update_mini_batch(mini_batch, eta, decay)

    Recording([1, 2]).SGD(data, 2, 20, 1.0, vectorized=False, report=quiet)
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(float(x.numpy()[0, 0]) for x, _ in data)
    assert orders[0] != orders[1]


def test_reported_lines() -> None:
    """The lines are those of the book, with test data and without."""
    data = samples((3, 2), 5)
    lines: list[str] = []
    network = Network([3, 2], seed=2)
    right = network.SGD(data, 2, 2, 0.1, labelled(data), report=lines.append)
    network.SGD(data, 1, 2, 0.1, report=lines.append)
    assert lines == [f"Epoch 0: {right[0]} / 5", f"Epoch 1: {right[1]} / 5", "Epoch 0 complete"]
    assert right[1] == network_before_last(data).evaluate(labelled(data))


def network_before_last(data: list[Sample[np.float64]]) -> Network[np.float64]:
    """Return the network of the lines above after its first training."""
    network = Network([3, 2], seed=2)
    network.SGD(data, 2, 2, 0.1, report=quiet)
    return network


def test_early_stopping() -> None:
    """Training ends when so many epochs have brought nothing better; here a rate of zero brings nothing at all."""
    data = samples((3, 2), 5)
    assert len(Network([3, 2]).SGD(data, 50, 2, 0.0, labelled(data), patience=3, report=quiet)) == 4


def test_cross_entropy_learns_where_the_quadratic_cost_is_slow() -> None:
    """The book's example of chapter 3: from w = b = 2, a neuron is to give 0 for 1; η is 0.15 and 0.005, 300 epochs."""
    outputs = []
    settings: dict[Cost, float] = {"quadratic": 0.15, "cross-entropy": 0.005}
    for cost, eta in settings.items():
        network = Network([1, 1], cost=cost)
        network.weights[0][:] = 2.0
        network.biases[0][:] = 2.0
        x, y = Matrix.ones(1, 1, dtype=np.float64), Matrix.zeros(1, 1, dtype=np.float64)
        start = float(network.feedforward(x).numpy()[0, 0])
        network.SGD([(x, y)], 300, 1, eta, report=quiet)
        outputs.append((start, float(network.feedforward(x).numpy()[0, 0])))
    assert [round(start, 2) for start, _ in outputs] == [0.98, 0.98]
    assert round(outputs[0][1], 2) == 0.20


def test_scaled_start() -> None:
    """Weights have the deviation 1 / √(number of inputs), biases 1; without it both have 1."""
    starts: tuple[Start, Start] = ("normal", "scaled")
    networks = {start: Network([400, 500], start=start) for start in starts}
    deviations = {
        start: [float(each.numpy().std()) for each in (*network.weights, *network.biases)]
        for start, network in networks.items()
    }
    assert deviations["normal"] == pytest.approx([1.0, 1.0], rel=0.1)
    assert deviations["scaled"] == pytest.approx([0.05, 1.0], rel=0.1)


def test_float32() -> None:
    """The element type is what is asked for, and stays so."""
    network = Network([2, 2], dtype=np.float32)
    x, y = Matrix.ones(2, 1), Matrix.zeros(2, 1)
    network.SGD([(x, y)], 1, 1, 1.0, report=quiet)
    assert {each.dtype for each in [*network.weights, *network.biases]} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("sizes", "given"), [([3], "3"), ([], ""), ([3, 0, 2], "3, 0, 2")], ids=["one", "none", "not positive"]
)
def test_wrong_sizes(sizes: list[int], given: str) -> None:
    """A network has an input and an output, and each layer a neuron."""
    sentence = f"sizes must be two or more positive numbers, such as [784, 30, 10]: [{given}] was given"
    with pytest.raises(ShapeError, match=re.escape(sentence)):
        Network(sizes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"training_data": []}, "training_data is empty: at least one sample is wanted"),
        ({"epochs": -1}, "epochs must be 0 or more: -1 was given"),
        ({"mini_batch_size": 0}, "mini_batch_size must be 1 or more: 0 was given"),
        ({"patience": 2}, "patience needs test_data, by which it knows which epoch is better"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_arguments(changes: dict[str, Any], sentence: str) -> None:
    """Each is one sentence, and nothing is trained."""
    arguments: dict[str, Any] = {"training_data": samples((2, 2), 3), "epochs": 1, "mini_batch_size": 2, "eta": 1.0}
    network = Network([2, 2])
    before = parameters(network)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        network.SGD(**(arguments | changes))
    assert all(map(np.array_equal, before, parameters(network)))


def test_samples_of_other_sizes_are_refused() -> None:
    """A sample that the first layer has not the inputs for is refused by the product that fails."""
    with pytest.raises(ShapeError, match=re.escape("cannot multiply (4, 3) by (2, 1)")):
        Network([3, 4, 2]).SGD(samples((2, 2), 1), 1, 1, 1.0, report=quiet)


def test_bundled_digits() -> None:
    """The data are split as the book's are, and a small network learns most of them."""
    training, validation, test = load_data("digits")
    assert (len(training), len(validation), len(test)) == (1198, 239, 360)
    assert {x.shape for x, _ in training} == {(784, 1)}
    assert {y.shape for _, y in training} == {(10, 1)}
    network = Network([784, 30, 10], cost="cross-entropy", start="scaled")
    right = network.SGD(training, 8, 10, 0.5, validation, report=quiet)
    assert right[-1] >= 0.93 * len(validation)
    assert network.evaluate(test) >= 0.9 * len(test)


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It trains on what it is told to, and says how many test images are right; an error is one sentence."""
    arguments = [
        "--data",
        "digits",
        "--sizes",
        "784",
        "12",
        "10",
        "--epochs",
        "2",
        "--cost",
        "cross-entropy",
        "--eta",
        "0.5",
    ]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r": \d+", ": k", line) for line in lines] == [
        "Epoch 0: k / 239",
        "Epoch 1: k / 239",
        "test: k / 360",
    ]
    assert main(["--data", "digits", "--sizes", "784"]) == 1
    assert capsys.readouterr().err == (
        "error: sizes must be two or more positive numbers, such as [784, 30, 10]: [784] was given\n"
    )


def test_command_line_writes_weights_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --out the weights give the network back, and the figures are not blank; the other lines stay."""
    arguments = ["--data", "digits", "--sizes", "784", "12", "10", "--epochs", "2", "--eta", "0.5", "--start", "scaled"]
    assert main(arguments) == 0
    without = capsys.readouterr().out
    out = tmp_path / "runs" / "book"
    assert main([*arguments, "--out", str(out)]) == 0
    assert capsys.readouterr().out == (
        f"{without}wrote {out / 'model.safetensors'}\ndrew learning curves, confusion matrix and first layer in {out}\n"
    )
    figures = ["confusion_matrix.png", "first_layer.png", "learning_curves.png"]
    assert sorted(path.name for path in out.iterdir()) == sorted([*figures, "model.safetensors"])
    for name in figures:
        with Image.open(out / name) as image:
            assert len(np.unique(np.asarray(image.convert("L")))) > 10
    network = Network([784, 12, 10], seed=3)
    load_network(out / "model.safetensors", network)
    test = load_data("digits").test
    assert without.endswith(f"test: {network.evaluate(test)} / {len(test)}\n")


def test_no_figures_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where matplotlib is not installed, the run says so and writes the weights alone."""
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    arguments = ["--data", "digits", "--sizes", "784", "10", "--epochs", "1", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "no figures: they need matplotlib, install shapedmat[plot]\n" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


SMALL = ["--data", "digits", "--sizes", "784", "12", "10", "--eta", "0.5", "--start", "scaled"]


def interrupt_at(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run be interrupted when an epoch, counted from 1, has taken its steps and is to be evaluated."""
    evaluate, calls = Network.evaluate, []

    def counted(network: Network[Any], samples: list[LabelledSample[Any]]) -> int:
        calls.append(samples)
        if len(calls) == epoch:
            raise KeyboardInterrupt
        return evaluate(network, samples)

    monkeypatch.setattr(Network, "evaluate", counted)


def test_command_line_keeps_the_epochs_before_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C the network of the last epoch that was finished is tested, written and drawn, and that is said."""
    assert 0 == main([*SMALL, "--epochs", "2", "--out", str(tmp_path / "whole")])
    whole = capsys.readouterr().out
    interrupt_at(3, monkeypatch)
    assert 130 == main([*SMALL, "--epochs", "5", "--out", str(tmp_path / "part")])
    captured = capsys.readouterr()
    assert "interrupted: the network is the one after 2 of 5 epochs\n" == captured.err
    assert whole.replace("whole", "part") == captured.out
    expected, kept = Network([784, 12, 10], seed=1), Network([784, 12, 10], seed=2)
    for name, network in (("whole", expected), ("part", kept)):
        load_network(tmp_path / name / "model.safetensors", network)
    assert all(map(np.array_equal, parameters(expected), parameters(kept)))
    assert "learning_curves.png" in {path.name for path in (tmp_path / "part").iterdir()}


def test_command_line_interrupted_in_its_first_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no epoch was finished, nothing is written, and that is said."""
    interrupt_at(1, monkeypatch)
    assert 130 == main([*SMALL, "--epochs", "5", "--out", str(tmp_path)])
    assert ("", "interrupted, no epoch was saved\n") == capsys.readouterr()
    assert [] == list(tmp_path.iterdir())


def test_command_line_interrupted_without_a_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --out there is nothing to keep."""
    interrupt_at(2, monkeypatch)
    assert 130 == main([*SMALL, "--epochs", "5"])
    assert "interrupted\n" == capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_command_line_notices_ctrl_c(tmp_path: Path) -> None:
    """A process that trains in machine code ends within its epoch when it gets the signal of Ctrl-C."""
    command = [sys.executable, "-u", "-m", "nets.nielsen", *SMALL, "--epochs", "1000000", "--out", str(tmp_path)]
    settings = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=settings, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Epoch 0: ")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert 130 == process.returncode
    assert re.fullmatch(r"interrupted: the network is the one after \d+ of 1000000 epochs\n", said)
    assert (tmp_path / "model.safetensors").exists()


def test_command_line_looks_at_its_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file, or a folder that cannot be made, is refused for --out before anything is trained."""
    monkeypatch.delattr(Network, "SGD")
    path = tmp_path / "out"
    path.touch()
    assert 1 == main([*SMALL, "--out", str(path)])
    assert f"error: {path} is a file, but a folder is wanted; name another one with --out\n" == capsys.readouterr().err
    assert 1 == main([*SMALL, "--out", str(path / "deeper")])
    assert capsys.readouterr().err.startswith(f"error: cannot make the folder {path / 'deeper'} (")


def test_command_line_trains_alike_on_both_backends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Training operation by operation gives the weights of training in machine code, to rounding."""
    networks, printed = [], []
    for backend in ("numpy", "numba"):
        assert 0 == main([*SMALL, "--epochs", "2", "--backend", backend, "--out", str(tmp_path / backend)])
        printed.append(capsys.readouterr().out.replace(backend, ""))
        networks.append(Network([784, 12, 10]))
        load_network(tmp_path / backend / "model.safetensors", networks[-1])
    assert printed[0] == printed[1]
    for a, b in zip(*map(parameters, networks), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


def test_drawn_numbers() -> None:
    """What the figures show is the squared error of one image, and a count for each pair of classes."""
    data = load_data("digits")
    network = Network([784, 10], start="scaled", seed=1)
    finished = nielsen_command_line._Finished(network, data)
    finished.epoch_ends()
    costs = [2 * network.total_cost(data.training[: len(data.validation)])]
    assert finished.kept[1]["training"] == pytest.approx(costs)
    counts = nielsen_command_line._confusion(network, data.test)
    assert counts.sum() == len(data.test)
    assert np.trace(counts) == network.evaluate(data.test)
    assert counts.sum(axis=1).tolist() == np.bincount([label for _, label in data.test]).tolist()


@pytest.mark.slow
@pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST's files are not there; SHAPEDMAT_DATA_DIR names their folder")
def test_the_book_s_result() -> None:
    """[784, 30, 10] after some of the 30 epochs of chapter 1 is right for more than 9 in 10 test images."""
    training, _, test = load_data("mnist", MNIST)
    assert max(Network([784, 30, 10], seed=1).SGD(training, 3, 10, 3.0, test, report=quiet)) > 9_000
