"""CuPy's kernels of one's own, which run in the emulator."""

from __future__ import annotations

import re
import warnings
import weakref
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from shapedmat.kernels.cuda.operations import ELEMENT_TYPES
from tests.cuda.device_array import DeviceArray, wrapped
from tests.cuda.emulation import emulated
from tests.cuda.machine import (
    SHARED_BYTES,
    STATIC_SHARED_BYTES,
    CUDADriverError,
    HostArray,
    Launch,
    Machine,
)


class CompileException(Exception):
    """What CuPy raises where a source cannot be compiled."""

    def __init__(self, msg: str, source: str = "", name: str = "", options: tuple[str, ...] = ()) -> None:
        super().__init__(msg)
        self.source, self.name, self.options = source, name, options

    def get_message(self) -> str:
        return str(self)


class RawModule:
    """A source with kernels."""

    def __init__(
        self,
        machine: Machine,
        *,
        code: str,
        options: tuple[str, ...] = (),
        backend: str = "nvrtc",
        enable_cooperative_groups: bool = False,
    ) -> None:
        self._machine = machine
        self.code, self.options, self.enable_cooperative_groups = code, options, enable_cooperative_groups

    def get_function(self, name: str) -> RawKernel:
        return RawKernel(
            self._machine,
            self.code,
            name,
            self.options,
            enable_cooperative_groups=self.enable_cooperative_groups,
        )

    def compile(self, log_stream: Any = None) -> None:
        _compiled(self.code, self.options)


class RawKernel:
    """A kernel of a source: it runs in the emulator, within the limits that CUDA has for a launch."""

    def __init__(
        self,
        machine: Machine,
        code: str,
        name: str,
        options: tuple[str, ...] = (),
        backend: str = "nvrtc",
        *,
        enable_cooperative_groups: bool = False,
    ) -> None:
        if not isinstance(options, tuple):
            raise TypeError(f"options must be a tuple, not {type(options).__name__}")
        self._machine = machine
        self.code, self.name, self.options = code, name, options
        self.enable_cooperative_groups = enable_cooperative_groups
        self.kernel = SimpleNamespace(ptr=id(self))
        self._shared_limit = STATIC_SHARED_BYTES

    @property
    def max_dynamic_shared_size_bytes(self) -> int:
        return self._shared_limit

    @max_dynamic_shared_size_bytes.setter
    def max_dynamic_shared_size_bytes(self, count: int) -> None:
        if count > SHARED_BYTES:
            raise CUDADriverError(1)
        self._shared_limit = count

    @property
    def num_regs(self) -> int:
        return self._machine.registers

    def compile(self, log_stream: Any = None) -> None:
        _compiled(self.code, self.options)

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any], **parameters: int) -> None:
        """Launch the kernel on the current stream; ``shared_mem`` is the dynamic shared memory in bytes."""
        if type(grid) is not tuple or type(block) is not tuple:
            raise TypeError(f"grid and block must be tuples, not {grid!r} and {block!r}")
        shared_bytes = parameters.pop("shared_mem", 0)
        if parameters:
            raise TypeError(f"a launch has no parameter {', '.join(parameters)}")
        machine = self._machine
        machine.count()
        # CuPy launches one block, and one thread, where none are asked for.
        grid, block = tuple(max(1, size) for size in grid), tuple(max(1, size) for size in block)
        threads = int(np.prod(block))
        if shared_bytes > self._shared_limit or threads > 1024:
            raise CUDADriverError(1)
        if self.enable_cooperative_groups:
            grid = _resident(grid, machine.multiprocessors * machine.resident_blocks(threads, shared_bytes))
        program = _compiled(self.code, self.options)
        held = [_held(machine, argument) for argument in args]
        device = machine.current

        def run(stream: Any, *, replayed: bool = True) -> None:
            program.launch(
                self.name,
                grid,
                block,
                [argument() for argument in held],
                shared_bytes=shared_bytes,
                cooperative=self.enable_cooperative_groups,
                backwards=machine.backwards,
            )
            machine.milliseconds += 1
            machine.launches.append(
                Launch(
                    name=self.name,
                    grid=grid,
                    block=block,
                    shared_bytes=shared_bytes,
                    cooperative=self.enable_cooperative_groups,
                    options=self.options,
                    device=device,
                    stream=getattr(stream, "ptr", 0),
                    replayed=replayed,
                )
            )

        stream = machine.current_stream()
        if stream is not None and stream.captured is not None:
            stream.captured.append(run)
        else:
            run(stream, replayed=False)


def _resident(grid: tuple[int, ...], most: int) -> tuple[int, ...]:
    """Return the blocks of a cooperative launch: CuPy takes fewer than are asked for, where not all fit."""
    blocks = int(np.prod(grid))
    if blocks <= most:
        return grid
    if blocks > grid[0]:
        asked = " * ".join(map(str, (*grid, 1, 1)[:3]))
        raise ValueError(f"The specified grid size ({asked}) exceeds the limit ({most}).")
    warnings.warn(
        f"The grid size will be reduced from {blocks} to {most}, as the specified grid size exceeds the limit.",
        stacklevel=3,
    )
    return (most, *grid[1:])


def _compiled(code: str, options: tuple[str, ...]) -> Any:
    try:
        return emulated(code, options)
    except ValueError as error:
        raise CompileException(str(error), code, "kernels.cu", options) from error


def _held(machine: Machine, argument: Any) -> Callable[[], Any]:
    """Return what returns an argument when the kernel runs, which for a graph is later.

    A graph keeps addresses, and no array alive ("CUDA Graphs" in the CUDA C++ Programming Guide).
    """
    if not isinstance(argument, DeviceArray):
        if isinstance(argument, bool) or (isinstance(argument, np.generic) and argument.itemsize != 8):
            # CuPy hands these over in their own size.
            name = np.asarray(argument).dtype.name
            raise TypeError(f"a {name} has not the 8 bytes of a kernel's parameter")
        return lambda: argument
    if argument._memory.device_id != machine.current:
        raise ValueError(
            f"Array device must be same as the current device: "
            f"array device = {argument._memory.device_id} while current = {machine.current}"
        )
    address, memory = argument._host.ctypes.data, weakref.ref(argument._memory)

    def pointer() -> int:
        if memory() is None:
            raise RuntimeError("a graph launches a kernel on an array that has been freed")
        return address

    return pointer


class ElementwiseKernel:
    """A kernel that computes element by element; one thread of the emulator goes through all elements."""

    def __init__(self, machine: Machine, in_params: str, out_params: str, operation: str, name: str = "kernel") -> None:
        self._machine = machine
        self._inputs, self._outputs = _parameters(in_params), _parameters(out_params)
        self._operation, self.name = operation, name

    def __call__(self, *operands: Any) -> Any:
        machine = self._machine
        machine.require_running()
        types = _types(self._inputs, operands)
        arrays = _broadcast(
            [(types[kind], operand) for (kind, _), operand in zip(self._inputs, operands, strict=False)]
        )
        results = [np.empty(arrays[0].shape, types[kind]) for kind, _ in self._outputs]
        given = [operand._host for operand in operands[len(self._inputs) :]]
        body = "".join(f"const {kind} {name} = in_{name}[i];\n" for kind, name in self._inputs) + "".join(
            f"{kind} {name};\n" for kind, name in self._outputs
        )
        body += self._operation + ";\n" + "".join(f"out_{name}[i] = {name};\n" for _, name in self._outputs)
        pointers = [f"const {kind}* in_{name}" for kind, name in self._inputs]
        pointers += [f"{kind}* out_{name}" for kind, name in self._outputs]
        source = (
            _using(types)
            + f"""
extern "C" __global__ void {self.name}({", ".join(pointers)}, long long size) {{
  for (long long i = 0; i < size; ++i) {{
    {body}
  }}
}}
"""
        )
        _compiled(source, ()).launch(self.name, 1, 1, [*arrays, *results, results[0].size])
        for out, result in zip(given, results, strict=False):
            out[...] = result
        machine.milliseconds += 1
        answers = operands[len(self._inputs) :] or tuple(wrapped(machine, result) for result in results)
        return answers[0] if len(answers) == 1 else answers


class ReductionKernel:
    """A kernel that reduces along axes; one thread of the emulator computes all results."""

    def __init__(
        self,
        machine: Machine,
        in_params: str,
        out_params: str,
        map_expr: str,
        reduce_expr: str,
        post_map_expr: str,
        identity: str,
        name: str = "kernel",
    ) -> None:
        self._machine = machine
        self._inputs, (self._output,) = _parameters(in_params), _parameters(out_params)
        self._map, self._reduce, self._post, self._identity = map_expr, reduce_expr, post_map_expr, identity
        self.name = name

    def __call__(self, *operands: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        machine = self._machine
        machine.require_running()
        types = _types(self._inputs, operands)
        arrays = _broadcast([(types[kind], operand) for (kind, _), operand in zip(self._inputs, operands, strict=True)])
        axes = range(arrays[0].ndim) if axis is None else (axis % arrays[0].ndim,)
        kept = [size for place, size in enumerate(arrays[0].shape) if place not in axes]
        with_all = [1 if place in axes else size for place, size in enumerate(arrays[0].shape)]
        length = int(np.prod([arrays[0].shape[place] for place in axes]))
        lines = [
            np.ascontiguousarray(np.moveaxis(array, tuple(axes), range(-len(axes), 0))).reshape(-1, length)
            for array in arrays
        ]
        kind, out = self._output
        result = np.empty(len(lines[0]), types[kind])
        loads = "".join(f"const {kind} {name} = in_{name}[line * length + i];\n" for kind, name in self._inputs)
        pointers = [*(f"const {kind}* in_{name}" for kind, name in self._inputs), f"{kind}* results"]
        source = (
            _using(types)
            + f"""
extern "C" __global__ void {self.name}({", ".join(pointers)}, long long lines, long long length) {{
  for (long long line = 0; line < lines; ++line) {{
    {kind} a = {self._identity};
    for (long long i = 0; i < length; ++i) {{
      {loads}
      const {kind} b = {self._map};
      a = {self._reduce};
    }}
    {kind} {out};
    {self._post};
    results[line] = {out};
  }}
}}
"""
        )
        _compiled(source, ()).launch(self.name, 1, 1, [*lines, result, len(result), length])
        machine.milliseconds += 1
        return wrapped(machine, result.reshape(with_all if keepdims else kept))


def _parameters(text: str) -> list[tuple[str, str]]:
    """Return the types and the names in a list of parameters such as "T x, T y"."""
    return [(kind, name) for kind, name in re.findall(r"(\w+) (\w+)", text)]


def _types(inputs: list[tuple[str, str]], operands: tuple[Any, ...]) -> dict[str, np.dtype[Any]]:
    """Return which element type each type of the parameters stands for."""
    kinds: dict[str, list[Any]] = {}
    for (kind, _), operand in zip(inputs, operands, strict=False):
        kinds.setdefault(kind, []).append(operand.dtype if isinstance(operand, DeviceArray) else operand)
    return {kind: np.result_type(*given) for kind, given in kinds.items()}


def _broadcast(operands: list[tuple[np.dtype[Any], Any]]) -> list[HostArray]:
    hosts = [np.asarray(x._host if isinstance(x, DeviceArray) else x, dtype) for dtype, x in operands]
    return [np.ascontiguousarray(host) for host in np.broadcast_arrays(*hosts)]


def _using(types: dict[str, np.dtype[Any]]) -> str:
    return "".join(f"using {kind} = {ELEMENT_TYPES[dtype.name]};\n" for kind, dtype in types.items())
