"""Batch training where the codebook lies, by operations on whole arrays of NumPy or CuPy."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from nets.som.metrics import Cosine, Euclidean, Manhattan, Metric, SquaredEuclidean
from nets.som.rules import Course
from nets.som.search import COMPILED_METRICS
from shapedmat import Matrix, backends

Array: TypeAlias = Any  # a numpy.ndarray or a cupy.ndarray: no type describes both
Namespace: TypeAlias = Any  # the module numpy or cupy, for the same reason


def on_device(matrix: Matrix[Any, Any, Any]) -> tuple[Namespace, Array]:
    """Return the module of a matrix's array, NumPy or CuPy, and the array, over the same memory."""
    if matrix.device == "cpu":
        return np, matrix.numpy()
    xp = backends.get("cupy").namespace
    return xp, xp.from_dlpack(matrix)


def average(
    course: Course,
    part: Any,
    influence: float,
    rate: float | None,
    chunk_bytes: int,
) -> None:
    """Move the neurons to the averages of a part of the samples, or by the share that the rate says.

    Raises:
        ValueError: the metric is none of those of `nets.som`.
    """
    som = course.som
    if type(som.metric) not in COMPILED_METRICS:
        name = type(som.metric).__name__
        raise ValueError(f"{name} is not computed on a GPU: train on the CPU, or take a metric of nets.som")
    xp, codebook = on_device(som.codebook)
    _, samples = on_device(course.samples)
    samples = samples[part if isinstance(part, slice) else xp.asarray(part)]
    weights = xp.asarray(course.weights[part], codebook.dtype)[:, None]
    sums, counts = xp.zeros_like(codebook), xp.zeros((len(codebook), 1 if course.is_complete else codebook.shape[1]))
    counts = counts.astype(codebook.dtype)
    rows = max(1, chunk_bytes // (codebook.itemsize * len(codebook)))
    for start in range(0, len(samples), rows):
        chunk, some = samples[start : start + rows], weights[start : start + rows]
        present = None if course.is_complete else ~xp.isnan(chunk)
        if present is not None:
            chunk = xp.where(present, chunk, 0)
        units = scores(xp, codebook, chunk, present, som.metric).argmin(axis=1)
        xp.add.at(sums, units, chunk * some)
        xp.add.at(counts, units, some if present is None else present * some)
    apart = som.topology.distances.astype(som.codebook.dtype.type).to(som.codebook.device)
    _, strengths = on_device(som.neighbourhood_function.strengths(apart, influence))
    limits = np.finfo(codebook.dtype)
    strengths = xp.where(strengths > limits.tiny / limits.eps, strengths, 0)
    total, count = strengths @ sums, strengths @ counts
    there = count > 0
    mean = total / xp.where(there, count, 1)
    if rate is not None:
        mean = codebook - xp.expm1(-rate * count) * (mean - codebook)
    som.codebook = Matrix(xp.where(there, mean, codebook))


def scores(xp: Namespace, codebook: Array, samples: Array, present: Array | None, metric: Metric) -> Array:
    """Return, of shape (samples, neurons), what orders the neurons of each sample as the metric does.

    Args:
        xp: the module of the arrays.
        codebook: of shape (neurons, features).
        samples: of shape (samples, features), with 0 where a feature is missing.
        present: which features are there, or None if all are.
        metric: one of `nets.som`.
    """
    known = None if present is None else present.astype(codebook.dtype)
    squares = (codebook**2).T
    norms = squares.sum(axis=0, keepdims=True) if known is None else known @ squares
    if isinstance(metric, (Euclidean, SquaredEuclidean)):
        return norms - 2 * (samples @ codebook.T)
    if isinstance(metric, Cosine):
        return -(samples @ codebook.T) / xp.sqrt(xp.where(norms > 0, norms, 1))
    columns = []
    for vector in codebook:
        apart = xp.abs(samples - vector)
        if present is not None:
            apart *= present
        columns.append(apart.sum(axis=1) if isinstance(metric, Manhattan) else apart.max(axis=1))
    return xp.stack(columns, axis=1)
