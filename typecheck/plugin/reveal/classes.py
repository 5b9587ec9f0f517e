"""Names of sizes in classes: those of fields are the same in all methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Generic, NamedTuple, Protocol, TypedDict, TypeVar

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array

T = TypeVar("T")


@dataclass
class Cloud:
    points: Float64[np.ndarray, "n 3"]
    masses: Float64[np.ndarray, "n"] = field(default_factory=lambda: np.ones(4))
    colors: Float64[np.ndarray, "n 4"] | None = None
    origin: ClassVar[Float64[np.ndarray, "3"]] = np.zeros(3)

    def center(self) -> Float64[np.ndarray, "3"]:
        reveal_type(self.points)  # T: Float64[ndarray, 'n 3']
        reveal_type(self.points.T @ self.masses)  # T: Float64[ndarray, '3']
        reveal_type(self.origin)  # T: Float64[ndarray, '3']
        return self.points.T @ self.masses

    def seen_from(self, cameras: Float64[np.ndarray, "m 3"]) -> Float64[np.ndarray, "m n"]:
        reveal_type(cameras @ self.points.T)  # T: Float64[ndarray, 'm n']
        return cameras @ self.points.T

    def compared(self, other: Cloud) -> None:
        reveal_type(other.points)  # T: Float64[ndarray, '_ 3']
        reveal_type(self.points[:, None] - other.points)  # T: Float64[ndarray, 'n _ 3']

    def painted(self) -> None:
        if self.colors is not None:
            reveal_type(self.colors[:, 0] * self.masses)  # T: Float64[ndarray, 'n']
        colors = self.colors if self.colors is not None else np.zeros((len(self.masses), 4))
        reveal_type(colors.T @ self.masses)  # T: Float64[ndarray, '4']

    @property
    def centered(self) -> Float64[np.ndarray, "n 3"]:
        reveal_type(self.points - self.center())  # T: Float64[ndarray, 'n 3']
        return self.points - self.center()

    @classmethod
    def grid(cls, size: int) -> Cloud:
        return cls(np.zeros((size, 3)), np.ones(size))

    @staticmethod
    def moved(x: Float64[np.ndarray, "k 3"], by: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "k 3"]:
        return x + by


def fields(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    cameras: Float64[np.ndarray, "m 3"] = array("m 3"),
    m: Float64[np.ndarray, "m"] = array("m"),
) -> None:
    cloud = Cloud(x, x[:, 0], np.zeros((len(x), 4)))
    reveal_type(cloud.points)  # T: Float64[ndarray, '_ 3']
    reveal_type(cloud.masses)  # T: Float64[ndarray, '_']
    reveal_type(cloud.center())  # T: Float64[ndarray, '3']
    reveal_type(cloud.centered)  # T: Float64[ndarray, '_ 3']
    reveal_type(cloud.seen_from(cameras))  # T: Float64[ndarray, 'm _']
    reveal_type(cloud.moved(x, x[0]))  # T: Float64[ndarray, 'n 3']
    reveal_type(Cloud.moved(x[:4], x[0]))  # T: Float64[ndarray, '_ 3']
    reveal_type(Cloud.origin)  # T: Float64[ndarray, '3']
    reveal_type(replace(cloud, points=x).points)  # T: Float64[ndarray, '_ 3']
    reveal_type(Cloud.grid(3).points)  # T: Float64[ndarray, '_ 3']
    cloud.painted()
    cloud.compared(Cloud(array("m 3"), m))


class Layer(ABC):
    @abstractmethod
    def __call__(self, x: Float64[np.ndarray, "batch inputs"]) -> Float64[np.ndarray, "batch outputs"]: ...


class Linear(Layer):
    def __init__(self, weights: Float64[np.ndarray, "i o"]) -> None:
        self.weights = weights
        self.bias: Float64[np.ndarray, "o"] = np.zeros(weights.shape[1])
        reveal_type(self.weights)  # T: Float64[ndarray, 'i o']
        reveal_type(self.bias)  # T: Float64[ndarray, 'o']

    def __call__(self, x: Float64[np.ndarray, "n i"]) -> Float64[np.ndarray, "n o"]:
        reveal_type(self.weights)  # T: Float64[ndarray, 'i o']
        reveal_type(x @ self.weights + self.bias)  # T: Float64[ndarray, 'n o']
        return x @ self.weights + self.bias

    def __matmul__(self, x: Float64[np.ndarray, "o k"]) -> Float64[np.ndarray, "i k"]:
        return self.weights @ x

    def __getitem__(self, place: int) -> Float64[np.ndarray, "o"]:
        return self.weights[place]

    def __iter__(self) -> Iterator[Float64[np.ndarray, "o"]]:
        return iter(self.weights)

    def __enter__(self) -> Float64[np.ndarray, "i o"]:
        return self.weights

    def __exit__(self, *exception: object) -> None: ...

    def backward(self, gradient: Float64[np.ndarray, "n o"]) -> Float64[np.ndarray, "n i"]:
        reveal_type(gradient @ self.weights.T)  # T: Float64[ndarray, 'n i']
        reveal_type(self(gradient @ self.weights.T))  # T: Float64[ndarray, 'n _']
        return gradient @ self.weights.T


class Scaled(Linear):
    scales: Float64[np.ndarray, "o"]

    def __init__(self, weights: Float64[np.ndarray, "i o"], scales: Float64[np.ndarray, "o"]) -> None:
        super().__init__(weights)
        self.scales = scales

    def __call__(self, x: Float64[np.ndarray, "n i"]) -> Float64[np.ndarray, "n o"]:
        reveal_type(super().__call__(x) * self.scales)  # T: Float64[ndarray, 'n o']
        return super().__call__(x) * self.scales


class Model(Protocol):
    def __call__(self, x: Float64[np.ndarray, "a b"], /) -> Float64[np.ndarray, "a c"]: ...


def run(model: Model, x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n o"]:
    return model(x)


def layers(x: Float64[np.ndarray, "n i"] = array("n i"), w: Float64[np.ndarray, "i o"] = array("i o")) -> None:
    layer = Linear(w)
    layer.backward(x @ w)
    reveal_type(layer(x))  # T: Float64[ndarray, 'n _']
    reveal_type(layer @ w.T)  # T: Float64[ndarray, '_ i']
    reveal_type(layer[0])  # T: Float64[ndarray, '_']
    reveal_type(run(layer, x))  # T: Float64[ndarray, 'n _']
    with layer as weights:
        reveal_type(weights)  # T: Float64[ndarray, '_ _']
    for row in layer:
        reveal_type(row)  # T: Float64[ndarray, '_']
    reveal_type(Scaled(w, w[0])(x))  # T: Float64[ndarray, 'n _']
    reveal_type(Linear(np.ones((17, 19)))(x))  # T: Float64[ndarray, 'n _']
    reveal_type(Linear(np.ones((17, 19))).weights)  # T: Float64[ndarray, '_ _']


class Row(NamedTuple):
    values: Float64[np.ndarray, "m"]
    weights: Float64[np.ndarray, "m m"]

    def weighted(self) -> Float64[np.ndarray, "m"]:
        reveal_type(self.weights @ self.values)  # T: Float64[ndarray, 'm']
        return self.weights @ self.values


class Entry(TypedDict):
    values: Float64[np.ndarray, "m 3"]


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item

    def get(self) -> T:
        return self.item


def records(x: Float64[np.ndarray, "n 3"] = array("n 3"), m: Float64[np.ndarray, "m"] = array("m")) -> None:
    row = Row(m, m[:, None] * m)
    reveal_type(row.values)  # T: Float64[ndarray, '_']
    reveal_type(row[1])  # T: Float64[ndarray, '_ _']
    values, weights = row
    reveal_type(values)  # T: Float64[ndarray, '_']
    reveal_type(weights)  # T: Float64[ndarray, '_ _']
    reveal_type(row.weighted())  # T: Float64[ndarray, '_']
    reveal_type(row._replace(values=values * 2).values)  # T: Float64[ndarray, '_']
    entry: Entry = {"values": x}
    reveal_type(entry["values"])  # T: Float64[ndarray, '_ 3']
    reveal_type(Entry(values=x)["values"])  # T: Float64[ndarray, '_ 3']
    reveal_type(Box(x).item)  # T: Float64[ndarray, '_ 3']
    reveal_type(Box(x).get())  # T: Float64[ndarray, 'n 3']
    match row:
        case Row(values=first):
            reveal_type(first)  # T: Float64[ndarray, '_']
