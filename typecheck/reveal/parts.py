"""Rows, columns, elements, slices, stacks, reshapes and point sets."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
column = Matrix[f32, L[5], L[1]].ones()
row = Matrix[f32, L[1], L[2]].ones()
places = np.array([0, 4])
wide: Matrix[f32, L[2], L[5]] = a.reshape(2, 5)

reveal_type(a.shape)  # T: tuple[5, 2]
reveal_type(a.rows)  # T: 5
reveal_type(a.cols)  # T: 2
reveal_type(a.ndim)  # T: 2
reveal_type(a.size)  # T: int
reveal_type(len(a))  # T: int
reveal_type(a.row(0))  # T: Matrix[float32, 1, 2]
reveal_type(a.col(0))  # T: Matrix[float32, 5, 1]
reveal_type(a[0])  # T: Matrix[float32, 1, 2]
reveal_type(a[0, 1])  # T: float32
reveal_type(a[0][0, 1])  # T: float32
reveal_type(a[1:])  # T: Matrix[float32, Any, 2]
reveal_type(a[:, 0])  # T: Matrix[float32, Any, 1]
reveal_type(a[0, :])  # T: Matrix[float32, 1, Any]
reveal_type(a[1:3, :1])  # T: Matrix[float32, Any, Any]
reveal_type(a[[0, 4]])  # T: Matrix[float32, Any, 2]
reveal_type(a[places])  # T: Matrix[float32, Any, 2]
reveal_type(a[:, [0]])  # T: Matrix[float32, Any, Any]
reveal_type(list(a))  # T: list[Matrix[float32, 1, 2]]
reveal_type(next(iter(a)))  # T: Matrix[float32, 1, 2]
reveal_type(wide)  # T: Matrix[float32, 2, 5]
reveal_type(a.reshape(2, 5))  # T: Matrix[float32, int, int]
reveal_type(a.reshape(-1, 5))  # T: Matrix[float32, Any, int]
reveal_type(a.reshape(10, -1))  # T: Matrix[float32, int, Any]
reveal_type(a.hstack(column))  # T: Matrix[float32, 5, Any]
reveal_type(a.vstack(row, a))  # T: Matrix[float32, Any, 2]
reveal_type(Matrix.vstack(a, row))  # T: Matrix[float32, Any, 2]  # P: Matrix[Any, Any, Any]
reveal_type(a.row_norms())  # T: Matrix[float32, 5, 1]
reveal_type(a.distances(row))  # T: Matrix[float32, 5, 1]
reveal_type(a.distances(a[0]).argmin())  # T: int
reveal_type(a.differences(row))  # T: Matrix[float32, 5, 2]
reveal_type(a.copy())  # T: Matrix[float32, 5, 2]
