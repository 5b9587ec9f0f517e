"""The code of a whole program: its groups one after the other, on one thread or several, once or for many mini-batches.

All threads run the same code. A group's work is shared among them, or done by the first alone where it is little, and
before a group that needs what others have computed, or overwrites what others read, all threads wait for one another.

The function takes the address of a block of int64: addresses of memory, and numbers, at the places that `Block` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from llvmlite import ir

from shapedmat.compiler import passes, products, rearrangements, reductions, vector_products
from shapedmat.compiler.carrying import Carried
from shapedmat.compiler.frames import NUMBERS_BYTES, Frame
from shapedmat.compiler.fusion import Group
from shapedmat.compiler.layouts import Layout
from shapedmat.compiler.plan import Plan
from shapedmat.compiler.values import Copy, Input, Product, Rearrangement, Reduction, Value, base_of
from shapedmat.kernels.emission import I32, I64, POINTER, VOID, Emitter, Index, constant, element_type
from shapedmat.kernels.target import Target

FUNCTION: Final = "run"
_ROWS_AHEAD: Final = 16
"""A row of a data set is fetched while so many before it are converted: memory takes that long to answer."""
_LINE: Final = 64
_SPINS: Final = 2000
"""How often a thread looks whether the others have come before it lets other programs run."""


@dataclass(frozen=True)
class Block:
    """The places of what a program is given.

    Attributes:
        inputs: the number of inputs, whose addresses come first.
        results: the number of results, whose addresses follow.
        constants: the number of constants, whose addresses follow.
        orders: the number of orders of rows, whose addresses come last: an int64 for each row of all mini-batches.
    """

    inputs: int
    results: int
    constants: int
    orders: int

    @property
    def arena(self) -> int:
        """The place of the arena's address."""
        return self.inputs + self.results + self.constants

    @property
    def waiting(self) -> int:
        """The place of the address of two int32 at which threads wait: how many have come, and how often all have."""
        return self.arena + 1

    @property
    def first_step(self) -> int:
        """The place of the number of the first step."""
        return self.arena + 2

    @property
    def last_step(self) -> int:
        """The place of the number behind that of the last step."""
        return self.arena + 3

    @property
    def memory(self) -> int:
        """The place of the address of the threads' own memory."""
        return self.arena + 4

    @property
    def steps_done(self) -> int:
        """The place where the program puts the number behind that of the last step that it has done."""
        return self.arena + 5

    @property
    def order(self) -> int:
        """The place of the address of the first order."""
        return self.arena + 6

    @property
    def size(self) -> int:
        """How many places there are."""
        return self.order + self.orders


def block_of(plan: Plan) -> Block:
    """Return the places of what a plan's program is given."""
    return Block(len(plan.inputs), len(plan.results), len(plan.constants), plan.orders)


@dataclass(eq=False)
class _Memory:
    """Where the values of a group are while its function is written: all addresses are read from the block."""

    plan: Plan
    block: Any
    step: Any
    tables: dict[tuple[int, ...], Any] = field(default_factory=dict)
    _addresses: dict[Any, Any] = field(default_factory=dict)

    def layout(self, value: Value) -> Layout:
        return self.plan.storage.layout(value)

    def address(self, emitter: Emitter, value: Value) -> Any:
        place = self.plan.storage.place(value)
        block = block_of(self.plan)
        index = {
            "input": place.index,
            "result": block.inputs + place.index,
            "constant": block.inputs + block.results + place.index,
            "arena": block.arena,
        }[place.kind]
        key = index, place.start, base_of(value).number if self._advances(value) else None
        if key not in self._addresses:
            slot = emitter.at(self.block, 8 * index)
            address = emitter.at(emitter.load(slot, POINTER), place.start)
            if self._advances(value):
                address = emitter.at(address, emitter.multiply(self.step, base_of(value).bytes))
            elif base_of(value).number in self.plan.storage.doubled:
                is_odd = emitter.builder.and_(self.step, I64(1))
                distance = self.plan.storage.doubled[base_of(value).number]
                address = emitter.at(address, emitter.multiply(is_odd, distance))
            self._addresses[key] = address
        return self._addresses[key]

    def _advances(self, value: Value) -> bool:
        """Whether there is one matrix for each step, behind one another."""
        base = base_of(value)
        if isinstance(base, Input):
            return base.place in self.plan.stepped
        place = self.plan.storage.place(value)
        return self.plan.has_steps and place.kind == "result"

    def is_gathered(self, value: Value) -> bool:
        base = base_of(value)
        return isinstance(base, Input) and base.place in self.plan.gathered

    def row_address(self, emitter: Emitter, value: Value, row: Index) -> Any:
        base = base_of(value)
        assert isinstance(base, Input)
        return self._gathered_address(emitter, base, emitter.add(emitter.multiply(self.step, base.shape[0]), row))

    def _gathered_address(self, emitter: Emitter, base: Input, place: Index) -> Any:
        """Return the address of the row that stands at a place of the order."""
        rows = self.plan.gathered[base.place]
        order = emitter.load(emitter.at(self.block, 8 * (block_of(self.plan).order + rows.order)), POINTER)
        number = emitter.load(emitter.at(order, emitter.multiply(place, 8)), I64)
        start = emitter.load(emitter.at(self.block, 8 * base.place), POINTER)
        return emitter.at(start, emitter.multiply(number, rows.stride * base.dtype.itemsize))

    def prefetch(self, emitter: Emitter, row: Index, read: Sequence[Value]) -> None:
        """Fetch rows of the data sets into the cache: some that are read soon, and those that the mini-batch needs."""
        inputs = [each for each in self.plan.inputs if each.place in self.plan.gathered]
        is_read = {base_of(value).number for value in read}
        for base in inputs:
            rows = base.shape[0]
            ahead = _ROWS_AHEAD if base.number in is_read else 0
            place = emitter.add(emitter.add(emitter.multiply(self.step, rows), row), ahead)
            last_step = emitter.load(emitter.at(self.block, 8 * block_of(self.plan).last_step), I64)
            last = emitter.subtract(emitter.multiply(last_step, rows), 1)
            address = self._gathered_address(emitter, base, emitter.smaller(place, last))
            bytes_of_row = base.shape[1] * self.layout(base).column * base.dtype.itemsize
            for start in range(0, bytes_of_row + _LINE, _LINE):
                emitter.prefetch(emitter.at(address, min(start, max(0, bytes_of_row - 1))))

    def is_inlined(self, value: Value) -> bool:
        return value.number in self.plan.fusion.inlined

    def table(self, emitter: Emitter, places: tuple[int, ...]) -> Any:
        if places not in self.tables:
            module = emitter.builder.module
            kind = ir.ArrayType(I64, len(places))
            table: Any = ir.GlobalVariable(module, kind, f"table_{len(module.globals)}")
            table.linkage, table.global_constant = "internal", True
            table.initializer = ir.Constant(kind, list(places))
            self.tables[places] = table
        return self.tables[places]


def build(plan: Plan, target: Target) -> str:
    """Return the LLVM text of a plan's program."""
    module = ir.Module("shapedmat")
    readers = {each.reader for each in plan.carried}
    functions = [
        None if number in readers else _group_function(module, plan, target, number, group)
        for number, group in enumerate(plan.groups)
    ]
    wait = _wait_function(module, target) if plan.threads > 1 else None
    kind = ir.FunctionType(VOID, [POINTER, I64, I64])
    run = ir.Function(module, kind, FUNCTION)
    emitter = Emitter(ir.IRBuilder(run.append_basic_block("entry")), target)
    block, thread, threads = run.args
    places = block_of(plan)

    def wait_for_others() -> None:
        if wait is not None:
            waiting = emitter.load(emitter.at(block, 8 * places.waiting), POINTER)
            with emitter.when(emitter.builder.icmp_signed(">", threads, I64(1))):
                emitter.builder.call(wait, [waiting, threads])

    carried = {
        each.reader: [_carried_function(module, plan, target, each, updates=updates) for updates in (False, True)]
        for each in plan.carried
    }
    late = [each.update for each in plan.carried]

    def step(number: Any, first: Any) -> None:
        for position in range(len(plan.groups)):
            if position in plan.waits:
                wait_for_others()
            function = functions[position]
            if position in carried:
                is_first = emitter.builder.icmp_signed("==", number, first)
                function = emitter.builder.select(is_first, *carried[position])
            if position not in late:
                emitter.builder.call(function, [block, thread, threads, number])

    def end(number: Any) -> None:
        for position in late:
            emitter.builder.call(functions[position], [block, thread, threads, number])

    if plan.has_steps:
        _emit_steps(emitter, plan, block, step, wait_for_others, end)
    else:
        step(I64(0), I64(0))
    emitter.builder.ret_void()
    return str(module)


def _emit_steps(
    emitter: Emitter,
    plan: Plan,
    block: Any,
    step: Callable[[Any, Any], None],
    wait_for_others: Callable[[], None],
    end_with: Callable[[Any], None],
) -> None:
    """Write the loop over mini-batches, and put the number of those that were done into the block.

    Args:
        emitter: where the code goes on.
        plan: the plan.
        block: the address of the block.
        step: writes a step, given its number and the first one's.
        wait_for_others: writes that threads wait for one another.
        end_with: writes what is done behind the last step, given its number.
    """
    builder, places = emitter.builder, block_of(plan)
    first, last = (emitter.load(emitter.at(block, 8 * place), I64) for place in (places.first_step, places.last_step))
    entry = builder.block
    loop, behind, end = (builder.append_basic_block(name) for name in ("step", "behind", "stepped"))
    builder.cbranch(builder.icmp_signed("<", first, last), loop, end)
    builder.position_at_end(loop)
    number = builder.phi(I64)
    step(number, first)
    wait_for_others()
    following = builder.add(number, I64(1))
    goes_on = builder.icmp_signed("<", following, last)
    if plan.stops:
        place = plan.storage.place(plan.results[0])
        kind = element_type(plan.results[0].dtype)
        losses = emitter.load(emitter.at(block, 8 * (places.inputs + place.index)), POINTER)
        loss = emitter.load(emitter.at(losses, emitter.multiply(number, plan.results[0].bytes)), kind)
        # The difference of an infinity, or of NaN, from itself is NaN.
        is_finite = builder.fcmp_ordered("==", builder.fsub(loss, loss), constant(kind, 0))
        goes_on = builder.and_(goes_on, is_finite)
    builder.cbranch(goes_on, loop, behind)
    number.add_incoming(first, entry)
    number.add_incoming(following, builder.block)
    builder.position_at_end(behind)
    end_with(number)
    last_block = builder.block
    builder.branch(end)
    builder.position_at_end(end)
    done = builder.phi(I64)
    done.add_incoming(first, entry)
    done.add_incoming(following, last_block)
    emitter.store(done, emitter.at(block, 8 * places.steps_done))


def _group_function(module: Any, plan: Plan, target: Target, number: int, group: Group) -> Any:
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER, I64, I64, I64]), f"group_{number}")
    function.linkage = "internal"
    function.attributes.add("noinline")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block("entry")), target)
    block, thread, threads, step = function.args
    own = numbers = None  # the thread's own memory, of which the last part is for numbers
    if number in plan.tilings:
        start = emitter.load(emitter.at(block, 8 * block_of(plan).memory), POINTER)
        own = emitter.at(start, emitter.multiply(thread, plan.memory_bytes))
        numbers = emitter.at(own, plan.memory_bytes - NUMBERS_BYTES)
    memory = _Memory(plan, block, step)
    frame = Frame(emitter, memory, group, flip=plan.layouts.is_flipped(group), numbers=numbers)
    if not all(frame.group.domain):
        emitter.builder.ret_void()
        return function
    frame.prepare()
    body, end = function.append_basic_block("work"), function.append_basic_block("done")
    is_shared = plan.threads > 1 and number in plan.shared

    def share(units: int) -> tuple[Index, Index]:
        if not is_shared:
            return 0, units
        first = emitter.divide(emitter.multiply(thread, units), threads)
        return first, emitter.divide(emitter.multiply(emitter.add(thread, 1), units), threads)

    if plan.threads > 1 and not is_shared:
        emitter.builder.cbranch(emitter.builder.icmp_signed("==", thread, I64(0)), body, end)
    else:
        emitter.builder.branch(body)
    emitter.builder.position_at_end(body)
    if number in plan.tilings:
        products.emit_product_group(
            frame,
            share,
            *plan.tilings[number],
            threads=plan.threads,
            memory=own,
            product_bytes=plan.product_bytes,
        )
    else:
        _emit(frame, share)
    emitter.builder.branch(end)
    emitter.builder.position_at_end(end)
    emitter.builder.ret_void()
    return function


def _carried_function(module: Any, plan: Plan, target: Target, carried: Carried, *, updates: bool) -> Any:
    """Write the function of a product, which updates its matrix on the way by the numbers of the step before."""
    name = f"group_{carried.reader}{'_with' if updates else '_without'}_update"
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER, I64, I64, I64]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    emitter = Emitter(ir.IRBuilder(function.append_basic_block("entry")), target)
    block, _, _, step = function.args
    reader, update = plan.groups[carried.reader], plan.groups[carried.update]
    assert isinstance(reader.root, Product)
    before = emitter.subtract(step, 1)
    # The result is the only row of one frame, and the rows of the other are contiguous.
    frame = Frame(emitter, _Memory(plan, block, step), reader, flip=base_of(reader.root.a) is carried.target)
    by_columns = plan.storage.layout(carried.target).column != 1
    lines = Frame(emitter, _Memory(plan, block, before), update, flip=by_columns)
    frame.prepare()
    if updates:
        lines.prepare()
    else:
        lines.address(carried.target)
    vector_products.emit_vector_product(frame, lines, carried, updates=updates)
    emitter.builder.ret_void()
    return function


def _emit(frame: Frame, share: Callable[[int], tuple[Index, Index]]) -> None:
    root = frame.group.root
    if isinstance(root, Reduction):
        reductions.emit_reduction(frame, share)
    elif isinstance(root, (Rearrangement, Copy)):
        rearrangements.emit_rearrangement(frame, share)
    else:
        passes.emit_pass(frame, share)


def _wait_function(module: Any, target: Target) -> Any:
    """Write a barrier: threads count themselves, and the last one lets all go on (a sense-reversing barrier)."""
    function = ir.Function(module, ir.FunctionType(VOID, [POINTER, I64]), "wait")
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    emitter = Emitter(builder, target)
    arrived, threads = function.args
    round_address = emitter.at(arrived, 64)  # in a cache line of its own
    number = builder.load_atomic(round_address, "acquire", 4, typ=I32)
    before = builder.atomic_rmw("add", arrived, I32(1), "acq_rel")
    last, others = function.append_basic_block("last"), function.append_basic_block("others")
    look, rest, again, end = (function.append_basic_block(name) for name in ("look", "rest", "again", "end"))
    builder.cbranch(builder.icmp_signed("==", builder.add(before, I32(1)), builder.trunc(threads, I32)), last, others)
    builder.position_at_end(last)
    builder.atomic_rmw("xchg", arrived, I32(0), "monotonic")
    builder.atomic_rmw("add", round_address, I32(1), "release")
    builder.branch(end)
    builder.position_at_end(others)
    builder.branch(look)
    builder.position_at_end(look)
    looks = builder.phi(I64)
    looks.add_incoming(I64(0), others)
    now = builder.load_atomic(round_address, "acquire", 4, typ=I32)
    builder.cbranch(builder.icmp_signed("==", now, number), rest, end)
    builder.position_at_end(rest)
    pause = {"x86": "llvm.x86.sse2.pause"}.get(_family(target))
    if pause:
        emitter.call(pause, VOID, [], [])
    following = builder.add(looks, I64(1))
    looks.add_incoming(following, again)
    builder.cbranch(builder.icmp_signed(">", following, I64(_SPINS)), _yielding(emitter, function, again), again)
    builder.position_at_end(again)
    builder.branch(look)
    builder.position_at_end(end)
    builder.ret_void()
    return function


def _yielding(emitter: Emitter, function: Any, again: Any) -> Any:
    """Write the block that lets another program run on the processor."""
    block = function.append_basic_block("yield")
    place = emitter.builder.block
    emitter.builder.position_at_end(block)
    emitter.call("sched_yield", I32, [], [])
    emitter.builder.branch(again)
    emitter.builder.position_at_end(place)
    return block


def _family(target: Target) -> str:
    return "x86" if target.is_x86 else "arm"
