"""Random numbers of sizes and parameters that are not known."""

# ruff: noqa: NPY002 (the older functions are checked too)

from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64, Int64


def drawn(
    generator: np.random.Generator, size: int | tuple[int, ...] | None, scale: float, means: npt.NDArray[np.float64]
) -> Float64[np.ndarray, "n m"]:
    table = generator.normal(means, scale, size=size)
    table += generator.normal(size=(3, 4))
    table += generator.normal(0.0, scale, size=(3, 1))
    table += generator.normal(means[0], [1.0, 2.0, 3.0, 4.0])
    number: float = generator.normal()
    return table * number + generator.uniform(-1, 1)


def chosen(generator: np.random.Generator, values: Any, count: int) -> Int64[np.ndarray, "count"]:
    index = generator.choice(len(values), count, replace=False)
    other = generator.choice(count, size=3, replace=count < 3)
    one = generator.choice([3, 4, 5])
    word = generator.choice(["a", "b"])
    generator.shuffle(values)
    assert word in ("a", "b")
    result: npt.NDArray[np.int64] = index + other.sum() + one + generator.permutation(count)
    return result


def of_older_functions(shape: tuple[int, int], sizes: list[int]) -> npt.NDArray[np.float64]:
    np.random.seed(0)
    table = np.random.rand(*shape) + np.random.randn(*sizes)
    number: int = np.random.randint(10)
    x = np.random.multivariate_normal([0, 0], [[1, 0], [0, 1]], size=shape[0])
    return table + x + number + np.random.random(shape) + np.random.random()


def main() -> None:
    generator = np.random.default_rng(0)
    assert drawn(generator, (3, 4), 1.0, np.zeros((3, 4))).shape == (3, 4)
    assert chosen(generator, np.arange(5), 3).shape == (3,)
    assert of_older_functions((3, 2), [3, 2]).shape == (3, 2)
