"""What the strings of axes mean."""

import numpy as np
from jaxtyping import Float, Float64

from typecheck.plugin.arrays import array


def numbers(
    a: Float64[np.ndarray, "1 2 3"] = array("1 2 3"),
    scalar: Float64[np.ndarray, ""] = array(""),
    named: Float64[np.ndarray, "rows=4 columns=m"] = array("4 m"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, '1 2 3']
    reveal_type(scalar)  # T: Float64[ndarray, '']
    reveal_type(named)  # T: Float64[ndarray, '4 m']
    reveal_type(a.T)  # T: Float64[ndarray, '3 2 1']


def names(
    a: Float64[np.ndarray, "n _ _rest m"] = array("n 3 4 m"),
    blanks: Float64[np.ndarray, "  n   m "] = array("n m"),
    leaf: Float64[np.ndarray, "?n m"] = array("n m"),
    parts: Float64[np.ndarray, "n 3"] = array("n 3"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n _ _ m']
    reveal_type(blanks)  # T: Float64[ndarray, 'n m']
    reveal_type(leaf)  # T: Float64[ndarray, '_ m']
    reveal_type(parts)  # T: Float64[ndarray, 'n 3']
    reveal_type(a[0, :, :, 0])  # T: Float64[ndarray, '_ _']
    reveal_type(blanks @ blanks.T)  # T: Float64[ndarray, 'n n']


def expressions(
    n: Float64[np.ndarray, "n"] = array("n"),
    m: Float64[np.ndarray, "m"] = array("m"),
    a: Float64[np.ndarray, "n+1 n-1 2*n"] = array("n+1 n-1 2*n"),
    b: Float64[np.ndarray, "n*m (n+1)*m n//2"] = array("n*m n*m+m n//2"),
    c: Float64[np.ndarray, "min(n,m) n**2 2*n+m-1"] = array("n n**2 2*n+m-1"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n+1 n-1 2*n']
    reveal_type(b)  # T: Float64[ndarray, 'm*n m*n+m n//2']
    reveal_type(c)  # T: Float64[ndarray, '_ n**2 m+2*n-1']
    reveal_type(a[1:, 0, 0])  # T: Float64[ndarray, 'n']
    reveal_type(a[1:, 0, 0] + n)  # T: Float64[ndarray, 'n']
    reveal_type(b[:, 0, 0].reshape(n.size, m.size))  # T: Float64[ndarray, 'n m']


def any_axes(
    a: Float64[np.ndarray, "... 3"] = array("n 3"),
    b: Float64[np.ndarray, "*b n"] = array("b t n"),
    c: Float64[np.ndarray, "*#b m"] = array("1 m"),
    d: Float64[np.ndarray, "..."] = array("n"),
    e: Float64[np.ndarray, "*_ 3"] = array("3"),
    f: Float64[np.ndarray, "#*b m"] = array("m"),
    g: Float64[np.ndarray, "n ... m"] = array("n 2 m"),
) -> None:
    reveal_type(a)  # T: Float64[ndarray, '... 3']
    reveal_type(b)  # T: Float64[ndarray, '*b n']
    reveal_type(c)  # T: Float64[ndarray, '*#b m']
    reveal_type(d)  # T: Float64[ndarray, '...']
    reveal_type(e)  # T: Float64[ndarray, '... 3']
    reveal_type(f)  # T: Float64[ndarray, '*#b m']
    reveal_type(g)  # T: Float64[ndarray, 'n ... m']


def either_size(a: Float64[np.ndarray, "n"] = array("n"), b: Float64[np.ndarray, "#n m"] = array("1 m")) -> None:
    reveal_type(a)  # T: Float64[ndarray, 'n']
    reveal_type(b)  # T: Float64[ndarray, '#n m']
    reveal_type(b.sum(axis=0))  # T: Float64[ndarray, 'm']


def local_variables(x: Float64[np.ndarray, "n m"] = array("n m"), k: int = 3) -> None:
    a: Float[np.ndarray, "n"] = x[:, 0]
    b: Float64[np.ndarray, "other m"] = x
    c: Float64[np.ndarray, f"{k} m"] = x[:3]
    d: "Float64[np.ndarray, 'n m']" = x
    reveal_type(a)  # T: Float[ndarray, 'n']
    reveal_type(b)  # T: Float64[ndarray, '_ m']
    reveal_type(c)  # T: Float64[ndarray, '...']
    reveal_type(d)  # T: Float64[ndarray, 'n m']
