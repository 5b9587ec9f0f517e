"""`MLPClassifier` beside scikit-learn's, with the same hidden layers: accuracy and time of a fit, on one thread.

Accuracies are means of cross-validations in five parts with shuffled samples, times are medians of their fits, in which
the estimators take turns. ``python tests/benchmarks/estimators.py --rounds 2``
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from nets.estimators import MLPClassifier


@dataclass
class Settings:
    """What is measured."""

    rounds: int = 2


def measure(estimators: dict[str, Any], x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], rounds: int) -> None:
    """Print a row for each estimator."""
    scores: dict[str, list[float]] = {name: [] for name in estimators}
    seconds: dict[str, list[float]] = {name: [] for name in estimators}
    for turn in range(rounds):
        for training, test in StratifiedKFold(5, shuffle=True, random_state=turn).split(x, y):
            for name, estimator in estimators.items():
                started = time.perf_counter()
                fitted = clone(estimator).fit(x[training], y[training])
                seconds[name].append(time.perf_counter() - started)
                scores[name].append(fitted.score(x[test], y[test]))
    table = Table("estimator", "accuracy", "seconds a fit")
    for name in estimators:
        table.add_row(name, f"{np.mean(scores[name]):.2%}", f"{np.median(seconds[name]):.2f}")
    Console().print(table)


def main() -> None:
    """Measure on four of scikit-learn's data sets."""
    settings = tyro.cli(Settings, description=__doc__)
    # scikit-learn says so of most of its fits of 200 epochs.
    warnings.simplefilter("ignore", ConvergenceWarning)
    theirs = neural_network.MLPClassifier((128, 64), random_state=0)
    estimators = {
        "ours": MLPClassifier(random_state=0),
        "ours, with scikit-learn's settings": MLPClassifier(learning_rate=0.001, standardize=False, random_state=0),
        "scikit-learn": theirs,
        "scikit-learn, standardized": make_pipeline(StandardScaler(), theirs),
    }
    for load in (load_digits, load_iris, load_wine, load_breast_cancer):
        x, y = load(return_X_y=True)
        if load is load_digits:
            x = x / 16
        print(f"{load.__name__.removeprefix('load_')}: {len(y)} samples of {x.shape[1]} features")
        with threadpool_limits(1):
            measure(estimators, x, y, settings.rounds)


if __name__ == "__main__":
    main()
