"""The plugin's command line: ``python -m shapedmat.mypy_plugin coverage FILES``."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Final

from mypy.errors import CompileError
from rich.console import Console
from rich.table import Table

from shapedmat.mypy_plugin.coverage import FileCoverage, Knowledge, measure

_KINDS: Final[tuple[Knowledge, ...]] = ("known", "partly", "unknown")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    command = _parser().parse_args(arguments)
    configuration = ["--config-file", command.config_file] if command.config_file else []
    try:
        found = measure([*configuration, *command.files])
    except CompileError as error:
        sys.stderr.write("\n".join(error.messages) + "\n")
        return 2
    found.sort(key=lambda each: each.path)
    total = FileCoverage("total", sum((each.counts for each in found), Counter()))
    sys.stdout.write(_as_json(found, total) if command.json else _as_table(found, total, lines=command.lines))
    return int(100 * total.share < command.fail_under)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shapedmat.mypy_plugin", description="Tools of the mypy plugin.")
    coverage = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "coverage",
        help="tell what part of the array expressions has a known shape",
        description="Tell, for each file, of how many array expressions mypy knows the shape with the plugin: every "
        "size, some of them or the rank alone, or nothing. mypy's configuration is read as mypy reads it.",
    )
    coverage.add_argument("files", nargs="+", metavar="FILES", help="files or folders, as mypy takes them")
    coverage.add_argument("--config-file", help="mypy's configuration, if not the one that mypy finds itself")
    coverage.add_argument(
        "--fail-under",
        type=float,
        default=0.0,
        metavar="PERCENT",
        help="exit with 1 where the shape is known of less than this part of all array expressions",
    )
    coverage.add_argument("--lines", action="store_true", help="list the lines where nothing is known of an array")
    coverage.add_argument("--json", action="store_true", help="print JSON in place of a table")
    return parser


def _as_json(found: list[FileCoverage], total: FileCoverage) -> str:
    entries = [
        {"path": each.path, **{kind: each.counts[kind] for kind in _KINDS}, "share": each.share}
        for each in (*found, total)
    ]
    return json.dumps(entries, indent=2) + "\n"


def _as_table(found: list[FileCoverage], total: FileCoverage, *, lines: bool) -> str:
    table = Table("file", "arrays", *_KINDS, "known %", *(["unknown on lines"] if lines else []))
    for each in (*found, total):
        places = [" ".join(map(str, sorted(each.unknown_lines)))] if lines else []
        counts = [str(each.counts[kind]) for kind in _KINDS]
        last = bool(found) and each is found[-1]
        table.add_row(each.path, str(each.total), *counts, f"{100 * each.share:.1f}", *places, end_section=last)
    console = Console(width=None if sys.stdout.isatty() else 120)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


if __name__ == "__main__":
    sys.exit(main())
