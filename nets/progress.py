"""What a training run shows: a bar on a terminal, and one line an epoch everywhere."""

import math
import time
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from nets.checkpoints import EpochRecord

REFRESH_SECONDS: Final = 0.1


class TrainingDisplay:
    """A context in which a training run is shown on a console.

    A step between two redrawings costs a look at the clock.
    """

    def __init__(self, console: Console, epochs: int, epochs_done: int, images_per_epoch: int) -> None:
        self._console = console
        self._epochs = epochs
        self._images_per_epoch = images_per_epoch
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}/" + str(epochs)),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TextColumn("{task.fields[speed]:,.0f} images/s"),
            TimeRemainingColumn(),
            console=console,
            auto_refresh=False,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(
            "training",
            total=epochs * images_per_epoch,
            completed=epochs_done * images_per_epoch,
            epoch=epochs_done,
            loss=0.0,
            speed=0.0,
        )
        self._started = 0.0
        self._next_refresh = math.inf

    def __enter__(self) -> "TrainingDisplay":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def epoch_begins(self) -> None:
        """Start the clock of the images per second."""
        self._started = time.perf_counter()
        self._next_refresh = self._started if self._console.is_terminal else math.inf

    def step_done(self, epoch: int, images: int, total_loss: float) -> None:
        """Show how many images of the epoch were trained on, and the mean loss so far, if the bar is due."""
        now = time.perf_counter()
        if now < self._next_refresh:
            return
        self._next_refresh = now + REFRESH_SECONDS
        self._progress.update(
            self._task,
            completed=(epoch - 1) * self._images_per_epoch + images,
            epoch=epoch,
            loss=total_loss / images,
            speed=images / (now - self._started),
            refresh=True,
        )

    def epoch_ends(self, record: EpochRecord) -> None:
        """Print the line of an epoch."""
        parts = [f"epoch {record.epoch}/{self._epochs}", f"loss {record.train_loss:.4f}"]
        if record.val_loss is not None and record.val_accuracy is not None:
            parts += [f"validation loss {record.val_loss:.4f}", f"accuracy {record.val_accuracy:.2%}"]
        parts.append(f"{record.seconds:.1f} s")
        say(self._console, "  ".join(parts))


def say(console: Console, line: str) -> None:
    """Print a line as it is: a path in it is not markup, and is not wrapped."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)
