"""Element types: conversions, and functions that keep the type of a matrix."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Literal as L

import numpy as np

from shapedmat import Matrix, relu, sigmoid, sigmoid_derivative, softmax, tanh

f32 = np.float32

a = Matrix[f32, L[5], L[2]].ones()
double = Matrix[np.float64, L[5], L[2]].ones()
any_type: Matrix[Any, L[5], L[2]] = a

reveal_type(a.astype(np.float64))  # T: Matrix[float64, 5, 2]
reveal_type(a.astype(np.int64))  # T: Matrix[int64, 5, 2]
reveal_type((a > 0).astype(f32))  # T: Matrix[float32, 5, 2]
reveal_type(a.astype(np.float64) + double)  # T: Matrix[float64, 5, 2]
reveal_type(any_type + double.astype(f32))  # T: Matrix[Any, 5, 2]
reveal_type(any_type @ a.T)  # T: Matrix[Any, 5, 5]
reveal_type(sigmoid(a))  # T: Matrix[float32, 5, 2]
reveal_type(sigmoid(double))  # T: Matrix[float64, 5, 2]
reveal_type(sigmoid_derivative(sigmoid(a)))  # T: Matrix[float32, 5, 2]
reveal_type(tanh(a.T))  # T: Matrix[float32, 2, 5]
reveal_type(softmax(a))  # T: Matrix[float32, 5, 2]
reveal_type(softmax(a, axis=1))  # T: Matrix[float32, 5, 2]
reveal_type(a.apply(sigmoid))  # T: Matrix[float32, 5, 2]
reveal_type(a.apply(lambda element: element + 1))  # T: Matrix[float32, 5, 2]
reveal_type(relu(a @ a.T))  # T: Matrix[float32, 5, 5]
reveal_type(partial(softmax, axis=1)(a))  # T: Matrix[float32, 5, 2]
reveal_type(list(map(sigmoid, [a, a])))  # T: list[Matrix[float32, 5, 2]]
reveal_type(a.to("cpu"))  # T: Matrix[float32, 5, 2]
reveal_type(a.synchronize())  # T: Matrix[float32, 5, 2]
