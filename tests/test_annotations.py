"""The strings and element types of annotations against jaxtyping itself, and the sentences word for word."""

from __future__ import annotations

import re
from typing import Any

import jaxtyping
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jaxtyping import AbstractDtype, Float

from shapedmat.annotations import DTYPES, Axis, Pattern, parse
from shapedmat.dimensions import UNKNOWN, Dim, Unknown, add, evaluate, floor_divide, multiply, subtract, symbol
from shapedmat.errors import AnnotationError, ShapedmatError

searched = settings(deadline=None, max_examples=300)

n, m = symbol("n"), symbol("m")

NAMES = ("n", "m", "batch", "größe", "x_1", "for", "True")
EXPRESSIONS = (
    "n+1",
    "2*n",
    "min(n,m)",
    "(n-1)//2",
    "n**2",
    "n/2",
    "n%2",
    "-n",
    "4.0",
    "0x10",
    "{n}",
    "{n+1}*2",
    "n.size",
)
PIECES = (*"#*_?=,.()[]{}+-/%'\"\\!<>", "...", "0", "4", "-3", "1_0", "٣", "\0", "\ud800", *NAMES, *EXPRESSIONS)
TOKENS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join) | st.builds(
    "{}{}{}".format,
    st.lists(st.sampled_from("#*_?"), max_size=2).map("".join),
    st.sampled_from(("", "", "rows=", "=")),
    st.sampled_from((*NAMES, *EXPRESSIONS, "4", "...")),
)
BLANKS = st.sampled_from((" ", "  ", "\t", "\n", "\x1c", "\u3000"))
TEXTS = (
    st.lists(TOKENS | BLANKS, max_size=4).map(" ".join)
    | st.lists(TOKENS | BLANKS, max_size=6).map("".join)
    | st.text(st.sampled_from("nm4#*_?=,.( )+"), max_size=12)
    | st.text(max_size=8)
)


def refused_by_jaxtyping(text: str) -> bool:
    """Say whether jaxtyping makes no annotation of a string."""
    try:
        Float[np.ndarray, text]
    except ValueError:
        return True
    return False


def sentence(text: str) -> str:
    """Return the sentence by which a string is refused, or nothing."""
    try:
        parse(text)
    except AnnotationError as error:
        return str(error)
    return ""


def dims(text: str) -> list[Dim]:
    """Return the sizes of a string's axes."""
    return [axis.dim for axis in parse(text).axes]


@searched
@given(text=TEXTS)
@example(text="#")
@example(text="#n=")
@example(text="n\0")
@example(text="\ud800")
@example(text="9" * 5000)
@example(text="min(n,m), 1")
def test_what_jaxtyping_refuses_is_malformed(text: str) -> None:
    """A string is malformed exactly where jaxtyping refuses it."""
    assert refused_by_jaxtyping(text) == bool(sentence(text))


@searched
@given(token=TOKENS)
@example(token="##=")
@example(token="_n#")
@example(token="#...")
@example(token="......")
@example(token="__...")
@example(token="_##4")
def test_what_a_sentence_proposes_is_well_formed(token: str) -> None:
    """What is to be written in place of one token that is malformed can be read."""
    message = sentence(token)
    assume(message and "comma" not in message and message.isprintable())
    proposal = re.search(r'write "(.*)"$', message, re.DOTALL)
    if proposal is None:
        assert message.endswith(("leave it out", "keep one of them"))
    else:
        assert "" == sentence(proposal[1])


@searched
@given(text=TEXTS)
@example(text=",\x1b")
def test_a_sentence_is_one_line(text: str) -> None:
    """A sentence is one line that can be printed, whatever the string holds."""
    assert not sentence(text) or sentence(text).isprintable()


@searched
@given(tokens=st.lists(TOKENS, max_size=4), sizes=st.tuples(*[st.integers(1, 5)] * 4))
@example(tokens=["n", "#n", "n+1", "4"], sizes=(2, 1, 3, 4))
@example(tokens=["n", "#n", "n+1", "4"], sizes=(2, 3, 3, 4))
@example(tokens=["n", "(n-1)//2", "#2*n", "3"], sizes=(5, 2, 1, 3))
@example(tokens=["n", "n", "m=n", "m"], sizes=(2, 2, 3, 1))
def test_axes_fit_the_arrays_that_jaxtyping_takes(tokens: list[str], sizes: tuple[int, ...]) -> None:
    """An array that jaxtyping takes fits the axes, and one that it does not take does not fit where sizes are known."""
    text = " ".join(tokens)
    assume(not sentence(text) and "?" not in text)
    axes = parse(text).axes
    assume(len(axes) <= len(sizes))
    given_sizes = sizes[: len(axes)]
    taken = taken_by_jaxtyping(given_sizes, text)
    assume(taken is not None)
    assert taken == fits(axes, given_sizes) or (not taken and UNKNOWN in (axis.dim for axis in axes))


def taken_by_jaxtyping(shape: tuple[int, ...], text: str) -> bool | None:
    """Say whether jaxtyping takes an array of a shape; None where it cannot evaluate an expression in the string."""
    annotation: Any = Float[np.ndarray, text]
    try:
        return isinstance(np.zeros(shape), annotation)
    except Exception:
        return None


def fits(axes: tuple[Axis, ...], shape: tuple[int, ...]) -> bool:
    """Say whether a shape may be that of as many axes, of which the first of each name tells its size."""
    bound: dict[str, Dim] = {}
    for axis, size in zip(axes, shape, strict=True):
        if axis.broadcastable and size == 1:
            continue
        if axis.name and not axis.variadic:
            bound.setdefault(axis.name, size)
        wanted = evaluate(axis.dim, bound)
        if not isinstance(wanted, Unknown) and wanted != size:
            return False
    return True


@pytest.mark.parametrize(
    ("token", "axis"),
    [
        ("n", Axis(n, name="n")),
        ("#n", Axis(n, broadcastable=True, name="n")),
        ("*n", Axis(UNKNOWN, variadic=True, name="n")),
        ("*#n", Axis(UNKNOWN, broadcastable=True, variadic=True, name="n")),
        ("#*n", Axis(UNKNOWN, broadcastable=True, variadic=True, name="n")),
        ("?n", Axis(n, name="n", per_leaf=True)),
        ("?*n", Axis(UNKNOWN, variadic=True, name="n", per_leaf=True)),
        ("...", Axis(UNKNOWN, variadic=True)),
        ("*_", Axis(UNKNOWN, variadic=True)),
        ("*_n", Axis(UNKNOWN, variadic=True)),
        ("_", Axis(UNKNOWN)),
        ("_n", Axis(UNKNOWN)),
        ("?_n", Axis(UNKNOWN)),
        ("n_", Axis(symbol("n_"), name="n_")),
        ("4", Axis(4)),
        ("#4", Axis(4, broadcastable=True)),
        ("-3", Axis(-3)),
        ("+3", Axis(3)),
        ("1_0", Axis(10)),
        ("007", Axis(7)),
        ("٣", Axis(3)),
        ("0x10", Axis(16)),
        ("rows=4", Axis(4)),
        ("=4", Axis(4)),
        ("n>=4", Axis(4)),
        ("rows=#4", Axis(4, broadcastable=True)),
        ("rows=n", Axis(n, name="n")),
        ("rows=n+1", Axis(add(n, 1))),
        ("rows=_", Axis(UNKNOWN)),
        ("n==4", Axis(UNKNOWN)),
        ("a=b=4", Axis(UNKNOWN)),
        ("n=", Axis(UNKNOWN)),
        ("*", Axis(UNKNOWN, variadic=True)),
        ("for", Axis(symbol("for"), name="for")),
        ("None", Axis(symbol("None"), name="None")),
        ("größe", Axis(symbol("größe"), name="größe")),
        ("(n)", Axis(n)),
        ("#n+1", Axis(add(n, 1), broadcastable=True)),
        ("n-1", Axis(subtract(n, 1))),
        ("-n", Axis(multiply(-1, n))),
        ("2*n*(m+1)", Axis(multiply(multiply(2, n), add(m, 1)))),
        ("(n+m)//2", Axis(floor_divide(add(n, m), 2))),
        ("n**2", Axis(multiply(n, n))),
        ("n-n", Axis(0)),
        ("n-", Axis(UNKNOWN)),
        ("n/2", Axis(UNKNOWN)),
        ("n%2", Axis(UNKNOWN)),
        ("n//0", Axis(UNKNOWN)),
        ("4.0", Axis(UNKNOWN)),
        ("min(n,m)", Axis(UNKNOWN)),
        ("n->m", Axis(UNKNOWN)),
        ("[1,(2)]", Axis(UNKNOWN)),
        ("{n}", Axis(UNKNOWN)),
        ("{n}*0", Axis(UNKNOWN)),
        ("0*'n'", Axis(UNKNOWN)),
        ("n\\x2b1", Axis(UNKNOWN)),
        ("9" * 5000, Axis(UNKNOWN)),
    ],
)
def test_each_kind_of_token(token: str, axis: Axis) -> None:
    """A token is read as jaxtyping reads it."""
    assert not refused_by_jaxtyping(token)
    assert (axis,) == parse(token).axes


def test_axes_stand_between_blanks() -> None:
    """Blanks of every kind and number separate axes; without axes, the shape is that of a scalar."""
    assert [n, m, 3] == dims(" n\tm \n 3 ")
    assert Pattern("", ()) == parse("")
    assert Pattern(" \n", ()) == parse(" \n")


def test_names_are_those_of_axes() -> None:
    """Names are found in expressions too; functions that are called, and what braces hold, are no names of axes."""
    pattern = parse("*batch n #m _k ?leaf rows=4 max(n,q)+p n-n-z (r {s} {s}*t x.size 'u' ")
    assert {"batch", "n", "m", "leaf"} == pattern.binding_names
    assert {"batch", "n", "m", "leaf", "q", "p", "z", "x"} == pattern.names


def test_an_expression_too_deep_to_read_has_no_names() -> None:
    """Names in an expression that Python itself does not read are not found."""
    pattern = Pattern("-" * 100_000 + "n", (Axis(UNKNOWN),))
    assert frozenset() == pattern.names


@pytest.mark.parametrize(("text", "place"), [("n ... m", 1), ("*batch n", 0), ("n *_", 1), ("n 4", None), ("", None)])
def test_place_of_the_variadic_axis(text: str, place: int | None) -> None:
    """A pattern knows which of its axes stands for any number of them."""
    assert place == parse(text).variadic


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("train_size, 1", 'axes are separated by blanks, not commas; write "train_size 1"'),
        ("min(n,m) n,m", 'axes are separated by blanks, not commas; write "min(n,m) n m"'),
        ("n# 3", '"#" stands before a name, not after it; write "#n"'),
        ("#", '"#" stands before a name, not after it; write "#n"'),
        ("n...", '"..." stands on its own, with blanks around it; write "n ..."'),
        ("3 *...", '"..." stands on its own, with blanks around it; write "..."'),
        ("rows=...", '"..." stands on its own, with blanks around it; write "..."'),
        ("3 ##n", '"##n" has "#" more than once; write "#n"'),
        ("**n", '"**n" has "*" more than once; write "*n"'),
        ("__n", '"__n" has "_" more than once; write "_n"'),
        ("??n", '"??n" has "?" more than once; write "?n"'),
        ("*4", '"*" stands before names alone, and "4" is a number; write "4"'),
        ("_4", '"_" stands before names alone, and "4" is a number; write "4"'),
        ("rows=?#4", '"?" stands before names alone, and "4" is a number; write "#4"'),
        ("*n+1", '"*" stands before names alone, and "n+1" is an expression; write "n+1"'),
        ("_n+1", '"_" stands before names alone, and "n+1" is an expression; write "n+1"'),
        ("?n+1", '"?" stands before names alone, and "n+1" is an expression; write "n+1"'),
        ("#_n", '"#_n" is an axis of any size, which may be 1 without "#"; write "_n"'),
        ("*a n ...", '"*a" and "..." each stand for any number of axes, which one may do; keep one of them'),
    ],
)
def test_sentence(text: str, reason: str) -> None:
    """A malformed string is refused with what it is, why it is malformed and what to write."""
    assert f'malformed shape "{text}": {reason}' == sentence(text)


@pytest.mark.parametrize("text", ["n\0", "\ud800 n"])
def test_sentence_about_characters(text: str) -> None:
    """Characters that cannot be in a name are shown escaped."""
    shown = ascii(text)[1:-1]
    reason = "a shape cannot hold a null character or half a surrogate pair; leave it out"
    assert f'malformed shape "{shown}": {reason}' == sentence(text)


def test_the_error_is_of_this_package_and_a_value_error() -> None:
    """The error can be caught as each of its bases, as jaxtyping's own is a ValueError."""
    assert issubclass(AnnotationError, ShapedmatError)
    assert issubclass(AnnotationError, ValueError)


PUBLIC = sorted(
    name
    for name, value in vars(jaxtyping).items()
    if isinstance(value, type) and issubclass(value, AbstractDtype) and value is not AbstractDtype
)
# What is in an abstract class of NumPy and is not in jaxtyping's lists of names: other names of types in C, and spans.
BEYOND = {"intc", "uintc", "long", "ulong", "longlong", "ulonglong", "longdouble", "clongdouble", "timedelta64"}
ELEMENTS = [np.zeros((), code) for code in np.typecodes["All"]]


def test_every_element_type_is_in_the_table() -> None:
    """The table holds all that jaxtyping publishes."""
    assert [] == [name for name in PUBLIC if name not in DTYPES]


@pytest.mark.parametrize("name", PUBLIC)
def test_element_types_hold_what_jaxtyping_says(name: str) -> None:
    """An array is an instance of jaxtyping's type where its elements are of one of the classes in the table."""
    annotation = getattr(jaxtyping, name)[np.ndarray, "..."]
    classes = DTYPES[name]
    for array in ELEMENTS:
        held = classes == () or any(issubclass(array.dtype.type, getattr(np, each)) for each in classes or ())
        if array.dtype.type.__name__ not in BEYOND or not held:
            assert held == isinstance(array, annotation)


@pytest.mark.parametrize("name", PUBLIC)
def test_element_types_without_a_class_have_none(name: str) -> None:
    """A type whose names NumPy has no class for is None in the table, and any class is the empty tuple."""
    names = getattr(jaxtyping, name).dtypes
    if isinstance(names, tuple):
        assert any(hasattr(np, each) for each in names) == bool(DTYPES[name])
        assert (DTYPES[name] is None) == (not DTYPES[name])
    else:
        assert () == DTYPES[name]
