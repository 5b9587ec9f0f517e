"""Mistakes with objects that hold arrays and functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from jaxtyping import Float

from typecheck.plugin.arrays import array

Distance: TypeAlias = Callable[[Float[np.ndarray, "n d"], Float[np.ndarray, "m d"]], Float[np.ndarray, "n m"]]


@dataclass
class System:
    transition: Float[np.ndarray, "n n"]
    control: Float[np.ndarray, "n k"]
    measurement: Float[np.ndarray, "m n"]

    def gain(self, covariance: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n m"]:
        return covariance @ self.measurement.T


def make() -> System:
    return System(array("n n"), array("n k"), array("m n"))


def method_that_returns_self() -> None:
    class Other(System):
        def step(self, x: Float[np.ndarray, "m"]) -> Self:
            # E: cannot multiply (n, n) by (m,): inner dimensions n and m differ [shape]
            # R: ValueError: matmul
            self.transition @ x
            return self

    Other(array("n n"), array("n k"), array("m n")).step(array("m"))


def optional_parameter() -> None:
    class Other(System):
        def step(self, u: Float[np.ndarray, "k"] | None = None) -> None:
            if u is not None:
                # E: cannot multiply (k,) by (n, k): inner dimensions k and n differ [shape]
                # R: ValueError: matmul
                u @ self.control

    Other(array("n n"), array("n k"), array("m n")).step(array("k"))


def own_method_of_an_unknown_array() -> None:
    class Other(System):
        def step(self, covariance: np.ndarray, x: Float[np.ndarray, "m"]) -> None:
            # E: cannot multiply (m, n) by (m,): inner dimensions n and m differ [shape]
            # R: ValueError: matmul
            self.gain(covariance).T @ x

    Other(array("n n"), array("n k"), array("m n")).step(array("n n"), array("m"))


def squared(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "n m"]:
    return a @ b.T


def callback(
    distance: Distance = squared, x: Float[np.ndarray, "n k"] = array("n k"), y: Float[np.ndarray, "m k"] = array("m k")
) -> None:
    # E: cannot multiply (m, m) by (n, k): inner dimensions m and n differ [shape]
    # R: ValueError: matmul
    distance(y, y) @ x
