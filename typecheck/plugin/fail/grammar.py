"""Strings of axes that are malformed, each reported where it stands."""

import numpy as np
from jaxtyping import Float, Float64

from typecheck.plugin.arrays import array


def commas() -> None:
    # E: malformed shape "n, m": axes are separated by blanks, not commas; write "n m" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    def scaled(x: Float[np.ndarray, "n, m"]) -> None: ...


def two_ellipses() -> None:
    # E: malformed shape "... n ...": "..." and "..." each stand for any number of axes, which one may do; keep one of them [shape]
    # R: ValueError: Cannot use variadic specifiers (`*name` or `...`) more tha
    def scaled(x: Float[np.ndarray, "... n ..."]) -> None: ...


def two_stars() -> None:
    # E: malformed shape "*a *b": "*a" and "*b" each stand for any number of axes, which one may do; keep one of them [shape]
    # R: ValueError: Cannot use variadic specifiers (`*name` or `...`) more tha
    def scaled(x: Float[np.ndarray, "*a *b"]) -> None: ...


def glued_ellipsis() -> None:
    # E: malformed shape "n...m": "..." stands on its own, with blanks around it; write "n ... m" [shape]
    # R: ValueError: Anonymous multiple axes '...' must be used on its own; got
    def scaled(x: Float[np.ndarray, "n...m"]) -> None: ...


def trailing_sign() -> None:
    # E: malformed shape "n#": "#" stands before a name, not after it; write "#n" [shape]
    # R: ValueError: As of jaxtyping v0.1.0, broadcastable axes are now denoted
    def scaled(x: Float[np.ndarray, "n#"]) -> None: ...


def starred_number() -> None:
    # E: malformed shape "*3": "*" stands before names alone, and "3" is a number; write "3" [shape]
    # R: ValueError: Cannot have a fixed axis bind to multiple axes, e.g. `*4`
    def scaled(x: Float[np.ndarray, "*3"]) -> None: ...


def in_a_result() -> None:
    # E: malformed shape "n,": axes are separated by blanks, not commas; write "n" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    def scaled(x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n,"]:
        return x


def in_a_container() -> None:
    # E: malformed shape "n,m": axes are separated by blanks, not commas; write "n m" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    def scaled(x: list[Float[np.ndarray, "n,m"]]) -> None: ...


def in_a_union() -> None:
    # E: malformed shape "n,m": axes are separated by blanks, not commas; write "n m" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    def scaled(x: Float[np.ndarray, "n,m"] | None) -> None: ...


def in_an_alias() -> None:
    # E: malformed shape "n, 3": axes are separated by blanks, not commas; write "n 3" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    Points = Float64[np.ndarray, "n, 3"]
    print(Points)


def in_a_class() -> None:
    class Cloud:
        # E: malformed shape "n, 3": axes are separated by blanks, not commas; write "n 3" [shape]
        # R: ValueError: Axes should be separated with spaces, not commas
        points: Float64[np.ndarray, "n, 3"]


def in_a_call(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    from typing import cast

    # E: malformed shape "n,": axes are separated by blanks, not commas; write "n" [shape]
    # R: ValueError: Axes should be separated with spaces, not commas
    cast(Float64[np.ndarray, "n,"], x)
