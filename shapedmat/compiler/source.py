"""`SourceLine`, a line of the program that is being compiled, for messages and plans."""

from __future__ import annotations

import importlib.util
import linecache
import os
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from inspect import unwrap
from pathlib import Path
from types import CodeType
from typing import Any, Final

_NOT_THE_USERS: Final = ("shapedmat", "jaxtyping", "beartype", "numpy", "cupy")
_LONGEST: Final = 100
_CHECKED_FUNCTION: Final = "<@beartype"
"""How the names begin that beartype gives to the files of the functions that it generates."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of a source file.

    Attributes:
        file: the path of the file, or what Python calls it where there is none.
        line: the number of the line, from 1 on.
        function: the name of the function that the line is in.
    """

    file: str
    line: int
    function: str

    @property
    def text(self) -> str:
        """The source of the line, without its indentation, and cut if long; nothing where it cannot be read."""
        text = linecache.getline(self.file, self.line).strip()
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

    def __str__(self) -> str:
        text = f': "{self.text}"' if self.text else ""
        return f"{Path(self.file).name}, line {self.line}, in {self.function}{text}"


def current_line() -> SourceLine:
    """Return the line that the innermost function outside of this package, NumPy and Python's library is at."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def first_line(function: Callable[..., Any]) -> SourceLine:
    """Return the line where the definition of a function begins."""
    code: CodeType | None = getattr(unwrap(function), "__code__", None)
    if code is None:
        return current_line()
    return SourceLine(code.co_filename, code.co_firstlineno, code.co_name)


@cache
def _is_internal(file: str) -> bool:
    if file.startswith((_CHECKED_FUNCTION, *_folders())):
        return True
    paths = sysconfig.get_paths()  # packages are installed within the folder of Python's library
    installed = file.startswith((paths["purelib"], paths["platlib"]))
    return file.startswith(paths["stdlib"]) and not installed


@cache
def _folders() -> tuple[str, ...]:
    specifications = map(importlib.util.find_spec, _NOT_THE_USERS)
    locations = [folder for each in specifications if each for folder in each.submodule_search_locations or ()]
    return tuple(f"{folder}{os.sep}" for folder in locations)
