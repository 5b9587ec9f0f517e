"""Arrays joined to one: by tuples and lists, by lists of unknown length, by comprehensions."""

import numpy as np
from jaxtyping import Float64, Int64

from typecheck.plugin.arrays import array


def ends(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    y: Float64[np.ndarray, "m 3"] = array("m 3"),
    v: Float64[np.ndarray, "n"] = array("n"),
    axis: int = 0,
) -> None:
    reveal_type(np.concatenate([x, y]))  # T: Float64[ndarray, 'm+n 3']
    reveal_type(np.concatenate((x, y), axis=0))  # T: Float64[ndarray, 'm+n 3']
    reveal_type(np.concatenate([x, v[:, None]], axis=1))  # T: Float64[ndarray, 'n 4']
    reveal_type(np.concatenate([x, x], axis=-1))  # T: Float64[ndarray, 'n 6']
    reveal_type(np.concatenate((x, y), axis=None))  # T: Float64[ndarray, '3*m+3*n']
    reveal_type(np.concatenate([x, y], axis=axis))  # T: Shaped[ndarray, '...']
    reveal_type(np.concatenate([v, [1.0, 2.0]]))  # T: Float64[ndarray, 'n+2']
    reveal_type(np.concat([x, y]))  # T: Float64[ndarray, 'm+n 3']
    reveal_type(np.append(x, y, axis=0))  # T: Float64[ndarray, 'm+n 3']
    reveal_type(np.append(v, 1.0))  # T: Float64[ndarray, 'n+1']
    reveal_type(np.append(v.astype(np.float32), v > 0))  # T: Float32[ndarray, '2*n']
    reveal_type(np.concatenate((v, v > 0, v.astype(np.float32))))  # T: Float64[ndarray, '3*n']
    reveal_type(np.block([v > 0, v]))  # T: Float64[ndarray, '2*n']
    reveal_type(np.append(x, y))  # T: Float64[ndarray, '3*m+3*n']
    pair = (x, y)
    reveal_type(np.concatenate(pair))  # T: Float64[ndarray, 'm+n 3']
    reveal_type(np.concatenate([*pair, x]))  # T: Float64[ndarray, 'm+2*n 3']


def stacks(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    y: Float64[np.ndarray, "n 3"] = array("n 3"),
    v: Float64[np.ndarray, "n"] = array("n"),
    w: Float64[np.ndarray, "3"] = array("3"),
) -> None:
    reveal_type(np.stack([x, y]))  # T: Float64[ndarray, '2 n 3']
    reveal_type(np.stack((v, v, v), axis=-1))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.stack([v, v], axis=1))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.vstack([x, w]))  # T: Float64[ndarray, 'n+1 3']
    reveal_type(np.vstack((v, v)))  # T: Float64[ndarray, '2 n']
    reveal_type(np.hstack([x, y]))  # T: Float64[ndarray, 'n 6']
    reveal_type(np.hstack((v, w)))  # T: Float64[ndarray, 'n+3']
    reveal_type(np.dstack([x, y]))  # T: Float64[ndarray, 'n 3 2']
    reveal_type(np.dstack([v, v]))  # T: Float64[ndarray, '1 n 2']
    reveal_type(np.column_stack([v, v]))  # T: Float64[ndarray, 'n 2']
    reveal_type(np.column_stack((v, x)))  # T: Float64[ndarray, 'n 4']


def blocks(x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    reveal_type(np.block([x, y]))  # T: Float64[ndarray, 'n m+3']
    reveal_type(np.block([[x, y], [x, y]]))  # T: Float64[ndarray, '2*n m+3']
    reveal_type(np.block([[x], [x]]))  # T: Float64[ndarray, '2*n 3']


def sequences(
    xs: list[Float64[np.ndarray, "n 3"]] = [array("n 3"), array("n 3")],  # noqa: B006 - a program's input
    vs: tuple[Float64[np.ndarray, "m"], ...] = (array("m"), array("m")),
    x: Float64[np.ndarray, "b n 3"] = array("b n 3"),
    y: Float64[np.ndarray, "k 3"] = array("k 3"),
) -> None:
    reveal_type(np.stack(xs))  # T: Float64[ndarray, '_ n 3']
    reveal_type(np.stack(xs, axis=-1))  # T: Float64[ndarray, 'n 3 _']
    reveal_type(np.concatenate(xs))  # T: Float64[ndarray, '_ 3']
    reveal_type(np.concatenate(xs, axis=1))  # T: Float64[ndarray, 'n _']
    reveal_type(np.vstack(vs))  # T: Float64[ndarray, '_ m']
    reveal_type(np.hstack(vs))  # T: Float64[ndarray, '_']
    reveal_type(np.column_stack(vs))  # T: Float64[ndarray, 'm _']
    reveal_type(np.concatenate(x))  # T: Float64[ndarray, 'b*n 3']
    reveal_type(np.hstack(x))  # T: Float64[ndarray, 'n 3*b']
    reveal_type(np.concatenate([*xs, y]))  # T: Float64[ndarray, '_ 3']


def comprehensions(
    x: Float64[np.ndarray, "n m"] = array("n m"),
    y: Float64[np.ndarray, "n k"] = array("n k"),
    i: Int64[np.ndarray, "b"] = array("b", np.int64),
    times: int = 3,
) -> None:
    n = x.shape[0]
    reveal_type(np.stack([2 * row for row in x]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.stack([x[j] for j in range(n)]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.stack([x[j] for j in range(1, len(x))]))  # T: Float64[ndarray, 'n-1 m']
    reveal_type(np.stack([x for _ in range(4)], axis=1))  # T: Float64[ndarray, 'n 4 m']
    reveal_type(np.stack([x for _ in range(times)]))  # T: Float64[ndarray, '_ n m']
    reveal_type(np.stack([row for row in x if row[0] > 0]))  # T: Float64[ndarray, '_ m']
    reveal_type(np.concatenate([x[j : j + 2] for j in i]))  # T: Float64[ndarray, '_ m']
    reveal_type(np.concatenate([2 * row for row in x]))  # T: Float64[ndarray, 'm*n']
    reveal_type(np.vstack([row for _, row in enumerate(x)]))  # T: Float64[ndarray, 'n m']
    reveal_type(np.stack([row[:2] + other[:2] for row, other in zip(x, y, strict=True)]))  # T: Float64[ndarray, 'n _']
    reveal_type(np.array([2 * row for row in x]).shape)  # T: tuple[Size[n], Size[m]]
