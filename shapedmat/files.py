"""Matrices in safetensors files.

A safetensors file is the length of a JSON header, the header, and the bytes of the arrays; it can hold no code
(https://huggingface.co/docs/safetensors). A file is read as if it came from a stranger: its size is limited, and the
length that it states for its header is checked before anything is read on its word.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from shapedmat.atomic import write_atomically
from shapedmat.errors import FileFormatError
from shapedmat.matrix import Matrix

MAXIMUM_BYTES: Final = 4 << 30
"""The largest file that `load_matrices` reads unless told otherwise: 4 GiB."""

_HEADER_LENGTH: Final = struct.Struct("<Q")
_METADATA: Final = "__metadata__"
_DTYPES: Final[Mapping[str, type[np.generic]]] = {
    "F64": np.float64,
    "F32": np.float32,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


def save_matrices(
    path: Path, matrices: Mapping[str, Matrix[Any, Any, Any]], metadata: Mapping[str, str] | None = None
) -> None:
    """Save matrices by name, and texts by name, as a safetensors file that `write_atomically` writes.

    Matrices on a GPU are copied to the host.

    Raises:
        ValueError: a matrix has the name that the format keeps for the texts.
        OSError: the file cannot be written.
    """
    from safetensors.numpy import save  # noqa: PLC0415 -- only programs that save need it

    if _METADATA in matrices:
        raise ValueError(f"a matrix is named {_METADATA}, which safetensors keeps for texts; rename it")
    arrays = {name: np.ascontiguousarray(matrix.numpy()) for name, matrix in matrices.items()}
    write_atomically(path, save(arrays, dict(metadata or {})))


def load_matrices(
    path: Path, *, maximum_bytes: int = MAXIMUM_BYTES
) -> tuple[dict[str, Matrix[Any, Any, Any]], dict[str, str]]:
    """Load the matrices, on the CPU and sorted by name, and the texts of a safetensors file.

    Args:
        path: The file.
        maximum_bytes: The largest file that is read; about twice as much memory is needed meanwhile.

    Raises:
        FileNotFoundError: There is no such file.
        FileFormatError: It is too large, not an intact safetensors file, or holds an array that is no matrix.
    """
    from safetensors import SafetensorError, deserialize  # noqa: PLC0415 -- only programs that load need it

    content = _read(path, maximum_bytes)
    try:
        tensors = deserialize(content)  # type: ignore[no-untyped-call]  # safetensors gives no types
        header_end = _HEADER_LENGTH.size + _HEADER_LENGTH.unpack_from(content)[0]
        header = json.loads(content[_HEADER_LENGTH.size : header_end])
    except (SafetensorError, ValueError, RecursionError) as error:
        raise FileFormatError(f"{path} is not an intact safetensors file ({error}); get the file again") from error
    matrices = {name: _matrix(path, name, **tensor) for name, tensor in sorted(tensors, key=lambda pair: pair[0])}
    return matrices, header.get(_METADATA) or {}


def _read(path: Path, maximum_bytes: int) -> bytes:
    """Return the content of a file of limited size, whose header fits into it."""
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path")
    # Opening a named pipe would wait for a writer for ever.
    if not path.is_file():
        raise FileFormatError(f"{path} is not a regular file, but a safetensors file is wanted; check the path")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > maximum_bytes:
            raise FileFormatError(
                f"{path} is {size:,} bytes long, but at most {maximum_bytes:,} are read; "
                "check which file this is, or raise maximum_bytes"
            )
        start = file.read(_HEADER_LENGTH.size)
        if len(start) < _HEADER_LENGTH.size:
            raise FileFormatError(
                f"{path} is {size:,} bytes long, too short for a safetensors file; get the file again"
            )
        header_bytes = _HEADER_LENGTH.unpack(start)[0]
        if header_bytes > size - len(start):
            raise FileFormatError(
                f"{path} is {size:,} bytes long, too short for a header of the stated {header_bytes:,} bytes; "
                "check which file this is, or get it again"
            )
        file.seek(0)
        return file.read(size)


def _matrix(path: Path, name: str, *, dtype: str, shape: list[int], data: bytearray) -> Matrix[Any, Any, Any]:
    if len(shape) != 2:
        raise FileFormatError(
            f"{path} holds the array {name} with {len(shape)} axes, but matrices with 2 are wanted; reshape it first"
        )
    if dtype not in _DTYPES:
        raise FileFormatError(
            f"{path} holds the array {name} of type {dtype}, but {', '.join(_DTYPES)} are read; convert it first"
        )
    flat = np.frombuffer(data, np.dtype(_DTYPES[dtype]).newbyteorder("<"))
    if flat.dtype == np.bool_ and data.translate(None, b"\0\1"):
        raise FileFormatError(f"{path} holds the array {name} of booleans that are not 0 or 1; get the file again")
    try:
        array = flat.reshape(shape)
    except (ValueError, OverflowError) as error:
        raise FileFormatError(
            f"{path} holds the array {name} of {' x '.join(map(str, shape))} elements, which NumPy cannot hold; "
            "check which file this is"
        ) from error
    return Matrix.from_array(array.astype(array.dtype.newbyteorder("="), copy=False))
