"""The networks as estimators: scikit-learn's own checks, the explicit network's weights, and the words of errors."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnxruntime
import pytest
from sklearn import neural_network
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from nets import mnist
from nets.activations import Activation
from nets.estimators import ClassificationLoss, MLPClassifier, MLPRegressor
from nets.export import save_onnx
from nets.layers import Linear
from nets.losses import CategoricalCrossEntropy, MeanSquaredError
from nets.neural_net import NeuralNet
from nets.perceptron import HiddenActivation, TrainerName
from nets.sequential import Sequential
from nets.trainers import TRAINERS
from nets.training import DivergenceError
from shapedmat import Matrix

# A step of a network makes hundreds of calls, and checking their annotations takes many times as long as they do.
long = pytest.mark.usefixtures("unchecked")


@long
@parametrize_with_checks([MLPClassifier(), MLPRegressor()])  # type: ignore[untyped-decorator]  # scikit-learn's
def test_scikit_learn_s_checks(estimator: Any, check: Any) -> None:
    """Each of scikit-learn's checks of classifiers and of regressors passes with the default settings."""
    check(estimator)


@long
@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        MLPClassifier((16,), activation="sigmoid", loss="squared-error"),
        MLPClassifier(standardize=False, batch_size=32),
        MLPRegressor((16,), activation="tanh", standardize=False),
    ],
    ids=str,
)
def test_scikit_learn_s_checks_of_other_settings(estimator: Any) -> None:
    """They pass with other settings as well."""
    assert {"passed", "skipped"} == {each["status"] for each in check_estimator(estimator, on_skip=None)}


def digits(count: int, dtype: Any = np.float64) -> tuple[Any, Any]:
    """Return random images of 784 pixels, and labels in which all ten classes are."""
    rng = np.random.default_rng(0)
    return rng.random((count, 784)).astype(dtype), np.arange(count) % 10


def weights(network: Any) -> list[Any]:
    """Return copies of all parameters."""
    return [each.numpy().copy() for each in network.parameters.values()]


# --- the same network -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_explicit_network_makes_the_same_steps(dtype: Any) -> None:
    """With its sizes, activation, loss and steps, the weights become those of `nets.mnist.Network`, to rounding."""
    x, y = digits(24, dtype)
    explicit: mnist.Network[Any] = mnist.Network.initialized(np.random.default_rng(5), dtype)
    columns: Matrix[Any, Any, Any] = Matrix.from_array(x.T.copy())
    codes: Matrix[Any, Any, Any] = Matrix.one_hot(y, 10, dtype=dtype)
    losses = [explicit.step(columns, codes, 2.5) for _ in range(3)]
    classifier = MLPClassifier(
        (128, 64),
        activation="sigmoid",
        loss="squared-error",
        trainer="SGD",
        learning_rate=2.5,
        epochs=3,
        l2=0.0,
        standardize=False,
        random_state=5,
    ).fit(x, y)
    parameters = classifier.network_.parameters
    places = {"w1": "1.weights", "b1": "1.bias", "w2": "3.weights", "b2": "3.bias", "w3": "5.weights", "b3": "5.bias"}
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    for name, place in places.items():
        np.testing.assert_allclose(
            explicit.parameters[name].numpy(), parameters[place].numpy(), rtol=tolerance, atol=tolerance
        )
    assert losses == pytest.approx(classifier.loss_curve_, rel=tolerance)


def test_batches_are_those_of_a_network_of_the_same_seed() -> None:
    """Mini-batches are drawn as `NeuralNet.fit` draws them, so that the weights are the same bit for bit."""
    x, y = digits(24)
    rng = np.random.default_rng(6)
    network: NeuralNet[Any, Any, Any] = NeuralNet(
        Sequential.of(
            [
                Linear.initialized(784, 8, seed=rng, start="he", dtype=np.float64),
                Activation("relu"),
                Linear.initialized(8, 10, seed=rng, dtype=np.float64),
                Activation("softmax"),
            ]
        )
    )
    columns, codes = Matrix.from_array(x.T.copy()), Matrix.one_hot(y, 10, dtype=np.float64)
    settings: dict[str, Any] = {"epochs": 3, "learning_rate": 0.1, "batch_size": 7}
    network.fit(columns, codes, loss=CategoricalCrossEntropy(), seed=6, **settings)
    classifier = MLPClassifier((8,), trainer="SGD", l2=0.0, standardize=False, random_state=6, **settings).fit(x, y)
    for expected, actual in zip(weights(network), weights(classifier.network_), strict=True):
        np.testing.assert_array_equal(expected, actual)


def test_features_are_measured_once() -> None:
    """Samples of a later partial_fit are scaled as the first ones were."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((4,), random_state=0).partial_fit(x, y, classes=range(3)).partial_fit(10 * x + 3, y)
    scaling: Any = classifier.network_.layers[0]
    np.testing.assert_allclose(x.mean(axis=0), scaling.standardization.mean.numpy()[0])
    np.testing.assert_allclose(x.std(axis=0), scaling.standardization.deviation.numpy()[0])


def test_the_penalty_is_the_formula() -> None:
    """A step with λ moves each weight by −η λ w / N more than one without, and no bias."""
    x, y = digits(20)
    start, plain, penalized = (
        MLPClassifier((8,), trainer="SGD", learning_rate=rate, epochs=1, l2=l2, standardize=False, random_state=1)
        .fit(x, y)
        .network_
        for rate, l2 in ((1e-300, 0.0), (0.1, 0.0), (0.1, 3.0))
    )
    for name, first in start.parameters.items():
        more = penalized.parameters[name].numpy() - plain.parameters[name].numpy()
        expected = -0.1 * 3.0 / 20 * first.numpy() if name.endswith("weights") else 0 * more
        np.testing.assert_allclose(expected, more, atol=1e-15)


def test_an_epoch_takes_every_sample_once_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 20 samples in batches of 8, the last step of an epoch takes 4."""
    steps: list[int] = []
    value = MeanSquaredError.value

    def counting(self: MeanSquaredError, z: Any, target: Any) -> Any:
        steps.append(z.cols)
        return value(self, z, target)

    monkeypatch.setattr(MeanSquaredError, "value", counting)
    x = np.arange(20.0)[:, None] / 20
    MLPRegressor((4,), batch_size=8, epochs=2, standardize=False, random_state=0).fit(x, x)
    assert [8, 8, 4] * 2 == steps


def test_partial_fit_is_fit_in_parts() -> None:
    """As many calls of partial_fit as there are epochs give the weights of one fit."""
    x, y = digits(30)
    settings: dict[str, Any] = {"hidden_layer_sizes": (8,), "batch_size": 7, "random_state": 2}
    whole = MLPClassifier(epochs=5, **settings).fit(x, y)
    parts = MLPClassifier(epochs=5, **settings)
    for _ in range(5):
        parts.partial_fit(x, y, classes=range(10))
    assert whole.n_iter_ == parts.n_iter_ == 5
    assert whole.loss_curve_ == parts.loss_curve_
    for a, b in zip(weights(whole.network_), weights(parts.network_), strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_stops_when_the_loss_no_longer_falls() -> None:
    """With a large tolerance nothing counts as better after the first epoch; a patience of 0 never stops."""
    x, y = load_iris(return_X_y=True)
    assert 4 == MLPClassifier((4,), tol=1e6, patience=3, random_state=0).fit(x, y).n_iter_
    assert 20 == MLPClassifier((4,), tol=1e6, patience=0, epochs=20, random_state=0).fit(x, y).n_iter_


# --- settings ---------------------------------------------------------------------------------------------------------


@long
@pytest.mark.parametrize("trainer", get_args(TrainerName))
@pytest.mark.parametrize("loss", get_args(ClassificationLoss))
def test_every_trainer_lowers_every_loss(trainer: Any, loss: Any) -> None:
    """After some epochs the loss is less than in the first."""
    x, y = load_iris(return_X_y=True)
    rate = 0.01 if trainer in {"Adam", "RMSProp", "AdaGrad"} else 0.1
    classifier = MLPClassifier((8,), loss=loss, trainer=trainer, learning_rate=rate, epochs=40, random_state=0)
    curve = classifier.fit(x, y).loss_curve_
    assert curve[-1] < 0.8 * curve[0]


def test_every_trainer_has_its_name() -> None:
    """The names are those of the classes of `nets.trainers`."""
    assert set(TRAINERS) == set(get_args(TrainerName))


@long
@pytest.mark.parametrize("activation", get_args(HiddenActivation))
def test_every_activation_learns(activation: Any) -> None:
    """Nine of ten irises are told apart by a small network of each."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((16,), activation=activation, learning_rate=0.02, random_state=0)
    assert classifier.fit(x, y).score(x, y) > 0.9


@pytest.mark.parametrize("loss", get_args(ClassificationLoss))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities(loss: Any, dtype: Any) -> None:
    """They sum to 1, the largest is of the predicted class, and their type is that of the samples."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((8,), loss=loss, epochs=20, random_state=0).fit(x.astype(dtype), y)
    probabilities = classifier.predict_proba(x.astype(dtype))
    assert (dtype, (150, 3)) == (probabilities.dtype, probabilities.shape)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert (classifier.classes_[probabilities.argmax(axis=1)] == classifier.predict(x.astype(dtype))).all()


def test_probabilities_where_all_outputs_underflow() -> None:
    """Where every sigmoid is 0, nothing is known of the classes."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((), loss="squared-error", epochs=1, standardize=False, random_state=0).fit(
        x.astype(np.float32), y
    )
    classifier.network_.parameters["1.bias"][:, :] = -1e4
    np.testing.assert_allclose(classifier.predict_proba(x[:2]), 1 / 3, rtol=1e-6)


def test_random_state_decides_everything() -> None:
    """The same number gives the same predictions, bit for bit; another one, and a generator's next, give others."""
    x, y = digits(30)
    classifier = MLPClassifier((8,), epochs=3, batch_size=8)
    generator = np.random.RandomState(0)
    a, b, c, d, e = (
        clone(classifier).set_params(random_state=state).fit(x, y).predict_proba(x)
        for state in (1, np.int64(1), 2, generator, generator)
    )
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    assert not np.array_equal(d, e)


@long
def test_labels_are_of_any_kind() -> None:
    """Texts come back as they were given."""
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    classifier = MLPClassifier((8,), learning_rate=0.02, random_state=0).fit(x, names)
    assert ["setosa", "versicolor", "virginica"] == classifier.classes_.tolist()
    assert (classifier.predict(x) == names).mean() > 0.9


# --- with scikit-learn ------------------------------------------------------------------------------------------------


@long
def test_digits_as_well_as_scikit_learn() -> None:
    """On handwritten digits the default settings are right at least as often as scikit-learn's network, less 0.5 %."""
    x, y = load_digits(return_X_y=True)
    ours, theirs = (
        cross_val_score(estimator, x / 16, y, cv=StratifiedKFold(3, shuffle=True, random_state=0)).mean()
        for estimator in (MLPClassifier(random_state=0), neural_network.MLPClassifier((128, 64), random_state=0))
    )
    assert ours > theirs - 0.005


@long
@pytest.mark.parametrize(("load", "least"), [(load_iris, 0.93), (load_wine, 0.94), (load_breast_cancer, 0.96)])
def test_default_settings_learn_small_data(load: Any, least: float) -> None:
    """Features of unlike scales in some hundred samples are learned with nothing set."""
    assert cross_val_score(MLPClassifier(random_state=0), *load(return_X_y=True), cv=3).mean() > least


@long
def test_pipeline_and_grid_search() -> None:
    """Settings are searched through a pipeline."""
    x, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((8,), epochs=60, learning_rate=0.02, random_state=0))
    grid = {"mlpclassifier__hidden_layer_sizes": [(2,), (16,)], "mlpclassifier__activation": ["tanh", "relu"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(x, y)
    assert search.best_score_ > 0.9


@long
def test_regressor_on_diabetes() -> None:
    """With scaled targets it explains about as much as ridge regression does."""
    x, y = load_diabetes(return_X_y=True)
    regressor = MLPRegressor((8,), epochs=40, l2=1.0, random_state=0)
    scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    assert cross_val_score(scaled, x, y, cv=3).mean() > 0.85 * cross_val_score(Ridge(0.1), x, y, cv=3).mean()


@long
def test_several_targets() -> None:
    """Predictions have the shape of the targets."""
    x = np.random.default_rng(0).normal(size=(60, 3))
    y = np.stack([x[:, 0], x[:, 1] - x[:, 2]], axis=1)
    regressor = MLPRegressor((32,), random_state=0)
    assert (60, 2) == regressor.fit(x, y).predict(x).shape
    assert regressor.score(x, y) > 0.95
    assert (60,) == regressor.fit(x, y[:, 0]).predict(x).shape
    assert (60, 1) == regressor.fit(x, y[:, :1]).predict(x).shape


def test_pickled_estimators_go_on() -> None:
    """A pickled estimator predicts the same, and its training goes on as if it had not been pickled."""
    x, y = digits(30)
    classifier = MLPClassifier((8,), batch_size=7, random_state=0).partial_fit(x, y, classes=range(10))
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(classifier.predict_proba(x), copy.predict_proba(x))
    for each in (classifier, copy):
        each.partial_fit(x, y)
    np.testing.assert_array_equal(classifier.predict_proba(x), copy.predict_proba(x))


def test_estimators_are_exported(tmp_path: Path) -> None:
    """The network, normalization and all, gives in onnxruntime the probabilities of the estimator."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((8,), epochs=30, random_state=0)
    with pytest.raises(NotFittedError):
        save_onnx(tmp_path / "iris.onnx", classifier)
    save_onnx(tmp_path / "iris.onnx", classifier.fit(x, y))
    (found,) = onnxruntime.InferenceSession(tmp_path / "iris.onnx").run(["y"], {"x": x})
    np.testing.assert_allclose(classifier.predict_proba(x), found, atol=1e-5)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"hidden_layer_sizes": (8, 0)},
            "hidden_layer_sizes is (8, 0), but a sequence of positive sizes, such as (128, 64), is wanted",
        ),
        (
            {"hidden_layer_sizes": 8},
            "hidden_layer_sizes is 8, but a sequence of positive sizes, such as (128, 64), is wanted",
        ),
        ({"activation": "softmax"}, "activation is 'softmax', but one of sigmoid, tanh, relu, sin is wanted"),
        (
            {"trainer": "adam"},
            "trainer is 'adam', but one of SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam is wanted",
        ),
        ({"loss": "hinge"}, "loss is 'hinge', but one of cross-entropy, squared-error is wanted"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0, but a number above 0 is wanted"),
        ({"batch_size": 2.5}, "batch_size is 2.5, but 1 or more is wanted"),
        ({"epochs": 0}, "epochs is 0, but 1 or more is wanted"),
        ({"l2": -1.0}, "l2 is -1.0, but 0 or more is wanted"),
        ({"tol": -1.0}, "tol is -1.0, but 0 or more is wanted"),
        ({"patience": -1}, "patience is -1, but 0 or more is wanted"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_settings(settings: dict[str, Any], sentence: str) -> None:
    """Each is refused in one sentence when it is fitted."""
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        MLPClassifier(**settings).fit(x, y)


def test_refused_settings_leave_nothing_fitted() -> None:
    """What was not fitted says so."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier(epochs=0)
    with pytest.raises(ValueError, match="epochs"):
        classifier.fit(x, y)
    with pytest.raises(NotFittedError):
        classifier.predict(x)


def test_settings_that_are_changed_later_leave_the_network_as_it_is() -> None:
    """Probabilities are those of the network that was fitted, whatever loss the next one is to have."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((4,), epochs=3, loss="squared-error", random_state=0).fit(x, y)
    before = classifier.predict_proba(x)
    np.testing.assert_array_equal(before, classifier.set_params(loss="cross-entropy").predict_proba(x))


def test_the_learning_rate_of_the_next_epochs_can_be_changed() -> None:
    """With a rate of almost nothing, partial_fit goes on without changing anything."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((4,), epochs=3, trainer="SGD", random_state=0).fit(x, y)
    before = classifier.predict_proba(x)
    classifier.set_params(learning_rate=1e-300).partial_fit(x, y)
    np.testing.assert_array_equal(before, classifier.predict_proba(x))


def test_wrong_classes() -> None:
    """All classes are said at first, and stay."""
    x, y = load_iris(return_X_y=True)
    classifier = MLPClassifier((4,))
    sentence = "classes is None, but all classes that there are are wanted in the first partial_fit"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        classifier.partial_fit(x, y)
    with pytest.raises(ValueError, match=r"^y has the class 2, but the classes are \[0 1\]$"):
        classifier.partial_fit(x, y, classes=[0, 1])
    classifier.partial_fit(x, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"^y has the class 3, but the classes are \[0 1 2\]$"):
        classifier.partial_fit(x, y + 1)
    with pytest.raises(ValueError, match=r"^classes is \[0, 1\], but was \[0 1 2\] in the first partial_fit$"):
        classifier.partial_fit(x, y, classes=[0, 1])


def test_other_targets_than_before() -> None:
    """A regressor goes on with as many targets as it began with."""
    x = np.eye(4)
    regressor = MLPRegressor((4,)).partial_fit(x, x[:, :2])
    with pytest.raises(ValueError, match=r"^y has shape \(4,\), but \(4, 2\) is wanted, as before$"):
        regressor.partial_fit(x, x[:, 0])


def test_divergence() -> None:
    """A learning rate that is far too large is said to be."""
    x = np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(DivergenceError, match=r"^training diverged: the loss is (inf|nan) in epoch \d+, step 1, at a "):
        MLPRegressor((8,), trainer="SGD", learning_rate=1e3, random_state=0).fit(x, x[:, 0])
