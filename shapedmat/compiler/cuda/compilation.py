"""From a trace of matrices on a GPU to kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shapedmat import backends
from shapedmat.compiler.arguments import MatrixForm, NumberForm
from shapedmat.compiler.compilation import layouts_of
from shapedmat.compiler.cuda.executable import DeviceExecutable
from shapedmat.compiler.cuda.plan import make_device_plan
from shapedmat.compiler.interpretation import Interpreter
from shapedmat.compiler.tracing import Trace
from shapedmat.kernels.cuda import driver
from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.precision import current_precision, require_tensor_cores


def compiled_for_device(trace: Trace, **loop: Any) -> DeviceExecutable:
    """Return the kernels of a trace.

    Args:
        trace: the trace.
        **loop: what `make_device_plan` takes for a program that runs for many mini-batches.

    Raises:
        DeviceError: products are to be computed on tensor cores that the device does not have.
    """
    _, number = backends.parse_device(trace.device)
    precision = current_precision()
    require_tensor_cores(precision, driver.compute_capability(number), trace.device)
    forms = list(trace.signature.forms)
    numbers = frozenset(form.place for form in forms if isinstance(form, NumberForm))
    # Where a matrix begins is known of a loop's alone. In calls, one that is contiguous can be copied if need be.
    strided = frozenset(form.place for form in forms if isinstance(form, MatrixForm) and form.strides)
    settings: dict[str, Any] = {"unaligned": strided, **loop}
    plan = make_device_plan(
        trace.graph,
        trace.inputs,
        trace.outputs,
        trace.updates,
        layouts_of(trace),
        numbers=numbers,
        precision=precision,
        **settings,
    )
    return DeviceExecutable(plan, trace.function, number, None if loop else Interpreter(trace))


def unaligned_places(leaves: Sequence[Any]) -> tuple[int, ...]:
    """Return the places of the matrices on a GPU that do not begin where the widest access may."""
    return tuple(
        place
        for place, leaf in enumerate(leaves)
        if not isinstance(leaf, (float, np.floating, np.ndarray)) and leaf.data.ptr % WIDEST_BYTES
    )
