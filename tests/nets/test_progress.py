"""nets.progress shows a bar on a terminal only, and a plain line an epoch everywhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nets.checkpoints import EpochRecord
from nets.progress import TrainingDisplay, say


def shown(record: EpochRecord, *, terminal: bool) -> str:
    """Return what a run of one epoch with one step prints."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)
    with TrainingDisplay(console, 20, 2, 10) as display:
        display.epoch_begins()
        display.step_done(3, 10, 5.0)
        display.epoch_ends(record)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_plain_line_is_all_without_a_terminal() -> None:
    """A log gets the line of the epoch and nothing else."""
    record = EpochRecord(3, 2.0, 0.12345, 0.23456, 0.97, 1.94)
    expected = "epoch 3/20  loss 0.1235  validation loss 0.2346  accuracy 97.00%  1.9 s\n"
    assert expected == shown(record, terminal=False)


def test_line_has_no_validation_without_a_validation_set() -> None:
    """What was not measured is not printed."""
    assert "epoch 3/20  loss 0.5000  1.0 s\n" == shown(EpochRecord(3, 2.0, 0.5, None, None, 1.0), terminal=False)


@pytest.mark.parametrize("part", ["epoch 3/20", "loss 0.5000", "images/s"])
def test_bar_is_drawn_on_a_terminal(part: str) -> None:
    """A terminal shows the epoch, the mean loss so far and the speed."""
    bar = shown(EpochRecord(3, 2.0, 9.0, None, None, 1.0), terminal=True).split("epoch 3/20  loss 9.0000")[0]
    assert part in bar


def test_line_is_not_wrapped_or_interpreted() -> None:
    """A path with brackets is printed as it is, however narrow the console is."""
    console = Console(file=io.StringIO(), width=10)
    say(console, "runs/[red]/checkpoint.safetensors")
    assert isinstance(console.file, io.StringIO)
    assert "runs/[red]/checkpoint.safetensors\n" == console.file.getvalue()
