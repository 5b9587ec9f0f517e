"""NumPy's functions, methods and attributes, each paired with its shape rule; one module for each topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.numpy import (
    construction,
    elementwise,
    fourier,
    joining,
    linalg,
    manipulation,
    patterns,
    products,
    random,
    reductions,
    selection,
    statistics,
    ufuncs,
)
from shapedmat.mypy_plugin.results import Result
from shapedmat.mypy_plugin.rules import Rule
from shapedmat.shapes import Shape

FUNCTIONS: Final[dict[str, Rule]] = {
    **construction.FUNCTIONS,
    **random.FUNCTIONS,
    **joining.FUNCTIONS,
    **manipulation.FUNCTIONS,
    **reductions.FUNCTIONS,
    **elementwise.FUNCTIONS,
    **statistics.FUNCTIONS,
    **selection.FUNCTIONS,
    **products.FUNCTIONS,
    **linalg.FUNCTIONS,
    **fourier.FUNCTIONS,
    **patterns.FUNCTIONS,
}
"""Rules by the last part of a function's full name, since NumPy moves its functions between private modules."""

METHODS: Final[dict[str, Rule]] = {
    **manipulation.METHODS,
    **reductions.METHODS,
    **elementwise.METHODS,
    **statistics.METHODS,
    **selection.METHODS,
    **products.METHODS,
}
"""Rules of the methods of arrays; the array is the argument of the first parameter."""

CALLS: Final[dict[str, Rule]] = {**construction.CALLS, **random.CALLS}
"""Rules of the methods of other classes, by full name; what has the method is no argument."""

EINOPS: Final[dict[str, Rule]] = patterns.EINOPS
"""Rules of the functions of einops, by full name."""

FIELDS: Final[dict[str, list[str]]] = linalg.FIELDS

UFUNCS: Final = ufuncs.UFUNCS
"""Rules of universal functions, by the full name of a method of their class, and by the name of the function."""

ATTRIBUTES: Final[dict[str, Callable[[Shape], Result]]] = {
    "T": shapes.transpose,
    "mT": shapes.matrix_transpose,
    "real": shapes.same,
    "imag": shapes.same,
}
