"""What the element-wise operations are tried on, on every kind of processor, and what the op table gives for it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shapedmat.kernels.supported import COMPARISONS
from shapedmat.ops import OPS

Array = np.ndarray[Any, np.dtype[Any]]

FLOATS: Final = ["float32", "float64"]
SIGNED: Final = ["int8", "int16", "int32", "int64"]
UNSIGNED: Final = ["uint8", "uint16", "uint32", "uint64"]
EVERY: Final = [*FLOATS, *SIGNED, *UNSIGNED, "bool"]

# What NumPy computes without rounding more than once must be its results to the last bit.
EXACT: Final = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "negative",
    "absolute",
    "sign",
    "square",
    "sqrt",
]
WHOLE: Final = ["add", "subtract", "multiply", "negative", "absolute", "sign", "square"]
OPERANDS: Final = dict.fromkeys(["add", "subtract", "multiply", "divide", *COMPARISONS, "is_close"], 2)


def table(name: str, *operands: Array, **parameters: Any) -> Array:
    """Run the op table's kernel, without its warnings."""
    with np.errstate(all="ignore"):
        result: Array = OPS[name].kernel(np, *operands, **parameters)
    return result


def rows(count: int, dtypes: list[str]) -> st.SearchStrategy[Array]:
    """Return strategies for a few rows of one of these element types: any numbers, and small ones that may be equal."""

    def of(name: str) -> st.SearchStrategy[Array]:
        dtype = np.dtype(name)
        elements: Any = arrays.from_dtype(dtype)
        if dtype.kind != "b":
            elements = st.one_of(elements, st.integers(0, 3).map(dtype.type))
        return arrays.arrays(dtype, (count, 40), elements=elements, fill=elements)

    return st.sampled_from(dtypes).flatmap(of)
