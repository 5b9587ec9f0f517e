"""Annotations of matrices where they may stand."""

from __future__ import annotations

from typing import Generic, NamedTuple, Protocol, TypeAlias, TypedDict, TypeVar, cast
from typing import Literal as L

import numpy as np

import shapedmat
from shapedmat import Matrix

f32 = np.float32
N = TypeVar("N", bound=int)
Held = TypeVar("Held")
Image: TypeAlias = Matrix[f32, 28, 28]
Column: TypeAlias = Matrix[f32, N, 1]


class Pair(NamedTuple):
    x: Matrix[f32, 5, 2]


class Parameters(TypedDict):
    w: Matrix[f32, 5, 2]


class Model(Protocol):
    def __call__(self, x: Matrix[f32, 5, N], /) -> Matrix[f32, 2, N]: ...


class Box(Generic[Held]):
    def __init__(self, held: Held) -> None:
        self.held = held


class Images(Box[Matrix[f32, 28, 28]]):
    pass


def linear(x: Matrix[f32, 5, N]) -> Matrix[f32, 2, N]:
    return Matrix[f32, L[2], L[5]].ones() @ x


def run(model: Model, x: shapedmat.Matrix[f32, 5, 3]) -> Matrix[f32, 2, 3]:
    return model(x)


def flat(image: Image) -> Column[L[784]]:
    return image.reshape(784, 1)


def main() -> None:
    run(linear, Matrix.ones(5, 3))
    print(flat(Images(Matrix.ones(28, 28)).held))
    parameters: Parameters = {"w": Matrix.ones(5, 2)}
    something: object = parameters["w"]
    print(isinstance(something, Matrix), cast("Matrix[f32, 5, 2]", something) + Pair(parameters["w"]).x)


if __name__ == "__main__":
    main()
