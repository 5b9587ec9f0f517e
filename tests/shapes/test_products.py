"""The shapes of products against NumPy's, and the sentences of their errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, multiply, symbol
from shapedmat.shapes import products
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import m, n, operand, searched, sentence

POOLS = st.sampled_from([[2, 3], [3], [0, 2], [2, 3, 6]])


@pytest.mark.parametrize("name", ["dot", "inner", "vdot", "vecdot", "matvec", "vecmat", "kron", "outer"])
@searched
@given(data=st.data())
def test_a_product_of_two_has_the_shape_that_numpy_gives(
    holds: Callable[..., None], name: str, data: st.DataObject
) -> None:
    """Each product of two arrays agrees with the function of its name."""
    sizes = data.draw(POOLS)
    operands = data.draw(operand(sizes)), data.draw(operand(sizes))
    rule = products.outer_product if name == "outer" else getattr(products, name)
    holds(rule, getattr(np, name), operands, data, rigid=name != "vdot")


@searched
@given(data=st.data(), axis=st.integers(-3, 2))
def test_vecdot_along_an_axis(holds: Callable[..., None], data: st.DataObject, axis: int) -> None:
    """The axis of the vectors is counted in each operand by itself."""
    sizes = data.draw(POOLS)
    operands = data.draw(operand(sizes, 1, 3)), data.draw(operand(sizes, 1, 3))
    holds(partial(products.vecdot, axis=axis), partial(np.vecdot, axis=axis), operands, data)


@searched
@given(data=st.data())
def test_multi_dot(holds: Callable[..., None], data: st.DataObject) -> None:
    """A chain agrees with NumPy, vectors at its ends included."""
    sizes = data.draw(POOLS)
    chain = data.draw(st.lists(operand(sizes, 2, 2), max_size=4))
    ends = data.draw(st.lists(operand(sizes, 0, 3), max_size=2))
    operands = (*ends[:1], *chain, *ends[1:])
    holds(lambda *each: products.multi_dot(each), lambda *each: np.linalg.multi_dot(each), operands, data)


AXES = st.integers(-4, 3)


@searched
@given(data=st.data())
def test_tensordot(holds: Callable[..., None], data: st.DataObject) -> None:
    """Axes are a number, a pair of axes or a pair of sequences."""
    sizes = data.draw(POOLS)
    axes: Any = data.draw(
        st.integers(-1, 4) | st.tuples(AXES, AXES) | st.tuples(*[st.lists(AXES, max_size=2) | AXES] * 2)
    )
    operands = data.draw(operand(sizes)), data.draw(operand(sizes))
    holds(partial(products.tensordot, axes=axes), partial(np.tensordot, axes=axes), operands, data)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors are deprecated:DeprecationWarning")
@searched
@given(data=st.data())
def test_cross(holds: Callable[..., None], data: st.DataObject) -> None:
    """Vectors of 2 and of 3 lie along any axes, and so do those of the result."""
    names = data.draw(st.sampled_from([(), ("axis",), ("axisa", "axisb"), ("axisc",)]))
    axes: dict[str, Any] = {name: data.draw(st.integers(-2, 1)) for name in names}
    sizes = data.draw(st.sampled_from([[3], [2, 3], [1, 2, 3, 4]]))
    operands: Any = data.draw(operand(sizes, 0, 3)), data.draw(operand(sizes, 0, 3))
    function = partial(np.cross, **axes)

    def rule(a: Shape, b: Shape) -> Shape:
        shape = products.cross(a, b, **axes)
        return np.shape(function(*[np.zeros(each) for each in operands])) if shape is None else shape

    holds(rule, function, operands, data, rigid=False)


@searched
@given(data=st.data(), axis=st.integers(-2, 1))
def test_cross_in_linalg(holds: Callable[..., None], data: st.DataObject, axis: int) -> None:
    """Where vectors of 2 are refused, the result has the axis of 3 that the operands have."""
    sizes = data.draw(st.sampled_from([[3], [2, 3], [1, 2, 3, 4]]))
    operands: Any = data.draw(operand(sizes, 2, 3)), data.draw(operand(sizes, 2, 3))
    rule = partial(products.cross, axis=axis, planar=False)
    holds(rule, partial(np.linalg.cross, axis=axis), operands, data, rigid=False)


@searched
@given(data=st.data())
def test_outer_in_linalg(holds: Callable[..., None], data: st.DataObject) -> None:
    """Only vectors have an outer product in ``np.linalg``."""
    sizes = data.draw(POOLS)
    operands = data.draw(operand(sizes, 0, 2)), data.draw(operand(sizes, 0, 2))
    holds(partial(products.outer_product, vectors=True), np.linalg.outer, operands, data)


@pytest.mark.parametrize("operands", [((5, UNKNOWN), (5, 2)), ((UNKNOWN,), (symbol("n", rigid=False),))])
def test_the_number_of_axes_of_a_cross_product_may_be_unknown(operands: tuple[Shape, Shape]) -> None:
    """Vectors that may all be of 2 have no shape to return."""
    expected = None
    assert expected is products.cross(*operands)


def test_sizes_are_multiplied_by_name() -> None:
    """The sizes of a Kronecker product are expressions in the sizes of its operands."""
    expected = (n, multiply(2, multiply(n, m)))
    assert expected == products.kron((multiply(n, m),), (n, 2))


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        (
            "cannot take the dot product of (2, 3) and (4, 5): inner dimensions 3 and 4 differ",
            lambda: products.dot((2, 3), (4, 5)),
        ),
        (
            "cannot take the cross product of (5, 2) and (2,): vectors of 3 are wanted, not of 2",
            lambda: products.cross((5, 2), (2,), planar=False),
        ),
        (
            "cannot take the outer product of (2, n) and (n,): (2, n) is not a vector",
            lambda: products.outer_product((2, n), (n,), vectors=True),
        ),
        (
            "cannot take the inner product of (2, n) and (4, m): inner dimensions n and m differ",
            lambda: products.inner((2, n), (4, m)),
        ),
        (
            "cannot take the dot product of all elements of (2, 3) and (5,): the numbers of elements, 6 and 5, differ",
            lambda: products.vdot((2, 3), (5,)),
        ),
        (
            "cannot take the dot products of (2, 3) and (2, 1): inner dimensions 3 and 1 differ",
            lambda: products.vecdot((2, 3), (2, 1)),
        ),
        (
            "cannot multiply (2, 4, 3) by (5, 3): of the other axes, sizes 2 and 5 on axis -1 differ and neither is 1",
            lambda: products.matvec((2, 4, 3), (5, 3)),
        ),
        (
            "cannot take the dot products of () over axis -1: it has 0 axes",
            lambda: products.vecdot((2, 3), ()),
        ),
        (
            "cannot multiply (3,) by (3,): (3,) is not a matrix",
            lambda: products.matvec((3,), (3,)),
        ),
        (
            "cannot multiply () by (3, 3): () is not a vector",
            lambda: products.vecmat((), (3, 3)),
        ),
        (
            "cannot multiply a chain of 1 array: at least two are wanted",
            lambda: products.multi_dot([(3, 3)]),
        ),
        (
            "cannot multiply (2, 3) and (3,) and (3, 4) in a chain: (3,) is not a matrix",
            lambda: products.multi_dot([(2, 3), (3,), (3, 4)]),
        ),
        (
            "cannot multiply (3, 4) by (5, 6): inner dimensions 4 and 5 differ",
            lambda: products.multi_dot([(2, 3), (3, 4), (5, 6)]),
        ),
        (
            "cannot contract (2, 3) with (4,) over 2 axes: (4,) has 1 axis",
            lambda: products.tensordot((2, 3), (4,)),
        ),
        (
            "cannot contract (2, 3) with (3, 4) over axes (-2, -1) and (0, 1): sizes 2 and 3 differ",
            lambda: products.tensordot((2, 3), (3, 4)),
        ),
        (
            "cannot contract (2, 3) with (3, 4) over axes (1,) and (0, 1): their numbers differ",
            lambda: products.tensordot((2, 3), (3, 4), (1, [0, 1])),
        ),
        (
            "cannot contract (3, 3) with (3, 3) over axes (0, -2) and (0, 1): one axis is given twice",
            lambda: products.tensordot((3, 3), (3, 3), ([0, -2], [0, 1])),
        ),
        (
            "cannot contract (3, 3) over axis 2: it has 2 axes",
            lambda: products.tensordot((3, 3), (3, 3), (2, 0)),
        ),
        (
            "cannot take the cross product of (5, 4) and (5, 3): vectors of 3 are wanted, not of 4",
            lambda: products.cross((5, 4), (5, 3)),
        ),
        (
            "cannot take the cross product of () over axis -1: it has 0 axes",
            lambda: products.cross((), (3,)),
        ),
    ],
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], Shape]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)
