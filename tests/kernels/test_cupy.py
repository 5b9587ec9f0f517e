"""The cupy backends: with a stand-in for cupy everywhere, and on a GPU what the tests of all backends leave out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapedmat import backends
from shapedmat.backends import Backend
from shapedmat.errors import BackendError, DeviceError
from shapedmat.ops import OPS, Array
from tests.cuda.machine import CUDARuntimeError, Machine

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)

# Rows, inner, columns: whole tiles; remainders of one and of all but one in each dimension; the inner dimension in
# parts; vectors both ways.
SHAPES = [(16, 16, 16), (33, 15, 31), (15, 33, 47), (65, 17, 129), (10, 784, 128), (1, 300, 1), (1, 1, 70), (70, 5, 1)]
LAYOUTS = [(False, False), (False, True), (True, False), (True, True)]


def small_integers(shape: tuple[int, int], dtype: np.dtype[Any], seed: int) -> Array:
    """Return numbers whose products and sums are exact, whatever the order they are added in."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


# --- the backends, with a stand-in for cupy ---------------------------------------------------------------------------


Install = Callable[..., tuple[Machine, Backend]]


@pytest.fixture
def install(device: Machine) -> Install:
    """Return a function that loads a cupy backend with a stand-in for cupy."""

    def load(device_count: int | Exception = 1, name: str = "cupy") -> tuple[Machine, Backend]:
        device.device_count = device_count
        return device, backends.get(name)

    return load


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("name", ["cupy", "cupy-tiled", "cupy-cublas"])
def test_backend_without_cupy_says_what_to_install(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where cupy cannot be imported, its backends name the extras that bring it."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError) as raised:
        backends.get(name)
    assert "the cupy backend needs the package cupy: install shapedmat[cuda13] or shapedmat[cuda12]" == str(
        raised.value
    )


@pytest.mark.usefixtures("device")
def test_error_without_cupy_comes_from_the_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason why cupy could not be imported is kept as the cause."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError) as raised:
        backends.get("cupy")
    assert isinstance(raised.value.__cause__, ImportError)


def test_machine_without_a_driver_has_no_device(install: Install) -> None:
    """Where CUDA does not start, moving a matrix says that there is no device, and why."""
    _, backend = install(CUDARuntimeError(100))
    with pytest.raises(DeviceError) as raised:
        backend.from_host(np.ones((2, 2)), 0)
    expected = "there is no CUDA device here: cudaErrorNoDevice: no CUDA-capable device is detected"
    assert expected == str(raised.value)


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "there is no device 'cuda:3': this machine has 1 CUDA device"),
        (2, "there is no device 'cuda:3': this machine has 2 CUDA devices"),
    ],
)
def test_unknown_device_is_refused(install: Install, count: int, sentence: str) -> None:
    """A number beyond the machine's devices is refused with their count."""
    _, backend = install(count)
    with pytest.raises(DeviceError) as raised:
        backend.from_host(np.ones((2, 2)), 3)
    assert sentence == str(raised.value)


def test_array_moves_to_the_device_asked_for(install: Install) -> None:
    """An array lies on the device with the number that it was moved to."""
    _, backend = install(2)
    assert 1 == backend.device_number(backend.from_host(np.ones((2, 2)), 1))


def test_array_survives_the_way_to_a_device_and_back(install: Install) -> None:
    """Moving there and back gives an equal NumPy array."""
    _, backend = install()
    array = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(backend.to_host(backend.from_host(array, 0)), array)


def test_operation_runs_on_its_operands_device(install: Install) -> None:
    """An operation makes the device of its operands current while it runs."""
    machine, backend = install(2)
    array = backend.from_host(np.ones((2, 2)), 1)
    machine.entered.clear()
    backend.run(OPS["add"], array, 1.0)
    assert ([1], 0) == (machine.entered, machine.current)


def test_operands_on_two_devices_are_refused(install: Install) -> None:
    """An operation on arrays of two GPUs names both and says how to move one."""
    _, backend = install(2)
    a, b = (backend.from_host(np.ones((2, 2)), number) for number in (0, 1))
    with pytest.raises(DeviceError) as raised:
        backend.run(OPS["add"], a, b)
    assert "the operands lie on cuda:0 and cuda:1: move one with .to('cuda:0')" == str(raised.value)


def test_synchronize_waits_for_the_devices_in_use(install: Install) -> None:
    """Synchronizing waits for each device that something ran on, and starts no other."""
    machine, backend = install(4)
    for number in (2, 0):
        backend.from_host(np.ones((2, 2)), number)
    backend.synchronize()
    assert [0, 2] == sorted(machine.synchronized)


def test_python_function_is_refused(install: Install) -> None:
    """A Python function per element is refused on a GPU, with what to do instead."""
    _, backend = install(2)
    array = backend.from_host(np.ones((2, 2)), 1)
    with pytest.raises(DeviceError) as raised:
        backend.run(OPS["map"], array, function=abs)
    expected = (
        "a Python function cannot run on cuda:1: use an operation such as sigmoid, or move the matrix with .to('cpu')"
    )
    assert expected == str(raised.value)


@pytest.mark.parametrize("places", [[0, 2], [-3, 0]])
@pytest.mark.parametrize(("op", "parameters"), [("index", {}), ("scatter", {"shape": (2, 3)})])
def test_places_outside_a_matrix_are_refused(
    install: Install, op: str, parameters: dict[str, Any], places: list[int]
) -> None:
    """An index array that cupy would wrap around is refused, in NumPy's words."""
    _, backend = install()
    array = backend.from_host(np.ones((2, 3)), 0)
    key = (np.array(places), slice(None))
    with pytest.raises(IndexError) as on_cpu:
        backends.get("numpy").run(OPS[op], np.ones((2, 3)), key=key, **parameters)
    with pytest.raises(IndexError) as raised:
        backend.run(OPS[op], array, key=key, **parameters)
    assert str(on_cpu.value) == str(raised.value)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.float32])
def test_scatter_adds_in_every_element_type(install: Install, dtype: type[np.generic]) -> None:
    """A scattered sum overflows as NumPy's does, in types without an atomic addition too."""
    _, backend = install()
    high = 120 if np.dtype(dtype).itemsize == 1 else 2**40
    array = np.array([[high, -3 % 100], [high, 5]]).astype(dtype)
    parameters = {"key": (np.array([1, 1]), slice(None)), "shape": (2, 2)}
    expected = backends.get("numpy").run(OPS["scatter"], array, **parameters)
    actual = backend.run(OPS["scatter"], backend.from_host(array, 0), **parameters)
    np.testing.assert_array_equal(backend.to_host(actual), expected, strict=True)


def test_integers_to_negative_powers_are_refused(install: Install) -> None:
    """A negative power of integers is refused in NumPy's words, where cupy would give 0."""
    _, backend = install()
    with pytest.raises(ValueError, match=r"^Integers to negative integer powers are not allowed\.$"):
        backend.run(OPS["power"], backend.from_host(np.ones((2, 2), np.int32), 0), exponent=-1)


@pytest.mark.parametrize(
    ("a_view", "b_view"),
    [
        (lambda x: x, lambda x: x),
        (lambda x: x.T.copy().T, lambda x: x.T.copy().T),
        (lambda x: np.repeat(x, 2, 1)[:, ::2], lambda x: x[::-1].copy()[::-1]),
    ],
)
def test_tiled_product_reads_operands_as_they_lie(
    install: Install, a_view: Callable[[Array], Array], b_view: Callable[[Array], Array]
) -> None:
    """The tiled product is right for row-major, column-major and other operands, by one launch."""
    machine, backend = install(name="cupy-tiled")
    a, b = small_integers((5, 300), F32, 0), small_integers((300, 7), F32, 1)
    on_device = [view(backend.from_host(x, 0)) for x, view in ((a, a_view), (b, b_view))]
    product = backend.run(OPS["matmul"], *on_device)
    np.testing.assert_array_equal(backend.to_host(product), a @ b)
    assert 1 == len(machine.launches)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((3, 4, 5), np.int32), ((0, 4, 5), np.float32), ((3, 0, 5), np.float32), ((3, 4, 0), np.float32)],
)
def test_products_that_cannot_be_tiled_are_left_to_cupy(
    install: Install, shape: tuple[int, int, int], dtype: type[np.generic]
) -> None:
    """Integers and empty matrices are multiplied without the tiled kernel."""
    _, backend = install(name="cupy-tiled")
    rows, inner, cols = shape
    a, b = np.ones((rows, inner), dtype), np.ones((inner, cols), dtype)
    product = backend.run(OPS["matmul"], *[backend.from_host(x, 0) for x in (a, b)])
    np.testing.assert_array_equal(backend.to_host(product), a @ b)


# --- on a GPU ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["cupy", "cupy-tiled", "cupy-cublas"])
def gpu(request: pytest.FixtureRequest) -> Backend:
    """Return a backend on a GPU, or skip where there is none."""
    cupy = pytest.importorskip("cupy", reason="the package cupy is not installed")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        pytest.skip(f"there is no CUDA device here: {error}")
    return backends.get(request.param)


def assert_same_result(gpu: Backend, op: str, *operands: Array, **parameters: Any) -> None:
    """Run an operation on the GPU and with NumPy, and compare element types, shapes and values."""
    expected = backends.get("numpy").run(OPS[op], *operands, **parameters)
    moved = [gpu.from_host(x, 0) if isinstance(x, np.ndarray) else x for x in operands]
    actual = gpu.to_host(gpu.run(OPS[op], *moved, **parameters))
    precision = 1e-5 if expected.dtype == F32 else 1e-12
    np.testing.assert_allclose(actual, expected, rtol=precision, atol=precision, strict=True)


@pytest.mark.cuda
def test_gpu_operations_work_in_place(gpu: Backend) -> None:
    """An operation with `out` writes into its first operand."""
    array = gpu.from_host(np.ones((2, 3), np.float32), 0)
    gpu.run(OPS["add"], array, 1.0, out=array)
    np.testing.assert_array_equal(gpu.to_host(array), np.full((2, 3), 2, np.float32))


@pytest.mark.cuda
@pytest.mark.parametrize("op", ["sum", "max", "argmin", "all"])
def test_gpu_reductions_take_small_integers(gpu: Backend, op: str) -> None:
    """Reductions of 8-bit integers agree, and a sum keeps the element type."""
    assert_same_result(gpu, op, np.arange(-6, 6, dtype=np.int8).reshape(3, 4), axis=1)


@pytest.mark.cuda
@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_gpu_power_of_integers_agrees_with_numpy(gpu: Backend, exponent: int) -> None:
    """Powers of integers agree, and stay integers."""
    assert_same_result(gpu, "power", np.arange(-6, 6).reshape(3, 4), exponent=exponent)


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_gpu_scatter_adds_in_every_element_type(gpu: Backend, dtype: type[np.generic]) -> None:
    """A scattered sum of integers overflows as NumPy's does."""
    array = np.array([[120, 7], [120, 5]], dtype)
    assert_same_result(gpu, "scatter", array, key=(np.array([1, 1]), slice(None)), shape=(2, 2))


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("columns", LAYOUTS)
@pytest.mark.parametrize("shape", [*SHAPES, (257, 129, 1025), (2000, 300, 2000)])
def test_gpu_product_is_exact(
    gpu: Backend, shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """Products of whole numbers are those of NumPy, bit for bit, for both ways that each operand can lie."""
    rows, inner, cols = shape
    a, b = small_integers((rows, inner), dtype, 0), small_integers((inner, cols), dtype, 1)
    operands = [np.asfortranarray(x) if by_column else x for x, by_column in zip((a, b), columns, strict=True)]
    product = gpu.run(OPS["matmul"], *[gpu.from_host(x, 0) for x in operands])
    np.testing.assert_array_equal(gpu.to_host(product), a @ b)


@pytest.mark.cuda
def test_gpu_product_of_views_agrees_with_numpy(gpu: Backend) -> None:
    """Products read slices, reversed rows and broadcast rows of larger matrices."""
    whole = gpu.from_host(small_integers((40, 60), F32, 0), 0)
    row = gpu.namespace.broadcast_to(whole[:1, :40], (20, 40))
    product = gpu.run(OPS["matmul"], row, gpu.run(OPS["matmul"], whole[:, 5:37], whole[3:35, ::-1]))
    host = gpu.to_host(whole)
    np.testing.assert_array_equal(
        gpu.to_host(product), np.broadcast_to(host[:1, :40], (20, 40)) @ (host[:, 5:37] @ host[3:35, ::-1])
    )


@pytest.mark.cuda
def test_gpu_product_of_integers_agrees_with_numpy(gpu: Backend) -> None:
    """Products of integers stay integers."""
    assert_same_result(gpu, "matmul", np.arange(12).reshape(3, 4), np.arange(20).reshape(4, 5))


@pytest.mark.cuda
def test_gpu_refuses_a_device_that_is_not_there(gpu: Backend) -> None:
    """A device beyond the last one is refused."""
    with pytest.raises(DeviceError, match=r"^there is no device 'cuda:99': this machine has [0-9]+ CUDA devices?$"):
        gpu.from_host(np.ones((2, 2)), 99)
