"""Trainers against PyTorch's optimizers over 100 steps, their files, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nets.graph_layers import mean_squared_error
from nets.trainers import SGD, TRAINERS, Adam, Momentum, Trainer, load_trainer
from shapedmat import Matrix, ShapeError, tanh
from shapedmat.backends import Backend
from shapedmat.errors import FileFormatError
from shapedmat.files import load_matrices, save_matrices
from shapedmat.graph import Execution, Feed, Gradients, Graph, Variable, array
from tests.nets import torch_references

f64 = np.float64

each_trainer = pytest.mark.parametrize("name", TRAINERS)


class Problem:
    """The problem of `torch_references.descent_problem` as a graph."""

    def __init__(self, device: str = "cpu") -> None:
        numbers = torch_references.descent_problem()
        graph = Graph()
        x = graph.input("x", 6, 3, dtype=f64)
        y = graph.input("y", 6, 2, dtype=f64)
        w = graph.parameter("w", 3, 2, array(numbers["w"]), dtype=f64)
        b: Variable[np.float64, Any, Any] = graph.parameter("b", 1, 2, array(numbers["b"]), dtype=f64)
        self.loss: Variable[Any, Any, Any] = mean_squared_error((x @ w + b).apply(tanh), y)
        self.gradients: Gradients = graph.backward(self.loss)
        self.execution = Execution(graph, device=device)
        self.feeds: list[Feed] = [
            variable.feed(Matrix.from_array(numbers[variable.name]).to(device)) for variable in (x, y)
        ]

    def descend(self, trainer: Trainer) -> float:
        """Take one step, and return the loss before it."""
        return trainer.step(self.execution, self.loss, self.gradients, *self.feeds)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as lists."""
        return {name: matrix.numpy().tolist() for name, matrix in self.execution.parameters.items()}


def trainer(name: str) -> Trainer:
    """Return a trainer with the settings of the references."""
    return TRAINERS[name](**torch_references.SETTINGS[name])


@each_trainer
def test_trajectory(name: str, backend: Backend) -> None:
    """Over 100 steps the parameters are where PyTorch's optimizer takes them, to 1e-6."""
    problem, descent = Problem(backend.device_type), trainer(name)
    expected = torch_references.stored()["trajectories"][name]
    for step in range(1, max(torch_references.STEPS) + 1):
        problem.descend(descent)
        if step in torch_references.STEPS:
            for parameter, wanted in expected[str(step)].items():
                np.testing.assert_allclose(problem.parameters[parameter], wanted, rtol=0, atol=1e-10)


@each_trainer
def test_stored_trajectory_is_pytorchs(name: str) -> None:
    """What is stored is what PyTorch computes, where it is installed."""
    pytest.importorskip("torch", reason="PyTorch is not installed; what it gave is stored")
    expected = torch_references.trajectory(name)
    actual = torch_references.stored()["trajectories"][name]
    for step, parameters in expected.items():
        for parameter, wanted in parameters.items():
            np.testing.assert_allclose(actual[step][parameter], wanted, rtol=1e-9)


@each_trainer
def test_training_resumes_exactly(name: str, tmp_path: Path) -> None:
    """Training that goes on from files after 7 steps reaches the same bits as training that never stopped."""
    straight, stopped, resumed = Problem(), Problem(), Problem()
    one, other = trainer(name), trainer(name)
    for _ in range(7):
        straight.descend(one)
        stopped.descend(other)
    other.save(tmp_path / "trainer.safetensors")
    save_matrices(tmp_path / "parameters.safetensors", stopped.execution.parameters)
    other = load_trainer(tmp_path / "trainer.safetensors")
    resumed.execution.load(load_matrices(tmp_path / "parameters.safetensors")[0])
    for _ in range(7):
        straight.descend(one)
        resumed.descend(other)
    assert straight.parameters == resumed.parameters


@each_trainer
def test_trainer_keeps_the_element_type(name: str) -> None:
    """Parameters and what is remembered of them stay float32."""
    parameters: dict[str, Matrix[Any, Any, Any]] = {"w": Matrix.ones(2, 3)}
    descent = trainer(name)
    descent.update(parameters, {"w": Matrix.full(2, 3, 0.5)})
    kept = [parameters["w"], *descent.state["w"].values()]
    assert {np.dtype(np.float32)} == {matrix.dtype for matrix in kept}


@each_trainer
def test_update_is_in_place(name: str) -> None:
    """A step changes the parameter's own memory, and leaves the gradient as it is."""
    parameter, gradient = Matrix.ones(2, 3), Matrix.full(2, 3, 0.5)
    memory = parameter.numpy()
    trainer(name).update({"w": parameter}, {"w": gradient})
    assert (True, True) == (bool((memory < 1).all()), bool((gradient.numpy() == 0.5).all()))


def test_step_returns_the_loss_before_it() -> None:
    """A step returns the loss at the parameters that it starts from."""
    problem = Problem()
    expected = float(problem.execution.run(problem.loss, *problem.feeds)[0, 0])
    assert expected == problem.descend(SGD(learning_rate=0.1))


def test_trainer_counts_its_steps() -> None:
    """A trainer knows how many steps it has taken."""
    descent = Adam()
    for _ in range(3):
        descent.update({"w": Matrix.ones(1, 1)}, {"w": Matrix.ones(1, 1)})
    assert 3 == descent.steps


def test_parameter_without_gradient_stays() -> None:
    """A step changes only what has a gradient."""
    parameters: dict[str, Matrix[Any, Any, Any]] = {"w": Matrix.ones(1, 1), "b": Matrix.ones(1, 1)}
    SGD(learning_rate=0.5).update(parameters, {"w": Matrix.ones(1, 1)})
    assert (0.5, 1.0) == (float(parameters["w"][0, 0]), float(parameters["b"][0, 0]))


def test_gradient_of_another_shape_is_refused() -> None:
    """A row of gradients does not broadcast to the parameter, and nothing is changed."""
    parameters: dict[str, Matrix[Any, Any, Any]] = {"b": Matrix.ones(1, 2), "w": Matrix.ones(2, 2)}
    with pytest.raises(ShapeError, match=re.escape("parameter 'w' has shape (2, 2), but its gradient has (1, 2)")):
        SGD(learning_rate=1.0).update(parameters, {"b": Matrix.ones(1, 2), "w": Matrix.ones(1, 2)})
    assert [[1, 1]] == parameters["b"].numpy().tolist()


def test_gradient_of_nothing_is_refused() -> None:
    """A gradient belongs to a parameter."""
    with pytest.raises(ValueError, match=r"^there is a gradient for 'v', but no such parameter$"):
        SGD(learning_rate=1.0).update({"w": Matrix.ones(1, 1)}, {"v": Matrix.ones(1, 1)})


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_learning_rate_is_positive(rate: float) -> None:
    """A learning rate that is not positive is refused."""
    with pytest.raises(ValueError, match=rf"^learning_rate must be positive: {rate} was given$"):
        SGD(learning_rate=rate)


@pytest.mark.parametrize("momentum", [-0.1, 1.0])
def test_momentum_is_a_share(momentum: float) -> None:
    """A momentum of 1 would never forget, and a negative one has no meaning."""
    with pytest.raises(ValueError, match=rf"^momentum must be at least 0 and less than 1: {momentum} was given$"):
        Momentum(learning_rate=0.1, momentum=momentum)


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"trainer": "SGDX", "settings": "{}", "steps": "1", "parameters": "[]"},
        {"trainer": "SGD", "settings": '{"rate": 1}', "steps": "1", "parameters": "[]"},
        {"trainer": "SGD", "settings": '{"learning_rate": 1}', "steps": "many", "parameters": "[]"},
        {"trainer": "Adam", "settings": "{}", "steps": "1", "parameters": '["w"]'},
    ],
    ids=["no texts", "unknown trainer", "unknown setting", "no number", "state is missing"],
)
def test_foreign_file_is_refused(texts: dict[str, str], tmp_path: Path) -> None:
    """A file that is no trainer's is reported as such."""
    path = tmp_path / "file.safetensors"
    save_matrices(path, {"velocity/w": Matrix.ones(1, 1)}, texts)
    with pytest.raises(FileFormatError, match=r"does not hold a trainer as Trainer.save writes it; check the path$"):
        load_trainer(path)
