"""Gradient descent on the parameters of layers, in steps that can be interrupted and resumed.

On the numba backend the steps are compiled (see `nets.compiling`): those on mini-batches together with the loop over
them, so that an epoch is one call. Then layers and loss have to be dataclasses, and to compute with the operations of
shapedmat. Their fields of type float may change between two epochs, as they may elsewhere.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from nets.checkpoints import Checkpoint, Description, EpochRecord, RunFolder, fingerprint
from nets.compiling import THREADS, is_compiled
from nets.layers import Normalization
from nets.losses import Loss
from nets.schedules import Schedule
from nets.sequential import Sequential
from nets.training import DivergenceError
from shapedmat import Matrix, MiniBatchLoop, ShapeError, jit

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]


@dataclass(frozen=True)
class Settings:
    """How layers are trained; `nets.neural_net.NeuralNet.fit` says what each is.

    Raises:
        ValueError: one is out of its range.
    """

    epochs: int
    learning_rate: float
    loss: Loss
    schedule: Schedule
    batch_size: int | None
    seed: int
    save_every: int

    def __post_init__(self) -> None:
        """Check the settings."""
        for name, fits, wanted in (
            ("epochs", self.epochs >= 1, "1 or more"),
            ("learning_rate", 0 < self.learning_rate < math.inf, "a number above 0"),
            ("batch_size", self.batch_size is None or self.batch_size >= 1, "1 or more"),
            ("seed", self.seed >= 0, "0 or more"),
            ("save_every", self.save_every >= 1, "1 or more"),
        ):
            if not fits:
                raise ValueError(f"{name} is {getattr(self, name)}, but {wanted} is wanted")


@dataclass(frozen=True)
class _State:
    """What a step is given: the layers, which it changes, and the loss, whose numbers may change between two steps."""

    layers: Sequential[Any, Any, Any]
    loss: Loss


class Run:
    """A training run between two epochs.

    Raises:
        ShapeError: x has not a row for each input, or y not one for each output and a column for each of x.
        ValueError: there are no samples, y is nothing that the loss can take, or `resume` is given without `out`.
        CheckpointError: `out` holds an earlier run and `resume` is not given, or its checkpoint is of another run.
    """

    def __init__(
        self,
        layers: Sequential[Any, Any, Any],
        x: AnyMatrix,
        y: AnyMatrix,
        settings: Settings,
        out: Path | None,
        *,
        resume: bool,
    ) -> None:
        _check(layers, x, y)
        settings.loss.check(y)
        if resume and out is None:
            raise ValueError("resume is given without out; give the folder that holds the checkpoint")
        self._history: list[EpochRecord] = []
        self._saved_epoch = 0
        self._layers = layers
        self._settings = settings
        self._state = _State(layers, settings.loss)
        # Not default_rng(seed), from which the initial weights may have been drawn.
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1,))))
        self._samples = x, y
        self._folder = None if out is None else RunFolder(out, _describe(layers, x, y, settings))
        checkpoint = None if self._folder is None else self._folder.open(resume=resume)
        if checkpoint is None:
            _measure(layers, x)
        else:
            self._take_over(checkpoint)
        # A sample a row, as rows that lie in one piece are gathered faster than columns.
        self._rows = [] if settings.batch_size is None else [x.T.copy(), y.T.copy()]

    @property
    def history(self) -> tuple[EpochRecord, ...]:
        """A record of each epoch so far."""
        return tuple(self._history)

    def epochs(self) -> Iterator[EpochRecord]:
        """Train for the epochs that are left, save when it is due, and yield the record of each.

        Raises:
            DivergenceError: the loss became infinite or not a number.
            JitError: on the numba backend, a layer or the loss cannot be compiled.
            OSError: a file cannot be written.
        """
        while len(self._history) < self._settings.epochs:
            record = self._epoch(len(self._history) + 1)
            self._history.append(record)
            if record.epoch % self._settings.save_every == 0:
                self.save()
            yield record

    def save(self) -> None:
        """Save a checkpoint of the last epoch, where there is a folder for it that does not have it yet."""
        if self._folder is not None and len(self._history) > self._saved_epoch:
            self._folder.save(self._layers.state, {}, self.history, self._rng)
            self._saved_epoch = len(self._history)

    def _take_over(self, checkpoint: Checkpoint) -> None:
        device = self._samples[0].device
        self._layers.load({name: each.to(device) for name, each in checkpoint.weights.items()})
        self._history = list(checkpoint.history)
        self._saved_epoch = len(self._history)
        self._rng = checkpoint.rng

    def _epoch(self, epoch: int) -> EpochRecord:
        started = time.perf_counter()
        rates = [self._rate((epoch - 1) * self._steps + step) for step in range(self._steps)]
        losses = self._losses(rates)
        step = len(losses)
        if not math.isfinite(losses[-1]):
            kept = self._folder.checkpoint if self._folder is not None and self._saved_epoch else None
            raise DivergenceError(f"the loss is {losses[-1]}", epoch, step, rates[step - 1], kept, self._saved_epoch)
        count: int = self._samples[0].cols
        size = self._settings.batch_size or count
        total = sum(loss * min(size, count - step * size) for step, loss in enumerate(losses))
        return EpochRecord(epoch, rates[-1], total / count, None, None, time.perf_counter() - started)

    def _losses(self, rates: Sequence[float]) -> list[float]:
        """Take the steps of an epoch, and return the loss before each; the last may be one that is not finite."""
        size = self._settings.batch_size
        if not is_compiled(self._samples[0].device):
            return self._eager_losses(rates)
        if size is None:
            return [float(self._compiled_step(self._state, *self._samples, rates[0]).numpy()[0, 0])]
        losses: list[float] = self._loop.run(self._state, self._rows, self._order(), size, [rates]).tolist()
        return losses

    def _eager_losses(self, rates: Sequence[float]) -> list[float]:
        losses: list[float] = []
        for (x, y), rate in zip(self._batches(), rates, strict=True):
            with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is reported
                losses.append(float(_step(self._state, x, y, rate).numpy()[0, 0]))
            if not math.isfinite(losses[-1]):
                break
        return losses

    @cached_property
    def _compiled_step(self) -> Callable[..., AnyMatrix]:
        return jit(threads=THREADS)(_step)

    @cached_property
    def _loop(self) -> MiniBatchLoop[_State]:
        def step(state: _State, x: AnyMatrix, y: AnyMatrix, rate: float) -> AnyMatrix:
            return _step(state, x.T, y.T, rate)

        return MiniBatchLoop(step, threads=THREADS)

    def _rate(self, step: int) -> float:
        settings = self._settings
        return float(settings.learning_rate * settings.schedule(step, settings.epochs * self._steps))

    @property
    def _steps(self) -> int:
        size = self._settings.batch_size
        return 1 if size is None else -(-self._samples[0].cols // size)

    def _batches(self) -> Iterator[tuple[AnyMatrix, AnyMatrix]]:
        """Yield the samples and targets of each step of an epoch."""
        size = self._settings.batch_size
        if size is None:
            yield self._samples
            return
        order = self._order()
        for first in range(0, len(order), size):
            x, y = (rows[order[first : first + size]].T for rows in self._rows)
            yield x, y

    def _order(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        return self._rng.permutation(self._samples[0].cols)


def _step(state: _State, x: AnyMatrix, y: AnyMatrix, rate: float) -> AnyMatrix:
    """Descend along the gradient, and return the loss before it."""
    layers, loss = state.layers, state.loss
    activations = layers.activations(x)
    z = activations[-1]
    gradients = layers.gradients(activations, loss.derivative(z, y))
    for name, parameter in layers.parameters.items():
        parameter -= rate * gradients[name]  # noqa: PLW2901  # in place
    return loss.value(z, y)


def _check(layers: Sequential[Any, Any, Any], x: AnyMatrix, y: AnyMatrix) -> None:
    if x.rows != layers.inputs:
        raise ShapeError(f"x has {x.rows} rows, but the network takes {layers.inputs} inputs: a sample is a column")
    if y.shape != (layers.outputs, x.cols):
        raise ShapeError(
            f"y has shape {y.shape}, but the network gives {layers.outputs} outputs for the {x.cols} columns of x: "
            f"({layers.outputs}, {x.cols}) is wanted"
        )
    if x.cols == 0:
        raise ValueError("x has no columns: at least one sample is wanted")


def _measure(layers: Sequential[Any, Any, Any], x: AnyMatrix) -> None:
    """Let each normalization that has measured nothing measure what the layers before it make of the samples."""
    for layer in layers.layers:
        if isinstance(layer, Normalization) and layer.standardization is None:
            layer.measure(x)
        x = layer.forward(x)


def _describe(layers: Sequential[Any, Any, Any], x: AnyMatrix, y: AnyMatrix, settings: Settings) -> Description:
    """Return all that decides what a run results in, by name."""
    numbers = [np.ascontiguousarray(each.numpy()).view(np.uint8) for each in (x, y)]
    return {
        "network": repr(layers),
        "element type": str(x.dtype),
        "data": fingerprint(*numbers)[:16],
        "epochs": settings.epochs,
        "batch size": settings.batch_size or x.cols,
        "learning rate": settings.learning_rate,
        "loss": type(settings.loss).__name__,
        "schedule": repr(settings.schedule),
        "seed": settings.seed,
    }
