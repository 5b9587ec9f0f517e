"""What is measured on a GPU: when, by what, and what is kept of it; with a stand-in for the GPU and for its clock."""

from __future__ import annotations

import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat import Matrix, backends
from shapedmat.kernels.cuda import choices, driver, product_choices
from shapedmat.kernels.cuda.operands import Layout
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import possible
from shapedmat.precision import Precision, use_precision
from tests.cuda.machine import Machine, OutOfMemoryError

F32 = np.dtype(np.float32)
SHAPE = (4, 8, 4)
LAYOUTS = Layout(False, 8, 4), Layout(False, 4, 4)
Timed = Callable[[float, float], list[int]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: Machine) -> Iterator[Path]:
    """Keep what is measured in a folder of the test's own, and forget it after."""
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path))
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Forget what a process knows, as a new one does."""
    for name in ("_chosen", "is_on", "_warn_broken", "_warn_unwritable"):
        getattr(choices, name).cache_clear()
    driver._name.cache_clear()
    products = sys.modules.get("shapedmat.backends.cupy_products")
    if products is not None:
        products._met.clear()
        products._measured.clear()


def file(folder: Path) -> Path:
    """Return the file in which choices are kept."""
    return folder / "code" / "gpu-choices.json"


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch, device: Machine) -> Timed:
    """Return a function that fixes what a product takes by cuBLAS and by our kernel, and lists our launches in each."""

    def fix(cublas: float, ours: float) -> list[int]:
        launches: list[int] = []

        def seconds(launch: Callable[[], object]) -> float:
            before = len(device.launches)
            launch()
            launches.append(len(device.launches) - before)
            # The later a tiling is tried, the longer it takes.
            return ours * len(launches) if launches[-1] else cublas

        monkeypatch.setattr(product_choices, "seconds", seconds)
        return launches

    return fix


# --- the fastest product ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cublas", "ours"), [(1.0, 2.0), (100.0, 1.0)])
def test_fastest_product_is_chosen(timed: Timed, cublas: float, ours: float) -> None:
    """CuBLAS is chosen where it is the fastest, else the tiling that took the least time."""
    timed(cublas, ours)
    choice = product_choices.product(SHAPE, F32, LAYOUTS)
    fastest = None if cublas < ours else possible(*SHAPE, F32, multiprocessors=4)[0]
    assert product_choices.ProductChoice(fastest, is_measured=True) == choice


def test_product_is_measured_once(timed: Timed) -> None:
    """A choice that was made is not made again."""
    launches = timed(1.0, 2.0)
    first = product_choices.product(SHAPE, F32, LAYOUTS)
    launches.clear()
    assert (first, []) == (product_choices.product(SHAPE, F32, LAYOUTS), launches)


def test_later_process_knows_the_choice(timed: Timed) -> None:
    """What one process has measured, another reads."""
    launches = timed(100.0, 1.0)
    first = product_choices.product(SHAPE, F32, LAYOUTS)
    forget()
    launches.clear()
    assert (first, []) == (product_choices.product(SHAPE, F32, LAYOUTS), launches)


def test_another_kind_of_device_is_measured_anew(timed: Timed, device: Machine) -> None:
    """A choice is for devices of one name."""
    launches = timed(1.0, 2.0)
    product_choices.product(SHAPE, F32, LAYOUTS)
    forget()
    launches.clear()
    device.name = "Another"
    product_choices.product(SHAPE, F32, LAYOUTS)
    assert launches


@pytest.mark.parametrize(
    "other",
    [
        ((4, 8, 8), F32, LAYOUTS, "full"),
        (SHAPE, np.dtype(np.float64), LAYOUTS, "full"),
        (SHAPE, F32, (Layout(True, 4, 4), LAYOUTS[1]), "full"),
        (SHAPE, F32, LAYOUTS, "tf32"),
    ],
)
def test_another_product_is_another_choice(other: tuple[Any, ...]) -> None:
    """A choice is for one shape, element type, layout and precision."""
    assert product_choices.product_key(SHAPE, F32, LAYOUTS, "full") != product_choices.product_key(*other)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_cublas_does_not_compete_in_reduced_precision(timed: Timed, precision: Precision) -> None:
    """Only our kernels are measured in less than full precision."""
    launches = timed(0.0, 1.0)
    choice = product_choices.product(SHAPE, F32, LAYOUTS, precision)
    assert choice.tiling is not None
    assert {1} == set(launches)


def test_nothing_is_measured_unless_allowed(timed: Timed) -> None:
    """Where it may not be measured, cuBLAS is chosen, and that is not kept."""
    launches = timed(1.0, 2.0)
    choice = product_choices.product(SHAPE, F32, LAYOUTS, measure=False)
    assert (product_choices.ProductChoice(None, is_measured=False), []) == (choice, launches)


def test_nothing_is_measured_while_a_stream_is_captured(timed: Timed, device: Machine) -> None:
    """A stream that is captured runs nothing, so nothing could be timed."""
    launches = timed(1.0, 2.0)
    seen: list[product_choices.ProductChoice] = []
    driver.captured(lambda: seen.append(product_choices.product(SHAPE, F32, LAYOUTS)))
    assert ([product_choices.ProductChoice(None, is_measured=False)], []) == (seen, launches)


def test_measuring_can_be_turned_off(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SHAPEDMAT_MEASURE=0 cuBLAS is chosen, also where an earlier process has measured."""
    timed(100.0, 1.0)
    product_choices.product(SHAPE, F32, LAYOUTS)
    forget()
    monkeypatch.setenv("SHAPEDMAT_MEASURE", "0")
    assert product_choices.ProductChoice(None, is_measured=False) == product_choices.product(SHAPE, F32, LAYOUTS)


def test_other_words_for_measuring_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is 0 or 1, and the error says what 0 does."""
    monkeypatch.setenv("SHAPEDMAT_MEASURE", "no")
    with pytest.raises(ValueError, match="SHAPEDMAT_MEASURE") as raised:
        choices.is_on()
    assert "SHAPEDMAT_MEASURE is 'no', but 0 or 1 is wanted: 0 turns measuring on the GPU off" == str(raised.value)


@pytest.mark.parametrize(("once", "launches"), [(1.0, 2 + 5), (1e-5, 2 + 5 * 20), (1e-9, 2 + 5 * 50)])
def test_short_launches_are_timed_together(monkeypatch: pytest.MonkeyPatch, once: float, launches: int) -> None:
    """So many launches are timed at once that the clock can tell them, after two to warm up; the median counts."""
    ran: list[int] = []
    noise = itertools.cycle([1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 9.0])

    def seconds(launch: Callable[[], None]) -> float:
        before = len(ran)
        launch()
        return (len(ran) - before) * once * next(noise)

    monkeypatch.setattr(driver, "seconds", seconds)
    assert once == pytest.approx(product_choices.seconds(lambda: ran.append(1)))
    assert launches == len(ran)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_choice_is_read_by_a_later_process() -> None:
    """Any text can be kept under a key."""
    key = choices.key("program", "source")
    choices.write(key, "resident")
    forget()
    assert "resident" == choices.read(key)


def test_choices_of_other_processes_are_kept() -> None:
    """What another process has written since this one began is still there after a write."""
    choices.read(choices.key("a"))  # this process has read the file
    known = dict(choices._chosen())
    choices.write(choices.key("a"), "of another")
    choices._chosen().clear()
    choices._chosen().update(known)
    choices.write(choices.key("b"), "of this")
    forget()
    assert ("of another", "of this") == (choices.read(choices.key("a")), choices.read(choices.key("b")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"[]", "it is of another version"),
        (b'{"version": 2, "choices": {}}', "it is of another version"),
        (b'{"version": 1, "choices": {"a": "b"}}', "it holds something else than choices"),
        (b'{"version": 1, "choices": {"a %s": 1}}' % (b"0" * 64), "it holds something else than choices"),
        (b" " * (1 << 20) + b"[]", "it is longer than 1,048,576 bytes"),
    ],
)
def test_broken_file_is_reported_and_replaced(folder: Path, content: bytes, reason: str) -> None:
    """A file that is not as it should be counts as empty, which is said once, and the next choice replaces it."""
    file(folder).parent.mkdir()
    file(folder).write_bytes(content)
    key = choices.key("program", "source")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert choices.read(key) is None
        choices.write(key, "resident")
    forget()
    expected = (
        f"what was measured on the GPU cannot be read from {file(folder)} ({reason}), "
        "so it is measured again and the file is replaced"
    )
    assert ([expected], "resident") == ([str(each.message) for each in warned], choices.read(key))


def test_folder_that_cannot_be_written_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, the process goes on and says so once."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path / "file"))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        choices.write(choices.key("a"), "b")
        choices.write(choices.key("c"), "d")
    expected = (
        f"what was measured on the GPU cannot be kept on disk ([Errno 20] Not a directory: "
        f"'{tmp_path / 'file' / 'code'}'), so every process measures anew: "
        "set SHAPEDMAT_CACHE to a folder that can be written"
    )
    assert ("b", [expected]) == (choices.read(choices.key("a")), [str(each.message) for each in warned])


@pytest.mark.parametrize("text", ["", "cublas ", "1 2 3", "128 128 8 8 8 1 0", "128 128 8 8 8 1 65", "3 3 3 3 3 3 3"])
def test_tiling_that_is_none_is_measured_anew(timed: Timed, text: str) -> None:
    """A text that stands for no tiling of ours counts as no choice."""
    timed(1.0, 2.0)
    choices.write(product_choices.product_key(SHAPE, F32, LAYOUTS, "full"), text)
    assert product_choices.ProductChoice(None, is_measured=True) == product_choices.product(SHAPE, F32, LAYOUTS)


def test_file_keeps_the_newest_choices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many choices the oldest are dropped."""
    monkeypatch.setattr(choices, "MAXIMUM_CHOICES", 2)
    keys = [choices.key("program", number) for number in range(3)]
    for key in keys:
        choices.write(key, "resident")
    assert keys[1:] == list(json.loads(file(folder).read_bytes())["choices"])


# --- products of matrices ---------------------------------------------------------------------------------------------


def operands() -> tuple[Matrix[Any, Any, Any], Matrix[Any, Any, Any]]:
    """Return two matrices on the GPU whose product is exact."""
    a = Matrix.from_array(np.arange(32, dtype=np.float32).reshape(4, 8)).to("cuda")
    return a, Matrix.from_array(np.arange(32, dtype=np.float32).reshape(8, 4)).to("cuda")


def test_product_is_measured_when_it_comes_up_often(timed: Timed, device: Machine) -> None:
    """The first fifteen products are cuBLAS's, the sixteenth and later ones are computed by the fastest."""
    launches = timed(100.0, 1.0)
    a, b = operands()
    counts = []
    for _ in range(18):
        before = len(device.launches)
        product = a @ b
        counts.append(len(device.launches) - before)
    np.testing.assert_array_equal(product.numpy(), a.numpy() @ b.numpy())
    assert [0] * 15 + [len(launches), 1, 1] == counts


def test_product_needs_no_memory_for_measuring(device: Machine, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Where the candidates find no memory, cuBLAS computes the product; none is tried again, and nothing is written."""
    tried: list[int] = []

    def seconds(launch: Callable[[], object]) -> float:
        tried.append(1)
        raise OutOfMemoryError(1 << 30, 0)

    monkeypatch.setattr(product_choices, "seconds", seconds)
    a, b = operands()
    for _ in range(20):
        product = a @ b
    np.testing.assert_array_equal(product.numpy(), a.numpy() @ b.numpy())
    assert ([1], [], False) == (tried, device.launches, file(folder).exists())


def test_product_stays_with_cublas_where_that_is_faster(timed: Timed, device: Machine) -> None:
    """Our kernels run no more once cuBLAS was found to be faster."""
    timed(1.0, 100.0)
    a, b = operands()
    for _ in range(16):
        a @ b
    device.launches.clear()
    a @ b
    assert [] == device.launches


def test_earlier_choice_holds_from_the_first_product_on(timed: Timed, device: Machine) -> None:
    """What an earlier process has measured is used at once."""
    timed(100.0, 1.0)
    a, b = operands()
    for _ in range(16):
        a @ b
    forget()
    device.launches.clear()
    a @ b
    assert ["matmul"] == [launch.name for launch in device.launches]


def test_tiled_backend_measures_nothing(timed: Timed, device: Machine) -> None:
    """The backend that is always ours runs one launch for each product."""
    launches = timed(1.0, 1.0)
    a, b = operands()
    with backends.use_backend("cupy-tiled"):
        for _ in range(20):
            a @ b
    assert ([], 20) == (launches, len(device.launches))


def test_products_in_parts_are_one_launch_each(device: Machine) -> None:
    """Parts of the inner dimension are added up in the same launch, and the next one finds its tickets zero."""
    a = Matrix.from_array(np.ones((4, 20_000), np.float32)).to("cuda")
    with backends.use_backend("cupy-tiled"):
        products = [(a @ a.T).numpy() for _ in range(3)]
    np.testing.assert_array_equal(products, np.full((3, 4, 4), 20_000, np.float32))
    assert [True] * 3 == [launch.grid[1] > 1 for launch in device.launches]


def test_captured_products_have_no_parts(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph that is launched again needs no memory but that of its matrices."""
    a = Matrix.from_array(np.ones((4, 20_000), np.float32)).to("cuda")
    monkeypatch.setattr(driver, "is_capturing", lambda: True)
    with backends.use_backend("cupy-tiled"):
        product = a @ a.T
    np.testing.assert_array_equal(product.numpy(), np.full((4, 4), 20_000, np.float32))
    assert [1] == [launch.grid[1] for launch in device.launches]


def test_cublas_is_not_captured(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """CuPy refuses to call cuBLAS while a stream is captured, so our kernel computes the product."""
    a, b = operands()
    monkeypatch.setattr(driver, "is_capturing", lambda: True)
    np.testing.assert_array_equal((a @ b).numpy(), a.numpy() @ b.numpy())
    assert ["matmul"] == [launch.name for launch in device.launches]


def test_reduced_precision_is_measured_too(timed: Timed, device: Machine) -> None:
    """In less than full precision our best few tilings compete."""
    launches = timed(0.0, 1.0)
    a, b = operands()
    with use_precision("bf16"):
        for _ in range(17):
            product = a @ b
    np.testing.assert_array_equal(product.numpy(), a.numpy() @ b.numpy())
    assert {1} == set(launches)


def test_choice_names_a_tiling(timed: Timed, folder: Path) -> None:
    """What is kept of a product are the numbers of its tiling."""
    timed(100.0, 1.0)
    tiling = product_choices.product(SHAPE, F32, LAYOUTS).tiling
    assert isinstance(tiling, ProductTiling)
    sizes = (tiling.tile_rows, tiling.tile_cols, tiling.tile_inner, tiling.thread_rows, tiling.thread_cols)
    (kept,) = json.loads(file(folder).read_bytes())["choices"].values()
    assert " ".join(map(str, (*sizes, tiling.slices, tiling.parts))) == kept
