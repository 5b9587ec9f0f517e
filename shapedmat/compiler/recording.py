"""`Recorder`: the graph that a function leaves behind while it is traced, and the errors that name its lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from shapedmat import ops
from shapedmat.compiler.source import SourceLine, current_line
from shapedmat.errors import JitError
from shapedmat.graph import Graph, Variable
from shapedmat.ops import Op

AnyVariable: TypeAlias = Variable[Any, Any, Any]


class Recorder:
    """What one function does while it is traced.

    Attributes:
        function: the function's name.
        graph: the operations so far.
        sources: the line of the program that each variable comes from, save the inputs.
        is_open: whether the function still runs.
    """

    def __init__(self, function: str) -> None:
        self.function = function
        self.graph = Graph()
        self.sources: dict[AnyVariable, SourceLine] = {}
        self.is_open = True
        self._casts: dict[tuple[AnyVariable, np.dtype[Any]], AnyVariable] = {}

    def record(self, op: Op, inputs: tuple[AnyVariable | float, ...], parameters: Mapping[str, Any]) -> AnyVariable:
        """Add a node of an operation whose operands have been checked, and return its output.

        Raises:
            JitError: the function has ended.
        """
        self.require_open()
        output = self.graph.add_checked_node(op, inputs, parameters)
        self.sources[output] = current_line()
        return output

    def cast(self, variable: AnyVariable, dtype: np.dtype[Any]) -> AnyVariable:
        """Return a number with another element type; one node serves all that ask for it."""
        if variable.dtype == dtype:
            return variable
        key = variable, dtype
        if key not in self._casts:
            self._casts[key] = self.record(ops.CAST, (variable,), {"dtype": dtype})
        return self._casts[key]

    def require_open(self) -> None:
        """Raise an error once the function has ended.

        Raises:
            JitError: the function has ended.
        """
        if not self.is_open:
            raise self.error(
                f"a matrix or a number that {self.function} has kept while it was compiled has no value: "
                "let the function return it"
            )

    def valueless(self, action: str, advice: str) -> JitError:
        """Return the error for what needs a value that is not computed yet.

        Raises:
            JitError: the function has ended, so that there will never be one.
        """
        self.require_open()
        return self.error(f"cannot {action} while {self.function} is compiled, as it has no value yet: {advice}")

    def error(self, message: str) -> JitError:
        """Return an error that names the line of the program that runs."""
        return JitError(f"{current_line()}: {message}")
