"""Shapes with any number of axes, compared with those that are wanted."""

from __future__ import annotations

import pytest

from shapedmat import shapes
from shapedmat.dimensions import symbol
from shapedmat.errors import ShapeError
from shapedmat.shapes import Shape, axes_named

REST = axes_named("*rest")
N = symbol("n")


@pytest.mark.parametrize(
    ("given", "wanted", "difference"),
    [((N, N, REST), (N, REST), "1 axis more"), ((REST,), (N, 3, REST), "2 axes less")],
)
def test_the_same_axes_among_another_number_of_others(given: Shape, wanted: Shape, difference: str) -> None:
    """Two shapes with the same any number of axes differ where they have different numbers of others."""
    with pytest.raises(ShapeError) as caught:
        shapes.fit(given, wanted, subject="it")
    expected = f"it has shape {shapes.show(given)}, but {shapes.show(wanted)} is wanted: it has {difference}"
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [((N, REST), (REST, N)), ((N, N, axes_named("...")), (N, axes_named("..."))), ((N, N), (N, REST))],
)
def test_other_axes_may_be_any(given: Shape, wanted: Shape) -> None:
    """Shapes are not the same but for others where the axes that are any number may differ, or stand elsewhere."""
    assert not shapes.same_but_for_others(given, wanted)
