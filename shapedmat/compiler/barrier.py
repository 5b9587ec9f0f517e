"""The barrier at which the threads of a program wait for one another."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir

from shapedmat.kernels.emission import I32, I64, POINTER, VOID, Emitter
from shapedmat.kernels.target import Target

_SPINS: Final = 2000
"""How often a thread looks whether the others have come before it lets other programs run."""


def wait_function(module: Any, target: Target) -> Any:
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
