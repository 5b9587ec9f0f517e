"""The loop over mini-batches: what it refuses, in which words, and what of it is copied."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapedmat import JitError, Matrix, ShapeError
from shapedmat.compiler import MiniBatchLoop
from tests.memory import Array

SIX_ROWS = np.arange(6)
WANTED = "one order or one for each data set, and at least 1 row and data set are wanted"


def descend(w: Any, x: Any) -> Any:
    """Move the weights by the rows' sums, and return a loss."""
    w -= 0.5 * x.sum(axis=0)
    return x.sum()


def grow(w: Any, x: Any) -> Any:
    """Change the weights twice, so that another matrix in their memory would be seen between the two."""
    w += 1.0
    w *= 2.0
    return x.sum()


def samples() -> Matrix[Any, Any, Any]:
    """Return six samples of two numbers."""
    return Matrix.from_array(np.arange(12.0).reshape(6, 2))


def weights() -> Matrix[Any, Any, Any]:
    """Return a row of two weights."""
    return Matrix.from_array(np.zeros((1, 2)))


def strided(rows: int, columns: int, strides: tuple[int, int]) -> Array:
    """Return numbers whose rows and columns are so many bytes apart."""
    array = np.ndarray(
        (rows, columns), np.float64, bytearray(rows * strides[0] + columns * strides[1]), strides=strides
    )
    array[...] = np.arange(float(rows * columns)).reshape(rows, columns)
    return array


def refusal(error: type[Exception], loop: MiniBatchLoop[Any], *arguments: Any) -> str:
    """Return what the error says with which a run is refused."""
    with pytest.raises(error) as raised:
        loop.run(*arguments)
    return str(raised.value)


# --- orders, data sets and sizes --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("order", "given"),
    [
        (np.zeros((3, 2), np.int64), "shape (3, 2) and type int64"),
        (np.array([0.0, 1.5]), "shape (2,) and type float64"),
        ([np.array([0, 1]), np.array([0j, 1])], "shape (2,) and type complex128"),
        ([0, 1, 2], "shape () and type int64"),
        (np.array(["a"]), "shape (1,) and type <U1"),
    ],
)
def test_an_order_is_a_row_of_whole_numbers(order: Any, given: str) -> None:
    """An order that is no row, or not of whole numbers, is refused and not made one."""
    found = refusal(ShapeError, MiniBatchLoop(descend), weights(), [samples()], order, 2)
    assert f"an order of {given} is given: one row of whole numbers is wanted" == found


@pytest.mark.usefixtures("unchecked")
def test_a_mask_is_no_order() -> None:
    """A mask is told how it becomes an order."""
    found = refusal(ShapeError, MiniBatchLoop(descend), weights(), [samples()], SIX_ROWS > 2, 2)
    expected = (
        "an order of shape (6,) and type bool is given: one row of whole numbers is wanted, such as np.flatnonzero of "
        "a mask gives"
    )
    assert expected == found


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.uint64])
def test_an_order_of_any_whole_numbers(dtype: Any) -> None:
    """Whole numbers of every size are rows."""
    losses = MiniBatchLoop(descend).run(weights(), [samples()], np.array([5, 0, 3], dtype), 1)
    assert [21, 1, 13] == losses.tolist()


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (SIX_ROWS - 1, "the order has rows -1 to 4, but the data have rows 0 to 5"),
        (SIX_ROWS + 1, "the order has rows 1 to 6, but the data have rows 0 to 5"),
        ([SIX_ROWS, SIX_ROWS[:4]], "orders of 4 and of 6 rows are given: as many are wanted"),
        ([SIX_ROWS] * 3, f"the number of data sets is 2, and that of orders 3: {WANTED}"),
        ([], f"the number of data sets is 2, and that of orders 0: {WANTED}"),
        (SIX_ROWS[:0], f"the number of data sets is 2, and that of orders 1: {WANTED}"),
    ],
)
def test_orders_fit_the_data_sets(orders: Any, expected: str) -> None:
    """Orders have rows that are there, as many each, and are one or one for each data set."""
    loop = MiniBatchLoop(lambda w, x, y: x.sum())
    assert expected == refusal(ShapeError, loop, weights(), [samples(), samples()], orders, 2)


def test_numbers_are_as_many_as_steps() -> None:
    """Of each series there is a number for each step."""
    loop = MiniBatchLoop(lambda w, x, rate: x.sum() * rate)
    found = refusal(ShapeError, loop, weights(), [samples()], SIX_ROWS, 4, [[0.5, 0.5, 0.5]])
    assert "numbers of shape (3,) are given, where 2 are wanted" == found


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("size", [2.0, "2", 0, -3, None])
def test_a_batch_size_is_a_whole_number(size: Any) -> None:
    """What is no number of rows is refused."""
    found = refusal(ValueError, MiniBatchLoop(descend), weights(), [samples()], SIX_ROWS, size)
    assert f"batch_size is {size!r}: give a whole number of rows, 1 or more" == found


@pytest.mark.usefixtures("unchecked")
def test_a_step_is_a_function() -> None:
    """What cannot be called is refused when the loop is made."""
    given: Any = 3
    with pytest.raises(TypeError) as raised:
        MiniBatchLoop(given)
    assert (
        "MiniBatchLoop is given a value of type int: a function is wanted, of a state, mini-batches and numbers"
        == str(raised.value)
    )


def test_a_batch_size_of_numpy() -> None:
    """A whole number of NumPy's is a number of rows."""
    assert [6, 22, 38] == MiniBatchLoop(descend).run(weights(), [samples()], SIX_ROWS, np.int64(2)).tolist()


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (samples(), "data is a Matrix: give a list of matrices, one for each data set"),
        ([samples().numpy()], "the data set x is of type ndarray: pass it as a Matrix, by Matrix.from_array"),
    ],
)
def test_data_sets_are_matrices(data: Any, expected: str) -> None:
    """Data sets come in a list, and each is a matrix."""
    assert expected == refusal(TypeError, MiniBatchLoop(descend), weights(), data, SIX_ROWS, 2)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("threads", [-1, 0, True, 2.5, "2"])
def test_threads_are_a_whole_number(threads: Any) -> None:
    """What is no number of threads is refused at once."""
    with pytest.raises(ValueError, match=r"^threads is ") as raised:
        MiniBatchLoop(descend, threads=threads)
    expected = f"threads is {threads!r}: give a whole number of threads, 1 or more, or None for all processors"
    assert expected == str(raised.value)


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strides", "named"), [((20, 8), "20 and 8"), ((40, 12), "40 and 12"), ((-20, 8), "-20 and 8")]
)
def test_data_between_whole_elements_are_refused(strides: tuple[int, int], named: str) -> None:
    """A data set whose rows lie between elements is told of, also for mini-batches of one row, which do not show it."""
    array = strided(6, 2, (abs(strides[0]), strides[1]))
    data = Matrix.from_array(array if strides[0] > 0 else array[::-1])
    expected = (
        f"the rows and columns of the data set x are {named} bytes apart, no multiples of its elements' 8: pass a "
        ".copy() of it"
    )
    for size in (1, 2, 6):
        assert expected == refusal(JitError, MiniBatchLoop(descend), weights(), [data], SIX_ROWS, size)
    losses = MiniBatchLoop(descend).run(weights(), [data.copy()], SIX_ROWS, 6)
    assert [66] == losses.tolist()


def test_a_data_set_without_a_name_is_counted() -> None:
    """Where the step's parameters have no names, a data set is named by its number."""
    data = [samples(), Matrix.from_array(strided(6, 2, (20, 8)))]
    found = refusal(JitError, MiniBatchLoop(lambda w, *data: data[0].sum()), weights(), data, SIX_ROWS, 1)
    assert found.startswith("the rows and columns of data set 2 are 20 and 8 bytes apart")


def test_one_row_lies_anywhere() -> None:
    """A data set of one row has no distance between rows."""
    data = Matrix.from_array(strided(1, 2, (20, 8)))
    assert [1] == MiniBatchLoop(descend).run(weights(), [data], np.array([0]), 1).tolist()


def test_states_that_share_memory_are_refused_in_every_run() -> None:
    """That matrices of the state overlap is found in a later run, too, which has its code already."""

    def step(state: Any, x: Any) -> Any:
        state[0] += 1.0
        state[1] *= 2.0
        return x.sum()

    loop = MiniBatchLoop(step)
    whole = Matrix.from_array(np.zeros((3, 6)))
    loop.run([whole[:, :2], whole[:, 3:5]], [samples()], SIX_ROWS, 2)
    found = refusal(JitError, loop, [whole[:, :2], whole[:, 1:3]], [samples()], SIX_ROWS, 2)
    assert found.endswith(
        "step changes state[0] in place, which shares memory with state[1]: pass a copy of one of them"
    )
    assert (whole.numpy()[:, 2] == 0).all()


@pytest.mark.parametrize("row", [0, 5])
def test_a_state_within_a_data_set_is_refused(row: int) -> None:
    """A state in any row of a data set is told of, not only in the first mini-batch's."""
    array = np.arange(12.0).reshape(6, 2)
    state, data = Matrix.from_array(array[row : row + 1]), Matrix.from_array(array)
    found = refusal(JitError, MiniBatchLoop(grow), state, [data], np.array([0, 1, 5, 4, 5, 2]), 2)
    shared = "x" if row == 0 else "the data set x"
    assert found.endswith(f"grow changes w in place, which shares memory with {shared}: pass a copy of one of them")
    np.testing.assert_array_equal(np.arange(12.0).reshape(6, 2), array)


def test_a_state_beside_a_data_set() -> None:
    """Columns of one array may be the state and a data set, as they share no element."""
    array = np.arange(18.0).reshape(6, 3)
    state, data = Matrix.from_array(array[:, :1]), Matrix.from_array(array[:, 1:])
    losses = MiniBatchLoop(grow).run(state, [data], SIX_ROWS, 3)
    assert [27, 81] == losses.tolist()
    np.testing.assert_array_equal(4 * np.arange(0, 18.0, 3) + 6, array[:, 0])


# --- steps ------------------------------------------------------------------------------------------------------------


def rebinding(state: Any, x: Any) -> Any:
    """Put another matrix into the state."""
    state[0] = state[0] - x.sum()
    return x.sum()


def changing(state: Any, x: Any) -> Any:
    """Change the mini-batch."""
    x *= 2.0
    return x.sum()


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda state, x: x, "<lambda> is to return its loss alone, a number or a matrix of shape (1, 1)"),
        (lambda state, x: None, "<lambda> is to return its loss alone, a number or a matrix of shape (1, 1)"),
        (rebinding, "rebinding is to change its state in place: write w -= ..., not state.w = ..."),
        (changing, "changing changes x, of which it gets a copy"),
    ],
)
def test_a_step_changes_its_state_and_returns_its_loss(step: Callable[..., Any], expected: str) -> None:
    """A step that does anything else cannot run in a loop."""
    assert expected == refusal(JitError, MiniBatchLoop(step), [weights()], [samples()], SIX_ROWS, 2)


# --- copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_a_copy_runs_as_the_loop_does(copied: Callable[[Any], Any]) -> None:
    """A loop that has run can be copied and pickled; a copy compiles its step anew."""
    loop = MiniBatchLoop(descend, threads=1)
    expected, found = weights(), weights()
    losses = loop.run(expected, [samples()], SIX_ROWS, 2)
    other = copied(loop)
    assert losses.tolist() == other.run(found, [samples()], SIX_ROWS, 2).tolist()
    assert (expected == found).all()
    assert "on 1 thread\n" in other.plan()
