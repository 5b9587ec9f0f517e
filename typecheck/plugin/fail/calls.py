"""Arguments that do not fit the names of the callee, or one another."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
from beartype import beartype
from jaxtyping import Float64, jaxtyped

from typecheck.plugin.arrays import array

checked = jaxtyped(typechecker=beartype)


@checked
def scaled(x: Float64[np.ndarray, "p q"], by: Float64[np.ndarray, "q"]) -> Float64[np.ndarray, "p q"]:
    return x * by


@checked
def extended(x: Float64[np.ndarray, "p"]) -> Float64[np.ndarray, "p+1"]:
    return np.concatenate([x, x[:1]])


@checked
def sliding(x: Float64[np.ndarray, "p"], longer: Float64[np.ndarray, "p+1"]) -> Float64[np.ndarray, "p"]:
    return longer[1:] - x


@checked
def points(x: Float64[np.ndarray, "p 3"]) -> Float64[np.ndarray, "p"]:
    return np.sum(x, axis=1)


@checked
def optional(
    x: Float64[np.ndarray, "p"] | None = None, y: Float64[np.ndarray, "p q"] | None = None
) -> Float64[np.ndarray, "p"]:
    return np.zeros(3) if x is None else x


@checked
def stacked(
    xs: Sequence[Float64[np.ndarray, "p q"]], *more: Float64[np.ndarray, "p q"]
) -> Float64[np.ndarray, "k p q"]:
    return np.stack([*xs, *more])


@checked
def weighted(xs: Mapping[str, Float64[np.ndarray, "p q"]], **weights: Float64[np.ndarray, "q"]) -> None:
    print(xs, weights)


@checked
def pair(x: tuple[Float64[np.ndarray, "p"], Float64[np.ndarray, "q"]], y: Float64[np.ndarray, "p q"]) -> None:
    print(x, y)


@checked
def batched(x: Float64[np.ndarray, "*batch d"], y: Float64[np.ndarray, "*batch"]) -> Float64[np.ndarray, "*batch d"]:
    return x * y[..., None]


@checked
def matrices(x: Float64[np.ndarray, "*batch d e"]) -> Float64[np.ndarray, "*batch"]:
    return x[..., 0, 0]


@checked
def square(x: Float64[np.ndarray, "p p"]) -> Float64[np.ndarray, "p"]:
    return x[0]


@checked
def spread(x: Float64[np.ndarray, "#p q"], y: Float64[np.ndarray, "p q"]) -> Float64[np.ndarray, "p q"]:
    return x + y


def two_arguments_differ(
    a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n"] = array("n")
) -> None:
    # E: argument "by" of "scaled": dimension "q" is m from argument "x" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(a, b)


def a_literal_differs(a: Float64[np.ndarray, "4 5"] = array("4 5"), b: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: argument "by" of "scaled": dimension "q" is 5 from argument "x" but 4 here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(a, b)


def by_keyword(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: argument "by" of "scaled": dimension "q" is m from argument "x" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(by=b, x=a)


def too_few_axes(b: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: argument "x" of "scaled" has shape (m,), but (p, q) is wanted: it has 1 axis and not 2 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(b, b)


def too_many_axes(a: Float64[np.ndarray, "n m k"] = array("n m k")) -> None:
    # E: argument "x" of "extended" has shape (n, m, k), but (p,) is wanted: it has 3 axes and not 1 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    extended(a)


def a_result_is_longer(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: argument "by" of "scaled": dimension "q" is m from argument "x" but m + 1 here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(a, extended(b))


def an_expression_differs(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: argument "longer" of "sliding": dimension "p + 1" is n + 1 with "p" = n from argument "x", but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    sliding(x, x)


def an_expression_of_numbers_differs(
    x: Float64[np.ndarray, "3"] = array("3"), y: Float64[np.ndarray, "5"] = array("5")
) -> None:
    # E: argument "longer" of "sliding": dimension "p + 1" is 4 with "p" = 3 from argument "x", but 5 here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    sliding(longer=y, x=x)


def a_number_is_another(a: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: argument "x" of "points" has shape (n, 4), but (p, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    points(a)


def a_number_is_a_name(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "x" of "points" has shape (n, m), but (p, 3) is wanted: sizes m and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    points(a)


def turned(a: Float64[np.ndarray, "3 n"] = array("3 n")) -> None:
    # E: argument "x" of "points" has shape (3, n), but (p, 3) is wanted: sizes n and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    points(a)


def beside_none(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: argument "y" of "optional": dimension "p" is m from argument "x" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    optional(b, a)


def an_optional_of_another_rank(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "x" of "optional" has shape (n, m), but (p,) is wanted: it has 2 axes and not 1 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    optional(a)


def an_item_of_a_list(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "xs" of "stacked": dimension "p" is n from the same argument but m here [shape]
    # R: ValueError: all input arrays must have the same shape
    stacked([a, a.T])


def a_further_argument(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "more" of "stacked": dimension "p" is n from argument "xs" but m here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    stacked([a], a, a.T)


def an_item_of_a_dictionary(
    a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n"] = array("n")
) -> None:
    # E: argument "y" of "weighted": dimension "q" is m from argument "xs" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    weighted({"x": a}, y=b)


def items_of_a_tuple(a: Float64[np.ndarray, "n"] = array("n"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: argument "y" of "pair": dimension "p" is n from argument "x" but m here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    pair((a, b), b[:, None] * a)


def batches_differ(
    a: Float64[np.ndarray, "4 n m"] = array("4 n m"), b: Float64[np.ndarray, "3 n"] = array("3 n")
) -> None:
    # E: argument "y" of "batched": axes "*batch" are (4, n) from argument "x" but (3, n) here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    batched(a, b)


def batches_of_other_ranks(a: Float64[np.ndarray, "4 n m"] = array("4 n m")) -> None:
    # E: argument "y" of "batched": axes "*batch" are (4, n) from argument "x" but (4, n, m) here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    batched(a, a)


def too_few_axes_for_a_batch(a: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: argument "x" of "matrices" has shape (n,), but (*batch, d, e) is wanted: it has 1 axis and not at least 2 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    matrices(a)


def one_name_twice(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: argument "x" of "square": dimension "p" is n from the same argument but m here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    square(a)


def neither_the_size_nor_one(
    a: Float64[np.ndarray, "2 m"] = array("2 m"), b: Float64[np.ndarray, "3 m"] = array("3 m")
) -> None:
    # E: argument "y" of "spread": dimension "p" is 2 from argument "x" but 3 here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    spread(a, b)


def of_a_result(a: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: argument "by" of "scaled": dimension "q" is 3 from argument "x" but n here [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    scaled(a, points(a))


def in_a_comprehension(a: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: argument "x" of "points" has shape (n, 4), but (p, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    print([points(a) for _ in range(2)])


def in_a_lambda(a: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: argument "x" of "points" has shape (n, 4), but (p, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    (lambda: points(a))()


def stored_in_a_variable(a: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    function = points
    # E: argument "x" of the callee has shape (n, 4), but (p, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    function(a)


def reported_once(a: Float64[np.ndarray, "n 4"] = array("n 4"), b: Float64[np.ndarray, "m"] = array("m")) -> None:
    # E: argument "x" of "points" has shape (n, 4), but (p, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    print(np.abs(np.sum(np.stack([points(a) + 1, points(a)]), axis=0)) * 2)


def in_an_argument(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "k k"] = array("k k")) -> None:
    # E: cannot multiply (n, m) by (k, k): inner dimensions m and k differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    scaled(a @ b, b[0])


@overload
def total(x: Float64[np.ndarray, "p q r"]) -> Float64[np.ndarray, "p q"]: ...
@overload
def total(x: Float64[np.ndarray, "p q"]) -> Float64[np.ndarray, "p"]: ...
@checked
def total(x: Float64[np.ndarray, "p q r"] | Float64[np.ndarray, "p q"]) -> Any:
    return x.sum(axis=-1)


@overload
def column(x: Float64[np.ndarray, "p 3"], flat: Literal[True]) -> Float64[np.ndarray, "p"]: ...
@overload
def column(x: Float64[np.ndarray, "p 3"], flat: Literal[False] = ...) -> Float64[np.ndarray, "p 1"]: ...
@checked
def column(x: Float64[np.ndarray, "p 3"], flat: bool = False) -> Any:
    return x[:, 0] if flat else x[:, :1]


def no_overload_of_this_rank(a: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: argument 1 of "total" has shape (n,), but (?, ?, ?) is wanted: it has 1 axis and not 3 [shape]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    total(a)


def no_overload_of_this_size(a: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: No overload variant of "column" matches argument types "Float64[ndarray, 'n 4']", "bool" [call-overload]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    column(a, True)


def the_result_of_an_overload(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot add (n,) and (n, m): sizes n and m on axis -1 differ and neither is 1 [shape]
    # R: ValueError: operands could not be broadcast together with shapes (5,)
    total(a) + a
