"""XPySom's contestant on a device: batch training of a map by CuPy."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from tests.benchmarks.contest.device_cases import clocked, map_samples
from tests.benchmarks.contest.device_worker import Case, Formulation, Results

SAMPLES_AT_ONCE: Final = (0, 4096, 16384, 65536)
"""How many samples are compared with all neurons at once; 0 is XPySom's own choice."""


class Map:
    """A map on samples that lie on the device already."""

    def __init__(self, case: Case, at_once: int) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it cannot import
            module: Any = importlib.import_module("xpysom")
        self.xp: Any = np if case["device"] == "cpu" else importlib.import_module("cupy")
        side: int = case["side"]
        self.epochs: int = case["epochs"]
        x = map_samples(case)
        self.start = x[: side**2].reshape(side, side, -1).copy()
        self.samples = self.xp.asarray(x)
        # Its widths are halved before they are used: `std_coeff` is 0.5.
        self.som = module.XPySom(
            side, side, case["features"], sigma=side / 2, sigmaN=1.0, n_parallel=at_once, xp=self.xp
        )

    def train(self) -> None:
        self.som._weights = self.start.copy()
        self.som.train(self.samples, self.epochs)

    def wait(self) -> None:
        if self.xp is not np:
            self.xp.cuda.Device().synchronize()

    def seconds(self) -> float:
        return clocked(self.train, self.wait) / self.epochs

    def results(self) -> Results:
        self.train()
        weights = np.asarray(self.som.get_weights())
        return {"codebook": weights.reshape(-1, weights.shape[-1]).astype(np.float32)}

    def note(self) -> str:
        return ""


def maps(case: Case) -> Iterator[tuple[str, Callable[[], Formulation]]]:
    """Yield several numbers of samples at once."""
    for at_once in SAMPLES_AT_ONCE:
        name = f"{at_once:,} samples at once" if at_once else "as many samples at once as it chooses"
        yield name, partial(Map, case, at_once)
