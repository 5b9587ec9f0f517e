# ruff: noqa: N803  # X is scikit-learn's name for samples
"""`SOM`: the self-organizing map as an estimator of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar, cast

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nets.som import devices, quality, starts
from nets.som.batch import Batch, MiniBatch
from nets.som.map import SelfOrganizingMap
from nets.som.metrics import Metric
from nets.som.neighbourhoods import Neighbourhood
from nets.som.online import Online
from nets.som.parts import (
    METRICS,
    NEIGHBOURHOODS,
    SCHEDULES,
    MetricName,
    NeighbourhoodName,
    RuleName,
    ScheduleName,
    StartName,
    TopologyName,
    named,
)
from nets.som.rules import Rule
from nets.som.schedules import Schedule
from nets.som.search import CHUNK_BYTES, best_matching_units, distances
from nets.som.topologies import Hexagonal, Rectangular, Topology
from nets.som.training import train
from nets.som.views import cluster_labels, hit_map
from shapedmat import Matrix

if TYPE_CHECKING:
    Function = TypeVar("Function")

    def _checked_when_fitted(function: Function) -> Function: ...
else:
    # Estimators take any parameters and refuse them in `fit`, for the sake of grid search.
    from typing import no_type_check as _checked_when_fitted

Labels: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.floating[Any]]]

AnyMap: TypeAlias = SelfOrganizingMap[Any, Any, Any, Any]

_LARGEST_SEED = 2**31 - 1


class SOM(ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A self-organizing map that clusters and transforms samples, with scikit-learn's methods.

    `predict` gives the best matching unit of each sample or, with `n_clusters`, the cluster that it is in, `transform`
    the distances from all neurons, and `score` the quantization error, negated so that more is better. float32 stays
    float32, and NaN are missing features. Samples with weights count as that many would.

    >>> flowers = np.array([[5.1, 3.5], [4.9, 3.0], [7.0, 3.2], [6.4, np.nan]])
    >>> som = SOM(rows=2, columns=3, epochs=20).fit(flowers)
    >>> som.predict(flowers) == som.labels_
    array([ True,  True,  True,  True])
    >>> som.transform(flowers).shape
    (4, 6)

    Args:
        rows: of the lattice of neurons.
        columns: of the lattice of neurons.
        topology: "rectangular", "hexagonal", or a topology, whose size then counts instead of rows and columns.
        toroidal: whether the last row and column of the lattice are next to the first ones.
        metric: "euclidean", "squared-euclidean", "cosine", "manhattan", "chebyshev", or a metric.
        neighbourhood: "gaussian", "variance-gaussian", "bubble", "triangle", "mexican-hat", or a function.
        start: "principal" for codebook vectors along the principal components, "random" for ones between the smallest
            and the largest value of each feature, "sampled" for samples.
        rule: "batch", "mini-batch" or "online".
        batch_size: samples of a mini-batch.
        epochs: how often every sample is presented.
        schedule: "exponential", "linear" or "inverse", by which rate and radius fall.
        rate_start: how far towards the samples the first step goes; "batch" has no rate.
        rate_end: how far the last step goes.
        radius_start: how far the neighbourhood reaches first, in latent distance; without it, a quarter of the map.
        radius_end: how far it reaches last.
        n_clusters: how many clusters of neurons are formed by `cluster_labels`; without it, each is one by itself.
        random_state: a number for reproducible starts and orders of samples; "batch" from "principal" draws nothing.
        device: "cpu", "cuda" or "cuda:1", where the map is trained.
        chunk_bytes: the most memory that distances take at once in training and in `predict`.
        progress: whether a bar is shown.

    Attributes:
        map_: the `SelfOrganizingMap`.
        labels_: what `predict` gives for the samples that were last trained on.
        neuron_labels_: the cluster of each neuron; only with `n_clusters`.
        hits_: how many of those samples each neuron is the best matching unit of.
        quantization_error_: their mean distance from their best matching units.
        n_iter_: how many epochs were trained.
        n_features_in_: how many features there are.
        feature_names_in_: their names, where the samples had them.
    """

    map_: AnyMap
    neuron_labels_: Labels
    n_features_in_: int

    @_checked_when_fitted
    def __init__(
        self,
        rows: int = 10,
        columns: int = 10,
        *,
        topology: TopologyName | Topology[Any, Any] = "rectangular",
        toroidal: bool = False,
        metric: MetricName | Metric = "euclidean",
        neighbourhood: NeighbourhoodName | Neighbourhood = "gaussian",
        start: StartName = "principal",
        rule: RuleName = "batch",
        batch_size: int = 256,
        epochs: int = 10,
        schedule: ScheduleName = "exponential",
        rate_start: float = 0.9,
        rate_end: float = 0.01,
        radius_start: float | None = None,
        radius_end: float = 0.5,
        n_clusters: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        device: str = "cpu",
        chunk_bytes: int = CHUNK_BYTES,
        progress: bool = False,
    ) -> None:
        self.rows = rows
        self.columns = columns
        self.topology = topology
        self.toroidal = toroidal
        self.metric = metric
        self.neighbourhood = neighbourhood
        self.start = start
        self.rule = rule
        self.batch_size = batch_size
        self.epochs = epochs
        self.schedule = schedule
        self.rate_start = rate_start
        self.rate_end = rate_end
        self.radius_start = radius_start
        self.radius_end = radius_end
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.device = device
        self.chunk_bytes = chunk_bytes
        self.progress = progress

    @classmethod
    def of(cls, som: AnyMap) -> Self:
        """Return a fitted estimator around a map, such as one that `load_map` has read.

        It has no `labels_`, `hits_` and `quantization_error_`, which are those of samples, until `partial_fit` trains
        it on, with rate and radius at their ends.
        """
        found = cls(
            topology=som.topology,
            metric=som.metric,
            neighbourhood=som.neighbourhood_function,
            device=som.codebook.device,
        )
        found.map_, found.n_iter_, found.n_features_in_, found._seed = som, found.epochs, som.codebook.cols, 0
        return found

    def fit(self, X: Any, y: object = None, sample_weight: Any = None) -> Self:  # noqa: ARG002  # scikit-learn's names
        """Train a new map.

        Args:
            X: of shape (samples, features).
            y: not looked at.
            sample_weight: how much each sample counts, of shape (samples,).

        Raises:
            ValueError: a parameter is not one of those that are possible, or the samples are not such that a map can
                be trained on them.
        """
        x, weights = self._validated(X, sample_weight, is_first=True)
        som = self._begun(x, weights)
        self._train(som, x, weights, 0, self.epochs)
        return self._measured(som, x, weights, self.epochs)

    def partial_fit(self, X: Any, y: object = None, sample_weight: Any = None) -> Self:  # noqa: ARG002  # as above
        """Train the map for one epoch on, or begin one.

        Rate and radius go on falling: as many calls as there are epochs train as `fit` does, and further ones keep both
        at their ends.

        Args:
            X: of shape (samples, features).
            y: not looked at.
            sample_weight: how much each sample counts, of shape (samples,).

        Raises:
            ValueError: as in `fit`, or the features are others than before.
        """
        is_first = not hasattr(self, "map_")
        x, weights = self._validated(X, sample_weight, is_first=is_first)
        som, done = (self._begun(x, weights), 0) if is_first else (self.map_, self.n_iter_)
        self._train(som, x, weights, done, 1)
        return self._measured(som, x, weights, done + 1)

    def predict(self, X: Any) -> Labels:
        """Return the best matching unit of each sample or, with `n_clusters`, its cluster, of shape (samples,).

        Raises:
            ValueError: the features are others than those of the map, or a sample has none at all.
        """
        units = self.best_matching_units(X)
        return self.neuron_labels_[units] if hasattr(self, "neuron_labels_") else units

    def best_matching_units(self, X: Any) -> Labels:
        """Return the neuron nearest to each sample, of shape (samples,).

        Raises:
            ValueError: the features are others than those of the map, or a sample has none at all.
        """
        x = self._seen(X)
        return self._units(self.map_, x)[0]

    def transform(self, X: Any) -> Floats:
        """Return the distance of each sample from each neuron, of shape (samples, neurons).

        Raises:
            ValueError: the features are others than those of the map, or a sample has none at all.
        """
        apart: Floats = distances(self.codebook_, self._seen(X), self.map_.metric)
        return apart

    def score(self, X: Any, y: object = None, sample_weight: Any = None) -> float:  # noqa: ARG002  # as above
        """Return the negated mean distance of samples from their best matching units.

        Raises:
            ValueError: the features are others than those of the map, or a sample has none at all.
        """
        x = self._seen(X)
        weights = None if sample_weight is None else _weights(sample_weight, x)
        return -quality.quantization_error(self.codebook_, x, self.map_.metric, weights=weights)

    def topographic_error(self, X: Any) -> float:
        """Return the share of samples whose two best matching units are not neighbours.

        Raises:
            ValueError: the features are others than those of the map, a sample has none at all, or there is one neuron.
        """
        return quality.topographic_error(self.codebook_, self._seen(X), self.map_.topology, self.map_.metric)

    @property
    def codebook_(self) -> Floats:
        """The vectors of the neurons, of shape (neurons, features)."""
        codebook: Floats = self.map_.codebook.numpy()
        return codebook

    @property
    def _n_features_out(self) -> int:
        return len(self.codebook_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    # --- training -----------------------------------------------------------------------------------------------------

    def _validated(self, X: Any, sample_weight: Any, *, is_first: bool) -> tuple[Floats, Any]:
        dtypes = [np.float64, np.float32] if is_first else [self.map_.codebook.dtype.type]
        x: Any = validate_data(self, X, dtype=dtypes, ensure_all_finite="allow-nan", reset=is_first)
        return x, None if sample_weight is None else _weights(sample_weight, x)

    def _begun(self, x: Floats, weights: Any) -> AnyMap:
        """Return a map with its first codebook."""
        if self.epochs < 1:
            raise ValueError(f"epochs is {self.epochs}, but 1 or more is wanted")
        self._seed = int(check_random_state(self.random_state).randint(_LARGEST_SEED))
        topology = self._topology()
        samples: Matrix[Any, Any, Any] = Matrix.from_array(_counted(x, weights)).to(self.device)
        match self.start:
            case "principal":
                column = None if weights is None else _column(weights[weights > 0], samples)
                codebook = starts.principal_codebook(topology, samples, weights=column)
            case "random":
                codebook = starts.random_codebook(topology, samples, seed=self._seed)
            case "sampled":
                codebook = starts.sampled_codebook(topology, samples, seed=self._seed)
            case _:
                raise ValueError(f'start is "{self.start}", but one of principal, random, sampled is wanted')
        metric, function = self.metric, self.neighbourhood
        return SelfOrganizingMap.on(
            topology,
            codebook,
            metric=metric if isinstance(metric, Metric) else named(METRICS, metric, "metric")(),
            neighbourhood_function=(
                function if isinstance(function, Neighbourhood) else named(NEIGHBOURHOODS, function, "neighbourhood")()
            ),
        )

    def _topology(self) -> Topology[Any, Any]:
        match self.topology:
            case Topology():
                return self.topology
            case "rectangular":
                return Rectangular(self.rows, self.columns, self.toroidal)
            case "hexagonal":
                return Hexagonal(self.rows, self.columns, self.toroidal)
            case _:
                raise ValueError(
                    f'topology is "{self.topology}", but one of rectangular, hexagonal or a topology is wanted'
                )

    def _train(self, som: AnyMap, x: Floats, weights: Any, done: int, epochs: int) -> None:
        samples: Matrix[Any, Any, Any] = Matrix.from_array(_counted(x, weights)).to(self.device)
        function, first = som.neighbourhood_function, self.radius_start
        if first is None:
            first = max(1.0, float(som.topology.distances_from([0]).max()) / 4)
        radii = function.influence_of(first), function.influence_of(self.radius_end)
        train(
            som,
            samples,
            rule=self._rule(),
            epochs=epochs,
            rate=self._part_of_schedule(self.rate_start, self.rate_end, done, epochs),
            influence=self._part_of_schedule(*radii, done, epochs),
            weights=None if weights is None else _column(weights[weights > 0], samples),
            seed=(self._seed + done) % _LARGEST_SEED,
            progress=self.progress,
        )

    def _rule(self) -> Rule:
        match self.rule:
            case "batch":
                return Batch(self.chunk_bytes)
            case "mini-batch":
                return MiniBatch(self.batch_size, chunk_bytes=self.chunk_bytes)
            case "online":
                return Online()
            case _:
                raise ValueError(f'rule is "{self.rule}", but one of batch, mini-batch, online is wanted')

    def _part_of_schedule(self, start: float, end: float, done: int, epochs: int) -> Schedule:
        """Return the part of a schedule that the next epochs take; every kind of them goes on as one of its kind."""
        kind = named(SCHEDULES, self.schedule, "schedule")
        whole = kind(start, end)
        if epochs == self.epochs and done == 0:
            return whole
        begin, finish = (min(1.0, epoch / self.epochs) for epoch in (done, done + epochs))
        return kind(whole.at(begin), whole.at(finish))

    def _measured(self, som: AnyMap, x: Floats, weights: Any, epochs: int) -> Self:
        """Take a map that training has made, and say how it is."""
        units, apart = self._units(som, x)
        hits = hit_map(units, som.codebook.rows)
        clusters = None
        if self.n_clusters is not None:
            clusters = cluster_labels(som.codebook.numpy(), som.topology, self.n_clusters, hits=hits, seed=self._seed)
        self.map_, self.n_iter_, self.hits_ = som, epochs, hits
        self.quantization_error_ = float(np.average(apart.astype(np.float64), weights=weights))
        if clusters is not None:
            self.neuron_labels_ = clusters
            self.labels_ = clusters[units]
        else:
            if hasattr(self, "neuron_labels_"):  # of a fit with clusters before
                del self.neuron_labels_
            self.labels_ = units
        return self

    # --- samples ------------------------------------------------------------------------------------------------------

    def _seen(self, X: Any) -> Floats:
        check_is_fitted(self)
        dtype = self.map_.codebook.dtype.type
        x: Any = validate_data(self, X, dtype=dtype, ensure_all_finite="allow-nan", reset=False)
        return cast("Floats", x)

    def _units(self, som: AnyMap, x: Floats) -> tuple[Labels, np.ndarray[tuple[int], np.dtype[np.floating[Any]]]]:
        if som.codebook.device != "cpu" and type(som.metric) in METRICS.values():
            samples: Matrix[Any, Any, Any] = Matrix.from_array(x)
            return devices.best_matching_units(som.codebook, samples.to(som.codebook.device), som.metric)
        units, apart = best_matching_units(som.codebook.numpy(), x, som.metric, chunk_bytes=self.chunk_bytes)
        return units[:, 0], apart[:, 0]


def _weights(sample_weight: Any, x: Floats) -> np.ndarray[tuple[int], np.dtype[Any]]:
    weights: np.ndarray[tuple[int], np.dtype[Any]] = np.asarray(sample_weight, np.float64)
    if weights.shape != (len(x),):
        raise ValueError(f"sample_weight has shape {weights.shape}, but ({len(x)},), one for each sample, is wanted")
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise ValueError("sample_weight must be finite, not negative, and not all zero")
    return weights


def _counted(x: Floats, weights: Any) -> Floats:
    """Return the samples that have a weight."""
    return x if weights is None or weights.all() else x[weights > 0]


def _column(weights: Any, samples: Matrix[Any, Any, Any]) -> Matrix[Any, Any, Any]:
    return Matrix.from_array(weights[:, None].astype(samples.dtype)).to(samples.device)
