"""Sizes are ints like any others."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

CHANGED = 3
COLUMNS = 4


def change() -> None:
    global CHANGED
    CHANGED = 5


def twice(n: int) -> int:
    return 2 * n


class Counter:
    def __init__(self, x: Float64[np.ndarray, "n m"]) -> None:
        self.n = x.shape[0]
        self.sizes: dict[str, int] = {"n": x.shape[0]}

    def reset(self) -> None:
        self.n = 5
        self.n += 1


@dataclass
class Layer:
    width: int = 3
    sizes: list[int] = field(default_factory=list)


def as_ints(x: Float64[np.ndarray, "n m"]) -> str:
    n, m = x.shape
    total: int = n + twice(m)
    counts: list[int] = [n, m]
    by_size = {n: "rows", m: "columns"}
    by_size[3] = "others"
    sizes = [n]
    sizes.append(4)
    sizes[0] = 7
    both = list(x.shape)
    both.append(1)
    both[0] = 3
    larger = max(n, m, 3)
    layer = Layer(n, [m])
    layer.width = m
    layer.width = 3
    layer.sizes.append(n)
    if n != m:
        total += 1
    if n == 3 or (n > 5 and m < n):
        total -= 1
    for i in range(n):
        total += i
    for j, size in enumerate(x.shape):
        total += j * size
    n += 1
    n = 3
    half, rest = divmod(m, 2)
    half = 4
    fraction = n / m
    fraction = math.sqrt(n)
    names = {True: n, False: 3}[m > 2]
    parts = tuple(x.shape) + (3,)
    chosen = n if m > 2 else 3
    chosen = m
    count = 0
    while count < n:
        count += 1
    word = "size"[:m] * n
    return f"{n:3d} {m} {total} {counts} {by_size} {both} {larger} {half} {rest} {fraction} {names} {parts} {chosen} {word}"


def check(x: Float64[np.ndarray, "n m"], y: Float64[np.ndarray, "k m"]) -> int:
    n, m = x.shape
    if n != y.shape[0]:
        raise ValueError(n)
    if x.shape != y.shape:
        raise ValueError(m)
    assert x.shape[0] == y.shape[0]
    assert x.ndim == 2
    return n


def branches(x: Float64[np.ndarray, "n m"], flag: bool) -> npt.NDArray[np.float64]:
    size = x.shape[0] if flag else 3
    k = 3
    if flag:
        k = 4
    rows = 3
    for rows in (4, 5):  # noqa: B007
        pass
    result = np.zeros((size, 4)) + np.zeros((1, k if flag else 4))
    grown = np.zeros((rows, k)) + np.ones((5, 4 if flag else k))
    return np.concatenate([result.ravel(), grown.ravel(), np.zeros((CHANGED, 1)).ravel()])


def counted(x: Float64[np.ndarray, "n m"], limit: int = 3) -> Float64[np.ndarray, "n m"]:
    limit = 4 if limit > 2 else 2
    total = 0
    for row in x:
        total += len(row)
    flat = x.reshape(total)
    assert np.zeros(limit).shape == (4,)
    return flat.reshape(x.shape)


def optional(n: int | None = None) -> npt.NDArray[np.float64]:
    if n is None:
        n = 3
    table = np.zeros((n, COLUMNS))
    table[:, 0] = np.arange(n)
    return table


def main() -> None:
    x = np.arange(12.0).reshape(3, 4)
    change()
    assert as_ints(np.ones((5, 6))).startswith("  3")
    Counter(x).reset()
    assert check(x, x) == 3
    assert branches(x, True).ndim == branches(x, False).ndim == 1
    assert counted(x).shape == (3, 4)
    assert optional(5).shape == (5, 4)
