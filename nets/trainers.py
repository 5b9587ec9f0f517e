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
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

from shapedmat import Matrix, ShapeError, sqrt
from shapedmat.errors import FileFormatError
from shapedmat.files import load_matrices, save_matrices
from shapedmat.graph import Execution, Feed, Gradients, Variable

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
        for name, gradient in gradients.items():
            if name not in parameters:
                raise ValueError(f"there is a gradient for {name!r}, but no such parameter")
            if gradient.shape != parameters[name].shape:
                raise ShapeError(
                    f"parameter {name!r} has shape {parameters[name].shape}, but its gradient has {gradient.shape}"
                )
        self.steps += 1
        for name, gradient in gradients.items():
            parameter = parameters[name]
            if name not in self.state:
                self.state[name] = {each: _zeros_like(parameter) for each in self.REMEMBERED}
            self._descend(parameter, gradient, **self.state[name])

    def step(self, execution: Execution, loss: Variable[Any, Any, Any], gradients: Gradients, *feeds: Feed) -> float:
        """Run a graph for its loss and its gradients, change its parameters, and return the loss before that.

        Raises:
            ValueError: an input of the graph has no value.
        """
        wanted = gradients.by_name()
        value, *found = execution.run([loss, *wanted.values()], *feeds)
        self.update(execution.parameters, dict(zip(wanted, found, strict=True)))
        return float(value.numpy()[0, 0])

    @abstractmethod
    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        """Change one parameter, and what is remembered of it, in place."""

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

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:  # noqa: ARG002 (none)
        parameter -= self.learning_rate * gradient


@dataclass(kw_only=True)
class Momentum(Trainer):
    """Gradient descent with momentum μ: v ← μ v + g, p ← p − η v (Polyak, 1964).

    The paper's velocity is −η v, which is the same as long as η is.
    """

    REMEMBERED = ("velocity",)

    momentum: float = 0.9

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += gradient
        parameter -= self.learning_rate * velocity


@dataclass(kw_only=True)
class Nesterov(Trainer):
    """Nesterov's accelerated gradient: v ← μ v + g, p ← p − η (g + μ v).

    Nesterov (1983), in the form of Sutskever, Martens, Dahl & Hinton (2013) with p where their look-ahead θ + μ v is.
    """

    REMEMBERED = ("velocity",)

    momentum: float = 0.9

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += gradient
        parameter -= self.learning_rate * (gradient + self.momentum * velocity)


@dataclass(kw_only=True)
class AdaGrad(Trainer):
    """Steps that grow smaller where gradients were large: s ← s + g², p ← p − η g / (√s + ε) (Duchi et al., 2011)."""

    REMEMBERED = ("squares",)

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        squares = state["squares"]
        squares += gradient * gradient
        parameter -= self.learning_rate * gradient / (sqrt(squares) + self.epsilon)


@dataclass(kw_only=True)
class RMSProp(Trainer):
    """Gradients over their root mean square: s ← β s + (1 − β) g², p ← p − η g / (√s + ε).

    Tieleman & Hinton, *Neural Networks for Machine Learning*, lecture 6.5 (2012).
    """

    REMEMBERED = ("squares",)

    learning_rate: float = 0.01
    decay: float = 0.99
    epsilon: float = 1e-8

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        squares = state["squares"]
        squares *= self.decay
        squares += (1 - self.decay) * (gradient * gradient)
        parameter -= self.learning_rate * gradient / (sqrt(squares) + self.epsilon)


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

    def _descend(self, parameter: AnyMatrix, gradient: AnyMatrix, **state: AnyMatrix) -> None:
        mean, squares = state["mean"], state["squares"]
        mean *= self.mean_decay
        mean += (1 - self.mean_decay) * gradient
        squares *= self.decay
        squares += (1 - self.decay) * (gradient * gradient)
        rate = self.learning_rate / (1 - self.mean_decay**self.steps)
        root = sqrt(squares)
        root *= (1 - self.decay**self.steps) ** -0.5
        root += self.epsilon
        parameter -= rate * mean / root


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
