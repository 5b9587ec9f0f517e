"""The arrays whose shape a program changes in place: ``x.shape = (3, 4)``, ``x.dtype = float``, ``x.resize(3, 4)``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mypy.nodes import AssignmentStmt, CallExpr, MemberExpr, MypyFile, Node, RefExpr

from shapedmat.mypy_plugin.source import Source
from shapedmat.mypy_plugin.syntax import dotted_name, walk

_ANY: Final = re.compile(r"\.(?:(?:shape|dtype)\s*=(?!=)|resize\s*\()")


class Reshaped:
    """Finds them in one module after another."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read_last = 0
        self._found: frozenset[object] = frozenset()

    def has(self, expression: RefExpr, tree: MypyFile) -> bool:
        """Say whether somewhere in a module, wherever it is, a variable's shape is changed."""
        text = self._source.text(tree)
        if self._source.read != self._read_last:
            self._read_last = self._source.read
            self._found = frozenset(map(_identity, _changed(tree))) if _ANY.search(text) else frozenset()
        return bool(self._found) and _identity(expression) in self._found


def _changed(tree: MypyFile) -> Iterator[RefExpr]:
    for node in walk(tree):
        for whole in _parts(node):
            if isinstance(whole, RefExpr):
                yield whole


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, AssignmentStmt):
        yield from (
            each.expr for each in node.lvalues if isinstance(each, MemberExpr) and each.name in ("shape", "dtype")
        )
    elif isinstance(node, CallExpr) and isinstance(node.callee, MemberExpr) and node.callee.name == "resize":
        yield node.callee.expr


def _identity(expression: RefExpr) -> object:
    return dotted_name(expression) if isinstance(expression, MemberExpr) else expression.node
