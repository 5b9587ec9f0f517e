"""The matrix products of a training step, by our kernels and by cuBLAS."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from shapedmat.precision import Precision
from tests.benchmarks.contest.device_cases import operands_of
from tests.benchmarks.contest.device_worker import Case, Contestant, Results
from tests.benchmarks.gpu.report import EVENTS, Row, Section, markdown, reached
from tests.benchmarks.gpu.rounds import Measurement, Say, found, installed, labels, measure, ratio

OURS: Final = Contestant("ours", "device_ours:products")
COUNTED: Final = Contestant("ours, counted", "device_ours:counted_products")
TENSOR_CORES: Final[dict[Precision, Contestant]] = {
    "tf32": Contestant("ours, tf32", "device_ours:tf32_products"),
    "bf16": Contestant("ours, bf16", "device_ours:bf16_products"),
}
CUBLAS: Final = (
    Contestant("cupy.matmul", "device_ours:cublas_products"),
    Contestant("torch.matmul", "device_torch:products", "torch"),
)
CONTESTANTS: Final = (OURS, COUNTED, *CUBLAS, *TENSOR_CORES.values())

MEAN_TARGET: Final = 1.2
"""The geometric mean of the ratios of cuBLAS's times to ours that is wanted."""
LEAST_TARGET: Final = 1.0
"""The least of them."""

_ROUNDOFF: Final[dict[Precision, float]] = {"full": 2**-24, "tf32": 2**-11, "bf16": 2**-8}


def cases(batches: Sequence[int], *, device: str) -> list[tuple[str, Case]]:
    """Return the products of a training step by name, with the layouts that they have in `nets.mnist`."""
    found = []
    for n in batches:
        for name, shape, layouts in (
            ("w1 · x", (128, 784, n), ("rows", "columns")),
            ("w2 · a1", (64, 128, n), ("rows", "rows")),
            ("w3 · a2", (10, 64, n), ("rows", "rows")),
            ("w3ᵀ · δ3", (64, 10, n), ("columns", "rows")),
            ("w2ᵀ · δ2", (128, 64, n), ("columns", "rows")),
            ("δ3 · a2ᵀ", (10, n, 64), ("rows", "columns")),
            ("δ2 · a1ᵀ", (64, n, 128), ("rows", "columns")),
            ("δ1 · xᵀ", (128, n, 784), ("rows", "rows")),
        ):
            case: Case = {"shape": list(shape), "layouts": list(layouts), "device": device, "batch": n}
            found.append((f"{name}, batch {n}", case))
    return found


def judge(case: Case, results: Results, _first: Results) -> dict[str, float]:
    """Return the largest error of an element against float64, in units of Σ |a| |b|."""
    a, b = (each.astype(np.float64) for each in operands_of(case))
    error = np.abs(results["product"].astype(np.float64) - a @ b) / (np.abs(a) @ np.abs(b))
    worst = float(error.max())
    return {"error": worst if np.isfinite(worst) else np.inf}


def bound(case: Case, precision: Precision) -> float:
    """Return the largest error that `shapedmat.precision` states, in units of Σ |a| |b|."""
    inner: int = case["shape"][1]
    return (0.0 if precision == "full" else 2 * _ROUNDOFF[precision]) + inner * 2.0**-23


def section(
    given: Sequence[tuple[str, Case]],
    *,
    device: str,
    rounds: int,
    patience: float,
    say: Say,
    contestants: Sequence[Contestant] = CONTESTANTS,
) -> Section:
    """Measure the products."""
    measurements = measure(
        given, installed(contestants, say), judge, device=device, rounds=rounds, patience=patience, say=say
    )
    rows = [row for peer in CUBLAS for row in _rows_of_peer(measurements, peer.name)]
    rows += [row for precision in ("full", *TENSOR_CORES) for row in _row_of_errors(measurements, precision)]
    title = (
        "Products of a training step in float32, GFLOP/s by CUDA events, many in a row in a graph, operands in the "
        "second cache; errors in units of Σ |a| |b|, for tf32 and bf16 as parts of their bound"
    )
    return Section(title, rows, [_table(measurements)], measurements)


def _rows_of_peer(measurements: Sequence[Measurement], peer: str) -> list[Row]:
    """Return how our products compare with cuBLAS's: on the whole, at worst, and by the tilings that are counted."""
    rows = []
    for ours, name in ((OURS.name, "products"), (COUNTED.name, "products by counted cycles")):
        pairs = [
            (own, other)
            for label in labels(measurements)
            if (own := found(measurements, label, ours)) and (other := found(measurements, label, peer))
        ]
        if not pairs:
            continue
        ratios = {own.label: ratio(other, own) for own, other in pairs}
        mean, worst = statistics.geometric_mean(ratios.values()), min(ratios, key=ratios.__getitem__)
        is_target = ours == OURS.name
        for what, value, target in (
            (f"{len(pairs)} {name}, geometric mean", mean, MEAN_TARGET),
            (f"{name}, at worst: {worst}", ratios[worst], LEAST_TARGET),
        ):
            wanted, is_met = (f"{target:g}", reached(value, target)) if is_target else ("", None)
            rows.append(Row(what, "", peer, "", f"{value:.2f}", wanted, is_met, EVENTS))
    return rows


def _row_of_errors(measurements: Sequence[Measurement], precision: Any) -> list[Row]:
    """Return the largest error, as a part of its bound, beside that of cuBLAS in full precision."""
    name = OURS.name if precision == "full" else TENSOR_CORES[precision].name
    own = [each for each in measurements if each.contestant == name]
    if not own:
        return []
    parts = [each.errors["error"] / bound(each.case, precision) for each in own]
    cublas = [each.errors["error"] for each in measurements if each.contestant == CUBLAS[0].name]
    worst = max(each.errors["error"] for each in own)
    theirs = f"{max(cublas):.1e}" if cublas and precision == "full" else ""
    peer = CUBLAS[0].name if theirs else ""
    value = f"{max(parts):.2f} of the bound"
    return [Row(f"largest error, {precision}", f"{worst:.1e}", peer, theirs, value, "1", max(parts) <= 1, "float64")]


def _table(measurements: Sequence[Measurement]) -> str:
    names = [each.name for each in CONTESTANTS]
    rows = []
    for label in labels(measurements):
        entries = {name: found(measurements, label, name) for name in names}
        case = next(each.case for each in entries.values() if each)
        m, k, n = case["shape"]
        own = entries[OURS.name]
        rates = [f"{2e-9 * m * k * n / each.median:,.0f}" if each else "-" for each in entries.values()]
        ratios = [f"{ratio(other, own):.2f}" if own and (other := entries[peer.name]) else "-" for peer in CUBLAS]
        errors = [f"{each.errors['error']:.1e}" if (each := entries[name]) else "-" for name in names[:4]]
        parts = [
            f"{each.errors['error'] / bound(case, precision):.2f}" if (each := entries[contestant.name]) else "-"
            for precision, contestant in TENSOR_CORES.items()
        ]
        how = own.preparation.formulation if own else "-"
        rows.append((label, f"{m} × {k} × {n}", how, *rates, *ratios, " ".join(errors), " ".join(parts)))
    columns = (
        *("", "rows × inner × columns", "ours computes with", *names),
        *(f"{peer.name} / ours" for peer in CUBLAS),
        *(f"errors: {', '.join(names[:4])}", "tf32, bf16: of the bound"),
    )
    return markdown(columns, rows, texts=3)
