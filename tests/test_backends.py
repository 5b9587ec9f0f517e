"""How a backend is chosen, and where matrices lie: by argument, `with` block, environment variable and device name."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat import BackendError, DeviceError, Matrix, backends, use_backend
from shapedmat.backends import Backend
from shapedmat.ops import OPS

ROOT = Path(__file__).parents[1]


def recording(name: str, used: list[str]) -> Backend:
    """Return a CPU backend that notes the operations that it computes."""

    def product(xp: Any, a: Any, b: Any) -> Any:
        used.append("matmul")
        return xp.matmul(a, b)

    return Backend(name=name, namespace=np, device_type="cpu", kernels={"matmul": product})


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put a backend named numba in place that notes its products in the list that this is."""
    calls: list[str] = []
    monkeypatch.setitem(backends._loaded, "numba", recording("numba", calls))
    return calls


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a backend named cupy in place that says that it computes on a GPU."""
    monkeypatch.setitem(backends._loaded, "cupy", replace(recording("cupy", []), device_type="cuda"))


def test_names() -> None:
    """There are five backends."""
    assert ("numpy", "numba", "cupy", "cupy-tiled", "cupy-cublas") == backends.names()


def test_backend_of_fixture(backend: Backend) -> None:
    """Within a `with` block, the backend is the chosen one."""
    assert backend is backends.current()


@pytest.mark.parametrize("name", ["numpy", "numba"])
def test_backend_has_its_name(name: str) -> None:
    """A backend is registered under its own name."""
    assert name == backends.get(name).name


def test_kernels_belong_to_ops(backend: Backend) -> None:
    """A backend has kernels for operations of the table alone."""
    assert set(backend.kernels) <= set(OPS)


def test_argument(used: list[str]) -> None:
    """A method with an argument for it computes with that backend."""
    Matrix.ones(2, 2).matmul(Matrix.ones(2, 2), backend="numba")
    assert ["matmul"] == used


def test_argument_holds_for_one_call(used: list[str]) -> None:
    """The argument chooses for the one call alone."""
    m = Matrix.ones(2, 2)
    m.matmul(m, backend="numba")
    m @ m
    assert ["matmul"] == used


def test_block(used: list[str]) -> None:
    """Within a `with` block, operators compute with its backend."""
    with use_backend("numba"):
        Matrix.ones(2, 2) @ Matrix.ones(2, 2)
    assert ["matmul"] == used


def test_decorator(used: list[str]) -> None:
    """A decorated function computes with its backend, each time that it is called."""

    @use_backend("numba")
    def product() -> None:
        Matrix.ones(2, 2) @ Matrix.ones(2, 2)

    product()
    product()
    assert ["matmul", "matmul"] == used


def test_blocks_nest() -> None:
    """The inner block's backend is chosen, and after it the outer one's."""
    names = []
    with use_backend("numba"):
        with use_backend("numpy"):
            names.append(backends.current().name)
        names.append(backends.current().name)
    assert ["numpy", "numba"] == names


def test_block_ends_with_an_exception() -> None:
    """An exception that leaves the block ends the choice."""
    before = backends.current().name
    with pytest.raises(KeyError), use_backend("numba"):
        raise KeyError
    assert before == backends.current().name


def test_block_holds_in_its_thread() -> None:
    """Another thread does not see the choice."""
    seen = []
    with use_backend("numba"):
        thread = threading.Thread(target=lambda: seen.append(backends.current().name))
        thread.start()
        thread.join()
    assert [backends.current().name] == seen


@pytest.mark.parametrize(
    "choose",
    [
        lambda: use_backend("tpu").__enter__(),
        lambda: backends.get("tpu"),
        lambda: Matrix.ones(1, 1).matmul(Matrix.ones(1, 1), backend="tpu"),
    ],
)
def test_unknown_backend(choose: Callable[[], Any]) -> None:
    """An unknown name is refused with the known ones."""
    with pytest.raises(BackendError) as caught:
        choose()
    assert "there is no backend 'tpu': choose one of numpy, numba, cupy, cupy-tiled, cupy-cublas" == str(caught.value)


def run_with_variable(value: str) -> subprocess.CompletedProcess[str]:
    """Run a program that prints the backend, with the environment variable set."""
    return subprocess.run(
        [sys.executable, "-c", "from shapedmat import backends; print(backends.current().name)"],
        env=os.environ | {"SHAPEDMAT_BACKEND": value, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_environment_variable() -> None:
    """The environment variable chooses where nothing else does."""
    assert "numba\n" == run_with_variable("numba").stdout


def test_environment_variable_with_unknown_name() -> None:
    """An unknown name in the environment variable is refused."""
    assert run_with_variable("tpu").stderr.endswith(
        "BackendError: there is no backend 'tpu': choose one of numpy, numba, cupy, cupy-tiled, cupy-cublas\n"
    )


# --- devices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cpu", ("cpu", 0)), ("cuda", ("cuda", 0)), ("cuda:0", ("cuda", 0)), ("cuda:12", ("cuda", 12))],
)
def test_device_name(name: str, expected: tuple[str, int]) -> None:
    """A device is named by its type, and a GPU by its number too."""
    assert expected == backends.parse_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "CUDA", "cuda:1:2"])
def test_no_device_name(name: str) -> None:
    """Another name is refused with the right ones."""
    with pytest.raises(DeviceError) as caught:
        Matrix.zeros(1, 1).to(name)
    assert f"there is no device {name!r}: write 'cpu', 'cuda' or 'cuda:1'" == str(caught.value)


def test_cpu() -> None:
    """A matrix lies on the CPU by default."""
    assert "cpu" == Matrix.zeros(1, 1).device


def test_constructors_use_the_backends_device(backend: Backend) -> None:
    """A new matrix lies where the backend computes."""
    assert Matrix.zeros(1, 1).device.startswith(backend.device_type)


def test_constructors_take_a_device(backend: Backend) -> None:
    """A new matrix lies where an argument says."""
    assert "cpu" == Matrix.zeros(1, 1, device="cpu").device


def test_to_its_device(backend: Backend) -> None:
    """A matrix that lies there already is not copied."""
    matrix = Matrix.zeros(1, 1)
    assert matrix is matrix.to(matrix.device)


def test_there_and_back(backend: Backend) -> None:
    """What is moved to the backend's device and back is as it was."""
    matrix = Matrix.random(3, 2, 0, device="cpu")
    assert matrix.numpy().tolist() == matrix.to(backend.device_type).to("cpu").numpy().tolist()


def test_synchronize(backend: Backend) -> None:
    """To wait for a matrix gives the matrix."""
    matrix = Matrix.zeros(1, 1)
    assert matrix is matrix.synchronize()


def test_cpu_matrix_under_gpu_backend(gpu: None) -> None:
    """A backend on a GPU refuses a matrix on the CPU."""
    matrix = Matrix.zeros(1, 1)
    with use_backend("cupy"), pytest.raises(DeviceError) as caught:
        matrix + 1
    assert "the cupy backend computes on a GPU, but the matrix is on the cpu: move it with .to('cuda')" == str(
        caught.value
    )


def test_without_cupy() -> None:
    """Without cupy, its backends say what to install."""
    try:
        import cupy  # noqa: F401  # only whether it is there
    except ImportError:
        pass
    else:
        pytest.skip("cupy is installed")
    with pytest.raises(BackendError, match=r"^the cupy backend needs the package cupy: install shapedmat\[cuda1"):
        Matrix.zeros(1, 1).to("cuda")


@pytest.mark.cuda
def test_gpu_matrix_under_cpu_backend(backend: Backend) -> None:
    """A matrix on a GPU is computed there, whichever CPU backend is chosen."""
    if backend.device_type == "cpu":
        pytest.skip("this backend computes on the CPU")
    matrix = Matrix.ones(1, 1)
    with use_backend("numpy"):
        assert "cuda:0" == (matrix + 1).device


@pytest.mark.cuda
def test_devices_do_not_mix(backend: Backend) -> None:
    """Operands on two devices are refused."""
    if backend.device_type == "cpu":
        pytest.skip("this backend computes on the CPU")
    here, there = Matrix.ones(1, 1, device="cpu"), Matrix.ones(1, 1)
    with pytest.raises(DeviceError, match=r"^cannot add a matrix on cuda:0 and one on cpu: move one with"):
        there + here


@pytest.mark.cuda
def test_numpy_cannot_read_gpus(backend: Backend) -> None:
    """NumPy's functions refuse a matrix on a GPU, since nothing moves unless it is told to."""
    if backend.device_type == "cpu":
        pytest.skip("this backend computes on the CPU")
    with pytest.raises(DeviceError, match=r"^NumPy cannot read a matrix on cuda:0: use .numpy\(\)"):
        np.asarray(Matrix.ones(1, 1))
