"""Everyday statements about arrays: names take other shapes, branches join, loops go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager

import numpy as np
from jaxtyping import Float, Int

total = np.zeros(3)


def transposed(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m n"]:
    x = x.T
    return x


def flattened(x: Float[np.ndarray, "n m"], deep: bool = False) -> Float[np.ndarray, "..."]:
    if deep:
        x = x.reshape(-1)
    else:
        x = x[:, :1]
    x = x + 1
    return x


def joined(x: Float[np.ndarray, "n m"], wide: bool) -> Float[np.ndarray, "n _"]:
    if wide:
        y = np.concatenate([x, x], axis=1)
    else:
        y = x[:, :1]
    z = x if wide else x[:, 0][:, None]
    w = y + z[:, :1]
    for _ in range(3):
        w = np.concatenate([w, x[:, :1]], axis=1)
    while w.shape[1] > 2:
        w = w[:, 1:]
    return w


def accumulated(xs: list[Float[np.ndarray, "n m"]]) -> Float[np.ndarray, "k m"]:
    out = None
    for x in xs:
        out = x if out is None else np.concatenate([out, x])
    assert out is not None
    return out


def summed(xs: list[Float[np.ndarray, "n m"]]) -> Float[np.ndarray, "n m"]:
    acc = 0
    for x in xs:
        acc = acc + x
    assert isinstance(acc, np.ndarray)
    return acc


def appended(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "k m"]:
    rows = []
    rows.append(x)
    rows.append(x[:1])
    rows.append(x[1:])
    rows += [x, x[:2]]
    return np.concatenate(rows)


def set_global(x: Float[np.ndarray, "n"]) -> None:
    global total
    total = x


def padded(x: Float[np.ndarray, "n"], size: int) -> Float[np.ndarray, "size"]:
    while len(x) < size:
        x = np.concatenate([x, np.zeros(1)])
    return x[:size]


def halved(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "m"]:
    while x.shape[0] > 1:
        x = x[::2] + 0
    return x


def recursive(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "m"]:
    return x if x.size < 2 else recursive(x[::2])


def walrus(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n"]:
    if (y := x.sum(axis=1)).any():
        return y
    return y * 2


def comprehension(x: Float[np.ndarray, "n m"]) -> list[Float[np.ndarray, "m"]]:
    kept = {i: row for i, row in enumerate(x) if row.any()}
    lengths = {len(row) for row in x}
    assert lengths
    return [row * 2 for row in kept.values()]


def guarded(x: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    try:
        y = np.linalg.solve(x, b)
    except np.linalg.LinAlgError:
        y = b
    finally:
        b = b[:0]
    return y


def matched(x: Float[np.ndarray, "n m"], mode: str) -> Float[np.ndarray, "k"]:
    match mode:
        case "rows":
            y = x.sum(axis=1)
        case "columns":
            y = x.sum(axis=0)
        case _:
            y = x.reshape(-1)
    return y


def windows(x: Float[np.ndarray, "n"], size: int) -> Iterator[Float[np.ndarray, "size"]]:
    for start in range(len(x) - size + 1):
        yield x[start : start + size]


def running() -> Generator[Float[np.ndarray, "3"], Float[np.ndarray, "3"], None]:
    state: Float[np.ndarray, "3"] = np.zeros(3)
    while True:
        sent = yield state
        state = state + sent


@contextmanager
def scaled(x: Float[np.ndarray, "n"]) -> Iterator[Float[np.ndarray, "n"]]:
    yield x * 2


async def fetched(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m"]:
    await asyncio.sleep(0)
    return x.sum(axis=0)


async def streamed(x: Float[np.ndarray, "n m"]) -> AsyncIterator[Float[np.ndarray, "m"]]:
    for row in x:
        yield row


async def awaited(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m"]:
    total = await fetched(x)
    async for row in streamed(x):
        total = total + row
    both = await asyncio.gather(fetched(x), fetched(x))
    return total + both[0]


def nested(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "m"]:
    def shifted(v: Float[np.ndarray, "m"]) -> Float[np.ndarray, "m"]:
        return v - x.mean(axis=0)

    def first(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        return x[:1] * x

    def counted(n: Int[np.ndarray, "n"]) -> Int[np.ndarray, "n"]:
        nonlocal x
        x = x + 1
        return n

    counted(np.arange(4))
    return first(shifted(x[0])) + first(x.sum(axis=0))


def checked(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m e"]) -> Float[np.ndarray, "n m"]:
    if x.shape[1] != y.shape[1]:
        raise ValueError("the points lie in different spaces")
    return x @ y.T


def same_length(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "m"]) -> Float[np.ndarray, "n"]:
    assert len(x) == len(y)
    return x + y


def same_shape(x: Float[np.ndarray, "n m"], y: Float[np.ndarray, "p q"]) -> Float[np.ndarray, "n m"]:
    if x.shape == y.shape:
        return x * y
    return x


def square(x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
    n, m = x.shape
    return x @ x if n == m else x


def three(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "3"]:
    if len(x) == 3:
        return x
    return np.zeros(3)


def optional(x: Float[np.ndarray, "n"] | None = None, size: int = 2) -> Float[np.ndarray, "n"]:
    if x is None:
        x = np.zeros(2)
    return x


def either(x: Float[np.ndarray, "n"] | Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n"]:
    if x.ndim == 1:
        return x
    return x.sum(axis=1)


def by_rank(x: np.ndarray) -> Float[np.ndarray, "n m"]:
    if x.ndim == 1:
        return x[:, None]
    assert x.ndim == 2
    return x


def apply(
    f: Callable[[Float[np.ndarray, "n"]], Float[np.ndarray, "n"]], x: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "n"]:
    return f(x)


def main() -> None:
    x = np.arange(12.0).reshape(3, 4)
    transposed(x)
    flattened(x)
    flattened(x, deep=True)
    joined(x, wide=True)
    accumulated([x, x])
    summed([x, x])
    appended(x)
    set_global(x[0])
    padded(x[0], 6)
    halved(x[0])
    recursive(x[0])
    walrus(x)
    comprehension(x)
    guarded(np.eye(3), x[:, 0])
    for mode in ("rows", "columns", "all"):
        matched(x, mode)
    assert len(list(windows(x[0], 2))) == 3
    state = running()
    next(state)
    state.send(np.ones(3))
    with scaled(x[0]) as y:
        assert y.shape == (4,)
    asyncio.run(awaited(x))
    nested(x)
    checked(x, x)
    same_length(x[0], x[1])
    same_shape(x, x)
    square(x)
    three(x[:, 0])
    optional()
    optional(x[0])
    either(x)
    either(x[0])
    by_rank(x)
    by_rank(x[0])
    apply(lambda v: v * 2, x[0])
    apply(np.sort, x[0])
