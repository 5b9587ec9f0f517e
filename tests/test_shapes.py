"""The shape rules against NumPy on random shapes, against themselves on symbols, and their sentences word for word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
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
    operands = draw(st.lists(operand(pool), max_size=3))
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
    rank = draw(st.integers(0, 4))
    operands = draw(st.lists(operand(pool, rank, rank) | operand(pool), max_size=3))
    axis = draw(AXES)
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
        lambda shape, count: shapes.index(shape, (*before, Indices(count[0]), *after)),
        lambda shape, count: np.zeros(shape)[(*before, np.zeros(count, int), *after)],
        (draw(operand(pool)), draw(operand(pool, 1, 1))),
    )


def select_case(draw: Draw, pool: Pool) -> Case:
    """Indexing with a mask, and with what stands before and after it."""
    before, after = (tuple(draw(st.lists(BASIC_INDICES, max_size=2))) for _ in range(2))
    return Case(
        lambda shape, count: shapes.index(shape, (*before, Mask(count[0]), *after)),
        lambda shape, count: np.zeros(shape)[(*before, np.arange(count[0]) % 2 > 0, *after)],
        (draw(operand(pool)), draw(operand(pool, 1, 1))),
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
    expected, actual = case.by_numpy(), case.by_rule(case.operands)
    if expected is not None and actual is not None:
        assert (cases is select_case) == (UNKNOWN in actual)
        actual = known(actual, expected)
    assert expected == actual


def combined(a: Dim, b: Dim, number: int) -> st.SearchStrategy[Dim]:
    """Return a sum, a product, a difference or a quotient."""
    return st.sampled_from([add(a, b), multiply(a, b), add(a, number), subtract(a, 1), floor_divide(a, number)])


def expressions(*, rigid: bool) -> st.SearchStrategy[Dim]:
    """Return dimensions in n, m and k, simple ones more often."""
    names = st.sampled_from([symbol(name, rigid=rigid) for name in NAMES])
    simple = names | st.integers(0, 4)
    return st.one_of(
        names, simple, st.tuples(simple, simple, st.integers(1, 3)).flatmap(lambda parts: combined(*parts))
    )


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
    dims = expressions(rigid=True) | st.just(UNKNOWN)
    case = cases(data.draw, data.draw(pools(dims)))
    symbolic = case.by_rule(case.operands)
    operands = filled(case.operands, data)
    if symbolic is None:
        possible = [there for tried in TRIED if (there := at(operands, tried))]
        assume(possible)
        assert any(case.by_rule(there) is None for there in possible)
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
    dims = expressions(rigid=False) | st.just(UNKNOWN)
    case = cases(data.draw, data.draw(pools(dims)))
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
