"""How precisely a GPU multiplies float32 matrices: fully, or on tensor cores with operands of fewer bits.

======  ================  ======================  =============================================================
        significant bits  unit roundoff u         numbers
======  ================  ======================  =============================================================
full    24                2⁻²⁴                    float32
tf32    11                2⁻¹¹                    TensorFloat-32: the exponents of float32
bf16    8                 2⁻⁸                     bfloat16: the exponents of float32
======  ================  ======================  =============================================================

Matrices stay float32: only what a product reads is rounded, each operand to nearest, and the products of the rounded
numbers, which are exact in float32, are added up in float32. An element of the product A · B of matrices with inner
dimension k then differs from the exact one by at most about ``(2 u + k · 2⁻²³) Σ |a| |b|``, where u is 2⁻¹¹ or 2⁻⁸: the
hardware may truncate where it adds (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.5;
M. Fasi et al., "Numerical behavior of NVIDIA tensor cores", PeerJ Computer Science 7:e330, 2021). What is computed
element by element, float64 and integers are never affected.

Sources: NVIDIA, "NVIDIA A100 Tensor Core GPU Architecture", whitepaper, 2020; NVIDIA, "Parallel Thread Execution ISA",
"Warp Level Matrix Multiply-Accumulate Instructions" and "Alternate Floating-Point Data Formats".
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Final, Literal, TypeAlias, get_args

from shapedmat.errors import DeviceError

Precision: TypeAlias = Literal["full", "tf32", "bf16"]
"""How products of float32 matrices are computed on a GPU."""

TENSOR_CORES_SINCE: Final = (8, 0)
"""The compute capability from which on tensor cores multiply tf32 and bf16."""

_chosen: ContextVar[Precision] = ContextVar("shapedmat_precision", default="full")
_counting: Final = threading.Lock()

reduced_blocks: int = 0
"""How many blocks of `use_precision` that ask for less than "full" are entered, in all threads.

While it is 0, which one comparison tells, no product has to look for its precision.
"""


def current_precision() -> Precision:
    """Return how products of float32 matrices on a GPU are computed: "full", unless `use_precision` says otherwise."""
    return _chosen.get()


@contextlib.contextmanager
def use_precision(precision: Precision) -> Iterator[None]:
    """Choose how products of float32 matrices are computed within a ``with`` block, or a function that this decorates.

    The choice holds in the current thread or task alone, and ends with the block. Nothing else ever chooses less than
    "full". In the block a product of float32 matrices raises `DeviceError` where the precision cannot be had: on the
    CPU, and on a GPU of a compute capability below 8.0.

    >>> with use_precision("tf32"):
    ...     current_precision()
    'tf32'
    >>> current_precision()
    'full'

    Raises:
        ValueError: there is no such precision.
    """
    if precision not in get_args(Precision):
        raise ValueError(f"there is no precision {precision!r}: choose one of {', '.join(get_args(Precision))}")
    reduced = precision != "full"
    token = _chosen.set(precision)
    _count(int(reduced))
    try:
        yield
    finally:
        _count(-int(reduced))
        _chosen.reset(token)


def _count(entered: int) -> None:
    global reduced_blocks  # noqa: PLW0603 -- a plain number is the cheapest thing that a product can look at
    with _counting:
        reduced_blocks += entered


def require_full_on_cpu(a: Any, b: Any) -> None:
    """Refuse a product on the CPU if it is one of float32 matrices and less than full precision is chosen.

    Args:
        a: The left operand, a NumPy array.
        b: The right operand.

    Raises:
        DeviceError: `use_precision` chose "tf32" or "bf16".
    """
    precision = _chosen.get()
    if precision != "full" and a.dtype.name == b.dtype.name == "float32":
        raise DeviceError(
            f"products in {precision} are computed by the tensor cores of a GPU, but the matrices are on the cpu: "
            "move them with .to('cuda'), or multiply them under use_precision('full')"
        )


def require_tensor_cores(precision: Precision, capability: tuple[int, int], device: str) -> None:
    """Refuse a precision that a GPU does not have.

    Args:
        precision: How float32 matrices are to be multiplied.
        capability: The device's compute capability, such as (9, 0).
        device: What messages call the device, such as "cuda:0".

    Raises:
        DeviceError: the precision needs tensor cores that the device does not have.
    """
    if precision != "full" and capability < TENSOR_CORES_SINCE:
        raise DeviceError(
            f"products in {precision} need compute capability 8.0, but {device} has {capability[0]}.{capability[1]}: "
            "multiply under use_precision('full')"
        )
