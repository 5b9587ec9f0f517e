"""How commands end: their status, the line that they say on standard error, and the folders that they refuse."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from nets.console import check_folder, make_folder, run
from shapedmat import JitError

EXAMPLES = (
    "approximation",
    "char_lstm",
    "fuzzy_xor",
    "graph_mnist",
    "picture",
    "som_colours",
    "som_digits",
    "som_iris",
    "xor",
)


def raising(error: BaseException) -> None:
    """Raise an error."""
    raise error


def test_command_that_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 0, and nothing is said, whatever the command returns."""
    assert 0 == run(lambda: 5)
    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize("kind", [JitError, OSError, ValueError])
def test_error_is_one_line(kind: type[Exception], capsys: pytest.CaptureFixture[str]) -> None:
    """The status is 1; the lines of an error are put together, and what is in them stays as it is."""
    assert 1 == run(lambda: raising(kind("the file a  b is\n\n  wrong;\nname another")))
    assert ("", "error: the file a  b is wrong; name another\n") == capsys.readouterr()


def test_mistake_of_the_package_is_a_traceback() -> None:
    """What no user can do anything about is not hidden."""
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0)


@pytest.mark.parametrize("words", ["", ", no epoch was saved"])
def test_interruption_says_what_was_kept(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The status is that of a process that is interrupted, and the line goes on with what the interruption says."""
    assert 130 == run(lambda: raising(KeyboardInterrupt(words) if words else KeyboardInterrupt()))
    assert ("", f"interrupted{words}\n") == capsys.readouterr()


def test_folder_is_made(tmp_path: Path) -> None:
    """A folder is made with those above it, and one that is there stays."""
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_folder_that_is_not_there_is_not_made_to_check_it(tmp_path: Path) -> None:
    """A check leaves nothing behind."""
    check_folder(tmp_path / "a")
    assert [] == list(tmp_path.iterdir())


def test_file_is_no_folder(tmp_path: Path) -> None:
    """A file where a folder has to be is refused with the option to change."""
    path = tmp_path / "out"
    path.touch()
    words = f"^{re.escape(str(path))} is a file, but a folder is wanted; name another one with --figure$"
    with pytest.raises(FileExistsError, match=words):
        make_folder(path, "--figure")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A folder below a file is refused with the system's reason."""
    path = tmp_path / "file" / "out"
    (tmp_path / "file").touch()
    words = f"^cannot make the folder {re.escape(str(path))} \\(.+\\); name another one with --out$"
    with pytest.raises(OSError, match=words):
        make_folder(path)


# --- the examples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_interrupted_example(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends each example without a traceback."""
    example = importlib.import_module(f"nets.examples.{name}")
    monkeypatch.setattr(example, "run", lambda settings: raising(KeyboardInterrupt()))
    assert 130 == example.main([])
    assert "interrupted\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("approximation", ["--points", "none.json"], "[Errno 2] No such file or directory: 'none.json'"),
        ("char_lstm", ["--text", "none.txt"], "[Errno 2] No such file or directory: 'none.txt'"),
        (
            "char_lstm",
            ["--figure", "file"],
            "file is a file, but a folder is wanted; name another one with --figure",
        ),
        (
            "fuzzy_xor",
            ["--figure", "file"],
            "file is a file, but a folder is wanted; name another one with --figure",
        ),
        (
            "graph_mnist",
            ["--data", "none"],
            "none is not a folder; give mnist, fashion, digits or a folder that holds the four IDX files",
        ),
        (
            "graph_mnist",
            ["--data", "digits", "--figure", "file"],
            "file is a file, but a folder is wanted; name another one with --figure",
        ),
        ("picture", ["--image", "none.png"], "[Errno 2] No such file or directory: 'none.png'"),
        ("picture", ["--image", "file"], "cannot identify image file 'file'"),
        ("som_colours", ["--out", "file"], "file is a file, but a folder is wanted; name another one with --out"),
        (
            "som_digits",
            ["--data", "digits", "--out", "file"],
            "file is a file, but a folder is wanted; name another one with --out",
        ),
        ("som_iris", ["--out", "file"], "file is a file, but a folder is wanted; name another one with --out"),
        ("xor", ["--epochs", "0"], "epochs is 0, but 1 or more is wanted"),
    ],
)
def test_wrong_path_for_an_example(
    name: str,
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake of the user ends with status 1 and one sentence, before anything is computed."""
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert 1 == importlib.import_module(f"nets.examples.{name}").main(arguments)
    captured = capsys.readouterr()
    assert ("", f"error: {sentence}\n") == (captured.out, captured.err.replace(str(tmp_path) + "/", ""))
