"""What cannot be compiled is an error that names the line, says what is wrong there, and what to do."""

from __future__ import annotations

import copy
import functools
import math
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from shapedmat import JitError, Matrix, ShapeError, use_backend
from shapedmat.backends import Backend
from shapedmat.compiler import trace
from shapedmat.compiler.source import SourceLine

GLOBAL = Matrix.ones(2, 3)
KEPT: list[Any] = []
VALUELESS = "while case is compiled, as it has no value yet"
UNKNOWN = "a matrix of shape (2, 3) is neither an argument of case nor made from them: pass it as an argument"
COMPARE = f"cannot compare a number {VALUELESS}: compare in the caller, or compare matrices, which gives a matrix"
COMPUTE = "compute with the number itself, or return it"
FLOAT = f"cannot make a float of a number {VALUELESS}: {COMPUTE}"
INDEX = f"cannot index or count by a number {VALUELESS}: pass it as an int, for each of which the function is compiled"
ROUND = f"cannot round a number {VALUELESS}: of numbers + - * / ** and abs are compiled"
TRUTH = f"cannot take the truth of a number {VALUELESS}: leave the branch to the caller, or multiply by a comparison"
ELEMENTS = (
    f"cannot read the elements of a matrix of shape (2, 3) {VALUELESS}: "
    "compute with shapedmat's operations, or return it"
)
PLACES = (
    "cannot index by an array while case is compiled, as every call would get the places of the first: "
    "index by slices, or a list of places"
)
RANDOM = (
    "cannot draw random numbers while case is compiled, as every call would get the same ones: "
    "pass the matrix as an argument"
)
POWER = f"cannot raise to the power of a number {VALUELESS}: use an exponent that is not traced"
REMAINDER = f"cannot take the remainder of a number {VALUELESS}: of numbers + - * / ** and abs are compiled"
ARRAY = f"cannot make an array of a number {VALUELESS}: {COMPUTE}"

CASES: list[tuple[Callable[[Any, Any], Any], str]] = []


def refused(message: str) -> Callable[[Callable[[Any, Any], Any]], None]:
    """Put a function of a 2×3 matrix and a float into the list, with the message that tracing it has to give."""
    return lambda function: CASES.append((function, message))


def cases(message: str, *functions: Callable[[Any, Any], Any]) -> None:
    """Put several functions with one message into the list."""
    CASES.extend((function, message) for function in functions)


cases(
    COMPARE,
    lambda m, x: 1 if x > 1 else 2,
    lambda m, x: m.sum() == 1,
    lambda m, x: 1 <= x,
    lambda m, x: x != m.max(),
    lambda m, x: max(x, 0.0),
    lambda m, x: sorted([x, x]),
    lambda m, x: x in (1.0, 2.0),
)
cases(
    TRUTH,
    lambda m, x: 1 if x else 2,
    lambda m, x: not m.all(),
    lambda m, x: 1 if m.allclose(m) else 2,
    lambda m, x: x and 1,
)
cases(FLOAT, lambda m, x: float(m.sum()), lambda m, x: math.sqrt(x), lambda m, x: math.exp(m.norm()))
cases(
    INDEX,
    lambda m, x: m[x],
    lambda m, x: [1, 2][m.argmax()],
    lambda m, x: range(m.argmax()),
    lambda m, x: m[m.argmax()],
    lambda m, x: m[: m.argmax()],
)
cases(ROUND, lambda m, x: round(x), lambda m, x: math.floor(x), lambda m, x: math.ceil(x), lambda m, x: math.trunc(x))
cases(REMAINDER, lambda m, x: x % 2, lambda m, x: 5 % x, lambda m, x: divmod(x, 2), lambda m, x: pow(x, 2, 5))
cases(
    f"cannot take the floor of a quotient of a number {VALUELESS}: of numbers + - * / ** and abs are compiled",
    lambda m, x: x // 2,
    lambda m, x: 5 // x,
)
cases(POWER, lambda m, x: 2**x, lambda m, x: x**x)
cases(f"cannot make an int of a number {VALUELESS}: {COMPUTE}", lambda m, x: int(x))
cases(f"cannot make a complex number of a number {VALUELESS}: {COMPUTE}", lambda m, x: complex(x))
cases(f"cannot take .item of a number {VALUELESS}: {COMPUTE}", lambda m, x: m.sum().item())
cases(f"cannot take .is_integer of a number {VALUELESS}: {COMPUTE}", lambda m, x: x.is_integer())
cases(
    f"cannot combine the bits of a number {VALUELESS}: of numbers + - * / ** and abs are compiled",
    lambda m, x: m.all() & True,
    lambda m, x: ~m.argmax(),
)
cases(f"cannot hash a number {VALUELESS}: {COMPUTE}", lambda m, x: {x: 1})
cases(f"cannot print a number {VALUELESS}: print what the function returns", lambda m, x: print(x), lambda m, x: str(x))
cases(f"cannot format a number {VALUELESS}: format what the function returns", lambda m, x: f"{x:.3f}")
cases(f"cannot take np.exp of a number {VALUELESS}: {COMPUTE}", lambda m, x: np.exp(x))
cases(
    f"cannot take np.add of a number {VALUELESS}: {COMPUTE}", lambda m, x: np.ones(3) + x, lambda m, x: x + np.ones(3)
)
cases(
    f"cannot shift the bits of a number {VALUELESS}: of numbers + - * / ** and abs are compiled",
    lambda m, x: m.argmax() << 1,
    lambda m, x: 1 >> m.argmax(),
)
cases(
    "cannot compute with a complex number in case: of numbers, real ones are compiled",
    lambda m, x: x * 1j,
    lambda m, x: 1j - x,
    lambda m, x: x**1j,
    lambda m, x: x == 1j,
    lambda m, x: m.sum() * np.complex64(1j),
)
cases(f"cannot pickle a number {VALUELESS}: pickle what the function returns", lambda m, x: pickle.dumps(x))
cases(
    ARRAY,
    lambda m, x: Matrix.full(2, 2, x),
    lambda m, x: Matrix.from_rows([[x, x]]),
    lambda m, x: np.array([x]),
    lambda m, x: np.array(x),
    lambda m, x: np.dot(x, x),
)
cases(
    ELEMENTS,
    lambda m, x: m.numpy(),
    lambda m, x: np.asarray(m),
    lambda m, x: np.exp(m),
    lambda m, x: np.sum(m),
    lambda m, x: np.vstack([m, m]),
    lambda m, x: m + np.ones((2, 3)),
    lambda m, x: np.ones((2, 3), np.float32) + m,
    lambda m, x: np.from_dlpack(m),
    lambda m, x: pickle.dumps(m),
    lambda m, x: copy.deepcopy(m),
    lambda m, x: m.to("cuda"),
)
cases(
    UNKNOWN,
    lambda m, x: m + GLOBAL,
    lambda m, x: GLOBAL - m,
    lambda m, x: GLOBAL.sum() * m,
    lambda m, x: GLOBAL @ GLOBAL.T,
    lambda m, x: GLOBAL * x,
    lambda m, x: m.__iadd__(GLOBAL),
    lambda m, x: GLOBAL.__iadd__(m),
    lambda m, x: m.__setitem__(slice(None), GLOBAL),
    lambda m, x: m * Matrix.from_array(np.ones((2, 3), np.float32)),
    lambda m, x: m * Matrix.from_dlpack(np.ones((2, 3), np.float32)),
    lambda m, x: GLOBAL.copy() * x,
)
cases(
    PLACES, lambda m, x: m[np.array([0])], lambda m, x: m[m[:, 0] > 0], lambda m, x: m[:, np.array([True, False, True])]
)
cases(
    "cannot copy an array while case is compiled, as every call would get the numbers of the first: "
    "pass it as an argument, or write a list",
    lambda m, x: Matrix.from_rows(np.ones((2, 3))),
    lambda m, x: Matrix.from_rows(list(np.ones((2, 3)))),
    lambda m, x: Matrix.from_rows(GLOBAL.numpy()),
    lambda m, x: Matrix.one_hot(np.arange(3), 3),
    lambda m, x: Matrix.diagonal(np.arange(3)),
)
cases(
    RANDOM,
    lambda m, x: Matrix.random(2, 3),
    lambda m, x: Matrix.normal(2, 3, 1),
    lambda m, x: Matrix.uniform(2, 3),
    lambda m, x: Matrix.xavier(2, 3),
    lambda m, x: Matrix.he(2, 3),
)
cases(
    "cannot compile a Python function that is applied to every element in case: "
    "use one of shapedmat's, such as shapedmat.sigmoid",
    lambda m, x: m.apply(math.sin),
)
cases(
    "cannot choose a backend while case is compiled, as it is compiled for the CPU by no backend: "
    "call the function within use_backend",
    lambda m, x: m.matmul(m.T, backend="numpy"),
)
cases(
    f"cannot take the power of a matrix by a number as exponent {VALUELESS}: use one that is not traced",
    lambda m, x: m**x,
)
cases(
    f"cannot compare a matrix by a number as atol {VALUELESS}: use one that is not traced",
    lambda m, x: m.allclose(m, atol=x),
)


@refused(
    "a matrix of shape (2, 3) may share the memory of the one that it was reshaped from, or not, and one of them has "
    "changed in place: reshape a .copy() of it"
)
def stale_reshape(m: Any, x: Any) -> Any:
    """Whether a reshaped result shares memory depends on the order of its elements."""
    result = m.T + m.T
    reshaped = result.reshape(2, 3).T
    result += 1
    return reshaped.T.reshape(3, 2) + reshaped


@pytest.mark.parametrize("place", range(len(CASES)))
def test_message(place: int) -> None:
    """Tracing what cannot be compiled says so, with the line of the program."""
    function, message = CASES[place]
    function.__name__ = "case"
    with pytest.raises(JitError) as caught:
        trace(function, (Matrix.ones(2, 3), 1.5), {})
    where, _, what = str(caught.value).rpartition(f": {message}")
    assert ("", True) == (what, where.startswith("test_errors.py, line ")), str(caught.value)


def test_line() -> None:
    """The line is that of the innermost function of the program, also where the package calls back."""

    def inner(loss: Any) -> bool:
        return bool(
            loss > 1  # the line that is named
        )

    def outer(m: Any) -> Any:
        return functools.reduce(lambda _, each: inner(each.sum()), [m, m], None)

    with pytest.raises(JitError) as caught:
        trace(outer, (Matrix.ones(2, 3),), {})
    line = inner.__code__.co_firstlineno + 2
    expected = f'test_errors.py, line {line}, in inner: "loss > 1  # the line that is named": cannot compare'
    assert str(caught.value).startswith(expected)


def test_line_without_source() -> None:
    """Where there is no source, the line has a number alone."""
    assert "<stdin>, line 3, in f" == str(SourceLine("<stdin>", 3, "f"))


def test_long_line() -> None:
    """A long line is cut."""
    text = SourceLine(__file__, test_long_line.__code__.co_firstlineno + 2, "the function that has this line").text
    assert (100, "...") == (len(text), text[-3:])


def test_eager_errors_stay() -> None:
    """What is an error of the function itself is the same error when it is traced."""
    with pytest.raises(
        ShapeError, match=re.escape("cannot multiply (2, 3) by (2, 3): inner dimensions 3 and 2 differ")
    ):
        trace(lambda m: m @ m, (Matrix.ones(2, 3),), {})
    with pytest.raises(
        TypeError, match=r"the truth of a matrix of shape \(2, 3\) is ambiguous: use .all\(\) or .any\(\)"
    ):
        trace(lambda m: 1 if m else 2, (Matrix.ones(2, 3),), {})


def test_backend_after_error(backend: Backend) -> None:
    """After an error, the backend is the one that it was."""
    with pytest.raises(JitError):
        trace(lambda m: float(m.sum()), (Matrix.ones(2, 3, device="cpu"),), {})
    assert 6 == Matrix.ones(2, 3).sum()


# --- arguments --------------------------------------------------------------------------------------------------------

TAKES = (
    "a compiled function takes matrices, numbers, dataclasses, tuples, lists and dicts of them, and static values such "
    "as int and str, so make its class a dataclass, or pass what is in it"
)


class Plain:
    """A class that is no dataclass."""

    def method(self) -> None:
        """Do nothing."""


class Hashed:
    """A class of which it is not known what its equality says."""

    def __init__(self) -> None:
        self.scale = 2.0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hashed)

    def __hash__(self) -> int:
        return 0


class Named(tuple[int, ...]):
    """A tuple that can hold more than its elements."""


class Pair(NamedTuple):
    """Two values by name."""

    first: Any
    second: Any


class Marked(Pair):
    """A named tuple that can hold more than its fields."""


@dataclass
class Items(list[Any]):
    """A dataclass that is a list, too."""

    w: Any = 1.0


@dataclass
class Logged:
    """A dataclass that holds more than its field."""

    w: Any

    def __post_init__(self) -> None:
        self.generator = np.random.default_rng(0)


def marked() -> Marked:
    """Return a named tuple that holds more than its fields."""
    pair = Marked(1, 2)
    pair.extra = 3  # type: ignore[attr-defined]  # that is the point
    return pair


def apart(bytes_between: tuple[int, int]) -> Matrix[Any, Any, Any]:
    """Return a matrix whose elements are so many bytes apart."""
    return Matrix.from_array(as_strided(np.zeros(8), (2, 2), bytes_between))


def nested(depth: int) -> Any:
    """Return a number in so many lists."""
    value: Any = 1.0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (Plain(), f"f cannot take a[1], which is of type Plain: {TAKES}"),
        (np.random.default_rng(0), f"f cannot take a[1], which is of type Generator: {TAKES}"),
        ({1, 2}, f"f cannot take a[1], which is of type set: {TAKES}"),
        ([].append, f"f cannot take a[1], which is of type builtin_function_or_method: {TAKES}"),
        (Plain().method, f"f cannot take a[1], which is of type method: {TAKES}"),
        (
            np.ones((2, 3)),
            "f cannot take a[1], which is of type ndarray: pass it as a Matrix, by Matrix.from_array",
        ),
        (np.float16(1), "f cannot take a[1], which is of type float16: pass it as a float"),
        (
            Matrix.from_array(np.ones((2, 3), np.dtype(np.float32).newbyteorder())),
            "a[1] of f is not in this machine's byte order: convert it with .astype(np.float32)",
        ),
        (
            apart((20, 8)),
            (
                "the rows and columns of a[1] are 20 and 8 bytes apart, no multiples of its elements' 8: "
                "pass a .copy() of it"
            ),
        ),
        (
            apart((-32, 12)),
            (
                "the rows and columns of a[1] are -32 and 12 bytes apart, no multiples of its elements' 8: "
                "pass a .copy() of it"
            ),
        ),
        (Hashed(), f"f cannot take a[1], which is of type Hashed: {TAKES}"),
        (Named((1,)), f"f cannot take a[1], which is of type Named: {TAKES}"),
        (frozenset({Hashed()}), f"f cannot take a[1], which is of type frozenset: {TAKES}"),
        ({Hashed(): 1}, "f cannot take a[1], a dict with a key of type Hashed: use keys such as int and str"),
        (
            Items(),
            "f cannot take a[1], which is of type Items, a dataclass that is a list, too: pass what is in it",
        ),
        (
            marked(),
            (
                "f cannot take a[1], which is of type Marked, a named tuple that holds 'extra' beside its fields: make "
                "its class a dataclass"
            ),
        ),
        (Logged(1.0), f"f cannot take a[1].generator, which is of type Generator: {TAKES}"),
        (nested(50), "f cannot take a, in which more than 50 containers stand within one another"),
        (nested(400), "f cannot take a, in which more than 50 containers stand within one another"),
    ],
)
def test_argument(argument: Any, message: str) -> None:
    """An argument of a type that is not taken is named, with its type."""

    def f(a: Any) -> None: ...

    with pytest.raises(JitError) as caught:
        trace(f, ((1, argument),), {})
    assert re.fullmatch(
        r'test_errors.py, line \d+, in test_argument: "trace\(f, \(\(1, argument\),\), \{\}\)": ' + re.escape(message),
        str(caught.value),
    ), str(caught.value)


def test_list_within_itself() -> None:
    """A list that contains itself is no argument."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(JitError, match=r"<lambda> cannot take a\[0\], which contains itself"):
        trace(lambda a: a, (endless,), {})


def test_shared_memory() -> None:
    """A matrix that changes in place shares memory with no other argument."""

    def f(w: Any, part: Any) -> None:
        w += 1
        part.sum()

    whole = Matrix.ones(4, 3)
    with pytest.raises(JitError) as caught:
        trace(f, (whole, whole[1:2]), {})
    line = f.__code__.co_firstlineno + 1
    assert (
        f'test_errors.py, line {line}, in f: "w += 1": f changes w in place, which shares memory with part: '
        "pass a copy of one of them"
    ) == str(caught.value)
    trace(f, (whole[::2], whole[1::2]), {})


def test_read_only() -> None:
    """A matrix over memory that is read-only does not change in place."""

    def f(w: Any) -> None:
        w += 1

    fixed = np.broadcast_to(np.float32(1), (2, 3))
    with pytest.raises(
        JitError, match=re.escape('in f: "w += 1": cannot change w in place, as its array is read-only: pass a copy')
    ):
        trace(f, (Matrix.from_array(fixed),), {})


# --- results ----------------------------------------------------------------------------------------------------------


def numbers(m: Any) -> Iterator[Any]:
    """A generator."""
    yield m


RETURNS = (
    "a compiled function returns matrices, numbers, dataclasses, tuples, lists and dicts of them, and static values "
    "such as int and str"
)


def test_generator() -> None:
    """A generator is no compiled function."""
    with pytest.raises(JitError) as caught:
        trace(numbers, (Matrix.ones(2, 3),), {})
    line = numbers.__code__.co_firstlineno
    assert (
        f'test_errors.py, line {line}, in numbers: "def numbers(m: Any) -> Iterator[Any]:": '
        f"numbers cannot return a value of type generator: {RETURNS}"
    ) == str(caught.value)


@pytest.mark.parametrize("value", [Plain(), Hashed(), np.ones((2, 3)), {1: [object()]}])
def test_result(value: Any) -> None:
    """A result of another type is named."""
    with pytest.raises(JitError, match=f"<lambda> cannot return a value of type .*: {RETURNS}$"):
        trace(lambda m: value, (Matrix.ones(2, 3),), {})


def test_result_within_itself() -> None:
    """A list that contains itself is no result."""

    def f(m: Any) -> list[Any]:
        endless: list[Any] = [m]
        endless.append(endless)
        return endless

    with pytest.raises(JitError, match="f cannot return a list that contains itself"):
        trace(f, (Matrix.ones(2, 3),), {})


def unfinished(m: Any) -> Any:
    """Return a dataclass whose field is not set."""
    return object.__new__(Base)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda m: Items(), "cannot return a value of type Items, a dataclass that is a list, too: pass what is in it"),
        (
            lambda m: marked(),
            (
                "cannot return a value of type Marked, a named tuple that holds 'extra' beside its fields: make its "
                "class a dataclass"
            ),
        ),
        (lambda m: nested(400), "cannot return a value in which more than 50 containers stand within one another"),
        (unfinished, "leaves a Base without 'w': set it, to None if need be"),
    ],
)
def test_container_that_cannot_be_made(function: Callable[[Any], Any], message: str) -> None:
    """A result is made anew, so all that it holds is to be in its fields."""
    with pytest.raises(JitError, match=f": {function.__name__} {re.escape(message)}$"):
        trace(function, (Matrix.ones(2, 3),), {})


def test_deleted_field() -> None:
    """A field that the function deletes is missed."""

    def f(model: Any) -> None:
        del model.w

    with pytest.raises(JitError, match=re.escape(": f leaves a Base without 'w': set it, to None if need be")):
        trace(f, (Base(Matrix.ones(2, 3)),), {})


def test_foreign_result() -> None:
    """A matrix from elsewhere is no result, and the line may have a colon."""
    with pytest.raises(JitError) as caught:
        trace(lambda m: GLOBAL, (Matrix.ones(2, 3),), {})
    assert re.fullmatch(
        r'test_errors.py, line \d+, in <lambda>: "trace\(lambda m: GLOBAL, \(Matrix.ones\(2, 3\),\), \{\}\)": '
        "a matrix of shape \\(2, 3\\) is neither an argument of <lambda> nor made from them: pass it as an argument",
        str(caught.value),
    ), str(caught.value)


def test_kept_matrix() -> None:
    """A matrix that was kept outside has no value after the call, nor has a number."""

    def keep(m: Any) -> None:
        KEPT[:] = [m + 1, m.sum()]

    trace(keep, (Matrix.ones(2, 3),), {})
    message = "a matrix or a number that keep has kept while it was compiled has no value: let the function return it"
    ones = Matrix.ones(2, 3)
    uses: list[Callable[[], Any]] = [lambda: KEPT[0] + 1, lambda: -KEPT[0], lambda: KEPT[1] * 2, lambda: ones * KEPT[1]]
    for use in uses:
        with pytest.raises(JitError, match=message):
            use()
    for kept in KEPT:
        with pytest.raises(JitError, match=message):
            trace(lambda a: a, ([kept],), {})
    with pytest.raises(JitError, match=message):
        trace(lambda m: m + KEPT[0], (Matrix.ones(2, 3),), {})
    with pytest.raises(JitError, match=message):
        trace(lambda m: KEPT[0], (Matrix.ones(2, 3),), {})


def test_traced_argument() -> None:
    """While a function is traced, what it computes has no value that another trace could begin with."""

    def outer(m: Any, x: float) -> None:
        for each in (m, x):
            with pytest.raises(JitError) as caught:
                trace(lambda a: a, (each,), {})
            assert str(caught.value).endswith(
                ": <lambda> cannot take a, which has no value yet, as outer is being compiled: call it outside of that"
            )

    trace(outer, (Matrix.ones(2, 3), 1.5), {})


@dataclass
class Base:
    """A dataclass from which classes are derived that are not decorated."""

    w: Any


class Forgetful(Base):
    """A class that does not set the field of its base."""

    def __init__(self, v: Any) -> None:
        self.v = v


def both(model: Any) -> Any:
    """Read the field, and what may be none."""
    return model.w + model.v


def test_field_that_is_not_set() -> None:
    """A class that is derived from a dataclass has to set the fields of it."""
    with pytest.raises(JitError) as caught:
        trace(both, (Forgetful(Matrix.ones(2, 3)),), {})
    assert str(caught.value).endswith(
        ": both cannot take model, which is of type Forgetful and lacks 'w', a field of the dataclass: let __init__ "
        "set it, as super().__init__ does"
    )


def test_attribute_that_nothing_has() -> None:
    """An attribute that the argument itself lacks is missed as without compilation."""
    with pytest.raises(AttributeError, match="'Base' object has no attribute 'u'"):
        trace(lambda model: model.u, (Base(Matrix.ones(2, 3)),), {})


def test_use_backend_around() -> None:
    """A backend is chosen around the call."""
    with use_backend("numba"):
        trace(lambda m: m + 1, (Matrix.ones(2, 3),), {})
