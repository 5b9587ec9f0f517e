"""nets.training trains as its settings say, keeps the best, survives being killed, and gives the same bits again."""

from __future__ import annotations

import io
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from nets import data
from nets.checkpoints import CheckpointError, load_checkpoint
from nets.data import Dataset, Images, Labels
from nets.mnist import Network
from nets.training import DivergenceError, Result, Settings, evaluate, train
from shapedmat import FileFormatError, Matrix, use_backend

ROOT = Path(__file__).parents[2]
SILENT = Console(quiet=True)


class Recorder:
    """A network that learns nothing and records what it is given."""

    def __init__(
        self, loss: Callable[[int], float] = lambda step: 0.5, outputs: Callable[[int], float] = lambda epoch: 0.0
    ) -> None:
        """Give the loss of each step, counted from 1, and the outputs for validation images after each epoch."""
        self.loss, self.outputs = loss, outputs
        self.weight: Matrix[Any, Any, Any] = Matrix.zeros(1, 1)
        self.learning_rates: list[float] = []
        self.trained_on: list[bytes] = []
        self.predicted: list[bytes] = []
        self.predictions = 0

    def step(self, x: Matrix[Any, Any, Any], y: Matrix[Any, Any, Any], learning_rate: float) -> float:
        """Record the images and the learning rate."""
        self.learning_rates.append(learning_rate)
        self.trained_on += images_in(x)
        self.weight += 1.0
        return self.loss(len(self.learning_rates))

    def predict(self, x: Matrix[Any, Any, Any]) -> Matrix[Any, Any, Any]:
        """Record the images, and return the same output for each class."""
        self.predicted += images_in(x)
        self.predictions += 1
        return Matrix.full(10, x.cols, self.outputs(self.predictions))

    @property
    def parameters(self) -> dict[str, Matrix[Any, Any, Any]]:
        """A single weight, which counts the steps."""
        return {"w": self.weight}

    def load(self, parameters: Mapping[str, Matrix[Any, Any, Any]]) -> None:
        """Take over the weight."""
        self.weight = parameters["w"].copy()


def images_in(x: Matrix[Any, Any, Any]) -> list[bytes]:
    """Return the bytes of each image of a batch."""
    return [column.tobytes() for column in np.rint(x.numpy().T * 255).astype(np.uint8)]


def random_dataset(count: int = 20) -> Dataset:
    """Return a data set of random images."""
    rng = np.random.default_rng(0)

    def images(n: int) -> Images:
        return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)

    def labels(n: int) -> Labels:
        return rng.integers(0, 10, n, dtype=np.uint8)

    return Dataset("random", images(count), labels(count), images(5), labels(5))


def learn(network: Any, settings: Settings, *, count: int = 20, **options: Any) -> Result:
    """Train on random images."""
    return train(network, random_dataset(count), settings, console=SILENT, **options)


def learn_digits(settings: Settings, **options: Any) -> tuple[Network[np.float32], Result]:
    """Train the real network on the handwritten digits that need no file."""
    network = Network.initialized(np.random.default_rng(settings.seed), np.float32)
    return network, train(network, data.load("digits"), settings, console=SILENT, **options)


def bits_of(network: Network[Any]) -> dict[str, bytes]:
    """Return the bytes of each parameter."""
    return {name: matrix.numpy().tobytes() for name, matrix in network.parameters.items()}


def rows_of(result: Result) -> list[dict[str, Any]]:
    """Return the history without the seconds."""
    return [{**asdict(record), "seconds": None} for record in result.history]


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs is 0, but 1 or more is wanted"),
        ({"batch_size": -1}, "batch_size is -1, but 1 or more is wanted"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0, but a number above 0 is wanted"),
        ({"learning_rate": math.nan}, "learning_rate is nan, but a number above 0 is wanted"),
        ({"learning_rate": math.inf}, "learning_rate is inf, but a number above 0 is wanted"),
        ({"final_learning_rate": 1.5}, "final_learning_rate is 1.5, but a fraction from 0 to 1 is wanted"),
        ({"validation_fraction": 1.0}, "validation_fraction is 1.0, but a fraction from 0 to below 1 is wanted"),
        ({"seed": -1}, "seed is -1, but 0 or more is wanted"),
        ({"patience": -1}, "patience is -1, but 0 or more is wanted"),
        ({"patience": 3}, "patience is 3, but early stopping needs a validation_fraction above 0"),
        ({"shift": 28}, "shift is 28, but 0 to 27 pixels are wanted"),
    ],
)
def test_setting_out_of_range_is_refused(settings: dict[str, Any], message: str) -> None:
    """The sentence says what was given and what is wanted."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the message is compared whole
        Settings(**settings)
    assert message == str(caught.value)


def test_empty_validation_set_is_refused() -> None:
    """A fraction that rounds to no image is refused."""
    with pytest.raises(ValueError, match=r"^validation_fraction 0.01 of 20 images is 0, but 1 to 19 are wanted$"):
        learn(Recorder(), Settings(validation_fraction=0.01))


def test_resuming_needs_a_folder() -> None:
    """Without a folder there is nothing to resume from."""
    with pytest.raises(ValueError, match=r"^resume is given without out; give the folder that holds the checkpoint$"):
        learn(Recorder(), Settings(), resume=True)


# --- the loop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "expected"), [(0, 2.0), (50, 1.1), (100, 0.2)])
def test_learning_rate_falls_along_a_cosine(step: int, expected: float) -> None:
    """It starts at the first value, passes the mean in the middle, and ends at the given fraction."""
    settings = Settings(learning_rate=2.0, final_learning_rate=0.1)
    assert expected == pytest.approx(settings.learning_rate_at(step, 101), rel=1e-12)


def test_single_step_has_the_first_learning_rate() -> None:
    """A run of one step does not divide by zero."""
    assert Settings(learning_rate=2.0).learning_rate_at(0, 1) == 2.0


def test_cosine_spans_all_epochs() -> None:
    """The first step of the first epoch and the last step of the last one have the ends of the schedule."""
    network = Recorder()
    learn(network, Settings(epochs=3, batch_size=8, learning_rate=2.0, final_learning_rate=0.1))
    assert [2.0, 0.2] == pytest.approx([network.learning_rates[0], network.learning_rates[8]], rel=1e-12)


def test_history_has_the_learning_rate_of_the_last_step() -> None:
    """A row of the history holds the learning rate at the end of its epoch."""
    network = Recorder()
    result = learn(network, Settings(epochs=2, batch_size=8))
    assert [network.learning_rates[2], network.learning_rates[5]] == [row.learning_rate for row in result.history]


def test_every_image_is_used_once_an_epoch() -> None:
    """Shuffling covers all images, and the last batch, which is smaller, is not dropped."""
    network = Recorder()
    learn(network, Settings(epochs=1, batch_size=8, shift=0))
    assert sorted(image.tobytes() for image in random_dataset().train_images) == sorted(network.trained_on)


def test_train_loss_is_the_mean_over_images() -> None:
    """A smaller last batch counts by its images: 8, 8 and 4 of 20."""
    result = learn(Recorder(loss=float), Settings(epochs=1, batch_size=8))
    assert (8 * 1 + 8 * 2 + 4 * 3) / 20 == pytest.approx(result.history[0].train_loss)


def test_training_images_are_moved() -> None:
    """With a shift, images differ from the originals."""
    network = Recorder()
    learn(network, Settings(epochs=1, shift=3))
    assert not {image.tobytes() for image in random_dataset().train_images} >= set(network.trained_on)


def test_validation_images_are_never_moved() -> None:
    """The images of the validation set are as they were, and as many as the fraction says."""
    network = Recorder()
    learn(network, Settings(epochs=1, shift=3, validation_fraction=0.25))
    originals = {image.tobytes() for image in random_dataset().train_images}
    assert (5, True) == (len(network.predicted), set(network.predicted) <= originals)


def test_validation_images_are_not_trained_on() -> None:
    """The training and the validation set have no image in common, and together are all."""
    network = Recorder()
    learn(network, Settings(epochs=1, shift=0, validation_fraction=0.25))
    originals = sorted(image.tobytes() for image in random_dataset().train_images)
    assert originals == sorted(network.trained_on + network.predicted)


def test_loss_falls() -> None:
    """The real network learns the handwritten digits."""
    _, result = learn_digits(Settings(epochs=3))
    losses = [row.train_loss for row in result.history]
    assert losses == sorted(losses, reverse=True)


def test_same_seed_gives_the_same_bits() -> None:
    """Two runs with one seed end with the same weights, bit for bit, and the same history."""
    settings = Settings(epochs=2, validation_fraction=0.1)
    (first, first_result), (second, second_result) = (learn_digits(settings) for _ in range(2))
    assert (bits_of(first), rows_of(first_result)) == (bits_of(second), rows_of(second_result))


def test_order_depends_on_the_seed() -> None:
    """Another seed shuffles otherwise."""
    first, second = Recorder(), Recorder()
    learn(first, Settings(epochs=1, shift=0, seed=1))
    learn(second, Settings(epochs=1, shift=0, seed=2))
    assert first.trained_on != second.trained_on


def test_saving_changes_no_bit(tmp_path: Path) -> None:
    """A run with a folder and one without end with the same weights."""
    settings = Settings(epochs=1)
    assert bits_of(learn_digits(settings)[0]) == bits_of(learn_digits(settings, out=tmp_path)[0])


# --- early stopping ---------------------------------------------------------------------------------------------------

# One 1 and nine 0 in a code: the loss of equal outputs v is (1 − v)² + 9 v², which is smallest at v = 0.1.
OUTPUTS = (0.5, 0.3, 0.1, 0.2, 0.3, 0.1, 0.1, 0.1)


def stopped(patience: int) -> tuple[Recorder, Result]:
    """Train a network whose third epoch is the best."""
    network = Recorder(outputs=lambda epoch: OUTPUTS[epoch - 1])
    settings = Settings(epochs=8, batch_size=5, validation_fraction=0.25, patience=patience)
    return network, learn(network, settings)


@pytest.mark.parametrize(("patience", "epochs"), [(1, 4), (2, 5), (5, 8), (0, 8)])
def test_training_stops_when_the_patience_is_out(patience: int, epochs: int) -> None:
    """After the best epoch, as many epochs follow as the patience lasts, and none is cut off without patience."""
    assert epochs == len(stopped(patience)[1].history)


@pytest.mark.parametrize(("patience", "expected"), [(2, True), (5, False), (0, False)])
def test_result_says_whether_it_stopped_early(patience: int, expected: bool) -> None:
    """Training that comes to its last epoch has not stopped early, even if the patience is out by then."""
    assert expected is stopped(patience)[1].stopped_early


@pytest.mark.parametrize("patience", [0, 2])
def test_best_weights_are_restored(patience: int) -> None:
    """The network ends with the weights after epoch 3, its 9th step, which the result names."""
    network, result = stopped(patience)
    assert (3, 9.0) == (result.best_epoch, network.weight.numpy().item())


def test_last_weights_stay_without_validation() -> None:
    """Without a validation set the last epoch's weights are the result."""
    network = Recorder()
    result = learn(network, Settings(epochs=2, batch_size=5))
    assert (2, 8.0, None) == (result.best_epoch, network.weight.numpy().item(), result.history[0].val_loss)


def test_validation_loss_is_the_squared_error_of_an_image() -> None:
    """Outputs of 0.5 for each class are (1 − 0.5)² + 9 · 0.5² = 2.5 off."""
    assert stopped(0)[1].history[0].val_loss == 2.5


# --- divergence -------------------------------------------------------------------------------------------------------


def diverge(network: Recorder, **options: Any) -> DivergenceError:
    """Return the error that training three epochs of four steps ends with."""
    with pytest.raises(DivergenceError) as caught:
        learn(network, Settings(epochs=3, batch_size=5, final_learning_rate=1.0), **options)
    return caught.value


def test_infinite_loss_stops_training() -> None:
    """The sentence says where, at what learning rate, what to do, and that nothing was kept."""
    error = diverge(Recorder(loss=lambda step: math.inf if step == 2 else 0.5))
    expected = (
        "training diverged: the loss is inf in epoch 1, step 2, at a learning rate of 2.5; "
        "lower the learning rate (there is no checkpoint)"
    )
    assert expected == str(error)


def test_divergence_names_the_last_good_checkpoint(tmp_path: Path) -> None:
    """The sentence names the checkpoint of the epoch before."""
    error = diverge(Recorder(loss=lambda step: math.nan if step == 7 else 0.5), out=tmp_path)
    expected = (
        "training diverged: the loss is nan in epoch 2, step 3, at a learning rate of 2.5; "
        f"lower the learning rate ({tmp_path / 'checkpoint.safetensors'} keeps epoch 1)"
    )
    assert expected == str(error)


def test_divergence_leaves_the_checkpoint_as_it_is(tmp_path: Path) -> None:
    """The checkpoint holds the last good epoch."""
    error = diverge(Recorder(loss=lambda step: math.nan if step == 7 else 0.5), out=tmp_path)
    assert error.checkpoint is not None
    assert 4.0 == load_checkpoint(error.checkpoint).weights["w"].numpy().item()


def test_infinite_weight_is_not_saved(tmp_path: Path) -> None:
    """A step that spoils the weights and not yet the loss is noticed before the checkpoint is replaced."""
    network = Recorder()

    def spoil(step: int) -> float:
        if step == 4:
            network.weight = Matrix.full(1, 1, math.nan)
        return 0.5

    network.loss = spoil
    message = str(diverge(network, out=tmp_path))
    assert (True, []) == (message.startswith("training diverged: w is not finite in epoch 1"), list(tmp_path.iterdir()))


def test_infinite_validation_loss_stops_training() -> None:
    """A validation loss that is not a number is no smallest loss."""
    with pytest.raises(DivergenceError, match=r"^training diverged: the validation loss is nan in epoch 1, step 1, "):
        learn(Recorder(outputs=lambda epoch: math.nan), Settings(validation_fraction=0.5))


# --- the folder -------------------------------------------------------------------------------------------------------


def test_folder_holds_checkpoint_and_history_only(tmp_path: Path) -> None:
    """No temporary file is left."""
    learn(Recorder(), Settings(epochs=2), out=tmp_path)
    assert ["checkpoint.safetensors", "history.csv"] == sorted(path.name for path in tmp_path.iterdir())


def test_table_has_a_row_an_epoch(tmp_path: Path) -> None:
    """The history is there for other programs."""
    learn(Recorder(), Settings(epochs=2), out=tmp_path)
    assert 3 == len((tmp_path / "history.csv").read_text().splitlines())


def test_second_run_does_not_overwrite_the_first(tmp_path: Path) -> None:
    """A folder with a checkpoint is refused unless it is resumed."""
    learn(Recorder(), Settings(epochs=1), out=tmp_path)
    with pytest.raises(CheckpointError, match=r"is from an earlier run; resume it \(--resume\) or train into another"):
        learn(Recorder(), Settings(epochs=1), out=tmp_path)


@pytest.mark.parametrize(
    ("settings", "options", "difference"),
    [
        (Settings(epochs=2), {}, "epochs is 2, but 1 in the checkpoint"),
        (Settings(epochs=1, learning_rate=0.5), {}, "learning_rate is 0.5, but 2.5 in the checkpoint"),
        (Settings(epochs=1, seed=1), {}, "seed is 1, but 0 in the checkpoint"),
        (Settings(epochs=1), {"count": 21}, "data set is random "),
    ],
)
def test_resuming_another_run_is_refused(
    tmp_path: Path, settings: Settings, options: dict[str, Any], difference: str
) -> None:
    """Settings, seed and data must be those of the checkpoint."""
    learn(Recorder(), Settings(epochs=1), out=tmp_path)
    with pytest.raises(CheckpointError) as caught:
        learn(Recorder(), settings, out=tmp_path, resume=True, **options)
    assert f"is from another run: {difference}" in str(caught.value)


def test_resuming_without_a_checkpoint_says_so(tmp_path: Path) -> None:
    """A run that was killed in its first epoch starts from the beginning."""
    console = Console(file=io.StringIO())
    train(Recorder(), random_dataset(), Settings(epochs=1), out=tmp_path, resume=True, console=console)
    assert isinstance(console.file, io.StringIO)
    expected = f"{tmp_path / 'checkpoint.safetensors'} does not exist yet, starting from the beginning"
    assert expected == console.file.getvalue().splitlines()[0]


def test_resuming_a_finished_run_trains_no_more(tmp_path: Path) -> None:
    """The result of a run that is done is there again, with the best weights in the network."""
    settings = Settings(epochs=2, validation_fraction=0.25)
    first = learn(Recorder(outputs=lambda epoch: OUTPUTS[-epoch]), settings, out=tmp_path)
    network = Recorder()
    assert (first, []) == (learn(network, settings, out=tmp_path, resume=True), network.learning_rates)


def test_damaged_checkpoint_is_not_resumed(tmp_path: Path) -> None:
    """A damaged checkpoint is an error, and not a reason to start again and overwrite it."""
    learn(Recorder(), Settings(epochs=1), out=tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileFormatError):
        learn(Recorder(), Settings(epochs=1), out=tmp_path, resume=True)


def test_interrupted_run_can_be_resumed(tmp_path: Path) -> None:
    """Control-C in the second epoch comes through, and the checkpoint of the first is intact."""

    def interrupt(step: int) -> float:
        if step == 6:
            raise KeyboardInterrupt
        return 0.5

    with pytest.raises(KeyboardInterrupt):
        learn(Recorder(loss=interrupt), Settings(epochs=2, batch_size=5), out=tmp_path)
    assert 1 == len(load_checkpoint(tmp_path / "checkpoint.safetensors").history)


# --- killed and resumed -----------------------------------------------------------------------------------------------

# Trains into a folder, resuming; kills itself at a step or when a file or folder is to be flushed to the disk, or waits
# there to be killed. At its end it prints the weights and the history.
SCRIPT = """
import json, os, signal, sys, time
import numpy as np
from pathlib import Path
from nets.data import Dataset
from nets.mnist import Network
from nets.training import Settings, train

folder, event, number, wait = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
count = {"step": 0, "flush": 0}

def before(name, function):
    def counted(*arguments):
        count[name] += 1
        if (name, count[name]) == (event, number):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(wait)
        return function(*arguments)
    return counted

os.fsync = before("flush", os.fsync)
Network.step = before("step", Network.step)
images = np.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=np.uint8)
labels = np.arange(60, dtype=np.uint8) % 10
network = Network.initialized(np.random.default_rng(0), np.float32)
settings = Settings(epochs=6, batch_size=7, validation_fraction=0.2, learning_rate=1.0)
print("training", flush=True)
result = train(network, Dataset("random", images, labels, images, labels), settings, out=folder, resume=True)
print(json.dumps({
    "weights": {name: matrix.numpy().tobytes().hex() for name, matrix in network.parameters.items()},
    "history": [[each.train_loss, each.val_loss, each.learning_rate] for each in result.history],
}))
"""


def start(folder: Path, event: str = "never", number: int = 0, wait: float = 0.0) -> subprocess.Popen[str]:
    """Start the script."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), event, str(number), str(wait)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder: Path) -> dict[str, Any]:
    """Run the script to its end, and return what it printed last."""
    process = start(folder)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    printed: dict[str, Any] = json.loads(output.splitlines()[-1])
    return printed


# An epoch flushes the checkpoint before it is renamed, its folder after that, and the same for the table; a run that
# resumes from a checkpoint flushes the table and the folder first.
KILLS = (("step", 3), ("flush", 1), ("flush", 2), ("flush", 3), ("flush", 5), ("step", 10), ("flush", 4))


def test_run_killed_again_and_again_gives_the_same_bits(tmp_path: Path) -> None:
    """A run that is killed within a step and between any two changes of its files ends as one that never was."""
    for event, number in KILLS:
        process = start(tmp_path / "killed", event, number)
        process.communicate(timeout=120)
        assert -signal.SIGKILL == process.returncode
    assert finish(tmp_path / "whole") == finish(tmp_path / "killed")


@pytest.mark.slow
def test_run_killed_at_random_moments_gives_the_same_bits(tmp_path: Path) -> None:
    """A run that is killed at moments that nobody chose, while files are written slowly, ends as one that never was."""
    moments = random.Random(0)
    for _ in range(15):
        process = start(tmp_path / "killed", wait=0.02)
        assert process.stdout is not None
        assert "training\n" == process.stdout.readline()
        time.sleep(moments.uniform(0, 0.6))
        process.kill()
        process.communicate()
    assert finish(tmp_path / "whole") == finish(tmp_path / "killed")


# --- evaluation -------------------------------------------------------------------------------------------------------


def test_confusion_counts_true_classes_in_rows() -> None:
    """A network that always says 0 fills the first column."""
    images, labels = random_dataset().test_images, np.array([1, 1, 3, 0, 9], np.uint8)
    expected = np.zeros((10, 10), int)
    expected[[0, 1, 3, 9], 0] = [1, 2, 1, 1]
    assert expected.tolist() == evaluate(Recorder(), images, labels).confusion.tolist()


def test_accuracy_is_the_part_that_is_right() -> None:
    """A network that always says 0 is right where the label is 0."""
    labels = np.array([1, 1, 3, 0, 9], np.uint8)
    assert 0.2 == evaluate(Recorder(), random_dataset().test_images, labels).accuracy


def test_evaluation_does_not_depend_on_the_batch_size() -> None:
    """Batches, of which the last is smaller, are put together again."""
    dataset = data.load("digits")
    network = Network.initialized(np.random.default_rng(0), np.float64)
    whole, parts = (evaluate(network, dataset.test_images, dataset.test_labels, batch_size=size) for size in (360, 100))
    assert [whole.loss, *whole.predictions] == pytest.approx([parts.loss, *parts.predictions], rel=1e-12)


def test_evaluation_does_not_depend_on_the_threads() -> None:
    """Machine code on one thread and on two classifies alike, bit for bit."""
    dataset = data.load("digits")
    network = Network.initialized(np.random.default_rng(0), np.float32)
    with use_backend("numba"):
        one, two = (evaluate(network, dataset.test_images, dataset.test_labels, threads=count) for count in (1, 2))
    assert [one.loss, *one.predictions] == [two.loss, *two.predictions]


def test_evaluating_nothing_is_refused() -> None:
    """A mean over no image is not a number."""
    expected = r"^evaluate is given 0 images and 5 labels, but 1 or more images and as many labels are wanted$"
    with pytest.raises(ValueError, match=expected):
        evaluate(Recorder(), random_dataset().test_images[:0], random_dataset().test_labels)
