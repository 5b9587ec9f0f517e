"""Training a map: a rule, schedules, weights, missing features and progress."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.som.batch import Batch
from nets.som.devices import is_complete
from nets.som.map import SelfOrganizingMap
from nets.som.rules import Course, Rule
from nets.som.schedules import Exponential, Schedule
from nets.som.threads import own_threads_alone
from shapedmat import DeviceError, DTypeError, Matrix, ShapeError

Real = TypeVar("Real", bound=np.floating[Any])
Neurons = TypeVar("Neurons", bound=int)
Features = TypeVar("Features", bound=int)
Latent = TypeVar("Latent", bound=int)
Samples = TypeVar("Samples", bound=int)


def train(
    som: SelfOrganizingMap[Real, Neurons, Features, Latent],
    samples: Matrix[Real, Samples, Features],
    *,
    rule: Rule = Batch(),  # noqa: B008  # it holds nothing that changes
    epochs: int = 10,
    rate: Schedule = Exponential(0.9, 0.01),  # noqa: B008  # the same
    influence: Schedule | None = None,
    weights: Matrix[Real, Samples, L[1]] | None = None,
    seed: int = 0,
    progress: bool = False,
) -> None:
    """Train a map in place.

    The same arguments and number of threads give the same map. There may be more neurons than samples: those that no
    sample is near settle between the others. A feature that is the same in all samples becomes that number in every
    neuron near one.

    Args:
        som: the map.
        samples: of shape (samples, features), on the map's device; NaN are missing features, which are left out.
        rule: `Batch`, `Online` or `MiniBatch`.
        epochs: how often every sample is presented.
        rate: how far towards the samples a step goes; `Batch` has none.
        influence: how far the neighbourhood reaches. Without it, it shrinks exponentially from a quarter of the
            largest latent distance from the first neuron, and at least 1, to ½; see `Neighbourhood.influence_of`.
        weights: of shape (samples, 1), how much each sample counts: it multiplies the sample's influence.
        seed: of the order in which samples are presented.
        progress: whether a bar is shown.

    Raises:
        ShapeError: the samples have not a column for each feature, or the weights not a row for each sample.
        DTypeError: samples and codebook are of different element types.
        DeviceError: they lie on different devices.
        ValueError: there are no samples; a feature is infinite, or all of a sample are missing; a weight is negative
            or not finite, or all are 0; there are no epochs; or rule and map do not fit.
    """
    if samples.cols != som.codebook.cols:
        raise ShapeError(
            f"the samples have shape {samples.shape}, but the codebook {som.codebook.shape}: "
            f"{som.codebook.cols} features in each sample are wanted"
        )
    if samples.dtype != som.codebook.dtype:
        raise DTypeError(
            f"the samples are {samples.dtype.name} and the codebook is {som.codebook.dtype.name}: "
            f"convert the samples with .astype(np.{som.codebook.dtype.name})"
        )
    if samples.device != som.codebook.device:
        raise DeviceError(
            f"the samples are on {samples.device} and the codebook is on {som.codebook.device}: "
            f"move the samples with .to({som.codebook.device!r})"
        )
    if not samples.rows:
        raise ValueError("there are no samples to train on")
    if epochs < 1:
        raise ValueError(f"training takes 1 epoch or more, not {epochs}")
    rule.check(som)
    course = Course(
        som,
        samples,
        _checked_weights(weights, samples.rows),
        is_complete(samples),
        epochs,
        rate,
        influence or _shrinking(som),
        np.random.default_rng(seed),
    )
    from rich.progress import track  # noqa: PLC0415  # a tenth of a second, and seldom wanted

    with own_threads_alone():
        for epoch in track(range(epochs), "training", disable=not progress):
            rule.epoch(course, epoch)


def _checked_weights(weights: Matrix[Any, Any, Any] | None, samples: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if weights is None:
        return np.ones(samples)
    if weights.shape != (samples, 1):
        raise ShapeError(
            f"the weights have shape {weights.shape}, but there are {samples} samples: ({samples}, 1) is wanted"
        )
    numbers: np.ndarray[Any, np.dtype[np.float64]] = weights.numpy()[:, 0].astype(np.float64)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        sample = int(np.argmax(wrong))
        raise ValueError(f"the weight of sample {sample} is {numbers[sample]}: finite numbers from 0 on are wanted")
    if not numbers.any():
        raise ValueError("all weights are 0: there is nothing to learn from")
    return numbers


def _shrinking(som: SelfOrganizingMap[Any, Any, Any, Any]) -> Schedule:
    largest = float(som.topology.distances_from([0]).max())
    function = som.neighbourhood_function
    return Exponential(function.influence_of(max(1.0, largest / 4)), function.influence_of(0.5))
