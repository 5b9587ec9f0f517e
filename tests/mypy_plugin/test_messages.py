"""How a user turns the plugin's messages off, and that one bug is one message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mypy import api

HEADER = "import numpy as np\nfrom jaxtyping import Float, Float32, Float64\n\n"
BUG = 'def f(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m n"]:\n    return x{comment}\n'

Check = Callable[..., list[str]]


@pytest.fixture(name="cache", scope="module")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NumPy's stubs are read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(name="check")
def _check(tmp_path: Path, cache: Path) -> Check:
    def run(program: str, *arguments: str) -> list[str]:
        settings = tmp_path / "mypy.ini"
        settings.write_text("[mypy]\nplugins = shapedmat.mypy_plugin\nstrict = True\n")
        path = tmp_path / "program.py"
        path.write_text(HEADER + program)
        options = ["--config-file", str(settings), "--cache-dir", str(cache), "--no-error-summary"]
        printed, failed, _ = api.run([*options, *arguments, str(path)])
        assert not failed, failed
        return [line.partition(": ")[2] for line in printed.splitlines()]

    return run


def test_a_bug_is_an_error_of_the_code_shape(check: Check) -> None:
    """What the plugin reports has a code of its own."""
    sentence = "the returned value has shape (n, m), but (m, n) is wanted: sizes n and m on axis 0 differ"
    assert [f"error: {sentence}  [shape]"] == check(BUG.format(comment=""))


def test_a_comment_turns_a_message_off(check: Check) -> None:
    """A comment with the code takes the message away."""
    assert [] == check(BUG.format(comment="  # type: ignore[shape]"))


def test_a_comment_that_nothing_needs_is_reported(check: Check) -> None:
    """Where shapes fit, a comment with the code is one too many."""
    program = 'def f(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:\n    return x  # type: ignore[shape]\n'
    assert ['error: Unused "type: ignore" comment  [unused-ignore]'] == check(program)


def test_an_uncertain_difference_needs_no_comment(check: Check) -> None:
    """What is dropped, since it is not certain, uses up no comment."""
    program = 'def f(x: np.ndarray) -> Float[np.ndarray, "n"]:\n    return x  # type: ignore\n'
    assert ['error: Unused "type: ignore" comment  [unused-ignore]'] == check(program)


def test_an_option_turns_all_messages_off(check: Check) -> None:
    """An option of mypy's against the code takes all messages of the plugin away."""
    assert [] == check(BUG.format(comment=""), "--disable-error-code", "shape")


@pytest.mark.parametrize(
    "statement",
    [
        "return x @ x",
        "return np.abs(np.exp(x @ x) + 1).sum()",
        "return (\n        x\n        @ x\n    )",
        "y = x @ x\n    return y",
        "return g(x @ x) + g(x)",
        "return g(x=x @ x)",
        "return np.concatenate([x @ x, x])",
        "return [x @ x][0]",
        "return (x @ x)[0]",
        "return x if x.any() else x @ x",
        "print([(a, b) for a in x @ x for b in x])\n    return x",
        "x @= x\n    return x",
        "return (lambda: x @ x)()",
    ],
)
def test_a_bug_is_reported_once(check: Check, statement: str) -> None:
    """However often mypy looks at an expression, what is wrong with it is said once."""
    program = f"""def g(x: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    return x


def f(x: Float64[np.ndarray, "4 3"]) -> Float64[np.ndarray, "..."]:
    {statement}
"""
    assert ["cannot multiply (4, 3) by (4, 3): inner dimensions 3 and 4 differ  [shape]"] == [
        line.partition("error: ")[2] for line in check(program)
    ]


def test_the_first_statement_of_a_module_is_checked(check: Check) -> None:
    """A message that comes before any other work of the plugin is put into its words too."""
    program = 'def f(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n+1"]:\n    return x\n'
    sentence = "the returned value has shape (n,), but (n + 1,) is wanted: sizes n and n + 1 on axis 0 differ"
    assert [f"error: {sentence}  [shape]"] == check(program)


def test_types_are_shown_as_jaxtyping_writes_them(check: Check) -> None:
    """A message of mypy's own about element types shows both as they are annotated."""
    program = 'def f(x: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 3"]:\n    return x\n'
    types = "got \"Float64[ndarray, 'n 3']\", expected \"Float32[ndarray, 'n 3']\""
    assert [f"error: Incompatible return value type ({types})  [return-value]"] == check(program)
