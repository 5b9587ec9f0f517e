"""Matrices among the arrays of other libraries: NumPy's functions and operators, ``__array__``, and DLPack."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from shapedmat import DTypeError, Matrix, ShapeError

A = np.array([[1, 2, 3], [4, 5, 6]], np.float32)

m = Matrix.from_array(A)
untyped: Any = m


def test_asarray_shares_memory() -> None:
    """NumPy reads a matrix without a copy."""
    assert np.shares_memory(A, np.asarray(m))


def test_array_copies() -> None:
    """np.array copies a matrix, as it copies an array."""
    assert not np.shares_memory(A, np.array(m))


def test_array_with_copy() -> None:
    """A copy that is asked for is made."""
    assert not np.shares_memory(A, m.__array__(copy=True))


def test_asarray_with_dtype() -> None:
    """NumPy reads a matrix as another element type."""
    assert np.float64 == np.asarray(m, np.float64).dtype


def test_array_without_copy() -> None:
    """Where no copy is needed, none may be asked for."""
    assert np.shares_memory(A, np.asarray(m, copy=False))


def test_array_without_copy_of_other_type() -> None:
    """Where a copy is needed but forbidden, NumPy raises."""
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(m, np.float64, copy=False)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.exp, np.exp(A)),
        (np.square, A * A),
        (lambda x: np.add(x, x), A + A),
        (lambda x: np.add(x, A), A + A),
        (lambda x: np.add(1, x, dtype=np.float64), A + 1.0),
        (lambda x: np.multiply.outer(x, x), np.multiply.outer(A, A)),
        (np.add.reduce, A.sum(0)),
        (lambda x: np.concatenate([x, x]), np.concatenate([A, A])),
        (lambda x: np.block([[x, x], [x, x]]), np.block([[A, A], [A, A]])),
        (lambda x: np.where(x > 2, x, 0), np.where(A > 2, A, 0)),
        (np.transpose, A.T),
        (lambda x: np.sum(x, axis=0), A.sum(0)),
        (lambda x: np.mean(x, axis=0), A.mean(0)),
        (lambda x: np.clip(x, 2, 3), A.clip(2, 3)),
        (lambda x: np.dot(x, x.T), A @ A.T),
        (lambda x: np.einsum("ij->i", x), A.sum(1)),
        (lambda x: A @ x.T, A @ A.T),
        (lambda x: x @ A.T, A @ A.T),
        (lambda x: A + x, A + A),
        (lambda x: x - A, A - A),
        (lambda x: A < x, A < A),
        (lambda x: x == A, A == A),
    ],
)
def test_numpy_gives_arrays(function: Callable[[Any], Any], expected: np.ndarray[Any, np.dtype[Any]]) -> None:
    """A function of NumPy, and an operator with an array, give an array."""
    result = function(m)
    assert (type(expected), expected.tolist()) == (type(result), result.tolist())


@pytest.mark.parametrize("function", [np.sum, np.mean, np.max, np.min, np.argmax, np.all])
def test_numpy_reduces(function: Callable[..., Any]) -> None:
    """A reduction of NumPy's gives the number that it gives for an array."""
    assert function(A) == function(m)


def test_numpy_writes_into_arrays() -> None:
    """A matrix can be added to an array in place."""
    array = np.ones((2, 3), np.float32)
    array += untyped
    assert (A + 1).tolist() == array.tolist()


def test_numpy_writes_into_matrices() -> None:
    """A function of NumPy's can write into a matrix."""
    target = Matrix.zeros(2, 3)
    np.add(A, A, out=untyped_of(target))
    assert (A + A).tolist() == target.numpy().tolist()


def untyped_of(matrix: Matrix[Any, Any, Any]) -> Any:
    """Return a matrix where type checkers want an array."""
    return matrix


@pytest.mark.parametrize("scalar", [np.float32(2), np.float64(2), np.int64(2), np.True_])
def test_numpy_scalar_times_matrix(scalar: Any) -> None:
    """A scalar of NumPy times a matrix is a matrix, and the element type stays."""
    product = scalar * m
    assert (Matrix, np.float32, (A * float(scalar)).tolist()) == (
        type(product),
        product.dtype,
        product.numpy().tolist(),
    )


# --- DLPack -----------------------------------------------------------------------------------------------------------


def test_dlpack_to_numpy() -> None:
    """NumPy takes a matrix by DLPack, over the same memory."""
    assert np.shares_memory(A, np.from_dlpack(m))


def test_dlpack_from_numpy() -> None:
    """A matrix is made from NumPy's array by DLPack, over the same memory."""
    assert np.shares_memory(A, Matrix.from_dlpack(A).numpy())


def test_dlpack_from_matrix() -> None:
    """A matrix is made from a matrix by DLPack, over the same memory."""
    assert np.shares_memory(A, Matrix.from_dlpack(m).numpy())


def test_dlpack_device() -> None:
    """A matrix on the CPU says so."""
    assert (1, 0) == m.__dlpack_device__()


def test_dlpack_of_other_rank() -> None:
    """What has not two axes is refused."""
    with pytest.raises(ShapeError, match=r"^a matrix has 2 axes, not 3 as in \(1, 2, 3\): reshape the array first$"):
        Matrix.from_dlpack(A[None])


def test_dlpack_of_other_type() -> None:
    """Element types that a matrix cannot hold are refused."""
    with pytest.raises(DTypeError, match=r"^a matrix cannot hold float16"):
        Matrix.from_dlpack(A.astype(np.float16))


def test_dlpack_to_torch() -> None:
    """PyTorch takes a matrix by DLPack, over the same memory."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    matrix = Matrix.zeros(2, 3)
    torch.from_dlpack(matrix)[0, 0] = 7
    assert 7 == matrix[0, 0]


def test_dlpack_from_torch() -> None:
    """A matrix is made from PyTorch's tensor by DLPack, over the same memory."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tensor = torch.zeros(2, 3)
    Matrix.from_dlpack(tensor)[0, 0] = 7
    assert 7 == tensor[0, 0].item()


def test_copies_and_pickles() -> None:
    """A matrix that is copied or pickled, as other processes get it, is an equal one with memory of its own."""
    matrix = Matrix.from_rows([[1, 2], [3, 4]])
    for other in (copy.deepcopy(matrix), pickle.loads(pickle.dumps(matrix))):
        matrix[0, 0] = 5
        assert [[1, 2], [3, 4]] == other.numpy().tolist()
        matrix[0, 0] = 1


def test_matrix_in_mapped_memory(tmp_path: Path) -> None:
    """What joblib hands to other processes is a matrix that can be computed with."""
    joblib.dump(Matrix.ones(2, 3), tmp_path / "matrix")
    mapped = joblib.load(tmp_path / "matrix", mmap_mode="r")
    assert 6 == (mapped + 0.0).sum()
