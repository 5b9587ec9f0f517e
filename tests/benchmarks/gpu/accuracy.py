"""How exactly the GPU computes the step of `nets.mnist`, and whether it learns as the CPU does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.contest.device_worker import Case, Contestant, Results
from tests.benchmarks.gpu.report import Row, Section, markdown
from tests.benchmarks.gpu.rounds import Say, measure

OURS: Final = Contestant("nets.mnist", "device_accuracy:accuracy")

STEP_BOUND: Final = 1e-5
"""The largest error of a step's loss or of an element of a gradient, relative to the largest of that gradient."""
ACCURACY_BOUND: Final = 5e-3
"""How far the test accuracies of GPU and CPU may be apart: a few times what other seeds make of them."""


def cases(*, data: Path | None, epochs: int, batch: int, device: str, images: int = 60_000) -> list[tuple[str, Case]]:
    """Return the one case by name."""
    case: Case = {"data": str(data or ""), "epochs": epochs, "batch": batch, "device": device, "images": images}
    return [("accuracy", case)]


def judge(_case: Case, results: Results, _first: Results) -> dict[str, float]:
    """Return what was found: errors and accuracies."""
    return {name: float(value) for name, value in results.items()}


def section(given: Sequence[tuple[str, Case]], *, device: str, patience: float, say: Say) -> Section:
    """Compare the GPU with float64 and with the CPU."""
    measurements = measure(given, [OURS], judge, device=device, rounds=1, patience=patience, say=say)
    title = "Accuracy of nets.mnist in float32; errors of a step are relative to the largest element"
    if not measurements:
        return Section(title, [], [], [])
    (measurement,) = measurements
    found = measurement.errors
    steps = {
        device: {name.split()[2]: error for name, error in found.items() if name.startswith(f"step {device} ")}
        for device in ("device", "cpu")
    }
    worst = {device: max(errors.values()) for device, errors in steps.items()}
    mine, other = found["accuracy device"], found["accuracy cpu"]
    rows = [
        Row(
            "error of a step",
            f"{worst['device']:.1e}",
            "CPU",
            f"{worst['cpu']:.1e}",
            f"{worst['device']:.1e}",
            f"{STEP_BOUND:g}",
            worst["device"] <= STEP_BOUND,
            "float64",
        ),
        Row("weights after an epoch", "", "CPU", "", f"{found['epoch weights']:.1e} apart", "", None, "difference"),
        Row(
            "test accuracy",
            f"{mine:.2%}",
            "CPU",
            f"{other:.2%}",
            f"{100 * abs(mine - other):.2f} points apart",
            f"{100 * ACCURACY_BOUND:g} points",
            abs(mine - other) <= ACCURACY_BOUND,
            measurement.preparation.note,
        ),
    ]
    table = markdown(
        ("error of a step", "GPU", "CPU"),
        [(name, f"{error:.1e}", f"{steps['cpu'][name]:.1e}") for name, error in steps["device"].items()],
    )
    return Section(title, rows, [table], measurements)
