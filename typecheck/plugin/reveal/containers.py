"""Arrays in lists, tuples, dictionaries, and what comes out of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Optional

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def parameters(
    a: list[Float64[np.ndarray, "n m"]] = [array("n m")],  # noqa: B006
    b: dict[str, Float64[np.ndarray, "m"]] = {"x": array("m")},  # noqa: B006
    c: tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "m"]] = (array("n"), array("m")),
    d: tuple[Float64[np.ndarray, "n"], ...] = (array("n"), array("n")),
    e: Sequence[Float64[np.ndarray, "n m"]] = (array("n m"),),
    f: Mapping[str, list[Float64[np.ndarray, "m"]]] = {"x": [array("m")]},  # noqa: B006
    g: Optional[list[Float64[np.ndarray, "n"]]] = None,
) -> None:
    reveal_type(a[0])  # T: Float64[ndarray, 'n m']
    reveal_type(b["x"])  # T: Float64[ndarray, 'm']
    reveal_type(a[0] @ b["x"])  # T: Float64[ndarray, 'n']
    reveal_type(c[0])  # T: Float64[ndarray, 'n']
    reveal_type(c[1])  # T: Float64[ndarray, 'm']
    first, second = c
    reveal_type(first[:, None] * second)  # T: Float64[ndarray, 'n m']
    reveal_type(d[0] + d[1])  # T: Float64[ndarray, 'n']
    reveal_type(e[0].T)  # T: Float64[ndarray, 'm n']
    reveal_type(e[:1][0])  # T: Float64[ndarray, 'n m']
    reveal_type(f["x"][0])  # T: Float64[ndarray, 'm']
    reveal_type(b.get("x", second))  # T: Float64[ndarray, 'm']
    reveal_type([*a, *e][0])  # T: Float64[ndarray, 'n m']
    head, *tail = d
    reveal_type(head)  # T: Float64[ndarray, 'n']
    reveal_type(tail)  # T: list[Float64[ndarray, 'n']]
    reveal_type((g or [first])[0])  # T: Float64[ndarray, 'n']


def made(x: Float64[np.ndarray, "n m"] = array("n m"), y: Float64[np.ndarray, "m"] = array("m")) -> None:
    rows = []
    rows.append(x[0])
    rows.append(y)
    reveal_type(rows[0])  # T: Float64[ndarray, 'm']
    mixed = [x]
    mixed.append(x[:2])
    reveal_type(mixed[1])  # T: Float64[ndarray, '...']
    named = {"x": x, "y": x * 2}
    reveal_type(named["y"])  # T: Float64[ndarray, 'n m']
    counted = {}
    counted["a"] = y
    reveal_type(counted["a"])  # T: Float64[ndarray, 'm']
    pairs = [(x, y), (x * 2, y * 2)]
    reveal_type(pairs[0])  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'm']]
    nested = {"a": {"b": [x]}}
    reveal_type(nested["a"]["b"][0])  # T: Float64[ndarray, 'n m']
    reveal_type([x for _ in range(3)])  # T: list[Float64[ndarray, 'n m']]
    reveal_type({"a": row for row in x}["a"])  # T: Float64[ndarray, 'm']
    reveal_type([(row, row * 2) for row in x][0])  # T: tuple[Float64[ndarray, 'm'], Float64[ndarray, 'm']]
    reveal_type([a + b for a in x for b in x])  # T: list[Float64[ndarray, 'm']]
    reveal_type(next(iter([x])))  # T: Float64[ndarray, 'n m']
    reveal_type(list(reversed([x]))[0])  # T: Float64[ndarray, 'n m']
    reveal_type(rows.pop())  # T: Float64[ndarray, 'm']
    reveal_type((x, y) + (y,))  # T: tuple[Float64[ndarray, 'n m'], Float64[ndarray, 'm'], Float64[ndarray, 'm']]
    reveal_type([x] * 3)  # T: list[Float64[ndarray, 'n m']]
    reveal_type(dict(a=x)["a"])  # T: Float64[ndarray, 'n m']
    reveal_type([x, y][0])  # T: Float64[ndarray, '...']


def several_shapes(x: Float64[np.ndarray, "n m"] = array("n m"), flag: bool = True) -> None:
    reveal_type([x, x.T][0])  # T: Float64[ndarray, '_ _']
    reveal_type([x, x[0]][0])  # T: Float64[ndarray, '...']
    reveal_type(x if flag else x[:1])  # T: Float64[ndarray, 'n m'] | Float64[ndarray, '1 m']
    y = x if flag else x.T
    reveal_type(y)  # T: Float64[ndarray, 'n m'] | Float64[ndarray, 'm n']
    z = None if not flag else x
    assert z is not None
    reveal_type(z)  # T: Float64[ndarray, 'n m']


def blocks(x: Float64[np.ndarray, "n m"]) -> Iterator[Float64[np.ndarray, "2 m"]]:
    yield x[:2]


def pairs(x: Float64[np.ndarray, "n m"]) -> Iterator[tuple[int, Float64[np.ndarray, "m"]]]:
    yield from enumerate(x)


def generators(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    for block in blocks(x):
        reveal_type(block)  # T: Float64[ndarray, '2 m']
    for place, row in pairs(x):
        reveal_type(row)  # T: Float64[ndarray, 'm']
        reveal_type(x[place] + row)  # T: Float64[ndarray, 'm']
    reveal_type(next(blocks(x)))  # T: Float64[ndarray, '2 m']
    reveal_type(list(blocks(x))[0])  # T: Float64[ndarray, '2 m']
    reveal_type([row for _, row in pairs(x)][0])  # T: Float64[ndarray, 'm']
    reveal_type(dict(pairs(x))[0])  # T: Float64[ndarray, 'm']
