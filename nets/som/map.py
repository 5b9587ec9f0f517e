"""The self-organizing map: a codebook vector and a latent position for each neuron, and how a sample moves them.

A sample x is compared with the codebook vectors w. The neuron whose vector is nearest is its best matching unit c, and
every neuron k moves towards the sample as strongly as the neighbourhood function h says for its latent distance from c
(Kohonen, "Self-Organizing Maps", 3rd edition, 2001, chapter 3.1):

    wₖ ← wₖ + rate · h(d(c, k), influence) · (x − wₖ)
"""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from nets.som.metrics import Euclidean, Metric
from nets.som.neighbourhoods import Gaussian, Neighbourhood
from nets.som.schedules import Exponential
from nets.som.topologies import Coordinates, Topology
from shapedmat import DTypeError, Matrix, ShapeError

Real = TypeVar("Real", bound=np.floating[Any])
Neurons = TypeVar("Neurons", bound=int)
Features = TypeVar("Features", bound=int)
Latent = TypeVar("Latent", bound=int)
Samples = TypeVar("Samples", bound=int)
# The same for a function that introduces other ones than the class's.
D = TypeVar("D", bound=np.floating[Any])
N = TypeVar("N", bound=int)
F = TypeVar("F", bound=int)
Z = TypeVar("Z", bound=int)


class SelfOrganizingMap(Generic[Real, Neurons, Features, Latent]):
    """A map of neurons.

    >>> corners = Matrix.from_rows([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
    >>> som = SelfOrganizingMap(codebook=corners * 4.0, latent=corners)
    >>> sample = Matrix.from_rows([[3.0, 1.0]], dtype=np.float64)
    >>> som.best_matching_unit(sample)
    2
    >>> som.adapt(sample, rate=0.5, influence=0.1)
    >>> som.codebook.numpy()[2]
    array([3.5, 0.5])

    Attributes:
        codebook: the vector of each neuron, of shape (neurons, features); training changes it in place.
        latent: the latent coordinates of each neuron, of shape (neurons, latent dimensions).
        metric: how far a sample is from a codebook vector.
        neighbourhood_function: how strongly a neuron follows the best matching unit.
        topology: the latent distances and the neighbours of the neurons.
    """

    def __init__(
        self,
        codebook: Matrix[Real, Neurons, Features],
        latent: Matrix[Real, Neurons, Latent],
        *,
        metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
        neighbourhood_function: Neighbourhood = Gaussian(),  # noqa: B008  # it holds nothing that changes
        topology: Topology[Neurons, Latent] | None = None,
    ) -> None:
        """Copy the codebook, and keep the rest.

        Args:
            codebook: the vectors to begin with, of shape (neurons, features).
            latent: the latent coordinates, of shape (neurons, latent dimensions), on the codebook's device.
            metric: how far a sample is from a codebook vector.
            neighbourhood_function: how strongly a neuron follows the best matching unit.
            topology: the latent distances; without it, they are the Euclidean ones of the coordinates.

        Raises:
            ShapeError: codebook, latent coordinates and topology are not of the same number of neurons, or the latter
                two not of as many dimensions.
            DTypeError: codebook and latent coordinates are of different element types.
            ValueError: there are no neurons, or a number in the codebook or the coordinates is not finite.
        """
        if codebook.rows != latent.rows:
            raise ShapeError(
                f"the codebook has shape {codebook.shape} and the latent coordinates {latent.shape}: "
                "one row of each for every neuron is wanted"
            )
        if topology is not None and topology.positions.shape != latent.shape:
            raise ShapeError(
                f"the latent coordinates have shape {latent.shape}, but the topology's positions "
                f"{topology.positions.shape}: give those, or call SelfOrganizingMap.on"
            )
        if codebook.dtype != latent.dtype:
            raise DTypeError(
                f"the codebook is {codebook.dtype.name} and the latent coordinates are {latent.dtype.name}: "
                f"convert one with .astype(np.{codebook.dtype.name})"
            )
        if not np.isfinite(codebook.numpy()).all():
            raise ValueError("the codebook has numbers that are not finite: begin with finite ones")
        self.codebook = codebook.copy()
        self.latent = latent
        self.metric = metric
        self.neighbourhood_function = neighbourhood_function
        self.topology: Topology[Neurons, Latent] = (
            Coordinates(Matrix.from_array(latent.numpy().astype(np.float64))) if topology is None else topology
        )

    # Not a class method: to pyright, those of a bare class lose the types of their arguments.
    @staticmethod
    def on(
        topology: Topology[N, Z],
        codebook: Matrix[D, N, F],
        *,
        metric: Metric = Euclidean(),  # noqa: B008  # it holds nothing that changes
        neighbourhood_function: Neighbourhood = Gaussian(),  # noqa: B008  # it holds nothing that changes
    ) -> SelfOrganizingMap[D, N, F, Z]:
        """Return a map whose neurons lie where a topology has them, on the device of the codebook.

        Raises:
            ShapeError: the codebook has not a row for each neuron of the topology.
            ValueError: a number in the codebook is not finite.
        """
        latent = topology.positions.astype(codebook.dtype.type).to(codebook.device)
        return SelfOrganizingMap(
            codebook, latent, metric=metric, neighbourhood_function=neighbourhood_function, topology=topology
        )

    # --- one sample ---------------------------------------------------------------------------------------------------

    def differences(self, sample: Matrix[Real, L[1], Features]) -> Matrix[Real, Neurons, Features]:
        """Return each codebook vector minus a sample.

        Raises:
            ShapeError: the sample is not one row as long as the codebook vectors.
        """
        return self.codebook.differences(sample)

    def distances(self, sample: Matrix[Real, L[1], Features]) -> Matrix[Real, Neurons, L[1]]:
        """Return the distance of each codebook vector from a sample, by the map's metric.

        Raises:
            ShapeError: the sample is not one row as long as the codebook vectors.
        """
        return self.metric.distances(self.codebook, sample)

    def best_matching_unit(self, sample: Matrix[Real, L[1], Features]) -> int:
        """Return the neuron whose codebook vector is nearest to a sample, of several the first.

        Raises:
            ShapeError: the sample is not one row as long as the codebook vectors.
            ValueError: a number in the sample is not finite.
        """
        distances = self.distances(sample)
        unit = distances.argmin()
        if not math.isfinite(distances[unit, 0]):
            raise ValueError("the sample has features that are not finite: train and best_matching_units take NaN")
        return unit

    def neighbourhood(self, unit: int, influence: float) -> Matrix[Real, Neurons, L[1]]:
        """Return how strongly each neuron follows one of them: h(d(unit, k), influence), a column.

        Raises:
            ShapeError: there is no such neuron.
        """
        apart = self.topology.distances_from([unit]).astype(self.codebook.dtype.type).to(self.codebook.device)
        return self.neighbourhood_function.strengths(apart.T, influence)

    def adapt(self, sample: Matrix[Real, L[1], Features], rate: float, influence: float) -> None:
        """Move every neuron towards a sample: wₖ ← wₖ − rate · h(d(c, k), influence) · (wₖ − x).

        Raises:
            ShapeError: the sample is not one row as long as the codebook vectors.
            ValueError: a number in the sample is not finite.
        """
        strengths = self.neighbourhood(self.best_matching_unit(sample), influence)
        self.codebook -= strengths * self.differences(sample) * rate

    # --- many samples -------------------------------------------------------------------------------------------------

    def batch(
        self,
        samples: Matrix[Real, Samples, Features],
        *,
        epochs: int = 5,
        rates: tuple[float, float] = (0.9, 0.01),
        influences: tuple[float, float] = (2.5, 0.15),
    ) -> None:
        """Adapt to samples one after another in their order, with rate and influence s · (e/s)^progress.

        The progress of sample i in epoch e is (e · samples + i) / (epochs · samples). This is `train` with the rule
        `Online(shuffle=False)`; see there for the errors.
        """
        from nets.som.online import Online  # noqa: PLC0415  # which knows the map
        from nets.som.training import train  # noqa: PLC0415  # the same

        train(
            self,
            samples,
            rule=Online(shuffle=False),
            epochs=epochs,
            rate=Exponential(*rates),
            influence=Exponential(*influences),
        )
