"""Patterns that do not fit the arrays they arrange."""

import numpy as np
from einops import einsum, rearrange, reduce, repeat
from jaxtyping import Float64

from typecheck.plugin.arrays import array


def number_of_axes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "b h w -> b w h": it has 2 axes and 3 are named [shape]
    # R: EinopsError
    rearrange(x, "b h w -> b w h")


def not_a_multiple(x: Float64[np.ndarray, "n 10"] = array("n 10")) -> None:
    # E: cannot rearrange (n, 10) by "n (h w) -> n h w": "h w" is 10, which is not a multiple of 4 [shape]
    # R: EinopsError
    rearrange(x, "n (h w) -> n h w", h=4)


def size_is_missing(x: Float64[np.ndarray, "n 12"] = array("n 12")) -> None:
    # E: cannot rearrange (n, 12) by "n (h w) -> n h w": of "h" and "w", all but one need a size [shape]
    # R: EinopsError
    rearrange(x, "n (h w) -> n h w")


def wrong_product(x: Float64[np.ndarray, "n 12"] = array("n 12")) -> None:
    # E: cannot rearrange (n, 12) by "n (h w) -> n h w": "h w" is 12 and 10 [shape]
    # R: EinopsError
    rearrange(x, "n (h w) -> n h w", h=2, w=5)


def lost_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "a b -> a": "b" is not on the right [shape]
    # R: EinopsError
    rearrange(x, "a b -> a")


def new_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "a b -> a b c": "c" is not on the left [shape]
    # R: EinopsError
    rearrange(x, "a b -> a b c")


def unused_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "a b -> b a": no axis is named "c" [shape]
    # R: EinopsError
    rearrange(x, "a b -> b a", c=3)


def no_arrow(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "a b": one "->" is wanted [shape]
    # R: ValueError: not enough values to unpack (expected 2, got 1)
    rearrange(x, "a b")


def brackets(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot rearrange (n, m) by "a b -> (a b": the brackets do not match [shape]
    # R: EinopsError
    rearrange(x, "a b -> (a b")


def reduction(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot reduce (n, m) by "a b -> a": "median" is none of min, max, sum, mean, prod, any, all [shape]
    # R: EinopsError
    reduce(x, "a b -> a", "median")


def pooling(x: Float64[np.ndarray, "n 7"] = array("n 7")) -> None:
    # E: cannot reduce (n, 7) by "a (b 2) -> a b": "b 2" is 7, which is not a multiple of 2 [shape]
    # R: EinopsError
    reduce(x, "a (b 2) -> a b", "max")


def repetition(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot repeat (n, m) by "a b -> a b c": the new axis "c" needs a size [shape]
    # R: EinopsError
    repeat(x, "a b -> a b c")


def product(a: Float64[np.ndarray, "n m"] = array("n m"), b: Float64[np.ndarray, "n k"] = array("n k")) -> None:
    # E: cannot contract (n, m) and (n, k) by "i j, j k -> i k": "j" is m and n [shape]
    # R: ValueError: operands could not be broadcast together
    einsum(a, b, "i j, j k -> i k")


def grouped_product(a: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot contract (n, m) by "i j -> (i j)": every axis needs one name [shape]
    # R: NotImplementedError: Shape rearrangement is not yet supported in einsum
    einsum(a, "i j -> (i j)")
