"""The processors that tests generate code for."""

from __future__ import annotations

from typing import Final

from shapedmat.errors import BackendError
from shapedmat.kernels.target import NAMES, Target, named


def _available() -> list[Target]:
    found = []
    for name in NAMES:
        try:
            found.append(named(name))
        except BackendError:
            continue
    return found


TARGETS: Final = _available()
"""Those whose code this processor runs."""
