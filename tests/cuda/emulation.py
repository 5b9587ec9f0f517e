"""CUDA kernels on the CPU: a source is compiled with an emulator of CUDA's threads, and its kernels are launched."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

Argument = Any  # an array of NumPy, an address or another whole number, or a floating-point number

# The kernels' names are found in the text: extern "C" keeps them, but C++ cannot list them.
_COMMENTS: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_BOUNDS: Final = r"(?:__launch_bounds__\s*\((?:[^()]|\([^()]*\))*\)\s*)?"
_KERNELS: Final = re.compile(rf"\b__global__\s+{_BOUNDS}void\s+{_BOUNDS}(\w+)\s*\(")

_HERE: Final = Path(__file__).parent

_COMPILED: Final = (
    *("-std=c++20", "-O1", "-fPIC", "-fvisibility=hidden", "-DSHAPEDMAT_EMULATED", f"-I{_HERE}"),
    *("-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-function"),
)

# What is checked in every kernel, as -fsanitize=undefined names it.
_CHECKS: Final = ("alignment", "bounds", "integer-divide-by-zero", "shift", "signed-integer-overflow")

_PROGRAM: Final = """\
#include "emulator.hpp"
{macros}
namespace {{
#line 1 "kernels.cu"
{source}
}}
#line 1 "program.cpp"
namespace {{
const emulator::Entry entries[] = {{{entries}}};
}}
#pragma GCC visibility push(default)
extern "C" const char* parameters(unsigned kernel) {{ return entries[kernel].kinds; }}
extern "C" const char* launch(unsigned kernel, unsigned grid_x, unsigned grid_y, unsigned threads,
                              const std::uint64_t* arguments, std::size_t shared_bytes, bool cooperative,
                              bool backwards) {{
  return emulator::launch(entries[kernel], grid_x, grid_y, threads, arguments, shared_bytes, cooperative, backwards);
}}
"""


class EmulationError(RuntimeError):
    """A launch did what CUDA does not define.

    Threads do not meet, a write is outside of shared memory, an index outside of its array, an address not aligned.
    """


class Program:
    """The kernels of one source, compiled for the CPU.

    Attributes:
        kernels: their names.
    """

    def __init__(self, library: Path, kernels: Sequence[str]) -> None:
        self.kernels = tuple(kernels)
        program = ctypes.CDLL(str(library))
        self._launch, self._parameters = program.launch, program.parameters
        self._launch.argtypes = [ctypes.c_uint] * 4 + [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_bool, ctypes.c_bool]
        self._parameters.argtypes = [ctypes.c_uint]
        self._launch.restype = self._parameters.restype = ctypes.c_char_p

    def launch(
        self,
        name: str,
        grid: int | tuple[int, ...],
        block: int | tuple[int, ...],
        arguments: Sequence[Argument],
        *,
        shared_bytes: int = 0,
        cooperative: bool = False,
        backwards: bool = False,
    ) -> None:
        """Run a kernel to its end.

        Args:
            name: the kernel's name.
            grid: the number of blocks, in one or two dimensions.
            block: the number of threads in a block, 1 to 1024.
            arguments: an array or an address for each pointer, and a number for each other parameter.
            shared_bytes: the bytes of dynamic shared memory.
            cooperative: run all blocks at once, which may wait for one another; else one block after the other.
            backwards: run the last block first, and within a block the last thread.

        Raises:
            EmulationError: the kernel did what CUDA does not define.
            TypeError: the arguments do not fit the kernel's parameters.
            ValueError: there is no such kernel, or CUDA has no such grid or block.
        """
        if name not in self.kernels:
            raise ValueError(f"there is no kernel {name!r} in the source: it has {', '.join(self.kernels) or 'none'}")
        across, down, *deep = (*_lengths(grid), 1)[: max(2, len(_lengths(grid)))]
        threads, *sides = _lengths(block)
        if deep or any(side != 1 for side in sides):
            raise ValueError(f"grids have one or two dimensions and blocks have one, not {grid} and {block}")
        if not (1 <= across < 2**31 and 1 <= down < 2**16 and 1 <= threads <= 1024):
            raise ValueError(f"CUDA launches no grid of {grid} blocks with {block} threads each")
        number = self.kernels.index(name)
        words = _words(name, self._parameters(number).decode(), arguments)
        error = self._launch(number, across, down, threads, words.ctypes.data, shared_bytes, cooperative, backwards)
        if error is not None:
            raise EmulationError(error.decode())


def emulated(source: str, options: Sequence[str] = ()) -> Program:
    """Return a CUDA source compiled for the CPU, with ``SHAPEDMAT_EMULATED`` defined; compiled once in a session.

    The test is skipped where g++ is missing.

    Args:
        source: CUDA's C++, without any ``#include`` but that of the emulator.
        options: of the compiler. Those that begin with two dashes are for CUDA's compiler, and are left out;
            ``-DEMULATOR_WITHOUT_BARRIERS`` takes every ``__syncthreads`` away, to see that a test notices.

    Raises:
        ValueError: the source cannot be compiled; the error holds the compiler's words.
    """
    return _built(source, tuple(option for option in options if not option.startswith("--")))


@cache
def _built(source: str, options: tuple[str, ...]) -> Program:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not here to compile CUDA for the CPU")
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    kernels = list(dict.fromkeys(_KERNELS.findall(_COMMENTS.sub("", source))))
    # Defined where the emulator has been read, whose names they could be.
    macros = [option for option in options if option.startswith("-D") and not option.startswith("-DEMULATOR_")]
    definitions = "\n".join("#define " + macro.removeprefix("-D").replace("=", " ", 1) for macro in macros)
    entries = ", ".join(f'emulator::entry<{name}>("{name}", {name})' for name in kernels)
    (folder / "program.cpp").write_text(
        _PROGRAM.format(macros=definitions, source=source, entries=entries), encoding="utf-8"
    )
    _run(
        *(compiler, *_COMPILED, f"-fsanitize={','.join(_CHECKS)}", "-c", str(folder / "program.cpp")),
        *(option for option in options if option not in macros),
        *("-o", str(folder / "program.o")),
    )
    core = _core(compiler, tuple(option for option in options if option.startswith("-DEMULATOR_")))
    # Linked by itself, as the functions that the checks call are the emulator's own.
    _run(compiler, "-shared", str(folder / "program.o"), str(core), "-o", str(folder / "program.so"))
    return Program(folder / "program.so", kernels)


@cache
def _core(compiler: str, options: tuple[str, ...]) -> Path:
    """Return the emulator without any kernels, compiled."""
    core = Path(tempfile.mkdtemp(dir=_folder().name)) / "emulator.o"
    _run(compiler, *_COMPILED, *options, "-c", str(_HERE / "emulator.cpp"), "-o", str(core))
    return core


def _run(*command: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ValueError(f"g++ cannot compile the kernels:\n{result.stderr}")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="emulated-")


def _lengths(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _words(name: str, kinds: str, arguments: Sequence[Argument]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return the arguments as the kernel reads them, each in 8 bytes."""
    if len(kinds) != len(arguments):
        raise TypeError(f"kernel {name} has {len(kinds)} parameters, not {len(arguments)}")
    words = np.zeros(len(kinds), np.uint64)
    for place, (kind, argument) in enumerate(zip(kinds, arguments, strict=True)):
        match kind, argument:
            case "p", np.ndarray():
                words[place] = argument.ctypes.data
            case (("p" | "i"), int() | np.integer()):
                words[place] = int(argument) & (2**64 - 1)
            case "d", float() | np.floating():
                words[place : place + 1].view(np.float64)[0] = argument
            case _:
                wanted = {"p": "a pointer", "i": "a whole number", "d": "a double"}[kind]
                raise TypeError(f"parameter {place} of kernel {name} is {wanted}, not {type(argument).__name__}")
    return words
