"""The command line of `nets.som`: train a map on a file or on images, and write it with its figures."""

from __future__ import annotations

import csv
import io
import json as json_format
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from typing import Literal as L

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table as Printed

from nets import data
from nets.command_line import DTYPES, new_run
from nets.console import check_folder, run
from nets.figures import can_draw
from nets.progress import say
from nets.som import plots, quality, views
from nets.som.estimator import SOM
from nets.som.files import save_map
from nets.som.parts import MetricName, NeighbourhoodName, RuleName, ScheduleName, StartName, TopologyName
from nets.tables import Table, read_table
from shapedmat.atomic import write_atomically

FILES: Final = (
    "map.safetensors",
    "report.json",
    "units.csv",
    "u_matrix.png",
    "hits.png",
    "components.png",
    "images.png",
    "classes.png",
    "clusters.png",
)
"""All that a run may write."""

MAXIMUM_PLANES: Final = 64
"""The most features whose planes are drawn."""

_TABLES: Final = (".csv", ".tsv", ".txt", ".npy")
_HEADERS: Final = {"auto": None, "yes": True, "no": False}


@dataclass(frozen=True)
class Train:
    """Train a self-organizing map, and write it with its errors and figures into a folder."""

    data: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="DATA")]
    """A CSV or .npy file with a sample in each row; or mnist, fashion, digits, or a folder with four gzip IDX files."""
    rows: int = 10
    """The rows of the map."""
    columns: int = 10
    """The columns of the map."""
    topology: TopologyName = "rectangular"
    """How the neurons lie: 4 neighbours each, or 6."""
    toroidal: bool = False
    """Let the map go on from its last row and column to the first ones."""
    metric: MetricName = "euclidean"
    """How samples and neurons are compared."""
    neighbourhood: NeighbourhoodName = "gaussian"
    """How neurons follow the best matching unit; mexican-hat with --rule online alone."""
    start: StartName = "principal"
    """How the map starts: along the principal components, at random, or with samples."""
    rule: RuleName = "batch"
    """Learn from all samples at once, from some, or from one at a time."""
    batch_size: int = 256
    """Samples of a mini-batch."""
    epochs: int = 10
    """How often every sample is presented."""
    schedule: ScheduleName = "exponential"
    """How rate and radius fall."""
    rate_start: float = 0.9
    """How far towards the samples the first step goes; --rule batch has no rate."""
    rate_end: float = 0.01
    """How far the last step goes."""
    radius_start: float | None = None
    """How far the neighbourhood reaches first, in neurons; without it, a quarter of the map."""
    radius_end: float = 0.5
    """How far it reaches last."""
    clusters: int | None = None
    """Form so many clusters of neurons."""
    label_column: str | None = None
    """The column of classes, by its name or its number from 1: not trained on, but drawn as the class map."""
    header: L["auto", "yes", "no"] = "auto"
    """Whether the first line of a CSV file has names; auto says yes where no cell in it is a number."""
    standardize: bool = False
    """Give all columns mean 0 and deviation 1 before training; the component planes stay in the units of the data."""
    images: int | None = None
    """Take the first so many images only."""
    data_dir: Path | None = None
    """The folder where the files of mnist or fashion lie; without it, the user's cache, filled by a download."""
    dtype: L["f32", "f64"] | None = None
    """The element type; without it, f32 for images and float32 arrays, and f64 for all else."""
    seed: int = 0
    """Same seed, same machine: same result."""
    device: str = "cpu"
    """Where to train: cpu, cuda or cuda:1."""
    out: Path | None = None
    """The folder for the map and its figures; without it, a new one under runs/."""
    overwrite: bool = False
    """Replace the files of another run in --out."""
    json: bool = False
    """Print the report as the last line of standard output, and all else to standard error."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the status of the process, as `nets.console.run` gives it."""
    command = tyro.cli(Train, args=arguments, prog="python -m nets.som")
    return run(partial(train, command))


def train(command: Train) -> None:
    """Read, train, measure, write and draw."""
    console = Console(stderr=command.json)
    table, are_images = read(command, console)
    out = new_run(f"som-{Path(command.data).stem}") if command.out is None else command.out
    check_files(out, overwrite=command.overwrite)
    samples = table.values
    scaler: Any = None
    if command.standardize:
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415  # only this option needs it

        scaler = StandardScaler()
        samples = scaler.fit_transform(samples)
    say(
        console,
        f"{len(samples):,} samples of {samples.shape[1]} features, {command.rows} × {command.columns} neurons, "
        f"{command.device}, files in {out}",
    )
    started = time.perf_counter()
    som = estimator(command, progress=console.is_terminal and not command.json).fit(samples)
    seconds = time.perf_counter() - started
    codebook = som.codebook_ if scaler is None else scaler.inverse_transform(som.codebook_)
    scaling = None
    if scaler is not None:
        scaling = {"means": scaler.mean_.tolist(), "deviations": scaler.scale_.tolist()}
    units = som.best_matching_units(samples)
    classes = None if table.labels is None else views.class_map(table.labels, units, len(codebook))
    found = report(command, table, som, samples, classes) | {"seconds": round(seconds, 3), "standardization": scaling}
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    save_map(out / "map.safetensors", som.map_)
    write_units(out / "units.csv", som, units)
    draw(console, out, som, codebook, None if are_images else table.names, classes)
    # Last, so that a folder with a report is a whole run.
    write_atomically(out / "report.json", (json_format.dumps(found, indent=2) + "\n").encode())
    show(console, found)
    if command.json:
        print(json_format.dumps(found))


def read(command: Train, console: Console) -> tuple[Table, bool]:
    """Return the samples with their labels, and whether they are images.

    Raises:
        OSError: a file is not there.
        FileFormatError: a file is not what it should be.
        ValueError: the settings do not fit the samples, or a column has no values.
    """
    if Path(command.data).suffix.lower() in _TABLES:
        for option, value in (("--images", command.images), ("--data-dir", command.data_dir)):
            if value is not None:
                raise ValueError(f"{option} goes with images, but {command.data} is a table; leave it out")
        table = read_table(Path(command.data), command.label_column, header=_HEADERS[command.header])
        _look(table, command, console)
    else:
        if command.label_column is not None or command.header != "auto":
            raise ValueError(f"--label-column and --header go with tables, but {command.data} is none; leave them out")
        if command.images is not None and command.images < 1:
            raise ValueError(f"images is {command.images}, but 1 or more is wanted")
        dataset = data.load(command.data, command.data_dir)
        pixels = dataset.train_images[: command.images].reshape(-1, data.SIDE**2)
        names = tuple(f"pixel {place}" for place in range(data.SIDE**2))
        labels = dataset.train_labels[: command.images].astype(str)
        kind: Any = DTYPES[command.dtype or "f32"]
        return Table(pixels.astype(kind) / kind(255), names, labels), True
    values = table.values if command.dtype is None else table.values.astype(DTYPES[command.dtype])
    return Table(values, table.names, table.labels), False


def _look(table: Table, command: Train, console: Console) -> None:
    """Say what there is to know about the samples before a map is trained on them."""
    missing = np.isnan(table.values)
    absent = np.flatnonzero(missing.all(axis=0))
    if len(absent):
        raise ValueError(f"{command.data}, column '{table.names[absent[0]]}' has no values; leave the column out")
    empty = np.flatnonzero(missing.all(axis=1))
    if len(empty):
        raise ValueError(f"{command.data}, sample {empty[0] + 1} has no values, only missing cells; leave the row out")
    if missing.any():
        say(console, f"{missing.sum():,} of {missing.size:,} cells are missing, and are left out of the distances")
    constant = np.nanmin(table.values, axis=0) == np.nanmax(table.values, axis=0)
    for name in np.array(table.names)[constant]:
        say(console, f"column '{name}' is the same in all samples, and tells none apart")
    if command.rows * command.columns > len(table.values):
        say(
            console,
            f"there are more neurons ({command.rows * command.columns:,}) than samples ({len(table.values):,}): "
            "many will have no samples",
        )


def estimator(command: Train, *, progress: bool) -> SOM:
    """Return the untrained estimator with the settings of a command."""
    settings = asdict(command)
    parameters = {name: settings[name] for name in SOM().get_params() if name in settings}
    return SOM(**parameters, n_clusters=command.clusters, random_state=command.seed, progress=progress)


def check_files(out: Path, *, overwrite: bool) -> None:
    """Refuse a folder with the files of another run, unless they may be replaced.

    Raises:
        FileExistsError: there are such files, or `out` is a file itself.
    """
    check_folder(out)
    others = [name for name in FILES if (out / name).exists()]
    if others and not overwrite:
        raise FileExistsError(
            f"{out} holds {others[0]} of another run; name another folder with --out, or replace it with --overwrite"
        )


def report(
    command: Train, table: Table, som: SOM, samples: np.ndarray[Any, Any], classes: views.ClassMap | None
) -> dict[str, Any]:
    """Return what a run is known by, for JSON."""
    codebook, topology, metric = som.codebook_, som.map_.topology, som.map_.metric
    function = som.map_.neighbourhood_function
    found: dict[str, Any] = {
        "data": command.data,
        "samples": len(samples),
        "features": list(table.names),
        "neurons": len(codebook),
        "neurons_hit": int((som.hits_ > 0).sum()),
        "quantization_error": som.quantization_error_,
        "topographic_error": None,
        "distortion": quality.distortion(
            codebook, samples, topology, function, function.influence_of(command.radius_end), metric
        ),
    }
    if len(codebook) > 1:
        found["topographic_error"] = quality.topographic_error(codebook, samples, topology, metric)
    if classes is not None:
        found["purity"] = classes.purity
    if command.clusters is not None:
        found["clusters"] = np.bincount(som.labels_, minlength=command.clusters).tolist()
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(command).items()}
    return found | {"dtype": str(codebook.dtype), "settings": settings}


def write_units(path: Path, som: SOM, units: np.ndarray[Any, Any]) -> None:
    """Write the best matching unit of each sample with its row and column and, where there are any, its cluster."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    columns = {"sample": np.arange(1, len(units) + 1), "unit": units}
    columns |= {"row": units // som.columns, "column": units % som.columns}
    if som.n_clusters is not None:
        columns["cluster"] = som.labels_
    writer.writerow(columns)
    writer.writerows(np.column_stack(list(columns.values())).tolist())
    write_atomically(path, text.getvalue().encode())


def draw(
    console: Console,
    out: Path,
    som: SOM,
    codebook: np.ndarray[Any, Any],
    names: Sequence[str] | None,
    classes: views.ClassMap | None,
) -> None:
    """Write the figures of a run; without names of columns, the codebook is drawn as images."""
    if not can_draw(console):
        return
    topology: Any = som.map_.topology
    plots.u_matrix(out / "u_matrix.png", topology, views.u_matrix(som.codebook_, topology, som.map_.metric))
    plots.hit_map(out / "hits.png", topology, som.hits_)
    if names is None:
        plots.codebook_images(out / "images.png", topology, codebook, (data.SIDE, data.SIDE))
    else:
        if len(names) > MAXIMUM_PLANES:
            say(console, f"of {len(names)} component planes the first {MAXIMUM_PLANES} are drawn")
        drawn = slice(MAXIMUM_PLANES)
        plots.component_planes(out / "components.png", topology, codebook[:, drawn], names[drawn])
    if classes is not None:
        plots.class_map(out / "classes.png", topology, classes)
    if som.n_clusters is not None:
        plots.clusters(out / "clusters.png", topology, som.neuron_labels_)
    say(console, f"drew the figures in {out}")


def show(console: Console, found: dict[str, Any]) -> None:
    """Print the errors of a map."""
    printed = Printed("measure", "value")
    for name in ("quantization_error", "topographic_error", "distortion", "purity"):
        if found.get(name) is not None:
            printed.add_row(name.replace("_", " "), f"{found[name]:.4f}")
    printed.add_row("neurons hit", f"{found['neurons_hit']} of {found['neurons']}")
    console.print(printed)
