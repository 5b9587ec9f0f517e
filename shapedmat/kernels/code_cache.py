"""Machine code on disk, so that a later process need not compile it again.

The folder ``code`` in the one that the environment variable ``SHAPEDMAT_CACHE`` names, or else in the user's cache
folder, holds a file for each key. A file is a header, that is a magic number with the version of the format, the length
of the data and a SHA-256 of key and data, and then the data. What is not exactly that is deleted and counts as missing.

What is read here is run. A checksum finds damage, but anybody who can write the file can also compute one: so on POSIX
nothing is read from a folder, or a file, that another user owns or can write to. Whoever shares a cache between users
lets each of them run code as the others.

Losing the cache costs time, and nothing else: whatever is wrong with it, the program goes on, and one warning a process
says what to do.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import struct
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Final

from shapedmat.atomic import write_atomically

VARIABLE: Final = "SHAPEDMAT_CACHE"
MAXIMUM_ENTRIES: Final = 1_000
MAXIMUM_BYTES: Final = 256 << 20
"""How large all entries together may be after a write, and one that is read."""
ABANDONED_SECONDS: Final = 3600
"""A temporary file of this age belongs to a process that was killed as it wrote."""

_MAGIC: Final = b"shapedmat code 1"
_HEADER: Final = struct.Struct("<16sQ32s")
_SUFFIX: Final = ".code"
_KEY: Final = re.compile(r"[0-9a-f]{64}")

_told: Final[set[str]] = set()


def read(key: str) -> bytes | None:
    """Return the data that is stored for a key, or None where there is none, or none that is intact.

    Args:
        key: 64 hexadecimal digits.

    Raises:
        ValueError: The key is something else.
    """
    try:
        path = _entry(key)
        if not _is_ours(path.parent.stat()):
            _refuse(path.parent)
            return None
        content = _content(path)
    except OSError:  # no entry, no folder, or none that can be read: writing will tell
        return None
    data = None if content is None else _data(key, content)
    with suppress(OSError):
        if data is None:
            path.unlink()
        else:
            os.utime(path)  # the entries that are not read for the longest time are deleted first
    return data


def write(key: str, data: bytes) -> None:
    """Store data for a key, and delete the entries that were not used for the longest time if there are too many.

    Where that is impossible the process is warned once, and nothing is stored.

    Args:
        key: 64 hexadecimal digits.
        data: What `read` will return.

    Raises:
        ValueError: The key is something else.
    """
    try:
        path = _entry(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(path.parent.stat()):
            _refuse(path.parent)
            return
        write_atomically(path, _HEADER.pack(_MAGIC, len(data), _digest(key, data)) + data, mode=0o600)
        _prune(path.parent)
    except OSError as error:
        _tell(
            "unwritable",
            f"compiled code cannot be kept on disk ({error}), so every process compiles anew: "
            f"set {VARIABLE} to a folder that can be written",
        )


def folder() -> Path:
    """Return the folder of the entries, which need not be there.

    Raises:
        FileNotFoundError: It is in the user's home folder, and there is none.
    """
    named = os.environ.get(VARIABLE) or _user_cache()
    path = Path(os.path.expanduser(named))  # noqa: PTH111 -- where there is no home, this leaves the ~
    if path.parts[0].startswith("~"):
        raise FileNotFoundError(errno.ENOENT, "the user has no home folder", named)
    return path / "code"


def _user_cache() -> str:
    import platformdirs  # noqa: PLC0415 -- only a process that compiles needs it

    return platformdirs.user_cache_dir("shapedmat")


def _entry(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise ValueError(f"the key is {key!r}, but 64 hexadecimal digits are wanted: use the SHA-256 of what it is for")
    return folder() / f"{key}{_SUFFIX}"


def _is_ours(status: os.stat_result) -> bool:
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _content(path: Path) -> bytes | None:
    """Return what is in a file of this user's and of limited size; None for any other."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not _is_ours(status) or status.st_size > _HEADER.size + MAXIMUM_BYTES:
            return None
        return file.read(status.st_size)


def _data(key: str, content: bytes) -> bytes | None:
    if len(content) < _HEADER.size:
        return None
    magic, length, digest = _HEADER.unpack_from(content)
    data = content[_HEADER.size :]
    intact = magic == _MAGIC and length == len(data) and digest == _digest(key, data)
    return data if intact else None


def _digest(key: str, data: bytes) -> bytes:
    # With the key, so that an entry under another's name does not count.
    return hashlib.sha256(key.encode() + data).digest()


def _prune(entries: Path) -> None:
    """Delete abandoned temporary files, and the entries that were used longest ago until the others are few enough."""
    found: list[tuple[int, int, str]] = []
    now = time.time()
    with os.scandir(entries) as files:
        for file in files:
            # Other processes delete files, too.
            with suppress(FileNotFoundError):
                status = file.stat(follow_symlinks=False)
                if file.name.endswith(_SUFFIX):
                    found.append((status.st_mtime_ns, status.st_size, file.path))
                elif file.name.endswith(".tmp") and now - status.st_mtime > ABANDONED_SECONDS:
                    Path(file.path).unlink()
    found.sort(reverse=True)
    total = 0
    for place, (_, size, path) in enumerate(found):
        total += size
        if place >= MAXIMUM_ENTRIES or total > MAXIMUM_BYTES:
            with suppress(OSError):  # another process deleted it, or Windows has it open
                Path(path).unlink()


def _refuse(entries: Path) -> None:
    _tell(
        "unsafe",
        f"compiled code in {entries} is not used: another user owns that folder or can write to it, and what it holds "
        f"is run; take those rights away (chmod 700), or set {VARIABLE} to a folder of your own",
    )


def _tell(subject: str, sentence: str) -> None:
    """Warn, once about each subject."""
    if subject not in _told:
        _told.add(subject)
        warnings.warn(sentence, RuntimeWarning, stacklevel=4)
