"""`trace`: a function and its arguments become a `Trace`, the graph of what it computes.

The function runs once, in Python, on matrices without elements. What it does to them lands in a
`shapedmat.graph.Graph`, of which code is made; in later calls with the same `Signature` only the code runs. So the
function must do the same in every call: it cannot branch on the elements of matrices or on floats, and the numbers that
it takes from outside its arguments are those of the first call. Where a matrix would go wrong unseen, tracing raises
`JitError` and names the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from shapedmat import backends
from shapedmat.compiler.arguments import (
    MatrixForm,
    Path,
    Reading,
    Signature,
    parameter_names,
    read,
    unordered_names,
)
from shapedmat.compiler.arrays import TracedArray, TracingBackend, traced_argument, tracing_backend
from shapedmat.compiler.numbers import TracedNumber
from shapedmat.compiler.overlaps import Overlaps, overlaps_itself
from shapedmat.compiler.recording import AnyVariable, Recorder
from shapedmat.compiler.results import Copies, Results, Returns
from shapedmat.compiler.source import SourceLine, first_line
from shapedmat.errors import JitError
from shapedmat.graph import Graph
from shapedmat.ops import Array


@dataclass(frozen=True)
class Trace:
    """What a function does with arguments of one signature.

    Attributes:
        function: the function's name.
        signature: what the graph holds for.
        device: where everything is computed: "cpu", or "cuda:0" and so on.
        graph: the operations. The values of ``assign`` nodes are their first operands with other elements in the places
            that the parameter ``key`` says, as a graph changes nothing.
        inputs: a variable for each leaf of the arguments, in the order in which a guard returns them: for a matrix one
            of its shape, for a number one of 1×1.
        outputs: the variables that `finish` needs, in this order, each in memory of its own. An output can be an input
            or a constant, then it is a copy; and an input that is updated, then it is what the input was before.
        updates: by the place of an input, the variable that its memory has to hold after the call. It can be another
            input, as it was before the call.
        sources: the line of the program that each node comes from, by the node's output.
        returns: how the result is made.
        names: the name of each input as the program writes it, such as ``network.w1``.
    """

    function: str
    signature: Signature
    device: str
    graph: Graph
    inputs: tuple[AnyVariable, ...]
    outputs: tuple[AnyVariable, ...]
    updates: Mapping[int, AnyVariable]
    sources: Mapping[AnyVariable, SourceLine]
    returns: Returns
    names: tuple[str, ...]

    def finish(self, arguments: Sequence[Any], keywords: Mapping[str, Any], outputs: Sequence[Array]) -> Any:
        """Return the result of a call, and put into its arguments what the function has put into them.

        Args:
            arguments: the arguments of the call by place.
            keywords: the arguments of the call by name.
            outputs: an array for each output, whose memory is given away.
        """
        return self.returns.finish(arguments, keywords, outputs)

    @cached_property
    def _overlaps(self) -> Overlaps:
        return Overlaps(self.signature, self.updates)

    def require_apart(self, leaves: Sequence[Any]) -> None:
        """Raise an error if memory that the function changes is also that of another argument.

        Within Python the other argument would change, too, in the middle of the function; the code, which computes in
        another order, cannot follow.

        Args:
            leaves: the arrays and numbers of a call, as a guard returns them.

        Raises:
            JitError: two arguments share memory, and one of them is updated.
        """
        found = self._overlaps.found(leaves)
        if found is not None:
            place, other = found
            raise self._change(place, f"which shares memory with {self.names[other]}: pass a copy of one of them")

    def require_separate(self) -> None:
        """Raise an error if the function changes a matrix whose elements are in the same places of memory.

        Raises:
            JitError: it does.
        """
        for form in self.signature.forms:
            if isinstance(form, MatrixForm) and form.place in self.updates and overlaps_itself(form):
                raise self._change(form.place, "whose elements share memory with one another: pass a .copy() of it")

    def _change(self, place: int, problem: str) -> JitError:
        source = self.sources.get(self.updates[place])
        where = f"{source}: " if source else ""
        return JitError(f"{where}{self.function} changes {self.names[place]} in place, {problem}")


def trace(function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Trace:
    """Run a function on traced arguments, and return what it does.

    The arguments themselves are only read.

    Args:
        function: the function.
        arguments: its arguments by place.
        keywords: its arguments by name.

    Raises:
        JitError: the function does what cannot be compiled, or is given or returns what a compiled function cannot;
            what the function itself raises passes through.
    """
    name = getattr(function, "__name__", type(function).__name__)
    parameters = parameter_names(function)
    reading = read(name, arguments, keywords, parameters, unordered_names(function))
    names = tuple(path.named(parameters) for path in reading.paths)
    recorder = Recorder(name)
    device = _common_device(reading, names, recorder)
    backend = tracing_backend(recorder, backends.parse_device(device)[0])
    leaves = _leaves(backend, reading, names, device)
    copies = Copies(leaves)
    positional = [
        copies.copy(form, argument, Path(place))
        for place, (form, argument) in enumerate(zip(reading.signature.positional, arguments, strict=True))
    ]
    named = {key: copies.copy(form, keywords[key], Path(key)) for key, form in reading.signature.keywords}
    inputs = tuple(recorder.graph.variables)
    with backends.choose(backend):
        try:
            result = function(*positional, **{key: named[key] for key in keywords})
            results = Results(backend, copies, str(first_line(function)))
            returns = Returns(results.of(result), copies.rebindings(results))
        finally:
            recorder.is_open = False
    updates = {
        place: leaf.storage.variable
        for place, leaf in enumerate(leaves)
        if isinstance(leaf, TracedArray) and leaf.storage.variable is not inputs[place]
    }
    traced = Trace(
        function=name,
        signature=reading.signature,
        device=device,
        graph=recorder.graph,
        inputs=inputs,
        outputs=tuple(results.outputs),
        updates=updates,
        sources=recorder.sources,
        returns=returns,
        names=names,
    )
    traced.require_separate()
    traced.require_apart(reading.leaves)
    return traced


def is_tracing() -> bool:
    """Tell whether a function is being traced, so that a call of a compiled function is a part of it."""
    return isinstance(backends.current(), TracingBackend)


def _leaves(
    backend: TracingBackend, reading: Reading, names: Sequence[str], device: str
) -> list[TracedArray | TracedNumber]:
    leaves: list[TracedArray | TracedNumber] = []
    graph, recorder = backend.recorder.graph, backend.recorder
    for name, leaf in zip(names, reading.leaves, strict=True):
        if isinstance(leaf, float | np.floating):
            number = graph.input(name, 1, 1, dtype=np.dtype(type(leaf)).type)
            leaves.append(TracedNumber(recorder, number, type(leaf)))
        else:
            variable = graph.input(name, *leaf.shape, dtype=leaf.dtype.type)
            leaves.append(traced_argument(backend, variable, leaf, device))
    return leaves


def _common_device(reading: Reading, names: Sequence[str], recorder: Recorder) -> str:
    """Return where all matrices lie; without any, where the current backend computes."""
    first: MatrixForm | None = None
    for form in reading.signature.forms:
        if isinstance(form, MatrixForm):
            first = first or form
            if form.device != first.device:
                raise recorder.error(
                    f"{names[first.place]} of {recorder.function} is on {first.device} and {names[form.place]} on "
                    f"{form.device}: move one with .to({first.device!r})"
                )
    if first is not None:
        return first.device
    return "cpu" if backends.current().device_type == "cpu" else "cuda:0"
