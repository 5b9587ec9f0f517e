"""How a matrix product is cut: the tiles that registers hold, the blocks that caches hold, and what is copied for them.

Everything is decided from the sizes and strides alone, before code is written, by counting cycles. The blocks are those
of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (ACM TOMS 34, 2008).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

FIRST_CACHE: Final = 24 << 10
"""The bytes of one operand that the first cache is taken to hold."""

DEPTH: Final = 512
"""The most products in one chain of multiply-adds, where bits count; the sums of such chains are added to each other.

That each sum is cut in the same way, whatever the tiling, lets the bits of a result depend on neither the tiling nor
the number of threads. Shorter chains would round less, but adding to what memory holds takes time.
"""
_LONGEST: Final = 1024
"""The most products in one chain elsewhere."""

_LATENCY: Final = 4
"""Cycles until a multiply-add has its result; two begin in each."""
_WIDEST: Final = 8
_WIDEST_OF_MANY: Final = 5
"""The vectors of a tile that is higher than a few rows: a wider one is too low to make up for reading B so often."""
_LOOP_OPERATIONS: Final = 140
"""Of a loop with up to so many operations, some processors repeat the decoded ones without fetching them again."""
_STRAIGHT_OPERATIONS: Final = 240
"""So many operations are written one after the other, without a loop."""
_FAR: Final = 2048
"""The bytes between elements read one after the other from which on the processor does not see what comes next."""
_SECOND_CACHE: Final = 1 << 20
"""The bytes that the second cache is taken to hold."""
_BLOCK: Final = 512 << 10
"""The bytes of a block of A that stay there while the panels of B pass through."""
_ALIGNMENT: Final = 64


@dataclass(frozen=True, slots=True)
class Strides:
    """How many elements lie between neighbours in a column (`row`), and between neighbours in a row (`column`)."""

    row: int
    column: int

    @property
    def transposed(self) -> Strides:
        """The strides of the transpose."""
        return Strides(self.column, self.row)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of matrices, rows × inner by inner × columns, with what is known of their memory.

    Attributes:
        rows: the rows of A, at least 1.
        inner: the columns of A, which are the rows of B, at least 1.
        columns: the columns of B, at least 1.
        dtype: float32 or float64.
        a: the strides of A.
        b: the strides of B.
    """

    rows: int
    inner: int
    columns: int
    dtype: np.dtype[Any]
    a: Strides
    b: Strides

    @property
    def operations(self) -> int:
        """The number of multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the result is cut.

    Attributes:
        heights: the rows of each row of tiles, which differ by at most one; the higher ones come first.
        width: the vectors of a tile, but the last one in a row of tiles.
        last_width: the vectors of that one.
        panels: how many tiles are beside each other.
        last_lanes: the columns in the last vector of all.
        panel_columns: the columns of a panel, but the last one.
        kernel: whether vectors run along the columns of the result, each element of A being broadcast ("outer"), or
            along the inner dimension of both operands, whose lanes are added at the end ("inner").
        block: the rows of tiles that pass over all panels before the next ones do; 0 stands for all of them.
        depth: the length of the inner dimension's blocks; 0 stands for all of it.
        packs_a: whether a block of A is copied before the panels pass over it.
        packs_b: whether a panel of B is copied before the tiles pass over it; where there are several blocks of A, all
            panels are, before the first.
        cycles: how many cycles the product should take.
    """

    heights: tuple[int, ...]
    width: int
    last_width: int
    panels: int
    last_lanes: int
    panel_columns: int
    kernel: Literal["outer", "inner"] = "outer"
    block: int = 0
    depth: int = 0
    packs_a: bool = False
    packs_b: bool = False
    cycles: float = 0

    def __str__(self) -> str:
        """Say it in words."""
        tile = f"tiles of {self.heights[0]} rows × {self.width} vectors"
        if self.kernel == "inner":
            tile = f"tiles of {self.heights[0]} rows × {self.panel_columns} columns, summed along vectors"
        parts = [f"{tile}, {len(self.heights)} × {self.panels} of them"]
        if 0 < self.block < len(self.heights):
            parts.append(f"{self.block} row{'s' * (self.block > 1)} of tiles at once")
        if self.depth:
            parts.append(f"sums in blocks of {self.depth}")
        copied = [name for name, packs in (("A", self.packs_a), ("B", self.packs_b)) if packs]
        if copied:
            parts.append(f"{' and '.join(copied)} copied")
        return f"{', '.join(parts)}: about {self.cycles:,.0f} cycles"


def tallest(width: int, registers: int) -> int:
    """Return how many rows a tile of so many vectors may have: there is room for a row of B and one of A's elements."""
    return max(1, (registers - width - 1) // width)


def unrolled(height: int, width: int, inner: int) -> int:
    """Return how many steps along the inner dimension are written out one by one: all of them where it is short."""
    step = height * width + height + width
    if step * inner <= _STRAIGHT_OPERATIONS:
        return inner
    return max(1, min(8, _LOOP_OPERATIONS // step))


def depth_of_blocks(inner: int, longest: int = DEPTH) -> int:
    """Return the length of the blocks that a sum of so many products is cut into; the last one may be shorter."""
    blocks = -(-inner // longest)
    return -(-inner // blocks)


def choose_tiling(product: Product, lanes: int, registers: int, *, chained: bool = False, shares: int = 1) -> Tiling:
    """Return the tiling that should take the fewest cycles.

    Args:
        product: the product.
        lanes: the elements of a vector.
        registers: the number of vector registers.
        chained: whether each element has to be the chain of multiply-adds over k = 0, 1, 2, ... in blocks of `DEPTH`,
            so that its bits are those of any other chained tiling.
        shares: into how many parts the columns are shared among threads. Where it can be, the parts are equal, so that
            each thread has the same columns of all matrices of one width; no bit of the result depends on it.
    """
    longest = DEPTH if chained else _LONGEST
    candidates = list(_outer_tilings(product, lanes, registers, longest))
    if not chained and product.a.column == product.b.row == 1:
        candidates += _inner_tilings(product, lanes, registers)
    best = min(candidates, key=lambda tiling: tiling.cycles)
    equal = [
        tiling
        for tiling in candidates
        if (tiling.kernel, tiling.depth) == (best.kernel, best.depth) and tiling.panels % shares == 0
        if tiling.kernel == "outer" or tiling.panel_columns == best.panel_columns
    ]
    return min(equal, key=lambda tiling: tiling.cycles) if shares > 1 and equal else best


def _outer_tilings(product: Product, lanes: int, registers: int, longest: int) -> Iterator[Tiling]:
    vectors = -(-product.columns // lanes)
    size = product.dtype.itemsize
    for width in range(1, min(vectors, _WIDEST if product.rows <= 3 else _WIDEST_OF_MANY) + 1):
        heights = _balanced(product.rows, tallest(width, registers))
        yield _blocked(
            product,
            lanes,
            Tiling(
                heights=heights,
                width=width,
                last_width=vectors % width or width,
                panels=-(-vectors // width),
                last_lanes=product.columns - (vectors - 1) * lanes,
                panel_columns=width * lanes,
                depth=depth_of_blocks(product.inner, longest) if product.inner > longest else 0,
            ),
            size,
        )


def _blocked(product: Product, lanes: int, tiling: Tiling, size: int) -> Tiling:
    """Return the tiling with its blocks, its copies and its cycles."""
    depth = tiling.depth or product.inner
    height, count = tiling.heights[0], len(tiling.heights)
    cycles = sum(
        _tile_cycles(height, width, product.inner) * panels
        for height in tiling.heights
        for width, panels in ((tiling.width, tiling.panels - 1), (tiling.last_width, 1))
    )
    a_bytes, b_bytes = (length * product.inner * size for length in (product.rows, product.columns))

    # B is copied where its rows are not contiguous, or lie so far apart that they share few sets of the cache.
    is_plain = product.b.column == 1
    packs_b = not is_plain or (count > 4 and depth > 64 and abs(product.b.row) * size >= 2 * _FAR)
    if packs_b:
        cycles += b_bytes / (lanes * size) * (4 if is_plain else 6 if product.b.row == 1 else 2 * lanes)

    # A is copied likewise, if panels enough read it.
    if abs(product.a.column) == 1:
        is_far, readers = abs(product.a.row) * size % (2 * _FAR) == 0 and depth * size > 256, 8
    else:
        is_far, readers = abs(product.a.column) * size >= _FAR and depth > 64, 2
    packs_a = is_far and tiling.panels > readers
    if packs_a:
        cycles += a_bytes / (lanes * size) * (4 if 1 in {abs(product.a.column), abs(product.a.row)} else 2 * lanes)
    elif is_far and height > 8:
        cycles += 0.2 * product.rows * product.inner * tiling.panels

    # The order of the tiles decides how often an operand comes from which cache. What that costs was measured: it grows
    # with the number of streams, and where a panel's rows are so far apart that none is fetched ahead.
    steps = unrolled(height, tiling.width, depth)
    near_b = packs_b or abs(product.b.row) * size * steps <= _FAR
    b_second = 0.001 if near_b else 0.006 / tiling.width
    streams = max(height, 6)
    a_third, a_second = 0.001 * streams, 0.0003 * streams
    c_bytes = product.rows * product.columns * size

    def traffic(block: int) -> float:
        blocks = -(-count // block)
        a_block = min(block, count) * height * depth * size
        a_again = 0.0 if a_block <= FIRST_CACHE else a_second if a_block <= _SECOND_CACHE else a_third
        a_first = a_third if a_bytes > _SECOND_CACHE else a_second
        result = a_bytes * (a_first + (tiling.panels - 1) * a_again)
        result += b_bytes * (0.01 if b_bytes > _SECOND_CACHE else b_second) * blocks
        if depth * tiling.width * lanes * size > FIRST_CACHE:
            result += b_bytes * b_second * (count - blocks)
        # The result is written best row by row, in pieces as long as can be.
        if c_bytes > FIRST_CACHE:
            scattered = block > 1 and tiling.panels > 1
            per_byte = (0.4 if scattered else 0.1) if c_bytes > _SECOND_CACHE else 0.02 if scattered else 0.005
            result += c_bytes * per_byte / tiling.width
        return result

    blocks = [count]
    if tiling.panels > 1 and count > 1:
        blocks += [1, min(count, max(2, _BLOCK // (height * depth * size)))]
    block = min(blocks, key=traffic)
    cycles += traffic(block)
    return replace(tiling, packs_a=packs_a, packs_b=packs_b, block=0 if block == count else block, cycles=cycles)


def _tile_cycles(height: int, width: int, inner: int) -> float:
    """Return a tile's cycles: those of its multiply-adds, of which two begin in a cycle, and of its loads, likewise.

    A tile with few sums waits for their latency.
    """
    sums = height * width
    step = max(sums / 2, (height + width) / 2, float(_LATENCY))
    return step * inner + sums + 12


def _inner_tilings(product: Product, lanes: int, registers: int) -> Iterator[Tiling]:
    columns = 1
    while columns <= lanes:
        height = max(1, min(product.rows, (registers - registers // 4) // columns))
        if columns == 1:
            height = min(height, registers // 4)
        heights = _balanced(product.rows, height)
        panels = -(-product.columns // columns)
        steps = -(-product.inner // lanes)
        reductions = 3 * (columns - 1) + 2 * (lanes // columns).bit_length()
        cycles = sum(
            max(height * columns / 2, (height + columns) / 2, float(_LATENCY)) * steps + height * reductions + 12
            for height in heights
        )
        yield Tiling(
            heights=heights,
            width=1,
            last_width=1,
            panels=panels,
            last_lanes=product.columns - (panels - 1) * columns,
            panel_columns=columns,
            kernel="inner",
            cycles=cycles * panels,
        )
        if columns >= product.columns:
            return
        columns *= 2


def _balanced(length: int, largest: int) -> tuple[int, ...]:
    """Cut a length into the fewest parts that are not too large, of nearly equal sizes, the larger ones first."""
    parts = -(-length // largest)
    small, larger = divmod(length, parts)
    return (small + 1,) * larger + (small,) * (parts - larger)


@dataclass(frozen=True, slots=True)
class Scratch:
    """What a product keeps in memory of its own: the sums so far, then the packed A, then the packed B.

    Attributes:
        partial_row: the elements from row to row of the sums so far.
        a: the byte at which the packed block of A begins.
        a_strides: the strides of each packed tile.
        a_tile: the bytes from one packed tile to the next.
        b: the byte at which the packed panels of B begin.
        b_panel: the bytes from one packed panel to the next; 0 where there is room for one.
        size: the bytes of all.
    """

    partial_row: int
    a: int
    a_strides: Strides
    a_tile: int
    b: int
    b_panel: int
    size: int


def scratch(product: Product, tiling: Tiling, lanes: int, *, partial: bool) -> Scratch:
    """Return how the memory is used that the code of a product needs.

    Args:
        product: the product.
        tiling: how it is cut.
        lanes: the elements of a vector.
        partial: whether the sums of the blocks so far are kept elsewhere.
    """
    size = product.dtype.itemsize
    depth, height = tiling.depth or product.inner, tiling.heights[0]
    partial_row = -(-product.columns // lanes) * lanes
    by_columns = product.a.row == 1 and product.a.column != 1
    # A line more than the elements need, so that rows do not fall into the same sets of the cache.
    step = -(-height // lanes) * lanes if by_columns else (-(-depth // lanes) + 1) * lanes
    a_tile = _aligned((depth if by_columns else height) * step * size)
    a = _aligned(product.rows * partial_row * size) if tiling.depth and not partial else 0
    b_panel = _aligned(depth * tiling.panel_columns * size)
    b = a + (a_tile * (tiling.block or len(tiling.heights)) if tiling.packs_a else 0)
    return Scratch(
        partial_row=partial_row,
        a=a,
        a_strides=Strides(1, step) if by_columns else Strides(step, 1),
        a_tile=a_tile,
        b=b,
        b_panel=b_panel if tiling.block else 0,
        size=b + (b_panel * (tiling.panels if tiling.block else 1) if tiling.packs_b else 0),
    )


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
