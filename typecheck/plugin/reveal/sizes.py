"""Sizes as values, which come from shapes and go into shapes."""

import math
from typing import Final

import numpy as np
from jaxtyping import Float64

from typecheck.plugin.arrays import array

WIDTH, HEIGHT = 4, 3
AREA = WIDTH * HEIGHT
SIZE: Final = 28
CHANGED = 3
for times in (1, 2):
    CHANGED += times


def of_arrays(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    reveal_type(n)  # T: Size[n]
    reveal_type(x.shape)  # T: tuple[Size[n], Size[m]]
    reveal_type(x.shape[-1])  # T: Size[m]
    reveal_type(x.shape[:-1])  # T: tuple[Size[n]]
    reveal_type(x.shape[::-1])  # T: tuple[Size[m], Size[n]]
    reveal_type(x.shape + x.shape[:1])  # T: tuple[Size[n], Size[m], Size[n]]
    reveal_type(tuple(x.shape))  # T: tuple[Size[n], Size[m]]
    reveal_type(len(x))  # T: Size[n]
    reveal_type(len(x[0]))  # T: Size[m]
    reveal_type(len(x.shape))  # T: Size[2]
    reveal_type(x.size)  # T: Size[m*n]
    reveal_type(x.ndim)  # T: Size[2]


def calculated(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    reveal_type(n * m)  # T: Size[m*n]
    reveal_type(2 * n + 1)  # T: Size[2*n + 1]
    reveal_type(n // 2)  # T: Size[n//2]
    reveal_type(n - 1)  # T: Size[n - 1]
    reveal_type(n % 2)  # T: int
    reveal_type(-(-n // 2))  # T: Size[n - n//2]
    reveal_type((2 * n) // 2)  # T: Size[n]
    reveal_type(int(n))  # T: Size[n]
    reveal_type(abs(n))  # T: Size[n]
    reveal_type(min(n, n + 1))  # T: Size[n]
    reveal_type(max(n, 1))  # T: Size[n]
    reveal_type(min(n, 3))  # T: int
    reveal_type(sum(x.shape))  # T: Size[m + n]
    reveal_type(math.prod(x.shape))  # T: Size[m*n]
    reveal_type(int(np.prod(x.shape)))  # T: Size[m*n]


def back_in_shapes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    n, m = x.shape
    half = n // 2
    reveal_type(np.zeros((half, n - half)))  # T: Float64[ndarray, 'n//2 n-n//2']
    reveal_type(np.zeros(x.shape + (3,)))  # T: Float64[ndarray, 'n m 3']
    reveal_type(np.zeros((*x.shape, 3)))  # T: Float64[ndarray, 'n m 3']
    reveal_type(np.zeros(math.prod(x.shape)))  # T: Float64[ndarray, 'm*n']
    reveal_type(np.zeros(np.prod(x.shape)))  # T: Float64[ndarray, 'm*n']
    reveal_type(x.reshape(m, n))  # T: Float64[ndarray, 'm n']
    reveal_type(np.broadcast_to(x, (4, *x.shape)))  # T: Float64[ndarray, '4 n m']


def constants(x: Float64[np.ndarray, "n m"] = array("n m"), given: int = 3) -> None:
    n = len(x)
    k = 3
    shape = (n, k)
    changed = 3
    changed += 1
    for looped in (3, 4):
        reveal_type(np.zeros(looped))  # T: Float64[ndarray, '_']
    reveal_type(np.zeros((WIDTH, HEIGHT, AREA, SIZE)))  # T: Float64[ndarray, '4 3 12 28']
    reveal_type(np.zeros((k, k - 1, -(-k // 2))))  # T: Float64[ndarray, '3 2 2']
    reveal_type(np.zeros(shape))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.zeros(n * k))  # T: Float64[ndarray, '3*n']
    reveal_type(np.zeros((changed, given, CHANGED)))  # T: Float64[ndarray, '_ _ _']
