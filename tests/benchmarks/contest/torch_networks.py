"""The task in PyTorch: with modules, autograd and optimiser; with gradients by hand; and that compiled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import torch

from tests.benchmarks.contest.task import Array, Contestant, Samples, Task

_COMPILED: Final[dict[str, dict[str, Any]]] = {
    "default": {},
    "C++ wrapper": {"options": {"cpp_wrapper": True}},
    "max-autotune-no-cudagraphs": {"mode": "max-autotune-no-cudagraphs"},
}


class _Torch:
    """The samples, and how an order is followed."""

    def __init__(self, task: Task, images: Any, targets: Any) -> None:
        self.task = task
        self.images, self.targets = images, targets

    def train(self, order: Array) -> Array:
        losses = [self.step(rows) for rows in torch.from_numpy(order).unbind()]
        found: Array = torch.stack(losses).numpy()
        return found

    def step(self, rows: Any) -> Any:
        """Take a step, and return the loss."""
        raise NotImplementedError


class Modules(_Torch):
    """`torch.nn` and `torch.optim`, as PyTorch is used."""

    def __init__(self, task: Task, images: Any, targets: Any) -> None:
        super().__init__(task, images, targets)
        layers = [each for sizes in pairwise(task.sizes) for each in (torch.nn.Linear(*sizes), torch.nn.Sigmoid())]
        self.network: Any = torch.nn.Sequential(*layers)
        self.optimizer: Any = torch.optim.SGD(self.network.parameters(), task.rate)

    def start(self) -> None:
        with torch.no_grad():
            arrays = [array for layer in self.task.initial() for array in layer]
            for parameter, array in zip(self.network.parameters(), arrays, strict=True):
                parameter.copy_(torch.from_numpy(array))

    def step(self, rows: Any) -> Any:
        x, y = gathered(self.images, self.targets, rows)
        self.optimizer.zero_grad()
        error = self.network(x) - y
        loss = (error * error).sum() / len(rows)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def parameters(self) -> list[Array]:
        return [each.detach().numpy().copy() for each in self.network.parameters()]

    def outputs(self, images: Array) -> Array:
        with torch.no_grad():
            found: Array = self.network(torch.from_numpy(images)).numpy()
            return found


class ByHand(_Torch):
    """The equations of backpropagation, written with tensors that autograd does not follow."""

    def __init__(self, task: Task, images: Any, targets: Any, compiling: dict[str, Any] | None = None) -> None:
        super().__init__(task, images, targets)
        self.layers: list[Any] = []
        self.step_of: Any = train_step
        if compiling is not None:
            self.step_of = torch.compile(plain_train_step, dynamic=False, fullgraph=True, **compiling)

    def start(self) -> None:
        self.layers = [(torch.from_numpy(w.copy()), torch.from_numpy(b.copy())) for w, b in self.task.initial()]

    def train(self, order: Array) -> Array:
        with torch.no_grad():
            return super().train(order)

    def step(self, rows: Any) -> Any:
        return self.step_of(self.layers, self.images, self.targets, rows, self.task.rate)

    def parameters(self) -> list[Array]:
        return [each.numpy().copy() for layer in self.layers for each in layer]

    def outputs(self, images: Array) -> Array:
        found: Array = forward(self.layers, torch.from_numpy(images))[-1].numpy()
        return found


def gathered(images: Any, targets: Any, rows: Any) -> tuple[Any, Any]:
    """Return the samples of a mini-batch."""
    x, y = torch.index_select(images, 0, rows), torch.index_select(targets, 0, rows)
    return (x.float() / 255 if x.dtype == torch.uint8 else x), y


def forward(layers: Any, x: Any) -> list[Any]:
    """Return the input and the outputs of all layers."""
    activations = [x]
    for w, b in layers:
        activations.append(torch.sigmoid(torch.addmm(b, activations[-1], w.T)))
    return activations


def train_step(layers: Any, images: Any, targets: Any, rows: Any, rate: float) -> Any:
    """Take a step in place, and return the loss."""
    x, y = gathered(images, targets, rows)
    activations = forward(layers, x)
    output = activations[-1]
    error = output - y
    delta: Any = 2 * error * output * (1 - output)
    scale = -rate / len(rows)
    for (w, b), a in zip(reversed(layers), reversed(activations[:-1]), strict=True):
        before = (delta @ w) * a * (1 - a) if a is not x else None
        w.addmm_(delta.T, a, alpha=scale)
        b.add_(delta.sum(0), alpha=scale)
        delta = before
    return (error * error).sum() / len(rows)


def plain_train_step(layers: Any, images: Any, targets: Any, rows: Any, rate: float) -> Any:
    """Do what `train_step` does, by operations that do one thing each, which a compiler fuses as it likes."""
    x, y = gathered(images, targets, rows)
    activations = [x]
    for w, b in layers:
        activations.append(torch.sigmoid(activations[-1] @ w.T + b))
    output = activations[-1]
    error = output - y
    delta: Any = 2 * error * output * (1 - output)
    scale = rate / len(rows)
    for (w, b), a in zip(reversed(layers), reversed(activations[:-1]), strict=True):
        before = (delta @ w) * a * (1 - a) if a is not x else None
        w.sub_(scale * (delta.T @ a))
        b.sub_(scale * delta.sum(0))
        delta = before
    return (error * error).sum() / len(rows)


def _kinds(samples: Samples) -> tuple[Any, dict[str, Any]]:
    images = torch.from_numpy(samples.images)
    return torch.from_numpy(samples.targets), {"bytes": images, "float32": images.float() / 255}


def modules(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the network of modules on bytes and on float32."""
    torch.set_num_threads(threads)
    targets, kinds = _kinds(samples)
    for kind, images in kinds.items():
        yield kind, Modules(task, images, targets)


def by_hand(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the network with gradients by hand on bytes and on float32."""
    torch.set_num_threads(threads)
    targets, kinds = _kinds(samples)
    for kind, images in kinds.items():
        yield kind, ByHand(task, images, targets)


def compiled(task: Task, samples: Samples, threads: int) -> Iterator[tuple[str, Contestant]]:
    """Yield the whole step with gradients by hand, compiled in three modes; it converts the bytes."""
    torch.set_num_threads(threads)
    torch._dynamo.reset()
    targets, kinds = _kinds(samples)
    for name, settings in _COMPILED.items():
        yield name, ByHand(task, kinds["bytes"], targets, settings)
