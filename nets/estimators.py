# ruff: noqa: N803  # X is scikit-learn's name for samples
"""`MLPClassifier` and `MLPRegressor`: networks of layers as estimators of scikit-learn.

A sample is a row here, as everywhere in scikit-learn. The network is a `nets.neural_net.NeuralNet`, as it takes any
sizes, where those of `nets.mnist.Network` are part of its type; ``sigmoid``, ``squared-error`` and ``SGD`` make of it
the same network, and train it to the same weights. Its gradients go to a trainer of `nets.trainers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypeAlias
from typing import Literal as L

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets

from nets.activations import Activation, Name
from nets.losses import CategoricalCrossEntropy, Loss, MeanSquaredError, SquaredError
from nets.perceptron import Array, HiddenActivation, Perceptron, TrainerName, checked_when_fitted, listed

ClassificationLoss: TypeAlias = L["cross-entropy", "squared-error"]


class MLPClassifier(ClassifierMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A classifier that is a multilayer perceptron: fully connected layers, with an activation behind each.

    With ``cross-entropy`` it ends in the softmax and minimizes −Σ ln p / N, where p is the probability of the class of
    each of N samples; with ``squared-error`` it ends in the sigmoid and minimizes Σ (a − y)² / N, for one-hot codes y,
    and probabilities are outputs over their sum (Bishop, *Pattern Recognition and Machine Learning*, chapter 5).

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((16,), random_state=0).fit(x, y)
    >>> classifier.score(x, y) > 0.95
    True
    >>> classifier.network_
    NeuralNet(Sequential(Normalization(), Linear(4, 16), Activation('relu'), Linear(16, 3), Activation('softmax')))

    Args:
        hidden_layer_sizes: the numbers of neurons between inputs and outputs.
        activation: of the hidden layers; weights start as Glorot & Bengio (2010) draw them, for ``relu`` as He et al.
            (2015) do, and biases at 0.
        loss: what is made small.
        trainer: the class of `nets.trainers` that takes the steps.
        learning_rate: of the trainer.
        batch_size: samples a step, drawn in a new order in each epoch; without it, 200, or all if there are fewer.
        epochs: how often to go through the samples, at most.
        l2: λ of the penalty λ/2 Σ w² / N on the weights of a batch of N samples.
        tol: the least by which an epoch has to lower the loss in order to count as better.
        patience: stop after so many epochs in which none was better; 0 never stops early.
        standardize: scale each feature to mean 0 and deviation 1, as measured on the samples of the first fit or
            `partial_fit`; features of unlike scales are seldom learned without.
        random_state: a number for reproducible weights and orders of samples.
        device: "cpu", "cuda" or "cuda:1", where the network is made, trained and predicts.

    Attributes:
        network_: the `NeuralNet`; it takes samples as columns.
        classes_: the classes, sorted, as the outputs are.
        loss_curve_: the mean loss of each epoch, without the penalty.
        loss_: the last of them.
        n_iter_: how many epochs were trained.
        n_features_in_: how many features there are.
        feature_names_in_: their names, where the samples had them.
    """

    classes_: Array

    @checked_when_fitted
    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (128, 64),
        *,
        activation: HiddenActivation = "relu",
        loss: ClassificationLoss = "cross-entropy",
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
        super().__init__(
            hidden_layer_sizes,
            activation=activation,
            trainer=trainer,
            learning_rate=learning_rate,
            batch_size=batch_size,
            epochs=epochs,
            l2=l2,
            tol=tol,
            patience=patience,
            standardize=standardize,
            random_state=random_state,
            device=device,
        )
        self.loss = loss

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network.

        Args:
            X: the samples, of shape (samples, features).
            y: their classes, of shape (samples,).

        Raises:
            ValueError: a parameter is not one of those that are possible, or samples and classes are not such that a
                network can be trained on them.
            DivergenceError: the loss became infinite or not a number.
        """
        x, y = self._labelled(X, y, is_first=True)
        self.classes_ = np.unique(y)
        self._begin(x.shape[1], len(self.classes_), x.dtype.type)
        self._train(x, self._one_hot(y), self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go on with the network for one epoch, or begin one.

        Args:
            X: the samples, of shape (samples, features).
            y: their classes, of shape (samples,).
            classes: all classes that there are, wanted when a network is begun.

        Raises:
            ValueError: as in `fit`, or there is a class that is none of `classes`, or other features than before.
            DivergenceError: the loss became infinite or not a number.
        """
        is_first = not hasattr(self, "network_")
        if is_first and classes is None:
            raise ValueError("classes is None, but all classes that there are are wanted in the first partial_fit")
        x, y = self._labelled(X, y, is_first=is_first)
        if classes is not None and not is_first and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes is {classes}, but was {self.classes_} in the first partial_fit")
        known: Array = np.unique(np.asarray(classes)) if is_first else self.classes_
        unknown = np.setdiff1d(y, known)
        if len(unknown):
            raise ValueError(f"y has the class {unknown[0]}, but the classes are {known}")
        if is_first:
            self.classes_ = known
            self._begin(x.shape[1], len(known), x.dtype.type)
        self._train(x, self._one_hot(y), 1)
        return self

    def predict(self, X: Any) -> Array:
        """Return the class of each sample whose output is the largest, of shape (samples,).

        Raises:
            ValueError: the features are others than those of the network.
        """
        outputs = self._outputs(X)
        classes: Array = self.classes_[outputs.argmax(axis=1)]
        return classes

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, of shape (samples, classes).

        Raises:
            ValueError: the features are others than those of the network.
        """
        outputs = self._outputs(X)
        last = self.network_.layers[-1]
        if isinstance(last, Activation) and last.name == "softmax":
            return outputs
        # Sigmoids can underflow to 0 all at once, which tells nothing of the classes.
        sums = outputs.sum(axis=1, keepdims=True)
        probabilities: Array = np.full_like(outputs, 1 / outputs.shape[1])
        np.divide(outputs, sums, out=probabilities, where=sums > 0)
        return probabilities

    def _labelled(self, X: Any, y: Any, *, is_first: bool) -> tuple[Array, Array]:
        x, y = self._validated(X, y, is_first=is_first)
        check_classification_targets(y)
        return x, y

    def _one_hot(self, y: Array) -> Array:
        codes: Array = np.eye(len(self.classes_), dtype=self.network_.dtype)
        return codes[np.searchsorted(self.classes_, y)]

    def _loss_and_output(self) -> tuple[Loss, Name | None]:
        match self.loss:
            case "cross-entropy":
                return CategoricalCrossEntropy(), "softmax"
            case "squared-error":
                return SquaredError(), "sigmoid"
            case other:
                raise ValueError(f"loss is {other!r}, but one of {listed(ClassificationLoss)} is wanted")


class MLPRegressor(RegressorMixin, Perceptron):  # type: ignore[misc]  # scikit-learn has no types
    """A regressor that is a multilayer perceptron: it minimizes the mean of (p − y)², with no activation at the end.

    Targets of a large scale, such as prices, take long to reach: wrap it in scikit-learn's
    `TransformedTargetRegressor`, which scales them.

    >>> x = np.linspace(-2, 2, 50)[:, None]
    >>> regressor = MLPRegressor((16,), activation="tanh", batch_size=10, epochs=50, random_state=0)
    >>> regressor.fit(x, np.sin(2 * x[:, 0])).score(x, np.sin(2 * x[:, 0])) > 0.9
    True

    Args:
        hidden_layer_sizes: as of `MLPClassifier`, and so on.
        activation: of the hidden layers.
        trainer: the class of `nets.trainers` that takes the steps.
        learning_rate: of the trainer.
        batch_size: samples a step; without it, 200, or all if there are fewer.
        epochs: how often to go through the samples, at most.
        l2: λ of the penalty λ/2 Σ w² / N on the weights of a batch of N samples.
        tol: the least by which an epoch has to lower the loss in order to count as better.
        patience: stop after so many epochs in which none was better; 0 never stops early.
        standardize: scale each feature to mean 0 and deviation 1, as measured on the samples of the first fit or
            `partial_fit`; features of unlike scales are seldom learned without.
        random_state: a number for reproducible weights and orders of samples.
        device: "cpu", "cuda" or "cuda:1", where the network is made, trained and predicts.

    Attributes:
        network_: the `NeuralNet`; it takes samples as columns.
        loss_curve_: the mean loss of each epoch, without the penalty.
        loss_: the last of them.
        n_iter_: how many epochs were trained.
        n_features_in_: how many features there are.
        feature_names_in_: their names, where the samples had them.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network.

        Args:
            X: the samples, of shape (samples, features).
            y: what to predict, of shape (samples,) or (samples, targets).

        Raises:
            ValueError: a parameter is not one of those that are possible, or samples and targets are not such that a
                network can be trained on them.
            DivergenceError: the loss became infinite or not a number.
        """
        x, y = self._validated(X, y, is_first=True, multi_output=True, y_numeric=True)
        return self._fitted(x, y, self.epochs, is_first=True)

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Go on with the network for one epoch, or begin one.

        Args:
            X: the samples, of shape (samples, features).
            y: what to predict, of shape (samples,) or (samples, targets).

        Raises:
            ValueError: as in `fit`, or there are other features or targets than before.
            DivergenceError: the loss became infinite or not a number.
        """
        is_first = not hasattr(self, "network_")
        x, y = self._validated(X, y, is_first=is_first, multi_output=True, y_numeric=True)
        if not is_first and y.shape[1:] != self._target_shape:
            raise ValueError(f"y has shape {y.shape}, but {(len(y), *self._target_shape)} is wanted, as before")
        return self._fitted(x, y, 1, is_first=is_first)

    def predict(self, X: Any) -> Array:
        """Return the predictions, of shape (samples,) or (samples, targets) as the targets were.

        Raises:
            ValueError: the features are others than those of the network.
        """
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._target_shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _fitted(self, x: Array, y: Array, epochs: int, *, is_first: bool) -> Self:
        targets = y.reshape(len(y), -1).astype(x.dtype)
        if is_first:
            self._target_shape = y.shape[1:]
            self._begin(x.shape[1], targets.shape[1], x.dtype.type)
        self._train(x, targets, epochs)
        return self

    def _loss_and_output(self) -> tuple[Loss, Name | None]:
        return MeanSquaredError(), None
