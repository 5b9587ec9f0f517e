"""The processor: what it is, and what it could do at best."""

from __future__ import annotations

import ctypes
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from llvmlite import ir

from shapedmat.kernels import machine_code, target
from shapedmat.kernels.emission import I64, POINTER, Emitter, element_type, vector_of

_F32: Final = np.dtype(np.float32)
_CACHES: Final = Path("/sys/devices/system/cpu/cpu0/cache")
_SECONDS: Final = 0.02
_ROUNDS: Final = 15
WORKING_SETS: Final = tuple(2**exponent for exponent in range(13, 28))
"""The bytes that are read again and again: 8 KiB to 128 MiB."""


@dataclass(frozen=True)
class Roofline:
    """What one processor does at best.

    Attributes:
        operations: floating-point operations of multiply-adds that need no memory, a second.
        bandwidth: bytes that are read a second, by how many are read again and again.
    """

    operations: float
    bandwidth: dict[int, float]

    def reading(self, working_set: float) -> float:
        """Return the bytes a second at which so many are read again and again, between those that were measured."""
        sizes = sorted(self.bandwidth)
        return float(np.interp(np.log2(working_set), np.log2(sizes), [self.bandwidth[size] for size in sizes]))


def describe() -> dict[str, Any]:
    """Return what there is to know of this machine, and the versions of what is compared."""
    versions = {}
    for package in ("numpy", "llvmlite", "jax", "torch"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    chosen = target.chosen()
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "caches": _caches(),
        "vectors": f"{chosen.cpu}, vectors of {chosen.vector_bytes} bytes",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": versions,
    }


def roofline() -> Roofline:
    """Measure multiply-adds and reading on one processor: the best of some rounds each."""
    return Roofline(_peak(), {size: _bandwidth(size) for size in WORKING_SETS})


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _caches() -> dict[str, str]:
    found = {}
    for folder in sorted(_CACHES.glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = size
    return found


def multiply_adds(dtype: Any) -> tuple[Callable[[int], None], int]:
    """Return independent chains of multiply-adds, to run so many times, and the operations of one time.

    There are as many chains as it takes to hide how long a multiply-add takes.
    """
    chosen = target.chosen()
    element, lanes = element_type(dtype), chosen.lanes(dtype.itemsize)
    chains = 12 if chosen.vector_registers == 16 else 16

    def body(emitter: Emitter, arguments: Any) -> Any:
        times, x = arguments
        factor = emitter.splat(x, lanes)

        def step(_index: Any, sums: list[Any]) -> list[Any]:
            return [emitter.multiply_add(factor, factor, each) for each in sums]

        # Chains that begin alike are alike, and would be computed once.
        first = [emitter.splat(ir.Constant(element, float(chain)), lanes) for chain in range(chains)]
        return _sum(emitter, emitter.fold(I64(0), times, 1, first, step))

    code = _compiled(element, [I64, element], body)
    number = ctypes.c_float if dtype.itemsize == 4 else ctypes.c_double
    function = code.function("run", ctypes.CFUNCTYPE(number, ctypes.c_int64, number))

    def run(times: int) -> None:
        function(times, 1e-3)

    return run, 2 * chains * lanes


def compiled(module: ir.Module) -> machine_code.Code:
    """Compile a module for this processor, and load it."""
    return machine_code.load(machine_code.compile_module(str(module), target.chosen()))


def _compiled(result: Any, arguments: list[Any], body: Callable[[Emitter, Any], Any]) -> machine_code.Code:
    """Compile a function ``run`` that returns the total of the vector that `body` returns."""
    module = ir.Module()
    run = ir.Function(module, ir.FunctionType(result, arguments), "run")
    emitter = Emitter(ir.IRBuilder(run.append_basic_block()), target.chosen())
    emitter.builder.ret(emitter.total(body(emitter, run.args)))
    return compiled(module)


def _sum(emitter: Emitter, vectors: list[Any]) -> Any:
    total = vectors[0]
    for vector in vectors[1:]:
        total = emitter.builder.fadd(total, vector)
    return total


def _best_rate(call: Callable[[int], Any], amount: float) -> float:
    """Return how much a second is done by a call that does so much each time."""
    count, times, taken = 1, 1, 0.0
    while taken < _SECONDS:
        begun = time.process_time()
        call(times)
        taken = time.process_time() - begun
        count, times = times, times * 2
    rates = []
    for _ in range(_ROUNDS):
        begun = time.process_time()  # which does not go on while others have the processor
        call(count)
        rates.append(amount * count / (time.process_time() - begun))
    return statistics.quantiles(rates, n=10)[-1]


def _peak() -> float:
    """Return the operations a second of independent chains of multiply-adds."""
    run, operations = multiply_adds(_F32)
    repeats = 1000
    return _best_rate(lambda times: run(times * repeats), float(operations * repeats))


def _bandwidth(size: int) -> float:
    """Return the bytes a second at which so many, a multiple of 4 KiB, are read again and again."""
    chosen = target.chosen()
    kind = vector_of(element_type(_F32), chosen.lanes(_F32.itemsize))
    memory = np.empty(size + 4096, np.uint8)
    memory.fill(0)  # where nothing was written, all pages are the same one, which fits into every cache
    address = memory.ctypes.data + -memory.ctypes.data % 4096
    unrolled = 8

    def body(emitter: Emitter, arguments: Any) -> Any:
        times, start = arguments

        def step(offset: Any, sums: list[Any]) -> list[Any]:
            places = [emitter.at(start, emitter.add(offset, chosen.vector_bytes * each)) for each in range(unrolled)]
            return [
                emitter.builder.fadd(each, emitter.load(place, kind)) for each, place in zip(sums, places, strict=True)
            ]

        def passage(_index: Any, sums: list[Any]) -> list[Any]:
            return emitter.fold(0, size, unrolled * chosen.vector_bytes, sums, step)

        zeros = [ir.Constant(kind, [0.0] * kind.count)] * unrolled
        return _sum(emitter, emitter.fold(I64(0), times, 1, zeros, passage))

    code = _compiled(element_type(_F32), [I64, POINTER], body)
    function = code.function("run", ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_int64, ctypes.c_void_p))
    return _best_rate(lambda times: function(times, address), float(size))
