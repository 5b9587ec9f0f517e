"""The command line of `nets.regression`: fit a model to the samples of a file, test it, and draw it."""

from __future__ import annotations

import copy
import json as json_format
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from nets import regression_plots as plots
from nets.command_line import DTYPES, MODEL
from nets.console import make_folder, run
from nets.export import layers_of, save_network
from nets.figures import can_draw
from nets.layers import Normalization
from nets.progress import say
from nets.regression import Fit, LinearRegression, LogisticRegression, Standardization
from nets.regression_data import Samples, read_samples
from nets.sequential import Sequential
from shapedmat import Matrix, use_backend

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Model: TypeAlias = LinearRegression[Any, Any] | LogisticRegression[Any, Any]

_MODELS: Final[dict[str, Callable[..., Model]]] = {
    "linear": LinearRegression.zeros,
    "logistic": LogisticRegression.zeros,
}


@dataclass(frozen=True)
class Train:
    """Fit a linear or a logistic regression by gradient descent, and test it."""

    model: tyro.conf.Positional[L["linear", "logistic"]]
    """Predict a number, or the probability of the label 1."""
    data: tyro.conf.Positional[Path]
    """A .json, .csv or .npy file of samples, or a folder with linear.json and logistic.json."""
    target: str | None = None
    """The column to predict, by its name or its number from 1; without it, the last. A .json file says it."""
    test_fraction: float = 0.2
    """The share of the samples to test on, where the file does not say which."""
    l2: float = 0.0
    """The L2 regularization of the coefficients."""
    learning_rate: float | None = None
    """Without it, the largest one at which every step lowers the loss for certain."""
    epochs: int = 100_000
    """The most steps that are taken."""
    tolerance: float = 1e-7
    """No entry of the gradient is larger at the end."""
    backend: L["numpy", "numba"] = "numpy"
    """Who computes on the CPU: numba takes steps in machine code, which pays where they are many thousands."""
    device: str = "cpu"
    """cpu, cuda or cuda:1."""
    dtype: L["f32", "f64"] = "f64"
    """The element type; f32 needs a larger tolerance."""
    seed: int = 0
    """Of the samples that are drawn to test on."""
    out: Path | None = None
    """The folder for the model and the figures; without it, nothing is written."""
    json: bool = False
    """Print one JSON object as the last line of standard output, and all else to standard error."""


@dataclass(frozen=True)
class Result:
    """A fitted model.

    Attributes:
        model: the model of standardized samples.
        scaling: how they are standardized.
        fit: how its fit ended.
        epochs: numbers of epochs.
        losses: the loss after each of these numbers.
        interrupted: whether the user ended the fit (Ctrl-C); then the model is as it was after the last of the epochs.
    """

    model: Model
    scaling: Standardization[Any, Any]
    fit: Fit
    epochs: list[int]
    losses: list[float]
    interrupted: bool = False

    def predict(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the predictions for samples as they are in the file."""
        weights = self.model.weights
        rows: AnyMatrix = Matrix.from_array(x.astype(weights.dtype)).to(weights.device)
        return self.model.predict(self.scaling.apply(rows)).numpy()


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the status of the process, as `nets.console.run` gives it."""
    command = tyro.cli(Train, args=arguments, prog="python -m nets.regression")

    def train_on_backend() -> None:
        with threadpool_limits(1), use_backend(command.backend):  # the products are too small for more threads to pay
            train(command)

    return run(train_on_backend)


def train(command: Train) -> None:
    """Fit, test, report and draw."""
    console = Console(stderr=command.json)
    path = command.data / f"{command.model}.json" if command.data.is_dir() else command.data
    samples = read_samples(path, command.target, test_fraction=command.test_fraction, seed=command.seed)
    if command.model == "logistic":
        _check_labels(path, samples)
    if command.epochs < 1:
        raise ValueError(f"epochs is {command.epochs}, but 1 or more is wanted")
    say(
        console,
        f"{len(samples.y):,} samples of {len(samples.names)} features and {len(samples.test_y):,} to test on, "
        f"from {path}, on {command.device}",
    )
    if command.out is not None:
        make_folder(command.out)
    result = fit(command, samples)
    measured = measure(result, samples)
    report(console, result, samples.names, measured)
    if command.out is not None:
        layers = [Normalization(result.scaling), *layers_of(result.model).layers]
        save_network(command.out / MODEL, Sequential.of(layers))
        say(console, f"wrote {command.out / MODEL}")
        draw(console, command.out, result, samples)
    if result.interrupted:
        raise KeyboardInterrupt(f": the model is the one after {result.fit.epochs:,} epochs")
    if command.json:
        summary = {
            "model": command.model,
            "data": str(path),
            "device": command.device,
            "dtype": command.dtype,
            **asdict(result.fit),
            **measured,
            "standardized_intercept": float(result.model.bias.numpy()[0, 0]),
            "standardized_coefficients": result.model.weights.numpy()[:, 0].tolist(),
        }
        print(json_format.dumps(summary))


def fit(command: Train, samples: Samples) -> Result:
    """Fit a model to standardized samples, in parts that grow, so that the loss is known in between.

    Raises:
        ValueError: the loss is not finite.
        KeyboardInterrupt: the user ended the fit before the first epoch had ended.
    """
    dtype: Any = DTYPES[command.dtype]
    x, y = (_on_device(each, dtype, command.device) for each in (samples.x, samples.y))
    scaling: Standardization[Any, Any] = Standardization.of(x)
    x = scaling.apply(x)
    model = _MODELS[command.model](x.cols, dtype=dtype, device=command.device)
    epochs, losses = [0], [model.loss(x, y, command.l2)]
    while True:
        before = copy.deepcopy(model)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is reported
                part = model.fit(
                    x,
                    y,
                    l2=command.l2,
                    learning_rate=command.learning_rate,
                    epochs=min(max(1, epochs[-1]), command.epochs - epochs[-1]),
                    tolerance=command.tolerance,
                )
        except KeyboardInterrupt:
            if epochs[-1] == 0:
                raise KeyboardInterrupt(" before the first epoch ended") from None
            ended = Fit(epochs[-1], losses[-1], converged=False)
            return Result(before, scaling, ended, epochs, losses, interrupted=True)
        epochs.append(epochs[-1] + part.epochs)
        losses.append(part.loss)
        if not np.isfinite(part.loss):
            raise ValueError(f"the loss is {part.loss} after {epochs[-1]:,} epochs: lower the learning rate")
        if part.converged or epochs[-1] == command.epochs:
            return Result(model, scaling, Fit(epochs[-1], part.loss, part.converged), epochs, losses)


def measure(result: Result, samples: Samples) -> dict[str, float]:
    """Return by name how good the predictions for the test samples are."""
    weights = result.model.weights
    dtype = weights.dtype.type
    x, y = (_on_device(each, dtype, weights.device) for each in (samples.test_x, samples.test_y))
    x = result.scaling.apply(x)
    measured = {"test_loss": result.model.loss(x, y)}
    if isinstance(result.model, LogisticRegression):
        return measured | {"test_accuracy": result.model.accuracy(x, y)}
    residuals = samples.test_y - result.predict(samples.test_x)
    spread = float(np.sum((samples.test_y - samples.test_y.mean()) ** 2))
    return measured | ({"test_r2": 1 - float(np.sum(residuals**2)) / spread} if spread else {})


def report(console: Console, result: Result, names: tuple[str, ...], measured: dict[str, float]) -> None:
    """Print the coefficients, how the fit ended, and how good the model is."""
    scaled = result.model.weights.numpy()[:, 0]
    coefficients = scaled / result.scaling.deviation.numpy()[0]
    intercept = float(result.model.bias.numpy()[0, 0])
    table = Table("feature", "coefficient", "of the standardized feature")
    for name, value, standardized in zip(names, coefficients, scaled, strict=True):
        table.add_row(name, f"{value:.6g}", f"{standardized:.6g}")
    shift = float(coefficients @ result.scaling.mean.numpy()[0])
    table.add_row("intercept", f"{intercept - shift:.6g}", f"{intercept:.6g}", style="dim")
    console.print(table)
    ended = "converged" if result.fit.converged else "stopped before it converged,"
    say(console, f"{ended} after {result.fit.epochs:,} epochs at a loss of {result.fit.loss:.6g}")
    parts = [f"loss {measured['test_loss']:.6g}"]
    if "test_accuracy" in measured:
        parts.append(f"accuracy {measured['test_accuracy']:.2%}")
    if "test_r2" in measured:
        parts.append(f"R² {measured['test_r2']:.4f}")
    say(console, f"test: {', '.join(parts)}")


def draw(console: Console, out: Path, result: Result, samples: Samples) -> None:
    """Write the figures of a model and its test samples."""
    if not can_draw(console):
        return
    plots.losses(out / "loss.png", result.epochs, result.losses)
    plots.coefficients(out / "coefficients.png", samples.names, result.model.weights.numpy()[:, 0].tolist())
    drawn = ["loss.png", "coefficients.png"]
    predictions = result.predict(samples.test_x)
    if isinstance(result.model, LinearRegression):
        plots.fit_and_residuals(out / "fit.png", samples.test_y, predictions)
        drawn.append("fit.png")
    elif len(np.unique(samples.test_y)) > 1:
        plots.roc_curve(out / "roc.png", samples.test_y, predictions)
        drawn.append("roc.png")
    if isinstance(result.model, LogisticRegression) and len(samples.names) == 2:
        plots.decision_regions(out / "regions.png", result.predict, samples.x, samples.y, samples.names)
        drawn.append("regions.png")
    say(console, f"drew {', '.join(drawn)} in {out}")


def _check_labels(path: Path, samples: Samples) -> None:
    for y in (samples.y, samples.test_y):
        others = y[(y != 0) & (y != 1)]
        if len(others):
            raise ValueError(f"{path} has the label {others[0]:g}, but a logistic regression takes the labels 0 and 1")


def _on_device(array: np.ndarray[Any, Any], dtype: Any, device: str) -> AnyMatrix:
    matrix: AnyMatrix = Matrix.from_array(array.astype(dtype))
    return matrix.to(device)
