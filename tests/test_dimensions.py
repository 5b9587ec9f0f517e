"""Dimensions against Python's own integers: random expressions are built twice, as a `Dim` and as Python source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shapedmat.dimensions import (
    UNKNOWN,
    Dim,
    Equality,
    Size,
    Symbol,
    add,
    compare,
    evaluate,
    floor_divide,
    minimum,
    multiply,
    read,
    subtract,
    symbol,
    symbols,
)
from shapedmat.errors import ShapeError

searched = settings(deadline=None, max_examples=100)

NAMES = ("n", "m", "k")
OPERATIONS: dict[str, Callable[[Dim, Dim], Dim]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "//": floor_divide,
}
n, m, k = map(symbol, NAMES)


@dataclass(frozen=True)
class Expression:
    """Python source with what builds the dimension that it describes.

    It is built by the test and not by the strategy, since what checks types while the tests run draws random numbers.
    """

    source: str
    build: Callable[[], Dim]

    @property
    def dim(self) -> Dim:
        """The dimension, where no divisor in it is zero."""
        return self.build()


def combine(left: Expression, operator: str, right: Expression) -> Expression:
    """Join two expressions."""

    def build() -> Dim:
        a, b = left.dim, right.dim
        assume(operator != "//" or b != 0)
        return OPERATIONS[operator](a, b)

    return Expression(f"({left.source} {operator} {right.source})", build)


def number(value: int) -> Expression:
    """Return a number as an expression."""
    return Expression(f"({value})", lambda: value)


def expressions(*, rigid: bool = True) -> st.SearchStrategy[Expression]:
    """Return expressions in n, m and k."""
    named = st.sampled_from([Expression(name, partial(symbol, name, rigid=rigid)) for name in NAMES])
    return st.recursive(
        named | st.integers(-4, 6).map(number),
        lambda parts: st.builds(combine, parts, st.sampled_from(list(OPERATIONS)), parts),
        max_leaves=6,
    )


def at(source: str, sizes: Mapping[str, int]) -> int:
    """Evaluate source as Python does, where it has a value."""
    try:
        return int(eval(source, {}, dict(sizes)))
    except ZeroDivisionError:
        assume(False)
        raise


assignments = st.fixed_dictionaries({name: st.integers(1, 12) for name in NAMES})


@searched
@given(expressions(), assignments)
def test_an_expression_has_the_value_that_python_computes(expression: Expression, sizes: dict[str, int]) -> None:
    """The normal form changes no value, whatever is added, subtracted, multiplied and divided."""
    expected = at(expression.source, sizes)
    assert expected == evaluate(expression.dim, sizes)


@searched
@given(expressions(), assignments)
def test_an_expression_prints_as_python_source(expression: Expression, sizes: dict[str, int]) -> None:
    """What is printed means the same when Python reads it."""
    expected = at(expression.source, sizes)
    assert expected == at(str(expression.dim), sizes)


@searched
@given(expressions(), assignments, st.sets(st.sampled_from(NAMES)))
def test_sizes_can_be_given_in_two_steps(expression: Expression, sizes: dict[str, int], first: set[str]) -> None:
    """A partial substitution leaves an expression in the other names, with the same value."""
    expected = at(expression.source, sizes)
    partly = evaluate(expression.dim, {name: sizes[name] for name in first})
    assert set() == first & {each.name for each in symbols(partly)}
    assert expected == evaluate(partly, sizes)


@searched
@given(expressions(), expressions())
def test_sums_and_products_commute(left: Expression, right: Expression) -> None:
    """The normal form does not depend on the order of the operands."""
    a, b = left.dim, right.dim
    assert (add(a, b), multiply(a, b)) == (add(b, a), multiply(b, a))


@searched
@given(expressions(), expressions(), expressions())
def test_products_distribute_over_sums(first: Expression, second: Expression, third: Expression) -> None:
    """Brackets are multiplied out."""
    a, b, c = first.dim, second.dim, third.dim
    assert multiply(a, add(b, c)) == add(multiply(a, b), multiply(a, c))


@searched
@given(expressions(), expressions())
def test_what_is_added_can_be_subtracted(left: Expression, right: Expression) -> None:
    """Equal terms cancel."""
    a, b = left.dim, right.dim
    assert a == subtract(add(a, b), b)


@searched
@given(expressions())
def test_a_product_divides_exactly_by_a_name(expression: Expression) -> None:
    """A factor that is a name or a number comes out of a quotient."""
    dim = expression.dim
    assert (dim, dim) == (floor_divide(multiply(dim, m), m), floor_divide(multiply(dim, -3), -3))


@pytest.mark.parametrize(
    ("expected", "dim"),
    [
        (add(n, 2), add(add(n, 1), 1)),
        (multiply(2, n), add(n, n)),
        (subtract(multiply(n, n), 1), multiply(add(n, 1), subtract(n, 1))),
        (multiply(2, n), floor_divide(multiply(multiply(2, n), m), m)),
        (add(n, 1), floor_divide(add(multiply(2, n), 3), 2)),
        (n, floor_divide(n, 1)),
        (1, floor_divide(add(n, m), add(m, n))),
        (3, floor_divide(multiply(add(n, 1), 3), add(n, 1))),
        (add(n, floor_divide(m, 2)), floor_divide(add(multiply(n, 2), m), 2)),
        (0, subtract(n, n)),
        (0, multiply(0, n)),
        (0, floor_divide(0, n)),
        (0, floor_divide(0, add(n, 1))),
    ],
    ids=str,
)
def test_normal_form(expected: Dim, dim: Dim) -> None:
    """Expressions that are equal by the rules of algebra are one and the same value."""
    assert expected == dim


@pytest.mark.parametrize(
    ("expected", "dim"),
    [
        ("n", n),
        ("n + 1", add(1, n)),
        ("n - 1", subtract(n, 1)),
        ("-n", multiply(-1, n)),
        ("-n + 1", subtract(1, n)),
        ("2*n", add(n, n)),
        ("-2*n", multiply(-2, n)),
        ("m + n", add(n, m)),
        ("m*n - 3", subtract(multiply(n, m), 3)),
        ("n**2", multiply(n, n)),
        ("3*m*n**2", multiply(multiply(multiply(n, n), m), 3)),
        ("n**2 - 2*n + 1", multiply(subtract(n, 1), subtract(n, 1))),
        ("n//2", floor_divide(n, 2)),
        ("n//(-2)", floor_divide(n, -2)),
        ("6//n", floor_divide(6, n)),
        ("n//m", floor_divide(n, m)),
        ("(n + 1)//2", floor_divide(add(n, 1), 2)),
        ("(3*n)//(m + 1)", floor_divide(multiply(3, n), add(m, 1))),
        ("(n//2)//2", floor_divide(floor_divide(n, 2), 2)),
        ("n//2 + 1", add(floor_divide(n, 2), 1)),
        ("n - n//2", subtract(n, floor_divide(n, 2))),
        ("-(n//2)", multiply(-1, floor_divide(n, 2))),
        ("2*(n//2)", multiply(2, floor_divide(n, 2))),
        ("n*(m//2)", multiply(n, floor_divide(m, 2))),
        ("(n//2)**2", multiply(floor_divide(n, 2), floor_divide(n, 2))),
        ("batch_size//2", floor_divide(symbol("batch_size"), 2)),
        ("?", UNKNOWN),
    ],
)
def test_printing(expected: str, dim: Dim) -> None:
    """Dimensions print as one would write them: the highest powers first, and no bracket that is not needed."""
    assert expected == str(dim)


@pytest.mark.parametrize(("dividend", "divisor"), [(7, 2), (-7, 2), (7, -2), (-7, -2), (0, -3)])
def test_division_rounds_down_as_in_python(dividend: int, divisor: int) -> None:
    """Quotients are floored, for negative numbers too, before a size is known and after."""
    late = evaluate(floor_divide(n, divisor), {"n": dividend})
    assert (dividend // divisor, dividend // divisor) == (floor_divide(dividend, divisor), late)


@pytest.mark.parametrize(
    ("expected", "dim"),
    [
        ("cannot divide the size 4 by zero", 4),
        ("cannot divide the size n + 1 by zero", add(n, 1)),
        ("cannot divide the size ? by zero", UNKNOWN),
    ],
)
def test_division_by_zero_is_refused(expected: str, dim: Dim) -> None:
    """Nothing divides by zero, not even a size that is unknown."""
    with pytest.raises(ShapeError) as caught:
        floor_divide(dim, 0)
    assert expected == str(caught.value)


def test_a_divisor_may_turn_out_to_be_zero() -> None:
    """An expression that has no value at some sizes says so when it is evaluated there."""
    with pytest.raises(ShapeError) as caught:
        evaluate(floor_divide(n, subtract(m, 1)), {"n": 3, "m": 1})
    expected = "cannot divide the size 3 by zero"
    assert expected == str(caught.value)


@pytest.mark.parametrize("dim", [0, 3, n, add(n, m), UNKNOWN], ids=str)
def test_unknown_spreads(dim: Dim) -> None:
    """Arithmetic with an unknown size has an unknown result."""
    assert {UNKNOWN} == {add(dim, UNKNOWN), add(UNKNOWN, dim), subtract(dim, UNKNOWN), floor_divide(dim, UNKNOWN)}


def test_zero_times_unknown_is_zero() -> None:
    """There are no elements in no rows, however long a row is."""
    assert {0} == {multiply(0, UNKNOWN), multiply(UNKNOWN, 0)}


@st.composite
def pairs(draw: st.DrawFn, *, rigid: bool = True) -> tuple[Expression, Expression]:
    """Draw two expressions, of which some are equal, some are a number apart and some have nothing in common."""
    a, b = draw(expressions(rigid=rigid)), draw(expressions(rigid=rigid))
    difference = number(draw(st.integers(-3, 3)))
    return draw(
        st.sampled_from(
            [
                (a, b),
                (combine(a, "+", b), combine(b, "+", a)),
                (combine(a, "*", b), combine(b, "*", a)),
                (a, combine(a, "+", difference)),
            ]
        )
    )


@searched
@given(pairs(), assignments)
def test_same_means_equal_at_all_sizes(pair: tuple[Expression, Expression], sizes: dict[str, int]) -> None:
    """Dimensions that compare as the same have one value, whatever the sizes are."""
    left, right = pair
    assert at(left.source, sizes) == at(right.source, sizes) or compare(left.dim, right.dim) is not Equality.SAME


@searched
@given(pairs())
def test_different_means_that_some_sizes_tell_rigid_dimensions_apart(pair: tuple[Expression, Expression]) -> None:
    """Where all names are rigid, dimensions that compare as different have different values somewhere."""
    left, right = pair
    candidates = (dict(zip(NAMES, sizes, strict=True)) for sizes in product((7, 2, 3, 26, 1, 5), repeat=3))
    verdict = compare(left.dim, right.dim)
    assert verdict is not Equality.DIFFERENT or any(_differ(left.source, right.source, each) for each in candidates)


@searched
@given(pairs(rigid=False), assignments)
def test_different_means_that_all_sizes_tell_other_dimensions_apart(
    pair: tuple[Expression, Expression], sizes: dict[str, int]
) -> None:
    """Where no name is rigid, dimensions that compare as different have different values everywhere."""
    left, right = pair
    assert at(left.source, sizes) != at(right.source, sizes) or compare(left.dim, right.dim) is not Equality.DIFFERENT


def _differ(left: str, right: str, sizes: dict[str, int]) -> bool:
    try:
        return bool(eval(f"{left} != {right}", {}, sizes))
    except ZeroDivisionError:
        return True


@pytest.mark.parametrize(
    ("expected", "a", "b"),
    [
        (Equality.SAME, 3, 3),
        (Equality.DIFFERENT, 3, 4),
        (Equality.SAME, multiply(n, m), multiply(m, n)),
        (Equality.DIFFERENT, n, m),
        (Equality.DIFFERENT, n, 3),
        (Equality.DIFFERENT, n, add(n, 1)),
        (Equality.DIFFERENT, multiply(2, floor_divide(n, 2)), n),
        (Equality.UNDECIDED, floor_divide(floor_divide(n, 2), 2), floor_divide(n, 4)),
        (Equality.UNDECIDED, n, UNKNOWN),
        (Equality.UNDECIDED, UNKNOWN, UNKNOWN),
    ],
    ids=str,
)
def test_comparison(expected: Equality, a: Dim, b: Dim) -> None:
    """Dimensions are the same, different somewhere, or not to be decided, in both directions."""
    assert (expected, expected) == (compare(a, b), compare(b, a))


def test_rigid_and_other_names_are_kept_apart() -> None:
    """A comparison that is remembered for a rigid name does not answer for a name that is not rigid."""
    other = symbol("n", rigid=False)
    expected = [Equality.DIFFERENT, Equality.UNDECIDED, Equality.UNDECIDED]
    assert expected == [compare(n, 3), compare(other, 3), compare(n, other)]


def test_quotients_of_rigid_and_other_names_are_kept_apart() -> None:
    """A sum is the same whichever of two quotients comes first that print alike."""
    a, b = floor_divide(n, 2), floor_divide(symbol("n", rigid=False), 2)
    assert a != b
    assert add(a, b) == add(b, a)


@pytest.mark.parametrize("name", ["n + 1", "2", "n:True", "*batch", "", "größe", "a b", "n//2"])
def test_names_may_have_any_characters(name: str) -> None:
    """A name is opaque: whatever it looks like, it differs from the expression that it looks like."""
    odd = symbol(name)
    dims = {odd, symbol(name, rigid=False), n, add(n, 1), 2, floor_divide(n, 2), floor_divide(odd, 2)}
    assert (7, name, 5) == (len(dims), str(odd), evaluate(add(odd, 1), {name: 4}))


def test_symbols_are_found_inside_quotients() -> None:
    """All symbols of an expression are listed."""
    dim = add(floor_divide(n, add(m, 1)), symbol("k", rigid=False))
    assert {Symbol("n"), Symbol("m"), Symbol("k", rigid=False)} == symbols(dim)


@pytest.mark.parametrize("dim", [3, UNKNOWN], ids=str)
def test_numbers_and_unknown_have_no_symbols(dim: Dim) -> None:
    """Only expressions have symbols."""
    assert set() == symbols(dim)


def test_a_name_can_be_replaced_by_an_expression() -> None:
    """Substitution takes any dimension, not numbers alone."""
    assert add(multiply(2, m), 3) == evaluate(add(multiply(2, n), 1), {"n": add(m, 1)})


def test_a_name_can_be_replaced_by_unknown() -> None:
    """An expression in an unknown size is unknown."""
    assert UNKNOWN is evaluate(add(n, m), {"n": UNKNOWN, "m": 3})


@searched
@given(expressions(), assignments)
def test_a_minimum_is_never_above_the_size(expression: Expression, sizes: dict[str, int]) -> None:
    """No sizes make an axis shorter than its minimum."""
    assert minimum(expression.dim) <= max(at(expression.source, sizes), 0)


@pytest.mark.parametrize(
    ("expected", "dim"),
    [
        (4, 4),
        (1, n),
        (2, add(n, m)),
        (0, subtract(n, 1)),
        (1, subtract(multiply(add(n, 1), m), 1)),
        (0, subtract(n, m)),
        (1, floor_divide(add(n, 1), 2)),
        (0, floor_divide(n, m)),
        (0, UNKNOWN),
    ],
    ids=str,
)
def test_minimum(expected: int, dim: Dim) -> None:
    """The minimum follows from every name being at least 1."""
    assert expected == minimum(dim)


def test_a_constant_is_an_int() -> None:
    """Expressions whose names cancel are plain numbers again."""
    assert isinstance(n, Size)
    assert isinstance(subtract(add(n, 3), n), int)


@searched
@given(expressions())
def test_what_is_written_is_read_back(expression: Expression) -> None:
    """A dimension's text reads as that dimension."""
    dim = expression.dim
    assert dim == read(str(dim))


@pytest.mark.parametrize("text", ["n.size", "n +", "n/2", "'n'", "f(n)", "n**n", "True", ""])
def test_what_is_no_integer_expression_is_unknown(text: str) -> None:
    """Reading gives no size to what is not made of names, numbers, sums, products and floors of quotients."""
    assert read(text) is UNKNOWN
