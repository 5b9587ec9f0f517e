"""Networks that are put together from layers, trained by gradient descent, saved and resumed.

>>> import numpy as np
>>> from typing import Literal as L
>>> from nets.activations import Activation
>>> from nets.layers import Linear
>>> from shapedmat import Matrix
>>> x = Matrix[np.float32, L[2], L[4]].from_rows([[0, 0, 1, 1], [0, 1, 0, 1]])  # a sample is a column
>>> y = Matrix[np.float32, L[1], L[4]].from_rows([[0, 1, 1, 0]])
>>> net = NeuralNet(
...     Sequential(
...         Linear[np.float32, L[2], L[4]].initialized(seed=0),
...         Activation("tanh"),
...         Linear[np.float32, L[4], L[1]].initialized(seed=1),
...         Activation("sigmoid"),
...     )
... )
>>> history = net.fit(x, y, epochs=500, learning_rate=2.0)
>>> (net.predict(x) > 0.5).numpy().tolist()
[[False, True, True, False]]
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, TypeAlias

import numpy as np
from typing_extensions import TypeVar

from nets.activations import Activation
from nets.checkpoints import EpochRecord
from nets.chunks import in_chunks
from nets.fitting import Run, Settings
from nets.layers import AnyLayer, Linear, Normalization, Parameters
from nets.losses import Loss, MeanSquaredError
from nets.schedules import Constant, Schedule
from nets.sequential import Sequential
from shapedmat import FileFormatError, Matrix
from shapedmat.files import load_matrices, save_matrices

Real = TypeVar("Real", bound=np.floating[Any], default=Any)
Inputs = TypeVar("Inputs", bound=int, default=Any)
Outputs = TypeVar("Outputs", bound=int, default=Any)
Batch = TypeVar("Batch", bound=int)

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]

Callback: TypeAlias = "Callable[[int, float, float, NeuralNet[Any, Any, Any]], bool | None]"
"""Is called after each epoch with its number from 1, its loss, the learning rate of its last step and the network.

Training ends after an epoch for which it returns True.
"""

FORMAT: Final = "shapedmat network 1"


class NeuralNet(Generic[Real, Inputs, Outputs]):
    """A network: layers one after another, of which the first takes the samples and the last gives the predictions.

    Made of a `Sequential`, it has its sizes, and a type checker knows what `predict` and `fit` take. Layers can also be
    added one by one, when the sizes are checked as each is added.

    >>> from nets.activations import Activation
    >>> net = NeuralNet()
    >>> net.add(Linear.initialized(2, 4))
    >>> net.add(Activation("relu"))
    >>> net.add(Linear.initialized(5, 1))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: layer 3, Linear(5, 1), takes 5 inputs, but layer 1, Linear(2, 4), gives 4 outputs
    """

    def __init__(self, layers: Sequential[Real, Inputs, Outputs] | None = None) -> None:
        self._layers: Sequential[Real, Inputs, Outputs] = Sequential.of([]) if layers is None else layers

    def __repr__(self) -> str:
        return f"NeuralNet({self._layers})"

    @property
    def layers(self) -> tuple[AnyLayer, ...]:
        """The layers, in their order."""
        return self._layers.layers

    @property
    def parameters(self) -> Parameters:
        """What is learned, by the layer's number and the name in it: ``1.weights``, ``1.bias``, ``3.weights``, ..."""
        return self._layers.parameters

    @property
    def device(self) -> str:
        """Where the parameters lie.

        Raises:
            ValueError: there are none.
        """
        return self._any_parameter().device

    @property
    def dtype(self) -> np.dtype[Real]:
        """The element type of the parameters.

        Raises:
            ValueError: there are none.
        """
        return self._any_parameter().dtype

    def add(self, layer: AnyLayer) -> None:
        """Put a layer behind the others.

        Raises:
            ShapeError: it does not take as many inputs as they give outputs.
        """
        self._layers = Sequential.of([*self.layers, layer])

    def to(self, device: str) -> NeuralNet[Real, Inputs, Outputs]:
        """Return the network on a device: one with the same layers where they lie there, else with copies."""
        return NeuralNet(self._layers.to(device))

    def predict(self, x: Matrix[Real, Inputs, Batch]) -> Matrix[Real, Outputs, Batch]:
        """Return the predictions for samples, one a column, on the device where they are.

        Where a GPU has no memory for what the layers give for all of them, they are gone through in parts, and a
        warning says of how many samples.

        Raises:
            ShapeError: x has not a row for each input.
            DeviceMemoryError: there is no memory for a single sample, or for the predictions.
        """

        def of_part(part: slice) -> Matrix[Real, Outputs, Any]:
            return self._layers.forward(x if part == slice(0, x.cols) else x[:, part])

        parts = in_chunks(of_part, x.cols, x.cols)
        return parts[0] if len(parts) == 1 else Matrix.hstack(*parts)

    def loss(self, x: Matrix[Real, Inputs, Batch], y: Matrix[Real, Outputs, Batch], loss: Loss | None = None) -> float:
        """Return how far the predictions for x are from y; the mean squared error unless another loss is given.

        Raises:
            ShapeError: y has not a row for each output and a column for each of x.
            ValueError: the network does not end in the activation that the loss takes in.
        """
        measure = MeanSquaredError() if loss is None else loss
        return measure(self._below(measure).forward(x), y)

    def fit(
        self,
        x: Matrix[Real, Inputs, Batch],
        y: Matrix[Real, Outputs, Batch],
        *,
        epochs: int,
        learning_rate: float,
        loss: Loss | None = None,
        schedule: Schedule | None = None,
        batch_size: int | None = None,
        seed: int = 0,
        callback: Callback | None = None,
        out: Path | None = None,
        save_every: int = 1,
        resume: bool = False,
    ) -> tuple[EpochRecord, ...]:
        """Train by gradient descent, and return a record of each epoch.

        The loss of an epoch is the mean over its samples, each as the network was when it was trained on. Where a
        `Normalization` has measured nothing yet, it first measures what comes to it. From the same initial parameters
        the same settings give the same network, bit for bit, also when the run was interrupted and resumed.

        Args:
            x: the samples, one a column, on the device of the network.
            y: what to predict for each.
            epochs: how often to go through the samples.
            learning_rate: of the first step.
            loss: what is made small; the mean squared error unless another is given.
            schedule: how the learning rate goes on; it stays as it is unless one is given.
            batch_size: samples a step, drawn in a new order in each epoch, the last of which may take fewer; without
                it, all samples make one step.
            seed: of that order.
            callback: is told of each epoch, and may end the training.
            out: a folder, made if need be, for ``checkpoint.safetensors`` and ``history.csv``.
            save_every: epochs between two checkpoints; the last epoch is saved too.
            resume: go on from the checkpoint in `out`; where there is none yet, start from the beginning. A schedule of
                one's own has to have a repr that says what it is.

        Raises:
            ShapeError: x has not a row for each input, or y not one for each output and a column for each of x.
            ValueError: a setting is out of its range, y is nothing that the loss can take, or the network does not end
                in the activation that the loss takes in.
            CheckpointError: `out` holds an earlier run and `resume` is not given, or its checkpoint is of another run.
            DivergenceError: the loss became infinite or not a number; the network is then of no use.
            JitError: on the numba backend, which compiles the steps (see `nets.compiling`), a layer or the loss cannot
                be compiled.
        """
        measure = MeanSquaredError() if loss is None else loss
        settings = Settings(epochs, learning_rate, measure, schedule or Constant(), batch_size, seed, save_every)
        run = Run(self._below(measure), x, y, settings, out, resume=resume)
        for record in run.epochs():
            if callback is not None and callback(record.epoch, record.train_loss, record.learning_rate, self):
                break
        run.save()
        return run.history

    def save(self, path: Path) -> None:
        """Save the layers and their numbers as a safetensors file, which replaces an older one whole.

        Raises:
            OSError: the file cannot be written.
        """
        save_matrices(path, self._layers.state, {"format": FORMAT, "layers": json.dumps(self._layers.description)})

    @classmethod
    def load(cls, path: Path) -> NeuralNet[Real, Inputs, Outputs]:
        """Load a network onto the CPU.

        Raises:
            FileNotFoundError: there is no such file.
            FileFormatError: it holds no network.
        """
        matrices, metadata = load_matrices(path)
        if metadata.get("format") != FORMAT:
            raise FileFormatError(
                f"{path} states the format {metadata.get('format')}, but a network of format {FORMAT} is wanted; "
                "check which file this is"
            )
        try:
            described = json.loads(metadata["layers"])
            whole: Sequential[Real, Inputs, Outputs] = _restored(described, matrices)
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise FileFormatError(f"{path} is not a network ({error!r}); check which file this is") from error
        return cls(whole)

    def _any_parameter(self) -> AnyMatrix:
        for parameter in self.parameters.values():
            return parameter
        raise ValueError("the network has no parameters: add a layer that has, such as Linear")

    def _below(self, loss: Loss) -> Sequential[Real, Inputs, Outputs]:
        """Return the layers whose output the loss takes: all, or all but the activation that it takes in."""
        if loss.activation is None:
            return self._layers
        last = self.layers[-1] if self.layers else None
        if not (isinstance(last, Activation) and last.name == loss.activation):
            raise ValueError(
                f"{type(loss).__name__} needs a network that ends in Activation({loss.activation!r}), not in {last}"
            )
        return Sequential.of(self.layers[:-1])


def _restored(description: dict[str, Any], matrices: Parameters) -> Sequential[Any, Any, Any]:
    """Return the layers that are described, with their numbers."""
    layers = [
        _layer(
            each, {name.removeprefix(f"{place}."): matrices[name] for name in matrices if name.startswith(f"{place}.")}
        )
        for place, each in enumerate(description["layers"], start=1)
    ]
    whole: Sequential[Any, Any, Any] = Sequential.of(layers)
    if whole.description != description or whole.state.keys() != matrices.keys():
        raise ValueError("the matrices are not those of the layers")
    return whole


def _layer(description: dict[str, Any], state: Parameters) -> AnyLayer:
    match description["layer"]:
        case "Linear":
            return Linear(state["weights"], state.get("bias"))
        case "Activation":
            return Activation(description["name"])
        case "Normalization":
            normalization = Normalization()
            normalization.load(state)
            return normalization
        case other:
            raise ValueError(f"there is no layer {other}")
