"""`Execution`: the values of a graph's parameters, and runs of as many of its nodes as an answer needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from shapedmat import backends, ops
from shapedmat.backends import Backend
from shapedmat.construction import C, D, R
from shapedmat.errors import DeviceError, DTypeError, ShapeError
from shapedmat.graph.graph import Graph
from shapedmat.graph.node import Node, needed_for
from shapedmat.graph.variable import Feed, Variable
from shapedmat.initializers import Seed
from shapedmat.matrix import Matrix, apply_op
from shapedmat.ops import Array, Namespace


@dataclass(frozen=True, slots=True)
class _Step:
    """One node, ready to run: the places of what its kernel takes, and of its result."""

    kernel: Callable[..., Array]
    inputs: tuple[int, ...]
    parameters: Mapping[str, Any]
    output: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run for some outputs does to a list of values, of which each variable and each number has a place.

    Attributes:
        namespace: the array namespace that the kernels are called with.
        values: the constants, the numbers and what follows from them, with nothing in the other places.
        inputs: the places of the inputs.
        parameters: the names of the parameters, and their places.
        steps: the nodes in their order.
        outputs: the places of the outputs.
    """

    namespace: Namespace
    values: list[Any]
    inputs: Mapping[Variable[Any, Any, Any], int]
    parameters: Sequence[tuple[str, int]]
    steps: Sequence[_Step]
    outputs: Sequence[int]


class Execution:
    """A graph with values for its parameters, on one device.

    A run computes the nodes that what is asked for needs, each once, and no others. What depends on constants alone is
    computed before the first run.

    Args:
        graph: the graph; nodes may be added to it later, parameters not.
        seed: from which the parameters are drawn, in the order in which they were added.
        device: "cpu", "cuda" or "cuda:N", where everything lies and is computed.

    Attributes:
        graph: the graph.
        device: the device.
        parameters: the parameters' values by name, which are trained in place.

    Raises:
        ShapeError: an initializer gives another shape than the parameter's.
        DeviceError: there is no such device.
    """

    def __init__(self, graph: Graph, *, seed: Seed = 0, device: str = "cpu") -> None:
        self.graph = graph
        self.device = device
        self.parameters: dict[str, Matrix[Any, Any, Any]] = {}
        rng = np.random.default_rng(seed)
        for variable, draw in graph.initializers.items():
            array = draw(variable.shape, rng)
            if array.shape != variable.shape:
                raise ShapeError(
                    f"parameter {variable.name!r} has shape {variable.shape}, but its initializer gives {array.shape}"
                )
            self.parameters[variable.name] = Matrix.from_array(array.astype(variable.dtype, order="C")).to(device)
        self._plans: dict[tuple[str, tuple[Variable[Any, Any, Any], ...]], _Plan] = {}
        self._on_device = Matrix.zeros(1, 1, device=device)

    def load(self, parameters: Mapping[str, Matrix[Any, Any, Any]]) -> None:
        """Take over values of all parameters by name; what else there is, such as a trainer's state, is left aside.

        Raises:
            ShapeError: a name is missing, or a shape differs.
            DTypeError: an element type differs.
        """
        for name, own in self.parameters.items():
            if name not in parameters:
                raise ShapeError(f"parameter {name!r} has shape {own.shape}, but no value is given")
            given = parameters[name]
            if given.shape != own.shape:
                raise ShapeError(f"parameter {name!r} has shape {own.shape}, but {given.shape} is given")
            if given.dtype != own.dtype:
                raise DTypeError(f"parameter {name!r} has type {own.dtype}, but {given.dtype} is given")
        self.parameters = {name: parameters[name].to(self.device).copy() for name in self.parameters}

    @overload
    def run(self, outputs: Variable[D, R, C], *feeds: Feed) -> Matrix[D, R, C]: ...
    @overload
    def run(self, outputs: Sequence[Variable[Any, Any, Any]], *feeds: Feed) -> list[Matrix[Any, Any, Any]]: ...
    def run(self, outputs: Any, *feeds: Feed) -> Any:
        """Return the value of a variable, or of several, for some values of the inputs.

        Args:
            outputs: the variable, or the variables. The value of a parameter is the one that is trained, not a copy.
            *feeds: a value for each input that the outputs depend on, as ``x.feed(matrix)``.

        Raises:
            ValueError: an input has no value, or a variable belongs to another graph.
            DeviceError: a value lies on another device.
        """
        if isinstance(outputs, Variable):
            return self.run([outputs], *feeds)[0]
        backend = backends.for_array(self._on_device._array)
        key = backend.name, tuple(outputs)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._planned(outputs, backend)
        values = plan.values.copy()
        for name, place in plan.parameters:
            values[place] = self.parameters[name]._array
        self._feed(plan, values, feeds)
        namespace = plan.namespace
        for step in plan.steps:
            values[step.output] = step.kernel(namespace, *[values[each] for each in step.inputs], **step.parameters)
        return [Matrix(values[place]) for place in plan.outputs]

    def _feed(self, plan: _Plan, values: list[Any], feeds: Sequence[Feed]) -> None:
        for feed in feeds:
            if feed.value.device != self._on_device.device:
                raise DeviceError(
                    f"{feed.variable.name!r} was fed a matrix on {feed.value.device}, but the graph runs on "
                    f"{self._on_device.device}: move it with .to({self.device!r})"
                )
            place = plan.inputs.get(feed.variable)
            if place is not None:
                values[place] = feed.value._array
        for name, place in ((variable.name, place) for variable, place in plan.inputs.items()):
            if values[place] is None:
                raise _missing(name)

    def _planned(self, outputs: Sequence[Variable[Any, Any, Any]], backend: Backend) -> _Plan:
        needed = _needed(self.graph, outputs)
        places = {variable: place for place, variable in enumerate(v for v in self.graph.variables if v in needed)}
        values: list[Any] = [None] * len(places)
        for variable, value in self.graph.constants.items():
            if variable in needed:
                values[places[variable]] = value.to(self.device)._array
        steps = []
        for node in self.graph.nodes:
            if node.output in needed:
                step = self._step(node, places, values, backend)
                if any(values[each] is None for each in step.inputs):
                    steps.append(step)
                else:
                    arrays = [values[each] for each in step.inputs]
                    values[step.output] = step.kernel(backend.namespace, *arrays, **step.parameters)
        return _Plan(
            backend.namespace,
            values,
            {variable: place for variable, place in places.items() if variable.role == "input"},
            [(variable.name, place) for variable, place in places.items() if variable.role == "parameter"],
            steps,
            [places[output] for output in outputs],
        )

    def _step(
        self, node: Node, places: Mapping[Variable[Any, Any, Any], int], values: list[Any], backend: Backend
    ) -> _Step:
        inputs = []
        for each in node.inputs:
            if isinstance(each, Variable):
                inputs.append(places[each])
            else:
                inputs.append(len(values))
                values.append(each)
        kernel = _replace if node.op is ops.ASSIGN else backend.kernels.get(node.op.name, node.op.kernel)
        return _Step(kernel, tuple(inputs), node.parameters, places[node.output])


def replay(
    graph: Graph, outputs: Sequence[Variable[Any, Any, Any]], values: Mapping[str, Matrix[Any, Any, Any]]
) -> list[Matrix[Any, Any, Any]]:
    """Return the values of some variables, computed where the backend does, by one operation on matrices after another.

    That is slower than an `Execution`, but a part of a function that is compiled, for which it is made.

    Args:
        graph: the graph.
        outputs: the variables.
        values: the inputs and parameters that the outputs depend on, by name.

    Raises:
        ValueError: an input has no value, or a variable belongs to another graph.
    """
    needed = _needed(graph, outputs)
    known: dict[Variable[Any, Any, Any], Matrix[Any, Any, Any]] = {}
    for variable in graph.variables:
        if variable in graph.constants and variable in needed:
            known[variable] = Matrix._adopted(graph.constants[variable].numpy(), None)
        elif variable.name in values:
            known[variable] = values[variable.name]
        elif variable.role == "input" and variable in needed:
            raise _missing(variable.name)
    for node in graph.nodes:
        if node.output in needed:
            operands = [known[each] if isinstance(each, Variable) else each for each in node.inputs]
            known[node.output] = apply_op(node.op, *operands, **node.parameters)
    return [known[each] for each in outputs]


def _needed(graph: Graph, outputs: Sequence[Variable[Any, Any, Any]]) -> set[Variable[Any, Any, Any]]:
    for output in outputs:
        if output.graph is not graph:
            raise ValueError(f"{output.name!r} belongs to another graph")
    return needed_for(outputs, graph.nodes)


def _missing(name: str) -> ValueError:
    return ValueError(f"input {name!r} has no value: give the run a feed of it, as in {name}.feed(matrix)")


def _replace(xp: Namespace, x: Array, value: Array, *, key: tuple[Any, ...]) -> Array:
    # As a value of a graph is computed once, what is assigned to is a copy.
    return ops.ASSIGN.kernel(xp, x.copy(), value, key=key)
