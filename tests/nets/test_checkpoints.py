"""nets.checkpoints keeps all of a run's state, and reads it intact or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import checkpoints
from nets.checkpoints import (
    Checkpoint,
    CheckpointError,
    EpochRecord,
    RunFolder,
    best_epoch,
    fingerprint,
    load_checkpoint,
    save_checkpoint,
    save_history,
)
from shapedmat import FileFormatError, Matrix
from shapedmat.files import load_matrices, save_matrices

HISTORY = (EpochRecord(1, 2.0, 0.3, 0.1 + 0.2, 0.5, 1.25), EpochRecord(2, 1.0, 0.25, None, None, 1.5))
RUN: dict[str, int | float | str] = {"epochs": 3, "learning_rate": 2.5}


def checkpoint() -> Checkpoint:
    """Return a checkpoint whose generator has drawn before."""
    rng = np.random.default_rng(1)
    rng.integers(3, dtype=np.uint32)  # leaves half of a draw in the generator
    weights = {"w": Matrix.random(2, 3, 0), "b": Matrix.random(2, 1, 1)}
    best = {"w": Matrix.random(2, 3, 2), "b": Matrix.random(2, 1, 3)}
    return Checkpoint(weights, best, HISTORY, rng, RUN)


def state_of(each: Checkpoint) -> dict[str, Any]:
    """Return a checkpoint's state in values that compare."""
    return {
        "weights": {name: matrix.numpy().tobytes() for name, matrix in sorted(each.weights.items())},
        "best": {name: matrix.numpy().tobytes() for name, matrix in sorted(each.best.items())},
        "history": each.history,
        "generator": each.rng.bit_generator.state,
        "run": dict(each.run),
    }


def history_of(*val_losses: float | None) -> tuple[EpochRecord, ...]:
    """Return a history with the given validation losses."""
    return tuple(EpochRecord(epoch, 1.0, 1.0, loss, 0.5, 1.0) for epoch, loss in enumerate(val_losses, start=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a checkpoint in an empty folder."""
    return tmp_path / checkpoints.CHECKPOINT


def test_checkpoint_comes_back_bit_for_bit(path: Path) -> None:
    """Weights, best weights, history, generator and settings are read as they were saved."""
    save_checkpoint(path, checkpoint())
    assert state_of(checkpoint()) == state_of(load_checkpoint(path))


def test_restored_generator_draws_what_the_saved_one_would(path: Path) -> None:
    """A generator goes on where it was."""
    save_checkpoint(path, checkpoint())
    assert checkpoint().rng.random(5).tolist() == load_checkpoint(path).rng.random(5).tolist()


def test_truncated_checkpoint_is_refused_at_every_length(path: Path) -> None:
    """However many bytes are missing, nothing is made up."""
    save_checkpoint(path, checkpoint())
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(FileFormatError):
            load_checkpoint(path)


@given(st.data())
def test_changed_byte_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    """A checkpoint with changed bytes is refused, or reads as it was saved where the bytes had no meaning."""
    path = tmp_path / checkpoints.CHECKPOINT
    save_checkpoint(path, checkpoint())
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        loaded = load_checkpoint(path)
    except FileFormatError:
        return
    assert state_of(checkpoint()) == state_of(loaded)


def test_changed_weight_is_noticed(path: Path) -> None:
    """A byte that was changed in a weight, where no format could notice it, contradicts the SHA-256."""
    save_checkpoint(path, checkpoint())
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        load_checkpoint(path)
    expected = (
        f"{path} was damaged: its content does not have the SHA-256 that it states; "
        "restore it from a copy, or train into another folder"
    )
    assert expected == str(caught.value)


def test_other_matrices_are_no_checkpoint(path: Path) -> None:
    """A file of weights alone cannot be resumed from."""
    save_matrices(path, {"w": Matrix.ones(1, 1)})
    with pytest.raises(FileFormatError) as caught:
        load_checkpoint(path)
    expected = f"{path} states the format None, but a checkpoint of format 1 is wanted; check which file this is"
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("history", "[1]"),
        ("history", '[{"epoch": 1}]'),
        ("history", "3"),
        ("generator", "{}"),
        ("generator", '{"bit_generator": "MT19937"}'),
        ("generator", "[" * 100_000),
        ("run", "1"),
        ("run", "{"),
    ],
)
def test_forged_checkpoint_is_refused(path: Path, name: str, forged: str) -> None:
    """What was made to look intact and does not hold what it should is refused by the same error."""
    save_checkpoint(path, checkpoint())
    matrices, metadata = load_matrices(path)
    metadata = {key: value for key, value in metadata.items() if key != "sha256"} | {name: forged}
    save_matrices(path, matrices, metadata | {"sha256": checkpoints._digest(matrices, metadata)})
    with pytest.raises(FileFormatError, match=r"is not a checkpoint of a training run \("):
        load_checkpoint(path)


def test_checkpoint_needs_no_pickle(path: Path) -> None:
    """The metadata is JSON, which a person can read."""
    save_checkpoint(path, checkpoint())
    assert RUN == json.loads(load_matrices(path)[1]["run"])


def test_history_is_a_table(tmp_path: Path) -> None:
    """The history has a header and a row for each epoch, in which what is not there is empty."""
    save_history(tmp_path / "history.csv", HISTORY)
    expected = (
        "epoch,learning_rate,train_loss,val_loss,val_accuracy,seconds\n"
        "1,2.0,0.3,0.30000000000000004,0.5,1.25\n"
        "2,1.0,0.25,,,1.5\n"
    )
    assert expected == (tmp_path / "history.csv").read_text()


@pytest.mark.parametrize(
    ("val_losses", "expected"),
    [((), 0), ((None, None), 2), ((0.5, 0.2, 0.3), 2), ((0.2, 0.2), 1)],
)
def test_best_epoch_is_the_first_with_the_smallest_loss(val_losses: tuple[float | None, ...], expected: int) -> None:
    """The earliest of equals is best, and without validation the last epoch is."""
    assert expected == best_epoch(history_of(*val_losses))


def test_fingerprints_tell_data_apart() -> None:
    """A single other pixel is another data set."""
    images = np.zeros((2, 2), np.uint8)
    other = images.copy()
    other[1, 1] = 1
    assert fingerprint(images) != fingerprint(other)


def test_empty_folder_has_no_checkpoint(tmp_path: Path) -> None:
    """A folder is made where there is none, and a run starts from the beginning."""
    assert RunFolder(tmp_path / "new" / "run", RUN).open(resume=True) is None


@pytest.mark.parametrize("name", [checkpoints.CHECKPOINT, checkpoints.HISTORY])
def test_earlier_run_is_not_overwritten(tmp_path: Path, name: str) -> None:
    """A folder with any file of a run is refused to a new one, and the file stays."""
    (tmp_path / name).write_bytes(b"kept")
    with pytest.raises(CheckpointError) as caught:
        RunFolder(tmp_path, RUN).open(resume=False)
    expected = f"{tmp_path / name} is from an earlier run; resume it (--resume) or train into another folder"
    assert (expected, b"kept") == (str(caught.value), (tmp_path / name).read_bytes())


def test_table_without_checkpoint_cannot_be_resumed(tmp_path: Path) -> None:
    """Resuming does not overwrite the history of a run whose checkpoint is gone."""
    (tmp_path / "history.csv").write_bytes(b"kept")
    with pytest.raises(CheckpointError, match=r"history.csv is from an earlier run; train into another folder$"):
        RunFolder(tmp_path, RUN).open(resume=True)


def test_other_run_is_refused_with_every_difference(tmp_path: Path) -> None:
    """A run is resumed with all its settings, and the error names each that differs."""
    RunFolder(tmp_path, {"epochs": 3, "shift": 1, "seed": 0}).save({}, {}, (), np.random.default_rng(0))
    with pytest.raises(CheckpointError) as caught:
        RunFolder(tmp_path, {"epochs": 5, "shift": 1, "init": "he"}).open(resume=True)
    expected = (
        f"{tmp_path / 'checkpoint.safetensors'} is from another run: epochs is 5, but 3 in the checkpoint; "
        "init is he, but nothing in the checkpoint; seed is nothing, but 0 in the checkpoint; "
        "give what the checkpoint has, or train into another folder"
    )
    assert expected == str(caught.value)


def test_table_is_brought_up_to_the_checkpoint(tmp_path: Path) -> None:
    """Where a run was killed between replacing its two files, resuming writes the newer table."""
    folder = RunFolder(tmp_path, RUN)
    folder.save({}, {}, HISTORY, np.random.default_rng(0))
    expected = folder.history.read_bytes()
    save_history(folder.history, HISTORY[:1])
    folder.open(resume=True)
    assert expected == folder.history.read_bytes()
