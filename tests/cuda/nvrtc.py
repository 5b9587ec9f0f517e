"""CUDA sources compiled to machine code by NVIDIA's run-time compiler, which needs no GPU."""

from __future__ import annotations

import ctypes
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import pytest

Architecture = Literal["sm_75", "sm_80", "sm_90"]
ARCHITECTURES: Final[tuple[Architecture, ...]] = ("sm_75", "sm_80", "sm_90")

# What the assembler, ptxas, says of each kernel where it is told to be verbose.
_INFORMATION: Final = re.compile(r"^ptxas (?:info)?\s*[.:] .*\n?", re.MULTILINE)
_ENTRY: Final = re.compile(r"Compiling entry function '(\w+)'")
_NUMBERS: Final = {
    "registers": re.compile(r"Used (\d+) registers"),
    "spilled_bytes": re.compile(r"(\d+) bytes spill stores"),
    "stack_bytes": re.compile(r"(\d+) bytes stack frame"),
    "shared_bytes": re.compile(r"(\d+) bytes smem"),
}


@dataclass(frozen=True, slots=True)
class Resources:
    """What a kernel takes.

    Attributes:
        registers: of a thread.
        spilled_bytes: how much of its registers a thread writes to memory, as there are too few.
        shared_bytes: the static shared memory of a block.
        stack_bytes: the memory of a thread for spilled registers, and for arrays whose indices are known at run time.
    """

    registers: int
    spilled_bytes: int
    shared_bytes: int
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the compiler says.

    Attributes:
        log: its complaints, empty where it has none.
        kernels: what each kernel takes, by its name; empty where the source cannot be compiled.
    """

    log: str
    kernels: dict[str, Resources]


# What CuPy 14.2 adds to the options that it is given (cupy/cuda/compiler.py).
_OF_CUPY: Final = ("--device-as-default-execution-space", "-ftz=true")


@cache
def _library() -> ctypes.CDLL:
    package = importlib.util.find_spec("nvidia")
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in sorted(Path(folder).glob("**/libnvrtc.so.*[0-9]")):
            return ctypes.CDLL(str(path))
    pytest.skip("the package nvidia-cuda-nvrtc is not here to compile CUDA")


def compiled(source: str, architecture: Architecture, options: Sequence[str] = ()) -> Report:
    """Compile a CUDA source to machine code, and report what the compiler says; compiled once in a session.

    The test is skipped where the package nvidia-cuda-nvrtc is missing.

    Args:
        source: CUDA's C++, C++17 unless the options say otherwise.
        architecture: for which GPUs, as "sm_80" for those of compute capability 8.0.
        options: of the compiler.
    """
    return _compiled(source, architecture, tuple(options))


@cache
def _compiled(source: str, architecture: Architecture, options: tuple[str, ...]) -> Report:
    library, program, size = _library(), ctypes.c_void_p(), ctypes.c_size_t()
    assert 0 == library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None)
    standard = () if any(option.startswith(("--std", "-std")) for option in options) else ("--std=c++17",)
    texts = [*standard, *options, *_OF_CUPY, f"--gpu-architecture={architecture}", "--ptxas-options=-v"]
    arguments = (ctypes.c_char_p * len(texts))(*(text.encode() for text in texts))
    failed = library.nvrtcCompileProgram(program, len(texts), arguments)
    assert 0 == library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    assert 0 == library.nvrtcGetProgramLog(program, log)
    library.nvrtcDestroyProgram(ctypes.byref(program))
    text = log.value.decode()
    complaints = _INFORMATION.sub("", text).strip() or ("failed without a word" if failed else "")
    _, *parts = _ENTRY.split(text)
    return Report(complaints, {name: _resources(part) for name, part in zip(parts[::2], parts[1::2], strict=True)})


def _resources(text: str) -> Resources:
    # A function that is not inlined has numbers of its own.
    return Resources(**{name: max(map(int, pattern.findall(text)), default=0) for name, pattern in _NUMBERS.items()})
