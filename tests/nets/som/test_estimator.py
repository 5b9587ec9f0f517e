"""The estimator: scikit-learn's own checks, and what they do not look at."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nets.som
from nets.som import (
    Coordinates,
    Graph,
    Hexagonal,
    Manhattan,
    Rectangular,
    best_matching_units,
    load_map,
    quantization_error,
    save_map,
    topographic_error,
)
from nets.som.estimator import SOM
from shapedmat import Matrix

ROOT = Path(__file__).resolve().parents[3]
IRIS: Any = load_iris()
FLOWERS: np.ndarray[tuple[int, int], np.dtype[np.float64]] = IRIS.data


def small(**settings: Any) -> SOM:
    """Return an estimator of few neurons."""
    return SOM(**{"rows": 4, "columns": 5, "epochs": 5, "random_state": 0} | settings)


@parametrize_with_checks([SOM()])  # type: ignore[untyped-decorator]  # scikit-learn has no types
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    """Every check of `check_estimator` passes; none is expected to fail."""
    check(estimator)


@parametrize_with_checks(  # type: ignore[untyped-decorator]  # as above
    [small(rule="online", start="random"), small(n_clusters=2, topology="hexagonal")]
)
def test_scikit_learns_checks_of_other_settings(estimator: Any, check: Any) -> None:
    """Other parameters than the defaults pass too, except that the order of samples matters to online training."""
    # The check shuffles the samples; only what a rule sums over them all is the same then.
    if estimator.rule == "online" and "sample_weight_equivalence" in str(check):
        pytest.skip("online training depends on the order and the number of samples")
    if estimator.rule == "online" and "check_clustering" in str(check):
        pytest.skip("the clusters that are looked for are found by n_clusters")
    check(estimator)


def test_labels_are_best_matching_units() -> None:
    """`predict` gives them, `fit_predict` and `labels_` too, and `transform` is smallest there."""
    som = small().fit(FLOWERS)
    units = best_matching_units(som.codebook_, FLOWERS)[0][:, 0]
    for found in (
        som.labels_,
        som.predict(FLOWERS),
        small().fit_predict(FLOWERS),
        som.transform(FLOWERS).argmin(axis=1),
    ):
        np.testing.assert_array_equal(units, found)
    np.testing.assert_array_equal(np.bincount(units, minlength=20), som.hits_)


def test_transform_is_the_distances_from_neurons() -> None:
    """One column for each neuron."""
    som = small().fit(FLOWERS)
    expected = np.linalg.norm(FLOWERS[:, None] - som.codebook_, axis=2)
    np.testing.assert_allclose(expected, som.transform(FLOWERS))


def test_quantization_error_is_what_score_negates() -> None:
    """The attribute is the mean distance of the training samples."""
    som = small().fit(FLOWERS)
    expected = quantization_error(som.codebook_, FLOWERS)
    assert expected == pytest.approx(som.quantization_error_)
    assert -expected == pytest.approx(som.score(FLOWERS))


def test_topographic_error_is_that_of_the_topology() -> None:
    """On a hexagonal map it looks at the neighbours on hexagons."""
    som = small(topology="hexagonal").fit(FLOWERS)
    assert topographic_error(som.codebook_, FLOWERS, Hexagonal(4, 5)) == som.topographic_error(FLOWERS)


def test_weights_count_in_the_errors() -> None:
    """They are means by weight."""
    weights = np.arange(150.0)
    som = small().fit(FLOWERS, sample_weight=weights)
    expected = quantization_error(som.codebook_, FLOWERS, weights=weights)
    assert expected == pytest.approx(som.quantization_error_)
    assert -expected == pytest.approx(som.score(FLOWERS, sample_weight=weights))


@pytest.mark.parametrize("start", ["principal", "random", "sampled"])
@pytest.mark.parametrize("rule", ["batch", "mini-batch", "online"])
def test_same_seed_same_map(rule: str, start: str) -> None:
    """Two fits with one seed are the same bit for bit."""
    first, second = (small(rule=rule, start=start, random_state=7).fit(FLOWERS).codebook_ for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_another_seed_another_map() -> None:
    """Seeds decide how the map starts and in which order samples come."""
    for settings in ({"start": "random"}, {"start": "sampled"}, {"rule": "online"}, {"rule": "mini-batch"}):
        first, second = (small(**settings, random_state=seed).fit(FLOWERS).codebook_ for seed in (1, 2))
        assert not np.array_equal(first, second)


def test_the_default_draws_nothing() -> None:
    """A batch map that starts along the principal components needs no seed."""
    first, second = (SOM().fit(FLOWERS).codebook_ for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", ["batch", "mini-batch", "online"])
def test_element_types_stay(dtype: Any, rule: str) -> None:
    """float32 samples make a float32 map with float32 distances."""
    som = small(rule=rule).fit(FLOWERS.astype(dtype))
    assert (dtype, dtype) == (som.codebook_.dtype, som.transform(FLOWERS.astype(dtype)).dtype)
    assert dtype == som.partial_fit(FLOWERS).codebook_.dtype


def test_partial_fit_is_fit_in_parts() -> None:
    """As many calls as epochs make the map that `fit` makes."""
    for settings in ({}, {"schedule": "linear"}, {"schedule": "inverse", "radius_start": 2.0}):
        whole = small(**settings).fit(FLOWERS)
        parts = small(**settings)
        for _ in range(5):
            parts.partial_fit(FLOWERS)
        np.testing.assert_allclose(whole.codebook_, parts.codebook_, rtol=1e-12)
        assert whole.n_iter_ == parts.n_iter_ == 5


def test_partial_fit_keeps_the_map() -> None:
    """After `fit`, it trains the same map on at the last radius, and improves it for the samples that it sees."""
    som = small().fit(FLOWERS)
    kept, few = som.map_, FLOWERS[:10]
    before = -som.score(few)
    for _ in range(5):
        som.partial_fit(few)
    assert som.map_ is kept
    assert 10 == som.n_iter_
    assert -som.score(few) < before
    assert 5 == som.fit(FLOWERS).n_iter_


def test_missing_features() -> None:
    """Samples with NaN are trained on, found and measured; the codebook has none."""
    x = FLOWERS.copy()
    x[np.random.default_rng(0).random(x.shape) < 0.2] = np.nan
    x[np.isnan(x).all(axis=1)] = 1
    som = small().fit(x)
    assert np.isfinite(som.codebook_).all()
    assert np.isfinite(som.transform(x)).all()
    assert np.isfinite(som.quantization_error_)
    np.testing.assert_array_equal(som.labels_, som.transform(x).argmin(axis=1))


def test_clusters() -> None:
    """With `n_clusters` the labels are of clusters of neurons, numbered by size, that the iris species show in."""
    som = small(rows=6, columns=6, n_clusters=2).fit(FLOWERS)
    assert [100, 50] == np.bincount(som.labels_).tolist()
    assert 1 == len(set(som.labels_[:50].tolist()))
    np.testing.assert_array_equal(som.labels_, som.neuron_labels_[som.best_matching_units(FLOWERS)])
    np.testing.assert_array_equal(som.labels_, som.predict(FLOWERS))
    som.set_params(n_clusters=None).fit(FLOWERS)
    assert not hasattr(som, "neuron_labels_")


@pytest.mark.parametrize(
    "topology",
    [
        Rectangular(3, 3, diagonals=True),
        Graph(4, [(0, 1), (1, 2), (2, 3), (3, 0)]),
        Coordinates(Matrix.from_rows(np.indices((2, 2, 2)).reshape(3, -1).T, dtype=np.float64)),
    ],
    ids=["moore", "ring", "cube"],
)
def test_topologies_of_ones_own(topology: Any) -> None:
    """A topology object is taken as it is, and its number of neurons counts."""
    som = clone(small(topology=topology, metric=Manhattan())).fit(FLOWERS)
    assert (150, topology.neurons) == som.transform(FLOWERS).shape
    np.testing.assert_array_equal(topology.adjacency.numpy(), som.map_.topology.adjacency.numpy())
    assert Manhattan() == som.map_.metric


def test_pipeline() -> None:
    """It stands between a scaler and a classifier, which learns species from distances."""
    pipeline = make_pipeline(StandardScaler(), small(epochs=10), LogisticRegression(max_iter=1000))
    assert cross_val_score(pipeline, FLOWERS, IRIS.target).mean() > 0.9


def test_grid_search() -> None:
    """The best of some settings is found by the score: the larger map, whose neurons are nearer."""
    pipeline = make_pipeline(StandardScaler(), small())
    search = GridSearchCV(pipeline, {"som__rows": [2, 6], "som__topology": ["rectangular", "hexagonal"]}, cv=3)
    assert 6 == search.fit(FLOWERS).best_params_["som__rows"]
    assert search.best_score_ < 0


def test_names_of_columns() -> None:
    """Distances have names, with which pandas or polars output is made."""
    names = small(rows=2, columns=2).fit(FLOWERS).get_feature_names_out()
    assert ["som0", "som1", "som2", "som3"] == names.tolist()


def test_clone_and_pickle() -> None:
    """A clone has the parameters alone, and a pickle everything."""
    som = small(topology="hexagonal").fit(FLOWERS)
    assert som.get_params() == clone(som).get_params()
    assert not hasattr(clone(som), "map_")
    loaded = pickle.loads(pickle.dumps(som))
    np.testing.assert_array_equal(som.transform(FLOWERS), loaded.transform(FLOWERS))


def test_an_estimator_of_a_file(tmp_path: Path) -> None:
    """A map that was saved predicts and transforms as before, and is trained on."""
    som = small(topology="hexagonal", metric="manhattan").fit(FLOWERS)
    save_map(tmp_path / "map.safetensors", som.map_)
    loaded = SOM.of(load_map(tmp_path / "map.safetensors"))
    np.testing.assert_array_equal(som.labels_, loaded.predict(FLOWERS))
    np.testing.assert_array_equal(som.transform(FLOWERS), loaded.transform(FLOWERS))
    np.testing.assert_array_equal(som.partial_fit(FLOWERS).codebook_, loaded.partial_fit(FLOWERS).codebook_)
    assert (150,) == loaded.labels_.shape
    with pytest.raises(ValueError, match="X has 3 features, but SOM is expecting 4 features as input"):
        loaded.predict(FLOWERS[:, :3])


@pytest.mark.cuda
@pytest.mark.parametrize("rule", ["batch", "mini-batch", "online"])
def test_on_a_gpu(rule: str) -> None:
    """A map that is trained there is, but for rounding, the one of the CPU, and serves as one."""
    pytest.importorskip("cupy")
    cpu, gpu = (small(rule=rule, device=device).fit(FLOWERS) for device in ("cpu", "cuda"))
    assert "cuda:0" == gpu.map_.codebook.device
    np.testing.assert_allclose(cpu.codebook_, gpu.codebook_, rtol=1e-9)
    np.testing.assert_array_equal(cpu.labels_, gpu.predict(FLOWERS))
    np.testing.assert_allclose(cpu.transform(FLOWERS), gpu.transform(FLOWERS), rtol=1e-9)


def test_the_map_alone_imports_no_scikit_learn() -> None:
    """It is imported when the estimator is asked for, as are figures' and command lines' packages by those."""
    program = (
        "import sys, nets.som; before = {'sklearn', 'matplotlib', 'tyro'} & sys.modules.keys(); "
        "nets.som.SOM; print(sorted(before), 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[] True\n" == done.stdout


def test_there_is_nothing_else() -> None:
    """A name that the package does not have is said as Python says it."""
    with pytest.raises(AttributeError, match=r"^module 'nets\.som' has no attribute 'SOMS'$"):
        nets.som.SOMS  # noqa: B018  # what the name is, is the test


def test_more_neurons_than_samples() -> None:
    """It is allowed: every sample is near a neuron of its own."""
    som = SOM(10, 10, epochs=20, radius_end=0.1).fit(FLOWERS[:4])
    assert som.quantization_error_ < 0.05
    assert 4 == len(set(som.labels_.tolist()))


def test_constant_columns() -> None:
    """A column that is the same in all samples is so in the codebook, and changes nothing else."""
    constant = np.column_stack([FLOWERS, np.full(150, 3.0)])
    with_it, without = small().fit(constant), small().fit(FLOWERS)
    np.testing.assert_allclose(3.0, with_it.codebook_[:, 4])
    np.testing.assert_allclose(without.codebook_, with_it.codebook_[:, :4], rtol=1e-9)


def test_equal_samples() -> None:
    """One sample, or many that are equal, make a map of that sample."""
    for count in (1, 7):
        som = small().fit(np.tile([[1.0, 2.0]], (count, 1)))
        np.testing.assert_allclose(np.tile([[1.0, 2.0]], (20, 1)), som.codebook_)
        assert 0.0 == pytest.approx(som.quantization_error_)


def test_memory_is_bounded() -> None:
    """Whatever memory distances may take, the units are the same."""
    tiny, plenty = small(chunk_bytes=1).fit(FLOWERS), small().fit(FLOWERS)
    np.testing.assert_array_equal(plenty.labels_, tiny.labels_)
    np.testing.assert_allclose(plenty.codebook_, tiny.codebook_, rtol=1e-12)


def test_parameters_are_all_documented() -> None:
    """Each parameter is described in the docstring, in the same order."""
    section = (inspect.getdoc(SOM) or "").split("Args:")[1].split("Attributes:")[0]
    assert list(inspect.signature(SOM).parameters) == re.findall(r"^    (\w+):", section, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"topology": "triangular"},
            'topology is "triangular", but one of rectangular, hexagonal or a topology is wanted',
        ),
        (
            {"metric": "cosines"},
            'metric is "cosines", but one of euclidean, squared-euclidean, cosine, manhattan, cheby',
        ),
        ({"neighbourhood": "box"}, 'neighbourhood is "box", but one of gaussian, variance-gaussian, bubble, triangle,'),
        ({"schedule": "steps"}, 'schedule is "steps", but one of exponential, linear, inverse is wanted'),
        ({"start": "zeros"}, 'start is "zeros", but one of principal, random, sampled is wanted'),
        ({"rule": "slow"}, 'rule is "slow", but one of batch, mini-batch, online is wanted'),
        ({"epochs": 0}, "epochs is 0, but 1 or more is wanted"),
        ({"rows": 0}, "a lattice of 0 × 5 has no neurons: 1 × 1 is the smallest"),
        ({"n_clusters": 21}, "21 clusters of 20 neurons were asked for: 1 to 20 are possible"),
        ({"radius_end": 0.0}, "above 0, not 0.0"),
        ({"neighbourhood": "mexican-hat"}, "MexicanHat has negative strengths"),
        ({"topology": "hexagonal", "toroidal": True, "rows": 3}, "a hexagonal torus has an even number of rows, not 3"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_wrong_parameters(settings: dict[str, Any], sentence: str, method: str) -> None:
    """They are taken by the constructor, and refused in one sentence when a map is fitted."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        getattr(small(**settings), method)(FLOWERS)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (np.empty((0, 4)), "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 1 is required by SOM."),
        (np.array([[1.0, np.inf]]), "Input X contains infinity"),
        (np.array([[1.0, 2.0], [np.nan, np.nan]]), "sample 1 has no features, only NaN"),
        (np.array([[1.0, np.nan], [2.0, np.nan]]), "feature 1 is missing in all samples: leave the column out"),
        (np.array([["a", "b"]]), "could not convert string to float"),
        (np.ones(3), "Expected 2D array, got 1D array instead"),
    ],
)
def test_samples_that_no_map_is_trained_on(x: Any, sentence: str) -> None:
    """Each is refused in words that say why."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        small().fit(x)


def test_a_fit_that_fails_leaves_no_map() -> None:
    """Nothing is kept of it, so that the next call begins with the parameters that are then."""
    som = small()
    with pytest.raises(ValueError, match="sample 0 has no features"):
        som.partial_fit(np.where(np.arange(150)[:, None] == 0, np.nan, FLOWERS))
    assert not hasattr(som, "map_")
    assert (150, 6) == som.set_params(rows=2, columns=3).partial_fit(FLOWERS).transform(FLOWERS).shape


def test_samples_of_another_width() -> None:
    """A map of four features has no distances from samples of three."""
    som = small().fit(FLOWERS)
    for method in (som.predict, som.transform, som.score, som.partial_fit, som.topographic_error):
        with pytest.raises(ValueError, match="X has 3 features, but SOM is expecting 4 features as input"):
            method(FLOWERS[:, :3])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1.0, 2.0], "sample_weight has shape (2,), but (150,), one for each sample, is wanted"),
        (-np.ones(150), "sample_weight must be finite, not negative, and not all zero"),
        (np.zeros(150), "sample_weight must be finite, not negative, and not all zero"),
        (np.full(150, np.nan), "sample_weight must be finite, not negative, and not all zero"),
    ],
)
def test_weights_that_are_none(weights: Any, sentence: str) -> None:
    """They are refused."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        small().fit(FLOWERS, sample_weight=weights)
