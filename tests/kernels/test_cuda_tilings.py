"""How a product in CUDA is cut: how operands lie, and the tilings to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.errors import DTypeError, ShapeError
from shapedmat.kernels.cuda import tilings
from shapedmat.kernels.cuda.operands import Layout, find_layout
from shapedmat.kernels.cuda.tilings import choose, possible
from shapedmat.ops import Array
from shapedmat.precision import Precision

F32: np.dtype[Any] = np.dtype(np.float32)
F64: np.dtype[Any] = np.dtype(np.float64)
PRECISIONS: tuple[Precision, ...] = ("full", "tf32", "bf16")
Shape = tuple[int, int, int]


# --- how operands lie -------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("shape", "stride", "itemsize", "address", "width"),
    [
        ((4, 8), 8, 4, 256, 4),
        ((4, 6), 8, 4, 256, 2),
        ((4, 8), 10, 4, 256, 2),
        ((4, 8), 8, 4, 264, 2),
        ((4, 8), 8, 4, 260, 1),
        ((4, 7), 8, 4, 256, 1),
        ((4, 8), 8, 8, 256, 2),
        ((4, 16), 16, 1, 256, 16),
    ],
)
def test_width_divides_line_stride_and_address(
    shape: tuple[int, int], stride: int, itemsize: int, address: int, width: int
) -> None:
    """As many elements are read at once as the lines' lengths, their distance and the address are multiples of."""
    layout = find_layout(shape, (stride * itemsize, itemsize), itemsize, address)
    assert Layout(False, stride, width) == layout


# --- tilings ----------------------------------------------------------------------------------------------------------


SIZES = st.integers(1, 300) | st.integers(1, 100_000)


@given(
    shape=st.tuples(SIZES, SIZES, SIZES),
    precision=st.sampled_from(PRECISIONS),
    threads=st.sampled_from([64, 128, 256, 512, None]),
    parts_allowed=st.booleans(),
    shared_bytes=st.sampled_from([16 << 10, 48 << 10, 227 << 10]),
    multiprocessors=st.sampled_from([1, 40, 132]),
)
def test_tilings_are_within_what_is_allowed(
    shape: Shape,
    precision: Precision,
    threads: int | None,
    parts_allowed: bool,
    shared_bytes: int,
    multiprocessors: int,
) -> None:
    """No tiling has more threads, shared memory or parts than it may, or a part that is empty."""
    for tiling in possible(
        *shape,
        F32,
        precision=precision,
        threads=threads,
        parts_allowed=parts_allowed,
        max_shared_bytes=shared_bytes,
        multiprocessors=multiprocessors,
    ):
        stages = -(-shape[1] // tiling.tile_inner)
        assert tiling.threads <= (threads or 256)
        assert tiling.shared_bytes <= shared_bytes
        assert 1 == tiling.parts or parts_allowed
        assert (tiling.parts - 1) * -(-stages // tiling.parts) < stages
        assert precision == tiling.precision
        assert tilings.is_tiling(tiling)


def test_possible_tilings_differ_and_begin_with_the_chosen_one() -> None:
    """The best few tilings have different tiles, and the first one is that which is chosen."""
    few = possible(512, 512, 512, F32)
    tiles = {(tiling.tile_rows, tiling.tile_cols, tiling.thread_rows, tiling.thread_cols) for tiling in few}
    assert (6, 6, choose(512, 512, 512, F32)) == (len(few), len(tiles), few[0])


@pytest.mark.parametrize("precision", PRECISIONS)
def test_large_result_gets_large_tiles(precision: Precision) -> None:
    """A product with more tiles than processors uses the tiles that read memory the least."""
    tiling = choose(4096, 4096, 4096, F32, precision=precision)
    assert (128, 128) == (tiling.tile_rows, tiling.tile_cols)


@pytest.mark.parametrize("shape", [(10, 784, 128), (128, 784, 32), (16, 100_000, 16)])
def test_small_result_with_long_inner_dimension_is_shared(shape: Shape) -> None:
    """Many threads share the inner dimension, and as many blocks as pay for what they add."""
    tiling = choose(*shape, F32)
    assert tiling.slices * tiling.parts >= 16


@pytest.mark.parametrize(("shape", "tile"), [((128, 784, 1), (None, 1)), ((1, 784, 128), (1, None))])
def test_vectors_get_tiles_of_one_line(shape: Shape, tile: tuple[int | None, int | None]) -> None:
    """Nothing is computed beside a column or a row."""
    tiling = choose(*shape, F32)
    assert tile == (tile[0] and tiling.tile_rows, tile[1] and tiling.tile_cols)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_deep_shared_memory_is_not_used_unasked(precision: Precision) -> None:
    """A tiling needs no more shared memory than every block has."""
    assert all(tiling.shared_bytes <= 48 << 10 for tiling in possible(1000, 1000, 1000, F32, precision=precision))


def test_tiling_refuses_element_types_without_products() -> None:
    """Element types that CUDA does not multiply are refused by name."""
    with pytest.raises(DTypeError) as raised:
        choose(2, 3, 5, np.dtype(np.bool_))
    expected = "CUDA products take float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, not bool"
    assert expected == str(raised.value)


def test_tiling_refuses_reduced_precision_of_other_types() -> None:
    """Only float32 is multiplied in less than full precision."""
    with pytest.raises(DTypeError) as raised:
        choose(2, 3, 5, F64, precision="tf32")
    assert "products in tf32 take float32, not float64: compute it in full precision" == str(raised.value)


def test_tiling_refuses_empty_products() -> None:
    """A product without elements or terms has no tiles, and the error says so with both shapes."""
    with pytest.raises(ShapeError, match=r"^cannot tile the product of \(2, 0\) by \(0, 5\): it is empty$"):
        choose(2, 0, 5, F32)


def test_tiling_refuses_sizes_beyond_32_bits() -> None:
    """A size whose row numbers could overflow is refused with both shapes."""
    with pytest.raises(ShapeError) as raised:
        choose(2**31, 3, 5, F32)
    expected = "cannot tile the product of (2147483648, 3) by (3, 5): sizes up to 2147418112 have numbers of 32 bits"
    assert expected == str(raised.value)


def test_tiling_refuses_too_little_shared_memory() -> None:
    """Where nothing fits, the error says what is enough."""
    with pytest.raises(ValueError, match="no tiling") as raised:
        choose(64, 64, 64, F32, threads=32, max_shared_bytes=1024)
    expected = (
        "no tiling of a product of (64, 64) by (64, 64) has at most 32 threads and 1024 bytes of shared memory: "
        "allow 64 threads and 49152 bytes"
    )
    assert expected == str(raised.value)
