"""Random programs of NumPy: functions of annotated arrays, drawn statement by statement while they run.

A program is a function of a seed and an index. Its statements are drawn by the modules in `generators`, which see
the values that the program has so far; so most of the arguments can be drawn to be valid, and the rest at random.
"""

from __future__ import annotations

import math
import random
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from shapedmat.annotations import parse
from shapedmat.dimensions import evaluate

DTYPES: Final = {"Float64": np.float64, "Float32": np.float32, "Int64": np.int64, "Bool": np.bool_}
_DTYPE_WEIGHTS: Final = (6, 2, 2, 1)
_NAMES: Final = ("n", "m", "k", "b")
_PRIMES: Final = (7, 11, 13, 17, 19, 23)
_OTHER_PRIMES: Final = (29, 37, 47, 59)
"""Sizes that no program writes, so that a name is no number; the others tell what holds for the first by chance.

They are further apart, so that ``n + 1`` and ``m - 1``, which may be the same for the first, are not for them.
"""

_LARGEST: Final = 20_000
_LONGEST: Final = 100


class Unfit(Exception):  # no error: another statement is drawn
    """There is nothing that a generator could be given here."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a program, with its annotation's axes."""

    name: str
    element: str
    axes: str

    @property
    def annotation(self) -> str:
        """The annotation as jaxtyping writes it."""
        return f'{self.element}[np.ndarray, "{self.axes}"]'

    @property
    def plain_annotation(self) -> str:
        """The annotation as NumPy's own stubs understand it, which know the rank."""
        rank = len(self.axes.split())
        ints = ", ".join(["int"] * rank) or "()"
        return f"np.ndarray[tuple[{ints}], np.dtype[np.{np.dtype(DTYPES[self.element])}]]".replace(
            "np.bool]", "np.bool_]"
        )

    def shape(self, sizes: dict[str, int]) -> tuple[int, ...]:
        """Return the shape at some sizes."""
        return tuple(_int(evaluate(axis.dim, sizes)) for axis in parse(self.axes).axes)

    def array(self, sizes: dict[str, int]) -> Any:
        """Return an array at some sizes; integers are 0, so that they are indices of any axis."""
        shape, dtype = self.shape(sizes), DTYPES[self.element]
        values = np.random.default_rng(math.prod(shape)).normal(size=shape)
        if dtype is np.bool_:
            return np.asarray(values > 0)
        return np.asarray(values * (dtype is not np.int64)).astype(dtype)


@dataclass(frozen=True)
class Statement:
    """A statement, with the generator that it is from, and the variable that it is about."""

    generator: str
    text: str
    target: str

    @property
    def variables(self) -> set[str]:
        """The variables of the program that it reads."""
        return set(re.findall(r"\b[xv]\d+\b", self.text.removeprefix(f"{self.target} = ")))


@dataclass(frozen=True)
class Raised:
    """What a statement ended in."""

    error: Exception

    @property
    def is_about_shapes(self) -> bool:
        """Whether this may be due to a shape, as opposed to the kind or the value of elements."""
        if isinstance(self.error, np.linalg.LinAlgError):
            return "dimension" in str(self.error) or "square" in str(self.error)
        return isinstance(self.error, ValueError | IndexError) and "read-only" not in str(self.error)

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


Outcome: TypeAlias = Any
"""The value of a statement's target, or what it raised."""


@dataclass(frozen=True)
class Program:
    """A function of annotated arrays, and the sizes that stand for the names of its shapes."""

    name: str
    parameters: tuple[Parameter, ...]
    sizes: dict[str, int]
    statements: tuple[Statement, ...] = ()

    def source(self, *, plain: bool = False) -> list[str]:
        """Return the lines of the function; the type of a statement's target is revealed on the line after it."""
        annotations = [(each.name, each.plain_annotation if plain else each.annotation) for each in self.parameters]
        taken = ", ".join(f"{name}: {annotation}" for name, annotation in annotations)
        lines = [f"def {self.name}({taken}) -> None:"]
        for statement in self.statements:
            lines += [f"    {statement.text}", f"    reveal_type({statement.target})"]
        return lines

    def arguments(self, sizes: dict[str, int]) -> dict[str, Any]:
        """Return the parameters' values at some sizes, by name."""
        return {each.name: each.array(sizes) for each in self.parameters}

    def run(self, sizes: dict[str, int] | None = None) -> list[Outcome]:
        """Return the outcome of each statement up to the first that raises."""
        values = {"np": np, **self.arguments(self.sizes if sizes is None else sizes)}
        outcomes: list[Outcome] = []
        for statement in self.statements:
            outcomes.append(execute(statement, values))
            if isinstance(outcomes[-1], Raised):
                break
        return outcomes

    def other_sizes(self) -> dict[str, int]:
        """Return sizes that have nothing to do with the program's own."""
        return dict(zip(self.sizes, _OTHER_PRIMES, strict=False))


@contextmanager
def _silence() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def execute(statement: Statement, values: dict[str, Any]) -> Outcome:
    """Execute a statement, and return the value of its target, or what it raised."""
    try:
        with _silence():
            exec(statement.text, values)
    except Exception as error:  # whatever NumPy raises is the result
        return Raised(error)
    return values[statement.target]


@dataclass(frozen=True)
class Operand:
    """An expression of which an array comes, and the array."""

    text: str
    value: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape)

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        return self.text


@dataclass
class Draw:
    """What generators draw their arguments from.

    Where it is `careful`, what is drawn is valid, as far as a generator says what that is.
    """

    rng: random.Random
    values: dict[str, Any]
    careful: bool = True
    _derived: dict[str, list[Operand]] = field(default_factory=dict)

    def pick(self, items: Sequence[object] | str) -> Any:
        """Return one of some items; of the words of a text, one of them."""
        among: Sequence[object] = items.split() if isinstance(items, str) else items
        if not among:
            raise Unfit
        return self.rng.choice(among)

    def chance(self, probability: float) -> bool:
        """Return whether something happens."""
        return self.rng.random() < probability

    def flag(self) -> bool:
        """Return a truth value."""
        return self.chance(0.5)

    def integer(self, low: int, high: int) -> int:
        """Return a number between bounds, of which both are among them."""
        return self.rng.randint(low, high)

    def variables(self) -> list[Operand]:
        """Return the variables that are arrays."""
        return [Operand(name, value) for name, value in self.values.items() if isinstance(value, np.ndarray)]

    def variable(self, fits: Callable[[Operand], bool] = lambda _: True, kinds: str = "biufc") -> Operand:
        """Return a variable that is an array."""
        found = [each for each in self.variables() if each.value.dtype.kind in kinds]
        return self._one(found, fits)

    def array(self, fits: Callable[[Operand], bool] = lambda _: True, kinds: str = "biufc") -> Operand:
        """Return an array: a variable, or an expression of one."""
        if self.chance(0.7):
            try:
                return self.variable(fits, kinds)
            except Unfit:
                pass
        found = [each for own in self.variables() for each in self._from(own) if each.value.dtype.kind in kinds]
        return self._one(found, fits)

    def _one(self, found: list[Operand], fits: Callable[[Operand], bool]) -> Operand:
        fitting = [each for each in found if fits(each)] if self.careful or self.chance(0.3) else found
        if not fitting:
            raise Unfit
        return self.rng.choice(fitting)

    def _from(self, own: Operand) -> list[Operand]:
        if own.text not in self._derived:
            texts = [f"{own}.T", f"{own}[..., None]"]
            if own.rank:
                texts += [f"{own}[0]", f"{own}[1:]", f"{own}[None]", f"{own}.ravel()", f"{own}.sum(axis=-1)"]
                texts += [f"np.zeros(({own}.shape[-1], 2))", f"np.ones({own}.shape)", f"np.zeros(len({own}))"]
                texts += [f"({own} @ {own}.T)"] if own.rank == 2 and own.value.dtype.kind == "f" else []
            found = [Operand(text, self.evaluated(text)) for text in texts]
            self._derived[own.text] = [each for each in found if isinstance(each.value, np.ndarray)]
        return self._derived[own.text]

    def evaluated(self, text: str) -> Any:
        """Return the value of an expression."""
        try:
            with _silence():
                return eval(text, self.values)
        except Exception:
            return None

    # Arguments.

    def axis(self, a: Operand, *, more: int = 0) -> int:
        """Return an axis; of an array with more axes if so asked."""
        rank = a.rank + more
        if self.careful or self.chance(0.5):
            if not rank:
                raise Unfit
            return self.integer(-rank, rank - 1)
        return self.integer(-rank - 2, rank + 1)

    def axes(self, a: Operand, number: int) -> tuple[int, ...]:
        """Return several axes."""
        if not self.careful:
            return tuple(self.axis(a) for _ in range(number))
        if number > a.rank:
            raise Unfit
        chosen = self.rng.sample(range(a.rank), number)
        return tuple(axis - a.rank if self.chance(0.3) else axis for axis in chosen)

    def some_axes(self, a: Operand) -> int | tuple[int, ...] | None:
        """Return an axis, several of them, or None."""
        if self.chance(0.2) or not a.rank:
            return None
        return self.axis(a) if self.chance(0.6) else self.axes(a, self.integer(0, a.rank))

    def length(self, a: Operand, axis: int) -> str:
        """Return an expression for the size of an axis."""
        size, shown = a.shape[axis], [f"{a}.shape[{axis}]"]
        shown += [f"len({a})"] if axis in {0, -a.rank} else []
        return str(size) if size < 6 and self.chance(0.6) else str(self.pick(shown))

    def size(self, *, low: int = 0) -> str:
        """Return an expression for a size."""
        if self.chance(0.5):
            return str(self.integer(low, 5))
        arrays = [each for each in self.variables() if each.rank]
        if not arrays:
            return str(self.integer(low, 5))
        own = self.rng.choice(arrays)
        base = self.length(own, self.integer(0, own.rank - 1))
        text = str(self.pick([base] * 4 + [f"{base} + 1", f"2 * {base}", f"{base} // 2", f"{base} - 1", f"{own}.ndim"]))
        if not low <= self.evaluated(text) <= _LONGEST:
            raise Unfit
        return text

    def sizes(self, number: int) -> list[str]:
        """Return expressions for sizes that an array can have."""
        texts = [self.size() for _ in range(number)]
        if math.prod(self.evaluated(text) for text in texts) > _LARGEST:
            raise Unfit
        return texts


def tuple_text(items: Sequence[object]) -> str:
    """Return a tuple as it is written."""
    return f"({', '.join(map(str, items))}{',' * (len(items) == 1)})"


Generator: TypeAlias = Callable[[Draw], str]


def generate(seed: int, index: int, generators: dict[str, Generator]) -> Program:
    """Return the program of a seed and an index."""
    rng = random.Random(seed * 1_000_003 + index)
    sizes = dict(zip(_NAMES, rng.sample(_PRIMES, len(_NAMES)), strict=True))
    parameters = tuple(_parameters(rng, sizes))
    program = Program(f"program_{seed}_{index}", parameters, sizes)
    draw = Draw(rng, {"np": np, **program.arguments(sizes)})
    statements: list[Statement] = []
    for _ in range(rng.randint(1, 4)):
        statement, outcome = _statement(draw, generators, len(statements))
        statements.append(statement)
        if isinstance(outcome, Raised):
            break
    return Program(program.name, parameters, sizes, tuple(statements))


def _statement(draw: Draw, generators: dict[str, Generator], number: int) -> tuple[Statement, Outcome]:
    names = list(generators)
    while True:
        name = draw.rng.choice(names)
        draw.careful = draw.chance(0.45)
        target = f"v{number}"
        try:
            text = generators[name](draw)
        except (
            Unfit,
            IndexError,
            ValueError,
        ):  # also where a generator has not reckoned with what was drawn carelessly
            continue
        if ";" in text:  # the target of a statement that is no assignment
            target, text = text.split(";")
        else:
            text = f"{target} = {text}"
        statement = Statement(name, text.strip(), target)
        outcome = execute(statement, draw.values)
        if isinstance(outcome, Raised) and isinstance(outcome.error, MemoryError):
            continue
        if _total(outcome) > 10 * _LARGEST:
            del draw.values[target]
            continue
        return statement, outcome


def _total(value: Outcome) -> int:
    if isinstance(value, tuple | list):
        return sum(map(_total, value))
    return value.size if isinstance(value, np.ndarray) else 1


def _parameters(rng: random.Random, sizes: dict[str, int]) -> Iterator[Parameter]:
    pool = [*rng.sample(_NAMES, 2), str(rng.randint(1, 5)), str(rng.choice((1, 2, 3)))]
    expressions = [f"{pool[0]}+1", f"2*{pool[1]}", f"{pool[0]}+{pool[1]}", f"{pool[0]}-1"]
    bound: set[str] = set()
    for number in range(rng.randint(1, 4)):
        element = rng.choices(list(DTYPES), _DTYPE_WEIGHTS)[0]
        while True:
            rank = rng.choices(range(5), (1, 6, 9, 5, 2))[0]
            axes = [rng.choice(expressions) if rng.random() < 0.08 else rng.choice(pool) for _ in range(rank)]
            own = bound.union(each for each in axes if each in _NAMES)
            named = {name for each in axes for name in re.findall("[a-z]", each)}
            parameter = Parameter(f"x{number}", element, " ".join(axes))
            if named <= own and math.prod(parameter.shape(sizes)) <= _LARGEST:
                break
        bound = own
        yield parameter


def _int(dim: object) -> int:
    assert isinstance(dim, int)
    return dim
