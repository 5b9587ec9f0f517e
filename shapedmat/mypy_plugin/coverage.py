"""What part of a program's array expressions has a known shape, so that a team sees what is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mypy.build import build
from mypy.main import process_options
from mypy.nodes import Expression, MypyFile
from mypy.options import Options
from mypy.types import Instance, LiteralType, ProperType, TupleType, Type, TypeVarType, get_proper_type

from shapedmat.mypy_plugin.dims import literal_text
from shapedmat.mypy_plugin.names import ARRAYS, MATRIX
from shapedmat.mypy_plugin.syntax import walk

Knowledge: TypeAlias = Literal["known", "partly", "unknown"]
PLUGIN: Final = "shapedmat.mypy_plugin"


@dataclass
class FileCoverage:
    """How much is known of the arrays in one file; `unknown_lines` are where their rank is not known."""

    path: str
    counts: Counter[Knowledge] = field(default_factory=Counter)
    unknown_lines: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        """The number of array expressions."""
        return sum(self.counts.values())

    @property
    def share(self) -> float:
        """The part of the array expressions whose shape is known, to the last size, between 0 and 1."""
        return self.counts["known"] / self.total if self.total else 1.0

    def add(self, expression: Expression, knowledge: Knowledge) -> None:
        """Count one expression."""
        self.counts[knowledge] += 1
        if knowledge == "unknown":
            self.unknown_lines.add(expression.line)


def measure(arguments: Sequence[str]) -> list[FileCoverage]:
    """Check files as mypy would with these arguments, and count the arrays in them by what is known of their shapes.

    Raises:
        CompileError: mypy cannot read the files, or does not know them.
    """
    sources, options = process_options(list(arguments), require_targets=True)
    _keep_types(options)
    result = build(sources, options)
    wanted = {str(Path(source.path).resolve()) for source in sources if source.path is not None}
    return [
        _measured(tree, result.types)
        for tree in result.files.values()
        if tree.path and str(Path(tree.path).resolve()) in wanted
    ]


def _keep_types(options: Options) -> None:
    if not any(plugin.partition(":")[0] == PLUGIN for plugin in options.plugins):
        options.plugins.append(PLUGIN)
        options.config_file = options.config_file or "mypy.ini"  # without one, mypy loads no plugin
    options.export_types = True
    options.preserve_asts = True
    options.incremental = False  # what comes from the cache has no types
    if hasattr(options, "num_workers"):  # mypy 1 has none
        options.num_workers = 0


def _measured(tree: MypyFile, types: dict[Expression, Type]) -> FileCoverage:
    coverage = FileCoverage(tree.path)
    for node in walk(tree):
        if isinstance(node, Expression) and node in types:
            knowledge = knowledge_of(get_proper_type(types[node]))
            if knowledge is not None:
                coverage.add(node, knowledge)
    return coverage


def knowledge_of(t: ProperType) -> Knowledge | None:
    """Say how much of a shape is known: every size, some or the rank alone, or nothing; None for what is no array."""
    if not isinstance(t, Instance):
        return None
    if t.type.fullname == MATRIX:
        sizes: Sequence[Type] = t.args[1:]
    elif t.type.fullname in ARRAYS and len(t.args) == 2:
        shape = get_proper_type(t.args[0])
        if not isinstance(shape, TupleType):
            return "unknown"
        sizes = shape.items
    else:
        return None
    return "known" if all(_is_known(get_proper_type(size)) for size in sizes) else "partly"


def _is_known(size: ProperType) -> bool:
    if isinstance(size, LiteralType):
        return isinstance(size.value, int) or literal_text(size) is not None
    return isinstance(size, TypeVarType)
