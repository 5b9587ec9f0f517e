"""Where a kernel finds what it is given: the structure of addresses, and the place of every element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shapedmat.compiler.cuda.plan import DevicePlan
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.values import Constant, Input, Map, Picked, Shape, Value, View, base_of
from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.kernels.cuda.operations import element_type, literal

INT_MAX: Final = 2**31 - 1


@dataclass(eq=False)
class Memory:
    """Writes where the elements of values are.

    Args:
        plan: the plan.

    Attributes:
        tables: lists of whole numbers that the code looks up, with their names.
    """

    plan: DevicePlan
    tables: dict[tuple[int, ...], str] = field(default_factory=dict)

    # --- what a kernel is given ---------------------------------------------------------------------------------------

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the type and the name of each thing that a kernel is given, in the order of its parameters."""
        plan = self.plan
        for each in plan.inputs:
            if plan.is_number(each):
                yield "double", f"input_{each.place}"
            else:
                yield f"{element_type(each.dtype)}*", f"input_{each.place}"
        for index, result in enumerate(plan.results):
            yield f"{element_type(result.dtype)}*", f"result_{index}"
        for index, constant in enumerate(plan.constants):
            yield f"const {element_type(constant.dtype)}*", f"constant_{index}"
        for index in range(plan.orders):
            yield "const long long*", f"order_{index}"
        yield "char*", "arena"
        yield "unsigned*", "tickets"

    # --- elements -----------------------------------------------------------------------------------------------------

    def load(self, value: Value, row: str, column: str) -> str:
        """Return the expression of an element of a value that is in memory."""
        if isinstance(value, Constant) and value.shape == (1, 1):
            return literal(value.array[0, 0].item(), value.dtype)
        if isinstance(value, Input) and self.plan.is_number(value):
            return f"{element_type(value.dtype)}(memory.input_{value.place})"
        return self.element(value, row, column)

    def element(self, value: Value, row: str, column: str) -> str:
        """Return an element of a value that is in memory, as something that can be assigned to."""
        base = base_of(value)
        if self.plan.is_gathered(base):
            return self._gathered_element(value, row, column)
        layout = self.plan.storage.layout(value)
        distance = self._distance(layout, row, column, is_wide=_is_wide(layout, value.shape))
        return f"{self._start(base)}[{distance}]"

    def _start(self, base: Value) -> str:
        place = self.plan.storage.place(base)
        if place.kind == "arena":
            return f"reinterpret_cast<{element_type(base.dtype)}*>(memory.arena + {place.start}ll)"
        start = f"memory.{place.kind}_{place.index}"
        if (
            base.place in self.plan.stepped
            if isinstance(base, Input)
            else place.kind == "result" and self.plan.has_steps
        ):
            return f"({start} + step * {base.size})"  # there is one for each step, behind one another
        return start

    def _distance(self, layout: Layout, row: str, column: str, *, is_wide: bool) -> str:
        terms = [str(layout.offset)] if layout.offset else []
        for index, step, listed in (row, layout.row, layout.rows), (column, layout.column, layout.columns):
            place = self.picked(listed if listed is not None else range(INT_MAX), index)
            if place != "0" and step:
                place = f"static_cast<long long>({place})" if is_wide else place
                terms.append(place if step == 1 else f"({place}) * {step}")
        return " + ".join(terms) or "0"

    def _gathered_element(self, value: Value, row: str, column: str) -> str:
        """Return an element of a data set, of which each mini-batch has other rows, or of a part of one."""
        if isinstance(value, View):
            row, column = (column, row) if value.transposed else (row, column)
            row, column = self.picked(value.rows, row), self.picked(value.columns, column)
        base = base_of(value)
        assert isinstance(base, Input)
        rows = self.plan.gathered[base.place]
        number = f"memory.order_{rows.order}[step * {base.shape[0]} + {row}]"
        along = Layout(0, 0, self.plan.storage.layout(base).column)
        distance = self._distance(along, "0", column, is_wide=_is_wide(along, base.shape))
        return f"memory.input_{base.place}[{number} * {rows.stride} + {distance}]"

    def picked(self, places: Picked, index: str) -> str:
        """Return the place of an index."""
        if not isinstance(places, range):
            return f"{self.table(places)}[{index}]"
        if places.start == 0 and places.step == 1:
            return index
        product = index if places.step == 1 else f"({index}) * {places.step}"
        if index == "0":
            return str(places.start)
        return product if places.start == 0 else f"({places.start} + {product})"

    def table(self, numbers: tuple[int, ...]) -> str:
        """Return the name of a table, the same one for the same numbers."""
        return self.tables.setdefault(numbers, f"table_{len(self.tables)}")

    # --- packs --------------------------------------------------------------------------------------------------------

    def direction(self, value: Value) -> int:
        """Return the axis along which threads side by side best take elements, also of what is computed as it is read.

        It is the one along which what is read is contiguous, as far as the first matrix of that shape tells.
        """
        waiting: list[tuple[Value, bool]] = [(value, False)]
        while waiting:
            found, is_turned = waiting.pop()
            if isinstance(found, View) and self.plan.is_inlined(found.base):
                waiting.append((found.base, is_turned != found.transposed))
            elif isinstance(found, Map) and self.plan.is_inlined(found):
                waiting += [(each, is_turned) for each in reversed(found.sources) if each.shape == found.shape]
            else:
                axis = self._near_axis(found)
                if axis is not None:
                    return 1 - axis if is_turned else axis
        return 1

    def _near_axis(self, value: Value) -> int | None:
        """Return the axis along which neighbours are neighbours in memory, as far as none is left out between them."""
        if self.plan.is_gathered(base_of(value)):
            is_turned = isinstance(value, View) and value.transposed
            return int(not is_turned) if self.plan.storage.layout(base_of(value)).column == 1 else None
        layout = self.plan.storage.layout(value)
        return 1 if layout.column == 1 else 0 if layout.row == 1 else None

    def pack_width(self, value: Value, axis: int) -> int:
        """Return how many neighbours along an axis one access can move, from multiples of that on: 4, 2 or 1.

        Matrices begin at multiples of `WIDEST_BYTES` bytes, as the executable sees to.
        """
        if self._near_axis(value) != axis or not self.plan.is_aligned(base_of(value)):
            return 1
        layout = self.plan.storage.layout(value)
        across = layout.row if axis == 1 else layout.column
        listed = layout.rows if axis == 1 else layout.columns
        if listed is not None:
            return 1
        for width in (4, 2):
            fits = all(number % width == 0 for number in (layout.offset, across, value.shape[axis]))
            if fits and width * value.dtype.itemsize <= WIDEST_BYTES:
                return width
        return 1


def _is_wide(layout: Layout, shape: Shape) -> bool:
    """Whether the distance of an element of a matrix may be too large for an int."""
    listed = (layout.rows, layout.columns)
    rows, columns = (
        size if places is None else 1 + max(places, default=0) for size, places in zip(shape, listed, strict=True)
    )
    return abs(layout.offset) + rows * abs(layout.row) + columns * abs(layout.column) > INT_MAX
