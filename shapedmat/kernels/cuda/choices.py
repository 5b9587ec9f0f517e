"""What was measured to be the fastest on a GPU, kept in memory and on disk so that it is measured once.

The file ``gpu-choices.json`` in the folder of compiled code (see `shapedmat.kernels.code_cache`) holds a text for each
key, and a key is for one kind of device. What is read from it is looked up or checked before it is used, never run. A
file that is not as it should be is reported once, counts as empty, and is replaced by the next choice.

The environment variable ``SHAPEDMAT_MEASURE``, read once, turns measuring off where it is 0: every choice then is the
one that needs no measuring, and the results of a program have the same bits in every process on one kind of device.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import warnings
from pathlib import Path
from typing import Final

from shapedmat.atomic import write_atomically
from shapedmat.kernels import code_cache
from shapedmat.kernels.cuda import driver

VARIABLE: Final = "SHAPEDMAT_MEASURE"
MAXIMUM_CHOICES: Final = 4096
MAXIMUM_BYTES: Final = 1 << 20
"""The largest file that is read."""

_VERSION: Final = 1
_LONGEST: Final = 128
_KEY: Final = re.compile(r"[\w-]{1,32} [0-9a-f]{64}")


def key(kind: str, *details: object) -> str:
    """Return the key of a choice on devices such as the current one.

    Args:
        kind: what is chosen, a word.
        details: what it depends on, besides the device.
    """
    text = json.dumps([driver.device_name(), *map(str, details)])
    return f"{kind} {hashlib.sha256(text.encode()).hexdigest()}"


def read(key: str) -> str | None:
    """Return what was chosen for a key, in this process or an earlier one, or None."""
    return _chosen().get(key) if is_on() else None


def write(key: str, choice: str) -> None:
    """Keep a choice, in memory and, where that is possible, on disk."""
    if not is_on():
        return
    _chosen()[key] = choice
    try:
        path = _path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Other processes write, too: what they chose since this one has read the file is kept.
        choices = {**_read(path), **_chosen()}
        kept = dict(list(choices.items())[-MAXIMUM_CHOICES:])
        content = json.dumps({"version": _VERSION, "choices": kept}, indent=0).encode()
        write_atomically(path, content, mode=0o600)
    except OSError as error:
        _warn_unwritable(str(error))


@functools.cache
def is_on() -> bool:
    """Tell whether anything is measured, which ``SHAPEDMAT_MEASURE`` says.

    Raises:
        ValueError: the variable is neither 0 nor 1.
    """
    value = os.environ.get(VARIABLE) or "1"
    if value not in {"0", "1"}:
        raise ValueError(f"{VARIABLE} is {value!r}, but 0 or 1 is wanted: 0 turns measuring on the GPU off")
    return value == "1"


@functools.cache
def _chosen() -> dict[str, str]:
    """Return the choices that this process knows."""
    try:
        return _read(_path())
    except OSError:  # no folder, or none that can be read: writing will tell
        return {}


def _path() -> Path:
    return code_cache.folder() / "gpu-choices.json"


def _read(path: Path) -> dict[str, str]:
    """Return the choices in a file; none, with a warning, if it is not as it should be."""
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        return {}
    try:
        return _parsed(content)
    except (ValueError, RecursionError) as error:
        _warn_broken(f"{path} ({error})")
        return {}


def _parsed(content: bytes) -> dict[str, str]:
    if len(content) > MAXIMUM_BYTES:
        raise ValueError(f"it is longer than {MAXIMUM_BYTES:,} bytes")
    match json.loads(content):
        case {"version": 1, "choices": dict() as choices} if len(choices) <= MAXIMUM_CHOICES:
            for name, choice in choices.items():
                if not (_KEY.fullmatch(name) and isinstance(choice, str) and len(choice) <= _LONGEST):
                    raise ValueError("it holds something else than choices")
            return choices
    raise ValueError("it is of another version")


@functools.cache
def _warn_broken(what: str) -> None:
    warnings.warn(
        f"what was measured on the GPU cannot be read from {what}, so it is measured again and the file is replaced",
        RuntimeWarning,
        stacklevel=2,
    )


@functools.cache
def _warn_unwritable(why: str) -> None:
    warnings.warn(
        f"what was measured on the GPU cannot be kept on disk ({why}), so every process measures anew: "
        f"set {code_cache.VARIABLE} to a folder that can be written",
        RuntimeWarning,
        stacklevel=2,
    )
