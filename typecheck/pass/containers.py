"""Matrices in lists, dictionaries, tuples, unions and protocols; functions that take and return functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, relu, sigmoid, softmax, tanh

f32 = np.float32
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)
K = TypeVar("K", bound=int)
Batch = TypeVar("Batch", bound=int)
Activation = Callable[[Matrix[f32, Any, Any]], Matrix[f32, Any, Any]]


class Keeping(Protocol):
    """A function that keeps the type of a matrix."""

    def __call__(self, matrix: Matrix[f32, R, C], /) -> Matrix[f32, R, C]: ...


class Sample(NamedTuple):
    x: Matrix[f32, L[2], L[1]]
    y: Matrix[f32, L[1], L[1]]


def activated(function: Keeping, z: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
    return function(z)


def compose(
    first: Callable[[Matrix[f32, R, Batch]], Matrix[f32, K, Batch]],
    second: Callable[[Matrix[f32, K, Batch]], Matrix[f32, C, Batch]],
) -> Callable[[Matrix[f32, R, Batch]], Matrix[f32, C, Batch]]:
    return lambda x: second(first(x))


def first_of(found: Matrix[f32, R, C] | None, default: Matrix[f32, R, C]) -> Matrix[f32, R, C]:
    return default if found is None else found


def total(matrices: Iterable[Matrix[f32, R, C]]) -> Matrix[f32, R, C]:
    iterator = iter(matrices)
    result = next(iterator).copy()
    for matrix in iterator:
        result += matrix
    return result


def count(parameters: Mapping[str, Matrix[Any, Any, Any]]) -> int:
    return sum(parameter.size for parameter in parameters.values())


def chain(matrices: Sequence[Matrix[f32, Any, Any]]) -> Matrix[f32, Any, Any]:
    product = matrices[0]
    for matrix in matrices[1:]:
        product = product @ matrix
    return product


def batches(x: Matrix[f32, R, C], size: int) -> Iterator[Matrix[f32, R, Any]]:
    for start in range(0, x.cols, size):
        yield x.T[start : start + size].T


def number(value: Matrix[f32, L[1], L[1]] | float) -> float:
    if isinstance(value, Matrix):
        return float(value[0, 0])
    return value


def hidden(x: Matrix[f32, L[2], L[4]]) -> Matrix[f32, L[3], L[4]]:
    return sigmoid(Matrix[f32, L[3], L[2]].ones() @ x)


def output(x: Matrix[f32, L[3], L[4]]) -> Matrix[f32, L[1], L[4]]:
    return x.sum(axis=0)


def main() -> None:
    a = Matrix[f32, L[5], L[2]].ones()
    b = Matrix[f32, L[2], L[3]].ones()
    x = Matrix[f32, L[2], L[4]].ones()
    parameters: dict[str, Matrix[Any, Any, Any]] = {"a": a, "b": b}
    parameters["x"] = x
    assert count(parameters) == 24
    functions: dict[str, Activation] = {"sigmoid": sigmoid, "relu": relu, "softmax": softmax}
    kept: Matrix[f32, L[5], L[2]] = functions["relu"](a)
    assert kept.allclose(a)
    assert activated(tanh, a).shape == (5, 2)
    assert activated(sigmoid, b).shape == (2, 3)
    assert partial(softmax, axis=1)(a).sum(axis=1).allclose(1)
    assert compose(hidden, output)(x).shape == (1, 4)
    assert first_of({"a": a}.get("b"), a) is a
    assert total([a, a, a]).allclose(3)
    assert chain([a, b, b.T]).shape == (5, 2)
    assert [batch.shape for batch in batches(x, 3)] == [(2, 3), (2, 1)]
    assert number(Matrix[f32, L[1], L[1]].ones()) == number(1.0)
    sample = Sample(x.col(0), Matrix[f32, L[1], L[1]].ones())
    inputs, target = sample
    assert (inputs.T @ inputs + target).shape == (1, 1)
    assert [matrix.sum() for matrix in (a, b, x)] == [10, 6, 8]
    assert list(map(relu, [a, a]))[0].shape == (5, 2)
    for left, right in zip(a, a, strict=True):
        assert (left + right).shape == (1, 2)
    matched: Matrix[f32, L[5], L[2]] | Matrix[f32, L[2], L[3]] = a if len(parameters) else b
    assert matched.sum() > 0
    assert matched.T.T.shape == matched.shape
