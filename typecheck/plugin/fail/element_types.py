"""Element types that no array can have both of."""

import numpy as np
import numpy.typing as npt
from beartype import beartype
from jaxtyping import Bool, Complex, Float, Float32, Float64, Int, Int64, UInt8, jaxtyped

from typecheck.plugin.arrays import array

checked = jaxtyped(typechecker=beartype)


@checked
def floats(x: Float[np.ndarray, "p"]) -> None:
    print(x)


@checked
def singles(x: Float32[np.ndarray, "p"]) -> None:
    print(x)


@checked
def integers(x: Int[np.ndarray, "p"]) -> None:
    print(x)


@checked
def booleans(x: Bool[np.ndarray, "p"]) -> None:
    print(x)


@checked
def bytes_(x: UInt8[np.ndarray, "p"]) -> None:
    print(x)


def integers_for_floats(x: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    # E: Argument 1 to "floats" has incompatible type "Int64[ndarray, 'n']"; expected "Float[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    floats(x)


def doubles_for_singles(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: Argument 1 to "singles" has incompatible type "Float64[ndarray, 'n']"; expected "Float32[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    singles(x)


def fractions_for_integers(x: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    # E: Argument 1 to "integers" has incompatible type "Float64[ndarray, 'n']"; expected "Int[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    integers(x / 2)


def integers_for_booleans(x: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    # E: Argument 1 to "booleans" has incompatible type "Int64[ndarray, 'n']"; expected "Bool[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    booleans(x)


def booleans_for_floats(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: Argument 1 to "floats" has incompatible type "Bool[ndarray, 'n']"; expected "Float[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    floats(x > 1)


def complex_for_floats(x: Complex[np.ndarray, "n"] = array("n", np.complex128)) -> None:
    # E: Argument 1 to "floats" has incompatible type "Complex[ndarray, 'n']"; expected "Float[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    floats(x)


def signed_for_unsigned(x: Int64[np.ndarray, "n"] = array("n", np.int64)) -> None:
    # E: Argument 1 to "bytes_" has incompatible type "Int64[ndarray, 'n']"; expected "UInt8[ndarray, 'n']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    bytes_(x)


def of_numpys_own_type(x: npt.NDArray[np.int64] = array("n", np.int64)) -> None:
    # E: Argument 1 to "floats" has incompatible type "Int64[ndarray, '...']"; expected "Float[ndarray, '_']" [arg-type]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    floats(x)


def in_a_list(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    @checked
    def first(xs: list[Int[np.ndarray, "p"]]) -> Int[np.ndarray, "p"]:
        return xs[0]

    # E: List item 0 has incompatible type "Float64[ndarray, 'n']"; expected "Int[ndarray, 'n']" [list-item]
    # R: TypeCheckError: Type-check error whilst checking the parameters
    first([x])
