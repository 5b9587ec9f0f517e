"""Compiled functions: how `jit` is written, methods, specializations, and calls of one another."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat import JitError, Matrix, jit
from shapedmat.compiler import Compiled
from shapedmat.compiler import function as compiling

ROOT = Path(__file__).parents[2]


@jit
def scaled(m: Any, rate: float) -> Any:
    """Scale a matrix."""
    return m * rate


@dataclass
class Model:
    """A model with compiled methods."""

    w: Any

    @jit
    def forward(self, x: Any) -> Any:
        """Return w @ x."""
        return self.w @ x

    @jit(threads=1)
    def update(self, gradient: Any, rate: float) -> None:
        """Step."""
        self.w -= rate * gradient

    @staticmethod
    @jit
    def double(x: Any) -> Any:
        """Return 2 x."""
        return 2 * x


def test_call() -> None:
    """A compiled function returns what the function returns, in every call."""
    for rate in (0.5, 2.0):
        for rows in (2, 3):
            expected = np.full((rows, 2), rate, np.float32)
            np.testing.assert_array_equal(expected, scaled(Matrix.ones(rows, 2), rate).numpy())


def test_runs_python_once() -> None:
    """The function itself runs once for each signature."""
    seen: list[Any] = []

    @jit
    def function(m: Any, rate: float, count: int) -> Any:
        seen.append((m.rows, count))
        return m * rate * count

    for rows, rate, count in [(2, 0.5, 1), (2, 0.7, 1), (3, 0.5, 1), (2, 0.1, 2), (2, 0.5, 1), (3, 1.5, 1)]:
        function(Matrix.ones(rows, 1), rate, count)
    assert [(2, 1), (3, 1), (2, 2)] == seen


def test_methods() -> None:
    """A method gets its object, whose fields change."""
    model = Model(Matrix.ones(2, 3))
    assert (3, 3) == (model.forward(Matrix.ones(3, 1))[0, 0], Model.forward(model, Matrix.ones(3, 1))[0, 0])
    model.update(Matrix.ones(2, 3), 0.25)
    model.update(rate=0.25, gradient=Matrix.ones(2, 3))
    assert (0.5, 2) == (model.w[0, 0], Model.double(Matrix.ones(1, 1))[0, 0])


def test_any_name_of_a_keyword() -> None:
    """Arguments may be given by any name."""
    assert 5 == jit(lambda self, function: self + function)(self=2.0, function=3.0)


def test_looks_like_the_function() -> None:
    """A compiled function has the name and the documentation of the function."""
    assert ("scaled", "Scale a matrix.", __name__) == (scaled.__name__, scaled.__doc__, scaled.__module__)


def test_compiled_calls_compiled() -> None:
    """A compiled function that another one calls is a part of it."""

    @jit
    def outer(model: Model, x: Any) -> Any:
        return scaled(model.forward(x), 0.5)

    assert 1.5 == outer(Model(Matrix.ones(2, 3)), Matrix.ones(3, 1))[0, 0]


def test_partial_overlap_is_found_in_every_call() -> None:
    """That a changed argument shares memory with another is found in later calls, too."""

    @jit
    def function(w: Any, g: Any) -> None:
        w -= g

    whole = Matrix.ones(4, 3)
    function(whole[:2], whole[2:])
    with pytest.raises(JitError, match="function changes w in place, which shares memory with g"):
        function(whole[:2], whole[1:3])
    np.testing.assert_array_equal([0, 0, 1, 1], whole.numpy()[:, 0])


def test_imports_nothing_heavy() -> None:
    """To trace a function, Numba is not imported, which alone takes longer than compiling a step."""
    program = "import sys, shapedmat; shapedmat.jit; print('numba' in sys.modules, callable(shapedmat.jit))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "False True\n" == run.stdout


def test_reports() -> None:
    """The plan and the explanation of a method are there beside its call."""
    model = Model(Matrix.ones(2, 3))
    model.forward(Matrix.ones(3, 1))
    assert "matmul" in model.forward.plan()
    assert "return self.w @ x" in model.forward.explain()


# --- what is no function, and no number of threads --------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("decorate", "kind"),
    [
        (lambda jit: jit(3), "int"),
        (lambda jit: jit("name"), "str"),
        (lambda jit: jit(None)(Matrix.ones(1, 1)), "Matrix"),
        (lambda jit: jit(threads=2)(None), "NoneType"),
        (lambda jit: jit(classmethod(lambda cls, x: x)), "classmethod"),
    ],
)
def test_only_functions_are_compiled(decorate: Callable[[Any], Any], kind: str) -> None:
    """What cannot be called is refused when it is decorated, and not when it is called."""
    with pytest.raises(TypeError) as raised:
        decorate(jit)
    expected = f"jit is given a value of type {kind}: a function is wanted, by @jit, @jit(threads=2) or jit(function)"
    assert expected == str(raised.value)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("threads", [-1, 0, True, 2.5, "2"])
def test_threads_are_a_whole_number(threads: Any) -> None:
    """What is no number of threads is refused at once, also before there is a function."""
    expected = f"threads is {threads!r}: give a whole number of threads, 1 or more, or None for all processors"
    for refused in (lambda: jit(threads=threads), lambda: Compiled(lambda x: x, threads)):
        with pytest.raises(ValueError, match=r"^threads is ") as raised:
            refused()
        assert expected == str(raised.value)


def test_threads_of_numpy() -> None:
    """A whole number of NumPy's is a number of threads."""
    function = jit(threads=np.int64(1))(lambda x: x + 1)
    function(Matrix.ones(2, 2))
    assert "on 1 thread\n" in function.plan()


# --- many signatures --------------------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the code for three signatures be kept, of which the first is known at once."""
    monkeypatch.setattr(compiling, "_MOST", 3)
    monkeypatch.setattr(compiling, "_FIRST", 1)


@pytest.mark.usefixtures("few")
@pytest.mark.filterwarnings("ignore:function is compiled for 3 signatures:RuntimeWarning")
def test_signatures_that_were_called_last_are_kept() -> None:
    """Of more signatures than are kept, the one that was called longest ago is forgotten."""
    seen: list[int] = []

    @jit
    def function(x: Any, k: int) -> Any:
        seen.append(k)
        return x + k

    x = Matrix.ones(1, 1)
    for k in (0, 1, 2, 0, 3, 0, 2, 3, 1, 0):
        assert 1 + k == function(x, k)[0, 0]
    assert [0, 1, 2, 3, 1, 0] == seen


ADVICE = (
    "a static argument that changes in every call is better passed as a float, and matrices are better of a few shapes"
)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("call", "differing"),
    [
        (lambda function, k: function(Matrix.ones(1, 1), k), ", now with another k"),
        (lambda function, k: function(Matrix.ones(1, 1), k=k), ", now with another k"),
        (lambda function, k: function(Matrix.ones(k, 1), k), ", now with another x and k"),
        (lambda function, k: function(*[Matrix.ones(1, 1)] * k), ""),
    ],
)
def test_many_signatures_are_told_of_once(call: Callable[..., Any], differing: str) -> None:
    """A warning says when code begins to be forgotten, and which arguments differ; there is no second one."""

    def function(x: Any, k: Any = 0, *more: Any) -> Any:
        return x + k

    compiled = jit(function)
    for k in (1, 2, 3):
        call(compiled, k)
    with pytest.warns(RuntimeWarning) as warned:
        call(compiled, 4)
    call(compiled, 5)
    expected = (
        "function is compiled for 3 signatures, of which the one that was called longest ago is forgotten for each new "
        f"one{differing}: {ADVICE}"
    )
    assert [expected] == [str(each.message) for each in warned]


# --- copies -----------------------------------------------------------------------------------------------------------


def plus(shift: float, x: Any) -> Any:
    """Return x + shift."""
    return x + shift


compiled_plus = jit(plus)


class Scaling:
    """An object that compiles a method of its own."""

    def __init__(self, scale: float) -> None:
        """Give what to multiply with."""
        self.scale = scale
        self.scaled = jit(self.multiply)

    def multiply(self, x: Any) -> Any:
        """Multiply."""
        return x * self.scale


def pickled(value: Any) -> Any:
    """Return what comes back from a pickle."""
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("function", [scaled, Model.forward], ids=["function", "method"])
def test_a_copy_is_the_function(function: Any, copied: Callable[[Any], Any]) -> None:
    """A compiled function that has been called is copied and pickled as functions are: by its name."""
    test_call()
    test_methods()
    assert copied(function) is function


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_method_of_a_copied_object_is_the_copys(copied: Callable[[Any], Any]) -> None:
    """Where an object holds a compiled method of itself, that of its copy does what the copy says."""
    scaling, x = Scaling(2.0), Matrix.ones(1, 1)
    scaling.scaled(x)
    other = copied(scaling)
    other.scale = 3.0
    assert (2, 3) == (scaling.scaled(x)[0, 0], other.scaled(x)[0, 0])


@pytest.mark.parametrize(
    ("function", "arguments"), [(compiled_plus, (2.0,)), (jit(partial(plus, 2.0)), ())], ids=["another name", "partial"]
)
def test_what_its_name_does_not_lead_to_is_pickled_by_its_function(function: Any, arguments: Any) -> None:
    """A compiled function of another name than the function's comes back as one that is compiled anew."""
    x = Matrix.ones(1, 1)
    assert (3, 3) == (function(*arguments, x)[0, 0], pickled(function)(*arguments, x)[0, 0])
