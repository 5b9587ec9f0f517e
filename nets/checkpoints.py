"""The folder of a training run: a checkpoint to resume from, and the history as a table.

Both files are replaced whole after each epoch, so that a run that is killed at any moment can be resumed from the last
epoch that it finished.
"""

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat import FileFormatError, Matrix, ShapedmatError
from shapedmat.atomic import write_atomically
from shapedmat.files import load_matrices, save_matrices

CHECKPOINT: Final = "checkpoint.safetensors"
HISTORY: Final = "history.csv"

_FORMAT: Final = "1"
_BEST: Final = "best."

Parameters: TypeAlias = Mapping[str, Matrix[Any, Any, Any]]
"""The weights and biases of a network by name."""

Description: TypeAlias = Mapping[str, int | float | str]
"""What decides the result of a run, by name: the settings, the data, the parameters' shapes."""


class CheckpointError(ShapedmatError, ValueError):
    """A run's folder holds another run's checkpoint."""


@dataclass(frozen=True)
class EpochRecord:
    """What is recorded of an epoch: a row of the history.

    Attributes:
        epoch: Its number, from 1.
        learning_rate: The learning rate of its last step.
        train_loss: The mean over the training images, each at the time when it was trained on.
        val_loss: The mean over the validation images after the epoch, or None where there are none.
        val_accuracy: The part of the validation images that are classified right, or None where there are none.
        seconds: How long its steps took.
    """

    epoch: int
    learning_rate: float
    train_loss: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float


@dataclass(frozen=True, eq=False)  # matrices compare element by element
class Checkpoint:
    """All that a run needs in order to go on as if it had never been interrupted.

    Attributes:
        weights: The network's parameters after the last epoch of the history.
        best: Its parameters after the epoch with the smallest validation loss; empty where there is no validation set.
        history: The epochs so far.
        rng: The generator that draws the next epoch.
        run: What decides the result of the run.
    """

    weights: Parameters
    best: Parameters
    history: tuple[EpochRecord, ...]
    rng: np.random.Generator
    run: Description


class RunFolder:
    """The folder of a run, which holds this run or nothing.

    Attributes:
        checkpoint: The path of the checkpoint.
        history: The path of the history.
    """

    def __init__(self, path: Path, run: Description) -> None:
        """Name the folder, which need not be there.

        Args:
            path: The folder.
            run: What decides the result of the run.
        """
        self.checkpoint = path / CHECKPOINT
        self.history = path / HISTORY
        self._run = run

    def open(self, *, resume: bool) -> Checkpoint | None:
        """Make the folder if need be, and return the checkpoint to resume from, or None where there is none.

        Raises:
            CheckpointError: there is a run and `resume` is not given, or the run is another one.
            FileFormatError: the checkpoint was damaged.
        """
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if resume and self.checkpoint.exists():
            checkpoint = load_checkpoint(self.checkpoint)
            self._check_same_run(checkpoint.run)
            # A run may have been killed when it had replaced the checkpoint and not yet the table.
            save_history(self.history, checkpoint.history)
            return checkpoint
        for path in (self.checkpoint, self.history):
            if path.exists():
                advice = "train into another folder" if resume else "resume it (--resume) or train into another folder"
                raise CheckpointError(f"{path} is from an earlier run; {advice}")
        return None

    def save(
        self, weights: Parameters, best: Parameters, history: tuple[EpochRecord, ...], rng: np.random.Generator
    ) -> None:
        """Replace the checkpoint, and then the history.

        Raises:
            OSError: a file cannot be written; the old one is still there.
        """
        save_checkpoint(self.checkpoint, Checkpoint(weights, best, history, rng, self._run))
        save_history(self.history, history)

    def _check_same_run(self, recorded: Description) -> None:
        nothing = "nothing"
        names = [*self._run, *(name for name in recorded if name not in self._run)]
        differences = [
            f"{name} is {self._run.get(name, nothing)}, but {recorded.get(name, nothing)} in the checkpoint"
            for name in names
            if self._run.get(name, nothing) != recorded.get(name, nothing)
        ]
        if differences:
            raise CheckpointError(
                f"{self.checkpoint} is from another run: {'; '.join(differences)}; "
                "give what the checkpoint has, or train into another folder"
            )


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Save a checkpoint, which replaces the old one whole.

    Raises:
        OSError: the file cannot be written; the old one is still there.
    """
    matrices = {**checkpoint.weights, **{_BEST + name: matrix for name, matrix in checkpoint.best.items()}}
    metadata = {
        "format": _FORMAT,
        "history": json.dumps([asdict(record) for record in checkpoint.history]),
        "generator": json.dumps(checkpoint.rng.bit_generator.state),
        "run": json.dumps(dict(checkpoint.run)),
    }
    save_matrices(path, matrices, {**metadata, "sha256": _digest(matrices, metadata)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint.

    Raises:
        FileNotFoundError: There is no such file.
        FileFormatError: It is not a checkpoint, or was damaged.
    """
    matrices, metadata = load_matrices(path)
    if metadata.get("format") != _FORMAT:
        raise FileFormatError(
            f"{path} states the format {metadata.get('format')}, but a checkpoint of format {_FORMAT} is wanted; "
            "check which file this is"
        )
    if metadata.pop("sha256", None) != _digest(matrices, metadata):
        raise FileFormatError(
            f"{path} was damaged: its content does not have the SHA-256 that it states; "
            "restore it from a copy, or train into another folder"
        )
    try:
        return Checkpoint(
            weights={name: matrix for name, matrix in matrices.items() if not name.startswith(_BEST)},
            best={name.removeprefix(_BEST): each for name, each in matrices.items() if name.startswith(_BEST)},
            history=tuple(_record(row) for row in json.loads(metadata["history"])),
            rng=_generator(json.loads(metadata["generator"])),
            run=dict(json.loads(metadata["run"])),
        )
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise FileFormatError(
            f"{path} is not a checkpoint of a training run ({error!r}); check which file this is"
        ) from error


def save_history(path: Path, history: tuple[EpochRecord, ...]) -> None:
    """Save a history as a table of comma-separated values, with a row for each epoch; what is not there stays empty.

    Raises:
        OSError: the file cannot be written; the old one is still there.
    """
    table = io.StringIO()
    writer = csv.DictWriter(table, [field.name for field in fields(EpochRecord)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(record) for record in history)
    write_atomically(path, table.getvalue().encode())


def fingerprint(*arrays: np.ndarray[Any, np.dtype[np.uint8]]) -> str:
    """Return the SHA-256 of arrays of bytes, one after the other, which tells a data set from another."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def best_epoch(history: tuple[EpochRecord, ...]) -> int:
    """Return the first epoch with the smallest validation loss; without a validation set, the last, or 0 before it."""
    losses = [math.inf if record.val_loss is None else record.val_loss for record in history]
    if not losses or min(losses) == math.inf:
        return len(history)
    return 1 + losses.index(min(losses))


def _digest(matrices: Parameters, metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(metadata), sort_keys=True).encode())
    for name, matrix in sorted(matrices.items()):
        array = np.ascontiguousarray(matrix.numpy())
        digest.update(json.dumps([name, array.dtype.name, *array.shape]).encode())
        digest.update(array.data)
    return digest.hexdigest()


def _record(row: Mapping[str, Any]) -> EpochRecord:
    val_loss, val_accuracy = row["val_loss"], row["val_accuracy"]
    return EpochRecord(
        epoch=int(row["epoch"]),
        learning_rate=float(row["learning_rate"]),
        train_loss=float(row["train_loss"]),
        val_loss=None if val_loss is None else float(val_loss),
        val_accuracy=None if val_accuracy is None else float(val_accuracy),
        seconds=float(row["seconds"]),
    )


def _generator(state: Any) -> np.random.Generator:
    bits = np.random.PCG64()
    bits.state = state
    return np.random.Generator(bits)
