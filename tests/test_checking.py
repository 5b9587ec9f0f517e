"""Checks at run time: what `shapechecked` binds and refuses, its words, and the import hook on packages."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import jaxtyping
import numpy as np
import pytest

from shapedmat import Matrix, shapechecked, softmax
from shapedmat.checking import checked_where_readable

N = TypeVar("N", bound=int)
M = TypeVar("M", bound=int)

untyped: Any = Matrix  # its results fit any annotation, to a type checker


@shapechecked
def first(a: Matrix[np.float32, N, Literal[3]], b: Matrix[np.float32, N, M]) -> Matrix[np.float32, N, Literal[3]]:
    """Return the first of two matrices of as many rows."""
    return a


@shapechecked
def transposed(a: Matrix[np.float32, N, M], wrong: bool = False) -> Matrix[np.float32, M, N]:
    """Return the transpose, or by mistake the matrix itself."""
    return a if wrong else a.T  # type: ignore[return-value]  # wrong on purpose


def test_fitting_arguments() -> None:
    """Sizes of one name that are equal pass."""
    assert (2, 3) == first(Matrix.zeros(2, 3), Matrix.zeros(2, 5)).shape


def test_name_binds_within_a_call() -> None:
    """Sizes of one name that differ between two arguments are refused."""
    with pytest.raises(jaxtyping.TypeCheckError):
        first(untyped.zeros(2, 3), untyped.zeros(4, 5))


def test_name_binds_the_result() -> None:
    """A result whose sizes are not those that the arguments bound is refused."""
    with pytest.raises(jaxtyping.TypeCheckError, match="return value"):
        transposed(Matrix.zeros(2, 3), wrong=True)


def test_name_is_free_in_the_next_call() -> None:
    """A size that one call bound is free in the next."""
    first(Matrix.zeros(2, 3), Matrix.zeros(2, 5))
    assert (4, 3) == first(Matrix.zeros(4, 3), Matrix.zeros(4, 5)).shape


@shapechecked
def outer(a: Matrix[np.float32, N, M]) -> Matrix[np.float32, N, M]:
    """Call, within a call that has bound N and M, a function that binds them anew."""
    return transposed(transposed(a))


def test_nested_calls_bind_for_themselves() -> None:
    """A call within a call binds the names anew, and leaves those of the outer one."""
    assert (2, 3) == outer(Matrix.zeros(2, 3)).shape


def test_threads_bind_for_themselves() -> None:
    """What one thread has bound does not bind another, though both are within a call at once."""
    barrier = threading.Barrier(2, timeout=10)
    shapes: list[tuple[int, int]] = []

    @shapechecked
    def meet(a: Matrix[np.float32, N, M]) -> Matrix[np.float32, N, M]:
        barrier.wait()
        result = outer(a)
        barrier.wait()
        return result

    threads = [
        threading.Thread(target=lambda rows=rows: shapes.append(meet(Matrix.zeros(rows, 3)).shape)) for rows in (2, 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(2, 3), (4, 3)] == sorted(shapes)


@pytest.mark.parametrize(
    "part",
    ["first", "parameter 'a'", "Actual value: Matrix[float32, 2, 4]", "Expected type: Matrix[float32, N, 3]"],
)
def test_words_of_an_argument(part: str) -> None:
    """The error names the function, the argument, what was given and what was wanted."""
    with pytest.raises(jaxtyping.TypeCheckError) as caught:
        first(untyped.zeros(2, 4), untyped.zeros(2, 5))
    assert part in str(caught.value)


@pytest.mark.parametrize(
    "part", ["transposed", "Actual value: Matrix[float32, 2, 3]", "Expected type: Matrix[float32, M, N]", "N=2", "M=3"]
)
def test_words_of_a_result(part: str) -> None:
    """The error names the function, what was returned, what was wanted and the sizes that are bound."""
    with pytest.raises(jaxtyping.TypeCheckError) as caught:
        transposed(Matrix.zeros(2, 3), wrong=True)
    assert part in str(caught.value)


class Model:
    """A class with each kind of method."""

    @shapechecked
    def method(self, a: Matrix[np.float32, Literal[2], Literal[3]]) -> None:
        """Take a matrix."""

    @classmethod
    @shapechecked
    def of_class(cls, a: Matrix[np.float32, Literal[2], Literal[3]]) -> None:
        """Take a matrix."""

    @staticmethod
    @shapechecked
    def of_none(a: Matrix[np.float32, Literal[2], Literal[3]]) -> None:
        """Take a matrix."""


@shapechecked
@dataclass(frozen=True)
class Layer(Generic[N]):
    """A dataclass whose fields depend on each other."""

    weights: Matrix[np.float32, N, Any]
    bias: Matrix[np.float32, N, Literal[1]]


@pytest.mark.parametrize("call", [Model().method, Model.of_class, Model.of_none])
def test_methods_accept(call: Any) -> None:
    """Methods of each kind take what fits."""
    call(Matrix.zeros(2, 3))


@pytest.mark.parametrize("call", [Model().method, Model.of_class, Model.of_none])
def test_methods_refuse(call: Any) -> None:
    """Methods of each kind refuse what does not fit."""
    with pytest.raises(jaxtyping.TypeCheckError):
        call(Matrix.zeros(3, 2))


def test_dataclass_accepts() -> None:
    """A dataclass takes fields whose sizes agree."""
    assert (2, 1) == Layer(Matrix.zeros(2, 3), Matrix.zeros(2, 1)).bias.shape


def test_dataclass_refuses() -> None:
    """A dataclass refuses fields whose sizes of one name differ."""
    with pytest.raises(jaxtyping.TypeCheckError):
        Layer(untyped.zeros(2, 3), untyped.zeros(4, 1))


@shapechecked
def scaled(a: Matrix[np.float32, N, M], factor: float) -> Matrix[np.float32, N, M]:
    """Return a multiple of a matrix."""
    return a * factor


@pytest.mark.parametrize("factor", [2, 2.0])
def test_int_is_a_float(factor: float) -> None:
    """An int passes where a float is wanted, as type checkers have it."""
    assert [[2.0]] == scaled(Matrix.ones(1, 1), factor).numpy().tolist()


# --- the import hook --------------------------------------------------------------------------------------------------


def test_this_package_is_checked() -> None:
    """While the tests run, the functions of this package check their arguments."""
    wrong: Any = "text"
    with pytest.raises(jaxtyping.TypeCheckError, match="softmax"):
        softmax(wrong)


def test_what_cannot_be_read_is_unchecked() -> None:
    """A function whose annotations are beyond beartype stays as it is."""

    def function(argument: Any) -> Any:
        return argument

    function.__annotations__ = {"argument": 1}
    assert checked_where_readable(function) is function


PACKAGE = {
    "__init__.py": "from network.layers import forward",
    "layers.py": """
from __future__ import annotations
from typing import Any, Literal, Self, TypeVar
import numpy as np
from shapedmat import Matrix

N = TypeVar("N", bound=int)

def forward(x: Matrix[np.float32, N, Literal[3]]) -> Matrix[np.float32, Literal[3], N]:
    return x.T

class Network:
    def __enter__(self) -> Self:
        return self
    def __exit__(self, *error: Any) -> None:
        pass
    def train(self, rate: float) -> Self:
        return self
""",
    "__main__.py": "",
}
SCRIPT = """
import jaxtyping
from shapedmat import Matrix, install_import_hook

with install_import_hook("network"):
    import network
    from network.layers import Network

assert network.forward(Matrix.zeros(2, 3)).shape == (3, 2)
with Network() as entered:
    entered.train(1)
try:
    network.forward(Matrix.zeros(2, 4))
except jaxtyping.TypeCheckError as error:
    print(str(error).splitlines()[0])
"""


def test_hook_checks_a_package(tmp_path: Path) -> None:
    """The functions of a package that is imported under the hook check their arguments."""
    (tmp_path / "network").mkdir()
    for name, source in PACKAGE.items():
        (tmp_path / "network" / name).write_text(source)
    root = Path(__file__).parents[1]
    script = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(root)!r}]\n{SCRIPT}"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (
        0,
        "Type-check error whilst checking the parameters of network.layers.forward.\n",
    ) == (run.returncode, run.stdout), run.stderr


HOOKED = """
from typing import TypeVar
from shapedmat.checking import install_import_hook
install_import_hook("shapedmat")
import jaxtyping
import numpy as np
from shapedmat import Matrix, shapechecked

N = TypeVar("N", bound=int)

@shapechecked
def both(x: Matrix[np.float32, N, int], y: Matrix[np.float32, N, int]) -> None: ...

both(Matrix.zeros(2, 3), Matrix.zeros(2, 4))
try:
    both(Matrix.zeros(2, 3), Matrix.zeros(3, 3))
except jaxtyping.TypeCheckError as error:
    print(str(error).splitlines()[-1])
"""


def test_hook_on_this_package_keeps_names_bound() -> None:
    """Where this package is imported under the hook itself, names still bind across the arguments of a call."""
    root = Path(__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", HOOKED], capture_output=True, text=True, check=False, cwd=root)
    assert (0, "N=2\n") == (run.returncode, run.stdout), run.stderr
