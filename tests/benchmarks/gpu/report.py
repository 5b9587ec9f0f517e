"""The report, in Markdown: ratios beside their targets, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.gpu.rounds import Measurement, ratio

CLOCK = "the clock"
EVENTS = "CUDA events"


@dataclass(frozen=True)
class Row:
    """A number beside its target.

    Attributes:
        measured: what was measured.
        ours: this package's number.
        peer: whom it is compared with.
        theirs: the peer's number.
        value: the ratio, or the error.
        wanted: the target, or nothing.
        is_met: whether the value is as it should be; None where there is no target.
        told_by: how times were taken, or errors found.
    """

    measured: str
    ours: str
    peer: str
    theirs: str
    value: str
    wanted: str
    is_met: bool | None
    told_by: str

    @property
    def verdict(self) -> str:
        """Whether the target is met, in a word."""
        return "" if self.is_met is None else "met" if self.is_met else "missed"


@dataclass(frozen=True)
class Section:
    """What a part of the run found.

    Attributes:
        title: of its tables.
        rows: what stands beside targets.
        tables: what they are made of, in Markdown.
        measurements: of all contestants, in all cases.
    """

    title: str
    rows: Sequence[Row]
    tables: Sequence[str]
    measurements: Sequence[Measurement]


def row_of_ratio(
    measured: str,
    own: Measurement | None,
    other: Measurement | None,
    peer: str,
    *,
    target: float | None,
    tolerance: float,
    told_by: str,
) -> Row:
    """Return how many times as long a peer takes, unless one of both is missing or they do not compute the same.

    Args:
        measured: what was measured.
        own: this package's measurement.
        other: the peer's.
        peer: its name.
        target: the ratio that is wanted, or None.
        tolerance: the largest error with which results count as the same.
        told_by: how times were taken.
    """
    ours = time_of(own)
    wanted = "" if target is None else f"{target:g}"
    if own is None or other is None:
        return Row(measured, ours, peer, time_of(other), "not measured", wanted, None, told_by)
    worst = max(other.errors.values(), default=0.0)
    if not worst <= tolerance:
        return Row(measured, ours, peer, time_of(other), f"results differ by {worst:.1g}", wanted, False, told_by)
    value = ratio(other, own)
    return Row(measured, ours, peer, time_of(other), f"{value:.2f}", wanted, reached(value, target), told_by)


def reached(value: float, target: float | None) -> bool | None:
    """Return whether a ratio, as it is printed, reaches its target, if there is one."""
    return None if target is None else round(value, 2) >= target


def time_of(measurement: Measurement | None) -> str:
    """Return the median time with its unit."""
    if measurement is None:
        return "-"
    seconds = measurement.median
    for unit, name in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= unit:
            return f"{seconds / unit:.2f} {name}"
    return f"{1e6 * seconds:.2f} µs"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Return a table in Markdown.

    Args:
        columns: the heads.
        rows: the cells.
        texts: how many columns hold text, and are aligned to the left; the others are aligned to the right.
    """
    aligned = ["---"] * texts + ["--:"] * (len(columns) - texts)
    lines = [columns, aligned, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def report(about: dict[str, str], sections: Sequence[Section]) -> str:
    """Return the whole report.

    Args:
        about: what was measured on, and how.
        sections: what was found.
    """
    columns = ("", "ours", "beside", "theirs", "value", "target", "", "told by")
    rows = [
        (row.measured, row.ours, row.peer, row.theirs, row.value, row.wanted, row.verdict, row.told_by)
        for section in sections
        for row in section.rows
    ]
    parts = ["\n".join(f"- {name}: {value}" for name, value in about.items()), markdown(columns, rows)]
    for section in sections:
        parts += [f"**{section.title}**", *section.tables]
    return "\n\n".join(parts) + "\n"


def table_of_contestants(measurements: Sequence[Measurement]) -> str:
    """Return a table of all contestants: times, what they computed with, and the errors of their results."""
    rows = []
    for each in measurements:
        spread = f"{time_of(each)} ({1e6 * min(each.seconds):.2f} to {1e6 * max(each.seconds):.2f} µs)"
        errors = ", ".join(f"{name} {value:.1e}" for name, value in each.errors.items())
        chosen = each.preparation
        how = f"{chosen.formulation} ({chosen.note})" if chosen.note else chosen.formulation
        rows.append((each.label, each.contestant, how, spread, errors))
    return markdown(("", "contestant", "fastest formulation", "median (least to most)", "apart by"), rows, texts=3)
