"""Graphs of `shapedmat.graph` as ONNX models, in which a node becomes an operator, or a few.

Every size of a graph is known, also that of the batch, and so are the sizes of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from nets.onnx_models import OnnxModel, Value
from shapedmat.graph import Execution, Node, Variable
from shapedmat.graph.node import needed_for

AnyVariable: TypeAlias = Variable[Any, Any, Any]
Conversion: TypeAlias = Callable[[OnnxModel, Node, list[str]], object]
"""Adds the operators of a node whose inputs have these names, and whose output has the node's."""


def save_graph(
    path: Path, execution: Execution, outputs: Sequence[AnyVariable], *, metadata: Mapping[str, str] | None = None
) -> None:
    """Save what some variables of a graph are computed by, with the parameters as they are, as an ONNX model.

    The model takes and gives what the graph does, by the variables' names; a run of it with onnxruntime is one of
    `Execution.run`.

    Args:
        path: the file.
        execution: the graph with its parameters.
        outputs: what the model is to compute.
        metadata: texts by name.

    Raises:
        BackendError: the package onnx is not installed.
        ValueError: an output is not computed by a node of this graph, or an operation has no operators here.
        OSError: the file cannot be written.
    """
    graph = execution.graph
    for output in outputs:
        if output.graph is not graph or output.role != "result":
            raise ValueError(f"{output.name!r} is not computed by the graph: give outputs of its nodes")
    model = OnnxModel()
    needed = needed_for(outputs, graph.nodes)
    values = {variable: graph.constants[variable] for variable in graph.constants if variable in needed}
    values |= {each: execution.parameters[each.name] for each in graph.parameters if each in needed}
    for variable, matrix in values.items():
        model.number(variable.name, matrix.numpy())
    for node in graph.nodes:
        if node.output in needed:
            _add(model, node)
    model.save(
        path,
        [_value(each) for each in graph.variables if each in needed and each.role == "input"],
        [_value(each) for each in outputs],
        description=f"A graph that computes {', '.join(each.name for each in outputs)}.",
        metadata=metadata or {},
    )


def _value(variable: AnyVariable) -> Value:
    return Value(variable.name, variable.shape, variable.dtype)


def _add(model: OnnxModel, node: Node) -> None:
    if node.op.name not in _CONVERSIONS:
        raise ValueError(f"node {node.name!r} cannot be exported: {node.op.name} has no operators in ONNX here")
    dtype = node.variables[0].dtype
    inputs = [
        each.name if isinstance(each, Variable) else model.number(f"{node.name}.{place}", np.array(each, dtype))
        for place, each in enumerate(node.inputs)
    ]
    _CONVERSIONS[node.op.name](model, node, inputs)


# --- one operator or a few for each operation -------------------------------------------------------------------------


def _namesake(operator: str, **settings: Any) -> Conversion:
    return lambda model, node, inputs: model.add(operator, inputs, node.name, **settings)


def _along(operator: str) -> Conversion:
    return lambda model, node, inputs: model.add(operator, inputs, node.name, axis=node.parameters["axis"])


def _reduction(operator: str) -> Conversion:
    return lambda model, node, inputs: model.add(operator, inputs, node.name, axes=_axes(node), keepdims=1)


def _sum(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    axes = model.number(f"{node.name}.axes", np.array(_axes(node), np.int64))
    model.add("ReduceSum", [*inputs, axes], node.name, keepdims=1)


def _position(operator: str) -> Conversion:
    def convert(model: OnnxModel, node: Node, inputs: list[str]) -> None:
        axis, x = node.parameters["axis"], inputs[0]
        if axis is None:
            row = model.number(f"{node.name}.row", np.array([1, -1], np.int64))
            axis, x = 1, model.add("Reshape", [x, row], f"{node.name}.elements")
        model.add(operator, [x], node.name, axis=axis, keepdims=1)

    return convert


def _axes(node: Node) -> list[int]:
    axis = node.parameters["axis"]
    return [0, 1] if axis is None else [axis]


def _square(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    model.add("Mul", [*inputs, *inputs], node.name)


def _not_equal(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    model.add("Not", [model.add("Equal", inputs, f"{node.name}.equal")], node.name)


def _power(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    exponent = model.number(f"{node.name}.exponent", np.array(node.parameters["exponent"], node.output.dtype))
    model.add("Pow", [*inputs, exponent], node.name)


def _cast(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    model.cast(inputs[0], node.output.dtype, node.name)


def _to_shape(operator: str) -> Conversion:
    def convert(model: OnnxModel, node: Node, inputs: list[str]) -> None:
        shape = model.number(f"{node.name}.shape", np.array(node.output.shape, np.int64))
        model.add(operator, [*inputs, shape], node.name)

    return convert


def _index(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    key = node.parameters["key"]
    if not all(isinstance(entry, slice) for entry in key):
        raise ValueError(f"node {node.name!r} cannot be exported: only slices have operators in ONNX here")
    ranges = [range(size)[entry] for size, entry in zip(node.variables[0].shape, key, strict=True)]
    settings = {
        "starts": [each.start for each in ranges],
        # The end of a slice that goes down to the first element is before it, where -1 would count from the end.
        "ends": [each.stop if each.stop >= 0 else np.iinfo(np.int64).min for each in ranges],
        "axes": [0, 1],
        "steps": [each.step for each in ranges],
    }
    numbers = [model.number(f"{node.name}.{name}", np.array(each, np.int64)) for name, each in settings.items()]
    model.add("Slice", [*inputs, *numbers], node.name)


def _distances(model: OnnxModel, node: Node, inputs: list[str]) -> None:
    apart = model.add("Sub", inputs, f"{node.name}.apart")
    model.add("ReduceL2", [apart], node.name, axes=[1], keepdims=1)


_CONVERSIONS: Final[Mapping[str, Conversion]] = {
    "add": _namesake("Add"),
    "subtract": _namesake("Sub"),
    "multiply": _namesake("Mul"),
    "divide": _namesake("Div"),
    "hadamard": _namesake("Mul"),
    "accumulate": _namesake("Sum"),
    "equal": _namesake("Equal"),
    "not_equal": _not_equal,
    "less": _namesake("Less"),
    "less_equal": _namesake("LessOrEqual"),
    "greater": _namesake("Greater"),
    "greater_equal": _namesake("GreaterOrEqual"),
    "negative": _namesake("Neg"),
    "absolute": _namesake("Abs"),
    "sign": _namesake("Sign"),
    "square": _square,
    "sqrt": _namesake("Sqrt"),
    "exp": _namesake("Exp"),
    "log": _namesake("Log"),
    "sin": _namesake("Sin"),
    "cos": _namesake("Cos"),
    "sigmoid": _namesake("Sigmoid"),
    "tanh": _namesake("Tanh"),
    "relu": _namesake("Relu"),
    "softmax": _along("Softmax"),
    "log_softmax": _along("LogSoftmax"),
    "power": _power,
    "cast": _cast,
    "matmul": _namesake("MatMul"),
    "sum": _sum,
    "mean": _reduction("ReduceMean"),
    "max": _reduction("ReduceMax"),
    "min": _reduction("ReduceMin"),
    "argmax": _position("ArgMax"),
    "argmin": _position("ArgMin"),
    "norm": _namesake("ReduceL2", axes=[0, 1], keepdims=1),
    "row_norms": _namesake("ReduceL2", axes=[1], keepdims=1),
    "differences": _namesake("Sub"),
    "distances": _distances,
    "transpose": _namesake("Transpose", perm=[1, 0]),
    "reshape": _to_shape("Reshape"),
    "broadcast": _to_shape("Expand"),
    "hstack": _namesake("Concat", axis=1),
    "vstack": _namesake("Concat", axis=0),
    "index": _index,
}
