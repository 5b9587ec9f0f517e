"""The emulator of CUDA's threads: what kernels can do, and what is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapedmat.kernels.cuda.sources import source
from tests.cuda.emulation import EmulationError, Program, emulated
from tests.cuda.nvrtc import compiled

INCLUDE = '#include "primitives.cuh"\n'
BOTH_ORDERS = pytest.mark.parametrize("backwards", [False, True])


@pytest.fixture(scope="module")
def text() -> str:
    """Return the kernels with the primitives."""
    kernels = Path(__file__).with_name("emulator_kernels.cu").read_text(encoding="utf-8")
    return kernels.replace(INCLUDE, source("primitives.cuh"))


@pytest.fixture(scope="module")
def program(text: str) -> Program:
    """Return the kernels, compiled for the CPU."""
    return emulated(text)


def zeros(*shape: int, dtype: Any = np.int32) -> np.ndarray[Any, np.dtype[Any]]:
    """Return an array of zeros."""
    return np.zeros(shape, dtype)


def test_kernels_are_cuda(text: str) -> None:
    """What the emulator runs here, CUDA's compiler takes without a complaint."""
    assert "" == compiled(text, "sm_80").log


# --- a block ----------------------------------------------------------------------------------------------------------


@BOTH_ORDERS
@pytest.mark.parametrize("threads", [64, 256])
def test_threads_of_a_block_wait_at_barriers(program: Program, threads: int, backwards: bool) -> None:
    """A block adds up in shared memory, which a template has for each of its instances."""
    numbers, sums = np.arange(5 * threads, dtype=np.int32), zeros(5)
    program.launch(f"sum_{threads}", 5, threads, [numbers, sums], backwards=backwards)
    np.testing.assert_array_equal(sums, numbers.reshape(5, threads).sum(axis=1))


def test_missing_barrier_shows_in_one_of_the_orders(text: str) -> None:
    """Without its barrier a kernel is wrong with the threads in the one order or in the other."""
    numbers, program = np.arange(64, dtype=np.int32), emulated(text, ("-DEMULATOR_WITHOUT_BARRIERS",))
    results = [zeros(64), zeros(64)]
    for result, backwards in zip(results, (False, True), strict=True):
        program.launch("reverse", 1, 64, [numbers, result], backwards=backwards)
    assert not all(np.array_equal(result, numbers[::-1]) for result in results)


def test_threads_that_do_not_meet_at_a_barrier_are_an_error(program: Program) -> None:
    """Some threads of a block that end while others wait are counted, with the first of each."""
    with pytest.raises(EmulationError) as raised:
        program.launch("half_at_barrier", 1, 96, [])
    assert (
        "kernel half_at_barrier, block (0, 0): its threads do not meet: "
        "32 in __syncthreads (the first is thread 0), 64 ended (the first is thread 32)" == str(raised.value)
    )


@BOTH_ORDERS
def test_threads_know_their_places(program: Program, backwards: bool) -> None:
    """The indices and the sizes of block and grid are CUDA's, and parameters are pointers, integers and doubles."""
    where = zeros(6, 40)
    program.launch("places", (3, 2), (40,), [where, 10, 2.0], backwards=backwards)
    firsts = [2 * (10 * row + col) + 1 for row in range(2) for col in range(3)]
    np.testing.assert_array_equal(where, np.add.outer(firsts, np.arange(40)))


def test_macros_may_have_names_of_the_emulators(text: str) -> None:
    """A macro is defined for the source alone."""
    where = zeros(32)
    emulated(text, ("-DINNER=7", "--std=c++17")).launch("places", 1, 32, [where, 0, 0.0])
    np.testing.assert_array_equal(where, np.arange(7, 39))


def test_shared_memory_is_not_a_number_before_it_is_written(program: Program) -> None:
    """Each block begins with shared memory that holds nothing of the block before."""
    static, dynamic = zeros(3, dtype=np.float32), zeros(3, dtype=np.float32)
    program.launch("unwritten", 3, 1, [static, dynamic], shared_bytes=8)
    assert np.isnan([static, dynamic]).all()


def test_last_byte_of_shared_memory_can_be_written(program: Program) -> None:
    """Dynamic shared memory has as many bytes as were asked for."""
    program.launch("write_shared", 1, 1, [99], shared_bytes=100)


@pytest.mark.parametrize("place", [100, 1000, -1])
@pytest.mark.parametrize("cooperative", [False, True])
def test_overflow_of_shared_memory_is_an_error(program: Program, place: int, cooperative: bool) -> None:
    """A write outside of dynamic shared memory names the kernel and the bytes."""
    with pytest.raises(EmulationError) as raised:
        program.launch("write_shared", 2, 1, [place], shared_bytes=100, cooperative=cooperative)
    assert "kernel write_shared, block (0, 0): it wrote outside its 100 bytes of dynamic shared memory" == str(
        raised.value
    )


def test_too_little_stack_is_an_error(program: Program) -> None:
    """A thread that needs more stack than it has says so, and the next launch is not spoilt."""
    with pytest.raises(EmulationError) as raised:
        program.launch("large_stack", 1, 1, [zeros(1, dtype=np.int8)])
    assert "kernel large_stack, block (0, 0): a thread needs more stack than the 61440 bytes that it has here" == str(
        raised.value
    )
    program.launch("write_shared", 1, 1, [0], shared_bytes=1)


# --- what C++ does not define -----------------------------------------------------------------------------------------


def test_address_that_is_not_aligned_is_an_error(program: Program) -> None:
    """Four elements are read at once where the first one's place is a multiple of four, and nowhere else."""
    memory, sums = np.arange(24, dtype=np.float32), zeros(1, dtype=np.float32)
    numbers = memory[-memory.ctypes.data % 16 // 4 :]
    program.launch("read_wide", 1, 1, [numbers, sums, 4])
    assert numbers[4:8].sum() == sums[0]
    with pytest.raises(EmulationError, match="an address is not a multiple of what its type is aligned to"):
        program.launch("read_wide", 1, 1, [numbers, sums, 1])


@pytest.mark.parametrize(("row", "col", "index"), [(1, 8, 8), (4, 0, 4), (-1, 7, -1)])
def test_index_outside_of_an_array_is_an_error(program: Program, row: int, col: int, index: int) -> None:
    """An index beyond an axis of static shared memory is named, even if another axis has room for it."""
    with pytest.raises(EmulationError, match=rf"thread 0: index {index} is outside of its array \(kernels\.cu:"):
        program.launch("index_shared", 1, 1, [zeros(1), row, col])


def test_overflow_of_a_signed_integer_is_an_error(program: Program) -> None:
    """A sum of integers that is too large is no wrapped number, in C++ nor in CUDA."""
    with pytest.raises(EmulationError, match="a sum of integers overflows"):
        program.launch("add_integers", 1, 1, [np.array([2**31 - 1], np.int32), 1])


# --- a warp -----------------------------------------------------------------------------------------------------------


@BOTH_ORDERS
def test_lanes_exchange_values(program: Program, backwards: bool) -> None:
    """Each warp shuffles down, across and as chosen, values of 4 and of 8 bytes."""
    numbers = np.random.default_rng(0).standard_normal((2, 32))
    down, crossed, chosen, words = (
        zeros(2, 32, dtype=float),
        zeros(2, 32, dtype=float),
        zeros(2, 32, dtype=float),
        zeros(64),
    )
    program.launch("shuffles", 1, 64, [numbers, down, crossed, chosen, words], backwards=backwards)
    lanes = np.arange(32)
    np.testing.assert_array_equal(down, numbers[:, np.where(lanes < 27, lanes + 5, lanes)])
    np.testing.assert_array_equal(crossed, numbers[:, lanes ^ 6])
    np.testing.assert_array_equal(chosen, numbers[:, lanes * 7 % 32])
    np.testing.assert_array_equal(words, np.repeat([3, 35], 32))


@BOTH_ORDERS
def test_ballot_has_a_bit_for_each_lane(program: Program, backwards: bool) -> None:
    """A ballot's bits are the votes of the warp's lanes."""
    yes, ballots = np.random.default_rng(0).integers(0, 2, (2, 32), np.int32), zeros(2, 32, dtype=np.uint32)
    program.launch("votes", 1, 64, [yes, ballots], backwards=backwards)
    expected = (yes.astype(np.uint64) << np.arange(32, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    np.testing.assert_array_equal(ballots, np.repeat(expected, 32).reshape(2, 32))


def test_barrier_of_a_warp_lets_its_lanes_read_each_other(program: Program) -> None:
    """Lanes read what the others wrote before the barrier, and without it some read too early."""
    numbers = np.arange(32, dtype=np.int32)
    right = []
    for with_barrier in (1, 0):
        results = [zeros(32), zeros(32)]
        for result, backwards in zip(results, (False, True), strict=True):
            program.launch("reverse_in_warp", 1, 32, [numbers, result, with_barrier], backwards=backwards)
        right.append(all(np.array_equal(result, numbers[::-1]) for result in results))
    assert [True, False] == right


def test_lane_missing_in_a_shuffle_is_an_error(program: Program) -> None:
    """A lane that ends while the others of its warp shuffle is named."""
    with pytest.raises(EmulationError) as raised:
        program.launch("lane_missing", 1, 64, [])
    assert (
        "kernel lane_missing, block (0, 0): its threads do not meet: "
        "33 ended (the first is thread 0), 31 in shuffle_down (the first is thread 32)" == str(raised.value)
    )


def test_lanes_in_different_primitives_are_an_error(program: Program) -> None:
    """Lanes of a warp that wait in different primitives are named."""
    with pytest.raises(EmulationError) as raised:
        program.launch("lanes_apart", 1, 32, [])
    assert (
        "kernel lanes_apart, block (0, 0), thread 8: it is in warp_barrier while lane 0 of its warp waits in ballot"
        == str(raised.value)
    )


def test_part_of_a_warp_is_an_error(program: Program) -> None:
    """A warp with fewer than 32 threads cannot do what all lanes do together."""
    with pytest.raises(EmulationError) as raised:
        program.launch("any_warp_barrier", 1, 40, [])
    assert (
        "kernel any_warp_barrier, block (0, 0), thread 32: warp_barrier needs all 32 lanes of the warp, "
        "and the block has 40 threads" == str(raised.value)
    )


# --- tensor cores -----------------------------------------------------------------------------------------------------

# The rows and columns of the elements that lane 4g + t holds ("Matrix Fragments" in the PTX ISA).
G, T = np.divmod(np.arange(32)[:, None], 4)
C_PLACES = (G + np.array([0, 0, 8, 8]), 2 * T + np.array([0, 1, 0, 1]))
TF32_A = (G + np.array([0, 8, 0, 8]), T + np.array([0, 0, 4, 4]))
TF32_B = (T + np.array([0, 4]), G + np.array([0, 0]))
BF16_A = (G + np.array([0, 0, 8, 8, 0, 0, 8, 8]), 2 * T + np.array([0, 1, 0, 1, 8, 9, 8, 9]))
BF16_B = (2 * T + np.array([0, 1, 8, 9]), G + np.array([0, 0, 0, 0]))


def test_tensor_core_multiplies_tf32(program: Program) -> None:
    """The product of fragments is that of the matrices, added to what was there, without the lowest 13 bits."""
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(-8, 9, shape).astype(np.float32) for shape in ((16, 8), (8, 8), (16, 8)))
    fragments = [np.ascontiguousarray(a[TF32_A]).view(np.uint32) | 0x1FFF, np.ascontiguousarray(b[TF32_B]), c[C_PLACES]]
    program.launch("multiply_tf32", 1, 32, fragments)
    np.testing.assert_array_equal(fragments[2], (c + a @ b)[C_PLACES])


def test_tensor_core_multiplies_bf16(program: Program) -> None:
    """The product of fragments, two elements in a word, is that of the matrices, added to what was there."""
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(-8, 9, shape).astype(np.float32) for shape in ((16, 16), (16, 8), (16, 8)))
    pairs = [(x[places].view(np.uint32) >> 16).astype(np.uint16) for x, places in ((a, BF16_A), (b, BF16_B))]
    fragments = [*pairs, c[C_PLACES]]
    program.launch("multiply_bf16", 1, 32, fragments)
    np.testing.assert_array_equal(fragments[2], (c + a @ b)[C_PLACES])


def test_numbers_are_rounded_for_tensor_cores(program: Program) -> None:
    """Ties go away from zero for TF32 and to even for BF16; infinities stay, and NaN stays one."""
    tf32_tie, bf16_tie = 1 + 2.0**-11, 1 + 2.0**-8
    numbers = np.array([1, tf32_tie, -tf32_tie, bf16_tie, 1 + 3 * 2.0**-8, 3.4e38, np.inf, np.nan], np.float32)
    tf32, bf16x2 = zeros(8, dtype=np.uint32), zeros(8, 2, dtype=np.uint16)
    program.launch("round_numbers", 1, 8, [numbers, tf32, bf16x2])
    low, high = ((half.astype(np.uint32) << 16).view(np.float32) for half in np.ascontiguousarray(bf16x2.T))
    up, largest = 1 + 2.0**-10, np.float32(3.4e38)
    nearest = np.round(largest / 2.0**117) * 2.0**117
    np.testing.assert_array_equal(
        tf32.view(np.float32), np.array([1, up, -up, bf16_tie, 1 + 3 * 2.0**-8, nearest, np.inf, np.nan], np.float32)
    )
    expected = np.array([1, 1, -1, 1, 1 + 2.0**-6, np.inf, np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(low, expected)
    np.testing.assert_array_equal(high, -expected)


# --- a grid -----------------------------------------------------------------------------------------------------------


@BOTH_ORDERS
def test_atomic_additions_lose_nothing(program: Program, backwards: bool) -> None:
    """Every thread of the grid adds, and gets another number that was there before."""
    counter, before = np.array([2**32 - 100], np.uint32), zeros(128, dtype=np.uint32)
    falling, wide = np.array([5], np.int32), zeros(1, dtype=np.uint64)
    program.launch("count", 4, 32, [counter, before, falling, wide], backwards=backwards)
    assert (28, 5 - 128, 128 << 40) == (counter[0], falling[0], wide[0])
    np.testing.assert_array_equal(np.sort(before + np.uint32(100)), np.arange(128))


@BOTH_ORDERS
@pytest.mark.parametrize("cooperative", [False, True])
def test_last_block_knows_that_it_is(program: Program, cooperative: bool, backwards: bool) -> None:
    """All threads of one block are told, see what the others wrote, and the ticket is ready for the next launch."""
    numbers, sum_of_all, ticket = np.arange(320, dtype=np.int32), zeros(1), zeros(1, dtype=np.uint32)
    for _ in range(2):
        partial, answers = zeros(5), zeros(5, 64)
        arguments = [numbers, partial, sum_of_all, answers, ticket]
        program.launch("sum_in_parts", 5, 64, arguments, cooperative=cooperative, backwards=backwards)
        assert (numbers.sum(), 0, [0, 0, 0, 0, 64]) == (sum_of_all[0], ticket[0], sorted(answers.sum(axis=1)))


def test_ticket_that_is_not_zero_at_first_is_an_error(program: Program) -> None:
    """A ticket beyond the number of blocks is named."""
    numbers, ticket = np.arange(64, dtype=np.int32), np.array([7], np.uint32)
    with pytest.raises(EmulationError) as raised:
        program.launch("sum_in_parts", 1, 64, [numbers, zeros(1), zeros(1), zeros(64), ticket])
    assert (
        "kernel sum_in_parts, block (0, 0), thread 0: the ticket is 7, and only 1 blocks take one: "
        "it must be 0 at first" == str(raised.value)
    )


@BOTH_ORDERS
def test_blocks_of_a_cooperative_launch_wait_for_one_another(program: Program, backwards: bool) -> None:
    """All blocks are resident at once, each with shared memory of its own."""
    numbers = np.array([1, 5, 9, 2], np.int32)
    arguments = [numbers, zeros(2, dtype=np.uint32), 4]
    program.launch("rotate", 4, 64, arguments, shared_bytes=4, cooperative=True, backwards=backwards)
    np.testing.assert_array_equal(numbers, [5, 9, 2, 1])


@pytest.mark.parametrize(
    ("cooperative", "counter", "blocks", "sentence"),
    [
        (False, 0, 2, "grid_barrier needs a cooperative launch"),
        (True, 0, 3, "grid_barrier was told of 3 blocks, and the grid has 2"),
        (True, 5, 2, "the counter of grid_barrier is 5: it must be 0 at first"),
    ],
)
def test_misused_barrier_of_the_grid_is_an_error(
    program: Program, cooperative: bool, counter: int, blocks: int, sentence: str
) -> None:
    """A barrier of the grid needs a cooperative launch, the number of its blocks, and a counter that is 0."""
    arguments = [zeros(2), np.array([counter, 0], np.uint32), blocks]
    with pytest.raises(EmulationError) as raised:
        program.launch("rotate", 2, 1, arguments, shared_bytes=4, cooperative=cooperative)
    assert f"kernel rotate, block (0, 0), thread 0: {sentence}" == str(raised.value)


def test_block_missing_at_a_barrier_of_the_grid_is_an_error(program: Program) -> None:
    """A block that ends while others wait at a barrier of the grid is noticed."""
    with pytest.raises(EmulationError) as raised:
        program.launch("leave_grid", 3, 32, [zeros(2, dtype=np.uint32)], cooperative=True)
    assert "kernel leave_grid, block (0, 0): it waits in grid_barrier, and other blocks have ended" == str(raised.value)


@BOTH_ORDERS
def test_block_waits_for_memory_that_another_writes(program: Program, backwards: bool) -> None:
    """Blocks that are resident at once see what the others publish."""
    written = zeros(5, dtype=np.int64)
    program.launch("pass_down", 5, 32, [written], cooperative=True, backwards=backwards)
    np.testing.assert_array_equal(written, [5, 4, 3, 2, 1])


def test_waiting_for_a_later_block_is_an_error(program: Program) -> None:
    """Blocks that need not be resident at once must not wait for one another."""
    with pytest.raises(EmulationError) as raised:
        program.launch("pass_down", 5, 32, [zeros(5, dtype=np.int64)])
    assert "kernel pass_down, block (0, 0): its threads wait forever for memory to change" == str(raised.value)


# --- launching --------------------------------------------------------------------------------------------------------


def test_other_fibers_do_the_same(text: str) -> None:
    """Where there is no switch of our own for the processor, fibers are the C library's."""
    program, numbers = emulated(text, ("-DEMULATOR_WITH_UCONTEXT",)), np.array([1, 5, 9, 2], np.int32)
    program.launch("rotate", 4, 64, [numbers, zeros(2, dtype=np.uint32), 4], shared_bytes=4, cooperative=True)
    np.testing.assert_array_equal(numbers, [5, 9, 2, 1])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([1, 2], "kernel places has 3 parameters, not 2"),
        ([1.0, 2, 3.0], "parameter 0 of kernel places is a pointer, not float"),
        ([0, 2.0, 3.0], "parameter 1 of kernel places is a whole number, not float"),
        ([0, 2, 3], "parameter 2 of kernel places is a double, not int"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(program: Program, arguments: list[Any], sentence: str) -> None:
    """Arguments have the number and the kinds of the kernel's parameters."""
    with pytest.raises(TypeError) as raised:
        program.launch("places", 1, 1, arguments)
    assert sentence == str(raised.value)


def test_unknown_kernel_is_refused(program: Program) -> None:
    """A kernel that is not in the source is refused."""
    with pytest.raises(ValueError, match=r"^there is no kernel 'sum' in the source: it has sum_64, sum_256, reverse, "):
        program.launch("sum", 1, 1, [])


@pytest.mark.parametrize(("grid", "block"), [(0, 32), ((1, 2**16), 32), (1, 0), (1, 1025)])
def test_launches_that_cuda_has_not_are_refused(program: Program, grid: int | tuple[int, int], block: int) -> None:
    """A grid or a block without threads, or with more than CUDA's limits, is refused."""
    with pytest.raises(ValueError, match=r"^CUDA launches no grid of .* blocks with .* threads each$"):
        program.launch("any_warp_barrier", grid, block, [])


def test_source_that_does_not_compile_is_refused() -> None:
    """An error in a source comes with the compiler's words and the line."""
    with pytest.raises(
        ValueError, match=r"(?s)^g\+\+ cannot compile the kernels:\n.*kernels\.cu:2:10: error: .missing"
    ):
        emulated('extern "C" __global__ void wrong(int* x) {\n  x[0] = missing;\n}\n')


def test_narrow_parameter_is_refused() -> None:
    """A parameter that has not 8 bytes does not compile."""
    with pytest.raises(ValueError, match="every parameter of a kernel has 8 bytes"):
        emulated('extern "C" __global__ void narrow(int* x, int value) {\n  x[0] = value;\n}\n')
