"""The code of groups that move elements: reshaping, stacking, scattering, and copies by rows or by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.passes import Share
from shapedmat.compiler.values import Copy, Picked, Rearrangement, Value
from shapedmat.kernels.emission import I64, Index, constant, element_type, vector_of
from shapedmat.kernels.packing import transposed


def emit_rearrangement(frame: Frame, share: Share) -> None:
    """Write the code of a group that moves elements."""
    root = frame.group.root
    if isinstance(root, Copy):
        _emit_copy(frame, root, share)
    else:
        assert isinstance(root, Rearrangement)
        write = _WRITERS[root.op]
        first, end = share(1)
        if isinstance(end, int):
            write(frame, root)
        else:
            with frame.emitter.when(frame.emitter.builder.icmp_signed("<", first, end)):
                write(frame, root)


def _emit_copy(frame: Frame, target: Copy, share: Share) -> None:
    """Write a copy whose rows, as the frame looks at it, are contiguous; blocks are transposed by shuffles."""
    emitter, lanes, source = frame.emitter, frame.lanes, target.x
    layout = frame.layout(source)
    is_regular = layout.rows is None and layout.columns is None and not frame.memory.is_gathered(source)
    whole = frame.rows // lanes
    total = -(-frame.rows // lanes)
    first, end = share(total)
    shuffled = (
        is_regular
        and frame.columns >= lanes
        and layout.row == 1
        and layout.column != 1
        and frame.layout(target).column == 1
    )

    def strip(block: Index, height: int) -> None:
        row = emitter.multiply(block, lanes)
        start = 0
        if shuffled and height == lanes:
            start = frame.columns // lanes * lanes
            emitter.repeat(0, start, lanes, lambda j: _transpose_block(frame, target, source, row, j))
        if start < frame.columns:

            def one_row(i: Index) -> None:
                _copy_row(frame, target, source, emitter.add(row, i), start)

            emitter.repeat(0, height, 1, one_row)

    if whole:
        emitter.repeat(first, emitter.smaller(end, whole), 1, lambda block: strip(block, lanes))
    if whole < total:
        builder = emitter.builder
        is_mine = builder.and_(
            builder.icmp_signed("==", emitter.index(end), I64(total)),
            builder.icmp_signed("<", emitter.index(first), emitter.index(end)),
        )
        with emitter.when(is_mine):
            strip(whole, frame.rows - whole * lanes)


def _copy_row(frame: Frame, target: Value, source: Value, row: Index, start: int) -> None:
    emitter, lanes = frame.emitter, frame.lanes
    whole, rest = divmod(frame.columns - start, lanes)

    def vector(column: Index, count: int) -> None:
        spot = Spot(row, column, lanes, count)
        frame.store(target, frame.load(source, spot), spot)

    if whole:
        emitter.repeat(start, start + whole * lanes, lanes, lambda j: vector(j, lanes))
    if rest:
        vector(start + whole * lanes, rest)


def _transpose_block(frame: Frame, target: Value, source: Value, row: Index, column: Index) -> None:
    """Transpose a square block, as many vectors as a vector has lanes."""
    emitter, lanes = frame.emitter, frame.lanes
    kind = vector_of(element_type(source.dtype), lanes)
    vectors = [emitter.load(frame.element_address(source, row, emitter.add(column, i)), kind) for i in range(lanes)]
    for i, vector in enumerate(transposed(emitter, vectors)):
        emitter.store(vector, frame.element_address(target, emitter.add(row, i), column))


def _emit_reshape(frame: Frame, root: Rearrangement) -> None:
    emitter = frame.emitter
    (source,) = root.parts
    columns = source.shape[1]

    # By the matrices' own rows and columns, in which elements keep their order, whichever way the frame looks.
    def element(i: Index) -> None:
        number = emitter.index(i)
        own = emitter.divide(number, root.shape[1]), emitter.builder.urem(number, I64(root.shape[1]))
        theirs = emitter.divide(number, columns), emitter.builder.urem(number, I64(columns))
        _move(frame, root, own, source, theirs)

    emitter.repeat(0, root.size, 1, element)


def _emit_stack(frame: Frame, root: Rearrangement) -> None:
    start = 0
    for part in root.parts:
        rows, columns = part.shape
        row, column = (start, 0) if root.axis == 0 else (0, start)
        _move_all(frame, root, range(row, row + rows), range(column, column + columns), part, add=False)
        start += part.shape[root.axis]


def _emit_scatter(frame: Frame, root: Rearrangement) -> None:
    emitter = frame.emitter
    zero = constant(element_type(root.dtype), 0)
    rows, columns = frame.rows, frame.columns

    def clear(i: Index) -> None:
        def clear_one(j: Index) -> None:
            emitter.store(zero, frame.element_address(root, i, j))

        emitter.repeat(0, columns, 1, clear_one)

    emitter.repeat(0, rows, 1, clear)
    # Places may occur more than once.
    _move_all(frame, root, root.rows, root.columns, root.parts[0], add=True)


def _emit_assign(frame: Frame, root: Rearrangement) -> None:
    whole, part = root.parts
    _move_all(frame, root, range(whole.shape[0]), range(whole.shape[1]), whole, add=False)
    _move_all(frame, root, root.rows, root.columns, part, add=False)


def _move_all(frame: Frame, root: Value, rows: Picked, columns: Picked, part: Value, *, add: bool) -> None:
    emitter = frame.emitter

    def move_row(i: Index) -> None:
        def move_one(j: Index) -> None:
            target = frame.picked(rows, i), frame.picked(columns, j)
            _move(frame, root, target, part, (i, j), add=add)

        emitter.repeat(0, part.shape[1], 1, move_one)

    if part.size:
        emitter.repeat(0, part.shape[0], 1, move_row)


def _move(
    frame: Frame,
    target: Value,
    place: tuple[Index, Index],
    source: Value,
    other: tuple[Index, Index],
    *,
    add: bool = False,
) -> None:
    """Move one element, at a place that is given by the matrices' own rows and columns."""
    emitter = frame.emitter
    row, column = place[::-1] if frame.flip else place
    address = frame.element_address(target, row, column)
    value: Any = emitter.load(frame.foreign_address(source, *other), element_type(source.dtype))
    if add:
        earlier = emitter.load(address, value.type)
        value = (emitter.builder.fadd if source.dtype.kind == "f" else emitter.builder.add)(earlier, value)
    emitter.store(value, address)


_WRITERS: Final[Mapping[str, Callable[[Frame, Rearrangement], None]]] = {
    "reshape": _emit_reshape,
    "stack": _emit_stack,
    "scatter": _emit_scatter,
    "assign": _emit_assign,
}
