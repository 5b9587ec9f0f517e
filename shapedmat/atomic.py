"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
from functools import partial
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file so that a reader, or a crash at any moment, finds the old content or the new, never a part.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and the file is then renamed. On an
    error the old file stays and the temporary one is deleted; a process that is killed may leave one named
    ``.<name>.<hexadecimal digits>.tmp``.

    Args:
        path: The file.
        data: Its new content.
        mode: Who may read and write it, less what the process grants to no new file.

    Raises:
        OSError: the folder is not there, is not writable, or the disk is full.
    """
    path = path.resolve()  # a link keeps pointing to the file
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make a renaming in the folder outlast a power failure, where the system can open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
