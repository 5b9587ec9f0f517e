"""Updates that the next step's product does on its way: which are, that they change no bit, and what they touch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from shapedmat import Matrix, sigmoid
from shapedmat.compiler import carrying
from shapedmat.compiler import loop as looping
from shapedmat.compiler.loop import MiniBatchLoop
from shapedmat.kernels.target import VARIABLE, Target
from tests.memory import Array, guarded
from tests.targets import TARGETS

State = list[Any]
Step = Callable[..., Any]

STEPS: Final = 7


def squared(error: Any) -> Any:
    """Return the sum of squares."""
    return error.hadamard(error).sum()


def columns(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w of outputs × inputs, with samples as columns."""
    w, b = state
    error = (w @ xs.T + b).apply(sigmoid) - ys.T
    w -= rate * (error @ xs)
    b -= rate * error.sum(axis=1)
    return squared(error)


def rows(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w of inputs × outputs, with samples as rows."""
    w, b = state
    error = (xs @ w + b.T).apply(sigmoid) - ys
    w -= rate * (xs.T @ error)
    b -= rate * error.T
    return squared(error)


def transposed(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w of inputs × outputs, of which the transpose is multiplied."""
    w, _ = state
    error = w.T @ xs.T - ys.T
    w -= rate * (xs.T @ error.T)
    return squared(error)


def decaying(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w with weight decay, which needs the old elements twice."""
    w, _ = state
    error = w @ xs.T - ys.T
    w -= rate * (error @ xs + 0.01 * w)
    return squared(error)


def moving(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w with momentum: two matrices are changed in one pass."""
    w, velocity = state
    error = w @ xs.T - ys.T
    velocity *= 0.5
    velocity += error @ xs
    w -= rate * velocity
    return squared(error)


def deep(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train two layers: what the second update reads is computed before the second product of the next step."""
    w, v = state
    x = xs.T
    a = (w @ x).apply(sigmoid)
    error = v @ a - ys.T
    back = (v.T @ error).hadamard(a)
    w -= rate * (back @ xs)
    v -= rate * (error @ a.T)
    return squared(error)


def read_twice(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w, which two products read."""
    w, _ = state
    error = w @ xs.T - ys.T
    other = (w @ xs.T.hadamard(xs.T)).apply(sigmoid)
    w -= rate * (error.hadamard(other) @ xs)
    return squared(error)


def after(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w, whose new elements the loss needs."""
    w, _ = state
    error = w @ xs.T - ys.T
    w -= rate * (error @ xs)
    return squared(error) + squared(w)


def norm_first(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w, whose elements a pass reads before the product does."""
    w, _ = state
    size = squared(w)
    error = w @ (xs.T / (size + 1.0)) - ys.T
    w -= rate * (error @ xs)
    return squared(error)


def bias_in_update(state: State, xs: Any, ys: Any, rate: float) -> Any:
    """Train w by a factor that is changed in the same step."""
    w, b = state
    error = w @ xs.T - ys.T
    w -= rate * ((error.hadamard(b)) @ xs) * b
    b -= rate * error
    return squared(error)


def shape_of_deep(inputs: int, outputs: int) -> list[tuple[int, int]]:
    """Return the shapes of two layers."""
    return [(13, inputs), (outputs, 13)]


# Each with the shapes of its state, and how many updates the next step does.
STEP_CASES: Final[dict[str, tuple[Step, Callable[[int, int], list[tuple[int, int]]], int]]] = {
    "columns": (columns, lambda i, o: [(o, i), (o, 1)], 1),
    "rows": (rows, lambda i, o: [(i, o), (o, 1)], 1),
    "transposed": (transposed, lambda i, o: [(i, o), (o, 1)], 1),
    "decaying": (decaying, lambda i, o: [(o, i), (o, 1)], 1),
    "moving": (moving, lambda i, o: [(o, i), (o, i)], 1),
    "deep": (deep, shape_of_deep, 2),
    "read twice": (read_twice, lambda i, o: [(o, i), (o, 1)], 1),
    "after": (after, lambda i, o: [(o, i), (o, 1)], 0),
    "norm first": (norm_first, lambda i, o: [(o, i), (o, 1)], 0),
    "bias in update": (bias_in_update, lambda i, o: [(o, i), (o, 1)], 0),
}


@pytest.fixture(autouse=True)
def _small_matrices_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Carry over the updates of even the smallest matrices."""
    monkeypatch.setattr(carrying, "_LEAST_BYTES", 0)


def drawn(step: str, inputs: int, outputs: int, dtype: Any, order: str) -> tuple[State, list[Array]]:
    """Return a state whose matrices lie by rows ("C") or by columns ("F"), and samples, all in guarded memory."""
    rng = np.random.default_rng(inputs + outputs)

    def matrix(rows: int, columns: int) -> Array:
        return rng.uniform(-1, 1, (rows, columns)).astype(dtype)

    def kept(values: Array) -> Any:
        return Matrix.from_array(guarded(values.T, at_end=True).T if order == "F" else guarded(values, at_end=True))

    state = [kept(matrix(*shape)) for shape in STEP_CASES[step][1](inputs, outputs)]
    return state, [guarded(matrix(STEPS, size), at_end=True) for size in (inputs, outputs)]


def run(step: Step, state: State, data: list[Array], rates: Array, batch_size: int = 1) -> tuple[Array, Any]:
    """Run a loop over shuffled samples on one thread, and return the losses and the loop's only plan."""
    loop: MiniBatchLoop[State] = MiniBatchLoop(step, threads=1)
    order = guarded(np.random.default_rng(0).permutation(len(data[0])), at_end=True)
    losses = loop.run(state, [Matrix.from_array(each) for each in data], order, batch_size, [rates])
    (program,) = loop._programs.values()
    return losses, program.executable.plan


def copied(state: State) -> State:
    """Return a copy that lies as the matrices do."""
    return [Matrix.from_array(each.numpy().copy(order="K")) for each in state]


SIZES: Final = [(7, 5), (9, 150), (1, 9), (9, 1), (16, 16)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    ("name", "inputs", "outputs", "dtype"),
    [
        *((name, 150, 9, np.float32) for name in STEP_CASES),
        *((name, 33, 18, np.float64) for name in ("columns", "deep")),
        *((name, *size, np.float32) for name in ("columns", "rows") for size in SIZES),
    ],
)
def test_steps_train_as_eager_ones_do(name: str, inputs: int, outputs: int, dtype: Any, order: str) -> None:
    """The state ends as eager steps leave it; only those updates are carried over that nothing else needs."""
    step, _, count = STEP_CASES[name]
    state, data = drawn(name, inputs, outputs, dtype, order)
    expected = copied(state)
    rates = guarded(np.linspace(0.1, 0.02, STEPS), at_end=True)
    losses, plan = run(step, state, data, rates)
    for number, row in enumerate(np.random.default_rng(0).permutation(STEPS)):
        samples = [Matrix.from_array(each[row : row + 1]) for each in data]
        np.testing.assert_allclose(losses[number], step(expected, *samples, dtype(rates[number])), rtol=1e-3)
    for one, other in zip(expected, state, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-3, atol=1e-5)
    if 1 not in (inputs, outputs):
        assert count == len(plan.carried)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", [name for name, (_, _, count) in STEP_CASES.items() if count])
def test_no_bit_depends_on_where_calls_end(name: str, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps in one call, and each in a call of its own, give the same bits."""
    step, _, _ = STEP_CASES[name]
    state, data = drawn(name, 37, 21, np.float32, order)
    other = copy.deepcopy(copied(state))
    rates = np.full(STEPS, 0.05)
    monkeypatch.setattr(looping, "_CHUNK_SECONDS", 0.0)
    alone, _ = run(step, state, data, rates)
    monkeypatch.setattr(looping, "_CHUNK_SECONDS", 1e9)
    together, _ = run(step, other, data, rates)
    assert alone.tobytes() == together.tobytes()
    assert [each.numpy().tobytes() for each in state] == [each.numpy().tobytes() for each in other]


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.name)
@pytest.mark.parametrize("name", ["columns", "rows", "deep"])
def test_every_target_trains_alike(name: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of any length, and any number of registers, lead to the same state."""
    monkeypatch.setenv(VARIABLE, target.name)
    step, _, _ = STEP_CASES[name]
    state, data = drawn(name, 150, 21, np.float32, "C")
    expected = copied(state)
    _, plan = run(step, state, data, np.full(STEPS, 0.05))
    assert plan.target == target
    for row in np.random.default_rng(0).permutation(STEPS):
        step(expected, *(Matrix.from_array(each[row : row + 1]) for each in data), 0.05)
    for one, other in zip(expected, state, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-3, atol=1e-5)


def test_several_samples_carry_nothing() -> None:
    """With two samples, the gradient is no outer product."""
    state, data = drawn("columns", 20, 10, np.float32, "C")
    _, plan = run(columns, state, [each[:6] for each in data], np.full(3, 0.1), batch_size=2)
    assert [] == plan.carried


def test_matrices_that_fit_the_first_cache_carry_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small matrix is read twice in no time."""
    monkeypatch.undo()
    state, data = drawn("columns", 20, 10, np.float32, "C")
    _, plan = run(columns, state, data, np.full(STEPS, 0.1))
    assert [] == plan.carried


@pytest.mark.parametrize("last", [0, 1, 4])
def test_a_loss_that_is_not_finite_ends_behind_its_update(last: int) -> None:
    """The step of the first loss that is NaN changes the state as an eager one does, and no later step does."""
    state, data = drawn("columns", 20, 10, np.float32, "C")
    expected = copied(state)
    order = np.random.default_rng(0).permutation(STEPS)
    data[0][order[last], 3] = np.nan
    losses, plan = run(columns, state, data, np.full(STEPS, 0.1))
    for row in order[: last + 1]:
        xs, ys = (Matrix.from_array(each[row : row + 1]) for each in data)
        columns(expected, xs, ys, 0.1)
    assert 1 == len(plan.carried)
    assert last + 1 == len(losses)
    for one, other in zip(expected, state, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-4, atol=1e-6)
