"""Loops over arrays, and over what is made of arrays."""

from itertools import chain, product

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def loops(x: Float64[np.ndarray, "n m 3"] = array("n m 3"), y: Float64[np.ndarray, "n"] = array("n")) -> None:
    for block in x:
        reveal_type(block)  # T: Float64[ndarray, 'm 3']
        for row in block:
            reveal_type(row)  # T: Float64[ndarray, '3']
    for place, block in enumerate(x):
        reveal_type(place)  # T: int
        reveal_type(block)  # T: Float64[ndarray, 'm 3']
    for block, number in zip(x, y, strict=True):
        reveal_type(block)  # T: Float64[ndarray, 'm 3']
        reveal_type(block * number)  # T: Float64[ndarray, 'm 3']
    for left, right in zip(x, x[:, :, 0], strict=True):
        reveal_type(left)  # T: Float64[ndarray, 'm 3']
        reveal_type(right)  # T: Float64[ndarray, 'm']
    for place in range(len(x)):
        reveal_type(x[place])  # T: Float64[ndarray, 'm 3']
    for block in list(x):
        reveal_type(block)  # T: Float64[ndarray, '...']
    for place, (left, right) in enumerate(zip(x, x, strict=True)):
        reveal_type(left + right)  # T: Float64[ndarray, 'm 3']
    for block in chain(x, x):
        reveal_type(block)  # T: Float64[ndarray, '...']
    for left, right in product(x, y):
        reveal_type(left)  # T: Float64[ndarray, '...']


def made(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    reveal_type([row * 2 for row in x])  # T: list[Float64[ndarray, 'm']]
    reveal_type({place: row for place, row in enumerate(x)}[0])  # T: Float64[ndarray, 'm']
    reveal_type(np.stack([row for row in x]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.array([row * 2 for row in x]))  # T: Shaped[ndarray, 'n m']
    reveal_type(list(x)[0])  # T: Float64[ndarray, '...']
    reveal_type(next(iter(x)))  # T: Float64[ndarray, '...']
    first, *rest = x
    reveal_type(first)  # T: Float64[ndarray, 'm']
    reveal_type(list(map(np.sum, x))[0])  # T: float64
    reveal_type(max(x, key=np.sum))  # T: Float64[ndarray, '...']
    reveal_type(sum(row for row in x))  # T: Float64[ndarray, 'm'] | 0


def unpacked(x: Float64[np.ndarray, "2 m"] = array("2 m"), y: Float64[np.ndarray, "m 3"] = array("m 3")) -> None:
    a, b = x
    reveal_type(a)  # T: Float64[ndarray, 'm']
    reveal_type(a + b)  # T: Float64[ndarray, 'm']
    c, d, e = y.T
    reveal_type(c * d * e)  # T: Float64[ndarray, 'm']


def updated(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    total = np.zeros(x.shape[1])
    for row in x:
        total += row
        reveal_type(total)  # T: Float64[ndarray, 'm']
    state = x[0]
    for row in x[1:]:
        state = state * 0.5 + row
        reveal_type(state)  # T: Float64[ndarray, 'm']
    grown = x[:, :1]
    while grown.shape[1] < 3:
        grown = np.concatenate([grown, x[:, :1]], axis=1)
    reveal_type(grown)  # T: Float64[ndarray, 'n 1'] | Float64[ndarray, 'n 2'] | Shaped[ndarray, '...']
    best = None
    for row in x:
        if best is None or row.sum() > best.sum():
            best = row
    assert best is not None
    reveal_type(best)  # T: Float64[ndarray, 'm']
