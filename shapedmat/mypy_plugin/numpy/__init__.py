"""NumPy's functions, methods and attributes, each paired with its shape rule; one module for each topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.numpy import reductions
from shapedmat.mypy_plugin.rules import Result, Rule
from shapedmat.shapes import Shape

FUNCTIONS: Final[dict[str, Rule]] = {**reductions.FUNCTIONS}
"""Rules by the last part of a function's full name, since NumPy moves its functions between private modules."""

METHODS: Final[dict[str, Rule]] = {**reductions.METHODS}
"""Rules of the methods of arrays; the array is the argument of the first parameter."""

ATTRIBUTES: Final[dict[str, Callable[[Shape], Result]]] = {
    "T": shapes.transpose,
    "real": shapes.same,
    "imag": shapes.same,
}
