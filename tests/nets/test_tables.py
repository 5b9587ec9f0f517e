"""Samples from CSV and NumPy files, and each mistake in them word for word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nets.tables import Table, read_table
from shapedmat.errors import FileFormatError


def read(folder: Path, text: str, label_column: str | None = None, **settings: Any) -> Table:
    """Write a CSV file and read it."""
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path, label_column, **settings)


def saved(folder: Path, array: np.ndarray[Any, Any]) -> Path:
    """Write a NumPy file."""
    np.save(folder / "data.npy", array)
    return folder / "data.npy"


def test_names_and_numbers(tmp_path: Path) -> None:
    """A first line without numbers has the names of the columns."""
    table = read(tmp_path, "a, b\n1,2\n-3.5,4e2\n")
    assert ("a", "b") == table.names
    assert [[1.0, 2.0], [-3.5, 400.0]] == table.values.tolist()
    assert table.labels is None


def test_no_names(tmp_path: Path) -> None:
    """A first line with a number in it is a sample, and the columns are numbered."""
    table = read(tmp_path, "1,2\n3,4\n")
    assert ("1", "2") == table.names
    assert [[1.0, 2.0], [3.0, 4.0]] == table.values.tolist()


def test_header_may_be_said(tmp_path: Path) -> None:
    """Names that are numbers are names where that is said, and so are samples samples."""
    named = read(tmp_path, "2024,2025\n3,4\n", header=True)
    assert (("2024", "2025"), [[3.0, 4.0]]) == (named.names, named.values.tolist())
    assert (2, 2) == read(tmp_path, "nan,1\n3,4\n", header=False).values.shape


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    """Commas, semicolons and tabs are understood."""
    assert [[1.0, 2.0]] == read(tmp_path, f"a{delimiter}b\n1{delimiter}2\n").values.tolist()


def test_missing_cells_are_nan(tmp_path: Path) -> None:
    """Empty cells and nan are missing, also a whole row of them."""
    values = read(tmp_path, "a,b\n1,\n nan ,2\n,\n").values
    np.testing.assert_array_equal([[1, np.nan], [np.nan, 2], [np.nan, np.nan]], values)


def test_blank_lines_are_skipped(tmp_path: Path) -> None:
    """Also at the end, and the numbers of lines in errors count them."""
    assert [[1.0], [2.0]] == read(tmp_path, "a\n\n1\n   \n2\n\n").values.tolist()
    with pytest.raises(FileFormatError, match="line 4, column 'a'"):
        read(tmp_path, "a\n\n1\nx\n")


def test_quotes_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    """What spreadsheets write is read."""
    table = read(tmp_path, '\ufeff"a, b",c\r\n"1",2\r\n')
    assert ("a, b", "c") == table.names
    assert [[1.0, 2.0]] == table.values.tolist()


@pytest.mark.parametrize(("text", "column"), [("x,kind,y\n1,u,2\n3,v,4\n", "kind"), ("1,u,2\n3,v,4\n", "2")])
def test_labels(tmp_path: Path, text: str, column: str) -> None:
    """A column of classes is taken out of the numbers, by its name or its number."""
    table = read(tmp_path, text, column)
    assert table.labels is not None
    assert ["u", "v"] == table.labels.tolist()
    assert [[1.0, 2.0], [3.0, 4.0]] == table.values.tolist()
    assert 2 == len(table.names)
    assert column not in table.names


@given(
    arrays.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 4)), elements=st.floats(allow_infinity=False))
)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    """Numbers come back bit for bit, and missing ones as NaN."""
    text = "\n".join(",".join(repr(float(each)) for each in row) for row in values)
    read_back = read(tmp_path_factory.mktemp("table"), text, header=False).values
    np.testing.assert_array_equal(values, read_back)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint16])
def test_numpy_files(tmp_path: Path, dtype: Any) -> None:
    """float32 stays, and other numbers become float64."""
    table = read_table(saved(tmp_path, np.array([[1, 2], [3, 4]], dtype)))
    assert (np.float32 if dtype is np.float32 else np.float64) == table.values.dtype
    assert [[1.0, 2.0], [3.0, 4.0]] == table.values.tolist()
    assert ("1", "2") == table.names


def test_labels_of_numpy_files(tmp_path: Path) -> None:
    """A column of class numbers is taken out."""
    table = read_table(saved(tmp_path, np.array([[1.5, 7], [2.5, 8]])), "2")
    assert table.labels is not None
    assert (["7", "8"], [[1.5], [2.5]], ("1",)) == (table.labels.tolist(), table.values.tolist(), table.names)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", " is empty, but one sample or more is wanted; check which file this is"),
        ("\n\n", " is empty, but one sample or more is wanted; check which file this is"),
        ("a,b\n", " holds names of columns, but no samples; add one or more"),
        (
            "a,b\n1,2\n3,abc\n",
            (
                ", line 3, column 'b': 'abc' is not a number; leave the cell empty if the value is missing, "
                "and name a column of classes as the label column"
            ),
        ),
        ("a,b\n1,inf\n", ", line 2, column 'b': 'inf' is not finite; leave the cell empty if the value is missing"),
        ("a,b\n1,2\n3\n", ", line 3 has 1 cells, but line 1 has 2; give every line the same number"),
        ('a,b\n"1,2\n', ", after line 1: no CSV (unexpected end of data); check the quotes"),
    ],
)
def test_mistakes_in_csv(tmp_path: Path, text: str, sentence: str) -> None:
    """Each is one sentence with the line and the column."""
    with pytest.raises(FileFormatError, match=re.escape(f"{tmp_path / 'data.csv'}{sentence}") + "$"):
        read(tmp_path, text)


def test_mistakes_with_labels(tmp_path: Path) -> None:
    """A column that there is not, a label that is missing, and nothing beside labels."""
    with pytest.raises(ValueError, match=r"data\.csv has no column 'kind' for labels: there are a, b$"):
        read(tmp_path, "a,b\n1,2\n", "kind")
    with pytest.raises(FileFormatError, match="line 3, column 'b': the label is missing; give one or drop the line"):
        read(tmp_path, "a,b\n1,u\n2,\n", "b")
    with pytest.raises(FileFormatError, match="holds labels alone, but columns of numbers are wanted"):
        read(tmp_path, "b\nu\n", "b")


def test_a_csv_file_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are refused."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,\xff\n")
    with pytest.raises(FileFormatError, match=r"is not UTF-8 text \(invalid start byte\); save it as UTF-8$"):
        read_table(path)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.ones(3), " holds an array of shape (3,) and type float64, but numbers in two axes, samples and columns,"),
        (np.array([["a"]]), " holds an array of shape (1, 1) and type <U1, but numbers in two axes,"),
        (
            np.ones((1, 1), np.complex128),
            " holds an array of shape (1, 1) and type complex128, but numbers in two axes,",
        ),
        (np.array([[1.0, np.inf]]), ", row 1, column 2: inf is not finite; put NaN where a value is missing"),
    ],
)
def test_mistakes_in_numpy_files(tmp_path: Path, array: Any, sentence: str) -> None:
    """Each is one sentence."""
    path = saved(tmp_path, array)
    with pytest.raises(FileFormatError, match=re.escape(f"{path}{sentence}")):
        read_table(path)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00\x10\x00" + b"x" * 16])
def test_numpy_files_that_are_not_intact(tmp_path: Path, content: bytes) -> None:
    """They are refused."""
    (tmp_path / "data.npy").write_bytes(content)
    with pytest.raises(FileFormatError, match=re.escape("is not an intact .npy file of numbers")):
        read_table(tmp_path / "data.npy")


def test_pickles_are_not_read(tmp_path: Path) -> None:
    """A file of objects, which could run code, is refused."""
    np.save(tmp_path / "data.npy", np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(FileFormatError, match=re.escape("is not an intact .npy file of numbers")):
        read_table(tmp_path / "data.npy")


def test_a_header_that_states_too_much(tmp_path: Path) -> None:
    """No memory is taken on its word."""
    path = saved(tmp_path, np.ones((2, 3)))
    path.write_bytes(path.read_bytes().replace(b"(2, 3)", b"(2000000000000, 3)").replace(b" " * 12 + b"\n", b"\n"))
    with pytest.raises(FileFormatError, match=re.escape("is not an intact .npy file of numbers")):
        read_table(path)


def test_files_that_are_not_there_or_not_known(tmp_path: Path) -> None:
    """A missing file, a folder and another ending."""
    with pytest.raises(FileNotFoundError, match=r"none\.csv does not exist; check the path$"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(FileFormatError, match=re.escape("is not a regular file, but a CSV or .npy file is wanted")):
        read_table(tmp_path)
    (tmp_path / "data.xlsx").touch()
    with pytest.raises(FileFormatError, match=re.escape('ends in ".xlsx", but .csv, .tsv, .txt and .npy files are')):
        read_table(tmp_path / "data.xlsx")
