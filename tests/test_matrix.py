"""Matrix: each method and operator against plain NumPy, what is shared and what is copied, and the words of errors."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import shapedmat
from shapedmat import DeviceError, DTypeError, Matrix, ShapeError, functions, shapechecked, sigmoid
from shapedmat.backends import Backend

Array: TypeAlias = NDArray[Any]
AnyMatrix: TypeAlias = Matrix[Any, Any, Any]

A = np.array([[1, -2, 3], [4, 5, -6]], np.float32)
B = np.array([[0.5, 2, -1], [8, -4, 1]], np.float32)
COLUMN = np.array([[2], [4]], np.float32)
ROW = np.array([[1, 2, 4]], np.float32)
ONE = np.array([[4]], np.float32)

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv]
IN_PLACE: list[Callable[..., Any]] = [operator.iadd, operator.isub, operator.imul, operator.itruediv]
iadd, isub, imul, itruediv = IN_PLACE
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def on(backend: Backend, array: Array) -> AnyMatrix:
    """Return a matrix of a copy of the array, where the backend computes."""
    return Matrix.from_array(array.copy()).to(backend.device_type)


def same(expected: Array, actual: AnyMatrix) -> bool:
    """Tell whether a matrix is an array in shape, element type and, up to rounding, elements."""
    array = actual.numpy()
    return expected.shape == array.shape and expected.dtype == array.dtype and np.allclose(expected, array, rtol=1e-6)


# --- operators --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [B, COLUMN, ROW, ONE], ids=["same", "column", "row", "one"])
@pytest.mark.parametrize("function", ARITHMETIC + COMPARISONS)
def test_operator(backend: Backend, function: Callable[..., Any], other: Array) -> None:
    """An operator of two matrices, where columns, rows and single elements broadcast, is that of two arrays."""
    assert same(function(A, other), function(on(backend, A), on(backend, other)))


@pytest.mark.parametrize("other", [COLUMN, ROW, ONE], ids=["column", "row", "one"])
@pytest.mark.parametrize("function", ARITHMETIC + COMPARISONS)
def test_operator_broadcasts_left(backend: Backend, function: Callable[..., Any], other: Array) -> None:
    """The left operand broadcasts as the right one does."""
    assert same(function(other, A), function(on(backend, other), on(backend, A)))


@pytest.mark.parametrize("function", ARITHMETIC + COMPARISONS)
def test_column_with_row(backend: Backend, function: Callable[..., Any]) -> None:
    """A column and a row make a matrix."""
    assert same(function(COLUMN, ROW), function(on(backend, COLUMN), on(backend, ROW)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [2, 2.5, True, np.float32(2.5), np.float64(2.5), np.int64(2), np.True_])
@pytest.mark.parametrize("function", ARITHMETIC)
def test_number_on_the_right(backend: Backend, function: Callable[..., Any], number: Any, dtype: Any) -> None:
    """A number of Python or NumPy on the right leaves the element type."""
    assert same(function(A.astype(dtype), float(number)), function(on(backend, A.astype(dtype)), number))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [2, 2.5, True, np.float32(2.5), np.float64(2.5), np.int64(2), np.True_])
@pytest.mark.parametrize("function", ARITHMETIC)
def test_number_on_the_left(backend: Backend, function: Callable[..., Any], number: Any, dtype: Any) -> None:
    """A number of Python or NumPy on the left gives a matrix, and leaves the element type."""
    assert same(function(float(number), A.astype(dtype)), function(number, on(backend, A.astype(dtype))))


@pytest.mark.parametrize("number", [3, 3.0, np.float32(3), np.int64(3)])
@pytest.mark.parametrize("function", COMPARISONS)
def test_comparison_with_number(backend: Backend, function: Callable[..., Any], number: Any) -> None:
    """Each element is compared with a number."""
    assert same(function(A, float(number)), function(on(backend, A), number))


@pytest.mark.parametrize("number", [3, 3.0, np.float32(3), np.int64(3)])
@pytest.mark.parametrize("function", COMPARISONS)
def test_comparison_of_number(backend: Backend, function: Callable[..., Any], number: Any) -> None:
    """A number is compared with each element."""
    assert same(function(float(number), A), function(number, on(backend, A)))


def test_integers_stay_integers(backend: Backend) -> None:
    """Integers and an integer give integers of their type."""
    assert same(np.array([[3, 5]], np.int32), on(backend, np.array([[1, 2]], np.int32)) * 2 + 1)


def test_comparison_of_booleans(backend: Backend) -> None:
    """Booleans can be compared."""
    truths = on(backend, np.array([[True, False]]))
    assert same(np.array([[True, False]]), truths == True)  # noqa: E712  # element by element


@pytest.mark.parametrize("other", [None, "text", object()])
def test_equals_nothing_foreign(other: object) -> None:
    """A matrix equals nothing that is neither a matrix, a number nor an array."""
    matrix: Any = Matrix.zeros(1, 1)
    assert (False, True) == (matrix == other, matrix != other)


@pytest.mark.parametrize("function", [*ARITHMETIC, operator.matmul, operator.pow])
def test_foreign_operand(unchecked: None, function: Callable[..., Any]) -> None:
    """An operator gives way to what it does not know, which then makes Python raise."""
    with pytest.raises(TypeError, match="unsupported operand type"):
        function(Matrix.zeros(2, 3), object())


def test_minus_plus_absolute(backend: Backend) -> None:
    """The signs are those of NumPy."""
    m = on(backend, A)
    assert all(same(expected, actual) for expected, actual in [(-A, -m), (A, +m), (abs(A), abs(m))])


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, 2.0, np.float64(2), np.int64(2)])
def test_power(backend: Backend, exponent: Any) -> None:
    """A power is taken of each element, and its exponent leaves the element type."""
    assert same(A ** float(exponent), on(backend, A) ** exponent)


def test_integer_power(backend: Backend) -> None:
    """Integers to an integer power are integers."""
    assert same(np.array([[1, 8]], np.int32), on(backend, np.array([[1, 2]], np.int32)) ** 3)


@pytest.mark.parametrize("function", IN_PLACE)
@pytest.mark.parametrize("other", [B, COLUMN, ROW, ONE], ids=["same", "column", "row", "one"])
def test_in_place(backend: Backend, function: Callable[..., Any], other: Array) -> None:
    """An operator in place gives what NumPy's gives."""
    assert same(function(A.copy(), other), function(on(backend, A), on(backend, other)))


@pytest.mark.parametrize("function", IN_PLACE)
@pytest.mark.parametrize("number", [2, 2.5, np.float64(2.5)])
def test_in_place_number(backend: Backend, function: Callable[..., Any], number: Any) -> None:
    """A number takes part in place as it does in NumPy, and leaves the element type."""
    assert same(function(A.copy(), float(number)), function(on(backend, A), number))


@pytest.mark.parametrize("function", IN_PLACE)
def test_in_place_keeps_identity(backend: Backend, function: Callable[..., Any]) -> None:
    """An operator in place gives the matrix itself."""
    matrix = on(backend, A)
    assert matrix is function(matrix, on(backend, B))


@pytest.mark.parametrize("function", IN_PLACE)
def test_in_place_keeps_memory(function: Callable[..., Any]) -> None:
    """An operator in place writes into the array that the matrix was made from."""
    array = A.copy()
    function(Matrix.from_array(array), 2)
    assert function(A.copy(), 2).tolist() == array.tolist()


@pytest.mark.parametrize("function", IN_PLACE)
def test_in_place_with_its_transpose(backend: Backend, function: Callable[..., Any]) -> None:
    """An operand that shares the memory is read as it was before."""
    square = np.array([[1, 2], [3, 4]], np.float32)
    matrix = on(backend, square)
    assert same(function(square.copy(), square.T.copy()), function(matrix, matrix.T))


@pytest.mark.parametrize("function", IN_PLACE)
def test_in_place_cannot_grow(function: Callable[..., Any]) -> None:
    """An operator in place refuses an operand that would broadcast the matrix."""
    with pytest.raises(ShapeError, match="in place: sizes 3 and 1 on axis -1 differ"):
        function(Matrix.from_array(COLUMN.copy()), Matrix.from_array(A))


def test_in_place_refuses_arrays() -> None:
    """An operator in place refuses an array, of which Python would make an array in the matrix's place."""
    matrix: Any = Matrix.zeros(2, 3)
    with pytest.raises(TypeError, match=r"^cannot subtract ndarray in place: a Matrix or a number is wanted$"):
        matrix -= A


# --- products ---------------------------------------------------------------------------------------------------------


@given(rows=st.integers(0, 6), inner=st.integers(0, 6), cols=st.integers(0, 6))
def test_product(backend: Backend, rows: int, inner: int, cols: int) -> None:
    """A product of matrices is that of arrays."""
    random = np.random.default_rng(0)
    a, b = random.integers(-9, 9, (rows, inner)).astype(float), random.integers(-9, 9, (inner, cols)).astype(float)
    assert same(a @ b, on(backend, a) @ on(backend, b))


@pytest.mark.parametrize("name", ["numpy", "numba", None])
def test_matmul_takes_a_backend(name: str | None) -> None:
    """The method gives what the operator gives, by any backend."""
    a, b = Matrix.from_array(A), Matrix.from_array(B.T)
    assert same(A @ B.T, a.matmul(b, backend=name))


def test_product_of_integers(backend: Backend) -> None:
    """A product of integers is exact."""
    a = np.array([[3, 4]], np.int64)
    assert same(np.array([[25]], np.int64), on(backend, a) @ on(backend, a).T)


def test_outer(backend: Backend) -> None:
    """The outer product of a column and a row is that of their elements."""
    assert same(np.outer(COLUMN, ROW), on(backend, COLUMN).outer(on(backend, ROW)))


def test_hadamard(backend: Backend) -> None:
    """The Hadamard product is element by element."""
    assert same(A * B, on(backend, A).hadamard(on(backend, B)))


# --- functions --------------------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sigmoid_derivative": lambda a: a * (1 - a),
    "tanh": np.tanh,
    "tanh_derivative": lambda a: 1 - a**2,
    "relu": lambda x: np.maximum(x, 0),
    "relu_derivative": lambda a: (a > 0).astype(a.dtype),
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
}


def test_every_function_is_tested() -> None:
    """Each function of the module has a reference here."""
    assert sorted(FUNCTIONS) == sorted(
        name for name, each in vars(functions).items() if isinstance(each, functions.Function)
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(backend: Backend, name: str) -> None:
    """A function of a matrix is NumPy's of the array."""
    assert same(FUNCTIONS[name](abs(A)), getattr(shapedmat, name)(on(backend, abs(A))))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_apply_takes_functions(backend: Backend, name: str) -> None:
    """`apply` with one of shapedmat's functions computes that function."""
    function = getattr(shapedmat, name)
    assert same(function(on(backend, abs(A))).numpy(), on(backend, abs(A)).apply(function))


def test_apply_takes_python_functions() -> None:
    """`apply` with a function of Python calls it with each element."""
    assert same(np.where(A > 2, 1, A), Matrix.from_array(A).apply(lambda element: 1 if element > 2 else element))


@pytest.mark.parametrize("axis", [0, 1])
def test_softmax(backend: Backend, axis: Any) -> None:
    """Softmax along an axis sums to 1."""
    assert same(np.exp(A) / np.exp(A).sum(axis, keepdims=True), shapedmat.softmax(on(backend, A), axis))


def test_softmax_of_columns(backend: Backend) -> None:
    """By default, softmax takes each column for a sample."""
    assert same(shapedmat.softmax(on(backend, A), 0).numpy(), shapedmat.softmax(on(backend, A)))


# --- reductions -------------------------------------------------------------------------------------------------------

REDUCTIONS = ["sum", "mean", "max", "min", "argmax", "argmin", "all", "any"]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction_along_axis(backend: Backend, name: str, axis: int) -> None:
    """A reduction along an axis is a row or a column."""
    assert same(getattr(A, name)(axis=axis, keepdims=True), getattr(on(backend, A), name)(axis))


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction_of_everything(backend: Backend, name: str) -> None:
    """A reduction over everything is a number."""
    assert getattr(A, name)() == pytest.approx(getattr(on(backend, A), name)())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, np.float32) for name in ("sum", "mean", "max", "min", "norm")),
        *(("argmax", int), ("argmin", int), ("all", bool), ("any", bool)),
    ],
)
def test_type_of_reduction(backend: Backend, name: str, expected: type) -> None:
    """Sums and extrema are of the element type, places are ints and truths bools."""
    assert expected is type(getattr(on(backend, A), name)())


def test_norm(backend: Backend) -> None:
    """The norm is the root of the sum of squares."""
    assert np.linalg.norm(A) == pytest.approx(on(backend, A).norm())


@pytest.mark.parametrize(("name", "expected"), [("sum", 0.0), ("all", True), ("any", False), ("norm", 0.0)])
def test_reduction_of_nothing(backend: Backend, name: str, expected: float) -> None:
    """What has a value for no elements gives it."""
    assert expected == getattr(on(backend, np.zeros((0, 3))), name)()


@pytest.mark.parametrize("name", ["mean", "max", "min", "argmax", "argmin"])
def test_reduction_without_value(name: str) -> None:
    """What has no value for no elements refuses."""
    with pytest.raises(ShapeError, match=r"\(0, 3\) over axis 0: its size is 0$"):
        getattr(Matrix.zeros(0, 3), name)()


@pytest.mark.parametrize("name", ["mean", "max", "min", "argmax", "argmin"])
def test_reduction_to_nothing(backend: Backend, name: str) -> None:
    """Along an axis that is not empty, no rows reduce to no elements."""
    assert (0, 1) == getattr(on(backend, np.zeros((0, 3))), name)(1).shape


# --- shape ------------------------------------------------------------------------------------------------------------


def test_sizes() -> None:
    """The sizes are those of the array."""
    m = Matrix.zeros(2, 3)
    assert ((2, 3), 2, 3, 6, 2, 2) == (m.shape, m.rows, m.cols, m.size, m.ndim, len(m))


def test_transpose(backend: Backend) -> None:
    """The transpose has rows and columns swapped."""
    assert all(same(A.T, transposed) for transposed in (on(backend, A).T, on(backend, A).transpose()))


@pytest.mark.parametrize("shape", [(3, 2), (1, 6), (6, -1), (-1, 6)])
def test_reshape(backend: Backend, shape: tuple[int, int]) -> None:
    """A reshape keeps the elements in the order of rows."""
    assert same(A.reshape(shape), on(backend, A).reshape(*shape))


def test_stacks(backend: Backend) -> None:
    """Matrices are set side by side, or one below the other."""
    m = on(backend, A)
    assert all(
        same(expected, actual)
        for expected, actual in [
            (np.hstack([A, COLUMN, A]), m.hstack(on(backend, COLUMN), m)),
            (np.vstack([A, ROW, A]), Matrix.vstack(m, on(backend, ROW), m)),
        ]
    )


def test_row_and_column(backend: Backend) -> None:
    """A row has one row, and a column one column; negative places count from the end."""
    m = on(backend, A)
    assert all(
        same(expected, actual)
        for expected, actual in [(A[:1], m.row(0)), (A[-1:], m.row(-1)), (A[:, 1:2], m.col(1)), (A[:, -1:], m.col(-1))]
    )


def test_iteration(backend: Backend) -> None:
    """Iteration gives the rows."""
    assert [[row.tolist()] for row in A] == [row.numpy().tolist() for row in on(backend, A)]


def test_distances(backend: Backend) -> None:
    """Differences and distances from a point are those of each row."""
    m, point = on(backend, A), on(backend, ROW)
    norms = np.linalg.norm(A - ROW, axis=1, keepdims=True)
    assert all(
        same(expected, actual)
        for expected, actual in [
            (A - ROW, m.differences(point)),
            (norms, m.distances(point)),
            (norms, m.differences(point).row_norms()),
        ]
    )


# --- indexing ---------------------------------------------------------------------------------------------------------

places = st.integers(-4, 3)
slices = st.builds(
    slice,
    st.none() | st.integers(-6, 6),
    st.none() | st.integers(-6, 6),
    st.none() | st.integers(-3, 3).filter(bool),
)
lists = st.lists(places, max_size=5) | st.lists(st.booleans(), min_size=4, max_size=4)
arrays = st.lists(places, max_size=5).map(lambda each: np.array(each, np.intp))
keys = (
    st.tuples(places, places)
    | places
    | slices
    | lists
    | arrays
    | st.tuples(slices | places, slices | places)
    | st.tuples(lists | arrays, slices | places)
    | st.tuples(slices | places, lists | arrays)
)


def expected_at(array: Array, key: Any) -> Array:
    """Return what a matrix should give at a key: NumPy's elements, with both axes kept."""
    for axis, entry in enumerate(key if isinstance(key, tuple) else [key]):
        if isinstance(entry, slice | np.ndarray):
            places: Any = entry
        elif isinstance(entry, int):
            places = [entry]
        else:
            places = np.array(entry, None if entry else np.intp)
        array = array[places] if axis == 0 else array[:, places]
    return array


@given(key=keys)
def test_index(backend: Backend, key: Any) -> None:
    """An index takes the elements that it takes in NumPy, and both axes stay."""
    array = np.arange(16.0).reshape(4, 4)
    taken: Any = on(backend, array)[key]
    assert expected_at(array, key).tolist() == (taken.numpy().tolist() if isinstance(taken, Matrix) else [[taken]])


def test_slice_by_numpy_integers(backend: Backend) -> None:
    """The bounds and the step of a slice may be integers of NumPy, of any type."""
    taken = on(backend, A)[:, np.int64(2) : np.uint8(0) : np.int8(-1)]
    assert A[:, 2:0:-1].tolist() == taken.numpy().tolist()


@given(row=places, col=places)
def test_element(backend: Backend, row: int, col: int) -> None:
    """Two integers take an element of the element type."""
    element = on(backend, A.repeat(2, 0).repeat(2, 1)[:, :4])[row, col]
    assert (np.float32, A.repeat(2, 0).repeat(2, 1)[:, :4][row, col]) == (type(element), element)


@given(key=keys)
def test_assign_number(backend: Backend, key: Any) -> None:
    """A number is written to the elements that the key takes, and to no others."""
    array = np.arange(16.0).reshape(4, 4)
    matrix = on(backend, array)
    matrix[key] = -1
    taken = expected_at(array, key)
    assert np.where(np.isin(array, taken), -1, array).tolist() == matrix.numpy().tolist()


@given(key=keys)
def test_assign_matrix(backend: Backend, key: Any) -> None:
    """A matrix is written to the elements that the key takes, in their order."""
    array = np.arange(16.0).reshape(4, 4)
    matrix = on(backend, array)
    taken = expected_at(array, key)
    matrix[key] = on(backend, -taken)
    assert np.where(np.isin(array, taken), -array, array).tolist() == matrix.numpy().tolist()


def test_assign_broadcasts(backend: Backend) -> None:
    """A row is written to each row."""
    matrix = on(backend, A)
    matrix[:] = on(backend, ROW)
    assert [[1, 2, 4], [1, 2, 4]] == matrix.numpy().tolist()


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda m: m,
        lambda m: m.T,
        lambda m: m.transpose(),
        lambda m: m.reshape(3, 2),
        lambda m: m.row(0),
        lambda m: m.col(0),
        lambda m: m[0],
        lambda m: m[:, ::2],
        lambda m: next(iter(m)),
        lambda m: +m,
        lambda m: m.to("cpu"),
        lambda m: m.synchronize(),
    ],
)
def test_view_shares_memory(view: Callable[[AnyMatrix], AnyMatrix]) -> None:
    """What is documented as a view changes with the matrix."""
    matrix = Matrix.from_array(A.copy())
    assert np.shares_memory(matrix.numpy(), view(matrix).numpy())


@pytest.mark.parametrize(
    "copy",
    [
        lambda m: m.copy(),
        lambda m: m.astype(np.float32),
        lambda m: -m,
        lambda m: m[[0, 1]],
        lambda m: m[:, [True, False, True]],
        lambda m: m.hstack(),
        lambda m: m.apply(float),
        lambda m: Matrix.from_rows(m.numpy()),
    ],
)
def test_copy_has_its_own_memory(copy: Callable[[AnyMatrix], AnyMatrix]) -> None:
    """What is documented as a copy does not change with the matrix."""
    matrix = Matrix.from_array(A.copy())
    assert not np.shares_memory(matrix.numpy(), copy(matrix).numpy())


def test_copy_lies_row_after_row() -> None:
    """A copy of a transpose is contiguous."""
    assert Matrix.from_array(A).T.copy().numpy().flags.c_contiguous


@pytest.mark.parametrize("array", [np.asfortranarray(A), A.T.copy().T, A[::-1], np.repeat(A, 2, 1)[:, ::2]])
def test_any_layout(backend: Backend, array: Array) -> None:
    """An array whose elements do not lie row after row is a matrix like others."""
    assert same(array @ array.T, on(backend, array) @ Matrix.from_array(array.T).to(backend.device_type))


# --- element types ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"])
def test_element_types(dtype: str) -> None:
    """Floating-point numbers of 32 and 64 bits, all integers and booleans can be held."""
    assert np.dtype(dtype) == Matrix.from_array(np.zeros((1, 1), dtype)).dtype


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex64, object, "U1", "M8[s]"])
def test_refused_element_types(dtype: Any) -> None:
    """No other element type can be held."""
    with pytest.raises(DTypeError, match=r"^a matrix cannot hold .*: use float32, float64, an integer type or bool$"):
        Matrix.from_array(np.zeros((1, 1), dtype))


def test_big_endian_arrays(backend: Backend) -> None:
    """An array of the other byte order is held as it is, and what is computed from it has the machine's."""
    other = Matrix.from_array(A.astype(A.dtype.newbyteorder()))
    assert same(A * 2, (other.astype(np.float32).to(backend.device_type)) * 2)


def test_operation_gives_native_order() -> None:
    """What is computed from an array of the other byte order has the machine's."""
    assert same(A * 2, Matrix.from_array(A.astype(A.dtype.newbyteorder())) * 2)


def test_astype(backend: Backend) -> None:
    """A cast rounds towards zero, as NumPy's does."""
    assert same(np.array([[1, -1]], np.int32), on(backend, np.array([[1.7, -1.7]])).astype(np.int32))


def test_numpy_matrix() -> None:
    """A matrix over NumPy's own matrix class multiplies element by element."""
    with pytest.warns(PendingDeprecationWarning):
        array = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    assert [[1.0, 4.0], [9.0, 16.0]] == (Matrix.from_array(array) * Matrix.from_array(array)).numpy().tolist()


def test_masked_array() -> None:
    """A matrix over a masked array sees the elements under the mask."""
    masked: Array = np.ma.masked_array(A, A > 0)
    assert same(A * 2, Matrix.from_array(masked) * 2)


def test_memory_map(tmp_path: Path) -> None:
    """A matrix over a memory map writes into the file."""
    mapped = np.memmap(tmp_path / "numbers", np.float32, "w+", shape=(1, 2))
    matrix = Matrix.from_array(mapped)
    matrix += 1
    mapped.flush()
    assert [1, 1] == np.fromfile(tmp_path / "numbers", np.float32).tolist()


ZEROS = "[0., 0., 0., ..., 0., 0., 0.]"

# --- as Python sees it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (Matrix.from_rows([[1, 2], [3, 4]]), "Matrix[float32, 2, 2]([[1., 2.], [3., 4.]])"),
        (Matrix.from_rows([[1.5, -2]], dtype=np.float64), "Matrix[float64, 1, 2]([[ 1.5, -2. ]])"),
        (Matrix.from_rows([[7]], dtype=np.int32), "Matrix[int32, 1, 1]([[7]])"),
        (Matrix.from_rows([[True], [False]], dtype=np.bool_), "Matrix[bool, 2, 1]([[ True], [False]])"),
        (Matrix.zeros(0, 3), "Matrix[float32, 0, 3]([])"),
        (
            Matrix.zeros(100, 100),
            f"Matrix[float32, 100, 100]([{ZEROS}, {ZEROS}, {ZEROS}, ..., {ZEROS}, {ZEROS}, {ZEROS}])",
        ),
    ],
)
def test_repr(matrix: AnyMatrix, expected: str) -> None:
    """A matrix shows its type and, if there are not too many, its elements."""
    assert expected == repr(matrix)


def test_repr_is_one_line() -> None:
    """The elements of a wide matrix stand on one line."""
    assert "\n" not in repr(Matrix.random(3, 30, 0))


def test_hash() -> None:
    """A matrix cannot be a key, since == is element by element."""
    matrix: Any = Matrix.zeros(1, 1)
    with pytest.raises(TypeError, match=r"^unhashable type: 'Matrix'$"):
        hash(matrix)


def test_no_other_attributes() -> None:
    """A matrix takes no attributes of the user's."""
    matrix: Any = Matrix.zeros(1, 1)
    with pytest.raises(AttributeError):
        matrix.name = "weights"


@pytest.mark.parametrize("other", [A, A + 1e-7])
def test_allclose(other: Array) -> None:
    """Matrices are close where they differ by rounding."""
    assert Matrix.from_array(A).allclose(Matrix.from_array(other))


def test_not_allclose() -> None:
    """Matrices are not close where one element differs by more."""
    assert not Matrix.from_array(A).allclose(Matrix.from_array(B))


def test_allclose_with_tolerance() -> None:
    """The tolerances are the caller's."""
    assert Matrix.zeros(1, 1).allclose(0.5, rtol=0, atol=1)


# --- errors -----------------------------------------------------------------------------------------------------------


def m23() -> Any:
    """Return a matrix of shape (2, 3) that no type checker knows."""
    return Matrix.zeros(2, 3)


def ints() -> Any:
    """Return a matrix of integers."""
    return Matrix.zeros(2, 3, dtype=np.int64)


def assign(matrix: Any, key: Any, value: Any) -> None:
    """Write a value into a matrix."""
    matrix[key] = value


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no array": (lambda: Matrix([1]), TypeError, "a Matrix holds an array, not a list: use Matrix.from_rows"),  # type: ignore[arg-type]  # wrong on purpose
    "3 axes": (
        lambda: Matrix(np.zeros((2, 3, 4))),
        ShapeError,
        "a matrix has 2 axes, not 3 as in (2, 3, 4): reshape the array first",
    ),
    "1 axis": (
        lambda: Matrix.from_array(np.zeros(3)),  # type: ignore[arg-type]  # wrong on purpose
        ShapeError,
        "a matrix has 2 axes, not 1 as in (3,): reshape the array first",
    ),
    "float16": (
        lambda: m23().astype(np.float16),
        DTypeError,
        "a matrix cannot hold float16: use float32, float64, an integer type or bool",
    ),
    "add": (
        lambda: m23() + m23().T,
        ShapeError,
        "cannot add (2, 3) and (3, 2): sizes 3 and 2 on axis -1 differ and neither is 1",
    ),
    "subtract": (
        lambda: m23() - m23().T,
        ShapeError,
        "cannot subtract (3, 2) from (2, 3): sizes 3 and 2 on axis -1 differ and neither is 1",
    ),
    "multiply": (
        lambda: m23() * m23().T,
        ShapeError,
        "cannot multiply (2, 3) by (3, 2): sizes 3 and 2 on axis -1 differ and neither is 1",
    ),
    "divide": (
        lambda: m23() / m23().T,
        ShapeError,
        "cannot divide (2, 3) by (3, 2): sizes 3 and 2 on axis -1 differ and neither is 1",
    ),
    "compare": (
        lambda: m23() == m23().T,
        ShapeError,
        "cannot compare (2, 3) and (3, 2): sizes 3 and 2 on axis -1 differ and neither is 1",
    ),
    "add in place": (
        lambda: iadd(Matrix.zeros(2, 1), m23()),
        ShapeError,
        "cannot add (2, 3) to (2, 1) in place: sizes 3 and 1 on axis -1 differ",
    ),
    "a row to a column in place": (
        lambda: isub(Matrix.zeros(2, 1), Matrix.zeros(1, 2)),
        ShapeError,
        "cannot subtract (1, 2) from (2, 1) in place: sizes 2 and 1 on axis -1 differ",
    ),
    "matmul": (
        lambda: m23() @ m23(),
        ShapeError,
        "cannot multiply (2, 3) by (2, 3): inner dimensions 3 and 2 differ",
    ),
    "hadamard": (
        lambda: m23().hadamard(Matrix.zeros(2, 1)),
        ShapeError,
        "cannot take the Hadamard product of (2, 3) and (2, 1): the shapes differ",
    ),
    "outer": (
        lambda: m23().outer(m23()),
        ShapeError,
        "cannot take the outer product of (2, 3): a row or a column is wanted",
    ),
    "allclose": (
        lambda: m23().allclose(m23().T),
        ShapeError,
        "cannot compare (2, 3) and (3, 2): the shapes differ",
    ),
    "mixed types": (
        lambda: m23() + ints(),
        DTypeError,
        "cannot add float32 and int64: convert one with .astype(np.float32)",
    ),
    "integers and a float": (
        lambda: ints() * 0.5,
        DTypeError,
        "cannot multiply int64 and a float: convert with .astype(np.float64)",
    ),
    "quotient of integers": (
        lambda: ints() / 2,
        DTypeError,
        "cannot divide int64: convert with .astype(np.float32)",
    ),
    "quotient of integers in place": (
        lambda: itruediv(ints(), 2),
        DTypeError,
        "cannot divide int64: convert with .astype(np.float32)",
    ),
    "sum of booleans": (
        lambda: (m23() == 0) + 1,
        DTypeError,
        "cannot add bool: convert with .astype(np.float32)",
    ),
    "power of integers": (
        lambda: ints() ** -1,
        DTypeError,
        "cannot raise int64 to the power -1: convert with .astype(np.float64)",
    ),
    "sigmoid of integers": (
        lambda: shapedmat.sigmoid(ints()),
        DTypeError,
        "cannot take the sigmoid of int64: convert with .astype(np.float32)",
    ),
    "sigmoid of a number": (
        lambda: sigmoid(2.0),  # type: ignore[arg-type]  # refused by type checkers too
        TypeError,
        "cannot take the sigmoid of 2.0: a Matrix is wanted",
    ),
    "axis": (lambda: m23().sum(2), ShapeError, "cannot sum (2, 3) over axis 2: it has 2 axes"),
    "softmax's axis": (
        lambda: shapedmat.softmax(m23(), 2),  # type: ignore[arg-type]  # wrong on purpose
        ShapeError,
        "cannot take the softmax of (2, 3) over axis 2: it has 2 axes",
    ),
    "mean of nothing": (
        lambda: Matrix.zeros(0, 3).mean(0),
        ShapeError,
        "cannot take the mean of (0, 3) over axis 0: its size is 0",
    ),
    "argmax of nothing": (
        lambda: Matrix.zeros(2, 0).argmax(1),
        ShapeError,
        "cannot take the argmax of (2, 0) over axis 1: its size is 0",
    ),
    "reshape": (
        lambda: m23().reshape(4, 2),
        ShapeError,
        "cannot reshape (2, 3) to (4, 2): the numbers of elements, 6 and 8, differ",
    ),
    "hstack": (
        lambda: m23().hstack(m23().T),
        ShapeError,
        "cannot hstack (2, 3) and (3, 2) on axis 1: sizes 2 and 3 on axis 0 differ",
    ),
    "vstack": (
        lambda: m23().vstack(m23().T),
        ShapeError,
        "cannot vstack (2, 3) and (3, 2) on axis 0: sizes 3 and 2 on axis 1 differ",
    ),
    "row": (lambda: m23().row(2), ShapeError, "cannot index (2, 3) with 2 on axis 0: its size is 2"),
    "column": (lambda: m23().col(-4), ShapeError, "cannot index (2, 3) with -4 on axis 1: its size is 3"),
    "place": (lambda: m23()[:, [0, 3]], ShapeError, "cannot index (2, 3) with 3 on axis 1: its size is 3"),
    "mask": (
        lambda: m23()[[True, False, True]],
        ShapeError,
        "cannot index (2, 3) with a mask of 3 on axis 0: a mask of 2 is wanted",
    ),
    "three indices": (
        lambda: m23()[0, 0, 0],
        ShapeError,
        "cannot index (2, 3) with 3 indices: it has 2 axes",
    ),
    "two arrays": (
        lambda: m23()[[0], [0]],
        ShapeError,
        "cannot index rows and columns by arrays at once: write m[rows][:, cols]",
    ),
    "strange index": (
        lambda: m23()["x"],
        ShapeError,
        "cannot index a matrix with 'x': integers, slices, and rows of integers or booleans are taken",
    ),
    "bound of a slice": (lambda: m23()[1.0:], TypeError, "cannot slice a matrix by a float: integers are wanted"),
    "step": (lambda: m23()[::0], ShapeError, "cannot slice with a step of 0"),
    "assignment": (
        lambda: assign(m23(), 0, m23()),
        ShapeError,
        "cannot assign (2, 3) to (1, 3): sizes 2 and 1 on axis -2 differ",
    ),
    "assignment of another type": (
        lambda: assign(m23(), 0, ints()[0]),
        DTypeError,
        "cannot assign float32 and int64: convert one with .astype(np.float32)",
    ),
    "assignment of a float": (
        lambda: assign(ints(), 0, 0.5),
        DTypeError,
        "cannot assign int64 and a float: convert with .astype(np.float64)",
    ),
    "assignment of a list": (
        lambda: assign(m23(), 0, [1, 2, 3]),
        TypeError,
        "cannot assign list to a matrix: a Matrix or a number is wanted",
    ),
    "distances": (
        lambda: m23().distances(m23()),
        ShapeError,
        "cannot compare the rows of (2, 3) with (2, 3): a point of (1, 3) is wanted",
    ),
    "truth": (
        lambda: bool(m23()),
        TypeError,
        "the truth of a matrix of shape (2, 3) is ambiguous: use .all() or .any()",
    ),
    "device": (
        lambda: m23().to("tpu"),
        DeviceError,
        "there is no device 'tpu': write 'cpu', 'cuda' or 'cuda:1'",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error(unchecked: None, case: str) -> None:
    """What cannot be done is refused in one sentence, with what was given and what was wanted."""
    call, kind, message = ERRORS[case]
    with pytest.raises(kind) as caught:
        call()
    assert message == str(caught.value)


def test_one_by_one_is_no_truth() -> None:
    """Not even a single element is taken for a truth."""
    with pytest.raises(TypeError, match="ambiguous"):
        bool(Matrix.ones(1, 1))


# --- annotations ------------------------------------------------------------------------------------------------------


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the annotations of Matrix's methods that name Matrix, which were not there when the class was made."""
    check: Any = shapechecked
    for name, member in list(vars(Matrix).items()):
        if isinstance(member, classmethod):
            monkeypatch.setattr(Matrix, name, check(classmethod(inspect.unwrap(member.__func__))))
        elif isinstance(member, property):
            assert member.fget is not None
            monkeypatch.setattr(Matrix, name, check(property(inspect.unwrap(member.fget))))
        elif inspect.isfunction(member):
            monkeypatch.setattr(Matrix, name, check(inspect.unwrap(member)))


@pytest.mark.parametrize(
    "call",
    [
        *(lambda a, b, f=function: f(a, b) for function in ARITHMETIC + COMPARISONS + IN_PLACE),
        *(lambda a, b, f=function: f(2, a) for function in ARITHMETIC + COMPARISONS),
        lambda a, b: a @ b.T,
        lambda a, b: a.matmul(b.T),
        lambda a, b: a.hadamard(b),
        lambda a, b: a.row(0).outer(b.row(0)),
        lambda a, b: (-a, +a, abs(a), a**2, a.T, a.transpose(), a.copy(), a.to("cpu"), a.synchronize(), a.numpy()),
        lambda a, b: (a.shape, a.rows, a.cols, a.size, a.ndim, a.dtype, a.device, len(a), repr(a)),
        lambda a, b: (a.astype(np.float64), a.apply(float), a.apply(functions.sin), a.allclose(b), a.allclose(1)),
        *(lambda a, b, n=name: (getattr(a, n)(), getattr(a, n)(0), getattr(a, n)(1)) for name in REDUCTIONS),
        lambda a, b: (a.norm(), a.row_norms(), a.differences(b.row(0)), a.distances(b.row(0))),
        lambda a, b: (a.reshape(3, 2), a.hstack(b), a.vstack(b), a.row(0), a.col(0), list(a)),
        lambda a, b: (a[0, 0], a[0], a[:, 0], a[1:, [0, 1]], a[[True, False]]),
        lambda a, b: assign(a, 0, b[0]),
        lambda a, b: assign(a, (0, 0), 1),
        lambda a, b: (np.asarray(a), np.exp(a), Matrix.from_dlpack(a), Matrix.from_array(a.numpy())),
        lambda a, b: (Matrix.zeros(2, 3), Matrix.from_rows([[1]]), Matrix.one_hot([1], 2), Matrix.diagonal([1])),
        lambda a, b: a == "text",
    ],
)
def test_annotations_hold(checked: None, call: Callable[[AnyMatrix, AnyMatrix], Any]) -> None:
    """The methods of Matrix take and return at run time what their annotations say."""
    call(Matrix.from_array(A.copy()), Matrix.from_array(B.copy()))


def test_annotations_are_checked(checked: None) -> None:
    """The methods of Matrix are checked in the test above: one of them refuses a wrong argument."""
    matrix: Any = Matrix.from_array(A)
    with pytest.raises(jaxtyping.TypeCheckError, match="hadamard"):
        matrix.hadamard(A)
