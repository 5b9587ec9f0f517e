"""The command line of `nets.mnist`: train, eval, predict, show and export."""

from __future__ import annotations

import json as json_format
import re
import shlex
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from nets import data, plots, training
from nets.checkpoints import CHECKPOINT
from nets.compiling import is_compiled
from nets.console import check_folder, run
from nets.export import save_network, save_onnx
from nets.figures import can_draw, loss_curves
from nets.mnist import Initializer, Network
from nets.progress import say
from shapedmat import Matrix, use_backend
from shapedmat.backends import Backend
from shapedmat.files import load_matrices, save_matrices
from shapedmat.kernels.threads import processors

RUNS: Final = Path("runs")
MODEL: Final = "model.safetensors"
DTYPES: Final[dict[str, type[np.float32] | type[np.float64]]] = {"f32": np.float32, "f64": np.float64}

BackendName: TypeAlias = L["numpy", "numba", "cupy"]


@dataclass(frozen=True)
class Train:
    """Train the network and test it."""

    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""
    epochs: int | None = None
    """How often to go through the training images: 20 times, or 200 through the few bundled digits."""
    batch_size: int = training.Settings.batch_size
    """Images a step."""
    lr: float = training.Settings.learning_rate
    """The learning rate of the first step; it falls along a cosine to a hundredth."""
    seed: int = training.Settings.seed
    """Same seed, same machine: same result, bit for bit."""
    backend: BackendName = "numba"
    """Who computes: numba and cupy train in code that is made for the network, numpy one operation after the other."""
    device: str | None = None
    """cpu, cuda or cuda:1; without it, what the backend computes on. On a GPU, all arrays are cupy's."""
    threads: int = 1
    """Threads that share the work of a step, in machine code or in NumPy's BLAS; at most one for each processor."""
    init: Initializer = "xavier"
    """How the weights start."""
    val_fraction: float = 0.0
    """The share of the training images that is held out to validate each epoch."""
    patience: int = 0
    """Stop after so many epochs without a better validation loss; 0 never stops early."""
    shift: int = training.Settings.shift
    """Training images are moved by up to so many pixels, at random."""
    out: Path | None = None
    """The folder for checkpoints, history, weights and figures; without it, a new one under runs/."""
    resume: bool = False
    """Go on from the checkpoint in --out, or in the newest folder under runs/."""
    dtype: L["f32", "f64"] = "f32"
    """The element type of weights and activations."""
    json: bool = False
    """Print one JSON object as the last line of standard output, and all else to standard error."""


@dataclass(frozen=True)
class Eval:
    """Test trained weights."""

    data: str = "mnist"
    """The images: mnist, fashion, digits, or a folder with the four gzip IDX files."""
    data_dir: Path | None = None
    """The folder where the files of --data lie; without it, the user's cache, filled by a download."""
    model: Path | None = None
    """The weights, or the folder that holds them; without it, the newest under runs/."""
    backend: BackendName = "numpy"
    """Who computes."""
    device: str | None = None
    """cpu, cuda or cuda:1; without it, what the backend computes on."""
    threads: int = 1
    """Threads that share the work, in machine code or in NumPy's BLAS; at most one for each processor."""
    json: bool = False
    """Print one JSON object as the last line of standard output, and all else to standard error."""


@dataclass(frozen=True)
class Predict:
    """Read the digit in a picture."""

    image: tyro.conf.Positional[Path]
    """A picture of one digit, of any size, dark on light or light on dark."""
    model: Path | None = None
    """The weights, or the folder that holds them; without it, the newest under runs/."""
    json: bool = False
    """Print one JSON object as the last line of standard output, and all else to standard error."""


@dataclass(frozen=True)
class Show:
    """Describe trained weights, and draw the first layer's."""

    model: Path | None = None
    """The weights, or the folder that holds them; without it, the newest under runs/."""


@dataclass(frozen=True)
class Export:
    """Write trained weights as a file for other programs."""

    file: tyro.conf.Positional[Path]
    """The file to write: an ONNX model if it ends in .onnx, a safetensors file if in .safetensors."""
    model: Path | None = None
    """The weights, or the folder that holds them; without it, the newest under runs/."""


Command: TypeAlias = (
    Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Eval, tyro.conf.subcommand("eval")]
    | Annotated[Predict, tyro.conf.subcommand("predict")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[Export, tyro.conf.subcommand("export")]
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command, and return the status of the process, as `nets.console.run` gives it."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["train", *given]
    description = "The 784-128-64-10 network for handwritten digits; without a command, it trains."
    command = tyro.cli(Command, args=given, prog="python -m nets.mnist", description=description)
    return run(partial(_run, command))


def _run(command: Command) -> None:
    match command:
        case Train():
            train(command)
        case Eval():
            evaluate(command)
        case Predict():
            predict(command)
        case Show():
            show(command)
        case Export():
            export(command)


def train(command: Train) -> None:
    """Train, test, report and draw."""
    dataset = data.load(command.data, command.data_dir)
    out = command.out or (newest_run(dataset.name) if command.resume else new_run(dataset.name))
    check_folder(out)
    try:
        _train(command, dataset, out)
    except KeyboardInterrupt:
        kept = f": go on with --resume --out {shlex.quote(str(out))}"
        raise KeyboardInterrupt(kept if (out / CHECKPOINT).exists() else ", no epoch was saved") from None


def _train(command: Train, dataset: data.Dataset, out: Path) -> None:
    console = Console(stderr=command.json)
    settings = training.Settings(
        epochs=_epochs(dataset) if command.epochs is None else command.epochs,
        batch_size=command.batch_size,
        learning_rate=command.lr,
        seed=command.seed,
        validation_fraction=command.val_fraction,
        patience=command.patience,
        shift=command.shift,
    )
    dtype = DTYPES[command.dtype]
    threads = _threads(console, command.threads)
    with use_backend(command.backend) as backend, threadpool_limits(threads, user_api="blas"):
        device = command.device or backend.device_type
        rng = np.random.default_rng(command.seed)
        network: Network[Any] = Network.initialized(rng, dtype, command.init, device)
        say(
            console,
            f"{network.parameter_count:,} parameters, {len(dataset.train_labels):,} images of {dataset.name}, "
            f"{_who(backend, device)}, files in {out}",
        )
        result = training.train(
            network, dataset, settings, out=out, resume=command.resume, console=console, threads=threads
        )
        evaluation = training.evaluate(network, dataset.test_images, dataset.test_labels, threads=threads)
    save_matrices(
        out / MODEL,
        network.parameters,
        {"network": "784-128-64-10", "dataset": dataset.name, "test_accuracy": str(evaluation.accuracy)},
    )
    report(console, dataset, evaluation)
    draw(console, out, dataset, evaluation, network, result)
    if command.json:
        summary = {
            "dataset": dataset.name,
            "test_accuracy": evaluation.accuracy,
            "test_loss": evaluation.loss,
            "train_seconds_per_epoch": float(np.median([row.seconds for row in result.history])),
            "epochs": len(result.history),
            "batch_size": command.batch_size,
            "backend": backend.name,
            "device": device,
            "threads": threads,
            "dtype": command.dtype,
            "seed": command.seed,
            "parameters": network.parameter_count,
            "out": str(out),
        }
        print(json_format.dumps(summary))


def _who(backend: Backend, device: str) -> str:
    """Say who computes where."""
    if device == "cpu":
        return f"{backend.name} on {device}"
    return f"{'compiled kernels' if is_compiled(device) else 'cupy'} on {device}"


def evaluate(command: Eval) -> None:
    """Test trained weights on the test images of a data set."""
    console = Console(stderr=command.json)
    network = load_network(command.model)
    dataset = data.load(command.data, command.data_dir)
    threads = _threads(console, command.threads)
    with use_backend(command.backend) as backend, threadpool_limits(threads, user_api="blas"):
        for name, parameter in network.parameters.items():
            setattr(network, name, parameter.to(command.device or backend.device_type))
        evaluation = training.evaluate(network, dataset.test_images, dataset.test_labels, threads=threads)
    report(console, dataset, evaluation)
    if command.json:
        print(
            json_format.dumps(
                {"dataset": dataset.name, "test_accuracy": evaluation.accuracy, "test_loss": evaluation.loss}
            )
        )


def predict(command: Predict) -> None:
    """Print the digit in a picture, and how far each of the ten outputs is up."""
    network = load_network(command.model)
    image = read_picture(command.image)
    pixels = image.reshape(784, 1).astype(network.w1.dtype) / network.w1.dtype.type(255)
    outputs = network.predict(Matrix.from_array(pixels)).numpy()[:, 0]
    digit = int(outputs.argmax())
    console = Console(stderr=command.json)
    table = Table("digit", "output", title=f"{command.image}: {digit}")
    for each, output in enumerate(outputs):
        table.add_row(str(each), f"{output:.3f}", style="bold" if each == digit else None)
    console.print(table)
    if command.json:
        print(json_format.dumps({"digit": digit, "outputs": [round(float(output), 6) for output in outputs]}))


def show(command: Show) -> None:
    """Print what the weights are like, and draw the first layer's beside them."""
    console = Console()
    path = model_path(command.model)
    network = load_network(path)
    table = Table("name", "shape", "mean", "standard deviation", "largest", title=str(path))
    for name, parameter in network.parameters.items():
        values = parameter.numpy()
        table.add_row(
            name,
            f"{parameter.rows}×{parameter.cols}",
            *(f"{each:.4f}" for each in (values.mean(), values.std(), abs(values).max())),
        )
    console.print(table)
    if can_draw(console):
        figure = path.with_name("first_layer.png")
        plots.first_layer(figure, network.w1.numpy())
        say(console, f"drew {figure}")


def export(command: Export) -> None:
    """Write trained weights as an ONNX model, or as a safetensors file that names them by their layers.

    Raises:
        ValueError: the file's name says neither.
    """
    path = model_path(command.model)
    network = load_network(path)
    match command.file.suffix:
        case ".onnx":
            save_onnx(command.file, network, metadata={"weights": str(path)})
        case ".safetensors":
            save_network(command.file, network)
        case suffix:
            raise ValueError(f'{command.file} ends in "{suffix}", but .onnx or .safetensors is wanted')
    say(Console(), f"wrote {path} as {command.file}")


def report(console: Console, dataset: data.Dataset, evaluation: training.Evaluation) -> None:
    """Print the accuracy, a row for each digit, and the confusion matrix."""
    counts = evaluation.confusion
    right, taken, there = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)
    scores = Table("class", "images", "precision", "recall", "F1")
    for each in range(len(counts)):
        rates = (right[each] / max(1, total) for total in (taken[each], there[each], (taken[each] + there[each]) / 2))
        scores.add_row(str(each), str(there[each]), *(f"{rate:.2%}" for rate in rates))
    console.print(scores)
    confusion = Table("true", title="predicted", padding=(0, 0))
    for each in range(len(counts)):
        confusion.add_column(str(each), justify="right", min_width=4)
    for each, row in enumerate(counts):
        confusion.add_row(str(each), *(str(count or "") for count in row))
    console.print(confusion)
    console.print(
        f"test accuracy on {dataset.name}: [bold]{evaluation.accuracy:.2%}[/bold] of {len(dataset.test_labels):,} "
        f"images, squared error {evaluation.loss:.4f}"
    )


def draw(
    console: Console,
    out: Path,
    dataset: data.Dataset,
    evaluation: training.Evaluation,
    network: Network[Any],
    result: training.Result,
) -> None:
    """Write the figures of a run."""
    if not can_draw(console):
        return
    epochs = [row.epoch for row in result.history]
    losses = {"training": (epochs, [row.train_loss for row in result.history])}
    if result.history and result.history[0].val_loss is not None:
        losses["validation"] = epochs, [row.val_loss for row in result.history if row.val_loss is not None]
    loss_curves(out / "learning_curves.png", losses, xlabel="epoch", ylabel="squared error of one image")
    plots.confusion_matrix(out / "confusion_matrix.png", evaluation.confusion)
    plots.misclassified(out / "misclassified.png", dataset.test_images, dataset.test_labels, evaluation.predictions)
    plots.first_layer(out / "first_layer.png", network.w1.numpy())
    say(console, f"drew learning curves, confusion matrix, misclassified images and first layer in {out}")


def load_network(path: Path | None) -> Network[Any]:
    """Return the network with the weights of a file.

    Raises:
        FileNotFoundError: there is no such file, or none under runs/.
        FileFormatError: the file is not one of weights.
        ShapeError: the weights are another network's.
    """
    stored, _ = load_matrices(model_path(path))
    double = any(each.dtype == np.float64 for each in stored.values())
    dtype = DTYPES["f64" if double else "f32"]
    network = Network.initialized(np.random.default_rng(0), dtype)
    network.load(stored)
    return network


def model_path(path: Path | None) -> Path:
    """Return the file of weights that is meant: the given one, the one in the given folder, or the newest under runs/.

    Raises:
        FileNotFoundError: there is none.
    """
    if path is None:
        models = sorted(RUNS.glob(f"*/{MODEL}"), key=lambda each: each.stat().st_mtime)
        if not models:
            raise FileNotFoundError(f"there are no weights under {RUNS}: train first, or name a file with --model")
        return models[-1]
    path = path / MODEL if path.is_dir() else path
    if not path.exists():
        raise FileNotFoundError(f"there are no weights at {path}: train first, or name another file with --model")
    return path


def new_run(name: str) -> Path:
    """Return a folder under runs/ that does not exist yet: NAME-1, NAME-2 and so on."""
    return RUNS / f"{name}-{max(_run_numbers(name), default=0) + 1}"


def newest_run(name: str) -> Path:
    """Return the last folder that `new_run` made.

    Raises:
        FileNotFoundError: there is none.
    """
    numbers = _run_numbers(name)
    if not numbers:
        raise FileNotFoundError(f"there is no run of {name} under {RUNS} to resume: name its folder with --out")
    return RUNS / f"{name}-{max(numbers)}"


def _run_numbers(name: str) -> list[int]:
    matches = [re.fullmatch(rf"{re.escape(name)}-(\d+)", path.name) for path in RUNS.glob(f"{name}-*")]
    return [int(match[1]) for match in matches if match]


def read_picture(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return a picture as MNIST has its images: light on dark, 20 pixels high or wide, centred by its mass.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a picture, it is too large, or there is nothing on it.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # only this command needs it

    try:
        with Image.open(path) as opened:
            gray = np.asarray(opened.convert("L"), np.float64)
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(f"cannot read {path} as a picture: a PNG or JPEG of one digit is wanted") from error
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    if np.median(border) > 127:
        gray = 255 - gray
    if gray.shape == (28, 28):
        return gray.astype(np.uint8)
    ink = gray > gray.max() / 4
    if gray.max() < 16 or ink.all():
        raise ValueError(f"cannot find a digit on {path}: a picture of one digit on a plain background is wanted")
    rows, cols = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    digit = Image.fromarray(gray[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1].astype(np.uint8))
    scale = 20 / max(digit.size)
    small = digit.resize((max(1, round(digit.width * scale)), max(1, round(digit.height * scale))))
    pixels = np.asarray(small, np.float64)
    centre = [
        float((pixels.sum(axis=1 - axis) * np.arange(pixels.shape[axis])).sum() / pixels.sum()) for axis in (0, 1)
    ]
    top, left = (min(max(0, round(13.5 - place)), 28 - size) for place, size in zip(centre, pixels.shape, strict=True))
    image = np.zeros((28, 28), np.uint8)
    image[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return image


def _threads(console: Console, asked: int) -> int:
    """Return how many of the threads that are asked for compute, and say where those are fewer."""
    if asked < 1:
        raise ValueError(f"threads is {asked}, but 1 or more is wanted")
    there = processors()
    if asked > there:
        say(console, f"threads is {asked}, but the number of processors is {there}: as many threads as that compute")
    return min(asked, there)


def _epochs(dataset: data.Dataset) -> int:
    # As many steps as it takes: an epoch of the bundled digits has 45, one of MNIST 1,875.
    return 200 if dataset.name == "digits" else training.Settings.epochs
