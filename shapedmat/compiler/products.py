"""The code of groups that begin with a matrix product: its tiles, and what is done with them in registers."""

from __future__ import annotations

from typing import Any

from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.layouts import oriented
from shapedmat.compiler.passes import Share, is_down
from shapedmat.compiler.values import Product, Reduction, Value
from shapedmat.kernels.emission import Index, constant, element_type, vector_of
from shapedmat.kernels.tiles import Product as TiledProduct
from shapedmat.kernels.tiles import Tile, Tiling, emit_product


def operands(frame: Frame) -> tuple[Value, Value]:
    """Return what is multiplied, in the order in which it is, with copies in place of what cannot be read as it lies."""
    root = frame.group.root
    assert isinstance(root, Product)
    a, b = oriented(root, flip=frame.flip)
    replaced = frame.group.replaced
    return replaced.get(False, a), replaced.get(True, b)


def splits_columns(frame: Frame, tiling: Tiling, threads: int) -> bool:
    """Whether threads share the columns of the result, and not its rows."""
    along_rows = any(not is_down(frame, each) for each in frame.group.sums)
    down = any(is_down(frame, each) for each in frame.group.sums)
    return not along_rows and (down or tiling.panels >= threads or tiling.panels >= len(tiling.heights))


def units(frame: Frame, tiling: Tiling, threads: int) -> int:
    """Return into how many parts a product can be divided among threads."""
    return tiling.panels if splits_columns(frame, tiling, threads) else len(tiling.heights)


def emit_product_group(
    frame: Frame, share: Share, product: TiledProduct, tiling: Tiling, *, threads: int, memory: Any
) -> None:
    """Write the code of a group that begins with a product.

    Args:
        frame: the group.
        share: which part of it is this thread's.
        product: the product as the kernels see it.
        tiling: how it is cut into tiles.
        threads: how many threads at most there are.
        memory: the address of memory that is this thread's own.
    """
    emitter = frame.emitter
    a, b = operands(frame)
    size = product.dtype.itemsize
    a_address, b_address = (emitter.at(frame.address(each), frame.layout(each).offset * size) for each in (a, b))
    by_columns = splits_columns(frame, tiling, threads)
    first, end = share(tiling.panels if by_columns else len(tiling.heights))
    _clear_sums(frame, tiling, first, end, by_columns=by_columns)
    emit_product(
        emitter,
        product,
        tiling,
        a_address,
        b_address,
        lambda tile: _finish(frame, tile),
        panels=(first, end) if by_columns else None,
        rows=None if by_columns else (first, end),
        memory=memory,
    )


def _clear_sums(frame: Frame, tiling: Tiling, first: Index, end: Index, *, by_columns: bool) -> None:
    """Set this thread's part of the sums to zero, to which each tile adds its own."""
    emitter, lanes = frame.emitter, frame.lanes
    for each in frame.group.sums:
        kind = vector_of(element_type(each.dtype), lanes)
        if is_down(frame, each):
            width = (tiling.panel_columns or tiling.width * lanes) if by_columns else frame.columns
            begin = emitter.multiply(first, width) if by_columns else 0
            stop = emitter.smaller(emitter.multiply(end, width), frame.columns) if by_columns else frame.columns
        else:
            # Rows are shared by tiles, whose heights differ by one.
            begin, stop = (
                (0, frame.rows) if by_columns else (_row_of(frame, tiling, first), _row_of(frame, tiling, end))
            )
        zero = constant(kind.element, 0)

        def clear(i: Index, each: Reduction = each, zero: Any = zero) -> None:
            row, column = (0, i) if is_down(frame, each) else (i, 0)
            emitter.store(zero, frame.element_address(each, row, column))

        emitter.repeat(begin, stop, 1, clear)


def _row_of(frame: Frame, tiling: Tiling, tile: Index) -> Index:
    """Return the first row of a row of tiles."""
    emitter = frame.emitter
    higher = tiling.heights.count(tiling.heights[0])
    lower = tiling.heights[-1]
    return emitter.add(
        emitter.multiply(tile, lower), emitter.smaller(tile, higher if lower != tiling.heights[0] else 0)
    )


def _finish(frame: Frame, tile: Tile) -> None:
    emitter, root = frame.emitter, frame.group.root
    assert isinstance(root, Product)
    lanes = tile.sums[0][0].type.count  # fewer than a vector's where sums were taken along the inner dimension
    of_column: list[dict[int, Any]] = [{} for _ in tile.lanes]
    down = [each for each in frame.group.sums if is_down(frame, each)]
    along = [each for each in frame.group.sums if not is_down(frame, each)]
    totals: dict[tuple[int, int], Any] = {}
    for i, sums in enumerate(tile.sums):
        row = emitter.add(tile.row, i)
        of_row = frame.of_row(row, lanes)
        rests: dict[int, Any] = {}
        for v, value in enumerate(sums):
            spot = Spot(row, emitter.add(tile.column, v * lanes), lanes, tile.lanes[v], {}, of_row, of_column[v])
            spot.known[root.number] = value
            frame.store_all(spot)
            for each in down:
                vector = frame.compute(each.x, spot, each.dtype)
                earlier = totals.get((each.number, v))
                totals[each.number, v] = vector if earlier is None else emitter.builder.fadd(earlier, vector)
            for each in along:
                vector = emitter.keep_first(frame.compute(each.x, spot, each.dtype), tile.lanes[v])
                rests[each.number] = (
                    vector if each.number not in rests else emitter.builder.fadd(rests[each.number], vector)
                )
        for each in along:
            address = frame.element_address(each, row, 0)
            earlier = emitter.load(address, element_type(each.dtype))
            emitter.store(emitter.builder.fadd(earlier, emitter.total(rests[each.number])), address)
    for each in down:
        for v, count in enumerate(tile.lanes):
            kind = vector_of(element_type(each.dtype), lanes)
            address = frame.element_address(each, 0, emitter.add(tile.column, v * lanes))
            earlier = emitter.load_first(address, kind, count)
            emitter.store_first(emitter.builder.fadd(earlier, totals[each.number, v]), address, count)
