"""Compiled programs in memory: what they touch, several at once, in forked processes, and when they are interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from nets.mnist import Network
from shapedmat import Matrix, jit, ops
from shapedmat.compiler import plan as planning
from shapedmat.compiler.arguments import read
from shapedmat.compiler.compilation import plan_of
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.loop import MiniBatchLoop
from shapedmat.compiler.tracing import trace
from shapedmat.graph import Graph
from shapedmat.kernels import threads as kernel_threads
from tests.compiler.agreement import plan_of as plan_of_program
from tests.compiler.agreement import run
from tests.compiler.random_programs import Program
from tests.memory import Array, guarded

ROOT = Path(__file__).parents[2]

BATCHES = [1, 7, 10, 32, 33]


def images(count: int, seed: int = 0) -> tuple[Array, Array]:
    """Return random images as bytes, one a row, and one-hot labels."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 784)).astype(np.uint8), np.eye(10, dtype=np.float32)[rng.integers(0, 10, count)]


def step(network: Network[np.float32], images: Any, labels: Any, rate: float) -> Any:
    """Train on one mini-batch, one image a row."""
    return network.step((images.astype(np.float32) / 255).T, labels.T, rate)


def weights(network: Network[np.float32]) -> list[bytes]:
    """Return the bits of all weights and biases."""
    return [each.numpy().tobytes() for each in network.parameters.values()]


def initialized(seed: int = 0) -> Network[np.float32]:
    """Return a network."""
    return Network.initialized(np.random.default_rng(seed), np.float32)


@pytest.fixture
def _everything_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads share even the smallest work, also on a machine with one processor."""
    monkeypatch.setattr(planning, "_SHARED_CYCLES", 0)
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)
    monkeypatch.setattr(kernel_threads, "processors", lambda: 3)


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("batch_size", BATCHES)
def test_a_step_of_the_mnist_network_keeps_to_its_memory(batch_size: int, at_end: bool) -> None:
    """A step touches nothing beside its arguments, results and own memory, and trains as the eager one does."""
    pixels, labels = images(batch_size)
    network = initialized()
    arguments = network, Matrix.from_array(pixels), Matrix.from_array(labels), 0.5
    traced = trace(step, arguments, {})
    executable = Executable(plan_of(traced, 1))
    leaves = read("step", arguments, {}, ()).leaves
    results, after = run(executable, leaves, at_end=at_end)
    loss = step(*arguments)
    np.testing.assert_allclose(results[0], [[loss]], rtol=1e-5)
    for expected, actual in zip(network.parameters.values(), after, strict=False):
        np.testing.assert_allclose(actual, expected.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("batch_size", "threads"), [(1, 1), (7, 2), (33, 1), (32, 2)])
@pytest.mark.usefixtures("_everything_is_shared")
def test_a_loop_over_mini_batches_keeps_to_its_memory(batch_size: int, threads: int) -> None:
    """The loop touches nothing beside weights, data sets and order, and trains as eager steps do."""
    count = 3 * batch_size
    pixels, labels = (guarded(each, at_end=True) for each in images(count))
    order = guarded(np.random.default_rng(1).permutation(count), at_end=True)
    network, expected = initialized(), initialized()
    for name, each in network.parameters.items():
        setattr(network, name, Matrix.from_array(guarded(each.numpy(), at_end=True)))
    assert np.shares_memory(pixels, Matrix.from_array(pixels).numpy())
    steps = -(-count // batch_size)
    data = Matrix.from_array(pixels), Matrix.from_array(labels)
    loop = MiniBatchLoop(step, threads=threads)
    losses = loop.run(network, data, order, batch_size, [np.full(steps, 0.5)])
    for number, loss in enumerate(losses):
        rows = order[number * batch_size : (number + 1) * batch_size]
        batch = Matrix.from_array(pixels[rows]), Matrix.from_array(labels[rows])
        np.testing.assert_allclose(loss, step(expected, *batch, 0.5), rtol=1e-4)
    for one, other in zip(expected.parameters.values(), network.parameters.values(), strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-3, atol=1e-5)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [float, np.float32, np.float64])
def test_numbers_are_arguments(kind: Any, dtype: Any) -> None:
    """Floats of either size are given anew in each call, and take part in the matrices' type."""

    def scaled(x: Any, rate: Any, shift: Any) -> Any:
        return x * rate + shift * rate

    x = Matrix.from_array(np.arange(21, dtype=dtype).reshape(3, 7))
    compiled = jit(scaled)
    for rate, shift in ((kind(0.1), kind(3)), (kind(-2.5), kind(0.7))):
        expected, found = scaled(x, rate, shift), compiled(x, rate, shift)
        assert expected.dtype == found.dtype
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)


# --- several at once --------------------------------------------------------------------------------------------------


def trained(loop: MiniBatchLoop[Any], seed: int) -> list[bytes]:
    """Train a network on some images, and return its weights."""
    network, data = initialized(seed), [Matrix.from_array(each) for each in images(320, seed)]
    order = np.random.default_rng(seed).permutation(320)
    loop.run(network, data, order, 32, [np.full(10, 0.5)])
    return weights(network)


ONE_GROUP: Final[dict[str, Callable[[Any], Any]]] = {
    "a pass": lambda x: x.run(ops.EXP),
    "a pass over a row": lambda x: x.run(ops.INDEX, key=(slice(1), slice(None))).run(ops.EXP),
    "a pass over listed columns": lambda x: x.run(ops.INDEX, key=(slice(1), np.array([*range(40, 0, -1)]))) + 1,
    "a pass over few columns": lambda x: x.run(ops.INDEX, key=(slice(1), slice(3))).run(ops.EXP),
    "a product": lambda x: x @ x.run(ops.TRANSPOSE),
    "sums of columns": lambda x: x.run(ops.SUM, axis=0),
    "sums of rows": lambda x: x.run(ops.SUM, axis=1),
    "maxima of columns": lambda x: x.run(ops.MAX, axis=0),
    "maxima of rows": lambda x: x.run(ops.MAX, axis=1),
    "places of minima": lambda x: x.run(ops.ARGMIN, axis=1),
    "a reshape": lambda x: x.run(ops.RESHAPE, shape=(41, 37)),
    "a stack": lambda x: x.run(ops.HSTACK, x),
    "a scatter": lambda x: x.run(ops.SCATTER, key=(slice(37), slice(1, None)), shape=(40, 42)),
    "a transpose": lambda x: x.run(ops.TRANSPOSE),
}
"""What is computed in one group of a matrix of 37×41."""


@pytest.mark.parametrize("name", ONE_GROUP)
@pytest.mark.usefixtures("_everything_is_shared")
def test_threads_share_the_work_of_a_group(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several threads, each writes a part of the result, and no element is written by two of them."""
    graph = Graph()
    x: Any = graph.input("x", 37, 41, dtype=np.float32)
    values = np.random.default_rng(0).uniform(0.5, 1, (37, 41)).astype(np.float32)
    drawn = Program(graph, [x], [values], [ONE_GROUP[name](x)], {})
    executable = Executable(plan_of_program(drawn, threads=3))
    assert 1 == len(executable.plan.groups)
    written = np.zeros(drawn.outputs[0].shape, int)
    for thread in range(3):
        monkeypatch.setattr(kernel_threads, "run_together", partial(_alone, thread))
        (result,), _ = run(executable, [values])
        written += (result.view(np.uint8) != 0xFF).reshape(*result.shape, -1).any(axis=2)
    assert (written == 1).all()


def _alone(thread: int, function: Callable[[int, int], Any], threads: int) -> None:
    function(thread, threads)


@pytest.mark.parametrize(("asked", "expected"), [(None, 2), (1, 1), (2, 2), (3, 2), (10**9, 2)])
def test_there_are_no_more_threads_than_processors(
    asked: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads beyond the processors, for which those that run would wait, are left out; so are those of a setting."""
    monkeypatch.setattr(planning, "_sharing_pays", lambda _: True)
    monkeypatch.setattr(kernel_threads, "processors", lambda: 2)
    monkeypatch.setenv(kernel_threads.VARIABLE, "4")
    x = Matrix.from_array(np.ones((64, 64), np.float32))
    assert expected == plan_of(trace(lambda x: x @ x, (x,), {}), asked).threads


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.usefixtures("_everything_is_shared")
def test_two_networks_train_at_once(threads: int) -> None:
    """Two Python threads with a loop of their own, or the same one, get the bits of one after the other."""
    expected = [trained(MiniBatchLoop(step, threads=threads), seed) for seed in (1, 2)]
    shared: MiniBatchLoop[Any] = MiniBatchLoop(step, threads=threads)
    found: dict[int, list[list[bytes]]] = {1: [], 2: []}

    def train(seed: int) -> None:
        for _ in range(4):
            found[seed].append(trained(shared, seed))
            found[seed].append(trained(MiniBatchLoop(step, threads=threads), seed))

    workers = [threading.Thread(target=train, args=(seed,)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [expected[0]] * 8 == found[1]
    assert [expected[1]] * 8 == found[2]


PROGRAM = """
import os
import signal
import sys
import threading

import numpy as np

from nets.mnist import Network
from shapedmat import Matrix
from shapedmat.compiler import plan
from shapedmat.compiler.loop import MiniBatchLoop
from shapedmat.kernels import threads
from tests.compiler.test_executable import images, initialized, step, trained, weights

plan._SHARED_CYCLES, plan._sharing_pays, threads.processors = 0, lambda _: True, lambda: 3
"""


def output_of(program: str) -> str:
    """Return what a Python program prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM + program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


@pytest.mark.parametrize("threads", [1, 2])
def test_a_forked_process_trains(threads: int) -> None:
    """In a forked process a loop that was compiled before it, and one that is compiled there, train the same."""
    assert "equal\n" == output_of(f"""
loop = MiniBatchLoop(step, threads={threads})
expected = trained(loop, 1)
child = os.fork()
if not child:
    found = [trained(loop, 1), trained(MiniBatchLoop(step, threads={threads}), 1)]
    os._exit(0 if [expected] * 2 == found else 1)
_, status = os.waitpid(child, 0)
assert expected == trained(loop, 1)
print("equal" if os.waitstatus_to_exitcode(status) == 0 else "different")
""")


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_comes_between_two_steps(threads: int) -> None:
    """Ctrl-C in a long loop ends it within a second, behind a whole step; afterwards, the loop trains as before."""
    assert "sound\n" == output_of(f"""
data = [Matrix.from_array(each) for each in images(320)]
many = np.tile(np.arange(320), 4000)
loop = MiniBatchLoop(step, threads={threads})
network, counts = initialized(), []
first = [np.full(10, 0.5)]
loop.run(network, data, many[:320], 32, first)
network = initialized()
threading.Timer(0.35, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    loop.run(network, data, many, 32, [np.full(40_000, 0.5)], notice=lambda done, losses: counts.append(done))
    raise SystemExit("was not interrupted")
except KeyboardInterrupt:
    pass
found, expected = weights(network), initialized()
steps = counts[-1] if counts else 0
# The chunk in which the interrupt came was done, too, but told nobody.
loop.run(expected, data, many[: 32 * steps], 32, [np.full(steps, 0.5)])
more = 0
while found != weights(expected) and more < 40_000:
    loop.run(expected, data, np.roll(many, -32 * (steps + more))[:32], 32, [np.full(1, 0.5)])
    more += 1
print("sound" if found == weights(expected) else "not sound")
""")
