"""How precisely products of float32 matrices are computed: what is chosen, where, and what is refused."""

from __future__ import annotations

import threading
from typing import Any, cast

import numpy as np
import pytest

from shapedmat import Matrix, backends, precision
from shapedmat.errors import BackendError, DeviceError
from shapedmat.precision import Precision, current_precision, use_precision
from tests.cuda.machine import Machine

REDUCED: tuple[Precision, ...] = ("tf32", "bf16")
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


def matrix(dtype: np.dtype[Any], device: str = "cpu") -> Matrix[Any, Any, Any]:
    """Return a matrix of numbers that are exact in every precision."""
    return Matrix.from_array(np.arange(32, dtype=dtype).reshape(4, 8)).to(device)


# --- the choice -------------------------------------------------------------------------------------------------------


def test_precision_is_full_unless_chosen() -> None:
    """Nobody gets less than full precision unasked."""
    assert "full" == current_precision()


def test_choice_holds_within_the_block() -> None:
    """Blocks nest, and each choice ends with its block."""
    with use_precision("tf32"):
        with use_precision("bf16"):
            inner = current_precision()
        outer = current_precision()
    assert ("bf16", "tf32", "full") == (inner, outer, current_precision())


def test_choice_ends_with_an_error() -> None:
    """A block that an error leaves gives the choice of before back."""
    with pytest.raises(KeyError), use_precision("tf32"):
        raise KeyError
    assert ("full", 0) == (current_precision(), precision.reduced_blocks)


def test_choice_holds_in_its_thread() -> None:
    """Another thread keeps its own precision."""
    seen = []
    with use_precision("tf32"):
        other = threading.Thread(target=lambda: seen.append(current_precision()))
        other.start()
        other.join()
    assert ["full"] == seen


@pytest.mark.usefixtures("unchecked")
def test_unknown_precision_is_refused() -> None:
    """A precision that is not there is refused with those that are."""
    with pytest.raises(ValueError, match="there is no precision") as raised, use_precision(cast("Precision", "fp8")):
        pass
    assert "there is no precision 'fp8': choose one of full, tf32, bf16" == str(raised.value)


# --- on the CPU -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["numpy", "numba"])
@pytest.mark.parametrize("chosen", REDUCED)
def test_cpu_refuses_reduced_precision(name: str, chosen: Precision) -> None:
    """A product of float32 matrices on the CPU is never computed in another precision than the chosen one."""
    a = matrix(F32)
    with backends.use_backend(name), use_precision(chosen), pytest.raises(DeviceError) as raised:
        a @ a.T
    expected = (
        f"products in {chosen} are computed by the tensor cores of a GPU, but the matrices are on the cpu: "
        "move them with .to('cuda'), or multiply them under use_precision('full')"
    )
    assert expected == str(raised.value)


def test_cpu_refuses_reduced_precision_of_known_products() -> None:
    """A product that machine code was made for is refused, too."""
    a = matrix(F32)
    with backends.use_backend("numba"):
        for _ in range(40):
            a @ a.T
        with use_precision("tf32"), pytest.raises(DeviceError, match=r"^products in tf32"):
            a @ a.T


@pytest.mark.parametrize("name", ["numpy", "numba"])
def test_precision_is_about_float32(name: str) -> None:
    """Other element types are multiplied as always."""
    a = matrix(F64)
    with backends.use_backend(name):
        expected = a @ a.T
        with use_precision("bf16"):
            np.testing.assert_array_equal(a @ a.T, expected)


def test_other_operations_are_not_affected() -> None:
    """What is computed element by element has no other precision than that of its element type."""
    with use_precision("bf16"):
        np.testing.assert_array_equal(matrix(F32) * matrix(F32), np.arange(32, dtype=np.float32).reshape(4, 8) ** 2)


def test_full_precision_within_a_block_is_full() -> None:
    """The CPU multiplies where full precision is chosen within a block of less."""
    a = matrix(F32)
    with use_precision("tf32"), use_precision("full"):
        np.testing.assert_array_equal(a @ a.T, a.numpy() @ a.numpy().T)


# --- on a GPU ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cupy", "cupy-tiled"])
@pytest.mark.parametrize("chosen", REDUCED)
def test_reduced_precision_runs_our_kernel(device: Machine, name: str, chosen: Precision) -> None:
    """Products in less than full precision are computed by our kernel, from the first one on."""
    a = matrix(F32, "cuda")
    with backends.use_backend(name), use_precision(chosen):
        product = a @ a.T
    np.testing.assert_array_equal(product.numpy(), a.numpy() @ a.numpy().T)
    assert ["matmul"] == [launch.name for launch in device.launches]


def test_reduced_precision_rounds_operands(device: Machine) -> None:
    """Operands are rounded to 8 significant bits where bf16 is chosen, and not elsewhere."""
    a = Matrix.from_array(np.full((2, 2), 1 + 2**-10, np.float32)).to("cuda")
    identity = Matrix.from_array(np.eye(2, dtype=np.float32)).to("cuda")
    full = (a @ identity).numpy()
    with use_precision("bf16"):
        reduced = (a @ identity).numpy()
    np.testing.assert_array_equal(full, np.full((2, 2), 1 + 2**-10, np.float32))
    np.testing.assert_array_equal(reduced, np.ones((2, 2), np.float32))


def test_gpu_without_such_tensor_cores_is_refused(device: Machine) -> None:
    """A GPU of compute capability 7.5 is refused by its number, with what to do."""
    device.compute_capability = "75"
    a = matrix(F32, "cuda")
    with use_precision("tf32"), pytest.raises(DeviceError) as raised:
        a @ a.T
    expected = "products in tf32 need compute capability 8.0, but cuda:0 has 7.5: multiply under use_precision('full')"
    assert expected == str(raised.value)


def test_float64_is_multiplied_on_every_gpu(device: Machine) -> None:
    """A GPU without such tensor cores multiplies what they are not for."""
    device.compute_capability = "75"
    a = matrix(F64, "cuda")
    with use_precision("tf32"):
        np.testing.assert_array_equal((a @ a.T).numpy(), a.numpy() @ a.numpy().T)


def test_cublas_backend_refuses_reduced_precision(device: Machine) -> None:
    """The backend that is always cuBLAS says that it computes in full precision."""
    a = matrix(F32, "cuda")
    with backends.use_backend("cupy-cublas"), use_precision("tf32"), pytest.raises(BackendError) as raised:
        a @ a.T
    expected = "the cupy-cublas backend computes in full precision, but tf32 is chosen: use the backend cupy"
    assert expected == str(raised.value)


@pytest.mark.parametrize("variable", ["CUPY_TF32", "NVIDIA_TF32_OVERRIDE"])
def test_cublas_in_tf32_is_not_used_unasked(device: Machine, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Where the environment has cuBLAS use fewer bits, full precision is computed by our kernel."""
    monkeypatch.setenv(variable, "1")
    a = matrix(F32, "cuda")
    np.testing.assert_array_equal((a @ a.T).numpy(), a.numpy() @ a.numpy().T)
    assert ["matmul"] == [launch.name for launch in device.launches]


def test_cublas_backend_refuses_tf32_of_the_environment(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend that is always cuBLAS does not compute with fewer bits unasked."""
    monkeypatch.setenv("CUPY_TF32", "1")
    a = matrix(F32, "cuda")
    with backends.use_backend("cupy-cublas"), pytest.raises(BackendError) as raised:
        a @ a.T
    expected = (
        "CUPY_TF32 or NVIDIA_TF32_OVERRIDE has cuBLAS multiply float32 in tf32, but full precision is chosen: "
        "unset them, or use the backend cupy"
    )
    assert expected == str(raised.value)


@pytest.mark.parametrize("dtype", [F32, F64])
def test_cublas_backend_runs_no_kernel_of_ours(device: Machine, dtype: np.dtype[Any]) -> None:
    """The backend that is always cuBLAS leaves every product to it."""
    a = matrix(dtype, "cuda")
    with backends.use_backend("cupy-cublas"):
        product = a @ a.T
    np.testing.assert_array_equal(product.numpy(), a.numpy() @ a.numpy().T)
    assert [] == device.launches
