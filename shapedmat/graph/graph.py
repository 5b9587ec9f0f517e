"""`Graph`: what is to be computed, as variables with an index each and nodes that hold an operation of the table."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np

from shapedmat import ops, shapes
from shapedmat.construction import C, D, R
from shapedmat.dimensions import UNKNOWN
from shapedmat.errors import DTypeError, ShapeError
from shapedmat.graph import dot
from shapedmat.graph.initializers import Initializer
from shapedmat.graph.node import Node, needed_for, on_paths
from shapedmat.graph.variable import Role, Variable
from shapedmat.matrix import Matrix, Scalar, checked_operands
from shapedmat.ops import Op
from shapedmat.specialization import checked_dtype, specification_of


@dataclass(frozen=True)
class Gradients:
    """The gradients that `Graph.backward` has added, by the variable that each is for; it has its shape and type."""

    variables: Mapping[Variable[Any, Any, Any], Variable[Any, Any, Any]]

    def __getitem__(self, variable: Variable[D, R, C]) -> Variable[D, R, C]:
        return self.variables[variable]

    def __len__(self) -> int:
        return len(self.variables)

    def by_name(self) -> dict[str, Variable[Any, Any, Any]]:
        """Return the gradients by the names of the variables that they are for."""
        return {variable.name: gradient for variable, gradient in self.variables.items()}


@dataclass(eq=False, repr=False)
class Graph:
    """A static computation graph, which grows by one node at a time.

    Attributes:
        variables: every variable, each at the place that its index says.
        nodes: every node, behind those whose outputs it takes.
        initializers: how each parameter starts.
        constants: the value of each variable that never changes.
    """

    variables: list[Variable[Any, Any, Any]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    initializers: dict[Variable[Any, Any, Any], Initializer] = field(default_factory=dict)
    constants: dict[Variable[Any, Any, Any], Matrix[Any, Any, Any]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _numbers: dict[str, int] = field(default_factory=dict)
    _scope: str = ""

    def __repr__(self) -> str:
        return f"Graph of {len(self.variables)} variables and {len(self.nodes)} nodes"

    # --- variables ----------------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> list[Variable[Any, Any, Any]]:
        """The variables that are trained."""
        return list(self.initializers)

    @overload
    def input(self, name: str, kind: type[Matrix[D, R, C]], /) -> Variable[D, R, C]: ...
    @overload
    def input(self, name: str, rows: R, cols: C, /) -> Variable[np.float32, R, C]: ...
    @overload
    def input(self, name: str, rows: R, cols: C, /, *, dtype: type[D]) -> Variable[D, R, C]: ...
    def input(self, name: str, *size: Any, dtype: Any = None) -> Any:
        """Return a variable that is fed: ``input("x", Matrix[f32, L[4], L[2]])`` or ``input("x", 4, 2)``.

        A type checker reads the sizes of the first form; for the second, declare the variable that it is assigned to.

        Raises:
            ValueError: a variable has this name.
            ShapeError: a size is negative, or the matrix type leaves one open.
        """
        return self._source(name, "input", size, dtype)

    @overload
    def parameter(self, name: str, kind: type[Matrix[D, R, C]], initializer: Initializer, /) -> Variable[D, R, C]: ...
    @overload
    def parameter(self, name: str, rows: R, cols: C, initializer: Initializer, /) -> Variable[np.float32, R, C]: ...
    @overload
    def parameter(
        self, name: str, rows: R, cols: C, initializer: Initializer, /, *, dtype: type[D]
    ) -> Variable[D, R, C]: ...
    def parameter(self, name: str, *arguments: Any, dtype: Any = None) -> Any:
        """Return a variable that is trained, with how it starts; see `input` for its shape.

        Raises:
            ValueError: a variable has this name.
            ShapeError: a size is negative, or the matrix type leaves one open.
        """
        *size, initializer = arguments
        variable = self._source(name, "parameter", tuple(size), dtype)
        self.initializers[variable] = initializer
        return variable

    def constant(self, name: str, value: Matrix[D, R, C]) -> Variable[D, R, C]:
        """Return a variable that always has this value.

        Raises:
            ValueError: a variable has this name.
        """
        return self._constant(self._new_name(name), value)

    def _constant(self, name: str, value: Matrix[D, R, C]) -> Variable[D, R, C]:
        variable = self._variable(name, "constant", value.shape, value.dtype)
        self.constants[variable] = value
        return variable

    def _source(self, name: str, role: Role, size: tuple[Any, ...], dtype: Any) -> Variable[Any, Any, Any]:
        if len(size) == 1:
            wanted = specification_of(size[0])
            dtype, size = wanted.dtype, (wanted.size("rows"), wanted.size("cols"))
        shapes.full(size)
        return self._variable(self._new_name(name), role, size, checked_dtype(dtype or np.float32))

    def _variable(self, name: str, role: Role, shape: tuple[Any, ...], dtype: Any) -> Variable[Any, Any, Any]:
        rows, cols = shape
        variable: Variable[Any, Any, Any] = Variable(self, len(self.variables), name, role, (rows, cols), dtype)
        self.variables.append(variable)
        self._names.add(name)
        return variable

    # --- names --------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Put ``name/`` before the names of what is added within a ``with`` block."""
        outer, self._scope = self._scope, f"{self._scope}{name}/"
        try:
            yield
        finally:
            self._scope = outer

    def _new_name(self, name: str) -> str:
        full = self._scope + name
        if full in self._names:
            raise ValueError(f"the graph has a variable {full!r} already: choose another name")
        return full

    def _numbered_name(self, name: str) -> str:
        first = self._scope + name
        # Names up to the last number are taken, so that the search begins there, and not anew for each of many nodes.
        number = self._numbers.get(first, 1)
        full = first if number == 1 else f"{first}_{number}"
        while full in self._names:
            number += 1
            full = f"{first}_{number}"
        self._numbers[first] = number
        return full

    # --- nodes --------------------------------------------------------------------------------------------------------

    def add_node(
        self, op: Op, inputs: Sequence[Variable[Any, Any, Any] | Scalar], *, name: str = "", **parameters: Any
    ) -> Variable[Any, Any, Any]:
        """Apply an operation to variables and numbers, and return its output.

        Args:
            op: an operation of the table.
            inputs: what it is applied to.
            name: the name of the node and its output; without one it is the operation's, with a number where it must.
            **parameters: what the operation takes beside them.

        Raises:
            ShapeError: the shapes do not fit, by the operation's rule; its words follow the node's name.
            DTypeError: the element types differ, or the operation does not take them.
            ValueError: a variable has this name or belongs to another graph, or the operation writes to its operands.
        """
        name = self._new_name(name) if name else self._numbered_name(op.name)
        if op is ops.ASSIGN:
            raise ValueError(f"node {name!r}: a graph cannot assign to a variable, as every value is computed once")
        given: tuple[Any, ...] = tuple(each.item() if isinstance(each, np.generic) else each for each in inputs)
        for each in given:
            if isinstance(each, Variable) and each.graph is not self:
                raise ValueError(f"node {name!r}: {each.name!r} belongs to another graph")
        try:
            checked_operands(op, tuple(map(_stand_in, given)), parameters)
        except (ShapeError, DTypeError) as error:
            raise type(error)(f"node {name!r}: {error}") from None
        return self._append(name, op, given, parameters)

    def add_checked_node(
        self, op: Op, inputs: tuple[Variable[Any, Any, Any] | float, ...], parameters: Mapping[str, Any]
    ) -> Variable[Any, Any, Any]:
        """Apply an operation that `shapedmat.matrix.checked_operands` has checked, and return its output.

        Unlike `add_node`, it takes ``assign`` too, whose output is then the operand with other elements in some places,
        and whose operand stays as it is.
        """
        return self._append(self._numbered_name(op.name), op, inputs, parameters)

    def _append(
        self, name: str, op: Op, inputs: tuple[Variable[Any, Any, Any] | float, ...], parameters: Mapping[str, Any]
    ) -> Variable[Any, Any, Any]:
        shape = op.shape(*(getattr(each, "shape", ()) for each in inputs), **parameters)
        if UNKNOWN in shape:
            raise ShapeError(
                f"node {name!r}: the shape of the result depends on values: index by places, not by a mask"
            )
        first = next(each for each in inputs if isinstance(each, Variable))
        fixed = {"operand": first.dtype, "dtype": parameters.get("dtype")}
        output = self._variable(name, "result", shape, np.dtype(fixed.get(op.result, op.result)))
        self.nodes.append(Node(op, inputs, parameters, output))
        return output

    # --- gradients ----------------------------------------------------------------------------------------------------

    def backward(
        self,
        output: Variable[Any, Any, Any],
        by: Sequence[Variable[Any, Any, Any]] | None = None,
        *,
        gradient: Variable[Any, Any, Any] | None = None,
    ) -> Gradients:
        """Add the nodes that compute the gradients of an output, by the operations' derivatives from the last node on.

        For an output y of shape (1, 1) they are ∂y/∂x; for another one they are those of Σ gᵢⱼ yᵢⱼ, where g is the
        gradient that is given. A variable that several nodes take gets the sum of what they pass back, from a node that
        exists only there. Gradients are variables of the same graph, and can be differentiated again.

        Args:
            output: what is differentiated.
            by: the variables that it is differentiated by; without it, the parameters that it depends on.
            gradient: the gradient of the output, of its shape.

        Raises:
            ShapeError: the output is not 1×1 and there is no gradient for it, or the gradient has another shape.
            DTypeError: the gradient has another element type than the output.
            ValueError: the output does not depend on a variable, or an operation between them has no derivative.
        """
        dependent = on_paths(self.parameters if by is None else by, output, self.nodes)
        sources = [each for each in self.parameters if each in dependent] if by is None else by
        for source in sources:
            if source not in dependent:
                raise ValueError(f"{output.name!r} has no gradient by {source.name!r}: it does not depend on it")
        first_node, first_variable = len(self.nodes), len(self.variables)
        found: dict[Variable[Any, Any, Any], Variable[Any, Any, Any]] = {}
        try:
            with self.scope("gradient"):
                totals = self._totals(output, self._output_gradient(output, gradient), dependent)
            found = {source: totals[source] for source in sources}
        finally:
            self._discard_unneeded(first_node, first_variable, found)
        return Gradients(found)

    def _totals(
        self,
        output: Variable[Any, Any, Any],
        gradient: Variable[Any, Any, Any],
        dependent: set[Variable[Any, Any, Any]],
    ) -> dict[Variable[Any, Any, Any], Variable[Any, Any, Any]]:
        """Return the gradients of the output by the variables on which it depends, from the last node to the first."""
        passed_back = {output: [gradient]}
        totals: dict[Variable[Any, Any, Any], Variable[Any, Any, Any]] = {}
        for node in reversed(self.nodes.copy()):
            if node.output in passed_back and not dependent.isdisjoint(node.variables):
                totals[node.output] = self._total(node.output, passed_back.pop(node.output))
                self._pass_back(node, totals[node.output], dependent, passed_back)
        return totals | {variable: self._total(variable, parts) for variable, parts in passed_back.items()}

    def _output_gradient(
        self, output: Variable[Any, Any, Any], gradient: Variable[Any, Any, Any] | None
    ) -> Variable[Any, Any, Any]:
        if gradient is None:
            if output.shape != (1, 1):
                raise ShapeError(
                    f"{output.name!r} has shape {output.shape}, where a loss of shape (1, 1) is wanted: "
                    "reduce it to one, or give the gradient of it"
                )
            one = Matrix.ones(1, 1, dtype=output.dtype.type, device="cpu")
            return self._constant(self._numbered_name("one"), one)
        if gradient.graph is not self:
            raise ValueError(f"{gradient.name!r} belongs to another graph")
        if gradient.shape != output.shape:
            raise ShapeError(f"{output.name!r} has shape {output.shape}, but its gradient has {gradient.shape}")
        if gradient.dtype != output.dtype:
            raise DTypeError(f"{output.name!r} has type {output.dtype}, but its gradient has {gradient.dtype}")
        return gradient

    def _pass_back(
        self,
        node: Node,
        gradient: Variable[Any, Any, Any],
        dependent: set[Variable[Any, Any, Any]],
        passed_back: dict[Variable[Any, Any, Any], list[Variable[Any, Any, Any]]],
    ) -> None:
        if node.op.vjp is None:
            raise ValueError(f"node {node.name!r} cannot be differentiated: {node.op.name} has no derivative")
        with self.scope(node.name):
            parts: tuple[Any, ...] = node.op.vjp(gradient, node.output, *node.inputs, **node.parameters)
        for operand, part in zip(node.inputs, parts, strict=True):
            if isinstance(operand, Variable) and operand in dependent:
                passed_back.setdefault(operand, []).append(part)

    def _total(
        self, variable: Variable[Any, Any, Any], parts: Sequence[Variable[Any, Any, Any]]
    ) -> Variable[Any, Any, Any]:
        if len(parts) == 1:
            return parts[0]
        with self.scope(variable.name):
            return self.add_node(ops.ACCUMULATE, parts)

    def _discard_unneeded(
        self, first_node: int, first_variable: int, found: Mapping[Variable[Any, Any, Any], Variable[Any, Any, Any]]
    ) -> None:
        """Remove what derivatives have added for operands whose gradients nobody wants, such as a network's inputs."""
        needed = needed_for(found.values(), self.nodes)
        self.nodes[first_node:] = [node for node in self.nodes[first_node:] if node.output in needed]
        added, self.variables[first_variable:] = self.variables[first_variable:], []
        self._numbers.clear()
        for variable in added:
            if variable in needed:
                variable.index = len(self.variables)
                self.variables.append(variable)
            else:
                self._names.remove(variable.name)
                self.constants.pop(variable, None)

    # --- pictures -----------------------------------------------------------------------------------------------------

    def to_dot(self) -> str:
        """Return the graph in the DOT language of Graphviz: inputs and parameters as boxes, nodes as ellipses."""
        return dot.to_dot(self.variables, self.nodes)


def _stand_in(operand: Any) -> Any:
    """Return a matrix of the variable's shape and element type, whose elements are one in memory, or the number."""
    if isinstance(operand, Variable):
        return Matrix.from_array(np.broadcast_to(np.zeros((), operand.dtype), operand.shape))
    return operand
