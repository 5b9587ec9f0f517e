# ruff: noqa: N803  # X is scikit-learn's name for samples
"""What the estimators of `nets.estimators` share: the settings, the network and its training.

On the numba backend, with ``device="cpu"``, an epoch is one call of machine code (see `nets.compiling`), which other
fits of networks of the same sizes on mini-batches of the same sizes use again.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, get_args
from typing import Literal as L

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nets.activations import Activation, Name
from nets.chunks import in_chunks
from nets.compiling import THREADS, is_compiled
from nets.export import layers_of
from nets.layers import AnyLayer, Linear, Normalization, Start
from nets.losses import Loss
from nets.neural_net import NeuralNet
from nets.sequential import Sequential
from nets.trainers import TRAINERS, Trainer
from nets.training import DivergenceError
from shapedmat import Matrix, MiniBatchLoop

if TYPE_CHECKING:
    Function = TypeVar("Function")

    def checked_when_fitted(function: Function) -> Function: ...  # noqa: D103  # for type checkers alone
else:
    # Estimators take any parameters and refuse them in `fit`, for the sake of grid search.
    from typing import no_type_check as checked_when_fitted

HiddenActivation: TypeAlias = L["sigmoid", "tanh", "relu", "sin"]
TrainerName: TypeAlias = L["SGD", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"]

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
_State: TypeAlias = tuple[Sequential[Any, Any, Any], dict[str, dict[str, AnyMatrix]]]
"""Layers, and what the trainer remembers of each of their parameters."""

_LARGEST_BATCH: Final = 200
_LARGEST_SEED: Final = 2**31 - 1
_STARTS: Final[dict[HiddenActivation, Start]] = {"sigmoid": "xavier", "tanh": "xavier", "relu": "he", "sin": "xavier"}


class Perceptron(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron whose targets are rows of numbers; `nets.estimators` says what the parameters are."""

    network_: NeuralNet[Any, Any, Any]
    loss_curve_: list[float]
    n_iter_: int

    @checked_when_fitted
    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (128, 64),
        *,
        activation: HiddenActivation = "relu",
        trainer: TrainerName = "Adam",
        learning_rate: float = 0.01,
        batch_size: int | None = None,
        epochs: int = 200,
        l2: float = 1e-4,
        tol: float = 1e-4,
        patience: int = 10,
        standardize: bool = True,
        random_state: int | np.random.RandomState | None = None,
        device: str = "cpu",
    ) -> None:
        self.hidden_layer_sizes: Sequence[int] = hidden_layer_sizes
        self.activation: HiddenActivation = activation
        self.trainer: TrainerName = trainer
        self.learning_rate: float = learning_rate
        self.batch_size: int | None = batch_size
        self.epochs: int = epochs
        self.l2: float = l2
        self.tol: float = tol
        self.patience: int = patience
        self.standardize: bool = standardize
        self.random_state: int | np.random.RandomState | None = random_state
        self.device: str = device

    @property
    def loss_(self) -> float:
        """The mean loss of the samples in the last epoch, each as the network was when it was trained on."""
        return self.loss_curve_[-1]

    @abstractmethod
    def _loss_and_output(self) -> tuple[Loss, Name | None]:
        """Return what is made small, and the activation that the network ends in."""

    def _begin(self, inputs: int, outputs: int, dtype: Any) -> None:
        """Make the network, with weights that have learned nothing."""
        self._check_settings()
        given: Any = self.random_state
        # A number is taken as it is, so that weights and orders are those of the same seed elsewhere in `nets`.
        seed = int(given if _is_whole(given, 0) else check_random_state(given).randint(_LARGEST_SEED))
        rng = np.random.default_rng(seed)
        # Not default_rng(seed), from which the weights are drawn.
        self._order = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(1,))))
        layers: list[AnyLayer] = [Normalization()] if self.standardize else []
        for size in self.hidden_layer_sizes:
            layers += [self._linear(inputs, size, rng, dtype, _STARTS[self.activation]), Activation(self.activation)]
            inputs = size
        layers.append(self._linear(inputs, outputs, rng, dtype, "xavier"))
        _, last = self._loss_and_output()
        self.network_ = NeuralNet(Sequential.of(layers if last is None else [*layers, Activation(last)]))
        self.loss_curve_ = []
        self.n_iter_ = 0
        self._trainer: Trainer = TRAINERS[self.trainer](learning_rate=self.learning_rate)

    def _linear(self, inputs: int, outputs: int, rng: Any, dtype: Any, start: Start) -> Linear[Any, Any, Any]:
        return Linear.initialized(inputs, outputs, seed=rng, start=start, dtype=dtype, device=self.device)

    def _train(self, x: Array, y: Array, epochs: int) -> None:
        """Go through samples and targets, one a row, so many times, or until the loss has long not become less."""
        samples, targets = (Matrix.from_array(np.ascontiguousarray(each)).to(self.network_.device) for each in (x, y))
        first = self.network_.layers[0]
        if isinstance(first, Normalization) and first.standardization is None:
            first.measure(samples.T)
        self._trainer.learning_rate = self.learning_rate
        loss, _ = self._loss_and_output()
        count = len(self.network_.layers) - (loss.activation is not None)
        layers: Sequential[Any, Any, Any] = Sequential.of(self.network_.layers[:count])
        best, without_improvement = math.inf, 0
        for _ in range(epochs):
            value = self._epoch(layers, loss, samples, targets)
            without_improvement = without_improvement + 1 if value > best - self.tol else 0
            best = min(best, value)
            if self.patience and without_improvement >= self.patience:
                break

    def _epoch(self, layers: Sequential[Any, Any, Any], loss: Loss, samples: AnyMatrix, targets: AnyMatrix) -> float:
        size = min(_LARGEST_BATCH, samples.rows) if self.batch_size is None else self.batch_size
        order = self._order.permutation(samples.rows)
        take_steps = self._compiled_steps if is_compiled(samples.device) else self._eager_steps
        parameters = layers.parameters
        state = layers, self._trainer.state_of(parameters, parameters)
        losses = take_steps(state, loss, [samples, targets], order, size)
        if not math.isfinite(losses[-1]):
            raise DivergenceError(f"the loss is {losses[-1]}", self.n_iter_ + 1, len(losses), self.learning_rate, None)
        total = sum(value * min(size, samples.rows - step * size) for step, value in enumerate(losses))
        self.n_iter_ += 1
        self.loss_curve_.append(total / samples.rows)
        return self.loss_curve_[-1]

    def _eager_steps(
        self, state: _State, loss: Loss, data: Sequence[AnyMatrix], order: Places, size: int
    ) -> list[float]:
        """Take the steps of an epoch, and return the loss before each; the last may be one that is not finite."""
        trainer, losses, rows = self._trainer, list[float](), data[0].rows
        layers, remembered = state
        for start in range(0, rows, size):
            # The order within the one batch of all samples changes nothing.
            chosen = order[start : start + size]
            x, y = (each.T if size >= rows else each[chosen].T for each in data)
            trainer.steps += 1
            with np.errstate(over="ignore", invalid="ignore"):  # a loss that is not finite is reported
                value = _step(layers, loss, trainer, self.l2, remembered, x, y, trainer.factors(trainer.steps))
            losses.append(float(value.numpy()[0, 0]))
            if not math.isfinite(losses[-1]):
                break
        return losses

    def _compiled_steps(
        self, state: _State, loss: Loss, data: Sequence[AnyMatrix], order: Places, size: int
    ) -> list[float]:
        """Do the same in machine code."""
        trainer, rows = self._trainer, data[0].rows
        steps = -(-rows // size)
        factors = zip(*(trainer.factors(trainer.steps + step) for step in range(1, steps + 1)), strict=True)
        loop = _loop(loss, type(trainer), self.l2)
        losses: list[float] = loop.run(state, data, order, min(size, rows), [*factors]).tolist()
        trainer.steps += len(losses)
        return losses

    def _outputs(self, X: Any) -> Array:
        """Return what the network gives for samples, of shape (samples, outputs)."""
        check_is_fitted(self, "network_")
        x: Any = validate_data(self, X, dtype=self.network_.dtype.type, reset=False)

        def of_part(part: slice) -> Array:
            outputs: Array = self.network_.predict(Matrix.from_array(x[part]).to(self.network_.device).T).numpy().T
            return outputs

        parts = in_chunks(of_part, len(x), len(x))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _validated(self, X: Any, y: Any, *, is_first: bool, **settings: bool) -> tuple[Array, Array]:
        dtypes = [np.float64, np.float32] if is_first else [self.network_.dtype.type]
        checked: Any = validate_data(self, X, y, dtype=dtypes, reset=is_first, **settings)
        x, y = checked
        return x, y

    def _check_settings(self) -> None:
        for name, fits, wanted in (
            (
                "hidden_layer_sizes",
                _are_sizes(self.hidden_layer_sizes),
                "a sequence of positive sizes, such as (128, 64),",
            ),
            ("activation", self.activation in get_args(HiddenActivation), f"one of {listed(HiddenActivation)}"),
            ("trainer", self.trainer in get_args(TrainerName), f"one of {listed(TrainerName)}"),
            ("learning_rate", 0 < self.learning_rate < math.inf, "a number above 0"),
            ("batch_size", self.batch_size is None or _is_whole(self.batch_size, 1), "1 or more"),
            ("epochs", _is_whole(self.epochs, 1), "1 or more"),
            ("l2", 0 <= self.l2 < math.inf, "0 or more"),
            ("tol", self.tol >= 0, "0 or more"),
            ("patience", _is_whole(self.patience, 0), "0 or more"),
        ):
            if not fits:
                raise ValueError(f"{name} is {getattr(self, name)!r}, but {wanted} is wanted")


def _step(
    layers: Sequential[Any, Any, Any],
    loss: Loss,
    trainer: Trainer,
    l2: float,
    state: Mapping[str, Mapping[str, AnyMatrix]],
    x: AnyMatrix,
    y: AnyMatrix,
    factors: Sequence[float],
) -> AnyMatrix:
    """Take a step along the gradient, and return the loss before it."""
    activations = layers.activations(x)
    z, parameters = activations[-1], layers.parameters
    gradients = layers.gradients(activations, loss.derivative(z, y))
    if l2:
        for name, gradient in gradients.items():
            if name.endswith("weights"):
                gradient += (l2 / x.cols) * parameters[name]  # noqa: PLW2901  # in place
    trainer.descend(parameters, gradients, state, factors)
    return loss.value(z, y)


@lru_cache(maxsize=8)
def _loop(loss: Loss, trainer: type[Trainer], l2: float) -> MiniBatchLoop[Any]:
    """Return the loop over mini-batches, for layers with the state of a trainer that has its default settings."""
    settings = trainer(learning_rate=1.0)

    def step(state: _State, x: AnyMatrix, y: AnyMatrix, *factors: float) -> AnyMatrix:
        layers, remembered = state
        return _step(layers, loss, settings, l2, remembered, x.T, y.T, factors)

    return MiniBatchLoop(step, threads=THREADS)


@layers_of.register(Perceptron)
def _(estimator: Perceptron) -> Sequential[Any, Any, Any]:
    check_is_fitted(estimator, "network_")
    return layers_of(estimator.network_)


def listed(names: Any) -> str:
    """Return the strings of a literal type for a message."""
    return ", ".join(get_args(names))


def _are_sizes(value: Any) -> bool:
    return isinstance(value, Sequence) and all(_is_whole(size, 1) for size in value)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, (int, np.integer)) and bool(value >= least)
