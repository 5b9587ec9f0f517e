"""The source of the module that is being checked, as Python's own parser reads it.

It tells what mypy's tree does not keep, and is read only where that is asked for.
"""

from __future__ import annotations

import ast
import tokenize

from mypy.nodes import MypyFile


class Source:
    """Reads the source of one module after another, and counts them in `read`."""

    def __init__(self) -> None:
        self._text = ""
        self._module: ast.Module | None = None
        self._path = ""
        self._body: object = None
        self.read = 0

    def text(self, tree: MypyFile) -> str:
        """Return the source of a module, the same until another is asked for; nothing if it has no file."""
        # A node may stay the same where mypy's daemon reads a file anew; what is in it does not.
        if self._body is not tree.defs or self._path != tree.path:
            self._text, self._module = _read(tree.path), None
            self._path, self._body = tree.path, tree.defs
            self.read += 1
        return self._text

    def module(self, tree: MypyFile) -> ast.Module:
        """Return the syntax tree of a module, the same until another is asked for."""
        text = self.text(tree)
        if self._module is None:
            self._module = _parsed(text)
        return self._module


def _read(path: str) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, ValueError):
        return ""


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
