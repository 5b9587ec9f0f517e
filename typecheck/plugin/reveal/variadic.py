"""Shapes with any number of axes: what is known of them from their ends."""

import numpy as np
from jaxtyping import Float64, Int64

from typecheck.plugin.arrays import array


def operators(
    x: Float64[np.ndarray, "*b n 3"] = array("b t n 3"),
    y: Float64[np.ndarray, "*b n 3"] = array("b t n 3"),
    m: Float64[np.ndarray, "3 3"] = array("3 3"),
    v: Float64[np.ndarray, "3"] = array("3"),
    z: Float64[np.ndarray, "... 3"] = array("k 3"),
) -> None:
    reveal_type(x + y)  # T: Float64[ndarray, '*b n 3']
    reveal_type(x * v)  # T: Float64[ndarray, '*b n 3']
    reveal_type(x - 1)  # T: Float64[ndarray, '*b n 3']
    reveal_type(-x)  # T: Float64[ndarray, '*b n 3']
    reveal_type(x @ m)  # T: Float64[ndarray, '*b n 3']
    reveal_type(x @ v)  # T: Float64[ndarray, '*b n']
    reveal_type(x / x.sum(axis=-1, keepdims=True))  # T: Float64[ndarray, '*b n 3']
    reveal_type(z * v)  # T: Float64[ndarray, '... 3']
    reveal_type(z @ m)  # T: Float64[ndarray, '...']
    reveal_type(x > 0)  # T: Bool[ndarray, '*b n 3']


def functions(
    x: Float64[np.ndarray, "*b n 3"] = array("b t n 3"), z: Float64[np.ndarray, "n ..."] = array("n k")
) -> None:
    reveal_type(x.sum(axis=-1))  # T: Float64[ndarray, '*b n']
    reveal_type(np.linalg.norm(x, axis=-1))  # T: Float64[ndarray, '*b n']
    reveal_type(x.mean(axis=-1, keepdims=True))  # T: Float64[ndarray, '*b n 1']
    reveal_type(np.exp(x))  # T: Float64[ndarray, '*b n 3']
    reveal_type(np.sum(x, axis=(-2, -1)))  # T: Float64[ndarray, '*b']
    reveal_type(np.where(x > 0, x, 0.0))  # T: Shaped[ndarray, '...']
    reveal_type(z.sum(axis=0))  # T: Float64[ndarray, '...']
    reveal_type(np.zeros_like(x))  # T: Float64[ndarray, '*b n 3']
    reveal_type(x.copy())  # T: Float64[ndarray, '*b n 3']
    reveal_type(np.swapaxes(x, -1, -2))  # T: Float64[ndarray, '...']


def indexing(
    x: Float64[np.ndarray, "*b n 3"] = array("b t n 3"), z: Float64[np.ndarray, "n ... m"] = array("n k m")
) -> None:
    reveal_type(x[..., 0])  # T: Float64[ndarray, '*b n']
    reveal_type(x[..., 0, :])  # T: Float64[ndarray, '*b 3']
    reveal_type(x[..., :2])  # T: Float64[ndarray, '*b n 2']
    reveal_type(x[..., None])  # T: Float64[ndarray, '*b n 3 1']
    reveal_type(x[..., None, :])  # T: Float64[ndarray, '*b n 1 3']
    reveal_type(x[..., 1:, 0])  # T: Float64[ndarray, '*b n-1']
    reveal_type(z[0, ..., 0])  # T: Float64[ndarray, '...']
    reveal_type(z[..., 0])  # T: Float64[ndarray, 'n ...']
    reveal_type(z[1:, ...])  # T: Float64[ndarray, 'n-1 ... m']
    reveal_type(x[..., 0] + x[..., 1])  # T: Float64[ndarray, '*b n']
    x[..., 0] = 0
    x[..., :2] += 1


def callees(x: Float64[np.ndarray, "*b n 3"] = array("b t n 3"), y: Float64[np.ndarray, "4 m"] = array("4 m")) -> None:
    def norms(a: Float64[np.ndarray, "*batch d"]) -> Float64[np.ndarray, "*batch"]:
        return np.asarray(np.linalg.norm(a, axis=-1))

    def outer(
        a: Float64[np.ndarray, "*batch d"], b: Float64[np.ndarray, "*batch e"]
    ) -> Float64[np.ndarray, "*batch d e"]:
        return a[..., :, None] * b[..., None, :]

    def last(a: Float64[np.ndarray, "... d"]) -> Float64[np.ndarray, "..."]:
        return a[..., 0]

    def softmax(a: Float64[np.ndarray, "*batch d"]) -> Float64[np.ndarray, "*batch d"]:
        return np.exp(a - a.max(axis=-1, keepdims=True))

    reveal_type(norms(y))  # T: Float64[ndarray, '4']
    reveal_type(norms(y[0]))  # T: Float64[ndarray, '']
    reveal_type(outer(y, y[:, :2]))  # T: Float64[ndarray, '4 m _']
    reveal_type(last(y))  # T: Float64[ndarray, '...']
    reveal_type(softmax(y))  # T: Float64[ndarray, '4 m']
    reveal_type(softmax(softmax(y[0])))  # T: Float64[ndarray, 'm']
    reveal_type(norms(x))  # T: Float64[ndarray, '...']
    reveal_type(softmax(x))  # T: Float64[ndarray, '... _']


def counted(
    x: Int64[np.ndarray, "*b"] = array("b t", np.int64), y: Float64[np.ndarray, "... n m"] = array("n m")
) -> None:
    reveal_type(x * 2)  # T: Int64[ndarray, '*b']
