"""``Matrix[...]`` when a program runs: which matrices are its instances, and what a subscript may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, Optional, TypeVar

import jaxtyping
import numpy as np
import pytest
from jaxtyping import Float32, Int

from shapedmat import Matrix, shapechecked

N = TypeVar("N", bound=int)
D = TypeVar("D", bound=np.generic)

m23 = Matrix.zeros(2, 3)
Real = TypeVar("Real", bound=np.floating[Any])
Whole = TypeVar("Whole", bound=np.integer)
subscripted: Any = Matrix  # to a type checker, a subscript of Matrix itself is an annotation


@pytest.mark.parametrize(
    "arguments",
    [
        (np.float32, Literal[2], Literal[3]),
        (np.float32, 2, 3),
        (np.float32, int, int),
        (np.float32, Any, Literal[3]),
        (Any, 2, 3),
        (Any, Any, Any),
        (D, Literal[2], Any),
        (np.generic, 2, 3),
        (np.floating, 2, 3),
        (Real, 2, 3),
        (np.float32, N, 3),
    ],
)
def test_instance(arguments: tuple[Any, ...]) -> None:
    """A matrix is an instance where its element type and sizes are what is asked for, or anything will do."""
    assert isinstance(m23, subscripted[arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        (np.float64, Literal[2], Literal[3]),
        (np.float32, Literal[3], Literal[2]),
        (np.float32, 2, 4),
        (Any, 0, Any),
        (np.int32, Any, Any),
        (np.integer, Any, Any),
        (Whole, Any, Any),
        (np.float32, N, N),
    ],
)
def test_no_instance(arguments: tuple[Any, ...]) -> None:
    """A matrix is no instance where its element type or a size differs, or one name would stand for two sizes."""
    assert not isinstance(m23, subscripted[arguments])


@pytest.mark.parametrize("value", [np.zeros((2, 3), np.float32), [[0]], None, 1])
def test_only_matrices(value: object) -> None:
    """What is not a Matrix is no instance."""
    assert not isinstance(value, subscripted[Any, Any, Any])


def test_classes_are_cached() -> None:
    """The same arguments give the same class."""
    assert subscripted[np.float32, Literal[2], N] is subscripted[np.float32, Literal[2], N]


def test_classes_differ() -> None:
    """Other arguments give another class."""
    assert subscripted[np.float32, 2, 3] is not subscripted[np.float32, 3, 2]


def test_subclass() -> None:
    """The classes derive from Matrix."""
    assert issubclass(subscripted[np.float32, 2, 3], Matrix)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((np.float32, Literal[2], Literal[3]), "Matrix[float32, 2, 3]"),
        ((np.float64, 2, N), "Matrix[float64, 2, N]"),
        ((Any, int, 3), "Matrix[Any, int, 3]"),
        ((Any, Any, Any), "Matrix"),
    ],
)
def test_repr(arguments: tuple[Any, ...], expected: str) -> None:
    """A class shows its element type and sizes."""
    assert expected == repr(subscripted[arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.float32,), "Matrix takes an element type, rows and columns, not 1 arguments"),
        ((np.float32, 2), "Matrix takes an element type, rows and columns, not 2 arguments"),
        ((np.float32, 2, 3, 4), "Matrix takes an element type, rows and columns, not 4 arguments"),
        ((float, 2, 3), "the element type of a Matrix is a NumPy scalar type such as np.float32, not <class 'float'>"),
        (("float32", 2, 3), "the element type of a Matrix is a NumPy scalar type such as np.float32, not 'float32'"),
        ((np.float16, 2, 3), "a matrix cannot hold float16: use float32, float64, an integer type or bool"),
        ((np.float32, -2, 3), "a size of a Matrix is Literal[5], a TypeVar, int or Any, not -2"),
        ((np.float32, 2, 3.0), "a size of a Matrix is Literal[5], a TypeVar, int or Any, not 3.0"),
        ((np.float32, "n", 3), "a size of a Matrix is Literal[5], a TypeVar, int or Any, not 'n'"),
        ((np.float32, str, 3), "a size of a Matrix is Literal[5], a TypeVar, int or Any, not <class 'str'>"),
        (
            (np.float32, Literal[1, 2], 3),
            "a size of a Matrix is Literal[5], a TypeVar, int or Any, not typing.Literal[1, 2]",
        ),
        ((np.float32, Literal["a"], 3), "a size of a Matrix is Literal[5], a TypeVar, int or Any, not 'a'"),
    ],
)
def test_wrong_arguments(arguments: tuple[Any, ...], message: str) -> None:
    """A subscript that is not an element type and two sizes is refused with what was wanted."""
    with pytest.raises(TypeError) as caught:
        subscripted[arguments]
    assert message == str(caught.value)


def test_true_is_no_size() -> None:
    """True is not taken for 1, whichever is asked for first."""
    assert "Matrix[float32, 1, 1]" == repr(subscripted[np.float32, 1, 1])
    with pytest.raises(TypeError, match=r"not True$"):
        subscripted[np.float32, True, 1]


def test_jaxtyping_accepts() -> None:
    """The annotations of jaxtyping take a Matrix for their array."""
    annotation: Any = Float32[Matrix, "b 3"]
    assert isinstance(m23, annotation)


@pytest.mark.parametrize("annotation", [Float32[Matrix, "b 4"], Float32[Matrix, "b b"], Int[Matrix, "2 3"]])
def test_jaxtyping_refuses(annotation: Any) -> None:
    """The annotations of jaxtyping check element type and shape."""
    assert not isinstance(m23, annotation)


# --- inside other annotations -----------------------------------------------------------------------------------------


@shapechecked
def in_list(matrices: list[Matrix[np.float32, Literal[2], Literal[3]]]) -> None:
    """Take a list of matrices."""


@shapechecked
def in_union(matrix: Matrix[np.float32, Literal[2], Literal[3]] | Matrix[np.float64, Literal[1], Literal[1]]) -> None:
    """Take a matrix of one of two shapes."""


@shapechecked
def in_optional(matrix: Optional[Matrix[np.float32, Literal[2], Literal[3]]]) -> None:  # noqa: UP045  # tested here
    """Take a matrix or nothing."""


@shapechecked
def with_jaxtyping(matrix: Float32[Matrix[Any, Any, Any], "b 3"]) -> None:
    """Take a matrix with three columns."""


@shapechecked
@dataclass
class Layer:
    """Hold a matrix."""

    weights: Matrix[np.float32, Literal[2], Literal[3]]


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (in_list, [m23, m23]),
        (in_union, m23),
        (in_union, Matrix.zeros(1, 1, dtype=np.float64)),
        (in_optional, m23),
        (in_optional, None),
        (with_jaxtyping, m23),
        (Layer, m23),
    ],
)
def test_fitting_argument(function: Any, argument: Any) -> None:
    """A matrix that fits passes where the class is part of another annotation."""
    function(argument)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (in_list, [m23.T, m23.T]),
        (in_union, m23.T),
        (in_optional, m23.T),
        (with_jaxtyping, m23.T),
        (Layer, m23.T),
    ],
)
def test_wrong_argument(function: Any, argument: Any) -> None:
    """A matrix that does not fit is refused where the class is part of another annotation."""
    with pytest.raises(jaxtyping.TypeCheckError, match=re.escape("Matrix[float32, 3, 2]")):
        function(argument)
