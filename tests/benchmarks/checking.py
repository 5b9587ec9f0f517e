"""How long mypy takes with the plugin: a generated project, checked cold and warm, beside the same code without.

The same functions are written three times: with jaxtyping's annotations and the plugin; with NumPy's own shape types
and no plugin, which is what mypy needs to look into every array expression at all; and with jaxtyping's annotations and
no plugin, where every array is ``Any`` and nothing is checked. The times are of one run, each the median of several
rounds, in which the variants take turns; they are of the processor (user and system), which a busy machine changes less
than those of the clock. ``python tests/benchmarks/checking.py --lines 10000 --rounds 5``
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tyro

HEADER: Final = "import numpy as np\nfrom jaxtyping import Float64\nfrom typing import Literal as L\n\n\n"

FUNCTION: Final = """def layer_{i}(x: {x}, w: {w}, b: {b}) -> {y}:
    n, m = x.shape
    assert w.shape[0] == m
    h = np.tanh(x @ w + b)
    scale = np.sqrt(np.mean(h**2, axis=1, keepdims=True))
    h = h / scale
    out = np.zeros((n, h.shape[1]))
    for row in range(n):
        out[row] = h[row] * 2.0
    centred = out - out.mean(axis=0)
    total = centred.sum(axis=0)
    both = np.concatenate([centred, h], axis=1)
    if both.shape[1] > 3:
        both = both[:, 1:].T
    top = np.where(h > 0, h, -h)
    norm = np.linalg.norm(top, axis=-1)
    return centred + total + norm[:, None]


def use_{i}(x: {x}, w: {w}, b: {b}) -> {y}:
    first = layer_{i}(x, w, b)
    second = layer_{j}(x, w, b)
    return np.maximum(first, second) - np.exp(-first) * second.reshape(x.shape[0], -1)


"""


@dataclass(frozen=True)
class Variant:
    """One way to write and to check the project."""

    name: str
    annotation: str
    plugin: bool

    def text(self, functions: int) -> str:
        """Return the source of a module."""
        types = {
            key: self.annotation.format(shape=shape, tuple=tuple_)
            for key, shape, tuple_ in (
                ("x", "n d", "int, int"),
                ("w", "d k", "int, int"),
                ("b", "k", "int"),
                ("y", "n k", "int, int"),
            )
        }
        bodies = [FUNCTION.format(i=place, j=(place + 1) % functions, **types) for place in range(functions)]
        return HEADER + "".join(bodies)


NUMPY: Final = "np.ndarray[tuple[{tuple}], np.dtype[np.float64]]"
JAXTYPING: Final = 'Float64[np.ndarray, "{shape}"]'
VARIANTS: Final = (
    Variant("plugin", JAXTYPING, plugin=True),
    Variant("NumPy's shape types, no plugin", NUMPY, plugin=False),
    Variant("jaxtyping, no plugin", JAXTYPING, plugin=False),
)
_LINES_A_FUNCTION: Final = FUNCTION.count("\n")
_FUNCTIONS_A_MODULE: Final = 10


@dataclass
class Settings:
    """How much is checked, and how often."""

    lines: int = 10_000
    rounds: int = 3


def check(folder: Path, *, plugin: bool, cache: Path) -> float:
    """Return the processor time of one run of mypy on a folder."""
    config = folder / "mypy.ini"
    config.write_text("[mypy]\n" + ("plugins = shapedmat.mypy_plugin\n" if plugin else ""))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = ["--config-file", str(config), "--cache-dir", str(cache), "--no-error-summary"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MYPY")}
    command = [sys.executable, "-m", "mypy", *options, str(folder)]
    # In the folder, as mypy takes what it finds where it is started for code that it has to check.
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != 0:
        raise SystemExit(f"mypy reports on a project that is correct:\n{run.stdout[:2000]}{run.stderr[:2000]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(settings: Settings) -> None:
    """Write the projects, check them in turn and print the medians."""
    times: dict[str, dict[str, list[float]]] = {each.name: {"cold": [], "warm": []} for each in VARIANTS}
    modules = max(1, settings.lines // (_LINES_A_FUNCTION * _FUNCTIONS_A_MODULE))
    with tempfile.TemporaryDirectory() as root:
        for place, variant in enumerate(VARIANTS):
            folder = Path(root) / f"project{place}"
            folder.mkdir()
            for module in range(modules):
                (folder / f"module{module}.py").write_text(variant.text(_FUNCTIONS_A_MODULE))
        for turn in range(settings.rounds):
            for place, variant in enumerate(VARIANTS):
                cache = Path(root) / f"cache{place}-{turn}"
                for kind in ("cold", "warm"):
                    seconds = check(Path(root) / f"project{place}", plugin=variant.plugin, cache=cache)
                    times[variant.name][kind].append(seconds)
    lines = modules * _FUNCTIONS_A_MODULE * _LINES_A_FUNCTION
    print(f"{lines} lines in {modules} modules, {settings.rounds} rounds, seconds of the processor")
    for kind in ("cold", "warm"):
        medians = {name: statistics.median(each[kind]) for name, each in times.items()}
        for name, seconds in medians.items():
            ratio = medians["plugin"] / seconds
            print(f"{kind}  {name:32} {seconds:7.2f}   {ratio:5.2f} times as long with the plugin")


if __name__ == "__main__":
    main(tyro.cli(Settings))
