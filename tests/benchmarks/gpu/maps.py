"""Batch training of a self-organizing map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nets.som import best_matching_units
from tests.benchmarks.contest.device_worker import Case, Contestant, Results
from tests.benchmarks.gpu.report import CLOCK, Section, row_of_ratio, table_of_contestants
from tests.benchmarks.gpu.rounds import Say, found, installed, labels, measure
from tests.benchmarks.som import Case as MapCase
from tests.benchmarks.som import drawn

OURS: Final = Contestant("ours", "device_ours:maps")
CONTESTANTS: Final = (
    OURS,
    Contestant("PyTorch", "device_torch:maps", "torch"),
    Contestant("XPySom", "device_xpysom:maps", "xpysom"),
)
TARGETS: Final = {"PyTorch": 2.0, "XPySom": 2.0}
"""How many times as long peers are to take."""

TOLERANCE: Final = 1e-3
"""How far a quantization error may be from ours, relative to it."""


def cases(*, samples: int, features: int, side: int, epochs: int, device: str) -> list[tuple[str, Case]]:
    """Return the one map by name."""
    label = f"an epoch of {epochs}, map of {samples:,} × {features} on {side} × {side}"
    return [(label, {"samples": samples, "features": features, "side": side, "epochs": epochs, "device": device})]


def judge(case: Case, results: Results, first: Results) -> dict[str, float]:
    """Return how far the quantization error is from that of the first contestant, relative to it."""
    x = drawn(MapCase(case["samples"], case["features"], case["side"]))
    own, theirs = (
        float(best_matching_units(each["codebook"], x)[1].mean(dtype=np.float64)) for each in (first, results)
    )
    return {"quantization error": abs(theirs - own) / own if np.isfinite(theirs) else np.inf}


def section(
    given: Sequence[tuple[str, Case]],
    *,
    device: str,
    rounds: int,
    patience: float,
    say: Say,
    contestants: Sequence[Contestant] = CONTESTANTS,
) -> Section:
    """Measure the map."""
    measurements = measure(
        given, installed(contestants, say), judge, device=device, rounds=rounds, patience=patience, say=say
    )
    rows = [
        row_of_ratio(
            label,
            found(measurements, label, OURS.name),
            found(measurements, label, peer),
            peer,
            target=target,
            tolerance=TOLERANCE,
            told_by=CLOCK,
        )
        for label in labels(measurements)
        for peer, target in TARGETS.items()
    ]
    title = "Batch training of a map in float32, an epoch by the clock; samples lie on the device"
    return Section(title, rows, [table_of_contestants(measurements)], measurements)
