"""Objects that hold arrays and functions: what their methods say of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias

import numpy as np
from jaxtyping import Float

from typecheck.plugin.arrays import array

Distance: TypeAlias = Callable[[Float[np.ndarray, "n d"], Float[np.ndarray, "m d"]], Float[np.ndarray, "n m"]]


class Mean(Protocol):
    def __call__(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n"]: ...


def zero(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n"]:
    return np.zeros(len(x))


@dataclass
class Filter:
    transition: Float[np.ndarray, "n n"]
    measurement: Float[np.ndarray, "m n"]
    control: Float[np.ndarray, "n k"] | None = None
    mean: Mean = zero

    def gain(self, covariance: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n m"]:
        return covariance @ self.measurement.T

    def update(self) -> Self:
        reveal_type(self.transition)  # T: Float[ndarray, 'n n']
        return self

    def innovation(self, covariance: np.ndarray) -> None:
        reveal_type(self.gain(covariance))  # T: Float[ndarray, 'n m']

    def expected(self, x: Float[np.ndarray, "t n"]) -> None:
        reveal_type(self.mean(x))  # T: Float[ndarray, 't']


def methods() -> None:
    system = Filter(array("n n"), array("m n"))
    system.update().innovation(array("n n"))
    system.expected(array("t n"))


def squared(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
    return np.zeros((len(a), len(b)))


def callback(
    distance: Distance = squared, x: Float[np.ndarray, "n k"] = array("n k"), y: Float[np.ndarray, "m k"] = array("m k")
) -> None:
    reveal_type(distance(x, y))  # T: Float[ndarray, 'n m']
    reveal_type(distance(y, y))  # T: Float[ndarray, 'm m']
