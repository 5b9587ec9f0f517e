"""From a trace to code, for the device that its matrices are on."""

from __future__ import annotations

from typing import Any

from shapedmat import ops
from shapedmat.compiler.arguments import BY_COLUMNS, BY_ROWS, MatrixForm
from shapedmat.compiler.code import Code
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.layouts import Layout, by_rows
from shapedmat.compiler.plan import Plan, make_plan
from shapedmat.compiler.tracing import Trace
from shapedmat.kernels import target, threads
from shapedmat.precision import require_full_on_cpu


def plan_of(trace: Trace, thread_count: int | None = None, **loop: Any) -> Plan:
    """Return the plan of a trace.

    Args:
        trace: the trace, of matrices on the CPU.
        thread_count: how many threads may share the work, of which those beyond the processors are left out: they
            would only be waited for, and the results do not depend on them. Without it, `number_of_threads`.
        **loop: what `make_plan` takes for a program that runs for many mini-batches.

    Raises:
        DeviceError: products are to be computed less precisely than in full.
    """
    for node in trace.graph.nodes:
        if node.op is ops.MATMUL:
            require_full_on_cpu(*node.inputs)
    count = min(threads.number_of_threads() if thread_count is None else thread_count, threads.processors())
    given = layouts_of(trace)
    for place in loop.pop("free", ()):
        del given[place]
    return make_plan(
        trace.graph, trace.inputs, trace.outputs, trace.updates, given, target.chosen(), threads=count, **loop
    )


def layouts_of(trace: Trace) -> dict[int, Layout]:
    """Return how the inputs of a trace lie in memory, by their places."""
    layouts = {place: by_rows(variable.shape) for place, variable in enumerate(trace.inputs)}
    for form in trace.signature.forms:
        if isinstance(form, MatrixForm):
            layouts[form.place] = _layout(form)
    return layouts


def _layout(form: MatrixForm) -> Layout:
    if form.flags & BY_ROWS:
        return by_rows(form.shape)
    if form.flags & BY_COLUMNS:
        return by_rows(form.shape, by_columns=True)
    row, column = form.strides
    return Layout(0, row // form.dtype.itemsize, column // form.dtype.itemsize)


def compiled(trace: Trace, thread_count: int | None = None) -> Code:
    """Return the code of a trace, on the CPU for as many threads as `plan_of` says.

    Raises:
        DeviceError: products are to be computed less precisely than the device does.
    """
    if trace.device == "cpu":
        return Executable(plan_of(trace, thread_count))
    from shapedmat.compiler.cuda.compilation import compiled_for_device  # noqa: PLC0415  # only who has a GPU needs it

    return compiled_for_device(trace)
