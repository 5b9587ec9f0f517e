"""Devices as users meet them: copies between GPUs, memory that runs out, and arrays of other libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapedmat import BackendError, DeviceError, DeviceMemoryError, Matrix, Stream, backends, synchronize, use_backend
from tests.cuda.machine import CUDARuntimeError, Machine, OutOfMemoryError
from tests.cuda.stand_in import device

__all__ = ["device"]

AnyMatrix = Matrix[Any, Any, Any]

ONES = np.ones((2, 2), np.float32)


# --- devices ----------------------------------------------------------------------------------------------------------


def test_synchronize_waits_for_every_device(device: Machine) -> None:
    """Without a device, all that something ran on are waited for."""
    device.device_count = 3
    for name in ("cuda:2", "cuda:0"):
        Matrix.ones(1, 1).to(name)
    synchronize()
    assert [0, 2] == sorted(device.synchronized)


def test_synchronize_waits_for_one_device(device: Machine) -> None:
    """With a device, that one alone is waited for."""
    device.device_count = 2
    matrices = [Matrix.ones(1, 1).to(name) for name in ("cuda:0", "cuda:1")]
    matrices[1].synchronize()
    synchronize("cuda:1")
    synchronize("cpu")
    assert [1, 1] == device.synchronized


def test_copy_between_devices(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix goes straight from one GPU to the other, with its numbers and its layout."""
    device.device_count = 2
    matrix = Matrix.from_rows([[1, 2, 3], [4, 5, 6]]).to("cuda:0").T
    with monkeypatch.context() as within:
        within.setattr(type(backends.get("cupy")), "to_host", lambda *_: pytest.fail("by way of the host"))
        moved = matrix.to("cuda:1")
    assert "cuda:1" == moved.device
    assert [[1, 4], [2, 5], [3, 6]] == moved.numpy().tolist()


def test_part_is_copied_between_devices(device: Machine) -> None:
    """A part of a matrix, that does not lie in one piece, goes too."""
    device.device_count = 2
    matrix = Matrix.from_rows([[1, 2, 3], [4, 5, 6]]).to("cuda:1")[:, ::2]
    assert [[1, 3], [4, 6]] == matrix.to("cuda:0").numpy().tolist()


def test_copy_stays_on_its_device(device: Machine) -> None:
    """A copy lies where the matrix does, whichever device is current."""
    device.device_count = 2
    assert "cuda:1" == Matrix.ones(2, 2).to("cuda:1").copy().device


def test_copy_to_a_device_that_is_not_there(device: Machine) -> None:
    """A GPU that is not there is refused also where the matrix lies on another one."""
    matrix = Matrix.ones(1, 1).to("cuda")
    with pytest.raises(DeviceError) as caught:
        matrix.to("cuda:1")
    assert "there is no device 'cuda:1': this machine has 1 CUDA device" == str(caught.value)


# --- memory -----------------------------------------------------------------------------------------------------------

ADVICE = "use smaller matrices or batches, or delete matrices that are no longer used"


@pytest.mark.parametrize(
    ("run", "attempt"),
    [
        (lambda m: Matrix.zeros(512, 1024).to("cuda"), "move float32 of shape (512, 1024) to cuda:0"),
        (lambda m: Matrix.zeros(512, 1024, device="cuda"), "move float32 of shape (512, 1024) to cuda:0"),
        (lambda m: m + 1, "add float32 of shape (512, 1024) on cuda:0"),
        (lambda m: m @ m.T @ m, "multiply float32 of shapes (512, 1024) and (1024, 512) on cuda:0"),
        (lambda m: m.copy(), "copy float32 of shape (512, 1024) on cuda:0"),
    ],
)
def test_no_memory(device: Machine, run: Callable[[Any], Any], attempt: str) -> None:
    """What does not fit says what was wanted, how much it takes, and how much there is."""
    device.memory_bytes = 5 << 19
    matrix = Matrix.zeros(512, 1024).to("cuda")
    with pytest.raises(DeviceMemoryError) as caught:
        run(matrix)
    wanted = "1.0" if "multiply" in attempt else "2.0"
    assert f"cannot {attempt}: {wanted} MiB are needed, but 0.5 MiB of 2.5 MiB are free; {ADVICE}" == str(caught.value)


def test_no_memory_to_lay_out_for_the_host(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to the host is laid out on the device first, for which there may be no memory."""
    matrix = Matrix.zeros(512, 1024).to("cuda")

    def get(*_arguments: Any) -> None:
        raise OutOfMemoryError(2 << 20, 0)

    monkeypatch.setattr(type(matrix._array), "get", get)
    with pytest.raises(DeviceMemoryError) as caught:
        matrix[:, ::2].numpy()
    assert "cannot move float32 of shape (512, 512) to the cpu: 2.0 MiB are needed, " in str(caught.value)


def test_no_memory_on_the_other_device(device: Machine) -> None:
    """A copy that another GPU has no memory for speaks of that one."""
    device.device_count, device.memory_bytes = 2, 3 << 30
    backends.get("cupy").namespace.get_default_memory_pool().set_limit(1 << 20)
    matrix = Matrix.zeros(256, 768).to("cuda:0")
    kept = Matrix.zeros(256, 512).to("cuda:1")
    with pytest.raises(DeviceMemoryError) as caught:
        matrix.to("cuda:1")
    assert "cannot move float32 of shape (256, 768) to cuda:1: 0.8 MiB are needed, " in str(caught.value)
    assert "but 0.5 MiB of 1.0 MiB are free" in str(caught.value)
    assert "cuda:1" == kept.device


def test_memory_error_is_one_of_pythons(device: Machine) -> None:
    """Where a device has no memory, that is a `MemoryError` and a `DeviceError`, and comes from CuPy's error."""
    device.memory_bytes = 1
    with pytest.raises(MemoryError) as caught:
        Matrix.ones(1, 1).to("cuda")
    assert isinstance(caught.value, DeviceError)
    assert "OutOfMemoryError" == type(caught.value.__cause__).__name__


def test_error_of_cuda_itself(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CUDA itself has no memory, which does not say for how much, neither does the sentence."""
    backend = backends.get("cupy")
    monkeypatch.setattr(backend.namespace, "asarray", raising(CUDARuntimeError(2)))
    with pytest.raises(DeviceMemoryError) as caught:
        Matrix.ones(1, 1).to("cuda")
    expected = (
        f"move float32 of shape (1, 1) to cuda:0: more memory is needed, but 8.0 GiB of 8.0 GiB are free; {ADVICE}"
    )
    assert f"cannot {expected}" == str(caught.value)


def test_memory_is_given_back(device: Machine) -> None:
    """What is kept for arrays to come is given back on every device that something ran on."""
    device.device_count = 2
    for name in ("cuda:0", "cuda:1"):
        Matrix.ones(1, 1).to(name)
    backends.release_memory()
    assert 2 == device.freed


def raising(error: Exception) -> Callable[..., Any]:
    """Return a function that raises an error."""

    def fail(*_arguments: Any, **_settings: Any) -> Any:
        raise error

    return fail


# --- CUDA that is not whole -------------------------------------------------------------------------------------------


def test_no_driver(device: Machine) -> None:
    """Without a driver, which CUDA calls too old, there is no device."""
    device.device_count, device.driver_version = CUDARuntimeError(35), 0
    with pytest.raises(DeviceError) as caught:
        Matrix.ones(1, 1).to("cuda")
    expected = (
        "there is no CUDA device here, as there is no NVIDIA driver: install one, "
        "or start the container with access to the GPUs"
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("driver", "runtime", "sentence"),
    [
        (
            12040,
            13020,
            "12.4, but cupy for CUDA 13: update the driver to 580 or newer, or install shapedmat[cuda12]",
        ),
        (11080, 12090, "11.8, but cupy for CUDA 12: update the driver to 525 or newer"),
        (13000, 14000, "13.0, but cupy for CUDA 14: update the driver, or install shapedmat[cuda13]"),
    ],
)
def test_old_driver(device: Machine, driver: int, runtime: int, sentence: str) -> None:
    """A driver that is too old for cupy is named, with the one that is wanted, and the cupy that fits it."""
    device.device_count, device.driver_version, device.runtime_version = CUDARuntimeError(35), driver, runtime
    with pytest.raises(DeviceError) as caught:
        Stream("cuda")
    assert f"the NVIDIA driver here is made for CUDA {sentence}" == str(caught.value)


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        ("CuPy failed to load libnvrtc.so.13: OSError: cannot open shared object file", "its library nvrtc is"),
        ('Failure finding "libnvrtc.so.13 or libnvrtc.so.12": No such file', "its library nvrtc is"),
        ("libcublas.so.13: cannot open shared object file: No such file or directory", "its library cublas is"),
        ("nvrtc: error: failed to open libnvrtc-builtins.so.13.0", "its library nvrtc-builtins is"),
        ('catastrophic error: cannot open source file "vector_types.h"', "its header vector_types.h is"),
    ],
)
def test_cuda_is_not_whole(device: Machine, monkeypatch: pytest.MonkeyPatch, error: str, missing: str) -> None:
    """Where a library or a header of CUDA is missing, it is named, with the extra that brings it."""
    matrix = Matrix.ones(2, 2).to("cuda")
    compiler = backends.get("cupy").namespace.cuda.compiler
    kinds = compiler.CompileException if "header" in missing else RuntimeError
    monkeypatch.setattr(backends.get("cupy").namespace, "add", raising(kinds(error)))
    with pytest.raises(BackendError) as caught:
        matrix + matrix
    expected = f"{missing} missing: install shapedmat[cuda13], which brings all of it"
    assert f"cupy does not find CUDA whole here, {expected}" == str(caught.value)


def test_other_errors_stay(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is none of these is raised as it is."""
    matrix = Matrix.ones(2, 2).to("cuda")
    monkeypatch.setattr(backends.get("cupy").namespace, "add", raising(RuntimeError("something else")))
    with pytest.raises(RuntimeError, match=r"^something else$"):
        matrix + matrix


# --- other libraries --------------------------------------------------------------------------------------------------


def test_dlpack_shares_a_gpus_memory(device: Machine) -> None:
    """A matrix made by DLPack from one on a GPU lies over the same memory, on the same device."""
    device.device_count = 2
    matrix = Matrix.zeros(2, 2).to("cuda:1")
    same: AnyMatrix = Matrix.from_dlpack(matrix)
    same += 1
    assert ("cuda:1", ONES.tolist()) == (same.device, matrix.numpy().tolist())


def test_dlpack_names_the_stream(device: Machine) -> None:
    """The stream on which another library will use the memory is passed on."""
    matrix = Matrix.zeros(2, 2).to("cuda")
    matrix.__dlpack__(stream=2)
    assert 2 == matrix._array.dlpack_stream


def test_dlpack_asks_for_the_current_stream(device: Machine) -> None:
    """A library whose array becomes a matrix is asked to have it ready on the current stream."""
    matrix = Matrix.zeros(2, 2).to("cuda")
    with Stream("cuda"):
        Matrix.from_dlpack(matrix)
        expected = backends.get("cupy").namespace.cuda.get_current_stream().ptr
    assert expected == matrix._array.dlpack_stream


class Elsewhere:
    """An array on a device of another kind."""

    def __dlpack__(self, *, stream: Any = None) -> object:
        raise NotImplementedError

    def __dlpack_device__(self) -> tuple[int, int]:
        return 8, 0  # kDLMetal


def test_dlpack_from_another_kind_of_device() -> None:
    """An array that lies neither on the CPU nor on an NVIDIA GPU is refused."""
    with pytest.raises(DeviceError) as caught:
        Matrix.from_dlpack(Elsewhere())
    expected = (
        "an array on a device of DLPack's type 8 cannot be a matrix, "
        "only one on the CPU or on an NVIDIA GPU: copy it there first"
    )
    assert expected == str(caught.value)


def test_array_of_another_library(unchecked: None) -> None:
    """An array that is neither NumPy's nor CuPy's is refused, with the way to hand it over."""

    class Foreign:
        ndim, shape, dtype = 2, (2, 2), np.dtype(np.float32)

    foreign: Any = Foreign()
    with pytest.raises(TypeError) as caught:
        Matrix(foreign)
    assert "a Matrix holds an array of NumPy or CuPy, not a Foreign: use Matrix.from_dlpack" == str(caught.value)


def test_dlpack_from_jax() -> None:
    """A matrix is made from JAX's array by DLPack, over the same memory, which may not be written."""
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    array = jax.numpy.ones((2, 2), np.float32)
    matrix: AnyMatrix = Matrix.from_dlpack(array)
    assert array.unsafe_buffer_pointer() == matrix.numpy().ctypes.data
    with pytest.raises(ValueError, match="read-only"):
        matrix += 1


# --- on a GPU ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def gpu() -> Any:
    """Return cupy, or skip where there is no GPU."""
    cupy = pytest.importorskip("cupy", reason="the package cupy is not installed")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        pytest.skip(f"there is no CUDA device here: {error}")
    return cupy


@pytest.mark.cuda
def test_gpu_streams_are_in_order(gpu: Any) -> None:
    """Products on many streams, each of what others made and changed, are those of one stream."""

    def mixed(streams: list[Stream]) -> np.ndarray[Any, Any]:
        matrices = [Matrix.normal(512, 512, seed, std=512**-0.5, device="cuda") for seed in range(4)]
        for step in range(40):
            with streams[step % len(streams)]:
                a, b, c = (matrices[(step * factor + factor) % 4] for factor in (1, 3, 2))
                matrices[step % 4] = a @ b + a.T
                c *= 0.5
        return np.stack([matrix.numpy() for matrix in matrices])

    with use_backend("cupy-tiled"):  # whose sums are always in one order
        np.testing.assert_array_equal(mixed([Stream("cuda")]), mixed([Stream("cuda") for _ in range(5)]))


@pytest.mark.cuda
def test_gpu_out_of_memory(gpu: Any) -> None:
    """What is larger than a GPU's memory is refused in our words, and the GPU computes on."""
    free, _ = gpu.cuda.runtime.memGetInfo()
    matrix = Matrix.ones(1, 1 << 20, device="cuda")
    rows = free // matrix.numpy().nbytes + 1
    with pytest.raises(DeviceMemoryError, match=r"^cannot add float32 of shapes .* on cuda:0: [\d,.]+ GiB are needed"):
        Matrix.ones(int(rows), 1, device="cuda") + matrix
    assert 1 << 20 == matrix.sum()


@pytest.mark.cuda
def test_gpu_copies_between_devices(gpu: Any) -> None:
    """A matrix on one GPU is copied to another."""
    if gpu.cuda.runtime.getDeviceCount() == 1:
        pytest.skip("there is one GPU here, and two are needed")
    matrix = Matrix.random(300, 200, 0).to("cuda:0")
    assert matrix.numpy().tolist() == matrix.T.to("cuda:1").T.numpy().tolist()


@pytest.mark.cuda
@pytest.mark.parametrize("library", ["torch", "jax", "cupy"])
def test_gpu_memory_is_shared_by_dlpack(gpu: Any, library: str) -> None:
    """Other libraries take a matrix on a GPU, and give one, over the same memory."""
    matrix = Matrix.ones(64, 64, device="cuda")
    if library == "torch":
        torch = pytest.importorskip("torch", reason="PyTorch is not installed")
        if not torch.cuda.is_available():
            pytest.skip("PyTorch is installed without CUDA")
        array = torch.from_dlpack(matrix)
        address = array.data_ptr()
    elif library == "jax":
        jax = pytest.importorskip("jax", reason="JAX is not installed")
        if jax.default_backend() != "gpu":
            pytest.skip("JAX is installed without CUDA")
        array = jax.dlpack.from_dlpack(matrix)
        address = array.unsafe_buffer_pointer()
    else:
        array = gpu.from_dlpack(matrix)
        address = array.data.ptr
    back: AnyMatrix = Matrix.from_dlpack(array)
    assert [matrix._array.data.ptr] * 2 == [address, back._array.data.ptr]
    assert 64 * 64 == back.sum()
