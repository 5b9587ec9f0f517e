"""Machine code on disk: what was stored comes back or is missing, and nothing that is wrong with the disk matters."""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.kernels import code_cache

ROOT = Path(__file__).parents[2]
KEYS = tuple(f"{number:064x}" for number in range(20))

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


@pytest.fixture(autouse=True)
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the entries, in a cache of the test's own that nothing was said about."""
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(code_cache, "_told", set())
    return tmp_path / "cache" / "code"


def entry(entries: Path, key: str) -> Path:
    """Return the file of a key."""
    return entries / f"{key}.code"


def stored(entries: Path) -> set[str]:
    """Return the keys that have a file."""
    return {path.stem for path in entries.glob("*.code")}


def grow_older(path: Path, seconds: float) -> None:
    """Let a file be so much older."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def program(text: str) -> list[str]:
    """Return the command that runs a program with the cache, where every warning is an error."""
    header = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom shapedmat.kernels import code_cache\n"
    return [sys.executable, "-W", "error", "-c", header + text]


@given(st.binary(max_size=1000))
def test_data_comes_back(data: bytes) -> None:
    """What was written last for a key is read."""
    code_cache.write(KEYS[0], data)
    assert data == code_cache.read(KEYS[0])


def test_missing_entry_is_none() -> None:
    """There is nothing for a key that nothing was stored for, nor is a folder made by asking."""
    assert None is code_cache.read(KEYS[0])
    assert not code_cache.folder().exists()


@pytest.mark.parametrize("key", ["", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 64 + "\n"])
def test_other_keys_are_refused(key: str) -> None:
    """A key is a SHA-256, so that it is the name of a file in the folder."""
    expected = f"the key is {key!r}, but 64 hexadecimal digits are wanted: use the SHA-256 of what it is for"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        code_cache.read(key)
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        code_cache.write(key, b"")


@given(data=st.data(), content=st.binary(max_size=100))
def test_changed_bit_is_found(entries: Path, data: st.DataObject, content: bytes) -> None:
    """An entry of which any bit has changed counts as missing, and is deleted."""
    code_cache.write(KEYS[0], content)
    path = entry(entries, KEYS[0])
    changed = bytearray(path.read_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(changed)
    assert (None, False) == (code_cache.read(KEYS[0]), path.exists())


def test_other_length_is_found(entries: Path) -> None:
    """An entry that lost its end, at any place, or got a longer one, counts as missing."""
    code_cache.write(KEYS[0], b"some code")
    path = entry(entries, KEYS[0])
    whole = path.read_bytes()
    for content in (*(whole[:length] for length in range(len(whole))), whole + b"\0"):
        code_cache.write(KEYS[0], b"")
        path.write_bytes(content)
        assert None is code_cache.read(KEYS[0])


@given(st.binary(max_size=200))
def test_arbitrary_file_is_no_entry(entries: Path, content: bytes) -> None:
    """No content of a file raises an error, or is taken for an entry."""
    code_cache.write(KEYS[0], b"")
    entry(entries, KEYS[0]).write_bytes(content)
    assert None is code_cache.read(KEYS[0])


def test_entry_of_another_key_is_none(entries: Path) -> None:
    """An intact entry counts for the key that it was written for, and for no other."""
    code_cache.write(KEYS[0], b"code")
    entry(entries, KEYS[0]).rename(entry(entries, KEYS[1]))
    assert None is code_cache.read(KEYS[1])


def test_large_file_is_not_read(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than all entries together may be counts as missing."""
    code_cache.write(KEYS[0], bytes(1001))
    monkeypatch.setattr(code_cache, "MAXIMUM_BYTES", 1000)
    assert (None, False) == (code_cache.read(KEYS[0]), entry(entries, KEYS[0]).exists())


def test_folder_in_place_of_an_entry(entries: Path) -> None:
    """A folder that has an entry's name is no entry; that nothing can be stored there is said."""
    entry(entries, KEYS[0]).mkdir(parents=True, mode=0o700)
    entries.chmod(0o700)
    with pytest.warns(RuntimeWarning, match="cannot be kept on disk"):
        code_cache.write(KEYS[0], b"code")
    assert None is code_cache.read(KEYS[0])


def test_oldest_entries_make_room(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there are too many entries, those that were written longest ago are deleted."""
    monkeypatch.setattr(code_cache, "MAXIMUM_ENTRIES", 3)
    for place, key in enumerate(KEYS[:6]):
        code_cache.write(key, b"code")
        grow_older(entry(entries, key), 100 - place)
    code_cache.write(KEYS[6], b"code")
    assert set(KEYS[4:7]) == stored(entries)


def test_entry_that_was_read_stays(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading an entry makes it as young as one that is written."""
    for place, key in enumerate(KEYS[:3]):
        code_cache.write(key, b"code")
        grow_older(entry(entries, key), 100 - place)
    code_cache.read(KEYS[0])
    monkeypatch.setattr(code_cache, "MAXIMUM_ENTRIES", 2)
    code_cache.write(KEYS[3], b"code")
    assert {KEYS[0], KEYS[3]} == stored(entries)


def test_large_entries_make_room(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries together are not larger than they may be."""
    monkeypatch.setattr(code_cache, "MAXIMUM_BYTES", 1000)
    for place, key in enumerate(KEYS[:4]):
        code_cache.write(key, bytes(300))
        grow_older(entry(entries, key), 100 - place)
    assert {KEYS[2], KEYS[3]} == stored(entries)  # headers count, too


def test_abandoned_files_are_deleted(entries: Path) -> None:
    """A temporary file that is older than an hour is deleted; a younger one may still be written."""
    code_cache.write(KEYS[0], b"code")
    old, young = entries / f".{KEYS[1]}.code.0a.tmp", entries / f".{KEYS[2]}.code.0b.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    grow_older(old, 3601)
    grow_older(young, 3000)
    code_cache.write(KEYS[0], b"code")
    assert (False, True) == (old.exists(), young.exists())


@posix
def test_folder_is_private(entries: Path) -> None:
    """The folder and its files are made for the user alone, whatever other new files are."""
    before = os.umask(0)
    try:
        code_cache.write(KEYS[0], b"code")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (entries, entry(entries, KEYS[0]))]
    assert [0o700, 0o600] == modes


@posix
@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_folder_that_others_write_to_is_refused(entries: Path, mode: int) -> None:
    """No code is run from a folder that others can write to, and the process is told once."""
    code_cache.write(KEYS[0], b"code")
    entries.chmod(mode)
    expected = (
        f"compiled code in {entries} is not used: another user owns that folder or can write to it, and what it holds "
        "is run; take those rights away (chmod 700), or set SHAPEDMAT_CACHE to a folder of your own"
    )
    with pytest.warns(RuntimeWarning) as told:
        assert None is code_cache.read(KEYS[0])
    code_cache.write(KEYS[1], b"code")
    code_cache.read(KEYS[0])
    assert [expected] == [str(warning.message) for warning in told]
    assert {KEYS[0]} == stored(entries)


@posix
def test_folder_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No code is run from a folder that another user owns."""
    code_cache.write(KEYS[0], b"code")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.warns(RuntimeWarning, match=r"is not used: another user owns that folder"):
        assert None is code_cache.read(KEYS[0])


@posix
def test_file_that_others_write_to_is_refused(entries: Path) -> None:
    """A file that others can write to counts as missing."""
    code_cache.write(KEYS[0], b"code")
    entry(entries, KEYS[0]).chmod(0o620)
    assert None is code_cache.read(KEYS[0])


def test_full_disk_is_told_once(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk nothing is stored, nothing is left behind, and the process is told once what to do."""

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    expected = (
        f"compiled code cannot be kept on disk ([Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}), so every process "
        "compiles anew: set SHAPEDMAT_CACHE to a folder that can be written"
    )
    with pytest.warns(RuntimeWarning) as told:
        code_cache.write(KEYS[0], b"code")
    code_cache.write(KEYS[1], b"code")
    assert [expected] == [str(warning.message) for warning in told]
    assert ([], None) == (list(entries.iterdir()), code_cache.read(KEYS[0]))


def test_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache in what is no folder is read as empty, and the process is told when it would be written."""
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path / "file"))
    assert None is code_cache.read(KEYS[0])
    with pytest.warns(RuntimeWarning, match=r"cannot be kept on disk \(\[Errno \d+\] Not a directory"):
        code_cache.write(KEYS[0], b"code")


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="the superuser can write anywhere")
def test_folder_that_is_read_only_is_told(entries: Path) -> None:
    """From a folder that cannot be written to, entries are read; the process is told when one would be written."""
    code_cache.write(KEYS[0], b"code")
    entries.chmod(0o500)
    assert b"code" == code_cache.read(KEYS[0])
    with pytest.warns(RuntimeWarning, match="cannot be kept on disk"):
        code_cache.write(KEYS[1], b"code")
    entries.chmod(0o700)


def test_missing_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user has no home folder, none is made under that name; the process is told."""
    monkeypatch.setenv("SHAPEDMAT_CACHE", "~nobody-has-this-name/cache")
    assert None is code_cache.read(KEYS[0])
    expected = (
        r"^compiled code cannot be kept on disk \(\[Errno 2\] the user has no home folder: '~nobody-has-this-name"
    )
    with pytest.warns(RuntimeWarning, match=expected):
        code_cache.write(KEYS[0], b"code")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have the user's cache elsewhere")
def test_user_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the environment variable, or with an empty one, the code is in the user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SHAPEDMAT_CACHE", "")
    assert tmp_path / "shapedmat" / "code" == code_cache.folder()


def test_processes_share_the_cache(entries: Path) -> None:
    """Processes that read, write, delete and damage entries at once disturb each other in nothing but what is there."""
    work = f"""
import os, random
code_cache.MAXIMUM_ENTRIES = 4
keys = {KEYS!r}
for turn in range(150):
    key = random.choice(keys)
    data = code_cache.read(key)
    assert data is None or data == key.encode() * 50
    code_cache.write(key, key.encode() * 50)
    if turn % 10 == 0:
        try:
            with open(code_cache.folder() / (random.choice(keys) + ".code"), "r+b") as file:
                file.truncate(60)
        except FileNotFoundError:
            pass
"""
    running = [subprocess.Popen(program(work), stderr=subprocess.PIPE) for _ in range(3)]
    errors = [each.communicate(timeout=60)[1].decode() for each in running]
    assert [""] * 3 == errors
    assert [] == [path.name for path in entries.iterdir() if path.suffix == ".tmp"]


@posix
def test_killed_process_leaves_no_wrong_entry(entries: Path) -> None:
    """However far a process came that was killed as it wrote, each entry is whole or missing."""
    work = f"""
print("ready", flush=True)
while True:
    for key in {KEYS!r}:
        code_cache.write(key, key.encode() * 20_000)
"""
    for delay in (0.0, 0.001, 0.003, 0.01, 0.02, 0.03):
        with subprocess.Popen(program(work), stdout=subprocess.PIPE) as writing:
            assert writing.stdout is not None
            writing.stdout.readline()
            time.sleep(delay)
            writing.send_signal(signal.SIGKILL)
        assert {True} >= {code_cache.read(key) == key.encode() * 20_000 for key in stored(entries)}


def test_entry_that_vanishes_is_no_error(entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that another process deletes after it was listed does not disturb the one that lists."""
    code_cache.write(KEYS[0], b"code")
    monkeypatch.setattr(code_cache, "MAXIMUM_ENTRIES", 0)
    unlink = Path.unlink

    def unlink_twice(path: Path, missing_ok: bool = False) -> None:
        unlink(path)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_twice)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code_cache.write(KEYS[1], b"code")
    assert set() == stored(entries)


def test_cache_imports_little() -> None:
    """The cache needs neither NumPy nor LLVM, so that reading from it starts at once."""
    work = "code_cache.read('0' * 64); print({'numpy', 'llvmlite', 'requests'} & set(sys.modules))"
    assert "set()\n" == subprocess.run(program(work), capture_output=True, text=True, check=True).stdout
