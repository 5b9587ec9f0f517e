"""Batch training on a GPU, for which a stand-in stands in: the map is the one of the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nets.som import (
    SOM,
    Batch,
    Bubble,
    Chebyshev,
    Constant,
    Cosine,
    Euclidean,
    Gaussian,
    Hexagonal,
    Manhattan,
    Metric,
    MiniBatch,
    Neighbourhood,
    Rectangular,
    SelfOrganizingMap,
    SquaredEuclidean,
    Triangle,
    devices,
    train,
)
from nets.som.devices import DeviceBatch
from shapedmat import Matrix
from shapedmat.errors import DeviceMemoryError
from tests.cuda.device_array import DeviceArray
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device

__all__ = ["device"]

AnyMap = SelfOrganizingMap[Any, Any, Any, Any]
TOPOLOGY: Any = Hexagonal(3, 4)


class HalfEuclidean(Metric):
    """A metric of one's own."""

    def distances(self, points: Any, point: Any) -> Any:
        return points.distances(point) * 0.5


class Cauchy(Neighbourhood):
    """A neighbourhood function of one's own."""

    def strengths(self, distances: Any, influence: float) -> Any:
        return 1 / (1 + distances * distances * (1 / influence**2))


def named(value: Any) -> str:
    """Return what a test's parameter is called."""
    return str(getattr(value, "__name__", value if isinstance(value, int) else type(value).__name__))


def drawn(rows: int, features: int, *, dtype: Any = np.float64, seed: int = 0) -> Matrix[Any, Any, Any]:
    """Return random vectors around a point that is not zero."""
    return Matrix.from_array((np.random.default_rng(seed).normal(size=(rows, features)) + 2).astype(dtype))


def holed(rows: int, features: int, *, dtype: Any = np.float64) -> Matrix[Any, Any, Any]:
    """Return random samples of which a quarter of the features is missing."""
    x = drawn(rows, features, dtype=dtype).numpy().copy()
    holes = np.random.default_rng(1).random(x.shape) < 0.25
    holes[:, 0] = False
    x[holes] = np.nan
    return Matrix.from_array(x)


def trained(x: Matrix[Any, Any, Any], where: str, **settings: Any) -> Any:
    """Return the codebook of a map that is trained on the CPU or the GPU."""
    parts = {name: settings.pop(name) for name in ("metric", "neighbourhood_function") if name in settings}
    topology = settings.pop("topology", TOPOLOGY)
    start = drawn(topology.neurons, x.cols, dtype=x.dtype, seed=9)
    som: AnyMap = SelfOrganizingMap.on(topology, start.to(where), **parts)
    train(som, x.to(where), **{"epochs": 2, "influence": Constant(1.2), **settings})
    assert where == som.codebook.device.partition(":")[0]
    return som.codebook.numpy()


def assert_same_map(x: Matrix[Any, Any, Any], **settings: Any) -> None:
    """Train on both, and compare: rounding may differ, by some units in the last place of the largest number."""
    on_cpu, on_gpu = trained(x, "cpu", **settings), trained(x, "cuda", **settings)
    np.testing.assert_allclose(on_cpu, on_gpu, rtol=0, atol=16 * np.finfo(x.dtype).eps * np.abs(on_cpu).max())


# The features and metrics are those of `test_device_kernels`, so that the kernels are compiled once for both.
@pytest.mark.parametrize(
    ("make", "features", "dtype", "metric"),
    [
        (drawn, 34, np.float32, Euclidean()),
        (holed, 35, np.float64, Manhattan()),
        (holed, 70, np.float32, Cosine()),
        (drawn, 8, np.float64, Cosine()),
        (drawn, 1, np.float32, Chebyshev()),
        (holed, 20, np.float32, SquaredEuclidean()),
        (drawn, 65, np.float64, Euclidean()),
        (holed, 5, np.float32, Chebyshev()),
    ],
    ids=named,
)
def test_batch_training(device: Machine, make: Callable[..., Any], features: int, dtype: Any, metric: Any) -> None:
    """By every metric, complete samples and others, weighted, give the map of the CPU."""
    weights = Matrix.from_array(np.random.default_rng(5).random((90, 1)).astype(dtype))
    assert_same_map(make(90, features, dtype=dtype), metric=metric, rule=Batch(), weights=weights)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("make", [drawn, holed])
def test_mini_batch_training(device: Machine, make: Callable[..., Any], shuffle: bool) -> None:
    """Mini-batches, of which the last one is smaller, give the map of the CPU."""
    features, metric = (8, Cosine()) if make is drawn else (35, Manhattan())
    assert_same_map(make(50, features), metric=metric, rule=MiniBatch(size=16, shuffle=shuffle))


@pytest.mark.parametrize("function", [Gaussian(), Bubble(), Triangle(), Cauchy()], ids=named)
def test_every_neighbourhood_with_averages(device: Machine, function: Any) -> None:
    """Neighbourhood functions of one's own too are computed on the GPU."""
    assert_same_map(drawn(60, 8), metric=Cosine(), neighbourhood_function=function)


def test_neurons_that_nothing_reaches_stay(device: Machine) -> None:
    """Where the neighbourhood is narrow, a neuron far from all units is where it was."""
    assert_same_map(drawn(3, 8), metric=Cosine(), neighbourhood_function=Bubble(), influence=Constant(0.1))


def test_a_feature_that_is_everywhere_the_same_becomes_that_number(device: Machine) -> None:
    """As on the CPU, to the last bit."""
    x = drawn(90, 34, dtype=np.float32).numpy().copy()
    x[:, 5] = 1.7
    codebook = trained(Matrix.from_array(x), "cuda")
    np.testing.assert_allclose(codebook[:, 5], np.float32(1.7), rtol=2e-7)


def test_samples_far_from_zero_lose_no_digits(device: Machine) -> None:
    """Samples are compared relative to a point amid them: far from zero, the units are those near zero."""
    near = np.round(drawn(300, 34, dtype=np.float32).numpy() * 64) / 64
    start = np.round(drawn(64, 34, seed=9).numpy() * 64) / 64
    codebooks = []
    for shift in (0.0, 4096.0):
        som: AnyMap = SelfOrganizingMap.on(
            Rectangular(8, 8), Matrix.from_array((start + shift).astype(np.float32)).to("cuda")
        )
        train(som, Matrix.from_array(near + np.float32(shift)).to("cuda"), epochs=1, influence=Constant(0.1))
        codebooks.append(som.codebook.numpy() - shift)
    np.testing.assert_allclose(codebooks[0], codebooks[1], rtol=0, atol=4e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_maps_have_the_same_bits_in_every_run(device: Machine, dtype: Any) -> None:
    """The order in which blocks and threads run changes no bit."""
    x, codebooks = drawn(2500, 34 if dtype == np.float32 else 65, dtype=dtype), []
    for backwards in (False, True):
        device.backwards = backwards
        codebooks.append(trained(x, "cuda", epochs=1))
    np.testing.assert_array_equal(*codebooks)


@pytest.mark.parametrize("rule", [Batch(), MiniBatch(size=16)], ids=repr)
def test_nothing_comes_to_the_host_within_an_epoch(device: Machine, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first epoch nothing is read from the device, and what is moved there is the order of the samples."""
    x = drawn(50, 8)
    start = drawn(TOPOLOGY.neurons, 8, seed=9).to("cuda")
    som: AnyMap = SelfOrganizingMap.on(TOPOLOGY, start, metric=Cosine())
    epoch, transfer = type(rule).epoch, DeviceBatch.moved
    moved: list[int] = []

    def noted(batch: Any, order: Any) -> Any:
        moved.append(len(order))
        return transfer(batch, order)

    def watched(self: Any, course: Any, number: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            if number > 0:
                patch.setattr(DeviceArray, "get", lambda *_: pytest.fail("an array comes to the host"))
                patch.setattr(DeviceBatch, "moved", noted)
            epoch(self, course, number)

    monkeypatch.setattr(type(rule), "epoch", watched)
    train(som, x.to("cuda"), rule=rule, epochs=3, influence=Constant(1.2))
    assert ([] if isinstance(rule, Batch) else [50, 50]) == moved


def test_an_epoch_is_six_launches(device: Machine) -> None:
    """Beside what prepares the training, the kernels are those of the epochs, and each runs once in each."""
    trained(drawn(90, 34, dtype=np.float32), "cuda", epochs=3)
    names = [launch.name for launch in device.launches]
    expected = ["find_units", "sum_by_unit", "add_parts", "strengthen", "matmul", "move_to_averages"]
    assert ["enter_codebook", *expected * 3] == [name for name in names if name in {"enter_codebook", *expected}]
    assert 19 == len(names)


def test_a_metric_of_ones_own_is_refused(device: Machine) -> None:
    """It is computed on the CPU alone, which is said."""
    message = "HalfEuclidean is not computed on a GPU: train on the CPU, or take a metric of nets.som"
    with pytest.raises(ValueError, match=f"^{message}$"):
        trained(drawn(9, 8), "cuda", metric=HalfEuclidean())


def test_samples_that_are_not_in_row_order(device: Machine) -> None:
    """Views of the device's memory whose rows are not contiguous are copied once."""
    x = drawn(8, 60)
    on_cpu: AnyMap = SelfOrganizingMap.on(TOPOLOGY, drawn(12, 8, seed=9), metric=Cosine())
    on_gpu: AnyMap = SelfOrganizingMap.on(TOPOLOGY, drawn(12, 8, seed=9).to("cuda"), metric=Cosine())
    train(on_cpu, x.T, epochs=1, influence=Constant(1.2))
    train(on_gpu, x.to("cuda").T, epochs=1, influence=Constant(1.2))
    np.testing.assert_allclose(on_cpu.codebook.numpy(), on_gpu.codebook.numpy(), rtol=1e-13)


@pytest.mark.parametrize("rule", ["batch", "mini-batch"])
def test_the_estimator_trains_on_a_gpu(device: Machine, rule: str) -> None:
    """Its map lies there and is the one of the CPU, and so are the labels."""
    x = drawn(80, 8).numpy()
    parameters: dict[str, Any] = {
        "rows": 3,
        "columns": 4,
        "epochs": 2,
        "rule": rule,
        "batch_size": 32,
        "random_state": 0,
    }
    cpu, gpu = (SOM(**parameters, metric="cosine", device=where).fit(x) for where in ("cpu", "cuda"))
    assert "cuda:0" == gpu.map_.codebook.device
    np.testing.assert_allclose(cpu.codebook_, gpu.codebook_, rtol=1e-12)
    np.testing.assert_array_equal(cpu.labels_, gpu.predict(x))


def test_the_estimator_searches_on_the_gpu(device: Machine) -> None:
    """Labels and distances come from the kernels there, by a metric that they know."""
    gpu = SOM(rows=3, columns=4, metric="cosine", device="cuda", epochs=1).fit(drawn(80, 8).numpy())
    assert ["find_units", "measure"] == [launch.name for launch in device.launches][-2:]
    assert gpu.quantization_error_ == pytest.approx(-gpu.score(drawn(80, 8).numpy()), rel=1e-12)


def test_training_on_another_gpu_than_the_current_one(device: Machine) -> None:
    """All that is launched and allocated is so where the map lies."""
    device.device_count = 2
    som: AnyMap = SelfOrganizingMap.on(TOPOLOGY, drawn(12, 8, seed=9).to("cuda:1"), metric=Cosine())
    train(som, drawn(50, 8).to("cuda:1"), rule=MiniBatch(size=16), epochs=2, influence=Constant(1.2))
    assert "cuda:1" == som.codebook.device
    assert {1} == {launch.device for launch in device.launches}
    np.testing.assert_allclose(
        trained(drawn(50, 8), "cpu", metric=Cosine(), rule=MiniBatch(size=16)), som.codebook.numpy(), rtol=1e-12
    )


def test_too_little_memory_is_told(device: Machine) -> None:
    """An error says what could not be done, and how much memory is there."""
    device.memory_bytes = 2 << 20
    message = (
        r"^cannot train 12 neurons on samples of shape \(200000, 1\) on cuda:0: 1\.5 MiB are needed, but .+ MiB of "
        r"2\.0 MiB are free; use smaller matrices or batches, or delete matrices that are no longer used$"
    )
    with pytest.raises(DeviceMemoryError, match=message):
        trained(drawn(200_000, 1, dtype=np.float32), "cuda", metric=Chebyshev())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1.0, np.inf], "feature 1 of sample 2 is inf: finite numbers are wanted, or NaN where a feature is missing"),
        ([np.nan, np.nan], "sample 2 has no features, only NaN: leave it out"),
    ],
)
def test_samples_that_cannot_be_compared_are_refused(device: Machine, row: list[float], message: str) -> None:
    """In the words of the search on the CPU."""
    samples = Matrix.from_rows([[0.0, 1.0], [1.0, 2.0], row], dtype=np.float64).to("cuda")
    with pytest.raises(ValueError, match=f"^{message}$"):
        devices.best_matching_units(drawn(12, 2).to("cuda"), samples, Euclidean())
