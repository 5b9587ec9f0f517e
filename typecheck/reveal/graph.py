"""Variables of a graph, what is made of them, and their values."""

from __future__ import annotations

from typing import Literal as L

import numpy as np

from nets.graph_layers import mean_squared_error, softmax_cross_entropy
from shapedmat import Matrix, sigmoid
from shapedmat.graph import Execution, Graph, normal

f32 = np.float32

graph = Graph()
x = graph.input("x", Matrix[f32, L[4], L[3]])
w = graph.parameter("w", Matrix[f32, L[3], L[5]], normal())
b = graph.parameter("b", Matrix[f32, L[1], L[5]], normal())
column = graph.constant("column", Matrix[f32, L[4], L[1]].ones())

reveal_type(x)  # T: Variable[float32, 4, 3]
reveal_type(w)  # T: Variable[float32, 3, 5]
reveal_type(column)  # T: Variable[float32, 4, 1]
reveal_type(x @ w)  # T: Variable[float32, 4, 5]
reveal_type(x @ w + b)  # T: Variable[float32, 4, 5]
reveal_type(x.T)  # T: Variable[float32, 3, 4]
reveal_type((x @ w).T @ x)  # T: Variable[float32, 5, 3]
reveal_type(x - x)  # T: Variable[float32, 4, 3]
reveal_type(b * column)  # T: Variable[float32, 4, 5]
reveal_type(column + x)  # T: Variable[float32, 4, 3]
reveal_type(2 * x / 3)  # T: Variable[float32, 4, 3]
reveal_type(1 - x)  # T: Variable[float32, 4, 3]
reveal_type(-(x**2))  # T: Variable[float32, 4, 3]
reveal_type(abs(x))  # T: Variable[float32, 4, 3]
reveal_type(x.hadamard(x))  # T: Variable[float32, 4, 3]
reveal_type(x.apply(sigmoid))  # T: Variable[float32, 4, 3]
reveal_type(x.softmax(axis=1))  # T: Variable[float32, 4, 3]
reveal_type(x.log_softmax(axis=0))  # T: Variable[float32, 4, 3]
reveal_type(x.astype(np.float64))  # T: Variable[float64, 4, 3]
reveal_type(x.sum())  # T: Variable[float32, 1, 1]
reveal_type(x.sum(axis=0))  # T: Variable[float32, 1, 3]
reveal_type(x.mean(axis=1))  # T: Variable[float32, 4, 1]
reveal_type(x.hstack(column))  # T: Variable[float32, 4, Any]
reveal_type(x.take_rows(slice(1, 3)))  # T: Variable[float32, Any, 3]
reveal_type(x.take_columns(slice(1, 3)))  # T: Variable[float32, 4, Any]

loss = mean_squared_error(x @ w, x @ w + b)
gradients = graph.backward(loss)
execution = Execution(graph)
feed = x.feed(Matrix[f32, L[4], L[3]].ones())

reveal_type(loss)  # T: Variable[float32, 1, 1]
reveal_type(softmax_cross_entropy(x @ w, x @ w))  # T: Variable[float32, 1, 1]
reveal_type(gradients[b])  # T: Variable[float32, 1, 5]
reveal_type(execution.run(loss, feed))  # T: Matrix[float32, 1, 1]
reveal_type(execution.run(gradients[b], feed))  # T: Matrix[float32, 1, 5]
