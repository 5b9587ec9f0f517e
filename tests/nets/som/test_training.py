"""Training: each rule against its formula in plain NumPy, missing features, weights, seeds, and what is refused."""

from __future__ import annotations

import inspect
import re
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import (
    Batch,
    Bubble,
    Chebyshev,
    Constant,
    Cosine,
    Euclidean,
    Exponential,
    Gaussian,
    Hexagonal,
    Linear,
    Manhattan,
    MexicanHat,
    MiniBatch,
    Online,
    Rectangular,
    SelfOrganizingMap,
    SquaredEuclidean,
    Triangle,
    VarianceGaussian,
    best_matching_units,
    train,
)
from shapedmat import DTypeError, Matrix, ShapeError

AnyMap = SelfOrganizingMap[Any, Any, Any, Any]
FUNCTIONS = (Gaussian(), VarianceGaussian(), Bubble(), Triangle(), MexicanHat())
METRICS = (Euclidean(), SquaredEuclidean(), Cosine(), Manhattan(), Chebyshev())
RULES = (Batch(), Online(), MiniBatch(size=16))
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
each_metric = pytest.mark.parametrize("metric", METRICS, ids=repr)


def drawn(samples: int, features: int, *, seed: int = 0, dtype: Any = np.float64) -> Matrix[Any, Any, Any]:
    """Return random samples."""
    return Matrix.from_array(np.random.default_rng(seed).normal(size=(samples, features)).astype(dtype))


def holed(samples: int, features: int, *, seed: int = 0, dtype: Any = np.float64) -> Matrix[Any, Any, Any]:
    """Return random samples of which a quarter of the features is missing, though never the first one."""
    x = drawn(samples, features, seed=seed, dtype=dtype).numpy().copy()
    holes = np.random.default_rng(seed + 1).random(x.shape) < 0.25
    holes[:, 0] = False
    x[holes] = np.nan
    return Matrix.from_array(x)


def fresh(features: int = 4, dtype: Any = np.float64, **parts: Any) -> AnyMap:
    """Return a map of 3 × 4 hexagons, or on another topology."""
    topology = parts.pop("topology", Hexagonal(3, 4))
    return SelfOrganizingMap.on(topology, drawn(topology.neurons, features, seed=9, dtype=dtype), **parts)


def column(numbers: Any) -> Matrix[Any, Any, Any]:
    """Return weights."""
    return Matrix.from_array(np.asarray(numbers, np.float64)[:, None])


def batch_by_samples(som: AnyMap, x: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], influence: float) -> Any:
    """Return the codebook after one epoch, as the averages over samples that the definition says."""
    units = best_matching_units(som.codebook.numpy(), x, som.metric)[0][:, 0]
    strengths = som.neighbourhood_function.strengths(som.topology.distances_from(units), influence).numpy()
    strengths = strengths * weights[:, None]
    known = ~np.isnan(x)
    total = strengths.T @ np.where(known, x, 0)
    count = strengths.T @ known
    return np.where(count > 0, total / np.where(count > 0, count, 1), som.codebook.numpy())


# --- batch training ---------------------------------------------------------------------------------------------------


@each_metric
@pytest.mark.parametrize("features", [3, 20])
@pytest.mark.parametrize("make", [drawn, holed])
def test_batch_is_the_average_of_the_samples(metric: Any, features: int, make: Any) -> None:
    """Summing by unit first gives the averages that the definition takes over samples."""
    x, som = make(80, features), fresh(features, metric=metric)
    weights = np.random.default_rng(5).random(80)
    expected = batch_by_samples(som, x.numpy(), weights, 1.3)
    train(som, x, rule=Batch(), epochs=1, influence=Constant(1.3), weights=column(weights))
    np.testing.assert_allclose(expected, som.codebook.numpy(), rtol=1e-9)


@pytest.mark.parametrize("function", FUNCTIONS[:4], ids=repr)
def test_batch_takes_every_neighbourhood_of_averages(function: Any) -> None:
    """Every neighbourhood function without negative strengths weighs the averages."""
    x, som = drawn(60, 3), fresh(3, neighbourhood_function=function)
    expected = batch_by_samples(som, x.numpy(), np.ones(60), 1.1)
    train(som, x, rule=Batch(), epochs=1, influence=Constant(1.1))
    np.testing.assert_allclose(expected, som.codebook.numpy(), rtol=1e-9)


def test_influence_of_an_epoch() -> None:
    """In batch training the progress is epoch / epochs."""
    x, whole, single = drawn(50, 3), fresh(3), fresh(3)
    train(whole, x, rule=Batch(), epochs=4, influence=Linear(3.0, 1.0))
    for influence in (3.0, 2.5, 2.0, 1.5):
        train(single, x, rule=Batch(), epochs=1, influence=Constant(influence))
    np.testing.assert_allclose(single.codebook.numpy(), whole.codebook.numpy(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chunks_and_threads_change_rounding_alone(dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little memory and several threads give the same map but for rounding."""
    x, codebooks = drawn(4000, 60, dtype=dtype), []
    for threads, chunk_bytes in (("1", 2**26), ("3", 2**26), ("1", 5000)):
        monkeypatch.setenv("SHAPEDMAT_NUM_THREADS", threads)
        som = fresh(60, dtype, topology=Rectangular(12, 12))
        train(som, x, rule=Batch(chunk_bytes=chunk_bytes), epochs=2)
        codebooks.append(som.codebook.numpy())
    for codebook in codebooks[1:]:
        np.testing.assert_allclose(codebooks[0], codebook, rtol=0, atol=1e-4 if dtype == np.float32 else 1e-12)


def test_memory_is_bounded_by_the_chunk() -> None:
    """An epoch takes less memory than a part of the distances of all samples from all neurons, which are 48 MB."""
    x, som = drawn(60_000, 20), fresh(20, topology=Rectangular(10, 10))
    train(som, x[:100], rule=Batch(chunk_bytes=200_000), epochs=1)
    tracemalloc.start()
    train(som, x, rule=Batch(chunk_bytes=200_000), epochs=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_a_neuron_that_nothing_reaches_stays() -> None:
    """With a bubble of radius 0.5, only best matching units move."""
    som, x = fresh(2, neighbourhood_function=Bubble()), drawn(1, 2, seed=3)
    before = som.codebook.copy()
    unit = som.best_matching_unit(x)
    train(som, x, rule=Batch(), epochs=1, influence=Constant(0.5))
    moved = (before != som.codebook).any(axis=1).numpy()[:, 0]
    assert [unit] == np.flatnonzero(moved).tolist()
    np.testing.assert_allclose(x.numpy()[0], som.codebook.numpy()[unit])


def test_averages_have_all_digits() -> None:
    """Far from all samples, where strengths are too small for single precision, neurons stay or are exact averages."""
    som, x = fresh(2, np.float32, topology=Rectangular(1, 40)), drawn(1, 2, dtype=np.float32)
    before = som.codebook.numpy().copy()
    train(som, x, rule=Batch(), epochs=1, influence=Constant(0.7))
    moved = (som.codebook.numpy() != before).any(axis=1)
    assert 0 < moved.sum() < 40
    np.testing.assert_allclose(np.broadcast_to(x.numpy(), (moved.sum(), 2)), som.codebook.numpy()[moved], rtol=1e-6)


def test_mini_batches_are_the_flow_towards_averages() -> None:
    """A mini-batch moves a neuron the share 1 − exp(−rate Σ h n) of the way to the average."""
    x, som = drawn(20, 3), fresh(3)
    average, before = batch_by_samples(som, x.numpy(), np.ones(20), 0.8), som.codebook.numpy().copy()
    units = best_matching_units(before, x.numpy())[0][:, 0]
    reach = Gaussian().strengths(som.topology.distances_from(units), 0.8).numpy().sum(axis=0)[:, None]
    train(som, x, rule=MiniBatch(size=20), epochs=1, rate=Constant(0.1), influence=Constant(0.8))
    np.testing.assert_allclose(before + (1 - np.exp(-0.1 * reach)) * (average - before), som.codebook.numpy())


# --- online training --------------------------------------------------------------------------------------------------


@each_metric
@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_online_is_one_step_after_another(metric: Any, function: Any, dtype: Any) -> None:
    """The compiled loop takes the steps of `adapt`, by every metric and neighbourhood function."""
    x, parts = drawn(40, 5, dtype=dtype), {"metric": metric, "neighbourhood_function": function}
    whole, single = fresh(5, dtype, **parts), fresh(5, dtype, **parts)
    train(whole, x, rule=Online(shuffle=False), epochs=1, rate=Exponential(0.5, 0.1), influence=Exponential(2.0, 0.5))
    for i in range(40):
        rate, influence = Exponential(0.5, 0.1).at(i / 40), Exponential(2.0, 0.5).at(i / 40)
        single.adapt(x.row(i), rate, influence)
    tolerance = 1e-4 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(single.codebook.numpy(), whole.codebook.numpy(), rtol=tolerance, atol=tolerance)


@given(st.integers(1, 120), st.integers(1, 12), st.sampled_from((np.float32, np.float64)))
def test_maps_of_every_size(neurons: int, features: int, dtype: Any) -> None:
    """Neurons that do not fill vectors, and few features, are stepped like others."""
    x, topology = drawn(10, features, dtype=dtype), Rectangular(1, neurons)
    whole, single = fresh(features, dtype, topology=topology), fresh(features, dtype, topology=topology)
    train(whole, x, rule=Online(shuffle=False), epochs=1, rate=Constant(0.3), influence=Constant(2.0))
    for i in range(10):
        single.adapt(x.row(i), 0.3, 2.0)
    np.testing.assert_allclose(single.codebook.numpy(), whole.codebook.numpy(), rtol=1e-4, atol=1e-4)


@each_metric
def test_missing_features_do_not_move(metric: Any) -> None:
    """Online, a sample counts and moves by the features that are there."""
    x, som = holed(30, 4), fresh(4, metric=metric)
    w = som.codebook.numpy().copy()
    train(som, x, rule=Online(shuffle=False), epochs=1, rate=Constant(0.3), influence=Constant(1.0))
    for sample in x.numpy():
        unit = best_matching_units(w, sample[None], metric)[0][0, 0]
        strength = Gaussian().strengths(som.topology.distances_from([int(unit)]), 1.0).numpy().T
        w += np.where(np.isnan(sample), 0, 0.3 * strength * (np.nan_to_num(sample) - w))
    np.testing.assert_allclose(w, som.codebook.numpy(), rtol=1e-9)


def test_weights_multiply_the_rate() -> None:
    """Online, a sample of weight ½ moves half as far, and one that would overshoot reaches the sample."""
    x = drawn(1, 2, seed=3)
    moves = []
    for weight in (1.0, 0.5, 100.0):
        som = fresh(2)
        before = som.codebook.numpy().copy()
        train(som, x, rule=Online(), epochs=1, rate=Constant(0.4), influence=Constant(1.0), weights=column([weight]))
        moves.append(som.codebook.numpy() - before)
    np.testing.assert_allclose(moves[0], 2 * moves[1])
    np.testing.assert_allclose(moves[0], 0.4 * moves[2])


def test_parts_of_ones_own_train_online() -> None:
    """A neighbourhood function that nets.som has not is trained by single steps, to the same map."""

    class Bell(Gaussian):
        """A Gaussian that compiled code does not know."""

    x = drawn(20, 3)
    maps = [fresh(3, neighbourhood_function=function) for function in (Gaussian(), Bell())]
    for som in maps:
        train(som, x, rule=Online(), epochs=2, influence=Constant(1.0))
    np.testing.assert_allclose(maps[0].codebook.numpy(), maps[1].codebook.numpy(), rtol=1e-9)
    with pytest.raises(ValueError, match="samples with missing features are trained on online on the CPU alone"):
        train(maps[1], holed(20, 3), rule=Online(), epochs=1)


# --- every rule -------------------------------------------------------------------------------------------------------


@each_rule
@pytest.mark.parametrize("make", [drawn, holed])
def test_same_seed_same_map(rule: Any, make: Any) -> None:
    """The same seed gives the same bits; where samples are shuffled, another seed another map."""
    x, maps = make(200, 4), [fresh(4) for _ in range(3)]
    for som, seed in zip(maps, (1, 1, 2), strict=True):
        train(som, x, rule=rule, epochs=3, seed=seed)
    assert (maps[0].codebook == maps[1].codebook).all()
    assert isinstance(rule, Batch) == (maps[0].codebook == maps[2].codebook).all()


@each_rule
def test_training_lowers_the_quantization_error(rule: Any) -> None:
    """Samples of five clusters are nearer to the codebook after training."""
    rng = np.random.default_rng(0)
    x = Matrix.from_array(rng.normal(size=(5, 4))[rng.integers(5, size=400)] * 5 + rng.normal(size=(400, 4)) / 5)
    som = fresh(4)
    before = best_matching_units(som.codebook.numpy(), x.numpy())[1].mean()
    train(som, x, rule=rule, epochs=20)
    assert best_matching_units(som.codebook.numpy(), x.numpy())[1].mean() < before / 5


@each_rule
def test_more_neurons_than_samples(rule: Any) -> None:
    """Three samples train twelve neurons, which stay finite."""
    som = fresh(4)
    train(som, drawn(3, 4), rule=rule, epochs=5)
    assert np.isfinite(som.codebook.numpy()).all()


@each_rule
def test_a_constant_feature_becomes_its_value(rule: Any) -> None:
    """A feature that is 7 in all samples becomes 7 in all neurons."""
    x = drawn(200, 4).numpy().copy()
    x[:, 2] = 7
    som = fresh(4)
    train(som, Matrix.from_array(x), rule=rule, epochs=20, influence=Constant(2.0))
    np.testing.assert_allclose(7, som.codebook.numpy()[:, 2], atol=0.05)


@each_rule
def test_samples_may_be_transposed(rule: Any) -> None:
    """Samples whose rows are not contiguous train the same map."""
    x, maps = drawn(50, 4), [fresh(4), fresh(4)]
    train(maps[0], x, rule=rule, epochs=2)
    train(maps[1], Matrix.from_array(x.numpy().T.copy()).T, rule=rule, epochs=2)
    assert (maps[0].codebook == maps[1].codebook).all()


def test_a_bar_shows_the_progress(capsys: pytest.CaptureFixture[str]) -> None:
    """With `progress` a bar is shown, and without it nothing."""
    train(fresh(4), drawn(5, 4), epochs=2)
    assert "" == capsys.readouterr().out
    train(fresh(4), drawn(5, 4), epochs=2, progress=True)
    assert "training" in capsys.readouterr().out


# --- on a GPU ---------------------------------------------------------------------------------------------------------


@pytest.mark.cuda
@each_rule
def test_training_on_a_gpu(rule: Any) -> None:
    """On a GPU the map is, but for rounding, the one of the CPU."""
    pytest.importorskip("cupy")
    x, cpu = drawn(60, 4), fresh(4)
    gpu: AnyMap = SelfOrganizingMap.on(Hexagonal(3, 4), cpu.codebook.to("cuda"))
    train(cpu, x, rule=rule, epochs=2)
    train(gpu, x.to("cuda"), rule=rule, epochs=2)
    np.testing.assert_allclose(cpu.codebook.numpy(), gpu.codebook.numpy(), rtol=1e-9)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "settings", "message"),
    [
        (Matrix.zeros(0, 4, dtype=np.float64), {}, "there are no samples to train on"),
        (drawn(3, 4), {"epochs": 0}, "training takes 1 epoch or more, not 0"),
        (
            Matrix.from_rows([[1, 2, 3, 4], [1, np.inf, 3, 4]], dtype=np.float64),
            {},
            "feature 1 of sample 1 is inf: finite numbers are wanted, or NaN where a feature is missing",
        ),
        (
            Matrix.from_rows([[1, 2, 3, 4], [np.nan] * 4], dtype=np.float64),
            {},
            "sample 1 has no features, only NaN: leave it out",
        ),
        (
            drawn(2, 4),
            {"weights": column([1, -1])},
            "the weight of sample 1 is -1.0: finite numbers from 0 on are wanted",
        ),
        (drawn(1, 4), {"weights": column([np.nan])}, "the weight of sample 0 is nan: finite numbers from 0 on are"),
        (drawn(2, 4), {"weights": column([0, 0])}, "all weights are 0: there is nothing to learn from"),
        (drawn(2, 4), {"rule": MiniBatch(size=0)}, "MiniBatch takes a size of 1 or more, not 0"),
    ],
)
def test_training_on_nothing(samples: Any, settings: Any, message: str) -> None:
    """What cannot be trained on is refused in one sentence, before anything is changed."""
    som = fresh(4)
    before = som.codebook.copy()
    with pytest.raises(ValueError, match=re.escape(message)):
        train(som, samples, **settings)
    assert (before == som.codebook).all()


@pytest.mark.parametrize("rule", [Batch(), MiniBatch()], ids=repr)
def test_no_averages_of_negative_strengths(rule: Any) -> None:
    """The Mexican hat is for online training."""
    message = "MexicanHat has negative strengths, of which there are no averages: take Online"
    with pytest.raises(ValueError, match=message):
        train(fresh(4, neighbourhood_function=MexicanHat()), drawn(3, 4), rule=rule)


def test_shapes_that_do_not_fit(unchecked: None) -> None:
    """Samples have a column for each feature and the map's element type, and weights a row for each sample."""
    unguarded = inspect.unwrap(train)
    with pytest.raises(
        ShapeError,
        match=re.escape(
            "the samples have shape (3, 5), but the codebook (12, 4): 4 features in each sample are wanted"
        ),
    ):
        unguarded(fresh(4), drawn(3, 5))
    with pytest.raises(
        ShapeError, match=re.escape("the weights have shape (2, 1), but there are 3 samples: (3, 1) is wanted")
    ):
        unguarded(fresh(4), drawn(3, 4), weights=column([1, 1]))
    message = "the samples are float32 and the codebook is float64: convert the samples with .astype(np.float64)"
    with pytest.raises(DTypeError, match=re.escape(message)):
        unguarded(fresh(4), drawn(3, 4, dtype=np.float32))
