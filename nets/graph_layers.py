"""Layers and losses as nodes of a graph; each row of a variable is one sample."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import shapes, square
from shapedmat.graph import Graph, Initializer, Variable, constant, xavier
from shapedmat.matrix import NamedFunction

Real = TypeVar("Real", bound=np.floating[Any])
Batch = TypeVar("Batch", bound=int)
Inputs = TypeVar("Inputs", bound=int)
Outputs = TypeVar("Outputs", bound=int)

_XAVIER = xavier()
_ZERO = constant(0.0)


def dense(
    graph: Graph,
    x: Variable[Real, Batch, Inputs],
    outputs: Outputs,
    *,
    name: str,
    activation: NamedFunction | None = None,
    weights: Initializer = _XAVIER,
) -> Variable[Real, Batch, Outputs]:
    """Add a fully connected layer without biases: f(x w).

    Args:
        graph: the graph of x.
        x: the samples, of shape (batch, inputs).
        outputs: how many neurons there are.
        name: what the names of its nodes and of its parameter ``w``, of shape (inputs, outputs), begin with.
        activation: f, such as `shapedmat.sigmoid`; without it, nothing is applied.
        weights: how w starts.

    Raises:
        ValueError: there is a layer of this name.
    """
    with graph.scope(name):
        w = graph.parameter("w", x.cols, outputs, weights, dtype=x.dtype.type)
        return _activated(x @ w, activation)


def dense_biased(
    graph: Graph,
    x: Variable[Real, Batch, Inputs],
    outputs: Outputs,
    *,
    name: str,
    activation: NamedFunction | None = None,
    weights: Initializer = _XAVIER,
    biases: Initializer = _ZERO,
) -> Variable[Real, Batch, Outputs]:
    """Add a fully connected layer: f(x w + b), where b is a row that is added to each sample.

    Args:
        graph: the graph of x.
        x: the samples, of shape (batch, inputs).
        outputs: how many neurons there are.
        name: what the names of its nodes and of its parameters ``w``, of shape (inputs, outputs), and ``b``, of shape
            (1, outputs), begin with.
        activation: f, such as `shapedmat.sigmoid`; without it, nothing is applied.
        weights: how w starts.
        biases: how b starts.

    Raises:
        ValueError: there is a layer of this name.
    """
    product = dense(graph, x, outputs, name=name, weights=weights)
    with graph.scope(name):
        b: Variable[Real, L[1], Outputs] = graph.parameter("b", 1, outputs, biases, dtype=x.dtype.type)
        return _activated(product + b, activation)


def _activated(z: Variable[Real, Batch, Outputs], activation: NamedFunction | None) -> Variable[Real, Batch, Outputs]:
    return z if activation is None else z.apply(activation)


def mean_squared_error(
    prediction: Variable[Real, Batch, Outputs], target: Variable[Real, Batch, Outputs]
) -> Variable[Real, L[1], L[1]]:
    """Add the mean of (p − y)² over all elements of a batch.

    Raises:
        ShapeError: the shapes differ.
    """
    shapes.hadamard(prediction.shape, target.shape, action="take the squared error of")
    return (prediction - target).apply(square).mean()


def softmax_cross_entropy(
    logits: Variable[Real, Batch, Outputs], target: Variable[Real, Batch, Outputs]
) -> Variable[Real, L[1], L[1]]:
    """Add the mean over a batch of −Σⱼ yⱼ ln pⱼ, where p is the softmax of each row of the logits.

    It is computed from ln p = z − ln Σ eᶻ, which is finite also where p underflows to 0, and where each y sums to 1 its
    gradient by the logits is (p − y)/batch (Bishop, *Pattern Recognition and Machine Learning*, chapter 4.3.4).

    Args:
        logits: z, of shape (batch, classes).
        target: y, of the same shape: one-hot codes of the classes, or probabilities.

    Raises:
        ShapeError: the shapes differ.
    """
    return logits.log_softmax(axis=1).hadamard(target).sum() * (-1 / logits.rows)
