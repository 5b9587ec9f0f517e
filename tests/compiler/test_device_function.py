"""Compiled functions and loops of matrices on a GPU: on a stand-in for cupy, whose kernels run in an emulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nets.mnist import Network
from shapedmat import DeviceError, Matrix, MiniBatchLoop, jit, use_precision
from shapedmat.compiler.cuda import executable
from shapedmat.compiler.cuda.executable import DeviceExecutable
from shapedmat.compiler.cuda.ways import LAUNCHES, RESIDENT, TIMES, Ways
from shapedmat.kernels.cuda import choices, driver
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device as device  # noqa: PLC0414  # a fixture

SAMPLES, BATCH = 30, 8


def normalized(a: Any, b: Any) -> Any:
    """Return a product of columns that add up to 1."""
    return (a / a.sum(axis=0)) @ b


def descend(w: Any, x: Any, y: Any, rate: float) -> Any:
    """Take a step of linear regression, and return its loss."""
    error = x @ w - y
    w -= rate * (x.T @ error) / x.rows
    return error.hadamard(error).sum() / x.rows


def random(rows: int, columns: int, seed: int = 0) -> Matrix[Any, Any, Any]:
    """Return a matrix of numbers between 0 and 1."""
    return Matrix.from_array(np.random.default_rng(seed).random((rows, columns), np.float32))


def descent(where: str, steps: int) -> tuple[Any, Any, MiniBatchLoop[Any]]:
    """Return the losses and the weights of a descent on a device, and the loop."""
    x, w = random(SAMPLES, 3), random(3, 1, 1).to(where)
    y = x @ random(3, 1, 2)
    order = np.random.default_rng(3).integers(0, SAMPLES, steps * BATCH - 3)
    loop = MiniBatchLoop(descend)
    rates = [np.linspace(0.5, 0.1, steps)]
    losses = loop.run(w, [x.to(where), y.to(where)], order, BATCH, rates)
    return losses, w.numpy(), loop


# --- one call ---------------------------------------------------------------------------------------------------------


def test_results_are_those_of_the_cpu(device: Machine) -> None:
    """A compiled function gives on a GPU what it gives on the CPU, where its arguments are."""
    a, b = random(5, 7), random(7, 3)
    found = jit(normalized)(a.to("cuda"), b.to("cuda"))
    assert "cuda:0" == found.device
    np.testing.assert_allclose(found.numpy(), normalized(a, b).numpy(), rtol=1e-6)


def test_a_call_is_one_launch_or_one_for_each_phase(device: Machine) -> None:
    """Both ways to run a program are timed in turn, and then the faster one runs it."""
    network = Network.initialized(np.random.default_rng(0), np.float32, device="cuda")
    x, y = random(784, 4).to("cuda"), random(10, 4).to("cuda")
    step = jit(Network.step)
    for _ in range(2 * (1 + TIMES) + 3):
        step(network, x, y, 0.1)
    launches = Counter(each.name for each in device.launches)
    # A launch takes one millisecond on the stand-in, so that the fewest launches are fastest.
    assert {"program": 1 + TIMES + 3, "phase_0": 1 + TIMES, "phase_1": 1 + TIMES, "phase_2": 1 + TIMES} == launches


def test_a_program_of_one_phase_is_one_plain_launch(device: Machine) -> None:
    """Where no block waits for another one, there is nothing to choose."""
    double = jit(lambda a: a + a)
    for _ in range(3):
        double(random(4, 4).to("cuda"))
    assert [("phase_0", False)] * 3 == [(each.name, each.cooperative) for each in device.launches]


def test_arguments_change_in_place(device: Machine) -> None:
    """A training step on a GPU changes the network as on the CPU, and returns its loss as a number."""
    networks = [Network.initialized(np.random.default_rng(0), np.float32, device=where) for where in ("cpu", "cuda")]
    x, y = random(784, 5), random(10, 5, 1)
    step = jit(Network.step)
    losses = [step(each, x.to(each.w1.device), y.to(each.w1.device), 0.5) for each in networks]
    assert [np.float32, np.float32] == [type(loss) for loss in losses]
    np.testing.assert_allclose(float(losses[1]), float(losses[0]), rtol=1e-5)
    for name, expected in networks[0].parameters.items():
        np.testing.assert_allclose(networks[1].parameters[name].numpy(), expected.numpy(), atol=1e-6)


@pytest.mark.parametrize("start", [1, 2, 4])
def test_matrices_may_begin_anywhere(device: Machine, start: int) -> None:
    """Parts of matrices are read and changed where they lie, also where the widest access cannot begin."""

    def grow(part: Any, other: Any) -> Any:
        part += 1.0
        return part @ other

    whole, other = random(1, 40).to("cuda"), random(8, 8, 1)
    expected = whole.numpy().copy()
    part = Matrix.from_array(whole._array[0, start : start + 32].reshape(4, 8))
    found = jit(grow)(part, other.to("cuda")).numpy()
    expected[0, start : start + 32] += 1
    np.testing.assert_array_equal(whole.numpy(), expected)
    np.testing.assert_allclose(found, expected[0, start : start + 32].reshape(4, 8) @ other.numpy(), rtol=1e-5)


def test_strided_matrices_are_read_where_they_lie(device: Machine) -> None:
    """Every second row and column, and a transpose, need no copies."""
    a, b = random(10, 12), random(6, 8, 1)
    parts = Matrix.from_array(a.to("cuda")._array[::2, ::2]), b.to("cuda").T
    found = jit(lambda x, y: x @ y.T)(*parts)
    np.testing.assert_allclose(found.numpy(), a.numpy()[::2, ::2] @ b.numpy(), rtol=1e-6)


def turned(a: Any, b: Any) -> None:
    """Add to a matrix its own transpose."""
    a += (a * 2.0).T + b


def backwards(a: Any, b: Any) -> None:
    """Add to a matrix its own rows in reverse, and a product."""
    a += b @ b + (a * 2.0)[::-1]


def of_what_is_computed(a: Any, b: Any) -> None:
    """Add to a matrix what is computed of it, and the transpose of that."""
    product = a @ b
    a += product + (product * 2.0).T


@pytest.mark.parametrize("function", [turned, backwards, of_what_is_computed])
def test_old_elements_of_other_places_are_not_lost(device: Machine, function: Callable[[Any, Any], None]) -> None:
    """A matrix that changes may be read at other places by what is computed as it is read, in any order of blocks."""
    expected, b = random(40, 40), random(40, 40, 1)
    actual = expected.to("cuda")
    function(expected, b)
    jit(function)(actual, b.to("cuda"))
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), rtol=1e-5)


def test_parts_of_matrices_may_begin_anywhere(device: Machine) -> None:
    """Rows and columns of a larger matrix, which no access of several elements may begin with, are read in place."""
    whole, b = random(8, 11), random(5, 4, 1)
    part = Matrix.from_array(whole.to("cuda")._array[0:5, 1:6])
    found = jit(lambda x, y: (x * 2 + 1) @ y)(part, b.to("cuda"))
    np.testing.assert_allclose(found.numpy(), (whole.numpy()[0:5, 1:6] * 2 + 1) @ b.numpy(), rtol=1e-6)


def test_precision_belongs_to_the_call(device: Machine) -> None:
    """A function that was compiled under less precision is not what runs in full, and the other way round."""
    a, b = (Matrix.from_array(np.full((16, 16), 1 + 2.0**-12, np.float32)).to("cuda") for _ in range(2))
    product = jit(lambda x, y: x @ y)
    full = product(a, b).numpy()
    with use_precision("tf32"):
        assert np.all(product(a, b).numpy() == 16)
    np.testing.assert_array_equal(product(a, b).numpy(), full)


def test_tensor_cores_are_not_replaced_silently(device: Machine) -> None:
    """Where a device has no tensor cores for a precision, or is the CPU, compiling says so."""
    device.compute_capability = "75"
    a = random(16, 16)
    with use_precision("bf16"):
        with pytest.raises(DeviceError, match=r"^products in bf16 need compute capability 8.0, but cuda:0 has 7.5: "):
            jit(lambda x: x @ x)(a.to("cuda"))
        with pytest.raises(DeviceError, match=r"^products in bf16 are computed by the tensor cores of a GPU, but "):
            jit(lambda x: x @ x)(a)


def test_large_products_may_be_left_to_cublas(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a product is large, one operation of cupy after the other is a way, too, and is taken if it is fastest."""
    monkeypatch.setattr(executable, "_LARGE_PRODUCT", 1000)
    a, b = random(16, 16).to("cuda"), random(16, 16, 1).to("cuda")
    product = jit(normalized)
    for _ in range(3 * (1 + TIMES)):
        product(a, b)
    before = len(device.launches)
    found = product(a, b)
    assert before == len(device.launches)  # cupy's own kernels are none of ours
    np.testing.assert_allclose(found.numpy(), normalized(a.to("cpu"), b.to("cpu")).numpy(), rtol=1e-5)


# --- loops ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_loops_agree_with_the_cpu(device: Machine, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Losses and weights are those of the CPU, by blocks that stay and by graphs, with a smaller last mini-batch."""
    monkeypatch.setattr(Ways, "best", way)
    expected, actual = descent("cpu", 40), descent("cuda", 40)
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-4)
    np.testing.assert_allclose(actual[1], expected[1], rtol=1e-4)


def test_an_epoch_is_a_loop_of_graph_launches(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is launched but by graphs, each of several steps, and none is captured again in the next epoch."""
    monkeypatch.setattr(Ways, "best", LAUNCHES)
    monkeypatch.setattr(Ways, "untried", ())
    monkeypatch.setattr(executable, "STEPS_OF_GRAPH", 4)
    x, w = random(SAMPLES, 3).to("cuda"), random(3, 1, 1).to("cuda")
    y = Matrix.from_array(x.numpy() @ np.ones((3, 1), np.float32)).to("cuda")
    loop = MiniBatchLoop(descend)
    captured: list[int] = []
    capture = driver.captured

    def counted(launch: Callable[[], None]) -> Callable[[], None]:
        captured.append(1)
        return capture(launch)

    monkeypatch.setattr(driver, "captured", counted)
    program, leaves = loop._program(w, [x._array, y._array], 1, BATCH, 1)
    for _ in range(2):
        losses = np.zeros(10, np.float32)
        given = [leaves[0], x._array, y._array, np.full(10, 0.1)]
        advance = program.executable.steps(given, losses, [np.arange(80) % SAMPLES])
        assert 10 == advance(0, 10)
    assert ({True}, 1) == ({each.replayed for each in device.launches}, len(captured))
    assert 2 * 3 == sum(each.name == "advance" for each in device.launches)


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_a_run_may_begin_within_another_one(device: Machine, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """Two runs of one loop take turns, each with its own state and losses, as those of two threads do."""
    monkeypatch.setattr(Ways, "best", way)

    def step(w: Any, x: Any) -> Any:
        w += x.sum() / x.rows
        return w.sum()

    loop = MiniBatchLoop(step)
    outer, inner = (Matrix.from_array(np.zeros((1, 1), np.float32)).to("cuda") for _ in range(2))
    data = [Matrix.from_array(np.ones((8, 1), np.float32)).to("cuda")]
    losses: list[Any] = []

    def notice(_done: int, _losses: Any) -> None:
        if not losses:
            losses.append(loop.run(inner, data, np.arange(8), 2))

    losses.append(loop.run(outer, data, np.arange(8), 2, notice=notice))
    assert [[1.0, 2.0, 3.0, 4.0]] * 2 == [each.tolist() for each in losses]
    assert [4.0, 4.0] == [outer.numpy()[0, 0], inner.numpy()[0, 0]]


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_a_state_may_have_numbers(device: Machine, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A number of the state is another one in another run of the same code."""
    monkeypatch.setattr(Ways, "best", way)

    def step(state: Any, x: Any) -> Any:
        w, rate = state
        w += rate * x.sum()
        return w.sum()

    loop = MiniBatchLoop(step)
    x = Matrix.from_array(np.ones((4, 1), np.float32)).to("cuda")
    for rate in (0.5, 0.25, np.float32(0.125)):
        w = Matrix.from_array(np.zeros((1, 1), np.float32)).to("cuda")
        loop.run((w, rate), [x], np.arange(4), 2)
        assert 4 * rate == w.numpy()[0, 0]


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_a_loop_ends_behind_a_loss_that_is_not_finite(
    device: Machine, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """No step is taken behind one whose loss is infinite, and the weights are those of the steps before."""
    monkeypatch.setattr(Ways, "best", way)

    def step(w: Any, x: Any) -> Any:
        w += 1.0
        return x.sum() / x.rows

    x = np.ones((12, 1), np.float32)
    x[5] = np.inf
    w = Matrix.from_array(np.zeros((1, 1), np.float32)).to("cuda")
    losses = MiniBatchLoop(step).run(w, [Matrix.from_array(x).to("cuda")], np.arange(12), 2)
    assert [1.0, 1.0, np.inf] == losses.tolist()
    assert 3 == w.numpy()[0, 0]


def test_both_ways_are_tried_and_the_choice_is_kept(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With enough steps both ways are timed, and a later program of the same source begins with the faster one."""
    monkeypatch.setattr(executable, "STEPS_OF_GRAPH", 2)
    x = random(SAMPLES, 3).to("cuda")
    loop = MiniBatchLoop(descend)
    w, y = random(3, 1, 1).to("cuda"), random(SAMPLES, 1).to("cuda")
    program, leaves = loop._program(w, [x._array, y._array], 1, BATCH, 1)
    steps = 2 * (1 + TIMES) * 2 + 3
    given = [leaves[0], x._array, y._array, np.full(steps, 0.1)]
    advance = program.executable.steps(given, np.zeros(steps, np.float32), [np.arange(steps * BATCH) % SAMPLES])
    assert steps == advance(0, steps)
    assert isinstance(program.executable, DeviceExecutable)
    source = program.executable._program.launched
    later = Ways(source, [RESIDENT, LAUNCHES])
    assert RESIDENT == choices.read(choices.key("program", source, RESIDENT, LAUNCHES))
    assert (RESIDENT, ()) == (later.best, later.untried)


def test_ways_of_long_steps_are_tried_one_by_one(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few steps are taken at once, for they take long, the ways are timed over several calls."""
    monkeypatch.setattr(executable, "STEPS_OF_GRAPH", 2)
    compiled, given = descent_of(60, 4, 0.1)
    assert 2 == len(compiled._ways.untried)
    advance = compiled.steps(given, np.zeros(60, np.float32), [np.arange(60 * BATCH) % SAMPLES])
    for first in range(0, 60, 6):
        assert first + 6 == advance(first, first + 6)
    assert 0 == len(compiled._ways.untried)


def test_a_loop_that_has_ended_tells_nothing_of_its_time(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a loss is not finite while ways are timed, steps are left out, and no way is taken for the faster one."""
    monkeypatch.setattr(executable, "STEPS_OF_GRAPH", 2)
    compiled, given = descent_of(60, 5, np.inf)
    advance = compiled.steps(given, np.zeros(60, np.float32), [np.arange(60 * BATCH) % SAMPLES])
    assert 2 == advance(0, 60)
    assert (RESIDENT, LAUNCHES) == compiled._ways.untried


def descent_of(steps: int, features: int, rate: float) -> tuple[DeviceExecutable, list[Any]]:
    """Return the code of a descent on a device, and what it is given for so many steps."""
    x, w = random(SAMPLES, features).to("cuda"), random(features, 1, 1).to("cuda")
    y = random(SAMPLES, 1).to("cuda")
    program, _ = MiniBatchLoop(descend)._program(w, [x._array, y._array], 1, BATCH, 1)
    assert isinstance(program.executable, DeviceExecutable)
    return program.executable, [w._array, x._array, y._array, np.full(steps, rate)]
