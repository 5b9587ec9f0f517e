"""The CUDA product and the cupy backends: compiled, emulated on the CPU, and run where there is a GPU."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shapedmat import backends
from shapedmat.backends import Backend
from shapedmat.errors import BackendError, DeviceError, DTypeError, ShapeError
from shapedmat.kernels.cuda import THREAD_SIDES, Layout, ProductPlan, find_layout, plan_product, product_source
from shapedmat.ops import OPS, Array

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)

# Rows, inner, columns: whole tiles; remainders of one and of all but one in each dimension; the inner dimension in
# parts; vectors both ways.
SHAPES = [(16, 16, 16), (33, 15, 31), (15, 33, 47), (65, 17, 129), (10, 784, 128), (1, 300, 1), (1, 1, 70), (70, 5, 1)]
LAYOUTS = [(False, False), (False, True), (True, False), (True, True)]
TILES = list(product(THREAD_SIDES, repeat=2))


def plan_of(
    shape: tuple[int, int, int], dtype: np.dtype[Any], columns: tuple[bool, bool] = (False, False), gap: int = 0
) -> ProductPlan:
    """Plan a product whose operands are row-major or column-major, with a gap after each row or column."""
    rows, inner, cols = shape
    a_layout = Layout(columns[0], (rows if columns[0] else inner) + gap)
    b_layout = Layout(columns[1], (inner if columns[1] else cols) + gap)
    return plan_product(rows, inner, cols, dtype, a_layout=a_layout, b_layout=b_layout)


def macros_of(plan: ProductPlan) -> dict[str, str]:
    """Return the macros that a plan defines."""
    return dict(option.removeprefix("-D").split("=") for option in plan.options if option.startswith("-D"))


def tiled(plan: ProductPlan, tile: tuple[int, int], parts: int) -> ProductPlan:
    """Return the plan with another tile and number of parts than it chose."""
    macros = macros_of(plan)
    threads = (THREAD_SIDES[tile[0]], THREAD_SIDES[tile[1]])
    names = ("TILE_ROWS", "TILE_COLS", "THREAD_ROWS", "THREAD_COLS", "PARTS")
    macros |= {name: str(value) for name, value in zip(names, (*tile, *threads, parts), strict=True)}
    tiles = -(-int(macros["ROWS"]) // tile[0]) * -(-int(macros["COLS"]) // tile[1])
    options = tuple(f"-D{name}={value}" for name, value in macros.items())
    return ProductPlan(options, (tiles, parts), (tile[0] // threads[0] * (tile[1] // threads[1]),))


# --- the plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("shape", [*SHAPES, (1000, 1000, 1000), (60000, 784, 128)])
def test_grid_has_one_block_for_each_tile_and_part(shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
    """The grid's first number is the tiles that cover the result, and its second is the parts."""
    plan = plan_of(shape, dtype)
    macros = macros_of(plan)
    tiles_down = -(-shape[0] // int(macros["TILE_ROWS"]))
    tiles_across = -(-shape[2] // int(macros["TILE_COLS"]))
    assert (tiles_down * tiles_across, int(macros["PARTS"])) == plan.grid


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("shape", [*SHAPES, (1000, 1000, 1000), (60000, 784, 128)])
def test_block_has_one_thread_for_each_register_tile(shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
    """A block's threads times the elements that each computes are the block's tile."""
    plan = plan_of(shape, dtype)
    macros = {name: value for name, value in macros_of(plan).items() if name.startswith(("TILE_", "THREAD_"))}
    sizes = {name: int(value) for name, value in macros.items()}
    per_thread = sizes["THREAD_ROWS"] * sizes["THREAD_COLS"]
    assert (sizes["TILE_ROWS"] * sizes["TILE_COLS"],) == (plan.block[0] * per_thread,)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("inner", [1, 63, 64, 100, 784, 999, 100_000])
def test_no_part_is_empty(inner: int, dtype: np.dtype[Any]) -> None:
    """Each part of the inner dimension has at least one step, however the steps divide."""
    macros = macros_of(plan_of((10, inner, 10), dtype))
    steps, parts = -(-inner // int(macros["TILE_INNER"])), int(macros["PARTS"])
    assert (parts - 1) * -(-steps // parts) < steps


def test_small_result_with_long_inner_dimension_gets_many_blocks() -> None:
    """A batch of 10 images times the first layer's weights keeps most of a GPU's processors busy."""
    tiles, parts = plan_of((10, 784, 128), F32).grid
    assert tiles * parts >= 64


def test_large_result_gets_large_tiles() -> None:
    """A product with more tiles than processors uses the tiles that read memory the least."""
    macros = macros_of(plan_of((4096, 4096, 4096), F32))
    assert ("128", "128") == (macros["TILE_ROWS"], macros["TILE_COLS"])


def test_options_fix_shape_and_layout() -> None:
    """The options define the sizes, the layouts and the element type as macros."""
    macros = macros_of(plan_of((2, 3, 5), F64, (True, False), gap=1))
    expected = {
        "ELEMENT": "double",
        "WIDE_OFFSETS": "0",
        "ROWS": "2",
        "INNER": "3",
        "COLS": "5",
        "A_COLUMN_MAJOR": "1",
        "A_STRIDE": "3",
        "B_COLUMN_MAJOR": "0",
        "B_STRIDE": "6",
    }
    assert expected == {name: macros[name] for name in expected}


@pytest.mark.parametrize("shape", [(70_000, 2, 70_000), (70_000, 40_000, 1), (1, 40_000, 70_000)])
def test_offsets_are_wide_where_a_matrix_has_over_two_billion_elements(shape: tuple[int, int, int]) -> None:
    """Offsets have 64 bits where an operand or the result does not fit 32."""
    assert "1" == macros_of(plan_of(shape, F32))["WIDE_OFFSETS"]


def test_plan_refuses_integers() -> None:
    """The kernel is for floating-point numbers, and the plan says so."""
    with pytest.raises(DTypeError, match=r"^the tiled CUDA product takes float32 and float64, not int32$"):
        plan_of((2, 3, 5), np.dtype(np.int32))


def test_plan_refuses_empty_products() -> None:
    """A product without elements or terms has no tiles, and the plan says so with both shapes."""
    with pytest.raises(ShapeError, match=r"^cannot tile the product of \(2, 0\) by \(0, 5\): it is empty$"):
        plan_of((2, 0, 5), F32)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (lambda x: x, Layout(False, 6)),
        (lambda x: x.T, Layout(True, 6)),
        (lambda x: x[1:3, 2:5], Layout(False, 6)),
        (lambda x: x[1:3, 2:5].T, Layout(True, 6)),
        (lambda x: x[::2], Layout(False, 12)),
        (lambda x: x[:, ::2], None),
        (lambda x: x[::-1], None),
        (lambda x: np.broadcast_to(x[:1], (4, 6)), None),
        (lambda x: x[:1], Layout(False, 6)),
        (lambda x: x[:1, ::2], Layout(True, 2)),
        (lambda x: x[:, :1], Layout(False, 6)),
        (lambda x: x[:, :1].T, Layout(True, 6)),
    ],
)
def test_layout_is_found_from_strides(view: Callable[[Array], Array], expected: Layout | None) -> None:
    """Views with one unit stride and one that is no shorter than a line have a layout; others must be copied."""
    matrix = view(np.zeros((4, 6), np.float32))
    assert expected == find_layout(matrix.shape, matrix.strides, matrix.itemsize)


# --- compiled ---------------------------------------------------------------------------------------------------------


@cache
def compiler() -> Callable[[tuple[str, ...]], str] | None:
    """Return a function that compiles the product for an A100 and returns the compiler's complaints, or None."""
    library = find_nvrtc()
    if library is not None:
        return lambda options: compile_with_nvrtc(library, options)
    nvcc = shutil.which("nvcc")
    return None if nvcc is None else lambda options: compile_with_nvcc(nvcc, options)


def find_nvrtc() -> ctypes.CDLL | None:
    """Return the run-time compiler of the package nvidia-cuda-nvrtc, if that is installed."""
    package = importlib.util.find_spec("nvidia")
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in Path(folder).glob("**/libnvrtc.so.*[0-9]"):
            return ctypes.CDLL(str(path))
    return None


def compile_with_nvrtc(library: ctypes.CDLL, options: tuple[str, ...]) -> str:
    """Compile to machine code in memory."""
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    source = product_source().encode()
    assert 0 == library.nvrtcCreateProgram(ctypes.byref(program), source, b"matmul.cu", 0, None, None)
    arguments = [option.encode() for option in (*options, "--gpu-architecture=sm_80")]
    failed = library.nvrtcCompileProgram(program, len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
    assert 0 == library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    assert 0 == library.nvrtcGetProgramLog(program, log)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    return log.value.decode() or ("failed without a word" if failed else "")


def compile_with_nvcc(nvcc: str, options: tuple[str, ...]) -> str:
    """Compile to machine code that is thrown away."""
    with resources.as_file(resources.files("shapedmat.kernels") / "matmul.cu") as source:
        command = [nvcc, "-cubin", "-arch=sm_80", "-o", "/dev/null", *options, str(source)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr or ("failed without a word" if result.returncode else "")


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        ((10, 784, 128), (False, False)),
        ((784, 10, 128), (True, False)),
        ((10, 128, 784), (False, True)),
        ((1, 1, 1), (True, True)),
        ((500, 77, 511), (False, True)),
        ((4096, 4096, 4096), (False, False)),
        ((4097, 4095, 4093), (True, True)),
        ((70_000, 40_000, 70_000), (False, False)),
    ],
)
def test_kernel_compiles_without_a_complaint(
    shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """NVIDIA's compiler accepts the kernel for small, odd, large and huge shapes, and warns of nothing."""
    compile_product = compiler()
    if compile_product is None:
        pytest.skip("neither the package nvidia-cuda-nvrtc nor nvcc is here")
    assert "" == compile_product(plan_of(shape, dtype, columns).options)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("tile", TILES)
def test_every_tile_compiles_without_a_complaint(tile: tuple[int, int], dtype: np.dtype[Any]) -> None:
    """Each tile fits the registers and the shared memory that a block may have."""
    compile_product = compiler()
    if compile_product is None:
        pytest.skip("neither the package nvidia-cuda-nvrtc nor nvcc is here")
    assert "" == compile_product(("--std=c++17", *tiled(plan_of((1000, 1000, 1000), dtype), tile, 2).options))


# --- emulated on the CPU ----------------------------------------------------------------------------------------------

PROGRAM = """
#include "cuda_emulator.hpp"
#include "matmul.cu"
extern "C" bool run(const ELEMENT* a, const ELEMENT* b, ELEMENT* c, unsigned tiles, unsigned parts, unsigned threads,
                    bool backwards) {
  return emulate([=] { matmul(a, b, c); }, tiles, parts, threads, backwards);
}
"""

Emulate = Callable[[tuple[str, ...]], Any]

GAP = 3  # elements between the end of one row or column and the start of the next


@pytest.fixture(scope="session")
def emulate(tmp_path_factory: pytest.TempPathFactory) -> Emulate:
    """Return a function that compiles the kernel for the CPU and returns the function ``run`` of the program above."""
    gxx = shutil.which("g++")
    if gxx is None:
        pytest.skip("g++ is not here to compile the kernel for the CPU")

    @cache
    def build(options: tuple[str, ...]) -> Any:
        folder = tmp_path_factory.mktemp("emulated")
        (folder / "program.cpp").write_text(PROGRAM)
        (folder / "matmul.cu").write_text(product_source())
        macros = [option for option in options if option.startswith("-D")]
        warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
        here = f"-I{Path(__file__).parent}"
        command = [
            gxx,
            "-std=c++20",
            "-O1",
            "-shared",
            "-fPIC",
            *warnings,
            here,
            *macros,
            "program.cpp",
            "-o",
            "run.so",
        ]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert 0 == result.returncode, result.stderr
        run = ctypes.CDLL(str(folder / "run.so")).run
        run.restype = ctypes.c_bool
        run.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_uint] * 3 + [ctypes.c_bool]
        return run

    return build


def surrounded(matrix: Array, *, column_major: bool, gap: int) -> Array:
    """Return the matrix as a view of memory that holds NaN before it, after it, and in the gap after each line."""
    lines = matrix.T if column_major else matrix
    margin, pitch = 64, lines.shape[1] + gap
    memory = np.full(2 * margin + lines.shape[0] * pitch, np.nan, matrix.dtype)
    view = memory[margin : len(memory) - margin].reshape(lines.shape[0], pitch)[:, : lines.shape[1]]
    view[:] = lines
    return view.T if column_major else view


def small_integers(shape: tuple[int, int], dtype: np.dtype[Any], seed: int) -> Array:
    """Return numbers whose products and sums are exact, whatever the order they are added in."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


def assert_emulated_exactly(
    emulate: Emulate, plan: ProductPlan, shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """Run the kernel with its threads in both orders, on operands with gaps, and compare with NumPy."""
    rows, inner, cols = shape
    a, b = small_integers((rows, inner), dtype, 0), small_integers((inner, cols), dtype, 1)
    operands = [surrounded(x, column_major=by_column, gap=GAP) for x, by_column in zip((a, b), columns, strict=True)]
    guard = np.full(64, 12345, dtype)
    for backwards in (False, True):
        memory = np.concatenate([guard, np.full(plan.parts * rows * cols, np.nan, dtype), guard])
        result = memory[64:-64]
        pointers = [array.ctypes.data for array in (*operands, result)]
        assert emulate(plan.options)(*pointers, *plan.grid, *plan.block, backwards)
        np.testing.assert_array_equal(result.reshape(plan.parts, rows, cols).sum(axis=0), a @ b)
        np.testing.assert_array_equal(memory[:64], guard)
        np.testing.assert_array_equal(memory[-64:], guard)


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize(("shape", "columns"), [(shape, LAYOUTS[i % 4]) for i, shape in enumerate(SHAPES)])
def test_emulated_kernel_is_exact(
    emulate: Emulate, shape: tuple[int, int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """The kernel gives NumPy's product of whole numbers, reads only the operands, and writes only the result."""
    assert_emulated_exactly(emulate, plan_of(shape, dtype, columns, GAP), shape, columns, dtype)


@pytest.mark.parametrize(
    ("tile", "columns", "dtype"), [(tile, LAYOUTS[i % 4], (F32, F64)[i // 4 % 2]) for i, tile in enumerate(TILES)]
)
def test_emulated_kernel_is_exact_for_every_tile(
    emulate: Emulate, tile: tuple[int, int], columns: tuple[bool, bool], dtype: np.dtype[Any]
) -> None:
    """Each tile gives the same product, with remainders in every dimension and the inner one in two parts."""
    shape = (131, 35, 145)
    plan = tiled(plan_of(shape, dtype, columns, GAP), tile, 2)
    assert_emulated_exactly(emulate, plan, shape, columns, dtype)


def test_emulated_kernel_with_wide_offsets_is_exact(emulate: Emulate) -> None:
    """The kernel with 64-bit offsets, whose matrices are too large for a test, is right for a small one."""
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    plan, result = plan_of((33, 35, 31), F32), np.empty((33, 31), np.float32)
    options = tuple(option.replace("WIDE_OFFSETS=0", "WIDE_OFFSETS=1") for option in plan.options)
    emulate(options)(a.ctypes.data, b.ctypes.data, result.ctypes.data, *plan.grid, *plan.block, False)
    np.testing.assert_array_equal(result, a @ b)


def test_emulator_notices_a_missing_barrier(emulate: Emulate) -> None:
    """Without its barriers the kernel gives another result, so the tests above would fail."""
    a, b = small_integers((33, 35), F32, 0), small_integers((35, 31), F32, 1)
    plan, result = plan_of((33, 35, 31), F32), np.empty((33, 31), np.float32)
    run = emulate((*plan.options, "-DWITHOUT_BARRIERS"))
    run(a.ctypes.data, b.ctypes.data, result.ctypes.data, *plan.grid, *plan.block, False)
    assert not np.array_equal(result, a @ b)


# --- the backends, with a stand-in for cupy ---------------------------------------------------------------------------


class DeviceArray(np.ndarray[Any, Any]):
    """An array in host memory that says it lies on a GPU."""

    number = 0

    def __array_finalize__(self, parent: Any) -> None:
        self.number = getattr(parent, "number", 0)

    @property
    def device(self) -> Any:
        return SimpleNamespace(id=self.number)


class StandIn(ModuleType):
    """What the backends use of cupy, computed by NumPy; raw kernels run in the emulator."""

    ndarray = DeviceArray

    def __init__(self, device_count: int | Exception, emulate: Emulate | None = None) -> None:
        super().__init__("cupy")
        self.current = 0
        self.entered: list[int] = []
        self.synchronized: list[int] = []
        self.launches: list[ProductPlan] = []
        self.emulate = emulate
        self.device_count = device_count
        self.cuda = SimpleNamespace(
            Device=lambda number: StandInDevice(self, number),
            runtime=SimpleNamespace(getDeviceCount=self.count_devices, CUDARuntimeError=RuntimeError),
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def count_devices(self) -> int:
        if isinstance(self.device_count, Exception):
            raise self.device_count
        return self.device_count

    def asarray(self, array: Array) -> DeviceArray:
        moved = np.array(array).view(DeviceArray)
        moved.number = self.current
        return moved

    def asnumpy(self, array: Array) -> Array:
        return np.array(array)

    def ElementwiseKernel(self, *arguments: str) -> None: ...

    def ReductionKernel(self, *arguments: str) -> None: ...

    def RawKernel(self, source: str, name: str, options: tuple[str, ...]) -> Callable[..., None]:
        assert (product_source(), "matmul") == (source, name)

        def launch(grid: tuple[int, int], block: tuple[int], arrays: tuple[Array, ...]) -> None:
            self.launches.append(ProductPlan(options, grid, block))
            assert self.emulate is not None
            self.emulate(options)(*[array.ctypes.data for array in arrays], *grid, *block, False)

        return launch


class StandInDevice:
    """Counts the devices that were current, and those that were waited for."""

    def __init__(self, cupy: StandIn, number: int) -> None:
        self.cupy, self.number = cupy, number

    def __enter__(self) -> None:
        self.before, self.cupy.current = self.cupy.current, self.number
        self.cupy.entered.append(self.number)

    def __exit__(self, *error: object) -> None:
        self.cupy.current = self.before

    def synchronize(self) -> None:
        self.cupy.synchronized.append(self.number)


@pytest.fixture
def without_backends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Load the cupy backends anew within a test, and forget them after it."""
    monkeypatch.setattr(backends, "_loaded", {})
    monkeypatch.delitem(sys.modules, "shapedmat.backends.cupy", raising=False)
    yield
    sys.modules.pop("shapedmat.backends.cupy", None)


Install = Callable[..., tuple[StandIn, Backend]]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, without_backends: None) -> Install:
    """Return a function that loads a cupy backend with a stand-in for cupy."""

    def load(device_count: int | Exception = 1, name: str = "cupy", emulate: Emulate | None = None) -> Any:
        cupy = StandIn(device_count, emulate)
        monkeypatch.setitem(sys.modules, "cupy", cupy)
        return cupy, backends.get(name)

    return load


@pytest.mark.usefixtures("without_backends")
@pytest.mark.parametrize("name", ["cupy", "cupy-tiled"])
def test_backend_without_cupy_says_what_to_install(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where cupy cannot be imported, its backends name the extras that bring it."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError) as raised:
        backends.get(name)
    assert "the cupy backend needs the package cupy: install shapedmat[cuda13] or shapedmat[cuda12]" == str(
        raised.value
    )


@pytest.mark.usefixtures("without_backends")
def test_error_without_cupy_comes_from_the_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason why cupy could not be imported is kept as the cause."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError) as raised:
        backends.get("cupy")
    assert isinstance(raised.value.__cause__, ImportError)


def test_machine_without_a_driver_has_no_device(install: Install) -> None:
    """Where CUDA does not start, moving a matrix says that there is no device, and why."""
    _, backend = install(RuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected"))
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
    cupy, backend = install(2)
    array = backend.from_host(np.ones((2, 2)), 1)
    cupy.entered.clear()
    backend.run(OPS["add"], array, 1.0)
    assert ([1], 0) == (cupy.entered, cupy.current)


def test_operands_on_two_devices_are_refused(install: Install) -> None:
    """An operation on arrays of two GPUs names both and says how to move one."""
    _, backend = install(2)
    a, b = (backend.from_host(np.ones((2, 2)), number) for number in (0, 1))
    with pytest.raises(DeviceError) as raised:
        backend.run(OPS["add"], a, b)
    assert "the operands lie on cuda:0 and cuda:1: move one with .to('cuda:0')" == str(raised.value)


def test_synchronize_waits_for_the_devices_in_use(install: Install) -> None:
    """Synchronizing waits for each device that something ran on, and starts no other."""
    cupy, backend = install(4)
    for number in (2, 0):
        backend.from_host(np.ones((2, 2)), number)
    backend.synchronize()
    assert [0, 2] == sorted(cupy.synchronized)


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
    np.testing.assert_array_equal(actual, expected, strict=True)


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
    install: Install, emulate: Emulate, a_view: Callable[[Array], Array], b_view: Callable[[Array], Array]
) -> None:
    """The tiled product is right for row-major, column-major and other operands, with parts added up."""
    cupy, backend = install(name="cupy-tiled", emulate=emulate)
    a, b = small_integers((5, 300), F32, 0), small_integers((300, 7), F32, 1)
    on_device = [view(backend.from_host(x, 0)) for x, view in ((a, a_view), (b, b_view))]
    product = backend.run(OPS["matmul"], *on_device)
    np.testing.assert_array_equal(product, a @ b)
    assert [True] == [plan.parts > 1 for plan in cupy.launches]


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
    np.testing.assert_array_equal(product, a @ b)


# --- on a GPU ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["cupy", "cupy-tiled"])
def gpu(request: pytest.FixtureRequest) -> Backend:
    """Return a backend on a GPU, or skip where there is none."""
    cupy = pytest.importorskip("cupy", reason="the package cupy is not installed")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        pytest.skip(f"there is no CUDA device here: {error}")
    return backends.get(request.param)


def numbers(shape: tuple[int, int], dtype: np.dtype[Any], seed: int = 0, low: float = 0.5, high: float = 2.0) -> Array:
    """Return random numbers that suit every operation: positive, and near 1."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def assert_same_result(gpu: Backend, op: str, *operands: Array, **parameters: Any) -> None:
    """Run an operation on the GPU and with NumPy, and compare element types, shapes and values."""
    expected = backends.get("numpy").run(OPS[op], *operands, **parameters)
    moved = [gpu.from_host(x, 0) if isinstance(x, np.ndarray) else x for x in operands]
    actual = gpu.to_host(gpu.run(OPS[op], *moved, **parameters))
    precision = 1e-5 if expected.dtype == F32 else 1e-12
    np.testing.assert_allclose(actual, expected, rtol=precision, atol=precision, strict=True)


ELEMENTWISE = ["absolute", "sign", "negative", "square", "sqrt", "exp", "log", "sin", "cos", "sigmoid", "tanh", "relu"]
DERIVATIVES = ["sigmoid_derivative", "tanh_derivative", "relu_derivative"]
COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("op", [*ELEMENTWISE, *DERIVATIVES])
def test_gpu_element_wise_operations_agree_with_numpy(gpu: Backend, op: str, dtype: np.dtype[Any]) -> None:
    """Operations on each element of one matrix agree, for negative numbers too where they have a value."""
    low = 0.5 if op in ("sqrt", "log") else -3.0
    assert_same_result(gpu, op, numbers((17, 33), dtype, low=low))


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("op", ["add", "subtract", "multiply", "divide", *COMPARISONS])
def test_gpu_operations_broadcast_as_numpy_does(gpu: Backend, op: str, dtype: np.dtype[Any]) -> None:
    """Operations on two matrices broadcast a row over a matrix."""
    assert_same_result(gpu, op, numbers((17, 33), dtype), numbers((1, 33), dtype, 1))


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("op", ["add", "subtract", "multiply", "divide", *COMPARISONS])
def test_gpu_operations_take_numbers(gpu: Backend, op: str, dtype: np.dtype[Any]) -> None:
    """A Python number keeps the element type of the matrix."""
    assert_same_result(gpu, op, numbers((17, 33), dtype), 1.5)


@pytest.mark.cuda
def test_gpu_operations_work_in_place(gpu: Backend) -> None:
    """An operation with `out` writes into its first operand."""
    array = gpu.from_host(np.ones((2, 3), np.float32), 0)
    gpu.run(OPS["add"], array, 1.0, out=array)
    np.testing.assert_array_equal(gpu.to_host(array), np.full((2, 3), 2, np.float32))


@pytest.mark.cuda
@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("op", ["sum", "mean", "max", "min", "argmax", "argmin", "all", "any"])
def test_gpu_reductions_agree_with_numpy(gpu: Backend, op: str, order: Any, axis: int | None) -> None:
    """Reductions agree along each axis and over all, for both ways a matrix can lie."""
    assert_same_result(gpu, op, np.asarray(numbers((17, 33), F32), order=order), axis=axis)


@pytest.mark.cuda
@pytest.mark.parametrize("op", ["sum", "max", "argmin", "all"])
def test_gpu_reductions_take_small_integers(gpu: Backend, op: str) -> None:
    """Reductions of 8-bit integers agree, and a sum keeps the element type."""
    assert_same_result(gpu, op, np.arange(-6, 6, dtype=np.int8).reshape(3, 4), axis=1)


@pytest.mark.cuda
@pytest.mark.parametrize("axis", [0, 1])
def test_gpu_softmax_agrees_with_numpy(gpu: Backend, axis: int) -> None:
    """The softmax agrees along each axis, for numbers whose exponential overflows too."""
    assert_same_result(gpu, "softmax", numbers((17, 33), F32, low=-500, high=500), axis=axis)


@pytest.mark.cuda
def test_gpu_sigmoid_reaches_its_limits(gpu: Backend) -> None:
    """The sigmoid of numbers whose exponential overflows is 0 or 1, and of NaN is NaN."""
    assert_same_result(gpu, "sigmoid", np.array([[-1e4, 1e4, np.nan, -np.inf, np.inf]], np.float32))


@pytest.mark.cuda
@pytest.mark.parametrize("exponent", [-1, 0, 0.5, 1, 2, 2.0, 3, -1.5])
def test_gpu_power_agrees_with_numpy(gpu: Backend, exponent: float) -> None:
    """Powers agree for whole, fractional and negative exponents."""
    assert_same_result(gpu, "power", numbers((17, 33), F32), exponent=exponent)


@pytest.mark.cuda
@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_gpu_power_of_integers_agrees_with_numpy(gpu: Backend, exponent: int) -> None:
    """Powers of integers agree, and stay integers."""
    assert_same_result(gpu, "power", np.arange(-6, 6).reshape(3, 4), exponent=exponent)


@pytest.mark.cuda
@pytest.mark.parametrize("op", ["distances", "differences"])
def test_gpu_point_operations_agree_with_numpy(gpu: Backend, op: str) -> None:
    """Operations on a set of points and a point agree."""
    assert_same_result(gpu, op, numbers((50, 7), F32), numbers((1, 7), F32, 1))


@pytest.mark.cuda
@pytest.mark.parametrize("op", ["norm", "row_norms", "transpose"])
def test_gpu_operations_on_a_whole_matrix_agree_with_numpy(gpu: Backend, op: str) -> None:
    """Norms and the transpose agree."""
    assert_same_result(gpu, op, numbers((50, 7), F32))


@pytest.mark.cuda
@pytest.mark.parametrize("op", ["hadamard", "hstack", "vstack", "outer"])
def test_gpu_operations_on_equal_shapes_agree_with_numpy(gpu: Backend, op: str) -> None:
    """Stacks and products of two matrices of one shape agree."""
    shape = (1, 7) if op == "outer" else (5, 7)
    assert_same_result(gpu, op, numbers(shape, F32), numbers(shape, F32, 1))


@pytest.mark.cuda
@pytest.mark.parametrize(
    ("op", "parameters"),
    [
        ("reshape", {"shape": (14, 5)}),
        ("cast", {"dtype": F64}),
        ("index", {"key": (slice(1, 6, 2), slice(None, None, -1))}),
        ("index", {"key": (np.array([3, -1, 3]), slice(None))}),
        ("index", {"key": (slice(None), np.array([True, False] * 3 + [True]))}),
        ("scatter", {"key": (np.array([3, 3, -1, 0, 3, 5, 5, 1, 1, 0]), slice(None)), "shape": (6, 7)}),
        ("scatter", {"key": (slice(0, 10), slice(1, 8)), "shape": (12, 9)}),
        ("scatter", {"key": (slice(None), np.array([True] * 7 + [False])), "shape": (10, 8)}),
    ],
)
def test_gpu_operations_with_parameters_agree_with_numpy(gpu: Backend, op: str, parameters: dict[str, Any]) -> None:
    """Reshaping, casting, indexing and its inverse agree, where places occur more than once too."""
    assert_same_result(gpu, op, numbers((10, 7), F32), **parameters)


@pytest.mark.cuda
def test_gpu_broadcast_agrees_with_numpy(gpu: Backend) -> None:
    """A row is copied into each row of the result."""
    assert_same_result(gpu, "broadcast", numbers((1, 7), F32), shape=(5, 7))


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
