"""Random programs, checked by mypy with the plugin and run by NumPy: what the one says must be true of the other.

``python -m tests.mypy_plugin.differential --programs 20000 --seed 0 --jobs 2`` prints for each generator how much mypy
knew, and each contradiction with a program that is as short as it can be. The exit status is 1 if there is one.

Where mypy reports a shape, NumPy must raise; where it reveals one, the array must have it. An error of NumPy's that
mypy did not report is a miss if the shapes of all operands were known, and excused otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat.mypy_plugin.written import jaxtyping_style
from tests.mypy_plugin.claims import Known, difference, knowledge
from tests.mypy_plugin.generators import GENERATORS
from tests.mypy_plugin.programs import Outcome, Program, Raised, generate

ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS: Final = ROOT / "typecheck" / "plugin" / "mypy.ini"
PROGRAMS_PER_FILE: Final = 250
_HEADER: Final = ("import numpy as np", "from jaxtyping import Bool, Float32, Float64, Int64", "", "")


# What mypy says.


@dataclass(frozen=True)
class Said:
    """What mypy says of a statement: its errors with their codes, and the type of the target."""

    errors: tuple[tuple[str, str], ...] = ()
    revealed: str = "Any"

    @property
    def shape_error(self) -> str:
        """The message about shapes, or nothing."""
        return next((message for code, message in self.errors if code == "shape"), "")


@dataclass(frozen=True)
class Checked:
    """What mypy says of programs by their names, and the tracebacks of hooks that failed."""

    said: dict[str, list[Said]]
    failures: tuple[str, ...] = ()


def check(programs: Sequence[Program], cache: Path, *, plain: bool = False) -> Checked:
    """Return what mypy says of each statement of some programs; if `plain`, without the plugin.

    Raises:
        RuntimeError: mypy itself failed.
    """
    lines = list(_HEADER)
    statements: dict[int, tuple[str, int]] = {}
    for program in programs:
        source = program.source(plain=plain)
        for number in range(len(program.statements)):
            statements.update({len(lines) + 2 + 2 * number + part: (program.name, number) for part in range(2)})
        lines += [*source, ""]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "programs.py")
        path.write_text("\n".join(lines), encoding="utf-8")
        entries, failures = _mypy(path, cache, plain=plain)
    errors: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    revealed: dict[tuple[str, int], str] = {}
    for entry in entries:
        place = statements.get(entry["line"])
        _, is_revealed, text = entry["message"].partition('Revealed type is "')
        if place is None or (entry["severity"] != "error" and not is_revealed):
            continue
        if is_revealed:
            revealed[place] = text.removesuffix('"')
        else:
            errors[place].append((entry["code"] or "", entry["message"]))
    said = {
        program.name: [
            Said(tuple(errors[program.name, number]), revealed.get((program.name, number), "Any"))
            for number in range(len(program.statements))
        ]
        for program in programs
    }
    return Checked(said, failures)


def _mypy(path: Path, cache: Path, *, plain: bool) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    settings = ["--config-file=", "--strict"] if plain else ["--config-file", str(SETTINGS)]
    command = [sys.executable, "-m", "mypy", *settings, "--cache-dir", str(cache), "--output", "json", str(path)]
    environment = {**os.environ, "SHAPEDMAT_DEBUG": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stdout + run.stderr)
    failures = tuple(sorted(set(filter(None, run.stderr.split("shapedmat.mypy_plugin: ")))))
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")], failures


# The comparison.


class Verdict(Enum):
    """What comes of the comparison of a statement."""

    RIGHT = "right"
    REPORTED = "reported"
    MISSED = "missed"
    EXCUSED = "excused"
    REFUSED = "stubs"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Judgement:
    """The verdict on one statement of a program, what mypy knew of its result, and why."""

    program: Program
    number: int
    verdict: Verdict
    known: Known
    reason: str = ""

    @property
    def generator(self) -> str:
        """The generator of the statement."""
        return self.program.statements[self.number].generator

    def __str__(self) -> str:
        sizes = ", ".join(f"{name}={size}" for name, size in self.program.sizes.items())
        return "\n".join(
            [f"{self.program.name} [{self.generator}]: {self.reason}", f"    # {sizes}", *self.program.source()]
        )


def judge(program: Program, said: Sequence[Said], outcomes: Sequence[Outcome]) -> list[Judgement]:
    """Compare what mypy says with what happened, up to the first statement at which either stops."""
    judgements = []
    types = {each.name: f"{each.element}[ndarray, '{each.axes}']" for each in program.parameters}
    for number, (own, outcome) in enumerate(zip(said, outcomes, strict=False)):
        statement = program.statements[number]
        operands = [types.get(name, "Any") for name in statement.variables]
        verdict, reason = _compare(program, number, own, outcome, operands)
        known = Known.NO_ARRAY if isinstance(outcome, np.generic) else knowledge(own.revealed)
        judgements.append(Judgement(program, number, verdict, known, reason))
        if own.errors or isinstance(outcome, Raised) or verdict is Verdict.CONTRADICTION:
            break
        types[statement.target] = own.revealed
    return judgements


def _compare(
    program: Program, number: int, own: Said, outcome: Outcome, operands: Sequence[str]
) -> tuple[Verdict, str]:
    if isinstance(outcome, Raised):
        if own.errors:
            return Verdict.REPORTED, ""
        all_known = all(knowledge(each) in (Known.FULLY, Known.NO_ARRAY) for each in operands)
        if all_known and outcome.is_about_shapes:
            return Verdict.MISSED, f"NumPy raises {outcome}; mypy reveals {own.revealed}"
        return Verdict.EXCUSED, ""
    if own.shape_error:
        if _fails_at(program, program.other_sizes(), number):
            return Verdict.REPORTED, ""
        shape = getattr(outcome, "shape", type(outcome).__name__)
        return Verdict.CONTRADICTION, f"false alarm: {own.shape_error}; the result is {shape}"
    if own.errors:
        return Verdict.REFUSED, "refused: " + " ".join(f"{message} [{code}]" for code, message in own.errors)
    reason = difference(own.revealed, outcome, program.sizes)
    return (Verdict.CONTRADICTION, reason) if reason else (Verdict.RIGHT, "")


def _fails_at(program: Program, sizes: dict[str, int], number: int) -> bool:
    """Say whether a statement raises at other sizes: then it is by chance that it does not at the program's own."""
    outcomes = replace(program, statements=program.statements[: number + 1]).run(sizes)
    return isinstance(outcomes[-1], Raised)


@dataclass
class Findings:
    """What has come of all programs so far."""

    judgements: list[Judgement] = field(default_factory=list)
    failures: set[str] = field(default_factory=set)

    def of(self, verdict: Verdict) -> list[Judgement]:
        """Return the judgements of one verdict."""
        return [each for each in self.judgements if each.verdict is verdict]

    @property
    def contradictions(self) -> list[Judgement]:
        """The judgements that are contradictions."""
        return self.of(Verdict.CONTRADICTION)

    @property
    def share_known(self) -> float:
        """The share of the arrays that came out whose shape is fully known."""
        counts = Counter(each.known for each in self.of(Verdict.RIGHT))
        arrays = counts.total() - counts[Known.NO_ARRAY]
        return counts[Known.FULLY] / arrays if arrays else 0.0


def compare(programs: Sequence[Program], cache: Path) -> Findings:
    """Check and run programs, and compare."""
    checked = check(programs, cache)
    findings = Findings(failures=set(checked.failures))
    for program in programs:
        findings.judgements += judge(program, checked.said[program.name], program.run())
    _blame_stubs(findings, cache)
    return findings


def _blame_stubs(findings: Findings, cache: Path) -> None:
    """Leave to NumPy's stubs what they say without the plugin too, and make a contradiction of what they do not."""
    suspects = [each for each in findings.judgements if each.reason.startswith(_PERHAPS_OF_STUBS)]
    if not suspects:
        return
    plain = check([each.program for each in suspects], cache.with_name(f"{cache.name}-plain"), plain=True).said
    of_stubs = {id(each): _is_of_stubs(each, plain[each.program.name]) for each in suspects}
    verdicts = {True: Verdict.REFUSED, False: Verdict.CONTRADICTION}
    findings.judgements = [
        replace(each, verdict=verdicts[of_stubs[id(each)]]) if id(each) in of_stubs else each
        for each in findings.judgements
    ]


_PERHAPS_OF_STUBS: Final = ("refused", "wrong kind", "wrong dtype")


def _is_of_stubs(judgement: Judgement, plain: Sequence[Said]) -> bool:
    number, program = judgement.number, judgement.program
    if judgement.reason.startswith("refused"):
        return any(said.errors for said in plain[: number + 1])
    found = difference(jaxtyping_style(plain[number].revealed), program.run()[number], program.sizes)
    return found.partition(":")[0] == judgement.reason.partition(":")[0]


def minimised(judgement: Judgement, cache: Path) -> Judgement:
    """Return the same contradiction in the shortest program that shows it."""
    statements = judgement.program.statements[: judgement.number + 1]
    kind = judgement.reason.partition(":")[0]
    candidates: list[Program] = []
    for mask in range(2 ** (len(statements) - 1)):
        kept = (*(each for i, each in enumerate(statements[:-1]) if mask >> i & 1), statements[-1])
        used = set().union(*(each.variables for each in kept))
        parameters = judgement.program.parameters
        needed = tuple(each for each in parameters if each.name in used)
        for chosen in (needed, parameters):
            name = f"{judgement.program.name}_{len(candidates)}"
            candidates.append(replace(judgement.program, name=name, parameters=chosen, statements=kept))
    candidates.sort(key=lambda each: (len(each.statements), len(each.parameters)))
    said = check(candidates, cache).said
    for candidate in candidates:
        last = judge(candidate, said[candidate.name], candidate.run())[-1:]
        for found in last:
            if found.number == len(candidate.statements) - 1 and (
                (found.verdict is judgement.verdict and found.reason.partition(":")[0] == kind)
                or (kind == "refused" and found.verdict is Verdict.REFUSED)
            ):
                return found
    return judgement


# The command line.


def table(findings: Findings) -> Iterator[str]:
    """Yield for each generator how much mypy knew of the results, and what came of the comparison."""
    columns: dict[str, Counter[str]] = defaultdict(Counter)
    for each in findings.judgements:
        if each.verdict is Verdict.RIGHT:
            columns[each.generator][each.known.value] += 1
        else:
            columns[each.generator][each.verdict.value] += 1
    heads = [each.value for each in (*Known, *Verdict) if each is not Verdict.RIGHT]
    yield f"{'generator':26}" + "".join(f"{head.split()[0]:>15}" for head in heads)
    totals: Counter[str] = Counter()
    for name in sorted(columns):
        totals.update(columns[name])
        yield f"{name:26}" + "".join(f"{columns[name][head]:>15}" for head in heads)
    yield f"{'all':26}" + "".join(f"{totals[head]:>15}" for head in heads)
    yield f"shapes of results fully known: {findings.share_known:.1%}"
    raised = totals["reported"] + totals["missed"] + totals["excused"]
    yield f"errors reported: {totals['reported']} of {raised}"


Batch: TypeAlias = range


def search(programs: int, seed: int, jobs: int, cache: Path, start: int = 0) -> Findings:
    """Compare many programs, in several processes of mypy."""
    batches = [
        range(first, min(first + PROGRAMS_PER_FILE, start + programs))
        for first in range(start, start + programs, PROGRAMS_PER_FILE)
    ]
    findings = Findings()
    with ProcessPoolExecutor(jobs) as pool:
        slots = [cache.with_name(f"{cache.name}-{slot}") for slot in range(jobs)]
        for slot in pool.map(partial(_search_all, seed=seed), [batches[i::jobs] for i in range(jobs)], slots):
            findings.judgements += slot.judgements
            findings.failures |= slot.failures
    return findings


def _search_all(batches: Iterable[Batch], cache: Path, seed: int) -> Findings:
    findings = Findings()
    for batch in batches:
        found = compare([generate(seed, index, GENERATORS) for index in batch], cache)
        findings.judgements += found.judgements
        findings.failures |= found.failures
    return findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Search for contradictions, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="the index of the first program")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache-dir", type=Path, default=ROOT / ".mypy_cache" / "differential")
    parser.add_argument("--missed", type=int, default=0, help="how many misses are listed")
    options = parser.parse_args(arguments)
    findings = search(options.programs, options.seed, options.jobs, options.cache_dir, options.start)
    shortest: dict[tuple[str, str], Judgement] = {}
    for each in findings.contradictions:
        shortest.setdefault((each.generator, each.reason[:25]), each)
    for each in findings.of(Verdict.MISSED)[: options.missed]:
        print(f"missed: {each}\n")
    for each in shortest.values():
        print(f"contradiction: {minimised(each, options.cache_dir)}\n")
    for failure in sorted(findings.failures):
        print(failure)
    print(*table(findings), sep="\n")
    return 1 if findings.contradictions or findings.failures else 0


if __name__ == "__main__":
    sys.exit(main())
