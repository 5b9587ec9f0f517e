"""Static computation graphs: variables and nodes that are checked when they are added, gradients, and runs.

A `Graph` is a list of variables, each with an index, and a list of nodes, each an operation of `shapedmat.ops` with its
inputs, its parameters and its output, in the order in which they can run. `Graph.backward` adds the nodes that compute
gradients; `Execution` holds the parameters' values and runs what is asked for. The design is that of deeplearn-rs
(2016).

>>> import numpy as np
>>> from shapedmat import Matrix, sigmoid
>>> graph = Graph()
>>> x = graph.input("x", 1, 2)
>>> w = graph.parameter("w", 2, 3, array([[0.5, 0.3, 0.2], [0.6, 0.7, 0.7]]))
>>> loss = (x @ w).apply(sigmoid).sum()
>>> gradients = graph.backward(loss)
>>> execution = Execution(graph)
>>> gradient = execution.run(gradients[w], x.feed(Matrix.from_rows([[1.4, 0.3]])))
>>> gradient.shape
(2, 3)
>>> w @ w
Traceback (most recent call last):
shapedmat.errors.ShapeError: node 'matmul_2': cannot multiply (2, 3) by (2, 3): inner dimensions 3 and 2 differ
"""

from shapedmat.graph.execution import Execution as Execution
from shapedmat.graph.execution import replay as replay
from shapedmat.graph.graph import Gradients as Gradients
from shapedmat.graph.graph import Graph as Graph
from shapedmat.graph.initializers import Initializer as Initializer
from shapedmat.graph.initializers import array as array
from shapedmat.graph.initializers import constant as constant
from shapedmat.graph.initializers import he as he
from shapedmat.graph.initializers import normal as normal
from shapedmat.graph.initializers import uniform as uniform
from shapedmat.graph.initializers import xavier as xavier
from shapedmat.graph.node import Node as Node
from shapedmat.graph.variable import Feed as Feed
from shapedmat.graph.variable import Variable as Variable
