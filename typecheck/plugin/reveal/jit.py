"""The shapes of what compiled functions return, and of the state of compiled loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from shapedmat import Matrix, MiniBatchLoop, jit
from typecheck.plugin.arrays import array

f64 = np.float64


@jit
def layer(w: Float64[Matrix, "out in"], x: Float64[Matrix, "in batch"]) -> Float64[Matrix, "out batch"]:
    return w @ x


@jit(threads=2)
def stacked(a: Float64[Matrix, "n k"], b: Float64[Matrix, "m k"]) -> Float64[Matrix, "n+m k"]:
    return a.vstack(b)


@dataclass
class Model:
    w: Matrix[f64, 3, 2]

    @jit
    def forward(self, x: Float64[Matrix, "2 batch"]) -> Float64[Matrix, "3 batch"]:
        return self.w @ x


def fit(w: Matrix[f64, 2, 1], x: Float64[Matrix, "batch 2"]) -> f64:
    return (x @ w).sum()


def fit_any(w: Float64[Matrix, "in out"], x: Float64[Matrix, "batch in"]) -> f64:
    return (x @ w).sum()


class Descent:
    def step(self, model: Model, x: Float64[Matrix, "batch 2"]) -> f64:
        return model.forward(x.T).sum()


def functions(
    w: Float64[Matrix, "3 2"] = Matrix(array("3 2")), x: Float64[Matrix, "2 n"] = Matrix(array("2 n"))
) -> None:
    reveal_type(layer(w, x))  # T: Matrix[float64, 3, n]
    reveal_type(layer(x.T, w.T))  # T: Matrix[float64, n, 3]
    reveal_type(stacked(w, x.T))  # T: Matrix[float64, n+3, 2]
    reveal_type(Model(w).forward(x))  # T: Matrix[float64, 3, Any]


def loops() -> None:
    reveal_type(MiniBatchLoop(fit))  # T: MiniBatchLoop[Matrix[float64, 2, 1]]
    reveal_type(MiniBatchLoop(jit(fit)))  # T: MiniBatchLoop[Matrix[float64, 2, 1]]
    reveal_type(MiniBatchLoop(fit_any))  # T: MiniBatchLoop[Matrix[float64, Any, Any]]
    reveal_type(MiniBatchLoop(Descent().step))  # T: MiniBatchLoop[Model]
    reveal_type(MiniBatchLoop(lambda w, x: fit(w, x)))  # T: MiniBatchLoop[Any]
