"""The default backend: the op table's own kernels over NumPy, products by its BLAS."""

from __future__ import annotations

from typing import Final

import numpy as np

from shapedmat import precision
from shapedmat.backends import Backend
from shapedmat.ops import Array, Namespace


def _matmul(xp: Namespace, a: Array, b: Array) -> Array:
    if precision.reduced_blocks:
        precision.require_full_on_cpu(a, b)
    return xp.matmul(a, b)


BACKEND: Final = Backend(name="numpy", namespace=np, device_type="cpu", kernels={"matmul": _matmul})
