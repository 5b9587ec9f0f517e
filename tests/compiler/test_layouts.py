"""Where the elements of matrices lie, and which way groups run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import ops
from shapedmat.compiler.layouts import Layout, by_rows, of_part
from shapedmat.compiler.plan import make_plan
from shapedmat.compiler.values import Copy
from shapedmat.graph import Graph
from shapedmat.kernels.target import named

ranges = st.builds(range, st.integers(0, 4), st.integers(0, 6), st.sampled_from([1, 2, 3]))
listed = st.lists(st.integers(0, 4), max_size=5).map(tuple)


def elements(layout: Layout, shape: tuple[int, int]) -> Any:
    """Return the places of all elements."""
    rows = layout.rows if layout.rows is not None else range(shape[0])
    columns = layout.columns if layout.columns is not None else range(shape[1])
    return [[layout.offset + i * layout.row + j * layout.column for j in columns] for i in rows]


@given(st.one_of(ranges, listed), st.one_of(ranges, listed), st.booleans(), st.booleans())
def test_parts_lie_where_numpy_has_them(rows: Any, columns: Any, transposed: bool, by_columns: bool) -> None:
    """The elements of a part are those of the same part of an array of places."""
    rows, columns = (
        part if isinstance(part, tuple) else range(5)[part.start : part.stop : part.step] for part in (rows, columns)
    )
    whole = np.arange(25).reshape(5, 5, order="F" if by_columns else "C")
    expected = whole[list(rows)][:, list(columns)]
    part = of_part(by_rows((5, 5), by_columns=by_columns), rows, columns, transposed=transposed)
    shape = (len(columns), len(rows)) if transposed else (len(rows), len(columns))
    assert (expected.T if transposed else expected).tolist() == elements(part, shape)


@pytest.mark.parametrize("by_columns", [False, True])
def test_a_group_runs_the_way_its_matrices_lie(by_columns: bool) -> None:
    """A pass over matrices by columns goes down the columns."""
    graph = Graph()
    x, y = (graph.input(name, 40, 50, dtype=np.float32) for name in "xy")
    given_layouts = {place: by_rows((40, 50), by_columns=by_columns) for place in (0, 1)}
    plan = make_plan(graph, [x, y], [], {0: x + y.run(ops.EXP)}, given_layouts, named("host"))
    assert [by_columns] == [plan.layouts.is_flipped(group) for group in plan.groups]


def test_a_product_takes_copies_of_listed_rows() -> None:
    """Rows that do not lie at regular distances are copied for a product, once for all products."""
    graph = Graph()
    x, w = (graph.input(name, 30, 30, dtype=np.float32) for name in "xw")
    rows = x.run(ops.INDEX, key=(np.array([3, 1, 2]), slice(None)))
    given_layouts = {place: by_rows((30, 30)) for place in (0, 1)}
    plan = make_plan(graph, [x, w], [rows @ w, rows @ w.run(ops.TRANSPOSE)], {}, given_layouts, named("host"))
    copies = [group.root for group in plan.groups if isinstance(group.root, Copy)]
    assert len(copies) in (1, 2)  # by rows, by columns, or both
    assert all(group.replaced for group in plan.groups if not isinstance(group.root, Copy))


def test_an_operand_that_is_copied_and_read_itself_stays_where_it_is() -> None:
    """What a product takes a copy of may be read by what follows the product, too: then both are kept for it."""
    graph = Graph()
    x, w = (graph.input(name, 30, 30, dtype=np.float32) for name in "xw")
    rows = (w.run(ops.TANH) @ x).run(ops.TANH).run(ops.INDEX, key=(np.array([3, 1, 2] * 10), slice(None)))
    given_layouts = {place: by_rows((30, 30)) for place in (0, 1)}
    plan = make_plan(graph, [x, w], [(rows @ w + rows).run(ops.TANH)], {}, given_layouts, named("host"))
    last = plan.groups[-1]
    (copy,) = last.replaced.values()
    assert copy in last.reads
    assert copy.x in last.reads


def test_free_inputs_lie_as_products_want_them() -> None:
    """Where a loop may lay a matrix out, it does so as it costs least: never more than by rows."""
    costs = []
    for is_free in (False, True):
        graph = Graph()
        w, x = graph.input("w", 128, 784), graph.input("x", 784, 32)
        given_layouts = {1: by_rows((784, 32))} | ({} if is_free else {0: by_rows((128, 784))})
        plan = make_plan(graph, [w, x], [w @ x], {}, given_layouts, named("host"), steps=1000)
        costs.append(plan.layouts.cycles)
    assert costs[1] <= costs[0]
