"""Networks: fitting, callbacks, saving, and resuming to the same weights."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, TypeAlias
from typing import Literal as L

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import network_plots
from nets.activations import Activation
from nets.checkpoints import CheckpointError
from nets.layers import Linear, Normalization
from nets.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss, MeanSquaredError
from nets.neural_net import FORMAT, NeuralNet
from nets.schedules import Constant, Cosine
from nets.sequential import Sequential
from nets.training import DivergenceError, Settings
from shapedmat import FileFormatError, Matrix, ShapeError, use_backend
from shapedmat.backends import Backend
from shapedmat.files import load_matrices, save_matrices

Net: TypeAlias = NeuralNet[Any, Any, Any]
AnyMatrix: TypeAlias = Matrix[Any, Any, Any]

f32 = np.float32
f64 = np.float64


def network(seed: int = 0, dtype: Any = f64, *, normalized: bool = False, last: Any = "sigmoid") -> Net:
    """Return a network of 3 inputs, 4 hidden neurons and 2 outputs."""
    rng = np.random.default_rng(seed)
    net: Net = NeuralNet()
    if normalized:
        net.add(Normalization())
    net.add(Linear.initialized(3, 4, seed=rng, dtype=dtype))
    net.add(Activation("tanh"))
    net.add(Linear.initialized(4, 2, seed=rng, dtype=dtype))
    net.add(Activation(last))
    return net


def samples(count: int = 10, seed: int = 0, dtype: Any = f64) -> tuple[AnyMatrix, AnyMatrix]:
    """Return samples, and one-hot codes of which of their first two numbers is the larger."""
    x = np.random.default_rng(seed).normal(size=(3, count)).astype(dtype)
    return Matrix.from_array(x), Matrix.one_hot(x[:2].argmax(axis=0), 2, dtype=dtype)


def numbers(net: Net) -> dict[str, np.ndarray[Any, Any]]:
    """Return copies of the parameters."""
    return {name: each.numpy().copy() for name, each in net.parameters.items()}


def assert_same(first: Net, second: Net) -> None:
    """Compare two networks bit for bit."""
    a, b = numbers(first), numbers(second)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


# --- one step ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "last"),
    [(MeanSquaredError(), "sigmoid"), (BinaryCrossEntropy(), "sigmoid"), (CategoricalCrossEntropy(), "softmax")],
)
@pytest.mark.parametrize("normalized", [False, True])
def test_step_descends_along_the_numerical_gradient(loss: Loss, last: str, normalized: bool) -> None:
    """One step of the whole batch is w ← w − η ∂L/∂w, where the derivative is the central difference."""
    net, (x, y) = network(normalized=normalized, last=last), samples()
    for layer in net.layers:
        if isinstance(layer, Normalization):
            layer.measure(x)
    expected = numbers(net)
    for name, parameter in net.parameters.items():
        values = parameter.numpy()
        for place in np.ndindex(values.shape):
            kept = values[place]
            values[place] = kept + 1e-6
            above = net.loss(x, y, loss)
            values[place] = kept - 1e-6
            expected[name][place] -= 0.5 * (above - net.loss(x, y, loss)) / 2e-6
            values[place] = kept
    net.fit(x, y, epochs=1, learning_rate=0.5, loss=loss)
    for name, actual in numbers(net).items():
        np.testing.assert_allclose(actual, expected[name], rtol=1e-6, atol=1e-8)


@given(st.integers(1, 12), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_epoch_of_mini_batches_is_numpys(count: int, batch_size: int, seed: int) -> None:
    """An epoch of mini-batches on a linear network is that of NumPy in the same order."""
    x, y = samples(count, seed)
    net: Net = NeuralNet(Sequential(Linear.initialized(3, 2, seed=seed, dtype=f64)))
    w, b = numbers(net).values()
    order = np.random.Generator(np.random.PCG64(np.random.SeedSequence(5, spawn_key=(1,)))).permutation(count)
    total = 0.0
    for first in range(0, count, batch_size):
        chosen = order[first : first + batch_size]
        error = w @ x.numpy()[:, chosen] + b - y.numpy()[:, chosen]
        total += float((error**2).mean()) * len(chosen)
        w = w - 0.1 * 2 * error @ x.numpy()[:, chosen].T / error.size
        b = b - 0.1 * 2 * error.sum(axis=1, keepdims=True) / error.size
    (record,) = net.fit(x, y, epochs=1, learning_rate=0.1, batch_size=batch_size, seed=5)
    np.testing.assert_allclose(net.parameters["1.weights"].numpy(), w, rtol=1e-10)
    np.testing.assert_allclose(net.parameters["1.bias"].numpy(), b, rtol=1e-10, atol=1e-14)
    assert pytest.approx(total / count) == record.train_loss


@pytest.mark.parametrize("dtype", [f32, f64])
def test_element_type_stays(dtype: Any) -> None:
    """Training leaves parameters and predictions in their element type."""
    net, (x, y) = network(dtype=dtype), samples(dtype=dtype)
    net.fit(x, y, epochs=2, learning_rate=0.1, batch_size=4)
    assert {np.dtype(dtype)} == {each.dtype for each in net.parameters.values()} | {net.predict(x).dtype, net.dtype}


def test_fit_lowers_the_loss_and_learns() -> None:
    """A network learns which of two numbers is larger."""
    net, (x, y) = network(last="softmax"), samples(60)
    history = net.fit(x, y, epochs=20, learning_rate=1.0, batch_size=12, loss=CategoricalCrossEntropy())
    assert history[-1].train_loss < history[0].train_loss / 3
    assert (net.predict(x).argmax(axis=0) == y.argmax(axis=0)).astype(f64).mean() > 0.9


# --- settings ---------------------------------------------------------------------------------------------------------


def test_callback_is_told_of_each_epoch() -> None:
    """The callback gets the epoch from 1, the loss before its step, the learning rate and the network."""
    net, (x, y) = network(), samples()
    before = net.loss(x, y)
    told: list[tuple[int, float, float, Net]] = []
    net.fit(x, y, epochs=3, learning_rate=0.5, schedule=Cosine(), callback=lambda *args: told.append(args))
    assert [1, 2, 3] == [epoch for epoch, _, _, _ in told]
    assert pytest.approx(before) == told[0][1]
    assert pytest.approx([0.5, 0.25, 0.0]) == [rate for _, _, rate, _ in told]
    assert all(each is net for _, _, _, each in told)


def test_callback_ends_training() -> None:
    """Training ends after the epoch for which the callback returns True."""
    net, (x, y) = network(), samples()
    history = net.fit(x, y, epochs=9, learning_rate=0.5, callback=lambda epoch, *_: epoch == 4)
    assert [1, 2, 3, 4] == [record.epoch for record in history]


def test_cosine_goes_over_the_steps_of_mini_batches() -> None:
    """The schedule is asked for every step of all epochs."""
    asked: list[tuple[int, int]] = []

    def schedule(step: int, steps: int) -> float:
        asked.append((step, steps))
        return 1.0

    network().fit(*samples(10), epochs=2, learning_rate=0.5, batch_size=4, schedule=schedule)
    assert [(step, 6) for step in range(6)] == asked


@given(st.floats(0, 1), st.integers(1, 1000))
def test_cosine_is_between_its_ends(final: float, steps: int) -> None:
    """The schedule begins at 1, falls, and ends at the fraction."""
    rates = [Cosine(final)(step, steps) for step in range(steps)]
    assert rates[0] == pytest.approx(1)
    assert rates == sorted(rates, reverse=True)
    assert steps == 1 or rates[-1] == pytest.approx(final)


def test_cosine_is_that_of_the_training_loop() -> None:
    """`nets.training` takes its learning rate from the same formula."""
    settings = Settings(learning_rate=3.0, final_learning_rate=0.2)
    assert [3.0 * Cosine(0.2)(step, 7) for step in range(7)] == [
        settings.learning_rate_at(step, 7) for step in range(7)
    ]


def test_words_for_a_final_rate_that_is_no_fraction() -> None:
    """The last learning rate is a fraction of the first."""
    with pytest.raises(ValueError, match=r"^final is 2, but a fraction from 0 to 1 is wanted$"):
        Cosine(2)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"epochs": 0}, "epochs is 0, but 1 or more is wanted"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0, but a number above 0 is wanted"),
        ({"learning_rate": math.inf}, "learning_rate is inf, but a number above 0 is wanted"),
        ({"batch_size": 0}, "batch_size is 0, but 1 or more is wanted"),
        ({"seed": -1}, "seed is -1, but 0 or more is wanted"),
        ({"save_every": 0}, "save_every is 0, but 1 or more is wanted"),
        ({"resume": True}, "resume is given without out; give the folder that holds the checkpoint"),
    ],
)
def test_words_for_settings_out_of_range(setting: dict[str, Any], words: str) -> None:
    """A setting that is out of its range is refused before anything is trained."""
    net, (x, y) = network(), samples()
    before = numbers(net)
    with pytest.raises(ValueError, match=f"^{words}$"):
        net.fit(x, y, **{"epochs": 1, "learning_rate": 0.1, **setting})
    np.testing.assert_array_equal(before["1.weights"], numbers(net)["1.weights"])


def test_words_for_samples_of_another_size(unchecked: None) -> None:
    """Samples have a row for each input."""
    with pytest.raises(ShapeError, match=r"^x has 2 rows, but the network takes 3 inputs: a sample is a column$"):
        network().fit(Matrix.zeros(2, 5), Matrix.zeros(2, 5), epochs=1, learning_rate=1)


def test_words_for_targets_of_another_shape(unchecked: None) -> None:
    """Targets have a row for each output and a column for each sample."""
    words = r"^y has shape \(1, 5\), but the network gives 2 outputs for the 5 columns of x: \(2, 5\) is wanted$"
    with pytest.raises(ShapeError, match=words):
        network().fit(Matrix.zeros(3, 5), Matrix.zeros(1, 5), epochs=1, learning_rate=1)


def test_words_for_no_samples() -> None:
    """Without samples there is nothing to learn."""
    with pytest.raises(ValueError, match=r"^x has no columns: at least one sample is wanted$"):
        network().fit(Matrix.zeros(3, 0, dtype=f64), Matrix.zeros(2, 0, dtype=f64), epochs=1, learning_rate=1)


@pytest.mark.parametrize(
    ("loss", "last", "words"),
    [
        (
            BinaryCrossEntropy(),
            "tanh",
            r"BinaryCrossEntropy needs a network that ends in Activation\('sigmoid'\), not in Activation\('tanh'\)",
        ),
        (
            CategoricalCrossEntropy(),
            "sigmoid",
            (
                r"CategoricalCrossEntropy needs a network that ends in Activation\('softmax'\), not in "
                r"Activation\('sigmoid'\)"
            ),
        ),
    ],
)
def test_words_for_an_activation_that_the_loss_does_not_take_in(loss: Loss, last: str, words: str) -> None:
    """A cross-entropy needs its own activation at the end of the network."""
    with pytest.raises(ValueError, match=f"^{words}$"):
        network(last=last).fit(*samples(), epochs=1, learning_rate=1, loss=loss)


def test_targets_are_checked() -> None:
    """Targets that a loss can't take are refused before anything is trained."""
    x, y = samples()
    with pytest.raises(ValueError, match="from 0 to 1"):
        network().fit(x, 3 * y, epochs=1, learning_rate=1, loss=BinaryCrossEntropy())


def test_divergence_is_reported(tmp_path: Path) -> None:
    """A loss that is no number ends the training, with what to do."""
    net: Net = NeuralNet(Sequential(Linear.initialized(3, 2, seed=0)))
    words = (
        r"^training diverged: the loss is (inf|nan) in epoch \d+, step 1, at a learning rate of 1e\+06; "
        r"lower the learning rate \(.*checkpoint.safetensors keeps epoch \d+\)$"
    )
    with pytest.raises(DivergenceError, match=words):
        net.fit(*samples(dtype=f32), epochs=50, learning_rate=1e6, out=tmp_path)


def test_divergence_tells_which_epoch_was_saved(tmp_path: Path) -> None:
    """The report names the last epoch that was saved, not the last that was trained."""
    net: Net = NeuralNet(Sequential(Linear.initialized(3, 2, seed=0)))
    with pytest.raises(DivergenceError, match=r"keeps epoch 3\)$") as caught:
        net.fit(*samples(dtype=f32), epochs=50, learning_rate=1e6, out=tmp_path, save_every=3)
    assert 5 == caught.value.epoch


def test_words_for_a_network_without_parameters() -> None:
    """A network of activations alone has no element type."""
    empty: Net = NeuralNet()
    with pytest.raises(ValueError, match=r"^the network has no parameters: add a layer that has, such as Linear$"):
        _ = empty.dtype


# --- normalization ----------------------------------------------------------------------------------------------------


def test_normalization_measures_at_the_first_fit_only() -> None:
    """A normalization measures the samples of the first fit, and keeps what it measured."""
    net, (x, y) = network(normalized=True), samples(50)
    net.fit(x, y, epochs=1, learning_rate=0.1)
    layer = net.layers[0]
    assert isinstance(layer, Normalization)
    assert layer.standardization is not None
    np.testing.assert_allclose(layer.standardization.mean.numpy(), x.numpy().mean(axis=1, keepdims=True).T)
    first = layer.standardization
    net.fit(x * 5, y, epochs=1, learning_rate=0.1)
    assert layer.standardization is first


def test_normalization_within_a_network_measures_what_comes_to_it() -> None:
    """A normalization between layers measures what the layers before it give."""
    layer = Normalization()
    first = Linear.initialized(3, 4, seed=0, dtype=f64)
    x, y = samples(50)
    expected = first.forward(x).numpy().mean(axis=1)
    net: Net = NeuralNet(Sequential(first, layer, Linear.initialized(4, 2, seed=1, dtype=f64)))
    net.fit(x, y, epochs=1, learning_rate=0.1)
    assert layer.standardization is not None
    np.testing.assert_allclose(layer.standardization.mean.numpy()[0], expected)


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [f32, f64])
@pytest.mark.parametrize("fitted", [False, True])
def test_loaded_network_predicts_the_same(tmp_path: Path, dtype: Any, fitted: bool) -> None:
    """A network that is saved and loaded is the same, with what its normalization measured."""
    net, (x, y) = network(dtype=dtype, normalized=True, last="softmax"), samples(dtype=dtype)
    if fitted:
        net.fit(x, y, epochs=2, learning_rate=0.1)
    net.save(tmp_path / "net.safetensors")
    loaded: Net = NeuralNet.load(tmp_path / "net.safetensors")
    assert repr(net) == repr(loaded)
    assert_same(net, loaded)
    if fitted:
        np.testing.assert_array_equal(net.predict(x).numpy(), loaded.predict(x).numpy())


def test_layer_without_bias_is_loaded_without(tmp_path: Path) -> None:
    """A layer that has no bias gets none."""
    net: Net = NeuralNet(Sequential(Linear.initialized(3, 4, bias=False), Activation("sin")))
    net.save(tmp_path / "net.safetensors")
    assert repr(net) == repr(NeuralNet.load(tmp_path / "net.safetensors"))


@pytest.mark.parametrize(
    "change",
    [
        {"layers": "no JSON"},
        {"layers": "[1]"},
        {"layers": json.dumps({"layer": "Sequential", "layers": [{"layer": "Attention"}]})},
        {"layers": json.dumps({"layer": "Sequential", "layers": [{"layer": "Linear", "inputs": 3, "outputs": 5}]})},
        {"layers": json.dumps({"layer": "Sequential", "layers": []})},
    ],
    ids=["JSON", "kind", "layer", "size", "number of layers"],
)
def test_file_that_describes_another_network(tmp_path: Path, change: dict[str, str]) -> None:
    """A file whose matrices are not those of the layers that it states is refused."""
    path = tmp_path / "net.safetensors"
    NeuralNet(Sequential(Linear.initialized(3, 4))).save(path)
    matrices, metadata = load_matrices(path)
    save_matrices(path, matrices, {**metadata, **change})
    with pytest.raises(FileFormatError, match=r"net.safetensors is not a network \(.*\); check which file this is$"):
        NeuralNet.load(path)


def test_words_for_a_file_of_another_format(tmp_path: Path) -> None:
    """A file of matrices that is no network is refused."""
    path = tmp_path / "other.safetensors"
    save_matrices(path, {"w": Matrix.zeros(1, 1)})
    words = f"other.safetensors states the format None, but a network of format {FORMAT} is wanted"
    with pytest.raises(FileFormatError, match=words):
        NeuralNet.load(path)


# --- interrupted runs -------------------------------------------------------------------------------------------------


class KilledError(Exception):
    """Stands for what ends a process."""


def fit(
    net: Net, out: Path | None, *, resume: bool = False, kill_after: int = 0, save_every: int = 1, **more: Any
) -> Any:
    """Train a network for seven epochs of mini-batches, or until it is killed."""

    def callback(epoch: int, loss: float, learning_rate: float, net: Net) -> None:
        if epoch == kill_after:
            raise KilledError

    settings = {"epochs": 7, "learning_rate": 0.5, "schedule": Cosine(0.1), "batch_size": 4, "seed": 3, **more}
    return net.fit(*samples(20), callback=callback, out=out, resume=resume, save_every=save_every, **settings)


@pytest.mark.parametrize("save_every", [1, 3])
@pytest.mark.parametrize("kill_after", [1, 3, 4, 6])
def test_resumed_run_gives_the_same_weights(tmp_path: Path, kill_after: int, save_every: int) -> None:
    """A run that was killed and resumed gives the weights of one that was not, bit for bit, and the same losses."""
    whole = network(normalized=True)
    history = fit(whole, None)
    with pytest.raises(KilledError):
        fit(network(normalized=True), tmp_path, kill_after=kill_after, save_every=save_every)
    resumed = network(seed=9, normalized=True) if kill_after >= save_every else network(normalized=True)
    again = fit(resumed, tmp_path, resume=True, save_every=save_every)
    assert_same(whole, resumed)
    assert [record.train_loss for record in history] == [record.train_loss for record in again]
    np.testing.assert_array_equal(whole.predict(samples()[0]).numpy(), resumed.predict(samples()[0]).numpy())


def test_finished_run_is_resumed_to_itself(tmp_path: Path) -> None:
    """A run that is over has nothing left to train."""
    first, second = network(), network(seed=9)
    fit(first, tmp_path)
    fit(second, tmp_path, resume=True)
    assert_same(first, second)


def test_callback_that_ends_training_is_saved(tmp_path: Path) -> None:
    """What was trained until the callback ended it can be resumed."""
    net = network()
    net.fit(*samples(), epochs=9, learning_rate=0.5, callback=lambda epoch, *_: epoch == 4, out=tmp_path, save_every=5)
    matrices, _ = load_matrices(tmp_path / "checkpoint.safetensors")
    np.testing.assert_array_equal(net.parameters["1.weights"].numpy(), matrices["1.weights"].numpy())


def test_another_run_is_not_overwritten(tmp_path: Path) -> None:
    """A folder that holds a run is not trained into without resuming it."""
    fit(network(), tmp_path)
    with pytest.raises(CheckpointError, match="is from an earlier run; resume it"):
        fit(network(), tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"learning_rate": 0.25}, "learning rate is 0.25, but 0.5 in the checkpoint"),
        ({"schedule": Constant()}, r"schedule is Constant\(\), but Cosine\(final=0.1\) in the checkpoint"),
        ({"loss": BinaryCrossEntropy()}, "loss is BinaryCrossEntropy, but MeanSquaredError in the checkpoint"),
        ({"batch_size": 5}, "batch size is 5, but 4 in the checkpoint"),
        ({"epochs": 8}, "epochs is 8, but 7 in the checkpoint"),
        ({"seed": 4}, "seed is 4, but 3 in the checkpoint"),
    ],
)
def test_run_with_other_settings_is_not_resumed(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """A checkpoint of other settings is refused, with what differs."""
    fit(network(), tmp_path)
    with pytest.raises(CheckpointError, match=words):
        fit(network(), tmp_path, resume=True, **change)


def test_run_of_another_network_is_not_resumed(tmp_path: Path) -> None:
    """A checkpoint of other layers is refused, also where their parameters have the same shapes."""
    fit(network(), tmp_path)
    with pytest.raises(
        CheckpointError, match=r"network is Sequential\(.*'tanh'\)\), but Sequential\(.*'sigmoid'\)\) in"
    ):
        fit(network(last="tanh"), tmp_path, resume=True)


def test_run_with_other_samples_is_not_resumed(tmp_path: Path) -> None:
    """A checkpoint of other samples is refused."""
    fit(network(), tmp_path)
    with pytest.raises(CheckpointError, match="data is "):
        network().fit(*samples(51), epochs=7, learning_rate=0.5, batch_size=4, seed=3, out=tmp_path, resume=True)


# --- types ------------------------------------------------------------------------------------------------------------


def test_network_of_a_sequence_has_its_sizes() -> None:
    """A network that is made of a sequence predicts as the sequence does."""
    whole = Sequential(Linear[f32, L[3], L[4]].initialized(seed=0), Activation("relu"))
    x = Matrix[f32, L[3], L[5]].random(0)
    np.testing.assert_array_equal(whole.forward(x).numpy(), NeuralNet(whole).predict(x).numpy())


def test_network_on_its_device_is_not_copied() -> None:
    """Moving a network to where it lies shares its parameters."""
    net = network()
    moved = net.to("cpu")
    assert all(moved.parameters[name] is each for name, each in net.parameters.items())
    assert "cpu" == moved.device


def test_networks_are_trained_where_they_lie(backend: Backend) -> None:
    """On each backend, training and prediction stay on its device, and give what NumPy gives."""
    device = backend.device_type
    x, y = samples()
    expected, net = network(normalized=True), network(normalized=True).to(device)
    settings: Any = {"epochs": 3, "learning_rate": 0.5, "batch_size": 4, "loss": BinaryCrossEntropy()}
    net.fit(x.to(device), y.to(device), **settings)
    with use_backend("numpy"):
        expected.fit(x, y, **settings)
    assert net.device.startswith(device)
    assert net.predict(x.to(device)).device == net.device
    np.testing.assert_allclose(net.predict(x.to(device)).numpy(), expected.predict(x).numpy(), rtol=1e-9)


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_are_drawn(tmp_path: Path) -> None:
    """Decision regions and pictures are PNG files."""
    pytest.importorskip("matplotlib")
    x, y = samples()
    net: Net = NeuralNet(Sequential(Linear.initialized(2, 1, dtype=f64), Activation("sigmoid")))
    network_plots.decision_regions(
        tmp_path / "regions.png", net.predict, {"trained": (x[:2], y[:1]), "tested": (x[:2], y[:1])}, lambda at: 1 / at
    )
    network_plots.pictures(tmp_path / "pictures.png", {"one": np.eye(3), "two": np.ones((3, 3))})
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
