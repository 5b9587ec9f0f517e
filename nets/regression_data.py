"""Samples for a regression: from JSON files that hold a test set too, from CSV and from NumPy files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from nets.tables import read_table
from shapedmat import FileFormatError

Array: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]

MAXIMUM_BYTES: Final = 256 << 20
"""The largest JSON file that is read: 256 MiB."""


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Samples:
    """What a model is fitted to and what it is tested on, one sample a row.

    Attributes:
        names: of the features.
        x: of shape (samples, features).
        y: of shape (samples, 1).
        test_x: of shape (test samples, features).
        test_y: of shape (test samples, 1).
    """

    names: tuple[str, ...]
    x: Array
    y: Array
    test_x: Array
    test_y: Array


def read_samples(path: Path, target: str | None = None, *, test_fraction: float = 0.2, seed: int = 0) -> Samples:
    """Read the samples of a file.

    A JSON file is an object with the number of features ``n``, and with the numbers ``x``, sample after sample, and
    ``y``, and ``x_test`` and ``y_test`` to test on. Of other files `nets.tables.read_table` reads the columns, of
    which one is the target and some rows, drawn at random, are for testing.

    Args:
        path: a file that ends in .json, .csv, .tsv, .txt or .npy.
        target: the column to predict, by its name or its number from 1; without it, the last.
        test_fraction: the share of the rows that are for testing, of a file that does not say which are.
        seed: by which they are drawn.

    Raises:
        FileNotFoundError: there is no such file.
        FileFormatError: it is not of these forms, or a number is missing.
        ValueError: there is no such target, it is the only column, or the share leaves nothing on one side.
    """
    if path.suffix.lower() == ".json":
        return _read_json(path)
    table = read_table(path)
    if np.isnan(table.values).any():
        row, column = (int(each) for each in np.argwhere(np.isnan(table.values))[0])
        raise FileFormatError(
            f"{path}, sample {row + 1}, column '{table.names[column]}': the value is missing, "
            "but a regression needs them all; give one or drop the sample"
        )
    wanted = table.names[-1] if target is None else target
    if wanted not in table.names or len(table.names) == 1:
        raise ValueError(
            f"{path} has no column '{wanted}' beside others to predict: there are {', '.join(table.names)}"
        )
    place = table.names.index(wanted)
    x: Any = np.delete(table.values, place, axis=1).astype(np.float64)
    y: Any = table.values[:, [place]].astype(np.float64)
    count = round(test_fraction * len(x))
    if not 0 < count < len(x):
        raise ValueError(f"test_fraction {test_fraction} of {len(x)} samples is {count}: 1 to {len(x) - 1} are wanted")
    order = np.random.default_rng(seed).permutation(len(x))
    test, training = order[:count], np.sort(order[count:])
    names = table.names[:place] + table.names[place + 1 :]
    return Samples(names, x[training], y[training], x[test], y[test])


def _read_json(path: Path) -> Samples:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")
    if not path.is_file() or path.stat().st_size > MAXIMUM_BYTES:
        raise FileFormatError(
            f"{path} is not a regular file of at most {MAXIMUM_BYTES:,} bytes; check which file it is"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = int(content["n"])
        arrays = [
            np.array(content[name], np.float64).reshape(-1, features if name.startswith("x") else 1)
            for name in ("x", "y", "x_test", "y_test")
        ]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise FileFormatError(
            f"{path} does not hold n, x, y, x_test and y_test as numbers ({error!r}); check which file this is"
        ) from error
    x, y, test_x, test_y = arrays
    if len(x) != len(y) or len(test_x) != len(test_y) or not len(x) or not len(test_x):
        raise FileFormatError(
            f"{path} holds x of {len(x)} and y of {len(y)} samples, and for testing {len(test_x)} and {len(test_y)}: "
            "as many of each are wanted, and one or more; check which file this is"
        )
    if not all(np.isfinite(each).all() for each in arrays):
        raise FileFormatError(f"{path} holds a number that is not finite; check it")
    return Samples(tuple(str(number) for number in range(1, features + 1)), x, y, test_x, test_y)
