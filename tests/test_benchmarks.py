"""The benchmarks' own parts that need no peers: what they refuse, and that our contestants train alike."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest

from shapedmat import backends
from shapedmat.kernels import target
from tests.benchmarks import training
from tests.benchmarks.contest import device_accuracy, device_ours, device_worker, machine, ours
from tests.benchmarks.contest.device_worker import Contestant, Preparation
from tests.benchmarks.contest.task import MNIST_SIZES, Samples, Task
from tests.benchmarks.contest.worker import ContestantError
from tests.benchmarks.gpu import __main__ as gpu
from tests.benchmarks.gpu import accuracy, hardware, maps, products, rounds, steps
from tests.benchmarks.gpu.report import Row, Section, markdown, report, row_of_ratio
from tests.benchmarks.gpu.rounds import Measurement
from tests.cuda.machine import Machine
from tests.cuda.stand_in import device

__all__ = ["device"]


@pytest.mark.parametrize("threads", [(2,), (2, 4)])
def test_clock_of_the_processor_is_for_one_thread(threads: tuple[int, ...]) -> None:
    """Processor seconds of several threads are not printed, which is said before anything is measured."""
    with pytest.raises(SystemExit, match=r"^--clock processor is for --threads 1$"):
        training.main(training.Arguments(threads=threads, clock="processor"))


@pytest.mark.parametrize("sizes", [MNIST_SIZES, (784, 16, 8, 10)])
def test_our_contestants_train_alike(sizes: tuple[int, ...]) -> None:
    """The compiled loop and the operations one by one give the same losses and weights, to rounding."""
    rng = np.random.default_rng(0)
    samples = Samples.of(rng.integers(0, 256, (64, 784), dtype=np.uint8), rng.integers(0, 10, 64))
    task = Task(sizes=sizes, batch=16)
    order = task.order(64, 6)
    results = []
    for contestant in (ours.Compiled(task, samples, 1), ours.Eager(task, samples)):
        contestant.start()
        results.append([contestant.train(order), *contestant.parameters()])
    for compiled, eager in zip(*results, strict=True):
        np.testing.assert_allclose(compiled, eager, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multiply_adds_of_the_peak(dtype: Any) -> None:
    """A time is one multiply-add, two operations, for each element of 12 or 16 vectors."""
    run, operations = machine.multiply_adds(np.dtype(dtype))
    run(10)
    lanes = target.chosen().lanes(np.dtype(dtype).itemsize)
    assert operations / (2 * lanes) in (12, 16)


# --- the GPU ----------------------------------------------------------------------------------------------------------


def measurement(contestant: str, seconds: list[float], **errors: float) -> Measurement:
    """Return what a contestant of one case took."""
    return Measurement("a case", {}, contestant, Preparation("its way"), errors, seconds)


def test_parts_of_a_run_stand_between_commas() -> None:
    """What is measured is chosen by names with commas between."""
    assert ["step", "map"] == gpu.parts_of("step, map")


def test_unknown_part_of_a_run() -> None:
    """A part that there is not is refused, with those that there are."""
    with pytest.raises(SystemExit) as refused:
        gpu.main(gpu.Arguments(only="step,maps"))
    assert "--only step,maps: there is no 'maps'; choose from step, products, map, accuracy" == refused.value.code


def test_run_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU the run ends with one sentence, which Python prints, and exits with 1."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(backends, "_loaded", {"numpy": backends.get("numpy")})
    monkeypatch.delitem(sys.modules, "shapedmat.backends.cupy", raising=False)
    with pytest.raises(SystemExit) as refused:
        gpu.main(gpu.Arguments())
    assert (
        "there is no GPU to measure: the cupy backend needs the package cupy: "
        "install shapedmat[cuda13] or shapedmat[cuda12]"
    ) == refused.value.code


@pytest.mark.parametrize(
    ("seconds", "error", "value", "verdict"),
    [
        ([2e-5, 4e-5, 9e-5], 0.0, "2.00", "met"),
        ([2e-5, 3e-5, 5e-5], 1e-3, "1.50", "missed"),
        ([2e-5, 4e-5, 9e-5], 2e-3, "results differ by 0.002", "missed"),
        ([2e-5, 4e-5, 9e-5], float("nan"), "results differ by nan", "missed"),
    ],
)
def test_ratio_beside_its_target(seconds: list[float], error: float, value: str, verdict: str) -> None:
    """The median of the ratios within a round meets or misses its target; none is, of results that differ."""
    own = measurement("ours", [1e-5, 2e-5, 4e-5])
    other = measurement("theirs", seconds, losses=error)
    row = row_of_ratio("steps", own, other, "theirs", target=2.0, tolerance=1e-3, told_by="the clock")
    assert (value, "2", verdict) == (row.value, row.wanted, row.verdict)


def test_ratio_of_nothing() -> None:
    """Where a peer was not measured, the target is neither met nor missed."""
    row = row_of_ratio(
        "steps", measurement("ours", [1e-5]), None, "theirs", target=2.0, tolerance=1e-3, told_by="the clock"
    )
    assert ("10.00 µs", "-", "not measured", "") == (row.ours, row.theirs, row.value, row.verdict)


def test_report_of_a_run() -> None:
    """The report names the hardware, has all ratios in one table, and below it what they are made of."""
    row = Row("a step", "10 µs", "theirs", "30 µs", "3.00", "2", True, "the clock")
    found = report({"GPU": "a | b"}, [Section("Steps", [row], [markdown(("", "ours"), [("x", "1")])], [])])
    assert (
        """\
- GPU: a | b

|  | ours | beside | theirs | value | target |  | told by |
| --- | --: | --: | --: | --: | --: | --: | --: |
| a step | 10 µs | theirs | 30 µs | 3.00 | 2 | met | the clock |

**Steps**

|  | ours |
| --- | --: |
| x | 1 |
"""
        == found
    )


def test_numbers_of_a_run_are_kept(tmp_path: Path) -> None:
    """All that was measured can be read from JSON."""
    section = Section("Steps", [], ["| a |"], [measurement("ours", [1e-5], losses=0.0)])
    gpu.save(tmp_path / "gpu.json", {"GPU": "x"}, [section])
    (read,) = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))["sections"]
    assert [1e-5] == read["measurements"][0]["seconds"]


def test_contestant_that_is_not_installed() -> None:
    """It is left out, which is said."""
    lines: list[str] = []
    assert [] == rounds.installed([Contestant("Theirs", "x:y", "no_such_package")], lines.append)
    assert ["Theirs is left out, as no_such_package is not installed"] == lines


def test_contestants_that_fail() -> None:
    """A contestant that cannot compute a case is left out of it, which is said; the others are measured."""
    contestants = [Contestant("ours", "device_ours:maps"), Contestant("broken", "device_ours:no_such_function")]
    cases = maps.cases(samples=50, features=2, side=3, epochs=2, device="cpu")
    lines: list[str] = []
    section = maps.section(cases, device="cpu", rounds=2, patience=1.0, say=lines.append, contestants=contestants)
    assert [("ours", 2, {"quantization error": 0.0})] == [
        (each.contestant, len(each.seconds), each.errors) for each in section.measurements
    ]
    label = cases[0][0]
    attribute = "module 'tests.benchmarks.contest.device_ours' has no attribute 'no_such_function'"
    assert [f"{label}: broken: AttributeError: {attribute}", f"{label}: measured"] == lines
    assert ["not measured"] * 2 == [row.value for row in section.rows]


def test_formulations_that_fail_or_have_no_time(tmp_path: Path) -> None:
    """The fastest formulation that can be run competes; what others say is kept, and who had no time is named."""

    def made(seconds: float, *, fails: bool = False) -> Any:
        def make() -> Any:
            if fails:
                raise ValueError("cannot\nbe run")
            return SimpleNamespace(seconds=lambda: seconds, note=lambda: "noted")

        return make

    def formulations(_case: Any) -> Any:
        yield "broken", made(0.0, fails=True)
        yield "slow", made(2.0)
        yield "late", made(1.0)

    found = device_worker._Turn(formulations, {}, patience=-1.0).preparation
    assert (
        Preparation("slow", "noted", {"slow": 2.0}, {"broken": "ValueError: cannot"}, ["late"])
        == found
        == Preparation(**json.loads(json.dumps(asdict(found))))
    )


def test_contestant_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes too long is ended, which is said, and has a new process for the next case."""
    ((_, case),) = maps.cases(samples=50, features=2, side=3, epochs=1, device="cpu")
    worker = device_worker.Worker(Contestant("ours", "device_ours:maps"), "cpu", patience=1.0)
    try:
        with monkeypatch.context() as impatient:
            impatient.setattr(device_worker, "_PREPARATION_SECONDS", 0.01)
            with pytest.raises(ContestantError, match=r"^ours was ended after 0 seconds$"):
                worker.prepare(case, tmp_path / "results.npz")
        assert "nets.som" == worker.prepare(case, tmp_path / "results.npz").formulation
    finally:
        worker.close()


STEPS: Final = {"batch": 8, "rate": 0.1, "data": "", "images": 16, "epochs": 1}


def losses_of(made: Any) -> Any:
    """Return the losses of the only formulation, and what it notes."""
    ((_, build),) = made
    formulation = build()
    return formulation.results()["losses"], formulation.note()


def test_loop_on_a_device_runs_in_the_way_that_is_asked_for(device: Machine) -> None:
    """Both ways give the losses of the CPU, and each says which it is."""
    expected, _ = losses_of(device_ours.steps({**STEPS, "device": "cpu"}))
    for make, way in ((device_ours.resident_steps, "resident"), (device_ours.launched_steps, "launches")):
        device.launches.clear()
        losses, note = losses_of(make({**STEPS, "device": "cuda"}))
        assert way == note
        assert (way == "resident") == device.launches[-1].cooperative
        np.testing.assert_allclose(expected, losses, rtol=1e-5)


@pytest.mark.parametrize("make", [device_ours.counted_products, device_ours.tf32_products, device_ours.bf16_products])
def test_products_of_a_device_are_within_their_bound(device: Machine, make: Any) -> None:
    """Our kernels, in a graph and one by one, give the product with no more than the stated error."""
    precision: Any = {"tf32_products": "tf32", "bf16_products": "bf16"}.get(make.__name__, "full")
    (_, case), *_ = [each for each in products.cases((16,), device="cuda") if each[0].startswith("w3ᵀ")]
    made = list(make(case))
    assert 2 == len(made)
    for _, build in made:
        results = build().results()
        assert products.judge(case, results, results)["error"] <= products.bound(case, precision)


def test_best_of_cublas_and_ours_is_a_formulation(device: Machine) -> None:
    """What is measured to be the fastest is our kernel or cuBLAS, and is named."""
    (_, case), *_ = products.cases((4,), device="cuda")[2:]
    names = [name for name, _ in device_ours.products(case)]
    assert all(name.startswith(("cuBLAS, ", "tiles of ")) for name in names)


def test_map_on_a_device(device: Machine) -> None:
    """Trained on a device, the map is the one of the CPU."""
    ((_, case),) = maps.cases(samples=60, features=3, side=3, epochs=2, device="cpu")
    expected, found = (device_ours.Map({**case, "device": each}).results() for each in ("cpu", "cuda"))
    assert maps.judge(case, found, expected)["quantization error"] < 1e-6


def test_hardware_is_named(device: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report says which GPU and which CUDA; where nvidia-smi is missing, that."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    found = hardware.describe()
    assert "Stand-in, 4 multiprocessors, compute capability 9.0" == found["GPU"]
    assert ("13.0, driver for 13.0", "not here") == (found["CUDA"], found["nvidia-smi"])


def test_clocks_are_those_of_nvidia_smi(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nvidia-smi says in columns is named."""
    answer = "580.65, 1980 MHz, 1980 MHz, 3201 MHz, 700.00 W\n"
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/nvidia-smi")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: SimpleNamespace(stdout=answer))
    assert (
        "driver 580.65, SM clock 1980 MHz, at most 1980 MHz, memory clock 3201 MHz, power limit 700.00 W"
        == hardware.smi()
    )


@pytest.mark.filterwarnings("ignore")  # those of the peers are not ours to heed
@pytest.mark.parametrize(
    ("package", "module", "function"),
    [
        ("torch", "device_torch", "graph_steps"),
        pytest.param("torch", "device_torch", "compiled_steps", marks=pytest.mark.slow),
        ("jax", "device_jax", "steps"),
    ],
)
def test_peers_take_the_same_steps(package: str, module: str, function: str) -> None:
    """Each formulation of a peer comes, on the CPU, to our losses and weights."""
    pytest.importorskip(package)
    case = {**STEPS, "images": 64, "device": "cpu"}
    expected = device_ours.Loop(case).results()
    make = getattr(importlib.import_module(f"tests.benchmarks.contest.{module}"), function)
    for name, build in make(case):
        errors = steps.judge(case, build().results(), expected)
        assert max(errors.values()) < 1e-6, name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("package", "module"), [("torch", "device_torch"), ("xpysom", "device_xpysom")])
def test_peers_train_the_same_map(package: str, module: str) -> None:
    """Each formulation of a peer comes, on the CPU, to our quantization error."""
    pytest.importorskip(package)
    ((_, case),) = maps.cases(samples=500, features=3, side=4, epochs=3, device="cpu")
    expected = device_ours.Map(case).results()
    for name, build in importlib.import_module(f"tests.benchmarks.contest.{module}").maps(case):
        assert maps.judge(case, build().results(), expected)["quantization error"] < 1e-6, name


def test_step_on_the_cpu_is_within_the_bound_of_accuracy() -> None:
    """Loss and gradients in float32 are within the bound from those in float64."""
    case = {"data": "", "epochs": 1, "batch": 32, "images": 64, "device": "cpu"}
    found = device_accuracy.Accuracy(case).step_errors()
    assert {"device", "cpu"} == {name.split()[0] for name in found}
    assert 0 < max(found.values()) < accuracy.STEP_BOUND
