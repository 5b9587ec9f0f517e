"""What mypy with the plugin says of random programs is true when they run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from tests.mypy_plugin import differential
from tests.mypy_plugin.claims import Known, difference, knowledge
from tests.mypy_plugin.differential import (
    Checked,
    Findings,
    Judgement,
    Said,
    Verdict,
    check,
    compare,
    judge,
    minimised,
    table,
)
from tests.mypy_plugin.generators import GENERATORS
from tests.mypy_plugin.programs import Parameter, Program, Statement, generate

SIZES = {"n": 7, "m": 11}

Say: TypeAlias = Callable[..., None]


def caches(name: str) -> Path:
    """Return a cache of mypy that no other worker writes to."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return differential.ROOT / ".mypy_cache" / f"differential-{name}-{worker}"


def program(*statements: str) -> Program:
    """Return a program of two arrays, each of whose statements is an assignment."""
    parameters = (Parameter("x0", "Float64", "n 3"), Parameter("x1", "Float64", "m 3"))
    assigned = tuple(Statement("written", f"v{i} = {text}", f"v{i}") for i, text in enumerate(statements))
    return Program("written", parameters, SIZES, assigned)


def verdicts(written: Program, *said: Said) -> list[Verdict]:
    """Return the verdicts on a program of which mypy says something made up."""
    return [each.verdict for each in judge(written, said, written.run())]


def array(axes: str) -> Said:
    """Return what mypy says of a statement with an array of some shape."""
    return Said(revealed=f"Float64[ndarray, '{axes}']")


def error(message: str, code: str = "shape") -> Said:
    """Return what mypy says of a statement in which something is wrong."""
    return Said(((code, message),))


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """What makes mypy say the same of each statement, with the plugin and without."""

    def set_said(said: Said, *, plain: Said | None = None, failures: Sequence[str] = ()) -> None:
        def checked(programs: Sequence[Program], cache: Path, *, plain_only: bool = False) -> Checked:
            own = said if plain is None or not plain_only else plain
            return Checked({each.name: [own] * len(each.statements) for each in programs}, tuple(failures))

        monkeypatch.setattr(
            differential, "check", lambda programs, cache, plain=False: checked(programs, cache, plain_only=plain)
        )

    return set_said


@pytest.fixture(scope="module")
def findings() -> Findings:
    """What comes of some hundred programs."""
    return compare([generate(7, index, GENERATORS) for index in range(300)], caches("few"))


def test_nothing_said_is_wrong(findings: Findings) -> None:
    """No random program contradicts what mypy says of it, and no hook fails."""
    assert [] == [str(each) for each in findings.contradictions]
    assert set() == findings.failures


def test_most_shapes_are_known(findings: Findings) -> None:
    """Of the arrays that come out of random expressions, mypy knows the shapes of five in six."""
    assert findings.share_known > 5 / 6


def test_most_errors_are_reported(findings: Findings) -> None:
    """Of the statements that raise for their shapes, of arrays whose shapes are known, few are not reported."""
    reported, missed = len(findings.of(Verdict.REPORTED)), len(findings.of(Verdict.MISSED))
    assert reported > 6 * missed


@pytest.mark.slow
def test_nothing_said_of_many_is_wrong(tmp_path: Path) -> None:
    """The same holds for thousands of other programs."""
    found = differential.search(2000, seed=8, jobs=2, cache=tmp_path / "cache")
    assert [] == [str(each) for each in found.contradictions]
    assert set() == found.failures


def test_programs_are_functions_of_their_numbers() -> None:
    """A seed and an index give the same program every time, and another index another one."""
    assert generate(1, 2, GENERATORS) == generate(1, 2, GENERATORS)
    assert generate(1, 2, GENERATORS).source() != generate(1, 3, GENERATORS).source()


def test_every_generator_is_drawn() -> None:
    """No generator is left out for want of arguments."""
    programs = [generate(0, index, GENERATORS) for index in range(3000)]
    assert set(GENERATORS) == {statement.generator for each in programs for statement in each.statements}


def test_right_shape_is_right() -> None:
    """A shape in names is right if it is the real one at the sizes that stand for them."""
    assert [Verdict.RIGHT, Verdict.RIGHT] == verdicts(program("x0 + 1", "x0.T @ v0"), array("n 3"), array("3 3"))


def test_false_alarm_is_a_contradiction() -> None:
    """An error of which NumPy knows nothing is a contradiction."""
    (found,) = judge(program("x0 + 1"), [error("cannot add")], program("x0 + 1").run())
    assert (Verdict.CONTRADICTION, "false alarm: cannot add; the result is (7, 3)") == (found.verdict, found.reason)


@pytest.mark.parametrize("axes", ["m 3", "n+1 3", "n", "n 3 1", ""])
def test_wrong_shape_is_a_contradiction(axes: str) -> None:
    """A shape that the array does not have is a contradiction, and the comparison stops there."""
    assert [Verdict.CONTRADICTION] == verdicts(program("x0 + 1", "x0 - x1"), array(axes), array("n 3"))


def test_wrong_dtype_is_a_contradiction() -> None:
    """So is an element type that the array does not have."""
    assert [Verdict.CONTRADICTION] == verdicts(program("x0 > 1"), array("n 3"))


def test_chance_is_no_contradiction() -> None:
    """An error is right if NumPy raises it at other sizes, since names that differ must not be equal by chance."""
    by_chance = replace(program("x0 + x1"), sizes={"n": 7, "m": 7})
    assert [Verdict.REPORTED] == verdicts(by_chance, error("cannot add (n, 3) and (m, 3)"))


def test_unreported_error_is_missed() -> None:
    """An error of NumPy's is missed where the shapes of all operands are known, and excused otherwise."""
    wrong = program("x0 * 1", "v0 + x1")
    assert [Verdict.RIGHT, Verdict.MISSED] == verdicts(wrong, array("n 3"), array("n 3"))
    assert [Verdict.RIGHT, Verdict.EXCUSED] == verdicts(wrong, array("_ 3"), array("_ 3"))
    assert [Verdict.RIGHT, Verdict.REPORTED] == verdicts(wrong, array("n 3"), error("cannot add"))


def test_error_about_elements_is_no_miss() -> None:
    """What NumPy says of kinds of elements is nothing that the plugin should have said."""
    assert [Verdict.EXCUSED] == verdicts(program("(x0 > 0) - (x0 > 0)"), array("n 3"))


def test_nothing_is_said_after_an_error() -> None:
    """What follows an error is not compared, as mypy knows no more of it."""
    assert [Verdict.REPORTED] == verdicts(program("x0 + x1", "x0 + 1"), error("cannot add"), error("cannot add"))


def test_refusal_by_the_plugin_alone_is_a_contradiction(say: Say, tmp_path: Path) -> None:
    """Where mypy refuses correct code with the plugin, and accepts it without, the plugin is wrong."""
    say(error("No overload", "call-overload"), plain=array("n 3"))
    assert [Verdict.CONTRADICTION] == [each.verdict for each in compare([program("x0 + 1")], tmp_path).judgements]


def test_refusal_by_the_stubs_is_theirs(say: Say, tmp_path: Path) -> None:
    """Where mypy refuses correct code without the plugin too, NumPy's stubs are wrong."""
    say(error("No overload", "call-overload"))
    assert [Verdict.REFUSED] == [each.verdict for each in compare([program("x0 + 1")], tmp_path).judgements]


def test_crash_is_found(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hook that fails is an error, though mypy goes on."""
    say(Said(), failures=["a hook failed"])
    monkeypatch.setattr(differential, "ProcessPoolExecutor", _InThisProcess)
    assert 1 == differential.main(["--programs", "3", "--cache-dir", str(tmp_path)])
    assert "a hook failed" in capsys.readouterr().out


def test_hook_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The traceback of a hook is taken from what mypy writes to its standard error."""
    monkeypatch.setattr("subprocess.run", lambda *_, **__: _Run())
    assert ("a hook failed\nTraceback",) == check([program("x0 + 1")], tmp_path).failures


def test_mypy_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If mypy itself fails there is no comparison."""
    monkeypatch.setattr("subprocess.run", lambda *_, **__: _Run(returncode=2))
    with pytest.raises(RuntimeError, match="a hook failed"):
        check([program("x0 + 1")], tmp_path)


def test_program_is_made_as_short_as_it_can_be(say: Say, tmp_path: Path) -> None:
    """A contradiction is shown without the statements and parameters that it does not need."""
    say(array("n 3"))
    written = program("x0 * 2", "x1 * 2")
    found = Judgement(written, 1, Verdict.CONTRADICTION, Known.FULLY, "wrong shape: (7, 3) revealed, (11, 3) in truth")
    shortest = minimised(found, tmp_path).program
    assert [("x1",), ("v1 = x1 * 2",)] == [
        tuple(each.name for each in shortest.parameters),
        tuple(each.text for each in shortest.statements),
    ]


def test_table_counts_what_came_out() -> None:
    """The table has a line for each generator, and the share of the shapes that are known."""
    right = Judgement(program("x0 + 1"), 0, Verdict.RIGHT, Known.FULLY)
    lines = list(table(Findings([right])))
    assert ["written", "1", "0"] == lines[1].split()[:3]
    assert "shapes of results fully known: 100.0%" in lines


@pytest.mark.parametrize(
    ("revealed", "expected"),
    [
        ("Float64[ndarray, 'n 3']", Known.FULLY),
        ("ndarray['n', generic[Any]]", Known.FULLY),
        ("tuple[Float64[ndarray, 'n'], Float64[ndarray, '_ 3']]", Known.PARTLY),
        ("Float64[ndarray, '... 3']", Known.NOT),
        ("Any", Known.NOT),
        ("float64", Known.NO_ARRAY),
    ],
)
def test_knowledge_of_types(revealed: str, expected: Known) -> None:
    """A type knows all sizes of its arrays, some, or not even their ranks."""
    assert expected == knowledge(revealed)


@pytest.mark.parametrize(
    ("revealed", "value", "expected"),
    [
        ("Float64[ndarray, '... 3']", np.zeros((7, 3)), ""),
        ("Float64[ndarray, 'n _']", np.zeros((7, 3)), ""),
        ("Float[ndarray, 'n']", np.zeros(7, np.float32), ""),
        ("Float64[ndarray, '']", np.float64(1), ""),
        ("Float64[ndarray, 'n']", np.float64(1), "wrong shape: (7) revealed, () in truth"),
        ("float64", np.zeros(7), "wrong kind: float64 revealed, an array of shape (7,) in truth"),
        ("Float64[ndarray, 'n']", (), "wrong kind: an array revealed, a tuple in truth"),
        ("Float64[ndarray, 'm'] | Float64[ndarray, 'n']", np.zeros(7), ""),
        ("tuple[Int64[ndarray, 'n'], Any]", (np.zeros(7, int), 1), ""),
        ("tuple[Int64[ndarray, 'n'], ...]", (), ""),
        ("tuple[()]", (1,), "wrong number: 0 items revealed, 1 in truth"),
        ("tuple[float64, float64, fallback=numpy.SlogdetResult]", (1, 2), ""),
        ("list[Float64[ndarray, '3']]", [np.zeros(3), np.zeros(4)], "wrong shape: (3) revealed, (4,) in truth"),
        ("Size[n + 1]", 8, ""),
        ("Size[2*n]", 8, "wrong size: 14 revealed, 8 in truth"),
        ("Size[Literal[3]]", 4, "wrong size: 3 revealed, 4 in truth"),
    ],
)
def test_claims_of_types(revealed: str, value: object, expected: str) -> None:
    """A value is of a type if shape, number of items, element type and size are, as far as the type says."""
    assert expected == difference(revealed, value, SIZES)


class _Run:
    stdout = ""
    stderr = "shapedmat.mypy_plugin: a hook failed\nTraceback"

    def __init__(self, returncode: int = 0) -> None:
        self.returncode = returncode


class _InThisProcess:
    """Stands for the pool of processes, in which nothing is replaced."""

    def __init__(self, jobs: int) -> None:
        self.map = map

    def __enter__(self) -> _InThisProcess:
        return self

    def __exit__(self, *_: object) -> None: ...
