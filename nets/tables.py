"""Samples from CSV and NumPy files, with errors that name the line and the column."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from shapedmat.errors import FileFormatError

_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True)
class Table:
    """Samples with their names.

    Attributes:
        values: of shape (samples, columns), float32 or float64; NaN where a cell is missing.
        names: of the columns; their numbers from 1 where a file gives no names.
        labels: the class of each sample as text, of shape (samples,), where a column of labels was asked for.
    """

    values: np.ndarray[tuple[int, int], np.dtype[Any]]
    names: tuple[str, ...]
    labels: np.ndarray[tuple[int], np.dtype[Any]] | None = None


def read_table(path: Path, label_column: str | None = None, *, header: bool | None = None) -> Table:
    """Read samples, one a row, from a CSV file (`.csv`, `.tsv`, `.txt`) or a NumPy file (`.npy`).

    A CSV file is UTF-8 text with commas, semicolons or tabs, whichever its first line has most of. An empty cell, or
    one with `nan`, is missing and becomes NaN; blank lines are skipped. An array of a NumPy file has two axes and holds
    numbers; float32 stays, and other types become float64.

    Args:
        path: the file.
        label_column: the column that holds classes, by its name or, where columns have none, its number from 1.
        header: whether the first line of a CSV file has the names of the columns; without it, it has them if no cell in
            it is a number.

    Raises:
        FileNotFoundError: there is no such file.
        FileFormatError: it holds no samples, a cell is not a finite number or a row not as long as the first one, a
            label is missing, it is not text or not an intact array, or its name ends in none of these ways.
        ValueError: there is no such label column.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")
    # Opening a named pipe would wait for a writer for ever.
    if not path.is_file():
        raise FileFormatError(f"{path} is not a regular file, but a CSV or .npy file is wanted; check the path")
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return _read_csv(path, label_column, header)
        case ".npy":
            return _read_npy(path, label_column)
        case suffix:
            raise FileFormatError(
                f'{path} ends in "{suffix}", but .csv, .tsv, .txt and .npy files are read; rename or convert it'
            )


def _read_csv(path: Path, label_column: str | None, header: bool | None) -> Table:
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise FileFormatError(f"{path} is empty, but one sample or more is wanted; check which file this is")
    line, cells = first
    named = not any(_is_number(cell) for cell in cells) if header is None else header
    names = tuple(cell.strip() for cell in cells) if named else _numbered(len(cells))
    label_place = None if label_column is None else _place(path, names, label_column)
    values, labels = array("d"), list[str]()
    if not named:
        _take(path, line, names, cells, label_place, values, labels)
    for number, row in rows:
        if len(row) != len(names):
            raise FileFormatError(
                f"{path}, line {number} has {len(row)} cells, but line {line} has {len(names)}; "
                "give every line the same number"
            )
        _take(path, number, names, row, label_place, values, labels)
    columns = len(names) - (label_place is not None)
    if columns == 0:
        raise FileFormatError(f"{path} holds labels alone, but columns of numbers are wanted; check which file this is")
    if not values:
        raise FileFormatError(f"{path} holds names of columns, but no samples; add one or more")
    return Table(
        np.array(values).reshape(-1, columns),
        tuple(name for place, name in enumerate(names) if place != label_place),
        None if label_place is None else np.array(labels),
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Return the rows of a CSV file that are not blank, with the numbers of their lines."""
    line = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            start = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(_DELIMITERS, key=start.count), strict=True)
            for row in reader:
                line = reader.line_num
                if len(row) > 1 or any(cell.strip() for cell in row):
                    yield line, row
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8") from error
        except csv.Error as error:
            raise FileFormatError(f"{path}, after line {line}: no CSV ({error}); check the quotes") from error


def _take(
    path: Path,
    line: int,
    names: Sequence[str],
    cells: Sequence[str],
    label_place: int | None,
    values: array[float],
    labels: list[str],
) -> None:
    """Append the numbers and the label of a row."""
    for place, cell in enumerate(cells):
        text = cell.strip()
        if place == label_place:
            if not text:
                raise FileFormatError(
                    f"{path}, line {line}, column '{names[place]}': the label is missing; give one or drop the line"
                )
            labels.append(text)
            continue
        try:
            value = float(text) if text else math.nan
        except ValueError as error:
            raise FileFormatError(
                f"{path}, line {line}, column '{names[place]}': {text!r} is not a number; "
                "leave the cell empty if the value is missing, and name a column of classes as the label column"
            ) from error
        if math.isinf(value):
            raise FileFormatError(
                f"{path}, line {line}, column '{names[place]}': {text!r} is not finite; "
                "leave the cell empty if the value is missing"
            )
        values.append(value)


def _read_npy(path: Path, label_column: str | None) -> Table:
    try:
        # Mapped first, since only then is the size that the header states compared with that of the file.
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise FileFormatError(f"{path} is not an intact .npy file of numbers ({error}); save it again") from error
    if stored.ndim != 2 or stored.dtype.kind not in "fiu":
        raise FileFormatError(
            f"{path} holds an array of shape {stored.shape} and type {stored.dtype}, "
            "but numbers in two axes, samples and columns, are wanted; reshape or convert it"
        )
    if 0 in stored.shape:
        raise FileFormatError(f"{path} holds an array of shape {stored.shape}, in which there are no samples; check it")
    values = np.array(stored, np.float32 if stored.dtype == np.float32 else np.float64)
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = (int(each) for each in infinite[0])
        raise FileFormatError(
            f"{path}, row {row + 1}, column {column + 1}: {values[row, column]} is not finite; "
            "put NaN where a value is missing"
        )
    names = _numbered(values.shape[1])
    if label_column is None:
        return Table(values, names)
    place = _place(path, names, label_column)
    if values.shape[1] == 1:
        raise FileFormatError(f"{path} holds labels alone, but columns of numbers are wanted; check which file this is")
    labels = np.array([f"{value:g}" for value in values[:, place]])
    return Table(np.delete(values, place, axis=1), names[:place] + names[place + 1 :], labels)


def _numbered(columns: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, columns + 1))


def _place(path: Path, names: Sequence[str], label_column: str) -> int:
    if label_column not in names:
        raise ValueError(f"{path} has no column '{label_column}' for labels: there are {', '.join(names)}")
    return names.index(label_column)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
