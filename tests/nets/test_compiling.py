"""Networks that are trained in machine code: as operation by operation, to rounding, and what they refuse."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pytest
from typing_extensions import override

from nets import trainers
from nets.activations import Activation
from nets.compiling import is_compiled
from nets.estimators import MLPClassifier, MLPRegressor
from nets.graph_layers import dense_biased, mean_squared_error
from nets.layers import Linear, Normalization, SizeKeeping
from nets.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, MeanSquaredError, SquaredError
from nets.neural_net import NeuralNet
from nets.nielsen import Cost, Network, Sample
from nets.perceptron import TrainerName
from nets.recurrent import LSTMCell, LSTMState, unroll
from nets.regression import LinearRegression, LogisticRegression
from nets.schedules import Cosine
from nets.sequential import Sequential
from nets.trainers import TRAINERS, Adam, Momentum, Trainer
from nets.training import DivergenceError
from shapedmat import JitError, Matrix, sigmoid, tanh, use_backend
from shapedmat.graph import Execution, Feed, Graph, Variable, constant, replay

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Net: TypeAlias = NeuralNet[Any, Any, Any]
f32, f64 = np.float32, np.float64

_LAST: dict[type[Loss], Any] = {BinaryCrossEntropy: "sigmoid", CategoricalCrossEntropy: "softmax"}


def samples(dtype: Any = f64, count: int = 30) -> tuple[AnyMatrix, AnyMatrix]:
    """Return samples of three features, and one-hot targets of two classes, one a column."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, count))
    return Matrix.from_rows(x, dtype=dtype), Matrix.one_hot((x[0] > x[1]).astype(int), 2, dtype=dtype)


def network(last: Any = "tanh", dtype: Any = f64, *others: Any) -> Net:
    """Return a network of three inputs and two outputs, with one of each kind of layer."""
    layers = [Normalization(), Linear.initialized(3, 7, seed=1, dtype=dtype)]
    layers += [Activation("relu"), *others, Linear.initialized(7, 4, seed=2, dtype=dtype, bias=False)]
    layers += [Activation("sin"), Linear.initialized(4, 2, seed=3, dtype=dtype), Activation(last)]
    return NeuralNet(Sequential.of(layers))


def numbers(matrices: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Return copies of matrices by name."""
    return {name: each.numpy().copy() for name, each in matrices.items()}


def assert_near(expected: Any, actual: Any, tolerance: float = 1e-9) -> None:
    """Compare matrices, numbers or lists of numbers by name."""
    assert expected.keys() == actual.keys()
    for name in expected:
        np.testing.assert_allclose(actual[name], expected[name], rtol=tolerance, atol=tolerance, err_msg=name)


def by_each_backend(train: Callable[[], Any]) -> tuple[Any, Any]:
    """Return what training gives operation by operation, and in machine code."""
    with use_backend("numpy"):
        eager = train()
    with use_backend("numba"):
        return eager, train()


# --- networks of layers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "batch_size", "dtype"),
    [
        (MeanSquaredError(), None, f64),
        (MeanSquaredError(), 50, f64),
        (SquaredError(), 8, f64),
        (BinaryCrossEntropy(), 8, f64),
        (CategoricalCrossEntropy(), 8, f64),
        (CategoricalCrossEntropy(), None, f32),
    ],
)
def test_network_of_layers(loss: Loss, batch_size: int | None, dtype: Any) -> None:
    """Several epochs give the same parameters and the same history, by whole and by smaller mini-batches."""

    def train() -> tuple[Any, list[float], list[float]]:
        net = network(_LAST.get(type(loss), "tanh"), dtype)
        settings: Any = {"batch_size": batch_size, "schedule": Cosine(0.1), "loss": loss}
        history = net.fit(*samples(dtype), epochs=5, learning_rate=0.3, **settings)
        return (
            numbers(net.parameters),
            [each.train_loss for each in history],
            [each.learning_rate for each in history],
        )

    (parameters, losses, rates), (compiled_parameters, compiled_losses, compiled_rates) = by_each_backend(train)
    tolerance = 2e-5 if dtype == f32 else 1e-12
    assert_near(parameters, compiled_parameters, tolerance)
    np.testing.assert_allclose(compiled_losses, losses, rtol=tolerance)
    assert rates == compiled_rates


def test_python_of_layers_runs_once_for_each_size() -> None:
    """Of ten epochs of mini-batches of 8 and a last one of 6, layers are run for one of each size."""
    seen: list[int] = []

    @dataclass
    class Seeing(Passing):
        @override
        def forward(self, x: AnyMatrix) -> AnyMatrix:
            seen.append(x.cols)
            return x

    net = NeuralNet(Sequential.of([Seeing(), Linear.initialized(3, 2, seed=0, dtype=f64)]))
    with use_backend("numba"):
        net.fit(*samples(), epochs=10, learning_rate=0.1, batch_size=8)
    assert [8, 6] == seen[-2:]
    assert len(seen) <= 3  # the network is measured once, which is not compiled


def test_callback_is_told_of_each_compiled_epoch() -> None:
    """The callback gets each epoch, sees the parameters change, and may end the training."""
    net, told = network(), list[tuple[int, float]]()

    def callback(epoch: int, _loss: float, _rate: float, net: Net) -> bool:
        told.append((epoch, float(net.parameters["2.weights"][0, 0])))
        return epoch == 3

    with use_backend("numba"):
        net.fit(*samples(), epochs=9, learning_rate=0.1, batch_size=8, callback=callback)
    assert [1, 2, 3] == [epoch for epoch, _ in told]
    assert 3 == len({weight for _, weight in told})


@pytest.mark.parametrize("batch_size", [None, 8])
def test_divergence_of_a_compiled_network(batch_size: int | None) -> None:
    """A loss that is no number ends the training with the epoch and the step that it would end with eagerly."""

    def train() -> tuple[int, int]:
        net: Net = NeuralNet(Sequential(Linear.initialized(3, 2, seed=0)))
        with pytest.raises(DivergenceError) as caught:
            net.fit(*samples(f32), epochs=50, learning_rate=1e4, batch_size=batch_size)
        return caught.value.epoch, caught.value.step

    eager, compiled = by_each_backend(train)
    assert eager == compiled


class Passing(SizeKeeping):
    """Gives what it is given; no dataclass."""

    @override
    def forward(self, x: AnyMatrix) -> AnyMatrix:
        return x

    @override
    def backward(self, x: AnyMatrix, a: AnyMatrix, gradient: AnyMatrix) -> AnyMatrix:
        return gradient

    @property
    @override
    def description(self) -> dict[str, Any]:
        return {"layer": "Passing"}

    @override
    def to(self, device: str) -> Passing:
        return self


@dataclass
class Cubing(Passing):
    """Gives the cubes, by a function in Python."""

    @override
    def forward(self, x: AnyMatrix) -> AnyMatrix:
        return x.apply(lambda element: element**3)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_words_for_a_layer_that_is_no_dataclass(batch_size: int | None) -> None:
    """A layer that cannot be compiled is refused in words, not trained in another way."""
    words = r"step cannot take .*layers\[3\], which is of type Passing: .* so make its class a dataclass"
    with use_backend("numba"), pytest.raises(JitError, match=words):
        network("tanh", f64, Passing()).fit(*samples(), epochs=1, learning_rate=0.1, batch_size=batch_size)


@dataclass
class Scaled(Loss):
    """A multiple of the mean squared error."""

    scale: float = 1.0

    @override
    def value(self, z: AnyMatrix, target: AnyMatrix) -> AnyMatrix:
        return self.scale * MeanSquaredError().value(z, target)

    @override
    def derivative(self, z: AnyMatrix, target: AnyMatrix) -> AnyMatrix:
        return self.scale * MeanSquaredError().derivative(z, target)


class Plain(Loss):
    """The mean squared error; no dataclass."""

    @override
    def value(self, z: AnyMatrix, target: AnyMatrix) -> AnyMatrix:
        return MeanSquaredError().value(z, target)

    @override
    def derivative(self, z: AnyMatrix, target: AnyMatrix) -> AnyMatrix:
        return MeanSquaredError().derivative(z, target)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_number_of_a_loss_may_change_between_epochs(batch_size: int | None) -> None:
    """A number that a callback sets counts from the next epoch on, as it does without compiling."""

    def train() -> list[float]:
        loss = Scaled()

        def callback(epoch: int, value: float, learning_rate: float, net: Net) -> None:
            loss.scale = 0.1 if epoch == 1 else loss.scale

        settings: Any = {"batch_size": batch_size, "loss": loss, "callback": callback}
        return [each.train_loss for each in network().fit(*samples(), epochs=4, learning_rate=0.3, **settings)]

    eager, compiled = by_each_backend(train)
    np.testing.assert_allclose(compiled, eager, rtol=1e-12)
    assert eager[1] < 0.2 * eager[0]


@pytest.mark.parametrize("batch_size", [None, 8])
def test_words_for_a_loss_that_is_no_dataclass(batch_size: int | None) -> None:
    """A loss that cannot be compiled is refused in words, and nothing is changed."""
    net = network()
    before = numbers(net.parameters)
    words = r"step cannot take state\.loss, which is of type Plain: .* so make its class a dataclass"
    with use_backend("numba"), pytest.raises(JitError, match=words):
        net.fit(*samples(), epochs=1, learning_rate=0.1, batch_size=batch_size, loss=Plain())
    assert_near(before, numbers(net.parameters), 0)


def test_words_for_a_layer_with_a_function_in_python() -> None:
    """A function of Python is refused in words, and nothing is changed."""
    net = network("tanh", f64, Cubing())
    before = numbers(net.parameters)
    words = "cannot compile a Python function that is applied to every element in .*step: use one of shapedmat's"
    with use_backend("numba"), pytest.raises(JitError, match=words):
        net.fit(*samples(), epochs=1, learning_rate=0.1)
    assert_near(before, numbers(net.parameters), 0)


# --- the book's network -----------------------------------------------------------------------------------------------


def book_samples(count: int) -> list[Sample[np.float64]]:
    """Return samples of the book's network."""
    x, y = samples(count=count)
    return [(x[:, i], y[:, i]) for i in range(count)]


@pytest.mark.parametrize("lmbda", [0.0, 2.5])
@pytest.mark.parametrize("cost", ["quadratic", "cross-entropy"])
def test_book_network(cost: Cost, lmbda: float) -> None:
    """Four epochs with a smaller last mini-batch give the same weights, biases and results."""

    def train() -> tuple[list[int], Any]:
        net, data = Network([3, 5, 4, 2], cost=cost, seed=3), book_samples(33)
        labelled = [(x, int(y.numpy().argmax())) for x, y in data]
        right = net.SGD(data, 4, 10, 0.8, labelled, lmbda=lmbda, report=lambda _: None)
        return right, numbers(dict(zip("abcdef", [*net.weights, *net.biases], strict=True)))

    (right, parameters), (compiled_right, compiled_parameters) = by_each_backend(train)
    assert right == compiled_right
    assert_near(parameters, compiled_parameters, 1e-12)


def test_methods_of_a_derived_book_network_are_compiled() -> None:
    """What a derived class says is the gradient is followed in machine code, too."""

    class Halved(Network[np.float64]):
        def cost_derivative(self, output_activations: Any, y: Any) -> Any:
            return (output_activations - y) * 0.5

    def train() -> Any:
        net = Halved([3, 4, 2], seed=1)
        net.SGD(book_samples(12), 2, 5, 1.0, report=lambda _: None)
        return numbers(dict(enumerate(net.weights)))

    assert_near(*by_each_backend(train))


def test_lines_of_the_book_network_stay() -> None:
    """Each epoch is reported when it has ended."""

    def train() -> list[str]:
        lines: list[str] = []
        Network([3, 2], seed=1).SGD(book_samples(5), 2, 2, 1.0, report=lines.append)
        return lines

    eager, compiled = by_each_backend(train)
    assert ["Epoch 0 complete", "Epoch 1 complete"] == eager == compiled


# --- estimators -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trainer", TRAINERS)
def test_classifier(trainer: TrainerName) -> None:
    """Fits and further fits give the same network and the same losses, with every trainer."""

    def train() -> tuple[Any, list[float], int]:
        x, y = samples(count=50)
        classifier = MLPClassifier((6, 5), trainer=trainer, batch_size=16, epochs=4, l2=0.01, random_state=0)
        classifier.fit(x.numpy().T, y.numpy().argmax(axis=0))
        classifier.partial_fit(x.numpy().T, y.numpy().argmax(axis=0))
        return numbers(classifier.network_.parameters), classifier.loss_curve_, classifier._trainer.steps

    (parameters, losses, steps), (compiled_parameters, compiled_losses, compiled_steps) = by_each_backend(train)
    assert_near(parameters, compiled_parameters, 1e-8)
    np.testing.assert_allclose(compiled_losses, losses, rtol=1e-8)
    assert steps == compiled_steps == 5 * 4


@pytest.mark.parametrize("dtype", [f32, f64])
def test_regressor(dtype: Any) -> None:
    """So do regressors, in both element types, with batches that hold all samples."""

    def train() -> Any:
        x, y = (each.numpy().T for each in samples(dtype))
        return numbers(MLPRegressor((5,), epochs=5, random_state=0).fit(x, y).network_.parameters)

    assert_near(*by_each_backend(train), 1e-4 if dtype == f32 else 1e-9)


def test_divergence_of_a_compiled_estimator() -> None:
    """A loss that is no number is reported with the same epoch and step."""

    def train() -> tuple[int, int]:
        x, y = (each.numpy().T for each in samples(f32))
        with pytest.raises(DivergenceError) as caught:
            MLPRegressor((5,), trainer="SGD", learning_rate=1e9, batch_size=7, random_state=0).fit(x, y)
        return caught.value.epoch, caught.value.step

    eager, compiled = by_each_backend(train)
    assert eager == compiled


# --- graphs -----------------------------------------------------------------------------------------------------------


class Dense:
    """Two layers of a graph, with a constant in it."""

    def __init__(self, seed: int = 0, dtype: Any = f64) -> None:
        graph = Graph()
        x = graph.input("x", 6, 3, dtype=dtype)
        self.y: Variable[Any, Any, Any] = graph.input("y", 6, 2, dtype=dtype)
        hidden = dense_biased(graph, x, 5, name="hidden", activation=tanh)
        scale = graph.constant("scale", Matrix.from_rows([[2.0, 0.5]], dtype=dtype))
        output: Variable[Any, Any, Any] = dense_biased(graph, hidden, 2, name="output", activation=sigmoid) * scale
        self.x: Variable[Any, Any, Any] = x
        self.loss: Variable[Any, Any, Any] = mean_squared_error(output, self.y)
        self.gradients = graph.backward(self.loss)
        self.execution = Execution(graph, seed=seed)
        self.graph = graph

    def feeds(self, seed: int = 1) -> list[Feed]:
        """Return values of the inputs."""
        rng = np.random.default_rng(seed)
        return [each.feed(Matrix.from_rows(rng.random(each.shape), dtype=each.dtype.type)) for each in (self.x, self.y)]

    def descend(self, trainer: Trainer, steps: int = 6) -> list[float]:
        """Take steps, and return the losses."""
        return [trainer.step(self.execution, self.loss, self.gradients, *self.feeds(step)) for step in range(steps)]


@pytest.mark.parametrize(("name", "dtype"), [*((name, f64) for name in TRAINERS), ("Adam", f32)])
def test_graph(name: str, dtype: Any) -> None:
    """Steps of each trainer give the same parameters, state and losses."""

    def train() -> Any:
        dense, trainer = Dense(dtype=dtype), TRAINERS[name](learning_rate=0.01)
        losses = {"losses": dense.descend(trainer), "steps": trainer.steps}
        remembered = {f"{of}/{kind}": each for of, kinds in trainer.state.items() for kind, each in kinds.items()}
        return numbers(dense.execution.parameters | remembered) | losses

    assert_near(*by_each_backend(train), 1e-4 if dtype == f32 else 1e-10)


def test_unrolled_cells() -> None:
    """A long short-term memory that is unrolled is trained to the same parameters."""

    def train() -> Any:
        graph = Graph()
        xs: list[Variable[Any, Any, Any]] = [graph.input(f"x{step}", 4, 3, dtype=f64) for step in range(3)]
        zero: Variable[Any, Any, Any] = graph.constant("zero", Matrix.zeros(4, 5, dtype=f64))
        cell: LSTMCell[Any, Any, Any] = LSTMCell.added(graph, 3, 5, name="cell", dtype=f64)
        last: Variable[Any, Any, Any] = unroll(cell, xs, LSTMState(zero, zero))[-1].h
        loss = (last * last).mean()
        gradients, execution = graph.backward(loss), Execution(graph, seed=2)
        rng = np.random.default_rng(0)
        feeds = [x.feed(Matrix.from_rows(rng.normal(size=(4, 3)), dtype=f64)) for x in xs]
        trainer = Adam(learning_rate=0.05)
        for _ in range(4):
            trainer.step(execution, loss, gradients, *feeds)
        return numbers(execution.parameters)

    assert_near(*by_each_backend(train), 1e-8)


def test_changed_settings_of_a_trainer_count() -> None:
    """A learning rate or a momentum that is changed between steps holds from the next one on."""

    def train() -> Any:
        dense, trainer = Dense(), Momentum(learning_rate=0.1)
        dense.descend(trainer, 2)
        trainer.learning_rate = 0.01
        dense.descend(trainer, 2)
        trainer.momentum = 0.5
        dense.descend(trainer, 2)
        return numbers(dense.execution.parameters)

    assert_near(*by_each_backend(train))


def test_loaded_parameters_are_trained() -> None:
    """Parameters that an execution takes over between steps are those that are trained from then on."""

    def train() -> Any:
        dense, trainer = Dense(), Adam()
        dense.descend(trainer, 2)
        dense.execution.load({name: each * 0.5 for name, each in dense.execution.parameters.items()})
        dense.descend(trainer, 2)
        return numbers(dense.execution.parameters)

    assert_near(*by_each_backend(train))


def test_a_step_is_compiled_once() -> None:
    """Trainers of one kind and the same settings share the compiled step of a graph, which goes with the execution."""
    before = len(trainers._compiled_steps)
    dense = Dense()
    with use_backend("numba"):
        dense.descend(Adam(learning_rate=0.1), 1)
        dense.descend(Adam(learning_rate=0.2), 1)
    assert 1 == len(trainers._compiled_steps[dense.execution])
    del dense
    gc.collect()
    assert before >= len(trainers._compiled_steps)


def test_words_for_an_input_that_is_not_fed() -> None:
    """An input without a value is reported as it is eagerly, and no step is counted."""
    dense, trainer = Dense(), Adam()
    words = r"^input 'y' has no value: give the run a feed of it, as in y\.feed\(matrix\)$"
    with use_backend("numba"), pytest.raises(ValueError, match=words):
        trainer.step(dense.execution, dense.loss, dense.gradients, dense.feeds()[0])
    assert 0 == trainer.steps


def test_words_for_a_gradient_of_an_input() -> None:
    """A gradient by what is no parameter is reported as it is eagerly."""
    dense = Dense()
    gradients = dense.graph.backward(dense.loss, [dense.x])
    with use_backend("numba"), pytest.raises(ValueError, match=r"^there is a gradient for 'x', but no such parameter$"):
        Adam().step(dense.execution, dense.loss, gradients, *dense.feeds())


def test_replay_gives_what_a_run_gives() -> None:
    """Operations on matrices, one after the other, give the bits of an execution."""
    dense = Dense()
    feeds = dense.feeds()
    values = dense.execution.parameters | {feed.variable.name: feed.value for feed in feeds}
    outputs = [dense.loss, *dense.gradients.variables.values()]
    for expected, actual in zip(
        dense.execution.run(outputs, *feeds), replay(dense.graph, outputs, values), strict=True
    ):
        np.testing.assert_array_equal(expected.numpy(), actual.numpy())


def test_words_for_replaying_a_variable_of_another_graph() -> None:
    """What is replayed belongs to the graph."""
    other = Graph().parameter("w", 1, 1, constant(0.0))
    with pytest.raises(ValueError, match=r"^'w' belongs to another graph$"):
        replay(Dense().graph, [other], {})


# --- regression -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [LinearRegression, LogisticRegression])
def test_regression(model: Any) -> None:
    """Fits end after as many epochs, at the same weights and loss; so do those of other samples after them."""

    def train() -> Any:
        results: dict[str, Any] = {}
        for count in (30, 41):
            x, y = samples(count=count)
            fitted = model.zeros(3, dtype=f64)
            fit = fitted.fit(x.T, y.T[:, 0], l2=0.5, tolerance=1e-6)
            results |= {f"epochs {count}": fit.epochs, f"loss {count}": fit.loss}
            results |= numbers({f"weights {count}": fitted.weights, f"bias {count}": fitted.bias})
        return results

    assert_near(*by_each_backend(train), 1e-10)


# --- the rule ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("backend", "device", "expected"),
    [("numpy", "cpu", False), ("numba", "cpu", True), ("numpy", "cuda:0", False), ("numba", "cuda:0", True)],
)
def test_what_is_compiled(backend: str, device: str, expected: bool) -> None:
    """The numpy backend takes one operation after the other, wherever matrices are; others compile."""
    with use_backend(backend):
        assert expected == is_compiled(device)


def test_compiled_estimators_can_be_copied() -> None:
    """A fitted estimator holds no machine code that could not be copied."""
    x, y = (each.numpy().T for each in samples())
    with use_backend("numba"):
        fitted = MLPRegressor((5,), epochs=2, random_state=0).fit(x, y)
    np.testing.assert_array_equal(fitted.predict(x), copy.deepcopy(fitted).predict(x))
