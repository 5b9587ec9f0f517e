"""Reductions over everything, down the columns and along the rows."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
double = Matrix[np.float64, L[5], L[2]].ones()
axis: L[0, 1] = 0 if a.rows else 1

reveal_type(a.sum())  # T: float32
reveal_type(a.sum(0))  # T: Matrix[float32, 1, 2]
reveal_type(a.sum(axis=0))  # T: Matrix[float32, 1, 2]
reveal_type(a.sum(axis=1))  # T: Matrix[float32, 5, 1]
reveal_type(a.mean())  # T: float32
reveal_type(a.mean(axis=0))  # T: Matrix[float32, 1, 2]
reveal_type(a.mean(axis=1))  # T: Matrix[float32, 5, 1]
reveal_type(a.max())  # T: float32
reveal_type(a.max(axis=0))  # T: Matrix[float32, 1, 2]
reveal_type(a.min(axis=1))  # T: Matrix[float32, 5, 1]
reveal_type(a.argmax())  # T: int
reveal_type(a.argmax(axis=0))  # T: Matrix[int64, 1, 2]
reveal_type(a.argmin(axis=1))  # T: Matrix[int64, 5, 1]
reveal_type((a > 0).any())  # T: bool
reveal_type((a > 0).any(axis=0))  # T: Matrix[bool_, 1, 2]
reveal_type((a > 0).all(axis=1))  # T: Matrix[bool_, 5, 1]
reveal_type(double.sum())  # T: float64
reveal_type(double.mean(axis=0))  # T: Matrix[float64, 1, 2]
reveal_type(a.norm())  # T: float32
reveal_type(float(a.sum()))  # T: float
reveal_type(a.sum(axis=axis))  # T: Matrix[float32, 1, 2] | Matrix[float32, 5, 1]
reveal_type(a - a.mean(axis=0))  # T: Matrix[float32, 5, 2]
reveal_type(a / a.sum(axis=1))  # T: Matrix[float32, 5, 2]
reveal_type((a - a.mean(axis=0)).T @ a)  # T: Matrix[float32, 2, 2]
