"""Training by mini-batch gradient descent: the loop, its settings, and how good the network is after it.

The loop serves every network that is `Trainable`. From the same initial weights, two runs with the same settings on the
same machine give the same weights, bit for bit, also when one of them was killed and resumed.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from rich.console import Console

from nets.batches import CLASSES, CompiledEpochs, TrainingBatches, in_order
from nets.checkpoints import Checkpoint, Description, EpochRecord, Parameters, RunFolder, best_epoch, fingerprint
from nets.chunks import in_chunks
from nets.compiling import is_compiled
from nets.data import SIDE, Dataset, Images, Labels
from nets.progress import TrainingDisplay, say
from nets.schedules import Cosine
from shapedmat import Matrix, ShapedmatError, jit
from shapedmat.compiler import Compiled

Real = TypeVar("Real", np.float32, np.float64)

Confusion: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]
"""Counts of shape `(10, 10)`: a row for each true class, a column for each predicted one."""


@runtime_checkable
class Trainable(Protocol[Real]):
    """A network with ten outputs that the loop can train."""

    def step(
        self, x: Matrix[Real, Any, Any], y: Matrix[Real, Any, Any], learning_rate: float
    ) -> float | np.floating[Any]:
        """Train on the images x of shape (784, batch) and the one-hot labels y of shape (10, batch).

        On the numba backend it is compiled, together with the loop around it, so it must be what `shapedmat.jit` takes.

        Returns:
            The mean loss of the batch before the step.
        """
        ...

    def predict(self, x: Matrix[Real, Any, Any]) -> Matrix[Real, Any, Any]:
        """Return outputs of shape (10, batch); the largest is the predicted class. It is compiled where `step` is."""
        ...

    @property
    def parameters(self) -> Mapping[str, Matrix[Real, Any, Any]]:
        """The weights and biases by name."""
        ...

    def load(self, parameters: Mapping[str, Matrix[Any, Any, Any]]) -> None:
        """Take over weights and biases by name, from any device."""
        ...


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes:
        epochs: How many times the network sees every training image.
        batch_size: How many images a step takes; the last step of an epoch may take fewer.
        learning_rate: The learning rate of the first step.
        final_learning_rate: The learning rate of the last step, as a fraction of the first one's. It falls along half a
            cosine (Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017).
        seed: From what the validation set, the order of the images and their shifts are drawn.
        validation_fraction: The part of the training images that is set aside for validation. Where there is one, the
            network ends with the weights of the epoch that had the smallest validation loss.
        patience: After how many epochs without a smaller validation loss training stops; 0 for never.
        shift: The most pixels by which a training image is moved up, down, left or right at random.
    """

    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 2.5
    final_learning_rate: float = 0.01
    seed: int = 0
    validation_fraction: float = 0.0
    patience: int = 0
    shift: int = 1

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            ValueError: one is out of its range.
        """
        for name, fits, wanted in (
            ("epochs", self.epochs >= 1, "1 or more is wanted"),
            ("batch_size", self.batch_size >= 1, "1 or more is wanted"),
            ("learning_rate", 0 < self.learning_rate < math.inf, "a number above 0 is wanted"),
            ("final_learning_rate", 0 <= self.final_learning_rate <= 1, "a fraction from 0 to 1 is wanted"),
            ("seed", self.seed >= 0, "0 or more is wanted"),
            ("validation_fraction", 0 <= self.validation_fraction < 1, "a fraction from 0 to below 1 is wanted"),
            ("patience", self.patience >= 0, "0 or more is wanted"),
            (
                "patience",
                self.patience == 0 or self.validation_fraction > 0,
                "early stopping needs a validation_fraction above 0",
            ),
            ("shift", 0 <= self.shift < SIDE, f"0 to {SIDE - 1} pixels are wanted"),
        ):
            if not fits:
                raise ValueError(f"{name} is {getattr(self, name)}, but {wanted}")

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of a step, counted from 0, of all the steps of a run.

        It is `learning_rate` times what `nets.schedules.Cosine` gives for `final_learning_rate`.
        """
        return self.learning_rate * Cosine(self.final_learning_rate)(step, steps)


class DivergenceError(ShapedmatError, ArithmeticError):
    """The loss, or a weight, is no longer a finite number.

    Attributes:
        epoch: The epoch, from 1.
        step: The step in the epoch, from 1.
        learning_rate: The learning rate of the step.
        checkpoint: The checkpoint of the last good epoch that was saved, which stays as it is, or None.
    """

    def __init__(
        self, what: str, epoch: int, step: int, learning_rate: float, checkpoint: Path | None, saved_epoch: int = 0
    ) -> None:
        kept = f"{checkpoint} keeps epoch {saved_epoch}" if checkpoint else "there is no checkpoint"
        super().__init__(
            f"training diverged: {what} in epoch {epoch}, step {step}, at a learning rate of {learning_rate:g}; "
            f"lower the learning rate ({kept})"
        )
        self.epoch = epoch
        self.step = step
        self.learning_rate = learning_rate
        self.checkpoint = checkpoint


@dataclass(frozen=True)
class Result:
    """What came of a training run.

    Attributes:
        history: A record of each epoch.
        best_epoch: The epoch whose weights the network holds.
        stopped_early: Whether the patience ran out before the last epoch.
    """

    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_early: bool


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Evaluation:
    """How well a network classifies images.

    Attributes:
        loss: The mean over the images of the squared error, summed over the ten outputs.
        accuracy: The part of the images that are classified right, from 0 to 1.
        predictions: The predicted classes, of shape `(n,)`.
        confusion: How many images of each class (row) are taken for each class (column).
    """

    loss: float
    accuracy: float
    predictions: Labels
    confusion: Confusion


def evaluate(
    network: Trainable[Real], images: Images, labels: Labels, *, batch_size: int = 1000, threads: int = 1
) -> Evaluation:
    """Classify images, `batch_size` at once, and compare with their labels.

    Where a GPU has no memory for so many, fewer are taken at once, and a warning says how many.
    On the numba backend, which compiles `predict`, as many threads share the work as `threads` says.

    Raises:
        ValueError: there are no images, or not as many labels.
        DeviceMemoryError: there is no memory for a single image.
    """
    if not 1 <= len(images) == len(labels):
        raise ValueError(
            f"evaluate is given {len(images)} images and {len(labels)} labels, "
            "but 1 or more images and as many labels are wanted"
        )
    parameter = _any_parameter(network)
    predict = _compiled_predict(type(network), threads) if is_compiled(parameter.device) else type(network).predict

    def of_part(part: slice) -> tuple[float, Labels]:
        """Return the squared error and the predictions."""
        some, dtype = images[part], parameter.dtype.type
        (batch,) = in_order(some, labels[part], batch_size=len(some), dtype=dtype, device=parameter.device)
        outputs, codes = predict(network, batch.x).numpy(), batch.y.numpy()
        return float(np.square(outputs - codes, dtype=np.float64).sum()), outputs.argmax(axis=0).astype(np.uint8)

    errors, predictions = zip(*in_chunks(of_part, len(images), batch_size), strict=True)
    predicted = np.concatenate(predictions)
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    return Evaluation(sum(errors) / len(images), float(np.mean(predicted == labels)), predicted, confusion)


def train(
    network: Trainable[Real],
    dataset: Dataset,
    settings: Settings,
    *,
    out: Path | None = None,
    resume: bool = False,
    console: Console | None = None,
    threads: int = 1,
) -> Result:
    """Train a network, on its device and in its element type, on the training images of a data set.

    All that is drawn comes from `settings.seed` by a stream of its own, so that the initial weights may be drawn from
    `np.random.default_rng(settings.seed)`.

    Args:
        network: The network, which is changed.
        dataset: The data set, whose test images are not used.
        settings: How to train.
        out: A folder, made if need be, where `checkpoint.safetensors` and `history.csv` are replaced after each epoch.
        resume: Go on from the checkpoint in `out`; where there is none yet, start from the beginning.
        console: Where progress is shown; stderr unless told otherwise.
        threads: How many threads share the work of a step, and of validation, on the numba backend, which compiles it.

    Raises:
        ValueError: `resume` is given without `out`, or no image would be left to train on or to validate with.
        CheckpointError: `out` holds an earlier run and `resume` is not given, or its checkpoint is of another run.
        FileFormatError: the checkpoint was damaged.
        DivergenceError: the loss or a weight became infinite or not a number; the network is then of no use.
        JitError: on the numba backend, the network's `step` cannot be compiled.
        OSError: a file cannot be written.
    """
    if resume and out is None:
        raise ValueError("resume is given without out; give the folder that holds the checkpoint")
    shown = Console(stderr=True) if console is None else console
    folder = None if out is None else RunFolder(out, _describe(network, dataset, settings))
    run = _Run(network, dataset, settings, folder, threads)
    if folder is not None:
        checkpoint = folder.open(resume=resume)
        if checkpoint is not None:
            run.take_over(checkpoint)
            say(shown, f"resuming from {folder.checkpoint}, after epoch {len(run.history)}/{settings.epochs}")
        elif resume:
            say(shown, f"{folder.checkpoint} does not exist yet, starting from the beginning")
    with TrainingDisplay(shown, settings.epochs, len(run.history), run.batches.images_count) as display:
        while len(run.history) < settings.epochs and not run.patience_is_out:
            display.epoch_ends(run.train_epoch(display))
    if run.best:
        network.load(run.best)
    return Result(run.history, best_epoch(run.history), run.patience_is_out and len(run.history) < settings.epochs)


class _Run(Generic[Real]):
    """A run between two epochs: what a checkpoint holds, and what is made anew from the data."""

    def __init__(
        self,
        network: Trainable[Real],
        dataset: Dataset,
        settings: Settings,
        folder: RunFolder | None,
        threads: int,
    ) -> None:
        self.threads = threads
        self.network: Trainable[Real] = network
        self.settings = settings
        # Not default_rng(seed), from which the initial weights may have been drawn.
        self.rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1,))))
        self.folder = folder
        self.history: tuple[EpochRecord, ...] = ()
        self.best: Parameters = {}
        training, self.validation = _split(dataset, settings.validation_fraction, self.rng)
        parameter = _any_parameter(network)
        self.batches: TrainingBatches[Real] = TrainingBatches(
            *training,
            batch_size=settings.batch_size,
            shift=settings.shift,
            dtype=parameter.dtype.type,
            device=parameter.device,
        )

    @property
    def is_compiled(self) -> bool:
        """Whether the steps run in machine code: those of the numba backend do."""
        return is_compiled(_any_parameter(self.network).device)

    @cached_property
    def compiled_epochs(self) -> CompiledEpochs:
        return self.batches.compiled(type(self.network).step, threads=self.threads)

    @property
    def patience_is_out(self) -> bool:
        return 0 < self.settings.patience <= len(self.history) - best_epoch(self.history)

    def take_over(self, checkpoint: Checkpoint) -> None:
        self.network.load(checkpoint.weights)
        self.best = checkpoint.best
        self.history = checkpoint.history
        self.rng = checkpoint.rng

    def train_epoch(self, display: TrainingDisplay) -> EpochRecord:
        """Train for an epoch, validate, and save."""
        epoch = len(self.history) + 1
        display.epoch_begins()
        started = time.perf_counter()
        train_loss = self._take_steps(epoch, display)
        seconds = time.perf_counter() - started
        weights = {name: matrix.to("cpu").copy() for name, matrix in self.network.parameters.items()}
        for name, matrix in weights.items():
            if not np.isfinite(matrix.numpy()).all():
                raise self._diverged(f"{name} is not finite", epoch, self.batches.batches_count)
        validation = None if self.validation is None else evaluate(self.network, *self.validation, threads=self.threads)
        if validation is not None and not math.isfinite(validation.loss):
            raise self._diverged(f"the validation loss is {validation.loss}", epoch, self.batches.batches_count)
        record = EpochRecord(
            epoch=epoch,
            learning_rate=self._learning_rate(epoch, self.batches.batches_count),
            train_loss=train_loss,
            val_loss=None if validation is None else validation.loss,
            val_accuracy=None if validation is None else validation.accuracy,
            seconds=seconds,
        )
        self.history = (*self.history, record)
        if validation is not None and best_epoch(self.history) == epoch:
            self.best = weights
        if self.folder is not None:
            self.folder.save(weights, self.best, self.history, self.rng)
        return record

    def _take_steps(self, epoch: int, display: TrainingDisplay) -> float:
        """Train on each image once, and return the mean loss."""
        return self._take_compiled_steps(epoch, display) if self.is_compiled else self._take_eager_steps(epoch, display)

    def _take_eager_steps(self, epoch: int, display: TrainingDisplay) -> float:
        images, total_loss = 0, 0.0
        for step, batch in enumerate(self.batches.epoch(self.rng), start=1):
            loss = float(self.network.step(batch.x, batch.y, self._learning_rate(epoch, step)))
            if not math.isfinite(loss):
                raise self._diverged(f"the loss is {loss}", epoch, step)
            images += batch.x.cols
            total_loss += loss * batch.x.cols
            display.step_done(epoch, images, total_loss)
        return total_loss / images

    def _take_compiled_steps(self, epoch: int, display: TrainingDisplay) -> float:
        size, count = self.settings.batch_size, self.batches.images_count

        def total(losses: np.ndarray[Any, np.dtype[Any]]) -> float:
            sizes = np.full(len(losses), size)
            sizes[-1] = min(size, count - (len(losses) - 1) * size)
            return float(losses @ sizes.astype(np.float64))

        def notice(steps: int, losses: np.ndarray[Any, np.dtype[Any]]) -> None:
            display.step_done(epoch, min(count, steps * size), total(losses))

        rates = [self._learning_rate(epoch, step) for step in range(1, self.batches.batches_count + 1)]
        losses = self.compiled_epochs.epoch(self.network, self.rng, rates, notice)
        if not math.isfinite(losses[-1]):
            raise self._diverged(f"the loss is {losses[-1]}", epoch, len(losses))
        return total(losses) / count

    def _learning_rate(self, epoch: int, step: int) -> float:
        steps = self.batches.batches_count
        return self.settings.learning_rate_at((epoch - 1) * steps + step - 1, self.settings.epochs * steps)

    def _diverged(self, what: str, epoch: int, step: int) -> DivergenceError:
        last_good = self.folder.checkpoint if self.folder is not None and self.history else None
        return DivergenceError(what, epoch, step, self._learning_rate(epoch, step), last_good, epoch - 1)


def _any_parameter(network: Trainable[Real]) -> Matrix[Real, Any, Any]:
    return next(iter(network.parameters.values()))


@cache
def _compiled_predict(network: type[Any], threads: int) -> Compiled[[Any, Any], Any]:
    predict: Compiled[[Any, Any], Any] = jit(threads=threads)(network.predict)
    return predict


def _split(
    dataset: Dataset, fraction: float, rng: np.random.Generator
) -> tuple[tuple[Images, Labels], tuple[Images, Labels] | None]:
    """Set a part of the training images, drawn at random, aside for validation."""
    images, labels = dataset.train_images, dataset.train_labels
    if fraction == 0:
        return (images, labels), None
    count = round(fraction * len(images))
    if not 0 < count < len(images):
        raise ValueError(
            f"validation_fraction {fraction} of {len(images)} images is {count}, but 1 to {len(images) - 1} are wanted"
        )
    is_set_aside = np.zeros(len(images), np.bool_)
    is_set_aside[rng.permutation(len(images))[:count]] = True
    return (images[~is_set_aside], labels[~is_set_aside]), (images[is_set_aside], labels[is_set_aside])


def _describe(network: Trainable[Real], dataset: Dataset, settings: Settings) -> Description:
    """Return all that decides what a run results in, by name."""
    return {
        **asdict(settings),
        "data set": f"{dataset.name} {fingerprint(dataset.train_images, dataset.train_labels)[:16]}",
        **{f"parameter {name}": f"{each.dtype} {each.shape}" for name, each in network.parameters.items()},
    }
