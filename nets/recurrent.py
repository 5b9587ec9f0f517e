"""Recurrent cells as nodes of a graph, and unrolling: nodes of a cell for each step, all with the same weights.

Each row of a variable is one sequence of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import sigmoid, tanh
from shapedmat.graph import Graph, Initializer, Variable, constant, xavier

Real = TypeVar("Real", bound=np.floating[Any])
Batch = TypeVar("Batch", bound=int)
Inputs = TypeVar("Inputs", bound=int)
Hidden = TypeVar("Hidden", bound=int)
State = TypeVar("State")

_XAVIER = xavier()
_ZERO = constant(0.0)


def unroll(
    cell: Callable[[Variable[Real, Batch, Inputs], State], State],
    inputs: Sequence[Variable[Real, Batch, Inputs]],
    state: State,
) -> list[State]:
    """Add a cell once for each input of a sequence, and return the state after each.

    Gradients flow back through all steps (backpropagation through time, Werbos, 1990).

    Args:
        cell: takes an input and a state to the next state.
        inputs: the inputs of the steps, each of shape (batch, inputs).
        state: the state before the first step.
    """
    states = []
    for x in inputs:
        state = cell(x, state)
        states.append(state)
    return states


@dataclass(frozen=True)
class RecurrentCell(Generic[Real, Inputs, Hidden]):
    """The simple recurrent cell h' = tanh(x w + h u + b) (Elman, 1990).

    Attributes:
        graph: the graph that it is in.
        name: what the names of its nodes begin with.
        w: the weights of the input, of shape (inputs, hidden).
        u: the weights of the state, of shape (hidden, hidden).
        b: the biases, of shape (1, hidden).
    """

    graph: Graph
    name: str
    w: Variable[Real, Inputs, Hidden]
    u: Variable[Real, Hidden, Hidden]
    b: Variable[Real, L[1], Hidden]

    @classmethod
    def added(
        cls,
        graph: Graph,
        inputs: Inputs,
        hidden: Hidden,
        *,
        name: str,
        dtype: type[Real],
        weights: Initializer = _XAVIER,
    ) -> RecurrentCell[Real, Inputs, Hidden]:
        """Add the parameters ``w``, ``u`` and ``b``, whose names begin with `name`, to a graph.

        Raises:
            ValueError: the graph has such parameters.
        """
        with graph.scope(name):
            return cls(
                graph,
                name,
                graph.parameter("w", inputs, hidden, weights, dtype=dtype),
                graph.parameter("u", hidden, hidden, weights, dtype=dtype),
                graph.parameter("b", 1, hidden, _ZERO, dtype=dtype),
            )

    def __call__(
        self, x: Variable[Real, Batch, Inputs], h: Variable[Real, Batch, Hidden]
    ) -> Variable[Real, Batch, Hidden]:
        """Add one step, and return its state.

        Raises:
            ShapeError: x has not as many columns as w has rows, or h as u.
        """
        with self.graph.scope(self.name):
            return (x @ self.w + h @ self.u + self.b).apply(tanh)


@dataclass(frozen=True)
class LSTMState(Generic[Real, Batch, Hidden]):
    """What a long short-term memory hands on: the output h and the memory c, each of shape (batch, hidden)."""

    h: Variable[Real, Batch, Hidden]
    c: Variable[Real, Batch, Hidden]


@dataclass(frozen=True)
class LSTMCell(Generic[Real, Inputs, Hidden]):
    """The cell of a long short-term memory (Hochreiter & Schmidhuber, 1997) with a forget gate (Gers et al., 2000).

    From z = x w + h u + b, whose columns are those of the input gate i, the forget gate f, the output gate o and the
    candidate g, side by side:

        i, f, o = σ(zᵢ), σ(z_f), σ(zₒ),  g = tanh(z_g),  c' = f ∘ c + i ∘ g,  h' = o ∘ tanh(c').

    Attributes:
        graph: the graph that it is in.
        name: what the names of its nodes begin with.
        w: the weights of the input, of shape (inputs, 4 hidden).
        u: the weights of the state, of shape (hidden, 4 hidden).
        b: the biases, of shape (1, 4 hidden).
    """

    graph: Graph
    name: str
    w: Variable[Real, Inputs, Any]
    u: Variable[Real, Hidden, Any]
    b: Variable[Real, L[1], Any]

    @classmethod
    def added(
        cls,
        graph: Graph,
        inputs: Inputs,
        hidden: Hidden,
        *,
        name: str,
        dtype: type[Real],
        weights: Initializer = _XAVIER,
    ) -> LSTMCell[Real, Inputs, Hidden]:
        """Add the parameters ``w``, ``u`` and ``b``, whose names begin with `name`, to a graph.

        The biases of the forget gate start at 1, so that the memory is kept at first (Gers et al., 2000), all others
        at 0.

        Raises:
            ValueError: the graph has such parameters.
        """

        def biases(shape: tuple[int, int], _: np.random.Generator) -> np.ndarray[Any, np.dtype[Any]]:
            start = np.zeros(shape)
            start[:, hidden : 2 * hidden] = 1
            return start

        with graph.scope(name):
            return cls(
                graph,
                name,
                graph.parameter("w", inputs, 4 * hidden, weights, dtype=dtype),
                graph.parameter("u", hidden, 4 * hidden, weights, dtype=dtype),
                graph.parameter("b", 1, 4 * hidden, biases, dtype=dtype),
            )

    def __call__(
        self, x: Variable[Real, Batch, Inputs], state: LSTMState[Real, Batch, Hidden]
    ) -> LSTMState[Real, Batch, Hidden]:
        """Add one step, and return its state.

        Raises:
            ShapeError: x has not as many columns as w has rows, or the state as u.
        """
        hidden = self.u.rows
        with self.graph.scope(self.name):
            z = x @ self.w + state.h @ self.u + self.b
            # One logistic function for the three gates side by side.
            gates = z.take_columns(slice(0, 3 * hidden)).apply(sigmoid)
            input_gate, forget_gate, output_gate = (
                gates.take_columns(slice(gate * hidden, (gate + 1) * hidden)) for gate in range(3)
            )
            candidate = z.take_columns(slice(3 * hidden, 4 * hidden)).apply(tanh)
            c = forget_gate * state.c + input_gate * candidate
            return LSTMState(output_gate * c.apply(tanh), c)
