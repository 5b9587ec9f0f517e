"""The source of the module that is being checked, as Python's own parser reads it.

It tells what mypy's tree does not keep, and is read only where that is asked for.
"""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator

from mypy.nodes import MypyFile


class Source:
    """Reads the source of one module after another."""

    def __init__(self) -> None:
        self._module = ast.Module([], [])
        self._path = ""
        self._body: object = None

    def module(self, tree: MypyFile) -> ast.Module:
        """Return the syntax tree of a module, the same until another is asked for; an empty one if it has no file."""
        # A node may stay the same where mypy's daemon reads a file anew; what is in it does not.
        if self._path != tree.path or self._body is not tree.defs:
            self._module = _read(tree.path)
            self._path, self._body = tree.path, tree.defs
        return self._module


def _read(path: str) -> ast.Module:
    try:
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node itself binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass
