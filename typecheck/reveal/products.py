"""Products, powers and the transpose."""

from __future__ import annotations

from typing import Any
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
b = Matrix[f32, L[2], L[3]].ones()
column = Matrix[f32, L[5], L[1]].ones()
row = Matrix[f32, L[1], L[2]].ones()
some_rows = Matrix[f32, Any, L[2]].from_rows(np.ones((4, 2)))

reveal_type(a)  # T: Matrix[float32, 5, 2]
reveal_type(a @ b)  # T: Matrix[float32, 5, 3]
reveal_type(a.matmul(b))  # T: Matrix[float32, 5, 3]
reveal_type(a.matmul(b, backend="numpy"))  # T: Matrix[float32, 5, 3]
reveal_type(a @ b @ b.T)  # T: Matrix[float32, 5, 2]
reveal_type(a.T)  # T: Matrix[float32, 2, 5]
reveal_type(a.transpose())  # T: Matrix[float32, 2, 5]
reveal_type(a.T.T)  # T: Matrix[float32, 5, 2]
reveal_type(a.T @ a)  # T: Matrix[float32, 2, 2]
reveal_type(a @ a.T)  # T: Matrix[float32, 5, 5]
reveal_type((a @ b).T)  # T: Matrix[float32, 3, 5]
reveal_type(b.T @ a.T)  # T: Matrix[float32, 3, 5]
reveal_type(row @ a.T)  # T: Matrix[float32, 1, 5]
reveal_type(column @ row)  # T: Matrix[float32, 5, 2]
reveal_type(column.T @ column)  # T: Matrix[float32, 1, 1]
reveal_type(some_rows @ b)  # T: Matrix[float32, Any, 3]
reveal_type(a @ some_rows.T)  # T: Matrix[float32, 5, Any]
reveal_type(some_rows.T @ some_rows)  # T: Matrix[float32, 2, 2]
reveal_type(column.outer(row))  # T: Matrix[float32, 5, 2]
reveal_type(column.outer(column))  # T: Matrix[float32, 5, 5]
reveal_type(row.outer(row))  # T: Matrix[float32, 2, 2]
reveal_type(row.outer(column))  # T: Matrix[float32, 2, 5]
reveal_type(a.hadamard(a))  # T: Matrix[float32, 5, 2]
