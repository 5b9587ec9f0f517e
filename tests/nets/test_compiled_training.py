"""nets.training on the numba backend: machine code takes the steps, and they are those that are taken without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from nets import command_line, training
from nets.batches import TrainingBatches
from nets.data import Dataset
from nets.mnist import Network
from nets.training import DivergenceError, Result, Settings, train
from shapedmat import JitError, Matrix, use_backend
from shapedmat.compiler import plan as planning
from shapedmat.kernels import threads as kernel_threads

SILENT = Console(quiet=True)
IMAGES = 50


def random_dataset() -> Dataset:
    """Return a data set of random images."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (IMAGES, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, IMAGES, dtype=np.uint8)
    return Dataset("random", images, labels, images[:5], labels[:5])


def trained(backend: str, dtype: Any, settings: Settings, **options: Any) -> tuple[Network[Any], Result]:
    """Return a network trained on a backend, and what came of it."""
    with use_backend(backend):
        network = Network.initialized(np.random.default_rng(1), dtype)
        return network, train(network, random_dataset(), settings, console=SILENT, **options)


@pytest.mark.parametrize(
    ("dtype", "batch_size"), [(np.float32, 1), (np.float32, 7), (np.float64, 16), (np.float64, 64)]
)
def test_weights_are_those_of_numpy(dtype: Any, batch_size: int) -> None:
    """After epochs of moved images, with a smaller last mini-batch, weights and losses agree to rounding."""
    settings = Settings(epochs=2, batch_size=batch_size, learning_rate=0.5, shift=1)
    expected, expected_result = trained("numpy", dtype, settings)
    network, result = trained("numba", dtype, settings)
    tolerance = 1e-4 if dtype is np.float32 else 1e-11
    for name, matrix in expected.parameters.items():
        np.testing.assert_allclose(network.parameters[name].numpy(), matrix.numpy(), rtol=0, atol=tolerance)
    losses = [record.train_loss for record in result.history]
    assert [record.train_loss for record in expected_result.history] == pytest.approx(losses, rel=1e-4)


def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One, two and three threads train to the same weights, bit for bit."""
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)
    monkeypatch.setattr(kernel_threads, "processors", lambda: 3)
    settings = Settings(epochs=2, batch_size=20, learning_rate=0.5)
    weights = []
    for threads in (1, 2, 3):
        network, _ = trained("numba", np.float32, settings, threads=threads)
        weights.append([matrix.numpy().tobytes() for matrix in network.parameters.values()])
    assert weights[0] == weights[1] == weights[2]


@pytest.mark.parametrize(("threads", "expected"), [(1, "on 1 thread\n"), (2, "on 2 threads\n")])
def test_validation_has_the_threads_of_training(threads: int, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What classifies the validation images is compiled once, for as many threads as training is given."""
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)
    monkeypatch.setattr(kernel_threads, "processors", lambda: 3)
    training._compiled_predict.cache_clear()
    trained("numba", np.float32, Settings(epochs=2, validation_fraction=0.2), threads=threads)
    plan = training._compiled_predict(Network, threads).plan()
    assert 1 == training._compiled_predict.cache_info().currsize
    assert expected in plan
    training._compiled_predict.cache_clear()


def test_the_command_line_says_where_fewer_threads_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where more threads are asked for than there are processors, training and testing say how many compute."""
    monkeypatch.setattr(command_line, "processors", lambda: 2)
    note = "threads is 3, but the number of processors is 2: as many threads as that compute"
    train_digits = ["train", "--data", "digits", "--epochs", "1", "--out", str(tmp_path), "--json"]
    test_digits = ["eval", "--data", "digits", "--model", str(tmp_path), "--json"]
    notes, summaries = [], []
    for command, threads in ((train_digits, "3"), (test_digits, "3"), (test_digits, "2")):
        assert 0 == command_line.main([*command, "--threads", threads])
        captured = capsys.readouterr()
        notes.append(captured.err.splitlines().count(note))
        summaries.append(json.loads(captured.out))
    assert [1, 1, 0] == notes
    assert 2 == summaries[0]["threads"]


def test_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """A run of two epochs, and one of them that is resumed for the other, end with the same weights."""
    settings = Settings(epochs=2, batch_size=20, learning_rate=0.5)
    expected, _ = trained("numba", np.float32, settings)

    class StoppedError(Exception):
        """Ends a run."""

    def stop(*_: Any) -> None:
        raise StoppedError

    with use_backend("numba"), pytest.MonkeyPatch.context() as patch:
        network = Network.initialized(np.random.default_rng(1), np.float32)
        patch.setattr("nets.progress.TrainingDisplay.epoch_ends", stop)
        with pytest.raises(StoppedError):
            train(network, random_dataset(), settings, console=SILENT, out=tmp_path)
    network, _ = trained("numba", np.float32, settings, out=tmp_path, resume=True)
    for name, matrix in expected.parameters.items():
        assert matrix.numpy().tobytes() == network.parameters[name].numpy().tobytes()


def test_divergence_names_the_step() -> None:
    """A loss that is not a number ends the run at its step, as without compiling."""
    settings = Settings(epochs=1, batch_size=10, learning_rate=0.5)
    steps = []
    for backend in ("numpy", "numba"):
        network = Network.initialized(np.random.default_rng(1), np.float32)
        network.w3 *= np.float32("nan")
        with use_backend(backend), pytest.raises(DivergenceError) as caught:
            train(network, random_dataset(), settings, console=SILENT)
        steps.append((caught.value.epoch, caught.value.step))
    assert [(1, 1), (1, 1)] == steps


def test_progress_is_told_while_the_code_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar hears of all images at the end of an epoch, and of the mean loss so far."""
    told: list[tuple[int, int, float]] = []
    monkeypatch.setattr(
        "nets.progress.TrainingDisplay.step_done", lambda _, epoch, images, total: told.append((epoch, images, total))
    )
    _, result = trained("numba", np.float32, Settings(epochs=2, batch_size=20))
    last = [next(each for each in reversed(told) if each[0] == epoch) for epoch in (1, 2)]
    assert [IMAGES, IMAGES] == [images for _, images, _ in last]
    assert [record.train_loss * IMAGES for record in result.history] == [total for _, _, total in last]


def test_step_that_cannot_be_compiled_names_its_line() -> None:
    """A network that branches on its loss is told where, and what can be done."""

    class Branching(Network[Any]):
        """A network that cannot be compiled."""

        def step(self, x: Any, y: Any, learning_rate: float) -> Any:
            """Take a step only if the loss is large."""
            loss = super().step(x, y, learning_rate)
            return loss if loss > 1 else loss * 2

    with use_backend("numba"):
        network = Branching(**Network.initialized(np.random.default_rng(1), np.float32).parameters)
        with pytest.raises(JitError, match=r'in step: "return loss if loss > 1 else loss \* 2"'):
            train(network, random_dataset(), Settings(epochs=1), console=SILENT)


def test_batches_are_those_of_the_eager_epoch() -> None:
    """Machine code sees the images and labels of the same mini-batches, moved by as much."""
    dataset = random_dataset()
    batches = TrainingBatches(dataset.train_images, dataset.train_labels, batch_size=8, shift=2, dtype=np.float64)
    expected = [
        float((each.x * 3).sum()) + float((each.y * each.y).sum()) for each in batches.epoch(np.random.default_rng(5))
    ]
    weights = Matrix.full(1, 1, 3.0, dtype=np.float64)

    def step(w: Any, x: Any, y: Any, rate: float) -> Any:
        return (x * w).sum() + (y * y).sum() * rate

    compiled = batches.compiled(step, threads=1)
    losses = compiled.epoch(weights, np.random.default_rng(5), [1.0] * batches.batches_count, lambda *_: None)
    assert expected == pytest.approx(losses.tolist(), rel=1e-12)
