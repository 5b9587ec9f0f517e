"""Numbers that come out of arrays are put everywhere; parameters that are None get what is needed; loops go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

Distance = Callable[[Float[np.ndarray, "n d"], Float[np.ndarray, "m d"]], Float[np.ndarray, "n m"]]


class Transform(Protocol):
    def __call__(self, x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]: ...


def scaled(x: Float[np.ndarray, "n m"], by: Float[np.ndarray, "m"]) -> Float[np.ndarray, "n m"]:
    return x * by


def numbers(x: Float64[np.ndarray, "n m"], y: Float[np.ndarray, "n"], i: Int[np.ndarray, "k"]) -> float:
    losses = []
    losses.append(y.mean())
    losses.append(0.5)
    losses.append(math.inf)
    results = {"mean": y.mean(), "count": len(y)}
    results["other"] = 0.5
    floats: dict[str, float] = {"mean": y.mean(), "count": len(y)}
    assert len(floats) < len(results) <= len(losses)
    best = None
    for row in x:
        total = row.sum()
        if best is None or total > best:
            best = total
    count: int = (x > 0.0).sum()
    ratio: float = count / x.size
    largest = max(y.max(), 0.0, best if best is not None else 1.0)
    mean = y.mean() if len(y) else 0.0
    assert mean == y.mean()
    if isinstance(mean, float):
        mean = abs(mean)
    print(f"{mean:.2f} {largest:.1f}", "%.1f" % mean, round(mean, 2), int(mean), math.sqrt(abs(mean)))
    print([0] * i.max(), list(range(i.min())), sum(row.mean() for row in x) / 3, divmod(mean, 2.0), str(mean))
    if np.isfinite(x).all() and mean and not x.any():
        mean = 0.0
    lowest: float | None = None
    for row in x:
        lowest = row.min() if lowest is None else min(lowest, row.min())
    state = y.std()
    state = 3.5 if ratio > 2.0 else state
    wide = np.array([mean, y.std()]).reshape(2)
    return float(wide @ wide) + y[0] * 2 + state


def numbers_as_arrays(x: Float64[np.ndarray, "n m"]) -> Float[np.ndarray, "k"]:
    mean = x.mean()
    plain, copied, row = np.asarray(mean), np.array(mean), np.atleast_1d(mean)
    same = np.copy(mean)
    squeezed = np.squeeze(mean)
    padded = np.real(mean)
    chosen = np.where(mean > 0, mean, 0.0)
    repeated = np.repeat(mean, 3)
    whole = np.full_like(mean, 1)
    print(plain, copied, same, squeezed, padded, chosen, np.ascontiguousarray(mean), np.require(mean), whole)
    return np.concatenate([row, repeated])


def of_pairs(pairs: Sequence[tuple[Float64[np.ndarray, "n m"], int]], names: Sequence[str]) -> Float[np.ndarray, "k"]:
    labels = np.array([label for _, label in pairs])
    right = labels == [label for _, label in pairs]
    total = labels + [label for _, label in pairs]
    inputs = np.stack([x for x, _ in pairs])
    order = np.random.default_rng(0).permutation(len(pairs))
    print([names[place] for place in order], [pairs[place] for place in order[:1]], inputs.shape, right.sum())
    return total * 0.5


class Tracker:
    def __init__(self, x: Float[np.ndarray, "n"]) -> None:
        self.best = x.min()
        self.place = x.argmin()

    def reset(self) -> None:
        self.best = 0.0
        self.place = np.intp(0)


def of_objects(x: np.ndarray) -> object:
    boxes = np.array([np.ones(3), None], dtype=object)
    return boxes[0] * np.ones(3) + boxes[0] + x.mean()


def defaults(
    x: Float[np.ndarray, "n m"],
    weights: Float[np.ndarray, "n m"] | None = None,
    columns: Int[np.ndarray, "k"] | None = None,
    origin: Float[np.ndarray, "m"] | None = None,
) -> Float[np.ndarray, "..."]:
    if weights is None:
        weights = np.ones(1)
    if columns is None:
        columns = np.arange(x.shape[1])
    if origin is None:
        origin = x.mean(axis=1)
        return x - origin[:, None]
    return (x * weights - origin)[:, columns]


def callbacks(distance: Distance, x: Float[np.ndarray, "n k"], y: Float[np.ndarray, "m k"]) -> Float[np.ndarray, "m m"]:
    assert distance(x, y).shape == (len(x), len(y))
    return distance(y, y)


def squared(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
    return np.sum((a[:, None] - b) ** 2, axis=-1)


def loops(step: Float[np.ndarray, "n n"], start: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    x = start
    total = np.zeros(len(start), dtype=np.int64)
    for _ in range(3):
        x = step @ x + np.ones(len(x))
        total = total + 1
        if x.mean() > 3.0:
            x = x[::-1]
    mask: Bool[np.ndarray, "n"] = x > x.mean()
    return np.where(mask, x, total)


SCALES = {"few": np.ones(3), "many": np.ones((4, 3), np.float32), "whole": np.arange(3)}


def of_several_kinds(name: str) -> None:
    for rows, labels in [[np.ones((2, 3)), np.ones(2)], [np.ones((4, 3)), np.zeros(4, np.int64)]]:
        assert len(rows) == len(labels.T)
    total = 0
    for batch in [np.ones(3), np.zeros((2, 3), np.float32), np.ones(3, np.int32)]:
        total += batch.size + int(np.sum(batch[0])) + len(SCALES[name].T)
    batches = []
    batches.append(np.array([[0], [1]]))
    batches.append(np.array([[0.5], [1]]))
    assert total
    assert sum(each.ndim for each in batches) == 4


def of_things() -> None:
    pairs = np.empty(3, dtype=object)
    pairs[:] = [(1, 2), (1, 2), (1, 1)]
    cells = np.empty((1, 2), object)
    cells[0, 1] = np.zeros((1, 3))
    assert pairs[0] == (1, 2)
    assert cells[0, 1].shape == (1, 3)


def in_place() -> None:
    x = np.arange(12)
    x.resize((3, 4), refcheck=False)
    assert (x @ np.ones((4, 2))).shape == (3, 2)
    out = np.ones(1)
    assert np.percentile(np.ones(5), 50, out=out) == np.nanmedian(np.ones(5), out=out)


def main() -> None:
    in_place()
    of_several_kinds("few")
    of_things()
    x = np.arange(6.0).reshape(2, 3)
    numbers(x, np.ones(2), np.array([1, 2]))
    numbers_as_arrays(x)
    of_pairs([(x, 0), (x, 1)], ["zero", "one"])
    Tracker(np.ones(3)).reset()
    of_objects(x)
    defaults(x)
    defaults(x, origin=np.zeros(3))
    callbacks(squared, x, np.ones((4, 3)))
    loops(np.eye(3), np.ones(3))
    transforms: list[Transform] = [partial(scaled, by=np.ones(3))]
    wanted: Callable[[Float[np.ndarray, "n m"]], Float[np.ndarray, "n m"]] = partial(scaled, by=np.ones(3))
    assert transforms[0](x).shape == wanted(x).shape
