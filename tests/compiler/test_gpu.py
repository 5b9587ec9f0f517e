"""Compiled functions where they run: random programs and steps of training on a GPU, or on a stand-in for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.mnist import Network
from shapedmat import Matrix, MiniBatchLoop, backends, jit
from shapedmat.compiler.cuda.executable import DeviceExecutable
from shapedmat.compiler.cuda.plan import make_device_plan
from shapedmat.compiler.cuda.ways import LAUNCHES, RESIDENT, Ways
from tests.compiler.agreement import disagreement_of, layout_of
from tests.compiler.random_programs import Program, program
from tests.conftest import CUDA_OBSTACLE
from tests.cuda.stand_in import device as stand_in  # noqa: F401  # a fixture, asked for by its name

DTYPES = ["float32", "float64"]


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.cuda)])
def cupy(request: pytest.FixtureRequest) -> Any:
    """Return the module cupy: of the stand-in, and where there is a GPU the real one."""
    if request.param == "stand-in":
        request.getfixturevalue("stand_in")
    elif CUDA_OBSTACLE:
        pytest.skip(CUDA_OBSTACLE)
    return backends.get("cupy").namespace


def disagreement(cupy: Any, drawn: Program, way: str) -> str:
    """Return what differs between a program on the device and single operations on the host, or nothing."""
    given = [cupy.asarray(value) for value in drawn.values]
    layouts = {place: layout_of(array) for place, array in enumerate(given)}
    plan = make_device_plan(drawn.graph, drawn.inputs, drawn.outputs, drawn.updates, layouts)
    executable = DeviceExecutable(plan, "drawn", 0)
    executable._ways = Ways("", [way])
    results = executable(given)
    return disagreement_of(drawn, [each.get() for each in results], [each.get() for each in given])


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
@pytest.mark.parametrize("seed", range(4))
def test_random_programs_agree(cupy: Any, seed: int, way: str) -> None:
    """Values, gradients and updates are those of single operations on the host."""
    drawn = program(seed, 12, DTYPES[seed % 2], gradients=seed > 1)
    assert "" == disagreement(cupy, drawn, way)


@pytest.mark.slow
@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_hundreds_of_random_programs_agree(cupy: Any, way: str) -> None:
    """So do hundreds."""
    for seed in range(200):
        assert "" == disagreement(cupy, program(seed, 14, DTYPES[seed % 2], gradients=seed % 3 == 0), way), seed


@pytest.mark.parametrize("batch", [1, 64])
def test_steps_of_training_agree_with_the_cpu(cupy: Any, batch: int) -> None:
    """Steps of training come to the same weights and losses, one by one, in whichever way."""
    there = Network.initialized(np.random.default_rng(0), np.float32, device="cuda")
    here = Network.initialized(np.random.default_rng(0), np.float32)
    rng = np.random.default_rng(1)
    x = Matrix.from_array(rng.random((784, batch), np.float32))
    y = Matrix.from_array(np.eye(10, dtype=np.float32)[:, rng.integers(0, 10, batch)])
    step, x_there, y_there = jit(Network.step), x.to("cuda"), y.to("cuda")
    for _ in range(3):
        np.testing.assert_allclose(step(there, x_there, y_there, 0.5), here.step(x, y, 0.5), rtol=1e-4)
    for name, expected in here.parameters.items():
        np.testing.assert_allclose(there.parameters[name].numpy(), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("way", [RESIDENT, LAUNCHES])
def test_loops_agree_with_the_cpu(cupy: Any, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """An epoch of shuffled mini-batches of bytes comes to the same, by one kernel that stays and by graphs."""
    monkeypatch.setattr(Ways, "best", way)
    monkeypatch.setattr(Ways, "untried", ())

    def step(network: Network[Any], images: Any, codes: Any, rate: float) -> Any:
        return network.step((images.astype(np.float32) * (1 / 255)).T, codes.T, rate)

    rng = np.random.default_rng(0)
    images = Matrix.from_array(rng.integers(0, 256, (100, 784), np.uint8))
    codes = Matrix.from_array(np.eye(10, dtype=np.float32)[rng.integers(0, 10, 100)])
    networks = [Network.initialized(np.random.default_rng(0), np.float32, device=each) for each in ("cpu", "cuda")]
    rates, order = [np.linspace(1, 0.1, 7)], rng.permutation(100)
    losses = [
        MiniBatchLoop(step).run(each, [images.to(each.w1.device), codes.to(each.w1.device)], order, 16, rates)
        for each in networks
    ]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    for name, expected in networks[0].parameters.items():
        np.testing.assert_allclose(networks[1].parameters[name].numpy(), expected.numpy(), atol=1e-5)
