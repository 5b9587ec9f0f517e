"""Every operation of the table, on every backend, against NumPy in float64, over random shapes, types and layouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shapedmat import Matrix, log_softmax
from shapedmat.backends import Backend
from shapedmat.dimensions import UNKNOWN
from shapedmat.errors import DeviceError
from shapedmat.matrix import apply_op
from shapedmat.ops import OPS, Op

Array: TypeAlias = NDArray[Any]
Values: TypeAlias = Literal["any", "positive", "nonzero"]

sizes = st.integers(0, 5)
shapes = st.tuples(sizes, sizes)
nonempty_shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
layouts = st.sampled_from(["C", "Fortran", "transposed", "strided", "reversed"])
axes = st.sampled_from([None, 0, 1])


@dataclass(frozen=True)
class Call:
    """The operands of an operation, arrays and numbers, and its parameters."""

    operands: tuple[Array | float, ...]
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def arrays(self) -> list[Array]:
        """The operands that are arrays."""
        return [operand for operand in self.operands if isinstance(operand, np.ndarray)]

    def run(self, op: Op, backend: Backend) -> Array:
        """Return what the operation gives on a backend, as an array of NumPy."""
        operands = [
            Matrix.from_array(operand).to(backend.device_type) if isinstance(operand, np.ndarray) else operand
            for operand in self.operands
        ]
        return apply_op(op, *operands, **self.parameters).numpy()


@dataclass(frozen=True)
class Case:
    """How an operation is tested: what it should give, and the strategy of its calls."""

    reference: Callable[..., Array]
    calls: st.SearchStrategy[Call]

    def expected(self, call: Call) -> Array:
        """Return what the operation should give, computed in float64."""
        operands = (each.astype(np.float64) if isinstance(each, np.ndarray) else each for each in call.operands)
        return np.asarray(self.reference(*operands, **call.parameters))


def laid_out(array: Array, layout: str) -> Array:
    """Return an array that is equal, but whose elements lie in memory otherwise."""
    rows, cols = array.shape
    if layout == "Fortran":
        return np.asfortranarray(array)
    if layout == "transposed":
        return np.ascontiguousarray(array.T).T
    if layout == "strided":
        spaced = np.full((2 * rows, 3 * cols), 7, array.dtype)[::2, ::3]
        spaced[:] = array
        return spaced
    return np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1] if layout == "reversed" else array


@st.composite
def operands(draw: st.DrawFn, *shapes: tuple[int, int], values: Values = "any") -> tuple[Array, ...]:
    """Draw arrays of these shapes and of one element type: quarters, so that there are zeros and ties, or anything."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    quarters = draw(st.booleans())
    arrays = []
    for shape in shapes:
        array = random.integers(-16, 17, shape) / 4 if quarters else random.uniform(-4, 4, shape)
        if values != "any":
            array = np.where(np.abs(array) < 0.25, 0.25, array)
        if values == "positive":
            array = np.abs(array)
        arrays.append(laid_out(array.astype(dtype), draw(layouts)))
    return tuple(arrays)


@st.composite
def unary(
    draw: st.DrawFn,
    /,
    values: Values = "any",
    shapes: st.SearchStrategy[tuple[int, int]] = shapes,
    **parameters: st.SearchStrategy[Any],
) -> Call:
    """Draw one operand, and parameters."""
    drawn = {name: draw(parameter) for name, parameter in parameters.items()}
    return Call(draw(operands(draw(shapes), values=values)), drawn)


@st.composite
def broadcasting(draw: st.DrawFn, values: Values = "any") -> Call:
    """Draw two operands that broadcast: two of a matrix, a row, a column and one element, or a matrix and a number."""
    rows, cols = draw(shapes)
    shape = st.sampled_from([(rows, cols), (1, cols), (rows, 1), (1, 1)])
    a, b = draw(operands(draw(shape), draw(shape), values=values))
    number = draw(st.sampled_from([1, 2, -3, 0.25, -1.5]))
    return Call(draw(st.sampled_from([(a, b), (a, b), (a, number), (number, b)])))


@st.composite
def closeness(draw: st.DrawFn) -> Call:
    """Draw two operands that broadcast, and how far apart they may be."""
    return Call(draw(broadcasting()).operands, {"rtol": 0.0, "atol": draw(st.sampled_from([0.0, 0.125, 3.125]))})


@st.composite
def terms(draw: st.DrawFn) -> Call:
    """Draw one to four operands of one shape."""
    return Call(draw(operands(*[draw(shapes)] * draw(st.integers(1, 4)))))


@st.composite
def same_shape(draw: st.DrawFn) -> Call:
    """Draw two operands of one shape."""
    shape = draw(shapes)
    return Call(draw(operands(shape, shape)))


@st.composite
def products(draw: st.DrawFn) -> Call:
    """Draw two operands whose inner dimensions agree."""
    rows, inner, cols = draw(st.tuples(*[st.integers(0, 9)] * 3))
    return Call(draw(operands((rows, inner), (inner, cols))))


@st.composite
def vectors(draw: st.DrawFn) -> Call:
    """Draw two operands that are rows or columns."""
    n, m = draw(shapes)
    return Call(draw(operands(draw(st.sampled_from([(n, 1), (1, n)])), draw(st.sampled_from([(m, 1), (1, m)])))))


@st.composite
def reshapes(draw: st.DrawFn) -> Call:
    """Draw an operand, and a shape of as many elements."""
    rows, cols = shape = draw(shapes)
    new = draw(st.sampled_from([(rows, cols), (cols, rows), (1, rows * cols), (rows * cols, 1)]))
    return Call(draw(operands(shape)), {"shape": new})


@st.composite
def broadcasts(draw: st.DrawFn) -> Call:
    """Draw an operand, and a shape that it broadcasts to."""
    rows, cols = shape = draw(shapes)
    return Call(draw(operands(draw(st.sampled_from([shape, (1, cols), (rows, 1), (1, 1)])))), {"shape": shape})


@st.composite
def stacks(draw: st.DrawFn, axis: int) -> Call:
    """Draw one to three operands that differ in size along an axis alone."""
    across = draw(sizes)
    lengths = draw(st.lists(sizes, min_size=1, max_size=3))
    return Call(draw(operands(*[(length, across) if axis == 0 else (across, length) for length in lengths])))


slices = st.builds(
    slice,
    st.none() | st.integers(-6, 6),
    st.none() | st.integers(-6, 6),
    st.none() | st.integers(-3, 3).filter(bool),
)


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, int]) -> tuple[Any, ...]:
    """Draw a slice for each axis, or places or a mask for one of them."""
    key: list[Any] = [draw(slices), draw(slices)]
    axis = draw(st.sampled_from([0, 1]))
    size = shape[axis]
    kind = draw(st.sampled_from(["slices", "places", "mask"]))
    if kind == "places" and size:
        key[axis] = np.array(draw(st.lists(st.integers(-size, size - 1), max_size=6)), np.intp)
    elif kind == "mask":
        key[axis] = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), np.bool_)
    return tuple(key)


@st.composite
def indices(draw: st.DrawFn) -> Call:
    """Draw an operand and an index into it."""
    shape = draw(shapes)
    return Call(draw(operands(shape)), {"key": draw(keys(shape))})


@st.composite
def scatters(draw: st.DrawFn) -> Call:
    """Draw an index into a shape, and an operand of the shape of what the index takes."""
    shape = draw(shapes)
    key = draw(keys(shape))
    return Call(draw(operands(np.empty(shape)[key].shape)), {"key": key, "shape": shape})


@st.composite
def point_sets(draw: st.DrawFn) -> Call:
    """Draw points, one a row, and one more point."""
    count, dimensions = draw(shapes)
    return Call(draw(operands((count, dimensions), (1, dimensions))))


def sigmoid(x: Array) -> Array:
    """Return the logistic function as its definition says."""
    return 1 / (1 + np.exp(-x))


def softmax(x: Array, axis: int) -> Array:
    """Return the softmax as its definition says."""
    total: Array = np.exp(x).sum(axis=axis, keepdims=True)
    return np.exp(x) / total


def scatter(x: Array, key: tuple[Any, ...], shape: tuple[int, int]) -> Array:
    """Return zeros to which the elements are added one by one in their places."""
    places = np.arange(shape[0] * shape[1]).reshape(shape)[key]
    result: Array = np.zeros(shape)
    for place, element in zip(places.ravel(), x.ravel(), strict=True):
        result.flat[place] += element
    return result


@st.composite
def assignments(draw: st.DrawFn) -> Call:
    """Draw a matrix, an index, and a number or an array that goes to the indexed places."""
    call = draw(indices())
    (x,) = call.arrays
    taken = x[call.parameters["key"]]
    value = draw(st.sampled_from([taken * 2 + 1, taken[:1] - 1 if len(taken) else taken, 3.5]))
    return Call((x.copy(), value), call.parameters)


def assigned(x: Array, value: Array | float, key: Any) -> Array:
    """Return a copy with a value in some places."""
    result = x.copy()
    result[key] = value
    return result


def reduction(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return a reduction that keeps its axis."""
    return lambda x, axis: function(x, axis=axis, keepdims=True)


CASES: dict[str, Case] = {
    "add": Case(lambda a, b: a + b, broadcasting()),
    "subtract": Case(lambda a, b: a - b, broadcasting()),
    "multiply": Case(lambda a, b: a * b, broadcasting()),
    "divide": Case(lambda a, b: a / b, broadcasting("nonzero")),
    "hadamard": Case(lambda a, b: a * b, same_shape()),
    "accumulate": Case(lambda *terms: np.sum(terms, axis=0), terms()),
    "equal": Case(lambda a, b: a == b, broadcasting()),
    "not_equal": Case(lambda a, b: a != b, broadcasting()),
    "less": Case(lambda a, b: a < b, broadcasting()),
    "less_equal": Case(lambda a, b: a <= b, broadcasting()),
    "greater": Case(lambda a, b: a > b, broadcasting()),
    "greater_equal": Case(lambda a, b: a >= b, broadcasting()),
    "is_close": Case(np.isclose, closeness()),
    "negative": Case(lambda x: -x, unary()),
    "absolute": Case(np.abs, unary()),
    "sign": Case(np.sign, unary()),
    "square": Case(lambda x: x * x, unary()),
    "sqrt": Case(lambda x: x**0.5, unary("positive")),
    "exp": Case(np.exp, unary()),
    "log": Case(np.log, unary("positive")),
    "sin": Case(np.sin, unary()),
    "cos": Case(np.cos, unary()),
    "sigmoid": Case(sigmoid, unary()),
    "tanh": Case(np.tanh, unary()),
    "relu": Case(lambda x: np.where(x > 0, x, 0), unary()),
    "sigmoid_derivative": Case(lambda a: a * (1 - a), unary()),
    "tanh_derivative": Case(lambda a: (1 - a) * (1 + a), unary()),
    "relu_derivative": Case(lambda a: np.where(a > 0, 1, 0), unary()),
    "softmax": Case(softmax, unary(axis=st.sampled_from([0, 1]))),
    "log_softmax": Case(lambda x, axis: np.log(softmax(x, axis)), unary(axis=st.sampled_from([0, 1]))),
    "power": Case(lambda x, exponent: x**exponent, unary("positive", exponent=st.sampled_from([0, 1, 2, 3, -1, 0.5]))),
    "cast": Case(
        lambda x, dtype: x.astype(dtype), unary(dtype=st.sampled_from([np.float32, np.float64, np.int32, np.bool_]))
    ),
    "map": Case(
        lambda x, function: np.vectorize(function, otypes=[float])(x), unary(function=st.just(lambda v: 2 * v + 1))
    ),
    "matmul": Case(lambda a, b: np.einsum("ik,kj->ij", a, b), products()),
    "outer": Case(lambda a, b: a.reshape(-1, 1) * b.reshape(1, -1), vectors()),
    "sum": Case(reduction(np.sum), unary(axis=axes)),
    "mean": Case(reduction(np.mean), unary(shapes=nonempty_shapes, axis=axes)),
    "max": Case(reduction(np.max), unary(shapes=nonempty_shapes, axis=axes)),
    "min": Case(reduction(np.min), unary(shapes=nonempty_shapes, axis=axes)),
    "argmax": Case(reduction(np.argmax), unary(shapes=nonempty_shapes, axis=axes)),
    "argmin": Case(reduction(np.argmin), unary(shapes=nonempty_shapes, axis=axes)),
    "all": Case(reduction(np.all), unary(axis=axes)),
    "any": Case(reduction(np.any), unary(axis=axes)),
    "norm": Case(lambda x: np.sqrt(np.sum(x * x)).reshape(1, 1), unary()),
    "transpose": Case(np.transpose, unary()),
    "reshape": Case(np.reshape, reshapes()),
    "broadcast": Case(np.broadcast_to, broadcasts()),
    "hstack": Case(lambda *xs: np.hstack(xs), stacks(1)),
    "vstack": Case(lambda *xs: np.vstack(xs), stacks(0)),
    "index": Case(lambda x, key: x[key], indices()),
    "scatter": Case(scatter, scatters()),
    "assign": Case(assigned, assignments()),
    "row_norms": Case(lambda x: np.linalg.norm(x, axis=1, keepdims=True), unary()),
    "differences": Case(lambda points, point: points - point, point_sets()),
    "distances": Case(lambda points, point: np.linalg.norm(points - point, axis=1, keepdims=True), point_sets()),
}
BOOLEAN = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "is_close", "all", "any")
POSITIONS = ("argmax", "argmin")

for_every_op = pytest.mark.parametrize("name", CASES)


@pytest.fixture(autouse=True)
def _on_the_cpu_alone(request: pytest.FixtureRequest) -> None:
    """Leave out what no GPU does: an arbitrary Python function."""
    if "name" in request.fixturenames and request.getfixturevalue("name") == "map":
        backend: Backend = request.getfixturevalue("backend")
        if backend.device_type != "cpu":
            pytest.skip("a Python function runs on the CPU alone")


def tolerance(call: Call, result: Array) -> float:
    """Return a bound of the rounding errors of few operations on small numbers."""
    types = [array.dtype for array in (*call.arrays, result) if array.dtype.kind == "f"]
    return 128 * max(float(np.finfo(dtype).eps) for dtype in types)


def test_table_covers_every_op() -> None:
    """Every operation of the table has a case here."""
    assert sorted(OPS) == sorted(CASES)


@for_every_op
@given(data=st.data())
def test_values(name: str, backend: Backend, data: st.DataObject) -> None:
    """An operation gives what NumPy gives in float64, up to rounding."""
    call = data.draw(CASES[name].calls)
    expected, actual = CASES[name].expected(call), call.run(OPS[name], backend)
    bound = tolerance(call, actual)
    np.testing.assert_allclose(actual, expected, rtol=bound, atol=bound)


@for_every_op
@given(data=st.data())
def test_shape(name: str, backend: Backend, data: st.DataObject) -> None:
    """A result has the shape that the operation's rule gives."""
    call = data.draw(CASES[name].calls)
    rule = OPS[name].shape(*[np.shape(operand) for operand in call.operands], **call.parameters)
    actual = call.run(OPS[name], backend).shape
    assert rule == tuple(UNKNOWN if dim == UNKNOWN else size for dim, size in zip(rule, actual, strict=True))


@for_every_op
@given(data=st.data())
def test_dtype(name: str, backend: Backend, data: st.DataObject) -> None:
    """A result has the element type of the operands, save truths, positions and casts."""
    call = data.draw(CASES[name].calls)
    expected = np.dtype(
        np.bool_
        if name in BOOLEAN
        else np.int64
        if name in POSITIONS
        else call.parameters.get("dtype", call.arrays[0].dtype)
    )
    assert expected == call.run(OPS[name], backend).dtype


@for_every_op
@given(data=st.data())
def test_table_says_the_element_type(name: str, backend: Backend, data: st.DataObject) -> None:
    """The element type of a result is what the table says."""
    call = data.draw(CASES[name].calls)
    said = {"operand": call.arrays[0].dtype, "dtype": call.parameters.get("dtype")}
    expected = np.dtype(said.get(OPS[name].result, OPS[name].result))
    assert expected == call.run(OPS[name], backend).dtype


@pytest.mark.parametrize("name", [name for name in CASES if name != "assign"])
@given(data=st.data())
def test_operands_stay(name: str, backend: Backend, data: st.DataObject) -> None:
    """An operation leaves its operands as they are, save an assignment."""
    call = data.draw(CASES[name].calls)
    before = [array.copy() for array in call.arrays]
    call.run(OPS[name], backend)
    assert [array.tolist() for array in before] == [array.tolist() for array in call.arrays]


@pytest.mark.parametrize("axis", [0, 1])
def test_softmax_of_large_numbers(backend: Backend, axis: int) -> None:
    """Softmax does not overflow."""
    large = Matrix.full(2, 2, 1e30).to(backend.device_type)
    assert Matrix.full(2, 2, 0.5).numpy().tolist() == apply_op(OPS["softmax"], large, axis=axis).numpy().tolist()


@pytest.mark.parametrize("axis", [0, 1])
def test_log_softmax_of_large_numbers(backend: Backend, axis: int) -> None:
    """The logarithm of the softmax is finite where the softmax itself is 0."""
    apart = Matrix.from_rows([[0, -1e30], [-1e30, 0]]).to(backend.device_type)
    assert apart.numpy().tolist() == apply_op(OPS["log_softmax"], apart, axis=axis).numpy().tolist()


def test_log_softmax_of_columns(backend: Backend) -> None:
    """By default, the logarithm of the softmax takes each column for a sample."""
    matrix = Matrix.from_rows([[1, 2], [3, 5]], dtype=np.float64).to(backend.device_type)
    np.testing.assert_allclose(log_softmax(matrix).numpy(), np.log(softmax(matrix.numpy(), 0)))


def test_sigmoid_of_large_numbers(backend: Backend) -> None:
    """The logistic function reaches its limits without a warning."""
    large = Matrix.from_rows([[-1e30, -200, 200, 1e30]]).to(backend.device_type)
    assert pytest.approx([0, 0, 1, 1]) == apply_op(OPS["sigmoid"], large).numpy()[0].tolist()


def test_nan_passes_through(backend: Backend) -> None:
    """A NaN makes the logistic function of it, and sums with it, NaN."""
    matrix = Matrix.from_rows([[float("nan"), 1]]).to(backend.device_type)
    results = [apply_op(OPS["sigmoid"], matrix), apply_op(OPS["sum"], matrix, axis=None)]
    assert [True, True] == [bool(np.isnan(result.numpy()[0, 0])) for result in results]


def test_first_of_ties(backend: Backend) -> None:
    """Of equal extrema, argmax and argmin take the first, row after row."""
    matrix = Matrix.from_rows([[1, 3, 3], [3, 1, 1]]).to(backend.device_type)
    assert (1, 0) == (matrix.argmax(), matrix.argmin())


def test_sum_keeps_small_integers(backend: Backend) -> None:
    """The sum of 8-bit integers is an 8-bit integer, by the arithmetic of its type."""
    matrix = Matrix.full(1, 3, 100, dtype=np.uint8).to(backend.device_type)
    assert np.uint8(300 % 256) == matrix.sum()


def test_scatter_adds_repeated_places(backend: Backend) -> None:
    """What goes to one place twice is added there."""
    matrix = Matrix.from_rows([[1, 2], [3, 4]]).to(backend.device_type)
    scattered = apply_op(OPS["scatter"], matrix, key=(np.array([1, 1]), slice(None)), shape=(3, 2))
    assert [[0, 0], [4, 6], [0, 0]] == scattered.numpy().tolist()


@pytest.mark.cuda
def test_map_refuses_gpus(backend: Backend) -> None:
    """A Python function refuses to run on a GPU."""
    if backend.device_type == "cpu":
        pytest.skip("this backend computes on the CPU")
    matrix = Matrix.zeros(1, 1)
    with pytest.raises(DeviceError, match=r"^a Python function cannot run on cuda:0: "):
        matrix.apply(float)
