"""Keeps failures of the plugin away from mypy: where a hook fails, mypy goes on as it would without."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TypeVar

from mypy.errors import CompileError

_Context = TypeVar("_Context")
_Type = TypeVar("_Type")


class Guard:
    """Makes hooks that do not raise."""

    def __init__(self, *, debug: bool) -> None:
        self._debug = debug

    def __call__(
        self, hook: Callable[[_Context], _Type], default: Callable[[_Context], _Type]
    ) -> Callable[[_Context], _Type]:
        """Return a hook that gives mypy's own type where `hook` fails."""

        def guarded(context: _Context) -> _Type:
            try:
                return hook(context)
            except CompileError:
                raise
            except Exception:
                self._tell()
                return default(context)

        return guarded

    def found(self, find: Callable[..., _Type | None], *arguments: object) -> _Type | None:
        """Return the hook that is found, or None where the search fails."""
        try:
            return find(*arguments)
        except CompileError:
            raise
        except Exception:
            self._tell()
            return None

    def _tell(self) -> None:
        if self._debug:
            sys.stderr.write("shapedmat.mypy_plugin: a hook failed, and mypy goes on without it\n")
            traceback.print_exc()
