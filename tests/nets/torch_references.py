"""What PyTorch computes for fixed problems in float64: the source of ``torch_references.json``, which tests read.

``python -m tests.nets.torch_references`` writes the file anew; it was written by PyTorch 2.13 on the CPU.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

FILE: Final = Path(__file__).with_suffix(".json")

STEPS: Final = (1, 2, 10, 50, 100)
"""The steps after which the parameters of a trajectory are kept."""
BATCH: Final = 3
INPUTS: Final = 2
HIDDEN: Final = 4
LENGTH: Final = 5

SETTINGS: Final[dict[str, dict[str, float]]] = {
    "SGD": {"learning_rate": 0.5},
    "Momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "Nesterov": {"learning_rate": 0.1, "momentum": 0.9},
    "AdaGrad": {"learning_rate": 0.1},
    "RMSProp": {"learning_rate": 0.01},
    "Adam": {"learning_rate": 0.05},
}
"""The settings of the trainers; the others are left as they are."""

Numbers: TypeAlias = list[list[float]]


def drawn(seed: int, *shapes: tuple[int, int]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Return random matrices of float64, the same on every machine."""
    random = np.random.default_rng(seed)
    return [random.normal(size=shape) for shape in shapes]


def descent_problem() -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return x, y, w and b of the least squares of tanh(x w + b) − y."""
    return dict(zip("xywb", drawn(0, (6, 3), (6, 2), (3, 2), (1, 2)), strict=True))


def recurrent_problem(gates: int) -> dict[str, Any]:
    """Return a sequence, a first state, the weights of a cell, and by what the outputs are weighted in the loss."""
    names = ("h", "c", "w", "u", "b", "by_c")
    columns = gates * HIDDEN
    states = (BATCH, HIDDEN)
    shapes = (states, states, (INPUTS, columns), (HIDDEN, columns), (1, columns), states)
    problem: dict[str, Any] = dict(zip(names, drawn(1, *shapes), strict=True))
    problem["x"] = drawn(2, *[(BATCH, INPUTS)] * LENGTH)
    problem["by_h"] = drawn(3, *[states] * LENGTH)
    return problem


def trajectory(name: str) -> dict[str, dict[str, Numbers]]:
    """Return the parameters after each of `STEPS`, by a trainer's name."""
    import torch

    problem = {key: torch.tensor(value) for key, value in descent_problem().items()}
    x, y = problem["x"], problem["y"]
    w, b = problem["w"].requires_grad_(), problem["b"].requires_grad_()
    rate, momentum = SETTINGS[name]["learning_rate"], SETTINGS[name].get("momentum", 0.0)
    optimizer: Any = {
        "SGD": lambda: torch.optim.SGD([w, b], lr=rate),
        "Momentum": lambda: torch.optim.SGD([w, b], lr=rate, momentum=momentum),
        "Nesterov": lambda: torch.optim.SGD([w, b], lr=rate, momentum=momentum, nesterov=True),
        "AdaGrad": lambda: torch.optim.Adagrad([w, b], lr=rate),
        "RMSProp": lambda: torch.optim.RMSprop([w, b], lr=rate),
        "Adam": lambda: torch.optim.Adam([w, b], lr=rate),
    }[name]()
    kept = {}
    for step in range(1, max(STEPS) + 1):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(torch.tanh(x @ w + b), y).backward()
        optimizer.step()
        if step in STEPS:
            kept[str(step)] = {"w": w.tolist(), "b": b.tolist()}
    return kept


def recurrent(kind: str) -> dict[str, Any]:
    """Return the states of an unrolled "lstm" or "rnn", and the gradients of a weighted sum of them."""
    import torch

    gates = 4 if kind == "lstm" else 1
    problem = recurrent_problem(gates)
    # PyTorch has weights with a row for each neuron, and the candidate before the output gate.
    columns = np.arange(gates * HIDDEN).reshape(gates, HIDDEN)
    order = columns[[0, 1, 3, 2] if kind == "lstm" else [0]].ravel()
    cell: Any = (torch.nn.LSTMCell if kind == "lstm" else torch.nn.RNNCell)(INPUTS, HIDDEN, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(problem["w"][:, order].T))
        cell.weight_hh.copy_(torch.tensor(problem["u"][:, order].T))
        cell.bias_ih.copy_(torch.tensor(problem["b"][0, order]))
        cell.bias_hh.zero_()
    xs = [torch.tensor(each, requires_grad=True) for each in problem["x"]]
    h, c = (torch.tensor(problem[name], requires_grad=True) for name in "hc")
    first = h, c
    loss: Any = 0.0
    outputs = []
    for x, by_h in zip(xs, problem["by_h"], strict=True):
        h, c = cell(x, (h, c)) if kind == "lstm" else (cell(x, h), c)
        outputs.append(h.tolist())
        loss = loss + (h * torch.tensor(by_h)).sum()
    if kind == "lstm":
        loss = loss + (c * torch.tensor(problem["by_c"])).sum()
    loss.backward()
    back = np.argsort(order)
    return {
        "h": outputs,
        "c": c.tolist(),
        "gradients": {
            "w": cell.weight_ih.grad.T[:, back].tolist(),
            "u": cell.weight_hh.grad.T[:, back].tolist(),
            "b": cell.bias_ih.grad[None, back].tolist(),
            "h": first[0].grad.tolist(),
            **({"c": first[1].grad.tolist()} if kind == "lstm" else {}),
            **{f"x{step}": x.grad.tolist() for step, x in enumerate(xs)},
        },
    }


def references() -> dict[str, Any]:
    """Return everything that the file holds."""
    return {
        "trajectories": {name: trajectory(name) for name in SETTINGS},
        "lstm": recurrent("lstm"),
        "rnn": recurrent("rnn"),
    }


def stored() -> dict[str, Any]:
    """Return what the file holds."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    FILE.write_text(json.dumps(references()) + "\n", encoding="utf-8")
