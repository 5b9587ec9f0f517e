"""What was measured to be the fastest on a GPU, kept in memory and on disk so that it is measured once.

The file ``gpu-choices.json`` in the folder of compiled code (see `shapedmat.kernels.code_cache`) holds a text for each
key, and a key is for one kind of device. What is read from it is looked up or checked before it is used, never run. A
file that is not as it should be is reported once, counts as empty, and is replaced by the next choice.

The environment variable ``SHAPEDMAT_MEASURE``, read once, turns measuring off where it is 0: every choice then is the
one that needs no measuring, and the results of a program have the same bits in every process on one kind of device.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from shapedmat import backends
from shapedmat.atomic import write_atomically
from shapedmat.kernels import code_cache
from shapedmat.kernels.cuda import driver
from shapedmat.kernels.cuda.matmul import KERNEL, ProductPlan, plan_product
from shapedmat.kernels.cuda.operands import Layout
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose, is_tiling, possible
from shapedmat.ops import Array
from shapedmat.precision import Precision

VARIABLE: Final = "SHAPEDMAT_MEASURE"
MAXIMUM_CHOICES: Final = 4096
MAXIMUM_BYTES: Final = 1 << 20
"""The largest file that is read."""

_VERSION: Final = 1
_LONGEST: Final = 128
_KEY: Final = re.compile(r"[\w-]{1,32} [0-9a-f]{64}")
_CANDIDATES: Final = 4
_WARM_UPS: Final = 2
_TIMES: Final = 5
_SECONDS: Final = 2e-4  # much longer than what an event's time is off by
_MOST_LAUNCHES: Final = 50
_CUBLAS: Final = "cublas"


# --- choices of any kind ----------------------------------------------------------------------------------------------


def key(kind: str, *details: object) -> str:
    """Return the key of a choice on devices such as the current one.

    Args:
        kind: what is chosen, a word.
        details: what it depends on, besides the device.
    """
    text = json.dumps([driver.device_name(), *map(str, details)])
    return f"{kind} {hashlib.sha256(text.encode()).hexdigest()}"


def read(key: str) -> str | None:
    """Return what was chosen for a key, in this process or an earlier one, or None."""
    return _chosen().get(key) if is_on() else None


def write(key: str, choice: str) -> None:
    """Keep a choice, in memory and, where that is possible, on disk."""
    if not is_on():
        return
    _chosen()[key] = choice
    try:
        path = _path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Other processes write, too: what they chose since this one has read the file is kept.
        choices = {**_read(path), **_chosen()}
        kept = dict(list(choices.items())[-MAXIMUM_CHOICES:])
        content = json.dumps({"version": _VERSION, "choices": kept}, indent=0).encode()
        write_atomically(path, content, mode=0o600)
    except OSError as error:
        _warn_unwritable(str(error))


@functools.cache
def is_on() -> bool:
    """Tell whether anything is measured, which ``SHAPEDMAT_MEASURE`` says.

    Raises:
        ValueError: the variable is neither 0 nor 1.
    """
    value = os.environ.get(VARIABLE) or "1"
    if value not in {"0", "1"}:
        raise ValueError(f"{VARIABLE} is {value!r}, but 0 or 1 is wanted: 0 turns measuring on the GPU off")
    return value == "1"


@functools.cache
def _chosen() -> dict[str, str]:
    """Return the choices that this process knows."""
    try:
        return _read(_path())
    except OSError:  # no folder, or none that can be read: writing will tell
        return {}


def _path() -> Path:
    return code_cache.folder() / "gpu-choices.json"


def _read(path: Path) -> dict[str, str]:
    """Return the choices in a file; none, with a warning, if it is not as it should be."""
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        return {}
    try:
        return _parsed(content)
    except (ValueError, RecursionError) as error:
        _warn_broken(f"{path} ({error})")
        return {}


def _parsed(content: bytes) -> dict[str, str]:
    if len(content) > MAXIMUM_BYTES:
        raise ValueError(f"it is longer than {MAXIMUM_BYTES:,} bytes")
    match json.loads(content):
        case {"version": 1, "choices": dict() as choices} if len(choices) <= MAXIMUM_CHOICES:
            for name, choice in choices.items():
                if not (_KEY.fullmatch(name) and isinstance(choice, str) and len(choice) <= _LONGEST):
                    raise ValueError("it holds something else than choices")
            return choices
    raise ValueError("it is of another version")


@functools.cache
def _warn_broken(what: str) -> None:
    warnings.warn(
        f"what was measured on the GPU cannot be read from {what}, so it is measured again and the file is replaced",
        RuntimeWarning,
        stacklevel=2,
    )


@functools.cache
def _warn_unwritable(why: str) -> None:
    warnings.warn(
        f"what was measured on the GPU cannot be kept on disk ({why}), so every process measures anew: "
        f"set {code_cache.VARIABLE} to a folder that can be written",
        RuntimeWarning,
        stacklevel=2,
    )


# --- the fastest product ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """What computes a matrix product.

    Attributes:
        tiling: that of our kernel, or None for cuBLAS.
        is_measured: whether it was the fastest when it was measured, or there was no memory to measure it; else nothing
            was measured yet.
    """

    tiling: ProductTiling | None
    is_measured: bool


def product(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    layouts: tuple[Layout, Layout],
    precision: Precision = "full",
    *,
    operands: tuple[Array, Array] | None = None,
    measure: bool = True,
) -> ProductChoice:
    """Choose what computes a matrix product on the current device: cuBLAS, or our kernel with one of its best tilings.

    Unless the choice is known, it is measured, which takes some hundredths of a second and the compilation of a few
    kernels: each candidate multiplies the same matrices many times in a row on the current stream, as a program that
    calls it does, and the median of several such times decides. Where nothing may be measured, the choice is cuBLAS in
    full precision, and the tiling of the fewest counted cycles in others, which cuBLAS never computes here. It is also
    that where there is no memory to measure.

    Args:
        shape: the rows, the inner dimension and the columns.
        dtype: the element type, float32 or float64.
        layouts: how the operands lie in memory.
        precision: how elements are multiplied.
        operands: matrices with these shapes and layouts, which are read; without them, scratch matrices are made.
        measure: whether it may be measured now; it never is while the current stream is captured.
    """
    known = product_key(shape, dtype, layouts, precision)
    written = read(known)
    tiling = None if written is None else _tiling(written, dtype, precision)
    if written is not None and (tiling is not None or (written == _CUBLAS and precision == "full")):
        return ProductChoice(tiling, is_measured=True)
    if not (measure and is_on()) or driver.is_capturing():
        counted = None if precision == "full" else _counted(shape, dtype, precision)
        return ProductChoice(counted, is_measured=False)
    try:
        tiling = _fastest(shape, dtype, layouts, precision, operands)
    except MemoryError:
        # What some candidates need besides the result is not there, but the product itself may well be computed. It is
        # not measured again in this process, nor kept for others, which may have more memory.
        return ProductChoice(None if precision == "full" else _counted(shape, dtype, precision), is_measured=True)
    write(known, _CUBLAS if tiling is None else _text(tiling))
    return ProductChoice(tiling, is_measured=True)


def product_key(
    shape: tuple[int, int, int], dtype: np.dtype[Any], layouts: tuple[Layout, Layout], precision: Precision
) -> str:
    """Return the key of the choice of a product."""
    return key("product", shape, dtype.name, *layouts, precision)


def _counted(shape: tuple[int, int, int], dtype: np.dtype[Any], precision: Precision) -> ProductTiling:
    return choose(*shape, dtype, precision=precision, multiprocessors=driver.multiprocessors())


def _fastest(
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    layouts: tuple[Layout, Layout],
    precision: Precision,
    operands: tuple[Array, Array] | None,
) -> ProductTiling | None:
    """Return the tiling with which matrices are multiplied in the least time, or None where cuBLAS is faster."""
    xp = backends.get("cupy").namespace
    shapes = shape[:2], shape[1:]
    a, b = operands or (_scratch(xp, each, dtype, layout) for each, layout in zip(shapes, layouts, strict=True))
    candidates: list[ProductTiling | None] = [None] if precision == "full" else []
    candidates += possible(
        *shape, dtype, precision=precision, multiprocessors=driver.multiprocessors(), count=_CANDIDATES
    )

    def launcher(tiling: ProductTiling | None) -> Callable[[], object]:
        if tiling is None:
            return lambda: xp.matmul(a, b)
        plan = plan_product(*shape, dtype, a_layout=layouts[0], b_layout=layouts[1], tiling=tiling)
        tickets = xp.zeros(plan.tickets, np.uint32) if plan.tickets else 0
        return lambda: launch_product(xp, plan, a, b, tickets)

    return min(candidates, key=lambda tiling: seconds(launcher(tiling)))


def seconds(launch: Callable[[], object]) -> float:
    """Return how long one launch of many in a row takes: the median of several times, after some to warm up."""

    def several(count: int) -> float:
        def repeat() -> None:
            for _ in range(count):
                launch()

        return driver.seconds(repeat) / count

    once = [several(1) for _ in range(_WARM_UPS)][-1]
    count = max(1, min(_MOST_LAUNCHES, round(_SECONDS / max(once, 1e-9))))
    return median(several(count) for _ in range(_TIMES))


def launch_product(xp: Any, plan: ProductPlan, a: Array, b: Array, tickets: Array | int) -> Array:
    """Return a matrix product that is computed as planned, by one launch on the current stream.

    Args:
        xp: the array namespace.
        plan: how it is computed.
        a: the left operand, as the plan's layout says.
        b: the right operand, likewise.
        tickets: at least the plan's tickets, all zero, which no other stream uses meanwhile; 0 if it has none.
    """
    c = xp.empty((a.shape[0], b.shape[1]), a.dtype)
    scratch = xp.empty(plan.scratch, a.dtype) if plan.scratch else 0
    kernel = driver.kernel(plan.source, KERNEL, shared_bytes=plan.shared_bytes)
    kernel(plan.grid, plan.threads, (a, b, c, scratch, tickets))
    return c


def _scratch(xp: Any, shape: tuple[int, int], dtype: np.dtype[Any], layout: Layout) -> Array:
    """Return a matrix of small numbers that lies in memory as another one does."""
    lines, length = shape[::-1] if layout.column_major else shape
    memory = (xp.arange(lines * layout.stride) % 61).astype(dtype).reshape(lines, layout.stride)[:, :length]
    return memory.T if layout.column_major else memory


def _text(tiling: ProductTiling) -> str:
    sizes = (tiling.tile_rows, tiling.tile_cols, tiling.tile_inner, tiling.thread_rows, tiling.thread_cols)
    return " ".join(map(str, (*sizes, tiling.slices, tiling.parts)))


def _tiling(text: str, dtype: np.dtype[Any], precision: Precision) -> ProductTiling | None:
    """Return the tiling that a text stands for, or None where it stands for none that can be used."""
    if not re.fullmatch(r"[1-9]\d{0,3}( [1-9]\d{0,3}){6}", text):
        return None
    tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, parts = map(int, text.split(" "))
    tiling = ProductTiling(
        tile_rows, tile_cols, tile_inner, thread_rows, thread_cols, slices, parts, dtype.itemsize, precision
    )
    return tiling if is_tiling(tiling) else None
