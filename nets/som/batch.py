"""Batch training: neurons become averages of samples, weighted by the neighbourhood of their best matching units.

All samples of one best matching unit have the same neighbourhood. So they are summed first, and the neighbourhood is
applied once, to the sums of the units: with c(i) the best matching unit of sample i, and its weight vᵢ,

    sⱼ = Σ vᵢ xᵢ and nⱼ = Σ vᵢ over the samples with c(i) = j,    wₖ = Σⱼ h(d(j, k)) sⱼ / Σⱼ h(d(j, k)) nⱼ

(Kohonen, "Essentials of the self-organizing map", Neural Networks 37, 2013). Where features are missing, each has
counts nⱼ of its own. A neuron that nothing reaches, but with strengths near the smallest numbers, stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from nets.som.kernels import adaptation
from nets.som.map import SelfOrganizingMap
from nets.som.rules import Course, Rule
from nets.som.search import CHUNK_BYTES, Search
from nets.som.threads import shared
from shapedmat import Matrix

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.floating[Any]]]"


@dataclass(frozen=True)
class Batch(Rule):
    """Replace the codebook, once an epoch, by the averages of all samples; there is no rate.

    The influence is that of the epoch's beginning: progress is epoch / epochs. Weights multiply what samples add to
    the averages.

    Attributes:
        chunk_bytes: the most memory that distances may take at once, in each thread; on a GPU they take none.
    """

    chunk_bytes: int = CHUNK_BYTES

    def check(self, som: SelfOrganizingMap[Any, Any, Any, Any]) -> None:
        """Refuse a neighbourhood function with negative strengths.

        Raises:
            ValueError: it has them, as `MexicanHat` does.
        """
        _require_positive(som)

    def epoch(self, course: Course, epoch: int) -> None:
        """Move every neuron to the average of the samples near it."""
        _average(course, None, course.progress(epoch), None, self.chunk_bytes)


@dataclass(frozen=True)
class MiniBatch(Rule):
    """Move the neurons towards the averages of some samples at a time.

    With the sums above, wₖ moves by the share 1 − exp(−rate · Σⱼ h(d(j, k)) nⱼ) of the way to the average. That is
    where the flow dw/dt = Σ vᵢ h(d(c(i), k)) (xᵢ − wₖ) takes it in the time `rate`: about the steps of online training
    for few samples, and the whole way, as in batch training, for many.

    Attributes:
        size: how many samples are taken at a time.
        shuffle: whether the samples come in another random order in every epoch, and not as they are.
        chunk_bytes: the most memory that distances may take at once, in each thread; on a GPU they take none.
    """

    size: int = 256
    shuffle: bool = True
    chunk_bytes: int = CHUNK_BYTES

    def check(self, som: SelfOrganizingMap[Any, Any, Any, Any]) -> None:
        """Refuse a size below 1, and a neighbourhood function with negative strengths.

        Raises:
            ValueError: the size is not positive, or the function has them, as `MexicanHat` does.
        """
        if self.size < 1:
            raise ValueError(f"MiniBatch takes a size of 1 or more, not {self.size}")
        _require_positive(som)

    def epoch(self, course: Course, epoch: int) -> None:
        """Move the neurons once for each mini-batch."""
        order: Any = course.order(shuffle=self.shuffle)
        if course.som.codebook.device != "cpu":
            order = course.on_device.moved(order)
        for start in range(0, len(order), self.size):
            progress = course.progress(epoch, start)
            rate = float(course.rate.at(progress))
            _average(course, order[start : start + self.size], progress, rate, self.chunk_bytes)


def _require_positive(som: SelfOrganizingMap[Any, Any, Any, Any]) -> None:
    function = som.neighbourhood_function
    if function.has_negative_strengths:
        raise ValueError(
            f"{type(function).__name__} has negative strengths, of which there are no averages: take Online"
        )


def _average(
    course: Course,
    part: Any,
    progress: float,
    rate: float | None,
    chunk_bytes: int,
) -> None:
    """Move the neurons to the averages of a part of the samples, or of all, or by the share that the rate says."""
    som, influence = course.som, float(course.influence.at(progress))
    if som.codebook.device != "cpu":
        course.on_device.average(part, influence, rate)
        return
    samples, weights = (course.host, course.weights) if part is None else (course.host[part], course.weights[part])
    codebook = som.codebook.numpy()
    sums, counts = _sums(Search(codebook, som.metric), samples, weights, course.is_complete, chunk_bytes)
    reached = np.flatnonzero(counts.any(axis=1))
    sums, counts = sums[reached].astype(codebook.dtype), counts[reached].astype(codebook.dtype)
    rows = max(1, chunk_bytes // (8 * len(codebook)))
    for start in range(0, len(codebook), rows):
        strengths = _strengths(course, range(start, min(start + rows, len(codebook))), reached, influence)
        total, count = strengths @ sums, strengths @ counts
        there = count > 0
        average = total / np.where(there, count, 1)
        some = codebook[start : start + rows]
        if rate is None:
            np.copyto(some, average, where=there)
        else:
            some += np.where(there, -np.expm1(-rate * count), 0) * (average - some)


def _strengths(course: Course, neurons: range, units: Any, influence: float) -> Floats:
    """Return how strongly some neurons follow each of some units, of shape (neurons, units)."""
    som = course.som
    if len(neurons) == som.codebook.rows:
        apart = course.apart
    else:
        apart = som.topology.distances_from(neurons).numpy().astype(som.codebook.dtype)
    if len(units) < som.codebook.rows:
        apart = apart[:, units]
    strengths = som.neighbourhood_function.strengths(Matrix.from_array(apart), influence).numpy()
    # Sums of what is denormal would have few digits, and take processors long.
    limits = np.finfo(strengths.dtype)
    strengths *= strengths > limits.tiny / limits.eps
    return strengths


def _sums(
    search: Search,
    samples: Floats,
    weights: Floats,
    is_complete: bool,
    chunk_bytes: int,
) -> tuple[Floats, Floats]:
    """Return the sums of each unit, of shape (neurons, features), and its counts: one, or as many as features.

    They are of double precision, in which they do not depend on how many samples a unit has.
    """
    neurons, features = search.codebook.shape
    rows = search.rows_at_once(chunk_bytes)
    search.prepare_for(samples)

    def part_sums(part: slice) -> tuple[Floats, Floats]:
        sums = np.zeros((neurons, features))
        counts = np.zeros((neurons, 1 if is_complete else features))
        units = np.empty((rows, 1), np.int64)
        add = adaptation.gather if is_complete else adaptation.gather_present
        for start in range(part.start, part.stop, rows):
            chunk = samples[start : min(start + rows, part.stop)]
            search.nearest(chunk, units[: len(chunk)], None, is_complete=is_complete)
            add(chunk, units, weights[start:], sums, counts)
        return sums, counts

    (sums, counts), *others = shared(len(samples), samples.size * neurons, part_sums)
    for more_sums, more_counts in others:
        sums += more_sums
        counts += more_counts
    return sums, counts
