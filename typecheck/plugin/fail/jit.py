"""Bugs in calls of compiled functions and loops, whose sizes are followed as those of the functions are."""

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


def fit_any(w: Float64[Matrix, "2 out"], x: Float64[Matrix, "batch 2"]) -> f64:
    return (x @ w).sum()


def arguments_exchanged(
    w: Float64[Matrix, "3 2"] = Matrix(array("3 2")), x: Float64[Matrix, "2 n"] = Matrix(array("2 n"))
) -> None:
    # E: argument "x" of "__call__": dimension "in" is n from argument "w" but 3 here [shape]
    # R: ShapeError: cannot multiply (2, 5) by (3, 2): inner dimensions 5 and 3 differ
    layer(x, w)


def sum_of_sizes(a: Float64[Matrix, "2 3"] = Matrix(array("2 3")), b: Float64[Matrix, "4 3"] = Matrix(array("4 3"))) -> None:
    # E: cannot add (6, 3) and (4, 3): sizes 6 and 4 on axis -2 differ and neither is 1 [shape]
    # R: ShapeError: cannot add (6, 3) and (4, 3): sizes 6 and 4 on axis -2 differ and neither is 1
    stacked(a, b) + b


def method(x: Float64[Matrix, "3 n"] = Matrix(array("3 n")), w: Float64[Matrix, "3 2"] = Matrix(array("3 2"))) -> None:
    # E: argument "x" of "__call__" has shape (3, n), but (2, ?) is wanted: sizes 3 and 2 on axis 0 differ [shape]
    # R: ShapeError: cannot multiply (3, 2) by (3, 5): inner dimensions 2 and 3 differ
    Model(w).forward(x)


def within_a_compiled_function(x: Float64[Matrix, "2 n"] = Matrix(array("2 n"))) -> None:
    @jit
    def gram(x: Float64[Matrix, "d k"]) -> Float64[Matrix, "d d"]:
        # E: cannot multiply (d, k) by (d, k): inner dimensions k and d differ [shape]
        # R: ShapeError: cannot multiply (2, 5) by (2, 5): inner dimensions 5 and 2 differ
        return x @ x

    gram(x)


def state_of_a_loop(w: Float64[Matrix, "3 2"] = Matrix(array("3 2")), x: Float64[Matrix, "n 2"] = Matrix(array("n 2"))) -> None:
    # E: argument "state" of "run" has shape (3, 2), but (2, 1) is wanted: sizes 3 and 2 on axis 0 differ [shape]
    # R: ShapeError: cannot multiply (2, 2) by (3, 2): inner dimensions 2 and 3 differ
    MiniBatchLoop(fit).run(w, [x], np.arange(4), 2)


def state_of_a_generic_loop(w: Float64[Matrix, "3 2"] = Matrix(array("3 2")), x: Float64[Matrix, "n 2"] = Matrix(array("n 2"))) -> None:
    # E: argument "state" of "run" has shape (3, 2), but (2, ?) is wanted: sizes 3 and 2 on axis 0 differ [shape]
    # R: ShapeError: cannot multiply (2, 2) by (3, 2): inner dimensions 2 and 3 differ
    MiniBatchLoop(fit_any).run(w, [x], np.arange(4), 2)
