"""The whole source of a plan: its groups, its phases, and the kernels that run them.

There are two ways to run a program, of which the faster one is found by trying both. Either each phase is a kernel
``phase_0``, ``phase_1`` and so on, with a block for each part of its work, and launches follow one another; or one
kernel ``program``, whose blocks stay, runs all phases of all steps, and all blocks wait for one another in between.

A program for many mini-batches runs the steps from one number to before another. It ends behind a step whose loss is
not a finite number: what has not been computed is NaN at first, so that no later step begins, either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shapedmat.compiler.cuda.costs import THREADS
from shapedmat.compiler.cuda.groups import GroupCode, GroupWriter, block, indented
from shapedmat.compiler.cuda.memory import Memory
from shapedmat.compiler.cuda.phases import Strand
from shapedmat.compiler.cuda.plan import DevicePlan
from shapedmat.compiler.storage import aligned
from shapedmat.kernels.cuda.sources import source

_INCLUDED: Final = ("product.cuh", "operations.cuh", "reductions.cuh")


@dataclass(frozen=True)
class Program:
    """The source of a plan, and what its kernels need.

    Attributes:
        launched: CUDA C++ that includes nothing, with a kernel for each phase, and `ADVANCE`.
        resident: the same with the kernel `PROGRAM`.
        items: the number of blocks of each phase.
        shared_bytes: the shared memory of a block.
        arena_bytes: the size of the arena.
        tickets: the number of tickets, which are zero at first.
    """

    launched: str
    resident: str
    items: tuple[int, ...]
    shared_bytes: int
    arena_bytes: int
    tickets: int


def phase_name(number: int) -> str:
    """Return the name of the kernel that runs a phase."""
    return f"phase_{number}"


PROGRAM: Final = "program"
"""The name of the kernel that runs all phases."""


ADVANCE: Final = "advance"
"""The name of the kernel that goes on to later steps, by one thread."""


def write_program(plan: DevicePlan) -> Program:
    """Return the program of a plan."""
    return _Writer(plan).program()


class _Writer:
    def __init__(self, plan: DevicePlan) -> None:
        self.plan = plan
        self.memory = Memory(plan)
        self.tickets = 0
        self.arena_bytes = plan.storage.arena_bytes
        self.shared_bytes = 0

    def program(self) -> Program:
        phases, items = [], []
        fields = list(self.memory.fields())
        for phase in self.plan.phases:
            strands = [self._strand(strand) for strand in phase.strands]
            # Without this the compiler cannot tell where the pointers of a function's parameter lead to.
            known = [f"shapedmat::assume_global(memory.{name});" for kind, name in fields if kind.endswith("*")]
            phases.append(block([*known, _chosen(strands)]))
            items.append(sum(count for _, count in strands))
        launched = [self._phase_kernel(number, fields) for number in range(len(phases))]
        launched += [_ADVANCE_KERNEL] if self.plan.has_steps else []
        return Program(
            self._source(fields, phases, "__forceinline__", launched),
            # Functions of their own need fewer registers than one that knows the addresses of all phases at once.
            self._source(fields, phases, "__noinline__", [self._program_kernel(items, fields)]),
            tuple(items),
            self.shared_bytes,
            self.arena_bytes,
            self.tickets,
        )

    def _source(
        self, fields: Sequence[tuple[str, str]], phases: Sequence[str], attribute: str, kernels: Sequence[str]
    ) -> str:
        """Return a source with a function for each phase, and some kernels."""
        parts = [
            source(*_INCLUDED),
            "namespace {",
            f"constexpr int THREADS = {THREADS};",
            "template <typename T> __device__ constexpr T smaller(T a, T b) { return a < b ? a : b; }",
            *(
                f"__device__ const int {name}[] = {{{', '.join(map(str, numbers))}}};"
                for numbers, name in self.memory.tables.items()
            ),
            f"struct Memory {block([f'{kind} {name};' for kind, name in fields])};",
            *(f"__device__ {attribute} void {_head(number)} {text}" for number, text in enumerate(phases)),
            self._may_begin(),
            "}  // namespace",
        ]
        return "\n\n".join([*parts, *kernels])

    # --- phases -------------------------------------------------------------------------------------------------------

    def _strand(self, strand: Strand) -> tuple[str, int]:
        """Return the statements of a strand's part `item`, and how many parts there are."""
        codes = [self._group(strand, index) for index in range(len(strand.groups))]
        if strand.is_alone:
            return codes[0].statements, codes[0].items
        lines = []
        if strand.extent:
            lines.append(f"const int first = item * {strand.width};")
            lines.append(f"const int last = smaller(first + {strand.width}, {strand.extent});")
        for index, code in enumerate(codes):
            lines += (["__syncthreads();"] if index else []) + [code.statements]
        return block(lines), strand.items

    def _group(self, strand: Strand, index: int) -> GroupCode:
        group, axis = strand.groups[index]
        writer = GroupWriter(self.memory, group, axis, strand, tickets=self.tickets, scratch=aligned(self.arena_bytes))
        code = writer.code()
        self.tickets += code.tickets
        self.arena_bytes = aligned(self.arena_bytes) + code.scratch_bytes
        self.shared_bytes = max(self.shared_bytes, code.shared_bytes)
        return code

    # --- kernels ------------------------------------------------------------------------------------------------------

    def _may_begin(self) -> str:
        if not self.plan.stops:
            return ""
        body = [
            "if (step == 0) return true;",
            "const double loss = memory.result_0[step - 1];",
            "return loss - loss == 0;",
        ]
        return f"__device__ __forceinline__ bool may_begin(const Memory& memory, long long step) {block(body)}"

    def _phase_kernel(self, number: int, fields: Sequence[tuple[str, str]]) -> str:
        lines = [_memory(fields)]
        if self.plan.has_steps:
            lines += [
                "const long long step = steps[0] + offset;",
                f"if (step >= steps[1]{' || !may_begin(memory, step)' if self.plan.stops else ''}) return;",
            ]
        else:
            lines.append("[[maybe_unused]] const long long step = 0;")
        lines.append(f"run_phase_{number}(memory, step, blockIdx.x, shapedmat::shared_memory());")
        further = ["const long long* steps", "long long offset"] if self.plan.has_steps else []
        return _kernel(phase_name(number), fields, further, lines)

    def _program_kernel(self, items: Sequence[int], fields: Sequence[tuple[str, str]]) -> str:
        barrier = "shapedmat::grid_barrier(barrier, gridDim.x);"
        phases = []
        for number, count in enumerate(items):
            # A block may have several parts, of which each uses the same shared memory.
            loop = (
                f"for (int item = blockIdx.x; item < {count}; item += gridDim.x) {{\n"
                f"  run_phase_{number}(memory, step, item, shared);\n  __syncthreads();\n}}"
            )
            phases += [loop, barrier] if number + 1 < len(items) or self.plan.has_steps else [loop]
        lines = [_memory(fields), "[[maybe_unused]] char* const shared = shapedmat::shared_memory();"]
        if self.plan.has_steps:
            body = indented([*(["if (!may_begin(memory, step)) break;"] if self.plan.stops else []), *phases])
            lines.append(f"for (long long step = steps[0]; step < steps[1]; ++step) {{\n{body}\n}}")
        else:
            lines += ["[[maybe_unused]] const long long step = 0;", *phases]
        further = ["[[maybe_unused]] unsigned* barrier", *(["const long long* steps"] if self.plan.has_steps else [])]
        return _kernel(PROGRAM, fields, further, lines)


_ADVANCE_KERNEL: Final = (
    f'extern "C" __global__ void {ADVANCE}(long long* steps, long long count) {block(["steps[0] += count;"])}'
)


def _chosen(strands: Sequence[tuple[str, int]]) -> str:
    """Return the body of a phase: a block's number says which part of which strand it does."""
    lines: list[str] = []
    for index, (statements, items) in enumerate(strands):
        if index + 1 == len(strands):
            lines.append(statements)
        else:
            lines += [f"if (item < {items}) {{\n{indented([statements])}\n  return;\n}}", f"item -= {items};"]
    return block(lines)


def _head(number: int) -> str:
    """Return the beginning of the function of a phase."""
    parameters = ["const Memory memory", *(f"[[maybe_unused]] {each}" for each in ("long long step", "int item"))]
    return f"run_phase_{number}({', '.join(parameters)}, [[maybe_unused]] char* shared)"


def _memory(fields: Sequence[tuple[str, str]]) -> str:
    return f"[[maybe_unused]] const Memory memory = {{{', '.join(name for _, name in fields)}}};"


def _kernel(name: str, fields: Sequence[tuple[str, str]], further: Sequence[str], lines: Sequence[str]) -> str:
    parameters = ", ".join([*(f"{kind} {field}" for kind, field in fields), *further])
    return f'extern "C" __global__ void __launch_bounds__({THREADS}, 1) {name}({parameters}) {block(lines)}'
