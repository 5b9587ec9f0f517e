"""The shape rules against NumPy on random shapes, against themselves on symbols, and their sentences word for word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from shapedmat import shapes
from shapedmat.dimensions import (
    UNKNOWN,
    Dim,
    Unknown,
    add,
    evaluate,
    floor_divide,
    multiply,
    subtract,
    symbol,
)
from shapedmat.errors import ShapeError
from shapedmat.shapes import Index, Indices, Mask, Shape

Array: TypeAlias = NDArray[Any]

# Whether a case is possible and its rule defined is known only after it is drawn.
searched = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.filter_too_much])

NAMES = ("n", "m", "k")
n, m, k = map(symbol, NAMES)


@dataclass(frozen=True)
class Case:
    """A shape rule with its operands, beside what NumPy computes for arrays of these shapes."""

    rule: Callable[..., Shape]
    numpy: Callable[..., Array]
    operands: tuple[Shape, ...]

    def by_rule(self, operands: tuple[Shape, ...]) -> Shape | None:
        """Return the rule's shape, or None where it raises."""
        try:
            return self.rule(*operands)
        except ShapeError:
            return None

    def by_numpy(self) -> Shape | None:
        """Return the shape of NumPy's result, or None where it raises."""
        try:
            return self.numpy(*self.operands).shape
        except (ValueError, IndexError):
            return None


def operand(pool: Sequence[Dim], low: int = 0, high: int = 4) -> st.SearchStrategy[Shape]:
    """Return shapes with dimensions from a pool, which is small so that operands often fit."""
    return st.lists(st.sampled_from([*pool, 1]), min_size=low, max_size=high).map(tuple)


def zeros(rule: Callable[..., Any], *operands: tuple[int, ...]) -> Array:
    """Call a NumPy function with arrays of zeros."""
    return np.asarray(rule(*map(np.zeros, operands)))


def on_arrays(function: Callable[..., Any]) -> Callable[..., Array]:
    """Return a function that takes shapes in place of arrays."""
    return partial(zeros, function)


AXES = st.integers(-4, 3)
MANY_AXES = st.none() | AXES | st.lists(AXES, max_size=3).map(tuple)
Pool: TypeAlias = Sequence[Dim]
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Cases: TypeAlias = Callable[[Draw, Pool], Case]


def broadcast_case(draw: Draw, pool: Pool) -> Case:
    """Element-wise operations on up to three operands."""
    operands = draw(st.lists(operand(pool, 1), min_size=2, max_size=3) | st.lists(operand(pool), max_size=3))
    return Case(shapes.broadcast, lambda *given: np.empty(np.broadcast_shapes(*given)), tuple(operands))


def in_place_case(draw: Draw, pool: Pool) -> Case:
    """Operations in place."""

    def increase(a: Array, b: Array) -> Array:
        a += b
        return a

    return Case(partial(shapes.assign, action="add"), on_arrays(increase), (draw(operand(pool)), draw(operand(pool))))


def assign_case(draw: Draw, pool: Pool) -> Case:
    """Assignment to every element."""

    def assign(a: Array, b: Array) -> Array:
        a[...] = b
        return a

    return Case(shapes.assign, on_arrays(assign), (draw(operand(pool)), draw(operand(pool))))


def broadcast_to_case(draw: Draw, pool: Pool) -> Case:
    """Broadcasting to a shape."""
    return Case(
        partial(shapes.assign, action="broadcast"),
        on_arrays(lambda a, b: np.broadcast_to(b, a.shape)),
        (draw(operand(pool)), draw(operand(pool))),
    )


def matmul_case(draw: Draw, pool: Pool) -> Case:
    """Products of matrices, of vectors and of stacks of matrices."""
    return Case(shapes.matmul, on_arrays(np.matmul), (draw(operand(pool)), draw(operand(pool))))


def transpose_case(draw: Draw, pool: Pool) -> Case:
    """Transposition."""
    return Case(shapes.transpose, on_arrays(np.transpose), (draw(operand(pool)),))


def vector(a: Array) -> Array:
    """Return a row or a column as a plain vector."""
    if a.ndim == 0 or sum(size != 1 for size in a.shape) > 1:
        raise ValueError(a.shape)
    return a.reshape(-1)


def outer_case(draw: Draw, pool: Pool) -> Case:
    """Outer products of vectors, rows and columns."""
    return Case(
        shapes.outer,
        on_arrays(lambda a, b: np.outer(vector(a), vector(b))),
        (draw(operand(pool, high=2)), draw(operand(pool, high=2))),
    )


def diagonal_case(draw: Draw, pool: Pool) -> Case:
    """Diagonal matrices."""
    return Case(shapes.diagonal, on_arrays(lambda a: np.diag(vector(a))), (draw(operand(pool, high=2)),))


def sum_case(draw: Draw, pool: Pool) -> Case:
    """Sums over one axis, several or all."""
    options: dict[str, Any] = {"axis": draw(MANY_AXES), "keepdims": draw(st.booleans())}
    return Case(partial(shapes.reduce, **options), on_arrays(partial(np.sum, **options)), (draw(operand(pool)),))


def max_case(draw: Draw, pool: Pool) -> Case:
    """Maxima over one axis, several or all."""
    options: dict[str, Any] = {"axis": draw(MANY_AXES), "keepdims": draw(st.booleans())}
    return Case(
        partial(shapes.reduce_nonempty, **options), on_arrays(partial(np.max, **options)), (draw(operand(pool)),)
    )


def argmax_case(draw: Draw, pool: Pool) -> Case:
    """Positions of maxima over one axis or all."""
    options: dict[str, Any] = {"axis": draw(st.none() | AXES), "keepdims": draw(st.booleans())}
    return Case(
        partial(shapes.reduce_nonempty, **options), on_arrays(partial(np.argmax, **options)), (draw(operand(pool)),)
    )


def reshape_case(draw: Draw, pool: Pool) -> Case:
    """Reshaping, with a size that is left to be found in about half of the cases."""
    shape = draw(operand(pool))
    factors = draw(st.permutations(shape))
    cut = draw(st.integers(0, len(factors)))
    regrouped = (shapes.count(tuple(factors[:cut])), *factors[cut:])
    new = list(draw(st.just(regrouped) | operand(pool)))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2]))):
        if new:
            new[draw(st.integers(0, len(new) - 1))] = -1
    return Case(shapes.reshape, lambda a, b: np.zeros(a).reshape(b), (shape, tuple(new)))


def concatenate_case(draw: Draw, pool: Pool) -> Case:
    """Arrays joined along an axis."""
    first = draw(operand(pool, 1))
    axis = draw(st.integers(-len(first), len(first) - 1) | AXES)
    fitting = st.sampled_from([*pool, 1]).map(lambda dim: (*first[:axis], dim, *first[axis:][1:]))
    operands = draw(st.permutations([first, *draw(st.lists(fitting | operand(pool), max_size=2))]))
    if draw(st.integers(0, 9)) == 0:
        operands = []
    return Case(
        lambda *given: shapes.concatenate(given, axis),
        lambda *given: np.concatenate([np.zeros(each) for each in given], axis),
        tuple(operands),
    )


def hstack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays set side by side."""
    operands = draw(st.lists(operand(pool, 2, 2), max_size=3) | st.lists(operand(pool, high=3), max_size=3))
    return Case(shapes.hstack, lambda *given: np.hstack([np.zeros(each) for each in given]), tuple(operands))


def vstack_case(draw: Draw, pool: Pool) -> Case:
    """Arrays set one below the other."""
    operands = draw(st.lists(operand(pool, 2, 2), max_size=3) | st.lists(operand(pool, high=3), max_size=3))
    return Case(shapes.vstack, lambda *given: np.vstack([np.zeros(each) for each in given]), tuple(operands))


BOUNDS = st.none() | st.integers(-4, 4)
BASIC_INDICES: st.SearchStrategy[Index] = st.one_of(
    st.integers(-3, 2),
    st.builds(slice, BOUNDS, BOUNDS, st.none() | st.integers(-3, 3)),
    st.just(slice(None)),
    st.none(),
    st.just(...),
)


def index_case(draw: Draw, pool: Pool) -> Case:
    """Indexing with integers, slices, None and an ellipsis."""
    key: Any = tuple(draw(st.lists(BASIC_INDICES, max_size=4)))
    return Case(partial(shapes.index, key=key), lambda a: np.asarray(np.zeros(a)[key]), (draw(operand(pool)),))


def gather_case(draw: Draw, pool: Pool) -> Case:
    """Indexing with an array of integers, and with what stands before and after it."""
    before, after = (tuple(draw(st.lists(BASIC_INDICES, max_size=2))) for _ in range(2))
    return Case(
        lambda shape, count: shapes.index(shape, (*before, Indices(count), *after)),
        lambda shape, count: np.zeros(shape)[(*before, np.zeros(count, int), *after)],
        (draw(operand(pool)), draw(operand(pool, 1, 1))),
    )


def select_case(draw: Draw, pool: Pool) -> Case:
    """Indexing with a mask, and with what stands before and after it."""
    before, after = (tuple(draw(st.lists(BASIC_INDICES, max_size=2))) for _ in range(2))
    wanted = draw(st.sampled_from(pool))
    return Case(
        lambda shape, count: shapes.index(shape, (*before, Mask(count), *after)),
        lambda shape, count: np.zeros(shape)[(*before, np.arange(count[0]) % 2 > 0, *after)],
        (draw(operand([wanted])), (draw(st.sampled_from([wanted, wanted, *pool])),)),
    )


def exactly(a: Array, shape: tuple[int, ...]) -> Array:
    """Return an array that has this very shape."""
    if a.shape != shape:
        raise ValueError(a.shape)
    return a


def differences_case(draw: Draw, pool: Pool) -> Case:
    """Differences of points from a point, without any other broadcasting."""
    return Case(
        shapes.differences,
        on_arrays(lambda points, point: points - exactly(point, (1, points.shape[1]))),
        (draw(operand(pool, 2, 2)), draw(operand(pool, 2, 2) | operand(pool, high=3))),
    )


def distances_case(draw: Draw, pool: Pool) -> Case:
    """Distances of points from a point."""
    return Case(
        shapes.distances,
        on_arrays(
            lambda points, point: np.linalg.norm(points - exactly(point, (1, points.shape[1])), axis=1, keepdims=True)
        ),
        (draw(operand(pool, 2, 2)), draw(operand(pool, 2, 2))),
    )


def row_norms_case(draw: Draw, pool: Pool) -> Case:
    """Norms of rows."""
    return Case(
        shapes.row_norms,
        on_arrays(partial(np.linalg.norm, axis=1, keepdims=True)),
        (draw(operand(pool, 2, 2)),),
    )


def hadamard_case(draw: Draw, pool: Pool) -> Case:
    """Products without broadcasting."""
    return Case(
        shapes.hadamard, on_arrays(lambda a, b: exactly(a, b.shape) * b), (draw(operand(pool)), draw(operand(pool)))
    )


def along_case(draw: Draw, pool: Pool) -> Case:
    """Operations along an axis."""
    axis = draw(AXES)
    return Case(
        partial(shapes.along, axis=axis, action="flip"), on_arrays(partial(np.flip, axis=axis)), (draw(operand(pool)),)
    )


CASES: tuple[Cases, ...] = (
    broadcast_case,
    in_place_case,
    assign_case,
    broadcast_to_case,
    matmul_case,
    transpose_case,
    outer_case,
    diagonal_case,
    sum_case,
    max_case,
    argmax_case,
    reshape_case,
    concatenate_case,
    hstack_case,
    vstack_case,
    index_case,
    gather_case,
    select_case,
    differences_case,
    distances_case,
    row_norms_case,
    hadamard_case,
    along_case,
)
for_each_rule = pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.__name__.removesuffix("_case"))


def pools(dims: st.SearchStrategy[Dim]) -> st.SearchStrategy[list[Dim]]:
    """Return a few dimensions, from which all operands of a case are made."""
    return st.lists(dims, min_size=1, max_size=3)


def known(shape: Shape, expected: Shape) -> Shape:
    """Return a shape with what is unknown filled in."""
    assert len(shape) == len(expected)
    return tuple(right if isinstance(left, Unknown) else left for left, right in zip(shape, expected, strict=True))


@for_each_rule
@searched
@given(data=st.data())
def test_a_rule_agrees_with_numpy(cases: Cases, data: st.DataObject) -> None:
    """On numbers a rule gives the shape of NumPy's result, and raises where NumPy does; only a mask selects unknown."""
    case = cases(data.draw, data.draw(pools(st.integers(0, 6))))
    # NumPy lets an empty mask pass for an axis of size 1.
    assume(cases is not select_case or case.operands[1] != (0,))
    expected, actual = case.by_numpy(), case.by_rule(case.operands)
    if expected is not None and actual is not None:
        assert (cases is select_case) == (UNKNOWN in actual)
        actual = known(actual, expected)
    assert expected == actual


def expressions(*, rigid: bool) -> st.SearchStrategy[Dim]:
    """Return dimensions in n, m and k, simple ones more often."""
    names: list[Dim] = [symbol(name, rigid=rigid) for name in NAMES]
    simple = [*names, 0, 1, 2, 3, 4]
    combined = [rule(a, b) for rule in (add, multiply) for a in names for b in simple]
    combined += [subtract(a, 1) for a in combined if a != 0]
    combined += [floor_divide(a, b) for a in combined for b in (2, 3)]
    return st.sampled_from(names) | st.sampled_from(simple) | st.sampled_from(combined)


RIGID, FREE = expressions(rigid=True), expressions(rigid=False)


assignments = st.fixed_dictionaries({name: st.integers(1, 7) for name in NAMES})
# The order is that in which sizes are likely to tell expressions apart.
TRIED = [dict(zip(NAMES, sizes, strict=True)) for sizes in product((3, 2, 5, 1, 4, 7, 12), repeat=3)]


def at(operands: tuple[Shape, ...], sizes: dict[str, int]) -> tuple[Shape, ...] | None:
    """Return shapes at given sizes, or None if no array can have them; an inferred -1 is no size and stays."""
    there = tuple(tuple(evaluate(dim, sizes) for dim in shape) for shape in operands)
    pairs = [
        (old, new) for one, other in zip(operands, there, strict=True) for old, new in zip(one, other, strict=True)
    ]
    possible = all(isinstance(new, int) and (new >= 0 or old == new == -1) for old, new in pairs)
    return there if possible else None


def filled(operands: tuple[Shape, ...], data: st.DataObject) -> tuple[Shape, ...]:
    """Return shapes with a number drawn for each unknown dimension."""
    return tuple(
        tuple(data.draw(st.integers(0, 4)) if isinstance(dim, Unknown) else dim for dim in shape) for shape in operands
    )


@for_each_rule
@searched
@given(data=st.data(), sizes=assignments)
def test_a_rule_on_rigid_names_holds_for_all_sizes(cases: Cases, data: st.DataObject, sizes: dict[str, int]) -> None:
    """A shape in names is the shape at any sizes, and an error in names is an error at some sizes.

    Dimensions that are unknown may have any size.
    """
    case = cases(data.draw, data.draw(pools(RIGID | st.just(UNKNOWN))))
    symbolic = case.by_rule(case.operands)
    operands = filled(case.operands, data)
    if symbolic is None:
        possible = (there for tried in TRIED if (there := at(operands, tried)))
        first = next(possible, None)
        assume(first is not None)
        assert first is not None
        assert any(case.by_rule(there) is None for there in chain([first], possible))
    else:
        there = at(operands, sizes)
        assume(there is not None)
        assert there is not None
        expected = case.by_rule(there)
        assume(expected is not None)
        assert expected is not None
        assert expected == known(tuple(evaluate(dim, sizes) for dim in known(symbolic, expected)), expected)


@for_each_rule
@searched
@given(data=st.data(), sizes=assignments)
def test_a_rule_on_other_names_refuses_what_no_sizes_allow(
    cases: Cases, data: st.DataObject, sizes: dict[str, int]
) -> None:
    """An error in names that are not rigid is an error at all sizes, whatever else is unknown."""
    case = cases(data.draw, data.draw(pools(FREE | st.just(UNKNOWN))))
    there = at(filled(case.operands, data), sizes)
    assume(there is not None)
    assert there is not None
    assert case.by_rule(case.operands) is not None or case.by_rule(there) is None


@for_each_rule
@searched
@given(data=st.data())
def test_unknown_dimensions_may_have_any_size(cases: Cases, data: st.DataObject) -> None:
    """A dimension that is known beside unknown ones is right, and an error is one, whatever the unknown ones are."""
    case = cases(data.draw, data.draw(pools(st.integers(0, 6) | st.just(UNKNOWN))))
    partial_result, complete = case.by_rule(case.operands), case.by_rule(filled(case.operands, data))
    assert partial_result is not None or complete is None
    if partial_result is not None and complete is not None:
        assert complete == known(partial_result, complete)


def test_no_operands_broadcast_to_a_scalar() -> None:
    """Broadcasting nothing is no error, as in NumPy."""
    expected: Shape = ()
    assert expected == shapes.broadcast()


@pytest.mark.parametrize(
    ("expected", "operands"),
    [
        ((n, m), ((n, 1), (1, m))),
        ((n, 3), ((n, UNKNOWN), (n, 3))),
        ((n, UNKNOWN), ((n, UNKNOWN), (n, m))),
        ((n, m), ((n, 1), (m,))),
        ((UNKNOWN,), ((symbol("batch", rigid=False),), (add(symbol("batch", rigid=False), 1),))),
        ((3,), ((symbol("batch", rigid=False),), (3,))),
    ],
)
def test_broadcast_of_names(expected: Shape, operands: tuple[Shape, ...]) -> None:
    """A size that may be 1 settles nothing, and a number other than 1 does."""
    assert expected == shapes.broadcast(*operands)


def test_sizes_that_are_never_both_other_than_1_broadcast() -> None:
    """One of 1 + n%2 and 2 - n%2 is always 1, so that the sizes differ at every n and fit at every n."""
    remainder = subtract(n, multiply(2, floor_divide(n, 2)))
    expected = (UNKNOWN,)
    assert expected == shapes.broadcast((add(1, remainder),), (subtract(2, remainder),))


def test_a_product_of_names() -> None:
    """Products of matrices are checked by name."""
    expected = (n, k)
    assert expected == shapes.matmul((n, m), (m, k))


@pytest.mark.parametrize(
    ("expected", "shape", "new"),
    [
        ((n, multiply(4, m)), (n, 4, m), (n, -1)),
        ((multiply(n, m),), (n, m), (-1,)),
        ((floor_divide(n, 2), 2), (n,), (-1, 2)),
        ((UNKNOWN, 2), (n, UNKNOWN), (-1, 2)),
        ((n, m, 1), (n, m), (n, m, 1)),
    ],
)
def test_reshape_of_names(expected: Shape, shape: Shape, new: Shape) -> None:
    """The size for -1 is found by division, exact where it can be."""
    assert expected == shapes.reshape(shape, new)


@given(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0), *[st.sampled_from(["i1", "f2", "f4", "f8", "c16"])] * 2)
def test_view(shape: tuple[int, ...], own: str, other: str) -> None:
    """A view's last axis has as many bytes as before, or there is none such."""
    array = np.zeros(shape, own)
    sizes = np.dtype(own).itemsize, np.dtype(other).itemsize
    try:
        expected = array.view(other).shape
    except ValueError:
        with pytest.raises(ShapeError, match=r"^cannot view "):
            shapes.view(shape, *sizes)
    else:
        assert expected == shapes.view(shape, *sizes)


@pytest.mark.parametrize(
    ("expected", "dim", "key"),
    [
        (n, n, slice(None)),
        (n, n, slice(None, None, -1)),
        (subtract(n, 1), n, slice(1, None)),
        (subtract(n, 1), n, slice(None, -1)),
        (1, n, slice(-1, None)),
        (1, n, slice(1)),
        (0, n, slice(0)),
        (UNKNOWN, n, slice(2, None)),
        (UNKNOWN, n, slice(1, -1)),
        (UNKNOWN, n, slice(5)),
        (UNKNOWN, n, slice(3, 0, -1)),
        (UNKNOWN, subtract(n, 1), slice(1, None)),
        (subtract(n, 1), add(n, 1), slice(1, -1)),
        (subtract(n, 1), add(n, 1), slice(2, None)),
        (2, add(n, 1), slice(-2, None)),
        (0, add(n, 1), slice(-1, 1)),
        (floor_divide(add(n, 1), 2), n, slice(None, None, 2)),
        (floor_divide(add(n, 2), 3), n, slice(None, None, -3)),
        (floor_divide(n, 2), n, slice(1, None, 2)),
        (UNKNOWN, UNKNOWN, slice(1, None)),
        (2, 5, slice(1, -1, 2)),
    ],
    ids=str,
)
def test_slice_length(expected: Dim, dim: Dim, key: slice) -> None:
    """A slice of a named size has a known length where the bounds are certain to lie on the axis."""
    assert expected == shapes.slice_length(dim, key)


@pytest.mark.parametrize(
    ("expected", "key"),
    [
        ((2, 7, 5), (slice(None), Indices((7,)), 0)),
        ((2, 7, 5), (slice(None), 0, Indices((7,)))),
        ((7, 2, 4), (slice(None), Indices((7,)), slice(None), 0)),
        ((7, 1, 4, 5), (0, None, Indices((7,)))),
        ((7, 2, 3), (slice(None), slice(None), 0, ..., Indices((7,)))),
        ((UNKNOWN, 2, 4), (slice(None), 0, slice(None), Mask((5,)))),
    ],
)
def test_where_the_axis_of_an_array_goes(expected: Shape, key: tuple[Index, ...]) -> None:
    """An array's axis stays in its place, unless something separates the array from an integer."""
    assert expected == shapes.index((2, 3, 4, 5), key)


@pytest.mark.parametrize(
    ("expected", "shape"),
    [(5, (5,)), (n, (n, 1)), (n, (1, n)), (1, (1, 1)), (3, (3, UNKNOWN)), (UNKNOWN, (n, UNKNOWN)), (0, (0, 1))],
)
def test_the_length_of_a_vector(expected: Dim, shape: Shape) -> None:
    """A row and a column are as long as their one size that is not 1, or as the one that is known not to be."""
    assert (expected, expected) == shapes.diagonal(shape)


def test_concatenation_adds_names() -> None:
    """Sizes on the axis are added, and a known size completes an unknown one."""
    expected = (add(n, 3), 4)
    assert expected == shapes.concatenate([(n, UNKNOWN), (3, 4)])


@pytest.mark.parametrize(("expected", "shape"), [("()", ()), ("(n + 1,)", (add(n, 1),)), ("(?, 3)", (UNKNOWN, 3))])
def test_shapes_are_shown_as_python_writes_tuples(expected: str, shape: Shape) -> None:
    """A single size keeps its comma."""
    assert expected == shapes.show(shape)


@pytest.mark.parametrize(
    ("sentence", "refused"),
    [
        (
            "cannot broadcast (5, 2) and (3, 3): sizes 2 and 3 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((5, 2), (3, 3)),
        ),
        (
            "cannot broadcast (5, 1) and (3, 3): sizes 5 and 3 on axis -2 differ and neither is 1",
            lambda: shapes.broadcast((5, 1), (3, 3)),
        ),
        (
            "cannot broadcast (5, 4) and (2,): sizes 4 and 2 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((5, 1), (4,), (2,)),
        ),
        (
            "cannot add (n,) and (n + 1,): sizes n and n + 1 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((n,), (add(n, 1),), action="add"),
        ),
        (
            "cannot subtract (3,) from (2,): sizes 2 and 3 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((2,), (3,), action="subtract"),
        ),
        (
            "cannot multiply (2,) by (3,): sizes 2 and 3 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((2,), (3,), action="multiply"),
        ),
        (
            "cannot divide (2,) by (3,): sizes 2 and 3 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((2,), (3,), action="divide"),
        ),
        (
            "cannot compare (2,) and (0,): sizes 2 and 0 on axis -1 differ and neither is 1",
            lambda: shapes.broadcast((2,), (0,), action="compare"),
        ),
        (
            "cannot assign (5, 2) to (5, 1): sizes 2 and 1 on axis -1 differ",
            lambda: shapes.assign((5, 1), (5, 2)),
        ),
        (
            "cannot assign (2, 3) to (3,): 1 axis too many",
            lambda: shapes.assign((3,), (2, 3)),
        ),
        (
            "cannot broadcast (1, 1, 3) to (3,): 2 axes too many",
            lambda: shapes.assign((3,), (1, 1, 3), action="broadcast"),
        ),
        (
            "cannot add (5, 2) to (5, 1) in place: sizes 2 and 1 on axis -1 differ",
            lambda: shapes.assign((5, 1), (5, 2), action="add"),
        ),
        (
            "cannot subtract (5, 2) from (5, 1) in place: sizes 2 and 1 on axis -1 differ",
            lambda: shapes.assign((5, 1), (5, 2), action="subtract"),
        ),
        (
            "cannot multiply (5, 1) by (4, 1) in place: sizes 4 and 5 on axis -2 differ",
            lambda: shapes.assign((5, 1), (4, 1), action="multiply"),
        ),
        (
            "cannot divide (3,) by (1, 3) in place: 1 axis too many",
            lambda: shapes.assign((3,), (1, 3), action="divide"),
        ),
        (
            "cannot multiply (5, 2) by (3, 3): inner dimensions 2 and 3 differ",
            lambda: shapes.matmul((5, 2), (3, 3)),
        ),
        (
            "cannot multiply (n, m) by (n, k): inner dimensions m and n differ",
            lambda: shapes.matmul((n, m), (n, k)),
        ),
        (
            "cannot multiply (2,) by (3,): inner dimensions 2 and 3 differ",
            lambda: shapes.matmul((2,), (3,)),
        ),
        (
            "cannot multiply () by (3,): a scalar has no inner dimension, use * instead",
            lambda: shapes.matmul((), (3,)),
        ),
        (
            "cannot multiply (2, 3, 4) by (5, 4, 6): sizes 2 and 5 on axis -3 differ and neither is 1",
            lambda: shapes.matmul((2, 3, 4), (5, 4, 6)),
        ),
        (
            "cannot take the outer product of (2, 3): a row or a column is wanted",
            lambda: shapes.outer((4, 1), (2, 3)),
        ),
        (
            "cannot take the outer product of (): a row or a column is wanted",
            lambda: shapes.outer((), (4, 1)),
        ),
        (
            "cannot take the outer product of (2, 3, ?): a row or a column is wanted",
            lambda: shapes.outer((2, 3, UNKNOWN), (4, 1)),
        ),
        (
            "cannot make a diagonal of (2, 3): a row or a column is wanted",
            lambda: shapes.diagonal((2, 3)),
        ),
        (
            "cannot sum (5, 2) over axis 2: it has 2 axes",
            lambda: shapes.reduce((5, 2), 2, action="sum"),
        ),
        (
            "cannot reduce (5,) over axis -2: it has 1 axis",
            lambda: shapes.reduce((5,), (0, -2)),
        ),
        (
            "cannot reduce (5, 2) over axes (0, -2): one axis is given twice",
            lambda: shapes.reduce((5, 2), (0, -2)),
        ),
        (
            "cannot take the maximum of (0, 3) over axis 0: its size is 0",
            lambda: shapes.reduce_nonempty((0, 3), action="take the maximum of"),
        ),
        (
            "cannot take the maximum of (3, 0) over axis -1: its size is 0",
            lambda: shapes.reduce_nonempty((3, 0), -1, action="take the maximum of"),
        ),
        (
            "cannot take the softmax of (3,) over axis 1: it has 1 axis",
            lambda: shapes.along((3,), 1, action="take the softmax of"),
        ),
        (
            "cannot reshape (6, 4) to (5, 5): the numbers of elements, 24 and 25, differ",
            lambda: shapes.reshape((6, 4), (5, 5)),
        ),
        (
            "cannot reshape (n, 2) to (n, 3): the numbers of elements, 2*n and 3*n, differ",
            lambda: shapes.reshape((n, 2), (n, 3)),
        ),
        (
            "cannot reshape (6, 4) to (5, -1): the number of elements, 24, is not a multiple of 5",
            lambda: shapes.reshape((6, 4), (5, -1)),
        ),
        (
            "cannot reshape (0, 3) to (0, -1): -1 cannot be found beside a size of 0",
            lambda: shapes.reshape((0, 3), (0, -1)),
        ),
        (
            "cannot reshape (6, 4) to (-1, 2, -1): only one dimension can be -1",
            lambda: shapes.reshape((6, 4), (-1, 2, -1)),
        ),
        (
            "cannot reshape (6,) to (-2, -3): a size cannot be negative",
            lambda: shapes.reshape((6,), (-2, -3)),
        ),
        (
            "cannot concatenate nothing: at least one array is wanted",
            lambda: shapes.concatenate([]),
        ),
        (
            "cannot concatenate (5, 2) over axis 2: it has 2 axes",
            lambda: shapes.concatenate([(5, 2), (5, 2)], 2),
        ),
        (
            "cannot concatenate (5, 2) and (3, 4) on axis 0: sizes 2 and 4 on axis 1 differ",
            lambda: shapes.concatenate([(5, 2), (3, 4)]),
        ),
        (
            "cannot concatenate (3, 4) and (3, 5) on axis 0: sizes 4 and 5 on axis 1 differ",
            lambda: shapes.concatenate([(5, UNKNOWN), (3, 4), (3, 5)]),
        ),
        (
            "cannot concatenate (5, 2) and (3,) on axis 0: one has 2 axes and the other 1",
            lambda: shapes.concatenate([(5, 2), (3,)]),
        ),
        (
            "cannot concatenate (3,) and (5, 2) on axis 0: one has 1 axis and the other 2",
            lambda: shapes.concatenate([(3,), (5, 2)]),
        ),
        (
            "cannot hstack (5, 2) and (3, 2) on axis 1: sizes 5 and 3 on axis 0 differ",
            lambda: shapes.hstack((5, 2), (3, 2)),
        ),
        (
            "cannot vstack (5, 2) and (5, 3) on axis 0: sizes 2 and 3 on axis 1 differ",
            lambda: shapes.vstack((5, 2), (5, 3)),
        ),
        (
            "cannot hstack nothing: at least one array is wanted",
            shapes.hstack,
        ),
        (
            "cannot index (5, 4) with 3 indices: it has 2 axes",
            lambda: shapes.index((5, 4), (0, 0, 0)),
        ),
        (
            "cannot index () with 1 index: it has 0 axes",
            lambda: shapes.index((), (0,)),
        ),
        (
            "cannot index (5, 4) with more than one ellipsis",
            lambda: shapes.index((5, 4), (..., 0, ...)),
        ),
        (
            "cannot index (5, 4) with 4 on axis 1: its size is 4",
            lambda: shapes.index((5, 4), (0, 4)),
        ),
        (
            "cannot index (5, 4) with -6 on axis 0: its size is 5",
            lambda: shapes.index((5, 4), (-6,)),
        ),
        (
            "cannot index (0, 4) with 3 integers on axis 0: its size is 0",
            lambda: shapes.index((0, 4), (Indices((3,)),)),
        ),
        (
            "cannot index (5, n) with a mask of m on axis 1: a mask of n is wanted",
            lambda: shapes.index((5, n), (0, Mask((m,)))),
        ),
        (
            "cannot slice with a step of 0",
            lambda: shapes.index((n, 4), (slice(None, None, 0),)),
        ),
        (
            "cannot compare the rows of (100, 3) with (1, 2): a point of (1, 3) is wanted",
            lambda: shapes.differences((100, 3), (1, 2)),
        ),
        (
            "cannot compare the rows of (100, 3) with (3,): a point of (1, 3) is wanted",
            lambda: shapes.distances((100, 3), (3,)),
        ),
        (
            "cannot compare the rows of (3,) with (1, 3): a matrix of points is wanted",
            lambda: shapes.differences((3,), (1, 3)),
        ),
        (
            "cannot take the norms of the rows of (3,): a matrix of points is wanted",
            lambda: shapes.row_norms((3,)),
        ),
        (
            "cannot take the Hadamard product of (5, 2) and (5, 1): the shapes differ",
            lambda: shapes.hadamard((5, 2), (5, 1)),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_sentence_of_an_error(sentence: str, refused: Callable[[], Shape]) -> None:
    """An error names the shapes and what does not fit."""
    with pytest.raises(ShapeError) as caught:
        refused()
    assert sentence == str(caught.value)
