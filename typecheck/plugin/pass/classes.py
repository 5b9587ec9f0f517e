"""Classes whose names of sizes are other ones in each, and fields that take other shapes as a program goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float


class Layer(ABC):
    weights: Float[np.ndarray, "i o"]

    @abstractmethod
    def __call__(self, x: Float[np.ndarray, "n i"]) -> Float[np.ndarray, "n o"]: ...

    def extended(self, x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n+1"]:
        return np.concatenate([x[:, 0], x[0, :1]])

    def summed(self, x: Float[np.ndarray, "*batch n"]) -> Float[np.ndarray, "*batch"]:
        return np.asarray(x.sum(axis=-1))


class Linear(Layer):
    def __init__(self, kernel: Float[np.ndarray, "p q"]) -> None:
        self.weights = kernel
        self.kernel = kernel
        self.gradient: Float[np.ndarray, "p q"] | None = None

    def __call__(self, x: Float[np.ndarray, "batch p"]) -> Float[np.ndarray, "batch q"]:
        return x @ self.kernel

    def extended(self, x: Float[np.ndarray, "a b"]) -> Float[np.ndarray, "a+1"]:
        return super().extended(x)

    def summed(self, x: Float[np.ndarray, "*b k"]) -> Float[np.ndarray, "*b"]:
        return super().summed(x) * 2


class Model(Protocol):
    weights: Float[np.ndarray, "a b"]

    def __call__(self, x: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "c e"]: ...

    def extended(self, x: Float[np.ndarray, "c d"]) -> Float[np.ndarray, "c+1"]: ...


def run(model: Model, x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n k"]:
    return model(x) * model.weights[:1].sum()


@dataclass
class Cloud:
    points: Float[np.ndarray, "n 3"]
    masses: Float[np.ndarray, "n"] = field(default_factory=lambda: np.ones(4))
    parts: list[Float[np.ndarray, "n"]] = field(default_factory=list)

    def joined(self, other: Cloud) -> Cloud:
        return Cloud(np.concatenate([self.points, other.points]), np.concatenate([self.masses, other.masses]))

    def grown(self, more: Float[np.ndarray, "m 3"]) -> None:
        self.points = np.concatenate([self.points, more])
        self.masses = np.concatenate([self.masses, np.ones(len(more))])

    def last_beyond(self, other: Cloud) -> Float[np.ndarray, "3"]:
        if len(other.points) > len(self.points):
            return other.points[len(self.points)]
        return self.points[-1]

    def distances(self, other: Cloud) -> Float[np.ndarray, "n m"]:
        return np.linalg.norm(self.points[:, None] - other.points, axis=-1)

    def __iter__(self) -> Iterator[Float[np.ndarray, "3"]]:
        return iter(self.points)


class Row(NamedTuple):
    values: Float[np.ndarray, "n"]
    weights: Float[np.ndarray, "n n"]


def mixed(x: Float[np.ndarray, "n m"], row: Row) -> Float[np.ndarray, "m"]:
    values, weights = row
    total = row[0] + values @ weights + row.weights[0]
    return x[0] + total


class Scaler:
    scale = np.ones(1)

    def __init__(self) -> None:
        self.mean = np.zeros(1)
        self.history: list[Float[np.ndarray, "..."]] = []
        self.rows = [np.zeros(3)]

    def fit(self, x: Float[np.ndarray, "n m"]) -> Scaler:
        self.mean = x.mean(axis=0)
        self.scale = x.std(axis=0)
        self.history.append(x)
        self.rows.append(x[0])
        return self

    def transform(self, x: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
        return (x - self.mean) / self.scale + self.rows[-1]


def main() -> None:
    x = np.arange(12.0).reshape(4, 3)
    layer = Linear(np.ones((3, 2)))
    layer(x)
    layer.extended(x)
    layer.summed(x)
    run(layer, x)
    cloud = Cloud(x)
    cloud.grown(x[:2])
    cloud.joined(Cloud(x)).last_beyond(cloud)
    cloud.distances(Cloud(x))
    assert len(list(cloud)) == 6
    mixed(x, Row(np.ones(3), np.eye(3)))
    Scaler().fit(x).transform(x)
