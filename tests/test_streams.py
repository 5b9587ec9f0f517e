"""Streams as users meet them: what runs where, what waits for what, and memory that another stream still reads."""

from __future__ import annotations

import gc
import importlib
import random
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import DeviceError, Matrix, Stream, backends, use_backend
from tests.cuda import streams
from tests.cuda.machine import Machine
from tests.cuda.races import Races
from tests.cuda.stand_in import device

__all__ = ["device"]

AnyMatrix = Matrix[Any, Any, Any]


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
