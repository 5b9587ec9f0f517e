"""Arguments and results in structures; what belongs to the signature of a call; guards."""

from __future__ import annotations

import copy
import enum
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial, wraps
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapedmat import JitError, Matrix, jit, sigmoid
from shapedmat.compiler import trace
from shapedmat.compiler.arguments import read
from shapedmat.compiler.guards import guard
from tests.compiler.comparison import assert_same, assert_traced_is_eager, run_traced


@dataclass
class Layer:
    """A layer with two matrices, a number and a static value."""

    w: Any
    b: Any
    rate: float = 0.5
    name: str = "layer"

    def forward(self, x: Any) -> Any:
        """Return the layer of x."""
        return sigmoid(self.w @ x + self.b)


@dataclass(frozen=True)
class Frozen:
    """What cannot be changed."""

    w: Any
    layers: tuple[Any, ...] = ()


@dataclass(slots=True)
class Slotted:
    """What has no dictionary."""

    w: Any
    count: int = 0
    made: bool = field(init=False, default=True)


class Pair(NamedTuple):
    """Two values by name."""

    first: Any
    second: Any


class Color(enum.Enum):
    """A static value."""

    RED = 1
    BLUE = 2


def layer(seed: int = 0) -> Layer:
    """Return a layer of 3 inputs and 2 outputs."""
    return Layer(Matrix.random(2, 3, seed), Matrix.random(2, 1, seed + 1))


x = Matrix.random(3, 4, 5)


# --- structures of arguments and results ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (lambda layer, x: layer.forward(x), (layer(), x)),
        (Layer.forward, (layer(), x)),
        (lambda frozen, x: frozen.layers[1].forward(x) + frozen.layers[0].rate, (Frozen(x, (layer(), layer(2))), x)),
        (lambda pair: pair.first @ pair.second, (Pair(layer().w, x),)),
        (lambda pair: Pair(pair.second * 2, pair), (Pair(layer().w, x),)),
        (lambda each: {name: value * 2 for name, value in each.items()}, ({"a": x, "b": 1.5, (1, 2): 3, None: x},)),
        (lambda each: [value * 2 for value in each], ([x, 2.5, 3, np.float32(1)],)),
        (lambda slotted: Slotted(slotted.w * 2, slotted.count + 1), (Slotted(x),)),
        (lambda color, x: x if color is Color.RED else x * 2, (Color.BLUE, x)),
        (lambda function, x: function(x), (sigmoid, x)),
        (lambda function, x: function(x), (partial(operator.mul, 2), x)),
        (lambda function, x: function(x, x), (operator.add, x)),
        (lambda dtype, x: x.astype(dtype), (np.float64, x)),
        (lambda part, x: x[part], (slice(1, None), x)),
        (lambda places, x: x[places], ([1, 0], x)),
        (lambda a, b: (a, b, (), [], {}, None), (x, 1)),
        (lambda: (Matrix.ones(2, 2), 1.5), ()),
        (lambda *arguments: arguments, (x, 1.5, "a", layer())),
    ],
)
def test_structures(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Matrices and numbers are found in dataclasses, tuples, lists and dicts, and are returned in them."""
    assert_traced_is_eager(function, *arguments)


def test_keywords() -> None:
    """Arguments are given by name, too, in any order, and may be left to their defaults."""

    def function(a: Any, b: Any, *, scale: float = 2.0, **more: Any) -> Any:
        return a * scale - b, more

    assert_traced_is_eager(function, x, b=x)
    assert_traced_is_eager(function, scale=0.5, b=x + 1, a=x, z=1.5, y=x)


def test_object_is_untouched_while_it_is_traced() -> None:
    """The function gets copies: what fails changes nothing."""

    def fail(layer: Layer, items: list[Any]) -> None:
        layer.w -= 1
        layer.b = layer.w
        items.clear()
        raise KeyError

    given, items = layer(), [x]
    before = copy.deepcopy(given)
    with pytest.raises(KeyError):
        trace(fail, (given, items), {})
    assert_same(before, given)
    assert (1, True) == (len(items), items[0] is x)


# --- what a function puts into its arguments --------------------------------------------------------------------------


def bind_field(layer: Any, items: list[Any], named: dict[str, Any]) -> Any:
    """A field gets another matrix, and one that is returned, too."""
    layer.w = layer.w * 2
    layer.b -= 1
    return layer.w


def bind_numbers(layer: Any, items: list[Any], named: dict[str, Any]) -> None:
    """Fields get numbers and static values."""
    layer.rate = layer.rate * 0.5
    layer.name += "!"
    named["count"] += 1


def exchange(layer: Any, items: list[Any], named: dict[str, Any]) -> None:
    """Fields exchange the caller's own matrices."""
    layer.w, items[0] = items[0], layer.w


def change_list(layer: Any, items: list[Any], named: dict[str, Any]) -> Any:
    """A list grows and shrinks."""
    items.append(layer.w + 1)
    del items[0]
    items.insert(0, {"new": [layer.w * 2]})
    return items


def change_dict(layer: Any, items: list[Any], named: dict[str, Any]) -> Any:
    """A dict gets other keys."""
    named["w"] = named.pop("x") + 1
    named["layer"] = layer
    return layer, named


def change_shared(layer: Any, items: list[Any], named: dict[str, Any]) -> None:
    """A matrix that stands in two places is one."""
    items[0] += 1
    named["x"] *= 2


@pytest.mark.parametrize("function", [bind_field, bind_numbers, exchange, change_list, change_dict, change_shared])
def test_changed_structures(function: Callable[..., Any]) -> None:
    """What a function binds to fields, and puts into lists and dicts, is there after the call."""
    shared = x.copy()
    assert_traced_is_eager(function, layer(), [shared, 1.5], {"x": shared, "count": 1})


def test_identity() -> None:
    """Arguments and parts of them that are returned or exchanged are the caller's own, also twice."""
    given, items, named = layer(), [x], {"x": x}
    before = given.w
    result = run_traced(lambda *each: (*each, each[0].w), given, items, named)
    assert [True] * 4 == [a is b for a, b in zip(result, (given, items, named, given.w), strict=True)]
    run_traced(exchange, given, items, named)
    assert (True, True) == (given.w is x, items[0] is before)


def test_result_is_one_matrix() -> None:
    """A new matrix that is bound and returned is one, and so is one that is returned twice."""
    given = layer()
    assert run_traced(bind_field, given, [], {}) is given.w
    y, pair = run_traced(lambda a: (y := a + 1, [y, y]), x)
    assert y is pair[0] is pair[1]


def test_result_owns_its_memory() -> None:
    """A result that is a view, or a copy of an argument, shares no memory with it."""
    results = run_traced(lambda a: (a.T, a[1:], a.copy(), a.reshape(4, 3)), x)
    assert not any(np.shares_memory(each.numpy(), x.numpy()) for each in results)


def test_one_object_twice() -> None:
    """An object that is given twice is one within the function."""

    def both(a: Layer, b: Layer) -> Any:
        a.w = a.w + 1
        b.b += 1
        return a is b, b.w, a.b

    given = layer()
    expected = copy.deepcopy(given)
    assert_same(both(expected, expected), run_traced(both, given, given))
    assert_same(expected, given)


def test_one_array_in_two_matrices() -> None:
    """Two matrices over one array change together."""

    def both(a: Any, b: Any) -> Any:
        a += 1
        return b * 2, a is b

    array = np.ones((2, 3), np.float32)
    result, same = run_traced(both, Matrix.from_array(array), Matrix.from_array(array))
    assert (4, False, 2) == (result[0, 0], same, array[0, 0])


# --- signatures and guards --------------------------------------------------------------------------------------------


def signature(*arguments: Any, **keywords: Any) -> Any:
    """Return the signature of a call."""
    return read("f", arguments, keywords, ()).signature


@jit
def compiled(m: Any) -> Any:
    """Return twice the matrix."""
    return 2 * m


class Text(enum.StrEnum):
    """A str that is more than one."""

    ONE = "1"


@dataclass
class Beside:
    """A dataclass that holds more than its field."""

    w: Any

    def __post_init__(self) -> None:
        self.scale = 5.0


def beside(scale: Any, **more: Any) -> Beside:
    """Return a dataclass that holds more than its field, under any name."""
    made = Beside(x)
    made.scale = scale
    for name, value in more.items():
        setattr(made, name, value)
    return made


@dataclass
class Cached:
    """A dataclass that computes a property once."""

    w: Any

    @cached_property
    def doubled(self) -> Any:
        """Twice the matrix."""
        return self.w * 2


@dataclass(init=False)
class Slots:
    """A dataclass with a slot that is for no field."""

    __slots__ = ("more", "w")
    w: Any

    def __init__(self, w: Any, *more: Any) -> None:
        self.w = w
        if more:
            (self.more,) = more


def strided() -> Matrix[Any, Any, Any]:
    """Return a matrix that is not contiguous."""
    return Matrix.from_array(np.zeros((3, 8), np.float32)[:, ::2])


shared = Matrix.random(3, 4, 1)
both = layer()
DIFFERENT: list[tuple[Any, ...]] = [
    (),
    (x,),
    (x, x),
    (x, shared),
    (Matrix.random(3, 5),),
    (x.astype(np.float64),),
    (x.astype(np.int32),),
    (Matrix.from_array(np.asfortranarray(x.numpy())),),
    (strided(),),
    (Matrix.from_array(np.zeros((6, 4), np.float32)[::2]),),
    (Matrix.from_array(np.broadcast_to(np.float32(1), (3, 4))),),
    (Matrix.from_array(np.zeros(49, np.uint8)[1:].view(np.float32).reshape(3, 4)),),
    (1.5,),
    (np.float32(1.5),),
    (np.float64(1.5),),
    (1,),
    (2,),
    (True,),
    (np.int64(1),),
    ("1",),
    (None,),
    ((x,),),
    ([x],),
    ([x, x],),
    ([x, shared],),
    ({"a": x},),
    ({"b": x},),
    (Pair(x, 1),),
    ((x, 1),),
    (Pair(x, 2),),
    (both,),
    (Layer(both.w, both.w),),
    (Layer(both.w, both.b, 0.5, "other"),),
    (Layer(both.w, both.b, np.float64(0.5)),),
    (both, both),
    (both, layer()),
    (Frozen(x),),
    (Slotted(x),),
    (sigmoid,),
    (len,),
    (np.float32,),
    (slice(1),),
    (slice(2),),
    (frozenset({1}),),
    (frozenset({1.0}),),
    (frozenset({True}),),
    (frozenset({0.0}),),
    (frozenset({-0.0}),),
    (frozenset({(1,)}),),
    (frozenset({(1.0,)}),),
    (frozenset([0, 8]),),
    (frozenset([8, 0]),),
    (range(0, 5, 2),),
    (range(0, 6, 2),),
    (complex(1, 0.0),),
    (complex(1, -0.0),),
    (np.complex64(1),),
    (Decimal("1.0"),),
    (Decimal("1.00"),),
    (np.datetime64("2020"),),
    (np.datetime64("2020-01"),),
    ({1: 1},),
    ({1.0: 1},),
    ({True: 1},),
    ({(1, 2): 1},),
    ({(1, 2.0): 1},),
    ({0.0: 1},),
    ({-0.0: 1},),
    ({"1": 1},),
    ({Text("1"): 1},),
    (compiled,),
    (beside(2.0),),
    (beside("2"),),
    (beside("3"),),
    (beside(2.0, other=x),),
    (Cached(x),),
    (Slots(x),),
    (Slots(x, 1.0),),
    ([x, [shared]],),
    (
        x,
        shared,
        Matrix.random(3, 4, 2),
        Matrix.random(3, 4, 3),
    ),
    (x, shared, x, Matrix.random(3, 4, 3)),
]


@pytest.mark.parametrize("place", range(len(DIFFERENT)))
def test_guard(place: int) -> None:
    """A guard passes the calls that have its signature, and only them."""
    found = guard(signature(*DIFFERENT[place]))
    passed = [other for other, arguments in enumerate(DIFFERENT) if found(arguments, {}) is not None]
    own = signature(*DIFFERENT[place])
    assert [place] == passed == [other for other, arguments in enumerate(DIFFERENT) if signature(*arguments) == own]


@pytest.mark.parametrize("place", range(len(DIFFERENT)))
def test_guard_returns_leaves(place: int) -> None:
    """A guard returns the arrays and numbers as reading does."""
    reading = read("f", DIFFERENT[place], {}, ())
    leaves = guard(reading.signature)(DIFFERENT[place], {})
    assert leaves is not None
    assert [True] * len(leaves) == [a is b for a, b in zip(reading.leaves, leaves, strict=True)]


def test_signatures_are_keys() -> None:
    """Signatures are hashable, and equal for other matrices and numbers of the same kind."""
    one, other = (layer(), [x], 1.5), (layer(7), [x + 1], 2.5)
    assert {signature(*one): 1} == {signature(*other): 1}
    leaves = guard(signature(*one))(other, {})
    assert leaves is not None
    assert (5, 2.5) == (len(leaves), leaves[-1])


def test_guard_of_keywords() -> None:
    """A guard looks at the names of arguments, in any order."""

    def function(first: Any, a: Any = None, *, b: float) -> None: ...

    found = guard(trace(function, (x,), {"b": 1.5, "a": layer()}).signature)
    both = layer(3)
    assert found((x,), {"a": both, "b": 2.5}) is not None
    assert found((x,), {"b": 2.5, "a": both}) is not None
    assert found((x,), {"b": 2.5, "c": both}) is None
    assert found((x,), {"b": 2.5}) is None
    assert found((x, both), {"b": 2.5}) is None


trees = st.recursive(
    st.one_of(
        st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 3])).map(lambda shape: Matrix.zeros(*shape)),
        st.sampled_from([1.5, 1, True, None, "a", np.float32(2)]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.builds(Layer, inner, inner),
        st.builds(Frozen, inner),
        st.builds(Pair, inner, inner),
    ),
    max_leaves=8,
)


@given(one=trees, other=trees)
def test_guards_of_random_structures(one: Any, other: Any) -> None:
    """A guard passes a structure exactly if the signatures are equal, whatever the structures."""
    found = guard(signature(one))
    assert found((one,), {}) is not None
    assert (signature(one) == signature(other)) == (found((other,), {}) is not None)


@given(tree=trees)
def test_random_structures_are_returned(tree: Any) -> None:
    """A structure goes through a function, and back."""
    assert_traced_is_eager(lambda each: [each, (each,)], tree)


def test_names() -> None:
    """Inputs have the names by which the program writes them."""

    def function(layers: Any, named: Any, *more: Any, rate: float) -> None: ...

    traced = trace(function, ([layer()], {"a": x, 2: x + 1}, (x + 2,)), {"rate": 0.5})
    expected = "layers[0].w", "layers[0].b", "layers[0].rate", "named['a']", "named[2]", "argument_2[0]", "rate"
    assert expected == traced.names


# --- what is told apart -----------------------------------------------------------------------------------------------


def test_order_of_keywords() -> None:
    """A function that gathers keywords gets them in the order of the call."""
    one, other = Matrix.full(2, 2, 1.0), Matrix.full(2, 2, 3.0)

    @jit
    def difference(c: float, **keywords: Any) -> Any:
        first, second = keywords.values()
        return first - second * c

    expected = [-2.0, 2.0, -2.0, 2.0]
    calls = [
        difference(a=one, b=other, c=1.0),
        difference(b=other, a=one, c=1.0),
        difference(c=1.0, a=one, b=other),
        difference(b=other, c=1.0, a=one),
    ]
    assert expected == [float(each[0, 0]) for each in calls]


def test_order_of_keywords_of_a_wrapper() -> None:
    """A function that wraps another one gets all keywords in the order of the call, whatever the other's names are."""

    def inner(a: Any, b: Any) -> Any: ...

    @jit
    @wraps(inner)
    def difference(**keywords: Any) -> Any:
        first, second = keywords.values()
        return first - second

    one, other = Matrix.full(2, 2, 1.0), Matrix.full(2, 2, 3.0)
    assert (-2, 2) == (difference(a=one, b=other)[0, 0], difference(b=other, a=one)[0, 0])


@pytest.mark.parametrize("given", [frozenset({1}), frozenset({1.0}), (1,), {1: 0}, {1.0: 0}, {True: 0}])
def test_values_that_are_equal(given: Any) -> None:
    """A value that equals one of an earlier call, but is of another type within, is compiled for."""
    first = jit(lambda values: next(iter(values)))
    first(frozenset({True}))
    first({1 + 0j: 0})
    assert type(next(iter(given))) is type(first(given))


def test_compiled_function_as_argument() -> None:
    """A compiled function is static, as a function is."""
    assert_traced_is_eager(lambda function, m: function(m), compiled, x)


def test_attributes_beside_fields() -> None:
    """What a dataclass holds beside its fields is in it as they are, also if it is looked for with a default."""

    def scaled(each: Any) -> Any:
        return each.w * getattr(each, "scale", 1.0) + hasattr(each, "more")

    compiled_once: Any = jit(scaled)
    objects = [Beside(x), beside(2.0), beside(np.float32(3)), beside(4.0, more=1)]
    del objects[2].scale
    for each in objects:
        assert_same(scaled(each), compiled_once(each))


def test_attribute_of_any_name() -> None:
    """An attribute may have a name that cannot be written in a program."""
    given = Beside(x)
    vars(given).update({"a b": x, "ﬁ": 1.5, "class": 2})
    assert_traced_is_eager(lambda each: [getattr(each, name) for name in ("a b", "ﬁ", "class")], given)
    assert_traced_is_eager(lambda each: [getattr(each, name) for name in ("w", "ﬁ")], slotted_with(given))


def slotted_with(given: Any) -> Any:
    """Return an object with a slot and a dictionary, which holds what another one's holds."""

    @dataclass(slots=True)
    class Partly:
        w: Any = 1.0

    class Wholly(Partly):
        pass

    made = Wholly()
    vars(made).update(vars(given))
    return made


def test_attribute_is_set() -> None:
    """What a function binds to an attribute beside the fields is there after the call."""

    def bind(each: Any) -> None:
        each.scale = each.scale * 2
        each.total = each.w.sum()

    given = Beside(x)
    run_traced(bind, given)
    assert (10.0, x.sum()) == (given.scale, given.total)  # type: ignore[attr-defined]  # the function sets it


def test_attributes_of_results() -> None:
    """A result holds what it holds beside its fields, too."""
    made = run_traced(Beside, x)
    assert (True, 5.0) == (made.w is x, made.scale)


def test_cached_property() -> None:
    """The value of a cached property is no argument: it is computed anew of the fields, as these may have changed."""
    given, doubled = Cached(x), jit(lambda each: each.doubled)
    given.doubled  # noqa: B018  # puts it into the object
    given.w = Matrix.ones(3, 4)
    assert 2 == doubled(given)[0, 0] == doubled(Cached(given.w))[0, 0]


@pytest.mark.parametrize("is_cached", [False, True])
def test_guard_of_cached_property(is_cached: bool) -> None:
    """Whether a cached property has been computed is no part of a signature, and what else is set is one."""
    objects = [Cached(x), Cached(x), Cached(x)]
    for each in objects[:2] if is_cached else objects[1:2]:
        each.doubled  # noqa: B018  # puts it into the object
    objects[2].more = 1  # type: ignore[attr-defined]  # that is the point
    found = guard(signature(objects[0]))
    passed = [found((each,), {}) is not None for each in (*objects, Cached(x))]
    assert [True, True, False, True] == passed


def test_later_object_that_lacks_a_field() -> None:
    """An object of a known class that lacks a field is refused, as in the first call."""
    total: Any = jit(lambda each: each.w.sum())
    for kind in (Beside, Slots):
        total(kind(x))
        with pytest.raises(JitError, match=f"which is of type {kind.__name__} and lacks 'w', a field of the dataclass"):
            total(object.__new__(kind))
