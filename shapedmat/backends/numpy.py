"""The default backend: the op table's own kernels over NumPy, products by its BLAS."""

from __future__ import annotations

from typing import Final

import numpy as np

from shapedmat.backends import Backend

BACKEND: Final = Backend(name="numpy", namespace=np, device_type="cpu")
