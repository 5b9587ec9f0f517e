"""The code of groups that begin with a matrix product: its tiles, and what is done with them in registers."""

from __future__ import annotations

from typing import Any

from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.passes import Share, is_down
from shapedmat.compiler.values import SLOW, Reduction
from shapedmat.kernels.emission import Index, constant, element_type, vector_of
from shapedmat.kernels.tiles import Product as TiledProduct
from shapedmat.kernels.tiles import Tile, Tiling, emit_product


def splits_columns(frame: Frame, tiling: Tiling, threads: int) -> bool:
    """Whether threads share the columns of the result, and not its rows."""
    along_rows = any(not is_down(frame, each) for each in frame.group.sums)
    down = any(is_down(frame, each) for each in frame.group.sums)
    return not along_rows and (down or tiling.panels >= threads or tiling.panels >= len(tiling.heights))


def emit_product_group(
    frame: Frame, share: Share, product: TiledProduct, tiling: Tiling, *, threads: int, memory: Any, product_bytes: int
) -> None:
    """Write the code of a group that begins with a product.

    Args:
        frame: the group.
        share: which part of it is this thread's.
        product: the product as the kernels see it.
        tiling: how it is cut into tiles.
        threads: how many threads at most there are.
        memory: the address of memory that is this thread's own.
        product_bytes: how much of it the product uses; the sums of a tile fit behind that.
    """
    emitter = frame.emitter
    a, b = frame.group.factors(flip=frame.flip)
    size = product.dtype.itemsize
    a_address, b_address = (emitter.at(frame.memory.address(each), frame.layout(each).offset * size) for each in (a, b))
    by_columns = splits_columns(frame, tiling, threads)
    first, end = share(tiling.panels if by_columns else len(tiling.heights))
    _clear_sums(frame, tiling, first, end, by_columns=by_columns)
    emit_product(
        emitter,
        product,
        tiling,
        a_address,
        b_address,
        lambda tile: finish(frame, tile, emitter.at(memory, product_bytes)),
        panels=(first, end) if by_columns else None,
        rows=None if by_columns else (first, end),
        memory=memory,
    )


def _clear_sums(frame: Frame, tiling: Tiling, first: Index, end: Index, *, by_columns: bool) -> None:
    """Set this thread's part of the sums to zero, to which each tile adds its own."""
    emitter = frame.emitter
    for each in frame.group.sums:
        if is_down(frame, each):
            width = tiling.panel_columns if by_columns else frame.columns
            begin = emitter.multiply(first, width) if by_columns else 0
            stop = emitter.smaller(emitter.multiply(end, width), frame.columns) if by_columns else frame.columns
        else:
            # Rows are shared by tiles, whose heights differ by one.
            begin, stop = (
                (0, frame.rows) if by_columns else (_row_of(frame, tiling, first), _row_of(frame, tiling, end))
            )
        clear(frame, each, begin, stop)


def clear(frame: Frame, total: Reduction, begin: Index, stop: Index) -> None:
    """Set some sums to zero, to which tiles add their own, from one column, or row, to the one before another."""
    emitter, zero = frame.emitter, constant(element_type(total.dtype), 0)

    def one(i: Index) -> None:
        row, column = (0, i) if is_down(frame, total) else (i, 0)
        emitter.store(zero, frame.element_address(total, row, column))

    emitter.repeat(begin, stop, 1, one)


def _row_of(frame: Frame, tiling: Tiling, tile: Index) -> Index:
    """Return the first row of a row of tiles."""
    emitter = frame.emitter
    higher = tiling.heights.count(tiling.heights[0])
    lower = tiling.heights[-1]
    return emitter.add(
        emitter.multiply(tile, lower), emitter.smaller(tile, higher if lower != tiling.heights[0] else 0)
    )


def finish(frame: Frame, tile: Tile, memory: Any) -> None:
    """Write what is done with the sums of a tile, given the address of memory for them, which one row does not need.

    Sums with which little is done stay in registers. Where functions such as the sigmoid are computed of them, they go
    through memory to a loop over the tile's rows, as so many at once would need more registers than there are.
    """
    emitter, rows = frame.emitter, len(tile.sums)
    lanes = tile.sums[0][0].type.count  # fewer than a vector's where sums were taken along the inner dimension
    down = [each for each in frame.group.sums if is_down(frame, each)]
    of_column = _of_column(frame, tile, lanes)
    # Row is added to row, in the order of the rows, so that no bit of a sum depends on how the rows are cut into tiles.
    earlier = [
        emitter.load_first(address, vector_of(element_type(each.dtype), lanes), count)
        for each in down
        for address, count in _places(frame, each, tile, lanes)
    ]
    if rows > 2 and any(each.op in SLOW for each in frame.group.maps):
        size = frame.emitter.target.vector_bytes
        for i, sums in enumerate(tile.sums):
            for v, value in enumerate(sums):
                emitter.store(value, emitter.at(memory, (i * len(sums) + v) * size))

        def row(i: Index, totals: list[Any]) -> list[Any]:
            start = emitter.at(memory, emitter.multiply(i, len(tile.lanes) * size))
            sums = [emitter.load(emitter.at(start, v * size), value.type) for v, value in enumerate(tile.sums[0])]
            return _finish_row(frame, tile, emitter.add(tile.row, i), sums, of_column, totals)

        totals = emitter.fold(0, rows, 1, earlier, row)
    else:
        totals = earlier
        for i, sums in enumerate(tile.sums):
            totals = _finish_row(frame, tile, emitter.add(tile.row, i), sums, of_column, totals)
    for k, each in enumerate(down):
        for v, (address, count) in enumerate(_places(frame, each, tile, lanes)):
            emitter.store_first(totals[k * len(tile.lanes) + v], address, count)


def _places(frame: Frame, total: Reduction, tile: Tile, lanes: int) -> list[tuple[Any, int]]:
    """Return where the sums down a tile's columns are kept: the address of each vector, and how many lanes it has."""
    return [
        (frame.element_address(total, 0, _column(frame, tile, v, lanes)), count) for v, count in enumerate(tile.lanes)
    ]


def _of_column(frame: Frame, tile: Tile, lanes: int) -> list[dict[int, Any]]:
    """Return the vectors of what is the same in all rows of a tile, for each of its vectors of columns."""
    found: list[dict[int, Any]] = [{} for _ in tile.lanes]
    for v, count in enumerate(tile.lanes):
        spot = Spot(tile.row, _column(frame, tile, v, lanes), lanes, count, of_column=found[v])
        for value in frame.group.reads:
            rows, columns = frame.oriented(value.shape)
            if rows == 1 and frame.rows != 1 and columns != 1 and frame.is_element_wise(value):
                frame.load(value, spot)
    return found


def _column(frame: Frame, tile: Tile, vector: int, lanes: int) -> Index:
    """Return the first column of one of a tile's vectors."""
    return frame.emitter.add(tile.column, vector * lanes)


def _finish_row(
    frame: Frame, tile: Tile, row: Index, sums: list[Any], of_column: list[dict[int, Any]], totals: list[Any]
) -> list[Any]:
    """Write what is done with the sums of one row, and return the totals down the columns with it."""
    emitter, root = frame.emitter, frame.group.root
    assert root is not None
    lanes = sums[0].type.count
    of_row = frame.of_row(row, lanes)
    totals = list(totals)
    rests: dict[int, list[Any]] = {}
    for v, value in enumerate(sums):
        column = _column(frame, tile, v, lanes)
        spot = Spot(row, column, lanes, tile.lanes[v], {}, of_row, of_column[v])
        spot.known[root.number] = value
        frame.store_all(spot)
        place = v
        for each in frame.group.sums:
            vector = frame.compute(each.x, spot, each.dtype)
            if is_down(frame, each):
                totals[place] = emitter.builder.fadd(totals[place], vector)
                place += len(sums)
            else:
                total = emitter.total(emitter.keep_first(vector, tile.lanes[v]))
                rests.setdefault(each.number, []).append(total)
    for each in frame.group.sums:
        if not is_down(frame, each):
            address = frame.element_address(each, row, 0)
            total = emitter.load(address, element_type(each.dtype))
            for rest in rests[each.number]:
                total = emitter.builder.fadd(total, rest)
            emitter.store(total, address)
    return totals
