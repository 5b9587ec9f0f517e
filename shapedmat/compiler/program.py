"""The code of a whole program: its groups one after the other, on one thread or several, once or for many mini-batches.

All threads run the same code. A group's work is shared among them, or done by the first alone where it is little, and
before a group that needs what others have computed, or overwrites what others read, all threads wait for one another.

The function takes the address of a block of int64: addresses of memory, and numbers, at the places that `Block` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir

from shapedmat.compiler import passes, products, rearrangements, reductions, vector_products
from shapedmat.compiler.barrier import wait_function
from shapedmat.compiler.carrying import Carried
from shapedmat.compiler.description import describe_group
from shapedmat.compiler.frames import Frame
from shapedmat.compiler.memory import GroupMemory, addresses_of, block_of, in_memory
from shapedmat.compiler.plan import NUMBERS_BYTES, Plan
from shapedmat.compiler.values import Copy, Product, Rearrangement, Reduction, base_of
from shapedmat.kernels.emission import I64, POINTER, VOID, Emitter, Index, constant, element_type
from shapedmat.kernels.target import Target

FUNCTION: Final = "run"


def build(plan: Plan, target: Target) -> str:
    """Return the LLVM text of a plan's program."""
    module = ir.Module("shapedmat")
    functions = _functions(module, plan, target)
    carried = {each.reader: each for each in plan.carried}
    variants = {
        position: [_carried_function(module, plan, target, each, updates=updates) for updates in (False, True)]
        for position, each in carried.items()
    }
    late = [each.update for each in plan.carried]
    wait = wait_function(module, target) if plan.threads > 1 else None
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

    def addresses(position: int, step: Index) -> list[Any]:
        return addresses_of(plan, emitter, block, plan.groups[position], step)

    def call(position: int, step: Any) -> None:
        emitter.builder.call(functions[position], [block, thread, threads, step, *addresses(position, step)])

    def step(number: Any, first: Any) -> None:
        for position in range(len(plan.groups)):
            if position in plan.waits:
                wait_for_others()
            if position in carried:
                before = emitter.subtract(number, 1)
                given = [*addresses(position, number), *addresses(carried[position].update, before)]
                is_first = emitter.builder.icmp_signed("==", number, first)
                function = emitter.builder.select(is_first, *variants[position])
                emitter.builder.call(function, [block, thread, threads, number, *given])
            elif position not in late:
                call(position, number)

    def end(number: Any) -> None:
        for position in late:
            call(position, number)

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


def _functions(module: Any, plan: Plan, target: Target) -> dict[int, Any]:
    """Write the functions of groups, by their positions; groups that are alike but for their addresses share one."""
    readers = {each.reader for each in plan.carried}
    written: dict[str, Any] = {}
    functions = {}
    for position in range(len(plan.groups)):
        if position not in readers:
            description = describe_group(plan, position)
            if description not in written:
                written[description] = _group_function(module, plan, target, position)
            functions[position] = written[description]
    return functions


def _function(module: Any, name: str, addresses: int) -> Any:
    """Begin the function of a group, which is given so many addresses."""
    kind = ir.FunctionType(VOID, [POINTER, I64, I64, I64, *[POINTER] * addresses])
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    return function


def _group_function(module: Any, plan: Plan, target: Target, number: int) -> Any:
    group = plan.groups[number]
    function = _function(module, f"group_{number}", len(in_memory(plan, group)))
    emitter = Emitter(ir.IRBuilder(function.append_basic_block("entry")), target)
    arguments, addresses = function.args[:4], function.args[4:]
    block, thread, threads, _ = arguments
    own = numbers = None  # the thread's own memory, of which the last part is for numbers
    if number in plan.tilings:
        start = emitter.load(emitter.at(block, 8 * block_of(plan).memory), POINTER)
        own = emitter.at(start, emitter.multiply(thread, plan.memory_bytes))
        numbers = emitter.at(own, plan.memory_bytes - NUMBERS_BYTES)
    memory = GroupMemory(plan, group, arguments, addresses)
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
    reader, update = plan.groups[carried.reader], plan.groups[carried.update]
    assert isinstance(reader.root, Product)
    counts = [len(in_memory(plan, each)) for each in (reader, update)]
    name = f"group_{carried.reader}{'_with' if updates else '_without'}_update"
    function = _function(module, name, sum(counts))
    emitter = Emitter(ir.IRBuilder(function.append_basic_block("entry")), target)
    arguments, now, before = function.args[:4], function.args[4 : 4 + counts[0]], function.args[4 + counts[0] :]
    memory = GroupMemory(plan, reader, arguments, now)
    earlier = GroupMemory(plan, update, [*arguments[:3], emitter.subtract(arguments[3], 1)], before)
    # The result is the only row of one frame, and the rows of the other are contiguous.
    frame = Frame(emitter, memory, reader, flip=base_of(reader.root.a) is carried.target)
    lines = Frame(emitter, earlier, update, flip=plan.storage.layout(carried.target).column != 1)
    frame.prepare()
    if updates:
        lines.prepare()
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
