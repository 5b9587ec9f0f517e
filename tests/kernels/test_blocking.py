"""How products are cut."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.kernels.blocking import (
    DEPTH,
    Product,
    Strides,
    Tiling,
    choose_tiling,
    depth_of_blocks,
    tallest,
    unrolled,
)

F32: Final = np.dtype(np.float32)

sizes = st.one_of(st.integers(1, 40), st.integers(1, 3000))


def plain(rows: int, inner: int, columns: int, dtype: Any = F32) -> Product:
    """Return a product of row-major matrices."""
    return Product(rows, inner, columns, dtype, Strides(inner, 1), Strides(columns, 1))


@given(sizes, sizes, sizes, st.sampled_from([(16, 32), (8, 16), (4, 16), (4, 32)]), st.booleans())
def test_tiles_cover_the_result_and_fit_the_registers(
    rows: int, inner: int, columns: int, processor: tuple[int, int], chained: bool
) -> None:
    """The tiles have all rows and columns once, and their sums leave a register for B and one for A."""
    lanes, registers = processor
    tiling = choose_tiling(plain(rows, inner, columns), lanes, registers, chained=chained)
    assert rows == sum(tiling.heights)
    assert columns == (tiling.panels - 1) * tiling.panel_columns + (tiling.last_width - 1) * lanes + tiling.last_lanes
    assert tiling.heights[0] * tiling.width + 2 <= registers
    assert max(tiling.heights) - min(tiling.heights) <= 1


@given(st.integers(1, 10_000))
def test_sums_are_cut_into_nearly_equal_blocks(inner: int) -> None:
    """A sum has the fewest blocks that are short enough, and they are nearly equally long."""
    depth = depth_of_blocks(inner)
    assert depth <= DEPTH
    assert -(-inner // DEPTH) == -(-inner // depth)


@pytest.mark.parametrize("width", range(1, 9))
def test_a_tile_with_its_operands_fits_the_registers(width: int) -> None:
    """Beside the sums, there is a register for each vector of B and one for an element of A."""
    assert tallest(width, 32) * width + width + 1 <= 32


def test_short_sums_are_written_out() -> None:
    """A sum of few products has no loop, and the loop of a longer one is one that processors replay."""
    assert 5 == unrolled(14, 2, 5)
    assert 3 == unrolled(14, 2, 784)


def test_strides_of_the_transpose() -> None:
    """The transpose exchanges the strides."""
    assert Strides(1, 7) == Strides(7, 1).transposed


def test_operations_are_multiplications_and_additions() -> None:
    """Each element of the result takes as many of both as the inner dimension is long."""
    assert 2 * 3 * 4 * 5 == plain(3, 4, 5).operations


def test_only_one_vector_of_columns_is_summed_along_vectors() -> None:
    """A row-major matrix times a vector is summed along vectors, unless the bits of chains are wanted."""
    product = Product(128, 784, 1, F32, Strides(784, 1), Strides(1, 1))
    assert "inner" == choose_tiling(product, 16, 32).kernel
    assert "outer" == choose_tiling(product, 16, 32, chained=True).kernel


def test_a_tiling_in_words() -> None:
    """A tiling says how the result is cut, in what order, and what is copied."""
    tiling = Tiling((6, 6, 5), 4, 2, 3, 16, 64, block=1, depth=512, packs_a=True, packs_b=True, cycles=12345.6)
    expected = (
        "tiles of 6 rows × 4 vectors, 3 × 3 of them, 1 row of tiles at once, sums in blocks of 512, A and B copied: "
        "about 12,346 cycles"
    )
    assert expected == str(tiling)


def test_a_tiling_along_vectors_in_words() -> None:
    """A tiling whose vectors run along the inner dimension says so."""
    tiling = Tiling((4, 4), 1, 1, 2, 8, 8, kernel="inner", cycles=100)
    assert "tiles of 4 rows × 8 columns, summed along vectors, 2 × 2 of them: about 100 cycles" == str(tiling)
