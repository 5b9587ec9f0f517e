"""Arrays laid out anew where little is known of them, of their axes and of their sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Float64, Int64, Shaped


def flat(x: Float[np.ndarray, "*batch n 3"]) -> Float[np.ndarray, "k 3"]:
    return x.reshape(-1, 3)


def heads(x: Float[np.ndarray, "b t d"], number: int) -> Float[np.ndarray, "b h t e"]:
    b, t, d = x.shape
    return x.reshape(b, t, number, d // number).transpose(0, 2, 1, 3)


def merged(x: Float64[np.ndarray, "b h t e"]) -> Float64[np.ndarray, "b t h*e"]:
    b, h, t, e = x.shape
    y = x.transpose(0, 2, 1, 3).reshape(b, t, -1)
    assert y.shape == (b, t, h * e)
    return x.transpose(0, 2, 1, 3).reshape(b, t, h * e)


def by_variables(x: Float64[np.ndarray, "n m"], shape: tuple[int, ...], axis: int, axes: Sequence[int]) -> None:
    x.reshape(shape)
    x.reshape(*shape)
    np.reshape(x, shape)
    np.broadcast_to(x[:, :1], shape)
    np.moveaxis(x, axis, -1)
    np.moveaxis(x, axis, 0).sum()
    np.expand_dims(x, axis).squeeze(axis)
    np.expand_dims(x, axis)[0, 0]
    np.swapaxes(x, 0, axis)[0]
    x.transpose(axes)
    x.transpose(*axes)
    np.transpose(x, axes)[0]
    np.flip(x, axis)
    np.roll(x, axis, axis)
    np.rot90(x, axis)
    np.tile(x, shape)
    np.repeat(x, axis, axis)
    np.pad(x, axis)
    np.pad(x, ((axis, axis), (0, axis)))
    np.pad(x, [(axis, axis)] * 2)
    np.delete(x, axis, axis)
    np.insert(x, axis, 0.0, axis)
    np.resize(x, shape)


def of_anything(x: Any, y: npt.ArrayLike, z: Shaped[np.ndarray, "..."], i: Any) -> None:
    np.reshape(x, (2, 3)).reshape(1, -1, i)
    np.squeeze(y)
    np.atleast_2d(y).T
    z.reshape(-1).reshape(2, 1)
    z.reshape(2, 1, order="F")
    np.moveaxis(z, 0, 1)
    np.broadcast_arrays(x, z.reshape(-1, 1))
    np.flip(z, axis=i)
    np.repeat(y, i, axis=0)
    np.pad(np.asarray(y), i)


def squeezed(x: Float64[np.ndarray, "n 1 m"], y: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n m"]:
    np.squeeze(y) + np.squeeze(x, axis=-2).T
    return x.squeeze(1)


def same_name(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "k"]:
    x = x.reshape(-1, 1)
    x = x.T
    x = np.append(x, x, axis=0)
    for _ in range(2):
        x = np.expand_dims(x, 0)
    return x.reshape(-1)


def several_kinds(x: Float64[np.ndarray, "n"] | Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n k"]:
    if x.ndim == 1:
        return x.reshape(-1, 1)
    return x.reshape(x.shape[0], -1)


def numbers(i: int, x: float) -> None:
    np.reshape(x, (1, 1))
    np.atleast_1d(i)
    np.float64(2.0).reshape(1)
    np.broadcast_to(x, ())
    np.expand_dims(i, 0)
    np.squeeze(np.float64(x))
    np.flip(np.array([i, i]))


def objects(n: int) -> None:
    x = np.array([[1, "a"], [2, "b"]], dtype=object)
    x.reshape(-1)
    x.T.reshape(4, 1)
    np.tile(x, (n, 1))


def masked(x: Float64[np.ndarray, "n m"]) -> None:
    y = np.ma.masked_less(x, 2.0)
    y.T.mask
    y.reshape(-1).mask
    np.strings.partition(np.array(["a b"]), " ")
    np.char.partition(np.array(["a b"]), " ")


def into(x: Float64[np.ndarray, "n m"], out: Float64[np.ndarray, "2 m"]) -> Float64[np.ndarray, "2 m"]:
    return np.take(x, [0, 1], axis=0, out=out)


def windows(x: Float64[np.ndarray, "n"], size: int) -> Float64[np.ndarray, "k j"]:
    return np.lib.stride_tricks.sliding_window_view(x, size)


def deleted(x: Float64[np.ndarray, "n m"], i: Int64[np.ndarray, "k"]) -> None:
    np.delete(x, np.s_[::2], axis=0)
    np.delete(x, slice(None, 2), axis=1)
    np.delete(x, [])
    np.delete(x, (0, 1), 0)
    np.delete(x, i, axis=0)[0]
    np.insert(x, [1, 1], [[0.0], [1.0]], axis=0)


def main() -> None:
    x = np.arange(12.0).reshape(3, 4)
    assert flat(np.ones((2, 4, 3))).shape == (8, 3)
    assert heads(np.ones((2, 3, 4)), 2).shape == (2, 2, 3, 2)
    assert merged(np.ones((2, 2, 3, 2))).shape == (2, 3, 4)
    by_variables(np.ones((1, 1)), (1, 1), 0, (1, 0))
    of_anything([1, 2, 3, 4, 5, 6], [1.0, 2.0], np.ones((1, 2)), 1)
    assert squeezed(np.ones((3, 1, 4)), np.ones(3)).shape == (3, 4)
    same_name(x)
    several_kinds(x)
    several_kinds(x[0])
    numbers(1, 2.0)
    objects(2)
    masked(x)
    into(x, np.ones((2, 4)))
    windows(np.ones(5), 2)
    deleted(x, np.array([0, 1]))
