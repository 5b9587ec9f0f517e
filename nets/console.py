"""How the commands of this package begin and end: with a folder that is there, and with a status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from shapedmat import ShapedmatError


def run(command: Callable[[], object]) -> int:
    """Run a command, and return the status of the process.

    It is 0; 1 after an error that a user can do something about, which is said in one line on standard error; or 130
    after an interruption (Ctrl-C), when that line is "interrupted" and what the `KeyboardInterrupt` says.
    """
    try:
        command()
    except (ShapedmatError, OSError, ValueError) as error:
        # What comes from other libraries may go on over several lines.
        sentence = " ".join(filter(None, map(str.strip, str(error).splitlines())))
        sys.stderr.write(f"error: {sentence}\n")
        return 1
    except KeyboardInterrupt as interruption:
        sys.stderr.write(f"interrupted{interruption}\n")
        return 130
    return 0


def check_folder(path: Path, option: str = "--out") -> None:
    """Refuse a file where an option has to name a folder, which need not be there.

    Raises:
        FileExistsError: it is one.
    """
    if path.exists() and not path.is_dir():
        raise FileExistsError(f"{path} is a file, but a folder is wanted; name another one with {option}")


def make_folder(path: Path, option: str = "--out") -> None:
    """Make the folder that an option names, before anything is computed that would be lost without it.

    Raises:
        OSError: it cannot be made.
    """
    check_folder(path, option)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"cannot make the folder {path} ({error.strerror}); name another one with {option}") from error
