"""Compiled functions: how `jit` is written, methods, specializations, and calls of one another."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat import JitError, Matrix, jit

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
