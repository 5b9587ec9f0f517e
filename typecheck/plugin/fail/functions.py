"""Returned values, variables and defaults that do not have the shape that is written for them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from beartype import beartype
from jaxtyping import Float32, Float64, Int64, jaxtyped

from typecheck.plugin.arrays import array

checked = jaxtyped(typechecker=beartype)


def returned_as_it_came() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "m n"]:
        # E: the returned value has shape (n, m), but (m, n) is wanted: sizes n and m on axis 0 differ [shape]
        return x

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


def returned_longer() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n+1"]:
        # E: the returned value has shape (n,), but (n + 1,) is wanted: sizes n and n + 1 on axis 0 differ [shape]
        return x

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n"))


def returned_of_another_rank() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n"]:
        # E: the returned value has shape (1, m), but (n,) is wanted: it has 2 axes and not 1 [shape]
        return x.mean(axis=0, keepdims=True)

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


def returned_of_a_number() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n 3"]:
        # E: the returned value has shape (n, 4), but (n, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
        return x * 2

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n 4"))


def returned_in_a_tuple() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"]) -> tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "m"]]:
        # E: an array in the returned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        return x.sum(axis=0), x.sum(axis=1)

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


def returned_in_a_list() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"]) -> list[Float64[np.ndarray, "n"]]:
        # E: an item has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        return [row for row in x]

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


def returned_by_one_branch() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"], flag: bool = False) -> Float64[np.ndarray, "n"]:
        if flag:
            return x[:, 0]
        # E: the returned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        return x[0]

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


def returned_optionally() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n m"]) -> Float64[np.ndarray, "n"] | None:
        # E: the returned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        return x[0]

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n m"))


@checked
def returned_from_a_bug(
    x: Float64[np.ndarray, "n m"] = array("n m"), w: Float64[np.ndarray, "n k"] = array("n k")
) -> Float64[np.ndarray, "n k"]:
    # E: cannot multiply (n, m) by (n, k): inner dimensions m and n differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    y = x @ w
    return y


def of_another_element_type() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n"]) -> Int64[np.ndarray, "n"]:
        # E: Incompatible return value type (got "Float64[ndarray, 'n']", expected "Int64[ndarray, 'n']") [return-value]
        return x

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n"))


def of_another_precision() -> None:
    @checked
    def inner(x: Float64[np.ndarray, "n"]) -> Float32[np.ndarray, "n"]:
        # E: Incompatible return value type (got "Float64[ndarray, 'n']", expected "Float32[ndarray, 'n']") [return-value]
        return x * 2

    # R: TypeCheckError: Type-check error whilst checking the return value
    inner(array("n"))


def assigned(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: the assigned value has shape (n, m), but (n, 3) is wanted: sizes m and 3 on axis 1 differ [shape]
    y: Float64[np.ndarray, "n 3"] = x
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    y @ np.ones(3)


def assigned_later(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    y: Float64[np.ndarray, "m n"]
    # E: the assigned value has shape (n, m), but (m, n) is wanted: sizes n and m on axis 0 differ [shape]
    y = x
    # R: ValueError: shapes (5,7) and (5,7) not aligned: 7 (dim 1) != 5 (dim 0)
    y.dot(x.T.T)


def assigned_in_a_loop(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    for row in x:
        # E: the assigned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        first: Float64[np.ndarray, "n"] = row
        # R: ValueError: operands could not be broadcast together with shapes (5,)
        x[:, 0] - first


def assigned_in_a_class(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    class Part:
        values: Float64[np.ndarray, "3"] = np.zeros(3)

    # E: the assigned value has shape (4,), but (3,) is wanted: sizes 4 and 3 on axis 0 differ [shape]
    Part.values = np.zeros(4)
    # R: ValueError: operands could not be broadcast together with shapes (4,)
    Part.values + np.ones(3)


def passed_on(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    @checked
    def mapped(f: Callable[[Float64[np.ndarray, "3"]], Float64[np.ndarray, "3"]]) -> Float64[np.ndarray, "3"]:
        return f(np.zeros(3))

    @checked
    def fourfold(x: Float64[np.ndarray, "4"]) -> Float64[np.ndarray, "4"]:
        return x

    # E: Argument 1 to "mapped" has incompatible type "Callable[[Float64[ndarray, '4']], Float64[ndarray, '4']]"; expected "Callable[[Float64[ndarray, '3']], Float64[ndarray, '3']]" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    mapped(fourfold)


def yielded() -> None:
    def rows(x: Float64[np.ndarray, "n m"]) -> Iterator[Float64[np.ndarray, "n"]]:
        # E: the yielded value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
        yield x[0]

    # R: ValueError: operands could not be broadcast together with shapes (7,)
    next(rows(array("n m"))) + array("n")


def in_a_default() -> None:
    # E: the default of "by" has shape (4,), but (3,) is wanted: sizes 4 and 3 on axis 0 differ [shape]
    def scaled(x: Float64[np.ndarray, "n 3"], by: Float64[np.ndarray, "3"] = np.ones(4)) -> None:
        print(x * by)

    # R: ValueError: operands could not be broadcast together with shapes (5,3)
    scaled(array("n 3"))


def appended(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    rows: list[Float64[np.ndarray, "n"]] = []
    # E: argument 1 of "append" has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
    rows.append(x[0])
    rows.append(x[:, 0])
    # R: ValueError: all input arrays must have the same shape
    np.stack(rows)


def put_into_a_dictionary(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    rows: dict[str, Float64[np.ndarray, "n"]] = {}
    # E: the assigned value has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
    rows["a"] = x[0]
    # R: ValueError: operands could not be broadcast together with shapes (7,)
    rows["a"] + x[:, 0]


def listed(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: item 1 has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
    rows: list[Float64[np.ndarray, "n"]] = [x[:, 0], x[0]]
    # R: ValueError: all input arrays must have the same shape
    np.stack(rows)


def in_a_dictionary(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: entry 0 has shape (m,), but (n,) is wanted: sizes m and n on axis 0 differ [shape]
    rows: dict[str, Float64[np.ndarray, "n"]] = {"a": x[0]}
    # R: ValueError: operands could not be broadcast together with shapes (7,)
    rows["a"] + x[:, 0]


def axis_of_an_array_of_checked_rank(x: np.ndarray[Any, np.dtype[np.float64]] = array("n m")) -> None:
    assert x.ndim == 2
    # E: cannot sum (?, ?) over axis 2: it has 2 axes [shape]
    # R: AxisError
    x.sum(axis=2)
