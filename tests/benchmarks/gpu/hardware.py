"""The GPU that is measured on, and the versions of all that takes part."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib import metadata
from typing import Final

from shapedmat import backends
from shapedmat.kernels.cuda import driver

PACKAGES: Final = (
    *("shapedmat", "numpy", "cupy-cuda13x", "cupy-cuda12x", "torch", "triton"),
    *("jax", "jaxlib", "jax-cuda13-plugin", "jax-cuda12-plugin", "xpysom"),
)

_QUERY: Final = "driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.limit"
_SECONDS: Final = 20


def describe() -> dict[str, str]:
    """Return what there is to know of the current GPU and of the software, by name."""
    runtime = backends.get("cupy").namespace.cuda.runtime
    major, minor = driver.compute_capability()
    size = f"{driver.multiprocessors()} multiprocessors, compute capability {major}.{minor}"
    return {
        "GPU": f"{driver.device_name()}, {size}",
        "CUDA": f"{_version(runtime.runtimeGetVersion())}, driver for {_version(runtime.driverGetVersion())}",
        "nvidia-smi": smi(),
        "host": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }


def smi() -> str:
    """Return the driver, the clocks now and at most, and the limit of power of each GPU, if ``nvidia-smi`` is here."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "not here"
    command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        return f"failed: {error}"
    names = "driver", "SM clock", "at most", "memory clock", "power limit"
    lines = [dict(zip(names, line.split(", "), strict=False)) for line in run.stdout.splitlines()]
    return "; ".join(", ".join(f"{name} {value}" for name, value in line.items()) for line in lines)


def versions() -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"
