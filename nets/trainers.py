"""Trainers: how parameters descend along gradients, in place, with what they remember of each parameter.

The formulas are those of PyTorch's optimizers (`torch.optim`), and so are the default settings of AdaGrad, RMSProp and
Adam. Each class says its own, with p for a parameter, g for the gradient of the loss by it, η for the learning rate and
t for the number of the step, from 1 on; where the paper's formula is another one, the class says that too.

A trainer takes parameters and gradients by name, from a graph or from anywhere else:

>>> from shapedmat import Matrix
>>> parameters = {"w": Matrix.from_rows([[1.0, 2.0]])}
>>> SGD(learning_rate=0.5).update(parameters, {"w": Matrix.from_rows([[1.0, 1.0]])})
>>> parameters["w"]
Matrix[float32, 1, 2]([[0.5, 1.5]])

On the numba backend, on the CPU, a step of a graph is compiled: the loss, the gradients and the changes of all
parameters are one function in machine code, for each graph, and for all settings of a trainer but the learning rate.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias
from weakref import WeakKeyDictionary

from typing_extensions import override

from nets.compiling import THREADS, is_compiled
from shapedmat import Matrix, ShapeError, jit, sqrt
from shapedmat.errors import FileFormatError
from shapedmat.files import load_matrices, save_matrices
from shapedmat.graph import Execution, Feed, Gradients, Variable, replay

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]


@dataclass(kw_only=True)
class Trainer(ABC):
    """What all trainers share: the state of each parameter, and its files.

    Attributes:
        learning_rate: η, by which a step is scaled; it may be changed between steps.
        steps: how many steps were taken.
        state: by the parameter's name and what it is, such as "velocity", a matrix of the parameter's shape.

    Raises:
        ValueError: a setting is out of its range.
    """

    REMEMBERED: ClassVar[tuple[str, ...]] = ()
    """What is remembered of each parameter; it starts at zero."""

    learning_rate: float
    steps: int = field(default=0, init=False)
    state: dict[str, dict[str, AnyMatrix]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be positive: {self.learning_rate} was given")
        for name, value in self.settings.items():
            if name in _SHARES and not 0 <= value < 1:
                raise ValueError(f"{name} must be at least 0 and less than 1: {value} was given")

    @property
    def settings(self) -> dict[str, float]:
        """The settings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    def update(self, parameters: Mapping[str, AnyMatrix], gradients: Mapping[str, AnyMatrix]) -> None:
        """Take one step: change each parameter that has a gradient, in place.

        Raises:
            ValueError: there is a gradient for a parameter that is not there.
            ShapeError: a gradient has not its parameter's shape.
        """
        state = self.state_of(parameters, gradients)
        self.steps += 1
        self.descend(parameters, gradients, state, self.factors(self.steps))

    def state_of(
        self, parameters: Mapping[str, AnyMatrix], gradients: Mapping[str, AnyMatrix | Variable[Any, Any, Any]]
    ) -> dict[str, dict[str, AnyMatrix]]:
        """Return the state of each parameter that has a gradient; where there is none yet, it starts at zero.

        Raises:
            ValueError: there is a gradient for a parameter that is not there.
            ShapeError: a gradient has not its parameter's shape.
        """
        for name, gradient in gradients.items():
            if name not in parameters:
                raise ValueError(f"there is a gradient for {name!r}, but no such parameter")
            if gradient.shape != parameters[name].shape:
                raise ShapeError(
                    f"parameter {name!r} has shape {parameters[name].shape}, but its gradient has {gradient.shape}"
                )
        for name in gradients:
            if name not in self.state:
                self.state[name] = {each: _zeros_like(parameters[name]) for each in self.REMEMBERED}
        return {name: self.state[name] for name in gradients}

    def factors(self, step: int) -> tuple[float, ...]:
        """Return the numbers of a step, counted from 1, that `descend` takes: η, unless a trainer has others."""
        del step
        return (float(self.learning_rate),)

    def descend(
        self,
        parameters: Mapping[str, AnyMatrix],
        gradients: Mapping[str, AnyMatrix],
        state: Mapping[str, Mapping[str, AnyMatrix]],
        factors: Sequence[float],
    ) -> None:
        """Change each parameter that has a gradient, and its state, in place; this can be compiled.

        Args:
            parameters: by name.
            gradients: by the name of the parameter.
            state: of these parameters, from `state_of`.
            factors: of the step, from `factors`.
        """
        for name, gradient in gradients.items():
            self._descend(parameters[name], gradient, state[name], factors)

    def step(self, execution: Execution, loss: Variable[Any, Any, Any], gradients: Gradients, *feeds: Feed) -> float:
        """Run a graph for its loss and its gradients, change its parameters, and return the loss before that.

        On the numba backend it is compiled when it is first called for a graph, a loss and inputs of these shapes.

        Raises:
            ValueError: an input of the graph has no value, or there is a gradient for what is no parameter.
            JitError: on the numba backend, the graph holds what cannot be compiled, such as a function in Python.
        """
        wanted = gradients.by_name()
        if is_compiled(execution.device):
            compiled = self._compiled(execution, loss, wanted)
            fed = {feed.variable.name: feed.value for feed in feeds if feed.variable.graph is execution.graph}
            state = self.state_of(execution.parameters, wanted)
            found_loss = compiled(execution.parameters, state, fed, self.factors(self.steps + 1))
            self.steps += 1
            return float(found_loss.numpy()[0, 0])
        value, *found = execution.run([loss, *wanted.values()], *feeds)
        self.update(execution.parameters, dict(zip(wanted, found, strict=True)))
        return float(value.numpy()[0, 0])

    @abstractmethod
    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        """Change one parameter, and what is remembered of it, in place."""

    def _compiled(
        self, execution: Execution, loss: Variable[Any, Any, Any], wanted: Mapping[str, Variable[Any, Any, Any]]
    ) -> Callable[..., AnyMatrix]:
        """Return the compiled step of a graph: a function of its parameters, their state, its inputs and factors."""
        settings = tuple((name, value) for name, value in self.settings.items() if name != "learning_rate")
        key = type(self), settings, loss, tuple(wanted.items())
        functions = _compiled_steps.setdefault(execution, {})
        if key not in functions:
            graph, trainer = execution.graph, type(self)(learning_rate=self.learning_rate, **dict(settings))

            @jit(threads=THREADS)
            def step(
                parameters: dict[str, AnyMatrix],
                state: dict[str, dict[str, AnyMatrix]],
                inputs: dict[str, AnyMatrix],
                factors: tuple[float, ...],
            ) -> AnyMatrix:
                value, *found = replay(graph, [loss, *wanted.values()], parameters | inputs)
                trainer.descend(parameters, dict(zip(wanted, found, strict=True)), state, factors)
                return value

            functions[key] = step
        return functions[key]

    def save(self, path: Path) -> None:
        """Save settings, steps and state as a safetensors file, from which `load_trainer` makes an equal trainer.

        Raises:
            OSError: the file cannot be written.
        """
        matrices = {f"{kind}/{name}": matrix for name, kinds in self.state.items() for kind, matrix in kinds.items()}
        texts = {
            "trainer": type(self).__name__,
            "settings": json.dumps(self.settings),
            "steps": str(self.steps),
            "parameters": json.dumps(list(self.state)),
        }
        save_matrices(path, matrices, texts)


@dataclass(kw_only=True)
class SGD(Trainer):
    """Stochastic gradient descent: p ← p − η g (Robbins & Monro, 1951)."""

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        del state  # there is none
        parameter -= factors[0] * gradient


@dataclass(kw_only=True)
class Momentum(Trainer):
    """Gradient descent with momentum μ: v ← μ v + g, p ← p − η v (Polyak, 1964).

    The paper's velocity is −η v, which is the same as long as η is.
    """

    REMEMBERED = ("velocity",)

    momentum: float = 0.9

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += gradient
        parameter -= factors[0] * velocity


@dataclass(kw_only=True)
class Nesterov(Trainer):
    """Nesterov's accelerated gradient: v ← μ v + g, p ← p − η (g + μ v).

    Nesterov (1983), in the form of Sutskever, Martens, Dahl & Hinton (2013) with p where their look-ahead θ + μ v is.
    """

    REMEMBERED = ("velocity",)

    momentum: float = 0.9

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += gradient
        parameter -= factors[0] * (gradient + self.momentum * velocity)


@dataclass(kw_only=True)
class AdaGrad(Trainer):
    """Steps that grow smaller where gradients were large: s ← s + g², p ← p − η g / (√s + ε) (Duchi et al., 2011)."""

    REMEMBERED = ("squares",)

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        squares = state["squares"]
        squares += gradient * gradient
        parameter -= factors[0] * gradient / (sqrt(squares) + self.epsilon)


@dataclass(kw_only=True)
class RMSProp(Trainer):
    """Gradients over their root mean square: s ← β s + (1 − β) g², p ← p − η g / (√s + ε).

    Tieleman & Hinton, *Neural Networks for Machine Learning*, lecture 6.5 (2012).
    """

    REMEMBERED = ("squares",)

    learning_rate: float = 0.01
    decay: float = 0.99
    epsilon: float = 1e-8

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        squares = state["squares"]
        squares *= self.decay
        squares += (1 - self.decay) * (gradient * gradient)
        parameter -= factors[0] * gradient / (sqrt(squares) + self.epsilon)


@dataclass(kw_only=True)
class Adam(Trainer):
    """Adaptive moments: m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², p ← p − η m̂ / (√ŝ + ε).

    Here m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ), which undo that m and s start at zero (Kingma & Ba, 2015).
    """

    REMEMBERED = ("mean", "squares")

    learning_rate: float = 0.001
    mean_decay: float = 0.9
    decay: float = 0.999
    epsilon: float = 1e-8

    @override
    def factors(self, step: int) -> tuple[float, ...]:
        """Return η / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ) for step t."""
        return self.learning_rate / (1 - self.mean_decay**step), float((1 - self.decay**step) ** -0.5)

    def _descend(
        self, parameter: AnyMatrix, gradient: AnyMatrix, state: Mapping[str, AnyMatrix], factors: Sequence[float]
    ) -> None:
        mean, squares = state["mean"], state["squares"]
        mean *= self.mean_decay
        mean += (1 - self.mean_decay) * gradient
        squares *= self.decay
        squares += (1 - self.decay) * (gradient * gradient)
        rate, root_scale = factors
        root = sqrt(squares)
        root *= root_scale
        root += self.epsilon
        parameter -= rate * mean / root


_compiled_steps: Final[WeakKeyDictionary[Execution, dict[tuple[Any, ...], Callable[..., AnyMatrix]]]] = (
    WeakKeyDictionary()
)
"""The compiled steps of each graph that has values, by the trainer's kind and settings, the loss and the gradients."""

_SHARES: Final = ("momentum", "decay", "mean_decay")

TRAINERS: Final[Mapping[str, type[Trainer]]] = {
    each.__name__: each for each in (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam)
}
"""Every trainer by its name."""


def load_trainer(path: Path, *, device: str = "cpu") -> Trainer:
    """Return the trainer that `Trainer.save` wrote; it goes on as if it had never stopped, bit for bit.

    Args:
        path: the file.
        device: where the parameters lie.

    Raises:
        FileNotFoundError: there is no such file.
        FileFormatError: it is not a file of a trainer.
    """
    matrices, texts = load_matrices(path)
    try:
        kind = TRAINERS[texts["trainer"]]
        trainer = kind(**json.loads(texts["settings"]))
        trainer.steps = int(texts["steps"])
        trainer.state = {
            name: {each: matrices[f"{each}/{name}"].to(device) for each in kind.REMEMBERED}
            for name in json.loads(texts["parameters"])
        }
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path} does not hold a trainer as Trainer.save writes it; check the path") from error
    return trainer


def _zeros_like(parameter: AnyMatrix) -> AnyMatrix:
    return Matrix.zeros(parameter.rows, parameter.cols, dtype=parameter.dtype.type, device=parameter.device)
