"""The code of reductions that are groups of their own: extremes, their places, truth of all or any, whole sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.passes import Share, is_down
from shapedmat.compiler.values import Reduction
from shapedmat.kernels.emission import BOOL, I32, I64, Index, constant, element_type, vector_of
from shapedmat.kernels.operations import emit_op
from shapedmat.kernels.vector_math import maximum, minimum


def emit_reduction(frame: Frame, share: Share) -> None:
    """Write the code of a group that is one reduction."""
    reduction = _reduction(frame)
    if not _is_vectorized(reduction):
        _emit_single(frame, reduction, share)
    elif is_down(frame, reduction):
        _emit_extreme_down(frame, reduction, share)
    else:
        _emit_extreme_along(frame, reduction, share)


def _reduction(frame: Frame) -> Reduction:
    assert isinstance(frame.group.root, Reduction)
    return frame.group.root


def _is_vectorized(reduction: Reduction) -> bool:
    return reduction.op in ("max", "min") and reduction.dtype.kind == "f"


def _emit_extreme_down(frame: Frame, reduction: Reduction, share: Share) -> None:
    emitter, lanes = frame.emitter, frame.lanes
    combine = maximum if reduction.op == "max" else minimum
    whole, rest = divmod(frame.columns, lanes)
    total = whole + (rest > 0)
    first, end = share(total)

    def strip(column: Index, count: int) -> None:
        start = frame.load(reduction.x, Spot(0, column, lanes, count))

        def row(i: Index, carried: list[Any]) -> list[Any]:
            return [combine(emitter, carried[0], frame.load(reduction.x, Spot(i, column, lanes, count)))]

        (result,) = emitter.fold(1, frame.rows, 1, [start], row)
        frame.store(reduction, result, Spot(0, column, lanes, count))

    if whole:
        emitter.repeat(first, emitter.smaller(end, whole), 1, lambda i: strip(emitter.multiply(i, lanes), lanes))
    if rest:
        builder = emitter.builder
        is_mine = builder.and_(
            builder.icmp_signed("==", emitter.index(end), I64(total)),
            builder.icmp_signed("<", emitter.index(first), emitter.index(end)),
        )
        with emitter.when(is_mine):
            strip(whole * lanes, rest)


def _emit_extreme_along(frame: Frame, reduction: Reduction, share: Share) -> None:
    emitter, lanes = frame.emitter, frame.lanes
    is_largest = reduction.op == "max"
    combine = maximum if is_largest else minimum
    neutral = -np.inf if is_largest else np.inf
    whole, rest = divmod(frame.columns, lanes)
    first, end = share(frame.rows)

    def row(i: Index) -> None:
        kind = vector_of(element_type(reduction.dtype), lanes)

        def vector(k: Index, carried: list[Any]) -> list[Any]:
            spot = Spot(i, emitter.multiply(k, lanes), lanes, lanes)
            return [combine(emitter, carried[0], frame.load(reduction.x, spot))]

        (found,) = emitter.fold(0, whole, 1, [constant(kind, neutral)], vector)
        if rest:
            loaded = frame.load(reduction.x, Spot(i, whole * lanes, lanes, rest))
            found = combine(emitter, found, emitter.keep_first(loaded, rest, neutral))
        result = emitter.builder.extract_element(found, I32(0))
        for lane in range(1, lanes):
            result = combine(emitter, result, emitter.builder.extract_element(found, I32(lane)))
        emitter.store(result, frame.element_address(reduction, i, 0))

    emitter.repeat(first, end, 1, row)


def _emit_single(frame: Frame, reduction: Reduction, share: Share) -> None:
    """Write a reduction one element after the other."""
    emitter, builder, x = frame.emitter, frame.emitter.builder, reduction.x
    down = is_down(frame, reduction)
    length = frame.rows if down else frame.columns
    first, end = share(frame.columns if down else frame.rows)

    def result(i: Index) -> None:
        def element(k: Index) -> Any:
            row, column = (k, i) if down else (i, k)
            return builder.extract_element(frame.load(x, Spot(row, column, 1, 1)), I32(0))

        if reduction.op in ("argmax", "argmin"):
            found = _place_of_extreme(frame, reduction, element, length)
        else:
            found = _combined(frame, reduction, element, length)
        if reduction.dtype.kind == "b":
            found = builder.zext(found, element_type(reduction.dtype))
        row, column = (0, i) if down else (i, 0)
        emitter.store(found, frame.element_address(reduction, row, column))

    emitter.repeat(first, end, 1, result)


def _combined(frame: Frame, reduction: Reduction, element: Any, length: int) -> Any:
    emitter, builder, dtype = frame.emitter, frame.emitter.builder, reduction.x.dtype

    def truth(k: Index) -> Any:
        value = element(k)
        if dtype.kind == "b":
            return value
        zero = constant(value.type, 0)
        return (
            builder.fcmp_unordered("!=", value, zero) if dtype.kind == "f" else builder.icmp_signed("!=", value, zero)
        )

    def step(k: Index, carried: list[Any]) -> list[Any]:
        if reduction.op == "all":
            return [builder.and_(carried[0], truth(k))]
        if reduction.op == "any":
            return [builder.or_(carried[0], truth(k))]
        value = element(k)
        if reduction.op == "sum":
            add = builder.fadd if dtype.kind == "f" else builder.add
            return [add(carried[0], value)]
        op = "greater" if reduction.op == "max" else "less"
        is_better = emit_op(emitter, op, [value, carried[0]], [dtype, dtype], {})
        return [builder.select(is_better, value, carried[0])]

    if reduction.op in ("all", "any"):
        return emitter.fold(0, length, 1, [BOOL(int(reduction.op == "all"))], step)[0]
    if reduction.op == "sum":
        return emitter.fold(0, length, 1, [constant(element_type(dtype), 0)], step)[0]
    return emitter.fold(1, length, 1, [element(0)], step)[0]


def _place_of_extreme(frame: Frame, reduction: Reduction, element: Any, length: int) -> Any:
    """Return the first place of the extreme; a NaN is more extreme than any number, as in NumPy."""
    emitter, builder, dtype = frame.emitter, frame.emitter.builder, reduction.x.dtype
    op = "greater" if reduction.op == "argmax" else "less"

    def step(k: Index, carried: list[Any]) -> list[Any]:
        best, place = carried
        value = element(k)
        is_better = emit_op(emitter, op, [value, best], [dtype, dtype], {})
        if dtype.kind == "f":
            is_first_nan = builder.and_(
                builder.fcmp_unordered("uno", value, value), builder.fcmp_ordered("ord", best, best)
            )
            # Nothing is more extreme than a NaN that was found: comparisons with it are false.
            is_better = builder.or_(is_better, is_first_nan)
        return [builder.select(is_better, value, best), builder.select(is_better, emitter.index(k), place)]

    return emitter.fold(1, length, 1, [element(0), I64(0)], step)[1]
