"""`Interpreter`, which runs a trace operation by operation, each by the kernel that its backend has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shapedmat.compiler.tracing import Trace
from shapedmat.graph import Execution
from shapedmat.matrix import Matrix
from shapedmat.ops import Array


class Interpreter:
    """Runs a trace with the kernels of the current backend.

    Args:
        trace: what to run.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._execution = Execution(trace.graph, device=trace.device)
        self._variables = [*trace.outputs, *trace.updates.values()]

    def __call__(self, leaves: Sequence[Any]) -> list[Array]:
        """Change the inputs that the trace updates, and return its outputs, each with memory of its own.

        Args:
            leaves: the arrays and numbers of a call, as a guard returns them.
        """
        trace = self._trace
        feeds = [
            variable.feed(self._matrix(leaf, variable.dtype))
            for variable, leaf in zip(trace.inputs, leaves, strict=True)
        ]
        # Values may be views of the inputs, which change below.
        values = [matrix._array.copy(order="C") for matrix in self._execution.run(self._variables, *feeds)]
        outputs, updated = values[: len(trace.outputs)], values[len(trace.outputs) :]
        for place, value in zip(trace.updates, updated, strict=True):
            leaves[place][...] = value
        return outputs

    def _matrix(self, leaf: Any, dtype: np.dtype[Any]) -> Matrix[Any, Any, Any]:
        if isinstance(leaf, float | np.floating):
            return Matrix.from_array(np.full((1, 1), leaf, dtype)).to(self._trace.device)
        return Matrix.from_array(leaf)
