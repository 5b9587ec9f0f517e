"""The explicit network: its gradients, its step, and its parameters."""

from typing import Any, TypeAlias, get_args
from typing import Literal as L

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.mnist import Gradients, Initializer, Network
from shapedmat import Matrix, ShapeError

Inputs: TypeAlias = Matrix[np.float64, L[784], Any]
Targets: TypeAlias = Matrix[np.float64, L[10], Any]


def network(seed: int = 0) -> Network[np.float64]:
    """Return a network with Xavier weights and small random biases."""
    rng = np.random.default_rng(seed)
    result = Network.initialized(rng, np.float64)
    result.b1 += Matrix[np.float64, L[128], L[1]].normal(rng, std=0.1)
    result.b2 += Matrix[np.float64, L[64], L[1]].normal(rng, std=0.1)
    result.b3 += Matrix[np.float64, L[10], L[1]].normal(rng, std=0.1)
    return result


def samples(count: int, seed: int = 1) -> tuple[Inputs, Targets]:
    """Return random images and one-hot labels, one sample a column."""
    rng = np.random.default_rng(seed)
    return Inputs.from_rows(rng.random((784, count))), Targets.one_hot(rng.integers(0, 10, count))


def loss(net: Network[np.float64], x: Inputs, y: Targets) -> float:
    """Return the summed squared error."""
    return float(((net.predict(x) - y) ** 2).sum())


@pytest.mark.parametrize("name", ["w1", "w2", "w3", "b1", "b2", "b3"])
def test_gradients_are_the_numerical_ones(name: str) -> None:
    """Backpropagation gives the central differences of the loss, for places of every weight and bias."""
    net, (x, y) = network(), samples(3)
    gradient = getattr(net.gradients(x, y, net.forward(x)), f"d{name}").numpy()
    values = getattr(net, name).numpy()
    rng = np.random.default_rng(2)
    for row, col in zip(rng.integers(0, values.shape[0], 8), rng.integers(0, values.shape[1], 8), strict=True):
        kept, step = values[row, col], 1e-5
        values[row, col] = kept + step
        above = loss(net, x, y)
        values[row, col] = kept - step
        below = loss(net, x, y)
        values[row, col] = kept
        assert (above - below) / (2 * step) == pytest.approx(gradient[row, col], rel=1e-5, abs=1e-8)


def test_forward_is_the_formula() -> None:
    """The activations are those of the formula in plain NumPy."""
    net, (x, _) = network(), samples(5)
    a = x.numpy()
    for w, b in ((net.w1, net.b1), (net.w2, net.b2), (net.w3, net.b3)):
        a = 1 / (1 + np.exp(-(w.numpy() @ a + b.numpy())))
    assert np.allclose(a, net.predict(x).numpy(), rtol=1e-12)


@given(st.integers(1, 7), st.floats(0.01, 3.0))
def test_step_descends_the_mean_gradient(batch: int, rate: float) -> None:
    """A step moves each parameter by the learning rate times the mean of the gradients."""
    net, (x, y) = network(), samples(batch)
    before = {name: parameter.copy() for name, parameter in net.parameters.items()}
    gradients: Gradients[np.float64] = net.gradients(x, y, net.forward(x))
    net.step(x, y, rate)
    for name, parameter in net.parameters.items():
        expected = before[name] - getattr(gradients, f"d{name}") * (rate / batch)
        assert expected.allclose(parameter, atol=1e-12)


def test_step_returns_the_loss_before_it() -> None:
    """A step returns the mean squared error of the mini-batch under the weights before it."""
    net, (x, y) = network(), samples(4)
    expected = loss(net, x, y) / 4
    assert expected == pytest.approx(net.step(x, y, 0.1))


def test_steps_fit_a_batch() -> None:
    """Steps on one mini-batch bring its loss near zero."""
    net, (x, y) = network(), samples(8)
    losses = [net.step(x, y, 1.0) for _ in range(300)]
    assert losses[-1] < 0.02 < losses[0]


def test_parameter_count() -> None:
    """The network has 784·128 + 128 + 128·64 + 64 + 64·10 + 10 parameters."""
    assert 109_386 == network().parameter_count


@pytest.mark.parametrize("init", get_args(Initializer))
def test_initial_activations_are_not_saturated(init: Initializer) -> None:
    """Every start leaves the hidden sigmoids away from 0 and 1, where they would not learn."""
    net = Network.initialized(np.random.default_rng(0), np.float64, init)
    a = net.forward(samples(20)[0])
    for activation in (a.a1, a.a2):
        assert 0.02 < float(activation.min())
        assert float(activation.max()) < 0.98


def test_initialisation_is_the_same_in_both_element_types() -> None:
    """A seed gives the same weights in float32 and float64, to rounding."""
    single, double = (Network.initialized(np.random.default_rng(3), dtype) for dtype in (np.float32, np.float64))
    for name, parameter in double.parameters.items():
        assert parameter.astype(np.float32).allclose(single.parameters[name])


def test_load_takes_parameters_over() -> None:
    """A network that loads another's parameters predicts the same."""
    source, target = network(seed=0), network(seed=1)
    target.load(source.parameters)
    x, _ = samples(3)
    assert (source.predict(x) == target.predict(x)).all()


def test_load_copies() -> None:
    """Training the network that loaded does not change the one it loaded from."""
    source, target = network(seed=0), network(seed=1)
    target.load(source.parameters)
    kept = source.w1.copy()
    target.step(*samples(3), 1.0)
    assert (kept == source.w1).all()


def test_load_refuses_a_missing_parameter() -> None:
    """A name that is missing is an error that says which, and changes nothing."""
    net = network()
    parameters = network(seed=1).parameters
    del parameters["w3"]
    kept = net.w1
    with pytest.raises(ShapeError, match=r"^w3 of the network has shape \(10, 64\), but nothing is given$"):
        net.load(parameters)
    assert kept is net.w1


def test_load_refuses_another_shape() -> None:
    """A parameter of another shape is an error that gives both."""
    parameters = network().parameters | {"b1": Matrix.zeros(64, 1, dtype=np.float64)}
    with pytest.raises(ShapeError, match=r"^b1 of the network has shape \(128, 1\), but \(64, 1\) is given$"):
        network().load(parameters)
