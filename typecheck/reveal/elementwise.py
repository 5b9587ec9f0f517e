"""Element-wise operators: equal shapes, columns, rows, single elements and numbers."""

from __future__ import annotations

from typing import Any
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
column = Matrix[f32, L[5], L[1]].ones()
row = Matrix[f32, L[1], L[2]].ones()
single = Matrix[f32, L[1], L[1]].ones()
whole = Matrix[np.int64, L[5], L[2]].ones()
unknown: Matrix[f32, Any, Any] = a
number = 3

reveal_type(a + a)  # T: Matrix[float32, 5, 2]
reveal_type(a - a)  # T: Matrix[float32, 5, 2]
reveal_type(a * a)  # T: Matrix[float32, 5, 2]
reveal_type(a / a)  # T: Matrix[float32, 5, 2]
reveal_type(a + column)  # T: Matrix[float32, 5, 2]
reveal_type(column + a)  # T: Matrix[float32, 5, 2]
reveal_type(a - row)  # T: Matrix[float32, 5, 2]
reveal_type(row - a)  # T: Matrix[float32, 5, 2]
reveal_type(a * single)  # T: Matrix[float32, 5, 2]
reveal_type(single * a)  # T: Matrix[float32, 5, 2]
reveal_type(column / row)  # T: Matrix[float32, 5, 2]
reveal_type(row / column)  # T: Matrix[float32, 5, 2]
reveal_type(column + column)  # T: Matrix[float32, 5, 1]
reveal_type(row + row)  # T: Matrix[float32, 1, 2]
reveal_type(single + single)  # T: Matrix[float32, 1, 1]
reveal_type(single - column)  # T: Matrix[float32, 5, 1]
reveal_type(column - single)  # T: Matrix[float32, 5, 1]
reveal_type(single / row)  # T: Matrix[float32, 1, 2]
reveal_type(a + 1)  # T: Matrix[float32, 5, 2]
reveal_type(1 + a)  # T: Matrix[float32, 5, 2]
reveal_type(1 - a)  # T: Matrix[float32, 5, 2]
reveal_type(0.5 * a)  # T: Matrix[float32, 5, 2]
reveal_type(a / number)  # T: Matrix[float32, 5, 2]
reveal_type(1 / a)  # T: Matrix[float32, 5, 2]
reveal_type(f32(2) * a)  # T: Matrix[float32, 5, 2]
reveal_type(a * f32(2))  # T: Matrix[float32, 5, 2]
reveal_type(a - a.mean())  # T: Matrix[float32, 5, 2]
reveal_type(a / a.sum())  # T: Matrix[float32, 5, 2]
reveal_type(-a)  # T: Matrix[float32, 5, 2]
reveal_type(+a)  # T: Matrix[float32, 5, 2]
reveal_type(abs(a))  # T: Matrix[float32, 5, 2]
reveal_type(a**2)  # T: Matrix[float32, 5, 2]
reveal_type(a**0.5)  # T: Matrix[float32, 5, 2]
reveal_type(whole * 2)  # T: Matrix[int64, 5, 2]
reveal_type(a + unknown)  # T: Matrix[float32, 5, 2]
reveal_type(unknown + a)  # T: Matrix[float32, Any, Any]
reveal_type(a < 0.5)  # T: Matrix[bool_, 5, 2]
reveal_type(0.5 < a)  # T: Matrix[bool_, 5, 2]
reveal_type(a >= row)  # T: Matrix[bool_, 5, 2]
reveal_type(column <= a)  # T: Matrix[bool_, 5, 2]
reveal_type(a == a)  # T: Matrix[bool_, 5, 2]
reveal_type(a != 0)  # T: Matrix[bool_, 5, 2]
reveal_type((a > 0).all())  # T: bool
reveal_type(a.allclose(a))  # T: bool
