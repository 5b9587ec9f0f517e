"""Reads what the files of this folder expect, and compares it with what a type checker reports.

The notation of the expectations is described in README.md. ``python -m typecheck.cases FOLDER`` runs every case of the folder
fail, or of another one, and prints what each raises.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Final

import jaxtyping
import numpy as np

from shapedmat import Matrix
from shapedmat.annotations import Axis, parse
from shapedmat.dimensions import UNKNOWN, read
from shapedmat.graph import Variable
from typecheck.plugin.arrays import size

FOLDER: Final = Path(__file__).resolve().parent

MISMATCHES: Final = {
    "reportArgumentType",
    "reportAssignmentType",
    "reportAttributeAccessIssue",
    "reportCallIssue",
    "reportIncompatibleMethodOverride",
    "reportInvalidTypeArguments",
    "reportOperatorIssue",
    "reportOptionalMemberAccess",
    "reportReturnType",
}
"""The rules by which pyright reports that types do not fit; others would report a mistake in the case."""


@dataclass(frozen=True)
class Report:
    """What a type checker says about a line; a revealed type is a report without a code."""

    line: int
    message: str
    code: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.code}]"


@dataclass(frozen=True)
class Expectation:
    """What mypy must report on a line, and whether pyright must report it too."""

    line: int
    message: str
    code: str
    pyright: bool = True

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.code}]"


@dataclass
class Case:
    """One bug: a function that type checkers report, and that fails when it is called."""

    path: Path
    name: str
    lines: range
    expectations: list[Expectation] = field(default_factory=list)
    failure: str = ""
    """A part of the exception's ``Name: message``, or "nothing"."""

    def __str__(self) -> str:
        return f"{self.path.stem}-{self.name}"


@dataclass(frozen=True)
class Revealed:
    """The types that mypy and pyright must reveal on a line."""

    line: int
    mypy: str
    pyright: str


_NOTE: Final = re.compile(r"\s*# (?P<kind>[EPR]): (?P<text>.+)")
_REPORTED: Final = re.compile(r"(?P<message>.+) \[(?P<code>[a-z-]+)\]")
_REVEALED: Final = re.compile(r"\s*reveal_type\(.+\)  # T: (?P<mypy>.+?)(?:  # P: (?P<pyright>.+))?")


def files(folder: str) -> list[Path]:
    """Return the programs of a folder: "pass", "fail" or "reveal", or one of these of "plugin/"."""
    return sorted((FOLDER / folder).glob("*.py"))


def mypy_reports(*folders: str, settings: str = "mypy.ini") -> dict[Path, list[Report]]:
    """Return the errors and the revealed types of every file in some folders, by mypy, which runs once a folder."""
    reports: dict[Path, list[Report]] = {}
    for folder in folders:
        reports.update(mypy_reports_of(files(folder), settings=settings))
    return reports


def mypy_reports_of(paths: Sequence[Path], *, settings: str) -> dict[Path, list[Report]]:
    """Return the errors and the revealed types of some files by one run of mypy.

    Raises:
        RuntimeError: mypy failed.
    """
    # One cache for each worker of pytest-xdist: two processes of mypy cannot write to one.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    cache = FOLDER.parent / ".mypy_cache" / f"{settings.partition('/')[0]}-{worker}"
    options = ["--config-file", str(FOLDER / settings), "--cache-dir", str(cache), "--output", "json"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stdout + run.stderr)
    reports: dict[Path, list[Report]] = {path: [] for path in paths}
    named = {path.name: path for path in paths}
    for line in filter(None, run.stdout.splitlines()):
        entry = json.loads(line)
        _, is_revealed, revealed = entry["message"].partition('Revealed type is "')
        if entry["severity"] == "error" or is_revealed:
            message = revealed.rstrip('"') if is_revealed else entry["message"]
            code = "" if is_revealed else entry["code"]
            path = Path(entry["file"]).resolve()
            # What mypy knows from its cache, it reports where the file was then: a temporary folder may be another one.
            reports[path if path in reports else named[path.name]].append(
                Report(entry["line"], normalized(message), code)
            )
    return reports


def read_cases(path: Path) -> list[Case]:
    """Return the bugs of a file in the folder fail.

    Raises:
        ValueError: an expectation stands outside of a case, or a case lacks one.
    """
    source = path.read_text(encoding="utf-8")
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    spans = [range(function.lineno, (function.end_lineno or 0) + 1) for function in functions]
    notes = list(_notes(source))
    cases = []
    for function, lines in zip(functions, spans, strict=True):
        own = [note for note in notes if note[0] in lines]
        if not own:
            continue  # the correct code that cases call
        case = Case(path, function.name, lines)
        unseen = {line for line, kind, text in own if (kind, text) == ("P", "no")}
        for line, kind, text in own:
            if kind == "R":
                case.failure = text
            elif kind == "E":
                reported = _REPORTED.fullmatch(text)
                if reported is None:
                    raise ValueError(f"{path.name}, line {line}: '# E: message [code]' is wanted, not {text!r}")
                case.expectations.append(
                    Expectation(line, reported["message"], reported["code"], pyright=line not in unseen)
                )
        if not case.expectations or not case.failure:
            raise ValueError(f"{path.name}: {case.name} needs both # E: and # R:")
        cases.append(case)
    for line, _, text in notes:
        if not any(line in lines for lines in spans):
            raise ValueError(f"{path.name}, line {line}: {text!r} is expected outside of a function")
    return cases


def _notes(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield each note with the line that it is about: the next one that is not a note."""
    waiting: list[tuple[str, str]] = []
    for number, text in enumerate(source.splitlines(), 1):
        note = _NOTE.fullmatch(text)
        if note:
            waiting.append((note["kind"], note["text"]))
            continue
        for kind, expected in waiting:
            yield number, kind, expected
        waiting = []


def read_revealed(path: Path) -> list[Revealed]:
    """Return the expected types of a file in the folder reveal.

    Raises:
        ValueError: a call of reveal_type says no type.
    """
    result = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        expected = _REVEALED.fullmatch(text)
        if expected:
            result.append(Revealed(number, expected["mypy"], expected["pyright"] or expected["mypy"]))
        elif "reveal_type(" in text:
            raise ValueError(f"{path.name}, line {number}: '# T: type' is wanted")
    return result


def compare_mypy(expected: Sequence[Expectation], reports: Sequence[Report]) -> list[str]:
    """Say where mypy's errors are not exactly the expected ones: line, code, and a part of the message."""
    problems = []
    left = list(reports)
    for expectation in expected:
        found = [
            report
            for report in left
            if report.line == expectation.line
            and report.code == expectation.code
            and expectation.message in report.message
        ]
        if found:
            left.remove(found[0])
        else:
            problems.append(f"not reported: {expectation}")
    return problems + [f"not expected: {report}" for report in left]


def compare_pyright(expected: Sequence[Expectation], reports: Sequence[Report]) -> list[str]:
    """Say where pyright's errors are not on the expected lines and of the expected kinds."""
    problems = []
    left = list(reports)
    for expectation in expected:
        if not expectation.pyright:
            continue
        here = [report for report in reports if report.line == expectation.line]
        if not any(report.code in MISMATCHES for report in here):
            problems.append(f"not reported: {expectation}")
        left = [report for report in left if report not in here]
    return problems + [f"not expected: {report}" for report in left]


def reports_in(lines: Collection[int], reports: Sequence[Report]) -> list[Report]:
    """Return the reports about some lines."""
    return [report for report in reports if report.line in lines]


_NAMES: Final = {
    "floating[_32Bit]": "float32",
    "floating[_64Bit]": "float64",
    "signedinteger[_64Bit]": "int64",
    "bool[bool]": "bool_",
}


def normalized(text: str) -> str:
    """Return a message or a type as the expectations write it.

    >>> normalized("shapedmat.matrix.Matrix[numpy.floating[numpy._typing._nbit_base._32Bit], Literal[5], Batch@f]")
    'Matrix[float32, 5, Batch]'
    """
    text = re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])", "", text)
    text = re.sub(r"\bLiteral\[([\d, -]+)\]", r"\1", text)
    text = re.sub(r"(?<=\w)(?:@\w+|`-?\d+)", "", text)  # where pyright and older mypy say what a variable belongs to
    for given, name in _NAMES.items():
        text = text.replace(given, name)
    return text


def holds(revealed: str, value: object) -> bool:
    """Say whether a value is of a revealed type, as far as the type says: a size that is no number may be any.

    >>> holds("Matrix[float32, 5, Any]", Matrix.zeros(5, 2)), holds("Matrix[float32, 5, 3]", Matrix.zeros(5, 2))
    (True, False)
    """
    if " | " in revealed:
        return any(holds(each, value) for each in revealed.split(" | "))
    if revealed.startswith("tuple[") and ("ndarray" in revealed or "Size[" in revealed):
        items = [] if revealed == "tuple[()]" else _items(revealed[len("tuple[") : -1])
        if items[1:] == ["..."]:
            return isinstance(value, tuple) and all(holds(items[0], each) for each in value)
        return isinstance(value, tuple) and len(items) == len(value) and all(map(holds, items, value))
    if revealed.startswith("list[") and "ndarray" in revealed:
        return isinstance(value, list) and all(holds(revealed[len("list[") : -1], each) for each in value)
    if revealed.startswith("Number["):
        scalar = vars(jaxtyping)[revealed[len("Number[") : -1]]
        return isinstance(value, np.generic) and isinstance(np.asarray(value), scalar[np.ndarray, ""])
    if revealed.startswith("Size["):
        return value == size(read(revealed[len("Size[") : -1]))
    if "[ndarray, '" in revealed:
        return _holds_array(revealed, value)
    name, _, arguments = revealed.rstrip("]").partition("[")
    if name in {"Matrix", "Variable"}:
        dtype, *sizes = arguments.split(", ")
        return (
            isinstance(value, Matrix if name == "Matrix" else Variable)
            and (not hasattr(np, dtype) or value.dtype == np.dtype(dtype))
            and all(map(_holds_size, sizes, value.shape))
        )
    if name == "tuple":
        return str(value) == f"({arguments})"
    return str(value) == name if name.isdigit() else name in {base.__name__ for base in type(value).__mro__}


def _holds_size(revealed: str, value: int) -> bool:
    """Say whether a size is a revealed one, as far as it is known what that stands for."""
    try:
        return size(read(revealed)) == value
    except ValueError:
        return True


def _items(text: str) -> list[str]:
    """Return the parts of a text between the commas that stand in no brackets."""
    parts = [""]
    for part in text.split(", "):
        if parts[-1].count("[") == parts[-1].count("]"):
            parts.append(part)
        else:
            parts[-1] += f", {part}"
    return parts[1:]


def _holds_array(revealed: str, value: object) -> bool:
    """Say whether a value is of an array type as the plugin reveals it: jaxtyping's own check, with sizes for names."""
    element, _, rest = revealed.partition("[ndarray, '")
    axes = parse(rest.removesuffix("']")).axes
    sizes = ["..." if axis.variadic else "_" if axis.dim is UNKNOWN else _size_text(axis) for axis in axes]
    return isinstance(value, vars(jaxtyping)[element][np.ndarray, " ".join(sizes)])


def _size_text(axis: Axis) -> str:
    return f"#{size(axis.dim)}" if axis.broadcastable else str(size(axis.dim))


def failures(path: Path) -> dict[str, str]:
    """Call the cases of a file, and return by name what each raises as ``Name: message``, or "nothing"."""
    return {case.name: _failure(vars(load(path))[case.name]) for case in read_cases(path)}


def _failure(function: Callable[[], None]) -> str:
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"


def load(path: Path) -> ModuleType:
    """Import a file, under a name of its own, where run-time type checkers find it."""
    specification = importlib.util.spec_from_file_location(f"typecheck_{path.parent.name}_{path.stem}", path)
    if specification is None or specification.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(specification)
    sys.modules[module.__name__] = module
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "fail"
    print(json.dumps({path.stem: failures(path) for path in files(folder)}))
