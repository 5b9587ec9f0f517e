"""The code of groups that pass over all elements: operations element by element, and sums on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.values import Product, Reduction
from shapedmat.kernels.emission import I64, Emitter, Index, constant, element_type, vector_of

Share: TypeAlias = Callable[[int], tuple[Index, Index]]
"""Returns which of so many units are this thread's: the first, and the one behind the last."""

_BLOCK: Final = 256
"""So many vectors are summed up before their sum joins that of the others."""

_SUMMED_VECTORS: Final = 2

_WRITTEN_OUT: Final = 32
"""The most runs of neighbouring columns that are written out one after the other."""


def is_flat(frame: Frame) -> bool:
    """Whether a pass may take all elements as one row: all matrices are contiguous, and nothing broadcasts."""
    group = frame.group
    if group.sums or frame.rows == 1 or group.root is not None:
        return False
    for value in [*group.reads, *group.stored]:
        if frame.memory.is_gathered(value):
            return False
        if value.shape == (1, 1) and group.domain != (1, 1):
            continue
        layout = frame.layout(value)
        is_listed = layout.rows is not None or layout.columns is not None
        if is_listed or value.shape != group.domain or layout.column != 1 or layout.row != frame.columns:
            return False
    return True


def emit_pass(frame: Frame, share: Share) -> None:
    """Write the code of a group without a product, or with one of whole numbers."""
    group = frame.group
    if is_flat(frame):
        frame.rows, frame.columns, frame.is_flat = 1, frame.rows * frame.columns, True
    if any(is_down(frame, each) for each in group.sums):
        _emit_downwards(frame, share)
    else:
        _emit_along_rows(frame, share)


def is_down(frame: Frame, reduction: Reduction) -> bool:
    """Whether a reduction goes down the columns of the frame."""
    return (reduction.axis == 0) != frame.flip


def _emit_along_rows(frame: Frame, share: Share) -> None:
    emitter = frame.emitter
    if frame.rows == 1 and not frame.group.sums:
        _emit_row(frame, 0, share)
        return
    first, end = share(frame.rows)

    def row(i: Index) -> None:
        sums = _emit_row(frame, i, None)
        for reduction, vector in zip(frame.group.sums, sums, strict=True):
            emitter.store(emitter.total(vector), frame.element_address(reduction, i, 0))

    emitter.repeat(first, end, 1, row)


def _emit_row(frame: Frame, row: Index, share: Share | None) -> list[Any]:
    """Write the pass over a row, or this thread's share of it; return the vectors of the sums along it."""
    emitter, lanes = frame.emitter, frame.lanes
    builder, of_row = emitter.builder, frame.of_row(row, lanes)
    gathered = [each for each in frame.group.reads if frame.memory.is_gathered(each)]
    if gathered and not frame.flip:
        frame.memory.prefetch(emitter, row, gathered)
    sums = [constant(vector_of(element_type(each.dtype), lanes), 0) for each in frame.group.sums]

    def vector(column: Index, count: int, carried: list[Any]) -> list[Any]:
        spot = Spot(row, column, lanes, count, _multiplied(frame, row, column, count), of_row)
        frame.store_all(spot)
        return [
            builder.fadd(total, emitter.keep_first(frame.compute(each.x, spot, each.dtype), count))
            for total, each in zip(carried, frame.group.sums, strict=True)
        ]

    whole, rest = divmod(frame.columns, lanes)
    total = whole + (rest > 0)
    first, end = share(total) if share is not None else (0, total)
    if isinstance(end, int):
        static = _segments(frame)
        if static is not None:
            for column, count in static:
                sums = vector(column, count, sums)
            return sums
        sums = fold_in_blocks(emitter, whole, sums, lambda i, sofar: vector(emitter.multiply(i, lanes), lanes, sofar))
        return vector(whole * lanes, rest, sums) if rest else sums

    # Columns are shared only where nothing is summed along them.
    def whole_vector(i: Index) -> None:
        vector(emitter.multiply(i, lanes), lanes, [])

    emitter.repeat(first, emitter.smaller(end, whole), 1, whole_vector)
    if rest:
        is_last = builder.and_(builder.icmp_signed("==", end, I64(total)), builder.icmp_signed("<", first, end))
        with emitter.when(is_last):
            vector(whole * lanes, rest, [])
    return sums


def _multiplied(frame: Frame, row: Index, column: Index, count: int) -> dict[int, Any]:
    """Return the elements of a product of whole numbers for one vector, by the product's number; none without one."""
    emitter, builder, root = frame.emitter, frame.emitter.builder, frame.group.root
    if not isinstance(root, Product):
        return {}
    a, b = frame.group.factors(flip=frame.flip)

    def add(k: Index, carried: list[Any]) -> list[Any]:
        left = emitter.splat(frame.element(a, row, k), frame.lanes)
        right = frame.vector(b, Spot(k, column, frame.lanes, count))
        return [builder.add(carried[0], builder.mul(left, right))]

    zero = constant(vector_of(element_type(root.dtype), frame.lanes), 0)
    return {root.number: emitter.fold(0, root.a.shape[1], 1, [zero], add)[0]}


def _segments(frame: Frame) -> Sequence[tuple[int, int]] | None:
    """Return the columns at which vectors begin, and how many they have, where columns are read at listed places.

    Each is written out; where they would be many, nothing is returned, and elements are collected one by one.
    """
    layouts = [frame.layout(each).columns for each in frame.group.reads if frame.is_element_wise(each)]
    listed = [places for places in layouts if places is not None]
    if not listed or frame.is_flat:
        return None
    starts = {0}
    for places in listed:
        starts.update(j for j in range(1, len(places)) if places[j] != places[j - 1] + 1)
    return list(_cut(sorted(starts), frame.columns, frame.lanes)) if len(starts) <= _WRITTEN_OUT else None


def _cut(starts: Sequence[int], end: int, lanes: int) -> Iterator[tuple[int, int]]:
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        for column in range(start, stop, lanes):
            yield column, min(lanes, stop - column)


def _emit_downwards(frame: Frame, share: Share) -> None:
    """Write a pass that goes down some vectors of columns at a time, with their sums in registers."""
    emitter, lanes = frame.emitter, frame.lanes
    width = _SUMMED_VECTORS * lanes
    whole = frame.columns // width
    total = -(-frame.columns // width)
    first, end = share(total)

    def strip(column: Index, counts: list[int]) -> None:
        zeros = [constant(vector_of(element_type(each.dtype), lanes), 0) for _ in counts for each in frame.group.sums]

        def row(i: Index, carried: list[Any]) -> list[Any]:
            totals: list[Any] = []
            of_row = frame.of_row(i, lanes)
            for v, count in enumerate(counts):
                place = emitter.add(column, v * lanes)
                spot = Spot(i, place, lanes, count, _multiplied(frame, i, place, count), of_row)
                frame.store_all(spot)
                for each in frame.group.sums:
                    vector = frame.compute(each.x, spot, each.dtype)
                    totals.append(emitter.builder.fadd(carried[len(totals)], vector))
            return totals

        sums = fold_in_blocks(emitter, frame.rows, zeros, row)
        for v, count in enumerate(counts):
            for k, each in enumerate(frame.group.sums):
                spot = Spot(0, emitter.add(column, v * lanes), lanes, count)
                frame.store(each, sums[v * len(frame.group.sums) + k], spot)

    if whole:
        emitter.repeat(
            first,
            emitter.smaller(end, whole),
            1,
            lambda i: strip(emitter.multiply(i, width), [lanes] * _SUMMED_VECTORS),
        )
    if whole < total:
        rest = frame.columns - whole * width
        counts = [lanes] * (rest // lanes) + ([rest % lanes] if rest % lanes else [])
        if isinstance(end, int):
            if end == total:
                strip(whole * width, counts)
        else:
            is_last = emitter.builder.icmp_signed("==", end, emitter.index(total))
            is_any = emitter.builder.icmp_signed("<", emitter.index(first), end)
            with emitter.when(emitter.builder.and_(is_last, is_any)):
                strip(whole * width, counts)


def fold_in_blocks(
    emitter: Emitter, length: int, zeros: list[Any], body: Callable[[Index, list[Any]], list[Any]]
) -> list[Any]:
    """Write a loop that adds to sums, in blocks where it is long, as rounding errors grow with the length."""
    if length <= 2 * _BLOCK:
        return emitter.fold(0, length, 1, zeros, body)
    whole = length // _BLOCK * _BLOCK

    def block(start: Index, carried: list[Any]) -> list[Any]:
        sums = emitter.fold(start, emitter.add(start, _BLOCK), 1, zeros, body)
        return [emitter.builder.fadd(a, b) for a, b in zip(carried, sums, strict=True)]

    sums = emitter.fold(0, whole, _BLOCK, zeros, block)
    return emitter.fold(whole, length, 1, sums, body)
