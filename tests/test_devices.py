"""Devices as users meet them: streams, copies between GPUs, memory that runs out, and arrays of other libraries."""

from __future__ import annotations

import gc
import importlib
import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import BackendError, DeviceError, DeviceMemoryError, Matrix, Stream, backends, synchronize, use_backend
from tests.cuda import streams
from tests.cuda.machine import CUDARuntimeError, Machine, OutOfMemoryError
from tests.cuda.races import Races
from tests.cuda.stand_in import device

__all__ = ["device"]

AnyMatrix = Matrix[Any, Any, Any]

ONES = np.ones((2, 2), np.float32)


@pytest.fixture
def races(device: Machine, monkeypatch: pytest.MonkeyPatch) -> Races:
    """Return what finds races between the streams of a stand-in with two GPUs."""
    device.device_count = 2
    return Races(device, monkeypatch)


def current_stream(number: int = 0) -> int:
    """Return the address of the current stream of a device; 0 is the default stream's."""
    cupy = backends.get("cupy").namespace
    with cupy.cuda.Device(number):
        address: int = cupy.cuda.get_current_stream().ptr
    return address


# --- streams ----------------------------------------------------------------------------------------------------------


def test_stream_on_the_cpu() -> None:
    """On the CPU a stream changes nothing."""
    with Stream("cpu") as stream:
        total = Matrix.ones(2, 2).sum()
    stream.synchronize()
    assert ("cpu", "Stream('cpu')") == (stream.device, repr(stream))
    assert 4 == total


def test_stream_is_where_the_backend_computes(device: Machine) -> None:
    """Without a device, a stream is one of the device where new matrices are made."""
    here = Stream().device
    with use_backend("cupy"):
        assert ("cpu", "cuda:0") == (here, Stream().device)


def test_work_in_a_block_goes_to_the_stream(device: Machine) -> None:
    """Within the block the stream is the current one of its device, and afterwards the one before is."""
    device.device_count = 2
    addresses = [current_stream(1)]
    with Stream("cuda:1"):
        addresses += [current_stream(1), current_stream(0)]
    addresses += [current_stream(1)]
    assert [False, True, False, False] == [address != 0 for address in addresses]


def test_streams_nest(device: Machine) -> None:
    """The inner block's stream is the current one, also where it is that of an outer block."""
    outer, inner = Stream("cuda"), Stream("cuda")
    addresses = []
    with outer:
        addresses.append(current_stream())
        with inner, outer:
            addresses.append(current_stream())
        addresses.append(current_stream())
    assert 1 == len(set(addresses))
    assert 0 == current_stream()


def test_stream_of_an_unknown_device(device: Machine) -> None:
    """A device that is not there has no streams."""
    with pytest.raises(DeviceError) as caught:
        Stream("cuda:3")
    assert "there is no device 'cuda:3': this machine has 1 CUDA device" == str(caught.value)


def test_cpu_backend_has_no_streams() -> None:
    """A backend on the CPU says that it has none."""
    with pytest.raises(DeviceError) as caught:
        backends.get("numpy").stream(0)
    assert "the numpy backend has no streams: cuda:0 was asked for one" == str(caught.value)


def test_stream_waits_for_one_on_the_cpu(device: Machine) -> None:
    """A stream on the CPU and one on a GPU do not wait for each other."""
    with pytest.raises(DeviceError) as caught:
        Stream("cuda").wait_for(Stream("cpu"))
    expected = (
        "a stream on cuda:0 cannot wait for one on cpu: the CPU waits by synchronize(), "
        "and a GPU need not wait for the CPU"
    )
    assert expected == str(caught.value)


def test_stream_waits_for_another(races: Races) -> None:
    """After `wait_for`, what was on the other stream is done before what comes."""
    one, other = Stream("cuda:0"), Stream("cuda:1")
    with other:
        matrix = made(races, 1)
    one.wait_for(other)
    with one:
        races.ran(0, reads=[matrix._array])
    assert [] == races.found


def test_race_is_found(races: Races) -> None:
    """Without anything that orders two streams, the model of the tests finds the race."""
    with Stream("cuda"):
        matrix = made(races, 0)
    with Stream("cuda"):
        races.ran(0, reads=[matrix._array])
    assert 1 == len(races.found)


def test_race_for_freed_memory_is_found(races: Races) -> None:
    """Without anything that keeps it, memory that another stream still reads is found to be freed."""
    matrix = made(races, 0)
    kept = Stream("cuda")
    kept.wait_for(Stream("cuda"))
    with kept:
        races._clock(races._queue(races._machine.current_stream(0))).update(races._clock((0, 0)))
        races.ran(0, reads=[matrix._array])
    del matrix
    gc.collect()
    assert 1 == len(races.found)


def test_matrix_is_read_after_it_was_written(races: Races) -> None:
    """What one stream makes, another reads when it is done."""
    with Stream("cuda"):
        matrix = made(races, 0)
    with Stream("cuda"):
        added(races, matrix, matrix)
    assert [] == races.found


def test_matrix_is_written_after_it_was_read(races: Races) -> None:
    """What one stream reads, another writes when that is done."""
    matrix, first, second = made(races, 0), Stream("cuda"), Stream("cuda")
    with first:
        added(races, matrix, matrix)
    with second:
        changed(races, matrix, 1.0)
    with first:
        added(races, matrix.T, matrix)
    assert [] == races.found


def test_readers_do_not_wait_for_one_another(races: Races) -> None:
    """Two streams that read one matrix are in no order."""
    matrix, first, second = made(races, 0), Stream("cuda"), Stream("cuda")
    with first:
        one = added(races, matrix, matrix)
    with second:
        added(races, matrix, matrix)
        races.ran(0, writes=[one._array])
    assert 1 == len(races.found)


def test_what_is_about_to_be_launched_is_not_taken_for_done(races: Races) -> None:
    """What a thread is about to launch on a stream is waited for, also by who has just waited for that stream."""
    stream, written, read = Stream("cuda"), made(races, 0), made(races, 0)
    with backends.get("cupy").using([written._array], [written._array], 0, "write"):
        with stream:  # in another thread
            added(races, read, read)
        races.ran(0, writes=[written._array])
    with stream:
        added(races, written, written)
    assert [] == races.found


def test_threads_note_one_after_the_other(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread looks who uses a matrix, another one begins no use of it."""
    matrix, readers = made(races, 0), [Stream("cuda") for _ in range(2)]
    for each in readers:
        with each:
            added(races, matrix, matrix)
    wait_event = streams.Stream.wait_event
    threads: list[threading.Thread] = []

    def use() -> None:
        with Stream("cuda"):
            _ = matrix + matrix

    def wait(stream: Any, event: Any) -> None:
        wait_event(stream, event)
        if not threads:
            threads.append(threading.Thread(target=use))
            threads[0].start()
            threads[0].join(timeout=0.2)

    monkeypatch.setattr(streams.Stream, "wait_event", wait)
    matrix += 1
    threads[0].join()
    assert 1 == len(threads)


def test_memory_is_kept_for_other_streams(races: Races) -> None:
    """A matrix that is deleted while another stream reads it keeps its memory until that is done."""
    matrix = made(races, 0)
    with Stream("cuda"):
        added(races, matrix, matrix)
        del matrix
        gc.collect()
    assert [] == races.found


def test_memory_is_kept_when_a_stream_is_deleted(races: Races) -> None:
    """Also where the stream is deleted before it has done its work."""
    matrix, stream = made(races, 0), Stream("cuda")
    with stream:
        added(races, matrix, matrix)
    del matrix, stream
    gc.collect()
    assert [] == races.found


def test_array_that_was_given_is_ready_on_the_current_stream(races: Races) -> None:
    """An array of CuPy is taken to be written by the stream that is current when a matrix is made of it."""
    cupy = backends.get("cupy").namespace
    with Stream("cuda"):
        array = cupy.ones((2, 2), np.float32)
        races.ran(0, makes=array)
        matrix: AnyMatrix = Matrix.from_array(array)
    with Stream("cuda"):
        added(races, matrix, matrix)
    assert [] == races.found


def test_array_that_is_older_than_all_streams(races: Races) -> None:
    """What the default stream wrote before there was another is done when that begins."""
    matrix = made(races, 0)
    with Stream("cuda"):
        races.ran(0, reads=[matrix._array])
    assert [] == races.found


def test_library_takes_over_what_is_written(races: Races) -> None:
    """What is handed over by DLPack is ready on the current stream, which the library's waits for."""
    with Stream("cuda"):
        matrix = made(races, 0)
    with Stream("cuda"):
        matrix.__dlpack__(stream=2)
        races.ran(0, reads=[matrix._array])
    assert [] == races.found


def test_many_matrices_are_forgotten(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where so many matrices were used that they are forgotten, they are still in order."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    monkeypatch.setattr(cupy_streams, "_MOST_USES", 3)
    streams = [Stream("cuda") for _ in range(3)]
    matrices = []
    for place in range(12):
        with streams[place % 3]:
            matrices.append(made(races, 0))
            matrices[-1] = added(races, matrices[-1], matrices[place // 2])
    assert [] == races.found
    assert len(cupy_streams._uses) <= 4


def test_memory_is_kept_that_was_forgotten(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matrix of which it was forgotten where it was made is kept for whichever stream reads it as it is deleted."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    monkeypatch.setattr(cupy_streams, "_MOST_USES", 1)
    with Stream("cuda"):
        matrix, other = made(races, 0), made(races, 0)
    total = added(races, matrix, matrix)
    del matrix
    gc.collect()
    assert [] == races.found
    del total, other


def test_streams_that_were_deleted_are_not_forgotten(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is forgotten who used what, the work of streams that were deleted is waited for, too."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    with Stream("cuda"):
        matrix = made(races, 0)
    gc.collect()
    monkeypatch.setattr(cupy_streams, "_MOST_USES", 1)
    other = made(races, 0)
    added(races, matrix, other)
    assert [] == races.found


def test_memory_is_kept_that_cupy_has_made(races: Races) -> None:
    """So is one of an array that CuPy itself has made, as nobody has noted on which stream."""
    cupy, stream = backends.get("cupy").namespace, Stream("cuda")
    with stream:
        array = cupy.ones((2, 2), np.float32)
        races.ran(0, makes=array)
        matrix: AnyMatrix = Matrix.from_array(array)
    stream.synchronize()
    races._clock((0, 0)).update(races._host)
    added(races, matrix, matrix)
    del matrix, array
    gc.collect()
    assert [] == races.found


def test_memory_is_kept_after_memory_was_released(races: Races) -> None:
    """Memory that went back to the device may come back for any stream, so who used it before is forgotten."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    with Stream("cuda"):
        matrix = made(races, 0)
    backends.release_memory()
    assert {} == cupy_streams._uses
    races._clock((0, 0)).update(races._host)  # which has waited for all streams
    added(races, matrix, matrix)
    del matrix
    gc.collect()
    assert [] == races.found


def test_large_matrices_are_not_kept_for_long(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream keeps a few large matrices of others no longer than it takes until it is done with them."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    monkeypatch.setattr(cupy_streams, "_MOST_BORROWED_BYTES", 16)
    foreign, stream = made(races, 0), Stream("cuda")
    address = foreign._array.data.mem.ptr
    with stream:
        added(races, foreign, foreign)
        del foreign
        gc.collect()
        kept = [*cupy_streams._kept.values()]
        races.host_waited(0)
        made(races, 0)
        assert [[address]] == [list(memory) for _, memory in kept]
        assert {} == cupy_streams._kept
    assert [] == races.found


def test_stream_looks_what_it_is_done_with(races: Races, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a long block, memory of other streams is kept only until the stream is done with it."""
    cupy_streams = importlib.import_module("shapedmat.backends.cupy_streams")
    monkeypatch.setattr(cupy_streams, "_MOST_BORROWED", 2)
    stream = Stream("cuda")
    with stream:
        for _ in range(5):
            matrix = to(races, Matrix.ones(2, 2), "cuda:1")
            with Stream("cuda"):
                foreign = made(races, 0)
            added(races, foreign, foreign)
            stream.synchronize()
    del matrix
    assert {} == cupy_streams._kept
    assert [] == races.found


def made(races: Races, number: int) -> AnyMatrix:
    """Make a matrix on a device."""
    return to(races, Matrix.ones(2, 2), f"cuda:{number}")


def to(races: Races, matrix: AnyMatrix, name: str) -> AnyMatrix:
    """Move a matrix to a device, and note it."""
    moved = matrix.to(name)
    if moved is not matrix:
        between = matrix.device != "cpu"  # two GPUs, when it is told to the first that the copy is done
        races.ran(int(name[-1]), reads=[matrix._array] * between, makes=moved._array, before_event=between)
    return moved


def added(races: Races, a: AnyMatrix, b: AnyMatrix) -> AnyMatrix:
    """Add two matrices, and note it."""
    total = a + b
    races.ran(int(a.device[-1]), reads=[a._array, b._array], makes=total._array)
    return total


def changed(races: Races, a: AnyMatrix, by: AnyMatrix | float) -> None:
    """Add to a matrix in place, and note it."""
    a += by
    reads = [a._array, by._array] if isinstance(by, Matrix) else [a._array]
    races.ran(int(a.device[-1]), reads=reads, writes=[a._array])


def assigned(races: Races, a: AnyMatrix, b: AnyMatrix) -> None:
    """Write into the first row of a matrix, and note it."""
    a[0:1] = b.row(0)
    races.ran(int(a.device[-1]), reads=[b._array], writes=[a._array])


def read(races: Races, a: AnyMatrix) -> None:
    """Read a matrix on the host, and note it."""
    a.numpy()
    races.ran(int(a.device[-1]), reads=[a._array])
    races.host_waited(int(a.device[-1]))


@given(draw=st.randoms(use_true_random=False))
def test_programs_on_many_streams_have_no_races(races: Races, draw: random.Random) -> None:
    """Whatever streams use, change, move and delete matrices, all that is done to one piece of memory is in order."""
    streams = [Stream(f"cuda:{number}") for number in (0, 0, 0, 1, 1)]
    matrices = [made(races, number) for number in (0, 0, 1, 1)]
    for _ in range(60):
        a = draw.choice(matrices)
        b = draw.choice([each for each in matrices if each.device == a.device])
        with draw.choice(streams), draw.choice(streams):
            match draw.randrange(8):
                case 0:
                    matrices.append(made(races, draw.randrange(2)))
                case 1:
                    matrices.append(added(races, a.T, b))
                case 2:
                    changed(races, a, b)
                case 3:
                    assigned(races, a, b)
                case 4:
                    matrices.append(to(races, a, f"cuda:{draw.randrange(2)}"))
                case 5:
                    read(races, a)
                case 6:
                    copied = a.copy()
                    races.ran(int(a.device[-1]), reads=[a._array], makes=copied._array)
                    matrices.append(copied)
                case _:
                    if len([each for each in matrices if each.device == a.device]) > 1:
                        matrices = [each for each in matrices if each is not a]
        del a, b
        if draw.random() < 0.1:
            streams[draw.randrange(3)] = Stream("cuda:0")
    assert [] == races.found


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
        expected = current_stream()
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
