"""A training step of the 784-128-64-10 network, of which images, order and weights lie on the device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from tests.benchmarks.contest.device_worker import Case, Contestant, Results
from tests.benchmarks.gpu.report import CLOCK, Row, Section, row_of_ratio, table_of_contestants
from tests.benchmarks.gpu.rounds import Say, found, installed, labels, measure

OURS: Final = Contestant("ours", "device_ours:steps")
CONTESTANTS: Final = (
    OURS,
    Contestant("ours, resident", "device_ours:resident_steps"),
    Contestant("ours, launches", "device_ours:launched_steps"),
    Contestant("PyTorch, CUDA graph", "device_torch:graph_steps", "torch"),
    Contestant("torch.compile", "device_torch:compiled_steps", "torch"),
    Contestant("JAX, jit and scan", "device_jax:steps", "jax"),
)
TARGETS: Final = {"PyTorch, CUDA graph": 2.0, "torch.compile": None, "JAX, jit and scan": 2.0}
"""How many times as long peers are to take; there is none for what PyTorch compiles."""

TOLERANCE: Final = 1e-3
"""How far losses, relative to the largest, and weights may be from ours after an epoch."""

IMAGES: Final = 60_000
RATE: Final = 0.1


def cases(
    batches: Sequence[int], *, data: Path | None, epochs: int, device: str, images: int = IMAGES
) -> list[tuple[str, Case]]:
    """Return the mini-batches by name."""
    shared = {"data": str(data or ""), "epochs": epochs, "device": device, "images": images, "rate": RATE}
    return [(f"training step, batch {batch}", {"batch": batch, **shared}) for batch in batches]


def judge(_case: Case, results: Results, first: Results) -> dict[str, float]:
    """Return how far losses and weights are from those of the first contestant."""
    scale = max(1.0, float(np.abs(first["losses"]).max()))
    losses = float(np.abs(results["losses"] - first["losses"]).max()) / scale
    weights = max(float(np.abs(results[name] - first[name]).max()) for name in first if name != "losses")
    return {"losses": losses if np.isfinite(losses) else np.inf, "weights": weights if np.isfinite(weights) else np.inf}


def section(
    given: Sequence[tuple[str, Case]],
    *,
    device: str,
    rounds: int,
    patience: float,
    say: Say,
    contestants: Sequence[Contestant] = CONTESTANTS,
) -> Section:
    """Measure the steps."""
    measurements = measure(
        given, installed(contestants, say), judge, device=device, rounds=rounds, patience=patience, say=say
    )
    rows: list[Row] = []
    for label in labels(measurements):
        own = found(measurements, label, OURS.name)
        for peer, target in TARGETS.items():
            other = found(measurements, label, peer)
            rows.append(row_of_ratio(label, own, other, peer, target=target, tolerance=TOLERANCE, told_by=CLOCK))
    title = (
        "Training steps of 784-128-64-10 by the clock, over whole epochs: from the order of rows on the host to the "
        "losses on the host, with nothing in between that moves there for a step"
    )
    return Section(title, rows, [table_of_contestants(measurements)], measurements)
