"""Rules for annotated shapes: whether a shape is the one that is wanted, and what names stand for in a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shapedmat.dimensions import UNKNOWN, Dim, Equality, Size, Unknown, compare, evaluate, symbols
from shapedmat.errors import ShapeError
from shapedmat.shapes.shape import Shape, plural, show
from shapedmat.shapes.variadic import same_but_for_others


@dataclass(frozen=True, slots=True)
class OrOne:
    """A wanted size that may also be 1, as ``#n`` is."""

    dim: Dim

    def __str__(self) -> str:
        return f"#{self.dim}"


@dataclass(frozen=True, slots=True)
class AnyAxes:
    """Any number of wanted axes, as ``*batch`` and ``...`` are; they have no name in the latter."""

    name: str = ""

    def __str__(self) -> str:
        return f"*{self.name}" if self.name else "..."


Wanted: TypeAlias = tuple[int | Size | Unknown | OrOne | AnyAxes, ...]


def show_wanted(wanted: Wanted) -> str:
    """Return a wanted shape as it is written in Python, with the signs that jaxtyping has for it."""
    return f"({wanted[0]},)" if len(wanted) == 1 else f"({', '.join(map(str, wanted))})"


def fit(given: Shape, wanted: Shape, *, subject: str) -> None:
    """Check that a shape is the one that is wanted, where names mean the same in both.

    >>> fit((5, 2), (5, 3), subject="it")
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: it has shape (5, 2), but (5, 3) is wanted: sizes 2 and 3 on axis 1 differ

    Raises:
        ShapeError: it certainly is not.
    """
    refusal = f"{subject} has shape {show(given)}, but {show(wanted)} is wanted"
    if same_but_for_others(given, wanted):
        number = abs(len(given) - len(wanted))
        more = "more" if len(given) > len(wanted) else "less"
        raise ShapeError(f"{refusal}: it has {number} {plural(number, 'axis', 'axes')} {more}")
    if len(given) != len(wanted):
        raise ShapeError(f"{refusal}: {_ranks(len(given), len(wanted))}")
    for axis, (a, b) in enumerate(zip(given, wanted, strict=True)):
        if compare(a, b) is Equality.DIFFERENT:
            raise ShapeError(f"{refusal}: sizes {a} and {b} on axis {axis} differ")


def _ranks(given: int, wanted: int, *, at_least: bool = False) -> str:
    limit = "at least " if at_least else ""
    return f"it has {given} {plural(given, 'axis', 'axes')} and not {limit}{wanted}"


class Bindings:
    """What the names in the shapes of a callee stand for, as the arguments of one call show."""

    def __init__(self) -> None:
        self._dims: dict[str, tuple[Dim, str]] = {}
        self._axes: dict[str, tuple[Shape, str]] = {}

    def bind(self, wanted: Wanted, given: Shape, *, argument: str, callee: str) -> None:
        """Let the names of a wanted shape stand for the sizes of a given one.

        Sizes that are expressions are compared as far as their names are bound; arguments that bind them come first.

        Raises:
            ShapeError: the shape certainly does not fit, or a name stands for another size already.
        """
        place = f"{argument} of {callee}"
        refusal = f"{place} has shape {show(given)}, but {show_wanted(wanted)} is wanted"
        variadic = [at for at, each in enumerate(wanted) if isinstance(each, AnyAxes)]
        fixed = len(wanted) - len(variadic)
        if len(given) < fixed or (len(given) > fixed and not variadic):
            raise ShapeError(f"{refusal}: {_ranks(len(given), fixed, at_least=bool(variadic))}")
        if variadic:
            before, after = variadic[0], len(wanted) - variadic[0] - 1
            middle = given[before : len(given) - after]
            self._bind_axes(wanted[before], middle, argument=argument, place=place)
            sizes = [*zip(wanted[:before], given[:before], range(before), strict=True)]
            rest = range(len(given) - after, len(given))
            sizes += zip(wanted[before + 1 :], given[len(given) - after :], rest, strict=True)
        else:
            sizes = [*zip(wanted, given, range(len(given)), strict=True)]
        for want, size, axis in sizes:
            if isinstance(want, OrOne) and size == 1:
                continue
            dim = want.dim if isinstance(want, OrOne) else want
            if isinstance(dim, int):
                if compare(dim, size) is Equality.DIFFERENT and not (isinstance(want, OrOne) and _may_be_one(size)):
                    raise ShapeError(f"{refusal}: sizes {size} and {dim} on axis {axis} differ")
            elif isinstance(dim, Size) and not (isinstance(want, OrOne) and _may_be_one(size)):
                self._bind_dim(dim, size, argument=argument, place=place)

    def _bind_dim(self, wanted: Size, given: Dim, *, argument: str, place: str) -> None:
        name = str(wanted)
        if name not in {each.name for each in symbols(wanted)}:
            value = self.value(wanted)
            if compare(value, given) is Equality.DIFFERENT:
                because = ", ".join(
                    f'"{each}" = {self._dims[each][0]} from {self._dims[each][1]}'
                    for each in sorted(each.name for each in symbols(wanted))
                )
                raise ShapeError(f'{place}: dimension "{wanted}" is {value} with {because}, but {given} here')
            return
        bound, origin = self._dims.get(name, (UNKNOWN, ""))
        if isinstance(bound, Unknown):
            self._dims[name] = given, argument
        elif compare(bound, given) is Equality.DIFFERENT:
            source = "the same argument" if origin == argument else origin
            raise ShapeError(f'{place}: dimension "{name}" is {bound} from {source} but {given} here')

    def _bind_axes(self, wanted: Dim | OrOne | AnyAxes, given: Shape, *, argument: str, place: str) -> None:
        if not isinstance(wanted, AnyAxes) or not wanted.name or wanted.name.startswith("#"):
            return
        bound = self._axes.setdefault(wanted.name, (given, argument))
        differ = len(bound[0]) != len(given) or any(
            compare(a, b) is Equality.DIFFERENT for a, b in zip(bound[0], given, strict=True)
        )
        if differ:
            raise ShapeError(
                f'{place}: axes "*{wanted.name}" are {show(bound[0])} from {bound[1]} but {show(given)} here'
            )

    def preset(self, name: str, dim: Dim, origin: str) -> None:
        """Let a name stand for a size from the start, as the object does that has the method which is called."""
        self._dims[name] = dim, origin

    def value(self, dim: Dim) -> Dim:
        """Return a size of the callee in the caller's terms; `UNKNOWN` where nothing binds a name in it."""
        used = {each.name for each in symbols(dim)}
        if any(isinstance(self._dims.get(name, (UNKNOWN, ""))[0], Unknown) for name in used):
            return UNKNOWN
        return evaluate(dim, {name: self._dims[name][0] for name in used})

    def axes(self, name: str) -> Shape | None:
        """Return the axes that ``*name`` stands for; None where nothing binds it."""
        return self._axes[name][0] if name in self._axes else None


def _may_be_one(size: Dim) -> bool:
    return compare(size, 1) is not Equality.DIFFERENT


def merge(shapes: Sequence[Shape]) -> Shape | None:
    """Return the shape that has what is the same in all of these; None where their ranks differ.

    >>> merge([(5, 2), (5, 3)])
    (5, ?)
    """
    if not shapes or len({len(shape) for shape in shapes}) > 1:
        return None
    return tuple(dims[0] if all(dim == dims[0] for dim in dims) else UNKNOWN for dims in zip(*shapes, strict=True))
