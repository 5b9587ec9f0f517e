"""`Target`, the processor that code is generated for."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from llvmlite import binding

from shapedmat.errors import BackendError

VARIABLE: Final = "SHAPEDMAT_TARGET"
NAMES: Final = ("host", "avx2", "portable")


@dataclass(frozen=True, slots=True)
class Target:
    """A processor, as far as generated code depends on it.

    Attributes:
        name: how the target was asked for.
        cpu: LLVM's name of the processor.
        features: LLVM's list of what the processor can do, such as ``+avx2,+fma``.
        vector_bytes: the bytes of a vector register.
        vector_registers: how many vector registers there are.
    """

    name: str
    cpu: str
    features: str
    vector_bytes: int
    vector_registers: int

    @property
    def is_x86(self) -> bool:
        """Whether it is an x86 processor."""
        return _is_x86()

    def lanes(self, itemsize: int) -> int:
        """Return how many elements of so many bytes a vector has."""
        return self.vector_bytes // itemsize


def chosen() -> Target:
    """Return the target that the environment variable ``SHAPEDMAT_TARGET`` names: "host" without it.

    "avx2" and "portable" force narrower code, to see on one processor what others run.

    Raises:
        BackendError: there is no such target, or this processor cannot run its code.
    """
    return named(os.environ.get(VARIABLE) or "host")


@cache
def named(name: str) -> Target:
    """Return a target by its name: "host", "avx2" or "portable".

    Raises:
        BackendError: there is no such target, or this processor cannot run its code.
    """
    if name not in NAMES:
        raise BackendError(f"{VARIABLE} is {name!r}: choose one of {', '.join(NAMES)}")
    features: Any = binding.get_host_cpu_features()
    if name == "avx2" and not (features.get("avx2") and features.get("fma")):
        raise BackendError(f"{VARIABLE} is 'avx2', but this processor has no AVX2: choose host or portable")
    if name == "host":
        return _host(features)
    if name == "avx2":
        return Target(name, "x86-64-v3", "", 32, 16)
    # Every x86-64 has 16 vector registers of 16 bytes, and every 64-bit ARM 32 of them.
    is_x86 = _is_x86()
    return Target(name, "x86-64" if is_x86 else "generic", "", 16, 16 if is_x86 else 32)


def _host(features: Any) -> Target:
    cpu, described = binding.get_host_cpu_name(), features.flatten()
    if features.get("avx512f") and features.get("avx512vl") and features.get("avx512dq"):
        return Target("host", cpu, described, 64, 32)
    if features.get("avx2") and features.get("fma"):
        return Target("host", cpu, described, 32, 16)
    if features.get("neon"):
        return Target("host", cpu, described, 16, 32)
    return Target("host", cpu, described, 16, 16)


def _is_x86() -> bool:
    return platform.machine().lower() in {"x86_64", "amd64", "i386", "i686"}
