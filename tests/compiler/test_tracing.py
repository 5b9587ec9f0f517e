"""What functions of matrices leave in their traces computes what they compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.mnist import Activations, Gradients, Network
from shapedmat import JitError, Matrix, log_softmax, relu, sigmoid, softmax
from shapedmat.compiler import trace
from shapedmat.matrix import apply_op
from shapedmat.ops import OPS
from tests.compiler.comparison import assert_traced_is_eager, run_traced

Draw = Callable[[st.SearchStrategy[Any]], Any]

sizes = st.integers(1, 4)
floats = st.sampled_from([np.float32, np.float64])
numbers = st.sampled_from([np.float32, np.float64, np.int32, np.int64])
types = st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.bool_])
axes = st.sampled_from([0, 1])
any_axes = st.sampled_from([None, 0, 1])

ELEMENT_TYPES = {"floating": floats, "number": numbers, "any": types}


def matrix(rows: int, cols: int, dtype: Any, seed: int) -> Matrix[Any, Any, Any]:
    """Return a matrix of small numbers, all of them positive."""
    drawn = np.random.default_rng(seed).uniform(0.5, 4, (rows, cols))
    return Matrix.from_array(np.asarray(drawn > 2 if dtype is np.bool_ else drawn, dtype))


def slices(size: int) -> st.SearchStrategy[slice]:
    """Return a strategy of slices of so many elements that take one or more."""
    return st.slices(size).filter(lambda each: len(range(*each.indices(size))) > 0)


def operands(draw: Draw, name: str) -> tuple[list[tuple[int, int] | float], dict[str, Any]]:
    """Draw the shapes of an operation's operands, or numbers, and its parameters."""
    rows, cols, more = draw(sizes), draw(sizes), draw(sizes)
    same = rows, cols
    broadcast = st.sampled_from([same, (1, cols), (rows, 1), (1, 1), 2])
    if name in {"add", "subtract", "multiply", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}:
        return draw(st.sampled_from([[same, draw(broadcast)], [draw(broadcast), same]])), {}
    if name == "divide":
        return [same, draw(st.sampled_from([same, 0.5]))], {}
    if name == "is_close":
        return [same, same], {"rtol": 0.1, "atol": 0.2}
    if name == "hadamard":
        return [same, same], {}
    if name == "accumulate":
        return [same] * draw(sizes), {}
    if name == "matmul":
        return [same, (cols, more)], {}
    if name == "outer":
        return [(rows, 1), (1, cols)], {}
    if name in {"sum", "mean", "max", "min", "argmax", "argmin", "all", "any"}:
        return [same], {"axis": draw(any_axes)}
    if name in {"softmax", "log_softmax"}:
        return [same], {"axis": draw(axes)}
    if name == "power":
        return [same], {"exponent": draw(st.sampled_from([0, 1, 2, 3]))}
    if name == "cast":
        return [same], {"dtype": np.dtype(draw(types))}
    if name == "reshape":
        return [same], {"shape": draw(st.sampled_from([(cols, rows), (1, -1), (-1, rows)]))}
    if name == "broadcast":
        return [draw(broadcast.filter(lambda each: each != 2))], {"shape": same}
    if name == "hstack":
        return [(rows, draw(sizes)) for _ in range(more)], {}
    if name == "vstack":
        return [(draw(sizes), cols) for _ in range(more)], {}
    if name in {"differences", "distances"}:
        return [same, (1, cols)], {}
    keys = st.one_of(
        st.tuples(slices(rows), slices(cols)),
        st.tuples(st.lists(st.integers(0, rows - 1), min_size=1, unique=True).map(np.array), st.just(slice(None))),
        st.tuples(st.just(slice(None)), st.lists(st.integers(0, cols - 1), min_size=1, unique=True).map(np.array)),
    )
    if name == "index":
        return [same], {"key": draw(keys)}
    if name in {"assign", "scatter"}:
        key = draw(keys)
        taken = np.zeros(same)[key].shape
        return ([same, taken], {"key": key}) if name == "assign" else ([taken], {"key": key, "shape": same})
    return [same], {}


@pytest.mark.parametrize("name", [name for name in OPS if name != "map"])
@given(data=st.data())
def test_operation(name: str, data: st.DataObject) -> None:
    """Every operation of the table is traced, on all element types that it takes, and memory in every order."""
    op = OPS[name]
    shapes, parameters = operands(data.draw, name)
    dtype = data.draw(ELEMENT_TYPES[op.operands])

    def function(*given: Any) -> Any:
        result = apply_op(op, *given, **parameters)
        return None if name == "assign" else result

    def operand(place: int, shape: tuple[int, int] | float) -> Any:
        if isinstance(shape, tuple):
            array = matrix(*shape, dtype, place).numpy()
            return Matrix.from_array(np.asfortranarray(array) if data.draw(st.booleans()) else array)
        return bool(shape) if dtype is np.bool_ else shape

    assert_traced_is_eager(function, *(operand(place, shape) for place, shape in enumerate(shapes)))


# --- Matrix and the functions beside it -------------------------------------------------------------------------------


METHODS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b - a * b / 2,
    lambda a, b: (1 - a, 2 / a, 3 * a, a + 1, a - 1, a / 4, -a, +a, abs(-a), a**2, a**0.5),
    lambda a, b: (a == b, a != b, a < b, a <= b, a > b, a >= b, a < 2, 2 < a),
    lambda a, b: np.float32(2) * a,
    lambda a, b: a @ b.T,
    lambda a, b: a.matmul(b.transpose()),
    lambda a, b: a.hadamard(b),
    lambda a, b: a.col(0).outer(b.row(1)),
    lambda a, b: a.apply(sigmoid),
    lambda a, b: (relu(a), softmax(a), log_softmax(a, axis=1)),
    lambda a, b: (a.allclose(b), a.allclose(a), a.allclose(2.0)),
    lambda a, b: (a.sum(), a.mean(), a.max(), a.min(), a.norm()),
    lambda a, b: (a.argmax(), a.argmin(), (a > 1).all(), (a > 1).any()),
    lambda a, b: (a.sum(0), a.mean(1), a.max(0), a.min(1), a.argmax(0), a.argmin(1), a.all(0), a.any(1)),
    lambda a, b: (a.reshape(2, 6), a.reshape(-1, 4), a.T.reshape(2, 6)),
    lambda a, b: (a.hstack(b), Matrix.vstack(a, b, a)),
    lambda a, b: (a[0], a[0, 1], a[1:], a[:, 1:3], a[::-1, -1], a[[2, 0]], a[:, [1, 1]], a[[True, False, True]]),
    lambda a, b: (a.row_norms(), a.differences(b[0]), a.distances(b[1])),
    lambda a, b: (a.copy(), a.astype(np.int32), a.astype(np.float64), a.to("cpu"), a.synchronize()),
    lambda a, b: list(a),
    lambda a, b: [row.sum() for row in a],
    lambda a, b: sum([a.sum(), b.sum()]),
    lambda a, b: (a.shape, a.rows, a.cols, a.size, a.ndim, len(a), a.dtype, a.device),
    lambda a, b: Matrix.zeros(3, 4, dtype=a.dtype.type) + Matrix.ones(3, 4, dtype=a.dtype.type) * a,
    lambda a, b: Matrix.full(3, 4, 2.5, dtype=a.dtype.type) @ b.T + Matrix.eye(3, dtype=a.dtype.type),
    lambda a, b: Matrix.from_rows([[1, 2, 3, 4]], dtype=a.dtype.type) * a,
    lambda a, b: Matrix.one_hot([0, 2], 3, dtype=a.dtype.type).T @ a,
    lambda a, b: Matrix.diagonal([1, 2, 3], dtype=a.dtype.type) @ a,
    lambda a, b: Matrix.zeros(2, 2),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("place", range(len(METHODS)))
def test_methods(place: int, dtype: type[np.floating[Any]]) -> None:
    """The methods of matrices, and the functions beside them, are traced."""
    assert_traced_is_eager(METHODS[place], matrix(3, 4, dtype, 0), matrix(3, 4, dtype, 1))


def test_representation() -> None:
    """A matrix shows its type while it has no elements."""
    seen = []
    run_traced(lambda a: seen.append(repr(a)), Matrix.ones(2, 3))
    assert ["Matrix[float32, 2, 3](traced)"] == seen


def test_annotations_are_checked() -> None:
    """While a function is traced, its annotations are checked as ever."""
    network: Network[Any] = Network.initialized(np.random.default_rng(0), np.float32)
    with pytest.raises(Exception, match="784"):
        trace(network_forward, (network, Matrix.ones(3, 2)), {})


# --- changes in place -------------------------------------------------------------------------------------------------


def changes(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return the function, as a case of the list below."""
    CHANGES.append(function)
    return function


CHANGES: list[Callable[[Any, Any], Any]] = []


@changes
def operators_in_place(w: Any, g: Any) -> None:
    """The four operators."""
    w += g
    w -= 0.5
    w *= 2
    w /= g


@changes
def swap(w: Any, g: Any) -> None:
    """Two matrices are exchanged."""
    kept = w.copy()
    w[:] = g
    g[:, :] = kept


@changes
def return_what_was(w: Any, g: Any) -> Any:
    """A copy keeps what was."""
    before = w.copy()
    w += g
    return before, w, w.copy(), w.T


@changes
def view_sees_change(w: Any, g: Any) -> Any:
    """A transpose, a row and a slice that were taken before see a change."""
    transposed, row, part = w.T, w[1], w[1:, ::2]
    w -= g
    return transposed, row + 0, part * 2, transposed @ w, row.sum()


@changes
def element_does_not(w: Any, g: Any) -> Any:
    """A number that was taken before does not see a change."""
    element, total = w[1, 2], w.sum()
    w -= g
    return element, total, w[1, 2]


@changes
def change_through_views(w: Any, g: Any) -> Any:
    """A change of a view is a change of the whole, and seen by other views."""
    other = w[:, 1]
    transposed = w.T
    transposed += g.T
    w[0] = 7
    w[1:, 2] = g[1:, 2]
    w[::-1, ::2] *= 2
    row = w.row(2)
    row -= 1
    w.T[1:3, ::2] /= 4
    w.reshape(4, 3)[0] = 5
    w.T[0].reshape(3, 1)[0, 0] = 6
    return other


@changes
def assign(w: Any, g: Any) -> None:
    """Elements, rows, columns, lists of places, and broadcasting."""
    w[0, 0] = 1
    w[1] = g[2]
    w[:, 1] = g[:, 2]
    w[[0, 2]] = g[[1, 1]]
    w[:, [3]] = g[:, 0]
    w[:] = g[0]
    w[2, 2] = g.sum()
    w[1, 1] = g[0, 0]
    w[[True, False, False]] = 3


@changes
def overlapping(w: Any, g: Any) -> None:
    """A matrix changes by parts of itself."""
    w[1:] = w[:-1]
    w[:, 0] += w[:, 1]
    w[:2, :2] -= w.T[:2, :2]


@changes
def change_of_result(w: Any, g: Any) -> Any:
    """What was computed or made within can change, and its memory is its own."""
    result = w + g
    result[0] = 0
    made = Matrix.zeros(3, 4, dtype=w.dtype.type)
    made[1] += result[2]
    reshaped = result.reshape(2, 6)
    result += 1
    copied = result.T.reshape(2, 6)
    result += 1
    copied += 1
    return result, made, reshaped, copied


@changes
def twice_the_same(w: Any, g: Any) -> Any:
    """What is returned twice is one matrix."""
    y = w + g
    return y, y, {"y": y, "w": w}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", CHANGES, ids=lambda each: each.__name__)
def test_changes(function: Callable[[Any, Any], Any], dtype: type[np.floating[Any]]) -> None:
    """A change in place is one of the caller's memory, and seen by all that shares it."""
    assert_traced_is_eager(function, matrix(3, 4, dtype, 0), matrix(3, 4, dtype, 1))


@pytest.mark.parametrize("function", CHANGES, ids=lambda each: each.__name__)
def test_changes_by_columns(function: Callable[[Any, Any], Any]) -> None:
    """A change in place is seen by what shares memory also where columns are contiguous, so that a reshape copies."""
    by_columns = [Matrix.from_array(np.asfortranarray(matrix(3, 4, np.float64, seed).numpy())) for seed in (0, 1)]
    if function is change_of_result:
        with pytest.raises(JitError, match="may share the memory of the one that it was reshaped from, or not"):
            trace(function, by_columns, {})
    else:
        assert_traced_is_eager(function, *by_columns)


def test_slice_by_numpy_integers() -> None:
    """The bounds of a slice may be integers of NumPy."""
    places: Any = np.int64(1), np.int8(3)
    assert_traced_is_eager(lambda m: m[places[0] : places[1], : places[1]], matrix(4, 4, np.float32, 0))


def test_strided_argument() -> None:
    """An argument that is a view of a larger matrix changes that."""
    whole = matrix(6, 8, np.float64, 0)
    run_traced(operators_in_place, whole[::2, 1::2], Matrix.ones(3, 4, dtype=np.float64))
    expected = matrix(6, 8, np.float64, 0)
    operators_in_place(expected[::2, 1::2], Matrix.ones(3, 4, dtype=np.float64))
    np.testing.assert_array_equal(expected.numpy(), whole.numpy())


def test_integers_in_place() -> None:
    """Integers change in place, too, and keep their type."""

    def count(w: Any) -> None:
        w += 1
        w *= w

    assert_traced_is_eager(count, matrix(2, 3, np.int32, 0))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 99))
def test_programs_of_changes(steps: list[int], seed: int) -> None:
    """Whatever a function changes, in which order and through which views, its trace does the same."""

    def program(a: Any, b: Any) -> Any:
        known = [a, b]
        for step, choice in enumerate(steps):
            x, y = known[(choice + step) % len(known)], known[(3 * choice + 1) % len(known)]
            if choice == 0:
                known.append(x.T)
            elif choice == 1 and x.rows > 1:
                known.append(x[1:])
            elif choice == 2:
                known.append(x[::-1, ::2])
            elif choice == 3:
                known.append(x + 1)
            elif choice == 4:
                x *= 0.5
            elif choice == 5:
                x[0] = y[0, 0]
            elif choice == 6:
                x -= y.sum()
            elif choice == 7 and x.shape == y.shape:
                x += y
            elif choice == 8 and x.shape == y.shape:
                x[:] = y
            elif choice == 9:
                known.append(x.copy().reshape(1, -1))
        return known

    # Of whole numbers and their halves, sums are exact in every order.
    first, second = (matrix(8, 8, np.int64, seed + each).astype(np.float64) for each in (0, 1))
    assert_traced_is_eager(program, first, second)


def test_updates() -> None:
    """The updates of a trace are of the inputs that changed, and of no others."""

    def update(w: Any, g: Any, rate: float) -> None:
        w -= rate * g

    traced = trace(update, (Matrix.ones(2, 3), Matrix.ones(2, 3), 0.5), {})
    assert [0] == list(traced.updates)
    assert ("w", "g", "rate") == traced.names
    assert () == traced.outputs


def test_many_nodes() -> None:
    """A long program is traced in a time that grows with its length."""

    def program(a: Any) -> Any:
        for _ in range(3000):
            a = a + 1
        return a

    traced = trace(program, (Matrix.ones(1, 1),), {})
    assert ("add_3000", 3000) == (traced.graph.nodes[-1].name, len(traced.graph.nodes))


def test_change_and_change_back() -> None:
    """An input that has its own value after all is not updated."""

    def restore(w: Any) -> None:
        kept = w.copy()
        w += 1
        w[:] = kept

    assert {} == trace(restore, (Matrix.ones(2, 3),), {}).updates


# --- the network ------------------------------------------------------------------------------------------------------


def network_forward(network: Network[Any], x: Any) -> Activations[Any, Any]:
    """The outputs of all layers."""
    return network.forward(x)


def network_gradients(network: Network[Any], x: Any, y: Any) -> Gradients[Any]:
    """The gradients."""
    return network.gradients(x, y, network.forward(x))


def network_step(network: Network[Any], x: Any, y: Any, rate: float) -> Any:
    """A step of gradient descent, and the loss before."""
    activations = network.forward(x)
    network.update(network.gradients(x, y, activations), rate / x.cols)
    error = activations.a3 - y
    return error.hadamard(error).sum() / x.cols


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_network(dtype: type[np.floating[Any]]) -> None:
    """The network of nets.mnist computes, differentiates and trains by its trace, to the last bit."""
    network: Network[Any] = Network.initialized(np.random.default_rng(0), dtype)
    x, y = Matrix.random(784, 5, 1, dtype=dtype), Matrix.random(10, 5, 2, dtype=dtype)
    assert_traced_is_eager(network_forward, network, x)
    assert_traced_is_eager(network_gradients, network, x, y)
    assert_traced_is_eager(network_step, network, x, y, rate=0.5)


def test_sources() -> None:
    """Each node knows the line of the program that it comes from."""
    network: Network[Any] = Network.initialized(np.random.default_rng(0), np.float32)
    traced = trace(network_forward, (network, Matrix.ones(784, 2)), {})
    first = traced.sources[traced.graph.nodes[0].output]
    assert ("forward", "z1 = self.w1 @ x + self.b1") == (first.function, first.text)
    assert {node.output for node in traced.graph.nodes} == set(traced.sources)
