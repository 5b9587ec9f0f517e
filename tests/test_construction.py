"""Every way to make a matrix: shapes and types by class and by argument, seeds, distributions, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from shapedmat import DTypeError, Matrix, ShapeError
from shapedmat.backends import Backend

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Three: TypeAlias = Matrix[np.float64, Literal[2], Literal[3]]
Square: TypeAlias = Matrix[np.float64, Literal[3], Literal[3]]

FILLED = ["zeros", "ones"]
DRAWN = ["random", "normal", "uniform", "xavier", "he"]


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_shape_and_type_of_class(backend: Backend, name: str) -> None:
    """Without arguments, shape and element type are the class's."""
    matrix = getattr(Three, name)()
    assert ((2, 3), np.float64) == (matrix.shape, matrix.dtype)


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_shape_of_arguments(backend: Backend, name: str) -> None:
    """With rows and columns, the element type is float32."""
    matrix = getattr(Matrix, name)(2, 3)
    assert ((2, 3), np.float32) == (matrix.shape, matrix.dtype)


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_shape_and_type_of_arguments(backend: Backend, name: str) -> None:
    """With rows, columns and an element type, the matrix has these."""
    matrix = getattr(Matrix, name)(2, 3, dtype=np.float64)
    assert ((2, 3), np.float64) == (matrix.shape, matrix.dtype)


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_other_shape_than_the_class(name: str) -> None:
    """Arguments that contradict the class's shape are refused."""
    with pytest.raises(ShapeError, match=r"^Matrix\[float64, 2, 3\] cannot hold shape \(2, 4\)$"):
        getattr(Three, name)(2, 4)


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_other_type_than_the_class(name: str) -> None:
    """An element type that contradicts the class's is refused."""
    with pytest.raises(DTypeError, match=r"^Matrix\[float64, 2, 3\] cannot hold float32: convert with"):
        getattr(Three, name)(2, 3, dtype=np.float32)


@pytest.mark.parametrize("name", [*FILLED, *DRAWN])
def test_class_without_sizes(name: str) -> None:
    """A class that leaves sizes open needs them as arguments."""
    with pytest.raises(
        ShapeError,
        match=r"^Matrix does not say how many rows to make: give Literal sizes, or pass the rows and columns$",
    ):
        getattr(Matrix, name)()


@pytest.mark.parametrize(("name", "value"), [("zeros", 0), ("ones", 1)])
def test_values(backend: Backend, name: str, value: int) -> None:
    """Zeros and ones hold them."""
    assert [[value] * 3] * 2 == getattr(Matrix, name)(2, 3).numpy().tolist()


@pytest.mark.parametrize(
    "matrix", [Three.full(7), Matrix.full(2, 3, 7), Matrix.full(2, 3, 7, dtype=np.int32)], ids=repr
)
def test_full(matrix: AnyMatrix) -> None:
    """A value is everywhere, by each of the three signatures."""
    assert [[7] * 3] * 2 == matrix.numpy().tolist()


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (Square.eye(), np.eye(3)),
        (Three.eye(), np.eye(2, 3)),
        (Matrix.eye(2), np.eye(2, dtype=np.float32)),
        (Matrix.eye(2, dtype=np.int32), np.eye(2, dtype=np.int32)),
    ],
    ids=repr,
)
def test_eye(matrix: AnyMatrix, expected: NDArray[Any]) -> None:
    """There are ones on the diagonal alone, by each of the three signatures."""
    assert (expected.tolist(), expected.dtype) == (matrix.numpy().tolist(), matrix.dtype)


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_empty(name: str, shape: tuple[int, int]) -> None:
    """A matrix can have no rows, or no columns."""
    assert shape == getattr(Matrix, name)(*shape).shape


@pytest.mark.parametrize("sizes", [(-1, 2), (2, -1), (2.0, 3), ("2", 3)])
def test_no_sizes(sizes: tuple[Any, Any]) -> None:
    """Sizes are integers that are not negative."""
    with pytest.raises(ShapeError, match=r"^cannot make a matrix of shape \(.*\): sizes are integers, 0 or more$"):
        Matrix.zeros(*sizes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda matrix: matrix.zeros(2),
            "Matrix.zeros takes rows and cols, or neither where the class gives them, not 1 arguments",
        ),
        (
            lambda matrix: matrix.random(2, 3, 4, 5),
            "Matrix.random takes rows and cols, or neither where the class gives them, not 4 arguments",
        ),
        (
            lambda matrix: matrix.full(2, 3),
            "Matrix.full takes one value, after rows and cols if they are given, not (2, 3)",
        ),
        (
            lambda matrix: matrix.eye(2, 3),
            "Matrix.eye takes one size, or none where the class gives it, not (2, 3)",
        ),
        (lambda matrix: matrix.full(), "Matrix.full takes one value, after rows and cols if they are given, not ()"),
    ],
)
def test_wrong_arguments(call: Callable[[Any], Any], message: str) -> None:
    """Too few or too many arguments are refused with what was wanted."""
    with pytest.raises(TypeError) as caught:
        call(Matrix)
    assert message == str(caught.value)


# --- drawn at random --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWN)
def test_seed(backend: Backend, name: str) -> None:
    """A seed gives the same numbers again."""
    draw = getattr(Matrix, name)
    assert draw(4, 5, 1).numpy().tolist() == draw(4, 5, 1).numpy().tolist()


@pytest.mark.parametrize("name", DRAWN)
def test_other_seed(name: str) -> None:
    """Another seed gives other numbers."""
    draw = getattr(Matrix, name)
    assert draw(4, 5, 1).numpy().tolist() != draw(4, 5, 2).numpy().tolist()


@pytest.mark.parametrize("name", DRAWN)
def test_seed_on_both_types(name: str) -> None:
    """A seed gives the same numbers in float32 and float64, up to rounding."""
    draw = getattr(Matrix, name)
    assert draw(4, 5, 1, dtype=np.float64).astype(np.float32).allclose(draw(4, 5, 1), rtol=0, atol=0)


@pytest.mark.parametrize("name", DRAWN)
def test_seed_by_name(name: str) -> None:
    """A seed can be given by name, and to the class with its own shape."""
    by_class = getattr(Three, name)
    assert by_class(7).allclose(by_class(seed=7), rtol=0, atol=0)


@pytest.mark.parametrize("name", DRAWN)
def test_generator(name: str) -> None:
    """A generator goes on where it stood, and starts where its seed starts."""
    generator = np.random.default_rng(3)
    draw = getattr(Matrix, name)
    first, second = draw(2, 2, generator), draw(2, 2, generator)
    assert (True, False) == (first.allclose(draw(2, 2, 3)), first.allclose(second))


def moments(matrix: AnyMatrix) -> tuple[float, float]:
    """Return the mean and the variance of all elements."""
    array = matrix.numpy()
    return float(array.mean()), float(array.var())


# The mean of 40,000 draws has a standard error of 1/200 of the deviation: five of them are allowed.
@pytest.mark.parametrize(
    ("matrix", "mean", "variance"),
    [
        (Matrix.random(200, 200, 0), 0.5, 1 / 12),
        (Matrix.uniform(200, 200, 0), 0, 1 / 3),
        (Matrix.uniform(200, 200, 0, low=2, high=5), 3.5, 9 / 12),
        (Matrix.normal(200, 200, 0), 0, 1),
        (Matrix.normal(200, 200, 0, mean=3, std=2), 3, 4),
        (Matrix.he(100, 400, 0), 0, 2 / 400),
        (Matrix.xavier(100, 400, 0), 0, 6 / 500 / 3),
        (Matrix.xavier(100, 400, 0, gain=2), 0, 4 * 6 / 500 / 3),
    ],
    ids=repr,
)
def test_moments(matrix: AnyMatrix, mean: float, variance: float) -> None:
    """The mean and the variance are those of the distribution."""
    expected: Any = pytest.approx(mean, abs=math.sqrt(variance) / 40), pytest.approx(variance, rel=0.05)
    assert expected == moments(matrix)


@pytest.mark.parametrize(
    ("matrix", "low", "high"),
    [
        (Matrix.random(200, 200, 0), 0, 1),
        (Matrix.uniform(200, 200, 0, low=2, high=5), 2, 5),
        (Matrix.xavier(100, 400, 0), -math.sqrt(6 / 500), math.sqrt(6 / 500)),
        (Matrix.xavier(100, 400, 0, gain=2), -2 * math.sqrt(6 / 500), 2 * math.sqrt(6 / 500)),
    ],
    ids=repr,
)
def test_limits(matrix: AnyMatrix, low: float, high: float) -> None:
    """The numbers fill the interval and stay in it."""
    reach = (high - low) / 1000
    assert low <= matrix.min() < low + reach < high - reach < matrix.max() <= np.float32(high)


@pytest.mark.parametrize("name", DRAWN)
def test_draw_nothing(name: str) -> None:
    """No numbers can be drawn, too."""
    assert (0, 0) == getattr(Matrix, name)(0, 0, 1).shape


# --- from numbers -----------------------------------------------------------------------------------------------------


def test_from_rows(backend: Backend) -> None:
    """Rows of numbers make a matrix of float32."""
    matrix = Matrix.from_rows([[1, 2.5], [3, 4]])
    assert ([[1, 2.5], [3, 4]], np.dtype(np.float32)) == (matrix.numpy().tolist(), matrix.dtype)


def test_from_rows_of_class() -> None:
    """The class says the element type."""
    assert np.float64 == Three.from_rows([[1, 2, 3], [4, 5, 6]]).dtype


def test_from_rows_of_argument() -> None:
    """An argument says the element type."""
    assert np.int32 == Matrix.from_rows([[1, 2]], dtype=np.int32).dtype


@pytest.mark.parametrize(("rows", "shape"), [([], (0, 0)), ([[]], (1, 0)), ([[], []], (2, 0))])
def test_from_no_rows(rows: list[list[float]], shape: tuple[int, int]) -> None:
    """There may be no rows, or nothing in them."""
    assert shape == Matrix.from_rows(rows).shape


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [["1", "2"]], [["one"]], [[1, None]], [[1j]], [[object()]]])
def test_from_bad_rows(rows: Any) -> None:
    """Rows of several lengths, and of what are no numbers, are refused."""
    with pytest.raises(
        ShapeError, match=r"^cannot make a matrix of these rows: they must be numbers, as many in each row$"
    ):
        Matrix.from_rows(rows)


@pytest.mark.parametrize(("rows", "shape"), [([1, 2], "(2,)"), (3, "()"), ([[[1]]], "(1, 1, 1)")])
def test_from_no_matrix(rows: Any, shape: str) -> None:
    """What has not two axes is refused."""
    with pytest.raises(ShapeError) as caught:
        Matrix.from_rows(rows)
    assert f"cannot make a matrix of an array of shape {shape}: rows of numbers are wanted" == str(caught.value)


def test_from_rows_of_other_shape() -> None:
    """Rows that contradict the class's shape are refused."""
    with pytest.raises(ShapeError, match=r"^Matrix\[float64, 2, 3\] cannot hold shape \(1, 2\)$"):
        Three.from_rows([[1, 2]])


def test_from_array_shares_memory() -> None:
    """A matrix over an array writes into it."""
    array = np.zeros((2, 3))
    matrix = Three.from_array(array)
    matrix += 1
    assert [[1, 1, 1]] * 2 == array.tolist()


@pytest.mark.parametrize("make", [Matrix.from_array, Three.from_array, Matrix, Three, Matrix.from_dlpack])
def test_makers_from_arrays(make: Callable[[Any], AnyMatrix]) -> None:
    """All that make a matrix over an array share its memory."""
    array = np.zeros((2, 3))
    assert np.shares_memory(array, make(array).numpy())


@pytest.mark.parametrize("make", [Three.from_array, Three, Three.from_dlpack])
def test_array_of_other_shape(make: Callable[[Any], AnyMatrix]) -> None:
    """An array that contradicts the class's shape is refused."""
    with pytest.raises(ShapeError, match=r"^Matrix\[float64, 2, 3\] cannot hold shape \(3, 2\)$"):
        make(np.zeros((3, 2)))


@pytest.mark.parametrize("make", [Three.from_array, Three, Three.from_dlpack])
def test_array_of_other_type(make: Callable[[Any], AnyMatrix]) -> None:
    """An array that contradicts the class's element type is refused."""
    with pytest.raises(
        DTypeError, match=r"^Matrix\[float64, 2, 3\] cannot hold float32: convert with .astype\(np.float64\)$"
    ):
        make(np.zeros((2, 3), np.float32))


@pytest.mark.parametrize("dtype", [None, np.float64, np.int32])
def test_one_hot(backend: Backend, dtype: Any) -> None:
    """Each label has a column with a 1 in its row."""
    expected = np.zeros((3, 2), dtype or np.float32)
    expected[[2, 0], [0, 1]] = 1
    matrix: AnyMatrix = Matrix.one_hot([2, 0], 3, dtype=dtype)
    assert (expected.tolist(), expected.dtype) == (matrix.numpy().tolist(), matrix.dtype)


def test_one_hot_of_class() -> None:
    """The class says the number of classes."""
    assert (3, 3) == Square.one_hot(np.array([0, 1, 2], np.uint8)).shape


def test_one_hot_of_nothing() -> None:
    """No labels have no columns."""
    assert (3, 0) == Matrix.one_hot([], 3).shape


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "cannot one-hot encode the label 3 in 3 classes: labels are 0 to 2"),
        ([-1, 5], "cannot one-hot encode the label -1 in 3 classes: labels are 0 to 2"),
        ([0.5], "one_hot takes a row of integers, not float64 of shape (1,)"),
        ([[0]], "one_hot takes a row of integers, not int64 of shape (1, 1)"),
        ([True], "one_hot takes a row of integers, not bool of shape (1,)"),
    ],
)
def test_no_labels(unchecked: None, labels: Any, message: str) -> None:
    """Labels are a row of integers below the number of classes."""
    with pytest.raises(ShapeError) as caught:
        Matrix.one_hot(labels, 3)
    assert message == str(caught.value)


def test_one_hot_without_classes() -> None:
    """The number of classes must be given."""
    with pytest.raises(ShapeError, match="does not say how many rows"):
        Matrix.one_hot([1])


@pytest.mark.parametrize("values", [[2, 3], np.array([2, 3]), np.array([[2], [3]]), np.array([[2, 3]])])
def test_diagonal(backend: Backend, values: Any) -> None:
    """The values, a row or a column, are on the diagonal."""
    assert [[2, 0], [0, 3]] == Matrix.diagonal(values).numpy().tolist()


def test_no_diagonal() -> None:
    """A matrix is no diagonal."""
    with pytest.raises(ShapeError, match=r"^cannot make a diagonal of \(2, 3\): a row or a column is wanted$"):
        Matrix.diagonal(np.zeros((2, 3)))


def test_two_seeds() -> None:
    """A seed is given once, behind the sizes or by name."""
    call: Any = Matrix.random
    with pytest.raises(TypeError, match=r"^Matrix\.random takes one seed, not 5 and 3$"):
        call(5, seed=3)
