"""The shapes of products, and what their elements are."""

import numpy as np
from jaxtyping import Bool, Complex64, Float, Float32, Float64, Int64, Shaped

from typecheck.plugin.arrays import array


def dots(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    b: Float64[np.ndarray, "m k"] = array("m k"),
    v: Float64[np.ndarray, "m"] = array("m"),
    stack: Float64[np.ndarray, "c m 3"] = array("c m 3"),
) -> None:
    reveal_type(np.dot(a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.dot(a, v))  # T: Float64[ndarray, 'n']
    reveal_type(np.dot(a, stack))  # T: Float64[ndarray, 'n c 3']
    reveal_type(np.dot(a, 2.0))  # T: Float64[ndarray, 'n m']
    reveal_type(a.dot(b))  # T: Float64[ndarray, 'n k']
    reveal_type(a.dot(b=v))  # T: Float64[ndarray, 'n']
    reveal_type(np.dot(b.T, a.T))  # T: Float64[ndarray, 'k n']
    reveal_type(np.linalg.multi_dot([a, b, b.T, v]))  # T: Float64[ndarray, 'n']
    reveal_type(np.linalg.multi_dot([v, b, b.T]))  # T: Float64[ndarray, 'm']
    reveal_type(np.linalg.multi_dot((a, b)))  # T: Float64[ndarray, 'n k']
    reveal_type(np.linalg.matmul(a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.linalg.matmul(stack, np.zeros((3, 2))))  # T: Float64[ndarray, 'c m 2']


def inner_products(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    b: Float64[np.ndarray, "b k m"] = array("b k m"),
    v: Float64[np.ndarray, "m"] = array("m"),
) -> None:
    reveal_type(np.inner(a, b))  # T: Float64[ndarray, 'n b k']
    reveal_type(np.inner(a, v))  # T: Float64[ndarray, 'n']
    reveal_type(np.inner(a, 3.0))  # T: Float64[ndarray, 'n m']
    reveal_type(np.vdot(v, v))  # T: Number[Float64]


def outer_products(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    v: Float64[np.ndarray, "n"] = array("n"),
    w: Float64[np.ndarray, "4"] = array("4"),
) -> None:
    reveal_type(np.outer(v, w))  # T: Float64[ndarray, 'n 4']
    reveal_type(np.outer(a, w))  # T: Float64[ndarray, 'm*n 4']
    reveal_type(np.outer(v, 2.0))  # T: Float64[ndarray, 'n 1']
    reveal_type(np.linalg.outer(v, w))  # T: Float64[ndarray, 'n 4']
    reveal_type(np.kron(a, np.eye(4)))  # T: Float64[ndarray, '4*n 4*m']
    reveal_type(np.kron(v, a))  # T: Float64[ndarray, 'n m*n']
    reveal_type(np.kron(w, 2.0))  # T: Float64[ndarray, '4']


def contractions(
    a: Float64[np.ndarray, "n m 3"] = array("n m 3"),
    b: Float64[np.ndarray, "m 3 k"] = array("m 3 k"),
    v: Float64[np.ndarray, "3"] = array("3"),
) -> None:
    reveal_type(np.tensordot(a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.tensordot(a, v, axes=1))  # T: Float64[ndarray, 'n m']
    reveal_type(np.tensordot(v, v, 0))  # T: Float64[ndarray, '3 3']
    reveal_type(np.tensordot(a, b, axes=([1], [0])))  # T: Float64[ndarray, 'n 3 3 k']
    reveal_type(np.tensordot(a, b, axes=([2, 1], [-2, -3])))  # T: Float64[ndarray, 'n k']
    reveal_type(np.tensordot(a, b, ((1,), (0,))))  # T: Float64[ndarray, 'n 3 3 k']
    reveal_type(np.tensordot(a, v, axes=(2, 0)))  # T: Float64[ndarray, 'n m']
    reveal_type(np.linalg.tensordot(a, b, axes=2))  # T: Float64[ndarray, 'n k']
    reveal_type(np.linalg.tensordot(a, v, axes=((2,), (0,))))  # T: Float64[ndarray, 'n m']


def cross_products(
    a: Float64[np.ndarray, "n 3"] = array("n 3"),
    b: Float64[np.ndarray, "3 n"] = array("3 n"),
    v: Float64[np.ndarray, "3"] = array("3"),
) -> None:
    reveal_type(np.cross(a, v))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.cross(v, v))  # T: Float64[ndarray, '3']
    reveal_type(np.cross(a, b, axisb=0))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.cross(a, b, -1, 0, 0))  # T: Float64[ndarray, '3 n']
    reveal_type(np.cross(b, b, axis=0))  # T: Float64[ndarray, '3 n']
    reveal_type(np.cross(a[:, None], a[None]))  # T: Float64[ndarray, 'n n 3']
    reveal_type(np.linalg.cross(a, v))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.linalg.cross(b, b, axis=0))  # T: Float64[ndarray, '3 n']


def elements(
    single: Float32[np.ndarray, "n 3"] = array("n 3", np.float32),
    double: Float64[np.ndarray, "3 n"] = array("3 n"),
    any_float: Float[np.ndarray, "3 n"] = array("3 n"),
    anything: Shaped[np.ndarray, "3 n"] = array("3 n"),
    whole: Int64[np.ndarray, "n 3"] = array("n 3", np.int64),
    complex_: Complex64[np.ndarray, "3"] = array("3", np.complex64),
    mask: Bool[np.ndarray, "3"] = array("3", np.bool),
) -> None:
    reveal_type(np.dot(single, single.T))  # T: Float32[ndarray, 'n n']
    reveal_type(np.dot(single, double))  # T: Float64[ndarray, 'n n']
    reveal_type(np.dot(single, any_float))  # T: Shaped[ndarray, 'n n']
    reveal_type(np.dot(single, anything))  # T: Shaped[ndarray, 'n n']
    reveal_type(np.dot(whole, double))  # T: Float64[ndarray, 'n n']
    reveal_type(np.dot(whole, mask))  # T: Int64[ndarray, 'n']
    reveal_type(np.dot(single, complex_))  # T: Complex64[ndarray, 'n']
    reveal_type(np.dot(single, [1.0, 2.0, 3.0]))  # T: Float64[ndarray, 'n']
    reveal_type(np.dot(single, 2.0))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.outer(mask, mask))  # T: Bool[ndarray, '3 3']
    reveal_type(np.outer(mask, single))  # T: Float32[ndarray, '3 3*n']
    reveal_type(np.inner(whole, whole))  # T: Int64[ndarray, 'n n']
    reveal_type(np.kron(single, whole))  # T: Float64[ndarray, 'n**2 9']
    reveal_type(np.cross(single, double.T))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.tensordot(single, complex_, 1))  # T: Complex64[ndarray, 'n']
    reveal_type(np.linalg.multi_dot([single, single.T, single]))  # T: Float32[ndarray, 'n 3']
