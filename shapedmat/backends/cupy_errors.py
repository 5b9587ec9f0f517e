"""What users meet when CUDA fails, in one sentence that says what to do: no memory, no driver, no compiler."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import cupy

from shapedmat import shapes
from shapedmat.errors import BackendError, DeviceError, DeviceMemoryError, ShapedmatError

FAILURES: Final[tuple[type[Exception], ...]] = (
    MemoryError,
    ImportError,
    RuntimeError,
    cupy.cuda.compiler.CompileException,
)
"""What CuPy raises where CUDA fails; `explained` tells which of these are errors of other kinds."""

_INSUFFICIENT_DRIVER: Final = 35  # cudaErrorInsufficientDriver of the CUDA Runtime API

_OLDEST_DRIVERS: Final = {12: "525", 13: "580"}
"""The oldest driver on Linux for each version of CUDA (NVIDIA, CUDA Compatibility, "Minor Version Compatibility")."""

_LIBRARY: Final = re.compile(
    r"\b(?:lib)?(nvrtc(?:-builtins)?|cublasLt|cublas|cudart|curand|cusolver|cusparse|nvJitLink)(?=[\d_.])"
)
_NO_MEMORY: Final = re.compile("cudaErrorMemoryAllocation|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED")
_SIZE: Final = re.compile(r"allocating ([\d,]+) bytes")
_HEADER: Final = re.compile(r'(?:cannot|could not) open source file "([^"]+)"')


def explained(error: Exception, number: int, attempt: str) -> ShapedmatError | None:
    """Return the error to raise from one of the `FAILURES`, or None where that one is to be raised itself.

    CuPy's pool has given all that it could back to the device before it says that there is no memory left.

    Args:
        error: what was raised.
        number: the device's.
        attempt: what could not be done, as "multiply float32 of shapes (2, 3) and (3, 4) on cuda:0".
    """
    if isinstance(error, cupy.cuda.memory.OutOfMemoryError) or _NO_MEMORY.search(str(error)):
        return _out_of_memory(error, number, attempt)
    return _incomplete(error)


@contextlib.contextmanager
def explaining(number: int, attempt: str) -> Iterator[None]:
    """Say in a ``with`` block what could not be done on a device, and why; see `explained`."""
    try:
        yield
    except FAILURES as error:
        explanation = explained(error, number, attempt)
        if explanation is None:
            raise
        raise explanation from error


def described(arrays: Sequence[Any]) -> str:
    """Return the element type and the shapes of arrays, as "float32 of shapes (2, 3) and (3, 4)"."""
    dtype, given = arrays[0].dtype.name, " and ".join(shapes.show(array.shape) for array in arrays)
    return f"{dtype} of {'shape' if len(arrays) == 1 else 'shapes'} {given}"


def without_device(error: Exception) -> DeviceError:
    """Return the error for a machine on which CUDA does not start."""
    if getattr(error, "status", None) != _INSUFFICIENT_DRIVER:
        return DeviceError(f"there is no CUDA device here: {error}")
    wanted = _major(cupy.cuda.runtime.runtimeGetVersion())
    driver = cupy.cuda.runtime.driverGetVersion()
    if not driver:  # CUDA gives no driver the version 0, which is too old, too
        return DeviceError(
            "there is no CUDA device here, as there is no NVIDIA driver: install one, "
            "or start the container with access to the GPUs"
        )
    newer = f" to {_OLDEST_DRIVERS[wanted]} or newer" if wanted in _OLDEST_DRIVERS else ""
    other = f", or install shapedmat[cuda{_major(driver)}]" if _major(driver) in _OLDEST_DRIVERS else ""
    return DeviceError(
        f"the NVIDIA driver here is made for CUDA {_version(driver)}, but cupy for CUDA {wanted}: "
        f"update the driver{newer}{other}"
    )


def _out_of_memory(error: Exception, number: int, attempt: str) -> DeviceMemoryError:
    with cupy.cuda.Device(number):
        free, total = cupy.cuda.runtime.memGetInfo()
        pool = cupy.get_default_memory_pool()
        limit = pool.get_limit()  # 0 for none
        if limit:
            free, total = min(free, limit - pool.used_bytes()), min(total, limit)
    size = _SIZE.search(str(error))  # CuPy says it in words alone, and CUDA not at all
    wanted = f"{_amount(int(size[1].replace(',', '')))} are needed" if size else "more memory is needed"
    return DeviceMemoryError(
        f"cannot {attempt}: {wanted}, but {_amount(free)} of {_amount(total)} are free; "
        "use smaller matrices or batches, or delete matrices that are no longer used"
    )


def _incomplete(error: Exception) -> BackendError | None:
    """Return the error for a part of CUDA that is not installed, or None."""
    library, header = _LIBRARY.search(str(error)), _HEADER.search(str(error))
    if library is None and header is None:
        return None
    missing = f"its library {library[1]}" if library else f"its header {header[1]}" if header else ""
    extra = f"cuda{_major(cupy.cuda.runtime.runtimeGetVersion())}"
    return BackendError(
        f"cupy does not find CUDA whole here, {missing} is missing: install shapedmat[{extra}], which brings all of it"
    )


def _amount(size: int) -> str:
    """Return a number of bytes in words."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"


def _major(version: int) -> int:
    """Return 13 for 13020, which CUDA calls 13.2."""
    return version // 1000


def _version(version: int) -> str:
    return f"{_major(version)}.{version % 1000 // 10}"
