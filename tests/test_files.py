"""shapedmat.files keeps matrices exactly, and refuses what is not intact."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from shapedmat import FileFormatError, Matrix
from shapedmat.files import load_matrices, save_matrices

DTYPES = (
    np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.bool_
)  # fmt: skip


def raw_file(header: object, body: bytes = b"") -> bytes:
    """Return a safetensors file with the given header, which may be a lie."""
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + body


def array_entry(dtype: str, shape: list[int], end: int) -> dict[str, object]:
    """Return the header's entry for the array at the start of the body."""
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}


def message_for(path: Path, content: bytes, **settings: Any) -> str:
    """Return the message, without the path, of the error that loading the content raises."""
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        load_matrices(path, **settings)
    return str(caught.value).replace(str(path), "FILE")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A path in an empty folder."""
    return tmp_path / "matrices.safetensors"


@pytest.mark.parametrize("dtype", DTYPES)
def test_matrix_comes_back_bit_for_bit(path: Path, dtype: type[np.generic]) -> None:
    """Each element type that a matrix can hold is read as it was written."""
    array = np.random.default_rng(0).integers(0, 2, (3, 5)).astype(dtype)
    save_matrices(path, {"a": Matrix.from_array(array)})
    loaded = load_matrices(path)[0]["a"]
    assert (array.dtype, array.tobytes()) == (loaded.dtype, loaded.numpy().tobytes())


def test_transposed_matrix_keeps_its_elements(path: Path) -> None:
    """A matrix whose memory is not row after row is written by its elements."""
    array = np.arange(6.0).reshape(2, 3)
    save_matrices(path, {"a": Matrix.from_array(array).T})
    assert array.T.tolist() == load_matrices(path)[0]["a"].numpy().tolist()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_empty_matrix_keeps_its_shape(path: Path, shape: tuple[int, int]) -> None:
    """A matrix without elements comes back with its rows and columns."""
    save_matrices(path, {"a": Matrix.zeros(*shape)})
    assert shape == load_matrices(path)[0]["a"].shape


def test_names_come_back_sorted(path: Path) -> None:
    """The order of the matrices does not depend on how they were saved."""
    save_matrices(path, {name: Matrix.zeros(1, 1) for name in "cab"})
    assert ["a", "b", "c"] == list(load_matrices(path)[0])


def test_metadata_comes_back(path: Path) -> None:
    """Texts of any characters are kept beside the matrices."""
    save_matrices(path, {}, {"naïve": "σ\n{"})
    assert ({}, {"naïve": "σ\n{"}) == load_matrices(path)


def test_file_without_metadata_gives_none(path: Path) -> None:
    """A file that other programs wrote need not hold texts."""
    path.write_bytes(save({"a": np.ones((1, 1))}))
    assert {} == load_matrices(path)[1]


def test_loaded_matrix_can_be_changed(path: Path) -> None:
    """A matrix from a file owns its memory, so that training can go on in place."""
    save_matrices(path, {"a": Matrix.ones(1, 1)})
    loaded = load_matrices(path)[0]["a"]
    loaded += 1.0
    assert [[2.0]] == loaded.numpy().tolist()


def test_reserved_name_is_refused(path: Path) -> None:
    """A matrix cannot have the name under which the format keeps texts."""
    with pytest.raises(
        ValueError, match=r"^a matrix is named __metadata__, which safetensors keeps for texts; rename it$"
    ):
        save_matrices(path, {"__metadata__": Matrix.ones(1, 1)})


def test_missing_file_is_not_found(path: Path) -> None:
    """A path that leads nowhere is said to, and is not called damaged."""
    with pytest.raises(FileNotFoundError, match=r"does not exist; check the path$"):
        load_matrices(path)


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder is not a file of matrices."""
    with pytest.raises(
        FileFormatError, match=r"is not a regular file, but a safetensors file is wanted; check the path$"
    ):
        load_matrices(tmp_path)


def test_named_pipe_is_refused_at_once(path: Path) -> None:
    """A pipe without a writer is refused rather than waited for."""
    os.mkfifo(path)
    with pytest.raises(FileFormatError, match=r"is not a regular file"):
        load_matrices(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1234", "FILE is 4 bytes long, too short for a safetensors file; get the file again"),
        (
            b"\xff" * 100,
            (
                "FILE is 100 bytes long, too short for a header of the stated 18,446,744,073,709,551,615 bytes; "
                "check which file this is, or get it again"
            ),
        ),
        (
            save({"a": np.ones((1, 2, 3))}),
            "FILE holds the array a with 3 axes, but matrices with 2 are wanted; reshape it first",
        ),
        (
            raw_file(array_entry("F16", [1, 1], 2), b"ab"),
            (
                "FILE holds the array a of type F16, but F64, F32, I64, I32, I16, I8, U64, U32, U16, U8, BOOL are "
                "read; convert it first"
            ),
        ),
        (
            raw_file(array_entry("BOOL", [1, 2], 2), b"\1\2"),
            "FILE holds the array a of booleans that are not 0 or 1; get the file again",
        ),
        (
            raw_file(array_entry("F32", [0, 2**63], 0)),
            (
                "FILE holds the array a of 0 x 9223372036854775808 elements, which NumPy cannot hold; "
                "check which file this is"
            ),
        ),
    ],
)
def test_foreign_file_is_refused_in_one_sentence(path: Path, content: bytes, message: str) -> None:
    """What is no file of matrices is refused, and the sentence says why and what to do."""
    assert message == message_for(path, content)


@pytest.mark.parametrize(
    "header",
    [
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"__metadata__":{"a":1}}',
        b'{"__metadata__":{"a":"\\ud800"}}',
        b"null",
        b"\x80",
        b'{"a":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1],"b":' + b"1" * 5000 + b"}}",
    ],
)
def test_malicious_header_is_refused(path: Path, header: bytes) -> None:
    """A header that is deeply nested, mistyped, ill encoded or full of digits is called what it is: not intact."""
    assert message_for(path, raw_file(header, b"")).startswith("FILE is not an intact safetensors file (")


def test_larger_file_than_allowed_is_refused(path: Path) -> None:
    """The size is checked before the content is read."""
    expected = "FILE is 1,000 bytes long, but at most 999 are read; check which file this is, or raise maximum_bytes"
    assert expected == message_for(path, bytes(1000), maximum_bytes=999)


def test_truncated_file_is_refused_at_every_length(path: Path) -> None:
    """However many bytes are missing, none is made up."""
    save_matrices(path, {"a": Matrix.ones(2, 3), "b": Matrix.ones(1, 1)}, {"text": "kept"})
    content = path.read_bytes()
    for length in range(len(content)):
        message_for(path, content[:length])


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    """No content raises another error than the one for a wrong file."""
    message_for(tmp_path / "file", content)


@given(st.data())
def test_changed_bytes_are_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    """A file in which some bytes were changed gives matrices, or the error for a wrong file, and no other error."""
    path = tmp_path / "file"
    save_matrices(path, {"a": Matrix.ones(2, 3), "b": Matrix.from_rows([[True]], dtype=np.bool_)}, {"text": "kept"})
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        matrices, _ = load_matrices(path)
    except FileFormatError:
        return
    assert all(isinstance(each, Matrix) for each in matrices.values())


@pytest.mark.cuda
def test_matrix_on_a_gpu_is_copied_to_the_host(path: Path) -> None:
    """A matrix is saved from wherever it lies, and loaded on the CPU."""
    pytest.importorskip("cupy")
    save_matrices(path, {"a": Matrix.ones(2, 3).to("cuda")})
    loaded = load_matrices(path)[0]["a"]
    assert ("cpu", [[1.0] * 3] * 2) == (loaded.device, loaded.numpy().tolist())
