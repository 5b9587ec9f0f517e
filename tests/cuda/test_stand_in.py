"""The stand-in for CuPy: what it computes, and that it refuses what CuPy and CUDA refuse."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from shapedmat import Matrix, backends
from tests.cuda.machine import CUDADriverError, CUDARuntimeError, Machine, OutOfMemoryError
from tests.cuda.stand_in import StandIn

SOURCE = """
extern "C" __global__ void add_one(float* x, long long size) {
  const long long place = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (place < size) {
    x[place] += 1;
  }
}
"""


@pytest.fixture
def cupy(device: Machine) -> Any:
    """Return the stand-in that is installed."""
    return sys.modules["cupy"]


def add_one(cupy: Any, **settings: Any) -> Any:
    """Return the kernel of the source above."""
    return cupy.RawModule(code=SOURCE, options=("--std=c++17",), **settings).get_function("add_one")


# --- arrays -----------------------------------------------------------------------------------------------------------


def test_array_survives_the_way_to_the_device_and_back(cupy: Any) -> None:
    """An array that is moved is a copy, and so is what comes back."""
    host = np.arange(6.0).reshape(2, 3)
    moved = cupy.asarray(host)
    back = cupy.asnumpy(moved)
    moved += 1
    np.testing.assert_array_equal(back, host)
    np.testing.assert_array_equal(moved.get(), host + 1)


@pytest.mark.parametrize("convert", [np.asarray, np.array, np.ascontiguousarray])
def test_numpy_does_not_get_an_array_unasked(cupy: Any, convert: Any) -> None:
    """An array on a device becomes one of NumPy only where it is told to, and CuPy's words say how."""
    with pytest.raises(
        TypeError, match=r"^Implicit conversion to a NumPy array is not allowed\. Please use `\.get\(\)`"
    ):
        convert(cupy.zeros(3))


@pytest.mark.parametrize(
    "mix",
    [
        lambda cupy: cupy.ones(3) + np.ones(3),
        lambda cupy: np.ones(3) + cupy.ones(3),
        lambda cupy: cupy.add(cupy.ones(3), np.ones(3)),
        lambda cupy: cupy.concatenate([cupy.ones(3), np.ones(3)]),
        lambda cupy: cupy.ones(3).__setitem__(slice(None), np.ones(3)),
    ],
)
def test_arrays_of_both_places_do_not_mix(cupy: Any, mix: Any) -> None:
    """An operation on an array of the device and one of the host is refused."""
    with pytest.raises(TypeError):
        mix(cupy)


def test_part_that_is_not_in_one_piece_is_not_set(cupy: Any) -> None:
    """The host's numbers go to memory that is contiguous."""
    array = cupy.zeros((3, 4), np.float32)
    array[1:].set(np.ones((2, 4), np.float32))
    with pytest.raises(RuntimeError, match=r"^Cannot set to non-contiguous array$"):
        array[:, 1:].set(np.ones((3, 3), np.float32))
    assert 8 == array.get().sum()


def test_numpys_functions_run_on_the_device(cupy: Any) -> None:
    """NumPy hands what is asked of an array on a device over to CuPy."""
    result = np.add(cupy.ones(3), 2)
    assert isinstance(result, cupy.ndarray)
    assert isinstance(np.sum(result), cupy.ndarray)
    np.testing.assert_array_equal(result.get(), [3, 3, 3])


def test_scalars_stay_on_the_device(cupy: Any) -> None:
    """A sum, and a single element, are arrays without axes."""
    array = cupy.asarray(np.arange(6.0).reshape(2, 3))
    assert [(), (), ()] == [x.shape for x in (cupy.sum(array), array.max(), array[1, 2])]
    assert (15.0, 5.0, 5.0) == (float(cupy.sum(array)), array.max().item(), float(array[1, 2]))


def test_element_is_a_view(cupy: Any) -> None:
    """What is done in place to a part is done to the array."""
    array = cupy.zeros((2, 3))
    part = array[1]
    part += 4
    element = array[0, 0]
    element -= 1
    array[0, 1:] = 7
    np.testing.assert_array_equal(array.get(), [[-1, 7, 7], [4, 4, 4]])


def test_functions_write_into_their_output(cupy: Any) -> None:
    """A function with ``out`` returns that array."""
    array, out = cupy.ones(3), cupy.zeros(3)
    assert out is cupy.multiply(array, 5, out=out)
    np.testing.assert_array_equal(out.get(), [5, 5, 5])


def test_names_that_cupy_lacks_are_missing(cupy: Any) -> None:
    """What only NumPy has is not there."""
    with pytest.raises(AttributeError, match=r"^module 'cupy' has no attribute 'errstate'$"):
        cupy.errstate  # noqa: B018  # to look it up is what is tested


def test_operands_on_another_device_are_refused(device: Machine, cupy: Any) -> None:
    """An operation and a kernel take arrays of the current device alone, which may copy those of others."""
    device.device_count = 2
    with cupy.cuda.Device(1):
        array = cupy.ones(3, np.float32)
    assert 1 == array.device.id
    sentence = r"^Array device must be same as the current device: array device = 1 while current = 0$"
    with pytest.raises(ValueError, match=sentence):
        array + 1
    with pytest.raises(ValueError, match=sentence):
        add_one(cupy)((1,), (32,), (array, 3))
    assert 0 == cupy.asarray(array).device.id


def test_dlpack_shares_memory(cupy: Any) -> None:
    """An array that is exchanged is the same memory, on the same device."""
    array = cupy.zeros(3)
    again = cupy.from_dlpack(array)
    again += 1
    assert (2, 0) == again.__dlpack_device__()
    np.testing.assert_array_equal(array.get(), [1, 1, 1])


# --- kernels ----------------------------------------------------------------------------------------------------------


def test_kernel_runs(device: Machine, cupy: Any) -> None:
    """A raw kernel computes, and its launch is noted."""
    array = cupy.zeros(40, np.float32)
    add_one(cupy)((2,), (32,), (array, 40))
    np.testing.assert_array_equal(array.get(), np.ones(40))
    (launch,) = device.launches
    assert ("add_one", (2,), (32,), 0, False) == (
        launch.name,
        launch.grid,
        launch.block,
        launch.shared_bytes,
        launch.cooperative,
    )


def test_elementwise_kernel_computes(cupy: Any) -> None:
    """An elementwise kernel broadcasts its operands, in their element type."""
    kernel = cupy.ElementwiseKernel("T x, T shift", "T y", "y = exp(x - shift)", "shifted_exp")
    x, shift = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([[1], [2]], np.float32)
    np.testing.assert_allclose(
        kernel(cupy.asarray(x), cupy.asarray(shift)).get(), np.exp(x - shift), rtol=1e-6, strict=True
    )


@pytest.mark.parametrize("axis", [0, 1, None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduction_kernel_computes(cupy: Any, axis: int | None, keepdims: bool) -> None:
    """A reduction kernel reduces along an axis, or along all."""
    kernel = cupy.ReductionKernel("T x, T y", "T z", "(x - y) * (x - y)", "a + b", "z = sqrt(a)", "0", "distance")
    x, y = np.random.default_rng(0).standard_normal((2, 3, 4))
    result = kernel(cupy.asarray(x), cupy.asarray(y), axis=axis, keepdims=keepdims).get()
    np.testing.assert_allclose(result, np.sqrt(np.square(x - y).sum(axis=axis, keepdims=keepdims)), strict=True)


def test_source_that_does_not_compile_raises_cupys_error(cupy: Any) -> None:
    """A kernel that the compiler refuses is an error of CuPy's own class."""
    with pytest.raises(cupy.cuda.compiler.CompileException, match="missing"):
        cupy.RawModule(code='extern "C" __global__ void f() { missing(); }').get_function("f")((1,), (32,), ())


def test_launch_with_too_much_shared_memory_is_refused(cupy: Any) -> None:
    """More than 48 KB must be asked for first, and more than 227 KB there is not."""
    kernel, array = add_one(cupy), cupy.zeros(3, np.float32)
    with pytest.raises(CUDADriverError, match=r"^CUDA_ERROR_INVALID_VALUE: invalid argument$"):
        kernel((1,), (32,), (array, 3), shared_mem=(48 << 10) + 1)
    kernel.max_dynamic_shared_size_bytes = 227 << 10
    kernel((1,), (32,), (array, 3), shared_mem=227 << 10)
    with pytest.raises(CUDADriverError, match=r"^CUDA_ERROR_INVALID_VALUE: invalid argument$"):
        kernel.max_dynamic_shared_size_bytes = (227 << 10) + 1


def test_cooperative_launch_is_made_to_fit_the_device(device: Machine, cupy: Any) -> None:
    """As many blocks run at once as the occupancy says; CuPy launches no more, and warns, or refuses in two axes."""
    kernel, array = add_one(cupy, enable_cooperative_groups=True), cupy.zeros(3, np.float32)
    each = cupy.cuda.driver.occupancyMaxActiveBlocksPerMultiprocessor(kernel.kernel.ptr, 256, 0)
    blocks = each * cupy.cuda.Device().attributes["MultiProcessorCount"]
    kernel((blocks,), (256,), (array, 3))
    sentence = f"^The grid size will be reduced from {blocks + 1} to {blocks}, as the specified grid size exceeds the"
    with pytest.warns(UserWarning, match=sentence):
        kernel((blocks + 1,), (256,), (array, 3))
    assert [(True, (blocks,))] * 2 == [(launch.cooperative, launch.grid) for launch in device.launches]
    with pytest.raises(ValueError, match=rf"^The specified grid size \({blocks} \* 2 \* 1\) exceeds the limit"):
        kernel((blocks, 2), (256,), (array, 3))


def test_a_launch_has_a_block_at_least(device: Machine, cupy: Any) -> None:
    """Where no block is asked for, CuPy launches one."""
    array = cupy.zeros(3, np.float32)
    add_one(cupy)((0,), (32,), (array, 3))
    assert [(1,)] == [launch.grid for launch in device.launches]
    assert [1, 1, 1] == array.tolist()


@pytest.mark.parametrize("value", [np.float32(3), np.int32(3), True])
def test_narrow_argument_is_refused(cupy: Any, value: object) -> None:
    """What CuPy would hand over in fewer bytes does not fit a parameter of 8 bytes."""
    with pytest.raises(TypeError, match=r"^a \w+ has not the 8 bytes of a kernel's parameter$"):
        add_one(cupy)((1,), (32,), (cupy.zeros(3, np.float32), value))


# --- streams and graphs -----------------------------------------------------------------------------------------------


def test_graph_repeats_what_was_captured(device: Machine, cupy: Any) -> None:
    """A launch is not made while it is captured, but each time that the graph is launched."""
    kernel, array = add_one(cupy), cupy.zeros(3, np.float32)
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        assert stream.is_capturing()
        kernel((1,), (32,), (array, 3))
        kernel((1,), (32,), (array, 2))
        graph = stream.end_capture()
    assert ([], [0, 0, 0]) == (device.launches, array.get().tolist())
    graph.launch()
    graph.launch(stream=stream)
    assert [4, 4, 2] == array.get().tolist()
    assert [0, 0, stream.ptr, stream.ptr] == [launch.stream for launch in device.launches]


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda cupy, array: cupy.empty(3),
        lambda cupy, array: array + 1,
        lambda cupy, array: array.get(),
        lambda cupy, array: float(array[0]),
        lambda cupy, array: array.set(np.ones(3)),
        lambda cupy, array: cupy.asarray(np.ones(3)),
        lambda cupy, array: array.fill(0),
        lambda cupy, array: cupy.cuda.get_current_stream().synchronize(),
        lambda cupy, array: cupy.cuda.Device().synchronize(),
    ],
)
def test_what_is_not_a_launch_breaks_a_capture(cupy: Any, forbidden: Any) -> None:
    """Allocating, copying and waiting raise CUDA's error during a capture, which then cannot end well.

    CuPy itself lets its pool allocate during a capture; but a graph does not keep that memory for its next launch.
    """
    array, stream = cupy.zeros(3), cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        with pytest.raises(
            CUDARuntimeError, match=r"^cudaErrorStreamCaptureUnsupported: operation not permitted"
        ) as raised:
            forbidden(cupy, array)
        assert 900 == raised.value.status
        with pytest.raises(CUDARuntimeError, match=r"^cudaErrorStreamCaptureInvalidated: "):
            stream.end_capture()
        assert not stream.is_capturing()


def test_views_can_be_taken_during_a_capture(cupy: Any) -> None:
    """Looking at an array in another way asks nothing of the device."""
    array, stream = cupy.zeros((3, 4)), cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        assert (4, 2) == array[:2].T.shape == cupy.transpose(array[:2]).shape
        stream.end_capture()


def test_default_stream_captures_nothing(cupy: Any) -> None:
    """The stream that all work goes to by itself cannot be captured."""
    with pytest.raises(RuntimeError, match=r"^cannot capture on the default \(legacy\) stream$"):
        cupy.cuda.get_current_stream().begin_capture()


def test_graph_keeps_no_array_alive(cupy: Any) -> None:
    """A graph that launches a kernel on memory that is freed is an error."""
    kernel, array = add_one(cupy), cupy.zeros(3, np.float32)
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        kernel((1,), (32,), (array, 3))
        graph = stream.end_capture()
    graph.launch()
    del array
    with pytest.raises(RuntimeError, match=r"^a graph launches a kernel on an array that has been freed$"):
        graph.launch()


def test_stream_is_current_within_its_block(cupy: Any) -> None:
    """A stream is current in a ``with`` block, or from its ``use`` on."""
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        assert stream == cupy.cuda.get_current_stream()
    assert cupy.cuda.Stream.null == cupy.cuda.get_current_stream()
    stream.use()
    assert stream == cupy.cuda.get_current_stream()


def test_stream_belongs_to_its_device(device: Machine, cupy: Any) -> None:
    """A stream of another device than the current one cannot become current."""
    device.device_count = 2
    stream = cupy.cuda.Stream(non_blocking=True)
    sentence = r"^The device that the stream is created on \(0\) does not match with the current device \(1\)$"
    with cupy.cuda.Device(1), pytest.raises(RuntimeError, match=sentence):
        stream.use()


def test_events_count_launches(cupy: Any) -> None:
    """Between two events passes a millisecond for each launch."""
    start, end, array = cupy.cuda.Event(), cupy.cuda.Event(), cupy.zeros(3, np.float32)
    start.record()
    for _ in range(3):
        add_one(cupy)((1,), (32,), (array, 3))
    end.record()
    end.synchronize()
    assert 3.0 == cupy.cuda.get_elapsed_time(start, end)


def test_event_that_was_not_recorded_has_no_time(cupy: Any) -> None:
    """The time to an event that never was is an error."""
    with pytest.raises(CUDARuntimeError, match=r"^cudaErrorInvalidResourceHandle: "):
        cupy.cuda.get_elapsed_time(cupy.cuda.Event(), cupy.cuda.Event())


# --- memory -----------------------------------------------------------------------------------------------------------


def test_memory_runs_out(device: Machine, cupy: Any) -> None:
    """An array that a device has no room for is refused in CuPy's words, until another one is freed."""
    device.memory_bytes = 1000
    array = cupy.zeros(100)
    with pytest.raises(OutOfMemoryError) as raised:
        cupy.zeros(50)
    assert "Out of memory allocating 400 bytes (allocated so far: 800 bytes)." == str(raised.value)
    del array
    assert 400 == cupy.zeros(50).nbytes


def test_limit_of_the_pool_is_kept(device: Machine, cupy: Any) -> None:
    """A limit of the pool is as good as a device with less memory."""
    cupy.get_default_memory_pool().set_limit(size=500)
    with pytest.raises(OutOfMemoryError) as raised:
        cupy.zeros(100)
    assert "Out of memory allocating 800 bytes (allocated so far: 0 bytes, limit set to: 500 bytes)." == str(
        raised.value
    )


def test_view_takes_no_memory(device: Machine, cupy: Any) -> None:
    """Memory is counted once, however many arrays show it, and is free with the last of them."""
    array = cupy.zeros((10, 10))
    view = array.T[2:]
    del array
    assert 800 == device.used(0)
    assert (640, 800) == (view.nbytes, view.data.mem.size)
    del view
    assert 0 == device.used(0)


def test_pool_keeps_what_is_freed(device: Machine, cupy: Any) -> None:
    """Freed memory goes back to the device when the pool is emptied."""
    device.memory_bytes = 1000
    cupy.zeros(100)
    pool = cupy.get_default_memory_pool()
    assert ((200, 1000), 800) == (cupy.cuda.runtime.memGetInfo(), pool.free_bytes())
    pool.free_all_blocks()
    assert ((1000, 1000), 0) == (cupy.cuda.Device(0).mem_info, pool.free_bytes())


# --- the machine ------------------------------------------------------------------------------------------------------


def test_device_that_is_not_there_is_refused(cupy: Any) -> None:
    """A number beyond the machine's devices is CUDA's error."""
    with pytest.raises(CUDARuntimeError, match=r"^cudaErrorInvalidDevice: invalid device ordinal$"):
        cupy.cuda.Device(1).use()


def test_machine_without_a_driver_raises_its_error(device: Machine, cupy: Any) -> None:
    """Where CUDA does not start, everything that needs it raises the reason."""
    device.device_count = CUDARuntimeError(35)
    with pytest.raises(CUDARuntimeError, match=r"^cudaErrorInsufficientDriver: "):
        cupy.cuda.Device()


def test_device_has_what_the_machine_has(device: Machine, cupy: Any) -> None:
    """What can be asked of a device is what the test has set."""
    device.compute_capability, device.multiprocessors, device.name = "75", 3, "Tesla"
    attributes, properties = cupy.cuda.Device(0).attributes, cupy.cuda.runtime.getDeviceProperties(0)
    assert ("75", 3, 7, 5) == (
        cupy.cuda.Device(0).compute_capability,
        attributes["MultiProcessorCount"],
        properties["major"],
        properties["minor"],
    )
    assert b"Tesla" == properties["name"]


def test_matrices_compute_on_the_stand_in(device: Machine) -> None:
    """A matrix that is moved to a GPU computes there, and comes back."""
    a = Matrix(np.array([[1.0, 2.0], [3.0, 4.0]]))
    moved = a.to("cuda")
    assert "cuda:0" == (moved @ moved).device
    np.testing.assert_array_equal((moved @ moved + moved).numpy(), (a @ a + a).numpy())


@pytest.mark.usefixtures("device")
def test_backend_is_loaded_for_the_stand_in() -> None:
    """The backends for CuPy compute with the stand-in while it is installed."""
    assert isinstance(backends.get("cupy").namespace, StandIn)


def test_nothing_of_the_stand_in_is_left() -> None:
    """After a test with the stand-in, and this one comes after many, neither it nor what it was loaded for is there."""
    assert not isinstance(sys.modules.get("cupy"), StandIn)
    loaded = [name for name in ("cupy", "cupy-tiled") if name in backends._loaded]
    assert not any(isinstance(backends.get(name).namespace, StandIn) for name in loaded)
    assert vars(backends).get("cupy") is sys.modules.get("shapedmat.backends.cupy")
