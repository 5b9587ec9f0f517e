"""shapedmat.atomic replaces files whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from shapedmat.atomic import write_atomically


def fail(code: int) -> Callable[..., None]:
    """Return a function that always fails as the system does."""

    def failing(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return failing


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder with their content."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A path in an empty folder."""
    return tmp_path / "file"


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_failing_disk_leaves_old_file_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch, function: str, code: int
) -> None:
    """When the disk is full, or breaks, the old file stays and nothing is beside it."""
    write_atomically(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, function, fail(code))
        with pytest.raises(OSError, match=os.strerror(code)):
            write_atomically(path, b"new")
    assert {path.name: b"old"} == files_in(path.parent)


def test_interruption_leaves_old_file_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C while a file is written leaves the old one, and nothing beside it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    write_atomically(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, b"new")
    assert {path.name: b"old"} == files_in(path.parent)


def test_content_is_on_disk_before_it_gets_its_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is: flush the file, rename it, flush the folder."""
    calls = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        calls.append("flush folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "flush file")
        real_fsync(descriptor)

    def replace(source: Path, target: Path) -> None:
        calls.append("rename")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_atomically(path, b"new")
    assert ["flush file", "rename", "flush folder"] == calls


def test_link_still_points_to_the_file(tmp_path: Path) -> None:
    """Writing to a symbolic link replaces the file that it points to."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert (True, b"new") == (link.is_symlink(), target.read_bytes())


def test_new_file_is_as_readable_as_any(path: Path) -> None:
    """A file gets the permissions that the process gives to new files, not those of temporary ones."""
    plain = path.with_name("plain")
    plain.write_bytes(b"")
    write_atomically(path, b"")
    assert plain.stat().st_mode == path.stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_private_file(path: Path) -> None:
    """A file can be kept from other users, whatever the process grants them otherwise."""
    before = os.umask(0)
    try:
        write_atomically(path, b"", mode=0o600)
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
