"""The code of a product with a vector whose matrix may be updated on the way: each element is read once for both.

The matrix is passed over along its lines, which are its rows or its columns, whichever are contiguous. The vector's
elements are either summed up along each line, or each multiplies a whole line, and the lines are added. Bits do not
depend on whether the matrix is updated by the product or before it.
"""

from __future__ import annotations

from typing import Any

from shapedmat.compiler import products
from shapedmat.compiler.carrying import Carried
from shapedmat.compiler.frames import Frame, Spot
from shapedmat.compiler.passes import fold_in_blocks, is_down
from shapedmat.compiler.values import View, base_of
from shapedmat.kernels.emission import Index, constant, element_type, vector_of
from shapedmat.kernels.packing import totals
from shapedmat.kernels.tiles import Tile


def emit_vector_product(frame: Frame, lines: Frame, carried: Carried, *, updates: bool) -> None:
    """Write the code of a group that begins with a product of a matrix and a vector.

    Args:
        frame: the group, as a row.
        lines: the group that updates the matrix, whose rows are the matrix's lines, in the step before.
        carried: which matrix is updated.
        updates: whether it is updated on the way, or has been before.
    """
    _VectorProduct(frame, lines, carried, updates=updates).write()


class _VectorProduct:
    def __init__(self, frame: Frame, lines: Frame, carried: Carried, *, updates: bool) -> None:
        self.frame = frame
        self.lines = lines
        self.carried = carried
        self.updates = updates
        self.emitter = frame.emitter
        dtype = carried.target.dtype
        self.vector = vector_of(element_type(dtype), self.emitter.target.lanes(dtype.itemsize))
        self.zero = constant(self.vector, 0)
        # So many sums at once, as a multiply-add takes several cycles; other registers hold factors of the update.
        self.sums_at_once = max(1, self.emitter.target.vector_registers // 4)
        # In the frame, the vector is the first operand and the matrix the second one, whose columns are summed.
        self.x, matrix = frame.group.factors(flip=frame.flip)
        assert base_of(matrix) is carried.target
        # What is summed over are a's columns or b's rows; those of a transpose are the others of the matrix.
        sums_along_rows = frame.flip != (isinstance(matrix, View) and matrix.transposed)
        self.sums_along_lines = sums_along_rows != lines.flip

    def write(self) -> None:
        for each in self.frame.group.sums:
            products.clear(self.frame, each, 0, self.frame.columns if is_down(self.frame, each) else self.frame.rows)
        if self.sums_along_lines:
            self.along_lines()
        else:
            self.across_lines()

    def element(self, line: Index, column: Index, count: int, left: Any, right: Any, of_row: dict[int, Any]) -> Any:
        """Return a vector of a line, after its update."""
        lanes = self.vector.count
        spot = Spot(line, column, lanes, count, {}, of_row)
        if not self.updates:
            return self.lines.vector(self.carried.target, spot)
        root = self.lines.group.root
        assert root is not None
        spot.known[root.number] = self.emitter.multiply_add(left, right, self.zero)
        self.lines.store_all(spot)
        # Lanes that there are not may hold anything.
        return self.emitter.keep_first(spot.known[self.carried.value.number], count)

    def of_line(self, line: Index) -> tuple[Any, dict[int, Any]]:
        """Return what is the same along a line: the first factor of its outer product, and what else is read."""
        if not self.updates:
            return None, {}
        factor, _ = self.lines.group.factors(flip=self.lines.flip)
        left = self.emitter.splat(self.lines.element(factor, line, 0), self.vector.count)
        return left, self.lines.of_row(line, self.vector.count)

    def of_columns(self, column: Index, count: int) -> Any:
        """Return the second factor of the outer product, which is the same for all lines."""
        if not self.updates:
            return None
        _, factor = self.lines.group.factors(flip=self.lines.flip)
        return self.lines.vector(factor, Spot(0, column, self.vector.count, count))

    def along_lines(self) -> None:
        """Write sums along lines, of some of which each makes a vector of the result."""
        emitter, lanes = self.emitter, self.vector.count
        at_once = min(self.sums_at_once, lanes)
        whole, rest = divmod(self.lines.rows, at_once)

        def some(first: Index, count: int) -> None:
            of_lines = [self.of_line(emitter.add(first, i)) for i in range(count)]

            def step(column: Index, present: int, sums: list[Any]) -> list[Any]:
                x = self.frame.vector(self.x, Spot(0, column, lanes, present))
                right = self.of_columns(column, present)
                elements = [
                    self.element(emitter.add(first, i), column, present, left, right, of_row)
                    for i, (left, of_row) in enumerate(of_lines)
                ]
                return [emitter.multiply_add(element, x, total) for element, total in zip(elements, sums, strict=True)]

            vectors, left_over = divmod(self.lines.columns, lanes)
            sums = fold_in_blocks(
                emitter, vectors, [self.zero] * count, lambda k, sums: step(emitter.multiply(k, lanes), lanes, sums)
            )
            if left_over:
                sums = step(vectors * lanes, left_over, sums)
            padding = [self.zero] * ((1 << (count - 1).bit_length()) - count)
            products.finish(self.frame, Tile(0, first, [[totals(emitter, sums + padding)]], [count]), None)

        emitter.repeat(0, whole, 1, lambda i: some(emitter.multiply(i, at_once), at_once))
        if rest:
            some(whole * at_once, rest)

    def across_lines(self) -> None:
        """Write sums of lines, some vectors of which are added at once, each times an element of the vector."""
        emitter, lanes = self.emitter, self.vector.count
        width, columns = self.sums_at_once, self.lines.columns
        whole = columns // (width * lanes)

        def panel(column: Index, counts: list[int]) -> None:
            places = [emitter.add(column, v * lanes) for v in range(len(counts))]
            rights = [self.of_columns(place, count) for place, count in zip(places, counts, strict=True)]

            def line(i: Index, sums: list[Any]) -> list[Any]:
                x = emitter.splat(self.frame.element(self.x, 0, i), lanes)
                left, of_row = self.of_line(i)
                return [
                    emitter.multiply_add(self.element(i, place, count, left, right, of_row), x, total)
                    for place, count, right, total in zip(places, counts, rights, sums, strict=True)
                ]

            sums = fold_in_blocks(emitter, self.lines.rows, [self.zero] * len(counts), line)
            products.finish(self.frame, Tile(0, column, [sums], counts), None)

        emitter.repeat(0, whole, 1, lambda i: panel(emitter.multiply(i, width * lanes), [lanes] * width))
        start = whole * width * lanes
        if start < columns:
            panel(start, [min(lanes, columns - at) for at in range(start, columns, lanes)])
