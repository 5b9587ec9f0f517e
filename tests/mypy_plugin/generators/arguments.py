"""What the arguments of NumPy's functions have to be like, and the table of generators.

A generator returns an expression, or, where it is a statement, ``variable; statement``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from tests.mypy_plugin.programs import Draw, Generator, Operand

GENERATORS: Final[dict[str, Generator]] = {}
"""All generators by name, once their modules are imported."""


def generator(function: Generator) -> Generator:
    """Enter a generator into the table by its name."""
    GENERATORS[function.__name__.removeprefix("_")] = function
    return function


def fits_together(a: Operand) -> Callable[[Operand], bool]:
    """Return whether an array can be broadcast with another."""

    def fits(b: Operand) -> bool:
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            return False
        return math.prod(a.shape) * math.prod(b.shape) <= 10**7

    return fits


def fits_into(a: Operand) -> Callable[[Operand], bool]:
    """Return whether an array can be broadcast to the shape of another."""

    def fits(b: Operand) -> bool:
        return fits_together(a)(b) and np.broadcast_shapes(a.shape, b.shape) == a.shape

    return fits


def of_rank(low: int, high: int = 9) -> Callable[[Operand], bool]:
    """Return whether an array has so many axes."""
    return lambda a: low <= a.rank <= high


def small(a: Operand) -> bool:
    """Say whether an array has few elements."""
    return math.prod(a.shape) <= 300


def is_square(a: Operand) -> bool:
    """Say whether an array is of square matrices."""
    return a.rank >= 2 and a.shape[-1] == a.shape[-2]


def of_matrices(a: Operand) -> bool:
    """Say whether an array is of matrices."""
    return a.rank >= 2


def options(draw: Draw, **chances: str) -> str:
    """Return some of the keyword arguments, each with its comma before it."""
    return "".join(f", {name}={value}" for name, value in chances.items() if draw.flag())


def called(draw: Draw, name: str, a: Operand, arguments: str = "", *, method: float = 0.5) -> str:
    """Return a call in the form of a function or of a method."""
    if draw.chance(method):
        return f"{a}.{name}({arguments.removeprefix(', ')})"
    return f"np.{name}({a}{arguments})"
