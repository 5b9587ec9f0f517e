"""The kernels of batch training on a GPU: compiled for several of them, and emulated against the CPU's code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.som import (
    Bubble,
    Chebyshev,
    Cosine,
    Euclidean,
    Gaussian,
    Manhattan,
    SquaredEuclidean,
    Triangle,
    VarianceGaussian,
    best_matching_units,
)
from nets.som.kernels import cuda
from nets.som.kernels.cuda import Plan, constant
from nets.som.search import distances
from shapedmat import Matrix
from tests.cuda.emulation import Program, emulated
from tests.cuda.nvrtc import ARCHITECTURES, compiled

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
FUNCTIONS = (Gaussian, VarianceGaussian, Bubble, Triangle)

# Each metric, both element types, complete samples and others; features that stay in shared memory and more than that,
# in stages of one depth and with a last one that is not as deep; one neuron, tiles that are full and one that is not.
PLANS = (
    Plan(901, 34, F32, Euclidean, is_complete=True),
    Plan(70, 35, F64, Manhattan, is_complete=False),
    Plan(70, 70, F32, Cosine, is_complete=False),
    Plan(64, 8, F64, Cosine, is_complete=True),
    Plan(1, 1, F32, Chebyshev, is_complete=True),
    Plan(130, 20, F32, SquaredEuclidean, is_complete=False),
    Plan(40, 65, F64, Euclidean, is_complete=True),
    Plan(70, 5, F32, Chebyshev, is_complete=False),
)
EUCLIDEAN, MANHATTAN = PLANS[:2]
KINDS = tuple(
    (metric, is_complete) for metric in (Euclidean, Cosine, Manhattan, Chebyshev) for is_complete in (True, False)
)

each_plan = pytest.mark.parametrize(
    "plan",
    PLANS,
    ids=lambda plan: (
        f"{plan.kind}-{plan.dtype}-{plan.neurons}x{plan.features}" + "-incomplete" * (not plan.is_complete)
    ),
)
both_ways = pytest.mark.parametrize("backwards", [False, True])


@cache
def program(plan: Plan) -> Program:
    """Return the kernels of a plan on the CPU."""
    return emulated(plan.source)


def drawn(plan: Plan, rows: int, seed: int = 0) -> Any:
    """Return random vectors around a point that is not zero, with no feature missing."""
    return (np.random.default_rng(seed).normal(size=(rows, plan.features)) + 2).astype(plan.dtype)


def samples_of(plan: Plan, count: int) -> Any:
    """Return random samples of which, unless they are to be complete, a quarter of the features is missing."""
    x = drawn(plan, count)
    if not plan.is_complete:
        holes = np.random.default_rng(1).random(x.shape) < 0.25
        holes[:, 0] = False
        x[holes] = np.nan
    return x


class Entered:
    """A codebook in the table of entries that the search reads.

    Attributes:
        codebook: of shape (neurons, features).
        centre: a point amid the samples.
    """

    def __init__(self, plan: Plan, codebook: Any, *, backwards: bool = False) -> None:
        self.plan, self.codebook, self.backwards = plan, codebook, backwards
        self.centre = np.full(plan.features, 2 if plan.kind == "EuclideanByProduct" else np.nan, plan.dtype)
        self.table = np.full(plan.padded_neurons * plan.features, np.nan, plan.dtype)
        self.offsets = np.full(plan.padded_neurons, np.nan, plan.dtype)
        threads = constant("CODEBOOK_THREADS")
        grid = cuda.warps_for(plan.padded_neurons, threads)
        self.launch("enter_codebook", grid, threads, [codebook, self.centre, plan.neurons, self.table, self.offsets])

    def launch(self, name: str, grid: Any, threads: int, arguments: list[Any]) -> None:
        """Run a kernel in the emulator."""
        program(self.plan).launch(name, grid, threads, arguments, backwards=self.backwards)

    def units(self, x: Any, order: Any = 0, *, multiprocessors: int = 1) -> Any:
        """Return the best matching units of samples on a GPU with so many multiprocessors, which share the neurons."""
        plan, count = self.plan, len(order) if isinstance(order, np.ndarray) else len(x)
        grid = plan.search_grid(count, multiprocessors)
        best, found = np.full((grid[1], count), np.nan, plan.dtype), np.full((grid[1], count), -1, np.int32)
        tickets, guarded = np.zeros(grid[0], np.uint32), np.full(count + 128, -7, np.int32)
        units = guarded[64:-64]
        self.launch(
            "find_units",
            grid,
            constant("SEARCH_THREADS"),
            [
                *(x, order, count, self.centre, self.table, self.offsets, plan.neurons),
                *(best, found, tickets, units),
            ],
        )
        assert not tickets.any()
        assert (guarded[:64] == -7).all()
        assert (guarded[-64:] == -7).all()
        return units


def partial_sums(
    plan: Plan,
    x: Any,
    units: Any,
    weights: Any,
    *,
    order: Any = 0,
    part_samples: int,
    column_slices: int = 1,
    backwards: bool = False,
) -> Any:
    """Return the sums of each part of the samples by unit, of shape (parts, neurons, columns)."""
    count = len(units)
    parts, unit_slices = -(-count // part_samples), -(-plan.neurons // constant("UNITS_A_BLOCK"))
    partial = np.full((parts, plan.neurons, plan.columns), np.nan)
    program(plan).launch(
        "sum_by_unit",
        (parts, unit_slices * column_slices),
        constant("SUM_THREADS"),
        [x, order, count, weights, units.astype(np.int32), part_samples, plan.neurons, column_slices, partial],
        backwards=backwards,
    )
    return partial


def sums_by_numpy(plan: Plan, x: Any, units: Any, weights: Any) -> Any:
    """Return the sums of samples by unit and their counts, of shape (neurons, columns), as NumPy adds them up."""
    known = ~np.isnan(x)
    counted = np.ones((len(x), 1)) if plan.is_complete else known
    terms = np.concatenate([np.where(known, x, 0), counted], axis=1) * weights[:, None]
    sums = np.zeros((plan.neurons, plan.columns))
    np.add.at(sums, units, terms)
    return sums


# --- best matching units ----------------------------------------------------------------------------------------------


@both_ways
@each_plan
def test_units_are_the_nearest_neurons(plan: Plan, backwards: bool) -> None:
    """The units are those of the CPU, but where two neurons are equally near up to rounding."""
    x, codebook = samples_of(plan, 150), drawn(plan, plan.neurons, seed=9)
    units = Entered(plan, codebook, backwards=backwards).units(x)
    expected = best_matching_units(codebook, x, plan.metric())[0][:, 0]
    apart = distances(codebook.astype(np.float64), x.astype(np.float64), plan.metric())
    rows = np.arange(len(x))
    np.testing.assert_allclose(apart[rows, units], apart[rows, expected], rtol=1e-6 if plan.dtype == F32 else 1e-14)
    assert (units == expected).mean() > 0.98


@both_ways
@each_plan
def test_blocks_that_share_the_neurons_find_the_same_units(plan: Plan, backwards: bool) -> None:
    """The units do not depend on how many blocks look among the neurons."""
    x, entered = samples_of(plan, 150), Entered(plan, drawn(plan, plan.neurons, seed=9), backwards=backwards)
    np.testing.assert_array_equal(entered.units(x), entered.units(x, multiprocessors=132))


@pytest.mark.parametrize("count", [1, 127, 128, 129])
def test_any_number_of_samples(count: int) -> None:
    """The last block has fewer samples than the others, and nothing is written beyond them."""
    x, codebook = samples_of(EUCLIDEAN, count), drawn(EUCLIDEAN, EUCLIDEAN.neurons, seed=9)
    expected = best_matching_units(codebook, x)[0][:, 0]
    np.testing.assert_array_equal(expected, Entered(EUCLIDEAN, codebook).units(x))


@each_plan
def test_some_samples_in_another_order(plan: Plan) -> None:
    """With the numbers of samples, as in a mini-batch, the units are those of these samples."""
    x, entered = samples_of(plan, 200), Entered(plan, drawn(plan, plan.neurons, seed=9))
    order = np.random.default_rng(2).permutation(200)[:140]
    np.testing.assert_array_equal(entered.units(x)[order], entered.units(x, order))


@pytest.mark.parametrize("multiprocessors", [1, 132])
@each_plan
def test_of_equally_near_neurons_the_first_counts(plan: Plan, multiprocessors: int) -> None:
    """Where codebook vectors come again, in the same tile or in another one, no unit is a later one of them."""
    different = max(1, plan.neurons // 3)
    codebook = drawn(plan, plan.neurons, seed=9)
    codebook[different:] = codebook[np.arange(different, plan.neurons) % different]
    units = Entered(plan, codebook).units(samples_of(plan, 150), multiprocessors=multiprocessors)
    assert (units < different).all()


@pytest.mark.parametrize("plan", [EUCLIDEAN, MANHATTAN], ids=lambda plan: plan.kind)
def test_what_is_not_a_number_is_never_nearest(plan: Plan) -> None:
    """A neuron with NaN is passed over, and where all have it, the first one is the unit, as on the CPU."""
    x, codebook = samples_of(plan, 20), drawn(plan, plan.neurons, seed=9)
    codebook[: plan.neurons // 2, 0] = np.nan
    units = Entered(plan, codebook).units(x)
    np.testing.assert_array_equal(best_matching_units(codebook, x, Manhattan())[0][:, 0] >= plan.neurons // 2, True)
    assert (units >= plan.neurons // 2).all()
    codebook[:] = np.nan
    np.testing.assert_array_equal(best_matching_units(codebook, x, Manhattan())[0][:, 0], 0)
    np.testing.assert_array_equal(Entered(plan, codebook).units(x), 0)


@both_ways
@each_plan
def test_distances_are_those_of_the_cpu(plan: Plan, backwards: bool) -> None:
    """How far samples are from neurons, near ones or not."""
    x, codebook = samples_of(plan, 150), drawn(plan, plan.neurons, seed=9)
    units = np.random.default_rng(3).integers(plan.neurons, size=150).astype(np.int32)
    apart, threads = np.full(150, np.nan, plan.dtype), constant("DISTANCE_THREADS")
    arguments = [x, 150, codebook, units, apart]
    program(plan).launch("measure", cuda.warps_for(150, threads), threads, arguments, backwards=backwards)
    expected = distances(codebook.astype(np.float64), x.astype(np.float64), plan.metric())[np.arange(150), units]
    tolerance = 2e-6 if plan.dtype == F32 else 1e-14
    np.testing.assert_allclose(expected, apart, rtol=tolerance, atol=tolerance)


def test_cosines_of_what_has_no_direction_are_one() -> None:
    """A sample or a neuron that is zero is 1 from all others, as on the CPU, and such a neuron scores as one at 90°."""
    plan = next(plan for plan in PLANS if plan.kind == "CosineByProduct")
    x, codebook = samples_of(plan, 20), drawn(plan, plan.neurons, seed=9)
    x[3], codebook[5] = 0, 0
    codebook[:5] *= -1
    codebook[6:] *= -1
    expected, expected_apart = best_matching_units(codebook, x, Cosine())
    units, apart = Entered(plan, codebook).units(x), np.full(20, np.nan)
    np.testing.assert_array_equal(expected[:, 0], units)
    threads = constant("DISTANCE_THREADS")
    program(plan).launch("measure", cuda.warps_for(20, threads), threads, [x, 20, codebook, units.copy(), apart])
    np.testing.assert_allclose(expected_apart[:, 0], apart, rtol=1e-13)


@given(
    neurons=st.integers(1, 140),
    samples=st.integers(1, 140),
    largest=st.integers(0, 3),
    multiprocessors=st.integers(1, 9),
    backwards=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_units_of_whole_numbers_are_exact(
    neurons: int, samples: int, largest: int, multiprocessors: int, backwards: bool, seed: int
) -> None:
    """Of whole numbers, of which many neurons are equally near, the unit is the first of the nearest ones."""
    plan, rng = Plan(neurons, 34, F32, Euclidean, is_complete=True), np.random.default_rng(seed)
    x, codebook = (rng.integers(-largest, largest + 1, (rows, 34)).astype(F32) for rows in (samples, neurons))
    expected = ((x[:, None] - codebook) ** 2).sum(axis=2).argmin(axis=1)
    entered = Entered(plan, codebook, backwards=backwards)
    np.testing.assert_array_equal(expected, entered.units(x, multiprocessors=multiprocessors))


# --- sums -------------------------------------------------------------------------------------------------------------

UNITS: dict[str, Callable[[int, int, np.random.Generator], Any]] = {
    "random": lambda count, neurons, rng: rng.integers(neurons, size=count),
    "one unit": lambda count, neurons, _rng: np.full(count, neurons - 1),
    "mostly one": lambda count, neurons, rng: np.where(rng.random(count) < 0.8, 3, rng.integers(neurons, size=count)),
    "first and last": lambda count, neurons, rng: rng.integers(2, size=count) * (neurons - 1),
    "sorted": lambda count, neurons, rng: np.sort(rng.integers(neurons, size=count)),
}


@both_ways
@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("plan", [EUCLIDEAN, MANHATTAN], ids=lambda plan: plan.kind)
def test_sums_by_unit(plan: Plan, units: str, backwards: bool) -> None:
    """Sums of whole numbers are those of NumPy, in parts too, however the samples are shared among the units."""
    rng = np.random.default_rng(0)
    x = np.where(np.isnan(samples_of(plan, 700)), np.nan, rng.integers(-9, 10, (700, plan.features))).astype(plan.dtype)
    weights, found = rng.integers(0, 4, 700).astype(float), UNITS[units](700, plan.neurons, rng)
    partial = partial_sums(plan, x, found, weights, part_samples=300, backwards=backwards)
    np.testing.assert_array_equal(sums_by_numpy(plan, x, found, weights), partial.sum(axis=0))
    for part, sums in enumerate(partial):
        some = slice(300 * part, 300 * (part + 1))
        np.testing.assert_array_equal(sums_by_numpy(plan, x[some], found[some], weights[some]), sums)


@given(
    neurons=st.integers(1, 600),
    shares=st.lists(st.tuples(st.integers(0, 599), st.integers(1, 90)), min_size=1, max_size=12),
    part_samples=st.integers(1, 400),
    shuffled=st.booleans(),
    backwards=st.booleans(),
)
def test_sums_of_whole_numbers_are_exact(
    neurons: int, shares: list[tuple[int, int]], part_samples: int, shuffled: bool, backwards: bool
) -> None:
    """Whichever units have how many samples, wherever the parts and the runs of warps end, the sums are NumPy's."""
    plan, rng = Plan(neurons, 35, F64, Manhattan, is_complete=False), np.random.default_rng(0)
    found = np.concatenate([np.full(count, unit % neurons) for unit, count in shares])
    if shuffled:
        rng.shuffle(found)
    x = np.where(rng.random((len(found), 35)) < 0.2, np.nan, rng.integers(-9, 10, (len(found), 35)))
    weights = rng.integers(0, 4, len(found)).astype(float)
    partial = partial_sums(plan, x, found, weights, part_samples=part_samples, backwards=backwards)
    np.testing.assert_array_equal(sums_by_numpy(plan, x, found, weights), partial.sum(axis=0))


@pytest.mark.parametrize("units", UNITS)
def test_sums_have_the_same_bits_in_every_order_of_threads(units: str) -> None:
    """Which threads run first, and how many blocks share the columns, changes no bit of a sum."""
    rng = np.random.default_rng(0)
    x, weights, found = samples_of(MANHATTAN, 700), rng.random(700), UNITS[units](700, MANHATTAN.neurons, rng)
    settings: list[dict[str, Any]] = [{}, {"backwards": True}, {"column_slices": 2}]
    first, *others = (partial_sums(MANHATTAN, x, found, weights, part_samples=700, **each) for each in settings)
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_sums_of_more_samples_than_are_sorted_at_a_time() -> None:
    """A part that is sorted in two goes is summed up in both."""
    rng = np.random.default_rng(0)
    count = constant("SORTED") + 900
    x, found = rng.integers(-9, 10, (count, 34)).astype(F32), rng.integers(901, size=count)
    partial = partial_sums(EUCLIDEAN, x, found, np.ones(count), part_samples=count)
    np.testing.assert_array_equal(sums_by_numpy(EUCLIDEAN, x, found, np.ones(count)), partial[0])


@both_ways
def test_sums_of_more_units_than_fit_a_block(backwards: bool) -> None:
    """Blocks share the units of large maps."""
    rng = np.random.default_rng(0)
    plan = Plan(9000, 1, F32, Chebyshev, is_complete=True)
    x, found = rng.integers(-9, 10, (3000, 1)).astype(F32), rng.integers(9000, size=3000)
    partial = partial_sums(plan, x, found, np.ones(3000), part_samples=1500, backwards=backwards)
    np.testing.assert_array_equal(sums_by_numpy(plan, x, found, np.ones(3000)), partial.sum(axis=0))


def test_sums_of_some_samples_in_another_order() -> None:
    """With the numbers of samples the units are of these, and weights of all."""
    rng = np.random.default_rng(0)
    x, weights = rng.integers(-9, 10, (300, 34)).astype(F32), rng.integers(0, 4, 300).astype(float)
    order, found = rng.permutation(300)[:200], rng.integers(901, size=200)
    partial = partial_sums(EUCLIDEAN, x, found, weights, order=order, part_samples=150)
    np.testing.assert_array_equal(sums_by_numpy(EUCLIDEAN, x[order], found, weights[order]), partial.sum(axis=0))


def test_parts_are_added_in_their_order() -> None:
    """The sum of the parts is the one from the first to the last, rounded once to the element type."""
    partial, sums = np.random.default_rng(0).normal(size=(19, 901, 35)), np.full((901, 35), np.nan, F32)
    expected = np.zeros((901, 35))
    for part in partial:
        expected += part
    threads = constant("ADD_THREADS")
    arguments = [partial, 19, sums.size, sums]
    program(EUCLIDEAN).launch("add_parts", cuda.blocks_for(sums.size, threads), threads, arguments)
    np.testing.assert_array_equal(expected.astype(F32), sums)


# --- neighbourhood and codebook ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [F32, F64], ids=str)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_strengths_are_those_of_the_neighbourhood_function(function: Any, dtype: Any) -> None:
    """The kernel computes each function, with 0 for what is near the smallest numbers."""
    apart = (np.random.default_rng(0).random((40, 40)) * 9).astype(dtype)
    apart[3, 4] = 1.3
    limits, strengths = np.finfo(dtype), np.full_like(apart, np.nan)
    least, threads = float(limits.tiny / limits.eps), constant("STRENGTH_THREADS")
    kernels = emulated(cuda.neighbourhood_source(function, dtype))
    kernels.launch(
        "strengthen", cuda.blocks_for(apart.size, threads), threads, [apart, apart.size, 1.3, least, strengths]
    )
    expected = function().strengths(Matrix.from_array(apart), 1.3).numpy()
    np.testing.assert_allclose(expected * (expected > least), strengths, rtol=20 * limits.eps, atol=limits.eps)


@both_ways
@pytest.mark.parametrize("rate", [None, 0.03])
@each_plan
def test_codebook_moves_to_the_averages(plan: Plan, rate: float | None, backwards: bool) -> None:
    """Neurons move to total / count, or by their share of the way; a feature that nothing reaches stays."""
    rng = np.random.default_rng(0)
    codebook, totals = drawn(plan, plan.neurons, seed=9), rng.random((plan.neurons, plan.columns)).astype(plan.dtype)
    totals[:, plan.features :] *= rng.random((plan.neurons, plan.columns - plan.features)) < 0.8
    total, count = totals[:, : plan.features], np.broadcast_to(totals[:, plan.features :], codebook.shape)
    mean = total / np.where(count > 0, count, 1)
    moved = mean if rate is None else codebook - np.expm1(-plan.dtype.type(rate) * count) * (mean - codebook)
    expected = np.where(count > 0, moved, codebook)
    entered = Entered(plan, codebook, backwards=backwards)
    state = [codebook, entered.centre, plan.neurons, entered.table, entered.offsets]
    name, arguments = ("move_to_averages", [totals]) if rate is None else ("move_by_rate", [totals, rate])
    threads = constant("CODEBOOK_THREADS")
    entered.launch(name, cuda.warps_for(plan.neurons, threads), threads, [*arguments, *state])
    np.testing.assert_allclose(
        expected, codebook, rtol=4e-6 if plan.dtype == F32 else 1e-13, atol=1e-6 * (plan.dtype == F32)
    )
    anew = Entered(plan, codebook)
    np.testing.assert_array_equal(anew.table, entered.table)
    np.testing.assert_array_equal(anew.offsets, entered.offsets)


# --- plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [1, 1000, 4097, 480_000, 100_000_000])
@pytest.mark.parametrize("neurons", [1, 900, 5000, 40_000])
@pytest.mark.parametrize("features", [1, 34, 784])
def test_parts_of_the_sums_are_bounded(samples: int, neurons: int, features: int) -> None:
    """No part is empty, and the sums of several parts take no more memory than they may."""
    plan = Plan(neurons, features, F32, Euclidean, is_complete=True)
    part = plan.part_samples(samples)
    (parts, slices), column_slices = plan.sum_grid(samples, 132)
    assert (parts - 1) * part < samples <= parts * part
    assert parts == 1 or parts * neurons * plan.columns * 8 <= 2**28
    assert 1 <= column_slices <= -(-plan.columns // 64)
    assert 0 == slices % column_slices


@pytest.mark.parametrize("multiprocessors", [1, 40, 132])
@pytest.mark.parametrize("samples", [1, 256, 5000, 480_000])
def test_no_block_of_the_search_is_without_neurons(samples: int, multiprocessors: int) -> None:
    """There are no more parts of the neurons than tiles of them, and for many samples there is one."""
    plan = Plan(900, 34, F32, Euclidean, is_complete=True)
    tiles, parts = plan.search_grid(samples, multiprocessors)
    assert -(-samples // 128) == tiles
    assert 1 <= parts <= 15
    assert parts == 1 or parts * tiles <= 3 * multiprocessors


def test_a_number_that_no_source_has_is_unknown() -> None:
    """A name that is none of the sources' is an error."""
    with pytest.raises(KeyError, match=r"^'THREADS'$"):
        constant("THREADS")


# --- the emulator -----------------------------------------------------------------------------------------------------


def test_a_missing_barrier_is_noticed() -> None:
    """Without its barriers the search gives other units, so the tests above would fail."""
    kernels = emulated(MANHATTAN.source, ("-DEMULATOR_WITHOUT_BARRIERS",))
    x, entered = samples_of(MANHATTAN, 150), Entered(MANHATTAN, drawn(MANHATTAN, MANHATTAN.neurons, seed=9))
    units = np.full(150, -1, np.int32)
    state = [entered.centre, entered.table, entered.offsets, MANHATTAN.neurons, 0, 0, 0]
    kernels.launch("find_units", (2, 1), constant("SEARCH_THREADS"), [x, 0, 150, *state, units])
    assert (units != entered.units(x)).any()


# --- compiled ---------------------------------------------------------------------------------------------------------


def assert_compiles(plan: Plan, architecture: Any) -> None:
    """Compile the kernels of a plan: without a complaint, a spilled register, or more than the registers for blocks."""
    report = compiled(plan.source, architecture)
    assert "" == report.log
    assert 7 == len(report.kernels)
    for name, resources in report.kernels.items():
        assert (0, 0) == (resources.spilled_bytes, resources.stack_bytes), name
        assert resources.shared_bytes <= 48 << 10, name


@pytest.mark.parametrize(("number", "kind"), list(enumerate(KINDS)))
def test_kernels_compile_without_a_spill(number: int, kind: Any) -> None:
    """Every metric compiles for a GPU of each kind in turn, for few features and for many."""
    plan = Plan(900, (34, 784)[number % 2], (F32, F64)[number % 5 // 4], kind[0], is_complete=kind[1])
    assert_compiles(plan, ARCHITECTURES[number % 3])


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("features", [1, 9, 34, 64, 65, 784])
@pytest.mark.parametrize("dtype", [F32, F64], ids=str)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_all_kernels_compile_without_a_spill(kind: Any, dtype: Any, features: int, architecture: Any) -> None:
    """Every metric compiles for every GPU, in both element types, for all kinds of stages."""
    assert_compiles(Plan(900, features, dtype, kind[0], is_complete=kind[1]), architecture)


@pytest.mark.parametrize(
    ("function", "dtype", "architecture"), list(zip(FUNCTIONS, cycle((F32, F64)), cycle(ARCHITECTURES), strict=False))
)
def test_strengths_compile_without_a_spill(function: Any, dtype: Any, architecture: Any) -> None:
    """The kernel of each neighbourhood function compiles."""
    report = compiled(cuda.neighbourhood_source(function, dtype), architecture)
    assert ("", 0) == (report.log, report.kernels["strengthen"].spilled_bytes)
