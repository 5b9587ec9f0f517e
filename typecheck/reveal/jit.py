"""Compiled functions and methods, generic in sizes and element types, what they return, and loops around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, MiniBatchLoop, jit, sigmoid

f32 = np.float32
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
K = TypeVar("K", bound=int)
Batch = TypeVar("Batch", bound=int)
Real = TypeVar("Real", bound=np.floating[Any])

w = Matrix[f32, L[3], L[2]].ones()
x = Matrix[f32, L[2], L[4]].ones()
double = Matrix[np.float64, L[2], L[4]].ones()


@jit
def product(a: Matrix[Real, R, K], b: Matrix[Real, K, C]) -> Matrix[Real, R, C]:
    return a @ b


@jit(threads=2)
def scaled(x: Matrix[Real, R, C], scale: float = 2.0) -> Matrix[Real, R, C]:
    return scale * x


@jit
def layers(x: Matrix[f32, L[2], Batch]) -> tuple[Matrix[f32, L[2], Batch], dict[str, Matrix[f32, Batch, L[1]]]]:
    return sigmoid(x), {"sums": x.sum(axis=0).T}


@jit
def loss(x: Matrix[Real, R, C]) -> Real:
    return x.hadamard(x).sum()


def outer(x: Matrix[Real, R, L[1]]) -> Matrix[Real, R, R]:
    return x.outer(x)


compiled_outer = jit(outer)

reveal_type(product(w, x))  # T: Matrix[float32, 3, 4]
reveal_type(product(a=w, b=scaled(x)))  # T: Matrix[float32, 3, 4]
reveal_type(scaled(double, 0.5))  # T: Matrix[float64, 2, 4]
reveal_type(scaled(scale=3, x=x))  # T: Matrix[float32, 2, 4]
reveal_type(layers(x)[0])  # T: Matrix[float32, 2, 4]
reveal_type(layers(x)[1]["sums"])  # T: Matrix[float32, 4, 1]
reveal_type(loss(x))  # T: float32
reveal_type(loss(double))  # T: float64
reveal_type(compiled_outer(w.col(0)))  # T: Matrix[float32, 3, 3]
reveal_type(product.plan())  # T: str
reveal_type(product.explain())  # T: str


class Result(NamedTuple):
    y: Matrix[f32, L[3], L[4]]
    rate: float


@dataclass
class Model(Generic[Real]):
    w: Matrix[Real, L[3], L[2]]

    @jit
    def forward(self, x: Matrix[Real, L[2], Batch]) -> Matrix[Real, L[3], Batch]:
        return self.w @ x

    @jit(threads=1)
    def backward(self, x: Matrix[Real, L[2], Batch], dy: Matrix[Real, L[3], Batch]) -> Matrix[Real, L[3], L[2]]:
        reveal_type(self.forward(x))  # T: Matrix[Real, 3, Batch]
        return dy @ x.T

    @staticmethod
    @jit
    def double(x: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
        return x + x


@jit
def step(model: Model[f32], x: Matrix[f32, L[2], L[4]], rate: float) -> Result:
    return Result(model.forward(x), rate / x.cols)


model = Model(w)
reveal_type(model.forward(x))  # T: Matrix[float32, 3, 4]
reveal_type(model.backward(x, model.forward(x)))  # T: Matrix[float32, 3, 2]
reveal_type(Model.double(x))  # T: Matrix[float32, 2, 4]
reveal_type(Model(w.astype(np.float64)).forward(double))  # T: Matrix[float64, 3, 4]
reveal_type(model.forward.plan())  # T: str
reveal_type(step(model, x, 0.5).y)  # T: Matrix[float32, 3, 4]
reveal_type(step(model, x, 0.5).rate)  # T: float


def fit(w: Matrix[f32, L[2], L[1]], x: Matrix[f32, Batch, L[2]], y: Matrix[f32, Batch, L[1]], rate: float) -> f32:
    error = x @ w - y
    w -= rate * (x.T @ error)
    return error.hadamard(error).sum()


def fit_any(w: Matrix[Real, R, C], x: Matrix[Real, Batch, R], y: Matrix[Real, Batch, C]) -> Real:
    error = x @ w - y
    w -= x.T @ error
    return error.hadamard(error).sum()


def fit_rest(state: tuple[Model[f32], float], *samples: Matrix[f32, Any, Any]) -> f32:
    return samples[0].sum()


class Descent:
    def step(self, model: Model[f32], x: Matrix[f32, Any, L[2]], rate: float = 0.1) -> f32:
        return model.forward(x.T).sum()

    @staticmethod
    def fit(w: Matrix[f32, L[2], L[1]], x: Matrix[f32, Any, L[2]]) -> f32:
        return (x @ w).sum()


reveal_type(MiniBatchLoop(fit))  # T: MiniBatchLoop[Matrix[float32, 2, 1]]
reveal_type(MiniBatchLoop(jit(fit), threads=1))  # T: MiniBatchLoop[Matrix[float32, 2, 1]]
reveal_type(MiniBatchLoop(fit_any))  # T: MiniBatchLoop[Matrix[Any, Any, Any]]
reveal_type(MiniBatchLoop(fit_rest))  # T: MiniBatchLoop[tuple[Model[float32], float]]
reveal_type(MiniBatchLoop(Descent().step))  # T: MiniBatchLoop[Model[float32]]
reveal_type(MiniBatchLoop(Descent.fit))  # T: MiniBatchLoop[Matrix[float32, 2, 1]]
reveal_type(MiniBatchLoop(lambda w, x: (x @ w).sum()))  # T: MiniBatchLoop[Any]  # P: MiniBatchLoop[Unknown]
reveal_type(MiniBatchLoop(lambda w, x: Descent.fit(w, x)))  # T: MiniBatchLoop[Any]  # P: MiniBatchLoop[Unknown]
reveal_type(MiniBatchLoop(fit).plan())  # T: str
