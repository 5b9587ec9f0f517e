"""Annotations that have names, and names that annotations are imported by."""

from typing import TYPE_CHECKING, Optional, TypeAlias, Union, cast

import jaxtyping
import jaxtyping as jt
import numpy as np
from jaxtyping import Float64
from jaxtyping import Float64 as F

from typecheck.plugin import shared_aliases
from typecheck.plugin.arrays import array
from typecheck.plugin.shared_aliases import Again, Dotted, ListOfPoints, Matrix, MaybePoints, Points
from typecheck.plugin.shared_aliases import Float as Exported

if TYPE_CHECKING:
    from jaxtyping import Bool

    Flags: TypeAlias = Bool[np.ndarray, "n"]

Vector = Float64[np.ndarray, "n"]
Square: TypeAlias = "Float64[np.ndarray, 'n n']"
Row: TypeAlias = Float64[np.ndarray, "1 m"]
Either = Union[Vector, Row]
Maybe = Optional[Vector]
Pair = tuple[Vector, Row]
Named = dict[str, Vector]


def imported(
    a: jt.Float64[np.ndarray, "n 3"] = array("n 3"),
    b: jaxtyping.Float64[np.ndarray, "3 m"] = array("3 m"),
    c: F[np.ndarray, "m"] = array("m"),
    d: Exported[np.ndarray, "n m"] = array("n m"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n 3']
    reveal_type(b)  # T: Float64[ndarray, '3 m']
    reveal_type(c)  # T: Float64[ndarray, 'm']
    reveal_type(d)  # T: Float[ndarray, 'n m']
    reveal_type(a @ b @ c)  # T: Float64[ndarray, 'n']


def from_another_module(
    a: Points = array("n 3"),
    b: Matrix = array("n m"),
    c: Dotted = array("n m"),
    d: Again = array("n 3"),
    e: shared_aliases.Points = array("n 3"),
    f: MaybePoints = array("n 3"),
    g: ListOfPoints = [array("n 3")],  # noqa: B006
) -> None:
    reveal_type(a)  # T: Float[ndarray, 'n 3']
    reveal_type(b)  # T: Float64[ndarray, 'n m']
    reveal_type(c)  # T: Float[ndarray, 'n m']
    reveal_type(d)  # T: Float[ndarray, 'n 3']
    reveal_type(e)  # T: Float[ndarray, 'n 3']
    assert f is not None
    reveal_type(f)  # T: Float[ndarray, 'n 3']
    reveal_type(g[0])  # T: Float[ndarray, 'n 3']
    reveal_type(a.T @ b)  # T: Float64[ndarray, '3 m']


def of_this_module(
    a: Vector = array("n"),
    b: Square = array("n n"),
    c: Row = array("1 m"),
    d: Either = array("1 m"),
    e: Maybe = array("n"),
    f: Pair = (array("n"), array("1 m")),
    g: Named = {"a": array("n")},  # noqa: B006
) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n']
    reveal_type(b)  # T: Float64[ndarray, 'n n']
    reveal_type(c)  # T: Float64[ndarray, '1 m']
    reveal_type(d)  # T: Float64[ndarray, 'n'] | Float64[ndarray, '1 m']
    assert e is not None
    reveal_type(e)  # T: Float64[ndarray, 'n']
    reveal_type(f[1])  # T: Float64[ndarray, '1 m']
    reveal_type(g["a"])  # T: Float64[ndarray, 'n']
    reveal_type(b @ a)  # T: Float64[ndarray, 'n']


def in_strings(
    a: "Float64[np.ndarray, 'n 3']" = array("n 3"),
    b: 'jt.Float64[np.ndarray, "n 3"]' = array("n 3"),
    c: "Vector" = array("n"),
    d: "Flags" = array("n", bool),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n 3']
    reveal_type(b)  # T: Float64[ndarray, 'n 3']
    reveal_type(c)  # T: Float64[ndarray, 'n']
    reveal_type(d)  # T: Bool[ndarray, 'n']


def casts(x: Float64[np.ndarray, "n m"] = array("n m"), y: object = array("n")) -> None:
    reveal_type(cast(Float64[np.ndarray, "n 7"], x))  # T: Float64[ndarray, 'n 7']
    reveal_type(cast("Float64[np.ndarray, 'n 7']", x))  # T: Float64[ndarray, 'n 7']
    assert isinstance(y, np.ndarray)
    reveal_type(cast(Vector, y))  # T: Float64[ndarray, 'n']
