"""What the training rules have in common: the samples, and the course that training takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nets.som.devices import DeviceBatch
from nets.som.kernels import blocks
from nets.som.map import SelfOrganizingMap
from nets.som.schedules import Schedule
from shapedmat import Matrix


@dataclass(frozen=True)
class Course:
    """A map, the samples that it is trained on, and what changes meanwhile.

    Attributes:
        som: the map.
        samples: of shape (samples, features), where NaN are missing features.
        weights: of shape (samples,).
        is_complete: whether no feature is missing.
        epochs: how often every sample is presented.
        rate: of the steps towards samples.
        influence: of the neighbourhood function.
        rng: draws the order of the samples.
    """

    som: SelfOrganizingMap[Any, Any, Any, Any]
    samples: Matrix[Any, Any, Any]
    weights: np.ndarray[Any, np.dtype[np.float64]]
    is_complete: bool
    epochs: int
    rate: Schedule
    influence: Schedule
    rng: np.random.Generator

    @cached_property
    def host(self) -> np.ndarray[Any, np.dtype[Any]]:
        """The samples in the memory of the CPU, row after row."""
        return np.ascontiguousarray(self.samples.numpy())

    @cached_property
    def apart(self) -> np.ndarray[Any, np.dtype[Any]]:
        """The latent distances of all neurons, in the element type of the codebook."""
        return self.som.topology.distances.numpy().astype(self.som.codebook.dtype)

    @cached_property
    def centre(self) -> np.ndarray[tuple[int], np.dtype[Any]]:
        """A point amid the samples; see `nets.som.kernels.blocks.centre_of`."""
        return blocks.centre_of(self.host)

    @cached_property
    def on_device(self) -> DeviceBatch:
        """The samples and the map on the GPU where they lie, ready for batch training."""
        return DeviceBatch(self.som, self.samples, self.weights, is_complete=self.is_complete)

    def progress(self, epoch: int, samples: int = 0) -> float:
        """Return which part of the training is done when some samples of an epoch, numbered from 0, are."""
        rows: int = self.samples.rows
        return (epoch + samples / rows) / self.epochs

    def order(self, *, shuffle: bool) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the numbers of all samples, in an order that is drawn anew for each epoch, or as they are."""
        rows: int = self.samples.rows
        return self.rng.permutation(rows) if shuffle else np.arange(rows)


class Rule(ABC):
    """How a map learns from samples."""

    def check(self, som: SelfOrganizingMap[Any, Any, Any, Any]) -> None:  # noqa: B027  # most rules train every map
        """Refuse a map that the rule cannot train.

        Raises:
            ValueError: parts of the map and the rule do not fit together.
        """

    @abstractmethod
    def epoch(self, course: Course, epoch: int) -> None:
        """Train the map on every sample once; epochs are numbered from 0."""
