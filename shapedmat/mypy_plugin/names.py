"""Full names of the classes that the plugin knows."""

from __future__ import annotations

from typing import Final

NDARRAY: Final = "numpy.ndarray"
ARRAYS: Final = (NDARRAY, "cupy.ndarray", "cupy._core.core.ndarray")
MATRIX: Final = "shapedmat.matrix.Matrix"
DTYPE: Final = "numpy.dtype"
ARRAY_CLASSES: Final = (NDARRAY, "numpy._ArrayOrScalarCommon")
"""Where NumPy's stubs declare what arrays have: methods are looked up by the receiver's class, attributes by theirs."""
SCALAR_CLASSES: Final = tuple(
    f"numpy.{name}"
    for name in (
        *("bool", "number", "inexact", "floating", "float64", "complexfloating", "complex128"),
        *("integer", "signedinteger", "unsignedinteger"),
    )
)
"""NumPy's numbers, which are compared with arrays by methods of their own; arrays have those of the other operators."""
