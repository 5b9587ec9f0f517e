"""Matrices that are made: by the class's shape, by arguments, for a declared variable, from numbers and arrays."""

from __future__ import annotations

from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32
Image: TypeAlias = Matrix[f32, L[784], L[1]]

loose: np.ndarray[Any, np.dtype[np.float32]] = np.ones((5, 2), f32)
array: np.ndarray[tuple[L[5], L[2]], np.dtype[np.float32]] = loose
declared: Matrix[f32, L[5], L[2]] = Matrix.zeros(5, 2)
double: Matrix[np.float64, L[5], L[2]] = Matrix.normal(5, 2, std=0.1, dtype=np.float64)
labels: Matrix[f32, L[10], L[2]] = Matrix.one_hot([3, 1], 10)
size = len("12345")


def sized_by_ints() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.ones((5, 2))


reveal_type(declared)  # T: Matrix[float32, 5, 2]
reveal_type(double)  # T: Matrix[float64, 5, 2]
reveal_type(labels)  # T: Matrix[float32, 10, 2]
reveal_type(Matrix[f32, L[5], L[2]].zeros())  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], L[2]].full(0.5))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], L[2]].random(1))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], L[2]].normal(1, std=2.0))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], L[2]].xavier(1))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[np.float64, L[3], L[3]].eye())  # T: Matrix[float64, 3, 3]
reveal_type(Matrix[np.int64, L[2], L[2]].from_rows([[1, 2], [3, 4]]))  # T: Matrix[int64, 2, 2]
reveal_type(Matrix[f32, L[10], L[2]].one_hot([3, 1]))  # T: Matrix[float32, 10, 2]
reveal_type(Matrix[f32, L[2], L[2]].diagonal([3, 1]))  # T: Matrix[float32, 2, 2]
reveal_type(Image.zeros())  # T: Matrix[float32, 784, 1]
reveal_type(Matrix.zeros(5, 2))  # T: Matrix[float32, int, int]
reveal_type(Matrix.zeros(size, 2))  # T: Matrix[float32, int, int]
reveal_type(Matrix.ones(5, 2, dtype=np.float64))  # T: Matrix[float64, int, int]
reveal_type(Matrix.zeros(declared.rows, declared.cols))  # T: Matrix[float32, 5, 2]  # P: Matrix[float32, int, int]
reveal_type(Matrix.zeros(*declared.shape))  # T: Matrix[float32, 5, 2]  # P: Matrix[float32, int, int]
reveal_type(Matrix.eye(declared.rows))  # T: Matrix[float32, 5, 5]  # P: Matrix[float32, int, int]
reveal_type(Matrix.from_rows([[1.0, 2.0]]))  # T: Matrix[Any, Any, Any]
reveal_type(Matrix.from_rows([[1.0, 2.0]], dtype=np.float64))  # T: Matrix[float64, Any, Any]
reveal_type(Matrix.one_hot([3, 1], 10))  # T: Matrix[float32, int, Any]
reveal_type(Matrix(array))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], L[2]].from_array(loose))  # T: Matrix[float32, 5, 2]
reveal_type(Matrix[f32, L[5], Any].from_array(loose))  # T: Matrix[float32, 5, Any]
reveal_type(Matrix.from_array(array))  # T: Matrix[float32, 5, 2]  # P: Matrix[Any, Any, Any]
reveal_type(Matrix(sized_by_ints()))  # T: Matrix[float64, int, int]
reveal_type(declared.numpy())  # T: ndarray[tuple[5, 2], dtype[float32]]
reveal_type(np.asarray(declared))  # T: ndarray[tuple[Any, ...], dtype[float32]]
