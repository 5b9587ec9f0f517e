"""The CUDA kernel on the CPU: compiled with an emulator of CUDA's threads."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shapedmat.kernels.cuda import product_source

PROGRAM = """
#include "cuda_emulator.hpp"
#include "matmul.cu"
extern "C" bool run(const ELEMENT* a, const ELEMENT* b, ELEMENT* c, unsigned tiles, unsigned parts, unsigned threads,
                    bool backwards) {
  return emulate([=] { matmul(a, b, c); }, tiles, parts, threads, backwards);
}
"""

Emulate = Callable[[tuple[str, ...]], Any]


@pytest.fixture(scope="session")
def emulate(tmp_path_factory: pytest.TempPathFactory) -> Emulate:
    """Return a function that compiles the kernel for the CPU and returns the function ``run`` of the program above."""
    gxx = shutil.which("g++")
    if gxx is None:
        pytest.skip("g++ is not here to compile the kernel for the CPU")

    @cache
    def build(options: tuple[str, ...]) -> Any:
        folder = tmp_path_factory.mktemp("emulated")
        (folder / "program.cpp").write_text(PROGRAM)
        (folder / "matmul.cu").write_text(product_source())
        macros = [option for option in options if option.startswith("-D")]
        warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
        here = f"-I{Path(__file__).parent}"
        command = [
            gxx,
            "-std=c++20",
            "-O1",
            "-shared",
            "-fPIC",
            *warnings,
            here,
            *macros,
            "program.cpp",
            "-o",
            "run.so",
        ]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert 0 == result.returncode, result.stderr
        run = ctypes.CDLL(str(folder / "run.so")).run
        run.restype = ctypes.c_bool
        run.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_uint] * 3 + [ctypes.c_bool]
        return run

    return build
